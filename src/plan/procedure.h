/*
 * procedure.h - procedures, as the binder sees them (spec/cypher.md 8).
 *
 * The built-in ones are a table of the executor (exec/procedures.h); the binder reaches it through
 * NamiPlanOptions, so that dependencies point down only. Names that are not built in go to the
 * host: it describes the procedure or function, and implements it as the executor does its own.
 */
#ifndef NAMI_PLAN_PROCEDURE_H
#define NAMI_PLAN_PROCEDURE_H

#include "base/error.h"
#include "plan/function.h"

#define NAMI_PROC_CONTEXT	0x01	/* reads the graph */

/* An argument or an output column. */
typedef struct NamiProcedureField
{
	NamiStr		name;
	NamiStaticType type;		/* ANY: not checked */
} NamiProcedureField;

typedef struct NamiProcedure
{
	NamiStr		name;			/* canonical: "db.labels" */
	const NamiProcedureField *arguments;	/* max_args */
	uint32_t	min_args;
	uint32_t	max_args;
	const NamiProcedureField *columns;	/* none: called for its effects, rows go through unchanged */
	uint32_t	column_count;
	uint32_t	flags;
	const void *implementation; /* NamiProcedureRun * of exec/procedures.h; NULL: known, but cannot
								 * run yet */
} NamiProcedure;

/*
 * Case-sensitive but for what spec/cypher.md 1 says; NULL when unknown. *nearest (may be NULL) gets a
 * similar name for the hint.
 */
typedef const NamiProcedure *(*NamiFindProcedure) (NamiStr name, NamiStr *nearest);

#define NAMI_ARGUMENTS_IMPLICIT UINT32_MAX

/*
 * What the host adds. name is as written, quotes removed, parts joined by dots. types are what is
 * known of the arguments, arg_count of them; NAMI_ARGUMENTS_IMPLICIT when the call has no list of
 * arguments. *out stays NULL for a name that the host does not know. Results live in arena (the
 * plan's). A plan that uses any of them has NamiPlan.uses_host set: the host decides how long its
 * answers hold. Errors are left without position.
 */
typedef struct NamiRoutineResolver
{
	void	   *ctx;
	NamiStatus	(*procedure) (void *ctx, NamiArena *arena, NamiStr name,
							  const NamiStaticType *types, uint32_t arg_count,
							  const NamiProcedure **out, NamiError *err);
	/* The function has NAMI_FN_HOST set. */
	NamiStatus	(*function) (void *ctx, NamiArena *arena, NamiStr name,
							 const NamiStaticType *types, uint32_t arg_count,
							 const NamiFunction **out, NamiError *err);
} NamiRoutineResolver;

#endif							/* NAMI_PLAN_PROCEDURE_H */
