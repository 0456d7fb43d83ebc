/*
 * value_ops.c - see value_ops.h.
 *
 * The functions recurse into lists and maps. Nesting is bounded where lists and maps are made
 * (eval_internal.h, NAMI_VALUE_DEPTH_MAX), so they need no limit of their own.
 */
#include "base/value_ops.h"

#include <math.h>

#include "base/civil.h"
#include "base/hash.h"

/* ordering when one side is NaN */
#define UNORDERED	2

static bool
is_number(NamiValue value)
{
	return value.kind == NAMI_INT || value.kind == NAMI_FLOAT;
}

static int
order_i64(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/*
 * Compares an integer with a float exactly, without rounding the integer to 53 bits. The float is
 * not NaN.
 */
static int
order_int_float(int64_t a, double b)
{
	double		whole;

	/* 2^63 is exact as a double; beyond it the float decides. */
	if (b >= 9223372036854775808.0)
		return -1;
	if (b < -9223372036854775808.0)
		return 1;
	whole = trunc(b);
	if (a != (int64_t) whole)
		return order_i64(a, (int64_t) whole);
	return whole < b ? -1 : whole > b;
}

/* -1, 0, 1 or UNORDERED. */
static int
order_numbers(NamiValue a, NamiValue b)
{
	if (a.kind == NAMI_INT && b.kind == NAMI_INT)
		return order_i64(a.integer, b.integer);
	if ((a.kind == NAMI_FLOAT && isnan(a.number)) || (b.kind == NAMI_FLOAT && isnan(b.number)))
		return UNORDERED;
	if (a.kind == NAMI_INT)
		return order_int_float(a.integer, b.number);
	if (b.kind == NAMI_INT)
		return -order_int_float(b.integer, a.number);
	return a.number < b.number ? -1 : a.number > b.number;
}

static int
order_rels(const NamiRel *a, const NamiRel *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->src != b->src)
		return a->src < b->src ? -1 : 1;
	return a->dst < b->dst ? -1 : a->dst > b->dst;
}

/* Node, relationship, node, ...; the shorter path first when one begins with the other. */
static int
order_paths(const NamiPath *a, const NamiPath *b)
{
	uint32_t	common = a->rel_count < b->rel_count ? a->rel_count : b->rel_count;
	int			order;

	order = order_i64(a->nodes[0], b->nodes[0]);
	for (uint32_t i = 0; i < common && order == 0; i++)
	{
		order = order_rels(&a->rels[i], &b->rels[i]);
		if (order == 0)
			order = order_i64(a->nodes[i + 1], b->nodes[i + 1]);
	}
	return order != 0 ? order : order_i64(a->rel_count, b->rel_count);
}

/* By point in time; those at the same point by their offset. */
static int
order_times(NamiValue a, NamiValue b)
{
	int64_t		offset_a = (int32_t) a.len;
	int64_t		offset_b = (int32_t) b.len;
	int			order;

	order = order_i64(a.integer - offset_a * NAMI_NANOS_PER_SECOND,
					  b.integer - offset_b * NAMI_NANOS_PER_SECOND);
	return order != 0 ? order : order_i64(offset_a, offset_b);
}

/*
 * By point in time alone: a stored DATETIME has lost its offset (spec/cypher.md 6.2), and must equal
 * what was stored.
 */
static int
order_datetimes(const NamiDateTime *a, const NamiDateTime *b)
{
	int			order = order_i64(a->seconds, b->seconds);

	return order != 0 ? order : order_i64(a->nanoseconds, b->nanoseconds);
}

static int
order_localdatetimes(NamiValue a, NamiValue b)
{
	int			order = order_i64(a.integer, b.integer);

	return order != 0 ? order : order_i64(a.len, b.len);
}

/*
 * By average length: a month is 30.436875 days, 2,629,746 seconds (spec/cypher.md 15). Durations of
 * the same length are told apart by their groups, so that the order agrees with equality.
 */
static int
order_durations(const NamiDuration *a, const NamiDuration *b)
{
	__int128	length_a = (__int128) a->months * 2629746 + (__int128) a->days * 86400 + a->seconds;
	__int128	length_b = (__int128) b->months * 2629746 + (__int128) b->days * 86400 + b->seconds;
	int			order;

	if (length_a != length_b)
		return length_a < length_b ? -1 : 1;
	order = order_i64(a->nanoseconds, b->nanoseconds);
	if (order == 0)
		order = order_i64(a->months, b->months);
	return order != 0 ? order : order_i64(a->days, b->days);
}

static bool
durations_equal(const NamiDuration *a, const NamiDuration *b)
{
	return a->months == b->months && a->days == b->days && a->seconds == b->seconds &&
		a->nanoseconds == b->nanoseconds;
}

/* ---- equality ---- */

static NamiTruth
lists_equal(NamiValue a, NamiValue b)
{
	NamiTruth	result = NAMI_TRUE;

	if (a.len != b.len)
		return NAMI_FALSE;
	for (uint32_t i = 0; i < a.len; i++)
	{
		NamiTruth	element = nami_value_equal(a.items[i], b.items[i]);

		if (element == NAMI_FALSE)
			return NAMI_FALSE;
		if (element == NAMI_UNKNOWN)
			result = NAMI_UNKNOWN;
	}
	return result;
}

static NamiTruth
maps_equal(NamiValue a, NamiValue b)
{
	NamiTruth	result = NAMI_TRUE;

	if (a.len != b.len)
		return NAMI_FALSE;
	for (uint32_t i = 0; i < a.len; i++)
		if (!nami_str_eq(a.entries[i].key, b.entries[i].key))
			return NAMI_FALSE;
	for (uint32_t i = 0; i < a.len; i++)
	{
		NamiTruth	element = nami_value_equal(a.entries[i].value, b.entries[i].value);

		if (element == NAMI_FALSE)
			return NAMI_FALSE;
		if (element == NAMI_UNKNOWN)
			result = NAMI_UNKNOWN;
	}
	return result;
}

static bool
vectors_equal(NamiValue a, NamiValue b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (!(a.floats[i] == b.floats[i]))
			return false;
	return true;
}

NamiTruth
nami_value_equal(NamiValue a, NamiValue b)
{
	if (a.kind == NAMI_NULL || b.kind == NAMI_NULL)
		return NAMI_UNKNOWN;
	if (is_number(a) && is_number(b))
		return order_numbers(a, b) == 0 ? NAMI_TRUE : NAMI_FALSE;
	if (a.kind != b.kind)
		return NAMI_FALSE;
	switch ((NamiKind) a.kind)
	{
		case NAMI_BOOL:
			return a.boolean == b.boolean ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_STRING:
		case NAMI_BYTES:
			return nami_str_eq(nami_value_str(a), nami_value_str(b)) ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_LIST:
			return lists_equal(a, b);
		case NAMI_MAP:
			return maps_equal(a, b);
		case NAMI_VECTOR:
			return vectors_equal(a, b) ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_NODE:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			return a.integer == b.integer ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_REL:
			return order_rels(a.rel, b.rel) == 0 ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_PATH:
			return order_paths(a.path, b.path) == 0 ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_TIME:
			return order_times(a, b) == 0 ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_LOCALDATETIME:
			return order_localdatetimes(a, b) == 0 ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_DATETIME:
			return order_datetimes(a.datetime, b.datetime) == 0 ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_DURATION:
			return durations_equal(a.duration, b.duration) ? NAMI_TRUE : NAMI_FALSE;
		case NAMI_NULL:
		case NAMI_INT:
		case NAMI_FLOAT:
			break;
	}
	return NAMI_FALSE;
}

/* ---- comparison ---- */

/*
 * Lexicographic (spec/cypher.md 3.4): the first pair that is not equal decides. A pair whose
 * equality is not known, or that has no order, makes the lists incomparable.
 */
static void
compare_lists(NamiValue a, NamiValue b, bool *comparable, int *ordering)
{
	uint32_t	common = a.len < b.len ? a.len : b.len;

	for (uint32_t i = 0; i < common; i++)
	{
		NamiTruth	equal = nami_value_equal(a.items[i], b.items[i]);

		if (equal == NAMI_TRUE)
			continue;
		*comparable = false;
		*ordering = 0;
		if (equal == NAMI_FALSE)
			nami_value_compare(a.items[i], b.items[i], comparable, ordering);
		return;
	}
	*comparable = true;
	*ordering = order_i64(a.len, b.len);
}

void
nami_value_compare(NamiValue a, NamiValue b, bool *comparable, int *ordering)
{
	int			order;

	*comparable = true;
	*ordering = 0;
	if (is_number(a) && is_number(b))
	{
		*ordering = order_numbers(a, b);
		return;
	}
	if (a.kind != b.kind)
	{
		*comparable = false;
		return;
	}
	switch ((NamiKind) a.kind)
	{
		case NAMI_BOOL:
			*ordering = (int) a.boolean - (int) b.boolean;
			return;
		case NAMI_STRING:
		case NAMI_BYTES:
			order = nami_str_cmp(nami_value_str(a), nami_value_str(b));
			*ordering = order < 0 ? -1 : order > 0;
			return;
		case NAMI_LIST:
			compare_lists(a, b, comparable, ordering);
			return;
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			*ordering = order_i64(a.integer, b.integer);
			return;
		case NAMI_TIME:
			*ordering = order_times(a, b);
			return;
		case NAMI_LOCALDATETIME:
			*ordering = order_localdatetimes(a, b);
			return;
		case NAMI_DATETIME:
			*ordering = order_datetimes(a.datetime, b.datetime);
			return;
		case NAMI_NULL:
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_MAP:
		case NAMI_VECTOR:
		case NAMI_NODE:
		case NAMI_REL:
		case NAMI_PATH:
		case NAMI_DURATION:
			*comparable = false;
			return;
	}
}

/* ---- the total order ---- */

/* Place of the type in the order of spec/cypher.md 3.5; INT and FLOAT share one. */
static int
rank(NamiValue value)
{
	static const uint8_t ranks[] = {
		[NAMI_MAP] = 1,
		[NAMI_NODE] = 2,
		[NAMI_REL] = 3,
		[NAMI_LIST] = 4,
		[NAMI_VECTOR] = 5,
		[NAMI_PATH] = 6,
		[NAMI_DATETIME] = 7,
		[NAMI_LOCALDATETIME] = 8,
		[NAMI_DATE] = 9,
		[NAMI_TIME] = 10,
		[NAMI_LOCALTIME] = 11,
		[NAMI_DURATION] = 12,
		[NAMI_BYTES] = 13,
		[NAMI_STRING] = 14,
		[NAMI_BOOL] = 15,
		[NAMI_INT] = 16,
		[NAMI_FLOAT] = 16,
		[NAMI_NULL] = 17,
	};

	return ranks[value.kind];
}

/* NaN after all numbers, and equal to itself. */
static int
total_order_numbers(NamiValue a, NamiValue b)
{
	int			order = order_numbers(a, b);
	bool		nan_a;
	bool		nan_b;

	if (order != UNORDERED)
		return order;
	nan_a = a.kind == NAMI_FLOAT && isnan(a.number);
	nan_b = b.kind == NAMI_FLOAT && isnan(b.number);
	return (int) nan_a - (int) nan_b;
}

static int
total_order_lists(NamiValue a, NamiValue b)
{
	uint32_t	common = a.len < b.len ? a.len : b.len;

	for (uint32_t i = 0; i < common; i++)
	{
		int			order = nami_value_order(a.items[i], b.items[i]);

		if (order != 0)
			return order;
	}
	return order_i64(a.len, b.len);
}

static int
total_order_maps(NamiValue a, NamiValue b)
{
	if (a.len != b.len)
		return order_i64(a.len, b.len);
	for (uint32_t i = 0; i < a.len; i++)
	{
		int			order = nami_str_cmp(a.entries[i].key, b.entries[i].key);

		if (order != 0)
			return order;
	}
	for (uint32_t i = 0; i < a.len; i++)
	{
		int			order = nami_value_order(a.entries[i].value, b.entries[i].value);

		if (order != 0)
			return order;
	}
	return 0;
}

static int
total_order_vectors(NamiValue a, NamiValue b)
{
	uint32_t	common = a.len < b.len ? a.len : b.len;

	for (uint32_t i = 0; i < common; i++)
	{
		int			order = total_order_numbers(nami_value_float((double) a.floats[i]),
												nami_value_float((double) b.floats[i]));

		if (order != 0)
			return order;
	}
	return order_i64(a.len, b.len);
}

int
nami_value_order(NamiValue a, NamiValue b)
{
	bool		comparable;
	int			order;

	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	switch ((NamiKind) a.kind)
	{
		case NAMI_NULL:
			return 0;
		case NAMI_INT:
		case NAMI_FLOAT:
			return total_order_numbers(a, b);
		case NAMI_LIST:
			return total_order_lists(a, b);
		case NAMI_MAP:
			return total_order_maps(a, b);
		case NAMI_VECTOR:
			return total_order_vectors(a, b);
		case NAMI_NODE:
			return order_i64(a.integer, b.integer);
		case NAMI_REL:
			return order_rels(a.rel, b.rel);
		case NAMI_PATH:
			return order_paths(a.path, b.path);
		case NAMI_DURATION:
			return order_durations(a.duration, b.duration);
		case NAMI_BOOL:
		case NAMI_STRING:
		case NAMI_BYTES:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
		case NAMI_DATETIME:
			break;
	}
	nami_value_compare(a, b, &comparable, &order);
	return order;
}

bool
nami_value_equivalent(NamiValue a, NamiValue b)
{
	/* The order of equal rank is 0 exactly for equivalent values. */
	return nami_value_order(a, b) == 0;
}

/* ---- hash ---- */

static uint64_t
hash_number(NamiValue value)
{
	double		number;
	uint64_t	bits;

	if (value.kind == NAMI_INT)
		return nami_hash_mix(NAMI_INT, (uint64_t) value.integer);
	number = value.number;
	if (isnan(number))
		return nami_hash_mix(NAMI_FLOAT, 0);
	/* A whole float hashes as the integer it equals; -0.0 becomes 0 on the way. */
	if (number >= -9223372036854775808.0 && number < 9223372036854775808.0 &&
		number == trunc(number))
		return nami_hash_mix(NAMI_INT, (uint64_t) (int64_t) number);
	memcpy(&bits, &number, sizeof(bits));
	return nami_hash_mix(NAMI_FLOAT, bits);
}

static uint64_t
hash_rel(uint64_t seed, const NamiRel *rel)
{
	return nami_hash_mix(nami_hash_mix(seed, rel->type), ((uint64_t) rel->src << 32) | rel->dst);
}

static uint64_t
hash_path(const NamiPath *path)
{
	uint64_t	hash = nami_hash_mix(NAMI_PATH, path->nodes[0]);

	for (uint32_t i = 0; i < path->rel_count; i++)
		hash = nami_hash_mix(hash_rel(hash, &path->rels[i]), path->nodes[i + 1]);
	return hash;
}

static uint64_t
hash_items(NamiValue value)
{
	uint64_t	hash = nami_hash_mix(value.kind, value.len);

	for (uint32_t i = 0; i < value.len; i++)
	{
		if (value.kind == NAMI_LIST)
			hash = nami_hash_mix(hash, nami_value_hash(value.items[i]));
		else if (value.kind == NAMI_VECTOR)
			hash = nami_hash_mix(hash, hash_number(nami_value_float((double) value.floats[i])));
		else
		{
			hash = nami_hash_mix(hash, nami_xxh3(value.entries[i].key.ptr,
												 value.entries[i].key.len));
			hash = nami_hash_mix(hash, nami_value_hash(value.entries[i].value));
		}
	}
	return hash;
}

uint64_t
nami_value_hash(NamiValue value)
{
	uint64_t	hash;

	switch ((NamiKind) value.kind)
	{
		case NAMI_NULL:
			return nami_hash_mix(NAMI_NULL, 1);
		case NAMI_BOOL:
			return nami_hash_mix(NAMI_BOOL, value.boolean);
		case NAMI_INT:
		case NAMI_FLOAT:
			return hash_number(value);
		case NAMI_STRING:
		case NAMI_BYTES:
			return nami_hash_mix(value.kind, nami_xxh3(value.text, value.len));
		case NAMI_LIST:
		case NAMI_MAP:
		case NAMI_VECTOR:
			return hash_items(value);
		case NAMI_NODE:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			return nami_hash_mix(value.kind, (uint64_t) value.integer);
		case NAMI_REL:
			return hash_rel(NAMI_REL, value.rel);
		case NAMI_PATH:
			return hash_path(value.path);
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			return nami_hash_mix(nami_hash_mix(value.kind, value.len), (uint64_t) value.integer);
		case NAMI_DATETIME:
			hash = nami_hash_mix(NAMI_DATETIME, (uint64_t) value.datetime->seconds);
			return nami_hash_mix(hash, (uint64_t) value.datetime->nanoseconds);
		case NAMI_DURATION:
			hash = nami_hash_mix(NAMI_DURATION, (uint64_t) value.duration->months);
			hash = nami_hash_mix(hash, (uint64_t) value.duration->days);
			hash = nami_hash_mix(hash, (uint64_t) value.duration->seconds);
			return nami_hash_mix(hash, (uint64_t) value.duration->nanoseconds);
	}
	return 0;
}

/* ---- copy ---- */

static const NamiPath *
copy_path(NamiArena *arena, const NamiPath *path)
{
	NamiPath   *copy = NAMI_NEW(arena, NamiPath);

	copy->rel_count = path->rel_count;
	copy->nodes = nami_arena_memdup(arena, path->nodes,
									((size_t) path->rel_count + 1) * sizeof(*path->nodes));
	copy->rels = nami_arena_memdup(arena, path->rels, path->rel_count * sizeof(*path->rels));
	return copy;
}

static const NamiDateTime *
copy_datetime(NamiArena *arena, const NamiDateTime *datetime)
{
	NamiDateTime *copy = nami_arena_memdup(arena, datetime, sizeof(*datetime));

	copy->zone = nami_arena_str(arena, datetime->zone);
	return copy;
}

NamiValue
nami_value_copy(NamiArena *arena, NamiValue value)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_STRING:
		case NAMI_BYTES:
			value.text = nami_arena_memdup(arena, value.text, value.len);
			break;
		case NAMI_LIST:
			{
				NamiValue  *items = NAMI_NEW_ARRAY(arena, NamiValue, value.len);

				for (uint32_t i = 0; i < value.len; i++)
					items[i] = nami_value_copy(arena, value.items[i]);
				value.items = items;
				break;
			}
		case NAMI_MAP:
			{
				NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, value.len);

				for (uint32_t i = 0; i < value.len; i++)
				{
					entries[i].key = nami_arena_str(arena, value.entries[i].key);
					entries[i].value = nami_value_copy(arena, value.entries[i].value);
				}
				value.entries = entries;
				break;
			}
		case NAMI_VECTOR:
			value.floats = nami_arena_memdup(arena, value.floats, value.len * sizeof(float));
			break;
		case NAMI_REL:
			value.rel = nami_arena_memdup(arena, value.rel, sizeof(*value.rel));
			break;
		case NAMI_PATH:
			value.path = copy_path(arena, value.path);
			break;
		case NAMI_DATETIME:
			value.datetime = copy_datetime(arena, value.datetime);
			break;
		case NAMI_DURATION:
			value.duration = nami_arena_memdup(arena, value.duration, sizeof(*value.duration));
			break;
		case NAMI_NULL:
		case NAMI_BOOL:
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_NODE:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			break;
	}
	return value;
}

/* ---- identity ---- */

static bool
identical_children(NamiValue a, NamiValue b)
{
	for (uint32_t i = 0; i < a.len; i++)
	{
		if (a.kind == NAMI_LIST)
		{
			if (!nami_value_identical(a.items[i], b.items[i]))
				return false;
		}
		else if (!nami_str_eq(a.entries[i].key, b.entries[i].key) ||
				 !nami_value_identical(a.entries[i].value, b.entries[i].value))
			return false;
	}
	return true;
}

static bool
identical_datetimes(const NamiDateTime *a, const NamiDateTime *b)
{
	return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds &&
		a->offset_seconds == b->offset_seconds && nami_str_eq(a->zone, b->zone);
}

static bool
identical_durations(const NamiDuration *a, const NamiDuration *b)
{
	return a->months == b->months && a->days == b->days && a->seconds == b->seconds &&
		a->nanoseconds == b->nanoseconds;
}

bool
nami_value_identical(NamiValue a, NamiValue b)
{
	if (a.kind != b.kind)
		return false;
	switch ((NamiKind) a.kind)
	{
		case NAMI_NULL:
			return true;
		case NAMI_BOOL:
			return a.boolean == b.boolean;
		case NAMI_FLOAT:
			return memcmp(&a.number, &b.number, sizeof(double)) == 0;
		case NAMI_STRING:
		case NAMI_BYTES:
			return nami_str_eq(nami_value_str(a), nami_value_str(b));
		case NAMI_LIST:
		case NAMI_MAP:
			return a.len == b.len && identical_children(a, b);
		case NAMI_VECTOR:
			return a.len == b.len &&
				(a.len == 0 || memcmp(a.floats, b.floats, a.len * sizeof(float)) == 0);
		case NAMI_DATETIME:
			return identical_datetimes(a.datetime, b.datetime);
		case NAMI_DURATION:
			return identical_durations(a.duration, b.duration);
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			return a.len == b.len && a.integer == b.integer;
		case NAMI_INT:
		case NAMI_NODE:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			return a.integer == b.integer;
		case NAMI_REL:
		case NAMI_PATH:
			break;
	}
	return false;
}
