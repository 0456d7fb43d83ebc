/*
 * plan_planner_test.c - shapes of plans, as text; and for every plan of the corpus: each operator
 * reads only slots that its input gives (plan.h, "live").
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/json.h"
#include "fixture_file.h"
#include "graph/catalog.h"
#include "plan/bind_internal.h"
#include "plan_functions.h"

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

static NamiPlan *
plan(NamiStr text)
{
	NamiPlanOptions options = {.find_function = test_find_function,
		.find_procedure = test_find_procedure};
	NamiError	err = NAMI_ERROR_INIT;
	NamiPlan   *result;

	return nami_plan_query(arena, text, &options, &result, &err) == NAMI_OK ? result : NULL;
}

/* ---- shapes -------------------------------------------------------------------------------- */

static const struct
{
	const char *text;
	const char *plan;
} shapes[] = {
	{"RETURN 1 AS x", "Project x = 1\n  Once\n"},
	/* Where to start: id before property before label before all. */
	{"MATCH (a:A)-[r:T]->(b:B {k: 1}) RETURN a",
	"Filter a:A\n  Expand (b)<-[:T]-(a)\n    IndexSeek (b:B) k = 1\n"},
	{"MATCH (a:A {k: 1})-[:T]->(b {_id: $id}) RETURN a",
	"Filter a.k = 1\n  Filter a:A\n    Expand (b)<-[:T]-(a)\n      Filter b._id = $id\n"
	"        IdSeek (b) id = $id\n"},
	{"MATCH (a)-[:T]->(b:B) RETURN a", "Expand (b)<-[:T]-(a)\n  NodeScan (b:B)\n"},
	{"MATCH (a)-[:T]->(b) RETURN a", "TypeScan (a)-[:T]->(b)\n"},
	{"MATCH (n:A:B) RETURN n", "NodeScan (n:A:B)\n"},
	{"MATCH (n:A|B) RETURN n", "Filter n:A|B\n  NodeScan (n)\n"},
	{"MATCH (n:A) WHERE n.x IN [1, 2] RETURN n", "IndexSeek (n:A) x IN [1, 2]\n"},
	{"MATCH (n:A) WHERE n.x = 1 AND n.y = $y AND n.z > 2 RETURN n",
	"Filter n.z > 2\n  IndexSeek (n:A) x = 1, y = $y\n"},
	{"MATCH (n {x: 1}) RETURN n", "IndexSeek (n) x = 1\n"},
	{"MATCH (n:A:B {x: 1}) RETURN n", "Filter n:B\n  IndexSeek (n:A) x = 1\n"},
	{"MATCH (n:A) WHERE id(n) IN $ids RETURN n",
	"Filter id(n) IN $ids\n  Filter n:A\n    IdSeek (n) id IN $ids\n"},
	/* A value of the same row is no seek, one of an earlier node is, for few rows, or joins. */
	{"MATCH (a {_id: $id}) MATCH (b:B {k: a.k}) RETURN b",
	"IndexSeek (b:B) k = a.k\n  Filter a._id = $id\n    IdSeek (a) id = $id\n"},
	{"MATCH (n:A) WHERE n.x = n.y RETURN n", "Filter n.x = n.y\n  NodeScan (n:A)\n"},
	{"MATCH (a:A {k: 1}) MATCH (b:B {k: a.k}) RETURN b",
	"HashJoin a.k = b.k\n  IndexSeek (a:A) k = 1\n  NodeScan (b:B)\n"},
	/* Conditions as early as they can be, rand() only at the end. */
	{"MATCH (a:A)-[:T]->(b) WHERE a.x > 1 AND b.y < a.x RETURN b",
	"Filter b.y < a.x\n  Expand (a)-[:T]->(b)\n    Filter a.x > 1\n      NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:T]->(b) WHERE rand() < 0.5 RETURN b",
	"Filter rand() < 0.5\n  Expand (a)-[:T]->(b)\n    NodeScan (a:A)\n"},
	/* Uniqueness: only where the types can be equal, only within one MATCH. */
	{"MATCH (a:A)-[:X]->(b)-[:Y]->(c) RETURN c",
	"Expand (b)-[:Y]->(c)\n  Expand (a)-[:X]->(b)\n    NodeScan (a:A)\n"},
	{"MATCH (a:A)-[r:X]->(b)-[s:X|Y]->(c) RETURN c",
	"Expand (b)-[:X|Y]->(c) not in r\n  Expand (a)-[r:X]->(b)\n    NodeScan (a:A)\n"},
	{"MATCH (a:A)-[r:X]->(b) MATCH (b)-[s:X]->(c) RETURN c",
	"Expand (b)-[:X]->(c)\n  Expand (a)-[:X]->(b)\n    NodeScan (a:A)\n"},
	/* Cycles close with both ends known. */
	{"MATCH (a:A)-[:X]->(b)-[:Y]->(a) RETURN b",
	"Intersect (a)-[:X]->(b), (a)<-[:Y]-(b)\n  NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:X]->(b:B)-[:X]->(c:C), (a)-[r:X]->(c) RETURN r",
	"Filter c:C\n  Intersect (b)-[:X]->(c) not in #2, (a)-[r:X]->(c) not in #2 different\n    Filter b:B\n"
	"      Expand (a)-[#2:X]->(b)\n        NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:X]-(b)-[:Y]-(a) RETURN b",
	"ExpandInto (b)-[:Y]-(a)\n  Expand (a)-[:X]-(b)\n    NodeScan (a:A)\n"},
	/* Counts that need no rows. */
	{"MATCH (n:A:B) RETURN count(*), count(n) AS c", "Project count(*) = #3, c = #3\n  CountNodes #3 = (:A:B)\n"},
	{"MATCH (n:A) RETURN count(n.x)", "Aggregate count(n.x) = count(n.x)\n  NodeScan (n:A)\n"},
	{"MATCH ()-[r:T|U]->() RETURN count(r)", "Project count(r) = #4\n  CountEdges #4 = -[:T|U]->()\n"},
	{"MATCH (a:A)-[:T]->(b:B) RETURN a.x, count(*)",
	"Aggregate a.x = a.x, count(*) = sum(#5)\n  Degree #5 = (a)-[:T]->(:B)\n    NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:T]->()-[:T]->(b) RETURN count(b)",
	"Aggregate count(b) = sum(#6)\n  Degree #6 = (#1)-[:T]->() not in #2\n"
	"    Expand (a)-[#2:T]->(#1)\n      NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:T]->(b) RETURN b.x, count(*)",
	"Aggregate b.x = b.x, count(*) = count(*)\n  Expand (a)-[:T]->(b)\n    NodeScan (a:A)\n"},
	/* Ends that count once. */
	{"MATCH (a:A)-[:T*]->(b) RETURN DISTINCT b.x",
	"Distinct b.x\n  Project b.x = b.x\n    VarExpand (a)-[:T*1..]->(b) distinct\n      NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:T]->(b) RETURN max(b.x), count(DISTINCT b)",
	"Aggregate max(b.x) = max(b.x), count(DISTINCT b) = count(DISTINCT b)\n"
	"  Expand (a)-[:T]->(b) distinct\n    NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:T]->(b) RETURN DISTINCT b.x, rand()",
	"Distinct b.x, rand()\n  Project b.x = b.x, rand() = rand()\n    Expand (a)-[:T]->(b)\n      NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:X]->(a) RETURN a", "ExpandInto (a)-[:X]->(a)\n  NodeScan (a:A)\n"},
	/* Bound nodes: what is said about them again filters; null matches nothing. */
	{"MATCH (a:A) MATCH (a:B) RETURN a", "Filter a:B\n  NodeScan (a:A)\n"},
	{"MATCH (a:A) WITH a MATCH (a) RETURN a", "Filter a IS NOT NULL\n  NodeScan (a:A)\n"},
	/* Variable length. */
	{"MATCH (a:A)-[r:T*1..3 {x: 1}]->(b) RETURN r",
	"VarExpand (a)-[r:T*1..3]->(b) each step.x = 1\n  NodeScan (a:A)\n"},
	{"MATCH (a:A)-[:T*]->(b:B {k: 1}) RETURN a",
	"Filter a:A\n  VarExpand (b)<-[:T*1..]-(a)\n    IndexSeek (b:B) k = 1\n"},
	{"MATCH (a:A)-[r:T*]->(b:B {k: 1}) RETURN r",
	"Project r = reverse(#4)\n  Filter a:A\n    VarExpand (b)<-[#4:T*1..]-(a)\n"
	"      IndexSeek (b:B) k = 1\n"},
	{"MATCH (a:A), (b:B) MATCH (a)-[:T*0..2]-(b) RETURN a",
	"VarExpand (a)-[:T*0..2]-(b) into\n  Cross\n    NodeScan (a:A)\n    NodeScan (b:B)\n"},
	{"MATCH (a:A {k: 1}), (b:B {k: 2}), p = allShortestPaths((a)-[:T*..9]-(b)) RETURN p",
	"Project p = path(a, #2, b)\n  ShortestPath (a)-[#2:T*1..9]-(b) into all\n"
	"    IndexSeek (b:B) k = 2\n      IndexSeek (a:A) k = 1\n"},
	/* Inner plans. */
	{"OPTIONAL MATCH (n:A) RETURN n", "OptionalApply\n  Once\n  NodeScan (n:A)\n    Argument\n"},
	{"MATCH (a:A) WHERE NOT (a)-[:T]->() RETURN a",
	"AntiDegree (a)-[:T]->()\n  NodeScan (a:A)\n"},
	{"MATCH (a:A) WHERE a.x = 1 AND (a)<-[:T|U]-(:B) RETURN a",
	"SemiDegree (a)<-[:T|U]-(:B)\n  IndexSeek (a:A) x = 1\n"},
	{"MATCH (a:A) WHERE (a)-[:T]->()-->() RETURN a",
	"SemiApply\n  NodeScan (a:A)\n  SemiDegree (#1)-[]->() not in #2\n    Expand (a)-[#2:T]->(#1)\n      Argument\n"},
	{"MATCH (a:A) WHERE NOT EXISTS { (a)-[r:T]->(b) WHERE b.x > r.y } RETURN a",
	"AntiApply\n  NodeScan (a:A)\n  Filter b.x > r.y\n    Expand (a)-[r:T]->(b)\n      Argument\n"},
	{"MATCH (a:A) WHERE EXISTS { (a)-[:T*]->() } RETURN a",
	"SemiApply\n  NodeScan (a:A)\n  VarExpand (a)-[:T*1..]->(#1) first\n    Argument\n"},
	{"MATCH (a:A) WHERE a.x = 1 OR EXISTS { (a)-->() } RETURN a",
	"Filter (a.x = 1) OR exists{subplan 0}\n  subplan 0\n    SemiDegree (a)-[]->()\n      Argument\n"
	"  NodeScan (a:A)\n"},
	{"MATCH (a:A) WHERE EXISTS { (b:B) WHERE b.y = a.x AND b.z > 1 } RETURN a",
	"HashSemiJoin a.x = b.y\n  NodeScan (a:A)\n  Filter b.z > 1\n    NodeScan (b:B)\n"},
	{"MATCH (a:A) WHERE NOT EXISTS { MATCH (b:B)-[:T]->(c) WHERE c.y = a.x } RETURN a",
	"HashAntiJoin a.x = c.y\n  NodeScan (a:A)\n  Expand (b)-[:T]->(c)\n    NodeScan (b:B)\n"},
	/* A condition on the outer row alone is no key of such a join. */
	{"MATCH (a:A), (b:B) WHERE EXISTS { (c) WHERE a.x = b.x } RETURN a",
	"SemiApply\n  Cross\n    NodeScan (a:A)\n    NodeScan (b:B)\n  Cross\n"
	"    Filter a.x = b.x\n      Argument\n    NodeScan (c)\n"},
	/* What may fail is not tested for fewer rows. */
	{"MATCH (a:A) WITH a WHERE 1 / a.x = 1 AND (a)-->() RETURN a",
	"Filter ((1 / a.x) = 1) AND exists{subplan 0}\n  subplan 0\n    SemiDegree (a)-[]->()\n      Argument\n"
	"  NodeScan (a:A)\n"},
	/* Projection. */
	{"MATCH (n:A) RETURN n.x AS x, count(*) AS c ORDER BY c DESC SKIP 1 LIMIT 2",
	"Top c DESC skip 1 limit 2\n  Aggregate x = n.x, c = count(*)\n    NodeScan (n:A)\n"},
	{"MATCH (n:A) WITH n AS m, n.x AS x ORDER BY n.y RETURN m",
	"Sort n.y\n  Project x = n.x\n    NodeScan (n:A)\n"},
	{"UNWIND [1] AS x RETURN DISTINCT x LIMIT 3",
	"Limit limit 3\n  Distinct x\n    Unwind x IN [1]\n      Once\n"},
	{"RETURN 1 AS x UNION RETURN 2 AS x",
	"Distinct x\n  Union\n    Project x = x\n      Project x = 1\n        Once\n"
	"    Project x = x\n      Project x = 2\n        Once\n"},
	/* Writing: ends before the relationship between them. */
	{"CREATE (a:A)<-[r:R]-(b:B {x: 1})",
	"EmptyResult\n  Create (a:A), (b:B), (b)-[r:R]->(a)\n    Once\n"},
	{"MATCH (a:A {k: 1}) MERGE (a)-[r:T]->(b:B {x: 2}) ON MATCH SET r.n = 1 RETURN b",
	"Merge (b:B), (a)-[r:T]->(b) on match r.n = 1\n  IndexSeek (a:A) k = 1\n"
	"  Project b = b\n    Project r = r\n      Filter b.x = 2\n        Filter b:B\n"
	"          Expand (a)-[r:T]->(b)\n            Argument\n"},
	{"UNWIND [1] AS i FOREACH (x IN [i] | CREATE (:A {x: x}))",
	"EmptyResult\n  Foreach x IN [i]\n    Unwind i IN [1]\n      Once\n    Create (#2:A)\n"
	"      Argument\n"},
};

static void
plan_shapes(void **state)
{
	int			failures = 0;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
	{
		NamiPlan   *result = plan(nami_str(shapes[i].text));
		NamiStr		text;

		if (result == NULL)
			fail_msg("does not plan: %s", shapes[i].text);
		text = nami_plan_explain(result, false, NULL, NULL, arena);
		if (!nami_str_eq(text, nami_str(shapes[i].plan)))
		{
			print_error("%s\nexpected:\n%sgot:\n%.*s\n", shapes[i].text, shapes[i].plan,
						NAMI_STR_ARG(text));
			failures++;
		}
	}
	assert_int_equal(failures, 0);
}

/* ---- facts about plans --------------------------------------------------------------------- */

static void
facts(void **state)
{
	NamiPlan   *p = plan(NAMI_STR("MATCH (n:A {k: $k}) WHERE n.x > $x AND n.y < $k RETURN *"));

	assert_int_equal(p->parameter_count, 2);
	assert_true(p->reads_graph);
	assert_false(p->writes);
	assert_int_equal(p->column_count, 1);
	assert_int_equal(p->columns[0].type, NAMI_STATIC_NODE);

	p = plan(NAMI_STR("MATCH (b), (a) RETURN *, 1 AS c"));
	assert_int_equal(p->column_count, 3);
	assert_true(nami_str_eq(p->columns[0].name, NAMI_STR("a")));
	assert_true(nami_str_eq(p->columns[1].name, NAMI_STR("b")));

	p = plan(NAMI_STR("RETURN  1 +  2 , 'x'"));
	assert_true(nami_str_eq(p->columns[0].name, NAMI_STR("1 +  2")));
	assert_false(p->reads_graph);

	/* Streaming only where nothing could see the writes too early. */
	p = plan(NAMI_STR("UNWIND range(1, 10) AS i CREATE (n:A {i: i})"));
	assert_true(p->writes);
	assert_true(p->root->input->streaming);
	p = plan(NAMI_STR("UNWIND range(1, 10) AS i CREATE (n:A {i: i}) RETURN n"));
	assert_false(p->root->streaming);
	p = plan(NAMI_STR("MATCH (m) CREATE (n:A)"));
	assert_false(p->root->input->streaming);
	p = plan(NAMI_STR("UNWIND [1] AS i CREATE (n:A {c: COUNT { (:A) }})"));
	assert_false(p->root->input->streaming);

	p = plan(NAMI_STR("EXPLAIN MATCH (n) RETURN n"));
	assert_int_equal(p->kind, NAMI_STATEMENT_EXPLAIN);
	p = plan(NAMI_STR("SHOW INDEXES"));
	assert_int_equal(p->kind, NAMI_STATEMENT_SCHEMA);
	assert_non_null(p->schema);

	/* Every name is listed with its kind. */
	p = plan(NAMI_STR("MATCH (n:L)-[:T]->() WHERE n.k > 1 RETURN 1 AS x"));
	assert_int_equal(p->name_count, 3);
	for (uint32_t i = 0; i < p->name_count; i++)
		assert_int_equal(p->name_kinds[i], p->names[i]->text.ptr[0] == 'L' ? NAMI_NAME_LABEL :
						 p->names[i]->text.ptr[0] == 'T' ? NAMI_NAME_TYPE : NAMI_NAME_KEY);
}

/* What a host asks about a plan before it runs it. */
static void
streaming_facts(void **state)
{
	static const struct
	{
		const char *query;
		bool		streams;	/* most of the cost comes after the first row */
		bool		is_volatile;
	}			cases[] = {
		{"MATCH (n:A)-[:T]->(m) RETURN n.x", true, false},
		{"MATCH (n:A) WHERE n.x > 1 RETURN DISTINCT n.x SKIP 1 LIMIT 3", true, false},
		{"MATCH (n:A) RETURN n.x ORDER BY n.x", false, false},
		{"MATCH (n:A) RETURN count(n.x) AS c", false, false},
		{"MATCH (n:A) WITH n.x AS x ORDER BY x RETURN x + 1 AS y", false, false},
		{"MATCH (n:A) CREATE (:B) RETURN n.x", false, true},
		{"MATCH (n:A) RETURN rand() AS x", true, true},
		{"MATCH (n:A) WHERE EXISTS { (n)-->(m) WHERE m.x > rand() } RETURN n.x", true, true},
		{"SHOW INDEXES", true, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiPlan   *p = plan(nami_str(cases[i].query));
		double		startup = nami_plan_startup_cost(p);

		if (p->root != NULL && (startup < p->root->estimated_cost / 2) != cases[i].streams)
			fail_msg("%s: startup cost %g of %g", cases[i].query, startup,
					 p->root->estimated_cost);
		if (p->is_volatile != cases[i].is_volatile)
			fail_msg("%s: is_volatile", cases[i].query);
	}
}

/* Lines come in the order of the tree, inputs one deeper than what reads them. */
static void
lines(void **state)
{
	NamiPlan   *p = plan(NAMI_STR("MATCH (n:A) WHERE n.y = 1 OR EXISTS { (n)-->() } RETURN n.x AS x"));
	static const struct
	{
		uint32_t	depth;
		const char *name;
		bool		is_op;
	}			wanted[] = {
		{0, "Project", true}, {1, "Filter", true}, {2, "subplan", false}, {3, "SemiDegree", true},
		{4, "Argument", true}, {2, "NodeScan", true},
	};
	const NamiPlanLine *got;

	assert_int_equal(nami_plan_lines(p, arena, &got), sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
	{
		assert_int_equal(got[i].depth, wanted[i].depth);
		assert_true(nami_str_eq(got[i].name, nami_str(wanted[i].name)));
		assert_int_equal(got[i].op != NULL, wanted[i].is_op);
	}
	assert_true(nami_str_eq(got[5].details, NAMI_STR("(n:A)")));
	assert_int_equal(got[4].details.len, 0);
}

/* ---- every operator finds what it reads ------------------------------------------------------ */

typedef struct Check
{
	const NamiPlan *plan;
	const NamiPlanOp *op;
	const bool *given;			/* slots that expressions may read */
	bool	   *numbers;		/* seen operator numbers */
	bool	   *subplans;
} Check;

static void check_op(Check *outer, const NamiPlanOp *op, const bool *argument);

static bool *
slot_set(const NamiPlan *p, const bool *from)
{
	bool	   *set = nami_arena_alloc0(arena, p->slot_count + 1);

	if (from != NULL)
		memcpy(set, from, p->slot_count);
	return set;
}

static void
require(const Check *check, const bool *given, NamiSlot slot)
{
	if (slot != NAMI_SLOT_NONE && !given[slot])
		fail_msg("slot %u is not given to operator %d of\n%.*s\n%.*s", slot, check->op->kind,
				 NAMI_STR_ARG(check->plan->text),
				 NAMI_STR_ARG(nami_plan_explain(check->plan, false, NULL, NULL, arena)));
}

static void
check_expr(Check *check, const NamiExpr *expr, const bool *given)
{
	bool	   *inner;

	if (expr == NULL)
		return;
	inner = slot_set(check->plan, given);
	if (expr->local != NAMI_SLOT_NONE)
		inner[expr->local] = true;
	if (expr->local2 != NAMI_SLOT_NONE)
		inner[expr->local2] = true;
	if (expr->op == NAMI_EX_SLOT)
		require(check, given, expr->slot);
	for (uint32_t i = 0; i < expr->slot_count; i++)
		require(check, given, expr->slots[i]);
	if (expr->op == NAMI_EX_SUBPLAN)
	{
		bool	   *arguments = slot_set(check->plan, NULL);

		for (uint32_t i = 0; i < expr->subplan->argument_count; i++)
		{
			require(check, given, expr->subplan->arguments[i]);
			arguments[expr->subplan->arguments[i]] = true;
		}
		assert_false(check->subplans[expr->subplan->number]);
		check->subplans[expr->subplan->number] = true;
		check_op(check, expr->subplan->root, arguments);
	}
	for (uint32_t i = 0; i < expr->arg_count; i++)
		check_expr(check, expr->args[i], inner);
}

static void
check_visited(void *ctx, NamiExpr *expr)
{
	Check	   *check = ctx;

	check_expr(check, expr, check->given);
}

static bool *
live_set(const NamiPlan *p, const NamiPlanOp *op)
{
	bool	   *set = slot_set(p, NULL);

	for (uint32_t i = 0; op != NULL && i < op->live_count; i++)
		set[op->live[i]] = true;
	return set;
}

/* What the operator makes itself, added to what its input gives. */
static void
add_made(const NamiPlanOp *op, bool *set)
{
	NamiSlot	slots[] = {op->kind == NAMI_PLAN_TYPE_SCAN ? op->from : NAMI_SLOT_NONE, op->to,
	op->rel, op->slot};

	for (int i = 0; i < 4; i++)
	{
		if (slots[i] != NAMI_SLOT_NONE && op->kind != NAMI_PLAN_FOREACH)
			set[slots[i]] = true;
	}
	for (uint32_t i = 0; op->kind != NAMI_PLAN_HASH_JOIN && i < op->item_count; i++)
		set[op->items[i].slot] = true;
	for (uint32_t i = 0; i < op->aggregate_count; i++)
		set[op->aggregates[i].slot] = true;
	for (uint32_t i = 0; i < op->create_count; i++)
		set[op->creates[i].slot] = true;
}

static void
check_needs(Check *check, const NamiPlanOp *op, const bool *given, bool *made)
{
	bool	   *readable = slot_set(check->plan, given);

	/* The keys of both sides. */
	if (op->kind == NAMI_PLAN_HASH_JOIN)
	{
		for (uint32_t i = 0; i < op->inner->live_count; i++)
			readable[op->inner->live[i]] = true;
	}
	for (uint32_t i = 0; i < op->unique_count; i++)
		require(check, given, op->unique_with[i]);
	if (op->kind >= NAMI_PLAN_EXPAND && op->kind <= NAMI_PLAN_SHORTEST_PATH)
		require(check, given, op->from);
	if (op->kind == NAMI_PLAN_EXPAND_INTO || op->into)
		require(check, given, op->to);
	for (uint32_t i = 0; op->kind == NAMI_PLAN_DISTINCT && i < op->item_count; i++)
		require(check, given, op->items[i].slot);
	for (uint32_t i = 0; i < op->create_count; i++)
	{
		require(check, made, op->creates[i].from);
		require(check, made, op->creates[i].to);
	}
	if (op->create_count > 0)
		readable = made;
	if (op->step_rel != NAMI_SLOT_NONE)
		readable[op->step_rel] = true;
	check->given = readable;
	nami_op_visit_exprs(op, check_visited, check);
}

static void
check_op(Check *outer, const NamiPlanOp *op, const bool *argument)
{
	Check		check = *outer;
	bool	   *given = live_set(check.plan, op->input);
	bool	   *made = slot_set(check.plan, op->kind == NAMI_PLAN_ARGUMENT ? argument : given);
	bool	   *inner_argument = slot_set(check.plan, given);

	check.op = op;
	assert_in_range(op->number, 0, check.plan->op_count - 1);
	assert_false(check.numbers[op->number]);
	check.numbers[op->number] = true;
	if (op->kind == NAMI_PLAN_UNION)
	{
		for (uint32_t i = 0; i < op->input_count; i++)
		{
			bool	   *branch = live_set(check.plan, op->inputs[i]);

			for (uint32_t j = 0; j < op->live_count; j++)
				require(&check, branch, op->live[j]);
			check_op(&check, op->inputs[i], argument);
		}
		return;
	}
	add_made(op, made);
	check_needs(&check, op, given, made);
	if (op->kind == NAMI_PLAN_FOREACH)
		inner_argument[op->slot] = true;
	if (op->inner != NULL)
	{
		bool	   *inner = live_set(check.plan, op->inner);

		for (uint32_t i = 0; i < op->inner_slot_count; i++)
			made[op->inner_slots[i]] |= inner[op->inner_slots[i]];
		for (uint32_t i = 0; op->kind == NAMI_PLAN_MERGE && i < op->create_count; i++)
			require(&check, inner, op->creates[i].slot);
		check_op(&check, op->inner, inner_argument);
	}
	for (uint32_t i = 0; i < op->live_count; i++)
	{
		require(&check, made, op->live[i]);
	}
	if (op->input != NULL)
		check_op(&check, op->input, argument);
}

static void
check_plan(NamiStr text)
{
	NamiPlan   *p = plan(text);
	Check		check = {.plan = p};
	bool	   *root;

	if (p == NULL || p->root == NULL)
		return;
	check.numbers = nami_arena_alloc0(arena, p->op_count);
	check.subplans = nami_arena_alloc0(arena, p->subplan_count + 1);
	root = live_set(p, p->root);
	check.op = p->root;
	/* The one column of EXPLAIN is the text of the plan, which its operators do not give. */
	for (uint32_t i = 0; i < p->column_count && p->kind != NAMI_STATEMENT_EXPLAIN; i++)
		require(&check, root, p->columns[i].slot);
	check_op(&check, p->root, slot_set(p, NULL));
	for (uint32_t i = 0; i < p->op_count; i++)
		assert_true(check.numbers[i]);
}

static void
check_json_text(NamiJson *node)
{
	NamiStr		text;

	assert_true(nami_json_string(node, &text));
	check_plan(text);
}

static void
live_slots(void **state)
{
	static const char *const more[] = {
		"MATCH (a:A) CALL { WITH a MATCH (a)-->(b) WITH a, count(*) AS c RETURN a AS x, c } RETURN a, x, c",
		"MATCH (a)-[r*]->(b) WHERE all(x IN r WHERE x.k = a.k) RETURN [y IN r | [(b)-->(z) WHERE z.k = y.k | z.k]] AS l",
		"MATCH (a) WHERE EXISTS { MATCH (a)-->(b) WHERE EXISTS { MATCH (b)-->(c) WHERE c.x = a.x } } RETURN a",
		"MATCH (a) MERGE p = (a)-[:T {x: a.x}]->(b:B) ON CREATE SET b.n = a.n ON MATCH SET b.m = a.m RETURN p",
		"MATCH (a)-[r]->(b) WITH r MATCH (c)-[r]-(d) RETURN c, d",
		"MATCH (a) OPTIONAL MATCH (a)-->(b) OPTIONAL MATCH (b)-->(c) WHERE c.x > a.x RETURN a, c",
		"UNWIND [1, 2] AS x CALL { WITH x CREATE (n:A {x: x}) RETURN n } RETURN x, n",
		"UNWIND [1, 2] AS x FOREACH (y IN [x] | MERGE (n:A {x: y}) SET n.z = x) RETURN x",
		"MATCH (a), (b) RETURN length(shortestPath((a)-[*]-(b))) AS l, a",
		"MATCH (n) RETURN n.x AS x, count(*) AS c ORDER BY n.x + 1, count(*) * 2",
		"MATCH (n) WITH n ORDER BY n.y LIMIT 3 SET n.z = 1 RETURN n UNION MATCH (m:M) RETURN m AS n",
		"MATCH (n) CALL test.my.proc(n.x, n.y) YIELD city, country_code AS c WHERE c > n.z RETURN city",
		"MATCH (n)-->(m) CALL test.my.proc(m.x, 1) RETURN n",
	};
	NamiStr		all = fixture_read("test/conformance/cases.jsonl");
	NamiStr		file = all;

	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
	{
		assert_non_null(plan(nami_str(more[i])));
		check_plan(nami_str(more[i]));
	}
	while (file.len > 0)
	{
		const char *end = memchr(file.ptr, '\n', file.len);
		size_t		len = end == NULL ? file.len : (size_t) (end - file.ptr);
		NamiError	err = NAMI_ERROR_INIT;
		NamiJson	root;
		NamiJson   *before;

		assert_int_equal(nami_json_parse(arena, nami_str_slice(file, 0, len), 100, &root, &err),
						 NAMI_OK);
		before = nami_json_get(&root, NAMI_STR("setup"));
		for (uint32_t i = 0; i < nami_json_count(before); i++)
			check_json_text(nami_json_at(before, i));
		check_json_text(nami_json_get(&root, NAMI_STR("query")));
		file = nami_str_slice(file, len + 1, file.len);
	}
	fixture_free(all);
}

/* A long chain and deep nesting neither overflow the stack nor take long. */
static void
large_texts(void **state)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_buf_put_cstr(&buf, "RETURN 1");
	for (int i = 0; i < 100000; i++)
		nami_buf_put_cstr(&buf, " + 1");
	assert_non_null(plan(nami_buf_str(&buf)));
	nami_buf_clear(&buf);
	nami_buf_put_cstr(&buf, "RETURN ");
	for (int i = 0; i < 100; i++)
		nami_buf_put_cstr(&buf, "1 < (");
	nami_buf_put_cstr(&buf, "1");
	for (int i = 0; i < 100; i++)
		nami_buf_put_cstr(&buf, ") < 2");
	assert_non_null(plan(nami_buf_str(&buf)));
	nami_buf_clear(&buf);
	nami_buf_put_cstr(&buf, "CREATE (n0:A)");
	for (int i = 1; i < 2000; i++)
		nami_buf_printf(&buf, ", (n%d:A {x: %d})-[:T]->(n%d)", i, i, i - 1);
	assert_non_null(plan(nami_buf_str(&buf)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plan_shapes, setup, teardown),
		cmocka_unit_test_setup_teardown(facts, setup, teardown),
		cmocka_unit_test_setup_teardown(streaming_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(lines, setup, teardown),
		cmocka_unit_test_setup_teardown(live_slots, setup, teardown),
		cmocka_unit_test_setup_teardown(large_texts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
