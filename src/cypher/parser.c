/*
 * parser.c - the statement, its queries and the order of clauses (spec/cypher.md 2, 2.1); helpers.
 */
#include "cypher/parser_internal.h"

#include "base/utf8.h"

#define TEXT_BYTES_MAX	(UINT32_C(1) << 30)
#define QUOTED_BYTES_MAX	40

NamiStatus
nami_cyp_unexpected(NamiCyParser *p, const char *expected)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);
	size_t		len = token->end - token->start;
	const char *more = "";

	if (token->kind == NAMI_CYT_ERROR)
	{
		*p->err = p->tokens.error;
		return NAMI_FAILED;
	}
	if (token->kind == NAMI_CYT_EMPTY_NAME)
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, token->start,
							"a quoted identifier must not be empty");
	if (token->kind == NAMI_CYT_END)
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, token->start,
							"unexpected end of the query, expected %s", expected);
	if (len > QUOTED_BYTES_MAX)
	{
		len = QUOTED_BYTES_MAX;
		while (len > 0 && ((unsigned char) p->text.ptr[token->start + len] & 0xC0) == 0x80)
			len--;
		more = "...";
	}
	return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, token->start,
						"unexpected \"%.*s%s\", expected %s", (int) len,
						p->text.ptr + token->start, more, expected);
}

NamiStatus
nami_cyp_expect(NamiCyParser *p, NamiCyTokenKind kind, const char *what)
{
	return nami_cyp_accept(p, kind) ? NAMI_OK : nami_cyp_unexpected(p, what);
}

NamiStatus
nami_cyp_expect_keyword(NamiCyParser *p, NamiCyKeyword keyword, const char *what)
{
	return nami_cyp_accept_keyword(p, keyword) ? NAMI_OK : nami_cyp_unexpected(p, what);
}

NamiStatus
nami_cyp_name(NamiCyParser *p, NamiCyName *out, const char *what)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);

	if (token->kind == NAMI_CYT_ERROR &&
		strcmp(p->tokens.error.name, NAMI_CY_INVALID_NUMBER) == 0)
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, token->start,
							"a name must not begin with a digit, expected %s", what);
	if (token->kind != NAMI_CYT_NAME)
		return nami_cyp_unexpected(p, what);
	*out = (NamiCyName) {token->text, {token->start, token->end}};
	nami_cyp_next(p);
	return NAMI_OK;
}

NamiStatus
nami_cyp_dotted_name(NamiCyParser *p, NamiCyName *whole, NamiCyName **parts, uint32_t *part_count,
					 const char *what)
{
	uint32_t	start = nami_cyp_start(p);
	NamiCyNameVec names = {0};
	NamiBuf		buf;

	do
		NAMI_TRY(nami_cyp_name(p, nami_vec_add(&names, p->arena), what));
	while (nami_cyp_accept(p, NAMI_CYT_DOT));
	whole->text = names.items[0].text;
	whole->span = nami_cyp_span(p, start);
	if (names.count > 1)
	{
		nami_buf_init(&buf, p->arena);
		for (size_t i = 0; i < names.count; i++)
		{
			if (i > 0)
				nami_buf_put_u8(&buf, '.');
			nami_buf_put_str(&buf, names.items[i].text);
		}
		whole->text = nami_buf_str(&buf);
	}
	*parts = names.items;
	*part_count = (uint32_t) names.count;
	return NAMI_OK;
}

static NamiStatus
fail_depth(NamiCyParser *p)
{
	return nami_fail_at(p->err, NAMI_ERR_LIMIT, NAMI_CY_UNEXPECTED_SYNTAX, nami_cyp_start(p),
						"the query is nested deeper than %d levels", NAMI_CY_DEPTH_LIMIT);
}

NamiStatus
nami_cyp_enter(NamiCyParser *p)
{
	if (++p->depth > NAMI_CY_DEPTH_LIMIT)
		return fail_depth(p);
	NAMI_TRY(nami_tick(p->host, &p->ticks, p->err));
	return nami_check_stack(p->host, p->err);
}

NamiStatus
nami_cyp_grow(NamiCyParser *p)
{
	return ++p->height > NAMI_CY_DEPTH_LIMIT ? fail_depth(p) : NAMI_OK;
}

/* ---- queries ---- */

/* A clause that may not stand where it does. */
static NamiStatus
check_clause_allowed(NamiCyParser *p, const NamiCyClauseVec *before)
{
	if (before->count > 0 && nami_cyp_at_schema(p))
		return nami_fail_at(p->err, NAMI_ERR_TYPE_CONFLICT, NAMI_CY_INVALID_COMPOSITION,
							nami_cyp_start(p),
							"a schema command must be the only statement of a query");
	if (before->count > 0 && before->items[before->count - 1]->kind == NAMI_CY_RETURN)
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_INVALID_COMPOSITION,
							nami_cyp_start(p), "nothing may follow RETURN but UNION");
	return NAMI_OK;
}

/* YIELD * hands out columns that only the procedure knows: no clause may rely on them. */
static NamiStatus
check_yield_all(NamiCyParser *p, const NamiCySingle *single)
{
	for (uint32_t i = 0; i < single->clause_count && single->clause_count > 1; i++)
	{
		const NamiCyClause *clause = single->clauses[i];

		if (clause->kind == NAMI_CY_CALL_PROCEDURE && clause->call.yields_all)
			return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
								clause->call.yield_span.start,
								"YIELD * is allowed only when CALL is the whole query");
	}
	return NAMI_OK;
}

static NamiStatus
check_last_clause(NamiCyParser *p, const NamiCySingle *single)
{
	const NamiCyClause *last = single->clauses[single->clause_count - 1];

	if (last->kind == NAMI_CY_RETURN || last->kind == NAMI_CY_CALL_PROCEDURE ||
		last->kind == NAMI_CY_CALL_SUBQUERY || nami_cy_clause_is_updating(last))
		return NAMI_OK;
	return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_INVALID_COMPOSITION, last->span.start,
						"a query must end with RETURN, an updating clause or CALL, not with %s",
						last->kind == NAMI_CY_MATCH ? "MATCH" :
						last->kind == NAMI_CY_UNWIND ? "UNWIND" : "WITH");
}

static NamiStatus
parse_single(NamiCyParser *p, NamiCySingle *out)
{
	uint32_t	start = nami_cyp_start(p);
	NamiCyClauseVec clauses = {0};

	while (nami_cyp_at_clause(p))
	{
		NamiCyClause *clause;

		NAMI_TRY(check_clause_allowed(p, &clauses));
		NAMI_TRY(nami_cyp_clause(p, &clause));
		nami_vec_push(&clauses, p->arena, clause);
	}
	if (clauses.count == 0)
		return nami_cyp_unexpected(p, "a clause such as MATCH, CREATE or RETURN");
	out->span = nami_cyp_span(p, start);
	out->clauses = clauses.items;
	out->clause_count = (uint32_t) clauses.count;
	return check_yield_all(p, out);
}

/*
 * The order of clauses is checked when the text behind the last one fits: an unknown word in the
 * middle is the more helpful complaint.
 */
static NamiStatus
check_query_end(NamiCyParser *p, const NamiCySingle *single)
{
	const NamiCyClause *last = single->clauses[single->clause_count - 1];

	if (nami_cyp_is(p, NAMI_CYT_END) || nami_cyp_is(p, NAMI_CYT_SEMICOLON) ||
		nami_cyp_is(p, NAMI_CYT_RBRACE) || nami_cyp_is_keyword(p, NAMI_KW_UNION))
		return NAMI_OK;
	return nami_cyp_unexpected(p, last->kind == NAMI_CY_RETURN ? "UNION or the end of the query" :
							   "a clause or the end of the query");
}

NamiStatus
nami_cyp_query(NamiCyParser *p, bool may_lack_return, NamiCyQuery **out)
{
	NAMI_VEC(NamiCySingle) singles = {0};
	NamiCyQuery *query = NAMI_NEW(p->arena, NamiCyQuery);
	uint32_t	start = nami_cyp_start(p);

	for (;;)
	{
		NamiCySingle *single = nami_vec_add(&singles, p->arena);
		uint32_t	union_start;
		bool		is_all;

		NAMI_TRY(parse_single(p, single));
		NAMI_TRY(check_query_end(p, single));
		if (!may_lack_return)
			NAMI_TRY(check_last_clause(p, single));
		union_start = nami_cyp_start(p);
		if (!nami_cyp_accept_keyword(p, NAMI_KW_UNION))
			break;
		is_all = nami_cyp_accept_keyword(p, NAMI_KW_ALL);
		if (singles.count > 1 && is_all != query->union_all)
			return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_INVALID_COMPOSITION, union_start,
								"UNION and UNION ALL must not be mixed in one query");
		query->union_all = is_all;
	}
	query->span = nami_cyp_span(p, start);
	query->singles = singles.items;
	query->single_count = (uint32_t) singles.count;
	*out = query;
	return NAMI_OK;
}

static NamiStatus
parse_statement(NamiCyParser *p, NamiCyStatement *out)
{
	if (nami_cyp_accept_keyword(p, NAMI_KW_EXPLAIN))
	{
		out->explain = NAMI_CY_EXPLAIN;
		out->explain_raw = nami_cyp_accept_keyword(p, NAMI_KW_RAW);
		out->explain_verbose = nami_cyp_accept_keyword(p, NAMI_KW_VERBOSE);
	}
	else if (nami_cyp_accept_keyword(p, NAMI_KW_PROFILE))
		out->explain = NAMI_CY_PROFILE;
	if (out->explain == NAMI_CY_EXECUTE && nami_cyp_at_schema(p))
		NAMI_TRY(nami_cyp_schema(p, &out->schema));
	else
		NAMI_TRY(nami_cyp_query(p, false, &out->query));
	if (out->schema != NULL && nami_cyp_at_clause(p))
		return nami_fail_at(p->err, NAMI_ERR_TYPE_CONFLICT, NAMI_CY_INVALID_COMPOSITION,
							nami_cyp_start(p),
							"a schema command must be the only statement of a query");
	while (nami_cyp_accept(p, NAMI_CYT_SEMICOLON))
		;
	if (!nami_cyp_is(p, NAMI_CYT_END))
		return nami_cyp_unexpected(p, "the end of the query");
	return NAMI_OK;
}

NamiStatus
nami_cypher_parse(NamiArena *arena, NamiStr text, NamiCyStatement **out, NamiError *err)
{
	return nami_cypher_parse_on(NULL, arena, text, out, err);
}

NamiStatus
nami_cypher_parse_on(const NamiHost *host, NamiArena *arena, NamiStr text, NamiCyStatement **out,
					 NamiError *err)
{
	NamiCyParser parser = {.arena = arena, .text = text, .host = host, .err = err};
	NamiCyStatement *statement = NAMI_NEW(arena, NamiCyStatement);

	if (text.ptr == NULL)
		parser.text = text = NAMI_STR("");
	if (text.len > TEXT_BYTES_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "the query text is longer than 1 GiB");
	if (!nami_utf8_is_valid(text))
		return nami_fail(err, NAMI_ERR_BAD_CHARACTER, "the query text is not valid UTF-8");
	statement->text = text;
	NAMI_TRY(nami_cy_lex(host, arena, text, &parser.tokens, err));
	NAMI_TRY(parse_statement(&parser, statement));
	*out = statement;
	return NAMI_OK;
}
