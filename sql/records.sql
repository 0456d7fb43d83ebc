-- Typed columns: by position, and by the names of a row type.
CREATE SERVER records FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://records');
SELECT count(*) FROM namidb_cypher($$
    CREATE (:Person {_id: '00000000-0000-7000-8000-000000000001', name: 'Alice', born: date('1980-01-31'), score: 1.5, tags: ['a', 'b']})
           -[:KNOWS {since: 2001}]->
           (:Person {_id: '00000000-0000-7000-8000-000000000002', name: 'Bob', born: date('1990-12-01'), score: 2}) $$);

SELECT * FROM namidb_cypher_record('MATCH (n:Person) RETURN n.name, n.born, n.score ORDER BY n.name') AS t(name text, born date, score float8);
SELECT name, born + 1 AS next_day FROM namidb_cypher_record('MATCH (n:Person) RETURN n.name, n.born') AS t(name text, born date) WHERE born < '1985-01-01';

-- Nodes to uuid and jsonb; lists to arrays and jsonb; null is NULL.
SELECT * FROM namidb_cypher_record('MATCH (a)-[r]->(b) RETURN a, b, r, a.tags, a.tags AS same, a.nothing') AS t(a uuid, b jsonb, r jsonb, tags text[], same jsonb, no text);
SELECT * FROM namidb_cypher_record('MATCH p = ()-[]->() RETURN p') AS t(p jsonb);
SELECT * FROM namidb_cypher_record('RETURN [1, null, 3], [1.5, 2], vector([0.5, 1]), []') AS t(a int[], b float8[], c real[], d text[]);

-- Every column type.
SELECT * FROM namidb_cypher_record('RETURN true, 1, 2, 3, 1.5, 2.5, 3.25, "t", "v", "n"')
    AS t(b bool, i2 int2, i4 int4, i8 int8, f4 real, f8 float8, n numeric(5, 1), t text, v varchar(3), c name);
SET timezone = 'UTC';
SELECT * FROM namidb_cypher_record($$RETURN date('2020-02-29'), datetime('2020-02-29T12:00:00.123456+02:00'), localdatetime('2020-02-29T12:00'),
    localtime('12:30'), time('12:30+01:00'), duration('P1Y2M3DT4H')$$) AS t(d date, tz timestamptz, ts timestamp, t time, ttz timetz, i interval);
SELECT * FROM namidb_cypher_record('RETURN {a: 1}, [1, {b: 2}], 1, null') AS t(a jsonb, b json, c jsonb, d jsonb);
SET namidb.json_format = typed;
SELECT * FROM namidb_cypher_record('RETURN $b', '{"b": {"$bytes": "00ff"}}') AS t(b bytea);
RESET namidb.json_format;

-- Domains and enums are checked.
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN given AS text NOT NULL;
CREATE TYPE mood AS ENUM ('glad', 'sad');
SELECT * FROM namidb_cypher_record('RETURN 5, "x", "sad"') AS t(p positive, g given, m mood);
SELECT sum(p), count(*) FROM namidb_cypher_record('UNWIND range(1, 3000) AS i RETURN i, toString(i), [i, 1]') AS t(p positive, g given, l positive[]);
\set VERBOSITY terse
SELECT * FROM namidb_cypher_record('RETURN -5') AS t(p positive);
SELECT * FROM namidb_cypher_record('RETURN null') AS t(g given);
SELECT * FROM namidb_cypher_record('RETURN "angry"') AS t(m mood);
SELECT * FROM namidb_cypher_record('RETURN [1, -1]') AS t(p positive[]);

-- What does not fit.
SELECT * FROM namidb_cypher_record('RETURN "text"') AS t(n int);
SELECT * FROM namidb_cypher_record('RETURN 1.5') AS t(n int);
SELECT * FROM namidb_cypher_record('RETURN true') AS t(n float8);
SELECT * FROM namidb_cypher_record('RETURN 32768') AS t(n int2);
SELECT * FROM namidb_cypher_record('RETURN 3000000000') AS t(n int4);
SELECT * FROM namidb_cypher_record('RETURN 1e300') AS t(n real);
SELECT * FROM namidb_cypher_record('RETURN 123456.0') AS t(n numeric(5, 1));
SELECT * FROM namidb_cypher_record('RETURN "x"') AS t(n uuid);
SELECT * FROM namidb_cypher_record('RETURN [1]') AS t(n text);
SELECT * FROM namidb_cypher_record('RETURN 1') AS t(n int[]);
SELECT * FROM namidb_cypher_record('RETURN "2020-01-01"') AS t(n timestamptz);
SELECT * FROM namidb_cypher_record('MATCH ()-[r]->() RETURN r') AS t(r uuid);
SELECT * FROM namidb_cypher_record('MATCH (n) RETURN n LIMIT 1') AS t(n int);
SELECT * FROM namidb_cypher_record('MATCH (n) RETURN n LIMIT 1') AS t(n text);

-- By position: as many columns as the statement returns.
SELECT * FROM namidb_cypher_record('RETURN 1, 2') AS t(a int);
SELECT * FROM namidb_cypher_record('RETURN 1') AS t(a int, b int);
SELECT * FROM namidb_cypher_record('CREATE (:Nobody)') AS t(a int);
SELECT namidb_cypher_record('RETURN 1');
\set VERBOSITY default
SELECT * FROM namidb_cypher('MATCH (n:Nobody) RETURN count(n) AS n');
SELECT * FROM namidb_cypher_record('RETURN 1, 2') AS t(a int);

-- By name: the order does not matter, a column without item is NULL, an item without column is left out.
CREATE TABLE person (id uuid, name text, born date, email text);
SELECT * FROM namidb_cypher_as(NULL::person, 'MATCH (n:Person) RETURN n.born AS born, n.name AS name, n AS id, n.score AS score ORDER BY name');
ALTER TABLE person DROP COLUMN email;
ALTER TABLE person ADD COLUMN score numeric;
SELECT * FROM namidb_cypher_as(NULL::person, 'MATCH (n:Person) RETURN n.name AS name, n.score AS score ORDER BY name');
INSERT INTO person SELECT * FROM namidb_cypher_as(NULL::person, 'MATCH (n:Person) RETURN n AS id, n.name AS name, n.born AS born');
SELECT * FROM person ORDER BY name;
CREATE TYPE pair AS (a int, "B" text);
SELECT * FROM namidb_cypher_as(NULL::pair, 'UNWIND [1, 2] AS a RETURN a, toString(a) AS B, 1 AS b');
SELECT (namidb_cypher_as(NULL::pair, 'RETURN 1 AS a')).a;
CREATE DOMAIN ordered_pair AS pair CHECK ((VALUE).a > 0);
SELECT * FROM namidb_cypher_as(NULL::ordered_pair, 'RETURN 1 AS a');
SELECT * FROM namidb_cypher_as(NULL::ordered_pair, 'RETURN -1 AS a');
SELECT sum(a) FROM namidb_cypher_as(NULL::ordered_pair, 'UNWIND range(1, 3000) AS a RETURN a');
\set VERBOSITY sqlstate
SELECT * FROM namidb_cypher_as(NULL::int, 'RETURN 1 AS a');
SELECT * FROM namidb_cypher_as(NULL::pair, 'RETURN "x" AS a');
\set VERBOSITY default

-- Lists of lists; maps to composite types by the names of their attributes.
CREATE TYPE place AS (city text, zip int);
CREATE TYPE trip AS (start place, stops place[], days int[]);
SELECT * FROM namidb_cypher_record('RETURN [[1, 2], [3, 4]] AS a, [] AS b, [[[''x'']]] AS c') AS t(a int[], b int[], c text[]);
SELECT * FROM namidb_cypher_record('UNWIND [1, 2] AS i RETURN {start: {city: ''Rome'', other: 1}, stops: [{zip: i}, null], days: [i, 5]}') AS t(x trip);
\set VERBOSITY sqlstate
SELECT * FROM namidb_cypher_record('RETURN [[1, 2], [3]]') AS t(a int[]);
SELECT * FROM namidb_cypher_record('RETURN [[1, 2], 3]') AS t(a int[]);
SELECT * FROM namidb_cypher_record('RETURN [1, [2]]') AS t(a int[]);
SELECT * FROM namidb_cypher_record('RETURN {city: 1, zip: ''x''}') AS t(a place);
SELECT * FROM namidb_cypher_record('RETURN duration(''P1D'')') AS t(a time);
SELECT * FROM namidb_cypher_record('RETURN localtime(''10:00'')') AS t(a interval);
\set VERBOSITY default

-- A bad text names the column.
SELECT * FROM namidb_cypher_record('RETURN ''x'' AS bad') AS t(good uuid);
SELECT namidb_cypher('RETURN {inner: ''a\0b''} AS x');

DROP TABLE person;
DROP TYPE pair CASCADE;
DROP TYPE mood;
DROP DOMAIN positive;
DROP TYPE trip;
DROP TYPE place;
DROP DOMAIN given;
DROP SERVER records;
