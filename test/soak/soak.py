"""The language under random queries: see README.md here. Ends with the line

soak-cypher: seed S, N queries, D differences, C crashes
"""
import argparse
import collections
import copy
import gc
import json
import os
import random
import re
import sys
import time
import uuid

import psycopg

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import deviations  # noqa: E402
from engines import Crash, Extension, NaiveOutcome, ProductGone, Wheel, typed  # noqa: E402
from generate import Generator, random_graph, scalar  # noqa: E402
from graph import canon, canon_json  # noqa: E402
from naive import Failure, Naive, TooBig, Unknown, aggregates_in  # noqa: E402
from relations import RELATIONS  # noqa: E402
from shrink import shrink  # noqa: E402
from tree import Create, Expr, Match, Merge, NodePat, PatternOnly, Project, RelPat, Set, literal  # noqa: E402

VARIANTS = 2
# What the generator leaves out while the engine does not know it.
FEATURES = {"label expressions": "MATCH (n:A&!B) RETURN 1 AS x"}


# ---- what of an answer counts ---------------------------------------------------------------------------------------

def final(tree):
    """The RETURN items of all branches, by column."""
    last = [b.clauses[-1] for b in tree.branches if b.clauses]
    return [p.items for p in last if isinstance(p, Project) and p.word == "RETURN"]


def divides_early(tree):
    """Is there a division in the condition of a pattern?"""
    return any(isinstance(t, (Match, PatternOnly)) and t.where is not None and
               any(isinstance(e, Expr) and e.kind == "bin" and e.data in ("/", "%") for e in t.where.walk()) for t in tree.walk())


def unbounded(tree):
    """Does a pattern ask for trails of any length?"""
    return any(isinstance(t, RelPat) and t.range and t.range[1] is None for t in tree.walk())


def is_bag(type):
    return isinstance(type, tuple) and type[0] == "bag"


def is_grouped_by_bag(project):
    """Are rows told apart by a list whose order is not decided?"""
    parts = [i.expr for i in project.items]
    if not project.distinct and not any(aggregates_in(e) for e in parts):
        return False
    return any(is_bag(e.type) and not aggregates_in(e) for e in parts)


def takes_the_first(aggregate):
    """min() and max() of values that have an order, but not one that is written anywhere."""
    return aggregate.data in ("min", "max") and any(e.type in ("node", "rel", "path") or is_bag(e.type) for e in aggregate.args)


def sets_others(merge):
    """ON CREATE of a variable that was there before: which of its rows finds nothing depends on their order."""
    names = {t.name for t in merge.part.walk() if isinstance(t, (NodePat, RelPat))}
    return any(i.name not in names for i in list(merge.created or []) + list(merge.matched or []))


def repeats_rel(match):
    names = [t.name for part in match.parts for t in part.walk() if isinstance(t, RelPat) and t.name]
    return len(names) != len(set(names))


def reads_while_writing(clause):
    """A subquery in a clause that writes: does it see what the clause did for the rows before?"""
    return any(isinstance(t, (Match, PatternOnly)) or isinstance(t, Expr) and t.kind == "patcomp" for t in clause.walk())


def undecided(tree):
    """Does the answer depend on what the language leaves open, or is it an error that nobody checks here?"""
    for t in tree.walk():
        if (isinstance(t, Project) and is_grouped_by_bag(t) or isinstance(t, Expr) and t.kind == "agg" and takes_the_first(t) or
                isinstance(t, Merge) and sets_others(t) or isinstance(t, Match) and repeats_rel(t) or
                isinstance(t, (Create, Merge, Set)) and reads_while_writing(t)):
            return True
    return False


class Shape:
    """How the answers of a query are compared."""

    def __init__(self, tree):
        items = final(tree)
        self.columns = [i.name for i in items[0]] if items else []
        self.bags = {i.name for branch in items for i in branch if is_bag(i.expr.type)}
        projections = [t for t in tree.walk() if isinstance(t, Project)]
        # Which of 1 and 1.0 stands for both is not decided.
        self.loose = len(tree.branches) > 1 or any(p.distinct or p.order or any(aggregates_in(i.expr) for i in p.items) for p in projections)
        last = tree.branches[0].clauses[-1]
        # What a statement makes has no numbers of its own.
        makes = any(isinstance(t, (Create, Merge, Set)) for t in tree.walk())
        self.ordered = (len(tree.branches) == 1 and isinstance(last, Project) and bool(last.order) and not makes and
                        self.decided(last))

    @staticmethod
    def decided(project):
        """Does the order of a projection leave no two different rows equal?"""
        keys = {str(s.expr) for s in project.order}
        return all(i.name in keys or str(i.expr) in keys or i.name + ".i" in keys or i.name + ".j" in keys for i in project.items)

    def rows(self, outcome):
        rows = outcome.table(self.bags, self.loose)
        return rows if self.ordered else sorted(rows)

    def alike(self, a, b):
        """Are two answers of the extension the same texts? That is all there is to most comparisons."""
        return a.raw is not None and b.raw is not None and (a.raw == b.raw or not self.ordered and sorted(a.raw) == sorted(b.raw))

    def difference(self, a, b, na, nb):
        """What two answers do not share, as a text, or None."""
        if a.error is not None or b.error is not None:
            return None if a.error is not None and b.error is not None else "%s: %s; %s: %s" % (na, a, nb, b)
        if self.alike(a, b):
            return None
        x, y = self.rows(a), self.rows(b)
        if x == y:
            return None
        cx, cy = collections.Counter(x), collections.Counter(y)
        if cx == cy:
            return "order: %s %s; %s %s" % (na, x[:6], nb, y[:6])
        return "%s has %d rows, %s has %d; only %s: %s; only %s: %s" % (
            na, len(x), nb, len(y), na, list((cx - cy).elements())[:4], nb, list((cy - cx).elements())[:4])


def graph_text(nodes, rels, loose=False):
    """One text for a graph, whatever its ids are: nodes with what they are connected to."""
    at = {}
    for id, text in nodes:
        at[id] = text
    return sorted(t for _, t in nodes), sorted("%s-%s->%s" % (at.get(a, "?"), t, at.get(b, "?")) for t, a, b in rels)


def json_graph(outcome, seen=None):
    """From the answer to GRAPH. seen: what earlier answers held, by its text."""
    nodes, rels = [], []
    seen = {} if seen is None else seen
    for i in range(outcome.count()):
        raw = outcome.raw[i] if outcome.raw is not None else None
        if raw is None or raw not in seen:
            v = (json.loads(raw) if raw is not None else outcome.rows[i])["x"]
            if "$node" in v:
                found = True, (v["$node"]["id"], canon_json(v))
            else:
                found = False, (canon_json(v), v["$rel"]["start"], v["$rel"]["end"])
            if raw is not None:
                seen[raw] = found
        else:
            found = seen[raw]
        (nodes if found[0] else rels).append(found[1])
    return graph_text(nodes, rels)


def naive_graph(graph):
    return graph_text([(n.id, canon(n)) for n in graph.nodes.values()], [(canon(r), r.start.id, r.end.id) for r in graph.rels.values()])


def graph_difference(ours, other, name):
    """What two graphs do not share, as a text, or None."""
    if ours == other:
        return None
    only = [list((collections.Counter(x) - collections.Counter(y)).elements())[:3]
            for i in (0, 1) for x, y in ((ours[i], other[i]), (other[i], ours[i]))]
    return "graph: nodes only ours %s, only %s %s; relationships only ours %s, only %s %s" % (only[0], name, only[1], only[2], name, only[3])


GRAPH = "MATCH (n) RETURN n AS x UNION ALL MATCH ()-[r]->() RETURN r AS x"


# ---- one graph in many states ---------------------------------------------------------------------------------------

def create_text(graph, nodes=None, rels=None):
    """CREATE statements for a graph, or for some of it."""
    nodes = list(graph.nodes.values()) if nodes is None else nodes
    rels = list(graph.rels.values()) if rels is None else rels
    name = {n.id: "n%d" % i for i, n in enumerate(nodes)}
    parts = ["(%s%s %s)" % (name[n.id], "".join(":" + x for x in sorted(n.labels)), literal({"_id": n.id, **n.props})) for n in nodes]
    parts += ["(%s)-[:%s %s]->(%s)" % (name[r.start.id], r.type, literal(r.props), name[r.end.id])
              for r in rels if r.start.id in name and r.end.id in name]
    return "CREATE " + ",\n  ".join(parts)


# KeyError and the like: the minimiser's candidates may be no queries.
SKIPPED = (TooBig, Unknown, KeyError, AttributeError, IndexError, ValueError)


class Round:
    """A graph and the queries over it."""

    def __init__(self, soak, number):
        self.soak, self.number = soak, number
        self.dice = random.Random("%s/%d" % (soak.seed, number))
        self.graph = random_graph(self.dice, self.dice.choice([6, 14, 20, 26]), self.dice.choice([20, 35, 50]))
        self.mode = self.dice.choice(["wal", "flushed", "flushed", "compacted"]) if soak.wheel else "wal"
        self.name = "s%s" % uuid.uuid4().hex[:12]
        self.uri = "file://%s?ns=%s" % (soak.folder, self.name)
        self.seen, self.shaped = {}, (None, None)
        self.build()

    def build(self):
        """The store: some of the graph committed, flushed by the product, the rest and changes in the WAL."""
        soak, dice, sql, graph = self.soak, self.dice, self.soak.sql, self.graph
        sql.server(self.name, self.uri)
        do = lambda q: self.must(sql.ask(self.name, q, {}, []), q)
        nodes, rels = list(graph.nodes.values()), list(graph.rels.values())
        if self.mode == "wal":
            do(create_text(graph))
        else:
            early = [n for n in nodes if dice.random() < 0.7]
            first = [r for r in rels if r.start in early and r.end in early and dice.random() < 0.8]
            text = create_text(graph, early, first)
            ghosts = ["(ghost%d:A:Ghost {i: %d, k: 1, s: 'a'})" % (i, 100 + i) for i in range(3)]
            if early:
                ghosts += ["(ghost0)-[:R {j: 1000}]->(n0)", "(n0)-[:S {j: 1001}]->(ghost1)", "(ghost1)-[:T {j: 1003}]->(ghost2)"]
            do(text + ", " + ", ".join(ghosts) if early else "CREATE " + ", ".join(ghosts))
            changed = [n for n in early if dice.random() < 0.3]
            for n in changed:
                do("MATCH (n {_id: '%s'}) SET n.k = %s, n.s = 'old', n:C:Old" % (n.id, literal(scalar(dice, "any"))))
            soak.wheel.open(self.uri)
            soak.wheel.call("flush")
            if self.mode == "compacted":
                soak.wheel.call("compact")
            do("MATCH (n:Ghost) DETACH DELETE n")
            late = [n for n in nodes if n not in early]
            if late:
                do(create_text(graph, late, []))
            for r in rels:
                if r not in first:
                    do("MATCH (a {_id: '%s'}), (b {_id: '%s'}) CREATE (a)-[r:%s %s]->(b)" % (r.start.id, r.end.id, r.type, literal(r.props)))
            for n in changed:
                labels = [x for x in ("C", "Old") if x not in n.labels]
                do("MATCH (n {_id: '%s'}) SET n = %s REMOVE n:%s" % (n.id, literal(n.props), ":".join(labels)))
        if soak.wheel:
            soak.wheel.open(self.uri)
        if dice.random() < 0.6:
            for label, key in dice.sample([("A", "k"), ("B", "s"), ("C", "i"), ("A", "x"), ("A", "d")], 2):
                do("CREATE INDEX FOR (n:%s) ON (n.%s)" % (label, key))
        # The same graph as uncommitted writes of a transaction.
        own = soak.own
        own.server(self.name + "m", "memory://" + self.name)
        own.begin()
        self.must(own.ask(self.name + "m", create_text(graph), {}, []), "CREATE")

    def must(self, outcome, query):
        if outcome.error is not None:
            raise RuntimeError("%s: %s" % (query[:500], outcome.error))

    def end(self):
        self.soak.own.rollback()
        self.soak.sql.sql("DROP SERVER %s" % self.name)
        self.soak.own.sql("DROP SERVER %sm" % self.name)

    # ---- answers

    def shape(self, tree):
        """The Shape of a tree that nobody changes any more."""
        if self.shaped[0] is not tree:
            self.shaped = tree, Shape(tree)
        return self.shaped[1]

    def ours(self, tree, params, settings=None):
        return self.soak.sql.ask(self.name, str(tree), params, self.shape(tree).columns, settings)

    def naive(self, tree, params, graph=None):
        try:
            columns, rows = Naive(graph or self.graph, params).run(tree)
            return NaiveOutcome(columns, rows if columns else [])
        except Failure as failure:
            return NaiveOutcome(error=str(failure) or "error")

    # ---- checks: None, or a text that tells the difference

    def by_naive(self, tree, params, got=None):
        try:
            want = self.naive(tree, params)
        except SKIPPED:
            return None
        got = got or self.ours(tree, params)
        if want.error is not None:
            return None         # which rows are evaluated is not decided
        return self.shape(tree).difference(got, want, "we", "naive")

    def by_state(self, tree, params, got=None):
        got = got or self.ours(tree, params)
        other = self.soak.own.ask(self.name + "m", str(tree), params, self.shape(tree).columns)
        if self.ill and other.error is not None:
            return None
        if other.state == "57014" and unbounded(tree):
            self.soak.counts["all trails are too many"] += 1
            return None
        return self.shape(tree).difference(got, other, "store", "own writes")

    def by_variant(self, tree, params, variant, got=None):
        got = got or self.ours(tree, params)
        other = self.ours(tree, params, {"namidb.plan_variant": variant})
        if other.state == "57014":
            self.soak.counts["too slow in a forced plan"] += 1
            return None
        if self.ill and other.error is not None:
            return None         # which rows an ill-typed condition sees is up to the plan
        return self.shape(tree).difference(got, other, "plan", "variant %d" % variant)

    def by_limit(self, tree, params, kilobytes, got=None):
        """With so little memory that sorting and grouping go to files."""
        got = got or self.ours(tree, params)
        other = self.ours(tree, params, {"namidb.statement_memory_limit": "%dkB" % kilobytes})
        if other.state == "53200":
            self.soak.counts["over the memory limit"] += 1
            return None
        return self.shape(tree).difference(got, other, "plenty of memory", "%d kB" % kilobytes)

    def by_wheel(self, tree, params, got=None):
        got = got or self.ours(tree, params)
        shape = self.shape(tree)
        try:
            self.wheel_answer = self.soak.wheel.ask(str(tree), params, shape.columns)
        except ProductGone as gone:
            self.soak.counts[str(gone)] += 1
            return None
        if self.ill and got.error is None and "EvalError" in (self.wheel_answer.error or ""):
            self.soak.counts["ill-typed: refused by the product only"] += 1
            return None         # of what it evaluates
        return shape.difference(got, self.wheel_answer, "we", "product")

    def by_relation(self, tree, params, relation, seed, got=None):
        changed = relation(random.Random(seed), tree, params)
        if changed is None:
            return None
        queries, rule = changed
        shape = copy.copy(self.shape(tree))
        columns = ["c"] if rule == "sum" else shape.columns
        answers = [self.soak.sql.ask(self.name, q, p, columns) for q, p in queries]
        if any(a.error is not None for a in answers):
            got = got or self.ours(tree, params)
            failed = next(a for a in answers if a.error is not None)
            if rule is None and got.error is None and not self.ill and failed.state not in ("22012", "22003"):
                return "%s: %s fails: %s" % (relation.__name__, queries[answers.index(failed)], failed.error)
            return None
        if rule == "sum":
            counts = [a.rows[0]["c"] for a in answers]
            return None if counts[0] == sum(counts[1:]) else "%s: %s" % (relation.__name__, counts)
        got = got or self.ours(tree, params)
        if got.error is not None:
            return None
        if rule == "same":
            got, other = answers
        else:
            other = answers[0]
        if not callable(rule) and shape.alike(got, other):
            return None
        a, b = shape.rows(got), shape.rows(other)
        if callable(rule):
            shape.loose, shape.ordered = True, False
            a, b = rule(shape.rows(got)), shape.rows(other)
        if a != b:
            ca, cb = collections.Counter(a), collections.Counter(b)
            return "%s: %s gives other rows; only before: %s; only after: %s" % (
                relation.__name__, queries[-1][0], list((ca - cb).elements())[:4], list((cb - ca).elements())[:4])
        return None

    def by_graph(self, tree, params):
        """A statement that writes, rolled back afterwards: rows and graph, and what a query sees before."""
        model = self.graph.copy()
        try:
            want = self.naive(tree, params, model)
        except SKIPPED:
            return None
        if want.error is not None:
            model = self.graph
        for sql, server in (self.soak.writer, self.name), (self.soak.own, self.name + "m"):
            try:
                if sql.inside:
                    sql.sql("SAVEPOINT w")
                else:
                    sql.begin()
                got = sql.ask(server, str(tree), params, self.shape(tree).columns)
                if want.error is not None and got.error is None or got.error is not None and (self.ill or got.state == "55000"):
                    return None
                found = self.shape(tree).difference(got, want, "we", "naive")
                if found is None:
                    found = graph_difference(json_graph(sql.ask(server, GRAPH, {}, ["x"]), self.seen), naive_graph(model), "naive")
                if found is not None:
                    return "%s: %s" % ("store" if sql is self.soak.writer else "own writes", found)
            finally:
                if not sql.connection.closed:
                    if sql is self.soak.own:
                        sql.sql("ROLLBACK TO SAVEPOINT w")
                    else:
                        sql.rollback()
        return None

    # ---- statements that write, by both implementations

    def duel(self, count):
        """The same statements on two copies of the graph, one of them the product's; until the copies differ."""
        soak = self.soak
        name = self.name + "d"
        ours, theirs = name + "o", name + "w"
        soak.sql.server(ours, "memory://" + ours)
        soak.sql.server(theirs, "file://%s?ns=%s" % (soak.folder, theirs))
        try:
            for server in (ours, theirs):
                self.must(soak.sql.ask(server, create_text(self.graph), {}, []), "CREATE")
            soak.wheel.open("file://%s?ns=%s" % (soak.folder, theirs))
            before = []
            self.model = self.graph.copy()
            for number in range(count):
                dice = random.Random("%s/%d/duel/%d" % (soak.seed, self.number, number))
                gen = Generator(dice, easy=True)
                tree = gen.write()
                if soak.verbose:
                    print("%d duel %d %s" % (self.number, number, tree), flush=True)
                if undecided(tree):
                    soak.counts["not decided by the language"] += 1
                    continue
                soak.counts["writes compared with the product"] += 1
                soak.queries += 1
                if not self.exchange(ours, number, tree, gen.params, before):
                    break
                before.append((str(tree), gen.params))
        finally:
            soak.sql.sql("DROP SERVER %s" % ours)
            soak.sql.sql("DROP SERVER %s" % theirs)
            soak.wheel.open(self.uri)

    def predict(self, tree, params):
        """What the naive evaluation says of a statement of a duel, or why it says nothing; and the graph afterwards, or None."""
        after = self.model.copy()
        try:
            want = self.naive(tree, params, after)
        except SKIPPED as skipped:
            return str(skipped), None
        return want, after if want.error is None else self.model

    def exchange(self, server, number, tree, params, before):
        """One statement of a duel; False when the copies are different from now on."""
        soak, shape = self.soak, self.shape(tree)
        want, self.model = self.predict(tree, params)
        got = soak.sql.ask(server, str(tree), params, shape.columns)
        try:
            answer = soak.wheel.ask(str(tree), params, shape.columns)
        except ProductGone as gone:
            soak.counts[str(gone)] += 1
            return False
        found, after = shape.difference(got, answer, "we", "product"), None
        if got.error is None:
            after = json_graph(soak.sql.ask(server, GRAPH, {}, ["x"]), self.seen)
            if found is None:
                found = graph_difference(after, json_graph(soak.wheel.ask(GRAPH, {}, ["x"])), "the product's")
        agreed = self.agree(shape, got, after, want)
        if agreed is None:
            if found is None:
                return self.model is not None
            if want == "id":        # of a node that is new: no two stores give the same
                return False
            reason = deviations.reason(tree, answer, got, self.model is not None and want.error is None)
            if reason is not None:
                soak.deviations[reason] += 1
                return False
        else:
            found = agreed if found is None else "%s; %s" % (found, agreed)
        soak.differences += 1
        print("---- difference %d: seed %s, round %d, statement %d of a duel\n%s\n%s\nparameters: %s\nbefore: %s\n%s" % (
            soak.differences, soak.seed, self.number, number, found[:2000], tree, json.dumps({k: typed(v) for k, v in params.items()}),
            before, "graph: " + create_text(self.graph) if soak.graphs else ""), flush=True)
        return False

    def agree(self, shape, got, after, want):
        """None when our answer and graph are those of the naive evaluation, or nobody knows; else what differs."""
        if isinstance(want, str):
            self.soak.counts["writes compared with the product, naive does not know"] += 1
            return None
        if want.error is not None or got.state == "55000":
            self.model = self.model if got.error is not None else None
            return None
        return shape.difference(got, want, "we", "naive") or graph_difference(after, naive_graph(self.model), "naive")

    # ---- a query

    def query(self, number):
        soak = self.soak
        dice = random.Random("%s/%d/%d" % (soak.seed, self.number, number))
        easy, ill, write = self.easy, self.ill, _ = dice.random() < 0.5, dice.random() < 0.08, dice.random() < 0.15
        gen = Generator(dice, easy=easy, ill=ill, without=soak.without, ids=self.graph.nodes)
        tree = gen.write() if write else gen.query()
        params = gen.params
        if soak.verbose:
            print("%d/%d %s" % (self.number, number, tree), flush=True)
        if undecided(tree):
            soak.counts["not decided by the language"] += 1
            return
        try:
            self.check(dice, number, tree, params, easy, ill, write)
        except Crash as crash:
            soak.crash(self, number, tree, params, crash)

    def check(self, dice, number, tree, params, easy, ill, write):
        soak = self.soak
        if write:
            found = self.by_graph(tree, params)
            soak.counts["writes"] += 1
            if found:
                soak.report(self, number, tree, params, found, self.by_graph)
            return
        try:
            want = self.naive(tree, params)
        except TooBig:
            soak.counts["too big"] += 1
            return
        except Unknown:
            soak.counts["naive does not know"] += 1
            want = None
        got = self.ours(tree, params)
        soak.counts["rows" if got.error is None and got.count() else "no row" if got.error is None else "error"] += 1
        shape = self.shape(tree)
        if got.error is not None and ill:
            soak.counts["ill-typed: refused"] += 1
            return
        if want is not None:
            if want.error is not None:
                soak.counts["error decided by the rows evaluated" if got.error is None else "error on both sides"] += 1
                return
            if got.state == "57014" and unbounded(tree):
                soak.counts["all trails are too many"] += 1
                return
            if got.state == "22012" and divides_early(tree):
                soak.counts["division by zero in a condition that is tried before its pattern is complete"] += 1
                return
            found = shape.difference(got, want, "we", "naive")
            if found:
                soak.report(self, number, tree, params, found, self.by_naive, got)
                return
        found = self.by_state(tree, params, got)
        if found:
            soak.report(self, number, tree, params, found, self.by_state)
            return
        for _ in range(VARIANTS if soak.variants else 0):
            variant = dice.randrange(1, 2 ** 31)
            found = self.by_variant(tree, params, variant, got)
            if found:
                soak.report(self, number, tree, params, found, lambda t, p: self.by_variant(t, p, variant))
                return
        if got.error is None and "range(1," in str(tree) or dice.random() < 0.05:
            kilobytes = dice.choice([300, 450, 600, 800, 1000])
            found = self.by_limit(tree, params, kilobytes, got)
            if found:
                soak.report(self, number, tree, params, found, lambda t, p: self.by_limit(t, p, kilobytes))
                return
        relation, seed = dice.choice(RELATIONS), dice.random()
        found = self.by_relation(tree, params, relation, seed, got)
        if found:
            soak.report(self, number, tree, params, found, lambda t, p: self.by_relation(t, p, relation, seed))
            return
        if soak.wheel and (easy or dice.random() < 0.2) and got.error is None:
            found = self.by_wheel(tree, params, got)
            soak.counts["compared with the product"] += 1
            if found:
                reason = deviations.reason(tree, self.wheel_answer, got, want is not None)
                if reason is None:
                    soak.report(self, number, tree, params, found, self.by_wheel)
                else:
                    soak.deviations[reason] += 1


# ---- the run --------------------------------------------------------------------------------------------------------

class Soak:
    def __init__(self, options):
        self.seed, self.verbose = options.seed, options.verbose
        self.folder = options.folder
        self.wheel = Wheel(options.wheel) if options.wheel else None
        self.sql, self.own, self.writer = Extension(), Extension(), Extension()
        self.sql.sql("LOAD '$libdir/namidb'")
        self.variants = self.sql.sql("SELECT current_setting('namidb.plan_variant', true)") != [(None,)]
        self.without = [name for name, query in FEATURES.items() if not self.knows(query)]
        self.counts, self.deviations = collections.Counter(), collections.Counter()
        self.queries = self.differences = self.crashes = 0
        self.most = options.most
        self.only = options.only

    def knows(self, query):
        name = "probe" + uuid.uuid4().hex[:8]
        self.sql.server(name, "memory://" + name)
        try:
            return self.sql.ask(name, query, {}, []).error is None
        finally:
            self.sql.sql("DROP SERVER " + name)

    def report(self, round, number, tree, params, found, check, got=None):
        self.differences += 1

        def kind(text):
            error = re.search(r"error (.{35})", text)
            return re.sub(r"[0-9]", "", error[1]) if error else None

        def fails(candidate):
            if any((p.limit is not None or p.skip is not None) and not (p.order and Shape.decided(p))
                   for p in candidate.walk() if isinstance(p, Project)):
                return False
            again = check(candidate, params)
            return again is not None and kind(again) == kind(found)
        try:
            small = shrink(tree, fails) if self.differences <= self.most else tree
            text = check(small, params) or found
        except Crash as crash:
            self.crash(round, number, tree, params, crash)
            return
        used = {k: v for k, v in params.items() if "$" + k in str(small)}
        print("---- difference %d: seed %s, round %d, query %d (%s)\n%s\nas found: %s\nminimised: %s\nparameters: %s\n%s" % (
            self.differences, self.seed, round.number, number, round.mode, found[:2000], tree, small,
            json.dumps({k: typed(v) for k, v in used.items()}), text[:2000]), flush=True)
        if round.number not in self.shown:
            self.shown.add(round.number)
            print("graph of round %d: %s" % (round.number, create_text(round.graph)) if self.graphs else "", flush=True)

    shown, graphs = set(), True

    def crash(self, round, number, tree, params, crash):
        self.crashes += 1
        print("---- crash %d: seed %s, round %d, query %d: %s\n%s\nparameters: %s" % (
            self.crashes, self.seed, round.number, number, str(crash)[:300], tree, json.dumps({k: typed(v) for k, v in params.items()})), flush=True)
        for name in ("sql", "own", "writer"):
            old = getattr(self, name)
            if old.connection.closed or name == "own":
                for attempt in range(60):
                    try:
                        old.connection.close()
                        old.connect()
                        break
                    except psycopg.OperationalError:
                        time.sleep(1)
        raise Again()

    def run(self, total, per_round, first=0):
        number = first
        while self.queries < total and self.differences < 50 * self.most:
            round = Round(self, number)
            try:
                for i in range(per_round):
                    if self.only is not None and i != self.only:
                        continue
                    if self.queries >= total:
                        break
                    self.queries += 1
                    round.query(i)
                if self.wheel and self.only is None:
                    round.duel(15)
                round.end()
            except Again:
                pass
            number += 1


class Again(Exception):
    """The connections are new: the round is over."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--per-round", type=int, default=200)
    parser.add_argument("--round", type=int, default=0, help="the first round: to replay")
    parser.add_argument("--only", type=int, help="only this query of each round: to replay")
    parser.add_argument("--folder", required=True, help="where stores go; the server and this program write there")
    parser.add_argument("--wheel", help="a Python that can import the released NamiDB; without it no comparison with it")
    parser.add_argument("--most", type=int, default=20, help="so many differences are minimised")
    parser.add_argument("--no-graph", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if options.only is not None:
        options.n = 1
    gc.set_threshold(100000, 20, 100)
    os.umask(0)
    soak = Soak(options)
    soak.graphs = not options.no_graph
    start = time.monotonic()
    soak.run(options.n, options.per_round, options.round)
    for name, count in sorted(soak.counts.items()):
        print("%7d %s" % (count, name))
    for name, count in soak.deviations.most_common():
        print("%7d known of the product: %s" % (count, name))
    if soak.without:
        print("not generated: %s" % ", ".join(soak.without))
    print("%.0f s, %.0f queries a minute%s" % (time.monotonic() - start, soak.queries / (time.monotonic() - start) * 60,
                                              "" if soak.variants else "; no forced plans: the setting namidb.plan_variant is not there"))
    print("soak-cypher: seed %s, %d queries, %d differences, %d crashes" % (soak.seed, soak.queries, soak.differences, soak.crashes))
    return 1 if soak.differences or soak.crashes or not soak.queries else 0


if __name__ == "__main__":
    sys.exit(main())
