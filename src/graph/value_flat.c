/*
 * value_flat.c - see value_flat.h.
 */
#include "graph/value_flat.h"

#include "base/cursor.h"

#define DEPTH_MAX	128

static void
put_u32(NamiBuf *out, uint32_t value)
{
	nami_buf_put(out, &value, sizeof(value));
}

static void
put_u64(NamiBuf *out, uint64_t value)
{
	nami_buf_put(out, &value, sizeof(value));
}

static void
put_text(NamiBuf *out, NamiStr text)
{
	put_u32(out, (uint32_t) text.len);
	nami_buf_put_str(out, text);
}

static void
flatten_at(NamiBuf *out, NamiValue value, int depth)
{
	if (depth > DEPTH_MAX)
		value = nami_value_null();
	nami_buf_put_u8(out, value.kind);
	switch ((NamiKind) value.kind)
	{
		case NAMI_BOOL:
			nami_buf_put_u8(out, value.boolean);
			break;
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			put_u64(out, (uint64_t) value.integer);
			break;
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			put_u32(out, value.len);
			put_u64(out, (uint64_t) value.integer);
			break;
		case NAMI_STRING:
		case NAMI_BYTES:
			put_text(out, nami_value_str(value));
			break;
		case NAMI_DATETIME:
			put_u64(out, (uint64_t) value.datetime->seconds);
			put_u32(out, (uint32_t) value.datetime->nanoseconds);
			put_u32(out, (uint32_t) value.datetime->offset_seconds);
			put_text(out, value.datetime->zone);
			break;
		case NAMI_DURATION:
			put_u64(out, (uint64_t) value.duration->months);
			put_u64(out, (uint64_t) value.duration->days);
			put_u64(out, (uint64_t) value.duration->seconds);
			put_u32(out, (uint32_t) value.duration->nanoseconds);
			break;
		case NAMI_VECTOR:
			put_u32(out, value.len);
			nami_buf_put(out, value.floats, (size_t) value.len * sizeof(float));
			break;
		case NAMI_LIST:
			put_u32(out, value.len);
			for (uint32_t i = 0; i < value.len; i++)
				flatten_at(out, value.items[i], depth + 1);
			break;
		case NAMI_MAP:
			put_u32(out, value.len);
			for (uint32_t i = 0; i < value.len; i++)
			{
				put_text(out, value.entries[i].key);
				flatten_at(out, value.entries[i].value, depth + 1);
			}
			break;
		case NAMI_NULL:
		case NAMI_NODE:
		case NAMI_REL:
		case NAMI_PATH:
			break;
	}
}

void
nami_value_flatten(NamiBuf *out, NamiValue value)
{
	flatten_at(out, value, 0);
}

static uint32_t
take_u32(NamiCursor *cur)
{
	uint32_t	value = 0;

	return nami_cursor_copy(cur, &value, sizeof(value)) ? value : 0;
}

static uint64_t
take_u64(NamiCursor *cur)
{
	uint64_t	value = 0;

	return nami_cursor_copy(cur, &value, sizeof(value)) ? value : 0;
}

static NamiStr
take_text(NamiCursor *cur)
{
	uint32_t	len = take_u32(cur);
	const uint8_t *ptr = NULL;

	if (!nami_cursor_take(cur, len, &ptr))
		return (NamiStr) {NULL, 0};
	return (NamiStr) {(const char *) ptr, len};
}

static NamiValue
take_datetime(NamiArena *arena, NamiCursor *cur)
{
	NamiDateTime *point = NAMI_NEW(arena, NamiDateTime);
	NamiValue	value = {.kind = NAMI_DATETIME, .datetime = point};

	point->seconds = (int64_t) take_u64(cur);
	point->nanoseconds = (int32_t) take_u32(cur);
	point->offset_seconds = (int32_t) take_u32(cur);
	point->zone = take_text(cur);
	return value;
}

static NamiValue
take_duration(NamiArena *arena, NamiCursor *cur)
{
	NamiDuration *duration = NAMI_NEW(arena, NamiDuration);
	NamiValue	value = {.kind = NAMI_DURATION, .duration = duration};

	duration->months = (int64_t) take_u64(cur);
	duration->days = (int64_t) take_u64(cur);
	duration->seconds = (int64_t) take_u64(cur);
	duration->nanoseconds = (int32_t) take_u32(cur);
	return value;
}

static NamiValue
take_vector(NamiArena *arena, NamiCursor *cur)
{
	uint32_t	count = take_u32(cur);
	const uint8_t *ptr = NULL;
	float	   *floats;

	if (!nami_cursor_take(cur, (size_t) count * sizeof(float), &ptr))
		return nami_value_null();
	floats = nami_arena_memdup(arena, ptr, (size_t) count * sizeof(float));
	return nami_value_vector(floats, count);
}

static NamiValue
take_value(NamiArena *arena, NamiCursor *cur, int depth)
{
	uint8_t		kind = NAMI_NULL;
	uint32_t	count;
	NamiValue	value = {.kind = NAMI_NULL};

	if (depth > DEPTH_MAX || !nami_cursor_read_u8(cur, &kind))
		return value;
	switch ((NamiKind) kind)
	{
		case NAMI_BOOL:
			if (nami_cursor_read_u8(cur, &kind))
				value = nami_value_bool(kind != 0);
			break;
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			value.len = take_u32(cur);
			/* fall through */
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			value.kind = kind;
			value.integer = (int64_t) take_u64(cur);
			break;
		case NAMI_STRING:
			return nami_value_string(take_text(cur));
		case NAMI_BYTES:
			return nami_value_bytes(take_text(cur));
		case NAMI_DATETIME:
			return take_datetime(arena, cur);
		case NAMI_DURATION:
			return take_duration(arena, cur);
		case NAMI_VECTOR:
			return take_vector(arena, cur);
		case NAMI_LIST:
			count = take_u32(cur);
			if (count <= cur->len)
			{
				NamiValue  *items = NAMI_NEW_ARRAY(arena, NamiValue, count);

				for (uint32_t i = 0; i < count; i++)
					items[i] = take_value(arena, cur, depth + 1);
				value = nami_value_list(items, count);
			}
			break;
		case NAMI_MAP:
			count = take_u32(cur);
			if (count <= cur->len)
			{
				NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, count);

				for (uint32_t i = 0; i < count; i++)
				{
					entries[i].key = take_text(cur);
					entries[i].value = take_value(arena, cur, depth + 1);
				}
				value = nami_value_map(entries, count);
			}
			break;
		case NAMI_NULL:
		case NAMI_NODE:
		case NAMI_REL:
		case NAMI_PATH:
			break;
	}
	return value;
}

NamiValue
nami_value_unflatten(NamiArena *arena, const char *ptr, size_t len)
{
	NamiCursor	cur = nami_cursor(ptr, len);

	return take_value(arena, &cur, 0);
}
