/*
 * temporal_text.h - ISO 8601 texts of LOCALDATETIME, LOCALTIME, TIME and DURATION, the form in which
 * they are stored (spec/cypher.md 6.2).
 *
 *	LOCALDATETIME	2001-02-03T04:05:06.789, 2001-02-03T04:05
 *	LOCALTIME		04:05:06.789, 04:05
 *	TIME			04:05:06.789+01:00, 04:05Z
 *	DURATION		P1Y2M3DT4H5M6.789S, P-1M, PT-0.5S, PT0S
 *
 * What is printed reads back as the same value. Reading also takes forms that are not printed:
 * weeks, and any number of months, minutes, and so on.
 */
#ifndef NAMI_FORMAT_TEMPORAL_TEXT_H
#define NAMI_FORMAT_TEMPORAL_TEXT_H

#include "base/arena.h"
#include "base/value.h"

/* Room for each of the texts; no terminator. */
#define NAMI_TEMPORAL_TEXT_MAX	128

/* value must be one of the four kinds. Returns the length. */
extern size_t nami_temporal_format(NamiValue value, char *out);

/* Reads the whole text as a value of that kind; a DURATION is allocated in the arena. */
extern bool nami_temporal_parse(NamiArena *arena, NamiKind kind, NamiStr text, NamiValue *out)
			__attribute__((warn_unused_result));

extern size_t nami_duration_format(const NamiDuration *duration, char *out);
extern bool nami_duration_parse(NamiStr text, NamiDuration *out)
			__attribute__((warn_unused_result));

/* The "@type" of the four kinds: "localdatetime", ...; empty for the others. */
extern NamiStr nami_temporal_type_name(NamiKind kind);

/* The kind of such a name; NAMI_NULL when there is none. */
extern NamiKind nami_temporal_kind(NamiStr type_name);

#endif							/* NAMI_FORMAT_TEMPORAL_TEXT_H */
