/*
 * graph_repair_test.c - stalled commits, row by row of the table in spec/storage.md 4.5.
 */
#include "graph_world.h"

static World world;

static int
setup(void **state)
{
	world_open(&world, 5);
	return 0;
}

static int
teardown(void **state)
{
	world_close(&world);
	return 0;
}

/*
 * A writer that stopped behind the body of version 2: segment 2 with node "s" and the body are
 * there, the pointer is not.
 */
static void
stall(void)
{
	Actor	   *stalled = actor_create(&world);

	write_ok(stalled, "P", "a", 1);
	actor_begin(stalled);
	create(stalled, "P", "s", 2);
	lose(stalled, NAMI_OP_CREATE, "/pointer/p", FAULT_CRASH_BEFORE, 1);
	if (setjmp(stalled->crash) == 0)
	{
		(void) actor_commit(stalled);
		fail_msg("it did not stop");
	}
	actor_destroy(stalled);
	assert_non_null(object(&world, body_key(&world, 2)).ptr);
	assert_null(object(&world, pointer_key(&world, 2)).ptr);
}

static NamiStr
segment_key(uint64_t seq)
{
	return nami_key_wal(world.arena, PREFIX, seq);
}

/* Replaces a piece of the stalled body. */
static void
edit_body(const char *from, const char *to)
{
	NamiStr		body = object(&world, body_key(&world, 2));
	const char *at = memmem(body.ptr, body.len, from, strlen(from));
	const char *rest;

	if (at == NULL)
		fail_msg("no %s in %.*s", from, (int) body.len, body.ptr);
	rest = at + strlen(from);
	put_object(&world, body_key(&world, 2),
			   nami_str(nami_arena_printf(world.arena, "%.*s%s%.*s", (int) (at - body.ptr),
										  body.ptr, to, (int) (body.ptr + body.len - rest),
										  rest)));
}

/* Another writer commits; what becomes of the stalled one? */
static void
expect(bool adopted)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "b", 3);
	assert_int_equal(check_chain(&world), adopted ? 3 : 2);
	assert_int_equal(fresh_count_key(&world, "P", "s"), adopted ? 1 : 0);
	assert_int_equal(fresh_count(&world, "P"), adopted ? 3 : 2);
	actor_destroy(actor);
}

static void
complete_commit_is_adopted(void **state)
{
	stall();
	expect(true);
	assert_true(nami_str_eq(object(&world, nami_key_current(world.arena, PREFIX)),
							object(&world, pointer_key(&world, 3))));
}

static void
missing_segment_is_occupied(void **state)
{
	static const char empty[] =
		"\x54\x47\x57\x4c\x01\x00\x00\x00\0\0\0\0\0\0\0\0\0\0\0\0\x54\x47\x45\x4c\xac\xa6\x06\x80";

	stall();
	delete_object(&world, segment_key(2));
	/* Somebody's orphan, so that the next writer takes another number itself. */
	put_object(&world, segment_key(5), (NamiStr) {empty, 28});
	expect(false);
	/* The slot can no longer be filled by the first writer, and its number is not used again. */
	assert_true(nami_str_eq(object(&world, segment_key(2)), (NamiStr) {empty, 28}));
	assert_int_not_equal(manifest_of(&world, 2)->wal_segments[1].seq, 2);
}

static void
empty_segment_is_not_adopted(void **state)
{
	static const char empty[] =
		"\x54\x47\x57\x4c\x01\x00\x00\x00\0\0\0\0\0\0\0\0\0\0\0\0\x54\x47\x45\x4c\xac\xa6\x06\x80";

	stall();
	put_object(&world, segment_key(2), (NamiStr) {empty, 28});
	expect(false);
}

static void
torn_segment_is_not_adopted(void **state)
{
	NamiStr		bytes;

	stall();
	bytes = object(&world, segment_key(2));
	put_object(&world, segment_key(2), nami_str_slice(bytes, 0, bytes.len - 1));
	expect(false);
}

static void
other_bytes_in_the_segment_are_not_adopted(void **state)
{
	stall();
	put_object(&world, segment_key(2), object(&world, segment_key(1)));
	expect(false);
}

static void
missing_xxh3_is_not_adopted(void **state)
{
	NamiManifest *manifest;

	stall();
	manifest = manifest_of(&world, 2);
	edit_body(nami_arena_printf(world.arena, ",\"xxh3\":%llu",
								(unsigned long long) manifest->wal_segments[1].xxh3), "");
	expect(false);
	assert_non_null(object(&world, segment_key(2)).ptr);
}

static void
wrong_path_is_not_adopted(void **state)
{
	stall();
	edit_body("t/wal/0000000000000002.wal", "u/wal/0000000000000002.wal");
	expect(false);
}

static void
garbage_is_deleted(void **state)
{
	stall();
	put_object(&world, body_key(&world, 2), NAMI_STR("{\"version\":2"));
	expect(false);
}

static void
wrong_version_is_deleted(void **state)
{
	stall();
	edit_body("\"version\":2", "\"version\":7");
	expect(false);
}

static void
lower_epoch_is_deleted(void **state)
{
	Actor	   *bumper = actor_create(&world);

	bumper->options.bump_epoch = true;
	write_ok(bumper, "P", "a", 1);
	actor_begin(bumper);
	create(bumper, "P", "s", 2);
	lose(bumper, NAMI_OP_CREATE, "/pointer/p", FAULT_CRASH_BEFORE, 1);
	if (setjmp(bumper->crash) == 0)
		(void) actor_commit(bumper);
	edit_body("\"epoch\":2", "\"epoch\":0");
	expect(false);
	actor_destroy(bumper);
}

static void
body_without_data_is_adopted(void **state)
{
	NamiManifest *manifest;
	char		descriptor[256];

	stall();
	manifest = manifest_of(&world, 2);
	snprintf(descriptor, sizeof(descriptor),
			 ",{\"seq\":2,\"path\":\"t/wal/0000000000000002.wal\",\"last_lsn\":2,\"xxh3\":%llu}",
			 (unsigned long long) manifest->wal_segments[1].xxh3);
	edit_body(descriptor, "");
	{
		Actor	   *actor = actor_create(&world);

		write_ok(actor, "P", "b", 3);
		assert_int_equal(check_chain(&world), 3);
		assert_int_equal(fresh_count(&world, "P"), 2);
		/* The orphan's number is not taken again. */
		assert_true(manifest_of(&world, 3)->wal_segments[1].seq > 2);
		actor_destroy(actor);
	}
}

static void
missing_sst_is_not_adopted(void **state)
{
	stall();
	edit_body("\"ssts\":[]", "\"ssts\":[{\"id\":\"01890000-0000-7000-8000-000000000001\","
			  "\"kind\":\"Nodes\",\"scope\":\"\",\"level\":0,\"path\":\"sst/level0/x-nodes.parquet\","
			  "\"size_bytes\":1,\"row_count\":1,\"created_at\":\"2026-01-01T00:00:00Z\","
			  "\"min_key\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"max_key\":\"AAAAAAAAAAAAAAAAAAAAAA==\","
			  "\"min_lsn\":1,\"max_lsn\":1,\"schema_version_min\":1,\"schema_version_max\":1,"
			  "\"property_stats\":[],\"kind_specific\":{\"kind\":\"Nodes\",\"tombstone_count\":0}}]");
	expect(false);
}

static void
orphan_segment_is_ignored(void **state)
{
	stall();
	delete_object(&world, body_key(&world, 2));
	expect(false);
	assert_int_equal(manifest_of(&world, 2)->wal_segments[1].seq, 3);
}

static void
refused_delete_is_explained(void **state)
{
	Actor	   *actor = actor_create(&world);

	stall();
	put_object(&world, body_key(&world, 2), NAMI_STR("nonsense"));
	lose(actor, NAMI_OP_DELETE, "/manifest/v", FAULT_REFUSED, 1);
	assert_int_equal(write_one(actor, "P", "b", 3), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_PERMISSION);
	assert_non_null(strstr(actor->err.message, "left unfinished"));
	assert_non_null(strstr(actor->err.hint, "v0000000000000002.json"));
	actor_destroy(actor);
}

/* A slow writer is not a dead one: within the grace time its pointer counts. */
static int	requests_seen;

static void
publish_late(Actor *actor, const NamiStoreRequest *req)
{
	if (req->op == NAMI_OP_HEAD && key_contains(req->key, "/pointer/p") && ++requests_seen == 3)
	{
		NamiBuf		pointer;

		nami_buf_init(&pointer, world.arena);
		nami_pointer_write(&pointer, PREFIX, 2, 0);
		put_object(&world, pointer_key(&world, 2), nami_buf_str(&pointer));
	}
}

static void
slow_writer_is_waited_for(void **state)
{
	Actor	   *actor = actor_create(&world);

	stall();
	requests_seen = 0;
	actor->before = publish_late;
	write_ok(actor, "P", "b", 3);
	assert_int_equal(actor->op_counts[NAMI_OP_DELETE], 0);
	assert_int_equal(check_chain(&world), 3);
	assert_int_equal(fresh_count(&world, "P"), 3);
	actor_destroy(actor);
}

static void
interrupt_at_request(Actor *actor, const NamiStoreRequest *req)
{
	if (req->op == NAMI_OP_HEAD && ++requests_seen == 3)
		world.is_interrupted = true;
}

static void
waiting_can_be_cancelled(void **state)
{
	Actor	   *actor = actor_create(&world);

	stall();
	requests_seen = 0;
	actor->before = interrupt_at_request;
	assert_int_equal(write_one(actor, "P", "b", 3), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CANCELLED);
	world.is_interrupted = false;
	actor->before = NULL;
	assert_int_equal(check_chain(&world), 1);
	actor_destroy(actor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(complete_commit_is_adopted),
		TEST(missing_segment_is_occupied),
		TEST(empty_segment_is_not_adopted),
		TEST(torn_segment_is_not_adopted),
		TEST(other_bytes_in_the_segment_are_not_adopted),
		TEST(missing_xxh3_is_not_adopted),
		TEST(wrong_path_is_not_adopted),
		TEST(garbage_is_deleted),
		TEST(wrong_version_is_deleted),
		TEST(lower_epoch_is_deleted),
		TEST(body_without_data_is_adopted),
		TEST(missing_sst_is_not_adopted),
		TEST(orphan_segment_is_ignored),
		TEST(refused_delete_is_explained),
		TEST(slow_writer_is_waited_for),
		TEST(waiting_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
