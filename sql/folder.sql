-- A namespace in a folder of the server: written by one session, read by another.
-- (The folder is the server's, which may run as another user than this test: it makes it, and takes it away.)
SELECT '/tmp/namidb_regress_' || substr(md5(random()::text), 1, 12) AS folder \gset
SELECT 'rm -r ' || :'folder' AS cleaning \gset
SELECT 'file://' || :'folder' || '?ns=f' || substr(md5(random()::text), 1, 12) AS store \gset
CREATE SERVER folder FOREIGN DATA WRAPPER namidb OPTIONS (store :'store');

-- The folder need not exist: reading finds nothing and writes nothing.
SELECT namidb_cypher('MATCH (n) RETURN count(n) AS n');
SELECT count(*) FROM pg_ls_dir(:'folder', true, false);

-- The first commit creates it.
SELECT namidb_cypher('CREATE (a:P {name: "a"})-[:T {w: 1.5}]->(b:P {name: "b"}) RETURN a.name AS a');
\c
SELECT namidb_cypher('MATCH (a)-[t:T]->(b) RETURN a.name AS a, t.w AS w, b.name AS b');
SELECT namidb_cypher('MATCH (a:P {name: "a"}) SET a.name = "A", a:Q');
SELECT namidb_cypher('MATCH (:P)-[t:T]->() DELETE t');
BEGIN;
SELECT namidb_cypher('CREATE (:Never)');
ROLLBACK;
\c
SELECT namidb_cypher('MATCH (n) RETURN n.name AS name, labels(n) AS labels ORDER BY name');
SELECT namidb_cypher('MATCH ()-[t]->() RETURN count(t) AS n');
-- three commits: versions 1 to 3 upon the empty version 0, in one epoch
SELECT name, value FROM namidb_status('folder') WHERE name IN ('version', 'epoch') ORDER BY name;

-- Two namespaces of one folder do not know each other.
SELECT replace(srvoptions[1], 'store=', '') || '2' AS store2 FROM pg_foreign_server WHERE srvname = 'folder' \gset
CREATE SERVER folder2 FOREIGN DATA WRAPPER namidb OPTIONS (store :'store2');
SELECT namidb_cypher('MATCH (n) RETURN count(n) AS n', NULL, 'folder2');
DROP SERVER folder2;

-- A folder that cannot be made, and one that is none.
CREATE SERVER proc FOREIGN DATA WRAPPER namidb OPTIONS (store 'file:///proc/namidb?ns=x');
\set VERBOSITY sqlstate
SELECT namidb_cypher('CREATE (:A)', NULL, 'proc');
CREATE SERVER notdir FOREIGN DATA WRAPPER namidb OPTIONS (store 'file:///etc/passwd?ns=x');
SELECT namidb_cypher('MATCH (n) RETURN n', NULL, 'notdir');
\set VERBOSITY default
DROP SERVER proc;
DROP SERVER notdir;
DROP SERVER folder;
COPY (SELECT 1) TO PROGRAM :'cleaning';
