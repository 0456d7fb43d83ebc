/*
 * eval_logic.c - AND, OR, XOR, NOT, CASE and coalesce (spec/cypher.md 3.2).
 *
 * Three-valued, and with narrowing: an operand is evaluated only for the rows that the operands
 * before it have not decided, so an error in it is raised for those rows only.
 */
#include "exec/eval_internal.h"

NamiValue
nami_truth_value(NamiTruth truth)
{
	return truth == NAMI_UNKNOWN ? nami_value_null() : nami_value_bool(truth == NAMI_TRUE);
}

NamiStatus
nami_eval_truth(const NamiExpr *expr, NamiValue value, NamiTruth *out, NamiError *err)
{
	if (value.kind == NAMI_BOOL)
		*out = value.boolean ? NAMI_TRUE : NAMI_FALSE;
	else if (value.kind == NAMI_NULL)
		*out = NAMI_UNKNOWN;
	else
		return nami_eval_type_error(err, expr, "expected BOOLEAN, got %s",
									nami_kind_name(value.kind));
	return NAMI_OK;
}

/*
 * AND starts with true and is decided by false; OR starts with false and is decided by true. A row
 * that met a null goes on, because it can still be decided.
 */
NamiStatus
nami_eval_and_or(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
				 NamiError *err)
{
	NamiTruth	decisive = expr->op == NAMI_EX_AND ? NAMI_FALSE : NAMI_TRUE;
	NamiValue  *values = nami_eval_scratch(ctx, batch);
	uint16_t   *selection = nami_eval_selection(ctx, batch);
	NamiBatch	open = nami_eval_narrow(batch, selection, batch->selected_count);

	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		selection[i] = (uint16_t) row;
		out[row] = nami_value_bool(decisive == NAMI_FALSE);
	}
	for (uint32_t k = 0; k < expr->arg_count && open.selected_count > 0; k++)
	{
		uint32_t	left = 0;

		NAMI_TRY(nami_eval(ctx, expr->args[k], &open, values, err));
		for (uint32_t i = 0; i < open.selected_count; i++)
		{
			uint16_t	row = selection[i];
			NamiTruth	truth;

			NAMI_TRY(nami_eval_truth(expr->args[k], values[row], &truth, err));
			if (truth == decisive)
			{
				out[row] = nami_value_bool(decisive == NAMI_TRUE);
				continue;
			}
			if (truth == NAMI_UNKNOWN)
				out[row] = nami_value_null();
			selection[left++] = row;
		}
		open.selected_count = left;
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_xor(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			  NamiError *err)
{
	NamiValue  *values = nami_eval_scratch(ctx, batch);

	for (uint32_t i = 0; i < batch->selected_count; i++)
		out[nami_batch_row(batch, i)] = nami_value_bool(false);
	for (uint32_t k = 0; k < expr->arg_count; k++)
	{
		NAMI_TRY(nami_eval(ctx, expr->args[k], batch, values, err));
		for (uint32_t i = 0; i < batch->selected_count; i++)
		{
			uint32_t	row = nami_batch_row(batch, i);
			NamiTruth	truth;

			NAMI_TRY(nami_eval_truth(expr->args[k], values[row], &truth, err));
			if (truth == NAMI_UNKNOWN || out[row].kind == NAMI_NULL)
				out[row] = nami_value_null();
			else
				out[row] = nami_value_bool(out[row].boolean != (truth == NAMI_TRUE));
		}
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_not(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			  NamiError *err)
{
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiTruth	truth;

		NAMI_TRY(nami_eval_truth(expr->args[0], out[row], &truth, err));
		if (truth != NAMI_UNKNOWN)
			out[row] = nami_value_bool(truth == NAMI_FALSE);
	}
	return NAMI_OK;
}

/*
 * Splits the open rows by one WHEN: those that it takes are moved to taken. operand is NULL for a
 * searched CASE.
 */
static NamiStatus
split_when(NamiEvalContext *ctx, const NamiExpr *when, const NamiValue *operand, NamiBatch *open,
		   uint16_t *selection, uint16_t *taken, uint32_t *taken_count, NamiValue *values,
		   NamiError *err)
{
	uint32_t	left = 0;

	*taken_count = 0;
	NAMI_TRY(nami_eval(ctx, when, open, values, err));
	for (uint32_t i = 0; i < open->selected_count; i++)
	{
		uint16_t	row = selection[i];
		NamiTruth	truth = NAMI_UNKNOWN;

		if (operand != NULL)
			truth = nami_value_equal(operand[row], values[row]);
		else
			NAMI_TRY(nami_eval_truth(when, values[row], &truth, err));
		if (truth == NAMI_TRUE)
			taken[(*taken_count)++] = row;
		else
			selection[left++] = row;
	}
	open->selected_count = left;
	return NAMI_OK;
}

NamiStatus
nami_eval_case(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			   NamiError *err)
{
	bool		has_operand = (expr->flags & NAMI_EXF_HAS_OPERAND) != 0;
	bool		has_else = (expr->flags & NAMI_EXF_HAS_ELSE) != 0;
	uint32_t	end = expr->arg_count - (has_else ? 1 : 0);
	NamiValue  *operand = NULL;
	NamiValue  *values = nami_eval_scratch(ctx, batch);
	uint16_t   *selection = nami_eval_selection(ctx, batch);
	uint16_t   *taken = nami_eval_selection(ctx, batch);
	NamiBatch	open = nami_eval_narrow(batch, selection, batch->selected_count);

	if (has_operand)
	{
		operand = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[0], batch, operand, err));
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		selection[i] = (uint16_t) nami_batch_row(batch, i);
		out[selection[i]] = nami_value_null();
	}
	for (uint32_t k = has_operand ? 1 : 0; k + 1 < end && open.selected_count > 0; k += 2)
	{
		NamiBatch	branch;
		uint32_t	taken_count;

		NAMI_TRY(split_when(ctx, expr->args[k], operand, &open, selection, taken, &taken_count,
							values, err));
		branch = nami_eval_narrow(batch, taken, taken_count);
		NAMI_TRY(nami_eval(ctx, expr->args[k + 1], &branch, out, err));
	}
	if (has_else)
		NAMI_TRY(nami_eval(ctx, expr->args[end], &open, out, err));
	return NAMI_OK;
}

NamiStatus
nami_eval_coalesce(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				   NamiValue *out, NamiError *err)
{
	uint16_t   *selection = nami_eval_selection(ctx, batch);
	NamiBatch	open = nami_eval_narrow(batch, selection, batch->selected_count);

	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		selection[i] = (uint16_t) nami_batch_row(batch, i);
		out[selection[i]] = nami_value_null();
	}
	for (uint32_t k = 0; k < expr->arg_count && open.selected_count > 0; k++)
	{
		uint32_t	left = 0;

		NAMI_TRY(nami_eval(ctx, expr->args[k], &open, out, err));
		for (uint32_t i = 0; i < open.selected_count; i++)
			if (out[selection[i]].kind == NAMI_NULL)
				selection[left++] = selection[i];
		open.selected_count = left;
	}
	return NAMI_OK;
}
