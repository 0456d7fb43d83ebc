#!/bin/bash
# Builds the extension for one server and installs it where only the tests see it:
#
#   server.sh MAJOR DIR
#
# MAJOR 15 is Debian's server, which finds the extension below DIR through extension_destdir; 16 and 18
# are copies of the wheels' servers in DIR, with the extension installed into them; 16-san is 16 with engine
# and extension under ASAN, whose reports are files in DIR/reports, and UBSAN, which reports to the server's
# log; "clang" only builds. DIR/env then says how to use it (PG_BIN, PG_REGRESS, PG_ISOLATION_REGRESS,
# PG_PERL, PG_CONF: lines for postgresql.conf).
#
# The objects of src/pg lie beside their sources; so each server gets its own copy of the sources below
# TEST_BUILD, and the tree is left alone. The engine is built once for all.

. "$(dirname "$0")/lib.sh"

major=${1:?major version}
dir=${2:?directory}
[ -f "$dir/env" ] && exit 0
mkdir -p "$dir"

# stage NAME: brings a copy of what the build needs up to date, and keeps the objects made there.
stage()
{
	local stage=$TEST_BUILD/stage/$1
	mkdir -p "$stage"
	find "$stage" -type f \( -name '*.[ch]' -o -name '*.sql' \) -delete
	# Not the objects of a build in the tree itself: theirs are another server and other flags.
	tar -C "$ROOT" --exclude='*.o' --exclude='*.d' --exclude='*.bc' --exclude='.built-for*' -cf - \
		Makefile namidb.control sql src | tar -C "$stage" -xpf - || return 1
	echo "$stage"
}

copy=$(stage "pg$major") || die "no copy of the sources"
options="BUILD_ROOT=$TEST_BUILD WERROR=-Werror"

case $major in
	"$PG_MAIN")
		config=$PG_MAIN_CONFIG
		# shellcheck disable=SC2086
		make -s -j"$JOBS" -C "$copy" $options PG_CONFIG="$config" all &&
			make -s -C "$copy" $options PG_CONFIG="$config" DESTDIR="$dir/inst" install >/dev/null || die "the build for PostgreSQL $major failed"
		conf="extension_destdir = '$dir/inst'"
		;;
	clang)
		# Does the other compiler like it? It is not installed, so there is no env. (The server's own headers use a
		# format attribute of gcc's.)
		make -s -j"$JOBS" -C "$copy" BUILD_ROOT="$TEST_BUILD" PG_CONFIG="$PG_MAIN_CONFIG" with_llvm=no CC=clang CFLAGS="-O2 -g -Wno-ignored-attributes" \
			WERROR=-Werror all
		exit
		;;
	16 | 18)
		if [ "$major" = 16 ]; then wheel=$PG16_WHEEL; else wheel=$PG18_WHEEL; fi
		[ -d "$CACHE/pg-${wheel/==/-}" ] || die "PostgreSQL $major is missing: run test/tools/setup.sh pg_wheels"
		cp -R "$CACHE/pg-${wheel/==/-}" "$dir/pg"
		config=$dir/pg/pginstall/bin/pg_config
		# The recorded flags of the wheels name options that the compiler here does not know, and there is no LLVM.
		# shellcheck disable=SC2086
		make -s -j"$JOBS" -C "$copy" $options PG_CONFIG="$config" with_llvm=no CFLAGS="-O2 -g -fPIC" all &&
			make -s -C "$copy" $options PG_CONFIG="$config" with_llvm=no CFLAGS="-O2 -g -fPIC" install >/dev/null ||
			die "the build for PostgreSQL $major failed"
		conf=""
		;;
	16-san)
		[ -d "$CACHE/pg-${PG16_WHEEL/==/-}" ] || die "PostgreSQL 16 is missing: run test/tools/setup.sh pg_wheels"
		cp -R "$CACHE/pg-${PG16_WHEEL/==/-}" "$dir/pg"
		config=$dir/pg/pginstall/bin/pg_config
		# shellcheck disable=SC2086
		make -s -j"$JOBS" -C "$copy" $options MODE=san PG_CONFIG="$config" with_llvm=no CFLAGS="-O1 -g -fPIC" all &&
			make -s -C "$copy" $options MODE=san PG_CONFIG="$config" with_llvm=no CFLAGS="-O1 -g -fPIC" install >/dev/null ||
			die "the build under the sanitizers failed"
		# The runtime must be there before everything else, in the server only: not in scripts, nor in pg_ctl.
		mkdir -p "$dir/reports"
		chmod 1777 "$dir/reports"
		postgres=$dir/pg/pginstall/bin/postgres
		mv "$postgres" "$postgres.plain"
		cat >"$postgres" <<-SH
			#!/bin/bash
			export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:log_path=$dir/reports/asan
			export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
			export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
			exec -a "\$0" "\$0.plain" "\$@"
		SH
		chmod +x "$postgres"
		conf=""
		;;
	*)
		die "PostgreSQL $major is not among the tested servers"
		;;
esac

chmod -R a+rX "$dir"
test_programs=$(dirname "$("$config" --pgxs)")/../test
cat >"$dir/env" <<ENV
export PG_MAJOR=$major
export PG_CONFIG=$config
export PG_BIN=$("$config" --bindir)
export PG_REGRESS=$test_programs/regress/pg_regress
export PG_ISOLATION_REGRESS=$test_programs/isolation/pg_isolation_regress
export PG_PERL=$test_programs/perl
export PG_CONF="$conf"
ENV
