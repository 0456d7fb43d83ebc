#!/usr/bin/env python3
"""Random SQL over foreign tables, pushed down and not, and over ordinary tables with the same content: see README.md."""
import argparse
import collections
import json
import os
import random
import re
import sys
import time
from decimal import Decimal

import psycopg
from psycopg import pq

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

from data import EDGES, NODES, Data  # noqa: E402
from generate import Generator  # noqa: E402

FLOATS, NUMERIC, JSONB = (700, 701), 1700, 3802
PLANS = ["enable_hashjoin", "enable_mergejoin", "enable_nestloop", "enable_sort", "enable_hashagg", "enable_material", "enable_memoize",
         "enable_incremental_sort"]
MODES = ["image", "delta", "own", "image and own"]


class Crash(Exception):
    """The server's process ended."""


class Answer:
    def __init__(self, rows=None, state=None, error=None):
        self.rows, self.state, self.error = rows, state, error

    def __str__(self):
        return "error %s %s" % (self.state, self.error) if self.state else "%d rows" % len(self.rows)


def plain_number(text):
    d = Decimal(text)
    return str(d.normalize()) if d.is_finite() else text


def plain_json(value):
    if isinstance(value, dict):
        return {k: plain_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain_json(v) for v in value]
    return {"n": plain_number(str(value))} if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


def cell(text, type):
    """Equal values that print differently become the same: which of them stands for both is not decided."""
    if text is None:
        return None
    if type in FLOATS:
        return "0" if text == "-0" else text
    if type == NUMERIC:
        return plain_number(text)
    if type == JSONB:
        return json.dumps(plain_json(json.loads(text, parse_float=Decimal)), sort_keys=True)
    return text


class Session:
    def __init__(self):
        self.connect()

    def connect(self):
        self.connection = psycopg.connect("", autocommit=True)
        self.settings()

    def settings(self):
        self.sql("SET statement_timeout = '30s'; SET client_min_messages = error; SET jit = off")

    def ask(self, sql):
        result = self.connection.pgconn.exec_(sql.encode())
        if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            types = [result.ftype(c) for c in range(result.nfields)]
            rows = []
            for r in range(result.ntuples):
                values = [result.get_value(r, c) for c in range(result.nfields)]
                rows.append(tuple(cell(None if v is None else v.decode(), t) for v, t in zip(values, types)))
            return Answer(rows)
        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        if state is None or self.connection.pgconn.status != pq.ConnStatus.OK:
            raise Crash(result.error_message.decode(errors="replace").strip())
        return Answer(None, state.decode(), (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode())

    def sql(self, sql):
        answer = self.ask(sql)
        if answer.state:
            raise RuntimeError("%s: %s" % (answer, sql[:2000]))
        return answer.rows


class Round:
    """A graph in one state, its imported tables in schema g, ordinary ones in schema l."""

    def __init__(self, soak, number):
        self.soak, self.number, self.session = soak, number, soak.session
        self.rng = random.Random("%s/%d" % (soak.seed, number))
        self.mode = MODES[number % len(MODES)]
        self.data = Data(self.rng)
        self.server = "soak%d" % number
        self.statements = []
        run = self.session.sql
        run("CREATE SERVER %s FOREIGN DATA WRAPPER namidb OPTIONS (store 'file://%s?ns=%s')" % (self.server, soak.folder, "r%s-%d" % (soak.seed, number)))
        own = "own" in self.mode
        committed = self.mode != "own"
        if committed:
            self.make(0.6 if own else 0.8)
        if self.mode.startswith("image"):
            self.session.connection.close()
            self.session.connect()
        if self.mode == "delta":
            run("SELECT namidb_query('MATCH (n) RETURN count(n)', NULL, '%s')" % self.server)
            self.change()
            self.make(0.2)
        if own:
            run("BEGIN")
            self.change()
            self.make(0.4 if committed else 1)
            if not committed:
                self.change()
        run("CREATE SCHEMA g")
        run("CREATE SCHEMA l")
        run('IMPORT FOREIGN SCHEMA "all" FROM SERVER %s INTO g' % self.server)
        self.tables = {}
        for name in list(NODES) + list(EDGES):
            for sql in self.data.table_sql("l", name):
                run(sql)
            self.check_table(name)
            self.tables[name] = {n: t for n, t in self.data.table_columns(name) if n not in ("_labels", "_properties")}
        run("ANALYZE l.\"Person\"")
        self.hand_written()
        self.zone = self.rng.choice(["UTC", "Europe/Stockholm", "America/St_Johns"])
        run("SET timezone = '%s'" % self.zone)

    def make(self, share):
        for text, rows in self.data.create_nodes(share):
            self.cypher(text, rows)
        for text, rows in self.data.create_edges(share):
            self.cypher(text, rows)

    def change(self):
        for text, rows in self.data.change():
            self.cypher(text, rows)

    def cypher(self, text, rows):
        self.session.sql("SET namidb.json_format = typed")
        self.session.sql("SELECT namidb_cypher('%s', %s, '%s')" % (text, "'%s'" % json.dumps({"rows": rows}).replace("'", "''"), self.server))
        self.session.sql("SET namidb.json_format = plain")

    def check_table(self, name):
        """The import has found the columns and types that the data has."""
        def columns(schema):
            return self.session.sql("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '%s.\"%s\"'::regclass "
                                    "AND attnum > 0 ORDER BY attnum" % (schema, name))
        g, l = columns("g"), columns("l")
        if g != l:
            self.soak.differences += 1
            print("---- difference: seed %s, round %d (%s): table %s has columns %s, expected %s" % (
                self.soak.seed, self.number, self.mode, name, sorted(set(g) - set(l)), sorted(set(l) - set(g))), flush=True)
            raise Again()

    # Other types than the import would choose: what they show is taken from a plain scan.
    HAND = {"P2": ("label 'Person', on_type_mismatch 'null'", "_id uuid, k int, i int, f real, s varchar, u text OPTIONS (property 'x'), b bool, d date, t timestamptz",
                   {"_id": "uuid", "k": "int", "i": "int", "f": "float", "s": "text", "u": "text", "b": "bool", "d": "date", "t": "timestamptz"}),
            "K2": ("type 'KNOWS'", "_src uuid, _dst uuid, k bigint, i numeric, f numeric, s text COLLATE \"und-x-icu\", d date",
                   {"_src": "uuid", "_dst": "uuid", "k": "int", "i": "numeric", "f": "numeric", "s": "text", "d": "date"})}

    def hand_written(self):
        run = self.session.sql
        run("SET namidb.enable_pushdown = off")
        for name, (options, columns, types) in self.HAND.items():
            run('CREATE FOREIGN TABLE g."%s" (%s) SERVER %s OPTIONS (%s)' % (name, columns, self.server, options))
            run("SAVEPOINT h" if "own" in self.mode else "SELECT 1")
            made = self.session.ask('CREATE TABLE l."%s" AS SELECT * FROM g."%s"' % (name, name))
            if made.state:
                self.soak.counts["hand-written tables that cannot be read: %s" % made] += 1
                run("ROLLBACK TO h" if "own" in self.mode else "SELECT 1")
                continue
            self.tables[name] = types
        run("SET namidb.enable_pushdown = on")

    # ---- one query ----

    def arm(self, schema, pushdown, sql, settings=()):
        """The answer under one way of evaluating."""
        run = self.session.sql
        own = "own" in self.mode
        if own:
            run("SAVEPOINT a")
        run("SET search_path = %s" % schema)
        run("SET namidb.enable_pushdown = %s" % pushdown)
        for name in settings:
            run("SET %s = off" % name)
        answer = None
        for part in sql if isinstance(sql, list) else [sql]:
            answer = self.session.ask(part)
            if answer.state:
                break
        if own:
            run("ROLLBACK TO a")
            run("RELEASE a")
        if isinstance(sql, list):
            self.session.ask("DEALLOCATE ALL")
        for name in settings:
            run("RESET " + name)
        return answer

    @staticmethod
    def statement(sql, params):
        if not params:
            return sql
        return ["SET plan_cache_mode = force_generic_plan", "PREPARE q(%s) AS %s" % (", ".join(t for t, _ in params), sql),
                "EXECUTE q(%s)" % ", ".join("%s" % v for _, v in params)]

    def check(self, query, params, settings):
        """None, or what is different."""
        text = str(query)
        used = params if "$" in text else []
        sql = self.statement(text, used)
        local = self.arm("l", "off", sql)
        on = self.arm("g", "on", sql, settings)
        off = self.arm("g", "off", sql)
        self.last = local
        if local.state in ("57014", "54001"):
            return None
        for name, answer in (("pushed down", on), ("not pushed down", off)):
            if local.state:
                continue  # the order of evaluation decides whether an error is met
            if answer.state:
                return "%s: %s; ordinary tables: %s" % (name, answer, local)
            if query.ordered and not query.tail and answer.rows != local.rows or sorted(answer.rows, key=str) != sorted(local.rows, key=str):
                expected, got = collections.Counter(local.rows), collections.Counter(answer.rows)
                return "%s: %s; ordinary tables: %s\n  missing: %s\n  too many: %s%s" % (
                    name, answer, local, list((expected - got).elements())[:4], list((got - expected).elements())[:4],
                    "" if expected != got else "\n  in another order: %s instead of %s" % (answer.rows[:6], local.rows[:6]))
        if not local.state and on.state:
            return "pushed down: %s" % on
        return None

    def plan(self, query, params, settings):
        sql = "EXPLAIN (VERBOSE, COSTS OFF) " + str(query)
        if params and "$" in str(query):
            sql = self.statement(str(query), params)
            sql[2] = "EXPLAIN (VERBOSE, COSTS OFF) " + sql[2]
        answer = self.arm("g", "on", sql, settings)
        return [r[0] for r in answer.rows] if answer.rows is not None else [str(answer)]

    def count_plan(self, plan):
        counts = self.soak.counts
        if re.match(r" *Foreign Scan", plan[0]):
            counts["whole query pushed down"] += 1
        if not any("Foreign Scan" in line for line in plan):
            return
        if any(re.search(r"Cypher: .*WHERE", line) for line in plan):
            counts["a condition pushed down"] += 1
        if any(re.search(r"Cypher: .*\]->|Cypher: .*\]-\(|Cypher: .*<-\[", line) and re.search(r"MATCH.*\(\w+:\w+.*\)", line) for line in plan):
            counts["a traversal pushed down"] += 1
        if any(re.search(r"Cypher: .*(count|sum|min|max|avg)\(", line) for line in plan):
            counts["an aggregate pushed down"] += 1
        if any(re.search(r"Cypher: .*ORDER BY", line) for line in plan):
            counts["an order pushed down"] += 1
        if any(re.search(r"Cypher: .*LIMIT", line) for line in plan):
            counts["a limit pushed down"] += 1

    def query(self, number):
        rng = random.Random("%s/%d/%d" % (self.soak.seed, self.number, number))
        generator = Generator(rng, self.tables, prepared=rng.random() < 0.25)
        query = generator.query()
        settings = [p for p in PLANS if rng.random() < 0.25] if rng.random() < 0.5 else []
        if self.soak.verbose:
            print("%d/%d: %s %s" % (self.number, number, query, generator.params), flush=True)
        try:
            found = self.check(query, generator.params, settings)
            self.soak.counts["queries that are errors"] += self.last.state is not None
            if self.soak.verbose and self.last.state:
                print("  %s" % self.last)
            if self.last.state in ("42601", "42703", "42804", "42883", "42P01", "42P18"):
                self.soak.counts["ill-formed: %s" % self.last.error] += 1
            if self.last.state is None and self.last.rows:
                self.soak.counts["queries with rows"] += 1
            if number % 4 == 0:
                self.count_plan(self.plan(query, generator.params, settings))
            if found:
                self.report(number, query, generator.params, settings, found)
        except Crash as crash:
            self.soak.crashes += 1
            print("---- crash %d: seed %s, round %d (%s), query %d: %s\n%s\nparameters: %s\nsettings: %s" % (
                self.soak.crashes, self.soak.seed, self.number, self.mode, number, crash, query, generator.params, settings), flush=True)
            for _ in range(60):
                try:
                    self.session.connect()
                    break
                except psycopg.OperationalError:
                    time.sleep(1)
            raise Again()

    def report(self, number, query, params, settings, found):
        self.soak.differences += 1
        small, text = query, found
        if self.soak.differences <= 15:
            progress = True
            while progress:
                progress = False
                for candidate in small.smaller():
                    again = self.check(candidate, params, settings)
                    if again and not self.last.state:
                        small, text, progress = candidate, again, True
                        break
        used = params if "$" in str(small) else []
        print("---- difference %d: seed %s, round %d (%s, timezone %s), query %d\nas found: %s\nminimised: %s\nparameters: %s settings off: %s\n%s\n%s" % (
            self.soak.differences, self.soak.seed, self.number, self.mode, self.zone, number, query, small, used, settings, text,
            "\n".join(self.plan(small, params, settings))), flush=True)

    def end(self):
        run = self.session.sql
        if "own" in self.mode:
            run("ROLLBACK")
        else:
            run("DROP SCHEMA g CASCADE")
            run("DROP SCHEMA l CASCADE")
        run("RESET ALL")
        self.session.settings()
        run("DROP SERVER %s" % self.server)


class Again(Exception):
    """This round cannot go on."""


class Soak:
    def __init__(self, options):
        self.seed, self.folder, self.verbose, self.only = options.seed, options.folder, options.verbose, options.only
        self.queries = self.differences = self.crashes = 0
        self.counts = collections.Counter()
        self.session = Session()

    def clean(self):
        if self.session.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            self.session.ask("ROLLBACK")
        self.session.ask("RESET ALL")
        self.session.settings()
        for schema in ("g", "l"):
            self.session.sql("DROP SCHEMA IF EXISTS %s CASCADE" % schema)
        for (name,) in self.session.sql("SELECT srvname FROM pg_foreign_server WHERE srvname LIKE 'soak%'"):
            self.session.sql("DROP SERVER %s CASCADE" % name)

    def run(self, total, per_round, first):
        number = first
        while self.queries < total and self.differences < 200:
            try:
                self.clean()
                round = Round(self, number)
                for i in range(per_round):
                    if self.only is not None and i != self.only:
                        continue
                    if self.queries >= total:
                        break
                    self.queries += 1
                    round.query(i)
                round.end()
            except Again:
                pass
            number += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--per-round", type=int, default=250)
    parser.add_argument("--round", type=int, default=0, help="the first round: to replay")
    parser.add_argument("--only", type=int, help="only this query of the round: to replay")
    parser.add_argument("--folder", required=True, help="where the graphs go; the server writes there")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if options.only is not None:
        options.n = 1
    soak = Soak(options)
    start = time.monotonic()
    soak.run(options.n, options.per_round, options.round)
    for name, count in sorted(soak.counts.items()):
        print("%7d %s" % (count, name))
    print("(plans are counted for every fourth query) %.0f s" % (time.monotonic() - start))
    print("soak-sql: seed %s, %d queries, %d differences, %d crashes" % (soak.seed, soak.queries, soak.differences, soak.crashes))
    return 1 if soak.differences or soak.crashes or not soak.queries else 0


if __name__ == "__main__":
    sys.exit(main())
