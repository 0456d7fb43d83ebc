-- Writing foreign tables: what arrives in the graph, what is refused, and what a transaction sees.
CREATE SERVER fw FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://foreign-write');
SET namidb.default_server = fw;
CREATE FOREIGN TABLE person (_id uuid, _labels text[], name text, age bigint, _properties jsonb) SERVER fw OPTIONS (label 'Person');
CREATE FOREIGN TABLE knows (_src uuid, _dst uuid, since bigint, _properties jsonb) SERVER fw OPTIONS (type 'KNOWS');
CREATE FOREIGN TABLE detached (_id uuid, name text) SERVER fw OPTIONS (label 'Person', on_delete 'detach');
CREATE FOREIGN TABLE q (name text) SERVER fw OPTIONS (cypher 'MATCH (n:Person) RETURN n.name AS name');
CREATE VIEW graph AS SELECT r->>'id' AS id, r->'labels' AS labels, r->'p' AS p FROM
  namidb_cypher('MATCH (n) RETURN id(n) AS id, labels(n) AS labels, properties(n) AS p ORDER BY n.name, n.age') AS r;
CREATE VIEW rels AS SELECT r FROM
  namidb_cypher('MATCH (a)-[r]->(b) RETURN a.name AS a, type(r) AS t, b.name AS b, properties(r) AS p ORDER BY a, t, b') AS r;
CREATE FUNCTION u(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;

-- INSERT: one row, several, of a query, with what is left out.
INSERT INTO person (_id, name, age) VALUES (u(1), 'Ann', 30);
INSERT INTO person (_id, name, age) VALUES (u(2), 'Ben', NULL), (u(3), 'Cid', 50);
INSERT INTO person (_id, _labels, name, _properties) VALUES (u(4), '{Boss,Person,Actor}', 'Dan', '{"x": [1, 2.5, "s", null], "m": {"k": true}, "n": null}');
SELECT * FROM graph;
INSERT INTO person (name) SELECT 'gen ' || i FROM generate_series(1, 3) i RETURNING _id IS NOT NULL AS has_id, substr(_id::text, 15, 1) AS version, _labels, name, age, _properties;
SELECT count(*), count(DISTINCT _id) FROM person WHERE name LIKE 'gen%';
INSERT INTO person DEFAULT VALUES RETURNING _labels, name;
DELETE FROM person WHERE name IS NULL OR name LIKE 'gen%';
-- It does not see its own rows, a later command does.
BEGIN;
INSERT INTO person (name) SELECT name || '''' FROM person;
SELECT count(*) FROM person;
INSERT INTO person (name) SELECT name || '''' FROM person;
SELECT count(*) FROM person;
ROLLBACK;
SELECT count(*) FROM person;

-- Relationships.
INSERT INTO knows VALUES (u(1), u(2), 1999, '{"w": 1.5}'), (u(2), u(3), NULL, NULL) RETURNING *;
INSERT INTO knows (_src, _dst) VALUES (u(1), u(3)) RETURNING since, _properties;
SELECT * FROM rels;

-- Refused: what is there already, and what is not there.
\set VERBOSITY sqlstate
INSERT INTO person (_id) VALUES (u(1));
INSERT INTO person (_id) VALUES (u(9)), (u(9));
INSERT INTO knows (_src, _dst) VALUES (u(1), u(2));
INSERT INTO knows (_src, _dst) VALUES (u(1), u(77));
INSERT INTO knows (_src, _dst) VALUES (u(77), u(1));
INSERT INTO knows (_src) VALUES (u(1));
INSERT INTO person (_id) VALUES (u(9)) ON CONFLICT DO NOTHING;
INSERT INTO q VALUES ('x');
UPDATE q SET name = 'x';
DELETE FROM q;
TRUNCATE q;
UPDATE person SET _id = u(100) WHERE name = 'Ann';
DELETE FROM person WHERE name = 'Ann';
INSERT INTO person (name, _properties) VALUES ('x', '{"age": 1}');
INSERT INTO person (name, _properties) VALUES ('x', '[]');
INSERT INTO person (name, _labels) VALUES ('x', '{NULL}');
INSERT INTO person (name, _labels) VALUES ('x', '{""}');
\set VERBOSITY default
INSERT INTO person (_id) VALUES (u(1));
INSERT INTO knows (_src, _dst) VALUES (u(1), u(2));
INSERT INTO knows (_src, _dst) VALUES (u(1), u(77));
INSERT INTO person (_id) VALUES (u(9)) ON CONFLICT (_id) DO NOTHING;
INSERT INTO person (_id) VALUES (u(9)) ON CONFLICT DO NOTHING;
UPDATE person SET _id = u(100) WHERE name = 'Ann';
DELETE FROM person WHERE name = 'Ann';
INSERT INTO person (name, _properties) VALUES ('x', '{"age": 1}');
INSERT INTO q VALUES ('x');
SELECT count(*) FROM person;
SELECT pg_relation_is_updatable('person', true) AS person, pg_relation_is_updatable('q', true) AS q;
SELECT table_name, is_insertable_into FROM information_schema.tables WHERE table_name IN ('person', 'q') ORDER BY 1;

-- UPDATE: single properties, what has no column, labels, all at once.
UPDATE person SET age = age + 1 WHERE name = 'Ann' RETURNING name, age;
UPDATE person SET age = 41 WHERE name = 'Dan' RETURNING *;
UPDATE person SET age = NULL WHERE name = 'Cid';
UPDATE person SET _properties = '{"y": 1}' WHERE name = 'Dan' RETURNING _properties;
UPDATE person SET _labels = '{Clerk}' WHERE name = 'Dan' RETURNING _labels;
UPDATE person SET _labels = NULL, _properties = NULL WHERE name = 'Dan' RETURNING _labels, _properties;
UPDATE person SET _properties = '{"age": 3}' WHERE name = 'Dan';
UPDATE person SET _id = _id WHERE name = 'Dan';
UPDATE detached SET name = 'Dan II' WHERE name = 'Dan';
SELECT * FROM graph;
UPDATE person p SET age = s.a FROM (VALUES ('Ann', 1), ('Ben', 2), ('Nobody', 3)) s(n, a) WHERE p.name = s.n RETURNING p.name, p.age;
-- One row twice: the first counts, as for local tables.
UPDATE person p SET age = s.a FROM (VALUES ('Ann', 5), ('Ann', 5)) s(n, a) WHERE p.name = s.n RETURNING p.name, p.age;

-- Relationships: properties, and ends, which is another relationship.
UPDATE knows SET since = 2000 WHERE _src = u(1) AND _dst = u(2) RETURNING *;
UPDATE knows SET _dst = u(4), since = 7 WHERE _src = u(1) AND _dst = u(2) RETURNING *;
\set VERBOSITY sqlstate
UPDATE knows SET _dst = u(4) WHERE _src = u(1) AND _dst = u(3);
UPDATE knows SET _dst = u(77) WHERE _src = u(1) AND _dst = u(3);
UPDATE knows SET _dst = NULL WHERE _src = u(1) AND _dst = u(3);
\set VERBOSITY default
SELECT * FROM rels;

-- DELETE
DELETE FROM knows WHERE since = 7 RETURNING *;
DELETE FROM person WHERE name = 'Dan II' RETURNING name, _labels;
WITH k AS (DELETE FROM knows RETURNING _src) DELETE FROM person WHERE name IN ('Ann', 'Ben') RETURNING name;
SELECT * FROM rels;
SELECT name FROM person;
INSERT INTO person (_id, name) VALUES (u(1), 'Ann'), (u(2), 'Ben');
INSERT INTO knows VALUES (u(1), u(2), 1), (u(2), u(1), 2), (u(3), u(1), 3);
DELETE FROM detached WHERE name = 'Ann';
SELECT * FROM rels;
SELECT name FROM person ORDER BY 1;

-- In one transaction with Cypher, with savepoints.
BEGIN;
INSERT INTO person (_id, name) VALUES (u(10), 'Tom');
SELECT namidb_cypher('MATCH (n:Person {name: "Tom"}) SET n.age = 7 RETURN n.age AS age');
SAVEPOINT a;
UPDATE person SET age = age + 1 WHERE name = 'Tom' RETURNING age;
INSERT INTO knows (_src, _dst) VALUES (u(10), u(2));
SELECT namidb_cypher('MATCH (n:Person {name: "Tom"})-->(m) RETURN n.age AS age, m.name AS m');
ROLLBACK TO a;
SELECT namidb_cypher('MATCH (n:Person {name: "Tom"}) OPTIONAL MATCH (n)-->(m) RETURN n.age AS age, m.name AS m');
DO $$ BEGIN INSERT INTO person (_id) VALUES (u(10)); EXCEPTION WHEN unique_violation THEN RAISE NOTICE 'is there'; END $$;
UPDATE person SET age = age + 1 WHERE name = 'Tom' RETURNING age;
DECLARE c CURSOR FOR SELECT name FROM person ORDER BY name;
FETCH 1 FROM c;
DELETE FROM person WHERE name = 'Tom';
FETCH ALL FROM c;
ROLLBACK;
SELECT name, age FROM person ORDER BY name;
-- Several writers in one statement see the state before it.
WITH a AS (INSERT INTO person (_id, name) VALUES (u(20), 'W1') RETURNING _id),
     b AS (UPDATE person SET age = 1 WHERE name IN ('W1', 'Ben') RETURNING name)
SELECT (SELECT count(*) FROM a) AS a, (SELECT array_agg(name) FROM b) AS b, (SELECT count(*) FROM person WHERE name = 'W1') AS seen;
SELECT name, age FROM person ORDER BY name;
-- Nodes and their relationships in one statement: the relationships read what the INSERT of the nodes returns.
BEGIN;
WITH n AS (INSERT INTO person (name, age) VALUES ('W2', 1), ('W3', 2) RETURNING _id, age)
    INSERT INTO knows (_src, _dst) SELECT a._id, b._id FROM n a, n b WHERE a.age < b.age;
SELECT a.name, b.name FROM person a JOIN knows ON _src = a._id JOIN person b ON b._id = _dst WHERE a.name = 'W2';
ROLLBACK;
DELETE FROM person WHERE name = 'W1';

-- Read-only.
BEGIN READ ONLY;
INSERT INTO person (name) VALUES ('no');
ROLLBACK;
CREATE SERVER fw_ro FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://foreign-write', read_only 'true');
CREATE FOREIGN TABLE ro (_id uuid, name text) SERVER fw_ro OPTIONS (label 'Person');
\set VERBOSITY sqlstate
INSERT INTO ro (name) VALUES ('no');
UPDATE ro SET name = 'no';
DELETE FROM ro;
TRUNCATE ro;
\set VERBOSITY default
SELECT pg_relation_is_updatable('ro', true);
DROP SERVER fw_ro CASCADE;

-- Constraints of the graph, and those of the table.
SELECT namidb_cypher('CREATE CONSTRAINT email FOR (p:Person) REQUIRE p.email IS UNIQUE');
CREATE FOREIGN TABLE mail (_id uuid, email text NOT NULL, age int CHECK (age > 0)) SERVER fw OPTIONS (label 'Person');
INSERT INTO mail (email, age) VALUES ('a', 1), ('b', 2);
\set VERBOSITY sqlstate
INSERT INTO mail (email, age) VALUES ('a', 1);
UPDATE mail SET email = 'a' WHERE email = 'b';
INSERT INTO mail (age) VALUES (1);
INSERT INTO mail (email, age) VALUES ('c', 0);
UPDATE mail SET age = -1;
\set VERBOSITY default
UPDATE mail SET email = email WHERE email = 'b';
SELECT email, age FROM mail WHERE email <> '' ORDER BY 1;
DELETE FROM mail WHERE email <> '';

-- Types.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE FOREIGN TABLE types (_id uuid, b bool, t text, vc varchar(5), c char(3), n name, e mood, u uuid, i2 int2, i4 int4, i8 int8,
  f4 float4, f8 float8, num numeric, v float4[], ia int[], ta text[], j json, jb jsonb, by bytea, d date, tstz timestamptz, ts timestamp,
  tm time, tmtz timetz, iv interval, sm small) SERVER fw OPTIONS (label 'T');
INSERT INTO types VALUES (u(50), true, 'tä', 'vc', 'c', 'n', 'ok', u(1), 1, 2, 9223372036854775807, 1.5, 2.5, 3, '{1,2.5}', '{1,NULL,3}', '{{a,b},{c,d}}',
  '{"a": 1.0}', '{"b": [1]}', '\x00ff', '2020-02-29', '2020-02-29 12:00:00.123456+02', '2020-02-29 12:00:00.5', '12:34:56.789', '12:34:56+02', '1 year 2 days 3.5 seconds', 7);
SELECT * FROM types \gx
SET namidb.json_format = typed;
SELECT namidb_cypher('MATCH (n:T) RETURN n.b AS b, n.i8 AS i8, n.c AS c, n.e AS e, n.u AS u, n.ia AS ia, n.ta AS ta, n.f4 AS f4, n.num AS num, n.v AS v, n.jb AS jb, n.j AS j, n.by AS by, n.d AS d, n.tstz AS tstz, n.ts AS ts, n.tm AS tm, n.tmtz AS tmtz, n.iv AS iv');
RESET namidb.json_format;
INSERT INTO types (f4) VALUES ('-Infinity');
\set VERBOSITY sqlstate
INSERT INTO types (f8) VALUES ('NaN');
INSERT INTO types (f8) VALUES ('Infinity');
INSERT INTO types (num) VALUES (1e400);
INSERT INTO types (jb) VALUES ('1e400');
INSERT INTO types (d) VALUES ('infinity');
\set VERBOSITY default

INSERT INTO types (num) VALUES ('NaN');
INSERT INTO types (v) VALUES ('{1,NaN}');
INSERT INTO types (d) VALUES ('infinity');
INSERT INTO types (tstz) VALUES ('-infinity');
INSERT INTO types (sm) VALUES (100);
INSERT INTO types (vc) VALUES ('too long');
CREATE FOREIGN TABLE strange (_id uuid, p point) SERVER fw OPTIONS (label 'T');
INSERT INTO strange (p) VALUES ('(1,2)');
DROP FOREIGN TABLE strange;
TRUNCATE types;
SELECT count(*) FROM types;

-- COPY
COPY person (_id, name, age) FROM STDIN;
00000000-0000-7000-8000-000000000061	c1	1
00000000-0000-7000-8000-000000000062	c2	\N
\.
\set VERBOSITY terse
COPY person (_id, name, age) FROM STDIN;
00000000-0000-7000-8000-000000000063	c3	3
00000000-0000-7000-8000-000000000061	again	1
\.
\set VERBOSITY default
COPY knows (_src, _dst, since) FROM STDIN (FORMAT csv);
00000000-0000-7000-8000-000000000061,00000000-0000-7000-8000-000000000062,5
\.
COPY person (name, age) FROM STDIN (FORMAT csv) WHERE age > 1;
c4,1
c5,2
\.
SELECT name, age FROM person WHERE name LIKE 'c%' ORDER BY 1;
COPY (SELECT name FROM person WHERE name LIKE 'c%' ORDER BY 1) TO STDOUT;

-- Triggers.
CREATE TABLE log (id serial, line text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log (line) VALUES (concat_ws(' ', TG_WHEN, TG_LEVEL, TG_OP,
    CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'INSERT' THEN 'old ' || OLD.name || ' ' || OLD._labels::text END,
    CASE WHEN TG_LEVEL = 'ROW' AND TG_OP <> 'DELETE' THEN 'new ' || NEW.name || ' ' || coalesce(NEW.age::text, '-') || ' ' || (NEW._id IS NOT NULL)::text END));
  IF TG_WHEN = 'BEFORE' AND TG_LEVEL = 'ROW' AND TG_OP <> 'DELETE' THEN
    NEW.age := coalesce(NEW.age, 0) + 100;
    IF NEW.name = 'skip' THEN RETURN NULL; END IF;
    RETURN NEW;
  END IF;
  RETURN coalesce(OLD, NEW);
END $$;
CREATE TRIGGER b_row BEFORE INSERT OR UPDATE OR DELETE ON person FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER a_row AFTER INSERT OR UPDATE OR DELETE ON person FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER b_stmt BEFORE INSERT OR UPDATE OR DELETE ON person FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER a_stmt AFTER INSERT OR UPDATE OR DELETE ON person FOR EACH STATEMENT EXECUTE FUNCTION note();
INSERT INTO person (name) VALUES ('t1'), ('skip');
UPDATE person SET name = 't2' WHERE name = 't1' RETURNING name, age;
DELETE FROM person WHERE name = 't2' RETURNING name, age;
COPY person (name) FROM STDIN;
t3
\.
DELETE FROM person WHERE name = 't3';
SELECT line FROM log ORDER BY id;
DROP TRIGGER b_row ON person;
DROP TRIGGER a_row ON person;
DROP TRIGGER b_stmt ON person;
DROP TRIGGER a_stmt ON person;
-- A trigger that itself writes to the graph.
CREATE FUNCTION also() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM namidb_cypher('CREATE (:Log {name: $n})', jsonb_build_object('n', NEW.name));
  INSERT INTO knows (_src, _dst) VALUES (NEW._id, u(2));
  RETURN NEW; END $$;
CREATE TRIGGER also AFTER INSERT ON person FOR EACH ROW EXECUTE FUNCTION also();
INSERT INTO person (name) VALUES ('z1'), ('z2');
SELECT * FROM rels;
SELECT namidb_cypher('MATCH (n:Log) RETURN n.name AS n ORDER BY n');
DROP TRIGGER also ON person;
SELECT namidb_cypher('MATCH (n:Log) DELETE n');
SELECT namidb_cypher('MATCH ()-[r]->() DELETE r');
DELETE FROM person WHERE name LIKE 'z%' OR name LIKE 'c%';

-- Views.
CREATE VIEW adults AS SELECT _id, name, age FROM person WHERE age >= 18 WITH CHECK OPTION;
INSERT INTO adults (_id, name, age) VALUES (u(70), 'old', 80);
INSERT INTO adults (_id, name, age) VALUES (u(71), 'young', 8);
UPDATE adults SET age = 3 WHERE name = 'old';
UPDATE adults SET age = 81 WHERE name = 'old' RETURNING age;
DELETE FROM adults WHERE name = 'old' RETURNING name;
DROP VIEW adults;

-- Partitions: rows find their table, and move.
CREATE TABLE part (_id uuid, name text, age bigint) PARTITION BY RANGE (age);
CREATE FOREIGN TABLE part_young PARTITION OF part FOR VALUES FROM (0) TO (50) SERVER fw OPTIONS (label 'Young');
CREATE FOREIGN TABLE part_old PARTITION OF part FOR VALUES FROM (50) TO (100) SERVER fw OPTIONS (label 'Old');
CREATE TABLE part_ancient PARTITION OF part FOR VALUES FROM (100) TO (1000);
INSERT INTO part SELECT u(80 + i), 'p' || i, i * 30 FROM generate_series(0, 4) i;
SELECT tableoid::regclass, name, age FROM part ORDER BY age;
COPY part FROM STDIN (FORMAT csv);
00000000-0000-7000-8000-000000000088,p8,20
00000000-0000-7000-8000-000000000089,p9,200
\.
UPDATE part SET age = age + 5 WHERE name IN ('p8', 'p9', 'p2') RETURNING name, age;
UPDATE part SET age = 60 WHERE name = 'p9' RETURNING tableoid::regclass, name, age;
UPDATE part SET age = 300 WHERE name = 'p8';
INSERT INTO part_young VALUES (u(98), 'wrong', 70);
INSERT INTO part VALUES (u(99), 'none', 5000);
DELETE FROM part WHERE name = 'p0';
SELECT tableoid::regclass, name, age FROM part ORDER BY age, name;
TRUNCATE part;
SELECT count(*) FROM part;
DROP TABLE part;

-- TRUNCATE
INSERT INTO person (_id, name) VALUES (u(90), 'x'), (u(91), 'y');
INSERT INTO knows (_src, _dst) VALUES (u(90), u(91));
TRUNCATE person;
BEGIN;
TRUNCATE person, knows;
SELECT count(*) FROM person;
ROLLBACK;
BEGIN;
TRUNCATE person CASCADE;
SELECT count(*) FROM knows;
ROLLBACK;
TRUNCATE detached;
SELECT count(*) FROM person;
SELECT count(*) FROM knows;

-- How it is planned.
EXPLAIN (VERBOSE, COSTS OFF) INSERT INTO person (name) VALUES ('x') RETURNING _id;
EXPLAIN (VERBOSE, COSTS OFF) UPDATE person SET age = age + random()::bigint WHERE name = 'x';
EXPLAIN (COSTS OFF) DELETE FROM knows WHERE random() < 0;

-- Statements that are one Cypher statement, and those that are not.
TRUNCATE detached;
INSERT INTO person (_id, name, age) VALUES (u(1), 'Ann', 30), (u(2), 'Ben', NULL), (u(3), 'Cid', 50);
INSERT INTO knows VALUES (u(1), u(2), 1), (u(2), u(3), 2);
EXPLAIN (VERBOSE, COSTS OFF) UPDATE person SET age = age + 1 WHERE name = 'Ann';
UPDATE person SET age = age + 1 WHERE name = 'Ann';
EXPLAIN (VERBOSE, COSTS OFF) UPDATE knows SET since = since * 10 WHERE since > 1;
UPDATE knows SET since = since * 10 WHERE since > 1;
EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM knows WHERE since = 1;
DELETE FROM knows WHERE since = 1;
EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM detached WHERE name = 'Cid';
EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM person;
DELETE FROM person;
-- Each new value sees the old row.
CREATE FOREIGN TABLE pair (_id uuid, a bigint, b bigint, t text) SERVER fw OPTIONS (label 'Pair');
INSERT INTO pair (_id, a, b, t) VALUES (u(201), 1, 2, 'x'), (u(202), 3, NULL, 'y');
EXPLAIN (VERBOSE, COSTS OFF) UPDATE pair SET a = b, b = a;
UPDATE pair SET a = b, b = a;
SELECT a, b FROM pair ORDER BY _id;
\set VERBOSITY sqlstate
UPDATE pair SET a = 9223372036854775807 + b;
UPDATE pair SET a = b / 0 WHERE b IS NOT NULL;
\set VERBOSITY default
UPDATE pair SET a = NULL, t = NULL WHERE a = 2;
SELECT a, b, t FROM pair ORDER BY _id;
DO $$ DECLARE n int; BEGIN UPDATE pair SET b = b + 1; GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE '% rows', n; END $$;
SET namidb.enable_pushdown = off;
EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM pair;
RESET namidb.enable_pushdown;
EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM pair RETURNING a;
EXPLAIN (VERBOSE, COSTS OFF) WITH x AS (DELETE FROM pair) SELECT 1;
PREPARE del(bigint) AS DELETE FROM pair WHERE b = $1;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE del(2);
EXECUTE del(2);
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE del(4);
EXECUTE del(4);
EXECUTE del(NULL);
RESET plan_cache_mode;
DEALLOCATE ALL;
SELECT count(*) FROM pair;
-- Rules of the table are checked row by row.
CREATE FOREIGN TABLE checked (_id uuid, a bigint CHECK (a > 0)) SERVER fw OPTIONS (label 'Pair');
EXPLAIN (VERBOSE, COSTS OFF) UPDATE checked SET a = 1;
DELETE FROM detached;

-- Prepared, with plans that are kept.
PREPARE ins(uuid, text) AS INSERT INTO person (_id, name) VALUES ($1, $2) RETURNING name;
EXECUTE ins(u(1), 'e1');
EXECUTE ins(u(2), 'e2');
PREPARE upd(text, bigint) AS UPDATE person SET age = $2 WHERE name = $1 RETURNING name, age;
EXECUTE upd('e1', 1);
EXECUTE upd('e2', 2);
EXECUTE upd('e2', NULL);
DEALLOCATE ALL;
-- Rights.
CREATE ROLE fw_reader;
GRANT USAGE ON FOREIGN SERVER fw TO fw_reader;
GRANT SELECT ON person TO fw_reader;
SET ROLE fw_reader;
\set VERBOSITY sqlstate
INSERT INTO person (name) VALUES ('no');
UPDATE person SET name = 'no';
DELETE FROM person;
TRUNCATE person;
\set VERBOSITY default
RESET ROLE;
REVOKE USAGE ON FOREIGN SERVER fw FROM fw_reader;
REVOKE SELECT ON person FROM fw_reader;
DROP ROLE fw_reader;
SET client_min_messages = warning;
DROP SERVER fw CASCADE;
DROP VIEW IF EXISTS graph, rels;
