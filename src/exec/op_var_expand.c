/*
 * op_var_expand.c - variable-length relationships: all trails between min and max hops.
 *
 * Depth first with an explicit stack: a frame holds the list of hops at one node and how far it has
 * been tried. The relationships of the frames are the trail, so "used already" is one comparison per
 * frame. Frames live in one arena per input row.
 *
 * Where only the ends count, each once, and all lengths from 0 or 1 on are asked for along one
 * direction, breadth first is exact: a shortest walk is a trail (docs/engine.md 4.4).
 */
#include "exec/hops.h"
#include "exec/ord_set.h"

typedef struct Frame
{
	NamiHopList hops;			/* memory is used again by later frames of the same depth */
	uint32_t	next;
} Frame;

typedef struct VarState
{
	NamiBatch  *input;
	uint32_t	input_index;
	bool		row_open;
	NamiHops	hops;
	bool		hops_ready;
	int64_t		min;
	int64_t		max;
	NamiOrd		target;			/* into: the end that is bound */
	Frame	   *frames;			/* in aux_arena */
	NamiRel    *trail;			/* trail[i]: relationship taken from frames[i] */
	uint32_t	depth;			/* frames in use; trail length is depth - 1 */
	uint32_t	capacity;
	bool		zero_pending;	/* the start itself is still to be given */
	NamiOrd		start;
	uint64_t	steps;
	/* breadth first */
	bool		by_levels;
	NamiOrdSet	seen;			/* from the present start; in aux_arena */
	NamiOrd    *queue;			/* in aux_arena: reached nodes in the order of their distance */
	uint32_t	queue_count;
	uint32_t	queue_capacity;
	uint32_t	queue_next;		/* node whose list is looked at */
	uint32_t	level_end;		/* nodes before it have the distance "level" */
	int64_t		level;
	NamiHopList list;
	uint32_t	list_next;
	NamiOrdSet	given;			/* nodes given for any start; in state_arena */
	/* output */
	uint16_t   *parents;
	NamiOrd    *ends;
	NamiValue  *lists;
	uint32_t	count;
} VarState;

static NamiStatus
var_open(NamiOp *op, NamiError *err)
{
	VarState   *state = NAMI_NEW(op->state_arena, VarState);

	op->state = state;
	state->given.arena = op->state_arena;
	NAMI_TRY(nami_hops_bounds(op, &state->min, &state->max, err));
	state->by_levels = op->plan->distinct_ends && op->plan->direction != NAMI_DIR_BOTH &&
		op->plan->unique_count == 0 && state->min <= 1;
	return NAMI_OK;
}

/* ---- breadth first ------------------------------------------------------------------------- */

static void
reach(NamiOp *op, VarState *state, NamiOrd node)
{
	if (!nami_ord_set_add(&state->seen, node))
		return;
	if (state->queue_count == state->queue_capacity)
	{
		uint32_t	capacity = state->queue_capacity == 0 ? 256 : state->queue_capacity * 2;

		state->queue = nami_arena_realloc(op->aux_arena, state->queue,
										  state->queue_capacity * sizeof(NamiOrd),
										  capacity * sizeof(NamiOrd));
		state->queue_capacity = capacity;
	}
	state->queue[state->queue_count++] = node;
}

/* The start is at distance 0; that it is seen again counts only when length 0 does not. */
static void
open_levels(NamiOp *op, VarState *state)
{
	state->seen = (NamiOrdSet) {.arena = op->aux_arena};
	state->queue = NULL;
	state->queue_capacity = 0;
	state->queue_count = 0;
	reach(op, state, state->start);
	if (state->min > 0)
		nami_ord_set_remove(&state->seen, state->start);
	state->queue_next = 0;
	state->level_end = 1;
	state->level = 0;
	state->list = (NamiHopList) {0};
	state->list_next = 0;
}

static void
give(VarState *state, uint32_t row, NamiOrd node)
{
	if (!nami_ord_set_add(&state->given, node))
		return;
	state->parents[state->count] = (uint16_t) row;
	state->ends[state->count++] = node;
}

/* Goes on until the batch is full or the row is used up (*done). */
static NamiStatus
walk_levels(NamiOp *op, VarState *state, uint32_t row, bool *done, NamiError *err)
{
	if (state->zero_pending)
	{
		give(state, row, state->start);
		state->zero_pending = false;
	}
	while (state->count < nami_op_batch_rows(op))
	{
		if (state->list_next < state->list.count)
		{
			NamiOrd		other = state->list.items[state->list_next++].other;

			if (!nami_ord_set_has(&state->seen, other))
			{
				reach(op, state, other);
				give(state, row, other);
			}
			continue;
		}
		if (state->queue_next == state->level_end)
		{
			state->level_end = state->queue_count;
			state->level++;
		}
		*done = state->queue_next == state->queue_count || state->level >= state->max;
		if (*done)
			return NAMI_OK;
		if (++state->steps % 4096 == 0)
			NAMI_TRY(nami_op_check(op, err));
		NAMI_TRY(nami_hops_list(&state->hops, state->input, row, state->queue[state->queue_next++],
								false, op->aux_arena, &state->list, err));
		state->list_next = 0;
	}
	*done = false;
	return NAMI_OK;
}

/* ---- trails -------------------------------------------------------------------------------- */

static void
emit(NamiOp *op, VarState *state, uint32_t row, NamiOrd end, uint32_t length)
{
	if (op->plan->into && end != state->target)
		return;
	state->parents[state->count] = (uint16_t) row;
	state->ends[state->count] = end;
	if (op->plan->rel != NAMI_SLOT_NONE)
		state->lists[state->count] = nami_rel_list(op->arena, state->trail, length);
	state->count++;
	if (op->plan->first_only)
		state->depth = 0;
}

static NamiStatus
push_frame(NamiOp *op, VarState *state, uint32_t row, NamiOrd node, NamiError *err)
{
	Frame	   *frame;

	if (state->depth == state->capacity)
	{
		uint32_t	capacity = state->capacity == 0 ? 16 : state->capacity * 2;

		state->frames = nami_arena_realloc(op->aux_arena, state->frames,
										   state->capacity * sizeof(Frame),
										   capacity * sizeof(Frame));
		memset(state->frames + state->capacity, 0,
			   (capacity - state->capacity) * sizeof(Frame));
		state->trail = nami_arena_realloc(op->aux_arena, state->trail,
										  state->capacity * sizeof(NamiRel),
										  capacity * sizeof(NamiRel));
		state->capacity = capacity;
	}
	frame = &state->frames[state->depth++];
	frame->next = 0;
	return nami_hops_list(&state->hops, state->input, row, node, false, op->aux_arena,
						  &frame->hops, err);
}

static bool
in_trail(const VarState *state, const NamiRel *rel)
{
	for (uint32_t i = 0; i + 1 < state->depth; i++)
	{
		if (nami_rel_same(&state->trail[i], rel))
			return true;
	}
	return false;
}

static NamiStatus
open_row(NamiOp *op, VarState *state, uint32_t row, bool *has_start, NamiError *err)
{
	state->depth = 0;
	state->capacity = 0;
	state->frames = NULL;
	state->trail = NULL;
	nami_op_aux_arena(op);
	if (!state->hops_ready)
	{
		nami_hops_init(&state->hops, op, op->state_arena);
		state->hops_ready = true;
	}
	NAMI_TRY(nami_hops_node(op, state->input, op->plan->from, row, &state->start, err));
	*has_start = state->start != NAMI_ORD_NONE;
	if (op->plan->into)
	{
		NAMI_TRY(nami_hops_node(op, state->input, op->plan->to, row, &state->target, err));
		*has_start &= state->target != NAMI_ORD_NONE;
	}
	*has_start &= state->max >= state->min;
	if (!*has_start)
		return NAMI_OK;
	state->zero_pending = state->min == 0;
	if (state->by_levels)
		open_levels(op, state);
	else if (state->max > 0)
		return push_frame(op, state, row, state->start, err);
	return NAMI_OK;
}

/* Walks on until the batch is full or the row is used up (*done). */
static NamiStatus
walk(NamiOp *op, VarState *state, uint32_t row, bool *done, NamiError *err)
{
	if (state->zero_pending)
	{
		emit(op, state, row, state->start, 0);
		state->zero_pending = false;
	}
	while (state->depth > 0 && state->count < nami_op_batch_rows(op))
	{
		Frame	   *frame = &state->frames[state->depth - 1];
		NamiHop    *hop;
		uint32_t	length = state->depth;	/* of the trail that ends with this hop */

		if (++state->steps % 4096 == 0)
			NAMI_TRY(nami_op_check(op, err));
		if (frame->next == frame->hops.count)
		{
			state->depth--;
			continue;
		}
		hop = &frame->hops.items[frame->next++];
		if (in_trail(state, &hop->rel) ||
			(op->plan->unique_count > 0 &&
			 nami_rel_is_used(op->plan, state->input, row, &hop->rel)))
			continue;
		state->trail[state->depth - 1] = hop->rel;
		if ((int64_t) length >= state->min)
			emit(op, state, row, hop->other, length);
		if ((int64_t) length < state->max && state->depth > 0)
			NAMI_TRY(push_frame(op, state, row, hop->other, err));
	}
	*done = state->depth == 0;
	return NAMI_OK;
}

static void
begin_batch(NamiOp *op, VarState *state)
{
	nami_arena_reset(op->arena);
	state->parents = NAMI_NEW_ARRAY(op->arena, uint16_t, nami_op_batch_rows(op));
	state->ends = NAMI_NEW_ARRAY(op->arena, NamiOrd, nami_op_batch_rows(op));
	state->lists = NAMI_NEW_ARRAY(op->arena, NamiValue, nami_op_batch_rows(op));
	state->count = 0;
}

static void
finish_batch(NamiOp *op, VarState *state, NamiBatch **out)
{
	nami_op_gather(op, state->input, state->parents, state->count);
	if (!op->plan->into)
		nami_batch_set_ords(&op->batch, op->plan->to, state->ends);
	nami_batch_set_values(&op->batch, op->plan->rel, state->lists);
	*out = &op->batch;
}

static NamiStatus
var_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	VarState   *state = op->state;

	*out = NULL;
	begin_batch(op, state);
	for (;;)
	{
		if (state->input == NULL || state->input_index >= state->input->selected_count)
		{
			if (state->count > 0)
				break;
			NAMI_TRY(nami_op_next(op->input, &state->input, err));
			if (state->input == NULL)
				return NAMI_OK;
			state->input_index = 0;
		}
		while (state->input_index < state->input->selected_count &&
			   state->count < nami_op_batch_rows(op))
		{
			uint32_t	row = nami_batch_row(state->input, state->input_index);
			bool		is_wanted = !nami_op_is_row_done(op, state->input, row);
			bool		done = true;

			state->row_open &= is_wanted;
			if (!state->row_open && is_wanted)
			{
				bool		has_start;

				NAMI_TRY(open_row(op, state, row, &has_start, err));
				state->row_open = has_start;
			}
			if (state->row_open && state->by_levels)
				NAMI_TRY(walk_levels(op, state, row, &done, err));
			else if (state->row_open)
				NAMI_TRY(walk(op, state, row, &done, err));
			if (!done)
				break;
			state->row_open = false;
			state->input_index++;
		}
		if (state->count == nami_op_batch_rows(op))
			break;
	}
	finish_batch(op, state, out);
	return NAMI_OK;
}

void
nami_op_init_var_expand(NamiOp *op)
{
	op->open = var_open;
	op->next = var_next;
}
