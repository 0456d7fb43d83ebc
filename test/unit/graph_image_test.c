/*
 * graph_image_test.c - parts of an image: what is damaged is refused, and the equality that lookups
 * use. Contents are compared by graph_snapshot_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "graph/compare.h"
#include "graph/image_build.h"
#include "graph/own.h"
#include "base/value_ops.h"
#include "graph/value_flat.h"
#include "graph/view.h"

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

static void
test_catalog(void **state)
{
	NamiCatalog *catalog = nami_catalog_create(arena);
	char		name[16];

	assert_int_equal(nami_catalog_find(catalog, NAMI_NAME_KEY, NAMI_STR("a")), NAMI_NAME_UNKNOWN);
	for (uint32_t i = 0; i < 1000; i++)
	{
		snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(nami_catalog_intern(catalog, NAMI_NAME_KEY, nami_str(name)), i);
		assert_int_equal(nami_catalog_intern(catalog, NAMI_NAME_KEY, nami_str(name)), i);
	}
	strcpy(name, "changed");	/* names are copied */
	assert_true(nami_str_eq(nami_catalog_name(catalog, NAMI_NAME_KEY, 7), NAMI_STR("n7")));
	assert_int_equal(nami_catalog_count(catalog, NAMI_NAME_KEY), 1000);
	assert_int_equal(nami_catalog_count(catalog, NAMI_NAME_LABEL), 0);
	assert_int_equal(nami_catalog_intern(catalog, NAMI_NAME_LABEL, NAMI_STR("n5")), 0);
	assert_int_equal(nami_catalog_intern(catalog, NAMI_NAME_TYPE, NAMI_STR("")), 0);
}

/* spec/cypher.md 3.4 */
static void
test_equality(void **state)
{
	const int64_t two53 = INT64_C(9007199254740992);
	NamiValue	one_null[] = {nami_value_int(1), nami_value_null()};
	NamiValue	one_two[] = {nami_value_int(1), nami_value_float(2)};
	NamiValue	one_two_int[] = {nami_value_float(1), nami_value_int(2)};
	const struct
	{
		NamiValue	a;
		NamiValue	b;
		bool		equal;
	}			cases[] = {
		{nami_value_int(1), nami_value_float(1), true},
		{nami_value_int(two53 + 1), nami_value_float((double) two53), false},
		{nami_value_int(two53), nami_value_float((double) two53), true},
		{nami_value_int(INT64_MAX), nami_value_float(9223372036854775808.0), false},
		{nami_value_int(INT64_MIN), nami_value_float(-9223372036854775808.0), true},
		{nami_value_int(0), nami_value_float(-0.0), true},
		{nami_value_float(__builtin_nan("")), nami_value_float(__builtin_nan("")), false},
		{nami_value_null(), nami_value_null(), false},
		{nami_value_int(1), nami_value_bool(true), false},
		{nami_value_int(1), nami_value_date(1), false},
		{nami_value_string(NAMI_STR("a")), nami_value_string(NAMI_STR("a")), true},
		{nami_value_string(NAMI_STR("a")), nami_value_bytes(NAMI_STR("a")), false},
		{nami_value_list(one_null, 2), nami_value_list(one_null, 2), false},
		{nami_value_list(one_two, 2), nami_value_list(one_two_int, 2), true},
		{nami_value_list(one_two, 2), nami_value_list(one_two, 1), false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		assert_int_equal((nami_value_equal(cases[i].a, cases[i].b) == NAMI_TRUE), cases[i].equal);
		assert_int_equal((nami_value_equal(cases[i].b, cases[i].a) == NAMI_TRUE), cases[i].equal);
		if (cases[i].equal)
			assert_int_equal(nami_value_hash(cases[i].a), nami_value_hash(cases[i].b));
	}
}

static void
test_flat_values(void **state)
{
	static const float floats[] = {1, -0.5f};
	NamiDateTime point = {-5, 999, 3600, NAMI_STR_INIT("Europe/Stockholm")};
	NamiDuration duration = {1, -2, 3, 4};
	NamiMapEntry entries[] = {{NAMI_STR_INIT(""), nami_value_int(1)},
							  {NAMI_STR_INIT("k"), nami_value_vector(floats, 2)}};
	NamiValue	items[] = {nami_value_null(), nami_value_bool(true), nami_value_int(INT64_MIN),
						   nami_value_float(-0.0), nami_value_string(NAMI_STR("")),
						   nami_value_bytes(NAMI_STR("\0\1")), nami_value_map(entries, 2),
						   {.kind = NAMI_DATETIME, .datetime = &point},
						   {.kind = NAMI_DURATION, .duration = &duration},
						   {.kind = NAMI_TIME, .len = 7200, .integer = 5},
						   {.kind = NAMI_LOCALDATETIME, .len = 9, .integer = -5}};
	NamiValue	list = nami_value_list(items, sizeof(items) / sizeof(items[0]));
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_value_flatten(&buf, list);
	assert_true(nami_value_identical(nami_value_unflatten(arena, (const char *) buf.ptr, buf.len),
									  list));
	/* What is cut off becomes null; nothing is read behind the end. */
	for (size_t len = 0; len < buf.len; len++)
	{
		char	   *copy = malloc(len + (len == 0));

		memcpy(copy, buf.ptr, len);
		(void) nami_value_unflatten(arena, copy, len);
		free(copy);
	}
}

/* Two groups, every encoding, a ghost. */
static const void *
make_nodes(NamiCatalog *catalog, size_t *size_bytes)
{
	NamiNodeBuilder *builder = nami_node_builder_create(arena, catalog);
	NamiLabelId labels[2] = {nami_catalog_intern(catalog, NAMI_NAME_LABEL, NAMI_STR("A")),
							 nami_catalog_intern(catalog, NAMI_NAME_LABEL, NAMI_STR("B"))};
	NamiKeyId	number = nami_catalog_intern(catalog, NAMI_NAME_KEY, NAMI_STR("number"));
	NamiKeyId	text = nami_catalog_intern(catalog, NAMI_NAME_KEY, NAMI_STR("text"));
	NamiKeyId	rare = nami_catalog_intern(catalog, NAMI_NAME_KEY, NAMI_STR("rare"));
	NamiError	err = NAMI_ERROR_INIT;
	NamiId		ghost = {{0xFF}};

	for (uint32_t i = 0; i < 100; i++)
	{
		NamiId		id = {{(uint8_t) (200 - i)}};	/* descending: the builder sorts */

		nami_node_builder_add(builder, &id, labels, 1 + i % 2);
	}
	assert_int_equal(nami_node_builder_number(builder, &err), NAMI_OK);
	assert_int_equal(nami_node_builder_resolve(builder, &ghost), 100);
	for (uint32_t i = 0; i < 100; i++)
	{
		NamiOrd		ord = builder->ord_of[i];

		nami_node_builder_set(builder, ord, number, nami_value_int(1000 + i));
		nami_node_builder_set(builder, ord, text, nami_value_string(i % 3 ? NAMI_STR("x") :
																	NAMI_STR("y")));
		if (i % 40 == 0)
			nami_node_builder_set(builder, ord, rare, nami_value_float(0.5));
	}
	nami_segment_set_poison(&builder->segments, 3, NAMI_STR("torn"));
	return nami_node_builder_finish(builder, arena, size_bytes);
}

static void
test_node_part(void **state)
{
	NamiCatalog *catalog = nami_catalog_create(arena);
	size_t		size_bytes;
	const void *bytes = make_nodes(catalog, &size_bytes);
	NamiNodeImage image;
	NamiError	err = NAMI_ERROR_INIT;
	uint8_t    *copy = aligned_alloc(64, size_bytes);
	unsigned	refused = 0;

	/* Another process numbers names differently. */
	NamiCatalog *other = nami_catalog_create(arena);

	nami_catalog_intern(other, NAMI_NAME_KEY, NAMI_STR("text"));
	nami_catalog_intern(other, NAMI_NAME_LABEL, NAMI_STR("B"));
	memcpy(copy, bytes, size_bytes);
	assert_int_equal(nami_node_image_open(copy, size_bytes, other, arena, &image, &err), NAMI_OK);
	assert_int_equal(nami_part_verify(&image.part, &err), NAMI_OK);
	assert_int_equal(image.count, 101);
	assert_int_equal(image.live_count, 100);
	assert_int_equal(image.group_count, 2);
	for (uint32_t g = 0; g < 2; g++)
	{
		const NamiImageGroup *group = &image.groups[g];
		const NamiSegment *text = nami_segments_find(group->segments, group->segment_count, 0);
		const NamiSegment *number =
			nami_segments_find(group->segments, group->segment_count,
							   nami_catalog_find(other, NAMI_NAME_KEY, NAMI_STR("number")));

		assert_int_equal(group->hi - group->lo, 50);
		assert_non_null(text);
		assert_int_equal(text->encoding, NAMI_ENC_STRING_DICT);
		assert_int_equal(text->dict_count, 2);
		assert_int_equal(number->encoding, NAMI_ENC_INT);
		assert_int_equal(number->width_bytes, 1);
		assert_int_equal(number->stats->present, 50);
		for (NamiOrd ord = group->lo; ord < group->hi; ord++)
		{
			uint32_t	i = 200u - image.ids[ord].bytes[0];

			if (ord > group->lo)
				assert_true(nami_id_cmp(&image.ids[ord - 1], &image.ids[ord]) < 0);
			assert_int_equal(nami_segment_get(number, ord - group->lo, arena).integer, 1000 + i);
		}
	}
	assert_true(nami_str_eq(nami_poison_find(&image.poison, 3), NAMI_STR("torn")));
	assert_null(nami_poison_find(&image.poison, 4).ptr);

	/* A changed byte is refused by one check or another, but for padding; and nothing crashes. */
	for (size_t i = 0; i < size_bytes; i += i < 256 || i >= 4096 ? 1 : 64)
	{
		copy[i] ^= 0x41;
		if (nami_node_image_open(copy, size_bytes, other, arena, &image, &err) != NAMI_OK ||
			nami_part_verify(&image.part, &err) != NAMI_OK)
			refused++;
		copy[i] ^= 0x41;
	}
	assert_true(refused > 2000);
	for (size_t len = 0; len < size_bytes; len += 64)
		assert_int_equal(nami_node_image_open(copy, len, other, arena, &image, &err), NAMI_FAILED);
	free(copy);
}

/* 20,000 times find, else create: staging keeps its index, so this takes no time. */
static void
test_many_merges(void **state)
{
	NamiCatalog *catalog = nami_catalog_create(arena);
	NamiOwner	owner;
	NamiViewInputs inputs = {0};
	NamiView   *view;
	NamiError	err = NAMI_ERROR_INIT;
	NamiOwnWrites *own = nami_own_create(arena, catalog);
	NamiLabelId label = nami_catalog_intern(catalog, NAMI_NAME_LABEL, NAMI_STR("P"));
	NamiKeyId	key = nami_catalog_intern(catalog, NAMI_NAME_KEY, NAMI_STR("k"));
	NamiSnapshot snapshot = {.own = own, .mark = NAMI_MARK_NOW};

	nami_owner_init(&owner);
	assert_int_equal(nami_view_build(catalog, nami_host_default(), nami_allocator_malloc(), &owner,
									 &inputs, &view, &err), NAMI_OK);
	snapshot.view = view;
	for (uint32_t i = 0; i < 20000; i++)
	{
		NamiValue	value = nami_value_int(i % 15000);
		NamiMapEntry entry = {NAMI_STR("k"), value};
		const NamiOrd *ords;
		uint32_t	count;
		NamiId		id = {{1}};

		memcpy(id.bytes + 4, &i, sizeof(i));
		assert_int_equal(nami_snapshot_lookup(&snapshot, label, &key, &value, 1, arena, &ords,
											  &count, &err), NAMI_OK);
		assert_int_equal(count, i >= 15000);
		nami_own_put_node(own, view, count > 0 ? ords[0] : NAMI_ORD_NONE, &id, &label, 1,
						  nami_value_map(&entry, 1));
	}
	assert_int_equal(nami_snapshot_count_nodes(&snapshot, &label, 1), 15000);
	assert_int_equal(nami_own_mark(own), 20000);
	nami_own_rollback(own, 15000);
	nami_own_rollback(own, 10000);
	assert_int_equal(nami_snapshot_count_nodes(&snapshot, &label, 1), 10000);
	assert_int_equal(nami_own_mark(own), 20000);	/* numbers are never given again */
	nami_view_release(view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_catalog, setup, teardown),
		cmocka_unit_test_setup_teardown(test_equality, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flat_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_node_part, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_merges, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
