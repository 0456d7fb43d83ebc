# The unit tests of the engine (cmocka), under the address and undefined-behaviour sanitizers. Those of the S3 store
# find a private MinIO with an empty bucket in NAMIDB_TEST_S3_*.
# needs: packages tools minio
. "$(dirname "$0")/../tools/lib.sh"
cd "$ROOT" || exit 1

ls test/unit/*_test.c >/dev/null 2>&1 || suite_left_out unit "test/unit has no test"
make -s -k -j"$JOBS" MODE=san BUILD_ROOT="$TEST_BUILD" WERROR=-Werror unit-binaries
built=$?

scratch_create
finish()
{
	"$ROOT/test/tools/minio.sh" stop "$SCRATCH/unit/minio"
	scratch_remove
}
trap finish EXIT
"$ROOT/test/tools/minio.sh" start "$SCRATCH/unit/minio" || exit 1
. "$SCRATCH/unit/minio/env"
export NAMIDB_TEST_S3_BUCKET=unit-tests
export NAMIDB_TEST_S3_SECRET=$NAMIDB_TEST_S3_SECRET_KEY
"$ROOT/test/tools/s3admin.py" bucket "$NAMIDB_TEST_S3_BUCKET" || exit 1

# A locale whose decimal point is a comma, for the tests that must not mind it.
export LOCPATH=$TEST_BUILD/locale
[ -d "$LOCPATH/de_DE.UTF-8" ] || { mkdir -p "$LOCPATH" && localedef -i de_DE -f UTF-8 "$LOCPATH/de_DE.UTF-8"; } || exit 1
# The C library itself forgets one string when it reads LOCPATH.
echo "leak:__argz_add_sep" >"$TEST_BUILD/lsan.suppressions"
export LSAN_OPTIONS=suppressions=$TEST_BUILD/lsan.suppressions:print_suppressions=0

passed=0
failed=0
output=$SCRATCH/unit/program.out
for source in test/unit/*_test.c; do
	program=$TEST_BUILD/san/test/$(basename "$source" .c)
	if [ ! -x "$program" ] || { [ $built -ne 0 ] && [ "$source" -nt "$program" ]; }; then
		echo "FAILED $source does not build"
		failed=$((failed + 1))
		continue
	fi
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 CMOCKA_MESSAGE_OUTPUT=stdout timeout 600 "$program" >"$output" 2>&1
	status=$?
	ran=$(grep -c '^\[ RUN ' "$output")
	ok=$(grep -c '^\[ *OK ' "$output")
	# A test that began and did not end well has failed, and so has one that skips itself: what it needs is there. A
	# program that ends badly all the same (a leak) is one more.
	bad=$((ran - ok))
	if [ $bad -eq 0 ] && { [ $status -ne 0 ] || [ "$ran" -eq 0 ]; }; then
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	if [ $bad -eq 0 ]; then
		echo "ok     $(basename "$source" .c): $ok"
	else
		cat "$output"
		echo "FAILED $(basename "$source" .c): $bad of $ran (exit code $status)"
	fi
done
if [ $built -ne 0 ] && [ $failed -eq 0 ]; then
	failed=1
fi
suite_result unit "$passed" "$failed"
