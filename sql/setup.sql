-- What the extension brings.
\dx+ namidb

-- Everything is described. Who may use a server is decided by the server, not by EXECUTE.
SELECT p.proname, p.provolatile AS volatile, p.proparallel AS parallel, p.proretset AS is_set,
       has_function_privilege('public', p.oid, 'EXECUTE') AS for_everybody,
       obj_description(p.oid, 'pg_proc') IS NOT NULL AS has_comment
FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'namidb')
ORDER BY p.proname;

-- The wrapper is nobody's until it is granted.
SELECT fdwname, fdwacl FROM pg_foreign_data_wrapper WHERE fdwname = 'namidb';

-- The settings, with their defaults.
CREATE SERVER setup FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://setup');
SELECT * FROM namidb_describe('RETURN 1', 'setup');
SELECT name, setting, unit, context FROM pg_settings WHERE name LIKE 'namidb.%' ORDER BY name COLLATE "C";
SET namidb.no_such_setting = 1;
DROP SERVER setup;

-- DROP EXTENSION leaves nothing behind.
\set regression :DBNAME
CREATE DATABASE namidb_drop_test;
\c namidb_drop_test
CREATE EXTENSION namidb;
CREATE SERVER s FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://x');
CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (access_key_id 'a', secret_access_key 'b');
\set VERBOSITY terse
DROP EXTENSION namidb;
DROP EXTENSION namidb CASCADE;
SELECT count(*) FROM pg_foreign_server;
SELECT count(*) FROM pg_foreign_data_wrapper;
SELECT proname FROM pg_proc WHERE proname LIKE 'namidb%';
SELECT typname FROM pg_type WHERE typname LIKE '%namidb%';
\c :regression
DROP DATABASE namidb_drop_test;
