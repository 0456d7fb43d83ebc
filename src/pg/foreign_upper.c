/*
 * foreign_upper.c - what is computed above scans and joins, see foreign_upper.h.
 *
 * Groups, aggregates and HAVING; DISTINCT; the order and LIMIT of any of these, or of plain rows.
 */
#include "postgres.h"

#include "pg/foreign_upper.h"

#include <math.h>

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/tlist.h"
#include "pg/compat.h"
#include "pg/foreign_deparse.h"
#include "pg/foreign_rel.h"
#include "pg/settings.h"
#include "utils/selfuncs.h"

static NamiForeignRel *
make_upper(const NamiForeignRel *below, RelOptInfo *input)
{
	NamiForeignRel *self = palloc0(sizeof(NamiForeignRel));

	self->server = below->server;
	self->user = below->user;
	self->rels = below->rels;
	self->startup_cost = below->startup_cost;
	self->total_cost = below->total_cost;
	self->rows = below->rows;
	self->input = input;
	return self;
}

static bool
is_exact(PlannerInfo *root, const NamiForeignRel *self, Expr *expr, bool takes_aggregates)
{
	NamiExprContext ctx;

	nami_foreign_context(&ctx, root, self->rels);
	ctx.takes_aggregates = takes_aggregates;
	return nami_expr_is_exact(&ctx, expr);
}

/*
 * The same for all rows. Such an expression is a parameter, if anything, and a parameter must not be a
 * column of the scan as well: PostgreSQL would take its value from the row that is not there yet.
 */
static bool
is_constant(PlannerInfo *root, const NamiForeignRel *self, Expr *expr)
{
	return !bms_overlap(pull_varnos(root, (Node *) expr), self->rels);
}

/* ---- groups -------------------------------------------------------------------------------- */

/* Groups and aggregates that an expression above them is made of. */
static bool
add_outputs(PlannerInfo *root, NamiForeignRel *self, Node *node)
{
	ListCell   *cell;

	foreach(cell, pull_var_clause(node, PVC_INCLUDE_AGGREGATES | PVC_RECURSE_PLACEHOLDERS))
	{
		Expr	   *part = lfirst(cell);

		if (list_member(self->outputs, part))
			continue;
		/* A Var that is no group: a part of a group, or of one that was found redundant. */
		if (!IsA(part, Aggref) || !is_exact(root, self, part, true))
			return false;
		self->outputs = lappend(self->outputs, part);
	}
	return true;
}

static bool
add_groups(PlannerInfo *root, NamiForeignRel *self, PathTarget *target)
{
	ListCell   *cell;
	int			i = 0;

	foreach(cell, target->exprs)
	{
		Expr	   *expr = lfirst(cell);
		Index		ref = get_pathtarget_sortgroupref(target, i++);

		if (ref == 0 || get_sortgroupref_clause_noerr(ref, root->parse->groupClause) == NULL)
			continue;
		if (is_constant(root, self, expr) || !nami_expr_is_groupable(expr) ||
			!is_exact(root, self, expr, false))
			return false;
		self->outputs = list_append_unique(self->outputs, expr);
	}
	return true;
}

/* Whether the expression is a group itself, or is made of groups and aggregates. */
static bool
add_target(PlannerInfo *root, NamiForeignRel *self, Expr *expr)
{
	return list_member(self->outputs, expr) || add_outputs(root, self, (Node *) expr);
}

static bool
add_having(PlannerInfo *root, NamiForeignRel *self, List *having)
{
	ListCell   *cell;

	foreach(cell, having)
	{
		Expr	   *expr = lfirst(cell);

		if (IsA(expr, RestrictInfo))
			expr = ((RestrictInfo *) expr)->clause;
		if (!is_exact(root, self, expr, true) || !add_outputs(root, self, (Node *) expr))
			return false;
		self->having = lappend(self->having, expr);
	}
	return true;
}

static void
add_grouping(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped,
			 const GroupPathExtraData *extra)
{
	Query	   *parse = root->parse;
	PathTarget *target = grouped->reltarget;
	NamiForeignRel *self = make_upper(nami_foreign_rel(input), input);
	double		groups = 1;
	ListCell   *cell;

	if (parse->groupingSets != NIL || (extra != NULL && extra->patype != PARTITIONWISE_AGGREGATE_NONE))
		return;
	self->is_grouped = true;
	if (!add_groups(root, self, target))
		return;
	foreach(cell, target->exprs)
	{
		if (!add_target(root, self, lfirst(cell)))
			return;
	}
	if (!add_having(root, self, (List *) (extra != NULL ? extra->havingQual : parse->havingQual)) ||
		self->outputs == NIL)
		return;
	if (parse->groupClause != NIL)
		groups = estimate_num_groups(root, get_sortgrouplist_exprs(parse->groupClause,
																   root->processed_tlist),
									 input->rows, NULL, NULL);
	self->rows = groups;
	self->is_safe = true;
	/* Rows that are counted where they are, and not handed over one by one. */
	self->total_cost = self->startup_cost +
		(self->total_cost - self->startup_cost) * 0.2 + groups * cpu_tuple_cost;
	grouped->fdw_private = self;
	add_path(grouped, (Path *)
			 nami_create_foreign_upper_path(root, grouped, target, groups, self->startup_cost,
											self->total_cost, NIL));
}

/* ---- DISTINCT ------------------------------------------------------------------------------ */

static void
add_distinct(PlannerInfo *root, RelOptInfo *input, RelOptInfo *distinct)
{
	PathTarget *target = root->upper_targets[UPPERREL_DISTINCT] != NULL ?
		root->upper_targets[UPPERREL_DISTINCT] : distinct->reltarget;
	NamiForeignRel *self = make_upper(nami_foreign_rel(input), input);
	ListCell   *cell;
	double		groups;

	if (root->parse->hasDistinctOn || nami_foreign_rel(input)->input != NULL)
		return;
	foreach(cell, target->exprs)
	{
		Expr	   *expr = lfirst(cell);

		if (contain_volatile_functions((Node *) expr))
			return;
		if (is_constant(root, self, expr))
			continue;
		if (!nami_expr_is_groupable(expr) || !is_exact(root, self, expr, false))
			return;
		self->outputs = list_append_unique(self->outputs, expr);
	}
	if (self->outputs == NIL)
		return;
	groups = estimate_num_groups(root, self->outputs, input->rows, NULL, NULL);
	self->is_distinct = true;
	self->is_safe = true;
	self->rows = groups;
	self->total_cost = self->startup_cost +
		(self->total_cost - self->startup_cost) * 0.2 + groups * cpu_tuple_cost;
	distinct->fdw_private = self;
	add_path(distinct, (Path *)
			 nami_create_foreign_upper_path(root, distinct, target, groups, self->startup_cost,
											self->total_cost, NIL));
}

/* ---- order --------------------------------------------------------------------------------- */

/* self: a copy of what is below, or plain rows of it. The target list is made of its outputs. */
static NamiForeignRel *
above(PlannerInfo *root, RelOptInfo *input, PathTarget *target)
{
	NamiForeignRel *below = nami_foreign_rel(input);
	NamiForeignRel *self;
	ListCell   *cell;

	if (below->input != NULL)
	{
		self = palloc(sizeof(NamiForeignRel));
		*self = *below;
		return self;
	}
	self = make_upper(below, input);
	foreach(cell, pull_var_clause((Node *) target->exprs,
								  PVC_INCLUDE_PLACEHOLDERS | PVC_RECURSE_AGGREGATES))
	{
		Var		   *var = lfirst(cell);

		if (!IsA(var, Var) || var->varattno <= 0)
			return NULL;
		self->outputs = list_append_unique(self->outputs, var);
	}
	return self;
}

static bool
add_sort(PlannerInfo *root, NamiForeignRel *self)
{
	NamiExprContext ctx;
	ListCell   *cell;

	foreach(cell, root->parse->sortClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Expr	   *expr = (Expr *) get_sortgroupclause_expr(clause, root->processed_tlist);
		NamiForeignSort *sort = palloc(sizeof(NamiForeignSort));

		sort->expr = expr;
		sort->nulls_first = clause->nulls_first;
		nami_foreign_context(&ctx, root, self->rels);
		if (!nami_expr_is_sortable(expr, clause->sortop, &sort->is_descending))
			return false;
		if (self->is_grouped || self->is_distinct)
		{
			/* What is sorted by must be made of the columns that are left. */
			if (!list_member(self->outputs, expr))
				return false;
		}
		else if (!nami_expr_is_exact(&ctx, expr))
			return false;
		self->sort = lappend(self->sort, sort);
	}
	return true;
}

static void
add_order(PlannerInfo *root, RelOptInfo *input, RelOptInfo *ordered)
{
	PathTarget *target = root->upper_targets[UPPERREL_FINAL];
	NamiForeignRel *self;
	double		rows = nami_foreign_rel(input)->rows;

	if (root->parse->rowMarks != NIL || root->parse->commandType != CMD_SELECT)
		return;
	self = above(root, input, target);
	if (self == NULL || !add_sort(root, self))
		return;
	self->is_safe = true;
	/* As dear as PostgreSQL's own sort: it pays when LIMIT goes with it. */
	self->unsorted_cost = self->total_cost;
	self->startup_cost = self->total_cost + cpu_operator_cost * rows * log2(rows + 2);
	self->total_cost = self->startup_cost + rows * cpu_tuple_cost * 0.1;
	ordered->fdw_private = self;
	add_path(ordered, (Path *)
			 nami_create_foreign_upper_path(root, ordered, target, rows, self->startup_cost,
											self->total_cost, root->sort_pathkeys));
}

/* ---- LIMIT --------------------------------------------------------------------------------- */

/* Not negative as far as is known; a parameter that is, is an error of the statement. */
static bool
is_count(PlannerInfo *root, const NamiForeignRel *self, Node *count)
{
	Const	   *constant = (Const *) count;

	if (count == NULL)
		return true;
	if (IsA(constant, Const))
		return constant->constisnull || DatumGetInt64(constant->constvalue) >= 0;
	return is_exact(root, self, (Expr *) count, false);
}

static void
add_limit(PlannerInfo *root, RelOptInfo *input, RelOptInfo *final, const FinalPathExtraData *extra)
{
	Query	   *parse = root->parse;
	PathTarget *target = root->upper_targets[UPPERREL_FINAL];
	NamiForeignRel *self;
	double		count = extra->count_est > 0 ? (double) extra->count_est : 0;
	double		rows;

	if (parse->commandType != CMD_SELECT || parse->rowMarks != NIL || !extra->limit_needed ||
		parse->limitOption == LIMIT_OPTION_WITH_TIES || parse->hasTargetSRFs)
		return;
	self = above(root, input, target);
	if (self == NULL || !is_count(root, self, parse->limitCount) ||
		!is_count(root, self, parse->limitOffset))
		return;
	/* A sort that is left to PostgreSQL comes before the limit. */
	if (parse->sortClause != NIL && self->sort == NIL)
		return;
	self->limit_count = (Expr *) parse->limitCount;
	self->limit_offset = (Expr *) parse->limitOffset;
	rows = self->rows;
	if (parse->limitCount != NULL && count == 0)
		count = rows * 0.1;		/* as PostgreSQL guesses */
	if (count > 0 && count < rows)
	{
		/* Without an order the statement ends early. */
		if (self->sort == NIL && !self->is_grouped && !self->is_distinct)
			self->total_cost = self->startup_cost +
				(self->total_cost - self->startup_cost) * (count / rows);
		/* Only the best rows are kept, and only they are handed over. */
		else if (self->sort != NIL)
			self->startup_cost = self->total_cost = self->unsorted_cost * 0.9;
		rows = count;
	}
	self->total_cost = Min(self->total_cost, self->startup_cost + rows * cpu_tuple_cost);
	self->is_safe = false;		/* nothing goes on above a limit */
	final->fdw_private = self;
	add_path(final, (Path *)
			 nami_create_foreign_upper_path(root, final, target, rows, self->startup_cost,
											self->total_cost, root->sort_pathkeys));
}

void
nami_foreign_get_upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
							 RelOptInfo *output, void *extra)
{
	NamiForeignRel *below = nami_foreign_rel(input);

	if (!nami_settings.enable_pushdown || below == NULL || !below->is_safe ||
		below->local_conds != NIL || output->fdw_private != NULL ||
		root->parse->hasTargetSRFs || root->parse->hasWindowFuncs ||
		(below->table != NULL &&
		 (below->table->kind == NAMI_FOREIGN_QUERY || below->table->mismatch_is_null)))
		return;
	switch (stage)
	{
		case UPPERREL_GROUP_AGG:
			if (below->input == NULL)
				add_grouping(root, input, output, extra);
			break;
		case UPPERREL_DISTINCT:
			add_distinct(root, input, output);
			break;
		case UPPERREL_ORDERED:
			add_order(root, input, output);
			break;
		case UPPERREL_FINAL:
			add_limit(root, input, output, extra);
			break;
		default:
			break;
	}
}
