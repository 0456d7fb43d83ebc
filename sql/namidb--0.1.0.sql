\echo Use "CREATE EXTENSION namidb" to load this file. \quit

-- The wrapper, and who may use it: nobody but its owner until granted.

CREATE FUNCTION @extschema@.namidb_fdw_handler() RETURNS fdw_handler
AS 'MODULE_PATHNAME', 'namidb_fdw_handler' LANGUAGE C STRICT;
COMMENT ON FUNCTION @extschema@.namidb_fdw_handler() IS
'handler of the foreign-data wrapper namidb';

CREATE FUNCTION @extschema@.namidb_fdw_validator(options text[], catalog oid) RETURNS void
AS 'MODULE_PATHNAME', 'namidb_fdw_validator' LANGUAGE C STRICT;
COMMENT ON FUNCTION @extschema@.namidb_fdw_validator(text[], oid) IS
'checks the options of servers, user mappings and foreign tables of namidb';

CREATE FOREIGN DATA WRAPPER namidb
    HANDLER @extschema@.namidb_fdw_handler
    VALIDATOR @extschema@.namidb_fdw_validator;
COMMENT ON FOREIGN DATA WRAPPER namidb IS
'NamiDB namespaces: property graphs in S3-compatible buckets, folders or memory';

-- Cypher.

CREATE FUNCTION @extschema@.namidb_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'namidb_support' LANGUAGE C STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @extschema@.namidb_support(internal) IS
'planner support of the set-returning functions of namidb';

CREATE FUNCTION @extschema@.namidb_cypher(query text, params jsonb DEFAULT NULL,
    server name DEFAULT NULL, OUT r jsonb) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'namidb_cypher'
LANGUAGE C VOLATILE PARALLEL UNSAFE SUPPORT @extschema@.namidb_support;
COMMENT ON FUNCTION @extschema@.namidb_cypher(text, jsonb, name) IS
'runs a Cypher statement; one JSON object per row';

CREATE FUNCTION @extschema@.namidb_cypher_record(query text, params jsonb DEFAULT NULL,
    server name DEFAULT NULL) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'namidb_cypher_record'
LANGUAGE C VOLATILE PARALLEL UNSAFE SUPPORT @extschema@.namidb_support;
COMMENT ON FUNCTION @extschema@.namidb_cypher_record(text, jsonb, name) IS
'runs a Cypher statement; columns by position: … AS t(name text, born date)';

CREATE FUNCTION @extschema@.namidb_cypher_as(row_type anyelement, query text,
    params jsonb DEFAULT NULL, server name DEFAULT NULL) RETURNS SETOF anyelement
AS 'MODULE_PATHNAME', 'namidb_cypher_as'
LANGUAGE C VOLATILE PARALLEL UNSAFE SUPPORT @extschema@.namidb_support;
COMMENT ON FUNCTION @extschema@.namidb_cypher_as(anyelement, text, jsonb, name) IS
'runs a Cypher statement; columns by name of the row type: namidb_cypher_as(NULL::person, …)';

CREATE FUNCTION @extschema@.namidb_query(query text, params jsonb DEFAULT NULL,
    server name DEFAULT NULL, OUT r jsonb) RETURNS SETOF jsonb
AS 'MODULE_PATHNAME', 'namidb_query'
LANGUAGE C STABLE PARALLEL RESTRICTED SUPPORT @extschema@.namidb_support;
COMMENT ON FUNCTION @extschema@.namidb_query(text, jsonb, name) IS
'runs a reading Cypher statement; writing clauses are refused';

CREATE FUNCTION @extschema@.namidb_explain(query text, params jsonb DEFAULT NULL,
    server name DEFAULT NULL, "analyze" boolean DEFAULT false) RETURNS SETOF text
AS 'MODULE_PATHNAME', 'namidb_explain'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.namidb_explain(text, jsonb, name, boolean) IS
'the plan of a Cypher statement, one line per row; executes it only with "analyze"';

CREATE FUNCTION @extschema@.namidb_describe(query text, server name DEFAULT NULL,
    OUT ordinal int, OUT name text, OUT type text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'namidb_describe'
LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION @extschema@.namidb_describe(text, name) IS
'the result columns of a Cypher statement; nothing is executed';

-- For the owner of the server.

CREATE FUNCTION @extschema@.namidb_status(server name DEFAULT NULL,
    OUT name text, OUT value jsonb) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'namidb_status'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.namidb_status(name) IS
'facts about a namespace and this session''s use of it (owner of the server only)';
