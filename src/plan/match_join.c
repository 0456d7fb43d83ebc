/*
 * match_join.c - the parts of a pattern that nothing connects, and how they come together.
 *
 * A part without a node that is known before is planned by itself, as one side of a join: on equal
 * properties where conditions ask for that, else as a product. Where a node of the part is found by
 * a seek for a value of each row, or where there is one row only, the part is walked row by row.
 */
#include "plan/match_internal.h"

#include <math.h>

/* Seeks by a value of the row may have to scan until an index pays: for few rows only. */
#define SEEK_ROWS_MAX	64.0

/* A side of a join is kept in memory; larger ones are walked again for every row. */
#define SIDE_ROWS_MAX	2e6

/* ---- parts --------------------------------------------------------------------------------- */

static uint32_t
root_of(uint32_t *parents, uint32_t node)
{
	while (parents[node] != node)
		node = parents[node] = parents[parents[node]];
	return node;
}

typedef NAMI_VEC(NamiMatchPart) Parts;

/* The connected parts with something left to do, in pattern order. */
static void
find_parts(NamiMatch *m, Parts *out)
{
	NamiPatternGraph *graph = m->graph;
	uint32_t   *parents = NAMI_NEW_ARRAY(m->b->arena, uint32_t, graph->nodes.count + 1);
	NamiMatchPart *parts = nami_arena_alloc0(m->b->arena,
											 (graph->nodes.count + 1) * sizeof(NamiMatchPart));
	bool	   *is_open = nami_arena_alloc0(m->b->arena, graph->nodes.count + 1);

	for (uint32_t i = 0; i < graph->nodes.count; i++)
		parents[i] = i;
	for (uint32_t i = 0; i < graph->rels.count; i++)
	{
		if (!graph->rels.items[i].is_done)
			parents[root_of(parents, graph->rels.items[i].to)] =
				root_of(parents, graph->rels.items[i].from);
	}
	for (uint32_t i = 0; i < graph->nodes.count; i++)
	{
		NamiMatchPart *part = &parts[root_of(parents, i)];
		bool		is_bound = nami_match_is_node_bound(m, i);

		nami_vec_push(&part->nodes, m->b->arena, i);
		part->is_bound |= is_bound;
		is_open[root_of(parents, i)] |= !is_bound;
	}
	for (uint32_t i = 0; i < graph->rels.count; i++)
	{
		uint32_t	root = root_of(parents, graph->rels.items[i].from);

		if (graph->rels.items[i].is_done)
			continue;
		nami_vec_push(&parts[root].rels, m->b->arena, i);
		is_open[root] = true;
	}
	out->count = 0;
	for (uint32_t i = 0; i < graph->nodes.count; i++)
	{
		if (root_of(parents, i) == i && is_open[i])
			nami_vec_push(out, m->b->arena, parts[i]);
	}
}

/* The smallest start. */
static void
find_start(NamiMatch *m, const NamiMatchPart *part, NamiAccess *best)
{
	*best = (NamiAccess) {.node = UINT32_MAX, .rows = INFINITY};
	for (size_t i = 0; i < part->nodes.count; i++)
	{
		NamiAccess	access;

		if (nami_match_is_node_bound(m, part->nodes.items[i]))
			continue;
		access = nami_match_best_access(m, part->nodes.items[i]);
		if (access.rows < best->rows)
			*best = access;
	}
}

/* Parts with a known node first, then the one with the smallest start. */
static const NamiMatchPart *
choose_part(NamiMatch *m, const Parts *parts, NamiAccess *start)
{
	const NamiMatchPart *best = NULL;

	for (size_t i = 0; i < parts->count; i++)
	{
		NamiAccess	access;

		if (parts->items[i].is_bound)
			return &parts->items[i];
		find_start(m, &parts->items[i], &access);
		if (best != NULL && access.rows >= start->rows)
			continue;
		best = &parts->items[i];
		*start = access;
	}
	return best;
}

/* ---- sides of a join ----------------------------------------------------------------------- */

typedef struct Side
{
	NamiPlanOp *op;
	NamiSlotVec slots;			/* that it binds */
} Side;

/* Plans the part as if nothing were known; false, with nothing changed, when that cannot be. */
static bool
plan_side(NamiMatch *m, const NamiMatchPart *part, Side *out)
{
	NamiBinder *b = m->b;
	uint8_t    *before = m->pending;
	NamiPlanOp *op = m->op;
	uint32_t	bush = m->bush;
	bool		done;

	m->pending = nami_arena_alloc(b->arena, m->slot_count + 1);
	memset(m->pending, 1, m->slot_count + 1);
	m->op = nami_op_make(b, NAMI_PLAN_ONCE, NULL, op->position);
	m->op->estimated_rows = 1;
	m->bush = bush + 1;
	done = nami_match_search(m, part);
	*out = (Side) {.op = m->op};
	for (NamiSlot slot = 0; slot < m->slot_count; slot++)
	{
		if (!before[slot] || m->pending[slot])
			continue;
		before[slot] = 0;
		nami_vec_push(&out->slots, b->arena, slot);
	}
	m->pending = before;
	m->op = op;
	m->bush = bush;
	return done;
}

/* What the operators so far bind, when nothing comes in from before the pattern. */
static void
bound_slots(NamiMatch *m, NamiSlotVec *out)
{
	NamiPatternGraph *graph = m->graph;

	for (size_t i = 0; i < graph->nodes.count; i++)
	{
		if (!nami_match_is_pending(m, graph->nodes.items[i].slot))
			nami_slots_add(m->b, out, graph->nodes.items[i].slot);
	}
	for (size_t i = 0; i < graph->rels.count; i++)
	{
		if (!nami_match_is_pending(m, graph->rels.items[i].slot))
			nami_slots_add(m->b, out, graph->rels.items[i].slot);
	}
	for (size_t i = 0; i < graph->paths.count; i++)
	{
		if (!nami_match_is_pending(m, graph->paths.items[i].slot))
			nami_slots_add(m->b, out, graph->paths.items[i].slot);
	}
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* Cannot fail, so it may be evaluated for rows that a product would not have met. */
static bool
is_key(const NamiExpr *expr, NamiSlot *slot)
{
	const NamiExpr *base = expr->op == NAMI_EX_PROPERTY ? expr->args[0] : expr;

	if (base->op != NAMI_EX_SLOT ||
		(expr != base && base->type != NAMI_STATIC_NODE && base->type != NAMI_STATIC_REL))
		return false;
	*slot = base->slot;
	return true;
}

typedef struct Keys
{
	NAMI_VEC(NamiProjectItem) outer;
	NAMI_VEC(NamiExpr *) inner;
	double		selectivity;
} Keys;

static void
add_key(NamiMatch *m, NamiPredicate *predicate, const NamiSlotVec *inner, Keys *keys)
{
	NamiExpr   *left = predicate->expr->args[0];
	NamiExpr   *right = predicate->expr->args[1];
	NamiSlot	slots[2];
	bool		left_inner;

	if (!is_key(left, &slots[0]) || !is_key(right, &slots[1]))
		return;
	left_inner = nami_slots_contain(inner, slots[0]);
	if (left_inner == nami_slots_contain(inner, slots[1]) ||
		nami_match_is_pending(m, slots[left_inner ? 1 : 0]))
		return;
	nami_vec_push(&keys->outer, m->b->arena,
				  (NamiProjectItem) {NAMI_SLOT_NONE, left_inner ? right : left});
	nami_vec_push(&keys->inner, m->b->arena, left_inner ? left : right);
	keys->selectivity *= nami_cost_selectivity(m->b, predicate->expr);
	predicate->is_done = true;
}

static void
find_keys(NamiMatch *m, const NamiSlotVec *inner, Keys *keys)
{
	keys->selectivity = 1;
	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		NamiPredicate *predicate = &m->graph->predicates.items[i];

		if (!predicate->is_done && !predicate->is_late && !predicate->is_costly &&
			predicate->expr->op == NAMI_EX_EQ && !nami_plan_varies(m->b, NAMI_PLAN_NO_PUSHDOWN))
			add_key(m, predicate, inner, keys);
	}
}

/* ---- joining ------------------------------------------------------------------------------- */

/* Relationships on both sides that may be the same one, and from now on one side. */
static void
finish_bush(NamiMatch *m, const NamiMatchPart *part)
{
	for (size_t i = 0; i < part->rels.count; i++)
		nami_match_filter_unique(m, &m->graph->rels.items[part->rels.items[i]]);
	for (size_t i = 0; i < part->rels.count; i++)
		m->graph->rels.items[part->rels.items[i]].bush = m->bush;
}

static void
swap_sides(NamiPlanOp *join, const NamiSlotVec *slots)
{
	NamiPlanOp *input = join->input;

	join->input = join->inner;
	join->inner = input;
	join->inner_slots = slots->items;
	join->inner_slot_count = (uint32_t) slots->count;
	for (uint32_t i = 0; i < join->item_count; i++)
	{
		NamiExpr   *key = join->items[i].expr;

		join->items[i].expr = join->inner_keys[i];
		join->inner_keys[i] = key;
	}
}

static void
make_join(NamiMatch *m, const NamiMatchPart *part, const Side *side)
{
	NamiPlanOp *join = nami_op_make(m->b, NAMI_PLAN_CROSS, m->op, m->op->position);
	double		rows = m->op->estimated_rows * side->op->estimated_rows;
	NamiSlotVec outer_slots = {0};
	Keys		keys = {0};

	join->inner = side->op;
	join->inner_slots = side->slots.items;
	join->inner_slot_count = (uint32_t) side->slots.count;
	find_keys(m, &side->slots, &keys);
	if (keys.outer.count > 0)
	{
		join->kind = NAMI_PLAN_HASH_JOIN;
		join->items = keys.outer.items;
		join->item_count = (uint32_t) keys.outer.count;
		join->inner_keys = keys.inner.items;
	}
	join->estimated_rows = rows * keys.selectivity;
	/* The larger side streams, the smaller one is kept. */
	if (m->is_pure && side->op->estimated_rows > 4 * m->op->estimated_rows)
	{
		for (size_t i = 0; i < side->slots.count; i++)
			m->pending[side->slots.items[i]] = 1;
		bound_slots(m, &outer_slots);
		for (size_t i = 0; i < side->slots.count; i++)
			m->pending[side->slots.items[i]] = 0;
		swap_sides(join, &outer_slots);
	}
	nami_cost_of(join);
	m->op = join;
	finish_bush(m, part);
	nami_match_apply_ready(m, false);
}

/* ---- the whole pattern --------------------------------------------------------------------- */

static bool
wants_join(NamiMatch *m, const NamiMatchPart *part, const NamiAccess *start)
{
	double		rows = m->op->estimated_rows;

	if (part->is_bound || m->op->kind == NAMI_PLAN_ONCE ||
		nami_plan_varies(m->b, NAMI_PLAN_NO_REWRITE))
		return false;
	if (start->is_correlated && (start->is_indexed || rows <= SEEK_ROWS_MAX))
		return false;
	return rows > 1.5;
}

static bool
plan_part(NamiMatch *m, const NamiMatchPart *part, const NamiAccess *start)
{
	Side		side;

	if (wants_join(m, part, start) && start->rows <= SIDE_ROWS_MAX && plan_side(m, part, &side))
	{
		make_join(m, part, &side);
		return true;
	}
	return nami_match_search(m, part);
}

void
nami_match_all_parts(NamiMatch *m)
{
	Parts		parts = {0};
	NamiAccess	start = {0};

	for (;;)
	{
		find_parts(m, &parts);
		if (parts.count == 0)
			return;
		if (!plan_part(m, choose_part(m, &parts, &start), &start))
			return;				/* too large, or conditions of walks that wait for each other */
	}
}
