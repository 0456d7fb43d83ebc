/*
 * propjson.c - reading property maps; see propjson.h. Writing is in propjson_write.c.
 *
 * The common case of a row (keys in the order of the row before, short integers, strings without
 * escapes, floats of few digits) goes without a call out of this file and without allocation.
 */
#include "format/propjson.h"

#include "base/civil.h"
#include "base/number.h"
#include "base/utf8.h"
#include "format/temporal_text.h"

/* ---- the dictionary ---- */

void
nami_prop_keys_init(NamiPropKeys *keys, NamiArena *arena)
{
	memset(keys, 0, sizeof(*keys));
	keys->arena = arena;
	keys->first = NAMI_PROP_KEY_NONE;
	nami_strmap_init(&keys->ids, arena);
}

uint32_t
nami_prop_keys_find(const NamiPropKeys *keys, NamiStr name)
{
	const uint64_t *found = nami_strmap_find(&keys->ids, name);

	return found == NULL ? NAMI_PROP_KEY_NONE : (uint32_t) *found;
}

uint32_t
nami_prop_keys_add(NamiPropKeys *keys, NamiStr name)
{
	uint64_t   *slot = nami_strmap_find(&keys->ids, name);
	NamiPropKey key = {.follower = NAMI_PROP_KEY_NONE};
	char	   *token;

	if (slot != NULL)
		return (uint32_t) *slot;
	token = nami_arena_alloc(keys->arena, name.len + 3);
	token[0] = '"';
	if (name.len > 0)
		memcpy(token + 1, name.ptr, name.len);
	memcpy(token + 1 + name.len, "\":", 2);
	key.name = (NamiStr) {token + 1, name.len};
	if (nami_json_plain_len((const uint8_t *) key.name.ptr, name.len) == name.len)
		key.token = (NamiStr) {token, name.len + 3};
	slot = nami_strmap_put(&keys->ids, key.name, NULL);
	*slot = keys->list.count;
	nami_vec_push(&keys->list, keys->arena, key);
	return (uint32_t) keys->list.count - 1;
}

/* ---- values ---- */

static NamiStatus
poison(const NamiPropReader *reader, const char *cause, NamiError *err)
{
	return nami_fail(err, NAMI_ERR_CORRUPT, "unreadable property value: %s at byte %zu", cause,
					 (size_t) (reader->cur.ptr - reader->start));
}

static NamiStatus
poison_fault(const NamiPropReader *reader, NamiJsonFault fault, NamiError *err)
{
	return poison(reader, nami_json_fault_text(fault), err);
}

/* Takes the character if it comes next, behind optional space. */
static inline bool
take_mark(NamiPropReader *reader, char mark)
{
	if (reader->cur.len > 0 && *reader->cur.ptr <= ' ')
		nami_json_skip_space(&reader->cur);
	if (reader->cur.len == 0 || *reader->cur.ptr != (uint8_t) mark)
		return false;
	reader->cur.ptr++;
	reader->cur.len--;
	return true;
}

static inline bool
is_digit(uint8_t c)
{
	return (uint8_t) (c - '0') < 10;
}

static NamiStatus
read_number_slow(NamiPropReader *reader, NamiNumber *number, NamiError *err)
{
	NamiStr		token;
	NamiJsonFault fault = nami_json_scan_number(&reader->cur, &token);

	if (fault != NAMI_JSON_FINE)
		return poison_fault(reader, fault, err);
	*number = nami_number_parse(token);
	if (number->kind == NAMI_NUMBER_OVERFLOW)
		return poison(reader, "float overflow", err);
	return NAMI_OK;
}

/* An integer of at most 18 digits, or a float of at most 15 without exponent; exact. */
static inline bool
read_number_fast(NamiPropReader *reader, NamiValue *out)
{
	static const double powers[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
	};
	const uint8_t *ptr = reader->cur.ptr;
	const uint8_t *end = ptr + reader->cur.len;
	bool		is_negative = *ptr == '-';
	const uint8_t *first;
	const uint8_t *fraction;
	uint64_t	value = 0;
	size_t		digits;

	ptr += is_negative;
	first = ptr;
	while (ptr < end && is_digit(*ptr) && ptr - first < 19)
		value = value * 10 + (uint64_t) (*ptr++ - '0');
	digits = (size_t) (ptr - first);
	if (digits == 0 || digits > 18 || (*first == '0' && digits > 1))
		return false;
	if (ptr == end || (*ptr != '.' && (*ptr | 0x20) != 'e'))
	{
		if (is_negative && value == 0)
			return false;		/* -0 is a float */
		*out = nami_value_int(is_negative ? -(int64_t) value : (int64_t) value);
	}
	else
	{
		if (*ptr != '.')
			return false;
		fraction = ++ptr;
		while (ptr < end && is_digit(*ptr) && ptr - fraction < 16)
			value = value * 10 + (uint64_t) (*ptr++ - '0');
		if (ptr == fraction || digits + (size_t) (ptr - fraction) > 15 ||
			(ptr < end && (*ptr | 0x20) == 'e'))
			return false;
		*out = nami_value_float((double) value / powers[ptr - fraction]);
		if (is_negative)
			out->number = -out->number;
	}
	reader->cur.len = (size_t) (end - ptr);
	reader->cur.ptr = ptr;
	return true;
}

/* spec/storage.md 7.2: beyond int64 an unsigned integer wraps, as it does in the product. */
static NamiStatus
read_number(NamiPropReader *reader, NamiValue *out, NamiError *err)
{
	NamiNumber	number;

	if (read_number_fast(reader, out))
		return NAMI_OK;
	NAMI_TRY(read_number_slow(reader, &number, err));
	switch (number.kind)
	{
		case NAMI_NUMBER_INT:
			*out = nami_value_int(number.integer);
			break;
		case NAMI_NUMBER_UINT:
			*out = nami_value_int((int64_t) number.unsigned_integer);
			break;
		case NAMI_NUMBER_FLOAT:
		case NAMI_NUMBER_INVALID:
		case NAMI_NUMBER_OVERFLOW:
			*out = nami_value_float(number.number);
			break;
	}
	return NAMI_OK;
}

static NamiStatus
read_string(NamiPropReader *reader, NamiStr *out, NamiError *err)
{
	bool		has_escape;
	NamiJsonFault fault = nami_json_scan_string(&reader->cur, out, &has_escape);

	if (fault != NAMI_JSON_FINE)
		return poison_fault(reader, fault, err);
	if (has_escape)
		*out = nami_json_unescape(reader->arena, *out);
	return NAMI_OK;
}

/* An integer token within the limits, and no other number. */
static NamiStatus
read_integer(NamiPropReader *reader, int64_t min, int64_t max, const char *cause, int64_t *out,
			 NamiError *err)
{
	NamiValue	value;

	nami_json_skip_space(&reader->cur);
	if (reader->cur.len == 0 || (*reader->cur.ptr != '-' && !is_digit(*reader->cur.ptr)))
		return poison(reader, cause, err);
	if (!read_number_fast(reader, &value))
	{
		NamiNumber	number;

		NAMI_TRY(read_number_slow(reader, &number, err));
		value = number.kind == NAMI_NUMBER_INT ? nami_value_int(number.integer)
			: nami_value_null();
	}
	if (value.kind != NAMI_INT || value.integer < min || value.integer > max)
		return poison(reader, cause, err);
	*out = value.integer;
	return NAMI_OK;
}

static NamiStatus
read_float32(NamiPropReader *reader, const char *cause, float *out, NamiError *err)
{
	NamiValue	value;
	NamiNumber	number;

	nami_json_skip_space(&reader->cur);
	if (reader->cur.len == 0 || (*reader->cur.ptr != '-' && !is_digit(*reader->cur.ptr)))
		return poison(reader, cause, err);
	if (read_number_fast(reader, &value))
	{
		*out = value.kind == NAMI_INT ? (float) value.integer : (float) value.number;
		return NAMI_OK;
	}
	NAMI_TRY(read_number_slow(reader, &number, err));
	if (number.kind == NAMI_NUMBER_INT)
		*out = (float) number.integer;
	else if (number.kind == NAMI_NUMBER_UINT)
		*out = (float) number.unsigned_integer;
	else
		*out = (float) number.number;	/* beyond the range: infinity, as in the product */
	return NAMI_OK;
}

/*
 * Takes the "[" of an array of numbers. No element can hold a bracket, so the next one ends it and
 * the commas before tell an upper limit for the number of elements, which sizes the memory.
 */
static NamiStatus
begin_numbers(NamiPropReader *reader, const char *cause, size_t *limit, NamiError *err)
{
	const uint8_t *end;
	size_t		commas = 0;

	if (!take_mark(reader, '['))
		return poison(reader, cause, err);
	end = memchr(reader->cur.ptr, ']', reader->cur.len);
	if (end == NULL)
		return poison_fault(reader, NAMI_JSON_TRUNCATED, err);
	for (const uint8_t *ptr = reader->cur.ptr; ptr < end; ptr++)
		commas += *ptr == ',';
	*limit = commas + 1;
	return NAMI_OK;
}

static NamiStatus
read_vector(NamiPropReader *reader, NamiValue *out, NamiError *err)
{
	static const char *const cause = "an array without tag may only hold numbers";
	size_t		limit;
	uint32_t	count = 0;
	float	   *floats;

	NAMI_TRY(begin_numbers(reader, cause, &limit, err));
	floats = NAMI_NEW_ARRAY(reader->arena, float, limit);
	if (!take_mark(reader, ']'))
	{
		do
			NAMI_TRY(read_float32(reader, cause, &floats[count++], err));
		while (take_mark(reader, ','));
		if (!take_mark(reader, ']'))
			return poison(reader, cause, err);
	}
	*out = nami_value_vector(floats, count);
	return NAMI_OK;
}

static NamiStatus
read_bytes(NamiPropReader *reader, NamiValue *out, NamiError *err)
{
	static const char *const cause = "$bytes needs an array of integers from 0 to 255";
	size_t		limit;
	size_t		count = 0;
	char	   *bytes;

	NAMI_TRY(begin_numbers(reader, cause, &limit, err));
	bytes = nami_arena_alloc(reader->arena, limit);
	if (!take_mark(reader, ']'))
	{
		do
		{
			int64_t		byte;

			NAMI_TRY(read_integer(reader, 0, 255, cause, &byte, err));
			bytes[count++] = (char) byte;
		} while (take_mark(reader, ','));
		if (!take_mark(reader, ']'))
			return poison(reader, cause, err);
	}
	*out = nami_value_bytes((NamiStr) {bytes, count});
	return NAMI_OK;
}

static NamiStatus
read_i8vec(NamiPropReader *reader, NamiValue *out, NamiError *err)
{
	static const char *const cause = "$i8vec needs [scale,[codes from -128 to 127]]";
	float		scale;
	float	   *floats;
	size_t		limit;
	uint32_t	count = 0;

	if (!take_mark(reader, '['))
		return poison(reader, cause, err);
	NAMI_TRY(read_float32(reader, cause, &scale, err));
	if (!take_mark(reader, ','))
		return poison(reader, cause, err);
	NAMI_TRY(begin_numbers(reader, cause, &limit, err));
	floats = NAMI_NEW_ARRAY(reader->arena, float, limit);
	if (!take_mark(reader, ']'))
	{
		do
		{
			int64_t		code;

			NAMI_TRY(read_integer(reader, -128, 127, cause, &code, err));
			floats[count++] = (float) code * scale;
		} while (take_mark(reader, ','));
		if (!take_mark(reader, ']'))
			return poison(reader, cause, err);
	}
	if (!take_mark(reader, ']'))
		return poison(reader, cause, err);
	*out = nami_value_vector(floats, count);
	return NAMI_OK;
}

static NamiStatus read_value(NamiPropReader *reader, unsigned depth_left, NamiValue *out,
							 NamiError *err);

static NamiStatus
read_list(NamiPropReader *reader, unsigned depth_left, NamiValue *out, NamiError *err)
{
	NAMI_VEC(NamiValue) items = {0};

	if (!take_mark(reader, '['))
		return poison(reader, "$list needs an array", err);
	if (!take_mark(reader, ']'))
	{
		do
		{
			NamiValue	item;

			NAMI_TRY(read_value(reader, depth_left, &item, err));
			nami_vec_push(&items, reader->arena, item);
		} while (take_mark(reader, ','));
		if (!take_mark(reader, ']'))
			return poison_fault(reader, NAMI_JSON_UNEXPECTED, err);
	}
	*out = nami_value_list(items.items, (uint32_t) items.count);
	return NAMI_OK;
}

/* spec/cypher.md 6.2: a map of exactly "@type" and "value" whose value can be parsed. */
static void
recognize_temporal(NamiPropReader *reader, NamiValue *map)
{
	const NamiMapEntry *entries = map->entries;
	NamiKind	kind;

	if (map->len != 2 || entries[0].value.kind != NAMI_STRING ||
		entries[1].value.kind != NAMI_STRING || !nami_str_eq(entries[0].key, NAMI_STR("@type")) ||
		!nami_str_eq(entries[1].key, NAMI_STR("value")))
		return;
	kind = nami_temporal_kind(nami_value_str(entries[0].value));
	if (kind == NAMI_NULL)
		return;
	if (!nami_temporal_parse(reader->arena, kind, nami_value_str(entries[1].value), map))
		return;					/* stays a map */
}

static NamiStatus
read_map(NamiPropReader *reader, unsigned depth_left, NamiValue *out, NamiError *err)
{
	NAMI_VEC(NamiMapEntry) entries = {0};
	uint32_t	count;

	if (!take_mark(reader, '{'))
		return poison(reader, "$map needs an object", err);
	if (!take_mark(reader, '}'))
	{
		do
		{
			NamiMapEntry entry;

			nami_json_skip_space(&reader->cur);
			NAMI_TRY(read_string(reader, &entry.key, err));
			if (!take_mark(reader, ':'))
				return poison_fault(reader, NAMI_JSON_UNEXPECTED, err);
			NAMI_TRY(read_value(reader, depth_left, &entry.value, err));
			nami_vec_push(&entries, reader->arena, entry);
		} while (take_mark(reader, ','));
		if (!take_mark(reader, '}'))
			return poison_fault(reader, NAMI_JSON_UNEXPECTED, err);
	}
	count = nami_map_entries_normalize(reader->arena, entries.items, (uint32_t) entries.count);
	*out = nami_value_map(entries.items, count);
	recognize_temporal(reader, out);
	return NAMI_OK;
}

static NamiStatus
read_datetime(NamiPropReader *reader, NamiValue *out, NamiError *err)
{
	NamiDateTime *datetime;
	int64_t		us;

	NAMI_TRY(read_integer(reader, INT64_MIN, INT64_MAX, "$datetime needs a 64-bit integer", &us,
						  err));
	datetime = NAMI_NEW(reader->arena, NamiDateTime);
	datetime->seconds = nami_floor_div(us, 1000000);
	datetime->nanoseconds = (int32_t) nami_floor_mod(us, 1000000) * 1000;
	*out = (NamiValue) {.kind = NAMI_DATETIME, .datetime = datetime};
	return NAMI_OK;
}

/* depth_left: containers that may still be opened, the tagged object itself being counted. */
static NamiStatus
read_tag_content(NamiPropReader *reader, NamiStr tag, unsigned depth_left, NamiValue *out,
				 NamiError *err)
{
	int64_t		days;

	if (nami_str_eq(tag, NAMI_STR("$date")))
	{
		NAMI_TRY(read_integer(reader, INT32_MIN, INT32_MAX, "$date needs a 32-bit integer", &days,
							  err));
		*out = nami_value_date(days);
		return NAMI_OK;
	}
	if (nami_str_eq(tag, NAMI_STR("$datetime")))
		return read_datetime(reader, out, err);
	if (depth_left == 0)
		return poison_fault(reader, NAMI_JSON_TOO_DEEP, err);
	depth_left--;
	if (nami_str_eq(tag, NAMI_STR("$list")))
		return read_list(reader, depth_left, out, err);
	if (nami_str_eq(tag, NAMI_STR("$map")))
		return read_map(reader, depth_left, out, err);
	if (nami_str_eq(tag, NAMI_STR("$bytes")))
		return read_bytes(reader, out, err);
	if (nami_str_eq(tag, NAMI_STR("$i8vec")))
		return depth_left == 0 ? poison_fault(reader, NAMI_JSON_TOO_DEEP, err)
			: read_i8vec(reader, out, err);
	return poison(reader, "an object with an unknown tag", err);
}

static NamiStatus
read_tagged(NamiPropReader *reader, unsigned depth_left, NamiValue *out, NamiError *err)
{
	NamiStr		tag;

	if (!nami_cursor_skip(&reader->cur, 1))
		return poison_fault(reader, NAMI_JSON_TRUNCATED, err);
	if (take_mark(reader, '}'))
	{
		*out = nami_value_null();
		return NAMI_OK;
	}
	nami_json_skip_space(&reader->cur);
	NAMI_TRY(read_string(reader, &tag, err));
	if (!take_mark(reader, ':'))
		return poison_fault(reader, NAMI_JSON_UNEXPECTED, err);
	nami_json_skip_space(&reader->cur);
	NAMI_TRY(read_tag_content(reader, tag, depth_left, out, err));
	if (take_mark(reader, ','))
		return poison(reader, "a tagged object with a second key", err);
	if (!take_mark(reader, '}'))
		return poison_fault(reader, NAMI_JSON_UNEXPECTED, err);
	return NAMI_OK;
}

/* Recursion is bounded by depth_left. */
static NamiStatus
read_value(NamiPropReader *reader, unsigned depth_left, NamiValue *out, NamiError *err)
{
	NamiStr		text;

	if (reader->cur.len > 0 && *reader->cur.ptr <= ' ')
		nami_json_skip_space(&reader->cur);
	if (reader->cur.len == 0)
		return poison_fault(reader, NAMI_JSON_TRUNCATED, err);
	switch (*reader->cur.ptr)
	{
		case '"':
			NAMI_TRY(read_string(reader, &text, err));
			*out = nami_value_string(text);
			return NAMI_OK;
		case '[':
			if (depth_left == 0)
				return poison_fault(reader, NAMI_JSON_TOO_DEEP, err);
			return read_vector(reader, out, err);
		case '{':
			if (depth_left == 0)
				return poison_fault(reader, NAMI_JSON_TOO_DEEP, err);
			return read_tagged(reader, depth_left - 1, out, err);
		case 't':
			*out = nami_value_bool(true);
			if (nami_json_take_word(&reader->cur, NAMI_STR("true")))
				return NAMI_OK;
			break;
		case 'f':
			*out = nami_value_bool(false);
			if (nami_json_take_word(&reader->cur, NAMI_STR("false")))
				return NAMI_OK;
			break;
		case 'n':
			*out = nami_value_null();
			if (nami_json_take_word(&reader->cur, NAMI_STR("null")))
				return NAMI_OK;
			break;
		default:
			if (*reader->cur.ptr == '-' || is_digit(*reader->cur.ptr))
				return read_number(reader, out, err);
			break;
	}
	return poison_fault(reader, NAMI_JSON_UNEXPECTED, err);
}

/* ---- the reader ---- */

void
nami_prop_reader_init(NamiPropReader *reader, NamiArena *arena, NamiPropKeys *keys)
{
	memset(reader, 0, sizeof(*reader));
	reader->arena = arena;
	reader->keys = keys;
}

NamiStatus
nami_prop_reader_start(NamiPropReader *reader, NamiStr json, NamiError *err)
{
	reader->cur = nami_cursor_of(json);
	reader->start = reader->cur.ptr;
	if (json.len > UINT32_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "a property map of 4 GiB or more");
	if (!nami_utf8_is_valid(json))
		return poison_fault(reader, NAMI_JSON_BAD_UTF8, err);
	if (!take_mark(reader, '{'))
		return poison(reader, "the properties are not an object", err);
	reader->is_first = true;
	reader->previous = NAMI_PROP_KEY_NONE;
	reader->predicted = reader->keys->first;
	return NAMI_OK;
}

/* Takes "name": by looking for what followed the previous key last time. */
static inline bool
take_predicted_key(NamiPropReader *reader, uint32_t *id)
{
	const NamiPropKey *key;

	if (reader->predicted == NAMI_PROP_KEY_NONE)
		return false;
	key = &reader->keys->list.items[reader->predicted];
	if (key->token.len == 0 || reader->cur.len < key->token.len ||
		memcmp(reader->cur.ptr, key->token.ptr, key->token.len) != 0)
		return false;
	reader->cur.ptr += key->token.len;
	reader->cur.len -= key->token.len;
	*id = reader->predicted;
	return true;
}

static NamiStatus
take_key(NamiPropReader *reader, uint32_t *id, NamiError *err)
{
	NamiStr		name;

	nami_json_skip_space(&reader->cur);
	NAMI_TRY(read_string(reader, &name, err));
	if (!take_mark(reader, ':'))
		return poison_fault(reader, NAMI_JSON_UNEXPECTED, err);
	*id = nami_prop_keys_add(reader->keys, name);
	if (reader->previous == NAMI_PROP_KEY_NONE)
		reader->keys->first = *id;
	else
		reader->keys->list.items[reader->previous].follower = *id;
	return NAMI_OK;
}

NamiStatus
nami_prop_reader_next(NamiPropReader *reader, NamiProp *prop, bool *has_prop, NamiError *err)
{
	*has_prop = false;
	if (take_mark(reader, '}'))
	{
		nami_json_skip_space(&reader->cur);
		if (reader->cur.len > 0)
			return poison_fault(reader, NAMI_JSON_TRAILING, err);
		return NAMI_OK;
	}
	if (!reader->is_first && !take_mark(reader, ','))
		return poison_fault(reader, reader->cur.len == 0 ? NAMI_JSON_TRUNCATED
							: NAMI_JSON_UNEXPECTED, err);
	reader->is_first = false;
	if (!take_predicted_key(reader, &prop->key))
		NAMI_TRY(take_key(reader, &prop->key, err));
	reader->previous = prop->key;
	reader->predicted = reader->keys->list.items[prop->key].follower;
	if (read_value(reader, NAMI_PROP_DEPTH_MAX, &prop->value, err) != NAMI_OK)
	{
		NamiStr		name = nami_str_slice(nami_prop_keys_name(reader->keys, prop->key), 0, 100);

		nami_error_detail(err, "The property is \"%.*s\".", NAMI_STR_ARG(name));
		return NAMI_FAILED;
	}
	*has_prop = true;
	return NAMI_OK;
}

/* ---- whole maps ---- */

/* Merges the ascending runs [low, mid) and [mid, high); of equal keys the earlier comes first. */
static void
merge_runs(NamiMapEntry *to, const NamiMapEntry *from, uint32_t low, uint32_t mid, uint32_t high)
{
	uint32_t	left = low;
	uint32_t	right = mid;

	for (uint32_t i = low; i < high; i++)
	{
		bool		take_left = right >= high ||
			(left < mid && nami_str_cmp(from[left].key, from[right].key) <= 0);

		to[i] = take_left ? from[left++] : from[right++];
	}
}

static void
merge_sort(NamiArena *scratch, NamiMapEntry *entries, uint32_t count)
{
	NamiMapEntry *from = entries;
	NamiMapEntry *to = NAMI_NEW_ARRAY(scratch, NamiMapEntry, count);

	for (uint64_t width = 1; width < count; width *= 2)
	{
		NamiMapEntry *swap = from;

		for (uint64_t low = 0; low < count; low += 2 * width)
		{
			uint64_t	mid = low + width < count ? low + width : count;
			uint64_t	high = low + 2 * width < count ? low + 2 * width : count;

			merge_runs(to, from, (uint32_t) low, (uint32_t) mid, (uint32_t) high);
		}
		from = to;
		to = swap;
	}
	if (from != entries)
		memcpy(entries, from, count * sizeof(NamiMapEntry));
}

uint32_t
nami_map_entries_normalize(NamiArena *scratch, NamiMapEntry *entries, uint32_t count)
{
	uint32_t	kept = 0;
	uint32_t	ascending = 1;

	while (ascending < count &&
		   nami_str_cmp(entries[ascending - 1].key, entries[ascending].key) < 0)
		ascending++;
	if (ascending >= count)
		return count;
	merge_sort(scratch, entries, count);
	for (uint32_t i = 0; i < count; i++)
	{
		if (i + 1 < count && nami_str_eq(entries[i].key, entries[i + 1].key))
			continue;
		entries[kept++] = entries[i];
	}
	return kept;
}

NamiStatus
nami_prop_decode(NamiArena *arena, NamiStr json, unsigned flags, NamiValue *map, NamiError *err)
{
	NAMI_VEC(NamiMapEntry) entries = {0};
	NamiPropKeys keys;
	NamiPropReader reader;
	uint32_t	count;
	uint32_t	kept = 0;

	nami_prop_keys_init(&keys, arena);
	nami_prop_reader_init(&reader, arena, &keys);
	NAMI_TRY(nami_prop_reader_start(&reader, json, err));
	for (;;)
	{
		NamiProp	prop;
		bool		has_prop;

		NAMI_TRY(nami_prop_reader_next(&reader, &prop, &has_prop, err));
		if (!has_prop)
			break;
		nami_vec_push(&entries, arena,
					  (NamiMapEntry) {nami_prop_keys_name(&keys, prop.key), prop.value});
	}
	count = nami_map_entries_normalize(arena, entries.items, (uint32_t) entries.count);
	for (uint32_t i = 0; i < count; i++)
	{
		if ((flags & NAMI_PROP_KEEP_NULLS) || !nami_value_is_null(entries.items[i].value))
			entries.items[kept++] = entries.items[i];
	}
	*map = nami_value_map(entries.items, kept);
	return NAMI_OK;
}
