/*
 * planner_match.c - operators for a pattern: where to start, which way to walk, when to filter.
 *
 * What is bound already comes first; the rest in the order that match_order.c chooses. A relationship
 * with both ends known is tested as soon as possible, a condition runs as soon as its slots are bound.
 */
#include "plan/match_internal.h"

/* ---- the pattern --------------------------------------------------------------------------- */

static void
init_pending(NamiMatch *m)
{
	NamiPatternGraph *graph = m->graph;

	m->slot_count = m->b->slots.count;
	m->pending = nami_arena_alloc0(m->b->arena, m->slot_count + 1);
	for (size_t i = 0; i < graph->nodes.count; i++)
		m->pending[graph->nodes.items[i].slot] = !graph->nodes.items[i].is_bound;
	for (size_t i = 0; i < graph->rels.count; i++)
		m->pending[graph->rels.items[i].slot] = 1;
	for (size_t i = 0; i < graph->paths.count; i++)
		m->pending[graph->paths.items[i].slot] = 1;
}

NamiStatus
nami_plan_pattern(NamiBinder *b, NamiPatternGraph *graph, NamiPlanOp *input, NamiPlanOp **out)
{
	NamiMatch	m = {.b = b, .graph = graph, .op = input};

	for (size_t i = 0; i < graph->rels.count; i++)
	{
		NamiPatternRel *rel = &graph->rels.items[i];

		/* A list of relationships of an earlier clause: walked, then compared. */
		if (rel->bound_slot != NAMI_SLOT_NONE && rel->is_variable_length)
			nami_pattern_add_predicate(b, graph, nami_ex_binary(b, NAMI_EX_EQ,
																nami_ex_slot(b, rel->slot,
																			 rel->position),
																nami_ex_slot(b, rel->bound_slot,
																			 rel->position),
																rel->position));
	}
	init_pending(&m);
	nami_match_check_bound_nodes(&m);
	nami_match_apply_ready(&m, false);
	while (nami_match_next_bound_rel(&m) || nami_match_next(&m))
	{
		b->ticks = NAMI_TICKS - 1;	/* a step goes over the whole pattern */
		NAMI_TRY(nami_bind_tick(b));
	}
	for (size_t i = 0; i < graph->rels.count; i++)
	{
		if (!graph->rels.items[i].is_done)
			return nami_fail_at(b->err, NAMI_ERR_UNSUPPORTED, "", graph->rels.items[i].position,
								"the condition of a variable-length relationship depends on its own "
								"pattern");
	}
	nami_match_apply_ready(&m, true);
	*out = m.op;
	return NAMI_OK;
}
