"""The SQL of README.md runs as it stands there; only places and keys are put in."""
import json
import os
import re
import subprocess
import uuid

import psycopg
import pytest
from s3admin import S3Admin
from support import TEST, open_to_all

README = os.path.join(os.path.dirname(TEST), "README.md")


def blocks(heading):
    """The indented blocks below a heading."""
    with open(README, encoding="utf-8") as file:
        section = re.split(r"^#+ ", file.read().split("# %s\n" % heading)[1], flags=re.M)[0]
    return [re.sub(r"^    ", "", b, flags=re.M).strip() for b in re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, flags=re.M)]


def statements(text):
    """Text at the end of each statement, dollar quotes respected."""
    out, quoted, start = [], False, 0
    for i, c in enumerate(text):
        if text.startswith("$$", i) and not text.startswith("$$", i - 1):
            quoted = not quoted
        if c == ";" and not quoted:
            out.append(text[start:i].strip())
            start = i + 1
    assert not text[start:].strip(), text[start:]
    return out


@pytest.fixture()
def database():
    name = "readme_" + uuid.uuid4().hex[:8]
    with psycopg.connect(autocommit=True) as admin:
        admin.execute("CREATE DATABASE " + name)
        with psycopg.connect(dbname=name, autocommit=True) as db:
            yield db
        admin.execute("DROP DATABASE " + name)


def run(db, text):
    cursor = db.execute(text)
    return cursor.fetchall() if cursor.description else None


def test_first_steps(database):
    sql = [s for b in blocks("First steps") for s in statements(b)]
    assert len(sql) == 6
    results = [run(database, s) for s in sql]
    assert results[:3] == [None, None, []]
    assert results[3] == [("Alice",), ("Bob",)]
    assert results[4] == [("Alice", "Bob", 2020)]
    assert any("Person" in line for (line,) in results[5])


def test_minio(database):
    shell, sql, psql = blocks("MinIO")[0].split("\n\n")
    assert "minio/minio server" in shell
    bucket = "readme-" + uuid.uuid4().hex[:8]
    S3Admin().bucket(bucket)
    sql = sql.replace("http://localhost:9000", os.environ["NAMIDB_TEST_S3_ENDPOINT"]).replace("s3://namidb", "s3://" + bucket)
    sql = sql.replace("'minio-secret'", "'%s'" % os.environ["NAMIDB_TEST_S3_SECRET_KEY"])
    sql = sql.replace("access_key_id 'minio'", "access_key_id '%s'" % os.environ["NAMIDB_TEST_S3_ACCESS_KEY"])
    run(database, "CREATE EXTENSION namidb")
    for s in statements(sql):
        run(database, s)
    subprocess.run(psql, shell=True, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PGDATABASE": database.info.dbname})
    assert run(database, "SELECT r->>'name' FROM namidb_cypher('MATCH (n:Person) RETURN n.name AS name')") == [("Alice",)]


def test_the_least_policy(database):
    """What README.md grants is enough to make a namespace, to change and to read it."""
    policy = next(b for b in blocks("MinIO") if b.startswith('{"Version"'))
    bucket, user, secret = "policy-" + uuid.uuid4().hex[:8], "u" + uuid.uuid4().hex[:8], uuid.uuid4().hex
    admin = S3Admin()
    admin.bucket(bucket)
    admin.user(user, secret, bucket, ["GetBucketLocation"])
    admin.policy(user, json.loads(policy.replace("arn:aws:s3:::namidb", "arn:aws:s3:::" + bucket)))
    run(database, "CREATE EXTENSION namidb")
    run(database, "CREATE SERVER s FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://%s?ns=demo&endpoint=%s&allow_http=true')"
        % (bucket, os.environ["NAMIDB_TEST_S3_ENDPOINT"]))
    run(database, "CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (access_key_id '%s', secret_access_key '%s')" % (user, secret))
    run(database, "SELECT namidb_cypher('CREATE (:A {k: 1})')")
    run(database, "SELECT namidb_cypher('MATCH (n:A) SET n.k = 2')")
    assert run(database, "SELECT (r->'k')::int FROM namidb_cypher('MATCH (n:A) RETURN n.k AS k')") == [(2,)]


def test_folder(database):
    (sql,) = blocks("A folder")
    folder = os.path.join(os.environ["NAMIDB_TEST_DIR"], "readme-" + uuid.uuid4().hex[:8])
    os.makedirs(folder)
    open_to_all(folder)
    run(database, "CREATE EXTENSION namidb")
    for s in statements(sql.replace("/srv/graphs", folder)):
        run(database, s)
    assert run(database, "SELECT namidb_cypher('CREATE (n:A) RETURN 1 AS one')") == [({"one": 1},)]
    assert os.path.isdir(os.path.join(folder, "demo", "wal"))
