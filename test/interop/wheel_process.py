"""A released NamiDB as a process of its own: requests and answers are JSON lines on stdin and stdout.

Run by an interpreter that can import namidb. Values travel in the typed encoding of test/conformance; DATETIME is read
only: a parameter of that type would be cut to a DATE, so queries build it from text. One process never opens two stores:
the product caches nodes by the namespace's name.
"""
import datetime as dt
import json
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "conformance"))

from adapter_wheel import Wheel  # noqa: E402
from values import Node, Rel, Temporal, dec, enc  # noqa: E402


class Session:
    def __init__(self):
        self.wheel = Wheel()
        self.client = None
        self.uri = None

    def open(self, uri):
        self.uri = uri
        self.client = self.wheel.m.Client(uri)

    def cypher(self, query, params):
        result = self.client.cypher(query, {k: parameter(dec(v)) for k, v in params.items()})
        columns = list(result.columns)
        return [[encode(self.wheel.val(row.get(c))) for c in columns] for row in result.rows()]

    def flush(self):
        self.client.flush()

    def compact(self):
        self.client.compact()

    def loop(self, seconds, label, prefix):
        """Creates one node after the other; opens again on every error. Keys that were acknowledged, and errors."""
        acknowledged, failed, errors = [], [], {}
        end = time.monotonic() + seconds
        number = 0
        while time.monotonic() < end:
            number += 1
            key = "%s-%d" % (prefix, number)
            try:
                if self.client is None:
                    self.client = self.wheel.m.Client(self.uri)
                self.client.cypher("CREATE (:%s {k: $k})" % label, {"k": key})
                acknowledged.append(key)
            except (ValueError, RuntimeError) as error:
                failed.append(key)
                kind = str(error).split(":")[0][:60]
                errors[kind] = errors.get(kind, 0) + 1
                self.client = None
        return {"acknowledged": acknowledged, "failed": failed, "errors": errors}


def parameter(v):
    if isinstance(v, Temporal):
        assert v.kind == "date"
        return dt.date.fromisoformat(v.text)
    if isinstance(v, list):
        return [parameter(x) for x in v]
    if isinstance(v, dict):
        return {k: parameter(x) for k, x in v.items()}
    return v


def encode(v):
    """With ids, unlike the corpus."""
    out = enc(v)
    if isinstance(v, Node):
        out["$node"]["id"] = v.id
    if isinstance(v, Rel):
        out["$rel"].update(start=v.start, end=v.end)
    return out


def main():
    session = Session()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": getattr(session, request["call"])(*request["args"])}
        except (ValueError, RuntimeError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
