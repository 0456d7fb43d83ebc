/*
 * op_join.c - CROSS and HASH_JOIN: every row of the input with the rows of the inner side.
 *
 * The inner side does not depend on the input. It is read, once, when the first row of the input has
 * come, so that writes below the input are done by then, and nothing of it is read for no rows.
 */
#include "exec/operator.h"

/* ---- joins --------------------------------------------------------------------------------- */

/* The inner side: in memory of its own, so that a plan that is opened again can go on using it. */
typedef struct JoinSide
{
	NamiArena  *arena;
	NamiRowStore rows;
	uint64_t   *hashes;			/* HASH_JOIN: per row */
	NamiValue **keys;			/* NULL for a row that joins nothing */
	uint32_t   *chain;			/* next row of the same bucket + 1 */
	uint32_t   *buckets;		/* first row + 1 */
	size_t		mask;
	size_t		key_capacity;
	bool		is_loaded;
} JoinSide;

typedef struct JoinState
{
	NamiBatch  *outer;
	uint32_t	outer_index;
	uint64_t	inner_index;	/* CROSS: next row; HASH_JOIN: next of the chain + 1, 0: none */
	bool		row_open;
	NamiValue **keys;			/* of the outer batch */
} JoinState;

/* Rows that were read before are the same again unless the statement writes. */
static NamiStatus
join_open(NamiOp *op, NamiError *err)
{
	JoinState  *state = NAMI_NEW(op->state_arena, JoinState);
	JoinSide   *side = op->kept;

	op->state = state;
	state->keys = NAMI_NEW_ARRAY(op->state_arena, NamiValue *, op->plan->item_count + 1);
	if (side != NULL && side->is_loaded && !op->execution->plan->writes)
		return NAMI_OK;
	if (op->kept_arena == NULL)
		op->kept_arena = nami_arena_create(nami_arena_allocator(op->arena),
										   nami_arena_account(op->arena));
	nami_arena_reset(op->kept_arena);
	side = NAMI_NEW(op->kept_arena, JoinSide);
	side->arena = op->kept_arena;
	nami_row_store_init(&side->rows, side->arena, op->plan->inner->live,
						op->plan->inner->live_count);
	op->kept = side;
	return nami_op_open(op->inner, err);
}

static uint64_t
key_hash(NamiValue *const *columns, uint32_t count, uint32_t row, bool *has_null)
{
	uint64_t	hash = 1;

	*has_null = false;
	for (uint32_t i = 0; i < count; i++)
	{
		*has_null |= columns[i][row].kind == NAMI_NULL;
		hash = hash * UINT64_C(0x9E3779B97F4A7C15) + nami_value_hash(columns[i][row]);
	}
	return hash ^ (hash >> 32);
}

static NamiStatus
store_inner_keys(NamiOp *op, JoinSide *side, const NamiBatch *batch, NamiError *err)
{
	uint32_t	width = op->plan->item_count;
	NamiValue **columns = NAMI_NEW_ARRAY(op->arena, NamiValue *, width + 1);
	uint64_t	first = side->rows.count;

	for (uint32_t i = 0; i < width; i++)
	{
		columns[i] = nami_op_values(op, batch);
		NAMI_TRY(nami_op_eval(op, op->plan->inner_keys[i], batch, columns[i], err));
	}
	if (first + batch->selected_count > side->key_capacity)
	{
		size_t		old = side->key_capacity;
		size_t		capacity = old == 0 ? 4096 : old * 2;

		side->hashes = nami_arena_realloc(side->arena, side->hashes, old * sizeof(uint64_t),
										  capacity * sizeof(uint64_t));
		side->keys = nami_arena_realloc(side->arena, side->keys, old * sizeof(NamiValue *),
										capacity * sizeof(NamiValue *));
		side->key_capacity = capacity;
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiValue  *tuple = NAMI_NEW_ARRAY(side->arena, NamiValue, width + 1);
		bool		has_null;

		side->hashes[first + i] = key_hash(columns, width, row, &has_null);
		for (uint32_t j = 0; j < width; j++)
			tuple[j] = nami_value_copy(side->arena, columns[j][row]);
		side->keys[first + i] = has_null ? NULL : tuple;
	}
	return NAMI_OK;
}

static NamiStatus
load_inner(NamiOp *op, JoinSide *side, NamiError *err)
{
	bool		is_hash = op->plan->kind == NAMI_PLAN_HASH_JOIN;
	size_t		buckets = 64;

	for (;;)
	{
		NamiBatch  *batch;

		NAMI_TRY(nami_op_next(op->inner, &batch, err));
		if (batch == NULL)
			break;
		nami_arena_reset(op->arena);
		if (is_hash)
			NAMI_TRY(store_inner_keys(op, side, batch, err));
		nami_row_store_add(&side->rows, batch);
		if (side->rows.count > UINT32_MAX / 2)
			return nami_fail(err, NAMI_ERR_LIMIT, "too many rows to join");
	}
	side->is_loaded = true;
	if (!is_hash)
		return NAMI_OK;
	while (buckets < side->rows.count * 2)
		buckets *= 2;
	side->mask = buckets - 1;
	side->buckets = nami_arena_alloc0(side->arena, buckets * sizeof(uint32_t));
	side->chain = nami_arena_alloc0(side->arena, (side->rows.count + 1) * sizeof(uint32_t));
	for (uint64_t i = side->rows.count; i-- > 0;)
	{
		size_t		bucket = side->hashes[i] & side->mask;

		if (side->keys[i] == NULL)
			continue;
		side->chain[i] = side->buckets[bucket];
		side->buckets[bucket] = (uint32_t) i + 1;
	}
	return NAMI_OK;
}

static bool
keys_equal(const JoinState *state, const JoinSide *side, uint32_t width, uint32_t row,
		   uint64_t inner_row)
{
	for (uint32_t i = 0; i < width; i++)
	{
		if (nami_value_equal(state->keys[i][row], side->keys[inner_row][i]) != NAMI_TRUE)
			return false;
	}
	return true;
}

/* The next inner row that joins the outer row; false when there is none. */
static bool
next_match(NamiOp *op, JoinState *state, uint32_t row, uint32_t *match)
{
	const JoinSide *side = op->kept;
	uint32_t	width = op->plan->item_count;

	if (op->plan->kind == NAMI_PLAN_CROSS)
	{
		if (!state->row_open)
			state->inner_index = 0;
		state->row_open = true;
		if (state->inner_index >= side->rows.count)
			return false;
		*match = (uint32_t) state->inner_index++;
		return true;
	}
	if (!state->row_open)
	{
		bool		has_null;
		uint64_t	hash = key_hash(state->keys, width, row, &has_null);

		state->inner_index = has_null ? 0 : side->buckets[hash & side->mask];
		state->row_open = true;
	}
	while (state->inner_index != 0)
	{
		uint32_t	candidate = (uint32_t) state->inner_index - 1;

		state->inner_index = side->chain[candidate];
		if (keys_equal(state, side, width, row, candidate))
		{
			*match = candidate;
			return true;
		}
	}
	return false;
}

static NamiStatus
next_outer(NamiOp *op, JoinState *state, NamiError *err)
{
	NamiEvalContext *ctx = &op->execution->eval;

	NAMI_TRY(nami_op_next(op->input, &state->outer, err));
	state->outer_index = 0;
	state->row_open = false;
	if (state->outer == NULL)
		return NAMI_OK;
	for (uint32_t i = 0; i < op->plan->item_count; i++)
	{
		NamiArena  *saved = ctx->arena;
		NamiStatus	status;

		ctx->arena = i == 0 ? nami_op_aux_arena(op) : op->aux_arena;
		state->keys[i] = NAMI_NEW_ARRAY(ctx->arena, NamiValue, state->outer->row_count + 1);
		status = nami_eval(ctx, op->plan->items[i].expr, state->outer, state->keys[i], err);
		ctx->arena = saved;
		NAMI_TRY(status);
	}
	return NAMI_OK;
}

/* Inner columns of matches[0..count) beside the gathered outer ones. */
static void
emit_join(NamiOp *op, JoinState *state, const uint16_t *parents, const uint32_t *matches,
		  uint32_t count)
{
	NamiVector *inner = NAMI_NEW_ARRAY(op->arena, NamiVector, op->batch.slot_count + 1);

	nami_row_store_emit(&((JoinSide *) op->kept)->rows, op, matches, 0, count);
	memcpy(inner, op->batch.columns, op->batch.slot_count * sizeof(NamiVector));
	nami_op_gather(op, state->outer, parents, count);
	for (uint32_t i = 0; i < op->plan->live_count; i++)
	{
		NamiSlot	slot = op->plan->live[i];

		if (inner[slot].kind != NAMI_VEC_NONE)
			op->batch.columns[slot] = inner[slot];
	}
}

static NamiStatus
join_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	JoinState  *state = op->state;
	JoinSide   *side = op->kept;
	uint16_t   *parents;
	uint32_t   *matches;
	uint32_t	count = 0;

	*out = NULL;
	if (state->outer == NULL)
	{
		NAMI_TRY(next_outer(op, state, err));
		if (state->outer == NULL)
			return NAMI_OK;
		if (!side->is_loaded)
			NAMI_TRY(load_inner(op, side, err));
	}
	nami_arena_reset(op->arena);
	parents = NAMI_NEW_ARRAY(op->arena, uint16_t, nami_op_batch_rows(op));
	matches = NAMI_NEW_ARRAY(op->arena, uint32_t, nami_op_batch_rows(op));
	while (count == 0)
	{
		if (side->rows.count == 0)
			return NAMI_OK;
		if (state->outer_index >= state->outer->selected_count)
		{
			NAMI_TRY(next_outer(op, state, err));
			if (state->outer == NULL)
				return NAMI_OK;
		}
		while (state->outer_index < state->outer->selected_count && count < nami_op_batch_rows(op))
		{
			uint32_t	row = nami_batch_row(state->outer, state->outer_index);

			if (!next_match(op, state, row, &matches[count]))
			{
				state->outer_index++;
				state->row_open = false;
				continue;
			}
			parents[count++] = (uint16_t) row;
		}
	}
	emit_join(op, state, parents, matches, count);
	*out = &op->batch;
	return NAMI_OK;
}

/* SEMI, ANTI: the rows of the input that some, that no row of the inner side joins. */
static NamiStatus
semi_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	JoinState  *state = op->state;
	JoinSide   *side = op->kept;
	uint16_t   *selection;
	uint32_t	count = 0;

	*out = NULL;
	NAMI_TRY(next_outer(op, state, err));
	if (state->outer == NULL)
		return NAMI_OK;
	if (!side->is_loaded)
		NAMI_TRY(load_inner(op, side, err));
	nami_arena_reset(op->arena);
	selection = NAMI_NEW_ARRAY(op->arena, uint16_t, state->outer->row_count + 1);
	for (uint32_t i = 0; i < state->outer->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(state->outer, i);
		uint32_t	match;

		state->row_open = false;
		if (next_match(op, state, row, &match) == (op->plan->apply_kind == NAMI_APPLY_SEMI))
			selection[count++] = (uint16_t) row;
	}
	nami_op_pass(op, state->outer);
	op->batch.selection = selection;
	op->batch.selected_count = count;
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_join(NamiOp *op)
{
	op->open = join_open;
	op->next = op->plan->apply_kind == NAMI_APPLY_INNER ? join_next : semi_next;
}
