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
	op->near = NAMI_SLOT_NONE;
	op->near_rel = NAMI_SLOT_NONE;
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
number_op(Tally *tally, NamiPlanOp *op)
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
		case NAMI_PLAN_INTERSECT:
		case NAMI_PLAN_DEGREE:
		case NAMI_PLAN_COUNT_NODES:
		case NAMI_PLAN_COUNT_EDGES:
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
}

/* A chain of inputs is as long as the query: it is followed in the loop. */
static void
number_ops(Tally *tally, NamiPlanOp *op)
{
	for (; op != NULL; op = op->input)
	{
		number_op(tally, op);
		if (op->inner != NULL)
			number_ops(tally, op->inner);
		for (uint32_t i = 0; i < op->input_count; i++)
			number_ops(tally, op->inputs[i]);
	}
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

/* One slot for each variable. */
static void
set_slots(NamiBinder *b)
{
	NamiSlotName *names = NAMI_NEW_ARRAY(b->arena, NamiSlotName, b->slots.count + 1);

	for (uint32_t i = 0; i < b->slots.count; i++)
		names[i] = (NamiSlotName) {i, 0, b->slots.items[i].name};
	b->plan->slot_count = (uint32_t) b->slots.count;
	b->plan->slot_names = names;
	b->plan->slot_name_count = b->plan->slot_count;
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
	nami_rewrite(b, &root);
	nami_live_assign(b, root, slots, plan->column_count);
	nami_rewrite_marks(b, root);
	while (root->kind == NAMI_PLAN_PROJECT && root->item_count == 0)
		root = root->input;
	plan->root = root;
	number_ops(&tally, root);
	plan->op_count = tally.op_count;
	set_slots(b);
	nami_slots_share(b, root);
	plan->subplan_count = b->subplan_count;
	plan->reads_graph = tally.reads || plan->writes || b->uses_context;
	plan->is_volatile = nami_op_is_volatile(root);
	plan->parameters = b->parameters.items;
	plan->parameter_positions = b->parameter_positions.items;
	plan->parameter_count = (uint32_t) b->parameters.count;
	plan->names = b->names.items;
	plan->name_kinds = b->name_kinds.items;
	plan->name_count = (uint32_t) b->names.count;
	if (plan->column_count == 0 && !tally.reads && !tally.writes_otherwise && !b->uses_context &&
		!plan->uses_host)
		set_streaming(root);
}

/* ---- entry --------------------------------------------------------------------------------- */

static void
set_columns(NamiBinder *b, const NamiPlanColumn *columns, uint32_t count)
{
	b->plan->columns = nami_arena_memdup(b->arena, columns, count * sizeof(NamiPlanColumn));
	b->plan->column_count = count;
}

/* A list of properties that names one twice is wrong whatever the graph holds. */
static NamiStatus
check_properties(NamiBinder *b, const NamiCySchemaCommand *command)
{
	if (command->kind != NAMI_CY_CREATE_CONSTRAINT && command->kind != NAMI_CY_CREATE_INDEX)
		return NAMI_OK;
	for (uint32_t i = 1; i < command->property_count; i++)
	{
		const NamiCyName *name = &command->properties[i];

		for (uint32_t j = 0; j < i; j++)
		{
			if (nami_str_eq(command->properties[j].text, name->text))
				return nami_fail_at(b->err, NAMI_ERR_DUPLICATE_NAME, "", name->span.start,
									"property \"%.*s\" is listed twice",
									NAMI_STR_ARG(nami_str_slice(name->text, 0, 200)));
		}
	}
	return NAMI_OK;
}

static NamiStatus
plan_schema(NamiBinder *b, const NamiCySchemaCommand *command)
{
	static const NamiPlanColumn shown[] = {
		{NAMI_STR_INIT("name"), 0, NAMI_STATIC_STRING},
		{NAMI_STR_INIT("type"), 1, NAMI_STATIC_STRING},
		{NAMI_STR_INIT("entityType"), 2, NAMI_STATIC_STRING},
		{NAMI_STR_INIT("labelsOrTypes"), 3, NAMI_STATIC_LIST},
		{NAMI_STR_INIT("properties"), 4, NAMI_STATIC_LIST},
	};
	NamiPlan   *plan = b->plan;

	plan->kind = NAMI_STATEMENT_SCHEMA;
	plan->schema = command;
	plan->reads_graph = true;
	plan->is_volatile = true;
	plan->writes = command->kind < NAMI_CY_SHOW_CONSTRAINTS;
	if (!plan->writes)
	{
		set_columns(b, shown, sizeof(shown) / sizeof(shown[0]));
		plan->slot_count = plan->column_count;
	}
	else if (b->options->read_only)
		return nami_fail_at(b->err, NAMI_ERR_READ_ONLY, "", command->span.start,
							"the query may only read, but this command writes");
	return check_properties(b, command);
}

/*
 * The rows are the lines of the plan; it is only made, so it writes nothing and needs no values. The
 * slots are those of the explained query; the column's is none of them.
 */
static void
explain_instead(NamiBinder *b)
{
	static const NamiPlanColumn line[] = {{NAMI_STR_INIT("plan"), 0, NAMI_STATIC_STRING}};

	set_columns(b, line, 1);
	b->plan->writes = false;
	b->plan->parameter_count = 0;
}

static NamiStatus
plan_statement(NamiBinder *b, const NamiCyStatement *statement)
{
	NamiResult	result = {0};
	NamiPlanOp *root;

	if (statement->schema != NULL)
		return plan_schema(b, statement->schema);
	b->plan->kind = statement->explain == NAMI_CY_EXPLAIN ? NAMI_STATEMENT_EXPLAIN :
		statement->explain == NAMI_CY_PROFILE ? NAMI_STATEMENT_PROFILE : NAMI_STATEMENT_QUERY;
	NAMI_TRY(nami_plan_body(b, statement->query, NAMI_PLAN_ONCE, &root, &result));
	if (!result.has_return)
	{
		root = nami_op_make(b, NAMI_PLAN_EMPTY_RESULT, root, 0);
		nami_cost_estimate(b, root);
	}
	complete(b, root, &result);
	if (statement->explain == NAMI_CY_EXPLAIN)
		explain_instead(b);
	return NAMI_OK;
}

NamiStatus
nami_plan_query(NamiArena *arena, NamiStr text, const NamiPlanOptions *options, NamiPlan **out,
				NamiError *err)
{
	NamiPlanOptions own_options = *options;
	NamiBinder	b = {.arena = arena, .options = &own_options, .err = err,
		.random_state = options->variant.seed};
	NamiCyStatement *statement;

	b.text = nami_arena_str(arena, text);
	b.plan = NAMI_NEW(arena, NamiPlan);
	b.plan->text = b.text;
	b.plan->is_plain = nami_plan_varies(&b, NAMI_PLAN_NO_REWRITE);
	b.scope = NAMI_NEW(arena, NamiScope);
	nami_strmap_init(&b.parameter_set, arena);
	NAMI_TRY(nami_cypher_parse_on(options->host, arena, b.text, &statement, err));
	/* A query that is only explained writes nothing. */
	if (statement->explain == NAMI_CY_EXPLAIN)
		own_options.read_only = false;
	NAMI_TRY(plan_statement(&b, statement));
	nami_plan_note_sizes(b.plan, options->statistics, arena);
	*out = b.plan;
	return NAMI_OK;
}
