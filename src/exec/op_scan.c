/*
 * op_scan.c - leaves: one row, the outer rows, nodes and relationships of the graph.
 *
 * Scans and seeks may have an input: then they run once per input row (a disconnected pattern part
 * or a seek by a value of the row).
 */
#include "exec/operator.h"

#include "base/uuid.h"

/* ---- once, argument ------------------------------------------------------------------------ */

typedef struct OnceState
{
	bool		is_done;
} OnceState;

static NamiStatus
once_open(NamiOp *op, NamiError *err)
{
	op->state = NAMI_NEW(op->state_arena, OnceState);
	return NAMI_OK;
}

static NamiStatus
once_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	OnceState  *state = op->state;

	*out = NULL;
	if (state->is_done)
		return NAMI_OK;
	state->is_done = true;
	nami_op_clear_batch(op, 1);
	*out = &op->batch;
	return NAMI_OK;
}

/* The outer batch with its row numbers. */
static NamiStatus
argument_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	OnceState  *state = op->state;
	const NamiBatch *outer = op->argument->batch;
	uint32_t   *numbers;

	*out = NULL;
	if (state->is_done || outer == NULL)
		return NAMI_OK;
	state->is_done = true;
	nami_arena_reset(op->arena);
	nami_op_pass(op, outer);
	numbers = NAMI_NEW_ARRAY(op->arena, uint32_t, outer->row_count + 1);
	for (uint32_t i = 0; i < outer->row_count; i++)
		numbers[i] = i;
	op->batch.outer_rows = numbers;
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- rows that a leaf produces for each input row ------------------------------------------ */

typedef struct ScanState
{
	NamiBatch  *input;			/* current input batch; NULL without input */
	uint32_t	input_index;	/* next selected row */
	uint16_t	parent;			/* row being served */
	bool		serving;
	bool		is_done;
	/* node scan */
	NamiNodeScan nodes;
	NamiLabelId *labels;
	bool		label_unknown;
	/* seeks: the found nodes */
	const NamiOrd *found;
	uint32_t	found_count;
	uint32_t	found_index;
	/* relationship scan */
	NamiEdgeScan edges;
	const NamiTypeId *types;
	uint32_t	type_count;
	uint32_t	type_index;
	bool		type_open;
	bool		reversed;		/* second pass of an undirected scan */
	NamiArena  *row_arena;		/* lives as long as one input row is served */
} ScanState;

static NamiStatus
scan_open(NamiOp *op, NamiError *err)
{
	ScanState  *state = NAMI_NEW(op->state_arena, ScanState);

	op->state = state;
	state->labels = NAMI_NEW_ARRAY(op->state_arena, NamiLabelId, op->plan->label_count + 1);
	state->row_arena = op->state_arena;
	return NAMI_OK;
}

/* Moves to the next input row; false at the end of the input. */
static NamiStatus
next_input_row(NamiOp *op, ScanState *state, bool *has_row, NamiError *err)
{
	*has_row = false;
	if (op->input == NULL)
	{
		*has_row = !state->is_done;
		state->is_done = true;
		return NAMI_OK;
	}
	do
	{
		while (state->input == NULL || state->input_index >= state->input->selected_count)
		{
			NAMI_TRY(nami_op_next(op->input, &state->input, err));
			if (state->input == NULL)
				return NAMI_OK;
			state->input_index = 0;
		}
		state->parent = (uint16_t) nami_batch_row(state->input, state->input_index++);
	} while (nami_op_is_row_done(op, state->input, state->parent));
	*has_row = true;
	return NAMI_OK;
}

/* The output for n produced rows, all of the input row being served. */
static void
begin_output(NamiOp *op, ScanState *state, uint32_t count)
{
	uint16_t   *parents;

	if (state->input == NULL)
	{
		nami_op_clear_batch(op, count);
		return;
	}
	parents = NAMI_NEW_ARRAY(op->arena, uint16_t, count + 1);
	for (uint32_t i = 0; i < count; i++)
		parents[i] = state->parent;
	nami_op_gather(op, state->input, parents, count);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static void
node_scan_start(NamiOp *op, ScanState *state)
{
	const NamiPlanOp *plan = op->plan;

	state->label_unknown = false;
	for (uint32_t i = 0; i < plan->label_count; i++)
	{
		state->labels[i] = plan->labels[i].number;
		state->label_unknown |= state->labels[i] == NAMI_NAME_UNKNOWN;
	}
	if (!state->label_unknown)
		nami_node_scan_init(&state->nodes, &op->execution->snapshot, state->labels,
							plan->label_count, state->row_arena);
}

static NamiStatus
node_scan_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ScanState  *state = op->state;
	NamiOrd    *ords;
	bool		is_range;

	*out = NULL;
	nami_arena_reset(op->arena);
	ords = NAMI_NEW_ARRAY(op->arena, NamiOrd, nami_op_batch_rows(op));
	for (;;)
	{
		uint32_t	count = 0;

		if (!state->serving)
		{
			bool		has_row;

			NAMI_TRY(next_input_row(op, state, &has_row, err));
			if (!has_row)
				return NAMI_OK;
			node_scan_start(op, state);
			state->serving = true;
		}
		if (!state->label_unknown)
			count = nami_node_scan_next(&state->nodes, ords, nami_op_batch_rows(op), &is_range);
		if (count == 0)
		{
			state->serving = false;
			continue;
		}
		begin_output(op, state, count);
		nami_batch_set_ords(&op->batch, op->plan->to, ords);
		*out = &op->batch;
		return NAMI_OK;
	}
}

/* ---- seeks --------------------------------------------------------------------------------- */

/* The input row (or no row) as a batch of one, for the seek's expressions. */
static void
seek_row(NamiOp *op, ScanState *state, NamiBatch *row)
{
	NamiVector *columns = NAMI_NEW_ARRAY(op->arena, NamiVector, op->batch.slot_count + 1);

	if (state->input != NULL)
	{
		nami_batch_single_row(state->input, state->parent, columns, row, op->arena);
		return;
	}
	memset(columns, 0, op->batch.slot_count * sizeof(NamiVector));
	*row = (NamiBatch) {
		.row_count = 1, .selected_count = 1, .columns = columns,
		.slot_count = op->batch.slot_count,
	};
}

static void
add_by_id(NamiOp *op, NamiValue value, NamiOrd *found, uint32_t *count)
{
	NamiId		id;
	NamiOrd		ord;

	if (value.kind != NAMI_STRING || !nami_uuid_parse(nami_value_str(value), &id))
		return;
	ord = nami_snapshot_find_node(&op->execution->snapshot, &id);
	for (uint32_t i = 0; i < *count; i++)
	{
		if (found[i] == ord)
			return;
	}
	if (ord != NAMI_ORD_NONE)
		found[(*count)++] = ord;
}

static NamiStatus
id_seek(NamiOp *op, ScanState *state, NamiBatch *row, NamiError *err)
{
	NamiValue	value;
	NamiOrd    *found;

	NAMI_TRY(nami_op_eval(op, op->plan->exprs[0], row, &value, err));
	state->found_count = 0;
	if (op->plan->seek_in && value.kind == NAMI_LIST)
	{
		found = NAMI_NEW_ARRAY(op->arena, NamiOrd, value.len + 1);
		for (uint32_t i = 0; i < value.len; i++)
			add_by_id(op, value.items[i], found, &state->found_count);
	}
	else
	{
		found = NAMI_NEW_ARRAY(op->arena, NamiOrd, 1);
		add_by_id(op, value, found, &state->found_count);
	}
	state->found = found;
	return NAMI_OK;
}

/* A list of keys (IN): the union of the single lookups, each node once. */
static NamiStatus
lookup_each(NamiOp *op, ScanState *state, NamiLabelId label, NamiKeyId key, NamiValue list,
			NamiError *err)
{
	NamiOrd    *all = NULL;
	uint32_t	count = 0;

	for (uint32_t i = 0; i < list.len; i++)
	{
		const NamiOrd *found;
		uint32_t	found_count;

		NAMI_TRY(nami_snapshot_lookup(&op->execution->snapshot, label, &key, &list.items[i], 1,
									  op->arena, &found, &found_count, err));
		for (uint32_t j = 0; j < i; j++)
		{
			if (nami_value_equivalent(list.items[i], list.items[j]))
				found_count = 0;
		}
		if (found_count == 0)
			continue;
		all = nami_arena_realloc(op->arena, all, count * sizeof(NamiOrd),
								 (count + found_count + 1) * sizeof(NamiOrd));
		memcpy(all + count, found, found_count * sizeof(NamiOrd));
		count += found_count;
	}
	state->found = all;
	state->found_count = count;
	return NAMI_OK;
}

static NamiStatus
index_seek(NamiOp *op, ScanState *state, NamiBatch *row, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiLabelId label = plan->label_count > 0 ? plan->labels[0].number : NAMI_NAME_UNKNOWN;
	NamiKeyId  *keys = NAMI_NEW_ARRAY(op->arena, NamiKeyId, plan->expr_count + 1);
	NamiValue  *values = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->expr_count + 1);

	state->found_count = 0;
	for (uint32_t i = 0; i < plan->expr_count; i++)
	{
		keys[i] = plan->keys[i].number;
		NAMI_TRY(nami_op_eval(op, plan->exprs[i], row, &values[i], err));
		if (keys[i] == NAMI_NAME_UNKNOWN)
			return NAMI_OK;
	}
	if (plan->label_count > 0 && label == NAMI_NAME_UNKNOWN)
		return NAMI_OK;
	if (plan->seek_in)
	{
		if (values[0].kind != NAMI_LIST)
			return NAMI_OK;
		return lookup_each(op, state, label, keys[0], values[0], err);
	}
	return nami_snapshot_lookup(&op->execution->snapshot, label, keys, values, plan->expr_count,
								op->arena, &state->found, &state->found_count, err);
}

/* Seeks gather the few hits of as many input rows as fit into one batch. */
static NamiStatus
seek_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ScanState  *state = op->state;
	NamiOrd    *ords;
	uint32_t	count = 0;

	*out = NULL;
	nami_arena_reset(op->arena);
	for (;;)
	{
		NamiBatch	row;
		bool		has_row;

		if (state->serving && state->found_index < state->found_count)
			break;
		state->serving = false;
		NAMI_TRY(next_input_row(op, state, &has_row, err));
		if (!has_row)
			return NAMI_OK;
		seek_row(op, state, &row);
		if (op->plan->kind == NAMI_PLAN_ID_SEEK)
			NAMI_TRY(id_seek(op, state, &row, err));
		else
			NAMI_TRY(index_seek(op, state, &row, err));
		/* Hits must outlive op->arena when they fill more than one batch. */
		if (state->found_count > nami_op_batch_rows(op))
			state->found = nami_arena_memdup(op->state_arena, state->found,
											 state->found_count * sizeof(NamiOrd));
		state->found_index = 0;
		state->serving = true;
	}
	count = state->found_count - state->found_index;
	if (count > nami_op_batch_rows(op))
		count = nami_op_batch_rows(op);
	ords = nami_arena_memdup(op->arena, state->found + state->found_index, count * sizeof(NamiOrd));
	state->found_index += count;
	begin_output(op, state, count);
	nami_batch_set_ords(&op->batch, op->plan->to, ords);
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- relationships ------------------------------------------------------------------------- */

static void
type_scan_start(NamiOp *op, ScanState *state)
{
	const NamiPlanOp *plan = op->plan;

	state->type_index = 0;
	state->type_open = false;
	state->reversed = false;
	if (plan->type_count == 0)
		state->type_count = nami_snapshot_edge_types(&op->execution->snapshot, state->row_arena,
													 &state->types);
	else
	{
		NamiTypeId *types = NAMI_NEW_ARRAY(state->row_arena, NamiTypeId, plan->type_count);
		uint32_t	count = 0;

		for (uint32_t i = 0; i < plan->type_count; i++)
		{
			bool		is_new = plan->types[i].number != NAMI_NAME_UNKNOWN;

			for (uint32_t j = 0; j < count; j++)
				is_new &= types[j] != plan->types[i].number;
			if (is_new)
				types[count++] = plan->types[i].number;
		}
		state->types = types;
		state->type_count = count;
	}
}

/* The next relationships of the types in turn; undirected scans give each a second time reversed. */
static uint32_t
type_scan_fill(NamiOp *op, ScanState *state, NamiOrd *src, NamiOrd *dst, NamiEdgePos *pos)
{
	while (state->type_index < state->type_count)
	{
		uint32_t	count;

		if (!state->type_open)
		{
			nami_edge_scan_init(&state->edges, &op->execution->snapshot,
								state->types[state->type_index], state->row_arena);
			state->type_open = true;
		}
		count = nami_edge_scan_next(&state->edges, src, dst, pos, nami_op_batch_rows(op));
		if (count > 0)
			return count;
		state->type_open = false;
		if (op->plan->direction == NAMI_DIR_BOTH && !state->reversed)
			state->reversed = true;
		else
		{
			state->reversed = false;
			state->type_index++;
		}
	}
	return 0;
}

static NamiStatus
type_scan_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	ScanState  *state = op->state;
	const NamiPlanOp *plan = op->plan;
	NamiOrd    *src;
	NamiOrd    *dst;
	NamiEdgePos *pos;

	*out = NULL;
	nami_arena_reset(op->arena);
	src = NAMI_NEW_ARRAY(op->arena, NamiOrd, nami_op_batch_rows(op));
	dst = NAMI_NEW_ARRAY(op->arena, NamiOrd, nami_op_batch_rows(op));
	pos = NAMI_NEW_ARRAY(op->arena, NamiEdgePos, nami_op_batch_rows(op));
	for (;;)
	{
		uint32_t	count;
		NamiTypeId	type;
		NamiRel    *rels;
		uint16_t   *kept;
		uint32_t	kept_count = 0;
		bool		swap;

		if (!state->serving)
		{
			bool		has_row;

			NAMI_TRY(next_input_row(op, state, &has_row, err));
			if (!has_row)
				return NAMI_OK;
			type_scan_start(op, state);
			state->serving = true;
		}
		count = type_scan_fill(op, state, src, dst, pos);
		if (count == 0)
		{
			state->serving = false;
			continue;
		}
		type = state->types[state->type_index];
		swap = (plan->direction == NAMI_DIR_IN) != state->reversed;
		rels = NAMI_NEW_ARRAY(op->arena, NamiRel, count);
		kept = NAMI_NEW_ARRAY(op->arena, uint16_t, count);
		for (uint32_t i = 0; i < count; i++)
		{
			rels[i] = (NamiRel) {type, src[i], dst[i], pos[i]};
			if (!(state->reversed && src[i] == dst[i]))
				kept[kept_count++] = (uint16_t) i;
		}
		begin_output(op, state, count);
		nami_batch_set_ords(&op->batch, plan->from, swap ? dst : src);
		nami_batch_set_ords(&op->batch, plan->to, swap ? src : dst);
		nami_batch_set_rels(&op->batch, plan->rel, rels);
		op->batch.selection = kept;
		op->batch.selected_count = kept_count;
		*out = &op->batch;
		return NAMI_OK;
	}
}

void
nami_op_init_scan(NamiOp *op)
{
	op->open = scan_open;
	switch (op->plan->kind)
	{
		case NAMI_PLAN_ONCE:
			op->open = once_open;
			op->next = once_next;
			break;
		case NAMI_PLAN_ARGUMENT:
			op->open = once_open;
			op->next = argument_next;
			break;
		case NAMI_PLAN_NODE_SCAN:
			op->next = node_scan_next;
			break;
		case NAMI_PLAN_TYPE_SCAN:
			op->next = type_scan_next;
			break;
		default:
			op->next = seek_next;
			break;
	}
}
