/*
 * value_flat.h - property values as position-independent bytes, for the columns of an image that no
 * typed encoding fits.
 *
 *	kind u8, then by kind:
 *	BOOL u8 | INT, FLOAT, DATE, LOCALTIME u64 | STRING, BYTES u32 length, bytes
 *	TIME, LOCALDATETIME u32, u64 | DATETIME u64, u32, u32, u32 length, zone | DURATION 3 u64, u32
 *	VECTOR u32 count, count f32 | LIST u32 count, values | MAP u32 count, (u32 length, key, value)
 *
 * Numbers are in the byte order of the machine: an image is a private cache.
 */
#ifndef NAMI_GRAPH_VALUE_FLAT_H
#define NAMI_GRAPH_VALUE_FLAT_H

#include "base/buf.h"
#include "base/value.h"

/* Storable kinds only. Lists and maps may nest 128 deep; what lies deeper becomes null. */
extern void nami_value_flatten(NamiBuf *out, NamiValue value);

/*
 * Strings and bytes of the result point into the bytes, the rest lies in the arena. Bytes that were
 * damaged give nulls, never a fault.
 */
extern NamiValue nami_value_unflatten(NamiArena *arena, const char *ptr, size_t len);

#endif							/* NAMI_GRAPH_VALUE_FLAT_H */
