# The whole code compiles without a warning, by gcc and by clang.
# needs: packages
. "$(dirname "$0")/../tools/lib.sh"

passed=0
failed=0
check()
{
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok     $what"
	else
		failed=$((failed + 1))
		echo "FAILED $what"
	fi
}

check "the engine, gcc" make -s -j"$JOBS" -C "$ROOT" BUILD_ROOT="$TEST_BUILD" WERROR=-Werror engine
check "the engine, clang" make -s -j"$JOBS" -C "$ROOT" BUILD_ROOT="$TEST_BUILD/clang" CORE_CC=clang WERROR=-Werror engine
if ls "$ROOT"/src/pg/*.c >/dev/null 2>&1; then
	check "src/pg, gcc" "$ROOT/test/tools/server.sh" "$PG_MAIN" "$SCRATCH/pg$PG_MAIN"
	check "src/pg, clang" "$ROOT/test/tools/server.sh" clang "$SCRATCH/clang"
fi
suite_result warnings "$passed" "$failed"
