/*
 * temporal.h - the temporal types (spec/cypher.md 5.7, 15), for the files of the executor.
 *
 *	temporal.c				text, components, order of parts
 *	temporal_arith.c		plus, minus, between, truncation
 *	temporal_parse.c		ISO 8601 texts
 *	temporal_build.c		construction from maps and other temporals; the SQL-visible functions
 *	temporal_zone.c			time zones by name (TZif files of the host)
 */
#ifndef NAMI_EXEC_TEMPORAL_H
#define NAMI_EXEC_TEMPORAL_H

#include "base/arena.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/host.h"
#include "base/value.h"

#define NAMI_NANOS_PER_DAY		(NAMI_SECONDS_PER_DAY * NAMI_NANOS_PER_SECOND)

/* The average month in seconds: 30.436875 days. */
#define NAMI_SECONDS_PER_MONTH	INT64_C(2629746)

static inline bool
nami_kind_is_temporal(unsigned kind)
{
	return kind >= NAMI_DATE && kind <= NAMI_DURATION;
}

/*
 * A point in parts, whatever its type: what is not there is zero. seconds of the day and nanoseconds
 * are local; for TIME and DATETIME offset (and zone) say where.
 */
typedef struct NamiMoment
{
	bool		has_date;
	bool		has_time;
	bool		has_zone;
	int64_t		days;			/* local, since 1970-01-01 */
	int64_t		nanos;			/* of the day, local */
	int32_t		offset;
	NamiStr		zone;			/* name, or empty */
} NamiMoment;

/* Not for DURATION. */
extern NamiMoment nami_moment_of(NamiValue value);

/* A value of that kind from the parts it has; offset must be right already. */
extern NamiValue nami_moment_value(NamiArena *arena, NamiKind kind, const NamiMoment *moment);

/*
 * Settles the offset of a moment with a named zone by its local time. In an overlap the earlier
 * offset; a local time that a gap leaves out moves on by the gap. Other moments stay as they are.
 * False when the zone is not known.
 */
extern bool nami_moment_resolve(const NamiHost *host, NamiMoment *moment);

extern int64_t nami_moment_local_seconds(const NamiMoment *moment);
extern void nami_moment_shift(NamiMoment *moment, int64_t seconds);

/* Is the local day within the supported years? Else NAMI_ERR_OUT_OF_RANGE. */
extern NamiStatus nami_moment_check(const NamiMoment *moment, NamiError *err) NAMI_MUST_CHECK;

extern NamiValue nami_duration_value(NamiArena *arena, NamiDuration duration);

/* ISO 8601 text of any temporal value, in the arena. */
extern NamiStr nami_temporal_text(NamiArena *arena, NamiValue value);

/* value.name; false when there is no such component. */
extern bool nami_temporal_component(NamiArena *arena, NamiValue value, NamiStr name,
									NamiValue *out);

/* ---- arithmetic ---- */

/* point + sign * duration; point is no DURATION. zones: for named zones, may be NULL. */
extern NamiStatus nami_temporal_add(NamiArena *arena, const NamiHost *host, NamiValue point,
									const NamiDuration *duration, int sign, NamiValue *out,
									NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_duration_add(NamiArena *arena, const NamiDuration *a, const NamiDuration *b,
									int sign, NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/* duration * factor, or / factor when divide; fractions flow down. */
extern NamiStatus nami_duration_scale(NamiArena *arena, const NamiDuration *duration,
									  NamiValue factor, bool divide, NamiValue *out,
									  NamiError *err) NAMI_MUST_CHECK;

typedef enum NamiBetween
{
	NAMI_BETWEEN_ALL,			/* months, then days, then seconds */
	NAMI_BETWEEN_MONTHS,
	NAMI_BETWEEN_DAYS,
	NAMI_BETWEEN_SECONDS
} NamiBetween;

/* end - start; neither is a DURATION. */
extern NamiStatus nami_temporal_between(NamiArena *arena, const NamiHost *host, NamiValue start,
										NamiValue end, NamiBetween unit, NamiValue *out,
										NamiError *err) NAMI_MUST_CHECK;

/* A duration from fractional groups: months flow into days, days into seconds. */
extern NamiStatus nami_duration_from_parts(NamiArena *arena, long double months, long double days,
										   long double seconds, __int128 nanos, NamiValue *out,
										   NamiError *err) NAMI_MUST_CHECK;

/* Typed maps of spec/cypher.md 6.2 become the temporal values they stand for. */
extern NamiValue nami_temporal_revive_nested(NamiArena *arena, NamiValue value);

static inline NamiValue
nami_temporal_revive(NamiArena *arena, NamiValue value)
{
	return value.kind == NAMI_MAP || value.kind == NAMI_LIST ?
		nami_temporal_revive_nested(arena, value) : value;
}

/* ---- texts ---- */

/* ISO 8601 text of a value of that kind; false when it is none. host is for zone names only. */
extern bool nami_temporal_read(NamiArena *arena, const NamiHost *host, NamiKind kind, NamiStr text,
								NamiValue *out);

/* "Z", an offset or a name; for a name *offset is not set. False when neither. */
extern bool nami_zone_parse(NamiArena *arena, const NamiHost *host, NamiStr text, int32_t *offset,
							NamiStr *zone);

/* ---- zones ---- */

/*
 * Offset of a zone at a UTC second. False when the zone is unknown (or the host has no zone files,
 * or the file cannot be read).
 */
extern bool nami_zone_offset_at(const NamiHost *host, NamiStr zone, int64_t utc_seconds,
								int32_t *offset);

/*
 * Offset for a local second: in a gap the offset before it, in an overlap
 * the earlier offset.
 */
extern bool nami_zone_offset_local(const NamiHost *host, NamiStr zone, int64_t local_seconds,
								   int32_t *offset);

#endif							/* NAMI_EXEC_TEMPORAL_H */
