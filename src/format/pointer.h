/*
 * pointer.h - the pointer object p<version>.json, current.json (the same bytes) and pins
 * (spec/storage.md 4.1, 9.4).
 */
#ifndef NAMI_FORMAT_POINTER_H
#define NAMI_FORMAT_POINTER_H

#include "base/buf.h"
#include "base/error.h"

typedef struct NamiPointer
{
	uint64_t	version;
	uint64_t	epoch;			/* informative: the body's epoch counts */
	NamiStr		manifest_path;	/* full key of the body; arena or input */
} NamiPointer;

/* NAMI_ERR_CORRUPT when a member is missing or of a wrong type. json must outlive the pointer. */
extern NamiStatus nami_pointer_parse(NamiArena *arena, NamiStr json, NamiPointer *pointer,
									 NamiError *err) NAMI_MUST_CHECK;

/* {"version":V,"epoch":E,"manifest_path":"<prefix>/manifest/v<%016x>.json"} */
extern void nami_pointer_write(NamiBuf *out, NamiStr prefix, uint64_t version, uint64_t epoch);

typedef struct NamiPin
{
	uint64_t	version;
	uint64_t	expires_at_unix;	/* seconds */
} NamiPin;

extern NamiStatus nami_pin_parse(NamiArena *arena, NamiStr json, NamiPin *pin, NamiError *err)
			NAMI_MUST_CHECK;
extern void nami_pin_write(NamiBuf *out, NamiPin pin);

#endif							/* NAMI_FORMAT_POINTER_H */
