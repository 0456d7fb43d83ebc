/*
 * base_json_test.c - JSON: grammar, tokens, document tree, writer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/json.h"

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

/* The tokens of a text as letters; "!" at the end when it failed. */
static const char *
tokens_of(NamiStr json, unsigned depth_max)
{
	static const char letters[] = ".{}[]ksntfz";
	NamiError	err = NAMI_ERROR_INIT;
	NamiJsonReader reader;
	NamiJsonToken token;
	NamiBuf		out;

	nami_buf_init(&out, arena);
	nami_json_reader_init(&reader, nami_cursor_of(json), arena, depth_max);
	do
	{
		if (nami_json_next(&reader, &token, &err) != NAMI_OK)
		{
			assert_int_equal(err.cls, NAMI_ERR_CORRUPT);
			nami_buf_put_cstr(&out, "!");
			break;
		}
		nami_buf_put_u8(&out, (uint8_t) letters[token]);
		if (token == NAMI_JSON_KEY || token == NAMI_JSON_STRING_VALUE ||
			token == NAMI_JSON_NUMBER_VALUE)
			nami_buf_printf(&out, "<%.*s>", NAMI_STR_ARG(reader.text));
	} while (token != NAMI_JSON_END);
	nami_buf_put_u8(&out, 0);
	return (const char *) out.ptr;
}

static void
grammar(void **state)
{
	static const struct
	{
		const char *json;
		const char *tokens;		/* NULL: must be refused */
	}			cases[] = {
		{"{}", "{}."},
		{" [ ] ", "[]."},
		{"{\"a\":1,\"b\":[true,false,null]}", "{k<a>n<1>k<b>[tfz]}."},
		{"\t{\r\n\"a\" : { \"\" : -1.5e+3 } }", "{k<a>{k<>n<-1.5e+3>}}."},
		{"18446744073709551615", "n<18446744073709551615>."},
		{"\"\\u00e9\\ud83d\\ude00\\n\\/\"", "s<\xc3\xa9\xf0\x9f\x98\x80\n/>."},
		{"[[[]]]", "[[[]]]."},
		{"0", "n<0>."}, {"-0", "n<-0>."}, {"1E5", "n<1E5>."},
		{"", NULL}, {" ", NULL}, {"{", NULL}, {"[", NULL}, {"[1", NULL}, {"[1,", NULL},
		{"[1,]", NULL}, {"[,1]", NULL}, {"{\"a\"}", NULL}, {"{\"a\":}", NULL}, {"{a:1}", NULL},
		{"{\"a\":1,}", NULL}, {"{1:1}", NULL}, {"[1}", NULL}, {"{\"a\":1]", NULL}, {"]", NULL},
		{"1 2", NULL}, {"[] []", NULL}, {"01", NULL}, {"1.", NULL}, {".1", NULL}, {"-", NULL},
		{"+1", NULL}, {"1e", NULL}, {"0x1", NULL}, {"tru", NULL}, {"nulls", NULL}, {"NaN", NULL},
		{"'a'", NULL}, {"\"a", NULL}, {"\"\\\"", NULL}, {"\"\\x\"", NULL}, {"\"\\u12\"", NULL},
		{"\"\\ud800\"", NULL}, {"\"\\udc00\"", NULL}, {"\"\\ud800\\ud800\"", NULL},
		{"\"\x01\"", NULL}, {"\"\x1f\"", NULL}, {"\"\xff\"", NULL}, {"\"\xc0\x80\"", NULL},
		{"\xef\xbb\xbf{}", NULL}, {"/**/1", NULL}, {"[[[[]]]]", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiStr		json = nami_str(cases[i].json);
		NamiError	err = NAMI_ERROR_INIT;
		const char *tokens = tokens_of(json, 3);
		NamiJson	root;
		NamiStatus	status = nami_json_parse(arena, json, 3, &root, &err);

		if (cases[i].tokens == NULL)
		{
			if (tokens[strlen(tokens) - 1] != '!' || status == NAMI_OK)
				fail_msg("accepted: %s", cases[i].json);
			continue;
		}
		assert_string_equal(tokens, cases[i].tokens);
		assert_int_equal(status, NAMI_OK);
	}
	/* A NUL byte inside and outside of strings. */
	assert_string_equal(tokens_of((NamiStr) {"\"\0\"", 3}, 3), "!");
	assert_string_equal(tokens_of((NamiStr) {"1\0", 2}, 3), "n<1>!");
	assert_string_equal(tokens_of((NamiStr) {NULL, 0}, 3), "!");
}

/* Each byte of a word at each place: the eight-byte scan must stop exactly there. */
static void
string_scan(void **state)
{
	char		text[32];

	for (size_t at = 0; at < sizeof(text); at++)
	{
		for (unsigned byte = 0; byte < 256; byte++)
		{
			bool		stops = byte < 0x20 || byte == '"' || byte == '\\';

			memset(text, 'x', sizeof(text));
			text[at] = (char) byte;
			assert_int_equal(nami_json_plain_len((const uint8_t *) text, sizeof(text)),
							 stops ? at : sizeof(text));
			memset(text, 0xC3, sizeof(text));
			text[at] = (char) byte;
			assert_int_equal(nami_json_plain_len((const uint8_t *) text, sizeof(text)),
							 stops ? at : sizeof(text));
		}
	}
}

static void
skipping(void **state)
{
	NamiStr		json = NAMI_STR("{\"a\":{\"b\":[1,{}]},\"c\":2}");
	NamiError	err = NAMI_ERROR_INIT;
	NamiJsonReader reader;
	NamiJsonToken token;
	NamiStr		raw;

	nami_json_reader_init(&reader, nami_cursor_of(json), arena, 8);
	assert_int_equal(nami_json_next(&reader, &token, &err), NAMI_OK);
	assert_int_equal(nami_json_next(&reader, &token, &err), NAMI_OK);
	assert_int_equal(nami_json_skip(&reader, &raw, &err), NAMI_OK);
	assert_true(nami_str_eq(raw, NAMI_STR("{\"b\":[1,{}]}")));
	assert_int_equal(nami_json_next(&reader, &token, &err), NAMI_OK);
	assert_true(token == NAMI_JSON_KEY && nami_str_eq(reader.text, NAMI_STR("c")));
	json = NAMI_STR("[1, [2] ,3]");
	nami_json_reader_init(&reader, nami_cursor_of(json), arena, 8);
	assert_int_equal(nami_json_next(&reader, &token, &err), NAMI_OK);
	assert_int_equal(nami_json_skip(&reader, &raw, &err), NAMI_OK);
	assert_int_equal(nami_json_skip(&reader, &raw, &err), NAMI_OK);
	assert_true(nami_str_eq(raw, NAMI_STR("[2]")));
	assert_int_equal(nami_json_next(&reader, &token, &err), NAMI_OK);
	assert_true(token == NAMI_JSON_NUMBER_VALUE);
}

static void
tree(void **state)
{
	NamiStr		json = NAMI_STR("{\"big\":18446744073709551615,\"f\":1.20,\"a\":[1, 2 ,{\"x\":\"\\u0041\"}],"
								"\"d\":1,\"n\":null,\"d\":2}");
	NamiError	err = NAMI_ERROR_INIT;
	NamiJson	root;
	NamiJson   *list;
	uint64_t	number;
	int64_t		integer;
	double		real;
	NamiStr		text;
	NamiBuf		out;

	assert_int_equal(nami_json_parse(arena, json, 8, &root, &err), NAMI_OK);
	assert_true(nami_json_u64(nami_json_get(&root, NAMI_STR("big")), &number));
	assert_true(number == UINT64_MAX);
	assert_false(nami_json_i64(nami_json_get(&root, NAMI_STR("big")), &integer));
	assert_false(nami_json_u64(nami_json_get(&root, NAMI_STR("f")), &number));
	assert_true(nami_json_double(nami_json_get(&root, NAMI_STR("f")), &real) && real == 1.2);
	assert_false(nami_json_u64(NULL, &number));
	assert_null(nami_json_get(&root, NAMI_STR("none")));
	assert_null(nami_json_get(NULL, NAMI_STR("none")));
	assert_true(nami_json_u64(nami_json_get(&root, NAMI_STR("d")), &number) && number == 2);
	list = nami_json_get(&root, NAMI_STR("a"));
	assert_int_equal(nami_json_count(list), 3);
	assert_true(nami_json_string(nami_json_get(nami_json_at(list, 2), NAMI_STR("x")), &text));
	assert_true(nami_str_eq(text, NAMI_STR("A")));
	nami_json_append(list, nami_json_new_string(arena, NAMI_STR("q\"")));
	nami_json_remove_at(list, 0);
	assert_true(nami_json_remove(&root, NAMI_STR("d")));
	assert_false(nami_json_remove(&root, NAMI_STR("d")));
	nami_json_set(&root, NAMI_STR("big"), nami_json_new_u64(arena, 7));
	nami_json_set(&root, NAMI_STR("new"), nami_json_new_double(arena, 1e300));
	nami_json_clear(nami_json_set(&root, NAMI_STR("n"), nami_json_new_array(arena)));
	nami_buf_init(&out, arena);
	nami_json_write(&root, &out);
	assert_true(nami_str_eq(nami_buf_str(&out),
							NAMI_STR("{\"big\":7,\"f\":1.20,\"a\":[2,{\"x\":\"\\u0041\"},\"q\\\"\"],"
									 "\"n\":[],\"new\":1e+300}")));
}

static void
equality(void **state)
{
	static const struct
	{
		const char *a;
		const char *b;
		bool		equal;
	}			cases[] = {
		{"{\"a\":1,\"b\":[2]}", "{ \"b\" : [ 2 ], \"a\" : 1 }", true},
		{"\"A\"", "\"\\u0041\"", true},
		{"1", "1.0", false},
		{"[1,2]", "[2,1]", false},
		{"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
		{"null", "false", false},
		{"{\"a\":{\"b\":null}}", "{\"a\":{\"b\":0}}", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiJson	a;
		NamiJson	b;

		assert_int_equal(nami_json_parse(arena, nami_str(cases[i].a), 8, &a, &err), NAMI_OK);
		assert_int_equal(nami_json_parse(arena, nami_str(cases[i].b), 8, &b, &err), NAMI_OK);
		assert_int_equal(nami_json_equal(&a, &b), cases[i].equal);
	}
}

static void
writing(void **state)
{
	NamiBuf		out;
	NamiJsonWriter writer;

	nami_buf_init(&out, arena);
	writer = nami_json_writer(&out);
	nami_json_begin(&writer, '{');
	nami_json_key(&writer, NAMI_STR("a"));
	nami_json_begin(&writer, '[');
	nami_json_write_u64(&writer, UINT64_MAX);
	nami_json_write_i64(&writer, INT64_MIN);
	nami_json_write_double(&writer, 0.5);
	nami_json_write_bool(&writer, false);
	nami_json_write_null(&writer);
	nami_json_write_string(&writer, (NamiStr) {"\b\f\r\0\"", 5});
	nami_json_end(&writer, ']');
	nami_json_key(&writer, NAMI_STR("b"));
	nami_json_begin(&writer, '{');
	nami_json_end(&writer, '}');
	nami_json_end(&writer, '}');
	assert_true(nami_str_eq(nami_buf_str(&out),
							NAMI_STR("{\"a\":[18446744073709551615,-9223372036854775808,0.5,false,"
									 "null,\"\\b\\f\\r\\u0000\\\"\"],\"b\":{}}")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(grammar, setup, teardown),
		cmocka_unit_test_setup_teardown(string_scan, setup, teardown),
		cmocka_unit_test_setup_teardown(skipping, setup, teardown),
		cmocka_unit_test_setup_teardown(tree, setup, teardown),
		cmocka_unit_test_setup_teardown(equality, setup, teardown),
		cmocka_unit_test_setup_teardown(writing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
