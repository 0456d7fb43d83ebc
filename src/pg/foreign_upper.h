/*
 * foreign_upper.h - groups, aggregates, DISTINCT, order and limits as a part of the statement.
 */
#ifndef NAMI_PG_FOREIGN_UPPER_H
#define NAMI_PG_FOREIGN_UPPER_H

#include "postgres.h"

#include "nodes/pathnodes.h"

extern void nami_foreign_get_upper_paths(PlannerInfo *root, UpperRelationKind stage,
										 RelOptInfo *input, RelOptInfo *output, void *extra);

#endif							/* NAMI_PG_FOREIGN_UPPER_H */
