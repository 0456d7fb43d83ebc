/*
 * cypher_parser_test.c - what parses, into what, and what does not, with which error (spec/cypher.md
 * 1, 2, 2.1, 3.4, 11, 14).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "cypher/parser.h"

typedef struct ValidCase
{
	const char *text;
	const char *printed;		/* NULL: the same as text */
} ValidCase;

static const ValidCase valid_cases[] = {
	/* literals, lexis */
	{"return 1 as x ;;", "RETURN 1 AS x"},
	{"RETURN 0x1F, 0o17, 00012, -9223372036854775808, -0x8000000000000000",
	"RETURN 31, 15, 12, -9223372036854775808, -9223372036854775808"},
	{"RETURN .5, 1.50, 1e3, 1E-2, 0010.5, --1, +1, - 1",
	"RETURN 0.5, 1.5, 1000.0, 0.01, 10.5, --1, +1, -1"},
	{"RETURN 'it\\'s', \"q\\\"q\", 'a\\n\\t\\\\', '\\u00e9\\uD83D\\uDE00', '\\U0001F600', '\\0'",
	"RETURN 'it\\'s', 'q\"q', 'a\\n\\t\\\\', '\xC3\xA9\xF0\x9F\x98\x80', '\xF0\x9F\x98\x80', '\\0'"},
	{"RETURN /* a */ 1 // b\n, TRUE, False, NULL", "RETURN 1, true, false, null"},
	{"RETURN\xC2\xA0\xC3\xBCn\xC3\xAF AS `a b`, `x``y`", "RETURN \xC3\xBCn\xC3\xAF AS `a b`, `x``y`"},
	{"RETURN $a, $`b c`", NULL},
	{"RETURN 1AS x, 1.5OR 2", "RETURN 1 AS x, 1.5 OR 2"},
	/* precedence */
	{"RETURN 1 + 2 * 3 - 4 / 5 % 6", NULL},
	{"RETURN (1 + 2) * 3, 1 + (2 + 3), ((1))", "RETURN (1 + 2) * 3, 1 + (2 + 3), 1"},
	{"RETURN 2 ^ 3 ^ 2, -2 ^ 2, -(2 ^ 2), 2 ^ -1", NULL},
	{"RETURN a OR b XOR c AND NOT d = e", NULL},
	{"RETURN (a OR b) AND (c XOR d), NOT (a AND b), NOT NOT a", NULL},
	{"RETURN a = b IN c, (a = b) IN c, null IS NULL = false", NULL},
	{"RETURN a < b <= c <> d, (a < b) < c", NULL},
	{"RETURN a + 1 IN b + 2, a IN b IN c, a IS NOT NULL IS NULL", NULL},
	{"RETURN a starts with b + 'x' AND c ends with d, e contains f, g =~ 'h' = true",
	"RETURN a STARTS WITH b + 'x' AND c ENDS WITH d, e CONTAINS f, g =~ 'h' = true"},
	{"RETURN a<-b, a<--b, a != b, a || b", "RETURN a < -b, a < --b, a <> b, a || b"},
	{"RETURN n:A, n:A:B, NOT n:A, n.x IS NOT NULL, n:A|B", "RETURN n:A, n:A:B, NOT n:A, n.x IS NOT NULL, n:(A|B)"},
	/* postfix, containers */
	{"RETURN a.b.c[0][1..][..2][1..2][..].d", NULL},
	{"RETURN (a + b).c, [1, 2][0], {a: 1}.a, $p.x, (-1)[0], f(x).y", NULL},
	{"RETURN [], [1], [a, [b]], {}, {a: 1, in: 2, `x y`: {}}", NULL},
	{"RETURN CASE x WHEN 1 THEN 'a' ELSE 'b' END, CASE WHEN a THEN b WHEN c THEN d END", NULL},
	{"RETURN CASE when.x WHEN 1 THEN 2 END", "RETURN CASE `when`.x WHEN 1 THEN 2 END"},
	/* calls */
	{"RETURN count(*), COUNT(DISTINCT x), f(), a.b.f(1, 2), date.truncate('day', d)", NULL},
	{"RETURN exists(n.x), size([1]), count", "RETURN exists(n.x), size([1]), `count`"},
	/* comprehensions and friends */
	{"RETURN [x IN xs], [x IN xs WHERE x > 1], [x IN xs | x + 1], [x IN xs WHERE x | [x]]", NULL},
	{"RETURN [x IN xs, 1], [(x IN xs)], [x IN [1] AND y, 2]", "RETURN [x IN xs, 1], [(x IN xs)], [x IN [1] AND y, 2]"},
	{"RETURN [x IN xs WHERE x:A | x.y], [x IN xs WHERE (x:A|B) | x]", "RETURN [x IN xs WHERE x:A | x.y], [x IN xs WHERE x:(A|B) | x]"},
	{"RETURN [(a)-->(b) | b.x], [p = (a)-[:T]-(:B) WHERE b.x | p]", NULL},
	{"RETURN all(x IN xs WHERE x), ANY(x IN xs WHERE x), none(x IN xs WHERE x), single(x IN xs WHERE x)",
	"RETURN all(x IN xs WHERE x), any(x IN xs WHERE x), none(x IN xs WHERE x), single(x IN xs WHERE x)"},
	{"RETURN reduce(a = 0, x IN xs | a + x)", NULL},
	{"RETURN n {.*, .name, x: 1, y}, n {}", NULL},
	/* patterns in expressions */
	{"MATCH (n) WHERE (n)-->() AND NOT (n)<-[:T]-(m:B {x: 1}) OR (n)--(m) RETURN n", NULL},
	{"MATCH (n) WHERE (n.x) - (n.y) > 0 AND (a) - [1] = b AND (a)-(b) = 1 RETURN n",
	"MATCH (n) WHERE n.x - n.y > 0 AND a - [1] = b AND a - b = 1 RETURN n"},
	{"RETURN exists((a)-->(b)), EXISTS { (a)-->(b) WHERE b.x }, EXISTS { MATCH (a) RETURN a }",
	"RETURN EXISTS { (a)-->(b) }, EXISTS { (a)-->(b) WHERE b.x }, EXISTS { MATCH (a) RETURN a }"},
	{"RETURN COUNT { MATCH (a)-->(b) WHERE a.x }, COLLECT { MATCH (a) RETURN a.x }, COUNT { MATCH (a) MATCH (b) }",
	"RETURN COUNT { (a)-->(b) WHERE a.x }, COLLECT { MATCH (a) RETURN a.x }, COUNT { MATCH (a) MATCH (b) }"},
	{"RETURN shortestPath((a)-[*]-(b)), length(allShortestPaths((a)-[:T*..3]->(b)))", NULL},
	{"RETURN CASE WHEN (a)-->(b) THEN 1 END", NULL},
	/* patterns */
	{"MATCH (), (n), (:A), (n:A:B {x: 1}), (n:A|B), p = (a)-->(b)<--(c)--(d) RETURN *", NULL},
	{"MATCH (a)<-->(b), (a)<-[r]->(b) RETURN *", "MATCH (a)--(b), (a)-[r]-(b) RETURN *"},
	{"MATCH (a)-[r:T|:U|V*1..3 {x: 1}]->(b)-[*]-()-[*2]-()-[*..3]-()-[*2..]-()-[*..]-() RETURN *",
	"MATCH (a)-[r:T|U|V*1..3 {x: 1}]->(b)-[*]-()-[*2]-()-[*..3]-()-[*2..]-()-[*]-() RETURN *"},
	{"MATCH (a)-[*$lo..$hi]->(b) RETURN *", NULL},
	{"MATCH (n:!A), (n:(A|B):C), (n:%), (n IS A), (n WHERE n.x > 1)-[r:T WHERE r.x]-() RETURN *",
	"MATCH (n:!A), (n:(A|B):C), (n:%), (n:A), (n WHERE n.x > 1)-[r:T WHERE r.x]-() RETURN *"},
	{"MATCH ((a)-->(b)), p = shortestPath((a)-[*]-(b)) RETURN *",
	"MATCH (a)-->(b), p = shortestPath((a)-[*]-(b)) RETURN *"},
	/* keywords as names */
	{"MATCH (:End)-[:IN]->(n:Match {in: 1}) RETURN n.order, {end: 1}.end, n.null", NULL},
	{"WITH 1 AS count, 2 AS call, 3 AS end RETURN count, call, end + 1 ORDER BY end LIMIT 1",
	"WITH 1 AS `count`, 2 AS call, 3 AS `end` RETURN `count`, call, `end` + 1 ORDER BY `end` LIMIT 1"},
	{"MATCH (order) WHERE order.limit > 1 RETURN order SKIP 1",
	"MATCH (`order`) WHERE `order`.limit > 1 RETURN `order` SKIP 1"},
	/* clauses */
	{"OPTIONAL MATCH (n) WHERE n.x UNWIND [1] AS x WITH DISTINCT *, x AS y ORDER BY x DESC, y ASC SKIP 1 LIMIT $l WHERE x > 1 RETURN *",
	"OPTIONAL MATCH (n) WHERE n.x UNWIND [1] AS x WITH DISTINCT *, x AS y ORDER BY x DESC, y SKIP 1 LIMIT $l WHERE x > 1 RETURN *"},
	{"CREATE (a:A $props)-[:T {x: 1}]->(b), p = (c)", NULL},
	{"MERGE (a:A {x: 1}) ON CREATE SET a.y = 1, a:B ON MATCH SET a += {z: 1} RETURN a", NULL},
	{"MATCH (n) SET n.x = 1, (n).y = 2, n[k] = 3, n = {}, n += $p, n:A:B REMOVE n.x, n:A DETACH DELETE n, m",
	"MATCH (n) SET n.x = 1, n.y = 2, n[k] = 3, n = {}, n += $p, n:A:B REMOVE n.x, n:A DETACH DELETE n, m"},
	{"FOREACH (x IN [1] | CREATE (:A) FOREACH (y IN x | SET y.z = 1))", NULL},
	{"CALL db.labels", NULL},
	{"CALL db.labels() YIELD label AS l WHERE l > 'a' RETURN l", NULL},
	{"CALL db.labels() YIELD *", NULL},
	{"MATCH (a) CALL { WITH a RETURN 1 AS x UNION ALL WITH a RETURN 2 AS x } RETURN x", NULL},
	{"CALL (*) { RETURN 1 AS x } CALL () { CREATE () } CALL (a, b) { RETURN 2 AS y } RETURN x", NULL},
	{"RETURN 1 AS x UNION RETURN 2 AS x UNION RETURN 3 AS x", NULL},
	{"EXPLAIN RAW VERBOSE RETURN 1", NULL},
	{"PROFILE RETURN 1", NULL},
	/* schema */
	{"CREATE CONSTRAINT uq IF NOT EXISTS FOR (u:User) REQUIRE u.mail IS UNIQUE",
	"CREATE CONSTRAINT uq IF NOT EXISTS FOR (n:User) REQUIRE (n.mail) IS UNIQUE"},
	{"CREATE CONSTRAINT ON (u:User) ASSERT (u.a, u.b) IS UNIQUE",
	"CREATE CONSTRAINT FOR (n:User) REQUIRE (n.a, n.b) IS UNIQUE"},
	{"CREATE INDEX FOR (n:P) ON (n.a, n.b)", NULL},
	{"CREATE INDEX IF NOT EXISTS ON :P(age)", "CREATE INDEX IF NOT EXISTS FOR (n:P) ON (n.age)"},
	{"CREATE FULLTEXT INDEX ft ON :D(b, a)", "CREATE FULLTEXT INDEX ft FOR (n:D) ON EACH [n.b, n.a]"},
	{"CREATE VECTOR INDEX v ON :D(e) METRIC cosine DIMENSION 3 WITH {r: 8, l_build: 9, alpha: 1.5, quantization: int8}", NULL},
	{"CREATE VECTOR INDEX v FOR (n:D) ON (n.e) OPTIONS {indexConfig: {`vector.dimensions`: 3, `vector.similarity_function`: 'cosine'}}",
	"CREATE VECTOR INDEX v ON :D(e) METRIC cosine DIMENSION 3"},
	{"DROP CONSTRAINT c IF EXISTS", NULL},
	{"DROP INDEX i;", "DROP INDEX i"},
	{"DROP FULLTEXT INDEX i IF EXISTS", NULL},
	{"DROP VECTOR INDEX i", NULL},
	{"SHOW CONSTRAINT", "SHOW CONSTRAINTS"},
	{"SHOW INDEX;", "SHOW INDEXES"},
};

typedef struct InvalidCase
{
	const char *text;
	const char *name;			/* behind "SyntaxError: " */
	int			position;
} InvalidCase;

static const InvalidCase invalid_cases[] = {
	{"", "UnexpectedSyntax", 0},
	{"  // only a comment", "UnexpectedSyntax", 19},
	{";", "UnexpectedSyntax", 0},
	{"RETRUN 1", "UnexpectedSyntax", 0},
	{"RETURN", "UnexpectedSyntax", 6},
	{"RETURN 1 +", "UnexpectedSyntax", 10},
	{"RETURN (1", "UnexpectedSyntax", 9},
	{"RETURN 1 2", "UnexpectedSyntax", 9},
	{"RETURN 1; RETURN 2", "UnexpectedSyntax", 10},
	{"RETURN 1 # 2", "UnexpectedSyntax", 9},
	{"RETURN 'open", "UnexpectedSyntax", 7},
	{"RETURN `open", "UnexpectedSyntax", 7},
	{"RETURN ``", "UnexpectedSyntax", 7},
	{"RETURN /* open", "UnexpectedSyntax", 7},
	{"RETURN 'bad \\x escape'", "UnexpectedSyntax", 12},
	{"RETURN '\\uH'", "InvalidUnicodeLiteral", 8},
	{"RETURN '\\uD800'", "InvalidUnicodeLiteral", 8},
	{"RETURN 1 \xE2\x80\x94 2", "InvalidUnicodeCharacter", 9},
	{"RETURN 9223372036854775808", "IntegerOverflow", 7},
	{"RETURN -9223372036854775809", "IntegerOverflow", 8},
	{"RETURN -(9223372036854775808)", "IntegerOverflow", 9},
	{"RETURN 0x8000000000000000", "IntegerOverflow", 7},
	{"RETURN 99999999999999999999999999", "IntegerOverflow", 7},
	{"RETURN 1e400", "FloatingPointOverflow", 7},
	{"RETURN 0x", "InvalidNumberLiteral", 7},
	{"RETURN 0x1g", "InvalidNumberLiteral", 7},
	{"RETURN 0o8", "InvalidNumberLiteral", 7},
	{"RETURN 9223372h54775808", "InvalidNumberLiteral", 7},
	{"RETURN {1B2c3e67: 1}", "UnexpectedSyntax", 8},
	{"RETURN 5. AS r", "UnexpectedSyntax", 13},
	{"RETURN 1..2", "UnexpectedSyntax", 8},
	{"RETURN $", "UnexpectedSyntax", 7},
	{"RETURN {'a': 1}", "UnexpectedSyntax", 8},
	{"RETURN {a: 1,}", "UnexpectedSyntax", 13},
	{"RETURN [1,]", "UnexpectedSyntax", 10},
	{"RETURN CASE 1 END", "UnexpectedSyntax", 14},
	{"RETURN CASE WHEN 1 THEN 2 AS r", "UnexpectedSyntax", 26},
	{"RETURN CASE 1 WHEN 1, 2 THEN 'a' END", "UnexpectedSyntax", 20},
	{"RETURN all(x IN [1])", "UnexpectedSyntax", 19},
	{"RETURN any(x WHERE x)", "UnexpectedSyntax", 13},
	{"RETURN sum(*)", "UnexpectedSyntax", 11},
	{"RETURN 1 IS 2", "UnexpectedSyntax", 12},
	{"RETURN a = NOT b", "UnexpectedSyntax", 11},
	{"RETURN (n)-->()", "UnexpectedSyntax", 7},
	{"MATCH (n) SET n.x = (n)-->()", "UnexpectedSyntax", 20},
	{"MATCH (n) WHERE size((n)-->()) > 1 RETURN n", "UnexpectedSyntax", 21},
	{"MATCH (n) WHERE RETURN n", "UnexpectedSyntax", 16},
	{"MATCH (n:A|B:C) RETURN n", "UnexpectedSyntax", 12},
	{"MATCH (n:A:B|C) RETURN n", "UnexpectedSyntax", 12},
	{"MATCH (n:A&B) RETURN n", "UnexpectedSyntax", 10},
	{"MATCH (a)->(b) RETURN a", "UnexpectedSyntax", 10},
	{"MATCH (a)-[:A:B]->(b) RETURN a", "UnexpectedSyntax", 13},
	{"MATCH (a)-[r:T*-2]->(b) RETURN a", "InvalidRelationshipPattern", 15},
	{"MATCH (a)-[:T..]->(b) RETURN a", "InvalidRelationshipPattern", 13},
	{"MATCH (a)-[:T]->{1,2}(b) RETURN a", "UnexpectedSyntax", 16},
	{"MATCH ((a)-->(b)){1,2} RETURN a", "UnexpectedSyntax", 17},
	{"MATCH (n)", "InvalidClauseComposition", 0},
	{"MATCH (n) WITH n", "InvalidClauseComposition", 10},
	{"RETURN 1 RETURN 2", "InvalidClauseComposition", 9},
	{"RETURN 1 AS a UNION RETURN 2 AS a UNION ALL RETURN 3 AS a", "InvalidClauseComposition", 34},
	{"FOREACH (x IN [1] | MATCH (n))", "InvalidClauseComposition", 20},
	{"FOREACH (x IN [1] | )", "UnexpectedSyntax", 20},
	{"MATCH (n) WHERE EXISTS { MATCH (n) SET n.x = 1 } RETURN n", "InvalidClauseComposition", 35},
	{"CALL p() YIELD * RETURN 1", "UnexpectedSyntax", 9},
	{"CALL { MATCH (n) } RETURN 1", "InvalidClauseComposition", 7},
	{"UNWIND [1] RETURN 1", "UnexpectedSyntax", 11},
	{"MERGE (a:A) ON DELETE SET a.x = 1", "UnexpectedSyntax", 15},
	{"MATCH (n) SET n", "UnexpectedSyntax", 15},
	{"MATCH (n) REMOVE n", "UnexpectedSyntax", 18},
	{"LOAD CSV FROM 'x' AS y RETURN y", "UnexpectedSyntax", 0},
	{"CREATE INDEX", "UnexpectedSyntax", 12},
	{"CREATE FULLTEXT INDEX ON :A(x)", "UnexpectedSyntax", 22},
	{"CREATE VECTOR INDEX v ON :A(x) METRIC dot DIMENSION 3 WITH {quantization: int8}", "UnexpectedSyntax", 74},
	{"CREATE VECTOR INDEX v FOR (n:D) ON (n.e)", "UnexpectedSyntax", 40},
	{"CREATE INDEX FOR (n:P) ON (m.age)", "UndefinedVariable", 27},
	{"DROP", "UnexpectedSyntax", 4},
	{"SHOW", "UnexpectedSyntax", 4},
};

static NamiStatus
parse(NamiArena *arena, NamiStr text, NamiCyStatement **out, NamiError *err)
{
	return nami_cypher_parse(arena, text, out, err);
}

static NamiStr
parse_and_print(NamiArena *arena, NamiStr text)
{
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;
	NamiBuf		buf;

	if (parse(arena, text, &statement, &err) != NAMI_OK)
		fail_msg("%.*s: %s at %d", NAMI_STR_ARG(text), err.message, (int) err.position);
	nami_buf_init(&buf, arena);
	nami_cy_print_statement(&buf, statement);
	nami_buf_put_u8(&buf, 0);
	buf.len--;
	return nami_buf_str(&buf);
}

static void
valid_queries_print_canonically(void **state)
{
	for (size_t i = 0; i < sizeof(valid_cases) / sizeof(valid_cases[0]); i++)
	{
		const ValidCase *c = &valid_cases[i];
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		NamiStr		printed = parse_and_print(arena, nami_str(c->text));

		assert_string_equal(printed.ptr, c->printed != NULL ? c->printed : c->text);
		assert_string_equal(parse_and_print(arena, printed).ptr, printed.ptr);
		nami_arena_destroy(arena);
	}
}

static void
invalid_queries_say_what_and_where(void **state)
{
	for (size_t i = 0; i < sizeof(invalid_cases) / sizeof(invalid_cases[0]); i++)
	{
		const InvalidCase *c = &invalid_cases[i];
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		NamiCyStatement *statement;
		NamiError	err = NAMI_ERROR_INIT;
		char		name[80];

		snprintf(name, sizeof(name), "SyntaxError: %s", c->name);
		if (parse(arena, nami_str(c->text), &statement, &err) == NAMI_OK)
			fail_msg("parsed: %s", c->text);
		if (strcmp(err.name, name) != 0 || err.position != c->position ||
			(err.cls != NAMI_ERR_SYNTAX && (err.cls != NAMI_ERR_TYPE_CONFLICT ||
											strcmp(c->name, "InvalidClauseComposition") != 0)))
			fail_msg("%s: got %s at %d: %s", c->text, err.name, (int) err.position, err.message);
		nami_arena_destroy(arena);
	}
}

static void
messages_name_what_was_expected(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;

	assert_int_equal(parse(arena, NAMI_STR("UNWIND [1] FOO"), &statement, &err), NAMI_FAILED);
	assert_string_equal(err.message, "unexpected \"FOO\", expected AS");
	assert_int_equal(parse(arena, NAMI_STR("RETURN (1"), &statement, &err), NAMI_FAILED);
	assert_string_equal(err.message, "unexpected end of the query, expected \")\"");
	nami_arena_destroy(arena);
}

static void
items_keep_their_source_text(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiStr		text = NAMI_STR("RETURN  ( 1+ 2 ) , n . x  AS y, count( * )  ");
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;
	const NamiCyProjection *projection;

	assert_int_equal(parse(arena, text, &statement, &err), NAMI_OK);
	projection = &statement->query->singles[0].clauses[0]->projection;
	assert_int_equal(projection->item_count, 3);
	assert_true(nami_str_eq(projection->items[0].text, NAMI_STR("( 1+ 2 )")));
	assert_true(nami_str_eq(projection->items[1].text, NAMI_STR("n . x")));
	assert_true(nami_str_eq(projection->items[1].alias.text, NAMI_STR("y")));
	assert_true(nami_str_eq(projection->items[2].text, NAMI_STR("count( * )")));
	assert_int_equal(projection->items[1].expr->span.start, 19);
	assert_int_equal(projection->items[1].expr->span.end, 24);
	nami_arena_destroy(arena);
}

/* prefix, n times unit, suffix */
static NamiStr
repeated(NamiArena *arena, const char *prefix, const char *unit, size_t n, const char *middle,
		 const char *closing, const char *suffix)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_buf_put_cstr(&buf, prefix);
	for (size_t i = 0; i < n; i++)
		nami_buf_put_cstr(&buf, unit);
	nami_buf_put_cstr(&buf, middle);
	for (size_t i = 0; i < n; i++)
		nami_buf_put_cstr(&buf, closing);
	nami_buf_put_cstr(&buf, suffix);
	return nami_buf_str(&buf);
}

static void
deep_nesting_is_refused(void **state)
{
	static const char *const forms[][5] = {
		{"RETURN ", "(", "1", ")", ""}, {"RETURN ", "[", "1", "]", ""},
		{"RETURN ", "NOT ", "a", "", ""}, {"RETURN ", "-", "1", "", ""},
		{"RETURN a", ".b", "", "", ""}, {"RETURN a", "[0]", "", "", ""},
		{"RETURN a", " IS NULL", "", "", ""}, {"RETURN a", " IN b", "", "", ""},
		{"RETURN ", "{a: ", "1", "}", ""}, {"RETURN ", "f(", "1", ")", ""},
		{"RETURN ", "CASE WHEN 1 THEN ", "1", " END", ""},
		{"RETURN ", "[x IN ", "y", "]", ""}, {"RETURN ", "1 + (", "1", ")", ""},
		{"RETURN ", "a OR b AND NOT c = d IN 1 + 2 * 3 ^ -(", "1", ")", ""},
		{"MATCH ", "(", "(a)", ")", " RETURN 1"}, {"MATCH (n:", "(", "A", ")", ") RETURN 1"},
		{"MATCH (n:", "!", "A", "", ") RETURN 1"},
		{"MATCH (n) WHERE ", "EXISTS { MATCH (n) WHERE ", "n", " }", " RETURN 1"},
		{"", "CALL { ", "RETURN 1", " }", ""}, {"", "FOREACH (x IN y | ", "CREATE ()", ")", ""}
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		const char *const *f = forms[i];
		NamiCyStatement *statement;
		NamiError	err = NAMI_ERROR_INIT;
		NamiStr		text = repeated(arena, f[0], f[1], 10000, f[2], f[3], f[4]);
		NamiStr		printed;

		assert_int_equal(parse(arena, text, &statement, &err), NAMI_FAILED);
		if (err.cls != NAMI_ERR_LIMIT)
			fail_msg("%s: %s", f[1], err.message);
		/* 128 levels must be possible; in the long form each has nine operators */
		text = repeated(arena, f[0], f[1], strlen(f[1]) > 30 ? 50 : 128, f[2], f[3], f[4]);
		printed = parse_and_print(arena, text);
		assert_string_equal(parse_and_print(arena, printed).ptr, printed.ptr);
		nami_arena_destroy(arena);
	}
}

/* Long steps at every level of parentheses: the tree's height is what counts, not the nesting. */
static void
height_of_the_tree_is_limited(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiStr		steps = repeated(arena, "", ".a", 300, "", "", ")");
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;
	char	   *closing = nami_arena_printf(arena, "%.*s", NAMI_STR_ARG(steps));
	NamiStr		text = repeated(arena, "RETURN ", "(", 2, "x", closing, "");

	assert_int_equal(parse(arena, text, &statement, &err), NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_LIMIT);
	nami_arena_destroy(arena);
}

static void
long_texts_take_linear_time(void **state)
{
	static const char *const forms[][5] = {
		{"RETURN [1", ", 1", "]", "", ""}, {"RETURN 1", " + 1", "", "", ""},
		{"MATCH (n) WHERE true", " AND n.x = 1", " RETURN n", "", ""},
		{"RETURN 1", " < 2", "", "", ""}, {"", "MATCH (n) ", "RETURN 1", "", ""},
		{"MATCH (n)", "-->(n)", " RETURN 1", "", ""}, {"RETURN 1 AS x", ", 2 AS y", "", "", ""},
		{"RETURN [x IN y, 1", ", [x IN y]", "]", "", ""}, {"CREATE (a)", ", ({x: 1})", "", "", ""},
		{"RETURN 1", " UNION RETURN 1", "", "", ""}, {"RETURN 'a", "\\n", "'", "", ""}
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		const char *const *f = forms[i];
		NamiStr		text = repeated(arena, f[0], f[1], 100000, f[2], f[3], f[4]);
		clock_t		start = clock();
		NamiStr		printed = parse_and_print(arena, text);

		assert_string_equal(parse_and_print(arena, printed).ptr, printed.ptr);
		/* a quadratic step would take minutes */
		assert_true((double) (clock() - start) / CLOCKS_PER_SEC < 10);
		nami_arena_destroy(arena);
	}
}

static void
text_must_be_utf8(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;

	assert_int_equal(parse(arena, NAMI_STR("RETURN '\xFF'"), &statement, &err), NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_BAD_CHARACTER);
	nami_arena_destroy(arena);
}

static void
equal_expressions_are_found(void **state)
{
	static const struct
	{
		const char *text;
		bool		is_equal;
	} cases[] = {
		{"RETURN n.x + 1, ( n . x )+0x1", true}, {"RETURN n.x, n.y", false},
		{"RETURN count(*), COUNT(DISTINCT x)", false}, {"RETURN a AND b, a OR b", false},
		{"RETURN [x IN y | x], [x IN y|(x)]", true}, {"RETURN 1, 1.0", false}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		NamiCyStatement *statement;
		NamiError	err = NAMI_ERROR_INIT;
		const NamiCyItem *items;

		assert_int_equal(parse(arena, nami_str(cases[i].text), &statement, &err), NAMI_OK);
		items = statement->query->singles[0].clauses[0]->projection.items;
		assert_int_equal(nami_cy_expr_equal(items[0].expr, items[1].expr, arena),
						 cases[i].is_equal);
		nami_arena_destroy(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_queries_print_canonically),
		cmocka_unit_test(invalid_queries_say_what_and_where),
		cmocka_unit_test(messages_name_what_was_expected),
		cmocka_unit_test(items_keep_their_source_text),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(height_of_the_tree_is_limited),
		cmocka_unit_test(long_texts_take_linear_time),
		cmocka_unit_test(text_must_be_utf8),
		cmocka_unit_test(equal_expressions_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
