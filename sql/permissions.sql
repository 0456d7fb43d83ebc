-- Who may use a server, and what for.
-- (The folder is the server's, which may run as another user than this test: it makes it, and takes it away.)
SELECT '/tmp/namidb_regress_' || substr(md5(random()::text), 1, 12) AS folder \gset
SELECT 'rm -r ' || :'folder' AS cleaning \gset
SELECT 'file://' || :'folder' || '?ns=p' || substr(md5(random()::text), 1, 12) AS store \gset
CREATE SERVER mem FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://permissions');
CREATE SERVER dir FOREIGN DATA WRAPPER namidb OPTIONS (store :'store');
CREATE ROLE namidb_regress_alice;
CREATE ROLE namidb_regress_bob;

-- USAGE on the server, for every function.
SET ROLE namidb_regress_alice;
SELECT namidb_cypher('RETURN 1', NULL, 'mem');
\set VERBOSITY sqlstate
SELECT namidb_query('RETURN 1', NULL, 'mem');
SELECT namidb_describe('RETURN 1', 'mem');
SELECT namidb_explain('RETURN 1', NULL, 'mem');
SELECT * FROM namidb_cypher_record('RETURN 1', NULL, 'mem') AS t(a int);
SELECT namidb_cypher_as(NULL::pg_namespace, 'RETURN 1', NULL, 'mem');
SELECT namidb_status('mem');
\set VERBOSITY default
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER mem TO namidb_regress_alice;
SET ROLE namidb_regress_alice;
SELECT namidb_cypher('CREATE (n:A {k: 1}) RETURN n.k AS k', NULL, 'mem');
SELECT namidb_describe('RETURN 1', 'mem');
SELECT count(*) > 0 AS explained FROM namidb_explain('RETURN 1', NULL, 'mem');
-- status is for the owner of the server
SELECT namidb_status('mem');
RESET ROLE;
ALTER SERVER mem OWNER TO namidb_regress_alice;
SELECT count(*) > 5 AS many FROM namidb_status('mem');

-- A reader: namidb_query without namidb_cypher.
REVOKE EXECUTE ON FUNCTION namidb_cypher(text, jsonb, name) FROM PUBLIC;
GRANT USAGE ON FOREIGN SERVER mem TO namidb_regress_bob;
SET ROLE namidb_regress_bob;
SELECT namidb_query('MATCH (n:A) RETURN n.k AS k', NULL, 'mem');
SELECT namidb_query('MATCH (n:A) DELETE n', NULL, 'mem');
SELECT namidb_cypher('MATCH (n:A) RETURN n.k AS k', NULL, 'mem');
RESET ROLE;
GRANT EXECUTE ON FUNCTION namidb_cypher(text, jsonb, name) TO PUBLIC;

-- A SECURITY DEFINER function lends its owner's rights, a view does not.
CREATE VIEW ks AS SELECT (r->'k')::int AS k FROM namidb_query('MATCH (n:A) RETURN n.k AS k', NULL, 'mem');
CREATE FUNCTION count_a() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS
    $$SELECT (r->'n')::int FROM namidb_query('MATCH (n:A) RETURN count(n) AS n', NULL, 'mem')$$;
GRANT SELECT ON ks TO namidb_regress_bob;
REVOKE USAGE ON FOREIGN SERVER mem FROM namidb_regress_bob;
SET ROLE namidb_regress_bob;
SELECT count_a();
-- functions in a view are called with the rights of who reads it
SELECT * FROM ks;
RESET ROLE;

-- Files: pg_read_server_files, pg_write_server_files.
GRANT USAGE ON FOREIGN SERVER dir TO namidb_regress_bob;
SELECT namidb_cypher('CREATE (n:A {k: 1}) RETURN n.k AS k', NULL, 'dir');
SET ROLE namidb_regress_bob;
SELECT namidb_cypher('MATCH (n) RETURN n.k AS k', NULL, 'dir');
RESET ROLE;
GRANT pg_read_server_files TO namidb_regress_bob;
SET ROLE namidb_regress_bob;
SELECT namidb_cypher('MATCH (n) RETURN n.k AS k', NULL, 'dir');
SELECT namidb_cypher('CREATE (n:A {k: 2}) RETURN n.k AS k', NULL, 'dir');
RESET ROLE;
GRANT pg_write_server_files TO namidb_regress_bob;
SET ROLE namidb_regress_bob;
SELECT namidb_cypher('CREATE (n:A {k: 2}) RETURN n.k AS k', NULL, 'dir');
-- settings that limit him are not his
SET namidb.allowed_paths = '/';
RESET ROLE;
SELECT namidb_cypher('MATCH (n) RETURN n.k AS k ORDER BY k', NULL, 'dir');

-- Folders outside of the allowed ones, and inside of the data directory.
\set VERBOSITY sqlstate
SET namidb.allowed_paths = '/nowhere, /elsewhere/';
SELECT namidb_cypher('MATCH (n) RETURN n.k AS k', NULL, 'dir');
SET namidb.allowed_paths = :'folder';
SELECT namidb_cypher('MATCH (n) RETURN count(n) AS n', NULL, 'dir');
RESET namidb.allowed_paths;
SELECT 'file://' || current_setting('data_directory') || '?ns=x' AS store \gset
CREATE SERVER data FOREIGN DATA WRAPPER namidb OPTIONS (store :'store');
SELECT namidb_cypher('CREATE (:A)', NULL, 'data');
CREATE SERVER dots FOREIGN DATA WRAPPER namidb OPTIONS (store 'file:///tmp/../etc?ns=x');
SELECT namidb_cypher('CREATE (:A)', NULL, 'dots');
\set VERBOSITY default

-- Alice owns the server of others' files, but may not read them for all that.
ALTER SERVER dir OWNER TO namidb_regress_alice;
\set VERBOSITY sqlstate
SET ROLE namidb_regress_alice;
SELECT namidb_cypher('MATCH (n) RETURN n.k AS k', NULL, 'dir');
SELECT namidb_status('dir');
RESET ROLE;
\set VERBOSITY default

DROP FUNCTION count_a();
DROP VIEW ks;
DROP SERVER data;
DROP SERVER dots;
DROP SERVER mem;
DROP SERVER dir;
DROP ROLE namidb_regress_alice;
DROP ROLE namidb_regress_bob;
COPY (SELECT 1) TO PROGRAM :'cleaning';
