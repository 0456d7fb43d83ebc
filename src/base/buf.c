/*
 * buf.c - see buf.h.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY	((size_t) 64)

uint8_t *
nami_buf_reserve(NamiBuf *buf, size_t n)
{
	size_t		need;

	if (__builtin_add_overflow(buf->len, n, &need))
		abort();
	if (need > buf->capacity)
	{
		size_t		capacity = buf->capacity == 0 ? FIRST_CAPACITY : buf->capacity;

		while (capacity < need)
			capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
		buf->ptr = nami_arena_realloc(buf->arena, buf->ptr, buf->capacity, capacity);
		buf->capacity = capacity;
	}
	return buf->ptr + buf->len;
}

void
nami_buf_put(NamiBuf *buf, const void *src, size_t n)
{
	if (n == 0)
		return;
	memcpy(nami_buf_reserve(buf, n), src, n);
	buf->len += n;
}

void
nami_buf_printf(NamiBuf *buf, const char *format,...)
{
	va_list		args;
	int			len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		abort();
	nami_buf_reserve(buf, (size_t) len + 1);
	va_start(args, format);
	vsnprintf((char *) buf->ptr + buf->len, (size_t) len + 1, format, args);
	va_end(args);
	buf->len += (size_t) len;
}

void
nami_buf_put_u16le(NamiBuf *buf, uint16_t value)
{
	uint8_t		bytes[2] = {(uint8_t) value, (uint8_t) (value >> 8)};

	nami_buf_put(buf, bytes, sizeof(bytes));
}

void
nami_buf_put_u32le(NamiBuf *buf, uint32_t value)
{
	uint8_t		bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t) (value >> (8 * i));
	nami_buf_put(buf, bytes, sizeof(bytes));
}

void
nami_buf_put_u64le(NamiBuf *buf, uint64_t value)
{
	uint8_t		bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t) (value >> (8 * i));
	nami_buf_put(buf, bytes, sizeof(bytes));
}

void
nami_heap_buf_init(NamiHeapBuf *buf, size_t limit_bytes)
{
	*buf = (NamiHeapBuf) {NULL, 0, 0, limit_bytes};
}

void
nami_heap_buf_free(NamiHeapBuf *buf)
{
	free(buf->ptr);
	nami_heap_buf_init(buf, buf->limit_bytes);
}

bool
nami_heap_buf_put(NamiHeapBuf *buf, const void *src, size_t n)
{
	if (n > buf->limit_bytes || buf->len > buf->limit_bytes - n)
		return false;
	if (buf->len + n > buf->capacity)
	{
		size_t		capacity = buf->capacity == 0 ? 4096 : buf->capacity * 2;
		uint8_t    *ptr;

		if (capacity < buf->len + n)
			capacity = buf->len + n;
		if (capacity > buf->limit_bytes)
			capacity = buf->limit_bytes;
		ptr = realloc(buf->ptr, capacity);
		if (ptr == NULL)
			return false;
		buf->ptr = ptr;
		buf->capacity = capacity;
	}
	if (n > 0)
		memcpy(buf->ptr + buf->len, src, n);
	buf->len += n;
	return true;
}
