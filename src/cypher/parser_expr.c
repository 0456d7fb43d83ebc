/*
 * parser_expr.c - operators by precedence (spec/cypher.md 3.4) and postfix steps.
 */
#include "cypher/parser_internal.h"

/* Loose to tight. */
enum
{
	LEVEL_OR = 1,
	LEVEL_XOR,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_COMPARISON,
	LEVEL_PREDICATE,			/* IN, IS NULL, STARTS WITH, ENDS WITH, CONTAINS, =~ */
	LEVEL_ADD,
	LEVEL_MUL,
	LEVEL_POW,
	LEVEL_SIGN
};

NamiCyExpr *
nami_cyp_node(NamiCyParser *p, NamiCyExprKind kind, uint32_t start)
{
	NamiCyExpr *expr = NAMI_NEW(p->arena, NamiCyExpr);

	expr->kind = (uint8_t) kind;
	expr->span = nami_cyp_span(p, start);
	return expr;
}

NamiCyExpr *
nami_cyp_node_args(NamiCyParser *p, NamiCyExprKind kind, uint32_t start, NamiCyExpr *const *args,
				   uint32_t arg_count)
{
	NamiCyExpr *expr = nami_cyp_node(p, kind, start);

	expr->args = NAMI_NEW_ARRAY(p->arena, NamiCyExpr *, arg_count);
	expr->arg_count = arg_count;
	memcpy(expr->args, args, arg_count * sizeof(*args));
	return expr;
}

/* The operator at the current token and its level; 0 when there is none. */
static int
operator_level(const NamiCyParser *p, NamiCyOp *op)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);

	switch (token->kind)
	{
		case NAMI_CYT_PLUS:
			return *op = NAMI_CY_ADD, LEVEL_ADD;
		case NAMI_CYT_MINUS:
			return *op = NAMI_CY_SUB, LEVEL_ADD;
		case NAMI_CYT_BAR_BAR:
			return *op = NAMI_CY_CONCAT, LEVEL_ADD;
		case NAMI_CYT_STAR:
			return *op = NAMI_CY_MUL, LEVEL_MUL;
		case NAMI_CYT_SLASH:
			return *op = NAMI_CY_DIV, LEVEL_MUL;
		case NAMI_CYT_PERCENT:
			return *op = NAMI_CY_MOD, LEVEL_MUL;
		case NAMI_CYT_CARET:
			return *op = NAMI_CY_POW, LEVEL_POW;
		case NAMI_CYT_EQ:
			return *op = NAMI_CY_EQ, LEVEL_COMPARISON;
		case NAMI_CYT_NE:
			return *op = NAMI_CY_NE, LEVEL_COMPARISON;
		case NAMI_CYT_LT:
			return *op = NAMI_CY_LT, LEVEL_COMPARISON;
		case NAMI_CYT_LE:
			return *op = NAMI_CY_LE, LEVEL_COMPARISON;
		case NAMI_CYT_GT:
			return *op = NAMI_CY_GT, LEVEL_COMPARISON;
		case NAMI_CYT_GE:
			return *op = NAMI_CY_GE, LEVEL_COMPARISON;
		case NAMI_CYT_REGEX:
			return *op = NAMI_CY_REGEX, LEVEL_PREDICATE;
		default:
			break;
	}
	switch (token->keyword)
	{
		case NAMI_KW_OR:
			return *op = NAMI_CY_OR, LEVEL_OR;
		case NAMI_KW_XOR:
			return *op = NAMI_CY_XOR, LEVEL_XOR;
		case NAMI_KW_AND:
			return *op = NAMI_CY_AND, LEVEL_AND;
		case NAMI_KW_IN:
			return *op = NAMI_CY_IN, LEVEL_PREDICATE;
		case NAMI_KW_IS:
			return *op = NAMI_CY_IS_NULL, LEVEL_PREDICATE;
		case NAMI_KW_STARTS:
			return *op = NAMI_CY_STARTS_WITH, LEVEL_PREDICATE;
		case NAMI_KW_ENDS:
			return *op = NAMI_CY_ENDS_WITH, LEVEL_PREDICATE;
		case NAMI_KW_CONTAINS:
			return *op = NAMI_CY_CONTAINS, LEVEL_PREDICATE;
		default:
			return 0;
	}
}

static NamiStatus parse_operators(NamiCyParser *p, int level_min, NamiCyExpr **out);

/* operand op operand op ...: all of one level in one flat node. */
static NamiStatus
parse_chain(NamiCyParser *p, uint32_t start, int level, NamiCyExpr **out)
{
	NamiCyExprVec args = {0};
	NAMI_VEC(uint8_t) ops = {0};
	NamiCyOp	op = NAMI_CY_OP_NONE;
	NamiCyOp	next;
	NamiCyExpr *expr;

	nami_vec_push(&args, p->arena, *out);
	while (operator_level(p, &next) == level)
	{
		op = next;
		nami_vec_push(&ops, p->arena, (uint8_t) op);
		nami_cyp_next(p);
		NAMI_TRY(parse_operators(p, level + 1, nami_vec_add(&args, p->arena)));
	}
	NAMI_TRY(nami_cyp_grow(p));
	expr = nami_cyp_node(p, NAMI_CY_COMPARISON, start);
	expr->args = args.items;
	expr->arg_count = (uint32_t) args.count;
	if (level <= LEVEL_AND)
	{
		expr->kind = NAMI_CY_LOGICAL;
		expr->op = (uint8_t) op;
	}
	else
	{
		expr->ops = ops.items;
		if (level != LEVEL_COMPARISON)
			expr->kind = NAMI_CY_ARITHMETIC;
	}
	*out = expr;
	return NAMI_OK;
}

static NamiStatus
parse_label_predicate(NamiCyParser *p, uint32_t start, NamiCyExpr **out)
{
	NamiCyLabelExpr *labels;

	NAMI_TRY(nami_cyp_labels(p, &labels));
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node_args(p, NAMI_CY_LABELS, start, out, 1);
	(*out)->labels = labels;
	return NAMI_OK;
}

/* IN, IS NULL, IS Label, STARTS WITH ...: each wraps what stands before it. */
static NamiStatus
parse_predicate(NamiCyParser *p, uint32_t start, NamiCyOp op, NamiCyExpr **out)
{
	NamiCyExpr *args[2] = {*out, NULL};
	bool		is_unary = op == NAMI_CY_IS_NULL;

	nami_cyp_next(p);
	if (is_unary)
	{
		if (nami_cyp_accept_keyword(p, NAMI_KW_NOT))
		{
			op = NAMI_CY_IS_NOT_NULL;
			NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_NULL, "NULL"));
		}
		else if (!nami_cyp_is_keyword(p, NAMI_KW_NULL) && !nami_cyp_is(p, NAMI_CYT_END))
			return parse_label_predicate(p, start, out);	/* n IS Label */
		else
			NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_NULL, "NULL, NOT NULL or a label"));
	}
	else
	{
		if (op == NAMI_CY_STARTS_WITH || op == NAMI_CY_ENDS_WITH)
			NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_WITH, "WITH"));
		NAMI_TRY(parse_operators(p, LEVEL_ADD, &args[1]));
	}
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node_args(p, is_unary ? NAMI_CY_UNARY : NAMI_CY_BINARY, start, args,
							  is_unary ? 1 : 2);
	(*out)->op = (uint8_t) op;
	return NAMI_OK;
}

/* NOT and signs. The smallest integer exists only together with its sign. */
static NamiStatus
parse_prefix(NamiCyParser *p, int level_min, NamiCyExpr **out)
{
	uint32_t	start = nami_cyp_start(p);
	bool		is_not = level_min <= LEVEL_NOT && nami_cyp_is_keyword(p, NAMI_KW_NOT);
	bool		is_minus = nami_cyp_is(p, NAMI_CYT_MINUS);
	const NamiCyToken *next = nami_cyp_peek(p, 1);
	NamiCyOp	op = is_not ? NAMI_CY_NOT : is_minus ? NAMI_CY_MINUS : NAMI_CY_PLUS;

	if (!is_not && !is_minus && !nami_cyp_is(p, NAMI_CYT_PLUS))
		return nami_cyp_postfix(p, true, out);
	if (is_minus && next->kind == NAMI_CYT_INT && next->integer == UINT64_C(1) << 63)
		return nami_cyp_postfix(p, true, out);
	NAMI_TRY(nami_cyp_enter(p));
	nami_cyp_next(p);
	NAMI_TRY(is_not ? parse_operators(p, LEVEL_NOT, out) : parse_prefix(p, LEVEL_SIGN, out));
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node_args(p, NAMI_CY_UNARY, start, out, 1);
	(*out)->op = (uint8_t) op;
	p->depth--;
	return NAMI_OK;
}

/* Takes operators of level_min and tighter. */
static NamiStatus
parse_operators(NamiCyParser *p, int level_min, NamiCyExpr **out)
{
	uint32_t	start = nami_cyp_start(p);
	uint32_t	height = p->height;
	NamiCyExpr *expr;
	NamiCyOp	op;
	int			level;

	p->height = 0;
	NAMI_TRY(parse_prefix(p, level_min, &expr));
	while ((level = operator_level(p, &op)) >= level_min && level > 0)
	{
		if (level == LEVEL_PREDICATE)
			NAMI_TRY(parse_predicate(p, start, op, &expr));
		else
			NAMI_TRY(parse_chain(p, start, level, &expr));
	}
	nami_cyp_close_height(p, height);
	*out = expr;
	return NAMI_OK;
}

NamiStatus
nami_cyp_expr(NamiCyParser *p, NamiCyExpr **out)
{
	NAMI_TRY(nami_cyp_enter(p));
	NAMI_TRY(parse_operators(p, LEVEL_OR, out));
	p->depth--;
	return NAMI_OK;
}

NamiStatus
nami_cyp_value(NamiCyParser *p, NamiCyExpr **out)
{
	bool		pattern_allowed = p->pattern_allowed;

	p->pattern_allowed = false;
	NAMI_TRY(nami_cyp_expr(p, out));
	p->pattern_allowed = pattern_allowed;
	return NAMI_OK;
}

NamiStatus
nami_cyp_condition(NamiCyParser *p, NamiCyExpr **out)
{
	bool		pattern_allowed = p->pattern_allowed;

	p->pattern_allowed = true;
	NAMI_TRY(nami_cyp_expr(p, out));
	p->pattern_allowed = pattern_allowed;
	return NAMI_OK;
}

NamiStatus
nami_cyp_where(NamiCyParser *p, NamiCyExpr **out)
{
	*out = NULL;
	if (!nami_cyp_accept_keyword(p, NAMI_KW_WHERE))
		return NAMI_OK;
	return nami_cyp_condition(p, out);
}

NamiStatus
nami_cyp_value_list(NamiCyParser *p, NamiCyExprVec *out)
{
	do
	{
		NamiCyExpr *expr;

		NAMI_TRY(nami_cyp_value(p, &expr));
		nami_vec_push(out, p->arena, expr);
	} while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	return NAMI_OK;
}

/* base[index], base[from..to]; behind the '['. */
static NamiStatus
parse_subscript(NamiCyParser *p, uint32_t start, NamiCyExpr **out)
{
	NamiCyExpr *args[3] = {*out, NULL, NULL};
	bool		bar_ends = p->bar_ends;
	bool		is_slice;

	p->bar_ends = false;
	if (!nami_cyp_is(p, NAMI_CYT_DOT_DOT))
		NAMI_TRY(nami_cyp_value(p, &args[1]));
	is_slice = nami_cyp_accept(p, NAMI_CYT_DOT_DOT);
	if (is_slice && !nami_cyp_is(p, NAMI_CYT_RBRACKET))
		NAMI_TRY(nami_cyp_value(p, &args[2]));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RBRACKET, is_slice ? "\"]\"" : "\"]\" or \"..\""));
	p->bar_ends = bar_ends;
	NAMI_TRY(nami_cyp_grow(p));
	*out = nami_cyp_node_args(p, is_slice ? NAMI_CY_SLICE : NAMI_CY_INDEX, start, args,
							  is_slice ? 3 : 2);
	return NAMI_OK;
}

NamiStatus
nami_cyp_postfix(NamiCyParser *p, bool with_labels, NamiCyExpr **out)
{
	uint32_t	start = nami_cyp_start(p);
	uint32_t	height = p->height;

	p->height = 0;
	NAMI_TRY(nami_cyp_atom(p, out));
	for (;;)
	{
		if (nami_cyp_accept(p, NAMI_CYT_DOT))
		{
			NamiCyName	name;

			NAMI_TRY(nami_cyp_name(p, &name, "the name of a property"));
			NAMI_TRY(nami_cyp_grow(p));
			*out = nami_cyp_node_args(p, NAMI_CY_PROPERTY, start, out, 1);
			(*out)->name = name;
		}
		else if (nami_cyp_accept(p, NAMI_CYT_LBRACKET))
			NAMI_TRY(parse_subscript(p, start, out));
		else
			break;
	}
	if (with_labels && nami_cyp_accept(p, NAMI_CYT_COLON))
		NAMI_TRY(parse_label_predicate(p, start, out));
	nami_cyp_close_height(p, height);
	return NAMI_OK;
}
