/*
 * match_bound.c - nodes and relationships of a pattern that are variables of earlier clauses.
 */
#include "plan/match_internal.h"

#include "graph/catalog.h"

/* ---- variables of earlier clauses as relationships ----------------------------------------- */

static NamiExpr *
end_of(NamiMatch *m, const NamiPatternRel *rel, bool start)
{
	return nami_ex_function(m->b, start ? "startNode" : "endNode",
							nami_ex_slot(m->b, rel->slot, rel->position), rel->position);
}

/* The node at one end must be, or becomes, the value of expr. */
static void
bind_end(NamiMatch *m, uint32_t index, NamiExpr *expr)
{
	NamiPatternNode *node = &m->graph->nodes.items[index];

	if (nami_match_is_node_bound(m, index))
	{
		nami_match_filter(m, nami_ex_binary(m->b, NAMI_EX_EQ, expr,
									  nami_ex_slot(m->b, node->slot, node->position),
									  node->position));
		return;
	}
	m->op = nami_op_project(m->b, m->op, node->slot, expr);
	nami_match_bind(m, node->slot);
	nami_match_check_labels(m, index, 0);
}

/* Undirected: the row once for each way round, but a loop once only. */
static void
bind_ends_both_ways(NamiMatch *m, const NamiPatternRel *rel)
{
	NamiBinder *b = m->b;
	NamiSlot	pair = nami_slot_new(b, NAMI_STR(""), NAMI_STATIC_LIST);
	NamiExpr   *lists[2];
	NamiExpr   *once = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, rel->position, 1);
	NamiExpr   *twice = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, rel->position, 2);
	NamiExpr   *choice = nami_ex_new(b, NAMI_EX_CASE, NAMI_STATIC_LIST, rel->position, 3);
	NamiPlanOp *unwind;

	for (int i = 0; i < 2; i++)
	{
		lists[i] = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, rel->position, 2);
		lists[i]->args[0] = end_of(m, rel, i == 0);
		lists[i]->args[1] = end_of(m, rel, i == 1);
		twice->args[i] = lists[i];
	}
	once->args[0] = lists[0];
	choice->flags = NAMI_EXF_HAS_ELSE;
	choice->args[0] = nami_ex_binary(b, NAMI_EX_EQ, end_of(m, rel, true), end_of(m, rel, false),
									 rel->position);
	choice->args[1] = once;
	choice->args[2] = twice;
	unwind = nami_op_make(b, NAMI_PLAN_UNWIND, m->op, rel->position);
	unwind->list = choice;
	unwind->slot = pair;
	nami_cost_estimate(b, unwind);
	m->op = unwind;
	for (int i = 0; i < 2; i++)
		bind_end(m, i == 0 ? rel->from : rel->to,
				 nami_ex_binary(b, NAMI_EX_INDEX, nami_ex_slot(b, pair, rel->position),
								nami_ex_const(b, nami_value_int(i), rel->position),
								rel->position));
}

/* The relationship is known: its ends are looked at, nothing is walked. */
static void
take_bound_rel(NamiMatch *m, NamiPatternRel *rel)
{
	NamiBinder *b = m->b;
	NamiExpr   *known = nami_ex_new(b, NAMI_EX_IS_NOT_NULL, NAMI_STATIC_BOOL, rel->position, 1);

	known->args[0] = nami_ex_slot(b, rel->bound_slot, rel->position);
	nami_match_filter(m, known);
	m->op = nami_op_project(b, m->op, rel->slot, nami_ex_slot(b, rel->bound_slot, rel->position));
	nami_match_bind(m, rel->slot);
	if (rel->type_count > 0)
		nami_match_filter(m, nami_match_labels_test(b, rel->slot, rel->types, rel->type_count, NAMI_NAME_TYPE,
								   rel->position));
	nami_match_filter_unique(m, rel);
	if (rel->direction == NAMI_DIR_BOTH)
		bind_ends_both_ways(m, rel);
	else
	{
		bind_end(m, rel->from, end_of(m, rel, rel->direction == NAMI_DIR_OUT));
		bind_end(m, rel->to, end_of(m, rel, rel->direction == NAMI_DIR_IN));
	}
	rel->is_done = true;
	rel->bush = m->bush;
	nami_match_apply_ready(m, false);
}

bool
nami_match_next_bound_rel(NamiMatch *m)
{
	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		NamiPatternRel *rel = &m->graph->rels.items[i];

		if (!rel->is_done && rel->bound_slot != NAMI_SLOT_NONE && !rel->is_variable_length)
		{
			take_bound_rel(m, rel);
			return true;
		}
	}
	return false;
}

/* ---- nodes --------------------------------------------------------------------------------- */

/* What is said about nodes of earlier clauses. A null is no node: it matches nothing. */
void
nami_match_check_bound_nodes(NamiMatch *m)
{
	for (uint32_t i = 0; i < m->graph->nodes.count; i++)
	{
		const NamiPatternNode *node = &m->graph->nodes.items[i];
		bool		is_walked = node->label_count > 0;

		if (!node->is_bound)
			continue;
		for (size_t j = 0; j < m->graph->rels.count; j++)
			is_walked |= m->graph->rels.items[j].from == i || m->graph->rels.items[j].to == i;
		if (!is_walked)
		{
			NamiExpr   *test = nami_ex_new(m->b, NAMI_EX_IS_NOT_NULL, NAMI_STATIC_BOOL,
										   node->position, 1);

			test->args[0] = nami_ex_slot(m->b, node->slot, node->position);
			nami_match_filter(m, test);
		}
		nami_match_check_labels(m, i, 0);
	}
}
