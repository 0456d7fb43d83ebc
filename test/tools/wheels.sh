#!/bin/bash
# Virtual environments in the cache: wheels.sh tools | tck | wheels
#
#   tools   venv-tools: what the Python tests import
#   tck     venv-tck: what reads and runs the openCypher TCK
#   wheels  venv-namidb-<version>: NamiDB, one release each, used as a black box

. "$(dirname "$0")/lib.sh"

# venv NAME REQUIREMENT...: made once for these requirements, and anew when they change.
venv()
{
	local dir=$CACHE/$1 wanted
	shift
	wanted="$*"
	if [ -x "$dir/bin/python" ] && [ "$(cat "$dir/.requirements" 2>/dev/null)" = "$wanted" ]; then
		return 0
	fi
	say "virtual environment $dir: $wanted"
	rm -rf "$dir"
	"$PYTHON" -m venv "$dir" && "$dir/bin/python" -m pip install -q --disable-pip-version-check "$@" || return 1
	printf '%s' "$wanted" >"$dir/.requirements"
}

mkdir -p "$CACHE"
case ${1:-} in
	tools)
		# shellcheck disable=SC2086
		venv venv-tools $TOOL_WHEELS
		;;
	tck)
		# shellcheck disable=SC2086
		venv venv-tck $TCK_WHEELS
		;;
	wheels)
		venv "venv-namidb-$NAMIDB_OLD" "namidb==$NAMIDB_OLD" &&
			venv "venv-namidb-$NAMIDB_NEW" "namidb==$NAMIDB_NEW"
		;;
	*)
		die "usage: wheels.sh tools | tck | wheels"
		;;
esac
