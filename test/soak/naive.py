"""A naive evaluation of query trees: clause by clause over lists of rows, every pattern by backtracking in the order it is
written. It follows docs/spec/cypher.md (5 clauses) where 11 follows openCypher; values are naive_values.py."""
import datetime as dt
import functools
import itertools
import math
import re

from graph import Node, Path, Rel
from naive_values import (
    Duration, FUNCTIONS, Failure, TooBig, Unknown, all3, any3, arith, boolean, compare, component, entity_id, eq3, fit,
    group_key, is_number, kind, labels, not3, total)
from tree import Call, Create, Delete, Foreach, Match, Merge, PatternOnly, Project, Remove, Set, Unwind


# ---- the evaluation -------------------------------------------------------------------------------------------------

class Naive:
    def __init__(self, graph, params, steps=25000):
        self.graph, self.params, self.steps = graph, params, steps

    def tick(self, n=1):
        self.steps -= n
        if self.steps < 0:
            raise TooBig()

    # ---- expressions; groups: values of aggregate expressions by identity

    def value(self, e, row, groups=None):
        self.tick()
        kind_of = e.kind
        if groups is not None:
            if id(e) in groups:
                return groups[id(e)]
        if kind_of == "lit":
            return e.data
        if kind_of == "param":
            return self.params[e.data]
        if kind_of == "var":
            return row[e.data]
        method = getattr(self, "e_" + kind_of)
        return method(e, row, groups)

    def values(self, e, row, groups):
        return [None if a is None else self.value(a, row, groups) for a in e.args]

    def e_prop(self, e, row, groups):
        v = self.value(e.args[0], row, groups)
        if v is None:
            return None
        if isinstance(v, (Node, Rel)):
            return entity_id(v) if e.data == "_id" else v.props.get(e.data)
        if isinstance(v, dict):
            return v.get(e.data)
        if isinstance(v, dt.date):
            return component(v, e.data)
        raise Failure("property of a value")

    def e_bin(self, e, row, groups):
        op = e.data
        a, b = self.values(e, row, groups)
        if op in ("=", "<>", "<", "<=", ">", ">="):
            return compare(op, a, b)
        if op in ("AND", "OR", "XOR"):
            a, b = boolean(a), boolean(b)
            if op == "XOR":
                return None if a is None or b is None else a != b
            return all3((a, b)) if op == "AND" else any3((a, b))
        if op == "IN":
            if b is None:
                return None
            if not isinstance(b, list):
                raise Failure("IN")
            return any3(eq3(a, x) for x in b)
        if op in ("STARTS WITH", "ENDS WITH", "CONTAINS"):
            if not isinstance(a, str) or not isinstance(b, str):
                return None
            return a.startswith(b) if op == "STARTS WITH" else a.endswith(b) if op == "ENDS WITH" else b in a
        if op == "=~":
            if not isinstance(a, str) or not isinstance(b, str):
                return None
            return re.fullmatch(b, a) is not None
        return arith(op, a, b)

    def e_chain(self, e, row, groups):
        values = self.values(e, row, groups)
        return all3([compare(op, a, b) for op, a, b in zip(e.data, values, values[1:])])

    def e_not(self, e, row, groups):
        return not3(boolean(self.value(e.args[0], row, groups)))

    def e_neg(self, e, row, groups):
        v = self.value(e.args[0], row, groups)
        if v is None:
            return None
        if not is_number(v):
            raise Failure("-")
        return fit(-v) if isinstance(v, int) else -v

    def e_isnull(self, e, row, groups):
        return (self.value(e.args[0], row, groups) is None) != bool(e.data)

    def e_label(self, e, row, groups):
        v = self.value(e.args[0], row, groups)
        if v is None:
            return None
        if isinstance(v, Rel):
            return all(x == v.type for x in e.data)
        if not isinstance(v, Node):
            raise Failure("label")
        return all(x in v.labels for x in e.data)

    def e_list(self, e, row, groups):
        return self.values(e, row, groups)

    def e_map(self, e, row, groups):
        return dict(zip(e.data, self.values(e, row, groups)))

    def e_index(self, e, row, groups):
        a, b = self.values(e, row, groups)
        if a is None or b is None:
            return None
        if isinstance(a, list):
            if not isinstance(b, int) or isinstance(b, bool):
                raise Failure("index")
            return a[b] if -len(a) <= b < len(a) else None
        if isinstance(a, (dict, Node, Rel)):
            if not isinstance(b, str):
                raise Failure("index")
            return (a if isinstance(a, dict) else a.props).get(b)
        raise Failure("index")

    def e_slice(self, e, row, groups):
        a, b, c = self.values(e, row, groups)
        if a is None or e.args[1] is not None and b is None or e.args[2] is not None and c is None:
            return None
        for v in (b, c):
            if v is not None and (not isinstance(v, int) or isinstance(v, bool)):
                raise Failure("slice")
        if not isinstance(a, list):
            raise Failure("slice")
        return a[slice(b, c)]

    def e_case(self, e, row, groups):
        args = list(e.args)
        subject = self.value(args.pop(0), row, groups) if e.simple else None
        for i in range(e.data):
            when = self.value(args[2 * i], row, groups)
            if (eq3(subject, when) if e.simple else boolean(when)) is True:
                return self.value(args[2 * i + 1], row, groups)
        return self.value(args[2 * e.data], row, groups) if len(args) > 2 * e.data else None

    def e_fn(self, e, row, groups):
        if e.data == "coalesce":
            return next((v for v in (self.value(a, row, groups) for a in e.args) if v is not None), None)
        if e.data not in FUNCTIONS:
            raise Unknown("function " + e.data)
        return FUNCTIONS[e.data](*self.values(e, row, groups))

    def list_of(self, e, row, groups):
        v = self.value(e, row, groups)
        if v is not None and not isinstance(v, list):
            raise Failure("not a list")
        return v

    def e_comp(self, e, row, groups):
        items, (_, where, projection) = self.list_of(e.args[0], row, groups), e.args
        if items is None:
            return None
        out = []
        for x in items:
            inner = {**row, e.data: x}
            if where is None or boolean(self.value(where, inner, groups)) is True:
                out.append(x if projection is None else self.value(projection, inner, groups))
        return out

    def e_quant(self, e, row, groups):
        items = self.list_of(e.args[0], row, groups)
        if items is None:
            return None
        found = [boolean(self.value(e.args[1], {**row, e.data[1]: x}, groups)) for x in items]
        if e.data[0] == "all":
            return all3(found)
        if e.data[0] == "any":
            return any3(found)
        if e.data[0] == "none":
            return not3(any3(found))
        trues = sum(x is True for x in found)
        return False if trues > 1 else None if None in found else trues == 1

    def e_reduce(self, e, row, groups):
        acc, items = self.value(e.args[0], row, groups), self.list_of(e.args[1], row, groups)
        if items is None:
            return None
        for x in items:
            acc = self.value(e.args[2], {**row, e.data[0]: acc, e.data[1]: x}, groups)
        return acc

    def e_projection(self, e, row, groups):
        v = row[e.data]
        if v is None:
            return None
        source = v if isinstance(v, dict) else v.props
        out, values = dict(source) if ".*" in e.items else {}, iter(e.args)
        for item in e.items:
            if item == ".*":
                continue
            if item[0] == ".":
                out[item[1:]] = source.get(item[1:])
            else:
                out[item] = self.value(next(values), row, groups)
        return out

    def inner_rows(self, query, row):
        if isinstance(query, PatternOnly):
            return list(self.matches(query.parts, query.where, row))
        return self.query(query, [row], keep=True)[1]

    def e_exists(self, e, row, groups):
        return len(self.inner_rows(e.query, row)) > 0

    def e_count(self, e, row, groups):
        return len(self.inner_rows(e.query, row))

    def e_collect(self, e, row, groups):
        columns, rows = self.query(e.query, [row], keep=True)
        return [r[columns[0]] for r in rows]

    def e_pattern(self, e, row, groups):
        return any(True for _ in self.matches([e.part], None, row))

    e_existsfn = e_pattern

    def e_patcomp(self, e, row, groups):
        return [self.value(e.args[1], r, groups) for r in self.matches([e.part], e.args[0], row)]

    # ---- patterns

    def fits(self, pattern, node, row):
        """Is a node one for the pattern? The row has its name already."""
        if pattern.labels is not None and not self.label_fits(pattern.labels, node.labels):
            return False
        if any(eq3(node.id if p.key == "_id" else node.props.get(p.key), self.value(p.value, row)) is not True for p in pattern.props):
            return False
        return pattern.where is None or boolean(self.value(pattern.where, row)) is True

    def label_fits(self, e, labels):
        if e.op == "name":
            return e.name in labels
        if e.op == "any":
            return bool(labels)
        below = [self.label_fits(a, labels) for a in e.args]
        return not below[0] if e.op == "not" else any(below) if e.op == "or" else all(below)

    def matches(self, parts, where, row):
        for found, _ in self.parts(parts, 0, dict(row), frozenset()):
            if where is None or boolean(self.value(where, found)) is True:
                yield found

    def parts(self, parts, i, row, used):
        if i == len(parts):
            yield row, used
            return
        part = parts[i]
        for found, now in (self.shortest(part, row) if part.function else self.chain(part, row, used)):
            yield from self.parts(parts, i + 1, found, now if not part.function else used)

    def starts(self, pattern, row):
        """(node, row with it) for a node pattern."""
        if pattern.name in row:
            bound = row[pattern.name]
            if bound is None:
                return
            if not isinstance(bound, Node):
                raise Failure("not a node")
            if self.fits(pattern, bound, row):
                yield bound, row
            return
        for node in list(self.graph.nodes.values()):
            self.tick()
            now = {**row, pattern.name: node} if pattern.name else row
            if self.fits(pattern, node, now):
                yield node, now

    def chain(self, part, row, used):
        for node, now in self.starts(part.nodes[0], row):
            yield from self.hops(part, 0, node, now, used, [node], [])

    def hops(self, part, i, at, row, used, nodes, rels):
        if i == len(part.rels):
            if part.path:
                row = {**row, part.path: Path(nodes, rels)}
            yield row, used
            return
        pattern, target = part.rels[i], part.nodes[i + 1]
        for walked, ends in self.walks(pattern, at, row, used):
            now = row
            if pattern.name:
                value = walked[0] if pattern.range is None else list(walked)
                if pattern.name in row:
                    if eq3(row[pattern.name], value) is not True:
                        continue
                else:
                    now = {**row, pattern.name: value}
            if pattern.where is not None and boolean(self.value(pattern.where, now)) is not True:
                continue
            end = ends[-1] if ends else at
            if target.name in now:
                bound = now[target.name]
                if bound is None or eq3(bound, end) is not True:
                    continue
            elif target.name:
                now = {**now, target.name: end}
            if self.fits(target, end, now):
                yield from self.hops(part, i + 1, end, now, used | {r.id for r in walked}, nodes + ends, rels + list(walked))

    def steps_from(self, pattern, node, row, used):
        for rel, end in ([(r, r.end) for r in node.out] if pattern.direction in ">-" else []) + \
                        ([(r, r.start) for r in node.into if pattern.direction == "<" or r.start is not r.end]
                         if pattern.direction in "<-" else []):
            self.tick()
            if rel.id in used or (pattern.types and rel.type not in pattern.types):
                continue
            if all(eq3(rel.props.get(p.key), self.value(p.value, row)) is True for p in pattern.props):
                yield rel, end

    def walks(self, pattern, node, row, used):
        """(relationships, nodes after each of them)"""
        if pattern.range is None:
            for rel, end in self.steps_from(pattern, node, row, used):
                yield (rel,), [end]
            return
        low, high = pattern.range
        low, high = 1 if low is None else low, 1000 if high is None else high
        stack = [((), [])]
        while stack:
            rels, ends = stack.pop()
            if low <= len(rels):
                yield rels, ends
            if len(rels) < high:
                for rel, end in self.steps_from(pattern, ends[-1] if ends else node, row, used | {r.id for r in rels}):
                    stack.append((rels + (rel,), ends + [end]))

    def shortest(self, part, row):
        (first, last), (pattern,) = part.nodes, part.rels
        low, high = pattern.range or (1, 1)
        low, high = 1 if low is None else low, 1000 if high is None else high
        if low > 1:
            raise Unknown("the minimum of shortestPath")
        for node, now in self.starts(first, row):
            level, best, depth = [((), [])], {}, 0
            while level and depth <= high:
                for rels, ends in level:
                    if depth >= low:
                        end = ends[-1] if ends else node
                        if end.id not in best or best[end.id][0] == depth:
                            best.setdefault(end.id, (depth, end, []))[2].append((rels, ends))
                level = [(rels + (rel,), ends + [end]) for rels, ends in level
                         for rel, end in self.steps_from(pattern, ends[-1] if ends else node, now, {r.id for r in rels})
                         if (end.id not in best and end is not node) or (end is node and low == 1 and False)]
                depth += 1
            for depth, end, walks in best.values():
                for rels, ends in walks if part.function == "allShortestPaths" else walks[:1]:
                    found = now
                    if last.name in found:
                        if eq3(found[last.name], end) is not True:
                            continue
                    elif last.name:
                        found = {**found, last.name: end}
                    if not self.fits(last, end, found):
                        continue
                    if pattern.name:
                        found = {**found, pattern.name: list(rels) if pattern.range else rels[0]}
                    if part.path:
                        found = {**found, part.path: Path([node] + ends, list(rels))}
                    yield found, None

    # ---- clauses

    def query(self, query, rows=None, keep=False):
        """(columns, rows); keep: the incoming rows are the scope of a subquery."""
        columns, out = None, []
        for branch in query.branches:
            columns, found = self.single(branch, rows or [{}])
            out += found
        if len(query.branches) > 1 and not query.all:
            out = self.distinct(out, columns)
        return columns, out

    def distinct(self, rows, columns):
        seen = {}
        for row in rows:
            seen.setdefault(tuple(group_key(row[c]) for c in columns), row)
        return list(seen.values())

    def single(self, single, rows):
        columns = []
        for clause in single.clauses:
            rows = getattr(self, "c_" + type(clause).__name__)(clause, rows)
            if isinstance(clause, Project) and clause.word == "RETURN":
                columns = [i.name for i in clause.items]
            if len(rows) > 4000:
                raise TooBig()
        return columns, rows

    def new_names(self, parts, row):
        return {n for p in parts for n in [p.path] + [x.name for x in p.nodes + p.rels] if n and n not in row}

    def c_Match(self, clause, rows):
        out = []
        for row in rows:
            found = list(itertools.islice(self.matches(clause.parts, clause.where, row), 4001))
            if not found and clause.opt:
                found = [{**row, **{n: None for n in self.new_names(clause.parts, row)}}]
            out += found
            if len(out) > 4000:
                raise TooBig()
        return out

    def c_Unwind(self, clause, rows):
        out = []
        for row in rows:
            v = self.value(clause.list, row)
            if v is not None and not isinstance(v, list):
                raise Failure("UNWIND")
            out += [{**row, clause.name: x} for x in v or []]
        return out

    def c_Project(self, clause, rows):
        aggregates = {id(i): aggregates_in(i.expr) for i in clause.items}
        keys = [i for i in clause.items if not aggregates[id(i)]]
        if any(aggregates.values()):
            groups = {}
            for row in rows:
                key = {i.name: self.value(i.expr, row) for i in keys}
                groups.setdefault(tuple(group_key(v) for v in key.values()), (key, row, []))[2].append(row)
            if not keys and not groups:
                groups[()] = ({}, {}, [])
            pairs = []
            for key, row, members in groups.values():
                done = {id(a): self.aggregate(a, members) for i in clause.items for a in aggregates[id(i)]}
                texts = {str(i.expr): key[i.name] for i in keys}
                new = {i.name: key[i.name] if i.name in key else self.value(i.expr, row, KeyValues(done, i.expr, texts))
                       for i in clause.items}
                pairs.append((new, new))
        else:
            pairs = []
            for row in rows:
                new = dict(row) if clause.star else {}
                new.update((i.name, self.value(i.expr, row)) for i in clause.items)
                pairs.append((new, new if clause.distinct else {**row, **new}))
        names = list(pairs[0][0]) if pairs else []
        if clause.distinct:
            seen = {}
            for new, scope in pairs:
                seen.setdefault(tuple(group_key(new[c]) for c in names), (new, scope))
            pairs = list(seen.values())
        if clause.order:
            keyed = [([self.value(s.expr, scope, KeyValues({}, s.expr, texts_after(clause, new)) if new is scope else None)
                       for s in clause.order], new) for new, scope in pairs]

            def cmp(a, b):
                for s, x, y in zip(clause.order, a[0], b[0]):
                    o = total(x, y)
                    if o:
                        return -o if s.desc else o
                return 0
            out = [new for _, new in sorted(keyed, key=functools.cmp_to_key(cmp))]
        else:
            out = [new for new, _ in pairs]
        out = out[self.bound(clause.skip, 0):]
        if clause.limit is not None:
            out = out[:self.bound(clause.limit, 0)]
        if clause.where is not None:
            out = [r for r in out if boolean(self.value(clause.where, r)) is True]
        return out

    def bound(self, e, default):
        return default if e is None else self.value(e, {})

    def aggregate(self, e, rows):
        if not e.args:
            return len(rows)
        values = [v for v in (self.value(e.args[0], r) for r in rows) if v is not None]
        if e.distinct:
            values = list({group_key(v): v for v in reversed(values)}.values())[::-1]
        name = e.data
        if name == "count":
            return len(values)
        if name == "collect":
            return values
        if name in ("min", "max"):
            if not values:
                return None
            pick = functools.cmp_to_key(total)
            return min(values, key=pick) if name == "min" else max(values, key=pick)
        if not all(is_number(v) for v in values):
            raise Failure(name)
        if name == "sum":
            return float(sum(values)) if any(isinstance(v, float) for v in values) else fit(sum(values))
        if name == "avg":
            return sum(values) / len(values) if values else None
        if name in ("stDev", "stDevP"):
            if not values:
                return None
            if len(values) == 1:
                return 0.0
            mean = sum(values) / len(values)
            return math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - (name == "stDev")))
        if name in ("percentileCont", "percentileDisc"):
            p = self.value(e.args[1], rows[0] if rows else {})
            if not values:
                return None
            values.sort()
            if name == "percentileDisc":
                return values[max(0, math.ceil(p * len(values)) - 1)]
            at = p * (len(values) - 1)
            low = math.floor(at)
            return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (at - low) * 1.0
        raise Unknown(name)

    def c_Call(self, clause, rows):
        out = []
        for row in rows:
            inner = {} if clause.imports is None else {n: row[n] for n in clause.imports}
            columns, found = self.query(clause.query, [inner])
            if columns:
                out += [{**row, **{c: r[c] for c in columns}} for r in found]
            else:
                out.append(row)
        return out

    # ---- writes

    def storable(self, v):
        if isinstance(v, (Node, Rel, Path, Duration)):
            raise Failure("not storable")
        if isinstance(v, float) and not math.isfinite(v):
            raise Failure("not storable")
        if isinstance(v, (list, dict)):
            for x in v if isinstance(v, list) else v.values():
                self.storable(x)
        return v

    def props(self, pairs, row):
        out = {p.key: self.storable(self.value(p.value, row)) for p in pairs}
        return {k: v for k, v in out.items() if v is not None}

    def create_part(self, part, row):
        nodes, rels = [], []
        for p in part.nodes:
            node = row.get(p.name) if p.name else None
            if p.name in row:
                if node is None:
                    raise Failure("null end")
            else:
                node = self.graph.node("new%d" % self.fresh(), label_names(p.labels), self.props(p.props, row))
                if p.name:
                    row = {**row, p.name: node}
            nodes.append(node)
        for p, a, b in zip(part.rels, nodes, nodes[1:]):
            start, end = (b, a) if p.direction == "<" else (a, b)
            if start.id not in self.graph.nodes or end.id not in self.graph.nodes:
                raise Failure("deleted end")
            rel = self.graph.rel(p.types[0], start, end, self.props(p.props, row))
            rels.append(rel)
            if p.name:
                row = {**row, p.name: rel}
        if part.path:
            row = {**row, part.path: Path(nodes, rels)}
        return row

    counter = itertools.count(1000)

    def fresh(self):
        return next(self.counter)

    def c_Create(self, clause, rows):
        out = []
        for row in rows:
            for part in clause.parts:
                row = self.create_part(part, row)
            out.append(row)
        return out

    def c_Merge(self, clause, rows):
        out = []
        for row in rows:
            for p in [x for t in clause.part.nodes + clause.part.rels for x in t.props]:
                if self.value(p.value, row) is None:
                    raise Failure("null in MERGE")
            if any(n.name in row and row[n.name] is None for n in clause.part.nodes):
                raise Failure("null end")
            found = list(self.matches([clause.part], None, row))
            for r in found:
                self.set_items(clause.matched, r)
            if not found:
                found = [self.create_part(clause.part, row)]
                self.set_items(clause.created, found[0])
            out += found
        return out

    def entity(self, row, name):
        v = row[name]
        if v is None:
            return None
        if not isinstance(v, (Node, Rel)):
            raise Failure("not an entity")
        if v.id not in (self.graph.nodes if isinstance(v, Node) else self.graph.rels):
            raise Unknown("a deleted entity")
        return v

    def set_items(self, items, row):
        for item in items:
            v = self.entity(row, item.name)
            if item.op == "label":
                if isinstance(v, Rel):
                    raise Failure("label of a relationship")
                if v is not None:
                    v.labels |= set(item.key)
                continue
            new = self.value(item.expr, row)
            if v is None:
                continue
            if item.op == "prop":
                self.put(v.props, item.key, new)
                continue
            if new is None:
                new = {}
            if isinstance(new, (Node, Rel)):
                new = dict(new.props)
            if not isinstance(new, dict):
                raise Failure("SET =")
            if item.op == "=":
                v.props.clear()
            for k, x in new.items():
                self.put(v.props, k, x)

    def put(self, props, key, v):
        if v is None:
            props.pop(key, None)
        else:
            props[key] = self.storable(v)

    def c_Set(self, clause, rows):
        for row in rows:
            self.set_items(clause.items, row)
        return rows

    def c_Remove(self, clause, rows):
        for row in rows:
            for item in clause.items:
                v = self.entity(row, item.name)
                if v is None:
                    continue
                if item.op == "prop":
                    v.props.pop(item.key, None)
                elif isinstance(v, Rel):
                    raise Failure("label of a relationship")
                else:
                    v.labels -= set(item.key)
        return rows

    def c_Delete(self, clause, rows):
        doomed = []
        for row in rows:
            for e in clause.exprs:
                v = self.value(e, row)
                doomed += [] if v is None else v.rels + v.nodes if isinstance(v, Path) else [v]
        for v in doomed:
            if isinstance(v, Rel):
                self.graph.remove_rel(v)
            elif not isinstance(v, Node):
                raise Failure("DELETE")
        for v in doomed:
            if isinstance(v, Node) and v.id in self.graph.nodes:
                if clause.detach:
                    for rel in list(v.out + v.into):
                        self.graph.remove_rel(rel)
                del self.graph.nodes[v.id]
                self.deleted.append(v)
        return rows

    deleted = ()

    def run(self, query):
        """A whole statement: (columns, rows); the graph is changed."""
        self.deleted = []
        columns, rows = self.query(query)
        if any(v.out or v.into for v in self.deleted):
            raise Failure("still has relationships")
        return columns, rows

    def c_Foreach(self, clause, rows):
        for row in rows:
            v = self.value(clause.list, row)
            if v is not None and not isinstance(v, list):
                raise Failure("FOREACH")
            for x in v or []:
                inner = [{**row, clause.name: x}]
                for c in clause.clauses:
                    inner = getattr(self, "c_" + type(c).__name__)(c, inner)
        return rows


class KeyValues(dict):
    """Aggregates by identity, and sub-expressions that are grouping keys by their text."""

    def __init__(self, done, expr, texts):
        super().__init__(done)
        for e in expr.walk():
            if id(e) not in self and hasattr(e, "kind") and str(e) in texts:
                self[id(e)] = texts[str(e)]


def texts_after(clause, new):
    """What ORDER BY may repeat of the items, by its text; a name that is an alias now is that alias."""
    return {str(i.expr): new[i.name] for i in clause.items if i.expr.kind != "var" or i.expr.data not in new}


def label_names(e):
    return [] if e is None else [e.name] if e.op == "name" else [x for a in e.args for x in label_names(a)]


def aggregates_in(e):
    """The aggregates of an expression, those of subqueries left out."""
    if e.kind == "agg":
        return [e]
    if e.kind in ("exists", "count", "collect"):
        return []
    return [a for x in e.args if x is not None for a in aggregates_in(x)]
