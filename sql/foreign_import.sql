-- IMPORT FOREIGN SCHEMA: which tables and columns come of a graph.
SET client_min_messages = notice;
CREATE SERVER imp FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://import');
SET namidb.default_server = imp;
CREATE VIEW imported AS
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
           a.attfdwoptions AS options
    FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum;
CREATE VIEW imported_tables AS
    SELECT c.relnamespace::regnamespace AS nspname, c.relname, f.ftoptions AS options
    FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid ORDER BY c.relnamespace::regnamespace::text, c.relname COLLATE "C";

-- A graph that does not exist yet is empty.
CREATE SCHEMA i0;
IMPORT FOREIGN SCHEMA "all" FROM SERVER imp INTO i0;
SELECT * FROM imported_tables;

-- Every kind of value, one property each.
SELECT namidb_cypher($$
    CREATE (p:Person {name: 'Ada', born: 1815, height: 1.5, active: true, wed: date('1835-07-08'),
        seen: datetime('2024-01-02T03:04:05Z'), local: localdatetime('2024-01-02T03:04:05'), at: time('10:00:00+01:00'),
        at_local: localtime('10:00:00'), age: duration('P36Y'), tags: ['a', 'b'], attrs: {a: 1}, emb: vector([1.0, 2.0])})
    CREATE (q:Person:Engineer {name: 'Bo', tools: 3})
    CREATE (p)-[:KNOWS {since: 2020, weight: 0.5}]->(q), (q)-[:LIKES]->(p)
$$);
CREATE SCHEMA i1;
IMPORT FOREIGN SCHEMA "all" FROM SERVER imp INTO i1;
SELECT relname, attname, type, not_null, options FROM imported WHERE nspname = 'i1';
SELECT relname, options FROM imported_tables WHERE nspname = 'i1'::regnamespace;

-- BYTES come from outside only.
SET namidb.json_format = typed;
SELECT namidb_cypher('CREATE (:Blob {raw: $b})', '{"b": {"$bytes": "0001ff"}}');
RESET namidb.json_format;
CREATE SCHEMA i2;
IMPORT FOREIGN SCHEMA nodes LIMIT TO ("Blob") FROM SERVER imp INTO i2;
SELECT attname, type FROM imported WHERE nspname = 'i2';

-- Mixtures. All rows count, also the last of many, and only rows of that label.
SELECT namidb_cypher($$
    UNWIND range(1, 3000) AS i
    CREATE (:Mix {int_float: i, float_big: i, big: i, int_text: i, list_vector: [i], null_int: CASE WHEN i = 7 THEN i END,
                  bool_text: true, date_time: date('2020-01-01')})
$$);
SELECT namidb_cypher($$
    CREATE (:Mix {int_float: 0.5, float_big: 0.5, big: 9007199254740993, int_text: 'x', list_vector: vector([1.0]), bool_text: 'true',
                  date_time: datetime('2020-01-01T00:00:00Z')}),
           (:Mix {float_big: -9007199254740993}), (:Other {big: 'text', int_float: true})
$$);
CREATE SCHEMA i3;
IMPORT FOREIGN SCHEMA nodes LIMIT TO ("Mix", "Other") FROM SERVER imp INTO i3;
SELECT relname, attname, type FROM imported WHERE nspname = 'i3' AND attname NOT LIKE '\_%';

-- A value that is changed does not count any more, in the transaction and after it.
BEGIN;
SELECT namidb_cypher('MATCH (m:Mix) WHERE m.int_text = "x" SET m.int_text = 1, m.late = 1.0');
CREATE SCHEMA i4;
IMPORT FOREIGN SCHEMA nodes LIMIT TO ("Mix") FROM SERVER imp INTO i4;
SELECT attname, type FROM imported WHERE nspname = 'i4' AND attname IN ('int_text', 'late');
ROLLBACK;
CREATE SCHEMA i4;
IMPORT FOREIGN SCHEMA nodes LIMIT TO ("Mix") FROM SERVER imp INTO i4;
SELECT attname, type FROM imported WHERE nspname = 'i4' AND attname IN ('int_text', 'late');
DROP SCHEMA i4 CASCADE;
SELECT namidb_cypher('MATCH (m:Mix) WHERE m.int_text = "x" SET m.int_text = 1, m.late = 1.0');
CREATE SCHEMA i4;
IMPORT FOREIGN SCHEMA nodes LIMIT TO ("Mix") FROM SERVER imp INTO i4;
SELECT attname, type FROM imported WHERE nspname = 'i4' AND attname IN ('int_text', 'late');
SELECT namidb_cypher('MATCH (m:Mix) DELETE m');
SELECT namidb_cypher('MATCH (m:Other) DELETE m');
CREATE SCHEMA i5;
IMPORT FOREIGN SCHEMA nodes FROM SERVER imp INTO i5;
SELECT relname FROM imported_tables WHERE nspname = 'i5'::regnamespace;

-- nodes, edges, LIMIT TO, EXCEPT.
CREATE SCHEMA e1;
IMPORT FOREIGN SCHEMA edges FROM SERVER imp INTO e1;
CREATE SCHEMA e2;
IMPORT FOREIGN SCHEMA "all" EXCEPT ("Person", "KNOWS") FROM SERVER imp INTO e2;
CREATE SCHEMA e3;
IMPORT FOREIGN SCHEMA "all" LIMIT TO ("Person", "LIKES", nobody) FROM SERVER imp INTO e3;
CREATE SCHEMA e4;
IMPORT FOREIGN SCHEMA nodes LIMIT TO ("KNOWS") FROM SERVER imp INTO e4;
SELECT nspname, relname FROM imported_tables WHERE nspname::text LIKE 'e_';

-- What is refused.
IMPORT FOREIGN SCHEMA public FROM SERVER imp INTO e4;
IMPORT FOREIGN SCHEMA "Nodes" FROM SERVER imp INTO e4;
IMPORT FOREIGN SCHEMA nodes FROM SERVER imp INTO e4 OPTIONS (import_default 'true');
IMPORT FOREIGN SCHEMA nodes FROM SERVER imp INTO e4 OPTIONS (import_labels 'perhaps');
IMPORT FOREIGN SCHEMA "all" FROM SERVER imp INTO e3;
\set VERBOSITY sqlstate
IMPORT FOREIGN SCHEMA public FROM SERVER imp INTO e4;
IMPORT FOREIGN SCHEMA nodes FROM SERVER imp INTO e4 OPTIONS (import_default 'true');
\set VERBOSITY default

-- Options.
CREATE SCHEMA o1;
IMPORT FOREIGN SCHEMA "all" FROM SERVER imp INTO o1 OPTIONS (import_labels 'false', import_properties 'off');
SELECT relname, attname FROM imported WHERE nspname = 'o1' AND attname LIKE '\_%';

-- New properties, labels and types: a second import into another schema; the first stays as it is.
SELECT namidb_cypher('MATCH (p:Person {name: "Ada"}) SET p.email = "ada@example.org", p.born = 1815.5, p:Pioneer');
SELECT namidb_cypher('MATCH (a)-[:KNOWS]->(b) CREATE (b)-[:WORKS_WITH {hours: 3}]->(a)');
CREATE SCHEMA n1;
IMPORT FOREIGN SCHEMA "all" FROM SERVER imp INTO n1;
SELECT b.relname, b.attname, a.type AS was, b.type AS is
FROM imported b LEFT JOIN imported a ON a.nspname = 'i1' AND a.relname = b.relname AND a.attname = b.attname
WHERE b.nspname = 'n1' AND a.type IS DISTINCT FROM b.type;

-- Names: keywords, case, spaces, quotes, a backslash, letters of all alphabets, what looks like SQL.
CREATE SERVER odd FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://odd');
SET namidb.default_server = odd;
SELECT namidb_cypher($$
    CREATE (:select {`from`: 1, `Where`: 2, `order by`: 3}), (:Select), (:`two words` {`a b`: 1, `tab	tab`: 2}),
           (:`quote"d` {`it's`: 1, `"`: 2, `back\\slash`: 3, `$1`: 4, `%s`: 5}), (:`'; DROP TABLE x; --` {`); --`: true}),
           (:`Größe` {`naïve`: 'é', `日本語`: 1, `😀`: 1.5}), (:`1st` {`2nd`: 3}), (:user {`user`: 'x', `current_user`: 'y'}),
           (:a {A: 1, a: 2}), (:pg_class {oid: 1, ctid: 2, xmin: 3, tableoid: 4, `_src`: 5, `_labels`: 6, `_properties`: 7})
$$);
CREATE SCHEMA "Odd names";
IMPORT FOREIGN SCHEMA "all" FROM SERVER odd INTO "Odd names";
SELECT relname, attname, type, options FROM imported WHERE nspname = 'Odd names' AND attname NOT IN ('_id', '_labels', '_properties');
SELECT relname, options FROM imported_tables WHERE nspname = '"Odd names"'::regnamespace;

-- A type that has a label's name, and names that are taken already.
SELECT namidb_cypher($$
    CREATE (x:a)-[:user {since: 1}]->(y:user), (x)-[:a]->(y), (x)-[:a_rel]->(y), (x)-[:`two words`]->(y), (:user_rel)
$$);
CREATE SCHEMA twice;
IMPORT FOREIGN SCHEMA edges FROM SERVER odd INTO twice;
IMPORT FOREIGN SCHEMA nodes LIMIT TO (a, "user", "two words", user_rel) FROM SERVER odd INTO twice;
SELECT relname, options FROM imported_tables WHERE nspname = 'twice'::regnamespace;

-- Over 63 bytes, also when cut in the middle of a character; the options keep the whole name.
CREATE SERVER lengthy FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://lengthy');
SELECT namidb_cypher(format('CREATE (:%1$s {%1$s: 1, %1$sX: 2, %1$sY: 3, %2$s: 4, %3$s: 5}), (:%1$sX), (:%1$sY {%4$s: 1}), (:%2$s), (:%3$s)', repeat('x', 63),
    repeat('ä', 32), repeat('日本', 11), repeat('y', 200)), NULL, 'lengthy');
SELECT namidb_cypher(format('MATCH (a:%1$s) CREATE (a)-[:%1$s]->(a), (a)-[:%1$sX]->(a), (a)-[:%1$sZ]->(a)', repeat('x', 63)), NULL, 'lengthy');
CREATE SCHEMA lengthy;
IMPORT FOREIGN SCHEMA "all" FROM SERVER lengthy INTO lengthy;
SELECT relname, octet_length(relname::text), options FROM imported_tables WHERE nspname = 'lengthy'::regnamespace;
SELECT left(relname, 5) AS rel, attname, octet_length(attname::text), options FROM imported WHERE nspname = 'lengthy' AND attname NOT LIKE '\_%';

-- More properties than a table can have columns.
CREATE SERVER wide FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://wide');
SELECT namidb_cypher('CREATE (n:Wide) SET n = $props', jsonb_build_object('props', jsonb_object_agg('p' || i, i)), 'wide') FROM generate_series(10000, 11999) i;
CREATE SCHEMA wide;
IMPORT FOREIGN SCHEMA nodes FROM SERVER wide INTO wide;
SELECT count(*), max(attname::text COLLATE "C") FROM imported WHERE nspname = 'wide' AND attname LIKE 'p1%';

-- What is only declared has a table too.
CREATE SERVER declared FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://declared');
SET namidb.default_server = declared;
SELECT namidb_cypher('CREATE CONSTRAINT FOR (n:Country) REQUIRE n.code IS UNIQUE');
SELECT namidb_cypher('CREATE INDEX FOR (n:City) ON (n.name)');
BEGIN;
SELECT namidb_cypher('CREATE INDEX FOR (n:River) ON (n.name)');
CREATE SCHEMA d1;
IMPORT FOREIGN SCHEMA "all" FROM SERVER declared INTO d1;
SELECT relname, attname, type FROM imported WHERE nspname = 'd1';
ROLLBACK;
CREATE SCHEMA d1;
IMPORT FOREIGN SCHEMA "all" FROM SERVER declared INTO d1;
SELECT relname FROM imported_tables WHERE nspname = 'd1'::regnamespace;

-- Namespaces that the product wrote.
\getenv srcdir PG_ABS_SRCDIR
SELECT 'file://' || :'srcdir' || '/test/fixtures/node-sst/flushed-v2619?ns=flushed' AS store1,
       'file://' || :'srcdir' || '/test/fixtures/edge-sst/small-2.6.19/store?ns=demo' AS store2 \gset
CREATE SERVER fixture1 FOREIGN DATA WRAPPER namidb OPTIONS (read_only 'true', store :'store1');
CREATE SERVER fixture2 FOREIGN DATA WRAPPER namidb OPTIONS (read_only 'true', store :'store2');
CREATE SCHEMA f1;
IMPORT FOREIGN SCHEMA "all" FROM SERVER fixture1 INTO f1;
SELECT relname, attname, type FROM imported WHERE nspname = 'f1' AND attname NOT IN ('_id', '_labels', '_properties', '_src', '_dst');
CREATE SCHEMA f2;
IMPORT FOREIGN SCHEMA "all" FROM SERVER fixture2 INTO f2;
SELECT relname, attname, type FROM imported WHERE nspname = 'f2' AND attname NOT IN ('_id', '_labels', '_properties', '_src', '_dst');

-- Who may: USAGE on the server, and rights on the schema.
CREATE ROLE namidb_regress_importer;
CREATE SCHEMA theirs AUTHORIZATION namidb_regress_importer;
SET ROLE namidb_regress_importer;
IMPORT FOREIGN SCHEMA "all" FROM SERVER declared INTO theirs;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER declared, fixture1 TO namidb_regress_importer;
SET ROLE namidb_regress_importer;
IMPORT FOREIGN SCHEMA "all" FROM SERVER declared INTO theirs;
\set VERBOSITY sqlstate
IMPORT FOREIGN SCHEMA "all" FROM SERVER declared INTO d1;
IMPORT FOREIGN SCHEMA "all" FROM SERVER fixture1 INTO theirs;
\set VERBOSITY default
RESET ROLE;
SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'theirs'::regnamespace AND relkind = 'f' ORDER BY 1;

-- Options of tables that are written by hand.
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (lable 'x');
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (label '');
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (label 'x', type 'y');
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (cypher 'RETURN 1', label 'x');
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (type 'x', on_delete 'detach');
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (cypher 'RETURN 1 AS x', on_delete 'detach');
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (label 'x', on_delete 'cascade');
CREATE FOREIGN TABLE opt () SERVER declared OPTIONS (label 'x', on_type_mismatch 'ignore');
CREATE FOREIGN TABLE opt (a int OPTIONS (column_name 'b')) SERVER declared;
CREATE FOREIGN TABLE opt (a int OPTIONS (property '')) SERVER declared;
CREATE FOREIGN TABLE opt (_id uuid, a int OPTIONS (property 'b')) SERVER declared OPTIONS (label 'x', on_delete 'detach', on_type_mismatch 'null');
ALTER FOREIGN TABLE opt OPTIONS (ADD type 'y');
ALTER FOREIGN TABLE opt OPTIONS (DROP label, ADD type 'y');
ALTER FOREIGN TABLE opt OPTIONS (DROP label, DROP on_delete, ADD type 'y');
ALTER FOREIGN TABLE opt OPTIONS (SET type 'z', SET on_type_mismatch 'error');
SELECT options FROM imported_tables WHERE relname = 'opt';

-- Clean up.
\set VERBOSITY terse
SET client_min_messages = warning;
RESET namidb.default_server;
DROP SERVER imp, odd, lengthy, wide, declared, fixture1, fixture2 CASCADE;
DROP VIEW imported, imported_tables;
DROP SCHEMA i0, i1, i2, i3, i4, i5, e1, e2, e3, e4, o1, n1, "Odd names", twice, lengthy, wide, d1, f1, f2, theirs;
DROP ROLE namidb_regress_importer;
