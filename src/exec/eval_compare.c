/*
 * eval_compare.c - comparisons, IN, IS NULL and the string tests (spec/cypher.md 3.4).
 */
#include "exec/eval_internal.h"

static NamiTruth
ordering_truth(NamiExprOp op, int ordering)
{
	bool		result;

	if (op == NAMI_EX_LT)
		result = ordering == -1;
	else if (op == NAMI_EX_LE)
		result = ordering == -1 || ordering == 0;
	else if (op == NAMI_EX_GT)
		result = ordering == 1;
	else
		result = ordering == 1 || ordering == 0;
	return result ? NAMI_TRUE : NAMI_FALSE;
}

NamiTruth
nami_compare_truth(NamiExprOp op, NamiValue a, NamiValue b)
{
	NamiTruth	equal;
	bool		comparable;
	int			ordering;

	if (op == NAMI_EX_EQ || op == NAMI_EX_NE)
	{
		equal = nami_value_equal(a, b);
		if (op == NAMI_EX_EQ || equal == NAMI_UNKNOWN)
			return equal;
		return equal == NAMI_TRUE ? NAMI_FALSE : NAMI_TRUE;
	}
	nami_value_compare(a, b, &comparable, &ordering);
	return comparable ? ordering_truth(op, ordering) : NAMI_UNKNOWN;
}

/* Both operands: the left one into out, the right one into *right. */
static NamiStatus
eval_operands(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			  NamiValue **right, NamiError *err)
{
	*right = nami_eval_scratch(ctx, batch);
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	return nami_eval(ctx, expr->args[1], batch, *right, err);
}

NamiStatus
nami_eval_comparison(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
					 NamiValue *out, NamiError *err)
{
	NamiValue  *right;

	NAMI_TRY(eval_operands(ctx, expr, batch, out, &right, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		NAMI_TRY(nami_eval_check_long(ctx, &out[row], 1, err));
		out[row] = nami_truth_value(nami_compare_truth(expr->op, out[row], right[row]));
	}
	return NAMI_OK;
}

/* ---- IN ---- */

/* x IN list: a match wins, else a null (in x or in the list) makes it unknown. */
static NamiTruth
is_in(NamiValue value, NamiValue list)
{
	NamiTruth	result = NAMI_FALSE;

	for (uint32_t i = 0; i < list.len; i++)
	{
		NamiTruth	equal = nami_value_equal(value, list.items[i]);

		if (equal == NAMI_TRUE)
			return NAMI_TRUE;
		if (equal == NAMI_UNKNOWN)
			result = NAMI_UNKNOWN;
	}
	return result;
}

/*
 * A list that all rows share is hashed once. Only for elements without nulls inside: for these
 * equality is equivalence (but for NaN, which the probe leaves out).
 */
#define SET_MIN_ELEMENTS	16
#define SET_MIN_ROWS		8

typedef struct ListSet
{
	NamiValue	list;
	uint32_t   *slots;			/* element number + 1 */
	uint32_t	mask;
	bool		has_null;
} ListSet;

static bool
is_plain(NamiValue value)
{
	return value.kind != NAMI_LIST && value.kind != NAMI_MAP && value.kind != NAMI_NULL &&
		value.kind != NAMI_VECTOR;
}

/* NULL when the list is not fit for it. */
static ListSet *
make_set(NamiArena *arena, NamiValue list)
{
	ListSet    *set;
	uint32_t	slot_count = 32;

	for (uint32_t i = 0; i < list.len; i++)
		if (!is_plain(list.items[i]) && list.items[i].kind != NAMI_NULL)
			return NULL;
	while (slot_count < list.len * UINT32_C(2))
		slot_count *= 2;
	set = NAMI_NEW(arena, ListSet);
	set->list = list;
	set->mask = slot_count - 1;
	set->slots = nami_arena_alloc0(arena, slot_count * sizeof(uint32_t));
	for (uint32_t i = 0; i < list.len; i++)
	{
		uint32_t	at;

		if (list.items[i].kind == NAMI_NULL)
		{
			set->has_null = true;
			continue;
		}
		at = (uint32_t) nami_value_hash(list.items[i]) & set->mask;
		while (set->slots[at] != 0)
			at = (at + 1) & set->mask;
		set->slots[at] = i + 1;
	}
	return set;
}

static NamiTruth
set_contains(const ListSet *set, NamiValue value)
{
	uint32_t	at;

	if (value.kind == NAMI_NULL)
		return NAMI_UNKNOWN;
	at = (uint32_t) nami_value_hash(value) & set->mask;
	for (; set->slots[at] != 0; at = (at + 1) & set->mask)
		if (nami_value_equal(value, set->list.items[set->slots[at] - 1]) == NAMI_TRUE)
			return NAMI_TRUE;
	return set->has_null ? NAMI_UNKNOWN : NAMI_FALSE;
}

NamiStatus
nami_eval_in(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			 NamiError *err)
{
	NamiValue  *right;
	ListSet    *set = NULL;
	const NamiValue *set_items = NULL;
	uint32_t	repeats = 0;

	NAMI_TRY(eval_operands(ctx, expr, batch, out, &right, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiValue	list = right[row];

		if (list.kind == NAMI_NULL)
		{
			out[row] = nami_value_null();
			continue;
		}
		if (list.kind != NAMI_LIST)
			return nami_eval_type_error(err, expr, "IN expects LIST, got %s",
										nami_kind_name(list.kind));
		NAMI_TRY(nami_eval_check_long(ctx, &list, 1, err));
		if (list.items != set_items)
		{
			set_items = list.items;
			set = NULL;
			repeats = 0;
		}
		if (++repeats == SET_MIN_ROWS && list.len >= SET_MIN_ELEMENTS)
			set = make_set(ctx->arena, list);
		if (set != NULL && set->list.len == list.len &&
			(is_plain(out[row]) || out[row].kind == NAMI_NULL))
			out[row] = nami_truth_value(set_contains(set, out[row]));
		else
			out[row] = nami_truth_value(is_in(out[row], list));
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_is_null(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				  NamiValue *out, NamiError *err)
{
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		out[row] = nami_value_bool((out[row].kind == NAMI_NULL) == (expr->op == NAMI_EX_IS_NULL));
	}
	return NAMI_OK;
}

/* ---- strings ---- */

#define SEARCH_BYTES	((size_t) 1024 * 1024)

/* Piece by piece, so that a search in a long text can be cancelled. */
static NamiStatus
contains(NamiEvalContext *ctx, NamiStr text, NamiStr pattern, bool *result, NamiError *err)
{
	*result = pattern.len == 0;
	for (size_t at = 0; !*result && text.len - at >= pattern.len; at += SEARCH_BYTES)
	{
		size_t		left = text.len - at;
		size_t		piece = left - pattern.len > SEARCH_BYTES ? SEARCH_BYTES + pattern.len : left;

		*result = memmem(text.ptr + at, piece, pattern.ptr, pattern.len) != NULL;
		if (left <= SEARCH_BYTES)
			break;
		NAMI_TRY(nami_eval_check(ctx, err));
	}
	return NAMI_OK;
}

/* Non-strings, null among them, give null. */
NamiStatus
nami_eval_string_test(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
					  NamiValue *out, NamiError *err)
{
	NamiValue  *right;

	NAMI_TRY(eval_operands(ctx, expr, batch, out, &right, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiStr		text = nami_value_str(out[row]);
		NamiStr		pattern = nami_value_str(right[row]);
		bool		result;

		NAMI_TRY(nami_eval_check_long(ctx, &out[row], 1, err));
		if (out[row].kind != NAMI_STRING || right[row].kind != NAMI_STRING)
		{
			out[row] = nami_value_null();
			continue;
		}
		if (expr->op == NAMI_EX_STARTS_WITH)
			result = nami_str_starts_with(text, pattern);
		else if (expr->op == NAMI_EX_ENDS_WITH)
			result = nami_str_ends_with(text, pattern);
		else if (expr->op == NAMI_EX_CONTAINS)
			NAMI_TRY(contains(ctx, text, pattern, &result, err));
		else
			NAMI_TRY(nami_regex_match(ctx, expr, pattern, text, &result, err));
		out[row] = nami_value_bool(result);
	}
	return NAMI_OK;
}
