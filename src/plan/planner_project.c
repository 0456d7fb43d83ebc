/*
 * planner_project.c - WITH and RETURN: projection, grouping, DISTINCT, ORDER BY, SKIP, LIMIT
 * (spec/cypher.md 3.5, 4, 5.2).
 */
#include "plan/bind_internal.h"

#include <stdlib.h>

typedef struct Item
{
	NamiStr		name;
	const NamiCyExpr *source;	/* NULL: a variable that '*' stands for */
	NamiSlot	slot;
	bool		has_aggregate;
	NamiCySpan	span;
} Item;

typedef struct Projection
{
	NamiBinder *b;
	const NamiCyProjection *source;
	bool		is_with;
	NAMI_VEC(Item) items;
	bool		has_aggregate;
	const NamiCyItem *unnamed;	/* the first item of WITH that needs a name, reported last */
	NamiScope  *before;			/* names before the projection */
	NamiScope  *after;			/* the projected names */
	NamiAggregation aggregation;
	NamiSubstitutionVec known;	/* expressions that stand for projected slots */
	NAMI_VEC(NamiProjectItem) projects;
	NAMI_VEC(NamiProjectItem) keys;
	NamiPlanOp *op;
} Projection;

/* ---- the list of items --------------------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
	return nami_str_cmp(((const Item *) a)->name, ((const Item *) b)->name);
}

static NamiStatus
add_star(Projection *p)
{
	const NamiScope *scope = p->before;

	for (size_t i = 0; i < scope->count; i++)
	{
		NamiVariable variable = scope->items[i];

		if (nami_scope_find(scope, variable.name) == &scope->items[i])
			nami_vec_push(&p->items, p->b->arena, (Item) {
				.name = variable.name, .slot = variable.slot, .span = p->source->star_span
			});
	}
	if (p->items.count == 0 && !p->is_with)
		return nami_fail_at(p->b->err, NAMI_ERR_UNDEFINED_NAME, "SyntaxError: NoVariablesInScope",
							p->source->star_span.start, "RETURN * needs variables in scope");
	if (p->items.count > 0)
		qsort(p->items.items, p->items.count, sizeof(Item), compare_names);
	return NAMI_OK;
}

static NamiStatus
add_item(Projection *p, const NamiCyItem *source)
{
	NamiBinder *b = p->b;
	Item		item = {.source = source->expr, .slot = NAMI_SLOT_NONE, .span = source->span};

	if (nami_cy_name_present(&source->alias))
	{
		item.name = nami_arena_str(b->arena, source->alias.text);
		item.span = source->alias.span;
	}
	else if (source->expr->kind == NAMI_CY_VARIABLE)
		item.name = nami_arena_str(b->arena, source->expr->name.text);
	else
	{
		if (p->is_with && p->unnamed == NULL)
			p->unnamed = source;
		item.name = nami_arena_str(b->arena, source->text);
	}
	for (size_t i = 0; i < p->items.count; i++)
	{
		if (nami_str_eq(p->items.items[i].name, item.name))
			return nami_fail_at(b->err, NAMI_ERR_DUPLICATE_NAME, "SyntaxError: ColumnNameConflict",
								item.span.start, "column name \"%.*s\" is used twice",
								NAMI_STR_ARG(item.name));
	}
	item.has_aggregate = nami_has_aggregate(b, source->expr);
	p->has_aggregate |= item.has_aggregate;
	nami_vec_push(&p->items, b->arena, item);
	return NAMI_OK;
}

/* ---- expressions --------------------------------------------------------------------------- */

/* A plain variable keeps its slot; everything else gets one of its own. */
static NamiSlot
slot_for(Projection *p, const Item *item, NamiExpr *expr, bool *is_new)
{
	NamiSlot	slot;

	*is_new = expr->op != NAMI_EX_SLOT;
	if (!*is_new)
		return expr->slot;
	slot = nami_slot_new(p->b, item->name, expr->type);
	p->b->slots.items[slot].element = nami_ex_element_type(p->b, expr);
	return slot;
}

static NamiStatus
bind_plain_item(Projection *p, Item *item)
{
	NamiExpr   *expr;
	bool		is_new;

	if (item->source == NULL)
		expr = nami_ex_slot(p->b, item->slot, item->span.start);
	else
		NAMI_TRY(nami_bind_expr(p->b, item->source, &expr));
	item->slot = slot_for(p, item, expr, &is_new);
	if (p->has_aggregate)
		nami_vec_push(&p->keys, p->b->arena, (NamiProjectItem) {item->slot, expr});
	else if (is_new)
		nami_vec_push(&p->projects, p->b->arena, (NamiProjectItem) {item->slot, expr});
	if (item->source != NULL)
		nami_vec_push(&p->known, p->b->arena, (NamiSubstitution) {item->source, item->slot});
	return NAMI_OK;
}

/* Beside aggregates only grouping keys may stand, as they are written there. */
static NamiStatus
bind_aggregate_item(Projection *p, Item *item)
{
	NamiBinder *b = p->b;
	NamiExpr   *expr;
	NamiStatus	status;
	bool		is_new;

	b->ctx = (NamiExprContext) {
		.aggregation = &p->aggregation, .substitutions = &p->known, .ambiguous = p->before
	};
	status = nami_bind_expr(b, item->source, &expr);
	b->ctx = (NamiExprContext) {0};
	NAMI_TRY(status);
	item->slot = slot_for(p, item, expr, &is_new);
	if (is_new)
		nami_vec_push(&p->projects, b->arena, (NamiProjectItem) {item->slot, expr});
	else if (b->slots.items[item->slot].name.len == 0)
		b->slots.items[item->slot].name = item->name;
	return NAMI_OK;
}

/* Names that are grouping keys themselves may be used beside aggregates. */
static NamiScope *
key_scope(Projection *p)
{
	NamiScope  *scope = NAMI_NEW(p->b->arena, NamiScope);

	for (size_t i = 0; i < p->items.count; i++)
	{
		const Item *item = &p->items.items[i];
		NamiStr		name = item->name;

		if (item->has_aggregate || (item->source != NULL && item->source->kind != NAMI_CY_VARIABLE))
			continue;
		if (item->source != NULL)
			name = item->source->name.text;
		nami_vec_push(scope, p->b->arena, nami_variable(name, item->slot));
	}
	return scope;
}

static NamiStatus
bind_items(Projection *p)
{
	NamiBinder *b = p->b;

	p->aggregation.before = p->before;
	for (size_t i = 0; i < p->items.count; i++)
	{
		if (!p->items.items[i].has_aggregate)
			NAMI_TRY(bind_plain_item(p, &p->items.items[i]));
	}
	b->scope = key_scope(p);
	for (size_t i = 0; i < p->items.count; i++)
	{
		Item	   *item = &p->items.items[i];

		if (item->has_aggregate)
			NAMI_TRY(bind_aggregate_item(p, item));
	}
	for (size_t i = 0; i < p->items.count; i++)
	{
		const Item *item = &p->items.items[i];

		nami_vec_push(p->after, b->arena, nami_variable(item->name, item->slot));
		if (item->has_aggregate)
			nami_vec_push(&p->known, b->arena, (NamiSubstitution) {item->source, item->slot});
	}
	return NAMI_OK;
}

/* ---- operators ----------------------------------------------------------------------------- */

static void
push_op(Projection *p, NamiPlanOp *op)
{
	nami_cost_estimate(p->b, op);
	p->op = op;
}

static void
plan_items(Projection *p, int64_t position)
{
	NamiPlanOp *op;

	if (p->has_aggregate)
	{
		op = nami_op_make(p->b, NAMI_PLAN_AGGREGATE, p->op, position);
		op->items = p->keys.items;
		op->item_count = (uint32_t) p->keys.count;
		op->aggregates = p->aggregation.items.items;
		op->aggregate_count = (uint32_t) p->aggregation.items.count;
		push_op(p, op);
	}
	if (p->projects.count > 0)
	{
		op = nami_op_make(p->b, NAMI_PLAN_PROJECT, p->op, position);
		op->items = p->projects.items;
		op->item_count = (uint32_t) p->projects.count;
		push_op(p, op);
	}
	if (p->source->is_distinct)
	{
		op = nami_op_make(p->b, NAMI_PLAN_DISTINCT, p->op, position);
		op->items = NAMI_NEW_ARRAY(p->b->arena, NamiProjectItem, p->items.count + 1);
		for (size_t i = 0; i < p->items.count; i++)
			op->items[i] = (NamiProjectItem) {p->items.items[i].slot, NULL};
		op->item_count = (uint32_t) p->items.count;
		push_op(p, op);
	}
}

/* Names from before that occur in grouping keys: for them a key exists, but not by that name. */
static NamiScope *
grouped_names(Projection *p)
{
	NamiScope  *scope = NAMI_NEW(p->b->arena, NamiScope);
	NamiSlotVec slots = {0};

	for (size_t i = 0; i < p->keys.count; i++)
		nami_ex_slots(p->b, p->keys.items[i].expr, &slots);
	for (size_t i = 0; i < p->before->count; i++)
	{
		for (size_t j = 0; j < slots.count; j++)
		{
			if (slots.items[j] == p->before->items[i].slot)
				nami_vec_push(scope, p->b->arena, p->before->items[i]);
		}
	}
	return scope;
}

/*
 * The expressions that stand for projected slots, without the names that now are another item's: behind
 * WITH DISTINCT a AS b, b AS a an "a" is the second item (spec/cypher.md 3.5).
 */
static const NamiSubstitutionVec *
known_after(Projection *p)
{
	NamiSubstitutionVec *known = NAMI_NEW(p->b->arena, NamiSubstitutionVec);

	for (size_t i = 0; i < p->known.count; i++)
	{
		const NamiCyExpr *source = p->known.items[i].source;

		if (source->kind != NAMI_CY_VARIABLE || nami_scope_find(p->after, source->name.text) == NULL)
			nami_vec_push(known, p->b->arena, p->known.items[i]);
	}
	return known;
}

/*
 * The names that ORDER BY and WHERE see: the projected ones; beneath them, unless rows were merged,
 * those from before.
 */
static void
enter_after(Projection *p, const NamiCyExpr *expr)
{
	NamiBinder *b = p->b;
	bool		merged = p->has_aggregate || p->source->is_distinct;

	b->ctx = (NamiExprContext) {0};
	b->scope = nami_scope_copy(b, merged ? p->after : p->before);
	if (merged)
	{
		/* Beside an aggregate only names and whole items of the projection may stand. */
		if (p->has_aggregate && nami_has_aggregate(b, expr))
			b->ctx.ambiguous = grouped_names(p);
		b->ctx.substitutions = known_after(p);
		return;
	}
	for (size_t i = 0; i < p->after->count; i++)
		nami_scope_add(b, p->after->items[i].name, p->after->items[i].slot);
}

static NamiStatus
plan_sort(Projection *p, bool is_top, int64_t position)
{
	const NamiCyProjection *source = p->source;
	size_t		count = source->sort_count;
	NamiSortItem *items = NAMI_NEW_ARRAY(p->b->arena, NamiSortItem, count + 1);
	NamiPlanOp *op;

	p->aggregation.is_closed = true;
	for (uint32_t i = 0; i < source->sort_count; i++)
	{
		enter_after(p, source->sorts[i].expr);
		p->b->ctx.hidden = p->before;
		if (p->has_aggregate)
			p->b->ctx.aggregation = &p->aggregation;
		NAMI_TRY(nami_bind_expr(p->b, source->sorts[i].expr, &items[i].expr));
		items[i].descending = source->sorts[i].is_descending;
	}
	op = nami_op_make(p->b, is_top ? NAMI_PLAN_TOP : NAMI_PLAN_SORT, p->op, position);
	op->sort_items = items;
	op->sort_count = source->sort_count;
	p->op = op;
	return NAMI_OK;
}

static NamiStatus
plan_slice(Projection *p, int64_t position)
{
	const NamiCyProjection *source = p->source;
	NamiExpr   *skip = NULL;
	NamiExpr   *limit = NULL;

	if (source->skip != NULL)
		NAMI_TRY(nami_bind_row_count(p->b, source->skip, "SKIP", &skip));
	if (source->limit != NULL)
		NAMI_TRY(nami_bind_row_count(p->b, source->limit, "LIMIT", &limit));
	if (source->sort_count > 0)
	{
		bool		is_top = limit != NULL && !nami_plan_varies(p->b, NAMI_PLAN_NO_REWRITE);

		NAMI_TRY(plan_sort(p, is_top, position));
		if (is_top)
		{
			p->op->skip = skip;
			p->op->limit = limit;
			skip = NULL;
			limit = NULL;
		}
		nami_cost_estimate(p->b, p->op);
	}
	if (skip != NULL)
	{
		NamiPlanOp *op = nami_op_make(p->b, NAMI_PLAN_SKIP, p->op, position);

		op->skip = skip;
		push_op(p, op);
	}
	if (limit != NULL)
	{
		NamiPlanOp *op = nami_op_make(p->b, NAMI_PLAN_LIMIT, p->op, position);

		op->limit = limit;
		push_op(p, op);
	}
	return NAMI_OK;
}

static NamiStatus
plan_all(Projection *p, int64_t position)
{
	const NamiCyProjection *source = p->source;

	if (source->has_star)
		NAMI_TRY(add_star(p));
	for (uint32_t i = 0; i < source->item_count; i++)
		NAMI_TRY(add_item(p, &source->items[i]));
	NAMI_TRY(bind_items(p));
	plan_items(p, position);
	NAMI_TRY(plan_slice(p, position));
	if (p->unnamed != NULL)
		return nami_fail_at(p->b->err, NAMI_ERR_UNDEFINED_NAME, "SyntaxError: NoExpressionAlias",
							p->unnamed->span.start,
							"an expression in WITH needs a name: ... AS name");
	if (source->where != NULL)
	{
		NamiExpr   *predicate;

		enter_after(p, source->where);
		NAMI_TRY(nami_bind_predicate(p->b, source->where, &predicate));
		p->op = nami_op_filter(p->b, p->op, predicate);
	}
	return NAMI_OK;
}

NamiStatus
nami_plan_projection(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input,
					 NamiPlanOp **out, NamiResult *result)
{
	Projection	p = {.b = b, .source = &clause->projection, .op = input};
	NamiScope  *scope = b->scope;
	NamiStatus	status;

	p.is_with = clause->kind == NAMI_CY_WITH;
	p.before = nami_scope_copy(b, scope);
	p.after = NAMI_NEW(b->arena, NamiScope);
	status = plan_all(&p, clause->span.start);
	b->ctx = (NamiExprContext) {0};
	b->scope = scope;
	*scope = *p.after;
	*out = p.op;
	NAMI_TRY(status);
	if (p.is_with)
		return NAMI_OK;
	result->has_return = true;
	for (size_t i = 0; i < p.items.count; i++)
	{
		const Item *item = &p.items.items[i];

		nami_vec_push(&result->columns, b->arena, (NamiPlanColumn) {
			item->name, item->slot, b->slots.items[item->slot].type
		});
	}
	return NAMI_OK;
}
