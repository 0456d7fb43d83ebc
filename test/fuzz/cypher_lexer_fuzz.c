/*
 * cypher_lexer_fuzz.c - any bytes as tokens: they lie in the text one behind the other, brackets are
 * partners of each other, numbers are in range, and the last token says why it is the last.
 */
#include <math.h>
#include <stdlib.h>

#include "cypher/lexer.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_open(uint8_t kind)
{
	return kind == NAMI_CYT_LPAREN || kind == NAMI_CYT_LBRACKET || kind == NAMI_CYT_LBRACE;
}

static bool
is_close(uint8_t kind)
{
	return kind == NAMI_CYT_RPAREN || kind == NAMI_CYT_RBRACKET || kind == NAMI_CYT_RBRACE;
}

static void
check_brackets(const NamiCyTokens *tokens, uint32_t i)
{
	const NamiCyToken *token = &tokens->items[i];
	const NamiCyToken *partner;

	if (!is_open(token->kind) && !is_close(token->kind))
		return;
	if (token->partner == 0 && !(is_close(token->kind) && i > 0 && tokens->items[0].partner == i))
		return;
	if (token->partner >= tokens->count)
		abort();
	partner = &tokens->items[token->partner];
	if (partner->partner != i || is_open(token->kind) == is_open(partner->kind) ||
		is_open(token->kind) != (token->partner > i))
		abort();
	if (is_open(token->kind) && token->kind + 1 != partner->kind)
		abort();
}

/* A name that needs no backticks is one token, whatever stands around it. */
static void
check_name(NamiArena *arena, const NamiCyToken *token)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiCyTokens again;

	if (token->text.len == 0 || !nami_cy_is_plain_name(token->text))
		return;
	if (nami_cy_lex(NULL, arena, token->text, &again, &err) != NAMI_OK || again.count != 2 ||
		again.items[0].kind != NAMI_CYT_NAME || !nami_str_eq(again.items[0].text, token->text))
		abort();
}

static void
check_token(NamiArena *arena, const NamiCyToken *token, NamiStr text)
{
	switch (token->kind)
	{
		case NAMI_CYT_NAME:
			check_name(arena, token);
			if (text.ptr[token->start] == '`' && token->keyword != NAMI_KW_NONE_)
				abort();
			break;
		case NAMI_CYT_INT:
			if (token->integer > (uint64_t) INT64_MAX + 1)
				abort();
			break;
		case NAMI_CYT_FLOAT:
			if (!isfinite(token->number) || token->number < 0)
				abort();
			break;
		default:
			break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		text = {(const char *) data, size};
	NamiCyTokens tokens;
	uint32_t	end = 0;

	if (nami_cy_lex(NULL, arena, text, &tokens, &err) != NAMI_OK)
	{
		if (err.cls == NAMI_ERR_NONE || err.position > (int64_t) size || err.message[0] == '\0')
			abort();
		nami_arena_destroy(arena);
		return 0;
	}
	if (tokens.count == 0)
		abort();
	for (uint32_t i = 0; i < tokens.count; i++)
	{
		const NamiCyToken *token = &tokens.items[i];
		bool		is_last = token->kind == NAMI_CYT_END || token->kind == NAMI_CYT_ERROR;

		if (token->start < end || token->end < token->start || token->end > size ||
			is_last != (i == tokens.count - 1) || (!is_last && token->end == token->start))
			abort();
		end = token->end;
		check_brackets(&tokens, i);
		check_token(arena, token, text);
	}
	if (tokens.items[tokens.count - 1].kind == NAMI_CYT_ERROR &&
		(tokens.error.cls == NAMI_ERR_NONE || tokens.error.position > (int64_t) size ||
		 tokens.error.message[0] == '\0'))
		abort();
	nami_arena_destroy(arena);
	return 0;
}
