/*
 * op_sort.c - SORT, TOP and EAGER: operators that read all of their input first.
 *
 * Keys are evaluated batch by batch and stored beside the rows; a stable merge sort orders row
 * numbers.
 */
#include "exec/operator.h"

#include <stdlib.h>

typedef struct SortState
{
	NamiRowStore rows;			/* live columns */
	NamiValue **keys;			/* per row: sort_count values */
	size_t		key_capacity;
	uint32_t   *order;
	uint64_t	next;			/* of order */
	uint64_t	end;
	uint64_t	skip;
	uint64_t	wanted;			/* UINT64_MAX: all */
	bool		is_loaded;
} SortState;

static NamiStatus
sort_open(NamiOp *op, NamiError *err)
{
	SortState  *state = NAMI_NEW(op->state_arena, SortState);

	op->state = state;
	state->wanted = UINT64_MAX;
	nami_row_store_init(&state->rows, op->state_arena, op->plan->live, op->plan->live_count);
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
compare_rows(const NamiPlanOp *plan, NamiValue *const *keys, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < plan->sort_count; i++)
	{
		int			diff = nami_value_order(keys[a][i], keys[b][i]);

		if (diff != 0)
			return plan->sort_items[i].descending ? -diff : diff;
	}
	return 0;
}

/* Bottom-up merge sort: stable, no recursion, no callback. */
static void
merge_sort(NamiOp *op, SortState *state, uint32_t *order, uint64_t count)
{
	uint32_t   *from = order;
	uint32_t   *to = NAMI_NEW_ARRAY(op->state_arena, uint32_t, count + 1);

	for (uint64_t width = 1; width < count; width *= 2)
	{
		uint32_t   *swap = from;

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
					 compare_rows(op->plan, state->keys, from[left], from[right]) <= 0);

				to[i] = take_left ? from[left++] : from[right++];
			}
		}
		from = to;
		to = swap;
	}
	state->order = from;
}

static NamiStatus
store_keys(NamiOp *op, SortState *state, const NamiBatch *input, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	uint64_t	first = state->rows.count;
	uint64_t	total = first + input->selected_count;
	NamiValue **columns = NAMI_NEW_ARRAY(op->arena, NamiValue *, plan->sort_count + 1);

	if (total > UINT32_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "too many rows to sort");
	for (uint32_t i = 0; i < plan->sort_count; i++)
	{
		columns[i] = nami_op_values(op, input);
		NAMI_TRY(nami_op_eval(op, plan->sort_items[i].expr, input, columns[i], err));
	}
	if (total > state->key_capacity)
	{
		size_t		capacity = state->key_capacity == 0 ? 4096 : state->key_capacity * 2;

		state->keys = nami_arena_realloc(op->state_arena, state->keys,
										 state->key_capacity * sizeof(NamiValue *),
										 capacity * sizeof(NamiValue *));
		state->key_capacity = capacity;
	}
	for (uint32_t i = 0; i < input->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(input, i);
		NamiValue  *keys = NAMI_NEW_ARRAY(op->state_arena, NamiValue, plan->sort_count + 1);

		for (uint32_t j = 0; j < plan->sort_count; j++)
			keys[j] = nami_value_copy(op->state_arena, columns[j][row]);
		state->keys[first + i] = keys;
	}
	return NAMI_OK;
}

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
		if (op->plan->kind != NAMI_PLAN_EAGER)
			NAMI_TRY(store_keys(op, state, input, err));
		nami_row_store_add(&state->rows, input);
		NAMI_TRY(nami_op_check(op, err));
	}
	state->end = state->rows.count;
	if (op->plan->kind != NAMI_PLAN_EAGER)
	{
		state->order = NAMI_NEW_ARRAY(op->state_arena, uint32_t, state->end + 1);
		for (uint64_t i = 0; i < state->end; i++)
			state->order[i] = (uint32_t) i;
		merge_sort(op, state, state->order, state->end);
	}
	if (state->end > state->wanted)
		state->end = state->wanted;
	state->next = state->skip;
	state->is_loaded = true;
	return NAMI_OK;
}

static NamiStatus
sort_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	SortState  *state = op->state;
	uint64_t	count;

	*out = NULL;
	if (!state->is_loaded)
		NAMI_TRY(sort_load(op, state, err));
	if (state->next >= state->end)
		return NAMI_OK;
	count = state->end - state->next;
	if (count > NAMI_BATCH_ROWS)
		count = NAMI_BATCH_ROWS;
	nami_arena_reset(op->arena);
	nami_row_store_emit(&state->rows, op, state->order, state->next, (uint32_t) count);
	state->next += count;
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_sort(NamiOp *op)
{
	op->open = sort_open;
	op->next = sort_next;
}
