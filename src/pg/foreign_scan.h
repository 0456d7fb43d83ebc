/*
 * foreign_scan.h - running the Cypher statement of a foreign scan: callbacks of the executor.
 */
#ifndef NAMI_PG_FOREIGN_SCAN_H
#define NAMI_PG_FOREIGN_SCAN_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "pg/compat.h"

extern void nami_foreign_begin_scan(ForeignScanState *node, int eflags);
extern TupleTableSlot *nami_foreign_iterate(ForeignScanState *node);
extern void nami_foreign_rescan(ForeignScanState *node);
extern void nami_foreign_end_scan(ForeignScanState *node);
extern void nami_foreign_explain_scan(ForeignScanState *node, ExplainState *es);

#endif							/* NAMI_PG_FOREIGN_SCAN_H */
