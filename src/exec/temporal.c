/*
 * temporal.c - parts, text and components of temporal values. See temporal.h.
 */
#include "exec/temporal.h"

#include <stdio.h>

#include "base/buf.h"

NamiMoment
nami_moment_of(NamiValue value)
{
	NamiMoment	moment = {0};
	int64_t		local;

	switch (value.kind)
	{
		case NAMI_DATE:
			moment.has_date = true;
			moment.days = value.integer;
			break;
		case NAMI_TIME:
			moment.has_zone = true;
			moment.offset = (int32_t) value.len;
			moment.has_time = true;
			moment.nanos = value.integer;
			break;
		case NAMI_LOCALTIME:
			moment.has_time = true;
			moment.nanos = value.integer;
			break;
		case NAMI_LOCALDATETIME:
			moment.has_date = moment.has_time = true;
			moment.days = nami_floor_div(value.integer, NAMI_SECONDS_PER_DAY);
			moment.nanos = nami_floor_mod(value.integer, NAMI_SECONDS_PER_DAY) *
				NAMI_NANOS_PER_SECOND + value.len;
			break;
		case NAMI_DATETIME:
			moment.has_date = moment.has_time = moment.has_zone = true;
			moment.offset = value.datetime->offset_seconds;
			moment.zone = value.datetime->zone;
			if (__builtin_add_overflow(value.datetime->seconds, (int64_t) moment.offset, &local))
				local = value.datetime->seconds;
			moment.days = nami_floor_div(local, NAMI_SECONDS_PER_DAY);
			moment.nanos = nami_floor_mod(local, NAMI_SECONDS_PER_DAY) * NAMI_NANOS_PER_SECOND +
				value.datetime->nanoseconds;
			break;
		default:
			break;
	}
	return moment;
}

NamiValue
nami_moment_value(NamiArena *arena, NamiKind kind, const NamiMoment *moment)
{
	int64_t		local = moment->days * NAMI_SECONDS_PER_DAY + moment->nanos / NAMI_NANOS_PER_SECOND;
	int32_t		nanoseconds = (int32_t) (moment->nanos % NAMI_NANOS_PER_SECOND);
	NamiDateTime *datetime;

	switch (kind)
	{
		case NAMI_LOCALTIME:
			return (NamiValue) {.kind = NAMI_LOCALTIME, .integer = moment->nanos};
		case NAMI_TIME:
			return (NamiValue) {.kind = NAMI_TIME, .len = (uint32_t) moment->offset,
				.integer = moment->nanos};
		case NAMI_LOCALDATETIME:
			return (NamiValue) {.kind = NAMI_LOCALDATETIME, .len = (uint32_t) nanoseconds,
				.integer = local};
		case NAMI_DATETIME:
			datetime = NAMI_NEW(arena, NamiDateTime);
			datetime->seconds = local - moment->offset;
			datetime->nanoseconds = nanoseconds;
			datetime->offset_seconds = moment->offset;
			datetime->zone = moment->zone;
			return (NamiValue) {.kind = NAMI_DATETIME, .datetime = datetime};
		default:
			return nami_value_date(moment->days);
	}
}

int64_t
nami_moment_local_seconds(const NamiMoment *moment)
{
	return moment->days * NAMI_SECONDS_PER_DAY + moment->nanos / NAMI_NANOS_PER_SECOND;
}

void
nami_moment_shift(NamiMoment *moment, int64_t seconds)
{
	int64_t		local = nami_moment_local_seconds(moment) + seconds;

	moment->nanos = nami_floor_mod(local, NAMI_SECONDS_PER_DAY) * NAMI_NANOS_PER_SECOND +
		moment->nanos % NAMI_NANOS_PER_SECOND;
	moment->days = nami_floor_div(local, NAMI_SECONDS_PER_DAY);
}

bool
nami_moment_resolve(const NamiHost *host, NamiMoment *moment)
{
	int64_t		local = nami_moment_local_seconds(moment);
	int32_t		offset;

	if (moment->zone.len == 0)
		return true;
	if (!nami_zone_offset_local(host, moment->zone, local, &moment->offset) ||
		!nami_zone_offset_at(host, moment->zone, local - moment->offset, &offset))
		return false;
	if (offset != moment->offset)
	{
		nami_moment_shift(moment, offset - moment->offset);
		moment->offset = offset;
	}
	return true;
}

NamiStatus
nami_moment_check(const NamiMoment *moment, NamiError *err)
{
	static const NamiCivilDate first = {NAMI_YEAR_MIN, 1, 1};
	static const NamiCivilDate last = {NAMI_YEAR_MAX, 12, 31};

	if (moment->days < nami_civil_to_days(first) || moment->days > nami_civil_to_days(last))
		return nami_fail_at(err, NAMI_ERR_OUT_OF_RANGE, "ArgumentError: NumberOutOfRange", -1,
							"date is out of range");
	return NAMI_OK;
}

NamiValue
nami_duration_value(NamiArena *arena, NamiDuration duration)
{
	return (NamiValue) {.kind = NAMI_DURATION,
		.duration = nami_arena_memdup(arena, &duration, sizeof(duration))};
}

/* ---- text ---- */

static void
put_component(NamiBuf *buf, int64_t value, char unit)
{
	if (value != 0)
		nami_buf_printf(buf, "%lld%c", (long long) value, unit);
}

/* Sign and size apart: the nanoseconds of a negative duration count up from below. */
static void
put_seconds(NamiBuf *buf, int64_t seconds, int32_t nanoseconds)
{
	bool		is_negative = seconds < 0 || nanoseconds < 0;
	char		fraction[16];
	int			len;

	if (seconds == 0 && nanoseconds == 0)
		return;
	nami_buf_printf(buf, "%s%lld", is_negative ? "-" : "", (long long) (seconds < 0 ? -seconds :
																		seconds));
	if (nanoseconds != 0)
	{
		len = snprintf(fraction, sizeof(fraction), ".%09d",
					   nanoseconds < 0 ? -nanoseconds : nanoseconds);
		while (fraction[len - 1] == '0')
			len--;
		nami_buf_put(buf, fraction, (size_t) len);
	}
	nami_buf_put_u8(buf, 'S');
}

static NamiStr
duration_text(NamiArena *arena, const NamiDuration *duration)
{
	int64_t		seconds = duration->seconds;
	int32_t		nanoseconds = duration->nanoseconds;
	NamiBuf		buf;

	if (seconds < 0 && nanoseconds > 0)
	{
		seconds++;
		nanoseconds -= (int32_t) NAMI_NANOS_PER_SECOND;
	}
	nami_buf_init(&buf, arena);
	nami_buf_put_u8(&buf, 'P');
	put_component(&buf, duration->months / 12, 'Y');
	put_component(&buf, duration->months % 12, 'M');
	put_component(&buf, duration->days, 'D');
	if (seconds != 0 || nanoseconds != 0)
	{
		nami_buf_put_u8(&buf, 'T');
		put_component(&buf, seconds / 3600, 'H');
		put_component(&buf, seconds / 60 % 60, 'M');
		put_seconds(&buf, seconds % 60, nanoseconds);
	}
	else if (buf.len == 1)
		nami_buf_put_cstr(&buf, "T0S");
	return nami_buf_str(&buf);
}

NamiStr
nami_temporal_text(NamiArena *arena, NamiValue value)
{
	NamiMoment	moment;
	NamiBuf		buf;
	char		text[NAMI_CIVIL_TEXT_MAX];

	if (value.kind == NAMI_DURATION)
		return duration_text(arena, value.duration);
	moment = nami_moment_of(value);
	nami_buf_init(&buf, arena);
	if (moment.has_date)
		nami_buf_put(&buf, text, nami_civil_format_date(moment.days, text));
	if (moment.has_date && moment.has_time)
		nami_buf_put_u8(&buf, 'T');
	if (moment.has_time)
		nami_buf_put(&buf, text, nami_civil_format_time(moment.nanos, text));
	if (moment.has_zone)
		nami_buf_put(&buf, text, nami_civil_format_offset(moment.offset, text));
	if (moment.zone.len > 0)
		nami_buf_printf(&buf, "[%.*s]", NAMI_STR_ARG(moment.zone));
	return nami_buf_str(&buf);
}

/* ---- components ---- */

static bool
is_name(NamiStr name, const char *text)
{
	return nami_str_eq(name, nami_str(text));
}

static bool
date_component(const NamiMoment *moment, NamiStr name, int64_t *out)
{
	NamiCivilDate date = nami_civil_from_days(moment->days);
	int64_t		weekday = nami_floor_mod(moment->days + 3, 7);	/* Monday is 0 */
	int64_t		thursday = moment->days - weekday + 3;
	int64_t		week_year = nami_civil_from_days(thursday).year;
	int			quarter = (date.month - 1) / 3;

	if (is_name(name, "year"))
		*out = date.year;
	else if (is_name(name, "quarter"))
		*out = quarter + 1;
	else if (is_name(name, "month"))
		*out = date.month;
	else if (is_name(name, "week"))
		*out = (thursday - nami_civil_to_days((NamiCivilDate) {week_year, 1, 1})) / 7 + 1;
	else if (is_name(name, "weekYear"))
		*out = week_year;
	else if (is_name(name, "dayOfQuarter") || is_name(name, "quarterDay"))
		*out = moment->days - nami_civil_to_days((NamiCivilDate) {date.year, quarter * 3 + 1, 1}) +
			1;
	else if (is_name(name, "day"))
		*out = date.day;
	else if (is_name(name, "ordinalDay"))
		*out = moment->days - nami_civil_to_days((NamiCivilDate) {date.year, 1, 1}) + 1;
	else if (is_name(name, "dayOfWeek") || is_name(name, "weekDay"))
		*out = weekday + 1;
	else
		return false;
	return true;
}

static bool
time_component(const NamiMoment *moment, NamiStr name, int64_t *out)
{
	int64_t		second = moment->nanos / NAMI_NANOS_PER_SECOND;
	int64_t		fraction = moment->nanos % NAMI_NANOS_PER_SECOND;

	if (is_name(name, "hour"))
		*out = second / 3600;
	else if (is_name(name, "minute"))
		*out = second / 60 % 60;
	else if (is_name(name, "second"))
		*out = second % 60;
	else if (is_name(name, "millisecond"))
		*out = fraction / 1000000;
	else if (is_name(name, "microsecond"))
		*out = fraction / 1000;
	else if (is_name(name, "nanosecond"))
		*out = fraction;
	else
		return false;
	return true;
}

static bool
zone_component(NamiArena *arena, const NamiMoment *moment, NamiStr name, NamiValue *out)
{
	char		text[NAMI_CIVIL_TEXT_MAX];
	int64_t		seconds = moment->days * NAMI_SECONDS_PER_DAY +
		moment->nanos / NAMI_NANOS_PER_SECOND - moment->offset;

	if (is_name(name, "timezone") && moment->zone.len > 0)
		*out = nami_value_string(moment->zone);
	else if (is_name(name, "timezone") || is_name(name, "offset"))
		*out = nami_value_string(nami_arena_str(arena, (NamiStr) {
			text, nami_civil_format_offset(moment->offset, text)}));
	else if (is_name(name, "offsetMinutes"))
		*out = nami_value_int(moment->offset / 60);
	else if (is_name(name, "offsetSeconds"))
		*out = nami_value_int(moment->offset);
	else if (moment->has_date && is_name(name, "epochSeconds"))
		*out = nami_value_int(seconds);
	else if (moment->has_date && is_name(name, "epochMillis"))
		*out = nami_value_int(seconds * 1000 + moment->nanos % NAMI_NANOS_PER_SECOND / 1000000);
	else
		return false;
	return true;
}

/* The total of the second group in units of that many to a second. */
static __int128
total_of(const NamiDuration *duration, int64_t per_second)
{
	return (__int128) duration->seconds * per_second +
		duration->nanoseconds / (NAMI_NANOS_PER_SECOND / per_second);
}

static bool
duration_component(const NamiDuration *duration, NamiStr name, NamiValue *out)
{
	int64_t		months = duration->months;
	int64_t		days = duration->days;
	int64_t		seconds = duration->seconds;
	int32_t		nanoseconds = duration->nanoseconds;
	const struct
	{
		const char *name;
		__int128	value;
	}			components[] = {
		{"years", months / 12},
		{"quarters", months / 3},
		{"months", months},
		{"weeks", days / 7},
		{"days", days},
		{"hours", seconds / 3600},
		{"minutes", seconds / 60},
		{"seconds", seconds},
		{"milliseconds", total_of(duration, 1000)},
		{"microseconds", total_of(duration, 1000000)},
		{"nanoseconds", total_of(duration, NAMI_NANOS_PER_SECOND)},
		{"quartersOfYear", months / 3 % 4},
		{"monthsOfYear", months % 12},
		{"monthsOfQuarter", months % 3},
		{"daysOfWeek", days % 7},
		{"minutesOfHour", seconds / 60 % 60},
		{"secondsOfMinute", seconds % 60},
		{"millisecondsOfSecond", nanoseconds / 1000000},
		{"microsecondsOfSecond", nanoseconds / 1000},
		{"nanosecondsOfSecond", nanoseconds},
	};

	for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++)
		if (is_name(name, components[i].name))
		{
			__int128	value = components[i].value;

			/* A total that does not fit is not known. */
			*out = value > INT64_MAX || value < INT64_MIN ?
				nami_value_null() : nami_value_int((int64_t) value);
			return true;
		}
	return false;
}

bool
nami_temporal_component(NamiArena *arena, NamiValue value, NamiStr name, NamiValue *out)
{
	NamiMoment	moment;
	int64_t		number;

	if (value.kind == NAMI_DURATION)
		return duration_component(value.duration, name, out);
	moment = nami_moment_of(value);
	if ((moment.has_date && date_component(&moment, name, &number)) ||
		(moment.has_time && time_component(&moment, name, &number)))
	{
		*out = nami_value_int(number);
		return true;
	}
	return moment.has_zone && zone_component(arena, &moment, name, out);
}

/* ---- what storage cannot hold ---- */

static NamiValue
revive_map(NamiArena *arena, NamiValue map)
{
	static const struct
	{
		const char *type;
		NamiKind	kind;
	}			types[] = {
		{"localdatetime", NAMI_LOCALDATETIME},
		{"localtime", NAMI_LOCALTIME},
		{"time", NAMI_TIME},
		{"duration", NAMI_DURATION},
	};
	NamiValue	type = map.entries[0].value;
	NamiValue	text = map.entries[1].value;
	NamiValue	result;

	if (type.kind == NAMI_STRING && text.kind == NAMI_STRING)
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (is_name(nami_value_str(type), types[i].type) &&
				nami_temporal_read(arena, NULL, types[i].kind, nami_value_str(text), &result))
				return result;
	return map;
}

/* False for the values that cannot hold a typed map: most. */
static bool
may_hold_typed_map(NamiValue value)
{
	if (value.kind == NAMI_MAP)
		return value.len > 0;
	if (value.kind == NAMI_LIST)
		for (uint32_t i = 0; i < value.len; i++)
			if (may_hold_typed_map(value.items[i]))
				return true;
	return false;
}

NamiValue
nami_temporal_revive_nested(NamiArena *arena, NamiValue value)
{
	if (!may_hold_typed_map(value))
		return value;
	if (value.kind == NAMI_LIST)
	{
		NamiValue  *items = NAMI_NEW_ARRAY(arena, NamiValue, value.len);

		for (uint32_t i = 0; i < value.len; i++)
			items[i] = nami_temporal_revive(arena, value.items[i]);
		value.items = items;
	}
	else if (value.len == 2 && is_name(value.entries[0].key, "@type") &&
			 is_name(value.entries[1].key, "value"))
		return revive_map(arena, value);
	else
	{
		NamiMapEntry *entries = nami_arena_memdup(arena, value.entries,
												  value.len * sizeof(*entries));

		for (uint32_t i = 0; i < value.len; i++)
			entries[i].value = nami_temporal_revive(arena, entries[i].value);
		value.entries = entries;
	}
	return value;
}
