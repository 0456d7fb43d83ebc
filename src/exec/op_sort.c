/*
 * op_sort.c - SORT, TOP and EAGER: operators that read all of their input first.
 *
 * Keys are evaluated batch by batch and stored beside the rows; a stable merge sort orders row
 * numbers. TOP drops what cannot be among its rows any more as it goes. What does not fit in memory is
 * sorted in parts (runs) that go to a temporary file and are merged while they are read: the lower run
 * first among equals, so the order is the same. EAGER is the case without keys.
 *
 * Rows and keys of the current run live in aux_arena, which a run that was written out empties.
 */
#include "exec/spill.h"

#include "base/vec.h"

#define MERGE_MAX		64		/* runs merged at once */
#define CHECK_EVERY		4096	/* comparisons between two questions to the host */
#define KEYS_BYTES		((size_t) 128 * 1024)	/* of keys in a merge, before old ones are dropped */
#define TOP_SLACK		1024	/* rows more than TOP wants before it drops some */
#define ROOM_BYTES		((size_t) 1024 * 1024)	/* that rows take between two looks at the memory */

typedef struct Run
{
	uint64_t	first;			/* bytes of the spill */
	uint64_t	end;
} Run;

typedef NAMI_VEC(Run) RunVec;

/* One run being read. */
typedef struct Source
{
	NamiSpillReader reader;
	NamiValue  *keys;			/* in the scratch arena */
	NamiCursor	values;			/* of the current record: keys, then cells; in the reader's buffer */
	NamiCursor	cells;
	uint32_t	outer;
	bool		has_outer;
	bool		at_end;
} Source;

typedef struct Merge
{
	Source	   *sources;
	uint32_t	source_count;
	uint32_t   *heap;			/* sources that are not at their end; the least first */
	uint32_t	heap_count;
	size_t		keys_limit;		/* when to empty the scratch arena */
} Merge;

typedef struct SortState
{
	NamiRowStore rows;			/* live columns of the current run */
	NamiValue **keys;			/* per row: sort_count values */
	size_t		key_capacity;
	uint32_t   *order;
	uint64_t	next;			/* of order */
	uint64_t	end;
	uint64_t	skip;
	uint64_t	wanted;			/* UINT64_MAX: all */
	uint64_t	compared;
	bool		is_pruned;		/* exactly wanted rows were kept: the last one is the bar */
	bool		is_loaded;
	size_t		room_limit;		/* bytes of aux_arena at which to look at the memory */
	NamiSpill  *spill;
	RunVec		runs;
	Merge		merge;
	uint64_t	merged;			/* rows taken from the merge */
} SortState;

/* ---- rows in memory ------------------------------------------------------------------------ */

static void
begin_run(NamiOp *op, SortState *state)
{
	NamiArena  *arena = nami_op_aux_arena(op);

	nami_row_store_init(&state->rows, arena, op->plan->live, op->plan->live_count);
	state->keys = NULL;
	state->key_capacity = 0;
	state->order = NULL;
	state->is_pruned = false;
}

static NamiStatus
sort_open(NamiOp *op, NamiError *err)
{
	SortState  *state = NAMI_NEW(op->state_arena, SortState);

	op->state = state;
	state->wanted = UINT64_MAX;
	begin_run(op, state);
	if (op->plan->skip != NULL && op->plan->kind == NAMI_PLAN_TOP)
		NAMI_TRY(nami_op_row_count(op, op->plan->skip, "SKIP", &state->skip, err));
	if (op->plan->limit != NULL && op->plan->kind == NAMI_PLAN_TOP)
	{
		NAMI_TRY(nami_op_row_count(op, op->plan->limit, "LIMIT", &state->wanted, err));
		if (state->wanted > UINT64_MAX - state->skip)
			state->wanted = UINT64_MAX;
		else
			state->wanted += state->skip;
	}
	return NAMI_OK;
}

static int
compare_keys(const NamiPlanOp *plan, const NamiValue *a, const NamiValue *b)
{
	for (uint32_t i = 0; i < plan->sort_count; i++)
	{
		int			diff = nami_value_order(a[i], b[i]);

		if (diff != 0)
			return plan->sort_items[i].descending ? -diff : diff;
	}
	return 0;
}

/* One pass of the sort: sorted pieces of width are merged by twos. */
static NamiStatus
merge_pass(NamiOp *op, SortState *state, const uint32_t *from, uint32_t *to, uint64_t count,
		   uint64_t width, NamiError *err)
{
	for (uint64_t start = 0; start < count; start += 2 * width)
	{
		uint64_t	left = start;
		uint64_t	mid = start + width < count ? start + width : count;
		uint64_t	right = mid;
		uint64_t	end = start + 2 * width < count ? start + 2 * width : count;

		for (uint64_t i = start; i < end; i++)
		{
			bool		take_left = left < mid &&
				(right >= end ||
				 compare_keys(op->plan, state->keys[from[left]], state->keys[from[right]]) <= 0);

			to[i] = take_left ? from[left++] : from[right++];
			if (++state->compared % CHECK_EVERY == 0)
				NAMI_TRY(nami_op_check(op, err));
			NAMI_TRY(nami_op_check_long(op, state->keys[to[i]], op->plan->sort_count, err));
		}
	}
	return NAMI_OK;
}

/* Bottom-up merge sort of the rows in memory into state->order: stable, no recursion. */
static NamiStatus
sort_rows(NamiOp *op, SortState *state, NamiError *err)
{
	uint64_t	count = state->rows.count;
	uint32_t   *from = NAMI_NEW_ARRAY(state->rows.arena, uint32_t, count + 1);
	uint32_t   *to = NULL;

	for (uint64_t i = 0; i < count; i++)
		from[i] = (uint32_t) i;
	if (op->plan->sort_count > 0 && count > 1)
		to = NAMI_NEW_ARRAY(state->rows.arena, uint32_t, count + 1);
	for (uint64_t width = 1; to != NULL && width < count; width *= 2)
	{
		uint32_t   *swap = from;

		NAMI_TRY(merge_pass(op, state, from, to, count, width, err));
		from = to;
		to = swap;
	}
	state->order = from;
	return NAMI_OK;
}

static void
grow_keys(SortState *state, uint64_t total)
{
	size_t		capacity = state->key_capacity == 0 ? 1024 : state->key_capacity * 2;

	if (total <= state->key_capacity)
		return;
	while (capacity < total)
		capacity *= 2;
	state->keys = nami_arena_realloc(state->rows.arena, state->keys,
									 state->key_capacity * sizeof(NamiValue *),
									 capacity * sizeof(NamiValue *));
	state->key_capacity = capacity;
}

/* A row whose keys are not below those of the last row kept can no longer be wanted. */
static bool
is_hopeless(const NamiPlanOp *plan, const SortState *state, const NamiValue *keys)
{
	return state->wanted == 0 ||
		(state->is_pruned && compare_keys(plan, keys, state->keys[state->wanted - 1]) >= 0);
}

/*
 * TOP: keeps the wanted rows of those in memory, in order. They move to another arena, so that the
 * others' memory goes.
 */
static NamiStatus
prune(NamiOp *op, SortState *state, NamiError *err)
{
	SortState	old = *state;
	NamiArena  *arena;

	NAMI_TRY(sort_rows(op, &old, err));
	arena = nami_op_scratch_arena(op);
	op->scratch_arena = op->aux_arena;
	op->aux_arena = arena;
	nami_row_store_init(&state->rows, arena, op->plan->live, op->plan->live_count);
	state->keys = NULL;
	state->key_capacity = 0;
	grow_keys(state, state->wanted);
	for (uint64_t i = 0; i < state->wanted; i++)
	{
		NamiValue  *keys = NAMI_NEW_ARRAY(arena, NamiValue, op->plan->sort_count + 1);

		for (uint32_t j = 0; j < op->plan->sort_count; j++)
			keys[j] = nami_value_copy(arena, old.keys[old.order[i]][j]);
		state->keys[i] = keys;
		nami_row_store_add_row(&state->rows, &old.rows, old.order[i]);
	}
	nami_arena_reset(op->scratch_arena);
	state->is_pruned = true;
	return NAMI_OK;
}

/* ---- runs in a file ------------------------------------------------------------------------ */

static void
put_row(NamiBuf *record, const NamiPlanOp *plan, const SortState *state, uint32_t row)
{
	uint32_t	outer;
	bool		has_outer = nami_row_store_outer(&state->rows, row, &outer);

	nami_buf_clear(record);
	nami_buf_put_u8(record, has_outer);
	nami_buf_put(record, &outer, sizeof(outer));
	nami_spill_put_values(record, state->keys[row], plan->sort_count);
	nami_spill_put_values(record, nami_row_store_row(&state->rows, row), state->rows.slot_count);
}

/* Writes the rows in memory as a run; the input in op->arena stays. */
static NamiStatus
write_run(NamiOp *op, SortState *state, NamiError *err)
{
	NamiBuf		record;
	Run			run;
	uint64_t	count;

	nami_buf_init(&record, nami_op_scratch_arena(op));
	if (state->spill == NULL)
		state->spill = nami_spill_create(op);
	NAMI_TRY(sort_rows(op, state, err));
	count = state->rows.count < state->wanted ? state->rows.count : state->wanted;
	run.first = state->spill->end;
	for (uint64_t i = 0; i < count; i++)
	{
		put_row(&record, op->plan, state, state->order[i]);
		NAMI_TRY(nami_spill_write(state->spill, &record, err));
		if (i % CHECK_EVERY == 0)
			NAMI_TRY(nami_op_check(op, err));
	}
	run.end = state->spill->end;
	nami_vec_push(&state->runs, op->state_arena, run);
	nami_arena_reset(op->scratch_arena);
	begin_run(op, state);
	return NAMI_OK;
}

static NamiStatus
take_keys(NamiOp *op, Source *source, NamiError *err)
{
	source->keys = NAMI_NEW_ARRAY(op->scratch_arena, NamiValue, op->plan->sort_count + 1);
	source->cells = source->values;
	return nami_spill_take_values(&source->cells, op->scratch_arena, source->keys,
								  op->plan->sort_count, err);
}

static NamiStatus
advance(NamiOp *op, Source *source, NamiError *err)
{
	uint8_t		has_outer = 0;
	bool		found;

	NAMI_TRY(nami_spill_read(&source->reader, &source->values, &found, err));
	source->at_end = !found;
	if (!found)
		return NAMI_OK;
	NAMI_TRY(nami_spill_take(&source->values, &has_outer, sizeof(has_outer), err));
	NAMI_TRY(nami_spill_take(&source->values, &source->outer, sizeof(source->outer), err));
	source->has_outer = has_outer != 0;
	return take_keys(op, source, err);
}

/* Does source a come before source b? */
static bool
precedes(NamiOp *op, const Merge *merge, uint32_t a, uint32_t b)
{
	int			diff = compare_keys(op->plan, merge->sources[a].keys, merge->sources[b].keys);

	return diff != 0 ? diff < 0 : a < b;
}

/* Puts heap[at] where it belongs below. */
static void
sift_down(NamiOp *op, Merge *merge, uint32_t at)
{
	for (;;)
	{
		uint32_t	child = 2 * at + 1;
		uint32_t	swap;

		if (child >= merge->heap_count)
			return;
		if (child + 1 < merge->heap_count &&
			precedes(op, merge, merge->heap[child + 1], merge->heap[child]))
			child++;
		if (precedes(op, merge, merge->heap[at], merge->heap[child]))
			return;
		swap = merge->heap[at];
		merge->heap[at] = merge->heap[child];
		merge->heap[child] = swap;
		at = child;
	}
}

/* Buffers go to aux_arena, keys to scratch_arena. */
static NamiStatus
open_merge(NamiOp *op, Merge *merge, NamiSpill *spill, const Run *runs, uint32_t count,
		   NamiError *err)
{
	NamiArena  *arena = nami_op_aux_arena(op);

	nami_op_scratch_arena(op);
	*merge = (Merge) {.source_count = count, .keys_limit = KEYS_BYTES};
	merge->sources = nami_arena_alloc0(arena, count * sizeof(Source));
	merge->heap = NAMI_NEW_ARRAY(arena, uint32_t, count);
	for (uint32_t i = 0; i < count; i++)
	{
		nami_spill_reader_init(&merge->sources[i].reader, spill, arena, runs[i].first,
							   runs[i].end);
		NAMI_TRY(advance(op, &merge->sources[i], err));
		if (!merge->sources[i].at_end)
			merge->heap[merge->heap_count++] = i;
	}
	for (uint32_t i = merge->heap_count / 2; i-- > 0;)
		sift_down(op, merge, i);
	return NAMI_OK;
}

/* The source with the least row, or NULL at the end. */
static Source *
least(Merge *merge)
{
	return merge->heap_count == 0 ? NULL : &merge->sources[merge->heap[0]];
}

/* Forgets the keys of records that are gone; those of the current ones are read again. */
static NamiStatus
clear_old_keys(NamiOp *op, Merge *merge, NamiError *err)
{
	nami_arena_reset(op->scratch_arena);
	for (uint32_t i = 0; i < merge->heap_count; i++)
		NAMI_TRY(take_keys(op, &merge->sources[merge->heap[i]], err));
	return NAMI_OK;
}

/* Takes the least row away. */
static NamiStatus
pop(NamiOp *op, Merge *merge, NamiError *err)
{
	Source	   *source = least(merge);

	if (nami_arena_size_bytes(op->scratch_arena) > merge->keys_limit)
	{
		NAMI_TRY(clear_old_keys(op, merge, err));
		merge->keys_limit = KEYS_BYTES + 2 * nami_arena_size_bytes(op->scratch_arena);
	}
	NAMI_TRY(advance(op, source, err));
	if (source->at_end)
		merge->heap[0] = merge->heap[--merge->heap_count];
	sift_down(op, merge, 0);
	return NAMI_OK;
}

/* Merges runs[0 .. count) into one run of another spill. */
static NamiStatus
merge_into(NamiOp *op, SortState *state, const Run *runs, uint32_t count, NamiSpill *to, Run *out,
		   NamiError *err)
{
	NamiBuf		record;
	Source	   *source;

	NAMI_TRY(open_merge(op, &state->merge, state->spill, runs, count, err));
	nami_arena_reset(op->arena);
	nami_buf_init(&record, op->arena);
	out->first = to->end;
	while ((source = least(&state->merge)) != NULL)
	{
		nami_buf_clear(&record);
		nami_buf_put_u8(&record, source->has_outer);
		nami_buf_put(&record, &source->outer, sizeof(source->outer));
		nami_spill_put_values(&record, source->keys, op->plan->sort_count);
		nami_buf_put(&record, source->cells.ptr, source->cells.len);
		NAMI_TRY(nami_spill_write(to, &record, err));
		NAMI_TRY(pop(op, &state->merge, err));
		if (to->record_count % CHECK_EVERY == 0)
			NAMI_TRY(nami_op_check(op, err));
	}
	out->end = to->end;
	return NAMI_OK;
}

/* Merges neighbouring runs until few enough are left to be read at once. */
static NamiStatus
reduce_runs(NamiOp *op, SortState *state, NamiError *err)
{
	while (state->runs.count > MERGE_MAX)
	{
		NamiSpill  *to = nami_spill_create(op);
		RunVec		merged = {0};

		for (size_t i = 0; i < state->runs.count; i += MERGE_MAX)
		{
			size_t		left = state->runs.count - i;
			Run			run;

			NAMI_TRY(merge_into(op, state, state->runs.items + i,
								(uint32_t) (left < MERGE_MAX ? left : MERGE_MAX), to, &run, err));
			nami_vec_push(&merged, op->state_arena, run);
		}
		nami_spill_close(state->spill);
		state->spill = to;
		state->runs = merged;
	}
	return NAMI_OK;
}

/* The next rows of the merge, as columns of the batch. */
static NamiStatus
emit_merged(NamiOp *op, SortState *state, uint32_t *count, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiRowStore rows;
	Source	   *source;

	nami_arena_reset(op->arena);
	nami_row_store_init(&rows, op->arena, plan->live, plan->live_count);
	while (rows.count < NAMI_BATCH_ROWS && state->merged < state->wanted &&
		   (source = least(&state->merge)) != NULL)
	{
		if (state->merged++ >= state->skip)
		{
			NamiValue  *cells = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->live_count + 1);

			NAMI_TRY(nami_spill_take_values(&source->cells, op->arena, cells, plan->live_count,
											err));
			nami_row_store_add_cells(&rows, cells, source->has_outer, source->outer);
		}
		NAMI_TRY(pop(op, &state->merge, err));
		if (state->merged % CHECK_EVERY == 0)
			NAMI_TRY(nami_op_check(op, err));
	}
	*count = (uint32_t) rows.count;
	nami_row_store_emit(&rows, op, NULL, 0, *count);
	return NAMI_OK;
}

/* ---- input --------------------------------------------------------------------------------- */

/*
 * Gives up memory where that is due: after each batch, and inside one when its rows have taken
 * ROOM_BYTES, since a row can hold megabytes.
 */
static NamiStatus
make_room(NamiOp *op, SortState *state, NamiError *err)
{
	if (state->rows.count > state->wanted &&
		nami_spill_is_due(op, nami_arena_size_bytes(op->aux_arena)))
		NAMI_TRY(prune(op, state, err));
	if (nami_spill_is_due(op, nami_arena_size_bytes(op->aux_arena)))
		NAMI_TRY(write_run(op, state, err));
	state->room_limit = nami_arena_size_bytes(op->aux_arena) + ROOM_BYTES;
	return NAMI_OK;
}

static NamiStatus
store_rows(NamiOp *op, SortState *state, const NamiBatch *input, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiValue **columns = NAMI_NEW_ARRAY(op->arena, NamiValue *, plan->sort_count + 1);
	NamiValue  *keys = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->sort_count + 1);

	if (state->rows.count + input->selected_count > UINT32_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "too many rows to sort");
	for (uint32_t i = 0; i < plan->sort_count; i++)
	{
		columns[i] = nami_op_values(op, input);
		NAMI_TRY(nami_op_eval(op, plan->sort_items[i].expr, input, columns[i], err));
	}
	for (uint32_t i = 0; i < input->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(input, i);
		NamiValue  *copy;

		for (uint32_t j = 0; j < plan->sort_count; j++)
			keys[j] = columns[j][row];
		NAMI_TRY(nami_op_check_long(op, keys, plan->sort_count, err));
		if (is_hopeless(plan, state, keys))
			continue;
		grow_keys(state, state->rows.count + 1);
		copy = NAMI_NEW_ARRAY(state->rows.arena, NamiValue, plan->sort_count + 1);
		for (uint32_t j = 0; j < plan->sort_count; j++)
			copy[j] = nami_value_copy(state->rows.arena, keys[j]);
		state->keys[state->rows.count] = copy;
		nami_row_store_add_batch_row(&state->rows, input, row);
		if (nami_arena_size_bytes(op->aux_arena) >= state->room_limit)
			NAMI_TRY(make_room(op, state, err));
	}
	return NAMI_OK;
}

/* ---- operator ------------------------------------------------------------------------------ */

static NamiStatus
sort_load(NamiOp *op, SortState *state, NamiError *err)
{
	NamiBatch  *input;

	for (;;)
	{
		NAMI_TRY(nami_op_next(op->input, &input, err));
		if (input == NULL)
			break;
		nami_arena_reset(op->arena);
		NAMI_TRY(store_rows(op, state, input, err));
		if (state->rows.count > TOP_SLACK && state->rows.count / 2 > state->wanted)
			NAMI_TRY(prune(op, state, err));
		NAMI_TRY(make_room(op, state, err));
		NAMI_TRY(nami_op_check(op, err));
	}
	state->is_loaded = true;
	if (state->spill != NULL)
	{
		if (state->rows.count > 0)
			NAMI_TRY(write_run(op, state, err));
		NAMI_TRY(reduce_runs(op, state, err));
		return open_merge(op, &state->merge, state->spill, state->runs.items,
						  (uint32_t) state->runs.count, err);
	}
	NAMI_TRY(sort_rows(op, state, err));
	state->end = state->rows.count < state->wanted ? state->rows.count : state->wanted;
	state->next = state->skip;
	return NAMI_OK;
}

static NamiStatus
sort_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	SortState  *state = op->state;
	uint32_t	count;

	*out = NULL;
	if (!state->is_loaded)
		NAMI_TRY(sort_load(op, state, err));
	if (state->spill != NULL)
		NAMI_TRY(emit_merged(op, state, &count, err));
	else
	{
		if (state->next >= state->end)
			return NAMI_OK;
		count = state->end - state->next > NAMI_BATCH_ROWS ? NAMI_BATCH_ROWS :
			(uint32_t) (state->end - state->next);
		nami_arena_reset(op->arena);
		nami_row_store_emit(&state->rows, op, state->order, state->next, count);
		state->next += count;
	}
	if (count > 0)
		*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_sort(NamiOp *op)
{
	op->open = sort_open;
	op->next = sort_next;
}
