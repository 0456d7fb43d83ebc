#!/bin/bash
# PostgreSQL 16 and 18 out of Python wheels that hold a complete relocatable server with headers, PGXS,
# pg_regress and isolationtester. Each is unpacked once into the cache (pg-<wheel>-<version>/pginstall);
# test/tools/server.sh copies it, because the extension is installed into the copy.

. "$(dirname "$0")/lib.sh"

unpack()
{
	local wheel=$1 python_version=$2 platform=$3 package
	local dir=$CACHE/pg-${wheel/==/-} tmp=$CACHE/pg-new
	[ -x "$dir/pginstall/bin/postgres" ] && return 0

	say "PostgreSQL from the wheel $wheel"
	"$(dirname "$0")/wheels.sh" tools || return 1
	rm -rf "$tmp"
	mkdir -p "$tmp/wheel" "$tmp/out"
	"$TOOLS_PYTHON" -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: \
		--python-version "$python_version" --platform "$platform" -d "$tmp/wheel" "$wheel" || return 1
	# The zip module forgets the modes: give back the one that matters.
	"$PYTHON" -m zipfile -e "$tmp"/wheel/*.whl "$tmp/out" || return 1
	chmod -R a+rX "$tmp/out"
	find "$tmp/out" -type f \( -path '*/bin/*' -o -path '*/pgxs/*' -o -name '*.so*' \) -exec chmod a+x {} +
	# The package's folder holds pginstall; the libraries that the server needs may lie beside it.
	package=$(dirname "$(find "$tmp/out" -type d -name pginstall | head -n 1)")
	[ -d "$package/pginstall" ] || die "no server inside $wheel"
	if [ "$package" != "$tmp/out" ]; then
		ln -s "${package#"$tmp/out/"}/pginstall" "$tmp/out/pginstall"
	fi
	"$tmp/out/pginstall/bin/postgres" --version || return 1
	rm -rf "$dir"
	mv "$tmp/out" "$dir" && rm -rf "$tmp"
}

mkdir -p "$CACHE"
unpack "$PG16_WHEEL" 3.11 manylinux2014_x86_64 && unpack "$PG18_WHEEL" 3.11 manylinux_2_28_x86_64
