/*
 * edge_reseal.h - for tests and fuzzing: makes the digests of an edge SST right again after its
 * bytes were changed, so that damage reaches the code behind the digests.
 */
#ifndef NAMI_TEST_EDGE_RESEAL_H
#define NAMI_TEST_EDGE_RESEAL_H

#include "base/cursor.h"
#include "base/hash.h"

static inline void
edge_put_u64(uint8_t *dst, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		dst[i] = (uint8_t) (value >> (8 * i));
}

/* Property pages carry digests of their own. */
static inline void
edge_reseal_pages(uint8_t *section, uint64_t len)
{
	uint64_t	pages = len >= 32 ? nami_load_u32le(section + 12) : 0;

	for (uint64_t i = 0; i < pages && 32 + 44 * (i + 1) <= len; i++)
	{
		uint8_t    *entry = section + 32 + 44 * i;
		uint64_t	offset = nami_load_u64le(entry + 12);
		uint64_t	encoded = nami_load_u64le(entry + 20);

		if (offset <= len && encoded <= len - offset)
			edge_put_u64(entry + 36, nami_xxh3(section + offset, (size_t) encoded));
	}
}

/*
 * Walks the section table as far as it makes sense. The binding is put right in full, the page
 * digests are not (readers of whole objects do not look at them).
 */
static inline void
edge_reseal(uint8_t *object, uint64_t len)
{
	uint64_t	footer_len = len >= 169 ? nami_load_u32le(object + len - 12) : 0;
	uint8_t    *binding_entry = NULL;
	uint8_t    *binding = NULL;
	static uint8_t bound[1 << 16];
	uint64_t	bound_len = 0;
	uint64_t	at;

	if (footer_len < 105 || footer_len > len)
		return;
	for (at = len - footer_len; at + 29 <= len - 105;)
	{
		uint8_t    *entry = object + at;
		uint64_t	entry_len = 29 + (uint64_t) entry[28];
		uint64_t	offset = nami_load_u64le(entry + 2);
		uint64_t	size = nami_load_u64le(entry + 10);
		unsigned	kind = nami_load_u16le(entry);

		if (at + entry_len > len - 105 || offset > len || size > len - offset)
			break;
		if (kind == 0x100)
			edge_reseal_pages(object + offset, size);
		edge_put_u64(entry + 20, nami_xxh3(object + offset, (size_t) size));
		if (kind == 9 && size == 40)
		{
			binding_entry = entry;
			binding = object + offset;
		}
		else if (kind != 8 && bound_len + entry_len <= sizeof(bound))
		{
			memcpy(bound + bound_len, entry, (size_t) entry_len);
			bound_len += entry_len;
		}
		at += entry_len;
	}
	if (binding != NULL)
	{
		edge_put_u64(binding + 24, nami_xxh3(object, 64));
		edge_put_u64(binding + 32, nami_xxh3(bound, (size_t) bound_len));
		edge_put_u64(binding_entry + 20, nami_xxh3(binding, 40));
	}
	edge_put_u64(object + len - 20, nami_xxh3(object + len - footer_len, (size_t) footer_len - 20));
}

#endif							/* NAMI_TEST_EDGE_RESEAL_H */
