/*
 * fold.c - expressions without variables are computed once, while planning.
 *
 * What is not the same in every run stays: random numbers, the clock, the host's functions. So does
 * what fails, for it fails only for rows that are there, and what would be long.
 */
#include "plan/bind_internal.h"

#define TEXT_MAX_BYTES	1000

#define NOT_CONSTANT \
	(NAMI_FN_AGGREGATE | NAMI_FN_VOLATILE | NAMI_FN_STATEMENT | NAMI_FN_CONTEXT | NAMI_FN_HOST)

static bool
is_short(NamiValue value)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_NULL:
		case NAMI_BOOL:
		case NAMI_INT:
		case NAMI_FLOAT:
			return true;
		case NAMI_STRING:
			return value.len <= TEXT_MAX_BYTES;
		default:
			return false;
	}
}

/* Operators whose value is that of their arguments and of nothing else. */
static bool
is_pure(const NamiExpr *expr)
{
	switch (expr->op)
	{
		case NAMI_EX_CALL:
			return !(expr->function->flags & NOT_CONSTANT);
		case NAMI_EX_NOT:
		case NAMI_EX_AND:
		case NAMI_EX_OR:
		case NAMI_EX_XOR:
		case NAMI_EX_EQ:
		case NAMI_EX_NE:
		case NAMI_EX_LT:
		case NAMI_EX_LE:
		case NAMI_EX_GT:
		case NAMI_EX_GE:
		case NAMI_EX_IN:
		case NAMI_EX_IS_NULL:
		case NAMI_EX_IS_NOT_NULL:
		case NAMI_EX_STARTS_WITH:
		case NAMI_EX_ENDS_WITH:
		case NAMI_EX_CONTAINS:
		case NAMI_EX_ADD:
		case NAMI_EX_SUB:
		case NAMI_EX_MUL:
		case NAMI_EX_DIV:
		case NAMI_EX_MOD:
		case NAMI_EX_POW:
		case NAMI_EX_NEG:
		case NAMI_EX_POS:
		case NAMI_EX_CASE:
			return true;
		default:
			return false;
	}
}

/* A constant, or a list made in place of such. */
static bool
is_known(const NamiExpr *expr)
{
	if (expr->op == NAMI_EX_CONST)
		return true;
	if (expr->op != NAMI_EX_LIST)
		return false;
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		if (expr->args[i]->op != NAMI_EX_CONST)
			return false;
	}
	return true;
}

static void
fold_one(NamiBinder *b, NamiExpr *expr)
{
	NamiValue	value;

	if (!is_pure(expr))
		return;
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		if (expr->args[i] != NULL && !is_known(expr->args[i]))
			return;
	}
	if (!b->options->fold(b->arena, expr, &value) || !is_short(value))
		return;
	expr->op = NAMI_EX_CONST;
	expr->value = value;
	expr->args = NULL;
	expr->arg_count = 0;
}

/* Chains lean to the left: they are followed down in the loop and folded on the way back. */
static void
fold_tree(NamiBinder *b, NamiExpr *expr)
{
	NAMI_VEC(NamiExpr *) chain = {0};

	while (expr != NULL)
	{
		nami_vec_push(&chain, b->arena, expr);
		for (uint32_t i = 1; i < expr->arg_count; i++)
			fold_tree(b, expr->args[i]);
		expr = expr->arg_count > 0 ? expr->args[0] : NULL;
	}
	while (chain.count > 0)
		fold_one(b, chain.items[--chain.count]);
}

void
nami_fold(NamiBinder *b, NamiExpr *expr)
{
	if (b->options->fold != NULL && !nami_plan_varies(b, NAMI_PLAN_NO_REWRITE))
		fold_tree(b, expr);
}
