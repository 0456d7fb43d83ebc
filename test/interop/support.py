"""What the interop tests share: the extension through SQL, values of all encodings in one form, reference readers.

Values are those of test/conformance/values.py; DATE is datetime.date and DATETIME an aware datetime.datetime here, as
NamiDB's Python package hands them out. same() and diff() compare whole results.
"""
import collections
import datetime as dt
import json
import math
import os
import struct
import sys
import tarfile
import uuid

import psycopg

HERE = os.path.dirname(os.path.abspath(__file__))
TEST = os.path.dirname(HERE)
for folder in ("conformance", "reference", "tools"):
    sys.path.append(os.path.join(TEST, folder))

import edge_sst_ref  # noqa: E402
import node_sst_ref  # noqa: E402
import nsdump  # noqa: E402
from values import Node, Path, Rel, Temporal, Vector, dec, enc  # noqa: E402

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


# ---------------------------------------------------------------- one form of a value

def days(n):
    return (EPOCH + dt.timedelta(days=n)).date()


def micros(n):
    return EPOCH + dt.timedelta(microseconds=n)


def normal(v):
    """Temporal texts as Python objects, vectors as lists, null properties left out."""
    if isinstance(v, Temporal):
        if v.kind == "date":
            return dt.date.fromisoformat(v.text)
        if v.kind == "datetime":
            return dt.datetime.fromisoformat(v.text)
        return v
    if isinstance(v, Vector):
        return [float(x) for x in v.items]
    if isinstance(v, (list, tuple)):
        return [normal(x) for x in v]
    if isinstance(v, dict):
        return {k: normal(x) for k, x in v.items()}
    if isinstance(v, Node):
        return Node(sorted(v.labels), properties(v.props), v.id)
    if isinstance(v, Rel):
        return Rel(v.type, properties(v.props), v.start, v.end)
    return v


def properties(props):
    return {k: normal(x) for k, x in props.items() if x is not None}


def canon(v):
    """A text that is equal for equal values; floats with the 15 digits that every decimal form keeps."""
    if v is None:
        return "null"
    if v is True or v is False:
        return str(v)
    if isinstance(v, int):
        return "i%d" % v
    if isinstance(v, float):
        return "fNaN" if v != v else "f%.12g" % (v + 0.0 if v != 0 else 0.0)
    if isinstance(v, str):
        return "s" + repr(v)
    if isinstance(v, (bytes, bytearray)):
        return "b" + bytes(v).hex()
    if isinstance(v, (list, tuple)):
        return "[" + ",".join(canon(x) for x in v) + "]"
    if isinstance(v, dict):
        return "{" + ",".join("%r:%s" % (k, canon(x)) for k, x in sorted(v.items())) + "}"
    if isinstance(v, Node):
        return "N(%s:%s %s)" % (v.id, ":".join(v.labels), canon(v.props))
    if isinstance(v, Rel):
        return "R(%s-%s->%s %s)" % (v.start, v.type, v.end, canon(v.props))
    if isinstance(v, dt.datetime):
        return "T" + v.astimezone(dt.timezone.utc).isoformat()
    if isinstance(v, dt.date):
        return "D" + v.isoformat()
    return "?" + repr(v)


def diff(got, want, ordered=False, most=5):
    """What two lists of values do not share, as a text; empty: nothing."""
    got, want = [canon(normal(x)) for x in got], [canon(normal(x)) for x in want]
    if (got == want) if ordered else (sorted(got) == sorted(want)):
        return ""
    a, b = collections.Counter(got), collections.Counter(want)
    extra, missing = list((a - b).elements()), list((b - a).elements())
    if not extra and not missing:
        return "order: got %s, expected %s" % (got[:most], want[:most])
    return "%d rows, expected %d; not expected: %s; missing: %s" % (len(got), len(want), extra[:most], missing[:most])


def same(got, want):
    return diff([got], [want]) == ""


# ---------------------------------------------------------------- the extension

class SqlError(Exception):
    def __init__(self, state, message, detail):
        super().__init__("%s %s %s" % (state, message, detail or ""))
        self.state, self.message, self.detail = state, message, detail


def with_ids(j):
    """Decodes the typed encoding and keeps the ids of nodes and relationships."""
    if isinstance(j, dict) and len(j) == 1:
        (key, x), = j.items()
        if key == "$node":
            return Node(x["labels"], {a: dec(b) for a, b in x["props"].items()}, x["id"])
        if key == "$rel":
            return Rel(x["type"], {a: dec(b) for a, b in x["props"].items()}, x["start"], x["end"])
        if key == "$path":
            return [with_ids(e) for e in x]
        if key.startswith("$"):
            return dec(j)
    if isinstance(j, list):
        return [with_ids(x) for x in j]
    if isinstance(j, dict):
        return {a: with_ids(b) for a, b in j.items()}
    return dec(j)


def typed(v):
    """Python's date and datetime too."""
    if isinstance(v, dt.datetime):
        return {"$datetime": v.isoformat()}
    if isinstance(v, dt.date):
        return {"$date": v.isoformat()}
    if isinstance(v, dict):
        out = {k: typed(x) for k, x in v.items()}
        return {"$map": out} if any(k.startswith("$") for k in v) else out
    if isinstance(v, (list, tuple)):
        return [typed(x) for x in v]
    return enc(v)


class Sql:
    """A connection with json_format = typed, and one foreign server on it."""

    def __init__(self, uri=None, mapping=None, **options):
        self.connection = psycopg.connect(autocommit=True)
        self.connection.execute("SET client_min_messages = error")
        self.server = None
        if uri is not None:
            self.connection.execute("CREATE EXTENSION IF NOT EXISTS namidb")
        self.connection.execute("SET namidb.json_format = typed")
        if uri is not None:
            self.create_server(uri, mapping, **options)

    def create_server(self, uri, mapping=None, **options):
        self.server = "s" + uuid.uuid4().hex[:16]
        self.execute("CREATE SERVER %s FOREIGN DATA WRAPPER namidb OPTIONS (%s)"
                     % (self.server, option_list({"store": uri, **options})))
        if mapping:
            self.execute("CREATE USER MAPPING FOR CURRENT_USER SERVER %s OPTIONS (%s)" % (self.server, option_list(mapping)))

    def execute(self, text, *values):
        try:
            cursor = self.connection.execute(text, values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if error.sqlstate is None:
                raise
            raise SqlError(error.sqlstate, error.diag.message_primary, error.diag.message_detail) from error

    def columns(self, query):
        return [r[0] for r in self.execute("SELECT name FROM namidb_describe(%s, %s) ORDER BY ordinal", query, self.server)]

    def maps(self, query, params=None):
        """Rows as {column: value}."""
        rows = self.execute("SELECT r::text FROM namidb_cypher(%s, %s::jsonb, %s) AS r",
                            query, json.dumps(typed(params)) if params else None, self.server)
        return [{k: with_ids(v) for k, v in json.loads(r[0]).items()} for r in rows]

    def rows(self, query, params=None):
        columns = self.columns(query)
        return [[row[c] for c in columns] for row in self.maps(query, params)]

    def graph(self, without=()):
        """All nodes and relationships; without the nodes of some ids."""
        return ([r["n"] for r in self.maps("MATCH (n) WHERE NOT id(n) IN $ids RETURN n", {"ids": list(without)})],
                [r["r"] for r in self.maps("MATCH ()-[r]->() RETURN r")])

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def option_list(options):
    return ", ".join("%s '%s'" % (k, str(v).replace("'", "''")) for k, v in options.items())


def has_nul(v):
    """Does a value have U+0000 in a string? PostgreSQL's texts cannot."""
    if isinstance(v, str):
        return "\0" in v
    if isinstance(v, Node) or isinstance(v, Rel):
        return has_nul(v.props)
    if isinstance(v, dict):
        return any(has_nul(k) or has_nul(x) for k, x in v.items())
    return isinstance(v, list) and any(has_nul(x) for x in v)


def quoted(name):
    """A name in Cypher."""
    return "`" + name.replace("`", "``") + "`"


# ---------------------------------------------------------------- fixtures and the reference readers

def unpack(source, target):
    """A copy of a fixture that the server may write; a store in an archive is unpacked. Gives the store's root."""
    os.makedirs(target)
    for folder, _, files in os.walk(source):
        inside = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(inside, exist_ok=True)
        for name in files:
            with open(os.path.join(folder, name), "rb") as a, open(os.path.join(inside, name), "wb") as b:
                b.write(a.read())
    archive = os.path.join(target, "store.tar.xz")
    if os.path.exists(archive):
        with tarfile.open(archive) as tar:
            tar.extractall(target)
    open_to_all(target)
    store = os.path.join(target, "store")
    return store if os.path.isdir(store) else target


def open_to_all(root):
    for folder, _, files in os.walk(root):
        os.chmod(folder, 0o777)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o666)


def wire_value(v):
    """A stored property value (docs/spec/storage.md 7)."""
    if isinstance(v, list):  # a vector of float32
        return [struct.unpack("<f", struct.pack("<f", x))[0] for x in v]
    if isinstance(v, dict):
        if not v:
            return None
        (tag, x), = v.items()
        return {"$list": lambda: [wire_value(y) for y in x], "$map": lambda: {k: wire_value(y) for k, y in x.items()},
                "$bytes": lambda: bytes(x), "$date": lambda: days(x), "$datetime": lambda: micros(x),
                "$i8vec": lambda: [float(y) for y in x]}[tag]()
    return v


def reference_graph(root, namespace):
    """The same two lists as Sql.graph(), read by the reference programs, without NamiDB and without us.

    Relationships whose ends are no nodes are in the store but not in the graph."""
    base = os.path.join(root, namespace)
    manifest = node_sst_ref.current(base)
    names, best = manifest["label_dict"], {}

    def offer(key, lsn, value):
        if key not in best or lsn > best[key][0]:
            best[key] = (lsn, value)

    for sst in manifest["ssts"]:
        if sst["kind"] != "Nodes":
            continue
        with open(os.path.join(base, edge_sst_ref.object_key(sst["path"])), "rb") as file:
            rows = node_sst_ref.Parquet(file.read()).rows()
        for row in rows:
            value = None
            if not row["tombstone"]:
                value = ([names[i] for i in row["__labels"]], json.loads(row["__overflow_json"] or "{}"))
                declared = [c for c in row if c.startswith("prop_") and row[c] is not None]
                assert not declared, "a declared column: %s" % declared
            offer(str(uuid.UUID(bytes=row["node_id"])), row["lsn"], value)
    for segment in nsdump.inspect("file://%s?ns=%s" % (root, namespace))["wal"]:
        for record in segment["records"]:
            if record["kind"] == "node":
                value = record["value"]
                offer(record["id"], record["lsn"], value and ([names[i] for i in value.get("labels", [])], value["properties"]))
    nodes = {i: Node(v[0], {k: wire_value(x) for k, x in v[1].items()}, i) for i, (_, v) in best.items() if v}
    live, _ = edge_sst_ref.merged(root, namespace)
    rels = [Rel(t, {k: wire_value(x) for k, x in e[2].items()}, str(uuid.UUID(bytes=s)), str(uuid.UUID(bytes=d)))
            for (t, s, d), e in live.items()]
    return list(nodes.values()), rels
