/*
 * op_call.c - CALL of a procedure: once per input row, whose columns go with each row it gives.
 */
#include "exec/operator.h"
#include "exec/procedures.h"

typedef struct CallState
{
	NamiBatch  *input;
	NamiValue **args;			/* per argument: values by input row; in the aux arena */
	uint32_t	input_index;
	NamiProcedureCall call;		/* of the current input row; its rows are in the scratch arena */
	uint32_t	row;			/* next row of it to hand out */
	uint32_t	row_count;
	bool		is_running;		/* call is open */
} CallState;

static NamiStatus
call_open(NamiOp *op, NamiError *err)
{
	op->state = NAMI_NEW(op->state_arena, CallState);
	return NAMI_OK;
}

static NamiStatus
load_input(NamiOp *op, CallState *state, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiEvalContext *ctx = &op->execution->eval;
	NamiArena  *saved = ctx->arena;
	NamiStatus	status = NAMI_OK;

	NAMI_TRY(nami_op_next(op->input, &state->input, err));
	if (state->input == NULL)
		return NAMI_OK;
	ctx->arena = nami_op_aux_arena(op);
	state->args = NAMI_NEW_ARRAY(ctx->arena, NamiValue *, plan->expr_count + (size_t) 1);
	for (uint32_t i = 0; i < plan->expr_count && status == NAMI_OK; i++)
	{
		state->args[i] = NAMI_NEW_ARRAY(ctx->arena, NamiValue, state->input->row_count + 1);
		status = nami_eval(ctx, plan->exprs[i], state->input, state->args[i], err);
	}
	ctx->arena = saved;
	state->input_index = 0;
	return status;
}

static NamiStatus
run_procedure(NamiOp *op, CallState *state, uint32_t input_row, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiEvalContext *ctx = &op->execution->eval;
	NamiArena  *saved = ctx->arena;
	NamiArena  *arena = op->scratch_arena;
	NamiValue  *args = NAMI_NEW_ARRAY(arena, NamiValue, plan->expr_count + (size_t) 1);
	uint32_t	columns = plan->procedure->column_count;
	NamiProcedureRun run = *(const NamiProcedureRun *) plan->procedure->implementation;
	NamiStatus	status;

	for (uint32_t i = 0; i < plan->expr_count; i++)
		args[i] = state->args[i][input_row];
	state->call = (NamiProcedureCall) {
		.procedure = plan->procedure, .ctx = ctx, .args = args, .arg_count = plan->expr_count,
		.arena = arena, .position = plan->position,
	};
	ctx->arena = arena;
	status = run(&state->call, err);
	ctx->arena = saved;
	if (status != NAMI_OK && err->position < 0)
		err->position = plan->position;
	state->is_running = true;
	state->row = 0;
	state->row_count = columns > 0 ? (uint32_t) (state->call.cells.count / columns) : 1;
	return status;
}

/* Results of calls whose rows are all handed out are dropped only between two batches. */
static void
drop_results(NamiOp *op, CallState *state)
{
	if (!state->is_running)
		nami_op_scratch_arena(op);
}

static NamiStatus
call_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	CallState  *state = op->state;
	uint16_t   *parents;
	NamiValue **values;
	uint32_t	count = 0;

	*out = NULL;
	if (state->input == NULL || state->input_index >= state->input->selected_count)
	{
		NAMI_TRY(load_input(op, state, err));
		if (state->input == NULL)
			return NAMI_OK;
	}
	nami_arena_reset(op->arena);
	drop_results(op, state);
	parents = NAMI_NEW_ARRAY(op->arena, uint16_t, nami_op_batch_rows(op));
	values = NAMI_NEW_ARRAY(op->arena, NamiValue *, plan->item_count + (size_t) 1);
	for (uint32_t i = 0; i < plan->item_count; i++)
		values[i] = NAMI_NEW_ARRAY(op->arena, NamiValue, nami_op_batch_rows(op));
	while (state->input_index < state->input->selected_count && count < nami_op_batch_rows(op))
	{
		uint32_t	input_row = nami_batch_row(state->input, state->input_index);

		if (!state->is_running)
		{
			NAMI_TRY(nami_op_check(op, err));
			NAMI_TRY(run_procedure(op, state, input_row, err));
		}
		for (; state->row < state->row_count && count < nami_op_batch_rows(op); state->row++, count++)
		{
			const NamiValue *cells = state->call.cells.items +
				(size_t) state->row * plan->procedure->column_count;

			parents[count] = (uint16_t) input_row;
			for (uint32_t i = 0; i < plan->item_count; i++)
				values[i][count] = cells[plan->columns[i]];
		}
		if (state->row < state->row_count)
			break;
		state->is_running = false;
		state->input_index++;
	}
	nami_op_gather(op, state->input, parents, count);
	for (uint32_t i = 0; i < plan->item_count; i++)
		nami_batch_set_values(&op->batch, plan->items[i].slot, values[i]);
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_call(NamiOp *op)
{
	op->open = call_open;
	op->next = call_next;
}
