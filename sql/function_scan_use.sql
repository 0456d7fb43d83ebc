-- Calls in FROM in every place where SQL may run a scan: rescans, joins, cursors, prepared statements, PL/pgSQL.
CREATE SERVER fuse FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://function-scan-use');
CREATE TABLE item (k int PRIMARY KEY, name text);
INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 10) AS i;
ANALYZE item;
SELECT count(*) FROM namidb_cypher('UNWIND range(1, 3000) AS i CREATE (:N {k: i, name: ''n'' + toString(i)})');
SELECT count(*) FROM namidb_cypher('MATCH (a:N) WHERE a.k <= 20 MATCH (b:N {k: a.k + 1}) CREATE (a)-[:NEXT]->(b)');

-- ---- LATERAL and other rescans ----
SELECT k, t.a FROM item, namidb_cypher_record('MATCH (n:N {k: $k}) RETURN n.k * 10', jsonb_build_object('k', item.k)) AS t(a int) WHERE k <= 3 ORDER BY k;
SELECT count(*), sum(t.a) FROM generate_series(1, 3000) AS k, namidb_cypher_record('MATCH (n:N {k: $k}) RETURN n.k', jsonb_build_object('k', k)) AS t(a int);
SELECT k, t.a FROM item LEFT JOIN LATERAL namidb_cypher_record('MATCH (n:N {k: $k}) WHERE n.k > 2 RETURN n.k', jsonb_build_object('k', item.k)) AS t(a int) ON true WHERE k <= 3 ORDER BY k;
SELECT k, (SELECT count(*) FROM namidb_query('MATCH (n:N) WHERE n.k <= $k RETURN n.k', jsonb_build_object('k', item.k))) AS n FROM item WHERE k <= 3 ORDER BY k;
SELECT k, t.name FROM item, namidb_cypher_as(NULL::item, 'MATCH (n:N {k: $k})-->(m) RETURN m.name AS name, m.k AS k', jsonb_build_object('k', item.k)) AS t(m, name) WHERE k IN (1, 5) ORDER BY k;
-- one call feeds the next
SELECT a.k, b.k AS next FROM namidb_cypher_record('MATCH (n:N) WHERE n.k < 4 RETURN n.k') AS a(k int),
    namidb_cypher_record('MATCH (n:N {k: $k})-->(m) RETURN m.k', jsonb_build_object('k', a.k)) AS b(k int) ORDER BY 1;
-- a recursion
WITH RECURSIVE walk(k, depth) AS (
    SELECT 1, 0 UNION ALL
    SELECT t.k, walk.depth + 1 FROM walk, namidb_cypher_record('MATCH (n:N {k: $k})-->(m) RETURN m.k', jsonb_build_object('k', walk.k)) AS t(k int) WHERE walk.depth < 4)
SELECT * FROM walk;
-- The same arguments again are the same rows, also where the planner puts nothing in between, and where the numbers are random.
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_memoize = off;
EXPLAIN (COSTS OFF) SELECT item.k FROM item LEFT JOIN namidb_cypher_record('MATCH (n:N) WHERE n.k < 6 RETURN n.k') AS t(k int) ON t.k > item.k;
SELECT item.k, count(t.k) AS n, sum(t.k) AS sum FROM item LEFT JOIN namidb_cypher_record('MATCH (n:N) WHERE n.k < 6 RETURN n.k') AS t(k int) ON t.k > item.k GROUP BY 1 ORDER BY 1 LIMIT 6;
SELECT count(*) AS calls, count(DISTINCT x) AS numbers FROM item LEFT JOIN namidb_cypher_record('RETURN rand()') AS t(x float8) ON x >= 0 OR item.k < 0;
SELECT count(DISTINCT l) AS lists, count(*) FROM (SELECT item.k, (SELECT array_agg(t.x) FROM namidb_cypher_record('UNWIND [1, 2] AS i RETURN rand()') AS t(x float8) WHERE t.x >= item.k * 0) AS l FROM item) AS s;
SELECT item.k, t.k AS first FROM item, LATERAL (SELECT k FROM namidb_cypher_record('MATCH (n:N) RETURN n.k') AS t(k int) WHERE t.k > item.k LIMIT 1) AS t WHERE item.k < 4 ORDER BY 1;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_memoize;

-- ---- a statement that writes ----
-- LIMIT, EXISTS and cursors do not cut it; a rescan with the same arguments does not repeat it.
SELECT r FROM namidb_cypher('UNWIND range(1, 2000) AS i CREATE (n:W1 {i: i}) RETURN i') LIMIT 1;
SELECT EXISTS (SELECT FROM namidb_cypher('UNWIND range(1, 2000) AS i CREATE (n:W2 {i: i}) RETURN i'));
BEGIN;
DECLARE c CURSOR FOR SELECT r FROM namidb_cypher('UNWIND range(1, 2000) AS i CREATE (n:W3 {i: i}) RETURN i');
FETCH 1 FROM c;
CLOSE c;
COMMIT;
SET enable_material = off;
SELECT count(*) FROM item LEFT JOIN namidb_cypher_record('UNWIND [1, 2] AS i CREATE (n:W4) RETURN i') AS t(i int) ON t.i > item.k - 100;
RESET enable_material;
SELECT item.k, (SELECT count(*) FROM namidb_cypher_record('CREATE (n:W5) RETURN 1') AS t(i int) WHERE t.i > item.k) FROM item WHERE item.k < 3 ORDER BY 1;
-- once for each row when the arguments come from it
SELECT count(*) FROM item, namidb_cypher('CREATE (n:W6 {k: $k}) RETURN n', jsonb_build_object('k', item.k)) AS t;
SELECT item.k, t.r FROM item LEFT JOIN LATERAL namidb_cypher('MERGE (n:W7 {k: $k}) ON CREATE SET n.n = 1 ON MATCH SET n.n = n.n + 1 RETURN n.n AS n', jsonb_build_object('k', item.k % 2)) AS t ON true WHERE k < 5 ORDER BY 1;
-- LIMIT 0, and no outer row: not called, as any function
SELECT r FROM namidb_cypher('CREATE (n:W8) RETURN n') LIMIT 0;
SELECT count(*) FROM item, namidb_cypher('CREATE (n:W8 {k: $k}) RETURN n', jsonb_build_object('k', item.k)) AS t WHERE item.k < 0;
SELECT r FROM namidb_query('MATCH (n) WHERE labels(n)[0] STARTS WITH ''W'' RETURN labels(n)[0] AS l, count(*) AS n ORDER BY l');
-- an error takes back all of it
SELECT r FROM namidb_cypher('UNWIND range(1, 3000) AS i CREATE (n:W9 {i: i}) RETURN 1 / (2500 - i) AS x') LIMIT 1;
SELECT r FROM namidb_query('MATCH (n:W9) RETURN count(n) AS n');
-- a reader that has begun keeps its state while the same statement writes
SELECT count(*) FROM namidb_cypher('MATCH (n:N) RETURN n.k AS k') AS t, namidb_cypher('CREATE (:N {k: $k})', jsonb_build_object('k', t.r->'k'));
SELECT count(w) FROM (SELECT (SELECT count(*) FROM namidb_cypher('MATCH (m:N {k: $k}) CREATE (:N {k: -1})', t.r)) AS w FROM namidb_cypher('MATCH (n:N) WHERE n.k > 0 RETURN n.k AS k') AS t) AS s;
SELECT namidb_query('MATCH (n:N) RETURN count(n) AS n');
SELECT count(*) FROM namidb_cypher('MATCH (n:N) WHERE NOT n.name IS NOT NULL DELETE n');
SELECT namidb_query('MATCH (n:N) RETURN count(n) AS n');

-- ---- joins ----
CREATE VIEW graph AS SELECT k, name FROM namidb_cypher_record('MATCH (n:N) WHERE n.k > 7 AND n.k < 13 RETURN n.k, n.name') AS t(k int, name text);
SELECT item.k, graph.name FROM item JOIN graph USING (k) ORDER BY 1;
SELECT k, item.name, graph.name FROM item FULL JOIN graph USING (k) WHERE k > 8 ORDER BY 1;
SELECT count(*) FROM item WHERE EXISTS (SELECT FROM graph WHERE graph.k = item.k);
SELECT count(*) FROM item WHERE k NOT IN (SELECT k FROM graph);
SELECT a.k, b.k FROM graph a JOIN graph b ON a.k = b.k + 1 ORDER BY 1 LIMIT 2;
SET enable_hashjoin = off;
SELECT item.k, graph.name FROM item JOIN graph USING (k) ORDER BY 1;
SET enable_mergejoin = off;
SELECT item.k, graph.name FROM item JOIN graph USING (k) ORDER BY 1;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT name FROM graph WHERE k = 9 UNION ALL SELECT name FROM item WHERE k = 9 UNION ALL SELECT r->>'x' FROM namidb_query('RETURN ''x'' AS x');
SELECT array_agg(k ORDER BY k) FROM (SELECT k FROM graph INTERSECT SELECT k FROM item) AS s;
SELECT k % 2 AS odd, count(*), max(name) FROM graph GROUP BY GROUPING SETS ((k % 2), ()) ORDER BY 1;
SELECT k, rank() OVER (ORDER BY name) FROM graph ORDER BY 1 LIMIT 2;
WITH g AS MATERIALIZED (SELECT * FROM graph) SELECT count(*) FROM g a, g b;
CREATE TABLE copied AS SELECT * FROM graph;
INSERT INTO copied SELECT k + 100, name FROM graph;
UPDATE copied SET name = t.name FROM namidb_cypher_record('MATCH (n:N) RETURN n.k, n.name + ''!''') AS t(k int, name text) WHERE t.k = copied.k AND t.k < 10;
DELETE FROM copied USING namidb_query('MATCH (n:N) WHERE n.k > 10 RETURN n.k AS k') AS t WHERE (t.r->>'k')::int = copied.k;
INSERT INTO copied SELECT k, 'again' FROM graph WHERE k > 11 RETURNING *;
SELECT * FROM copied WHERE k < 105 ORDER BY k;
MERGE INTO item USING graph ON item.k = graph.k WHEN MATCHED THEN UPDATE SET name = graph.name WHEN NOT MATCHED THEN INSERT VALUES (graph.k, graph.name);
SELECT * FROM item WHERE k > 6 ORDER BY k;
SELECT item.k FROM item JOIN graph USING (k) ORDER BY k LIMIT 1 FOR UPDATE OF item;
-- a function of SQL that is inlined
CREATE FUNCTION named(wanted int) RETURNS TABLE (name text) LANGUAGE sql STABLE AS $$ SELECT r->>'name' FROM namidb_query('MATCH (n:N {k: $k}) RETURN n.name AS name', jsonb_build_object('k', wanted)) $$;
EXPLAIN (COSTS OFF) SELECT * FROM named(3);
SELECT k, name FROM generate_series(3, 5) AS k, named(k);

-- ---- prepared statements ----
PREPARE p(text, int) AS SELECT r FROM namidb_query($1, jsonb_build_object('k', $2));
SET plan_cache_mode = force_custom_plan;
EXPLAIN (COSTS OFF) EXECUTE p('MATCH (n:N {k: $k}) RETURN n.name AS name', 3);
EXECUTE p('MATCH (n:N {k: $k}) RETURN n.name AS name', 3);
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE p('MATCH (n:N {k: $k}) RETURN n.name AS name', 4);
EXECUTE p('MATCH (n:N {k: $k}) RETURN n.name AS name', 4);
EXECUTE p('RETURN $k AS k', 5);
EXECUTE p(NULL, 5);
EXECUTE p('RETURN', 5);
RESET plan_cache_mode;
-- whichever the text: alone in a statement it is not planned anew at each execution
DEALLOCATE p;
PREPARE p(text, int) AS SELECT count(*) FROM namidb_query($1, jsonb_build_object('k', $2)) AS r;
DO $$
BEGIN
    FOR i IN 1 .. 7 LOOP
        EXECUTE format('EXECUTE p(%L, %s)', 'MATCH (n:N {k: $k}) RETURN n.name AS name', i);
    END LOOP;
END $$;
SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = 'p';
-- the function is replaced: planned anew
CREATE FUNCTION mine(query text, params jsonb, server name, OUT r jsonb) RETURNS SETOF jsonb LANGUAGE sql STABLE AS 'SELECT jsonb_build_object(''mine'', query)';
PREPARE m AS SELECT r FROM mine('RETURN 1 AS one', NULL, NULL);
EXECUTE m;
SELECT probin AS library FROM pg_proc WHERE proname = 'namidb_query' \gset
CREATE OR REPLACE FUNCTION mine(query text, params jsonb, server name, OUT r jsonb) RETURNS SETOF jsonb LANGUAGE c STABLE AS :'library', 'namidb_query';
EXECUTE m;
EXPLAIN (COSTS OFF) EXECUTE m;
-- a function with settings of its own is called, not scanned
ALTER FUNCTION mine SET namidb.json_format = typed;
EXECUTE m;
EXPLAIN (COSTS OFF) EXECUTE m;
DEALLOCATE ALL;
DROP FUNCTION mine;

-- ---- cursors ----
BEGIN;
DECLARE c CURSOR FOR SELECT r->'k' AS k FROM namidb_query('MATCH (n:N) RETURN n.k AS k ORDER BY k');
FETCH 2 FROM c;
SAVEPOINT a;
FETCH 1 FROM c;
SELECT count(*) FROM namidb_cypher('MATCH (n:N) WHERE n.k < 100 DETACH DELETE n');
SELECT count(*) FROM namidb_cypher('CREATE (:N {k: 0})');
ROLLBACK TO a;
FETCH 1 FROM c;
MOVE 2900 FROM c;
SAVEPOINT b;
SELECT count(*) FROM namidb_cypher('MATCH (n:N) WHERE n.k > 2000 DETACH DELETE n');
RELEASE b;
FETCH 1 FROM c;
MOVE ALL FROM c;
SELECT namidb_query('MATCH (n:N) RETURN count(n) AS n');
ROLLBACK;
-- opened inside a savepoint that is rolled back: gone
BEGIN;
SAVEPOINT a;
DECLARE c CURSOR FOR SELECT r->'k' AS k FROM namidb_query('MATCH (n:N) RETURN n.k AS k ORDER BY k');
FETCH 1 FROM c;
ROLLBACK TO a;
FETCH 1 FROM c;
ROLLBACK;
-- forward only unless SCROLL asks for more
BEGIN;
DECLARE plain CURSOR FOR SELECT r->'k' AS k FROM namidb_query('MATCH (n:N) RETURN n.k AS k ORDER BY k');
DECLARE scroll SCROLL CURSOR FOR SELECT r->'k' AS k FROM namidb_query('MATCH (n:N) RETURN n.k AS k ORDER BY k');
FETCH 3 FROM scroll;
FETCH BACKWARD 2 FROM scroll;
FETCH LAST FROM scroll;
FETCH ABSOLUTE 10 FROM scroll;
FETCH 1 FROM plain;
FETCH BACKWARD 1 FROM plain;
ROLLBACK;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT k, name FROM namidb_cypher_record('MATCH (n:N) WHERE n.k < 4 RETURN n.k, n.name ORDER BY n.k') AS t(k int, name text);
FETCH 1 FROM held;
SELECT count(*) FROM namidb_cypher('MATCH (n:N {k: 2}) SET n.name = ''changed''');
COMMIT;
FETCH ALL FROM held;
CLOSE held;
BEGIN ISOLATION LEVEL REPEATABLE READ;
DECLARE c CURSOR FOR SELECT name FROM namidb_cypher_record('MATCH (n:N) WHERE n.k < 4 RETURN n.name ORDER BY n.k') AS t(name text);
FETCH 1 FROM c;
SELECT count(*) FROM namidb_cypher('MATCH (n:N {k: 2}) SET n.name = ''n2''');
FETCH 2 FROM c;
COMMIT;

-- ---- PL/pgSQL ----
CREATE FUNCTION loops() RETURNS text LANGUAGE plpgsql AS $$
DECLARE x record; n int := 0; bad int := 0;
BEGIN
    FOR x IN SELECT k FROM namidb_cypher_record('MATCH (n:N) RETURN n.k') AS t(k int) LOOP
        BEGIN
            n := n + 1;
            IF x.k % 500 = 0 THEN
                PERFORM namidb_cypher('CREATE (:Lost)');
                PERFORM 1 / 0;
            END IF;
        EXCEPTION WHEN division_by_zero THEN
            bad := bad + 1;
        END;
        EXIT WHEN n = 2600;
    END LOOP;
    RETURN n || ' ' || bad || ' ' || (SELECT r->>'n' FROM namidb_query('MATCH (n:Lost) RETURN count(n) AS n'));
END $$;
SELECT loops();
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
DECLARE x record; n int := 0;
BEGIN
    FOR x IN SELECT k FROM namidb_cypher_record('MATCH (n:N) RETURN n.k ORDER BY n.k') AS t(k int) LOOP
        n := n + 1;
        PERFORM namidb_cypher('MATCH (n:N {k: $k}) SET n.seen = true', jsonb_build_object('k', x.k));
        IF x.k % 1000 = 0 THEN
            COMMIT;
        ELSIF x.k % 1000 = 10 THEN
            ROLLBACK;
        END IF;
        EXIT WHEN x.k = 2005;
    END LOOP;
    RAISE NOTICE '% rows', n;
END $$;
CALL commits();
SELECT namidb_query('MATCH (n:N {seen: true}) RETURN count(n) AS n, min(n.k) AS min, max(n.k) AS max');
DO $$
DECLARE c refcursor; x jsonb; n int := 0;
BEGIN
    OPEN c FOR SELECT r FROM namidb_query('MATCH (n:N) RETURN n.k AS k');
    LOOP
        BEGIN
            FETCH c INTO x;
            EXIT WHEN NOT FOUND;
            n := n + 1;
        END;
    END LOOP;
    CLOSE c;
    RAISE NOTICE '% rows', n;
END $$;

-- ---- rights ----
CREATE ROLE fuse_reader;
GRANT SELECT ON item, graph TO fuse_reader;
REVOKE EXECUTE ON FUNCTION namidb_query FROM PUBLIC;
SET ROLE fuse_reader;
SELECT * FROM namidb_cypher('RETURN 1 AS x');
EXPLAIN (COSTS OFF) SELECT * FROM namidb_cypher('RETURN 1 AS x');
SELECT * FROM namidb_query('RETURN 1 AS x');
EXPLAIN (COSTS OFF) SELECT * FROM namidb_query('RETURN 1 AS x');
SELECT count(*) FROM graph;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER fuse TO fuse_reader;
SET ROLE fuse_reader;
SELECT * FROM namidb_cypher('RETURN 1 AS x');
SELECT * FROM namidb_query('RETURN 1 AS x');
SELECT count(*) FROM graph;
RESET ROLE;
REVOKE USAGE ON FOREIGN SERVER fuse FROM fuse_reader;
GRANT EXECUTE ON FUNCTION namidb_query TO PUBLIC;
-- planned by one user, run by another
PREPARE who AS SELECT * FROM namidb_query('RETURN 1 AS x');
EXECUTE who;
SET ROLE fuse_reader;
EXECUTE who;
RESET ROLE;
DEALLOCATE who;

-- ---- workers beside it ----
CREATE TABLE big AS SELECT i AS k FROM generate_series(1, 5000) AS i;
ANALYZE big;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION has_workers(sql text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE j json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || sql INTO j;
    RETURN j::text LIKE '%"Gather%';
END $$;
SELECT has_workers('SELECT count(*) FROM big WHERE k % 7 = 0 AND k > (SELECT (r->>''k'')::int FROM namidb_query(''RETURN 5 AS k''))') AS query,
       has_workers('SELECT count(*) FROM big WHERE k % 7 = 0 AND k > (SELECT (r->>''k'')::int FROM namidb_cypher(''RETURN 5 AS k''))') AS cypher;
SELECT count(*) FROM big JOIN namidb_query('MATCH (n:N) RETURN n.k AS k') AS t ON big.k = (t.r->>'k')::int;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- ---- memory and cancelling ----
-- What many rescans and many rows leave behind.
CREATE FUNCTION scan_memory() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts WHERE name LIKE 'namidb %' AND name <> 'namidb' $$;
BEGIN;
DECLARE c CURSOR FOR SELECT k, t.r FROM generate_series(1, 40000) AS k, namidb_query('MATCH (n:N {k: $k}) RETURN n.name AS name', jsonb_build_object('k', k % 3000 + 1)) AS t;
DECLARE d CURSOR FOR SELECT r FROM namidb_query('MATCH (n:N), (m:N) WHERE n.k < 30 RETURN n AS n, m.name AS m');
MOVE 2000 FROM c;
MOVE 2000 FROM d;
CREATE TEMP TABLE before AS SELECT scan_memory() AS bytes;
MOVE 30000 FROM c;
MOVE 50000 FROM d;
SELECT scan_memory() - bytes < 100000 AS stays FROM before;
ROLLBACK;
SET statement_timeout = '300ms';
SELECT count(*) FROM namidb_query('MATCH (a:N), (b:N), (c:N) RETURN a.k AS k');
SELECT count(*) FROM generate_series(1, 100000000) AS k, namidb_query('MATCH (n:N {k: $k}) RETURN n.k AS k', jsonb_build_object('k', k));
RESET statement_timeout;
SELECT count(*) FROM namidb_query('MATCH (a:N) RETURN a');

DROP FUNCTION scan_memory;
DROP FUNCTION has_workers;
DROP TABLE big;
DROP PROCEDURE commits;
DROP FUNCTION loops;
DROP FUNCTION named;
DROP TABLE copied;
DROP VIEW graph;
DROP TABLE item;
DROP ROLE fuse_reader;
DROP SERVER fuse;
-- What writes runs for each row also when parameters come again; PostgreSQL's Memoize would leave the repetitions out.
CREATE SERVER again FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://again');
SET namidb.default_server = again;
CREATE TABLE repeated AS SELECT i, i % 3 AS k, 'CREATE (:W {k: $k}) RETURN $k AS x' AS query FROM generate_series(1, 3000) i;
ANALYZE repeated;
SELECT count(*) FROM repeated, namidb_cypher('CREATE (:W {k: $k}) RETURN $k AS x', jsonb_build_object('k', k)) w;
SELECT count(*) FROM repeated, namidb_cypher(query, jsonb_build_object('k', k)) w;
SELECT count(*) FROM repeated LEFT JOIN LATERAL namidb_cypher_record('CREATE (:W {k: $k}) RETURN $k', jsonb_build_object('k', k)) AS w(x int) ON x = k;
SELECT count(*) FROM (SELECT DISTINCT ON (i) k FROM repeated ORDER BY i) r, namidb_cypher_as(NULL::repeated, 'CREATE (:W {k: $k}) RETURN $k AS k', jsonb_build_object('k', r.k)) w WHERE w.k = r.k;
PREPARE each(text) AS SELECT count(*) FROM repeated, namidb_cypher($1, jsonb_build_object('k', k)) w;
EXECUTE each('CREATE (:W {k: $k})');
SET plan_cache_mode = force_generic_plan;
EXECUTE each('CREATE (:W {k: $k}) RETURN 1 AS x');
RESET plan_cache_mode;
SELECT r FROM namidb_query('MATCH (w:W) RETURN w.k AS k, count(*) AS n ORDER BY k');
RESET namidb.default_server;
DEALLOCATE each;
DROP TABLE repeated;
DROP SERVER again;
