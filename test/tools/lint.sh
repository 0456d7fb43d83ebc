#!/bin/bash
# Formatting of the C sources by clang-format (version 14, Debian 12's), shell scripts by shellcheck where it
# is installed. Not part of "make test": the formatter's taste differs from release to release.

. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
status=0
if command -v clang-format >/dev/null; then
	for file in src/*/*.[ch] test/unit/*.[ch] test/fuzz/*.c; do
		[ -e "$file" ] || continue
		clang-format --dry-run -Werror "$file" 2>/dev/null || { echo "format: $file"; status=1; }
	done
else
	echo "left out: clang-format is not installed"
fi
if command -v shellcheck >/dev/null; then
	shellcheck -x -e SC1090,SC1091 test/run test/fuzz/run test/tools/*.sh test/suites/*.sh .ci/run || status=1
else
	echo "left out: shellcheck is not installed"
fi
exit $status
