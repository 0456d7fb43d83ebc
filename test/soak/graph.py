"""A small graph in Python, values of queries over it, and one text for equal values of all sides."""
import datetime as dt
import math


class Node:
    __slots__ = ("id", "labels", "props", "out", "into")

    def __init__(self, id, labels, props):
        self.id, self.labels, self.props, self.out, self.into = id, set(labels), props, [], []


class Rel:
    __slots__ = ("type", "start", "end", "props", "id")

    def __init__(self, type, start, end, props):
        self.type, self.start, self.end, self.props = type, start, end, props
        self.id = (type, start.id, end.id)


class Path:
    __slots__ = ("nodes", "rels")

    def __init__(self, nodes, rels):
        self.nodes, self.rels = nodes, rels


class Graph:
    def __init__(self):
        self.nodes, self.rels = {}, {}

    def node(self, id, labels, props):
        self.nodes[id] = node = Node(id, labels, props)
        return node

    def rel(self, type, start, end, props):
        """A second one of a type between the same nodes replaces the first."""
        old = self.rels.get((type, start.id, end.id))
        if old is not None:
            old.props = props
            return old
        rel = Rel(type, start, end, props)
        self.rels[rel.id] = rel
        start.out.append(rel)
        end.into.append(rel)
        return rel

    def remove_rel(self, rel):
        if self.rels.pop(rel.id, None) is not None:
            rel.start.out.remove(rel)
            rel.end.into.remove(rel)

    def copy(self):
        graph = Graph()
        for n in self.nodes.values():
            graph.node(n.id, n.labels, dict(n.props))
        for r in self.rels.values():
            graph.rel(r.type, graph.nodes[r.start.id], graph.nodes[r.end.id], dict(r.props))
        return graph


# ---- one text -------------------------------------------------------------------------------------------------------

def number(v, loose):
    if isinstance(v, float):
        if v != v:
            return "fNaN"
        if v in (math.inf, -math.inf):
            return "fInf" if v > 0 else "f-Inf"
        v = float("%.11g" % v) + 0.0    # the order of a sum shows in the last digits
        return ("i%.11g" if loose and v == int(v) else "f%.11g") % (v if v != 0 else 0.0)
    return "i%.11g" % v if loose else "i%d" % v


def canon(v, loose=False):
    """Of the naive evaluation's values. loose: 1 and 1.0 are one value."""
    if v is None:
        return "null"
    if v is True or v is False:
        return "T" if v else "F"
    if isinstance(v, (int, float)):
        return number(v, loose)
    if isinstance(v, str):
        return repr(v)
    if isinstance(v, list):
        return "[" + ",".join(canon(x, loose) for x in v) + "]"
    if isinstance(v, dict):
        return "{" + ",".join("%s:%s" % (k, canon(x, loose)) for k, x in sorted(v.items())) + "}"
    if isinstance(v, Node):
        return "N(%s%s)" % (":".join(sorted(v.labels)), canon(v.props, loose))
    if isinstance(v, Rel):
        return "R(%s%s)" % (v.type, canon(v.props, loose))
    if isinstance(v, Path):
        out = [canon(v.nodes[0], loose)]
        for r, n in zip(v.rels, v.nodes[1:]):
            out += [canon(r, loose), canon(n, loose)]
        return "[" + ",".join(out) + "]"
    if isinstance(v, dt.datetime):
        return "@" + v.strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(v, dt.date):
        return "@" + v.isoformat()
    raise TypeError(repr(v))


def canon_json(j, loose=False):
    """Of the typed JSON encoding (test/conformance/README.md); paths as the list of their elements."""
    if j is None:
        return "null"
    if j is True or j is False:
        return "T" if j else "F"
    if isinstance(j, (int, float)):
        return number(j, loose)
    if isinstance(j, str):
        return repr(j)
    if isinstance(j, list):
        return "[" + ",".join(canon_json(x, loose) for x in j) + "]"
    if len(j) == 1:
        (k, x), = j.items()
        if k == "$float":
            return number(float(x), loose)
        if k == "$map":
            j = x
        elif k == "$node":
            return "N(%s%s)" % (":".join(sorted(x["labels"])), canon_json({"$map": x["props"]}, loose))
        elif k == "$rel":
            return "R(%s%s)" % (x["type"], canon_json({"$map": x["props"]}, loose))
        elif k == "$path":
            return "[" + ",".join(canon_json(e, loose) for e in x) + "]"
        elif k == "$date":
            return "@" + x
        elif k == "$datetime":
            return "@" + (x[:-1] if x.endswith("Z") else x[:-6] if x.endswith("+00:00") else x) + (":00" if len(x) == 17 else "")
        elif k[0] == "$":
            return k + str(x)
    return "{" + ",".join("%s:%s" % (k, canon_json(x, loose)) for k, x in sorted(j.items())) + "}"
