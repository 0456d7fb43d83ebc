/*
 * hash.c - see hash.h. XXH3 comes from xxHash (header only), CRC-32 from zlib.
 */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zlib.h>

uint64_t
nami_xxh3(const void *ptr, size_t len)
{
	return XXH3_64bits(ptr, len);
}

uint32_t
nami_crc32(uint32_t crc, const void *ptr, size_t len)
{
	return (uint32_t) crc32_z(crc, ptr, len);
}
