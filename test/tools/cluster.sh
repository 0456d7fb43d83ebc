#!/bin/bash
# A private throw-away server:
#
#   cluster.sh start SERVER DIR    SERVER: a directory made by server.sh; DIR: for the data, new
#   cluster.sh stop DIR            ends it, by its process id
#
# It listens on a Unix socket only. DIR/env holds PGHOST, PGPORT, PGUSER (a superuser) and PGDATABASE; its log is
# DIR/data/log/server.log. Lines for its postgresql.conf can be given in NAMIDB_TEST_CONF.

. "$(dirname "$0")/lib.sh"

start()
{
	local server=$1 dir=$2
	. "$server/env"
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	server_dir "$dir"
	cd "$dir" || exit 1
	as_server "$PG_BIN/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$dir/initdb.out" 2>&1 || {
		cat "$dir/initdb.out" >&2
		die "initdb failed"
	}
	as_server mkdir "$dir/data/log"
	as_server tee -a "$dir/data/postgresql.conf" >/dev/null <<-CONF
		listen_addresses = ''
		port = 5432
		unix_socket_directories = '$dir'
		fsync = off
		max_connections = 50
		timezone = 'UTC'
		log_line_prefix = '%m [%p] %q%a '
		$PG_CONF
		${NAMIDB_TEST_CONF:-}
	CONF
	as_server "$PG_BIN/pg_ctl" -s -D "$dir/data" -l "$dir/data/log/server.log" -w -t 60 start || {
		tail -n 40 "$dir/data/log/server.log" >&2
		die "the server did not start"
	}
	cat >"$dir/env" <<-ENV
		export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
		export PATH=$PG_BIN:\$PATH
	ENV
}

stop()
{
	local pidfile=$1/data/postmaster.pid
	[ -s "$pidfile" ] || return 0
	stop_pid "$(head -n 1 "$pidfile")" INT 30
}

case ${1:-} in
	start)
		start "${2:?server}" "${3:?directory}"
		;;
	stop)
		stop "${2:?directory}"
		;;
	*)
		die "usage: cluster.sh start SERVER DIR | stop DIR"
		;;
esac
