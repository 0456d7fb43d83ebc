/*
 * op_row.c - operators that work row by row: FILTER, PROJECT, UNWIND, SKIP, LIMIT, UNION,
 * EMPTY_RESULT.
 */
#include "exec/eval_internal.h"
#include "exec/operator.h"

#include "exec/filter_typed.h"

/* ---- filter -------------------------------------------------------------------------------- */

static NamiStatus
stateless_open(NamiOp *op, NamiError *err)
{
	return NAMI_OK;
}

static NamiStatus
filter_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	NamiEvalContext *ctx = &op->execution->eval;
	NamiArena  *saved = ctx->arena;
	NamiBatch  *input;
	uint16_t   *selection;
	uint32_t	count;
	bool		done;
	NamiStatus	status;

	NAMI_TRY(nami_op_next(op->input, &input, err));
	*out = NULL;
	if (input == NULL)
		return NAMI_OK;
	nami_arena_reset(op->arena);
	selection = NAMI_NEW_ARRAY(op->arena, uint16_t, input->row_count + 1);
	ctx->arena = op->arena;
	done = false;
	status = NAMI_OK;
	if (!op->execution->plan->is_plain)
		status = nami_filter_typed(ctx, op->plan->predicate, input, selection, &count, &done, err);
	if (status == NAMI_OK && !done)
		status = nami_eval_filter(ctx, op->plan->predicate, input, selection, &count, err);
	ctx->arena = saved;
	NAMI_TRY(status);
	nami_op_pass(op, input);
	op->batch.selection = selection;
	op->batch.selected_count = count;
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- project ------------------------------------------------------------------------------- */

/*
 * An item may be computed from slots that are not live above, and two items may swap slots: all are
 * evaluated before any is set.
 */
static NamiStatus
project_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiVector *results;
	NamiBatch  *input;

	NAMI_TRY(nami_op_next(op->input, &input, err));
	*out = NULL;
	if (input == NULL)
		return NAMI_OK;
	nami_arena_reset(op->arena);
	results = NAMI_NEW_ARRAY(op->arena, NamiVector, plan->item_count + 1);
	for (uint32_t i = 0; i < plan->item_count; i++)
	{
		const NamiExpr *expr = plan->items[i].expr;
		NamiValue  *values;

		if (expr->op == NAMI_EX_SLOT)
		{
			results[i] = input->columns[expr->slot];
			continue;
		}
		values = nami_op_values(op, input);
		NAMI_TRY(nami_op_eval(op, expr, input, values, err));
		results[i] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = values};
	}
	nami_op_pass(op, input);
	for (uint32_t i = 0; i < plan->item_count; i++)
		op->batch.columns[plan->items[i].slot] = results[i];
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- unwind -------------------------------------------------------------------------------- */

typedef struct UnwindState
{
	NamiBatch  *input;
	NamiElements *lists;		/* of the input batch */
	uint32_t	input_index;
	uint64_t	element;
} UnwindState;

static NamiStatus
unwind_open(NamiOp *op, NamiError *err)
{
	UnwindState *state = NAMI_NEW(op->state_arena, UnwindState);

	op->state = state;
	return NAMI_OK;
}

static NamiStatus
unwind_load(NamiOp *op, UnwindState *state, NamiError *err)
{
	NamiEvalContext *ctx = &op->execution->eval;
	NamiArena  *saved = ctx->arena;
	NamiStatus	status;

	NAMI_TRY(nami_op_next(op->input, &state->input, err));
	if (state->input == NULL)
		return NAMI_OK;
	ctx->arena = nami_op_aux_arena(op);
	state->lists = NAMI_NEW_ARRAY(ctx->arena, NamiElements, state->input->row_count + 1);
	status = nami_eval_elements(ctx, op->plan->list, state->input, state->lists, err);
	ctx->arena = saved;
	state->input_index = 0;
	state->element = 0;
	return status;
}

static NamiStatus
check_list(NamiOp *op, NamiKind kind, NamiError *err)
{
	if (kind == NAMI_LIST || kind == NAMI_NULL || kind == NAMI_VECTOR)
		return NAMI_OK;
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", op->plan->position,
						"UNWIND requires a list; got %s", nami_kind_name(kind));
}

static NamiStatus
unwind_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	UnwindState *state = op->state;
	uint16_t   *parents;
	NamiValue  *values;
	uint32_t	count = 0;

	*out = NULL;
	if (state->input == NULL || state->input_index >= state->input->selected_count)
	{
		NAMI_TRY(unwind_load(op, state, err));
		if (state->input == NULL)
			return NAMI_OK;
	}
	nami_arena_reset(op->arena);
	parents = NAMI_NEW_ARRAY(op->arena, uint16_t, nami_op_batch_rows(op));
	values = NAMI_NEW_ARRAY(op->arena, NamiValue, nami_op_batch_rows(op));
	while (state->input_index < state->input->selected_count && count < nami_op_batch_rows(op))
	{
		uint32_t	row = nami_batch_row(state->input, state->input_index);
		const NamiElements *list = &state->lists[row];

		NAMI_TRY(check_list(op, list->kind, err));
		while (state->element < list->count && count < nami_op_batch_rows(op))
		{
			parents[count] = (uint16_t) row;
			values[count++] = nami_element(list, state->element++);
		}
		if (state->element < list->count)
			break;
		state->input_index++;
		state->element = 0;
	}
	nami_op_gather(op, state->input, parents, count);
	nami_batch_set_values(&op->batch, op->plan->slot, values);
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- skip, limit --------------------------------------------------------------------------- */

typedef struct LimitState
{
	uint64_t	left;			/* rows to skip, or still to give */
} LimitState;

static NamiStatus
limit_open(NamiOp *op, NamiError *err)
{
	bool		is_skip = op->plan->kind == NAMI_PLAN_SKIP;
	LimitState *state = NAMI_NEW(op->state_arena, LimitState);

	op->state = state;
	return nami_op_row_count(op, is_skip ? op->plan->skip : op->plan->limit,
							 is_skip ? "SKIP" : "LIMIT", &state->left, err);
}

/* The selected rows from first on, at most count of them. */
static void
select_part(NamiOp *op, const NamiBatch *input, uint32_t first, uint32_t count)
{
	uint16_t   *selection;

	nami_arena_reset(op->arena);
	selection = NAMI_NEW_ARRAY(op->arena, uint16_t, count + 1);
	for (uint32_t i = 0; i < count; i++)
		selection[i] = (uint16_t) nami_batch_row(input, first + i);
	nami_op_pass(op, input);
	op->batch.selection = selection;
	op->batch.selected_count = count;
}

static NamiStatus
skip_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	LimitState *state = op->state;
	NamiBatch  *input;
	uint32_t	skipped;

	*out = NULL;
	do
	{
		NAMI_TRY(nami_op_next(op->input, &input, err));
		if (input == NULL)
			return NAMI_OK;
		skipped = state->left < input->selected_count ? (uint32_t) state->left :
			input->selected_count;
		state->left -= skipped;
	} while (skipped == input->selected_count);
	select_part(op, input, skipped, input->selected_count - skipped);
	*out = &op->batch;
	return NAMI_OK;
}

static bool
is_write(const NamiPlanOp *plan)
{
	switch (plan->kind)
	{
		case NAMI_PLAN_CREATE:
		case NAMI_PLAN_MERGE:
		case NAMI_PLAN_SET:
		case NAMI_PLAN_REMOVE:
		case NAMI_PLAN_DELETE:
		case NAMI_PLAN_FOREACH:
			return true;
		default:
			return false;
	}
}

/* Does a statement's effect depend on this part of the plan being run to its end? */
static bool
has_writes(const NamiPlanOp *plan)
{
	for (; plan != NULL; plan = plan->input)
	{
		if (is_write(plan) || (plan->inner != NULL && has_writes(plan->inner)))
			return true;
		for (uint32_t i = 0; i < plan->input_count; i++)
		{
			if (has_writes(plan->inputs[i]))
				return true;
		}
	}
	return false;
}

/* LIMIT never suppresses the writes below it (spec/cypher.md 5.6). */
static NamiStatus
drain_writes(NamiOp *op, NamiError *err)
{
	NamiBatch  *ignored;

	if (!op->execution->plan->writes || !has_writes(op->plan->input))
		return NAMI_OK;
	do
	{
		NAMI_TRY(nami_op_next(op->input, &ignored, err));
	} while (ignored != NULL);
	return NAMI_OK;
}

static NamiStatus
limit_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	LimitState *state = op->state;
	NamiBatch  *input;
	uint32_t	count;

	*out = NULL;
	if (state->left == 0)
		return drain_writes(op, err);
	NAMI_TRY(nami_op_next(op->input, &input, err));
	if (input == NULL)
		return NAMI_OK;
	count = state->left < input->selected_count ? (uint32_t) state->left : input->selected_count;
	state->left -= count;
	select_part(op, input, 0, count);
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- union, empty result ------------------------------------------------------------------- */

typedef struct UnionState
{
	uint32_t	branch;
} UnionState;

static NamiStatus
union_open(NamiOp *op, NamiError *err)
{
	op->state = NAMI_NEW(op->state_arena, UnionState);
	return NAMI_OK;
}

static NamiStatus
union_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	UnionState *state = op->state;

	*out = NULL;
	while (state->branch < op->plan->input_count)
	{
		NamiBatch  *input;

		NAMI_TRY(nami_op_next(op->inputs[state->branch], &input, err));
		if (input != NULL)
		{
			nami_op_pass(op, input);
			*out = &op->batch;
			return NAMI_OK;
		}
		state->branch++;
	}
	return NAMI_OK;
}

static NamiStatus
empty_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	NamiBatch  *ignored;

	*out = NULL;
	do
	{
		NAMI_TRY(nami_op_next(op->input, &ignored, err));
	} while (ignored != NULL);
	return NAMI_OK;
}

void
nami_op_init_row(NamiOp *op)
{
	op->open = stateless_open;
	switch (op->plan->kind)
	{
		case NAMI_PLAN_FILTER:
			op->next = filter_next;
			break;
		case NAMI_PLAN_PROJECT:
			op->next = project_next;
			break;
		case NAMI_PLAN_UNWIND:
			op->open = unwind_open;
			op->next = unwind_next;
			break;
		case NAMI_PLAN_SKIP:
			op->open = limit_open;
			op->next = skip_next;
			break;
		case NAMI_PLAN_LIMIT:
			op->open = limit_open;
			op->next = limit_next;
			break;
		case NAMI_PLAN_UNION:
			op->open = union_open;
			op->next = union_next;
			break;
		default:
			op->next = empty_next;
			break;
	}
}
