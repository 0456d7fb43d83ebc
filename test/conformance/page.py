"""The examples of docs/cypher.md and docs/sql.md: extracted, run, compared.

In a block ```cypher each line that begins in the first column begins a query (further lines are indented), and each line
"=> ROW" under it is a row; "=> ERROR STATE" an error. In a block ```sql a query is an SQL statement of one line, and a row of several columns an
array; the lines of EXPLAIN stand as they are. A row of a
table whose second cell is code is an expression, the third its value as JSON. Rows come in any order unless the query says
ORDER BY.
"""
import json
import os
import re

import psycopg

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGES = [os.path.join(ROOT, "docs", name) for name in ("cypher.md", "sql.md")]
CELL = re.compile(r"^\| (?P<name>[^|]*) \| `(?P<code>(?:[^`|]|\\\|)*)` \| (?P<value>.*?) ?\|$")


def examples(text):
    """(kind, query, list of result lines or None, name in a table) in the order of the page."""
    kind, query, results = None, None, []
    for line in text.split("\n"):
        if line.startswith("```"):
            if query is not None:
                yield kind, query, results, None
            kind, query, results = (line[3:] or None) if kind is None else None, None, []
        elif kind in ("cypher", "sql"):
            if line.startswith("=> "):
                results.append(line[3:])
            elif line.startswith(" "):
                query += "\n" + line
            elif line:
                if query is not None:
                    yield kind, query, results, None
                query, results = line, []
        else:
            cell = CELL.match(line)
            if cell:
                value = cell["value"].strip()
                yield "value", cell["code"].replace("\\|", "|"), [value.strip("`").replace("\\|", "|")] if value else [], cell["name"]


def run(connection, kind, query):
    """The rows as texts of JSON."""
    try:
        if kind == "sql":
            cursor = connection.execute(query)
            rows = [row[0] if len(row) == 1 else list(row) for row in cursor.fetchall()] if cursor.description else []
            if query.startswith("EXPLAIN"):
                return rows
        else:
            text = "RETURN %s AS r" % query if kind == "value" else query
            rows = [row[0] for row in connection.execute("SELECT r FROM namidb_cypher(%s) AS r", (text,)).fetchall()]
            if kind == "value":
                rows = [row["r"] for row in rows]
    except psycopg.Error as error:
        return ["ERROR " + error.sqlstate]
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def canonical(rows, query):
    out = []
    for row in rows:
        try:
            out.append(json.dumps(json.loads(row), ensure_ascii=False, sort_keys=True))
        except ValueError:
            out.append(row)
    return out if "ORDER BY" in query or "namidb_explain" in query or query.startswith("EXPLAIN") else sorted(out)


def built_ins():
    """Names of all functions and procedures, from the engine's tables."""
    with open(os.path.join(ROOT, "src/exec/functions.c"), encoding="utf-8") as file:
        text = file.read()
    names = set(re.findall(r'^\t(?:SCALAR|SCALAR_OF|AGGREGATE)\("([^"]+)"', text, flags=re.M))
    for name in re.findall(r'^\tCLOCKS\("([^"]+)"', text, flags=re.M):
        names |= {name + suffix for suffix in (".transaction", ".statement", ".realtime", ".truncate")}
    with open(os.path.join(ROOT, "src/exec/procedures.c"), encoding="utf-8") as file:
        names |= set(re.findall(r'^\t(?:SCHEMA|SEARCH|ALGO)\("([^"]+)"', file.read(), flags=re.M))
    assert len(names) > 120
    return names


def run_page(adapter):
    """-> (passed, failed)."""
    passed = failed = 0
    used = ""
    for page in PAGES:
        with open(page, encoding="utf-8") as file:
            text = file.read()
        adapter.open()
        adapter.sql("SET namidb.json_format = plain")
        adapter.sql("SET namidb.default_server = '%s'" % adapter.server)
        for kind, query, want, _ in examples(text):
            got = canonical(run(adapter.connection, kind, query), query)
            used += query + "\n"
            if got == canonical(want, query):
                passed += 1
            else:
                failed += 1
                print("FAILED page  %s\n       gave %s, the page says %s" % (query, got, want))
        adapter.sql("RESET namidb.default_server")
        adapter.sql("SET namidb.json_format = typed")
        adapter.close()
    for name in sorted(built_ins()):
        if not re.search(r"(?<![\w.])%s\(" % re.escape(name), used, flags=re.IGNORECASE):
            failed += 1
            print("FAILED page  %s has no example" % name)
    return passed, failed


def fill(connection, text):
    """The page with the results put in, for whoever writes examples; to be read before it is believed."""
    out, kind, query = [], None, None

    def flush():
        if query is not None:
            out.extend("=> " + row for row in run(connection, kind, query))
    for line in text.split("\n"):
        if line.startswith("=> "):
            continue
        if line.startswith("```"):
            flush()
            kind, query = (line[3:] or None) if kind is None else None, None
        elif kind in ("cypher", "sql"):
            if line.startswith(" "):
                query += "\n" + line
            elif line:
                flush()
                query = line
        else:
            cell = CELL.match(line)
            if cell:
                row, = run(connection, "value", cell["code"].replace("\\|", "|"))
                line = "| %s | `%s` | `%s` |" % (cell["name"], cell["code"], row.replace("|", "\\|"))
        out.append(line)
    return "\n".join(out)
