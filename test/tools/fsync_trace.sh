#!/bin/sh
# fsync_trace.sh <store_local_test binary> - checks the system calls of a create in a folder against
# spec/storage.md 2.1: temporary name with O_EXCL, write, fsync, link, unlink, fsync of the directory.
# Needs strace. Prints "ok" or the trace.
set -eu
test=$1
trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
ASAN_OPTIONS=detect_leaks=0 \
	strace -f -y -o "$trace" -e trace=openat,write,fsync,linkat,unlinkat,renameat,mkdirat "$test" \
	>/dev/null 2>&1 || { echo "the traced test failed"; exit 1; }
python3 - "$trace" <<'PY'
import re, sys
calls = []
for line in open(sys.argv[1]):
    m = re.match(r'(?:\d+ +)?(\w+)\((.*)\) += (.*)', line)
    if m and 'namidb-store-' in m.group(2) + m.group(3):
        calls.append((m.group(1), m.group(2), m.group(3)))
steps = [
    ('mkdirat', r'"demo"', r'^0'),
    ('fsync', r'/store>', r'^0'),
    ('mkdirat', r'"demo/wal"', r'^0'),
    ('fsync', r'/store/demo>', r'^0'),
    ('openat', r'"demo/wal/1\.wal#1".*O_RDWR\|O_CREAT\|O_EXCL', r'^\d'),
    ('write', r'1\.wal#1>.*"first", 5', r'^5'),
    ('fsync', r'1\.wal#1>', r'^0'),
    ('linkat', r'"demo/wal/1\.wal#1".*"demo/wal/1\.wal"', r'^0'),
    ('unlinkat', r'"demo/wal/1\.wal#1"', r'^0'),
    ('fsync', r'/store/demo/wal>', r'^0'),
    ('linkat', r'"demo/wal/1\.wal#1".*"demo/wal/1\.wal"', r'EEXIST'),
    ('unlinkat', r'"demo/wal/1\.wal#1"', r'^0'),
]
at = 0
for call in calls:
    name, args, result = steps[at]
    if call[0] == name and re.search(args, call[1]) and re.search(result, call[2]):
        at += 1
        if at == len(steps):
            break
if at < len(steps):
    print('missing step', at, steps[at])
    for call in calls:
        print(*call)
    sys.exit(1)
print('ok')
PY
