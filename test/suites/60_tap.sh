# Tests with servers of their own (PostgreSQL::Test::Cluster): test/t/*.pl on the main server.
#
# They find in the environment: NAMIDB_TEST_CONF, lines for append_conf that make a server see the extension;
# NAMIDB_TEST_S3_* of a private MinIO, with S3ADMIN, the program that makes buckets and users; FIXTURES;
# NAMIDB_TEST_WHEEL, a PYTHONPATH with the current NamiDB.
# needs: packages tools wheels minio
# timeout: 1800
. "$(dirname "$0")/../tools/lib.sh"

ls "$ROOT"/test/t/*.pl >/dev/null 2>&1 || suite_left_out tap "test/t has no test"
scratch_create
work=$SCRATCH/tap
finish()
{
	"$ROOT/test/tools/minio.sh" stop "$work/minio"
	scratch_remove
}
trap finish EXIT

"$ROOT/test/tools/server.sh" "$PG_MAIN" "$SCRATCH/pg$PG_MAIN" && "$ROOT/test/tools/minio.sh" start "$work/minio" || {
	suite_result tap 0 1
	exit 1
}
. "$SCRATCH/pg$PG_MAIN/env"
. "$work/minio/env"

# A copy that the servers' user can read and write, with the client of MinIO and NamiDB beside it.
mkdir -p "$work/tree/test" "$work/bin" "$work/wheel"
cp -R "$CACHE/venv-namidb-$NAMIDB_NEW"/lib/python3*/site-packages/namidb "$work/wheel/"
cp -R "$ROOT/sql" "$work/tree/"
cp -R "$ROOT"/test/t "$ROOT"/test/tools "$work/tree/test/"
cp -R "$ROOT/test/fixtures" "$work/tree/test/" 2>/dev/null
cp "$NAMIDB_TEST_MC" "$work/bin/mc"
server_dir "$work/tree"
chmod -R a+rX "$work/bin" "$work/wheel"
cd "$work/tree" || exit 1

as_server env PATH="$PG_BIN:$PATH" PG_REGRESS="$PG_REGRESS" TESTDIR="$work/tree" TESTDATADIR="$work/tree/tmp_check" \
	TESTLOGDIR="$work/tree/tmp_check/log" NAMIDB_TEST_CONF="$PG_CONF" NAMIDB_TEST_MC="$work/bin/mc" \
	S3ADMIN="$work/tree/test/tools/s3admin.py" FIXTURES="$work/tree/test/fixtures" NAMIDB_TEST_WHEEL="$work/wheel" HOME="$work/tree" \
	timeout 1700 prove --verbose -I "$PG_PERL" -I test/t test/t/*.pl 2>&1 | tee "$work/prove.out"
status=${PIPESTATUS[0]}

# Top-level lines only: subtests are indented.
passed=$(grep -c '^ok ' "$work/prove.out")
failed=$(grep -c '^not ok ' "$work/prove.out")
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
	failed=1
fi
suite_result tap "$passed" "$failed"
