-- What EXPLAIN shows of scans of foreign tables; estimates.
CREATE SERVER ex FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://ex');
SET namidb.default_server = ex;
SELECT namidb_cypher($$
    UNWIND range(0, 9999) AS i
    CREATE (:Item {no: i, kind: CASE WHEN i % 100 = 0 THEN 'rare' WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, score: (i * 7919) % 1000, tenth: CASE WHEN i % 10 = 0 THEN i END,
                   day: date('2020-01-01') + duration({days: i % 365}), label: 'item ' + toString(i)})
$$);
SELECT namidb_cypher('CREATE CONSTRAINT FOR (n:Item) REQUIRE n.no IS UNIQUE');
SELECT namidb_cypher('UNWIND range(0, 19999) AS i MATCH (a:Item {no: i % 100}), (b:Item {no: i % 10000}) CREATE (a)-[:HAS {n: i}]->(b)');
CREATE FOREIGN TABLE item (_id uuid NOT NULL, no bigint, kind text, score bigint, tenth bigint, day date, label text) SERVER ex OPTIONS (label 'Item');
CREATE FOREIGN TABLE has (_src uuid NOT NULL, _dst uuid NOT NULL, n bigint) SERVER ex OPTIONS (type 'HAS');
CREATE FOREIGN TABLE doubled (d bigint) SERVER ex OPTIONS (cypher 'MATCH (n:Item) RETURN n.no * 2 AS d');
CREATE TABLE local_keys AS SELECT _id AS id, no FROM item WHERE no < 5;
ANALYZE local_keys;
\pset format unaligned
\pset tuples_only on

EXPLAIN (COSTS OFF) SELECT no FROM item;
EXPLAIN (VERBOSE, COSTS OFF) SELECT no FROM item;
EXPLAIN (VERBOSE, COSTS OFF) SELECT d FROM doubled;
EXPLAIN (VERBOSE, COSTS OFF) SELECT k.no, i.label FROM local_keys k JOIN item i ON i._id = k.id;
EXPLAIN (VERBOSE, COSTS OFF) SELECT k.no, i.label FROM local_keys k JOIN item i ON i.no = k.no;
EXPLAIN (VERBOSE, COSTS OFF) SELECT k.no, h.n FROM local_keys k JOIN has h ON h._src = k.id;
EXPLAIN (VERBOSE, COSTS OFF) SELECT a.no, b.no, h.n FROM local_keys a, local_keys b, has h WHERE h._src = a.id AND h._dst = b.id;

-- With ANALYZE, what each operator gave; all executions together. (Newer servers count rows in fractions.)
CREATE FUNCTION analyzed(query text, options text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE part text; line text;
BEGIN
    FOR part IN EXECUTE format('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF%s) %s', options, query) LOOP
        FOREACH line IN ARRAY string_to_array(part, E'\n') LOOP
            IF line !~ 'Disabled:' THEN RETURN NEXT regexp_replace(line, '\.00\M', ''); END IF;
        END LOOP;
    END LOOP;
END $$;
SELECT analyzed($$SELECT no FROM item WHERE kind = 'rare'$$);
SELECT analyzed('SELECT i.label FROM local_keys k JOIN item i ON i._id = k.id', ', VERBOSE');
SELECT analyzed('SELECT no FROM item WHERE no = 7', ', FORMAT yaml');

-- Planning reads nothing from the store once the session knows the namespace, and a statement is not run for EXPLAIN.
EXPLAIN (COSTS OFF) SELECT * FROM item, doubled WHERE no = d;

-- How far estimates are from what comes: none by more than 3. Exact totals need no ANALYZE.
CREATE FUNCTION estimate(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan json; estimated float; actual float;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT json) ' || query INTO plan;
    estimated := plan->0->'Plan'->>'Plan Rows'; actual := plan->0->'Plan'->>'Actual Rows';
    RETURN CASE WHEN greatest(estimated, 1) / greatest(actual, 1) BETWEEN 1 / 3.0 AND 3 THEN 'good' ELSE format('%s, not %s', estimated, actual) END || ': ' || query;
END $$;
CREATE FUNCTION estimates() RETURNS SETOF text LANGUAGE sql AS $f$
    SELECT estimate(query) FROM unnest(ARRAY[
        'SELECT * FROM item',
        'SELECT * FROM has',
        'SELECT * FROM doubled',
        $$SELECT * FROM item WHERE kind = 'rare'$$,
        $$SELECT * FROM item WHERE kind = 'odd'$$,
        $$SELECT * FROM item WHERE kind IN ('rare', 'even')$$,
        $$SELECT * FROM item WHERE kind <> 'odd'$$,
        'SELECT * FROM item WHERE no = 17',
        'SELECT * FROM item WHERE no < 500',
        'SELECT * FROM item WHERE score >= 900',
        'SELECT * FROM item WHERE score BETWEEN 100 AND 149',
        'SELECT * FROM item WHERE tenth IS NULL',
        'SELECT * FROM item WHERE tenth IS NOT NULL',
        'SELECT * FROM item WHERE tenth > 5000',
        $$SELECT * FROM item WHERE day < '2020-02-01'$$,
        $$SELECT * FROM item WHERE label LIKE 'item 1%'$$,
        $$SELECT * FROM item WHERE kind = 'even' AND score < 500$$,
        'SELECT * FROM has WHERE n < 1000',
        'SELECT i.no, h.n FROM item i JOIN has h ON h._src = i._id',
        'SELECT i.no, h.n FROM item i JOIN has h ON h._dst = i._id WHERE i.score < 100',
        'SELECT a.no, b.no FROM item a JOIN has h ON h._src = a._id JOIN item b ON b._id = h._dst',
        'SELECT a.no, b.no FROM item a JOIN item b ON a.score = b.score',
        'SELECT k.no, h.n FROM local_keys k JOIN has h ON h._src = k.id',
        'SELECT k.no, i.label FROM local_keys k JOIN item i ON i.no = k.no',
        'SELECT i.no FROM item i WHERE EXISTS (SELECT FROM has h WHERE h._src = i._id)',
        'SELECT kind, count(*) FROM item GROUP BY kind',
        'SELECT score, count(*) FROM item GROUP BY score',
        'SELECT DISTINCT _src FROM has']) AS query
$f$;
SELECT * FROM estimates();
SET namidb.enable_pushdown = off;
SELECT * FROM estimates() AS e WHERE e NOT LIKE 'good:%';
RESET namidb.enable_pushdown;

-- Also of what the transaction has only staged.
BEGIN;
SELECT namidb_cypher('UNWIND range(1, 300) AS i CREATE (:Fresh {i: i, half: i % 2})');
CREATE FOREIGN TABLE fresh (i bigint, half bigint) SERVER ex OPTIONS (label 'Fresh');
SELECT estimate('SELECT * FROM fresh');
SELECT estimate('SELECT * FROM fresh WHERE half = 1');
ROLLBACK;

-- After ANALYZE its figures are used.
ANALYZE item;
ANALYZE has;
ANALYZE doubled;
SELECT * FROM estimates() AS e WHERE e NOT LIKE 'good:%';
DROP FUNCTION estimates, estimate, analyzed;
DROP SERVER ex CASCADE;
DROP TABLE local_keys;
