/*
 * eval_iterate.c - list comprehension, quantifiers, reduce.
 *
 * The elements of the lists of all rows are laid end to end and evaluated in batches of their own:
 * one row per element, with the columns that the inner expressions use and the local variable.
 */
#include "exec/functions_internal.h"

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

/* ---- elements ---- */

static bool
is_range_call(const NamiExpr *expr)
{
	return expr->op == NAMI_EX_CALL && (expr->function->flags & NAMI_FN_AGGREGATE) == 0 &&
		*(const NamiScalarFunction *) expr->function->implementation == nami_fn_range;
}

static NamiStatus
eval_range(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
		   NamiElements *elements, NamiError *err)
{
	NamiValue  *columns[3];

	NAMI_ASSERT(expr->arg_count <= 3);
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		columns[i] = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[i], batch, columns[i], err));
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiValue	args[3];
		bool		has_null = false;

		for (uint32_t k = 0; k < expr->arg_count; k++)
		{
			args[k] = columns[k][row];
			has_null |= args[k].kind == NAMI_NULL;
		}
		elements[row] = (NamiElements) {.kind = NAMI_NULL};
		if (!has_null)
			NAMI_TRY(nami_range_elements(expr, args, expr->arg_count, &elements[row], err));
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_elements(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				   NamiElements *elements, NamiError *err)
{
	NamiValue  *lists;

	if (is_range_call(expr))
		return eval_range(ctx, expr, batch, elements, err);
	lists = nami_eval_scratch(ctx, batch);
	NAMI_TRY(nami_eval(ctx, expr, batch, lists, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		bool		has_elements = lists[row].kind == NAMI_LIST || lists[row].kind == NAMI_VECTOR;

		elements[row] = (NamiElements) {
			.kind = lists[row].kind, .list = lists[row], .count = has_elements ? lists[row].len : 0
		};
	}
	return NAMI_OK;
}

/* The same; what is neither LIST nor null is refused. */
static NamiStatus
eval_lists(NamiEvalContext *ctx, const NamiExpr *expr, const NamiExpr *list, const char *what,
		   const NamiBatch *batch, NamiElements **out, NamiError *err)
{
	NamiElements *elements = NAMI_NEW_ARRAY(ctx->arena, NamiElements, batch->row_count);

	NAMI_TRY(nami_eval_elements(ctx, list, batch, elements, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		NamiKind	kind = elements[nami_batch_row(batch, i)].kind;

		if (kind != NAMI_LIST && kind != NAMI_NULL)
			return nami_eval_type_error(err, expr, "%s LIST, got %s", what, nami_kind_name(kind));
	}
	*out = elements;
	return NAMI_OK;
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
	const NamiElements *lists;	/* per outer row */
	const bool *used;
	const bool *settled;		/* per outer row: no more elements are wanted; NULL: all are */
	uint32_t	at;				/* index into the outer selection */
	uint64_t	element;		/* next element of that row's list */
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
		const NamiElements *list = &stream->lists[row];

		if (stream->element == list->count || (stream->settled != NULL && stream->settled[row]))
		{
			stream->at++;
			stream->element = 0;
			continue;
		}
		inner->rows[count] = row;
		inner->elements[count++] = nami_element(list, stream->element++);
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
			ElementStream *stream, NamiElements **lists, NamiError *err)
{
	bool	   *used = nami_arena_alloc0(ctx->arena, batch->slot_count);

	if (expr->local >= batch->slot_count)
		return nami_fail(err, NAMI_ERR_INTERNAL, "slot %u is not in the row", expr->local);
	NAMI_TRY(eval_lists(ctx, expr, expr->args[0], "expected", batch, lists, err));
	for (uint32_t i = 1; i < expr->arg_count; i++)
		mark_slots(expr->args[i], used, batch->slot_count);
	*stream = (ElementStream) {.ctx = ctx, .expr = expr, .outer = batch, .lists = *lists,
		.used = used};
	return NAMI_OK;
}

/* ---- scratch memory ---- */

#define SCRATCH_BYTES	((size_t) 256 * 1024)
#define SCRATCH_FROM	4096	/* elements: below that the caller's arena will do */

/*
 * Memory of single steps, so that the many steps over a long list need no more than one. While it is open,
 * ctx->arena is that arena.
 */
typedef struct Scratch
{
	NamiEvalContext *ctx;
	NamiArena  *outer;			/* ctx->arena as it was */
	NamiArena  *own;			/* NULL: few elements */
	NamiArena  *spare;			/* for scratch_swap() */
} Scratch;

static uint64_t
count_elements(const NamiBatch *batch, const NamiElements *lists)
{
	uint64_t	count = 0;

	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint64_t	more = lists[nami_batch_row(batch, i)].count;

		count = count + more < count ? UINT64_MAX : count + more;
	}
	return count;
}

static void
scratch_open(Scratch *scratch, NamiEvalContext *ctx, uint64_t element_count)
{
	*scratch = (Scratch) {.ctx = ctx, .outer = ctx->arena};
	if (element_count < SCRATCH_FROM)
		return;
	scratch->own = nami_arena_create(nami_arena_allocator(ctx->arena),
									 nami_arena_account(ctx->arena));
	ctx->arena = scratch->own;
}

static void
scratch_clear(Scratch *scratch)
{
	if (scratch->own != NULL)
		nami_arena_reset(scratch->own);
}

/* Moves values[] of the batch to the spare arena and empties the one in use. */
static void
scratch_swap(Scratch *scratch, const NamiBatch *batch, NamiValue *values)
{
	NamiArena  *from = scratch->own;

	if (scratch->spare == NULL)
		scratch->spare = nami_arena_create(nami_arena_allocator(scratch->outer),
										   nami_arena_account(scratch->outer));
	scratch->own = scratch->spare;
	scratch->spare = from;
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		NamiValue  *value = &values[nami_batch_row(batch, i)];

		*value = nami_value_copy(scratch->own, *value);
	}
	nami_arena_reset(from);
	scratch->ctx->arena = scratch->own;
}

/* Moves values[] of the batch to the caller's arena. */
static void
scratch_keep(Scratch *scratch, const NamiBatch *batch, NamiValue *values)
{
	for (uint32_t i = 0; scratch->own != NULL && i < batch->selected_count; i++)
	{
		NamiValue  *value = &values[nami_batch_row(batch, i)];

		*value = nami_value_copy(scratch->outer, *value);
	}
}

static void
scratch_close(Scratch *scratch)
{
	scratch->ctx->arena = scratch->outer;
	if (scratch->own != NULL)
		nami_arena_destroy(scratch->own);
	if (scratch->spare != NULL)
		nami_arena_destroy(scratch->spare);
}

/* ---- list comprehension ---- */

/* Results are appended per row; all results of a row come one after the other. */
typedef NAMI_VEC(NamiValue) ValueList;

/* ctx has the scratch arena of the batch; results are copied to arena. */
static NamiStatus
comprehend_batch(NamiEvalContext *ctx, const NamiExpr *expr, ElementBatch *inner,
				 ValueList *results, NamiArena *arena, NamiError *err)
{
	NamiBatch  *batch = &inner->batch;
	uint32_t	count = batch->row_count;
	NamiValue  *values = inner->elements;
	uint16_t   *selection;
	bool		is_mapped = expr->arg_count > 2 && expr->args[2] != NULL;

	if (expr->arg_count > 1 && expr->args[1] != NULL)
	{
		selection = nami_eval_selection(ctx, batch);
		NAMI_TRY(nami_eval_filter(ctx, expr->args[1], batch, selection, &count, err));
		batch->selection = selection;
		batch->selected_count = count;
	}
	if (is_mapped)
	{
		values = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[2], batch, values, err));
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		/* Elements belong to the list that they come from. */
		nami_vec_push(&results[inner->rows[row]], arena,
					  is_mapped ? nami_value_copy(arena, values[row]) : values[row]);
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_list_comprehension(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
							 NamiValue *out, NamiError *err)
{
	ValueList  *results = nami_arena_alloc0(ctx->arena, batch->row_count * sizeof(ValueList));
	ElementBatch *inner = NAMI_NEW_ARRAY(ctx->arena, ElementBatch, 1);
	NamiElements *lists;
	ElementStream stream;
	Scratch		scratch;
	NamiStatus	status = NAMI_OK;

	NAMI_TRY(open_stream(ctx, expr, batch, &stream, &lists, err));
	scratch_open(&scratch, ctx, count_elements(batch, lists));
	while (status == NAMI_OK && next_elements(&stream, inner))
	{
		status = nami_eval_check(ctx, err);
		if (status == NAMI_OK)
			status = comprehend_batch(ctx, expr, inner, results, scratch.outer, err);
		scratch_clear(&scratch);
	}
	scratch_close(&scratch);
	NAMI_TRY(status);
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

/* Can no further element change the answer? */
static bool
is_settled(NamiExprOp op, const Tally *tally)
{
	switch (op)
	{
		case NAMI_EX_ALL:
			return tally->falses > 0;
		case NAMI_EX_ANY:
		case NAMI_EX_NONE:
			return tally->trues > 0;
		default:
			return tally->trues > 1;
	}
}

static NamiStatus
tally_element(const NamiExpr *expr, NamiValue value, Tally *tally, bool *settled, NamiError *err)
{
	NamiTruth	truth;

	NAMI_TRY(nami_eval_truth(expr->args[1], value, &truth, err));
	tally->trues += truth == NAMI_TRUE;
	tally->falses += truth == NAMI_FALSE;
	tally->unknowns += truth == NAMI_UNKNOWN;
	*settled = is_settled(expr->op, tally);
	return NAMI_OK;
}

/* One after the other: elements behind the one that settles their row are not evaluated. */
static NamiStatus
tally_singly(NamiEvalContext *ctx, const NamiExpr *expr, ElementBatch *inner, Tally *tallies,
			 bool *settled, NamiValue *values, NamiError *err)
{
	NamiBatch	single = inner->batch;

	for (uint32_t i = 0; i < inner->batch.row_count; i++)
	{
		uint32_t	row = inner->rows[i];
		uint16_t	selected = (uint16_t) i;

		if (settled[row])
			continue;
		single.selection = &selected;
		single.selected_count = 1;
		NAMI_TRY(nami_eval(ctx, expr->args[1], &single, values, err));
		NAMI_TRY(tally_element(expr, values[i], &tallies[row], &settled[row], err));
	}
	return NAMI_OK;
}

/*
 * An error in an element that is not looked at must not be raised: when the batch fails as a whole, its
 * elements are taken one by one.
 */
static NamiStatus
tally_elements(NamiEvalContext *ctx, const NamiExpr *expr, ElementBatch *inner, Tally *tallies,
			   bool *settled, NamiError *err)
{
	NamiValue  *values = nami_eval_scratch(ctx, &inner->batch);

	NAMI_TRY(nami_eval_check(ctx, err));
	if (nami_eval(ctx, expr->args[1], &inner->batch, values, err) != NAMI_OK)
	{
		if (err->cls == NAMI_ERR_CANCELLED || err->cls == NAMI_ERR_MEMORY_LIMIT)
			return NAMI_FAILED;
		nami_error_reset(err);
		return tally_singly(ctx, expr, inner, tallies, settled, values, err);
	}
	for (uint32_t i = 0; i < inner->batch.row_count; i++)
	{
		uint32_t	row = inner->rows[i];

		if (!settled[row])
			NAMI_TRY(tally_element(expr, values[i], &tallies[row], &settled[row], err));
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_quantifier(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
					 NamiValue *out, NamiError *err)
{
	Tally	   *tallies = nami_arena_alloc0(ctx->arena, batch->row_count * sizeof(Tally));
	bool	   *settled = nami_arena_alloc0(ctx->arena, batch->row_count);
	ElementBatch *inner = NAMI_NEW_ARRAY(ctx->arena, ElementBatch, 1);
	NamiElements *lists;
	ElementStream stream;
	Scratch		scratch;
	NamiStatus	status = NAMI_OK;

	NAMI_TRY(open_stream(ctx, expr, batch, &stream, &lists, err));
	stream.settled = settled;
	scratch_open(&scratch, ctx, count_elements(batch, lists));
	while (status == NAMI_OK && next_elements(&stream, inner))
	{
		status = tally_elements(ctx, expr, inner, tallies, settled, err);
		scratch_clear(&scratch);
	}
	scratch_close(&scratch);
	NAMI_TRY(status);
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		out[row] = lists[row].kind == NAMI_NULL ?
			nami_value_null() : nami_truth_value(quantify(expr->op, &tallies[row]));
	}
	return NAMI_OK;
}

/* ---- reduce ---- */

/* What the steps of a reduce() work with. */
typedef struct Reduction
{
	NamiBatch	inner;
	NamiValue  *elements;		/* column of the element */
	NamiValue  *results;		/* of a step */
	uint16_t   *selection;
} Reduction;

static void
begin_reduction(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				NamiValue *out, Reduction *work)
{
	NamiVector *columns = nami_arena_memdup(ctx->arena, batch->columns,
											batch->slot_count * sizeof(NamiVector));

	work->elements = nami_eval_scratch(ctx, batch);
	work->results = nami_eval_scratch(ctx, batch);
	work->selection = nami_eval_selection(ctx, batch);
	work->inner = nami_eval_narrow(batch, work->selection, 0);
	work->inner.columns = columns;
	columns[expr->local] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = out};
	columns[expr->local2] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = work->elements};
}

/* Takes element k of all rows that have one. */
static void
select_elements(const NamiBatch *batch, const NamiElements *lists, uint64_t k, Reduction *work)
{
	work->inner.selected_count = 0;
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		if (k >= lists[row].count)
			continue;
		work->elements[row] = nami_element(&lists[row], k);
		work->selection[work->inner.selected_count++] = (uint16_t) row;
	}
}

/*
 * Step k takes element k of all rows that have one; the accumulators are a column of the batch, so
 * nothing is gathered. What a step computes is soon forgotten: when much has gathered, the accumulators
 * move to another arena and the old one is emptied.
 */
static NamiStatus
reduce_steps(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
			 const NamiElements *lists, Reduction *work, Scratch *scratch, NamiValue *out,
			 NamiError *err)
{
	size_t		limit = SCRATCH_BYTES;

	for (uint64_t k = 0;; k++)
	{
		select_elements(batch, lists, k, work);
		if (work->inner.selected_count == 0)
			return NAMI_OK;
		NAMI_TRY(nami_eval_check(ctx, err));
		NAMI_TRY(nami_eval(ctx, expr->args[2], &work->inner, work->results, err));
		for (uint32_t i = 0; i < work->inner.selected_count; i++)
			out[work->selection[i]] = work->results[work->selection[i]];
		if (scratch->own == NULL || nami_arena_size_bytes(scratch->own) < limit)
			continue;
		scratch_swap(scratch, batch, out);
		limit = SCRATCH_BYTES + 2 * nami_arena_size_bytes(scratch->own);
	}
}

NamiStatus
nami_eval_reduce(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
				 NamiError *err)
{
	NamiElements *lists;
	Reduction	work;
	Scratch		scratch;
	NamiStatus	status;

	if (expr->local >= batch->slot_count || expr->local2 >= batch->slot_count)
		return nami_fail(err, NAMI_ERR_INTERNAL, "slot of reduce() is not in the row");
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	NAMI_TRY(eval_lists(ctx, expr, expr->args[1], "reduce() expects", batch, &lists, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		if (lists[row].kind == NAMI_NULL)
			out[row] = nami_value_null();
	}
	begin_reduction(ctx, expr, batch, out, &work);
	scratch_open(&scratch, ctx, count_elements(batch, lists));
	status = reduce_steps(ctx, expr, batch, lists, &work, &scratch, out, err);
	if (status == NAMI_OK)
		scratch_keep(&scratch, batch, out);
	scratch_close(&scratch);
	return status;
}
