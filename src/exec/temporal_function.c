/*
 * temporal_function.c - the temporal functions that a query can call (spec/cypher.md 5.7, 15).
 */
#include "exec/temporal_internal.h"

/* ---- which type ---- */

/* "datetime.truncate": the part before the dot names the type. */
static NamiKind
kind_of_call(const NamiExpr *call)
{
	NamiStr		name = call->function->name;
	const char *dot = memchr(name.ptr, '.', name.len);

	if (dot != NULL)
		name.len = (size_t) (dot - name.ptr);
	if (nami_str_eq(name, NAMI_STR("date")))
		return NAMI_DATE;
	if (nami_str_eq(name, NAMI_STR("time")))
		return NAMI_TIME;
	if (nami_str_eq(name, NAMI_STR("localtime")))
		return NAMI_LOCALTIME;
	if (nami_str_eq(name, NAMI_STR("localdatetime")))
		return NAMI_LOCALDATETIME;
	return NAMI_DATETIME;
}

static bool
kind_has_date(NamiKind kind)
{
	return kind == NAMI_DATE || kind == NAMI_LOCALDATETIME || kind == NAMI_DATETIME;
}

static bool
kind_has_zone(NamiKind kind)
{
	return kind == NAMI_TIME || kind == NAMI_DATETIME;
}

static NamiMoment
moment_at_us(int64_t us)
{
	int64_t		seconds = nami_floor_div(us, 1000000);

	return (NamiMoment) {
		.has_date = true,
		.has_time = true,
		.has_zone = true,
		.days = nami_floor_div(seconds, NAMI_SECONDS_PER_DAY),
		.nanos = nami_floor_mod(seconds, NAMI_SECONDS_PER_DAY) * NAMI_NANOS_PER_SECOND +
		nami_floor_mod(us, 1000000) * 1000,
	};
}

/* The value of the wanted type; parts that the type does not have fall away. */
static NamiStatus
finish(NamiEvalContext *ctx, const NamiExpr *call, NamiKind kind, NamiMoment *moment,
	   NamiValue *out, NamiError *err)
{
	if (kind_has_date(kind) && !moment->has_date)
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "the date is missing");
	if (!kind_has_date(kind) && !moment->has_time)
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "the time is missing");
	if (!moment->has_date)
		moment->days = moment_at_us(ctx->statement_us).days;
	if (kind_has_zone(kind))
		NAMI_TRY(nami_moment_settle(ctx->host, moment, err));
	NAMI_TRY(nami_moment_check(moment, err));
	*out = nami_moment_value(ctx->arena, kind, moment);
	return NAMI_OK;
}

/* ---- clocks ---- */

static NamiStatus
now(NamiEvalContext *ctx, const NamiExpr *call, int64_t us, const NamiValue *zone, NamiValue *out,
	NamiError *err)
{
	NamiMoment	moment = moment_at_us(us);

	if (zone != NULL && zone->kind != NAMI_STRING)
		return nami_wrong_type(call, "STRING", *zone, err);
	if (zone != NULL)
		NAMI_TRY(nami_moment_set_zone(ctx, call, nami_value_str(*zone), true, &moment, err));
	return finish(ctx, call, kind_of_call(call), &moment, out, err);
}

/* .transaction(), .statement(), .realtime(), each with an optional zone. */
NamiStatus
nami_fn_temporal_clock(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
					   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	int64_t		us = ctx->statement_us;

	if (nami_str_ends_with(call->function->name, NAMI_STR(".realtime")))
		us = ctx->host->now_us(ctx->host->ctx);
	return now(ctx, call, us, arg_count > 0 ? &args[0] : NULL, out, err);
}

/* ---- constructors ---- */

/* {epochSeconds | epochMillis [, nanosecond, timezone]}; *done is false for other maps. */
static NamiStatus
from_epoch_map(NamiEvalContext *ctx, const NamiExpr *call, NamiValue map, NamiMoment *moment,
			   bool *done, NamiError *err)
{
	const NamiValue *seconds = nami_value_map_get(map, NAMI_STR("epochSeconds"));
	const NamiValue *millis = nami_value_map_get(map, NAMI_STR("epochMillis"));
	const NamiValue *epoch = seconds != NULL ? seconds : millis;
	const NamiValue *nanos = nami_value_map_get(map, NAMI_STR("nanosecond"));
	const NamiValue *zone = nami_value_map_get(map, NAMI_STR("timezone"));
	int64_t		whole;
	int64_t		fraction;

	*done = epoch != NULL;
	if (epoch == NULL)
		return NAMI_OK;
	if (epoch->kind != NAMI_INT || (nanos != NULL && nanos->kind != NAMI_INT) ||
		(zone != NULL && zone->kind != NAMI_STRING))
		return nami_wrong_type(call, "INTEGER", *epoch, err);
	whole = seconds != NULL ? epoch->integer : nami_floor_div(epoch->integer, 1000);
	fraction = seconds != NULL ? 0 : nami_floor_mod(epoch->integer, 1000) * 1000000;
	if (nanos != NULL && (nanos->integer < 0 || nanos->integer >= NAMI_NANOS_PER_SECOND ||
						  (fraction += nanos->integer) >= NAMI_NANOS_PER_SECOND))
		return nami_bad_argument(call, "ArgumentError: NumberOutOfRange", err,
								 "nanosecond is out of range");
	*moment = (NamiMoment) {.has_date = true, .has_time = true, .has_zone = true,
		.days = nami_floor_div(whole, NAMI_SECONDS_PER_DAY),
		.nanos = nami_floor_mod(whole, NAMI_SECONDS_PER_DAY) * NAMI_NANOS_PER_SECOND + fraction};
	NAMI_TRY(nami_moment_check(moment, err));
	if (zone != NULL)
		NAMI_TRY(nami_moment_set_zone(ctx, call, nami_value_str(*zone), true, moment, err));
	return NAMI_OK;
}

static NamiStatus
from_map(NamiEvalContext *ctx, const NamiExpr *call, NamiKind kind, NamiValue map, NamiValue *out,
		 NamiError *err)
{
	NamiMoment	moment;
	bool		done = false;

	/* Only a zone: now, there. */
	if (map.len == 1 && nami_str_eq(map.entries[0].key, NAMI_STR("timezone")))
		return now(ctx, call, ctx->statement_us, &map.entries[0].value, out, err);
	if (kind == NAMI_DATETIME)
		NAMI_TRY(from_epoch_map(ctx, call, map, &moment, &done, err));
	if (!done)
		NAMI_TRY(nami_moment_from_map(ctx, call, map, &moment, err));
	return finish(ctx, call, kind, &moment, out, err);
}

/* date(), time(), localtime(), datetime(), localdatetime() with at most one argument. */
NamiStatus
nami_fn_temporal(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiKind	kind = kind_of_call(call);
	NamiMoment	moment;

	if (arg_count == 0)
		return now(ctx, call, ctx->statement_us, NULL, out, err);
	if (args[0].kind == NAMI_STRING)
	{
		NamiStr		text = nami_value_str(args[0]);

		if (nami_temporal_read(ctx->arena, ctx->host, kind, text, out))
			return NAMI_OK;
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "cannot read \"%.*s\"", text.len > 80 ? 80 : (int) text.len,
								 text.ptr);
	}
	if (args[0].kind == NAMI_MAP)
		return from_map(ctx, call, kind, args[0], out, err);
	if (!nami_kind_is_temporal(args[0].kind) || args[0].kind == NAMI_DURATION)
		return nami_wrong_type(call, "STRING, MAP or a temporal value", args[0], err);
	moment = nami_moment_of(args[0]);
	return finish(ctx, call, kind, &moment, out, err);
}

NamiStatus
nami_fn_from_epoch(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiMapEntry entries[] = {{NAMI_STR("epochSeconds"), args[0]}, {NAMI_STR("nanosecond"),
		args[1]}};

	return from_map(ctx, call, NAMI_DATETIME, nami_value_map(entries, 2), out, err);
}

NamiStatus
nami_fn_from_epoch_millis(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiMapEntry entry = {NAMI_STR("epochMillis"), args[0]};

	return from_map(ctx, call, NAMI_DATETIME, nami_value_map(&entry, 1), out, err);
}

/* ---- truncate ---- */

static bool
truncate_date(NamiStr unit, NamiMoment *moment)
{
	NamiCivilDate date = nami_civil_from_days(moment->days);
	int64_t		weekday = nami_floor_mod(moment->days + 3, 7);
	int64_t		week_year;

	if (nami_str_eq(unit, NAMI_STR("day")))
		return true;
	if (nami_str_eq(unit, NAMI_STR("week")))
	{
		moment->days -= weekday;
		return true;
	}
	if (nami_str_eq(unit, NAMI_STR("weekYear")))
	{
		week_year = nami_civil_from_days(moment->days - weekday + 3).year;
		return nami_date_from_week(week_year, 1, 1, &moment->days);
	}
	date.day = 1;
	if (nami_str_eq(unit, NAMI_STR("quarter")))
		date.month = (date.month - 1) / 3 * 3 + 1;
	else if (!nami_str_eq(unit, NAMI_STR("month")))
	{
		date.month = 1;
		if (nami_str_eq(unit, NAMI_STR("decade")))
			date.year -= nami_floor_mod(date.year, 10);
		else if (nami_str_eq(unit, NAMI_STR("century")))
			date.year -= nami_floor_mod(date.year, 100);
		else if (nami_str_eq(unit, NAMI_STR("millennium")))
			date.year -= nami_floor_mod(date.year, 1000);
		else if (!nami_str_eq(unit, NAMI_STR("year")))
			return false;
	}
	moment->days = nami_civil_to_days(date);
	return true;
}

/* Nanoseconds of the unit; 0 when it is none of the time. */
static int64_t
time_unit_nanos(NamiStr unit)
{
	if (nami_str_eq(unit, NAMI_STR("hour")))
		return 3600 * NAMI_NANOS_PER_SECOND;
	if (nami_str_eq(unit, NAMI_STR("minute")))
		return 60 * NAMI_NANOS_PER_SECOND;
	if (nami_str_eq(unit, NAMI_STR("second")))
		return NAMI_NANOS_PER_SECOND;
	if (nami_str_eq(unit, NAMI_STR("millisecond")))
		return 1000000;
	if (nami_str_eq(unit, NAMI_STR("microsecond")))
		return 1000;
	return 0;
}

static NamiStatus
truncate_moment(const NamiExpr *call, NamiKind kind, NamiStr unit, NamiMoment *moment,
				NamiError *err)
{
	int64_t		nanos = time_unit_nanos(unit);
	bool		known;

	if (nanos != 0)
	{
		known = kind != NAMI_DATE;
		moment->nanos -= moment->nanos % nanos;
	}
	else
	{
		known = kind_has_date(kind) ? truncate_date(unit, moment) :
			nami_str_eq(unit, NAMI_STR("day"));
		moment->nanos = 0;
	}
	if (!known)
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "\"%.*s\" is no unit for this type",
								 unit.len > 80 ? 80 : (int) unit.len, unit.ptr);
	return NAMI_OK;
}

/* type.truncate(unit [, temporal [, map]]) */
NamiStatus
nami_fn_temporal_truncate(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiKind	kind = kind_of_call(call);
	NamiMoment	moment = moment_at_us(ctx->statement_us);

	if (args[0].kind != NAMI_STRING)
		return nami_wrong_type(call, "STRING", args[0], err);
	if (arg_count > 1)
	{
		if (!nami_kind_is_temporal(args[1].kind) || args[1].kind == NAMI_DURATION)
			return nami_wrong_type(call, "a temporal value", args[1], err);
		moment = nami_moment_of(args[1]);
	}
	if ((kind_has_date(kind) && !moment.has_date) || (!kind_has_date(kind) && !moment.has_time))
		return nami_wrong_type(call, kind_has_date(kind) ? "a value with a date" :
							   "a value with a time", args[1], err);
	NAMI_TRY(truncate_moment(call, kind, nami_value_str(args[0]), &moment, err));
	moment.has_time = true;
	if (arg_count > 2)
	{
		if (args[2].kind != NAMI_MAP)
			return nami_wrong_type(call, "MAP", args[2], err);
		NAMI_TRY(nami_moment_override(ctx, call, args[2], true, &moment, err));
	}
	return finish(ctx, call, kind, &moment, out, err);
}

/* ---- durations ---- */

static NamiStatus
duration_from_map(NamiEvalContext *ctx, const NamiExpr *call, NamiValue map, NamiValue *out,
				  NamiError *err)
{
	static const struct
	{
		const char *name;
		char		group;		/* months, days, seconds, nanoseconds */
		int64_t		factor;
	}			fields[] = {
		{"years", 'M', 12},
		{"quarters", 'M', 3},
		{"months", 'M', 1},
		{"weeks", 'D', 7},
		{"days", 'D', 1},
		{"hours", 'S', 3600},
		{"minutes", 'S', 60},
		{"seconds", 'S', 1},
		{"milliseconds", 'N', 1000000},
		{"microseconds", 'N', 1000},
		{"nanoseconds", 'N', 1},
	};
	long double months = 0;
	long double days = 0;
	long double seconds = 0;
	__int128	nanos = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		const NamiValue *value = nami_value_map_get(map, nami_str(fields[i].name));
		long double amount;

		if (value == NULL || value->kind == NAMI_NULL)
			continue;
		if (value->kind == NAMI_INT)
			amount = (long double) value->integer;
		else if (value->kind == NAMI_FLOAT)
			amount = (long double) value->number;
		else
			return nami_wrong_type(call, "numbers", *value, err);
		if (fields[i].group == 'M')
			months += amount * (long double) fields[i].factor;
		else if (fields[i].group == 'D')
			days += amount * (long double) fields[i].factor;
		else if (value->kind == NAMI_FLOAT)
			seconds += fields[i].group == 'S' ? amount * (long double) fields[i].factor :
				amount * (long double) fields[i].factor / (long double) NAMI_NANOS_PER_SECOND;
		else
			nanos += (__int128) value->integer * fields[i].factor *
				(fields[i].group == 'S' ? NAMI_NANOS_PER_SECOND : 1);
	}
	return nami_duration_from_parts(ctx->arena, months, days, seconds, nanos, out, err);
}

NamiStatus
nami_fn_duration(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		text = nami_value_str(args[0]);

	if (args[0].kind == NAMI_DURATION)
	{
		*out = args[0];
		return NAMI_OK;
	}
	if (args[0].kind == NAMI_MAP)
		return duration_from_map(ctx, call, args[0], out, err);
	if (args[0].kind != NAMI_STRING)
		return nami_wrong_type(call, "STRING or MAP", args[0], err);
	if (!nami_temporal_read(ctx->arena, ctx->host, NAMI_DURATION, text, out))
		return nami_bad_argument(call, "ArgumentError: InvalidArgumentValue", err,
								 "cannot read \"%.*s\"", text.len > 80 ? 80 : (int) text.len,
								 text.ptr);
	return NAMI_OK;
}

/* duration.between, .inMonths, .inDays, .inSeconds */
NamiStatus
nami_fn_duration_between(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
						 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	NamiStr		name = call->function->name;
	NamiBetween unit = NAMI_BETWEEN_ALL;

	for (uint32_t i = 0; i < 2; i++)
		if (!nami_kind_is_temporal(args[i].kind) || args[i].kind == NAMI_DURATION)
			return nami_wrong_type(call, "a temporal value", args[i], err);
	if (nami_str_ends_with(name, NAMI_STR(".inMonths")))
		unit = NAMI_BETWEEN_MONTHS;
	else if (nami_str_ends_with(name, NAMI_STR(".inDays")))
		unit = NAMI_BETWEEN_DAYS;
	else if (nami_str_ends_with(name, NAMI_STR(".inSeconds")))
		unit = NAMI_BETWEEN_SECONDS;
	return nami_temporal_between(ctx->arena, ctx->host, args[0], args[1], unit, out, err);
}
