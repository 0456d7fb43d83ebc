"""Random SQL queries over tables whose columns have known types. Kinds of values: int float numeric text bool date timestamp
timestamptz jsonb real[] uuid text[].
"""
from data import STRINGS, quote

ORDERED = ["int", "float", "numeric", "text", "date", "timestamptz", "timestamp", "uuid", "bool"]
SORTABLE = ORDERED + ["jsonb", "real[]"]
COMPARE = ["=", "=", "=", "<>", "<", "<=", ">", ">="]
JOINS = ["JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]


class Source:
    """Something in FROM: an alias and its columns by name."""

    def __init__(self, alias, table, columns):
        self.alias, self.table, self.columns = alias, table, columns

    def of_type(self, type):
        return ['%s."%s"' % (self.alias, n) for n, t in self.columns.items() if t == type]


class Query:
    """Parts that the minimiser can leave out."""

    def __init__(self):
        self.ctes, self.items, self.sources, self.where = [], [], [], []
        self.group = self.having = self.order = self.limit = self.distinct = self.tail = None
        self.ordered = False

    def __str__(self):
        out = "WITH %s " % ", ".join(self.ctes) if self.ctes else ""
        out += "SELECT %s%s FROM %s" % ("DISTINCT " if self.distinct else "", ", ".join(self.items), " ".join(self.sources))
        if self.where:
            out += " WHERE " + " AND ".join(self.where)
        if self.group:
            out += " GROUP BY " + self.group
        if self.having:
            out += " HAVING " + self.having
        if self.tail:
            out += " " + self.tail
        if self.order:
            out += " ORDER BY " + self.order
        if self.limit:
            out += " " + self.limit
        return out

    def smaller(self):
        """Queries with one part less."""
        import copy
        for i in range(len(self.where)):
            q = copy.deepcopy(self)
            del q.where[i]
            yield q
        for name in ("having", "limit", "tail", "distinct"):
            if getattr(self, name):
                q = copy.deepcopy(self)
                setattr(q, name, None)
                yield q
        if not self.limit and self.order:
            q = copy.deepcopy(self)
            q.order, q.ordered = None, False
            yield q
        if not self.order and not self.tail:
            for i in range(len(self.items)):
                if len(self.items) > 1:
                    q = copy.deepcopy(self)
                    del q.items[i]
                    yield q
        if len(self.sources) > 1:
            q = copy.deepcopy(self)
            q.sources.pop()
            yield q


class Generator:
    def __init__(self, rng, tables, prepared=False):
        """tables: name -> {column: type}; prepared: literals become parameters."""
        self.rng, self.tables, self.prepared = rng, tables, prepared
        self.params = []  # (type, literal)
        self.count = 0

    def pick(self, *choices):
        return self.rng.choice(choices)()

    def alias(self):
        self.count += 1
        return "t%d" % self.count

    # ---- literals ----

    SQL = {"int": "bigint", "float": "float8", "numeric": "numeric", "text": "text", "bool": "boolean", "date": "date",
           "timestamptz": "timestamptz", "timestamp": "timestamp", "uuid": "uuid"}

    def raw(self, type):
        r = self.rng
        if type == "int":
            return str(r.choice([0, 1, 2, 3, 5, 7, -1, 12, r.randint(-4, 14), r.randint(-4, 14), 2**53, 2**53 + 1, 2**31, -2**31, 2**63 - 1]))
        if type == "float":
            return r.choice(["0", "0.5", "1.5", "-2", "2.25", "0.1", "1e300", "9007199254740992", "NaN", "Infinity", "-Infinity", "-0", "3"])
        if type == "numeric":
            return r.choice(["0", "0.5", "1.50", "-2", "9007199254740993", "3.0", "0.1", "NaN", "1e20"])
        if type == "text":
            return r.choice(STRINGS)
        if type == "bool":
            return r.choice(["true", "false"])
        if type == "date":
            return r.choice(["2020-01-01", "2019-12-31", "2020-01-03", "1970-01-01", "0001-01-01", "9999-12-31", "infinity", "-infinity", "2000-02-29"])
        if type == "timestamptz":
            return r.choice(["2020-03-01 00:00:00+00", "2020-03-01 00:00:00.000001+00", "2020-03-01 01:00:00+01", "2020-02-29", "1969-12-31 23:59:59.999999+00",
                             "infinity", "-infinity"])
        if type == "timestamp":
            return r.choice(["2020-03-01 00:00:00", "2020-03-01 00:00:01", "2020-02-29 23:00:00", "infinity", "1800-01-01"])
        return "00000000-0000-4000-8000-000000000000"

    def literal(self, type, const=False):
        if self.rng.random() < 0.03:
            return "NULL::" + self.SQL[type]
        raw = self.raw(type)
        if self.prepared and not const and self.rng.random() < 0.7:
            self.params.append((self.SQL[type], quote(raw)))
            return "$%d" % len(self.params)
        if type == "int":
            if self.rng.random() < 0.6 or raw.startswith("-"):
                return "(%s)" % raw if raw.startswith("-") else raw
            return raw + self.rng.choice(["::bigint", "::bigint", "::numeric"])
        if type == "bool":
            return raw
        if type == "float" and raw[0].isdigit() and self.rng.random() < 0.3:
            return raw  # numeric to the parser
        return "%s::%s" % (quote(raw), self.SQL[type])

    # ---- expressions ----

    def column(self, scope, type):
        found = [c for s in scope for c in s.of_type(type)]
        return self.rng.choice(found) if found else None

    def expr(self, scope, type, depth=2):
        column = self.column(scope, type)
        if column is not None and (depth <= 0 or self.rng.random() < 0.55):
            return column
        if depth <= 0 or type not in self.MAKERS or self.rng.random() < 0.15:
            return self.literal(type) if type in self.SQL else (column or "NULL::%s" % type)
        return self.rng.choice(self.MAKERS[type])(self, scope, depth - 1)

    def make_int(self, scope, depth):
        e, r = self.expr, self.rng
        return self.pick(
            lambda: "(%s %s %s)" % (e(scope, "int", depth), r.choice("+-"), r.choice(["1", "2", "10"])),
            lambda: "(%s %s %s)" % (self.small_int(scope), r.choice(["+", "-", "*"]), self.small_int(scope)),
            lambda: "(%s / %s)" % (e(scope, "int", depth), r.choice(["2", "3", "-2", self.small_int(scope)])),
            lambda: "(%s %% %s)" % (e(scope, "int", depth), r.choice(["2", "3", "-2"])),
            lambda: "-(%s)" % self.small_int(scope),
            lambda: "abs(%s)" % self.small_int(scope),
            lambda: "length(%s)::bigint" % e(scope, "text", depth),
            lambda: "char_length(%s)" % e(scope, "text", depth),
            lambda: "coalesce(%s, %s)" % (e(scope, "int", depth), e(scope, "int", 0)),
            lambda: "CASE WHEN %s THEN %s ELSE %s END" % (self.cond(scope, depth), e(scope, "int", depth), e(scope, "int", 0)),
            lambda: "%s(%s, %s)" % (r.choice(["greatest", "least", "nullif"]), e(scope, "int", depth), e(scope, "int", 0)),
            lambda: "extract(%s from %s)::bigint" % (r.choice(["year", "month", "day", "dow", "epoch"]), e(scope, "date", depth)),
            lambda: "%s::int4" % self.small_int(scope),
            lambda: "(%s::int4 + %s)" % (self.small_int(scope), r.choice(["1", "2::int4"])),
            lambda: "round(%s)::bigint" % self.small_float(scope),
            lambda: "sign(%s)::bigint" % self.small_float(scope))

    def small_int(self, scope):
        found = [c for c in [x for s in scope for x in s.of_type("int")] if not c.endswith('"big"')]
        return self.rng.choice(found) if found else str(self.rng.randint(1, 9))

    def small_float(self, scope):
        found = [c for c in [x for s in scope for x in s.of_type("float")] if c.endswith('"f"')]
        return self.rng.choice(found) if found else "1.5::float8"

    def make_float(self, scope, depth):
        e, r = self.expr, self.rng
        return self.pick(
            lambda: "(%s %s %s)" % (e(scope, "float", depth), r.choice("+-*"), self.literal("float")),
            lambda: "(%s %s %s)" % (self.small_float(scope), r.choice("+-*"), self.small_float(scope)),
            lambda: "(%s / %s)" % (e(scope, "float", depth), r.choice(["2", "4::float8", "0.5::float8", self.small_float(scope)])),
            lambda: "%s::float8" % e(scope, "int", depth),
            lambda: "(%s + %s)" % (self.small_float(scope), self.small_int(scope)),
            lambda: "%s(%s)" % (r.choice(["abs", "floor", "ceil", "round", "trunc", "sign"]), e(scope, "float", depth)),
            lambda: "sqrt(abs(%s))" % self.small_float(scope),
            lambda: "-%s" % e(scope, "float", depth),
            lambda: "coalesce(%s, %s)" % (e(scope, "float", depth), self.literal("float")),
            lambda: "nullif(%s, %s)" % (e(scope, "float", depth), self.literal("float")),
            lambda: "%s::float4" % e(scope, "float", 0))

    def make_text(self, scope, depth):
        e, r = self.expr, self.rng
        return self.pick(
            lambda: "(%s || %s)" % (e(scope, "text", depth), e(scope, "text", 0)),
            lambda: "%s(%s)" % (r.choice(["lower", "upper", "trim", "ltrim", "rtrim", "reverse", "initcap", "btrim"]), e(scope, "text", depth)),
            lambda: "substr(%s, %s, %d)" % (e(scope, "text", depth), r.choice(["1", "2", "0", "-1"]), r.randint(0, 3)),
            lambda: "%s(%s, %d)" % (r.choice(["left", "right"]), e(scope, "text", depth), r.randint(-2, 3)),
            lambda: "replace(%s, %s, %s)" % (e(scope, "text", depth), quote(r.choice(["a", "b", ""])), quote(r.choice(["", "Z", "ä"]))),
            lambda: "coalesce(%s, %s)" % (e(scope, "text", depth), e(scope, "text", 0)),
            lambda: "%s::text" % e(scope, r.choice(["int", "date", "bool", "float"]), depth),
            lambda: "CASE WHEN %s THEN %s END" % (self.cond(scope, depth), e(scope, "text", depth)),
            lambda: "concat(%s, %s)" % (e(scope, "text", depth), e(scope, "int", 0)),
            lambda: "split_part(%s, 'a', 1)" % e(scope, "text", depth),
            lambda: "%s::varchar(%d)" % (e(scope, "text", depth), r.randint(1, 3)),
            lambda: "nullif(%s, %s)" % (e(scope, "text", depth), self.literal("text")))

    def make_date(self, scope, depth):
        e = self.expr
        return self.pick(
            lambda: "(%s %s %s)" % (e(scope, "date", 0), self.rng.choice("+-"), self.rng.choice(["1", "30"])),
            lambda: "coalesce(%s, %s)" % (e(scope, "date", depth), self.literal("date")),
            lambda: "%s(%s, %s)" % (self.rng.choice(["greatest", "least"]), e(scope, "date", depth), self.literal("date")),
            lambda: "(%s)::date" % e(scope, "timestamptz", depth))

    def make_timestamptz(self, scope, depth):
        e = self.expr
        return self.pick(
            lambda: "(%s + interval '%s')" % (e(scope, "timestamptz", 0), self.rng.choice(["1 hour", "1 day", "1 month"])),
            lambda: "date_trunc('%s', %s)" % (self.rng.choice(["hour", "day", "month", "year"]), e(scope, "timestamptz", 0)),
            lambda: "coalesce(%s, %s)" % (e(scope, "timestamptz", depth), self.literal("timestamptz")),
            lambda: "%s::timestamptz" % e(scope, "date", 0))

    MAKERS = {"int": [make_int], "float": [make_float], "text": [make_text], "date": [make_date], "timestamptz": [make_timestamptz]}

    # ---- conditions ----

    def comparable(self, scope):
        types = [t for t in ORDERED if t != "bool" and any(s.of_type(t) for s in scope)]
        return self.rng.choice(types) if types else "int"

    def cond(self, scope, depth=1):
        r = self.rng
        if depth > 0 and r.random() < 0.35:
            return self.pick(
                lambda: "(%s AND %s)" % (self.cond(scope, depth - 1), self.cond(scope, depth - 1)),
                lambda: "(%s OR %s)" % (self.cond(scope, depth - 1), self.cond(scope, depth - 1)),
                lambda: "NOT (%s)" % self.cond(scope, depth - 1),
                lambda: "(%s) IS %s" % (self.cond(scope, depth - 1), r.choice(["TRUE", "FALSE", "UNKNOWN", "NOT TRUE", "NOT FALSE", "NOT UNKNOWN"])))
        type = self.comparable(scope)
        a = self.expr(scope, type, depth)
        return self.pick(
            lambda: "%s %s %s" % (a, r.choice(COMPARE), self.expr(scope, type, depth)),
            lambda: "%s %s %s" % (a, r.choice(COMPARE), self.literal(type)),
            lambda: "%s %s %s" % (self.literal(type), r.choice(COMPARE), a),
            lambda: "%s %s %s" % (self.number(scope, depth), r.choice(COMPARE), self.number(scope, depth)),
            lambda: "%s IS %sNULL" % (a, r.choice(["", "NOT "])),
            lambda: "%s IS %sDISTINCT FROM %s" % (a, r.choice(["", "NOT "]), self.expr(scope, type, 0)),
            lambda: "%s %sIN (%s)" % (a, r.choice(["", "", "NOT "]), ", ".join(self.literal(type) for _ in range(r.randint(1, 4)))),
            lambda: "%s %sBETWEEN %s AND %s" % (a, r.choice(["", "", "NOT "]), self.literal(type), self.literal(type)),
            lambda: self.text_cond(scope, depth),
            lambda: self.text_cond(scope, depth),
            lambda: self.bool_column(scope),
            lambda: self.array_cond(scope, type, a),
            lambda: self.json_cond(scope))

    def number(self, scope, depth):
        return self.expr(scope, self.rng.choice(["int", "float", "int", "numeric"]), depth)

    def bool_column(self, scope):
        c = self.column(scope, "bool")
        if c is None:
            return "true"
        return self.rng.choice([c, "NOT " + c, c + " IS NOT TRUE", c + " = true", c + " <> false", c + " IS UNKNOWN", "%s < %s" % (c, c)])

    def text_cond(self, scope, depth):
        r = self.rng
        e = self.expr(scope, "text", depth)
        pattern = r.choice(["a%", "%a", "%a%", "_b", "a\\%b", "a\\_b", "%", "", "äß%", "_", "A%", "a%b", "%\\\\%"])
        collate = r.choice(["", "", "", ' COLLATE "C"', ' COLLATE "und-x-icu"'])
        return self.pick(
            lambda: "%s %s %s" % (e, r.choice(["LIKE", "LIKE", "NOT LIKE", "ILIKE"]), quote(pattern)),
            lambda: "%s ~ %s" % (e, quote(r.choice(["^a", "b$", "[ab]+", "ä"]))),
            lambda: "starts_with(%s, %s)" % (e, quote(r.choice(["a", "", "ä"]))),
            lambda: "%s%s %s %s" % (e, collate, r.choice(COMPARE), self.literal("text")),
            lambda: "position(%s in %s) > 0" % (quote(r.choice(["a", "b"])), e))

    def array_cond(self, scope, type, a):
        values = ", ".join(self.literal(type) for _ in range(self.rng.randint(0, 3)))
        return "%s %s (ARRAY[%s]::%s[])" % (a, self.rng.choice(["= ANY", "<> ALL", "= ANY", "> ANY"]), values, self.SQL[type])

    def json_cond(self, scope):
        c = self.column(scope, "jsonb")
        if c is None:
            return "1 = 1"
        return self.rng.choice(["%s = '1'", "%s = '\"a\"'", "%s = '1.0'", "%s IS NULL", "jsonb_typeof(%s) = 'number'", "%s @> '[1]'", "(%s)::text = '1'",
                                "%s < '\"a\"'"]) % c

    # ---- FROM ----

    def table(self, name=None):
        name = name or self.rng.choice(list(self.tables))
        return Source(self.alias(), '"%s"' % name, self.tables[name])

    @staticmethod
    def is_edge(source):
        return "_src" in source.columns

    def link(self, scope, new):
        """A natural condition between a new source and one of the scope."""
        r = self.rng
        pairs = []
        for old in scope:
            if self.is_edge(new) and "_id" in old.columns:
                pairs += ['%s._id = %s.%s' % (old.alias, new.alias, c) for c in ("_src", "_dst")]
            if self.is_edge(old) and "_id" in new.columns:
                pairs += ['%s.%s = %s._id' % (old.alias, c, new.alias) for c in ("_src", "_dst")]
            if self.is_edge(old) and self.is_edge(new):
                pairs += ['%s.%s = %s.%s' % (old.alias, a, new.alias, b) for a in ("_src", "_dst") for b in ("_src", "_dst")]
        if pairs and r.random() < 0.85:
            return r.choice(pairs)
        type = self.comparable([new])
        a, b = self.column(scope, type), self.column([new], type)
        return "%s = %s" % (a, b) if a and b else r.choice(pairs or ["true"])

    def natural(self, scope):
        """The name of a table that joins well with what is there."""
        wanted = []
        for old in scope:
            if self.is_edge(old):
                wanted += [n for n in self.tables if "_id" in self.tables[n]]
            else:
                wanted += [n for n in self.tables if "_src" in self.tables[n]]
        return self.rng.choice(wanted)

    def from_clause(self, query, scope, most=4):
        r = self.rng
        first = self.table() if r.random() < 0.9 or most < 3 else self.subselect(query)
        scope.append(first)
        query.sources.append("%s %s" % (first.table, first.alias))
        for _ in range(min(r.choice([0, 0, 0, 1, 1, 1, 2, 2, 2, 3]), most - 1)):
            if r.random() < 0.1:
                new = self.subselect(query)
            else:
                new = self.table(self.natural(scope))
            join = r.choice(JOINS)
            on = [self.link(scope, new)]
            if r.random() < 0.3:
                on.append(self.cond(scope + [new] if join != "FULL JOIN" else [new], 0))
            if join == "FULL JOIN":
                on = on[:1]  # only mergeable conditions
                if " = " not in on[0]:
                    join = "LEFT JOIN"
            query.sources.append("%s %s %s ON %s" % (join, new.table, new.alias, " AND ".join(on)))
            scope.append(new)

    def subselect(self, query):
        """A derived table, or a CTE."""
        r = self.rng
        inner, scope = Query(), []
        self.from_clause(inner, scope, 2)
        columns = {}
        ids = [(n, t) for s in scope[:1] for n, t in s.columns.items() if n in ("_id", "_src", "_dst")]
        for n, t in ids:
            inner.items.append('%s."%s"' % (scope[0].alias, n))
            columns[n] = t
        for i in range(r.randint(1, 3)):
            type = self.comparable(scope)
            inner.items.append("%s AS c%d" % (self.cast(self.expr(scope, type, 1), type), i))
            columns["c%d" % i] = type
        if r.random() < 0.6:
            inner.where.append(self.cond(scope))
        inner.distinct = r.random() < 0.2
        if r.random() < 0.2:
            inner.order = ", ".join(str(i + 1) for i in range(len(inner.items)))
            inner.limit = "LIMIT %d" % r.randint(0, 20)
        if r.random() < 0.3:
            name = "w%d" % len(query.ctes)
            query.ctes.append("%s AS %s(%s)" % (name, r.choice(["", "MATERIALIZED ", "NOT MATERIALIZED "]), inner))
            return Source(self.alias(), name, columns)
        return Source(self.alias(), "(%s)" % inner, columns)

    def cast(self, e, type):
        """Of exactly that type: an expression of kind int may be of another one."""
        return "(%s)::%s" % (e, self.SQL[type])

    # ---- whole queries ----

    def query(self):
        r = self.rng
        q, scope = Query(), []
        self.from_clause(q, scope)
        for _ in range(r.choice([0, 0, 1, 1, 2])):
            q.where.append(self.cond(scope, 2))
        for _ in range(r.choice([0, 0, 0, 0, 0, 1])):
            q.where.append(self.subquery_cond(scope))
        if r.random() < 0.35:
            self.grouped(q, scope)
        else:
            self.plain(q, scope)
        self.finish(q)
        return q

    def plain(self, q, scope):
        r = self.rng
        if r.random() < 0.1 and len(scope) == 1:
            q.items = ['%s."%s"' % (scope[0].alias, n) for n in scope[0].columns]
        else:
            for _ in range(r.randint(1, 5)):
                type = r.choice(SORTABLE)
                q.items.append(self.expr(scope, type, r.choice([0, 0, 1, 2])) if type not in ("uuid", "jsonb", "real[]", "bool") else
                               self.column(scope, type) or self.expr(scope, "int", 1))
        if r.random() < 0.08:
            q.items.append(self.scalar_subquery(scope))
        if r.random() < 0.05:
            q.items.append("%s over (ORDER BY %s)" % (r.choice(["rank()", "dense_rank()", "count(*)"]), self.expr(scope, self.comparable(scope), 0)))
        elif r.random() < 0.2:
            q.distinct = True

    def aggregate(self, scope):
        r = self.rng
        e = self.expr
        distinct = r.choice(["", "", "", "DISTINCT "])
        agg = self.pick(
            lambda: "count(*)",
            lambda: "count(*)",
            lambda: "count(%s%s)" % (distinct, e(scope, self.comparable(scope), 1)),
            lambda: "%s(%s)" % (r.choice(["min", "max"]), self.column(scope, r.choice(["int", "float", "text", "date", "timestamptz", "numeric"])) or "1"),
            lambda: "sum(%s%s)" % (distinct, self.small_int(scope)),
            lambda: "sum(%s)" % e(scope, "int", 1),
            lambda: "sum(%s%s)" % (distinct, self.small_float(scope)),
            lambda: "avg(%s)" % r.choice([self.small_int(scope), self.small_float(scope)]),
            lambda: "%s(%s)" % (r.choice(["bool_and", "bool_or", "every"]), self.column(scope, "bool") or "true"),
            lambda: "array_agg(%s ORDER BY %s)" % ((self.small_int(scope),) * 2),
            lambda: "string_agg(%s, ',' ORDER BY 1)" % "'x'")
        if agg.startswith(("count", "sum", "min", "max")) and r.random() < 0.12:
            agg += " FILTER (WHERE %s)" % self.cond(scope, 0)
        return agg

    def grouped(self, q, scope):
        r = self.rng
        keys = []
        for _ in range(r.choice([0, 1, 1, 1, 2])):
            type = r.choice(["int", "text", "bool", "date", "uuid", "float", "int"])
            key = self.column(scope, type) if r.random() < 0.75 or type in ("uuid", "bool") else self.expr(scope, type, 1)
            if key is not None and "$" not in key and not key.startswith(("'", "NULL")) and ("t" in key and '"' in key):
                keys.append(key)
        q.items = list(keys)
        for _ in range(r.randint(1, 3)):
            q.items.append(self.aggregate(scope))
        if keys:
            q.group = ", ".join(keys)
        if r.random() < 0.3:
            q.having = self.pick(
                lambda: "count(*) %s %d" % (r.choice(COMPARE), r.randint(0, 6)),
                lambda: "%s %s 2" % ("max(%s)" % self.small_int(scope), r.choice(COMPARE)),
                lambda: "sum(%s) IS NOT NULL" % self.small_float(scope))

    def finish(self, q):
        r = self.rng
        if r.random() < 0.08:
            # a set operation with a query of the same types
            other, scope = Query(), []
            self.from_clause(other, scope, 2)
            kind = r.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])
            if not q.group:
                q.items, q.distinct = [self.cast(self.expr([s for s in self.last_scope(q)], "int", 1), "int")], None
                other.items = [self.cast(self.expr(scope, "int", 1), "int")]
                if r.random() < 0.5:
                    other.where.append(self.cond(scope))
                q.tail = "%s (%s)" % (kind, other)
        if r.random() < 0.4:
            q.order = ", ".join("%d%s%s" % (i + 1, r.choice(["", " DESC", " ASC"]), r.choice(["", "", " NULLS FIRST", " NULLS LAST"]))
                                for i in r.sample(range(len(q.items)), len(q.items)))
            q.ordered = True
            if r.random() < 0.6:
                q.limit = r.choice(["LIMIT %d" % r.randint(0, 12), "LIMIT %d OFFSET %d" % (r.randint(0, 12), r.randint(0, 9)), "OFFSET %d" % r.randint(0, 9),
                                    "FETCH FIRST 3 ROWS WITH TIES"])

    def last_scope(self, q):
        """Only what the first source has: enough for one column."""
        name, alias = q.sources[0].rsplit(" ", 1)
        name = name.strip('"')
        return [Source(alias, '"%s"' % name, self.tables[name])] if name in self.tables else []

    def inner(self, scope):
        """A subquery that joins with the scope: its source, and the condition."""
        new = self.table(self.natural(scope) if self.rng.random() < 0.8 else None)
        where = [self.link(scope, new)]
        if self.rng.random() < 0.5:
            where.append(self.cond([new], 1))
        if self.rng.random() < 0.15:
            where.append(self.cond(scope + [new], 0))
        return new, " AND ".join(where)

    def subquery_cond(self, scope):
        r = self.rng
        new, where = self.inner(scope)
        type = self.comparable([new])
        return self.pick(
            lambda: "%sEXISTS (SELECT 1 FROM %s %s WHERE %s)" % (r.choice(["", "NOT "]), new.table, new.alias, where),
            lambda: "%sEXISTS (SELECT 1 FROM %s %s WHERE %s)" % (r.choice(["", "NOT "]), new.table, new.alias, where),
            lambda: self.in_cond(scope, new, type),
            lambda: "%s %s (SELECT %s(%s) FROM %s %s%s)" % (
                self.expr(scope, type, 0), r.choice(["<", ">=", "="]), r.choice(["min", "max"]) if type not in ("uuid", "bool") else "count",
                self.column([new], type), new.table, new.alias, " WHERE " + where if r.random() < 0.5 else "") if type not in ("uuid", "bool") else "true")

    def in_cond(self, scope, new, type):
        r = self.rng
        a = self.expr(scope, type, 0)
        where = " WHERE " + self.cond([new], 1) if r.random() < 0.7 else ""
        return "%s %sIN (SELECT %s FROM %s %s%s)" % (a, r.choice(["", "", "NOT "]), self.column([new], type), new.table, new.alias, where)

    def scalar_subquery(self, scope):
        new, where = self.inner(scope)
        return "(SELECT %s FROM %s %s WHERE %s)" % (self.rng.choice(["count(*)", "min(%s)" % self.small_int([new]), "sum(%s)" % self.small_int([new])]),
                                                    new.table, new.alias, where)
