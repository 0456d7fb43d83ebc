/*
 * temporal_zone.c - time zones by name: TZif files (RFC 9636) of the host's folder.
 *
 * Files are read once per process into a small table by malloc; they are small, and a name can only
 * lead to a file below the folder. Only the 64-bit block of version 2 and later is used, and the
 * rule in the footer for times after the last transition.
 */
#include "exec/temporal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONES_MAX		64
#define FILE_MAX_BYTES	((size_t) 256 * 1024)
#define NAME_MAX_BYTES	64
#define HEADER_BYTES	44

/* One end of daylight saving time in a POSIX TZ rule. */
typedef struct RuleDate
{
	char		form;			/* 'M' month.week.day, 'J' day 1-365 without leap day, 'D' day 0-365 */
	int			month;
	int			week;
	int			day;
	int32_t		seconds;		/* local time of day, may be negative or beyond a day */
} RuleDate;

typedef struct Rule
{
	bool		is_valid;
	bool		has_dst;
	int32_t		standard;		/* offsets, local - UTC */
	int32_t		daylight;
	RuleDate	start;
	RuleDate	end;
} Rule;

typedef struct Zone
{
	char		name[NAME_MAX_BYTES + 1];
	uint8_t    *file;			/* malloc */
	const uint8_t *times;		/* count big-endian int64 */
	const uint8_t *indexes;		/* count bytes: number of the type */
	const uint8_t *types;		/* type_count records of 6 bytes */
	size_t		count;
	size_t		type_count;
	Rule		rule;
} Zone;

static Zone zones[ZONES_MAX];
static unsigned zone_count;

/* ---- the footer ---- */

static bool
take(NamiStr *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	*text = nami_str_slice(*text, 1, text->len - 1);
	return true;
}

static bool
take_number(NamiStr *text, int limit, int *out)
{
	int			value = 0;
	bool		any = false;

	while (text->len > 0 && text->ptr[0] >= '0' && text->ptr[0] <= '9')
	{
		value = value * 10 + (text->ptr[0] - '0');
		if (value > limit)
			return false;
		*text = nami_str_slice(*text, 1, text->len - 1);
		any = true;
	}
	*out = value;
	return any;
}

/* "EST" or "<+03>". */
static bool
take_abbreviation(NamiStr *text)
{
	size_t		start = text->len;

	if (take(text, '<'))
	{
		while (text->len > 0 && !take(text, '>'))
			*text = nami_str_slice(*text, 1, text->len - 1);
		return true;
	}
	while (text->len > 0 && ((text->ptr[0] | 32) >= 'a' && (text->ptr[0] | 32) <= 'z'))
		*text = nami_str_slice(*text, 1, text->len - 1);
	return start - text->len >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool
take_clock(NamiStr *text, int32_t *seconds)
{
	bool		is_negative = take(text, '-');
	int			hour;
	int			minute = 0;
	int			second = 0;

	if (!is_negative)
		(void) take(text, '+');
	if (!take_number(text, 167, &hour))
		return false;
	if (take(text, ':') && !take_number(text, 59, &minute))
		return false;
	if (take(text, ':') && !take_number(text, 59, &second))
		return false;
	*seconds = (hour * 60 + minute) * 60 + second;
	if (is_negative)
		*seconds = -*seconds;
	return true;
}

static bool
take_rule_date(NamiStr *text, RuleDate *date)
{
	date->form = 'D';
	date->seconds = 2 * 3600;
	if (take(text, 'M'))
	{
		date->form = 'M';
		if (!take_number(text, 12, &date->month) || !take(text, '.') ||
			!take_number(text, 5, &date->week) || !take(text, '.') ||
			!take_number(text, 6, &date->day) || date->month < 1 || date->week < 1)
			return false;
	}
	else
	{
		if (take(text, 'J'))
			date->form = 'J';
		if (!take_number(text, 365, &date->day))
			return false;
	}
	return !take(text, '/') || take_clock(text, &date->seconds);
}

static Rule
parse_rule(NamiStr text)
{
	Rule		rule = {0};
	int32_t		west;

	if (!take_abbreviation(&text) || !take_clock(&text, &west))
		return rule;
	rule.standard = -west;
	rule.daylight = rule.standard + 3600;
	rule.is_valid = true;
	if (text.len == 0)
		return rule;
	rule.is_valid = false;
	if (!take_abbreviation(&text))
		return rule;
	if (text.len > 0 && text.ptr[0] != ',')
	{
		if (!take_clock(&text, &west))
			return rule;
		rule.daylight = -west;
	}
	rule.has_dst = true;
	rule.is_valid = take(&text, ',') && take_rule_date(&text, &rule.start) && take(&text, ',') &&
		take_rule_date(&text, &rule.end) && text.len == 0;
	return rule;
}

/* Local second at which the rule's date falls in that year. */
static int64_t
rule_second(const RuleDate *date, int64_t year)
{
	int64_t		first = nami_civil_to_days((NamiCivilDate) {year, 1, 1});
	int64_t		day;

	if (date->form == 'M')
	{
		int64_t		month = nami_civil_to_days((NamiCivilDate) {year, date->month, 1});
		int64_t		weekday = nami_floor_mod(month + 4, 7);	/* Sunday is 0 */

		day = nami_floor_mod(date->day - weekday, 7) + (date->week - 1) * 7;
		while (day >= nami_civil_days_in_month(year, date->month))
			day -= 7;
		day += month;
	}
	else if (date->form == 'J')
		day = first + date->day - 1 + (nami_civil_is_leap(year) && date->day > 59);
	else
		day = first + date->day;
	return day * NAMI_SECONDS_PER_DAY + date->seconds;
}

static int32_t
rule_offset(const Rule *rule, int64_t utc)
{
	int64_t		year;
	int64_t		start;
	int64_t		end;
	bool		is_dst;

	if (!rule->has_dst)
		return rule->standard;
	year = nami_civil_from_days(nami_floor_div(utc + rule->standard, NAMI_SECONDS_PER_DAY)).year;
	start = rule_second(&rule->start, year) - rule->standard;
	end = rule_second(&rule->end, year) - rule->daylight;
	is_dst = start < end ? utc >= start && utc < end : utc >= start || utc < end;
	return is_dst ? rule->daylight : rule->standard;
}

/* ---- the file ---- */

static uint32_t
read_u32(const uint8_t *p)
{
	return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

static int64_t
read_i64(const uint8_t *p)
{
	return (int64_t) ((uint64_t) read_u32(p) << 32 | read_u32(p + 4));
}

/* Bytes of the data block behind a header; SIZE_MAX when it lies. */
static size_t
block_bytes(const uint8_t *header, size_t time_bytes)
{
	uint64_t	is_ut = read_u32(header + 20);
	uint64_t	is_std = read_u32(header + 24);
	uint64_t	leaps = read_u32(header + 28);
	uint64_t	times = read_u32(header + 32);
	uint64_t	types = read_u32(header + 36);
	uint64_t	chars = read_u32(header + 40);

	return (size_t) (times * (time_bytes + 1) + types * 6 + chars + leaps * (time_bytes + 4) +
					 is_std + is_ut);
}

/* Checks the file and finds its parts. */
static bool
parse_file(Zone *zone, const uint8_t *file, size_t len)
{
	size_t		at;
	size_t		block;
	NamiStr		footer;

	if (len < HEADER_BYTES || memcmp(file, "TZif", 4) != 0 || file[4] < '2')
		return false;
	block = block_bytes(file, 4);
	if (block > len - HEADER_BYTES || len - HEADER_BYTES - block < HEADER_BYTES)
		return false;
	at = HEADER_BYTES + block;
	if (memcmp(file + at, "TZif", 4) != 0)
		return false;
	block = block_bytes(file + at, 8);
	if (block > len - at - HEADER_BYTES)
		return false;
	zone->count = read_u32(file + at + 32);
	zone->type_count = read_u32(file + at + 36);
	zone->times = file + at + HEADER_BYTES;
	zone->indexes = zone->times + zone->count * 8;
	zone->types = zone->indexes + zone->count;
	if (zone->type_count == 0)
		return false;
	for (size_t i = 0; i < zone->count; i++)
		if (zone->indexes[i] >= zone->type_count ||
			(i > 0 && read_i64(zone->times + i * 8) <= read_i64(zone->times + i * 8 - 8)))
			return false;
	for (size_t i = 0; i < zone->type_count; i++)
	{
		int32_t		offset = (int32_t) read_u32(zone->types + i * 6);

		/* A day and a bit: RFC 9636 3.2. */
		if (offset < -90000 || offset > 93600)
			return false;
	}
	footer = (NamiStr) {(const char *) file + at + HEADER_BYTES + block,
		len - at - HEADER_BYTES - block};
	if (footer.len >= 2 && footer.ptr[0] == '\n' && footer.ptr[footer.len - 1] == '\n')
		zone->rule = parse_rule(nami_str_slice(footer, 1, footer.len - 2));
	return true;
}

/* Letters, digits and "_+-/"; no part is empty or begins with a dot. */
static bool
is_zone_name(NamiStr name)
{
	if (name.len == 0 || name.len > NAME_MAX_BYTES || name.ptr[0] == '/' ||
		name.ptr[name.len - 1] == '/')
		return false;
	for (size_t i = 0; i < name.len; i++)
	{
		char		c = name.ptr[i];

		if (!(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z') && c != '_' &&
			c != '+' && c != '-' && c != '/')
			return false;
	}
	return memmem(name.ptr, name.len, "//", 2) == NULL;
}

/* The whole file by malloc, or NULL. Nothing between open and close can unwind. */
static uint8_t *
read_file(const char *path, size_t *len)
{
	int			fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	uint8_t    *content = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
		(size_t) status.st_size <= FILE_MAX_BYTES)
		content = malloc((size_t) status.st_size);
	if (content != NULL)
	{
		*len = 0;
		while (*len < (size_t) status.st_size)
		{
			ssize_t		got = read(fd, content + *len, (size_t) status.st_size - *len);

			if (got <= 0)
				break;
			*len += (size_t) got;
		}
	}
	close(fd);
	return content;
}

/* The zone from the table or its file; NULL when there is none. */
static const Zone *
find_zone(const NamiHost *host, NamiStr name)
{
	char		path[1024];
	size_t		len = 0;
	Zone		zone = {0};

	for (unsigned i = 0; i < zone_count; i++)
		if (nami_str_eq(nami_str(zones[i].name), name))
			return &zones[i];
	if (host == NULL || host->timezone_directory == NULL || !is_zone_name(name) ||
		(size_t) snprintf(path, sizeof(path), "%s/%.*s", host->timezone_directory,
						  NAMI_STR_ARG(name)) >= sizeof(path))
		return NULL;
	zone.file = read_file(path, &len);
	if (zone.file == NULL)
		return NULL;
	if (!parse_file(&zone, zone.file, len))
	{
		free(zone.file);
		return NULL;
	}
	memcpy(zone.name, name.ptr, name.len);
	if (zone_count == ZONES_MAX)
	{
		/* Full: the oldest goes. */
		free(zones[0].file);
		memmove(&zones[0], &zones[1], sizeof(Zone) * (ZONES_MAX - 1));
		zone_count--;
	}
	zones[zone_count] = zone;
	return &zones[zone_count++];
}

static int32_t
type_offset(const Zone *zone, size_t type)
{
	return (int32_t) read_u32(zone->types + type * 6);
}

static int32_t
offset_at(const Zone *zone, int64_t utc)
{
	size_t		low = 0;
	size_t		high = zone->count;

	/* The number of transitions at or before utc. */
	while (low < high)
	{
		size_t		mid = (low + high) / 2;

		if (read_i64(zone->times + mid * 8) <= utc)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == zone->count && zone->rule.is_valid)
		return rule_offset(&zone->rule, utc);
	return type_offset(zone, low == 0 ? 0 : zone->indexes[low - 1]);
}

bool
nami_zone_offset_at(const NamiHost *host, NamiStr name, int64_t utc_seconds, int32_t *offset)
{
	const Zone *zone = find_zone(host, name);

	if (zone == NULL)
		return false;
	*offset = offset_at(zone, utc_seconds);
	return true;
}

/*
 * The offsets a day before and a day after are the candidates. The earlier one is right when it is
 * in force at the instant it makes (also in an overlap), else the later one; in a gap neither is,
 * and the earlier one moves the clock on.
 */
bool
nami_zone_offset_local(const NamiHost *host, NamiStr name, int64_t local_seconds, int32_t *offset)
{
	const Zone *zone = find_zone(host, name);
	int32_t		before;
	int32_t		after;

	if (zone == NULL)
		return false;
	before = offset_at(zone, local_seconds - NAMI_SECONDS_PER_DAY);
	after = offset_at(zone, local_seconds + NAMI_SECONDS_PER_DAY);
	*offset = before;
	if (offset_at(zone, local_seconds - before) != before &&
		offset_at(zone, local_seconds - after) == after)
		*offset = after;
	return true;
}
