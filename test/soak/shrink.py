"""The minimiser: smaller queries that still show what a check reports."""
import copy
import time

from tree import Call, Expr, Part, Tree


def places(tree, path=()):
    """(path, tree) of all trees below; a path is a tuple of (field, index or None)."""
    yield path, tree
    for field, value in tree.__dict__.items():
        if isinstance(value, Tree):
            yield from places(value, path + ((field, None),))
        elif isinstance(value, list):
            for i, x in enumerate(value):
                if isinstance(x, Tree):
                    yield from places(x, path + ((field, i),))


def at(tree, path):
    for field, i in path:
        tree = getattr(tree, field) if i is None else getattr(tree, field)[i]
    return tree


def put(tree, path, value):
    owner, (field, i) = at(tree, path[:-1]), path[-1]
    if i is None:
        setattr(owner, field, value)
    else:
        getattr(owner, field)[i] = value


SIMPLE = {"int": 1, "float": 1.5, "str": "a", "bool": True, "any": 1}


def edits(root):
    """Functions that change a copy of root, the ones that cut most first."""
    found = []
    for path, tree in places(root):
        depth = len(path)
        for field, value in tree.__dict__.items():
            if isinstance(value, list) and not isinstance(tree, (Part, Expr)) and not (isinstance(tree, Call) and field == "imports"):
                for i in range(len(value)):
                    found.append((depth, lambda r, p=path, f=field, i=i: getattr(at(r, p), f).pop(i)))
            if field in tree.optional and value is not None:
                found.append((depth + 0.5, lambda r, p=path, f=field: setattr(at(r, p), f, None)))
            if field in tree.flags and value:
                found.append((depth + 0.7, lambda r, p=path, f=field: setattr(at(r, p), f, False)))
        if isinstance(tree, Part) and tree.rels:
            for end in (0, -1):
                def hop(r, p=path, end=end):
                    part = at(r, p)
                    part.rels.pop(end)
                    part.nodes.pop(end)
                found.append((depth + 0.3, hop))
        if isinstance(tree, Expr) and path:
            for i, a in enumerate(tree.args):
                if a is not None:
                    found.append((depth + 0.2, lambda r, p=path, i=i: put(r, p, at(r, p).args[i])))
            if tree.kind not in ("lit", "var", "param"):
                if tree.type in SIMPLE:
                    found.append((depth + 0.1, lambda r, p=path, t=tree.type: put(r, p, Expr("lit", t, data=SIMPLE[t]))))
                found.append((depth + 0.1, lambda r, p=path, t=tree.type: put(r, p, Expr("lit", t, data=None))))
            if tree.kind in ("list", "comp", "case") and len(tree.args) > 1:
                for i in range(len(tree.args)):
                    if tree.kind == "list":
                        found.append((depth + 0.4, lambda r, p=path, i=i: at(r, p).args.pop(i)))
                    elif tree.kind == "comp" and i > 0 and tree.args[i] is not None:
                        found.append((depth + 0.4, lambda r, p=path, i=i: at(r, p).args.__setitem__(i, None)))
        elif hasattr(tree, "op") and hasattr(tree, "args") and path and tree.args:
            for i in range(len(tree.args)):
                found.append((depth + 0.2, lambda r, p=path, i=i: put(r, p, at(r, p).args[i])))
    return [f for _, f in sorted(found, key=lambda x: x[0])]


def shrink(tree, fails, seconds=20):
    """The smallest tree found for which fails(tree) is true."""
    end = time.monotonic() + seconds
    again = True
    while again and time.monotonic() < end:
        again = False
        for edit in edits(tree):
            if time.monotonic() > end:
                break
            candidate = copy.deepcopy(tree)
            try:
                edit(candidate)
                if len(str(candidate)) >= len(str(tree)):
                    continue
            except (IndexError, AttributeError, TypeError, KeyError, StopIteration):
                continue
            if candidate.branches and all(b.clauses for b in candidate.branches) and fails(candidate):
                tree = candidate
                again = True
                break
    return tree
