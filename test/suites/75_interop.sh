# Against the real NamiDB, an old and a current release: test/interop/test_*.py (pytest), on the main server.
#
# They find in the environment: PG* of a running server with the extension; NAMIDB_TEST_S3_* of a private MinIO
# (s3admin.py can be imported); NAMIDB_OLD_PYTHON and NAMIDB_NEW_PYTHON, interpreters that can import namidb;
# NAMIDB_TEST_DIR, a folder that the tests and the server may write; FIXTURES.
# needs: packages tools wheels minio
# timeout: 1800
. "$(dirname "$0")/../tools/lib.sh"
. "$ROOT/test/tools/python_suite.sh"

ls "$ROOT"/test/interop/test_*.py >/dev/null 2>&1 || suite_left_out interop "test/interop has no test"
python_suite_start interop minio
# The server's user and ours write the same files.
umask 000
mkdir -p "$NAMIDB_TEST_DIR"
# Not from the tree: a namidb.so that was built there would be found before the package of that name.
cd "$NAMIDB_TEST_DIR" || exit 1
"$TOOLS_PYTHON" -m pytest -q -ra -p no:cacheprovider --junitxml="$SCRATCH/interop/result.xml" "$ROOT/test/interop"
read -r passed failed < <("$PYTHON" - "$SCRATCH/interop/result.xml" <<'PY'
import sys, xml.etree.ElementTree as tree
suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
n = lambda key: sum(int(s.get(key)) for s in suites)
bad = n("failures") + n("errors")
print(n("tests") - bad - n("skipped"), bad)
PY
)
suite_result interop "${passed:-0}" "${failed:-1}"
