-- Parameters.
CREATE SERVER params FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://params');

-- Plain: a number without fraction that fits int64 is INTEGER, every other FLOAT; shown in the typed form.
CREATE FUNCTION pg_temp.back(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE out jsonb;
BEGIN
    SET LOCAL namidb.json_format = plain;
    PERFORM namidb_cypher('MERGE (n:P) SET n.v = $v', jsonb_build_object('v', p));
    SET LOCAL namidb.json_format = typed;
    SELECT r->'v' INTO out FROM namidb_cypher('MATCH (n:P) RETURN n.v AS v');
    RETURN out;
END $$;
SELECT p AS given, pg_temp.back(p) AS stored
FROM unnest(ARRAY['1', '-1', '1.0', '1e2', '0.5', '9223372036854775807', '9223372036854775808', '-9223372036854775808',
                  '123456789012345678901234567890', 'true', '"text"', '[1, 1.0, "a", null, [true]]', '{"a": {"b": 1.5}}',
                  '{"$float": "1"}']::jsonb[]) AS p;
SELECT pg_temp.back('null');

-- Typed parameters are read in the encoding of typed results: round trip.
SET namidb.json_format = typed;
SELECT p AS given, (r->'v') = p AS same, r->'v' AS returned
FROM unnest(ARRAY['1', '{"$float": "1.0"}', '{"$float": "NaN"}', '{"$float": "-Infinity"}', '{"$float": "-0.0"}', '{"$float": "1e+300"}',
                  '{"$date": "2020-02-29"}', '{"$datetime": "2020-02-29T12:30:15.5Z"}', '{"$localdatetime": "2020-02-29T12:30"}',
                  '{"$time": "12:30+01:00"}', '{"$localtime": "12:30:15"}', '{"$duration": "P1DT2H"}', '{"$bytes": "00ff"}',
                  '{"$vector": [{"$float": "1.0"}, {"$float": "2.5"}]}', '{"$vector": [1.0, 2.5]}', '{"$map": {"$date": 1}}', '{"a": [null, {"$date": "2020-01-01"}]}']::jsonb[]) AS p,
     LATERAL namidb_cypher('RETURN $v AS v', jsonb_build_object('v', p));
\set VERBOSITY sqlstate
SELECT namidb_cypher('RETURN $v', '{"v": {"$date": "soon"}}');
SELECT namidb_cypher('RETURN $v', '{"v": {"$float": "x"}}');
SELECT namidb_cypher('RETURN $v', '{"v": {"$bytes": "0"}}');
SELECT namidb_cypher('RETURN $v', '{"v": {"$bytes": "zz"}}');
SELECT namidb_cypher('RETURN $v', '{"v": {"$nothing": 1}}');
SELECT namidb_cypher('RETURN $v', '{"v": {"$node": {"labels": [], "props": {}}}}');
\set VERBOSITY default
SET namidb.json_format = plain;

-- A missing one is an error where it is needed; superfluous ones are ignored.
SELECT r FROM namidb_cypher('RETURN $x AS x', '{"x": 1, "y": 2}');
SELECT r FROM namidb_cypher('RETURN $x AS x', '{"y": 2}');
SELECT r FROM namidb_cypher('RETURN $x AS x');
SELECT r FROM namidb_cypher('RETURN 1 AS x', '[1]');
SELECT r FROM namidb_cypher('RETURN 1 AS x', '{}');

-- As rows, keys, limits.
SELECT r FROM namidb_cypher('UNWIND $rows AS row CREATE (n:Row {k: row.k}) SET n += row.more RETURN n.k AS k, n.z AS z',
                            '{"rows": [{"k": 1, "more": {"z": "a"}}, {"k": 2, "more": {}}]}');
SELECT r FROM namidb_cypher('MATCH (n:Row) WHERE n.k IN $ks RETURN n.k AS k', '{"ks": [2, 3]}');
SELECT r FROM namidb_cypher('MATCH (n:Row) RETURN n.k AS k ORDER BY k SKIP $s LIMIT $l', '{"s": 1, "l": 1}');

-- A prepared statement: the query and its parameters are ordinary expressions.
PREPARE find(int) AS SELECT r->'k' AS k FROM namidb_query('MATCH (n:Row {k: $k}) RETURN n.k AS k', jsonb_build_object('k', $1));
EXECUTE find(1);
EXECUTE find(2);
EXECUTE find(3);
PREPARE run(text) AS SELECT r FROM namidb_query($1);
EXECUTE run('RETURN 1 AS x');
EXECUTE run('RETURN "another" AS y');
DEALLOCATE ALL;

DROP SERVER params;
