#!/bin/bash
# Sets up what the tests need and what is missing: setup.sh PIECE...
#
#   build      Debian packages to build and run the extension
#   packages   those, and the packages of the tests
#   tools      the virtual environment of the Python tests
#   wheels     one virtual environment per NamiDB release (venv-namidb-<version>)
#   pg_wheels  PostgreSQL 16 and 18, unpacked from their wheels
#   minio      MinIO and its client
#   tck        the openCypher TCK, and an environment that reads it
#
# Whatever exists already is kept, so that a second call takes no time. Needs root or sudo only while a
# Debian package is missing.

. "$(dirname "$0")/lib.sh"
HERE=$ROOT/test/tools

BUILD_PACKAGES="make gcc postgresql-$PG_MAIN postgresql-server-dev-$PG_MAIN libcurl4-openssl-dev libssl-dev libzstd-dev
	libexpat1-dev zlib1g-dev libxxhash-dev libutf8proc-dev libpcre2-dev ca-certificates python3"
TEST_PACKAGES="clang libclang-rt-14-dev llvm libcmocka-dev libipc-run-perl perl python3-venv git locales strace"

# The output of a command, only when it fails.
quietly()
{
	local output
	output=$("$@" 2>&1 </dev/null) || {
		printf '%s\n' "$output" >&2
		return 1
	}
}

install_packages()
{
	local missing="" sudo="" package
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0

	say "Debian packages:$missing"
	if ! is_root; then
		command -v sudo >/dev/null || die "these packages are missing, and there is neither root nor sudo to install them:$missing"
		sudo="sudo"
		# The password, if one is asked for, before the output is caught.
		sudo -v || die "sudo is needed to install them"
	fi
	# shellcheck disable=SC2086
	quietly $sudo apt-get -q -o DPkg::Lock::Timeout=300 update &&
		quietly $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install \
			--no-install-recommends $missing ||
		die "these packages could not be installed:$missing"
}

piece()
{
	case $1 in
		build)
			# shellcheck disable=SC2086
			install_packages $BUILD_PACKAGES
			;;
		packages)
			# shellcheck disable=SC2086
			install_packages $BUILD_PACKAGES $TEST_PACKAGES
			;;
		tools | wheels)
			piece_locked wheels "$HERE/wheels.sh" "$1"
			;;
		pg_wheels)
			piece_locked pg_wheels "$HERE/pg_wheels.sh"
			;;
		tck)
			[ -d "$CACHE/tck-$TCK_VERSION" ] || command -v mvn >/dev/null || install_packages maven
			piece_locked wheels "$HERE/wheels.sh" tck
			piece_locked tck "$HERE/tck.sh"
			;;
		minio)
			piece_locked minio "$HERE/minio.sh" build
			;;
		*)
			die "unknown piece of the set-up: $1"
			;;
	esac
}

# Two runs at the same time must not build the same thing twice.
piece_locked()
{
	local name=$1
	shift
	mkdir -p "$CACHE"
	flock "$CACHE/$name.lock" "$@"
}

status=0
for wanted in "$@"; do
	(piece "$wanted") || {
		printf 'error: the set-up of "%s" failed\n' "$wanted" >&2
		status=1
	}
done
exit $status
