# A hot standby reads a namespace and does not write it; pg_dump carries servers and mappings; shutdown and crash of a
# server leave a namespace in a folder as the last commit left it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use NamidbS3;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $count = "SELECT r->'n' FROM namidb_cypher('MATCH (n:Row) RETURN count(n) AS n', NULL, 'graph')";

sub create
{
	my ($k) = @_;
	return "SELECT FROM namidb_cypher('CREATE (:Row {k: $k})', NULL, 'graph')";
}

# What a statement that must fail says.
sub error_of
{
	my ($node, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	isnt($status, 0, "refused: $sql");
	return $err;
}

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', $ENV{NAMIDB_TEST_CONF});
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION namidb');
$primary->safe_psql('postgres', "CREATE SERVER graph FOREIGN DATA WRAPPER namidb OPTIONS (store 'file://$folder?ns=demo')");
$primary->safe_psql('postgres', create(1));

# ---- a standby ----

$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', $count), '1', 'a standby reads');
$primary->safe_psql('postgres', create(2));
is($standby->safe_psql('postgres', $count), '2', 'and sees what is committed, without waiting for replication');
is($standby->safe_psql('postgres', "SELECT r->'n' FROM namidb_query('MATCH (n:Row) RETURN count(n) AS n')"), '2', 'namidb_query too');
is($standby->safe_psql('postgres', "SELECT count(*) > 0 FROM namidb_explain('CREATE (:Row)')"), 't', 'explain of a write');
like(error_of($standby, create(3)), qr/ERROR:  25006:/, 'a write is refused as in a read-only transaction');
like(error_of($standby, 'BEGIN; ' . create(3)), qr/ERROR:  25006:/, 'in a transaction block, too');
is($primary->safe_psql('postgres', $count), '2', 'nothing was written');

# After the promotion it writes.
$standby->promote;
$standby->safe_psql('postgres', create(3));
is($primary->safe_psql('postgres', $count), '3', 'two clusters on one namespace');
$primary->safe_psql('postgres', create(4));
is($standby->safe_psql('postgres', $count), '4', 'each sees the other');
$standby->stop;

# ---- dump and restore ----

$primary->safe_psql('postgres', <<SQL);
CREATE ROLE reader LOGIN;
CREATE SERVER remote FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=demo', region 'eu-west-1', read_only 'true');
CREATE USER MAPPING FOR reader SERVER remote OPTIONS (access_key_id 'id', secret_access_key 'dumped-secret');
GRANT USAGE ON FOREIGN SERVER graph TO reader;
CREATE VIEW ks AS SELECT (r->'k')::int AS k FROM namidb_query('MATCH (n:Row) RETURN n.k AS k', NULL, 'graph');
CREATE MATERIALIZED VIEW kept AS SELECT * FROM ks;
SQL
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$primary->command_ok([ 'pg_dump', '-d', $primary->connstr('postgres'), '-f', $dump ], 'pg_dump');
my $text = slurp_file($dump);
like($text, qr/CREATE EXTENSION IF NOT EXISTS namidb/, 'the extension is dumped by name');
unlike($text, qr/CREATE FUNCTION public\.namidb/, 'its members are not');
$primary->safe_psql('postgres', 'CREATE DATABASE restored');
$primary->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $primary->connstr('restored'), '-f', $dump ], 'restored');
is($primary->safe_psql('restored', $count), '4', 'the server works in the other database');
is($primary->safe_psql('restored', 'SELECT count(*), sum(k) FROM kept'), '4|10', 'a materialised view over it');
is($primary->safe_psql('restored', "SELECT string_agg(o, ' ' ORDER BY o) FROM pg_foreign_server, unnest(srvoptions) o WHERE srvname = 'remote'"),
	'read_only=true region=eu-west-1 store=s3://bucket?ns=demo', 'options of servers');
is($primary->safe_psql('restored', "SELECT umoptions FROM pg_user_mappings WHERE srvname = 'remote' AND usename = 'reader'"),
	'{access_key_id=id,secret_access_key=dumped-secret}', 'and of mappings');
is($primary->safe_psql('restored', "SELECT has_server_privilege('reader', 'graph', 'USAGE')"), 't', 'rights');

# ---- shutdown and crash of the server ----

for my $mode ('fast', 'immediate')
{
	my $open = $primary->background_psql('postgres');
	$open->query_safe('BEGIN');
	$open->query_safe(create(99));
	$primary->stop($mode);
	eval { $open->{run}->finish };
	$primary->start;
	is($primary->safe_psql('postgres', $count), '4', "what was open at the shutdown ($mode) is gone");
}
$primary->safe_psql('postgres', create(5));
is($primary->safe_psql('postgres', $count), '5', 'and the next commit follows on');
$primary->stop;

done_testing();
