#!/usr/bin/python3
"""Runs cases.jsonl through SQL: each case is one test, and the share of exact error classes is one more; then grammar.txt,
each query of which is a test, the errors of errors.txt, and the examples of docs/cypher.md, docs/sql.md and docs/foreign-tables.md.

    run_sql.py [--only TAG] [--id CASE]      (--only grammar, errors, page or psql: these alone)

A case passes as README.md says; a backend that dies fails its case, whatever that expects.
"""
import argparse
import collections
import json
import os
import sys

import psycopg

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import adapter_sql  # noqa: E402
from page import run_page  # noqa: E402
from psql_page import run_psql_pages  # noqa: E402
from run_cases import CypherError, judge  # noqa: E402

EXACT_SHARE_MIN = 0.95
HERE = os.path.dirname(os.path.abspath(__file__))


def read_pending():
    """{case id: reason} of pending.txt: cases that cannot pass yet. One that passes must be taken off the list."""
    pending = {}
    with open(os.path.join(HERE, "pending.txt"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                case, reason = line.rstrip("\n").split(None, 1)
                pending[case] = reason
    return pending


def plain(value):
    """A node or relationship as a text, without its ids."""
    if isinstance(value, dict):
        if set(value) == {"id", "labels", "properties"}:
            return "(%s %s)" % (":".join(value["labels"]), json.dumps(value["properties"], sort_keys=True))
        if set(value) == {"type", "start", "end", "properties"}:
            return "[%s %s]" % (value["type"], json.dumps(value["properties"], sort_keys=True))
        return {key: plain(x) for key, x in value.items()}
    return [plain(x) for x in value] if isinstance(value, list) else value


def canonical(value, ordered):
    if isinstance(value, list):
        items = [canonical(x, ordered) for x in value]
        return "[%s]" % ", ".join(items if ordered else sorted(items))
    if isinstance(value, dict):
        return "{%s}" % ", ".join("%s: %s" % (key, canonical(x, ordered)) for key, x in sorted(value.items()))
    return json.dumps(value, ensure_ascii=False)


def run_grammar(adapter):
    """-> (passed, failed) of the queries of grammar.txt."""
    counts = collections.Counter()

    def rows(query):
        found = adapter.sql("SELECT r FROM namidb_cypher(%s, NULL, %s) AS r", query, adapter.server)
        return [plain(next(iter(row.values())) if len(row) == 1 else row) for (row,) in found]

    adapter.open()
    adapter.sql("SET namidb.json_format = plain")
    with open(os.path.join(HERE, "grammar.txt"), encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    for line in lines:
        query, _, want = line.partition(" ==> ")
        try:
            if line.startswith("!"):
                rows("MATCH (n) DETACH DELETE n")
                rows(line[1:])
                continue
            got = canonical(rows(query), "ORDER BY" in query)
            want = want if want.startswith("ERR") else canonical(json.loads(want or "[]"), "ORDER BY" in query)
        except CypherError as error:
            got = "ERR " + error.message
        good = got.startswith(want) if want.startswith("ERR") else got == want
        counts[good] += 1
        if not good:
            print("FAILED grammar  %s\n       gave %s, expected %s" % (query, got, want))
    adapter.sql("SET namidb.json_format = typed")
    adapter.close()
    return counts[True], counts[False]


MARK = "▸"


def read_errors():
    """The lines of errors.txt: (phase, SQLSTATE, name, words, query, position or None)."""
    with open(os.path.join(HERE, "errors.txt"), encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            head, query = line.rstrip("\n").split(" :: ", 1)
            head, _, words = head.partition(" ~ ")
            phase, state, *name = head.split(" ", 2)
            query = query.replace("\\n", "\n")
            yield phase, state, "".join(name), words, query.replace(MARK, ""), query.index(MARK) + 1 if MARK in query else None


def error_of(connection, text, *values):
    """What a statement raises: SQLSTATE, DETAIL, position in the query, everything that is said; None without error."""
    try:
        connection.execute(text, values).fetchall()
    except psycopg.Error as error:
        d = error.diag
        said = " ".join(part for part in (d.message_primary, d.message_detail, d.message_hint) if part)
        return error.sqlstate, d.message_detail or "", int(d.internal_position or 0) or None, said, d.internal_query
    return None


def check_error(connection, server, dead, line):
    """-> what is wrong, or nothing."""
    phase, state, name, words, query, position = line
    calls = [("SELECT * FROM namidb_cypher(%s, NULL, %s)", server)]
    if phase == "compile":
        for target in (server, dead):
            calls += [("SELECT * FROM namidb_describe(%s, %s)", target), ("SELECT * FROM namidb_explain(%s, NULL, %s)", target)]
        calls.append(("SELECT * FROM namidb_cypher(%s, NULL, %s)", dead))
    elif error_of(connection, "SELECT * FROM namidb_describe(%s, %s)", query, server) is not None:
        return "describe fails too"
    for text, target in calls:
        found = error_of(connection, text, query, target)
        where = "%s of %s" % (text, "a dead server" if target == dead else "the server")
        if found is None:
            return "no error by " + where
        if found[0] != state or not found[1].startswith(name):
            return "%s %s by %s" % (found[0], found[3], where)
        if position is not None and (found[2] != position or found[4] != query):
            return "position %s instead of %s: %s" % (found[2], position, found[3])
        if words not in found[3]:
            return "it is said: " + found[3]
    return None


def run_errors(adapter):
    """-> (passed, failed) of the lines of errors.txt."""
    counts = collections.Counter()
    adapter.open()
    adapter.run("CREATE INDEX FOR (n:Taken) ON (n.x)", {})
    adapter.sql("CREATE SERVER nobody_there FOREIGN DATA WRAPPER namidb OPTIONS (store %s)"
                % "'s3://none?ns=none&endpoint=http://127.0.0.1:1&region=us-east-1&allow_http=true'")
    adapter.sql("CREATE USER MAPPING FOR CURRENT_USER SERVER nobody_there OPTIONS (access_key_id 'a', secret_access_key 'b')")
    for line in read_errors():
        wrong = check_error(adapter.connection, adapter.server, "nobody_there", line)
        counts[wrong is None] += 1
        if wrong:
            print("FAILED errors  %s\n       %s" % (line[4], wrong))
    adapter.sql("DROP SERVER nobody_there CASCADE")
    adapter.close()
    return counts[True], counts[False]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", help="the cases of one area")
    parser.add_argument("--id", help="one case")
    args = parser.parse_args()

    adapter = adapter_sql.Sql()
    table = collections.defaultdict(collections.Counter)
    errors = collections.Counter()
    pending = read_pending()
    with open(os.path.join(HERE, "cases.jsonl"), encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    for case in cases:
        if args.only and args.only not in case["tags"] or args.id and args.id != case["id"]:
            continue
        try:
            passed, exact, note = judge(case, adapter)
        except adapter_sql.ServerDied as death:
            passed, exact, note = False, False, "the server died: %s" % death
        except Exception as error:  # an answer that is no value of the corpus: the case failed, the next one may not
            passed, exact, note = False, None, "%s: %s" % (type(error).__name__, error)
        if case["id"] in pending:
            reason = pending[case["id"]]
            if not passed and ("0A000" in note) == (reason == "0A000"):
                table[case["tags"][0]]["pending"] += 1
                continue
            passed, note = False, "pending (%s), but: %s" % (reason, note or "it passes")
        table[case["tags"][0]]["passed" if passed else "failed"] += 1
        if exact is not None:
            errors[exact] += 1
        if exact is False:
            print("class  %s  %s\n       %s" % (case["id"], case["query"], note))
        if not passed:
            print("FAILED %s  %s\n       %s" % (case["id"], case["query"], note))

    passed = sum(t["passed"] for t in table.values())
    failed = sum(t["failed"] for t in table.values())
    for tag in sorted(table):
        print("%-12s %4d passed %4d failed %4d pending" % (tag, table[tag]["passed"], table[tag]["failed"], table[tag]["pending"]))
    if not args.only and not args.id:
        share = errors[True] / max(1, sum(errors.values()))
        good = share >= EXACT_SHARE_MIN
        print("%s exact error classes: %d of %d" % ("ok    " if good else "FAILED", errors[True], sum(errors.values())))
        passed, failed = passed + good, failed + (not good)
    for name, run in (("grammar", run_grammar), ("errors", run_errors), ("page", run_page), ("psql", run_psql_pages)):
        if args.only in (None, name) and not args.id:
            good, bad = run(adapter)
            print("%-12s %4d passed %4d failed" % (name, good, bad))
            passed, failed = passed + good, failed + bad
    print("conformance: %d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
