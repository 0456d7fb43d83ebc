/*
 * lexer_literal.c - numbers and strings (spec/cypher.md 1).
 */
#include "base/buf.h"
#include "base/number.h"
#include "base/utf8.h"
#include "cypher/lexer.h"

static bool
is_digit(NamiStr text, size_t pos)
{
	return pos < text.len && text.ptr[pos] >= '0' && text.ptr[pos] <= '9';
}

static size_t
skip_digits(NamiStr text, size_t pos)
{
	while (is_digit(text, pos))
		pos++;
	return pos;
}

static int
hex_digit(NamiStr text, size_t pos)
{
	char		c = pos < text.len ? text.ptr[pos] : ' ';

	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A token that began as a number and goes on as something else, "12ab": named whole. */
static NamiStatus
fail_number(NamiStr text, size_t start, size_t pos, NamiError *err)
{
	size_t		next;

	while (nami_cy_is_name_part(text, pos, &next))
		pos = next;
	return nami_fail_at(err, NAMI_ERR_SYNTAX, NAMI_CY_INVALID_NUMBER, (int64_t) start,
						"invalid number \"%.*s\"", (int) (pos - start > 60 ? 60 : pos - start),
						text.ptr + start);
}

static NamiStatus
fail_overflow(NamiStr text, size_t start, size_t pos, bool is_float, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_SYNTAX,
						is_float ? "SyntaxError: FloatingPointOverflow" :
						"SyntaxError: IntegerOverflow", (int64_t) start,
						"%s \"%.*s\" is out of range", is_float ? "float" : "integer",
						(int) (pos - start > 60 ? 60 : pos - start), text.ptr + start);
}

/*
 * Does the number end at pos? Letters may follow it directly only as a keyword: "RETURN 1AS x".
 */
static bool
is_number_end(NamiStr text, size_t pos)
{
	size_t		end = pos;
	size_t		next;

	while (nami_cy_is_name_part(text, end, &next))
		end = next;
	return end == pos ||
		nami_cy_keyword_is_reserved(nami_cy_keyword(nami_str_slice(text, pos, end - pos)));
}

/*
 * Digits of a base at pos. 2^63 is let through: the parser accepts it behind a minus sign only.
 */
static NamiStatus
lex_integer(NamiStr text, size_t start, size_t digits, unsigned base, size_t *end,
			NamiCyToken *token, NamiError *err)
{
	uint64_t	value = 0;
	bool		is_too_large = false;
	size_t		pos = digits;
	int			digit;

	while ((digit = hex_digit(text, pos)) >= 0 && digit < (int) base)
	{
		if (__builtin_mul_overflow(value, (uint64_t) base, &value) ||
			__builtin_add_overflow(value, (uint64_t) digit, &value))
			is_too_large = true;
		pos++;
	}
	if (pos == digits || !is_number_end(text, pos))
		return fail_number(text, start, pos, err);
	if (is_too_large || value > UINT64_C(1) << 63)
		return fail_overflow(text, start, pos, false, err);
	token->kind = NAMI_CYT_INT;
	token->integer = value;
	*end = pos;
	return NAMI_OK;
}

/* Where a float that starts at start ends; start itself when there is only an integer. */
static size_t
scan_float(NamiStr text, size_t start)
{
	size_t		pos = skip_digits(text, start);
	size_t		end = start;

	if (pos < text.len && text.ptr[pos] == '.' && is_digit(text, pos + 1))
		end = pos = skip_digits(text, pos + 1);
	if (pos < text.len && (text.ptr[pos] == 'e' || text.ptr[pos] == 'E'))
	{
		size_t		exponent = pos + 1;

		if (exponent < text.len && (text.ptr[exponent] == '+' || text.ptr[exponent] == '-'))
			exponent++;
		if (is_digit(text, exponent))
			end = skip_digits(text, exponent);
	}
	return end;
}

static NamiStatus
lex_float(NamiArena *arena, NamiStr text, size_t start, size_t end, NamiCyToken *token,
		  NamiError *err)
{
	NamiStr		piece;
	NamiNumber	number;
	NamiBuf		buf;

	if (!is_number_end(text, end))
		return fail_number(text, start, end, err);
	piece = nami_str_slice(text, start, end - start);
	/* base/number.h reads JSON numbers: exactly one digit in front when it is a zero */
	while (piece.len > 1 && piece.ptr[0] == '0' && is_digit(piece, 1))
		piece = nami_str_slice(piece, 1, SIZE_MAX);
	if (piece.ptr[0] == '.')
	{
		nami_buf_init(&buf, arena);
		nami_buf_put_u8(&buf, '0');
		nami_buf_put_str(&buf, piece);
		piece = nami_buf_str(&buf);
	}
	number = nami_number_parse(piece);
	if (number.kind == NAMI_NUMBER_OVERFLOW)
		return fail_overflow(text, start, end, true, err);
	if (number.kind != NAMI_NUMBER_FLOAT)
		return fail_number(text, start, end, err);
	token->kind = NAMI_CYT_FLOAT;
	token->number = number.number;
	return NAMI_OK;
}

NamiStatus
nami_cy_lex_number(NamiArena *arena, NamiStr text, size_t *pos, NamiCyToken *token, NamiError *err)
{
	size_t		start = *pos;
	char		second = start + 1 < text.len ? text.ptr[start + 1] : ' ';
	size_t		end;

	if (text.ptr[start] == '0' && (second == 'x' || second == 'X'))
		return lex_integer(text, start, start + 2, 16, pos, token, err);
	if (text.ptr[start] == '0' && (second == 'o' || second == 'O'))
		return lex_integer(text, start, start + 2, 8, pos, token, err);
	end = scan_float(text, start);
	if (end == start)
		return lex_integer(text, start, start, 10, pos, token, err);
	*pos = end;
	return lex_float(arena, text, start, end, token, err);
}

/* The digits of \uXXXX or \UXXXXXXXX at *pos. */
static NamiStatus
lex_code_unit(NamiStr text, size_t escape, size_t *pos, unsigned digits, uint32_t *out,
			  NamiError *err)
{
	*out = 0;
	for (unsigned i = 0; i < digits; i++)
	{
		int			digit = hex_digit(text, *pos);

		if (digit < 0)
			return nami_fail_at(err, NAMI_ERR_SYNTAX, "SyntaxError: InvalidUnicodeLiteral",
								(int64_t) escape, "expected %u hexadecimal digits after \"\\%c\"",
								digits, digits == 4 ? 'u' : 'U');
		*out = *out << 4 | (uint32_t) digit;
		++*pos;
	}
	return NAMI_OK;
}

/* A code point; two \u escapes may form a surrogate pair. */
static NamiStatus
lex_unicode(NamiStr text, size_t escape, size_t *pos, unsigned digits, NamiBuf *buf, NamiError *err)
{
	uint32_t	code_point;
	uint32_t	low;
	char		bytes[NAMI_UTF8_MAX];

	NAMI_TRY(lex_code_unit(text, escape, pos, digits, &code_point, err));
	if (digits == 4 && code_point >= 0xD800 && code_point < 0xDC00 && *pos + 1 < text.len &&
		text.ptr[*pos] == '\\' && text.ptr[*pos + 1] == 'u')
	{
		size_t		second = *pos;

		*pos += 2;
		NAMI_TRY(lex_code_unit(text, second, pos, 4, &low, err));
		if (low >= 0xDC00 && low < 0xE000)
			code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
	}
	if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point < 0xE000))
		return nami_fail_at(err, NAMI_ERR_SYNTAX, "SyntaxError: InvalidUnicodeLiteral",
							(int64_t) escape, "the escape stands for no character");
	nami_buf_put(buf, bytes, nami_utf8_encode(code_point, bytes));
	return NAMI_OK;
}

/* *pos is at the backslash. */
static NamiStatus
lex_escape(NamiStr text, size_t *pos, NamiBuf *buf, NamiError *err)
{
	static const char names[] = "\\'\"`nrtbf0";
	static const char values[] = "\\'\"`\n\r\t\b\f";	/* and the terminator for \0 */
	size_t		escape = *pos;
	char		c = escape + 1 < text.len ? text.ptr[escape + 1] : ' ';
	const char *found = c == '\0' ? NULL : strchr(names, c);
	size_t		behind = escape + 1;

	if (found != NULL)
	{
		nami_buf_put_u8(buf, (uint8_t) values[found - names]);
		*pos = escape + 2;
		return NAMI_OK;
	}
	if (c == 'u' || c == 'U')
	{
		*pos = escape + 2;
		return lex_unicode(text, escape, pos, c == 'u' ? 4 : 8, buf, err);
	}
	if (behind < text.len)
		nami_utf8_next(text, &behind);
	return nami_fail_at(err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, (int64_t) escape,
						"unknown escape \"%.*s\" in a string", (int) (behind - escape),
						text.ptr + escape);
}

NamiStatus
nami_cy_lex_string(NamiArena *arena, NamiStr text, size_t *pos, NamiCyToken *token, NamiError *err)
{
	size_t		start = *pos;
	char		quote = text.ptr[start];
	size_t		at = start + 1;
	size_t		plain = at;		/* start of the bytes not yet copied */
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	token->kind = NAMI_CYT_STRING;
	while (at < text.len && text.ptr[at] != quote)
	{
		if (text.ptr[at] != '\\')
		{
			at++;
			continue;
		}
		if (at + 1 == text.len)
			break;
		nami_buf_put(&buf, text.ptr + plain, at - plain);
		NAMI_TRY(lex_escape(text, &at, &buf, err));
		plain = at;
	}
	if (at >= text.len || text.ptr[at] != quote)
		return nami_fail_at(err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, (int64_t) start,
							"unterminated string");
	*pos = at + 1;
	token->text = (NamiStr) {text.ptr + plain, at - plain};
	if (plain != start + 1)
	{
		nami_buf_put_str(&buf, token->text);
		token->text = nami_buf_str(&buf);
	}
	return NAMI_OK;
}
