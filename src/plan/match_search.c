/*
 * match_search.c - the cheapest order of a connected pattern, by dynamic programming over its
 * sub-patterns (docs/engine.md 5).
 *
 * A state is a set of bound nodes and walked relationships. Its rows do not depend on the way that
 * led to it; of all ways the cheapest is kept. Moves: find a node by itself, scan a type, follow a
 * relationship from either end, test one whose ends are both bound. Of equal costs the move that the
 * pattern names first wins.
 */
#include "plan/match_internal.h"

#include <math.h>

#include "graph/maps.h"

#define RELS_MAX	10
#define NODES_MAX	12
#define STATES_MAX	6000
#define NO_STATE	UINT32_MAX

typedef struct Node
{
	uint32_t	index;			/* in the graph */
	NamiAccess	access;
	double		population;		/* nodes with its labels */
	double		selectivity;	/* of the conditions on it alone */
	bool		is_bound;		/* before the part */
	bool		can_start;		/* by a scan also in the middle of the pattern */
} Node;

typedef struct Rel
{
	NamiPatternRel *rel;
	uint32_t	from;			/* in the part's nodes */
	uint32_t	to;
	double		fan_out;		/* all of the types per from node; and per to node */
	double		fan_in;
	double		pair_factor;	/* matching pairs of its ends / all pairs of the populations */
	double		selectivity;
	uint32_t	dep_nodes;		/* that must be bound before it can be walked */
	uint32_t	dep_rels;
	bool		has_other_deps;
} Rel;

/* A condition over several elements. */
typedef struct Across
{
	uint32_t	nodes;
	uint32_t	rels;
	double		selectivity;
} Across;

typedef enum MoveKind
{
	MOVE_NONE,
	MOVE_ACCESS,
	MOVE_TYPE_SCAN,
	MOVE_WALK,
	MOVE_WALK_BACK
} MoveKind;

typedef struct State
{
	uint32_t	nodes;			/* bitmaps */
	uint32_t	rels;
	double		rows;
	double		cost;
	uint32_t	previous;
	MoveKind	move;
	uint32_t	moved;			/* number of the node or relationship */
} State;

typedef struct Search
{
	NamiMatch  *m;
	Node		nodes[NODES_MAX];
	uint32_t	node_count;
	Rel			rels[RELS_MAX];
	uint32_t	rel_count;
	NAMI_VEC(Across) across;
	NAMI_VEC(State) states;
	NamiWordMap index;			/* nodes << 32 | rels -> state */
	double		input_rows;
} Search;

/* ---- the model ----------------------------------------------------------------------------- */

static uint32_t
node_number(const Search *s, uint32_t index)
{
	for (uint32_t i = 0; i < s->node_count; i++)
	{
		if (s->nodes[i].index == index)
			return i;
	}
	return UINT32_MAX;
}

/* The elements of the part among the slots; false when one belongs to the pattern but not to it. */
static bool
elements_of(const Search *s, const NamiSlotVec *slots, uint32_t *nodes, uint32_t *rels)
{
	const NamiPatternGraph *graph = s->m->graph;

	*nodes = 0;
	*rels = 0;
	for (size_t i = 0; i < slots->count; i++)
	{
		bool		found = !nami_match_is_pending(s->m, slots->items[i]);

		for (uint32_t n = 0; n < s->node_count; n++)
		{
			if (graph->nodes.items[s->nodes[n].index].slot != slots->items[i])
				continue;
			*nodes |= s->nodes[n].is_bound ? 0 : UINT32_C(1) << n;
			found = true;
		}
		for (uint32_t r = 0; r < s->rel_count; r++)
		{
			if (s->rels[r].rel->slot != slots->items[i])
				continue;
			*rels |= UINT32_C(1) << r;
			found = true;
		}
		if (!found)
			return false;
	}
	return true;
}

static void
add_node(Search *s, uint32_t index)
{
	const NamiPatternNode *node = &s->m->graph->nodes.items[index];
	Node	   *n = &s->nodes[s->node_count++];
	NamiNameList labels = nami_cost_names(s->m->b, node->slot);

	*n = (Node) {.index = index, .selectivity = 1};
	n->is_bound = nami_match_is_node_bound(s->m, index);
	n->population = nami_cost_label_rows(s->m->b, labels.names, labels.count);
	if (!n->is_bound)
		n->access = nami_match_best_access(s->m, index);
}

/* How many pairs of ends the relationship joins. */
static double
joined_pairs(const Search *s, const Rel *r, NamiNameList types, NamiNameList from, NamiNameList to)
{
	const NamiPatternRel *rel = r->rel;

	if (!rel->is_variable_length)
		return nami_cost_edges(s->m->b, types, rel->direction, from, to);
	return s->nodes[r->from].population *
		nami_cost_walk(nami_cost_fan_out(s->m->b, types, rel->direction, from, to),
					   rel->min_hops, rel->max_hops);
}

static void
add_rel(Search *s, NamiPatternRel *rel)
{
	NamiNameList none = {NULL, 0};
	NamiNameList types = {rel->types, rel->type_count};
	NamiPatternGraph *graph = s->m->graph;
	NamiBinder *b = s->m->b;
	Rel		   *r = &s->rels[s->rel_count++];
	NamiNameList from = nami_cost_names(b, graph->nodes.items[rel->from].slot);
	NamiNameList to = nami_cost_names(b, graph->nodes.items[rel->to].slot);

	*r = (Rel) {.rel = rel, .selectivity = 1};
	r->from = node_number(s, rel->from);
	r->to = node_number(s, rel->to);
	r->fan_out = nami_cost_fan_out(b, types, rel->direction, from, none);
	r->fan_in = nami_cost_fan_out(b, types, nami_direction_turned(rel->direction), to, none);
	if (rel->is_variable_length)
	{
		r->fan_out = nami_cost_walk(r->fan_out, rel->min_hops, rel->max_hops);
		r->fan_in = nami_cost_walk(r->fan_in, rel->min_hops, rel->max_hops);
	}
	r->pair_factor = joined_pairs(s, r, types, from, to) /
		(s->nodes[r->from].population * s->nodes[r->to].population);
	if (rel->shortest != NAMI_CY_SHORTEST_NONE)
		r->pair_factor = fmin(r->pair_factor, 1);
}

/* Conditions count where all their elements are bound. */
static void
add_conditions(Search *s)
{
	NamiPatternGraph *graph = s->m->graph;
	NamiBinder *b = s->m->b;
	double	   *parts = NAMI_NEW_ARRAY(b->arena, double, graph->predicates.count + 1);

	for (uint32_t element = 0; element < s->node_count + s->rel_count; element++)
	{
		bool		is_node = element < s->node_count;
		uint32_t	bit = UINT32_C(1) << (is_node ? element : element - s->node_count);
		size_t		count = 0;

		for (size_t i = 0; i < graph->predicates.count; i++)
		{
			const NamiPredicate *predicate = &graph->predicates.items[i];
			uint32_t	nodes;
			uint32_t	rels;

			if (!predicate->is_done && elements_of(s, &predicate->deps, &nodes, &rels) &&
				(is_node ? nodes == bit && rels == 0 : rels == bit && nodes == 0))
				parts[count++] = nami_cost_selectivity(b, predicate->expr);
		}
		if (is_node)
			s->nodes[element].selectivity = nami_cost_conjunction(parts, count);
		else
			s->rels[element - s->node_count].selectivity = nami_cost_conjunction(parts, count);
	}
	for (size_t i = 0; i < graph->predicates.count; i++)
	{
		const NamiPredicate *predicate = &graph->predicates.items[i];
		Across		across;

		if (predicate->is_done ||
			!elements_of(s, &predicate->deps, &across.nodes, &across.rels) ||
			__builtin_popcount(across.nodes) + __builtin_popcount(across.rels) < 2)
			continue;
		across.selectivity = nami_cost_selectivity(b, predicate->expr);
		nami_vec_push(&s->across, b->arena, across);
	}
}

/* Nodes that no walk may reach must be found by themselves wherever the search stands. */
static void
find_starts(Search *s)
{
	bool		all = false;

	for (uint32_t r = 0; r < s->rel_count; r++)
	{
		Rel		   *rel = &s->rels[r];

		rel->has_other_deps = !elements_of(s, &rel->rel->deps, &rel->dep_nodes, &rel->dep_rels);
		all |= rel->dep_nodes != 0 || rel->dep_rels != 0;
		if (rel->rel->shortest == NAMI_CY_SHORTEST_NONE)
			continue;
		s->nodes[rel->from].can_start = true;
		s->nodes[rel->to].can_start = true;
	}
	for (uint32_t n = 0; n < s->node_count; n++)
		s->nodes[n].can_start |= all || s->nodes[n].access.kind != NAMI_PLAN_NODE_SCAN;
}

static double
rows_of(const Search *s, uint32_t nodes, uint32_t rels)
{
	double		rows = s->input_rows;

	for (uint32_t n = 0; n < s->node_count; n++)
	{
		if ((nodes >> n) & 1 && !s->nodes[n].is_bound)
			rows *= s->nodes[n].population * s->nodes[n].selectivity;
	}
	for (uint32_t r = 0; r < s->rel_count; r++)
	{
		if ((rels >> r) & 1)
			rows *= s->rels[r].pair_factor * s->rels[r].selectivity;
	}
	for (size_t i = 0; i < s->across.count; i++)
	{
		const Across *across = &s->across.items[i];

		if ((across->nodes & ~nodes) == 0 && (across->rels & ~rels) == 0)
			rows *= across->selectivity;
	}
	return rows;
}

/* ---- states -------------------------------------------------------------------------------- */

static void
reach(Search *s, uint32_t previous, uint32_t nodes, uint32_t rels, MoveKind move, uint32_t moved,
	  double step_cost)
{
	uint64_t	word = (uint64_t) nodes << 32 | rels;
	uint32_t	number = nami_wordmap_find(&s->index, word);
	State		state = {nodes, rels, 0, 0, previous, move, moved};

	state.cost = s->states.items[previous].cost + step_cost;
	if (number != NAMI_MAP_NONE)
	{
		state.rows = s->states.items[number].rows;
		if (state.cost < s->states.items[number].cost)
			s->states.items[number] = state;
		return;
	}
	state.rows = rows_of(s, nodes, rels);
	nami_wordmap_put(&s->index, s->m->b->arena, word, (uint32_t) s->states.count);
	nami_vec_push(&s->states, s->m->b->arena, state);
}

static void
find_node(Search *s, uint32_t from, uint32_t n)
{
	State		state = s->states.items[from];
	const Node *node = &s->nodes[n];
	double		cost = state.rows * (node->access.kind == NAMI_PLAN_NODE_SCAN ?
									 node->population * NAMI_COST_SCAN_ROW :
									 NAMI_COST_SEEK + node->access.rows * NAMI_COST_SCAN_ROW);

	if (node->selectivity < 1 && node->access.kind == NAMI_PLAN_NODE_SCAN)
		cost += state.rows * node->population * NAMI_COST_FILTER_ROW;
	reach(s, from, state.nodes | UINT32_C(1) << n, state.rels, MOVE_ACCESS, n, cost);
}

/* What is tested of the node at the far end, per row. */
static double
arrival_cost(const Search *s, uint32_t n)
{
	bool		has_labels = s->m->graph->nodes.items[s->nodes[n].index].label_count > 0;

	return (has_labels ? NAMI_COST_FILTER_ROW : 0) +
		(s->nodes[n].selectivity < 1 ? NAMI_COST_FILTER_ROW : 0);
}

static void
follow(Search *s, uint32_t from, uint32_t r)
{
	State		state = s->states.items[from];
	const Rel  *rel = &s->rels[r];
	bool		has_from = (state.nodes >> rel->from) & 1;
	bool		has_to = (state.nodes >> rel->to) & 1;
	bool		is_shortest = rel->rel->shortest != NAMI_CY_SHORTEST_NONE;
	uint32_t	bit = UINT32_C(1) << r;
	double		found;

	if (rel->has_other_deps || (rel->dep_nodes & ~state.nodes) != 0 ||
		(rel->dep_rels & ~state.rels) != 0)
		return;
	if (has_from && has_to)
	{
		found = rel->rel->is_variable_length && !is_shortest ? state.rows * rel->fan_out : 0;
		reach(s, from, state.nodes, state.rels | bit, MOVE_WALK, r,
			  state.rows * NAMI_COST_EDGE_TEST + found * NAMI_COST_EXPAND_EDGE);
		return;
	}
	if (is_shortest)
		return;
	if (has_from)
	{
		found = state.rows * rel->fan_out;
		reach(s, from, state.nodes | UINT32_C(1) << rel->to, state.rels | bit, MOVE_WALK, r,
			  state.rows * NAMI_COST_EXPAND_ROW +
			  found * (NAMI_COST_EXPAND_EDGE + arrival_cost(s, rel->to)));
	}
	else if (has_to)
	{
		found = state.rows * rel->fan_in;
		reach(s, from, state.nodes | UINT32_C(1) << rel->from, state.rels | bit, MOVE_WALK_BACK, r,
			  state.rows * NAMI_COST_EXPAND_ROW +
			  found * (NAMI_COST_EXPAND_EDGE + arrival_cost(s, rel->from)));
	}
}

static void
scan_type(Search *s, uint32_t from, uint32_t r)
{
	State		state = s->states.items[from];
	const Rel  *rel = &s->rels[r];
	double		edges;

	if (!nami_match_can_scan_type(s->m, rel->rel))
		return;
	edges = nami_match_type_rows(s->m, rel->rel);
	reach(s, from, state.nodes | UINT32_C(1) << rel->from | UINT32_C(1) << rel->to,
		  state.rels | UINT32_C(1) << r, MOVE_TYPE_SCAN, r,
		  state.rows * edges * (NAMI_COST_SCAN_ROW + arrival_cost(s, rel->from) +
								arrival_cost(s, rel->to)));
}

static void
expand_state(Search *s, uint32_t number)
{
	State		state = s->states.items[number];
	bool		is_start = state.nodes == 0;

	for (uint32_t n = 0; n < s->node_count; n++)
	{
		if (!((state.nodes >> n) & 1) && (is_start || s->nodes[n].can_start))
			find_node(s, number, n);
	}
	for (uint32_t r = 0; r < s->rel_count; r++)
	{
		if ((state.rels >> r) & 1)
			continue;
		if (is_start)
			scan_type(s, number, r);
		else
			follow(s, number, r);
	}
}

static uint32_t
size_of(const State *state)
{
	return (uint32_t) (__builtin_popcount(state->nodes) + __builtin_popcount(state->rels));
}

/* Every move makes a state larger, so all ways to a state are known before it is left. */
static uint32_t
search(Search *s, const State *start, uint32_t all_nodes, uint32_t all_rels)
{
	uint32_t	number;

	nami_vec_push(&s->states, s->m->b->arena, *start);
	for (uint32_t size = size_of(start); size <= s->node_count + s->rel_count; size++)
	{
		for (uint32_t i = 0; i < s->states.count; i++)
		{
			if (size_of(&s->states.items[i]) == size)
				expand_state(s, i);
			if (s->states.count > STATES_MAX)
				return NO_STATE;
		}
	}
	number = nami_wordmap_find(&s->index, (uint64_t) all_nodes << 32 | all_rels);
	return number == NAMI_MAP_NONE ? NO_STATE : number;
}

/* ---- the result ---------------------------------------------------------------------------- */

static void
replay(Search *s, uint32_t number)
{
	const State *state = &s->states.items[number];

	if (state->move == MOVE_NONE)
		return;
	replay(s, state->previous);
	state = &s->states.items[number];
	switch (state->move)
	{
		case MOVE_ACCESS:
			{
				NamiAccess	access = nami_match_best_access(s->m, s->nodes[state->moved].index);

				nami_match_make_access(s->m, &access);
				break;
			}
		case MOVE_TYPE_SCAN:
			nami_match_type_scan(s->m, s->rels[state->moved].rel);
			break;
		default:
			nami_match_walk(s->m, s->rels[state->moved].rel, state->move == MOVE_WALK_BACK);
			break;
	}
}

bool
nami_match_search(NamiMatch *m, const NamiMatchPart *part)
{
	Search	   *s;
	State		start = {.rows = 1, .previous = NO_STATE};
	uint32_t	goal;

	if (part->rels.count > RELS_MAX || part->nodes.count > NODES_MAX)
		return false;
	s = NAMI_NEW(m->b->arena, Search);
	s->m = m;
	s->input_rows = fmax(m->op->estimated_rows, 1e-3);
	start.rows = s->input_rows;
	for (size_t i = 0; i < part->nodes.count; i++)
		add_node(s, part->nodes.items[i]);
	for (size_t i = 0; i < part->rels.count; i++)
		add_rel(s, &m->graph->rels.items[part->rels.items[i]]);
	add_conditions(s);
	find_starts(s);
	for (uint32_t n = 0; n < s->node_count; n++)
		start.nodes |= s->nodes[n].is_bound ? UINT32_C(1) << n : 0;
	goal = search(s, &start, (UINT32_C(1) << s->node_count) - 1,
				  (UINT32_C(1) << s->rel_count) - 1);
	if (goal == NO_STATE)
		return false;
	replay(s, goal);
	return true;
}
