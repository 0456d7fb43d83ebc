"""Schema statements: what we write, both releases of NamiDB read, obey and show alike, and the other way round.

Only the newer release knows composite indexes and shows constraints as indexes.
"""
import json
import os
import re

import psycopg
import pytest
from support import Sql, SqlError
from test_wheel import Store, WheelError

STATEMENTS = [
    "CREATE CONSTRAINT mail FOR (u:User) REQUIRE u.mail IS UNIQUE",
    "CREATE CONSTRAINT FOR (s:Seat) REQUIRE (s.row, s.col) IS UNIQUE",
    "CREATE INDEX named FOR (u:User) ON (u.age)",
    "CREATE INDEX FOR (u:User) ON (u.mail)",
    "CREATE INDEX FOR (u:User) ON (u.flag)",
    "CREATE INDEX FOR (u:User) ON (u.born)",
    "CREATE INDEX FOR (u:User) ON (u.tags)",
    "CREATE INDEX FOR (u:User) ON (u.score)",
    "CREATE INDEX FOR (u:User) ON (u.none)",
    "CREATE FULLTEXT INDEX ft ON :Doc(title, body, title)",
    "CREATE VECTOR INDEX v ON :Doc(emb) METRIC cosine DIMENSION 2",
    "CREATE VECTOR INDEX w ON :Doc(emb) METRIC dot DIMENSION 2 WITH {r: 8, l_build: 20, alpha: 1}",
]
COMPOSITE = [
    "CREATE INDEX FOR (s:Seat) ON (s.row, s.col)",
    "CREATE INDEX comp FOR (u:User) ON (u.age, u.other)",
]
ROWS = ["CREATE (:User {mail: 'a', age: 1, flag: true, born: date('2020-01-01'), tags: [1], score: 1.5})",
        "CREATE (:Seat {row: 1, col: 1})"]
VIOLATIONS = ["CREATE (:User {mail: 'a'})", "CREATE (:Seat {row: 1, col: 1})", "CREATE (:Doc {emb: vector([1, 2, 3])})",
              "MATCH (s:Seat) CREATE (:Seat {row: s.row, col: s.col})"]
ALLOWED = ["CREATE (:User {mail: 'b'})", "CREATE (:User {age: 1})", "CREATE (:Seat {row: 1, col: 2})",
           "CREATE (:Doc {emb: vector([1, 2]), title: 'x'})", "CREATE (:User {mail: 1})", "CREATE (:User {mail: 1.0})"]


def declared(store):
    """What the newest manifest of a folder declares."""
    root, namespace = re.fullmatch(r"file://(.*)\?ns=(.*)", store.uri).groups()
    folder = os.path.join(root, namespace, "manifest")
    name = max(n for n in os.listdir(folder) if re.fullmatch(r"v[0-9a-f]{16}\.json", n))
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        manifest = json.load(file)
    manifest["schema"].setdefault("indexes", [])
    return {k: manifest[k] for k in ("schema", "vector_indexes", "text_indexes")}


def refused(run, statement, error):
    with pytest.raises(error) as caught:
        run(statement)
    return caught.value


def test_the_same_statements_give_the_same_declarations():
    ours, theirs = Store("folder"), Store("folder")
    with ours.sql() as sql, theirs.wheel("new") as wheel:
        for statement in ROWS + STATEMENTS + COMPOSITE:
            sql.maps(statement)
            wheel.rows(statement)
            # The product does not write a segment for them either.
            assert declared(ours) == declared(theirs), statement
        for show in ("SHOW CONSTRAINTS", "SHOW INDEXES"):
            assert sql.rows(show) == wheel.rows(show)
            assert len(sql.rows(show)) > 1


@pytest.mark.parametrize("version", ["old", "new"])
def test_what_we_declare_the_product_obeys(version):
    store = Store("folder")
    with store.sql() as sql:
        for statement in STATEMENTS + (COMPOSITE if version == "new" else []) + ROWS:
            sql.maps(statement)
        with store.wheel(version) as wheel:
            assert wheel.rows("SHOW CONSTRAINTS") == sql.rows("SHOW CONSTRAINTS")
            if version == "new":
                assert wheel.rows("SHOW INDEXES") == sql.rows("SHOW INDEXES")
            for statement in VIOLATIONS:
                assert "constraint" in str(refused(wheel.rows, statement, WheelError))
            for statement in ALLOWED:
                wheel.rows(statement)
            assert "already exists" in str(refused(wheel.rows, STATEMENTS[0], WheelError))
            wheel.call("flush")
            wheel.call("compact")
            assert wheel.rows("MATCH (u:User {mail: 'b'}) RETURN count(u)") == [[1]]
        assert sql.rows("MATCH (u:User {mail: 'b'}) RETURN count(u)") == [[1]]
        assert sql.rows("MATCH (u:User {age: 1}) RETURN count(u)") == [[2]]


@pytest.mark.parametrize("version", ["old", "new"])
def test_what_the_product_declares_we_obey(version):
    store = Store("folder")
    with store.wheel(version) as wheel:
        for statement in STATEMENTS + (COMPOSITE if version == "new" else []) + ROWS:
            wheel.rows(statement)
        with store.sql() as sql:
            assert sql.rows("SHOW CONSTRAINTS") == wheel.rows("SHOW CONSTRAINTS")
            if version == "new":
                assert sql.rows("SHOW INDEXES") == wheel.rows("SHOW INDEXES")
            states = [refused(sql.maps, statement, SqlError).state for statement in VIOLATIONS]
            assert states == ["23505", "23505", "23514", "23505"]
            assert refused(sql.maps, STATEMENTS[0], SqlError).state == "42710"
            for statement in ALLOWED:
                sql.maps(statement)
    with store.wheel(version) as wheel:
        assert wheel.rows("MATCH (u:User {mail: 'b'}) RETURN count(u)") == [[1]]
        wheel.call("flush")
        wheel.call("compact")


@pytest.mark.parametrize("version", ["old", "new"])
def test_what_we_drop_the_product_forgets(version):
    store = Store("folder")
    with store.wheel(version) as wheel:
        for statement in STATEMENTS + (COMPOSITE if version == "new" else []) + ROWS:
            wheel.rows(statement)
        wheel.call("flush")
        wheel.call("compact")
    with store.sql() as sql:
        for statement in ["DROP CONSTRAINT mail", "DROP CONSTRAINT uniq_Seat_row_col", "DROP INDEX index_User_age",
                          "DROP INDEX index_User_mail", "DROP INDEX ft", "DROP VECTOR INDEX v"]:
            sql.maps(statement)
        if version == "new":
            sql.maps("DROP INDEX comp")
            sql.maps("DROP INDEX idx_Seat_row_col")
        assert sql.rows("SHOW CONSTRAINTS") == []
        left = [row[0] for row in sql.rows("SHOW INDEXES")]
        assert left == ["index_User_born", "index_User_flag", "index_User_none", "index_User_score", "index_User_tags", "w"]
    with store.wheel(version) as wheel:
        assert wheel.rows("SHOW CONSTRAINTS") == []
        assert [row[0] for row in wheel.rows("SHOW INDEXES")] == left
        wheel.rows("CREATE (:User {mail: 'a'})")
        wheel.rows("CREATE (:Seat {row: 1, col: 1})")
        assert wheel.rows("MATCH (u:User {mail: 'a'}) RETURN count(u)") == [[2]]
        wheel.call("flush")
        wheel.call("compact")
        assert wheel.rows("MATCH (u:User {mail: 'a'}) RETURN count(u)") == [[2]]
        assert "duplicate" in str(refused(wheel.rows, STATEMENTS[0], WheelError))


# ---- SQL transactions ---------------------------------------------------------------------------

def test_statements_are_part_of_the_transaction():
    store = Store("folder")
    with store.sql() as sql, Sql() as other:
        other.server = sql.server
        sql.maps("CREATE (:User {mail: 'a'})")
        sql.execute("BEGIN")
        sql.maps("CREATE CONSTRAINT mail FOR (u:User) REQUIRE u.mail IS UNIQUE")
        assert len(sql.rows("SHOW CONSTRAINTS")) == 1
        assert other.rows("SHOW CONSTRAINTS") == []
        sql.execute("SAVEPOINT one")
        assert refused(sql.maps, "CREATE (:User {mail: 'a'})", SqlError).state == "23505"
        sql.execute("ROLLBACK TO one")
        sql.maps("CREATE INDEX FOR (u:User) ON (u.age)")
        sql.execute("SAVEPOINT two")
        sql.maps("DROP CONSTRAINT mail")
        sql.maps("CREATE (:User {mail: 'a'})")
        sql.execute("ROLLBACK TO two")
        assert len(sql.rows("SHOW INDEXES")) == 2
        sql.maps("CREATE (:User {mail: 'b'})")
        sql.execute("COMMIT")
        assert other.rows("SHOW CONSTRAINTS") == sql.rows("SHOW CONSTRAINTS") != []
        assert refused(other.maps, "CREATE (:User {mail: 'b'})", SqlError).state == "23505"
        sql.execute("BEGIN")
        sql.maps("DROP CONSTRAINT mail")
        sql.execute("ROLLBACK")
        assert len(sql.rows("SHOW CONSTRAINTS")) == 1


def test_two_transactions_race():
    store = Store("folder")
    with store.sql() as sql, Sql() as other:
        other.server = sql.server
        sql.maps("CREATE (:User {mail: 'a'})")
        # Another session's row comes first: the constraint cannot be published.
        sql.execute("BEGIN")
        sql.maps("CREATE CONSTRAINT mail FOR (u:User) REQUIRE u.mail IS UNIQUE")
        other.maps("CREATE (:User {mail: 'a'})")
        assert refused(sql.execute, "COMMIT", SqlError).state == "23505"
        assert sql.rows("SHOW CONSTRAINTS") == []
        other.maps("MATCH (u:User) DELETE u")
        # The constraint comes first: the row cannot.
        other.maps("CREATE (:User {mail: 'x'})")
        other.execute("BEGIN")
        other.maps("CREATE (:User {mail: 'x'})")
        sql.maps("MATCH (u:User) DELETE u")
        sql.maps("CREATE CONSTRAINT mail FOR (u:User) REQUIRE u.mail IS UNIQUE")
        sql.maps("CREATE (:User {mail: 'x'})")
        assert refused(other.execute, "COMMIT", SqlError).state == "40001"


def test_readers_are_refused():
    store = Store("folder")
    with store.sql() as sql:
        create = "CREATE INDEX FOR (u:User) ON (u.age)"
        sql.maps(create)
        sql.execute("BEGIN READ ONLY")
        assert refused(sql.maps, "DROP INDEX index_User_age", SqlError).state == "25006"
        sql.execute("ROLLBACK")
        query = "SELECT r FROM namidb_query(%s, NULL, %s) AS r"
        with pytest.raises(SqlError) as caught:
            sql.execute(query, "DROP INDEX index_User_age", sql.server)
        assert caught.value.state == "25006"
        assert len(sql.execute(query, "SHOW INDEXES", sql.server)) == 1
        sql.execute("ALTER SERVER %s OPTIONS (ADD read_only 'true')" % sql.server)
        assert refused(sql.maps, "DROP INDEX index_User_age", SqlError).state == "25006"
        assert len(sql.rows("SHOW INDEXES")) == 1


def test_the_forms_of_the_answer():
    store = Store("folder")
    with store.sql() as sql:
        sql.maps("CREATE CONSTRAINT mail FOR (u:User) REQUIRE u.mail IS UNIQUE")
        described = sql.execute("SELECT * FROM namidb_describe('SHOW INDEXES', %s)", sql.server)
        assert described == [(1, "name", "STRING"), (2, "type", "STRING"), (3, "entityType", "STRING"),
                             (4, "labelsOrTypes", "LIST"), (5, "properties", "LIST")]
        record = ("SELECT * FROM namidb_cypher_record('SHOW CONSTRAINTS', NULL, %s) AS "
                  "t(name text, type text, entity text, labels jsonb, properties jsonb)")
        assert sql.execute(record, sql.server) == [("mail", "UNIQUENESS", "NODE", ["User"], ["mail"])]
        assert sql.columns("CREATE INDEX FOR (u:User) ON (u.age)") == []
        assert sql.columns("EXPLAIN MATCH (n) RETURN n, 1") == ["plan"]
        lines = [row[0] for row in sql.rows("EXPLAIN MATCH (u:User {mail: 'a'}) CREATE (:X)")]
        assert len(lines) > 1 and any("User" in line for line in lines)
        assert sql.rows("MATCH (n) RETURN count(n)") == [[0]]
        assert sql.rows("PROFILE UNWIND [1, 2] AS x RETURN x") == [[1], [2]]
        assert sql.execute("SELECT * FROM namidb_explain('CREATE INDEX FOR (u:User) ON (u.age)', NULL, %s)", sql.server)
        assert len(sql.rows("SHOW INDEXES")) == 1
        with pytest.raises(psycopg.Error):
            sql.connection.execute("SELECT namidb_describe('CREATE INDEX FOR (n:P) ON (n.a, n.a)', %s)", [sql.server])
