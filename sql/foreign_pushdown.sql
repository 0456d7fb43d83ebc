-- What a query on foreign tables hands to the graph, and that its rows are those of PostgreSQL alone: every query runs with the
-- pushdown, without it, and on ordinary tables of the same content.
CREATE SERVER push FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://push');
SET namidb.default_server = push;
SELECT namidb_cypher($$
    CREATE (a:Person {name: 'Ada', born: 1815, score: 1.5, active: true, day: date('1815-12-10'), seen: datetime('2024-01-02T03:04:05.678Z'), mixed: 1, city: 'Oslo', tag: 'x'}),
           (b:Person:Admin {name: 'Bob', born: 1950, score: 2, active: false, day: date('1950-01-01'), seen: datetime('1999-12-31T23:59:59Z'), mixed: 'one', city: 'Rome', tag: 'y', level: 3}),
           (c:Person:Admin:Boss {name: 'Cy', born: 1990, score: -1.5, active: true, city: 'Oslo', level: 4}),
           (d:Person {name: 'Dée 👍', born: -5, score: 0.0, day: date('2000-02-29'), tag: 'x'}),
           (e:Person {name: 'E_%\\', born: 9223372036854775807, active: false, city: ''}),
           (f:Person),
           (oslo:City {name: 'Oslo', size: 700000}), (rome:City {name: 'Rome', size: 2800000}), (nowhere:City {name: 'Nowhere'}),
           (a)-[:KNOWS {since: 1, weight: 0.5}]->(b), (a)-[:KNOWS {since: 2}]->(c), (b)-[:KNOWS {since: 3, weight: 2.5}]->(c),
           (c)-[:KNOWS {since: 4}]->(c), (c)-[:KNOWS]->(a), (d)-[:KNOWS {since: 2}]->(a), (d)-[:KNOWS]->(oslo),
           (a)-[:LIVES_IN]->(oslo), (b)-[:LIVES_IN]->(rome), (c)-[:LIVES_IN]->(oslo), (oslo)-[:LIVES_IN]->(oslo)
$$);
CREATE SCHEMA f;
CREATE FOREIGN TABLE f.person (_id uuid NOT NULL, _labels text[], name text, born bigint, score double precision, active boolean, day date, seen timestamptz,
    mixed text, city text, _properties jsonb) SERVER push OPTIONS (label 'Person');
CREATE FOREIGN TABLE f.admin (_id uuid NOT NULL, level bigint) SERVER push OPTIONS (label 'Admin');
CREATE FOREIGN TABLE f.city (_id uuid NOT NULL, name text, size bigint) SERVER push OPTIONS (label 'City');
CREATE FOREIGN TABLE f.knows (_src uuid NOT NULL, _dst uuid NOT NULL, since bigint, weight double precision) SERVER push OPTIONS (type 'KNOWS');
CREATE FOREIGN TABLE f.lives_in (_src uuid NOT NULL, _dst uuid NOT NULL) SERVER push OPTIONS (type 'LIVES_IN');
CREATE FOREIGN TABLE f.named (n text, b bigint) SERVER push OPTIONS (cypher 'MATCH (p:Person) RETURN p.name AS n, p.born AS b');
CREATE SCHEMA l;
CREATE TABLE l.person AS SELECT _id, _labels, name, born, score, active, day, seen, city, _properties, NULL::text AS mixed FROM f.person;
CREATE TABLE l.admin AS SELECT _id, level FROM f.admin;
CREATE TABLE l.city AS SELECT * FROM f.city;
CREATE TABLE l.knows AS SELECT * FROM f.knows;
CREATE TABLE l.lives_in AS SELECT * FROM f.lives_in;
CREATE TABLE l.named AS SELECT * FROM f.named;
CREATE TABLE public.local_names (name text, born bigint);
INSERT INTO public.local_names VALUES ('Ada', 1), ('Cy', 1990), (NULL, 7);

-- The plan's statements and what PostgreSQL does above them, then the comparison.
CREATE FUNCTION public.rows_of(query text, path text, pushdown boolean, ordered boolean) RETURNS text[] LANGUAGE plpgsql AS $f$
DECLARE rows text[];
BEGIN
    PERFORM set_config('search_path', path || ', public', true), set_config('namidb.enable_pushdown', pushdown::text, true);
    EXECUTE format('WITH q AS MATERIALIZED (%s) SELECT coalesce(array_agg(q::text%s), ''{}'') FROM q', query,
                   CASE WHEN NOT ordered THEN ' ORDER BY q::text' END) INTO rows;
    RETURN rows;
END $f$;
CREATE FUNCTION public.statements(query text) RETURNS SETOF text LANGUAGE plpgsql AS $f$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        IF line ~ '(Cypher|Filter):' AND line !~ 'SubPlan' THEN
            RETURN NEXT ltrim(line);
        END IF;
    END LOOP;
END $f$;
CREATE FUNCTION public.push(query text, ordered boolean DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql AS $f$
DECLARE
    pushed text[];
    is_same text := '';
BEGIN
    PERFORM set_config('search_path', 'f, public', true), set_config('namidb.enable_pushdown', 'on', true);
    RETURN QUERY SELECT line FROM statements(query) AS line ORDER BY line COLLATE "C";
    pushed := rows_of(query, 'f', true, ordered);
    IF pushed IS DISTINCT FROM rows_of(query, 'f', false, ordered) THEN
        is_same := is_same || ' NOT AS WITHOUT PUSHDOWN ' || rows_of(query, 'f', false, ordered)::text || ' BUT ' || pushed::text;
    END IF;
    IF pushed IS DISTINCT FROM rows_of(query, 'l', true, ordered) THEN
        is_same := is_same || ' NOT AS LOCAL ' || rows_of(query, 'l', true, ordered)::text || ' BUT ' || pushed::text;
    END IF;
    RETURN NEXT '=> ' || cardinality(pushed) || ' rows' || is_same;
END $f$;
\pset format unaligned
\pset tuples_only on

-- Comparisons
SELECT push('SELECT name FROM person WHERE born > 1900');
SELECT push('SELECT name FROM person WHERE born = 1815 OR born <> 1950 AND NOT born <= 0');
SELECT push('SELECT name FROM person WHERE 1900::smallint < born AND born < 2147483647');
SELECT push('SELECT name FROM person WHERE born BETWEEN 1815 AND 1950');
SELECT push('SELECT name FROM person WHERE name = ''Ada''');
SELECT push('SELECT name FROM person WHERE name >= ''B'' AND name < ''D''');
SELECT push('SELECT name FROM person WHERE name > ''B'' COLLATE "C"');
SELECT push('SELECT name FROM person WHERE name = ''E_%\''');
SELECT push('SELECT name FROM person WHERE name IN (''Ada'', ''Cy'', NULL)');
SELECT push('SELECT name FROM person WHERE name NOT IN (''Ada'', ''Cy'')');
SELECT push('SELECT name FROM person WHERE name NOT IN (''Ada'', NULL)');
SELECT push('SELECT name FROM person WHERE born = ANY (''{1815,1990,NULL}'')');
SELECT push('SELECT name FROM person WHERE born = ANY (''{{1815},{1990}}''::bigint[])');
SELECT push('SELECT name FROM person WHERE born <> ALL (''{}''::bigint[])');
SELECT push('SELECT name FROM person WHERE city IS NULL');
SELECT push('SELECT name FROM person WHERE city IS NOT NULL AND city <> ''''');
SELECT push('SELECT name FROM person WHERE city IS DISTINCT FROM ''Oslo''');
SELECT push('SELECT name FROM person WHERE city IS NOT DISTINCT FROM NULL');
SELECT push('SELECT name FROM person WHERE active');
SELECT push('SELECT name FROM person WHERE NOT active');
SELECT push('SELECT name FROM person WHERE active IS NOT TRUE');
SELECT push('SELECT name FROM person WHERE active IS FALSE OR active IS UNKNOWN');
SELECT push('SELECT name FROM person WHERE active = (born > 1900)');
SELECT push('SELECT name FROM person WHERE day < ''1900-01-01''');
SELECT push('SELECT name FROM person WHERE day < ''infinity'' AND day > ''-infinity''');
SELECT push('SELECT name FROM person WHERE seen > ''2000-01-01 00:00:00+02''');
SELECT push('SELECT name FROM person WHERE seen <= now()');
SELECT push('SELECT name FROM person WHERE seen < ''infinity''');

-- Floats: NaN is equal to itself and the greatest
SELECT push('SELECT name FROM person WHERE score > 1');
SELECT push('SELECT name FROM person WHERE score >= -1.5 AND score <> 2');
SELECT push('SELECT name FROM person WHERE score < ''NaN''');
SELECT push('SELECT name FROM person WHERE score = ''NaN'' OR score > ''-Infinity''');
SELECT push('SELECT name FROM person WHERE score = 1.5::real');
SELECT push('SELECT name FROM person WHERE score = born');
SELECT push('SELECT name FROM person WHERE score IN (1.5, 2)');
SELECT push('SELECT name FROM person WHERE abs(score) = 1.5 AND floor(score) < 1 AND -score < 9');

-- Texts
SELECT push('SELECT name FROM person WHERE name LIKE ''A%''');
SELECT push('SELECT name FROM person WHERE name LIKE ''%d%''');
SELECT push('SELECT name FROM person WHERE name LIKE ''%y''');
SELECT push('SELECT name FROM person WHERE name LIKE ''B_b''');
SELECT push('SELECT name FROM person WHERE name LIKE ''E\_%''');
SELECT push('SELECT name FROM person WHERE name NOT LIKE ''A%''');
SELECT push('SELECT name FROM person WHERE starts_with(name, city)');
SELECT push('SELECT name FROM person WHERE length(name) = 5');
SELECT push('SELECT name FROM person WHERE substr(name, 2, 1) = ''d'' AND left(name, 1) = ''A'' AND right(name, 1) = ''a'' AND reverse(name) = ''adA''');
SELECT push('SELECT name FROM person WHERE name || ''!'' = ''Ada!''');
SELECT push('SELECT name FROM person WHERE coalesce(city, ''?'') = ''?'' OR nullif(city, ''Oslo'') IS NULL');
SELECT push('SELECT name FROM person WHERE CASE WHEN born > 1900 THEN ''new'' WHEN born > 0 THEN ''old'' END = ''old''');
SELECT push('SELECT name FROM person WHERE CASE city WHEN ''Oslo'' THEN true ELSE active END');
SELECT push('SELECT name FROM person WHERE born::text = ''1815'' AND active::text = ''true''');
SELECT push('SELECT name FROM person WHERE lower(name) = ''ada''');
SELECT push('SELECT name FROM person WHERE name ~ ''^A''');
SELECT push('SELECT name FROM person WHERE name ILIKE ''a%''');

-- Arithmetic
SELECT push('SELECT name FROM person WHERE born < 5000 AND born * 2 - 1 > 3000 AND born / 2 % 100 >= 7');
SELECT push('SELECT name FROM person WHERE score * 2 = 3');
SELECT push('SELECT name FROM person WHERE born::double precision = 1815');
SELECT push('SELECT name FROM person WHERE born > 1814.5');
SELECT push('SELECT level FROM admin WHERE level::integer + 1 = 4');
SELECT f.person.name FROM f.person WHERE born + 1 > 0;
SET namidb.enable_pushdown = off;
SELECT f.person.name FROM f.person WHERE born + 1 > 0;
RESET namidb.enable_pushdown;
SELECT f.person.name FROM f.person WHERE born / (born - born) > 0;

-- Ids, labels, properties without a column
SELECT push('SELECT name FROM person WHERE _id = (SELECT _id FROM person p WHERE p.name = ''Bob'')');
SELECT push('SELECT name FROM person WHERE _id IN (SELECT _id FROM admin)');
SELECT push('SELECT name FROM person WHERE ''Admin'' = ANY (_labels)');
SELECT push('SELECT name FROM person WHERE _labels @> ''{Admin,Boss}'' OR _labels && ''{Nobody}''');
SELECT push('SELECT name FROM person WHERE _labels = ''{Person}''');
SELECT push('SELECT name FROM person WHERE _properties->>''tag'' = ''x''');
SELECT push('SELECT name FROM person WHERE (_properties->>''level'')::bigint > 3');
SELECT push('SELECT name FROM person WHERE _properties ? ''level''');
SELECT push('SELECT name FROM person WHERE _properties->>''name'' IS NULL');
SELECT push('SELECT since FROM knows WHERE _src = _dst');

-- Values of several kinds are not what the column shows
SELECT * FROM statements('SELECT name FROM f.person WHERE mixed = ''1''');
SELECT name FROM f.person WHERE mixed = '1';
SELECT * FROM statements('SELECT name FROM f.person WHERE mixed IS NOT NULL');

-- Joins
SELECT push('SELECT a.name, b.name, k.since FROM person a JOIN knows k ON k._src = a._id JOIN person b ON b._id = k._dst WHERE a.born < 1900');
SELECT push('SELECT a.name, b.name FROM person a, knows k, person b WHERE k._src = a._id AND b._id = k._dst AND a.born > b.born');
SELECT push('SELECT a.name, c.name FROM person a JOIN knows k ON k._src = a._id JOIN knows m ON m._src = k._dst JOIN person c ON c._id = m._dst');
SELECT push('SELECT k.since, m.since FROM knows k JOIN knows m ON m._src = k._src AND m._dst = k._dst');
SELECT push('SELECT a.name, c.name FROM person a JOIN knows k ON k._src = a._id JOIN city c ON c._id = k._dst');
SELECT push('SELECT a.name, b.name, c.name FROM person a JOIN knows k ON k._src = a._id JOIN person b ON b._id = k._dst JOIN lives_in l ON l._src = b._id JOIN city c ON c._id = l._dst');
SELECT push('SELECT a.name, b.name FROM knows k JOIN knows m ON m._src = k._dst AND m._dst = k._src JOIN person a ON a._id = k._src JOIN person b ON b._id = k._dst');
SELECT push('SELECT p.name, a.level FROM person p JOIN admin a ON a._id = p._id');
SELECT push('SELECT p.name, c.size FROM person p JOIN city c ON c.name = p.city');
SELECT push('SELECT p.name, k._src = p._id, k._dst FROM person p JOIN knows k ON p._id IN (k._src, k._dst)');
SELECT push('SELECT p.name, p._labels, p._properties FROM person p JOIN knows k ON k._dst = p._id WHERE k.weight IS NULL');
SELECT push('SELECT count(*) FROM person p CROSS JOIN city');

-- Outer joins
SELECT push('SELECT p.name, c.name FROM person p LEFT JOIN lives_in l ON l._src = p._id LEFT JOIN city c ON c._id = l._dst');
SELECT push('SELECT p.name, c.name FROM person p LEFT JOIN (lives_in l JOIN city c ON c._id = l._dst) ON l._src = p._id AND c.size > 1000000');
SELECT push('SELECT p.name, k.since, k._src, k._dst FROM person p LEFT JOIN knows k ON k._src = p._id AND p.born > 1900');
SELECT push('SELECT p.name, k.since FROM person p LEFT JOIN knows k ON k._src = p._id WHERE k.since IS NULL');
SELECT push('SELECT p.name, a._id IS NULL, a.level FROM person p LEFT JOIN admin a ON a._id = p._id');
SELECT push('SELECT p.name, c.size FROM person p LEFT JOIN city c ON c.name = p.city');
SELECT push('SELECT p.name, k.since, q.name FROM person p LEFT JOIN knows k ON k._src = p._id LEFT JOIN person q ON q._id = k._dst AND q.born > 0');
SELECT push('SELECT p.name, q.name FROM knows k RIGHT JOIN person p ON k._src = p._id LEFT JOIN person q ON q._id = k._dst');
SELECT push('SELECT p.name, c.name FROM person p FULL JOIN city c ON c.name = p.city');
SELECT push('SELECT p.name, x.n FROM person p LEFT JOIN (SELECT _dst, coalesce(since, 0) AS n FROM knows) x ON x._dst = p._id');

SELECT push('SELECT p.name, k.since, n.name FROM person p LEFT JOIN (knows k JOIN person n ON n._id = k._src) ON k._src = p._id AND k.since > 2');
SELECT push('SELECT p.name, k.since FROM person p LEFT JOIN knows k ON k._src = p._id WHERE k._src IS NULL');
SELECT push('SELECT p.name FROM person p LEFT JOIN knows k ON k._src = p._id WHERE k._src IS NULL');
SELECT push('SELECT p.name, q.name, l._dst FROM person p LEFT JOIN knows k ON k._src = p._id JOIN person q ON q._id = k._dst LEFT JOIN lives_in l ON l._src = q._id');
SELECT push('SELECT p.name, q.name FROM person p LEFT JOIN knows k ON k._src = p._id LEFT JOIN knows m ON m._src = k._dst LEFT JOIN person q ON q._id = m._dst');

SELECT push('SELECT p.name, l._dst, k.since FROM person p LEFT JOIN lives_in l ON l._src = p._id LEFT JOIN knows k ON k._src = l._src');
SELECT push('SELECT p.name, k.since FROM person p LEFT JOIN lives_in l ON l._src = p._id JOIN knows k ON k._dst = p._id WHERE EXISTS (SELECT FROM knows m WHERE m._src = l._src AND m.since = 2)');

-- Semi and anti joins
SELECT push('SELECT p.name FROM person p WHERE EXISTS (SELECT FROM knows k WHERE k._src = p._id AND k.since > 1)');
SELECT push('SELECT p.name FROM person p WHERE NOT EXISTS (SELECT FROM knows k WHERE k._src = p._id)');
SELECT push('SELECT p.name FROM person p WHERE p._id IN (SELECT k._dst FROM knows k JOIN admin a ON a._id = k._src)');
SELECT push('SELECT p.name FROM person p WHERE EXISTS (SELECT FROM knows k JOIN knows m ON m._src = k._dst WHERE k._src = p._id AND m._dst = p._id)');
SELECT push('SELECT p.name FROM person p WHERE NOT EXISTS (SELECT FROM admin a WHERE a._id = p._id)');
SELECT push('SELECT p.name FROM person p LEFT JOIN lives_in l ON l._src = p._id WHERE EXISTS (SELECT FROM knows k WHERE k._dst = p._id)');
SELECT push('SELECT p.name FROM person p WHERE p._id NOT IN (SELECT _src FROM knows)');

-- Groups
SELECT push('SELECT count(*) FROM person');
SELECT push('SELECT count(*) FROM knows');
SELECT push('SELECT count(*), count(city), count(DISTINCT city), min(born), max(born), min(day), max(seen), bool_or(active), bool_and(active) FROM person');
SELECT push('SELECT min(score), max(score), min(name), max(name) FROM person');
SELECT push('SELECT count(*), min(born), bool_or(active) FROM person WHERE born = 7');
SELECT push('SELECT city, count(*) FROM person GROUP BY city');
SELECT push('SELECT city, count(*) FILTER (WHERE born > 1900), count(*) + 1 FROM person GROUP BY city HAVING count(*) > 1 OR min(born) < 0');
SELECT push('SELECT count(*) FROM person GROUP BY active, born > 1900');
SELECT push('SELECT born / 100, max(born) FROM person WHERE born < 5000 GROUP BY born / 100');
SELECT push('SELECT b.name, count(*), sum(since), avg(since) FROM person a JOIN knows k ON k._src = a._id JOIN person b ON b._id = k._dst GROUP BY b.name');
SELECT push('SELECT b.name, count(DISTINCT a._id) FROM person a JOIN knows k ON k._src = a._id JOIN person b ON b._id = k._dst GROUP BY b.name, b._id');
SELECT push('SELECT sum(score) FROM person');
SELECT push('SELECT score, count(*) FROM person GROUP BY score');
SELECT push('SELECT city, active, count(*) FROM person GROUP BY ROLLUP (city, active)');
SELECT push('SELECT string_agg(name, '','' ORDER BY name) FROM person');
SELECT push('SELECT DISTINCT city FROM person');
SELECT push('SELECT DISTINCT city, active FROM person WHERE born > 0');
SELECT push('SELECT DISTINCT ON (city) city, name FROM person ORDER BY city, name');

-- Order and limits
SELECT push('SELECT name, born FROM person ORDER BY born LIMIT 3', true);
SELECT push('SELECT name, born FROM person ORDER BY born DESC LIMIT 3', true);
SELECT push('SELECT name, born FROM person ORDER BY born NULLS FIRST LIMIT 3', true);
SELECT push('SELECT name, born FROM person ORDER BY born DESC NULLS LAST LIMIT 3 OFFSET 1', true);
SELECT push('SELECT city, name FROM person ORDER BY city DESC, name COLLATE "C" LIMIT 4', true);
SELECT push('SELECT name FROM person ORDER BY length(name) DESC, name LIMIT 2', true);
SELECT push('SELECT a.name, b.name FROM person a JOIN knows k ON k._src = a._id JOIN person b ON b._id = k._dst ORDER BY a.name, b.name DESC OFFSET 2 LIMIT 3', true);
SELECT push('SELECT city, count(*) FROM person GROUP BY city ORDER BY count(*) DESC, city LIMIT 2', true);
SELECT push('SELECT DISTINCT city FROM person ORDER BY city LIMIT 2', true);
SELECT push('SELECT count(*) FROM (SELECT FROM person LIMIT 2) x');
SELECT push('SELECT name FROM person ORDER BY born FETCH FIRST 2 ROWS WITH TIES', true);
SELECT push('SELECT name, row_number() OVER (ORDER BY born) FROM person ORDER BY born LIMIT 2', true);

-- Query tables
SELECT push('SELECT count(*) FROM named');
SELECT push('SELECT n, b FROM named WHERE b > 1900');

-- With local tables, and expressions that are none of Cypher's
SELECT push('SELECT p.name, n.born FROM person p JOIN local_names n ON n.name = p.name');
SELECT push('SELECT p.name, (SELECT n.born FROM local_names n WHERE n.name = p.name) FROM person p WHERE p.born > 1900');
SELECT push('SELECT name, upper(name) FROM person WHERE active ORDER BY name LIMIT 1', true);
SELECT push('SELECT name FROM person WHERE random() >= 0 AND born > 1900');
SELECT push('SELECT p.name, p.tableoid::regclass::text ~ ''person'' FROM person p JOIN knows k ON k._src = p._id WHERE k.since = 1');
SELECT push('SELECT p::text ~ ''Ada'' FROM person p JOIN knows k ON k._src = p._id WHERE k.since = 1');

-- Parameters
\pset tuples_only off
\pset format aligned
SET search_path = f, public;
PREPARE by_born(bigint) AS SELECT name FROM person WHERE born > $1 ORDER BY born LIMIT 1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_born(1);
EXECUTE by_born(1900);
EXECUTE by_born(NULL);
PREPARE in_list(text[], double precision, date) AS SELECT name FROM person WHERE name = ANY ($1) AND score > $2 AND day < $3;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE in_list('{}', 0, 'infinity');
EXECUTE in_list('{{Ada},{Cy}}', -9, 'infinity');
EXECUTE in_list('{Ada,NULL}', 'NaN', 'infinity');
EXECUTE in_list('{Ada}', 1, '-infinity');

PREPARE page(bigint, bigint) AS SELECT name FROM person ORDER BY born LIMIT $1 OFFSET $2;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE page(1, 1);
EXECUTE page(2, 1);
EXECUTE page(NULL, 4);
EXECUTE page(-1, 0);

-- A plan that is kept notices when values of another kind come.
PREPARE oslo AS SELECT name FROM person WHERE city = 'Oslo' ORDER BY name;
EXECUTE oslo;
SELECT namidb_cypher('MATCH (p:Person {name: "Bob"}) SET p.city = 5');
EXECUTE oslo;
EXECUTE oslo;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE oslo;
RESET plan_cache_mode;

-- Infinite dates and timestamps come back as they went in.
PREPARE infinite(date, timestamptz) AS SELECT DISTINCT coalesce(day, $1) AS day, CASE WHEN active THEN seen ELSE $2 END AS seen FROM person WHERE score < 1 OR active ORDER BY 1;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE infinite('-infinity', 'infinity');
SELECT coalesce(isfinite(day), false) AS day, count(*) FROM person GROUP BY 1 ORDER BY 1;
EXECUTE infinite('-infinity', 'infinity');
SET namidb.enable_pushdown = off;
EXECUTE infinite('-infinity', 'infinity');
RESET namidb.enable_pushdown;

-- Names that need quotes
SELECT namidb_cypher('CREATE (:`My ``Label` {`a b`: 1, `match`: 2})-[:`IS A`]->(:City {name: "It''s"})');
CREATE FOREIGN TABLE "My ""Table" (_id uuid, "a b" bigint, "order" bigint OPTIONS (property 'match')) SERVER push OPTIONS (label 'My `Label');
CREATE FOREIGN TABLE "is a" (_src uuid, _dst uuid) SERVER push OPTIONS (type 'IS A');
EXPLAIN (VERBOSE, COSTS OFF) SELECT t."order", c.name FROM "My ""Table" t JOIN "is a" ON _src = t._id JOIN city c ON c._id = _dst WHERE "a b" = 1 AND c.name = 'It''s';
SELECT t."order", c.name FROM "My ""Table" t JOIN "is a" ON _src = t._id JOIN city c ON c._id = _dst WHERE "a b" = 1 AND c.name = 'It''s';

-- Locks and changes are joined by PostgreSQL
SELECT * FROM statements('SELECT n.born FROM local_names n JOIN person p ON p.name = n.name JOIN knows k ON k._src = p._id FOR UPDATE OF n') AS line ORDER BY line COLLATE "C";
UPDATE local_names n SET born = k.since FROM person p JOIN knows k ON k._src = p._id WHERE p.name = n.name AND k.since = 1 RETURNING n.*;

RESET search_path;
SET client_min_messages = warning;
DROP SERVER push CASCADE;
DROP SCHEMA f, l CASCADE;
DROP TABLE public.local_names;
DROP FUNCTION public.push(text, boolean), public.statements(text), public.rows_of(text, text, boolean, boolean);
