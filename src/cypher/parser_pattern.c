/*
 * parser_pattern.c - patterns and label expressions.
 */
#include "cypher/parser_internal.h"

/* ---- looking ahead ---- */

/* "IS" that introduces a label, not a name of its own and not IS NULL. */
static bool
is_label_word(const NamiCyParser *p, uint32_t n)
{
	const NamiCyToken *next = nami_cyp_peek(p, n + 1);

	if (!nami_cyp_peek_keyword(p, n, NAMI_KW_IS))
		return false;
	return (next->kind == NAMI_CYT_NAME && next->keyword != NAMI_KW_NULL &&
			next->keyword != NAMI_KW_NOT) ||
		next->kind == NAMI_CYT_EXCLAMATION || next->kind == NAMI_CYT_PERCENT;
}

/* "WHERE" that introduces a condition, not a name. */
static bool
is_where_word(const NamiCyParser *p, uint32_t n)
{
	const NamiCyToken *next = nami_cyp_peek(p, n + 1);

	return nami_cyp_peek_keyword(p, n, NAMI_KW_WHERE) && next->kind != NAMI_CYT_COLON &&
		next->kind != NAMI_CYT_RPAREN && next->kind != NAMI_CYT_RBRACKET &&
		next->keyword != NAMI_KW_WHERE;
}

/* The optional variable of a node or relationship. */
static bool
at_pattern_variable(const NamiCyParser *p, uint32_t n)
{
	return nami_cyp_peek_is(p, n, NAMI_CYT_NAME) && !is_label_word(p, n) && !is_where_word(p, n);
}

/* Behind the variable of a node (closing ')') or relationship (']'): may the pattern go on so? */
static bool
at_pattern_rest(const NamiCyParser *p, uint32_t n, NamiCyTokenKind closing)
{
	const NamiCyToken *token = nami_cyp_peek(p, n);

	return token->kind == closing || token->kind == NAMI_CYT_COLON ||
		token->kind == NAMI_CYT_LBRACE || token->kind == NAMI_CYT_PARAMETER ||
		(closing == NAMI_CYT_RBRACKET &&
		 (token->kind == NAMI_CYT_STAR || token->kind == NAMI_CYT_DOT_DOT)) ||
		is_label_word(p, n) || is_where_word(p, n);
}

/* Does "(" at n look like a node? Sets *behind to the token behind its ')'. */
static bool
at_node(const NamiCyParser *p, uint32_t n, uint32_t *behind)
{
	const NamiCyToken *token = nami_cyp_peek(p, n);

	if (token->kind != NAMI_CYT_LPAREN || token->partner == 0)
		return false;
	*behind = token->partner - p->at + 1;
	n++;
	if (at_pattern_variable(p, n))
		n++;
	return at_pattern_rest(p, n, NAMI_CYT_RPAREN);
}

bool
nami_cyp_at_path(const NamiCyParser *p, uint32_t n)
{
	uint32_t	rel;
	uint32_t	behind;

	if (!at_node(p, n, &rel))
		return false;
	if (nami_cyp_peek_is(p, rel, NAMI_CYT_LT))
		rel++;
	if (!nami_cyp_peek_is(p, rel, NAMI_CYT_MINUS))
		return false;
	rel++;
	if (nami_cyp_peek_is(p, rel, NAMI_CYT_LBRACKET))
	{
		uint32_t	partner = nami_cyp_peek(p, rel)->partner;
		uint32_t	inside = rel + 1;

		if (at_pattern_variable(p, inside))
			inside++;
		if (partner == 0 || !at_pattern_rest(p, inside, NAMI_CYT_RBRACKET))
			return false;
		rel = partner - p->at + 1;
	}
	if (!nami_cyp_peek_is(p, rel, NAMI_CYT_MINUS))
		return false;
	rel++;
	if (nami_cyp_peek_is(p, rel, NAMI_CYT_GT))
		rel++;
	return at_node(p, rel, &behind);
}

bool
nami_cyp_at_shortest(const NamiCyParser *p)
{
	return (nami_cyp_is_keyword(p, NAMI_KW_SHORTESTPATH) ||
			nami_cyp_is_keyword(p, NAMI_KW_ALLSHORTESTPATHS)) &&
		nami_cyp_peek_is(p, 1, NAMI_CYT_LPAREN);
}

/* ---- label expressions ---- */

typedef NAMI_VEC(NamiCyLabelExpr *) LabelVec;

static NamiCyLabelExpr *
label_node(NamiCyParser *p, NamiCyLabelKind kind, uint32_t start, LabelVec *args)
{
	NamiCyLabelExpr *labels = NAMI_NEW(p->arena, NamiCyLabelExpr);

	labels->kind = kind;
	labels->span = nami_cyp_span(p, start);
	if (args != NULL)
	{
		labels->args = args->items;
		labels->arg_count = (uint32_t) args->count;
	}
	return labels;
}

static NamiStatus parse_label_or(NamiCyParser *p, NamiCyLabelExpr **out);

/* A name, !x, % or (x) */
static NamiStatus
parse_label_atom(NamiCyParser *p, NamiCyLabelExpr **out)
{
	uint32_t	start = nami_cyp_start(p);

	if (nami_cyp_accept(p, NAMI_CYT_EXCLAMATION))
	{
		LabelVec	args = {0};

		NAMI_TRY(nami_cyp_enter(p));
		NAMI_TRY(parse_label_atom(p, nami_vec_add(&args, p->arena)));
		p->depth--;
		*out = label_node(p, NAMI_CY_LABEL_NOT, start, &args);
	}
	else if (nami_cyp_accept(p, NAMI_CYT_PERCENT))
		*out = label_node(p, NAMI_CY_LABEL_ANY, start, NULL);
	else if (nami_cyp_accept(p, NAMI_CYT_LPAREN))
	{
		bool		bar_ends = p->bar_ends;

		p->bar_ends = false;
		NAMI_TRY(nami_cyp_enter(p));
		NAMI_TRY(parse_label_or(p, out));
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
		p->depth--;
		p->bar_ends = bar_ends;
	}
	else
	{
		*out = label_node(p, NAMI_CY_LABEL_NAME, start, NULL);
		NAMI_TRY(nami_cyp_name(p, &(*out)->name, "a label or type"));
		(*out)->span = (*out)->name.span;
	}
	return NAMI_OK;
}

/* x&y&z; x:y:z only where with_colons. */
static NamiStatus
parse_label_and(NamiCyParser *p, bool with_colons, NamiCyLabelExpr **out)
{
	LabelVec	args = {0};
	uint32_t	start = nami_cyp_start(p);

	do
		NAMI_TRY(parse_label_atom(p, nami_vec_add(&args, p->arena)));
	while (nami_cyp_accept(p, NAMI_CYT_AMPERSAND) ||
		   (with_colons && nami_cyp_accept(p, NAMI_CYT_COLON)));
	*out = args.count == 1 ? args.items[0] : label_node(p, NAMI_CY_LABEL_AND, start, &args);
	return NAMI_OK;
}

static bool
has_token(const NamiCyParser *p, uint32_t from, NamiCyTokenKind kind)
{
	for (uint32_t i = from; i < p->at; i++)
	{
		if (p->tokens.items[i].kind == kind)
			return true;
	}
	return false;
}

/*
 * x|y|z. For types each may have its own ':' (x|:y). ':' and '|' on one level are refused: whether
 * A|B:C means (A|B):C cannot be seen.
 */
static NamiStatus
parse_label_or(NamiCyParser *p, NamiCyLabelExpr **out)
{
	LabelVec	args = {0};
	uint32_t	start = nami_cyp_start(p);
	uint32_t	at = p->at;

	NAMI_TRY(parse_label_and(p, true, nami_vec_add(&args, p->arena)));
	while (!p->bar_ends && nami_cyp_is(p, NAMI_CYT_BAR))
	{
		if (args.count == 1 && args.items[0]->kind == NAMI_CY_LABEL_AND &&
			has_token(p, at, NAMI_CYT_COLON) &&
			p->tokens.items[p->at - 1].kind != NAMI_CYT_RPAREN)
			return nami_cyp_unexpected(p, "\":\" again, or parentheses around the alternatives");
		nami_cyp_next(p);
		nami_cyp_accept(p, NAMI_CYT_COLON);
		NAMI_TRY(parse_label_and(p, false, nami_vec_add(&args, p->arena)));
		if (nami_cyp_is(p, NAMI_CYT_COLON))
			return nami_cyp_unexpected(p, "\"|\" again, or parentheses around the alternatives");
	}
	*out = args.count == 1 ? args.items[0] : label_node(p, NAMI_CY_LABEL_OR, start, &args);
	return NAMI_OK;
}

/* Is it a conjunction of nothing but names? */
static bool
is_plain(const NamiCyLabelExpr *labels)
{
	for (uint32_t i = 0; i < labels->arg_count; i++)
	{
		if (labels->args[i]->kind != NAMI_CY_LABEL_NAME)
			return false;
	}
	return labels->kind == NAMI_CY_LABEL_AND;
}

/*
 * NamiDB knows no '&' (recorded case syntax-073). We take it where it says what ':' cannot; A&B alone
 * is A:B, and a query must not run here and fail there for a matter of spelling.
 */
NamiStatus
nami_cyp_labels(NamiCyParser *p, NamiCyLabelExpr **out)
{
	uint32_t	at = p->at;

	NAMI_TRY(parse_label_or(p, out));
	if (p->tokens.items[at - 1].kind != NAMI_CYT_COLON || !is_plain(*out) ||
		!has_token(p, at, NAMI_CYT_AMPERSAND))
		return NAMI_OK;
	while (p->tokens.items[at].kind != NAMI_CYT_AMPERSAND)
		at++;
	p->at = at;
	return nami_cyp_unexpected(p, "\":\" before a further label");
}

/* ---- nodes and relationships ---- */

/* [ ':' labels | IS labels ] */
static NamiStatus
parse_pattern_labels(NamiCyParser *p, NamiCyLabelExpr **out)
{
	bool		bar_ends = p->bar_ends;

	if (is_label_word(p, 0))
		nami_cyp_next(p);
	else if (!nami_cyp_accept(p, NAMI_CYT_COLON))
		return NAMI_OK;
	p->bar_ends = false;
	NAMI_TRY(nami_cyp_labels(p, out));
	p->bar_ends = bar_ends;
	return NAMI_OK;
}

/* [ map | parameter ] [ WHERE condition ] */
static NamiStatus
parse_pattern_filter(NamiCyParser *p, NamiCyExpr **properties, NamiCyExpr **where)
{
	bool		bar_ends = p->bar_ends;

	p->bar_ends = false;
	if (nami_cyp_is(p, NAMI_CYT_LBRACE))
		NAMI_TRY(nami_cyp_map(p, properties));
	else if (nami_cyp_is(p, NAMI_CYT_PARAMETER))
		NAMI_TRY(nami_cyp_parameter(p, properties));
	NAMI_TRY(nami_cyp_where(p, where));
	p->bar_ends = bar_ends;
	return NAMI_OK;
}

static NamiStatus
parse_node(NamiCyParser *p, NamiCyNode *out)
{
	uint32_t	start = nami_cyp_start(p);

	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
	if (at_pattern_variable(p, 0))
		NAMI_TRY(nami_cyp_name(p, &out->variable, "a variable"));
	NAMI_TRY(parse_pattern_labels(p, &out->labels));
	NAMI_TRY(parse_pattern_filter(p, &out->properties, &out->where));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
	out->span = nami_cyp_span(p, start);
	return NAMI_OK;
}

static NamiStatus
parse_bound(NamiCyParser *p, NamiCyExpr **out)
{
	if (nami_cyp_is(p, NAMI_CYT_MINUS))
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_INVALID_RELATIONSHIP,
							nami_cyp_start(p), "the length of a path cannot be negative");
	if (nami_cyp_is(p, NAMI_CYT_PARAMETER))
		return nami_cyp_parameter(p, out);
	if (nami_cyp_is(p, NAMI_CYT_INT))
		return nami_cyp_atom(p, out);
	return NAMI_OK;
}

/* '*' [ min ] [ '..' [ max ] ] */
static NamiStatus
parse_range(NamiCyParser *p, NamiCyRelPattern *out)
{
	if (nami_cyp_is(p, NAMI_CYT_DOT_DOT))
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_INVALID_RELATIONSHIP,
							nami_cyp_start(p), "a range of lengths must begin with \"*\"");
	if (!nami_cyp_accept(p, NAMI_CYT_STAR))
		return NAMI_OK;
	out->is_variable_length = true;
	/* in "*$p" alone the parameter may be the property map as well; it is a bound */
	NAMI_TRY(parse_bound(p, &out->min));
	if (nami_cyp_accept(p, NAMI_CYT_DOT_DOT))
		return parse_bound(p, &out->max);
	out->max = out->min;
	return NAMI_OK;
}

static NamiStatus
parse_rel(NamiCyParser *p, NamiCyRelPattern *out)
{
	uint32_t	start = nami_cyp_start(p);
	bool		is_left = nami_cyp_accept(p, NAMI_CYT_LT);
	bool		is_right;

	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_MINUS, "\"-\""));
	if (nami_cyp_accept(p, NAMI_CYT_LBRACKET))
	{
		if (at_pattern_variable(p, 0))
			NAMI_TRY(nami_cyp_name(p, &out->variable, "a variable"));
		NAMI_TRY(parse_pattern_labels(p, &out->types));
		if (out->types != NULL && is_plain(out->types))
			return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
								out->types->args[0]->span.end,
								"a relationship has one type: separate alternatives by \"|\"");
		NAMI_TRY(parse_range(p, out));
		NAMI_TRY(parse_pattern_filter(p, &out->properties, &out->where));
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACKET, "\"]\""));
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_MINUS, "\"-\" or \"->\""));
	}
	else
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_MINUS, "\"-\" or \"[\" of a relationship"));
	is_right = nami_cyp_accept(p, NAMI_CYT_GT);
	out->direction = is_left == is_right ? NAMI_CY_BOTH : is_left ? NAMI_CY_LEFT : NAMI_CY_RIGHT;
	out->span = nami_cyp_span(p, start);
	return NAMI_OK;
}

/* ---- paths ---- */

static bool
at_rel(const NamiCyParser *p)
{
	return nami_cyp_is(p, NAMI_CYT_MINUS) ||
		(nami_cyp_is(p, NAMI_CYT_LT) && nami_cyp_peek_is(p, 1, NAMI_CYT_MINUS));
}

static NamiStatus
parse_path(NamiCyParser *p, NamiCyPatternPart *out)
{
	NAMI_VEC(NamiCyNode) nodes = {0};
	NAMI_VEC(NamiCyRelPattern) rels = {0};

	NAMI_TRY(parse_node(p, nami_vec_add(&nodes, p->arena)));
	while (at_rel(p))
	{
		NAMI_TRY(parse_rel(p, nami_vec_add(&rels, p->arena)));
		NAMI_TRY(parse_node(p, nami_vec_add(&nodes, p->arena)));
	}
	out->nodes = nodes.items;
	out->rels = rels.items;
	out->rel_count = (uint32_t) rels.count;
	return NAMI_OK;
}

NamiStatus
nami_cyp_element(NamiCyParser *p, NamiCyPatternPart *out)
{
	uint32_t	start = nami_cyp_start(p);

	if (nami_cyp_is(p, NAMI_CYT_LPAREN) && nami_cyp_peek_is(p, 1, NAMI_CYT_LPAREN))
	{
		NAMI_TRY(nami_cyp_enter(p));
		nami_cyp_next(p);
		NAMI_TRY(nami_cyp_element(p, out));
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
		p->depth--;
	}
	else
		NAMI_TRY(parse_path(p, out));
	out->span = nami_cyp_span(p, start);
	return NAMI_OK;
}

NamiStatus
nami_cyp_shortest(NamiCyParser *p, NamiCyPatternPart *out)
{
	uint32_t	start = nami_cyp_start(p);

	out->shortest = nami_cyp_is_keyword(p, NAMI_KW_SHORTESTPATH) ?
		NAMI_CY_SHORTEST_ONE : NAMI_CY_SHORTEST_ALL;
	nami_cyp_next(p);
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
	NAMI_TRY(nami_cyp_element(p, out));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
	out->span = nami_cyp_span(p, start);
	return NAMI_OK;
}

NamiStatus
nami_cyp_part(NamiCyParser *p, NamiCyPatternPart *out)
{
	uint32_t	start = nami_cyp_start(p);

	if (nami_cyp_is(p, NAMI_CYT_NAME) && nami_cyp_peek_is(p, 1, NAMI_CYT_EQ))
	{
		NAMI_TRY(nami_cyp_name(p, &out->variable, "a variable"));
		nami_cyp_next(p);
	}
	if (nami_cyp_at_shortest(p))
		NAMI_TRY(nami_cyp_shortest(p, out));
	else if (nami_cyp_is(p, NAMI_CYT_LPAREN))
		NAMI_TRY(nami_cyp_element(p, out));
	else
		return nami_cyp_unexpected(p, "a pattern, beginning with \"(\"");
	out->span = nami_cyp_span(p, start);
	return NAMI_OK;
}

NamiStatus
nami_cyp_pattern(NamiCyParser *p, NamiCyPattern *out)
{
	NAMI_VEC(NamiCyPatternPart) parts = {0};

	do
		NAMI_TRY(nami_cyp_part(p, nami_vec_add(&parts, p->arena)));
	while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	out->parts = parts.items;
	out->part_count = (uint32_t) parts.count;
	return NAMI_OK;
}
