/*
 * fdw.c - the wrapper's handler: which function answers which callback.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "pg/foreign_analyze.h"
#include "pg/foreign_direct.h"
#include "pg/foreign_import.h"
#include "pg/foreign_join.h"
#include "pg/foreign_modify.h"
#include "pg/foreign_rel.h"
#include "pg/foreign_scan.h"
#include "pg/foreign_upper.h"

PG_FUNCTION_INFO_V1(namidb_fdw_handler);

Datum
namidb_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = nami_foreign_get_rel_size;
	routine->GetForeignPaths = nami_foreign_get_paths;
	routine->GetForeignPlan = nami_foreign_get_plan;
	routine->GetForeignJoinPaths = nami_foreign_get_join_paths;
	routine->RecheckForeignScan = nami_foreign_recheck;
	routine->GetForeignUpperPaths = nami_foreign_get_upper_paths;
	routine->BeginForeignScan = nami_foreign_begin_scan;
	routine->IterateForeignScan = nami_foreign_iterate;
	routine->ReScanForeignScan = nami_foreign_rescan;
	routine->EndForeignScan = nami_foreign_end_scan;
	routine->ExplainForeignScan = nami_foreign_explain_scan;
	routine->AnalyzeForeignTable = nami_foreign_analyze;
	nami_foreign_import_register(routine);
	nami_foreign_modify_routine(routine);
	nami_foreign_direct_routine(routine);
	PG_RETURN_POINTER(routine);
}
