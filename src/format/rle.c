/*
 * rle.c - see rle.h.
 */
#include "format/rle.h"

#include <endian.h>

#define DELTA_BLOCK_VALUES_MAX	(1u << 20)
#define DELTA_MINIBLOCKS_MAX	512u

/* bit_width (1 to 32) bits at bit position pos, LSB first; the caller has checked the bounds. */
static inline uint32_t
unpack_u32(const uint8_t *src, size_t len, uint64_t pos, unsigned bit_width)
{
	size_t		byte = (size_t) (pos >> 3);
	uint64_t	word;

	if (len - byte >= 8)
	{
		memcpy(&word, src + byte, 8);
		word = le64toh(word);
	}
	else
		word = nami_load_le(src + byte, (unsigned) (len - byte));
	return (uint32_t) ((word >> (pos & 7)) & ((UINT64_C(1) << bit_width) - 1));
}

typedef struct Run
{
	bool		is_packed;
	uint32_t	value;			/* of a repeated run */
	const uint8_t *bits;		/* of a packed run */
	size_t		bits_len;
	size_t		count;			/* values of the run that are wanted */
} Run;

/*
 * Takes the next run, of which at most wanted values count. A packed run is padded to a multiple of
 * eight values; the last one may be cut short by writers that leave the padding out.
 */
static bool
next_run(NamiCursor *cur, unsigned bit_width, size_t wanted, Run *run)
{
	uint64_t	header;
	uint64_t	count;
	uint64_t	bytes;
	const uint8_t *src;

	if (!nami_cursor_read_varint(cur, &header))
		return false;
	run->is_packed = (header & 1) != 0;
	count = header >> 1;
	if (!run->is_packed)
	{
		unsigned	width_bytes = (bit_width + 7) / 8;

		if (!nami_cursor_take(cur, width_bytes, &src))
			return false;
		run->value = (uint32_t) nami_load_le(src, width_bytes);
		run->count = count < wanted ? (size_t) count : wanted;
		return bit_width == 32 || run->value >> bit_width == 0;
	}
	if (count > UINT64_MAX / 8 / 32)
		return false;
	bytes = count * bit_width;
	count *= 8;
	run->count = count < wanted ? (size_t) count : wanted;
	if (bytes > cur->len)
		bytes = cur->len;
	if (bytes < ((uint64_t) run->count * bit_width + 7) / 8)
		return false;
	run->bits_len = (size_t) bytes;
	return nami_cursor_take(cur, (size_t) bytes, &run->bits);
}

bool
nami_rle_read_u8(NamiCursor cur, unsigned bit_width, uint8_t value_max, uint8_t *out, size_t count)
{
	size_t		done = 0;
	Run			run;

	if (bit_width == 0)
	{
		if (count > 0)
			memset(out, 0, count);
		return true;
	}
	while (done < count)
	{
		if (!next_run(&cur, bit_width, count - done, &run))
			return false;
		if (!run.is_packed)
		{
			if (run.value > value_max)
				return false;
			memset(out + done, (int) run.value, run.count);
		}
		else
		{
			unsigned	over = 0;

			for (size_t i = 0; i < run.count; i++)
			{
				uint32_t	value = unpack_u32(run.bits, run.bits_len, (uint64_t) i * bit_width,
											   bit_width);

				over |= value > value_max;
				out[done + i] = (uint8_t) value;
			}
			if (over)
				return false;
		}
		done += run.count;
	}
	return true;
}

bool
nami_rle_read_u32(NamiCursor cur, unsigned bit_width, uint32_t *out, size_t count)
{
	size_t		done = 0;
	Run			run;

	if (bit_width > 32)
		return false;
	if (bit_width == 0)
	{
		if (count > 0)
			memset(out, 0, count * sizeof(*out));
		return true;
	}
	while (done < count)
	{
		if (!next_run(&cur, bit_width, count - done, &run))
			return false;
		for (size_t i = 0; i < run.count; i++)
			out[done + i] = run.is_packed ?
				unpack_u32(run.bits, run.bits_len, (uint64_t) i * bit_width, bit_width) :
				run.value;
		done += run.count;
	}
	return true;
}

/* Up to 64 bits, which may spread over nine bytes. */
static uint64_t
unpack_u64(const uint8_t *src, uint64_t pos, unsigned bit_width)
{
	uint64_t	value = 0;
	unsigned	got = 0;

	while (got < bit_width)
	{
		unsigned	shift = (unsigned) (pos & 7);
		unsigned	take = 8 - shift;

		if (take > bit_width - got)
			take = bit_width - got;
		value |= (uint64_t) ((src[pos >> 3] >> shift) & ((1u << take) - 1)) << got;
		got += take;
		pos += take;
	}
	return value;
}

static bool
read_zigzag(NamiCursor *cur, uint64_t *out)
{
	uint64_t	raw;

	if (!nami_cursor_read_varint(cur, &raw))
		return false;
	*out = (raw >> 1) ^ (0 - (raw & 1));
	return true;
}

/*
 * One block: the smallest delta, a width for each miniblock, the miniblocks. Those after the last
 * value have a width but no bytes.
 */
static bool
read_delta_block(NamiCursor *cur, uint64_t miniblocks, uint64_t miniblock_values,
				 uint64_t *last, uint64_t *out, size_t count, size_t *done)
{
	uint64_t	min_delta;
	const uint8_t *widths;

	if (!read_zigzag(cur, &min_delta) || !nami_cursor_take(cur, (size_t) miniblocks, &widths))
		return false;
	for (uint64_t m = 0; m < miniblocks && *done < count; m++)
	{
		const uint8_t *bits;

		if (widths[m] > 64 ||
			!nami_cursor_take(cur, (size_t) (widths[m] * miniblock_values / 8), &bits))
			return false;
		for (uint64_t i = 0; i < miniblock_values && *done < count; i++)
		{
			*last += min_delta + unpack_u64(bits, i * widths[m], widths[m]);
			out[(*done)++] = *last;
		}
	}
	return true;
}

bool
nami_delta_read_u64(NamiCursor *cur, uint64_t *out, size_t count)
{
	uint64_t	block_values,
				miniblocks,
				total,
				last;
	size_t		done = 0;

	if (!nami_cursor_read_varint(cur, &block_values) ||
		!nami_cursor_read_varint(cur, &miniblocks) ||
		!nami_cursor_read_varint(cur, &total) ||
		!read_zigzag(cur, &last))
		return false;
	if (block_values == 0 || block_values > DELTA_BLOCK_VALUES_MAX ||
		miniblocks == 0 || miniblocks > DELTA_MINIBLOCKS_MAX ||
		block_values % (miniblocks * 8) != 0 || total != count)
		return false;
	if (count == 0)
		return true;
	out[done++] = last;
	while (done < count)
	{
		if (!read_delta_block(cur, miniblocks, block_values / miniblocks, &last, out, count, &done))
			return false;
	}
	return true;
}
