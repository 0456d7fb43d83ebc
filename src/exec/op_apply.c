/*
 * op_apply.c - inner plans: APPLY and SUBPLAN expressions.
 *
 * An inner plan runs once per outer batch: its rows carry the number of the outer row they belong
 * to. Plans that aggregate, limit or write run once per outer row instead, with a batch of one.
 */
#include "exec/operator.h"

/* ---- apply --------------------------------------------------------------------------------- */

typedef struct ApplyState
{
	NamiBatch  *outer;			/* from the input */
	NamiBatch	view;			/* what the inner plan sees: outer, or one row of it */
	uint16_t	view_row;
	uint32_t	next_row;		/* row by row: next selected row of outer */
	bool		row_by_row;
	bool		inner_open;
	uint64_t   *matched;		/* bitmap by outer row */
	bool		pending_unmatched;	/* OPTIONAL: rows without result are still to be given */
} ApplyState;

static NamiStatus
apply_open(NamiOp *op, NamiError *err)
{
	ApplyState *state = NAMI_NEW(op->state_arena, ApplyState);

	state->row_by_row = nami_plan_is_row_by_row(op->plan->inner);
	state->matched = NAMI_NEW_ARRAY(op->state_arena, uint64_t, NAMI_BATCH_ROWS / 64);
	op->state = state;
	return NAMI_OK;
}

static void
mark(uint64_t *bitmap, uint32_t row)
{
	bitmap[row / 64] |= UINT64_C(1) << (row % 64);
}

static bool
is_marked(const uint64_t *bitmap, uint32_t row)
{
	return (bitmap[row / 64] >> (row % 64)) & 1;
}

/* The outer row (of state->outer) that row of an inner batch belongs to. */
static uint32_t
outer_row(const ApplyState *state, const NamiBatch *inner, uint32_t row)
{
	if (state->row_by_row)
		return state->view_row;
	NAMI_ASSERT(inner->outer_rows != NULL);
	return inner->outer_rows[row];
}

static NamiStatus
next_outer_batch(NamiOp *op, ApplyState *state, NamiError *err)
{
	NAMI_TRY(nami_op_next(op->input, &state->outer, err));
	state->next_row = 0;
	if (state->outer != NULL)
	{
		NAMI_ASSERT(state->outer->row_count <= NAMI_BATCH_ROWS);
		memset(state->matched, 0, NAMI_BATCH_ROWS / 8);
	}
	return NAMI_OK;
}

/* Opens the inner plan on the next outer row or batch; false when the outer batch is used up. */
static NamiStatus
start_inner(NamiOp *op, ApplyState *state, bool *started, NamiError *err)
{
	*started = false;
	if (state->next_row >= state->outer->selected_count)
		return NAMI_OK;
	if (state->row_by_row)
	{
		state->view_row = (uint16_t) nami_batch_row(state->outer, state->next_row++);
		state->view = *state->outer;
		state->view.selection = &state->view_row;
		state->view.selected_count = 1;
	}
	else
	{
		state->view = *state->outer;
		state->next_row = state->outer->selected_count;
	}
	op->inner_argument.batch = &state->view;
	op->inner_argument.done = op->plan->stops_early ? state->matched : NULL;
	NAMI_TRY(nami_op_open(op->inner, err));
	state->inner_open = true;
	*started = true;
	return NAMI_OK;
}

/* Joins an inner batch with its outer rows. */
static void
emit_inner(NamiOp *op, ApplyState *state, const NamiBatch *inner)
{
	uint32_t	count = inner->selected_count;
	uint16_t   *outer_rows = NAMI_NEW_ARRAY(op->arena, uint16_t, count + 1);
	uint16_t   *inner_rows = NAMI_NEW_ARRAY(op->arena, uint16_t, count + 1);
	NamiBatch	outer_part;
	NamiVector *columns;

	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	row = nami_batch_row(inner, i);

		inner_rows[i] = (uint16_t) row;
		outer_rows[i] = (uint16_t) outer_row(state, inner, row);
		mark(state->matched, outer_rows[i]);
	}
	/* First the outer columns, set aside; then the inner ones take their place where they exist. */
	nami_op_gather(op, state->outer, outer_rows, count);
	columns = NAMI_NEW_ARRAY(op->arena, NamiVector, op->batch.slot_count + 1);
	memcpy(columns, op->batch.columns, op->batch.slot_count * sizeof(NamiVector));
	outer_part = op->batch;
	nami_op_gather(op, inner, inner_rows, count);
	for (uint32_t i = 0; i < op->plan->live_count; i++)
	{
		NamiSlot	slot = op->plan->live[i];

		if (columns[slot].kind != NAMI_VEC_NONE)
			op->batch.columns[slot] = columns[slot];
	}
	op->batch.outer_rows = outer_part.outer_rows;
}

/* OPTIONAL: outer rows without a result, inner slots null. */
static bool
emit_unmatched(NamiOp *op, ApplyState *state)
{
	static const NamiValue null_value = {.kind = NAMI_NULL};
	uint16_t   *rows = NAMI_NEW_ARRAY(op->arena, uint16_t, state->outer->selected_count + 1);
	uint32_t	count = 0;

	for (uint32_t i = 0; i < state->outer->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(state->outer, i);

		if (!is_marked(state->matched, row))
			rows[count++] = (uint16_t) row;
	}
	if (count == 0)
		return false;
	nami_op_gather(op, state->outer, rows, count);
	for (uint32_t i = 0; i < op->plan->live_count; i++)
	{
		NamiVector *column = &op->batch.columns[op->plan->live[i]];

		if (column->kind == NAMI_VEC_NONE)
			*column = (NamiVector) {
				.kind = NAMI_VEC_VALUE, .is_constant = true, .values = &null_value
			};
	}
	return true;
}

/* INNER and OPTIONAL. */
static NamiStatus
apply_rows_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ApplyState *state = op->state;
	bool		is_optional = op->plan->apply_kind == NAMI_APPLY_OPTIONAL;

	*out = NULL;
	nami_arena_reset(op->arena);
	for (;;)
	{
		NamiBatch  *inner = NULL;
		bool		started;

		if (state->inner_open)
		{
			NAMI_TRY(nami_op_next(op->inner, &inner, err));
			if (inner != NULL)
			{
				emit_inner(op, state, inner);
				*out = &op->batch;
				return NAMI_OK;
			}
			state->inner_open = false;
		}
		if (state->outer != NULL)
		{
			NAMI_TRY(start_inner(op, state, &started, err));
			if (started)
				continue;
			if (is_optional && state->pending_unmatched)
			{
				state->pending_unmatched = false;
				if (emit_unmatched(op, state))
				{
					*out = &op->batch;
					return NAMI_OK;
				}
			}
		}
		NAMI_TRY(next_outer_batch(op, state, err));
		if (state->outer == NULL)
			return NAMI_OK;
		state->pending_unmatched = true;
	}
}

/* SEMI, ANTI and UNIT: the outer batch comes back, reduced or whole. */
static NamiStatus
apply_filter_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ApplyState *state = op->state;
	uint16_t   *selection;
	uint32_t	count = 0;
	bool		started;

	*out = NULL;
	NAMI_TRY(next_outer_batch(op, state, err));
	if (state->outer == NULL)
		return NAMI_OK;
	for (;;)
	{
		NamiBatch  *inner;

		NAMI_TRY(start_inner(op, state, &started, err));
		if (!started)
			break;
		do
		{
			NAMI_TRY(nami_op_next(op->inner, &inner, err));
			for (uint32_t i = 0; inner != NULL && i < inner->selected_count; i++)
				mark(state->matched, outer_row(state, inner, nami_batch_row(inner, i)));
		} while (inner != NULL && !(state->row_by_row && op->plan->stops_early));
	}
	nami_arena_reset(op->arena);
	selection = NAMI_NEW_ARRAY(op->arena, uint16_t, state->outer->selected_count + 1);
	for (uint32_t i = 0; i < state->outer->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(state->outer, i);

		if (op->plan->apply_kind == NAMI_APPLY_UNIT ||
			is_marked(state->matched, row) == (op->plan->apply_kind == NAMI_APPLY_SEMI))
			selection[count++] = (uint16_t) row;
	}
	nami_op_pass(op, state->outer);
	op->batch.selection = selection;
	op->batch.selected_count = count;
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- subplan expressions ------------------------------------------------------------------- */

typedef struct Collected
{
	NamiValue  *items;
	uint32_t	count;
	uint32_t	capacity;
} Collected;

static void
collect_value(NamiArena *arena, Collected *list, NamiValue value)
{
	if (list->count == list->capacity)
	{
		uint32_t	capacity = list->capacity == 0 ? 4 : list->capacity * 2;

		list->items = nami_arena_realloc(arena, list->items, list->capacity * sizeof(NamiValue),
										 capacity * sizeof(NamiValue));
		list->capacity = capacity;
	}
	list->items[list->count++] = nami_value_copy(arena, value);
}

static void
fold_row(NamiEvalContext *ctx, const NamiSubplan *subplan, const NamiBatch *inner, uint32_t row,
		 uint32_t target, Collected *lists, NamiValue *out)
{
	switch (subplan->kind)
	{
		case NAMI_SUBPLAN_EXISTS:
			out[target] = nami_value_bool(true);
			break;
		case NAMI_SUBPLAN_COUNT:
			out[target].integer++;
			break;
		case NAMI_SUBPLAN_COLLECT:
			collect_value(ctx->arena, &lists[target],
						  nami_vector_value(&inner->columns[subplan->result], row));
			break;
		case NAMI_SUBPLAN_FIRST:
			if (lists[target].count++ == 0)
				out[target] = nami_value_copy(ctx->arena,
											  nami_vector_value(&inner->columns[subplan->result],
																row));
			break;
	}
}

/* Runs the inner plan over one view of the outer batch; rows go to outer_row or by number. */
static NamiStatus
run_inner(NamiEvalContext *ctx, NamiSubplanState *state, const NamiSubplan *subplan,
		  const NamiBatch *view, int32_t fixed_row, Collected *lists, NamiValue *out,
		  NamiError *err)
{
	NamiArena  *saved = ctx->arena;
	uint64_t   *done = subplan->stops_early ?
		nami_arena_alloc0(ctx->arena, (view->row_count / 64 + 1) * sizeof(uint64_t)) : NULL;
	NamiBatch  *inner;

	state->argument.batch = view;
	state->argument.done = done;
	NAMI_TRY(nami_op_open(state->root, err));
	do
	{
		NAMI_TRY(nami_op_next(state->root, &inner, err));
		ctx->arena = saved;
		for (uint32_t i = 0; inner != NULL && i < inner->selected_count; i++)
		{
			uint32_t	row = nami_batch_row(inner, i);
			uint32_t	target = fixed_row >= 0 ? (uint32_t) fixed_row : inner->outer_rows[row];

			fold_row(ctx, subplan, inner, row, target, lists, out);
			if (done != NULL)
				mark(done, target);
			if (fixed_row >= 0 && subplan->kind == NAMI_SUBPLAN_EXISTS)
				return NAMI_OK;
		}
	} while (inner != NULL);
	return NAMI_OK;
}

/* A plan that reads nothing of the rows: its result is kept for the whole statement. */
static NamiStatus
run_once(NamiEvalContext *ctx, NamiSubplanState *state, const NamiSubplan *subplan,
		 const NamiBatch *batch, Collected *lists, NamiValue *out, NamiError *err)
{
	NamiExecution *execution = ctx->executor;
	uint16_t	first = (uint16_t) nami_batch_row(batch, 0);
	NamiBatch	view = *batch;

	if (!state->has_result)
	{
		view.selection = &first;
		view.selected_count = 1;
		NAMI_TRY(run_inner(ctx, state, subplan, &view, first, lists, out, err));
		if (subplan->kind == NAMI_SUBPLAN_COLLECT)
			out[first] = nami_value_list(lists[first].items, lists[first].count);
		state->result = nami_value_copy(execution->arena, out[first]);
		state->has_result = true;
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
		out[nami_batch_row(batch, i)] = state->result;
	return NAMI_OK;
}

NamiStatus
nami_subplan_run(NamiEvalContext *ctx, const NamiSubplan *subplan, const NamiBatch *batch,
				 NamiValue *out, NamiError *err)
{
	NamiExecution *execution = ctx->executor;
	NamiSubplanState *state = &execution->subplans[subplan->number];
	Collected  *lists = nami_arena_alloc0(ctx->arena, (batch->row_count + 1) * sizeof(Collected));

	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		out[row] = subplan->kind == NAMI_SUBPLAN_EXISTS ? nami_value_bool(false) :
			subplan->kind == NAMI_SUBPLAN_COUNT ? nami_value_int(0) : nami_value_null();
	}
	if (subplan->is_constant && !execution->plan->writes && batch->selected_count > 0)
		return run_once(ctx, state, subplan, batch, lists, out, err);
	if (!state->row_by_row)
		NAMI_TRY(run_inner(ctx, state, subplan, batch, -1, lists, out, err));
	for (uint32_t i = 0; state->row_by_row && i < batch->selected_count; i++)
	{
		uint16_t	row = (uint16_t) nami_batch_row(batch, i);
		NamiBatch	view = *batch;

		view.selection = &row;
		view.selected_count = 1;
		NAMI_TRY(run_inner(ctx, state, subplan, &view, row, lists, out, err));
	}
	for (uint32_t i = 0; subplan->kind == NAMI_SUBPLAN_COLLECT && i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		out[row] = nami_value_list(lists[row].items, lists[row].count);
	}
	return NAMI_OK;
}

void
nami_op_init_apply(NamiOp *op)
{
	op->open = apply_open;
	op->next = op->plan->apply_kind == NAMI_APPLY_INNER ||
		op->plan->apply_kind == NAMI_APPLY_OPTIONAL ? apply_rows_next : apply_filter_next;
}
