-- A graph in a folder. Nothing else is needed: no server beside PostgreSQL, no bucket.
CREATE EXTENSION namidb;
SELECT format('file://%s?ns=demo', :'store_dir') AS store \gset
CREATE SERVER graph FOREIGN DATA WRAPPER namidb OPTIONS (store :'store');

-- Create: people who know each other, and the posts they write.
SELECT namidb_cypher($$
    CREATE (alice:Person {name: 'Alice', born: date('1990-02-14')}),
           (bob:Person   {name: 'Bob',   born: date('1985-07-01')}),
           (carol:Person {name: 'Carol', born: date('1999-11-30')}),
           (dave:Person  {name: 'Dave'}),
           (alice)-[:KNOWS {since: 2015}]->(bob),
           (bob)-[:KNOWS {since: 2018}]->(carol),
           (carol)-[:KNOWS {since: 2021}]->(dave),
           (alice)-[:WROTE]->(:Post {title: 'Graphs in a bucket', tags: ['graph', 's3']}),
           (bob)-[:WROTE]->(:Post {title: 'Join them with tables', tags: ['sql']})
$$);

-- Query: one JSON object per row, or typed columns.
SELECT * FROM namidb_cypher('MATCH (p:Person) RETURN p.name AS name, p.born AS born ORDER BY name');
SELECT * FROM namidb_cypher_record(
    'MATCH (a:Person)-[k:KNOWS]->(b:Person) WHERE k.since >= $year RETURN a.name, b.name, k.since ORDER BY k.since',
    '{"year": 2018}') AS t(who text, knows text, since int);

-- A path of variable length.
SELECT r->>'name' AS reachable, r->'hops' AS hops
FROM namidb_cypher($$
    MATCH p = (:Person {name: 'Alice'})-[:KNOWS*1..3]->(other)
    RETURN other.name AS name, length(p) AS hops ORDER BY hops
$$);

-- Join with an ordinary table.
CREATE TABLE salary (person text PRIMARY KEY, euros int);
INSERT INTO salary VALUES ('Alice', 5200), ('Bob', 4800), ('Carol', 6100);
SELECT g.name, s.euros, g.posts
FROM namidb_cypher_record(
    'MATCH (p:Person) RETURN p.name, COUNT { (p)-[:WROTE]->() }') AS g(name text, posts int)
JOIN salary s ON s.person = g.name
ORDER BY s.euros DESC;

-- Transactions: what a transaction changed it sees at once, and ROLLBACK drops it.
BEGIN;
SELECT namidb_cypher($$MATCH (p:Person {name: 'Dave'}) SET p.born = date('2001-01-01') RETURN p.born AS born$$);
SAVEPOINT s;
SELECT namidb_cypher('MATCH (p:Person) DETACH DELETE p');
SELECT namidb_cypher('MATCH (p:Person) RETURN count(*) AS people');
ROLLBACK TO s;
SELECT namidb_cypher('MATCH (p:Person) RETURN count(*) AS people');
COMMIT;
SELECT namidb_cypher($$MATCH (p:Person {name: 'Dave'}) RETURN p.born AS born$$);

-- The plan of a query.
SELECT * FROM namidb_explain($$MATCH (a:Person {name: 'Alice'})-[:KNOWS*1..2]->(b) RETURN b.name ORDER BY b.name LIMIT 10$$);

-- A mistake, and where it is.
\set ON_ERROR_STOP off
SELECT namidb_cypher('MATCH (p:Person) RETURN q.name');
\set ON_ERROR_STOP on

-- What lies in the folder now.
SELECT name, value FROM namidb_status() WHERE name IN ('store', 'version', 'nodes', 'relationships', 'wal_segments');
