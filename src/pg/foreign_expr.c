/*
 * foreign_expr.c - which SQL expressions Cypher can compute exactly, see foreign_expr.h.
 *
 * Every SQL type has one form in Cypher (int2, int4 and int8 INTEGER, text and uuid STRING, ...), so
 * that an expression is exact when its parts are and its function is. The lists of functions are in
 * foreign_function.c.
 */
#include "postgres.h"

#include "pg/foreign_expr.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "pg/compat.h"
#include "pg/foreign_function.h"
#include "pg/foreign_literal.h"
#include "pg/settings.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* How tightly a text binds. */
typedef enum Precedence
{
	BINDS_OR,
	BINDS_AND,
	BINDS_NOT,
	BINDS_COMPARISON,
	BINDS_SUM,					/* arithmetic of any kind */
	BINDS_ATOM
} Precedence;

typedef struct Piece
{
	const char *text;
	Precedence	binds;
	bool		is_number;		/* FLOAT that cannot be NaN */
} Piece;

static bool emit(NamiExprContext *ctx, Node *node, Piece *out);

static bool
give(Piece *out, Precedence binds, const char *text)
{
	out->text = text;
	out->binds = binds;
	out->is_number = false;
	return true;
}

/* The text as an operand of something that binds so tightly. */
static const char *
operand(const Piece *piece, Precedence binds)
{
	return piece->binds >= binds ? piece->text : psprintf("(%s)", piece->text);
}

/* ---- parameters ---------------------------------------------------------------------------- */

static bool
emit_parameter(NamiExprContext *ctx, Node *node, Piece *out)
{
	ListCell   *cell;
	int			number = 1;

	if (!nami_type_is_parameter(exprType(node)))
		return false;
	foreach(cell, ctx->params)
	{
		if (equal(lfirst(cell), node))
			break;
		number++;
	}
	if (cell == NULL)
		ctx->params = lappend(ctx->params, node);
	return give(out, BINDS_ATOM, psprintf("$p%d", number));
}

static bool
emit_const(NamiExprContext *ctx, Const *constant, Piece *out)
{
	char	   *text;

	if (!constant->constisnull && !nami_type_is_parameter(constant->consttype))
		return false;
	text = nami_literal_text(constant);
	if (text == NULL && !emit_parameter(ctx, (Node *) constant, out))
		return false;
	if (text != NULL)
		give(out, text[0] == '-' ? BINDS_SUM : BINDS_ATOM, text);
	out->is_number = nami_literal_is_number(constant);
	return true;
}

static bool
has_aggregate(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref) || IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		return true;
	return expression_tree_walker(node, has_aggregate, context);
}

/*
 * A part that has the same value for all rows of the scan is computed by PostgreSQL, once. Inside
 * CASE and COALESCE only what cannot fail: there it may be that SQL never computes it.
 */
static bool
is_constant_part(NamiExprContext *ctx, Node *node)
{
	if (ctx->case_value != NULL || !nami_type_is_parameter(exprType(node)))
		return false;
	if (ctx->guarded > 0)
		return false;
	return !has_aggregate(node, NULL) &&
		!bms_overlap(pull_varnos(ctx->root, node), ctx->relids) &&
		!contain_volatile_functions(node) && !contain_subplans(node);
}

/* ---- columns ------------------------------------------------------------------------------- */

/* The kinds of values that a column of the type takes over without any change. */
static uint32
kinds_of_type(Oid type, int32 typmod)
{
	switch (type)
	{
		case BOOLOID:
			return NAMI_KIND_BIT(NAMI_BOOL);
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return NAMI_KIND_BIT(NAMI_INT);
		case FLOAT8OID:
			return NAMI_KIND_BIT(NAMI_INT) | NAMI_KIND_BIT(NAMI_FLOAT);
		case TEXTOID:
			return NAMI_KIND_BIT(NAMI_STRING);
		case VARCHAROID:
			return typmod < 0 ? NAMI_KIND_BIT(NAMI_STRING) : 0;
		case BYTEAOID:
			return NAMI_KIND_BIT(NAMI_BYTES);
		case DATEOID:
			return NAMI_KIND_BIT(NAMI_DATE);
		case TIMESTAMPTZOID:
			return NAMI_KIND_BIT(NAMI_DATETIME);
		default:
			return 0;
	}
}

/* The kinds that a column of the type can show at all, so that a stored value is never NULL. */
static uint32
kinds_shown_by_type(Oid type, int32 typmod)
{
	switch (type)
	{
		case NUMERICOID:
			return typmod < 0 ? NAMI_KIND_BIT(NAMI_INT) | NAMI_KIND_BIT(NAMI_FLOAT) : 0;
		case JSONBOID:
			return ~UINT32_C(0);
		case TIMESTAMPOID:
			return NAMI_KIND_BIT(NAMI_LOCALDATETIME) | NAMI_KIND_BIT(NAMI_DATETIME);
		case TIMEOID:
			return NAMI_KIND_BIT(NAMI_LOCALTIME);
		case TIMETZOID:
			return NAMI_KIND_BIT(NAMI_TIME);
		case INTERVALOID:
			return NAMI_KIND_BIT(NAMI_DURATION);
		case FLOAT4ARRAYOID:
			return NAMI_KIND_BIT(NAMI_VECTOR);
		default:
			return kinds_of_type(type, typmod);
	}
}

/* Values that SQL shows otherwise than they are, or not at all. */
#define CHANGING_TRAITS	(NAMI_TRAIT_NUL | NAMI_TRAIT_NANOSECONDS | NAMI_TRAIT_OFFSET)

/* The text holds as long as all stored values are of these kinds, without these traits. */
static void
rely_on(NamiExprContext *ctx, const NamiExprColumn *column, uint32 kinds, uint32 unwanted_traits)
{
	List	   *assumption = list_make3(column->source, makeInteger((int) kinds),
										makeInteger((int) unwanted_traits));

	if (!list_member(ctx->assumptions, assumption))
		ctx->assumptions = lappend(ctx->assumptions, assumption);
}

static bool
fits(NamiExprContext *ctx, const NamiExprColumn *column, uint32 kinds, uint32 unwanted_traits)
{
	if (!column->kinds_known || kinds == 0 || (column->kinds & ~kinds) != 0 ||
		(column->traits & unwanted_traits) != 0)
		return false;
	rely_on(ctx, column, kinds, unwanted_traits);
	return true;
}

static bool
describe(NamiExprContext *ctx, const Var *var, const char *key, NamiExprColumn *column)
{
	memset(column, 0, sizeof(NamiExprColumn));
	return var->varlevelsup == 0 && var->varattno > 0 && ctx->column(ctx, var, key, column);
}

/* Stored integers, as long as there are none, need no conversion. */
static bool
emit_float_column(NamiExprContext *ctx, const NamiExprColumn *column, Piece *out)
{
	uint32		floats = NAMI_KIND_BIT(NAMI_FLOAT);
	uint32		nan = column->traits & NAMI_TRAIT_NAN;

	if (column->kinds == floats && fits(ctx, column, floats, nan ^ NAMI_TRAIT_NAN))
		give(out, BINDS_ATOM, column->text);
	else if (fits(ctx, column, floats | NAMI_KIND_BIT(NAMI_INT), nan ^ NAMI_TRAIT_NAN))
		give(out, BINDS_ATOM, psprintf("toFloat(%s)", column->text));
	else
		return false;
	out->is_number = nan == 0;
	return true;
}

static bool
emit_column(NamiExprContext *ctx, const Var *var, Piece *out)
{
	NamiExprColumn column;

	if (!describe(ctx, var, NULL, &column))
		return false;
	switch (column.role)
	{
		case NAMI_COLUMN_ID:
		case NAMI_COLUMN_SRC:
		case NAMI_COLUMN_DST:
			return give(out, BINDS_ATOM, column.text);
		case NAMI_COLUMN_PROPERTY:
		case NAMI_COLUMN_ITEM:
			if (var->vartype == FLOAT8OID)
				return emit_float_column(ctx, &column, out);
			return fits(ctx, &column, kinds_of_type(var->vartype, var->vartypmod),
						CHANGING_TRAITS) && give(out, BINDS_ATOM, column.text);
		default:
			return false;
	}
}

static bool
emit_var(NamiExprContext *ctx, Var *var, Piece *out)
{
	if (var->varlevelsup == 0 && bms_is_member(var->varno, ctx->relids))
		return emit_column(ctx, var, out);
	return var->varattno > 0 && emit_parameter(ctx, (Node *) var, out);
}

/* node as a column of the relations with that role. */
static bool
is_column(NamiExprContext *ctx, Node *node, NamiColumnRole role, const char *key,
		  NamiExprColumn *column)
{
	Var		   *var = (Var *) node;

	return IsA(node, Var) && bms_is_member(var->varno, ctx->relids) &&
		describe(ctx, var, key, column) && column->role == role;
}

static char *
text_constant(Node *node)
{
	Const	   *constant = (Const *) node;

	if (!IsA(node, Const) || constant->constisnull ||
		(constant->consttype != TEXTOID && constant->consttype != VARCHAROID))
		return NULL;
	return TextDatumGetCString(constant->constvalue);
}

/* ---- comparisons --------------------------------------------------------------------------- */

static const char *
comparison(const Piece *a, const char *op, const Piece *b)
{
	return psprintf("%s %s %s", operand(a, BINDS_SUM), op, operand(b, BINDS_SUM));
}

/*
 * SQL: NaN equals NaN and is greater than all other numbers. Cypher: every comparison with NaN but <>
 * is false. One operand that cannot be NaN is enough for a form without isNaN().
 */
static bool
emit_float_comparison(NamiComparison op, Piece a, Piece b, Piece *out)
{
	if (op == NAMI_CMP_GT || op == NAMI_CMP_GE)
	{
		Piece		swap = a;

		a = b;
		b = swap;
		op = op == NAMI_CMP_GT ? NAMI_CMP_LT : NAMI_CMP_LE;
	}
	switch (op)
	{
		case NAMI_CMP_EQ:
		case NAMI_CMP_NE:
			if (a.is_number || b.is_number)
				return give(out, BINDS_COMPARISON,
							comparison(&a, op == NAMI_CMP_EQ ? "=" : "<>", &b));
			return give(out, op == NAMI_CMP_EQ ? BINDS_ATOM : BINDS_NOT,
						psprintf("%s(%s OR (isNaN(%s) AND isNaN(%s)))",
								 op == NAMI_CMP_EQ ? "" : "NOT ", comparison(&a, "=", &b), a.text,
								 b.text));
		case NAMI_CMP_LT:
			if (b.is_number)
				return give(out, BINDS_COMPARISON, comparison(&a, "<", &b));
			if (a.is_number)
				return give(out, BINDS_NOT, psprintf("NOT %s", comparison(&b, "<=", &a)));
			return give(out, BINDS_ATOM,
						psprintf("(%s OR (isNaN(%s) AND NOT isNaN(%s)))",
								 comparison(&a, "<", &b), b.text, a.text));
		default:
			if (b.is_number)
				return give(out, BINDS_COMPARISON, comparison(&a, "<=", &b));
			if (a.is_number)
				return give(out, BINDS_NOT, psprintf("NOT %s", comparison(&b, "<", &a)));
			return give(out, BINDS_ATOM,
						psprintf("(%s OR (isNaN(%s) AND %s IS NOT NULL))",
								 comparison(&a, "<=", &b), b.text, operand(&a, BINDS_SUM)));
	}
}

static bool
collation_allows(Oid collation, bool is_order)
{
	if (is_order)
		return collation != InvalidOid && GetDatabaseEncoding() == PG_UTF8 &&
			nami_collation_is_c(collation);
	return collation == InvalidOid || get_collation_isdeterministic(collation);
}

/* The comparison of two texts that have been made already. */
static bool
emit_comparison_of(const NamiComparisonFunction *function, Oid collation, const Piece *a,
				   const Piece *b, Piece *out)
{
	static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
	bool		is_order = function->op != NAMI_CMP_EQ && function->op != NAMI_CMP_NE;

	if (function->is_text && !collation_allows(collation, is_order))
		return false;
	if (function->is_float)
		return emit_float_comparison(function->op, *a, *b, out);
	return give(out, BINDS_COMPARISON, comparison(a, operators[function->op], b));
}

static bool
emit_comparison(NamiExprContext *ctx, const NamiComparisonFunction *function, List *args,
				Oid collation, Piece *out)
{
	Piece		a;
	Piece		b;

	return emit(ctx, linitial(args), &a) && emit(ctx, lsecond(args), &b) &&
		emit_comparison_of(function, collation, &a, &b, out);
}

/* a IS DISTINCT FROM b. */
static bool
emit_distinct(NamiExprContext *ctx, DistinctExpr *expr, Piece *out)
{
	const NamiComparisonFunction *function = nami_comparison_function(expr->opfuncid);
	Piece		a;
	Piece		b;
	Piece		equal;

	if (function == NULL || function->op != NAMI_CMP_EQ ||
		!emit(ctx, linitial(expr->args), &a) || !emit(ctx, lsecond(expr->args), &b) ||
		!emit_comparison_of(function, expr->inputcollid, &a, &b, &equal))
		return false;
	return give(out, BINDS_NOT,
				psprintf("NOT coalesce(%s, %s IS NULL AND %s IS NULL)", equal.text,
						 operand(&a, BINDS_SUM), operand(&b, BINDS_SUM)));
}

static bool
emit_nullif(NamiExprContext *ctx, NullIfExpr *expr, Piece *out)
{
	const NamiComparisonFunction *function = nami_comparison_function(expr->opfuncid);
	Piece		a;
	Piece		b;
	Piece		equal;

	if (function == NULL || function->op != NAMI_CMP_EQ ||
		!emit(ctx, linitial(expr->args), &a) || !emit(ctx, lsecond(expr->args), &b) ||
		!emit_comparison_of(function, expr->inputcollid, &a, &b, &equal))
		return false;
	return give(out, BINDS_ATOM,
				psprintf("CASE WHEN %s THEN null ELSE %s END", equal.text, a.text));
}

/* ---- arrays -------------------------------------------------------------------------------- */

/* A float in a list must not be NaN: IN has no form for it. */
static bool
is_list_of_numbers(Node *node)
{
	Const	   *constant = (Const *) node;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (!IsA(node, Const))
		return false;
	if (constant->constisnull)
		return true;
	if (constant->consttype != FLOAT8ARRAYOID)
		return false;
	deconstruct_array(DatumGetArrayTypeP(constant->constvalue), FLOAT8OID, sizeof(float8),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i] && isnan(DatumGetFloat8(items[i])))
			return false;
	}
	return true;
}

/* 'X' = ANY (_labels) */
static bool
emit_label_test(NamiExprContext *ctx, const char *label, const NamiExprColumn *column, Piece *out)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s:", column->entity);
	nami_append_name(&text, label);
	return label[0] != '\0' && give(out, BINDS_COMPARISON, text.data);
}

/* x = ANY (array), x <> ALL (array): IN has the same answers, NULLs included. */
static bool
emit_any(NamiExprContext *ctx, ScalarArrayOpExpr *expr, Piece *out)
{
	const NamiComparisonFunction *function = nami_comparison_function(get_opcode(expr->opno));
	Node	   *array = lsecond(expr->args);
	NamiExprColumn column;
	Piece		a;
	Piece		list;

	if (function == NULL || function->op != (expr->useOr ? NAMI_CMP_EQ : NAMI_CMP_NE) ||
		(function->is_text && !collation_allows(expr->inputcollid, false)))
		return false;
	if (expr->useOr && text_constant(linitial(expr->args)) != NULL &&
		is_column(ctx, array, NAMI_COLUMN_LABELS, NULL, &column))
		return emit_label_test(ctx, text_constant(linitial(expr->args)), &column, out);
	if ((function->is_float && !is_list_of_numbers(array)) ||
		!emit(ctx, linitial(expr->args), &a) || !emit(ctx, array, &list))
		return false;
	return give(out, expr->useOr ? BINDS_COMPARISON : BINDS_NOT,
				psprintf("%s%s IN %s", expr->useOr ? "" : "NOT ", operand(&a, BINDS_SUM),
						 list.text));
}

/* ARRAY[...] of expressions as the list of IN. */
static bool
emit_array(NamiExprContext *ctx, ArrayExpr *expr, Piece *out)
{
	StringInfoData text;
	ListCell   *cell;

	if (expr->multidims || !nami_type_is_parameter(expr->element_typeid) ||
		expr->element_typeid == FLOAT4OID || expr->element_typeid == FLOAT8OID)
		return false;
	initStringInfo(&text);
	foreach(cell, expr->elements)
	{
		Piece		item;

		if (!emit(ctx, lfirst(cell), &item))
			return false;
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "[", item.text);
	}
	appendStringInfoString(&text, text.len > 0 ? "]" : "[]");
	return give(out, BINDS_ATOM, text.data);
}

/* _labels @> ARRAY[...], _labels && ARRAY[...] */
static bool
emit_label_sets(NamiExprContext *ctx, OpExpr *expr, Piece *out)
{
	bool		is_all = expr->opfuncid == F_ARRAYCONTAINS;
	Const	   *array = lsecond(expr->args);
	NamiExprColumn column;
	StringInfoData tests;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (!is_column(ctx, linitial(expr->args), NAMI_COLUMN_LABELS, NULL, &column) ||
		!IsA(array, Const) || array->constisnull || array->consttype != TEXTARRAYOID ||
		!collation_allows(expr->inputcollid, false))
		return false;
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), TEXTOID, -1, false, TYPALIGN_INT,
					  &items, &nulls, &count);
	initStringInfo(&tests);
	for (int i = 0; i < count; i++)
	{
		Piece		test;

		if (nulls[i] || !emit_label_test(ctx, TextDatumGetCString(items[i]), &column, &test))
			return false;
		appendStringInfo(&tests, "%s%s", i == 0 ? "" : is_all ? " AND " : " OR ", test.text);
	}
	return count > 0 && give(out, count == 1 ? BINDS_COMPARISON : is_all ? BINDS_AND : BINDS_OR,
							 tests.data);
}

/* ---- functions ----------------------------------------------------------------------------- */

/* LIKE with a constant pattern whose only wildcards are % at its ends. */
static bool
emit_like(NamiExprContext *ctx, List *args, Oid collation, Piece *out)
{
	char	   *pattern = text_constant(lsecond(args));
	StringInfoData text;
	size_t		len;
	bool		is_open_left;
	bool		is_open_right;
	Piece		a;

	if (pattern == NULL || !collation_allows(collation, false) || strpbrk(pattern, "_\\") != NULL ||
		(GetDatabaseEncoding() != PG_UTF8 && pattern[0] == '%'))
		return false;
	is_open_left = pattern[0] == '%';
	pattern += is_open_left ? 1 : 0;
	len = strlen(pattern);
	is_open_right = len > 0 && pattern[len - 1] == '%';
	len -= is_open_right ? 1 : 0;
	if (memchr(pattern, '%', len) != NULL || !emit(ctx, linitial(args), &a))
		return false;
	initStringInfo(&text);
	appendStringInfo(&text, "%s %s ", operand(&a, BINDS_SUM),
					 is_open_left && is_open_right ? "CONTAINS" : is_open_left ? "ENDS WITH" :
					 is_open_right ? "STARTS WITH" : "=");
	nami_append_string(&text, pattern, (int) len);
	return give(out, BINDS_COMPARISON, text.data);
}

/* _properties ->> 'key': the text of a string is the string itself. */
static bool
rest_entry(NamiExprContext *ctx, Node *node, NamiExprColumn *column)
{
	OpExpr	   *op = (OpExpr *) node;
	FuncExpr   *call = (FuncExpr *) node;
	List	   *args = NIL;
	char	   *key;

	if (IsA(node, OpExpr) && op->opfuncid == F_JSONB_OBJECT_FIELD_TEXT)
		args = op->args;
	else if (IsA(node, FuncExpr) && call->funcid == F_JSONB_OBJECT_FIELD_TEXT)
		args = call->args;
	if (args == NIL)
		return false;
	key = text_constant(lsecond(args));
	return key != NULL && is_column(ctx, linitial(args), NAMI_COLUMN_REST, key, column);
}

static bool
emit_rest_text(NamiExprContext *ctx, Node *node, Piece *out)
{
	NamiExprColumn column;

	if (!rest_entry(ctx, node, &column))
		return false;
	if (fits(ctx, &column, NAMI_KIND_BIT(NAMI_STRING), NAMI_TRAIT_NUL))
		return give(out, BINDS_ATOM, column.text);
	if (fits(ctx, &column, NAMI_KIND_BIT(NAMI_INT), 0) || fits(ctx, &column, NAMI_KIND_BIT(NAMI_BOOL), 0))
		return give(out, BINDS_ATOM, psprintf("toString(%s)", column.text));
	return false;
}

/* (_properties ->> 'key')::bigint, ::boolean: back to what is stored. */
static bool
emit_rest_cast(NamiExprContext *ctx, Node *arg, Oid type, Piece *out)
{
	NamiExprColumn column;
	uint32		kinds = type == INT8OID ? NAMI_KIND_BIT(NAMI_INT) :
		type == BOOLOID ? NAMI_KIND_BIT(NAMI_BOOL) : 0;

	return kinds != 0 && rest_entry(ctx, arg, &column) && fits(ctx, &column, kinds, 0) &&
		give(out, BINDS_ATOM, column.text);
}

static bool
emit_key_exists(NamiExprContext *ctx, List *args, Piece *out)
{
	char	   *key = text_constant(lsecond(args));
	NamiExprColumn column;

	return key != NULL && is_column(ctx, linitial(args), NAMI_COLUMN_REST, key, &column) &&
		give(out, BINDS_COMPARISON, psprintf("%s IS NOT NULL", column.text));
}

/* A constant count of characters. */
static bool
is_count(Node *node, int least)
{
	Const	   *constant = (Const *) node;

	return IsA(node, Const) && !constant->constisnull && constant->consttype == INT4OID &&
		DatumGetInt32(constant->constvalue) >= least;
}

/* substr(s, from [, count]): Cypher counts from 0. */
static bool
emit_substring(NamiExprContext *ctx, List *args, Piece *out)
{
	Piece		a;

	if (!is_count(lsecond(args), 1) || (list_length(args) > 2 && !is_count(lthird(args), 0)) ||
		GetDatabaseEncoding() != PG_UTF8 || !emit(ctx, linitial(args), &a))
		return false;
	if (list_length(args) == 2)
		return give(out, BINDS_ATOM,
					psprintf("substring(%s, %d)", a.text,
							 DatumGetInt32(lsecond_node(Const, args)->constvalue) - 1));
	return give(out, BINDS_ATOM,
				psprintf("substring(%s, %d, %d)", a.text,
						 DatumGetInt32(lsecond_node(Const, args)->constvalue) - 1,
						 DatumGetInt32(lthird_node(Const, args)->constvalue)));
}

static bool
emit_special(NamiExprContext *ctx, NamiSpecial special, Oid function, List *args, Oid collation,
			 Piece *out)
{
	Piece		a;

	switch (special)
	{
		case NAMI_SPECIAL_LIKE:
			return emit_like(ctx, args, collation, out);
		case NAMI_SPECIAL_STARTS_WITH:
			{
				Piece		b;

				return collation_allows(collation, false) && emit(ctx, linitial(args), &a) &&
					emit(ctx, lsecond(args), &b) &&
					give(out, BINDS_COMPARISON, comparison(&a, "STARTS WITH", &b));
			}
		case NAMI_SPECIAL_LEFT_RIGHT:
			return is_count(lsecond(args), 0) && GetDatabaseEncoding() == PG_UTF8 &&
				emit(ctx, linitial(args), &a) &&
				give(out, BINDS_ATOM,
					 psprintf("%s(%s, %d)", function == F_LEFT ? "left" : "right", a.text,
							  DatumGetInt32(lsecond_node(Const, args)->constvalue)));
		case NAMI_SPECIAL_SUBSTRING:
			return emit_substring(ctx, args, out);
		default:				/* NAMI_SPECIAL_KEY_EXISTS */
			return emit_key_exists(ctx, args, out);
	}
}

static bool
emit_function(NamiExprContext *ctx, Oid function, List *args, Oid collation, Piece *out)
{
	const NamiComparisonFunction *compare = nami_comparison_function(function);
	const NamiPlainFunction *plain;
	NamiSpecial special;
	Piece		a;
	Piece		b;

	if (compare != NULL)
		return emit_comparison(ctx, compare, args, collation, out);
	if (nami_special_function(function, &special))
		return emit_special(ctx, special, function, args, collation, out);
	plain = nami_plain_function(function);
	if (plain == NULL || (plain->needs_utf8 && GetDatabaseEncoding() != PG_UTF8) ||
		list_length(args) != plain->arg_count || !emit(ctx, linitial(args), &a))
		return false;
	if (plain->arg_count == 2 && !emit(ctx, lsecond(args), &b))
		return false;
	if (plain->shape == NAMI_SHAPE_SAME)
		*out = a;
	else if (plain->shape == NAMI_SHAPE_INFIX)
		give(out, BINDS_SUM, psprintf("%s %s %s", operand(&a, BINDS_ATOM), plain->name,
									  operand(&b, BINDS_ATOM)));
	else if (plain->shape == NAMI_SHAPE_PREFIX)
		give(out, BINDS_SUM, psprintf("%s%s", plain->name, operand(&a, BINDS_ATOM)));
	else
		give(out, BINDS_ATOM, psprintf("%s(%s)", plain->name, a.text));
	out->is_number = plain->gives_number;
	return true;
}

/* ---- logic --------------------------------------------------------------------------------- */

static bool
emit_bool(NamiExprContext *ctx, BoolExpr *expr, Piece *out)
{
	Precedence	binds = expr->boolop == AND_EXPR ? BINDS_AND : BINDS_OR;
	StringInfoData text;
	ListCell   *cell;
	Piece		arg;

	if (expr->boolop == NOT_EXPR)
		return emit(ctx, linitial(expr->args), &arg) &&
			give(out, BINDS_NOT, psprintf("NOT %s", operand(&arg, BINDS_COMPARISON)));
	initStringInfo(&text);
	foreach(cell, expr->args)
	{
		if (!emit(ctx, lfirst(cell), &arg))
			return false;
		appendStringInfo(&text, "%s%s", text.len == 0 ? "" : binds == BINDS_AND ? " AND " : " OR ",
						 operand(&arg, binds + 1));
	}
	return give(out, binds, text.data);
}

static bool
emit_null_test(NamiExprContext *ctx, NullTest *expr, Piece *out)
{
	const char *test = expr->nulltesttype == IS_NULL ? "IS NULL" : "IS NOT NULL";
	Var		   *var = (Var *) expr->arg;
	NamiExprColumn column;
	Piece		arg;

	if (expr->argisrow)
		return false;
	if (!IsA(var, Var) || !bms_is_member(var->varno, ctx->relids))
		return emit(ctx, (Node *) expr->arg, &arg) &&
			give(out, BINDS_COMPARISON, psprintf("%s %s", operand(&arg, BINDS_SUM), test));
	/* The values themselves need not be equal to Cypher's. */
	if (!describe(ctx, var, NULL, &column))
		return false;
	if (column.role != NAMI_COLUMN_PROPERTY && column.role != NAMI_COLUMN_ITEM)
		return give(out, BINDS_COMPARISON, psprintf("%s %s", column.entity, test));
	return fits(ctx, &column, kinds_shown_by_type(var->vartype, var->vartypmod), NAMI_TRAIT_NUL) &&
		give(out, BINDS_COMPARISON, psprintf("%s %s", column.text, test));
}

static bool
emit_boolean_test(NamiExprContext *ctx, BooleanTest *expr, Piece *out)
{
	Piece		arg;

	if (!emit(ctx, (Node *) expr->arg, &arg))
		return false;
	switch (expr->booltesttype)
	{
		case IS_TRUE:
			return give(out, BINDS_ATOM, psprintf("coalesce(%s, false)", arg.text));
		case IS_NOT_TRUE:
			return give(out, BINDS_NOT, psprintf("NOT coalesce(%s, false)", arg.text));
		case IS_FALSE:
			return give(out, BINDS_NOT, psprintf("NOT coalesce(%s, true)", arg.text));
		case IS_NOT_FALSE:
			return give(out, BINDS_ATOM, psprintf("coalesce(%s, true)", arg.text));
		default:
			return give(out, BINDS_COMPARISON,
						psprintf("%s IS %sNULL", operand(&arg, BINDS_SUM),
								 expr->booltesttype == IS_UNKNOWN ? "" : "NOT "));
	}
}

static bool
emit_case_arms(NamiExprContext *ctx, CaseExpr *expr, Piece *out)
{
	StringInfoData text;
	ListCell   *cell;
	Piece		piece;

	initStringInfo(&text);
	appendStringInfoString(&text, "CASE");
	foreach(cell, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, cell);

		if (!emit(ctx, (Node *) when->expr, &piece))
			return false;
		appendStringInfo(&text, " WHEN %s", piece.text);
		if (!emit(ctx, (Node *) when->result, &piece))
			return false;
		appendStringInfo(&text, " THEN %s", piece.text);
	}
	if (expr->defresult != NULL)
	{
		if (!emit(ctx, (Node *) expr->defresult, &piece))
			return false;
		appendStringInfo(&text, " ELSE %s", piece.text);
	}
	appendStringInfoString(&text, " END");
	return give(out, BINDS_ATOM, text.data);
}

static bool
emit_case(NamiExprContext *ctx, CaseExpr *expr, Piece *out)
{
	const char *outer_value = ctx->case_value;
	const char *value = NULL;
	bool		is_exact;

	if (expr->arg != NULL)
	{
		Piece		arg;

		if (!emit(ctx, (Node *) expr->arg, &arg))
			return false;
		value = operand(&arg, BINDS_ATOM);
	}
	ctx->guarded++;
	ctx->case_value = value;
	is_exact = emit_case_arms(ctx, expr, out);
	ctx->case_value = outer_value;
	ctx->guarded--;
	return is_exact;
}

static bool
emit_coalesce(NamiExprContext *ctx, CoalesceExpr *expr, Piece *out)
{
	StringInfoData text;
	ListCell   *cell;
	bool		is_exact = true;

	initStringInfo(&text);
	ctx->guarded++;
	foreach(cell, expr->args)
	{
		Piece		arg;

		is_exact = emit(ctx, lfirst(cell), &arg);
		if (!is_exact)
			break;
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "coalesce(", arg.text);
	}
	ctx->guarded--;
	appendStringInfoChar(&text, ')');
	return is_exact && give(out, BINDS_ATOM, text.data);
}

/* ---- casts --------------------------------------------------------------------------------- */

/* Casts by output and input functions, whose text Cypher makes alike. */
static bool
emit_io_cast(NamiExprContext *ctx, CoerceViaIO *expr, Piece *out)
{
	Oid			from = exprType((Node *) expr->arg);
	Piece		arg;

	if (emit_rest_cast(ctx, (Node *) expr->arg, expr->resulttype, out))
		return true;
	if ((expr->resulttype != TEXTOID && expr->resulttype != VARCHAROID) ||
		!emit(ctx, (Node *) expr->arg, &arg))
		return false;
	if (from == UUIDOID)
	{
		*out = arg;
		return true;
	}
	return (from == INT2OID || from == INT4OID || from == INT8OID) &&
		give(out, BINDS_ATOM, psprintf("toString(%s)", arg.text));
}

static bool
emit_relabel(NamiExprContext *ctx, RelabelType *expr, Piece *out)
{
	Oid			from = exprType((Node *) expr->arg);
	Oid			to = expr->resulttype;

	return (from == TEXTOID || from == VARCHAROID || from == TEXTARRAYOID ||
			from == VARCHARARRAYOID) &&
		(to == TEXTOID || to == VARCHAROID || to == TEXTARRAYOID || to == VARCHARARRAYOID) &&
		emit(ctx, (Node *) expr->arg, out);
}

/* ---- aggregates ---------------------------------------------------------------------------- */

/* The argument, or null where the FILTER does not hold. */
static bool
emit_aggregated(NamiExprContext *ctx, Aggref *agg, Node *arg, const char **text)
{
	Piece		value = {"true", BINDS_ATOM, false};
	Piece		filter;

	if (arg != NULL && !emit(ctx, arg, &value))
		return false;
	if (agg->aggfilter != NULL)
	{
		if (!emit(ctx, (Node *) agg->aggfilter, &filter))
			return false;
		value.text = psprintf("CASE WHEN %s THEN %s END", filter.text, value.text);
	}
	*text = psprintf("%s%s", agg->aggdistinct != NIL ? "DISTINCT " : "", value.text);
	return true;
}

static bool
emit_aggregate(NamiExprContext *ctx, Aggref *agg, Piece *out)
{
	const NamiAggregateFunction *function = nami_aggregate_function(agg->aggfnoid);
	Node	   *arg = NULL;
	const char *value;
	bool		is_descending;

	if (!ctx->takes_aggregates || function == NULL || agg->agglevelsup != 0 ||
		agg->aggsplit != AGGSPLIT_SIMPLE || agg->aggvariadic || agg->aggdirectargs != NIL)
		return false;
	if (!agg->aggstar)
		arg = (Node *) linitial_node(TargetEntry, agg->args)->expr;
	else if (agg->aggfilter == NULL)
		return give(out, BINDS_ATOM, "count(*)");
	if ((function->by_order && !nami_expr_is_sortable((Expr *) arg, InvalidOid, &is_descending)) ||
		(agg->aggdistinct != NIL && !nami_expr_is_groupable((Expr *) arg)) ||
		!emit_aggregated(ctx, agg, arg, &value))
		return false;
	if (function->null_if_empty)
		return give(out, BINDS_ATOM,
					psprintf("CASE WHEN count(%s) > 0 THEN %s(%s) END", value, function->name,
							 value));
	return give(out, BINDS_ATOM, psprintf("%s(%s)", function->name, value));
}

/* ---- all together -------------------------------------------------------------------------- */

static bool
emit_alias(NamiExprContext *ctx, Node *node, Piece *out)
{
	ListCell   *expr;
	ListCell   *name;

	forboth(expr, ctx->alias_exprs, name, ctx->alias_names)
	{
		if (equal(lfirst(expr), node))
			return give(out, BINDS_ATOM, lfirst(name));
	}
	return false;
}

static bool
emit(NamiExprContext *ctx, Node *node, Piece *out)
{
	check_stack_depth();
	if (node == NULL)
		return false;
	if (ctx->alias_exprs != NIL && emit_alias(ctx, node, out))
		return true;
	switch (nodeTag(node))
	{
		case T_Var:
			return emit_var(ctx, (Var *) node, out);
		case T_Const:
			return emit_const(ctx, (Const *) node, out);
		case T_Param:
			return emit_parameter(ctx, node, out);
		case T_CaseTestExpr:
			return ctx->case_value != NULL && give(out, BINDS_ATOM, ctx->case_value);
		case T_Aggref:
			return emit_aggregate(ctx, (Aggref *) node, out);
		default:
			break;
	}
	if (!IsA(node, BoolExpr) && is_constant_part(ctx, node))
		return emit_parameter(ctx, node, out);
	switch (nodeTag(node))
	{
		case T_OpExpr:
			{
				OpExpr	   *op = (OpExpr *) node;

				set_opfuncid(op);
				if (op->opfuncid == F_ARRAYCONTAINS || op->opfuncid == F_ARRAYOVERLAP)
					return emit_label_sets(ctx, op, out);
				if (op->opfuncid == F_JSONB_OBJECT_FIELD_TEXT)
					return emit_rest_text(ctx, node, out);
				return emit_function(ctx, op->opfuncid, op->args, op->inputcollid, out);
			}
		case T_FuncExpr:
			{
				FuncExpr   *call = (FuncExpr *) node;

				if (call->funcid == F_JSONB_OBJECT_FIELD_TEXT)
					return emit_rest_text(ctx, node, out);
				return !call->funcretset && emit_function(ctx, call->funcid, call->args,
														  call->inputcollid, out);
			}
		case T_DistinctExpr:
			set_opfuncid((OpExpr *) node);
			return emit_distinct(ctx, (DistinctExpr *) node, out);
		case T_NullIfExpr:
			set_opfuncid((OpExpr *) node);
			return emit_nullif(ctx, (NullIfExpr *) node, out);
		case T_ScalarArrayOpExpr:
			return emit_any(ctx, (ScalarArrayOpExpr *) node, out);
		case T_ArrayExpr:
			return emit_array(ctx, (ArrayExpr *) node, out);
		case T_BoolExpr:
			return emit_bool(ctx, (BoolExpr *) node, out);
		case T_NullTest:
			return emit_null_test(ctx, (NullTest *) node, out);
		case T_BooleanTest:
			return emit_boolean_test(ctx, (BooleanTest *) node, out);
		case T_CaseExpr:
			return emit_case(ctx, (CaseExpr *) node, out);
		case T_CoalesceExpr:
			return emit_coalesce(ctx, (CoalesceExpr *) node, out);
		case T_CoerceViaIO:
			return emit_io_cast(ctx, (CoerceViaIO *) node, out);
		case T_RelabelType:
			return emit_relabel(ctx, (RelabelType *) node, out);
		default:
			return false;
	}
}

static char *
try_text(NamiExprContext *ctx, const Expr *expr, Precedence binds)
{
	List	   *params = list_copy(ctx->params);
	List	   *assumptions = list_copy(ctx->assumptions);
	Piece		piece;

	if (nami_settings.enable_pushdown && emit(ctx, (Node *) expr, &piece))
		return pstrdup(operand(&piece, binds));
	ctx->params = params;
	ctx->assumptions = assumptions;
	return NULL;
}

char *
nami_expr_text(NamiExprContext *ctx, const Expr *expr)
{
	return try_text(ctx, expr, BINDS_OR);
}

char *
nami_expr_condition(NamiExprContext *ctx, const Expr *expr)
{
	return try_text(ctx, expr, BINDS_NOT);
}

bool
nami_expr_is_exact(NamiExprContext *ctx, const Expr *expr)
{
	List	   *params = list_copy(ctx->params);
	List	   *assumptions = list_copy(ctx->assumptions);
	bool		is_exact = nami_expr_text(ctx, expr) != NULL;

	ctx->params = params;
	ctx->assumptions = assumptions;
	return is_exact;
}

/* ---- groups and order ---------------------------------------------------------------------- */

/* Floats are left out: 0 and -0 are one group that shows either. */
bool
nami_expr_is_groupable(const Expr *expr)
{
	switch (exprType((const Node *) expr))
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case UUIDOID:
		case DATEOID:
		case TIMESTAMPTZOID:
			return true;
		case TEXTOID:
		case VARCHAROID:
			return collation_allows(exprCollation((const Node *) expr), false);
		default:
			return false;
	}
}

bool
nami_expr_is_sortable(const Expr *expr, Oid sort_operator, bool *is_descending)
{
	Oid			type = exprType((const Node *) expr);
	TypeCacheEntry *entry;

	*is_descending = false;
	if (type == TEXTOID || type == VARCHAROID)
	{
		if (!collation_allows(exprCollation((const Node *) expr), true))
			return false;
	}
	else if (type != FLOAT8OID && !nami_expr_is_groupable(expr))
		return false;
	if (sort_operator == InvalidOid)
		return true;
	entry = lookup_type_cache(type, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
	*is_descending = sort_operator == entry->gt_opr;
	return sort_operator == entry->lt_opr || sort_operator == entry->gt_opr;
}
