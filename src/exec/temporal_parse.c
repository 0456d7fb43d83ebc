/*
 * temporal_parse.c - ISO 8601 texts of temporal values (spec/cypher.md 15).
 */
#include "exec/temporal_internal.h"

#include <math.h>

#include "base/number.h"

static bool
take(NamiStr *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	*text = nami_str_slice(*text, 1, text->len - 1);
	return true;
}

static size_t
digits_ahead(NamiStr text)
{
	size_t		count = 0;

	while (count < text.len && text.ptr[count] >= '0' && text.ptr[count] <= '9')
		count++;
	return count;
}

/* Exactly so many digits (at most 9). */
static bool
take_digits(NamiStr *text, size_t count, int64_t *out)
{
	int64_t		value = 0;

	if (digits_ahead(*text) < count)
		return false;
	for (size_t i = 0; i < count; i++)
		value = value * 10 + (text->ptr[i] - '0');
	*text = nami_str_slice(*text, count, text->len - count);
	*out = value;
	return true;
}

/* ---- dates ---- */

bool
nami_date_from_week(int64_t year, int64_t week, int64_t weekday, int64_t *days)
{
	int64_t		fourth = nami_civil_to_days((NamiCivilDate) {year, 1, 4});
	int64_t		monday = fourth - nami_floor_mod(fourth + 3, 7);

	if (week < 1 || week > 53 || weekday < 1 || weekday > 7)
		return false;
	*days = monday + (week - 1) * 7 + weekday - 1;
	/* Week 53 must exist: its Thursday lies in the year. */
	return nami_civil_from_days(monday + (week - 1) * 7 + 3).year == year;
}

static bool
from_calendar(int64_t year, int64_t month, int64_t day, int64_t *days)
{
	NamiCivilDate date = {year, (int) month, (int) day};

	if (!nami_civil_is_valid(date))
		return false;
	*days = nami_civil_to_days(date);
	return true;
}

bool
nami_date_from_ordinal(int64_t year, int64_t ordinal, int64_t *days)
{
	if (ordinal < 1 || ordinal > 365 + nami_civil_is_leap(year))
		return false;
	*days = nami_civil_to_days((NamiCivilDate) {year, 1, 1}) + ordinal - 1;
	return true;
}

bool
nami_date_from_quarter(int64_t year, int64_t quarter, int64_t day, int64_t *days)
{
	int64_t		first;
	int64_t		next;

	if (quarter < 1 || quarter > 4)
		return false;
	first = nami_civil_to_days((NamiCivilDate) {year, (int) quarter * 3 - 2, 1});
	next = quarter == 4 ? nami_civil_to_days((NamiCivilDate) {year + 1, 1, 1}) :
		nami_civil_to_days((NamiCivilDate) {year, (int) quarter * 3 + 1, 1});
	*days = first + day - 1;
	return day >= 1 && *days < next;
}

/* The rest of a date behind the year; extended forms have hyphens, basic ones have none. */
static bool
parse_after_year(NamiStr text, int64_t year, int64_t *days)
{
	bool		extended = take(&text, '-');
	int64_t		a;
	int64_t		b = 1;

	if (take(&text, 'W'))
	{
		if (!take_digits(&text, 2, &a) || (extended && text.len > 0 && !take(&text, '-')) ||
			(text.len > 0 && !take_digits(&text, 1, &b)))
			return false;
		return text.len == 0 && nami_date_from_week(year, a, b, days);
	}
	if (take(&text, 'Q'))
	{
		if (!take_digits(&text, 1, &a) || (extended && text.len > 0 && !take(&text, '-')) ||
			(text.len > 0 && !take_digits(&text, 2, &b)))
			return false;
		return text.len == 0 && nami_date_from_quarter(year, a, b, days);
	}
	if (text.len == 0)
		return !extended && from_calendar(year, 1, 1, days);
	if (digits_ahead(text) == 3)
		return take_digits(&text, 3, &a) && text.len == 0 && nami_date_from_ordinal(year, a, days);
	if (!take_digits(&text, 2, &a) || (extended && text.len > 0 && !take(&text, '-')) ||
		(text.len > 0 && !take_digits(&text, 2, &b)))
		return false;
	return text.len == 0 && from_calendar(year, a, b, days);
}

static bool
parse_date(NamiStr text, int64_t *days)
{
	bool		is_negative = take(&text, '-');
	bool		has_sign = is_negative || take(&text, '+');
	size_t		year_digits = 4;
	int64_t		year;

	/* A sign announces a longer year; then a hyphen ends it. */
	if (has_sign)
		year_digits = digits_ahead(text);
	if (year_digits < 4 || year_digits > 9 || !take_digits(&text, year_digits, &year))
		return false;
	return parse_after_year(text, is_negative ? -year : year, days);
}

/* ---- times and zones ---- */

static bool
parse_fraction(NamiStr *text, int64_t *nanos)
{
	size_t		count = digits_ahead(*text);
	int64_t		value;

	if (count == 0 || count > 9 || !take_digits(text, count, &value))
		return false;
	for (; count < 9; count++)
		value *= 10;
	*nanos = value;
	return true;
}

/* hh[[:]mm[[:]ss[.fraction]]] */
static bool
parse_time(NamiStr text, int64_t *nanos)
{
	int64_t		parts[3] = {0, 0, 0};
	int64_t		fraction = 0;
	bool		extended = false;

	if (!take_digits(&text, 2, &parts[0]))
		return false;
	for (int i = 1; i < 3 && text.len > 0; i++)
	{
		bool		colon = take(&text, ':');

		if ((i > 1 && colon != extended) || !take_digits(&text, 2, &parts[i]))
			return false;
		extended = colon;
		if (i == 2 && (take(&text, '.') || take(&text, ',')) && !parse_fraction(&text, &fraction))
			return false;
	}
	if (text.len > 0 || parts[0] > 23 || parts[1] > 59 || parts[2] > 59)
		return false;
	*nanos = ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * NAMI_NANOS_PER_SECOND + fraction;
	return true;
}

/* "Z", +hh, +hhmm, +hh:mm, +hhmmss, +hh:mm:ss */
static bool
parse_offset(NamiStr text, int32_t *offset)
{
	bool		is_negative;
	int64_t		nanos;

	if (text.len == 1 && (text.ptr[0] == 'Z' || text.ptr[0] == 'z'))
	{
		*offset = 0;
		return true;
	}
	is_negative = take(&text, '-');
	if ((!is_negative && !take(&text, '+')) || !parse_time(text, &nanos) ||
		nanos % NAMI_NANOS_PER_SECOND != 0 || nanos > 18 * 3600 * NAMI_NANOS_PER_SECOND)
		return false;
	*offset = (int32_t) (nanos / NAMI_NANOS_PER_SECOND);
	if (is_negative)
		*offset = -*offset;
	return true;
}

bool
nami_zone_parse(NamiArena *arena, const NamiHost *host, NamiStr text, int32_t *offset,
				NamiStr *zone)
{
	int32_t		ignored;

	*zone = (NamiStr) {NULL, 0};
	if (parse_offset(text, offset))
		return true;
	if (!nami_zone_offset_at(host, text, 0, &ignored))
		return false;
	*zone = nami_arena_str(arena, text);
	return true;
}

/* Cuts "[Region/City]" and the offset off the end of a time. */
static bool
split_zone(NamiArena *arena, const NamiHost *host, NamiStr *text, NamiMoment *moment,
		   bool *has_offset)
{
	const char *bracket = text->len == 0 ? NULL : memchr(text->ptr, '[', text->len);
	size_t		at;

	*has_offset = false;
	if (bracket != NULL)
	{
		size_t		start = (size_t) (bracket - text->ptr);
		NamiStr		name = nami_str_slice(*text, start + 1, text->len - start - 2);
		int32_t		ignored;

		if (text->len - start < 3 || text->ptr[text->len - 1] != ']' ||
			!nami_zone_offset_at(host, name, 0, &ignored))
			return false;
		moment->zone = nami_arena_str(arena, name);
		moment->has_zone = true;
		text->len = start;
	}
	for (at = 0; at < text->len; at++)
		if (strchr("+-Zz", text->ptr[at]) != NULL)
			break;
	if (at < text->len)
	{
		if (!parse_offset(nami_str_slice(*text, at, text->len - at), &moment->offset))
			return false;
		moment->has_zone = *has_offset = true;
		text->len = at;
	}
	return true;
}

/* The offset of a named zone; one that was written too must be right. */
static bool
settle_zone(const NamiHost *host, NamiMoment *moment, bool has_offset)
{
	int32_t		offset;

	/* In an overlap the written offset chooses. */
	if (has_offset && moment->zone.len > 0)
		return nami_zone_offset_at(host, moment->zone,
								   nami_moment_local_seconds(moment) - moment->offset, &offset) &&
			offset == moment->offset;
	return nami_moment_resolve(host, moment);
}

static bool
parse_point(NamiArena *arena, const NamiHost *host, NamiKind kind, NamiStr text, NamiMoment *moment)
{
	bool		wants_date = kind == NAMI_DATE || kind == NAMI_LOCALDATETIME ||
		kind == NAMI_DATETIME;
	bool		has_offset = false;
	NamiStr		time = text;

	*moment = (NamiMoment) {0};
	if (wants_date)
	{
		size_t		split = 0;

		while (split < text.len && text.ptr[split] != 'T' && text.ptr[split] != 't' &&
			   text.ptr[split] != ' ')
			split++;
		if (!parse_date(nami_str_slice(text, 0, split), &moment->days))
			return false;
		if (split == text.len)
			return true;
		time = nami_str_slice(text, split + 1, text.len - split - 1);
		if (kind == NAMI_DATE)
			return false;
	}
	if (!split_zone(arena, host, &time, moment, &has_offset) || !parse_time(time, &moment->nanos))
		return false;
	if ((kind == NAMI_LOCALTIME || kind == NAMI_LOCALDATETIME) && moment->has_zone)
		return false;
	return settle_zone(host, moment, has_offset);
}

/* ---- durations ---- */

typedef struct DurationParts
{
	long double months;
	long double days;
	__int128	nanos;
} DurationParts;

/* A number with sign and fraction; also in billionths, so that hours to seconds stay exact. */
static bool
take_number(NamiStr *text, long double *value, __int128 *nanos)
{
	bool		is_negative = take(text, '-');
	size_t		count;
	__int128	whole = 0;
	int64_t		fraction = 0;
	long double decimals = 0;
	long double scale = 1;

	if (!is_negative)
		(void) take(text, '+');
	count = digits_ahead(*text);
	/* As many as INTEGER has; the range is checked when the duration is made. */
	if (count > 19)
		return false;
	for (size_t i = 0; i < count; i++)
		whole = whole * 10 + (text->ptr[i] - '0');
	*text = nami_str_slice(*text, count, text->len - count);
	if (take(text, '.') || take(text, ','))
	{
		size_t		more = digits_ahead(*text);

		if (more == 0 || more > 18)
			return false;
		for (size_t i = 0; i < more; i++)
		{
			decimals = decimals * 10 + (text->ptr[i] - '0');
			scale *= 10;
		}
		for (size_t i = 0; i < 9; i++)
			fraction = fraction * 10 + (i < more ? text->ptr[i] - '0' : 0);
		*text = nami_str_slice(*text, more, text->len - more);
	}
	else if (count == 0)
		return false;
	*value = (long double) whole + decimals / scale;
	*nanos = whole * NAMI_NANOS_PER_SECOND + fraction;
	if (is_negative)
	{
		*value = -*value;
		*nanos = -*nanos;
	}
	return true;
}

/* One "number unit"; units must come in the order of the text. */
static bool
take_component(NamiStr *text, const char **units, DurationParts *parts, bool is_time)
{
	long double value;
	__int128	nanos;
	const char *unit;

	if (!take_number(text, &value, &nanos) || text->len == 0 || text->ptr[0] == '\0')
		return false;
	unit = strchr(*units, text->ptr[0]);
	if (unit == NULL)
		return false;
	*units = unit + 1;
	*text = nami_str_slice(*text, 1, text->len - 1);
	if (*unit == 'Y')
		parts->months += value * 12;
	else if (*unit == 'M' && !is_time)
		parts->months += value;
	else if (*unit == 'W')
		parts->days += value * 7;
	else if (*unit == 'D')
		parts->days += value;
	else if (*unit == 'H')
		parts->nanos += nanos * 3600;
	else if (*unit == 'M')
		parts->nanos += nanos * 60;
	else
		parts->nanos += nanos;
	return true;
}

/* PYYYY-MM-DDThh:mm:ss.f */
static bool
parse_dated_duration(NamiStr text, DurationParts *parts)
{
	int64_t		year;
	int64_t		month;
	int64_t		day;
	int64_t		nanos = 0;

	if (!take_digits(&text, 4, &year) || !take(&text, '-') || !take_digits(&text, 2, &month) ||
		!take(&text, '-') || !take_digits(&text, 2, &day))
		return false;
	if (text.len > 0 && (!take(&text, 'T') || !parse_time(text, &nanos)))
		return false;
	parts->months = (long double) (year * 12 + month);
	parts->days = (long double) day;
	parts->nanos = nanos;
	return true;
}

static bool
parse_duration(NamiArena *arena, NamiStr text, NamiValue *out)
{
	DurationParts parts = {0};
	const char *date_units = "YMWD";
	const char *time_units = "HMS";
	NamiError	ignored = NAMI_ERROR_INIT;

	if (take(&text, '-'))
	{
		/* A sign before the P turns the whole duration. */
		NamiValue	positive;

		return parse_duration(arena, text, &positive) && text.len > 0 && text.ptr[0] == 'P' &&
			nami_duration_scale(arena, positive.duration, nami_value_int(-1), false, out,
								&ignored) == NAMI_OK;
	}
	if (!take(&text, 'P') || text.len == 0)
		return false;
	if (!parse_dated_duration(text, &parts))
	{
		parts = (DurationParts) {0};
		while (text.len > 0 && text.ptr[0] != 'T')
			if (!take_component(&text, &date_units, &parts, false))
				return false;
		if (take(&text, 'T'))
		{
			if (text.len == 0)
				return false;
			while (text.len > 0)
				if (!take_component(&text, &time_units, &parts, true))
					return false;
		}
	}
	return nami_duration_from_parts(arena, parts.months, parts.days, 0, parts.nanos, out,
									&ignored) == NAMI_OK;
}

bool
nami_temporal_read(NamiArena *arena, const NamiHost *host, NamiKind kind, NamiStr text,
					NamiValue *out)
{
	NamiMoment	moment;

	if (kind == NAMI_DURATION)
		return text.len < 200 && parse_duration(arena, text, out);
	if (text.len > 200 || !parse_point(arena, host, kind, text, &moment))
		return false;
	*out = nami_moment_value(arena, kind, &moment);
	return true;
}
