# Two sessions at once (isolationtester) on the main server.
# needs: packages
. "$(dirname "$0")/../tools/lib.sh"
exec "$ROOT/test/tools/sqltests.sh" isolation "$PG_MAIN" isolation
