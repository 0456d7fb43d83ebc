/*
 * foreign_kinds.h - the kinds of values behind the columns of a foreign table, while planning, and the
 * check that a plan's assumptions about them still hold when it runs.
 */
#ifndef NAMI_PG_FOREIGN_KINDS_H
#define NAMI_PG_FOREIGN_KINDS_H

#include "postgres.h"

#include "graph/snapshot_kinds.h"
#include "nodes/pg_list.h"
#include "pg/foreign_table.h"

/*
 * The kinds of a property (UTF-8) over all rows of a table of nodes or relationships, in the state
 * that is at hand. False for query tables.
 */
extern bool nami_foreign_kinds(const NamiForeignTable *table, Oid user, const char *property,
							   NamiKinds *out);

/* The property as the first member of an assumption (foreign_expr.h). */
extern Node *nami_foreign_kinds_source(const NamiForeignTable *table, const char *property);

/*
 * Raises 40001, and has the plans that use the table made anew, when values have come that an
 * assumption of the list excludes.
 */
extern void nami_foreign_check_assumptions(List *assumptions, const NamiSnapshot *snapshot);

#endif							/* NAMI_PG_FOREIGN_KINDS_H */
