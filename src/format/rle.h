/*
 * rle.h - the integer encodings of Parquet: the RLE/bit-packed hybrid (levels, dictionary indexes,
 * booleans) and DELTA_BINARY_PACKED.
 *
 * All functions return false when the bytes end before the wanted number of values.
 */
#ifndef NAMI_FORMAT_RLE_H
#define NAMI_FORMAT_RLE_H

#include "base/cursor.h"

/*
 * Decodes count values of bit_width (0 to 8) bits. Values above value_max are refused. Width 0
 * takes no bytes and yields zeros.
 */
extern bool nami_rle_read_u8(NamiCursor cur, unsigned bit_width, uint8_t value_max,
							 uint8_t *out, size_t count) __attribute__((warn_unused_result));

/* The same for widths 0 to 32, without an upper limit for the values. */
extern bool nami_rle_read_u32(NamiCursor cur, unsigned bit_width, uint32_t *out, size_t count)
			__attribute__((warn_unused_result));

/*
 * DELTA_BINARY_PACKED: decodes exactly count values (the stream must hold exactly as many) as
 * two's complement words and advances the cursor past the stream.
 */
extern bool nami_delta_read_u64(NamiCursor *cur, uint64_t *out, size_t count)
			__attribute__((warn_unused_result));

#endif							/* NAMI_FORMAT_RLE_H */
