/*
 * temporal_arith.c - arithmetic of points and durations (spec/cypher.md 15).
 */
#include "exec/temporal.h"

#include <math.h>

static NamiStatus
out_of_range(NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_OUT_OF_RANGE, "ArithmeticError: IntegerOverflow", -1,
						"temporal value is out of range");
}

/* ---- points ---- */

/* Adds months to the local date; the day is cut to the length of the month. */
static NamiStatus
add_months(NamiMoment *moment, int64_t months, NamiError *err)
{
	NamiCivilDate date = nami_civil_from_days(moment->days);
	__int128	total = (__int128) date.year * 12 + (date.month - 1) + months;
	int64_t		count;
	int			limit;

	if (total > (__int128) NAMI_YEAR_MAX * 12 + 11 || total < (__int128) NAMI_YEAR_MIN * 12)
		return out_of_range(err);
	count = (int64_t) total;
	date.year = nami_floor_div(count, 12);
	date.month = (int) nami_floor_mod(count, 12) + 1;
	limit = nami_civil_days_in_month(date.year, date.month);
	if (date.day > limit)
		date.day = limit;
	moment->days = nami_civil_to_days(date);
	return NAMI_OK;
}

static NamiStatus
add_days(NamiMoment *moment, int64_t days, NamiError *err)
{
	if (__builtin_add_overflow(moment->days, days, &moment->days))
		return out_of_range(err);
	return nami_moment_check(moment, err);
}

/* Adds nanoseconds on the local line; whole days carry into the date. */
static NamiStatus
add_nanos(NamiMoment *moment, __int128 nanos, NamiError *err)
{
	__int128	total = moment->nanos + nanos;
	__int128	days = total / NAMI_NANOS_PER_DAY;

	total %= NAMI_NANOS_PER_DAY;
	if (total < 0)
	{
		total += NAMI_NANOS_PER_DAY;
		days--;
	}
	moment->nanos = (int64_t) total;
	/* 2^63 seconds are less than 2^47 days. */
	return moment->has_date ? add_days(moment, (int64_t) days, err) : NAMI_OK;
}

static NamiStatus
unknown_zone(NamiStr zone, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue", -1,
							"time zone \"%.*s\" is not known", NAMI_STR_ARG(zone));
}

NamiStatus
nami_temporal_add(NamiArena *arena, const NamiHost *host, NamiValue point,
				  const NamiDuration *duration, int sign, NamiValue *out, NamiError *err)
{
	NamiMoment	moment = nami_moment_of(point);
	__int128	nanos = ((__int128) duration->seconds * NAMI_NANOS_PER_SECOND +
						 duration->nanoseconds) * sign;
	int64_t		months = duration->months;
	int64_t		days = duration->days;

	if (sign < 0)
	{
		if (months == INT64_MIN || days == INT64_MIN)
			return out_of_range(err);
		months = -months;
		days = -days;
	}
	if (moment.has_date)
	{
		NAMI_TRY(add_months(&moment, months, err));
		NAMI_TRY(add_days(&moment, days, err));
	}
	if (moment.zone.len > 0)
	{
		/* Months and days move on the local line, the rest on the line of instants. */
		if (!nami_moment_resolve(host, &moment))
			return unknown_zone(moment.zone, err);
		NAMI_TRY(add_nanos(&moment, nanos - (__int128) moment.offset * NAMI_NANOS_PER_SECOND, err));
		if (!nami_zone_offset_at(host, moment.zone, nami_moment_local_seconds(&moment), &moment.offset))
			return unknown_zone(moment.zone, err);
		NAMI_TRY(add_nanos(&moment, (__int128) moment.offset * NAMI_NANOS_PER_SECOND, err));
	}
	else if (moment.has_time)
		NAMI_TRY(add_nanos(&moment, nanos, err));
	else
		NAMI_TRY(add_days(&moment, (int64_t) (nanos / NAMI_NANOS_PER_DAY), err));
	*out = nami_moment_value(arena, point.kind, &moment);
	return NAMI_OK;
}

/* ---- durations ---- */

/* From whole groups; the nanoseconds may be of any size and sign. */
static NamiStatus
make_duration(NamiArena *arena, __int128 months, __int128 days, __int128 nanos, NamiValue *out,
			  NamiError *err)
{
	__int128	seconds = nanos / NAMI_NANOS_PER_SECOND;
	int32_t		rest = (int32_t) (nanos % NAMI_NANOS_PER_SECOND);

	if (rest < 0)
	{
		rest += (int32_t) NAMI_NANOS_PER_SECOND;
		seconds--;
	}
	if (months > INT64_MAX || months < INT64_MIN || days > INT64_MAX || days < INT64_MIN ||
		seconds > INT64_MAX || seconds < INT64_MIN)
		return out_of_range(err);
	*out = nami_duration_value(arena, (NamiDuration) {(int64_t) months, (int64_t) days,
		(int64_t) seconds, rest});
	return NAMI_OK;
}

static __int128
nanos_of(const NamiDuration *duration)
{
	return (__int128) duration->seconds * NAMI_NANOS_PER_SECOND + duration->nanoseconds;
}

NamiStatus
nami_duration_add(NamiArena *arena, const NamiDuration *a, const NamiDuration *b, int sign,
				  NamiValue *out, NamiError *err)
{
	return make_duration(arena, (__int128) a->months + (__int128) b->months * sign,
						 (__int128) a->days + (__int128) b->days * sign,
						 nanos_of(a) + nanos_of(b) * sign, out, err);
}

/*
 * Cuts toward zero, but not what is whole up to the noise of binary fractions: 0.1 days are 8,640
 * seconds.
 */
static long double
whole_part(long double x, long double noise)
{
	long double nearest = roundl(x);

	return fabsl(x - nearest) <= noise ? nearest : truncl(x);
}

NamiStatus
nami_duration_from_parts(NamiArena *arena, long double months, long double days,
						 long double seconds, __int128 nanos, NamiValue *out, NamiError *err)
{
	long double whole_months;
	long double whole_days;
	long double more_nanos;

	if (!isfinite(months) || !isfinite(days) || !isfinite(seconds) || fabsl(months) > 1e19L ||
		fabsl(days) > 1e19L || fabsl(seconds) > 1e19L)
		return out_of_range(err);
	whole_months = whole_part(months, 1e-12L);
	days += (months - whole_months) * ((long double) NAMI_SECONDS_PER_MONTH /
									   (long double) NAMI_SECONDS_PER_DAY);
	whole_days = whole_part(days, 1e-12L);
	seconds += (days - whole_days) * (long double) NAMI_SECONDS_PER_DAY;
	more_nanos = whole_part(seconds * (long double) NAMI_NANOS_PER_SECOND, 1e-1L);
	return make_duration(arena, (__int128) whole_months, (__int128) whole_days,
						 (__int128) more_nanos + nanos, out, err);
}

NamiStatus
nami_duration_scale(NamiArena *arena, const NamiDuration *duration, NamiValue factor, bool divide,
					NamiValue *out, NamiError *err)
{
	long double f = factor.kind == NAMI_INT ? (long double) factor.integer :
		(long double) factor.number;
	long double nanos = (long double) nanos_of(duration);

	if (factor.kind == NAMI_INT && !divide)
	{
		__int128	product;

		if (__builtin_mul_overflow(nanos_of(duration), (__int128) factor.integer, &product))
			return out_of_range(err);
		return make_duration(arena, (__int128) duration->months * factor.integer,
							 (__int128) duration->days * factor.integer, product, out, err);
	}
	if (divide && f == 0)
		return nami_fail_at(err, NAMI_ERR_DIVISION_BY_ZERO, "ArithmeticError: DivisionByZero", -1,
							"division by zero");
	nanos = divide ? nanos / f : nanos * f;
	if (!isfinite(nanos) || fabsl(nanos) > 1e28L)
		return out_of_range(err);
	return nami_duration_from_parts(arena, divide ? (long double) duration->months / f :
									(long double) duration->months * f,
									divide ? (long double) duration->days / f :
									(long double) duration->days * f,
									0, (__int128) whole_part(nanos, 1e-1L), out, err);
}

/* ---- between ---- */

/* Offset of a moment whose zone is a name. */
static NamiStatus
resolve(const NamiHost *host, NamiMoment *moment, NamiError *err)
{
	if (!nami_moment_resolve(host, moment))
		return unknown_zone(moment->zone, err);
	return NAMI_OK;
}

static __int128
instant_nanos(const NamiMoment *moment)
{
	return ((__int128) moment->days * NAMI_SECONDS_PER_DAY - moment->offset) *
		NAMI_NANOS_PER_SECOND + moment->nanos;
}

/* What one side does not have it takes from the other: date, zone. A missing time is midnight. */
static NamiStatus
align(const NamiHost *host, NamiMoment *a, NamiMoment *b, NamiError *err)
{
	NamiMoment *sides[] = {a, b};

	for (int i = 0; i < 2; i++)
	{
		NamiMoment *side = sides[i];
		const NamiMoment *other = sides[1 - i];

		if (!side->has_date)
			side->days = other->has_date ? other->days : 0;
		if (!side->has_zone && other->has_zone)
		{
			side->offset = other->offset;
			side->zone = other->zone;
			NAMI_TRY(resolve(host, side, err));
		}
	}
	a->has_date = b->has_date = true;
	return NAMI_OK;
}

/* The same instant on the local line of the other's zone. */
static NamiStatus
to_zone_of(const NamiHost *host, NamiMoment *moment, const NamiMoment *other, NamiError *err)
{
	int32_t		offset = other->offset;

	if (other->zone.len > 0 &&
		!nami_zone_offset_at(host, other->zone, nami_moment_local_seconds(moment) - moment->offset, &offset))
		return unknown_zone(other->zone, err);
	NAMI_TRY(add_nanos(moment, (__int128) (offset - moment->offset) * NAMI_NANOS_PER_SECOND, err));
	moment->offset = offset;
	moment->zone = other->zone;
	return NAMI_OK;
}

/* The end's day, one closer when its time of day is not reached yet. */
static int64_t
reached_day(const NamiMoment *from, const NamiMoment *to)
{
	if (to->days > from->days && to->nanos < from->nanos)
		return to->days - 1;
	if (to->days < from->days && to->nanos > from->nanos)
		return to->days + 1;
	return to->days;
}

static int64_t
months_between(const NamiMoment *from, const NamiMoment *to)
{
	NamiCivilDate a = nami_civil_from_days(from->days);
	NamiCivilDate b = nami_civil_from_days(reached_day(from, to));
	int64_t		packed_a = (a.year * 12 + a.month) * 32 + a.day;
	int64_t		packed_b = (b.year * 12 + b.month) * 32 + b.day;

	return (packed_b - packed_a) / 32;
}

NamiStatus
nami_temporal_between(NamiArena *arena, const NamiHost *host, NamiValue start, NamiValue end,
					  NamiBetween unit, NamiValue *out, NamiError *err)
{
	NamiMoment	from = nami_moment_of(start);
	NamiMoment	to = nami_moment_of(end);
	bool		dates = from.has_date && to.has_date;
	int64_t		months = 0;
	int64_t		days = 0;
	__int128	nanos = 0;

	NAMI_TRY(align(host, &from, &to, err));
	if (unit == NAMI_BETWEEN_SECONDS || !dates)
	{
		if (unit == NAMI_BETWEEN_SECONDS || unit == NAMI_BETWEEN_ALL)
			nanos = instant_nanos(&to) - instant_nanos(&from);
		return make_duration(arena, 0, 0, nanos, out, err);
	}
	NAMI_TRY(to_zone_of(host, &to, &from, err));
	if (unit == NAMI_BETWEEN_DAYS)
		return make_duration(arena, 0, reached_day(&from, &to) - from.days, 0, out, err);
	months = months_between(&from, &to);
	if (unit == NAMI_BETWEEN_MONTHS)
		return make_duration(arena, months, 0, 0, out, err);
	NAMI_TRY(add_months(&from, months, err));
	days = reached_day(&from, &to) - from.days;
	NAMI_TRY(add_days(&from, days, err));
	NAMI_TRY(resolve(host, &from, err));
	nanos = instant_nanos(&to) - instant_nanos(&from);
	return make_duration(arena, months, days, nanos, out, err);
}
