/*
 * lexer.c - see lexer.h.
 */
#include "cypher/lexer.h"

#include <utf8proc.h>

#include "base/utf8.h"
#include "base/vec.h"

typedef NAMI_VEC(NamiCyToken) TokenVec;
typedef NAMI_VEC(uint32_t) IndexVec;

typedef struct Lexer
{
	NamiArena  *arena;
	NamiStr		text;
	size_t		pos;
	TokenVec	tokens;
	IndexVec	open;			/* indexes of brackets that are still open */
	NamiError  *err;
} Lexer;

typedef struct KeywordEntry
{
	NamiStr		text;
	bool		is_reserved;
} KeywordEntry;

static const KeywordEntry keywords[NAMI_KW_COUNT_] = {
	{{NULL, 0}, false},
#define KEYWORD_PLAIN(word) {NAMI_STR_INIT(#word), false},
#define KEYWORD_RESERVED(word) {NAMI_STR_INIT(#word), true},
	NAMI_CY_KEYWORDS(KEYWORD_PLAIN, KEYWORD_RESERVED)
};

#define KEYWORD_LEN_MAX	16

NamiCyKeyword
nami_cy_keyword(NamiStr word)
{
	char		upper[KEYWORD_LEN_MAX];
	int			low = 1;
	int			high = NAMI_KW_COUNT_ - 1;

	if (word.len < 2 || word.len > KEYWORD_LEN_MAX)
		return NAMI_KW_NONE_;
	for (size_t i = 0; i < word.len; i++)
		upper[i] = word.ptr[i] >= 'a' && word.ptr[i] <= 'z' ? word.ptr[i] - 32 : word.ptr[i];
	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			diff = nami_str_cmp((NamiStr) {upper, word.len}, keywords[middle].text);

		if (diff == 0)
			return (NamiCyKeyword) middle;
		if (diff < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NAMI_KW_NONE_;
}

bool
nami_cy_keyword_is_reserved(NamiCyKeyword keyword)
{
	return keywords[keyword].is_reserved;
}

/* ID_Start by general category; the handful of Other_ID_Start characters is left out. */
static bool
is_start_category(utf8proc_category_t category)
{
	return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
		category == UTF8PROC_CATEGORY_LT || category == UTF8PROC_CATEGORY_LM ||
		category == UTF8PROC_CATEGORY_LO || category == UTF8PROC_CATEGORY_NL;
}

bool
nami_cy_is_name_start(NamiStr text, size_t pos, size_t *next)
{
	unsigned char c;

	if (pos >= text.len)
		return false;
	c = (unsigned char) text.ptr[pos];
	*next = pos + 1;
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
	*next = pos;
	return is_start_category(utf8proc_category((utf8proc_int32_t) nami_utf8_next(text, next)));
}

bool
nami_cy_is_name_part(NamiStr text, size_t pos, size_t *next)
{
	utf8proc_category_t category;

	if (pos >= text.len)
		return false;
	if ((unsigned char) text.ptr[pos] < 0x80)
		return nami_cy_is_name_start(text, pos, next) ||
			(text.ptr[pos] >= '0' && text.ptr[pos] <= '9');
	*next = pos;
	category = utf8proc_category((utf8proc_int32_t) nami_utf8_next(text, next));
	return is_start_category(category) || category == UTF8PROC_CATEGORY_MN ||
		category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ND ||
		category == UTF8PROC_CATEGORY_PC;
}

bool
nami_cy_is_plain_name(NamiStr text)
{
	size_t		pos;

	if (!nami_cy_is_name_start(text, 0, &pos))
		return false;
	while (pos < text.len)
	{
		if (!nami_cy_is_name_part(text, pos, &pos))
			return false;
	}
	return true;
}

/* Unicode whitespace outside ASCII; *next is behind it. */
static bool
is_wide_space(NamiStr text, size_t pos, size_t *next)
{
	uint32_t	code_point;
	utf8proc_category_t category;

	*next = pos;
	code_point = nami_utf8_next(text, next);
	category = utf8proc_category((utf8proc_int32_t) code_point);
	return code_point == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
		category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

static NamiStatus
skip_blanks(Lexer *lexer)
{
	NamiStr		text = lexer->text;

	while (lexer->pos < text.len)
	{
		unsigned char c = (unsigned char) text.ptr[lexer->pos];
		unsigned char next = lexer->pos + 1 < text.len ? (unsigned char) text.ptr[lexer->pos + 1] : 0;
		size_t		behind;

		if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F))
			lexer->pos++;
		else if (c == '/' && next == '/')
		{
			const char *newline = memchr(text.ptr + lexer->pos, '\n', text.len - lexer->pos);

			lexer->pos = newline == NULL ? text.len : (size_t) (newline - text.ptr);
		}
		else if (c == '/' && next == '*')
		{
			const char *end = memmem(text.ptr + lexer->pos + 2, text.len - lexer->pos - 2, "*/", 2);

			if (end == NULL)
				return nami_fail_at(lexer->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
									(int64_t) lexer->pos, "unterminated comment");
			lexer->pos = (size_t) (end + 2 - text.ptr);
		}
		else if (c >= 0x80 && is_wide_space(text, lexer->pos, &behind))
			lexer->pos = behind;
		else
			break;
	}
	return NAMI_OK;
}

/* `...` with a doubled backtick for one; pos is at the opening one. */
static NamiStatus
lex_quoted_name(Lexer *lexer, NamiStr *out)
{
	NamiStr		text = lexer->text;
	size_t		start = lexer->pos;
	size_t		pos = start + 1;
	size_t		doubled = 0;
	char	   *copy;
	size_t		len = 0;

	for (;; pos++)
	{
		if (pos >= text.len)
			return nami_fail_at(lexer->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
								(int64_t) start, "unterminated quoted identifier");
		if (text.ptr[pos] != '`')
			continue;
		if (pos + 1 >= text.len || text.ptr[pos + 1] != '`')
			break;
		doubled++;
		pos++;
	}
	lexer->pos = pos + 1;
	*out = (NamiStr) {text.ptr + start + 1, pos - start - 1};
	if (doubled == 0)
		return NAMI_OK;
	copy = nami_arena_alloc(lexer->arena, out->len - doubled);
	for (size_t i = 0; i < out->len; i++)
	{
		copy[len++] = out->ptr[i];
		if (out->ptr[i] == '`')
			i++;
	}
	*out = (NamiStr) {copy, len};
	return NAMI_OK;
}

static void
lex_plain_name(Lexer *lexer, NamiStr *out)
{
	size_t		start = lexer->pos;
	size_t		next;

	while (nami_cy_is_name_part(lexer->text, lexer->pos, &next))
		lexer->pos = next;
	*out = (NamiStr) {lexer->text.ptr + start, lexer->pos - start};
}

static NamiStatus
lex_parameter(Lexer *lexer, NamiCyToken *token)
{
	token->kind = NAMI_CYT_PARAMETER;
	lexer->pos++;
	if (lexer->pos < lexer->text.len && lexer->text.ptr[lexer->pos] == '`')
		NAMI_TRY(lex_quoted_name(lexer, &token->text));
	else
		lex_plain_name(lexer, &token->text);
	if (token->text.len == 0)
		return nami_fail_at(lexer->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
							(int64_t) token->start, "expected the name of a parameter after \"$\"");
	return NAMI_OK;
}

typedef struct Punctuation
{
	char		text[3];
	uint8_t		kind;
} Punctuation;

/* Longer ones first. */
static const Punctuation punctuation[] = {
	{"<>", NAMI_CYT_NE}, {"!=", NAMI_CYT_NE}, {"<=", NAMI_CYT_LE}, {">=", NAMI_CYT_GE},
	{"=~", NAMI_CYT_REGEX}, {"+=", NAMI_CYT_PLUS_EQ}, {"||", NAMI_CYT_BAR_BAR},
	{"..", NAMI_CYT_DOT_DOT}, {"::", NAMI_CYT_DOUBLE_COLON},
	{"(", NAMI_CYT_LPAREN}, {")", NAMI_CYT_RPAREN}, {"[", NAMI_CYT_LBRACKET},
	{"]", NAMI_CYT_RBRACKET}, {"{", NAMI_CYT_LBRACE}, {"}", NAMI_CYT_RBRACE},
	{",", NAMI_CYT_COMMA}, {";", NAMI_CYT_SEMICOLON}, {":", NAMI_CYT_COLON},
	{".", NAMI_CYT_DOT}, {"|", NAMI_CYT_BAR}, {"&", NAMI_CYT_AMPERSAND},
	{"!", NAMI_CYT_EXCLAMATION}, {"+", NAMI_CYT_PLUS}, {"-", NAMI_CYT_MINUS},
	{"*", NAMI_CYT_STAR}, {"/", NAMI_CYT_SLASH}, {"%", NAMI_CYT_PERCENT},
	{"^", NAMI_CYT_CARET}, {"=", NAMI_CYT_EQ}, {"<", NAMI_CYT_LT}, {">", NAMI_CYT_GT}
};

static NamiStatus
lex_punctuation(Lexer *lexer, NamiCyToken *token)
{
	NamiStr		rest = nami_str_slice(lexer->text, lexer->pos, SIZE_MAX);
	size_t		behind = lexer->pos;
	uint32_t	code_point;

	for (size_t i = 0; i < sizeof(punctuation) / sizeof(punctuation[0]); i++)
	{
		if (nami_str_starts_with(rest, nami_str(punctuation[i].text)))
		{
			token->kind = punctuation[i].kind;
			lexer->pos += strlen(punctuation[i].text);
			return NAMI_OK;
		}
	}
	code_point = nami_utf8_next(lexer->text, &behind);
	if (code_point >= 0x80)
		return nami_fail_at(lexer->err, NAMI_ERR_SYNTAX, "SyntaxError: InvalidUnicodeCharacter",
							(int64_t) lexer->pos, "unexpected character \"%.*s\" (U+%04X)",
							(int) (behind - lexer->pos), rest.ptr, code_point);
	if (code_point < 0x20 || code_point == 0x7F)
		return nami_fail_at(lexer->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
							(int64_t) lexer->pos, "unexpected character U+%04X", code_point);
	return nami_fail_at(lexer->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
						(int64_t) lexer->pos, "unexpected character \"%c\"", (char) code_point);
}

static NamiStatus
lex_token(Lexer *lexer, NamiCyToken *token)
{
	NamiStr		text = lexer->text;
	unsigned char c = (unsigned char) text.ptr[lexer->pos];
	size_t		next;

	if (nami_cy_is_name_start(text, lexer->pos, &next))
	{
		token->kind = NAMI_CYT_NAME;
		lex_plain_name(lexer, &token->text);
		token->keyword = (uint8_t) nami_cy_keyword(token->text);
		return NAMI_OK;
	}
	if (c == '`')
	{
		NAMI_TRY(lex_quoted_name(lexer, &token->text));
		token->kind = token->text.len > 0 ? NAMI_CYT_NAME : NAMI_CYT_EMPTY_NAME;
		return NAMI_OK;
	}
	if (c == '$')
		return lex_parameter(lexer, token);
	if (c == '\'' || c == '"')
		return nami_cy_lex_string(lexer->arena, text, &lexer->pos, token, lexer->err);
	if ((c >= '0' && c <= '9') ||
		(c == '.' && lexer->pos + 1 < text.len && text.ptr[lexer->pos + 1] >= '0' &&
		 text.ptr[lexer->pos + 1] <= '9'))
		return nami_cy_lex_number(lexer->arena, text, &lexer->pos, token, lexer->err);
	return lex_punctuation(lexer, token);
}

/* Links brackets. A closing one that does not fit the last open one has no partner. */
static void
match_bracket(Lexer *lexer, uint32_t index)
{
	NamiCyToken *token = &lexer->tokens.items[index];

	if (token->kind == NAMI_CYT_LPAREN || token->kind == NAMI_CYT_LBRACKET ||
		token->kind == NAMI_CYT_LBRACE)
		nami_vec_push(&lexer->open, lexer->arena, index);
	else if ((token->kind == NAMI_CYT_RPAREN || token->kind == NAMI_CYT_RBRACKET ||
			  token->kind == NAMI_CYT_RBRACE) && lexer->open.count > 0)
	{
		uint32_t	opening = lexer->open.items[lexer->open.count - 1];

		if (lexer->tokens.items[opening].kind + 1 != token->kind)
			return;
		lexer->open.count--;
		token->partner = opening;
		lexer->tokens.items[opening].partner = index;
	}
}

NamiStatus
nami_cy_lex(const NamiHost *host, NamiArena *arena, NamiStr text, NamiCyTokens *out,
			NamiError *err)
{
	Lexer		lexer = {.arena = arena, .text = text, .err = &out->error};
	NamiStatus	status;
	uint32_t	ticks = 0;

	nami_error_reset(&out->error);
	nami_vec_reserve(&lexer.tokens, arena, text.len / 4 + 8);
	for (;;)
	{
		NamiCyToken token = {.kind = NAMI_CYT_END};

		NAMI_TRY(nami_tick(host, &ticks, err));
		status = skip_blanks(&lexer);
		token.start = (uint32_t) lexer.pos;
		if (status == NAMI_OK && lexer.pos < text.len)
			status = lex_token(&lexer, &token);
		token.end = (uint32_t) lexer.pos;
		if (status != NAMI_OK)
			token.kind = NAMI_CYT_ERROR;
		nami_vec_push(&lexer.tokens, arena, token);
		if (token.kind == NAMI_CYT_END || token.kind == NAMI_CYT_ERROR)
			break;
		match_bracket(&lexer, (uint32_t) lexer.tokens.count - 1);
	}
	out->items = lexer.tokens.items;
	out->count = (uint32_t) lexer.tokens.count;
	return NAMI_OK;
}
