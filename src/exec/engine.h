/*
 * engine.h - running a compiled query: what a host calls.
 *
 *	nami_plan_query(...)				compile (plan/planner.h); plans can be kept and run again
 *	nami_execution_open(...)
 *	while (nami_execution_next(...) gives rows) ...
 *	nami_execution_close(...)
 *
 * A writing query runs to its end inside the first nami_execution_next(); its rows follow.
 */
#ifndef NAMI_EXEC_ENGINE_H
#define NAMI_EXEC_ENGINE_H

#include "exec/batch.h"
#include "graph/transaction.h"
#include "plan/planner.h"

typedef struct NamiExecution NamiExecution;

typedef struct NamiExecutionOptions
{
	const NamiHost *host;
	const NamiAllocator *allocator; /* statement lifetime */
	NamiMemoryAccount *account; /* statement_memory_limit; may be NULL */
	NamiSnapshot snapshot;		/* for reading; its view is held by the caller */
	NamiOwner  *owner;			/* outlives the execution, and is released also when the host unwinds;
								 * NULL: close releases what is held */
	NamiTransaction *transaction;	/* NULL: reading only. The caller has begun the statement. */
	NamiValue	params;			/* MAP, or null */
	int64_t		statement_us;	/* microseconds UTC */
	bool		profile;		/* count rows and time per operator */
} NamiExecutionOptions;

/*
 * Checks that params (MAP, or null) has every parameter of the plan (NAMI_ERR_PARAMETER). Needs no
 * snapshot: a host asks before it fetches anything.
 */
extern NamiStatus nami_check_parameters(const NamiPlan *plan, NamiValue params, NamiError *err)
			NAMI_MUST_CHECK;

/* plan and options->params must live until close. Checks that all parameters are there. */
extern NamiStatus nami_execution_open(const NamiPlan *plan, const NamiExecutionOptions *options,
									  NamiExecution **out, NamiError *err) NAMI_MUST_CHECK;

/*
 * The next rows: *batch is borrowed until the next call; batch->selected_count 0 is the end.
 * Column i of the result is slot plan->columns[i].slot. Nodes and relationships are read through
 * nami_execution_snapshot().
 */
extern NamiStatus nami_execution_next(NamiExecution *execution, const NamiBatch **batch,
									  NamiError *err) NAMI_MUST_CHECK;

/* The state in which the rows are to be read: after a write it includes the write. */
extern const NamiSnapshot *nami_execution_snapshot(const NamiExecution *execution);

/* What was changed so far: for status messages and tests. */
typedef struct NamiExecutionCounters
{
	uint64_t	nodes_created;
	uint64_t	nodes_deleted;
	uint64_t	relationships_created;
	uint64_t	relationships_deleted;
	uint64_t	properties_set;
	uint64_t	labels_added;
	uint64_t	labels_removed;
} NamiExecutionCounters;

extern const NamiExecutionCounters *nami_execution_counters(const NamiExecution *execution);

/* Per operator number: rows given and microseconds; only with options->profile. */
extern void nami_execution_profile(const NamiExecution *execution, const uint64_t **rows,
								   const double **microseconds);

/* Frees all. Also safe after an error; not needed when the allocator's memory goes anyway. */
extern void nami_execution_close(NamiExecution *execution);

#endif							/* NAMI_EXEC_ENGINE_H */
