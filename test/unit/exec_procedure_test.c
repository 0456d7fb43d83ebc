/*
 * Tests of CALL (spec/cypher.md 2, 8): the built-in procedures, and procedures and functions that the
 * host brings.
 */
#include "cypher_run.h"

/* ---- a host ------------------------------------------------------------------------------- */

static const NamiProcedureField count_in[] = {
	{NAMI_STR_INIT("from"), NAMI_STATIC_INT}, {NAMI_STR_INIT("to"), NAMI_STATIC_INT},
};
static const NamiProcedureField count_out[] = {
	{NAMI_STR_INIT("i"), NAMI_STATIC_INT}, {NAMI_STR_INIT("text"), NAMI_STATIC_STRING},
};
static uint64_t nothing_calls;

/* from .. to, with a text of the call's own memory; refuses a "from" that is no number. */
static NamiStatus
run_count(NamiProcedureCall *call, NamiError *err)
{
	if (call->args[0].kind != NAMI_INT)
		return nami_procedure_bad_argument(call, NAMI_ERR_TYPE, 0, "a number", err);
	for (int64_t i = call->args[0].integer; i <= call->args[1].integer; i++)
	{
		char	   *text = nami_arena_alloc(call->arena, 24);

		snprintf(text, 24, "n%lld", (long long) i);
		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_int(i), nami_value_string(nami_str(text))
		});
	}
	return NAMI_OK;
}

static NamiStatus
run_nothing(NamiProcedureCall *call, NamiError *err)
{
	nothing_calls++;
	return NAMI_OK;
}

static const NamiProcedureRun count_run = run_count;
static const NamiProcedureRun nothing_run = run_nothing;
static const NamiProcedure host_procedures[] = {
	{NAMI_STR_INIT("host.count"), count_in, 2, 2, count_out, 2, 0, &count_run},
	{NAMI_STR_INIT("host.nothing"), NULL, 0, 0, NULL, 0, 0, &nothing_run},
};

static NamiStatus
find_host_procedure(void *ctx, NamiArena *arena, NamiStr name, const NamiStaticType *types,
					uint32_t arg_count, const NamiProcedure **out, NamiError *err)
{
	if (nami_str_eq(name, NAMI_STR("host.broken")))
		return nami_fail(err, NAMI_ERR_PERMISSION, "not for you");
	for (size_t i = 0; i < 2; i++)
	{
		if (nami_str_eq(host_procedures[i].name, name))
			*out = &host_procedures[i];
	}
	return NAMI_OK;
}

static NamiStatus
run_twice(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
		  NamiValue *out, NamiError *err)
{
	*out = nami_value_int(2 * args[0].integer);
	return NAMI_OK;
}

static const NamiScalarFunction twice_run = run_twice;
static const NamiFunction twice = {
	.name = NAMI_STR_INIT("host.twice"), .min_args = 1, .max_args = 1,
	.flags = NAMI_FN_HOST | NAMI_FN_VOLATILE, .result = NAMI_STATIC_INT,
	.implementation = &twice_run,
};

static NamiStatus
find_host_function(void *ctx, NamiArena *arena, NamiStr name, const NamiStaticType *types,
				   uint32_t arg_count, const NamiFunction **out, NamiError *err)
{
	if (nami_str_eq(name, twice.name) && arg_count == 1)
		*out = &twice;
	return NAMI_OK;
}

static const NamiRoutineResolver host = {NULL, find_host_procedure, find_host_function};

/* ---- tests -------------------------------------------------------------------------------- */

static void
check(CypherWorld *w, const char *text, const char *expected)
{
	const char *rows = cypher(w, text);

	if (strcmp(rows, expected) != 0)
		fail_msg("%s\n gave     %s\n expected %s", text, rows, expected);
}

static void
names(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	check(&w, "CALL db.labels()", "");
	check(&w, "CALL db.schema.visualization()", "[]|[]\n");
	check(&w, "CREATE (:W:X {i: 1, n: null})-[:E {w: 1}]->(:W {k: 1}), (:Gone {g: 1})-[:GONE]->(:V)", "");
	check(&w, "MATCH (n:Gone) DETACH DELETE n", "");
	check(&w, "CALL db.labels", "'V'\n'W'\n'X'\n");
	check(&w, "CALL db.relationshipTypes()", "'E'\n");
	check(&w, "CALL db.propertyKeys()", "'i'\n'k'\n");
	check(&w, "CALL db.labels() YIELD label AS l WHERE l > 'V' RETURN collect(l)", "['W', 'X']\n");
	check(&w, "CALL db.schema.visualization() YIELD relationships AS r UNWIND r AS e RETURN e.start, e.type, e.end",
		  "'W'|'E'|'W'\n'X'|'E'|'W'\n");
	/* own writes of the statement count */
	check(&w, "CREATE (:Z {z: 1}) WITH 1 AS x CALL db.labels() YIELD label WITH collect(label) AS l "
		  "CALL db.propertyKeys() YIELD propertyKey RETURN l, collect(propertyKey)",
		  "['V', 'W', 'X', 'Z']|['i', 'k', 'z']\n");
	check(&w, "MATCH (n) REMOVE n.i, n.k", "");
	check(&w, "CALL db.propertyKeys()", "'z'\n");
	cypher_close(&w);
}

/* A key that only the last of many nodes has. */
static void
rare_key(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	check(&w, "UNWIND range(1, 5000) AS i CREATE (:N {i: i})", "");
	check(&w, "MATCH (n:N {i: 5000}) SET n.rare = true", "");
	check(&w, "CALL db.propertyKeys()", "'i'\n'rare'\n");
	check(&w, "MATCH (n:N {i: 5000}) REMOVE n.rare", "");
	check(&w, "CALL db.propertyKeys()", "'i'\n");
	cypher_close(&w);
}

static void
host_calls(void **state)
{
	CypherWorld w;

	cypher_open(&w);
	w.resolver = &host;
	check(&w, "CALL host.count(1, 2)", "1|'n1'\n2|'n2'\n");
	check(&w, "CALL host.count(1, 0)", "");
	check(&w, "UNWIND [2, 0, 1] AS x CALL host.count(1, x) YIELD text AS t, i RETURN x, t, i",
		  "2|'n1'|1\n2|'n2'|2\n1|'n1'|1\n");
	check(&w, "UNWIND [1, 2] AS x CALL host.count(1, x) YIELD i WHERE i = x RETURN x, i", "1|1\n2|2\n");
	check(&w, "UNWIND [1, 2] AS x CALL host.count(1, x) RETURN x", "1\n2\n2\n");
	/* more rows than a batch, from one call and from many */
	check(&w, "UNWIND range(1, 3) AS x CALL host.count(1, 2500) YIELD i, text RETURN count(DISTINCT text), sum(i), count(*)",
		  "2500|9378750|7500\n");
	check(&w, "UNWIND range(1, 3000) AS x CALL host.count(x, x + 1) YIELD i WITH x, i ORDER BY x, i RETURN sum(i - x), count(*)",
		  "3000|6000\n");
	nothing_calls = 0;
	check(&w, "UNWIND range(1, 3000) AS x CALL host.nothing() RETURN count(x)", "3000\n");
	assert_int_equal(nothing_calls, 3000);
	check(&w, "UNWIND [1, 2] AS x CALL host.nothing", "");
	assert_int_equal(nothing_calls, 3002);
	check(&w, "UNWIND [1, 2] AS x CALL { WITH x CALL host.count(1, x) YIELD i RETURN sum(i) AS s } RETURN x, s",
		  "1|1\n2|3\n");
	check(&w, "UNWIND [1, 2, 3] AS x RETURN sum(host.twice(x))", "12\n");
	check(&w, "CALL host.count(1, 2) YIELD i CREATE (n:N {i: host.twice(i)}) RETURN n", "(:N {i: 2})\n(:N {i: 4})\n");
	check(&w, "WITH 'x' AS x CALL host.count(x, 1) YIELD i RETURN i",
		  "error TypeError: InvalidArgumentType: argument \"from\" of host.count() must be a number, got STRING");
	check(&w, "CALL host.broken()", "error ?: not for you");
	check(&w, "CALL host.none()",
		  "error ProcedureError: ProcedureNotFound: procedure \"host.none\" does not exist");
	check(&w, "RETURN host.twice(1, 2)",
		  "error SyntaxError: UnknownFunction: function \"host.twice\" does not exist");
	cypher_close(&w);
}

/* CALL name: arguments from parameters. */
static void
implicit_arguments(void **state)
{
	NamiMapEntry entries[] = {
		{NAMI_STR_INIT("from"), nami_value_int(3)}, {NAMI_STR_INIT("to"), nami_value_int(4)},
	};
	CypherWorld w;

	cypher_open(&w);
	w.resolver = &host;
	assert_string_equal(cypher_with(&w, "CALL host.count YIELD i", nami_value_map(entries, 2)),
						"3\n4\n");
	assert_string_equal(cypher_with(&w, "CALL host.count", nami_value_map(entries, 1)),
						"error ParameterMissing: MissingParameter: parameter \"$to\" was not given");
	cypher_close(&w);
}

static void
lookup(void **state)
{
	assert_non_null(nami_find_procedure(NAMI_STR("db.labels"), NULL));
	assert_null(nami_find_procedure(NAMI_STR("db.Labels"), NULL));
	assert_null(nami_find_procedure(NAMI_STR("labels"), NULL));
	assert_null(nami_find_procedure(NAMI_STR(""), NULL));
	assert_null(nami_find_procedure(NAMI_STR("algo."), NULL));
	assert_ptr_equal(nami_find_procedure(NAMI_STR("wcc"), NULL), nami_find_procedure(NAMI_STR("algo.wcc"), NULL));
	assert_ptr_equal(nami_find_procedure(NAMI_STR("fast_rp"), NULL),
					 nami_find_procedure(NAMI_STR("algo.fastRP"), NULL));
	for (const NamiProcedure *p = nami_procedure_table(); p->name.len > 0; p++)
	{
		assert_ptr_equal(nami_find_procedure(p->name, NULL), p);
		assert_true(p->min_args <= p->max_args);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(rare_key),
		cmocka_unit_test(host_calls),
		cmocka_unit_test(implicit_arguments),
		cmocka_unit_test(lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
