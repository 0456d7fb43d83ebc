/*
 * foreign_join.h - joins of foreign tables as one statement.
 */
#ifndef NAMI_PG_FOREIGN_JOIN_H
#define NAMI_PG_FOREIGN_JOIN_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

extern void nami_foreign_get_join_paths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outer,
										RelOptInfo *inner, JoinType type,
										JoinPathExtraData *extra);

/* The local join that checks a row again (EvalPlanQual), made to give the scan's tuples. */
extern Plan *nami_foreign_local_join(PlannerInfo *root, Plan *plan, List *scan_tlist);

/* Callback: is the row still one of the join when a locked row has changed? */
extern bool nami_foreign_recheck(ForeignScanState *node, TupleTableSlot *slot);

#endif							/* NAMI_PG_FOREIGN_JOIN_H */
