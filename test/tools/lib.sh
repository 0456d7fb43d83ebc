# What every test script shares; source it: . "$(dirname "$0")/../tools/lib.sh"
#
# Paths. ROOT is the tree, CACHE what is downloaded or built once for all trees, SCRATCH what one run
# needs (servers, their data, installed copies); SCRATCH is made by test/run or, in a script started by
# hand, by scratch_create, and lies where the servers' user can reach it.
#
# Servers never run as root. As root they run as SERVER_USER (as_server CMD...), else as the caller.

set -u
set -o pipefail

ROOT=${ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
. "$ROOT/test/versions"
CACHE=${NAMIDB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/namidb}
TEST_BUILD=${TEST_BUILD:-$ROOT/build/test}
JOBS=${JOBS:-$(nproc)}
PYTHON=/usr/bin/python3
TOOLS_PYTHON=$CACHE/venv-tools/bin/python
PG_MAIN_CONFIG=/usr/lib/postgresql/$PG_MAIN/bin/pg_config
export ROOT CACHE TEST_BUILD JOBS PYTHON TOOLS_PYTHON

say()
{
	printf '== %s\n' "$*"
}

die()
{
	printf 'error: %s\n' "$*" >&2
	exit 1
}

is_root()
{
	[ "$(id -u)" = 0 ]
}

# The unprivileged user of the servers when we are root.
server_user()
{
	if id -u postgres >/dev/null 2>&1; then
		echo postgres
	else
		id -u namidb-test >/dev/null 2>&1 || useradd --system --home-dir /nonexistent --shell /bin/sh namidb-test >&2
		echo namidb-test
	fi
}

# Run a command as the servers' user, from a directory that this user can enter.
as_server()
{
	if is_root; then
		runuser -u "$(server_user)" -- "$@"
	else
		"$@"
	fi
}

# A directory that belongs to the servers' user.
server_dir()
{
	mkdir -p "$1"
	if is_root; then
		chown -R "$(server_user)" "$1"
	fi
}

# The run's own directory: SCRATCH of the caller, or a new one that vanishes with this script.
scratch_create()
{
	if [ -z "${SCRATCH:-}" ]; then
		SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/namidb-test.XXXXXX") || die "no scratch directory"
		chmod 755 "$SCRATCH"
		SCRATCH_OWNED=yes
		export SCRATCH
	fi
}

scratch_remove()
{
	if [ "${SCRATCH_OWNED:-no}" = yes ] && [ -z "${KEEP:-}" ]; then
		rm -rf "$SCRATCH"
	fi
}

# A port of 127.0.0.1 that nobody listens on.
free_port()
{
	"$PYTHON" -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# End a process by its id and wait for it (it need not be our child): stop_pid PID [SIGNAL [SECONDS]]
stop_pid()
{
	local pid=$1 signal=${2:-TERM} seconds=${3:-20} i
	kill -"$signal" "$pid" 2>/dev/null || return 0
	for ((i = 0; i < seconds * 10; i++)); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null
	return 1
}

# The value of a variable of the Makefile.
make_variable()
{
	make -s -C "$ROOT" --no-print-directory "print-$1"
}

# Print the end of every server log below a directory.
show_logs()
{
	local log
	find "$1" -name '*.log' ! -name initdb.log -type f -size +0 2>/dev/null | sort | while read -r log; do
		printf -- '---- end of %s\n' "$log"
		tail -n "${2:-40}" "$log"
	done
}

# The closing line of a suite, and its exit code.
suite_result()
{
	printf '%s: %d passed, %d failed\n' "$1" "$2" "$3"
	[ "$3" -eq 0 ] && [ "$2" -gt 0 ]
}

# For a suite that has no test yet: says so and leaves.
suite_left_out()
{
	printf '%s: left out: %s\n' "$1" "$2"
	exit 77
}
