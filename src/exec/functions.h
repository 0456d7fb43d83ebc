/*
 * functions.h - the table of built-in functions (spec/cypher.md 4).
 */
#ifndef NAMI_EXEC_FUNCTIONS_H
#define NAMI_EXEC_FUNCTIONS_H

#include "exec/eval.h"
#include "plan/function.h"

/* Scalar function: args[i] is the value of argument i for this row. */
typedef NamiStatus (*NamiScalarFunction) (NamiEvalContext *ctx, const NamiExpr *call,
										  const NamiValue *args, uint32_t arg_count,
										  NamiValue *out, NamiError *err);

/*
 * Aggregate: one state per group, state_bytes zeroed memory; memory that a state needs comes from
 * arena (lifetime of the operator). Null inputs are not handed in, DISTINCT is the operator's work.
 */
typedef struct NamiAggregate
{
	size_t		state_bytes;
	NamiStatus	(*add) (void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count,
						NamiError *err);
	NamiStatus	(*finish) (void *state, NamiArena *arena, NamiValue *out, NamiError *err);

	/*
	 * For moving a state to a file and back: the i-th arguments that, added to a zeroed state, make it
	 * again; false when there are no more. NULL: the state is plain bytes.
	 */
	bool		(*replay) (const void *state, size_t i, NamiValue *args);
} NamiAggregate;

/* NamiFunction.implementation is a NamiScalarFunction * or a NamiAggregate * by its flags. */
extern const NamiFunction *nami_find_function(NamiStr name, NamiStr *nearest);

/* All of them, for documentation and completion; ends with an empty name. */
extern const NamiFunction *nami_function_table(void);

#endif							/* NAMI_EXEC_FUNCTIONS_H */
