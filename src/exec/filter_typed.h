/*
 * filter_typed.h - conditions that are tested on the image's columns (internal to the executor).
 */
#ifndef NAMI_EXEC_FILTER_TYPED_H
#define NAMI_EXEC_FILTER_TYPED_H

#include "exec/eval.h"

/*
 * Like nami_eval_filter() for conditions that it knows; *done tells whether it did. selection may
 * be the one that the batch has: rows are kept in place.
 */
extern NamiStatus nami_filter_typed(NamiEvalContext *ctx, const NamiExpr *expr,
									const NamiBatch *batch, uint16_t *selection, uint32_t *count,
									bool *done, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_FILTER_TYPED_H */
