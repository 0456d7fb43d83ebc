/*
 * planner_clause.c - the clauses of a query one after the other: MATCH, UNWIND, subqueries, UNION.
 */
#include "plan/bind_internal.h"

/* ---- MATCH, UNWIND ------------------------------------------------------------------------- */

static NamiStatus
bind_match(NamiBinder *b, const NamiCyMatch *match, NamiPatternGraph *graph)
{
	NAMI_TRY(nami_bind_pattern(b, match->pattern.parts, match->pattern.part_count,
							   NAMI_PATTERN_MATCH, graph));
	if (match->where != NULL)
	{
		NamiExpr   *predicate;

		NAMI_TRY(nami_bind_predicate(b, match->where, &predicate));
		nami_pattern_add_predicate(b, graph, predicate);
	}
	return NAMI_OK;
}

static NamiStatus
plan_match(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	NamiPatternGraph graph = {0};
	NamiPlanOp *inner;
	NamiPlanOp *apply;

	NAMI_TRY(bind_match(b, &clause->match, &graph));
	if (!clause->match.is_optional)
		return nami_plan_pattern(b, &graph, input, out);
	inner = nami_op_make(b, NAMI_PLAN_ARGUMENT, NULL, clause->span.start);
	inner->estimated_rows = input->estimated_rows;
	NAMI_TRY(nami_plan_pattern(b, &graph, inner, &inner));
	apply = nami_op_make(b, NAMI_PLAN_APPLY, input, clause->span.start);
	apply->apply_kind = NAMI_APPLY_OPTIONAL;
	apply->inner = inner;
	apply->inner_slots = graph.new_slots.items;
	apply->inner_slot_count = (uint32_t) graph.new_slots.count;
	nami_cost_estimate(b, apply);
	*out = apply;
	return NAMI_OK;
}

static NamiStatus
plan_unwind(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	const NamiCyUnwind *unwind = &clause->unwind;
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_UNWIND, input, clause->span.start);

	NAMI_TRY(nami_bind_expr(b, unwind->list, &op->list));
	if (nami_scope_find(b->scope, unwind->variable.text) != NULL)
		return nami_fail_already_bound(b, &unwind->variable);
	op->slot = nami_slot_new(b, nami_arena_str(b->arena, unwind->variable.text),
							 nami_ex_element_type(b, op->list));
	/* [[1, 2], [3]]: the elements of the elements */
	if (op->list->op == NAMI_EX_LIST && op->list->arg_count == 1)
		b->slots.items[op->slot].element = nami_ex_element_type(b, op->list->args[0]);
	nami_scope_add(b, b->slots.items[op->slot].name, op->slot);
	nami_cost_estimate(b, op);
	*out = op;
	return NAMI_OK;
}

/* ---- CALL { } ------------------------------------------------------------------------------ */

static bool
is_import(const NamiCyClause *clause)
{
	const NamiCyProjection *projection = &clause->projection;

	if (clause->kind != NAMI_CY_WITH || projection->is_distinct || projection->sort_count > 0 ||
		projection->skip != NULL || projection->limit != NULL || projection->where != NULL)
		return false;
	for (uint32_t i = 0; i < projection->item_count; i++)
	{
		if (projection->items[i].expr->kind != NAMI_CY_VARIABLE ||
			nami_cy_name_present(&projection->items[i].alias))
			return false;
	}
	return true;
}

static NamiStatus
import_name(NamiBinder *b, const NamiScope *outer, const NamiCyName *name)
{
	const NamiVariable *variable = nami_scope_find(outer, name->text);

	if (variable == NULL)
		return nami_fail_undefined(b, name);
	nami_scope_add(b, variable->name, variable->slot);
	return NAMI_OK;
}

/* The scope in which one branch of the body starts; *skip: its leading WITH was the import list. */
static NamiStatus
enter_branch(NamiBinder *b, const NamiCyCallSubquery *call, const NamiCySingle *single,
			 const NamiScope *outer, uint32_t *skip)
{
	const NamiCyClause *first = single->clauses[0];

	*skip = 0;
	if (call->imports_all)
	{
		b->scope = nami_scope_copy(b, outer);
		return NAMI_OK;
	}
	b->scope = NAMI_NEW(b->arena, NamiScope);
	for (uint32_t i = 0; i < call->import_count; i++)
		NAMI_TRY(import_name(b, outer, &call->imports[i]));
	if (call->has_imports || !is_import(first))
		return NAMI_OK;
	*skip = 1;
	if (first->projection.has_star)
		b->scope = nami_scope_copy(b, outer);
	for (uint32_t i = 0; i < first->projection.item_count; i++)
		NAMI_TRY(import_name(b, outer, &first->projection.items[i].expr->name));
	return NAMI_OK;
}

/* ---- UNION --------------------------------------------------------------------------------- */

typedef struct Body
{
	const NamiCyQuery *query;
	NamiPlanOpKind start;
	const NamiCyCallSubquery *call; /* NULL: names are visible as they are */
	NamiScope  *outer;
} Body;

static NamiStatus
plan_branch(NamiBinder *b, const Body *body, uint32_t number, NamiPlanOp **out,
			NamiResult *result)
{
	const NamiCySingle *single = &body->query->singles[number];
	NamiPlanOp *start = nami_op_make(b, body->start, NULL, single->span.start);
	NamiScope  *saved = b->scope;
	uint32_t	skip = 0;
	NamiStatus	status = NAMI_OK;

	start->estimated_rows = body->start == NAMI_PLAN_ARGUMENT ? NAMI_COST_BATCH_ROWS : 1;
	if (body->call != NULL)
		status = enter_branch(b, body->call, single, body->outer, &skip);
	else
		b->scope = nami_scope_copy(b, body->outer);
	if (status == NAMI_OK)
		status = nami_plan_clauses(b, single->clauses + skip, single->clause_count - skip, start,
								   out, result);
	b->scope = saved;
	return status;
}

static NamiStatus
check_columns(NamiBinder *b, const NamiCySingle *single, const NamiResult *first,
			  const NamiResult *other)
{
	bool		same = first->has_return == other->has_return &&
		first->columns.count == other->columns.count;

	for (size_t i = 0; same && i < first->columns.count; i++)
		same = nami_str_eq(first->columns.items[i].name, other->columns.items[i].name);
	if (same)
		return NAMI_OK;
	return nami_fail_at(b->err, NAMI_ERR_UNDEFINED_NAME, "SyntaxError: DifferentColumnsInUnion",
						single->span.start,
						"all parts of a UNION must return the same columns in the same order");
}

/* Each branch hands its columns over in common slots. */
static NamiPlanOp *
to_common_slots(NamiBinder *b, NamiPlanOp *op, const NamiResult *branch, const NamiResult *common)
{
	NamiPlanOp *project;

	if (!branch->has_return)
		return op;
	project = nami_op_make(b, NAMI_PLAN_PROJECT, op, op->position);
	project->item_count = (uint32_t) branch->columns.count;
	project->items = NAMI_NEW_ARRAY(b->arena, NamiProjectItem, project->item_count + (size_t) 1);
	for (uint32_t i = 0; i < project->item_count; i++)
		project->items[i] = (NamiProjectItem) {
			common->columns.items[i].slot,
			nami_ex_slot(b, branch->columns.items[i].slot, op->position)
		};
	nami_cost_estimate(b, project);
	return project;
}

static void
make_common_columns(NamiBinder *b, const NamiResult *branches, uint32_t count, NamiResult *result)
{
	result->has_return = branches[0].has_return;
	for (size_t i = 0; i < branches[0].columns.count; i++)
	{
		NamiPlanColumn column = branches[0].columns.items[i];

		for (uint32_t j = 1; j < count; j++)
		{
			if (branches[j].columns.items[i].type != column.type)
				column.type = NAMI_STATIC_ANY;
		}
		column.slot = nami_slot_new(b, column.name, column.type);
		nami_vec_push(&result->columns, b->arena, column);
	}
}

static NamiStatus
plan_union(NamiBinder *b, const Body *body, NamiPlanOp **out, NamiResult *result)
{
	uint32_t	count = body->query->single_count;
	NamiResult *branches = nami_arena_alloc0(b->arena, count * sizeof(NamiResult));
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_UNION, NULL, body->query->span.start);

	op->inputs = NAMI_NEW_ARRAY(b->arena, NamiPlanOp *, count);
	op->input_count = count;
	for (uint32_t i = 0; i < count; i++)
	{
		NAMI_TRY(plan_branch(b, body, i, &op->inputs[i], &branches[i]));
		NAMI_TRY(check_columns(b, &body->query->singles[i], &branches[0], &branches[i]));
	}
	make_common_columns(b, branches, count, result);
	for (uint32_t i = 0; i < count; i++)
		op->inputs[i] = to_common_slots(b, op->inputs[i], &branches[i], result);
	nami_cost_estimate(b, op);
	*out = op;
	if (!body->query->union_all && result->has_return)
	{
		NamiPlanOp *distinct = nami_op_make(b, NAMI_PLAN_DISTINCT, op, op->position);

		distinct->item_count = (uint32_t) result->columns.count;
		distinct->items = NAMI_NEW_ARRAY(b->arena, NamiProjectItem,
										 distinct->item_count + (size_t) 1);
		for (uint32_t i = 0; i < distinct->item_count; i++)
			distinct->items[i] = (NamiProjectItem) {result->columns.items[i].slot, NULL};
		nami_cost_estimate(b, distinct);
		*out = distinct;
	}
	return NAMI_OK;
}

static NamiStatus
plan_body(NamiBinder *b, const Body *body, NamiPlanOp **out, NamiResult *result)
{
	if (body->query->single_count == 1)
		return plan_branch(b, body, 0, out, result);
	return plan_union(b, body, out, result);
}

NamiStatus
nami_plan_body(NamiBinder *b, const NamiCyQuery *query, NamiPlanOpKind start, NamiPlanOp **out,
			   NamiResult *result)
{
	Body		body = {query, start, NULL, b->scope};

	return plan_body(b, &body, out, result);
}

/* ---- CALL { }, continued ------------------------------------------------------------------- */

/* What the body returns becomes visible; a slot that the outer rows have anyway stays theirs. */
static NamiStatus
take_columns(NamiBinder *b, const NamiCyClause *clause, const NamiResult *result,
			 NamiSlotVec *inner_slots)
{
	size_t		outer_count = b->scope->count;

	for (size_t i = 0; i < result->columns.count; i++)
	{
		const NamiPlanColumn *column = &result->columns.items[i];
		bool		is_outer = false;

		if (nami_scope_find(b->scope, column->name) != NULL)
			return nami_fail_at(b->err, NAMI_ERR_DUPLICATE_NAME,
								"SyntaxError: VariableAlreadyBound", clause->span.start,
								"the subquery returns \"%.*s\", which is already bound outside",
								NAMI_STR_ARG(column->name));
		for (size_t j = 0; j < outer_count; j++)
			is_outer |= b->scope->items[j].slot == column->slot;
		if (!is_outer)
			nami_slots_add(b, inner_slots, column->slot);
		nami_scope_add(b, column->name, column->slot);
	}
	return NAMI_OK;
}

static bool
is_leaf_kind(NamiPlanOpKind kind)
{
	return kind == NAMI_PLAN_NODE_SCAN || kind == NAMI_PLAN_ID_SEEK ||
		kind == NAMI_PLAN_INDEX_SEEK || kind == NAMI_PLAN_TYPE_SCAN;
}

/* Rows of an outer batch that nothing is read of become one row. */
static void
cut_off(NamiPlanOp *op)
{
	for (; op != NULL; op = op->input)
	{
		for (uint32_t i = 0; i < op->input_count; i++)
			cut_off(op->inputs[i]);
		if (op->kind == NAMI_PLAN_ARGUMENT)
			op->kind = NAMI_PLAN_ONCE;
		if (is_leaf_kind(op->kind) && op->input != NULL && op->input->kind == NAMI_PLAN_ARGUMENT)
			op->input = NULL;
	}
}

/*
 * A body that reads nothing of the outer rows gives each of them the same: it runs once, as the
 * inner side of a product.
 */
static void
join_if_uncorrelated(NamiBinder *b, NamiPlanOp *apply, const NamiResult *result)
{
	NamiSlot   *slots = NAMI_NEW_ARRAY(b->arena, NamiSlot, result->columns.count + 1);
	NamiSlotVec arguments = {0};

	if (!result->has_return || nami_plan_varies(b, NAMI_PLAN_NO_REWRITE) ||
		nami_op_is_volatile(apply->inner))
		return;
	for (size_t i = 0; i < result->columns.count; i++)
		slots[i] = result->columns.items[i].slot;
	nami_live_arguments(b, apply->inner, slots, (uint32_t) result->columns.count, &arguments);
	if (arguments.count > 0)
		return;
	apply->kind = NAMI_PLAN_CROSS;
	cut_off(apply->inner);
}

/* Its input is read to the end before it gives a row. */
static NamiPlanOp *
make_eager(NamiBinder *b, NamiPlanOp *input, int64_t position)
{
	NamiPlanOp *eager = nami_op_make(b, NAMI_PLAN_EAGER, input, position);

	nami_cost_estimate(b, eager);
	return eager;
}

/*
 * A body that writes runs for all rows before the next clause sees one, and after the clauses before
 * it have seen all of theirs (spec/cypher.md 5.6).
 */
NamiStatus
nami_plan_call_subquery(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input,
						NamiPlanOp **out)
{
	Body		body = {clause->subquery.query, NAMI_PLAN_ARGUMENT, &clause->subquery, b->scope};
	NamiPlanOp *apply = nami_op_make(b, NAMI_PLAN_APPLY, input, clause->span.start);
	NamiResult	result = {0};
	NamiSlotVec slots = {0};
	bool		wrote = b->plan->writes;
	bool		body_writes;

	b->plan->writes = false;
	NAMI_TRY(plan_body(b, &body, &apply->inner, &result));
	body_writes = b->plan->writes;
	b->plan->writes |= wrote;
	if (body_writes && apply->input != NULL && apply->input->kind != NAMI_PLAN_ONCE)
		apply->input = make_eager(b, apply->input, clause->span.start);
	apply->apply_kind = result.has_return ? NAMI_APPLY_INNER : NAMI_APPLY_UNIT;
	if (!result.has_return)
		apply->inner = nami_op_make(b, NAMI_PLAN_EMPTY_RESULT, apply->inner, clause->span.start);
	NAMI_TRY(take_columns(b, clause, &result, &slots));
	apply->inner_slots = slots.items;
	apply->inner_slot_count = (uint32_t) slots.count;
	join_if_uncorrelated(b, apply, &result);
	nami_cost_estimate(b, apply);
	*out = body_writes ? make_eager(b, apply, clause->span.start) : apply;
	return NAMI_OK;
}

/* ---- clauses ------------------------------------------------------------------------------- */

static NamiStatus
plan_clause(NamiBinder *b, const NamiCyClause *clause, NamiCallPlace place, NamiPlanOp *input,
			NamiPlanOp **out, NamiResult *result)
{
	switch (clause->kind)
	{
		case NAMI_CY_MATCH:
			return plan_match(b, clause, input, out);
		case NAMI_CY_UNWIND:
			return plan_unwind(b, clause, input, out);
		case NAMI_CY_WITH:
		case NAMI_CY_RETURN:
			return nami_plan_projection(b, clause, input, out, result);
		case NAMI_CY_CALL_SUBQUERY:
			return nami_plan_call_subquery(b, clause, input, out);
		case NAMI_CY_CALL_PROCEDURE:
			return nami_plan_call_procedure(b, clause, place, input, out, result);
		default:
			return nami_plan_write(b, clause, input, out);
	}
}

NamiStatus
nami_plan_clauses(NamiBinder *b, NamiCyClause *const *clauses, uint32_t count, NamiPlanOp *input,
				  NamiPlanOp **out, NamiResult *result)
{
	*out = input;
	for (uint32_t i = 0; i < count; i++)
	{
		NamiCallPlace place = count == 1 ? NAMI_CALL_ALONE :
			i + 1 == count ? NAMI_CALL_LAST : NAMI_CALL_INSIDE;

		NAMI_TRY(plan_clause(b, clauses[i], place, *out, out, result));
	}
	return NAMI_OK;
}
