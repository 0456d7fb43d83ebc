/*
 * eval_arith.c - arithmetic and concatenation (spec/cypher.md 3.3, 15).
 *
 * Chains lean to the left and may be thousands of operators long, so they are walked in a loop.
 */
#include "exec/eval_internal.h"

#include <math.h>

#include "base/buf.h"
#include "base/number.h"
#include "exec/temporal.h"

bool
nami_eval_is_arithmetic(NamiExprOp op)
{
	return (op >= NAMI_EX_ADD && op <= NAMI_EX_POW) || op == NAMI_EX_CONCAT;
}

static const char *
operator_text(NamiExprOp op)
{
	switch (op)
	{
		case NAMI_EX_ADD:
			return "+";
		case NAMI_EX_SUB:
			return "-";
		case NAMI_EX_MUL:
			return "*";
		case NAMI_EX_DIV:
			return "/";
		case NAMI_EX_MOD:
			return "%";
		case NAMI_EX_POW:
			return "^";
		default:
			return "||";
	}
}

static NamiStatus
cannot_apply(const NamiExpr *expr, NamiValue a, NamiValue b, NamiError *err)
{
	return nami_eval_type_error(err, expr, "cannot apply '%s' between %s and %s",
								operator_text(expr->op), nami_kind_name(a.kind),
								nami_kind_name(b.kind));
}

static NamiStatus
integer_overflow(const NamiExpr *expr, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_OUT_OF_RANGE, "ArithmeticError: IntegerOverflow",
						expr->position, "integer out of range");
}

static NamiStatus
division_by_zero(const NamiExpr *expr, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_DIVISION_BY_ZERO, "ArithmeticError: DivisionByZero",
						expr->position, "division by zero");
}

static NamiStatus
integers(const NamiExpr *expr, int64_t a, int64_t b, NamiValue *out, NamiError *err)
{
	int64_t		result = 0;
	bool		overflow = false;

	switch (expr->op)
	{
		case NAMI_EX_ADD:
			overflow = __builtin_add_overflow(a, b, &result);
			break;
		case NAMI_EX_SUB:
			overflow = __builtin_sub_overflow(a, b, &result);
			break;
		case NAMI_EX_MUL:
			overflow = __builtin_mul_overflow(a, b, &result);
			break;
		case NAMI_EX_DIV:
			if (b == 0)
				return division_by_zero(expr, err);
			overflow = a == INT64_MIN && b == -1;
			if (!overflow)
				result = a / b;
			break;
		default:
			if (b == 0)
				return division_by_zero(expr, err);
			/* The processor traps on INT64_MIN % -1. */
			result = b == -1 ? 0 : a % b;
			break;
	}
	if (overflow)
		return integer_overflow(expr, err);
	*out = nami_value_int(result);
	return NAMI_OK;
}

static double
as_double(NamiValue value)
{
	return value.kind == NAMI_INT ? (double) value.integer : value.number;
}

static NamiStatus
numbers(const NamiExpr *expr, NamiValue a, NamiValue b, NamiValue *out, NamiError *err)
{
	double		x;
	double		y;

	if (a.kind == NAMI_INT && b.kind == NAMI_INT && expr->op != NAMI_EX_POW)
		return integers(expr, a.integer, b.integer, out, err);
	x = as_double(a);
	y = as_double(b);
	switch (expr->op)
	{
		case NAMI_EX_ADD:
			*out = nami_value_float(x + y);
			break;
		case NAMI_EX_SUB:
			*out = nami_value_float(x - y);
			break;
		case NAMI_EX_MUL:
			*out = nami_value_float(x * y);
			break;
		case NAMI_EX_DIV:
			*out = nami_value_float(x / y);
			break;
		case NAMI_EX_MOD:
			*out = nami_value_float(fmod(x, y));
			break;
		default:
			*out = nami_value_float(pow(x, y));
			break;
	}
	return NAMI_OK;
}

/* ---- text ---- */

/*
 * openCypher's text of a float is Java's: digits with a fraction between 10^-3 and 10^7, beyond
 * that one digit, the fraction and an exponent: "1.0", "1.0E20", "1.0E-5".
 */
static NamiStr
float_text(NamiArena *arena, double number)
{
	NamiDecimal decimal;
	char		digits[NAMI_NUMBER_TEXT_MAX];
	const char *sign = signbit(number) ? "-" : "";
	int			count;
	int			point;			/* the value is 0.digits * 10^point */

	if (isnan(number))
		return NAMI_STR("NaN");
	if (isinf(number))
		return number < 0 ? NAMI_STR("-Infinity") : NAMI_STR("Infinity");
	if (number == 0)
		return signbit(number) ? NAMI_STR("-0.0") : NAMI_STR("0.0");
	decimal = nami_number_shortest(fabs(number));
	count = (int) nami_number_format_u64(decimal.digits, digits);
	point = count + decimal.exponent;
	if (point > 7 || point < -2)
		return nami_str(nami_arena_printf(arena, "%s%c.%.*sE%d", sign, digits[0],
										  count > 1 ? count - 1 : 1, count > 1 ? digits + 1 : "0",
										  point - 1));
	if (point <= 0)
		return nami_str(nami_arena_printf(arena, "%s0.%.*s%.*s", sign, -point, "00", count,
										  digits));
	if (point >= count)
		return nami_str(nami_arena_printf(arena, "%s%.*s%.*s.0", sign, count, digits,
										  point - count, "0000000"));
	return nami_str(nami_arena_printf(arena, "%s%.*s.%.*s", sign, point, digits, count - point,
									  digits + point));
}

bool
nami_value_to_text(NamiArena *arena, NamiValue value, NamiStr *out)
{
	char		text[NAMI_NUMBER_TEXT_MAX];

	if (value.kind == NAMI_STRING)
		*out = nami_value_str(value);
	else if (value.kind == NAMI_INT)
		*out = nami_arena_str(arena, (NamiStr) {text, nami_number_format_i64(value.integer, text)});
	else if (value.kind == NAMI_FLOAT)
		*out = float_text(arena, value.number);
	else if (value.kind == NAMI_BOOL)
		*out = value.boolean ? NAMI_STR("true") : NAMI_STR("false");
	else if (nami_kind_is_temporal(value.kind))
		*out = nami_temporal_text(arena, value);
	else
		return false;
	return true;
}

/*
 * buf: of the row, with the text that the chain "a + b + c ..." has made so far. What it made is nobody
 * else's, so the next text is appended.
 */
static NamiStatus
concatenate_texts(NamiEvalContext *ctx, const NamiExpr *expr, NamiBuf *buf, NamiValue a,
				  NamiValue b, NamiValue *out, NamiError *err)
{
	NamiStr		left;
	NamiStr		right;

	if (!nami_value_to_text(ctx->arena, a, &left) || !nami_value_to_text(ctx->arena, b, &right))
		return cannot_apply(expr, a, b, err);
	if (left.len + right.len > INT32_MAX)
		return nami_fail_at(err, NAMI_ERR_LIMIT, "", expr->position, "string is too long");
	if (left.len + right.len > 65536)
		NAMI_TRY(nami_eval_check(ctx, err));
	if (buf->ptr == NULL || left.ptr != (const char *) buf->ptr || left.len != buf->len)
	{
		nami_buf_init(buf, ctx->arena);
		nami_buf_reserve(buf, left.len + right.len + 1);
		nami_buf_put_str(buf, left);
	}
	nami_buf_put_str(buf, right);
	*out = nami_value_string(nami_buf_str(buf));
	return NAMI_OK;
}

/* One side at least is a LIST; the other one, if none, is an element. */
static NamiStatus
concatenate_lists(NamiEvalContext *ctx, NamiValue a, NamiValue b, NamiValue *out, NamiError *err)
{
	uint32_t	left = a.kind == NAMI_LIST ? a.len : 1;
	uint32_t	right = b.kind == NAMI_LIST ? b.len : 1;
	NamiValue  *items;

	if ((uint64_t) left + right > NAMI_LIST_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "list of more than %u elements", NAMI_LIST_MAX);
	if (left + right > 4096)
		NAMI_TRY(nami_eval_check(ctx, err));
	items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, (size_t) left + right);
	for (uint32_t i = 0; i < left; i++)
		items[i] = a.kind == NAMI_LIST ? a.items[i] : a;
	for (uint32_t i = 0; i < right; i++)
		items[left + i] = b.kind == NAMI_LIST ? b.items[i] : b;
	return nami_make_list(items, (size_t) left + right, out, err);
}

/* ---- temporals ---- */

static bool
is_number(NamiValue value)
{
	return value.kind == NAMI_INT || value.kind == NAMI_FLOAT;
}

static NamiStatus
temporals(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue a, NamiValue b, NamiValue *out,
		  NamiError *err)
{
	bool		plus = expr->op == NAMI_EX_ADD;
	bool		minus = expr->op == NAMI_EX_SUB;

	if ((plus || minus) && a.kind == NAMI_DURATION && b.kind == NAMI_DURATION)
		return nami_duration_add(ctx->arena, a.duration, b.duration, plus ? 1 : -1, out, err);
	if ((plus || minus) && nami_kind_is_temporal(a.kind) && b.kind == NAMI_DURATION)
		return nami_temporal_add(ctx->arena, ctx->host, a, b.duration, plus ? 1 : -1, out, err);
	if (plus && a.kind == NAMI_DURATION && nami_kind_is_temporal(b.kind))
		return nami_temporal_add(ctx->arena, ctx->host, b, a.duration, 1, out, err);
	if (expr->op == NAMI_EX_MUL && a.kind == NAMI_DURATION && is_number(b))
		return nami_duration_scale(ctx->arena, a.duration, b, false, out, err);
	if (expr->op == NAMI_EX_MUL && is_number(a) && b.kind == NAMI_DURATION)
		return nami_duration_scale(ctx->arena, b.duration, a, false, out, err);
	if (expr->op == NAMI_EX_DIV && a.kind == NAMI_DURATION && is_number(b))
		return nami_duration_scale(ctx->arena, a.duration, b, true, out, err);
	return cannot_apply(expr, a, b, err);
}

static NamiStatus
combine(NamiEvalContext *ctx, const NamiExpr *expr, NamiBuf *buf, NamiValue a, NamiValue b,
		NamiValue *out, NamiError *err)
{
	bool		joins = expr->op == NAMI_EX_ADD || expr->op == NAMI_EX_CONCAT;

	if (a.kind == NAMI_NULL || b.kind == NAMI_NULL)
	{
		*out = nami_value_null();
		return NAMI_OK;
	}
	if (is_number(a) && is_number(b) && expr->op != NAMI_EX_CONCAT)
		return numbers(expr, a, b, out, err);
	if (joins && (a.kind == NAMI_LIST || b.kind == NAMI_LIST))
		return concatenate_lists(ctx, a, b, out, err);
	if (joins && (a.kind == NAMI_STRING || b.kind == NAMI_STRING))
		return concatenate_texts(ctx, expr, buf, a, b, out, err);
	return temporals(ctx, expr, a, b, out, err);
}

NamiStatus
nami_eval_arithmetic(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
					 NamiValue *out, NamiError *err)
{
	const NamiExpr **chain;
	const NamiExpr *leaf = expr;
	uint32_t	length = 0;
	NamiValue  *right = nami_eval_scratch(ctx, batch);
	NamiBuf    *texts = NULL;	/* per row, of a chain */

	for (; nami_eval_is_arithmetic(leaf->op); leaf = leaf->args[0])
		length++;
	chain = NAMI_NEW_ARRAY(ctx->arena, const NamiExpr *, length);
	if (length > 1)
		texts = nami_arena_alloc0(ctx->arena, batch->row_count * sizeof(NamiBuf));
	leaf = expr;
	for (uint32_t i = length; i-- > 0; leaf = leaf->args[0])
		chain[i] = leaf;

	NAMI_TRY(nami_eval(ctx, leaf, batch, out, err));
	for (uint32_t k = 0; k < length; k++)
	{
		NAMI_TRY(nami_eval(ctx, chain[k]->args[1], batch, right, err));
		for (uint32_t i = 0; i < batch->selected_count; i++)
		{
			uint32_t	row = nami_batch_row(batch, i);
			NamiBuf		text = {0};

			if (combine(ctx, chain[k], texts != NULL ? &texts[row] : &text, out[row], right[row],
						&out[row], err) != NAMI_OK)
			{
				if (err->position < 0)
					err->position = chain[k]->position;
				return NAMI_FAILED;
			}
		}
	}
	return NAMI_OK;
}

/* Unary plus and minus. */
NamiStatus
nami_eval_sign(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			   NamiError *err)
{
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		NamiValue  *value = &out[nami_batch_row(batch, i)];

		if (value->kind == NAMI_NULL)
			continue;
		if (value->kind == NAMI_DURATION && expr->op == NAMI_EX_NEG)
		{
			NAMI_TRY(nami_duration_scale(ctx->arena, value->duration, nami_value_int(-1), false,
										 value, err));
			continue;
		}
		if (!is_number(*value))
			return nami_eval_type_error(err, expr, "cannot apply unary '%s' to %s",
										expr->op == NAMI_EX_NEG ? "-" : "+",
										nami_kind_name(value->kind));
		if (expr->op == NAMI_EX_POS)
			continue;
		if (value->kind == NAMI_FLOAT)
			*value = nami_value_float(-value->number);
		else if (value->integer == INT64_MIN)
			return integer_overflow(expr, err);
		else
			*value = nami_value_int(-value->integer);
	}
	return NAMI_OK;
}
