"""The extension as an engine of run_cases.py: one fresh memory:// namespace per case, everything through SQL.

Values travel in the typed encoding (namidb.json_format = typed), which is the corpus's own; errors are told apart by
their SQLSTATE (docs/spec/cypher.md 9). A statement is described first, so that an error found there is known to be one
of compile time. The connection is that of the PG* environment.
"""
import itertools
import json
import re
import uuid

import psycopg

from run_cases import CypherError
from values import Vector, dec, enc

CLASSES = {
    "42601": "syntax",
    "42703": "semantic", "42712": "semantic", "42846": "semantic", "42883": "semantic",
    "0A000": "unsupported",
    "42804": "type",
    "22012": "arithmetic", "22003": "arithmetic",
    "22023": "argument",
    "42P02": "parameter",
    "23505": "constraint", "23503": "constraint", "23514": "constraint",
    "55000": "entity",
    "42710": "ddl", "42704": "ddl",
    "40001": "storage", "08007": "storage", "58030": "storage",
}


# What is our class ddl was recorded as class storage (README.md).
SCHEMA = re.compile(r"\s*(CREATE\s+(CONSTRAINT|INDEX|VECTOR|FULLTEXT)|DROP)\b", re.IGNORECASE)


class ServerDied(Exception):
    """The backend ended: never an answer, whatever the case expects."""


def as_recorded(props):
    """The corpus records a VECTOR in a graph as the list of its elements."""
    return {key: list(value.items) if isinstance(value, Vector) else value for key, value in props.items()}


class Sql:
    def __init__(self):
        self.number = itertools.count(1)
        self.connection = None
        self.server = None

    def connect(self):
        self.connection = psycopg.connect(autocommit=True)
        self.connection.execute("SET client_min_messages = error")
        self.connection.execute("SET statement_timeout = '30s'")
        self.connection.execute("SET namidb.json_format = typed")

    def open(self):
        if self.connection is None or self.connection.closed:
            self.connect()
        self.server = "case_%d" % next(self.number)
        self.sql("CREATE SERVER %s FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://%s-%s')"
                 % (self.server, self.server.replace("_", "-"), uuid.uuid4().hex[:8]))

    def close(self):
        if not self.connection.closed:
            self.sql("DROP SERVER %s" % self.server)

    def sql(self, text, *values):
        """Rows of a statement; an error of the server as a CypherError whose class is that of its SQLSTATE."""
        try:
            cursor = self.connection.execute(text, values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if self.connection.closed or error.sqlstate in ("57P02", "57P03", None):
                self.connection.close()
                raise ServerDied(str(error)) from error
            detail = error.diag.message_detail or ""
            raise CypherError(CLASSES.get(error.sqlstate, "sqlstate " + error.sqlstate),
                              "%s %s %s" % (error.sqlstate, error.diag.message_primary, detail)) from error

    def run(self, query, params):
        try:
            columns = [row[0] for row in self.sql("SELECT name FROM namidb_describe(%s, %s) ORDER BY ordinal", query, self.server)]
        except CypherError as error:
            error.phase = "compile"
            raise
        typed = json.dumps({key: enc(value) for key, value in params.items()})
        try:
            rows = self.sql("SELECT r::text FROM namidb_cypher(%s, %s::jsonb, %s) AS r", query, typed, self.server)
        except CypherError as error:
            error.phase = "run"
            if SCHEMA.match(query) and error.klass in ("ddl", "constraint"):
                error.klass = "storage"
            raise
        rows = [json.loads(row[0]) for row in rows]
        for row in rows:
            if sorted(row) != sorted(columns):
                raise CypherError("columns", "described %s, but a row has %s" % (columns, sorted(row)))
        return columns, [[dec(row[column]) for column in columns] for row in rows]

    def snapshot(self):
        """The whole graph; ids are read from the encoding, which the case's comparison leaves out."""
        nodes, rels = {}, {}
        for (text,) in self.sql("SELECT r->'n' FROM namidb_cypher('MATCH (n) RETURN n', NULL, %s) AS r", self.server):
            body = text["$node"]
            node = dec(text)
            nodes[body["id"]] = (node.labels, as_recorded(node.props))
        for i, (text,) in enumerate(self.sql("SELECT r->'r' FROM namidb_cypher('MATCH ()-[r]->() RETURN r', NULL, %s) AS r", self.server)):
            body = text["$rel"]
            rel = dec(text)
            rels[i] = (rel.type, body["start"], body["end"], as_recorded(rel.props))
        return {"nodes": nodes, "rels": rels}
