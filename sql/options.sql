-- Options of servers and user mappings, and who may set them.
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb;
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (stor 'memory://x');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', reed_only 'true');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', completely_unknown 'true');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', access_key_id 'x');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', read_only 'perhaps');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', bump_epoch 'often');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', ca_file 'relative.pem');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', region '');

-- The store.
\set VERBOSITY terse
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store '');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'demo');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'ftp://host/x?ns=a');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://?ns=a');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=a/b');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=a&nosuch=1');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'file:///srv/graphs');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'file://host/srv/graphs?ns=a');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://');
\set VERBOSITY sqlstate
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (stor 'memory://x');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'demo');
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x', read_only 'perhaps');
\set VERBOSITY default

-- All of them, changed and dropped again.
CREATE SERVER o1 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=demo', endpoint 'http://127.0.0.1:1', region 'eu-west-1',
    read_only 'true', bump_epoch 'bump', ca_file '/nonexistent/ca.pem', use_server_credentials 'false');
ALTER SERVER o1 OPTIONS (SET bump_epoch 'keep', DROP ca_file);
ALTER SERVER o1 OPTIONS (DROP store);
SELECT unnest(srvoptions) FROM pg_foreign_server WHERE srvname = 'o1' ORDER BY 1;

-- Keys belong to user mappings.
CREATE USER MAPPING FOR CURRENT_USER SERVER o1 OPTIONS (access_key 'a');
CREATE USER MAPPING FOR CURRENT_USER SERVER o1 OPTIONS (store 'memory://x');
CREATE USER MAPPING FOR CURRENT_USER SERVER o1 OPTIONS (access_key_id 'a', secret_access_key 's', session_token 't');
CREATE USER MAPPING FOR PUBLIC SERVER o1 OPTIONS (access_key_id '');
DROP SERVER o1 CASCADE;

-- read_only refuses every write before it begins.
CREATE SERVER o2 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://ro', read_only 'on');
SELECT namidb_cypher('RETURN 1 AS x', NULL, 'o2');
SELECT namidb_cypher('MATCH (n) RETURN count(n) AS n', NULL, 'o2');
SELECT namidb_cypher('CREATE (:A)', NULL, 'o2');
SELECT namidb_cypher('MATCH (n:Nothing) SET n.a = 1', NULL, 'o2');
SELECT count(*) FROM namidb_explain('CREATE (:A)', NULL, 'o2') HAVING count(*) > 0;
DROP SERVER o2;

-- A changed option is seen by the next statement.
CREATE SERVER o3 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://one');
SELECT namidb_cypher('CREATE (:One)', NULL, 'o3');
SELECT namidb_cypher('MATCH (n) RETURN labels(n) AS l', NULL, 'o3');
ALTER SERVER o3 OPTIONS (SET store 'memory://two');
SELECT namidb_cypher('MATCH (n) RETURN labels(n) AS l', NULL, 'o3');
ALTER SERVER o3 OPTIONS (SET store 'memory://one');
SELECT namidb_cypher('MATCH (n) RETURN labels(n) AS l', NULL, 'o3');
DROP SERVER o3;

-- Only superusers name files and hand out the server's own credentials.
CREATE ROLE namidb_regress_owner;
GRANT USAGE ON FOREIGN DATA WRAPPER namidb TO namidb_regress_owner;
SET ROLE namidb_regress_owner;
CREATE SERVER o4 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=demo', ca_file '/etc/ca.pem');
CREATE SERVER o4 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=demo', use_server_credentials 'true');
CREATE SERVER o4 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=demo&endpoint=http://127.0.0.1:1&allow_http=true');
-- no keys: not even the server's environment is asked
SELECT namidb_cypher('RETURN 1', NULL, 'o4');
-- loopback is not for ordinary owners
CREATE USER MAPPING FOR CURRENT_USER SERVER o4 OPTIONS (access_key_id 'a', secret_access_key 'b');
\set VERBOSITY sqlstate
SELECT namidb_cypher('MATCH (n) RETURN n', NULL, 'o4');
SET namidb.allowed_hosts = '127.0.0.1';
RESET ROLE;
-- with leave of a superuser it is tried, and nobody listens on that port
SET namidb.allowed_hosts = '127.0.0.1';
SET ROLE namidb_regress_owner;
SELECT namidb_cypher('MATCH (n) RETURN n', NULL, 'o4');
RESET ROLE;
RESET namidb.allowed_hosts;
-- link-local addresses are nobody's
CREATE SERVER o5 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://bucket?ns=demo&endpoint=http://169.254.169.254&allow_http=true');
CREATE USER MAPPING FOR CURRENT_USER SERVER o5 OPTIONS (access_key_id 'a', secret_access_key 'b');
SELECT namidb_cypher('MATCH (n) RETURN n', NULL, 'o5');
\set VERBOSITY default
DROP SERVER o5 CASCADE;
DROP SERVER o4 CASCADE;
REVOKE ALL ON FOREIGN DATA WRAPPER namidb FROM namidb_regress_owner;
DROP ROLE namidb_regress_owner;

-- Settings of parts that are not there yet can be named in a configuration.
SET namidb.as_of = '5';
SET namidb.cache_directory = 'relative';
SET namidb.cache_sizes = '1GB';

-- A graph in memory is one graph, whatever the options of the servers that lead to it.
CREATE SERVER o6 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://options');
CREATE SERVER o7 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://options', read_only 'true');
SELECT namidb_cypher('CREATE (:A {k: 1})', NULL, 'o6');
SELECT namidb_cypher('MATCH (a:A) RETURN a.k AS k', NULL, 'o7');
SELECT namidb_cypher('CREATE (:A {k: 2})', NULL, 'o7');
ALTER SERVER o6 OPTIONS (ADD bump_epoch 'bump');
SELECT namidb_cypher('MATCH (a:A) SET a.k = 3 RETURN a.k AS k', NULL, 'o6');
SELECT namidb_cypher('MATCH (a:A) RETURN a.k AS k', NULL, 'o7');
SELECT name, value FROM namidb_status('o7') WHERE name IN ('version', 'epoch') ORDER BY name;
DROP SERVER o6;
DROP SERVER o7;
