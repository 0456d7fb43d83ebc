/*
 * rewrite.c - operators that give the same with less work (docs/engine.md 4.3, 5).
 *
 * Each rewrite is a function of the tree alone and is left out by the variant no_rewrite.
 */
#include "plan/bind_internal.h"

#include "graph/catalog.h"

/* ---- expressions that fail ----------------------------------------------------------------- */

/* A node, a relationship, one of their properties, or something that is known before. */
bool
nami_ex_is_safe(const NamiExpr *expr)
{
	const NamiExpr *arg = expr->arg_count > 0 ? expr->args[0] : NULL;
	bool		of_entity = arg != NULL && arg->op == NAMI_EX_SLOT &&
		(arg->type == NAMI_STATIC_NODE || arg->type == NAMI_STATIC_REL);

	switch (expr->op)
	{
		case NAMI_EX_CONST:
		case NAMI_EX_PARAM:
		case NAMI_EX_SLOT:
			return true;
		case NAMI_EX_PROPERTY:
			return of_entity;
		case NAMI_EX_CALL:
			return of_entity && (nami_str_eq(expr->function->name, NAMI_STR("id")) ||
								 nami_str_eq(expr->function->name, NAMI_STR("elementId")) ||
								 nami_str_eq(expr->function->name, NAMI_STR("type")));
		case NAMI_EX_LIST:
			for (uint32_t i = 0; i < expr->arg_count; i++)
			{
				if (!nami_ex_is_safe(expr->args[i]))
					return false;
			}
			return true;
		default:
			return false;
	}
}

bool
nami_ex_may_fail(const NamiExpr *expr)
{
	switch (expr->op)
	{
		case NAMI_EX_EQ:
		case NAMI_EX_NE:
		case NAMI_EX_LT:
		case NAMI_EX_LE:
		case NAMI_EX_GT:
		case NAMI_EX_GE:
		case NAMI_EX_STARTS_WITH:
		case NAMI_EX_ENDS_WITH:
		case NAMI_EX_CONTAINS:
			return !nami_ex_is_safe(expr->args[0]) || !nami_ex_is_safe(expr->args[1]);
		case NAMI_EX_IN:
			return !nami_ex_is_safe(expr->args[0]) || !nami_ex_is_safe(expr->args[1]) ||
				(expr->args[1]->op != NAMI_EX_LIST &&
				 !(expr->args[1]->op == NAMI_EX_CONST && expr->args[1]->value.kind == NAMI_LIST));
		case NAMI_EX_IS_NULL:
		case NAMI_EX_IS_NOT_NULL:
		case NAMI_EX_HAS_LABELS:
			return !nami_ex_is_safe(expr->args[0]);
		case NAMI_EX_NOT:
		case NAMI_EX_AND:
		case NAMI_EX_OR:
		case NAMI_EX_XOR:
			for (uint32_t i = 0; i < expr->arg_count; i++)
			{
				if (nami_ex_may_fail(expr->args[i]))
					return true;
			}
			return false;
		case NAMI_EX_CONST:
			return expr->value.kind != NAMI_BOOL && expr->value.kind != NAMI_NULL;
		case NAMI_EX_SUBPLAN:
			return false;
		default:
			return true;
	}
}

/* ---- volatile expressions ------------------------------------------------------------------ */

static void
op_is_volatile(void *ctx, NamiSubplan *subplan)
{
	*(bool *) ctx |= nami_op_is_volatile(subplan->root);
}

bool
nami_ex_is_volatile(const NamiExpr *expr)
{
	bool		found = false;

	if (expr == NULL)
		return false;
	nami_ex_visit_subplans((NamiExpr *) expr, op_is_volatile, &found);
	while (expr != NULL && !found)
	{
		if (expr->op == NAMI_EX_CALL &&
			(expr->function->flags & (NAMI_FN_VOLATILE | NAMI_FN_HOST)))
			return true;
		for (uint32_t i = 1; i < expr->arg_count; i++)
			found |= nami_ex_is_volatile(expr->args[i]);
		expr = expr->arg_count > 0 ? expr->args[0] : NULL;
	}
	return found;
}

static void
expr_is_volatile(void *ctx, NamiExpr *expr)
{
	*(bool *) ctx |= nami_ex_is_volatile(expr);
}

bool
nami_op_is_volatile(const NamiPlanOp *op)
{
	bool		found = false;

	for (; op != NULL && !found; op = op->input)
	{
		found = op->kind == NAMI_PLAN_CALL || op->kind >= NAMI_PLAN_EAGER;
		nami_op_visit_exprs(op, expr_is_volatile, &found);
		for (uint32_t i = 0; i < op->input_count && !found; i++)
			found = nami_op_is_volatile(op->inputs[i]);
		if (op->inner != NULL && !found)
			found = nami_op_is_volatile(op->inner);
	}
	return found;
}

/* ---- counts without rows ------------------------------------------------------------------- */

static bool
is_count(const NamiAggregateItem *item)
{
	return !item->distinct && nami_str_eq(item->function->name, NAMI_STR("count"));
}

/* Is every aggregate a count of rows? slots: what no row has null. */
static bool
counts_rows(const NamiPlanOp *op, const NamiSlot *slots, uint32_t slot_count)
{
	for (uint32_t i = 0; i < op->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &op->aggregates[i];
		bool		is_there = item->star;

		if (!is_count(item))
			return false;
		for (uint32_t j = 0; j < slot_count && !is_there; j++)
			is_there = item->args[0]->op == NAMI_EX_SLOT && slots[j] != NAMI_SLOT_NONE &&
				item->args[0]->slot == slots[j];
		if (!is_there)
			return false;
	}
	return op->aggregate_count > 0;
}

/* The aggregation of a whole scan: one row whose count is known. */
static void
count_scan(NamiBinder *b, NamiPlanOp *op)
{
	NamiPlanOp *scan = op->input;
	NamiSlot	slots[] = {scan->to, scan->from, scan->rel};
	NamiPlanOp *count;
	bool		is_nodes = scan->kind == NAMI_PLAN_NODE_SCAN;

	if ((!is_nodes && (scan->kind != NAMI_PLAN_TYPE_SCAN || scan->direction == NAMI_DIR_BOTH)) ||
		scan->input != NULL || op->item_count > 0 || !counts_rows(op, slots, 3))
		return;
	count = nami_op_make(b, is_nodes ? NAMI_PLAN_COUNT_NODES : NAMI_PLAN_COUNT_EDGES, NULL,
						 scan->position);
	count->labels = scan->labels;
	count->label_count = scan->label_count;
	count->types = scan->types;
	count->type_count = scan->type_count;
	count->direction = scan->direction;
	count->slot = nami_slot_new(b, NAMI_STR(""), NAMI_STATIC_INT);
	count->estimated_rows = 1;
	nami_cost_of(count);
	op->kind = NAMI_PLAN_PROJECT;
	op->item_count = op->aggregate_count;
	op->items = NAMI_NEW_ARRAY(b->arena, NamiProjectItem, op->item_count);
	for (uint32_t i = 0; i < op->item_count; i++)
		op->items[i] = (NamiProjectItem) {
			op->aggregates[i].slot, nami_ex_slot(b, count->slot, op->position)
		};
	op->aggregates = NULL;
	op->aggregate_count = 0;
	op->input = count;
	nami_cost_estimate(b, op);
}

static bool
collect_labels(NamiBinder *b, const NamiLabelExpr *labels, NamiStr *texts, uint32_t *count)
{
	if (labels->op == NAMI_LABEL_NAME && *count < 8)
	{
		texts[(*count)++] = labels->name.text;
		return true;
	}
	if (labels->op != NAMI_LABEL_AND)
		return false;
	for (uint32_t i = 0; i < labels->arg_count; i++)
	{
		if (!collect_labels(b, labels->args[i], texts, count))
			return false;
	}
	return true;
}

/* The walk below tests for labels of its end alone, their names collected; or NULL. */
NamiPlanOp *
nami_counted_walk(NamiBinder *b, NamiPlanOp *op, NamiStr labels[8], uint32_t *label_count)
{
	const NamiPlanOp *walk = op;

	*label_count = 0;
	while (walk->kind == NAMI_PLAN_FILTER)
		walk = walk->input;
	if (walk->kind != NAMI_PLAN_EXPAND)
		return NULL;
	for (; op != walk; op = op->input)
	{
		const NamiExpr *test = op->predicate;

		if (test->op != NAMI_EX_HAS_LABELS || test->args[0]->op != NAMI_EX_SLOT ||
			test->args[0]->slot != walk->to || !collect_labels(b, test->labels, labels, label_count))
			return NULL;
	}
	return op;
}

static bool
keys_read(NamiBinder *b, const NamiPlanOp *op, const NamiPlanOp *walk)
{
	NamiSlotVec slots = {0};

	for (uint32_t i = 0; i < op->item_count; i++)
		nami_ex_slots(b, op->items[i].expr, &slots);
	return nami_slots_contain(&slots, walk->to) ||
		(walk->rel != NAMI_SLOT_NONE && nami_slots_contain(&slots, walk->rel));
}

NamiPlanOp *
nami_degree_of_walk(NamiBinder *b, const NamiPlanOp *walk, const NamiStr *labels,
					uint32_t label_count)
{
	NamiPlanOp *degree = nami_op_make(b, NAMI_PLAN_DEGREE, walk->input, walk->position);

	degree->from = walk->from;
	degree->types = walk->types;
	degree->type_count = walk->type_count;
	degree->direction = walk->direction;
	degree->unique_with = walk->unique_with;
	degree->unique_count = walk->unique_count;
	degree->labels = nami_names_of(b, labels, label_count, NAMI_NAME_LABEL);
	degree->label_count = label_count;
	degree->estimated_rows = walk->input->estimated_rows;
	nami_cost_of(degree);
	return degree;
}

/* count(*) of the rows that a last hop would make is the sum of the degrees. */
static void
count_degrees(NamiBinder *b, NamiPlanOp *op)
{
	const NamiFunction *sum = b->options->find_function(NAMI_STR("sum"), NULL);
	NamiStr		labels[8];
	uint32_t	label_count;
	NamiPlanOp *walk = nami_counted_walk(b, op->input, labels, &label_count);
	NamiPlanOp *degree;

	if (walk == NULL || sum == NULL || keys_read(b, op, walk) ||
		!counts_rows(op, (NamiSlot[]) {walk->to, walk->rel, walk->from}, 3))
		return;
	degree = nami_degree_of_walk(b, walk, labels, label_count);
	degree->slot = nami_slot_new(b, NAMI_STR(""), NAMI_STATIC_INT);
	for (uint32_t i = 0; i < op->aggregate_count; i++)
	{
		NamiAggregateItem *item = &op->aggregates[i];

		item->function = sum;
		item->star = false;
		item->args = NAMI_NEW_ARRAY(b->arena, NamiExpr *, 1);
		item->args[0] = nami_ex_slot(b, degree->slot, item->position);
		item->arg_count = 1;
	}
	op->input = degree;
	nami_cost_estimate(b, op);
}

/* ---- intersections ------------------------------------------------------------------------- */

static void
set_near(NamiBinder *b, NamiPlanOp *op, const NamiPlanOp *into, const NamiPlanOp *walk)
{
	NamiSlotVec unique = {0};
	bool		ends_there = into->to == walk->to;

	op->near = ends_there ? into->from : into->to;
	op->near_direction = ends_there == (into->direction == NAMI_DIR_OUT) ? NAMI_DIR_OUT :
		NAMI_DIR_IN;
	op->near_rel = into->rel;
	op->near_type = into->types;
	for (uint32_t i = 0; i < into->unique_count; i++)
	{
		if (into->unique_with[i] == walk->rel)
			op->near_differs = true;
		else
			nami_vec_push(&unique, b->arena, into->unique_with[i]);
	}
	op->near_unique = unique.items;
	op->near_unique_count = (uint32_t) unique.count;
}

/*
 * A walk to a node from which a relationship to another known node is demanded at once: the node is
 * in both lists. Conditions in between are tested of what is left.
 */
static void
intersect(NamiBinder *b, NamiPlanOp **into)
{
	NamiPlanOp *close = *into;
	NamiPlanOp *lowest = NULL;
	NamiPlanOp *walk = close->input;
	NamiPlanOp *op;

	for (; walk->kind == NAMI_PLAN_FILTER && !nami_ex_is_volatile(walk->predicate);
		 walk = walk->input)
		lowest = walk;
	if (walk->kind != NAMI_PLAN_EXPAND || close->type_count != 1 ||
		close->direction == NAMI_DIR_BOTH || close->from == close->to ||
		(close->from != walk->to && close->to != walk->to))
		return;
	op = nami_op_make(b, NAMI_PLAN_INTERSECT, walk->input, walk->position);
	op->from = walk->from;
	op->to = walk->to;
	op->rel = walk->rel;
	op->types = walk->types;
	op->type_count = walk->type_count;
	op->direction = walk->direction;
	op->unique_with = walk->unique_with;
	op->unique_count = walk->unique_count;
	set_near(b, op, close, walk);
	op->estimated_rows = close->estimated_rows;
	nami_cost_of(op);
	*into = op;
	if (lowest == NULL)
		return;
	*into = close->input;
	lowest->input = op;
	for (NamiPlanOp *filter = *into; filter != op; filter = filter->input)
	{
		filter->estimated_rows = op->estimated_rows;
		filter->estimated_cost = op->estimated_cost;
	}
}

/* ---- the tree ------------------------------------------------------------------------------ */

static void
rewrite_subplan(void *ctx, NamiSubplan *subplan)
{
	nami_rewrite(ctx, &subplan->root);
	if (subplan->kind == NAMI_SUBPLAN_EXISTS)
		nami_rewrite_exists(ctx, &subplan->root, &subplan->stops_early);
}

static void
rewrite_expr(void *ctx, NamiExpr *expr)
{
	nami_ex_visit_subplans(expr, rewrite_subplan, ctx);
}

static void
fold_expr(void *ctx, NamiExpr *expr)
{
	nami_fold(ctx, expr);
}

static void
rewrite_op(NamiBinder *b, NamiPlanOp **link)
{
	NamiPlanOp *op;

	if ((*link)->kind == NAMI_PLAN_FILTER)
		nami_rewrite_semi(b, link);
	op = *link;
	nami_op_visit_exprs(op, fold_expr, b);
	nami_op_visit_exprs(op, rewrite_expr, b);
	if (op->inner != NULL)
		nami_rewrite(b, &op->inner);
	for (uint32_t i = 0; i < op->input_count; i++)
		nami_rewrite(b, &op->inputs[i]);
	if (op->kind == NAMI_PLAN_AGGREGATE)
		count_scan(b, op);
	if (op->kind == NAMI_PLAN_AGGREGATE)
		count_degrees(b, op);
	if (op->kind == NAMI_PLAN_EXPAND_INTO)
		intersect(b, link);
	if (op->kind == NAMI_PLAN_APPLY)
		nami_rewrite_semi_apply(b, link);
}

/* A chain of inputs is as long as the query: it is followed in the loop. */
void
nami_rewrite(NamiBinder *b, NamiPlanOp **root)
{
	if (nami_plan_varies(b, NAMI_PLAN_NO_REWRITE))
		return;
	for (NamiPlanOp **link = root; *link != NULL; link = &(*link)->input)
		rewrite_op(b, link);
}

/* ---- marks --------------------------------------------------------------------------------- */

/* Would it notice that a row of its input came twice? */
static bool
ignores_repeats(const NamiPlanOp *op)
{
	if (op->kind == NAMI_PLAN_DISTINCT)
		return true;
	if (op->kind != NAMI_PLAN_AGGREGATE)
		return false;
	for (uint32_t i = 0; i < op->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &op->aggregates[i];

		if (!item->distinct && !nami_str_eq(item->function->name, NAMI_STR("min")) &&
			!nami_str_eq(item->function->name, NAMI_STR("max")))
			return false;
	}
	return true;
}

static bool
is_inner(const NamiPlanOp *op)
{
	while (op->input != NULL)
		op = op->input;
	return op->kind == NAMI_PLAN_ARGUMENT;
}

static void
mark_walk(NamiPlanOp *op)
{
	NamiPlanOp *walk = op->input;
	bool		found = false;

	nami_op_visit_exprs(op, expr_is_volatile, &found);
	while (!found && (walk->kind == NAMI_PLAN_FILTER || walk->kind == NAMI_PLAN_PROJECT ||
					  nami_op_is_semi(walk)))
	{
		nami_op_visit_exprs(walk, expr_is_volatile, &found);
		found |= walk->inner != NULL && nami_op_is_volatile(walk->inner);
		walk = walk->input;
	}
	if (found || (walk->kind != NAMI_PLAN_EXPAND && walk->kind != NAMI_PLAN_VAR_EXPAND) ||
		walk->into || walk->live_count != 1 || walk->live[0] != walk->to || is_inner(walk))
		return;
	walk->distinct_ends = true;
}

static void
mark_subplan(void *ctx, NamiSubplan *subplan)
{
	nami_rewrite_marks(ctx, subplan->root);
}

static void
mark_expr(void *ctx, NamiExpr *expr)
{
	nami_ex_visit_subplans(expr, mark_subplan, ctx);
}

void
nami_rewrite_marks(NamiBinder *b, NamiPlanOp *op)
{
	if (nami_plan_varies(b, NAMI_PLAN_NO_REWRITE))
		return;
	for (; op != NULL; op = op->input)
	{
		nami_op_visit_exprs(op, mark_expr, b);
		if (op->input != NULL && ignores_repeats(op))
			mark_walk(op);
		if (op->inner != NULL)
			nami_rewrite_marks(b, op->inner);
		for (uint32_t i = 0; i < op->input_count; i++)
			nami_rewrite_marks(b, op->inputs[i]);
	}
}
