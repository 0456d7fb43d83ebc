"""A random graph, as Cypher that makes it and as ordinary tables with the same content.

A property is a list of values in rows of Python; `sql` is its literal for the ordinary table, `cypher` its value in the
typed jsonb encoding (test/conformance/README.md).
"""
import datetime as dt
import json
import uuid

STRINGS = ["", "a", "b", "ab", "Ab", "äß", "x y", "ba", "1", "12", " a", "ÄÖ", "a%b", "a_b", "a\\b", "日本", "😀", "e\u0301", "é",
           "null", "zz", "aa", "A", "it's", "true"]
BIG = [2**53, 2**53 + 1, -2**53 - 1, 2**63 - 1, -2**63, 2**31, -2**31 - 1, 0, 1]
ODD_FLOATS = [0.1, -0.1, 1e300, -1e300, 5e-324, -0.0, 0.0, 1.5, 1e15, 2.0**53, 2.0**53 + 2, 0.30000000000000004]


class Value:
    """One value: as an SQL literal and in typed jsonb."""

    def __init__(self, sql, cypher):
        self.sql, self.cypher = sql, cypher


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def integer(i):
    return Value(str(i) if i >= 0 else "(%d)" % i if i > -2**63 else "(-9223372036854775807 - 1)", i)


def double(f):
    return Value("'%r'::float8" % f, {"$float": repr(f)})


def numeric_double(f):
    """A FLOAT as numeric has a fraction: 1.0."""
    return Value("'%r'::numeric" % f, {"$float": repr(f)})


def text(s):
    return Value(quote(s), s)


def boolean(b):
    return Value(str(b).lower(), b)


def date(d):
    return Value("'%s'::date" % d.isoformat(), {"$date": d.isoformat()})


def point(t):
    return Value("'%s+00'::timestamptz" % t.isoformat(), {"$datetime": t.isoformat() + "Z"})


def local(t):
    return Value("'%s'::timestamp" % t.isoformat(), {"$localdatetime": t.isoformat()})


def array(values):
    return Value("'%s'::jsonb" % json.dumps(values).replace("'", "''"), values)


def vector(values):
    return Value("'{%s}'::real[]" % ",".join(map(repr, values)), {"$vector": values})


def as_jsonb(value):
    """The same in a jsonb column."""
    c = value.cypher
    if isinstance(c, dict):
        tag, inner = next(iter(c.items()))
        if tag == "$float":
            return Value("'%s'::jsonb" % inner, c)
        return Value("to_jsonb(%s::text)" % quote(inner), c)
    return Value("%s::jsonb" % quote(json.dumps(c, ensure_ascii=False)), c)


class Column:
    def __init__(self, name, type, make, nulls=0.15):
        self.name, self.type, self.make, self.nulls = name, type, make, nulls


def columns(rng):
    """What nodes and relationships may have, by name."""
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(-3, 4)] + [dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1970, 1, 1),
                                                                               dt.date(1999, 2, 28), dt.date(2000, 2, 29)]
    points = [dt.datetime(2020, 3, 1, 0, 0, 0, 0) + dt.timedelta(microseconds=m) for m in
              (0, 1, -1, 10**6, 86400 * 10**6, -3600 * 10**6, 1800 * 10**6)] + [dt.datetime(1969, 12, 31, 23, 59, 59, 999999), dt.datetime(1800, 1, 1)]
    return {c.name: c for c in [
        Column("i", "int", lambda: integer(rng.randint(-3, 12))),
        Column("g", "int", lambda: integer(rng.randint(0, 3)), 0.05),
        Column("big", "int", lambda: integer(rng.choice(BIG))),
        Column("f", "float", lambda: rng.choice([double, lambda x: integer_double(x)])(rng.randint(-12, 12) / 4)),
        Column("h", "float", lambda: double(rng.choice(ODD_FLOATS)), 0.3),
        Column("n", "numeric", lambda: rng.choice([lambda: numeric_double(rng.randint(-8, 8) / 2), lambda: integer(rng.choice(BIG[:5]))])(), 0.3),
        Column("s", "text", lambda: text(rng.choice(STRINGS))),
        Column("u", "text", lambda: text(rng.choice(STRINGS[:8]) + rng.choice(STRINGS[:8])), 0.05),
        Column("b", "bool", lambda: boolean(rng.random() < 0.5)),
        Column("d", "date", lambda: date(rng.choice(days))),
        Column("t", "timestamptz", lambda: point(rng.choice(points))),
        Column("lt", "timestamp", lambda: local(rng.choice(points)), 0.3),
        Column("x", "jsonb", lambda: as_jsonb(rng.choice([lambda: integer(rng.randint(0, 3)), lambda: double(rng.randint(0, 6) / 2),
                                                          lambda: text(rng.choice(STRINGS)), lambda: boolean(True), lambda: date(days[0])])())),
        Column("l", "jsonb", lambda: array([rng.randint(0, 3) for _ in range(rng.randint(0, 3))]), 0.3),
        Column("v", "real[]", lambda: vector([rng.randint(0, 4) / 2 for _ in range(2)]), 0.3),
    ]}


def integer_double(f):
    """An INTEGER among FLOATs, where the value is whole."""
    return Value("'%r'::float8" % f, int(f)) if f == int(f) else double(f)


SQL_TYPES = {"int": "bigint", "float": "double precision", "numeric": "numeric", "text": "text", "bool": "boolean", "date": "date",
             "timestamptz": "timestamp with time zone", "timestamp": "timestamp without time zone", "jsonb": "jsonb", "real[]": "real[]",
             "uuid": "uuid"}

NODES = {"Person": (30, ["i", "g", "big", "f", "h", "s", "u", "b", "d", "t", "x", "v"]),
         "Post": (40, ["i", "g", "f", "n", "s", "u", "b", "d", "lt", "l"]),
         "City": (7, ["i", "s", "f", "d"])}
EDGES = {"KNOWS": ("Person", "Person", 70, ["i", "f", "s", "d", "t"]),
         "LIKES": ("Person", "Post", 80, ["i", "g", "s", "b"]),
         "LIVES": ("Person", "City", 40, ["d"])}


class Row:
    def __init__(self, values):
        self.values = values

    def props(self):
        return {k: v.cypher for k, v in self.values.items() if v is not None}


class Data:
    """nodes[label] -> {id: Row}, edges[type] -> {(src, dst): Row}; every row has an integer k, unique in its table."""

    def __init__(self, rng):
        self.rng = rng
        self.columns = columns(rng)
        self.nodes = {label: {} for label in NODES}
        self.edges = {type: {} for type in EDGES}
        self.dropped = {}

    def row(self, names, k):
        values = {n: (None if self.rng.random() < self.columns[n].nulls else self.columns[n].make()) for n in names}
        values["k"] = integer(k)
        return Row(values)

    def table_columns(self, name):
        """Name and type of a table's columns; those without any value are not imported."""
        rows = self.nodes[name] if name in NODES else self.edges[name]
        names = sorted({n for row in rows.values() for n, v in row.values.items() if v is not None}, key=lambda n: n.encode())
        out = [("_id", "uuid"), ("_labels", "text[]")] if name in NODES else [("_src", "uuid"), ("_dst", "uuid")]
        return out + [(n, "int" if n == "k" else self.columns[n].type) for n in names] + [("_properties", "jsonb")]

    # ---- changes, each applied here and given as (Cypher, parameters) ----

    def create_nodes(self, share):
        for label, (count, names) in NODES.items():
            rows = []
            for _ in range(int(count * share) + 1):
                id, k = str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), len(rows) + 1000 * len(self.nodes[label])
                row = self.nodes[label][id] = self.row(names, k)
                rows.append({"id": id, "props": {"$map": row.props()}})
            yield "UNWIND $rows AS r CREATE (n:%s {_id: r.id}) SET n += r.props" % label, rows

    def create_edges(self, share):
        for type, (source, target, count, names) in EDGES.items():
            rows, keys = [], []
            sources, targets = list(self.nodes[source]), list(self.nodes[target])
            for _ in range(int(count * share) + 1):
                # some nodes have many relationships, some none
                a = self.rng.choice(sources[:max(1, len(sources) // 2)] if self.rng.random() < 0.7 else sources)
                b = self.rng.choice(targets)
                if (a, b) in self.edges[type]:
                    continue
                row = self.edges[type][a, b] = self.row(names, len(self.edges[type]) + 10000 * self.rng.randint(0, 10**6))
                rows.append({"a": a, "b": b, "props": {"$map": row.props()}})
            if rows:
                yield ("UNWIND $rows AS r MATCH (a:%s {_id: r.a}), (b:%s {_id: r.b}) CREATE (a)-[e:%s]->(b) SET e = r.props" %
                       (source, target, type)), rows

    def change(self):
        """Some nodes get other values, some go; so do relationships."""
        for label, (_, names) in NODES.items():
            rows, gone = [], []
            for id in list(self.nodes[label]):
                dice = self.rng.random()
                if dice < 0.15:
                    row = self.nodes[label][id] = Row({**self.row(names, 0).values, "k": self.nodes[label][id].values["k"]})
                    rows.append({"id": id, "props": {"$map": row.props()}})
                elif dice < 0.2 and len(self.nodes[label]) > 3:
                    gone.append(id)
                    del self.nodes[label][id]
                    for type in EDGES:
                        self.edges[type] = {(a, b): r for (a, b), r in self.edges[type].items() if id not in (a, b)}
            if rows:
                yield "UNWIND $rows AS r MATCH (n:%s {_id: r.id}) SET n = r.props" % label, rows
            if gone:
                yield "UNWIND $rows AS r MATCH (n:%s {_id: r}) DETACH DELETE n" % label, gone
        for type in EDGES:
            gone = [key for key in self.edges[type] if self.rng.random() < 0.1]
            for key in gone:
                del self.edges[type][key]
            if gone:
                yield "UNWIND $rows AS r MATCH ({_id: r.a})-[e:%s]->({_id: r.b}) DELETE e" % type, [{"a": a, "b": b} for a, b in gone]

    # ---- ordinary tables ----

    def table_sql(self, schema, name):
        """CREATE TABLE and INSERT."""
        cols = self.table_columns(name)
        out = ["CREATE TABLE %s.\"%s\" (%s)" % (schema, name, ", ".join('"%s" %s' % (n, SQL_TYPES.get(t, t)) for n, t in cols))]
        rows = []
        for key, row in (self.nodes[name] if name in NODES else self.edges[name]).items():
            cells = []
            for n, t in cols:
                if n in ("_id", "_src", "_dst"):
                    cells.append("'%s'" % (key if n == "_id" else key[n == "_dst"]))
                elif n == "_labels":
                    cells.append("'{%s}'" % name)
                elif n == "_properties":
                    cells.append("'{}'")
                else:
                    v = row.values.get(n)
                    cells.append("NULL" if v is None else v.sql)
            rows.append("(" + ", ".join(cells) + ")")
        if rows:
            out.append("INSERT INTO %s.\"%s\" VALUES %s" % (schema, name, ", ".join(rows)))
        return out
