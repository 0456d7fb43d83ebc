/*
 * json.c - pull reader and writer of json.h; the document tree is in json_tree.c.
 */
#include "base/json.h"

#include "base/number.h"
#include "base/utf8.h"

typedef enum ReaderState
{
	AT_START,					/* nothing read, UTF-8 not yet checked */
	AT_VALUE,					/* a value is due */
	AT_FIRST,					/* behind an opening bracket */
	AFTER_VALUE,
	AT_DONE
} ReaderState;

void
nami_json_reader_init(NamiJsonReader *reader, NamiCursor input, NamiArena *arena,
					  unsigned depth_max)
{
	memset(reader, 0, sizeof(*reader));
	reader->cur = input;
	reader->start = input.ptr;
	reader->arena = arena;
	reader->depth_max = depth_max < NAMI_JSON_DEPTH_LIMIT ? depth_max : NAMI_JSON_DEPTH_LIMIT;
	reader->state = AT_START;
}

static NamiStatus
reader_fail(NamiJsonReader *reader, NamiJsonFault fault, NamiError *err)
{
	return nami_fail(err, NAMI_ERR_CORRUPT, "malformed JSON: %s at byte %zu",
					 nami_json_fault_text(fault), (size_t) (reader->cur.ptr - reader->start));
}

static bool
in_object(const NamiJsonReader *reader)
{
	unsigned	top = reader->depth - 1;

	return reader->is_object[top / 64] >> (top % 64) & 1;
}

static void
take_byte(NamiJsonReader *reader)
{
	reader->cur.ptr++;
	reader->cur.len--;
}

static NamiJsonFault
take_text(NamiJsonReader *reader)
{
	bool		has_escape;
	NamiJsonFault fault = nami_json_scan_string(&reader->cur, &reader->text, &has_escape);

	if (fault == NAMI_JSON_FINE && has_escape)
		reader->text = nami_json_unescape(reader->arena, reader->text);
	return fault;
}

static NamiJsonFault
open_container(NamiJsonReader *reader, bool is_object)
{
	uint64_t	bit = UINT64_C(1) << (reader->depth % 64);

	if (reader->depth >= reader->depth_max)
		return NAMI_JSON_TOO_DEEP;
	if (is_object)
		reader->is_object[reader->depth / 64] |= bit;
	else
		reader->is_object[reader->depth / 64] &= ~bit;
	reader->depth++;
	take_byte(reader);
	reader->state = AT_FIRST;
	return NAMI_JSON_FINE;
}

static NamiJsonFault
read_value(NamiJsonReader *reader, NamiJsonToken *token)
{
	reader->state = AFTER_VALUE;
	switch (*reader->cur.ptr)
	{
		case '{':
			*token = NAMI_JSON_OBJECT_START;
			return open_container(reader, true);
		case '[':
			*token = NAMI_JSON_ARRAY_START;
			return open_container(reader, false);
		case '"':
			*token = NAMI_JSON_STRING_VALUE;
			return take_text(reader);
		case 't':
			*token = NAMI_JSON_TRUE;
			return nami_json_take_word(&reader->cur, NAMI_STR("true")) ? NAMI_JSON_FINE
				: NAMI_JSON_UNEXPECTED;
		case 'f':
			*token = NAMI_JSON_FALSE;
			return nami_json_take_word(&reader->cur, NAMI_STR("false")) ? NAMI_JSON_FINE
				: NAMI_JSON_UNEXPECTED;
		case 'n':
			*token = NAMI_JSON_NULL_VALUE;
			return nami_json_take_word(&reader->cur, NAMI_STR("null")) ? NAMI_JSON_FINE
				: NAMI_JSON_UNEXPECTED;
		default:
			*token = NAMI_JSON_NUMBER_VALUE;
			if (*reader->cur.ptr != '-' && (*reader->cur.ptr < '0' || *reader->cur.ptr > '9'))
				return NAMI_JSON_UNEXPECTED;
			return nami_json_scan_number(&reader->cur, &reader->text);
	}
}

static NamiJsonFault
read_key(NamiJsonReader *reader, NamiJsonToken *token)
{
	NamiJsonFault fault;

	nami_json_skip_space(&reader->cur);
	fault = take_text(reader);
	if (fault != NAMI_JSON_FINE)
		return fault;
	nami_json_skip_space(&reader->cur);
	if (reader->cur.len == 0)
		return NAMI_JSON_TRUNCATED;
	if (*reader->cur.ptr != ':')
		return NAMI_JSON_UNEXPECTED;
	take_byte(reader);
	*token = NAMI_JSON_KEY;
	reader->state = AT_VALUE;
	return NAMI_JSON_FINE;
}

/* Inside a container, behind its opening bracket or behind a value. */
static NamiJsonFault
read_in_container(NamiJsonReader *reader, NamiJsonToken *token)
{
	bool		is_first = reader->state == AT_FIRST;
	bool		is_object = in_object(reader);

	if (*reader->cur.ptr == (is_object ? '}' : ']'))
	{
		take_byte(reader);
		reader->depth--;
		reader->state = AFTER_VALUE;
		*token = is_object ? NAMI_JSON_OBJECT_END : NAMI_JSON_ARRAY_END;
		return NAMI_JSON_FINE;
	}
	if (!is_first)
	{
		if (*reader->cur.ptr != ',')
			return NAMI_JSON_UNEXPECTED;
		take_byte(reader);
		nami_json_skip_space(&reader->cur);
		if (reader->cur.len == 0)
			return NAMI_JSON_TRUNCATED;
	}
	return is_object ? read_key(reader, token) : read_value(reader, token);
}

static NamiStatus
check_start(NamiJsonReader *reader, NamiError *err)
{
	if (reader->state != AT_START)
		return NAMI_OK;
	if (!nami_utf8_is_valid((NamiStr) {(const char *) reader->cur.ptr, reader->cur.len}))
		return reader_fail(reader, NAMI_JSON_BAD_UTF8, err);
	reader->state = AT_VALUE;
	return NAMI_OK;
}

NamiStatus
nami_json_next(NamiJsonReader *reader, NamiJsonToken *token, NamiError *err)
{
	NamiJsonFault fault;

	NAMI_TRY(check_start(reader, err));
	nami_json_skip_space(&reader->cur);
	if (reader->depth == 0 && (reader->state == AFTER_VALUE || reader->state == AT_DONE))
	{
		if (reader->cur.len > 0)
			return reader_fail(reader, NAMI_JSON_TRAILING, err);
		reader->state = AT_DONE;
		*token = NAMI_JSON_END;
		return NAMI_OK;
	}
	if (reader->cur.len == 0)
		return reader_fail(reader, NAMI_JSON_TRUNCATED, err);
	fault = reader->state == AT_VALUE ? read_value(reader, token) : read_in_container(reader, token);
	return fault == NAMI_JSON_FINE ? NAMI_OK : reader_fail(reader, fault, err);
}

NamiStatus
nami_json_skip(NamiJsonReader *reader, NamiStr *raw, NamiError *err)
{
	NamiJsonFault fault;

	NAMI_TRY(check_start(reader, err));
	NAMI_ASSERT(reader->depth == 0 || reader->state == AT_VALUE || !in_object(reader));
	nami_json_skip_space(&reader->cur);
	if (reader->state == AFTER_VALUE && reader->depth > 0)
	{
		if (reader->cur.len == 0 || *reader->cur.ptr != ',')
			return reader_fail(reader, NAMI_JSON_UNEXPECTED, err);
		take_byte(reader);
	}
	fault = nami_json_scan_value(&reader->cur, reader->depth_max - reader->depth, raw);
	if (fault != NAMI_JSON_FINE)
		return reader_fail(reader, fault, err);
	reader->state = AFTER_VALUE;
	return NAMI_OK;
}

/* ---- writer ---- */

void
nami_json_put_string(NamiBuf *out, NamiStr text)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *ptr = (const uint8_t *) text.ptr;
	size_t		left = text.len;

	nami_buf_put_u8(out, '"');
	while (left > 0)
	{
		size_t		plain = nami_json_plain_len(ptr, left);
		char		escape[6] = {'\\', 'u', '0', '0', 0, 0};
		size_t		len = 2;

		nami_buf_put(out, ptr, plain);
		ptr += plain;
		left -= plain;
		if (left == 0)
			break;
		switch (*ptr)
		{
			case '"':
			case '\\':
				escape[1] = (char) *ptr;
				break;
			case '\b':
				escape[1] = 'b';
				break;
			case '\f':
				escape[1] = 'f';
				break;
			case '\n':
				escape[1] = 'n';
				break;
			case '\r':
				escape[1] = 'r';
				break;
			case '\t':
				escape[1] = 't';
				break;
			default:
				escape[4] = hex[*ptr >> 4];
				escape[5] = hex[*ptr & 15];
				len = 6;
				break;
		}
		nami_buf_put(out, escape, len);
		ptr++;
		left--;
	}
	nami_buf_put_u8(out, '"');
}

void
nami_json_put_u64(NamiBuf *out, uint64_t value)
{
	char		text[NAMI_NUMBER_TEXT_MAX];

	nami_buf_put(out, text, nami_number_format_u64(value, text));
}

void
nami_json_put_i64(NamiBuf *out, int64_t value)
{
	char		text[NAMI_NUMBER_TEXT_MAX];

	nami_buf_put(out, text, nami_number_format_i64(value, text));
}

void
nami_json_put_double(NamiBuf *out, double value)
{
	char		text[NAMI_NUMBER_TEXT_MAX];

	nami_buf_put(out, text, nami_number_format_double(value, text));
}

static void
before_value(NamiJsonWriter *writer)
{
	if (writer->needs_comma)
		nami_buf_put_u8(writer->out, ',');
	writer->needs_comma = true;
}

void
nami_json_begin(NamiJsonWriter *writer, char bracket)
{
	before_value(writer);
	nami_buf_put_u8(writer->out, (uint8_t) bracket);
	writer->needs_comma = false;
}

void
nami_json_end(NamiJsonWriter *writer, char bracket)
{
	nami_buf_put_u8(writer->out, (uint8_t) bracket);
	writer->needs_comma = true;
}

void
nami_json_key(NamiJsonWriter *writer, NamiStr key)
{
	before_value(writer);
	nami_json_put_string(writer->out, key);
	nami_buf_put_u8(writer->out, ':');
	writer->needs_comma = false;
}

void
nami_json_write_string(NamiJsonWriter *writer, NamiStr text)
{
	before_value(writer);
	nami_json_put_string(writer->out, text);
}

void
nami_json_write_u64(NamiJsonWriter *writer, uint64_t value)
{
	before_value(writer);
	nami_json_put_u64(writer->out, value);
}

void
nami_json_write_i64(NamiJsonWriter *writer, int64_t value)
{
	before_value(writer);
	nami_json_put_i64(writer->out, value);
}

void
nami_json_write_double(NamiJsonWriter *writer, double value)
{
	before_value(writer);
	nami_json_put_double(writer->out, value);
}

void
nami_json_write_bool(NamiJsonWriter *writer, bool value)
{
	nami_json_write_raw(writer, value ? NAMI_STR("true") : NAMI_STR("false"));
}

void
nami_json_write_null(NamiJsonWriter *writer)
{
	nami_json_write_raw(writer, NAMI_STR("null"));
}

void
nami_json_write_raw(NamiJsonWriter *writer, NamiStr json)
{
	before_value(writer);
	nami_buf_put_str(writer->out, json);
}
