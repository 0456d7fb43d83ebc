/*
 * lexer.h - the tokens of Cypher text (spec/cypher.md 1). Private to src/cypher.
 *
 * The whole text is cut into an array before parsing: the parser looks ahead by index, and brackets
 * know their partner, so that "(" as pattern or as parenthesis is told apart in constant time.
 */
#ifndef NAMI_CYPHER_LEXER_H
#define NAMI_CYPHER_LEXER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/host.h"

typedef enum NamiCyTokenKind
{
	NAMI_CYT_END,				/* behind the last one */
	NAMI_CYT_ERROR,				/* the text cannot be cut further: NamiCyTokens.error */
	NAMI_CYT_NAME,				/* text: unescaped; keyword unless quoted */
	NAMI_CYT_EMPTY_NAME,		/* ``, which only a key of a map can be */
	NAMI_CYT_PARAMETER,			/* text: the name */
	NAMI_CYT_STRING,			/* text: unescaped */
	NAMI_CYT_INT,				/* integer: 0 .. 2^63 */
	NAMI_CYT_FLOAT,				/* number */
	NAMI_CYT_LPAREN,
	NAMI_CYT_RPAREN,
	NAMI_CYT_LBRACKET,
	NAMI_CYT_RBRACKET,
	NAMI_CYT_LBRACE,
	NAMI_CYT_RBRACE,
	NAMI_CYT_COMMA,
	NAMI_CYT_SEMICOLON,
	NAMI_CYT_COLON,
	NAMI_CYT_DOUBLE_COLON,
	NAMI_CYT_DOT,
	NAMI_CYT_DOT_DOT,
	NAMI_CYT_BAR,
	NAMI_CYT_BAR_BAR,
	NAMI_CYT_AMPERSAND,
	NAMI_CYT_EXCLAMATION,
	NAMI_CYT_PLUS,
	NAMI_CYT_PLUS_EQ,
	NAMI_CYT_MINUS,
	NAMI_CYT_STAR,
	NAMI_CYT_SLASH,
	NAMI_CYT_PERCENT,
	NAMI_CYT_CARET,
	NAMI_CYT_EQ,
	NAMI_CYT_NE,				/* <> and != */
	NAMI_CYT_LT,
	NAMI_CYT_LE,
	NAMI_CYT_GT,
	NAMI_CYT_GE,
	NAMI_CYT_REGEX				/* =~ */
} NamiCyTokenKind;

/* Words with a meaning somewhere, ascending by text. R: reserved in the product, see parser_atom.c. */
#define NAMI_CY_KEYWORDS(K, R) \
	R(ALL) K(ALLSHORTESTPATHS) R(AND) K(ANY) R(AS) R(ASC) R(ASCENDING) K(ASSERT) R(BY) K(CALL) \
	R(CASE) K(COLLECT) K(CONSTRAINT) K(CONSTRAINTS) R(CONTAINS) K(COUNT) R(CREATE) R(DELETE) \
	R(DESC) R(DESCENDING) R(DETACH) K(DIMENSION) R(DISTINCT) K(DROP) K(EACH) R(ELSE) R(END) \
	R(ENDS) K(EXISTS) K(EXPLAIN) R(FALSE) K(FOR) K(FOREACH) K(FULLTEXT) K(IF) R(IN) K(INDEX) \
	K(INDEXES) R(IS) R(LIMIT) R(MATCH) R(MERGE) K(METRIC) K(NONE) R(NOT) R(NULL) R(ON) \
	R(OPTIONAL) K(OPTIONS) R(OR) R(ORDER) K(PROFILE) K(RAW) K(REDUCE) R(REMOVE) K(REQUIRE) \
	R(RETURN) R(SET) K(SHORTESTPATH) K(SHOW) K(SINGLE) R(SKIP) R(STARTS) R(THEN) R(TRUE) \
	R(UNION) K(UNIQUE) R(UNWIND) K(VECTOR) K(VERBOSE) R(WHEN) R(WHERE) R(WITH) R(XOR) K(YIELD)

typedef enum NamiCyKeyword
{
	NAMI_KW_NONE_ = 0,			/* no keyword, or quoted */
#define KEYWORD_ENUM(word) NAMI_KW_##word,
	NAMI_CY_KEYWORDS(KEYWORD_ENUM, KEYWORD_ENUM)
#undef KEYWORD_ENUM
	NAMI_KW_COUNT_
} NamiCyKeyword;

typedef struct NamiCyToken
{
	uint8_t		kind;			/* NamiCyTokenKind */
	uint8_t		keyword;		/* NamiCyKeyword */
	uint32_t	start;			/* bytes of the source */
	uint32_t	end;
	uint32_t	partner;		/* brackets: index of the closing/opening one, 0 when there is none */
	union
	{
		NamiStr		text;
		uint64_t	integer;
		double		number;
	};
} NamiCyToken;

typedef struct NamiCyTokens
{
	NamiCyToken *items;			/* the last one is END or ERROR */
	uint32_t	count;
	NamiError	error;			/* of the ERROR token */
} NamiCyTokens;

/* What cannot be a token ends the array by an ERROR token, so that the first mistake is reported. */
extern NamiStatus nami_cy_lex(const NamiHost *host, NamiArena *arena, NamiStr text,
							  NamiCyTokens *out, NamiError *err) NAMI_MUST_CHECK;

/* The keyword a word is (any case), or NAMI_KW_NONE_. */
extern NamiCyKeyword nami_cy_keyword(NamiStr word);

/* True for the words that the product reserves. */
extern bool nami_cy_keyword_is_reserved(NamiCyKeyword keyword);

/* True when the text can stand as an identifier without backticks. */
extern bool nami_cy_is_plain_name(NamiStr text);

/* ---- lexer_literal.c ---- */

/*
 * The number at *pos (a digit, or '.' and a digit). Fills kind and value, moves *pos behind it.
 * The text has at most 1 GiB.
 */
extern NamiStatus nami_cy_lex_number(NamiArena *arena, NamiStr text, size_t *pos, NamiCyToken *token,
									 NamiError *err) NAMI_MUST_CHECK;

/* The string at *pos (a quote): fills text, moves *pos behind the closing quote. */
extern NamiStatus nami_cy_lex_string(NamiArena *arena, NamiStr text, size_t *pos, NamiCyToken *token,
									 NamiError *err) NAMI_MUST_CHECK;

/* True when an identifier may go on, or begin, with the character at pos; *next is behind it. */
extern bool nami_cy_is_name_part(NamiStr text, size_t pos, size_t *next);
extern bool nami_cy_is_name_start(NamiStr text, size_t pos, size_t *next);

#define NAMI_CY_UNEXPECTED_SYNTAX	"SyntaxError: UnexpectedSyntax"
#define NAMI_CY_INVALID_NUMBER		"SyntaxError: InvalidNumberLiteral"

#endif							/* NAMI_CYPHER_LEXER_H */
