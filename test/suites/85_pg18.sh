# The SQL tests, two sessions included, on PostgreSQL 18.
# needs: packages tools pg_wheels
. "$(dirname "$0")/../tools/lib.sh"
exec "$ROOT/test/tools/sqltests.sh" pg18 18 regress isolation
