/*
 * foreign_path.c - paths of foreign tables that look up keys.
 *
 * A condition column = value finds rows without a scan when the column is _id, _src, _dst or a property
 * with a constraint or an index. Join conditions of that form make parameterised paths: the inner side
 * of a nested loop, run once for each outer row.
 */
#include "postgres.h"

#include "pg/foreign_path.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "pg/compat.h"
#include "pg/foreign_deparse.h"
#include "pg/foreign_estimate.h"
#include "pg/foreign_rel.h"
#include "utils/lsyscache.h"

/* ---- keys ---------------------------------------------------------------------------------- */

/* The column of rel that a condition compares with something that does not depend on rel, or NULL. */
static const NamiForeignColumn *
key_of(PlannerInfo *root, RelOptInfo *rel, Node *clause)
{
	const NamiForeignTable *table = nami_foreign_rel(rel)->table;

	if (!is_opclause(clause) || list_length(((OpExpr *) clause)->args) != 2 ||
		!op_mergejoinable(((OpExpr *) clause)->opno,
						  exprType(linitial(((OpExpr *) clause)->args))))
		return NULL;
	for (int side = 0; side < 2; side++)
	{
		Node	   *node = list_nth(((OpExpr *) clause)->args, side);
		Node	   *other = list_nth(((OpExpr *) clause)->args, 1 - side);
		const Var  *var;

		while (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		var = (const Var *) node;
		if (IsA(var, Var) && (Index) var->varno == rel->relid && var->varlevelsup == 0 &&
			var->varattno > 0 && !bms_is_member(rel->relid, pull_varnos(root, other)))
			return &table->columns[var->varattno - 1];
	}
	return NULL;
}

void
nami_foreign_reach(PlannerInfo *root, RelOptInfo *rel, List *conditions, double *rows,
				   double *seeks)
{
	const NamiForeignRel *self = nami_foreign_rel(rel);
	ListCell   *cell;

	*rows = rel->tuples;
	*seeks = 0;
	if (self->table->kind == NAMI_FOREIGN_QUERY)
		return;
	foreach(cell, conditions)
	{
		const NamiForeignColumn *column = key_of(root, rel,
												 (Node *) lfirst_node(RestrictInfo, cell)->clause);
		double		reached = column == NULL ? 0 :
			nami_foreign_rows_per_key(self->table, self->user, column);

		if (reached > 0 && (*seeks == 0 || reached < *rows))
		{
			*rows = reached;
			*seeks = 1;
		}
	}
}

/* ---- parameterised paths ------------------------------------------------------------------- */

static List *
exact_conditions(PlannerInfo *root, RelOptInfo *rel, List *clauses)
{
	NamiExprContext ctx;
	List	   *exact = NIL;
	ListCell   *cell;

	nami_foreign_context(&ctx, root, rel->relids);
	foreach(cell, clauses)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);

		if (restriction_is_securely_promotable(info, rel) && nami_expr_is_exact(&ctx, info->clause))
			exact = lappend(exact, info);
	}
	return exact;
}

static void
add_lookup(PlannerInfo *root, RelOptInfo *rel, Relids outer)
{
	const NamiForeignRel *self = nami_foreign_rel(rel);
	ParamPathInfo *param = get_baserel_parampathinfo(root, rel, outer);
	List	   *remote = exact_conditions(root, rel, param->ppi_clauses);
	List	   *local = list_concat(list_difference_ptr(param->ppi_clauses, remote),
									self->local_conds);
	NamiForeignWork work = {.columns = list_length(rel->reltarget->exprs)};
	QualCost	check;
	Cost		startup;
	Cost		total;

	remote = list_concat(remote, self->remote_conds);
	nami_foreign_reach(root, rel, remote, &work.rows, &work.seeks);
	if (work.seeks == 0)
		return;
	work.given = clamp_row_est(Min(work.rows, rel->tuples *
								   clauselist_selectivity(root, remote, rel->relid, JOIN_INNER, NULL)));
	nami_foreign_cost(&work, &startup, &total);
	cost_qual_eval(&check, local, root);
	startup += check.startup;
	total += check.startup + check.per_tuple * work.given;
	add_path(rel, (Path *)
			 nami_create_foreignscan_path(root, rel, NULL, param->ppi_rows, startup, total, NIL,
										  outer, NULL, NIL));
}

/* Join conditions that give a key, and the tables that they need. */
typedef struct Lookups
{
	PlannerInfo *root;
	RelOptInfo *rel;
	AttrNumber	attnum;			/* of the column that is asked for */
	List	   *outers;			/* Relids */
} Lookups;

static void
note_outer(Lookups *lookups, const RestrictInfo *info)
{
	RelOptInfo *rel = lookups->rel;
	Relids		outer = bms_union(info->clause_relids, rel->lateral_relids);
	ListCell   *cell;

	outer = bms_del_members(outer, rel->relids);
	if (bms_is_empty(outer))
		return;
	foreach(cell, lookups->outers)
	{
		if (bms_equal(lfirst(cell), outer))
			return;
	}
	lookups->outers = lappend(lookups->outers, outer);
}

static bool
is_seekable(const Lookups *lookups, const NamiForeignColumn *column)
{
	const NamiForeignRel *self = nami_foreign_rel(lookups->rel);

	return column != NULL && nami_foreign_rows_per_key(self->table, self->user, column) > 0;
}

static void
look_at_join_clauses(Lookups *lookups)
{
	ListCell   *cell;

	foreach(cell, lookups->rel->joininfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);

		if (join_clause_is_movable_to(info, lookups->rel) &&
			is_seekable(lookups, key_of(lookups->root, lookups->rel, (Node *) info->clause)))
			note_outer(lookups, info);
	}
}

static bool
is_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec, EquivalenceMember *em,
		  void *arg)
{
	const Lookups *lookups = arg;
	Node	   *node = (Node *) em->em_expr;

	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node != NULL && IsA(node, Var) && (Index) ((Var *) node)->varno == rel->relid &&
		((Var *) node)->varattno == lookups->attnum;
}

static void
look_at_equivalences(Lookups *lookups)
{
	const NamiForeignTable *table = nami_foreign_rel(lookups->rel)->table;
	RelOptInfo *rel = lookups->rel;

	if (!rel->has_eclass_joins)
		return;
	for (int i = 0; i < table->column_count; i++)
	{
		List	   *clauses;
		ListCell   *cell;

		lookups->attnum = (AttrNumber) (i + 1);
		if (!is_seekable(lookups, &table->columns[i]))
			continue;
		clauses = generate_implied_equalities_for_column(lookups->root, rel, is_column, lookups,
														 rel->lateral_referencers);
		foreach(cell, clauses)
		{
			RestrictInfo *info = lfirst_node(RestrictInfo, cell);

			if (join_clause_is_movable_to(info, rel))
				note_outer(lookups, info);
		}
	}
}

void
nami_foreign_add_lookups(PlannerInfo *root, RelOptInfo *rel)
{
	Lookups		lookups = {.root = root, .rel = rel};
	Relids		all = NULL;
	ListCell   *cell;

	if (nami_foreign_rel(rel)->table->kind == NAMI_FOREIGN_QUERY)
		return;
	look_at_join_clauses(&lookups);
	look_at_equivalences(&lookups);
	foreach(cell, lookups.outers)
	{
		add_lookup(root, rel, lfirst(cell));
		all = bms_add_members(all, lfirst(cell));
	}

	/* Both ends of a relationship, from different tables. */
	if (list_length(lookups.outers) > 1)
		add_lookup(root, rel, all);
}
