/*
 * parser_atom.c - the smallest pieces of expressions: literals, names, calls, CASE, maps, subqueries.
 */
#include "cypher/parser_internal.h"

/* Tokens that follow a complete operand and can never begin one. */
static bool
follows_operand(const NamiCyToken *token)
{
	switch (token->kind)
	{
		case NAMI_CYT_END:
		case NAMI_CYT_SEMICOLON:
		case NAMI_CYT_COMMA:
		case NAMI_CYT_RPAREN:
		case NAMI_CYT_RBRACKET:
		case NAMI_CYT_RBRACE:
		case NAMI_CYT_DOT:
		case NAMI_CYT_DOT_DOT:
		case NAMI_CYT_COLON:
		case NAMI_CYT_BAR:
		case NAMI_CYT_BAR_BAR:
		case NAMI_CYT_EQ:
		case NAMI_CYT_PLUS_EQ:
		case NAMI_CYT_NE:
		case NAMI_CYT_LT:
		case NAMI_CYT_LE:
		case NAMI_CYT_GT:
		case NAMI_CYT_GE:
		case NAMI_CYT_REGEX:
		case NAMI_CYT_SLASH:
		case NAMI_CYT_PERCENT:
		case NAMI_CYT_CARET:
			return true;
		default:
			break;
	}
	switch (token->keyword)
	{
		case NAMI_KW_AS:
		case NAMI_KW_IS:
		case NAMI_KW_IN:
		case NAMI_KW_AND:
		case NAMI_KW_OR:
		case NAMI_KW_XOR:
		case NAMI_KW_STARTS:
		case NAMI_KW_ENDS:
		case NAMI_KW_CONTAINS:
		case NAMI_KW_ORDER:
		case NAMI_KW_SKIP:
		case NAMI_KW_LIMIT:
		case NAMI_KW_ASC:
		case NAMI_KW_ASCENDING:
		case NAMI_KW_DESC:
		case NAMI_KW_DESCENDING:
			return true;
		default:
			return false;
	}
}

/* Words behind which an expression begins: "RETURN - 1" is not a difference. */
static bool
introduces_expression(NamiCyKeyword keyword)
{
	switch (keyword)
	{
		case NAMI_KW_AND:
		case NAMI_KW_CASE:
		case NAMI_KW_CONTAINS:
		case NAMI_KW_DELETE:
		case NAMI_KW_DISTINCT:
		case NAMI_KW_ELSE:
		case NAMI_KW_IN:
		case NAMI_KW_NOT:
		case NAMI_KW_OR:
		case NAMI_KW_RETURN:
		case NAMI_KW_THEN:
		case NAMI_KW_UNWIND:
		case NAMI_KW_WHEN:
		case NAMI_KW_WHERE:
		case NAMI_KW_WITH:
		case NAMI_KW_XOR:
			return true;
		default:
			return false;
	}
}

/*
 * Is the word at the current token a variable? Every word that is no keyword of the product is. The
 * others are when what follows cannot be the construct that they begin: "RETURN end + 1" is fine, in
 * "MATCH (n) WHERE RETURN n" the condition is missing.
 */
static bool
at_variable(const NamiCyParser *p)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);
	const NamiCyToken *next = nami_cyp_peek(p, 1);

	if (token->kind != NAMI_CYT_NAME)
		return false;
	if (!nami_cy_keyword_is_reserved((NamiCyKeyword) token->keyword))
		return true;
	if (token->keyword == NAMI_KW_NOT)
		return false;
	if (follows_operand(next))
		return true;
	return !introduces_expression((NamiCyKeyword) token->keyword) &&
		(next->kind == NAMI_CYT_PLUS || next->kind == NAMI_CYT_MINUS ||
		 next->kind == NAMI_CYT_STAR || next->kind == NAMI_CYT_LBRACKET);
}

static NamiStatus
parse_literal(NamiCyParser *p, NamiValue value, NamiCyExpr **out)
{
	uint32_t	start = nami_cyp_start(p);

	nami_cyp_next(p);
	*out = nami_cyp_node(p, NAMI_CY_LITERAL, start);
	(*out)->literal = value;
	return NAMI_OK;
}

static NamiStatus
parse_integer(NamiCyParser *p, NamiCyExpr **out)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);

	if (token->integer > INT64_MAX)
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, "SyntaxError: IntegerOverflow", token->start,
							"integer \"%.*s\" is out of range", (int) (token->end - token->start),
							p->text.ptr + token->start);
	return parse_literal(p, nami_value_int((int64_t) token->integer), out);
}

NamiStatus
nami_cyp_parameter(NamiCyParser *p, NamiCyExpr **out)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);

	nami_cyp_next(p);
	*out = nami_cyp_node(p, NAMI_CY_PARAMETER, token->start);
	(*out)->name = (NamiCyName) {token->text, {token->start, token->end}};
	return NAMI_OK;
}

/* '{' [ key ':' value { ',' key ':' value } ] '}' */
NamiStatus
nami_cyp_map(NamiCyParser *p, NamiCyExpr **out)
{
	NAMI_VEC(NamiCyMapEntry) entries = {0};
	uint32_t	start = nami_cyp_start(p);
	uint32_t	height = p->height;	/* patterns come here without an expression around */
	bool		bar_ends = p->bar_ends;

	p->height = 0;
	p->bar_ends = false;
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LBRACE, "\"{\""));
	if (!nami_cyp_is(p, NAMI_CYT_RBRACE))
	{
		do
		{
			NamiCyMapEntry entry;

			if (nami_cyp_is(p, NAMI_CYT_EMPTY_NAME))
			{
				entry.key = (NamiCyName) {
					NAMI_STR(""), {nami_cyp_start(p), nami_cyp_start(p) + 2}
				};
				nami_cyp_next(p);
			}
			else
				NAMI_TRY(nami_cyp_name(p, &entry.key, "the name of a key"));
			NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_COLON, "\":\""));
			NAMI_TRY(nami_cyp_value(p, &entry.value));
			nami_vec_push(&entries, p->arena, entry);
		} while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	}
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACE, "\",\" or \"}\""));
	p->bar_ends = bar_ends;
	NAMI_TRY(nami_cyp_grow(p));
	nami_cyp_close_height(p, height);
	*out = nami_cyp_node(p, NAMI_CY_MAP, start);
	(*out)->entries = entries.items;
	(*out)->entry_count = (uint32_t) entries.count;
	return NAMI_OK;
}

static NamiStatus
parse_map_item(NamiCyParser *p, NamiCyMapItem *item)
{
	uint32_t	start = nami_cyp_start(p);

	if (nami_cyp_accept(p, NAMI_CYT_DOT))
	{
		item->kind = NAMI_CY_MAP_ALL;
		if (!nami_cyp_accept(p, NAMI_CYT_STAR))
		{
			item->kind = NAMI_CY_MAP_PROPERTY;
			NAMI_TRY(nami_cyp_name(p, &item->name, "\"*\" or the name of a property"));
		}
	}
	else
	{
		item->kind = NAMI_CY_MAP_VARIABLE;
		NAMI_TRY(nami_cyp_name(p, &item->name, "\".\" or a name"));
		if (nami_cyp_accept(p, NAMI_CYT_COLON))
		{
			item->kind = NAMI_CY_MAP_ENTRY;
			NAMI_TRY(nami_cyp_value(p, &item->value));
		}
	}
	item->span = nami_cyp_span(p, start);
	return NAMI_OK;
}

/* variable { item, ... } */
static NamiStatus
parse_map_projection(NamiCyParser *p, NamiCyExpr **out)
{
	NAMI_VEC(NamiCyMapItem) items = {0};
	NamiCyMapProjection *projection = NAMI_NEW(p->arena, NamiCyMapProjection);
	uint32_t	start = nami_cyp_start(p);
	bool		bar_ends = p->bar_ends;

	p->bar_ends = false;
	NAMI_TRY(nami_cyp_name(p, &projection->variable, "a variable"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LBRACE, "\"{\""));
	if (!nami_cyp_is(p, NAMI_CYT_RBRACE))
	{
		do
			NAMI_TRY(parse_map_item(p, nami_vec_add(&items, p->arena)));
		while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	}
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACE, "\",\" or \"}\""));
	p->bar_ends = bar_ends;
	projection->items = items.items;
	projection->item_count = (uint32_t) items.count;
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_MAP_PROJECTION, start);
	(*out)->projection = projection;
	return NAMI_OK;
}

static NamiStatus
parse_case(NamiCyParser *p, NamiCyExpr **out)
{
	NamiCyCase *switch_ = NAMI_NEW(p->arena, NamiCyCase);
	NamiCyExprVec whens = {0};
	NamiCyExprVec thens = {0};
	uint32_t	start = nami_cyp_start(p);

	nami_cyp_next(p);
	if (!nami_cyp_is_keyword(p, NAMI_KW_WHEN) || follows_operand(nami_cyp_peek(p, 1)))
		NAMI_TRY(nami_cyp_expr(p, &switch_->operand));
	if (!nami_cyp_is_keyword(p, NAMI_KW_WHEN))
		return nami_cyp_unexpected(p, "WHEN");
	while (nami_cyp_accept_keyword(p, NAMI_KW_WHEN))
	{
		NamiCyExpr **when = nami_vec_add(&whens, p->arena);

		NAMI_TRY(switch_->operand != NULL ? nami_cyp_expr(p, when) : nami_cyp_condition(p, when));
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_THEN, "THEN"));
		NAMI_TRY(nami_cyp_expr(p, nami_vec_add(&thens, p->arena)));
	}
	if (nami_cyp_accept_keyword(p, NAMI_KW_ELSE))
		NAMI_TRY(nami_cyp_expr(p, &switch_->otherwise));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_END,
									 switch_->otherwise != NULL ? "END" : "WHEN, ELSE or END"));
	switch_->whens = whens.items;
	switch_->thens = thens.items;
	switch_->count = (uint32_t) whens.count;
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_CASE, start);
	(*out)->switch_ = switch_;
	return NAMI_OK;
}

/* True when a dotted name and "(" stand here. */
static bool
at_call(const NamiCyParser *p)
{
	uint32_t	n = 1;

	if (!nami_cyp_is(p, NAMI_CYT_NAME))
		return false;
	while (nami_cyp_peek_is(p, n, NAMI_CYT_DOT) && nami_cyp_peek_is(p, n + 1, NAMI_CYT_NAME))
		n += 2;
	return nami_cyp_peek_is(p, n, NAMI_CYT_LPAREN);
}

static NamiStatus
parse_arguments(NamiCyParser *p, NamiCyCall *call, NamiCyExprVec *args)
{
	bool		may_be_star = nami_str_eq_nocase(call->name.text, NAMI_STR("count"));

	if (may_be_star && nami_cyp_accept(p, NAMI_CYT_STAR))
	{
		call->is_star = true;
		return nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\"");
	}
	if (nami_cyp_is_keyword(p, NAMI_KW_DISTINCT) && !nami_cyp_peek_is(p, 1, NAMI_CYT_RPAREN) &&
		!nami_cyp_peek_is(p, 1, NAMI_CYT_COMMA))
	{
		nami_cyp_next(p);
		call->is_distinct = true;
	}
	if (call->is_distinct || !nami_cyp_is(p, NAMI_CYT_RPAREN))
		NAMI_TRY(nami_cyp_value_list(p, args));
	return nami_cyp_expect(p, NAMI_CYT_RPAREN, "\",\" or \")\"");
}

static NamiStatus
parse_call(NamiCyParser *p, NamiCyExpr **out)
{
	NamiCyCall *call = NAMI_NEW(p->arena, NamiCyCall);
	NamiCyExprVec args = {0};
	uint32_t	start = nami_cyp_start(p);
	bool		bar_ends = p->bar_ends;

	p->bar_ends = false;
	NAMI_TRY(nami_cyp_dotted_name(p, &call->name, &call->parts, &call->part_count,
								  "the name of a function"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
	NAMI_TRY(parse_arguments(p, call, &args));
	p->bar_ends = bar_ends;
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_CALL, start);
	(*out)->call = call;
	(*out)->args = args.items;
	(*out)->arg_count = (uint32_t) args.count;
	return NAMI_OK;
}

/* A query that is one plain MATCH means the same as its pattern. */
static void
simplify_subquery(NamiCySubquery *subquery)
{
	const NamiCyQuery *query = subquery->query;
	const NamiCyClause *clause = query->singles[0].clauses[0];

	if (query->single_count > 1 || query->singles[0].clause_count > 1 ||
		clause->kind != NAMI_CY_MATCH || clause->match.is_optional)
		return;
	subquery->pattern = clause->match.pattern;
	subquery->where = clause->match.where;
	subquery->query = NULL;
}

/* EXISTS { ... }, COUNT { ... }, COLLECT { ... } */
static NamiStatus
parse_subquery(NamiCyParser *p, NamiCyOp op, NamiCyExpr **out)
{
	NamiCySubquery *subquery = NAMI_NEW(p->arena, NamiCySubquery);
	uint32_t	start = nami_cyp_start(p);
	bool		is_reading = p->is_reading;
	bool		bar_ends = p->bar_ends;

	nami_cyp_next(p);
	nami_cyp_next(p);
	p->is_reading = true;
	p->bar_ends = false;
	if (op != NAMI_CY_COLLECT &&
		(nami_cyp_is(p, NAMI_CYT_LPAREN) || nami_cyp_at_shortest(p) ||
		 (nami_cyp_is(p, NAMI_CYT_NAME) && nami_cyp_peek_is(p, 1, NAMI_CYT_EQ))))
	{
		NAMI_TRY(nami_cyp_pattern(p, &subquery->pattern));
		NAMI_TRY(nami_cyp_where(p, &subquery->where));
	}
	else
	{
		NAMI_TRY(nami_cyp_query(p, op != NAMI_CY_COLLECT, &subquery->query));
		simplify_subquery(subquery);
	}
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACE, "\"}\""));
	p->is_reading = is_reading;
	p->bar_ends = bar_ends;
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_SUBQUERY, start);
	(*out)->op = (uint8_t) op;
	(*out)->subquery = subquery;
	return NAMI_OK;
}

/* exists((a)-->(b)) */
static NamiStatus
parse_exists_pattern(NamiCyParser *p, NamiCyExpr **out)
{
	NamiCySubquery *subquery = NAMI_NEW(p->arena, NamiCySubquery);
	uint32_t	start = nami_cyp_start(p);

	nami_cyp_next(p);
	nami_cyp_next(p);
	subquery->pattern.parts = NAMI_NEW(p->arena, NamiCyPatternPart);
	subquery->pattern.part_count = 1;
	NAMI_TRY(nami_cyp_element(p, subquery->pattern.parts));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_SUBQUERY, start);
	(*out)->op = NAMI_CY_EXISTS;
	(*out)->subquery = subquery;
	return NAMI_OK;
}

/* (a)-->(b) as predicate, shortestPath(...) as value */
static NamiStatus
parse_pattern_expr(NamiCyParser *p, bool is_shortest, NamiCyExpr **out)
{
	NamiCyPatternExpr *pattern = NAMI_NEW(p->arena, NamiCyPatternExpr);
	uint32_t	start = nami_cyp_start(p);

	if (!is_shortest && !p->pattern_allowed)
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, start,
							"a pattern is no value: it may stand in a condition or inside exists()");
	pattern->part = NAMI_NEW(p->arena, NamiCyPatternPart);
	NAMI_TRY(is_shortest ? nami_cyp_shortest(p, pattern->part) :
			 nami_cyp_element(p, pattern->part));
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node(p, NAMI_CY_PATTERN, start);
	(*out)->pattern = pattern;
	return NAMI_OK;
}

static NamiStatus
parse_parenthesis(NamiCyParser *p, NamiCyExpr **out)
{
	bool		bar_ends = p->bar_ends;

	if (nami_cyp_at_path(p, 0))
		return parse_pattern_expr(p, false, out);
	p->bar_ends = false;
	nami_cyp_next(p);
	NAMI_TRY(nami_cyp_expr(p, out));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\""));
	p->bar_ends = bar_ends;
	return NAMI_OK;
}

/* Names that open a form of their own with '(' or '{'; *found false when none of them stands here. */
static NamiStatus
parse_special_form(NamiCyParser *p, bool *found, NamiCyExpr **out)
{
	NamiCyKeyword keyword = (NamiCyKeyword) nami_cyp_peek(p, 0)->keyword;
	bool		has_paren = nami_cyp_peek_is(p, 1, NAMI_CYT_LPAREN);
	bool		has_brace = nami_cyp_peek_is(p, 1, NAMI_CYT_LBRACE);

	*found = true;
	if (has_brace && keyword == NAMI_KW_EXISTS)
		return parse_subquery(p, NAMI_CY_EXISTS, out);
	if (has_brace && keyword == NAMI_KW_COUNT)
		return parse_subquery(p, NAMI_CY_COUNT, out);
	if (has_brace && keyword == NAMI_KW_COLLECT)
		return parse_subquery(p, NAMI_CY_COLLECT, out);
	if (has_paren && keyword == NAMI_KW_EXISTS && nami_cyp_at_path(p, 2))
		return parse_exists_pattern(p, out);
	if (has_paren && keyword == NAMI_KW_ALL)
		return nami_cyp_quantifier(p, NAMI_CY_ALL, out);
	if (has_paren && keyword == NAMI_KW_ANY)
		return nami_cyp_quantifier(p, NAMI_CY_ANY, out);
	if (has_paren && keyword == NAMI_KW_NONE)
		return nami_cyp_quantifier(p, NAMI_CY_NONE, out);
	if (has_paren && keyword == NAMI_KW_SINGLE)
		return nami_cyp_quantifier(p, NAMI_CY_SINGLE, out);
	if (has_paren && keyword == NAMI_KW_REDUCE)
		return nami_cyp_reduce(p, out);
	if (nami_cyp_at_shortest(p))
		return parse_pattern_expr(p, true, out);
	*found = false;
	return NAMI_OK;
}

static NamiStatus
parse_word(NamiCyParser *p, NamiCyExpr **out)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);
	bool		is_special;

	switch (token->keyword)
	{
		case NAMI_KW_TRUE:
			return parse_literal(p, nami_value_bool(true), out);
		case NAMI_KW_FALSE:
			return parse_literal(p, nami_value_bool(false), out);
		case NAMI_KW_NULL:
			return parse_literal(p, nami_value_null(), out);
		default:
			break;
	}
	NAMI_TRY(parse_special_form(p, &is_special, out));
	if (is_special)
		return NAMI_OK;
	if (token->keyword == NAMI_KW_CASE && !follows_operand(nami_cyp_peek(p, 1)))
		return parse_case(p, out);
	if (!nami_cy_keyword_is_reserved((NamiCyKeyword) token->keyword))
	{
		if (at_call(p))
			return parse_call(p, out);
		if (nami_cyp_peek_is(p, 1, NAMI_CYT_LBRACE))
			return parse_map_projection(p, out);
	}
	if (!at_variable(p))
		return nami_cyp_unexpected(p, "an expression");
	nami_cyp_next(p);
	*out = nami_cyp_node(p, NAMI_CY_VARIABLE, token->start);
	(*out)->name = (NamiCyName) {token->text, {token->start, token->end}};
	return NAMI_OK;
}

NamiStatus
nami_cyp_atom(NamiCyParser *p, NamiCyExpr **out)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);

	switch (token->kind)
	{
		case NAMI_CYT_NAME:
			return parse_word(p, out);
		case NAMI_CYT_INT:
			return parse_integer(p, out);
		case NAMI_CYT_MINUS:
			/* only for the smallest integer, see parse_prefix */
			nami_cyp_next(p);
			NAMI_TRY(parse_literal(p, nami_value_int(INT64_MIN), out));
			(*out)->span.start = token->start;
			return NAMI_OK;
		case NAMI_CYT_FLOAT:
			return parse_literal(p, nami_value_float(token->number), out);
		case NAMI_CYT_STRING:
			return parse_literal(p, nami_value_string(token->text), out);
		case NAMI_CYT_PARAMETER:
			return nami_cyp_parameter(p, out);
		case NAMI_CYT_LPAREN:
			return parse_parenthesis(p, out);
		case NAMI_CYT_LBRACKET:
			return nami_cyp_bracket(p, out);
		case NAMI_CYT_LBRACE:
			return nami_cyp_map(p, out);
		default:
			return nami_cyp_unexpected(p, "an expression");
	}
}
