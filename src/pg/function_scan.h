/*
 * function_scan.h - our functions in FROM as a custom scan in place of the function scan
 * (docs/postgres.md 1).
 *
 * function_scan_plan.c replaces the path and makes the plan node, function_scan.c runs it,
 * function_scan_rows.c knows its rows, function_scan_explain.c shows it.
 *
 * A statement that reads streams: LIMIT stops it early. One that writes runs to its end at the first
 * fetch. A rescan with other arguments is a new call; with the same arguments it gives the same rows,
 * as a function scan does.
 */
#ifndef NAMI_PG_FUNCTION_SCAN_H
#define NAMI_PG_FUNCTION_SCAN_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "pg/compat.h"
#include "pg/query.h"
#include "pg/support.h"
#include "utils/tuplestore.h"

/* The arguments of the running call, in args_context. */
typedef struct NamiCallArguments
{
	text	   *query;			/* NULL: no rows */
	Jsonb	   *params;
	char	   *server;
} NamiCallArguments;

/* What EXPLAIN ANALYZE tells, over all executions of one plan. */
typedef struct NamiScanProfile
{
	const NamiPlan *plan;		/* the last one, pinned by the scan's query; NULL: none was run */
	uint64		hash;			/* of its text */
	uint32_t	op_count;
	uint64	   *rows;			/* per operator */
	double	   *microseconds;
	uint64		executions;
	bool		is_running;		/* the open execution is not added yet */
	bool		has_others;		/* there were executions of other texts, not counted here */
} NamiScanProfile;

typedef struct NamiFunctionScan
{
	CustomScanState css;		/* must be first */
	const NamiCallKind *kind;
	FuncExpr   *call;
	List	   *arguments;		/* ExprState, one per argument of the call */
	Bitmapset  *arguments_params;	/* PARAM_EXEC numbers in them */
	int			column_count;	/* of the function's rows */
	bool		has_whole_row;	/* the scan tuple's last column is the row itself */
	TupleDesc	columns_desc;	/* may have more columns, added to the row type since */
	TupleDesc	row_desc;		/* of the row as a datum; NULL without has_whole_row */
	Datum	   *values;			/* of one row */
	bool	   *nulls;
	TupleTableSlot *recheck;	/* EvalPlanQual's row, columns only */

	MemoryContext context;		/* of what follows; as long as the scan */
	MemoryContext args_context;
	MemoryContext row_context;	/* the row handed out last */
	NamiCallArguments args;
	NamiQuery  *query;			/* NULL: not begun, or not needed any more */
	NamiRowWriter *writer;
	uint32_t	next_row;		/* of the query's batch */
	bool		is_begun;		/* rows of the present arguments are being given */
	bool		is_ended;		/* the query has no more rows */

	bool		keep_rows;		/* a rescan may ask for the same rows again */
	Tuplestorestate *store;		/* the rows given so far; NULL when none are kept */
	TupleTableSlot *stored;		/* reads from it */

	bool		is_profiling;
	NamiScanProfile profile;
} NamiFunctionScan;

/* Hooks into the planner; once, when the library is loaded. */
extern void nami_function_scan_install(void);

/* In function_scan.c. */
extern Node *nami_function_scan_create_state(CustomScan *plan);

/* Adds what the running execution has counted so far to *total, which has the plan's size. */
extern void nami_function_scan_add_profile(const NamiFunctionScan *scan, NamiScanProfile *total);

/* In function_scan_rows.c: arguments_params, the descriptors, values and nulls. */
extern void nami_function_scan_describe(NamiFunctionScan *scan, const CustomScan *plan,
										const EState *estate);

/* In function_scan_explain.c. */
extern void nami_function_scan_explain(CustomScanState *node, List *ancestors, ExplainState *es);

/* "Cypher Plan" of any statement, with what its operators counted (by number; may be NULL). */
extern void nami_explain_plan(const NamiPlan *plan, const uint64 *rows, const double *microseconds,
							  ExplainState *es);

#endif							/* NAMI_PG_FUNCTION_SCAN_H */
