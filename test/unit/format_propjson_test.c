/*
 * format_propjson_test.c - property maps against the tables of spec/storage.md 7.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "format/propjson.h"

#include <math.h>

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

static NamiStr
wrap(const char *value)
{
	return nami_str(nami_arena_printf(arena, "{\"v\":%s}", value));
}

/* Decodes {"v":value}; the arena keeps the result. */
static NamiStatus
decode_one(const char *value, NamiValue *out, NamiError *err)
{
	NamiValue	map;

	if (nami_prop_decode(arena, wrap(value), NAMI_PROP_KEEP_NULLS, &map, err) != NAMI_OK)
		return NAMI_FAILED;
	assert_int_equal(map.len, 1);
	*out = map.entries[0].value;
	return NAMI_OK;
}

static NamiStr
encode_one(NamiValue value, NamiError *err)
{
	NamiMapEntry entry = {NAMI_STR("v"), value};
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	if (nami_prop_encode(&buf, &entry, 1, NAMI_PROP_WRITE_NULLS, err) != NAMI_OK)
		return (NamiStr) {NULL, 0};
	return nami_buf_str(&buf);
}

static void
numbers(void **state)
{
	static const struct
	{
		const char *json;
		NamiKind	kind;
		int64_t		integer;
		double		number;
	}			cases[] = {
		{"0", NAMI_INT, 0, 0},
		{"-1", NAMI_INT, -1, 0},
		{"999999999999999999", NAMI_INT, INT64_C(999999999999999999), 0},
		{"9223372036854775807", NAMI_INT, INT64_MAX, 0},
		{"-9223372036854775808", NAMI_INT, INT64_MIN, 0},
		{"9223372036854775808", NAMI_INT, INT64_MIN, 0},	/* wraps */
		{"18446744073709551615", NAMI_INT, -1, 0},
		{"18446744073709551616", NAMI_FLOAT, 0, 18446744073709551616.0},
		{"-9223372036854775809", NAMI_FLOAT, 0, -9223372036854775808.0},
		{"-0", NAMI_FLOAT, 0, -0.0},
		{"-0.0", NAMI_FLOAT, 0, -0.0},
		{"1.0", NAMI_FLOAT, 0, 1.0},
		{"0.1", NAMI_FLOAT, 0, 0.1},
		{"-123456.789", NAMI_FLOAT, 0, -123456.789},
		{"0.30000000000000004", NAMI_FLOAT, 0, 0.30000000000000004},
		{"123456789.12345679", NAMI_FLOAT, 0, 123456789.12345679},
		{"1e2", NAMI_FLOAT, 0, 100},
		{"1E+2", NAMI_FLOAT, 0, 100},
		{"1.5e-3", NAMI_FLOAT, 0, 0.0015},
		{"5e-324", NAMI_FLOAT, 0, 5e-324},
		{"1.7976931348623157e+308", NAMI_FLOAT, 0, 1.7976931348623157e308},
		{"1e-400", NAMI_FLOAT, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiValue	value;

		assert_int_equal(decode_one(cases[i].json, &value, &err), NAMI_OK);
		assert_int_equal(value.kind, cases[i].kind);
		if (value.kind == NAMI_INT)
			assert_true(value.integer == cases[i].integer);
		else
			assert_memory_equal(&value.number, &cases[i].number, sizeof(double));
	}
}

static void
poison_is_refused(void **state)
{
	static const char *const cases[] = {
		"[null]", "[\"a\"]", "[[1]]", "[{}]", "[true]", "[1,]", "[1 2]", "[1e400]", "[", "[1",
		"{\"foo\":1}", "{\"$time\":1}", "{\"$date\":1,\"$date\":2}", "{\"$list\":[],\"x\":1}",
		"{\"$date\":5.0}", "{\"$date\":2147483648}", "{\"$date\":-2147483649}", "{\"$date\":null}",
		"{\"$date\":-0}", "{\"$date\":\"5\"}", "{\"$date\":18446744073709551615}",
		"{\"$datetime\":1.5}", "{\"$datetime\":9223372036854775808}", "{\"$datetime\":null}",
		"{\"$bytes\":\"AAEC\"}", "{\"$bytes\":[256]}", "{\"$bytes\":[-1]}", "{\"$bytes\":[1.0]}",
		"{\"$bytes\":null}", "{\"$bytes\":[1,]}", "{\"$bytes\":[1}",
		"{\"$i8vec\":[1.0,[128]]}", "{\"$i8vec\":[1.0,[-129]]}", "{\"$i8vec\":[1.0]}",
		"{\"$i8vec\":[1.0,[1],2]}", "{\"$i8vec\":[[1],1.0]}", "{\"$i8vec\":[\"1\",[1]]}",
		"{\"$list\":null}", "{\"$list\":{}}", "{\"$list\":[1,]}", "{\"$list\":[1}",
		"{\"$map\":null}", "{\"$map\":[]}", "{\"$map\":{\"a\"}}", "{\"$map\":{\"a\":1,}}",
		"\"\\ud83d\"", "\"\\ud83d\\u0041\"", "\"\\udc00\"", "\"\xff\"", "\"\xed\xa0\x80\"",
		"\"a\nb\"", "\"\\x\"", "\"\\u12g4\"", "\"open", "1e400", "-1e400", "01", "1.", ".5", "+1",
		"--1", "1e", "nul", "True", "NaN", "Infinity", "1 2", "1}", "\"a\",", ""
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiValue	value;

		if (decode_one(cases[i], &value, &err) == NAMI_OK)
			fail_msg("accepted: %s", cases[i]);
		assert_int_equal(err.cls, NAMI_ERR_CORRUPT);
		assert_true(err.message[0] != '\0');
	}
}

static void
tagged_values(void **state)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	v;

	assert_int_equal(decode_one("{}", &v, &err), NAMI_OK);
	assert_int_equal(v.kind, NAMI_NULL);
	assert_int_equal(decode_one(" { \"$date\" : -1 } ", &v, &err), NAMI_OK);
	assert_true(v.kind == NAMI_DATE && v.integer == -1);
	assert_int_equal(decode_one("{\"\\u0024date\":11356}", &v, &err), NAMI_OK);
	assert_true(v.kind == NAMI_DATE && v.integer == 11356);
	assert_int_equal(decode_one("{\"$datetime\":-1}", &v, &err), NAMI_OK);
	assert_true(v.kind == NAMI_DATETIME && v.datetime->seconds == -1 &&
				v.datetime->nanoseconds == 999999000 && v.datetime->offset_seconds == 0 &&
				v.datetime->zone.len == 0);
	assert_int_equal(decode_one("{\"$datetime\":-9223372036854775808}", &v, &err), NAMI_OK);
	assert_true(v.datetime->nanoseconds >= 0);
	assert_int_equal(decode_one("{\"$bytes\":[0,1,255]}", &v, &err), NAMI_OK);
	assert_true(v.kind == NAMI_BYTES && v.len == 3);
	assert_memory_equal(v.text, "\0\1\377", 3);
	assert_int_equal(decode_one("[0.1,16777217,1e39,-2]", &v, &err), NAMI_OK);
	assert_true(v.kind == NAMI_VECTOR && v.len == 4);
	assert_true((double) v.floats[0] == 0.10000000149011612 && v.floats[1] == 16777216.0f &&
				isinf(v.floats[2]) && v.floats[3] == -2.0f);
	assert_int_equal(decode_one("{\"$i8vec\":[0.5,[-128,0,3]]}", &v, &err), NAMI_OK);
	assert_true(v.kind == NAMI_VECTOR && v.len == 3 && v.floats[0] == -64.0f &&
				v.floats[2] == 1.5f);
	assert_int_equal(decode_one("{\"$map\":{\"b\":1,\"a\":{\"$list\":[null]},\"b\":2}}", &v, &err),
					 NAMI_OK);
	assert_true(v.kind == NAMI_MAP && v.len == 2);
	assert_true(nami_str_eq(v.entries[0].key, NAMI_STR("a")) && v.entries[1].value.integer == 2);
	assert_int_equal(decode_one("{\"$map\":{\"$date\":5}}", &v, &err), NAMI_OK);
	assert_true(v.kind == NAMI_MAP && v.entries[0].value.kind == NAMI_INT);
	assert_int_equal(decode_one("\"\\u0041\\ud83d\\ude00\\/\\u0000\"", &v, &err), NAMI_OK);
	assert_true(nami_str_eq(nami_value_str(v), (NamiStr) {"A\xf0\x9f\x98\x80/\0", 7}));
}

static void
typed_maps(void **state)
{
	static const struct
	{
		const char *type;
		const char *text;
		NamiKind	kind;		/* MAP: not recognised */
	}			cases[] = {
		{"duration", "P1Y2M", NAMI_DURATION},
		{"duration", "P1Y2M3DT4H5M6.789S", NAMI_DURATION},
		{"duration", "PT-0.5S", NAMI_DURATION},
		{"duration", "PT0S", NAMI_DURATION},
		{"duration", "P-5M1DT-12H", NAMI_DURATION},
		{"localtime", "12:31:14.645876123", NAMI_LOCALTIME},
		{"localtime", "00:00", NAMI_LOCALTIME},
		{"time", "12:31:14+01:00", NAMI_TIME},
		{"time", "12:31-02:05:07", NAMI_TIME},
		{"time", "12:31Z", NAMI_TIME},
		{"localdatetime", "1984-10-11T12:31:14.000000003", NAMI_LOCALDATETIME},
		{"localdatetime", "-0001-12-31T23:59:59", NAMI_LOCALDATETIME},
		{"localdatetime", "+999999999-12-31T23:59:59.999999999", NAMI_LOCALDATETIME},
		{"duration", "P", NAMI_MAP},
		{"duration", "PT", NAMI_MAP},
		{"duration", "P1", NAMI_MAP},
		{"duration", "P1D2M", NAMI_MAP},
		{"duration", "P1.5Y", NAMI_MAP},
		{"duration", "P99999999999999999999Y", NAMI_MAP},
		{"duration", "P9223372036854775807Y", NAMI_MAP},
		{"localtime", "24:00", NAMI_MAP},
		{"localtime", "12:31Z", NAMI_MAP},
		{"time", "12:31", NAMI_MAP},
		{"localdatetime", "2001-02-29T00:00", NAMI_MAP},
		{"datetime", "2001-02-28T00:00Z", NAMI_MAP},
		{"", "", NAMI_MAP},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		char	   *json = nami_arena_printf(arena, "{\"$map\":{\"@type\":\"%s\",\"value\":\"%s\"}}",
											 cases[i].type, cases[i].text);
		NamiValue	value;

		assert_int_equal(decode_one(json, &value, &err), NAMI_OK);
		if (value.kind != cases[i].kind)
			fail_msg("%s is a %s", json, nami_kind_name(value.kind));
		/* Whatever it was read as, it is written as it was. */
		assert_true(nami_str_eq(encode_one(value, &err), wrap(json)));
	}
}

static void
duration_groups(void **state)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	v;

	assert_int_equal(decode_one("{\"$map\":{\"@type\":\"duration\",\"value\":"
								"\"P1Y-2M3DT4H-5M-0.25S\"}}", &v, &err), NAMI_OK);
	assert_int_equal(v.kind, NAMI_DURATION);
	assert_int_equal(v.duration->months, 10);
	assert_int_equal(v.duration->days, 3);
	assert_int_equal(v.duration->seconds, 4 * 3600 - 5 * 60 - 1);
	assert_int_equal(v.duration->nanoseconds, 750000000);
	assert_int_equal(decode_one("{\"$map\":{\"@type\":\"time\",\"value\":\"00:00:01-01:30\"}}", &v,
								&err), NAMI_OK);
	assert_int_equal((int32_t) v.len, -5400);
	assert_true(v.integer == INT64_C(1000000000));
}

static NamiStr
nested_lists(int depth)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_buf_put_cstr(&buf, "{\"v\":");
	for (int i = 0; i < depth; i++)
		nami_buf_put_cstr(&buf, "{\"$list\":[");
	for (int i = 0; i < depth; i++)
		nami_buf_put_cstr(&buf, "]}");
	nami_buf_put_u8(&buf, '}');
	return nami_buf_str(&buf);
}

static void
depth_limit(void **state)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	map;
	NamiValue	value = nami_value_list(NULL, 0);

	assert_int_equal(nami_prop_decode(arena, nested_lists(62), 0, &map, &err), NAMI_OK);
	assert_int_equal(nami_prop_decode(arena, nested_lists(63), 0, &map, &err), NAMI_FAILED);
	assert_int_equal(nami_prop_decode(arena, nested_lists(100000), 0, &map, &err), NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_CORRUPT);
	for (int depth = 1; depth <= 63; depth++)
	{
		NamiValue  *item = nami_arena_memdup(arena, &value, sizeof(value));
		NamiStr		json = encode_one(value, &err);

		if (depth <= 62)
			assert_true(nami_str_eq(json, nested_lists(depth)));
		else
			assert_true(json.len == 0 && err.cls == NAMI_ERR_LIMIT);
		value = nami_value_list(item, 1);
	}
}

static void
maps_are_sorted_and_nulls_dropped(void **state)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		json = NAMI_STR(" {\"b\" : 1 ,\"a\":null,\"\":true, \"b\":\"x\",\"c\":{},\"a b\":2,"
								"\"\\u00e9\":3}\n");
	NamiValue	map;
	NamiBuf		buf;

	assert_int_equal(nami_prop_decode(arena, json, 0, &map, &err), NAMI_OK);
	nami_buf_init(&buf, arena);
	assert_int_equal(nami_prop_encode(&buf, map.entries, map.len, 0, &err), NAMI_OK);
	assert_true(nami_str_eq(nami_buf_str(&buf),
							NAMI_STR("{\"\":true,\"a b\":2,\"b\":\"x\",\"\xc3\xa9\":3}")));
	assert_int_equal(nami_prop_decode(arena, json, NAMI_PROP_KEEP_NULLS, &map, &err), NAMI_OK);
	assert_int_equal(map.len, 6);
	assert_int_equal(nami_prop_decode(arena, NAMI_STR("{\"a\":1,\"a\":null}"), 0, &map, &err),
					 NAMI_OK);
	assert_int_equal(map.len, 0);
	assert_int_equal(nami_prop_decode(arena, NAMI_STR("{}x"), 0, &map, &err), NAMI_FAILED);
	assert_int_equal(nami_prop_decode(arena, NAMI_STR("[]"), 0, &map, &err), NAMI_FAILED);
	assert_int_equal(nami_prop_decode(arena, NAMI_STR(""), 0, &map, &err), NAMI_FAILED);
	assert_int_equal(nami_prop_decode(arena, NAMI_STR("{,}"), 0, &map, &err), NAMI_FAILED);
	assert_int_equal(nami_prop_decode(arena, NAMI_STR("{\"a\":1,}"), 0, &map, &err), NAMI_FAILED);
	assert_int_equal(nami_prop_decode(arena, NAMI_STR("{\"a\":1 \"b\":1}"), 0, &map, &err),
					 NAMI_FAILED);
}

static void
written_texts(void **state)
{
	static const char escaped[] = "{\"v\":\"a\\nb\\t\\\"\\\\\\u0001\\u0000/\x7f\xe2\x80\xa8\"}";
	static const float floats[] = {1.0f, 0.1f, -2.5f, 3.4028234663852886e38f};
	NamiDateTime dt = {981173106, 123456789, 3600, NAMI_STR_INIT("Europe/Stockholm")};
	NamiError	err = NAMI_ERROR_INIT;

	assert_true(nami_str_eq(encode_one(nami_value_string((NamiStr) {
		"a\nb\t\"\\\x01\0/\x7f\xe2\x80\xa8", 13}), &err), nami_str(escaped)));
	assert_true(nami_str_eq(encode_one(nami_value_float(1e16), &err), NAMI_STR("{\"v\":1e+16}")));
	assert_true(nami_str_eq(encode_one(nami_value_float(1e15), &err),
							NAMI_STR("{\"v\":1000000000000000.0}")));
	assert_true(nami_str_eq(encode_one(nami_value_float(-0.0), &err), NAMI_STR("{\"v\":-0.0}")));
	assert_true(nami_str_eq(encode_one(nami_value_float(5e-324), &err), NAMI_STR("{\"v\":5e-324}")));
	assert_true(nami_str_eq(encode_one(nami_value_vector(floats, 4), &err),
							NAMI_STR("{\"v\":[1.0,0.1,-2.5,3.4028235e+38]}")));
	/* offset and zone are dropped, digits below the microsecond cut */
	assert_true(nami_str_eq(encode_one((NamiValue) {.kind = NAMI_DATETIME, .datetime = &dt}, &err),
							NAMI_STR("{\"v\":{\"$datetime\":981173106123456}}")));
	assert_true(nami_str_eq(encode_one(nami_value_null(), &err), NAMI_STR("{\"v\":null}")));
}

static void
refused_on_writing(void **state)
{
	static const float bad_floats[] = {1.0f, INFINITY};
	static const NamiDateTime early = {-62135596801, 999999999, 0, {NULL, 0}};
	static const NamiDateTime late = {253402300800, 0, 0, {NULL, 0}};
	static const NamiRel rel = {0};
	static const NamiValue inner = {.kind = NAMI_NODE};
	const struct
	{
		NamiValue	value;
		NamiErrorClass cls;
	}			cases[] = {
		{nami_value_float(NAN), NAMI_ERR_ARGUMENT},
		{nami_value_float(-INFINITY), NAMI_ERR_ARGUMENT},
		{nami_value_vector(bad_floats, 2), NAMI_ERR_ARGUMENT},
		{nami_value_node(0), NAMI_ERR_TYPE},
		{nami_value_rel(&rel), NAMI_ERR_TYPE},
		{nami_value_path(NULL), NAMI_ERR_TYPE},
		{nami_value_list(&inner, 1), NAMI_ERR_TYPE},
		{nami_value_date(-719163), NAMI_ERR_OUT_OF_RANGE},
		{nami_value_date(2932897), NAMI_ERR_OUT_OF_RANGE},
		{{.kind = NAMI_DATETIME, .datetime = &early}, NAMI_ERR_OUT_OF_RANGE},
		{{.kind = NAMI_DATETIME, .datetime = &late}, NAMI_ERR_OUT_OF_RANGE},
		{nami_value_string(NAMI_STR("\xc0\x80")), NAMI_ERR_BAD_CHARACTER},
	};
	static const char *const names[] = {"__x", "prop_x", "node_id", "tombstone", "lsn"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;

		assert_int_equal(encode_one(cases[i].value, &err).len, 0);
		assert_int_equal(err.cls, cases[i].cls);
		assert_int_equal(nami_prop_check_value(arena, cases[i].value, &err), NAMI_FAILED);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiMapEntry entry = {nami_str(names[i]), nami_value_int(1)};
		NamiBuf		buf;

		nami_buf_init(&buf, arena);
		nami_buf_put_cstr(&buf, "keep");
		assert_int_equal(nami_prop_encode(&buf, &entry, 1, 0, &err), NAMI_FAILED);
		assert_int_equal(err.cls, NAMI_ERR_ARGUMENT);
		assert_int_equal(buf.len, 4);
		assert_int_equal(nami_prop_encode(&buf, &entry, 1, NAMI_PROP_RESERVED_NAMES, &err), NAMI_OK);
	}
}

static void
reader_follows_shapes(void **state)
{
	static const char *const rows[] = {
		"{\"age\":1,\"name\":\"a\"}", "{\"age\":2,\"name\":\"b\"}", "{\"name\":\"c\"}",
		"{\"age\":3,\"a\\\"b\":true,\"name\":\"d\"}", "{}", "{\"age\":4,\"name\":\"e\"}",
		"{ \"age\" : 5 , \"name\" : \"f\" }", "{\"age\":6,\"ages\":7}"
	};
	static const char *const expected =
		"age=1;name=a;|age=2;name=b;|name=c;|age=3;a\"b=?;name=d;||age=4;name=e;|age=5;name=f;|"
		"age=6;ages=7;|";
	NamiError	err = NAMI_ERROR_INIT;
	NamiPropKeys keys;
	NamiPropReader reader;
	NamiBuf		seen;

	nami_buf_init(&seen, arena);
	nami_prop_keys_init(&keys, arena);
	nami_prop_reader_init(&reader, arena, &keys);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		NamiProp	prop;
		bool		has_prop;

		assert_int_equal(nami_prop_reader_start(&reader, nami_str(rows[i]), &err), NAMI_OK);
		for (;;)
		{
			NamiStr		name;

			assert_int_equal(nami_prop_reader_next(&reader, &prop, &has_prop, &err), NAMI_OK);
			if (!has_prop)
				break;
			name = nami_prop_keys_name(&keys, prop.key);
			nami_buf_printf(&seen, "%.*s=", NAMI_STR_ARG(name));
			if (prop.value.kind == NAMI_INT)
				nami_buf_printf(&seen, "%d;", (int) prop.value.integer);
			else if (prop.value.kind == NAMI_STRING)
				nami_buf_printf(&seen, "%.*s;", (int) prop.value.len, prop.value.text);
			else
				nami_buf_put_cstr(&seen, "?;");
		}
		nami_buf_put_u8(&seen, '|');
	}
	assert_true(nami_str_eq(nami_buf_str(&seen), nami_str(expected)));
	assert_int_equal(keys.list.count, 4);
	assert_true(nami_prop_keys_find(&keys, NAMI_STR("name")) == 1);
	assert_true(nami_prop_keys_find(&keys, NAMI_STR("nam")) == NAMI_PROP_KEY_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(poison_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(tagged_values, setup, teardown),
		cmocka_unit_test_setup_teardown(typed_maps, setup, teardown),
		cmocka_unit_test_setup_teardown(duration_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(depth_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(maps_are_sorted_and_nulls_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(written_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(refused_on_writing, setup, teardown),
		cmocka_unit_test_setup_teardown(reader_follows_shapes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
