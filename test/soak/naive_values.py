"""Values of the naive evaluation (naive.py): comparison, arithmetic, functions, as docs/spec/cypher.md 3 and 4 say where 11
follows openCypher."""
import datetime as dt
import math
import re

from graph import Node, Path, Rel

BIG = 2 ** 63


class Failure(Exception):
    """A run-time error of Cypher."""


class TooBig(Exception):
    """The query costs more steps than a test may."""


class Unknown(Exception):
    """The naive evaluation does not know this."""


# ---- comparison -----------------------------------------------------------------------------------------------------

def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def kind(v):
    if is_number(v):
        return "number"
    if isinstance(v, dt.datetime):
        return "datetime"
    return type(v).__name__


def eq3(a, b):
    if a is None or b is None:
        return None
    if kind(a) != kind(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all3(eq3(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all3(eq3(a[k], b[k]) for k in a)
    if isinstance(a, (Node, Rel)):
        return a.id == b.id
    if isinstance(a, Path):
        return [x.id for x in a.nodes] == [x.id for x in b.nodes] and [x.id for x in a.rels] == [x.id for x in b.rels]
    return a == b


def all3(values):
    result = True
    for v in values:
        if v is False:
            return False
        if v is None:
            result = None
    return result


def any3(values):
    return not3(all3(not3(v) for v in values))


def not3(v):
    return None if v is None else not v


def order3(a, b):
    """-1, 0, 1; None: not comparable; "nan": a comparison that is false."""
    if a is None or b is None or kind(a) != kind(b):
        return None
    if isinstance(a, list):
        for x, y in zip(a, b):
            o = order3(x, y)
            if o != 0:
                return o
        return (len(a) > len(b)) - (len(a) < len(b))
    if isinstance(a, (dict, Node, Rel, Path)):
        return None
    if a != a or b != b:
        return "nan"
    return (a > b) - (a < b)


def compare(op, a, b):
    if op == "=":
        return eq3(a, b)
    if op == "<>":
        return not3(eq3(a, b))
    o = order3(a, b)
    if o is None:
        return None
    return False if o == "nan" else {"<": o < 0, "<=": o <= 0, ">": o > 0, ">=": o >= 0}[op]


def group_key(v):
    """Equal for equivalent values."""
    if is_number(v):
        return ("n", "nan" if v != v else v)
    if isinstance(v, list):
        return ("l",) + tuple(group_key(x) for x in v)
    if isinstance(v, dict):
        return ("m",) + tuple((k, group_key(x)) for k, x in sorted(v.items()))
    if isinstance(v, (Node, Rel)):
        return (kind(v), v.id)
    if isinstance(v, Path):
        return ("p", tuple(n.id for n in v.nodes), tuple(r.id for r in v.rels))
    return (kind(v), v)


RANK = {"dict": 0, "Node": 1, "Rel": 2, "list": 3, "Path": 4, "datetime": 5, "date": 6, "str": 7, "bool": 8, "number": 9, "NoneType": 11}


def total(a, b):
    """The order of ORDER BY (3.5)."""
    ra, rb = (10 if is_number(v) and v != v else RANK[kind(v)] for v in (a, b))
    if ra != rb:
        return -1 if ra < rb else 1
    if ra in (10, 11):
        return 0
    if isinstance(a, list):
        for x, y in zip(a, b):
            o = total(x, y)
            if o:
                return o
        return len(a) - len(b)
    if isinstance(a, dict):
        if len(a) != len(b):
            return len(a) - len(b)
        ka, kb = sorted(a), sorted(b)
        if ka != kb:
            return -1 if ka < kb else 1
        return next((o for o in (total(a[k], b[k]) for k in ka) if o), 0)
    if isinstance(a, (Node, Rel)):
        return (a.id > b.id) - (a.id < b.id)
    if isinstance(a, Path):
        raise Unknown("the order of paths")
    return (a > b) - (a < b)


# ---- arithmetic and functions ---------------------------------------------------------------------------------------

def fit(v):
    if not -BIG <= v < BIG:
        raise Failure("overflow")
    return v


def float_text(v):
    if v != v:
        return "NaN"
    if v in (math.inf, -math.inf):
        return "Infinity" if v > 0 else "-Infinity"
    if v == 0 or 1e-3 <= abs(v) < 1e7:
        return repr(v)
    raise Unknown("the text of %r" % v)


def text_of(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, float):
        return float_text(v)
    return str(v)


def add_duration(day, d, sign):
    months = day.year * 12 + day.month - 1 + sign * d.get("months", 0)
    year, month = divmod(months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(1)).day
    day2 = day.replace(year=year, month=month + 1, day=min(day.day, last))
    return day2 + dt.timedelta(sign * d.get("days", 0))


class Duration:
    def __init__(self, parts):
        self.parts = parts


def arith(op, a, b):
    if isinstance(a, Duration) or isinstance(b, Duration):
        if a is None or b is None:
            return None
        if op == "+" and isinstance(a, Duration):
            a, b = b, a
        if op not in "+-" or not isinstance(a, dt.date):
            raise Unknown("durations")
        return add_duration(a, b.parts, 1 if op == "+" else -1)
    if a is None or b is None:
        return None
    if is_number(a) and is_number(b):
        if isinstance(a, int) and isinstance(b, int) and op != "^":
            if op in "/%":
                if b == 0:
                    raise Failure("division by zero")
                q = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
                return fit(q) if op == "/" else a - q * b
            return fit(a + b if op == "+" else a - b if op == "-" else a * b)
        a, b = float(a), float(b)
        if op == "/":
            return a / b if b != 0 else math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)
        if op == "%":
            return math.nan if b == 0 or math.isinf(a) else math.fmod(a, b)
        if op == "^":
            try:
                p = a ** b
            except ZeroDivisionError:
                return math.inf
            except OverflowError:
                raise Unknown("an overflow of ^") from None
            return math.nan if isinstance(p, complex) else p
        return a + b if op == "+" else a - b if op == "-" else a * b
    if op == "+":
        if isinstance(a, list):
            return a + (b if isinstance(b, list) else [b])
        if isinstance(b, list):
            return [a] + b
        for v in (a, b):
            if not isinstance(v, (str, bool, int, float, dt.date)):
                raise Failure("+")
        if isinstance(a, str) or isinstance(b, str):
            if any(isinstance(v, dt.datetime) for v in (a, b)):
                raise Unknown("the text of a datetime")
            return text_of(a) + text_of(b)
    raise Failure(op)


def component(v, key):
    at = {"year": lambda: v.year, "month": lambda: v.month, "day": lambda: v.day, "dayOfWeek": lambda: v.isoweekday(),
          "week": lambda: v.isocalendar()[1], "quarter": lambda: (v.month + 2) // 3, "ordinalDay": lambda: v.timetuple().tm_yday}
    if isinstance(v, dt.datetime):
        at.update(hour=lambda: v.hour, minute=lambda: v.minute)
    if key not in at:
        raise Unknown("component " + key)
    return at[key]()


def strict(*types):
    """A function that is null on null and an error on values of other types."""
    def wrap(f):
        def call(*args):
            if any(a is None for a in args):
                return None
            for a, t in zip(args, types):
                if t is int and not (isinstance(a, int) and not isinstance(a, bool)) or t is float and not is_number(a) \
                        or t not in (int, float, object) and not isinstance(a, t):
                    raise Failure("argument")
            return f(*args)
        return call
    return wrap


def cut(v, n):
    if n < 0:
        raise Failure("negative")
    return v[:n]


def to_integer(v):
    if isinstance(v, bool):
        return int(v)
    if isinstance(v, (int, float)):
        if v != v or abs(v) >= BIG:
            raise Unknown("toInteger out of range")
        return int(v)
    if not isinstance(v, str):
        raise Failure("toInteger")
    if re.fullmatch(r"\s*[+-]?[0-9]+(\.[0-9]+)?\s*", v):
        return int(float(v))
    if re.fullmatch(r"[^0-9]*", v):
        return None
    raise Unknown("toInteger of " + v)


def to_float(v):
    if is_number(v):
        return float(v)
    if isinstance(v, bool) or not isinstance(v, str):
        raise Failure("toFloat")
    if re.fullmatch(r"\s*[+-]?[0-9]+(\.[0-9]+)?\s*", v):
        return float(v)
    if re.fullmatch(r"[^0-9a-zA-Z]*|[a-bA-B ]*", v):
        return None
    raise Unknown("toFloat of " + v)


def to_boolean(v):
    if isinstance(v, bool):
        return v
    if isinstance(v, int):
        return {0: False, 1: True}.get(v)
    if isinstance(v, str):
        return {"true": True, "false": False}.get(v.strip().lower())
    raise Failure("toBoolean")


def to_string(v):
    if isinstance(v, (bool, int, float, str)):
        return text_of(v)
    if isinstance(v, dt.datetime):
        raise Unknown("the text of a datetime")
    if isinstance(v, dt.date):
        return v.isoformat()
    raise Failure("toString")


def half_away(v):
    return v if v != v or math.isinf(v) else float(math.floor(abs(v) + 0.5)) * (1 if v >= 0 else -1)


def replace(s, a, b):
    return s.replace(a, b)


def number_range(a, b, step=1):
    if step == 0:
        raise Failure("range")
    if abs((b - a) // step) > 5000:
        raise TooBig()
    return list(range(a, b + (1 if step > 0 else -1), step))


def properties(v):
    if isinstance(v, (Node, Rel)):
        return dict(v.props)
    if isinstance(v, dict):
        return v
    raise Failure("properties")


def type_error(*_):
    raise Failure("type")


def size(v):
    if isinstance(v, (str, list, dict)):
        return len(v)
    raise Failure("size")


def labels(v):
    if not isinstance(v, Node):
        raise Failure("labels")
    return sorted(v.labels)


def rel_type(v):
    if not isinstance(v, Rel):
        raise Failure("type")
    return v.type


def entity_id(v):
    if isinstance(v, Node) and not v.id.startswith("new"):
        return v.id
    raise Unknown("id")


FUNCTIONS = {
    "size": strict(object)(size),
    "length": strict(Path)(lambda p: len(p.rels)),
    "head": strict(list)(lambda l: l[0] if l else None),
    "last": strict(list)(lambda l: l[-1] if l else None),
    "tail": strict(list)(lambda l: l[1:]),
    "reverse": strict((str, list))(lambda v: v[::-1]),
    "range": strict(int, int, int)(number_range),
    "toLower": strict(str)(str.lower), "toUpper": strict(str)(str.upper),
    "trim": strict(str)(str.strip), "ltrim": strict(str)(str.lstrip), "rtrim": strict(str)(str.rstrip),
    "left": strict(str, int)(cut),
    "right": strict(str, int)(lambda s, n: cut(s[::-1], n)[::-1]),
    "substring": strict(str, int, int)(lambda s, a, n=None: cut(s, a) and (s[a:] if n is None else cut(s[a:], n)) if a else
                                       (s if n is None else cut(s, n))),
    "replace": strict(str, str, str)(replace),
    "split": strict(str, str)(lambda s, d: s.split(d) if d else list(s)),
    "toString": strict(object)(to_string),
    "toInteger": strict(object)(to_integer),
    "toFloat": strict(object)(to_float),
    "toBoolean": strict(object)(to_boolean),
    "abs": strict(float)(abs),
    "sign": strict(float)(lambda v: (v > 0) - (v < 0)),
    "round": strict(float)(lambda v: half_away(float(v))),
    "floor": strict(float)(lambda v: float(math.floor(v)) if math.isfinite(v) else float(v)),
    "ceil": strict(float)(lambda v: float(math.ceil(v)) if math.isfinite(v) else float(v)),
    "sqrt": strict(float)(lambda v: math.sqrt(v) if v >= 0 else math.nan),
    "id": strict(object)(entity_id),
    "labels": strict(object)(labels),
    "type": strict(object)(rel_type),
    "keys": strict(object)(lambda v: sorted(properties(v))),
    "properties": strict(object)(properties),
    "nodes": strict(Path)(lambda p: list(p.nodes)),
    "relationships": strict(Path)(lambda p: list(p.rels)),
    "startNode": strict(Rel)(lambda r: r.start),
    "endNode": strict(Rel)(lambda r: r.end),
    "date": strict(str)(lambda s: dt.date.fromisoformat(s)),
    "duration": strict(dict)(lambda m: Duration(m)),
}


def boolean(v):
    if v is not None and not isinstance(v, bool):
        raise Failure("not a boolean")
    return v
