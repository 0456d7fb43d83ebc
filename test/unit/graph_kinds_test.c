/*
 * graph_kinds_test.c - which kinds of values a property has: every kind and trait by a table, over
 * staged records, newer segments and an image; what changed or went away does not count any more.
 * Random histories: graph_snapshot_test.c. Namespaces of the product: graph_view_test.c.
 */
#include "graph_world.h"

#include "graph_kinds.h"

static World world;

static int
setup(void **state)
{
	world_open(&world, 21);
	return 0;
}

static int
teardown(void **state)
{
	world_close(&world);
	return 0;
}

/* ---- one value ---- */

static const NamiDateTime in_utc = {.seconds = 86400, .nanoseconds = 123456000};
static const NamiDuration fine = {.seconds = 1, .nanoseconds = 1};
static const NamiDuration coarse = {.seconds = 1, .nanoseconds = 1000};
static const float floats[] = {1, 2, 3};

typedef struct KindCase
{
	NamiValue	value;
	NamiKind	kind;
	uint32_t	traits;
} KindCase;

static uint32_t
make_cases(KindCase *cases)
{
	static NamiValue items[1];
	static NamiMapEntry entries[1];
	uint32_t	n = 0;

	items[0] = nami_value_int(INT64_MAX);	/* what lies inside does not matter */
	entries[0] = (NamiMapEntry) {NAMI_STR("x"), items[0]};
	cases[n++] = (KindCase) {nami_value_bool(false), NAMI_BOOL, 0};
	cases[n++] = (KindCase) {nami_value_int(0), NAMI_INT, 0};
	cases[n++] = (KindCase) {nami_value_int(INT64_C(9007199254740992)), NAMI_INT, 0};
	cases[n++] = (KindCase) {nami_value_int(INT64_C(-9007199254740992)), NAMI_INT, 0};
	cases[n++] = (KindCase) {nami_value_int(INT64_C(9007199254740993)), NAMI_INT,
	NAMI_TRAIT_BIG_INT};
	cases[n++] = (KindCase) {nami_value_int(INT64_MIN), NAMI_INT, NAMI_TRAIT_BIG_INT};
	cases[n++] = (KindCase) {nami_value_float(-0.5), NAMI_FLOAT, 0};
	cases[n++] = (KindCase) {nami_value_string(NAMI_STR("")), NAMI_STRING, 0};
	cases[n++] = (KindCase) {nami_value_string(NAMI_STR("\xc3\xa5")), NAMI_STRING, 0};
	cases[n++] = (KindCase) {nami_value_string(NAMI_STR("a\0b")), NAMI_STRING, NAMI_TRAIT_NUL};
	cases[n++] = (KindCase) {nami_value_bytes(NAMI_STR("a\0b")), NAMI_BYTES, 0};
	cases[n++] = (KindCase) {nami_value_list(items, 1), NAMI_LIST, 0};
	cases[n++] = (KindCase) {nami_value_map(entries, 1), NAMI_MAP, 0};
	cases[n++] = (KindCase) {nami_value_vector(floats, 3), NAMI_VECTOR, 0};
	cases[n++] = (KindCase) {nami_value_date(-1), NAMI_DATE, 0};
	cases[n++] = (KindCase) {{.kind = NAMI_DATETIME, .datetime = &in_utc}, NAMI_DATETIME, 0};
	cases[n++] = (KindCase) {{.kind = NAMI_LOCALTIME, .integer = 1000}, NAMI_LOCALTIME, 0};
	cases[n++] = (KindCase) {{.kind = NAMI_LOCALTIME, .integer = 1}, NAMI_LOCALTIME,
	NAMI_TRAIT_NANOSECONDS};
	cases[n++] = (KindCase) {{.kind = NAMI_TIME, .integer = 2001}, NAMI_TIME,
	NAMI_TRAIT_NANOSECONDS};
	cases[n++] = (KindCase) {{.kind = NAMI_LOCALDATETIME, .len = 5}, NAMI_LOCALDATETIME,
	NAMI_TRAIT_NANOSECONDS};
	cases[n++] = (KindCase) {{.kind = NAMI_DURATION, .duration = &coarse}, NAMI_DURATION, 0};
	cases[n++] = (KindCase) {{.kind = NAMI_DURATION, .duration = &fine}, NAMI_DURATION,
	NAMI_TRAIT_NANOSECONDS};
	return n;
}

#define CASES_MAX	32

static NamiValue
one_property(Actor *actor, const char *key, NamiValue value)
{
	NamiMapEntry *entry = NAMI_NEW(actor->arena, NamiMapEntry);

	(void) actor_key(actor, key);
	*entry = (NamiMapEntry) {nami_str(nami_arena_strdup(actor->arena, key)), value};
	return nami_value_map(entry, 1);
}

static NamiOrd
add(Actor *actor, const char *label, const char *key, NamiValue value)
{
	NamiLabelId id = actor_label(actor, label);
	NamiOrd		ord;

	check_ok(actor, nami_transaction_create_node(actor->txn, NULL, &id, 1,
												 one_property(actor, key, value), &ord,
												 &actor->err));
	return ord;
}

static NamiKinds
kinds_of(Actor *actor, const NamiSnapshot *snapshot, const char *label, const char *key)
{
	NamiKinds	kinds;

	check_ok(actor, nami_snapshot_node_kinds(snapshot, actor_label(actor, label),
											 actor_key(actor, key), actor->arena, &kinds,
											 &actor->err));
	return kinds;
}

static void
check_cases(Actor *actor, const NamiSnapshot *snapshot, bool exact)
{
	KindCase	cases[CASES_MAX];
	uint32_t	count = make_cases(cases);

	for (uint32_t i = 0; i < count; i++)
	{
		const char *label = nami_arena_printf(actor->arena, "L%u", i);
		NamiKinds	kinds = kinds_of(actor, snapshot, label, "v");

		assert_int_equal(kinds.kinds, UINT32_C(1) << cases[i].kind);
		assert_int_equal(kinds.traits, cases[i].traits);
		assert_int_equal(kinds.is_exact, exact);
		if (exact)
			assert_int_equal(kinds.count, 1);
	}
	check_kinds(snapshot, actor->arena);
}

static void
every_kind(void **state)
{
	Actor	   *actor = actor_create(&world);
	KindCase	cases[CASES_MAX];
	uint32_t	count = make_cases(cases);
	NamiSnapshot now;
	NamiView   *rebuilt;

	actor_begin(actor);
	for (uint32_t i = 0; i < count; i++)
		(void) add(actor, nami_arena_printf(actor->arena, "L%u", i), "v", cases[i].value);
	now = actor_now(actor);
	check_cases(actor, &now, false);
	check_ok(actor, actor_commit(actor));

	actor_begin(actor);
	now = actor_now(actor);
	check_cases(actor, &now, true);
	check_cases(actor, &now, true);		/* from the cache */
	check_ok(actor, nami_view_rebuild(actor->view, &world.host, &actor->process_pool.allocator,
									  &actor->txn_owner, &rebuilt, &actor->err));
	now = (NamiSnapshot) {.view = rebuilt, .mark = NAMI_MARK_NOW};
	check_cases(actor, &now, true);
	nami_view_release(rebuilt);
	actor_destroy(actor);
}

/* NaN cannot be stored, but an image or a transaction is not the place to rely on that. */
static void
nan_is_told(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiLabelId label = actor_label(actor, "N");
	NamiOwnWrites *own;
	NamiSnapshot now;

	actor_begin(actor);
	own = nami_own_create(actor->arena, nami_namespace_catalog(actor->ns));
	(void) nami_own_put_node(own, actor->view, NAMI_ORD_NONE, &(NamiId) {{1}}, &label, 1,
							 one_property(actor, "v", nami_value_float(NAN)));
	now = (NamiSnapshot) {actor->view, own, NAMI_MARK_NOW};
	assert_int_equal(kinds_of(actor, &now, "N", "v").traits, NAMI_TRAIT_NAN);
	actor_destroy(actor);
}

/* ---- changes ---- */

static void
replaced_values_do_not_count(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiLabelId label = actor_label(actor, "C");
	NamiLabelId other = actor_label(actor, "D");
	NamiOrd		ords[20];
	NamiNodeScan scan;
	NamiSnapshot now;
	NamiKinds	kinds;
	uint32_t	count;
	bool		is_range;

	actor_begin(actor);
	for (int64_t i = 0; i < 10; i++)
		(void) add(actor, "C", "v", nami_value_int(i));
	(void) add(actor, "C", "v", nami_value_string(NAMI_STR("ten")));
	(void) add(actor, "C", "v", nami_value_bool(true));
	(void) add(actor, "C", "v", nami_value_date(1));
	check_ok(actor, actor_commit(actor));

	actor_begin(actor);
	now = actor_now(actor);
	kinds = kinds_of(actor, &now, "C", "v");
	assert_int_equal(kinds.kinds, 1 << NAMI_INT | 1 << NAMI_STRING | 1 << NAMI_BOOL | 1 << NAMI_DATE);
	assert_int_equal(kinds.count, 13);

	nami_node_scan_init(&scan, &now, &label, 1, actor->arena);
	count = nami_node_scan_next(&scan, ords, 20, &is_range);
	assert_int_equal(count, 13);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiValue	value;

		check_ok(actor, nami_snapshot_node_property(&now, actor_key(actor, "v"), &ords[i], 1,
													actor->arena, &value, &actor->err));
		if (value.kind == NAMI_STRING)
			check_ok(actor, nami_transaction_set_node(actor->txn, ords[i], &label, 1,
													  one_property(actor, "v", nami_value_int(10)),
													  &actor->err));
		if (value.kind == NAMI_BOOL)
			check_ok(actor, nami_transaction_delete_node(actor->txn, ords[i], false, &actor->err));
		if (value.kind == NAMI_DATE)
			check_ok(actor, nami_transaction_set_node(actor->txn, ords[i], &other, 1,
													  one_property(actor, "v", value),
													  &actor->err));
	}
	now = actor_now(actor);
	kinds = kinds_of(actor, &now, "C", "v");
	assert_false(kinds.is_exact);		/* a superset is allowed while records are staged */
	check_kinds(&now, actor->arena);
	check_ok(actor, actor_commit(actor));

	actor_begin(actor);
	now = actor_now(actor);
	kinds = kinds_of(actor, &now, "C", "v");
	assert_true(kinds.is_exact);
	assert_int_equal(kinds.kinds, 1 << NAMI_INT);
	assert_int_equal(kinds.count, 11);
	assert_int_equal(kinds_of(actor, &now, "D", "v").kinds, 1 << NAMI_DATE);
	check_kinds(&now, actor->arena);
	actor_destroy(actor);
}

static void
rolled_back_values_do_not_count_for_keys(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiLabelId label = actor_label(actor, "R");
	NamiOwnWrites *own;
	NamiSnapshot now;
	const NamiKeyKinds *keys;
	uint32_t	count;
	uint64_t	mark;

	actor_begin(actor);
	own = nami_own_create(actor->arena, nami_namespace_catalog(actor->ns));
	(void) nami_own_put_node(own, actor->view, NAMI_ORD_NONE, &(NamiId) {{1}}, &label, 1,
							 one_property(actor, "b", nami_value_int(1)));
	now = (NamiSnapshot) {actor->view, own, NAMI_MARK_NOW};
	mark = nami_own_mark(own);
	(void) nami_own_put_node(own, actor->view, NAMI_ORD_NONE, &(NamiId) {{2}}, &label, 1,
							 one_property(actor, "a", nami_value_int(1)));
	check_ok(actor, nami_snapshot_node_keys(&now, label, actor->arena, &keys, &count, &actor->err));
	assert_int_equal(count, 2);
	assert_string_equal(keys[0].name.ptr, "a");
	nami_own_rollback(own, mark);
	check_ok(actor, nami_snapshot_node_keys(&now, label, actor->arena, &keys, &count, &actor->err));
	assert_int_equal(count, 1);
	assert_string_equal(keys[0].name.ptr, "b");

	/* After the rollback new records get new numbers: they are met. */
	(void) nami_own_put_node(own, actor->view, NAMI_ORD_NONE, &(NamiId) {{3}}, &label, 1,
							 one_property(actor, "b", nami_value_bool(true)));
	assert_int_equal(kinds_of(actor, &now, "R", "b").kinds, 1 << NAMI_INT | 1 << NAMI_BOOL);
	actor_destroy(actor);
}

static void
an_interrupted_count_leaves_nothing(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiSnapshot now;
	NamiKinds	kinds;

	actor_begin(actor);
	for (int64_t i = 0; i < 2000; i++)
		(void) add(actor, "I", "v", i % 2 ? nami_value_int(i) : nami_value_bool(true));
	check_ok(actor, actor_commit(actor));
	actor_begin(actor);
	now = actor_now(actor);
	world.is_interrupted = true;
	assert_int_equal(nami_snapshot_node_kinds(&now, actor_label(actor, "I"), actor_key(actor, "v"),
											  actor->arena, &kinds, &actor->err), NAMI_FAILED);
	world.is_interrupted = false;
	assert_int_equal(actor->err.cls, NAMI_ERR_CANCELLED);
	nami_error_reset(&actor->err);
	kinds = kinds_of(actor, &now, "I", "v");
	assert_int_equal(kinds.count, 2000);
	assert_int_equal(kinds.kinds, 1 << NAMI_INT | 1 << NAMI_BOOL);
	actor_destroy(actor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(nan_is_told),
		cmocka_unit_test(replaced_values_do_not_count),
		cmocka_unit_test(rolled_back_values_do_not_count_for_keys),
		cmocka_unit_test(an_interrupted_count_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
