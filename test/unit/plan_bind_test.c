/*
 * plan_bind_test.c - errors found before a query runs: class, openCypher's name and position
 * (spec/cypher.md 9, 14), and the whole conformance corpus as a table of what must and must not
 * plan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/json.h"
#include "fixture_file.h"
#include "plan/planner.h"
#include "plan_functions.h"

static NamiArena *arena;

static int
setup(void **state)
{
	arena = nami_arena_create(nami_allocator_malloc(), NULL);
	return 0;
}

static int
teardown(void **state)
{
	nami_arena_destroy(arena);
	return 0;
}

static NamiStatus
plan(NamiStr text, bool read_only, NamiPlan **out, NamiError *err)
{
	NamiPlanOptions options = {.find_function = test_find_function,
		.find_procedure = test_find_procedure, .read_only = read_only};

	*err = (NamiError) NAMI_ERROR_INIT;
	return nami_plan_query(arena, text, &options, out, err);
}

/* SEMANTIC: one of the four classes of that name (spec/cypher.md 9), whichever. */
#define SEMANTIC	NAMI_ERR_NONE

static bool
is_class(NamiErrorClass cls, NamiErrorClass expected)
{
	if (expected != SEMANTIC)
		return cls == expected;
	return cls == NAMI_ERR_UNDEFINED_NAME || cls == NAMI_ERR_DUPLICATE_NAME ||
		cls == NAMI_ERR_TYPE_CONFLICT || cls == NAMI_ERR_UNDEFINED_FUNCTION;
}

static const struct
{
	const char *text;
	NamiErrorClass cls;
	const char *name;
	const char *at;				/* the error points at the last occurrence of this */
} invalid[] = {
	/* names */
	{"MATCH (n) RETURN m", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "m"},
	{"RETURN [x IN [1] | y] AS l", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "y"},
	{"MATCH (n) WITH n.x AS x RETURN n", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "n"},
	{"MATCH (n) WHERE (n)-->(m) RETURN n", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "m)"},
	{"CREATE (a {x: b.y})", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "b.y"},
	{"MERGE (a {x: a.y})", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "a.y"},
	{"MATCH (n) RETURN DISTINCT n.x AS x ORDER BY n.y", NAMI_ERR_UNDEFINED_NAME,
	"UndefinedVariable", "n.y"},
	{"MATCH (n) RETURN n.x AS x, count(*) AS c ORDER BY n.y", NAMI_ERR_UNDEFINED_NAME,
	"UndefinedVariable", "n.y"},
	{"SET n.x = 1", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "n.x"},
	{"DELETE n", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "n"},
	{"MATCH (a) CALL { MATCH (a2) WHERE a2.x = a.x RETURN a2 } RETURN a2", NAMI_ERR_UNDEFINED_NAME,
	"UndefinedVariable", "a.x"},
	{"WITH 1 AS x CALL (y) { RETURN 1 AS z } RETURN z", NAMI_ERR_UNDEFINED_NAME,
	"UndefinedVariable", "y"},
	/* declared twice */
	{"WITH 1 AS x UNWIND [1] AS x RETURN x", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound",
	"x RETURN"},
	{"CREATE (n) CREATE (n)", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound", "n)"},
	{"MATCH (n) CREATE (n:A)", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound", "n:A"},
	{"MATCH (n) CREATE (n {x: 1})-[:T]->()", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound",
	"n {x"},
	{"MATCH (a)-[r]->() CREATE (a)-[r:T]->()", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound",
	"r:T"},
	{"MATCH (a) MERGE (a)", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound", "a)"},
	{"MATCH p = (), p = ()-->() RETURN p", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound",
	"p = ()-"},
	{"MATCH r = ()-[r]->() RETURN r", NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound", "r]"},
	{"MATCH r = ()-->(), (r) RETURN r", NAMI_ERR_TYPE_CONFLICT, "VariableTypeConflict", "r) "},
	{"WITH 1 AS x CALL { RETURN 2 AS x } RETURN x", NAMI_ERR_DUPLICATE_NAME,
	"VariableAlreadyBound", "CALL"},
	{"RETURN 1 AS a, 2 AS a", NAMI_ERR_DUPLICATE_NAME, "ColumnNameConflict", "a"},
	/* conflicting roles */
	{"MATCH (n)-[n]->() RETURN n", NAMI_ERR_TYPE_CONFLICT, "VariableTypeConflict", "n]"},
	{"MATCH ()-[r]->() MATCH (r) RETURN r", NAMI_ERR_TYPE_CONFLICT, "VariableTypeConflict",
	"r) "},
	{"MATCH r = ()-->() MATCH (r) RETURN r", NAMI_ERR_TYPE_CONFLICT, "VariableTypeConflict",
	"r) "},
	{"WITH 1 AS n MATCH (n) RETURN n", NAMI_ERR_TYPE_CONFLICT, "VariableTypeConflict", "n) "},
	{"WITH {a: 1} AS n MATCH (n) RETURN n", NAMI_ERR_TYPE_CONFLICT, "VariableTypeConflict",
	"n) "},
	{"UNWIND [1, 2] AS n MATCH (n) RETURN n", NAMI_ERR_TYPE_CONFLICT, "VariableTypeConflict",
	"n) "},
	{"MATCH (n) WITH n MATCH ()-[n]-() RETURN n", NAMI_ERR_TYPE_CONFLICT,
	"VariableTypeConflict", "n]"},
	{"MATCH ()-[r*]->() MATCH ()-[r]->() RETURN r", NAMI_ERR_TYPE_CONFLICT,
	"VariableTypeConflict", "r]"},
	{"MATCH ()-[r]->() MATCH ()-[r*]->() RETURN r", NAMI_ERR_TYPE_CONFLICT,
	"VariableTypeConflict", "r*"},
	{"MATCH (a)-[r]->()-[r]->(a) RETURN r", SEMANTIC, "RelationshipUniquenessViolation", "r]"},
	/* aggregates */
	{"MATCH (n) WHERE count(n) > 1 RETURN n", SEMANTIC, "InvalidAggregation", "count"},
	{"MATCH (n {x: count(*)}) RETURN n", SEMANTIC, "InvalidAggregation", "count"},
	{"RETURN [x IN [1] | count(x)] AS l", SEMANTIC, "InvalidAggregation", "count"},
	{"MATCH (n) RETURN n.x AS x ORDER BY count(n)", SEMANTIC, "InvalidAggregation", "count"},
	{"MATCH (n) RETURN n.x AS x, sum(n.y) AS s ORDER BY max(n.z)", NAMI_ERR_UNDEFINED_NAME,
	"UndefinedVariable", "n.z"},
	{"MATCH (n) RETURN n.x AS x, sum(n.y) AS s ORDER BY max(x)", SEMANTIC, "InvalidAggregation",
	"max"},
	{"MATCH (n) RETURN n.x + 1 AS x, sum(n.y) AS s ORDER BY n.z + sum(n.y)", SEMANTIC,
	"AmbiguousAggregationExpression", "n.z"},
	{"MATCH (n) WITH n.x, n.y AS y ORDER BY z RETURN y", NAMI_ERR_UNDEFINED_NAME,
	"UndefinedVariable", "z RETURN"},
	{"RETURN [1].a AS a", NAMI_ERR_TYPE, "InvalidArgumentType", "[1].a"},
	{"UNWIND [1] AS x WITH x WHERE sum(x) = 1 RETURN x", SEMANTIC, "InvalidAggregation", "sum"},
	{"RETURN count(count(*)) AS c", SEMANTIC, "NestedAggregation", "count(*)"},
	{"RETURN count(rand()) AS c", SEMANTIC, "NonConstantExpression", "rand"},
	{"MATCH (a)--(b) RETURN a.age + count(b) AS c", SEMANTIC, "AmbiguousAggregationExpression",
	"a.age"},
	{"MATCH (a)--(b) RETURN a.x + b.x AS s, a.x + b.x + count(*) AS c", SEMANTIC,
	"AmbiguousAggregationExpression", "a.x + b.x + "},
	/* projections */
	{"WITH 1 + 1 RETURN 1 AS x", SEMANTIC, "NoExpressionAlias", "1 + 1"},
	{"MATCH () RETURN *", SEMANTIC, "NoVariablesInScope", "*"},
	{"RETURN 1 AS a UNION RETURN 1 AS b", SEMANTIC, "DifferentColumnsInUnion", "RETURN 1 AS b"},
	{"RETURN 1 AS x SKIP -1", SEMANTIC, "NegativeIntegerArgument", "-1"},
	{"RETURN 1 AS x LIMIT 1.5", SEMANTIC, "InvalidArgumentType", "1.5"},
	{"MATCH (n) RETURN n LIMIT n.x", SEMANTIC, "NonConstantExpression", "n.x"},
	{"MATCH (n) RETURN n SKIP COUNT { (n)--() }", SEMANTIC, "NonConstantExpression", "COUNT"},
	/* functions and operands */
	{"RETURN foo(1) AS x", NAMI_ERR_UNDEFINED_FUNCTION, "UnknownFunction", "foo"},
	{"RETURN size() AS x", NAMI_ERR_ARGUMENT, "InvalidNumberOfArguments", "size"},
	{"RETURN true AND 1 AS x", SEMANTIC, "InvalidArgumentType", "1 AS"},
	{"RETURN NOT 'a' AS x", SEMANTIC, "InvalidArgumentType", "'a'"},
	{"RETURN 1 IN 'abc' AS x", NAMI_ERR_TYPE, "InvalidArgumentType", "'abc'"},
	{"MATCH p = ()-->() RETURN size(p) AS x", NAMI_ERR_TYPE, "InvalidArgumentType", "p) AS"},
	{"MATCH (n) RETURN length(n) AS x", NAMI_ERR_TYPE, "InvalidArgumentType", "n) AS"},
	{"MATCH (n) RETURN type(n) AS x", NAMI_ERR_TYPE, "InvalidArgumentType", "n) AS"},
	{"MATCH p = ()-->() RETURN labels(p) AS x", NAMI_ERR_TYPE, "InvalidArgumentType", "p) AS"},
	{"RETURN properties(1) AS x", NAMI_ERR_TYPE, "InvalidArgumentType", "1) AS"},
	{"RETURN none(x IN ['a', 'b'] WHERE x % 2 = 0) AS r", NAMI_ERR_TYPE, "InvalidArgumentType",
	"x % 2"},
	{"RETURN size((a)-->()) AS x", NAMI_ERR_SYNTAX, "UnexpectedSyntax", NULL},
	/* writing */
	{"CREATE ()-[:T]-()", SEMANTIC, "RequiresDirectedRelationship", "-[:T]"},
	{"CREATE ()-->()", SEMANTIC, "NoSingleRelationshipType", "-->"},
	{"CREATE ()-[:A|B]->()", SEMANTIC, "NoSingleRelationshipType", "-[:A"},
	{"MERGE ()-[:A*2]->()", SEMANTIC, "CreatingVarLength", "-[:A"},
	{"MATCH (n $p) RETURN n", SEMANTIC, "InvalidParameterUse", "$p"},
	{"MATCH (n) DELETE n:A", SEMANTIC, "InvalidDelete", "n:A"},
	{"DELETE 1 + 1", NAMI_ERR_TYPE, "InvalidArgumentType", "1 + 1"},
	{"MATCH (n) SET n.x = 1", NAMI_ERR_READ_ONLY, NULL, "SET"},
	{"MATCH (n) CALL { WITH n DELETE n } RETURN n", NAMI_ERR_READ_ONLY, NULL, "DELETE"},
	/* procedures */
	{"CALL test.unknown(1)", NAMI_ERR_UNDEFINED_FUNCTION, "ProcedureNotFound", "test.unknown"},
	{"MATCH (n) CALL test.MY.proc(n.x, 1) YIELD city RETURN city", NAMI_ERR_UNDEFINED_FUNCTION,
	"ProcedureNotFound", "test.MY"},
	{"CALL test.my.proc('a')", NAMI_ERR_ARGUMENT, "InvalidNumberOfArguments", "test.my"},
	{"CALL test.my.proc('a', 1, 2) YIELD city RETURN city", NAMI_ERR_ARGUMENT,
	"InvalidNumberOfArguments", "test.my"},
	{"CALL test.doNothing(1)", NAMI_ERR_ARGUMENT, "InvalidNumberOfArguments", "test.doNothing"},
	{"CALL test.my.proc(true, 1)", NAMI_ERR_TYPE, "InvalidArgumentType", "true"},
	{"MATCH (n) CALL test.my.proc('a', n) YIELD city RETURN city", NAMI_ERR_TYPE,
	"InvalidArgumentType", "n) Y"},
	{"MATCH (n) CALL test.my.proc YIELD city RETURN city", NAMI_ERR_SYNTAX,
	"InvalidArgumentPassingMode", "test.my"},
	{"MATCH (n) CALL test.my.proc('a', count(n)) YIELD city RETURN city", SEMANTIC,
	"InvalidAggregation", "count"},
	{"CALL test.my.proc('a', x)", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "x)"},
	{"CALL test.my.proc('a', 1) YIELD town RETURN town", NAMI_ERR_UNDEFINED_NAME,
	"UndefinedVariable", "town RETURN"},
	{"CALL test.my.proc('a', 1) RETURN city", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable", "city"},
	{"WITH 1 AS city CALL test.my.proc('a', 1) YIELD city RETURN city", NAMI_ERR_DUPLICATE_NAME,
	"VariableAlreadyBound", "city RETURN"},
	{"CALL test.my.proc('a', 1) YIELD city, country_code AS city RETURN city",
	NAMI_ERR_DUPLICATE_NAME, "VariableAlreadyBound", "city RETURN"},
	{"CALL test.my.proc('a', 1) YIELD * RETURN city", NAMI_ERR_SYNTAX, "UnexpectedSyntax",
	"YIELD"},
	{"UNWIND [1] AS x CALL test.my.proc('a', x) YIELD city", NAMI_ERR_SYNTAX,
	"InvalidClauseComposition", "YIELD"},
	{"CALL search.bm25({}) YIELD nope RETURN nope", NAMI_ERR_UNDEFINED_NAME, "UndefinedVariable",
	"nope RETURN"},
	{"CALL search.bm25({}) YIELD node RETURN node", NAMI_ERR_UNSUPPORTED, NULL, "search.bm25"},
	{"RETURN test.f(1) AS x", NAMI_ERR_UNDEFINED_FUNCTION, "UnknownFunction", "test.f"},
};

static int64_t
last_occurrence(const char *text, const char *part)
{
	int64_t		last = -1;

	for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part))
		last = p - text;
	return last;
}

static void
invalid_queries(void **state)
{
	for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++)
	{
		NamiError	err;
		NamiPlan   *result;
		bool		read_only = invalid[i].cls == NAMI_ERR_READ_ONLY;
		const char *colon;

		if (plan(nami_str(invalid[i].text), read_only, &result, &err) == NAMI_OK)
			fail_msg("planned: %s", invalid[i].text);
		if (!is_class(err.cls, invalid[i].cls))
			fail_msg("%s: class %d, %s", invalid[i].text, err.cls, err.message);
		colon = strstr(err.name, ": ");
		if (invalid[i].name != NULL && (colon == NULL || strcmp(colon + 2, invalid[i].name) != 0))
			fail_msg("%s: %s", invalid[i].text, err.name);
		if (invalid[i].at != NULL &&
			err.position != last_occurrence(invalid[i].text, invalid[i].at))
			fail_msg("%s: position %d", invalid[i].text, (int) err.position);
	}
}

static void
hints(void **state)
{
	NamiError	err;
	NamiPlan   *result;

	assert_int_equal(plan(NAMI_STR("MATCH (person) RETURN persn"), false, &result, &err),
					 NAMI_FAILED);
	assert_non_null(strstr(err.hint, "\"person\""));
	assert_int_equal(plan(NAMI_STR("RETURN labe(1)"), false, &result, &err), NAMI_FAILED);
	assert_non_null(strstr(err.hint, "\"labels\""));
}

/* What must be accepted although it looks like an error. */
static void
valid_queries(void **state)
{
	static const char *const texts[] = {
		"MATCH (a)--(b) RETURN a.age, a.age + count(b) AS c",
		"MATCH (a) RETURN a, a.x + count(*) AS c",
		"MATCH (n) WITH n.x AS x WHERE n.y = 1 RETURN x",
		"MATCH (n) RETURN n.x AS x ORDER BY n.y",
		"MATCH (n) RETURN DISTINCT n.x AS x ORDER BY n.x",
		"MATCH (n) RETURN n.x, count(*) ORDER BY count(*), n.x",
		"WITH null AS n MATCH (n) RETURN n",
		"MATCH (a)-[r]->(b) MATCH (a)-[r]->(b) RETURN r",
		"MATCH ()-[r]->()-[s]->() WITH [r, s] AS rs MATCH (a)-[rs*]->(b) RETURN a",
		"MERGE (n:A $map) RETURN n",
		"CREATE (a:A {x: 1}), (b:A {x: a.x})",
		"MATCH (n) RETURN [x IN [1] WHERE (n)-->() | x] AS l",
		"RETURN exists((:A)-->()) AS e",
		"MATCH (n) RETURN EXISTS { (n)-->(m) } AS e, [(n)-->(m) | m.x] AS l",
		"MATCH (a), (b) RETURN shortestPath((a)-[*]-(b)) AS p",
		"MATCH (n) DELETE n, null",
		"RETURN 1 AS x LIMIT 1 + 1",
		"WITH 1 AS x CALL { WITH x RETURN x + 1 AS y UNION RETURN 2 AS y } RETURN x, y",
		"MATCH (n) SET n.x = 1, n[$k] = 2, n += $m, n:A:B REMOVE n.y, n:B",
		"CALL test.my.proc('a', 1)",
		"CALL test.my.proc(null, $p) YIELD *",
		"CALL test.my.proc YIELD city AS c WHERE c <> 'x'",
		"CALL test.optional('a') YIELD country_code",
		"CALL test.doNothing",
		"MATCH (n) CALL test.doNothing",
		"MATCH (n) CALL test.doNothing() RETURN n",
		"MATCH (n) CALL test.my.proc(n.x, 1) RETURN n",
		"MATCH (n) CALL test.my.proc(n.x, n.y) YIELD city AS c MATCH (m {x: c}) RETURN n, m, c",
		"CALL db.labels YIELD label RETURN label",
		"CALL { CALL db.labels() YIELD label RETURN label AS l } RETURN l",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
	{
		NamiError	err;
		NamiPlan   *result;

		if (plan(nami_str(texts[i]), false, &result, &err) != NAMI_OK)
			fail_msg("%s: %s %s", texts[i], err.name, err.message);
	}
}

/* ---- the corpus ---------------------------------------------------------------------------- */

static NamiStr
text_of(NamiJson *node)
{
	NamiStr		text = {NULL, 0};

	assert_true(nami_json_string(node, &text));
	return text;
}

/* One query with the class that the case expects, or no error. */
static void
check_case(NamiStr id, NamiStr text, NamiStr expected)
{
	bool		at_compile_time = nami_str_eq(expected, NAMI_STR("syntax")) ||
		nami_str_eq(expected, NAMI_STR("semantic"));
	NamiError	err;
	NamiPlan   *result;
	NamiStatus	status = plan(text, false, &result, &err);

	if (status != NAMI_OK && err.cls == NAMI_ERR_UNSUPPORTED)
		return;
	if (at_compile_time && status == NAMI_OK)
		fail_msg("%.*s should fail: %.*s", NAMI_STR_ARG(id), NAMI_STR_ARG(text));
	if (expected.len == 0 && status != NAMI_OK)
		fail_msg("%.*s should plan: %s", NAMI_STR_ARG(id), err.message);
}

static void
corpus(void **state)
{
	NamiStr		all = fixture_read("test/conformance/cases.jsonl");
	NamiStr		file = all;
	int			count = 0;

	while (file.len > 0)
	{
		const char *end = memchr(file.ptr, '\n', file.len);
		size_t		len = end == NULL ? file.len : (size_t) (end - file.ptr);
		NamiError	err = NAMI_ERROR_INIT;
		NamiStr		expected = {NULL, 0};
		NamiStr		id;
		NamiJson	root;
		NamiJson   *answer;

		assert_int_equal(nami_json_parse(arena, nami_str_slice(file, 0, len), 100, &root, &err),
						 NAMI_OK);
		id = text_of(nami_json_get(&root, NAMI_STR("id")));
		answer = nami_json_get(&root, NAMI_STR("ours"));
		if (answer == NULL)
			answer = nami_json_get(&root, NAMI_STR("expect"));
		if (nami_json_get(answer, NAMI_STR("error")) != NULL)
			expected = text_of(nami_json_get(answer, NAMI_STR("error")));
		for (uint32_t i = 0; i < nami_json_count(nami_json_get(&root, NAMI_STR("setup"))); i++)
			check_case(id, text_of(nami_json_at(nami_json_get(&root, NAMI_STR("setup")), i)),
					   (NamiStr) {NULL, 0});
		check_case(id, text_of(nami_json_get(&root, NAMI_STR("query"))), expected);
		count++;
		file = nami_str_slice(file, len + 1, file.len);
	}
	assert_in_range(count, 871, 100000);
	fixture_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(invalid_queries, setup, teardown),
		cmocka_unit_test_setup_teardown(hints, setup, teardown),
		cmocka_unit_test_setup_teardown(valid_queries, setup, teardown),
		cmocka_unit_test_setup_teardown(corpus, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
