/*
 * foreign_scan.h - running the Cypher statement of a foreign scan: callbacks of the executor.
 */
#ifndef NAMI_PG_FOREIGN_SCAN_H
#define NAMI_PG_FOREIGN_SCAN_H

#include "postgres.h"

#include "base/arena.h"
#include "base/value.h"
#include "nodes/execnodes.h"
#include "pg/compat.h"
#include "pg/foreign_table.h"

extern void nami_foreign_begin_scan(ForeignScanState *node, int eflags);
extern TupleTableSlot *nami_foreign_iterate(ForeignScanState *node);
extern void nami_foreign_rescan(ForeignScanState *node);
extern void nami_foreign_end_scan(ForeignScanState *node);
extern void nami_foreign_explain_scan(ForeignScanState *node, ExplainState *es);

/* What _properties shows: the entries of a map of properties that have no column in the table. */
extern NamiValue nami_foreign_rest(const NamiForeignTable *table, NamiValue properties,
								   NamiArena *arena);

#endif							/* NAMI_PG_FOREIGN_SCAN_H */
