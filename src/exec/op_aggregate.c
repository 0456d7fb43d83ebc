/*
 * op_aggregate.c - grouping and DISTINCT: hash tables over key tuples.
 *
 * Keys are compared by equivalence (null equals null, 1 equals 1.0). Groups come out in the order in
 * which they first appeared.
 */
#include "exec/operator.h"

/* Set of tuples of fixed width, in order of arrival. */
typedef struct TupleSet
{
	NamiArena  *arena;
	uint32_t	width;
	NamiValue **tuples;
	uint64_t   *hashes;
	size_t		count;
	size_t		capacity;
	uint32_t   *slots;			/* tuple number + 1; 0: free */
	size_t		mask;
} TupleSet;

typedef struct AggregateState
{
	TupleSet	groups;
	void	  **states;			/* per group: aggregate_count states, one block */
	size_t		state_capacity;
	size_t	   *offsets;		/* of each aggregate's state in the block */
	size_t		block_bytes;
	TupleSet   *distinct;		/* per aggregate with DISTINCT: (group, args) */
	uint64_t	next;
	bool		is_loaded;
} AggregateState;

/* ---- tuples -------------------------------------------------------------------------------- */

static void
tuple_set_init(TupleSet *set, NamiArena *arena, uint32_t width)
{
	*set = (TupleSet) {.arena = arena, .width = width};
}

static uint64_t
tuple_hash(const NamiValue *tuple, uint32_t width)
{
	uint64_t	hash = width;

	for (uint32_t i = 0; i < width; i++)
		hash = hash * UINT64_C(0x9E3779B97F4A7C15) + nami_value_hash(tuple[i]);
	return hash ^ (hash >> 32);
}

static bool
tuple_equal(const NamiValue *a, const NamiValue *b, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++)
	{
		if (!nami_value_equivalent(a[i], b[i]))
			return false;
	}
	return true;
}

static void
tuple_set_grow(TupleSet *set)
{
	size_t		capacity = set->capacity == 0 ? 64 : set->capacity * 2;

	set->tuples = nami_arena_realloc(set->arena, set->tuples, set->capacity * sizeof(NamiValue *),
									 capacity * sizeof(NamiValue *));
	set->hashes = nami_arena_realloc(set->arena, set->hashes, set->capacity * sizeof(uint64_t),
									 capacity * sizeof(uint64_t));
	set->capacity = capacity;
	set->mask = capacity * 2 - 1;
	set->slots = nami_arena_alloc0(set->arena, capacity * 2 * sizeof(uint32_t));
	for (size_t i = 0; i < set->count; i++)
	{
		size_t		slot = set->hashes[i] & set->mask;

		while (set->slots[slot] != 0)
			slot = (slot + 1) & set->mask;
		set->slots[slot] = (uint32_t) i + 1;
	}
}

/* The tuple's number; a new tuple is copied. */
static size_t
tuple_set_put(TupleSet *set, const NamiValue *tuple, bool *is_new)
{
	uint64_t	hash = tuple_hash(tuple, set->width);
	size_t		slot;
	NamiValue  *copy;

	if (set->count == set->capacity)
		tuple_set_grow(set);
	slot = hash & set->mask;
	*is_new = false;
	while (set->slots[slot] != 0)
	{
		size_t		number = set->slots[slot] - 1;

		if (set->hashes[number] == hash && tuple_equal(set->tuples[number], tuple, set->width))
			return number;
		slot = (slot + 1) & set->mask;
	}
	*is_new = true;
	copy = NAMI_NEW_ARRAY(set->arena, NamiValue, set->width + 1);
	for (uint32_t i = 0; i < set->width; i++)
		copy[i] = nami_value_copy(set->arena, tuple[i]);
	set->tuples[set->count] = copy;
	set->hashes[set->count] = hash;
	set->slots[slot] = (uint32_t) set->count + 1;
	return set->count++;
}

/* ---- distinct ------------------------------------------------------------------------------ */

static NamiStatus
distinct_open(NamiOp *op, NamiError *err)
{
	TupleSet   *set = NAMI_NEW(op->state_arena, TupleSet);

	tuple_set_init(set, op->state_arena, op->plan->item_count);
	op->state = set;
	return NAMI_OK;
}

static NamiStatus
distinct_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	TupleSet   *set = op->state;
	NamiBatch  *input;
	NamiValue  *tuple;
	uint16_t   *selection;
	uint32_t	count = 0;

	*out = NULL;
	NAMI_TRY(nami_op_next(op->input, &input, err));
	if (input == NULL)
		return NAMI_OK;
	nami_arena_reset(op->arena);
	tuple = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->item_count + 1);
	selection = NAMI_NEW_ARRAY(op->arena, uint16_t, input->row_count + 1);
	for (uint32_t i = 0; i < input->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(input, i);
		bool		is_new;

		for (uint32_t j = 0; j < plan->item_count; j++)
			tuple[j] = nami_vector_value(&input->columns[plan->items[j].slot], row);
		tuple_set_put(set, tuple, &is_new);
		if (is_new)
			selection[count++] = (uint16_t) row;
	}
	nami_op_pass(op, input);
	op->batch.selection = selection;
	op->batch.selected_count = count;
	*out = &op->batch;
	return NAMI_OK;
}

/* ---- aggregate ----------------------------------------------------------------------------- */

static const NamiAggregate *
implementation(const NamiAggregateItem *item)
{
	return item->function->implementation;
}

static NamiStatus
aggregate_open(NamiOp *op, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	AggregateState *state = NAMI_NEW(op->state_arena, AggregateState);

	op->state = state;
	tuple_set_init(&state->groups, op->state_arena, plan->item_count);
	state->offsets = NAMI_NEW_ARRAY(op->state_arena, size_t, plan->aggregate_count + 1);
	state->distinct = NAMI_NEW_ARRAY(op->state_arena, TupleSet, plan->aggregate_count + 1);
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &plan->aggregates[i];

		state->offsets[i] = state->block_bytes;
		state->block_bytes += item->star ? 16 :
			(implementation(item)->state_bytes + 15) & ~(size_t) 15;
		tuple_set_init(&state->distinct[i], op->state_arena, item->arg_count + 1);
	}
	return NAMI_OK;
}

static void
add_group(NamiOp *op, AggregateState *state)
{
	size_t		group = state->groups.count - 1;

	if (group >= state->state_capacity)
	{
		size_t		capacity = state->state_capacity == 0 ? 64 : state->state_capacity * 2;

		state->states = nami_arena_realloc(op->state_arena, state->states,
										   state->state_capacity * sizeof(void *),
										   capacity * sizeof(void *));
		state->state_capacity = capacity;
	}
	state->states[group] = nami_arena_alloc0(op->state_arena, state->block_bytes + 16);
}

/* Adds one row to one aggregate of its group. */
static NamiStatus
add_row(NamiOp *op, AggregateState *state, uint32_t aggregate, size_t group,
		NamiValue *const *columns, uint32_t row, NamiError *err)
{
	const NamiAggregateItem *item = &op->plan->aggregates[aggregate];
	void	   *block = (uint8_t *) state->states[group] + state->offsets[aggregate];
	NamiValue	tuple[8];
	bool		is_new;

	if (item->star)
	{
		(*(uint64_t *) block)++;
		return NAMI_OK;
	}
	for (uint32_t i = 0; i < item->arg_count; i++)
		tuple[i + 1] = columns[i][row];
	if (tuple[1].kind == NAMI_NULL)
		return NAMI_OK;
	if (item->distinct)
	{
		tuple[0] = nami_value_int((int64_t) group);
		tuple_set_put(&state->distinct[aggregate], tuple, &is_new);
		if (!is_new)
			return NAMI_OK;
	}
	for (uint32_t i = 0; i < item->arg_count; i++)
		tuple[i] = columns[i][row];
	if (implementation(item)->add(block, op->state_arena, tuple, item->arg_count, err) == NAMI_OK)
		return NAMI_OK;
	if (err->position < 0)
		err->position = item->position;
	return NAMI_FAILED;
}

static NamiStatus
aggregate_batch(NamiOp *op, AggregateState *state, const NamiBatch *input, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiValue **keys = NAMI_NEW_ARRAY(op->arena, NamiValue *, plan->item_count + 1);
	NamiValue *(*args)[7] = nami_arena_alloc0(op->arena,
											  (plan->aggregate_count + 1) * sizeof(*args));
	NamiValue  *tuple = NAMI_NEW_ARRAY(op->arena, NamiValue, plan->item_count + 1);

	for (uint32_t i = 0; i < plan->item_count; i++)
	{
		keys[i] = nami_op_values(op, input);
		NAMI_TRY(nami_op_eval(op, plan->items[i].expr, input, keys[i], err));
	}
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		NAMI_ASSERT(plan->aggregates[i].arg_count <= 7);
		for (uint32_t j = 0; j < plan->aggregates[i].arg_count; j++)
		{
			args[i][j] = nami_op_values(op, input);
			NAMI_TRY(nami_op_eval(op, plan->aggregates[i].args[j], input, args[i][j], err));
		}
	}
	for (uint32_t i = 0; i < input->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(input, i);
		size_t		group;
		bool		is_new;

		for (uint32_t j = 0; j < plan->item_count; j++)
			tuple[j] = keys[j][row];
		group = tuple_set_put(&state->groups, tuple, &is_new);
		if (is_new)
			add_group(op, state);
		for (uint32_t j = 0; j < plan->aggregate_count; j++)
			NAMI_TRY(add_row(op, state, j, group, args[j], row, err));
	}
	return NAMI_OK;
}

static NamiStatus
aggregate_load(NamiOp *op, AggregateState *state, NamiError *err)
{
	NamiBatch  *input;

	for (;;)
	{
		NAMI_TRY(nami_op_next(op->input, &input, err));
		if (input == NULL)
			break;
		nami_arena_reset(op->arena);
		NAMI_TRY(aggregate_batch(op, state, input, err));
		NAMI_TRY(nami_op_check(op, err));
	}
	/* Without grouping keys there is always exactly one row. */
	if (op->plan->item_count == 0 && state->groups.count == 0)
	{
		bool		is_new;

		tuple_set_put(&state->groups, NULL, &is_new);
		add_group(op, state);
	}
	state->is_loaded = true;
	return NAMI_OK;
}

static NamiStatus
aggregate_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	AggregateState *state = op->state;
	uint32_t	count;

	*out = NULL;
	if (!state->is_loaded)
		NAMI_TRY(aggregate_load(op, state, err));
	if (state->next >= state->groups.count)
		return NAMI_OK;
	count = state->groups.count - state->next > NAMI_BATCH_ROWS ? NAMI_BATCH_ROWS :
		(uint32_t) (state->groups.count - state->next);
	nami_arena_reset(op->arena);
	nami_op_clear_batch(op, count);
	for (uint32_t i = 0; i < plan->item_count; i++)
	{
		NamiValue  *values = NAMI_NEW_ARRAY(op->arena, NamiValue, count);

		for (uint32_t g = 0; g < count; g++)
			values[g] = state->groups.tuples[state->next + g][i];
		nami_batch_set_values(&op->batch, plan->items[i].slot, values);
	}
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &plan->aggregates[i];
		NamiValue  *values = NAMI_NEW_ARRAY(op->arena, NamiValue, count);

		for (uint32_t g = 0; g < count; g++)
		{
			void	   *block = (uint8_t *) state->states[state->next + g] + state->offsets[i];

			if (item->star)
				values[g] = nami_value_int(*(int64_t *) block);
			else
				NAMI_TRY(implementation(item)->finish(block, op->state_arena, &values[g], err));
		}
		nami_batch_set_values(&op->batch, item->slot, values);
	}
	state->next += count;
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_aggregate(NamiOp *op)
{
	bool		is_distinct = op->plan->kind == NAMI_PLAN_DISTINCT;

	op->open = is_distinct ? distinct_open : aggregate_open;
	op->next = is_distinct ? distinct_next : aggregate_next;
}
