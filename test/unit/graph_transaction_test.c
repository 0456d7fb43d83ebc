/*
 * graph_transaction_test.c - staging: checks, savepoints, locks, statements and what they see.
 */
#include <math.h>

#include "graph_world.h"

static World world;

static int
setup(void **state)
{
	world_open(&world, 13);
	return 0;
}

static int
teardown(void **state)
{
	world_close(&world);
	return 0;
}

static NamiValue
one_property(Actor *actor, const char *name, NamiValue value)
{
	NamiMapEntry *entry = NAMI_NEW(actor->arena, NamiMapEntry);

	entry->key = nami_str(name);
	entry->value = value;
	return nami_value_map(entry, 1);
}

/* NAMI_ERR_NONE when the node could be staged. */
static NamiErrorClass
create_with(Actor *actor, const char *label, const char *name, NamiValue value)
{
	NamiLabelId id = actor_label(actor, label);
	NamiOrd		ord;

	nami_error_reset(&actor->err);
	if (nami_transaction_create_node(actor->txn, NULL, &id, 1, one_property(actor, name, value),
									 &ord, &actor->err) == NAMI_OK)
		return NAMI_ERR_NONE;
	return actor->err.cls;
}

/* ---- values --------------------------------------------------------------------------------- */

static void
only_storable_values_are_staged(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiValue	nan_item = nami_value_float(NAN);
	NamiDateTime late = {.seconds = INT64_C(253402300800)};
	NamiValue	datetime = {.kind = NAMI_DATETIME, .datetime = &late};
	NamiValue	deep = nami_value_int(1);
	NamiValue	levels[70];

	actor_begin(actor);
	assert_int_equal(create_with(actor, "P", "x", nami_value_float(NAN)), NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "x", nami_value_float(INFINITY)), NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "x", nami_value_list(&nan_item, 1)),
					 NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "x", nami_value_node(0)), NAMI_ERR_TYPE);
	assert_int_equal(create_with(actor, "P", "x", nami_value_date(2932897)),
					 NAMI_ERR_OUT_OF_RANGE);
	assert_int_equal(create_with(actor, "P", "x", nami_value_date(2932896)), NAMI_ERR_NONE);
	assert_int_equal(create_with(actor, "P", "x", datetime), NAMI_ERR_OUT_OF_RANGE);
	assert_int_equal(create_with(actor, "P", "x", nami_value_string(NAMI_STR("\xff"))),
					 NAMI_ERR_BAD_CHARACTER);
	for (int i = 0; i < 70; i++)
	{
		levels[i] = deep;
		deep = nami_value_list(&levels[i], 1);
	}
	assert_int_equal(create_with(actor, "P", "x", deep), NAMI_ERR_LIMIT);
	assert_int_equal(create_with(actor, "P", "node_id", nami_value_int(1)), NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "tombstone", nami_value_int(1)), NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "lsn", nami_value_int(1)), NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "__x", nami_value_int(1)), NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "prop_x", nami_value_int(1)), NAMI_ERR_ARGUMENT);
	assert_int_equal(create_with(actor, "P", "property", nami_value_null()), NAMI_ERR_NONE);
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_count(&world, "P"), 2);
	actor_destroy(actor);
}

/* What the store cannot keep is gone for the transaction itself at once. */
static void
times_are_seen_as_they_will_be_stored(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiDateTime time = {.seconds = 100, .nanoseconds = 123456789,.offset_seconds = 3600,
	.zone = NAMI_STR_INIT("Europe/Stockholm")};
	NamiValue	value = {.kind = NAMI_DATETIME, .datetime = &time};
	NamiLabelId label;
	NamiKeyId	key;
	NamiOrd		ord;
	NamiSnapshot now;
	NamiValue	seen;

	actor_begin(actor);
	label = actor_label(actor, "P");
	key = actor_key(actor, "t");
	check_ok(actor, nami_transaction_create_node(actor->txn, NULL, &label, 1,
												 one_property(actor, "t", value), &ord,
												 &actor->err));
	now = actor_now(actor);
	check_ok(actor, nami_snapshot_node_property(&now, key, &ord, 1, actor->arena, &seen,
												&actor->err));
	assert_int_equal(seen.kind, NAMI_DATETIME);
	assert_int_equal(seen.datetime->seconds, 100);
	assert_int_equal(seen.datetime->nanoseconds, 123456000);
	assert_int_equal(seen.datetime->offset_seconds, 0);
	actor_destroy(actor);
}

static void
reserved_names_of_the_product_may_stay(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiWalBuilder builder;
	NamiWalSegment segment;
	NamiError	err = NAMI_ERROR_INIT;
	NamiId		id = {{7}};
	NamiManifest *v1;
	NamiManifestNext next;
	NamiBuf		body;
	NamiBuf		pointer;
	NamiMapEntry entries[2] = {{NAMI_STR_INIT("lsn"), {.kind = NAMI_INT, .integer = 4}},
	{NAMI_STR_INIT("n"), {.kind = NAMI_INT, .integer = 9}}};
	NamiLabelId label;
	NamiOrd		ord;

	/* A foreign commit with a property that we would not create. */
	write_ok(actor, "P", "a", 1);
	nami_wal_builder_init(&builder, world.arena);
	nami_wal_put_node(&builder, 2, id,
					  NAMI_STR("{\"properties\":{\"lsn\":4},\"schema_version\":1,\"labels\":[0]}"));
	assert_int_equal(nami_wal_finish(&builder, &segment, &err), NAMI_OK);
	put_object(&world, nami_key_wal(world.arena, PREFIX, 2), segment.bytes);
	v1 = manifest_of(&world, 1);
	assert_int_equal(nami_manifest_next_init(&next, world.arena, v1, &err), NAMI_OK);
	nami_manifest_next_set_writer(&next, 0, id, 0, 0);
	nami_manifest_next_add_wal(&next, 2, nami_key_wal(world.arena, PREFIX, 2), 2,
							   segment.summary.xxh3);
	nami_buf_init(&body, world.arena);
	nami_manifest_next_write(&next, &body);
	put_object(&world, body_key(&world, 2), nami_buf_str(&body));
	nami_buf_init(&pointer, world.arena);
	nami_pointer_write(&pointer, PREFIX, 2, 0);
	put_object(&world, pointer_key(&world, 2), nami_buf_str(&pointer));

	actor_begin(actor);
	label = actor_label(actor, "P");
	{
		NamiSnapshot now = actor_now(actor);

		ord = nami_snapshot_find_node(&now, &id);
	}
	assert_int_not_equal(ord, NAMI_ORD_NONE);
	check_ok(actor, nami_transaction_set_node(actor->txn, ord, &label, 1,
											  nami_value_map(entries, 2), &actor->err));
	assert_int_equal(nami_transaction_set_node(actor->txn, find_node(actor, "P", "a"), &label, 1,
											   nami_value_map(entries, 2), &actor->err),
					 NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_ARGUMENT);
	check_ok(actor, actor_commit(actor));
	assert_int_equal(check_chain(&world), 3);
	actor_destroy(actor);
}

static void
edit_manifest(uint64_t version, const char *from, const char *to)
{
	NamiStr		body = object(&world, body_key(&world, version));
	const char *at = memmem(body.ptr, body.len, from, strlen(from));

	assert_non_null(at);
	put_object(&world, body_key(&world, version),
			   nami_str(nami_arena_printf(world.arena, "%.*s%s%.*s", (int) (at - body.ptr),
										  body.ptr, to,
										  (int) (body.ptr + body.len - at) - (int) strlen(from),
										  at + strlen(from))));
}

static void
indexed_vectors_have_the_right_dimension(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *actor = actor_create(&world);
	float		floats[3] = {1, 2, 3};
	NamiValue	numbers[3] = {nami_value_int(1), nami_value_float(2.5), nami_value_int(3)};
	NamiValue	words[3] = {nami_value_int(1), nami_value_string(NAMI_STR("x")),
	nami_value_int(3)};
	NamiSnapshot now;
	NamiKeyId	key;
	NamiLabelId label;
	NamiOrd		ord;
	NamiValue	seen;

	write_ok(writer, "Doc", "a", 1);
	edit_manifest(1, "\"vector_indexes\":[]",
				  "\"vector_indexes\":[{\"name\":\"vx\",\"label\":\"Doc\",\"property\":\"emb\","
				  "\"dim\":3,\"metric\":\"cosine\",\"r\":32,\"l_build\":64,\"alpha\":1.2,"
				  "\"quantization\":\"none\"}]");
	actor_begin(actor);
	assert_int_equal(create_with(actor, "Doc", "emb", nami_value_vector(floats, 2)),
					 NAMI_ERR_CHECK);
	assert_string_equal(actor->err.message, "Doc.emb embedding has dim 2 but vector index `vx` "
						"declares 3 (dimension constraint)");
	assert_int_equal(create_with(actor, "Doc", "emb", nami_value_list(numbers, 2)),
					 NAMI_ERR_CHECK);
	assert_int_equal(create_with(actor, "Doc", "emb", nami_value_list(words, 3)), NAMI_ERR_CHECK);
	assert_int_equal(create_with(actor, "Doc", "emb", nami_value_int(1)), NAMI_ERR_CHECK);
	assert_int_equal(create_with(actor, "Doc", "emb", nami_value_null()), NAMI_ERR_NONE);
	assert_int_equal(create_with(actor, "Other", "emb", nami_value_int(1)), NAMI_ERR_NONE);
	assert_int_equal(create_with(actor, "Doc", "emb", nami_value_vector(floats, 3)),
					 NAMI_ERR_NONE);
	label = actor_label(actor, "Doc");
	key = actor_key(actor, "emb");
	check_ok(actor, nami_transaction_create_node(actor->txn, NULL, &label, 1,
												 one_property(actor, "emb",
															  nami_value_list(numbers, 3)), &ord,
												 &actor->err));
	now = actor_now(actor);
	check_ok(actor, nami_snapshot_node_property(&now, key, &ord, 1, actor->arena, &seen,
												&actor->err));
	assert_int_equal(seen.kind, NAMI_VECTOR);
	assert_int_equal(seen.len, 3);
	assert_float_equal(seen.floats[1], 2.5f, 0);
	check_ok(actor, actor_commit(actor));
	actor_destroy(writer);
	actor_destroy(actor);
}

/* ---- uniqueness ----------------------------------------------------------------------------- */

static void
uniqueness_is_checked_at_once(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *actor = actor_create(&world);
	NamiLabelId none;
	NamiOrd		ord;
	NamiOrd		second;

	write_ok(writer, "P", "a", 1);
	constrain(&world, 1);
	actor_begin(actor);
	assert_int_equal(try_create(actor, "P", "a", 2, &ord), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	assert_string_equal(actor->err.message,
						"node with label \"P\" and property \"k\" = 'a' already exists");
	assert_non_null(strstr(actor->err.detail, "\"u\""));
	/* Against what the transaction itself has staged. */
	create(actor, "P", "b", 2);
	assert_int_equal(try_create(actor, "P", "b", 2, &ord), NAMI_FAILED);
	/* Other labels, missing values and the node itself are no conflict. */
	second = create(actor, "Q", "a", 2);
	create(actor, "P", NULL, 2);
	create(actor, "P", NULL, 2);
	check_ok(actor, set_number(actor, find_node(actor, "P", "a"), "P", "a", 5));
	/* Gaining the label is. */
	assert_int_equal(set_number(actor, second, "P", "a", 1), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	/* Losing it makes room, and so does deleting. */
	none = actor_label(actor, "R");
	check_ok(actor, nami_transaction_set_node(actor->txn, find_node(actor, "P", "a"), &none, 1,
											  props_kn(actor, "a", 1), &actor->err));
	check_ok(actor, set_number(actor, second, "P", "a", 1));
	check_ok(actor, nami_transaction_delete_node(actor->txn, find_node(actor, "P", "b"), false,
												 &actor->err));
	create(actor, "P", "b", 3);
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_count_key(&world, "P", "a"), 1);
	assert_int_equal(fresh_count_key(&world, "P", "b"), 1);
	actor_destroy(writer);
	actor_destroy(actor);
}

static void
composite_uniqueness_needs_all_values(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *actor = actor_create(&world);
	NamiOrd		ord;

	write_ok(writer, "P", "a", 1);
	edit_manifest(1, "\"constraints\":[]",
				  "\"constraints\":[{\"name\":\"kn\",\"label\":\"P\",\"properties\":[\"k\",\"n\"],"
				  "\"kind\":\"Unique\"}]");
	actor_begin(actor);
	create(actor, "P", "a", 2);
	create(actor, "P", "b", 1);
	create(actor, "P", NULL, 1);
	create(actor, "P", NULL, 1);
	assert_int_equal(try_create(actor, "P", "a", 1, &ord), NAMI_FAILED);
	assert_string_equal(actor->err.message, "node with label \"P\" and properties \"k\" = 'a', "
						"\"n\" = 1 already exists");
	check_ok(actor, actor_commit(actor));
	actor_destroy(writer);
	actor_destroy(actor);
}

static void
an_id_is_given_once(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiId		id = {{9, 9}};
	NamiLabelId label;
	NamiOrd		ord;

	actor_begin(actor);
	label = actor_label(actor, "P");
	check_ok(actor, nami_transaction_create_node(actor->txn, &id, &label, 1,
												 props_kn(actor, "a", 1), &ord, &actor->err));
	assert_int_equal(nami_transaction_create_node(actor->txn, &id, &label, 1,
												  props_kn(actor, "b", 1), &ord, &actor->err),
					 NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	check_ok(actor, actor_commit(actor));
	actor_begin(actor);
	assert_int_equal(nami_transaction_create_node(actor->txn, &id, &label, 1,
												  props_kn(actor, "b", 1), &ord, &actor->err),
					 NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_UNIQUE);
	actor_destroy(actor);
}

/* ---- deleting ------------------------------------------------------------------------------- */

static void
make_pair(Actor *actor)
{
	actor_begin(actor);
	check_ok(actor, put_edge(actor, "KNOWS", create(actor, "P", "a", 1),
							 create(actor, "P", "b", 2)));
	check_ok(actor, actor_commit(actor));
}

static uint64_t
fresh_edges(const char *type)
{
	Actor	   *reader = actor_create(&world);
	NamiSnapshot now;
	uint64_t	count;

	actor_begin(reader);
	now = actor_now(reader);
	count = nami_snapshot_count_edges(&now, actor_type(reader, type));
	actor_destroy(reader);
	return count;
}

static void
connected_nodes_are_not_deleted(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiOrd		a;
	NamiOrd		b;

	make_pair(actor);
	assert_int_equal(fresh_edges("KNOWS"), 1);
	actor_begin(actor);
	a = find_node(actor, "P", "a");
	check_ok(actor, nami_transaction_delete_node(actor->txn, a, false, &actor->err));
	check_ok(actor, nami_transaction_delete_node(actor->txn, a, false, &actor->err));
	assert_int_equal(nami_transaction_end_statement(actor->txn, 0, &actor->err), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_DANGLING);
	/* Both ends without the relationship: the same. */
	actor_begin(actor);
	a = find_node(actor, "P", "a");
	b = find_node(actor, "P", "b");
	check_ok(actor, nami_transaction_delete_node(actor->txn, a, false, &actor->err));
	check_ok(actor, nami_transaction_delete_node(actor->txn, b, false, &actor->err));
	assert_int_equal(nami_transaction_end_statement(actor->txn, 0, &actor->err), NAMI_FAILED);
	/* The relationship goes in the same statement, behind the node. */
	actor_begin(actor);
	a = find_node(actor, "P", "a");
	b = find_node(actor, "P", "b");
	check_ok(actor, nami_transaction_delete_node(actor->txn, a, false, &actor->err));
	check_ok(actor, nami_transaction_delete_edge(actor->txn, actor_type(actor, "KNOWS"), a, b,
												 &actor->err));
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_count(&world, "P"), 1);
	actor_destroy(actor);
}

static void
detach_removes_every_relationship(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiOrd		a;
	NamiManifest *manifest;
	NamiWalReader reader;
	NamiWalRecord record;
	NamiError	err = NAMI_ERROR_INIT;
	bool		has_record;
	int			edges = 0;

	make_pair(actor);
	actor_begin(actor);
	a = find_node(actor, "P", "a");
	check_ok(actor, put_edge(actor, "KNOWS", a, a));
	check_ok(actor, put_edge(actor, "LIKES", find_node(actor, "P", "b"), a));
	check_ok(actor, actor_commit(actor));
	actor_begin(actor);
	check_ok(actor, nami_transaction_delete_node(actor->txn, find_node(actor, "P", "a"), true,
												 &actor->err));
	check_ok(actor, actor_commit(actor));
	/* Tombstones of the three relationships come before the node's (8.4). */
	manifest = manifest_of(&world, 3);
	assert_int_equal(nami_wal_open(object(&world, nami_key_wal(world.arena, PREFIX,
															   manifest->wal_segments[2].seq)),
								   &reader, &err), NAMI_OK);
	assert_int_equal(reader.record_count, 4);
	for (int i = 0; i < 4; i++)
	{
		assert_int_equal(nami_wal_next(&reader, &record, &has_record, &err), NAMI_OK);
		assert_true(record.is_tombstone);
		edges += record.is_edge;
		assert_int_equal(record.is_edge, i < 3);
	}
	assert_int_equal(edges, 3);
	assert_int_equal(fresh_count(&world, "P"), 1);
	assert_int_equal(fresh_edges("KNOWS") + fresh_edges("LIKES"), 0);
	actor_destroy(actor);
}

static void
relationships_need_live_ends(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiOrd		a;
	NamiOrd		b;

	make_pair(actor);
	actor_begin(actor);
	a = find_node(actor, "P", "a");
	b = find_node(actor, "P", "b");
	check_ok(actor, nami_transaction_delete_node(actor->txn, a, true, &actor->err));
	assert_int_equal(put_edge(actor, "KNOWS", a, b), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_DANGLING);
	assert_int_equal(put_edge(actor, "KNOWS", b, NAMI_ORD_NONE), NAMI_FAILED);
	assert_int_equal(set_number(actor, a, "P", "a", 1), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_ENTITY_DELETED);
	actor_destroy(actor);
}

static void
read_only_transactions_stage_nothing(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiOrd		ord;

	actor->options.read_only = true;
	actor_begin(actor);
	assert_int_equal(try_create(actor, "P", "a", 1, &ord), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_READ_ONLY);
	actor_destroy(actor);
}

/* ---- savepoints and statements -------------------------------------------------------------- */

static void
rolled_back_parts_are_not_published(void **state)
{
	Actor	   *actor = actor_create(&world);
	Actor	   *other = actor_create(&world);
	uint64_t	mark;

	make_pair(actor);
	actor_begin(actor);
	create(actor, "P", "kept", 1);
	mark = nami_transaction_mark(actor->txn);
	create(actor, "P", "dropped", 1);
	check_ok(actor, set_number(actor, find_node(actor, "P", "a"), "P", "a", 9));
	assert_int_equal(count_label(actor, "P"), 4);
	nami_transaction_rollback_to(actor->txn, mark);
	assert_int_equal(count_label(actor, "P"), 3);
	/* What was relied on only for the dropped part is no conflict any more. */
	actor_begin(other);
	check_ok(other, set_number(other, find_node(other, "P", "a"), "P", "a", 50));
	check_ok(other, actor_commit(other));
	create(actor, "P", "after", 1);
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_count(&world, "P"), 4);
	assert_int_equal(fresh_count_key(&world, "P", "dropped"), 0);
	actor_destroy(actor);
	actor_destroy(other);
}

/* A statement sees its view; the next one of READ COMMITTED a newer, of REPEATABLE READ the same. */
static void
statements_and_isolation(void **state)
{
	for (int repeatable = 0; repeatable < 2; repeatable++)
	{
		Actor	   *actor;
		Actor	   *other;

		world_close(&world);
		world_open(&world, 31);
		actor = actor_create(&world);
		other = actor_create(&world);
		actor->options.repeatable_read = repeatable;
		write_ok(actor, "P", "a", 1);
		actor_begin(actor);
		create(actor, "P", "own", 1);
		write_ok(other, "P", "theirs", 1);
		assert_int_equal(count_label(actor, "P"), 2);
		actor_statement(actor);
		assert_int_equal(count_label(actor, "P"), repeatable ? 2 : 3);
		check_ok(actor, actor_commit(actor));
		assert_int_equal(fresh_count(&world, "P"), 3);
		actor_destroy(actor);
		actor_destroy(other);
	}
}

/* An earlier statement relied on a node that somebody changed before a later statement began. */
static void
earlier_statements_stay_relied_on(void **state)
{
	Actor	   *actor = actor_create(&world);
	Actor	   *other = actor_create(&world);
	NamiOrd		ord;

	make_pair(actor);
	actor_begin(actor);
	check_ok(actor, set_number(actor, find_node(actor, "P", "a"), "P", "a", 2));
	actor_begin(other);
	check_ok(other, set_number(other, find_node(other, "P", "a"), "P", "a", 50));
	check_ok(other, actor_commit(other));
	actor_statement(actor);
	assert_int_equal(try_create(actor, "P", "c", 1, &ord), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CONFLICT);
	assert_false(actor->err.retryable);
	/* Back before the first statement, the transaction is whole again. */
	nami_transaction_rollback_to(actor->txn, 0);
	actor_statement(actor);
	check_ok(actor, set_number(actor, find_node(actor, "P", "a"), "P", "a",
							   number_of(actor, find_node(actor, "P", "a")) + 1));
	check_ok(actor, actor_commit(actor));
	actor_begin(actor);
	assert_int_equal(number_of(actor, find_node(actor, "P", "a")), 51);
	actor_destroy(actor);
	actor_destroy(other);
}

/* A unique value checked in the first statement, taken by another before the second began. */
static void
constraints_are_asked_for_all_statements(void **state)
{
	Actor	   *actor = actor_create(&world);
	Actor	   *other = actor_create(&world);

	write_ok(other, "P", "a", 1);
	constrain(&world, 1);
	actor_destroy(other);
	other = actor_create(&world);
	actor_begin(actor);
	create(actor, "P", "m", 1);
	write_ok(other, "P", "m", 2);
	actor_statement(actor);
	create(actor, "P", "later", 1);
	assert_int_equal(actor_commit(actor), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CONFLICT);
	assert_int_equal(fresh_count_key(&world, "P", "m"), 1);
	actor_destroy(actor);
	actor_destroy(other);
}

/* ---- locks ---------------------------------------------------------------------------------- */

typedef struct LockLog
{
	Actor	   *actor;
	Actor	   *other;			/* commits while somebody waits; NULL: nobody waits */
	uint64_t	exclusive[64];
	uint32_t	exclusive_count;
	uint64_t	shared[64];
	uint32_t	shared_count;
	uint32_t	calls;
} LockLog;

static NamiStatus
log_lock(void *ctx, const uint64_t *keys, uint32_t count, bool shared, bool *waited,
		 NamiError *err)
{
	LockLog    *log = ctx;

	log->calls++;
	for (uint32_t i = 0; i < count; i++)
	{
		assert_true(i == 0 || keys[i] > keys[i - 1]);
		if (shared)
			log->shared[log->shared_count++] = keys[i];
		else
			log->exclusive[log->exclusive_count++] = keys[i];
	}
	*waited = false;
	if (log->other != NULL)
	{
		Actor	   *other = log->other;

		log->other = NULL;
		*waited = true;
		actor_begin(other);
		check_ok(other, set_number(other, find_node(other, "P", "a"), "P", "a", 50));
		check_ok(other, actor_commit(other));
	}
	return NAMI_OK;
}

static void
writes_lock_their_keys_once(void **state)
{
	Actor	   *actor = actor_create(&world);
	LockLog		log = {0};
	NamiOrd		a;
	NamiOrd		b;
	NamiOrd		both[2];

	make_pair(actor);
	actor->hooks.ctx = &log;
	actor->hooks.lock = log_lock;
	actor_begin(actor);
	a = find_node(actor, "P", "a");
	b = find_node(actor, "P", "b");
	/* New nodes and their relationships: no lock. */
	check_ok(actor, put_edge(actor, "X", create(actor, "P", "c", 1), create(actor, "P", "d", 1)));
	assert_int_equal(log.calls, 0);
	/* A relationship: its ends shared, itself exclusively. */
	check_ok(actor, put_edge(actor, "X", a, b));
	assert_int_equal(log.shared_count, 2);
	assert_int_equal(log.exclusive_count, 1);
	check_ok(actor, put_edge(actor, "X", a, b));
	assert_int_equal(log.calls, 2);
	/* Nodes in one go; then there is nothing left to lock. */
	both[0] = a;
	both[1] = b;
	check_ok(actor, nami_transaction_lock_nodes(actor->txn, both, 2, &actor->err));
	assert_int_equal(log.calls, 3);
	assert_int_equal(log.exclusive_count, 3);
	check_ok(actor, set_number(actor, a, "P", "a", 1));
	check_ok(actor, set_number(actor, b, "P", "b", 1));
	assert_int_equal(log.calls, 3);
	/* A rolled-back savepoint has given locks back. */
	nami_transaction_rollback_to(actor->txn, 0);
	check_ok(actor, set_number(actor, a, "P", "a", 1));
	assert_int_equal(log.calls, 4);
	actor_destroy(actor);
}

/* Who waited for the lock of a node that was changed meanwhile runs the statement again. */
static void
a_wait_shows_the_newer_version(void **state)
{
	for (int repeatable = 0; repeatable < 2; repeatable++)
	{
		Actor	   *actor;
		LockLog		log = {0};
		NamiOrd		a;

		world_close(&world);
		world_open(&world, 41);
		actor = actor_create(&world);
		make_pair(actor);
		actor->hooks.ctx = &log;
		actor->hooks.lock = log_lock;
		actor->options.repeatable_read = repeatable;
		log.other = actor_create(&world);
		actor_begin(actor);
		a = find_node(actor, "P", "a");
		{
			Actor	   *other = log.other;

			assert_int_equal(set_number(actor, a, "P", "a", number_of(actor, a) + 1),
							 NAMI_FAILED);
			assert_int_equal(actor->err.cls, NAMI_ERR_CONFLICT);
			assert_int_equal(actor->err.retryable, !repeatable);
			if (!repeatable)
			{
				nami_transaction_rollback_to(actor->txn, 0);
				actor_statement(actor);
				a = find_node(actor, "P", "a");
				check_ok(actor, set_number(actor, a, "P", "a", number_of(actor, a) + 1));
				check_ok(actor, actor_commit(actor));
				actor_begin(actor);
				assert_int_equal(number_of(actor, find_node(actor, "P", "a")), 51);
			}
			actor_destroy(other);
		}
		actor_destroy(actor);
	}
}

static void
a_probe_is_locked_like_the_constraint(void **state)
{
	Actor	   *writer = actor_create(&world);
	Actor	   *actor = actor_create(&world);
	LockLog		log = {0};
	NamiLabelId label;
	NamiKeyId	key;
	NamiValue	value = nami_value_string(NAMI_STR("m"));

	write_ok(writer, "P", "a", 1);
	constrain(&world, 1);
	actor->hooks.ctx = &log;
	actor->hooks.lock = log_lock;
	actor_begin(actor);
	label = actor_label(actor, "P");
	key = actor_key(actor, "k");
	check_ok(actor, nami_transaction_lock_probe(actor->txn, &label, 1, &key, &value, 1,
												&actor->err));
	assert_int_equal(log.calls, 1);
	create(actor, "P", "m", 1);
	assert_int_equal(log.calls, 1);
	create(actor, "P", "n", 1);
	assert_int_equal(log.calls, 2);
	actor_destroy(writer);
	actor_destroy(actor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(only_storable_values_are_staged),
		TEST(times_are_seen_as_they_will_be_stored),
		TEST(reserved_names_of_the_product_may_stay),
		TEST(indexed_vectors_have_the_right_dimension),
		TEST(uniqueness_is_checked_at_once),
		TEST(composite_uniqueness_needs_all_values),
		TEST(an_id_is_given_once),
		TEST(connected_nodes_are_not_deleted),
		TEST(detach_removes_every_relationship),
		TEST(relationships_need_live_ends),
		TEST(read_only_transactions_stage_nothing),
		TEST(rolled_back_parts_are_not_published),
		TEST(statements_and_isolation),
		TEST(earlier_statements_stay_relied_on),
		TEST(constraints_are_asked_for_all_statements),
		TEST(writes_lock_their_keys_once),
		TEST(a_wait_shows_the_newer_version),
		TEST(a_probe_is_locked_like_the_constraint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
