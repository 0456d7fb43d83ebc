# The SQL tests, two sessions included, on PostgreSQL 16.
# needs: packages tools pg_wheels
. "$(dirname "$0")/../tools/lib.sh"
exec "$ROOT/test/tools/sqltests.sh" pg16 16 regress isolation
