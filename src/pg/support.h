/*
 * support.h - what the planner can know about a call of one of our set-returning functions.
 */
#ifndef NAMI_PG_SUPPORT_H
#define NAMI_PG_SUPPORT_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "nodes/primnodes.h"
#include "pg/query.h"
#include "pg/row_out.h"

/* A function that runs Cypher and gives its rows. */
typedef struct NamiCallKind
{
	const char *name;			/* of the C function */
	NamiRowForm form;
	int			first;			/* argument number of the query; parameters and server follow */
	bool		read_only;
} NamiCallKind;

/* NULL when the function is none of these. Compares what is called, not the SQL name. */
extern const NamiCallKind *nami_call_kind(Oid function);

/*
 * The request of a call whose query and server are constants; false when they are not. A query that is
 * null gives request->query NULL. In the current memory context.
 */
extern bool nami_call_request(const NamiCallKind *kind, List *args, NamiQueryRequest *request);

typedef struct NamiCallEstimate
{
	double		rows;
	Cost		startup;		/* before the first row */
	Cost		total;
	bool		streams;		/* false: nothing is given before all is done */
} NamiCallEstimate;

/* False when nothing is known while planning. root may be NULL. */
extern bool nami_call_estimate(PlannerInfo *root, FuncExpr *call, NamiCallEstimate *out);

/* The engine's nanoseconds in the planner's unit. */
extern Cost nami_cost_from_ns(double ns);

#endif							/* NAMI_PG_SUPPORT_H */
