-- Values in jsonb: plain, the default, and typed, which loses nothing.
CREATE SERVER vals FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://values');

-- Every type, plain.
SELECT r->'v' AS plain FROM namidb_cypher($$
    UNWIND [null, true, false, 0, -1, 9223372036854775807, -9223372036854775807 - 1] AS v RETURN v $$);
SELECT r->'v' AS plain FROM namidb_cypher($$
    UNWIND [1.0, -1.5, 0.1, 1e20, 1.7976931348623157e308, 5e-324, 0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0, -0.0] AS v RETURN v $$)
    WHERE length((r->'v')::text) < 100;
SELECT length((r->'v')::text) AS digits FROM namidb_cypher('UNWIND [1.7976931348623157e308, 5e-324] AS v RETURN v');
SELECT r->'v' AS plain FROM namidb_cypher($$ UNWIND ['', 'text', 'Grüße 東京 😀', 'a "quote" and a \\'] AS v RETURN v $$);
SELECT r->'v' AS plain FROM namidb_cypher($$
    UNWIND [date('2020-02-29'), datetime('2020-02-29T12:30:15.5Z'), datetime('2020-02-29T12:30+02:00'),
            localdatetime('2020-02-29T12:30:15'), time('12:30:15+01:00'), localtime('12:30'), duration('P1Y2M3DT4H5M6.7S')] AS v RETURN v $$);
SELECT r->'v' AS plain FROM namidb_cypher($$
    UNWIND [[], [1, 'a', null, [2.5]], {}, {b: 1, a: {c: [null]}}, vector([1, 2.5])] AS v RETURN v $$);

-- The same, typed.
SET namidb.json_format = typed;
SELECT r->'v' AS typed FROM namidb_cypher($$
    UNWIND [null, true, false, 0, -1, 9223372036854775807, -9223372036854775807 - 1] AS v RETURN v $$);
SELECT r->'v' AS typed FROM namidb_cypher($$
    UNWIND [1.0, -1.5, 0.1, 1e20, 1.7976931348623157e308, 5e-324, 0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0, -0.0] AS v RETURN v $$);
SELECT r->'v' AS typed FROM namidb_cypher($$
    UNWIND [date('2020-02-29'), datetime('2020-02-29T12:30:15.5Z'), datetime('2020-02-29T12:30+02:00'),
            datetime('2020-07-01T12:00[Europe/Rome]'),
            localdatetime('2020-02-29T12:30:15'), time('12:30:15+01:00'), localtime('12:30'), duration('P1Y2M3DT4H5M6.7S')] AS v RETURN v $$);
SELECT r->'v' AS typed FROM namidb_cypher($$
    UNWIND [[], [1, 'a', null, [2.5]], {}, {b: 1, a: {c: [null]}}, {`$float`: '1'}, vector([1, 2.5])] AS v RETURN v $$);

-- Bytes come from parameters only.
SELECT r FROM namidb_cypher('RETURN $b AS b', '{"b": {"$bytes": "00ff10"}}');
SET namidb.json_format = plain;

-- Nodes, relationships and paths.
SELECT count(*) FROM namidb_cypher($$
    CREATE (a:B:A {_id: '00000000-0000-7000-8000-00000000000a', x: 1.0, y: [1, 2]})-[:T {w: 2}]->
           (b {_id: '00000000-0000-7000-8000-00000000000b'})<-[:U]-(c:C {_id: '00000000-0000-7000-8000-00000000000c'}) $$);
SELECT r FROM namidb_cypher('MATCH (a:A)-[r]->() RETURN a, r');
SELECT r FROM namidb_cypher('MATCH p = (:A)-[:T]->()<-[:U]-() RETURN p');
SET namidb.json_format = typed;
SELECT r FROM namidb_cypher('MATCH (a:A)-[r]->() RETURN a, r');
SELECT jsonb_pretty(r) FROM namidb_cypher('MATCH p = (:A)-[:T]->()<-[:U]-() RETURN p');
SELECT r FROM namidb_cypher('MATCH p = (:C) RETURN p');
SET namidb.json_format = plain;

-- What is stored comes back; null is no property; local times and durations are stored too.
SELECT r FROM namidb_cypher($$
    CREATE (n:Store {i: 5, f: 5.0, s: 'x', n: null, d: date('1969-12-31'), t: datetime('1960-01-01T00:00:00.000001Z'),
                     l: [1, [2, null], {a: 1}], m: {k: 'v'}, lt: localtime('01:02:03'), du: duration('PT1M'), v: vector([0.5])})
    RETURN properties(n) AS p $$);
SELECT r FROM namidb_cypher($$ MATCH (n:Store) RETURN n.du + n.du AS twice, n.lt > localtime('01:00') AS later, n.n IS NULL AS gone $$);
SELECT r FROM namidb_cypher('CREATE (n:Store {f: 0.0 / 0.0})');
SELECT r FROM namidb_cypher('CREATE (n:Store {f: 1.0 / 0.0})');

-- U+0000 is no character of PostgreSQL's texts.
SELECT r FROM namidb_cypher('RETURN "a\u0000b" AS name');
SELECT r FROM namidb_cypher('RETURN size("a\u0000b") AS size');

DROP SERVER vals;
