"""The examples of docs/foreign-tables.md: extracted, run by psql, compared.

A block ```sql is given to psql as it stands; the block ```text that follows it directly is what psql prints, errors among
it. Without such a block psql prints nothing. All blocks of a page run in one session, in a database of their own.

    psql_page.py --fill      puts the results into the pages, for whoever writes examples; to be read before they are believed
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGES = [os.path.join(ROOT, "docs", "foreign-tables.md")]
DATABASE = "psql_page"
MARK = "== end of block =="


def parts(text):
    """The page in pieces (kind, lines): kind "sql", "text" or None for what is no example."""
    kind, lines = None, []
    for line in text.split("\n"):
        if line.startswith("```"):
            yield kind, lines
            kind, lines = (line[3:] if kind is None else None), []
        else:
            lines.append(line)
    yield kind, lines


def examples(text):
    """[(statements, expected output)], both as lists of lines."""
    found, follows = [], False
    for kind, lines in parts(text):
        if kind == "sql":
            found.append((lines, []))
        elif kind == "text":
            assert follows, "a block of output without statements: %s" % lines
            found[-1] = (found[-1][0], lines)
        if kind is not None or any(lines):
            follows = kind == "sql"
    return found


def psql(database, text):
    done = subprocess.run(["psql", "-X", "-q", "-d", database], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", check=False, timeout=300)
    return done.stdout


def outputs(blocks):
    """What psql prints for each block, as lists of lines without trailing spaces."""
    script = "\\set QUIET on\nCREATE EXTENSION namidb;\n\\echo %s\n" % MARK
    script += "".join("%s\n\\echo %s\n" % ("\n".join(block), MARK) for block in blocks)
    psql("postgres", "DROP DATABASE IF EXISTS %s;\nCREATE DATABASE %s;" % (DATABASE, DATABASE))
    try:
        printed = psql(DATABASE, script)
    finally:
        psql("postgres", "DROP DATABASE %s;" % DATABASE)
    pieces = printed.split(MARK + "\n")[1:]
    pieces += [""] * (len(blocks) + 1 - len(pieces))  # a server that died
    return [[line.rstrip() for line in piece.rstrip("\n").split("\n")] if piece.strip() else [] for piece in pieces]


def run_psql_pages(_adapter=None):
    """-> (passed, failed), a block each."""
    passed = failed = 0
    for page in PAGES:
        with open(page, encoding="utf-8") as file:
            found = examples(file.read())
        assert found
        for (block, want), got in zip(found, outputs([block for block, _ in found])):
            while want and not want[-1].strip():
                want.pop()
            if got == [line.rstrip() for line in want]:
                passed += 1
            else:
                failed += 1
                print("FAILED psql page  %s\n       gave\n%s\n       the page says\n%s" % ("\n".join(block), "\n".join(got), "\n".join(want)))
    return passed, failed


def fill(text):
    results = iter(outputs([block for block, _ in examples(text)]))
    out, after_sql = [], False
    for kind, lines in parts(text):
        if kind == "text":
            continue
        if kind == "sql":
            out += ["```sql"] + lines + ["```"]
            result = next(results)
            out += ["```text"] + result + ["```"] if result else []
        elif kind is None and (any(lines) or not after_sql):
            out += lines
        elif kind is not None:
            out += ["```" + kind] + lines + ["```"]
        elif after_sql:
            out += lines
        after_sql = kind == "sql"
    return "\n".join(out)


if __name__ == "__main__" and sys.argv[1:] == ["--fill"]:
    for path in PAGES:
        with open(path, encoding="utf-8") as page_file:
            filled = fill(page_file.read())
        with open(path, "w", encoding="utf-8") as page_file:
            page_file.write(filled)
