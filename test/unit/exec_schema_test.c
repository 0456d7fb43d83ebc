/*
 * exec_schema_test.c - schema statements, SHOW, EXPLAIN and PROFILE through parser, planner and
 * executor (spec/cypher.md 7).
 */
#include "cypher_run.h"

typedef struct Step
{
	const char *text;
	const char *rows;
} Step;

static void
run_steps(const Step *steps, size_t count)
{
	CypherWorld w;

	cypher_open(&w);
	for (size_t i = 0; i < count; i++)
	{
		const char *rows = cypher(&w, steps[i].text);

		if (strcmp(rows, steps[i].rows) != 0)
			fail_msg("%s\n--- expected\n%s--- got\n%s", steps[i].text, steps[i].rows, rows);
	}
	cypher_close(&w);
}

#define STEPS(...) \
	do { \
		static const Step steps[] = {__VA_ARGS__}; \
		run_steps(steps, sizeof(steps) / sizeof(steps[0])); \
	} while (0)

static void
constraints(void **state)
{
	STEPS({"SHOW CONSTRAINTS", ""},
		  {"CREATE CONSTRAINT uq FOR (u:User) REQUIRE u.mail IS UNIQUE", ""},
		  {"CREATE CONSTRAINT ON (s:Seat) ASSERT (s.row, s.col) IS UNIQUE", ""},
		  {"SHOW CONSTRAINTS", "'uniq_Seat_row_col'|'UNIQUENESS'|'NODE'|['Seat']|['row', 'col']\n"
		  "'uq'|'UNIQUENESS'|'NODE'|['User']|['mail']\n"},
		  /* The one on a single property is a RANGE index, too. */
		  {"SHOW INDEXES", "'uq'|'RANGE'|'NODE'|['User']|['mail']\n"},
		  {"CREATE (:User {mail: 'a'}), (:User {mail: 'b'}), (:User), (:User)", ""},
		  {"CREATE (:User {mail: 'a'})",
		  "error ConstraintValidationFailed: UniqueConstraintViolation: "
		  "node with label \"User\" and property \"mail\" = 'a' already exists"},
		  {"MERGE (u:User {mail: 'a'}) SET u.n = 1 RETURN u.n", "1\n"},
		  {"MATCH (u:User {mail: 'b'}) SET u.mail = 'a'",
		  "error ConstraintValidationFailed: UniqueConstraintViolation: "
		  "node with label \"User\" and property \"mail\" = 'a' already exists"},
		  {"CREATE (:User {mail: 1}), (:User {mail: 1.0})", ""},
		  {"CREATE CONSTRAINT IF NOT EXISTS FOR (u:User) REQUIRE u.mail IS UNIQUE", ""},
		  {"CREATE CONSTRAINT FOR (u:User) REQUIRE (u.mail) IS UNIQUE",
		  "error ?: a uniqueness constraint on User(mail) already exists"},
		  {"CREATE CONSTRAINT FOR (u:User) REQUIRE (u.a, u.b, u.a) IS UNIQUE",
		  "error ?: property \"a\" is listed twice"},
		  {"DROP CONSTRAINT uq", ""},
		  {"CREATE (:User {mail: 'a'})", ""},
		  {"DROP CONSTRAINT uq", "error ?: no constraint named \"uq\" exists"},
		  {"DROP CONSTRAINT uq IF EXISTS", ""},
		  {"CREATE CONSTRAINT uq FOR (u:User) REQUIRE u.mail IS UNIQUE",
		  "error ?: cannot create uniqueness constraint \"uq\": several nodes with label \"User\" "
		  "have \"mail\" = 'a'"});
}

static void
indexes(void **state)
{
	STEPS({"CREATE INDEX named FOR (n:P) ON (n.age)", ""},
		  {"CREATE INDEX comp FOR (n:P) ON (n.b, n.a)", ""},
		  {"CREATE FULLTEXT INDEX ft ON :D(b, a)", ""},
		  {"CREATE VECTOR INDEX v ON :D(e) METRIC cosine DIMENSION 2 WITH {quantization: int8}", ""},
		  {"CREATE CONSTRAINT c FOR (n:P) REQUIRE n.age IS UNIQUE", ""},
		  {"SHOW INDEXES", "'c'|'RANGE'|'NODE'|['P']|['age']\n"
		  "'comp'|'RANGE'|'NODE'|['P']|['b', 'a']\n"
		  "'ft'|'FULLTEXT'|'NODE'|['D']|['a', 'b']\n"
		  "'v'|'VECTOR'|'NODE'|['D']|['e']\n"},
		  {"DROP CONSTRAINT c", ""},
		  {"SHOW INDEX", "'comp'|'RANGE'|'NODE'|['P']|['b', 'a']\n"
		  "'ft'|'FULLTEXT'|'NODE'|['D']|['a', 'b']\n"
		  "'index_P_age'|'RANGE'|'NODE'|['P']|['age']\n"
		  "'v'|'VECTOR'|'NODE'|['D']|['e']\n"},
		  {"CREATE (:P {age: 5, a: 1, b: 2})", ""},
		  {"MATCH (n:P {age: 5}) RETURN n.a", "1\n"},
		  {"MATCH (n:P {a: 1, b: 2}) RETURN n.age", "5\n"},
		  {"CREATE (:D {e: [1, 2]})", ""},
		  {"MATCH (n:D) RETURN size(n.e)", "2\n"},
		  {"CREATE (:D {e: [1, 2, 3]})", "error ConstraintValidationFailed: VectorDimension: "
		  "D.e embedding has dim 3 but vector index `v` "
		  "declares 2 (dimension constraint)"},
		  {"DROP INDEX index_P_age", ""},
		  {"DROP INDEX comp", ""},
		  {"DROP INDEX v", "error ?: no index named \"v\" exists"},
		  {"DROP FULLTEXT INDEX ft", ""},
		  {"DROP VECTOR INDEX v", ""},
		  {"SHOW INDEXES", ""},
		  {"DROP INDEX nope IF EXISTS", ""});
}

static void
explain_makes_the_plan_only(void **state)
{
	CypherWorld w;
	const char *rows;

	cypher_open(&w);
	assert_string_equal(cypher(&w, "CREATE (:P {n: 1})"), "");
	rows = cypher(&w, "EXPLAIN MATCH (n:P) WHERE n.n = $missing CREATE (:X) RETURN n");
	/* One row a line, the root first, inputs indented. */
	if (strncmp(rows, "'", 1) != 0 || strstr(rows, "Create (") == NULL ||
		strstr(rows, ":X)") == NULL || strstr(rows, "'\n'  ") == NULL ||
		strstr(rows, "$missing") == NULL)
		fail_msg("%s", rows);
	assert_string_equal(cypher(&w, "MATCH (x:X) RETURN count(x)"), "0\n");
	/* PROFILE runs the query and gives its rows. */
	assert_string_equal(cypher(&w, "PROFILE MATCH (n:P) CREATE (:X) RETURN n.n"), "1\n");
	assert_string_equal(cypher(&w, "MATCH (x:X) RETURN count(x)"), "1\n");
	/* What cannot be compiled cannot be explained. */
	assert_int_equal(strncmp(cypher(&w, "EXPLAIN RETURN x"), "error", 5), 0);
	cypher_close(&w);
}

/* More than one batch of rows. */
static void
many_indexes_are_shown(void **state)
{
	CypherWorld w;
	const char *rows;
	size_t		lines = 0;

	cypher_open(&w);
	for (int i = 0; i < 1100; i++)
	{
		char		text[100];

		snprintf(text, sizeof(text), "CREATE INDEX FOR (n:L%04d) ON (n.p)", i);
		assert_string_equal(cypher(&w, text), "");
	}
	rows = cypher(&w, "SHOW INDEXES");
	for (const char *at = strchr(rows, '\n'); at != NULL; at = strchr(at + 1, '\n'))
		lines++;
	assert_int_equal(lines, 1100);
	assert_int_equal(strncmp(rows, "'index_L0000_p'", 15), 0);
	assert_non_null(strstr(rows, "'index_L1099_p'|'RANGE'"));
	cypher_close(&w);
}

static NamiErrorClass
plan_class(const char *text, bool read_only, NamiPlan **plan, NamiArena *arena)
{
	NamiPlanOptions options = {.find_function = nami_find_function, .read_only = read_only};
	NamiError	err = NAMI_ERROR_INIT;

	return nami_plan_query(arena, nami_str(text), &options, plan, &err) == NAMI_OK ?
		NAMI_ERR_NONE : err.cls;
}

static void
plans_say_what_they_do(void **state)
{
	static const struct
	{
		const char *text;
		bool		writes;
		uint32_t	columns;
		NamiErrorClass read_only;
	}			cases[] = {
		{"CREATE INDEX FOR (n:P) ON (n.a)", true, 0, NAMI_ERR_READ_ONLY},
		{"DROP INDEX x IF EXISTS", true, 0, NAMI_ERR_READ_ONLY},
		{"SHOW INDEXES", false, 5, NAMI_ERR_NONE},
		{"SHOW CONSTRAINTS", false, 5, NAMI_ERR_NONE},
		{"EXPLAIN MATCH (n) RETURN n, 1", false, 1, NAMI_ERR_NONE},
		{"EXPLAIN CREATE (:X)", false, 1, NAMI_ERR_NONE},
		{"PROFILE CREATE (:X)", true, 0, NAMI_ERR_READ_ONLY},
		{"PROFILE RETURN 1, 2", false, 2, NAMI_ERR_NONE},
	};
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiPlan   *plan;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		assert_int_equal(plan_class(cases[i].text, false, &plan, arena), NAMI_ERR_NONE);
		assert_int_equal(plan->writes, cases[i].writes);
		assert_int_equal(plan->column_count, cases[i].columns);
		assert_int_equal(plan_class(cases[i].text, true, &plan, arena), cases[i].read_only);
	}
	assert_int_equal(plan_class("CREATE INDEX FOR (n:P) ON (n.a, n.a)", false, &plan, arena),
					 NAMI_ERR_DUPLICATE_NAME);
	nami_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constraints),
		cmocka_unit_test(indexes),
		cmocka_unit_test(explain_makes_the_plan_only),
		cmocka_unit_test(many_indexes_are_shown),
		cmocka_unit_test(plans_say_what_they_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
