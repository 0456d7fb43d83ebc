# Every fuzz target for some seconds (FUZZ_SECONDS) from its seeds.
# needs: packages
# timeout: 1800
. "$(dirname "$0")/../tools/lib.sh"
cd "$ROOT" || exit 1

ls test/fuzz/*_fuzz.c >/dev/null 2>&1 || suite_left_out fuzz "test/fuzz has no target"
rm -rf "$TEST_BUILD"/fuzz/fuzz/found "$TEST_BUILD"/fuzz/fuzz/artifacts
make -s -k -j"$JOBS" MODE=fuzz BUILD_ROOT="$TEST_BUILD" WERROR=-Werror fuzz-binaries || echo "FAILED some target does not build"
FUZZ_SECONDS=${FUZZ_SECONDS:-5} test/fuzz/run "$TEST_BUILD/fuzz/fuzz"
