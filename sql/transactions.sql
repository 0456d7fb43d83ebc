-- Writes are part of the SQL transaction.
CREATE SERVER tx FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://transactions');
CREATE FUNCTION ks() RETURNS text LANGUAGE sql AS
    $$SELECT coalesce((r->'ks')::text, '') FROM namidb_cypher('MATCH (n:K) WITH n.k AS k ORDER BY k RETURN collect(k) AS ks', NULL, 'tx')$$;
CREATE FUNCTION add(k int) RETURNS SETOF jsonb LANGUAGE sql AS $$SELECT namidb_cypher('CREATE (:K {k: $k})', jsonb_build_object('k', k), 'tx')$$;

-- Rollback and commit.
BEGIN;
SELECT add(1);
SELECT ks();
ROLLBACK;
SELECT ks();
BEGIN;
SELECT add(1);
SELECT add(2);
SELECT ks();
COMMIT;
SELECT ks();

-- An error rolls back what the transaction wrote.
BEGIN;
SELECT add(3);
SELECT 1 / 0;
SELECT ks();
COMMIT;
SELECT ks();

-- Savepoints.
BEGIN;
SELECT add(10);
SAVEPOINT a;
SELECT add(11);
SAVEPOINT b;
SELECT add(12);
SELECT namidb_cypher('MATCH (n:K {k: 1}) DELETE n', NULL, 'tx');
SELECT ks();
ROLLBACK TO b;
SELECT ks();
RELEASE a;
SELECT ks();
SAVEPOINT c;
SELECT add(13);
ROLLBACK TO c;
SELECT add(14);
RELEASE c;
SELECT ks();
COMMIT;
SELECT ks();

-- Changes of one node in several levels.
BEGIN;
SELECT namidb_cypher('MATCH (n:K {k: 1}) SET n.v = "outer"', NULL, 'tx');
SAVEPOINT a;
SELECT namidb_cypher('MATCH (n:K {k: 1}) SET n.v = "inner", n:Extra', NULL, 'tx');
SELECT namidb_cypher('MATCH (n:Extra) RETURN n.v AS v', NULL, 'tx');
ROLLBACK TO a;
SELECT namidb_cypher('MATCH (n:K {k: 1}) RETURN n.v AS v, labels(n) AS l', NULL, 'tx');
COMMIT;
SELECT namidb_cypher('MATCH (n:K {k: 1}) RETURN n.v AS v, labels(n) AS l', NULL, 'tx');

-- Exception blocks of PL/pgSQL are savepoints.
DO $$
BEGIN
    PERFORM add(20);
    BEGIN
        PERFORM add(21);
        RAISE EXCEPTION 'no';
    EXCEPTION WHEN raise_exception THEN
        PERFORM add(22);
    END;
    BEGIN
        PERFORM namidb_cypher('UNWIND [1, 0] AS i CREATE (:K {k: 100 / i})', NULL, 'tx');
    EXCEPTION WHEN division_by_zero THEN
        PERFORM add(23);
    END;
END $$;
SELECT ks();

-- Procedures commit and roll back in the middle.
CREATE PROCEDURE three() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM add(30);
    COMMIT;
    PERFORM add(31);
    ROLLBACK;
    PERFORM add(32);
END $$;
CALL three();
SELECT ks();

-- Local tables and the graph end together, as long as the server lives.
CREATE TABLE local (x int UNIQUE);
BEGIN;
INSERT INTO local VALUES (1);
SELECT add(40);
ROLLBACK;
SELECT ks(), (SELECT count(*) FROM local) AS local;
BEGIN;
INSERT INTO local VALUES (1);
SELECT add(40);
COMMIT;
SELECT ks(), (SELECT count(*) FROM local) AS local;
INSERT INTO local SELECT 1 FROM add(41) RIGHT JOIN (SELECT 1) AS one ON true;
SELECT ks();

-- What deferred triggers write is published with the rest.
CREATE FUNCTION add_trigger() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM add(NEW.x); RETURN NULL; END$$;
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON local DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION add_trigger();
BEGIN;
INSERT INTO local VALUES (50);
SELECT ks();
COMMIT;
SELECT ks();
DROP TABLE local;

-- Read-only transactions read.
BEGIN READ ONLY;
SELECT ks();
SELECT add(60);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT ks();
SELECT add(61);
SELECT ks();
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT add(62);
COMMIT;
SELECT ks();

-- Two-phase commit has no place for the namespace.
BEGIN;
SELECT add(70);
PREPARE TRANSACTION 'namidb_regress';
SELECT ks();

-- One transaction writes one namespace, unless it is told that two are not one unit.
CREATE SERVER tx2 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://transactions2');
BEGIN;
SELECT add(80);
SELECT namidb_cypher('MATCH (n) RETURN count(n) AS n', NULL, 'tx2');
SELECT namidb_cypher('CREATE (:Two)', NULL, 'tx2');
ROLLBACK;
BEGIN;
SET LOCAL namidb.multi_namespace_commit = on;
SELECT add(81);
SELECT namidb_cypher('CREATE (:Two)', NULL, 'tx2');
COMMIT;
SELECT ks();
SELECT namidb_cypher('MATCH (n) RETURN labels(n) AS l', NULL, 'tx2');

-- A second server of the same namespace is the same graph.
CREATE SERVER tx3 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://transactions2');
SELECT namidb_cypher('MATCH (n) RETURN labels(n) AS l', NULL, 'tx3');

DROP FUNCTION add_trigger;
DROP PROCEDURE three;
DROP FUNCTION ks;
DROP FUNCTION add;
DROP SERVER tx;
DROP SERVER tx2;
DROP SERVER tx3;
