/*
 * format_rle_test.c - Parquet's integer encodings on the examples of the Parquet specification
 * (Encodings.md) and at their limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "format/rle.h"

static NamiCursor
bytes(const char *text, size_t len)
{
	return nami_cursor(text, len);
}

#define BYTES(literal)	bytes(literal, sizeof(literal) - 1)

static void
packed_run_of_the_specification(void **state)
{
	/* the numbers 0 to 7 in three bits each are 88 C6 FA; one group of eight: header 3 */
	NamiCursor	cur = BYTES("\x03\x88\xC6\xFA");
	uint32_t	words[8];
	uint8_t		levels[8];

	assert_true(nami_rle_read_u32(cur, 3, words, 8));
	assert_true(nami_rle_read_u8(cur, 3, 7, levels, 8));
	for (unsigned i = 0; i < 8; i++)
	{
		assert_int_equal(words[i], i);
		assert_int_equal(levels[i], i);
	}
	/* fewer wanted than there are; more wanted than there are; a value above the maximum */
	assert_true(nami_rle_read_u32(cur, 3, words, 5));
	assert_false(nami_rle_read_u32(cur, 3, words, 9));
	assert_false(nami_rle_read_u8(cur, 3, 6, levels, 8));
	/* padding left out: five values need two bytes */
	assert_true(nami_rle_read_u32(BYTES("\x03\x88\xC6"), 3, words, 5));
	assert_false(nami_rle_read_u32(BYTES("\x03\x88\xC6"), 3, words, 6));
}

static void
repeated_runs(void **state)
{
	uint32_t	words[70];

	/* 64 times 0x012345 in 17 bits (three bytes), then 6 times 1 */
	assert_true(nami_rle_read_u32(BYTES("\x80\x01\x45\x23\x01\x0C\x01\x00\x00"), 17, words, 70));
	assert_int_equal(words[0], 0x12345);
	assert_int_equal(words[63], 0x12345);
	assert_int_equal(words[64], 1);
	assert_int_equal(words[69], 1);
	/* a value that does not fit its width */
	assert_false(nami_rle_read_u32(BYTES("\x80\x01\x45\x23\x03"), 17, words, 64));
	/* width 0 takes nothing; width 33 is none */
	assert_true(nami_rle_read_u32(BYTES(""), 0, words, 70));
	assert_int_equal(words[69], 0);
	assert_false(nami_rle_read_u32(BYTES("\x02\0\0\0\0\0"), 33, words, 1));
	/* runs of no values end with the bytes */
	assert_false(nami_rle_read_u32(BYTES("\x00\x00\x00\x00"), 8, words, 3));
	/* a run length near 2^64 */
	assert_true(nami_rle_read_u32(BYTES("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x07"), 3, words, 70));
	assert_int_equal(words[69], 7);
	assert_false(nami_rle_read_u32(BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x07"), 3, words, 70));
}

static void
deltas_of_the_specification(void **state)
{
	/* 1, 2, 3, 4, 5: block 128, 4 miniblocks, 5 values, first 1; delta 1, widths 0 */
	NamiCursor	same = BYTES("\x80\x01\x04\x05\x02\x02\x00\x00\x00\x00");
	/* 7, 5, 3, 1, 2, 3, 4, 5: deltas -2 -2 -2 1 1 1 1: least -2, relative 0 0 0 3 3 3 3 in 2 bits */
	NamiCursor	mixed = BYTES("\x80\x01\x04\x08\x0E\x03\x02\x00\x00\x00\xC0\x3F\0\0\0\0\0\0rest");
	static const uint64_t expected[] = {7, 5, 3, 1, 2, 3, 4, 5};
	uint64_t	words[8];
	NamiCursor	cur = same;

	assert_true(nami_delta_read_u64(&cur, words, 5));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(words[i], i + 1);
	assert_int_equal(cur.len, 0);
	cur = same;
	assert_false(nami_delta_read_u64(&cur, words, 4));
	cur = mixed;
	assert_true(nami_delta_read_u64(&cur, words, 8));
	assert_memory_equal(words, expected, sizeof(expected));
	assert_int_equal(cur.len, 4);
	cur = nami_cursor(mixed.ptr, mixed.len - 5);
	assert_false(nami_delta_read_u64(&cur, words, 8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_run_of_the_specification),
		cmocka_unit_test(repeated_runs),
		cmocka_unit_test(deltas_of_the_specification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
