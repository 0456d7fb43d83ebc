"""Random patterns against a naive evaluation in Python, in every state that one graph can be in.

The same graph is asked while it is only staged in a transaction, committed in small pieces, read by a fresh session,
flushed and compacted by NamiDB, and changed on top of that: image, delta and own writes must give one answer.
"""
import collections
import itertools
import os
import random

import pytest
from support import Sql, diff
from test_wheel import Store

LABELS = ["A", "B", "C"]
TYPES = ["R", "S", "T"]
QUERIES = int(os.environ.get("AGREEMENT_QUERIES", "60"))


class Graph:
    def __init__(self, dice, nodes, rels):
        self.labels = {i: set(dice.sample(LABELS, dice.choice([0, 1, 1, 2]))) for i in range(nodes)}
        self.props = {i: self.values(dice) for i in range(nodes)}
        self.rels = {}
        for _ in range(rels):
            a, b = dice.randrange(nodes), dice.randrange(nodes)
            self.rels[a, dice.choice(TYPES), b] = self.values(dice)

    @staticmethod
    def values(dice):
        return {k: dice.choice([0, 1, 2, 2.0, 2.5, "x", True]) for k in ("p", "q") if dice.random() < 0.7}

    def statements(self):
        """One for each node and relationship."""
        for i, labels in self.labels.items():
            yield ("CREATE (n%s {i: $i}) SET n += $p" % "".join(":" + x for x in sorted(labels)), {"i": i, "p": self.props[i]})
        for (a, t, b), props in self.rels.items():
            yield ("MATCH (a {i: $a}), (b {i: $b}) CREATE (a)-[r:%s]->(b) SET r += $p" % t, {"a": a, "b": b, "p": props})


def equal(x, y):
    """Cypher's "=", None for null."""
    if x is None or y is None:
        return None
    numbers = lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)
    return x == y if numbers(x) and numbers(y) or type(x) is type(y) else False


def less(x, y):
    numbers = lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)
    if numbers(x) and numbers(y) or isinstance(x, str) and isinstance(y, str) or isinstance(x, bool) and isinstance(y, bool):
        return x < y
    return None


class Hop:
    def __init__(self, dice):
        self.types = dice.sample(TYPES, dice.choice([0, 1, 1, 2]))
        self.direction = dice.choice(["->", "->", "<-", "-"])
        self.range = dice.choice([None, None, None, (1, 2), (0, 2), (2, 3), (1, 3)])
        self.p = dice.choice([0, 1, 2]) if dice.random() < 0.15 else None

    def text(self, name):
        inner = name if self.range is None else ""
        inner += (":" + "|".join(self.types)) if self.types else ""
        inner += "*%d..%d" % self.range if self.range else ""
        inner += " {p: %d}" % self.p if self.p is not None else ""
        return {"->": "-[%s]->", "<-": "<-[%s]-", "-": "-[%s]-"}[self.direction] % inner

    def steps(self, graph, node, used):
        """(relationship, other end) from a node."""
        for rel, props in graph.rels.items():
            a, t, b = rel
            if rel in used or (self.types and t not in self.types):
                continue
            if self.p is not None and equal(props.get("p"), self.p) is not True:
                continue
            if self.direction in ("->", "-") and a == node:
                yield rel, b
            if self.direction in ("<-", "-") and b == node and not (self.direction == "-" and a == b):
                yield rel, a

    def walks(self, graph, node, used):
        """(relationships, other end) with no relationship twice."""
        low, high = self.range or (1, 1)
        stack = [((), node)]
        while stack:
            rels, at = stack.pop()
            if low <= len(rels):
                yield rels, at
            if len(rels) < high:
                stack += [(rels + (rel,), end) for rel, end in self.steps(graph, at, used | set(rels))]


class Query:
    def __init__(self, dice):
        self.hops = [Hop(dice) for _ in range(dice.choice([0, 1, 1, 2, 2, 3]))]
        count = len(self.hops) + 1
        self.labels = [dice.sample(LABELS, dice.choice([0, 0, 1, 1, 2])) for _ in range(count)]
        self.p = [dice.choice([0, 1, 2, 2.5]) if dice.random() < 0.2 else None for _ in range(count)]
        self.cycle = count > 2 and dice.random() < 0.2      # the last node is the first
        self.where = self.predicate(dice, count) if dice.random() < 0.6 else None
        self.form = dice.choice(["rows", "rows", "count", "distinct", "group", "exists", "optional", "limit"])
        if self.form == "optional" and len(self.names()) == 1:
            self.form = "rows"      # nothing of its own that could be null

    def predicate(self, dice, count):
        a, b, key = dice.randrange(count), dice.randrange(count), dice.choice("pq")
        names = "n%d.%s" % (a, key), "n%d.%s" % (b, key)
        kind = dice.choice(["less", "equal", "constant", "null", "not", "label", "or"])
        get = lambda g, ns, i: g.props[ns[i]].get(key)
        return {
            "less": ("%s < %s" % names, lambda g, ns: less(get(g, ns, a), get(g, ns, b))),
            "equal": ("%s = %s" % names, lambda g, ns: equal(get(g, ns, a), get(g, ns, b))),
            "constant": (names[0] + " >= 2", lambda g, ns: None if less(get(g, ns, a), 2) is None else not less(get(g, ns, a), 2)),
            "null": (names[0] + " IS NOT NULL", lambda g, ns: get(g, ns, a) is not None),
            "not": ("NOT %s = %s" % names, lambda g, ns: None if equal(get(g, ns, a), get(g, ns, b)) is None
                    else not equal(get(g, ns, a), get(g, ns, b))),
            "label": ("n%d:B" % a, lambda g, ns: "B" in g.labels[ns[a]]),
            "or": ("n%d.i < 8 OR n%d:C" % (a, b), lambda g, ns: ns[a] < 8 or "C" in g.labels[ns[b]]),
        }[kind]

    def name(self, i):
        return "n0" if self.cycle and i == len(self.hops) else "n%d" % i

    def names(self):
        return ["n%d" % i for i in range(len(self.hops) + (0 if self.cycle else 1))]

    def pattern(self):
        out = ""
        for i in range(len(self.hops) + 1):
            labels = "".join(":" + x for x in self.labels[i])
            p = " {p: %s}" % self.p[i] if self.p[i] is not None else ""
            out += "(%s%s%s)" % (self.name(i), labels, p)
            if i < len(self.hops):
                out += self.hops[i].text("r%d" % i)
        return out

    def where_text(self):
        if self.where is None:
            return ""
        text = self.where[0]
        return " WHERE " + (text.replace("n%d." % len(self.hops), "n0.").replace("n%d:" % len(self.hops), "n0:") if self.cycle else text)

    def text(self):
        body = self.pattern() + self.where_text()
        ids = ", ".join("%s.i AS %s" % (n, n) for n in self.names())
        return {
            "rows": "MATCH %s RETURN %s" % (body, ids),
            "count": "MATCH %s RETURN count(*) AS c" % body,
            "distinct": "MATCH %s RETURN DISTINCT %s.i AS x" % (body, self.names()[-1]),
            "group": "MATCH %s RETURN n0.i AS x, count(*) AS c, collect(DISTINCT %s.i)[0] IS NOT NULL AS some" % (body, self.names()[-1]),
            "exists": "MATCH (n0) WHERE EXISTS { MATCH %s } RETURN n0.i AS x" % body,
            "optional": "MATCH (n0) OPTIONAL MATCH %s RETURN n0.i AS x, count(%s) AS c" % (body, self.names()[-1]),
            "limit": "MATCH %s WITH %s.i AS x ORDER BY x LIMIT 7 RETURN x" % (body, self.names()[-1]),
        }[self.form]

    def fits(self, graph, i, node):
        if not set(self.labels[i]) <= graph.labels[node]:
            return False
        return self.p[i] is None or equal(graph.props[node].get("p"), self.p[i]) is True

    def matches(self, graph):
        """The tuples of nodes, as often as they match."""
        found = []

        def extend(i, nodes, used):
            if i == len(self.hops):
                if self.where is None or self.where[1](graph, nodes) is True:
                    found.append(nodes[:-1] if self.cycle else nodes)
                return
            for rels, end in self.hops[i].walks(graph, nodes[-1], used):
                if self.fits(graph, i + 1, end) and not (self.cycle and i + 1 == len(self.hops) and end != nodes[0]):
                    extend(i + 1, nodes + (end,), used | set(rels))

        for node in graph.labels:
            if self.fits(graph, 0, node):
                extend(0, (node,), frozenset())
        return found

    def answer(self, graph):
        found = self.matches(graph)
        starts = collections.Counter(m[0] for m in found)
        return {
            "rows": lambda: [list(m) for m in found],
            "count": lambda: [[len(found)]],
            "distinct": lambda: [[x] for x in {m[-1] for m in found}],
            "group": lambda: [[x, c, True] for x, c in starts.items()],
            "exists": lambda: [[x] for x in starts],
            "optional": lambda: [[x, starts[x]] for x in graph.labels],
            "limit": lambda: [[x] for x in sorted(m[-1] for m in found)[:7]],
        }[self.form]()


def ask(state, sql, graph, queries):
    for query in queries:
        assert not diff(sql.rows(query.text()), query.answer(graph)), "%s: %s" % (state, query.text())


@pytest.mark.parametrize("seed", range(1, 1 + int(os.environ.get("SEEDS", 2))))
def test_every_state_gives_the_naive_answer(seed):
    dice = random.Random(seed)
    graph = Graph(dice, 25, 45)
    queries = [Query(dice) for _ in range(QUERIES)]
    store = Store("folder")
    with store.sql() as sql:
        sql.execute("BEGIN")
        for query, params in graph.statements():
            sql.maps(query, params)
        ask("staged", sql, graph, queries)
        sql.execute("ROLLBACK")
        assert sql.rows("MATCH (n) RETURN count(n)") == [[0]]

        statements = list(graph.statements())
        for some in itertools.zip_longest(*[iter(statements)] * 7):
            sql.execute("BEGIN")
            for query, params in filter(None, some):
                sql.maps(query, params)
            sql.execute("COMMIT")
        ask("committed in pieces", sql, graph, queries)
        with store.sql() as fresh:
            ask("fresh session", fresh, graph, queries)
        with store.wheel("new") as wheel:
            wheel.call("flush")
        ask("flushed", sql, graph, queries)
        change(dice, graph, sql, 12)
        ask("changed after a flush", sql, graph, queries)
        sql.execute("BEGIN")
        change(dice, graph, sql, 12)
        ask("staged on top", sql, graph, queries)
        sql.execute("COMMIT")
        with store.wheel("old") as wheel:
            wheel.call("flush")
            wheel.call("compact")
        with Sql(store.uri) as fresh:
            ask("compacted, fresh session", fresh, graph, queries)
        ask("compacted", sql, graph, queries)


def change(dice, graph, sql, count):
    """Some nodes and relationships go, come and change."""
    for _ in range(count):
        kind = dice.choice(["node", "delete", "label", "set", "rel", "unrel"])
        nodes = sorted(graph.labels)
        a, b, t = dice.choice(nodes), dice.choice(nodes), dice.choice(TYPES)
        if kind == "node":
            i = max(nodes) + 1
            graph.labels[i], graph.props[i] = {dice.choice(LABELS)}, Graph.values(dice)
            sql.maps("CREATE (n:%s {i: $i}) SET n += $p" % "".join(graph.labels[i]), {"i": i, "p": graph.props[i]})
        elif kind == "delete" and len(nodes) > 15:
            del graph.labels[a], graph.props[a]
            graph.rels = {k: v for k, v in graph.rels.items() if a not in (k[0], k[2])}
            sql.maps("MATCH (n {i: $i}) DETACH DELETE n", {"i": a})
        elif kind == "label":
            label = dice.choice(LABELS)
            adding = label not in graph.labels[a]
            graph.labels[a] ^= {label}
            sql.maps("MATCH (n {i: $i}) %s n:%s" % ("SET" if adding else "REMOVE", label), {"i": a})
        elif kind == "set":
            graph.props[a] = Graph.values(dice)
            sql.maps("MATCH (n {i: $i}) SET n = $p, n.i = $i", {"i": a, "p": graph.props[a]})
        elif kind == "rel":
            graph.rels[a, t, b] = Graph.values(dice)
            sql.maps("MATCH (a {i: $a}), (b {i: $b}) MERGE (a)-[r:%s]->(b) SET r = $p" % t, {"a": a, "b": b, "p": graph.rels[a, t, b]})
        elif kind == "unrel" and graph.rels:
            a, t, b = dice.choice(sorted(graph.rels))
            del graph.rels[a, t, b]
            sql.maps("MATCH (a {i: $a})-[r:%s]->(b {i: $b}) DELETE r" % t, {"a": a, "b": b})
