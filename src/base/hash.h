/*
 * hash.h - hash functions.
 */
#ifndef NAMI_BASE_HASH_H
#define NAMI_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* XXH3-64 with seed 0: the checksum of the NamiDB formats, and our hash of byte strings. */
extern uint64_t nami_xxh3(const void *ptr, size_t len);

/* CRC-32/ISO-HDLC (zlib); crc is 0 at the start, or the result for the bytes before. */
extern uint32_t nami_crc32(uint32_t crc, const void *ptr, size_t len);

/* Mixes two words; for ids and pairs of ordinals. Never hash a UUID by its first bytes alone. */
static inline uint64_t
nami_hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product;

	product = (unsigned __int128) (a ^ UINT64_C(0x9E3779B97F4A7C15)) *
		(b ^ UINT64_C(0xD6E8FEB86659FD93));
	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

#endif							/* NAMI_BASE_HASH_H */
