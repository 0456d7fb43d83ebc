#!/usr/bin/python3
"""Runs cases.jsonl through SQL: each case is one test, and the share of exact error classes is one more.

    run_sql.py [--only TAG] [--id CASE]

A case passes as README.md says; a backend that dies fails its case, whatever that expects.
"""
import argparse
import collections
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import adapter_sql  # noqa: E402
from run_cases import judge  # noqa: E402

EXACT_SHARE_MIN = 0.95
HERE = os.path.dirname(os.path.abspath(__file__))


def read_pending():
    """{case id: reason} of pending.txt: cases that cannot pass yet. One that passes must be taken off the list."""
    pending = {}
    with open(os.path.join(HERE, "pending.txt"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                case, reason = line.rstrip("\n").split(None, 1)
                pending[case] = reason
    return pending


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", help="the cases of one area")
    parser.add_argument("--id", help="one case")
    args = parser.parse_args()

    adapter = adapter_sql.Sql()
    table = collections.defaultdict(collections.Counter)
    errors = collections.Counter()
    pending = read_pending()
    with open(os.path.join(HERE, "cases.jsonl"), encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    for case in cases:
        if args.only and args.only not in case["tags"] or args.id and args.id != case["id"]:
            continue
        try:
            passed, exact, note = judge(case, adapter)
        except adapter_sql.ServerDied as death:
            passed, exact, note = False, False, "the server died: %s" % death
        except Exception as error:  # an answer that is no value of the corpus: the case failed, the next one may not
            passed, exact, note = False, None, "%s: %s" % (type(error).__name__, error)
        if case["id"] in pending:
            reason = pending[case["id"]]
            if not passed and ("0A000" in note) == (reason == "0A000"):
                table[case["tags"][0]]["pending"] += 1
                continue
            passed, note = False, "pending (%s), but: %s" % (reason, note or "it passes")
        table[case["tags"][0]]["passed" if passed else "failed"] += 1
        if exact is not None:
            errors[exact] += 1
        if exact is False:
            print("class  %s  %s\n       %s" % (case["id"], case["query"], note))
        if not passed:
            print("FAILED %s  %s\n       %s" % (case["id"], case["query"], note))

    passed = sum(t["passed"] for t in table.values())
    failed = sum(t["failed"] for t in table.values())
    for tag in sorted(table):
        print("%-12s %4d passed %4d failed %4d pending" % (tag, table[tag]["passed"], table[tag]["failed"], table[tag]["pending"]))
    if not args.only and not args.id:
        share = errors[True] / max(1, sum(errors.values()))
        good = share >= EXACT_SHARE_MIN
        print("%s exact error classes: %d of %d" % ("ok    " if good else "FAILED", errors[True], sum(errors.values())))
        passed, failed = passed + good, failed + (not good)
    print("conformance: %d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
