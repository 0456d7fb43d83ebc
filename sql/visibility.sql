-- Which version, and which own writes, a statement sees.
CREATE SERVER vis FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://visibility');
SELECT count(*) FROM namidb_cypher('UNWIND range(1, 5) AS k CREATE (:K {k: k})');

-- Every statement of a transaction sees the ones before it.
BEGIN;
SELECT namidb_cypher('CREATE (:K {k: 6})');
SELECT namidb_query('MATCH (n:K) RETURN count(n) AS n');
SELECT namidb_cypher('MATCH (n:K) WHERE n.k > 4 SET n.new = true RETURN n.k AS k ORDER BY k');
SELECT namidb_query('MATCH (n:K {new: true}) RETURN count(n) AS n');
SELECT namidb_cypher('MATCH (n:K {k: 6}) DELETE n');
SELECT namidb_query('MATCH (n:K) RETURN count(n) AS n');
COMMIT;

-- Within one SQL statement: namidb_cypher is volatile and sees what its earlier calls wrote, namidb_query is stable and sees what
-- was there when the statement began.
SELECT i, (SELECT r->'n' FROM namidb_cypher('CREATE (:V) WITH 1 AS x MATCH (n:V) RETURN count(n) AS n', jsonb_build_object('i', i))) AS mine,
          (SELECT r->'n' FROM namidb_query('MATCH (n:V) RETURN count(n) AS n', jsonb_build_object('i', i))) AS before
FROM generate_series(1, 3) AS i;
SELECT namidb_query('MATCH (n:V) RETURN count(n) AS n');
WITH w AS MATERIALIZED (SELECT r FROM namidb_cypher('CREATE (n:W) RETURN 1 AS one'))
SELECT (SELECT count(*) FROM w) AS written, (SELECT r->'n' FROM namidb_query('MATCH (n:W) RETURN count(n) AS n')) AS stable;
SELECT namidb_query('MATCH (n:W) RETURN count(n) AS n');

-- A cursor keeps what it saw when it was opened, whatever is written, rolled back and committed meanwhile.
BEGIN;
DECLARE c CURSOR FOR SELECT r->'k' AS k FROM namidb_query('MATCH (n:K) RETURN n.k AS k ORDER BY k');
FETCH 2 FROM c;
SAVEPOINT s;
SELECT namidb_cypher('MATCH (n:K) WHERE n.k > 2 DELETE n');
SELECT namidb_query('MATCH (n:K) RETURN count(n) AS n');
FETCH 1 FROM c;
ROLLBACK TO s;
SELECT namidb_cypher('CREATE (:K {k: 99})');
FETCH ALL FROM c;
CLOSE c;
ROLLBACK;
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT r->'k' AS k FROM namidb_query('MATCH (n:K) RETURN n.k AS k ORDER BY k');
SELECT namidb_cypher('MATCH (n:K {k: 1}) DELETE n');
COMMIT;
FETCH ALL FROM h;
CLOSE h;
SELECT namidb_query('MATCH (n:K) RETURN count(n) AS n');

-- In PL/pgSQL: volatile functions see each statement, stable ones their caller's.
CREATE FUNCTION vol() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE a text; b text;
BEGIN
    SELECT r->>'n' INTO a FROM namidb_query('MATCH (n:F) RETURN count(n) AS n');
    PERFORM namidb_cypher('CREATE (:F)');
    SELECT r->>'n' INTO b FROM namidb_query('MATCH (n:F) RETURN count(n) AS n');
    RETURN a || ' ' || b;
END $$;
CREATE FUNCTION stab() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT r->>'n' FROM namidb_query('MATCH (n:F) RETURN count(n) AS n'));
END $$;
SELECT vol(), stab() FROM generate_series(1, 2);
SELECT stab();
-- a loop over a query that it changes
CREATE FUNCTION renumber() RETURNS int LANGUAGE plpgsql AS $$
DECLARE x record; n int := 0;
BEGIN
    FOR x IN SELECT (r->'k')::int AS k FROM namidb_query('MATCH (n:K) RETURN n.k AS k') LOOP
        PERFORM namidb_cypher('MATCH (n:K {k: $k}) SET n.k = $k + 100', jsonb_build_object('k', x.k));
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;
SELECT renumber();
SELECT namidb_query('MATCH (n:K) RETURN collect(n.k) AS ks');

-- A statement that writes ends its writing before it gives rows: LIMIT takes nothing back.
SELECT r FROM namidb_cypher('UNWIND [1, 2, 3] AS i CREATE (n:L {i: i}) RETURN i') LIMIT 1;
SELECT namidb_query('MATCH (n:L) RETURN count(n) AS n');

-- Many statements in one transaction.
DO $$
BEGIN
    FOR i IN 1..300 LOOP
        PERFORM namidb_cypher('MERGE (n:M {k: $k}) ON CREATE SET n.n = 1 ON MATCH SET n.n = n.n + 1', jsonb_build_object('k', i % 7));
    END LOOP;
END $$;
SELECT namidb_query('MATCH (n:M) RETURN count(n) AS n, sum(n.n) AS sum');

DROP FUNCTION vol;
DROP FUNCTION stab;
DROP FUNCTION renumber;
DROP SERVER vis;
