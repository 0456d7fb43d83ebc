"""Graph algorithms and searches give the product's answers: the recorded ones, and those that it gives here to random
calls on random graphs, in every state that a namespace can be in.

Scores agree to 1e-6 (an index of the product rounds them to float32); the order of rows is compared where scores differ by
more than that.
"""
import glob
import json
import math
import os
import random

import pytest
from support import Sql, SqlError, open_to_all, unpack
from test_wheel import Store, WheelError

FIXTURES = os.environ["FIXTURES"]
CALLS = int(os.environ.get("SEARCH_CALLS", "60"))
TOLERANCE = 1e-6

YIELDS = {"search.vector": ["node", "score"], "search.bm25": ["node", "score"], "search.hybrid": ["node", "score"],
          "algo.wcc": ["node_id", "component"], "algo.scc": ["node_id", "component"],
          "algo.degree": ["node_id", "in_degree", "out_degree", "degree"], "algo.pagerank": ["node_id", "score"],
          "algo.triangle_count": ["node_id", "triangles", "coefficient"], "algo.label_propagation": ["node_id", "community"],
          "algo.louvain": ["node_id", "community"], "algo.betweenness": ["node_id", "score"],
          "algo.shortest_path": ["node_id", "distance", "hops"], "algo.fastRP": ["node_id", "embedding"]}


def query(procedure):
    first, *others = YIELDS[procedure]
    return "CALL %s($o) YIELD %s RETURN %s" % (procedure, ", ".join([first] + others), ", ".join(["id(%s) AS id" % first] + others))


def close(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))
    if isinstance(a, float) or isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(a) is type(b) and a == b


def plain(value):
    """A vector as the list of its elements."""
    return [float(x) for x in value.items] if type(value).__name__ == "Vector" else value


def check(got, want, what):
    """The same rows in the same order, but for rows whose scores are too close to each other to tell."""
    got = [[plain(c) for c in row] for row in got]
    assert len(got) == len(want), "%s: %d rows, expected %d" % (what, len(got), len(want))
    for i, (a, b) in enumerate(zip(got, want)):
        assert close(a[1], b[1]), "%s: row %d is %s, expected %s" % (what, i, a, b)
    mine, theirs = {row[0]: row[1:] for row in got}, {row[0]: row[1:] for row in want}
    last = want[-1][1] if want else None
    for node, values in mine.items():
        # At the end of a cut list another node of the same score may stand.
        assert close(values, theirs.get(node)) or node not in theirs and close(values[0], last), "%s: %s gives %s, expected %s" % (
            what, node, values, theirs.get(node))


def recorded():
    paths = sorted(glob.glob(os.path.join(FIXTURES, "search", "*", "expected.json"))
                   + glob.glob(os.path.join(FIXTURES, "search", "foreign_writer", "*", "expected.json")))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            expected = json.load(file)
        if "queries" in expected:
            yield pytest.param(os.path.dirname(path), expected, id=os.path.relpath(os.path.dirname(path), os.path.join(FIXTURES, "search")))


@pytest.mark.parametrize("folder, expected", list(recorded()))
def test_recorded(folder, expected):
    base = os.path.join(os.environ["NAMIDB_TEST_DIR"], "search-" + os.urandom(4).hex())
    os.makedirs(base)
    open_to_all(base)
    root = unpack(folder, os.path.join(base, "store"))
    with Sql("file://%s?ns=%s" % (root, expected["namespace"])) as sql:
        for entry in expected["queries"]:
            check(sql.rows(query(entry["procedure"]), {"o": entry["args"]}), entry["rows"], "%(procedure)s %(args)s" % entry)


# ---- random graphs --------------------------------------------------------------------------------

WORDS = "graph search storage soup bread graphs grape Straße ÜBER 東京都 日本 data-base x1 the".split()


def statements(dice, nodes, rels):
    for i in range(nodes):
        props = {"i": i, "lang": dice.choice(["en", "fr", 1, 1.0, True])}
        if dice.random() < 0.8:
            props["body"] = " ".join(dice.choices(WORDS, k=dice.randrange(0, 9)))
        if dice.random() < 0.5:
            props["title"] = " ".join(dice.choices(WORDS, k=dice.randrange(1, 3)))
        vector = [round(dice.uniform(-1, 1), 2) for _ in range(3)] if dice.random() < 0.9 else None
        yield ("CREATE (n:%s) SET n += $p%s" % (dice.choice(["Doc", "Doc:W", "W", "V"]), ", n.emb = vector($v)" if vector else ""),
               {"p": props, "v": vector})
    for _ in range(rels):
        yield ("MATCH (a {i: $a}), (b {i: $b}) CREATE (a)-[r:%s]->(b) SET r += $p" % dice.choice("EF"),
               {"a": dice.randrange(nodes), "b": dice.randrange(nodes),
                "p": {"weight": dice.choice([1, 2, 0.5, 3.25, 0, "x"])} if dice.random() < 0.7 else {}})


def random_call(dice, ids):
    procedure = dice.choice(list(YIELDS))
    o = {}

    def some(key, values, chance=0.4):
        if dice.random() < chance:
            o[key] = dice.choice(values)
    if procedure.startswith("algo."):
        some("labels", [["Doc"], ["W", "Doc"], ["V", "W"], ["W", "W"]], 0.3)
        some("edge_types", [["E"], ["F", "E"], ["F"], ["E", "E"]], 0.3)
        some("direction", ["natural", "reverse", "undirected", "UNDIRECTED"], 0.5)
    if procedure == "algo.pagerank":
        some("damping", [0.5, 0.9, 1, 0]), some("max_iterations", [0, 1, 7]), some("tolerance", [1e-12, 0.1])
    if procedure == "algo.label_propagation":
        some("max_iterations", [0, 1, 2])
    if procedure == "algo.louvain":
        some("max_levels", [0, 1, 2]), some("max_iterations", [0, 1, 2]), some("tolerance", [0, 0.5])
    if procedure == "algo.shortest_path":
        o["source"] = dice.choice(ids)
        some("weighted", [True, False], 0.7)
    if procedure == "algo.fastRP":
        # With few components a sum may cancel out but for rounding, which its normalization then makes large.
        o["dimension"] = dice.choice([16, 17, 32])
        some("iterations", [0, 1, 2]), some("iteration_weights", [[1], [0.5, 0, 2]]), some("seed", [0, 7])
        some("normalization_strength", [-0.5, 1, 0.3])
    if procedure.startswith("search."):
        o["label"] = dice.choice(["Doc", "Doc", "W", "Nobody"])
        some("k", [0, 1, 3, 1000], 0.7)
        some("filter", [{"lang": "fr"}, {"lang": ["en", 1]}, {"i": {"gte": 5, "LT": 30}}, {"i": {"ne": 3}, "lang": {"eq": True}},
                        {"nothing": 1}, {"i": {"in": [1, 2, 3.0, "x"]}}])
    vector = [round(dice.uniform(-1, 1), 2) for _ in range(3)]
    text = " ".join(dice.choice(["%s", "%s", "%s*", '"%s"', "(%s)"]) % " ".join(dice.choices(WORDS + ["gra", "日"], k=dice.choice([1, 1, 2])))
                    for _ in range(dice.randrange(1, 4)))
    if procedure in ("search.vector", "search.hybrid"):
        some("metric", ["cosine", "dot", "L2", "euclidean"], 0.7)
    if procedure == "search.vector":
        o.update(property="emb", query=vector)
    if procedure == "search.bm25":
        o["query"] = text
    if procedure == "search.hybrid":
        legs = dice.choice([1, 2, 3])
        o.update({"query_vector": vector, "vector_property": "emb"} if legs & 1 else {})
        o.update({"query_text": text} if legs & 2 else {})
        some("fusion", ["rrf", "linear"], 0.7), some("alpha", [0, 0.25, 1]), some("rrf_k", [1, 10.5])
        some("k_dense", [1, 5]), some("k_sparse", [1, 5])
    if "query_text" in o or procedure == "search.bm25":
        o.update(dice.choice([{"text_property": "body"}, {"text_properties": ["title", "body"]}, {"text_properties": ["body", "body", "nope"]}]))
    return procedure, o


@pytest.mark.parametrize("version", ["old", "new"])
@pytest.mark.parametrize("seed", [1, 2])
def test_random(version, seed):
    dice = random.Random("%s %d" % (version, seed))
    store = Store("folder")
    with store.wheel(version) as wheel, store.sql() as sql:
        for text, params in statements(dice, 40, dice.choice([20, 70, 150])):
            wheel.rows(text, params)
        for turn in range(3):
            ids = [row[0] for row in wheel.rows("MATCH (n) RETURN id(n)")]
            for _ in range(CALLS):
                procedure, options = random_call(dice, ids)
                what = "%s(%s)" % (procedure, json.dumps(options, ensure_ascii=False))
                check(sql.rows(query(procedure), {"o": options}), wheel.rows(query(procedure), {"o": options}), what)
            wheel.call("flush" if turn == 0 else "compact")


BAD = """
algo.pagerank({damping: 'x'})
algo.pagerank({damping: null})
algo.pagerank({max_iterations: -1})
algo.pagerank({max_iterations: 1.5})
algo.pagerank({labels: []})
algo.pagerank({labels: 'W'})
algo.pagerank({labels: [1]})
algo.pagerank({labels: ['Nope']})
algo.pagerank({edge_types: ['Nope']})
algo.pagerank({direction: 'up'})
algo.pagerank({direction: null})
algo.pagerank(null)
algo.pagerank({}, {})
algo.wcc(null)
algo.wcc({foo: 1})
algo.triangle_count({max_iterations: 1})
algo.louvain({max_levels: -1})
algo.louvain({tolerance: 'x'})
algo.label_propagation({max_iterations: -1})
algo.shortest_path()
algo.shortest_path({})
algo.shortest_path({source: 1})
algo.shortest_path({source: 'nope'})
algo.shortest_path({source: '01920000-0000-7000-8000-000000001b58', weighted: 1})
algo.shortest_path({source: '01920000-0000-7000-8000-000000001b58', weighted: true})
algo.fastRP({dimension: 0})
algo.fastRP({dimension: -1})
algo.fastRP({dimension: 2, iterations: -1})
algo.fastRP({dimension: 2, iteration_weights: []})
algo.fastRP({dimension: 2, iteration_weights: ['a']})
algo.fastRP({dimension: 2, seed: -1})
algo.fastRP({dimension: 2, normalization_strength: 'x'})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], foo: 1})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], k: -1})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], k: null})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], ef: -1})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], metric: 'bad'})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0, 1.0]})
search.vector({label: 'W', property: 'emb', query: ['x']})
search.vector({label: 'W', property: 'emb', query: null})
search.vector({label: 'W', property: 'emb', query: [1e300, 0.0]})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], filter: {}})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], filter: null})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], filter: {i: null}})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], filter: {i: {foo: 1}}})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], filter: {i: {}}})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], filter: {i: [1, null]}})
search.vector({label: 'W', property: 'emb', query: [1.0, 0.0], filter: {i: date('2020-01-01')}})
search.vector({property: 'emb', query: [1.0, 0.0]})
search.vector({label: 'W', query: [1.0, 0.0]})
search.vector({label: 'W', property: 't', query: [1.0, 0.0]})
search.vector('x')
search.bm25({label: 'W', text_property: 't', query: 1})
search.bm25({label: 'W', text_property: 't'})
search.bm25({label: 'W', query: 'x'})
search.bm25({label: 'W', text_properties: [], query: 'x'})
search.bm25({label: 'W', text_property: 1, query: 'x'})
search.bm25({label: 'W', text_property: 't', query: 'foo', k: 'x'})
search.hybrid({label: 'W', query_text: 'foo'})
search.hybrid({label: 'W', text_property: 't'})
search.hybrid({label: 'W', query_vector: [1.0, 0.0]})
search.hybrid({label: 'W', query_text: 'foo', text_property: 't', fusion: 'bad'})
search.hybrid({label: 'W', query_text: 'foo', text_property: 't', rrf_k: 0})
search.hybrid({label: 'W', query_text: 'foo', text_property: 't', alpha: 2})
search.hybrid({label: 'W', query_text: 'foo', text_property: 't', foo: 1})
db.index.vector.queryNodes('nope', 1, [1.0, 0.0])
db.index.vector.queryNodes('vx', -1, [1.0, 0.0])
db.index.vector.queryNodes(1, 2, [1.0, 0.0])
db.index.vector.queryNodes('vx', 2, [1.0, 0.0], 1)
db.index.vector.queryNodes('vx', 2, [1.0, 0.0], {filter: {}})
db.index.vector.queryNodes('vx', 2, 'x')
db.index.vector.queryNodes('vx', 2, [1.0, 0.0, 0.0])
""".strip().split("\n")


def test_wrong_arguments():
    """What the product refuses, we refuse, as a wrong argument (a property that holds no vector: as a wrong type)."""
    store = Store("folder")
    with store.wheel("new") as wheel, store.sql() as sql:
        wheel.rows("CREATE (a:W {i: 1, emb: vector([1, 0]), t: 'foo'}), (b:W {i: 2, emb: vector([0, 1]), t: 'bar'}), "
                   "(a)-[:E {weight: -1}]->(b)")
        wheel.rows("CREATE VECTOR INDEX vx ON :W(emb) METRIC cosine DIMENSION 2")
        for call in BAD:
            with pytest.raises(WheelError):
                wheel.rows("CALL " + call)
            with pytest.raises(SqlError) as error:
                sql.rows("CALL " + call)
            assert error.value.state == ("42804" if "'t', query: [" in call else "22023"), call
        check(sql.rows("CALL db.index.vector.queryNodes('vx', 5, [1.0, 0.5], {filter: {i: 2}}) YIELD node, score RETURN id(node) AS id, score"),
              wheel.rows("CALL db.index.vector.queryNodes('vx', 5, [1.0, 0.5], {filter: {i: 2}}) YIELD node, score RETURN id(node) AS id, score"), "queryNodes")


def test_states():
    """Staged in a transaction, deleted again, committed: a call sees what MATCH sees."""
    store = Store("folder")
    with store.sql() as sql:
        sql.execute("BEGIN")
        sql.rows("CREATE (:D {t: 'one two', e: vector([1, 0])})-[:R]->(:D {t: 'two', e: vector([0, 1])})-[:R]->(:D {t: 'three'})")
        sql.rows("MATCH (n:D {t: 'three'}) DETACH DELETE n")
        for _ in range(2):
            assert sql.rows("CALL search.bm25({label: 'D', text_property: 't', query: 't*'}) YIELD node RETURN node.t AS t") == [["two"], ["one two"]]
            assert sql.rows("CALL search.vector({label: 'D', property: 'e', query: [0, 1], k: 1}) YIELD node, score RETURN node.t AS t, score") == [["two", 1.0]]
            assert sql.rows("CALL algo.degree() YIELD node_id, degree RETURN node_id.t AS t, degree ORDER BY t") == [["one two", 1], ["two", 1]]
            sql.execute("COMMIT")
