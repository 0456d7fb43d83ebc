#!/usr/bin/python3
"""An HTTP proxy before an S3 endpoint that loses, delays and spoils what passes through it.

As a program:   fault_proxy.py --upstream http://127.0.0.1:9000 [--listen 127.0.0.1:0] [--seed 1] [--rate FAULT=P ...]
                               [--method PUT ...] [--path REGEX] [--limit N] [--off] [--log FILE]
    The first line on stdout is "listening on PORT". It ends with SIGTERM.
As a module:    with FaultProxy("http://127.0.0.1:9000", rates={"drop_after": 0.2}, seed=7) as proxy:
                    ... proxy.endpoint ...; proxy.set(enabled=False); proxy.state()["faults"]
By HTTP:        GET  /__fault__        the state as JSON: settings, "requests", "faults" (how many of each), "in_flight"
                POST /__fault__        a JSON object with settings to change: enabled, rates, methods, path, limit, seed,
                                       delay_ms, statuses; answers the new state
                GET  /__fault__/on, /__fault__/off     the switch alone
                GET  /__fault__/log    what was done, one JSON object a line

Faults (each with a probability; at most one per request; "before": the server never sees the request, "after": it has
acted on it and only the answer is lost):

    drop_before, drop_after      the connection is closed without an answer
    reset_before, reset_after    the same with a TCP reset
    error_before, error_after    an answer 500 or 503 (statuses) of S3's kind
    hang_before, hang_after      no answer until the client leaves
    cut_after                    half of the answer's bytes, then the connection is closed
    delay                        the answer comes after delay_ms (from, to)

Settings: methods (empty: all) and path (a regular expression, searched in the request's target) choose what is spoiled;
limit is the number of faults after which the proxy is honest (null: none). Whether a request is spoiled depends only on
the seed, its method, its target and how often that was asked for before: the same run gives the same faults, whatever the
order in which parallel requests arrive.

The proxy forwards bytes unchanged, the Host header too (signatures cover it); only "Expect: 100-continue" is answered by
the proxy itself. Both sides keep connections alive.
"""
import argparse
import asyncio
import collections
import json
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

FAULTS = ("drop_before", "reset_before", "error_before", "hang_before",
          "drop_after", "reset_after", "error_after", "hang_after", "cut_after", "delay")
HEAD_LIMIT = 256 * 1024


class Message:
    """One HTTP message as it was on the wire."""

    def __init__(self, head, body):
        self.head = head
        self.body = body
        self.first = head.split(b"\r\n", 1)[0].decode("latin-1")

    @property
    def bytes(self):
        return self.head + self.body


def header(head, name):
    """The value of a header in the bytes of a message's head, or None."""
    for line in head.split(b"\r\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name:
            return value.strip()
    return None


def without_header(head, name):
    lines = head.split(b"\r\n")
    return b"\r\n".join(lines[:1] + [line for line in lines[1:] if line.partition(b":")[0].strip().lower() != name])


async def read_head(reader):
    """Up to and with the empty line; None at the end of the connection."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return None


async def read_chunked(reader):
    """A chunked body with its framing."""
    parts = []
    while True:
        line = await reader.readuntil(b"\r\n")
        parts.append(line)
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        parts.append(await reader.readexactly(size + 2))
    while parts[-1] != b"\r\n":
        parts.append(await reader.readuntil(b"\r\n"))
    return b"".join(parts)


async def read_body(reader, head, until_end):
    if (header(head, b"transfer-encoding") or b"").lower().endswith(b"chunked"):
        return await read_chunked(reader)
    length = header(head, b"content-length")
    if length is not None:
        return await reader.readexactly(int(length))
    return await reader.read() if until_end else b""


async def read_response(reader, method):
    """The final answer; None when the server left without one."""
    while True:
        head = await read_head(reader)
        if head is None:
            return None
        status = int(head.split(b" ", 2)[1])
        if status >= 200:
            break
    if method == "HEAD" or status in (204, 304):
        return Message(head, b"")
    return Message(head, await read_body(reader, head, True))


def answer(status, text, body, kind="application/xml"):
    return ("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, text, kind, len(body))).encode() + body


def error_answer(status, method):
    code, text = {503: ("SlowDown", "Service Unavailable")}.get(status, ("InternalError", "Internal Server Error"))
    body = "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>made by the fault proxy</Message></Error>" % code
    if method == "HEAD":
        return ("HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n" % (status, text)).encode()
    return answer(status, text, body.encode())


class Proxy:
    """The settings, the decisions and the connections."""

    def __init__(self, upstream, settings, log_file=None):
        url = urlsplit(upstream)
        self.upstream = (url.hostname, url.port or 80)
        self.settings = {"enabled": True, "rates": {}, "methods": [], "path": "", "limit": None, "seed": 1,
                         "delay_ms": [20, 200], "statuses": [500, 503]}
        self.change(settings)
        self.counts = collections.Counter()
        self.seen = collections.Counter()
        self.requests = 0
        self.in_flight = 0
        self.log_file = log_file
        self.log = []

    def change(self, settings):
        unknown = set(settings) - set(self.settings) | set(settings.get("rates", {})) - set(FAULTS)
        if unknown:
            raise ValueError("unknown: " + ", ".join(sorted(unknown)))
        self.settings.update(settings)
        self.path = re.compile(self.settings["path"])
        if "seed" in settings:
            self.seen = collections.Counter()

    def state(self):
        return {**self.settings, "requests": self.requests, "faults": dict(self.counts), "in_flight": self.in_flight}

    def decide(self, method, target):
        """The fault for a request, or None, and the random numbers that belong to it."""
        s = self.settings
        self.seen[method, target] += 1
        dice = random.Random("%s %s %s %d" % (s["seed"], method, target, self.seen[method, target]))
        done = sum(self.counts.values())
        if (not s["enabled"] or (s["methods"] and method not in s["methods"]) or not self.path.search(target)
                or (s["limit"] is not None and done >= s["limit"])):
            return None, dice
        point = dice.random()
        for fault in FAULTS:
            point -= s["rates"].get(fault, 0)
            if point < 0:
                self.counts[fault] += 1
                return fault, dice
        return None, dice

    def note(self, method, target, fault, status):
        entry = {"time": round(time.time(), 3), "method": method, "target": target, "fault": fault, "status": status}
        self.log.append(entry)
        if self.log_file:
            self.log_file.write(json.dumps(entry) + "\n")
            self.log_file.flush()

    # ---- connections ----

    async def serve(self, reader, writer):
        server = []
        try:
            while await self.exchange(reader, writer, server):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            for one in [writer] + [w for _, w in server]:
                one.close()

    async def exchange(self, reader, writer, server):
        """One request and its answer; False: the connection is over."""
        head = await read_head(reader)
        if head is None:
            return False
        if (header(head, b"expect") or b"").lower() == b"100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = without_header(head, b"expect")
        request = Message(head, await read_body(reader, head, False))
        method, target = request.first.split(" ")[:2]
        if target.startswith("/__fault__"):
            writer.write(self.control(method, target, request.body))
            await writer.drain()
            return True
        self.requests += 1
        self.in_flight += 1
        try:
            return await self.forward(request, method, target, reader, writer, server)
        finally:
            self.in_flight -= 1

    async def forward(self, request, method, target, reader, writer, server):
        fault, dice = self.decide(method, target)
        kind, _, when = (fault or "").partition("_")
        response = None
        if when != "before":
            response = await self.ask(server, request, method)
        status = int(response.first.split(" ")[1]) if response else None
        self.note(method, target, fault, status)
        if kind == "error":
            writer.write(error_answer(dice.choice(self.settings["statuses"]), method))
        elif kind == "hang":
            await reader.read(1)
            return False
        elif kind == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        elif kind == "drop" or response is None:
            return False
        elif kind == "cut":
            writer.write(response.bytes[:max(1, len(response.bytes) // 2)])
            await writer.drain()
            return False
        else:
            if kind == "delay":
                await asyncio.sleep(dice.uniform(*self.settings["delay_ms"]) / 1000)
            writer.write(response.bytes)
        await writer.drain()
        return (header(request.head, b"connection") or b"").lower() != b"close"

    async def ask(self, server, request, method):
        """Passes a request on; None when the server is not there or leaves without an answer."""
        try:
            if server and (server[0][0].at_eof() or server[0][1].is_closing()):
                server.pop()[1].close()
            if not server:
                server.append(await asyncio.open_connection(*self.upstream, limit=HEAD_LIMIT))
            reader, writer = server[0]
            writer.write(request.bytes)
            await writer.drain()
            response = await read_response(reader, method)
        except (OSError, asyncio.IncompleteReadError):
            response = None
        if server and (response is None or (header(response.head, b"connection") or b"").lower() == b"close"):
            server.pop()[1].close()
        return response

    def control(self, method, target, body):
        try:
            if target == "/__fault__/log":
                return answer(200, "OK", "".join(json.dumps(e) + "\n" for e in self.log).encode(), "text/plain")
            if target in ("/__fault__/on", "/__fault__/off"):
                self.change({"enabled": target.endswith("on")})
            elif method == "POST":
                self.change(json.loads(body))
            return answer(200, "OK", json.dumps(self.state()).encode(), "application/json")
        except (ValueError, re.error) as wrong:
            return answer(400, "Bad Request", str(wrong).encode(), "text/plain")


class Program:
    """A server of test/tools that runs as a program of its own and says "listening on PORT"."""

    def __init__(self, script, *args):
        self.process = subprocess.Popen([sys.executable, script, *map(str, args)], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.stop()
            raise RuntimeError("%s did not start" % script)
        self.port = int(line.split()[-1])

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class FaultProxy(Program):
    """The proxy as a program of its own; settings as above."""

    def __init__(self, upstream, **settings):
        super().__init__(__file__, "--upstream", upstream)
        self.endpoint = "http://127.0.0.1:%d" % self.port
        self.set(**settings)

    def call(self, path="", data=None):
        with urllib.request.urlopen(self.endpoint + "/__fault__" + path, data, timeout=10) as response:
            return response.read()

    def set(self, **settings):
        return json.loads(self.call(data=json.dumps(settings).encode()))

    def state(self):
        return json.loads(self.call())

    def log(self):
        return [json.loads(line) for line in self.call("/log").splitlines()]


async def run(proxy, host, port, **options):
    """Serves until SIGTERM; options go to the listening socket (ssl)."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = await asyncio.start_server(proxy.serve, host, port, limit=HEAD_LIMIT, **options)
    print("listening on %d" % server.sockets[0].getsockname()[1], flush=True)
    await stopped.wait()
    server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", action="append", default=[], metavar="FAULT=P")
    parser.add_argument("--method", action="append", default=[])
    parser.add_argument("--path", default="")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--off", action="store_true")
    parser.add_argument("--log")
    args = parser.parse_args()
    rates = {name: float(p) for name, p in (r.split("=") for r in args.rate)}
    host, port = args.listen.rsplit(":", 1)
    proxy = Proxy(args.upstream, {"enabled": not args.off, "rates": rates, "methods": args.method, "path": args.path,
                                  "limit": args.limit, "seed": args.seed},
                  open(args.log, "a", encoding="utf-8") if args.log else None)
    asyncio.run(run(proxy, host, int(port)))


if __name__ == "__main__":
    main()
