"""Random graphs and random queries over them, mostly well typed.

Types of expressions: int float str bool date datetime node rel path map any, ("list", type), and ("bag", type) for lists
whose order nothing decides: only what does not depend on it is done to them.
"""
import datetime as dt
import uuid

from graph import Graph
from tree import (Call, Create, Delete, Expr, Foreach, Item, Label, Match, Merge, NodePat, Pair, Part, PatternOnly, Project,
                  Query, RelPat, Remove, Set, SetItem, Single, Sort, Unwind)

LABELS = ["A", "B", "C", "D"]
TYPES = ["R", "S", "T"]
NODE_KEYS = {"i": "int", "k": "int", "g": "int", "f": "float", "s": "str", "b": "bool", "l": ("list", "int"), "m": "map",
             "d": "date", "t": "datetime", "x": "any", "none": "int"}
REL_KEYS = {"j": "int", "w": "int", "f": "float", "s": "str", "x": "any", "d": "date"}
STRINGS = ["", "a", "b", "ab", "Ab", "äß", "x y", "ba", "1", "12", " a", "ÄÖ"]
WORDS = ["a", "b", "ab", "äß", "x y", "ÄÖ", ""]
SCALARS = ["int", "int", "float", "str", "bool", "date"]
INTS = ("list", "int")


# ---- graphs ---------------------------------------------------------------------------------------------------------

def scalar(dice, type):
    if type == "int":
        return dice.choice([0, 1, 2, 3, 4, -1, -2, 5, 7])
    if type == "float":
        return dice.choice([0.5, 1.5, 2.5, -0.5, -2.25, 3.75])
    if type == "str":
        return dice.choice(STRINGS)
    if type == "bool":
        return dice.random() < 0.5
    if type == "date":
        return dt.date(2020, 1, 1) + dt.timedelta(dice.choice([0, 1, 30, 31, 59, 365, -1, 400]))
    if type == "datetime":
        return dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(seconds=dice.choice([0, 1, 3600, 86400, 86399, -60]))
    if type == "map":
        return {k: scalar(dice, "int" if k == "a" else "str") for k in ("a", "b") if dice.random() < 0.7}
    if type in ("any", "bagged"):
        return dice.choice([lambda: scalar(dice, dice.choice(["int", "float", "str", "bool", "date"])), lambda: 1.0,
                            lambda: [1, "a"], lambda: [2, 3], lambda: {"a": 1}, lambda: 2 ** 53 + 1])()
    return [scalar(dice, type[1]) for _ in range(dice.choice([0, 1, 2, 3]))]


def values(dice, keys, share):
    return {k: scalar(dice, t) for k, t in keys.items() if k not in ("i", "j", "none") and dice.random() < share}


def random_graph(dice, nodes, rels):
    graph = Graph()
    for i in range(nodes):
        id = str(uuid.UUID(int=(0x018F0000 << 96) | (0x7 << 76) | (0x8 << 60) | (i + 1) << 8 | dice.randrange(256)))
        labels = dice.sample(LABELS[:3], dice.choice([0, 1, 1, 1, 1, 2, 2])) + (["D"] if dice.random() < 0.05 else [])
        graph.node(id, labels, {"i": i, **values(dice, NODE_KEYS, 0.75)})
    everyone = list(graph.nodes.values())
    hubs = dice.sample(everyone, 3)
    for j in range(rels):
        a = dice.choice(hubs) if dice.random() < 0.2 else dice.choice(everyone)
        b = a if dice.random() < 0.06 else dice.choice(everyone)
        graph.rel(dice.choice(TYPES + ["R"]), a, b, {"j": j, **values(dice, REL_KEYS, 0.7)})
    return graph


# ---- expressions ----------------------------------------------------------------------------------------------------

def var(name, type):
    return Expr("var", type, data=name)


def lit(value, type="any"):
    return Expr("lit", type, data=value)


def conjunction(a, b):
    return b if a is None else a if b is None else Expr("bin", "bool", [a, b], "AND")


class Generator:
    """easy: only what the released NamiDB does as we do (mostly). ill: some expressions of wrong types."""

    def __init__(self, dice, easy=False, ill=False, without=(), ids=()):
        self.dice, self.easy, self.ill, self.without, self.ids = dice, easy, ill, without, list(ids)
        self.params, self.count, self.scope = {}, 0, {}
        self.again = set()      # relationship variables that the pattern being made uses again
        self.types, self.crowded = list(TYPES), False   # types that are left for this clause when easy
        self.unordered = False  # a statement that writes: does nothing decide the order of its rows?
        self.inside = 0         # depth of subqueries
        self.aggregating = False

    def chance(self, p):
        return self.dice.random() < p

    def pick(self, *choices):
        """A choice; (weight, choice) pairs."""
        return self.dice.choices([c for _, c in choices], [w for w, _ in choices])[0]

    def fresh(self, prefix):
        self.count += 1
        return "%s%d" % (prefix, self.count)

    def named(self, *types):
        return [n for n, t in self.scope.items() if t in types]

    # ---- by type

    def expr(self, type, depth=2):
        if self.ill and self.chance(0.08):
            type = self.dice.choice(["int", "str", "bool", "map", INTS, "node", "rel", "date", "any"])
        if type == "node" or type == "rel" or type == "path":
            return self.entity(type, depth)
        if depth <= 0 or self.chance(0.25):
            return self.leaf(type)
        made = self.general(type, depth) if self.chance(0.12) else None
        if made is None:
            name = type[0] if isinstance(type, tuple) else type
            made = getattr(self, "make_" + name)(type, depth)
        return made

    def leaf(self, type):
        if type in ("node", "rel", "path"):
            return self.entity(type, 0)
        options = []
        for name, t in self.scope.items():
            if t == type or type == "any" and t in SCALARS:
                options += [var(name, type)] * 2
            elif t in ("node", "rel"):
                keys = NODE_KEYS if t == "node" else REL_KEYS
                options += [Expr("prop", type, [var(name, t)], k) for k, kt in keys.items() if kt == type or type == "any" and kt in SCALARS]
            elif t == "map" and type in ("int", "str"):
                options.append(Expr("prop", type, [var(name, t)], "a" if type == "int" else "b"))
        if options and self.chance(0.75):
            return self.dice.choice(options)
        if isinstance(type, tuple) and type[1] in ("node", "rel", "path"):
            return Expr("list", type, [self.entity(type[1], 0)] if self.named(type[1]) else [])
        if self.chance(0.04) and not self.ill:
            return lit(None, type)
        value = scalar(self.dice, "int" if type == "any" and self.easy else type if type != "any" or self.chance(0.7) else self.dice.choice(SCALARS))
        if self.chance(0.15) and type in ("int", "float", "str", "bool", INTS, "map"):
            name = self.fresh("p")
            self.params[name] = value
            return Expr("param", type, data=name)
        return lit(value, type)

    def general(self, type, depth):
        """What gives a value of any type."""
        d = depth - 1
        choice = self.pick((3, "case"), (2, "simple"), (3, "coalesce"), (1, "index"), (1, "head"), (1, "map"))
        if choice == "case":
            n = self.dice.choice([1, 1, 2])
            args = [x for _ in range(n) for x in (self.expr("bool", d), self.expr(type, d))]
            return Expr("case", type, args + ([self.expr(type, d)] if self.chance(0.7) else []), n, simple=False)
        if choice == "simple":
            t = self.dice.choice(["int", "str"])
            return Expr("case", type, [self.expr(t, d), self.leaf(t), self.expr(type, d), self.expr(type, d)], 1, simple=True)
        if choice == "coalesce":
            return Expr("fn", type, [self.expr(type, d) for _ in range(self.dice.choice([2, 2, 3]))], "coalesce")
        if isinstance(type, tuple):
            return None
        if choice == "index":
            return Expr("index", type, [Expr("list", ("list", type), [self.expr(type, d) for _ in range(self.dice.choice([1, 2]))]),
                                        lit(self.dice.choice([0, 0, 1, -1, 3]), "int")])
        if choice == "head":
            return Expr("fn", type, [self.expr(("list", type), d)], self.dice.choice(["head", "last"]))
        key = self.dice.choice(["a", "b"])
        return Expr("index", type, [Expr("map", "map", [self.expr(type, d)], [key]), lit(key, "str")])

    def entity(self, type, depth):
        options = [var(n, type) for n in self.named(type)]
        if depth > 0 and self.chance(0.2):
            if type == "node" and self.named("rel") and not self.easy:
                options = [Expr("fn", "node", [var(self.dice.choice(self.named("rel")), "rel")], self.dice.choice(["startNode", "endNode"]))]
            elif type in ("node", "rel") and self.named("path"):
                path = var(self.dice.choice(self.named("path")), "path")
                return Expr("fn", type, [Expr("fn", ("list", type), [path], "nodes" if type == "node" else "relationships")],
                            self.dice.choice(["head", "last"]))
        return self.dice.choice(options) if options else lit(None, type)

    def make_any(self, type, depth):
        if self.chance(0.3):
            return self.leaf("any")
        return self.expr(self.dice.choice(["int", "float", "str", "bool", "date", "map", INTS]), depth)

    def make_int(self, type, depth):
        d = depth - 1
        choice = self.pick((8, "arith"), (2, "size"), (1, "toInteger"), (1, "abs"), (1, "neg"), (2, "length"), (1, "component"),
                           (1, "reduce"), (0 if self.easy else 2, "count"), (1, "sizestr"), (1, "mixed"), (1, "mapkey"))
        if choice == "arith":
            op = self.pick((4, "+"), (3, "-"), (2, "*"), (1, "/"), (1 if not self.easy else 0.2, "%"))
            right = lit(self.dice.choice([1, 2, 3, -2]), "int") if op in "/%" and self.chance(0.85) else self.expr("int", d)
            return Expr("bin", "int", [self.expr("int", d), right], op)
        if choice == "size":
            return Expr("fn", "int", [self.some_list(d)], "size")
        if choice == "sizestr":
            return Expr("fn", "int", [self.expr("str", d)], "size")
        if choice == "toInteger":
            return Expr("fn", "int", [self.expr(self.dice.choice(["float", "int", "str"]), 0 if self.chance(0.5) else d)], "toInteger")
        if choice in ("abs", "mixed"):
            return Expr("fn", "int", [self.expr("int", d)], "abs" if choice == "abs" else "sign")
        if choice == "neg":
            return Expr("neg", "int", [self.expr("int", d)])
        if choice == "length" and self.named("path"):
            return Expr("fn", "int", [var(self.dice.choice(self.named("path")), "path")], "length")
        if choice == "component" and not self.easy:
            return Expr("prop", "int", [self.expr("date", d)], self.dice.choice(["year", "month", "day", "dayOfWeek", "week", "quarter", "ordinalDay"]))
        if choice == "reduce":
            return self.reduce(d)
        if choice == "count" and self.inside < 2:
            return self.subquery("count", "int")
        if choice == "mapkey":
            return Expr("prop", "int", [self.expr("map", d)], "a")
        return self.leaf("int")

    def make_float(self, type, depth):
        d = depth - 1
        choice = self.pick((5, "arith"), (2, "round"), (1, "toFloat"), (1, "sqrt"), (1, "neg"), (1 if not self.easy else 0.2, "pow"))
        if choice == "arith":
            op = self.pick((4, "+"), (3, "-"), (2, "*"), (1, "/"))
            right = lit(self.dice.choice([0.5, 2.0, 4.0, -2.0]), "float") if op == "/" else self.expr(self.dice.choice(["float", "int"]), d)
            return Expr("bin", "float", [self.expr("float", d), right], op)
        if choice == "round":
            return Expr("fn", "float", [self.expr("float", d)], self.dice.choice(["round", "floor", "ceil", "abs"]))
        if choice == "toFloat":
            return Expr("fn", "float", [self.expr(self.dice.choice(["int", "float", "str"]), d)], "toFloat")
        if choice == "sqrt":
            return Expr("fn", "float", [Expr("fn", "float", [self.expr("float", d)], "abs")], "sqrt")
        if choice == "neg":
            return Expr("neg", "float", [self.expr("float", d)])
        return Expr("bin", "float", [self.leaf("int"), lit(self.dice.choice([0, 1, 2, 3]), "int")], "^")

    def make_str(self, type, depth):
        d = depth - 1
        choice = self.pick((4, "+"), (3, "case"), (2, "part"), (1, "replace"), (1, "toString"), (2, "type"), (1, "label"), (1, "split"),
                           (1, "concat"), (1, "id"), (0 if self.easy else 0.7, "temporal"))
        if choice == "+":
            return Expr("bin", "str", [self.expr("str", d), self.expr("str", d)], "+")
        if choice == "concat":
            pair = [self.expr("str", d), self.leaf("int")]
            return Expr("bin", "str", pair if self.chance(0.5) else pair[::-1], "+")
        if choice == "case":
            return Expr("fn", "str", [self.expr("str", d)], self.dice.choice(["toUpper", "toLower", "trim", "ltrim", "rtrim", "reverse"]))
        if choice == "part":
            name = self.dice.choice(["left", "right", "substring", "substring3"])
            args = [self.expr("str", d), lit(self.dice.choice([0, 1, 2]), "int")] + ([lit(self.dice.choice([0, 1, 2]), "int")] if name[-1] == "3" else [])
            return Expr("fn", "str", args, name.rstrip("3"))
        if choice == "replace":
            return Expr("fn", "str", [self.expr("str", d), lit(self.dice.choice(["a", "b", "", "ab"]), "str"), self.leaf("str")], "replace")
        if choice == "toString":
            return Expr("fn", "str", [self.expr(self.dice.choice(["int", "bool", "str", "date"]), d)], "toString")
        if choice == "type" and self.named("rel"):
            return Expr("fn", "str", [self.entity("rel", d)], "type")
        if choice == "label" and self.named("node"):
            return Expr("fn", "str", [Expr("fn", ("list", "str"), [self.entity("node", d)], self.dice.choice(["labels", "keys"]))], "head")
        if choice == "id" and self.named("node"):
            if self.chance(0.3):
                return Expr("prop", "str", [self.entity("node", d)], "_id")
            return Expr("fn", "str", [self.entity("node", d)], "id")
        if choice == "temporal":
            return Expr("fn", "str", [self.temporal(d)], "toString")
        if choice == "split":
            return Expr("index", "str", [Expr("fn", ("list", "str"), [self.expr("str", d), lit(self.dice.choice(["a", " ", ""]), "str")], "split"),
                                         lit(self.dice.choice([0, -1]), "int")])
        return self.leaf("str")

    def make_date(self, type, depth):
        if self.easy or self.chance(0.6):
            return self.leaf("date")
        amount = Expr("fn", "duration", [lit({self.dice.choice(["days", "months"]): self.dice.choice([0, 1, 13, 31])})], "duration")
        return Expr("bin", "date", [self.expr("date", depth - 1), amount], self.dice.choice("+-"))

    def make_datetime(self, type, depth):
        return self.leaf("datetime")

    def temporal(self, depth):
        """What only plans and states of the engine are compared for."""
        a, b = ([self.expr(self.dice.choice(["date", "datetime"]), depth) for _ in range(2)])
        choice = self.dice.choice(["between", "inDays", "truncate", "component", "duration", "datetime"])
        if choice == "truncate":
            return Expr("fn", "any", [lit(self.dice.choice(["month", "week", "year", "quarter", "decade"]), "str"), a], "date.truncate")
        if choice == "component":
            return Expr("prop", "any", [self.expr("datetime", depth)], self.dice.choice(["hour", "epochSeconds", "weekYear", "offset"]))
        if choice == "duration":
            return Expr("bin", "any", [Expr("fn", "any", [lit({"months": 1, "days": 1.5})], "duration"), self.leaf("int")], "*")
        if choice == "datetime":
            return Expr("bin", "any", [self.expr("datetime", depth), Expr("fn", "any", [lit("P1M2DT3H", "str")], "duration")], "+")
        return Expr("fn", "any", [a, b], "duration." + choice)

    def make_map(self, type, depth):
        d = depth - 1
        choice = self.pick((3, "literal"), (1, "properties"), (0 if self.easy else 2, "projection"))
        if choice == "properties" and self.named("node", "rel"):
            return Expr("fn", "map", [self.entity(self.scope[self.dice.choice(self.named("node", "rel"))], d)], "properties")
        if choice == "projection" and self.named("node", "rel", "map"):
            name = self.dice.choice(self.named("node", "rel", "map"))
            items = self.dice.sample([".*", ".k", ".s", ".none", "a", "b"], self.dice.choice([1, 2, 3]))
            return Expr("projection", "map", [self.expr("int" if x == "a" else "str", d) for x in items if x[0] != "."], name, items=items)
        keys = self.dice.sample(["a", "b"], self.dice.choice([0, 1, 2, 2]))
        return Expr("map", "map", [self.expr("int" if k == "a" else "str", d) for k in keys], keys)

    def make_list(self, type, depth):
        inner, d = type[1], depth - 1
        choice = self.pick((4, "literal"), (2, "comp"), (2, "+"), (2, "slice"), (1, "tail"), (2, "special"))
        if choice == "comp":
            source = self.dice.choice(["int", "str", inner])
            return self.comprehension(("list", source), inner, d)
        if choice == "+":
            return Expr("bin", type, [self.expr(type, d), self.expr(type, d) if self.chance(0.7) or isinstance(inner, tuple) else self.leaf(inner)], "+")
        if choice == "slice":
            bounds = [lit(self.dice.choice([0, 1, -1, 2]), "int") if self.chance(0.7) else None for _ in range(2)]
            return Expr("slice", type, [self.expr(type, d)] + bounds)
        if choice == "tail":
            return Expr("fn", type, [self.expr(type, d)], self.dice.choice(["tail", "reverse"]))
        if choice == "special":
            if inner == "int":
                bounds = [lit(self.dice.choice([0, 1, 2]), "int"), self.leaf("int")]
                return Expr("fn", type, bounds + ([lit(self.dice.choice([1, 2, -1]), "int")] if self.chance(0.3) else []), "range")
            if inner == "str":
                if self.named("node") and self.chance(0.6):
                    return Expr("fn", type, [self.entity("node", d)], self.dice.choice(["labels", "keys"]))
                return Expr("fn", type, [self.expr("str", d), lit(self.dice.choice(["a", " ", ""]), "str")], "split")
            if inner in ("node", "rel") and self.named("path"):
                path = var(self.dice.choice(self.named("path")), "path")
                return Expr("fn", type, [path], "nodes" if inner == "node" else "relationships")
        if inner in ("node", "rel") and not self.named(inner):
            return Expr("list", type, [])
        return Expr("list", type, [self.expr(inner, d) for _ in range(self.dice.choice([0, 1, 2, 3]))])

    make_bag = make_list

    def some_list(self, depth):
        """A list of any elements, also one without an order."""
        bags = [n for n, t in self.scope.items() if isinstance(t, tuple)]
        if bags and self.chance(0.5):
            name = self.dice.choice(bags)
            return var(name, self.scope[name])
        if not self.easy and self.inside < 2 and self.chance(0.25):
            return self.pattern_comprehension() if self.chance(0.6) else self.subquery("collect", ("bag", "int"))
        return self.expr(("list", self.dice.choice(["int", "str", "int", "node", "rel"])), depth)

    def with_name(self, name, type, make):
        """make() with one more name in scope."""
        old = self.scope
        self.scope = {**old, name: type}
        try:
            return make()
        finally:
            self.scope = old

    def comprehension(self, source, inner, depth):
        name = self.fresh("e")
        items = self.expr(source, depth)
        where = self.with_name(name, source[1], lambda: self.expr("bool", depth)) if self.chance(0.5) else None
        project = None
        if inner != source[1] or self.chance(0.5) or where is None:
            project = self.with_name(name, source[1], lambda: self.expr(inner, depth))
        return Expr("comp", ("list", inner), [items, where, project], name)

    def reduce(self, depth):
        acc, name = self.fresh("acc"), self.fresh("e")
        items = self.expr(INTS, depth)
        body = Expr("bin", "int", [var(acc, "int"), self.with_name(name, "int", lambda: self.expr("int", min(depth, 1)))], "+")
        return Expr("reduce", "int", [lit(self.dice.choice([0, 1, 10]), "int"), items, body], (acc, name))

    def make_bool(self, type, depth):
        d = depth - 1
        choice = self.pick((10, "compare"), (5, "logic"), (2, "not"), (3, "isnull"), (3, "in"), (2, "string"), (2, "label"), (2, "quant"),
                           (0 if self.easy else 3, "exists"), (1 if not self.easy else 0, "chain"), (1, "regex"), (1, "same"), (1, "toBoolean"))
        if choice == "compare":
            t = self.pick((4, "int"), (2, "float"), (3, "str"), (1, "bool"), (2, "date"), (1, "datetime"), (0 if self.easy else 1, INTS),
                          (0 if self.easy else 1, "map"), (1, "any"), (1, "mixed"))
            op = self.pick((4, "="), (2, "<>"), (2, "<"), (1, "<="), (2, ">"), (1, ">="))
            pair = ("int", "float") if t == "mixed" else (t, t)
            return Expr("bin", "bool", [self.expr(pair[0], d), self.expr(pair[1], d)], op)
        if choice == "chain":
            t = self.dice.choice(["int", "str"])
            return Expr("chain", "bool", [self.expr(t, d) for _ in range(3)], [self.dice.choice(["<", "<=", ">", "=", "<>"]) for _ in range(2)])
        if choice == "logic":
            return Expr("bin", "bool", [self.expr("bool", d), self.expr("bool", d)], self.pick((4, "AND"), (3, "OR"), (1, "XOR")))
        if choice == "not":
            return Expr("not", "bool", [self.expr("bool", d)])
        if choice == "isnull":
            t = self.dice.choice(["int", "str", "date", "any", "node", "rel"])
            return Expr("isnull", "bool", [self.expr(t, d)], self.chance(0.5))
        if choice == "in":
            t = self.dice.choice(["int", "int", "str", "bool"])
            bags = self.named(("bag", t))
            right = var(self.dice.choice(bags), ("bag", t)) if bags and self.chance(0.6) else self.expr(("list", t), d)
            return Expr("bin", "bool", [self.expr(t, d), right], "IN")
        if choice == "string":
            return Expr("bin", "bool", [self.expr("str", d), self.expr("str", d)], self.dice.choice(["STARTS WITH", "ENDS WITH", "CONTAINS"]))
        if choice == "regex":
            return Expr("bin", "bool", [self.expr("str", d), lit(self.dice.choice(["a.*", ".*b", "[ab]+", "", "a|b", "x y"]), "str")], "=~")
        if choice == "label" and self.named("node", "rel"):
            name = self.dice.choice(self.named("node", "rel"))
            if self.scope[name] == "rel":
                if not self.easy:
                    return Expr("label", "bool", [var(name, "rel")], [self.dice.choice(TYPES)])
            else:
                return Expr("label", "bool", [var(name, "node")], self.dice.sample(LABELS, self.dice.choice([1, 1, 2])))
        if choice == "quant":
            name = self.fresh("e")
            items = self.some_list(d)
            where = self.with_name(name, items.type[1], lambda: self.expr("bool", min(d, 1)))
            return Expr("quant", "bool", [items, where], (self.dice.choice(["all", "any", "none", "single"]), name))
        if choice == "exists" and self.inside < 2:
            if self.chance(0.5):
                return self.subquery("exists", "bool")
            return self.pattern_predicate(True)
        if choice == "same":
            t = self.pick((3, "node"), (1, "rel"))
            if len(self.named(t)) > 1:
                return Expr("bin", "bool", [var(n, t) for n in self.dice.sample(self.named(t), 2)], self.dice.choice(["=", "<>"]))
        if choice == "toBoolean":
            return Expr("fn", "bool", [self.leaf(self.dice.choice(["bool", "str"]))], "toBoolean")
        return self.leaf("bool")

    def where(self, depth=2):
        """A predicate for WHERE; a bare pattern may stand in it."""
        e = self.useful() if self.chance(0.4) else self.expr("bool", depth)
        if self.chance(0.15):
            e = Expr("bin", "bool", [e, self.useful()], self.pick((4, "AND"), (1, "OR")))
        if self.inside < 2 and self.named("node") and self.chance(0.12):
            p = self.pattern_predicate(False)
            p = Expr("not", "bool", [p]) if self.chance(0.3) else p
            return p if self.chance(0.4) else Expr("bin", "bool", [e, p], "AND" if self.easy else self.dice.choice(["AND", "OR"]))
        return e

    def useful(self):
        """A condition that an index, a join or a scan may answer."""
        names = self.named("node", "rel")
        if not names:
            return self.expr("bool", 1)
        name = self.dice.choice(names)
        type = self.scope[name]
        keys = NODE_KEYS if type == "node" else REL_KEYS
        key = self.dice.choice([k for k in keys if k not in ("none", "l", "m")])
        left = Expr("prop", keys[key], [var(name, type)], key)
        constant = lambda: lit(scalar(self.dice, keys[key]), keys[key])
        choice = self.pick((3, "join"), (3, "compare"), (2, "range"), (2, "in"), (1, "prefix"), (1, "id"), (1, "label"), (1, "numbers"))
        if choice == "join" and len(names) > 1:
            other = self.dice.choice([n for n in names if n != name])
            if key in (NODE_KEYS if self.scope[other] == "node" else REL_KEYS):
                return Expr("bin", "bool", [left, Expr("prop", keys[key], [var(other, self.scope[other])], key)], self.pick((5, "="), (1, "<>"), (1, "<")))
        if choice == "range":
            return Expr("bin", "bool", [Expr("bin", "bool", [left, constant()], self.dice.choice([">", ">="])),
                                        Expr("bin", "bool", [left, constant()], self.dice.choice(["<", "<="]))], "AND")
        if choice == "in":
            items = [constant() for _ in range(self.dice.choice([0, 1, 2, 4]))] + ([lit(None)] if self.chance(0.1) else [])
            return Expr("bin", "bool", [left, Expr("list", ("list", keys[key]), items)], "IN")
        if choice == "prefix" and type == "node":
            return Expr("bin", "bool", [Expr("prop", "str", [var(name, type)], "s"), lit(self.dice.choice(["", "a", "A", "ä"]), "str")],
                        self.dice.choice(["STARTS WITH", "STARTS WITH", "ENDS WITH", "CONTAINS"]))
        if choice == "id" and type == "node" and self.ids:
            return Expr("bin", "bool", [Expr("fn", "str", [var(name, type)], "id"), lit(self.dice.choice(self.ids), "str")], self.dice.choice(["=", "<>"]))
        if choice == "label" and type == "node":
            return Expr("label", "bool", [var(name, type)], [self.dice.choice(LABELS)])
        if choice == "numbers":
            return Expr("bin", "bool", [Expr("prop", "any", [var(name, type)], "x"), lit(self.dice.choice([1, 1.0, 2.5, 3]), "float")],
                        self.dice.choice(["=", "<", ">=", "<>"]))
        return Expr("bin", "bool", [left, constant()], self.pick((3, "="), (1, "<>"), (2, "<"), (2, ">"), (1, "<=")))

    # ---- patterns

    def labels(self):
        if self.chance(0.55):
            return None
        name = lambda: Label(op="name", name=self.dice.choice(LABELS[:3] if self.chance(0.95) else LABELS + ["Nobody"]))
        choice = self.pick((10, "one"), (2, "colon"), (1, "or"), (0 if self.easy or "label expressions" in self.without else 1, "expr"))
        if choice == "one":
            return name()
        if choice == "colon":
            return Label(op="colon", args=[name(), name()])
        if choice == "or":
            return Label(op="or", args=[name(), name()], nested=False)
        inner = Label(op=self.dice.choice(["or", "and"]), args=[name(), name()], nested=True)
        return self.dice.choice([Label(op="not", args=[inner]), Label(op="and", args=[name(), Label(op="not", args=[name()])], nested=False),
                                 Label(op="and", args=[inner, name()], nested=False), Label(op="not", args=[name()]), Label(op="any", args=[])])

    def inline(self, keys, share):
        if not self.chance(share):
            return []
        if keys is NODE_KEYS and self.ids and self.chance(0.2):
            return [Pair(key="_id", value=lit(self.dice.choice(self.ids), "str"))]
        key = self.dice.choice([k for k in keys if keys[k] in ("int", "str", "bool", "float")])
        return [Pair(key=key, value=self.expr(keys[key], 1) if self.chance(0.4) and not self.easy else lit(scalar(self.dice, keys[key]), keys[key]))]

    def node_pattern(self, new, local=None):
        """new: {name: type} of names this pattern adds."""
        bound = [n for n in self.named("node") + [n for n, t in new.items() if t == "node"]]
        if bound and self.chance(0.3):
            name = self.dice.choice(bound)
            bare = self.easy or self.chance(0.7)
            return NodePat(name=name, labels=None if bare else self.labels(), props=[] if bare else self.inline(NODE_KEYS, 0.2), where=None)
        name = self.fresh("n") if self.chance(0.75) else None
        pattern = NodePat(name=name, labels=self.labels(), props=self.inline(NODE_KEYS, 0.07), where=None)
        if name:
            new[name] = "node"
            if not self.easy and self.chance(0.05):
                pattern.where = self.with_name(name, "node", lambda: self.expr("bool", 1))
        return pattern

    def rel_pattern(self, new):
        types = self.dice.sample(TYPES, self.pick((4, 0), (5, 1), (2, 2)))
        if self.easy:       # the product knows no uniqueness of relationships: no type twice
            if len(self.types) < 3 or self.crowded:
                types = [self.types.pop()]
            else:
                types = types or list(TYPES)
                self.types = [t for t in self.types if t not in types]
        low_high = None
        if self.chance(0.15):
            low_high = self.pick((3, (1, 2)), (2, (0, 1)), (2, (1, 3)), (1, (2, 2)), (1, (2, 3)), (1, (0, 2)), (0.5, (None, 2)), (0 if self.easy else 0.3, (3, 1)), (0.15, (None, None)), (0.1, (2, None)))
        name = self.fresh("r") if self.chance(0.5) else None
        pattern = RelPat(name=name, types=types, direction=self.pick((5, ">"), (3, "<"), (3, "-")), range=low_high,
                         props=[] if self.easy else self.inline(REL_KEYS, 0.07), where=None)
        if name:
            bound = self.named("rel")
            if bound and low_high is None and not self.easy and self.chance(0.08):
                again = self.dice.choice(bound)
                if again not in self.again:
                    pattern.name = again
                    self.again.add(again)
            if pattern.name == name:
                new[name] = "rel" if low_high is None else ("list", "rel")
                if low_high is None and not self.easy and self.chance(0.04):
                    pattern.where = self.with_name(name, "rel", lambda: self.expr("bool", 1))
        return pattern

    def part(self, new, hops=None, path=True):
        if hops is None:
            hops = self.pick((3, 0), (5, 1), (3, 2), (1, 3), (0.4, 4))
        self.again |= set(new)
        if self.easy:
            hops = min(hops, len(self.types))
            self.crowded = hops > 1
        nodes, rels = [self.node_pattern(new)], []
        for _ in range(hops):
            rels.append(self.rel_pattern(new))
            nodes.append(self.node_pattern(new))
        name = None
        if path and self.chance(0.12 if not self.easy else 0.05):
            name = self.fresh("path")
            new[name] = "path"
        return Part(path=name, function=None, nodes=nodes, rels=rels)

    def shortest(self, new):
        ends = [self.node_pattern(new) for _ in range(2)]
        rel = RelPat(name=None, types=self.dice.sample(TYPES, self.dice.choice([0, 1, 2])), direction=self.dice.choice("><-"),
                     range=self.dice.choice([(None, None), (1, 3), (None, 4), (0, 3)]), props=[], where=None)
        name = self.fresh("path")
        new[name] = "shortest"
        return Part(path=name, function=self.dice.choice(["shortestPath", "allShortestPaths"]), nodes=ends, rels=[rel])

    def pattern_predicate(self, function):
        """Only bound names, unless in exists()."""
        names = self.named("node")
        if not names:
            return lit(True, "bool")
        new = {}
        self.types = self.dice.sample(TYPES, 3)
        part = self.part(new, self.dice.choice([1, 1, 2]), path=False)
        part.nodes[0] = NodePat(name=self.dice.choice(names), labels=None, props=[], where=None)
        for p in part.nodes + part.rels:
            p.where = None
            if p.name in new:
                p.name = None
            elif p.name and (self.chance(0.5) or self.scope.get(p.name) == "rel"):
                p.name = None
        part.nodes[0].name = part.nodes[0].name or self.dice.choice(names)
        return Expr("existsfn" if function else "pattern", "bool", part=part)

    def sub(self, make):
        """make() with the scope of a subquery inside this one."""
        old, self.inside, agg = dict(self.scope), self.inside + 1, self.aggregating
        self.aggregating = False
        try:
            return make()
        finally:
            self.scope, self.inside, self.aggregating = old, self.inside - 1, agg

    def pattern_comprehension(self):
        def make():
            new = {}
            names = self.named("node")
            part = self.part(new, self.dice.choice([1, 1, 2]), path=self.chance(0.3))
            if names:
                part.nodes[0] = NodePat(name=self.dice.choice(names), labels=None, props=[], where=None)
            used = {x.name for x in part.nodes + part.rels} | {part.path}
            self.scope.update({n: t for n, t in new.items() if n in used})
            where = self.expr("bool", 1) if self.chance(0.4) else None
            return Expr("patcomp", ("bag", "int"), [where, self.expr("int", 1)], part=part)
        return self.sub(make)

    def subquery(self, kind, type):
        def make():
            if kind != "collect" and self.chance(0.5):
                clause = self.match(False)
                return Expr(kind, type, query=PatternOnly(parts=clause.parts, where=clause.where))
            clauses = [self.match(False)]
            if kind == "collect" and self.chance(0.2):
                clauses.append(self.match(True))
            if self.chance(0.2):
                clauses.append(self.with_clause())
            if kind == "collect":
                inner = "int"
                e = self.expr("int", 1)
                clauses.append(Project(word="RETURN", distinct=self.chance(0.2), star=False, items=[Item(expr=e, name=self.fresh("v"))],
                                       order=[], skip=None, limit=None, where=None))
                return Expr(kind, ("bag", inner), query=Query(branches=[Single(clauses=clauses)], all=True))
            clauses.append(self.projection("RETURN"))
            return Expr(kind, type, query=Query(branches=[Single(clauses=clauses)], all=True))
        return self.sub(make)

    # ---- clauses

    def match(self, optional):
        new, parts = {}, []
        self.again = set()
        self.types = self.dice.sample(TYPES, 3)
        if not self.inside and not self.easy and self.chance(0.05):
            parts.append(self.shortest(new))
        elif self.chance(0.02) and self.easy and len(self.named("node")) > 1:
            part = self.shortest(new)
            part.nodes = [NodePat(name=n, labels=None, props=[], where=None) for n in self.dice.sample(self.named("node"), 2)]
            part.rels[0].range, part.rels[0].types = (1, 4), [self.dice.choice(TYPES)]
            parts.append(part)
        else:
            parts.append(self.part(new))
            if self.chance(0.15):
                parts.append(self.part(new))
        used = {x.name for p in parts for x in p.nodes + p.rels} | {p.path for p in parts}
        self.scope = {**self.scope, **{n: t for n, t in new.items() if n in used}}
        where = self.where() if self.chance(0.4) else None
        return Match(opt=optional, parts=parts, where=where)

    def unwind(self):
        if self.chance(0.05) and not self.inside:
            name = self.fresh("u")
            self.scope = {**self.scope, name: "int"}
            return Unwind(list=Expr("fn", INTS, [lit(1, "int"), lit(self.dice.choice([1000, 1500, 2100]), "int")], "range"), name=name)
        t = self.pick((4, "int"), (2, "str"), (1, "any"))
        bags = [n for n, x in self.scope.items() if isinstance(x, tuple)]
        if bags and self.chance(0.4):
            name = self.dice.choice(bags)
            e, t = var(name, self.scope[name]), self.scope[name][1]
        else:
            e = self.expr(("list", t), 2)
        name = self.fresh("u")
        self.scope = {**self.scope, name: t}
        return Unwind(list=e, name=name)

    def aggregate(self, depth=1):
        name = self.pick((4, "count*"), (4, "count"), (3, "sum"), (2, "min"), (2, "max"), (1, "avg"), (2, "collect"), (0.5, "stDev"),
                         (0.5, "percentileCont"))
        distinct = self.chance(0.25)
        if name == "count*":
            return Expr("agg", "int", [], "count", distinct=False)
        if name == "count":
            t = self.dice.choice(["int", "str", "node", "any", "date"])
            return Expr("agg", "int", [self.expr(t, depth)], "count", distinct=distinct)
        if name == "sum":
            t = self.dice.choice(["int", "float"])
            return Expr("agg", t, [self.expr(t, depth)], "sum", distinct=distinct)
        if name in ("min", "max"):
            t = self.dice.choice(["int", "float", "str", "date", "bool"] + ([] if self.easy else ["any", INTS]))
            return Expr("agg", t, [self.expr(t, depth)], name, distinct=distinct)
        if name == "collect":
            t = self.dice.choice(["int", "str", "node", "int"])
            return Expr("agg", ("bag", t), [self.expr(t, depth)], "collect", distinct=distinct)
        args = [self.expr("int", depth)]
        if name == "percentileCont":
            return Expr("agg", "any", args + [lit(self.dice.choice([0.0, 0.5, 0.25, 1.0]), "float")],
                        self.dice.choice(["percentileCont", "percentileDisc"]), distinct=False)
        return Expr("agg", "float" if name == "avg" else "any", args, name if name == "avg" else self.dice.choice(["stDev", "stDevP"]), distinct=distinct)

    def mixed_aggregate(self, keys=()):
        e = self.aggregate()
        keys = [k for k in keys if k.expr.type in ("int", "float") and k.expr.kind in ("var", "prop")]
        if keys and e.type in ("int", "float") and self.chance(0.3) and not self.easy:
            return Expr("bin", "float" if "float" in (e.type, keys[0].expr.type) else "int", [keys[0].expr, e], self.dice.choice("+-"))
        if e.type in ("int", "float") and self.chance(0.2):
            other = self.aggregate() if self.chance(0.4) else lit(2, "int")
            if other.type in ("int", "float"):
                t = "float" if "float" in (e.type, other.type) else "int"
                return Expr("bin", t, [e, other], self.dice.choice("+-*"))
        if isinstance(e.type, tuple) and self.chance(0.3):
            return Expr("fn", "int", [e], "size")
        return e

    def item(self, word):
        t = self.pick((4, "int"), (2, "float"), (4, "str"), (2, "bool"), (1, "date"), (1, INTS), (1, "map"), (1, "any"), (5, "node"),
                      (2, "rel"), (1, "path"), (0.5, "datetime"), (0.5, ("list", "str")), (0 if self.easy else 1, "bagged"))
        if t in ("node", "rel", "path") and not self.named(t):
            t = "int"
        if t == "bagged":
            return self.pattern_comprehension() if self.inside < 2 and self.named("node") else self.leaf("int")
        return self.expr(t, 2)

    def projection(self, word):
        """WITH or RETURN with its order; changes the scope."""
        aggregated = self.chance(0.3)
        items, used = [], set()
        keep = [] if word == "RETURN" else [n for n in self.scope if self.scope[n] != "shortest" and self.chance(0.6)]
        if aggregated and word == "WITH":
            keep = keep[:2]
        if aggregated:
            keep = [n for n in keep if not (isinstance(self.scope[n], tuple) and self.scope[n][0] == "bag")]
        for n in keep:
            items.append(Item(expr=var(n, self.scope[n]), name=n))
        count = self.pick((3, 1), (3, 2), (1, 3)) if not items or word == "RETURN" else self.pick((2, 0), (3, 1), (1, 2))
        prefix = "c" if word == "RETURN" else "v"
        for _ in range(count):
            e = self.item(word)
            items.append(Item(expr=e, name=self.fresh(prefix)))
        plain = list(items)
        if aggregated:
            for _ in range(self.pick((4, 1), (2, 2))):
                items.append(Item(expr=self.mixed_aggregate(plain), name=self.fresh(prefix)))
        for name in [n for n, t in self.scope.items() if t == "shortest"]:
            if self.chance(0.7):
                items.append(Item(expr=Expr("fn", "int", [var(name, "path")], "length"), name=self.fresh(prefix)))
        if not items:
            items.append(Item(expr=self.leaf("int"), name=self.fresh(prefix)))
        same = [i for i in items if i.expr.kind == "var" and i.name == i.expr.data]
        if word == "WITH" and len(same) > 1 and self.chance(0.07) and not self.easy:
            same[0].name, same[1].name = same[1].name, same[0].name
        self.dice.shuffle(items)
        distinct = not aggregated and self.chance(0.15) and not any(isinstance(i.expr.type, tuple) and i.expr.type[0] == "bag" for i in items)
        project = Project(word=word, distinct=distinct, star=False, items=items, order=[], skip=None, limit=None, where=None)
        before = self.scope
        after = {i.name: i.expr.type for i in items}
        if self.chance(0.3):
            self.order(project, before, after, aggregated or distinct)
        self.scope = after
        if word == "WITH" and self.chance(0.3):
            project.where = self.where(1)
        return project

    def sort_key(self, name, type):
        """An expression that decides the order of a column's values, or None."""
        if type == "node":
            return Expr("prop", "int", [var(name, type)], "i")
        if type == "rel":
            return Expr("prop", "int", [var(name, type)], "j")
        plain = ("int", "float", "str", "bool", "date", "datetime", INTS, ("list", "str"), "any", "map")
        return var(name, type) if type in plain else None

    def order(self, project, before, after, closed):
        keys = [self.sort_key(n, t) for n, t in after.items()]
        total = all(k is not None for k in keys)
        keys = [k for k in keys if k is not None]
        if self.easy:
            keys = [k for k in keys if k.type in ("int", "float", "str", "date", "bool")]
            total = total and len(keys) == len(after)
        self.dice.shuffle(keys)
        if not keys:
            return
        if self.chance(0.15) and not self.easy:
            texts = {i.name: i.expr for i in project.items if i.expr.kind == "prop"}
            keys = [texts.get(k.data, k) if k.kind == "var" and k.data not in before else k for k in keys]
        project.order = [Sort(expr=k, desc=self.chance(0.4)) for k in keys]
        if not closed and self.chance(0.2):
            self.scope = {**before, **after}
            extra = self.expr(self.dice.choice(["int", "str"]), 1)
            self.scope = before
            project.order.insert(0, Sort(expr=extra, desc=self.chance(0.4)))
        if total and self.chance(0.6):
            if self.chance(0.4):
                project.skip = self.number([0, 1, 2, 5])
            if project.skip is None or self.chance(0.7):
                project.limit = self.number([0, 1, 2, 3, 5, 10])

    def number(self, choices):
        n = self.dice.choice(choices)
        if self.chance(0.2):
            name = self.fresh("p")
            self.params[name] = n
            return Expr("param", "int", data=name)
        if not self.easy and self.chance(0.1):
            return Expr("bin", "int", [lit(n, "int"), lit(1, "int")], "+")
        return lit(n, "int")

    def with_clause(self):
        return self.projection("WITH")

    def call(self):
        imports = None
        outer = self.scope
        names = [n for n, t in outer.items() if t != "shortest"]
        if names and self.chance(0.8):
            imports = self.dice.sample(names, min(len(names), self.dice.choice([1, 2])))

        def make():
            self.scope = {n: outer[n] for n in imports or []}
            branches, columns = [], None
            start = dict(self.scope)
            for _ in range(1 if self.easy or self.chance(0.85) else 2):
                self.scope = dict(start)
                clauses = [self.match(False) if self.chance(0.7) else self.unwind()]
                clauses += [self.middle()] if self.chance(0.3) else []
                last = self.projection("RETURN")
                if columns is None:
                    columns = [(i.name, i.expr.type) for i in last.items]
                elif len(last.items) != len(columns):
                    continue
                else:
                    self.rename(last, [n for n, _ in columns])
                    columns = [(n, t if t == i.expr.type else ("bag", "any") if isinstance(t, tuple) else "any")
                               for (n, t), i in zip(columns, last.items)]
                branches.append(Single(clauses=clauses + [last]))
            return branches, columns
        branches, columns = self.sub(make)
        self.scope = {**outer, **dict(columns)}
        form = "scope" if imports is not None and not self.easy and (len(branches) > 1 or self.chance(0.4)) else "with"
        return Call(imports=imports, form=form, query=Query(branches=branches, all=self.chance(0.5)))

    @staticmethod
    def rename(project, names):
        for item, name in zip(project.items, names):
            item.name = name
        project.order, project.skip, project.limit = [], None, None

    def middle(self):
        choice = self.pick((4, "match"), (2 if not self.easy else 0.3, "optional"), (4, "with"), (2, "unwind"),
                           (1.5 if self.inside < 1 else 0.5 if self.inside < 2 and not self.easy else 0, "call"), (0.3, "star"))
        if choice == "match":
            return self.match(False)
        if choice == "optional":
            return self.match(True)
        if choice == "unwind":
            return self.unwind()
        if choice == "call":
            return self.call()
        if choice == "star" and self.scope:
            return Project(word="WITH", distinct=False, star=True, items=[], order=[], skip=None, limit=None,
                           where=self.where(1) if self.chance(0.5) else None)
        return self.with_clause() if self.scope else self.match(False)

    def reading(self):
        """Clauses that begin a query; the scope follows."""
        first = self.pick((8, "match"), (1, "unwind"), (0.5 if not self.easy else 0, "optional"), (0.5, "with"))
        clauses = [self.match(False) if first == "match" else self.match(True) if first == "optional" else
                   self.unwind() if first == "unwind" else self.with_clause()]
        for _ in range(self.pick((5, 0), (4, 1), (2, 2), (1, 3))):
            clauses.append(self.middle())
        return clauses

    def query(self):
        branches, names = [], None
        for _ in range(1 if self.chance(0.93) else 2):
            self.scope = {}
            clauses = self.reading()
            last = self.projection("RETURN")
            if names is None:
                names = [i.name for i in last.items]
            elif len(names) != len(last.items):
                continue
            else:
                self.rename(last, names)
                branches[0].clauses[-1].order, branches[0].clauses[-1].skip, branches[0].clauses[-1].limit = [], None, None
            branches.append(Single(clauses=clauses + [last]))
        return Query(branches=branches, all=len(branches) == 1 or self.chance(0.5))

    # ---- writes

    def new_node(self, new):
        bound = self.named("node") + [n for n, t in new.items() if t == "node"]
        if bound and self.chance(0.5):
            return NodePat(name=self.dice.choice(bound), labels=None, props=[], where=None)
        name = self.fresh("n")
        new[name] = "node"
        label = None if not self.easy and self.chance(0.1) else Label(op="name", name=self.dice.choice(LABELS))
        return NodePat(name=name, labels=label, props=self.written(NODE_KEYS), where=None)

    def written(self, keys):
        some = self.dice.sample([k for k in keys if k not in ("i", "j", "none")], self.dice.choice([0, 1, 2]))
        return [Pair(key=k, value=self.expr(keys[k], 1)) for k in some]

    def new_part(self, new, hops):
        nodes, rels = [self.new_node(new)], []
        for _ in range(hops):
            name = self.fresh("r")
            rels.append(RelPat(name=name, types=[self.dice.choice(TYPES)], direction=self.dice.choice("><"), range=None,
                               props=self.written(REL_KEYS), where=None))
            nodes.append(self.new_node(new))
            new[name] = "rel"
        if hops == 0 and nodes[0].labels is None and not nodes[0].props and nodes[0].name not in new:
            return self.new_part(new, 1)
        return Part(path=None, function=None, nodes=nodes, rels=rels)

    def set_items(self, n):
        items = []
        for _ in range(n):
            names = self.named("node", "rel")
            if not names:
                return []
            name = self.dice.choice(names)
            is_node = self.scope[name] == "node"
            keys = NODE_KEYS if is_node else REL_KEYS
            key = self.dice.choice([k for k in keys if k not in ("i", "j")])
            op = self.pick((6, "prop"), (1, "="), (2, "+="), (2 if is_node else 0, "label"))
            if op == "prop":
                items.append(SetItem(name=name, op=op, key=key, expr=self.assigned(keys[key])))
            elif op == "label":
                items.append(SetItem(name=name, op=op, key=self.dice.sample(LABELS, self.dice.choice([1, 2])), expr=None))
            else:
                items.append(SetItem(name=name, op=op, key=None, expr=self.assigned("map")))
        return items

    def assigned(self, type):
        """A value to SET: the same for all rows when the last of them wins and nothing tells which that is."""
        return lit(scalar(self.dice, type), type) if self.unordered else self.expr(type, 1)

    def update(self, depth=0):
        choice = self.pick((3, "create"), (2, "merge"), (4, "set"), (2, "remove"), (2, "delete"), (1 if not depth else 0, "foreach"), (1 if not depth and not self.easy else 0, "call"))
        if choice == "set" and self.named("node", "rel"):
            return Set(items=self.set_items(self.dice.choice([1, 1, 2])))
        if choice == "remove" and self.named("node", "rel"):
            items = self.set_items(self.dice.choice([1, 2]))
            items = [i for i in items if i.op in ("prop", "label")]
            if items:
                return Remove(items=items)
        if choice == "delete" and self.named("node", "rel") and not depth:
            rels = self.named("rel")
            if rels and self.chance(0.6):
                return Delete(detach=False, exprs=[var(self.dice.choice(rels), "rel")])
            names = self.named("node")
            if names:
                return Delete(detach=self.chance(0.85), exprs=[var(self.dice.choice(names), "node")])
        if choice == "merge":
            new = {}
            part = self.new_part(new, self.pick((2, 0), (3, 1)))
            if all(p.name not in new for p in part.nodes) and not part.rels:
                return self.update(depth)
            for p in part.nodes + part.rels:
                p.props = [Pair(key=x.key, value=lit(scalar(self.dice, {**NODE_KEYS, **REL_KEYS}[x.key]))) for x in p.props
                           if x.key not in ("l", "m", "x", "t")]
            if part.rels and not self.easy and self.chance(0.2):
                part.rels[0].direction = "-"
            self.scope = {**self.scope, **new}
            self.unordered = True
            return Merge(part=part, created=self.set_items(1) if self.chance(0.3) else [], matched=self.set_items(1) if self.chance(0.3) else [])
        if choice == "call" and self.named("node", "rel"):
            old = dict(self.scope)
            imports = self.dice.sample(self.named("node", "rel"), 1)
            self.scope = {n: old[n] for n in imports}
            clauses = [self.unwind()] if self.chance(0.3) else []
            clauses.append(self.update(1))
            self.scope = old
            return Call(imports=imports, form="with" if self.chance(0.5) else "scope", query=Query(branches=[Single(clauses=clauses)], all=True))
        if choice == "foreach":
            name = self.fresh("e")
            items = self.expr(INTS, 1)
            old = dict(self.scope)
            self.scope = {**old, name: "int"}
            clauses = [self.update(1)]
            self.scope = old
            return Foreach(name=name, list=items, clauses=clauses)
        new = {}
        parts = [self.new_part(new, self.pick((2, 0), (3, 1), (1, 2)))]
        self.scope = {**self.scope, **new}
        return Create(parts=parts)

    def write(self):
        """A statement that writes; what it returns does not read what it deleted."""
        self.scope = {}
        clauses = []
        if self.chance(0.85):
            clauses.append(self.match(False))
            if self.chance(0.25):
                clauses.append(self.match(True) if not self.easy else self.unwind())
            clauses.append(self.few())
        deleted = False
        for _ in range(self.pick((5, 1), (3, 2), (1, 3))):
            clause = self.update()
            clauses.append(clause)
            deleted = deleted or isinstance(clause, Delete)
            if deleted:
                break
        if self.chance(0.3) and not deleted and self.scope:
            if self.chance(0.4):
                clauses.append(self.with_clause())
                if self.chance(0.5):
                    clauses.append(self.match(False))
            clauses.append(self.projection("RETURN"))
        return Query(branches=[Single(clauses=clauses)], all=True)

    def few(self):
        """Some rows only, in an order that is decided: WITH ... ORDER BY ... LIMIT."""
        names = [n for n, t in self.scope.items() if t in ("node", "rel", "int", "str")]
        items = [Item(expr=var(n, self.scope[n]), name=n) for n in names] or [Item(expr=lit(1, "int"), name=self.fresh("v"))]
        self.scope = {i.name: i.expr.type for i in items}
        return Project(word="WITH", distinct=True, star=False, items=items, order=[Sort(expr=self.sort_key(i.name, i.expr.type), desc=False) for i in items],
                       skip=None, limit=lit(self.dice.choice([1, 2, 3, 6]), "int"), where=None)
