"""Where the released NamiDB is known to answer differently: docs/spec/cypher.md 11 and what its sections say.

Each entry: a name, the section, and a predicate over the query's tree and the answers of the product and ours. An entry
explains a difference only when the naive evaluation agrees with us, or does not know; with sure=True only when it agrees.
"""
import collections
import re

from naive import aggregates_in
from tree import Expr, Foreach, Label, Match, NodePat, PatternOnly, Project, RelPat, SetItem

KNOWN = []


def known(reason, sure=False):
    def wrap(test):
        KNOWN.append((reason, sure, test))
        return test
    return wrap


def expressions(tree, *kinds):
    return [t for t in tree.walk() if isinstance(t, Expr) and t.kind in kinds]


def reason(tree, answer, ours, agreed):
    """agreed: does the naive evaluation say what we say?"""
    return next((r for r, sure, test in KNOWN if (agreed or not sure) and test(tree, answer, ours)), None)


def patterns(tree):
    """The lists of parts between which relationships are unique, also those of predicates."""
    for t in tree.walk():
        if isinstance(t, (Match, PatternOnly)):
            yield t.parts
        elif isinstance(t, Expr) and t.kind in ("pattern", "existsfn", "patcomp"):
            yield [t.part]


def refused(answer, *texts):
    return answer.error is not None and any(t in answer.error for t in texts)


@known("11.5 relationships are not unique within a pattern")
def uniqueness(tree, answer, ours):
    for parts in patterns(tree):
        rels = [r for p in parts for r in p.rels if not p.function]
        for i, a in enumerate(rels):
            for b in rels[i + 1:]:
                if not a.types or not b.types or set(a.types) & set(b.types):
                    return True
    return False


@known("11.4 OPTIONAL MATCH: no row without a match, its WHERE, its inner nodes")
def optional(tree, answer, ours):
    return any(isinstance(t, Match) and t.opt for t in tree.walk())


@known("2 no WHERE inside a node or relationship pattern (extra of ours)")
def inline_where(tree, answer, ours):
    return refused(answer, "found `WHERE`") and any(isinstance(t, (NodePat, RelPat)) and t.where is not None for t in tree.walk())


@known("2 no COUNT {} and COLLECT {}, no map projection (required of us, not of it)")
def no_subquery(tree, answer, ours):
    return refused(answer, "parse error", "must be hoisted") and bool(expressions(tree, "count", "collect", "projection"))


@known("2 EXISTS {} holds a pattern only, no whole query (required of us, not of it)")
def exists_query(tree, answer, ours):
    return refused(answer, "expected `}`") and any(not isinstance(e.query, PatternOnly) for e in expressions(tree, "exists"))


@known("5.1 a relationship variable cannot be used again")
def double_binding(tree, answer, ours):
    seen = collections.Counter(t.name for t in tree.walk() if isinstance(t, RelPat) and t.name)
    return refused(answer, "DoubleBinding") and any("`%s`" % name in answer.error for name in seen if seen[name] > 1)


@known("5.1 shortestPath wants a path variable, bound ends and an upper bound")
def shortest(tree, answer, ours):
    return refused(answer, "shortestPath") and any(p.function for t in tree.walk() if isinstance(t, Match) for p in t.parts)


@known("5.1 *3..1 is an error")
def empty_range(tree, answer, ours):
    return refused(answer, "invalid variable-length range")


@known("2 a list that begins with a parenthesis is taken for a pattern comprehension")
def parenthesis(tree, answer, ours):
    return refused(answer, "expected `)`", "expected `|`", "reserved Cypher keyword") and re.search(r"[\[(]\(|\(\w+:", str(tree)) is not None


@known("11.32 a pattern predicate is evaluated before its nodes are bound")
def back_reference(tree, answer, ours):
    return refused(answer, "is not a Node") and bool(expressions(tree, "pattern"))


@known("5.1 properties of the end of a zero-length segment from a bound node read as null")
def zero_length(tree, answer, ours):
    return any(r.range and r.range[0] == 0 for parts in patterns(tree) for p in parts for r in p.rels)


def composed(type):
    return isinstance(type, tuple) or type in ("map", "any")


@known("11.10 null IN [] is null; lists and maps are compared strictly and have no order; a < b < c")
def lists(tree, answer, ours):
    return bool(expressions(tree, "quant", "chain")) or any(
        e.data == "IN" or e.data in ("=", "<>", "<", "<=", ">", ">=") and any(composed(a.type) for a in e.args) for e in expressions(tree, "bin"))


@known("11.16 temporal components, durations")
def temporal(tree, answer, ours):
    return any(e.args[0].type in ("date", "datetime") for e in expressions(tree, "prop")) or \
        refused(answer, "function `duration`")


@known("11.17 missing functions")
def missing(tree, answer, ours):
    return refused(answer, "is not supported in v0")


@known("11.27 expressions in SKIP and LIMIT")
def skip_limit(tree, answer, ours):
    return refused(answer, "SKIP / LIMIT must be")


@known("3.6 r:TYPE of a relationship is false")
def rel_type(tree, answer, ours):
    return any(e.args[0].type == "rel" for e in expressions(tree, "label"))


@known("11.6 patterns as conditions below OR, CASE, in projections")
def hoisted(tree, answer, ours):
    return refused(answer, "must be hoisted")


@known("11.2 properties of relationships in a pattern are ignored")
def rel_properties(tree, answer, ours):
    return any(isinstance(t, RelPat) and t.props for t in tree.walk())


@known("2 no CALL (x) {} (extra of ours)")
def call_scope(tree, answer, ours):
    return refused(answer, "expected identifier, found `(`")


@known("4 id() is compared with UUIDs only")
def node_id(tree, answer, ours):
    return refused(answer, "invalid NodeId")


@known("4 id(n) = ... is a look-up before n is bound, also when the other side reads n")
def id_of_itself(tree, answer, ours):
    def node(e):
        return e.args[0].data if e.kind == "fn" and e.data == "id" and e.args[0].kind == "var" else None

    def reads(e, name):
        return any(isinstance(x, Expr) and x.kind == "var" and x.data == name for x in e.walk())
    return refused(answer, "not bound") and any(
        e.data == "=" and any(node(a) is not None and reads(b, node(a)) for a, b in (e.args, e.args[::-1])) for e in expressions(tree, "bin"))


@known("11.13 % is Euclidean, ^ and unary minus bind otherwise, 1.0/0 is an error")
def arithmetic(tree, answer, ours):
    return any(e.data in ("%", "^") for e in expressions(tree, "bin")) or refused(answer, "division by zero")


@known("11.11 lists, maps and mixed types are not sorted")
def sorting(tree, answer, ours):
    plain = ("int", "float", "str", "bool", "date", "datetime")
    return any(isinstance(t, Project) and any(s.expr.type not in plain for s in t.order) for t in tree.walk()) or \
        any(e.data in ("min", "max") and e.type not in plain for e in expressions(tree, "agg"))


@known("11.7 paths over patterns of variable length cover a part only")
def paths(tree, answer, ours):
    return any(p.path and any(r.range for r in p.rels) for parts in patterns(tree) for p in parts)


@known("11.6 pattern comprehensions only as whole items, and their WHERE sees no other variable")
def comprehension(tree, answer, ours):
    return refused(answer, "pattern comprehensions are only supported", "not bound") and bool(expressions(tree, "patcomp"))


@known("2 no path variable in a pattern comprehension (required of us, not of it)")
def comprehension_path(tree, answer, ours):
    return refused(answer, "expected `]`") and any(e.part.path for e in expressions(tree, "patcomp"))


@known("3.5, 4 ORDER BY does not see every variable, nor does an item with an aggregate see a grouping key")
def scope(tree, answer, ours):
    return refused(answer, "not bound") and any(isinstance(t, Project) and (t.order or any(aggregates_in(i.expr) for i in t.items))
                                                for t in tree.walk())


@known("5.3 a look-up by _id wants a label")
def id_lookup(tree, answer, ours):
    return refused(answer, "_id-lookup requires an explicit label")


@known("5.6 LIMIT 0 behind a clause that writes is an error")
def limit_zero(tree, answer, ours):
    return refused(answer, "write operators require execute_write")


@known("11.29 variables are not refreshed after a FOREACH")
def foreach(tree, answer, ours):
    return any(isinstance(c, Foreach) for b in tree.branches for c in b.clauses[:-1])


@known("2 no label expressions (extra of ours)")
def label_expressions(tree, answer, ours):
    return refused(answer, "parse error") and any(isinstance(t, Label) and t.op in ("and", "not", "any", "or") for t in tree.walk())


@known("11.3 labels and properties of a node that is bound are ignored")
def bound_nodes(tree, answer, ours):
    seen = collections.Counter(t.name for t in tree.walk() if isinstance(t, NodePat) and t.name)
    return any(isinstance(t, NodePat) and (t.labels is not None or t.props) and seen[t.name] > 1 for t in tree.walk())


@known("11.15 what is no boolean is taken for null as a condition")
def conditions(tree, answer, ours):
    return ours.state == "42804" and answer.error is None and "expected BOOLEAN" in ours.error


def holds_null(v):
    """Has a value of the typed JSON a map with a null in it?"""
    if isinstance(v, dict):
        return any(x is None or holds_null(x) for x in v.values())
    return isinstance(v, list) and any(map(holds_null, v))


@known("11.19 explicit nulls are stored: properties()")
def null_properties(tree, answer, ours):
    return answer.error is None and any(e.data == "properties" for e in expressions(tree, "fn")) and \
        any(holds_null(v) for row in answer.rows for v in row.values())


@known("11.19 explicit nulls are stored: keys()", sure=True)
def null_keys(tree, answer, ours):
    return answer.error is None and any(e.data == "keys" for e in expressions(tree, "fn"))


@known("5.6 what SET and REMOVE changed is read anew in their own row only", sure=True)
def stale(tree, answer, ours):
    changed = {t.name for t in tree.walk() if isinstance(t, SetItem)}
    read = {e.data for e in expressions(tree, "var") if e.type in ("node", "rel")}
    return any(read - {name} for name in changed)
