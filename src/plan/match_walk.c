/*
 * match_walk.c - operators that follow a relationship of a pattern from a bound node.
 */
#include "plan/match_internal.h"

/* ---- walking ------------------------------------------------------------------------------- */

NamiPatternDirection
nami_direction_turned(NamiPatternDirection direction)
{
	return direction == NAMI_DIR_OUT ? NAMI_DIR_IN :
		direction == NAMI_DIR_IN ? NAMI_DIR_OUT : NAMI_DIR_BOTH;
}

void
nami_match_set_types(NamiMatch *m, const NamiPatternRel *rel, NamiPlanOp *op)
{
	NamiStr    *texts = NAMI_NEW_ARRAY(m->b->arena, NamiStr, rel->type_count + (size_t) 1);

	for (uint32_t i = 0; i < rel->type_count; i++)
		texts[i] = rel->types[i].text;
	op->types = nami_names_of(m->b, texts, rel->type_count, NAMI_NAME_TYPE);
	op->type_count = rel->type_count;
}

/* The labels of the node that was walked to: how many have them, the type's statistics tell. */
static void
check_target(NamiMatch *m, NamiPlanOp *walk, uint32_t to)
{
	NamiNameList types = {walk->types, walk->type_count};
	NamiNameList from = nami_cost_names(m->b, walk->from);
	NamiNameList labels = {m->graph->nodes.items[to].labels, m->graph->nodes.items[to].label_count};
	double		all;

	if (labels.count == 0)
		return;
	nami_match_check_labels(m, to, 0);
	all = nami_cost_fan_out(m->b, types, walk->direction, from, (NamiNameList) {NULL, 0});
	m->op->estimated_rows = walk->estimated_rows;
	if (all > 0)
		m->op->estimated_rows *= nami_cost_fan_out(m->b, types, walk->direction, from, labels) / all;
	nami_cost_of(m->op);
}

/* Walks the relationship from the node at one end. */
static void
walk(NamiMatch *m, NamiPatternRel *rel, bool backwards)
{
	uint32_t	from = backwards ? rel->to : rel->from;
	uint32_t	to = backwards ? rel->from : rel->to;
	bool		into = nami_match_is_node_bound(m, to);
	NamiPlanOpKind kind = rel->shortest != NAMI_CY_SHORTEST_NONE ? NAMI_PLAN_SHORTEST_PATH :
		rel->is_variable_length ? NAMI_PLAN_VAR_EXPAND :
		into ? NAMI_PLAN_EXPAND_INTO : NAMI_PLAN_EXPAND;
	NamiPlanOp *op = nami_op_make(m->b, kind, m->op, rel->position);
	bool		is_reversed = rel->is_done;

	op->from = m->graph->nodes.items[from].slot;
	op->to = m->graph->nodes.items[to].slot;
	op->rel = rel->slot;
	op->direction = backwards ? nami_direction_turned(rel->direction) : rel->direction;
	op->into = into && rel->is_variable_length;
	op->min_hops = rel->min_hops;
	op->max_hops = rel->max_hops;
	op->min_expr = rel->min_expr;
	op->max_expr = rel->max_expr;
	op->all_shortest = rel->shortest == NAMI_CY_SHORTEST_ALL;
	op->step_filter = rel->step_filter;
	op->step_rel = rel->step_filter != NULL ? rel->step_rel : NAMI_SLOT_NONE;
	nami_match_set_types(m, rel, op);
	nami_match_set_unique(m, rel, op);
	nami_cost_estimate(m->b, op);
	m->op = op;
	rel->is_done = true;
	rel->bush = m->bush;
	if (!is_reversed)
		nami_match_note_done(m, rel);
	nami_match_bind(m, rel->slot);
	nami_match_bind(m, m->graph->nodes.items[to].slot);
	if (!into)
		check_target(m, op, to);
	nami_match_apply_ready(m, false);
}

/* The walk against the pattern finds the same trails with their lists reversed. */
static void
walk_reversed(NamiMatch *m, NamiPatternRel *rel)
{
	NamiSlot	walked = nami_slot_new(m->b, NAMI_STR(""), NAMI_STATIC_REL_LIST);
	NamiSlot	slot = rel->slot;
	NamiExpr   *reversed = nami_ex_function(m->b, "reverse",
											nami_ex_slot(m->b, walked, rel->position),
											rel->position);

	rel->slot = walked;
	rel->is_done = true;
	walk(m, rel, true);
	rel->slot = slot;
	nami_match_note_done(m, rel);
	m->op = nami_op_project(m->b, m->op, slot, reversed);
	nami_match_bind(m, slot);
	nami_match_apply_ready(m, false);
}

void
nami_match_walk(NamiMatch *m, NamiPatternRel *rel, bool backwards)
{
	if (backwards && rel->is_variable_length)
		walk_reversed(m, rel);
	else
		walk(m, rel, backwards);
}
