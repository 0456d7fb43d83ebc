/*
 * procedures_algo.h - what the graph algorithms share (spec/search.md 7; internal to the executor).
 */
#ifndef NAMI_EXEC_PROCEDURES_ALGO_H
#define NAMI_EXEC_PROCEDURES_ALGO_H

#include "exec/csr_view.h"

#define NAMI_CHECK_STEPS	65536

/* Counts work and asks for a cancel now and then. */
typedef struct NamiWork
{
	const NamiProcedureCall *call;
	uint64_t	steps;
} NamiWork;

static inline NamiStatus
nami_work(NamiWork *work, uint64_t steps, NamiError *err)
{
	work->steps += steps;
	if (work->steps < NAMI_CHECK_STEPS)
		return NAMI_OK;
	work->steps = 0;
	return nami_procedure_check(work->call, err);
}

/* Opens the options and the graph of a call. with_others: options beside the projection's. */
extern NamiStatus nami_algo_open(NamiProcedureCall *call, NamiOptions *options, bool with_others,
								 bool with_weights, NamiCsrView *view,
								 NamiError *err) NAMI_MUST_CHECK;

/* Room for one element per node, zero-filled. */
#define NAMI_PER_NODE(call, view, type) \
	((type *) nami_arena_alloc0((call)->arena, ((view)->count + (size_t) 1) * sizeof(type)))

/* Renumbers by first occurrence; returns how many numbers there are. scratch: one per node. */
extern uint32_t nami_algo_renumber(uint32_t *numbers, uint32_t count, uint32_t *scratch);

/* Rows (node, number), ascending by number, then id. */
extern NamiStatus nami_algo_emit_numbers(NamiProcedureCall *call, const NamiCsrView *view,
										 const uint32_t *numbers, NamiError *err) NAMI_MUST_CHECK;

/* Rows (node, score), descending by score, then ascending by id. */
extern NamiStatus nami_algo_emit_scores(NamiProcedureCall *call, const NamiCsrView *view,
										const double *scores, NamiError *err) NAMI_MUST_CHECK;

/* The node numbers by a key and then id: ascending, or descending. */
extern NamiStatus nami_algo_order(NamiProcedureCall *call, const NamiCsrView *view,
								  const double *keys, bool descending, uint32_t **out,
								  NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_PROCEDURES_ALGO_H */
