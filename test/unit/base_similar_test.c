/*
 * Tests of base/similar.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/similar.h"

static void
best_of_three(void **state)
{
	static const struct
	{
		const char *wanted;
		const char *best;
	}			cases[] = {
		{"labels", "labels"}, {"lables", "labels"}, {"LABLES", "labels"}, {"types", "type"},
		{"tpye", "type"}, {"nonsense", ""}, {"x", ""}, {"", ""}, {"xy", ""}, {"i", ""}, {"ib", "id"},
		{"a very long name that nobody could ever have meant, whatever it was", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
	{
		NamiSimilar similar;
		NamiError	err = NAMI_ERROR_INIT;

		nami_similar_init(&similar, nami_str(cases[i].wanted));
		nami_similar_offer(&similar, NAMI_STR("id"));
		nami_similar_offer(&similar, NAMI_STR("labels"));
		nami_similar_offer(&similar, NAMI_STR("type"));
		if (!nami_str_eq(similar.best, nami_str(cases[i].best)))
			fail_msg("%s: %.*s", cases[i].wanted, NAMI_STR_ARG(similar.best));
		nami_similar_hint(&similar, &err);
		assert_int_equal(err.hint[0] != '\0', cases[i].best[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_of_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
