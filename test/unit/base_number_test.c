/*
 * base_number_test.c - shortest digits and exact reading, against the C library and known cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "base/number.h"

static uint64_t seed = UINT64_C(88172645463325252);

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static const char *
text_of(double value)
{
	static char text[NAMI_NUMBER_TEXT_MAX + 1];

	text[nami_number_format_double(value, text)] = '\0';
	return text;
}

static void
known_texts(void **state)
{
	static const struct
	{
		double		value;
		const char *text;
	}			cases[] = {
		{0.0, "0.0"}, {-0.0, "-0.0"}, {1.0, "1.0"}, {-2.5, "-2.5"}, {0.1, "0.1"},
		{0.30000000000000004, "0.30000000000000004"}, {1e15, "1000000000000000.0"},
		{1e16, "1e+16"}, {123456789012345680.0, "1.2345678901234568e+17"},
		{9007199254740993.0, "9007199254740992.0"}, {1e23, "1e+23"},
		{9.223372036854776e18, "9.223372036854776e+18"}, {5e-324, "5e-324"},
		{2.2250738585072014e-308, "2.2250738585072014e-308"},
		{2.2250738585072011e-308, "2.225073858507201e-308"},
		{1.7976931348623157e308, "1.7976931348623157e+308"}, {1e-4, "0.0001"},
		{0.00001, "0.00001"}, {1e-6, "1e-6"}, {1.5e-7, "1.5e-7"},
		{5.684341886080802e-14, "5.684341886080802e-14"},	/* 2^-44: uneven neighbours */
		{100.0, "100.0"}, {4294967296.0, "4294967296.0"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(text_of(cases[i].value), cases[i].text);
}

/* What is printed reads back, no shorter text would, and reading agrees with strtod. */
static void
random_doubles(void **state)
{
	for (int i = 0; i < 100000; i++)
	{
		uint64_t	bits = next_random() & INT64_MAX;
		char		text[400];
		double		value;
		NamiNumber	read;
		NamiDecimal decimal;
		int			digits;

		if (i % 3 == 0)			/* near 1 */
			bits = (bits & ((UINT64_C(1) << 52) - 1)) | (uint64_t) (1023 - 40 + i % 80) << 52;
		if (i % 7 == 0)			/* powers of two */
			bits &= ~((UINT64_C(1) << 52) - 1);
		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value) || value == 0)
			continue;
		assert_true(strtod(text_of(value), NULL) == value);
		read = nami_number_parse(nami_str(text_of(value)));
		assert_true(read.kind == NAMI_NUMBER_FLOAT && read.number == value);
		decimal = nami_number_shortest(value);
		digits = snprintf(text, sizeof(text), "%llu", (unsigned long long) decimal.digits);
		if (digits > 1)
		{
			snprintf(text, sizeof(text), "%.*e", digits - 2, value);
			assert_true(strtod(text, NULL) != value);
		}
		snprintf(text, sizeof(text), "%.*e", (int) (next_random() % 40), value);
		read = nami_number_parse(nami_str(text));
		if (isinf(strtod(text, NULL)))
			assert_int_equal(read.kind, NAMI_NUMBER_OVERFLOW);
		else
			assert_true(read.kind == NAMI_NUMBER_FLOAT ? read.number == strtod(text, NULL) :
						(double) read.integer == strtod(text, NULL));
	}
}

static void
random_floats(void **state)
{
	for (int i = 0; i < 100000; i++)
	{
		uint32_t	bits = (uint32_t) next_random() & INT32_MAX;
		char		text[NAMI_NUMBER_TEXT_MAX + 1];
		char		shorter[64];
		float		value;
		int			digits;

		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value) || value == 0)
			continue;
		text[nami_number_format_float(value, text)] = '\0';
		assert_true(strtof(text, NULL) == value);
		digits = snprintf(shorter, sizeof(shorter), "%llu",
						  (unsigned long long) nami_number_shortest32(value).digits);
		if (digits > 1)
		{
			snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, (double) value);
			assert_true(strtof(shorter, NULL) != value);
		}
	}
}

/* Exactly in the middle of two doubles, and a little beside it. */
static void
halfway_cases(void **state)
{
	static const char *const cases[] = {
		"9007199254740993.0", "9007199254740993.00000000000000000000000000001",
		"9007199254740992.99999999999999999999999999999", "9007199254740995e0",
		"1.00000000000000011102230246251565404236316680908203125",
		"1.00000000000000011102230246251565404236316680908203124",
		"1.00000000000000011102230246251565404236316680908203126",
		"2.4703282292062327208e-324", "2.4703282292062328e-324", "179769313486231580793e289",
		"0.000000000000000000000000000000000000000000000000000000000001e-260",
		"100000000000000000000000000000000000000000000000000000000000e-320", "1e-9999999999999",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiNumber	read = nami_number_parse(nami_str(cases[i]));
		double		expected = strtod(cases[i], NULL);

		assert_int_equal(read.kind, isinf(expected) ? NAMI_NUMBER_OVERFLOW : NAMI_NUMBER_FLOAT);
		if (!isinf(expected))
			assert_memory_equal(&read.number, &expected, sizeof(double));
	}
}

/* A digit far behind the 800th decides. */
static void
very_long_tokens(void **state)
{
	char	   *text = malloc(5002);
	NamiNumber	read;

	memcpy(text, "9007199254740993.", 17);
	memset(text + 17, '0', 4983);
	read = nami_number_parse((NamiStr) {text, 5000});
	assert_true(read.number == 9007199254740992.0);
	text[4999] = '1';
	read = nami_number_parse((NamiStr) {text, 5000});
	assert_true(read.number == 9007199254740994.0);
	memset(text, '9', 5000);
	assert_int_equal(nami_number_parse((NamiStr) {text, 5000}).kind, NAMI_NUMBER_OVERFLOW);
	free(text);
}

static void
kinds(void **state)
{
	static const struct
	{
		const char *text;
		NamiNumberKind kind;
	}			cases[] = {
		{"0", NAMI_NUMBER_INT}, {"-1", NAMI_NUMBER_INT}, {"9223372036854775807", NAMI_NUMBER_INT},
		{"-9223372036854775808", NAMI_NUMBER_INT}, {"9223372036854775808", NAMI_NUMBER_UINT},
		{"18446744073709551615", NAMI_NUMBER_UINT}, {"18446744073709551616", NAMI_NUMBER_FLOAT},
		{"-9223372036854775809", NAMI_NUMBER_FLOAT}, {"-0", NAMI_NUMBER_FLOAT},
		{"1e5", NAMI_NUMBER_FLOAT}, {"1e309", NAMI_NUMBER_OVERFLOW},
		{"1.7976931348623159e308", NAMI_NUMBER_OVERFLOW}, {"", NAMI_NUMBER_INVALID},
		{"-", NAMI_NUMBER_INVALID}, {"00", NAMI_NUMBER_INVALID}, {"1 ", NAMI_NUMBER_INVALID},
		{"1e", NAMI_NUMBER_INVALID}, {"1.e5", NAMI_NUMBER_INVALID}, {"inf", NAMI_NUMBER_INVALID},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(nami_number_parse(nami_str(cases[i].text)).kind, cases[i].kind);
}

/* A locale with a decimal comma must change nothing (where the system has one). */
static void
locale_does_not_matter(void **state)
{
	if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
		skip();
	assert_string_equal(text_of(1.5), "1.5");
	assert_true(nami_number_parse(NAMI_STR("9007199254740993.000001")).number == 9007199254740994.0);
	setlocale(LC_NUMERIC, "C");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts),
		cmocka_unit_test(random_doubles),
		cmocka_unit_test(random_floats),
		cmocka_unit_test(halfway_cases),
		cmocka_unit_test(very_long_tokens),
		cmocka_unit_test(kinds),
		cmocka_unit_test(locale_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
