/*
 * temporal_build.c - temporal values from maps: fields and overrides (spec/cypher.md 15).
 */
#include "exec/temporal_internal.h"

typedef struct Field
{
	bool		given;
	int64_t		value;
} Field;

static NamiStatus
bad(const NamiExpr *call, NamiError *err, const char *message)
{
	return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err, "%s", message);
}

static NamiStatus
out_of_bounds(const NamiExpr *call, NamiStr name, NamiError *err)
{
	return nami_bad_argument(call, "ArgumentError: NumberOutOfRange", err,
							 "%.*s is out of range", NAMI_STR_ARG(name));
}

/* An INTEGER entry within limits. */
static NamiStatus
get_field(const NamiExpr *call, NamiValue map, const char *name, int64_t low, int64_t high,
		  Field *out, NamiError *err)
{
	const NamiValue *value = nami_value_map_get(map, nami_str(name));

	*out = (Field) {false, 0};
	if (value == NULL || value->kind == NAMI_NULL)
		return NAMI_OK;
	if (value->kind != NAMI_INT)
		return nami_wrong_type(call, "INTEGER", *value, err);
	if (value->integer < low || value->integer > high)
		return out_of_bounds(call, nami_str(name), err);
	*out = (Field) {true, value->integer};
	return NAMI_OK;
}

static int64_t
component(const NamiMoment *moment, const char *name)
{
	NamiValue	date = nami_value_date(moment->days);
	NamiValue	value = nami_value_null();

	/* Components of a date are integers and need no memory. */
	(void) nami_temporal_component(NULL, date, nami_str(name), &value);
	return value.integer;
}

/* ---- date ---- */

typedef struct DateFields
{
	Field		year;
	Field		month;
	Field		day;
	Field		week;
	Field		day_of_week;
	Field		quarter;
	Field		day_of_quarter;
	Field		ordinal;
} DateFields;

static NamiStatus
get_date_fields(const NamiExpr *call, NamiValue map, DateFields *f, NamiError *err)
{
	NAMI_TRY(get_field(call, map, "year", NAMI_YEAR_MIN, NAMI_YEAR_MAX, &f->year, err));
	NAMI_TRY(get_field(call, map, "month", 1, 12, &f->month, err));
	NAMI_TRY(get_field(call, map, "day", 1, 31, &f->day, err));
	NAMI_TRY(get_field(call, map, "week", 1, 53, &f->week, err));
	NAMI_TRY(get_field(call, map, "dayOfWeek", 1, 7, &f->day_of_week, err));
	NAMI_TRY(get_field(call, map, "quarter", 1, 4, &f->quarter, err));
	NAMI_TRY(get_field(call, map, "dayOfQuarter", 1, 92, &f->day_of_quarter, err));
	return get_field(call, map, "ordinalDay", 1, 366, &f->ordinal, err);
}

static bool
any_date_field(const DateFields *f)
{
	return f->year.given || f->month.given || f->day.given || f->week.given ||
		f->day_of_week.given || f->quarter.given || f->day_of_quarter.given || f->ordinal.given;
}

/* A field, else the base's component, else (without a base) the first value. */
static int64_t
field_or(const Field *field, const NamiMoment *moment, const char *name)
{
	if (field->given)
		return field->value;
	return moment->has_date ? component(moment, name) : 1;
}

static NamiStatus
apply_week(const NamiExpr *call, const DateFields *f, NamiMoment *moment, NamiError *err)
{
	int64_t		year = field_or(&f->year, moment, "weekYear");
	int64_t		week = field_or(&f->week, moment, "week");
	int64_t		weekday = field_or(&f->day_of_week, moment, "dayOfWeek");

	if (!moment->has_date && !f->week.given)
		return bad(call, err, "week is missing");
	if (!nami_date_from_week(year, week, weekday, &moment->days))
		return out_of_bounds(call, NAMI_STR("week"), err);
	return NAMI_OK;
}

static NamiStatus
apply_quarter(const NamiExpr *call, const DateFields *f, NamiMoment *moment, NamiError *err)
{
	int64_t		year = field_or(&f->year, moment, "year");
	int64_t		quarter = field_or(&f->quarter, moment, "quarter");
	int64_t		day = field_or(&f->day_of_quarter, moment, "dayOfQuarter");

	if (!moment->has_date && !f->quarter.given)
		return bad(call, err, "quarter is missing");
	while (!f->day_of_quarter.given && day > 90 &&
		   !nami_date_from_quarter(year, quarter, day, &moment->days))
		day--;
	if (!nami_date_from_quarter(year, quarter, day, &moment->days))
		return out_of_bounds(call, NAMI_STR("dayOfQuarter"), err);
	return NAMI_OK;
}

static NamiStatus
apply_calendar(const NamiExpr *call, const DateFields *f, NamiMoment *moment, NamiError *err)
{
	NamiCivilDate date;
	int			limit;

	if (!moment->has_date && f->day.given && !f->month.given)
		return bad(call, err, "month is missing");
	date.year = field_or(&f->year, moment, "year");
	date.month = (int) field_or(&f->month, moment, "month");
	date.day = (int) field_or(&f->day, moment, "day");
	limit = nami_civil_days_in_month(date.year, date.month);
	if (!f->day.given && date.day > limit)
		date.day = limit;
	if (!nami_civil_is_valid(date))
		return out_of_bounds(call, NAMI_STR("day"), err);
	moment->days = nami_civil_to_days(date);
	return NAMI_OK;
}

static NamiStatus
apply_date(const NamiExpr *call, NamiValue map, NamiMoment *moment, NamiError *err)
{
	DateFields	f;
	int			families;

	NAMI_TRY(get_date_fields(call, map, &f, err));
	if (!any_date_field(&f))
		return NAMI_OK;
	families = (f.week.given || f.day_of_week.given) +
		(f.quarter.given || f.day_of_quarter.given) + f.ordinal.given +
		(f.month.given || f.day.given);
	if (families > 1)
		return bad(call, err, "fields of different kinds of date");
	if (!moment->has_date && !f.year.given)
		return bad(call, err, "year is missing");
	if (f.week.given || f.day_of_week.given)
		NAMI_TRY(apply_week(call, &f, moment, err));
	else if (f.quarter.given || f.day_of_quarter.given)
		NAMI_TRY(apply_quarter(call, &f, moment, err));
	else if (f.ordinal.given)
	{
		if (!nami_date_from_ordinal(field_or(&f.year, moment, "year"), f.ordinal.value,
									&moment->days))
			return out_of_bounds(call, NAMI_STR("ordinalDay"), err);
	}
	else
		NAMI_TRY(apply_calendar(call, &f, moment, err));
	moment->has_date = true;
	return NAMI_OK;
}

/* ---- time ---- */

/* Sub-second fields; each is limited to what the larger ones leave. */
static NamiStatus
apply_fraction(const NamiExpr *call, NamiValue map, bool add, int64_t *nanos, NamiError *err)
{
	Field		milli;
	Field		micro;
	Field		nano;
	int64_t		fraction;

	NAMI_TRY(get_field(call, map, "millisecond", 0, 999, &milli, err));
	NAMI_TRY(get_field(call, map, "microsecond", 0, milli.given ? 999 : 999999, &micro, err));
	NAMI_TRY(get_field(call, map, "nanosecond", 0, micro.given ? 999 : milli.given ? 999999 :
					   999999999, &nano, err));
	if (!milli.given && !micro.given && !nano.given)
		return NAMI_OK;
	fraction = milli.value * 1000000 + micro.value * 1000 + nano.value;
	if (add)
		fraction += *nanos % NAMI_NANOS_PER_SECOND;
	if (fraction >= NAMI_NANOS_PER_SECOND)
		return out_of_bounds(call, NAMI_STR("nanosecond"), err);
	*nanos += fraction - *nanos % NAMI_NANOS_PER_SECOND;
	return NAMI_OK;
}

static NamiStatus
apply_time(const NamiExpr *call, NamiValue map, bool add_fraction, NamiMoment *moment,
		   NamiError *err)
{
	Field		hour;
	Field		minute;
	Field		second;
	int64_t		whole = moment->nanos / NAMI_NANOS_PER_SECOND;
	int64_t		nanos = moment->nanos % NAMI_NANOS_PER_SECOND;

	NAMI_TRY(get_field(call, map, "hour", 0, 23, &hour, err));
	NAMI_TRY(get_field(call, map, "minute", 0, 59, &minute, err));
	NAMI_TRY(get_field(call, map, "second", 0, 59, &second, err));
	if (!moment->has_time && ((minute.given && !hour.given) || (second.given && !minute.given)))
		return bad(call, err, second.given ? "minute is missing" : "hour is missing");
	NAMI_TRY(apply_fraction(call, map, add_fraction, &nanos, err));
	if (nanos != moment->nanos % NAMI_NANOS_PER_SECOND && !moment->has_time && !second.given)
		return bad(call, err, "second is missing");
	moment->nanos = (((hour.given ? hour.value : whole / 3600) * 60 +
					  (minute.given ? minute.value : whole / 60 % 60)) * 60 +
					 (second.given ? second.value : whole % 60)) * NAMI_NANOS_PER_SECOND + nanos;
	moment->has_time = moment->has_time || hour.given;
	return NAMI_OK;
}

/* ---- zone ---- */

NamiStatus
nami_moment_settle(const NamiHost *host, NamiMoment *moment, NamiError *err)
{
	if (!nami_moment_resolve(host, moment))
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue", -1,
							"time zone \"%.*s\" is not known",
						 NAMI_STR_ARG(moment->zone));
	return NAMI_OK;
}

NamiStatus
nami_moment_set_zone(NamiEvalContext *ctx, const NamiExpr *call, NamiStr text, bool keep_instant,
					 NamiMoment *moment, NamiError *err)
{
	int32_t		old_offset = moment->offset;
	int32_t		offset = 0;
	NamiStr		zone;

	if (!nami_zone_parse(ctx->arena, ctx->host, text, &offset, &zone))
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "time zone \"%.*s\" is not known", NAMI_STR_ARG(text));
	if (keep_instant && moment->has_zone)
	{
		if (zone.len > 0 &&
			!nami_zone_offset_at(ctx->host, zone, nami_moment_local_seconds(moment) - old_offset,
								 &offset))
			return bad(call, err, "time zone is not known");
		nami_moment_shift(moment, offset - old_offset);
	}
	moment->offset = offset;
	moment->zone = zone;
	moment->has_zone = true;
	return NAMI_OK;
}

/* ---- bases ---- */

/* "date", "time" and "datetime" entries; each gives its parts. */
static NamiStatus
apply_base(const NamiExpr *call, NamiValue map, const char *name, bool date, bool time,
		   NamiMoment *moment, NamiError *err)
{
	const NamiValue *value = nami_value_map_get(map, nami_str(name));
	NamiMoment	base;

	if (value == NULL || value->kind == NAMI_NULL)
		return NAMI_OK;
	if (!nami_kind_is_temporal(value->kind) || value->kind == NAMI_DURATION)
		return nami_wrong_type(call, "a temporal value", *value, err);
	base = nami_moment_of(*value);
	if ((date && !time && !base.has_date) || (time && !date && !base.has_time))
		return nami_wrong_type(call, date ? "a value with a date" : "a value with a time", *value,
							   err);
	if (date && base.has_date)
	{
		moment->has_date = true;
		moment->days = base.days;
	}
	if (time && base.has_time)
	{
		moment->has_time = true;
		moment->nanos = base.nanos;
		moment->has_zone = base.has_zone;
		moment->offset = base.offset;
		moment->zone = base.zone;
	}
	return NAMI_OK;
}

NamiStatus
nami_moment_override(NamiEvalContext *ctx, const NamiExpr *call, NamiValue map, bool truncated,
					 NamiMoment *moment, NamiError *err)
{
	const NamiValue *zone = nami_value_map_get(map, NAMI_STR("timezone"));
	bool		has_zone = zone != NULL && zone->kind != NAMI_NULL;
	bool		from_datetime = nami_value_map_get(map, NAMI_STR("datetime")) != NULL;

	if (has_zone && zone->kind != NAMI_STRING)
		return nami_wrong_type(call, "STRING", *zone, err);
	/*
	 * A whole date and time moves to the new zone before the fields override it; a time alone needs
	 * its date first.
	 */
	if (has_zone && from_datetime)
		NAMI_TRY(nami_moment_set_zone(ctx, call, nami_value_str(*zone), true, moment, err));
	NAMI_TRY(apply_date(call, map, moment, err));
	if (has_zone && !from_datetime)
	{
		if (moment->zone.len > 0)
			NAMI_TRY(nami_moment_settle(ctx->host, moment, err));
		NAMI_TRY(nami_moment_set_zone(ctx, call, nami_value_str(*zone), !truncated, moment, err));
	}
	return apply_time(call, map, truncated, moment, err);
}

NamiStatus
nami_moment_from_map(NamiEvalContext *ctx, const NamiExpr *call, NamiValue map, NamiMoment *moment,
					 NamiError *err)
{
	*moment = (NamiMoment) {0};
	NAMI_TRY(apply_base(call, map, "datetime", true, true, moment, err));
	NAMI_TRY(apply_base(call, map, "date", true, false, moment, err));
	NAMI_TRY(apply_base(call, map, "time", false, true, moment, err));
	return nami_moment_override(ctx, call, map, false, moment, err);
}
