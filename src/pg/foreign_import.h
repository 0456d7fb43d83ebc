/*
 * foreign_import.h - IMPORT FOREIGN SCHEMA nodes | edges | "all" (docs/architecture.md "Foreign
 * tables"): one foreign table per label and relationship type that has rows or is declared.
 *
 * Column types follow from all values that the transaction sees (graph/snapshot_kinds.h). Every table
 * and column carries its name in the graph as an option, so that renaming it changes nothing else.
 */
#ifndef NAMI_PG_FOREIGN_IMPORT_H
#define NAMI_PG_FOREIGN_IMPORT_H

#include "postgres.h"

#include "foreign/fdwapi.h"

extern void nami_foreign_import_register(FdwRoutine *routine);

#endif							/* NAMI_PG_FOREIGN_IMPORT_H */
