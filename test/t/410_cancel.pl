# Cancelling (by statement_timeout) within a tenth of a second in every operator, in long expressions and while a query is
# planned; nothing stays behind in files, and no backend grows beyond its limit.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use NamidbS3;
use Test::More;

use constant AFTER_MS => 300;    # a third of it next time, when a fast machine was at its end (or its limit) before
use constant WITHIN_MS => 100;
use constant TRIES => 4;    # the machine may be busy with something else

my $text = "reduce(s = 'ab,', i IN range(1, 22) | s + s)";
my $many = join(' ', map { "MATCH (n$_)" } 1 .. 10000);
my $hops = join('', map { "-[r$_:T]->(n$_)" } 1 .. 10000);

my @queries = (
	[unwind => 'UNWIND range(1, 100000000000) AS x RETURN count(x)'],
	[filter => 'UNWIND range(1, 100000000000) AS x WITH x WHERE x < 0 RETURN x'],
	[rows => 'UNWIND range(1, 100000000000) AS x RETURN x, [x, x], {a: x}'],
	[comprehension => 'RETURN size([x IN range(1, 100000) | size([y IN range(1, 100000) WHERE y % 3 = 0 | y])]) AS n'],
	[quantifier => 'RETURN all(x IN range(1, 100000000000) WHERE x > 0) AS b'],
	[reduce => 'RETURN reduce(a = 0, x IN range(1, 100000000000) | a + x % 7) AS n'],
	[reduce_text => "RETURN size(reduce(s = '', x IN range(1, 100000000) | s + 'abcdefgh')) AS n"],
	[reduce_list => 'RETURN size(reduce(s = [], x IN range(1, 100000000) | s + x)) AS n'],
	[regex => "UNWIND range(1, 100000000) AS x RETURN count(CASE WHEN 'aaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '(a+)+\$' THEN 1 END) AS n"],
	[regex_text => "WITH $text AS s UNWIND range(1, 100000000) AS x WITH s, x WHERE left(s, 30000) =~ '.*(x|y)+z.*' RETURN count(*) AS n"],
	[sort => 'UNWIND range(1, 100000000) AS x RETURN x ORDER BY x * 7919 % 10007 SKIP 99999999'],
	[top => 'UNWIND range(1, 100000000000) AS x RETURN x ORDER BY x DESC LIMIT 10'],
	[group => 'UNWIND range(1, 100000000000) AS x RETURN x % 1000 AS k, count(*) AS n'],
	[groups => 'UNWIND range(1, 100000000000) AS x RETURN x % 10000000 AS k, count(*) AS n'],
	[distinct => 'UNWIND range(1, 100000000000) AS x WITH DISTINCT x % 10000000 AS k RETURN count(k) AS n'],
	[count_distinct => 'UNWIND range(1, 100000000000) AS x RETURN count(DISTINCT x) AS n'],
	[union => 'UNWIND range(1, 100000000000) AS x RETURN x UNION ALL UNWIND range(1, 1000) AS x RETURN x'],
	[cross => 'MATCH (a:N), (b:N), (c:N) WHERE a.v + b.v + c.v < 0 RETURN count(*) AS n'],
	[hash_join => 'MATCH (a:N), (b:N), (c:N) WHERE a.v % 2 = b.v % 2 AND b.v % 3 = c.v % 3 RETURN count(*) AS n'],
	[expand => 'UNWIND range(1, 100000000) AS x MATCH (a:K)-->(b:K)-->(c:K)-->(d:K)-->(e:K)-->(f:K)-->(g:K)-->(h:K) RETURN count(*) AS n'],
	[expand_into => 'UNWIND range(1, 100000000) AS x MATCH (a:K), (b:K) MATCH (a)-[r]->(b) RETURN count(r) AS n'],
	[var_expand => 'MATCH (a:K {v: 1})-[:E*]-(b) RETURN count(*) AS n'],
	[shortest => 'MATCH (a:N), (b:N) WHERE a.v < b.v MATCH p = shortestPath((a)-[:R*]-(b)) RETURN count(p) AS n'],
	[all_shortest => 'UNWIND range(1, 100000000) AS x MATCH (a:K), (b:K) WHERE a.v < b.v MATCH p = allShortestPaths((a)-[:E*3..12]-(b)) RETURN count(p) AS n'],
	[exists => 'UNWIND range(1, 100000000) AS x MATCH (a:K) WHERE EXISTS { (a)-->(b)-->(c)-->(d) WHERE d.v < -x } RETURN count(*) AS n'],
	[count => 'UNWIND range(1, 100000000) AS x MATCH (a:K) RETURN sum(COUNT { (a)-->(b)-->(c) }) AS s'],
	[collect => 'UNWIND range(1, 100000000) AS x MATCH (a:K) WITH size(COLLECT { MATCH (a)-->(b)-->(c) RETURN c.v }) AS s RETURN sum(s) AS s'],
	[call => 'UNWIND range(1, 100000000) AS x CALL { WITH x UNWIND range(1, 1000) AS y RETURN sum(y) AS s } RETURN sum(s) AS s'],
	[pattern_comprehension => 'UNWIND range(1, 100000000) AS x MATCH (a:K) RETURN sum(size([(a)-->(b)-->(c) | c.v])) AS s'],
	[optional => 'UNWIND range(1, 100000000) AS x OPTIONAL MATCH (a:K)-->(b) WHERE a.v < 0 RETURN count(a) AS n'],
	[foreach => 'FOREACH (x IN range(1, 100000000) | CREATE (:T {v: x}))'],
	[create => 'UNWIND range(1, 100000000) AS x CREATE (:T {v: x})'],
	[merge => 'UNWIND range(1, 100000000) AS x MERGE (:T {v: x})'],
	[set => 'MATCH (n:N) UNWIND range(1, 100000000) AS x SET n.w = x'],
	[delete => 'UNWIND range(1, 100000000) AS x CREATE (t:T {v: x}) DELETE t'],
	[split => "WITH $text AS s UNWIND range(1, 1000) AS x WITH s, x WHERE size(split(left(s, 2000000), ',')) < 0 RETURN count(*) AS n"],
	[upper => "WITH $text AS s UNWIND range(1, 1000) AS x WITH s, x WHERE toUpper(s) = 'a' RETURN count(*) AS n"],
	[contains => "WITH $text AS s UNWIND range(1, 100000) AS x WITH s, x WHERE s CONTAINS 'bbb' RETURN count(*) AS n"],
	[substring => "WITH $text AS s UNWIND range(1, 100000) AS x WITH s, x WHERE substring(s, 8000000, 3) = '' RETURN count(*) AS n"],
	[equal => 'WITH range(1, 2000000) AS a, range(1, 2000000) AS b UNWIND range(1, 100000) AS x WITH a, b, x WHERE a = b RETURN count(*) AS n'],
	[in => 'WITH range(1, 2000000) AS a UNWIND range(1, 100000) AS x WITH a, x WHERE -x IN a RETURN count(*) AS n'],
	[group_by_list => 'WITH range(1, 1000000) AS a UNWIND range(1, 100000) AS x RETURN a, count(x) AS n'],
	[sort_by_list => 'WITH range(1, 1000000) AS a UNWIND range(1, 100000) AS x RETURN x ORDER BY a LIMIT 1'],
	[plan_clauses => "$many RETURN n1"],
	[plan_pattern => "MATCH (a)$hops RETURN a"],
	[plan_with => 'WITH 1 AS x0 ' . join(' ', map { "WITH *, x0 + 1 AS x$_" } 1 .. 10000) . ' RETURN x1'],
	[plan_text => 'RETURN size([' . ('1,' x 3000000) . '1]) AS n'],
);

my $node = start_node('limits');
my $folder = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', "CREATE SERVER graph FOREIGN DATA WRAPPER namidb OPTIONS (store 'file://$folder?ns=demo')");
for my $query ('UNWIND range(1, 3000) AS i CREATE (:N {v: i})', 'MATCH (a:N), (b:N) WHERE b.v = a.v + 1 CREATE (a)-[:R]->(b)',
	'UNWIND range(1, 25) AS i CREATE (:K {v: i})', 'MATCH (a:K), (b:K) WHERE a.v < b.v CREATE (a)-[:E]->(b)')
{
	$node->safe_psql('postgres', "SELECT namidb_cypher('$query')");
}

# The statement is caught in its own transaction, so what it held must go with the savepoint. How late the error came, the
# peak of the backend's memory, and the files that are there then.
sub run
{
	my ($query, $after) = @_;
	my $out = $node->safe_psql('postgres', <<SQL);
SET statement_timeout = '${after}ms';
SET client_min_messages = warning;
DO \$do\$ BEGIN
	BEGIN
		PERFORM count(*) FROM namidb_cypher(\$q\$$query\$q\$);
	EXCEPTION WHEN query_canceled THEN
		PERFORM set_config('test.late', round(extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000 - $after)::text, false);
		PERFORM set_config('test.files', (SELECT count(*) FROM pg_ls_tmpdir())::text, false);
	WHEN program_limit_exceeded OR out_of_memory THEN
		NULL;
	END;
END \$do\$;
SELECT current_setting('test.late', true), current_setting('test.files', true),
	substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'VmHWM:\\s*(\\d+)');
SQL
	return split(/\|/, $out);
}

for my $case (@queries)
{
	my ($name, $query) = @$case;
	my ($best, $peak_kb, $left) = (undef, 0, 0);
	my $after = AFTER_MS;
	for (1 .. TRIES)
	{
		my ($late, $files, $kb) = run($query, $after);
		if ($late eq '')
		{
			$after = int($after / 3);
			next;
		}
		$best = $late if !defined $best || $late < $best;
		$left += $files;
		$peak_kb = $kb if $kb > $peak_kb;
		last if $best < WITHIN_MS;
	}
	ok(defined $best && $best < WITHIN_MS, "$name: cancelled in time") or diag("$name: " . ($best // 'not cancelled') . ' ms');
	is($left, 0, "$name: no file is left");
	cmp_ok($peak_kb, '<', 600 * 1024, "$name: memory");
}

# Without a time limit: 53200, or an answer from files; never more than the limit and what the server needs itself.
for my $case (
	[collect => 'UNWIND range(1, 100000000) AS x RETURN size(collect(x)) AS n'],
	[range => 'RETURN size(range(1, 100000000)) AS n'],
	[text => "RETURN size(reduce(s = 'abcdefgh', x IN range(1, 60) | s + s)) AS n"],
	[replace => "RETURN size(reduce(s = 'a', x IN range(1, 60) | replace(s, 'a', 'aaaa'))) AS n"],
	[lists => 'WITH range(1, 10000) AS l RETURN size([x IN l | [y IN l | x * y]]) AS n'],
	[sort => 'UNWIND range(1, 1500000) AS x RETURN x ORDER BY x * 7919 % 10007 SKIP 1499999'],
	[groups => 'UNWIND range(1, 1500000) AS x WITH x % 700000 AS k, count(*) AS n, collect(x) AS l RETURN count(*) AS n'],
	[distinct => 'UNWIND range(1, 1500000) AS x WITH DISTINCT x RETURN count(*) AS n'],
	[top_of_lists => 'WITH range(1, 100000) AS a UNWIND range(1, 200) AS x RETURN x ORDER BY a, x DESC LIMIT 1'],
	[paths => 'MATCH p = (a:K)-[:E*]-(b) RETURN size(collect(p)) AS n'])
{
	my ($name, $query) = @$case;
	my $out = $node->safe_psql('postgres', <<SQL);
SET namidb.statement_memory_limit = '32MB';
SET client_min_messages = warning;
DO \$do\$ BEGIN
	PERFORM set_config('test.state', (SELECT 'rows' FROM (SELECT count(*) FROM namidb_cypher(\$q\$$query\$q\$)) AS r), false);
EXCEPTION WHEN OTHERS THEN
	PERFORM set_config('test.state', SQLSTATE, false);
END \$do\$;
SELECT current_setting('test.state'), (SELECT count(*) FROM pg_ls_tmpdir()),
	substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'VmHWM:\\s*(\\d+)');
SQL
	my ($state, $files, $kb) = split(/\|/, $out);
	is($state, $name =~ /^(sort|groups|distinct|top_of_lists)$/ ? 'rows' : '53200', "$name at 32 MB");
	is($files, 0, "$name: no file is left");
	cmp_ok($kb, '<', 160 * 1024, "$name: memory of the backend");
}

is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', 'no temporary file at the end');
$node->stop;
done_testing();
