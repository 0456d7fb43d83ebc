/*
 * utf8.h - UTF-8 text: checking, counting, code point <-> byte offset.
 *
 * Texts from outside are checked once with nami_utf8_is_valid(); the other functions rely on that
 * but never read outside the given bytes, whatever they hold.
 */
#ifndef NAMI_BASE_UTF8_H
#define NAMI_BASE_UTF8_H

#include "base/str.h"

#define NAMI_UTF8_MAX	4		/* bytes of the longest code point */

/* Well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing above U+10FFFF. */
extern bool nami_utf8_is_valid(NamiStr text);

/* True when all bytes are below 0x80. */
extern bool nami_utf8_is_ascii(NamiStr text);

/* Number of code points. */
extern size_t nami_utf8_count(NamiStr text);

/* Byte offset of the code point with that 0-based index; text.len when there are fewer. */
extern size_t nami_utf8_offset(NamiStr text, size_t code_point_index);

/* Number of code points before the byte offset (clipped to the text). */
extern size_t nami_utf8_index(NamiStr text, size_t byte_offset);

/*
 * The code point at *pos, which must be < text.len; moves *pos behind it. A malformed byte gives
 * U+FFFD and moves by one.
 */
extern uint32_t nami_utf8_next(NamiStr text, size_t *pos);

/* The code point that ends at *pos (> 0); moves *pos to its start. */
extern uint32_t nami_utf8_previous(NamiStr text, size_t *pos);

/* Writes 1 .. 4 bytes, returns their number; a value that is no scalar value becomes U+FFFD. */
extern size_t nami_utf8_encode(uint32_t code_point, char out[NAMI_UTF8_MAX]);

#endif							/* NAMI_BASE_UTF8_H */
