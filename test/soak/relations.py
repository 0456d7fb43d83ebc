"""Changes of a query that must not change its answer, or change it in a way that logic tells."""
import copy
import re

from naive import aggregates_in
from tree import Call, Expr, Item, Match, PatternOnly, Project, Query, Single, Unwind

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


RELATIONS = [as_params, renamed, reversed_patterns, with_star, distinct, counted, split]
