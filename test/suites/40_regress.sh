# The SQL tests (pg_regress) on the main server.
# needs: packages
. "$(dirname "$0")/../tools/lib.sh"
exec "$ROOT/test/tools/sqltests.sh" regress "$PG_MAIN" regress
