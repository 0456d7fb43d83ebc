/*
 * graph_simulation_test.c - writers that crash or meet at every point of a commit. What was
 * acknowledged is there exactly once, what failed is not there, the chain of versions stays whole.
 */
#include "graph_world.h"

static World world;

static int
setup(void **state)
{
	world_open(&world, 11);
	return 0;
}

static int
teardown(void **state)
{
	world_close(&world);
	return 0;
}

/* False: the commit ended before request k. */
static bool
crash_at(int64_t k, bool after, const char *text)
{
	Actor	   *actor = actor_create(&world);
	bool		crashed = true;

	actor->crash_at = k;
	actor->crash_after = after;
	if (setjmp(actor->crash) == 0)
	{
		write_ok(actor, "P", text, 1);
		crashed = false;
	}
	actor_destroy(actor);
	return crashed;
}

/*
 * A process ends at each request in turn, before or after the store has carried it out; then another
 * writes. The broken commit happened wholly or not at all, and once.
 */
static void
crash_at_every_request(void **state)
{
	for (int after = 0; after < 2; after++)
	{
		for (int64_t k = 0;; k++)
		{
			Actor	   *next;
			uint64_t	survivors;
			bool		crashed;

			world_close(&world);
			world_open(&world, (uint64_t) k + 1);
			crashed = crash_at(k, after, "crash");
			next = actor_create(&world);
			write_ok(next, "P", "next", 2);
			check_chain(&world);
			survivors = fresh_count_key(&world, "P", "crash");
			assert_true(survivors <= 1);
			assert_int_equal(fresh_count(&world, "P"), 1 + survivors);
			if (!crashed)
				assert_int_equal(survivors, 1);
			/* And the one that came back sees the same. */
			write_ok(next, "P", "again", 3);
			assert_int_equal(fresh_count(&world, "P"), 2 + survivors);
			actor_destroy(next);
			if (!crashed)
				break;
		}
	}
}

/* A writer repairs, and crashes in the middle of that. */
static void
crash_while_repairing(void **state)
{
	for (volatile int64_t k = 0;; k++)
	{
		Actor	   *stalled;
		Actor	   *last;
		bool		crashed;

		world_close(&world);
		world_open(&world, (uint64_t) k + 100);
		stalled = actor_create(&world);
		write_ok(stalled, "P", "a", 1);
		actor_begin(stalled);
		create(stalled, "P", "s", 2);
		lose(stalled, NAMI_OP_CREATE, "/pointer/p", FAULT_CRASH_BEFORE, 1);
		if (setjmp(stalled->crash) == 0)
			(void) actor_commit(stalled);
		actor_destroy(stalled);
		if (k % 2 == 1)
			delete_object(&world, nami_key_wal(world.arena, PREFIX, 2));
		crashed = crash_at(k / 2, k % 4 < 2, "crash");
		last = actor_create(&world);
		write_ok(last, "P", "last", 2);
		check_chain(&world);
		assert_int_equal(fresh_count_key(&world, "P", "a"), 1);
		assert_int_equal(fresh_count_key(&world, "P", "s"), k % 2 == 1 ? 0 : 1);
		assert_int_equal(fresh_count_key(&world, "P", "last"), 1);
		assert_true(fresh_count_key(&world, "P", "crash") <= 1);
		actor_destroy(last);
		if (!crashed && k % 4 == 3)
			break;
	}
}

/* ---- meeting -------------------------------------------------------------------------------- */

#define WRITERS		3

typedef struct Simulation
{
	Actor	   *writers[WRITERS];
	int			depth;
	int			next_text;
	int			chance;			/* of a meeting per request, in percent */
	int			lost_percent;	/* of unanswered Creates */
	char		acknowledged[400][16];
	int			acknowledged_count;
	char		failed[400][16];
	int			failed_count;
} Simulation;

static Simulation simulation;

static void simulate_write(int writer);

static void
simulated_request(Actor *actor, const NamiStoreRequest *req)
{
	Simulation *sim = &simulation;

	actor->fault_key = NULL;
	if (req->op == NAMI_OP_CREATE && (int) (world_next_random(&world) % 100) < sim->lost_percent)
		lose(actor, NAMI_OP_CREATE, "/",
			 world_next_random(&world) % 2 ? FAULT_LOST_ANSWER : FAULT_LOST_REQUEST, 1);
	if (sim->depth < WRITERS && sim->next_text < 300 &&
		(int) (world_next_random(&world) % 100) < sim->chance)
	{
		int			other = (int) (world_next_random(&world) % WRITERS);

		if (sim->writers[other]->txn == NULL)
			simulate_write(other);
	}
}

/* Some new node; sometimes it also counts up the node "counter", which conflicts. */
static void
simulate_write(int writer)
{
	Simulation *sim = &simulation;
	Actor	   *actor = sim->writers[writer];
	bool		counts = world_next_random(&world) % 3 == 0;
	char		text[16];
	NamiStatus	status = NAMI_OK;

	sim->depth++;
	snprintf(text, sizeof(text), "w%d", sim->next_text++);
	actor_begin(actor);
	if (counts)
	{
		NamiOrd		counter = find_node(actor, "Counter", "c");

		status = set_number(actor, counter, "Counter", "c", number_of(actor, counter) + 1);
	}
	if (status == NAMI_OK)
	{
		create(actor, "P", text, counts);
		status = actor_commit(actor);
	}
	else
		actor_end(actor);
	if (status == NAMI_OK)
		strcpy(sim->acknowledged[sim->acknowledged_count++], text);
	else
	{
		assert_int_equal(actor->err.cls, NAMI_ERR_CONFLICT);
		assert_true(counts);
		strcpy(sim->failed[sim->failed_count++], text);
	}
	sim->depth--;
}

static void
check_simulation(void)
{
	Simulation *sim = &simulation;
	Actor	   *reader = actor_create(&world);
	NamiSnapshot now;
	NamiOrd		counter;
	NamiNodeScan scan;
	NamiOrd		ords[64];
	NamiLabelId label;
	uint32_t	n;
	bool		is_range;
	int64_t		counted = 0;

	check_chain(&world);
	actor_begin(reader);
	assert_int_equal(count_label(reader, "P"), sim->acknowledged_count);
	for (int i = 0; i < sim->acknowledged_count; i++)
		assert_int_not_equal(find_node(reader, "P", sim->acknowledged[i]), NAMI_ORD_NONE);
	for (int i = 0; i < sim->failed_count; i++)
		assert_int_equal(find_node(reader, "P", sim->failed[i]), NAMI_ORD_NONE);
	/* No update was lost: the counter says how many nodes were written together with it. */
	now = actor_now(reader);
	label = actor_label(reader, "P");
	nami_node_scan_init(&scan, &now, &label, 1, reader->arena);
	while ((n = nami_node_scan_next(&scan, ords, 64, &is_range)) > 0)
	{
		for (uint32_t i = 0; i < n; i++)
			counted += number_of(reader, ords[i]);
	}
	counter = find_node(reader, "Counter", "c");
	assert_int_equal(number_of(reader, counter), counted);
	actor_destroy(reader);
	/* Those who took part see the same. */
	for (int w = 0; w < WRITERS; w++)
	{
		actor_begin(sim->writers[w]);
		assert_int_equal(count_label(sim->writers[w], "P"), sim->acknowledged_count);
		assert_int_equal(number_of(sim->writers[w], find_node(sim->writers[w], "Counter", "c")),
						 counted);
		actor_end(sim->writers[w]);
	}
}

static void
simulate(uint64_t seed, int chance, int lost_percent)
{
	Simulation *sim = &simulation;

	world_close(&world);
	world_open(&world, seed);
	memset(sim, 0, sizeof(*sim));
	for (int w = 0; w < WRITERS; w++)
		sim->writers[w] = actor_create(&world);
	write_ok(sim->writers[0], "Counter", "c", 0);
	sim->chance = chance;
	sim->lost_percent = lost_percent;
	for (int w = 0; w < WRITERS; w++)
		sim->writers[w]->before = simulated_request;
	for (int i = 0; i < 20; i++)
		simulate_write((int) (world_next_random(&world) % WRITERS));
	for (int w = 0; w < WRITERS; w++)
	{
		sim->writers[w]->before = NULL;
		sim->writers[w]->fault_key = NULL;
	}
	check_simulation();
	for (int w = 0; w < WRITERS; w++)
		actor_destroy(sim->writers[w]);
}

static void
writers_meet(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		simulate(seed, 8, 0);
}

static void
writers_meet_and_answers_get_lost(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		simulate(seed + 1000, 5, 10);
}

/* Another writer's whole commit at each request of mine. */
typedef struct Meeting
{
	Actor	   *other;
	uint64_t	at;
} Meeting;

static void
meet(Actor *actor, const NamiStoreRequest *req)
{
	Meeting    *meeting = actor->before_ctx;

	if (actor->request_count == meeting->at)
	{
		meeting->at = UINT64_MAX;
		write_ok(meeting->other, "P", "other", 2);
	}
}

static void
meeting_at_every_request(void **state)
{
	for (uint64_t k = 0;; k++)
	{
		Actor	   *actor;
		Meeting		meeting = {.at = k};
		bool		met;

		world_close(&world);
		world_open(&world, k + 200);
		actor = actor_create(&world);
		meeting.other = actor_create(&world);
		actor->before = meet;
		actor->before_ctx = &meeting;
		write_ok(actor, "P", "mine", 1);
		met = meeting.at == UINT64_MAX;
		check_chain(&world);
		assert_int_equal(fresh_count_key(&world, "P", "mine"), 1);
		assert_int_equal(fresh_count_key(&world, "P", "other"), met ? 1 : 0);
		actor->before = NULL;
		actor_begin(actor);
		assert_int_equal(count_label(actor, "P"), met ? 2 : 1);
		actor_destroy(actor);
		actor_destroy(meeting.other);
		if (!met)
			break;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(crash_at_every_request),
		TEST(crash_while_repairing),
		TEST(meeting_at_every_request),
		TEST(writers_meet),
		TEST(writers_meet_and_answers_get_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
