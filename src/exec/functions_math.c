/*
 * functions_math.c - functions on numbers, random numbers, the clock (spec/cypher.md 4).
 */
#include "exec/functions_internal.h"

#include <math.h>

#include "base/civil.h"
#include "base/uuid.h"

static NamiStatus
need_number(const NamiExpr *call, NamiValue value, double *out, NamiError *err)
{
	*out = 0;
	if (value.kind == NAMI_INT)
		*out = (double) value.integer;
	else if (value.kind == NAMI_FLOAT)
		*out = value.number;
	else
		return nami_wrong_type(call, "a number", value, err);
	return NAMI_OK;
}

static double
cotangent(double x)
{
	return 1.0 / tan(x);
}

static double
degrees(double x)
{
	return x * (180.0 / M_PI);
}

static double
radians(double x)
{
	return x * (M_PI / 180.0);
}

static double
haversine(double x)
{
	return (1.0 - cos(x)) / 2.0;
}

/* Functions of one number whose result is a FLOAT. */
#define MATH(name, function) \
	NamiStatus \
	name(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count, \
		 NamiValue *out, NamiError *err) \
	{ \
		double		x; \
		NAMI_TRY(need_number(call, args[0], &x, err)); \
		*out = nami_value_float(function(x)); \
		return NAMI_OK; \
	}

MATH(nami_fn_floor, floor)
MATH(nami_fn_ceil, ceil)
MATH(nami_fn_sqrt, sqrt)
MATH(nami_fn_exp, exp)
MATH(nami_fn_log, log)
MATH(nami_fn_log10, log10)
MATH(nami_fn_sin, sin)
MATH(nami_fn_cos, cos)
MATH(nami_fn_tan, tan)
MATH(nami_fn_cot, cotangent)
MATH(nami_fn_asin, asin)
MATH(nami_fn_acos, acos)
MATH(nami_fn_atan, atan)
MATH(nami_fn_degrees, degrees)
MATH(nami_fn_radians, radians)
MATH(nami_fn_haversin, haversine)

NamiStatus
nami_fn_atan2(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	double		y;
	double		x;

	NAMI_TRY(need_number(call, args[0], &y, err));
	NAMI_TRY(need_number(call, args[1], &x, err));
	*out = nami_value_float(atan2(y, x));
	return NAMI_OK;
}

/* Keeps the type. */
NamiStatus
nami_fn_abs(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			NamiValue *out, NamiError *err)
{
	double		x;

	if (args[0].kind == NAMI_INT)
	{
		if (args[0].integer == INT64_MIN)
			return nami_fail_at(err, NAMI_ERR_OUT_OF_RANGE, "ArithmeticError: IntegerOverflow",
								call->position, "integer out of range");
		*out = nami_value_int(args[0].integer < 0 ? -args[0].integer : args[0].integer);
		return NAMI_OK;
	}
	NAMI_TRY(need_number(call, args[0], &x, err));
	*out = nami_value_float(fabs(x));
	return NAMI_OK;
}

NamiStatus
nami_fn_sign(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	double		x;

	NAMI_TRY(need_number(call, args[0], &x, err));
	*out = nami_value_int((x > 0) - (x < 0));
	return NAMI_OK;
}

/* Half away from zero; the second argument is the number of decimals. */
NamiStatus
nami_fn_round(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	double		x;
	double		scale;

	NAMI_TRY(need_number(call, args[0], &x, err));
	if (arg_count == 1)
	{
		*out = nami_value_float(round(x));
		return NAMI_OK;
	}
	if (args[1].kind != NAMI_INT)
		return nami_wrong_type(call, "INTEGER", args[1], err);
	if (args[1].integer < 0)
		return nami_bad_argument(call, "ArgumentError: NumberOutOfRange", err,
								 "precision must not be negative");
	/* A double has no decimals beyond these, and scaling must not overflow. */
	scale = args[1].integer > 300 ? (double) INFINITY : pow(10.0, (double) args[1].integer);
	if (isfinite(x * scale) && fabs(x * scale) < 4503599627370496.0)
		x = round(x * scale) / scale;
	*out = nami_value_float(x);
	return NAMI_OK;
}

NamiStatus
nami_fn_is_nan(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
			   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	double		x;

	NAMI_TRY(need_number(call, args[0], &x, err));
	*out = nami_value_bool(isnan(x));
	return NAMI_OK;
}

NamiStatus
nami_fn_pi(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
		   NamiValue *out, NamiError *err)
{
	*out = nami_value_float(M_PI);
	return NAMI_OK;
}

NamiStatus
nami_fn_e(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
		  NamiValue *out, NamiError *err)
{
	*out = nami_value_float(M_E);
	return NAMI_OK;
}

/* 53 random bits: 0 <= x < 1. */
NamiStatus
nami_fn_rand(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	uint64_t	bits;

	ctx->host->random(ctx->host->ctx, &bits, sizeof(bits));
	*out = nami_value_float((double) (bits >> 11) * 0x1p-53);
	return NAMI_OK;
}

NamiStatus
nami_fn_random_uuid(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
					uint32_t arg_count, NamiValue *out, NamiError *err)
{
	char	   *text = nami_arena_alloc(ctx->arena, NAMI_UUID_TEXT_LEN);

	nami_uuid_format(nami_uuid_v4(ctx->host), text);
	*out = nami_value_string((NamiStr) {text, NAMI_UUID_TEXT_LEN});
	return NAMI_OK;
}

/* Milliseconds since 1970, the same for the whole statement. */
NamiStatus
nami_fn_timestamp(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	*out = nami_value_int(nami_floor_div(ctx->statement_us, 1000));
	return NAMI_OK;
}
