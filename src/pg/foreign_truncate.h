/*
 * foreign_truncate.h - TRUNCATE of foreign tables.
 */
#ifndef NAMI_PG_FOREIGN_TRUNCATE_H
#define NAMI_PG_FOREIGN_TRUNCATE_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

/*
 * Empties the tables of one server: FdwRoutine's ExecForeignTruncate. Relationships go before nodes, so
 * that tables of both may be named in any order; nodes that then still have relationships are 23503
 * unless the table has on_delete 'detach' or the command says CASCADE.
 */
extern void nami_foreign_truncate(List *relations, DropBehavior behavior, bool restart_sequences);

#endif							/* NAMI_PG_FOREIGN_TRUNCATE_H */
