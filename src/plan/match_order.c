/*
 * match_order.c - the order in which a pattern is walked.
 *
 * Greedy: seeks by id and by property first, then the smallest scan; from there by the smallest
 * estimated fan-out. A relationship with both ends known is tested as soon as possible. The variants
 * of a plan (planner.h) choose the worst or any instead: their rows are the same.
 */
#include "plan/match_internal.h"

/* ---- costs --------------------------------------------------------------------------------- */

static double
target_selectivity(NamiMatch *m, uint32_t node)
{
	const NamiPatternNode *n = &m->graph->nodes.items[node];
	double		selectivity = n->label_count > 0 ? 0.5 : 1;

	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		const NamiPredicate *predicate = &m->graph->predicates.items[i];

		if (!predicate->is_done && nami_slots_contain(&predicate->deps, n->slot))
			selectivity *= nami_cost_selectivity(m->b, predicate->expr);
	}
	return selectivity;
}

static double
walk_cost(NamiMatch *m, const NamiPatternRel *rel, bool backwards)
{
	uint32_t	from = backwards ? rel->to : rel->from;
	uint32_t	to = backwards ? rel->from : rel->to;
	double		fan_out = nami_cost_fan_out(m->b, (NamiNameList) {rel->types, rel->type_count},
											backwards ? nami_direction_turned(rel->direction) :
											rel->direction,
											nami_cost_names(m->b, m->graph->nodes.items[from].slot),
											(NamiNameList) {NULL, 0});

	if (rel->is_variable_length)
		fan_out = fan_out * fan_out + 10;
	return fan_out * target_selectivity(m, to);
}

/* ---- walks --------------------------------------------------------------------------------- */

static void
add_walk(NamiMatch *m, NamiPatternRel *rel, bool backwards, bool into, NamiWalkVec *out)
{
	double	   *kept = nami_match_walk_cost(m, rel, backwards);
	double		cost = into ? 0 : kept != NULL && *kept >= 0 ? *kept : walk_cost(m, rel, backwards);

	if (kept != NULL && !into)
		*kept = cost;

	nami_vec_push(out, m->b->arena, (NamiWalk) {rel, backwards, into, cost});
}

static void
possible_walk(NamiMatch *m, NamiPatternRel *rel, NamiWalkVec *out)
{
	bool		from = nami_match_is_node_bound(m, rel->from);
	bool		to = nami_match_is_node_bound(m, rel->to);
	bool		is_shortest = rel->shortest != NAMI_CY_SHORTEST_NONE;

	if (rel->is_done || !nami_match_are_ready(m, &rel->deps) ||
		!(is_shortest ? from && to : from || to))
		return;
	add_walk(m, rel, !from, from && to, out);
}

/* All relationships with at least one end bound that could be walked now. */
static void
possible_walks(NamiMatch *m, NamiWalkVec *out)
{
	NamiPatternRel *rels = m->graph->rels.items;
	const uint32_t *frontier;
	uint32_t	count;

	if (m->large == NULL)
	{
		for (size_t i = 0; i < m->graph->rels.count; i++)
			possible_walk(m, &rels[i], out);
		return;
	}
	count = nami_match_frontier(m, &frontier);
	for (uint32_t i = 0; i < count; i++)
		possible_walk(m, &rels[frontier[i]], out);
}

/* Both ends bound, or the cheapest with one end bound. */
static const NamiWalk *
choose_walk(NamiMatch *m, const NamiWalkVec *walks)
{
	bool		worst = nami_plan_varies(m->b, NAMI_PLAN_WORST_ORDER);
	const NamiWalk *best = NULL;

	if (nami_plan_varies(m->b, NAMI_PLAN_RANDOM_ORDER))
		return &walks->items[nami_plan_random(m->b, (uint32_t) walks->count)];
	for (size_t i = 0; i < walks->count; i++)
	{
		const NamiWalk *walk = &walks->items[i];

		if (walk->into && !worst)
			return walk;
		if (best == NULL || (worst ? walk->cost > best->cost : walk->cost < best->cost))
			best = walk;
	}
	return best;
}

static bool
next_walk(NamiMatch *m)
{
	const NamiWalk *walk;

	m->walks.count = 0;
	possible_walks(m, &m->walks);
	if (m->walks.count == 0)
		return false;
	walk = choose_walk(m, &m->walks);
	nami_match_walk(m, walk->rel, walk->backwards);
	return true;
}

/* ---- scans and seeks ----------------------------------------------------------------------- */

/* Without conditions it stays the same, whatever is bound: a pattern may have thousands of nodes. */
static NamiAccess
access_of(NamiMatch *m, uint32_t node)
{
	if (m->graph->predicates.count > 0)
		return nami_match_best_access(m, node);
	if (m->accesses == NULL)
	{
		m->accesses = NAMI_NEW_ARRAY(m->b->arena, NamiAccess, m->graph->nodes.count);
		for (uint32_t i = 0; i < m->graph->nodes.count; i++)
			m->accesses[i] = nami_match_best_access(m, i);
	}
	return m->accesses[node];
}

/* Relationships of which nothing but the type is said may be scanned when they are few. */
static bool
next_type_scan(NamiMatch *m, double node_rows)
{
	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		NamiPatternRel *rel = &m->graph->rels.items[i];

		if (!nami_match_can_scan_type(m, rel) ||
			target_selectivity(m, rel->from) < 1 || target_selectivity(m, rel->to) < 1 ||
			node_rows * walk_cost(m, rel, false) < nami_match_type_rows(m, rel))
			continue;
		nami_match_type_scan(m, rel);
		return true;
	}
	return false;
}

static bool
next_access(NamiMatch *m)
{
	bool		worst = nami_plan_varies(m->b, NAMI_PLAN_WORST_ORDER);
	bool		any = nami_plan_varies(m->b, NAMI_PLAN_RANDOM_ORDER);
	NamiAccess	best = {.node = UINT32_MAX};
	uint32_t	seen = 0;

	for (uint32_t i = 0; i < m->graph->nodes.count; i++)
	{
		NamiAccess	access;

		if (nami_match_is_node_bound(m, i))
			continue;
		access = access_of(m, i);
		if (best.node == UINT32_MAX ||
			(any ? nami_plan_random(m->b, ++seen + 1) == 0 :
			 worst ? access.rows > best.rows : access.rows < best.rows))
			best = access;
	}
	if (best.node == UINT32_MAX)
		return false;
	if (best.kind == NAMI_PLAN_NODE_SCAN && !worst && next_type_scan(m, best.rows))
		return true;
	nami_match_make_access(m, &best);
	return true;
}

bool
nami_match_next(NamiMatch *m)
{
	/* Now and then a second start: the walk that meets it has both ends bound. */
	if (nami_plan_varies(m->b, NAMI_PLAN_RANDOM_ORDER) && nami_plan_random(m->b, 8) == 0 &&
		next_access(m))
		return true;
	return next_walk(m) || next_access(m);
}
