#!/bin/bash
# The SQL tests on one server: sqltests.sh SUITE MAJOR regress|isolation...
#
# They run on a temporary server of their own, in a copy of the inputs that the servers' user may write: the
# same layout as the tree (sql, expected, test/isolation, test/fixtures), so that PG_ABS_SRCDIR means the same
# here and with "make installcheck".

. "$(dirname "$0")/lib.sh"
suite=${1:?} major=${2:?}
shift 2

declare -A names=([regress]=$(make_variable REGRESS) [isolation]=$(make_variable ISOLATION))
wanted=""
for kind in "$@"; do
	wanted="$wanted${names[$kind]}"
done
[ -n "${wanted// /}" ] || suite_left_out "$suite" "the Makefile's list is empty: $(echo "${*^^}" | sed 's/ /, /')"

scratch_create
trap scratch_remove EXIT
"$ROOT/test/tools/server.sh" "$major" "$SCRATCH/pg$major" || {
	suite_result "$suite" 0 1
	exit 1
}
. "$SCRATCH/pg$major/env"

passed=0
failed=0
run_kind()
{
	local kind=$1 work=$SCRATCH/$suite/$1 input program list ok all
	list=${names[$kind]}
	[ -n "${list// /}" ] || { echo "$kind: no test is listed"; return; }
	mkdir -p "$work/test"
	cp -R "$ROOT/sql" "$ROOT/expected" "$work/"
	cp -R "$ROOT"/test/{isolation,fixtures} "$work/test/" 2>/dev/null
	echo "$PG_CONF" >"$work/server.conf"
	server_dir "$work"
	cd "$work" || exit 1

	if [ "$kind" = regress ]; then
		program=$PG_REGRESS
		input=$work
	else
		program=$PG_ISOLATION_REGRESS
		input=$work/test/isolation
	fi
	# shellcheck disable=SC2086
	as_server timeout 900 "$program" --temp-instance="$work/instance" --temp-config="$work/server.conf" --bindir="$PG_BIN" \
		--inputdir="$input" --outputdir="$input" --load-extension=namidb --no-locale --encoding=UTF8 --port="$(free_port)" \
		$list 2>&1 | tee "$work/run.out"
	# Two ways to say it: "test a ... ok" until 15, "ok 1 - a" since 16.
	ok=$(grep -cE '^(test +[^ ]+ +\.\.\. ok|ok [0-9]+ )' "$work/run.out")
	all=$(wc -w <<<"$list")
	passed=$((passed + ok))
	failed=$((failed + all - ok))
	if [ "$ok" -ne "$all" ]; then
		cat "$input/regression.diffs" 2>/dev/null
	fi
	cd "$ROOT" || exit 1
}

for kind in "$@"; do
	run_kind "$kind"
done
suite_result "$suite" "$passed" "$failed"
