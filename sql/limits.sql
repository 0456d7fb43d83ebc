-- What is too large or too deep: an answer or a clear error, never a crash, and soon.
\set VERBOSITY terse
CREATE SERVER limits FOREIGN DATA WRAPPER namidb OPTIONS (store 'memory://limits');

-- The number of rows, or SQLSTATE and the beginning of the message; "slow" above two minutes.
CREATE FUNCTION outcome(query text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz := clock_timestamp();
	result text;
	state text;
	message text;
BEGIN
	BEGIN
		SELECT count(*) || ' rows' INTO result FROM namidb_cypher(query, params, 'limits');
		RAISE EXCEPTION SQLSTATE 'ZZ000';	-- the graph stays as it is
	EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
		NULL;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
		result := state || ' ' || left(replace(message, '"temp_file_limit"', 'temp_file_limit'), 60);  -- 18 quotes it
	END;
	RETURN result || CASE WHEN clock_timestamp() - start > interval '2 minutes' THEN ' slow' ELSE '' END;
END $$;

CREATE FUNCTION list(what text, count int, sep text DEFAULT ', ') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(replace(what, '#', i::text), sep ORDER BY i) FROM generate_series(1, count) AS i
$$;

CREATE TABLE hostile (name text, query text);
-- deep
INSERT INTO hostile
SELECT name, 'RETURN ' || repeat(before, 10000) || '1' || repeat(after, 10000) || ' AS x' FROM (VALUES
	('parentheses', '(', ')'), ('lists', '[', ']'), ('maps', '{a: ', '}'), ('CASE', 'CASE WHEN true THEN ', ' END'),
	('NOT', 'NOT ', ''), ('minus', '- ', ''), ('calls', 'abs(', ')'), ('comprehensions', '[x IN ', ']'),
	('index', '[1]', '[0]'), ('property', '', '.a'), ('IS NULL', '', ' IS NULL'), ('IN', '1 IN ', ''),
	('EXISTS', 'EXISTS { RETURN ', ' AS x }'), ('reduce', 'reduce(a = 0, x IN [1] | ', ')')) AS v(name, before, after);
INSERT INTO hostile VALUES
	('CALL', repeat('CALL { ', 10000) || 'RETURN 1 AS x' || repeat(' } RETURN x', 10000)),
	('FOREACH', repeat('FOREACH (x IN [1] | ', 10000) || 'CREATE (:A)' || repeat(')', 10000)),
	('labels in parentheses', 'MATCH (n:' || repeat('(', 10000) || 'A' || repeat(')', 10000) || ') RETURN n'),
	('300 deep', 'RETURN ' || repeat('[', 300) || '1' || repeat(']', 300) || ' AS x'),
	('300 comprehensions', 'RETURN ' || repeat('[x IN ', 300) || '[1]' || repeat(' | x]', 300) || ' AS x');
-- long
INSERT INTO hostile SELECT 'long ' || op, 'RETURN ' || list('1', 100000, op) || ' AS x'
	FROM unnest(ARRAY[' + ', ' - ', ' * ', ' < ', ' = ', ' ^ ']) AS op;
INSERT INTO hostile SELECT 'long ' || op, 'RETURN ' || list('true', 100000, op) || ' AS x'
	FROM unnest(ARRAY[' AND ', ' OR ', ' XOR ']) AS op;
INSERT INTO hostile VALUES
	('long text +', 'RETURN size(' || list('''a''', 100000, ' + ') || ') AS x'),
	('long < of sums', 'RETURN ' || list('(# + 1)', 10000, ' < ') || ' AS x'),
	('list', 'RETURN [' || list('#', 100000) || '] AS x'),
	('map', 'RETURN {' || list('k#: #', 100000) || '} AS x'),
	('WHEN', 'RETURN CASE ' || list('WHEN false THEN #', 100000, ' ') || ' END AS x'),
	('IN list', 'RETURN 5 IN [' || list('''#''', 100000) || '] AS x'),
	('columns', 'RETURN ' || list('# AS c#', 1600)),
	('groups', 'UNWIND [1] AS x RETURN ' || list('x AS c#', 10000) || ', count(*) AS n'),
	('aggregates', 'UNWIND [1] AS x RETURN ' || list('sum(x + #) AS c#', 3000)),
	('ORDER BY', 'UNWIND [1, 2] AS x RETURN x ORDER BY ' || list('x + #', 10000)),
	('WITH', list('WITH 1 AS x', 10000, ' ') || ' RETURN x'),
	('WITH *', 'WITH 1 AS x0 ' || list('WITH *, 1 AS x#', 10000, ' ') || ' RETURN x1'),
	('UNWIND', list('UNWIND [1] AS x#', 10000, ' ') || ' RETURN x1'),
	('MATCH', list('MATCH (n#)', 10000, ' ') || ' RETURN n1'),
	('OPTIONAL MATCH', list('OPTIONAL MATCH (n#)', 10000, ' ') || ' RETURN n1'),
	('pattern parts', 'MATCH ' || list('(n#)', 10000) || ' RETURN n1'),
	('hops', 'MATCH (a)' || list('-->(n#)', 10000, '') || ' RETURN a'),
	('named hops', 'MATCH (a)' || list('-[r#:T]->(n#)', 10000, '') || ' RETURN a'),
	('CREATE', list('CREATE (:A)', 10000, ' ')),
	('MERGE', list('MERGE (:A {v: #})', 10000, ' ')),
	('SET', 'MATCH (n:None) ' || list('SET n.a = #', 10000, ' ')),
	('SET items', 'MATCH (n:None) SET ' || list('n.a# = 1', 10000)),
	('UNION', list('RETURN # AS x', 10000, ' UNION ')),
	('UNION ALL', list('RETURN # AS x', 10000, ' UNION ALL ')),
	('CALLs', list('CALL { RETURN 1 AS x# }', 10000, ' ') || ' RETURN x1'),
	('labels', 'MATCH (n' || list(':L#', 10000, '') || ') RETURN n'),
	('types', 'MATCH ()-[:' || list('T#', 10000, '|') || ']->() RETURN 1 AS x'),
	('EXISTSs', 'MATCH (n:None) WHERE ' || list('EXISTS { (n)-->() }', 10000, ' AND ') || ' RETURN n'),
	('conditions', 'MATCH (n:None) WHERE ' || list('n.a# = #', 10000, ' AND ') || ' RETURN n');
-- large
INSERT INTO hostile VALUES
	('variable', 'WITH 1 AS `' || repeat('n', 1000000) || '` RETURN `' || repeat('n', 1000000) || '` AS x'),
	('unknown variable', 'RETURN `' || repeat('n', 1000000) || '` AS x'),
	('function', 'RETURN `' || repeat('n', 1000000) || '`(1) AS x'),
	('procedure', 'CALL `' || repeat('n', 1000000) || '`()'),
	('label', 'MATCH (n:`' || repeat('n', 1000000) || '`) RETURN n'),
	('string', 'RETURN ''' || repeat('n', 1000000) || ''' AS x'),
	('blanks', 'RETURN 1 AS x' || repeat(' ', 20000000)),
	('words', 'RETURN 1 AS x' || repeat(' a', 10000000));

-- What is wide is answered; what is deep, or many operators long, may also be refused.
SELECT name, outcome(query) FROM hostile
WHERE name ~ '^long' OR name IN ('list', 'map', 'WHEN', 'IN list', 'columns', 'groups', 'aggregates', 'ORDER BY', 'SET items', 'labels',
	'types', 'conditions', 'variable', 'unknown variable', 'function', 'procedure', 'label', 'string', 'blanks', 'words');
SELECT name, outcome FROM (SELECT name, outcome(query) FROM hostile OFFSET 0) AS h
WHERE outcome !~ '^(\d+ rows|54000 .*|54001 .*|53200 .*)$' AND name NOT IN ('unknown variable', 'function', 'procedure');
SELECT outcome('RETURN ' || list('$p#', 100000, ' + ') || ' AS x',
			   (SELECT jsonb_object_agg('p' || i, i) FROM generate_series(1, 100000) AS i));
SELECT outcome('UNWIND $p AS x RETURN x', (SELECT jsonb_build_object('p', jsonb_agg(i)) FROM generate_series(1, 100000) AS i));

-- With little stack the same, or 54001.
SET max_stack_depth = '100kB';
SELECT name, outcome FROM (SELECT name, outcome(query) FROM hostile
	WHERE length(query) < 400000 AND name !~ 'MATCH|hops|parts|WITH|^long|EXISTSs|CALLs' OFFSET 0) AS h
WHERE outcome !~ '^(\d+ rows|54000 .*|54001 stack depth limit exceeded|53200 .*)$';
SELECT outcome('RETURN ' || repeat('[', 300) || '1' || repeat(']', 300) || ' AS x') ~ '^(1 rows|54001 .*)$' AS ok;
RESET max_stack_depth;

-- One query takes no more than its limit; the message names who wanted more.
SET namidb.statement_memory_limit = '4MB';
SELECT q, outcome(q) FROM unnest(ARRAY[
	'RETURN size(range(1, 100000000)) AS n',
	'UNWIND range(1, 100000000) AS x RETURN size(collect(x)) AS n',
	'RETURN size(reduce(s = ''abcdefgh'', x IN range(1, 40) | s + s)) AS n',
	'RETURN size(reduce(s = [1], x IN range(1, 40) | s + s)) AS n',
	'RETURN size(reduce(s = ''a'', x IN range(1, 40) | replace(s, ''a'', ''aaaa''))) AS n',
	'RETURN size([x IN range(1, 1000000) | toString(x)]) AS n',
	'WITH range(1, 10000) AS l RETURN size([x IN l | [y IN l | x * y]]) AS n',
	'WITH range(1, 1000) AS l UNWIND l AS x WITH x, l AS m RETURN count(DISTINCT m) AS n, size(collect([x, m])) AS s',
	'UNWIND range(1, 1000000) AS x CREATE (:A {x: x}) WITH x RETURN size(collect(x)) AS n',
	'UNWIND range(1, 1000000) AS x MERGE (:A {x: x % 10}) RETURN count(*) AS n',
	'CALL { UNWIND range(1, 100000) AS x RETURN x } MATCH (a), (b) RETURN size(collect(x)) AS n',
	'UNWIND range(1, 300000) AS a WITH a ORDER BY a DESC LIMIT 1 RETURN a']) AS q;
-- What is sorted, grouped and made distinct in files is the same as in memory.
CREATE TABLE spilled AS SELECT q, (SELECT array_agg(r ORDER BY n) FROM namidb_cypher(q, NULL, 'limits') WITH ORDINALITY AS t(r, n)) AS rows FROM unnest(ARRAY[
	'UNWIND range(1, 200000) AS x WITH x, x * 7919 % 10007 AS k ORDER BY k, x SKIP 100000 LIMIT 1000 RETURN x, k',
	'UNWIND range(1, 200000) AS x WITH x % 30000 AS k, count(*) AS n, sum(x * 0.1) AS s, collect(DISTINCT x % 3) AS l RETURN k, n, s, l ORDER BY k SKIP 20000 LIMIT 1000',
	'UNWIND range(1, 200000) AS x RETURN count(DISTINCT x % 70000) AS n',
	'UNWIND range(1, 200000) AS x WITH DISTINCT x % 50000 AS k, ''text'' AS t RETURN count(*) AS n, sum(k) AS s, min(t) AS t']) AS q;
RESET namidb.statement_memory_limit;
SELECT left(q, 60) AS q, rows = (SELECT array_agg(r ORDER BY n) FROM namidb_cypher(q, NULL, 'limits') WITH ORDINALITY AS t(r, n)) AS same FROM spilled;
SELECT count(*) FROM pg_ls_tmpdir();
-- They count against the server's own limit, and an error removes them.
SET namidb.statement_memory_limit = '4MB';
SET temp_file_limit = '1MB';
SELECT outcome('UNWIND range(1, 1000000) AS x RETURN x ORDER BY -x LIMIT 500000');
SELECT count(*) FROM pg_ls_tmpdir();
RESET temp_file_limit;
RESET namidb.statement_memory_limit;

DROP TABLE hostile, spilled;
DROP FUNCTION outcome, list;
DROP SERVER limits;
