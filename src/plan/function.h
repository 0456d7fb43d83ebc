/*
 * function.h - the table of built-in functions, as the binder sees it.
 *
 * The table itself (names, arity, purity, result types, C implementation) lives in the executor;
 * the binder reaches it through NamiBindCatalog (bind.h), so that dependencies point down only.
 */
#ifndef NAMI_PLAN_FUNCTION_H
#define NAMI_PLAN_FUNCTION_H

#include "plan/expr.h"

#define NAMI_FN_AGGREGATE	0x01	/* count, sum, avg, min, max, collect, stDev, ... */
#define NAMI_FN_VOLATILE	0x02	/* rand(), randomUUID(): never folded, never moved */
#define NAMI_FN_STATEMENT	0x04	/* constant within one statement: timestamp(), date() */
#define NAMI_FN_NULL_IN_NULL_OUT 0x08	/* a null argument gives null without a call */
#define NAMI_FN_CONTEXT		0x10	/* reads the snapshot: id(), labels(), keys(), ... */
#define NAMI_FN_HOST		0x20	/* the host's own (plan/procedure.h) */

typedef struct NamiFunction
{
	NamiStr		name;			/* canonical spelling, "toUpper", "duration.between" */
	uint8_t		min_args;
	uint8_t		max_args;		/* UINT8_MAX: any number */
	uint32_t	flags;
	NamiStaticType result;
	const NamiStaticType *arg_types;	/* NULL or max_args entries; ANY = not checked. A literal
										 * of another type is SyntaxError: InvalidArgumentType */
	const void *implementation; /* executor's own */
} NamiFunction;

/* Case-insensitive; NULL when unknown. *nearest (may be NULL) gets a similar name for the hint. */
typedef const NamiFunction *(*NamiFindFunction) (NamiStr name, NamiStr *nearest);

#endif							/* NAMI_PLAN_FUNCTION_H */
