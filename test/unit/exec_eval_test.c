/*
 * Tests of expressions without a graph (spec/cypher.md 3, 11).
 */
#include "exec_expr.h"

/* Kleene's tables in full; X stands for null. */
static void
test_three_valued_logic(void **state)
{
	static const char *const values[] = {"false", "true", "null"};
	static const char *const and_table[] = {"false", "false", "false", "false", "true", "null",
		"false", "null", "null"};
	static const char *const or_table[] = {"false", "true", "null", "true", "true", "true", "null",
		"true", "null"};
	static const char *const xor_table[] = {"false", "true", "null", "true", "false", "null",
		"null", "null", "null"};

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
		{
			char		texts[3][64];
			ExprCase	cases[3] = {
				{texts[0], and_table[i * 3 + j]},
				{texts[1], or_table[i * 3 + j]},
				{texts[2], xor_table[i * 3 + j]},
			};

			snprintf(texts[0], sizeof(texts[0]), "(%s AND %s)", values[i], values[j]);
			snprintf(texts[1], sizeof(texts[1]), "(%s OR %s)", values[i], values[j]);
			snprintf(texts[2], sizeof(texts[2]), "(%s XOR %s)", values[i], values[j]);
			EXPR_CASES(cases);
		}
}

static void
test_logic(void **state)
{
	static const ExprCase cases[] = {
		{"(NOT null)", "null"},
		{"(NOT true)", "false"},
		{"(true AND null AND false)", "false"},
		{"(null OR null OR true)", "true"},
		/* an operand that is not needed raises nothing */
		{"(false AND ((1 / 0) > 0))", "false"},
		{"(true OR (1 AND true))", "true"},
		{"(null AND ((1 / 0) > 0))", NULL, NAMI_ERR_DIVISION_BY_ZERO},
		{"(true AND 1)", NULL, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType"},
		{"(NOT 'a')", NULL, NAMI_ERR_TYPE},
		{"when(true, 1, (1 / 0))", "1"},
		{"when(null, 1, 2)", "2"},
		{"when(false, 1, true, 2, 3)", "2"},
		{"when(1, 'y', 'n')", NULL, NAMI_ERR_TYPE},
		{"switch(null, null, 1, 2)", "2"},
		{"switch(1, 1.0, 'a', 'b')", "'a'"},
		{"coalesce(null, 1, (1 / 0))", "1"},
		{"coalesce(null, null)", "null"},
	};

	EXPR_CASES(cases);
}

/* spec/cypher.md 3.3, with the corpus cases "arith" */
static void
test_arithmetic(void **state)
{
	static const ExprCase cases[] = {
		{"(1 + 2)", "3"},
		{"(1 + 2.0)", "3.0"},
		{"(-7 / 2)", "-3"},
		{"(-7 % 3)", "-1"},
		{"(7 % -3)", "1"},
		{"(5 % 0)", NULL, NAMI_ERR_DIVISION_BY_ZERO},
		{"(1 / 0)", NULL, NAMI_ERR_DIVISION_BY_ZERO},
		{"(1.0 / 0)", "Infinity"},
		{"(0.0 / 0)", "NaN"},
		{"(2 ^ 3 ^ 2)", "64.0"},
		{"(9223372036854775807 + 1)", NULL, NAMI_ERR_OUT_OF_RANGE},
		{"(-9223372036854775807 - 2)", NULL, NAMI_ERR_OUT_OF_RANGE},
		{"(9223372036854775807 * 2)", NULL, NAMI_ERR_OUT_OF_RANGE},
		{"((-9223372036854775807 - 1) / -1)", NULL, NAMI_ERR_OUT_OF_RANGE},
		{"((-9223372036854775807 - 1) % -1)", "0"},
		{"(- (-9223372036854775807 - 1))", NULL, NAMI_ERR_OUT_OF_RANGE},
		{"(- 'a')", NULL, NAMI_ERR_TYPE},
		{"(1 + null)", "null"},
		{"('a' + 1)", "'a1'"},
		{"(1 + 'a')", "'1a'"},
		{"('x' + 1.5)", "'x1.5'"},
		{"(false + 'x')", "'falsex'"},
		{"('d' + date('2020-01-01'))", "'d2020-01-01'"},
		{"('a' + {b: 1})", NULL, NAMI_ERR_TYPE},
		{"(1 + true)", NULL, NAMI_ERR_TYPE},
		{"([1] + 'a')", "[1, 'a']"},
		{"('a' + [1])", "['a', 1]"},
		{"([1] + [2] + 3)", "[1, 2, 3]"},
		{"([1] + null)", "null"},
		{"('a' || 'b')", "'ab'"},
		{"(1 + 2 + 'a' + 1 + 2)", "'3a12'"},
		{"(date('2020-01-02') - date('2020-01-01'))", NULL, NAMI_ERR_TYPE},
	};

	EXPR_CASES(cases);
}

static void
test_comparisons(void **state)
{
	static const ExprCase cases[] = {
		{"(1 < 2.5)", "true"},
		{"(1 < 'a')", "null"},
		{"(NaN < 1)", "false"},
		{"(NaN >= 1)", "false"},
		{"(NaN = NaN)", "false"},
		{"(NaN <> NaN)", "true"},
		{"([1, 2] < [1, 3])", "true"},
		{"([1] <= [1])", "true"},
		{"({a: 1} < {a: 2})", "null"},
		{"(null IN [])", "false"},
		{"(null IN [1])", "null"},
		{"(1 IN null)", "null"},
		{"(1 IN [null, 1])", "true"},
		{"(2 IN [null, 1])", "null"},
		{"([1] IN [[1.0]])", "true"},
		{"([null] IN [[1]])", "null"},
		{"(1 IN 1)", NULL, NAMI_ERR_TYPE},
		{"(null IS NULL)", "true"},
		{"(1 IS NOT NULL)", "true"},
		{"('abc' STARTS WITH 'ab')", "true"},
		{"('abc' ENDS WITH 'bc')", "true"},
		{"('abc' CONTAINS '')", "true"},
		{"('abc' CONTAINS 1)", "null"},
		{"(null STARTS WITH 'a')", "null"},
	};

	EXPR_CASES(cases);
}

/* Full match, dialect of RE2; what is not linear by nature is refused. */
static void
test_regex(void **state)
{
	static const ExprCase cases[] = {
		{"('abc' =~ 'b')", "false"},
		{"('abc' =~ 'a.*')", "true"},
		{"('ab' =~ 'a|ab')", "true"},
		{"('ABC' =~ '(?i)abc')", "true"},
		{"('a1b2' =~ '(\\w\\d)+')", "true"},
		{"('\xC3\xA9' =~ '\\w')", "true"},
		{"('a\nb' =~ 'a.b')", "false"},
		{"('a\n' =~ 'a$')", "false"},
		{"('x' =~ '(?P<n>x)')", "true"},
		{"('(' =~ '[(?=]')", "true"},
		{"('?' =~ '\\Q?\\E')", "true"},
		{"('a' =~ '(')", NULL, NAMI_ERR_ARGUMENT},
		{"('aa' =~ '(a)\\1')", NULL, NAMI_ERR_ARGUMENT},
		{"('aa' =~ '(?=a)aa')", NULL, NAMI_ERR_ARGUMENT},
		{"('aa' =~ '(?<!b)aa')", NULL, NAMI_ERR_ARGUMENT},
		{"('aa' =~ '(?R)')", NULL, NAMI_ERR_ARGUMENT},
		{"('aa' =~ '(*LIMIT_MATCH=9)aa')", NULL, NAMI_ERR_ARGUMENT},
		{"('aa' =~ 'a\\Ka')", NULL, NAMI_ERR_ARGUMENT},
		{"(1 =~ '1')", "null"},
		{"('a' =~ null)", "null"},
		{"('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaacd' =~ '(a|a)*(a|a)*c')", NULL,
			NAMI_ERR_LIMIT},
	};

	EXPR_CASES(cases);
}

static void
test_access(void **state)
{
	static const ExprCase cases[] = {
		{"{a: 1, b: 2, a: 3}.a", "3"},
		{"{a: 1}.b", "null"},
		{"when(true, null, 1).a", "null"},
		{"[1].a", NULL, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType"},
		{"[1, 2, 3][-1]", "3"},
		{"[1, 2, 3][3]", "null"},
		{"[1, 2, 3][null]", "null"},
		{"[1, 2, 3]['a']", NULL, NAMI_ERR_TYPE, "TypeError: ListElementAccessByNonInteger"},
		{"[1, 2, 3][1.5]", NULL, NAMI_ERR_TYPE},
		{"{a: 1}['a']", "1"},
		{"{a: 1}[0]", NULL, NAMI_ERR_TYPE, "TypeError: MapElementAccessByNonString"},
		{"'abc'[0]", NULL, NAMI_ERR_TYPE},
		{"[1, 2, 3][0..2]", "[1, 2]"},
		{"[1, 2, 3][-2..]", "[2, 3]"},
		{"[1, 2, 3][..-1]", "[1, 2]"},
		{"[1, 2, 3][2..1]", "[]"},
		{"[1, 2, 3][0..99]", "[1, 2, 3]"},
		{"[1, 2, 3][0..null]", "null"},
		{"date('2020-02-29').month", "2"},
		{"date('2020-02-29').hour", NULL, NAMI_ERR_ARGUMENT},
	};

	EXPR_CASES(cases);
}

static void
test_iteration_forms(void **state)
{
	static const ExprCase cases[] = {
		{"[x IN range(1, 5) WHERE ((x % 2) = 1) | [y IN range(1, x) | (y * x)]]",
			"[[1], [3, 6, 9], [5, 10, 15, 20, 25]]"},
		{"[x IN [1, null, 3] WHERE (x > 1)]", "[3]"},
		{"[x IN null | x]", "null"},
		{"[x IN 5 | x]", NULL, NAMI_ERR_TYPE},
		{"size([x IN range(1, 3000) | [y IN [x] | y]])", "3000"},
		{"all(x IN [] WHERE null)", "true"},
		{"any(x IN [] WHERE null)", "false"},
		{"none(x IN [] WHERE null)", "true"},
		{"single(x IN [] WHERE null)", "false"},
		{"all(x IN [1, null] WHERE (x = 1))", "null"},
		{"all(x IN [2, null] WHERE (x = 1))", "false"},
		{"any(x IN [1, null] WHERE (x = 1))", "true"},
		{"any(x IN [2, null] WHERE (x = 1))", "null"},
		{"none(x IN [1, null] WHERE (x = 1))", "false"},
		{"none(x IN [2, null] WHERE (x = 1))", "null"},
		{"single(x IN [1, null] WHERE (x = 1))", "null"},
		{"single(x IN [1, 1, null] WHERE (x = 1))", "false"},
		{"single(x IN [1, 2] WHERE (x = 1))", "true"},
		{"any(x IN null WHERE true)", "null"},
		{"any(x IN [1] WHERE x)", NULL, NAMI_ERR_TYPE},
		{"reduce(a = 0, x IN range(1, 100) | (a + x))", "5050"},
		{"reduce(a = 0, x IN [] | (a + x))", "0"},
		{"reduce(a = 0, x IN null | (a + x))", "null"},
		{"reduce(a = '', x IN ['b', 'c'] | (x + a))", "'cb'"},
		/* nesting is bounded, so that functions may recurse into values */
		{"size(reduce(a = [], x IN range(1, 900) | [a]))", "1"},
		{"size(reduce(a = [], x IN range(1, 5000) | [a]))", NULL, NAMI_ERR_LIMIT},
	};

	EXPR_CASES(cases);
}

/* A chain of 20,000 operators must not use the stack. */
static void
test_long_chain(void **state)
{
	size_t		room = 20000 * 4 + 16;
	char	   *text = malloc(room);
	size_t		len = 0;
	NamiValue	value;
	NamiError	err = NAMI_ERROR_INIT;

	text[len++] = '(';
	text[len++] = '0';
	for (int i = 0; i < 20000; i++)
	{
		memcpy(text + len, " + 1", 4);
		len += 4;
	}
	memcpy(text + len, ")", 2);
	test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
	assert_int_equal(test_eval(text, &value, &err), NAMI_OK);
	assert_int_equal(value.integer, 20000);
	nami_arena_destroy(test_arena);
	free(text);
}

/*
 * Many rows at once: 700 of 1,000 selected, a column 'a' of numbers, some of them null; the result
 * of each row must be what the row alone gives.
 */
static void
test_batches(void **state)
{
	static const char *const texts[] = {
		"((a + 1) * 2)",
		"when((a < 300), 'low', (a > 600), 'high', a)",
		"((a > 500) AND ((1000 / (a - 400)) < 3))",
		"[x IN [a, 1] | (x + a)]",
		"any(x IN [1, 2, a] WHERE (x > 500))",
		"reduce(b = 0, x IN range(1, (a % 7)) | (b + (x * a)))",
		"(a IN [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 500, null])",
	};

	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
	{
		NamiEvalContext ctx;
		NamiValue	column[1000];
		NamiValue	many[1000];
		uint16_t	selection[1000];
		NamiVector *columns;
		NamiBatch	batch;
		NamiExpr   *expr;
		NamiError	err = NAMI_ERROR_INIT;
		uint32_t	selected = 0;

		test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
		ctx = test_context();
		columns = nami_arena_alloc0(test_arena, TEST_SLOTS * sizeof(NamiVector));
		for (uint32_t i = 0; i < 1000; i++)
		{
			column[i] = i % 11 == 5 ? nami_value_null() : nami_value_int(i);
			/* Row 400 would divide by zero; it is not selected. */
			if (i % 10 < 7 && i != 400)
				selection[selected++] = (uint16_t) i;
		}
		columns[0] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = column};
		batch = (NamiBatch) {.row_count = 1000, .selection = selection,
			.selected_count = selected, .columns = columns, .slot_count = TEST_SLOTS};
		test_pos = texts[t];
		expr = test_expr();
		assert_int_equal(nami_eval(&ctx, expr, &batch, many, &err), NAMI_OK);
		for (uint32_t i = 0; i < selected; i++)
		{
			NamiVector	one[TEST_SLOTS] = {{.kind = NAMI_VEC_VALUE, .is_constant = true,
				.values = &column[selection[i]]}};
			NamiBatch	single = {.row_count = 1, .selected_count = 1, .columns = one,
				.slot_count = TEST_SLOTS};
			NamiValue	value;

			assert_int_equal(nami_eval(&ctx, expr, &single, &value, &err), NAMI_OK);
			assert_true(test_same(many[selection[i]], value));
		}
		nami_arena_destroy(test_arena);
	}
}

/* Only true passes; what is not boolean is an error. */
static void
test_filter(void **state)
{
	NamiValue	column[] = {nami_value_int(1), nami_value_int(5), nami_value_null()};
	NamiVector	columns[TEST_SLOTS] = {{.kind = NAMI_VEC_VALUE, .values = column}};
	NamiBatch	batch = {.row_count = 3, .selected_count = 3, .columns = columns,
		.slot_count = TEST_SLOTS};
	NamiError	err = NAMI_ERROR_INIT;
	NamiEvalContext ctx;
	uint16_t	selection[3];
	uint32_t	count;

	test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
	ctx = test_context();
	test_pos = "(a > 2)";
	assert_int_equal(nami_eval_filter(&ctx, test_expr(), &batch, selection, &count, &err), NAMI_OK);
	assert_int_equal(count, 1);
	assert_int_equal(selection[0], 1);
	test_pos = "a";
	assert_int_equal(nami_eval_filter(&ctx, test_expr(), &batch, selection, &count, &err),
					 NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_TYPE);
	nami_arena_destroy(test_arena);
}

/* A missing parameter is an error, one that is null is not. */
static void
test_parameters(void **state)
{
	NamiMapEntry entry = {NAMI_STR("p"), nami_value_null()};
	NamiError	err = NAMI_ERROR_INIT;
	NamiEvalContext ctx;
	NamiExpr   *expr;
	NamiValue	value;

	test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
	ctx = test_context();
	ctx.params = nami_value_map(&entry, 1);
	expr = test_node(NAMI_EX_PARAM, 0);
	expr->name.text = NAMI_STR("p");
	assert_int_equal(nami_eval_constant(&ctx, expr, &value, &err), NAMI_OK);
	assert_int_equal(value.kind, NAMI_NULL);
	expr->name.text = NAMI_STR("q");
	assert_int_equal(nami_eval_constant(&ctx, expr, &value, &err), NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_PARAMETER);
	assert_int_equal(err.position, 7);
	nami_arena_destroy(test_arena);
}

/* The owner releases compiled patterns; more patterns than the cache holds work too. */
static void
test_regex_cache(void **state)
{
	NamiOwner	owner;
	NamiEvalContext ctx;
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	value;

	nami_owner_init(&owner);
	test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
	ctx = test_context();
	ctx.owner = &owner;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 60; i++)
		{
			char		text[64];

			snprintf(text, sizeof(text), "('x%d' =~ 'x%d')", i, i);
			test_pos = text;
			assert_int_equal(nami_eval_constant(&ctx, test_expr(), &value, &err), NAMI_OK);
			assert_true(value.boolean);
		}
	assert_non_null(ctx.regex_cache);
	nami_owner_release(&owner);
	nami_arena_destroy(test_arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_valued_logic),
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_regex),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_iteration_forms),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_regex_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
