/*
 * procedure_options.h - arguments of procedures that are maps of options (spec/cypher.md 8,
 * spec/search.md 1.2): reading and checking them (internal to the executor).
 *
 * A wrong option is of class NAMI_ERR_ARGUMENT. A getter leaves *out, which holds the default,
 * alone when the option is not given; null is a value that no option accepts.
 */
#ifndef NAMI_EXEC_PROCEDURE_OPTIONS_H
#define NAMI_EXEC_PROCEDURE_OPTIONS_H

#include "exec/procedures.h"

typedef struct NamiOptions
{
	const NamiProcedureCall *call;
	NamiValue	map;			/* MAP; empty when the argument was left out */
} NamiOptions;

/* Argument number i of the call. */
extern NamiStatus nami_options_init(NamiOptions *options, const NamiProcedureCall *call, uint32_t i,
									NamiError *err) NAMI_MUST_CHECK;

/* Fails when an option has none of these names (a list that ends with NULL). */
extern NamiStatus nami_options_only(const NamiOptions *options, const char *const *names,
									NamiError *err) NAMI_MUST_CHECK;

/* NULL when it is not given. */
extern const NamiValue *nami_option(const NamiOptions *options, const char *name);

extern NamiStatus nami_option_float(const NamiOptions *options, const char *name, double *out,
									NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_option_count(const NamiOptions *options, const char *name, uint64_t *out,
									NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_option_bool(const NamiOptions *options, const char *name, bool *out,
								   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_option_string(const NamiOptions *options, const char *name, NamiStr *out,
									 NamiError *err) NAMI_MUST_CHECK;

/* The same, of an option that must be given. */
extern NamiStatus nami_option_required(const NamiOptions *options, const char *name, NamiStr *out,
									   NamiError *err) NAMI_MUST_CHECK;

/* A list of strings that is not empty, in call->arena; *count stays 0 when it is not given. */
extern NamiStatus nami_option_strings(const NamiOptions *options, const char *name,
									  const NamiStr **out, uint32_t *count,
									  NamiError *err) NAMI_MUST_CHECK;

/* Option name of procedure must be expected. */
extern NamiStatus nami_option_fail(const NamiOptions *options, const char *name,
								   const char *expected, NamiError *err) NAMI_MUST_CHECK;

/* A failure of the call of class NAMI_ERR_ARGUMENT, at its position. */
extern NamiStatus nami_procedure_fail(const NamiProcedureCall *call, NamiError *err,
									  const char *format,...)
			__attribute__((format(printf, 3, 4), warn_unused_result));

/* Cancel and the memory limit: to be asked at least every 65,536 steps. */
extern NamiStatus nami_procedure_check(const NamiProcedureCall *call,
									   NamiError *err) NAMI_MUST_CHECK;

/* May so much memory be taken? To be asked before allocations that an argument sizes. */
extern NamiStatus nami_procedure_may_take(const NamiProcedureCall *call, uint64_t count,
										  uint64_t element_bytes, NamiError *err) NAMI_MUST_CHECK;

/*
 * Sorts the numbers 0 .. count - 1 (or those that are in items already) by a comparison; stable,
 * interruptible. Scratch memory comes from call->arena.
 */
typedef int (*NamiCompareItems) (const void *ctx, uint32_t a, uint32_t b);

extern NamiStatus nami_procedure_sort(const NamiProcedureCall *call, uint32_t *items, size_t count,
									  NamiCompareItems compare, const void *ctx,
									  NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_PROCEDURE_OPTIONS_H */
