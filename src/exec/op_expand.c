/*
 * op_expand.c - one hop: EXPAND finds the other end, EXPAND_INTO has both ends.
 */
#include "exec/operator.h"

/* One direction of one type: what a source's relationships are read from. */
typedef struct Pass
{
	NamiTypeId	type;
	NamiDirection direction;
	bool		skip_loops;		/* second direction of an undirected pattern */
} Pass;

typedef struct ExpandState
{
	NamiBatch  *input;
	uint32_t	input_index;
	Pass	   *passes;
	uint32_t	pass_count;
	uint32_t	pass_index;
	NamiAdjacency list;
	uint32_t	list_index;
	bool		list_open;
	NamiAdjacencyScratch scratch;
	uint32_t	types_known;	/* catalog count when the passes were made */
	/* output being filled */
	uint16_t   *parents;
	NamiOrd    *others;
	NamiRel    *rels;
	uint32_t	count;
} ExpandState;

static void
add_passes(NamiOp *op, ExpandState *state, NamiTypeId type)
{
	NamiPatternDirection direction = op->plan->direction;

	if (type == NAMI_NAME_UNKNOWN)
		return;
	for (uint32_t i = 0; i < state->pass_count; i++)
	{
		if (state->passes[i].type == type)
			return;
	}
	if (direction != NAMI_DIR_IN)
		state->passes[state->pass_count++] = (Pass) {type, NAMI_OUT, false};
	if (direction != NAMI_DIR_OUT)
		state->passes[state->pass_count++] = (Pass) {type, NAMI_IN, direction == NAMI_DIR_BOTH};
}

/* Made when the first row arrives: a clause before may have created the type. */
static void
make_passes(NamiOp *op, ExpandState *state)
{
	const NamiPlanOp *plan = op->plan;
	const NamiTypeId *types = NULL;
	uint32_t	count = plan->type_count;

	if (count == 0)
		count = nami_snapshot_edge_types(&op->execution->snapshot, op->state_arena, &types);
	state->passes = NAMI_NEW_ARRAY(op->state_arena, Pass, 2 * (size_t) count + 1);
	state->pass_count = 0;
	for (uint32_t i = 0; i < count; i++)
		add_passes(op, state, types != NULL ? types[i] : plan->types[i].number);
}

static NamiStatus
expand_open(NamiOp *op, NamiError *err)
{
	ExpandState *state = NAMI_NEW(op->state_arena, ExpandState);

	state->scratch.arena = op->state_arena;
	op->state = state;
	return NAMI_OK;
}

static bool
same_rel(const NamiRel *a, const NamiRel *b)
{
	return a->type == b->type && a->src == b->src && a->dst == b->dst;
}

static bool
is_in_value(NamiValue value, const NamiRel *rel)
{
	if (value.kind == NAMI_REL)
		return same_rel(value.rel, rel);
	if (value.kind != NAMI_LIST)
		return false;
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (value.items[i].kind == NAMI_REL && same_rel(value.items[i].rel, rel))
			return true;
	}
	return false;
}

/* Within one MATCH no relationship is used twice (spec/cypher.md 5.1). */
static bool
is_used(const NamiPlanOp *plan, const NamiBatch *input, uint32_t row, const NamiRel *rel)
{
	for (uint32_t i = 0; i < plan->unique_count; i++)
	{
		const NamiVector *vector = &input->columns[plan->unique_with[i]];

		if (vector->kind == NAMI_VEC_REL)
		{
			if (same_rel(&vector->rels[vector->is_constant ? 0 : row], rel))
				return true;
		}
		else if (is_in_value(nami_vector_value(vector, row), rel))
			return true;
	}
	return false;
}

static NamiRel
make_rel(const Pass *pass, NamiOrd from, NamiOrd other, NamiEdgePos pos)
{
	if (pass->direction == NAMI_OUT)
		return (NamiRel) {pass->type, from, other, pos};
	return (NamiRel) {pass->type, other, from, pos};
}

static void
begin_batch(NamiOp *op, ExpandState *state)
{
	nami_arena_reset(op->arena);
	state->parents = NAMI_NEW_ARRAY(op->arena, uint16_t, NAMI_BATCH_ROWS);
	state->others = NAMI_NEW_ARRAY(op->arena, NamiOrd, NAMI_BATCH_ROWS);
	state->rels = NAMI_NEW_ARRAY(op->arena, NamiRel, NAMI_BATCH_ROWS);
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

static NamiStatus
source_of(NamiOp *op, const NamiBatch *input, NamiSlot slot, uint32_t row, NamiOrd *out,
		  NamiError *err)
{
	if (nami_batch_node(input, slot, row, out))
		return NAMI_OK;
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", op->plan->position,
						"expected a NODE in the pattern, got %s",
						nami_kind_name(nami_vector_value(&input->columns[slot], row).kind));
}

/* Takes from the open list until the batch is full. */
static void
drain_list(NamiOp *op, ExpandState *state, uint32_t row, NamiOrd from)
{
	const Pass *pass = &state->passes[state->pass_index];

	while (state->list_index < state->list.count && state->count < NAMI_BATCH_ROWS)
	{
		uint32_t	i = state->list_index++;
		NamiOrd		other = state->list.other[i];
		NamiRel		rel = make_rel(pass, from, other, nami_adjacency_pos(&state->list, i));

		if (pass->skip_loops && other == from)
			continue;
		if (op->plan->unique_count > 0 && is_used(op->plan, state->input, row, &rel))
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
	while (state->pass_index < state->pass_count)
	{
		const Pass *pass = &state->passes[state->pass_index];

		if (!state->list_open)
		{
			nami_snapshot_adjacency(&op->execution->snapshot, pass->type, pass->direction, from,
									&state->scratch, &state->list);
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
			if (state->passes == NULL)
				make_passes(op, state);
		}
		while (state->input_index < state->input->selected_count)
		{
			uint32_t	row = nami_batch_row(state->input, state->input_index);
			NamiOrd		from;

			NAMI_TRY(source_of(op, state->input, op->plan->from, row, &from, err));
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
find_edge(NamiOp *op, const Pass *pass, NamiOrd from, NamiOrd to, NamiRel *rel)
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

/* At most one relationship per pass, so a row gives at most pass_count rows. */
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
			if (state->passes == NULL)
				make_passes(op, state);
		}
		while (state->input_index < state->input->selected_count &&
			   state->count + state->pass_count <= NAMI_BATCH_ROWS)
		{
			uint32_t	row = nami_batch_row(state->input, state->input_index++);
			NamiOrd		from;
			NamiOrd		to;

			NAMI_TRY(source_of(op, state->input, op->plan->from, row, &from, err));
			NAMI_TRY(source_of(op, state->input, op->plan->to, row, &to, err));
			if (from == NAMI_ORD_NONE || to == NAMI_ORD_NONE)
				continue;
			for (uint32_t i = 0; i < state->pass_count; i++)
			{
				NamiRel    *rel = &state->rels[state->count];

				if (!find_edge(op, &state->passes[i], from, to, rel) ||
					(op->plan->unique_count > 0 && is_used(op->plan, state->input, row, rel)))
					continue;
				state->parents[state->count++] = (uint16_t) row;
			}
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
