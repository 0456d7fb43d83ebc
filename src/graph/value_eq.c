/*
 * value_eq.c - see value_eq.h.
 */
#include "graph/value_eq.h"

#include "base/hash.h"

/* Deeper levels do not enter the hash: that bounds the recursion for values given by a user. */
#define HASH_DEPTH_MAX	4

/* Property values nest 125 levels at most (format/propjson.h); deeper ones are not stored. */
#define EQUAL_DEPTH_MAX	128

#define TWO_63	9223372036854775808.0

static bool
int_equals_float(int64_t i, double f)
{
	return f >= -TWO_63 && f < TWO_63 && (double) (int64_t) f == f && (int64_t) f == i;
}

static bool
datetimes_equal(const NamiDateTime *a, const NamiDateTime *b)
{
	return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds &&
		a->offset_seconds == b->offset_seconds && nami_str_eq(a->zone, b->zone);
}

static bool
durations_equal(const NamiDuration *a, const NamiDuration *b)
{
	return a->months == b->months && a->days == b->days && a->seconds == b->seconds &&
		a->nanoseconds == b->nanoseconds;
}

static bool
vectors_equal(NamiValue a, NamiValue b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
	{
		if (!(a.floats[i] == b.floats[i]))
			return false;
	}
	return true;
}

static bool equal_at(NamiValue a, NamiValue b, int depth);

static bool
containers_equal(NamiValue a, NamiValue b, int depth)
{
	if (a.len != b.len || depth >= EQUAL_DEPTH_MAX)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
	{
		if (a.kind == NAMI_MAP)
		{
			if (!nami_str_eq(a.entries[i].key, b.entries[i].key) ||
				!equal_at(a.entries[i].value, b.entries[i].value, depth + 1))
				return false;
		}
		else if (!equal_at(a.items[i], b.items[i], depth + 1))
			return false;
	}
	return true;
}

static bool
equal_at(NamiValue a, NamiValue b, int depth)
{
	if (a.kind != b.kind)
	{
		if (a.kind == NAMI_INT && b.kind == NAMI_FLOAT)
			return int_equals_float(a.integer, b.number);
		if (a.kind == NAMI_FLOAT && b.kind == NAMI_INT)
			return int_equals_float(b.integer, a.number);
		return false;
	}
	switch ((NamiKind) a.kind)
	{
		case NAMI_BOOL:
			return a.boolean == b.boolean;
		case NAMI_INT:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
		case NAMI_NODE:
			return a.integer == b.integer;
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			return a.integer == b.integer && a.len == b.len;
		case NAMI_FLOAT:
			return a.number == b.number;
		case NAMI_STRING:
		case NAMI_BYTES:
			return nami_str_eq(nami_value_str(a), nami_value_str(b));
		case NAMI_VECTOR:
			return vectors_equal(a, b);
		case NAMI_LIST:
		case NAMI_MAP:
			return containers_equal(a, b, depth);
		case NAMI_DATETIME:
			return datetimes_equal(a.datetime, b.datetime);
		case NAMI_DURATION:
			return durations_equal(a.duration, b.duration);
		case NAMI_NULL:
		case NAMI_REL:
		case NAMI_PATH:
			return false;		/* no property has such a value */
	}
	return false;
}

bool
nami_property_equal(NamiValue a, NamiValue b)
{
	return equal_at(a, b, 0);
}

static uint64_t
hash_float(double f)
{
	uint64_t	bits;

	if (f >= -TWO_63 && f < TWO_63 && (double) (int64_t) f == f)
		return nami_hash_mix((uint64_t) (int64_t) f, NAMI_INT);
	memcpy(&bits, &f, sizeof(bits));
	return nami_hash_mix(bits, NAMI_FLOAT);
}

static uint64_t
hash_at(NamiValue value, int depth)
{
	uint64_t	hash = nami_hash_mix(value.len, value.kind);

	switch ((NamiKind) value.kind)
	{
		case NAMI_BOOL:
			return nami_hash_mix(value.boolean, NAMI_BOOL);
		case NAMI_INT:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
		case NAMI_NODE:
			return nami_hash_mix((uint64_t) value.integer, value.kind);
		case NAMI_FLOAT:
			return hash_float(value.number);
		case NAMI_STRING:
		case NAMI_BYTES:
			return nami_xxh3(value.text, value.len) ^ value.kind;
		case NAMI_VECTOR:
			for (uint32_t i = 0; i < value.len && i < 8; i++)
				hash = nami_hash_mix(hash, hash_float(value.floats[i]));
			return hash;
		case NAMI_LIST:
			for (uint32_t i = 0; i < value.len && depth < HASH_DEPTH_MAX; i++)
				hash = nami_hash_mix(hash, hash_at(value.items[i], depth + 1));
			return hash;
		case NAMI_MAP:
			for (uint32_t i = 0; i < value.len && depth < HASH_DEPTH_MAX; i++)
				hash = nami_hash_mix(hash, hash_at(value.entries[i].value, depth + 1));
			return hash;
		case NAMI_DATETIME:
			return nami_hash_mix((uint64_t) value.datetime->seconds,
								 (uint64_t) value.datetime->nanoseconds);
		case NAMI_DURATION:
			return nami_hash_mix((uint64_t) value.duration->seconds,
								 (uint64_t) value.duration->days);
		case NAMI_NULL:
		case NAMI_REL:
		case NAMI_PATH:
			break;
	}
	return hash;
}

uint64_t
nami_property_hash(NamiValue value)
{
	return hash_at(value, 0);
}
