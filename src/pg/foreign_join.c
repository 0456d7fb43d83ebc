/*
 * foreign_join.c - joins of foreign tables as one statement, see foreign_join.h.
 *
 * A join of tables of nodes and relationships on _id, _src and _dst is a pattern; other conditions
 * stand behind WHERE. Inner joins make the first MATCH larger or add one; a left join is an OPTIONAL
 * MATCH, a semi join EXISTS { }. RIGHT and FULL joins stay in PostgreSQL.
 */
#include "postgres.h"

#include "pg/foreign_join.h"

#include "executor/executor.h"
#include "executor/tuptable.h"
#include "foreign/fdwapi.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "pg/compat.h"
#include "pg/foreign_deparse.h"
#include "pg/foreign_rel.h"
#include "pg/settings.h"

/* ---- which joins --------------------------------------------------------------------------- */

static bool
is_part(const RelOptInfo *rel)
{
	NamiForeignRel *self = nami_foreign_rel(rel);

	return self != NULL && self->is_safe && self->local_conds == NIL && self->input == NULL &&
		(self->table == NULL ||
		 (self->table->kind != NAMI_FOREIGN_QUERY && !self->table->mismatch_is_null));
}

/* Columns only: no whole rows, no system columns, nothing that must be computed below the join. */
static bool
has_plain_columns(const RelOptInfo *rel)
{
	ListCell   *cell;

	foreach(cell, pull_var_clause((Node *) rel->reltarget->exprs, PVC_INCLUDE_PLACEHOLDERS))
	{
		Var		   *var = lfirst(cell);

		if (!IsA(var, Var) || var->varattno <= 0)
			return false;
	}
	return true;
}

static NamiForeignStep *
only_match(const NamiForeignRel *self)
{
	NamiForeignStep *step = linitial(self->steps);

	return list_length(self->steps) == 1 && step->kind == NAMI_STEP_MATCH ? step : NULL;
}

/* Two relationships of one type need two MATCHes, which an OPTIONAL MATCH is not. */
static bool
repeats_a_type(PlannerInfo *root, const NamiForeignStep *step)
{
	List	   *types = NIL;
	int			rti = -1;

	while ((rti = bms_next_member(step->rels, rti)) >= 0)
	{
		const NamiForeignTable *table = nami_foreign_rel(find_base_rel(root, rti))->table;
		ListCell   *cell;

		if (table->kind != NAMI_FOREIGN_EDGES)
			continue;
		foreach(cell, types)
		{
			if (strcmp(lfirst(cell), table->label) == 0)
				return true;
		}
		types = lappend(types, (void *) table->label);
	}
	return false;
}

/* ---- steps --------------------------------------------------------------------------------- */

static NamiForeignStep *
make_step(NamiForeignStepKind kind, Relids rels, List *conditions)
{
	NamiForeignStep *step = palloc(sizeof(NamiForeignStep));

	*step = (NamiForeignStep) {kind, rels, conditions};
	return step;
}

/*
 * The steps of an inner join, or NIL: one MATCH of both sides, or those of the one that is no MATCH
 * alone and then the other.
 */
static List *
inner_steps(const NamiForeignRel *outer, const NamiForeignRel *inner, List *conditions)
{
	NamiForeignStep *a = only_match(outer);
	NamiForeignStep *b = only_match(inner);

	if (a != NULL && b != NULL)
		return list_make1(make_step(NAMI_STEP_MATCH, bms_union(a->rels, b->rels),
									list_concat(list_concat_copy(a->conditions, b->conditions),
												conditions)));
	if (a == NULL && b == NULL)
		return NIL;
	if (b == NULL)
	{
		const NamiForeignRel *swap = outer;

		outer = inner;
		inner = swap;
		b = a;
	}
	return lappend(list_copy(outer->steps),
				   make_step(NAMI_STEP_MATCH, b->rels,
							 list_concat(list_copy(b->conditions), conditions)));
}

/* Left, semi and anti joins: a step that depends on the rows before it. */
static List *
dependent_steps(PlannerInfo *root, NamiForeignStepKind kind, const NamiForeignRel *outer,
				const NamiForeignRel *inner, List *on, List *above)
{
	NamiForeignStep *match = only_match(inner);
	List	   *steps = list_copy(outer->steps);

	if (match == NULL || (kind == NAMI_STEP_OPTIONAL && repeats_a_type(root, match)))
		return NIL;
	steps = lappend(steps, make_step(kind, match->rels,
									 list_concat(list_copy(match->conditions), on)));
	if (above != NIL)
		steps = lappend(steps, make_step(NAMI_STEP_FILTER, NULL, above));
	return steps;
}

/* Splits the join's conditions; false when one is not exact. */
static bool
classify(PlannerInfo *root, RelOptInfo *joinrel, JoinType type, List *infos, Relids rels,
		 List **on, List **above)
{
	NamiExprContext ctx;
	ListCell   *cell;

	nami_foreign_context(&ctx, root, rels);
	foreach(cell, infos)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);

		if (info->pseudoconstant || !nami_expr_is_exact(&ctx, info->clause))
			return false;
		if (IS_OUTER_JOIN(type) && RINFO_IS_PUSHED_DOWN(info, joinrel->relids))
			*above = lappend(*above, info->clause);
		else
			*on = lappend(*on, info->clause);
	}
	return true;
}

/* EXISTS { } gives no columns: those of an anti join that was an outer join would be NULL. */
static bool
needs_inner(PlannerInfo *root, RelOptInfo *joinrel, const NamiForeignRel *inner, List *above)
{
	return bms_overlap(pull_varnos(root, (Node *) joinrel->reltarget->exprs), inner->rels) ||
		bms_overlap(pull_varnos(root, (Node *) above), inner->rels);
}

static List *
join_steps(PlannerInfo *root, RelOptInfo *joinrel, const NamiForeignRel *outer,
		   const NamiForeignRel *inner, JoinType type, List *infos, Relids rels)
{
	List	   *on = NIL;
	List	   *above = NIL;

	if (!classify(root, joinrel, type, infos, rels, &on, &above))
		return NIL;
	switch (type)
	{
		case JOIN_INNER:
			/* Every pair of rows: PostgreSQL is as good at it, and reads less. */
			return on == NIL ? NIL : inner_steps(outer, inner, on);
		case JOIN_LEFT:
			return dependent_steps(root, NAMI_STEP_OPTIONAL, outer, inner, on, above);
		case JOIN_SEMI:
			if (needs_inner(root, joinrel, inner, above))
				return NIL;
			return dependent_steps(root, NAMI_STEP_EXISTS, outer, inner, on, above);
		case JOIN_ANTI:
			if (needs_inner(root, joinrel, inner, above))
				return NIL;
			return dependent_steps(root, NAMI_STEP_NOT_EXISTS, outer, inner, on, above);
		default:
			return NIL;
	}
}

/* ---- paths --------------------------------------------------------------------------------- */

/*
 * Rows that are locked, or changed, may have to be joined again one by one (EvalPlanQual), which the
 * statement cannot do, and locking needs whole rows: such queries are joined by PostgreSQL.
 */
static bool
may_push(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer, RelOptInfo *inner)
{
	NamiForeignRel *a = nami_foreign_rel(outer);
	NamiForeignRel *b = nami_foreign_rel(inner);

	return nami_settings.enable_pushdown && root->parse->commandType == CMD_SELECT &&
		root->rowMarks == NIL && bms_is_empty(joinrel->lateral_relids) && is_part(outer) &&
		is_part(inner) && a->server == b->server && a->user == b->user &&
		has_plain_columns(outer) && has_plain_columns(inner) && has_plain_columns(joinrel);
}

static void
estimate(RelOptInfo *joinrel, NamiForeignRel *self, const NamiForeignRel *outer,
		 const NamiForeignRel *inner)
{
	self->rows = joinrel->rows;
	self->width = joinrel->reltarget->width;
	self->startup_cost = Max(outer->startup_cost, inner->startup_cost);
	/* Walking from node to node costs a fraction of what handing rows to PostgreSQL does. */
	self->total_cost = self->startup_cost +
		(outer->total_cost - outer->startup_cost + inner->total_cost - inner->startup_cost) * 0.1 +
		joinrel->rows * cpu_tuple_cost;
}

void
nami_foreign_get_join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer,
							RelOptInfo *inner, JoinType type, JoinPathExtraData *extra)
{
	NamiForeignRel *self;
	List	   *steps;
	Relids		rels;

	if (joinrel->fdw_private != NULL || !may_push(root, joinrel, outer, inner))
		return;
	rels = bms_union(nami_foreign_rel(outer)->rels, nami_foreign_rel(inner)->rels);
	steps = join_steps(root, joinrel, nami_foreign_rel(outer), nami_foreign_rel(inner), type,
					   extra->restrictlist, rels);
	if (steps == NIL)
		return;
	self = palloc0(sizeof(NamiForeignRel));
	self->server = nami_foreign_rel(outer)->server;
	self->user = nami_foreign_rel(outer)->user;
	self->is_safe = true;
	self->rels = rels;
	self->steps = steps;
	estimate(joinrel, self, nami_foreign_rel(outer), nami_foreign_rel(inner));
	joinrel->fdw_private = self;
	add_path(joinrel, (Path *)
			 nami_create_foreign_join_path(root, joinrel, joinrel->rows, self->startup_cost,
										   self->total_cost, NIL, joinrel->lateral_relids, NULL,
										   NIL));
}

/* ---- checking again ------------------------------------------------------------------------ */

Plan *
nami_foreign_local_join(PlannerInfo *root, Plan *plan, List *scan_tlist)
{
	return change_plan_targetlist(plan, scan_tlist, plan->parallel_safe);
}

bool
nami_foreign_recheck(ForeignScanState *node, TupleTableSlot *slot)
{
	PlanState  *local = outerPlanState(node);
	TupleTableSlot *result;

	/* A table's conditions are checked by the caller (fdw_recheck_quals). */
	if (((ForeignScan *) node->ss.ps.plan)->scan.scanrelid > 0 || local == NULL)
		return true;
	result = ExecProcNode(local);
	if (TupIsNull(result))
		return false;
	ExecCopySlot(slot, result);
	return true;
}
