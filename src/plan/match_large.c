/*
 * match_large.c - what is kept of a pattern of very many relationships, so that a step does not go over
 * all of them: those that could be walked next, and those that a new one must differ from.
 */
#include "plan/match_internal.h"

/* Smaller ones are looked through. */
#define LARGE_RELS	64

struct NamiMatchLarge
{
	uint32_t   *node_of_slot;	/* UINT32_MAX: no node */
	uint32_t   *incident;		/* relationships by node */
	uint32_t   *starts;			/* of the node's part of incident; one more than nodes */
	bool	   *is_known;		/* per node: its relationships are in the frontier */
	NAMI_VEC(uint32_t) frontier;	/* relationships with a known end, in pattern order */
	double	   *costs;			/* of a walk, per relationship and direction; negative: not known yet */
	uint32_t   *classes;		/* per relationship: those of one class name the same types */
	NAMI_VEC(uint32_t) members;	/* per class: one relationship */
	NamiSlotVec *used;			/* per class: slots walked so far that may be one of the class */
};

/* ---- making -------------------------------------------------------------------------------- */

static void
init_incident(NamiMatch *m, NamiMatchLarge *large)
{
	const NamiPatternGraph *graph = m->graph;
	uint32_t   *fill;

	large->starts = nami_arena_alloc0(m->b->arena, (graph->nodes.count + 2) * sizeof(uint32_t));
	large->incident = NAMI_NEW_ARRAY(m->b->arena, uint32_t, 2 * graph->rels.count);
	fill = large->starts + 1;	/* becomes the start of the next node */
	for (size_t i = 0; i < graph->rels.count; i++)
	{
		fill[graph->rels.items[i].from]++;
		fill[graph->rels.items[i].to]++;
	}
	for (size_t i = 1; i <= graph->nodes.count; i++)
		large->starts[i] += large->starts[i - 1];
	for (uint32_t i = (uint32_t) graph->rels.count; i-- > 0;)
	{
		large->incident[--large->starts[graph->rels.items[i].from + 1]] = i;
		large->incident[--large->starts[graph->rels.items[i].to + 1]] = i;
	}
	/* The starts have moved to the end of the node before. */
	memmove(large->starts, large->starts + 1, graph->nodes.count * sizeof(uint32_t));
	large->starts[graph->nodes.count] = (uint32_t) (2 * graph->rels.count);
}

static bool
same_types(const NamiPatternRel *a, const NamiPatternRel *b)
{
	if (a->type_count != b->type_count)
		return false;
	for (uint32_t i = 0; i < a->type_count; i++)
	{
		if (!nami_str_eq(a->types[i].text, b->types[i].text))
			return false;
	}
	return true;
}

static void
init_classes(NamiMatch *m, NamiMatchLarge *large)
{
	const NamiPatternGraph *graph = m->graph;

	large->classes = NAMI_NEW_ARRAY(m->b->arena, uint32_t, graph->rels.count);
	for (uint32_t i = 0; i < graph->rels.count; i++)
	{
		uint32_t	class = 0;

		while (class < large->members.count &&
			   !same_types(&graph->rels.items[large->members.items[class]], &graph->rels.items[i]))
			class++;
		if (class == large->members.count)
			nami_vec_push(&large->members, m->b->arena, i);
		large->classes[i] = class;
	}
	large->used = nami_arena_alloc0(m->b->arena, large->members.count * sizeof(NamiSlotVec));
}

void
nami_match_init_large(NamiMatch *m)
{
	const NamiPatternGraph *graph = m->graph;
	NamiMatchLarge *large;

	if (graph->rels.count <= LARGE_RELS)
		return;
	large = NAMI_NEW(m->b->arena, NamiMatchLarge);
	init_incident(m, large);
	init_classes(m, large);
	large->is_known = nami_arena_alloc0(m->b->arena, graph->nodes.count + 1);
	large->costs = NAMI_NEW_ARRAY(m->b->arena, double, 2 * graph->rels.count);
	for (size_t i = 0; i < 2 * graph->rels.count; i++)
		large->costs[i] = -1;
	large->node_of_slot = NAMI_NEW_ARRAY(m->b->arena, uint32_t, m->slot_count + 1);
	memset(large->node_of_slot, 0xFF, m->slot_count * sizeof(uint32_t));
	for (uint32_t i = 0; i < graph->nodes.count; i++)
	{
		if (graph->nodes.items[i].slot < m->slot_count)
			large->node_of_slot[graph->nodes.items[i].slot] = i;
	}
	m->large = large;
	for (uint32_t i = 0; i < graph->nodes.count; i++)
	{
		if (nami_match_is_node_bound(m, i))
			nami_match_note_bound(m, graph->nodes.items[i].slot);
	}
	for (size_t i = 0; i < graph->rels.count; i++)
	{
		if (graph->rels.items[i].is_done)
			nami_match_note_done(m, &graph->rels.items[i]);
	}
}

/* ---- what has been walked ------------------------------------------------------------------- */

void
nami_match_note_done(NamiMatch *m, const NamiPatternRel *rel)
{
	NamiMatchLarge *large = m->large;

	if (large == NULL || rel->shortest != NAMI_CY_SHORTEST_NONE)
		return;
	for (size_t class = 0; class < large->members.count; class++)
	{
		if (nami_match_types_overlap(rel, &m->graph->rels.items[large->members.items[class]]))
			nami_vec_push(&large->used[class], m->b->arena, rel->slot);
	}
}

void
nami_match_used_slots(const NamiMatch *m, const NamiPatternRel *rel, NamiSlotVec *out)
{
	if (rel->shortest == NAMI_CY_SHORTEST_NONE)
		*out = m->large->used[m->large->classes[rel - m->graph->rels.items]];
}

/* ---- what can be walked --------------------------------------------------------------------- */

static void
add_to_frontier(NamiMatch *m, uint32_t rel)
{
	NamiMatchLarge *large = m->large;
	size_t		at = large->frontier.count;

	nami_vec_push(&large->frontier, m->b->arena, rel);
	while (at > 0 && large->frontier.items[at - 1] > rel)
	{
		large->frontier.items[at] = large->frontier.items[at - 1];
		at--;
	}
	large->frontier.items[at] = rel;
}

void
nami_match_note_bound(NamiMatch *m, NamiSlot slot)
{
	NamiMatchLarge *large = m->large;
	uint32_t	node;

	if (large == NULL || slot >= m->slot_count)
		return;
	node = large->node_of_slot[slot];
	if (node == UINT32_MAX || large->is_known[node])
		return;
	large->is_known[node] = true;
	for (uint32_t i = large->starts[node]; i < large->starts[node + 1]; i++)
	{
		const NamiPatternRel *rel = &m->graph->rels.items[large->incident[i]];
		uint32_t	other = rel->from == node ? rel->to : rel->from;

		/* From the other end it is there already; a loop comes once. */
		if (!rel->is_done && (other == node ? i == large->starts[node] ||
							  large->incident[i - 1] != large->incident[i] : !large->is_known[other]))
			add_to_frontier(m, large->incident[i]);
	}
}

uint32_t
nami_match_frontier(NamiMatch *m, const uint32_t **rels)
{
	NamiMatchLarge *large = m->large;
	size_t		kept = 0;

	for (size_t i = 0; i < large->frontier.count; i++)
	{
		if (!m->graph->rels.items[large->frontier.items[i]].is_done)
			large->frontier.items[kept++] = large->frontier.items[i];
	}
	large->frontier.count = kept;
	*rels = large->frontier.items;
	return (uint32_t) kept;
}

double *
nami_match_walk_cost(NamiMatch *m, const NamiPatternRel *rel, bool backwards)
{
	/* Conditions that are tested meanwhile change it. */
	if (m->large == NULL || m->graph->predicates.count > 0)
		return NULL;
	return &m->large->costs[2 * (rel - m->graph->rels.items) + backwards];
}
