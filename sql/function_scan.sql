-- Calls in FROM are planned as a custom scan, which streams, is run again and tells its plan.
CREATE SERVER fscan FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://function-scan');
-- In the first statement of a session, too.
\c -
EXPLAIN (COSTS OFF) SELECT * FROM namidb_cypher('UNWIND [1, 2] AS x RETURN x');

CREATE TABLE item (k int PRIMARY KEY, name text);
INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 10) AS i;
ANALYZE item;
SELECT count(*) FROM namidb_cypher('UNWIND range(1, 1000) AS i CREATE (:N {k: i, name: ''n'' + toString(i), even: i % 2 = 0})');
SELECT count(*) FROM namidb_cypher('MATCH (a:N), (b:N {k: a.k + 1}) CREATE (a)-[:NEXT {at: a.k}]->(b)');
SELECT r FROM namidb_query('MATCH (n:N) RETURN count(n) AS n, sum(n.k) AS sum');
SELECT r FROM namidb_query('MATCH ()-[x:NEXT]->() RETURN count(x) AS n');

-- ---- EXPLAIN ----
-- Later versions count rows in hundredths, and say of each node that it is not disabled.
CREATE FUNCTION plan_lines(sql text, options text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF' || options || ') ' || sql LOOP
        RETURN NEXT regexp_replace(regexp_replace(line, '\n *"?<?Disabled"?>?:? ?false,?(</Disabled>)?', '', 'g'), '(rows=|Rows": )(\d+)\.00', '\1\2', 'g');
    END LOOP;
END $$;
CREATE FUNCTION plan_run(sql text, options text DEFAULT '') RETURNS SETOF text LANGUAGE sql AS
    $$ SELECT plan_lines(sql, ', ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF' || options) $$;
EXPLAIN (COSTS OFF) SELECT r->'k' FROM namidb_cypher('MATCH (a:N)-[x:NEXT]->(b) WHERE a.k > 3 RETURN b.k AS k ORDER BY k') AS t WHERE r->>'k' <> '5' LIMIT 2;
EXPLAIN (COSTS OFF, VERBOSE) SELECT k FROM namidb_cypher_record('MATCH (a:N) RETURN a.k, a.name') AS t(k int, n text);
SELECT * FROM plan_run('SELECT k FROM namidb_cypher_record(''MATCH (a:N) WHERE a.even RETURN a.k'') AS t(k int)');
SELECT * FROM plan_lines('SELECT * FROM namidb_query(''MATCH (a:N) RETURN COLLECT { MATCH (a)-->(b) RETURN b.k } AS k'')', ', FORMAT json');
SELECT * FROM plan_run('SELECT * FROM namidb_query(''MATCH (a:N {k: 7}) RETURN a.name AS name'')', ', FORMAT json');
SELECT * FROM plan_lines('SELECT * FROM namidb_query(''MATCH (a:N) RETURN DISTINCT a.even AS e'')', ', FORMAT yaml');
SELECT * FROM plan_lines('SELECT * FROM namidb_query(''MATCH (a:N) WHERE a.k < 3 RETURN a.name AS n'')', ', FORMAT xml');
-- a query that is not known while planning, or null
EXPLAIN (COSTS OFF) SELECT t.r FROM item, namidb_cypher('RETURN ' || item.k || ' AS k') AS t;
EXPLAIN (COSTS OFF) SELECT * FROM namidb_cypher(NULL);
SELECT * FROM namidb_cypher(NULL);
SELECT k, r FROM item LEFT JOIN LATERAL namidb_cypher(CASE WHEN k % 2 = 0 THEN 'RETURN $k AS k' END, jsonb_build_object('k', k)) ON true WHERE k < 5 ORDER BY k;
-- never executed; executed more than once; several texts
SELECT * FROM plan_run('SELECT r FROM item, namidb_cypher(''MATCH (n:N {k: $k}) RETURN n.name AS name'', jsonb_build_object(''k'', item.k)) WHERE item.name = ''none''');
SELECT * FROM plan_run('SELECT r FROM generate_series(1, 3) AS k, namidb_cypher(''MATCH (n:N {k: $k}) RETURN n.name AS name'', jsonb_build_object(''k'', k))');
SELECT * FROM plan_run('SELECT r FROM generate_series(1, 3) AS k, namidb_cypher(''UNWIND [1, 2] AS x RETURN '' || k || '' AS y'')');
-- the lines are those of namidb_explain
SELECT (SELECT array_agg(substr(l, 5)) FROM (SELECT l FROM plan_lines(format('SELECT * FROM namidb_query(%L)', q)) WITH ORDINALITY AS p(l, n) WHERE n > 3) AS shown) =
       (SELECT array_agg(regexp_replace(l, '  rows=.*', '')) FROM namidb_explain(q) AS l) AS same
FROM (VALUES ('MATCH (a:N)-[:NEXT*1..3]->(b:N) WHERE a.k = 3 RETURN b.k, count(*) AS c ORDER BY c'), ('SHOW INDEXES')) AS s(q);
-- EXPLAIN runs nothing, but refuses what can never run
EXPLAIN (COSTS OFF) SELECT * FROM namidb_cypher('CREATE (x:Explained) RETURN x');
SELECT r FROM namidb_query('MATCH (x:Explained) RETURN count(x) AS n');
EXPLAIN SELECT * FROM namidb_cypher('MATCH (n RETURN n');
EXPLAIN SELECT * FROM namidb_query('CREATE (n)');
-- such an error is none of planning: a branch that is never taken is not asked
SELECT k FROM item WHERE k = 1 OR (k < 0 AND EXISTS (SELECT FROM namidb_cypher('MATCH (n RETURN n') WHERE r IS NULL)) ORDER BY k;
SELECT k FROM item WHERE k = 1 OR (k < 0 AND EXISTS (SELECT FROM namidb_cypher('RETURN 1', NULL, 'no such server') WHERE r IS NULL)) ORDER BY k;

-- ---- estimates ----
CREATE FUNCTION plan_of(sql text, options text DEFAULT '') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE j json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json' || options || ') ' || sql INTO j;
    RETURN j->0->'Plan';
END $$;
CREATE FUNCTION streams(sql text) RETURNS boolean LANGUAGE sql AS
    $$ SELECT jsonb_path_exists(plan_of(sql), '$.**."Custom Plan Provider" ? (@ == "namidb")') $$;
SELECT plan_of('SELECT * FROM namidb_query(''MATCH (n:N) RETURN n'')')->'Plan Rows' AS all_nodes,
       plan_of('SELECT * FROM namidb_query(''MATCH (n:N) RETURN count(n)'')')->'Plan Rows' AS one_row,
       plan_of('SELECT * FROM namidb_query(''MATCH (n:N), (m:N) RETURN n, m'')')->'Plan Rows' AS product;
-- not known: as many as for any function
SELECT plan_of('SELECT t.r FROM item, namidb_query(''RETURN '' || item.k) AS t WHERE item.k = 1')->'Plan Rows' AS unknown;
-- a call that streams costs little before its first row; one that sorts or writes much
SELECT p->>'q' AS q, (p->'plan'->>'Startup Cost')::float < (p->'plan'->>'Total Cost')::float / 10 AS starts_at_once
FROM (SELECT jsonb_build_object('q', q, 'plan', plan_of(format('SELECT * FROM namidb_cypher(%L)', q))) AS p
      FROM unnest(ARRAY['MATCH (n:N), (m:N) RETURN n.k', 'MATCH (n:N), (m:N) RETURN n.k ORDER BY n.k', 'MATCH (n:N) CREATE (m:M) RETURN m']) AS q) AS s;
-- joins follow: few rows of one side make a nested loop over the key of the other
CREATE TABLE wide AS SELECT i AS k, i % 10 AS v FROM generate_series(1, 20000) AS i;
CREATE INDEX ON wide (k);
ANALYZE wide;
EXPLAIN (COSTS OFF) SELECT wide.v FROM namidb_cypher_record('MATCH (n:N {k: 7}) RETURN n.k') AS t(k int) JOIN wide USING (k);
EXPLAIN (COSTS OFF) SELECT count(*) FROM namidb_cypher_record('MATCH (n:N), (m:N) RETURN n.k') AS t(k int) JOIN wide USING (k);

-- ---- LIMIT stops early ----
CREATE FUNCTION rows_read(sql text) RETURNS bigint LANGUAGE sql AS
    $$ SELECT max(v::numeric::bigint) FROM jsonb_path_query(plan_of(sql, ', ANALYZE, TIMING off, SUMMARY off, BUFFERS off'), '$.**."Cypher Plan".**."Actual Rows"') AS v $$;
SELECT rows_read('SELECT * FROM namidb_cypher(''MATCH (n:N), (m:N) RETURN n.k, m.k'') LIMIT 1') < 10000 AS cypher,
       rows_read('SELECT * FROM namidb_cypher_record(''MATCH (n:N), (m:N) RETURN n.k, m.k'') AS t(a int, b int) LIMIT 1') < 10000 AS record,
       rows_read('SELECT * FROM namidb_cypher_as(NULL::item, ''MATCH (n:N), (m:N) RETURN n.k AS k'') LIMIT 1') < 10000 AS by_name,
       rows_read('SELECT * FROM namidb_query(''MATCH (n:N), (m:N) RETURN n.k, m.k'') LIMIT 1') < 10000 AS query,
       rows_read('SELECT EXISTS (SELECT FROM namidb_query(''MATCH (n:N), (m:N) RETURN n.k, m.k''))') < 10000 AS in_exists,
       rows_read('SELECT * FROM namidb_query(''MATCH (n:N), (m:N) RETURN n.k, m.k'')') AS all_of_them;
-- also in a statement whose numbers differ from run to run
SELECT rows_read('SELECT * FROM namidb_cypher(''MATCH (n:N), (m:N) RETURN rand()'') LIMIT 1') < 10000 AS random;
-- an error that comes later is not reached, and is one when it is
SELECT r->'k' AS k FROM namidb_cypher('MATCH (n:N), (m:N) RETURN m.k / (n.k - 900) AS k') LIMIT 1;
SELECT count(*) FROM namidb_cypher('MATCH (n:N), (m:N) RETURN m.k / (n.k - 900) AS k');
BEGIN;
DECLARE c CURSOR FOR SELECT r->'k' AS k FROM namidb_query('MATCH (n:N), (m:N) WHERE m.k < 4 RETURN 2000 / (n.k - 900) * 0 + m.k AS k');
MOVE 2000 FROM c;
SAVEPOINT s;
FETCH ALL FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
ROLLBACK;

-- ---- the same rows as the plain function ----
CREATE DOMAIN item_domain AS item CHECK ((VALUE).k IS NULL OR (VALUE).k < 2000);
CREATE TABLE same (form text, streamed text, ordinality text, rows_from text, select_list text);
INSERT INTO same VALUES ('jsonb',
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT r FROM namidb_cypher('MATCH (n:N) RETURN n.k AS k, n AS n')) AS t),
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT r FROM namidb_cypher('MATCH (n:N) RETURN n.k AS k, n AS n') WITH ORDINALITY AS t(r, o)) AS t),
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT r FROM ROWS FROM (namidb_cypher('MATCH (n:N) RETURN n.k AS k, n AS n'), generate_series(1, 5)) AS t(r, o)) AS t),
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT namidb_cypher('MATCH (n:N) RETURN n.k AS k, n AS n') AS r) AS t));
INSERT INTO same VALUES ('query',
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT r FROM namidb_query('MATCH p = (:N)-[:NEXT]->() RETURN p')) AS t),
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT r FROM namidb_query('MATCH p = (:N)-[:NEXT]->() RETURN p') WITH ORDINALITY AS t(r, o)) AS t),
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT r FROM ROWS FROM (namidb_query('MATCH p = (:N)-[:NEXT]->() RETURN p'), generate_series(1, 5)) AS t(r, o)) AS t),
    (SELECT md5(string_agg(r::text, ',')) FROM (SELECT namidb_query('MATCH p = (:N)-[:NEXT]->() RETURN p') AS r) AS t));
INSERT INTO same VALUES ('record',
    (SELECT md5(string_agg(t::text, ',')) FROM namidb_cypher_record('MATCH (n:N) RETURN n, n.k, n.name, n.no') AS t(id uuid, k int8, n text, no date)),
    (SELECT md5(string_agg((id, k, n, no)::text, ',')) FROM ROWS FROM (namidb_cypher_record('MATCH (n:N) RETURN n, n.k, n.name, n.no') AS (id uuid, k int8, n text, no date)) WITH ORDINALITY AS t(id, k, n, no, o)),
    (SELECT md5(string_agg((id, k, n, no)::text, ',')) FROM ROWS FROM (namidb_cypher_record('MATCH (n:N) RETURN n, n.k, n.name, n.no') AS (id uuid, k int8, n text, no date), generate_series(1, 5)) AS t(id, k, n, no, o)));
INSERT INTO same VALUES ('as',
    (SELECT md5(string_agg(t::text, ',')) FROM namidb_cypher_as(NULL::item, 'MATCH (n:N) RETURN n.name AS name, n.k AS k') AS t),
    (SELECT md5(string_agg((k, name)::text, ',')) FROM namidb_cypher_as(NULL::item, 'MATCH (n:N) RETURN n.name AS name, n.k AS k') WITH ORDINALITY AS t(k, name, o)),
    (SELECT md5(string_agg((k, name)::text, ',')) FROM ROWS FROM (namidb_cypher_as(NULL::item, 'MATCH (n:N) RETURN n.name AS name, n.k AS k'), generate_series(1, 5)) AS t(k, name, o)),
    (SELECT md5(string_agg(t::text, ',')) FROM (SELECT namidb_cypher_as(NULL::item, 'MATCH (n:N) RETURN n.name AS name, n.k AS k') AS t) AS t));
INSERT INTO same VALUES ('domain',
    (SELECT md5(string_agg((k, name)::text, ',')) FROM namidb_cypher_as(NULL::item_domain, 'MATCH (n:N) RETURN n.name AS name, n.k AS k') AS t),
    (SELECT md5(string_agg((k, name)::text, ',')) FROM namidb_cypher_as(NULL::item_domain, 'MATCH (n:N) RETURN n.name AS name, n.k AS k') WITH ORDINALITY AS t(k, name, o)));
SELECT form, streamed IS NOT NULL AS streamed, ordinality = streamed AS ordinality, rows_from = streamed AS rows_from, select_list = streamed AS select_list FROM same;
SELECT sql, streams(sql) FROM unnest(ARRAY[
    'SELECT r FROM namidb_cypher(''MATCH (n:N) RETURN n'')',
    'SELECT t FROM namidb_cypher_as(NULL::item_domain, ''MATCH (n:N) RETURN n.k AS k'') AS t',
    'SELECT r FROM namidb_cypher(''MATCH (n:N) RETURN n'') WITH ORDINALITY AS t(r, o)',
    'SELECT r FROM ROWS FROM (namidb_cypher(''MATCH (n:N) RETURN n''), generate_series(1, 5)) AS t(r, o)',
    'SELECT namidb_cypher(''MATCH (n:N) RETURN n'')']) AS sql;
-- the errors, too
\set VERBOSITY terse
SELECT * FROM namidb_cypher_record('RETURN 1, 2') AS t(a int);
SELECT * FROM namidb_cypher_record('RETURN "x"') AS t(a int);
SELECT * FROM namidb_cypher_as(NULL::int, 'RETURN 1 AS a');
SELECT * FROM namidb_cypher_as(NULL::item_domain, 'RETURN 3000 AS k');
SELECT * FROM namidb_cypher('RETURN $k');
SELECT * FROM namidb_cypher('RETURN 1', NULL, 'none');
SELECT * FROM namidb_query('CREATE (n)');
\set VERBOSITY default
SELECT * FROM namidb_cypher_record('CREATE (:Nobody)') AS t(a int);

-- ---- the row as a whole ----
SELECT t, to_jsonb(t), t.r FROM namidb_cypher('RETURN 1 AS a') AS t;
SELECT t, to_jsonb(t), (t).b FROM namidb_cypher_record('RETURN 1, ''x''') AS t(a int, b text);
SELECT t, to_jsonb(t), pg_typeof(t), (t).name FROM namidb_cypher_as(NULL::item, 'RETURN 1 AS k, ''x'' AS name') AS t;
SELECT t, pg_typeof(t) FROM namidb_cypher_as(NULL::item_domain, 'RETURN 1 AS k, ''x'' AS name') AS t;
SELECT to_jsonb(t) FROM (SELECT * FROM namidb_cypher_record('UNWIND [2, 1] AS a RETURN a') AS t(a int) ORDER BY a OFFSET 0) AS t;
SELECT count(t), count(DISTINCT t) FROM namidb_cypher_record('UNWIND [1, 1, null] AS a RETURN a, null') AS t(a int, b int);
-- columns that were dropped and added
CREATE TABLE changing (a int, gone date, b text);
ALTER TABLE changing DROP COLUMN gone;
CREATE VIEW older AS SELECT t.b, t FROM namidb_cypher_as(NULL::changing, 'UNWIND [1, 2] AS i RETURN i AS a, ''b'' + toString(i) AS b, i * 10 AS later') AS t;
PREPARE changed AS SELECT t.a, t FROM namidb_cypher_as(NULL::changing, 'RETURN 1 AS a, ''b'' AS b, 10 AS later') AS t;
SELECT * FROM older;
EXECUTE changed;
ALTER TABLE changing ADD COLUMN later int;
SELECT * FROM older;
EXECUTE changed;
SELECT * FROM namidb_cypher_as(NULL::changing, 'RETURN 1 AS a, ''b'' AS b, 10 AS later');
DROP VIEW older;
DEALLOCATE changed;
DROP TABLE changing;

DROP FUNCTION plan_run;
DROP FUNCTION plan_lines;
DROP FUNCTION rows_read;
DROP FUNCTION streams;
DROP FUNCTION plan_of;
DROP TABLE same;
DROP DOMAIN item_domain;
DROP TABLE item;
DROP TABLE wide;
DROP SERVER fscan;
