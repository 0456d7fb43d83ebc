-- A graph in memory: creating, matching, changing, deleting.
CREATE SERVER basics FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://basics');
SET namidb.default_server = 'basics';

-- A namespace that does not exist yet is an empty graph.
SELECT * FROM namidb_cypher('MATCH (n) RETURN n');
SELECT * FROM namidb_cypher('MATCH (n) RETURN count(n) AS n');

-- A statement without rows returns no row.
SELECT * FROM namidb_cypher($$
    CREATE (alice:Person:Admin {name: 'Alice', born: 1980}),
           (bob:Person {name: 'Bob', born: 1990}),
           (rome:City {name: 'Rome'}),
           (alice)-[:KNOWS {since: 2001}]->(bob),
           (alice)-[:LIVES_IN]->(rome),
           (bob)-[:LIVES_IN]->(rome)
$$);

-- The column is called r; it reads by operator and by subscript.
SELECT r->>'name' AS name, (r->'born')::int + 1 AS next, r['labels'] AS labels
FROM namidb_cypher('MATCH (n:Person) RETURN n.name AS name, n.born AS born, labels(n) AS labels ORDER BY name');
SELECT r FROM namidb_cypher('MATCH (a)-[k:KNOWS]->(b) RETURN a.name AS a, k.since AS since, b.name AS b');
SELECT r FROM namidb_cypher('MATCH (p)-[:LIVES_IN]->(c:City) WITH c, count(*) AS n, min(p.name) AS first RETURN c.name AS city, n, first');

-- Variable length, optional, aggregation, union.
SELECT r FROM namidb_cypher('MATCH (a {name: $n})-[*1..2]->(x) RETURN DISTINCT x.name AS x ORDER BY x', '{"n": "Alice"}');
SELECT r FROM namidb_cypher('MATCH (c:City) OPTIONAL MATCH (c)-[:KNOWS]->(x) RETURN c.name AS c, x');
SELECT r FROM namidb_cypher('MATCH (p:Person) RETURN collect(p.name) AS names, avg(p.born) AS mean, max(p.born) AS youngest');
SELECT r FROM namidb_cypher('RETURN 1 AS x UNION RETURN 2 AS x UNION RETURN 1 AS x');

-- Columns without an alias are called by their source text.
SELECT r FROM namidb_cypher('RETURN 1 + 1, "a"');
SELECT * FROM namidb_describe('MATCH (n)-[r]->() RETURN n, r, n.name, count(*), 1.5 AS f, "s" AS s, true AS b, [1] AS l, {a: 1} AS m');

-- Changes.
SELECT r FROM namidb_cypher('MATCH (n:Person {name: "Bob"}) SET n.born = 1991, n:Admin REMOVE n.nothing RETURN n.born AS born, labels(n) AS labels');
SELECT r FROM namidb_cypher('MERGE (c:City {name: "Rome"}) ON CREATE SET c.new = true ON MATCH SET c.seen = 1 RETURN c.new AS new, c.seen AS seen');
SELECT r FROM namidb_cypher('MERGE (c:City {name: "Lima"}) ON CREATE SET c.new = true RETURN c.new AS new');
SELECT r FROM namidb_cypher('MATCH (c:City) RETURN c.name AS name ORDER BY name DESC');
SELECT r FROM namidb_cypher('MATCH (:Person {name: "Alice"})-[r:KNOWS]->() DELETE r');
SELECT r FROM namidb_cypher('MATCH ()-[r]->() RETURN type(r) AS type, count(*) AS n');
SELECT r FROM namidb_cypher('MATCH (c:City) DETACH DELETE c');
SELECT r FROM namidb_cypher('MATCH (n) RETURN count(n) AS nodes');

-- A node may be given its id.
SELECT r FROM namidb_cypher('CREATE (n:Fixed {_id: $id, name: "f"}) RETURN n', '{"id": "01234567-89ab-7def-8123-456789abcdef"}');
SELECT r FROM namidb_cypher('MATCH (n) WHERE id(n) = $id RETURN n.name AS name, n._id AS id', '{"id": "01234567-89ab-7def-8123-456789abcdef"}');

-- In the select list, in a join, as a source of INSERT; a NULL query gives no row.
SELECT namidb_cypher('UNWIND [1, 2] AS i RETURN i');
SELECT p.x, c.r->>'name' AS name
FROM (VALUES ('Alice'), ('Bob'), ('Nobody')) AS p(x)
LEFT JOIN LATERAL namidb_cypher('MATCH (n:Person {name: $n}) RETURN n.name AS name', jsonb_build_object('n', p.x)) c ON true
ORDER BY 1;
CREATE TEMP TABLE t AS SELECT (r->>'name') AS name FROM namidb_query('MATCH (n:Person) RETURN n.name AS name');
SELECT * FROM t ORDER BY name;
SELECT * FROM namidb_cypher(NULL);
SELECT * FROM namidb_query(NULL);
SELECT * FROM namidb_explain(NULL);
SELECT * FROM namidb_describe('RETURN date() AS d, time() AS t, localtime() AS lt, datetime() AS dt, localdatetime() AS ldt, duration(''P1D'') AS du, date() + duration(''P1D'') AS next, vector([1.0]) AS v');
SELECT * FROM namidb_describe(NULL);
SELECT * FROM namidb_cypher_record(NULL) AS t(a int);

-- Named arguments with plain literals.
SELECT r FROM namidb_cypher('RETURN $x AS x', params => '{"x": 1}');
SELECT r FROM namidb_cypher(query => 'RETURN 1 AS x', server => 'basics');

DROP SERVER basics;
