/*
 * op_merge.c - MERGE and FOREACH: writes that read what they have written before.
 *
 * Rows are served one after the other, each seeing the effects of the previous ones. MERGE runs its
 * match plan for a row; without result it creates the unbound part of the pattern. FOREACH runs its
 * chain of writing operators for each element of a list.
 */
#include "exec/eval_internal.h"
#include "exec/operator.h"

typedef struct MergeState
{
	NamiRowStore input;			/* all rows, read first */
	NamiRowStore done;			/* rows to hand on */
	uint64_t	next;
	bool		is_loaded;
} MergeState;

static NamiStatus
merge_open(NamiOp *op, NamiError *err)
{
	MergeState *state = NAMI_NEW(op->state_arena, MergeState);

	op->state = state;
	nami_row_store_init(&state->input, op->state_arena, op->plan->input->live,
						op->plan->input->live_count);
	nami_row_store_init(&state->done, op->state_arena, op->plan->live, op->plan->live_count);
	return NAMI_OK;
}

/* ---- MERGE --------------------------------------------------------------------------------- */

/* A null property in MERGE could be neither found nor stored as asked. */
static NamiStatus
check_no_nulls(const NamiCreateItem *item, NamiValue props, NamiError *err)
{
	for (uint32_t i = 0; i < props.len; i++)
	{
		if (props.entries[i].value.kind == NAMI_NULL)
			return nami_fail_at(err, NAMI_ERR_TYPE, "SemanticError: MergeReadOwnWrites",
								item->position, "MERGE cannot use the property \"%.*s\": it is null",
								NAMI_STR_ARG(props.entries[i].key));
	}
	return NAMI_OK;
}

/*
 * Locks what the match is about to decide: each node pattern of the created part by its labels and
 * properties, so that two sessions that merge the same node wait for each other.
 */
static NamiStatus
lock_probes(NamiOp *op, const NamiBatch *row, NamiError *err)
{
	NamiExecution *execution = op->execution;

	for (uint32_t i = 0; i < op->plan->create_count; i++)
	{
		const NamiCreateItem *item = &op->plan->creates[i];
		NamiLabelId *labels = NAMI_NEW_ARRAY(op->arena, NamiLabelId, item->label_count + 1);
		NamiKeyId  *keys;
		NamiValue  *values;
		NamiValue	props = nami_value_map(NULL, 0);

		if (item->props != NULL)
			NAMI_TRY(nami_op_eval(op, item->props, row, &props, err));
		if (props.kind != NAMI_MAP)
			continue;
		NAMI_TRY(check_no_nulls(item, props, err));
		if (item->is_rel)
			continue;
		keys = NAMI_NEW_ARRAY(op->arena, NamiKeyId, props.len + 1);
		values = NAMI_NEW_ARRAY(op->arena, NamiValue, props.len + 1);
		for (uint32_t j = 0; j < item->label_count; j++)
			labels[j] = nami_name_intern(execution, NAMI_NAME_LABEL, item->labels[j].text);
		for (uint32_t j = 0; j < props.len; j++)
		{
			keys[j] = nami_name_intern(execution, NAMI_NAME_KEY, props.entries[j].key);
			values[j] = props.entries[j].value;
		}
		NAMI_TRY(nami_transaction_lock_probe(execution->options.transaction, labels,
											 item->label_count, keys, values, props.len, err));
	}
	nami_execution_resolve_names(execution);
	return NAMI_OK;
}

/* Hands on the matches of one row, after ON MATCH; *found tells whether there were any. */
static NamiStatus
match_row(NamiOp *op, MergeState *state, const NamiBatch *row, bool *found, NamiError *err)
{
	NamiVector *columns = NAMI_NEW_ARRAY(op->arena, NamiVector, op->batch.slot_count + 1);
	NamiRowStore matches;
	uint32_t	live_count = op->plan->inner->live_count;

	op->inner_argument.batch = row;
	NAMI_TRY(nami_op_open(op->inner, err));
	nami_row_store_init(&matches, op->arena, op->plan->inner->live, live_count);
	for (;;)
	{
		NamiBatch  *batch;

		NAMI_TRY(nami_op_next(op->inner, &batch, err));
		if (batch == NULL)
			break;
		nami_row_store_add(&matches, batch);
	}
	*found = matches.count > 0;
	for (uint64_t m = 0; m < matches.count; m++)
	{
		NamiBatch	joined;

		/* The row's own columns, and over them what the match has bound. */
		nami_batch_single_row(row, 0, columns, &joined, op->arena);
		for (uint32_t i = 0; i < live_count; i++)
		{
			NamiSlot	slot = op->plan->inner->live[i];

			columns[slot] = (NamiVector) {
				.kind = NAMI_VEC_VALUE, .is_constant = true,
				.values = nami_row_store_row(&matches, m) + i
			};
		}
		NAMI_TRY(nami_write_set(op, op->plan->on_match, op->plan->on_match_count, &joined, err));
		nami_row_store_add(&state->done, &joined);
	}
	return NAMI_OK;
}

static NamiStatus
merge_row(NamiOp *op, MergeState *state, NamiBatch *row, NamiError *err)
{
	bool		found;

	NAMI_TRY(lock_probes(op, row, err));
	NAMI_TRY(match_row(op, state, row, &found, err));
	if (found)
		return NAMI_OK;
	NAMI_TRY(nami_write_create(op, op->plan->creates, op->plan->create_count, row, err));
	nami_execution_resolve_names(op->execution);
	/* The path variable, if any, is an item of the operator over the created slots. */
	for (uint32_t i = 0; i < op->plan->item_count; i++)
	{
		NamiValue  *value = NAMI_NEW(op->arena, NamiValue);

		NAMI_TRY(nami_op_eval(op, op->plan->items[i].expr, row, value, err));
		row->columns[op->plan->items[i].slot] = (NamiVector) {
			.kind = NAMI_VEC_VALUE, .is_constant = true, .values = value
		};
	}
	NAMI_TRY(nami_write_set(op, op->plan->sets, op->plan->set_count, row, err));
	nami_row_store_add(&state->done, row);
	return NAMI_OK;
}

/* ---- FOREACH ------------------------------------------------------------------------------- */

static NamiStatus
foreach_row(NamiOp *op, MergeState *state, NamiBatch *row, NamiError *err)
{
	NamiEvalContext *ctx = &op->execution->eval;
	NamiArena  *saved = ctx->arena;
	NamiElements list;
	NamiStatus	status;

	ctx->arena = op->arena;
	status = nami_eval_elements(ctx, op->plan->list, row, &list, err);
	ctx->arena = saved;
	NAMI_TRY(status);
	if (list.kind != NAMI_LIST && list.kind != NAMI_NULL)
		return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType",
							op->plan->position, "FOREACH requires a list; got %s",
							nami_kind_name(list.kind));
	for (uint64_t i = 0; i < list.count; i++)
	{
		NamiValue	element = nami_element(&list, i);
		NamiBatch  *ignored;

		row->columns[op->plan->slot] = (NamiVector) {
			.kind = NAMI_VEC_VALUE, .is_constant = true, .values = &element
		};
		op->inner_argument.batch = row;
		NAMI_TRY(nami_op_open(op->inner, err));
		do
		{
			NAMI_TRY(nami_op_next(op->inner, &ignored, err));
		} while (ignored != NULL);
	}
	nami_row_store_add(&state->done, row);
	return NAMI_OK;
}

/* ---- the operator -------------------------------------------------------------------------- */

static NamiStatus
serve_rows(NamiOp *op, MergeState *state, NamiError *err)
{
	NamiVector *columns = NAMI_NEW_ARRAY(op->state_arena, NamiVector, op->batch.slot_count + 1);

	for (;;)
	{
		NamiBatch  *batch;

		NAMI_TRY(nami_op_next(op->input, &batch, err));
		if (batch == NULL)
			break;
		nami_row_store_add(&state->input, batch);
	}
	for (uint64_t i = 0; i < state->input.count; i++)
	{
		NamiBatch	row;
		NamiBatch	input;

		nami_arena_reset(op->arena);
		NAMI_TRY(nami_op_check(op, err));
		nami_row_store_emit(&state->input, op, NULL, i, 1);
		input = op->batch;
		nami_batch_single_row(&input, 0, columns, &row, op->arena);
		if (op->plan->kind == NAMI_PLAN_MERGE)
			NAMI_TRY(merge_row(op, state, &row, err));
		else
			NAMI_TRY(foreach_row(op, state, &row, err));
	}
	state->is_loaded = true;
	return NAMI_OK;
}

static NamiStatus
merge_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	MergeState *state = op->state;
	uint64_t	left;
	uint32_t	count;

	*out = NULL;
	if (!state->is_loaded)
		NAMI_TRY(serve_rows(op, state, err));
	left = state->done.count - state->next;
	count = left > NAMI_BATCH_ROWS ? NAMI_BATCH_ROWS : (uint32_t) left;
	if (count == 0)
		return NAMI_OK;
	nami_arena_reset(op->arena);
	nami_row_store_emit(&state->done, op, NULL, state->next, count);
	state->next += count;
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_merge(NamiOp *op)
{
	op->open = merge_open;
	op->next = merge_next;
}
