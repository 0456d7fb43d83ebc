/*
 * str.h - a borrowed piece of bytes, usually UTF-8 text: pointer and length, no terminator.
 */
#ifndef NAMI_BASE_STR_H
#define NAMI_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct NamiStr
{
	const char *ptr;			/* borrowed; may be NULL when len is 0 */
	size_t		len;			/* bytes */
} NamiStr;

#define NAMI_STR(literal)	((NamiStr) {(literal), sizeof(literal) - 1})
#define NAMI_STR_INIT(literal)	{(literal), sizeof(literal) - 1}

/* For printf: printf("%.*s", NAMI_STR_ARG(s)). */
#define NAMI_STR_ARG(str)	((int) (str).len), ((str).ptr)

static inline NamiStr
nami_str(const char *cstr)
{
	return (NamiStr) {cstr, strlen(cstr)};
}

static inline bool
nami_str_eq(NamiStr a, NamiStr b)
{
	/* Names that differ mostly do so in the last byte: that spares a call. */
	return a.len == b.len &&
		(a.len == 0 || (a.ptr[a.len - 1] == b.ptr[a.len - 1] && memcmp(a.ptr, b.ptr, a.len) == 0));
}

/* Byte order, which for UTF-8 is code point order. */
static inline int
nami_str_cmp(NamiStr a, NamiStr b)
{
	size_t		common = a.len < b.len ? a.len : b.len;
	int			diff = common == 0 ? 0 : memcmp(a.ptr, b.ptr, common);

	if (diff != 0)
		return diff;
	return a.len < b.len ? -1 : a.len > b.len;
}

static inline bool
nami_str_starts_with(NamiStr str, NamiStr prefix)
{
	return str.len >= prefix.len &&
		(prefix.len == 0 || memcmp(str.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool
nami_str_ends_with(NamiStr str, NamiStr suffix)
{
	return str.len >= suffix.len &&
		(suffix.len == 0 || memcmp(str.ptr + str.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* The piece from start (clipped) of at most len bytes. */
static inline NamiStr
nami_str_slice(NamiStr str, size_t start, size_t len)
{
	if (start > str.len)
		start = str.len;
	if (len > str.len - start)
		len = str.len - start;
	return (NamiStr) {str.ptr + start, len};
}

/* Equality that ignores the case of ASCII letters (keywords, function names). */
extern bool nami_str_eq_nocase(NamiStr a, NamiStr b);

#endif							/* NAMI_BASE_STR_H */
