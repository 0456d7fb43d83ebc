# Backends commit as fast as they can while one after the other is killed: in the end every acknowledged commit is there
# exactly once, every refused one not at all, every other at most once and as a whole, and no update of the common counter
# is lost. NamiDB finds the same.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use NamidbS3;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

use constant WORKERS => 4;
use constant KILLS => 8;

my $node = start_node('random', 'restart_after_crash = on');
my %stores = (
	folder => 'file://' . PostgreSQL::Test::Utils::tempdir() . '/store?ns=demo',
	bucket => store_uri(make_bucket('random'), 'demo'));
my $seed = $ENV{NAMIDB_TEST_SEED} // int(rand(2**31));
note("NAMIDB_TEST_SEED=$seed");
srand($seed);

# Each transaction adds one to the common counter, or leaves it alone and does not conflict with others.
sub statement
{
	my ($id, $server) = @_;
	my $create = "CREATE (:Row {id: $id})-[:OF]->(:Part {id: $id})";
	return $id % 3
	  ? "SELECT FROM namidb_cypher('$create', NULL, '$server')"
	  : "SELECT FROM namidb_cypher('MATCH (c:Counter) SET c.n = c.n + 1 $create', NULL, '$server')";
}

sub number
{
	my ($server, $query) = @_;
	return $node->safe_psql('postgres', "SELECT r->>'n' FROM namidb_cypher('$query', NULL, '$server') AS r");
}

for my $server (sort keys %stores)
{
	my (%state, @worker, @pending);
	my ($next, $kills, $acknowledged) = (0, 0, 0);

	make_server($node, $server, $stores{$server});
	$node->safe_psql('postgres', "SELECT FROM namidb_cypher('CREATE (:Counter {n: 0})', NULL, '$server')");
	my $end = time + 60;
	my $kill_at = time;
	while (time < $end)
	{
		my $over = $kills >= KILLS;
		for my $w (0 .. WORKERS - 1)
		{
			if (defined $pending[$w])
			{
				my $answer = $worker[$w]->answer(0.001);
				next if $answer->{state} eq '' && !$answer->{gone};
				$state{ $pending[$w] } = $answer->{state} eq '' ? 'unknown' : $answer->{state};
				diag($answer->{err}) unless $answer->{state} =~ /^(|00000|40001)$/;
				$acknowledged++ if $answer->{state} eq '00000';
				$worker[$w] = $answer->{gone} ? undef : $worker[$w];
				$pending[$w] = undef;
			}
			next if $over;
			if (!$worker[$w])
			{
				$node->poll_query_until('postgres', 'SELECT true') or die 'the server did not come back';
				$worker[$w] = eval { NamidbS3::Session->new($node) };
				next unless $worker[$w];
				$worker[$w] = undef unless $worker[$w]{pid};
			}
			elsif (!defined $pending[$w])
			{
				$pending[$w] = ++$next;
				$worker[$w]->send(statement($next, $server));
			}
		}
		last if $over && !grep { defined } @pending;
		# Now and then, but not before the killed one's remains are cleared away and others have gone on.
		if (!$over && time > $kill_at && $acknowledged > 8)
		{
			my @busy = grep { defined $pending[$_] && $worker[$_] } 0 .. WORKERS - 1;
			next unless @busy;
			kill 'KILL', $worker[ $busy[ int(rand(@busy)) ] ]{pid};
			$kills++;
			$acknowledged = 0;
			$kill_at = time + rand(0.3);
		}
	}
	is($kills, KILLS, "$server: backends were killed");
	is(scalar(grep { defined } @pending), 0, "$server: all commits have ended");
	$_ && $_->close for @worker;
	$node->poll_query_until('postgres', 'SELECT true') or die 'the server did not come back';

	# Whatever was left unfinished is decided by the next commit.
	$node->safe_psql('postgres', statement(++$next, $server));
	$state{$next} = '00000';
	my %count;
	$count{$_}++ for split / /, cypher_ids($node, $server);
	my %kinds;
	$kinds{$_}++ for values %state;
	note(join ', ', map { "$_: $kinds{$_}" } sort keys %kinds);
	cmp_ok($kinds{'00000'}, '>', 50, "$server: commits were acknowledged");
	is_deeply([ grep { $state{$_} eq '00000' && ($count{$_} // 0) != 1 } sort keys %state ],
		[], "$server: each of them is there once");
	is_deeply([ grep { $state{$_} =~ /\d/ && $state{$_} ne '00000' && $count{$_} } sort keys %state ],
		[], "$server: the refused are not there");
	is_deeply([ grep { $count{$_} > 1 || !exists $state{$_} } sort keys %count ], [], "$server: nothing is there twice");
	is(number($server, 'MATCH (a:Row)-[:OF]->(b:Part) WHERE a.id = b.id RETURN count(*) AS n'),
		scalar(keys %count), "$server: each commit is there as a whole");
	is(number($server, 'MATCH (c:Counter) RETURN c.n AS n'), scalar(grep { $_ % 3 == 0 } keys %count),
		"$server: no update is lost");
	is(run_wheel($stores{$server}, 'MATCH (a:Row)-[:OF]->(b:Part) WHERE a.id = b.id RETURN count(*) AS n'),
		sprintf('[{"n": %d}]', scalar(keys %count)), "$server: NamiDB sees the same");
}

$node->stop;
done_testing();
