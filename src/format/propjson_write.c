/*
 * propjson_write.c - writing property maps; see propjson.h.
 */
#include "format/propjson.h"

#include "base/civil.h"
#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"
#include "format/temporal_text.h"

NamiStatus
nami_prop_check_name(NamiStr name, NamiError *err)
{
	if (nami_str_starts_with(name, NAMI_STR("__")) ||
		nami_str_starts_with(name, NAMI_STR("prop_")) ||
		nami_str_eq(name, NAMI_STR("node_id")) || nami_str_eq(name, NAMI_STR("tombstone")) ||
		nami_str_eq(name, NAMI_STR("lsn")))
	{
		NamiStr		shown = nami_str_slice(name, 0, 100);

		nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue", -1,
					 "property name \"%.*s\" is reserved", NAMI_STR_ARG(shown));
		nami_error_detail(err, "Names that begin with \"__\" or \"prop_\", and node_id, tombstone "
						  "and lsn belong to the storage format.");
		return NAMI_FAILED;
	}
	return NAMI_OK;
}

static NamiStatus
put_text(NamiBuf *out, NamiStr text, NamiError *err)
{
	if (!nami_utf8_is_valid(text))
		return nami_fail(err, NAMI_ERR_BAD_CHARACTER, "a stored text must be valid UTF-8");
	nami_json_put_string(out, text);
	return NAMI_OK;
}

static NamiStatus
put_double(NamiBuf *out, double value, NamiError *err)
{
	if (!__builtin_isfinite(value))
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue", -1,
							"%s cannot be stored", __builtin_isnan(value) ? "NaN" : "an infinity");
	nami_json_put_double(out, value);
	return NAMI_OK;
}

static NamiStatus
put_vector(NamiBuf *out, NamiValue value, NamiError *err)
{
	nami_buf_put_u8(out, '[');
	for (uint32_t i = 0; i < value.len; i++)
	{
		uint8_t    *room;

		if (!__builtin_isfinite(value.floats[i]))
			return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue", -1,
								"%s in a vector cannot be stored", __builtin_isnan(value.floats[i]) ? "NaN" : "an infinity");
		if (i > 0)
			nami_buf_put_u8(out, ',');
		room = nami_buf_reserve(out, NAMI_NUMBER_TEXT_MAX);
		out->len += nami_number_format_float(value.floats[i], (char *) room);
	}
	nami_buf_put_u8(out, ']');
	return NAMI_OK;
}

static void
put_bytes(NamiBuf *out, NamiValue value)
{
	nami_buf_put_cstr(out, "{\"$bytes\":[");
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (i > 0)
			nami_buf_put_u8(out, ',');
		nami_json_put_u64(out, (uint8_t) value.text[i]);
	}
	nami_buf_put_cstr(out, "]}");
}

static NamiStatus
put_date(NamiBuf *out, int64_t days, NamiError *err)
{
	if (days < NAMI_STORED_DAY_MIN || days > NAMI_STORED_DAY_MAX)
		return nami_fail_at(err, NAMI_ERR_OUT_OF_RANGE, "ArgumentError: NumberOutOfRange", -1,
							"a date outside the years 1 to 9999 cannot be stored");
	nami_buf_put_cstr(out, "{\"$date\":");
	nami_json_put_i64(out, days);
	nami_buf_put_u8(out, '}');
	return NAMI_OK;
}

static NamiStatus
put_datetime(NamiBuf *out, const NamiDateTime *datetime, NamiError *err)
{
	if (datetime->seconds < NAMI_STORED_US_MIN / 1000000 ||
		datetime->seconds > NAMI_STORED_US_MAX / 1000000)
		return nami_fail_at(err, NAMI_ERR_OUT_OF_RANGE, "ArgumentError: NumberOutOfRange", -1,
							"a datetime outside the years 1 to 9999 cannot be stored");
	nami_buf_put_cstr(out, "{\"$datetime\":");
	nami_json_put_i64(out, datetime->seconds * 1000000 + datetime->nanoseconds / 1000);
	nami_buf_put_u8(out, '}');
	return NAMI_OK;
}

static void
put_temporal(NamiBuf *out, NamiValue value)
{
	char		text[NAMI_TEMPORAL_TEXT_MAX];

	nami_buf_put_cstr(out, "{\"$map\":{\"@type\":");
	nami_json_put_string(out, nami_temporal_type_name(value.kind));
	nami_buf_put_cstr(out, ",\"value\":");
	nami_json_put_string(out, (NamiStr) {text, nami_temporal_format(value, text)});
	nami_buf_put_cstr(out, "}}");
}

static NamiStatus put_value(NamiBuf *out, NamiValue value, unsigned depth_left, NamiError *err);

static NamiStatus
put_list(NamiBuf *out, NamiValue value, unsigned depth_left, NamiError *err)
{
	nami_buf_put_cstr(out, "{\"$list\":[");
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (i > 0)
			nami_buf_put_u8(out, ',');
		NAMI_TRY(put_value(out, value.items[i], depth_left, err));
	}
	nami_buf_put_cstr(out, "]}");
	return NAMI_OK;
}

static NamiStatus
put_map(NamiBuf *out, NamiValue value, unsigned depth_left, NamiError *err)
{
	nami_buf_put_cstr(out, "{\"$map\":{");
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (i > 0)
			nami_buf_put_u8(out, ',');
		NAMI_TRY(put_text(out, value.entries[i].key, err));
		nami_buf_put_u8(out, ':');
		NAMI_TRY(put_value(out, value.entries[i].value, depth_left, err));
	}
	nami_buf_put_cstr(out, "}}");
	return NAMI_OK;
}

/* JSON containers that a value opens around its content. */
static unsigned
depth_of_kind(NamiKind kind)
{
	switch (kind)
	{
		case NAMI_LIST:
		case NAMI_MAP:
		case NAMI_BYTES:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
		case NAMI_DURATION:
			return 2;
		case NAMI_VECTOR:
		case NAMI_DATE:
		case NAMI_DATETIME:
			return 1;
		case NAMI_NULL:
		case NAMI_BOOL:
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_STRING:
		case NAMI_NODE:
		case NAMI_REL:
		case NAMI_PATH:
			break;
	}
	return 0;
}

static NamiStatus
put_value(NamiBuf *out, NamiValue value, unsigned depth_left, NamiError *err)
{
	NamiKind	kind = value.kind;
	unsigned	depth = depth_of_kind(kind);

	if (depth > depth_left)
	{
		nami_fail(err, NAMI_ERR_LIMIT, "a property value is nested too deeply to be stored");
		nami_error_detail(err, "Lists and maps may be nested 62 levels deep.");
		return NAMI_FAILED;
	}
	depth_left -= depth;
	switch (kind)
	{
		case NAMI_NULL:
			nami_buf_put_cstr(out, "null");
			return NAMI_OK;
		case NAMI_BOOL:
			nami_buf_put_cstr(out, value.boolean ? "true" : "false");
			return NAMI_OK;
		case NAMI_INT:
			nami_json_put_i64(out, value.integer);
			return NAMI_OK;
		case NAMI_FLOAT:
			return put_double(out, value.number, err);
		case NAMI_STRING:
			return put_text(out, nami_value_str(value), err);
		case NAMI_BYTES:
			put_bytes(out, value);
			return NAMI_OK;
		case NAMI_LIST:
			return put_list(out, value, depth_left, err);
		case NAMI_MAP:
			return put_map(out, value, depth_left, err);
		case NAMI_VECTOR:
			return put_vector(out, value, err);
		case NAMI_DATE:
			return put_date(out, value.integer, err);
		case NAMI_DATETIME:
			return put_datetime(out, value.datetime, err);
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
		case NAMI_DURATION:
			put_temporal(out, value);
			return NAMI_OK;
		case NAMI_NODE:
		case NAMI_REL:
		case NAMI_PATH:
			break;
	}
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidPropertyType", -1,
						"a %s cannot be stored as a property value",
					 nami_kind_name(kind));
}

static NamiStatus
put_entries(NamiBuf *out, const NamiMapEntry *entries, uint32_t count, unsigned flags,
			NamiError *err)
{
	bool		is_first = true;

	nami_buf_put_u8(out, '{');
	for (uint32_t i = 0; i < count; i++)
	{
		if (nami_value_is_null(entries[i].value) && !(flags & NAMI_PROP_WRITE_NULLS))
			continue;
		if (!(flags & NAMI_PROP_RESERVED_NAMES))
			NAMI_TRY(nami_prop_check_name(entries[i].key, err));
		if (!is_first)
			nami_buf_put_u8(out, ',');
		is_first = false;
		NAMI_TRY(put_text(out, entries[i].key, err));
		nami_buf_put_u8(out, ':');
		NAMI_TRY(put_value(out, entries[i].value, NAMI_PROP_DEPTH_MAX, err));
	}
	nami_buf_put_u8(out, '}');
	return NAMI_OK;
}

NamiStatus
nami_prop_encode(NamiBuf *out, const NamiMapEntry *entries, uint32_t count, unsigned flags,
				 NamiError *err)
{
	size_t		before = out->len;
	bool		is_sorted = true;

	for (uint32_t i = 1; i < count && is_sorted; i++)
		is_sorted = nami_str_cmp(entries[i - 1].key, entries[i].key) < 0;
	if (!is_sorted)
	{
		NamiMapEntry *copy = nami_arena_memdup(out->arena, entries, count * sizeof(*entries));

		count = nami_map_entries_normalize(out->arena, copy, count);
		entries = copy;
	}
	if (put_entries(out, entries, count, flags, err) == NAMI_OK)
		return NAMI_OK;
	out->len = before;
	return NAMI_FAILED;
}

NamiStatus
nami_prop_check_value(NamiArena *scratch, NamiValue value, NamiError *err)
{
	NamiBuf		buf;

	nami_buf_init(&buf, scratch);
	return put_value(&buf, value, NAMI_PROP_DEPTH_MAX, err);
}
