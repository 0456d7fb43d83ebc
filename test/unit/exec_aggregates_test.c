/*
 * Tests of the aggregates (spec/cypher.md 4). The inputs are a list in the notation of exec_expr.h.
 */
#include "exec_expr.h"

typedef struct AggregateCase
{
	const char *function;
	const char *inputs;			/* nulls are left out, as the operator does */
	const char *second;			/* second argument, or NULL */
	const char *expected;		/* NULL: error */
	NamiErrorClass cls;
} AggregateCase;

static NamiStatus
run(const AggregateCase *c, NamiValue *out, NamiError *err)
{
	const NamiFunction *function = nami_find_function(nami_str(c->function), NULL);
	const NamiAggregate *aggregate;
	NamiValue	inputs;
	NamiValue	args[2] = {{0}};
	void	   *state;
	uint32_t	arg_count = c->second != NULL ? 2 : 1;

	assert_non_null(function);
	assert_true(function->flags & NAMI_FN_AGGREGATE);
	assert_int_equal(function->min_args, arg_count);
	aggregate = function->implementation;
	state = nami_arena_alloc0(test_arena, aggregate->state_bytes);
	assert_int_equal(test_eval(c->inputs, &inputs, err), NAMI_OK);
	if (c->second != NULL)
		assert_int_equal(test_eval(c->second, &args[1], err), NAMI_OK);
	for (uint32_t i = 0; i < inputs.len; i++)
	{
		args[0] = inputs.items[i];
		if (args[0].kind != NAMI_NULL)
			NAMI_TRY(aggregate->add(state, test_arena, args, arg_count, err));
	}
	return aggregate->finish(state, test_arena, out, err);
}

static void
test_aggregates(void **state)
{
	static const AggregateCase cases[] = {
		{"count", "[]", NULL, "0"},
		{"count", "[1, null, 'a']", NULL, "2"},
		{"sum", "[]", NULL, "0"},
		{"sum", "[1, 2]", NULL, "3"},
		{"sum", "[1, 2.5]", NULL, "3.5"},
		{"sum", "[9223372036854775807, 1]", NULL, NULL, NAMI_ERR_OUT_OF_RANGE},
		/* the order does not make an overflow */
		{"sum", "[9223372036854775807, 1, -1]", NULL, "9223372036854775807"},
		{"sum", "[1e16, 1.0, -1e16]", NULL, "1.0"},
		{"sum", "['a']", NULL, NULL, NAMI_ERR_TYPE},
		{"sum", "[duration('P1D'), duration('PT1H')]", NULL, "duration('P1DT1H')"},
		{"avg", "[]", NULL, "null"},
		{"avg", "[1, 2]", NULL, "1.5"},
		{"avg", "[1, 2.5]", NULL, "1.75"},
		{"avg", "[9223372036854775807, 9223372036854775807]", NULL, "9223372036854775807.0"},
		{"avg", "[duration('P1D'), duration('P2D')]", NULL, "duration('P1DT12H')"},
		{"avg", "['a']", NULL, NULL, NAMI_ERR_TYPE},
		{"min", "[]", NULL, "null"},
		{"max", "[null]", NULL, "null"},
		{"min", "[2, 1.5, 3]", NULL, "1.5"},
		{"max", "[2, 1.5, 3]", NULL, "3"},
		/* the total order: lists, then strings, then numbers */
		{"max", "[1, 'a', [1]]", NULL, "1"},
		{"min", "[1, 'a', [1, 2], [1]]", NULL, "[1]"},
		{"max", "[date('2020-01-01'), date('2019-01-01')]", NULL, "date('2020-01-01')"},
		{"collect", "[]", NULL, "[]"},
		{"collect", "[3, null, 1]", NULL, "[3, 1]"},
		{"stDev", "[]", NULL, "null"},
		{"stDev", "[5]", NULL, "0.0"},
		{"stDev", "[2, 4, 4, 4, 5, 5, 7, 9]", NULL, "2.138089935299395"},
		{"stDevP", "[2, 4, 4, 4, 5, 5, 7, 9]", NULL, "2.0"},
		/* the corpus: 1 .. 10 */
		{"percentileCont", "range(1, 10)", "0.5", "5.5"},
		{"percentileDisc", "range(1, 10)", "0.5", "5"},
		{"percentileCont", "range(1, 10)", "0.25", "3.25"},
		{"percentileDisc", "range(1, 10)", "0.9", "9"},
		{"percentileCont", "range(1, 10)", "0", "1.0"},
		{"percentileCont", "range(1, 10)", "1", "10.0"},
		{"percentileDisc", "[10.0, 20.0, 30.0]", "0.0", "10.0"},
		{"percentileDisc", "[30.0, 10.0, 20.0]", "0.5", "20.0"},
		{"percentileDisc", "[10.0, 20.0, 30.0]", "1.0", "30.0"},
		{"percentileDisc", "[]", "0.5", "null"},
		{"percentileCont", "[1]", "1.5", NULL, NAMI_ERR_ARGUMENT},
		{"percentileDisc", "[1]", "-1", NULL, NAMI_ERR_ARGUMENT},
		{"percentileDisc", "[1]", "NaN", NULL, NAMI_ERR_ARGUMENT},
		{"percentileCont", "['a']", "0.5", NULL, NAMI_ERR_TYPE},
	};
	int			failures = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiValue	got = {0};
		NamiValue	expected = {0};
		NamiStatus	status;
		bool		right;

		test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
		status = run(&cases[i], &got, &err);
		if (cases[i].expected == NULL)
			right = status == NAMI_FAILED && err.cls == cases[i].cls;
		else
			right = status == NAMI_OK &&
				test_eval(cases[i].expected, &expected, &err) == NAMI_OK &&
				test_same(got, expected);
		if (!right)
		{
			print_error("%s(%s): %s\n", cases[i].function, cases[i].inputs, err.message);
			failures++;
		}
		nami_arena_destroy(test_arena);
	}
	assert_int_equal(failures, 0);
}

/* What a state keeps must not lie in the batch's memory. */
static void
test_values_are_copied(void **state)
{
	static const char *const names[] = {"min", "max", "collect"};

	for (size_t i = 0; i < 3; i++)
	{
		const NamiAggregate *aggregate = nami_find_function(nami_str(names[i]), NULL)->implementation;
		NamiError	err = NAMI_ERROR_INIT;
		char		text[] = "before";
		NamiValue	arg = nami_value_string((NamiStr) {text, 6});
		NamiValue	out;
		void	   *memory;

		test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
		memory = nami_arena_alloc0(test_arena, aggregate->state_bytes);
		assert_int_equal(aggregate->add(memory, test_arena, &arg, 1, &err), NAMI_OK);
		memset(text, 'x', 6);
		assert_int_equal(aggregate->finish(memory, test_arena, &out, &err), NAMI_OK);
		if (out.kind == NAMI_LIST)
			out = out.items[0];
		assert_true(nami_str_eq(nami_value_str(out), NAMI_STR("before")));
		nami_arena_destroy(test_arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aggregates),
		cmocka_unit_test(test_values_are_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
