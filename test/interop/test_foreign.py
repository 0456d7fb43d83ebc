"""What SQL writes into foreign tables is for the released NamiDB what Cypher would have written: same values, same kinds."""
import uuid

import pytest
from support import Node, Rel, diff, dt
from test_wheel import VERSIONS, Store

# column, SQL type, SQL literal, what NamiDB reads
VALUES = [
    ("a_bool", "boolean", "true", True),
    ("b_int2", "smallint", "-7", -7),
    ("c_int8", "bigint", "9223372036854775807", 2**63 - 1),
    ("d_real", "real", "1.5", 1.5),
    ("e_float", "double precision", "'0.1'", 0.1),
    ("f_whole", "double precision", "'3'", 3.0),
    ("g_numeric", "numeric", "2.25", 2.25),
    ("h_text", "text", "'Grüße 東京 \"\\'", "Grüße 東京 \"\\"),
    ("i_varchar", "varchar(5)", "'abc'", "abc"),
    ("j_uuid", "uuid", "'00000000-0000-7000-8000-000000000001'", "00000000-0000-7000-8000-000000000001"),
    ("k_bytes", "bytea", r"'\x00ff80'", b"\x00\xff\x80"),
    ("l_date", "date", "'2020-02-29'", dt.date(2020, 2, 29)),
    ("m_moment", "timestamptz", "'2020-02-29 12:00:00.123456+02'",
     dt.datetime(2020, 2, 29, 10, 0, 0, 123456, tzinfo=dt.timezone.utc)),
    ("n_vector", "real[]", "'{1,2.5}'", [1.0, 2.5]),
    ("o_ints", "int[]", "'{1,2,3}'", [1, 2, 3]),
    ("p_texts", "text[]", "'{a,b}'", ["a", "b"]),
    ("q_json", "jsonb", """'{"a": [1, 2.5, "x", true], "m": {"k": 1.0}}'""", {"a": [1, 2.5, "x", True], "m": {"k": 1.0}}),
    ("r_null", "text", "NULL", None),
]
PROPERTIES = {name: value for name, _, _, value in VALUES if value is not None}


def ident(n):
    return str(uuid.UUID(int=0x70008000000000000000 + n))


def tables(sql):
    columns = ", ".join("%s %s" % (name, kind) for name, kind, _, _ in VALUES)
    sql.execute('CREATE FOREIGN TABLE things (_id uuid, _labels text[], %s) SERVER %s OPTIONS (label \'Thing\')' % (columns, sql.server))
    sql.execute('CREATE FOREIGN TABLE links (_src uuid, _dst uuid, %s) SERVER %s OPTIONS (type \'LINK\')' % (columns, sql.server))


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_rows_of_foreign_tables_are_read_by_the_product(version):
    store = Store("folder")
    sql = store.sql()
    try:
        tables(sql)
        names = ", ".join(v[0] for v in VALUES)
        literals = ", ".join(v[2] for v in VALUES)
        sql.execute("BEGIN")
        sql.execute("INSERT INTO things (_id, %s) VALUES ('%s', %s)" % (names, ident(1), literals))
        sql.execute("INSERT INTO things (_id, _labels, h_text) VALUES ('%s', '{Other}', 'b')" % ident(2))
        sql.execute("INSERT INTO things (_id) VALUES ('%s')" % ident(3))
        sql.execute("INSERT INTO links (_src, _dst, %s) VALUES ('%s', '%s', %s)" % (names, ident(1), ident(2), literals))
        sql.execute("COMMIT")
        sql.execute("UPDATE things SET c_int8 = 5, h_text = NULL WHERE _id = '%s'" % ident(1))
        sql.execute("UPDATE things SET c_int8 = c_int8 + 1, e_float = e_float * 2 WHERE _id = '%s' RETURNING _id" % ident(1))
        sql.execute("DELETE FROM things WHERE _id = '%s'" % ident(3))
        changed = {**PROPERTIES, "c_int8": 6, "e_float": 0.2}
        del changed["h_text"]
        nodes = [Node(["Thing"], changed, ident(1)), Node(["Other", "Thing"], {"h_text": "b"}, ident(2))]
        rels = [Rel("LINK", PROPERTIES, ident(1), ident(2))]
        with store.wheel(version) as wheel:
            got = wheel.graph()
            assert not diff(got[0] + got[1], nodes + rels)
        got = sql.graph()
        assert not diff(got[0] + got[1], nodes + rels)
    finally:
        sql.execute("DROP SERVER %s CASCADE" % sql.server)
