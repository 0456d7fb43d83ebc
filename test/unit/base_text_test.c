/*
 * base_text_test.c - UTF-8, calendar and UUIDs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/civil.h"
#include "base/utf8.h"
#include "base/uuid.h"

/* ---- UTF-8 ---- */

static void
utf8_validity(void **state)
{
	static const struct
	{
		const char *text;
		bool		is_valid;
	}			cases[] = {
		{"", true}, {"abc", true}, {"\x7f", true}, {"\xc2\x80", true}, {"\xdf\xbf", true},
		{"\xe0\xa0\x80", true}, {"\xed\x9f\xbf", true}, {"\xee\x80\x80", true},
		{"\xef\xbf\xbf", true}, {"\xf0\x90\x80\x80", true}, {"\xf4\x8f\xbf\xbf", true},
		{"\x80", false}, {"\xc0\x80", false}, {"\xc1\xbf", false}, {"\xc2", false},
		{"\xc2\x41", false}, {"\xe0\x9f\xbf", false}, {"\xed\xa0\x80", false},
		{"\xe2\x82", false}, {"\xf0\x8f\xbf\xbf", false}, {"\xf4\x90\x80\x80", false},
		{"\xf5\x80\x80\x80", false}, {"\xff", false}, {"\xf0\x90\x80", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		padded[120];
		size_t		len = strlen(cases[i].text);

		assert_int_equal(nami_utf8_is_valid(nami_str(cases[i].text)), cases[i].is_valid);
		/* At every place of the blocks that are skipped as ASCII. */
		for (size_t at = 0; at < 70; at++)
		{
			memset(padded, 'x', sizeof(padded));
			memcpy(padded + at, cases[i].text, len);
			assert_int_equal(nami_utf8_is_valid((NamiStr) {padded, 100}), cases[i].is_valid);
		}
	}
}

/* Every code point: encoded, checked, counted, read forwards and backwards. */
static void
utf8_round_trip(void **state)
{
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++)
	{
		char		bytes[NAMI_UTF8_MAX];
		NamiStr		text = {bytes, nami_utf8_encode(cp, bytes)};
		bool		is_surrogate = cp >= 0xD800 && cp <= 0xDFFF;
		size_t		pos = 0;

		assert_true(nami_utf8_is_valid(text));
		assert_int_equal(nami_utf8_next(text, &pos), is_surrogate ? 0xFFFD : cp);
		assert_int_equal(pos, text.len);
		assert_int_equal(nami_utf8_previous(text, &pos), is_surrogate ? 0xFFFD : cp);
		assert_int_equal(pos, 0);
		assert_int_equal(nami_utf8_count(text), 1);
	}
}

static void
utf8_offsets(void **state)
{
	/* a, é (2), €(3), emoji (4), twice, and a long tail */
	NamiStr		text = NAMI_STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" "zzzzzzzzzz");
	size_t		starts[] = {0, 1, 3, 6, 10, 11, 13, 16, 20, 21};
	size_t		pos;

	assert_int_equal(nami_utf8_count(text), 18);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
	{
		assert_int_equal(nami_utf8_offset(text, i), starts[i]);
		assert_int_equal(nami_utf8_index(text, starts[i]), i);
	}
	assert_int_equal(nami_utf8_offset(text, 18), text.len);
	assert_int_equal(nami_utf8_offset(text, 99), text.len);
	assert_false(nami_utf8_is_ascii(text));
	assert_true(nami_utf8_is_ascii(NAMI_STR("0123456789012345678901234567890123456789")));
	/* Malformed bytes one by one, in both directions. */
	text = NAMI_STR("\x80\xe2\x82");
	pos = 0;
	for (size_t i = 1; i <= 3; i++)
	{
		assert_int_equal(nami_utf8_next(text, &pos), 0xFFFD);
		assert_int_equal(pos, i);
	}
	for (size_t i = 3; i-- > 0;)
	{
		assert_int_equal(nami_utf8_previous(text, &pos), 0xFFFD);
		assert_int_equal(pos, i);
	}
}

/* ---- calendar ---- */

static void
civil_known_days(void **state)
{
	static const struct
	{
		int64_t		days;
		const char *text;
	}			cases[] = {
		{0, "1970-01-01"}, {-1, "1969-12-31"}, {11356, "2001-02-03"}, {11016, "2000-02-29"},
		{NAMI_STORED_DAY_MIN, "0001-01-01"}, {NAMI_STORED_DAY_MAX, "9999-12-31"},
		{NAMI_STORED_DAY_MIN - 1, "0000-12-31"}, {NAMI_STORED_DAY_MAX + 1, "+10000-01-01"},
		{-719528, "0000-01-01"}, {-719529, "-0001-12-31"},
		{INT64_C(365241780471), "+999999999-12-31"}, {INT64_C(-365243219162), "-999999999-01-01"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		text[NAMI_CIVIL_TEXT_MAX];
		NamiStr		written = {text, nami_civil_format_date(cases[i].days, text)};
		int64_t		days = 0;

		assert_true(nami_str_eq(written, nami_str(cases[i].text)));
		assert_true(nami_civil_take_date(&written, &days));
		assert_int_equal(written.len, 0);
		assert_true(days == cases[i].days);
	}
}

/* 400 years and more, day by day: the calendar steps by the rules of the months. */
static void
civil_every_day(void **state)
{
	NamiCivilDate date = {1599, 12, 31};

	for (int64_t days = nami_civil_to_days(date); days < 200000; days++)
	{
		NamiCivilDate got = nami_civil_from_days(days);

		assert_true(got.year == date.year && got.month == date.month && got.day == date.day);
		assert_true(nami_civil_to_days(got) == days);
		if (++date.day > nami_civil_days_in_month(date.year, date.month))
		{
			date.day = 1;
			if (++date.month > 12)
			{
				date.month = 1;
				date.year++;
			}
		}
	}
	assert_true(nami_civil_is_leap(2000) && !nami_civil_is_leap(1900) && nami_civil_is_leap(-4) &&
				nami_civil_is_leap(0));
	/* Defined whatever comes in. */
	nami_civil_from_days(INT64_MAX);
	nami_civil_from_days(INT64_MIN);
}

static void
civil_instants(void **state)
{
	static const struct
	{
		int64_t		us;
		const char *text;
	}			cases[] = {
		{0, "1970-01-01T00:00:00Z"},
		{-1, "1969-12-31T23:59:59.999999Z"},
		{981173106123456, "2001-02-03T04:05:06.123456Z"},
		{981173106120000, "2001-02-03T04:05:06.12Z"},
		{NAMI_STORED_US_MIN, "0001-01-01T00:00:00Z"},
		{NAMI_STORED_US_MAX, "9999-12-31T23:59:59.999999Z"},
	};
	char		text[NAMI_CIVIL_TEXT_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiStr		written = {text, nami_civil_format_utc_us(cases[i].us, text)};
		int64_t		seconds;
		int32_t		nanoseconds;

		assert_true(nami_str_eq(written, nami_str(cases[i].text)));
		assert_true(nami_civil_parse_rfc3339(written, &seconds, &nanoseconds));
		assert_true(seconds * 1000000 + nanoseconds / 1000 == cases[i].us);
	}
	assert_true(nami_civil_format_utc_us(INT64_MIN, text) <= NAMI_CIVIL_TEXT_MAX);
	assert_true(nami_civil_format_rfc3339(INT64_MIN, 999999999, text) <= NAMI_CIVIL_TEXT_MAX);
	assert_true(nami_str_eq((NamiStr) {text, nami_civil_format_rfc3339(981173106, 7, text)},
							NAMI_STR("2001-02-03T04:05:06.000000007Z")));
}

static void
civil_rfc3339(void **state)
{
	static const struct
	{
		const char *text;
		bool		is_valid;
		int64_t		seconds;
		int32_t		nanoseconds;
	}			cases[] = {
		{"2001-02-03T04:05:06Z", true, 981173106, 0},
		{"2001-02-03t04:05:06.5z", true, 981173106, 500000000},
		{"2001-02-03 05:05:06+01:00", true, 981173106, 0},
		{"2001-02-02T23:05:06.123456789999-05:00", true, 981173106, 123456789},
		{"2016-12-31T23:59:60Z", true, 1483228799, 0},
		{"2001-02-03T04:05:06", false, 0, 0}, {"2001-02-03", false, 0, 0},
		{"2001-02-03T04:05Z", false, 0, 0}, {"2001-02-29T04:05:06Z", false, 0, 0},
		{"2001-13-03T04:05:06Z", false, 0, 0}, {"2001-02-03T24:05:06Z", false, 0, 0},
		{"2001-02-03T04:60:06Z", false, 0, 0}, {"2001-02-03T04:05:61Z", false, 0, 0},
		{"2001-02-03T04:05:06.Z", false, 0, 0}, {"2001-02-03T04:05:06Zx", false, 0, 0},
		{"2001-02-03T04:05:06+25:00", false, 0, 0}, {"", false, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		int64_t		seconds;
		int32_t		nanoseconds;
		bool		is_valid = nami_civil_parse_rfc3339(nami_str(cases[i].text), &seconds,
														&nanoseconds);

		if (is_valid != cases[i].is_valid)
			fail_msg("%s", cases[i].text);
		if (is_valid)
			assert_true(seconds == cases[i].seconds && nanoseconds == cases[i].nanoseconds);
	}
}

/* ---- UUIDs ---- */

static void
uuid_texts(void **state)
{
	static const char *const bad[] = {
		"", "01a20513", "01a20513-a933-7820-af79-dc8f3698460", "01a20513-a933-7820-af79-dc8f3698460g",
		"01a20513a933-7820-af79-dc8f36984603-", "01a20513-a9337820-af79-dc8f-36984603",
		"{01a20513-a933-7820-af79-dc8f3698460}", "01a20513a9337820af79dc8f369846030",
	};
	static const uint8_t bytes[16] = {0x01, 0xa2, 0x05, 0x13, 0xa9, 0x33, 0x78, 0x20, 0xaf, 0x79, 0xdc,
	0x8f, 0x36, 0x98, 0x46, 0x03};
	NamiUuid	uuid;
	NamiUuid	other;
	char		text[NAMI_UUID_TEXT_LEN];

	assert_true(nami_uuid_parse(NAMI_STR("01A20513-a933-7820-af79-dc8f36984603"), &uuid));
	assert_memory_equal(uuid.bytes, bytes, 16);
	assert_true(nami_uuid_parse(NAMI_STR("01a20513a9337820af79dc8f36984603"), &other));
	assert_true(nami_uuid_eq(uuid, other));
	nami_uuid_format(uuid, text);
	assert_memory_equal(text, "01a20513-a933-7820-af79-dc8f36984603", 36);
	nami_uuid_format_compact(uuid, text);
	assert_memory_equal(text, "01a20513a9337820af79dc8f36984603", 32);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(nami_uuid_parse(nami_str(bad[i]), &uuid));
}

static int64_t clock_us;

static int64_t
fake_clock(void *ctx)
{
	return clock_us;
}

/* All ones: every step is the longest, so the counter runs over soon. */
static void
fake_random(void *ctx, void *out, size_t n)
{
	memset(out, 0xFF, n);
}

static void
uuid_v7_ascends(void **state)
{
	NamiHost	host = *nami_host_default();
	NamiUuidGenerator generator;
	NamiUuid	previous = {{0}};

	host.now_us = fake_clock;
	clock_us = INT64_C(0x0123456789AB) * 1000 + 999;
	for (int round = 0; round < 2; round++)
	{
		nami_uuid_generator_init(&generator, &host);
		memset(&previous, 0, sizeof(previous));
		for (int i = 0; i < 100000; i++)
		{
			NamiUuid	uuid = nami_uuid_v7(&generator);

			if (i == 0)
				assert_memory_equal(uuid.bytes, "\x01\x23\x45\x67\x89\xAB", 6);
			assert_true(nami_uuid_cmp(previous, uuid) < 0);
			assert_int_equal(uuid.bytes[6] >> 4, 7);
			assert_int_equal(uuid.bytes[8] >> 6, 2);
			previous = uuid;
			if (i == 50000)
				clock_us -= 5000000;	/* the clock steps back */
		}
		clock_us = INT64_C(0x0123456789AB) * 1000;
		host.random = fake_random;
	}
	/* The counter of a millisecond runs over into the next. */
	nami_uuid_generator_init(&generator, &host);
	previous = nami_uuid_v7(&generator);
	generator.tail_high = 0xFFF;
	generator.tail_low = (UINT64_C(1) << 62) - 1;
	assert_memory_equal(nami_uuid_v7(&generator).bytes, "\x01\x23\x45\x67\x89\xAC", 6);
}

static void
uuid_v4_is_random(void **state)
{
	NamiUuid	a = nami_uuid_v4(nami_host_default());
	NamiUuid	b = nami_uuid_v4(nami_host_default());

	assert_int_equal(a.bytes[6] >> 4, 4);
	assert_int_equal(a.bytes[8] >> 6, 2);
	assert_false(nami_uuid_eq(a, b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_validity),
		cmocka_unit_test(utf8_round_trip),
		cmocka_unit_test(utf8_offsets),
		cmocka_unit_test(civil_known_days),
		cmocka_unit_test(civil_every_day),
		cmocka_unit_test(civil_instants),
		cmocka_unit_test(civil_rfc3339),
		cmocka_unit_test(uuid_texts),
		cmocka_unit_test(uuid_v7_ascends),
		cmocka_unit_test(uuid_v4_is_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
