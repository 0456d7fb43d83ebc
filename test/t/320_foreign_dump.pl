# Foreign tables, their servers and mappings, views over calls, and rights on all of them: dumped from one cluster and
# restored into another, where every query gives the same rows; a restart between. Data of foreign tables, dumped on demand.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $files = PostgreSQL::Test::Utils::tempdir();

sub start_cluster
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', $ENV{NAMIDB_TEST_CONF});
	$node->start;
	return $node;
}

# What a statement that must fail says.
sub error_of
{
	my ($node, $sql) = @_;
	my ($status, $out, $err) = $node->psql('graph', "\\set VERBOSITY verbose\n$sql");
	isnt($status, 0, "refused: $sql");
	return $err;
}

my $old = start_cluster('old');
$old->safe_psql('postgres', 'CREATE DATABASE graph');
$old->safe_psql('graph', <<SQL);
CREATE ROLE maker LOGIN;
CREATE ROLE reader LOGIN;
GRANT pg_read_server_files, pg_write_server_files TO maker;
CREATE EXTENSION namidb;
CREATE SERVER graph FOREIGN DATA WRAPPER namidb OPTIONS (store 'file://$folder?ns=demo', bump_epoch 'keep');
CREATE SERVER remote TYPE 'minio' VERSION '2' FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=demo', region 'eu-west-1', endpoint 'https://example.org', read_only 'true');
CREATE USER MAPPING FOR maker SERVER remote OPTIONS (access_key_id 'id', secret_access_key 'a ''quoted'' secret', session_token 'token');
CREATE USER MAPPING FOR PUBLIC SERVER graph;
ALTER SERVER graph OWNER TO maker;
COMMENT ON SERVER graph IS 'people';
ALTER DATABASE graph SET namidb.default_server = 'graph';
SQL
$old->safe_psql('graph', <<'SQL');
SELECT namidb_cypher($$
    CREATE (a:Person {name: 'Ada', born: 1815, `it's "odd"`: 1, tags: ['x'], mixed: 1}), (b:Person:Admin {name: 'Bob', born: 1950, mixed: 'one', level: 3}),
           (c:Person {name: 'Cy', seen: datetime('2024-01-02T03:04:05Z')}), (a)-[:KNOWS {since: 2015}]->(b), (b)-[:KNOWS {since: 2020, w: 0.5}]->(c),
           (:`Odd "label" \\ 'quoted'` {k: 1}), (:Event {kind: 'graph', no: 1})
$$);
CREATE SCHEMA imported;
GRANT USAGE ON SCHEMA imported TO reader;
IMPORT FOREIGN SCHEMA "all" FROM SERVER graph INTO imported;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END $$;
CREATE FOREIGN TABLE person (_id uuid NOT NULL, _labels text[], gone int, name text COLLATE "C" DEFAULT 'nobody', birth int OPTIONS (property 'born') CHECK (birth > 0),
    odd bigint OPTIONS (property 'it''s "odd"'), mixed bigint, twice int GENERATED ALWAYS AS (2 * birth) STORED, _properties jsonb)
    SERVER graph OPTIONS (label 'Person', on_delete 'detach', on_type_mismatch 'null');
ALTER FOREIGN TABLE person DROP COLUMN gone;
COMMENT ON COLUMN person.odd IS 'a name with quotes';
CREATE TRIGGER note BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION note();
CREATE FOREIGN TABLE knows (_src uuid NOT NULL, _dst uuid NOT NULL, since bigint, _properties jsonb) SERVER graph OPTIONS (type 'KNOWS');
CREATE FOREIGN TABLE reach ("from" text OPTIONS (property 'a'), n bigint) SERVER graph OPTIONS (cypher 'MATCH (p:Person)-[:KNOWS*1..2]->(o) WHERE p.name <> "it''s \\ nobody" RETURN p.name AS a, count(o) AS n');
CREATE TABLE events (kind text, no bigint) PARTITION BY LIST (kind);
CREATE TABLE events_local PARTITION OF events FOR VALUES IN ('local');
CREATE FOREIGN TABLE events_graph PARTITION OF events FOR VALUES IN ('graph') SERVER graph OPTIONS (label 'Event');
INSERT INTO events VALUES ('local', 2);
CREATE VIEW friends AS SELECT a.name, b.name AS friend, k.since FROM person a JOIN knows k ON k._src = a._id JOIN person b ON b._id = k._dst;
CREATE VIEW invoker WITH (security_invoker) AS SELECT name FROM person;
CREATE VIEW elders AS SELECT _id, name, birth FROM person WHERE birth < 1900 WITH CASCADED CHECK OPTION;
CREATE VIEW calls AS SELECT r->>'name' AS name, r FROM namidb_query('MATCH (p:Person) RETURN p.name AS name, p.born AS born', NULL, 'graph');
CREATE VIEW records AS SELECT p.name, t.n FROM person p, namidb_cypher_record('MATCH (:Person {name: $name})-->(o) RETURN o.name', jsonb_build_object('name', p.name), 'graph') AS t(n text);
CREATE VIEW typed AS SELECT * FROM namidb_cypher_as(NULL::events, 'MATCH (e:Event) RETURN e.no AS no, e.kind AS kind');
CREATE MATERIALIZED VIEW kept AS SELECT friends.*, calls.r FROM friends JOIN calls USING (name);
GRANT SELECT ON friends, calls TO reader;
GRANT SELECT (name), UPDATE (birth) ON person TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA imported TO reader;
ALTER FOREIGN TABLE knows OWNER TO maker;
ALTER VIEW friends OWNER TO maker;
GRANT SELECT ON person TO maker;
SQL

# The rows; of a plan what runs in the graph. (What a scan could give has the order of the columns' numbers.)
sub rows_of
{
	my ($node, $query) = @_;
	my $rows = $node->safe_psql('graph', $query);
	return $query =~ /^EXPLAIN/ ? join("\n", $rows =~ /^[ >-]*(.*(?:Cypher:|Function|Scan|Update).*)$/mg) : $rows;
}

my @queries = (
	'SELECT _labels, name, birth, odd, mixed, twice, _properties FROM person ORDER BY name',
	'SELECT since, _properties FROM knows ORDER BY since',
	'SELECT * FROM reach ORDER BY 1',
	'SELECT tableoid::regclass, * FROM events ORDER BY no',
	'SELECT * FROM friends ORDER BY since',
	'SELECT name FROM invoker ORDER BY 1',
	'SELECT name FROM elders',
	'SELECT * FROM calls ORDER BY name',
	'SELECT * FROM records ORDER BY name',
	'SELECT * FROM typed',
	'SELECT * FROM kept ORDER BY since',
	'SELECT count(*) FROM imported."Person" JOIN imported."KNOWS" ON _src = _id',
	q{SELECT k FROM imported."Odd ""label"" \\\\ 'quoted'"},
	q{SELECT relname, ftoptions FROM pg_foreign_table JOIN pg_class ON pg_class.oid = ftrelid ORDER BY relnamespace::regnamespace::text, relname},
	q{SELECT attrelid::regclass::text, attname, attfdwoptions, attnotnull, format_type(atttypid, atttypmod) FROM pg_attribute JOIN pg_foreign_table ON attrelid = ftrelid
		WHERE attnum > 0 AND NOT attisdropped ORDER BY attrelid::regclass::text, attnum},
	q{SELECT srvname, srvtype, srvversion, (SELECT array_agg(o ORDER BY o) FROM unnest(srvoptions) o), srvowner::regrole, obj_description(oid, 'pg_foreign_server'), srvacl FROM pg_foreign_server ORDER BY 1},
	q{SELECT srvname, usename, umoptions FROM pg_user_mappings ORDER BY 1, 2},
	q{SELECT c.oid::regclass::text, relowner::regrole, relacl, reloptions FROM pg_class c WHERE relkind IN ('f', 'v', 'm') AND relnamespace::regnamespace::text IN ('public', 'imported') ORDER BY 1},
	q{SELECT attrelid::regclass, attname, attacl FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid = 'person'::regclass ORDER BY 2},
	'EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM friends WHERE since > 2000',
	'EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM records',
	'EXPLAIN (VERBOSE, COSTS OFF) UPDATE knows SET since = 1');
my %expected = map { $_ => rows_of($old, $_) } @queries;
like($expected{$queries[0]}, qr/^\{Person\}\|Ada\|1815\|1\|1\|\|\{"tags": \["x"\]\}$/m, 'the rows to be kept');
like($expected{$queries[-3]}, qr/Cypher: MATCH \(a:Person\)/, 'the plans to be kept');
like($expected{$queries[-2]}, qr/Custom Scan \(namidb\)/, 'those over calls');

sub same_rows
{
	my ($node, $when) = @_;
	is(rows_of($node, $_), $expected{$_}, "$when: " . substr($_ =~ s/\s+/ /gr, 0, 70)) for @queries;
}

# ---- definitions, into another cluster ----

$old->command_ok([ 'pg_dumpall', '--globals-only', '-d', $old->connstr('postgres'), '-f', "$files/globals.sql" ], 'pg_dumpall of the roles');
$old->command_ok([ 'pg_dump', '-Fc', '--create', '-d', $old->connstr('graph'), '-f', "$files/graph.dump" ], 'pg_dump');
$old->stop;
my $new = start_cluster('new');
$new->psql('postgres', slurp_file("$files/globals.sql"), on_error_stop => 0);    # the superuser is there already
$new->command_ok([ 'pg_restore', '--create', '--exit-on-error', '-d', $new->connstr('postgres'), "$files/graph.dump" ], 'pg_restore into another cluster');
same_rows($new, 'restored');

$new->restart;
same_rows($new, 'after a restart');
$new->safe_psql('graph', 'ANALYZE person');
is($new->safe_psql('graph', "SELECT reltuples FROM pg_class WHERE oid = 'person'::regclass"), '3', 'ANALYZE there');
$new->stop('immediate');
$new->start;
same_rows($new, 'after a crash');

# It writes, with trigger, default and generated column.
is($new->safe_psql('graph', 'INSERT INTO person (birth) VALUES (7) RETURNING name, twice'), 'nobody!|14', 'the restored table is written');
$new->safe_psql('graph', "DELETE FROM person WHERE name = 'nobody!'");
same_rows($new, 'written and deleted');

# The rights work, not only their entries.
is($new->safe_psql('graph', 'SET ROLE reader; SELECT count(*) FROM friends'), '2', 'a view with its owner\'s rights on file and server');
like(error_of($new, 'SET ROLE reader; SELECT name FROM person'), qr/ERROR:  42501:.*graph/, 'no USAGE on the server');
$new->safe_psql('graph', 'GRANT USAGE ON FOREIGN SERVER graph TO reader; GRANT pg_read_server_files TO reader');
is($new->safe_psql('graph', 'SET ROLE reader; SELECT count(name) FROM person'), '3', 'with USAGE, a column that may be read');
like(error_of($new, 'SET ROLE reader; SELECT birth FROM person'), qr/ERROR:  42501:.*person/, 'a column that may not');
$new->safe_psql('graph', 'REVOKE USAGE ON FOREIGN SERVER graph FROM reader');
like(error_of($new, "UPDATE elders SET birth = 1950"), qr/ERROR:  44000:/, 'the check option');
like(error_of($new, "UPDATE person SET birth = -1"), qr/ERROR:  23514:/, 'the table\'s check');

# ---- data, on demand ----

# A dump without it has none; with it, tables of nodes are restored before those of relationships, triggers left out.
for my $table ('person', 'knows')
{
	$new->command_ok([ 'pg_dump', '-Fc', '--data-only', '--include-foreign-data=graph', '-t', $table, '-d', $new->connstr('graph'), '-f', "$files/$table.data" ], "data of $table");
}
my $rows = $new->safe_psql('graph', 'SELECT _id, name, birth, odd, _labels, _properties FROM person ORDER BY _id');
my $pairs = $new->safe_psql('graph', 'SELECT * FROM knows ORDER BY since');
$new->safe_psql('graph', "ALTER SERVER graph OPTIONS (SET store 'file://$folder?ns=copy')");
is($new->safe_psql('graph', 'SELECT count(*) FROM person'), '0', 'another, empty graph');
for my $table ('person', 'knows')
{
	$new->command_ok([ 'pg_restore', '--disable-triggers', '--exit-on-error', '-d', $new->connstr('graph'), "$files/$table.data" ], "$table restored");
}
is($new->safe_psql('graph', 'SELECT _id, name, birth, odd, _labels, _properties FROM person ORDER BY _id'), $rows, 'the nodes');
is($new->safe_psql('graph', 'SELECT * FROM knows ORDER BY since'), $pairs, 'the relationships');
$new->stop;

done_testing();
