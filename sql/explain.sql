-- Plans and columns, without running anything.
CREATE SERVER expl FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://explain');
SELECT count(*) FROM namidb_cypher('UNWIND range(1, 10) AS i CREATE (:P {k: i})-[:T]->(:Q {k: i})');

-- A writing statement is explained and described, and does not run.
SELECT count(*) > 0 AS lines FROM namidb_explain('CREATE (n:X) RETURN n');
SELECT * FROM namidb_describe('CREATE (n:X) RETURN n, n.a AS a');
SELECT * FROM namidb_describe('CREATE (n:X)');
SELECT namidb_cypher('MATCH (n:X) RETURN count(n) AS n');

-- Estimated rows; with "analyze" the actual ones, and the statement runs.
SELECT bool_or(l ~ 'rows') AS rows, bool_or(l ~ 'actual') AS actual FROM namidb_explain('MATCH (p:P)-[:T]->(q) RETURN q.k') AS l;
SELECT bool_or(l ~ 'actual') AS actual FROM namidb_explain('MATCH (p:P)-[:T]->(q) RETURN q.k', "analyze" => true) AS l;
SELECT count(*) > 0 AS lines FROM namidb_explain('CREATE (n:X) RETURN n', "analyze" => true);
SELECT namidb_cypher('MATCH (n:X) RETURN count(n) AS n');
BEGIN READ ONLY;
SELECT count(*) > 0 AS lines FROM namidb_explain('CREATE (n:X) RETURN n');
SELECT count(*) FROM namidb_explain('CREATE (n:X) RETURN n', "analyze" => true);
ROLLBACK;

-- Parameters may be left open.
SELECT count(*) > 0 AS lines FROM namidb_explain('MATCH (p:P {k: $k}) RETURN p');
SELECT * FROM namidb_describe('MATCH (p:P {k: $k}) RETURN p.k + $x AS sum, $y AS y, p');

-- The planner's view of a call.
EXPLAIN (COSTS OFF) SELECT r FROM namidb_query('MATCH (p:P) RETURN p');

-- Schema commands show what they do.
SELECT * FROM namidb_explain('CREATE INDEX FOR (x:P) ON (x.k, x.l)');
SELECT * FROM namidb_explain('create constraint `odd name` if not exists on (p:P) assert p.k is unique');
SELECT * FROM namidb_explain('CREATE VECTOR INDEX v FOR (x:P) ON (x.e) OPTIONS {indexConfig: {`vector.dimensions`: 3, `vector.similarity_function`: ''cosine''}}');
SELECT * FROM namidb_explain('CREATE FULLTEXT INDEX t ON :P(a, b)');
SELECT * FROM namidb_explain('DROP CONSTRAINT c IF EXISTS');
SELECT * FROM namidb_explain('SHOW INDEXES');

-- Without rows, costs and times the text is the same in every run, with and without "analyze", and by EXPLAIN.
CREATE FUNCTION plan_text(query text, run boolean) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(regexp_replace(line, '  (rows|cost|actual|ms)=.*$', ''), E'\n' ORDER BY n)
	FROM namidb_explain(query, "analyze" => run) WITH ORDINALITY AS t(line, n) $$;
SELECT count(DISTINCT plan_text(q, run)), count(*) FROM generate_series(1, 4) AS i, (VALUES (true), (false)) AS r(run),
	(VALUES ('MATCH (p:P)-[r:T]->(q:Q) WHERE p.k > 2 AND EXISTS { (q)<--() } RETURN p.k % 2 AS m, count(*) AS c, collect(q.k) ORDER BY c DESC, m LIMIT 3')) AS s(q);
SELECT bool_and(line ~ '  rows=') AS estimated, bool_and(line ~ ' actual=[0-9]+') AS actual, bool_and(line ~ ' ms=[0-9.]+$') AS times
	FROM namidb_explain('MATCH (p:P)-[r:T]->(q:Q) WHERE p.k > 2 RETURN p.k ORDER BY p.k', "analyze" => true) AS line;

-- A plan that was made before a constraint is there is made anew: one row is expected then.
SELECT count(*) FROM namidb_cypher('UNWIND range(0, 99) AS i CREATE (:U {k: i / 2, l: i})');
SELECT count(*) FROM namidb_explain('MATCH (u:U {k: 3, l: 7}) RETURN u');
SELECT count(*) FROM namidb_cypher('MATCH (u:U {k: 3, l: 7}) RETURN u');
BEGIN;
SELECT count(*) FROM namidb_cypher('CREATE CONSTRAINT two FOR (u:U) REQUIRE (u.k, u.l) IS UNIQUE');
SELECT line ~ 'IndexSeek .*rows=1( |$)' AS one FROM namidb_explain('MATCH (u:U {k: 3, l: 7}) RETURN u') AS line;
ROLLBACK;
SELECT count(*) FROM namidb_cypher('CREATE CONSTRAINT two FOR (u:U) REQUIRE (u.k, u.l) IS UNIQUE');
SELECT line ~ 'IndexSeek .*rows=1( |$)' AS one FROM namidb_explain('MATCH (u:U {k: 3, l: 7}) RETURN u') AS line;
SELECT count(*) FROM namidb_cypher('MATCH (u:U {k: 3, l: 7}) RETURN u');
DROP FUNCTION plan_text;
DROP SERVER expl;
