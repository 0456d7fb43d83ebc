# Random queries over the whole language (test/soak): a fixed seed, so that a run can be compared with the last one, with
# NamiDB beside us; and a fresh one against the naive evaluation, forced plans and other states. A fresh seed beside NamiDB
# is for make soak-cypher: what it finds needs a person to tell a new deviation of NamiDB from a fault of ours.
# needs: packages tools wheels
# timeout: 600
. "$(dirname "$0")/../tools/lib.sh"

scratch_create
trap scratch_remove EXIT
passed=0
failed=0
for seed in "1 1" "$(date +%s) 0"; do
	SEED=${seed% *} WHEEL=${seed#* } N=${SOAK_N:-1500} "$ROOT/test/soak/run" 2>&1 | tee -a "$SCRATCH/soak.log"
	[ "${PIPESTATUS[0]}" -eq 0 ] || failed=$((failed + 1))
done
passed=$(grep -c '^soak-cypher: .* 0 differences, 0 crashes$' "$SCRATCH/soak.log")
suite_result soak "$passed" "$failed"
