/*
 * functions_string.c - functions on strings (spec/cypher.md 4). Positions count code points.
 */
#include "exec/functions_internal.h"

#include <utf8proc.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "exec/casing_table.h"

#define TEXT_MAX	((size_t) 1 << 30)

static NamiStatus
need_string(const NamiExpr *call, NamiValue value, NamiStr *out, NamiError *err)
{
	if (value.kind != NAMI_STRING)
		return nami_wrong_type(call, "STRING", value, err);
	*out = nami_value_str(value);
	return NAMI_OK;
}

/* Asks the host once for each 64 KiB of a text. */
static NamiStatus
check_at(NamiEvalContext *ctx, size_t pos, size_t *asked, NamiError *err)
{
	if (pos - *asked < 65536)
		return NAMI_OK;
	*asked = pos;
	return nami_eval_check(ctx, err);
}

/* ---- case ---- */

static const NamiUpperMapping *
special_upper(uint32_t code_point)
{
	size_t		low = 0;
	size_t		high = sizeof(upper_mappings) / sizeof(upper_mappings[0]);

	while (low < high)
	{
		size_t		mid = (low + high) / 2;

		if (upper_mappings[mid].code_point == code_point)
			return &upper_mappings[mid];
		if (upper_mappings[mid].code_point < code_point)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void
put_code_point(NamiBuf *buf, uint32_t code_point)
{
	char		bytes[NAMI_UTF8_MAX];

	nami_buf_put(buf, bytes, nami_utf8_encode(code_point, bytes));
}

NamiStatus
nami_fn_to_upper(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		text;
	NamiBuf		buf;

	NAMI_TRY(need_string(call, args[0], &text, err));
	nami_buf_init(&buf, ctx->arena);
	nami_buf_reserve(&buf, text.len);
	for (size_t pos = 0, asked = 0; pos < text.len;)
	{
		uint32_t	c = nami_utf8_next(text, &pos);
		const NamiUpperMapping *special = c < 0x80 ? NULL : special_upper(c);

		if (special == NULL)
			put_code_point(&buf, (uint32_t) utf8proc_toupper((utf8proc_int32_t) c));
		else
			for (int i = 0; i < 3 && special->upper[i] != 0; i++)
				put_code_point(&buf, special->upper[i]);
		NAMI_TRY(check_at(ctx, pos, &asked, err));
	}
	*out = nami_value_string(nami_buf_str(&buf));
	return NAMI_OK;
}

static bool
is_cased(uint32_t c)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t) c);

	return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
		category == UTF8PROC_CATEGORY_LT;
}

static bool
is_case_ignorable(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t) c))
	{
		case UTF8PROC_CATEGORY_MN:
		case UTF8PROC_CATEGORY_ME:
		case UTF8PROC_CATEGORY_CF:
		case UTF8PROC_CATEGORY_LM:
		case UTF8PROC_CATEGORY_SK:
			return true;
		default:
			return c == '\'' || c == '.' || c == ':' || c == 0xB7 || c == 0x2019;
	}
}

/* Unicode's Final_Sigma: a letter before it, none after it; start and end delimit the sigma. */
static bool
is_final_sigma(NamiStr text, size_t start, size_t end)
{
	bool		letter = false;

	while (start > 0)
	{
		uint32_t	c = nami_utf8_previous(text, &start);

		if (!is_case_ignorable(c))
		{
			letter = is_cased(c);
			break;
		}
	}
	while (letter && end < text.len)
	{
		uint32_t	c = nami_utf8_next(text, &end);

		if (!is_case_ignorable(c))
			return !is_cased(c);
	}
	return letter;
}

NamiStatus
nami_fn_to_lower(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		text;
	NamiBuf		buf;

	NAMI_TRY(need_string(call, args[0], &text, err));
	nami_buf_init(&buf, ctx->arena);
	nami_buf_reserve(&buf, text.len);
	for (size_t pos = 0, asked = 0; pos < text.len;)
	{
		size_t		start = pos;
		uint32_t	c = nami_utf8_next(text, &pos);

		NAMI_TRY(check_at(ctx, pos, &asked, err));
		if (c == 0x130)			/* the only lower case of two code points */
		{
			put_code_point(&buf, 'i');
			put_code_point(&buf, 0x307);
		}
		else if (c == 0x3A3)
			put_code_point(&buf, is_final_sigma(text, start, pos) ? 0x3C2 : 0x3C3);
		else
			put_code_point(&buf, (uint32_t) utf8proc_tolower((utf8proc_int32_t) c));
	}
	*out = nami_value_string(nami_buf_str(&buf));
	return NAMI_OK;
}

/* ---- trim ---- */

/* Unicode's White_Space. */
static bool
is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
		(c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
		c == 0x205F || c == 0x3000;
}

static NamiStatus
trim(const NamiExpr *call, NamiValue arg, bool left, bool right, NamiValue *out, NamiError *err)
{
	NamiStr		text;
	size_t		start = 0;
	size_t		end;

	NAMI_TRY(need_string(call, arg, &text, err));
	end = text.len;
	while (left && start < end)
	{
		size_t		pos = start;

		if (!is_space(nami_utf8_next(text, &pos)))
			break;
		start = pos;
	}
	while (right && end > start)
	{
		size_t		pos = end;

		if (!is_space(nami_utf8_previous(text, &pos)))
			break;
		end = pos;
	}
	*out = nami_value_string(nami_str_slice(text, start, end - start));
	return NAMI_OK;
}

NamiStatus
nami_fn_trim(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	return trim(call, args[0], true, true, out, err);
}

NamiStatus
nami_fn_ltrim(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	return trim(call, args[0], true, false, out, err);
}

NamiStatus
nami_fn_rtrim(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	return trim(call, args[0], false, true, out, err);
}

/* ---- pieces ---- */

/* A count or position: an INTEGER that is not negative. */
static NamiStatus
need_count(const NamiExpr *call, NamiValue value, const char *what, size_t *out, NamiError *err)
{
	if (value.kind == NAMI_NULL)
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "%s must not be null", what);
	if (value.kind != NAMI_INT)
		return nami_wrong_type(call, "INTEGER", value, err);
	if (value.integer < 0)
		return nami_bad_argument(call, "ArgumentError: NegativeIntegerArgument", err,
								 "%s must not be negative", what);
	*out = (size_t) value.integer;
	return NAMI_OK;
}

/* left() and right(): a null text gives null, a null length is an error. */
static NamiStatus
side_arguments(const NamiExpr *call, const NamiValue *args, NamiStr *text, size_t *count,
			   bool *is_null, NamiError *err)
{
	*is_null = args[0].kind == NAMI_NULL;
	if (*is_null)
		return NAMI_OK;
	NAMI_TRY(need_string(call, args[0], text, err));
	return need_count(call, args[1], "length", count, err);
}

NamiStatus
nami_fn_left(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	NamiStr		text;
	size_t		count;
	bool		is_null;

	NAMI_TRY(side_arguments(call, args, &text, &count, &is_null, err));
	if (!is_null)
		*out = nami_value_string(nami_str_slice(text, 0, nami_utf8_offset(text, count)));
	return NAMI_OK;
}

NamiStatus
nami_fn_right(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	NamiStr		text;
	size_t		count;
	size_t		total;
	bool		is_null;

	NAMI_TRY(side_arguments(call, args, &text, &count, &is_null, err));
	if (is_null)
		return NAMI_OK;
	total = nami_utf8_count(text);
	if (count < total)
	{
		size_t		start = nami_utf8_offset(text, total - count);

		text = nami_str_slice(text, start, text.len - start);
	}
	*out = nami_value_string(text);
	return NAMI_OK;
}

NamiStatus
nami_fn_substring(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		text;
	size_t		start;
	size_t		count = SIZE_MAX;

	NAMI_TRY(need_string(call, args[0], &text, err));
	NAMI_TRY(need_count(call, args[1], "start", &start, err));
	if (arg_count > 2)
		NAMI_TRY(need_count(call, args[2], "length", &count, err));
	start = nami_utf8_offset(text, start);
	text = nami_str_slice(text, start, text.len - start);
	*out = nami_value_string(nami_str_slice(text, 0, nami_utf8_offset(text, count)));
	return NAMI_OK;
}

NamiStatus
nami_fn_char_length(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
					uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		text;

	NAMI_TRY(need_string(call, args[0], &text, err));
	*out = nami_value_int((int64_t) nami_utf8_count(text));
	return NAMI_OK;
}

/* ---- replace, split, reverse ---- */

/* replace() and split() take strings only; here the wheel's class is "argument". */
static NamiStatus
all_strings(const NamiExpr *call, const NamiValue *args, uint32_t arg_count, NamiError *err)
{
	for (uint32_t i = 0; i < arg_count; i++)
		if (args[i].kind != NAMI_STRING)
			return nami_bad_argument(call, "TypeError: InvalidArgumentValue", err,
									 "expects STRING, got %s", nami_kind_name(args[i].kind));
	return NAMI_OK;
}

static NamiStatus
too_long(const NamiExpr *call, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_LIMIT, "", call->position, "string is too long");
}

/* An empty pattern stands before every code point and at the end. */
static NamiStatus
replace_empty(NamiEvalContext *ctx, const NamiExpr *call, NamiStr text, NamiStr with, NamiBuf *buf,
			  NamiError *err)
{
	for (size_t pos = 0, asked = 0; pos < text.len;)
	{
		size_t		start = pos;

		NAMI_TRY(check_at(ctx, pos, &asked, err));
		nami_utf8_next(text, &pos);
		nami_buf_put_str(buf, with);
		nami_buf_put(buf, text.ptr + start, pos - start);
		if (buf->len > TEXT_MAX)
			return too_long(call, err);
	}
	nami_buf_put_str(buf, with);
	return NAMI_OK;
}

NamiStatus
nami_fn_replace(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		text = nami_value_str(args[0]);
	NamiStr		pattern = nami_value_str(args[1]);
	NamiStr		with = nami_value_str(args[2]);
	NamiBuf		buf;
	size_t		pos = 0;
	size_t		asked = 0;

	NAMI_TRY(all_strings(call, args, arg_count, err));
	nami_buf_init(&buf, ctx->arena);
	if (pattern.len == 0)
		NAMI_TRY(replace_empty(ctx, call, text, with, &buf, err));
	while (pattern.len > 0)
	{
		const char *found = text.len - pos < pattern.len ? NULL :
			memmem(text.ptr + pos, text.len - pos, pattern.ptr, pattern.len);

		if (found == NULL)
		{
			nami_buf_put(&buf, text.ptr + pos, text.len - pos);
			break;
		}
		nami_buf_put(&buf, text.ptr + pos, (size_t) (found - text.ptr) - pos);
		nami_buf_put_str(&buf, with);
		if (buf.len > TEXT_MAX)
			return too_long(call, err);
		pos = (size_t) (found - text.ptr) + pattern.len;
		NAMI_TRY(check_at(ctx, pos, &asked, err));
	}
	*out = nami_value_string(nami_buf_str(&buf));
	return NAMI_OK;
}

NamiStatus
nami_fn_split(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	NamiStr		text = nami_value_str(args[0]);
	NamiStr		delimiter = nami_value_str(args[1]);
	NAMI_VEC(NamiValue) pieces = {0};
	size_t		start = 0;

	NAMI_TRY(all_strings(call, args, arg_count, err));
	/* no character, no piece; with a delimiter it is one empty piece (spec/cypher.md 4) */
	if (text.len == 0 && delimiter.len == 0)
		return nami_make_list(NULL, 0, out, err);
	for (;;)
	{
		size_t		end = text.len;
		const char *found = NULL;

		if (delimiter.len > 0 && text.len - start >= delimiter.len)
			found = memmem(text.ptr + start, text.len - start, delimiter.ptr, delimiter.len);
		if (found != NULL)
			end = (size_t) (found - text.ptr);
		else if (delimiter.len == 0 && start < text.len)
		{
			end = start;
			nami_utf8_next(text, &end);
		}
		nami_vec_push(&pieces, ctx->arena,
					  nami_value_string(nami_str_slice(text, start, end - start)));
		start = end + (found != NULL ? delimiter.len : 0);
		if (found == NULL && (delimiter.len > 0 || start >= text.len))
			break;
	}
	return nami_make_list(pieces.items, pieces.count, out, err);
}

NamiStatus
nami_fn_reverse(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiValue	value = args[0];

	if (value.kind == NAMI_LIST)
	{
		NamiValue  *items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, value.len);

		for (uint32_t i = 0; i < value.len; i++)
			items[i] = value.items[value.len - 1 - i];
		return nami_make_list(items, value.len, out, err);
	}
	if (value.kind == NAMI_STRING)
	{
		NamiStr		text = nami_value_str(value);
		char	   *copy = nami_arena_alloc(ctx->arena, text.len);
		size_t		at = text.len;

		for (size_t pos = 0, asked = 0; pos < text.len;)
		{
			size_t		start = pos;

			NAMI_TRY(check_at(ctx, pos, &asked, err));
			nami_utf8_next(text, &pos);
			at -= pos - start;
			memcpy(copy + at, text.ptr + start, pos - start);
		}
		*out = nami_value_string((NamiStr) {copy, text.len});
		return NAMI_OK;
	}
	return nami_wrong_type(call, "STRING or LIST", value, err);
}
