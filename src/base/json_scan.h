/*
 * json_scan.h - the lexical layer of JSON (RFC 8259), shared by the pull reader, the document tree
 * and the property decoder.
 *
 * The input must be valid UTF-8 as a whole (check it once, nami_utf8_is_valid); then every string
 * found inside it is. Nothing here allocates but the unescaping of strings that hold a backslash.
 */
#ifndef NAMI_BASE_JSON_SCAN_H
#define NAMI_BASE_JSON_SCAN_H

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"

/* Skips blanks, tabs and line ends. */
static inline void
nami_json_skip_space(NamiCursor *cur)
{
	while (cur->len > 0 && (*cur->ptr == ' ' || *cur->ptr == '\n' || *cur->ptr == '\r' ||
							*cur->ptr == '\t'))
	{
		cur->ptr++;
		cur->len--;
	}
}

/*
 * Number of bytes before the first quote, backslash or control character (below 0x20); len when
 * there is none. Eight bytes a step.
 */
static inline size_t
nami_json_plain_len(const uint8_t *ptr, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t highs = UINT64_C(0x8080808080808080);
	size_t		pos = 0;

	for (; len - pos >= 8; pos += 8)
	{
		uint64_t	word;
		uint64_t	quote;
		uint64_t	slash;
		uint64_t	hit;

		memcpy(&word, ptr + pos, sizeof(word));
		quote = word ^ (ones * '"');
		slash = word ^ (ones * '\\');

		/* Exact for the lowest hit: a borrow can only run upwards from a real one. */
		hit = ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
			((slash - ones) & ~slash);
		hit &= highs;
		if (hit != 0)
		{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			return pos + (size_t) __builtin_ctzll(hit) / 8;
#else
			break;
#endif
		}
	}
	while (pos < len && ptr[pos] >= 0x20 && ptr[pos] != '"' && ptr[pos] != '\\')
		pos++;
	return pos;
}

/* Why a scan failed; the text of the message comes from nami_json_fault_text. */
typedef enum NamiJsonFault
{
	NAMI_JSON_FINE = 0,
	NAMI_JSON_TRUNCATED,
	NAMI_JSON_UNEXPECTED,		/* another character than the grammar allows */
	NAMI_JSON_BAD_ESCAPE,
	NAMI_JSON_LONE_SURROGATE,
	NAMI_JSON_CONTROL_CHARACTER,
	NAMI_JSON_BAD_NUMBER,
	NAMI_JSON_BAD_UTF8,
	NAMI_JSON_TOO_DEEP,
	NAMI_JSON_TRAILING
} NamiJsonFault;

extern const char *nami_json_fault_text(NamiJsonFault fault);

/*
 * Takes a string that begins with a quote. *raw is what stands between the quotes; *has_escape says
 * whether it must be unescaped. Escapes are checked here.
 */
extern NamiJsonFault nami_json_scan_string(NamiCursor *cur, NamiStr *raw, bool *has_escape)
			__attribute__((warn_unused_result));

/* The text of a scanned string, in the arena. */
extern NamiStr nami_json_unescape(NamiArena *arena, NamiStr raw);

/* Takes a number, checked against the grammar. */
extern NamiJsonFault nami_json_scan_number(NamiCursor *cur, NamiStr *token)
			__attribute__((warn_unused_result));

/* Takes true, false or null when it stands here. */
extern bool nami_json_take_word(NamiCursor *cur, NamiStr word) __attribute__((warn_unused_result));

/*
 * Takes one whole value of at most depth_max nested containers and checks its grammar. No
 * recursion. *raw is its text without surrounding space.
 */
#define NAMI_JSON_DEPTH_LIMIT	512
extern NamiJsonFault nami_json_scan_value(NamiCursor *cur, unsigned depth_max, NamiStr *raw)
			__attribute__((warn_unused_result));

#endif							/* NAMI_BASE_JSON_SCAN_H */
