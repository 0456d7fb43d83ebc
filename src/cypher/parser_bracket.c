/*
 * parser_bracket.c - lists, comprehensions, quantifiers and reduce().
 */
#include "cypher/parser_internal.h"

/* What stands directly between the bracket at the current token and its partner. */
typedef struct BracketContent
{
	bool		has_comma;
	bool		has_bar;
	bool		has_where;
} BracketContent;

static BracketContent
scan_bracket(const NamiCyParser *p)
{
	BracketContent content = {false, false, false};
	const NamiCyToken *items = p->tokens.items;
	uint32_t	end = items[p->at].partner;

	for (uint32_t i = p->at + 1; i < end; i++)
	{
		const NamiCyToken *token = &items[i];

		if (token->partner > i)
			i = token->partner;
		else if (token->kind == NAMI_CYT_COMMA)
			content.has_comma = true;
		else if (token->kind == NAMI_CYT_BAR)
			content.has_bar = true;
		else if (token->keyword == NAMI_KW_WHERE)
			content.has_where = true;
		if (content.has_comma)
			break;
	}
	return content;
}

/* variable IN list, where '|' ends the list. */
static NamiStatus
parse_in(NamiCyParser *p, NamiCyName *variable, NamiCyExpr **list)
{
	NAMI_TRY(nami_cyp_name(p, variable, "a variable"));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_IN, "IN"));
	return nami_cyp_value(p, list);
}

static NamiStatus
finish_local(NamiCyParser *p, NamiCyExprKind kind, uint32_t start, NamiCyLocal *local,
			 NamiCyExpr **out)
{
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, kind, start);
	(*out)->local = local;
	return NAMI_OK;
}

/* [x IN list WHERE condition | body] */
static NamiStatus
parse_list_comprehension(NamiCyParser *p, NamiCyExpr **out)
{
	NamiCyLocal *local = NAMI_NEW(p->arena, NamiCyLocal);
	uint32_t	start = nami_cyp_start(p);
	bool		bar_ends = p->bar_ends;

	nami_cyp_next(p);
	p->bar_ends = true;
	NAMI_TRY(parse_in(p, &local->variable, &local->list));
	NAMI_TRY(nami_cyp_where(p, &local->where));
	p->bar_ends = false;
	if (nami_cyp_accept(p, NAMI_CYT_BAR))
		NAMI_TRY(nami_cyp_value(p, &local->body));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACKET, local->body != NULL ? "\"]\"" :
							 local->where != NULL ? "\"|\" or \"]\"" : "WHERE, \"|\" or \"]\""));
	p->bar_ends = bar_ends;
	return finish_local(p, NAMI_CY_LIST_COMP, start, local, out);
}

/* [variable = (a)-->(b) WHERE condition | body] */
static NamiStatus
parse_pattern_comprehension(NamiCyParser *p, bool has_variable, NamiCyExpr **out)
{
	NamiCyPatternExpr *pattern = NAMI_NEW(p->arena, NamiCyPatternExpr);
	uint32_t	start = nami_cyp_start(p);
	bool		bar_ends = p->bar_ends;
	uint32_t	part_start;

	nami_cyp_next(p);
	p->bar_ends = true;
	part_start = nami_cyp_start(p);
	pattern->part = NAMI_NEW(p->arena, NamiCyPatternPart);
	if (has_variable)
	{
		NAMI_TRY(nami_cyp_name(p, &pattern->part->variable, "a variable"));
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_EQ, "\"=\""));
	}
	NAMI_TRY(nami_cyp_element(p, pattern->part));
	pattern->part->span = nami_cyp_span(p, part_start);
	NAMI_TRY(nami_cyp_where(p, &pattern->where));
	p->bar_ends = false;
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_BAR,
							 pattern->where != NULL ? "\"|\"" : "WHERE or \"|\""));
	NAMI_TRY(nami_cyp_value(p, &pattern->body));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACKET, "\"]\""));
	p->bar_ends = bar_ends;
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_PATTERN_COMP, start);
	(*out)->pattern = pattern;
	return NAMI_OK;
}

static NamiStatus
parse_list(NamiCyParser *p, NamiCyExpr **out)
{
	NamiCyExprVec args = {0};
	uint32_t	start = nami_cyp_start(p);
	bool		bar_ends = p->bar_ends;

	nami_cyp_next(p);
	p->bar_ends = false;
	if (!nami_cyp_is(p, NAMI_CYT_RBRACKET))
	{
		do
		{
			NamiCyExpr *expr;

			NAMI_TRY(nami_cyp_expr(p, &expr));
			nami_vec_push(&args, p->arena, expr);
		} while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	}
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACKET, "\",\" or \"]\""));
	p->bar_ends = bar_ends;
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_LIST, start);
	(*out)->args = args.items;
	(*out)->arg_count = (uint32_t) args.count;
	return NAMI_OK;
}

/*
 * "[x IN xs" begins a comprehension unless a comma shows that it is a list of conditions, and a path
 * begins one only when "|" or WHERE comes before the bracket closes.
 */
NamiStatus
nami_cyp_bracket(NamiCyParser *p, NamiCyExpr **out)
{
	bool		has_variable = nami_cyp_peek_is(p, 1, NAMI_CYT_NAME) &&
		nami_cyp_peek_is(p, 2, NAMI_CYT_EQ);
	bool		is_local = nami_cyp_peek_is(p, 1, NAMI_CYT_NAME) &&
		nami_cyp_peek_keyword(p, 2, NAMI_KW_IN);
	bool		is_path = !is_local && nami_cyp_at_path(p, has_variable ? 3 : 1);

	if (is_local || is_path)
	{
		BracketContent content = scan_bracket(p);

		if (is_local && !content.has_comma)
			return parse_list_comprehension(p, out);
		if (is_path && !content.has_comma && (content.has_bar || content.has_where))
			return parse_pattern_comprehension(p, has_variable, out);
	}
	return parse_list(p, out);
}

/* all(x IN list WHERE condition) */
NamiStatus
nami_cyp_quantifier(NamiCyParser *p, NamiCyOp op, NamiCyExpr **out)
{
	NamiCyLocal *local = NAMI_NEW(p->arena, NamiCyLocal);
	uint32_t	start = nami_cyp_start(p);
	bool		bar_ends = p->bar_ends;

	nami_cyp_next(p);
	nami_cyp_next(p);
	p->bar_ends = false;
	NAMI_TRY(parse_in(p, &local->variable, &local->list));
	if (!nami_cyp_is_keyword(p, NAMI_KW_WHERE))
		return nami_cyp_unexpected(p, "WHERE");
	NAMI_TRY(nami_cyp_where(p, &local->where));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
	p->bar_ends = bar_ends;
	NAMI_TRY(finish_local(p, NAMI_CY_QUANTIFIER, start, local, out));
	(*out)->op = (uint8_t) op;
	return NAMI_OK;
}

/* reduce(accumulator = init, x IN list | body) */
NamiStatus
nami_cyp_reduce(NamiCyParser *p, NamiCyExpr **out)
{
	NamiCyLocal *local = NAMI_NEW(p->arena, NamiCyLocal);
	uint32_t	start = nami_cyp_start(p);
	bool		bar_ends = p->bar_ends;

	nami_cyp_next(p);
	nami_cyp_next(p);
	p->bar_ends = false;
	NAMI_TRY(nami_cyp_name(p, &local->accumulator, "the name of the accumulator"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_EQ, "\"=\""));
	NAMI_TRY(nami_cyp_value(p, &local->init));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_COMMA, "\",\""));
	p->bar_ends = true;
	NAMI_TRY(parse_in(p, &local->variable, &local->list));
	p->bar_ends = false;
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_BAR, "\"|\""));
	NAMI_TRY(nami_cyp_value(p, &local->body));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
	p->bar_ends = bar_ends;
	return finish_local(p, NAMI_CY_REDUCE, start, local, out);
}
