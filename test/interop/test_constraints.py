"""Unique constraints that NamiDB declared (storage/schema-*, node-sst/indexed-*) are kept by the extension, by one session and by two."""
import concurrent.futures
import os
import time

import pytest
from support import Sql, SqlError, open_to_all, unpack

FIXTURES = os.environ["FIXTURES"]
VERSIONS = ["2.1.4", "2.6.19"]
WAIT = 0.5


@pytest.fixture(params=VERSIONS)
def uri(request):
    """A copy of storage/schema-*: label P, key k unique, keys (a, b) unique together."""
    base = os.path.join(os.environ["NAMIDB_TEST_DIR"], "constraints-" + os.urandom(4).hex())
    os.makedirs(base)
    open_to_all(base)
    return "file://%s?ns=fx" % unpack(os.path.join(FIXTURES, "storage", "schema-" + request.param), os.path.join(base, "copy"))


def state_of(action, *args):
    try:
        action(*args)
    except SqlError as error:
        return error.state
    return "ok"


def test_one_session(uri):
    with Sql(uri) as sql:
        before = sql.graph()
        assert [r[0] for r in sql.rows("MATCH (n:P) RETURN n.k AS k ORDER BY k")] == [1, 2]
        refused = [
            "CREATE (:P {k: 1})",
            "CREATE (n:Q {k: 2}) SET n:P",
            "MATCH (n:P {k: 2}) SET n.k = 1",
            "UNWIND [7, 7] AS k CREATE (:P {k: k})",
            "CREATE (:P {k: 8, a: 1, b: 2})",
            "CREATE (:P {k: 8, a: 5, b: 2}) CREATE (:P {k: 9, a: 5, b: 2})",
            "MERGE (n:P {k: 3}) SET n.k = 1",
        ]
        for query in refused:
            assert state_of(sql.maps, query) == "23505", query
        assert str(sql.graph()[0][0].props) == str(before[0][0].props) and len(sql.graph()[0]) == len(before[0])
        allowed = [
            "CREATE (:P)", "CREATE (:P)",
            "CREATE (:Q {k: 1})",
            "CREATE (:P {k: '1'})",
            "CREATE (:P {k: 20}) CREATE (:P {k: 20.0})",     # both releases tell an integer from a float here
            "CREATE (:P {k: 10, a: 1}) CREATE (:P {k: 11, a: 1})",
            "CREATE (:P {k: 12, a: 5, b: 1}) CREATE (:P {k: 13, a: 5, b: 2})",
            "MATCH (n:P {k: 1}) SET n.k = 1",
            "MATCH (n:P {k: 1}) DETACH DELETE n CREATE (:P {k: 1})",
            "MERGE (n:P {k: 2}) SET n.seen = true",
        ]
        for query in allowed:
            assert state_of(sql.maps, query) == "ok", query
        assert sql.rows("MATCH (n:P {k: 1}) RETURN count(n)") == [[1]]
        assert sql.rows("MATCH (n:P {k: 2}) RETURN count(n), n.seen") == [[1, True]]


def test_savepoint_takes_the_violation_back(uri):
    with Sql(uri) as sql:
        sql.execute("BEGIN")
        sql.maps("CREATE (:P {k: 50})")
        sql.execute("SAVEPOINT a")
        assert state_of(sql.maps, "CREATE (:P {k: 50})") == "23505"
        sql.execute("ROLLBACK TO a")
        sql.maps("MATCH (n:P {k: 50}) DELETE n")
        sql.maps("CREATE (:P {k: 50, second: true})")
        sql.execute("COMMIT")
        assert sql.rows("MATCH (n:P {k: 50}) RETURN n.second") == [[True]]


@pytest.mark.parametrize("end, outcome, rows", [("COMMIT", "23505", 1), ("ROLLBACK", "ok", 1)])
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_two_sessions_wait(uri, level, end, outcome, rows):
    """The second creator of a key waits for the first one's transaction."""
    if level == "REPEATABLE READ" and end == "COMMIT":
        outcome = "40001"
    with Sql(uri) as one, Sql() as two, concurrent.futures.ThreadPoolExecutor(1) as pool:
        two.server = one.server
        two.execute("BEGIN ISOLATION LEVEL " + level)
        two.rows("MATCH (n:P) RETURN count(n)")
        one.execute("BEGIN")
        one.maps("CREATE (:P {k: 77})")
        second = pool.submit(state_of, two.maps, "CREATE (:P {k: 77})")
        time.sleep(WAIT)
        assert not second.done(), "the second did not wait"
        one.execute(end)
        assert second.result(20) == outcome
        two.execute("COMMIT")
        assert one.rows("MATCH (n:P {k: 77}) RETURN count(n)") == [[rows]]


def test_two_sessions_with_different_keys(uri):
    with Sql(uri) as one, Sql() as two:
        two.server = one.server
        two.execute("SET lock_timeout = '2s'")
        one.execute("BEGIN")
        one.maps("CREATE (:P {k: 81})")
        two.execute("BEGIN")
        two.maps("CREATE (:P {k: 82})")
        two.execute("COMMIT")
        assert state_of(two.maps, "CREATE (:P {k: 81})") == "55P03"
        one.execute("COMMIT")
        assert one.rows("MATCH (n:P) WHERE n.k > 80 RETURN n.k ORDER BY n.k") == [[81], [82]]


def test_many_sessions_create_one_key(uri):
    """Whatever the timing: one succeeds."""
    with Sql(uri) as sql, concurrent.futures.ThreadPoolExecutor(4) as pool:
        def attempt(k):
            with Sql() as own:
                own.server = sql.server
                return state_of(own.maps, "CREATE (:P {k: $k})", {"k": k})
        for k in range(100, 110):
            states = sorted(f.result() for f in [pool.submit(attempt, k) for _ in range(4)])
            assert states == ["23505"] * 3 + ["ok"], states
        assert sql.rows("MATCH (n:P) WHERE n.k >= 100 RETURN count(n), count(DISTINCT n.k)") == [[10, 10]]
