/*
 * value.h - the tagged value of the Cypher type system (spec/cypher.md 3.1, 15), 16 bytes.
 *
 * A plain data structure: it knows neither the graph nor the operators. Payloads that do not fit
 * are borrowed pointers into an arena or an image that outlives the value. Values are immutable
 * once made and are copied by assignment.
 *
 *	kind			len						payload
 *	NULL			-						-
 *	BOOL			-						boolean
 *	INT				-						integer
 *	FLOAT			-						number
 *	STRING, BYTES	bytes					text
 *	LIST			elements				items
 *	MAP				entries					entries, keys unique, ascending by bytes
 *	VECTOR			dimension				floats
 *	NODE			-						ordinal (integer): an ordinal of the snapshot in use
 *	REL				-						rel
 *	PATH			-						path
 *	DATE			-						integer: days since 1970-01-01, proleptic Gregorian
 *	LOCALTIME		-						integer: nanoseconds of the day
 *	TIME			offset in s (int32)		integer: local nanoseconds of the day
 *	LOCALDATETIME	nanoseconds				integer: local seconds since 1970-01-01T00:00
 *	DATETIME		-						datetime
 *	DURATION		-						duration
 */
#ifndef NAMI_BASE_VALUE_H
#define NAMI_BASE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef enum NamiKind
{
	NAMI_NULL = 0,				/* zeroed memory is null */
	NAMI_BOOL,
	NAMI_INT,
	NAMI_FLOAT,
	NAMI_STRING,
	NAMI_BYTES,
	NAMI_LIST,
	NAMI_MAP,
	NAMI_VECTOR,
	NAMI_NODE,
	NAMI_REL,
	NAMI_PATH,
	NAMI_DATE,
	NAMI_LOCALTIME,
	NAMI_TIME,
	NAMI_LOCALDATETIME,
	NAMI_DATETIME,
	NAMI_DURATION
} NamiKind;

typedef struct NamiValue NamiValue;
typedef struct NamiMapEntry NamiMapEntry;

/* A relationship of the snapshot in use; its identity is (type, src, dst). */
typedef struct NamiRel
{
	uint32_t	type;			/* snapshot's edge type number */
	uint32_t	src;			/* node ordinals */
	uint32_t	dst;
	uint32_t	pos;			/* edge position within that type (graph/types.h) */
} NamiRel;

/* nodes[0] rels[0] nodes[1] ... nodes[rel_count]; a relationship may be walked backwards. */
typedef struct NamiPath
{
	uint32_t	rel_count;
	const uint32_t *nodes;		/* rel_count + 1 ordinals */
	const NamiRel *rels;		/* rel_count */
} NamiPath;

/* A point on the time line with its zone. */
typedef struct NamiDateTime
{
	int64_t		seconds;		/* UTC seconds since 1970-01-01 */
	int32_t		nanoseconds;	/* 0 .. 999999999 */
	int32_t		offset_seconds; /* local - UTC */
	NamiStr		zone;			/* "Europe/Stockholm", or empty for a plain offset */
} NamiDateTime;

/* Four groups that never carry into each other; 0 <= nanoseconds < 10^9. */
typedef struct NamiDuration
{
	int64_t		months;
	int64_t		days;
	int64_t		seconds;
	int32_t		nanoseconds;
} NamiDuration;

struct NamiValue
{
	uint8_t		kind;			/* NamiKind */
	uint8_t		pad[3];
	uint32_t	len;
	union
	{
		bool		boolean;
		int64_t		integer;
		double		number;
		const char *text;
		const NamiValue *items;
		const NamiMapEntry *entries;
		const float *floats;
		const NamiRel *rel;
		const NamiPath *path;
		const NamiDateTime *datetime;
		const NamiDuration *duration;
	};
};

struct NamiMapEntry
{
	NamiStr		key;
	NamiValue	value;
};

_Static_assert(sizeof(NamiValue) == 16, "values are copied by the million");

static inline NamiValue
nami_value_null(void)
{
	return (NamiValue) {.kind = NAMI_NULL};
}

static inline NamiValue
nami_value_bool(bool b)
{
	return (NamiValue) {.kind = NAMI_BOOL, .boolean = b};
}

static inline NamiValue
nami_value_int(int64_t i)
{
	return (NamiValue) {.kind = NAMI_INT, .integer = i};
}

static inline NamiValue
nami_value_float(double f)
{
	return (NamiValue) {.kind = NAMI_FLOAT, .number = f};
}

/* str is borrowed and shorter than 4 GiB. */
static inline NamiValue
nami_value_string(NamiStr str)
{
	return (NamiValue) {.kind = NAMI_STRING, .len = (uint32_t) str.len, .text = str.ptr};
}

static inline NamiValue
nami_value_bytes(NamiStr bytes)
{
	return (NamiValue) {.kind = NAMI_BYTES, .len = (uint32_t) bytes.len, .text = bytes.ptr};
}

static inline NamiValue
nami_value_list(const NamiValue *items, uint32_t count)
{
	return (NamiValue) {.kind = NAMI_LIST, .len = count, .items = items};
}

/* entries: keys unique and ascending by bytes. */
static inline NamiValue
nami_value_map(const NamiMapEntry *entries, uint32_t count)
{
	return (NamiValue) {.kind = NAMI_MAP, .len = count, .entries = entries};
}

static inline NamiValue
nami_value_vector(const float *floats, uint32_t dimension)
{
	return (NamiValue) {.kind = NAMI_VECTOR, .len = dimension, .floats = floats};
}

static inline NamiValue
nami_value_node(uint32_t ordinal)
{
	return (NamiValue) {.kind = NAMI_NODE, .integer = ordinal};
}

static inline NamiValue
nami_value_rel(const NamiRel *rel)
{
	return (NamiValue) {.kind = NAMI_REL, .rel = rel};
}

static inline NamiValue
nami_value_path(const NamiPath *path)
{
	return (NamiValue) {.kind = NAMI_PATH, .path = path};
}

static inline NamiValue
nami_value_date(int64_t days)
{
	return (NamiValue) {.kind = NAMI_DATE, .integer = days};
}

/* The text of a STRING or the content of BYTES. */
static inline NamiStr
nami_value_str(NamiValue value)
{
	return (NamiStr) {value.text, value.len};
}

static inline bool
nami_value_is_null(NamiValue value)
{
	return value.kind == NAMI_NULL;
}

/* "INTEGER", "LIST", ...: the names used in messages (spec/cypher.md 3.1). */
extern const char *nami_kind_name(NamiKind kind);

/* The entry of a MAP, or NULL. O(log n). */
extern const NamiValue *nami_value_map_get(NamiValue map, NamiStr key);

#endif							/* NAMI_BASE_VALUE_H */
