/*
 * cypher_corpus_test.c - the recorded language cases (test/conformance/cases.jsonl): every text whose
 * expectation is no syntax error parses and prints to a fixpoint, the others are refused as syntax.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/json.h"
#include "cypher/parser.h"
#include "fixture_file.h"

static NamiStr
print(NamiArena *arena, const NamiCyStatement *statement)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_cy_print_statement(&buf, statement);
	return nami_buf_str(&buf);
}

/* False, with a message, when the text does not parse or its print does not print the same. */
static bool
check_parses(NamiArena *arena, NamiStr id, NamiStr text)
{
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		printed;

	if (nami_cypher_parse(arena, text, &statement, &err) != NAMI_OK)
	{
		print_error("%.*s: %s at %d: %.*s\n", NAMI_STR_ARG(id), err.message, (int) err.position,
					NAMI_STR_ARG(text));
		return false;
	}
	printed = print(arena, statement);
	if (nami_cypher_parse(arena, printed, &statement, &err) == NAMI_OK &&
		nami_str_eq(print(arena, statement), printed))
		return true;
	print_error("%.*s: no fixpoint: %.*s\n", NAMI_STR_ARG(id), NAMI_STR_ARG(printed));
	return false;
}

static bool
check_fails(NamiArena *arena, NamiStr id, NamiStr text)
{
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_cypher_parse(arena, text, &statement, &err) == NAMI_FAILED &&
		(err.cls == NAMI_ERR_SYNTAX || err.cls == NAMI_ERR_TYPE_CONFLICT) && err.position >= 0 && err.position <= (int64_t) text.len &&
		nami_str_starts_with(nami_str(err.name), NAMI_STR("SyntaxError: ")))
		return true;
	print_error("%.*s: no syntax error: %.*s\n", NAMI_STR_ARG(id), NAMI_STR_ARG(text));
	return false;
}

static NamiStr
member_string(NamiJson *object, NamiStr key)
{
	NamiJson   *member = nami_json_get(object, key);
	NamiStr		text = NAMI_STR("");

	if (member != NULL && !nami_json_string(member, &text))
		fail_msg("%.*s is no string", NAMI_STR_ARG(key));
	return text;
}

/* The error class that the case expects of us, or "". */
static NamiStr
expected_error(NamiJson *root)
{
	NamiJson   *expect = nami_json_get(root, NAMI_STR("ours"));

	if (expect == NULL)
		expect = nami_json_get(root, NAMI_STR("expect"));
	assert_non_null(expect);
	return member_string(expect, NAMI_STR("error"));
}

/* Texts refused while parsing although the recording engine found out later. */
static bool
may_fail_early(NamiStr id)
{
	static const char *const ids[] = {
		"match-096", "semantic-037", "semantic-038", "semantic-041", "ddl-039"
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
	{
		if (nami_str_eq(id, nami_str(ids[i])))
			return true;
	}
	return false;
}

static unsigned
check_case(NamiArena *arena, NamiStr line)
{
	NamiJson	root;
	NamiJson   *setup;
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		id;
	NamiStr		query;
	NamiStr		error;
	unsigned	failures = 0;

	if (nami_json_parse(arena, line, 64, &root, &err) != NAMI_OK)
		fail_msg("%s", err.message);
	id = member_string(&root, NAMI_STR("id"));
	query = member_string(&root, NAMI_STR("query"));
	error = expected_error(&root);
	setup = nami_json_get(&root, NAMI_STR("setup"));
	for (uint32_t i = 0; setup != NULL && i < nami_json_count(setup); i++)
	{
		NamiStr		text;

		assert_true(nami_json_string(nami_json_at(setup, i), &text));
		failures += !check_parses(arena, id, text);
	}
	if (nami_str_eq(error, NAMI_STR("syntax")) || may_fail_early(id))
		failures += !check_fails(arena, id, query);
	else
		failures += !check_parses(arena, id, query);
	return failures;
}

static void
recorded_cases(void **state)
{
	NamiStr		file = fixture_read("test/conformance/cases.jsonl");
	NamiStr		rest = file;
	unsigned	cases = 0;
	unsigned	failures = 0;

	while (rest.len > 0)
	{
		const char *newline = memchr(rest.ptr, '\n', rest.len);
		size_t		len = newline == NULL ? rest.len : (size_t) (newline - rest.ptr);
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);

		if (len > 0)
		{
			failures += check_case(arena, nami_str_slice(rest, 0, len));
			cases++;
		}
		rest = nami_str_slice(rest, len + 1, SIZE_MAX);
		nami_arena_destroy(arena);
	}
	fixture_free(file);
	assert_true(cases > 800);
	assert_int_equal(failures, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
