/*
 * fdw.c - the wrapper's handler.
 *
 * Servers and user mappings are in use through the functions; foreign tables are not there yet, so
 * planning a query on one says so.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"

PG_FUNCTION_INFO_V1(namidb_fdw_handler);

static void
refuse_scan(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("foreign tables of namidb cannot be queried yet"),
			 errhint("Use the function namidb_cypher().")));
}

Datum
namidb_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = refuse_scan;
	PG_RETURN_POINTER(routine);
}
