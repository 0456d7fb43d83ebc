# Cancelling and time-outs while the store does not answer: within 200 ms with 57014, unless the commit is past the point
# where it can be called off; then it comes to its end. The session can be used afterwards.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use NamidbS3;
use Test::More;

use constant WITHIN => 0.2;

my $node = start_node('cancel', 'namidb.request_timeout = 30s');
my $bucket = make_bucket('cancel');
my $proxy = start_program('fault_proxy.py', '--upstream', $ENV{NAMIDB_TEST_S3_ENDPOINT}, '--off');
make_server($node, 'silent', store_uri($bucket, 'silent', start_program('silent_server.py')));
make_server($node, 'direct', store_uri($bucket, 'demo'));
make_server($node, 'held', store_uri($bucket, 'demo', $proxy));

my $control = NamidbS3::Session->new($node);
my $session = NamidbS3::Session->new($node);
my $id = 0;
my @present;

sub create
{
	my ($server) = @_;
	$id++;
	return "SELECT FROM namidb_cypher('CREATE (:Row {id: $id})', NULL, '$server')";
}

sub read_all
{
	return "SELECT r->>'id' FROM namidb_cypher('MATCH (n:Row) RETURN n.id AS id ORDER BY id', NULL, '$_[0]') AS r";
}

# Waits until the session hangs in the statement, cancels it, and gives the answer with the time since the cancel.
sub cancel
{
	my ($victim, $is_held) = @_;
	ok($is_held->(), 'it hangs');
	$control->run("SELECT pg_cancel_backend($victim->{pid})");
	my $answer = $victim->answer;
	$answer->{seconds} = $answer->{seconds} - ($control->{sent} - $victim->{sent});
	return $answer;
}

sub is_cancelled
{
	my ($answer, $after, $what) = @_;
	is($answer->{state}, '57014', "$what: the error") or diag($answer->{err});
	cmp_ok($answer->{seconds}, '>=', $after, "$what: not too early");
	cmp_ok($answer->{seconds}, '<', $after + WITHIN, "$what: in time");
}

sub is_usable
{
	my ($what) = @_;
	proxy_honest($proxy);
	$session->run('ROLLBACK');
	is($session->run('SELECT 1')->{out}, '1', "$what: the session goes on");
	my $answer = $session->run(read_all('held'));
	is(join(' ', split /\n/, $answer->{out}), "@present", "$what: what it sees") or diag($answer->{err});
	is(cypher_ids($node, 'direct'), "@present", "$what: what others see");
	is($session->run(create('held'))->{state}, '00000', "$what: it can commit");
	push @present, $id;
	is($node->psql('postgres', create('direct')), 0, "$what: others can commit");
	push @present, $id;
	# The session sees that, so that its next commit is sent as usual.
	is(scalar(split /\n/, $session->run(read_all('held'))->{out}), scalar(@present), "$what: all is there");
}

my $waiting = sub { Time::HiRes::sleep(0.3); 1 };

# ---- a store that says nothing: reading and writing ----

for my $case ([ reading => read_all('silent') ], [ writing => create('silent') ])
{
	my ($what, $sql) = @$case;
	$session->send($sql);
	is_cancelled(cancel($session, $waiting), 0, "$what, cancelled");
	is($session->run('SELECT 1')->{out}, '1', "$what: the session goes on");
	$session->run("SET statement_timeout = '500ms'");
	is_cancelled($session->run($sql), 0.5, "$what, statement_timeout");
	$session->run('RESET statement_timeout');
	is($session->run('SELECT 1')->{out}, '1', "$what: the session goes on");
}

# ---- COMMIT, before the pointer ----

is($session->run(create('held'))->{state}, '00000', 'a first commit');
push @present, $id;

# The requests held, how many of them, and whether the transaction is committed all the same: a complete body in its
# place stays (another writer may have seen it), so that there is nothing to call off.
my @points = (
	[ 'segment before', 'before', '/wal/', undef, 0 ],
	[ 'segment after', 'after', '/wal/', undef, 0 ],
	[ 'body before', 'before', '/manifest/v', 1, 0 ],
	[ 'body after', 'after', '/manifest/v', 1, 1 ]);
for my $point (@points)
{
	my ($what, $when, $path, $limit, $commits) = @$point;

	for my $way ('cancelled', 'statement_timeout', 'commit_timeout')
	{
		my $name = "COMMIT, $what, $way";
		my $answer;
		is($session->run('BEGIN; ' . create('held'))->{state}, '00000', "$name: the transaction");
		my $hold = proxy_hold($proxy, $when, 'PUT', $path, $limit);
		if ($way eq 'cancelled')
		{
			$session->send('COMMIT');
			$answer = cancel($session, sub { proxy_wait_held($hold) });
		}
		else
		{
			my $setting = $way eq 'statement_timeout' ? $way : "namidb.$way";
			$session->run("SET LOCAL $setting = '500ms'");
			$answer = $session->run('COMMIT');
		}
		if ($commits)
		{
			is($answer->{state}, '00000', "$name: committed");
			cmp_ok($answer->{seconds}, '<', 0.5 + WITHIN, "$name: in time");
			push @present, $id;
		}
		else
		{
			is_cancelled($answer, $way eq 'cancelled' ? 0 : 0.5, $name);
		}
		is_usable($name);
	}
}

# statement_timeout counts from the beginning of the statement: one statement that writes, then commits.
$session->run("SET statement_timeout = '500ms'");
proxy_hold($proxy, 'before', 'PUT', '/wal/');
is_cancelled($session->run(create('held')), 0.5, 'one statement, statement_timeout');
$session->run('RESET statement_timeout');
is_usable('one statement, statement_timeout');

# Nothing of the body's fate can be found out: in doubt, and not for ever.
is($session->run('BEGIN; ' . create('held'))->{state}, '00000', 'in doubt: the transaction');
my $hold = proxy_hold($proxy, 'before', 'PUT', '/manifest/v');
$session->send('COMMIT');
my $answer = cancel($session, sub { proxy_wait_held($hold) });
is($answer->{state}, '08007', 'in doubt: the error') or diag($answer->{err});
like($answer->{err}, qr/version \d+, writer [0-9a-f-]{36}/, 'in doubt: it says how to find out');
cmp_ok($answer->{seconds}, '<', 1.5, 'in doubt: in time');
is_usable('in doubt');

# ---- COMMIT, after the pointer was sent ----

# One request may take as long as the resolving all in all; then it still must not use up the whole time.
my $times = "SET namidb.request_timeout = '8s'; SET namidb.resolve_timeout = '8s'";
$session->run($times);
for my $when ('before', 'after')
{
	my $name = "COMMIT, pointer $when, cancelled";
	is($session->run('BEGIN; ' . create('held'))->{state}, '00000', "$name: the transaction");
	$hold = proxy_hold($proxy, $when, 'PUT', '/manifest/pointer/', 1);
	$session->send('COMMIT');
	$answer = cancel($session, sub { proxy_wait_held($hold) });
	is($answer->{state}, '00000', "$name: it is too late") or diag($answer->{err});
	cmp_ok($answer->{seconds}, '<', 5, "$name: it is settled in time");
	push @present, $id;
	is_usable($name);

	$name = "COMMIT, pointer $when, terminated";
	my $victim = NamidbS3::Session->new($node);
	$victim->run($times);
	$victim->run(read_all('held'));
	is($victim->run('BEGIN; ' . create('held'))->{state}, '00000', "$name: the transaction");
	$hold = proxy_hold($proxy, $when, 'PUT', '/manifest/pointer/', 1);
	$victim->send('COMMIT');
	ok(proxy_wait_held($hold), "$name: it hangs");
	is($control->run("SELECT pg_terminate_backend($victim->{pid})")->{out}, 't', "$name: SIGTERM");
	$answer = $victim->answer(20);
	unlike($answer->{err}, qr/08007|40001/, "$name: the commit came to its end");
	ok(eventually(sub {
		$control->run("SELECT count(*) FROM pg_stat_activity WHERE pid = $victim->{pid}")->{out} eq '0' }, 20),
		"$name: the backend is gone");
	push @present, $id;
	$victim->close;
	is_usable($name);
}

# SIGTERM before the pointer: the transaction is gone, with the backend.
my $victim = NamidbS3::Session->new($node);
is($victim->run('BEGIN; ' . create('held'))->{state}, '00000', 'terminated at the segment: the transaction');
$hold = proxy_hold($proxy, 'before', 'PUT', '/wal/');
$victim->send('COMMIT');
ok(proxy_wait_held($hold), 'terminated at the segment: it hangs');
$control->run("SELECT pg_terminate_backend($victim->{pid})");
ok(eventually(sub {
	$control->run("SELECT count(*) FROM pg_stat_activity WHERE pid = $victim->{pid}")->{out} eq '0' }, 5),
	'terminated at the segment: the backend is gone');
like($victim->answer->{err}, qr/57P01/, 'terminated at the segment: the error');
$victim->close;
is_usable('terminated at the segment');

$_->close for $session, $control;
$node->stop;
done_testing();
