-- CALL: built-in procedures, and SQL functions as procedures and functions
SET TimeZone = 'UTC';
CREATE SERVER procs FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://procs');
SET namidb.default_server = 'procs';

SELECT * FROM namidb_cypher('CALL db.schema.visualization()');
SELECT * FROM namidb_cypher('CREATE (a:W:X {i: 1, k: 2})-[:E {w: 1}]->(b:W {i: 2}), (z:V {j: 5})-[:F]->(a), (:Gone {g: 1})-[:GONE]->(a)');
SELECT * FROM namidb_cypher('MATCH (n:Gone) DETACH DELETE n');

-- names with live data only, sorted
SELECT * FROM namidb_cypher('CALL db.labels()');
SELECT * FROM namidb_cypher('CALL db.relationshipTypes');
SELECT * FROM namidb_cypher('CALL db.propertyKeys() YIELD *');
SELECT jsonb_pretty(r) FROM namidb_cypher('CALL db.schema.visualization() YIELD relationships AS rels');
SELECT * FROM namidb_cypher('CALL db.schema.visualization() YIELD nodes UNWIND nodes AS n RETURN n.id AS id, n.labels AS labels, n.properties AS p');
SELECT * FROM namidb_describe('CALL db.labels() YIELD label AS l WHERE l <> ''W''');
SELECT * FROM namidb_explain('UNWIND [1, 2] AS x CALL db.labels() YIELD label AS l WHERE l <> ''W'' RETURN x, l');

-- anywhere in a query, after writes too
SELECT * FROM namidb_cypher_record('UNWIND [1, 2] AS x CALL db.labels() YIELD label WHERE label < ''X'' RETURN x, label') AS t(x int, label text);
SELECT * FROM namidb_cypher('CREATE (:New) WITH 1 AS x CALL db.labels() YIELD label RETURN collect(label) AS l');
SELECT * FROM namidb_cypher('MATCH (n:New) DELETE n');
SELECT * FROM namidb_cypher('MATCH (n:V) CALL { CALL db.labels() YIELD label RETURN count(label) AS c } RETURN c');

-- errors at compile time
SELECT * FROM namidb_describe('CALL nope()');
SELECT * FROM namidb_describe('CALL db.nope()');
SELECT * FROM namidb_describe('CALL db.LABELS()');
SELECT * FROM namidb_describe('CALL db.labels(1)');
SELECT * FROM namidb_describe('CALL db.labels() YIELD nope RETURN 1 AS x');
SELECT * FROM namidb_describe('WITH 1 AS label CALL db.labels() YIELD label RETURN label');
SELECT * FROM namidb_describe('CALL db.labels() YIELD label, label RETURN label');
SELECT * FROM namidb_describe('CALL db.labels() RETURN label');
SELECT * FROM namidb_describe('UNWIND [1] AS x CALL db.labels() YIELD label');
SELECT * FROM namidb_describe('CALL db.labels() YIELD * RETURN 1 AS x');

-- graph algorithms and searches, over rows of the snapshot
SELECT r FROM namidb_cypher('CALL algo.degree() YIELD node_id, degree RETURN node_id.i AS i, node_id.j AS j, degree ORDER BY degree DESC, i, j') r;
SELECT * FROM namidb_cypher_record('CALL wcc({labels: [''W'', ''V''], edge_types: [''E'']}) YIELD node_id AS n, component RETURN n.i, component') AS t(i int, component int);
SELECT * FROM namidb_cypher('CALL search.bm25({label: ''V'', text_property: ''t'', query: ''word''})');
SELECT * FROM namidb_describe('CALL search.vector({}) YIELD node AS n, score');
SELECT * FROM namidb_cypher('CALL search.vector({label: ''V'', property: ''e'', query: [1], radius: 2})');
SELECT * FROM namidb_cypher('CALL algo.degree({labels: [''Nobody'']})');
SET namidb.statement_memory_limit = '64MB';
SELECT * FROM namidb_cypher('CALL algo.fastRP({dimension: 100000000})');
RESET namidb.statement_memory_limit;

-- SQL functions as procedures
CREATE SCHEMA "my.proc";
CREATE SCHEMA plain;
CREATE FUNCTION "my.proc".pairs(n int, INOUT factor float8 DEFAULT 2, OUT i int, OUT name text) RETURNS SETOF record
	LANGUAGE sql AS $$ SELECT factor, g, 'n' || g FROM generate_series(1, n) g $$;
CREATE FUNCTION "my.proc".nothing() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION plain."upperCase"(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(t) $$;
CREATE FUNCTION plain.add(a int, b int DEFAULT 10) RETURNS int LANGUAGE sql STABLE STRICT AS $$ SELECT a + b $$;
CREATE FUNCTION plain.over(x bigint) RETURNS text LANGUAGE sql AS $$ SELECT 'bigint' $$;
CREATE FUNCTION plain.over(x text) RETURNS text LANGUAGE sql AS $$ SELECT 'text' $$;
CREATE FUNCTION plain.ids(VARIADIC x int[]) RETURNS SETOF int LANGUAGE sql AS $$ SELECT unnest(x) $$;
CREATE FUNCTION plain.props(n jsonb) RETURNS text LANGUAGE sql AS $$ SELECT n -> 'properties' ->> 'i' $$;
CREATE TYPE plain.point AS (x int, y float8);
CREATE FUNCTION plain.types(OUT b bool, OUT s smallint, OUT i bigint, OUT f real, OUT n numeric, OUT t varchar, OUT d date,
	OUT ts timestamptz, OUT lts timestamp, OUT tm time, OUT ttz timetz, OUT iv interval, OUT j jsonb, OUT js json, OUT a int[],
	OUT aa text[], OUT u uuid, OUT by bytea, OUT p plain.point, OUT nul text)
	LANGUAGE sql AS $$ SELECT true, 1::smallint, 2::bigint, 1.5::real, 2.25, 'v'::varchar, date '2020-02-29',
	timestamptz '2020-01-02 03:04:05.678+02', timestamp '1969-12-31 23:59:59.5', time '01:02:03', timetz '01:02:03+01',
	interval '1 year 2 days -1.5 seconds', '{"a": [1, 1.5, null, "x"]}'::jsonb, '7'::json, ARRAY[1, NULL, 3], ARRAY[['a'], ['b']],
	'00000000-0000-0000-0000-000000000001'::uuid, '\x01ff'::bytea, ROW(1, 2)::plain.point, NULL::text $$;

SELECT * FROM namidb_cypher_record('CALL my.proc.pairs(2) YIELD i, name, factor AS f RETURN i, name, f') AS t(i int, name text, f float8);
SELECT * FROM namidb_describe('CALL my.proc.pairs');
SELECT * FROM namidb_cypher('CALL my.proc.pairs', '{"n": 1}');
SELECT * FROM namidb_cypher('CALL my.proc.pairs');
SELECT * FROM namidb_cypher('UNWIND range(1, 3) AS x CALL my.proc.pairs(x, 1.5) YIELD i WHERE i > 1 RETURN x, i');
SELECT * FROM namidb_cypher('UNWIND range(1, 3) AS x CALL my.proc.nothing() RETURN x');
SELECT * FROM namidb_cypher('CALL my.proc.nothing()');
SELECT * FROM namidb_cypher('UNWIND [1, 2] AS x CALL my.proc.nothing()');
SELECT * FROM namidb_cypher('CALL plain.ids([3, 4]) YIELD ids RETURN ids');
SELECT count(*) AS n, sum((r ->> 'i')::int) AS s FROM namidb_cypher('UNWIND range(1, 3) AS x CALL my.proc.pairs(1500) YIELD i RETURN x, i');
SELECT e.* FROM namidb_cypher('CALL plain.types()'), jsonb_each(r) e ORDER BY key;
SET namidb.json_format = typed;
SELECT e.* FROM namidb_cypher('CALL plain.types()'), jsonb_each(r) e WHERE jsonb_typeof(value) = 'object' ORDER BY key;
RESET namidb.json_format;

-- and as functions
SELECT * FROM namidb_cypher('MATCH (n:W) RETURN plain.upperCase(''x'' + n.i) AS u, plain.add(n.i, 1) AS a, plain.add(n.i) AS d, plain.add(null, 1) AS z ORDER BY a');
SELECT * FROM namidb_cypher('RETURN plain.over(1) AS a, plain.over(''x'') AS b');
SELECT * FROM namidb_cypher('MATCH (n:W) WHERE plain.props(n) = ''2'' RETURN n.i AS i');
SELECT * FROM namidb_cypher('UNWIND [1, 2, 3] AS x RETURN sum(plain.add(x, 0)) AS s');
CREATE SEQUENCE plain.counter;
SELECT * FROM namidb_cypher('UNWIND [1, 2, 3] AS x RETURN pg_catalog.nextval(''plain.counter'') AS v');
SELECT * FROM namidb_cypher('CALL plain.add(1, 2)');

-- what cannot be called
SELECT * FROM namidb_describe('CALL my.proc.nope()');
SELECT * FROM namidb_describe('CALL nowhere.f()');
SELECT * FROM namidb_describe('RETURN my.proc.nope(1) AS x');
SELECT * FROM namidb_describe('RETURN plain.uppercase(''x'') AS x');
SELECT * FROM namidb_describe('CALL my.proc.pairs(1, 2, 3)');
SELECT * FROM namidb_describe('CALL my.proc.pairs(true)');
SELECT * FROM namidb_describe('MATCH (n) CALL my.proc.pairs YIELD i RETURN i');
SELECT * FROM namidb_describe('MATCH (n) CALL my.proc.pairs(count(n)) YIELD i RETURN i');
SELECT * FROM namidb_describe('RETURN plain.ids([1]) AS x');
SELECT * FROM namidb_describe('RETURN plain.add(1, 2, 3) AS x');
SELECT * FROM namidb_describe('RETURN plain.over($x) AS x');
SELECT * FROM namidb_describe('CALL pg_catalog.array_append([1], 2)');
SELECT * FROM namidb_cypher('RETURN plain.add($x) AS x', '{"x": "no"}');
SELECT * FROM namidb_cypher('RETURN plain.add($x) AS x', '{"x": 3000000000}');
SELECT * FROM namidb_cypher('RETURN plain.types().i AS x');
SELECT * FROM namidb_query('CALL algo.wcc() YIELD component RETURN component');

-- a replaced or dropped function is seen at once
CREATE OR REPLACE FUNCTION plain.add(a int, b int DEFAULT 10) RETURNS int LANGUAGE sql AS $$ SELECT a * b $$;
SELECT * FROM namidb_cypher('CALL plain.add(1, 2)');
DROP FUNCTION plain.add;
SELECT * FROM namidb_cypher('CALL plain.add(1, 2)');

-- the caller's rights
CREATE ROLE regress_procs;
GRANT USAGE ON FOREIGN SERVER procs TO regress_procs;
REVOKE EXECUTE ON FUNCTION plain."upperCase" FROM PUBLIC;
SET ROLE regress_procs;
SELECT * FROM namidb_cypher('RETURN plain.upperCase(''x'') AS x');
RESET ROLE;
GRANT USAGE ON SCHEMA plain TO regress_procs;
SET ROLE regress_procs;
SELECT * FROM namidb_cypher('RETURN plain.upperCase(''x'') AS x');
RESET ROLE;
GRANT EXECUTE ON FUNCTION plain."upperCase" TO regress_procs;
SET ROLE regress_procs;
SELECT * FROM namidb_cypher('RETURN plain.upperCase(''x'') AS x');
RESET ROLE;

-- functions that use the graph themselves; an error inside leaves the session as it was
CREATE FUNCTION plain.nodes(l text, OUT c bigint) LANGUAGE plpgsql AS $$
BEGIN
	SELECT count(*) INTO c FROM namidb_cypher('MATCH (n) WHERE $l IN labels(n) RETURN n', jsonb_build_object('l', l));
END $$;
CREATE FUNCTION plain.make(i int) RETURNS void LANGUAGE sql AS $$ SELECT namidb_cypher('CREATE (:Made {i: $i})', jsonb_build_object('i', i)) $$;
SELECT * FROM namidb_cypher('UNWIND [''W'', ''V''] AS l CALL plain.nodes(l) YIELD c RETURN l, c');
SELECT * FROM namidb_cypher('UNWIND [1, 2] AS i CALL plain.make(i)');
SELECT * FROM namidb_cypher('MATCH (m:Made) RETURN m.i AS i ORDER BY i');
\set SHOW_CONTEXT never
SELECT * FROM namidb_cypher('CREATE (:Made {i: 3}) WITH 1 AS x CALL plain.make(4)');
\set SHOW_CONTEXT errors
SELECT * FROM namidb_cypher('CREATE (:Made {i: 3})');
SELECT * FROM namidb_cypher('CALL plain.nodes(''Made'')');

SET client_min_messages = warning;
DROP SCHEMA plain CASCADE;
DROP SCHEMA "my.proc" CASCADE;
REVOKE USAGE ON FOREIGN SERVER procs FROM regress_procs;
DROP ROLE regress_procs;
DROP SERVER procs CASCADE;
