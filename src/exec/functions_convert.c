/*
 * functions_convert.c - toString, toInteger, toFloat, toBoolean (spec/cypher.md 4, 11).
 *
 * A string that does not look like the target gives null, a value of a kind that cannot be
 * converted is a type error; the ...OrNull forms give null for both.
 */
#include "exec/functions_internal.h"

#include <math.h>

#include "base/number.h"

#define NUMBER_TEXT_MAX_BYTES	400

static NamiStr
trim_blanks(NamiStr text)
{
	while (text.len > 0 && (unsigned char) text.ptr[0] <= ' ')
		text = nami_str_slice(text, 1, text.len - 1);
	while (text.len > 0 && (unsigned char) text.ptr[text.len - 1] <= ' ')
		text.len--;
	return text;
}

static size_t
digit_run(NamiStr text, size_t at)
{
	size_t		end = at;

	while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
		end++;
	return end - at;
}

/*
 * A number as people write it ("+7", "007", ".5", "5.") in the strict form that base/number.h
 * reads. False when it is no number.
 */
static bool
parse_loose_number(NamiStr text, NamiNumber *out)
{
	char		strict[NUMBER_TEXT_MAX_BYTES + 8];
	size_t		len = 0;
	size_t		at = 0;
	size_t		whole;
	size_t		fraction = 0;

	text = trim_blanks(text);
	if (text.len == 0 || text.len > NUMBER_TEXT_MAX_BYTES)
		return false;
	if (text.ptr[0] == '-')
		strict[len++] = '-';
	if (text.ptr[0] == '-' || text.ptr[0] == '+')
		at++;
	whole = digit_run(text, at);
	for (; whole > 1 && text.ptr[at] == '0'; whole--)
		at++;
	if (whole == 0)
		strict[len++] = '0';
	memcpy(strict + len, text.ptr + at, whole);
	len += whole;
	at += whole;
	if (at < text.len && text.ptr[at] == '.')
	{
		fraction = digit_run(text, ++at);
		strict[len++] = '.';
		if (fraction == 0)
			strict[len++] = '0';
		memcpy(strict + len, text.ptr + at, fraction);
		len += fraction;
		at += fraction;
	}
	if (whole + fraction == 0)
		return false;
	/* What is left must be an exponent; the strict parser judges it. */
	memcpy(strict + len, text.ptr + at, text.len - at);
	len += text.len - at;
	*out = nami_number_parse((NamiStr) {strict, len});
	return out->kind != NAMI_NUMBER_INVALID;
}

static int64_t
saturate(double number)
{
	if (isnan(number))
		return 0;
	if (number >= 9223372036854775808.0)
		return INT64_MAX;
	if (number < -9223372036854775808.0)
		return INT64_MIN;
	return (int64_t) number;
}

/* False: no conversion from this kind. */
static bool
to_integer(NamiValue value, NamiValue *out)
{
	NamiNumber	number;

	switch (value.kind)
	{
		case NAMI_INT:
			*out = value;
			return true;
		case NAMI_FLOAT:
			*out = nami_value_int(saturate(value.number));
			return true;
		case NAMI_BOOL:
			*out = nami_value_int(value.boolean);
			return true;
		case NAMI_STRING:
			if (!parse_loose_number(nami_value_str(value), &number))
				return true;
			if (number.kind == NAMI_NUMBER_INT)
				*out = nami_value_int(number.integer);
			else if (number.kind == NAMI_NUMBER_FLOAT && fabs(number.number) < 9223372036854775808.0)
				*out = nami_value_int((int64_t) number.number);
			return true;
		default:
			return false;
	}
}

/* "inf", "infinity", "nan" in any case with a sign. */
static bool
parse_special_float(NamiStr text, double *out)
{
	double		sign = 1;

	text = trim_blanks(text);
	if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+'))
	{
		sign = text.ptr[0] == '-' ? -1 : 1;
		text = nami_str_slice(text, 1, text.len - 1);
	}
	if (nami_str_eq_nocase(text, NAMI_STR("inf")) || nami_str_eq_nocase(text, NAMI_STR("infinity")))
		*out = sign * (double) INFINITY;
	else if (nami_str_eq_nocase(text, NAMI_STR("nan")))
		*out = (double) NAN;
	else
		return false;
	return true;
}

static bool
to_float(NamiValue value, NamiValue *out)
{
	NamiNumber	number;
	double		special;

	switch (value.kind)
	{
		case NAMI_INT:
			*out = nami_value_float((double) value.integer);
			return true;
		case NAMI_FLOAT:
			*out = value;
			return true;
		case NAMI_STRING:
			if (parse_special_float(nami_value_str(value), &special))
				*out = nami_value_float(special);
			else if (!parse_loose_number(nami_value_str(value), &number))
				return true;
			else if (number.kind == NAMI_NUMBER_INT)
				*out = nami_value_float((double) number.integer);
			else if (number.kind == NAMI_NUMBER_UINT)
				*out = nami_value_float((double) number.unsigned_integer);
			else if (number.kind == NAMI_NUMBER_FLOAT)
				*out = nami_value_float(number.number);
			else
				*out = nami_value_float(trim_blanks(nami_value_str(value)).ptr[0] == '-' ?
										-(double) INFINITY : (double) INFINITY);
			return true;
		default:
			return false;
	}
}

static bool
to_boolean(NamiValue value, NamiValue *out)
{
	NamiStr		text;

	switch (value.kind)
	{
		case NAMI_BOOL:
			*out = value;
			return true;
		case NAMI_INT:
			*out = nami_value_bool(value.integer != 0);
			return true;
		case NAMI_STRING:
			text = trim_blanks(nami_value_str(value));
			if (nami_str_eq_nocase(text, NAMI_STR("true")))
				*out = nami_value_bool(true);
			else if (nami_str_eq_nocase(text, NAMI_STR("false")))
				*out = nami_value_bool(false);
			return true;
		default:
			return false;
	}
}

NamiStatus
nami_fn_to_integer(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	return to_integer(args[0], out) ? NAMI_OK :
		nami_wrong_type(call, "a number, BOOLEAN or STRING", args[0], err);
}

NamiStatus
nami_fn_to_integer_or_null(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	(void) to_integer(args[0], out);
	return NAMI_OK;
}

NamiStatus
nami_fn_to_float(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	return to_float(args[0], out) ? NAMI_OK :
		nami_wrong_type(call, "a number or STRING", args[0], err);
}

NamiStatus
nami_fn_to_float_or_null(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	(void) to_float(args[0], out);
	return NAMI_OK;
}

NamiStatus
nami_fn_to_boolean(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	return to_boolean(args[0], out) ? NAMI_OK :
		nami_wrong_type(call, "BOOLEAN, INTEGER or STRING", args[0], err);
}

NamiStatus
nami_fn_to_boolean_or_null(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	(void) to_boolean(args[0], out);
	return NAMI_OK;
}

NamiStatus
nami_fn_to_string_or_null(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		text;

	if (nami_value_to_text(ctx->arena, args[0], &text))
		*out = nami_value_string(text);
	return NAMI_OK;
}

NamiStatus
nami_fn_to_string(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NAMI_TRY(nami_fn_to_string_or_null(ctx, call, args, arg_count, out, err));
	if (out->kind == NAMI_NULL)
		return nami_wrong_type(call, "a number, BOOLEAN, STRING or temporal value", args[0], err);
	return NAMI_OK;
}
