/*
 * json_scan.c - see json_scan.h.
 */
#include "base/json_scan.h"

#include "base/number.h"
#include "base/utf8.h"

const char *
nami_json_fault_text(NamiJsonFault fault)
{
	switch (fault)
	{
		case NAMI_JSON_FINE:
			return "no error";
		case NAMI_JSON_TRUNCATED:
			return "unexpected end of the text";
		case NAMI_JSON_UNEXPECTED:
			return "unexpected character";
		case NAMI_JSON_BAD_ESCAPE:
			return "bad escape in a string";
		case NAMI_JSON_LONE_SURROGATE:
			return "lone surrogate in a string";
		case NAMI_JSON_CONTROL_CHARACTER:
			return "control character in a string";
		case NAMI_JSON_BAD_NUMBER:
			return "malformed number";
		case NAMI_JSON_BAD_UTF8:
			return "invalid UTF-8";
		case NAMI_JSON_TOO_DEEP:
			return "nested too deeply";
		case NAMI_JSON_TRAILING:
			return "something follows the value";
	}
	return "unknown error";
}

static bool
hex4(const uint8_t *ptr, uint32_t *out)
{
	uint64_t	value;

	if (!nami_number_parse_hex((NamiStr) {(const char *) ptr, 4}, &value))
		return false;
	*out = (uint32_t) value;
	return true;
}

/*
 * Reads one escape at ptr (a backslash). *len is its length (12 for a surrogate pair), *out the
 * code point.
 */
static NamiJsonFault
read_escape(const uint8_t *ptr, size_t left, size_t *len, uint32_t *out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meaning[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint32_t	low;

	if (left < 2)
		return NAMI_JSON_TRUNCATED;
	if (ptr[1] != 'u')
	{
		found = ptr[1] == '\0' ? NULL : strchr(letters, ptr[1]);
		if (found == NULL)
			return NAMI_JSON_BAD_ESCAPE;
		*len = 2;
		*out = (uint8_t) meaning[found - letters];
		return NAMI_JSON_FINE;
	}
	if (left < 6)
		return NAMI_JSON_TRUNCATED;
	if (!hex4(ptr + 2, out))
		return NAMI_JSON_BAD_ESCAPE;
	*len = 6;
	if (*out < 0xD800 || *out > 0xDFFF)
		return NAMI_JSON_FINE;
	if (*out >= 0xDC00 || left < 12 || ptr[6] != '\\' || ptr[7] != 'u' || !hex4(ptr + 8, &low) ||
		low < 0xDC00 || low > 0xDFFF)
		return NAMI_JSON_LONE_SURROGATE;
	*len = 12;
	*out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
	return NAMI_JSON_FINE;
}

NamiJsonFault
nami_json_scan_string(NamiCursor *cur, NamiStr *raw, bool *has_escape)
{
	const uint8_t *ptr = cur->ptr + 1;
	size_t		left = cur->len - 1;

	if (cur->len == 0)
		return NAMI_JSON_TRUNCATED;
	if (*cur->ptr != '"')
		return NAMI_JSON_UNEXPECTED;
	*has_escape = false;
	for (;;)
	{
		size_t		plain = nami_json_plain_len(ptr, left);
		uint32_t	code_point;
		size_t		len;
		NamiJsonFault fault;

		ptr += plain;
		left -= plain;
		if (left == 0)
			return NAMI_JSON_TRUNCATED;
		if (*ptr == '"')
			break;
		if (*ptr != '\\')
			return NAMI_JSON_CONTROL_CHARACTER;
		fault = read_escape(ptr, left, &len, &code_point);
		if (fault != NAMI_JSON_FINE)
			return fault;
		*has_escape = true;
		ptr += len;
		left -= len;
	}
	*raw = (NamiStr) {(const char *) cur->ptr + 1, (size_t) (ptr - cur->ptr - 1)};
	cur->ptr = ptr + 1;
	cur->len = left - 1;
	return NAMI_JSON_FINE;
}

NamiStr
nami_json_unescape(NamiArena *arena, NamiStr raw)
{
	/* An escape is never shorter than what it stands for. */
	char	   *out = nami_arena_alloc(arena, raw.len + 1);
	const uint8_t *ptr = (const uint8_t *) raw.ptr;
	size_t		left = raw.len;
	size_t		len = 0;

	while (left > 0)
	{
		const uint8_t *slash = memchr(ptr, '\\', left);
		size_t		plain = slash == NULL ? left : (size_t) (slash - ptr);
		uint32_t	code_point;
		size_t		step;

		memcpy(out + len, ptr, plain);
		len += plain;
		ptr += plain;
		left -= plain;
		if (left == 0)
			break;
		if (read_escape(ptr, left, &step, &code_point) != NAMI_JSON_FINE)
			break;				/* cannot be: the scan has checked it */
		len += nami_utf8_encode(code_point, out + len);
		ptr += step;
		left -= step;
	}
	return (NamiStr) {out, len};
}

NamiJsonFault
nami_json_scan_number(NamiCursor *cur, NamiStr *token)
{
	size_t		len = nami_number_scan((NamiStr) {(const char *) cur->ptr, cur->len});

	if (len == 0)
		return cur->len == 0 ? NAMI_JSON_TRUNCATED : NAMI_JSON_BAD_NUMBER;
	*token = (NamiStr) {(const char *) cur->ptr, len};
	cur->ptr += len;
	cur->len -= len;
	return NAMI_JSON_FINE;
}

bool
nami_json_take_word(NamiCursor *cur, NamiStr word)
{
	if (cur->len < word.len || memcmp(cur->ptr, word.ptr, word.len) != 0)
		return false;
	cur->ptr += word.len;
	cur->len -= word.len;
	return true;
}

static NamiJsonFault
scan_scalar(NamiCursor *cur)
{
	NamiStr		ignored;
	bool		has_escape;

	if (cur->len == 0)
		return NAMI_JSON_TRUNCATED;
	switch (*cur->ptr)
	{
		case '"':
			return nami_json_scan_string(cur, &ignored, &has_escape);
		case 't':
			return nami_json_take_word(cur, NAMI_STR("true")) ? NAMI_JSON_FINE
				: NAMI_JSON_UNEXPECTED;
		case 'f':
			return nami_json_take_word(cur, NAMI_STR("false")) ? NAMI_JSON_FINE
				: NAMI_JSON_UNEXPECTED;
		case 'n':
			return nami_json_take_word(cur, NAMI_STR("null")) ? NAMI_JSON_FINE
				: NAMI_JSON_UNEXPECTED;
		default:
			if (*cur->ptr != '-' && (*cur->ptr < '0' || *cur->ptr > '9'))
				return NAMI_JSON_UNEXPECTED;
			return nami_json_scan_number(cur, &ignored);
	}
}

static NamiJsonFault
scan_member_name(NamiCursor *cur)
{
	NamiStr		ignored;
	bool		has_escape;
	NamiJsonFault fault = nami_json_scan_string(cur, &ignored, &has_escape);

	if (fault != NAMI_JSON_FINE)
		return fault;
	nami_json_skip_space(cur);
	if (cur->len == 0)
		return NAMI_JSON_TRUNCATED;
	if (*cur->ptr != ':')
		return NAMI_JSON_UNEXPECTED;
	cur->ptr++;
	cur->len--;
	return NAMI_JSON_FINE;
}

/*
 * Behind a value at the given depth: takes closing brackets and one comma, up to the place where
 * the next value begins. Bit n of is_object tells the kind of the container at depth n + 1.
 */
static NamiJsonFault
scan_after_value(NamiCursor *cur, const uint64_t *is_object, unsigned *depth)
{
	while (*depth > 0)
	{
		unsigned	top = *depth - 1;
		bool		in_object = is_object[top / 64] >> (top % 64) & 1;
		uint8_t		c;

		nami_json_skip_space(cur);
		if (cur->len == 0)
			return NAMI_JSON_TRUNCATED;
		c = *cur->ptr;
		if (c != ',' && c != (in_object ? '}' : ']'))
			return NAMI_JSON_UNEXPECTED;
		cur->ptr++;
		cur->len--;
		if (c == ',')
		{
			if (!in_object)
				return NAMI_JSON_FINE;
			nami_json_skip_space(cur);
			return scan_member_name(cur);
		}
		(*depth)--;
	}
	return NAMI_JSON_FINE;
}

NamiJsonFault
nami_json_scan_value(NamiCursor *cur, unsigned depth_max, NamiStr *raw)
{
	uint64_t	is_object[NAMI_JSON_DEPTH_LIMIT / 64] = {0};
	unsigned	depth = 0;
	const uint8_t *start;
	NamiJsonFault fault;

	if (depth_max > NAMI_JSON_DEPTH_LIMIT)
		depth_max = NAMI_JSON_DEPTH_LIMIT;
	nami_json_skip_space(cur);
	start = cur->ptr;
	do
	{
		uint8_t		open;

		nami_json_skip_space(cur);
		if (cur->len == 0)
			return NAMI_JSON_TRUNCATED;
		open = *cur->ptr;
		if (open == '{' || open == '[')
		{
			uint64_t	bit = UINT64_C(1) << (depth % 64);

			if (depth >= depth_max)
				return NAMI_JSON_TOO_DEEP;
			if (open == '{')
				is_object[depth / 64] |= bit;
			else
				is_object[depth / 64] &= ~bit;
			depth++;
			cur->ptr++;
			cur->len--;
			nami_json_skip_space(cur);
			if (cur->len == 0)
				return NAMI_JSON_TRUNCATED;
			if (*cur->ptr != (open == '{' ? '}' : ']'))
			{
				fault = open == '{' ? scan_member_name(cur) : NAMI_JSON_FINE;
				if (fault != NAMI_JSON_FINE)
					return fault;
				continue;
			}
			cur->ptr++;
			cur->len--;
			depth--;
		}
		else
		{
			fault = scan_scalar(cur);
			if (fault != NAMI_JSON_FINE)
				return fault;
		}
		fault = scan_after_value(cur, is_object, &depth);
		if (fault != NAMI_JSON_FINE)
			return fault;
	} while (depth > 0);
	*raw = (NamiStr) {(const char *) start, (size_t) (cur->ptr - start)};
	return NAMI_JSON_FINE;
}
