/*
 * Tests of the built-in functions that need no graph (spec/cypher.md 4, 11), and of the table.
 */
#include "exec_expr.h"

static void
test_strings(void **state)
{
	static const ExprCase cases[] = {
		{"toUpper('aBc')", "'ABC'"},
		{"toUpper('stra\xC3\x9F" "e')", "'STRASSE'"},
		{"toUpper('\xEF\xAC\x81')", "'FI'"},
		{"toLower('\xC3\x80\xC3\x89')", "'\xC3\xA0\xC3\xA9'"},
		{"toLower('\xC4\xB0')", "'i\xCC\x87'"},
		/* final sigma */
		{"toLower('\xCE\x91\xCE\xA3')", "'\xCE\xB1\xCF\x82'"},
		{"toLower('\xCE\xA3\xCE\x91')", "'\xCF\x83\xCE\xB1'"},
		{"toUpper(null)", "null"},
		{"toUpper(1)", NULL, NAMI_ERR_TYPE, "TypeError: InvalidArgumentValue"},
		{"trim('\xC2\xA0 a b\xE3\x80\x80')", "'a b'"},
		{"ltrim(' a ')", "'a '"},
		{"rtrim(' a ')", "' a'"},
		{"left('\xF0\x9F\x91\x8D\xF0\x9F\x91\x8E', 1)", "'\xF0\x9F\x91\x8D'"},
		{"right('\xF0\x9F\x91\x8D\xF0\x9F\x91\x8E', 1)", "'\xF0\x9F\x91\x8E'"},
		{"left('abc', 9)", "'abc'"},
		{"right('abc', 0)", "''"},
		{"left(null, 1)", "null"},
		{"left('a', null)", NULL, NAMI_ERR_ARGUMENT},
		{"left('a', 1.5)", NULL, NAMI_ERR_TYPE},
		{"right('a', -1)", NULL, NAMI_ERR_ARGUMENT},
		{"substring('hello', 1)", "'ello'"},
		{"substring('hello', 1, 3)", "'ell'"},
		{"substring('hello', 9)", "''"},
		{"substring('hello', 2, 99)", "'llo'"},
		{"substring('a\xC3\xB1" "b', 1, 1)", "'\xC3\xB1'"},
		{"substring('a', -1)", NULL, NAMI_ERR_ARGUMENT},
		{"replace('banana', 'ana', 'X')", "'bXna'"},
		{"replace('aaa', 'aa', 'b')", "'ba'"},
		{"replace('abc', '', 'x')", "'xaxbxcx'"},
		{"replace('', '', 'x')", "'x'"},
		{"replace('a', null, 'b')", "null"},
		{"replace(1, 'a', 'b')", NULL, NAMI_ERR_ARGUMENT},
		{"split('a,b,c', ',')", "['a', 'b', 'c']"},
		{"split(',a,', ',')", "['', 'a', '']"},
		{"split('a--b', '--')", "['a', 'b']"},
		{"split('abc', '')", "['a', 'b', 'c']"},
		{"split('', ',')", "['']"},
		{"split('', '')", "[]"},
		{"split(1, ',')", NULL, NAMI_ERR_ARGUMENT},
		{"reverse('a\xC3\xB1\xF0\x9F\x91\x8D')", "'\xF0\x9F\x91\x8D\xC3\xB1" "a'"},
		{"reverse([1, null, 3])", "[3, null, 1]"},
		{"size('a\xC3\xB1\xF0\x9F\x91\x8D')", "3"},
	};

	EXPR_CASES(cases);
}

static void
test_lists(void **state)
{
	static const ExprCase cases[] = {
		{"head([null, 1])", "null"},
		{"head([])", "null"},
		{"last([1, 2])", "2"},
		{"tail([1, 2, 3])", "[2, 3]"},
		{"tail([])", "[]"},
		{"head('abc')", NULL, NAMI_ERR_TYPE},
		{"size([1, null])", "2"},
		{"size({a: 1})", "1"},
		{"isEmpty('')", "true"},
		{"isEmpty([1])", "false"},
		{"range(0, 5)", "[0, 1, 2, 3, 4, 5]"},
		{"range(0, 5, 2)", "[0, 2, 4]"},
		{"range(5, 0, -2)", "[5, 3, 1]"},
		{"range(1, 0)", "[]"},
		{"range(9223372036854775806, 9223372036854775807)",
			"[9223372036854775806, 9223372036854775807]"},
		{"range(1, 2, 0)", NULL, NAMI_ERR_ARGUMENT, "ArgumentError: NumberOutOfRange"},
		{"range(1, 'a')", NULL, NAMI_ERR_TYPE},
		{"range(1.5, 3)", NULL, NAMI_ERR_TYPE},
		{"range(-9223372036854775807, 9223372036854775807)", NULL, NAMI_ERR_LIMIT},
		{"keys({b: 1, a: null})", "['a', 'b']"},
		{"keys(1)", NULL, NAMI_ERR_TYPE},
		{"properties({a: 1})", "{a: 1}"},
		{"exists(null)", "false"},
	};

	EXPR_CASES(cases);
}

static void
test_conversion(void **state)
{
	static const ExprCase cases[] = {
		/* openCypher's form of floats, that of Java */
		{"toString(1.0)", "'1.0'"},
		{"toString(1e20)", "'1.0E20'"},
		{"toString(1.25e-7)", "'1.25E-7'"},
		{"toString(0.001)", "'0.001'"},
		{"toString(0.0001)", "'1.0E-4'"},
		{"toString(9999999.0)", "'9999999.0'"},
		{"toString(10000000.0)", "'1.0E7'"},
		{"toString(1234567.5)", "'1234567.5'"},
		{"toString(-0.5)", "'-0.5'"},
		{"toString(NaN)", "'NaN'"},
		{"toString(-9223372036854775807)", "'-9223372036854775807'"},
		{"toString(true)", "'true'"},
		{"toString([1])", NULL, NAMI_ERR_TYPE, "TypeError: InvalidArgumentValue"},
		{"toStringOrNull([1])", "null"},
		{"toInteger('12')", "12"},
		{"toInteger(' -5 ')", "-5"},
		{"toInteger('+7')", "7"},
		{"toInteger('007')", "7"},
		{"toInteger('1.7')", "1"},
		{"toInteger('-1.7')", "-1"},
		{"toInteger('1e3')", "1000"},
		{"toInteger('abc')", "null"},
		{"toInteger('')", "null"},
		{"toInteger('1 2')", "null"},
		{"toInteger('99999999999999999999')", "null"},
		{"toInteger(1.9)", "1"},
		{"toInteger(1e300)", "9223372036854775807"},
		{"toInteger(NaN)", "0"},
		{"toInteger(true)", "1"},
		{"toInteger({})", NULL, NAMI_ERR_TYPE},
		{"toFloat('1.5')", "1.5"},
		{"toFloat('.5')", "0.5"},
		{"toFloat('5.')", "5.0"},
		{"toFloat('1e3')", "1000.0"},
		{"toFloat('inf')", "Infinity"},
		{"toFloat('x')", "null"},
		{"toFloat(3)", "3.0"},
		{"toFloat(true)", NULL, NAMI_ERR_TYPE},
		{"toFloatOrNull(true)", "null"},
		{"toBoolean(' TRUE ')", "true"},
		{"toBoolean('no')", "null"},
		{"toBoolean(2)", "true"},
		{"toBoolean(1.0)", NULL, NAMI_ERR_TYPE},
	};

	EXPR_CASES(cases);
}

static void
test_math(void **state)
{
	static const ExprCase cases[] = {
		{"abs(-3)", "3"},
		{"abs(-2.5)", "2.5"},
		{"abs((-9223372036854775807 - 1))", NULL, NAMI_ERR_OUT_OF_RANGE},
		{"sign(-0.5)", "-1"},
		{"sign(0.0)", "0"},
		{"round(2.5)", "3.0"},
		{"round(-1.5)", "-2.0"},
		{"round(3)", "3.0"},
		{"round(1.256, 2)", "1.26"},
		{"floor(-1.5)", "-2.0"},
		{"ceil(1.2)", "2.0"},
		{"sqrt(-1)", "NaN"},
		{"sqrt('a')", NULL, NAMI_ERR_TYPE},
		{"log10(100)", "2.0"},
		{"log(1)", "0.0"},
		{"exp(0)", "1.0"},
		{"haversin(0)", "0.0"},
		{"degrees(pi())", "180.0"},
		{"radians(180)", "3.141592653589793"},
		{"((rand() >= 0) AND (rand() < 1))", "true"},
		{"size(randomUUID())", "36"},
		{"(randomUUID() = randomUUID())", "false"},
		{"timestamp()", "1577934245000"},
		{"isNaN(NaN)", "true"},
	};

	EXPR_CASES(cases);
}

/* Expectations: spec/search.md 1.4, 1.6 and the corpus. */
static void
test_search(void **state)
{
	static const ExprCase cases[] = {
		{"cosine_similarity([1, 1], [-1, -1])", "-0.9999999999999998"},
		{"cosine_similarity([0, 0], [1, 1])", "null"},
		{"cosine_similarity(null, [1])", "null"},
		{"cosine_similarity([1], [1, 2])", NULL, NAMI_ERR_ARGUMENT},
		{"dot_product([1, 2], [3, 4])", "11.0"},
		{"euclidean_distance(vector([0, 0]), [3, 4])", "5.0"},
		{"size(vector([1, 2.5]))", "2"},
		{"vector([1, 2.5])[1]", "2.5"},
		{"vector(['a'])", NULL, NAMI_ERR_TYPE},
		{"(abs((bm25('the quick fox', 'fox') - 1.78173719376392)) < 0.00000000000001)", "true"},
		{"bm25('x', 'y')", "0.0"},
		{"(bm25('graph data graph', 'GRAPH') > bm25('graph data', 'graph'))", "true"},
		/* CJK is cut into pairs, so this finds one word in two */
		{"(bm25('\xE6\x9D\xB1\xE4\xBA\xAC\xE9\x83\xBD', '\xE4\xBA\xAC\xE9\x83\xBD') > 0)", "true"},
		{"bm25('\xE6\x9D\xB1\xE4\xBA\xAC\xE9\x83\xBD', '\xE4\xBA\xAC')", "0.0"},
		{"bm25(1, 'y')", NULL, NAMI_ERR_TYPE},
	};

	EXPR_CASES(cases);
}

static void
test_lookup(void **state)
{
	NamiStr		nearest;
	unsigned	count = 0;

	assert_non_null(nami_find_function(NAMI_STR("TOUPPER"), NULL));
	assert_string_equal(nami_find_function(NAMI_STR("duration.BETWEEN"), NULL)->name.ptr,
						"duration.between");
	assert_null(nami_find_function(NAMI_STR("toUper"), &nearest));
	assert_true(nami_str_eq(nearest, NAMI_STR("toUpper")));
	assert_null(nami_find_function(NAMI_STR("completelyDifferent"), &nearest));
	assert_int_equal(nearest.len, 0);
	assert_null(nami_find_function(NAMI_STR(""), &nearest));
	for (const NamiFunction *f = nami_function_table(); f->name.len > 0; f++, count++)
	{
		assert_true(f->min_args <= f->max_args);
		assert_non_null(f->implementation);
		/* no name twice */
		assert_ptr_equal(nami_find_function(f->name, NULL), f);
	}
	assert_true(count > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_conversion),
		cmocka_unit_test(test_math),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
