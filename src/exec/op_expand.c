/*
 * op_expand.c - one hop: EXPAND finds the other end, EXPAND_INTO has both ends.
 */
#include "exec/hops.h"
#include "exec/ord_set.h"

typedef struct ExpandState
{
	NamiBatch  *input;
	uint32_t	input_index;
	NamiHops	hops;			/* made when the first row arrives: a clause before may have created
								 * the type */
	bool		hops_ready;
	uint32_t	pass_index;
	NamiAdjacency list;
	uint32_t	list_index;
	bool		list_open;
	/* output being filled */
	uint16_t   *parents;
	NamiOrd    *others;
	NamiRel    *rels;
	uint32_t	count;
	NamiOrdSet	given;			/* distinct_ends: nodes given so far */
} ExpandState;

static NamiStatus
expand_open(NamiOp *op, NamiError *err)
{
	ExpandState *state = NAMI_NEW(op->state_arena, ExpandState);

	op->state = state;
	state->given.arena = op->state_arena;
	return NAMI_OK;
}

static NamiRel
make_rel(const NamiHopPass *pass, NamiOrd from, NamiOrd other, NamiEdgePos pos)
{
	if (pass->direction == NAMI_OUT)
		return (NamiRel) {pass->type, from, other, pos};
	return (NamiRel) {pass->type, other, from, pos};
}

static void
begin_batch(NamiOp *op, ExpandState *state)
{
	nami_arena_reset(op->arena);
	state->parents = NAMI_NEW_ARRAY(op->arena, uint16_t, nami_op_batch_rows(op));
	state->others = NAMI_NEW_ARRAY(op->arena, NamiOrd, nami_op_batch_rows(op));
	state->rels = NAMI_NEW_ARRAY(op->arena, NamiRel, nami_op_batch_rows(op));
	state->count = 0;
}

static void
finish_batch(NamiOp *op, ExpandState *state, NamiBatch **out)
{
	nami_op_gather(op, state->input, state->parents, state->count);
	if (op->plan->kind == NAMI_PLAN_EXPAND)
		nami_batch_set_ords(&op->batch, op->plan->to, state->others);
	nami_batch_set_rels(&op->batch, op->plan->rel, state->rels);
	*out = &op->batch;
}

/* The same as drain_list where every relationship of the list is wanted. */
static void
drain_whole_list(NamiOp *op, ExpandState *state, uint32_t row, NamiOrd from)
{
	const NamiHopPass *pass = &state->hops.passes[state->pass_index];
	const NamiAdjacency list = state->list;
	uint32_t	begin = state->list_index;
	uint32_t	left = list.count - begin;
	uint32_t	room = nami_op_batch_rows(op) - state->count;
	uint32_t	taken = left < room ? left : room;
	uint16_t   *parents = state->parents + state->count;
	NamiOrd    *others = state->others + state->count;
	NamiRel    *rels = state->rels + state->count;

	for (uint32_t i = 0; i < taken; i++)
	{
		NamiOrd		other = list.other[begin + i];

		parents[i] = (uint16_t) row;
		others[i] = other;
		rels[i] = make_rel(pass, from, other, nami_adjacency_pos(&list, begin + i));
	}
	state->list_index += taken;
	state->count += taken;
}

/* Takes from the open list until the batch is full. */
static void
drain_list(NamiOp *op, ExpandState *state, uint32_t row, NamiOrd from)
{
	const NamiHopPass *pass = &state->hops.passes[state->pass_index];

	if (!pass->skip_loops && op->plan->unique_count == 0 && !op->plan->distinct_ends)
	{
		drain_whole_list(op, state, row, from);
		return;
	}
	while (state->list_index < state->list.count && state->count < nami_op_batch_rows(op))
	{
		uint32_t	i = state->list_index++;
		NamiOrd		other = state->list.other[i];
		NamiRel		rel = make_rel(pass, from, other, nami_adjacency_pos(&state->list, i));

		if (pass->skip_loops && other == from)
			continue;
		if (op->plan->unique_count > 0 && nami_rel_is_used(op->plan, state->input, row, &rel))
			continue;
		if (op->plan->distinct_ends && !nami_ord_set_add(&state->given, other))
			continue;
		state->parents[state->count] = (uint16_t) row;
		state->others[state->count] = other;
		state->rels[state->count] = rel;
		state->count++;
	}
}

/* The relationships of one row, pass by pass; false when the batch is full before they end. */
static bool
expand_row(NamiOp *op, ExpandState *state, uint32_t row, NamiOrd from)
{
	while (state->pass_index < state->hops.pass_count)
	{
		const NamiHopPass *pass = &state->hops.passes[state->pass_index];

		if (!state->list_open)
		{
			nami_snapshot_adjacency(&op->execution->snapshot, pass->type, pass->direction, from,
									&state->hops.scratch, &state->list);
			state->list_index = 0;
			state->list_open = true;
		}
		drain_list(op, state, row, from);
		if (state->list_index < state->list.count)
			return false;
		state->list_open = false;
		state->pass_index++;
	}
	state->pass_index = 0;
	return true;
}

static NamiStatus
expand_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ExpandState *state = op->state;

	*out = NULL;
	begin_batch(op, state);
	for (;;)
	{
		if (state->input == NULL || state->input_index >= state->input->selected_count)
		{
			/* The columns of the rows made so far belong to the input's present batch. */
			if (state->count > 0)
			{
				finish_batch(op, state, out);
				return NAMI_OK;
			}
			NAMI_TRY(nami_op_next(op->input, &state->input, err));
			if (state->input == NULL)
				return NAMI_OK;
			state->input_index = 0;
			if (!state->hops_ready)
				nami_hops_init(&state->hops, op, op->state_arena);
			state->hops_ready = true;
		}
		while (state->input_index < state->input->selected_count)
		{
			uint32_t	row = nami_batch_row(state->input, state->input_index);
			NamiOrd		from;

			if (nami_op_is_row_done(op, state->input, row))
			{
				state->list_open = false;
				state->pass_index = 0;
				state->input_index++;
				continue;
			}
			NAMI_TRY(nami_hops_node(op, state->input, op->plan->from, row, &from, err));
			if (from != NAMI_ORD_NONE && !expand_row(op, state, row, from))
			{
				finish_batch(op, state, out);
				return NAMI_OK;
			}
			state->input_index++;
		}
	}
}

/* ---- both ends known ----------------------------------------------------------------------- */

static bool
find_edge(NamiOp *op, const NamiHopPass *pass, NamiOrd from, NamiOrd to, NamiRel *rel)
{
	NamiOrd		src = pass->direction == NAMI_OUT ? from : to;
	NamiOrd		dst = pass->direction == NAMI_OUT ? to : from;
	NamiEdgePos pos;

	if (pass->skip_loops && from == to)
		return false;
	pos = nami_snapshot_find_edge(&op->execution->snapshot, pass->type, src, dst);
	*rel = (NamiRel) {pass->type, src, dst, pos};
	return pos != NAMI_POS_NONE;
}

/* The relationships of one row, one at most per pass; false when the batch is full before they end. */
static bool
expand_into_row(NamiOp *op, ExpandState *state, uint32_t row, NamiOrd from, NamiOrd to)
{
	while (state->pass_index < state->hops.pass_count)
	{
		NamiRel    *rel = &state->rels[state->count];

		if (state->count == nami_op_batch_rows(op))
			return false;
		if (find_edge(op, &state->hops.passes[state->pass_index++], from, to, rel) &&
			(op->plan->unique_count == 0 || !nami_rel_is_used(op->plan, state->input, row, rel)))
			state->parents[state->count++] = (uint16_t) row;
	}
	state->pass_index = 0;
	return true;
}

static NamiStatus
expand_into_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ExpandState *state = op->state;

	*out = NULL;
	begin_batch(op, state);
	while (state->count == 0)
	{
		if (state->input == NULL || state->input_index >= state->input->selected_count)
		{
			NAMI_TRY(nami_op_next(op->input, &state->input, err));
			if (state->input == NULL)
				return NAMI_OK;
			state->input_index = 0;
			if (!state->hops_ready)
				nami_hops_init(&state->hops, op, op->state_arena);
			state->hops_ready = true;
		}
		while (state->input_index < state->input->selected_count)
		{
			uint32_t	row = nami_batch_row(state->input, state->input_index);
			NamiOrd		from;
			NamiOrd		to;

			NAMI_TRY(nami_hops_node(op, state->input, op->plan->from, row, &from, err));
			NAMI_TRY(nami_hops_node(op, state->input, op->plan->to, row, &to, err));
			if (from != NAMI_ORD_NONE && to != NAMI_ORD_NONE &&
				!expand_into_row(op, state, row, from, to))
				break;
			state->input_index++;
		}
	}
	finish_batch(op, state, out);
	return NAMI_OK;
}

void
nami_op_init_expand(NamiOp *op)
{
	op->open = expand_open;
	op->next = op->plan->kind == NAMI_PLAN_EXPAND ? expand_next : expand_into_next;
}
