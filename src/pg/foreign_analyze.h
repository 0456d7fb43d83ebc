/*
 * foreign_analyze.h - ANALYZE of foreign tables.
 */
#ifndef NAMI_PG_FOREIGN_ANALYZE_H
#define NAMI_PG_FOREIGN_ANALYZE_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* The callback AnalyzeForeignTable. */
extern bool nami_foreign_analyze(Relation relation, AcquireSampleRowsFunc *function,
								 BlockNumber *pages);

#endif							/* NAMI_PG_FOREIGN_ANALYZE_H */
