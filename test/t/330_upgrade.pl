# Upgrades of the extension: from every version that has an install script to the current one, and from the current one to
# a next one that is made up here. What an upgrade gives is what a fresh install gives; tables, views and open sessions go on.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A copy of the installed files of our own, for the made-up version.
my ($installed) = $ENV{NAMIDB_TEST_CONF} =~ /extension_destdir = '([^']+)'/;
my $copy = PostgreSQL::Test::Utils::tempdir() . '/inst';
system('cp', '-R', $installed, $copy) == 0 or die;
my ($control) = glob("$copy/usr/share/postgresql/*/extension/namidb.control");
my ($scripts) = $control =~ m{(.*)/namidb\.control};
my ($current) = slurp_file($control) =~ /default_version *= *'([^']+)'/;

my $change = <<'SQL';
CREATE FUNCTION @extschema@.namidb_made_up() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'new' $$;
COMMENT ON FUNCTION @extschema@.namidb_made_up() IS 'a function of the next version';
ALTER FUNCTION @extschema@.namidb_query(text, jsonb, name) ROWS 77;
SQL
append_to_file("$scripts/namidb--$current--99.sql", $change);
append_to_file("$scripts/namidb--99.sql", slurp_file("$scripts/namidb--$current.sql") . $change);

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->append_conf('postgresql.conf', $ENV{NAMIDB_TEST_CONF} =~ s/\Q$installed\E/$copy/r);
$node->start;

# All members with everything that is said of them.
my $members = <<'SQL';
SELECT pg_describe_object(classid, objid, 0), obj_description(objid, classid::regclass::name),
       CASE WHEN classid = 'pg_proc'::regclass THEN (SELECT pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc WHERE oid = objid) END,
       CASE WHEN classid = 'pg_foreign_data_wrapper'::regclass THEN (SELECT concat_ws(' ', fdwhandler::regproc, fdwvalidator::regproc, fdwoptions, fdwacl) FROM pg_foreign_data_wrapper WHERE oid = objid) END
FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'namidb') ORDER BY 1
SQL

sub fresh
{
	my ($database, $version) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION namidb VERSION '$version'");
	return $node->safe_psql($database, $members);
}

my $wanted = fresh('fresh', $current);
like($wanted, qr/function namidb_cypher\(text,jsonb,name\)/, 'members of a fresh install');

# ---- released versions ----

my $number = 0;
for my $script (sort glob("$scripts/namidb--*.sql"))
{
	my ($version) = $script =~ /namidb--((?:(?!--).)+)\.sql$/;
	next if !defined $version || $version eq $current || $version eq '99';
	my $database = 'released' . $number++;
	fresh($database, $version);
	$node->safe_psql($database, "ALTER EXTENSION namidb UPDATE TO '$current'");
	is($node->safe_psql($database, $members), $wanted, "$version upgraded to $current is $current");
}

# ---- the next one ----

my $next = fresh('next', '99');
fresh('upgraded', $current);
my $folder = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('upgraded', <<SQL);
CREATE SERVER graph FOREIGN DATA WRAPPER namidb OPTIONS (store 'file://$folder?ns=demo');
SELECT namidb_cypher('CREATE (:Person {name: "Ada"})-[:KNOWS]->(:Person {name: "Bob"})');
IMPORT FOREIGN SCHEMA "all" FROM SERVER graph INTO public;
CREATE VIEW names AS SELECT r->>'name' AS name FROM namidb_query('MATCH (p:Person) RETURN p.name AS name');
SQL
my %rows = ('EXECUTE by_table' => "1\n", 'EXECUTE by_view' => "Ada\nBob\n");
my $session = $node->background_psql('upgraded');
$session->query_safe('PREPARE by_table AS SELECT count(*) FROM "Person" JOIN "KNOWS" ON _src = _id');
$session->query_safe('PREPARE by_view AS SELECT name FROM names ORDER BY name');
my %before = map { $_ => $session->query_safe($_) } sort keys %rows;
like($before{'EXECUTE by_table'}, qr/^1$/m, 'a prepared join');
like($before{'EXECUTE by_view'}, qr/^Ada\nBob$/m, 'a prepared view over a call');

$node->safe_psql('upgraded', 'ALTER EXTENSION namidb UPDATE TO \'99\'');
is($node->safe_psql('upgraded', $members), $next, 'upgraded is as installed');
isnt($next, $wanted, 'and not as it was');
is($session->query_safe($_), $before{$_}, "an open session goes on: $_") for sort keys %rows;
is($node->safe_psql('upgraded', 'SELECT namidb_made_up(), count(*) FROM names'), 'new|2', 'a new session has the new function');
is($node->safe_psql('upgraded', 'SELECT count(*) FROM "Person"'), '2', 'and the tables');
$session->quit;

# A dump of it names no version: the other cluster's is taken.
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('upgraded'), '-f', $dump ], 'pg_dump of the upgraded');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', $dump ], 'restored');
is($node->safe_psql('restored', 'SELECT (SELECT count(*) FROM names), (SELECT extversion FROM pg_extension WHERE extname = \'namidb\')'), "2|$current", 'with the default version');

# There is no way back, and no way to what does not exist.
isnt($node->psql('upgraded', "ALTER EXTENSION namidb UPDATE TO '$current'"), 0, 'no downgrade');
isnt($node->psql('postgres', "CREATE EXTENSION namidb VERSION '98'"), 0, 'no such version');

# ---- nothing stays behind ----

my $objects = <<'SQL';
SELECT (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_foreign_server), (SELECT count(*) FROM pg_foreign_data_wrapper),
       (SELECT count(*) FROM pg_depend), (SELECT count(*) FROM pg_description), (SELECT count(*) FROM pg_foreign_table), (SELECT count(*) FROM pg_rewrite)
SQL
$node->safe_psql('upgraded', 'DROP EXTENSION namidb CASCADE');
is($node->safe_psql('upgraded', $objects), $node->safe_psql('template1', $objects), 'DROP EXTENSION leaves nothing');
$node->stop;

done_testing();
