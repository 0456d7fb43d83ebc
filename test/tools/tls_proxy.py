#!/usr/bin/python3
"""TLS in front of an HTTP server, and the certificates for it.

As a program:   tls_proxy.py --upstream http://127.0.0.1:9000 --cert server.pem --key server.key [--listen 127.0.0.1:0]
    The first line on stdout is "listening on PORT". It ends with SIGTERM.
As a module:    ca = Authority("/some/folder"); cert, key = ca.certificate("localhost")
                with TlsProxy(upstream, cert, key) as proxy: ... proxy.port, ca.file ...

Bytes pass unchanged, so the server sees the Host header that the client signed.
"""
import argparse
import asyncio
import os
import ssl
import subprocess
from urllib.parse import urlsplit

import fault_proxy


class Authority:
    """A throw-away certificate authority in a folder; file is its certificate."""

    def __init__(self, folder, name="namidb test"):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.file = os.path.join(folder, "ca.pem")
        self.key = os.path.join(folder, "ca.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.file)
        os.chmod(self.file, 0o644)

    def certificate(self, host, days=2):
        """The files of a certificate and its key for a host name (and nothing else)."""
        base = os.path.join(self.folder, host)
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + host,
                "-keyout", base + ".key", "-out", base + ".csr")
        with open(base + ".ext", "w", encoding="ascii") as file:
            file.write("subjectAltName=DNS:%s\n" % host)
        openssl("x509", "-req", "-in", base + ".csr", "-CA", self.file, "-CAkey", self.key, "-CAcreateserial",
                "-days", str(days), "-extfile", base + ".ext", "-out", base + ".pem")
        return base + ".pem", base + ".key"


def openssl(*args):
    done = subprocess.run(["openssl", *args], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (args[0], done.stderr))


class TlsProxy(fault_proxy.Program):
    def __init__(self, upstream, cert, key):
        super().__init__(__file__, "--upstream", upstream, "--cert", cert, "--key", key)


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


class Forwarder:
    """Handles a connection by connecting to the upstream and copying both ways."""

    def __init__(self, upstream):
        url = urlsplit(upstream)
        self.address = (url.hostname, url.port or 80)

    async def serve(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection(*self.address)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--listen", default="127.0.0.1:0")
    args = parser.parse_args()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(args.cert, args.key)
    host, port = args.listen.rsplit(":", 1)
    asyncio.run(fault_proxy.run(Forwarder(args.upstream), host, int(port), ssl=context))


if __name__ == "__main__":
    main()
