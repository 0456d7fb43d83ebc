/*
 * op_distinct.c - DISTINCT: rows pass when their tuple is new.
 *
 * A set that has become too large takes no more tuples (it is frozen): rows that it does not have are
 * written to files by the hash of their tuple and served when the input has ended, one file after the
 * other, each with a set of its own, which may freeze as well.
 *
 * The set lives in aux_arena, the buffer of the file being read in scratch_arena.
 */
#include "exec/spill.h"
#include "exec/tuple_set.h"

#define CHECK_EVERY		1024

typedef struct DistinctState
{
	NamiTupleSet set;
	bool		is_frozen;
	NamiPartitions unseen;		/* rows that the frozen set does not have */
	NamiPartVec parts;			/* still to be served */
	NamiPart	part;			/* being read; spill NULL: none */
	NamiSpillReader reader;
	bool		input_ended;
} DistinctState;

static NamiStatus
distinct_open(NamiOp *op, NamiError *err)
{
	DistinctState *state = NAMI_NEW(op->state_arena, DistinctState);

	op->state = state;
	nami_tuple_set_init(&state->set, nami_op_aux_arena(op), op->plan->item_count);
	return NAMI_OK;
}

static void
freeze_if_due(NamiOp *op, DistinctState *state)
{
	state->is_frozen |= state->unseen.level <= NAMI_SPILL_LEVEL_MAX &&
		nami_spill_is_due(op, nami_arena_size_bytes(op->aux_arena));
}

/* ---- from the input ------------------------------------------------------------------------ */

static NamiStatus
write_row(NamiOp *op, DistinctState *state, const NamiBatch *input, uint32_t row,
		  const NamiValue *tuple, uint64_t hash, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	uint32_t	outer = input->outer_rows != NULL ? input->outer_rows[row] : 0;
	NamiBuf		record;

	nami_buf_init(&record, op->arena);
	nami_buf_put_u8(&record, input->outer_rows != NULL);
	nami_buf_put(&record, &outer, sizeof(outer));
	nami_spill_put_values(&record, tuple, plan->item_count);
	for (uint32_t i = 0; i < plan->live_count; i++)
		nami_spill_put_value(&record, nami_vector_value(&input->columns[plan->live[i]], row));
	return nami_partitions_write(op, &state->unseen, hash, &record, err);
}

static NamiStatus
filter_input(NamiOp *op, DistinctState *state, const NamiBatch *input, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiValue  *tuple = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->item_count + 1);
	uint16_t   *selection = NAMI_NEW_ARRAY(op->arena, uint16_t, input->row_count + 1);
	uint32_t	count = 0;

	for (uint32_t i = 0; i < input->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(input, i);
		uint64_t	hash;
		bool		is_new = false;

		for (uint32_t j = 0; j < plan->item_count; j++)
			tuple[j] = nami_vector_value(&input->columns[plan->items[j].slot], row);
		NAMI_TRY(nami_op_check_long(op, tuple, plan->item_count, err));
		hash = nami_tuple_hash(tuple, plan->item_count);
		if (!state->is_frozen)
			nami_tuple_set_put(&state->set, tuple, hash, &is_new);
		else if (nami_tuple_set_find(&state->set, tuple, hash) == SIZE_MAX)
			NAMI_TRY(write_row(op, state, input, row, tuple, hash, err));
		if (is_new)
			selection[count++] = (uint16_t) row;
	}
	freeze_if_due(op, state);
	nami_op_pass(op, input);
	op->batch.selection = selection;
	op->batch.selected_count = count;
	return NAMI_OK;
}

/* ---- from the files ------------------------------------------------------------------------ */

/* The next partition, with an empty set; false when there is none. */
static bool
open_part(NamiOp *op, DistinctState *state)
{
	nami_partitions_finish(op, &state->unseen, 0, &state->parts);
	nami_tuple_set_init(&state->set, nami_op_aux_arena(op), op->plan->item_count);
	state->is_frozen = false;
	if (state->parts.count == 0)
		return false;
	state->part = state->parts.items[--state->parts.count];
	state->unseen.level = state->part.level + 1;
	nami_spill_reader_init(&state->reader, state->part.spill, nami_op_scratch_arena(op), 0,
						   state->part.spill->end);
	return true;
}

/* Serves one record: new rows go to rows, what a frozen set does not have is written again. */
static NamiStatus
take_row(NamiOp *op, DistinctState *state, NamiCursor record, NamiRowStore *rows, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiValue  *tuple = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->item_count + 1);
	NamiValue  *cells;
	NamiCursor	whole = record;
	uint8_t		has_outer = 0;
	uint32_t	outer = 0;
	uint64_t	hash;
	bool		is_new = false;

	NAMI_TRY(nami_spill_take(&record, &has_outer, sizeof(has_outer), err));
	NAMI_TRY(nami_spill_take(&record, &outer, sizeof(outer), err));
	NAMI_TRY(nami_spill_take_values(&record, op->arena, tuple, plan->item_count, err));
	hash = nami_tuple_hash(tuple, plan->item_count);
	if (!state->is_frozen)
		nami_tuple_set_put(&state->set, tuple, hash, &is_new);
	else if (nami_tuple_set_find(&state->set, tuple, hash) == SIZE_MAX)
	{
		NamiBuf		copy;

		nami_buf_init(&copy, op->arena);
		nami_buf_put(&copy, whole.ptr, whole.len);
		return nami_partitions_write(op, &state->unseen, hash, &copy, err);
	}
	if (!is_new)
		return NAMI_OK;
	cells = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->live_count + 1);
	NAMI_TRY(nami_spill_take_values(&record, op->arena, cells, plan->live_count, err));
	nami_row_store_add_cells(rows, cells, has_outer != 0, outer);
	return NAMI_OK;
}

/* A batch of what the files have; no rows at the end of a file. */
static NamiStatus
read_part(NamiOp *op, DistinctState *state, NamiError *err)
{
	NamiRowStore rows;
	uint32_t	read = 0;

	nami_row_store_init(&rows, op->arena, op->plan->live, op->plan->live_count);
	/* Also a batch of old acquaintances ends, so that their memory goes. */
	for (read = 0; rows.count < NAMI_BATCH_ROWS && read < 16 * CHECK_EVERY; read++)
	{
		NamiCursor	record;
		bool		found;

		NAMI_TRY(nami_spill_read(&state->reader, &record, &found, err));
		if (!found)
		{
			nami_spill_close(state->part.spill);
			state->part.spill = NULL;
			break;
		}
		NAMI_TRY(take_row(op, state, record, &rows, err));
		if (read % CHECK_EVERY == 0)
		{
			NAMI_TRY(nami_op_check(op, err));
			freeze_if_due(op, state);
		}
	}
	nami_row_store_emit(&rows, op, NULL, 0, (uint32_t) rows.count);
	return NAMI_OK;
}

/* ---- operator ------------------------------------------------------------------------------ */

static NamiStatus
distinct_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	DistinctState *state = op->state;
	NamiBatch  *input;

	*out = NULL;
	if (!state->input_ended)
	{
		NAMI_TRY(nami_op_next(op->input, &input, err));
		nami_arena_reset(op->arena);
		if (input != NULL)
		{
			NAMI_TRY(filter_input(op, state, input, err));
			*out = &op->batch;
			return NAMI_OK;
		}
		state->input_ended = true;
	}
	nami_arena_reset(op->arena);
	if (state->part.spill == NULL && !open_part(op, state))
		return NAMI_OK;
	NAMI_TRY(read_part(op, state, err));
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_distinct(NamiOp *op)
{
	op->open = distinct_open;
	op->next = distinct_next;
}
