/*
 * eval_internal.h - what the files of the evaluator share.
 *
 * An evaluator takes the batch and fills out[row] for its selected rows. Scratch comes from
 * ctx->arena. Errors carry the position of the expression and openCypher's name.
 */
#ifndef NAMI_EXEC_EVAL_INTERNAL_H
#define NAMI_EXEC_EVAL_INTERNAL_H

#include "exec/eval.h"
#include "exec/functions.h"
#include "base/value_ops.h"

/*
 * Lists and maps nest at most this deep, so that functions may recurse into values. The depth of a
 * value made by the executor is kept in NamiValue.pad; stored values and parameters have 0 there,
 * their depth is bounded where they are read.
 */
#define NAMI_VALUE_DEPTH_MAX	1000

/* Elements of one list made by the executor. */
#define NAMI_LIST_MAX			UINT32_C(0x08000000)

/* ---- eval.c ---- */

/* row_count elements, not initialised. */
extern NamiValue *nami_eval_scratch(NamiEvalContext *ctx, const NamiBatch *batch);

/* A batch like the other with fewer rows; selection belongs to the arena. */
extern NamiBatch nami_eval_narrow(const NamiBatch *batch, const uint16_t *selection,
								  uint32_t count);
extern uint16_t *nami_eval_selection(NamiEvalContext *ctx, const NamiBatch *batch);

/* Asks the host and the memory account; for loops that a query can make long. */
extern NamiStatus nami_eval_check(NamiEvalContext *ctx, NamiError *err) NAMI_MUST_CHECK;

/* The same for a row, if one of its values is so long that working on it takes a while. */
static inline NamiStatus
nami_eval_check_long(NamiEvalContext *ctx, const NamiValue *values, uint32_t count, NamiError *err)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (nami_value_is_long(values[i]))
			return nami_eval_check(ctx, err);
	}
	return NAMI_OK;
}

extern NamiStatus nami_eval_type_error(NamiError *err, const NamiExpr *expr, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* LIST and MAP with their depth; items and entries are borrowed. */
extern NamiStatus nami_make_list(const NamiValue *items, size_t count, NamiValue *out,
								 NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_make_map(const NamiMapEntry *entries, size_t count, NamiValue *out,
								NamiError *err) NAMI_MUST_CHECK;

/* Sorts by key and drops all but the last of equal keys; returns the new count. */
extern size_t nami_sort_entries(NamiArena *arena, NamiMapEntry *entries, size_t count);

extern NamiStatus nami_eval_call(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
								 NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/* ---- the families ---- */

typedef NamiStatus (*NamiEvalFunction) (NamiEvalContext *ctx, const NamiExpr *expr,
										const NamiBatch *batch, NamiValue *out, NamiError *err);

/* eval_logic.c */
extern NamiStatus nami_eval_and_or(NamiEvalContext *ctx, const NamiExpr *expr,
								   const NamiBatch *batch, NamiValue *out,
								   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_xor(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
								NamiValue *out, NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_not(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
								NamiValue *out, NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_case(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
								 NamiValue *out, NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_coalesce(NamiEvalContext *ctx, const NamiExpr *expr,
									 const NamiBatch *batch, NamiValue *out,
									 NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_truth(const NamiExpr *expr, NamiValue value, NamiTruth *out,
								  NamiError *err) NAMI_MUST_CHECK;
extern NamiValue nami_truth_value(NamiTruth truth);

/* eval_compare.c */
extern NamiStatus nami_eval_comparison(NamiEvalContext *ctx, const NamiExpr *expr,
									   const NamiBatch *batch, NamiValue *out,
									   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_in(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
							   NamiValue *out, NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_is_null(NamiEvalContext *ctx, const NamiExpr *expr,
									const NamiBatch *batch, NamiValue *out,
									NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_string_test(NamiEvalContext *ctx, const NamiExpr *expr,
										const NamiBatch *batch, NamiValue *out,
										NamiError *err) NAMI_MUST_CHECK;
extern NamiTruth nami_compare_truth(NamiExprOp op, NamiValue a, NamiValue b);

/* eval_arith.c */
extern bool nami_eval_is_arithmetic(NamiExprOp op);
extern NamiStatus nami_eval_arithmetic(NamiEvalContext *ctx, const NamiExpr *expr,
									   const NamiBatch *batch, NamiValue *out,
									   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_sign(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
								 NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/* eval_access.c */
extern NamiStatus nami_eval_property(NamiEvalContext *ctx, const NamiExpr *expr,
									 const NamiBatch *batch, NamiValue *out,
									 NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_index(NamiEvalContext *ctx, const NamiExpr *expr,
								  const NamiBatch *batch, NamiValue *out,
								  NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_slice(NamiEvalContext *ctx, const NamiExpr *expr,
								  const NamiBatch *batch, NamiValue *out,
								  NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_has_labels(NamiEvalContext *ctx, const NamiExpr *expr,
									   const NamiBatch *batch, NamiValue *out,
									   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_map_projection(NamiEvalContext *ctx, const NamiExpr *expr,
										   const NamiBatch *batch, NamiValue *out,
										   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_path(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
								 NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/* All properties of a NODE, REL or MAP as a MAP; deleted entities are an error. */
extern NamiStatus nami_eval_properties(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue entity,
									   NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/* An error when check_deleted is on and the NODE or REL is gone. */
extern NamiStatus nami_eval_check_live(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue entity,
									   NamiError *err) NAMI_MUST_CHECK;

/* eval_iterate.c */
extern NamiStatus nami_eval_list_comprehension(NamiEvalContext *ctx, const NamiExpr *expr,
											   const NamiBatch *batch, NamiValue *out,
											   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_quantifier(NamiEvalContext *ctx, const NamiExpr *expr,
									   const NamiBatch *batch, NamiValue *out,
									   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_eval_reduce(NamiEvalContext *ctx, const NamiExpr *expr,
								   const NamiBatch *batch, NamiValue *out,
								   NamiError *err) NAMI_MUST_CHECK;

/*
 * What a row's list expression gives, without making a list of a range(): for whoever takes the elements
 * one after the other.
 */
typedef struct NamiElements
{
	NamiKind	kind;			/* of the value: LIST, VECTOR; another one has no elements */
	uint64_t	count;
	NamiValue	list;			/* LIST, VECTOR */
	bool		is_range;
	int64_t		first;			/* of a range */
	int64_t		step;
} NamiElements;

/* elements[row] for every selected row of the batch. */
extern NamiStatus nami_eval_elements(NamiEvalContext *ctx, const NamiExpr *expr,
									 const NamiBatch *batch, NamiElements *elements,
									 NamiError *err) NAMI_MUST_CHECK;

static inline NamiValue
nami_element(const NamiElements *elements, uint64_t i)
{
	if (elements->is_range)
		return nami_value_int((int64_t) ((uint64_t) elements->first +
										 i * (uint64_t) elements->step));
	return elements->kind == NAMI_LIST ? elements->list.items[i] :
		nami_value_float((double) elements->list.floats[i]);
}

/* regex.c: full match of text; the compiled pattern is kept in ctx->regex_cache. */
extern NamiStatus nami_regex_match(NamiEvalContext *ctx, const NamiExpr *expr, NamiStr pattern,
								   NamiStr text, bool *matches, NamiError *err) NAMI_MUST_CHECK;

/* The text that "+" with a string and toString() give; false when the kind has none. */
extern bool nami_value_to_text(NamiArena *arena, NamiValue value, NamiStr *out);

#endif							/* NAMI_EXEC_EVAL_INTERNAL_H */
