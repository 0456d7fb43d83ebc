/*
 * eval.h - evaluation of bound expressions over batches.
 *
 * Semantics: spec/cypher.md 3 and 4, with the openCypher choices of its section 11. An error is
 * raised only for rows that are selected: AND, OR, CASE and coalesce narrow the selection before
 * they evaluate the next operand.
 */
#ifndef NAMI_EXEC_EVAL_H
#define NAMI_EXEC_EVAL_H

#include "base/error.h"
#include "base/host.h"
#include "base/owner.h"
#include "exec/batch.h"
#include "graph/snapshot.h"
#include "plan/plan.h"

typedef struct NamiEvalContext NamiEvalContext;

struct NamiEvalContext
{
	const NamiHost *host;
	NamiArena  *arena;			/* results and scratch; reset by the caller, batch by batch */
	const NamiSnapshot *snapshot;	/* what property reads see */
	NamiValue	params;			/* MAP */
	int64_t		statement_us;	/* clock of the statement, microseconds UTC */

	/* Runs a subplan for the selected rows of batch; out[row] for each. Set by the executor. */
	NamiStatus	(*run_subplan) (NamiEvalContext *ctx, const NamiSubplan *subplan,
								const NamiBatch *batch, NamiValue *out, NamiError *err);
	void	   *executor;

	/* A node or relationship that this statement deleted: access is an error (cypher.md 5.5). */
	bool		check_deleted;

	/* Holds compiled patterns; at least as long-lived as the context. NULL: nothing is kept. */
	NamiOwner  *owner;
	void	   *regex_cache;	/* private to eval; belongs to owner */
};

/* out[row] for every selected row of the batch; other elements are not touched. */
extern NamiStatus nami_eval(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
							NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/*
 * Keeps the selected rows for which the predicate is true: their numbers go to selection (room for
 * row_count), *count of them. A non-boolean that is not null is NAMI_ERR_TYPE.
 */
extern NamiStatus nami_eval_filter(NamiEvalContext *ctx, const NamiExpr *expr,
								   const NamiBatch *batch, uint16_t *selection, uint32_t *count,
								   NamiError *err) NAMI_MUST_CHECK;

/* One value without a row: parameters, constants, SKIP and LIMIT. */
extern NamiStatus nami_eval_constant(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue *out,
									 NamiError *err) NAMI_MUST_CHECK;

/* For NamiPlanOptions: one value without row, parameters and graph; false when that fails. */
extern bool nami_eval_fold(NamiArena *arena, const NamiExpr *expr, NamiValue *out);

/* Does the node have labels as the label expression says? */
extern bool nami_eval_labels(const NamiSnapshot *snapshot, const NamiLabelExpr *labels,
							 NamiOrd ord);

#endif							/* NAMI_EXEC_EVAL_H */
