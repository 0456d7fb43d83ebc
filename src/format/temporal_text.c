/*
 * temporal_text.c - see temporal_text.h.
 */
#include "format/temporal_text.h"

#include "base/civil.h"
#include "base/number.h"

static const struct
{
	NamiKind	kind;
	NamiStr		name;
}			type_names[] = {
	{NAMI_LOCALDATETIME, NAMI_STR_INIT("localdatetime")},
	{NAMI_LOCALTIME, NAMI_STR_INIT("localtime")},
	{NAMI_TIME, NAMI_STR_INIT("time")},
	{NAMI_DURATION, NAMI_STR_INIT("duration")},
};

#define TYPE_COUNT	(sizeof(type_names) / sizeof(type_names[0]))

NamiStr
nami_temporal_type_name(NamiKind kind)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
	{
		if (type_names[i].kind == kind)
			return type_names[i].name;
	}
	return NAMI_STR("");
}

NamiKind
nami_temporal_kind(NamiStr type_name)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
	{
		if (nami_str_eq(type_names[i].name, type_name))
			return type_names[i].kind;
	}
	return NAMI_NULL;
}

/* ---- writing ---- */

static size_t
put_part(char *out, int64_t value, char unit)
{
	size_t		len;

	if (value == 0)
		return 0;
	len = nami_number_format_i64(value, out);
	out[len++] = unit;
	return len;
}

/*
 * Hours, minutes and seconds carry the sign of the whole: -0.5 s is stored as -1 s + 500,000,000 ns
 * and written "PT-0.5S".
 */
static size_t
put_clock_parts(char *out, int64_t seconds, int32_t nanoseconds)
{
	bool		is_negative = seconds < 0;
	uint64_t	magnitude;
	uint32_t	fraction = (uint32_t) nanoseconds;
	size_t		len = 0;

	if (is_negative && fraction > 0)
	{
		seconds++;
		fraction = (uint32_t) NAMI_NANOS_PER_SECOND - fraction;
	}
	magnitude = is_negative ? 0 - (uint64_t) seconds : (uint64_t) seconds;
	len += put_part(out + len, (int64_t) (magnitude / 3600) * (is_negative ? -1 : 1), 'H');
	len += put_part(out + len, (int64_t) (magnitude / 60 % 60) * (is_negative ? -1 : 1), 'M');
	if (magnitude % 60 == 0 && fraction == 0)
		return len;
	if (is_negative)
		out[len++] = '-';
	len += nami_number_format_u64(magnitude % 60, out + len);
	if (fraction > 0)
	{
		char		digits[NAMI_NUMBER_TEXT_MAX];
		size_t		count;

		/* A leading 1 keeps the zeros in front of the fraction. */
		count = nami_number_format_u64(fraction + (uint64_t) NAMI_NANOS_PER_SECOND, digits);
		while (digits[count - 1] == '0')
			count--;
		out[len++] = '.';
		memcpy(out + len, digits + 1, count - 1);
		len += count - 1;
	}
	out[len++] = 'S';
	return len;
}

size_t
nami_duration_format(const NamiDuration *duration, char *out)
{
	size_t		len = 0;

	out[len++] = 'P';
	len += put_part(out + len, duration->months / 12, 'Y');
	len += put_part(out + len, duration->months % 12, 'M');
	len += put_part(out + len, duration->days, 'D');
	if (duration->seconds != 0 || duration->nanoseconds != 0)
	{
		out[len++] = 'T';
		len += put_clock_parts(out + len, duration->seconds, duration->nanoseconds);
	}
	if (len == 1)
	{
		memcpy(out + len, "T0S", 3);
		len += 3;
	}
	return len;
}

size_t
nami_temporal_format(NamiValue value, char *out)
{
	int64_t		seconds = value.integer;
	size_t		len;

	if (value.kind == NAMI_DURATION)
		return nami_duration_format(value.duration, out);
	if (value.kind == NAMI_LOCALTIME)
		return nami_civil_format_time(value.integer, out);
	if (value.kind == NAMI_TIME)
	{
		len = nami_civil_format_time(value.integer, out);
		return len + nami_civil_format_offset((int32_t) value.len, out + len);
	}
	len = nami_civil_format_date(nami_floor_div(seconds, NAMI_SECONDS_PER_DAY), out);
	out[len++] = 'T';
	return len + nami_civil_format_time(nami_floor_mod(seconds, NAMI_SECONDS_PER_DAY) *
										NAMI_NANOS_PER_SECOND + value.len, out + len);
}

/* ---- reading ---- */

typedef struct DurationPart
{
	int64_t		whole;			/* with sign */
	int64_t		nanoseconds;	/* with sign; seconds only */
	bool		has_fraction;
	char		unit;
} DurationPart;

static bool
take_part(NamiStr *text, DurationPart *part)
{
	bool		is_negative = text->len > 0 && text->ptr[0] == '-';
	size_t		pos = is_negative || (text->len > 0 && text->ptr[0] == '+');
	size_t		start = pos;
	uint64_t	magnitude;

	*part = (DurationPart) {0};
	while (pos < text->len && text->ptr[pos] >= '0' && text->ptr[pos] <= '9')
		pos++;
	if (!nami_number_parse_u64(nami_str_slice(*text, start, pos - start), &magnitude) ||
		magnitude > (uint64_t) INT64_MAX + is_negative)
		return false;
	part->whole = (int64_t) (is_negative ? 0 - magnitude : magnitude);
	if (pos < text->len && text->ptr[pos] == '.')
	{
		int64_t		scale = NAMI_NANOS_PER_SECOND;

		start = ++pos;
		for (; pos < text->len && text->ptr[pos] >= '0' && text->ptr[pos] <= '9'; pos++)
		{
			scale /= 10;
			part->nanoseconds += (text->ptr[pos] - '0') * scale;
		}
		if (pos == start)
			return false;
		part->has_fraction = true;
		if (is_negative)
			part->nanoseconds = -part->nanoseconds;
	}
	if (pos >= text->len)
		return false;
	part->unit = text->ptr[pos++];
	text->ptr += pos;
	text->len -= pos;
	return true;
}

static bool
add_scaled(int64_t *sum, int64_t value, int64_t scale)
{
	return !__builtin_mul_overflow(value, scale, &value) &&
		!__builtin_add_overflow(*sum, value, sum);
}

static bool
add_part(NamiDuration *duration, DurationPart part, bool is_clock)
{
	if (part.has_fraction && !(is_clock && part.unit == 'S'))
		return false;
	switch (part.unit)
	{
		case 'Y':
			return !is_clock && add_scaled(&duration->months, part.whole, 12);
		case 'M':
			if (is_clock)
				return add_scaled(&duration->seconds, part.whole, 60);
			return add_scaled(&duration->months, part.whole, 1);
		case 'W':
			return !is_clock && add_scaled(&duration->days, part.whole, 7);
		case 'D':
			return !is_clock && add_scaled(&duration->days, part.whole, 1);
		case 'H':
			return is_clock && add_scaled(&duration->seconds, part.whole, 3600);
		case 'S':
			if (!is_clock || !add_scaled(&duration->seconds, part.whole, 1))
				return false;
			if (part.nanoseconds < 0)
			{
				part.nanoseconds += NAMI_NANOS_PER_SECOND;
				if (!add_scaled(&duration->seconds, -1, 1))
					return false;
			}
			duration->nanoseconds = (int32_t) part.nanoseconds;
			return true;
		default:
			return false;
	}
}

bool
nami_duration_parse(NamiStr text, NamiDuration *out)
{
	NamiDuration duration = {0};
	const char *next = "YMWD";
	bool		is_clock = false;
	bool		is_empty = true;

	if (text.len < 2 || text.ptr[0] != 'P')
		return false;
	text.ptr++;
	text.len--;
	while (text.len > 0)
	{
		DurationPart part;

		if (!is_clock && text.ptr[0] == 'T')
		{
			is_clock = true;
			is_empty = true;	/* something must follow the T */
			next = "HMS";
			text.ptr++;
			text.len--;
			continue;
		}
		if (!take_part(&text, &part))
			return false;
		/* Units come in order, each at most once. */
		next = part.unit == '\0' ? NULL : strchr(next, part.unit);
		if (next == NULL || !add_part(&duration, part, is_clock))
			return false;
		next++;
		is_empty = false;
	}
	if (is_empty)
		return false;
	*out = duration;
	return true;
}

bool
nami_temporal_parse(NamiArena *arena, NamiKind kind, NamiStr text, NamiValue *out)
{
	NamiDuration duration;
	int64_t		days;
	int64_t		of_day;
	int32_t		offset = 0;

	if (kind == NAMI_DURATION)
	{
		if (!nami_duration_parse(text, &duration))
			return false;
		*out = (NamiValue) {.kind = NAMI_DURATION};
		out->duration = nami_arena_memdup(arena, &duration, sizeof(duration));
		return true;
	}
	if (kind == NAMI_LOCALDATETIME)
	{
		if (!nami_civil_take_date(&text, &days) || text.len == 0 || text.ptr[0] != 'T')
			return false;
		text.ptr++;
		text.len--;
		if (!nami_civil_take_time(&text, &of_day) || text.len > 0)
			return false;
		*out = (NamiValue) {.kind = NAMI_LOCALDATETIME};
		out->integer = days * NAMI_SECONDS_PER_DAY + of_day / NAMI_NANOS_PER_SECOND;
		out->len = (uint32_t) (of_day % NAMI_NANOS_PER_SECOND);
		return true;
	}
	if (!nami_civil_take_time(&text, &of_day))
		return false;
	if (kind == NAMI_TIME && !nami_civil_take_offset(&text, &offset))
		return false;
	if (text.len > 0)
		return false;
	*out = (NamiValue) {.kind = (uint8_t) kind, .len = (uint32_t) offset, .integer = of_day};
	return true;
}
