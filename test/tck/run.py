"""The openCypher Technology Compatibility Kit, through SQL: run.py [--only REGEX] [-v] [--update]

Every scenario has a folder as its namespace. A scenario passes when everything that it states holds: columns by name and order, rows,
the order where it is asked for, side effects as the difference of the whole graph, and of an error its type, its detail and its phase
(what is raised at compile time is raised by namidb_explain, what is raised at run time is not).

failing.txt names the scenarios that do not pass, with the reason; the run fails when a scenario is wrong there. NAMIDB_TCK is the
unpacked kit, NAMIDB_TEST_DIR a folder that the server may write, PG* the server.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import queue
import re
import sys
import zlib

import psycopg

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))

import literals  # noqa: E402
from features import load  # noqa: E402
from literals import text_of  # noqa: E402
from values import dec, enc  # noqa: E402

KIT = os.environ.get("NAMIDB_TCK", "")
KIT_SCENARIOS = 3897
WORKERS = 3
EFFECTS = ["+nodes", "-nodes", "+relationships", "-relationships", "+labels", "-labels", "+properties", "-properties"]
SQL_TYPES = {"INTEGER": "int8", "FLOAT": "float8", "NUMBER": "float8", "STRING": "text", "BOOLEAN": "bool"}


class Failure(Exception):
    """The scenario does not hold."""


class Crash(Exception):
    """The backend ended."""


class Session:
    """One connection to a database of its own, because procedures have fixed names; a server (namespace) per scenario."""

    def __init__(self, database):
        self.db = None
        self.server = None
        self.database = database
        with psycopg.connect(autocommit=True) as db:
            db.execute("CREATE DATABASE " + database)
        with psycopg.connect(dbname=database, autocommit=True) as db:
            db.execute("CREATE EXTENSION namidb")

    def connect(self):
        self.db = psycopg.connect(dbname=self.database, autocommit=True)
        self.db.execute("SET client_min_messages = error; SET statement_timeout = '60s'; SET namidb.json_format = typed")

    def open(self, number):
        if self.db is None or self.db.closed:
            self.connect()
        self.server = "tck_%d" % number
        self.schemas = set()
        self.sql("CREATE SERVER %s FOREIGN DATA WRAPPER namidb OPTIONS (store 'file://%s/tck-%d?ns=t')"
                 % (self.server, os.environ["NAMIDB_TEST_DIR"], number))

    def close(self):
        if not self.db.closed:
            for schema in self.schemas:
                self.sql('DROP SCHEMA "%s" CASCADE' % schema)
            self.sql("DROP SERVER " + self.server)

    def sql(self, text, *values):
        try:
            cursor = self.db.execute(text, values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if self.db.closed or error.sqlstate in ("57P02", "57P03", None):
                self.db.close()
                raise Crash(str(error)) from error
            raise

    def explain(self, query, params):
        typed = json.dumps({key: enc(value) for key, value in params.items()})
        self.sql("SELECT FROM namidb_explain(%s, %s::jsonb, %s)", query, typed, self.server)

    def cypher(self, query, params):
        """Columns and rows. Every other query goes through the record form, whose columns come in their order."""
        columns = [c for (c,) in self.sql("SELECT name FROM namidb_describe(%s, %s) ORDER BY ordinal", query, self.server)]
        typed = json.dumps({key: enc(value) for key, value in params.items()})
        if columns and zlib.crc32(query.encode()) % 2:
            names = ["c%d" % i for i in range(len(columns))]
            answer = self.sql("SELECT %s FROM namidb_cypher_record(%%s, %%s::jsonb, %%s) AS t(%s)"
                              % (", ".join(name + "::text" for name in names), ", ".join(name + " jsonb" for name in names)),
                              query, typed, self.server)
            return columns, [[None if t is None else dec(json.loads(t)) for t in row] for row in answer]
        rows = [json.loads(t) for (t,) in self.sql("SELECT r::text FROM namidb_cypher(%s, %s::jsonb, %s) AS r", query, typed, self.server)]
        for row in rows:
            if sorted(row) != sorted(columns):
                raise Failure("described %s, but a row has %s" % (columns, sorted(row)))
        return columns, [[dec(row[c]) for c in columns] for row in rows]

    def graph(self):
        """Sets of nodes, relationships, labels and properties, as side effects count them."""
        nodes, rels, labels, props = set(), set(), set(), set()
        for (body,) in self.sql("SELECT r->'n'->'$node' FROM namidb_cypher('MATCH (n) RETURN n', NULL, %s) AS r", self.server):
            nodes.add(body["id"])
            labels.update(body["labels"])
            props.update((body["id"], key, json.dumps(value)) for key, value in body["props"].items())
        for (body,) in self.sql("SELECT r->'r'->'$rel' FROM namidb_cypher('MATCH ()-[r]->() RETURN r', NULL, %s) AS r", self.server):
            id = (body["type"], body["start"], body["end"])
            rels.add(id)
            props.update((id, key, json.dumps(value)) for key, value in body["props"].items())
        return nodes, rels, labels, props

    def procedure(self, signature, table):
        """test.my.proc(in :: INTEGER?) :: (out :: STRING?) as an SQL function that looks its answer up in a table."""
        match = re.fullmatch(r"([\w.]+)\.(\w+)\((.*?)\) :: (?:\((.*?)\)|VOID)\s*:?", signature)
        schema, name = match[1], match[2]
        inputs, outputs = ([re.match(r"(\w+) :: (\w+)", p.strip()).groups() for p in (match[i] or "").split(",") if p.strip()] for i in (3, 4))
        if schema not in self.schemas:
            self.sql('CREATE SCHEMA "%s"' % schema)
            self.schemas.add(schema)
        header, rows = (table[0], table[1:]) if table else ([], [])
        arguments = ", ".join('"%s" %s' % (p, SQL_TYPES[t]) for p, t in inputs)
        if not outputs:
            self.sql('CREATE FUNCTION "%s"."%s"(%s) RETURNS void LANGUAGE sql AS \'\'' % (schema, name, arguments))
            return
        types = dict(inputs + outputs)
        branches = []
        for row in rows:
            cells = {h: sql_literal(literals.read(c), types[h]) for h, c in zip(header, row)}
            condition = "".join(" AND $%d IS NOT DISTINCT FROM %s" % (i + 1, cells[p]) for i, (p, _) in enumerate(inputs))
            branches.append("SELECT %s WHERE true%s" % (", ".join(cells[o] for o, _ in outputs), condition))
        body = " UNION ALL ".join(branches) or "SELECT %s WHERE false" % ", ".join("NULL::" + SQL_TYPES[t] for _, t in outputs)
        self.sql('CREATE FUNCTION "%s"."%s"(%s) RETURNS TABLE (%s) LANGUAGE sql AS $body$%s$body$'
                 % (schema, name, arguments, ", ".join('"%s" %s' % (o, SQL_TYPES[t]) for o, t in outputs), body))


def sql_literal(value, type):
    text = "NULL" if value is None else "'%s'" % str(value).replace("'", "''")
    return "%s::%s" % (text, SQL_TYPES[type])


class Run:
    """One scenario, step by step."""

    def __init__(self, session):
        self.session = session
        self.params = {}
        self.effects = None
        self.query = None
        self.answer = None
        self.error = None
        self.before = None

    def step(self, step):
        text, argument = step.text, step.argument
        if text in ("an empty graph", "any graph"):
            return
        match = re.fullmatch(r"the ([\w-]+) graph", text)
        if match:
            with open(os.path.join(KIT, "graphs", match[1], match[1] + ".cypher"), encoding="utf-8") as file:
                self.session.cypher(file.read(), {})
        elif text == "having executed:":
            self.session.cypher(argument, self.params)
        elif text == "parameters are:":
            self.params = {name: literals.read(value) for name, value in argument}
        elif text.startswith("there exists a procedure "):
            self.session.procedure(text[len("there exists a procedure "):], argument)
        elif text in ("executing query:", "executing control query:"):
            self.settle_error()
            self.execute(argument)
        elif text.startswith("the result should be"):
            self.settle_error()
            self.check_result(text, argument)
        elif text in ("no side effects", "the side effects should be:"):
            self.check_effects(argument or [])
        else:
            match = re.fullmatch(r"an? (\w+) should be raised at (compile time|runtime|any time): (\S+)", text)
            if match is None:
                raise AssertionError("a step that is not known: " + text)
            self.check_error(*match.groups())

    def execute(self, query):
        self.before = self.session.graph()
        self.query, self.answer, self.error, self.phase = query, None, None, None
        try:
            self.phase = "compile time"
            self.session.explain(query, self.params)
            self.phase = "runtime"
            self.answer = self.session.cypher(query, self.params)
        except psycopg.Error as error:
            self.error = error
        if self.error is not None and self.phase == "compile time":
            self.check_same_error()

    def check_same_error(self):
        """What namidb_explain raises is what the execution raises."""
        try:
            self.session.cypher(self.query, self.params)
        except psycopg.Error as error:
            if describe(error) != describe(self.error):
                raise Failure("explain raises %s, but cypher %s" % (describe(self.error), describe(error))) from error
        else:
            raise Failure("only namidb_explain raises %s" % describe(self.error))

    def settle_error(self):
        """An error that no step asked for."""
        if self.error is not None:
            raise Failure("%s %s" % (self.phase, describe(self.error)))

    def check_error(self, type, phase, detail):
        if self.error is None:
            raise Failure("no error, but rows: %s" % (self.answer,))
        error, self.error = self.error, None
        said = re.match(r"(\w+): (\w+)", error.diag.message_detail or "")
        if said is None or said[1] != type or (detail != "*" and said[2] != detail):
            raise Failure("%s %s at %s expected, got %s" % (type, detail, phase, describe(error)))
        if phase != "any time" and self.phase != phase:
            raise Failure("raised at %s: %s" % (self.phase, describe(error)))
        if self.session.graph() != self.before:
            raise Failure("a statement that failed has changed the graph")

    def check_result(self, text, table):
        columns, rows = self.answer
        if text == "the result should be empty":
            if rows:
                raise Failure("rows where none should be: %s" % shown(rows))
            return
        lists_unordered = "(ignoring element order for lists)" in text
        expected = [[literals.read(cell) for cell in row] for row in table[1:]]
        if columns != table[0]:
            raise Failure("columns %s, expected %s" % (columns, table[0]))

        def keys(rows):
            out = [" | ".join(text_of(cell, lists_unordered) for cell in row) for row in rows]
            return out if "in order" in text else sorted(out)
        if keys(rows) != keys(expected):
            raise Failure("rows\n    %s\n  expected\n    %s" % (shown(rows), shown(expected)))

    def check_effects(self, table):
        if self.error is not None:
            return
        expected = dict.fromkeys(EFFECTS, 0)
        expected.update((name, int(count)) for name, count in table)
        counts = {}
        for kind, before, after in zip(("nodes", "relationships", "labels", "properties"), self.before, self.session.graph()):
            counts["+" + kind] = len(after - before)
            counts["-" + kind] = len(before - after)
        if counts != expected:
            raise Failure("side effects %s, expected %s" % tuple({k: v for k, v in c.items() if v} for c in (counts, expected)))


def describe(error):
    return "%s %s (%s)" % (error.sqlstate, error.diag.message_primary, error.diag.message_detail)


def shown(rows):
    return "\n    ".join(" | ".join(text_of(cell) for cell in row) for row in rows[:12]) or "none"


def judge(session, number, scenario):
    """None, or why the scenario does not pass."""
    run = Run(session)
    try:
        session.open(number)
        try:
            for step in scenario.steps:
                run.step(step)
            run.settle_error()
        finally:
            session.close()
    except Failure as failure:
        return str(failure)
    except psycopg.Error as error:
        return describe(error)
    except Crash as crash:
        return "CRASH " + str(crash)
    except ValueError as error:
        return "a value that cannot be read: %s" % error
    return None


def listed(path):
    """failing.txt: id, tab, reason."""
    out = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                id, reason = line.rstrip("\n").split("\t", 1)
                out[id] = reason
    return out


def run_all(scenarios):
    sessions = queue.SimpleQueue()
    for i in range(WORKERS):
        sessions.put(Session("tck_%d" % i))

    def one(numbered):
        session = sessions.get()
        try:
            return judge(session, *numbered)
        finally:
            sessions.put(session)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, enumerate(scenarios)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="scenarios whose id, folder or name matches")
    parser.add_argument("-v", action="store_true", help="why each one fails, also those that are listed")
    parser.add_argument("--out", help="a file for: id, tab, why, of every scenario that fails")
    args = parser.parse_args()

    scenarios = load(os.path.join(KIT, "features"))
    total = len(scenarios)
    if args.only:
        scenarios = [s for s in scenarios if re.search(args.only, "%s %s %s" % (s.folder, s.id, s.name))]
    failing = listed(os.path.join(HERE, "failing.txt"))
    outcomes = run_all(scenarios)

    folders = collections.defaultdict(lambda: [0, 0])
    wrong = 0
    lines = []
    for scenario, why in zip(scenarios, outcomes):
        folders[scenario.folder][why is None] += 1
        if why is not None:
            lines.append("%s\t%s\n" % (scenario.id, why.replace("\n", " / ")))
        if (why is None) == (scenario.id in failing) or (why or "").startswith("CRASH"):
            wrong += 1
        elif not args.v:
            continue
        if why is None and scenario.id in failing:
            print("passes, but is listed: %s" % scenario.id)
        elif why is not None:
            print("%s %s\n  %s" % (scenario.id, scenario.name, why))
            if args.v:
                print("".join("    %s %s\n" % (s.text, s.argument or "") for s in scenario.steps))
    if args.out:
        with open(args.out, "w", encoding="utf-8") as file:
            file.writelines(lines)
    for folder, (bad, good) in sorted(folders.items()):
        print("%-45s %4d of %4d" % (folder, good, good + bad))
    if total != KIT_SCENARIOS:
        print("the kit has %d scenarios, and should have %d" % (total, KIT_SCENARIOS))
        wrong += 1
    unknown = set(failing) - {s.id for s in scenarios} if not args.only else set()
    for id in sorted(unknown):
        print("listed, but there is no such scenario: %s" % id)
    passed = sum(1 for why in outcomes if why is None)
    print("scenarios: %d of %d pass, %d do not" % (passed, len(scenarios), len(scenarios) - passed))
    print("tck: %d passed, %d failed" % (len(scenarios) - wrong, wrong + len(unknown)))
    sys.exit(1 if wrong or unknown or not scenarios else 0)


if __name__ == "__main__":
    main()
