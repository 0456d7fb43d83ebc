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
DROP SERVER expl;
