/*
 * temporal_internal.h - shared by temporal_build.c and temporal_function.c.
 */
#ifndef NAMI_EXEC_TEMPORAL_INTERNAL_H
#define NAMI_EXEC_TEMPORAL_INTERNAL_H

#include "exec/functions_internal.h"
#include "exec/temporal.h"

/* temporal_parse.c: false when there is no such day. The year must be within the limits. */
extern bool nami_date_from_week(int64_t year, int64_t week, int64_t weekday, int64_t *days);
extern bool nami_date_from_ordinal(int64_t year, int64_t ordinal, int64_t *days);
extern bool nami_date_from_quarter(int64_t year, int64_t quarter, int64_t day, int64_t *days);

/* Everything a map says: bases, date and time fields, zone. The offset of a named zone is not yet
 * settled. */
extern NamiStatus nami_moment_from_map(NamiEvalContext *ctx, const NamiExpr *call, NamiValue map,
									   NamiMoment *moment, NamiError *err) NAMI_MUST_CHECK;

/* The fields of a map over a moment. truncated: sub-seconds add up and a zone is attached, not
 * converted to. */
extern NamiStatus nami_moment_override(NamiEvalContext *ctx, const NamiExpr *call, NamiValue map,
									   bool truncated, NamiMoment *moment,
									   NamiError *err) NAMI_MUST_CHECK;

/* Gives the moment a zone; keep_instant: if it has one, its local time moves. */
extern NamiStatus nami_moment_set_zone(NamiEvalContext *ctx, const NamiExpr *call, NamiStr text,
									   bool keep_instant, NamiMoment *moment,
									   NamiError *err) NAMI_MUST_CHECK;

/* Sets the offset of a named zone by the local time. */
extern NamiStatus nami_moment_settle(const NamiHost *host, NamiMoment *moment,
									 NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_TEMPORAL_INTERNAL_H */
