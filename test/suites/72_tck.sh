# The openCypher TCK, through SQL on the main server: test/tck/run.py.
# needs: packages tck
# timeout: 1200
. "$(dirname "$0")/../tools/lib.sh"
. "$ROOT/test/tools/python_suite.sh"

python_suite_start tck
mkdir -p "$NAMIDB_TEST_DIR" && chmod 777 "$NAMIDB_TEST_DIR"
# shellcheck disable=SC2086
NAMIDB_TCK=$CACHE/tck-$TCK_VERSION "$CACHE/venv-tck/bin/python" "$ROOT/test/tck/run.py" ${TCK_ARGUMENTS:-}
