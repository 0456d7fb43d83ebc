/*
 * graph_commit_test.c - publishing: order of the objects, lost answers, races, cancellation
 * (spec/storage.md 4.4, 5.4).
 */
#include "graph_world.h"

static World world;

static int
setup(void **state)
{
	world_open(&world, 1);
	return 0;
}

static int
teardown(void **state)
{
	world_close(&world);
	return 0;
}

static void
first_commit_creates_the_namespace(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiManifest *v0;

	assert_int_equal(fresh_count(&world, "P"), 0);
	assert_null(object(&world, pointer_key(&world, 0)).ptr);	/* reading writes nothing */
	write_ok(actor, "P", "a", 1);
	assert_int_equal(check_chain(&world), 1);
	v0 = manifest_of(&world, 0);
	assert_int_equal(v0->epoch, 0);
	assert_int_equal(v0->wal_segment_count, 0);
	assert_int_equal(manifest_of(&world, 1)->epoch, 0);
	assert_int_equal(manifest_of(&world, 1)->wal_segments[0].seq, 1);
	assert_int_equal(manifest_of(&world, 1)->wal_segments[0].last_lsn, 1);
	assert_true(nami_str_eq(object(&world, nami_key_current(world.arena, PREFIX)),
							object(&world, pointer_key(&world, 1))));
	assert_int_equal(fresh_count(&world, "P"), 1);
	actor_begin(actor);
	assert_int_equal(count_label(actor, "P"), 1);
	assert_int_equal(number_of(actor, find_node(actor, "P", "a")), 1);
	actor_destroy(actor);
}

static void
a_commit_costs_four_requests(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	memset(actor->op_counts, 0, sizeof(actor->op_counts));
	write_ok(actor, "P", "b", 2);
	assert_int_equal(actor->op_counts[NAMI_OP_CREATE], 3);
	assert_int_equal(actor->op_counts[NAMI_OP_PUT], 1);
	assert_int_equal(actor->op_counts[NAMI_OP_GET], 1); /* the statement's look for a newer one */
	assert_int_equal(actor->op_counts[NAMI_OP_HEAD], 0);
	assert_int_equal(actor->op_counts[NAMI_OP_LIST], 0);
	actor_destroy(actor);
}

static void
nothing_staged_sends_nothing(void **state)
{
	Actor	   *actor = actor_create(&world);
	uint64_t	before;

	write_ok(actor, "P", "a", 1);
	actor_begin(actor);
	create(actor, "P", "b", 2);
	nami_transaction_rollback_to(actor->txn, 0);
	before = actor->request_count;
	check_ok(actor, actor_commit(actor));
	assert_int_equal(actor->request_count, before);
	assert_int_equal(check_chain(&world), 1);
	actor_destroy(actor);
}

/* Every answer that can get lost, with and without effect: exactly once, always. */
static void
lost_answers_are_settled(void **state)
{
	static const struct
	{
		NamiStoreOp op;
		const char *key;
	}			objects[] = {
		{NAMI_OP_CREATE, "/wal/"},
		{NAMI_OP_CREATE, "/manifest/v"},
		{NAMI_OP_CREATE, "/pointer/p"},
		{NAMI_OP_PUT, "/current.json"},
	};
	Actor	   *actor = actor_create(&world);
	uint64_t	written = 1;

	write_ok(actor, "P", "first", 0);
	for (size_t o = 0; o < 4; o++)
	{
		for (int times = 1; times <= 3; times++)
		{
			for (int with_effect = 0; with_effect < 2; with_effect++)
			{
				char		text[32];

				snprintf(text, sizeof(text), "%zu-%d-%d", o, times, with_effect);
				lose(actor, objects[o].op, objects[o].key,
					 with_effect ? FAULT_LOST_ANSWER : FAULT_LOST_REQUEST, times);
				write_ok(actor, "P", text, 1);
				written++;
				assert_int_equal(check_chain(&world), written);
				assert_int_equal(fresh_count_key(&world, "P", text), 1);
				assert_int_equal(fresh_count(&world, "P"), written);
			}
		}
	}
	actor_destroy(actor);
}

/* Also while the namespace is created. */
static void
lost_answers_of_the_first_commit(void **state)
{
	static const char *const keys[] = {"/manifest/v", "/pointer/p", "/wal/"};

	for (int k = 0; k < 3; k++)
	{
		for (int with_effect = 0; with_effect < 2; with_effect++)
		{
			Actor	   *actor;

			world_close(&world);
			world_open(&world, (uint64_t) k + 7);
			actor = actor_create(&world);
			lose(actor, NAMI_OP_CREATE, keys[k],
				 with_effect ? FAULT_LOST_ANSWER : FAULT_LOST_REQUEST, 2);
			write_ok(actor, "P", "a", 1);
			assert_int_equal(check_chain(&world), 1);
			assert_int_equal(fresh_count(&world, "P"), 1);
			actor_destroy(actor);
		}
	}
}

static void
an_unsettled_pointer_is_in_doubt(void **state)
{
	Actor	   *actor = actor_create(&world);
	Actor	   *other = actor_create(&world);
	NamiManifest *manifest;
	char		writer[NAMI_UUID_TEXT_LEN + 1] = {0};

	write_ok(actor, "P", "a", 1);
	actor->options.resolve_timeout_ms = 2000;
	lose(actor, NAMI_OP_CREATE, "/pointer/p", FAULT_LOST_REQUEST, 1000000);
	assert_int_equal(write_one(actor, "P", "b", 2), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_IN_DOUBT);
	manifest = manifest_of(&world, 2);
	nami_uuid_format(manifest->writer_id, writer);
	assert_non_null(strstr(actor->err.message, "version 2"));
	assert_non_null(strstr(actor->err.message, writer));
	/* Whoever comes next completes it. */
	write_ok(other, "P", "c", 3);
	assert_int_equal(check_chain(&world), 3);
	assert_int_equal(fresh_count(&world, "P"), 3);
	/* And the process itself goes on. */
	actor->fault_key = NULL;
	write_ok(actor, "P", "d", 4);
	assert_int_equal(fresh_count(&world, "P"), 4);
	actor_destroy(actor);
	actor_destroy(other);
}

static void
a_refused_pointer_is_in_doubt(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	lose(actor, NAMI_OP_CREATE, "/pointer/p", FAULT_REFUSED, 1000000);
	assert_int_equal(write_one(actor, "P", "b", 2), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_IN_DOUBT);
	actor_destroy(actor);
}

static void
a_refused_segment_or_body_is_no_commit(void **state)
{
	static const char *const keys[] = {"/wal/", "/manifest/v"};
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	for (int k = 0; k < 2; k++)
	{
		lose(actor, NAMI_OP_CREATE, keys[k], FAULT_REFUSED, 1);
		assert_int_equal(write_one(actor, "P", "b", 2), NAMI_FAILED);
		assert_int_equal(actor->err.cls, NAMI_ERR_PERMISSION);
		assert_int_equal(check_chain(&world), 1);
	}
	write_ok(actor, "P", "c", 3);
	assert_int_equal(fresh_count(&world, "P"), 2);
	actor_destroy(actor);
}

static void
epoch_is_kept_or_raised_on_request(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	actor->options.bump_epoch = true;
	write_ok(actor, "P", "b", 2);
	actor->options.bump_epoch = false;
	write_ok(actor, "P", "c", 3);
	assert_int_equal(manifest_of(&world, 1)->epoch, 0);
	assert_int_equal(manifest_of(&world, 2)->epoch, 1);
	assert_int_equal(manifest_of(&world, 3)->epoch, 1);
	actor_destroy(actor);
}

/* Puts text behind the first brace of a body. */
static void
add_members(uint64_t version, const char *members)
{
	NamiStr		body = object(&world, body_key(&world, version));
	char	   *changed = nami_arena_printf(world.arena, "{%s,%.*s", members, (int) body.len - 1,
											body.ptr + 1);

	put_object(&world, body_key(&world, version), nami_str(changed));
}

static void
unknown_members_are_carried_over(void **state)
{
	Actor	   *first = actor_create(&world);
	Actor	   *second = actor_create(&world);
	NamiStr		body;

	write_ok(first, "P", "a", 1);
	add_members(1, "\"future\":{\"x\":18446744073709551615,\"y\":[1.50,{}]}");
	write_ok(second, "P", "b", 2);
	body = object(&world, body_key(&world, 2));
	assert_true(key_contains(body, "\"future\":{\"x\":18446744073709551615,\"y\":[1.50,{}]}"));
	actor_destroy(first);
	actor_destroy(second);
}

/* ---- races ---------------------------------------------------------------------------------- */

typedef struct Race
{
	Actor	   *other;
	NamiStoreOp op;
	const char *key;
	void		(*act) (Actor *other);
	int			times;
} Race;

static void
race_hook(Actor *actor, const NamiStoreRequest *req)
{
	Race	   *race = actor->before_ctx;

	if (race->times > 0 && req->op == race->op && key_contains(req->key, race->key))
	{
		race->times--;
		race->act(race->other);
	}
}

static void
start_race(Actor *actor, Race *race)
{
	actor->before_ctx = race;
	actor->before = race_hook;
}

static void
other_writes_q(Actor *other)
{
	write_ok(other, "Q", "q", 100);
}

static void
unrelated_commits_are_rebased_over(void **state)
{
	static const char *const keys[] = {"/wal/", "/manifest/v", "/pointer/p"};

	for (int k = 0; k < 2; k++)
	{
		Actor	   *actor;
		Actor	   *other;
		Race		race = {.op = NAMI_OP_CREATE, .key = keys[k],.act = other_writes_q,
		.times = 1};

		world_close(&world);
		world_open(&world, 3);
		actor = actor_create(&world);
		other = actor_create(&world);
		write_ok(actor, "P", "a", 1);
		race.other = other;
		start_race(actor, &race);
		/* A label that neither knows: both choose the same id for another name. */
		write_ok(actor, "R", "r", 5);
		assert_int_equal(check_chain(&world), 3);
		assert_int_equal(fresh_count_key(&world, "R", "r"), 1);
		assert_int_equal(fresh_count_key(&world, "Q", "q"), 1);
		assert_int_equal(fresh_count(&world, "R"), 1);
		assert_true(nami_str_eq(manifest_of(&world, 3)->labels[1], NAMI_STR("Q")));
		assert_true(nami_str_eq(manifest_of(&world, 3)->labels[2], NAMI_STR("R")));
		/* The loser sees both at once. */
		actor->before = NULL;
		actor_begin(actor);
		assert_int_equal(count_label(actor, "Q"), 1);
		assert_int_equal(count_label(actor, "R"), 1);
		actor_destroy(actor);
		actor_destroy(other);
	}
}

static void
other_sets_a(Actor *other)
{
	actor_begin(other);
	check_ok(other, set_number(other, find_node(other, "P", "a"), "P", "a", 50));
	check_ok(other, actor_commit(other));
}

static void
other_sets_a_to_the_same(Actor *other)
{
	actor_begin(other);
	check_ok(other, set_number(other, find_node(other, "P", "a"), "P", "a", 1));
	check_ok(other, actor_commit(other));
}

static void
other_deletes_a(Actor *other)
{
	actor_begin(other);
	check_ok(other, nami_transaction_delete_node(other->txn, find_node(other, "P", "a"), true,
												 &other->err));
	check_ok(other, actor_commit(other));
}

static void
other_writes_second_a(Actor *other)
{
	write_ok(other, "P", "a", 60);
}

static void
other_writes_second_m(Actor *other)
{
	write_ok(other, "P", "m", 61);
}

static void
other_joins_a_and_b(Actor *other)
{
	actor_begin(other);
	check_ok(other, put_edge(other, "KNOWS", find_node(other, "P", "a"),
							 find_node(other, "P", "b")));
	check_ok(other, actor_commit(other));
}

static void
mine_sets_a(Actor *actor)
{
	check_ok(actor, set_number(actor, find_node(actor, "P", "a"), "P", "a", 2));
}

static void
mine_deletes_a(Actor *actor)
{
	check_ok(actor, nami_transaction_delete_node(actor->txn, find_node(actor, "P", "a"), true,
												 &actor->err));
}

static void
mine_deletes_a_plainly(Actor *actor)
{
	check_ok(actor, nami_transaction_delete_node(actor->txn, find_node(actor, "P", "a"), false,
												 &actor->err));
}

static void
mine_joins_a_and_b(Actor *actor)
{
	check_ok(actor, put_edge(actor, "KNOWS", find_node(actor, "P", "a"),
							 find_node(actor, "P", "b")));
}

static void
mine_likes_a_and_b(Actor *actor)
{
	check_ok(actor, put_edge(actor, "LIKES", find_node(actor, "P", "a"),
							 find_node(actor, "P", "b")));
}

static void
mine_merges(Actor *actor, const char *text)
{
	NamiLabelId label = actor_label(actor, "P");
	NamiKeyId	key = actor_key(actor, "k");
	NamiValue	value = nami_value_string(nami_str(text));

	check_ok(actor, nami_transaction_lock_probe(actor->txn, &label, 1, &key, &value, 1,
												&actor->err));
	if (find_node(actor, "P", text) == NAMI_ORD_NONE)
		create(actor, "P", text, 7);
	else
		create(actor, "Visit", text, 7);
}

static void
mine_merges_m(Actor *actor)
{
	mine_merges(actor, "m");
}

static void
mine_merges_a(Actor *actor)
{
	mine_merges(actor, "a");
}

/* What one did to the keys on which the other relies decides (spec/storage.md 5.4). */
static void
conflicts_by_key(void **state)
{
	static const struct
	{
		void		(*mine) (Actor *);
		void		(*theirs) (Actor *);
		bool		conflict;
	}			cases[] = {
		{mine_sets_a, other_sets_a, true},
		{mine_sets_a, other_sets_a_to_the_same, false},
		{mine_sets_a, other_deletes_a, true},
		{mine_sets_a, other_writes_q, false},
		{mine_sets_a, other_joins_a_and_b, false},
		{mine_deletes_a, other_sets_a, true},
		{mine_deletes_a, other_joins_a_and_b, true},
		{mine_deletes_a_plainly, other_joins_a_and_b, true},
		{mine_joins_a_and_b, other_joins_a_and_b, true},
		{mine_joins_a_and_b, other_deletes_a, true},
		{mine_joins_a_and_b, other_sets_a, false},
		{mine_likes_a_and_b, other_joins_a_and_b, false},
		{mine_merges_m, other_writes_second_m, true},
		{mine_merges_m, other_writes_second_a, false},
		{mine_merges_a, other_writes_second_a, true},
		{mine_merges_a, other_sets_a, false},
		{mine_merges_a, other_deletes_a, true},
	};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		Actor	   *actor;
		Actor	   *other;
		NamiStatus	status;

		world_close(&world);
		world_open(&world, c + 20);
		actor = actor_create(&world);
		other = actor_create(&world);
		actor_begin(actor);
		create(actor, "P", "a", 1);
		create(actor, "P", "b", 1);
		check_ok(actor, actor_commit(actor));
		actor_begin(actor);
		cases[c].mine(actor);
		cases[c].theirs(other);
		status = actor_commit(actor);
		if (cases[c].conflict != (status == NAMI_FAILED))
			fail_msg("case %zu: %s", c, status == NAMI_OK ? "committed" : actor->err.message);
		if (cases[c].conflict)
		{
			assert_int_equal(actor->err.cls, NAMI_ERR_CONFLICT);
			assert_false(actor->err.retryable);
		}
		assert_int_equal(check_chain(&world), cases[c].conflict ? 2 : 3);
		actor_destroy(actor);
		actor_destroy(other);
	}
}

/* ---- constraints ---------------------------------------------------------------------------- */

static void
uniqueness_holds_against_other_writers(void **state)
{
	Actor	   *setup_actor = actor_create(&world);
	Actor	   *actor = actor_create(&world);
	Actor	   *other = actor_create(&world);

	write_ok(setup_actor, "P", "a", 1);
	constrain(&world, 1);
	/* Two transactions insert the same value: the later one loses at commit. */
	actor_begin(actor);
	create(actor, "P", "m", 1);
	write_ok(other, "P", "m", 2);
	assert_int_equal(actor_commit(actor), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CONFLICT);
	assert_false(actor->err.retryable);
	/* Different values do not disturb each other. */
	actor_begin(actor);
	create(actor, "P", "x", 1);
	write_ok(other, "P", "y", 2);
	check_ok(actor, actor_commit(actor));
	/* A value that another statement of the transaction gave back is free. */
	actor_begin(actor);
	check_ok(actor, set_number(actor, find_node(actor, "P", "x"), "P", "z", 1));
	create(actor, "P", "x", 9);
	write_ok(other, "P", "w", 2);
	check_ok(actor, actor_commit(actor));
	assert_int_equal(fresh_count_key(&world, "P", "x"), 1);
	assert_int_equal(fresh_count_key(&world, "P", "z"), 1);
	actor_destroy(setup_actor);
	actor_destroy(actor);
	actor_destroy(other);
}

/* ---- cancellation --------------------------------------------------------------------------- */

static void
interrupt_hook(Actor *actor, const NamiStoreRequest *req)
{
	const char *key = actor->before_ctx;

	if (req->op == NAMI_OP_CREATE && key_contains(req->key, key))
		actor->world->is_interrupted = true;
}

static NamiStatus
write_interrupted(Actor *actor, const char *key, Fault fault)
{
	NamiStatus	status;

	actor_begin(actor);
	create(actor, "P", "b", 2);
	actor->before = interrupt_hook;
	actor->before_ctx = (void *) key;
	lose(actor, NAMI_OP_CREATE, key, fault, 1);
	status = actor_commit(actor);
	actor->before = NULL;
	world.is_interrupted = false;
	return status;
}

static void
a_cancel_never_lies(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	/* While the segment is sent: nobody lists it. */
	assert_int_equal(write_interrupted(actor, "/wal/", FAULT_LOST_ANSWER), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CANCELLED);
	assert_int_equal(check_chain(&world), 1);
	/* The body did not arrive: an empty version takes its place, so that it never can. */
	assert_int_equal(write_interrupted(actor, "/manifest/v", FAULT_LOST_REQUEST), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CANCELLED);
	assert_int_equal(check_chain(&world), 2);
	assert_int_equal(fresh_count(&world, "P"), 1);
	/* The body is there, and others may adopt it: too late to cancel. */
	assert_int_equal(write_interrupted(actor, "/manifest/v", FAULT_LOST_ANSWER), NAMI_OK);
	assert_int_equal(check_chain(&world), 3);
	assert_int_equal(fresh_count(&world, "P"), 2);
	/* The pointer was sent. */
	assert_int_equal(write_interrupted(actor, "/pointer/p", FAULT_LOST_REQUEST), NAMI_OK);
	assert_int_equal(write_interrupted(actor, "/pointer/p", FAULT_LOST_ANSWER), NAMI_OK);
	assert_int_equal(fresh_count(&world, "P"), 4);
	write_ok(actor, "P", "c", 2);
	assert_int_equal(check_chain(&world), 6);
	actor_destroy(actor);
}

static int64_t
deadline_hook(void *ctx)
{
	return world_monotonic_ms(ctx) + 400;
}

static void
the_deadline_ends_the_attempts(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	actor->hooks.ctx = &world;
	actor->hooks.commit_deadline_ms = deadline_hook;
	lose(actor, NAMI_OP_CREATE, "/wal/", FAULT_LOST_REQUEST, 1000000);
	assert_int_equal(write_one(actor, "P", "b", 2), NAMI_FAILED);
	assert_int_equal(actor->err.cls, NAMI_ERR_CANCELLED);
	actor->fault_key = NULL;
	write_ok(actor, "P", "c", 2);
	assert_int_equal(fresh_count(&world, "P"), 2);
	actor_destroy(actor);
}

static void
count_hold(void *ctx)
{
	++*(int *) ctx;
}

static void
interrupts_are_held_once_and_only_for_the_pointer(void **state)
{
	Actor	   *actor = actor_create(&world);
	int			holds = 0;

	actor->hooks.ctx = &holds;
	actor->hooks.hold_interrupts = count_hold;
	write_ok(actor, "P", "a", 1);
	assert_int_equal(holds, 1);
	lose(actor, NAMI_OP_CREATE, "/wal/", FAULT_REFUSED, 1);
	assert_int_equal(write_one(actor, "P", "b", 2), NAMI_FAILED);
	assert_int_equal(holds, 1);
	actor_destroy(actor);
}

/* ---- broken bases --------------------------------------------------------------------------- */

static void
no_commit_on_an_unreadable_base(void **state)
{
	Actor	   *first = actor_create(&world);
	Actor	   *second = actor_create(&world);
	NamiView   *view;
	NamiStr		key;

	write_ok(first, "P", "a", 1);
	key = nami_key_wal(world.arena, PREFIX, 1);
	put_object(&world, key, NAMI_STR("TGWL damaged"));
	assert_int_equal(nami_namespace_current(second->ns, 0, &second->txn_owner, &view,
											&second->err), NAMI_FAILED);
	assert_int_equal(second->err.cls, NAMI_ERR_CORRUPT);
	delete_object(&world, key);
	assert_int_equal(nami_namespace_current(second->ns, 0, &second->txn_owner, &view,
											&second->err), NAMI_FAILED);
	assert_int_equal(second->err.cls, NAMI_ERR_CORRUPT);
	assert_non_null(strstr(second->err.message, "0000000000000001.wal"));
	actor_destroy(first);
	actor_destroy(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(first_commit_creates_the_namespace),
		TEST(a_commit_costs_four_requests),
		TEST(nothing_staged_sends_nothing),
		TEST(lost_answers_are_settled),
		TEST(lost_answers_of_the_first_commit),
		TEST(an_unsettled_pointer_is_in_doubt),
		TEST(a_refused_pointer_is_in_doubt),
		TEST(a_refused_segment_or_body_is_no_commit),
		TEST(epoch_is_kept_or_raised_on_request),
		TEST(unknown_members_are_carried_over),
		TEST(unrelated_commits_are_rebased_over),
		TEST(conflicts_by_key),
		TEST(uniqueness_holds_against_other_writers),
		TEST(a_cancel_never_lies),
		TEST(the_deadline_ends_the_attempts),
		TEST(interrupts_are_held_once_and_only_for_the_pointer),
		TEST(no_commit_on_an_unreadable_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
