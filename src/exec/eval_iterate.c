/*
 * eval_iterate.c - list comprehension, quantifiers, reduce.
 *
 * The elements of the lists of all rows are laid end to end and evaluated in batches of their own:
 * one row per element, with the columns that the inner expressions use and the local variable.
 */
#include "exec/eval_internal.h"

#include "base/vec.h"

/* ---- which columns the inner expressions need ---- */

static void
mark_slot(bool *used, uint32_t slot_count, NamiSlot slot)
{
	if (slot < slot_count)
		used[slot] = true;
}

static void
mark_slots(const NamiExpr *expr, bool *used, uint32_t slot_count)
{
	/* The first argument is followed in the loop: chains lean to the left. */
	while (expr != NULL)
	{
		if (expr->op == NAMI_EX_SLOT)
			mark_slot(used, slot_count, expr->slot);
		for (uint32_t i = 0; i < expr->slot_count; i++)
			mark_slot(used, slot_count, expr->slots[i]);
		if (expr->op == NAMI_EX_SUBPLAN)
			for (uint32_t i = 0; i < expr->subplan->argument_count; i++)
				mark_slot(used, slot_count, expr->subplan->arguments[i]);
		for (uint32_t i = 1; i < expr->arg_count; i++)
			mark_slots(expr->args[i], used, slot_count);
		expr = expr->arg_count > 0 ? expr->args[0] : NULL;
	}
}

/* ---- element batches ---- */

typedef struct ElementBatch
{
	NamiBatch	batch;
	uint32_t	rows[NAMI_BATCH_ROWS];	/* outer row per element */
	NamiValue  *elements;		/* column of the local variable */
} ElementBatch;

typedef struct ElementStream
{
	NamiEvalContext *ctx;
	const NamiExpr *expr;
	const NamiBatch *outer;
	const NamiValue *lists;		/* per outer row: LIST or null */
	const bool *used;
	uint32_t	at;				/* index into the outer selection */
	uint32_t	element;		/* next element of that row's list */
} ElementStream;

static void
gather_column(NamiArena *arena, const NamiVector *source, const uint32_t *rows, uint32_t count,
			  bool single_row, NamiVector *out)
{
	static const size_t sizes[] = {
		[NAMI_VEC_ORD] = sizeof(NamiOrd),
		[NAMI_VEC_REL] = sizeof(NamiRel),
		[NAMI_VEC_VALUE] = sizeof(NamiValue),
	};
	size_t		size;
	uint8_t    *copy;

	*out = *source;
	if (source->kind == NAMI_VEC_NONE || source->is_constant)
		return;
	size = sizes[source->kind];
	if (single_row)
	{
		out->data = (const uint8_t *) source->data + rows[0] * size;
		out->is_constant = true;
		return;
	}
	copy = NAMI_NEW_ARRAY(arena, uint8_t, count * size);
	for (uint32_t i = 0; i < count; i++)
		memcpy(copy + i * size, (const uint8_t *) source->data + rows[i] * size, size);
	out->data = copy;
}

/* The next elements; false at the end. */
static bool
next_elements(ElementStream *stream, ElementBatch *inner)
{
	NamiArena  *arena = stream->ctx->arena;
	const NamiBatch *outer = stream->outer;
	uint32_t	count = 0;
	NamiVector *columns;

	inner->elements = NAMI_NEW_ARRAY(arena, NamiValue, NAMI_BATCH_ROWS);
	while (count < NAMI_BATCH_ROWS && stream->at < outer->selected_count)
	{
		uint32_t	row = nami_batch_row(outer, stream->at);
		NamiValue	list = stream->lists[row];

		if (list.kind != NAMI_LIST || stream->element == list.len)
		{
			stream->at++;
			stream->element = 0;
			continue;
		}
		inner->rows[count] = row;
		inner->elements[count++] = list.items[stream->element++];
	}
	if (count == 0)
		return false;
	columns = nami_arena_alloc0(arena, outer->slot_count * sizeof(NamiVector));
	for (uint32_t i = 0; i < outer->slot_count; i++)
		if (stream->used[i])
			gather_column(arena, &outer->columns[i], inner->rows, count,
						  inner->rows[0] == inner->rows[count - 1], &columns[i]);
	if (stream->expr->local < outer->slot_count)
		columns[stream->expr->local] = (NamiVector) {.kind = NAMI_VEC_VALUE,
			.values = inner->elements};
	inner->batch = (NamiBatch) {.row_count = count, .selected_count = count, .columns = columns,
		.slot_count = outer->slot_count};
	return true;
}

/* Evaluates the list of every row and starts the stream of their elements. */
static NamiStatus
open_stream(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
			ElementStream *stream, NamiValue *lists, NamiError *err)
{
	bool	   *used = nami_arena_alloc0(ctx->arena, batch->slot_count);

	if (expr->local >= batch->slot_count)
		return nami_fail(err, NAMI_ERR_INTERNAL, "slot %u is not in the row", expr->local);
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, lists, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		NamiValue	list = lists[nami_batch_row(batch, i)];

		if (list.kind != NAMI_LIST && list.kind != NAMI_NULL)
			return nami_eval_type_error(err, expr, "expected LIST, got %s",
										nami_kind_name(list.kind));
	}
	for (uint32_t i = 1; i < expr->arg_count; i++)
		mark_slots(expr->args[i], used, batch->slot_count);
	*stream = (ElementStream) {.ctx = ctx, .expr = expr, .outer = batch, .lists = lists,
		.used = used};
	return NAMI_OK;
}

/* ---- list comprehension ---- */

/* Results are appended per row; all results of a row come one after the other. */
typedef NAMI_VEC(NamiValue) ValueList;

static NamiStatus
comprehend_batch(NamiEvalContext *ctx, const NamiExpr *expr, ElementBatch *inner,
				 ValueList *results, NamiError *err)
{
	NamiBatch  *batch = &inner->batch;
	uint32_t	count = batch->row_count;
	NamiValue  *values = inner->elements;
	uint16_t   *selection;

	if (expr->arg_count > 1 && expr->args[1] != NULL)
	{
		selection = nami_eval_selection(ctx, batch);
		NAMI_TRY(nami_eval_filter(ctx, expr->args[1], batch, selection, &count, err));
		batch->selection = selection;
		batch->selected_count = count;
	}
	if (expr->arg_count > 2 && expr->args[2] != NULL)
	{
		values = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[2], batch, values, err));
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		nami_vec_push(&results[inner->rows[row]], ctx->arena, values[row]);
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_list_comprehension(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
							 NamiValue *out, NamiError *err)
{
	NamiValue  *lists = nami_eval_scratch(ctx, batch);
	ValueList  *results = nami_arena_alloc0(ctx->arena, batch->row_count * sizeof(ValueList));
	ElementBatch *inner = NAMI_NEW_ARRAY(ctx->arena, ElementBatch, 1);
	ElementStream stream;

	NAMI_TRY(open_stream(ctx, expr, batch, &stream, lists, err));
	while (next_elements(&stream, inner))
	{
		NAMI_TRY(nami_eval_check(ctx, err));
		NAMI_TRY(comprehend_batch(ctx, expr, inner, results, err));
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		out[row] = nami_value_null();
		if (lists[row].kind == NAMI_LIST)
			NAMI_TRY(nami_make_list(results[row].items, results[row].count, &out[row], err));
	}
	return NAMI_OK;
}

/* ---- quantifiers ---- */

typedef struct Tally
{
	uint32_t	trues;
	uint32_t	falses;
	uint32_t	unknowns;
} Tally;

static NamiTruth
quantify(NamiExprOp op, const Tally *tally)
{
	switch (op)
	{
		case NAMI_EX_ALL:
			return tally->falses > 0 ? NAMI_FALSE : tally->unknowns > 0 ? NAMI_UNKNOWN : NAMI_TRUE;
		case NAMI_EX_ANY:
			return tally->trues > 0 ? NAMI_TRUE : tally->unknowns > 0 ? NAMI_UNKNOWN : NAMI_FALSE;
		case NAMI_EX_NONE:
			return tally->trues > 0 ? NAMI_FALSE : tally->unknowns > 0 ? NAMI_UNKNOWN : NAMI_TRUE;
		default:
			if (tally->trues > 1)
				return NAMI_FALSE;
			if (tally->unknowns > 0)
				return NAMI_UNKNOWN;
			return tally->trues == 1 ? NAMI_TRUE : NAMI_FALSE;
	}
}

NamiStatus
nami_eval_quantifier(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
					 NamiValue *out, NamiError *err)
{
	NamiValue  *lists = nami_eval_scratch(ctx, batch);
	Tally	   *tallies = nami_arena_alloc0(ctx->arena, batch->row_count * sizeof(Tally));
	ElementBatch *inner = NAMI_NEW_ARRAY(ctx->arena, ElementBatch, 1);
	ElementStream stream;

	NAMI_TRY(open_stream(ctx, expr, batch, &stream, lists, err));
	while (next_elements(&stream, inner))
	{
		NamiValue  *values = nami_eval_scratch(ctx, &inner->batch);

		NAMI_TRY(nami_eval_check(ctx, err));
		NAMI_TRY(nami_eval(ctx, expr->args[1], &inner->batch, values, err));
		for (uint32_t i = 0; i < inner->batch.row_count; i++)
		{
			Tally	   *tally = &tallies[inner->rows[i]];
			NamiTruth	truth;

			NAMI_TRY(nami_eval_truth(expr->args[1], values[i], &truth, err));
			tally->trues += truth == NAMI_TRUE;
			tally->falses += truth == NAMI_FALSE;
			tally->unknowns += truth == NAMI_UNKNOWN;
		}
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		out[row] = lists[row].kind == NAMI_NULL ?
			nami_value_null() : nami_truth_value(quantify(expr->op, &tallies[row]));
	}
	return NAMI_OK;
}

/* ---- reduce ---- */

/*
 * Step k takes element k of all rows that have one; the accumulators are a column of the batch, so
 * nothing is gathered.
 */
static NamiStatus
reduce_steps(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
			 const NamiValue *lists, NamiValue *out, NamiError *err)
{
	NamiValue  *elements = nami_eval_scratch(ctx, batch);
	NamiValue  *results = nami_eval_scratch(ctx, batch);
	uint16_t   *selection = nami_eval_selection(ctx, batch);
	NamiBatch	inner = nami_eval_narrow(batch, selection, 0);
	NamiVector *columns = nami_arena_memdup(ctx->arena, batch->columns,
											batch->slot_count * sizeof(NamiVector));

	columns[expr->local] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = out};
	columns[expr->local2] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = elements};
	inner.columns = columns;
	for (uint32_t k = 0;; k++)
	{
		inner.selected_count = 0;
		for (uint32_t i = 0; i < batch->selected_count; i++)
		{
			uint32_t	row = nami_batch_row(batch, i);

			if (lists[row].kind != NAMI_LIST || k >= lists[row].len)
				continue;
			elements[row] = lists[row].items[k];
			selection[inner.selected_count++] = (uint16_t) row;
		}
		if (inner.selected_count == 0)
			return NAMI_OK;
		NAMI_TRY(nami_eval_check(ctx, err));
		NAMI_TRY(nami_eval(ctx, expr->args[2], &inner, results, err));
		for (uint32_t i = 0; i < inner.selected_count; i++)
			out[selection[i]] = results[selection[i]];
	}
}

NamiStatus
nami_eval_reduce(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
				 NamiError *err)
{
	NamiValue  *lists = nami_eval_scratch(ctx, batch);

	if (expr->local >= batch->slot_count || expr->local2 >= batch->slot_count)
		return nami_fail(err, NAMI_ERR_INTERNAL, "slot of reduce() is not in the row");
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	NAMI_TRY(nami_eval(ctx, expr->args[1], batch, lists, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		if (lists[row].kind == NAMI_NULL)
			out[row] = nami_value_null();
		else if (lists[row].kind != NAMI_LIST)
			return nami_eval_type_error(err, expr, "reduce() expects LIST, got %s",
										nami_kind_name(lists[row].kind));
	}
	return reduce_steps(ctx, expr, batch, lists, out, err);
}
