/*
 * propjson.h - property maps: JSON text <-> values (spec/storage.md 7).
 *
 *	JSON							value
 *	null, {}						NULL
 *	true, 42, 1.5, "x"				BOOLEAN, INTEGER, FLOAT, STRING
 *	[1.0,0.5]						VECTOR of 32-bit floats
 *	{"$i8vec":[scale,[c,...]]}		VECTOR, elements c * scale
 *	{"$list":[...]} {"$map":{...}}	LIST, MAP
 *	{"$date":days}					DATE
 *	{"$datetime":microseconds}		DATETIME, offset 0, no zone
 *	{"$bytes":[0,255]}				BYTES
 *	{"$map":{"@type":T,"value":S}}	LOCALDATETIME, LOCALTIME, TIME, DURATION (spec/cypher.md 6.2)
 *
 * Reading is strict: what the product cannot read ("poison", 7.4) is NAMI_ERR_CORRUPT here, naming
 * the property and the cause. Two forms: nami_prop_decode gives a sorted map, NamiPropReader gives
 * one property after the other without building anything.
 *
 * Decoded strings without escapes point into the JSON text, everything else lies in the arena:
 * both must outlive the values.
 */
#ifndef NAMI_FORMAT_PROPJSON_H
#define NAMI_FORMAT_PROPJSON_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json_scan.h"
#include "base/strmap.h"
#include "base/value.h"
#include "base/vec.h"

/* JSON containers that may be open inside a value: 127 in a record, of which two enclose it. */
#define NAMI_PROP_DEPTH_MAX		125

/* ---- reading, one by one ---- */

#define NAMI_PROP_KEY_NONE		UINT32_MAX

typedef struct NamiPropKey
{
	NamiStr		name;			/* unescaped */
	NamiStr		token;			/* "name": with quotes and colon; empty when it needs escapes */
	uint32_t	follower;		/* the key that came next last time, or NONE */
} NamiPropKey;

/*
 * A dictionary of property names, shared by all rows that one reader goes through. Its ids count
 * from 0 in order of appearance. It also remembers which key followed which: rows repeat their
 * shape, so that the next key is usually recognised by one comparison of bytes.
 */
typedef struct NamiPropKeys
{
	NamiArena  *arena;
	NamiStrMap	ids;
	NAMI_VEC(NamiPropKey) list;
	uint32_t	first;			/* key that came first last time, or NONE */
} NamiPropKeys;

/* The arena keeps the names for the life of the dictionary. */
extern void nami_prop_keys_init(NamiPropKeys *keys, NamiArena *arena);

/* The id of a name; NAMI_PROP_KEY_NONE when it has not been seen. */
extern uint32_t nami_prop_keys_find(const NamiPropKeys *keys, NamiStr name);
extern uint32_t nami_prop_keys_add(NamiPropKeys *keys, NamiStr name);

static inline NamiStr
nami_prop_keys_name(const NamiPropKeys *keys, uint32_t id)
{
	return keys->list.items[id].name;
}

typedef struct NamiPropReader
{
	NamiCursor	cur;
	const uint8_t *start;
	NamiArena  *arena;			/* values go here; may be reset between rows */
	NamiPropKeys *keys;
	uint32_t	previous;		/* id of the key read last, or NONE */
	uint32_t	predicted;
	bool		is_first;
} NamiPropReader;

typedef struct NamiProp
{
	uint32_t	key;			/* id in the reader's dictionary */
	NamiValue	value;
} NamiProp;

extern void nami_prop_reader_init(NamiPropReader *reader, NamiArena *arena, NamiPropKeys *keys);

/* Begins with the text of one JSON object (from its "{" to its "}", space around it allowed). */
extern NamiStatus nami_prop_reader_start(NamiPropReader *reader, NamiStr json, NamiError *err)
			NAMI_MUST_CHECK;

/*
 * The next property in the order of the text; *has_prop is false behind the last one. A key may
 * come twice: then the later value counts, also when it is NULL. Explicit nulls are handed out.
 */
extern NamiStatus nami_prop_reader_next(NamiPropReader *reader, NamiProp *prop, bool *has_prop,
										NamiError *err) NAMI_MUST_CHECK;

/* ---- reading, whole ---- */

typedef enum NamiPropDecodeFlags
{
	NAMI_PROP_KEEP_NULLS = 1	/* keep explicit nulls; by default they are left out */
} NamiPropDecodeFlags;

/* *map becomes a MAP: keys unique (the last one of duplicates) and ascending. */
extern NamiStatus nami_prop_decode(NamiArena *arena, NamiStr json, unsigned flags, NamiValue *map,
								   NamiError *err) NAMI_MUST_CHECK;

/* ---- writing ---- */

typedef enum NamiPropEncodeFlags
{
	/*
	 * Accept names that spec/storage.md 3.2 reserves, because the record that is replaced has
	 * them already.
	 */
	NAMI_PROP_RESERVED_NAMES = 1,

	/* Write null members of the map itself instead of leaving them out. */
	NAMI_PROP_WRITE_NULLS = 2
} NamiPropEncodeFlags;

/*
 * Appends the JSON object of the properties, keys in byte order whatever the order of entries (the
 * last one of duplicates counts). Refuses, leaving out unchanged:
 *
 *	NAMI_ERR_ARGUMENT		nan and infinities, also in vectors; a reserved name
 *	NAMI_ERR_TYPE			NODE, RELATIONSHIP, PATH, also inside lists and maps
 *	NAMI_ERR_OUT_OF_RANGE	a DATE or DATETIME outside the years 1 .. 9999
 *	NAMI_ERR_LIMIT			nesting that the product could not read (more than 62 lists)
 *	NAMI_ERR_BAD_CHARACTER	text that is not valid UTF-8
 *
 * Digits of a DATETIME below the microsecond, its offset and zone are dropped.
 */
extern NamiStatus nami_prop_encode(NamiBuf *out, const NamiMapEntry *entries, uint32_t count,
								   unsigned flags, NamiError *err) NAMI_MUST_CHECK;

/* Fails when a new property may not have that name: "__...", "prop_...", node_id, tombstone, lsn. */
extern NamiStatus nami_prop_check_name(NamiStr name, NamiError *err) NAMI_MUST_CHECK;

/* Checks that a value could be stored, with the errors of nami_prop_encode. */
extern NamiStatus nami_prop_check_value(NamiArena *scratch, NamiValue value, NamiError *err)
			NAMI_MUST_CHECK;

/* Sorts entries by key and removes all but the last of duplicates; returns the new count. */
extern uint32_t nami_map_entries_normalize(NamiArena *scratch, NamiMapEntry *entries, uint32_t count);

#endif							/* NAMI_FORMAT_PROPJSON_H */
