/*
 * op_count.c - counts that need no rows: COUNT_NODES and COUNT_EDGES of a whole graph, DEGREE of
 * the node of each row.
 */
#include "exec/hops.h"

/* ---- counts of the graph ------------------------------------------------------------------- */

typedef struct CountState
{
	bool		is_done;
} CountState;

static NamiStatus
count_open(NamiOp *op, NamiError *err)
{
	op->state = NAMI_NEW(op->state_arena, CountState);
	return NAMI_OK;
}

static int64_t
count_nodes(NamiOp *op)
{
	const NamiPlanOp *plan = op->plan;
	NamiLabelId *labels = NAMI_NEW_ARRAY(op->arena, NamiLabelId, plan->label_count + 1);

	for (uint32_t i = 0; i < plan->label_count; i++)
	{
		labels[i] = plan->labels[i].number;
		if (labels[i] == NAMI_NAME_UNKNOWN)
			return 0;
	}
	return (int64_t) nami_snapshot_count_nodes(&op->execution->snapshot, labels,
											   plan->label_count);
}

static int64_t
count_edges(NamiOp *op)
{
	NamiHops	hops;
	int64_t		count = 0;

	nami_hops_init(&hops, op, op->arena);
	for (uint32_t i = 0; i < hops.pass_count; i++)
		count += (int64_t) nami_snapshot_count_edges(&op->execution->snapshot,
													 hops.passes[i].type);
	return count;
}

static NamiStatus
count_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	CountState *state = op->state;
	NamiValue  *value;

	*out = NULL;
	if (state->is_done)
		return NAMI_OK;
	state->is_done = true;
	nami_op_clear_batch(op, 1);
	value = NAMI_NEW(op->arena, NamiValue);
	*value = nami_value_int(op->plan->kind == NAMI_PLAN_COUNT_NODES ? count_nodes(op) :
							count_edges(op));
	nami_batch_set_values(&op->batch, op->plan->slot, value);
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- degrees ------------------------------------------------------------------------------- */

typedef struct DegreeState
{
	NamiHops	hops;
	bool		hops_ready;
	bool		tests_ends;		/* the far ends have to be looked at */
	NamiLabelId *labels;
	bool		label_unknown;
	NamiOrd		lo;				/* lo .. hi - 1 all have the labels, or all have not */
	NamiOrd		hi;
	bool		answer;
} DegreeState;

static NamiStatus
degree_open(NamiOp *op, NamiError *err)
{
	op->state = NAMI_NEW(op->state_arena, DegreeState);
	return NAMI_OK;
}

/* The labels of the far ends are known of the whole type. */
static bool
are_ends_proven(NamiOp *op, const DegreeState *state)
{
	const NamiSnapshot *snapshot = &op->execution->snapshot;

	if (op->plan->label_count != 1 || snapshot->own != NULL)
		return op->plan->label_count == 0;
	for (uint32_t i = 0; i < state->hops.pass_count; i++)
	{
		const NamiHopPass *pass = &state->hops.passes[i];
		NamiTypeStats stats;

		nami_snapshot_type_stats(snapshot, pass->type, &stats);
		if (pass->direction == NAMI_OUT ?
			!stats.target_label_proven || stats.target_label != state->labels[0] :
			!stats.source_label_proven || stats.source_label != state->labels[0])
			return false;
	}
	return true;
}

static void
degree_start(NamiOp *op, DegreeState *state)
{
	const NamiPlanOp *plan = op->plan;

	if (state->hops_ready)
		return;
	nami_hops_init(&state->hops, op, op->state_arena);
	state->labels = NAMI_NEW_ARRAY(op->state_arena, NamiLabelId, plan->label_count + 1);
	for (uint32_t i = 0; i < plan->label_count; i++)
	{
		state->labels[i] = plan->labels[i].number;
		state->label_unknown |= state->labels[i] == NAMI_NAME_UNKNOWN;
	}
	state->tests_ends = !are_ends_proven(op, state);
	state->hops_ready = true;
}

static bool
has_labels(NamiOp *op, const DegreeState *state, NamiOrd ord)
{
	for (uint32_t i = 0; i < op->plan->label_count; i++)
	{
		if (!nami_snapshot_has_label(&op->execution->snapshot, ord, state->labels[i]))
			return false;
	}
	return true;
}

static bool
is_end(NamiOp *op, DegreeState *state, NamiOrd ord)
{
	if (ord - state->lo < state->hi - state->lo)
		return state->answer;
	if (!nami_snapshot_clean_range(&op->execution->snapshot, ord, &state->lo, &state->hi))
	{
		state->lo = state->hi = 0;
		return has_labels(op, state, ord);
	}
	state->answer = has_labels(op, state, ord);
	return state->answer;
}

/* One by one: relationships that must not be taken again, or ends with labels. */
static int64_t
count_list(NamiOp *op, DegreeState *state, const NamiHopPass *pass, const NamiBatch *input,
		   uint32_t row, NamiOrd from)
{
	NamiAdjacency list;
	int64_t		count = 0;

	nami_snapshot_adjacency(&op->execution->snapshot, pass->type, pass->direction, from,
							&state->hops.scratch, &list);
	for (uint32_t i = 0; i < list.count; i++)
	{
		NamiOrd		other = list.other[i];
		NamiRel		rel = {pass->type, from, other, NAMI_POS_NONE};

		if (pass->skip_loops && other == from)
			continue;
		if (pass->direction == NAMI_IN)
			rel = (NamiRel) {pass->type, other, from, NAMI_POS_NONE};
		if (state->tests_ends && !is_end(op, state, other))
			continue;
		count += op->plan->unique_count == 0 || !nami_rel_is_used(op->plan, input, row, &rel);
		if (count > 0 && op->plan->apply_kind != NAMI_APPLY_INNER)
			break;
	}
	return count;
}

static int64_t
degree_of(NamiOp *op, DegreeState *state, const NamiBatch *input, uint32_t row, NamiOrd from)
{
	const NamiSnapshot *snapshot = &op->execution->snapshot;
	int64_t		count = 0;

	for (uint32_t i = 0; i < state->hops.pass_count; i++)
	{
		const NamiHopPass *pass = &state->hops.passes[i];

		if (count > 0 && op->plan->apply_kind != NAMI_APPLY_INNER)
			break;
		if (state->tests_ends || pass->skip_loops)
			count += count_list(op, state, pass, input, row, from);
		else
		{
			count += nami_snapshot_degree(snapshot, pass->type, pass->direction, from);
			if (op->plan->unique_count > 0)
				count -= nami_rels_used_at(op->plan, input, row, pass, from);
		}
	}
	return count;
}

/* SEMI, ANTI: is there one? */
static bool
has_degree(NamiOp *op, DegreeState *state, const NamiBatch *input, uint32_t row, NamiOrd from)
{
	return from != NAMI_ORD_NONE && !state->label_unknown &&
		degree_of(op, state, input, row, from) > 0;
}

static NamiStatus
degree_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	DegreeState *state = op->state;
	bool		is_semi = op->plan->apply_kind != NAMI_APPLY_INNER;
	NamiBatch  *input;
	NamiValue  *values;
	uint16_t   *selection;
	uint32_t	count = 0;

	*out = NULL;
	NAMI_TRY(nami_op_next(op->input, &input, err));
	if (input == NULL)
		return NAMI_OK;
	degree_start(op, state);
	nami_arena_reset(op->arena);
	values = is_semi ? NULL : nami_op_values(op, input);
	selection = NAMI_NEW_ARRAY(op->arena, uint16_t, input->row_count + 1);
	for (uint32_t i = 0; i < input->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(input, i);
		NamiOrd		from;
		int64_t		degree;

		NAMI_TRY(nami_hops_node(op, input, op->plan->from, row, &from, err));
		if (is_semi)
		{
			if (has_degree(op, state, input, row, from) == (op->plan->apply_kind == NAMI_APPLY_SEMI))
				selection[count++] = (uint16_t) row;
			continue;
		}
		if (from == NAMI_ORD_NONE || state->label_unknown)
			continue;
		degree = degree_of(op, state, input, row, from);
		if (degree == 0)
			continue;
		values[row] = nami_value_int(degree);
		selection[count++] = (uint16_t) row;
	}
	nami_op_pass(op, input);
	nami_batch_set_values(&op->batch, op->plan->slot, values);
	op->batch.selection = selection;
	op->batch.selected_count = count;
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_count(NamiOp *op)
{
	bool		is_degree = op->plan->kind == NAMI_PLAN_DEGREE;

	op->open = is_degree ? degree_open : count_open;
	op->next = is_degree ? degree_next : count_next;
}
