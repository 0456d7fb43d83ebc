/*
 * functions_list.c - functions on lists and on any value (spec/cypher.md 4).
 */
#include "exec/functions_internal.h"

#include "base/utf8.h"

NamiStatus
nami_fn_size(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	switch (args[0].kind)
	{
		case NAMI_STRING:
			*out = nami_value_int((int64_t) nami_utf8_count(nami_value_str(args[0])));
			return NAMI_OK;
		case NAMI_BYTES:
		case NAMI_LIST:
		case NAMI_MAP:
		case NAMI_VECTOR:
			*out = nami_value_int(args[0].len);
			return NAMI_OK;
		default:
			return nami_wrong_type(call, "STRING, LIST or MAP", args[0], err);
	}
}

/* Of a path; what else has a size has it as length too (spec/cypher.md 4). */
NamiStatus
nami_fn_length(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
			   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	if (args[0].kind == NAMI_PATH)
	{
		*out = nami_value_int(args[0].path->rel_count);
		return NAMI_OK;
	}
	if (args[0].kind == NAMI_STRING || args[0].kind == NAMI_LIST || args[0].kind == NAMI_MAP)
		return nami_fn_size(ctx, call, args, arg_count, out, err);
	return nami_wrong_type(call, "PATH", args[0], err);
}

NamiStatus
nami_fn_head(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_LIST)
		return nami_wrong_type(call, "LIST", args[0], err);
	if (args[0].len > 0)
		*out = args[0].items[0];
	return NAMI_OK;
}

NamiStatus
nami_fn_last(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_LIST)
		return nami_wrong_type(call, "LIST", args[0], err);
	if (args[0].len > 0)
		*out = args[0].items[args[0].len - 1];
	return NAMI_OK;
}

NamiStatus
nami_fn_tail(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_LIST)
		return nami_wrong_type(call, "LIST", args[0], err);
	if (args[0].len == 0)
		return nami_make_list(NULL, 0, out, err);
	return nami_make_list(args[0].items + 1, args[0].len - 1, out, err);
}

NamiStatus
nami_fn_is_empty(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_STRING && args[0].kind != NAMI_LIST && args[0].kind != NAMI_MAP)
		return nami_wrong_type(call, "STRING, LIST or MAP", args[0], err);
	*out = nami_value_bool(args[0].len == 0);
	return NAMI_OK;
}

/* ---- range ---- */

/* Number of elements; step is not 0. */
static uint64_t
range_count(int64_t from, int64_t to, int64_t step)
{
	uint64_t	distance;
	uint64_t	stride;

	if (step > 0 ? from > to : from < to)
		return 0;
	distance = step > 0 ? (uint64_t) to - (uint64_t) from : (uint64_t) from - (uint64_t) to;
	stride = step > 0 ? (uint64_t) step : 0 - (uint64_t) step;
	/* The count of the full range of INTEGER would not fit by one. */
	return distance / stride == UINT64_MAX ? UINT64_MAX : distance / stride + 1;
}

NamiStatus
nami_range_elements(const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
					NamiElements *out, NamiError *err)
{
	int64_t		step = 1;

	for (uint32_t i = 0; i < arg_count; i++)
		if (args[i].kind != NAMI_INT)
			return nami_fail_at(err, NAMI_ERR_TYPE, "ArgumentError: InvalidArgumentType",
								call->position, "range() expects INTEGER, got %s",
								nami_kind_name(args[i].kind));
	if (arg_count > 2)
		step = args[2].integer;
	if (step == 0)
		return nami_bad_argument(call, "ArgumentError: NumberOutOfRange", err,
								 "step must not be zero");
	*out = (NamiElements) {
		.kind = NAMI_LIST, .is_range = true, .first = args[0].integer, .step = step,
		.count = range_count(args[0].integer, args[1].integer, step)
	};
	return NAMI_OK;
}

NamiStatus
nami_fn_range(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	const NamiMemoryAccount *account = nami_arena_account(ctx->arena);
	NamiElements elements;
	NamiValue  *items;

	NAMI_TRY(nami_range_elements(call, args, arg_count, &elements, err));
	if (elements.count > NAMI_LIST_MAX)
		return nami_fail_at(err, NAMI_ERR_LIMIT, "", call->position,
							"range() of more than %u elements", NAMI_LIST_MAX);
	if (account != NULL &&
		nami_memory_account_refuses(account, elements.count * sizeof(NamiValue)))
		return nami_fail_memory_limit(err, account);
	items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, elements.count);
	for (uint64_t i = 0; i < elements.count; i++)
	{
		items[i] = nami_element(&elements, i);
		if (i % 65536 == 65535)
			NAMI_TRY(nami_eval_check(ctx, err));
	}
	return nami_make_list(items, elements.count, out, err);
}

/* ---- any value ---- */

/* For callers that have the values already; the evaluator narrows instead (eval_logic.c). */
NamiStatus
nami_fn_coalesce(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	for (uint32_t i = 0; i < arg_count && out->kind == NAMI_NULL; i++)
		*out = args[i];
	return NAMI_OK;
}

/* exists(n.x): of a pattern it is a subplan. */
NamiStatus
nami_fn_exists(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
			   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	*out = nami_value_bool(args[0].kind != NAMI_NULL);
	return NAMI_OK;
}
