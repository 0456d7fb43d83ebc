/*
 * Tests of comparing, ordering, hashing and copying values (spec/cypher.md 3.4, 3.5).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <math.h>

#include "base/value_ops.h"

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

static NamiValue
list_of(size_t n, const NamiValue *items)
{
	return nami_value_list(nami_arena_memdup(arena, items, n * sizeof(*items)), (uint32_t) n);
}

#define LIST(...) \
	list_of(sizeof((NamiValue[]) {__VA_ARGS__}) / sizeof(NamiValue), (NamiValue[]) {__VA_ARGS__})
#define INT(x)		nami_value_int(x)
#define FLOAT(x)	nami_value_float(x)
#define TEXT(x)		nami_value_string(NAMI_STR(x))
#define NIL			nami_value_null()

static NamiValue
map_of(const char *key, NamiValue value)
{
	NamiMapEntry *entry = NAMI_NEW(arena, NamiMapEntry);

	*entry = (NamiMapEntry) {nami_str(key), value};
	return nami_value_map(entry, 1);
}

/* spec/cypher.md 3.4 with section 11, items 10-12 */
static void
test_equality(void **state)
{
	const struct
	{
		NamiValue	a;
		NamiValue	b;
		NamiTruth	expected;
	}			cases[] = {
		{INT(1), FLOAT(1.0), NAMI_TRUE},
		{INT(INT64_C(9007199254740993)), FLOAT(9007199254740992.0), NAMI_FALSE},
		{INT(INT64_C(9007199254740992)), FLOAT(9007199254740992.0), NAMI_TRUE},
		{INT(INT64_MAX), FLOAT(9223372036854775808.0), NAMI_FALSE},
		{INT(INT64_MIN), FLOAT(-9223372036854775808.0), NAMI_TRUE},
		{FLOAT((double) NAN), FLOAT((double) NAN), NAMI_FALSE},
		{FLOAT(0.0), FLOAT(-0.0), NAMI_TRUE},
		{INT(1), TEXT("1"), NAMI_FALSE},
		{NIL, INT(1), NAMI_UNKNOWN},
		{NIL, NIL, NAMI_UNKNOWN},
		{LIST(INT(1)), LIST(FLOAT(1.0)), NAMI_TRUE},
		{LIST(INT(1), NIL), LIST(INT(1), NIL), NAMI_UNKNOWN},
		{LIST(INT(1), NIL), LIST(INT(2), NIL), NAMI_FALSE},
		{LIST(NIL), LIST(INT(1), INT(2)), NAMI_FALSE},
		{LIST(NIL, INT(1)), LIST(NIL, INT(2)), NAMI_FALSE},
		{map_of("a", NIL), map_of("a", NIL), NAMI_UNKNOWN},
		{map_of("a", INT(1)), map_of("b", INT(1)), NAMI_FALSE},
		{map_of("a", INT(1)), map_of("a", FLOAT(1)), NAMI_TRUE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		assert_int_equal(nami_value_equal(cases[i].a, cases[i].b), cases[i].expected);
		assert_int_equal(nami_value_equal(cases[i].b, cases[i].a), cases[i].expected);
	}
}

static void
test_comparison(void **state)
{
	const struct
	{
		NamiValue	a;
		NamiValue	b;
		bool		comparable;
		int			ordering;
	}			cases[] = {
		{INT(1), FLOAT(1.5), true, -1},
		{INT(INT64_MAX), FLOAT(9223372036854775808.0), true, -1},
		{FLOAT((double) INFINITY), INT(INT64_MAX), true, 1},
		{FLOAT((double) NAN), INT(1), true, 2},
		{INT(1), TEXT("a"), false, 0},
		{NIL, INT(1), false, 0},
		{TEXT("a"), TEXT("\xC3\xA4"), true, -1},
		{nami_value_bool(false), nami_value_bool(true), true, -1},
		{LIST(INT(1)), LIST(INT(1), INT(0)), true, -1},
		{LIST(INT(2)), LIST(INT(1), INT(5)), true, 1},
		{LIST(INT(1), NIL), LIST(INT(1), INT(2)), false, 0},
		{LIST(INT(1), NIL), LIST(INT(2), INT(2)), true, -1},
		{LIST(INT(1), TEXT("a")), LIST(INT(1), INT(2)), false, 0},
		{map_of("a", INT(1)), map_of("a", INT(2)), false, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		bool		comparable;
		int			ordering;

		nami_value_compare(cases[i].a, cases[i].b, &comparable, &ordering);
		assert_int_equal(comparable, cases[i].comparable);
		if (comparable)
			assert_int_equal(ordering, cases[i].ordering);
	}
}

/* One of each kind in the ascending order that spec/cypher.md 3.5 lists. */
static void
test_order_of_types(void **state)
{
	static const uint32_t nodes[] = {1};
	static const NamiPath path = {0, nodes, NULL};
	static const NamiRel rel = {0, 1, 2, 0};
	static const NamiDateTime datetime = {0, 0, 0, {NULL, 0}};
	static const NamiDuration duration = {0, 1, 0, 0};
	const NamiValue ascending[] = {
		map_of("a", INT(1)),
		nami_value_node(1),
		nami_value_rel(&rel),
		LIST(INT(1)),
		nami_value_path(&path),
		{.kind = NAMI_DATETIME, .datetime = &datetime},
		{.kind = NAMI_LOCALDATETIME, .integer = 0},
		nami_value_date(0),
		{.kind = NAMI_TIME, .integer = 0},
		{.kind = NAMI_LOCALTIME, .integer = 0},
		{.kind = NAMI_DURATION, .duration = &duration},
		TEXT("a"),
		nami_value_bool(false),
		nami_value_bool(true),
		FLOAT(-(double) INFINITY),
		INT(-1),
		FLOAT(0.5),
		INT(1),
		FLOAT((double) INFINITY),
		FLOAT((double) NAN),
		NIL,
	};
	size_t		count = sizeof(ascending) / sizeof(ascending[0]);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
		{
			int			order = nami_value_order(ascending[i], ascending[j]);

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	/* null is the largest element of a list; a prefix comes before its extension */
	assert_true(nami_value_order(LIST(INT(1)), LIST(INT(1), NIL)) < 0);
	assert_true(nami_value_order(LIST(TEXT("z")), LIST(NIL)) < 0);
	/* maps by size, then keys, then values */
	assert_true(nami_value_order(map_of("b", INT(1)), map_of("a", INT(2))) > 0);
	assert_true(nami_value_order(map_of("a", INT(1)), map_of("a", INT(2))) < 0);
}

static uint32_t seed;

static uint32_t
next_random(uint32_t limit)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % limit;
}

/* Values that meet often: few distinct ones, numbers at the edge of exactness. */
static NamiValue
random_value(int depth)
{
	static const double floats[] = {0.0, -0.0, 1.0, 1.5, -2.0, 9007199254740992.0,
		9223372036854775808.0, -9223372036854775808.0, 1e300};
	static const int64_t ints[] = {0, 1, -2, 2, INT64_C(9007199254740993),
		INT64_C(9007199254740992), INT64_MAX, INT64_MIN};
	static const char *const texts[] = {"", "a", "ab", "\xC3\xA4"};
	static const char *const keys[] = {"k", "l", "m"};
	NamiDuration *duration;

	switch (next_random(depth > 0 ? 12 : 9))
	{
		case 0:
			return NIL;
		case 1:
			return nami_value_bool(next_random(2));
		case 2:
			return INT(ints[next_random(8)]);
		case 3:
			return FLOAT(floats[next_random(9)]);
		case 4:
			return FLOAT((double) NAN);
		case 5:
			return nami_value_string(nami_str(texts[next_random(4)]));
		case 6:
			return nami_value_date(next_random(3));
		case 7:
			duration = NAMI_NEW(arena, NamiDuration);
			*duration = (NamiDuration) {next_random(2), next_random(32), next_random(2), 0};
			return (NamiValue) {.kind = NAMI_DURATION, .duration = duration};
		case 8:
			return (NamiValue) {.kind = NAMI_TIME, .len = next_random(2) * 3600,
				.integer = (int64_t) next_random(2) * 3600 * INT64_C(1000000000)};
		case 9:
			return map_of(keys[next_random(3)], random_value(depth - 1));
		default:
			{
				NamiValue	items[3];
				uint32_t	count = next_random(4);

				for (uint32_t i = 0; i < count; i++)
					items[i] = random_value(depth - 1);
				return list_of(count, items);
			}
	}
}

static int
sign(int x)
{
	return (x > 0) - (x < 0);
}

#define POOL	140

/*
 * The order is total: antisymmetric and transitive; the hash agrees with equivalence; "=" and "<"
 * agree with the order where they say something.
 */
static void
test_order_properties(void **state)
{
	NamiValue	pool[POOL];
	int			equivalent_pairs = 0;

	seed = 12345;
	for (int i = 0; i < POOL; i++)
		pool[i] = random_value(3);
	for (int i = 0; i < POOL; i++)
		for (int j = 0; j < POOL; j++)
		{
			int			order = sign(nami_value_order(pool[i], pool[j]));
			NamiTruth	equal = nami_value_equal(pool[i], pool[j]);
			bool		comparable;
			int			ordering;

			assert_int_equal(order, -sign(nami_value_order(pool[j], pool[i])));
			assert_int_equal(nami_value_equivalent(pool[i], pool[j]), order == 0);
			if (order == 0)
			{
				assert_true(nami_value_hash(pool[i]) == nami_value_hash(pool[j]));
				equivalent_pairs += i != j;
			}
			if (equal == NAMI_TRUE)
				assert_int_equal(order, 0);
			nami_value_compare(pool[i], pool[j], &comparable, &ordering);
			if (comparable && ordering != 2)
				assert_int_equal(ordering, order);
			for (int k = 0; k < POOL; k++)
				if (order <= 0 && nami_value_order(pool[j], pool[k]) <= 0)
					assert_true(nami_value_order(pool[i], pool[k]) <= 0);
		}
	assert_true(equivalent_pairs > 100);
}

/* A copy is equivalent and shares no memory with the original. */
static void
test_copy(void **state)
{
	NamiArena  *other = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiArena  *keep = arena;
	NamiValue	copies[50];
	uint64_t	hashes[50];

	arena = other;
	seed = 99;
	for (int i = 0; i < 50; i++)
	{
		NamiValue	original = random_value(4);

		hashes[i] = nami_value_hash(original);
		copies[i] = nami_value_copy(keep, original);
		assert_true(nami_value_equivalent(original, copies[i]));
	}
	nami_arena_destroy(other);
	arena = keep;
	for (int i = 0; i < 50; i++)
		assert_true(nami_value_hash(copies[i]) == hashes[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_equality, setup, teardown),
		cmocka_unit_test_setup_teardown(test_comparison, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_of_types, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_properties, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
