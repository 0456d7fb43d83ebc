# What COMMIT has acknowledged in a folder is on the disk: the system calls of one backend's commit, as strace saw them.
# Each of segment, body and pointer is written under a temporary name, flushed, linked, and its folder flushed, before the
# next begins (spec/storage.md 2.1, 4.3). Then a backend is killed at each of these calls.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use NamidbS3;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = start_node('fsync', 'restart_after_crash = on');
my $folder = PostgreSQL::Test::Utils::tempdir();
my $trace = PostgreSQL::Test::Utils::tempdir() . '/trace';

# Attaches strace to a process; ready when the kernel says so.
sub trace
{
	my ($pid, @options) = @_;
	unlink $trace;
	my $handle = IPC::Run::start([ 'strace', '-f', '-y', '-o', $trace, '-p', $pid, @options ],
		'<', \undef, '>', \my $out, '2>', \my $err, IPC::Run::timeout(120));
	ok(eventually(sub { slurp_file("/proc/$pid/status") =~ /^TracerPid:\s+[1-9]/m }), 'strace is attached')
	  or diag($err);
	return $handle;
}

sub create
{
	my ($id, $server) = @_;
	return "SELECT FROM namidb_cypher('CREATE (:Row {id: $id})', NULL, '$server')";
}

# ---- the calls of one commit ----

my $calls = 'openat,write,pwrite64,fsync,fdatasync,link,linkat,unlink,unlinkat,rename,renameat,renameat2,sendto';
make_server($node, 'traced', "file://$folder/traced?ns=demo");
my $session = NamidbS3::Session->new($node);
is($session->run(create(1, 'traced'))->{state}, '00000', 'a first commit');
is($session->run('BEGIN; ' . create(2, 'traced'))->{state}, '00000', 'the transaction');
my $strace = trace($session->{pid}, '-e', "trace=$calls");
is($session->run('COMMIT')->{state}, '00000', 'COMMIT');
$strace->signal('INT');
$strace->finish;

# [name, arguments, result] of the calls that succeeded, up to the answer to the client.
my @seen;
for (split /\n/, slurp_file($trace))
{
	next unless /^(?:\d+ +)?(\w+)\((.*)\) += (.*)/;
	push @seen, [ $1, $2, $3 ];
	last if $1 eq 'sendto' && $2 =~ /COMMIT/;
}
is($seen[-1][0] // '', 'sendto', 'the answer to the client is in the trace');
my $at = 0;
for my $object ([ segment => 'wal', qr/\d{16}\.wal/ ],
	[ body => 'manifest', qr/v[0-9a-f]{16}\.json/ ],
	[ pointer => 'manifest/pointer', qr/p[0-9a-f]{16}\.json/ ])
{
	my ($what, $dir, $name) = @$object;
	for my $step (
		[ 'the temporary file', qr/^openat$/, qr{$name#.*O_CREAT\|O_EXCL}, qr/^\d/ ],
		[ 'written', qr/^p?write(64)?$/, qr{/$name#[^>]*>}, qr/^[1-9]/ ],
		[ 'the file is flushed', qr/^f(data)?sync$/, qr{/$name#[^>]*>}, qr/^0/ ],
		[ 'linked', qr/^link(at)?$/, qr{$name#.*$name"}, qr/^0/ ],
		[ 'the folder is flushed', qr/^fsync$/, qr{/demo/$dir>}, qr/^0/ ])
	{
		my ($action, @patterns) = @$step;
		$at++ while $at < @seen && grep { $seen[$at][$_] !~ $patterns[$_] } 0 .. 2;
		ok($at < @seen, "$what: $action") or diag(slurp_file($trace));
	}
}
$session->close;

# ---- killed at each of them ----

# strace kills the backend as it enters the n-th call of a kind; a link that is reached has not happened. How the commit
# stands then, and after the next: a complete body is adopted.
my @points = (
	[ 'link', 1, 0, 0 ],		# of the segment
	[ 'link', 2, 0, 0 ],		# of the body
	[ 'link', 3, 0, 1 ],		# of the pointer
	[ 'fsync', 1, 0, 0 ],		# the segment's file
	[ 'fsync', 2, 0, 0 ],		# its folder
	[ 'fsync', 3, 0, 0 ],		# the body's file
	[ 'fsync', 4, 0, 1 ],		# its folder
	[ 'fsync', 5, 0, 1 ],		# the pointer's file
	[ 'fsync', 6, 1, 1 ]);		# its folder
for my $point (@points)
{
	my ($call, $number, $is_there, $is_there_later) = @$point;
	my $what = "killed at $call $number";
	my $server = "$call-$number";
	make_server($node, $server, "file://$folder/$server?ns=demo");
	$session = NamidbS3::Session->new($node);
	is($session->run(create(1, $server))->{state}, '00000', "$what: the commit before");
	is($session->run('BEGIN; ' . create(100, $server))->{state}, '00000', "$what: the transaction");
	my $calls = $call eq 'link' ? 'link,linkat' : 'fsync';
	$strace = trace($session->{pid}, '-e', "trace=$calls", '-e', "inject=$calls:signal=KILL:when=$number");
	my $log = -s $node->logfile;
	$session->send('COMMIT');
	ok(eventually(sub { slurp_file($node->logfile, $log) =~ /was terminated by signal 9.*reinitializing/s }),
		"$what: the server starts anew");
	$strace->finish;
	$session->close;
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server did not come back';
	is(cypher_ids($node, $server), $is_there ? '1 100' : '1', "$what: what others find");
	my ($status, undef, $err) = $node->psql('postgres', create(200, $server), timeout => 60);
	is($status, 0, "$what: the next commit") or diag($err);
	my $expected = join ' ', 1, $is_there_later ? 100 : (), 200;
	is(cypher_ids($node, $server), $expected, "$what: what is there in the end");
	my $rows = run_wheel("file://$folder/$server?ns=demo", 'MATCH (n:Row) RETURN n.id AS id ORDER BY id');
	is(join(' ', $rows =~ /"id": (\d+)/g) || $rows, $expected, "$what: NamiDB sees the same");
}

$node->stop;
done_testing();
