# The recorded Cypher cases, through SQL on the main server.
# needs: packages tools
. "$(dirname "$0")/../tools/lib.sh"
. "$ROOT/test/tools/python_suite.sh"

ls "$ROOT"/src/pg/*.c >/dev/null 2>&1 || suite_left_out conformance "src/pg has no source"
python_suite_start conformance
psql -X -q -c "CREATE EXTENSION namidb" || {
	suite_result conformance 0 1
	exit 1
}
"$TOOLS_PYTHON" "$ROOT/test/conformance/run_sql.py"
