/*
 * live.c - which slots each operator must give.
 *
 * From the root down: what is needed above an operator, less what it makes itself, plus what its
 * expressions read, is needed of its input. An inner plan's ARGUMENT takes what is still needed
 * there from the outer rows. Slots are unique in the statement, so a slot that an inner plan makes
 * is never one of the outer rows.
 */
#include "plan/bind_internal.h"

typedef struct Live
{
	NamiBinder *b;
	bool		assign;			/* write op->live, not only ask */
	size_t		words;
} Live;

typedef uint64_t *Set;			/* bitmap by slot */

static void visit(Live *live, NamiPlanOp **link, Set above, Set outer);

/* ---- sets ---------------------------------------------------------------------------------- */

static Set
new_set(Live *live)
{
	return nami_arena_alloc0(live->b->arena, live->words * sizeof(uint64_t));
}

static Set
copy_set(Live *live, Set set)
{
	return nami_arena_memdup(live->b->arena, set, live->words * sizeof(uint64_t));
}

static void
add(Set set, NamiSlot slot)
{
	if (slot != NAMI_SLOT_NONE)
		set[slot / 64] |= UINT64_C(1) << (slot % 64);
}

static void
take_out(Set set, NamiSlot slot)
{
	if (slot != NAMI_SLOT_NONE)
		set[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

static bool
has(Set set, NamiSlot slot)
{
	return slot != NAMI_SLOT_NONE && ((set[slot / 64] >> (slot % 64)) & 1);
}

static void
add_all(Live *live, Set set, Set other)
{
	for (size_t i = 0; i < live->words; i++)
		set[i] |= other[i];
}

/* ---- expressions --------------------------------------------------------------------------- */

static void
visit_slots(const NamiExpr *expr, void (*found) (void *, NamiSlot), void *ctx)
{
	/* Chains lean to the left: the first argument is followed in the loop. */
	while (expr != NULL)
	{
		if (expr->op == NAMI_EX_SLOT)
			found(ctx, expr->slot);
		for (uint32_t i = 0; i < expr->slot_count; i++)
			found(ctx, expr->slots[i]);
		if (expr->op == NAMI_EX_SUBPLAN)
		{
			for (uint32_t i = 0; i < expr->subplan->argument_count; i++)
				found(ctx, expr->subplan->arguments[i]);
		}
		for (uint32_t i = 1; i < expr->arg_count; i++)
			visit_slots(expr->args[i], found, ctx);
		expr = expr->arg_count > 0 ? expr->args[0] : NULL;
	}
}

static void
visit_locals(const NamiExpr *expr, void (*found) (void *, NamiSlot), void *ctx)
{
	while (expr != NULL)
	{
		if (expr->local != NAMI_SLOT_NONE)
			found(ctx, expr->local);
		if (expr->local2 != NAMI_SLOT_NONE)
			found(ctx, expr->local2);
		for (uint32_t i = 1; i < expr->arg_count; i++)
			visit_locals(expr->args[i], found, ctx);
		expr = expr->arg_count > 0 ? expr->args[0] : NULL;
	}
}

void
nami_ex_visit_subplans(NamiExpr *expr, NamiSubplanVisit visit_subplan, void *ctx)
{
	while (expr != NULL)
	{
		if (expr->op == NAMI_EX_SUBPLAN)
			visit_subplan(ctx, expr->subplan);
		for (uint32_t i = 1; i < expr->arg_count; i++)
			nami_ex_visit_subplans(expr->args[i], visit_subplan, ctx);
		expr = expr->arg_count > 0 ? expr->args[0] : NULL;
	}
}

typedef struct SlotList
{
	NamiBinder *b;
	NamiSlotVec *slots;
} SlotList;

static void
add_to_list(void *ctx, NamiSlot slot)
{
	SlotList   *list = ctx;

	nami_slots_add(list->b, list->slots, slot);
}

void
nami_ex_slots(NamiBinder *b, const NamiExpr *expr, NamiSlotVec *out)
{
	NamiSlotVec used = {0};
	NamiSlotVec locals = {0};

	visit_slots(expr, add_to_list, &(SlotList) {b, &used});
	visit_locals(expr, add_to_list, &(SlotList) {b, &locals});
	for (size_t i = 0; i < used.count; i++)
	{
		if (!nami_slots_contain(&locals, used.items[i]))
			nami_slots_add(b, out, used.items[i]);
	}
}

static void
add_to_set(void *ctx, NamiSlot slot)
{
	add(ctx, slot);
}

static void
remove_from_set(void *ctx, NamiSlot slot)
{
	take_out(ctx, slot);
}

static void
add_expr(Live *live, Set set, const NamiExpr *expr)
{
	Set			used;

	if (expr == NULL)
		return;
	used = new_set(live);
	visit_slots(expr, add_to_set, used);
	visit_locals(expr, remove_from_set, used);
	add_all(live, set, used);
}

/* ---- expressions of operators --------------------------------------------------------------- */

static void
visit_sets(const NamiSetItem *items, uint32_t count, NamiExprVisit visit_expr, void *ctx)
{
	for (uint32_t i = 0; i < count; i++)
	{
		visit_expr(ctx, items[i].target);
		visit_expr(ctx, items[i].key);
		visit_expr(ctx, items[i].value);
	}
}

void
nami_op_visit_exprs(const NamiPlanOp *op, NamiExprVisit visit_expr, void *ctx)
{
	visit_expr(ctx, op->min_expr);
	visit_expr(ctx, op->max_expr);
	visit_expr(ctx, op->step_filter);
	visit_expr(ctx, op->predicate);
	visit_expr(ctx, op->skip);
	visit_expr(ctx, op->limit);
	visit_expr(ctx, op->list);
	for (uint32_t i = 0; i < op->expr_count; i++)
		visit_expr(ctx, op->exprs[i]);
	for (uint32_t i = 0; i < op->item_count && op->items != NULL; i++)
		visit_expr(ctx, op->items[i].expr);
	for (uint32_t i = 0; i < op->item_count && op->inner_keys != NULL; i++)
		visit_expr(ctx, op->inner_keys[i]);
	for (uint32_t i = 0; i < op->aggregate_count; i++)
	{
		for (uint32_t j = 0; j < op->aggregates[i].arg_count; j++)
			visit_expr(ctx, op->aggregates[i].args[j]);
	}
	for (uint32_t i = 0; i < op->sort_count; i++)
		visit_expr(ctx, op->sort_items[i].expr);
	for (uint32_t i = 0; i < op->create_count; i++)
		visit_expr(ctx, op->creates[i].props);
	visit_sets(op->sets, op->set_count, visit_expr, ctx);
	visit_sets(op->on_match, op->on_match_count, visit_expr, ctx);
}

typedef struct ExprToSet
{
	Live	   *live;
	Set			set;
} ExprToSet;

static void
expr_to_set(void *ctx, NamiExpr *expr)
{
	ExprToSet  *target = ctx;

	add_expr(target->live, target->set, expr);
}

static void
assign_subplan(void *ctx, NamiSubplan *subplan)
{
	Live	   *live = ctx;
	Set			needed = new_set(live);
	Set			outer = new_set(live);

	if (subplan->kind == NAMI_SUBPLAN_COLLECT || subplan->kind == NAMI_SUBPLAN_FIRST)
		add(needed, subplan->result);
	visit(live, &subplan->root, needed, outer);
}

static void
assign_subplans(void *ctx, NamiExpr *expr)
{
	nami_ex_visit_subplans(expr, assign_subplan, ctx);
}

/* ---- operators ----------------------------------------------------------------------------- */

static void
set_live(Live *live, NamiPlanOp *op, Set needed)
{
	NamiSlot   *slots;
	uint32_t	count = 0;

	if (!live->assign)
		return;
	for (size_t word = 0; word < live->words; word++)
		count += (uint32_t) __builtin_popcountll(needed[word]);
	slots = NAMI_NEW_ARRAY(live->b->arena, NamiSlot, count + (size_t) 1);
	count = 0;
	for (size_t word = 0; word < live->words; word++)
	{
		for (uint64_t bits = needed[word]; bits != 0; bits &= bits - 1)
			slots[count++] = (NamiSlot) (word * 64 + (size_t) __builtin_ctzll(bits));
	}
	op->live = slots;
	op->live_count = count;
}

/* Projections that cost something and that nobody looks at. */
static bool
is_droppable(const NamiExpr *expr)
{
	return expr->op == NAMI_EX_PATH || expr->op == NAMI_EX_SLOT || expr->op == NAMI_EX_CONST ||
		(expr->op == NAMI_EX_CALL && expr->arg_count == 1 && expr->args[0]->op == NAMI_EX_SLOT &&
		 expr->args[0]->type == NAMI_STATIC_REL_LIST);
}

static void
drop_dead_items(Live *live, NamiPlanOp *op, Set needed)
{
	uint32_t	kept = 0;

	if (!live->assign)
		return;
	for (uint32_t i = 0; i < op->item_count; i++)
	{
		if (has(needed, op->items[i].slot) || !is_droppable(op->items[i].expr))
			op->items[kept++] = op->items[i];
	}
	op->item_count = kept;
}

/* What op makes is taken out of needed, what it reads besides expressions is added. */
static void
pattern_needs(Live *live, NamiPlanOp *op, Set needed)
{
	take_out(needed, op->rel);
	take_out(needed, op->near_rel);
	if (op->kind == NAMI_PLAN_EXPAND || op->kind == NAMI_PLAN_INTERSECT || (op->kind == NAMI_PLAN_VAR_EXPAND && !op->into))
		take_out(needed, op->to);
	else
		add(needed, op->to);
	add(needed, op->from);
	add(needed, op->near);
	for (uint32_t i = 0; i < op->unique_count; i++)
		add(needed, op->unique_with[i]);
	for (uint32_t i = 0; i < op->near_unique_count; i++)
		add(needed, op->near_unique[i]);
}

static void
create_needs(NamiPlanOp *op, Set needed)
{
	for (uint32_t i = 0; i < op->create_count; i++)
	{
		add(needed, op->creates[i].from);
		add(needed, op->creates[i].to);
	}
	for (uint32_t i = 0; i < op->create_count; i++)
		take_out(needed, op->creates[i].slot);
}

/* The inner plan: what it takes from the outer row is added to needed. */
static void
inner_needs(Live *live, NamiPlanOp *op, Set needed)
{
	Set			wanted = new_set(live);
	Set			outer = new_set(live);

	for (uint32_t i = 0; i < op->inner_slot_count; i++)
	{
		if (has(needed, op->inner_slots[i]))
			add(wanted, op->inner_slots[i]);
		take_out(needed, op->inner_slots[i]);
	}
	for (uint32_t i = 0; op->kind == NAMI_PLAN_MERGE && i < op->create_count; i++)
		add(wanted, op->creates[i].slot);
	for (uint32_t i = 0; op->inner_keys != NULL && i < op->item_count; i++)
		add_expr(live, wanted, op->inner_keys[i]);
	visit(live, &op->inner, wanted, outer);
	if (op->kind == NAMI_PLAN_FOREACH)
		take_out(outer, op->slot);
	add_all(live, needed, outer);
}

/* The slots that the inner keys of a join read belong to the inner side. */
static void
expression_needs(Live *live, NamiPlanOp *op, Set needed)
{
	if (op->kind == NAMI_PLAN_HASH_JOIN)
	{
		for (uint32_t i = 0; i < op->item_count; i++)
			add_expr(live, needed, op->items[i].expr);
		return;
	}
	nami_op_visit_exprs(op, expr_to_set, &(ExprToSet) {live, needed});
}

/* needed: what is wanted of op; becomes what op wants of its input. */
static void
own_needs(Live *live, NamiPlanOp *op, Set needed)
{
	switch (op->kind)
	{
		case NAMI_PLAN_NODE_SCAN:
		case NAMI_PLAN_ID_SEEK:
		case NAMI_PLAN_INDEX_SEEK:
			take_out(needed, op->to);
			break;
		case NAMI_PLAN_TYPE_SCAN:
			take_out(needed, op->from);
			take_out(needed, op->to);
			take_out(needed, op->rel);
			break;
		case NAMI_PLAN_EXPAND:
		case NAMI_PLAN_EXPAND_INTO:
		case NAMI_PLAN_VAR_EXPAND:
		case NAMI_PLAN_SHORTEST_PATH:
		case NAMI_PLAN_INTERSECT:
			pattern_needs(live, op, needed);
			break;
		case NAMI_PLAN_DEGREE:
			take_out(needed, op->slot);
			add(needed, op->from);
			for (uint32_t i = 0; i < op->unique_count; i++)
				add(needed, op->unique_with[i]);
			break;
		case NAMI_PLAN_COUNT_NODES:
		case NAMI_PLAN_COUNT_EDGES:
			take_out(needed, op->slot);
			break;
		case NAMI_PLAN_PROJECT:
			drop_dead_items(live, op, needed);
			for (uint32_t i = 0; i < op->item_count; i++)
				take_out(needed, op->items[i].slot);
			break;
		case NAMI_PLAN_CALL:
			for (uint32_t i = 0; i < op->item_count; i++)
				take_out(needed, op->items[i].slot);
			break;
		case NAMI_PLAN_AGGREGATE:
		case NAMI_PLAN_EMPTY_RESULT:
			memset(needed, 0, live->words * sizeof(uint64_t));
			break;
		case NAMI_PLAN_DISTINCT:
			for (uint32_t i = 0; i < op->item_count; i++)
				add(needed, op->items[i].slot);
			break;
		case NAMI_PLAN_UNWIND:
			take_out(needed, op->slot);
			break;
		default:
			break;
	}
}

/* One operator and what hangs on it but for its input. needed becomes what it wants of that. */
static void
visit_op(Live *live, NamiPlanOp *op, Set needed, Set outer)
{
	set_live(live, op, needed);
	if (live->assign && op->rel != NAMI_SLOT_NONE && !has(needed, op->rel))
		op->rel = NAMI_SLOT_NONE;
	if (live->assign && op->near_rel != NAMI_SLOT_NONE && !has(needed, op->near_rel))
		op->near_rel = NAMI_SLOT_NONE;
	if (live->assign)
		nami_op_visit_exprs(op, assign_subplans, live);
	own_needs(live, op, needed);
	expression_needs(live, op, needed);
	if (op->step_filter != NULL)
	{
		take_out(needed, op->step_rel);
		take_out(needed, op->step_from);
		take_out(needed, op->step_to);
	}
	if (op->inner != NULL)
		inner_needs(live, op, needed);
	if (op->kind == NAMI_PLAN_CREATE || op->kind == NAMI_PLAN_MERGE)
		create_needs(op, needed);
	for (uint32_t i = 0; i < op->input_count; i++)
		visit(live, &op->inputs[i], needed, outer);
	if (op->kind == NAMI_PLAN_ARGUMENT)
		add_all(live, outer, needed);
}

/*
 * An operator and its inputs: a chain as long as the query, so it is followed in the loop. Projections
 * of which nothing is left are left out.
 */
static void
visit(Live *live, NamiPlanOp **link, Set above, Set outer)
{
	Set			needed = copy_set(live, above);

	while (*link != NULL)
	{
		NamiPlanOp *op = *link;

		visit_op(live, op, needed, outer);
		if (live->assign && op->kind == NAMI_PLAN_PROJECT && op->item_count == 0)
			*link = op->input;
		else
			link = &op->input;
	}
}

/* ---- entries ------------------------------------------------------------------------------- */

static void
run(NamiBinder *b, bool assign, NamiPlanOp *root, const NamiSlot *results, uint32_t result_count,
	NamiSlotVec *out)
{
	Live		live = {b, assign, b->slots.count / 64 + 1};
	Set			needed = new_set(&live);
	Set			outer = new_set(&live);

	for (uint32_t i = 0; i < result_count; i++)
		add(needed, results[i]);
	visit(&live, &root, needed, outer);
	for (NamiSlot slot = 0; out != NULL && slot < b->slots.count; slot++)
	{
		if (has(outer, slot))
			nami_vec_push(out, b->arena, slot);
	}
}

void
nami_live_arguments(NamiBinder *b, NamiPlanOp *root, const NamiSlot *results,
					uint32_t result_count, NamiSlotVec *out)
{
	run(b, false, root, results, result_count, out);
}

void
nami_live_assign(NamiBinder *b, NamiPlanOp *root, const NamiSlot *results, uint32_t result_count)
{
	run(b, true, root, results, result_count, NULL);
}
