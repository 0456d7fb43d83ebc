/*
 * foreign_plan.c - planning scans of foreign tables: sizes, paths, plan nodes.
 */
#include "postgres.h"

#include "pg/foreign_rel.h"

#include "access/sysattr.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "pg/compat.h"
#include "pg/foreign_deparse.h"
#include "pg/foreign_estimate.h"
#include "pg/foreign_join.h"
#include "pg/foreign_path.h"
#include "pg/support.h"
#include "utils/lsyscache.h"

/* ---- sizes --------------------------------------------------------------------------------- */

/* What the statement gives, and what it takes to run it. */
static void
estimate_rel(PlannerInfo *root, RelOptInfo *rel, NamiForeignRel *self)
{
	NamiForeignSize size;
	NamiForeignWork work = {.columns = list_length(rel->reltarget->exprs)};

	nami_foreign_size(self->table, self->user, &size);
	rel->tuples = size.rows;
	set_baserel_size_estimates(root, rel);
	self->rows = size.rows * clauselist_selectivity(root, self->remote_conds, 0, JOIN_INNER, NULL);
	self->rows = clamp_row_est(self->rows);
	self->width = rel->reltarget->width;
	nami_foreign_reach(root, rel, self->remote_conds, &work.rows, &work.seeks);
	work.given = self->rows;
	nami_foreign_cost(&work, &self->startup_cost, &self->total_cost);
	self->total_cost += nami_cost_from_ns(size.query_cost_ns);
}

/* Which conditions the statement checks, and which PostgreSQL. */
static void
classify_conditions(PlannerInfo *root, RelOptInfo *rel, NamiForeignRel *self)
{
	NamiForeignStep *step = palloc0(sizeof(NamiForeignStep));
	NamiExprContext ctx;
	ListCell   *cell;

	nami_foreign_context(&ctx, root, self->rels);
	step->kind = NAMI_STEP_MATCH;
	step->rels = self->rels;
	foreach(cell, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);

		/* Behind a security barrier conditions keep their order, which the engine does not know. */
		if (info->pseudoconstant ||
			!restriction_is_securely_promotable(info, rel) ||
			!nami_expr_is_exact(&ctx, info->clause))
			self->local_conds = lappend(self->local_conds, info);
		else
		{
			self->remote_conds = lappend(self->remote_conds, info);
			step->conditions = lappend(step->conditions, info->clause);
		}
	}
	self->steps = list_make1(step);
}

void
nami_foreign_get_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid table)
{
	NamiForeignRel *self = palloc0(sizeof(NamiForeignRel));
	ListCell   *cell;

	rel->fdw_private = self;
	self->table = nami_foreign_table_get(table);
	self->server = self->table->server;
	self->user = nami_rel_user(root, rel);
	self->is_safe = true;
	self->rels = bms_copy(rel->relids);
	classify_conditions(root, rel, self);
	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &self->attrs_used);
	foreach(cell, self->local_conds)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid,
					   &self->attrs_used);
	estimate_rel(root, rel, self);
}

/* ---- paths --------------------------------------------------------------------------------- */

void
nami_foreign_get_paths(PlannerInfo *root, RelOptInfo *rel, Oid table)
{
	NamiForeignRel *self = nami_foreign_rel(rel);
	QualCost	local;

	cost_qual_eval(&local, self->local_conds, root);
	add_path(rel, (Path *)
			 nami_create_foreignscan_path(root, rel, NULL, rel->rows,
										  self->startup_cost + local.startup,
										  self->total_cost + local.startup +
										  local.per_tuple * self->rows,
										  NIL, rel->lateral_relids, NULL, NIL));
	nami_foreign_add_lookups(root, rel);
}

/* ---- plans --------------------------------------------------------------------------------- */

/*
 * text, OidList(server), List of outputs (IntList attnum, item, role, column; OidList table), assumptions,
 * IntList(entity item, mismatch is null, by name)
 */
List *
nami_foreign_private_make(const NamiForeignRel *rel, const NamiForeignStatement *statement)
{
	const NamiForeignTable *table = rel->table;
	List	   *outputs = NIL;
	ListCell   *cell;

	foreach(cell, statement->outputs)
	{
		const NamiForeignOutput *output = lfirst(cell);

		outputs = lappend(outputs, list_make2(list_make4_int(output->attnum, output->item,
															 output->role, output->column),
											  list_make1_oid(output->table)));
	}
	return list_make5(makeString(statement->text), list_make1_oid(rel->server), outputs,
					  statement->assumptions,
					  list_make3_int(statement->entity_item,
									 table != NULL && table->mismatch_is_null,
									 table != NULL && table->kind == NAMI_FOREIGN_QUERY));
}

NamiForeignPrivate
nami_foreign_private_read(List *fdw_private)
{
	List	   *flags = llast(fdw_private);
	NamiForeignPrivate out = {
		.text = strVal(linitial(fdw_private)),
		.server = linitial_oid(lsecond(fdw_private)),
		.assumptions = lfourth(fdw_private),
		.entity_item = linitial_int(flags),
		.mismatch_is_null = lsecond_int(flags) != 0,
		.by_name = lthird_int(flags) != 0,
	};
	ListCell   *cell;

	foreach(cell, lthird(fdw_private))
	{
		List	   *entry = lfirst(cell);
		List	   *numbers = linitial(entry);
		NamiForeignOutput *output = palloc(sizeof(NamiForeignOutput));

		*output = (NamiForeignOutput) {
			(AttrNumber) linitial_int(numbers), lsecond_int(numbers),
			(NamiColumnRole) lthird_int(numbers), linitial_oid(lsecond(entry)),
			(AttrNumber) lfourth_int(numbers)
		};
		out.outputs = lappend(out.outputs, output);
	}
	return out;
}

/* A join condition with this table's column on the left, whichever way it was derived. */
static Expr *
column_first(PlannerInfo *root, RelOptInfo *rel, Expr *clause)
{
	OpExpr	   *copy;

	if (!is_opclause(clause) || list_length(((OpExpr *) clause)->args) != 2 ||
		bms_is_member(rel->relid, pull_varnos(root, linitial(((OpExpr *) clause)->args))) ||
		!OidIsValid(get_commutator(((OpExpr *) clause)->opno)))
		return clause;
	copy = copyObject((OpExpr *) clause);
	CommuteOpExpr(copy);
	return (Expr *) copy;
}

ForeignScan *
nami_foreign_get_plan(PlannerInfo *root, RelOptInfo *rel, Oid table, ForeignPath *path,
					  List *tlist, List *clauses, Plan *outer_plan)
{
	NamiForeignRel *self = nami_foreign_rel(rel);
	NamiForeignStatement statement;
	List	   *scan_tlist = NIL;
	List	   *more = NIL;		/* conditions of a parameterised path */
	List	   *local = NIL;
	List	   *recheck = NIL;
	NamiExprContext ctx;
	ListCell   *cell;

	if (self->table == NULL)
	{
		scan_tlist = nami_foreign_scan_tlist(root, rel);
		local = extract_actual_clauses(self->local_conds, false);
	}
	else
	{
		nami_foreign_context(&ctx, root, self->rels);
		foreach(cell, clauses)
		{
			RestrictInfo *info = lfirst_node(RestrictInfo, cell);

			if (info->pseudoconstant)
				continue;
			if (list_member_ptr(self->remote_conds, info))
				recheck = lappend(recheck, info->clause);
			else if (!list_member_ptr(self->local_conds, info) &&
					 restriction_is_securely_promotable(info, rel) &&
					 nami_expr_is_exact(&ctx, info->clause))
			{
				more = lappend(more, column_first(root, rel, info->clause));
				recheck = lappend(recheck, info->clause);
			}
			else
				local = lappend(local, info->clause);
		}
	}
	nami_foreign_deparse(root, rel, scan_tlist, more, &statement);
	if (self->table == NULL && outer_plan != NULL)
		outer_plan = nami_foreign_local_join(root, outer_plan, scan_tlist);
	return make_foreignscan(tlist, local, self->table != NULL ? rel->relid : 0, statement.params,
							nami_foreign_private_make(self, &statement), scan_tlist, recheck,
							outer_plan);
}
