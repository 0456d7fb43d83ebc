/*
 * foreign_expr.c - which SQL expressions Cypher can compute exactly, see foreign_expr.h.
 *
 * Every SQL type has one form in Cypher (int2, int4 and int8 INTEGER, text and uuid STRING, ...), so
 * that an expression is exact when its parts are and its function is. The lists of functions are in
 * foreign_function.c.
 */
#include "postgres.h"

#include "pg/foreign_expr_internal.h"

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

bool
nami_give(NamiPiece *out, NamiBinding binds, const char *text)
{
	out->text = text;
	out->binds = binds;
	out->is_number = false;
	return true;
}

/* The text as an operand of something that binds so tightly. */
const char *
nami_operand(const NamiPiece *piece, NamiBinding binds)
{
	return piece->binds >= binds ? piece->text : psprintf("(%s)", piece->text);
}

/* ---- parameters ---------------------------------------------------------------------------- */

static bool
emit_parameter(NamiExprContext *ctx, Node *node, NamiPiece *out)
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
	return nami_give(out, NAMI_BINDS_ATOM, psprintf("$p%d", number));
}

static bool
emit_const(NamiExprContext *ctx, Const *constant, NamiPiece *out)
{
	char	   *text;

	if (!constant->constisnull && !nami_type_is_parameter(constant->consttype))
		return false;
	text = nami_literal_text(constant);
	if (text == NULL && !emit_parameter(ctx, (Node *) constant, out))
		return false;
	if (text != NULL)
		nami_give(out, text[0] == '-' ? NAMI_BINDS_SUM : NAMI_BINDS_ATOM, text);
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

bool
nami_column_fits(NamiExprContext *ctx, const NamiExprColumn *column, uint32 kinds, uint32 unwanted_traits)
{
	if (!column->kinds_known || kinds == 0 || (column->kinds & ~kinds) != 0 ||
		(column->traits & unwanted_traits) != 0)
		return false;
	rely_on(ctx, column, kinds, unwanted_traits);
	return true;
}

bool
nami_describe_column(NamiExprContext *ctx, const Var *var, const char *key, NamiExprColumn *column)
{
	memset(column, 0, sizeof(NamiExprColumn));
	return var->varlevelsup == 0 && var->varattno > 0 && ctx->column(ctx, var, key, column);
}

/* Stored integers, as long as there are none, need no conversion. */
static bool
emit_float_column(NamiExprContext *ctx, const NamiExprColumn *column, NamiPiece *out)
{
	uint32		floats = NAMI_KIND_BIT(NAMI_FLOAT);
	uint32		nan = column->traits & NAMI_TRAIT_NAN;

	if (column->kinds == floats && nami_column_fits(ctx, column, floats, nan ^ NAMI_TRAIT_NAN))
		nami_give(out, NAMI_BINDS_ATOM, column->text);
	else if (nami_column_fits(ctx, column, floats | NAMI_KIND_BIT(NAMI_INT), nan ^ NAMI_TRAIT_NAN))
		nami_give(out, NAMI_BINDS_ATOM, psprintf("toFloat(%s)", column->text));
	else
		return false;
	out->is_number = nan == 0;
	return true;
}

static bool
emit_column(NamiExprContext *ctx, const Var *var, NamiPiece *out)
{
	NamiExprColumn column;

	if (!nami_describe_column(ctx, var, NULL, &column))
		return false;
	switch (column.role)
	{
		case NAMI_COLUMN_ID:
		case NAMI_COLUMN_SRC:
		case NAMI_COLUMN_DST:
			return nami_give(out, NAMI_BINDS_ATOM, column.text);
		case NAMI_COLUMN_PROPERTY:
		case NAMI_COLUMN_ITEM:
			if (var->vartype == FLOAT8OID)
				return emit_float_column(ctx, &column, out);
			return nami_column_fits(ctx, &column, kinds_of_type(var->vartype, var->vartypmod),
						CHANGING_TRAITS) && nami_give(out, NAMI_BINDS_ATOM, column.text);
		default:
			return false;
	}
}

static bool
emit_var(NamiExprContext *ctx, Var *var, NamiPiece *out)
{
	if (var->varlevelsup == 0 && bms_is_member(var->varno, ctx->relids))
		return emit_column(ctx, var, out);
	return var->varattno > 0 && emit_parameter(ctx, (Node *) var, out);
}

/* node as a column of the relations with that role. */
bool
nami_is_column(NamiExprContext *ctx, Node *node, NamiColumnRole role, const char *key,
		  NamiExprColumn *column)
{
	Var		   *var = (Var *) node;

	return IsA(node, Var) && bms_is_member(var->varno, ctx->relids) &&
		nami_describe_column(ctx, var, key, column) && column->role == role;
}

char *
nami_text_constant(Node *node)
{
	Const	   *constant = (Const *) node;

	if (!IsA(node, Const) || constant->constisnull ||
		(constant->consttype != TEXTOID && constant->consttype != VARCHAROID))
		return NULL;
	return TextDatumGetCString(constant->constvalue);
}

/* ---- comparisons --------------------------------------------------------------------------- */

const char *
nami_comparison_text(const NamiPiece *a, const char *op, const NamiPiece *b)
{
	return psprintf("%s %s %s", nami_operand(a, NAMI_BINDS_SUM), op, nami_operand(b, NAMI_BINDS_SUM));
}

/*
 * SQL: NaN equals NaN and is greater than all other numbers. Cypher: every comparison with NaN but <>
 * is false. One operand that cannot be NaN is enough for a form without isNaN().
 */
static bool
emit_float_comparison(NamiComparison op, NamiPiece a, NamiPiece b, NamiPiece *out)
{
	if (op == NAMI_CMP_GT || op == NAMI_CMP_GE)
	{
		NamiPiece		swap = a;

		a = b;
		b = swap;
		op = op == NAMI_CMP_GT ? NAMI_CMP_LT : NAMI_CMP_LE;
	}
	switch (op)
	{
		case NAMI_CMP_EQ:
		case NAMI_CMP_NE:
			if (a.is_number || b.is_number)
				return nami_give(out, NAMI_BINDS_COMPARISON,
							nami_comparison_text(&a, op == NAMI_CMP_EQ ? "=" : "<>", &b));
			return nami_give(out, op == NAMI_CMP_EQ ? NAMI_BINDS_ATOM : NAMI_BINDS_NOT,
						psprintf("%s(%s OR (isNaN(%s) AND isNaN(%s)))",
								 op == NAMI_CMP_EQ ? "" : "NOT ", nami_comparison_text(&a, "=", &b), a.text,
								 b.text));
		case NAMI_CMP_LT:
			if (b.is_number)
				return nami_give(out, NAMI_BINDS_COMPARISON, nami_comparison_text(&a, "<", &b));
			if (a.is_number)
				return nami_give(out, NAMI_BINDS_NOT, psprintf("NOT %s", nami_comparison_text(&b, "<=", &a)));
			return nami_give(out, NAMI_BINDS_ATOM,
						psprintf("(%s OR (isNaN(%s) AND NOT isNaN(%s)))",
								 nami_comparison_text(&a, "<", &b), b.text, a.text));
		default:
			if (b.is_number)
				return nami_give(out, NAMI_BINDS_COMPARISON, nami_comparison_text(&a, "<=", &b));
			if (a.is_number)
				return nami_give(out, NAMI_BINDS_NOT, psprintf("NOT %s", nami_comparison_text(&b, "<", &a)));
			return nami_give(out, NAMI_BINDS_ATOM,
						psprintf("(%s OR (isNaN(%s) AND %s IS NOT NULL))",
								 nami_comparison_text(&a, "<=", &b), b.text, nami_operand(&a, NAMI_BINDS_SUM)));
	}
}

bool
nami_collation_allows(Oid collation, bool is_order)
{
	if (is_order)
		return collation != InvalidOid && GetDatabaseEncoding() == PG_UTF8 &&
			nami_collation_is_c(collation);
	return collation == InvalidOid || get_collation_isdeterministic(collation);
}

/* The comparison of two texts that have been made already. */
static bool
emit_comparison_of(const NamiComparisonFunction *function, Oid collation, const NamiPiece *a,
				   const NamiPiece *b, NamiPiece *out)
{
	static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
	bool		is_order = function->op != NAMI_CMP_EQ && function->op != NAMI_CMP_NE;

	if (function->is_text && !nami_collation_allows(collation, is_order))
		return false;
	if (function->is_float)
		return emit_float_comparison(function->op, *a, *b, out);
	return nami_give(out, NAMI_BINDS_COMPARISON, nami_comparison_text(a, operators[function->op], b));
}

static bool
emit_comparison(NamiExprContext *ctx, const NamiComparisonFunction *function, List *args,
				Oid collation, NamiPiece *out)
{
	NamiPiece		a;
	NamiPiece		b;

	return nami_emit(ctx, linitial(args), &a) && nami_emit(ctx, lsecond(args), &b) &&
		emit_comparison_of(function, collation, &a, &b, out);
}

/* a IS DISTINCT FROM b. */
static bool
emit_distinct(NamiExprContext *ctx, DistinctExpr *expr, NamiPiece *out)
{
	const NamiComparisonFunction *function = nami_comparison_function(expr->opfuncid);
	NamiPiece		a;
	NamiPiece		b;
	NamiPiece		equal;

	if (function == NULL || function->op != NAMI_CMP_EQ ||
		!nami_emit(ctx, linitial(expr->args), &a) || !nami_emit(ctx, lsecond(expr->args), &b) ||
		!emit_comparison_of(function, expr->inputcollid, &a, &b, &equal))
		return false;
	/* The planner puts constants to the right, and a NULL makes it an IS NULL. */
	if (IsA(lsecond(expr->args), Const) && !lsecond_node(Const, expr->args)->constisnull)
		return nami_give(out, NAMI_BINDS_NOT, psprintf("NOT coalesce(%s, false)", equal.text));
	return nami_give(out, NAMI_BINDS_NOT,
				psprintf("NOT coalesce(%s, %s IS NULL AND %s IS NULL)", equal.text,
						 nami_operand(&a, NAMI_BINDS_SUM), nami_operand(&b, NAMI_BINDS_SUM)));
}

static bool
emit_nullif(NamiExprContext *ctx, NullIfExpr *expr, NamiPiece *out)
{
	const NamiComparisonFunction *function = nami_comparison_function(expr->opfuncid);
	NamiPiece		a;
	NamiPiece		b;
	NamiPiece		equal;

	if (function == NULL || function->op != NAMI_CMP_EQ ||
		!nami_emit(ctx, linitial(expr->args), &a) || !nami_emit(ctx, lsecond(expr->args), &b) ||
		!emit_comparison_of(function, expr->inputcollid, &a, &b, &equal))
		return false;
	return nami_give(out, NAMI_BINDS_ATOM,
				psprintf("CASE WHEN %s THEN null ELSE %s END", equal.text, a.text));
}

/* ---- functions ----------------------------------------------------------------------------- */

/*
 * A division that can fail would do so for rows that another condition, left to PostgreSQL or merely
 * tested later, takes away.
 */
static bool
is_safe_divisor(Node *node)
{
	Const	   *constant = (Const *) node;
	int64		divisor = 0;

	if (!IsA(node, Const) || constant->constisnull)
		return false;
	if (constant->consttype == INT8OID)
		divisor = DatumGetInt64(constant->constvalue);
	else if (constant->consttype == INT4OID)
		divisor = DatumGetInt32(constant->constvalue);
	else if (constant->consttype == INT2OID)
		divisor = DatumGetInt16(constant->constvalue);
	return divisor != 0 && divisor != -1;
}

static bool
emit_function(NamiExprContext *ctx, Oid function, List *args, Oid collation, NamiPiece *out)
{
	const NamiComparisonFunction *compare = nami_comparison_function(function);
	const NamiPlainFunction *plain;
	NamiSpecial special;
	NamiPiece		a;
	NamiPiece		b;

	if (compare != NULL)
		return emit_comparison(ctx, compare, args, collation, out);
	if (nami_special_function(function, &special))
		return nami_emit_special(ctx, special, function, args, collation, out);
	plain = nami_plain_function(function);
	if (plain != NULL && plain->divides && !is_safe_divisor(lsecond(args)))
		return false;
	if (plain == NULL || (plain->needs_utf8 && GetDatabaseEncoding() != PG_UTF8) ||
		list_length(args) != plain->arg_count || !nami_emit(ctx, linitial(args), &a))
		return false;
	if (plain->arg_count == 2 && !nami_emit(ctx, lsecond(args), &b))
		return false;
	if (plain->shape == NAMI_SHAPE_SAME)
		*out = a;
	else if (plain->shape == NAMI_SHAPE_INFIX)
		nami_give(out, NAMI_BINDS_SUM, psprintf("%s %s %s", nami_operand(&a, NAMI_BINDS_ATOM), plain->name,
									  nami_operand(&b, NAMI_BINDS_ATOM)));
	else if (plain->shape == NAMI_SHAPE_PREFIX)
		nami_give(out, NAMI_BINDS_SUM, psprintf("%s%s", plain->name, nami_operand(&a, NAMI_BINDS_ATOM)));
	else
		nami_give(out, NAMI_BINDS_ATOM, psprintf("%s(%s)", plain->name, a.text));
	out->is_number = plain->gives_number;
	return true;
}

/* ---- logic --------------------------------------------------------------------------------- */

static bool
emit_bool(NamiExprContext *ctx, BoolExpr *expr, NamiPiece *out)
{
	NamiBinding	binds = expr->boolop == AND_EXPR ? NAMI_BINDS_AND : NAMI_BINDS_OR;
	StringInfoData text;
	ListCell   *cell;
	NamiPiece		arg;

	if (expr->boolop == NOT_EXPR)
		return nami_emit(ctx, linitial(expr->args), &arg) &&
			nami_give(out, NAMI_BINDS_NOT, psprintf("NOT %s", nami_operand(&arg, NAMI_BINDS_COMPARISON)));
	initStringInfo(&text);
	foreach(cell, expr->args)
	{
		if (!nami_emit(ctx, lfirst(cell), &arg))
			return false;
		appendStringInfo(&text, "%s%s", text.len == 0 ? "" : binds == NAMI_BINDS_AND ? " AND " : " OR ",
						 nami_operand(&arg, binds + 1));
	}
	return nami_give(out, binds, text.data);
}

static bool
emit_null_test(NamiExprContext *ctx, NullTest *expr, NamiPiece *out)
{
	const char *test = expr->nulltesttype == IS_NULL ? "IS NULL" : "IS NOT NULL";
	Var		   *var = (Var *) expr->arg;
	NamiExprColumn column;
	NamiPiece		arg;

	if (expr->argisrow)
		return false;
	if (!IsA(var, Var) || !bms_is_member(var->varno, ctx->relids))
		return nami_emit(ctx, (Node *) expr->arg, &arg) &&
			nami_give(out, NAMI_BINDS_COMPARISON, psprintf("%s %s", nami_operand(&arg, NAMI_BINDS_SUM), test));
	/* The values themselves need not be equal to Cypher's. */
	if (!nami_describe_column(ctx, var, NULL, &column))
		return false;
	if (column.role != NAMI_COLUMN_PROPERTY && column.role != NAMI_COLUMN_ITEM)
		return nami_give(out, NAMI_BINDS_COMPARISON, psprintf("%s %s", column.entity, test));
	return nami_column_fits(ctx, &column, kinds_shown_by_type(var->vartype, var->vartypmod), NAMI_TRAIT_NUL) &&
		nami_give(out, NAMI_BINDS_COMPARISON, psprintf("%s %s", column.text, test));
}

static bool
emit_boolean_test(NamiExprContext *ctx, BooleanTest *expr, NamiPiece *out)
{
	NamiPiece		arg;

	if (!nami_emit(ctx, (Node *) expr->arg, &arg))
		return false;
	switch (expr->booltesttype)
	{
		case IS_TRUE:
			return nami_give(out, NAMI_BINDS_ATOM, psprintf("coalesce(%s, false)", arg.text));
		case IS_NOT_TRUE:
			return nami_give(out, NAMI_BINDS_NOT, psprintf("NOT coalesce(%s, false)", arg.text));
		case IS_FALSE:
			return nami_give(out, NAMI_BINDS_NOT, psprintf("NOT coalesce(%s, true)", arg.text));
		case IS_NOT_FALSE:
			return nami_give(out, NAMI_BINDS_ATOM, psprintf("coalesce(%s, true)", arg.text));
		default:
			return nami_give(out, NAMI_BINDS_COMPARISON,
						psprintf("%s IS %sNULL", nami_operand(&arg, NAMI_BINDS_SUM),
								 expr->booltesttype == IS_UNKNOWN ? "" : "NOT "));
	}
}

static bool
emit_case_arms(NamiExprContext *ctx, CaseExpr *expr, NamiPiece *out)
{
	StringInfoData text;
	ListCell   *cell;
	NamiPiece		piece;

	initStringInfo(&text);
	appendStringInfoString(&text, "CASE");
	foreach(cell, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, cell);

		if (!nami_emit(ctx, (Node *) when->expr, &piece))
			return false;
		appendStringInfo(&text, " WHEN %s", piece.text);
		if (!nami_emit(ctx, (Node *) when->result, &piece))
			return false;
		appendStringInfo(&text, " THEN %s", piece.text);
	}
	if (expr->defresult != NULL)
	{
		if (!nami_emit(ctx, (Node *) expr->defresult, &piece))
			return false;
		appendStringInfo(&text, " ELSE %s", piece.text);
	}
	appendStringInfoString(&text, " END");
	return nami_give(out, NAMI_BINDS_ATOM, text.data);
}

static bool
emit_case(NamiExprContext *ctx, CaseExpr *expr, NamiPiece *out)
{
	const char *outer_value = ctx->case_value;
	const char *value = NULL;
	bool		is_exact;

	if (expr->arg != NULL)
	{
		NamiPiece		arg;

		if (!nami_emit(ctx, (Node *) expr->arg, &arg))
			return false;
		value = nami_operand(&arg, NAMI_BINDS_ATOM);
	}
	ctx->guarded++;
	ctx->case_value = value;
	is_exact = emit_case_arms(ctx, expr, out);
	ctx->case_value = outer_value;
	ctx->guarded--;
	return is_exact;
}

static bool
emit_coalesce(NamiExprContext *ctx, CoalesceExpr *expr, NamiPiece *out)
{
	StringInfoData text;
	ListCell   *cell;
	bool		is_exact = true;

	initStringInfo(&text);
	ctx->guarded++;
	foreach(cell, expr->args)
	{
		NamiPiece		arg;

		is_exact = nami_emit(ctx, lfirst(cell), &arg);
		if (!is_exact)
			break;
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "coalesce(", arg.text);
	}
	ctx->guarded--;
	appendStringInfoChar(&text, ')');
	return is_exact && nami_give(out, NAMI_BINDS_ATOM, text.data);
}

/* ---- aggregates ---------------------------------------------------------------------------- */

/* The argument, or null where the FILTER does not hold. */
static bool
emit_aggregated(NamiExprContext *ctx, Aggref *agg, Node *arg, const char **text)
{
	NamiPiece		value = {"true", NAMI_BINDS_ATOM, false};
	NamiPiece		filter;

	if (arg != NULL && !nami_emit(ctx, arg, &value))
		return false;
	if (agg->aggfilter != NULL)
	{
		if (!nami_emit(ctx, (Node *) agg->aggfilter, &filter))
			return false;
		value.text = psprintf("CASE WHEN %s THEN %s END", filter.text, value.text);
	}
	*text = psprintf("%s%s", agg->aggdistinct != NIL ? "DISTINCT " : "", value.text);
	return true;
}

static bool
emit_aggregate(NamiExprContext *ctx, Aggref *agg, NamiPiece *out)
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
		return nami_give(out, NAMI_BINDS_ATOM, "count(*)");
	if ((function->by_order && !nami_expr_is_sortable((Expr *) arg, InvalidOid, &is_descending)) ||
		(agg->aggdistinct != NIL && !nami_expr_is_groupable((Expr *) arg)) ||
		!emit_aggregated(ctx, agg, arg, &value))
		return false;
	if (function->null_if_empty)
		return nami_give(out, NAMI_BINDS_ATOM,
					psprintf("CASE WHEN count(%s) > 0 THEN %s(%s) END", value, function->name,
							 value));
	return nami_give(out, NAMI_BINDS_ATOM, psprintf("%s(%s)", function->name, value));
}

/* ---- all together -------------------------------------------------------------------------- */

static bool
emit_alias(NamiExprContext *ctx, Node *node, NamiPiece *out)
{
	ListCell   *expr;
	ListCell   *name;

	forboth(expr, ctx->alias_exprs, name, ctx->alias_names)
	{
		if (equal(lfirst(expr), node))
			return nami_give(out, NAMI_BINDS_ATOM, lfirst(name));
	}
	return false;
}

bool
nami_emit(NamiExprContext *ctx, Node *node, NamiPiece *out)
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
			return ctx->case_value != NULL && nami_give(out, NAMI_BINDS_ATOM, ctx->case_value);
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
					return nami_emit_label_sets(ctx, op, out);
				if (op->opfuncid == F_JSONB_OBJECT_FIELD_TEXT)
					return nami_emit_rest_text(ctx, node, out);
				return emit_function(ctx, op->opfuncid, op->args, op->inputcollid, out);
			}
		case T_FuncExpr:
			{
				FuncExpr   *call = (FuncExpr *) node;

				if (call->funcid == F_JSONB_OBJECT_FIELD_TEXT)
					return nami_emit_rest_text(ctx, node, out);
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
			return nami_emit_any(ctx, (ScalarArrayOpExpr *) node, out);
		case T_ArrayExpr:
			return nami_emit_array(ctx, (ArrayExpr *) node, out);
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
			return nami_emit_io_cast(ctx, (CoerceViaIO *) node, out);
		case T_RelabelType:
			return nami_emit_relabel(ctx, (RelabelType *) node, out);
		default:
			return false;
	}
}

static char *
try_text(NamiExprContext *ctx, const Expr *expr, NamiBinding binds)
{
	List	   *params = list_copy(ctx->params);
	List	   *assumptions = list_copy(ctx->assumptions);
	NamiPiece		piece;

	if (nami_settings.enable_pushdown && nami_emit(ctx, (Node *) expr, &piece))
		return pstrdup(nami_operand(&piece, binds));
	ctx->params = params;
	ctx->assumptions = assumptions;
	return NULL;
}

char *
nami_expr_text(NamiExprContext *ctx, const Expr *expr)
{
	return try_text(ctx, expr, NAMI_BINDS_OR);
}

char *
nami_expr_condition(NamiExprContext *ctx, const Expr *expr)
{
	return try_text(ctx, expr, NAMI_BINDS_NOT);
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
			return nami_collation_allows(exprCollation((const Node *) expr), false);
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
		if (!nami_collation_allows(exprCollation((const Node *) expr), true))
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
