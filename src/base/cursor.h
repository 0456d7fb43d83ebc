/*
 * cursor.h - checked reading of untrusted bytes.
 *
 * Every parser consumes a cursor, never a raw pointer. A read either takes all its bytes and returns
 * true, or takes nothing and returns false. Integers are little-endian unless the name says so.
 */
#ifndef NAMI_BASE_CURSOR_H
#define NAMI_BASE_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

typedef struct NamiCursor
{
	const uint8_t *ptr;			/* borrowed */
	size_t		len;			/* bytes left */
} NamiCursor;

#define NAMI_CURSOR_MUST_CHECK	static inline __attribute__((warn_unused_result)) bool

static inline NamiCursor
nami_cursor(const void *ptr, size_t len)
{
	return (NamiCursor) {ptr, len};
}

static inline NamiCursor
nami_cursor_of(NamiStr str)
{
	return (NamiCursor) {(const uint8_t *) str.ptr, str.len};
}

/* Takes n bytes; *out points into the underlying memory. */
NAMI_CURSOR_MUST_CHECK
nami_cursor_take(NamiCursor *cur, size_t n, const uint8_t **out)
{
	if (cur->len < n)
		return false;
	*out = cur->ptr;
	cur->ptr += n;
	cur->len -= n;
	return true;
}

NAMI_CURSOR_MUST_CHECK
nami_cursor_skip(NamiCursor *cur, size_t n)
{
	const uint8_t *ignored;

	return nami_cursor_take(cur, n, &ignored);
}

/* A cursor over the next n bytes, which are taken. */
NAMI_CURSOR_MUST_CHECK
nami_cursor_sub(NamiCursor *cur, size_t n, NamiCursor *out)
{
	out->len = n;
	return nami_cursor_take(cur, n, &out->ptr);
}

NAMI_CURSOR_MUST_CHECK
nami_cursor_copy(NamiCursor *cur, void *out, size_t n)
{
	const uint8_t *src;

	if (!nami_cursor_take(cur, n, &src))
		return false;
	if (n > 0)
		memcpy(out, src, n);
	return true;
}

static inline uint16_t
nami_load_u16le(const uint8_t *src)
{
	uint16_t	value;

	memcpy(&value, src, sizeof(value));
	return le16toh(value);
}

static inline uint32_t
nami_load_u32le(const uint8_t *src)
{
	uint32_t	value;

	memcpy(&value, src, sizeof(value));
	return le32toh(value);
}

static inline uint64_t
nami_load_u64le(const uint8_t *src)
{
	uint64_t	value;

	memcpy(&value, src, sizeof(value));
	return le64toh(value);
}

/* An integer of 1 to 8 bytes. */
static inline uint64_t
nami_load_le(const uint8_t *src, unsigned width_bytes)
{
	uint64_t	value = 0;

	for (unsigned i = 0; i < width_bytes; i++)
		value |= (uint64_t) src[i] << (8 * i);
	return value;
}

NAMI_CURSOR_MUST_CHECK
nami_cursor_read_u8(NamiCursor *cur, uint8_t *out)
{
	return nami_cursor_copy(cur, out, 1);
}

NAMI_CURSOR_MUST_CHECK
nami_cursor_read_u16le(NamiCursor *cur, uint16_t *out)
{
	const uint8_t *src;

	if (!nami_cursor_take(cur, 2, &src))
		return false;
	*out = nami_load_u16le(src);
	return true;
}

NAMI_CURSOR_MUST_CHECK
nami_cursor_read_u32le(NamiCursor *cur, uint32_t *out)
{
	const uint8_t *src;

	if (!nami_cursor_take(cur, 4, &src))
		return false;
	*out = nami_load_u32le(src);
	return true;
}

NAMI_CURSOR_MUST_CHECK
nami_cursor_read_u64le(NamiCursor *cur, uint64_t *out)
{
	const uint8_t *src;

	if (!nami_cursor_take(cur, 8, &src))
		return false;
	*out = nami_load_u64le(src);
	return true;
}

/* Unsigned LEB128, at most 10 bytes, bits above 64 refused. */
extern bool nami_cursor_read_varint(NamiCursor *cur, uint64_t *out)
			__attribute__((warn_unused_result));

#endif							/* NAMI_BASE_CURSOR_H */
