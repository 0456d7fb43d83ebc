/*
 * number.c - see number.h.
 *
 * Printing follows R. Giulietti, "The Schubfach way to render doubles": one 128-bit power of ten
 * scales the number and the ends of its rounding interval to integers, of which the shortest
 * inside is picked. Reading multiplies by the same powers and settles nearly every token by an
 * error bound; what is too close to the middle of two doubles goes to strtod.
 */
#include "base/number.h"

#include <locale.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/number_table.h"

typedef unsigned __int128 u128;

#define FRACTION_BITS	52
#define HIDDEN_BIT		(UINT64_C(1) << FRACTION_BITS)

/* floor(log10(2^e)), floor(log10(3/4 * 2^e)), floor(log2(10^e)) for every e that occurs here. */
static inline int
floor_log10_pow2(int e)
{
	return (e * 1262611) >> 22;
}

static inline int
floor_log10_three_quarters_pow2(int e)
{
	return (e * 1262611 - 524031) >> 22;
}

static inline int
floor_log2_pow10(int e)
{
	return (e * 1741647) >> 19;
}

/* ceiling-like product / 2^128: the lowest bit says whether anything was cut ("round to odd"). */
static inline uint64_t
round_to_odd(const uint64_t power[2], uint64_t factor)
{
	u128		low = (u128) power[1] * factor;
	u128		sum = (u128) power[0] * factor + (uint64_t) (low >> 64);

	return (uint64_t) (sum >> 64) | ((uint64_t) sum > 1);
}

static NamiDecimal
strip_zeros(uint64_t digits, int exponent)
{
	while (digits % 10 == 0)
	{
		digits /= 10;
		exponent++;
	}
	return (NamiDecimal) {digits, exponent};
}

/*
 * value = c * 2^q; is_low_edge: c is the smallest significand of its binade, so that the lower
 * neighbour is only half as far away.
 */
static NamiDecimal
shortest(uint64_t c, int q, bool is_low_edge)
{
	uint64_t	is_odd = c & 1;
	int			k = is_low_edge ? floor_log10_three_quarters_pow2(q) : floor_log10_pow2(q);
	int			shift = q + floor_log2_pow10(-k) + 1;
	const uint64_t *power = powers_of_ten[-k - NAMI_POWER_MIN];
	uint64_t	middle = round_to_odd(power, (4 * c) << shift);
	uint64_t	lower = round_to_odd(power, (4 * c - (is_low_edge ? 1 : 2)) << shift) + is_odd;
	uint64_t	upper = round_to_odd(power, (4 * c + 2) << shift) - is_odd;
	uint64_t	s = middle / 4;
	bool		below_fits;
	bool		above_fits;

	if (s >= 10)
	{
		uint64_t	tens = s / 10;

		below_fits = lower <= 40 * tens;
		above_fits = 40 * tens + 40 <= upper;
		if (below_fits != above_fits)
			return strip_zeros(tens + above_fits, k + 1);
	}
	below_fits = lower <= 4 * s;
	above_fits = 4 * s + 4 <= upper;
	if (below_fits != above_fits)
		return strip_zeros(s + above_fits, k);
	if (middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1)))
		s++;
	return strip_zeros(s, k);
}

NamiDecimal
nami_number_shortest(double value)
{
	uint64_t	bits;
	uint64_t	fraction;
	int			biased;

	memcpy(&bits, &value, sizeof(bits));
	fraction = bits & (HIDDEN_BIT - 1);
	biased = (int) (bits >> FRACTION_BITS & 0x7FF);
	NAMI_ASSERT(value > 0 && biased != 0x7FF);
	if (value < 0x1p53 && value >= 1 && value == (double) (uint64_t) value)
		return strip_zeros((uint64_t) value, 0);
	if (biased == 0)
		return shortest(fraction, -1074, false);
	return shortest(fraction | HIDDEN_BIT, biased - 1075, fraction == 0 && biased > 1);
}

NamiDecimal
nami_number_shortest32(float value)
{
	uint32_t	bits;
	uint32_t	fraction;
	int			biased;

	memcpy(&bits, &value, sizeof(bits));
	fraction = bits & 0x7FFFFF;
	biased = (int) (bits >> 23 & 0xFF);
	NAMI_ASSERT(value > 0 && biased != 0xFF);
	if (value < 0x1p24f && value >= 1 && value == (float) (uint32_t) value)
		return strip_zeros((uint32_t) value, 0);
	if (biased == 0)
		return shortest(fraction, -149, false);
	return shortest(fraction | 0x800000, biased - 150, fraction == 0 && biased > 1);
}

/* ---- printing ---- */

size_t
nami_number_format_u64(uint64_t value, char *out)
{
	char		reversed[20];
	size_t		len = 0;

	do
	{
		reversed[len++] = (char) ('0' + value % 10);
		value /= 10;
	} while (value != 0);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	return len;
}

size_t
nami_number_format_i64(int64_t value, char *out)
{
	if (value >= 0)
		return nami_number_format_u64((uint64_t) value, out);
	out[0] = '-';
	return 1 + nami_number_format_u64(0 - (uint64_t) value, out + 1);
}

/* Plain notation while the point lies within these many digits, else an exponent. */
#define POINT_MIN	(-4)
#define POINT_MAX	16

static size_t
format_decimal(NamiDecimal decimal, char *out)
{
	char		digits[NAMI_NUMBER_TEXT_MAX];
	size_t		count = nami_number_format_u64(decimal.digits, digits);
	int			point = (int) count + decimal.exponent;	/* 0.DIGITS * 10^point */
	size_t		len = 0;

	if (point > 0 && point <= POINT_MAX)
	{
		for (size_t i = 0; i < (size_t) point; i++)
			out[len++] = i < count ? digits[i] : '0';
		out[len++] = '.';
		if (count <= (size_t) point)
			out[len++] = '0';
		for (size_t i = (size_t) point; i < count; i++)
			out[len++] = digits[i];
		return len;
	}
	if (point <= 0 && point >= POINT_MIN)
	{
		out[len++] = '0';
		out[len++] = '.';
		for (int i = point; i < 0; i++)
			out[len++] = '0';
		memcpy(out + len, digits, count);
		return len + count;
	}
	out[len++] = digits[0];
	if (count > 1)
	{
		out[len++] = '.';
		memcpy(out + len, digits + 1, count - 1);
		len += count - 1;
	}
	out[len++] = 'e';
	out[len++] = point - 1 < 0 ? '-' : '+';
	return len + nami_number_format_u64((uint64_t) abs(point - 1), out + len);
}

size_t
nami_number_format_double(double value, char *out)
{
	size_t		len = 0;

	if (__builtin_signbit(value))
	{
		out[len++] = '-';
		value = -value;
	}
	if (value == 0)
	{
		memcpy(out + len, "0.0", 3);
		return len + 3;
	}
	return len + format_decimal(nami_number_shortest(value), out + len);
}

size_t
nami_number_format_float(float value, char *out)
{
	size_t		len = 0;

	if (__builtin_signbit(value))
	{
		out[len++] = '-';
		value = -value;
	}
	if (value == 0)
	{
		memcpy(out + len, "0.0", 3);
		return len + 3;
	}
	return len + format_decimal(nami_number_shortest32(value), out + len);
}

/* ---- reading ---- */

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline size_t
skip_digits(NamiStr text, size_t pos)
{
	while (pos < text.len && is_digit(text.ptr[pos]))
		pos++;
	return pos;
}

size_t
nami_number_scan(NamiStr text)
{
	size_t		pos = text.len > 0 && text.ptr[0] == '-';
	size_t		start = pos;
	size_t		end;

	pos = skip_digits(text, pos);
	if (pos == start || (text.ptr[start] == '0' && pos - start > 1))
		return 0;
	if (pos < text.len && text.ptr[pos] == '.')
	{
		end = skip_digits(text, pos + 1);
		if (end == pos + 1)
			return 0;
		pos = end;
	}
	if (pos < text.len && (text.ptr[pos] | 0x20) == 'e')
	{
		start = pos + 1;
		if (start < text.len && (text.ptr[start] == '+' || text.ptr[start] == '-'))
			start++;
		end = skip_digits(text, start);
		if (end == start)
			return 0;
		pos = end;
	}
	return pos;
}

/* A float token taken apart: mantissa digits (all of them) and the power of ten behind. */
typedef struct FloatParts
{
	uint64_t	mantissa;		/* the first 19 significant digits */
	unsigned	digit_count;	/* significant digits, also those not in mantissa; clipped */
	int64_t		exponent;		/* value = all digits as one integer * 10^exponent */
	bool		is_negative;
} FloatParts;

#define MANTISSA_DIGITS	19
#define EXPONENT_CLIP	INT64_C(1000000000)

static FloatParts
take_apart(NamiStr token)
{
	FloatParts	parts = {0};
	size_t		pos = 0;
	bool		is_fraction = false;
	int64_t		written = 0;
	bool		is_negative_exponent = false;

	if (token.ptr[0] == '-')
	{
		parts.is_negative = true;
		pos = 1;
	}
	for (; pos < token.len && (token.ptr[pos] | 0x20) != 'e'; pos++)
	{
		if (token.ptr[pos] == '.')
		{
			is_fraction = true;
			continue;
		}
		if (is_fraction)
			parts.exponent--;
		if (parts.digit_count == 0 && token.ptr[pos] == '0')
			continue;
		if (parts.digit_count < MANTISSA_DIGITS)
			parts.mantissa = parts.mantissa * 10 + (uint64_t) (token.ptr[pos] - '0');
		if (parts.digit_count < UINT32_MAX)
			parts.digit_count++;
	}
	if (pos < token.len)
	{
		pos++;
		if (token.ptr[pos] == '-' || token.ptr[pos] == '+')
			is_negative_exponent = token.ptr[pos++] == '-';
		for (; pos < token.len; pos++)
		{
			if (written < EXPONENT_CLIP)
				written = written * 10 + (token.ptr[pos] - '0');
		}
	}
	parts.exponent += is_negative_exponent ? -written : written;
	return parts;
}

/*
 * mantissa * 10^exponent, correctly rounded, when that can be told from 128 bits of the product;
 * false otherwise. power is at most 1 too large in its last bit, so with P = the upper 128 bits of
 * the 192-bit product the true value lies in [P - 1, P + 1] (in units of P's last bit).
 */
static bool
scale_fast(uint64_t mantissa, int exponent, double *out)
{
	const uint64_t *power;
	u128		product;
	u128		rest;
	u128		half;
	uint64_t	significand;
	int			shift;
	int			drop;
	int			binary;

	if (exponent < NAMI_POWER_MIN || exponent > 308)
		return false;
	power = powers_of_ten[exponent - NAMI_POWER_MIN];
	shift = __builtin_clzll(mantissa);
	mantissa <<= shift;
	product = (u128) power[0] * mantissa + (uint64_t) (((u128) power[1] * mantissa) >> 64);
	drop = (uint64_t) (product >> 64) >> 63 ? 75 : 74;
	significand = (uint64_t) (product >> drop);
	rest = product & (((u128) 1 << drop) - 1);
	half = (u128) 1 << (drop - 1);
	if (rest < 2 || rest > ((u128) 1 << drop) - 3 || (rest > half - 3 && rest < half + 3))
		return false;
	significand += rest > half;
	/* product * 2^(floor_log2_pow10 - 127 + 64 - shift) is the value. */
	binary = floor_log2_pow10(exponent) - 127 + 64 - shift + drop;
	if (significand == HIDDEN_BIT * 2)
	{
		significand >>= 1;
		binary++;
	}
	if (binary < -1074 || binary > 971)
		return false;
	significand = (significand & (HIDDEN_BIT - 1)) |
		(uint64_t) (binary + 1075) << FRACTION_BITS;
	memcpy(out, &significand, sizeof(*out));
	return true;
}

/*
 * The slow, exact way. Digits behind the 800th cannot change the rounding but by being there at
 * all (the middle between two doubles has at most 768), so they are replaced by a single 1.
 */
static double
scale_exact(NamiStr token, FloatParts parts)
{
	enum
	{
		KEPT = 800
	};
	char		text[KEPT + 40];
	size_t		len = 0;
	unsigned	taken = 0;
	bool		is_sticky = false;
	int64_t		exponent = parts.exponent;
	size_t		pos = token.ptr[0] == '-';

	for (; pos < token.len && (token.ptr[pos] | 0x20) != 'e'; pos++)
	{
		char		c = token.ptr[pos];

		if (c == '.' || (taken == 0 && c == '0'))
			continue;
		taken++;
		if (taken <= KEPT)
			text[len++] = c;
		else
		{
			is_sticky |= c != '0';
			exponent++;
		}
	}
	if (is_sticky)
	{
		text[len++] = '1';
		exponent--;
	}
	/* An integer with an exponent has no decimal point, so the locale does not matter. */
	text[len++] = 'e';
	if (exponent > EXPONENT_CLIP)
		exponent = EXPONENT_CLIP;
	if (exponent < -EXPONENT_CLIP)
		exponent = -EXPONENT_CLIP;
	len += nami_number_format_i64(exponent, text + len);
	text[len] = '\0';
	return strtod(text, NULL);
}

static NamiNumber
parse_float(NamiStr token)
{
	static const double exact_powers[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	FloatParts	parts = take_apart(token);
	NamiNumber	result = {.kind = NAMI_NUMBER_FLOAT};
	double		value;

	if (parts.digit_count == 0)
		value = 0;
	else if (parts.mantissa < HIDDEN_BIT * 2 && parts.digit_count <= MANTISSA_DIGITS &&
			 parts.exponent >= -22 && parts.exponent <= 22)
	{
		/* Both operands are exact, so the one operation rounds correctly. */
		if (parts.exponent < 0)
			value = (double) parts.mantissa / exact_powers[-parts.exponent];
		else
			value = (double) parts.mantissa * exact_powers[parts.exponent];
	}
	else if (parts.digit_count > MANTISSA_DIGITS || parts.exponent < NAMI_POWER_MIN ||
			 parts.exponent > NAMI_POWER_MAX ||
			 !scale_fast(parts.mantissa, (int) parts.exponent, &value))
		value = scale_exact(token, parts);
	if (__builtin_isinf(value))
		return (NamiNumber) {.kind = NAMI_NUMBER_OVERFLOW};
	result.number = parts.is_negative ? -value : value;
	return result;
}

NamiNumber
nami_number_parse(NamiStr token)
{
	bool		is_negative;
	NamiStr		digits;
	uint64_t	magnitude;

	if (token.len == 0 || nami_number_scan(token) != token.len)
		return (NamiNumber) {.kind = NAMI_NUMBER_INVALID};
	is_negative = token.ptr[0] == '-';
	digits = nami_str_slice(token, is_negative, SIZE_MAX);
	if (!nami_number_parse_u64(digits, &magnitude))
		return parse_float(token);
	if (!is_negative)
	{
		if (magnitude <= INT64_MAX)
			return (NamiNumber) {.kind = NAMI_NUMBER_INT, .integer = (int64_t) magnitude};
		return (NamiNumber) {.kind = NAMI_NUMBER_UINT, .unsigned_integer = magnitude};
	}
	if (magnitude == 0)
		return (NamiNumber) {.kind = NAMI_NUMBER_FLOAT, .number = -0.0};
	if (magnitude > (uint64_t) INT64_MAX + 1)
		return parse_float(token);
	return (NamiNumber) {.kind = NAMI_NUMBER_INT, .integer = (int64_t) (0 - magnitude)};
}

bool
nami_number_parse_u64(NamiStr digits, uint64_t *out)
{
	uint64_t	value = 0;

	if (digits.len == 0)
		return false;
	for (size_t i = 0; i < digits.len; i++)
	{
		if (!is_digit(digits.ptr[i]) || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t) (digits.ptr[i] - '0'), &value))
			return false;
	}
	*out = value;
	return true;
}

bool
nami_number_parse_hex(NamiStr digits, uint64_t *out)
{
	uint64_t	value = 0;

	if (digits.len == 0)
		return false;
	for (size_t i = 0; i < digits.len; i++)
	{
		char		c = digits.ptr[i];
		unsigned	nibble;

		if (is_digit(c))
			nibble = (unsigned) (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			nibble = (unsigned) ((c | 0x20) - 'a' + 10);
		else
			return false;
		if (value >> 60 != 0)
			return false;
		value = value << 4 | nibble;
	}
	*out = value;
	return true;
}
