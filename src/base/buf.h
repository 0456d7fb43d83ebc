/*
 * buf.h - growable bytes.
 *
 * NamiBuf grows in an arena: for everything the engine itself writes. NamiHeapBuf grows by malloc
 * with a mandatory upper limit and reports failure by a return value: the only kind that a callback
 * of a library (curl, expat) may write into, because arenas may unwind the stack.
 */
#ifndef NAMI_BASE_BUF_H
#define NAMI_BASE_BUF_H

#include "base/arena.h"
#include "base/str.h"

typedef struct NamiBuf
{
	NamiArena  *arena;			/* borrowed */
	uint8_t    *ptr;			/* in the arena; NULL while empty */
	size_t		len;
	size_t		capacity;
} NamiBuf;

static inline void
nami_buf_init(NamiBuf *buf, NamiArena *arena)
{
	*buf = (NamiBuf) {arena, NULL, 0, 0};
}

/* Forgets the content, keeps the memory. */
static inline void
nami_buf_clear(NamiBuf *buf)
{
	buf->len = 0;
}

/* Makes room for n more bytes and returns where they go; len is not changed. */
extern uint8_t *nami_buf_reserve(NamiBuf *buf, size_t n);

extern void nami_buf_put(NamiBuf *buf, const void *src, size_t n);
extern void nami_buf_printf(NamiBuf *buf, const char *format,...)
			__attribute__((format(printf, 2, 3)));

static inline void
nami_buf_put_u8(NamiBuf *buf, uint8_t value)
{
	if (buf->len == buf->capacity)
		nami_buf_reserve(buf, 1);
	buf->ptr[buf->len++] = value;
}

static inline void
nami_buf_put_str(NamiBuf *buf, NamiStr str)
{
	nami_buf_put(buf, str.ptr, str.len);
}

static inline void
nami_buf_put_cstr(NamiBuf *buf, const char *cstr)
{
	nami_buf_put(buf, cstr, strlen(cstr));
}

/* Little-endian fixed width. */
extern void nami_buf_put_u16le(NamiBuf *buf, uint16_t value);
extern void nami_buf_put_u32le(NamiBuf *buf, uint32_t value);
extern void nami_buf_put_u64le(NamiBuf *buf, uint64_t value);

static inline NamiStr
nami_buf_str(const NamiBuf *buf)
{
	return (NamiStr) {(const char *) buf->ptr, buf->len};
}

typedef struct NamiHeapBuf
{
	uint8_t    *ptr;			/* owned, malloc */
	size_t		len;
	size_t		capacity;
	size_t		limit_bytes;
} NamiHeapBuf;

extern void nami_heap_buf_init(NamiHeapBuf *buf, size_t limit_bytes);
extern void nami_heap_buf_free(NamiHeapBuf *buf);

/* False when the limit would be passed or malloc fails; the content is then unchanged. */
extern bool nami_heap_buf_put(NamiHeapBuf *buf, const void *src, size_t n)
			__attribute__((warn_unused_result));

#endif							/* NAMI_BASE_BUF_H */
