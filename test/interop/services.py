"""What the tests of the services share: servers and sessions in SQL, errors, canned HTTP servers."""
import http.server
import itertools
import os
import secrets
import threading
import time

import psycopg
from psycopg import sql

ROOT_KEYS = (os.environ["NAMIDB_TEST_S3_ACCESS_KEY"], os.environ["NAMIDB_TEST_S3_SECRET_KEY"])
MINIO = os.environ["NAMIDB_TEST_S3_ENDPOINT"]
DATABASE = "services"

# Everything that must appear in no log and no message.
SECRETS = [ROOT_KEYS[1]]

numbers = itertools.count(1)


def new_secret():
    SECRETS.append(secrets.token_hex(20))
    return SECRETS[-1]


def unique(name):
    return "%s-%s" % (name, secrets.token_hex(4))


class Session:
    """One connection; remembers the texts of all errors."""

    error_texts = []

    def __init__(self, **options):
        self.db = psycopg.connect(dbname=DATABASE, autocommit=True, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.db.close()

    def run(self, text, *args):
        cursor = self.db.execute(text, args or None)
        return cursor.fetchall() if cursor.description else None

    def cypher(self, server, query, **params):
        """The rows of a Cypher statement as dictionaries."""
        return [row[0] for row in self.run("SELECT r FROM namidb_cypher(%s, %s, %s)", query,
                                           psycopg.types.json.Jsonb(params), server)]

    def status(self, server):
        return dict(self.run("SELECT name, value FROM namidb_status(%s)", server))

    def error(self, server, query="MATCH (n) RETURN n", **params):
        """Runs a statement that must fail; its error."""
        try:
            rows = self.cypher(server, query, **params)
        except psycopg.Error as error:
            Session.error_texts.append("%s %s %s" % (error.diag.message_primary, error.diag.message_detail,
                                                     error.diag.message_hint))
            return error
        raise AssertionError("no error, but %d rows" % len(rows))


def make_server(session, store, keys=ROOT_KEYS, token=None, **options):
    """A foreign server with a user mapping for everybody; its name."""
    name = "s%d" % next(numbers)
    session.run(sql.SQL("CREATE SERVER {} FOREIGN DATA WRAPPER namidb OPTIONS ({})").format(
        sql.Identifier(name), option_list({"store": store, **options})))
    if keys:
        mapping = {"access_key_id": keys[0], "secret_access_key": keys[1], **({"session_token": token} if token else {})}
        session.run(sql.SQL("CREATE USER MAPPING FOR PUBLIC SERVER {} OPTIONS ({})").format(
            sql.Identifier(name), option_list(mapping)))
    session.run(sql.SQL("GRANT USAGE ON FOREIGN SERVER {} TO PUBLIC").format(sql.Identifier(name)))
    return name


def option_list(options):
    return sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(k), sql.Literal(str(v))) for k, v in options.items())


def store_uri(bucket, endpoint=MINIO, namespace="demo", **parameters):
    if endpoint.startswith("http:"):
        parameters.setdefault("allow_http", "true")
    return "s3://%s?ns=%s&endpoint=%s%s" % (bucket, namespace, endpoint,
                                            "".join("&%s=%s" % item for item in parameters.items()))


def seconds_of(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


class CannedServer:
    """An HTTP server whose answers a function makes: answer(method, path, headers) -> (status, headers, body)."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, body = answer(self.command, self.path, self.headers)
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_PUT = do_HEAD = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def s3_error(code, **elements):
    extra = "".join("<%s>%s</%s>" % (k, v, k) for k, v in elements.items())
    return ("<Error><Code>%s</Code><Message>no</Message>%s</Error>" % (code, extra)).encode()
