/*
 * uuid.h - UUIDs: text and generation.
 */
#ifndef NAMI_BASE_UUID_H
#define NAMI_BASE_UUID_H

#include <string.h>

#include "base/host.h"
#include "base/str.h"

/* In network order: comparing bytes compares the texts. Zero is the nil UUID. */
typedef struct NamiUuid
{
	uint8_t		bytes[16];
} NamiUuid;

#define NAMI_UUID_TEXT_LEN	36

static inline int
nami_uuid_cmp(NamiUuid a, NamiUuid b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

static inline bool
nami_uuid_eq(NamiUuid a, NamiUuid b)
{
	return nami_uuid_cmp(a, b) == 0;
}

/* 32 hexadecimal digits of any case; the four hyphens of the usual form all there or none. */
extern bool nami_uuid_parse(NamiStr text, NamiUuid *out) __attribute__((warn_unused_result));

/* Lower case with hyphens; no terminator. */
extern void nami_uuid_format(NamiUuid uuid, char out[NAMI_UUID_TEXT_LEN]);

/* 32 lower-case digits without hyphens, as in SST file names. */
extern void nami_uuid_format_compact(NamiUuid uuid, char out[32]);

/* Random, version 4. */
extern NamiUuid nami_uuid_v4(const NamiHost *host);

/*
 * Version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits. One generator gives
 * strictly ascending ids, also within a millisecond and when the clock steps back.
 */
typedef struct NamiUuidGenerator
{
	const NamiHost *host;		/* borrowed */
	uint64_t	last_ms;		/* 0: none yet */
	uint64_t	tail_high;		/* the 12 bits behind the version */
	uint64_t	tail_low;		/* the 62 bits behind the variant */
	uint32_t	steps[32];		/* random numbers in store */
	unsigned	steps_left;
} NamiUuidGenerator;

extern void nami_uuid_generator_init(NamiUuidGenerator *generator, const NamiHost *host);
extern NamiUuid nami_uuid_v7(NamiUuidGenerator *generator);

#endif							/* NAMI_BASE_UUID_H */
