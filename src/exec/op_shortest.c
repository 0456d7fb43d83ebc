/*
 * op_shortest.c - shortestPath and allShortestPaths between two bound nodes.
 *
 * Breadth first from the start, level by level, until the level that reaches the end. Every node
 * remembers its level and all hops of the level before that reach it; the paths are enumerated
 * backwards over these. A shortest walk never repeats a relationship, so no trail check is needed,
 * but for min > 1: there all trails of growing length are tried by depth.
 */
#include "exec/hops.h"

#include "base/hash.h"
#include "base/vec.h"

/* One way of reaching a node: from the visited node "from". */
typedef struct Reach
{
	uint32_t	from;			/* visited number */
	uint32_t	next;			/* other way of the same node + 1; 0: none */
	NamiRel		rel;
} Reach;

typedef struct Visited
{
	NamiOrd		node;
	uint32_t	level;
	uint32_t	reach;			/* first way + 1; 0: the start */
} Visited;

typedef struct Search
{
	NamiArena  *arena;
	NAMI_VEC(Visited) visited;
	NAMI_VEC(Reach) reaches;
	uint32_t   *slots;			/* hash: visited number + 1 */
	size_t		mask;
} Search;

typedef struct ShortestState
{
	NamiBatch  *input;
	uint32_t	input_index;
	NamiHops	hops;
	bool		hops_ready;
	int64_t		min;
	int64_t		max;
	/* paths of the current row, still to be given */
	NAMI_VEC(NamiValue) paths;
	uint32_t	path_index;
	bool		row_open;
} ShortestState;

static NamiStatus
shortest_open(NamiOp *op, NamiError *err)
{
	ShortestState *state = NAMI_NEW(op->state_arena, ShortestState);

	op->state = state;
	return nami_hops_bounds(op, &state->min, &state->max, err);
}

/* ---- breadth first ------------------------------------------------------------------------- */

static void
search_grow(Search *search)
{
	size_t		capacity = search->slots == NULL ? 256 : (search->mask + 1) * 2;

	search->slots = nami_arena_alloc0(search->arena, capacity * sizeof(uint32_t));
	search->mask = capacity - 1;
	for (size_t i = 0; i < search->visited.count; i++)
	{
		size_t		slot = nami_hash_mix(search->visited.items[i].node, 1) & search->mask;

		while (search->slots[slot] != 0)
			slot = (slot + 1) & search->mask;
		search->slots[slot] = (uint32_t) i + 1;
	}
}

static uint32_t
visit(Search *search, NamiOrd node, uint32_t level, bool *is_new)
{
	size_t		slot;
	Visited		entry = {node, level, 0};

	if (search->slots == NULL || search->visited.count * 2 > search->mask)
		search_grow(search);
	slot = nami_hash_mix(node, 1) & search->mask;
	while (search->slots[slot] != 0)
	{
		uint32_t	number = search->slots[slot] - 1;

		if (search->visited.items[number].node == node)
		{
			*is_new = false;
			return number;
		}
		slot = (slot + 1) & search->mask;
	}
	nami_vec_push(&search->visited, search->arena, entry);
	search->slots[slot] = (uint32_t) search->visited.count;
	*is_new = true;
	return (uint32_t) search->visited.count - 1;
}

static void
add_reach(Search *search, uint32_t to, uint32_t from, const NamiRel *rel)
{
	Reach		reach = {from, search->visited.items[to].reach, *rel};

	nami_vec_push(&search->reaches, search->arena, reach);
	search->visited.items[to].reach = (uint32_t) search->reaches.count;
}

/* Expands one level; *found is the visited number of the end, or UINT32_MAX. */
static NamiStatus
expand_level(NamiOp *op, ShortestState *state, Search *search, uint32_t row, uint32_t first,
			 uint32_t end, NamiOrd target, uint32_t *found, NamiError *err)
{
	NamiHopList list = {0};

	for (uint32_t i = first; i < end; i++)
	{
		uint32_t	level = search->visited.items[i].level + 1;

		NAMI_TRY(nami_op_check(op, err));
		NAMI_TRY(nami_hops_list(&state->hops, state->input, row, search->visited.items[i].node,
								false, op->aux_arena, &list, err));
		for (uint32_t j = 0; j < list.count; j++)
		{
			bool		is_new;
			uint32_t	number;

			if (op->plan->unique_count > 0 &&
				nami_rel_is_used(op->plan, state->input, row, &list.items[j].rel))
				continue;
			number = visit(search, list.items[j].other, level, &is_new);
			if (is_new || (op->plan->all_shortest && search->visited.items[number].level == level))
				add_reach(search, number, i, &list.items[j].rel);
			if (list.items[j].other == target)
				*found = number;
		}
	}
	return NAMI_OK;
}

/* All ways back from a visited node, as relationship lists in forward order. */
static void
enumerate(NamiOp *op, ShortestState *state, const Search *search, uint32_t found)
{
	uint32_t	length = search->visited.items[found].level;
	NamiRel    *trail = NAMI_NEW_ARRAY(op->aux_arena, NamiRel, length + 1);
	uint32_t   *ways = NAMI_NEW_ARRAY(op->aux_arena, uint32_t, length + 1);
	uint32_t	depth = 0;		/* hops fixed, from the end backwards */

	ways[0] = search->visited.items[found].reach;
	for (;;)
	{
		const Reach *reach;

		if (depth == length)
		{
			nami_vec_push(&state->paths, op->aux_arena,
						  nami_rel_list(op->aux_arena, trail, length));
			if (!op->plan->all_shortest || depth == 0)
				return;
			depth--;
			ways[depth] = search->reaches.items[ways[depth] - 1].next;
		}
		while (ways[depth] == 0)
		{
			if (depth == 0)
				return;
			depth--;
			ways[depth] = search->reaches.items[ways[depth] - 1].next;
		}
		reach = &search->reaches.items[ways[depth] - 1];
		trail[length - 1 - depth] = reach->rel;
		depth++;
		if (depth <= length)
			ways[depth] = depth == length ? 0 : search->visited.items[reach->from].reach;
	}
}

static NamiStatus
search_breadth(NamiOp *op, ShortestState *state, uint32_t row, NamiOrd start, NamiOrd target,
			   NamiError *err)
{
	Search		search = {.arena = op->aux_arena};
	uint32_t	found = UINT32_MAX;
	uint32_t	first = 0;
	bool		is_new;

	visit(&search, start, 0, &is_new);
	for (int64_t level = 1; level <= state->max && found == UINT32_MAX; level++)
	{
		uint32_t	end = (uint32_t) search.visited.count;

		if (first == end)
			return NAMI_OK;
		NAMI_TRY(expand_level(op, state, &search, row, first, end, target, &found, err));
		first = end;
	}
	if (found != UINT32_MAX)
		enumerate(op, state, &search, found);
	return NAMI_OK;
}

/* ---- by depth: trails of exactly the given length ------------------------------------------ */

typedef struct Frame
{
	NamiHopList hops;
	uint32_t	next;
} Frame;

static bool
in_trail(const NamiRel *trail, uint32_t count, const NamiRel *rel)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (nami_rel_same(&trail[i], rel))
			return true;
	}
	return false;
}

/* *longer: some trail reached the length, so longer ones may exist. */
static NamiStatus
search_length(NamiOp *op, ShortestState *state, uint32_t row, NamiOrd start, NamiOrd target,
			  uint32_t length, bool *longer, NamiError *err)
{
	Frame	   *frames = nami_arena_alloc0(op->aux_arena, (length + 1) * sizeof(Frame));
	NamiRel    *trail = NAMI_NEW_ARRAY(op->aux_arena, NamiRel, length + 1);
	uint32_t	depth = 0;
	uint64_t	steps = 0;

	NAMI_TRY(nami_hops_list(&state->hops, state->input, row, start, false, op->aux_arena,
							&frames[0].hops, err));
	for (;;)
	{
		Frame	   *frame = &frames[depth];
		NamiHop    *hop;

		if (++steps % 4096 == 0)
			NAMI_TRY(nami_op_check(op, err));
		if (frame->next == frame->hops.count)
		{
			if (depth == 0)
				return NAMI_OK;
			depth--;
			continue;
		}
		hop = &frame->hops.items[frame->next++];
		if (in_trail(trail, depth, &hop->rel))
			continue;
		trail[depth] = hop->rel;
		if (depth + 1 < length)
		{
			depth++;
			frames[depth].next = 0;
			NAMI_TRY(nami_hops_list(&state->hops, state->input, row, hop->other, false,
									op->aux_arena, &frames[depth].hops, err));
			continue;
		}
		*longer = true;
		if (hop->other != target)
			continue;
		nami_vec_push(&state->paths, op->aux_arena, nami_rel_list(op->aux_arena, trail, length));
		if (!op->plan->all_shortest)
			return NAMI_OK;
	}
}

static NamiStatus
search_trails(NamiOp *op, ShortestState *state, uint32_t row, NamiOrd start, NamiOrd target,
			  NamiError *err)
{
	int64_t		first = state->min > 1 ? state->min : 1;
	bool		longer = true;

	for (int64_t length = first; length <= state->max && longer && state->paths.count == 0; length++)
	{
		longer = false;
		if (length > UINT32_MAX / 2)
			break;
		NAMI_TRY(search_length(op, state, row, start, target, (uint32_t) length, &longer, err));
	}
	return NAMI_OK;
}

/* ---- operator ------------------------------------------------------------------------------ */

static NamiStatus
search_row(NamiOp *op, ShortestState *state, uint32_t row, NamiError *err)
{
	NamiOrd		start;
	NamiOrd		target;

	nami_op_aux_arena(op);
	memset(&state->paths, 0, sizeof(state->paths));
	state->path_index = 0;
	if (!state->hops_ready)
		nami_hops_init(&state->hops, op, op->state_arena);
	state->hops_ready = true;
	NAMI_TRY(nami_hops_node(op, state->input, op->plan->from, row, &start, err));
	NAMI_TRY(nami_hops_node(op, state->input, op->plan->to, row, &target, err));
	if (start == NAMI_ORD_NONE || target == NAMI_ORD_NONE || state->max < state->min)
		return NAMI_OK;
	/* from a node to itself only the path of length 0 is one (spec/cypher.md 5.1) */
	if (start == target)
	{
		if (state->min == 0)
			nami_vec_push(&state->paths, op->aux_arena, nami_value_list(NULL, 0));
		return NAMI_OK;
	}
	if (state->min > 1)
		return search_trails(op, state, row, start, target, err);
	return search_breadth(op, state, row, start, target, err);
}

static NamiStatus
shortest_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ShortestState *state = op->state;
	uint16_t   *parents;
	NamiValue  *lists;
	uint32_t	count = 0;

	*out = NULL;
	nami_arena_reset(op->arena);
	parents = NAMI_NEW_ARRAY(op->arena, uint16_t, nami_op_batch_rows(op));
	lists = NAMI_NEW_ARRAY(op->arena, NamiValue, nami_op_batch_rows(op));
	while (count == 0)
	{
		if (state->input == NULL || state->input_index >= state->input->selected_count)
		{
			NAMI_TRY(nami_op_next(op->input, &state->input, err));
			if (state->input == NULL)
				return NAMI_OK;
			state->input_index = 0;
		}
		while (state->input_index < state->input->selected_count && count < nami_op_batch_rows(op))
		{
			uint32_t	row = nami_batch_row(state->input, state->input_index);

			if (!state->row_open)
				NAMI_TRY(search_row(op, state, row, err));
			state->row_open = true;
			while (state->path_index < state->paths.count && count < nami_op_batch_rows(op))
			{
				parents[count] = (uint16_t) row;
				lists[count++] = nami_value_copy(op->arena,
												 state->paths.items[state->path_index++]);
			}
			if (state->path_index < state->paths.count)
				break;
			state->row_open = false;
			state->input_index++;
		}
	}
	nami_op_gather(op, state->input, parents, count);
	nami_batch_set_values(&op->batch, op->plan->rel, lists);
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_shortest(NamiOp *op)
{
	op->open = shortest_open;
	op->next = shortest_next;
}
