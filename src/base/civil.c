/*
 * civil.c - see civil.h.
 */
#include "base/civil.h"

#define DAYS_PER_ERA	INT64_C(146097)	/* 400 years */
#define DAYS_TO_EPOCH	INT64_C(719468)	/* from 0000-03-01 to 1970-01-01 */

bool
nami_civil_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
nami_civil_days_in_month(int64_t year, int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && nami_civil_is_leap(year));
}

bool
nami_civil_is_valid(NamiCivilDate date)
{
	return date.year >= NAMI_YEAR_MIN && date.year <= NAMI_YEAR_MAX &&
		date.month >= 1 && date.month <= 12 && date.day >= 1 &&
		date.day <= nami_civil_days_in_month(date.year, date.month);
}

/*
 * Years are taken to begin in March, so that the leap day is the last one of a year and the
 * lengths of the months follow (153 * m + 2) / 5.
 */
int64_t
nami_civil_to_days(NamiCivilDate date)
{
	int64_t		year = date.year - (date.month <= 2);
	int			month = (date.month + 9) % 12;	/* March is 0 */
	int64_t		era = nami_floor_div(year, 400);
	int64_t		year_of_era = year - era * 400;
	int64_t		day_of_year = (153 * month + 2) / 5 + date.day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - DAYS_TO_EPOCH;
}

NamiCivilDate
nami_civil_from_days(int64_t days)
{
	int64_t		shifted;
	int64_t		era;
	int64_t		day_of_era;
	int64_t		year_of_era;
	int64_t		day_of_year;
	int			month;
	NamiCivilDate date;

	/* Keeps the arithmetic defined for every input. */
	if (days > INT64_MAX - DAYS_TO_EPOCH)
		days = INT64_MAX - DAYS_TO_EPOCH;
	shifted = days + DAYS_TO_EPOCH;
	era = nami_floor_div(shifted, DAYS_PER_ERA);
	day_of_era = nami_floor_mod(shifted, DAYS_PER_ERA);
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (int) ((5 * day_of_year + 2) / 153);
	date.day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
	date.month = month < 10 ? month + 3 : month - 9;
	date.year = year_of_era + era * 400 + (date.month <= 2);
	return date;
}

/* ---- writing ---- */

static size_t
put_digits(char *out, uint64_t value, size_t width)
{
	for (size_t i = width; i-- > 0;)
	{
		out[i] = (char) ('0' + value % 10);
		value /= 10;
	}
	return width;
}

size_t
nami_civil_format_date(int64_t days, char *out)
{
	NamiCivilDate date = nami_civil_from_days(days);
	uint64_t	year = date.year < 0 ? 0 - (uint64_t) date.year : (uint64_t) date.year;
	size_t		width = 4;
	size_t		len = 0;

	for (uint64_t limit = 10000; width < 19 && year >= limit; limit *= 10)
		width++;
	if (date.year < 0)
		out[len++] = '-';
	else if (width > 4)
		out[len++] = '+';
	len += put_digits(out + len, year, width);
	out[len++] = '-';
	len += put_digits(out + len, (uint64_t) date.month, 2);
	out[len++] = '-';
	return len + put_digits(out + len, (uint64_t) date.day, 2);
}

/* ".123" without trailing zeros, nothing for 0. */
static size_t
put_fraction(char *out, uint32_t nanoseconds)
{
	size_t		len;

	if (nanoseconds == 0)
		return 0;
	out[0] = '.';
	len = 1 + put_digits(out + 1, nanoseconds, 9);
	while (out[len - 1] == '0')
		len--;
	return len;
}

static size_t
put_clock(char *out, int64_t second_of_day)
{
	put_digits(out, (uint64_t) (second_of_day / 3600), 2);
	out[2] = ':';
	put_digits(out + 3, (uint64_t) (second_of_day / 60 % 60), 2);
	out[5] = ':';
	put_digits(out + 6, (uint64_t) (second_of_day % 60), 2);
	return 8;
}

size_t
nami_civil_format_time(int64_t nanoseconds_of_day, char *out)
{
	int64_t		second = nanoseconds_of_day / NAMI_NANOS_PER_SECOND;
	uint32_t	nanoseconds = (uint32_t) (nanoseconds_of_day % NAMI_NANOS_PER_SECOND);

	put_clock(out, second);
	if (second % 60 == 0 && nanoseconds == 0)
		return 5;
	return 8 + put_fraction(out + 8, nanoseconds);
}

size_t
nami_civil_format_offset(int32_t seconds, char *out)
{
	uint32_t	magnitude = (uint32_t) (seconds < 0 ? -seconds : seconds);
	char		clock[8];
	size_t		len;

	if (seconds == 0)
	{
		out[0] = 'Z';
		return 1;
	}
	out[0] = seconds < 0 ? '-' : '+';
	put_clock(clock, magnitude);
	len = magnitude % 60 == 0 ? 5 : 8;
	memcpy(out + 1, clock, len);
	return 1 + len;
}

size_t
nami_civil_format_utc_us(int64_t us, char *out)
{
	int64_t		seconds = nami_floor_div(us, 1000000);
	uint32_t	nanoseconds = (uint32_t) nami_floor_mod(us, 1000000) * 1000;
	size_t		len = nami_civil_format_date(nami_floor_div(seconds, NAMI_SECONDS_PER_DAY), out);

	out[len++] = 'T';
	len += put_clock(out + len, nami_floor_mod(seconds, NAMI_SECONDS_PER_DAY));
	len += put_fraction(out + len, nanoseconds);
	out[len++] = 'Z';
	return len;
}

size_t
nami_civil_format_rfc3339(int64_t seconds, int32_t nanoseconds, char *out)
{
	size_t		len = nami_civil_format_date(nami_floor_div(seconds, NAMI_SECONDS_PER_DAY), out);

	out[len++] = 'T';
	len += put_clock(out + len, nami_floor_mod(seconds, NAMI_SECONDS_PER_DAY));
	out[len++] = '.';
	len += put_digits(out + len, (uint64_t) nanoseconds, 9);
	out[len++] = 'Z';
	return len;
}

/* ---- reading ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes min .. max digits, as many as there are. */
static bool
take_digits(NamiStr *text, size_t min, size_t max, int64_t *out)
{
	size_t		count = 0;
	int64_t		value = 0;

	while (count < text->len && count < max && is_digit(text->ptr[count]))
		value = value * 10 + (text->ptr[count++] - '0');
	if (count < min)
		return false;
	text->ptr += count;
	text->len -= count;
	*out = value;
	return true;
}

static bool
take_char(NamiStr *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	text->ptr++;
	text->len--;
	return true;
}

bool
nami_civil_take_date(NamiStr *text, int64_t *days)
{
	NamiStr		rest = *text;
	bool		is_negative = take_char(&rest, '-');
	bool		has_sign = is_negative || take_char(&rest, '+');
	int64_t		month;
	int64_t		day;
	NamiCivilDate date;

	if (!take_digits(&rest, 4, has_sign ? 9 : 4, &date.year) || !take_char(&rest, '-') ||
		!take_digits(&rest, 2, 2, &month) || !take_char(&rest, '-') ||
		!take_digits(&rest, 2, 2, &day))
		return false;
	if (is_negative)
		date.year = -date.year;
	date.month = (int) month;
	date.day = (int) day;
	if (!nami_civil_is_valid(date))
		return false;
	*days = nami_civil_to_days(date);
	*text = rest;
	return true;
}

/* The digits behind a decimal point, as nanoseconds; more than nine are cut. */
static bool
take_fraction(NamiStr *text, int64_t *nanoseconds)
{
	size_t		count = 0;
	int64_t		value = 0;

	while (count < text->len && is_digit(text->ptr[count]))
	{
		if (count < 9)
			value = value * 10 + (text->ptr[count] - '0');
		count++;
	}
	if (count == 0)
		return false;
	text->ptr += count;
	text->len -= count;
	for (; count < 9; count++)
		value *= 10;
	*nanoseconds = value;
	return true;
}

bool
nami_civil_take_time(NamiStr *text, int64_t *nanoseconds)
{
	NamiStr		rest = *text;
	int64_t		hour;
	int64_t		minute;
	int64_t		second = 0;
	int64_t		fraction = 0;

	if (!take_digits(&rest, 2, 2, &hour) || !take_char(&rest, ':') ||
		!take_digits(&rest, 2, 2, &minute))
		return false;
	if (take_char(&rest, ':'))
	{
		if (!take_digits(&rest, 2, 2, &second))
			return false;
		if (take_char(&rest, '.') && !take_fraction(&rest, &fraction))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*nanoseconds = ((hour * 60 + minute) * 60 + second) * NAMI_NANOS_PER_SECOND + fraction;
	*text = rest;
	return true;
}

bool
nami_civil_take_offset(NamiStr *text, int32_t *seconds)
{
	NamiStr		rest = *text;
	bool		is_negative;
	int64_t		hour;
	int64_t		minute = 0;
	int64_t		second = 0;

	if (take_char(&rest, 'Z') || take_char(&rest, 'z'))
	{
		*seconds = 0;
		*text = rest;
		return true;
	}
	is_negative = take_char(&rest, '-');
	if (!is_negative && !take_char(&rest, '+'))
		return false;
	if (!take_digits(&rest, 2, 2, &hour))
		return false;
	if (take_char(&rest, ':'))
	{
		if (!take_digits(&rest, 2, 2, &minute))
			return false;
		if (take_char(&rest, ':') && !take_digits(&rest, 2, 2, &second))
			return false;
	}
	second += (hour * 60 + minute) * 60;
	if (minute > 59 || second > 18 * 3600)
		return false;
	*seconds = (int32_t) (is_negative ? -second : second);
	*text = rest;
	return true;
}

bool
nami_civil_parse_rfc3339(NamiStr text, int64_t *seconds, int32_t *nanoseconds)
{
	NamiStr		rest = text;
	char		patched[9];
	int64_t		days;
	int64_t		of_day;
	int32_t		offset;

	if (!nami_civil_take_date(&rest, &days) ||
		!(take_char(&rest, 'T') || take_char(&rest, 't') || take_char(&rest, ' ')))
		return false;
	if (rest.len < 9 || rest.ptr[5] != ':')
		return false;
	if (rest.ptr[6] == '6' && rest.ptr[7] == '0')
	{
		NamiStr		clock = {patched, 8};

		memcpy(patched, rest.ptr, 6);
		memcpy(patched + 6, "59", 2);
		if (!nami_civil_take_time(&clock, &of_day) || clock.len > 0)
			return false;
		rest.ptr += 8;
		rest.len -= 8;
	}
	else if (!nami_civil_take_time(&rest, &of_day))
		return false;
	if (!nami_civil_take_offset(&rest, &offset) || rest.len > 0)
		return false;
	*seconds = days * NAMI_SECONDS_PER_DAY + of_day / NAMI_NANOS_PER_SECOND - offset;
	*nanoseconds = (int32_t) (of_day % NAMI_NANOS_PER_SECOND);
	return true;
}
