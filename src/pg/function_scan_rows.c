/*
 * function_scan_rows.c - what a call in FROM depends on, and what its rows look like.
 */
#include "postgres.h"

#include "pg/function_scan.h"

#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

typedef struct CollectParams
{
	List	   *subplans;		/* of the statement */
	Bitmapset  *params;
} CollectParams;

/* Numbers of the executor's parameters on which an expression depends. */
static bool
collect_params(Node *node, CollectParams *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		context->params = bms_add_member(context->params, ((Param *) node)->paramid);
	if (IsA(node, SubPlan))
	{
		SubPlan    *subplan = (SubPlan *) node;
		Plan	   *plan = list_nth(context->subplans, subplan->plan_id - 1);
		Bitmapset  *outer = bms_copy(plan->extParam);
		ListCell   *lc;

		foreach(lc, subplan->parParam)
			outer = bms_del_member(outer, lfirst_int(lc));
		context->params = bms_join(context->params, outer);
	}
	return expression_tree_walker(node, collect_params, context);
}

/* The function's columns, with their names as in the SQL statement. */
static TupleDesc
declared_columns(const CustomScan *plan, int count)
{
	TupleDesc	desc = CreateTemplateTupleDesc(count);

	for (int i = 0; i < count; i++)
	{
		TargetEntry *entry = list_nth_node(TargetEntry, plan->custom_scan_tlist, i);
		Node	   *expr = (Node *) entry->expr;

		TupleDescInitEntry(desc, i + 1, entry->resname, exprType(expr), exprTypmod(expr), 0);
		TupleDescInitEntryCollation(desc, i + 1, exprCollation(expr));
	}
	return desc;
}

/*
 * The columns of a named row type. The SQL statement may be older than the type's last column, and the
 * plan than any other change of it.
 */
static TupleDesc
row_type_columns(const CustomScan *plan, int count, Oid type)
{
	TupleDesc	cached = lookup_rowtype_tupdesc_domain(type, -1, false);
	TupleDesc	desc = CreateTupleDescCopy(cached);
	bool		fits = desc->natts >= count;

	ReleaseTupleDesc(cached);
	for (int i = 0; i < count && fits; i++)
	{
		TargetEntry *entry = list_nth_node(TargetEntry, plan->custom_scan_tlist, i);
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		fits = IsA(entry->expr, Const) || attribute->attisdropped ||
			attribute->atttypid == exprType((Node *) entry->expr);
	}
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function return row and query-specified return row do not match")));
	return desc;
}

void
nami_function_scan_describe(NamiFunctionScan *scan, const CustomScan *plan, const EState *estate)
{
	CollectParams params = {estate->es_plannedstmt->subplans, NULL};
	Oid			type = exprType((Node *) scan->call);

	(void) collect_params((Node *) scan->call, &params);
	scan->arguments_params = params.params;
	if (scan->kind->form == NAMI_ROW_BY_NAME && type_is_rowtype(type))
		scan->columns_desc = row_type_columns(plan, scan->column_count, type);
	else
		scan->columns_desc = declared_columns(plan, scan->column_count);
	if (scan->has_whole_row)
		scan->row_desc = scan->columns_desc->tdtypeid != RECORDOID ? scan->columns_desc :
			BlessTupleDesc(CreateTupleDescCopy(scan->columns_desc));
	scan->values = palloc0((scan->columns_desc->natts + 1) * sizeof(Datum));
	scan->nulls = palloc0((scan->columns_desc->natts + 1) * sizeof(bool));
}
