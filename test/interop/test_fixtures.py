"""Namespaces that released versions of NamiDB wrote (test/fixtures) give the recorded answers through SQL.

The encodings of values differ a little from folder to folder; each folder's README.md, and docs/spec/edge-sst.md 14 for
edge-sst, describes them. Beside the recorded answers, the whole graph is compared with what the reference readers of
test/reference find in the bytes.
"""
import glob
import hashlib
import json
import os

import pytest
from support import (Node, Rel, Sql, SqlError, days, diff, dt, has_nul, micros, normal, open_to_all, quoted, reference_graph, unpack)

FIXTURES = os.environ["FIXTURES"]


def read(*path):
    with open(os.path.join(FIXTURES, *path), encoding="utf-8") as file:
        return json.load(file)


# Its relationships begin at nodes that do not exist: test_relationships_without_start.
DANGLING = "fence70k-2.1.4"


def folders(kind):
    found = sorted(os.path.basename(os.path.dirname(p)) for p in glob.glob(os.path.join(FIXTURES, kind, "*", "expected.json")))
    assert found, kind
    return [name for name in found if name != DANGLING]


# ---- values of the folders --------------------------------------------------------------------

def storage_value(v):
    if isinstance(v, dict):
        (key, x), = v.items()
        return {"float": lambda: float(x), "bytes": lambda: bytes.fromhex(x), "date_days": lambda: days(x),
                "datetime_us": lambda: micros(x), "list": lambda: [storage_value(y) for y in x],
                "map": lambda: storage_map(x), "node": lambda: Node(x["labels"], storage_map(x["properties"]), x["id"]),
                "rel": lambda: Rel(x["type"], storage_map(x["properties"]), x["src"], x["dst"])}[key]()
    return [storage_value(x) for x in v] if isinstance(v, list) else v


def storage_map(m):
    return {k: storage_value(x) for k, x in m.items()}


def sst_value(v):
    """node-sst and edge-sst."""
    if isinstance(v, dict):
        if len(v) == 1:
            (key, x), = v.items()
            known = {"$float": lambda: float(x), "$bytes_hex": lambda: bytes.fromhex(x), "$bytes": lambda: bytes(x),
                     "$date": lambda: dt.date.fromisoformat(x), "$datetime": lambda: dt.datetime.fromisoformat(x),
                     "$node": lambda: Node(x["labels"], sst_map(x["properties"]), x["id"])}
            if key in known:
                return known[key]()
        return sst_map(v)
    return [sst_value(x) for x in v] if isinstance(v, list) else v


def sst_map(m):
    return {k: sst_value(x) for k, x in m.items()}


# ---- servers ----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A function: fixture -> (Sql, root of its store, its namespace); each is unpacked once."""
    base = os.path.join(os.environ["NAMIDB_TEST_DIR"], "fixtures-" + os.urandom(4).hex())
    os.makedirs(base)
    open_to_all(base)
    known = {}

    def open_fixture(kind, name, namespace):
        if (kind, name) not in known:
            root = unpack(os.path.join(FIXTURES, kind, name), os.path.join(base, kind, name))
            known[kind, name] = (Sql("file://%s?ns=%s" % (root, namespace)), root)
        return known[kind, name] + (namespace,)
    yield open_fixture
    for sql, _ in known.values():
        sql.close()


def run_recorded(sql, query, params, rows, as_maps=False):
    """Compares one answer."""
    got = sql.maps(query, params) if as_maps else sql.rows(query, params)
    assert not diff(got, rows, ordered="ORDER BY" in query), query


def recorded(kind, key):
    """Every recorded query of a folder as a parameter of a test."""
    out = []
    for name in folders(kind):
        expected = read(kind, name, "expected.json")
        for i, entry in enumerate(expected[key]):
            out.append(pytest.param(name, expected["namespace"], entry, id="%s-%d" % (name, i)))
    return out


# ---- tests ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, namespace, entry", recorded("storage", "queries"))
def test_storage(opened, name, namespace, entry):
    sql, _, _ = opened("storage", name, namespace)
    rows = [[storage_value(c) for c in row] for row in entry["rows"]]
    if any(has_nul(row) for row in rows):
        one_by_one(sql, entry["query"], rows)
        return
    if entry["query"] == "SHOW INDEXES" and name.endswith("-2.1.4"):
        # 2.1.4 does not list the index of a unique constraint; we answer as 2.6.19 does on the same files (cypher.md 7).
        rows.append(["u1", "RANGE", "NODE", ["P"], ["k"]])
    run_recorded(sql, entry["query"], None, rows)
    assert len(sql.columns(entry["query"])) == len(entry["columns"])


def one_by_one(sql, query, rows):
    """Values that PostgreSQL cannot show are refused, and do not hinder the others."""
    assert query.startswith("MATCH (n:Val) RETURN n.key AS key")
    for key, value in rows:
        one = query.replace("(n:Val)", "(n:Val {key: $key})")
        if has_nul(value):
            with pytest.raises(SqlError) as caught:
                sql.rows(one, {"key": key})
            assert caught.value.state == "22P05"
        else:
            assert not diff(sql.rows(one, {"key": key}), [[key, value]]), key


@pytest.mark.parametrize("name, namespace, entry", recorded("node-sst", "answers"))
def test_node_sst(opened, name, namespace, entry):
    sql, _, _ = opened("node-sst", name, namespace)
    if "cypher" in entry:
        run_recorded(sql, entry["cypher"], entry.get("params") and sst_map(entry["params"]),
                     [sst_map(row) for row in entry["rows"]], as_maps=True)
    elif "lookup" in entry:
        label, identity = entry["lookup"]
        got = sql.rows("MATCH (n:%s) WHERE id(n) = $id RETURN n" % quoted(label), {"id": identity})
        want = entry["result"]
        assert not diff(got, [[Node(want["labels"], sst_map(want["properties"]), want["id"])]] if want else [])
    else:
        assert sql.rows("MATCH (n:%s) RETURN count(*)" % quoted(entry["scan"])) == [[entry["result"]]]


@pytest.mark.parametrize("name, namespace, entry", recorded("edge-sst", "queries"))
def test_edge_sst(opened, name, namespace, entry):
    sql, _, _ = opened("edge-sst", name, namespace)
    if "error" in entry:
        # NamiDB's parser refuses keywords as names; openCypher and we do not (docs/spec/cypher.md 11).
        assert "ReservedKeyword" in entry["error"]
        sql.rows(entry["query"])
    else:
        run_recorded(sql, entry["query"], None, [[sst_value(c) for c in row] for row in entry["rows"]])


def recorded_form(v):
    """A value as the digests of edge-sst saw it."""
    if isinstance(v, float):
        return {"$float": repr(v)}
    if isinstance(v, (bytes, bytearray)):
        return {"$bytes": list(v)}
    if isinstance(v, dt.datetime):
        return {"$datetime": v.isoformat()}
    if isinstance(v, dt.date):
        return {"$date": v.isoformat()}
    if isinstance(v, list):
        return [recorded_form(x) for x in v]
    if isinstance(v, dict):
        return {k: recorded_form(x) for k, x in sorted(v.items())}
    return v


def digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def edge_lines(rels):
    return [compact([r.start, r.end, recorded_form(r.props)]) for r in sorted(rels, key=lambda r: (r.start, r.end))]


def has_null(edges):
    return any(x is None for e in edges for x in e["properties"].values())


@pytest.mark.parametrize("name", folders("edge-sst"))
def test_edges_of_a_type(opened, name):
    """All relationships of each type: those recorded one by one, the others by their number and digest."""
    expected = read("edge-sst", name, "expected.json")
    sql, _, _ = opened("edge-sst", name, expected["namespace"])
    for kind, want in expected["edge_types"].items():
        rels = [normal(r["r"]) for r in sql.maps("MATCH ()-[r:%s]->() RETURN r" % quoted(kind))]
        assert len(rels) == want["count"], kind
        listed = want.get("edges", want.get("sample", []))
        as_rels = [Rel(kind, sst_map(e["properties"]), e["src"], e["dst"]) for e in listed]
        if "edges" in want:
            assert not diff(rels, as_rels), kind
        else:
            by_ends = {(r.start, r.end): r for r in rels}
            assert not diff([by_ends.get((r.start, r.end)) for r in as_rels], as_rels), kind
        if not has_null(listed):
            assert digest(edge_lines(rels)) == want["sha256"], kind


@pytest.mark.parametrize("name", folders("edge-sst"))
def test_adjacency(opened, name):
    """Degrees and partners of single nodes, in both directions."""
    expected = read("edge-sst", name, "expected.json")
    sql, _, _ = opened("edge-sst", name, expected["namespace"])
    found = 0
    for entry in expected["adjacency"]:
        if not sql.rows("MATCH (a) WHERE id(a) = $id RETURN 1", {"id": entry["node"]}):
            continue
        found += 1
        arrows = ("-", "->") if entry["dir"] == "out" else ("<-", "-")
        pattern = "MATCH (a)%s[r:%s]%s() WHERE id(a) = $id " % (arrows[0], quoted(entry["type"]), arrows[1])
        rels = [normal(row[0]) for row in sql.rows(pattern + "RETURN r", {"id": entry["node"]})]
        where = "%s %s of %s" % (entry["type"], entry["dir"], entry["node"])
        assert sql.rows(pattern + "RETURN count(*)", {"id": entry["node"]}) == [[entry["degree"]]], where
        assert len(rels) == entry["degree"], where
        partners = {r.end if entry["dir"] == "out" else r.start: r for r in rels}
        if "partners" in entry:
            assert sorted(partners) == sorted(entry["partners"]), where
        # The digests saw stored nulls, which are no properties to us.
        listed = expected["edge_types"][entry["type"]]
        if not has_null(listed.get("edges", listed.get("sample"))):
            assert digest(sorted("%s %s" % (p, compact(recorded_form(r.props))) for p, r in partners.items())) == entry["sha256"], where
    assert found, "no node of the recorded adjacency exists"


def test_relationships_without_start(opened):
    """NamiDB counts relationships whose start does not exist, and patterns that bind that node skip them; openCypher
    knows none, and we skip them always. They appear when their nodes are created (docs/spec/storage.md 8.4)."""
    expected = read("edge-sst", DANGLING, "expected.json")
    sql, root, _ = opened("edge-sst", DANGLING, expected["namespace"])
    want = expected["edge_types"]["FENCE"]
    _, rels = reference_graph(root, expected["namespace"])
    ids = sorted({r.start for r in rels})
    assert len(ids) == want["count"]
    assert sql.rows("MATCH (a)-[r:FENCE]->(b) RETURN count(*)") == [[0]]
    assert sql.rows("MATCH ()-[r]->() RETURN count(r)") == [[0]]
    assert sql.rows("MATCH (b)<-[r:FENCE]-() WHERE id(b) = $id RETURN count(*)", {"id": rels[0].end}) == [[0]]

    sql.rows("CREATE (:Late {_id: $id})", {"id": ids[12345]})
    assert sql.rows("MATCH (a)-[r:FENCE]->(b) RETURN id(a)") == [[ids[12345]]]
    sql.rows("UNWIND $ids AS id CREATE (:Late {_id: id})", {"ids": ids[:12345] + ids[12346:]})
    got = [normal(r["r"]) for r in sql.maps("MATCH ()-[r:FENCE]->() RETURN r")]
    assert len(got) == want["count"]
    assert digest(edge_lines(got)) == want["sha256"]
    for entry in expected["adjacency"]:
        arrow = "-[:FENCE]->" if entry["dir"] == "out" else "<-[:FENCE]-"
        assert sql.rows("MATCH (a)%s() WHERE id(a) = $id RETURN count(*)" % arrow, {"id": entry["node"]}) == [[entry["degree"]]]


def stores():
    out = [("storage", n, read("storage", n, "expected.json")["namespace"]) for n in folders("storage")]
    out += [(k, n, read(k, n, "expected.json")["namespace"]) for k in ("node-sst", "edge-sst") for n in folders(k)]
    out += [("search", n, read("search", n, "expected.json")["namespace"]) for n in folders("search") if n != "vault"]
    out += [("search/foreign_writer", n, "demo") for n in sorted(os.listdir(os.path.join(FIXTURES, "search", "foreign_writer")))]
    return out


@pytest.mark.parametrize("kind, name, namespace", stores())
def test_whole_graph(opened, kind, name, namespace):
    """Every node and relationship, against the reference readers."""
    sql, root, _ = opened(kind, name, namespace)
    want_nodes, want_rels = reference_graph(root, namespace)
    unfit = [n for n in want_nodes if has_nul(n)]
    want_nodes = [n for n in want_nodes if n not in unfit]
    nodes, rels = sql.graph(n.id for n in unfit)
    assert not diff(nodes, want_nodes)
    assert not diff(rels, want_rels)


@pytest.mark.parametrize("kind, name, namespace", stores())
def test_reading_changes_nothing(opened, kind, name, namespace):
    """The store after all those reads is the store as it was."""
    _, root, _ = opened(kind, name, namespace)
    source = os.path.join(FIXTURES, kind, name)
    if os.path.exists(os.path.join(source, "store")):
        source = os.path.join(source, "store")
    elif os.path.exists(os.path.join(source, "store.tar.xz")):
        pytest.skip("the fixture is an archive")
    for folder, _, files in os.walk(root):
        for file in files:
            path = os.path.join(folder, file)
            with open(path, "rb") as a, open(os.path.join(source, os.path.relpath(path, root)), "rb") as b:
                assert a.read() == b.read(), path
