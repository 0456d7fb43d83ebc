#!/bin/bash
# The openCypher TCK in the cache: its feature files from the Maven artifact, and the environment that runs them.

. "$(dirname "$0")/lib.sh"

kit=$CACHE/tck-$TCK_VERSION

mkdir -p "$CACHE"
if [ ! -d "$kit" ]; then
	say "openCypher TCK $TCK_VERSION"
	work=$(mktemp -d "$CACHE/tck.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	mvn -q -B dependency:copy -Dartifact="org.opencypher:tck:$TCK_VERSION" -DoutputDirectory="$work" -Dmdep.overWriteReleases=true >&2 </dev/null || exit 1
	jar=$work/tck-$TCK_VERSION.jar
	echo "$TCK_SHA256  $jar" | sha256sum -c --status || die "$jar is not what was pinned"
	"$PYTHON" -m zipfile -e "$jar" "$work/kit" && mv -T "$work/kit" "$kit" || exit 1
fi
