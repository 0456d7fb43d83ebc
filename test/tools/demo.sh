#!/bin/bash
# The demo: builds the extension, starts a private throw-away server with it and runs test/demo/demo.sql,
# showing each statement and its answer. Nothing is installed into the system's PostgreSQL.

. "$(dirname "$0")/lib.sh"

"$ROOT/test/tools/setup.sh" build || exit 1
scratch_create
finish()
{
	"$ROOT/test/tools/cluster.sh" stop "$SCRATCH/demo"
	scratch_remove
}
trap finish EXIT

make -s -j"$JOBS" -C "$ROOT" PG_CONFIG="$PG_MAIN_CONFIG" with_llvm=no all || die "the build failed"
make -s -C "$ROOT" PG_CONFIG="$PG_MAIN_CONFIG" with_llvm=no DESTDIR="$SCRATCH/inst" install >/dev/null || die "the installation failed"
chmod -R a+rX "$SCRATCH/inst"
mkdir -p "$SCRATCH/server"
cat >"$SCRATCH/server/env" <<ENV
PG_BIN=$("$PG_MAIN_CONFIG" --bindir)
PG_CONF="extension_destdir = '$SCRATCH/inst'"
ENV
"$ROOT/test/tools/cluster.sh" start "$SCRATCH/server" "$SCRATCH/demo" || exit 1
. "$SCRATCH/demo/env"

# The demo's own folder for a graph, which the server can write: :'store_dir' in demo.sql.
server_dir "$SCRATCH/graph"
timeout 300 psql -X -a -q -v ON_ERROR_STOP=1 -v "store_dir=$SCRATCH/graph" -P pager=off -f "$ROOT/test/demo/demo.sql" 2>&1
status=$?
if [ $status -ne 0 ]; then
	[ "${SCRATCH_OWNED:-no}" = no ] || show_logs "$SCRATCH/demo"
	die "the demo failed"
fi
say "the demo ran to its end"
