/*
 * rewrite_semi.c - conditions on the existence of rows as operators (docs/engine.md 4.3, 4.6).
 *
 * A FILTER on EXISTS { } or a pattern, or on their negation, becomes APPLY SEMI or ANTI, which leaves
 * a row after its first result; DEGREE where only a relationship is asked for; HASH_JOIN SEMI or ANTI
 * where the pattern hangs on the row by equal values alone and that is cheaper. What may fail is left
 * as it is: which of the inner rows are looked at would decide whether it does.
 */
#include "plan/bind_internal.h"

#include <math.h>

/* The inner side of a join is kept in memory. */
#define SIDE_ROWS_MAX	2e6

/* ---- what may fail ------------------------------------------------------------------------- */

static bool op_may_fail(const NamiPlanOp *op);

static void
subplan_may_fail(void *ctx, NamiSubplan *subplan)
{
	*(bool *) ctx |= op_may_fail(subplan->root);
}

/* A condition, or something that is only computed. */
static bool
expr_may_fail(const NamiExpr *expr)
{
	bool		found = false;

	if (expr == NULL || nami_ex_is_safe(expr))
		return false;
	if (expr->op == NAMI_EX_PATH)
		return false;
	nami_ex_visit_subplans((NamiExpr *) expr, subplan_may_fail, &found);
	return found || nami_ex_may_fail(expr);
}

static void
visit_may_fail(void *ctx, NamiExpr *expr)
{
	*(bool *) ctx |= expr_may_fail(expr);
}

static bool
op_may_fail(const NamiPlanOp *op)
{
	bool		found = false;

	for (; op != NULL && !found; op = op->input)
	{
		found = op->kind == NAMI_PLAN_CALL || op->kind == NAMI_PLAN_AGGREGATE ||
			op->kind == NAMI_PLAN_UNWIND || op->kind == NAMI_PLAN_SHORTEST_PATH ||
			op->kind >= NAMI_PLAN_EAGER;
		nami_op_visit_exprs(op, visit_may_fail, &found);
		for (uint32_t i = 0; i < op->input_count && !found; i++)
			found = op_may_fail(op->inputs[i]);
		if (op->inner != NULL && !found)
			found = op_may_fail(op->inner);
	}
	return found;
}

/* ---- inner plans of which only the existence of rows matters -------------------------------- */

static bool
is_inner(const NamiPlanOp *op)
{
	while (op->input != NULL)
		op = op->input;
	return op->kind == NAMI_PLAN_ARGUMENT;
}

/* Values that nobody will look at. */
static bool
is_dropped(const NamiPlanOp *op)
{
	if (op->kind != NAMI_PLAN_PROJECT)
		return false;
	for (uint32_t i = 0; i < op->item_count; i++)
	{
		if (expr_may_fail(op->items[i].expr) || nami_ex_is_volatile(op->items[i].expr))
			return false;
	}
	return true;
}

void
nami_rewrite_exists(NamiBinder *b, NamiPlanOp **root, bool *stops_early)
{
	NamiStr		labels[8];
	uint32_t	label_count;
	NamiPlanOp *walk;

	while (is_dropped(*root))
		*root = (*root)->input;
	walk = nami_counted_walk(b, *root, labels, &label_count);
	if (walk != NULL && is_inner(walk))
	{
		*root = nami_degree_of_walk(b, walk, labels, label_count);
		(*root)->apply_kind = NAMI_APPLY_SEMI;
	}
	else if ((*root)->kind == NAMI_PLAN_VAR_EXPAND && is_inner(*root) && !op_may_fail(*root))
		(*root)->first_only = true;
	*stops_early = !op_may_fail(*root);
}

void
nami_rewrite_semi_apply(NamiBinder *b, NamiPlanOp **link)
{
	NamiPlanOp *op = *link;

	if (op->apply_kind != NAMI_APPLY_SEMI && op->apply_kind != NAMI_APPLY_ANTI)
		return;
	nami_rewrite_exists(b, &op->inner, &op->stops_early);
	if (op->inner->kind != NAMI_PLAN_DEGREE || op->inner->input->kind != NAMI_PLAN_ARGUMENT)
		return;
	op->inner->input = op->input;
	op->inner->apply_kind = op->apply_kind;
	op->inner->estimated_rows = op->estimated_rows;
	nami_cost_of(op->inner);
	*link = op->inner;
}

/* ---- conditions that become operators ------------------------------------------------------- */

/* The subplan of EXISTS { } or NOT EXISTS { }; NULL for anything else, and for what is the same for
 * all rows: it is computed once where it stands. */
static NamiSubplan *
existence(const NamiExpr *expr, bool *negated)
{
	*negated = false;
	for (; expr->op == NAMI_EX_NOT; expr = expr->args[0])
		*negated = !*negated;
	if (expr->op != NAMI_EX_SUBPLAN || expr->subplan->kind != NAMI_SUBPLAN_EXISTS ||
		expr->subplan->is_constant)
		return NULL;
	return expr->subplan;
}

/* The part of the rows for which there is a result. */
static double
existing_fraction(const NamiSubplan *subplan)
{
	return fmin(fmax(1 - exp(-subplan->root->estimated_rows / NAMI_COST_BATCH_ROWS), 0.01), 0.99);
}

/* Reading the inner rows once, against running the inner plan for every row. */
static bool
is_join_cheaper(NamiBinder *b, const NamiSubplan *subplan, double rows)
{
	const NamiPlanOp *join = subplan->join_root;

	return join != NULL && !b->plan->writes && join->estimated_rows <= SIDE_ROWS_MAX &&
		join->estimated_cost + join->estimated_rows * NAMI_COST_HASH_ROW +
		rows * NAMI_COST_PROBE_ROW <
		subplan->root->estimated_cost * rows / NAMI_COST_BATCH_ROWS;
}

static NamiPlanOp *
make_semi(NamiBinder *b, NamiPlanOp *input, const NamiSubplan *subplan, bool negated,
		  int64_t position)
{
	bool		is_join = is_join_cheaper(b, subplan, input->estimated_rows);
	NamiPlanOp *op = nami_op_make(b, is_join ? NAMI_PLAN_HASH_JOIN : NAMI_PLAN_APPLY, input,
								  position);
	double		fraction = existing_fraction(subplan);
	double		batches = fmax(input->estimated_rows / NAMI_COST_BATCH_ROWS, 1);

	op->apply_kind = negated ? NAMI_APPLY_ANTI : NAMI_APPLY_SEMI;
	op->inner = is_join ? subplan->join_root : subplan->root;
	op->estimated_rows = input->estimated_rows * (negated ? 1 - fraction : fraction);
	if (is_join)
	{
		op->items = subplan->outer_keys;
		op->inner_keys = subplan->inner_keys;
		op->item_count = subplan->key_count;
	}
	nami_cost_of(op);
	if (!is_join)
		op->estimated_cost += op->inner->estimated_cost * (batches - 1);
	return op;
}

/* Every part of a conjunction may be tested where the others have held, in any order. */
static bool
may_split(const NamiExpr *expr)
{
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		if (expr_may_fail(expr->args[i]) || nami_ex_is_volatile(expr->args[i]))
			return false;
	}
	return true;
}

static bool
has_existence(const NamiExpr *all)
{
	bool		negated;

	for (uint32_t i = 0; i < all->arg_count; i++)
	{
		if (existence(all->args[i], &negated) != NULL)
			return true;
	}
	return false;
}

/* A FILTER on several conditions: those that are no semi-join stay in it, the others go above. */
static void
split(NamiBinder *b, NamiPlanOp **link)
{
	NamiPlanOp *filter = *link;
	const NamiExpr *all = filter->predicate;
	NamiExpr   *rest = NULL;
	NamiPlanOp *op;
	bool		negated;

	for (uint32_t i = 0; i < all->arg_count; i++)
	{
		if (existence(all->args[i], &negated) == NULL)
			rest = rest == NULL ? all->args[i] : nami_ex_and(b, rest, all->args[i]);
	}
	op = rest != NULL ? nami_op_filter(b, filter->input, rest) : filter->input;
	for (uint32_t i = 0; i < all->arg_count; i++)
	{
		NamiSubplan *subplan = existence(all->args[i], &negated);

		if (subplan != NULL)
			op = make_semi(b, op, subplan, negated, all->args[i]->position);
	}
	*link = op;
}

void
nami_rewrite_semi(NamiBinder *b, NamiPlanOp **link)
{
	NamiPlanOp *filter = *link;
	bool		negated;
	NamiSubplan *subplan = existence(filter->predicate, &negated);

	if (subplan != NULL)
		*link = make_semi(b, filter->input, subplan, negated, filter->predicate->position);
	else if (filter->predicate->op == NAMI_EX_AND && has_existence(filter->predicate) &&
			 may_split(filter->predicate))
		split(b, link);
}
