/*
 * functions_search.c - vectors and the scalar bm25() (spec/cypher.md 4, spec/search.md 1.6).
 */
#include "exec/functions_internal.h"

#include <math.h>

#include "exec/analyzer.h"

/* The elements of a VECTOR or of a LIST of numbers, as float32. */
static NamiStatus
need_vector(NamiEvalContext *ctx, const NamiExpr *call, NamiValue value, const float **out,
			NamiError *err)
{
	float	   *floats;

	if (value.kind == NAMI_VECTOR)
	{
		*out = value.floats;
		return NAMI_OK;
	}
	if (value.kind != NAMI_LIST)
		return nami_wrong_type(call, "VECTOR or LIST of numbers", value, err);
	floats = NAMI_NEW_ARRAY(ctx->arena, float, value.len);
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (value.items[i].kind == NAMI_INT)
			floats[i] = (float) value.items[i].integer;
		else if (value.items[i].kind == NAMI_FLOAT)
			floats[i] = (float) value.items[i].number;
		else
			return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentValue",
								call->position, "%.*s() requires numbers; got %s at index %u",
								NAMI_STR_ARG(call->function->name),
								nami_kind_name(value.items[i].kind), i);
	}
	*out = floats;
	return NAMI_OK;
}

NamiStatus
nami_fn_vector(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
			   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	const float *floats;

	NAMI_TRY(need_vector(ctx, call, args[0], &floats, err));
	*out = nami_value_vector(floats, args[0].len);
	return NAMI_OK;
}

/* Both operands; their dimensions must agree. */
static NamiStatus
need_pair(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, const float **a,
		  const float **b, NamiError *err)
{
	NAMI_TRY(need_vector(ctx, call, args[0], a, err));
	NAMI_TRY(need_vector(ctx, call, args[1], b, err));
	if (args[0].len != args[1].len)
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "dimensions differ: %u and %u", args[0].len, args[1].len);
	return NAMI_OK;
}

NamiStatus
nami_fn_cosine_similarity(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	const float *a;
	const float *b;
	double		dot = 0;
	double		square_a = 0;
	double		square_b = 0;

	NAMI_TRY(need_pair(ctx, call, args, &a, &b, err));
	for (uint32_t i = 0; i < args[0].len; i++)
	{
		dot += (double) a[i] * (double) b[i];
		square_a += (double) a[i] * (double) a[i];
		square_b += (double) b[i] * (double) b[i];
	}
	if (square_a > 0 && square_b > 0)
		*out = nami_value_float(dot / (sqrt(square_a) * sqrt(square_b)));
	return NAMI_OK;
}

NamiStatus
nami_fn_dot_product(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
					uint32_t arg_count, NamiValue *out, NamiError *err)
{
	const float *a;
	const float *b;
	double		dot = 0;

	NAMI_TRY(need_pair(ctx, call, args, &a, &b, err));
	for (uint32_t i = 0; i < args[0].len; i++)
		dot += (double) a[i] * (double) b[i];
	*out = nami_value_float(dot);
	return NAMI_OK;
}

NamiStatus
nami_fn_euclidean_distance(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	const float *a;
	const float *b;
	double		sum = 0;

	NAMI_TRY(need_pair(ctx, call, args, &a, &b, err));
	for (uint32_t i = 0; i < args[0].len; i++)
		sum += ((double) a[i] - (double) b[i]) * ((double) a[i] - (double) b[i]);
	*out = nami_value_float(sqrt(sum));
	return NAMI_OK;
}

/* ---- bm25 ---- */

#define K1					1.5
#define B					0.75
#define AVERAGE_LENGTH		120.0
#define QUERY_TOKENS_MAX	1024

static uint32_t
occurrences(const NamiTokens *tokens, NamiStr token, size_t end)
{
	uint32_t	count = 0;

	for (size_t i = 0; i < end; i++)
		count += nami_str_eq(tokens->items[i], token);
	return count;
}

/* One document without a corpus: idf is 1, the average length is assumed. */
NamiStatus
nami_fn_bm25(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	NamiTokens	document = {0};
	NamiTokens	query = {0};
	double		norm;
	double		score = 0;

	for (uint32_t i = 0; i < 2; i++)
		if (args[i].kind != NAMI_STRING)
			return nami_wrong_type(call, "STRING", args[i], err);
	nami_analyze(ctx->arena, nami_value_str(args[0]), &document);
	nami_analyze(ctx->arena, nami_value_str(args[1]), &query);
	if (query.count > QUERY_TOKENS_MAX)
		return nami_fail_at(err, NAMI_ERR_LIMIT, "", call->position,
							"bm25() query of more than %d words", QUERY_TOKENS_MAX);
	norm = 1.0 - B + B * ((double) document.count / AVERAGE_LENGTH);
	for (size_t i = 0; i < query.count; i++)
	{
		double		tf;

		if (occurrences(&query, query.items[i], i) > 0)
			continue;
		tf = occurrences(&document, query.items[i], document.count);
		if (tf > 0)
			score += tf * (K1 + 1.0) / (tf + K1 * norm);
	}
	*out = nami_value_float(score);
	return NAMI_OK;
}
