/*
 * op_intersect.c - INTERSECT: nodes that two known nodes both have a relationship to.
 *
 * The list of the near node is marked in a set; the lists of the from nodes are scanned against it
 * (docs/engine.md 4.3). Rows of one near node mostly follow each other, so that its list is marked
 * once. A near list that is much longer than what is scanned is searched instead.
 */
#include "exec/hops.h"
#include "exec/ord_set.h"

/* A list this many times longer than the other is searched, not marked. */
#define SEARCH_FACTOR	16

typedef struct IntersectState
{
	NamiBatch  *input;
	uint32_t	input_index;
	NamiHops	hops;			/* of from */
	bool		hops_ready;
	uint32_t	pass_index;
	NamiAdjacency list;
	uint32_t	list_index;
	bool		list_open;
	NamiTypeId	near_type;
	NamiDirection near_direction;
	NamiOrd		near;			/* of the row that is open */
	bool		is_marked;		/* by marks, else by search */
	NamiOrdSet	marks;
	NamiOrd		marked;			/* node whose list is in the set */
	NamiOrd    *marked_list;
	uint32_t	marked_count;
	uint32_t	marked_capacity;
	NamiAdjacencyScratch near_scratch;
	/* output being filled */
	uint16_t   *parents;
	NamiOrd    *others;
	NamiRel    *rels;
	NamiRel    *near_rels;
	uint32_t	count;
} IntersectState;

static NamiStatus
intersect_open(NamiOp *op, NamiError *err)
{
	IntersectState *state = NAMI_NEW(op->state_arena, IntersectState);

	op->state = state;
	state->marks.arena = op->state_arena;
	state->marked = NAMI_ORD_NONE;
	state->near_scratch.arena = op->state_arena;
	return NAMI_OK;
}

static void
start(NamiOp *op, IntersectState *state)
{
	if (state->hops_ready)
		return;
	nami_hops_init(&state->hops, op, op->state_arena);
	state->near_type = op->plan->near_type->number;
	state->near_direction = op->plan->near_direction == NAMI_DIR_OUT ? NAMI_OUT : NAMI_IN;
	state->hops_ready = true;
}

static void
mark_list(NamiOp *op, IntersectState *state, NamiOrd near)
{
	NamiAdjacency list;

	for (uint32_t i = 0; i < state->marked_count; i++)
		nami_ord_set_remove(&state->marks, state->marked_list[i]);
	state->marked_count = 0;
	state->marked = NAMI_ORD_NONE;
	nami_snapshot_adjacency(&op->execution->snapshot, state->near_type, state->near_direction,
							near, &state->near_scratch, &list);
	if (list.count > state->marked_capacity)
	{
		uint32_t	capacity = list.count + list.count / 2;

		state->marked_list = nami_arena_realloc(op->state_arena, state->marked_list,
												state->marked_capacity * sizeof(NamiOrd),
												capacity * sizeof(NamiOrd));
		state->marked_capacity = capacity;
	}
	for (uint32_t i = 0; i < list.count; i++)
	{
		nami_ord_set_add(&state->marks, list.other[i]);
		state->marked_list[state->marked_count++] = list.other[i];
	}
	state->marked = near;
}

/* Before the list of a pass is scanned: how its nodes are to be tested. */
static void
choose_test(NamiOp *op, IntersectState *state)
{
	uint32_t	near_count;

	state->is_marked = state->marked == state->near;
	if (state->is_marked || state->list.count == 0)
		return;
	near_count = nami_snapshot_degree(&op->execution->snapshot, state->near_type,
									  state->near_direction, state->near);
	if (near_count / SEARCH_FACTOR > state->list.count)
		return;
	mark_list(op, state, state->near);
	state->is_marked = true;
}

/* The second relationship, by its ends; found by position only where somebody looks at it. */
static bool
find_near(NamiOp *op, const IntersectState *state, NamiOrd other, NamiRel *rel)
{
	bool		is_out = state->near_direction == NAMI_OUT;
	NamiOrd		src = is_out ? state->near : other;
	NamiOrd		dst = is_out ? other : state->near;

	*rel = (NamiRel) {state->near_type, src, dst, NAMI_POS_NONE};
	if (state->is_marked && op->plan->near_rel == NAMI_SLOT_NONE)
		return true;
	rel->pos = nami_snapshot_find_edge(&op->execution->snapshot, state->near_type, src, dst);
	return rel->pos != NAMI_POS_NONE;
}

static void
try_node(NamiOp *op, IntersectState *state, uint32_t row, NamiOrd from, uint32_t i)
{
	const NamiPlanOp *plan = op->plan;
	const NamiHopPass *pass = &state->hops.passes[state->pass_index];
	NamiOrd		other = state->list.other[i];
	NamiRel		rel = {pass->type, from, other, nami_adjacency_pos(&state->list, i)};
	NamiRel		near_rel;

	if (pass->direction == NAMI_IN)
		rel = (NamiRel) {pass->type, other, from, rel.pos};
	if ((pass->skip_loops && other == from) || !find_near(op, state, other, &near_rel) ||
		(plan->near_differs && nami_rel_same(&rel, &near_rel)) ||
		nami_rel_is_in(plan->unique_with, plan->unique_count, state->input, row, &rel) ||
		nami_rel_is_in(plan->near_unique, plan->near_unique_count, state->input, row, &near_rel))
		return;
	state->parents[state->count] = (uint16_t) row;
	state->others[state->count] = other;
	state->rels[state->count] = rel;
	state->near_rels[state->count++] = near_rel;
}

/* The first place from i on whose node is marked, or the end. Nearly all time is spent here. */
static uint32_t
next_marked(const IntersectState *state, uint32_t i)
{
	const NamiOrdSet marks = state->marks;
	const NamiOrd *other = state->list.other;
	uint32_t	end = state->list.count;

	while (i < end && !nami_ord_set_has(&marks, other[i]))
		i++;
	return i;
}

static void
scan_list(NamiOp *op, IntersectState *state, uint32_t row, NamiOrd from)
{
	while (state->count < nami_op_batch_rows(op))
	{
		if (state->is_marked)
			state->list_index = next_marked(state, state->list_index);
		if (state->list_index >= state->list.count)
			return;
		try_node(op, state, row, from, state->list_index++);
	}
}

/* False when the batch is full before the row is used up. */
static bool
intersect_row(NamiOp *op, IntersectState *state, uint32_t row, NamiOrd from)
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
			choose_test(op, state);
		}
		scan_list(op, state, row, from);
		if (state->list_index < state->list.count)
			return false;
		state->list_open = false;
		state->pass_index++;
	}
	state->pass_index = 0;
	return true;
}

static void
begin_batch(NamiOp *op, IntersectState *state)
{
	nami_arena_reset(op->arena);
	state->parents = NAMI_NEW_ARRAY(op->arena, uint16_t, nami_op_batch_rows(op));
	state->others = NAMI_NEW_ARRAY(op->arena, NamiOrd, nami_op_batch_rows(op));
	state->rels = NAMI_NEW_ARRAY(op->arena, NamiRel, nami_op_batch_rows(op));
	state->near_rels = NAMI_NEW_ARRAY(op->arena, NamiRel, nami_op_batch_rows(op));
	state->count = 0;
}

static void
finish_batch(NamiOp *op, IntersectState *state, NamiBatch **out)
{
	nami_op_gather(op, state->input, state->parents, state->count);
	nami_batch_set_ords(&op->batch, op->plan->to, state->others);
	nami_batch_set_rels(&op->batch, op->plan->rel, state->rels);
	nami_batch_set_rels(&op->batch, op->plan->near_rel, state->near_rels);
	*out = &op->batch;
}

static NamiStatus
next_input(NamiOp *op, IntersectState *state, NamiError *err)
{
	NAMI_TRY(nami_op_next(op->input, &state->input, err));
	state->input_index = 0;
	if (state->input != NULL)
		start(op, state);
	return NAMI_OK;
}

static NamiStatus
intersect_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	IntersectState *state = op->state;

	*out = NULL;
	begin_batch(op, state);
	for (;;)
	{
		if (state->input == NULL || state->input_index >= state->input->selected_count)
		{
			/* The columns of the rows made so far belong to the input's present batch. */
			if (state->count > 0)
				break;
			NAMI_TRY(next_input(op, state, err));
			if (state->input == NULL)
				return NAMI_OK;
		}
		while (state->input_index < state->input->selected_count)
		{
			uint32_t	row = nami_batch_row(state->input, state->input_index);
			NamiOrd		from;

			if (!state->list_open && nami_op_is_row_done(op, state->input, row))
			{
				state->input_index++;
				continue;
			}
			NAMI_TRY(nami_hops_node(op, state->input, op->plan->from, row, &from, err));
			NAMI_TRY(nami_hops_node(op, state->input, op->plan->near, row, &state->near, err));
			if (from != NAMI_ORD_NONE && state->near != NAMI_ORD_NONE &&
				state->near_type != NAMI_NAME_UNKNOWN && !intersect_row(op, state, row, from))
			{
				finish_batch(op, state, out);
				return NAMI_OK;
			}
			state->input_index++;
		}
	}
	finish_batch(op, state, out);
	return NAMI_OK;
}

void
nami_op_init_intersect(NamiOp *op)
{
	op->open = intersect_open;
	op->next = intersect_next;
}
