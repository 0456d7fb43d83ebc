/*
 * number.h - numbers as text: exact in both directions, independent of the locale.
 */
#ifndef NAMI_BASE_NUMBER_H
#define NAMI_BASE_NUMBER_H

#include "base/str.h"

/* Room that every out below must have (no terminator is written). */
#define NAMI_NUMBER_TEXT_MAX	32

/*
 * The shortest decimal digits that read back as the same number, the closest of them to it:
 * value = digits * 10^exponent. value must be finite and > 0. Trailing zeros are removed.
 */
typedef struct NamiDecimal
{
	uint64_t	digits;			/* at most 17 decimal digits, not 0 */
	int			exponent;
} NamiDecimal;

extern NamiDecimal nami_number_shortest(double value);
extern NamiDecimal nami_number_shortest32(float value);

/*
 * Text of a finite float as JSON, always with "." or an exponent (spec/storage.md 7.1, 7.3):
 * 1.0, -0.0, 0.00001, 1e+16, 5e-324. Returns the length. nan and infinities are not allowed.
 */
extern size_t nami_number_format_double(double value, char *out);

/* The shortest text that reads back as the same 32-bit float, in the same form. */
extern size_t nami_number_format_float(float value, char *out);

extern size_t nami_number_format_u64(uint64_t value, char *out);
extern size_t nami_number_format_i64(int64_t value, char *out);

typedef enum NamiNumberKind
{
	NAMI_NUMBER_INVALID,		/* not a number of RFC 8259 */
	NAMI_NUMBER_INT,			/* integer token within int64 */
	NAMI_NUMBER_UINT,			/* integer token in 2^63 .. 2^64-1 */
	NAMI_NUMBER_FLOAT,			/* has . or exponent, or is -0, or an integer beyond 64 bits */
	NAMI_NUMBER_OVERFLOW		/* a float too large for a double */
} NamiNumberKind;

typedef struct NamiNumber
{
	NamiNumberKind kind;
	union
	{
		int64_t		integer;	/* INT */
		uint64_t	unsigned_integer;	/* UINT */
		double		number;		/* FLOAT; correctly rounded */
	};
} NamiNumber;

/* Reads a whole token, strictly (no blanks, no leading zeros or plus sign). */
extern NamiNumber nami_number_parse(NamiStr token);

/*
 * Length of the JSON number at the start of text, 0 when there is none. What follows it is the
 * caller's business.
 */
extern size_t nami_number_scan(NamiStr text);

/* An unsigned integer of decimal or hexadecimal digits only; false when empty or too large. */
extern bool nami_number_parse_u64(NamiStr digits, uint64_t *out) __attribute__((warn_unused_result));
extern bool nami_number_parse_hex(NamiStr digits, uint64_t *out) __attribute__((warn_unused_result));

#endif							/* NAMI_BASE_NUMBER_H */
