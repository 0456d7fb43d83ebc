# Random SQL over foreign tables, pushed down and not, and over ordinary tables with the same content (test/soak_sql): a
# fixed seed and a fresh one.
# needs: packages tools
# timeout: 600
. "$(dirname "$0")/../tools/lib.sh"

scratch_create
trap scratch_remove EXIT
SEED="1 $(date +%s)" N=${SOAK_SQL_N:-1200} "$ROOT/test/soak_sql/run" 2>&1 | tee "$SCRATCH/soak_sql.log"
passed=$(grep -c '^soak-sql: .* 0 differences, 0 crashes$' "$SCRATCH/soak_sql.log")
suite_result soak_sql "$passed" $((2 - passed))
