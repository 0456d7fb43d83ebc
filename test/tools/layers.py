#!/usr/bin/python3
"""The rules of docs/architecture.md that a machine can check; each rule is one test.

    layers.py            checks the tree it lies in, prints what breaks a rule and the counts

Rules that need a compiler (which symbols a layer may leave undefined) are the Makefile's check-symbols-<layer>.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

ALLOWED = {
    "base": set(),
    "format": {"base"},
    "store": {"base"},
    "cypher": {"base"},
    "graph": {"format", "store", "base"},
    "plan": {"cypher", "graph", "base"},
    "exec": {"plan", "cypher", "graph", "base"},
    "pg": {"exec", "plan", "cypher", "graph", "store", "format", "base"},
}
LINES_MAX = 1000

# Where PostgreSQL keeps its headers; a file in src/base ... src/exec names none of them.
SERVER_HEADER = re.compile(
    r"^(postgres(_ext|_fe)?|fmgr|c|funcapi|miscadmin|pgstat|pgtime|pg_(config|getopt|trace)\w*|varatt|windowapi|libpq-(fe|events))\.h$"
    r"|^(access|archive|backup|bootstrap|catalog|commands|common|datatype|executor|fe_utils|foreign|jit|lib|libpq|mb|nodes|"
    r"optimizer|parser|partitioning|pgstat|port|portability|postmaster|regex|replication|rewrite|server|snowball|statistics|"
    r"storage|tcop|tsearch|utils)/")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
VERSION_TEST = re.compile(r"^[ \t]*#[ \t]*(?:el)?if.*\bPG_(?:VERSION_NUM|MAJORVERSION_NUM)\b", re.M)

# A clean clone has nothing beside it, so no text may point at places outside of it. (Pieced together,
# because this file is one of those that are searched.)
OUTSIDE = re.compile("/wo" "rk/|(?<![A-Za-z0-9_.-])(?:\\.\\./)*sha" "red/")
LEFT_OPEN = re.compile(r"\b(?:TO" "DO|FIX" "ME|XX" "X|HA" "CK)\\b(?!.*issue [0-9])")

problems = []


def problem(path, text, offset, message):
    problems.append("%s:%d: %s" % (path, text.count("\n", 0, offset) + 1, message))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def git(*args):
    return subprocess.run(["git", "-c", "safe.directory=" + ROOT, "-C", ROOT, *args], capture_output=True, text=True, errors="replace")


def source_files():
    for layer in sorted(ALLOWED):
        folder = os.path.join(ROOT, "src", layer)
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
            if name.endswith((".c", ".h")):
                yield layer, "src/%s/%s" % (layer, name)


def project_files():
    """Every file of the project: what git tracks, or would track; without git, all but what a build leaves."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode == 0:
        return sorted({p for p in listed.stdout.split("\0") if p and os.path.isfile(os.path.join(ROOT, p))})
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in (".git", "build", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names]
    return sorted(found)


def text_files():
    for path in project_files():
        with open(os.path.join(ROOT, path), "rb") as file:
            if b"\0" not in file.read(8192):
                yield path, read(path)


# ---- the rules

def includes_go_downward_only():
    for layer, path in source_files():
        text = read(path)
        for match in INCLUDE.finditer(text):
            kind, name = match.groups()
            if kind == '"' and name.split("/")[0] in ALLOWED and "/" in name:
                target = name.split("/")[0]
                if target != layer and target not in ALLOWED[layer]:
                    problem(path, text, match.start(), "src/%s must not include %s" % (layer, name))
            elif kind == '"' and layer != "pg":
                problem(path, text, match.start(), 'include "%s" does not name its layer' % name)


def server_headers_stay_in_src_pg():
    for layer, path in source_files():
        text = read(path)
        for match in INCLUDE.finditer(text):
            name = match.group(2)
            own = match.group(1) == '"' and name.split("/")[0] in ALLOWED
            if layer != "pg" and not own and SERVER_HEADER.match(name):
                problem(path, text, match.start(), "PostgreSQL's %s outside src/pg" % name)


def version_tests_stay_in_compat_h():
    for _, path in source_files():
        text = read(path)
        for match in VERSION_TEST.finditer(text):
            if path != "src/pg/compat.h":
                problem(path, text, match.start(), "a test of the server's version outside src/pg/compat.h")


def files_stay_short():
    for _, path in source_files():
        lines = read(path).count("\n")
        if lines >= LINES_MAX:
            problems.append("%s: %d lines (below %d)" % (path, lines, LINES_MAX))


def folders_have_a_readme():
    for layer in sorted({layer for layer, _ in source_files()}):
        if not os.path.isfile(os.path.join(ROOT, "src", layer, "README.md")):
            problems.append("src/%s has no README.md" % layer)


def folders_are_layers():
    for name in sorted(os.listdir(os.path.join(ROOT, "src"))):
        if name not in ALLOWED and name != "vendor":
            problems.append("src/%s is no layer of the plan" % name)


def files_point_at_nothing_outside():
    for path, text in text_files():
        for match in OUTSIDE.finditer(text):
            problem(path, text, match.start(), "names a place outside the tree: %s" % match.group(0))


def commits_point_at_nothing_outside():
    log = git("log", "--format=%h %B")
    if log.returncode == 0:
        for match in OUTSIDE.finditer(log.stdout):
            line = log.stdout[log.stdout.rfind("\n", 0, match.start()) + 1:]
            problems.append("a commit message names a place outside the tree: %s" % line.split("\n")[0])


def nothing_is_left_open():
    for path, text in text_files():
        if path.startswith(("src/", "sql/", "test/")) and path.endswith((".c", ".h", ".sql", ".py", ".sh", ".pl", ".spec")):
            for match in LEFT_OPEN.finditer(text):
                problem(path, text, match.start(), "left open: %s" % match.group(0))


RULES = [includes_go_downward_only, server_headers_stay_in_src_pg, version_tests_stay_in_compat_h, files_stay_short,
         folders_have_a_readme, folders_are_layers, files_point_at_nothing_outside, commits_point_at_nothing_outside,
         nothing_is_left_open]


def main():
    failed = 0
    for rule in RULES:
        problems.clear()
        rule()
        print("%s %s" % ("FAILED" if problems else "ok    ", rule.__name__.replace("_", " ")))
        for line in problems:
            print("        " + line)
        failed += bool(problems)
    print("layers: %d passed, %d failed" % (len(RULES) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
