"""Who is asked: the extension through SQL, and a released NamiDB in a process of its own.

Every answer is an Outcome: the rows as one JSON text each and the columns, or an error.
"""
import json
import os
import select
import subprocess
import sys

import psycopg

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "conformance"))

from graph import canon, canon_json  # noqa: E402

class Crash(Exception):
    """The server's process ended."""


class ProductGone(Exception):
    """The product's process ended or gave no answer in time: a new one has been started."""


class Outcome:
    """raw: the rows as JSON texts, read when somebody wants to know; else rows."""

    def __init__(self, columns=None, rows=None, error=None, state=None, raw=None):
        self.columns, self.error, self.state, self.raw = columns, error, state, raw
        self.read, self.tables = rows, {}

    @property
    def rows(self):
        if self.read is None and self.raw is not None:
            self.read = [json.loads(r) for r in self.raw]
        return self.read

    def count(self):
        return len(self.raw if self.raw is not None else self.read)

    def table(self, bags=(), loose=False):
        """Rows as texts; bags: columns whose lists have no order."""
        key = frozenset(bags), loose
        if key not in self.tables:
            self.tables[key] = self.texts(bags, loose)
        return self.tables[key]

    def texts(self, bags, loose):
        out = []
        for row in self.rows:
            cells = []
            for c in self.columns:
                v = row.get(c)
                if c in bags and isinstance(v, list):
                    cells.append("{" + ",".join(sorted(self.text(x, loose) for x in v)) + "}")
                else:
                    cells.append(self.text(v, loose))
            out.append("|".join(cells))
        return out

    @staticmethod
    def text(v, loose):
        return canon_json(v, loose)

    def __str__(self):
        return "error %s" % self.error if self.error is not None else "%d rows" % self.count()


class NaiveOutcome(Outcome):
    @staticmethod
    def text(v, loose):
        return canon(v, loose)


def typed(v):
    import datetime as dt
    if isinstance(v, dt.datetime):
        return {"$datetime": v.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if isinstance(v, dt.date):
        return {"$date": v.isoformat()}
    if isinstance(v, float):
        return {"$float": repr(v)}
    if isinstance(v, dict):
        return {k: typed(x) for k, x in v.items()}
    if isinstance(v, list):
        return [typed(x) for x in v]
    return v


class Extension:
    """One connection; asks one server or, inside a transaction, another."""

    def __init__(self, timeout="8s"):
        self.timeout = timeout
        self.settings = {}
        self.connect()

    def connect(self):
        self.connection = psycopg.connect(autocommit=True)
        self.connection.execute("SET client_min_messages = error")
        self.connection.execute("SET statement_timeout = '%s'" % self.timeout)
        self.connection.execute("SET namidb.json_format = typed")
        self.inside = False

    def sql(self, text, *values):
        """The rows of the last statement of text that has some."""
        try:
            cursor = psycopg.ClientCursor(self.connection)
            cursor.execute(text, values or None)
            rows = []
            while True:
                if cursor.description:
                    rows = cursor.fetchall()
                if not cursor.nextset():
                    return rows
        except psycopg.Error as error:
            if self.connection.closed or error.sqlstate in ("57P01", "57P02", "57P03", None):
                raise Crash("%s: %s" % (text[:60], error)) from error
            raise

    def server(self, name, uri):
        self.sql("CREATE SERVER %s FOREIGN DATA WRAPPER namidb OPTIONS (store '%s')" % (name, uri))

    def ask(self, server, query, params, columns, settings=None):
        """The rows of a query; in a transaction an error leaves it as it was. settings, of this query only: not in a transaction.
        All of it is one message to the server."""
        before, after = ("SAVEPOINT q; ", "; RELEASE SAVEPOINT q") if self.inside else ("", "")
        for name, value in (settings or {}).items():
            before += "SET LOCAL %s = '%s'; " % (name, value)
        if settings:
            before, after = "BEGIN; " + before, "; COMMIT"
        try:
            rows = self.sql(before + "SELECT r::text FROM namidb_cypher(%s, %s::jsonb, %s) AS r" + after, query,
                            json.dumps({k: typed(v) for k, v in params.items()}) if params else None, server)
            return Outcome(columns, raw=[r[0] for r in rows])
        except psycopg.Error as error:
            if self.inside:
                self.connection.execute("ROLLBACK TO SAVEPOINT q")
                self.connection.execute("RELEASE SAVEPOINT q")
            elif settings:
                self.connection.execute("ROLLBACK")
            return Outcome(error="%s %s %s" % (error.sqlstate, error.diag.message_primary, error.diag.message_detail or ""), state=error.sqlstate)

    def begin(self):
        self.sql("BEGIN")
        self.inside = True

    def rollback(self):
        self.inside = False
        self.sql("ROLLBACK")


class Wheel:
    """A released NamiDB, one process."""

    def __init__(self, python, timeout=8):
        self.python, self.timeout, self.process = python, timeout, None
        self.uri = None
        self.start()

    def start(self):
        program = os.path.join(os.path.dirname(HERE), "interop", "wheel_process.py")
        self.process = subprocess.Popen([self.python, program], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)

    def end(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def call(self, name, *args):
        """The result, or the error's text in a second place."""
        try:
            self.process.stdin.write(json.dumps({"call": name, "args": args}) + "\n")
            self.process.stdin.flush()
            ready = select.select([self.process.stdout], [], [], self.timeout)[0]
            line = self.process.stdout.readline() if ready else ""
        except BrokenPipeError:
            line = ""
        if not line:
            self.end()
            self.start()
            if self.uri is not None:
                self.timeout, timeout = 30, self.timeout
                self.call("open", self.uri)
                self.timeout = timeout
            raise ProductGone("the product's process %s" % ("ended" if ready else "did not answer"))
        answer = json.loads(line)
        return answer.get("result"), answer.get("error")

    def open(self, uri):
        self.uri = uri
        error = self.call("open", uri)[1]
        if error:
            raise RuntimeError(error)

    def ask(self, query, params, columns):
        rows, error = self.call("cypher", query, {k: typed(v) for k, v in params.items()})
        if error is not None:
            return Outcome(error=error)
        return Outcome(columns, rows=[dict(zip(columns, r)) if columns is not None else {} for r in rows])
