# For the suites in Python (to be sourced, after lib.sh): a server with the extension, if wanted a MinIO, and the
# environment that the tests expect, all ended with the script.

python_suite_finish()
{
	"$ROOT/test/tools/minio.sh" stop "$SCRATCH/$python_suite/minio"
	"$ROOT/test/tools/cluster.sh" stop "$SCRATCH/$python_suite/cluster"
	scratch_remove
}

# python_suite_start SUITE [minio]
python_suite_start()
{
	python_suite=$1
	scratch_create
	trap python_suite_finish EXIT
	local work=$SCRATCH/$1
	mkdir -p "$work"
	"$ROOT/test/tools/server.sh" "$PG_MAIN" "$SCRATCH/pg$PG_MAIN" &&
		"$ROOT/test/tools/cluster.sh" start "$SCRATCH/pg$PG_MAIN" "$work/cluster" &&
		{ [ "${2:-}" != minio ] || "$ROOT/test/tools/minio.sh" start "$work/minio"; } || {
		suite_result "$1" 0 1
		exit 1
	}
	. "$work/cluster/env"
	[ "${2:-}" != minio ] || . "$work/minio/env"
	export NAMIDB_OLD_PYTHON=$CACHE/venv-namidb-$NAMIDB_OLD/bin/python
	export NAMIDB_NEW_PYTHON=$CACHE/venv-namidb-$NAMIDB_NEW/bin/python
	export NAMIDB_TEST_DIR=$work/files
	export FIXTURES=$ROOT/test/fixtures
	export PYTHONPATH=$ROOT/test/tools
	export PYTHONDONTWRITEBYTECODE=1
}
