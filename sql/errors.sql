-- Errors: SQLSTATEs, the names that openCypher gives them, and where they are.
CREATE SERVER errors FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://errors');
SELECT count(*) FROM namidb_cypher('CREATE (:A {k: 1})-[:T]->(:B)');

-- Positions count characters, on the right line.
SELECT namidb_cypher('RETURN');
SELECT namidb_cypher('MATCH (n RETURN n');
SELECT namidb_cypher($$MATCH (größe:"A")
RETURN 1$$);
SELECT namidb_cypher($$MATCH (größe)
WHERE größe.x = 1 AND größer
RETURN 1$$);
SELECT namidb_cypher('RETURN 1 AS a, 2 AS a');
SELECT namidb_cypher('MATCH (n) MATCH ()-[n]->() RETURN n');
SELECT namidb_cypher('RETURN nosuchfunction(1)');
SELECT namidb_cypher('RETURN 1 / 0');
SELECT namidb_cypher('RETURN 9223372036854775807 + 1');
SELECT namidb_cypher('MATCH (n:A) RETURN n.k + {}');
SELECT namidb_cypher('MATCH (n:``) RETURN n');

-- What cannot be stored, or stands against a rule, has a name as well.
SELECT namidb_cypher('CREATE (:A {k: 0.0 / 0.0})');
SELECT namidb_cypher('CREATE (:A {k: date("+10000-01-01")})');
SELECT namidb_cypher('MATCH (a:A) CREATE (:A {k: a})');
SELECT namidb_cypher('CREATE (:A {lsn: 1})');
SELECT namidb_cypher('CREATE CONSTRAINT a_k FOR (a:A) REQUIRE a.k IS UNIQUE');
SELECT namidb_cypher('CREATE (:A {k: 1})');

-- Every compile-time error is raised by describe and explain too.
SELECT namidb_describe('MATCH (n) RETURN m');
SELECT namidb_explain('MATCH (n) RETURN m');
SELECT namidb_query('MATCH (n) RETURN m');
SELECT namidb_cypher_as(NULL::pg_namespace, 'MATCH (n) RETURN m');
SELECT * FROM namidb_cypher_record('MATCH (n) RETURN m') AS t(a int);

-- The classes.
\set VERBOSITY sqlstate
-- syntax
SELECT namidb_cypher('MATCH (n) RETRUN n');
SELECT namidb_cypher('RETURN "open');
SELECT namidb_cypher('RETURN 99999999999999999999');
SELECT namidb_cypher('');
SELECT namidb_cypher('RETURN 1; RETURN 2');
-- semantic
SELECT namidb_cypher('RETURN x');
SELECT namidb_cypher('RETURN nosuch(1)');
SELECT namidb_cypher('RETURN 1 LIMIT -1');
-- type
SELECT namidb_cypher('RETURN true + 1');
SELECT namidb_cypher('UNWIND [1] AS x RETURN x.name');
-- arithmetic
SELECT namidb_cypher('RETURN 1 / 0');
SELECT namidb_cypher('RETURN 1 % 0');
SELECT namidb_cypher('RETURN 9223372036854775807 * 2');
-- argument
SELECT namidb_cypher('RETURN 1 LIMIT $l', '{"l": -1}');
SELECT namidb_cypher('RETURN range(1, 2, 0)');
SELECT namidb_cypher('RETURN date("soon")');
SELECT namidb_cypher('CREATE (n {_id: "no uuid"})');
-- parameter
SELECT namidb_cypher('RETURN $p');
-- constraint
SELECT namidb_cypher('MATCH (n:A) DELETE n');
SELECT namidb_cypher('CREATE ({_id: $id}) CREATE ({_id: $id})', '{"id": "00000000-0000-7000-8000-000000000001"}');
-- entity
SELECT namidb_cypher('MATCH (n:A) DETACH DELETE n RETURN n.k');
-- unknown procedures and servers
SELECT namidb_cypher('CALL no.such.procedure()');
SELECT namidb_cypher('RETURN 1', NULL, 'nobody');
SELECT namidb_cypher('RETURN 1', '"text"');
-- writing where only reading is allowed
SELECT namidb_query('CREATE (:A)');
SELECT namidb_query('MATCH (n:A) SET n.k = 2 RETURN n');
-- too deep; but long is not deep
SELECT namidb_cypher('RETURN ' || repeat('[', 100000) || repeat(']', 100000));
SELECT namidb_cypher('RETURN ' || repeat('(', 100000) || '1' || repeat(')', 100000));
SELECT namidb_cypher('RETURN ' || repeat('NOT ', 100000) || 'true');
SELECT namidb_cypher('RETURN ' || repeat('-', 100000) || '1');
SELECT namidb_cypher('RETURN 1' || repeat(' + 1', 100000) || ' AS n');
\set VERBOSITY default

-- An error in any row undoes the whole statement, and the session goes on.
SELECT namidb_cypher('UNWIND [1, 0] AS i CREATE (:C {k: 10 / i})');
SELECT r FROM namidb_cypher('MATCH (n:C) RETURN count(n) AS n');
SELECT r FROM namidb_cypher('MATCH (n:A) RETURN n.k AS k');

-- Messages name the server.
SELECT namidb_cypher('RETURN 1', NULL, 'nobody');
CREATE FOREIGN DATA WRAPPER other;
CREATE SERVER other_server FOREIGN DATA WRAPPER other;
SELECT namidb_cypher('RETURN 1', NULL, 'other_server');
DROP FOREIGN DATA WRAPPER other CASCADE;
SELECT namidb_cypher('RETURN 1');
CREATE SERVER errors2 FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://errors2');
SELECT namidb_cypher('RETURN 1');
SET namidb.default_server = 'errors2';
SELECT namidb_cypher('RETURN 1');
SET namidb.default_server = 'nobody';
SELECT namidb_cypher('RETURN 1');
RESET namidb.default_server;
DROP SERVER errors2;
DROP SERVER errors;
SELECT namidb_cypher('RETURN 1');
