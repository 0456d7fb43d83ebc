#!/usr/bin/env python3
"""Writes test/fixtures/sst-variants: node and edge SSTs in forms that readers must accept although
the product does not write them (any more). Needs pyarrow, xxhash and zstandard; run from the root.

node-*.parquet   the same rows through pyarrow with other encodings, codecs and page forms;
                 rows.txt holds them as canonical lines (fixtures/node-sst/README.md)
edge-*.csr       one small graph; edge-rows.txt: key|partner|lsn|tombstone|text or -
"""
import os, struct, uuid
import pyarrow as pa, pyarrow.parquet as pq, xxhash, zstandard

OUT = "test/fixtures/sst-variants"
xx = lambda b: struct.pack("<Q", xxhash.xxh3_64_intdigest(b))


def node_rows(n):
    rows = []
    for i in range(n):
        dead = i % 11 == 3
        ident = struct.pack(">QQ", 0x0190000000007000 + i // 7, 0x8000000000000000 + i * 0x1F3)
        labels = [] if dead or i % 17 == 5 else sorted({i % 3, 3 + i % 5, 9})
        text = None if dead or i % 6 == 2 else '{"i":%d,"s":"%s"}' % (i, "ä" * (i % 40))
        rows.append((ident, dead, (1 << 63) + i * 3 if i % 50 == 7 else 1000 + i * i, labels, text, 0 if dead else 1))
    return rows


def write_nodes():
    rows = node_rows(700)
    with open(OUT + "/rows.txt", "w") as f:
        for r in rows:
            f.write("|".join([r[0].hex(), str(int(r[1])), str(r[2]), ",".join(map(str, r[3])),
                              "-" if r[4] is None else r[4], str(r[5])]) + "\n")

    def table(nullable):
        schema = pa.schema([
            pa.field("node_id", pa.binary(16), nullable), pa.field("tombstone", pa.bool_(), nullable),
            pa.field("lsn", pa.uint64(), nullable),
            pa.field("__labels", pa.list_(pa.field("item", pa.uint32(), True)), nullable),
            pa.field("__overflow_json", pa.string(), True), pa.field("__schema_version", pa.uint64(), nullable)])
        return pa.Table.from_arrays([pa.array([r[i] for r in rows], schema.field(i).type) for i in range(6)],
                                    schema=schema)

    base = dict(use_compliant_nested_type=False, store_schema=False, compression="zstd", use_dictionary=False)
    delta = {"node_id": "DELTA_BYTE_ARRAY", "lsn": "DELTA_BINARY_PACKED", "__labels.list.item": "DELTA_BINARY_PACKED",
             "__overflow_json": "DELTA_BYTE_ARRAY", "__schema_version": "DELTA_BINARY_PACKED"}
    split = {"node_id": "BYTE_STREAM_SPLIT", "lsn": "BYTE_STREAM_SPLIT", "__labels.list.item": "BYTE_STREAM_SPLIT",
             "__overflow_json": "DELTA_LENGTH_BYTE_ARRAY", "tombstone": "RLE"}
    for name, nullable, opts in [
            ("v1-gzip-dictionary", False, dict(compression="gzip", use_dictionary=True, data_page_version="1.0")),
            ("v2-gzip-optional", True, dict(compression="gzip", use_dictionary=True, data_page_version="2.0")),
            ("v1-none-crc", True, dict(compression="none", write_page_checksum=True, row_group_size=33)),
            ("v2-zstd-crc", False, dict(data_page_version="2.0", write_page_checksum=True, data_page_size=64,
                                        write_batch_size=16, row_group_size=300)),
            ("v1-delta", False, dict(column_encoding=delta)),
            ("v2-delta-optional", True, dict(column_encoding=delta, data_page_version="2.0", data_page_size=512,
                                             write_batch_size=32)),
            ("v2-split", False, dict(column_encoding=split, data_page_version="2.0")),
            ("snappy", False, dict(compression="snappy")),
            ("element", False, dict(use_compliant_nested_type=True)),
            ("arrow-schema", False, dict(store_schema=True, use_dictionary=True))]:
        pq.write_table(table(nullable), "%s/node-%s.parquet" % (OUT, name), **{**base, **opts})
    typed = table(False).add_column(4, "prop_name", pa.array(["x"] * len(rows)))
    pq.write_table(typed, OUT + "/node-typed-columns.parquet", **base)


def edge_file(rows, minor, codec, fence=False):
    """rows: (key, partner, lsn, dead, text or None), ordered"""
    keys = sorted({r[0] for r in rows})
    part, offs, ords = b"", [0], [0]
    for i, k in enumerate(keys):
        mine = [r for r in rows if r[0] == k]
        part += bytes([len(mine)])
        if i % 2:
            part += b"\x10" + b"".join(r[1] for r in mine)
        else:
            part, last = part + b"\x01", 0
            for r in mine:
                top = int.from_bytes(r[1][:8], "little")
                d, last = (top - last) % (1 << 64), top
                while d > 127:
                    part, d = part + bytes([d & 127 | 128]), d >> 7
                part += bytes([d]) + r[1][8:]
        offs.append(len(part))
        ords.append(ords[-1] + len(mine))
    batches = [pa.record_batch([pa.array([r[4] for r in rows[a:b]], pa.string())], ["v"])
               for a, b in ((0, 5), (5, 5), (5, len(rows)))]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as w:
        for b in batches:
            w.write_batch(b)
    stream = sink.getvalue().to_pybytes()
    if codec == 1:
        z = zstandard.ZstdCompressor(write_content_size=False).compressobj()
        stream = z.compress(sink.getvalue().to_pybytes()) + z.flush()
    if codec in (2, 3):
        pages = []
        for a in range(0, len(rows), 4):
            pages.append((a, rows[a:a + 4]))
        table, body = b"", b""
        for first, rs in pages:
            raw = struct.pack("<I", len(rs)) + b"".join(
                b"\0" if r[4] is None else b"\1" + struct.pack("<I", len(r[4].encode())) + r[4].encode() for r in rs)
            enc = zstandard.ZstdCompressor().compress(raw) if codec == 3 else raw
            table += struct.pack("<QIQQQ", first, len(rs), 32 + 44 * len(pages) + len(body), len(enc), len(raw)) + xx(enc)
            body += enc
        stream = b"TGEPRP02" + struct.pack("<HHIQII", 1, 0, len(pages), len(rows), 44, 0) + table + body
    tomb = bytearray((len(rows) + 7) // 8)
    for i, r in enumerate(rows):
        tomb[i >> 3] |= int(r[3]) << (i & 7)
    secs = [(1, b"", 0, b"".join(keys)), (2, b"", 0, b"".join(o.to_bytes(4, "little") for o in offs)),
            (3, b"", 0, part), (4, b"", 0, b"".join(struct.pack("<Q", r[2]) for r in rows)), (5, b"", 0, bytes(tomb))]
    if minor >= 1:
        secs.insert(2, (7, b"", 0, b"".join(struct.pack("<Q", o) for o in ords)))
    if fence:
        secs.append((6, b"", 0, struct.pack("<II", 2, (len(keys) + 1) // 2) + b"".join(
            k + struct.pack("<Q", 16 * i) for i, k in enumerate(keys) if i % 2 == 0)))
    secs += [(0x100, b"__overflow_json", codec, stream), (0x77, b"?", 9, b"of a later release")]
    body = b"TGEDGE\0\0" + struct.pack("<BBHI", 1, minor, 64, 3) + bytes(48)
    table, places = b"", []
    for kind, name, cod, data in secs:
        body += b"\0" * (len(secs) if kind == 3 else 0)      # gaps are allowed
        places.append((len(body), data))
        table += struct.pack("<HQQBB", kind, len(body), len(data), cod, 0) + xx(data) + bytes([len(name)]) + name
        body += data
    if minor >= 2:
        pd = b"TGEPGC02" + struct.pack("<II", 4096, len(secs)) + b"".join(
            struct.pack("<QQI", off, len(d), (len(d) + 4095) // 4096) + b"".join(
                xx(d[a:a + 4096]) for a in range(0, len(d), 4096)) for off, d in places)
        table += struct.pack("<HQQBB", 8, len(body), len(pd), 0, 0) + xx(pd) + b"\0"
        body += pd
    foot = table + struct.pack("<IQQB", len(secs) + (minor >= 2), len(keys), len(rows), 32) + keys[0] + keys[-1] + struct.pack(
        "<QQQQ", min(r[2] for r in rows), max(r[2] for r in rows), 0, 0)
    return body + foot + xx(foot) + struct.pack("<I", len(foot) + 20) + b"TGEDGE\xfe\xef"


def write_edges():
    rows = []
    for k in range(6):
        key = uuid.uuid5(uuid.NAMESPACE_OID, "key %d" % k).bytes
        for p in range(1 + k * 2 % 7):
            n = len(rows)
            partner = (bytes(8) if k == 2 else b"") + uuid.uuid5(uuid.NAMESPACE_OID, "p %d %d" % (k, p)).bytes
            rows.append([key, partner[:16], 0, n % 5 == 4, None if n % 5 == 4 or n % 3 == 1 else '{"n":%d,"t":"ü%s"}' % (n, "x" * n)])
    rows.sort(key=lambda r: (r[0], r[1]))
    for i, r in enumerate(rows):
        r[2] = 10 + i * 7 % 13
    with open(OUT + "/edge-rows.txt", "w") as f:
        for r in rows:
            f.write("|".join([r[0].hex(), r[1].hex(), str(r[2]), str(int(r[3])), r[4] or "-"]) + "\n")
    for name, args in (("minor0-arrow", (0, 0)), ("minor1-arrow-zstd", (1, 1)), ("minor2-raw-pages", (2, 2)),
                       ("minor2-fence", (2, 3, True)), ("minor2-arrow", (2, 0))):
        open("%s/edge-%s.csr" % (OUT, name), "wb").write(edge_file(rows, *args))


os.makedirs(OUT, exist_ok=True)
write_nodes()
write_edges()
