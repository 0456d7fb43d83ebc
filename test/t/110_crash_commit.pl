# A backend is killed in the middle of a commit, at each of its requests, before or after the store has acted: what was
# acknowledged is there exactly once, what was not at most once, others can go on, and NamiDB opens the result.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use NamidbS3;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = start_node('crash', 'restart_after_crash = on', 'namidb.request_timeout = 30s');
my $bucket = make_bucket('crash');
my $proxy = start_program('fault_proxy.py', '--upstream', $ENV{NAMIDB_TEST_S3_ENDPOINT}, '--off');

sub create
{
	my ($id, $server) = @_;
	return "SELECT FROM namidb_cypher('CREATE (:Row {id: $id})', NULL, '$server')";
}

sub ids_of_wheel
{
	my ($uri, @before) = @_;
	my $rows = run_wheel($uri, @before, 'MATCH (n:Row) RETURN n.id AS id ORDER BY id');
	return join(' ', $rows =~ /"id": (\d+)/g) || $rows;
}

# What is held; then whether the killed row is there: in the state that is found, and after the next commit.
my @points = (
	[ segment => 'before', qr{/wal/}, 0, 0 ],
	[ segment => 'after', qr{/wal/}, 0, 0 ],
	[ body => 'before', qr{/manifest/v}, 0, 0 ],
	# A complete body is adopted by whoever commits next (spec/storage.md 4.5).
	[ body => 'after', qr{/manifest/v}, 0, 1 ],
	[ pointer => 'before', qr{/manifest/pointer/}, 0, 1 ],
	[ pointer => 'after', qr{/manifest/pointer/}, 1, 1 ],
	[ current => 'before', qr{/manifest/current}, 1, 1 ],
	[ current => 'after', qr{/manifest/current}, 1, 1 ]);

for my $point (@points)
{
	my ($object, $when, $path, $is_there, $is_there_later) = @$point;
	my $namespace = "$object-$when";
	my ($direct, $held) = ("direct_$namespace", "held_$namespace");
	my $uri = store_uri($bucket, $namespace);
	my $what = "killed $when the store has the $object";

	proxy_honest($proxy);
	make_server($node, $direct, $uri);
	make_server($node, $held, store_uri($bucket, $namespace, $proxy));
	$node->safe_psql('postgres', create($_, $direct)) for 1 .. 3;
	my $victim = NamidbS3::Session->new($node);
	is($victim->run(create(4, $held))->{state}, '00000', "$what: the commit before");

	my ($pattern) = $path =~ /^\(\?\^u?:(.*)\)$/;
	my $hold = proxy_hold($proxy, $when, 'PUT', $pattern, 1);
	$victim->send(create(100, $held));
	ok(proxy_wait_held($hold), "$what: the request is held");
	if ($object eq 'current')
	{
		is($victim->answer->{state}, '00000', "$what: COMMIT did not wait for it");
	}
	my $log = -s $node->logfile;
	kill 'KILL', $victim->{pid};
	$victim->answer if $object ne 'current';
	ok(eventually(sub { slurp_file($node->logfile, $log) =~ /all server processes terminated; reinitializing/ }),
		"$what: the server starts anew");
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server did not come back';
	proxy_honest($proxy);

	is(cypher_ids($node, $direct), $is_there ? '1 2 3 4 100' : '1 2 3 4', "$what: what others find");
	my $begin = time;
	my ($status, undef, $err) = $node->psql('postgres', create(200, $direct), timeout => 60);
	my $seconds = time - $begin;
	is($status, 0, "$what: the next commit") or diag($err);
	if ($is_there == $is_there_later)
	{
		cmp_ok($seconds, '<', 2, "$what: it did not wait");
	}
	else
	{
		cmp_ok($seconds, '>', 1.9, "$what: it gave the writer time");
		cmp_ok($seconds, '<', 6, "$what: but not too much");
	}
	my $expected = join(' ', 1 .. 4, $is_there_later ? 100 : (), 200);
	is(cypher_ids($node, $direct), $expected, "$what: what is there in the end");
	is(ids_of_wheel($uri), $expected, "$what: NamiDB sees the same");
	is(ids_of_wheel($uri, 'CREATE (:Row {id: 300})'), "$expected 300", "$what: NamiDB goes on");
	is(cypher_ids($node, $direct), "$expected 300", "$what: and so do we");
	$victim->close;
}

$node->stop;
done_testing();
