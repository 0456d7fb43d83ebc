"""Every object store that is promised, and every way in which one can refuse: through SQL.

MinIO is real; LocalStack's S3 is moto's server; R2 and Tigris differ in TLS and region, so they are TLS endpoints in
front of MinIO. Each refusal is one clear error with its SQLSTATE, and the session goes on.
"""
import concurrent.futures
import datetime
import email.utils
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error

import boto3
import botocore.config
import botocore.exceptions
import psycopg
import pytest
from fault_proxy import FaultProxy
from s3admin import S3Admin
from services import (DATABASE, MINIO, ROOT_KEYS, SECRETS, CannedServer, Session, make_server, new_secret, s3_error,
                      seconds_of, store_uri, unique)
from silent_server import SilentServer
from tls_proxy import Authority, TlsProxy

TOOLS = os.path.dirname(os.path.abspath(sys.modules["fault_proxy"].__file__))
COUNT = "MATCH (n) RETURN count(n) AS n"


@pytest.fixture(scope="module", autouse=True)
def database():
    """A database of its own; its sessions log all they can, so that a search in the log means something."""
    with psycopg.connect(autocommit=True) as db:
        db.execute("DROP DATABASE IF EXISTS " + DATABASE)
        db.execute("CREATE DATABASE " + DATABASE)
        db.execute("ALTER DATABASE %s SET log_min_messages = debug1" % DATABASE)
        db.execute("ALTER DATABASE %s SET log_error_verbosity = verbose" % DATABASE)
    with Session() as session:
        session.run("CREATE EXTENSION namidb")


@pytest.fixture(scope="module")
def admin():
    return S3Admin()


@pytest.fixture()
def bucket(admin):
    name = unique("bucket")
    admin.bucket(name)
    return name


@pytest.fixture(scope="module")
def good_server(admin):
    """A server that works, to see that a session lives on after an error."""
    admin.bucket("good")
    with Session() as session:
        return make_server(session, store_uri("good", namespace=unique("ns")))


@pytest.fixture()
def session(good_server):
    with Session() as one:
        yield one
        assert one.cypher(good_server, "RETURN 1 AS one") == [{"one": 1}]
        assert one.cypher(good_server, COUNT)[0]["n"] >= 0


def raw_s3(endpoint=MINIO, keys=ROOT_KEYS):
    return boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=keys[0], aws_secret_access_key=keys[1],
                        region_name="us-east-1", config=botocore.config.Config(retries={"total_max_attempts": 1}))


# ---- each service ----


def life(session, server):
    """What a namespace goes through: created, written, changed, read by others, written by two at once."""
    assert session.cypher(server, COUNT) == [{"n": 0}]
    session.cypher(server, "CREATE (:City {name: 'Bonn', since: -11})-[:TWIN {since: 1988}]->(:City {name: 'Oxford'})")
    session.run("BEGIN")
    session.cypher(server, "MATCH (c:City {name: 'Bonn'}) SET c.people = 331885")
    session.cypher(server, "CREATE (:City {name: 'Lübeck'})")
    session.run("COMMIT")
    with Session() as other:
        rows = other.cypher(server, "MATCH (a:City)-[t:TWIN]->(b) RETURN a.name AS a, a.people AS p, t.since AS s, b.name AS b")
        assert rows == [{"a": "Bonn", "p": 331885, "s": 1988, "b": "Oxford"}]
        session.cypher(server, "MATCH (c:City {name: 'Lübeck'}) DELETE c")
        assert other.cypher(server, COUNT) == [{"n": 2}]

        # Some megabytes in one segment.
        session.cypher(server, "UNWIND range(1, 20000) AS i CREATE (:Many {i: i, text: $text})", text="x" * 100)
        assert other.cypher(server, "MATCH (m:Many) RETURN count(m) AS n, sum(m.i) AS s") == [{"n": 20000, "s": 200010000}]

    def count_up():
        with Session() as mine:
            for _ in range(5):
                mine.cypher(server, "MERGE (c:Counter) SET c.n = coalesce(c.n, 0) + 1")

    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.cypher(server, "MATCH (c:Counter) RETURN c.n AS n") == [{"n": 15}]
    assert session.status(server)["version"] == 19


def test_minio(session, bucket):
    life(session, make_server(session, store_uri(bucket, region="us-east-1")))


def test_prefix_and_overriding_options(session, bucket):
    """endpoint and region of the server win over those of the URI."""
    server = make_server(session, "s3://%s/some/prefix?ns=demo&endpoint=http://127.0.0.1:1&allow_http=true" % bucket,
                         endpoint=MINIO, region="eu-west-7")
    session.cypher(server, "CREATE (:A)")
    keys = [o["Key"] for o in raw_s3().list_objects_v2(Bucket=bucket)["Contents"]]
    assert len(keys) > 4 and all(k.startswith("some/prefix/demo/") for k in keys)


@pytest.fixture(scope="module")
def moto():
    """moto's server, and first of all: does it honour the PUT on which everything stands?"""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = open(os.path.join(os.environ["NAMIDB_TEST_DIR"], "moto.out"), "wb")
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log,
                               stderr=log, stdin=subprocess.DEVNULL)
    endpoint = "http://127.0.0.1:%d" % port
    s3 = raw_s3(endpoint, ("test", "test"))
    for _ in range(300):
        try:
            s3.list_buckets()
            break
        except botocore.exceptions.EndpointConnectionError:
            time.sleep(0.1)
    s3.create_bucket(Bucket="local")
    s3.put_object(Bucket="local", Key="once", Body=b"first", IfNoneMatch="*")
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        s3.put_object(Bucket="local", Key="once", Body=b"second", IfNoneMatch="*")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert s3.get_object(Bucket="local", Key="once")["Body"].read() == b"first"
    yield endpoint
    process.terminate()
    process.wait(20)
    log.close()


def test_localstack(session, moto):
    life(session, make_server(session, store_uri("local", moto), keys=("test", "test")))


@pytest.fixture(scope="module")
def authority():
    folder = os.path.join(os.environ["NAMIDB_TEST_DIR"], "authority")
    return Authority(folder)


@pytest.fixture(scope="module")
def tls(authority):
    with TlsProxy(MINIO, *authority.certificate("localhost")) as proxy:
        yield proxy


@pytest.mark.parametrize("service, region", [("r2", {"region": "auto"}), ("tigris", {}), ("tigris auto", {"region": "auto"})])
def test_tls_services(session, bucket, authority, tls, service, region):
    server = make_server(session, store_uri(bucket, "https://localhost:%d" % tls.port, **region), ca_file=authority.file)
    life(session, server)


@pytest.mark.parametrize("service", ["minio", "localstack"])
def test_listings_of_several_pages(session, admin, moto, service):
    """Segments that a listing of wal/ names on its second page only."""
    name, endpoint, keys = unique("pages"), MINIO, ROOT_KEYS
    if service == "localstack":
        endpoint, keys = moto, ("test", "test")
    s3 = raw_s3(endpoint, keys)
    s3.create_bucket(Bucket=name)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: s3.put_object(Bucket=name, Key="tenants/demo/wal/#%04d" % i, Body=b""), range(1001)))
    server = make_server(session, store_uri(name, endpoint), keys=keys)
    session.cypher(server, "CREATE (:A)")
    with Session() as other:
        other.cypher(server, "CREATE (:A)")
        assert other.cypher(server, COUNT) == [{"n": 2}]
    keys = [o["Key"][-20:] for o in s3.list_objects_v2(Bucket=name, Prefix="tenants/demo/wal/0")["Contents"]]
    assert keys == ["0000000000000001.wal", "0000000000000002.wal"]


# ---- rights ----


def least_user(admin, bucket, *actions):
    keys = (unique("user"), new_secret())
    admin.user(*keys, bucket, actions)
    return keys


def block_version(bucket, server, session, body=b"this is no manifest"):
    """What a writer leaves that dies between body and pointer, with a body that cannot be adopted."""
    version = session.status(server)["version"] + 1
    raw_s3().put_object(Bucket=bucket, Key="tenants/demo/manifest/v%016x.json" % version, Body=body)


def test_three_rights_suffice(session, admin, bucket):
    server = make_server(session, store_uri(bucket), keys=least_user(admin, bucket, "GetObject", "PutObject", "ListBucket"))
    life(session, server)


def test_delete_is_needed_for_repair_only(session, admin, bucket):
    keys = least_user(admin, bucket, "GetObject", "PutObject", "ListBucket", "DeleteObject")
    without = make_server(session, store_uri(bucket), keys=least_user(admin, bucket, "GetObject", "PutObject", "ListBucket"))
    server = make_server(session, store_uri(bucket), keys=keys)
    life(session, server)
    block_version(bucket, server, session)
    error = session.error(without, "CREATE (:Late)")
    assert error.sqlstate == "42501", error
    session.cypher(server, "CREATE (:Late)")
    assert session.cypher(without, "MATCH (n:Late) RETURN count(n) AS n") == [{"n": 1}]


def test_reader_without_put(session, admin, bucket):
    writer = make_server(session, store_uri(bucket))
    session.cypher(writer, "CREATE (:A)")
    reader = make_server(session, store_uri(bucket), keys=least_user(admin, bucket, "GetObject", "ListBucket"))
    assert session.cypher(reader, COUNT) == [{"n": 1}]
    error = session.error(reader, "CREATE (:B)")
    assert error.sqlstate == "42501" and "denied" in error.diag.message_primary
    assert "AccessDenied" in error.diag.message_detail
    assert session.cypher(reader, COUNT) == [{"n": 1}]


def test_read_only_server_sends_no_put(session, bucket):
    session.cypher(make_server(session, store_uri(bucket)), "CREATE (:A)")
    with FaultProxy(MINIO) as proxy:
        reader = make_server(session, store_uri(bucket, proxy.endpoint), read_only="true")
        assert session.cypher(reader, COUNT) == [{"n": 1}]
        assert session.error(reader, "CREATE (:B)").sqlstate == "25006"
        assert {e["method"] for e in proxy.log()} <= {"GET", "HEAD"}


@pytest.mark.parametrize("actions", [["GetObject"], ["PutObject"], ["ListBucket"], ["DeleteObject"]])
def test_missing_rights(session, admin, bucket, actions):
    session.cypher(make_server(session, store_uri(bucket)), "CREATE (:A)")
    server = make_server(session, store_uri(bucket), keys=least_user(admin, bucket, *actions))
    error = session.error(server)
    assert error.sqlstate == "42501", error
    assert "denied access" in error.diag.message_primary and "HTTP status 403" in error.diag.message_detail


# ---- refusals ----


def test_wrong_key(session, bucket):
    error = session.error(make_server(session, store_uri(bucket), keys=("nobody", new_secret())))
    assert error.sqlstate == "28000" and "InvalidAccessKeyId" in error.diag.message_detail


def test_wrong_secret(session, bucket):
    error = session.error(make_server(session, store_uri(bucket), keys=(ROOT_KEYS[0], new_secret())))
    assert error.sqlstate == "28000" and "SignatureDoesNotMatch" in error.diag.message_detail


def test_garbage_session_token(session, bucket):
    error = session.error(make_server(session, store_uri(bucket), token=new_secret()))
    assert error.sqlstate == "28000", (error, error.diag.message_detail)


def test_keys_are_changed_in_a_running_session(session, bucket):
    server = make_server(session, store_uri(bucket))
    session.cypher(server, "CREATE (:A)")
    for secret, state in ((new_secret(), "28000"), (ROOT_KEYS[1], None)):
        session.run("ALTER USER MAPPING FOR PUBLIC SERVER %s OPTIONS (SET secret_access_key '%s')" % (server, secret))
        if state:
            assert session.error(server).sqlstate == state
        else:
            assert session.cypher(server, COUNT) == [{"n": 1}]


def test_missing_bucket(session):
    server = make_server(session, store_uri(unique("missing")))
    for query in ("MATCH (n) RETURN n", "CREATE (:A)"):
        error = session.error(server, query)
        assert error.sqlstate == "42704" and re.search('bucket "missing-.*" does not exist', error.diag.message_primary)


def test_no_keys(session, bucket):
    with Session() as owner:
        server = make_server(owner, store_uri(bucket), keys=None)
    error = session.error(server)
    assert error.sqlstate == "HV00N" and "CREATE USER MAPPING" in error.diag.message_hint


def test_unencrypted_needs_permission(session, bucket):
    server = make_server(session, store_uri(bucket, allow_http="false"))
    error = session.error(server)
    assert error.sqlstate == "HV024" and "allow_http" in error.diag.message_hint


@pytest.mark.parametrize("store, options, state", [
    ("s3://AKIA:{secret}@b?ns=x", {}, "HV024"),
    ("s3://b?ns=x&secret_access_key={secret}", {}, "HV024"),
    ("s3://b?ns=x&endpoint=https://me:{secret}@host", {}, "HV024"),
    ("s3://b?ns=x", {"endpoint": "https://me:{secret}@host"}, "HV024"),
    ("s3://b?ns=x", {"endpoint": "ftp://host"}, "HV024"),
    ("s3://b?ns=x", {"region": "a/b"}, "HV024"),
    ("s3://b?ns=x", {"secret_access_key": "{secret}"}, "HV00D"),
    ("gs://b?ns=x", {}, "0A000")])
def test_servers_that_are_refused_when_they_are_made(session, store, options, state):
    """Everybody may read a server's options: keys must not get there, and mistakes are told at once."""
    with pytest.raises(psycopg.Error) as refused:
        make_server(session, store.format(secret="hush-hush"), keys=None,
                    **{k: v.format(secret="hush-hush") for k, v in options.items()})
    assert refused.value.sqlstate == state and "hush-hush" not in str(refused.value)


@pytest.mark.parametrize("answer, words", [
    ((301, {"x-amz-bucket-region": "eu-north-1"}, s3_error("PermanentRedirect")), '"eu-north-1"'),
    ((307, {"Location": "http://127.0.0.1:1/"}, s3_error("TemporaryRedirect")), "redirection"),
    ((400, {}, s3_error("AuthorizationHeaderMalformed", Region="eu-north-1")), '"eu-north-1"')])
def test_wrong_region_by_other_servers(session, answer, words):
    with CannedServer(lambda *_: answer) as server:
        error = session.error(make_server(session, store_uri("far", server.endpoint)))
    assert error.sqlstate == "08001" and words in error.diag.message_primary
    assert "region" in error.diag.message_hint


@pytest.mark.parametrize("host, trusted, words", [
    ("localhost", False, "certificate"), ("127.0.0.1", True, "certificate")])
def test_untrusted_certificates(session, bucket, authority, tls, host, trusted, words):
    """An authority that nobody knows; a certificate for another name."""
    server = make_server(session, store_uri(bucket, "https://%s:%d" % (host, tls.port)),
                         **({"ca_file": authority.file} if trusted else {}))
    error = session.error(server)
    assert error.sqlstate == "08001" and words in error.diag.message_detail.lower(), error.diag.message_detail


def test_missing_ca_file(session, bucket, tls):
    server = make_server(session, store_uri(bucket, "https://localhost:%d" % tls.port), ca_file="/nowhere/ca.pem")
    error = session.error(server)
    assert error.sqlstate in ("HV024", "08001") and "/nowhere/ca.pem" in "%s %s" % (
        error.diag.message_primary, error.diag.message_detail)


def test_plain_http_on_a_tls_port_and_the_reverse(session, bucket, tls):
    plain = session.error(make_server(session, store_uri(bucket, "http://localhost:%d" % tls.port)))
    assert plain.sqlstate in ("08001", "08006")
    https = session.error(make_server(session, store_uri(bucket, MINIO.replace("http:", "https:"))))
    assert https.sqlstate == "08001" and "SSL" in https.diag.message_detail, https.diag.message_detail


def test_nobody_there(session, bucket):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        for host in ("127.0.0.1:%d" % unused.getsockname()[1], "no-such-host.invalid"):
            error = session.error(make_server(session, store_uri(bucket, "http://" + host)))
            assert error.sqlstate == "08001" and host.split(":")[0] in error.diag.message_primary


class SkewedServer:
    """An empty bucket whose clock is wrong by some seconds, and that refuses requests signed by another clock."""

    def __init__(self, skew):
        self.skew = datetime.timedelta(seconds=skew)
        self.refused = 0

    def answer(self, method, path, headers):
        now = datetime.datetime.now(datetime.timezone.utc) + self.skew
        date = {"Date": email.utils.format_datetime(now, usegmt=True)}
        signed = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        if abs(signed - now) > datetime.timedelta(minutes=15):
            self.refused += 1
            return 403, date, s3_error("RequestTimeTooSkewed")
        if "list-type=2" in path:
            return 200, date, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
        return 404, date, s3_error("NoSuchKey")


@pytest.mark.parametrize("skew", [7200, -86400])
def test_clock_skew_is_corrected(session, skew):
    clock = SkewedServer(skew)
    with CannedServer(clock.answer) as server:
        name = make_server(session, store_uri("clock", server.endpoint))
        assert session.cypher(name, COUNT) == [{"n": 0}]
        refused = clock.refused
        assert session.cypher(name, COUNT) == [{"n": 0}]
    assert 1 <= refused == clock.refused


def test_clock_skew_that_cannot_be_corrected(session):
    with CannedServer(lambda *_: (403, {}, s3_error("RequestTimeTooSkewed"))) as server:
        error = session.error(make_server(session, store_uri("clock", server.endpoint)))
    assert error.sqlstate == "28000" and "RequestTimeTooSkewed" in error.diag.message_detail
    assert "clock" in error.diag.message_hint


@pytest.mark.parametrize("answer, state", [
    ((200, {}, b"<html>a captive portal</html>"), "XX001"),
    ((200, {}, b""), "XX001"),
    ((501, {}, s3_error("NotImplemented")), "0A000"),
    ((403, {}, s3_error("AccountProblem")), "42501"),
    ((401, {}, b""), "28000"),
    ((400, {}, s3_error("ExpiredToken")), "28000"),
    ((507, {}, b""), "53100")])
def test_strange_answers(session, answer, state):
    with CannedServer(lambda *_: answer) as server:
        error = session.error(make_server(session, store_uri("strange", server.endpoint)))
    assert error.sqlstate == state, (error, error.diag.message_detail)


def test_store_without_conditional_put(session):
    """A service that does not know If-None-Match must be read only, never written blindly."""
    def answer(method, path, headers):
        if method == "PUT":
            return 501, {}, s3_error("NotImplemented")
        if "list-type=2" in path:
            return 200, {}, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
        return 404, {}, s3_error("NoSuchKey")

    with CannedServer(answer) as server:
        name = make_server(session, store_uri("old", server.endpoint))
        assert session.cypher(name, COUNT) == [{"n": 0}]
        error = session.error(name, "CREATE (:A)")
    assert error.sqlstate == "0A000" and "conditional" in error.diag.message_primary


# ---- who may reach what ----


def test_loopback_of_ordinary_owners(session, bucket):
    """A server that an ordinary user owns does not reach our own machine, unless an administrator names the host."""
    session.run("DROP ROLE IF EXISTS services_owner")
    session.run("CREATE ROLE services_owner LOGIN")
    session.run("GRANT USAGE ON FOREIGN DATA WRAPPER namidb TO services_owner")
    with Session(user="services_owner") as owner:
        server = make_server(owner, store_uri(bucket))
        assert owner.error(server).sqlstate == "42501"
    error = session.error(server)
    assert error.sqlstate == "42501" and "namidb.allowed_hosts" in error.diag.message_hint
    session.run("SET namidb.allowed_hosts = '127.0.0.1'")
    assert session.cypher(server, COUNT) == [{"n": 0}]
    session.run("RESET namidb.allowed_hosts")
    assert session.error(server).sqlstate == "42501"
    link_local = make_server(session, store_uri(bucket, "http://169.254.169.254"))
    error = session.error(link_local)
    assert error.sqlstate == "42501" and "169.254.169.254" in error.diag.message_primary
    with Session(user="services_owner") as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        make_server(owner, store_uri(bucket), ca_file="/etc/passwd")


# ---- a MinIO of our own: another region, stopped and started ----


class OwnMinio:
    def __init__(self, folder, region):
        self.script = os.path.join(TOOLS, "minio.sh")
        self.folder = folder
        subprocess.run([self.script, "start", folder], check=True, env={**os.environ, "MINIO_SITE_REGION": region})
        self.env = dict(os.environ)
        with open(os.path.join(folder, "env"), encoding="utf-8") as file:
            for line in file:
                key, value = line.removeprefix("export ").strip().split("=", 1)
                self.env[key] = value
        self.endpoint = self.env["NAMIDB_TEST_S3_ENDPOINT"]
        self.keys = (self.env["NAMIDB_TEST_S3_ACCESS_KEY"], self.env["NAMIDB_TEST_S3_SECRET_KEY"])
        SECRETS.append(self.keys[1])
        with open(os.path.join(folder, "minio.pid"), encoding="utf-8") as file:
            self.pid = int(file.read())
        with open("/proc/%d/cmdline" % self.pid, "rb") as file:
            self.command = file.read().split(b"\0")[:-1]
        with open("/proc/%d/environ" % self.pid, "rb") as file:
            self.process_env = dict(pair.split(b"=", 1) for pair in file.read().split(b"\0") if pair)
        self.process = None

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None
        else:
            subprocess.run([self.script, "stop", self.folder], check=True)

    def start(self):
        """Again, on the same port with the same data."""
        self.process = subprocess.Popen(self.command, env=self.process_env, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        s3 = raw_s3(self.endpoint, self.keys)
        for _ in range(300):
            try:
                s3.list_buckets()
                return
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, urllib.error.URLError):
                time.sleep(0.1)
        raise RuntimeError("MinIO did not come back")


@pytest.fixture(scope="module")
def own_minio():
    minio = OwnMinio(os.path.join(os.environ["NAMIDB_TEST_DIR"], "own-minio"), "eu-central-1")
    S3Admin(minio.env).bucket("own")
    yield minio
    minio.stop()


def test_wrong_region(session, own_minio):
    wrong = make_server(session, store_uri("own", own_minio.endpoint, region="us-west-2"), keys=own_minio.keys)
    error = session.error(wrong)
    assert error.sqlstate == "08001" and '"eu-central-1"' in error.diag.message_primary
    right = make_server(session, store_uri("own", own_minio.endpoint, region="eu-central-1"), keys=own_minio.keys)
    assert session.cypher(right, COUNT)[0]["n"] >= 0


def test_minio_stopped_and_started(session, own_minio):
    server = make_server(session, store_uri("own", own_minio.endpoint, namespace=unique("stopped"), region="eu-central-1"),
                         keys=own_minio.keys)
    session.cypher(server, "CREATE (:A {n: 1})")
    own_minio.stop()
    assert session.error(server).sqlstate == "08001"
    assert session.error(server, "CREATE (:A {n: 2})").sqlstate == "08001"

    # A transaction that has begun and whose store goes away before it ends: nothing of it stays.
    own_minio.start()
    session.run("BEGIN")
    session.cypher(server, "CREATE (:A {n: 3})")
    own_minio.stop()
    with pytest.raises(psycopg.OperationalError) as lost:
        session.run("COMMIT")
    assert lost.value.sqlstate == "08001"
    own_minio.start()
    assert session.cypher(server, "MATCH (a:A) RETURN a.n AS n") == [{"n": 1}]
    session.cypher(server, "CREATE (:A {n: 4})")
    assert session.cypher(server, COUNT) == [{"n": 2}]


def test_minio_started_while_a_statement_waits(session, own_minio):
    server = make_server(session, store_uri("own", own_minio.endpoint, namespace=unique("waits"), region="eu-central-1"),
                         keys=own_minio.keys)
    session.cypher(server, "CREATE (:A)")
    os.kill(own_minio.pid, signal.SIGSTOP)
    threading.Timer(0.5, os.kill, (own_minio.pid, signal.SIGCONT)).start()
    session.cypher(server, "CREATE (:A)")
    assert session.cypher(server, COUNT) == [{"n": 2}]


# ---- servers that never answer ----

LIMIT_SECONDS = 0.2


def quick(measure):
    """The limit holds for the session; the machine of the tests may be busy: the best of three counts."""
    times = []
    for _ in range(3):
        times.append(measure())
        if times[-1] <= LIMIT_SECONDS:
            return
    raise AssertionError("took %s s" % times)


def time_of_cancel(session, action):
    """Seconds from a cancel to the error."""
    sent = []

    def cancel():
        sent.append(time.monotonic())
        session.db.cancel()

    timer = threading.Timer(0.3, cancel)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled, match="user request"):
        action()
    return time.monotonic() - sent[0]


def time_of_timeout(session, action):
    """Seconds from the end of statement_timeout to the error."""
    session.run("SET statement_timeout = '300ms'")
    start = time.monotonic()
    with pytest.raises(psycopg.errors.QueryCanceled, match="timeout"):
        action()
    took = time.monotonic() - start - 0.3
    session.run("RESET statement_timeout")
    assert took > -0.01
    return took


@pytest.fixture(params=["nothing", "half a head", "half a body", "no connection", "frozen TLS"])
def silent_endpoint(request):
    if request.param == "no connection":
        # A queue of connections that is full: further ones are neither accepted nor refused.
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            yield "http://127.0.0.1:%d" % full.getsockname()[1]
            for one in waiting:
                one.close()
        return
    say = {"half a head": "HTTP/1.1 200 OK\r\nContent-", "half a body": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<List"}
    with SilentServer(say.get(request.param, "")) as server:
        yield "%s://127.0.0.1:%d" % ("https" if "TLS" in request.param else "http", server.port)


@pytest.mark.parametrize("query", ["MATCH (n) RETURN n", "CREATE (:A)"])
def test_cancel_and_statement_timeout(session, silent_endpoint, query):
    server = make_server(session, store_uri("silent", silent_endpoint))
    quick(lambda: time_of_cancel(session, lambda: session.cypher(server, query)))
    quick(lambda: time_of_timeout(session, lambda: session.cypher(server, query)))


def test_silent_server_without_a_limit(session):
    """Nobody cancels: namidb.request_timeout ends each attempt, also when it is set after the server was used."""
    with SilentServer() as silent:
        server = make_server(session, store_uri("silent", "http://127.0.0.1:%d" % silent.port))
        time_of_timeout(session, lambda: session.cypher(server, COUNT))
        session.run("SET namidb.request_timeout = '100ms'")
        session.run("SET statement_timeout = '25s'")
        error = session.error(server, COUNT)
        assert error.sqlstate == "08006" and "in time" in error.diag.message_primary
        session.run("RESET statement_timeout")


def test_termination(silent_endpoint):
    """pg_terminate_backend ends a session that waits for a silent server."""
    with Session() as administrator, Session() as waiting:
        server = make_server(administrator, store_uri("silent", silent_endpoint))
        pid = waiting.db.info.backend_pid
        sent = []

        def terminate():
            sent.append(time.monotonic())
            administrator.run("SELECT pg_terminate_backend(%s)", pid)

        timer = threading.Timer(0.3, terminate)
        timer.start()
        with pytest.raises(psycopg.errors.AdminShutdown):
            waiting.cypher(server, COUNT)
        assert time.monotonic() - sent[0] < 1
        timer.join()                # the administrator still waits for the answer


@pytest.mark.parametrize("measure", [time_of_cancel, time_of_timeout])
def test_commit_whose_segment_hangs(session, bucket, measure):
    """A segment alone is no commit: COMMIT obeys at once, and nothing stays."""
    with FaultProxy(MINIO, enabled=False, rates={"hang_after": 1.0}, methods=["PUT"], path="/wal/") as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.cypher(server, "CREATE (:A)")
        proxy.set(enabled=True)
        quick(lambda: measure(session, lambda: session.cypher(server, "CREATE (:A)")))
        proxy.set(enabled=False)
        assert session.cypher(server, COUNT) == [{"n": 1}]
        session.cypher(server, "CREATE (:A)")
        assert session.cypher(server, COUNT) == [{"n": 2}]


@pytest.mark.parametrize("fault", ["hang_before", "hang_after"])
@pytest.mark.parametrize("stop", ["cancel", "timeout"])
def test_commit_whose_body_hangs(session, bucket, fault, stop):
    """From the body on another writer may complete the commit: "canceled" is only said when that is excluded."""
    with FaultProxy(MINIO, enabled=False, rates={fault: 1.0}, methods=["PUT"], path="/manifest/v") as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.cypher(server, "CREATE (:A)")
        proxy.set(enabled=True)
        if stop == "cancel":
            threading.Timer(0.3, session.db.cancel).start()
        else:
            session.run("SET statement_timeout = '300ms'")
        start = time.monotonic()
        error = session.error(server, "CREATE (:A)")
        assert time.monotonic() - start < 3
        session.run("RESET statement_timeout")
        proxy.set(enabled=False)
        session.cypher(server, "CREATE (:B)")
        count = session.cypher(server, "MATCH (a:A) RETURN count(a) AS n")[0]["n"]
        assert (error.sqlstate, count) in (("57014", 1), ("08007", 1), ("08007", 2))


def test_commit_timeout(session, bucket):
    with FaultProxy(MINIO, enabled=False, rates={"hang_before": 1.0}, methods=["PUT"], path="/wal/") as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.cypher(server, "CREATE (:A)")
        proxy.set(enabled=True)
        session.run("SET namidb.commit_timeout = '300ms'")
        start = time.monotonic()
        assert session.error(server, "CREATE (:A)").sqlstate == "57014"
        assert 0.29 <= time.monotonic() - start < 2
        proxy.set(enabled=False)
        assert session.cypher(server, COUNT) == [{"n": 1}]


@pytest.mark.parametrize("fault", ["drop_after", "reset_after", "error_after", "cut_after"])
@pytest.mark.parametrize("path", ["/wal/", "/manifest/v", "/manifest/pointer/"])
def test_lost_answer_of_a_commit_is_settled(session, bucket, fault, path):
    with FaultProxy(MINIO, enabled=False, rates={fault: 1.0}, methods=["PUT"], path=path, limit=1) as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.cypher(server, "CREATE (:A)")
        proxy.set(enabled=True)
        session.cypher(server, "CREATE (:A)")
        assert proxy.state()["faults"] == {fault: 1}
        assert session.cypher(server, COUNT) == [{"n": 2}]
    with Session() as other:
        assert other.cypher(make_server(other, store_uri(bucket)), COUNT) == [{"n": 2}]


def test_silent_pointer_is_settled_or_in_doubt(session, bucket):
    """Once the pointer was sent, a cancel waits for the truth: it is read back, or said to be unknown."""
    with FaultProxy(MINIO, enabled=False, rates={"hang_after": 1.0}, methods=["PUT"], path="/manifest/pointer/") as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.run("SET namidb.request_timeout = '700ms'")
        session.run("SET namidb.resolve_timeout = '3s'")
        session.cypher(server, "CREATE (:A)")
        proxy.set(enabled=True)
        threading.Timer(0.2, session.db.cancel).start()
        session.cypher(server, "CREATE (:A)")
        assert proxy.state()["faults"]["hang_after"] == 1

        # Nothing can be read back either: unknown, and said so, with what it takes to find out later.
        session.run("BEGIN")
        session.cypher(server, "CREATE (:A)")
        proxy.set(methods=[])
        start = time.monotonic()
        with pytest.raises(psycopg.errors.TransactionResolutionUnknown, match="version 3, writer [0-9a-f-]{36}"):
            session.run("COMMIT")
        assert 2.9 < time.monotonic() - start < 5
        proxy.set(enabled=False)
        assert session.cypher(server, COUNT) == [{"n": 3}]


def test_many_faults_and_exact_counts(session, bucket):
    """Whatever is lost on the way: an acknowledged row is there once, a refused one not at all."""
    rates = {fault: 0.04 for fault in ("drop_before", "drop_after", "reset_before", "reset_after", "error_before", "error_after",
                                       "cut_after", "delay")}
    with FaultProxy(MINIO, enabled=False, rates=rates, seed=11, delay_ms=[1, 50]) as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.cypher(server, "CREATE (:Start)")
        proxy.set(enabled=True)
        there, unknown = set(), set()
        for number in range(60):
            try:
                session.cypher(server, "CREATE (:A {n: $n})", n=number)
                there.add(number)
            except psycopg.Error as error:
                assert error.sqlstate in ("08001", "08006", "08007"), error
                if error.sqlstate == "08007":
                    unknown.add(number)
        proxy.set(enabled=False)
        assert sum(proxy.state()["faults"].values()) > 30
    rows = [r["n"] for r in session.cypher(make_server(session, store_uri(bucket)), "MATCH (a:A) RETURN a.n AS n ORDER BY n")]
    assert len(rows) == len(set(rows)) and there <= set(rows) <= there | unknown
    assert len(there) > 50


def test_sessions_that_count_under_faults(session, bucket):
    """Three sessions count one number up while answers get lost: it is exact, and nobody sees it go back."""
    rates = {fault: 0.02 for fault in ("drop_before", "drop_after", "reset_before", "reset_after", "error_before", "error_after",
                                       "cut_after", "delay")}
    outcomes, backwards = [], []

    def count_up(server):
        last = 0
        with Session() as mine:
            for _ in range(12):
                try:
                    mine.cypher(server, "MATCH (c:C) SET c.n = c.n + 1")
                    outcomes.append("ok")
                except psycopg.Error as error:
                    outcomes.append(error.sqlstate)
                now = mine.cypher(server, "MATCH (c:C) RETURN c.n AS n")[0]["n"]
                backwards.extend([(last, now)] if now < last else [])
                last = now

    with FaultProxy(MINIO, enabled=False, rates=rates, seed=3, delay_ms=[1, 80]) as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.cypher(server, "CREATE (:C {n: 0})")
        proxy.set(enabled=True)
        threads = [threading.Thread(target=count_up, args=(server,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        proxy.set(enabled=False)
        counted = session.cypher(server, "MATCH (c:C) RETURN c.n AS n")[0]["n"]
    assert len(outcomes) == 36 and set(outcomes) <= {"ok", "08001", "08006", "08007"} and not backwards
    assert outcomes.count("ok") <= counted <= outcomes.count("ok") + outcomes.count("08007")
    assert outcomes.count("ok") > 30


# ---- what it costs ----


class Meter:
    """Requests as the proxy sees them and as the session counts them; status' own requests are left out."""

    def __init__(self, session, server, proxy):
        self.session, self.server, self.proxy = session, server, proxy

    def seen(self):
        entries = self.proxy.log()
        kinds = {}
        for entry in entries:
            target, method = entry["target"], entry["method"]
            kind = ("LIST" if "list-type=2" in target else "background" if target.endswith("current.json") and method == "PUT"
                    else method)
            kinds[kind] = kinds.get(kind, 0) + 1
        return kinds

    def measure(self, action):
        time.sleep(0.1)
        before = self.seen()
        action()
        time.sleep(0.1)
        after = self.seen()
        return {k: after[k] - before.get(k, 0) for k in sorted(after) if after[k] > before.get(k, 0)}


def test_number_of_requests(bucket, capsys):
    with FaultProxy(MINIO) as proxy, Session() as writer, Session() as reader:
        server = make_server(writer, store_uri(bucket, proxy.endpoint))
        for number in range(5):
            writer.cypher(server, "CREATE (:A {n: $n})", n=number)
        meter = Meter(reader, server, proxy)
        figures = {
            "first open, 5 segments": meter.measure(lambda: reader.cypher(server, COUNT)),
            "read, nothing new": meter.measure(lambda: reader.cypher(server, COUNT)),
            "commit of one row": meter.measure(lambda: writer.cypher(server, "CREATE (:A {n: 6})")),
            "read of one new version": meter.measure(lambda: reader.cypher(server, COUNT)),
            "update of one row": meter.measure(lambda: writer.cypher(server, "MATCH (a:A {n: 6}) SET a.n = 7")),
            "read of one more": meter.measure(lambda: reader.cypher(server, COUNT)),
            "first commit of a session": meter.measure(lambda: reader.cypher(server, "CREATE (:A {n: 8})")),
        }
        status = reader.status(server)["requests"]
        log = proxy.log()
    with capsys.disabled():
        print()
        for name, requests in figures.items():
            print("    %-28s %2d  %s" % (name, sum(requests.values()), requests))
    total = {name: sum(n for kind, n in requests.items() if kind != "background") for name, requests in figures.items()}
    # LIST, pointer, body, a look for the next pointer, and each segment once.
    assert total["first open, 5 segments"] <= 4 + 5
    assert total["read, nothing new"] == 1
    commit = figures["commit of one row"]
    assert commit["PUT"] == 3 and total["commit of one row"] <= 3 + 2 and commit.get("background", 0) <= 1
    # The look, the pointer, its body, the next pointer, the segment.
    assert total["read of one new version"] <= 4
    assert total["update of one row"] <= 3 + 2
    assert total["first commit of a session"] <= 3 + 3
    assert sum(status.values()) <= len(log)


def test_counters_count_what_was_sent(session, bucket):
    with FaultProxy(MINIO) as proxy:
        server = make_server(session, store_uri(bucket, proxy.endpoint))
        session.cypher(server, "CREATE (:A)")
        first = session.status(server)["requests"]
        session.cypher(server, "MATCH (n) RETURN n")
        session.cypher(server, "CREATE (:A)")
        second = session.status(server)["requests"]
        time.sleep(0.2)
        log = proxy.log()
        assert sum(second.values()) == len(log)
        assert second["LIST"] == sum("list-type=2" in e["target"] for e in log)
        assert second["HEAD"] == sum(e["method"] == "HEAD" for e in log)
        assert second["CREATE"] + second["PUT"] == sum(e["method"] == "PUT" for e in log)
        assert second["CREATE"] - first["CREATE"] == 3


# ---- at the end: nothing was told ----


def test_zz_secrets_are_in_no_log_and_no_message():
    """Last, so that the log holds the whole run."""
    with open(os.path.join(os.environ["PGHOST"], "data/log/server.log"), "rb") as file:
        log = file.read()
    assert b"namidb store" in log or b"DEBUG:  " in log
    assert log.count(b"tenants/demo/manifest/pointer/") > 50
    assert len(SECRETS) > 10 and len(Session.error_texts) > 30
    for secret in SECRETS:
        assert secret.encode() not in log
        assert all(secret not in text for text in Session.error_texts)
    assert b"Signature=" not in log and b"X-Amz-" not in log
