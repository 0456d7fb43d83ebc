"""Two implementations on one namespace: a released NamiDB and the extension, in turns and at the same time.

In turns: seeded random changes, every type of value, flush and compact in between; after each turn both sides read the
whole graph, which must be the model's. At the same time: everything acknowledged is there, nothing is there twice.
"""
import concurrent.futures
import json
import os
import random
import subprocess
import time
import uuid

import pytest
from fault_proxy import FaultProxy
from s3admin import S3Admin
from support import HERE, Node, Rel, Sql, SqlError, diff, dt, open_to_all, quoted, typed, with_ids

VERSIONS = {"old": os.environ["NAMIDB_OLD_PYTHON"], "new": os.environ["NAMIDB_NEW_PYTHON"]}
LABELS = ["Person", "City", "weird label", "Ünï"]
TYPES = ["KNOWS", "LIVES_IN", "odd type"]


class WheelError(Exception):
    pass


class WheelProcess:
    """A client of the released NamiDB in its own process, with a store opened."""

    def __init__(self, version, uri, environment=None):
        self.process = subprocess.Popen([VERSIONS[version], os.path.join(HERE, "wheel_process.py")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **(environment or {})})
        self.call("open", uri)

    def call(self, name, *args):
        self.send(name, *args)
        return self.receive()

    def send(self, name, *args):
        self.process.stdin.write(json.dumps({"call": name, "args": args}) + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            raise WheelError("the process ended")
        answer = json.loads(line)
        if "error" in answer:
            raise WheelError(answer["error"])
        return answer["result"]

    def rows(self, query, params=None):
        return [[with_ids(c) for c in row] for row in self.call("cypher", query, typed(params or {}))]

    def graph(self):
        return ([r[0] for r in self.rows("MATCH (n) RETURN n")], [r[0] for r in self.rows("MATCH ()-[r]->() RETURN r")])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


# ---- stores -----------------------------------------------------------------------------------

class Store:
    """One namespace, as each side names it."""

    def __init__(self, kind, endpoint=None):
        self.namespace = "n" + uuid.uuid4().hex[:12]
        self.mapping = None
        self.environment = {}
        if kind == "folder":
            root = os.path.join(os.environ["NAMIDB_TEST_DIR"], "wheel-" + self.namespace)
            os.makedirs(root)
            open_to_all(root)
            self.uri = self.product_uri = "file://%s?ns=%s" % (root, self.namespace)
            return
        env = os.environ
        bucket = "wheel-" + self.namespace
        S3Admin().bucket(bucket)
        self.uri = "s3://%s?ns=%s&endpoint=%s&region=us-east-1&allow_http=true" % (
            bucket, self.namespace, endpoint or env["NAMIDB_TEST_S3_ENDPOINT"])
        self.product_uri = self.uri
        self.mapping = {"access_key_id": env["NAMIDB_TEST_S3_ACCESS_KEY"], "secret_access_key": env["NAMIDB_TEST_S3_SECRET_KEY"]}
        self.environment = {"AWS_ACCESS_KEY_ID": env["NAMIDB_TEST_S3_ACCESS_KEY"],
                            "AWS_SECRET_ACCESS_KEY": env["NAMIDB_TEST_S3_SECRET_KEY"]}

    def sql(self):
        return Sql(self.uri, self.mapping)

    def wheel(self, version):
        return WheelProcess(version, self.product_uri, self.environment)


# ---- the model and its random changes -----------------------------------------------------------

def random_value(dice, depth=0):
    kinds = ["int", "float", "text", "bool", "date", "bytes", "vector"] + ([] if depth > 1 else ["list", "map"])
    kind = dice.choice(kinds)
    if kind == "int":
        return dice.choice([0, 1, -1, 2**63 - 1, -2**63, dice.randint(-10**6, 10**6)])
    if kind == "float":
        return dice.choice([0.0, 1.0, -2.5, 1e300, 5e-324, 0.1, dice.uniform(-1e6, 1e6)])
    if kind == "text":
        return dice.choice(["", "text", "Grüße 東京 😀", "\"'\\\n\t", "x" * 2000])
    if kind == "bool":
        return dice.random() < 0.5
    if kind == "date":
        return dt.date(dice.randint(1, 9999), dice.randint(1, 12), dice.randint(1, 28))
    if kind == "bytes":
        return dice.randbytes(dice.randint(0, 20))
    if kind == "vector":
        return [dice.randint(-8, 8) / 4 for _ in range(dice.randint(1, 4))]
    if kind == "list":
        return [dice.choice([None, 1, "a"])] + [random_value(dice, depth + 1) for _ in range(dice.randint(0, 3))]
    return {dice.choice("abc"): random_value(dice, depth + 1) for _ in range(dice.randint(0, 2))}


class Model:
    """The graph as it must be, and a source of changes: (query, params) that both sides understand alike."""

    def __init__(self, dice):
        self.dice = dice
        self.nodes = {}             # id -> (labels, properties)
        self.rels = {}              # (type, start, end) -> properties

    def properties(self):
        return {k: random_value(self.dice) for k in self.dice.sample(["a", "b", "k", "odd name", "é"], self.dice.randint(0, 4))}

    def labels(self):
        return self.dice.sample(LABELS, self.dice.randint(1, 3))

    def pick(self):
        identity = self.dice.choice(sorted(self.nodes))
        return identity, "(n:%s {_id: $id})" % quoted(sorted(self.nodes[identity][0])[0])

    def change(self):
        if len(self.nodes) < 4:
            return self.create_node()
        return self.dice.choice([self.create_node, self.create_node, self.create_rel, self.create_rel, self.merge_rel, self.set_one,
                                 self.set_all, self.set_more, self.set_datetime, self.remove, self.label, self.unlabel,
                                 self.set_rel, self.delete_rel, self.delete_node])()

    def create_node(self):
        identity, labels, props = str(uuid.UUID(int=self.dice.getrandbits(128), version=4)), self.labels(), self.properties()
        self.nodes[identity] = (set(labels), props)
        return ("CREATE (n:%s {_id: $id}) SET n += $props" % ":".join(quoted(x) for x in labels), {"id": identity, "props": props})

    def ends(self):
        a, b = self.dice.choice(sorted(self.nodes)), self.dice.choice(sorted(self.nodes))
        match = "MATCH (a:%s {_id: $a}), (b:%s {_id: $b}) " % tuple(quoted(sorted(self.nodes[x][0])[0]) for x in (a, b))
        return a, b, match, {"a": a, "b": b}

    def create_rel(self):
        a, b, match, params = self.ends()
        kind, props = self.dice.choice(TYPES), self.properties()
        if (kind, a, b) in self.rels:
            return self.set_rel()
        self.rels[kind, a, b] = props
        return (match + "CREATE (a)-[r:%s]->(b) SET r += $props" % quoted(kind), {**params, "props": props})

    def merge_rel(self):
        a, b, match, params = self.ends()
        kind = self.dice.choice(TYPES)
        new = (kind, a, b) not in self.rels
        self.rels.setdefault((kind, a, b), {})["m"] = 1 if new else 2
        return (match + "MERGE (a)-[r:%s]->(b) ON CREATE SET r.m = 1 ON MATCH SET r.m = 2" % quoted(kind), params)

    def some_rel(self):
        kind, a, b = self.dice.choice(sorted(self.rels))
        match = "MATCH (a:%s {_id: $a})-[r:%s]->(b:%s {_id: $b}) " % (
            quoted(sorted(self.nodes[a][0])[0]), quoted(kind), quoted(sorted(self.nodes[b][0])[0]))
        return (kind, a, b), match, {"a": a, "b": b}

    def set_rel(self):
        if not self.rels:
            return self.create_node()
        key, match, params = self.some_rel()
        props = self.properties()
        self.rels[key] = props
        return match + "SET r = $props", {**params, "props": props}

    def delete_rel(self):
        if not self.rels:
            return self.create_node()
        key, match, params = self.some_rel()
        del self.rels[key]
        return match + "DELETE r", params

    def set_one(self):
        identity, node = self.pick()
        value = random_value(self.dice)
        self.nodes[identity][1]["b"] = value
        return "MATCH %s SET n.b = $v" % node, {"id": identity, "v": value}

    def set_all(self):
        identity, node = self.pick()
        props = self.properties()
        self.nodes[identity] = (self.nodes[identity][0], props)
        return "MATCH %s SET n = $props" % node, {"id": identity, "props": props}

    def set_more(self):
        identity, node = self.pick()
        props = self.properties()
        self.nodes[identity][1].update(props)
        return "MATCH %s SET n += $props" % node, {"id": identity, "props": props}

    def set_datetime(self):
        identity, node = self.pick()
        value = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(microseconds=self.dice.randint(-10**16, 10**16))
        self.nodes[identity][1]["t"] = value
        return "MATCH %s SET n.t = datetime($t)" % node, {"id": identity, "t": value.isoformat().replace("+00:00", "Z")}

    def remove(self):
        identity, node = self.pick()
        self.nodes[identity][1].pop("a", None)
        return "MATCH %s REMOVE n.a" % node, {"id": identity}

    def label(self):
        identity, node = self.pick()
        label = self.dice.choice(LABELS)
        self.nodes[identity][0].add(label)
        return "MATCH %s SET n:%s" % (node, quoted(label)), {"id": identity}

    def unlabel(self):
        identity, node = self.pick()
        labels = self.nodes[identity][0]
        if len(labels) == 1:
            return self.set_one()
        label = self.dice.choice(sorted(labels))
        labels.remove(label)
        return "MATCH %s REMOVE n:%s" % (node, quoted(label)), {"id": identity}

    def delete_node(self):
        identity, node = self.pick()
        del self.nodes[identity]
        self.rels = {k: v for k, v in self.rels.items() if identity not in k[1:]}
        return "MATCH %s DETACH DELETE n" % node, {"id": identity}

    def graph(self):
        return ([Node(labels, props, i) for i, (labels, props) in self.nodes.items()],
                [Rel(t, props, a, b) for (t, a, b), props in self.rels.items()])


def check(side, reader, model):
    for got, want in zip(reader.graph(), model.graph()):
        assert not diff(got, want), side


def our_turn(store, model, dice, count):
    """Autocommit, transactions of several statements, and changes that are rolled back."""
    with store.sql() as sql:
        while count > 0:
            size = dice.choice([1, 1, 3, 8])
            if size > 1:
                sql.execute("BEGIN")
            for i in range(size):
                if size > 1 and i % 3 == 2:
                    sql.execute("SAVEPOINT s")
                    sql.maps("MATCH (n) SET n.lost = 1 REMOVE n.a")
                    sql.maps("CREATE (:Lost)-[:LOST]->(:Lost)")
                    sql.execute("ROLLBACK TO s")
                sql.maps(*model.change())
            if size > 1:
                check("we, before commit", sql, model)
                sql.execute("COMMIT")
            count -= size
        sql.execute("BEGIN")
        sql.maps("MATCH (n) DETACH DELETE n")
        sql.execute("ROLLBACK")


def product_turn(store, version, model, dice, count):
    with store.wheel(version) as wheel:
        check(version + " at open", wheel, model)
        for _ in range(count):
            query, params = model.change()
            try:
                wheel.rows(query, params)
            except WheelError as error:
                raise AssertionError("%s: %s %s" % (error, query, params)) from error
            if dice.random() < 0.08:
                wheel.call("flush")
                if dice.random() < 0.5:
                    wheel.call("compact")
        check(version, wheel, model)


@pytest.mark.parametrize("seed", range(1, 1 + int(os.environ.get("SEEDS", 2))))
@pytest.mark.parametrize("version", ["old", "new", "both"])
@pytest.mark.parametrize("kind", ["folder", "minio"])
def test_in_turns(kind, version, seed):
    dice = random.Random("%s %s %s" % (kind, version, seed))
    store, model = Store(kind), Model(dice)
    reader = store.sql()        # a session that stays open and follows
    for turn in range(8):
        if (turn + seed) % 2:
            our_turn(store, model, dice, 30)
        else:
            product_turn(store, dice.choice(["old", "new"]) if version == "both" else version, model, dice, 25)
        check("we, turn %d" % turn, reader, model)
    for one in VERSIONS:
        with store.wheel(one) as wheel:
            check(one + " at the end", wheel, model)
            wheel.call("flush")
            wheel.call("compact")
            check(one + " after flush and compact", wheel, model)
        check("we, after flush and compact by " + one, reader, model)
        with store.sql() as fresh:
            check("we, fresh, after flush and compact by " + one, fresh, model)
    reader.close()


# ---- at the same time ---------------------------------------------------------------------------

def our_loop(server, seconds, prefix):
    """Commits one node after the other. What was acknowledged, what failed, and the errors: their SQLSTATEs, or whole when unexpected."""
    acknowledged, failed, states = [], [], {}
    end = time.monotonic() + seconds
    number = 0
    with Sql() as sql:
        sql.server = server
        while time.monotonic() < end:
            number += 1
            key = "%s-%d" % (prefix, number)
            try:
                sql.maps("CREATE (:Row {k: $k})", {"k": key})
                acknowledged.append(key)
            except SqlError as error:
                failed.append(key)
                kind = error.state if error.state.startswith("08") else str(error)
                states[kind] = states.get(kind, 0) + 1
    return acknowledged, failed, states


def together(store, version, seconds, backends=4, proxy=None):
    """Both commit for some seconds, through a proxy's faults if there is one; then, without faults, everybody looks at the outcome."""
    with store.sql() as sql, store.wheel(version) as wheel, concurrent.futures.ThreadPoolExecutor(backends) as pool:
        if proxy is not None:       # not before: the product cannot open when an answer is lost
            proxy.set(enabled=True)
        wheel.send("loop", seconds, "Row", "product")
        loops = [pool.submit(our_loop, sql.server, seconds, "b%d" % i) for i in range(backends)]
        ours = [f.result() for f in loops]
        product = wheel.receive()
        if proxy is not None:       # the product takes a retried PUT of its own SST for a foreign one
            proxy.set(enabled=False)
        acknowledged = product["acknowledged"] + [k for a, _, _ in ours for k in a]
        failed = product["failed"] + [k for _, f, _ in ours for k in f]
        present = [r[0] for r in sql.rows("MATCH (n:Row) RETURN n.k")]
    with store.wheel(version) as again:
        seen = [r[0] for r in again.rows("MATCH (n:Row) RETURN n.k AS k")]
        again.call("flush")
        flushed = [r[0] for r in again.rows("MATCH (n:Row) RETURN n.k AS k")]
    with store.sql() as fresh:
        after = [r[0] for r in fresh.rows("MATCH (n:Row) RETURN n.k")]
    assert len(present) == len(set(present)), "a row is there twice"
    assert not set(acknowledged) - set(present), "an acknowledged row is missing"
    assert not set(present) - set(acknowledged) - set(failed), "a row that nobody wrote"
    assert sorted(seen) == sorted(flushed) == sorted(after) == sorted(present)
    return ours, product


@pytest.mark.parametrize("kind", ["folder", "minio"])
def test_sessions_take_turns(kind):
    """Sessions of one cluster that commit at the same time do not starve each other."""
    store = Store(kind)
    with store.sql() as sql, concurrent.futures.ThreadPoolExecutor(4) as pool:
        loops = [f.result() for f in [pool.submit(our_loop, sql.server, 4, "b%d" % i) for i in range(4)]]
        keys = [r[0] for r in sql.rows("MATCH (n:Row) RETURN n.k")]
    counts = [len(acknowledged) for acknowledged, _, _ in loops]
    assert not any(failed for _, failed, _ in loops)
    assert sorted(keys) == sorted(k for a, _, _ in loops for k in a)
    assert min(counts) > sum(counts) / 4 / 3, counts


@pytest.mark.parametrize("version", ["old", "new"])
@pytest.mark.parametrize("kind", ["folder", "minio"])
def test_at_the_same_time(kind, version, capsys):
    ours, product = together(Store(kind), version, 6)
    with capsys.disabled():
        print("\n%s, %s: we %s, failed %s; the product %d, %s" % (
            kind, version, [len(a) for a, _, _ in ours], [s for _, _, s in ours], len(product["acknowledged"]), product["errors"]))
    assert all(a for a, _, _ in ours)
    assert not any(failed for _, failed, _ in ours), "creating new nodes never conflicts"
    assert product["acknowledged"]


@pytest.mark.parametrize("version", ["old", "new"])
def test_at_the_same_time_with_lost_answers(version, capsys):
    """5 % of the answers and requests of both sides are lost, late, cut or errors."""
    rates = {"drop_before": 0.006, "drop_after": 0.012, "reset_after": 0.008, "error_before": 0.008, "error_after": 0.008, "delay": 0.008}
    with FaultProxy(os.environ["NAMIDB_TEST_S3_ENDPOINT"], enabled=False, rates=rates, seed=7) as proxy:
        ours, product = together(Store("minio", proxy.endpoint), version, 10, proxy=proxy)
        faults = proxy.state()["faults"]
    with capsys.disabled():
        print("\n%s: we %s, failed %s; the product %d, %s; faults %s" % (
            version, [len(a) for a, _, _ in ours], [s for _, _, s in ours], len(product["acknowledged"]), product["errors"], faults))
    assert sum(faults.values()) > 20
    assert all(len(a) > 3 for a, _, _ in ours)
    # Doubt is possible, but has its own class; nothing else.
    assert not {s for _, _, states in ours for s in states} - {"08007", "08006"}
