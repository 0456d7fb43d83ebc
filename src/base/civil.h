/*
 * civil.h - days and instants against the proleptic Gregorian calendar (ISO 8601).
 *
 * Years run from -999,999,999 to 999,999,999; year 0 is 1 BC. Days count from 1970-01-01. Years
 * beyond four digits, and those before 0, are written with a sign ("+12345-01-01", "-0001-01-01").
 */
#ifndef NAMI_BASE_CIVIL_H
#define NAMI_BASE_CIVIL_H

#include "base/str.h"

#define NAMI_YEAR_MIN	(-999999999)
#define NAMI_YEAR_MAX	999999999

/* What storage accepts when written (spec/storage.md 7.5): years 1 .. 9999. */
#define NAMI_STORED_DAY_MIN		INT64_C(-719162)
#define NAMI_STORED_DAY_MAX		INT64_C(2932896)
#define NAMI_STORED_US_MIN		INT64_C(-62135596800000000)
#define NAMI_STORED_US_MAX		INT64_C(253402300799999999)

#define NAMI_SECONDS_PER_DAY	INT64_C(86400)
#define NAMI_NANOS_PER_SECOND	INT64_C(1000000000)

typedef struct NamiCivilDate
{
	int64_t		year;
	int			month;			/* 1 .. 12 */
	int			day;			/* 1 .. 31 */
} NamiCivilDate;

extern bool nami_civil_is_leap(int64_t year);
extern int	nami_civil_days_in_month(int64_t year, int month);

/* True when the date exists and its year lies within the limits. */
extern bool nami_civil_is_valid(NamiCivilDate date);

/* date need not be checked as to its day: day 0 or 32 counts over. month must be 1 .. 12. */
extern int64_t nami_civil_to_days(NamiCivilDate date);

/* Any day whose year fits; beyond |10^15| days the result is meaningless but defined. */
extern NamiCivilDate nami_civil_from_days(int64_t days);

/* Quotient rounded down; divisor > 0. */
static inline int64_t
nami_floor_div(int64_t value, int64_t divisor)
{
	int64_t		quotient = value / divisor;

	return quotient - (value % divisor < 0);
}

/* The non-negative remainder that goes with it. */
static inline int64_t
nami_floor_mod(int64_t value, int64_t divisor)
{
	int64_t		rest = value % divisor;

	return rest < 0 ? rest + divisor : rest;
}

/* Room for every text written here; no terminator. The functions return the length. */
#define NAMI_CIVIL_TEXT_MAX	48

/* "2001-02-03" */
extern size_t nami_civil_format_date(int64_t days, char *out);

/* "2001-02-03T04:05:06Z", with ".123456" when there are microseconds (trailing zeros cut). */
extern size_t nami_civil_format_utc_us(int64_t us, char *out);

/* RFC 3339 with nine digits and Z, as manifests have it: "2001-02-03T04:05:06.123456789Z". */
extern size_t nami_civil_format_rfc3339(int64_t seconds, int32_t nanoseconds, char *out);

/*
 * RFC 3339: T (or t, or blank), seconds, optional fraction (digits beyond nine are cut), Z or an
 * offset. Gives UTC. A leap second is taken as :59.
 */
extern bool nami_civil_parse_rfc3339(NamiStr text, int64_t *seconds, int32_t *nanoseconds)
			__attribute__((warn_unused_result));

/*
 * Parts of ISO texts, for parsers: each takes its text from the front of *text and returns false
 * (with *text unchanged) when it does not stand there or is out of range.
 */
extern bool nami_civil_take_date(NamiStr *text, int64_t *days) __attribute__((warn_unused_result));

/* "hh:mm", "hh:mm:ss", "hh:mm:ss.fraction": nanoseconds of the day. */
extern bool nami_civil_take_time(NamiStr *text, int64_t *nanoseconds)
			__attribute__((warn_unused_result));

/* "Z", "+hh", "+hh:mm", "+hh:mm:ss", at most 18 hours. */
extern bool nami_civil_take_offset(NamiStr *text, int32_t *seconds)
			__attribute__((warn_unused_result));

/* Their printed forms: seconds are left out when zero, the fraction has no trailing zeros. */
extern size_t nami_civil_format_time(int64_t nanoseconds_of_day, char *out);
extern size_t nami_civil_format_offset(int32_t seconds, char *out);

#endif							/* NAMI_BASE_CIVIL_H */
