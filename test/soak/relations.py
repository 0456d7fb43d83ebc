"""Changes of a query that must not change its answer, or change it in a way that logic tells."""
import copy
import re

from naive import aggregates_in
from tree import Call, Expr, Item, Match, PatternOnly, Project, Query, Single, Sort, Unwind

FLIP = {">": "<", "<": ">", "-": "-"}


def has(tree, test):
    return any(test(t) for t in tree.walk())


def bare_pattern(e):
    return has(e, lambda t: isinstance(t, Expr) and t.kind == "pattern")


def as_params(dice, tree, params):
    """Parameters instead of literals."""
    tree, params = copy.deepcopy(tree), dict(params)
    for t in tree.walk():
        if isinstance(t, Expr) and t.kind == "lit" and isinstance(t.data, (int, float, str, bool)) and dice.random() < 0.7:
            name = "q%d" % len(params)
            params[name] = t.data
            t.kind, t.data = "param", name
    return [(str(tree), params)], None


def renamed(dice, tree, params):
    """Other names of variables, in another alphabetical order."""
    text = re.sub(r"(?<!\$)\b(n|r|v|u|e|acc|path)(\d+)\b", lambda m: "x%d_%s" % (999 - int(m[2]), m[1]), str(tree))
    return [(text, params)], None


def reversed_patterns(dice, tree, params):
    """Patterns from their other end, and in another order."""
    tree, done = copy.deepcopy(tree), False
    for t in tree.walk():
        if isinstance(t, (Match, PatternOnly)):
            for p in t.parts:
                if p.path is None and p.function is None and p.rels and not any(r.name and r.range for r in p.rels):
                    p.nodes.reverse()
                    p.rels.reverse()
                    for r in p.rels:
                        r.direction = FLIP[r.direction]
                    done = True
            if len(t.parts) > 1:
                dice.shuffle(t.parts)
    return ([(str(tree), params)], None) if done else None


def with_star(dice, tree, params):
    """WITH * between two clauses."""
    tree = copy.deepcopy(tree)
    clauses = dice.choice(tree.branches).clauses
    places = [i for i in range(1, len(clauses)) if isinstance(clauses[i - 1], (Match, Unwind, Call)) and names(clauses[i - 1])]
    if not places:
        return None
    clauses.insert(dice.choice(places), Project(word="WITH", distinct=False, star=True, items=[], order=[], skip=None, limit=None, where=None))
    return [(str(tree), params)], None


def names(clause):
    if isinstance(clause, Match):
        return any(x.name for p in clause.parts for x in p.nodes + p.rels)
    return True


def distinct(dice, tree, params):
    """DISTINCT leaves every row once."""
    last = tree.branches[0].clauses[-1]
    if len(tree.branches) > 1 or not isinstance(last, Project) or last.distinct or last.limit is not None or last.skip is not None:
        return None
    tree = copy.deepcopy(tree)
    last = tree.branches[0].clauses[-1]
    if last.order or any(isinstance(i.expr.type, tuple) and i.expr.type[0] == "bag" for i in last.items):
        return None
    last.distinct = True
    return [(str(tree), params)], lambda rows: sorted(set(rows))


def linear(clause):
    """Does a clause treat each row on its own?"""
    if isinstance(clause, Project):
        return not (clause.distinct or clause.skip is not None or clause.limit is not None or clause.order
                    or any(aggregates_in(i.expr) for i in clause.items))
    return isinstance(clause, (Match, Unwind, Call))


def condition(tree):
    """(index of a MATCH with a WHERE that can be split, its WHERE)"""
    if len(tree.branches) > 1:
        return None
    for i, c in enumerate(tree.branches[0].clauses):
        if isinstance(c, Match) and not c.opt and c.where is not None and not bare_pattern(c.where):
            return i
    return None


def truths(tree, i):
    """The tree with WHERE p, NOT p, p IS NULL in clause i."""
    for wrap in (lambda p: p, lambda p: Expr("not", "bool", [p]), lambda p: Expr("isnull", "bool", [p], False)):
        new = copy.deepcopy(tree)
        clause = new.branches[0].clauses[i]
        clause.where = wrap(clause.where)
        yield new


def without(tree, i):
    new = copy.deepcopy(tree)
    new.branches[0].clauses[i].where = None
    return new


def counted(dice, tree, params):
    """The rows of p, NOT p and p IS NULL are all rows."""
    i = condition(tree)
    if i is None:
        return None
    short = Query(branches=[Single(clauses=tree.branches[0].clauses[:i + 1] + [Project(
        word="RETURN", distinct=False, star=False, items=[Item(expr=Expr("agg", "int", [], "count", distinct=False), name="c")],
        order=[], skip=None, limit=None, where=None)])], all=True)
    return [(str(without(short, i)), params)] + [(str(t), params) for t in truths(short, i)], "sum"


def split(dice, tree, params):
    """A query is the UNION ALL of its parts where p, NOT p, p IS NULL."""
    i = condition(tree)
    if i is None or not all(linear(c) for c in tree.branches[0].clauses[i + 1:]):
        return None
    parts = [t.branches[0] for t in truths(tree, i)]
    return [(str(without(tree, i)), params), (str(Query(branches=parts, all=True)), params)], "same"


def other_form(dice, e):
    """An expression that means the same, or the same again."""
    if dice.random() < 0.4:
        return e
    kind, args = e.kind, e.args
    if kind == "isnull" and e.data:
        return Expr("not", "bool", [Expr("isnull", "bool", args, False)])
    if kind == "bin" and e.data == "<>":
        return Expr("not", "bool", [Expr("bin", "bool", args, "=")])
    if kind == "bin" and e.data in MIRROR:
        return Expr("bin", "bool", args[::-1], MIRROR[e.data])
    if kind == "bin" and e.data in ("AND", "OR") and not any(a.kind == "pattern" for a in args):
        inner = Expr("bin", "bool", [Expr("not", "bool", [a]) for a in args], "OR" if e.data == "AND" else "AND")
        return Expr("not", "bool", [inner])
    if kind == "bin" and e.data == "IN" and args[1].kind == "list" and args[1].args:
        tests = [Expr("bin", "bool", [args[0], a], "=") for a in args[1].args]
        out = tests[0]
        for t in tests[1:]:
            out = Expr("bin", "bool", [out, t], "OR")
        return out
    if kind == "fn" and e.data == "coalesce" and len(args) == 2:
        return Expr("case", e.type, [Expr("isnull", "bool", [args[0]], True), args[0], args[1]], 1, simple=False)
    if kind == "exists":
        return Expr("bin", "bool", [Expr("count", "int", query=e.query), Expr("lit", "int", data=0)], ">")
    if kind == "prop" and args[0].kind == "var" and args[0].type in ("node", "rel") and e.data != "_id":
        return Expr("index", e.type, [args[0], Expr("lit", "str", data=e.data)])
    return e


MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}


def into_where(dice, clause):
    """Labels and properties of named nodes and single relationships go from the pattern to WHERE."""
    for part in clause.parts:
        if part.function:
            continue
        for x in part.nodes + [r for r in part.rels if r.range is None]:
            if not x.name:
                continue
            if x in part.nodes and x.labels is not None and x.labels.op in ("name", "colon") and dice.random() < 0.5:
                names = [x.labels.name] if x.labels.op == "name" else [a.name for a in x.labels.args]
                clause.where = both(clause.where, Expr("label", "bool", [Expr("var", "node", data=x.name)], names))
                x.labels = None
            if x.props and dice.random() < 0.6:
                for p in x.props:
                    left = Expr("prop", p.value.type, [Expr("var", "node" if x in part.nodes else "rel", data=x.name)], p.key)
                    clause.where = both(clause.where, Expr("bin", "bool", [left, p.value], "="))
                x.props = []


def both(a, b):
    return b if a is None else Expr("bin", "bool", [a, b], "AND")


def rewritten(dice, tree, params):
    """Other forms of expressions; labels and properties in WHERE instead of the pattern."""
    tree = copy.deepcopy(tree)
    for t in list(tree.walk()):
        if isinstance(t, (Match, PatternOnly)):
            into_where(dice, t)
    keys = {str(i.expr) for t in tree.walk() if isinstance(t, Project) for i in t.items}
    for t in list(tree.walk()):
        for field, value in t.__dict__.items():
            # Grouping keys and what ORDER BY repeats are recognised by their text.
            if isinstance(value, Expr) and not isinstance(t, Sort) and str(value) not in keys:
                setattr(t, field, other_form(dice, value))
            elif isinstance(value, list):
                value[:] = [other_form(dice, x) if isinstance(x, Expr) and str(x) not in keys else x for x in value]
    return [(str(tree), params)], None


RELATIONS = [as_params, renamed, reversed_patterns, with_star, distinct, counted, split, rewritten, rewritten]
