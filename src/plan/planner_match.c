/*
 * planner_match.c - operators for a pattern: where to start, which way to walk, when to filter.
 *
 * What is bound already comes first; the rest in the order that match_order.c chooses. A relationship
 * with both ends known is tested as soon as possible, a condition runs as soon as its slots are bound.
 */
#include "plan/match_internal.h"

/* In larger patterns the next step is chosen by itself. */
#define SEARCHED_NODES	64

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

/* What is said of nodes and relationships counts for estimates from now on. */
static void
note_names(NamiMatch *m)
{
	NamiBinder *b = m->b;

	for (size_t i = 0; i < m->graph->nodes.count; i++)
	{
		const NamiPatternNode *node = &m->graph->nodes.items[i];
		NamiSlotInfo *slot = &b->slots.items[node->slot];

		if (node->label_count > 0 && slot->name_count == 0)
		{
			slot->names = nami_arena_memdup(b->arena, node->labels,
											node->label_count * sizeof(NamiName));
			slot->name_count = node->label_count;
		}
	}
	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		const NamiPatternRel *rel = &m->graph->rels.items[i];

		b->slots.items[rel->slot].names = rel->types;
		b->slots.items[rel->slot].name_count = rel->type_count;
		if (rel->step_rel != NAMI_SLOT_NONE && rel->step_filter != NULL)
		{
			b->slots.items[rel->step_rel].names = rel->types;
			b->slots.items[rel->step_rel].name_count = rel->type_count;
		}
	}
}

/* A step goes over the whole pattern. */
static NamiStatus
tick(NamiBinder *b)
{
	b->ticks = NAMI_TICKS - 1;
	return nami_bind_tick(b);
}

static bool
is_searched(NamiBinder *b)
{
	if (nami_plan_varies(b, NAMI_PLAN_WORST_ORDER))
		return false;
	return !nami_plan_varies(b, NAMI_PLAN_RANDOM_ORDER) || nami_plan_random(b, 3) == 0;
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
	m.is_pure = input->kind == NAMI_PLAN_ONCE;
	init_pending(&m);
	note_names(&m);
	nami_match_check_bound_nodes(&m);
	nami_match_apply_ready(&m, false);
	while (nami_match_next_bound_rel(&m))
		NAMI_TRY(tick(b));
	if (is_searched(b) && graph->nodes.count <= SEARCHED_NODES)
		nami_match_all_parts(&m);
	nami_match_init_large(&m);
	while (nami_match_next(&m))
		NAMI_TRY(tick(b));
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
