-- Whose rights count for foreign tables, files and user mappings; plans that follow what ALTER changes.
-- (The folder is the server's, which may run as another user than this test: it makes it, and takes it away.)
SELECT '/tmp/namidb_regress_' || substr(md5(random()::text), 1, 12) AS folder \gset
SELECT 'rm -r ' || :'folder' AS cleaning \gset
SELECT 'file://' || :'folder' || '?ns=one' AS one, 'file://' || :'folder' || '?ns=two' AS two \gset
CREATE SERVER sec FOREIGN DATA WRAPPER namidb OPTIONS (store :'one');
CREATE SERVER sec_two FOREIGN DATA WRAPPER namidb OPTIONS (store :'two');
CREATE SERVER mem FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://security');
SELECT namidb_cypher('CREATE (a:Person {name: ''Ada'', k: 1})-[:KNOWS]->(:Person {name: ''Bob'', k: 2})', NULL, 'sec');
SELECT namidb_cypher('CREATE (:Person {name: ''Eve'', k: 3})', NULL, 'sec_two');
SELECT namidb_cypher('CREATE (:Person {name: ''Mem'', k: 4})', NULL, 'mem');
CREATE FOREIGN TABLE person (_id uuid NOT NULL, name text, k bigint) SERVER sec OPTIONS (label 'Person');
CREATE FOREIGN TABLE knows (_src uuid NOT NULL, _dst uuid NOT NULL) SERVER sec OPTIONS (type 'KNOWS');
CREATE FOREIGN TABLE names (name text) SERVER sec OPTIONS (cypher 'MATCH (p:Person) RETURN p.name AS name');
CREATE FOREIGN TABLE mem_person (_id uuid NOT NULL, name text, k bigint) SERVER mem OPTIONS (label 'Person');
CREATE ROLE namidb_regress_owner;
CREATE ROLE namidb_regress_user;
GRANT CREATE ON SCHEMA public TO namidb_regress_owner;
GRANT ALL ON person, knows, names, mem_person TO namidb_regress_owner, namidb_regress_user;

-- No USAGE on the server: nothing that reads or writes, whatever the rights on the table; nor definitions.
\set VERBOSITY terse
SET ROLE namidb_regress_user;
SELECT name FROM mem_person;
SELECT count(*) FROM mem_person;
SELECT name FROM names;
SELECT a.name FROM person a JOIN knows ON _src = _id;
INSERT INTO mem_person (name) VALUES ('x');
UPDATE mem_person SET name = 'x';
UPDATE mem_person SET k = k + 1 WHERE name = 'Mem';
DELETE FROM mem_person;
TRUNCATE mem_person;
COPY mem_person (name) FROM STDIN;
\.
COPY mem_person TO STDOUT;
EXPLAIN SELECT name FROM mem_person;
CREATE FOREIGN TABLE pg_temp.mine (name text) SERVER mem;
IMPORT FOREIGN SCHEMA nodes FROM SERVER mem INTO pg_temp;
RESET ROLE;
ANALYZE mem_person;

-- USAGE, but not the rights on the table.
GRANT USAGE ON FOREIGN SERVER mem TO namidb_regress_user;
REVOKE ALL ON mem_person FROM namidb_regress_user;
GRANT SELECT (name), UPDATE (k), INSERT (k) ON mem_person TO namidb_regress_user;
SET ROLE namidb_regress_user;
SELECT name FROM mem_person;
SELECT k FROM mem_person;
SELECT name FROM mem_person WHERE k > 0;
SELECT name FROM mem_person ORDER BY k LIMIT 1;
SELECT count(k) FROM mem_person;
SELECT mem_person FROM mem_person;
UPDATE mem_person SET k = 5;
UPDATE mem_person SET name = 'x';
UPDATE mem_person SET k = k + 1;
INSERT INTO mem_person (k) VALUES (6);
INSERT INTO mem_person (k) VALUES (7) RETURNING k;
INSERT INTO mem_person (name) VALUES ('x');
DELETE FROM mem_person;
TRUNCATE mem_person;
RESET ROLE;
SELECT name, k FROM mem_person ORDER BY k;
DELETE FROM mem_person WHERE k = 6;

-- Files: reading takes pg_read_server_files, writing pg_write_server_files too.
GRANT USAGE ON FOREIGN SERVER sec TO namidb_regress_user, namidb_regress_owner;
SET ROLE namidb_regress_user;
SELECT name FROM person;
SELECT count(*) FROM knows;
SELECT name FROM names;
INSERT INTO person (name) VALUES ('x');
RESET ROLE;
GRANT pg_write_server_files TO namidb_regress_user;
SET ROLE namidb_regress_user;
SELECT name FROM person;
INSERT INTO person (name) VALUES ('x');
RESET ROLE;
REVOKE pg_write_server_files FROM namidb_regress_user;
GRANT pg_read_server_files TO namidb_regress_user;
SET ROLE namidb_regress_user;
SELECT name FROM person ORDER BY k;
SELECT name FROM names ORDER BY 1;
INSERT INTO person (name) VALUES ('x');
COPY person (name) FROM STDIN;
x
\.
UPDATE person SET name = 'x' WHERE k = 1;
UPDATE person SET name = lower(name) WHERE k = 1;
DELETE FROM person WHERE k = 9;
TRUNCATE knows;
RESET ROLE;
-- a prepared plan does not outlive the right
SET ROLE namidb_regress_user;
PREPARE read_file AS SELECT count(*) FROM person;
EXECUTE read_file;
RESET ROLE;
REVOKE pg_read_server_files FROM namidb_regress_user;
SET ROLE namidb_regress_user;
EXECUTE read_file;
RESET ROLE;
-- nor another user's
EXECUTE read_file;
SET ROLE namidb_regress_user;
EXECUTE read_file;
RESET ROLE;
DEALLOCATE read_file;
\set VERBOSITY sqlstate
SET namidb.allowed_paths = '/nowhere';
SELECT count(*) FROM person;
INSERT INTO person (name) VALUES ('x');
RESET namidb.allowed_paths;
\set VERBOSITY terse

-- Views: the owner's rights on table, server and file; with security_invoker those of who asks.
GRANT pg_read_server_files, pg_write_server_files TO namidb_regress_owner;
SET ROLE namidb_regress_owner;
CREATE VIEW by_owner AS SELECT name, k FROM person;
CREATE VIEW by_invoker WITH (security_invoker) AS SELECT name, k FROM person;
CREATE VIEW joined AS SELECT a.name AS a, b.name AS b FROM person a JOIN knows ON _src = a._id JOIN person b ON b._id = _dst;
CREATE VIEW nested AS SELECT name FROM by_invoker;
GRANT SELECT, INSERT, UPDATE, DELETE ON by_owner, by_invoker TO namidb_regress_user;
GRANT SELECT ON joined, nested TO namidb_regress_user;
SET ROLE namidb_regress_user;
SELECT name FROM by_owner ORDER BY k;
SELECT * FROM joined;
SELECT name FROM by_invoker;
SELECT name FROM nested;
INSERT INTO by_owner (name, k) VALUES ('New', 9);
UPDATE by_owner SET name = 'Newer' WHERE k = 9;
UPDATE by_owner SET name = upper(name) WHERE k = 9 RETURNING name;
DELETE FROM by_owner WHERE k = 9;
INSERT INTO by_invoker (name, k) VALUES ('New', 9);
UPDATE by_invoker SET name = 'Newer' WHERE k = 9;
-- the owner's missing right is not made good by who asks
RESET ROLE;
SELECT name, k FROM person ORDER BY k;
REVOKE pg_write_server_files FROM namidb_regress_owner;
INSERT INTO by_owner (name, k) VALUES ('New', 9);
UPDATE by_owner SET name = 'Newer' WHERE k = 1;
UPDATE by_owner SET name = upper(name) WHERE k = 1;
DELETE FROM by_owner;
INSERT INTO by_invoker (name, k) VALUES ('New', 9);
DELETE FROM by_invoker WHERE k = 9;
GRANT pg_write_server_files TO namidb_regress_owner;
-- Tables of two users are not joined in the graph, for their rights are not the same.
RESET ROLE;
CREATE FUNCTION statements(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        IF line ~ 'Cypher:' THEN RETURN NEXT ltrim(line); END IF;
    END LOOP;
END $$;
SELECT * FROM statements('SELECT p.name FROM by_owner p JOIN person q ON q.k = p.k') AS line ORDER BY line COLLATE "C";
SELECT * FROM statements('SELECT p.name FROM by_owner p JOIN by_owner q ON q.k = p.k');
REVOKE USAGE ON FOREIGN SERVER sec FROM namidb_regress_owner;
SET ROLE namidb_regress_user;
SELECT name FROM by_owner;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER sec TO namidb_regress_owner;
-- Functions with SECURITY DEFINER, plans kept over a change of user.
CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN (SELECT count(*) FROM public.person); END $$;
CREATE FUNCTION counted_as_me() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM public.person); END $$;
SELECT counted(), counted_as_me();
SET ROLE namidb_regress_user;
SELECT counted();
SELECT counted_as_me();
RESET ROLE;
SELECT counted_as_me();

-- Keys of S3: those of the view's owner, or of whoever asks. (Nobody answers there: who has keys gets as far as that.)
CREATE SERVER s3 FOREIGN DATA WRAPPER namidb OPTIONS (store 's3://none?ns=none&endpoint=http://127.0.0.1:1&region=us-east-1&allow_http=true');
CREATE FOREIGN TABLE remote (_id uuid, name text) SERVER s3;
GRANT USAGE ON FOREIGN SERVER s3 TO namidb_regress_owner, namidb_regress_user;
GRANT ALL ON remote TO namidb_regress_owner, namidb_regress_user;
SET ROLE namidb_regress_owner;
CREATE VIEW remote_owner AS SELECT name FROM remote;
CREATE VIEW remote_invoker WITH (security_invoker) AS SELECT name FROM remote;
GRANT ALL ON remote_owner, remote_invoker TO namidb_regress_user;
RESET ROLE;
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN CASE WHEN SQLERRM LIKE 'no access key for server%' THEN SQLERRM ELSE SQLSTATE END;
END $$;
SET namidb.request_timeout = '2s';
CREATE USER MAPPING FOR namidb_regress_user SERVER s3 OPTIONS (access_key_id 'a', secret_access_key 'b');
SET ROLE namidb_regress_user;
SELECT v, outcome('SELECT * FROM ' || v) FROM unnest('{remote,remote_owner,remote_invoker}'::text[]) v;
SELECT outcome('INSERT INTO remote_owner VALUES (1)');
RESET ROLE;
DROP USER MAPPING FOR namidb_regress_user SERVER s3;
CREATE USER MAPPING FOR namidb_regress_owner SERVER s3 OPTIONS (access_key_id 'a', secret_access_key 'b');
SET ROLE namidb_regress_user;
SELECT v, outcome('SELECT * FROM ' || v) FROM unnest('{remote,remote_owner,remote_invoker}'::text[]) v;
SELECT outcome('INSERT INTO remote_invoker VALUES (1)');
-- A mapping that comes or goes is noticed by a prepared statement.
PREPARE with_keys AS SELECT name FROM remote_invoker;
EXECUTE with_keys;
RESET ROLE;
CREATE USER MAPPING FOR PUBLIC SERVER s3 OPTIONS (access_key_id 'c', secret_access_key 'd');
SET ROLE namidb_regress_user;
SELECT outcome('EXECUTE with_keys');
RESET ROLE;
ALTER USER MAPPING FOR PUBLIC SERVER s3 OPTIONS (DROP secret_access_key);
SET ROLE namidb_regress_user;
SELECT outcome('EXECUTE with_keys');
RESET ROLE;
ALTER USER MAPPING FOR PUBLIC SERVER s3 OPTIONS (ADD secret_access_key 'e');
SET ROLE namidb_regress_user;
SELECT outcome('EXECUTE with_keys');
RESET ROLE;
DROP USER MAPPING FOR PUBLIC SERVER s3;
SET ROLE namidb_regress_user;
SELECT outcome('EXECUTE with_keys');
RESET ROLE;
DEALLOCATE with_keys;
RESET namidb.request_timeout;

-- Prepared statements of every kind follow ALTER SERVER and ALTER FOREIGN TABLE; generic plans, joins, direct modification, functions.
SET plan_cache_mode = force_generic_plan;
PREPARE reads(bigint) AS SELECT name FROM person WHERE k >= $1 ORDER BY k;
PREPARE joins AS SELECT a.name, b.name AS b FROM person a JOIN knows ON _src = a._id JOIN person b ON b._id = _dst;
PREPARE counts AS SELECT count(*) FROM person;
PREPARE looks AS SELECT p.name FROM (VALUES (1::bigint), (3)) v(k) JOIN person p ON p.k = v.k;
PREPARE directs(bigint) AS UPDATE person SET k = k + 0 WHERE k = $1;
PREPARE inserts(text) AS INSERT INTO person (name, k) VALUES ($1, 100) RETURNING name;
PREPARE queries AS SELECT name FROM names ORDER BY name;
EXECUTE reads(1);
EXECUTE joins;
EXECUTE counts;
EXECUTE looks;
EXECUTE directs(1);
EXECUTE queries;
SELECT counted_as_me();
-- another graph
ALTER SERVER sec OPTIONS (SET store :'two');
EXECUTE reads(1);
EXECUTE joins;
EXECUTE counts;
EXECUTE looks;
EXECUTE queries;
SELECT counted_as_me();
EXECUTE inserts('Into two');
SELECT name FROM by_owner WHERE k = 100;
-- a server that only reads
ALTER SERVER sec OPTIONS (ADD read_only 'true');
EXECUTE inserts('no');
EXECUTE directs(3);
EXECUTE counts;
ALTER SERVER sec OPTIONS (DROP read_only, SET store :'one');
EXECUTE counts;
EXECUTE inserts('Into one');
DELETE FROM person WHERE k = 100;
-- another label, property, query, rule
ALTER FOREIGN TABLE person OPTIONS (SET label 'Nobody');
EXECUTE counts;
EXECUTE joins;
EXECUTE directs(1);
EXECUTE inserts('a nobody');
SELECT namidb_cypher('MATCH (n:Nobody) DELETE n', NULL, 'sec');
ALTER FOREIGN TABLE person OPTIONS (SET label 'Person');
ALTER FOREIGN TABLE knows OPTIONS (SET type 'HATES');
EXECUTE joins;
ALTER FOREIGN TABLE knows OPTIONS (SET type 'KNOWS');
ALTER FOREIGN TABLE person ALTER name OPTIONS (ADD property 'k');
EXECUTE reads(1);
EXECUTE joins;
ALTER FOREIGN TABLE person ALTER name OPTIONS (DROP property);
DROP VIEW nested, joined, by_invoker;
DROP VIEW by_owner;
ALTER FOREIGN TABLE person ALTER name TYPE varchar(2);
EXECUTE counts;
EXECUTE looks;
EXECUTE joins;
ALTER FOREIGN TABLE person ALTER name TYPE text;
EXECUTE looks;
ALTER FOREIGN TABLE names OPTIONS (SET cypher 'UNWIND [''p'', ''q''] AS name RETURN name');
EXECUTE queries;
PREPARE deletes AS DELETE FROM person WHERE k = 1;
EXECUTE deletes;
BEGIN;
ALTER FOREIGN TABLE person OPTIONS (ADD on_delete 'detach');
EXECUTE deletes;
EXECUTE joins;
ROLLBACK;
EXECUTE joins;
EXECUTE deletes;
-- a column that goes, one that comes, a table that becomes another
ALTER FOREIGN TABLE person DROP COLUMN k;
EXECUTE reads(1);
EXECUTE directs(1);
EXECUTE counts;
EXECUTE joins;
ALTER FOREIGN TABLE person ADD COLUMN k bigint;
EXECUTE reads(2);
EXECUTE joins;
DROP FOREIGN TABLE knows;
EXECUTE joins;
CREATE FOREIGN TABLE knows (_src uuid, _dst uuid) SERVER mem OPTIONS (type 'KNOWS');
EXECUTE joins;
RESET plan_cache_mode;
DEALLOCATE ALL;

\set VERBOSITY default
SET client_min_messages = warning;
DROP FUNCTION counted, counted_as_me, outcome, statements;
DROP SERVER sec, sec_two, mem, s3 CASCADE;
DROP OWNED BY namidb_regress_owner, namidb_regress_user;
DROP ROLE namidb_regress_owner, namidb_regress_user;
COPY (SELECT 1) TO PROGRAM :'cleaning';
