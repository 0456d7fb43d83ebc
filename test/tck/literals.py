"""Values as the feature files write them, read into the model of test/conformance/values.py.

Temporal values have no literal there: they are written as strings, and compared by their text.
"""
import math
import re

from values import Node, Path, Rel, Temporal, Vector, ftext

TOKEN = re.compile(r"\s*(?:(-?\d+\.\d+(?:[eE][-+]?\d+)?|-?\d+[eE][-+]?\d+|-?\.\d+)|(-?0[xX][0-9a-fA-F]+|-?\d+)|"
                   r"'((?:[^'\\]|\\.)*)'|(`[^`]*`|[A-Za-z_][A-Za-z_0-9]*)|(<-|->|[-\[\](){}:,<>]))")
WORDS = {"null": None, "true": True, "false": False, "NaN": math.nan, "Inf": math.inf}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0
        self.advance()

    def advance(self):
        match = TOKEN.match(self.text, self.at)
        if match is None:
            if self.text[self.at:].strip():
                raise ValueError("no value: " + self.text)
            self.kind, self.token = None, None
            return
        self.at, self.kind = match.end(), match.lastindex
        self.token = match.group(self.kind)

    def takes(self, token):
        if self.kind == 5 and self.token == token:
            self.advance()
            return True
        return False

    def expect(self, token):
        if not self.takes(token):
            raise ValueError("%r expected in %s" % (token, self.text))

    def name(self):
        if self.kind != 4:
            raise ValueError("a name expected in " + self.text)
        name = self.token.strip("`")
        self.advance()
        return name

    def value(self):
        kind, token = self.kind, self.token
        if kind == 1 or kind == 2 or kind == 3:
            self.advance()
            if kind == 1:
                return float(token)
            return int(token, 0 if "x" in token.lower() else 10) if kind == 2 else unescape(token)
        if kind == 4 and token in WORDS:
            self.advance()
            return WORDS[token]
        if token == "-":
            self.advance()
            return -self.value()
        if token == "[":
            return self.list_or_relationship()
        if token == "{":
            return self.map()
        if token == "(":
            return self.node()
        if token == "<":
            return self.path()
        raise ValueError("no value: " + self.text)

    def list_or_relationship(self):
        self.expect("[")
        if self.kind == 5 and self.token == ":":
            return self.relationship()
        items = []
        while not self.takes("]"):
            items.append(self.value())
            if not self.takes(","):
                self.expect("]")
                break
        return items

    def relationship(self):
        self.expect(":")
        type = self.name()
        props = self.map() if self.token == "{" and self.kind == 5 else {}
        self.expect("]")
        return Rel(type, props)

    def map(self):
        self.expect("{")
        entries = {}
        while not self.takes("}"):
            key = self.name()
            self.expect(":")
            entries[key] = self.value()
            if not self.takes(","):
                self.expect("}")
                break
        return entries

    def node(self):
        self.expect("(")
        labels = []
        while self.takes(":"):
            labels.append(self.name())
        props = self.map() if self.token == "{" and self.kind == 5 else {}
        self.expect(")")
        return Node(labels, props)

    def path(self):
        self.expect("<")
        nodes, rels = [self.node()], []
        while not self.takes(">"):
            backward = self.takes("<-")
            if not backward:
                self.expect("-")
            self.expect("[")
            rel = self.relationship()
            if backward:
                self.expect("-")
            else:
                self.expect("->")
            rels.append((rel, not backward))
            nodes.append(self.node())
        return Path(nodes, rels)


def unescape(text):
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", lambda m: chr(int(m[1][1:], 16)) if len(m[1]) > 1 else ESCAPES.get(m[1], m[1]), text)


def read(text):
    reader = Reader(text)
    value = reader.value()
    if reader.kind is not None:
        raise ValueError("more than one value: " + text)
    return value


def text_of(v, lists_unordered=False):
    """A text that is equal exactly for equal values: 1 is not 1.0, floats count to the last bit, -0.0 equals 0.0."""
    def of(x):
        return text_of(x, lists_unordered)

    if v is None or isinstance(v, bool):
        return {None: "null", True: "true", False: "false"}[v]
    if isinstance(v, int):
        return str(v)
    if isinstance(v, float):
        return ftext(v or 0.0)
    if isinstance(v, str):
        return repr(v)
    if isinstance(v, Temporal):
        return repr(v.text)
    if isinstance(v, Vector):
        return of(v.items)
    if isinstance(v, list):
        items = [of(x) for x in v]
        return "[%s]" % ", ".join(sorted(items) if lists_unordered else items)
    if isinstance(v, dict):
        return "{%s}" % ", ".join("%s: %s" % (key, of(x)) for key, x in sorted(v.items()))
    if isinstance(v, Node):
        return "(%s%s)" % ("".join(":" + label for label in sorted(v.labels)), of(v.props))
    if isinstance(v, Rel):
        return "[:%s%s]" % (v.type, of(v.props))
    if isinstance(v, Path):
        steps = "".join(("-%s->%s" if forward else "<-%s-%s") % (of(rel), of(node)) for (rel, forward), node in zip(v.rels, v.nodes[1:]))
        return "<%s%s>" % (of(v.nodes[0]), steps)
    raise ValueError("a value that the kit does not know: %r" % (v,))
