/*
 * planner.c - the entry: parse, bind and plan, then number and complete the plan. See planner.h.
 */
#include "plan/planner.h"

#include "cypher/parser.h"
#include "graph/catalog.h"
#include "plan/bind_internal.h"

/* ---- operators ----------------------------------------------------------------------------- */

NamiPlanOp *
nami_op_make(NamiBinder *b, NamiPlanOpKind kind, NamiPlanOp *input, int64_t position)
{
	NamiPlanOp *op = NAMI_NEW(b->arena, NamiPlanOp);

	op->kind = kind;
	op->input = input;
	op->from = NAMI_SLOT_NONE;
	op->to = NAMI_SLOT_NONE;
	op->rel = NAMI_SLOT_NONE;
	op->slot = NAMI_SLOT_NONE;
	op->step_rel = NAMI_SLOT_NONE;
	op->step_from = NAMI_SLOT_NONE;
	op->step_to = NAMI_SLOT_NONE;
	op->position = position;
	return op;
}

NamiPlanOp *
nami_op_filter(NamiBinder *b, NamiPlanOp *input, NamiExpr *predicate)
{
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_FILTER, input, predicate->position);

	op->predicate = predicate;
	nami_cost_estimate(b, op);
	return op;
}

NamiPlanOp *
nami_op_project(NamiBinder *b, NamiPlanOp *input, NamiSlot slot, NamiExpr *expr)
{
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_PROJECT, input, expr->position);

	op->items = NAMI_NEW_ARRAY(b->arena, NamiProjectItem, 1);
	op->items[0] = (NamiProjectItem) {slot, expr};
	op->item_count = 1;
	nami_cost_estimate(b, op);
	return op;
}

/* ---- completing ---------------------------------------------------------------------------- */

typedef struct Tally
{
	uint32_t	op_count;
	bool		reads;			/* an operator that reads the graph */
	bool		writes_otherwise;	/* a write other than CREATE and SET */
} Tally;

static void number_ops(Tally *tally, NamiPlanOp *op);

static void
number_subplan(void *ctx, NamiSubplan *subplan)
{
	number_ops(ctx, subplan->root);
}

static void
number_expr(void *ctx, NamiExpr *expr)
{
	nami_ex_visit_subplans(expr, number_subplan, ctx);
}

static void
number_ops(Tally *tally, NamiPlanOp *op)
{
	op->number = tally->op_count++;
	switch (op->kind)
	{
		case NAMI_PLAN_NODE_SCAN:
		case NAMI_PLAN_ID_SEEK:
		case NAMI_PLAN_INDEX_SEEK:
		case NAMI_PLAN_TYPE_SCAN:
		case NAMI_PLAN_EXPAND:
		case NAMI_PLAN_EXPAND_INTO:
		case NAMI_PLAN_VAR_EXPAND:
		case NAMI_PLAN_SHORTEST_PATH:
			tally->reads = true;
			break;
		case NAMI_PLAN_MERGE:
		case NAMI_PLAN_DELETE:
		case NAMI_PLAN_REMOVE:
		case NAMI_PLAN_FOREACH:
		case NAMI_PLAN_APPLY:
			tally->writes_otherwise = true;
			break;
		default:
			break;
	}
	nami_op_visit_exprs(op, number_expr, tally);
	if (op->input != NULL)
		number_ops(tally, op->input);
	if (op->inner != NULL)
		number_ops(tally, op->inner);
	for (uint32_t i = 0; i < op->input_count; i++)
		number_ops(tally, op->inputs[i]);
}

/* Nothing in the statement could see the effects of its writes before they are all done. */
static void
set_streaming(NamiPlanOp *op)
{
	for (; op != NULL; op = op->input)
	{
		if (op->kind == NAMI_PLAN_CREATE || op->kind == NAMI_PLAN_SET)
			op->streaming = true;
	}
}

static void
complete(NamiBinder *b, NamiPlanOp *root, const NamiResult *result)
{
	NamiPlan   *plan = b->plan;
	Tally		tally = {0};
	NamiSlot   *slots = NAMI_NEW_ARRAY(b->arena, NamiSlot, result->columns.count + 1);

	plan->columns = result->columns.items;
	plan->column_count = (uint32_t) result->columns.count;
	for (uint32_t i = 0; i < plan->column_count; i++)
		slots[i] = plan->columns[i].slot;
	nami_live_assign(b, root, slots, plan->column_count);
	while (root->kind == NAMI_PLAN_PROJECT && root->item_count == 0)
		root = root->input;
	plan->root = root;
	number_ops(&tally, root);
	plan->op_count = tally.op_count;
	plan->slot_count = (uint32_t) b->slots.count;
	plan->slot_names = NAMI_NEW_ARRAY(b->arena, NamiStr, b->slots.count + 1);
	for (size_t i = 0; i < b->slots.count; i++)
		plan->slot_names[i] = b->slots.items[i].name;
	plan->subplan_count = b->subplan_count;
	plan->reads_graph = tally.reads || plan->writes || b->uses_context;
	plan->parameters = b->parameters.items;
	plan->parameter_count = (uint32_t) b->parameters.count;
	plan->names = b->names.items;
	plan->name_kinds = b->name_kinds.items;
	plan->name_count = (uint32_t) b->names.count;
	if (plan->column_count == 0 && !tally.reads && !tally.writes_otherwise && !b->uses_context)
		set_streaming(root);
}

/* ---- entry --------------------------------------------------------------------------------- */

static NamiStatus
plan_statement(NamiBinder *b, const NamiCyStatement *statement)
{
	NamiResult	result = {0};
	NamiPlanOp *root;

	if (statement->schema != NULL)
	{
		b->plan->kind = NAMI_STATEMENT_SCHEMA;
		b->plan->schema = statement->schema;
		b->plan->writes = statement->schema->kind < NAMI_CY_SHOW_CONSTRAINTS;
		if (b->plan->writes && b->options->read_only)
			return nami_fail_at(b->err, NAMI_ERR_READ_ONLY, "", statement->schema->span.start,
								"the query may only read, but this command writes");
		return NAMI_OK;
	}
	b->plan->kind = statement->explain == NAMI_CY_EXPLAIN ? NAMI_STATEMENT_EXPLAIN :
		statement->explain == NAMI_CY_PROFILE ? NAMI_STATEMENT_PROFILE : NAMI_STATEMENT_QUERY;
	NAMI_TRY(nami_plan_body(b, statement->query, NAMI_PLAN_ONCE, &root, &result));
	if (!result.has_return)
	{
		root = nami_op_make(b, NAMI_PLAN_EMPTY_RESULT, root, 0);
		nami_cost_estimate(b, root);
	}
	complete(b, root, &result);
	return NAMI_OK;
}

NamiStatus
nami_plan_query(NamiArena *arena, NamiStr text, const NamiPlanOptions *options, NamiPlan **out,
				NamiError *err)
{
	NamiBinder	b = {.arena = arena, .options = options, .err = err};
	NamiCyStatement *statement;

	b.text = nami_arena_str(arena, text);
	b.plan = NAMI_NEW(arena, NamiPlan);
	b.plan->text = b.text;
	b.scope = NAMI_NEW(arena, NamiScope);
	NAMI_TRY(nami_cypher_parse(arena, b.text, &statement, err));
	NAMI_TRY(plan_statement(&b, statement));
	*out = b.plan;
	return NAMI_OK;
}
