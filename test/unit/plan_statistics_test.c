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

static NamiPlan *
plan_of(Actor *actor, const char *text)
{
	NamiSnapshot snapshot = actor_now(actor);
	NamiPlanOptions options = {.find_function = test_find_function,
		.find_procedure = test_find_procedure, .statistics = &snapshot};
	NamiError	err = NAMI_ERROR_INIT;
	NamiPlan   *plan;

	if (nami_plan_query(world.arena, nami_str(text), &options, &plan, &err) != NAMI_OK)
		fail_msg("%s: %s", text, err.message);
	return plan;
}

static void
expect_plan(Actor *actor, const char *text, const char *expected)
{
	NamiStr		got = nami_plan_explain(plan_of(actor, text), false, NULL, NULL, world.arena);

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

/* Estimated rows of the whole query. */
static void
expect_rows(Actor *actor, const char *text, double low, double high)
{
	const NamiPlanOp *root = plan_of(actor, text)->root;

	if (root->estimated_rows < low || root->estimated_rows > high)
		fail_msg("%s: estimated %.2f rows, not %.2f to %.2f", text, root->estimated_rows, low, high);
	for (; root->input != NULL; root = root->input)
		assert_true(root->estimated_cost >= root->input->estimated_cost);
	assert_true(root->estimated_cost > 0);
}

/* 100 nodes with n = 0 .. 99 and two values of k, each with one relationship to the next ten. */
static void
estimates(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiOrd		nodes[100];

	actor_begin(actor);
	for (int i = 0; i < 100; i++)
		nodes[i] = create(actor, "P", i % 2 == 0 ? "even" : "odd", i);
	for (int i = 0; i < 1000; i++)
		check_ok(actor, put_edge(actor, "T", nodes[i / 10], nodes[(i / 10 + i % 10 + 1) % 100]));
	expect_rows(actor, "MATCH (x:P) RETURN x", 100, 100);
	expect_rows(actor, "MATCH (x:P) WHERE x.n < 25 RETURN x", 24, 26);
	expect_rows(actor, "MATCH (x:P) WHERE 25 > x.n RETURN x", 24, 26);
	expect_rows(actor, "MATCH (x:P) WHERE x.n = 7 RETURN x", 0.5, 2);
	expect_rows(actor, "MATCH (x:P) WHERE x.n = $n RETURN x", 0.5, 2);
	expect_rows(actor, "MATCH (x:P) WHERE x.n = 1000 RETURN x", 0.1, 1.1);
	expect_rows(actor, "MATCH (x:P) WHERE x.n IN [1, 2, 3] RETURN x", 2, 4);
	expect_rows(actor, "MATCH (x:P) WHERE x.k = 'odd' RETURN x", 49, 51);
	expect_rows(actor, "MATCH (x:P) WHERE x.k STARTS WITH 'ev' RETURN x", 49, 51);
	expect_rows(actor, "MATCH (x:P) WHERE x.missing IS NULL RETURN x", 99, 100);
	/* the second condition counts by its root: 100 * 0.25 * sqrt(0.5) */
	expect_rows(actor, "MATCH (x:P) WHERE x.k = 'odd' AND x.n < 25 RETURN x", 12, 18);
	expect_rows(actor, "MATCH (x:P)-[:T]->(y) RETURN y", 990, 1010);
	expect_rows(actor, "MATCH (x:P)-[:T]->()-[:T]->(y) RETURN y", 9000, 11000);
	expect_rows(actor, "MATCH (x:P)-[:T]->(y)-[:T]->(x) RETURN y", 50, 200);
	expect_rows(actor, "MATCH (x:P)-[:T*1..2]->(y) RETURN y", 10000, 12000);
	expect_rows(actor, "MATCH (x:P), (y:P) RETURN x", 10000, 10000);
	expect_rows(actor, "MATCH (x:P) RETURN x.k, count(*)", 2, 3);
	expect_rows(actor, "MATCH (x:P) RETURN x.n, count(*)", 90, 100);
	expect_rows(actor, "MATCH (x:P) RETURN x LIMIT 7", 7, 7);
	actor_end(actor);
	actor_destroy(actor);
}

/* The one relationship of type U is where the walk begins, whatever the pattern names first. */
static void
rarest_first(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiOrd		hub;
	NamiOrd		first = NAMI_ORD_NONE;

	actor_begin(actor);
	hub = create(actor, "Hub", "h", 0);
	for (int i = 0; i < 50; i++)
	{
		NamiOrd		many = create(actor, "Many", "m", i);

		first = first == NAMI_ORD_NONE ? many : first;
		check_ok(actor, put_edge(actor, "T", many, hub));
	}
	check_ok(actor, put_edge(actor, "U", first, create(actor, "Rare", "r", 0)));
	expect_plan(actor, "MATCH (h:Hub)<-[:T]-(m:Many), (m)-[:U]->(s) RETURN m, h",
				"Filter h:Hub\n  Expand (m)-[:T]->(h)\n    Filter m:Many\n"
				"      TypeScan (m)-[:U]->(s)\n");
	actor_end(actor);
	actor_destroy(actor);
}

/* Parts without a connection: seeks for few rows, else a hash table of the smaller side. */
static void
joined_parts(void **state)
{
	Actor	   *actor = actor_create(&world);

	actor_begin(actor);
	for (int i = 0; i < 300; i++)
		create(actor, "Many", "m", i);
	for (int i = 0; i < 70; i++)
		create(actor, "Some", "s", i);
	create(actor, "One", "o", 1);
	expect_plan(actor, "MATCH (a:Some), (b:Many) WHERE a.n = b.n RETURN a",
				"HashJoin b.n = a.n\n  NodeScan (b:Many)\n  NodeScan (a:Some)\n");
	expect_plan(actor, "MATCH (a:Some), (b:Many) WHERE a.n < b.n RETURN a",
				"Filter a.n < b.n\n  Cross\n    NodeScan (b:Many)\n    NodeScan (a:Some)\n");
	expect_plan(actor, "MATCH (a:One), (b:Many) WHERE a.n = b.n RETURN a",
				"IndexSeek (b:Many) n = a.n\n  NodeScan (a:One)\n");
	actor_end(actor);
	actor_destroy(actor);
}

/* What a plan is about becomes ten times as large; anything else may. */
static void
outgrown(void **state)
{
	Actor	   *actor = actor_create(&world);
	NamiSnapshot snapshot;
	NamiPlan   *of_p;
	NamiPlan   *of_t;
	NamiPlan   *of_q;
	NamiOrd		last = NAMI_ORD_NONE;

	actor_begin(actor);
	for (int i = 0; i < 200; i++)
		create(actor, "Q", "q", i);
	of_p = plan_of(actor, "MATCH (x:P) RETURN x");
	of_t = plan_of(actor, "MATCH (x:Q)-[:T]->(y:Q) RETURN x");
	of_q = plan_of(actor, "MATCH (x:Q) RETURN x");
	for (int i = 0; i < 50; i++)
		last = create(actor, "P", "p", i);
	snapshot = actor_now(actor);
	assert_false(nami_plan_is_outgrown(of_p, &snapshot));
	for (int i = 0; i < 250; i++)
	{
		NamiOrd		next = create(actor, "P", "p", 50 + i);

		check_ok(actor, put_edge(actor, "T", last, next));
		last = next;
	}
	snapshot = actor_now(actor);
	assert_true(nami_plan_is_outgrown(of_p, &snapshot));
	assert_true(nami_plan_is_outgrown(of_t, &snapshot));
	assert_false(nami_plan_is_outgrown(of_q, &snapshot));
	assert_false(nami_plan_is_outgrown(plan_of(actor, "MATCH (x:P) RETURN x"), &snapshot));
	actor_end(actor);
	actor_destroy(actor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(declared_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(fewer_nodes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(estimates, setup, teardown),
		cmocka_unit_test_setup_teardown(rarest_first, setup, teardown),
		cmocka_unit_test_setup_teardown(joined_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(outgrown, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
