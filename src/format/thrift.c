/*
 * thrift.c - see thrift.h.
 */
#include "format/thrift.h"

#define DEPTH_MAX	32

static bool
read_zigzag(NamiCursor *cur, int64_t *out)
{
	uint64_t	raw;

	if (!nami_cursor_read_varint(cur, &raw))
		return false;
	*out = (int64_t) (raw >> 1) ^ -(int64_t) (raw & 1);
	return true;
}

bool
nami_thrift_next_field(NamiCursor *cur, NamiThriftField *field)
{
	uint8_t		header;
	int64_t		id;

	field->type = NAMI_THRIFT_DAMAGED;
	if (!nami_cursor_read_u8(cur, &header))
		return false;
	if ((header & 0x0F) == NAMI_THRIFT_STOP)
	{
		if (header == 0)
			field->type = NAMI_THRIFT_STOP;
		return false;
	}
	if ((header & 0x0F) > NAMI_THRIFT_UUID)
		return false;
	if (header >> 4 != 0)
		id = (int64_t) field->id + (header >> 4);
	else if (!read_zigzag(cur, &id))
		return false;
	if (id < INT16_MIN || id > INT16_MAX)
		return false;
	field->id = (int16_t) id;
	field->type = header & 0x0F;
	return true;
}

bool
nami_thrift_read_i64(NamiCursor *cur, const NamiThriftField *field, int64_t *out)
{
	uint8_t		byte;

	if (field->type == NAMI_THRIFT_I8)
	{
		if (!nami_cursor_read_u8(cur, &byte))
			return false;
		*out = (int8_t) byte;
		return true;
	}
	return field->type >= NAMI_THRIFT_I16 && field->type <= NAMI_THRIFT_I64 &&
		read_zigzag(cur, out);
}

bool
nami_thrift_read_i32(NamiCursor *cur, const NamiThriftField *field, int32_t *out)
{
	int64_t		value;

	if (!nami_thrift_read_i64(cur, field, &value) || value < INT32_MIN || value > INT32_MAX)
		return false;
	*out = (int32_t) value;
	return true;
}

bool
nami_thrift_read_bool(const NamiThriftField *field, bool *out)
{
	*out = field->type == NAMI_THRIFT_TRUE;
	return field->type == NAMI_THRIFT_TRUE || field->type == NAMI_THRIFT_FALSE;
}

static bool
read_binary(NamiCursor *cur, NamiStr *out)
{
	const uint8_t *ptr;
	uint64_t	len;

	if (!nami_cursor_read_varint(cur, &len) || len > cur->len ||
		!nami_cursor_take(cur, (size_t) len, &ptr))
		return false;
	*out = (NamiStr) {(const char *) ptr, (size_t) len};
	return true;
}

bool
nami_thrift_read_binary(NamiCursor *cur, const NamiThriftField *field, NamiStr *out)
{
	return field->type == NAMI_THRIFT_BINARY && read_binary(cur, out);
}

static bool
read_list_header(NamiCursor *cur, uint8_t *element_type, uint32_t *count)
{
	uint8_t		header;
	uint64_t	n;

	if (!nami_cursor_read_u8(cur, &header))
		return false;
	n = header >> 4;
	if (n == 15 && !nami_cursor_read_varint(cur, &n))
		return false;
	*element_type = header & 0x0F;
	if (n > cur->len || n > UINT32_MAX ||
		*element_type == NAMI_THRIFT_STOP || *element_type > NAMI_THRIFT_UUID)
		return false;
	*count = (uint32_t) n;
	return true;
}

bool
nami_thrift_read_list(NamiCursor *cur, const NamiThriftField *field,
					  uint8_t *element_type, uint32_t *count)
{
	return (field->type == NAMI_THRIFT_LIST || field->type == NAMI_THRIFT_SET) &&
		read_list_header(cur, element_type, count);
}

static bool skip_value(NamiCursor *cur, uint8_t type, bool in_list, unsigned depth);

static bool
skip_map(NamiCursor *cur, unsigned depth)
{
	uint64_t	count;
	uint8_t		types;

	if (!nami_cursor_read_varint(cur, &count))
		return false;
	if (count == 0)
		return true;
	if (!nami_cursor_read_u8(cur, &types))
		return false;
	for (uint64_t i = 0; i < count; i++)
	{
		if (!skip_value(cur, types >> 4, true, depth) ||
			!skip_value(cur, types & 0x0F, true, depth))
			return false;
	}
	return true;
}

static bool
skip_list(NamiCursor *cur, unsigned depth)
{
	uint8_t		type;
	uint32_t	count;

	if (!read_list_header(cur, &type, &count))
		return false;
	for (uint32_t i = 0; i < count; i++)
	{
		if (!skip_value(cur, type, true, depth))
			return false;
	}
	return true;
}

static bool
skip_struct(NamiCursor *cur, unsigned depth)
{
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;

	while (nami_thrift_next_field(cur, &field))
	{
		if (!skip_value(cur, field.type, false, depth))
			return false;
	}
	return field.type == NAMI_THRIFT_STOP;
}

/* A bool takes a byte in a list or map and none as a field; all other values take at least one. */
static bool
skip_value(NamiCursor *cur, uint8_t type, bool in_list, unsigned depth)
{
	int64_t		number;
	NamiStr		binary;

	if (depth >= DEPTH_MAX)
		return false;
	switch (type)
	{
		case NAMI_THRIFT_TRUE:
		case NAMI_THRIFT_FALSE:
			return !in_list || nami_cursor_skip(cur, 1);
		case NAMI_THRIFT_I8:
			return nami_cursor_skip(cur, 1);
		case NAMI_THRIFT_I16:
		case NAMI_THRIFT_I32:
		case NAMI_THRIFT_I64:
			return read_zigzag(cur, &number);
		case NAMI_THRIFT_DOUBLE:
			return nami_cursor_skip(cur, 8);
		case NAMI_THRIFT_BINARY:
			return read_binary(cur, &binary);
		case NAMI_THRIFT_LIST:
		case NAMI_THRIFT_SET:
			return skip_list(cur, depth + 1);
		case NAMI_THRIFT_MAP:
			return skip_map(cur, depth + 1);
		case NAMI_THRIFT_STRUCT:
			return skip_struct(cur, depth + 1);
		case NAMI_THRIFT_UUID:
			return nami_cursor_skip(cur, 16);
		default:
			return false;
	}
}

bool
nami_thrift_skip(NamiCursor *cur, const NamiThriftField *field)
{
	return skip_value(cur, field->type, false, 0);
}
