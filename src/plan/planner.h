/*
 * planner.h - from query text to a physical plan.
 */
#ifndef NAMI_PLAN_PLANNER_H
#define NAMI_PLAN_PLANNER_H

#include "base/error.h"
#include "base/host.h"
#include "graph/snapshot.h"
#include "plan/plan.h"

typedef struct NamiPlanOptions
{
	NamiFindFunction find_function;
	NamiFindProcedure find_procedure;	/* NULL: none are built in */
	const NamiRoutineResolver *resolver;	/* NULL: the host has none */
	bool		read_only;		/* writing clauses are NAMI_ERR_READ_ONLY (namidb_query) */
	const NamiSnapshot *statistics; /* NULL: plan without statistics */
} NamiPlanOptions;

/*
 * Parses, binds, checks and plans. Everything lives in arena (of the plan). All compile-time errors
 * of spec/cypher.md 14 come from here, with position. A construct that the executor cannot run yet
 * is NAMI_ERR_UNSUPPORTED with position.
 */
extern NamiStatus nami_plan_query(NamiArena *arena, NamiStr text, const NamiPlanOptions *options,
								  NamiPlan **out, NamiError *err) NAMI_MUST_CHECK;

/*
 * The plan as indented text, one operator a line, root first. costs adds estimates. actual_rows and
 * actual_us (per operator number, may be NULL) add what an execution counted.
 */
extern NamiStr nami_plan_explain(const NamiPlan *plan, bool costs, const uint64_t *actual_rows,
								 const double *actual_us, NamiArena *arena);

#endif							/* NAMI_PLAN_PLANNER_H */
