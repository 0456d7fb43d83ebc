/*
 * graph_namespace_test.c - finding the current version (spec/storage.md 4.2) and following it
 * (docs/engine.md 1.9).
 */
#include "graph_world.h"

#include "graph/namespace_internal.h"

static World world;

static int
setup(void **state)
{
	world_open(&world, 9);
	return 0;
}

static int
teardown(void **state)
{
	world_close(&world);
	return 0;
}

static void
reset_counts(Actor *actor)
{
	memset(actor->op_counts, 0, sizeof(actor->op_counts));
}

static uint64_t
current_version(Actor *actor)
{
	NamiView   *view;
	uint64_t	version;

	check_ok(actor, nami_namespace_current(actor->ns, 0, &actor->txn_owner, &view, &actor->err));
	version = nami_view_version(view);
	nami_view_release(view);
	return version;
}

static NamiErrorClass
current_error(Actor *actor)
{
	NamiView   *view;

	nami_error_reset(&actor->err);
	assert_int_equal(nami_namespace_current(actor->ns, 0, &actor->txn_owner, &view, &actor->err),
					 NAMI_FAILED);
	return actor->err.cls;
}

static void
a_missing_namespace_is_empty(void **state)
{
	Actor	   *actor = actor_create(&world);

	assert_int_equal(current_version(actor), 0);
	assert_false(nami_namespace_exists(actor->ns));
	assert_null(nami_namespace_manifest(actor->ns));
	assert_int_equal(actor->op_counts[NAMI_OP_CREATE] + actor->op_counts[NAMI_OP_PUT], 0);
	actor_destroy(actor);
}

static void
requests_of_open_and_refresh(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);

	write_ok(writer, "P", "a", 1);
	write_ok(writer, "P", "b", 1);
	/* LIST; p<N>, p<N+1> and v<N> together; the segments together. */
	assert_int_equal(current_version(reader), 2);
	assert_int_equal(reader->op_counts[NAMI_OP_LIST], 1);
	assert_int_equal(reader->op_counts[NAMI_OP_GET], 2 + 2);
	assert_int_equal(reader->op_counts[NAMI_OP_HEAD], 1);
	/* Nothing new: one request. */
	reset_counts(reader);
	assert_int_equal(current_version(reader), 2);
	assert_int_equal(reader->op_counts[NAMI_OP_GET], 1);
	assert_int_equal(reader->op_counts[NAMI_OP_HEAD] + reader->op_counts[NAMI_OP_LIST], 0);
	/* One step: the pointer; its body and the next pointer; the segment. */
	write_ok(writer, "P", "c", 1);
	reset_counts(reader);
	assert_int_equal(current_version(reader), 3);
	assert_int_equal(reader->op_counts[NAMI_OP_GET], 4);
	assert_int_equal(reader->op_counts[NAMI_OP_LIST], 0);
	actor_destroy(writer);
	actor_destroy(reader);
}

static void
staleness_saves_the_probe(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);
	NamiView   *view;

	write_ok(writer, "P", "a", 1);
	assert_int_equal(current_version(reader), 1);
	write_ok(writer, "P", "b", 1);
	reset_counts(reader);
	check_ok(reader, nami_namespace_current(reader->ns, 50000, &reader->txn_owner, &view,
											&reader->err));
	assert_int_equal(nami_view_version(view), 1);
	assert_int_equal(reader->op_counts[NAMI_OP_GET], 0);
	nami_view_release(view);
	world.skew_ms += 50001;
	check_ok(reader, nami_namespace_current(reader->ns, 50000, &reader->txn_owner, &view,
											&reader->err));
	assert_int_equal(nami_view_version(view), 2);
	nami_view_release(view);
	actor_destroy(writer);
	actor_destroy(reader);
}

/* However many versions lie between, followed or loaded anew, the data is right. */
static void
many_steps_at_once(void **state)
{
	static const int steps[] = {1, 2, 3, 15, 16, 17, 40};
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);
	uint64_t	written = 1;

	write_ok(writer, "P", "a", 1);
	assert_int_equal(current_version(reader), 1);
	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
	{
		for (int i = 0; i < steps[s]; i++)
			write_ok(writer, "P", "x", 1);
		written += (uint64_t) steps[s];
		reset_counts(reader);
		actor_begin(reader);
		assert_int_equal(nami_view_version(reader->view), written);
		assert_int_equal(count_label(reader, "P"), written);
		assert_int_equal(reader->op_counts[NAMI_OP_LIST], steps[s] <= 16 ? 0 : 1);
		actor_end(reader);
	}
	actor_destroy(writer);
	actor_destroy(reader);
}

static void
a_view_outlives_newer_versions(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);
	NamiView   *old;
	NamiSnapshot snapshot;
	NamiLabelId label;

	write_ok(writer, "P", "a", 1);
	check_ok(reader, nami_namespace_current(reader->ns, 0, &reader->txn_owner, &old,
											&reader->err));
	write_ok(writer, "P", "b", 1);
	assert_int_equal(current_version(reader), 2);
	snapshot = (NamiSnapshot) {old, NULL, 0};
	label = actor_label(reader, "P");
	assert_int_equal(nami_snapshot_count_nodes(&snapshot, &label, 1), 1);
	nami_view_release(old);
	actor_destroy(writer);
	actor_destroy(reader);
}

/* ---- odd namespaces ------------------------------------------------------------------------- */

static void
legacy_namespaces_have_only_current_json(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);

	write_ok(writer, "P", "a", 1);
	write_ok(writer, "P", "b", 1);
	for (uint64_t v = 0; v <= 2; v++)
		delete_object(&world, pointer_key(&world, v));
	assert_int_equal(current_version(reader), 2);
	assert_int_equal(current_version(reader), 2);
	/* The first commit starts the family at its own version. */
	write_ok(reader, "P", "c", 1);
	assert_non_null(object(&world, pointer_key(&world, 3)).ptr);
	assert_int_equal(fresh_count(&world, "P"), 3);
	write_ok(reader, "P", "d", 1);
	assert_int_equal(fresh_count(&world, "P"), 4);
	actor_destroy(writer);
	actor_destroy(reader);
}

static void
current_json_counts_for_nothing_else(void **state)
{
	Actor	   *writer = actor_create(&world);

	write_ok(writer, "P", "a", 1);
	write_ok(writer, "P", "b", 1);
	put_object(&world, nami_key_current(world.arena, PREFIX),
			   object(&world, pointer_key(&world, 0)));
	assert_int_equal(fresh_count(&world, "P"), 2);
	delete_object(&world, nami_key_current(world.arena, PREFIX));
	assert_int_equal(fresh_count(&world, "P"), 2);
	actor_destroy(writer);
}

static void
collected_versions_are_not_needed(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);

	write_ok(writer, "P", "a", 1);
	assert_int_equal(current_version(reader), 1);
	for (int i = 0; i < 3; i++)
		write_ok(writer, "P", "b", 1);
	/* The sweep took what lies below the newest version, under the reader's feet. */
	for (uint64_t v = 0; v <= 3; v++)
	{
		delete_object(&world, pointer_key(&world, v));
		delete_object(&world, body_key(&world, v));
	}
	/* Within a minute p2 does not exist, and that looks like nothing new (5.5). */
	assert_int_equal(current_version(reader), 1);
	world.skew_ms += NAMI_CONFIRM_MAX_MS + 1;
	assert_int_equal(current_version(reader), 4);
	assert_int_equal(fresh_count(&world, "P"), 4);
	actor_destroy(writer);
	actor_destroy(reader);
}

/* A commit never builds on a base that was not confirmed for a minute (5.5). */
static void
old_bases_are_confirmed_before_a_commit(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *sleeper = actor_create(&world);

	write_ok(writer, "P", "a", 1);
	write_ok(sleeper, "P", "s", 1);
	actor_begin(sleeper);
	create(sleeper, "P", "late", 1);
	for (int i = 0; i < 3; i++)
		write_ok(writer, "P", "b", 1);
	for (uint64_t v = 0; v <= 4; v++)
	{
		delete_object(&world, pointer_key(&world, v));
		delete_object(&world, body_key(&world, v));
	}
	world.skew_ms += NAMI_CONFIRM_MAX_MS + 1;
	check_ok(sleeper, actor_commit(sleeper));
	assert_non_null(object(&world, pointer_key(&world, 6)).ptr);
	assert_int_equal(fresh_count(&world, "P"), 6);
	actor_destroy(writer);
	actor_destroy(sleeper);
}

static void
a_restored_backup_drops_what_was_cached(void **state)
{
	Actor	   *old = actor_create(&world);
	World		other;
	Actor	   *fresh;
	NamiStoreRequest list = {.op = NAMI_OP_LIST, .key = PREFIX};
	NamiError	err = NAMI_ERROR_INIT;

	for (int i = 0; i < 3; i++)
		write_ok(old, "P", "old", 1);
	world_open(&other, 77);
	fresh = actor_create(&other);
	for (int i = 0; i < 3; i++)
		write_ok(fresh, "Q", "new", 1);
	/* The same versions, the same segment numbers, another content. */
	assert_int_equal(nami_store_run(other.store, other.arena, &list, 1, &err), NAMI_OK);
	assert_true(list.entry_count > 8);
	for (size_t i = 0; i < list.entry_count; i++)
		put_object(&world, list.entries[i].key, object(&other, list.entries[i].key));
	actor_destroy(fresh);
	world_close(&other);
	world.skew_ms += NAMI_CONFIRM_MAX_MS + 1;
	actor_begin(old);
	assert_int_equal(count_label(old, "P"), 0);
	assert_int_equal(count_label(old, "Q"), 3);
	actor_end(old);
	write_ok(old, "Q", "more", 1);
	assert_int_equal(check_chain(&world), 4);
	assert_int_equal(fresh_count(&world, "Q"), 4);
	actor_destroy(old);
}

static void
broken_objects_are_corrupt(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);
	NamiStr		body;

	write_ok(writer, "P", "a", 1);
	body = object(&world, body_key(&world, 1));
	put_object(&world, body_key(&world, 1), NAMI_STR("{}"));
	assert_int_equal(current_error(reader), NAMI_ERR_CORRUPT);
	delete_object(&world, body_key(&world, 1));
	assert_int_equal(current_error(reader), NAMI_ERR_CORRUPT);
	put_object(&world, body_key(&world, 1), object(&world, body_key(&world, 0)));
	assert_int_equal(current_error(reader), NAMI_ERR_CORRUPT);
	put_object(&world, body_key(&world, 1), body);
	assert_int_equal(current_version(reader), 1);
	put_object(&world, pointer_key(&world, 2), NAMI_STR(""));
	assert_int_equal(current_error(reader), NAMI_ERR_CORRUPT);
	/* What was loaded is still there. */
	delete_object(&world, pointer_key(&world, 2));
	assert_int_equal(current_version(reader), 1);
	actor_destroy(writer);
	actor_destroy(reader);
}

/* Puts the body of version 1 back when the reader has looked for the third time. */
static void
put_back(Actor *actor, const NamiStoreRequest *req)
{
	static int	looks;

	if (req->op != NAMI_OP_GET || !nami_str_eq(req->key, body_key(&world, 1)))
		return;
	looks++;
	if (looks % 3 == 0)
		put_object(&world, body_key(&world, 1), *(const NamiStr *) actor->before_ctx);
}

/* Between the steps of a repair a pointer can name a body that is being replaced (4.5). */
static void
a_repair_under_way_is_waited_for(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *reader = actor_create(&world);
	NamiStr		body;

	write_ok(writer, "P", "a", 1);
	body = object(&world, body_key(&world, 1));
	reader->before = put_back;
	reader->before_ctx = &body;
	delete_object(&world, body_key(&world, 1));
	assert_int_equal(current_version(reader), 1);
	put_object(&world, body_key(&world, 1), NAMI_STR("{}"));
	nami_namespace_forget(reader->ns);
	assert_int_equal(current_version(reader), 1);
	assert_int_equal(fresh_count(&world, "P"), 1);
	actor_destroy(writer);
	actor_destroy(reader);
}

static void
a_bad_name_below_wal_stops_writers(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *other = actor_create(&world);

	write_ok(writer, "P", "a", 1);
	put_object(&world, NAMI_STR("t/wal/zzz.wal"), NAMI_STR(""));
	put_object(&world, NAMI_STR("t/wal/readme"), NAMI_STR(""));
	assert_int_equal(write_one(other, "P", "b", 1), NAMI_FAILED);
	assert_int_equal(other->err.cls, NAMI_ERR_CORRUPT);
	actor_destroy(writer);
	actor_destroy(other);
}

/* ---- relation of manifests ------------------------------------------------------------------ */

#define SEGMENT(n)	"{\"seq\":" #n ",\"path\":\"t/wal/" #n "\",\"last_lsn\":" #n "0,\"xxh3\":" #n "}"

static const char *
sst(const char *id, const char *kind, const char *scope, int rows, int max_lsn)
{
	return nami_arena_printf(world.arena, "{\"id\":\"01890000-0000-7000-8000-00000000000%s\","
							 "\"kind\":\"%s\",\"scope\":\"%s\",\"level\":0,\"path\":\"sst/x\","
							 "\"size_bytes\":1,\"row_count\":%d,\"created_at\":"
							 "\"2026-01-01T00:00:00Z\",\"min_key\":\"AAAAAAAAAAAAAAAAAAAAAA==\","
							 "\"max_key\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"min_lsn\":1,"
							 "\"max_lsn\":%d,\"schema_version_min\":1,\"schema_version_max\":1,"
							 "\"property_stats\":[],\"kind_specific\":{\"kind\":\"%s\","
							 "\"tombstone_count\":0,\"key_count\":1}}", id, kind, scope, rows, max_lsn,
							 kind);
}

static NamiManifest *
manifest(int version, const char *ssts, const char *segments, const char *labels)
{
	NamiManifest *out = NAMI_NEW(world.arena, NamiManifest);
	NamiError	err = NAMI_ERROR_INIT;
	char	   *text = nami_arena_printf(world.arena, "{\"version\":%d,\"epoch\":0,\"writer_id\":"
										 "\"01890000-0000-7000-8000-0000000000aa\","
										 "\"created_at\":\"2026-01-01T00:00:00Z\",\"schema\":"
										 "{\"version\":0,\"labels\":{},\"edge_types\":{}},"
										 "\"ssts\":[%s],\"wal_segments\":[%s],\"label_dict\":[%s]}",
										 version, ssts, segments, labels);

	if (nami_manifest_parse(world.arena, nami_str(text), out, &err) != NAMI_OK)
		fail_msg("%s: %s", err.message, text);
	return out;
}

static char *
list(const char *a, const char *b)
{
	return nami_arena_printf(world.arena, "%s,%s", a, b);
}

static void
only_proven_steps_keep_the_data(void **state)
{
	const char *n1 = sst("1", "Nodes", "", 5, 20);
	const char *n2 = sst("2", "Nodes", "", 3, 30);
	const char *merged = sst("3", "Nodes", "", 7, 30);
	const char *younger = sst("3", "Nodes", "", 7, 31);
	const char *larger = sst("3", "Nodes", "", 9, 30);
	const char *edges = sst("4", "EdgesFwd", "T", 7, 30);
	const char *graph = sst("5", "VectorGraph", "idx", 7, 30);
	const struct
	{
		const char *what;
		NamiManifest *older;
		NamiManifest *newer;
		NamiStepKind kind;
		uint32_t	first_new;
	}			cases[] = {
		{"nothing", manifest(1, n1, SEGMENT(3), ""), manifest(2, n1, SEGMENT(3), ""),
		NAMI_STEP_APPEND, 1},
		{"append", manifest(1, n1, SEGMENT(3), ""), manifest(2, n1, SEGMENT(3) "," SEGMENT(4), ""),
		NAMI_STEP_APPEND, 1},
		{"append from afar", manifest(1, n1, "", ""),
		manifest(9, n1, SEGMENT(3) "," SEGMENT(4), ""), NAMI_STEP_APPEND, 0},
		{"another segment", manifest(1, n1, SEGMENT(3), ""), manifest(2, n1, SEGMENT(4), ""),
		NAMI_STEP_UNPROVEN, 0},
		{"an older segment", manifest(1, n1, SEGMENT(4), ""),
		manifest(2, n1, SEGMENT(3) "," SEGMENT(4), ""), NAMI_STEP_UNPROVEN, 0},
		{"label appended", manifest(1, n1, "", "\"A\""), manifest(2, n1, "", "\"A\",\"B\""),
		NAMI_STEP_APPEND, 0},
		{"label changed", manifest(1, n1, "", "\"A\""), manifest(2, n1, "", "\"B\""),
		NAMI_STEP_UNPROVEN, 0},
		{"search index", manifest(1, n1, "", ""), manifest(2, list(n1, graph), "", ""),
		NAMI_STEP_APPEND, 0},
		{"flush", manifest(1, n1, SEGMENT(3), ""), manifest(2, list(n1, n2), "", ""),
		NAMI_STEP_FLUSH, 0},
		{"flush with younger rows", manifest(1, n1, SEGMENT(2), ""),
		manifest(2, list(n1, n2), "", ""), NAMI_STEP_UNPROVEN, 0},
		{"flush seen from afar", manifest(1, n1, SEGMENT(3), ""),
		manifest(3, list(n1, n2), "", ""), NAMI_STEP_UNPROVEN, 0},
		{"flush of a part", manifest(1, n1, SEGMENT(3) "," SEGMENT(4), ""),
		manifest(2, list(n1, n2), SEGMENT(4), ""), NAMI_STEP_UNPROVEN, 0},
		{"flush that also compacts", manifest(1, n1, SEGMENT(3), ""), manifest(2, n2, "", ""),
		NAMI_STEP_UNPROVEN, 0},
		{"compaction", manifest(1, list(n1, n2), SEGMENT(5), ""),
		manifest(2, merged, SEGMENT(5), ""), NAMI_STEP_COMPACTION, 0},
		{"compaction seen from afar", manifest(1, list(n1, n2), "", ""), manifest(3, merged, "", ""),
		NAMI_STEP_UNPROVEN, 0},
		{"merger with a younger row", manifest(1, list(n1, n2), "", ""),
		manifest(2, younger, "", ""), NAMI_STEP_UNPROVEN, 0},
		{"merger with more rows", manifest(1, list(n1, n2), "", ""), manifest(2, larger, "", ""),
		NAMI_STEP_UNPROVEN, 0},
		{"merger of another kind", manifest(1, list(n1, n2), "", ""), manifest(2, edges, "", ""),
		NAMI_STEP_UNPROVEN, 0},
		{"files vanish", manifest(1, list(n1, edges), "", ""), manifest(2, n1, "", ""),
		NAMI_STEP_UNPROVEN, 0},
		{"files come from nowhere", manifest(1, n1, "", ""), manifest(2, list(n1, n2), "", ""),
		NAMI_STEP_UNPROVEN, 0},
	};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		uint32_t	first_new;
		NamiStepKind kind = nami_step_classify(cases[c].older, cases[c].newer, &first_new);

		if (kind != cases[c].kind)
			fail_msg("%s: %d", cases[c].what, (int) kind);
		if (kind == NAMI_STEP_APPEND)
			assert_int_equal(first_new, cases[c].first_new);
	}
}

/* ---- the log of changes --------------------------------------------------------------------- */

static void
changes_remember_what_steps_touched(void **state)
{
	NamiChanges *changes = nami_changes_create(nami_allocator_malloc());
	NamiChangeBuilder *builder;
	NamiId		a = {{1}};
	NamiId		b = {{2}};
	NamiId		c = {{3}};
	const NamiId *ids;
	NamiStr		type = NAMI_STR("T");

	nami_changes_reset(changes, 10);
	assert_true(nami_changes_known(changes, 10, 10));
	assert_false(nami_changes_known(changes, 10, 11));
	builder = nami_change_builder_create(world.arena);
	nami_change_builder_add_node(builder, &a);
	nami_changes_append(changes, 11, builder);
	builder = nami_change_builder_create(world.arena);
	nami_change_builder_add_edge(builder, type, &b, &c);
	nami_change_builder_set_schema_changed(builder);
	nami_changes_append(changes, 12, builder);
	assert_true(nami_changes_known(changes, 10, 12));
	assert_false(nami_changes_known(changes, 9, 12));
	assert_false(nami_changes_known(changes, 10, 13));
	assert_true(nami_changes_touch(changes, 10, 12, nami_change_key_node(&a)));
	assert_false(nami_changes_touch(changes, 11, 12, nami_change_key_node(&a)));
	assert_false(nami_changes_touch(changes, 10, 12, nami_change_key_node(&b)));
	assert_true(nami_changes_touch(changes, 10, 12, nami_change_key_incident(&b)));
	assert_true(nami_changes_touch(changes, 10, 12, nami_change_key_incident(&c)));
	assert_true(nami_changes_touch(changes, 11, 12, nami_change_key_edge(type, &b, &c)));
	assert_false(nami_changes_touch(changes, 11, 12, nami_change_key_edge(type, &c, &b)));
	assert_false(nami_changes_touch_schema(changes, 10, 11));
	assert_true(nami_changes_touch_schema(changes, 10, 12));
	assert_int_equal(nami_changes_nodes(changes, 10, 12, world.arena, &ids), 1);
	assert_memory_equal(&ids[0], &a, sizeof(a));
	/* Many steps: the oldest are forgotten, the others stay. */
	for (uint64_t v = 13; v <= 600; v++)
	{
		builder = nami_change_builder_create(world.arena);
		b.bytes[1] = (uint8_t) v;
		b.bytes[2] = (uint8_t) (v >> 8);
		nami_change_builder_add_node(builder, &b);
		nami_changes_append(changes, v, builder);
	}
	assert_false(nami_changes_known(changes, 12, 600));
	assert_true(nami_changes_known(changes, 500, 600));
	assert_true(nami_changes_touch(changes, 599, 600, nami_change_key_node(&b)));
	assert_false(nami_changes_touch(changes, 500, 599, nami_change_key_node(&b)));
	/* A gap. */
	nami_changes_append(changes, 605, builder);
	assert_false(nami_changes_known(changes, 500, 600));
	assert_false(nami_changes_known(changes, 604, 605));
	nami_changes_destroy(changes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_missing_namespace_is_empty),
		TEST(requests_of_open_and_refresh),
		TEST(staleness_saves_the_probe),
		TEST(many_steps_at_once),
		TEST(a_view_outlives_newer_versions),
		TEST(legacy_namespaces_have_only_current_json),
		TEST(current_json_counts_for_nothing_else),
		TEST(collected_versions_are_not_needed),
		TEST(old_bases_are_confirmed_before_a_commit),
		TEST(a_restored_backup_drops_what_was_cached),
		TEST(broken_objects_are_corrupt),
		TEST(a_repair_under_way_is_waited_for),
		TEST(a_bad_name_below_wal_stops_writers),
		TEST(only_proven_steps_keep_the_data),
		TEST(changes_remember_what_steps_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
