/*
 * foreign_path.h - look-ups: scans of one foreign table that get keys from other tables' rows
 * (docs/postgres.md 2.1).
 */
#ifndef NAMI_PG_FOREIGN_PATH_H
#define NAMI_PG_FOREIGN_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * Rows that the statement of a table looks at when it checks the conditions (RestrictInfo, all exact),
 * and how often it seeks: one row per id, the relationships of an end, the rows of an indexed value, or
 * all of the table's rows.
 */
extern void nami_foreign_reach(PlannerInfo *root, RelOptInfo *rel, List *conditions, double *rows,
							   double *seeks);

/* Adds a path for each set of other tables whose rows have a key of this one. */
extern void nami_foreign_add_lookups(PlannerInfo *root, RelOptInfo *rel);

#endif							/* NAMI_PG_FOREIGN_PATH_H */
