/*
 * foreign_expr_special.c - expressions that are exact for certain arguments only: lists and labels,
 * LIKE, substrings, entries of _properties, casts through text.
 */
#include "postgres.h"

#include "pg/foreign_expr_internal.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "pg/foreign_literal.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

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
emit_label_test(NamiExprContext *ctx, const char *label, const NamiExprColumn *column, NamiPiece *out)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s:", column->entity);
	nami_append_name(&text, label);
	return label[0] != '\0' && nami_give(out, NAMI_BINDS_COMPARISON, text.data);
}

/* x = ANY (array), x <> ALL (array): IN has the same answers, NULLs included. */
bool
nami_emit_any(NamiExprContext *ctx, ScalarArrayOpExpr *expr, NamiPiece *out)
{
	const NamiComparisonFunction *function = nami_comparison_function(get_opcode(expr->opno));
	Node	   *array = lsecond(expr->args);
	NamiExprColumn column;
	NamiPiece		a;
	NamiPiece		list;

	if (function == NULL || function->op != (expr->useOr ? NAMI_CMP_EQ : NAMI_CMP_NE) ||
		(function->is_text && !nami_collation_allows(expr->inputcollid, false)))
		return false;
	if (expr->useOr && nami_text_constant(linitial(expr->args)) != NULL &&
		nami_is_column(ctx, array, NAMI_COLUMN_LABELS, NULL, &column))
		return emit_label_test(ctx, nami_text_constant(linitial(expr->args)), &column, out);
	if ((function->is_float && !is_list_of_numbers(array)) ||
		!nami_emit(ctx, linitial(expr->args), &a) || !nami_emit(ctx, array, &list))
		return false;
	return nami_give(out, expr->useOr ? NAMI_BINDS_COMPARISON : NAMI_BINDS_NOT,
				psprintf("%s%s IN %s", expr->useOr ? "" : "NOT ", nami_operand(&a, NAMI_BINDS_SUM),
						 list.text));
}

/* ARRAY[...] of expressions as the list of IN. */
bool
nami_emit_array(NamiExprContext *ctx, ArrayExpr *expr, NamiPiece *out)
{
	StringInfoData text;
	ListCell   *cell;

	if (expr->multidims || !nami_type_is_parameter(expr->element_typeid) ||
		expr->element_typeid == FLOAT4OID || expr->element_typeid == FLOAT8OID)
		return false;
	initStringInfo(&text);
	foreach(cell, expr->elements)
	{
		NamiPiece		item;

		if (!nami_emit(ctx, lfirst(cell), &item))
			return false;
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "[", item.text);
	}
	appendStringInfoString(&text, text.len > 0 ? "]" : "[]");
	return nami_give(out, NAMI_BINDS_ATOM, text.data);
}

/* _labels @> ARRAY[...], _labels && ARRAY[...] */
bool
nami_emit_label_sets(NamiExprContext *ctx, OpExpr *expr, NamiPiece *out)
{
	bool		is_all = expr->opfuncid == F_ARRAYCONTAINS;
	Const	   *array = lsecond(expr->args);
	NamiExprColumn column;
	StringInfoData tests;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (!nami_is_column(ctx, linitial(expr->args), NAMI_COLUMN_LABELS, NULL, &column) ||
		!IsA(array, Const) || array->constisnull || array->consttype != TEXTARRAYOID ||
		!nami_collation_allows(expr->inputcollid, false))
		return false;
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), TEXTOID, -1, false, TYPALIGN_INT,
					  &items, &nulls, &count);
	initStringInfo(&tests);
	for (int i = 0; i < count; i++)
	{
		NamiPiece		test;

		if (nulls[i] || !emit_label_test(ctx, TextDatumGetCString(items[i]), &column, &test))
			return false;
		appendStringInfo(&tests, "%s%s", i == 0 ? "" : is_all ? " AND " : " OR ", test.text);
	}
	return count > 0 && nami_give(out, count == 1 ? NAMI_BINDS_COMPARISON : is_all ? NAMI_BINDS_AND : NAMI_BINDS_OR,
							 tests.data);
}

/* ---- texts and entries of _properties --------------------------------------------------------- */

/* LIKE with a constant pattern whose only wildcards are % at its ends. */
static bool
emit_like(NamiExprContext *ctx, List *args, Oid collation, NamiPiece *out)
{
	char	   *pattern = nami_text_constant(lsecond(args));
	StringInfoData text;
	size_t		len;
	bool		is_open_left;
	bool		is_open_right;
	NamiPiece		a;

	if (pattern == NULL || !nami_collation_allows(collation, false) || strpbrk(pattern, "_\\") != NULL ||
		(GetDatabaseEncoding() != PG_UTF8 && pattern[0] == '%'))
		return false;
	is_open_left = pattern[0] == '%';
	pattern += is_open_left ? 1 : 0;
	len = strlen(pattern);
	is_open_right = len > 0 && pattern[len - 1] == '%';
	len -= is_open_right ? 1 : 0;
	if (memchr(pattern, '%', len) != NULL || !nami_emit(ctx, linitial(args), &a))
		return false;
	initStringInfo(&text);
	appendStringInfo(&text, "%s %s ", nami_operand(&a, NAMI_BINDS_SUM),
					 is_open_left && is_open_right ? "CONTAINS" : is_open_left ? "ENDS WITH" :
					 is_open_right ? "STARTS WITH" : "=");
	nami_append_string(&text, pattern, (int) len);
	return nami_give(out, NAMI_BINDS_COMPARISON, text.data);
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
	key = nami_text_constant(lsecond(args));
	return key != NULL && nami_is_column(ctx, linitial(args), NAMI_COLUMN_REST, key, column);
}

bool
nami_emit_rest_text(NamiExprContext *ctx, Node *node, NamiPiece *out)
{
	NamiExprColumn column;

	if (!rest_entry(ctx, node, &column))
		return false;
	if (nami_column_fits(ctx, &column, NAMI_KIND_BIT(NAMI_STRING), NAMI_TRAIT_NUL))
		return nami_give(out, NAMI_BINDS_ATOM, column.text);
	if (nami_column_fits(ctx, &column, NAMI_KIND_BIT(NAMI_INT), 0) || nami_column_fits(ctx, &column, NAMI_KIND_BIT(NAMI_BOOL), 0))
		return nami_give(out, NAMI_BINDS_ATOM, psprintf("toString(%s)", column.text));
	return false;
}

/* (_properties ->> 'key')::bigint, ::boolean: back to what is stored. */
static bool
emit_rest_cast(NamiExprContext *ctx, Node *arg, Oid type, NamiPiece *out)
{
	NamiExprColumn column;
	uint32		kinds = type == INT8OID ? NAMI_KIND_BIT(NAMI_INT) :
		type == BOOLOID ? NAMI_KIND_BIT(NAMI_BOOL) : 0;

	return kinds != 0 && rest_entry(ctx, arg, &column) && nami_column_fits(ctx, &column, kinds, 0) &&
		nami_give(out, NAMI_BINDS_ATOM, column.text);
}

static bool
emit_key_exists(NamiExprContext *ctx, List *args, NamiPiece *out)
{
	char	   *key = nami_text_constant(lsecond(args));
	NamiExprColumn column;

	return key != NULL && nami_is_column(ctx, linitial(args), NAMI_COLUMN_REST, key, &column) &&
		nami_give(out, NAMI_BINDS_COMPARISON, psprintf("%s IS NOT NULL", column.text));
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
emit_substring(NamiExprContext *ctx, List *args, NamiPiece *out)
{
	NamiPiece		a;

	if (!is_count(lsecond(args), 1) || (list_length(args) > 2 && !is_count(lthird(args), 0)) ||
		GetDatabaseEncoding() != PG_UTF8 || !nami_emit(ctx, linitial(args), &a))
		return false;
	if (list_length(args) == 2)
		return nami_give(out, NAMI_BINDS_ATOM,
					psprintf("substring(%s, %d)", a.text,
							 DatumGetInt32(lsecond_node(Const, args)->constvalue) - 1));
	return nami_give(out, NAMI_BINDS_ATOM,
				psprintf("substring(%s, %d, %d)", a.text,
						 DatumGetInt32(lsecond_node(Const, args)->constvalue) - 1,
						 DatumGetInt32(lthird_node(Const, args)->constvalue)));
}

bool
nami_emit_special(NamiExprContext *ctx, NamiSpecial special, Oid function, List *args, Oid collation,
			 NamiPiece *out)
{
	NamiPiece		a;

	switch (special)
	{
		case NAMI_SPECIAL_LIKE:
			return emit_like(ctx, args, collation, out);
		case NAMI_SPECIAL_STARTS_WITH:
			{
				NamiPiece		b;

				return nami_collation_allows(collation, false) && nami_emit(ctx, linitial(args), &a) &&
					nami_emit(ctx, lsecond(args), &b) &&
					nami_give(out, NAMI_BINDS_COMPARISON, nami_comparison_text(&a, "STARTS WITH", &b));
			}
		case NAMI_SPECIAL_LEFT_RIGHT:
			return is_count(lsecond(args), 0) && GetDatabaseEncoding() == PG_UTF8 &&
				nami_emit(ctx, linitial(args), &a) &&
				nami_give(out, NAMI_BINDS_ATOM,
					 psprintf("%s(%s, %d)", function == F_LEFT ? "left" : "right", a.text,
							  DatumGetInt32(lsecond_node(Const, args)->constvalue)));
		case NAMI_SPECIAL_SUBSTRING:
			return emit_substring(ctx, args, out);
		default:				/* NAMI_SPECIAL_KEY_EXISTS */
			return emit_key_exists(ctx, args, out);
	}
}

/* ---- casts --------------------------------------------------------------------------------- */

/* Casts by output and input functions, whose text Cypher makes alike. */
bool
nami_emit_io_cast(NamiExprContext *ctx, CoerceViaIO *expr, NamiPiece *out)
{
	Oid			from = exprType((Node *) expr->arg);
	NamiPiece		arg;

	if (emit_rest_cast(ctx, (Node *) expr->arg, expr->resulttype, out))
		return true;
	if ((expr->resulttype != TEXTOID && expr->resulttype != VARCHAROID) ||
		!nami_emit(ctx, (Node *) expr->arg, &arg))
		return false;
	if (from == UUIDOID)
	{
		*out = arg;
		return true;
	}
	return (from == INT2OID || from == INT4OID || from == INT8OID) &&
		nami_give(out, NAMI_BINDS_ATOM, psprintf("toString(%s)", arg.text));
}

bool
nami_emit_relabel(NamiExprContext *ctx, RelabelType *expr, NamiPiece *out)
{
	Oid			from = exprType((Node *) expr->arg);
	Oid			to = expr->resulttype;

	return (from == TEXTOID || from == VARCHAROID || from == TEXTARRAYOID ||
			from == VARCHARARRAYOID) &&
		(to == TEXTOID || to == VARCHAROID || to == TEXTARRAYOID || to == VARCHARARRAYOID) &&
		nami_emit(ctx, (Node *) expr->arg, out);
}
