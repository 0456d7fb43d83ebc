# Random queries over the whole language (test/soak): a fixed seed, so that a run can be compared with the last one, and
# a fresh one.
# needs: packages tools wheels
# timeout: 600
. "$(dirname "$0")/../tools/lib.sh"

scratch_create
trap scratch_remove EXIT
passed=0
failed=0
SEED="1 $(date +%s)" N=${SOAK_N:-1500} "$ROOT/test/soak/run" 2>&1 | tee "$SCRATCH/soak.log"
[ "${PIPESTATUS[0]}" -eq 0 ] || failed=1
passed=$(grep -c '^soak-cypher: .* 0 differences, 0 crashes$' "$SCRATCH/soak.log")
suite_result soak "$passed" "$failed"
