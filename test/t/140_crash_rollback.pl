# Errors in the middle of a transaction: savepoints, local tables, locks that others wait for, sessions that end.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use NamidbS3;
use Test::More;
use Time::HiRes qw(sleep time);

use constant WITHIN => 0.2;

my $node = start_node('rollback');
my $bucket = make_bucket('rollback');
my $proxy = start_program('fault_proxy.py', '--upstream', $ENV{NAMIDB_TEST_S3_ENDPOINT}, '--off');
make_server($node, 'direct', store_uri($bucket, 'demo'));
make_server($node, 'held', store_uri($bucket, 'demo', $proxy));
$node->safe_psql('postgres', 'CREATE TABLE local (id int)');

my $control = NamidbS3::Session->new($node);
my $session = NamidbS3::Session->new($node);
my @present;

sub cypher
{
	my ($query, $server) = @_;
	$server //= 'held';
	return "SELECT r FROM namidb_cypher('$query', NULL, '$server') AS r";
}

sub create { return cypher("CREATE (:Row {id: $_[0]})"); }

sub ok_run
{
	my ($who, $sql, $what) = @_;
	my $answer = $who->run($sql);
	is($answer->{state}, '00000', $what) or diag($answer->{err});
	return $answer->{out};
}

# The session hangs in the statement until it is cancelled.
sub cancelled
{
	my ($victim, $sql, $hold, $what) = @_;
	$victim->send($sql);
	ok($hold ? proxy_wait_held($hold) : eventually(sub {
		$control->run("SELECT wait_event_type FROM pg_stat_activity WHERE pid = $victim->{pid}")->{out} eq 'Lock' }),
		"$what: it hangs");
	$control->run("SELECT pg_cancel_backend($victim->{pid})");
	my $answer = $victim->answer;
	is($answer->{state}, '57014', "$what: cancelled") or diag($answer->{err});
	cmp_ok($victim->{sent} + $answer->{seconds} - $control->{sent}, '<', WITHIN, "$what: in time");
	proxy_honest($proxy);
}

sub is_present
{
	my ($what) = @_;
	is(cypher_ids($node, 'direct'), "@present", "$what: what is there");
}

ok_run($session, create(1), 'a first commit');
push @present, 1;

# ---- a read that is not answered, on a namespace that is open ----

for my $when ('before', 'after')
{
	$node->safe_psql('postgres', cypher('CREATE (:Other)', 'direct'));
	my $hold = proxy_hold($proxy, $when, 'ANY', '.');
	cancelled($session, cypher('MATCH (n:Row) RETURN n'), $hold, "reading, $when");
	is(ok_run($session, 'SELECT r FROM namidb_cypher(\'MATCH (n:Row) RETURN n.id AS id\', NULL, \'held\') AS r',
		"reading, $when: again"), '{"id": 1}', "reading, $when: its answer");
}

# ---- savepoints ----

for my $end ('ROLLBACK TO s', 'ROLLBACK TO s; RELEASE s')
{
	my $id = $present[-1] + 1;
	my $what = "savepoint, $end";
	ok_run($session, 'BEGIN; ' . create($id) . '; SAVEPOINT s; ' . create(900), "$what: the beginning");
	$node->safe_psql('postgres', cypher('CREATE (:Other)', 'direct'));
	my $hold = proxy_hold($proxy, 'before', 'ANY', '.');
	cancelled($session, cypher('MATCH (n:Row) CREATE (:Row {id: 901})'), $hold, $what);
	is($session->run('SELECT 1')->{state}, '25P02', "$what: the transaction is to be rolled back");
	ok_run($session, $end, "$what: the savepoint");
	ok_run($session, create($id + 1), "$what: it goes on");
	ok_run($session, 'SAVEPOINT t; ' . create(902) . '; SAVEPOINT u; ' . create(903) . '; RELEASE u; ROLLBACK TO t', "$what: levels");
	ok_run($session, 'COMMIT', "$what: COMMIT");
	push @present, $id, $id + 1;
	is_present($what);
}

# ---- local tables ----

my $hold = proxy_hold($proxy, 'before', 'PUT', '/wal/');
ok_run($session, 'BEGIN; INSERT INTO local VALUES (1); ' . create(910), 'local table: the transaction');
cancelled($session, 'COMMIT', $hold, 'local table');
is($control->run('SELECT count(*) FROM local')->{out}, '0', 'local table: rolled back');
is_present('local table');
ok_run($session, 'BEGIN; INSERT INTO local VALUES (2); ' . create($present[-1] + 1) . '; COMMIT', 'local table: again');
push @present, $present[-1] + 1;
is($control->run('SELECT id FROM local')->{out}, '2', 'local table: committed');
is_present('local table');

# ---- locks ----

my $other = NamidbS3::Session->new($node);
my $set = cypher('MATCH (n:Row {id: 1}) SET n.by = 1');
ok_run($other, "BEGIN; $set", 'lock: the holder');
cancelled($session, $set, undef, 'lock');
ok_run($session, "SET lock_timeout = '300ms'", 'lock_timeout');
is($session->run($set)->{state}, '55P03', 'lock_timeout: the error');
ok_run($session, 'RESET lock_timeout', 'lock_timeout');
ok_run($session, "SET statement_timeout = '300ms'", 'lock, statement_timeout');
is($session->run($set)->{state}, '57014', 'lock, statement_timeout: the error');
ok_run($session, 'RESET statement_timeout', 'lock, statement_timeout');

# The holder ends without COMMIT: who waits goes on.
$session->send($set);
ok(eventually(sub {
	$control->run("SELECT wait_event_type FROM pg_stat_activity WHERE pid = $session->{pid}")->{out} eq 'Lock' }),
	'lock: the session waits');
$control->run("SELECT pg_terminate_backend($other->{pid})");
my $answer = $session->answer(10);
is($answer->{state}, '00000', 'lock: the holder was terminated') or diag($answer->{err});
$other->close;

# A savepoint that is rolled back gives back what it has locked.
$other = NamidbS3::Session->new($node);
ok_run($other, "BEGIN; SAVEPOINT s; $set; ROLLBACK TO s", 'lock of a savepoint');
ok_run($session, "SET statement_timeout = '5s'; $set", 'lock of a savepoint: it is free');
ok_run($other, "$set; SAVEPOINT s; " . create($present[-1] + 1) . '; ROLLBACK TO s', 'lock before a savepoint');
is($session->run($set)->{state}, '57014', 'lock before a savepoint: it is held');
ok_run($session, 'RESET statement_timeout', 'lock before a savepoint');
ok_run($other, 'ROLLBACK', 'lock before a savepoint');
is_present('locks');

# ---- sessions that end ----

ok_run($other, "SET idle_in_transaction_session_timeout = '200ms'; BEGIN; $set; " . create(920), 'idle: the transaction');
ok(eventually(sub {
	$control->run("SELECT count(*) FROM pg_stat_activity WHERE pid = $other->{pid}")->{out} eq '0' }, 10), 'idle: the session has ended');
ok_run($session, $set, 'idle: its locks are free');
is_present('idle');
eval { $other->close };

$other = NamidbS3::Session->new($node);
ok_run($other, "BEGIN; $set; " . create(921), 'disconnected: the transaction');
$other->close;
ok_run($session, $set, 'disconnected: its locks are free');
is_present('disconnected');

# ---- what a failed COMMIT leaves ----

ok_run($session, 'BEGIN; ' . create(930), 'chain: the transaction');
$hold = proxy_hold($proxy, 'before', 'PUT', '/wal/');
cancelled($session, 'COMMIT AND CHAIN', $hold, 'chain');
$session->run('ROLLBACK');
$hold = proxy_hold($proxy, 'before', 'PUT', '/wal/');
cancelled($session, "DO \$\$ BEGIN PERFORM namidb_cypher('CREATE (:Row {id: 931})', NULL, 'held'); COMMIT; END \$\$", $hold, 'COMMIT in a DO block');
ok_run($session, "DO \$\$ BEGIN PERFORM namidb_cypher('CREATE (:Row {id: " . ($present[-1] + 1)
	. "})', NULL, 'held'); COMMIT; PERFORM namidb_cypher('CREATE (:Row {id: 932})', NULL, 'held'); ROLLBACK; "
	. "PERFORM namidb_cypher('CREATE (:Row {id: " . ($present[-1] + 2) . "})', NULL, 'held'); END \$\$", 'COMMIT and ROLLBACK in a DO block');
push @present, $present[-1] + 1, $present[-1] + 2;
is_present('the end');
is(join(' ', run_wheel(store_uri($bucket, 'demo'), 'MATCH (n:Row) RETURN n.id AS id ORDER BY id') =~ /"id": (\d+)/g), "@present", 'NamiDB sees the same');

$_->close for $session, $control;
$node->stop;
done_testing();
