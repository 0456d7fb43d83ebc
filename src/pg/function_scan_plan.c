/*
 * function_scan_plan.c - the custom path and the custom scan's plan node.
 */
#include "postgres.h"

#include "pg/function_scan.h"

#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "pg/compat.h"
#include "utils/lsyscache.h"

static set_rel_pathlist_hook_type previous_hook = NULL;

static Plan *make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
					   List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = "namidb",
	.PlanCustomPath = make_plan,
};

static const CustomScanMethods scan_methods = {
	.CustomName = "namidb",
	.CreateCustomScanState = nami_function_scan_create_state,
};

/* The call that a range table entry consists of, or NULL when it is none of ours. */
static FuncExpr *
call_of(const RangeTblEntry *rte)
{
	const RangeTblFunction *function;

	if (rte->rtekind != RTE_FUNCTION || list_length(rte->functions) != 1 || rte->funcordinality)
		return NULL;
	function = linitial(rte->functions);
	if (function->funcexpr == NULL || !IsA(function->funcexpr, FuncExpr) ||
		nami_call_kind(((FuncExpr *) function->funcexpr)->funcid) == NULL)
		return NULL;
	return (FuncExpr *) function->funcexpr;
}

/*
 * Is the call all that the statement reads? Then the server has nothing to decide by its costs, but
 * one thing: whether an execution with other parameters is planned anew.
 */
static bool
stands_alone(const PlannerInfo *root)
{
	return root->query_level == 1 && bms_membership(root->all_baserels) == BMS_SINGLETON;
}

/*
 * The function scan's path has all costs of the call before its first row; a call that streams has
 * most of them after it. A prepared statement whose query is a parameter costs nothing when it stands
 * alone, so that its generic plan is taken: the custom plans that know the text would be planned at
 * each execution, for an estimate that nobody asks for.
 *
 * A call that may write costs nothing either: the server remembers results of the inner side of a nested
 * loop by their parameters (Memoize) when that saves costs, whatever the function's volatility, and a
 * statement that writes has to run once for each row.
 */
static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *rel, const Path *old, FuncExpr *call)
{
	CustomPath *path = makeNode(CustomPath);
	NamiCallEstimate estimate;
	bool		known;

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = old->param_info;
	path->path.rows = old->rows;
	path->path.startup_cost = old->startup_cost;
	path->path.total_cost = old->total_cost;
	known = nami_call_estimate(root, call, &estimate);
	if (known && estimate.streams)
		path->path.startup_cost = Max(old->startup_cost - (estimate.total - estimate.startup), 0);
	else if (known || stands_alone(root) || func_volatile(call->funcid) == PROVOLATILE_VOLATILE)
		path->path.startup_cost = path->path.total_cost = 0;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->methods = &path_methods;
	return path;
}

static void
replace_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	FuncExpr   *call;
	Path	   *old;

	if (previous_hook != NULL)
		previous_hook(root, rel, rti, rte);
	if (rel->pathlist == NIL || (call = call_of(rte)) == NULL)
		return;
	old = linitial(rel->pathlist);
	if (old->pathtype != T_FunctionScan || list_length(rel->pathlist) != 1)
		return;
	rel->pathlist = list_make1(make_path(root, rel, old, call));
}

/* A use of the row as a whole: written by the user, or made for row marks. */
static Var *
whole_row_var(const RelOptInfo *rel, List *tlist, List *clauses)
{
	List	   *vars = pull_var_clause((Node *) list_make3(tlist, clauses, rel->reltarget->exprs),
									   PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
									   PVC_RECURSE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, vars)
	{
		Var		   *var = lfirst(lc);

		if (var->varno == rel->relid && var->varattno == InvalidAttrNumber)
			return var;
	}
	return NULL;
}

/* The columns of the function, and the whole row if somebody wants it. */
static List *
scan_tlist(const RelOptInfo *rel, RangeTblEntry *rte, Var *whole_row)
{
	List	   *names;
	List	   *vars;
	List	   *tlist = NIL;
	ListCell   *name;
	ListCell   *var;

	nami_expand_rte(rte, rel->relid, &names, &vars);
	forboth(name, names, var, vars)
		tlist = lappend(tlist, makeTargetEntry(lfirst(var), list_length(tlist) + 1,
											   strVal(lfirst(name)), false));
	if (whole_row != NULL)
		tlist = lappend(tlist, makeTargetEntry(copyObject((Expr *) whole_row),
											   list_length(tlist) + 1, NULL, false));
	return tlist;
}

/*
 * The whole call goes into custom_exprs: the server replaces what comes from other tables, and knows
 * the function when it decides whether the plan is still good. custom_private: is there a whole row.
 */
static Plan *
make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist, List *clauses,
		  List *custom_plans)
{
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	RangeTblFunction *function = linitial(rte->functions);
	List	   *quals = extract_actual_clauses(clauses, false);
	Var		   *whole_row = whole_row_var(rel, tlist, quals);
	CustomScan *scan = makeNode(CustomScan);

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = quals;
	scan->scan.scanrelid = 0;
	scan->flags = path->flags;
	scan->custom_scan_tlist = scan_tlist(rel, rte, whole_row);
	scan->custom_exprs = list_make1(copyObject(function->funcexpr));
	scan->custom_private = list_make1(makeInteger(whole_row != NULL));
	scan->methods = &scan_methods;
	return &scan->scan.plan;
}

void
nami_function_scan_install(void)
{
	RegisterCustomScanMethods(&scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = replace_paths;
}
