/*
 * eval.c - dispatch, leaves, lists and maps, calls, filters. See eval.h.
 */
#include "exec/eval_internal.h"

#include <stdio.h>
#include <stdlib.h>

NamiValue *
nami_eval_scratch(NamiEvalContext *ctx, const NamiBatch *batch)
{
	return NAMI_NEW_ARRAY(ctx->arena, NamiValue, batch->row_count);
}

uint16_t *
nami_eval_selection(NamiEvalContext *ctx, const NamiBatch *batch)
{
	return NAMI_NEW_ARRAY(ctx->arena, uint16_t, batch->row_count);
}

NamiBatch
nami_eval_narrow(const NamiBatch *batch, const uint16_t *selection, uint32_t count)
{
	NamiBatch	narrow = *batch;

	narrow.selection = selection;
	narrow.selected_count = count;
	return narrow;
}

NamiStatus
nami_eval_check(NamiEvalContext *ctx, NamiError *err)
{
	if (ctx->host != NULL && ctx->host->interrupted != NULL &&
		ctx->host->interrupted(ctx->host->ctx))
		return nami_fail(err, NAMI_ERR_CANCELLED, "query was cancelled");
	if (nami_memory_account_exceeded(nami_arena_account(ctx->arena)))
		return nami_fail_memory_limit(err, nami_arena_account(ctx->arena));
	return NAMI_OK;
}

NamiStatus
nami_eval_type_error(NamiError *err, const NamiExpr *expr, const char *format,...)
{
	char		message[256];
	va_list		args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", expr->position, "%s",
						message);
}

/* ---- lists and maps ---- */

static unsigned
depth_of(NamiValue value)
{
	return value.pad[0] | (unsigned) value.pad[1] << 8;
}

static NamiStatus
set_depth(NamiValue *value, unsigned depth, NamiError *err)
{
	if (depth > NAMI_VALUE_DEPTH_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "lists and maps are nested more than %d deep",
						 NAMI_VALUE_DEPTH_MAX);
	value->pad[0] = (uint8_t) depth;
	value->pad[1] = (uint8_t) (depth >> 8);
	return NAMI_OK;
}

NamiStatus
nami_make_list(const NamiValue *items, size_t count, NamiValue *out, NamiError *err)
{
	unsigned	depth = 0;

	if (count > NAMI_LIST_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "list of more than %u elements", NAMI_LIST_MAX);
	for (size_t i = 0; i < count; i++)
		if (depth_of(items[i]) > depth)
			depth = depth_of(items[i]);
	*out = nami_value_list(items, (uint32_t) count);
	return set_depth(out, depth + 1, err);
}

NamiStatus
nami_make_map(const NamiMapEntry *entries, size_t count, NamiValue *out, NamiError *err)
{
	unsigned	depth = 0;

	if (count > NAMI_LIST_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "map of more than %u entries", NAMI_LIST_MAX);
	for (size_t i = 0; i < count; i++)
		if (depth_of(entries[i].value) > depth)
			depth = depth_of(entries[i].value);
	*out = nami_value_map(entries, (uint32_t) count);
	return set_depth(out, depth + 1, err);
}

typedef struct KeyOrder
{
	NamiMapEntry entry;
	size_t		position;
} KeyOrder;

static int
compare_keys(const void *a, const void *b)
{
	const KeyOrder *left = a;
	const KeyOrder *right = b;
	int			order = nami_str_cmp(left->entry.key, right->entry.key);

	if (order != 0)
		return order;
	return left->position < right->position ? -1 : left->position > right->position;
}

size_t
nami_sort_entries(NamiArena *arena, NamiMapEntry *entries, size_t count)
{
	KeyOrder   *order;
	size_t		kept = 0;
	bool		sorted = true;

	for (size_t i = 1; i < count && sorted; i++)
		sorted = nami_str_cmp(entries[i - 1].key, entries[i].key) < 0;
	if (sorted)
		return count;
	order = NAMI_NEW_ARRAY(arena, KeyOrder, count);
	for (size_t i = 0; i < count; i++)
		order[i] = (KeyOrder) {entries[i], i};
	qsort(order, count, sizeof(*order), compare_keys);
	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || !nami_str_eq(order[i].entry.key, order[i + 1].entry.key))
			entries[kept++] = order[i].entry;
	return kept;
}

/* ---- leaves ---- */

static void
fill(const NamiBatch *batch, NamiValue value, NamiValue *out)
{
	for (uint32_t i = 0; i < batch->selected_count; i++)
		out[nami_batch_row(batch, i)] = value;
}

static NamiStatus
eval_constant(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			  NamiError *err)
{
	fill(batch, expr->value, out);
	return NAMI_OK;
}

static NamiStatus
eval_param(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
		   NamiError *err)
{
	const NamiValue *value = NULL;

	if (ctx->params.kind == NAMI_MAP)
		value = nami_value_map_get(ctx->params, expr->name.text);
	if (value == NULL)
		return nami_fail_at(err, NAMI_ERR_PARAMETER, "ParameterMissing: MissingParameter",
							expr->position, "parameter $%.*s was not given",
							NAMI_STR_ARG(expr->name.text));
	fill(batch, *value, out);
	return NAMI_OK;
}

static NamiStatus
eval_slot(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
		  NamiError *err)
{
	const NamiVector *vector;

	if (expr->slot >= batch->slot_count)
		return nami_fail(err, NAMI_ERR_INTERNAL, "slot %u is not in the row", expr->slot);
	vector = &batch->columns[expr->slot];
	if (vector->is_constant || vector->kind == NAMI_VEC_NONE)
		fill(batch, batch->row_count == 0 ? nami_value_null() : nami_vector_value(vector, 0), out);
	else if (vector->kind == NAMI_VEC_VALUE)
	{
		for (uint32_t i = 0; i < batch->selected_count; i++)
		{
			uint32_t	row = nami_batch_row(batch, i);

			out[row] = vector->values[row];
		}
	}
	else
	{
		for (uint32_t i = 0; i < batch->selected_count; i++)
		{
			uint32_t	row = nami_batch_row(batch, i);

			out[row] = nami_vector_value(vector, row);
		}
	}
	return NAMI_OK;
}

/* ---- constructors and calls ---- */

/* Evaluates all arguments: args[i][row]. A missing (NULL) argument stays NULL. */
static NamiStatus
eval_args(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue ***args,
		  NamiError *err)
{
	*args = NAMI_NEW_ARRAY(ctx->arena, NamiValue *, expr->arg_count);
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		(*args)[i] = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[i], batch, (*args)[i], err));
	}
	return NAMI_OK;
}

static NamiStatus
eval_list(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
		  NamiError *err)
{
	NamiValue **args;

	NAMI_TRY(eval_args(ctx, expr, batch, &args, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiValue  *items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, expr->arg_count);

		for (uint32_t k = 0; k < expr->arg_count; k++)
			items[k] = args[k][row];
		NAMI_TRY(nami_make_list(items, expr->arg_count, &out[row], err));
	}
	return NAMI_OK;
}

static NamiStatus
eval_map(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
		 NamiError *err)
{
	NamiValue **args;

	NAMI_TRY(eval_args(ctx, expr, batch, &args, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiMapEntry *entries = NAMI_NEW_ARRAY(ctx->arena, NamiMapEntry, expr->arg_count);
		size_t		count;

		for (uint32_t k = 0; k < expr->arg_count; k++)
			entries[k] = (NamiMapEntry) {expr->keys[k], args[k][row]};
		count = nami_sort_entries(ctx->arena, entries, expr->arg_count);
		NAMI_TRY(nami_make_map(entries, count, &out[row], err));
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_call(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			   NamiError *err)
{
	const NamiFunction *function = expr->function;
	NamiScalarFunction implementation;
	NamiValue **args;
	NamiValue  *row_args;

	if (function->flags & NAMI_FN_AGGREGATE)
		return nami_fail_at(err, NAMI_ERR_INTERNAL, "", expr->position,
							"aggregate function %.*s in a scalar expression",
							NAMI_STR_ARG(function->name));
	implementation = *(const NamiScalarFunction *) function->implementation;
	NAMI_TRY(eval_args(ctx, expr, batch, &args, err));
	row_args = NAMI_NEW_ARRAY(ctx->arena, NamiValue, expr->arg_count);
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		bool		is_null = false;

		for (uint32_t k = 0; k < expr->arg_count; k++)
		{
			row_args[k] = args[k][row];
			is_null = is_null || row_args[k].kind == NAMI_NULL;
		}
		out[row] = nami_value_null();
		if (is_null && (function->flags & NAMI_FN_NULL_IN_NULL_OUT))
			continue;
		NAMI_TRY(nami_eval_check_long(ctx, row_args, expr->arg_count, err));
		if (implementation(ctx, expr, row_args, expr->arg_count, &out[row], err) != NAMI_OK)
		{
			if (err->position < 0)
				err->position = expr->position;
			return NAMI_FAILED;
		}
	}
	return NAMI_OK;
}

static NamiStatus
eval_call(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
		  NamiError *err)
{
	/* The only function that must not evaluate all its arguments. */
	if (nami_str_eq(expr->function->name, NAMI_STR("coalesce")))
		return nami_eval_coalesce(ctx, expr, batch, out, err);
	return nami_eval_call(ctx, expr, batch, out, err);
}

static NamiStatus
eval_subplan(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			 NamiError *err)
{
	if (ctx->run_subplan == NULL)
		return nami_fail_at(err, NAMI_ERR_UNSUPPORTED, "", expr->position,
							"a subquery is not allowed here");
	return ctx->run_subplan(ctx, expr->subplan, batch, out, err);
}

/* ---- dispatch ---- */

static const NamiEvalFunction evaluators[] = {
	[NAMI_EX_CONST] = eval_constant,
	[NAMI_EX_PARAM] = eval_param,
	[NAMI_EX_SLOT] = eval_slot,
	[NAMI_EX_PROPERTY] = nami_eval_property,
	[NAMI_EX_INDEX] = nami_eval_index,
	[NAMI_EX_SLICE] = nami_eval_slice,
	[NAMI_EX_LIST] = eval_list,
	[NAMI_EX_MAP] = eval_map,
	[NAMI_EX_NOT] = nami_eval_not,
	[NAMI_EX_AND] = nami_eval_and_or,
	[NAMI_EX_OR] = nami_eval_and_or,
	[NAMI_EX_XOR] = nami_eval_xor,
	[NAMI_EX_EQ] = nami_eval_comparison,
	[NAMI_EX_NE] = nami_eval_comparison,
	[NAMI_EX_LT] = nami_eval_comparison,
	[NAMI_EX_LE] = nami_eval_comparison,
	[NAMI_EX_GT] = nami_eval_comparison,
	[NAMI_EX_GE] = nami_eval_comparison,
	[NAMI_EX_IN] = nami_eval_in,
	[NAMI_EX_IS_NULL] = nami_eval_is_null,
	[NAMI_EX_IS_NOT_NULL] = nami_eval_is_null,
	[NAMI_EX_STARTS_WITH] = nami_eval_string_test,
	[NAMI_EX_ENDS_WITH] = nami_eval_string_test,
	[NAMI_EX_CONTAINS] = nami_eval_string_test,
	[NAMI_EX_REGEX] = nami_eval_string_test,
	[NAMI_EX_ADD] = nami_eval_arithmetic,
	[NAMI_EX_SUB] = nami_eval_arithmetic,
	[NAMI_EX_MUL] = nami_eval_arithmetic,
	[NAMI_EX_DIV] = nami_eval_arithmetic,
	[NAMI_EX_MOD] = nami_eval_arithmetic,
	[NAMI_EX_POW] = nami_eval_arithmetic,
	[NAMI_EX_NEG] = nami_eval_sign,
	[NAMI_EX_POS] = nami_eval_sign,
	[NAMI_EX_CONCAT] = nami_eval_arithmetic,
	[NAMI_EX_CASE] = nami_eval_case,
	[NAMI_EX_CALL] = eval_call,
	[NAMI_EX_HAS_LABELS] = nami_eval_has_labels,
	[NAMI_EX_LIST_COMP] = nami_eval_list_comprehension,
	[NAMI_EX_ALL] = nami_eval_quantifier,
	[NAMI_EX_ANY] = nami_eval_quantifier,
	[NAMI_EX_NONE] = nami_eval_quantifier,
	[NAMI_EX_SINGLE] = nami_eval_quantifier,
	[NAMI_EX_REDUCE] = nami_eval_reduce,
	[NAMI_EX_MAP_PROJECTION] = nami_eval_map_projection,
	[NAMI_EX_PATH] = nami_eval_path,
	[NAMI_EX_SUBPLAN] = eval_subplan,
};

NamiStatus
nami_eval(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
		  NamiError *err)
{
	if (batch->selected_count == 0)
		return NAMI_OK;
	NAMI_TRY(nami_check_stack(ctx->host, err));
	return evaluators[expr->op](ctx, expr, batch, out, err);
}

NamiStatus
nami_eval_filter(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				 uint16_t *selection, uint32_t *count, NamiError *err)
{
	NamiValue  *values = nami_eval_scratch(ctx, batch);

	*count = 0;
	NAMI_TRY(nami_eval(ctx, expr, batch, values, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiTruth	truth;

		NAMI_TRY(nami_eval_truth(expr, values[row], &truth, err));
		if (truth == NAMI_TRUE)
			selection[(*count)++] = (uint16_t) row;
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_constant(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue *out, NamiError *err)
{
	NamiBatch	batch = {.row_count = 1, .selected_count = 1};

	return nami_eval(ctx, expr, &batch, out, err);
}

bool
nami_eval_fold(NamiArena *arena, const NamiExpr *expr, NamiValue *out)
{
	NamiEvalContext ctx = {.host = nami_host_default(), .arena = arena};
	NamiError	err = NAMI_ERROR_INIT;

	return nami_eval_constant(&ctx, expr, out, &err) == NAMI_OK;
}
