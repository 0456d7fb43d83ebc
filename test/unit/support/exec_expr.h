/*
 * exec_expr.h - a small notation for expressions in tests of the evaluator, which must not depend
 * on the parser and the binder. Operators stand in parentheses, so there is no precedence:
 *
 *	1  1.5  'text'  null  true  [1, 2]  {a: 1}  abs(1)  (1 + 2 + 3)  (NOT true)  (1 IS NULL)
 *	[1, 2][0]  [1, 2][0..1]  {a: 1}.a  [x IN [1] WHERE (x > 0) | (x + 1)]
 *	any(x IN [1] WHERE (x = 1))  reduce(a = 0, x IN [1] | (a + x))
 *	when(c1, v1, ..., else)  switch(x, w1, v1, ..., else)
 *
 * One-letter names are slots: 'a' is slot 0.
 */
#ifndef NAMI_TEST_EXEC_EXPR_H
#define NAMI_TEST_EXEC_EXPR_H

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include <math.h>

#include "exec/eval.h"
#include "exec/functions.h"
#include "base/value_ops.h"

#define TEST_SLOTS	26

static NamiArena *test_arena;
static const char *test_pos;

static NamiExpr *test_expr(void);

static void
test_blanks(void)
{
	while (*test_pos == ' ')
		test_pos++;
}

static bool
test_take(const char *token)
{
	size_t		len = strlen(token);

	test_blanks();
	if (strncmp(test_pos, token, len) != 0)
		return false;
	if (isalpha((unsigned char) token[0]) && isalnum((unsigned char) test_pos[len]))
		return false;
	test_pos += len;
	return true;
}

static void
test_need(const char *token)
{
	if (!test_take(token))
		fail_msg("test notation: expected %s at: %s", token, test_pos);
}

static NamiExpr *
test_node(NamiExprOp op, uint32_t arg_count)
{
	NamiExpr   *expr = NAMI_NEW(test_arena, NamiExpr);

	expr->op = op;
	expr->position = 7;
	expr->arg_count = arg_count;
	expr->args = nami_arena_alloc0(test_arena, (arg_count + 1) * sizeof(NamiExpr *));
	return expr;
}

static NamiExpr *
test_const(NamiValue value)
{
	NamiExpr   *expr = test_node(NAMI_EX_CONST, 0);

	expr->value = value;
	return expr;
}

static void
test_add_arg(NamiExpr *expr, NamiExpr *arg)
{
	NamiExpr  **args = nami_arena_alloc0(test_arena, (expr->arg_count + 2) * sizeof(NamiExpr *));

	if (expr->arg_count > 0)
		memcpy(args, expr->args, expr->arg_count * sizeof(NamiExpr *));
	args[expr->arg_count++] = arg;
	expr->args = args;
}

static NamiStr
test_name(void)
{
	const char *start;

	test_blanks();
	start = test_pos;
	while (isalnum((unsigned char) *test_pos) || *test_pos == '_' ||
		   (*test_pos == '.' && isalpha((unsigned char) test_pos[1]) && test_pos != start))
		test_pos++;
	return (NamiStr) {start, (size_t) (test_pos - start)};
}

/* "x IN list" with the x read; fills local and args[0]. */
static void
test_iteration(NamiExpr *expr, NamiSlot *local)
{
	test_blanks();
	*local = (NamiSlot) (*test_pos++ - 'a');
	test_need("IN");
	test_add_arg(expr, test_expr());
}

static bool
test_is_iteration(void)
{
	test_blanks();
	return islower((unsigned char) test_pos[0]) && strncmp(test_pos + 1, " IN ", 4) == 0;
}

static NamiExpr *
test_list(void)
{
	NamiExpr   *expr;

	if (test_is_iteration())
	{
		expr = test_node(NAMI_EX_LIST_COMP, 0);
		test_iteration(expr, &expr->local);
		test_add_arg(expr, test_take("WHERE") ? test_expr() : NULL);
		test_add_arg(expr, test_take("|") ? test_expr() : NULL);
		test_need("]");
		return expr;
	}
	expr = test_node(NAMI_EX_LIST, 0);
	while (!test_take("]"))
	{
		test_add_arg(expr, test_expr());
		(void) test_take(",");
	}
	return expr;
}

static NamiExpr *
test_map(void)
{
	NamiExpr   *expr = test_node(NAMI_EX_MAP, 0);
	NamiStr    *keys = NAMI_NEW_ARRAY(test_arena, NamiStr, 32);

	while (!test_take("}"))
	{
		keys[expr->arg_count] = test_name();
		test_need(":");
		test_add_arg(expr, test_expr());
		(void) test_take(",");
	}
	expr->keys = keys;
	return expr;
}

static NamiExpr *
test_call(NamiStr name)
{
	static const struct
	{
		const char *name;
		NamiExprOp	op;
	}			quantifiers[] = {
		{"all", NAMI_EX_ALL},
		{"any", NAMI_EX_ANY},
		{"none", NAMI_EX_NONE},
		{"single", NAMI_EX_SINGLE},
	};
	NamiExpr   *expr;

	if (test_is_iteration())
		for (size_t i = 0; i < 4; i++)
			if (nami_str_eq(name, nami_str(quantifiers[i].name)))
			{
				expr = test_node(quantifiers[i].op, 0);
				test_iteration(expr, &expr->local);
				test_need("WHERE");
				test_add_arg(expr, test_expr());
				test_need(")");
				return expr;
			}
	if (nami_str_eq(name, NAMI_STR("reduce")))
	{
		expr = test_node(NAMI_EX_REDUCE, 0);
		test_blanks();
		expr->local = (NamiSlot) (*test_pos++ - 'a');
		test_need("=");
		test_add_arg(expr, test_expr());
		test_need(",");
		test_iteration(expr, &expr->local2);
		test_need("|");
		test_add_arg(expr, test_expr());
		test_need(")");
		return expr;
	}
	expr = test_node(NAMI_EX_CALL, 0);
	if (nami_str_eq(name, NAMI_STR("when")) || nami_str_eq(name, NAMI_STR("switch")))
	{
		expr->op = NAMI_EX_CASE;
		expr->flags = NAMI_EXF_HAS_ELSE;
		if (name.ptr[0] == 's')
			expr->flags |= NAMI_EXF_HAS_OPERAND;
	}
	else
	{
		expr->function = nami_find_function(name, NULL);
		if (expr->function == NULL)
			fail_msg("no function %.*s", NAMI_STR_ARG(name));
	}
	while (!test_take(")"))
	{
		test_add_arg(expr, test_expr());
		(void) test_take(",");
	}
	return expr;
}

static NamiExpr *
test_operation(void)
{
	static const struct
	{
		const char *token;
		NamiExprOp	op;
	}			operators[] = {
		{"AND", NAMI_EX_AND}, {"OR", NAMI_EX_OR}, {"XOR", NAMI_EX_XOR}, {"<=", NAMI_EX_LE},
		{">=", NAMI_EX_GE}, {"<>", NAMI_EX_NE}, {"=~", NAMI_EX_REGEX}, {"=", NAMI_EX_EQ},
		{"<", NAMI_EX_LT}, {">", NAMI_EX_GT}, {"IN", NAMI_EX_IN},
		{"STARTS WITH", NAMI_EX_STARTS_WITH}, {"ENDS WITH", NAMI_EX_ENDS_WITH},
		{"CONTAINS", NAMI_EX_CONTAINS}, {"+", NAMI_EX_ADD}, {"-", NAMI_EX_SUB},
		{"*", NAMI_EX_MUL}, {"/", NAMI_EX_DIV}, {"%", NAMI_EX_MOD}, {"^", NAMI_EX_POW},
		{"||", NAMI_EX_CONCAT},
	};
	NamiExpr   *left;

	if (test_take("NOT"))
		left = test_node(NAMI_EX_NOT, 0);
	else if (test_take("- "))
		left = test_node(NAMI_EX_NEG, 0);
	else if (test_take("+ "))
		left = test_node(NAMI_EX_POS, 0);
	else
	{
		left = test_expr();
		while (!test_take(")"))
		{
			size_t		i = 0;
			NamiExpr   *expr;

			if (test_take("IS NULL") || test_take("IS NOT NULL"))
			{
				expr = test_node(test_pos[-8] == 'T' ? NAMI_EX_IS_NOT_NULL : NAMI_EX_IS_NULL, 0);
				if (strncmp(test_pos - 8, "NOT NULL", 8) == 0)
					expr->op = NAMI_EX_IS_NOT_NULL;
				test_add_arg(expr, left);
				left = expr;
				continue;
			}
			while (i < sizeof(operators) / sizeof(operators[0]) && !test_take(operators[i].token))
				i++;
			if (i == sizeof(operators) / sizeof(operators[0]))
				fail_msg("test notation: operator at: %s", test_pos);
			expr = left;
			/* AND, OR and XOR are n-ary. */
			if (operators[i].op > NAMI_EX_XOR || left->op != operators[i].op)
			{
				expr = test_node(operators[i].op, 0);
				test_add_arg(expr, left);
			}
			test_add_arg(expr, test_expr());
			left = expr;
		}
		return left;
	}
	test_add_arg(left, test_expr());
	test_need(")");
	return left;
}

static NamiExpr *
test_primary(void)
{
	NamiStr		name;
	NamiExpr   *expr;

	test_blanks();
	if (isdigit((unsigned char) *test_pos) ||
		(*test_pos == '-' && isdigit((unsigned char) test_pos[1])))
	{
		char	   *end;
		long long	integer = strtoll(test_pos, &end, 10);

		if ((*end == '.' && isdigit((unsigned char) end[1])) || *end == 'e')
		{
			double		number = strtod(test_pos, &end);

			test_pos = end;
			return test_const(nami_value_float(number));
		}
		test_pos = end;
		return test_const(nami_value_int(integer));
	}
	if (*test_pos == '\'')
	{
		const char *start = ++test_pos;

		while (*test_pos != '\'')
			test_pos++;
		return test_const(nami_value_string((NamiStr) {start, (size_t) (test_pos++ - start)}));
	}
	if (test_take("["))
		return test_list();
	if (test_take("{"))
		return test_map();
	if (test_take("("))
		return test_operation();
	if (test_take("null"))
		return test_const(nami_value_null());
	if (test_take("true"))
		return test_const(nami_value_bool(true));
	if (test_take("false"))
		return test_const(nami_value_bool(false));
	if (test_take("NaN"))
		return test_const(nami_value_float((double) NAN));
	if (test_take("Infinity"))
		return test_const(nami_value_float((double) INFINITY));
	if (islower((unsigned char) test_pos[0]) && !isalnum((unsigned char) test_pos[1]) &&
		test_pos[1] != '(')
	{
		expr = test_node(NAMI_EX_SLOT, 0);
		expr->slot = (NamiSlot) (*test_pos++ - 'a');
		return expr;
	}
	name = test_name();
	test_need("(");
	return test_call(name);
}

static NamiExpr *
test_expr(void)
{
	NamiExpr   *expr = test_primary();

	for (;;)
	{
		NamiExpr   *base = expr;

		if (*test_pos == '.' && (isalpha((unsigned char) test_pos[1]) || test_pos[1] == '_'))
		{
			test_pos++;
			expr = test_node(NAMI_EX_PROPERTY, 0);
			expr->name.text = test_name();
			test_add_arg(expr, base);
		}
		else if (*test_pos == '[')
		{
			test_pos++;
			expr = test_node(NAMI_EX_INDEX, 0);
			test_add_arg(expr, base);
			test_add_arg(expr, NULL);
			if (!test_take(".."))
			{
				expr->args[1] = test_expr();
				expr->flags = NAMI_EXF_SLICE_FROM;
				if (test_take("]"))
				{
					expr->flags = 0;
					continue;
				}
				test_need("..");
			}
			expr->op = NAMI_EX_SLICE;
			test_add_arg(expr, NULL);
			if (!test_take("]"))
			{
				expr->args[2] = test_expr();
				expr->flags |= NAMI_EXF_SLICE_TO;
				test_need("]");
			}
		}
		else
			return expr;
	}
}

/* The context of an evaluation without a graph; the statement began at 2020-01-02T03:04:05Z. */
__attribute__((unused)) static NamiEvalContext
test_context(void)
{
	return (NamiEvalContext) {.host = nami_host_default(), .arena = test_arena,
		.statement_us = INT64_C(1577934245000000)};
}

/* Evaluates a text over one row of 26 slots, all null. */
__attribute__((unused)) static NamiStatus
test_eval(const char *text, NamiValue *out, NamiError *err)
{
	NamiEvalContext ctx = test_context();
	NamiVector *columns = nami_arena_alloc0(test_arena, TEST_SLOTS * sizeof(NamiVector));
	NamiBatch	batch = {.row_count = 1, .selected_count = 1, .columns = columns,
		.slot_count = TEST_SLOTS};
	NamiExpr   *expr;

	test_pos = text;
	expr = test_expr();
	test_blanks();
	if (*test_pos != '\0')
		fail_msg("test notation: rest of %s: %s", text, test_pos);
	return nami_eval(&ctx, expr, &batch, out, err);
}

/* The same value of the same types: 1 is not 1.0, NaN is NaN. */
__attribute__((unused)) static bool
test_same(NamiValue a, NamiValue b)
{
	if (a.kind != b.kind)
		return false;
	if (a.kind == NAMI_LIST)
	{
		if (a.len != b.len)
			return false;
		for (uint32_t i = 0; i < a.len; i++)
			if (!test_same(a.items[i], b.items[i]))
				return false;
		return true;
	}
	if (a.kind == NAMI_FLOAT && !isnan(a.number) && isfinite(b.number))
		return fabs(a.number - b.number) <= 1e-12 * fabs(b.number);
	return nami_value_equivalent(a, b);
}

typedef struct ExprCase
{
	const char *text;
	const char *expected;		/* in the same notation; NULL: an error */
	NamiErrorClass cls;
	const char *name;			/* openCypher's, or NULL */
} ExprCase;

__attribute__((unused)) static void
test_expr_cases(const ExprCase *cases, size_t count)
{
	int			failures = 0;

	for (size_t i = 0; i < count; i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiValue	got = {0};
		NamiValue	expected = {0};
		NamiStatus	status;

		test_arena = nami_arena_create(nami_allocator_malloc(), NULL);
		status = test_eval(cases[i].text, &got, &err);
		if (cases[i].expected == NULL)
		{
			if (status == NAMI_OK || err.cls != cases[i].cls ||
				(cases[i].name != NULL && strcmp(err.name, cases[i].name) != 0))
			{
				print_error("%s: expected error %d %s, got %d %s \"%s\"\n", cases[i].text,
							cases[i].cls, cases[i].name ? cases[i].name : "", err.cls, err.name,
							err.message);
				failures++;
			}
		}
		else
		{
			NamiError	ignored = NAMI_ERROR_INIT;

			if (status != NAMI_OK)
			{
				print_error("%s: error %s %s\n", cases[i].text, err.name, err.message);
				failures++;
			}
			else if (test_eval(cases[i].expected, &expected, &ignored) != NAMI_OK ||
					 !test_same(got, expected))
			{
				print_error("%s: expected %s, got %s", cases[i].text, cases[i].expected,
							nami_kind_name(got.kind));
				if (got.kind == NAMI_STRING)
					print_error(" '%.*s'", (int) got.len, got.text);
				if (got.kind == NAMI_INT)
					print_error(" %lld", (long long) got.integer);
				if (got.kind == NAMI_FLOAT)
					print_error(" %.17g", got.number);
				if (got.kind == NAMI_BOOL)
					print_error(" %d", got.boolean);
				print_error("\n");
				failures++;
			}
		}
		nami_arena_destroy(test_arena);
	}
	assert_int_equal(failures, 0);
}

#define EXPR_CASES(cases)	test_expr_cases((cases), sizeof(cases) / sizeof((cases)[0]))

#endif							/* NAMI_TEST_EXEC_EXPR_H */
