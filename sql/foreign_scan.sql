-- Reading foreign tables inside PostgreSQL: types, look-ups, prepared statements, cursors, savepoints, views, roles, partitions.
CREATE SERVER scan FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://scan');
SET namidb.default_server = scan;
SELECT namidb_cypher($$
    UNWIND range(1, 1000) AS i
    CREATE (:Person {no: i, name: 'p' + toString(i), team: i % 4})
$$);
SELECT namidb_cypher('CREATE CONSTRAINT FOR (n:Person) REQUIRE n.no IS UNIQUE');
SELECT namidb_cypher($$
    MATCH (a:Person) UNWIND CASE a.no WHEN 1 THEN [2] ELSE [a.no + 1, a.no * 2] END AS no
    MATCH (b:Person {no: no}) CREATE (a)-[:NEXT {step: b.no - a.no}]->(b)
$$);
CREATE FOREIGN TABLE person (_id uuid NOT NULL, no bigint, name text, team int) SERVER scan OPTIONS (label 'Person');
CREATE FOREIGN TABLE next (_src uuid NOT NULL, _dst uuid NOT NULL, step bigint) SERVER scan OPTIONS (type 'NEXT');
\pset format unaligned
\pset tuples_only on

-- Labels, types, counts.
SELECT count(*), sum(no), min(name), max(team) FROM person;
SELECT count(*), sum(step) FROM next;
SELECT no, name, team FROM person WHERE no < 4 ORDER BY no;
SELECT a.no, b.no, step FROM person a JOIN next ON _src = a._id JOIN person b ON b._id = _dst WHERE a.no < 4 ORDER BY 1, 2;
SELECT count(*) FROM person WHERE tableoid = 'person'::regclass;
SELECT p.no FROM person p WHERE p = (SELECT q FROM person q WHERE no = 7);

-- Columns of every kind: domains, arrays, enumerations, composite and json columns, dropped columns, conversions.
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TYPE pair AS (x int, y text);
SELECT namidb_cypher($$
    CREATE (:Thing {k: 1, small: 3, colour: 'red', list: [1, 2, 3], words: ['a', null], pair: {x: 1, y: 'one'}, any: {deep: [1.5, null]},
                    day: date('2024-02-29'), at: datetime('2024-02-29T12:00:00Z'), id: '00000000-0000-0000-0000-000000000001', f: 1.5}),
           (:Thing:Extra {k: 2, list: [], f: 7, more: true}),
           (:Thing {k: 3})
$$);
CREATE FOREIGN TABLE thing (_id uuid, gone int, small small, k int NOT NULL, colour colour, list int[], words text[], pair pair, "any" json, day date, at timestamptz,
    id uuid, f real, fn numeric(6,2) OPTIONS (property 'f'), _labels text[], _properties jsonb) SERVER scan OPTIONS (label 'Thing');
ALTER FOREIGN TABLE thing DROP COLUMN gone;
ALTER FOREIGN TABLE thing ADD COLUMN more boolean;
SET TimeZone = 'UTC';
SELECT k, small, colour, list, words, pair, "any", day, at, id, f, fn, more, _labels, _properties FROM thing ORDER BY k;
SELECT (t).k, (t).more FROM thing t ORDER BY 1;
SELECT t.k FROM thing t JOIN person p ON p.no = t.k ORDER BY 1;

-- A value that does not fit names row and property; on_type_mismatch says what else may be done.
SELECT namidb_cypher('CREATE (:Odd {k: 1, n: 5}), (:Odd {k: 2, n: ''five''}), (:Odd {k: 3, n: 3000000000})');
CREATE FOREIGN TABLE odd (_id uuid, k int, n int) SERVER scan OPTIONS (label 'Odd');
\set VERBOSITY sqlstate
SELECT n FROM odd WHERE k = 2;
SELECT n FROM odd WHERE k = 3;
\set VERBOSITY default
SELECT k, n FROM odd WHERE k = 1;
SELECT sum(k) FROM odd;
DO $$
DECLARE at text; state text;
BEGIN
    PERFORM n FROM odd WHERE k = 2;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS at = PG_EXCEPTION_CONTEXT, state = RETURNED_SQLSTATE;
    RAISE NOTICE '% %', state, regexp_replace(split_part(at, E'\n', 1), '[0-9a-f]{8}-[0-9a-f-]{27}', 'UUID');
END $$;
ALTER FOREIGN TABLE odd OPTIONS (ADD on_type_mismatch 'null');
SELECT k, n FROM odd ORDER BY k;
SELECT k FROM odd WHERE n IS NULL ORDER BY k;
SELECT count(*) FROM odd WHERE n = 5;
CREATE FOREIGN TABLE odd_small (k small) SERVER scan OPTIONS (label 'Person');
ALTER FOREIGN TABLE odd_small ALTER k OPTIONS (ADD property 'no');
\set VERBOSITY sqlstate
SELECT count(k) FROM odd_small;
\set VERBOSITY default

-- Query tables: columns by name, LIMIT stops early, parameters are not there, writing is refused.
CREATE FOREIGN TABLE pairs (b bigint, "from" bigint OPTIONS (property 'a'), nothing text) SERVER scan OPTIONS (cypher 'MATCH (x:Person)-[:NEXT]->(y) RETURN x.no AS a, y.no AS b, null AS nothing');
SELECT "from", b, nothing FROM pairs WHERE "from" < 3 ORDER BY 1, 2;
CREATE FOREIGN TABLE endless (i bigint) SERVER scan OPTIONS (cypher 'UNWIND range(1, 1000000000) AS i RETURN i');
SELECT i FROM endless LIMIT 3;
SELECT i FROM endless OFFSET 5 LIMIT 1;
SELECT EXISTS (SELECT FROM endless);
CREATE FOREIGN TABLE wrong_column (nosuch bigint) SERVER scan OPTIONS (cypher 'RETURN 1 AS a');
CREATE FOREIGN TABLE writes (a bigint) SERVER scan OPTIONS (cypher 'CREATE (n:Bad) RETURN 1 AS a');
CREATE FOREIGN TABLE nonsense (a bigint) SERVER scan OPTIONS (cypher 'RETURN');
\set VERBOSITY sqlstate
SELECT * FROM wrong_column;
SELECT * FROM writes;
SELECT * FROM nonsense;
\set VERBOSITY default

-- Look-ups with keys from local tables give what the other joins give.
CREATE TABLE keys AS SELECT _id AS id, no FROM person WHERE no IN (1, 2, 3, 8, 1000);
INSERT INTO keys VALUES (NULL, NULL), ('00000000-0000-0000-0000-000000000000', -1);
ANALYZE keys;
CREATE FUNCTION both_ways(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text; a text; b text; c text;
BEGIN
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_memoize = off;
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        IF line ~ '(Cypher|Filter):' THEN RETURN NEXT ltrim(line); END IF;
    END LOOP;
    EXECUTE format('SELECT string_agg(q::text, '' '' ORDER BY q::text) FROM (%s) q', query) INTO a;
    RESET enable_hashjoin; RESET enable_mergejoin; SET LOCAL enable_nestloop = off;
    EXECUTE format('SELECT string_agg(q::text, '' '' ORDER BY q::text) FROM (%s) q', query) INTO b;
    SET LOCAL namidb.enable_pushdown = off;
    EXECUTE format('SELECT string_agg(q::text, '' '' ORDER BY q::text) FROM (%s) q', query) INTO c;
    RESET enable_nestloop; RESET namidb.enable_pushdown;
    RETURN NEXT CASE WHEN a = b AND b = c THEN a ELSE format('DIFFERENT: %s, %s, %s', a, b, c) END;
END $$;
SELECT both_ways('SELECT k.no, p.name FROM keys k JOIN person p ON p._id = k.id');
SELECT both_ways('SELECT k.no, p.name FROM keys k LEFT JOIN person p ON p._id = k.id AND p.team = 0');
SELECT both_ways('SELECT k.no, p.name FROM keys k JOIN person p ON p.no = k.no WHERE p.team > 0');
SELECT both_ways('SELECT k.no, n.step FROM keys k JOIN next n ON n._src = k.id');
SELECT both_ways('SELECT k.no, n.step FROM keys k JOIN next n ON k.id = n._dst WHERE n.step > 1');
SELECT both_ways('SELECT a.no, b.no, n.step FROM keys a, keys b, next n WHERE n._src = a.id AND n._dst = b.id');
SELECT both_ways('SELECT k.no FROM keys k WHERE EXISTS (SELECT FROM next n WHERE n._dst = k.id)');
SELECT both_ways('SELECT k.no FROM keys k WHERE NOT EXISTS (SELECT FROM next n WHERE n._dst = k.id)');
SELECT both_ways('SELECT k.no, l.name FROM keys k, LATERAL (SELECT name FROM person p WHERE p.no = k.no + 1) l');
SELECT both_ways('SELECT k.no, (SELECT count(*) FROM next n WHERE n._src = k.id) FROM keys k');

-- Prepared statements follow what changes; parameters of generic plans.
SET plan_cache_mode = force_generic_plan;
PREPARE by_no(bigint) AS SELECT name FROM person WHERE no = $1;
EXECUTE by_no(3);
EXECUTE by_no(NULL);
EXECUTE by_no(4);
ALTER FOREIGN TABLE person ALTER name OPTIONS (ADD property 'team');
EXECUTE by_no(3);
ALTER FOREIGN TABLE person ALTER name OPTIONS (DROP property);
EXECUTE by_no(3);
ALTER FOREIGN TABLE person OPTIONS (SET label 'Nobody');
EXECUTE by_no(3);
ALTER FOREIGN TABLE person OPTIONS (SET label 'Person');
PREPARE how_many AS SELECT count(*) FROM person;
EXECUTE how_many;
ALTER SERVER scan OPTIONS (SET store 'memory://scan-other');
EXECUTE how_many;
ALTER SERVER scan OPTIONS (SET store 'memory://scan');
EXECUTE how_many;
RESET plan_cache_mode;

-- A statement sees what earlier ones of its transaction wrote, a cursor what was there when it was opened.
BEGIN;
DECLARE old CURSOR FOR SELECT no FROM person WHERE no > 999 ORDER BY no;
SELECT namidb_cypher('CREATE (:Person {no: 1001, name: ''new''})');
SELECT count(*) FROM person;
SAVEPOINT s;
SELECT namidb_cypher('CREATE (:Person {no: 1002})');
DECLARE inner_one CURSOR FOR SELECT no FROM person WHERE no > 999 ORDER BY no;
FETCH 1 FROM inner_one;
DECLARE held CURSOR WITH HOLD FOR SELECT no FROM person WHERE no > 998 ORDER BY no;
ROLLBACK TO s;
FETCH ALL FROM old;
FETCH ALL FROM inner_one; -- went with its savepoint
ROLLBACK TO s;
SELECT count(*) FROM person;
DECLARE scrolling SCROLL CURSOR FOR SELECT no FROM person WHERE no > 997 ORDER BY no;
FETCH ALL FROM scrolling;
FETCH BACKWARD 2 FROM scrolling;
DECLARE kept CURSOR WITH HOLD FOR SELECT no FROM person WHERE no > 998 ORDER BY no;
FETCH 1 FROM kept;
COMMIT;
FETCH ALL FROM kept;
CLOSE kept;
SELECT namidb_cypher('MATCH (n:Person {no: 1001}) DELETE n');

-- All scans of one statement are of one state.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT (SELECT count(*) FROM person) = (SELECT count(*) FROM namidb_query('MATCH (n:Person) RETURN n')) AND (SELECT count(*) FROM person a JOIN person b USING (_id)) = 1000;
COMMIT;

-- Views read with their owner's rights; tables need SELECT, of the columns at least.
CREATE ROLE scan_reader;
CREATE ROLE scan_nobody;
CREATE VIEW teams AS SELECT team, count(*) AS n FROM person GROUP BY team;
CREATE VIEW old_ones WITH (security_barrier) AS SELECT no, name FROM person WHERE no > 997;
GRANT SELECT ON teams, old_ones TO scan_reader;
GRANT SELECT (no) ON person TO scan_reader;
GRANT USAGE ON FOREIGN SERVER scan TO scan_reader;
\set VERBOSITY terse
SET ROLE scan_reader;
SELECT * FROM teams ORDER BY team;
SELECT * FROM old_ones WHERE name LIKE 'p%' ORDER BY no;
SELECT max(no) FROM person;
SELECT name FROM person;
SELECT * FROM next;
SET ROLE scan_nobody;
SELECT * FROM teams;
RESET ROLE;
GRANT SELECT ON person, teams TO scan_nobody;
SET ROLE scan_nobody;
SELECT count(*) FROM person;
SELECT * FROM teams ORDER BY team;
RESET ROLE;
DROP VIEW teams, old_ones;
DROP OWNED BY scan_reader, scan_nobody;
DROP ROLE scan_reader, scan_nobody;

-- Row-level security is refused by the server, as for every foreign table.
ALTER FOREIGN TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON person USING (no < 3);
\set VERBOSITY default

-- Foreign tables as partitions, and under an inheritance parent.
CREATE TABLE events (_id uuid, kind text, no bigint, name text) PARTITION BY LIST (kind);
CREATE TABLE events_local PARTITION OF events FOR VALUES IN ('local');
CREATE FOREIGN TABLE events_graph PARTITION OF events FOR VALUES IN ('graph') SERVER scan OPTIONS (label 'Event');
INSERT INTO events (kind, no, name) VALUES ('local', 1, 'one'), ('graph', 2, 'two'), ('graph', 3, 'three');
SELECT kind, no, name FROM events ORDER BY no;
SELECT tableoid::regclass, no FROM events WHERE kind = 'graph' ORDER BY no;
EXPLAIN (COSTS OFF) SELECT * FROM events WHERE kind = 'graph' AND no = 2;
SELECT count(*) FROM events e JOIN person p ON p.no = e.no;
UPDATE events SET name = upper(name) WHERE no >= 2;
UPDATE events SET kind = 'graph', name = 'moved' WHERE kind = 'local';
\set VERBOSITY terse
UPDATE events SET kind = 'local' WHERE no = 2;
\set VERBOSITY default
SELECT kind, no, name FROM events ORDER BY no;
DELETE FROM events WHERE no = 3;
SELECT kind, no, name FROM events ORDER BY no;
DROP TABLE events;

-- ANALYZE, and what the planner thinks with and without.
ANALYZE person;
ANALYZE next (_src);
ANALYZE pairs;
SELECT relname, reltuples FROM pg_class WHERE relname IN ('person', 'next', 'pairs') ORDER BY relname COLLATE "C";
SELECT tablename, attname, null_frac, n_distinct FROM pg_stats WHERE tablename IN ('person', 'next', 'pairs') ORDER BY 1, 2;
\set VERBOSITY terse
ANALYZE odd;
\set VERBOSITY default

-- What cannot be planned or read.
SELECT no FROM person WHERE no < 3 FOR UPDATE;
SELECT no FROM person TABLESAMPLE bernoulli (50);
MERGE INTO person p USING keys k ON k.no = p.no WHEN MATCHED THEN DELETE;
DROP SERVER scan CASCADE;
DROP TABLE keys;
DROP FUNCTION both_ways;
DROP TYPE colour, pair;
DROP DOMAIN small;
