"""Queries as trees: what the generator makes, the naive evaluation walks, the minimiser cuts and str() writes as Cypher."""
import datetime as dt


class Tree:
    """Fields are trees, lists of trees, or plain values."""
    optional = ()       # fields that may be None: the minimiser tries that
    flags = ()          # fields that may be False

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def trees(self):
        """The trees below, one level."""
        for value in self.__dict__.values():
            if isinstance(value, Tree):
                yield value
            elif isinstance(value, list):
                yield from (x for x in value if isinstance(x, Tree))

    def walk(self):
        yield self
        for below in self.trees():
            yield from below.walk()


def comma(trees):
    return ", ".join(bare(t) for t in trees)


def bare(e):
    """Without the parentheses around an operator, where none are needed."""
    if isinstance(e, Expr):
        if e.kind in ("bin", "chain", "not", "neg", "isnull") and e.data != "IN" or e.kind == "lit" and isinstance(e.data, (int, float)) and e.data < 0:
            return str(e)[1:-1]
    return str(e)


def literal(v):
    if v is None:
        return "null"
    if v is True or v is False:
        return "true" if v else "false"
    if isinstance(v, str):
        return "'" + v.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(v, list):
        return "[" + ", ".join(literal(x) for x in v) + "]"
    if isinstance(v, dict):
        return "{" + ", ".join("%s: %s" % (k, literal(x)) for k, x in v.items()) + "}"
    if isinstance(v, dt.datetime):
        return "datetime('%s')" % v.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(v, dt.date):
        return "date('%s')" % v.isoformat()
    return repr(v)


# ---- expressions ----------------------------------------------------------------------------------------------------

class Expr(Tree):
    """kind decides what data is; args are expressions (None where one is left out, as in a slice)."""

    def __init__(self, kind, type, args=(), data=None, **more):
        super().__init__(kind=kind, type=type, args=list(args), data=data, **more)

    def __str__(self):
        return WRITE[self.kind](self, *self.args)


def write_case(e, *args):
    n = e.data          # number of WHEN; args: [subject,] when, then, ..., [else]
    args, text = list(args), "CASE"
    if e.simple:
        text += " %s" % args.pop(0)
    for i in range(n):
        text += " WHEN %s THEN %s" % (args[2 * i], args[2 * i + 1])
    return text + (" ELSE %s" % args[2 * n] if len(args) > 2 * n else "") + " END"


def write_projection(e, *args):
    items = iter(args)
    return "%s {%s}" % (e.data, ", ".join(x if x == ".*" or x[0] == "." else "%s: %s" % (x, next(items)) for x in e.items))


WRITE = {
    "lit": lambda e: literal(e.data) if not (isinstance(e.data, (int, float)) and e.data < 0) else "(%s)" % literal(e.data),
    "param": lambda e: "$" + e.data,
    "var": lambda e: e.data,
    "prop": lambda e, a: ("%s.%s" if a.kind in ("var", "param") else "(%s).%s") % (a, e.data),
    "bin": lambda e, a, b: "(%s %s %s)" % (a, e.data, b),
    "chain": lambda e, *args: "(" + " ".join([str(args[0])] + ["%s %s" % p for p in zip(e.data, args[1:])]) + ")",
    "not": lambda e, a: "(NOT %s)" % a,
    "neg": lambda e, a: "(-%s)" % a,
    "isnull": lambda e, a: "(%s IS %sNULL)" % (a, "NOT " if e.data else ""),
    "label": lambda e, a: "%s:%s" % (a, ":".join(e.data)),
    "list": lambda e, *args: "[" + comma(args) + "]",
    "map": lambda e, *args: "{" + ", ".join("%s: %s" % (k, bare(v)) for k, v in zip(e.data, args)) + "}",
    "index": lambda e, a, b: "%s[%s]" % (a if a.kind in ("var", "list", "fn", "param") else "(%s)" % a, b),
    "slice": lambda e, a, b, c: "%s[%s..%s]" % (a if a.kind in ("var", "list", "fn", "param") else "(%s)" % a,
                                                "" if b is None else b, "" if c is None else c),
    "case": write_case,
    "fn": lambda e, *args: "%s(%s)" % (e.data, comma(args)),
    "agg": lambda e, *args: "%s(%s%s)" % (e.data, "DISTINCT " if e.distinct else "", comma(args) if args else "*"),
    "comp": lambda e, l, w, p: "[%s IN %s%s%s]" % (e.data, l, "" if w is None else " WHERE %s" % bare(w), "" if p is None else " | %s" % bare(p)),
    "quant": lambda e, l, w: "%s(%s IN %s WHERE %s)" % (e.data[0], e.data[1], l, w),
    "reduce": lambda e, init, l, body: "reduce(%s = %s, %s IN %s | %s)" % (e.data[0], init, e.data[1], l, body),
    "projection": write_projection,
    "exists": lambda e: "EXISTS {%s}" % e.query,
    "count": lambda e: "COUNT {%s}" % e.query,
    "collect": lambda e: "COLLECT {%s}" % e.query,
    "pattern": lambda e: str(e.part),
    "existsfn": lambda e: "exists(%s)" % e.part,
    "patcomp": lambda e, w, p: "[%s%s | %s]" % (e.part, "" if w is None else " WHERE %s" % w, p),
}


# ---- patterns -------------------------------------------------------------------------------------------------------

class Label(Tree):
    """op: name, and, colon, or, not, any (%)"""

    def __str__(self):
        if self.op == "name":
            return self.name
        if self.op == "any":
            return "%"
        if self.op == "not":
            return "!%s" % self.args[0]
        if self.op == "colon":
            return ":".join(map(str, self.args))
        text = {"and": "&", "or": "|"}[self.op].join(map(str, self.args))
        return "(%s)" % text if self.nested else text


class Pair(Tree):
    def __str__(self):
        return "%s: %s" % (self.key, self.value)


class NodePat(Tree):
    optional = ("name", "labels", "where")

    def __str__(self):
        return "(%s%s%s%s)" % (self.name or "", ":%s" % self.labels if self.labels is not None else "",
                               " {%s}" % comma(self.props) if self.props else "",
                               " WHERE %s" % self.where if self.where is not None else "")


class RelPat(Tree):
    optional = ("name", "range", "where")

    def __str__(self):
        inner = (self.name or "") + (":" + "|".join(self.types) if self.types else "")
        if self.range is not None:
            low, high = self.range
            inner += "*%s" % ("" if (low, high) == (None, None) else str(low) if low == high else
                              "%s..%s" % ("" if low is None else low, "" if high is None else high))
        inner += " {%s}" % comma(self.props) if self.props else ""
        inner += " WHERE %s" % self.where if self.where is not None else ""
        body = "[%s]" % inner if inner else ""
        return {">": "-%s->", "<": "<-%s-", "-": "-%s-"}[self.direction] % body


class Part(Tree):
    """function: None, shortestPath, allShortestPaths"""
    optional = ("path", "function")

    def __str__(self):
        text = str(self.nodes[0]) + "".join("%s%s" % p for p in zip(self.rels, self.nodes[1:]))
        if self.function:
            text = "%s(%s)" % (self.function, text)
        return "%s = %s" % (self.path, text) if self.path else text


# ---- clauses --------------------------------------------------------------------------------------------------------

class Match(Tree):
    optional = ("where",)
    flags = ("opt",)

    def __str__(self):
        return "%sMATCH %s%s" % ("OPTIONAL " if self.opt else "", comma(self.parts), where_text(self))


def where_text(tree):
    return "" if tree.where is None else " WHERE %s" % bare(tree.where)


class PatternOnly(Tree):
    """The short form inside EXISTS and COUNT."""
    optional = ("where",)

    def __str__(self):
        return "%s%s" % (comma(self.parts), where_text(self))


class Unwind(Tree):
    def __str__(self):
        return "UNWIND %s AS %s" % (self.list, self.name)


class Item(Tree):
    def __str__(self):
        return "%s AS %s" % (bare(self.expr), self.name) if self.expr.kind != "var" or self.expr.data != self.name else self.name


class Sort(Tree):
    flags = ("desc",)

    def __str__(self):
        return "%s%s" % (self.expr, " DESC" if self.desc else "")


class Project(Tree):
    """word: WITH or RETURN; star: * before the items"""
    optional = ("where", "skip", "limit")
    flags = ("distinct",)

    def __str__(self):
        items = (["*"] if self.star else []) + [str(i) for i in self.items]
        text = "%s %s%s" % (self.word, "DISTINCT " if self.distinct else "", ", ".join(items))
        text += " ORDER BY %s" % comma(self.order) if self.order else ""
        text += " SKIP %s" % self.skip if self.skip is not None else ""
        text += " LIMIT %s" % self.limit if self.limit is not None else ""
        return text + where_text(self)


class Call(Tree):
    """imports: None (no list) or names; form: with, scope"""

    def __str__(self):
        if self.imports is None:
            return "CALL {%s}" % self.query
        if self.form == "scope":
            return "CALL (%s) {%s}" % (", ".join(self.imports), self.query)
        return "CALL {WITH %s %s}" % (", ".join(self.imports), self.query)


class Query(Tree):
    """branches: lists of clauses in Single; all: UNION ALL"""
    flags = ("all",)

    def __str__(self):
        return (" UNION ALL " if self.all else " UNION ").join(str(b) for b in self.branches)


class Single(Tree):
    def __str__(self):
        return " ".join(str(c) for c in self.clauses)


class Create(Tree):
    def __str__(self):
        return "CREATE %s" % comma(self.parts)


class Merge(Tree):
    def __str__(self):
        text = "MERGE %s" % self.part
        text += " ON CREATE SET %s" % comma(self.created) if self.created else ""
        return text + (" ON MATCH SET %s" % comma(self.matched) if self.matched else "")


class SetItem(Tree):
    """op: prop, =, +=, label"""

    def __str__(self):
        if self.op == "prop":
            return "%s.%s = %s" % (self.name, self.key, self.expr)
        return "%s:%s" % (self.name, ":".join(self.key)) if self.op == "label" else "%s %s %s" % (self.name, self.op, self.expr)


class Set(Tree):
    def __str__(self):
        return "SET %s" % comma(self.items)


class Remove(Tree):
    def __str__(self):
        return "REMOVE %s" % ", ".join("%s.%s" % (i.name, i.key) if i.op == "prop" else "%s:%s" % (i.name, ":".join(i.key)) for i in self.items)


class Delete(Tree):
    flags = ("detach",)

    def __str__(self):
        return "%sDELETE %s" % ("DETACH " if self.detach else "", comma(self.exprs))


class Foreach(Tree):
    def __str__(self):
        return "FOREACH (%s IN %s | %s)" % (self.name, self.list, " ".join(str(c) for c in self.clauses))
