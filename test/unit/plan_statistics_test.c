/*
 * plan_statistics_test.c - what a snapshot's schema and counts change in a plan.
 */
#include "graph_world.h"
#include "plan/planner.h"
#include "plan_functions.h"

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
expect_plan(Actor *actor, const char *text, const char *expected)
{
	NamiSnapshot snapshot = actor_now(actor);
	NamiPlanOptions options = {.find_function = test_find_function,
		.find_procedure = test_find_procedure, .statistics = &snapshot};
	NamiError	err = NAMI_ERROR_INIT;
	NamiPlan   *plan;
	NamiStr		got;

	if (nami_plan_query(world.arena, nami_str(text), &options, &plan, &err) != NAMI_OK)
		fail_msg("%s: %s", text, err.message);
	got = nami_plan_explain(plan, false, NULL, NULL, world.arena);
	if (!nami_str_eq(got, nami_str(expected)))
		fail_msg("%s\nexpected:\n%sgot:\n%.*s", text, expected, NAMI_STR_ARG(got));
}

/* The constraint on P(k) decides the label and the keys, whatever else is said of the node. */
static void
declared_keys(void **state)
{
	Actor	   *actor = actor_create(&world);

	write_ok(actor, "P", "a", 1);
	constrain(&world, 1);
	actor_destroy(actor);
	actor = actor_create(&world);
	actor_begin(actor);
	expect_plan(actor, "MATCH (x:P {k: 'a'}) RETURN x", "IndexSeek (x:P) k = 'a'\n");
	expect_plan(actor, "MATCH (x:P {n: 1, k: 'a'}) RETURN x",
				"Filter x.n = 1\n  IndexSeek (x:P) k = 'a'\n");
	expect_plan(actor, "MATCH (x:Q:P {k: 'a'}) RETURN x",
				"Filter x:Q\n  IndexSeek (x:P) k = 'a'\n");
	expect_plan(actor, "MATCH (x:P {n: 1}) RETURN x", "IndexSeek (x:P) n = 1\n");
	expect_plan(actor, "MATCH (x:Q {k: 'a'}) RETURN x", "IndexSeek (x:Q) k = 'a'\n");
	actor_end(actor);
	actor_destroy(actor);
}

/* Without other reasons the walk starts at the label with fewer nodes. */
static void
fewer_nodes_first(void **state)
{
	Actor	   *actor = actor_create(&world);

	actor_begin(actor);
	for (int i = 0; i < 50; i++)
		create(actor, "Many", "m", i);
	create(actor, "Few", "f", 1);
	expect_plan(actor, "MATCH (a:Many)-[:T]->(b:Few) RETURN a",
				"Filter a:Many\n  Expand (b)<-[:T]-(a)\n    NodeScan (b:Few)\n");
	expect_plan(actor, "MATCH (a:Few)-[:T]->(b:Many) RETURN a",
				"Filter b:Many\n  Expand (a)-[:T]->(b)\n    NodeScan (a:Few)\n");
	actor_end(actor);
	actor_destroy(actor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(declared_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(fewer_nodes_first, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
