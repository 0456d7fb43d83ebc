# The SQL tests and the recorded Cypher cases on a server whose engine and extension run under ASAN and UBSAN. (PostgreSQL
# 16 from its wheel: Debian's server hangs at its start with ASAN's runtime loaded.) A report of a sanitizer is a failure
# of its own, whatever the test said.
# needs: packages tools pg_wheels
. "$(dirname "$0")/../tools/lib.sh"

scratch_create
work=$SCRATCH/server_asan
mkdir -p "$work"
finish()
{
	"$ROOT/test/tools/cluster.sh" stop "$work/cluster"
	scratch_remove
}
trap finish EXIT

"$ROOT/test/tools/server.sh" 16-san "$SCRATCH/pg16-san" || {
	suite_result server_asan 0 1
	exit 1
}
passed=0
failed=0

# part NAME COMMAND...: adds the counts of the command's closing line "NAME: N passed, N failed".
part()
{
	local name=$1 counts part_passed part_failed
	shift
	"$@" 2>&1 | tee "$work/$name.out"
	counts=$(sed -n "s/^$name: \([0-9]*\) passed, \([0-9]*\) failed\$/\1 \2/p" "$work/$name.out" | tail -n 1)
	read -r part_passed part_failed <<<"${counts:-0 1}"
	passed=$((passed + part_passed))
	failed=$((failed + part_failed))
}

lists="$(make_variable REGRESS)$(make_variable ISOLATION)"
if [ -n "${lists// /}" ]; then
	part asan_sql "$ROOT/test/tools/sqltests.sh" asan_sql 16-san regress isolation
fi

conformance()
{
	(
		. "$work/cluster/env"
		psql -X -q -c "CREATE EXTENSION namidb" && PYTHONDONTWRITEBYTECODE=1 "$TOOLS_PYTHON" "$ROOT/test/conformance/run_sql.py"
	)
}
"$ROOT/test/tools/cluster.sh" start "$SCRATCH/pg16-san" "$work/cluster" && part conformance conformance || failed=$((failed + 1))

# A preload that was not there would report nothing, too.
if grep -q libasan "/proc/$(head -n 1 "$work/cluster/data/postmaster.pid")/maps"; then
	passed=$((passed + 1))
else
	echo "the server runs without ASAN"
	failed=$((failed + 1))
fi
"$ROOT/test/tools/cluster.sh" stop "$work/cluster"

# ASAN reports to files, UBSAN to the server's log.
for report in "$SCRATCH"/pg16-san/reports/* $(find "$SCRATCH/asan_sql" "$work" -name '*.log' 2>/dev/null); do
	if [ -s "$report" ] && grep -qE 'runtime error: |(Address|UndefinedBehavior)Sanitizer' "$report"; then
		echo "---- $report"
		grep -m 5 -E -A 20 'runtime error: |(Address|UndefinedBehavior)Sanitizer' "$report"
		failed=$((failed + 1))
	fi
done
suite_result server_asan "$passed" "$failed"
