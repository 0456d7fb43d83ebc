/*
 * utf8.c - see utf8.h.
 */
#include "base/utf8.h"

#define HIGH_BITS	UINT64_C(0x8080808080808080)
#define REPLACEMENT 0xFFFD

static inline uint64_t
load_word(const uint8_t *src)
{
	uint64_t	word;

	memcpy(&word, src, sizeof(word));
	return word;
}

/* Number of leading ASCII bytes, found 32 bytes at a time; may stop up to 31 bytes early. */
static inline size_t
ascii_blocks(const uint8_t *ptr, size_t len)
{
	size_t		pos = 0;

	while (len - pos >= 32)
	{
		uint64_t	seen = load_word(ptr + pos) | load_word(ptr + pos + 8) |
			load_word(ptr + pos + 16) | load_word(ptr + pos + 24);

		if (seen & HIGH_BITS)
			break;
		pos += 32;
	}
	return pos;
}

/*
 * Length of the well-formed sequence at ptr, 0 when malformed. Table 3-7 of the Unicode standard:
 * only the second byte's range depends on the first byte.
 */
static inline size_t
sequence_len(const uint8_t *ptr, size_t len)
{
	uint8_t		first = ptr[0];
	uint8_t		low = 0x80;
	uint8_t		high = 0xBF;
	size_t		need;

	if (first < 0x80)
		return 1;
	if (first < 0xC2)
		return 0;
	if (first < 0xE0)
		need = 2;
	else if (first < 0xF0)
	{
		need = 3;
		if (first == 0xE0)
			low = 0xA0;
		else if (first == 0xED)
			high = 0x9F;
	}
	else if (first < 0xF5)
	{
		need = 4;
		if (first == 0xF0)
			low = 0x90;
		else if (first == 0xF4)
			high = 0x8F;
	}
	else
		return 0;
	if (len < need || ptr[1] < low || ptr[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
	{
		if ((ptr[i] & 0xC0) != 0x80)
			return 0;
	}
	return need;
}

bool
nami_utf8_is_valid(NamiStr text)
{
	const uint8_t *ptr = (const uint8_t *) text.ptr;
	size_t		pos = 0;

	while (pos < text.len)
	{
		size_t		step;

		if (ptr[pos] < 0x80)
		{
			pos += ascii_blocks(ptr + pos, text.len - pos);
			while (pos < text.len && ptr[pos] < 0x80)
				pos++;
			continue;
		}
		step = sequence_len(ptr + pos, text.len - pos);
		if (step == 0)
			return false;
		pos += step;
	}
	return true;
}

bool
nami_utf8_is_ascii(NamiStr text)
{
	const uint8_t *ptr = (const uint8_t *) text.ptr;
	size_t		pos = ascii_blocks(ptr, text.len);

	while (pos < text.len && ptr[pos] < 0x80)
		pos++;
	return pos == text.len;
}

size_t
nami_utf8_count(NamiStr text)
{
	const uint8_t *ptr = (const uint8_t *) text.ptr;
	size_t		continuation = 0;
	size_t		pos = 0;

	for (; text.len - pos >= 8; pos += 8)
	{
		uint64_t	word = load_word(ptr + pos);

		/* A continuation byte has bit 7 set and bit 6 clear. */
		continuation += (size_t) __builtin_popcountll(word & ~(word << 1) & HIGH_BITS);
	}
	for (; pos < text.len; pos++)
		continuation += (ptr[pos] & 0xC0) == 0x80;
	return text.len - continuation;
}

size_t
nami_utf8_offset(NamiStr text, size_t code_point_index)
{
	const uint8_t *ptr = (const uint8_t *) text.ptr;
	size_t		left = code_point_index;
	size_t		pos = 0;

	/* Whole words while they cannot hold the wanted start. */
	while (text.len - pos >= 8)
	{
		uint64_t	word = load_word(ptr + pos);
		size_t		starts = 8 -
			(size_t) __builtin_popcountll(word & ~(word << 1) & HIGH_BITS);

		if (starts > left)
			break;
		left -= starts;
		pos += 8;
	}
	for (; pos < text.len; pos++)
	{
		if ((ptr[pos] & 0xC0) == 0x80)
			continue;
		if (left == 0)
			return pos;
		left--;
	}
	return text.len;
}

size_t
nami_utf8_index(NamiStr text, size_t byte_offset)
{
	return nami_utf8_count(nami_str_slice(text, 0, byte_offset));
}

uint32_t
nami_utf8_next(NamiStr text, size_t *pos)
{
	const uint8_t *ptr = (const uint8_t *) text.ptr + *pos;
	size_t		len = sequence_len(ptr, text.len - *pos);

	*pos += len == 0 ? 1 : len;
	switch (len)
	{
		case 1:
			return ptr[0];
		case 2:
			return (uint32_t) (ptr[0] & 0x1F) << 6 | (ptr[1] & 0x3F);
		case 3:
			return (uint32_t) (ptr[0] & 0x0F) << 12 | (uint32_t) (ptr[1] & 0x3F) << 6 |
				(ptr[2] & 0x3F);
		case 4:
			return (uint32_t) (ptr[0] & 0x07) << 18 | (uint32_t) (ptr[1] & 0x3F) << 12 |
				(uint32_t) (ptr[2] & 0x3F) << 6 | (ptr[3] & 0x3F);
		default:
			return REPLACEMENT;
	}
}

uint32_t
nami_utf8_previous(NamiStr text, size_t *pos)
{
	const uint8_t *ptr = (const uint8_t *) text.ptr;
	size_t		start = *pos - 1;
	size_t		end;
	uint32_t	code_point;

	while (start > 0 && *pos - start < NAMI_UTF8_MAX && (ptr[start] & 0xC0) == 0x80)
		start--;
	end = start;
	code_point = nami_utf8_next(text, &end);
	if (end != *pos)
	{
		/* Not one whole sequence: the last byte alone is malformed. */
		start = *pos - 1;
		code_point = REPLACEMENT;
	}
	*pos = start;
	return code_point;
}

size_t
nami_utf8_encode(uint32_t code_point, char out[NAMI_UTF8_MAX])
{
	if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
		code_point = REPLACEMENT;
	if (code_point < 0x80)
	{
		out[0] = (char) code_point;
		return 1;
	}
	if (code_point < 0x800)
	{
		out[0] = (char) (0xC0 | code_point >> 6);
		out[1] = (char) (0x80 | (code_point & 0x3F));
		return 2;
	}
	if (code_point < 0x10000)
	{
		out[0] = (char) (0xE0 | code_point >> 12);
		out[1] = (char) (0x80 | (code_point >> 6 & 0x3F));
		out[2] = (char) (0x80 | (code_point & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | code_point >> 18);
	out[1] = (char) (0x80 | (code_point >> 12 & 0x3F));
	out[2] = (char) (0x80 | (code_point >> 6 & 0x3F));
	out[3] = (char) (0x80 | (code_point & 0x3F));
	return 4;
}
