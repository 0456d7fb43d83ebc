"""The servers of test/tools do what their tests rely on: each fault of fault_proxy.py, TLS, silence."""
import os
import socket
import ssl
import time

import boto3
import botocore.config
import botocore.exceptions
import pytest
from fault_proxy import FaultProxy
from s3admin import S3Admin
from silent_server import SilentServer
from tls_proxy import Authority, TlsProxy

BUCKET = "proxies-" + os.urandom(4).hex()
BROKEN = (botocore.exceptions.ConnectionClosedError, botocore.exceptions.EndpointConnectionError,
          botocore.exceptions.HTTPClientError, botocore.exceptions.ReadTimeoutError)


def client(endpoint, **options):
    return boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=os.environ["NAMIDB_TEST_S3_ACCESS_KEY"],
                        aws_secret_access_key=os.environ["NAMIDB_TEST_S3_SECRET_KEY"], region_name="us-east-1",
                        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=2), **options)


@pytest.fixture(scope="module")
def upstream():
    S3Admin().bucket(BUCKET)
    return os.environ["NAMIDB_TEST_S3_ENDPOINT"]


@pytest.fixture(scope="module")
def direct(upstream):
    return client(upstream)


def exists(direct, key):
    return any(o["Key"] == key for o in direct.list_objects_v2(Bucket=BUCKET, Prefix=key).get("Contents", []))


@pytest.mark.parametrize("fault, acted", [
    ("drop_before", False), ("reset_before", False), ("hang_before", False), ("error_before", False),
    ("drop_after", True), ("reset_after", True), ("hang_after", True), ("error_after", True)])
def test_fault_before_and_after_the_server_has_acted(upstream, direct, fault, acted):
    with FaultProxy(upstream, rates={fault: 1.0}, methods=["PUT"]) as proxy:
        s3 = client(proxy.endpoint)
        with pytest.raises((*BROKEN, botocore.exceptions.ClientError)) as caught:
            s3.put_object(Bucket=BUCKET, Key=fault, Body=b"x" * 1000, IfNoneMatch="*")
        if "error" in fault:
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (500, 503)
        assert exists(direct, fault) == acted
        assert proxy.state()["faults"] == {fault: 1}
        assert [e["fault"] for e in proxy.log() if e["method"] == "PUT"] == [fault]

        # Only PUT was chosen; and switched off, the proxy is honest.
        s3.list_objects_v2(Bucket=BUCKET)
        proxy.set(enabled=False)
        s3.put_object(Bucket=BUCKET, Key=fault, Body=b"y")
        assert s3.get_object(Bucket=BUCKET, Key=fault)["Body"].read() == b"y"


def test_delay(upstream):
    with FaultProxy(upstream, rates={"delay": 1.0}, delay_ms=[300, 400]) as proxy:
        start = time.monotonic()
        client(proxy.endpoint).list_objects_v2(Bucket=BUCKET)
        assert 0.3 <= time.monotonic() - start < 1.5


def faults_of(upstream, seed, order):
    with FaultProxy(upstream, rates={"error_before": 0.3, "drop_after": 0.2}, seed=seed) as proxy:
        s3 = client(proxy.endpoint)
        for number in order:
            try:
                s3.head_object(Bucket=BUCKET, Key="seed%d" % number)
            except (*BROKEN, botocore.exceptions.ClientError):
                pass
        return {e["target"]: e["fault"] for e in proxy.log()}


def test_the_seed_decides_and_not_the_order(upstream):
    first = faults_of(upstream, 5, range(40))
    assert first == faults_of(upstream, 5, reversed(range(40)))
    assert first != faults_of(upstream, 6, range(40))
    assert {"error_before", "drop_after", None} == set(first.values())


def test_limit_and_large_objects(upstream, direct):
    body = os.urandom(3_000_000)
    with FaultProxy(upstream, rates={"drop_before": 1.0}, limit=2) as proxy:
        s3 = client(proxy.endpoint)
        for _ in range(2):
            with pytest.raises(BROKEN):
                s3.list_objects_v2(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="large", Body=body)
        assert s3.get_object(Bucket=BUCKET, Key="large")["Body"].read() == body
    assert direct.head_object(Bucket=BUCKET, Key="large")["ContentLength"] == len(body)


def test_cut_answers(upstream, direct):
    direct.put_object(Bucket=BUCKET, Key="cut", Body=b"x" * 100_000)
    with FaultProxy(upstream, rates={"cut_after": 1.0}, methods=["GET"]) as proxy:
        with pytest.raises((*BROKEN, botocore.exceptions.IncompleteReadError, botocore.exceptions.ResponseStreamingError)):
            client(proxy.endpoint).get_object(Bucket=BUCKET, Key="cut")["Body"].read()
        assert proxy.state()["faults"]["cut_after"] == 1


def test_tls(upstream, tmp_path):
    ca = Authority(str(tmp_path))
    with TlsProxy(upstream, *ca.certificate("localhost")) as proxy:
        s3 = client("https://localhost:%d" % proxy.port, verify=ca.file)
        s3.put_object(Bucket=BUCKET, Key="tls", Body=b"x" * 200_000)
        assert len(s3.get_object(Bucket=BUCKET, Key="tls")["Body"].read()) == 200_000
        for host, trusted in (("127.0.0.1", ca.file), ("localhost", None)):
            context = ssl.create_default_context(cafile=trusted)
            with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection(("127.0.0.1", proxy.port)) as plain:
                context.wrap_socket(plain, server_hostname=host)


def test_silence():
    with SilentServer("HTTP/1.1 200 OK\r\n") as server, socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(b"GET / HTTP/1.1\r\n\r\n")
        s.settimeout(1)
        assert s.recv(100) == b"HTTP/1.1 200 OK\r\n"
        with pytest.raises(socket.timeout):
            s.recv(100)
