/*
 * analyzer.c - see analyzer.h.
 */
#include "exec/analyzer.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "exec/analyzer_table.h"

#define COUNT_OF(array)	(sizeof(array) / sizeof((array)[0]))

bool
nami_is_alphanumeric(uint32_t c)
{
	size_t		low = 0;
	size_t		high = COUNT_OF(alphanumeric_ranges);

	while (low < high)
	{
		size_t		mid = (low + high) / 2;

		if (c > alphanumeric_ranges[mid][1])
			low = mid + 1;
		else if (c < alphanumeric_ranges[mid][0])
			high = mid;
		else
			return true;
	}
	return false;
}

static bool
is_cjk(uint32_t c)
{
	return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) ||
		(c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
		(c >= 0xAC00 && c <= 0xD7AF) || (c >= 0x20000 && c <= 0x2A6DF);
}

static uint32_t
lower_case(uint32_t c)
{
	size_t		low = 0;
	size_t		high = COUNT_OF(lower_mappings);

	while (low < high)
	{
		size_t		mid = (low + high) / 2;

		if (lower_mappings[mid][0] == c)
			return lower_mappings[mid][1];
		if (lower_mappings[mid][0] < c)
			low = mid + 1;
		else
			high = mid;
	}
	return c;
}

/* One token: the piece in lower case. */
static void
put_token(NamiArena *arena, NamiStr piece, NamiTokens *tokens)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_buf_reserve(&buf, piece.len + NAMI_UTF8_MAX);
	for (size_t pos = 0; pos < piece.len;)
	{
		uint32_t	c = nami_utf8_next(piece, &pos);
		char		bytes[NAMI_UTF8_MAX];

		if (c == 0x130)
		{
			nami_buf_put_u8(&buf, 'i');
			c = 0x307;
		}
		else
			c = lower_case(c);
		nami_buf_put(&buf, bytes, nami_utf8_encode(c, bytes));
	}
	nami_vec_push(tokens, arena, nami_buf_str(&buf));
}

/* A run of CJK: one character alone, else each overlapping pair. */
static void
put_pairs(NamiArena *arena, NamiStr piece, NamiTokens *tokens)
{
	size_t		start = 0;
	size_t		middle = 0;

	(void) nami_utf8_next(piece, &middle);
	if (middle == piece.len)
	{
		put_token(arena, piece, tokens);
		return;
	}
	while (middle < piece.len)
	{
		size_t		end = middle;

		(void) nami_utf8_next(piece, &end);
		put_token(arena, nami_str_slice(piece, start, end - start), tokens);
		start = middle;
		middle = end;
	}
}

void
nami_analyze(NamiArena *arena, NamiStr text, NamiTokens *tokens)
{
	size_t		start = 0;		/* of the current piece */
	bool		in_piece = false;
	bool		cjk = false;

	for (size_t pos = 0; pos <= text.len;)
	{
		size_t		here = pos;
		uint32_t	c = 0;
		bool		alphanumeric = false;

		if (pos < text.len)
		{
			c = nami_utf8_next(text, &pos);
			alphanumeric = nami_is_alphanumeric(c);
		}
		else
			pos++;
		if (in_piece && (!alphanumeric || is_cjk(c) != cjk))
		{
			NamiStr		piece = nami_str_slice(text, start, here - start);

			if (cjk)
				put_pairs(arena, piece, tokens);
			else
				put_token(arena, piece, tokens);
			in_piece = false;
		}
		if (alphanumeric && !in_piece)
		{
			start = here;
			in_piece = true;
			cjk = is_cjk(c);
		}
	}
}
