/*
 * op_aggregate.c - AGGREGATE: a hash table of groups.
 *
 * Groups come out in the order in which they first appeared, as long as they fit in memory. When they
 * do not, all groups and the rest of the input are written to files by the hash of the key, and the
 * files are aggregated one after the other. A group's state is written before the rows that it has not
 * seen, so it sees them in the same order, and the result is the same to the last bit.
 *
 * That does not help where few groups are large. A large set of a DISTINCT aggregate is cut down
 * instead: it is left as it is, values that it does not have are written to files by their hash, and
 * added when the input has ended. What is left is a list that is being collected: it must fit.
 *
 * Groups and states live in aux_arena, the sets of DISTINCT in scratch_arena.
 */
#include "exec/spill.h"
#include "exec/tuple_set.h"

#define FEW_GROUPS		64		/* writing these by hash would not make room */
#define CHECK_EVERY		1024	/* records between two questions */
#define ARGS_MAX		7
#define MEMO_BITS		8

/* A record of a partition begins with one of these. */
typedef enum RecordKind
{
	RECORD_ROW,					/* hash, key, arguments of all aggregates */
	RECORD_GROUP,				/* hash, key, block of states */
	RECORD_REPLAY,				/* number of an aggregate, arguments: of the group before it */
	RECORD_SEEN					/* hash, key, number of an aggregate, arguments: in its set */
} RecordKind;

/* Where the group of a key that is one integer was found last. */
typedef struct Memo
{
	int64_t		key;
	uint32_t	group;			/* number + 1; 0: free */
} Memo;

typedef struct AggregateState
{
	NamiTupleSet groups;
	Memo		memo[1 << MEMO_BITS];	/* of groups, by hash */
	void	  **states;			/* per group: aggregate_count states, one block */
	size_t		state_capacity;
	size_t	   *offsets;		/* of each aggregate's state in the block */
	size_t		block_bytes;
	uint32_t	arg_count;		/* of all aggregates together */
	NamiTupleSet *distinct;		/* per aggregate with DISTINCT: (group, args) */
	uint64_t	next;			/* group to give */
	bool		is_loaded;

	/* writing */
	bool		is_spilling;
	NamiPartitions partitions;
	NamiPartVec parts;			/* still to be aggregated */
	NamiSpillReader reader;		/* of one of them */
	bool		is_frozen;		/* the sets of DISTINCT grow no more */
	NamiPartitions *unseen;		/* per aggregate: (group, args) that its set does not have */
} AggregateState;

static const NamiAggregate *
implementation(const NamiAggregateItem *item)
{
	return item->function->implementation;
}

/* No groups, with room for others. */
static void
clear_groups(NamiOp *op, AggregateState *state)
{
	const NamiPlanOp *plan = op->plan;
	NamiArena  *arena = nami_op_aux_arena(op);
	NamiArena  *set_arena = nami_op_scratch_arena(op);

	nami_tuple_set_init(&state->groups, arena, plan->item_count);
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
		nami_tuple_set_init(&state->distinct[i], set_arena, plan->aggregates[i].arg_count + 1);
	memset(state->memo, 0, sizeof(state->memo));
	state->states = NULL;
	state->state_capacity = 0;
	state->next = 0;
	state->is_frozen = false;
}

static NamiStatus
aggregate_open(NamiOp *op, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	AggregateState *state = NAMI_NEW(op->state_arena, AggregateState);
	size_t		count = plan->aggregate_count + (size_t) 1;

	op->state = state;
	state->offsets = NAMI_NEW_ARRAY(op->state_arena, size_t, count);
	state->distinct = nami_arena_alloc0(op->state_arena, count * sizeof(NamiTupleSet));
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &plan->aggregates[i];

		NAMI_ASSERT(item->arg_count <= ARGS_MAX);
		state->offsets[i] = state->block_bytes;
		state->block_bytes += item->star ? 16 :
			(implementation(item)->state_bytes + 15) & ~(size_t) 15;
		state->arg_count += item->arg_count;
	}
	clear_groups(op, state);
	return NAMI_OK;
}

/* ---- rows into groups ---------------------------------------------------------------------- */

static void *
state_of(const AggregateState *state, size_t group, uint32_t aggregate)
{
	return (uint8_t *) state->states[group] + state->offsets[aggregate];
}

/* The group of a key, made if it is new. */
static size_t
put_group(NamiOp *op, AggregateState *state, const NamiValue *key, uint64_t hash)
{
	bool		is_new;
	size_t		group = nami_tuple_set_put(&state->groups, key, hash, &is_new);

	if (!is_new)
		return group;
	if (group >= state->state_capacity)
	{
		size_t		capacity = state->state_capacity == 0 ? 64 : state->state_capacity * 2;

		state->states = nami_arena_realloc(op->aux_arena, state->states,
										   state->state_capacity * sizeof(void *),
										   capacity * sizeof(void *));
		state->state_capacity = capacity;
	}
	state->states[group] = nami_arena_alloc0(op->aux_arena, state->block_bytes + 16);
	return group;
}

static NamiStatus
add_args(NamiOp *op, AggregateState *state, uint32_t aggregate, size_t group,
		 const NamiValue *args, NamiError *err)
{
	const NamiAggregateItem *item = &op->plan->aggregates[aggregate];

	if (implementation(item)->add(state_of(state, group, aggregate), op->aux_arena, args,
								  item->arg_count, err) == NAMI_OK)
		return NAMI_OK;
	if (err->position < 0)
		err->position = item->position;
	return NAMI_FAILED;
}

/* The tuple of a DISTINCT set. */
static uint64_t
distinct_tuple(NamiValue *tuple, size_t group, const NamiValue *args, uint32_t arg_count)
{
	tuple[0] = nami_value_int((int64_t) group);
	for (uint32_t i = 0; i < arg_count; i++)
		tuple[i + 1] = args[i];
	return nami_tuple_hash(tuple, arg_count + 1);
}

/* DISTINCT: is it the first time? A frozen set puts what it does not have aside. */
static NamiStatus
is_first(NamiOp *op, AggregateState *state, uint32_t aggregate, size_t group,
		 const NamiValue *args, bool *first, NamiError *err)
{
	NamiTupleSet *set = &state->distinct[aggregate];
	NamiValue	tuple[ARGS_MAX + 1];
	uint64_t	hash = distinct_tuple(tuple, group, args, set->width - 1);
	NamiBuf		record;

	*first = false;
	if (!state->is_frozen)
	{
		nami_tuple_set_put(set, tuple, hash, first);
		return NAMI_OK;
	}
	if (nami_tuple_set_find(set, tuple, hash) != SIZE_MAX)
		return NAMI_OK;
	nami_buf_init(&record, op->arena);
	nami_spill_put_values(&record, tuple, set->width);
	return nami_partitions_write(op, &state->unseen[aggregate], hash, &record, err);
}

/* Adds one row to one aggregate of its group. */
static NamiStatus
add_value(NamiOp *op, AggregateState *state, uint32_t aggregate, size_t group,
		  const NamiValue *args, NamiError *err)
{
	bool		first = true;

	if (args[0].kind == NAMI_NULL)
		return NAMI_OK;
	if (op->plan->aggregates[aggregate].distinct)
		NAMI_TRY(is_first(op, state, aggregate, group, args, &first, err));
	return first ? add_args(op, state, aggregate, group, args, err) : NAMI_OK;
}

/* Adds one row to its group. args: of all aggregates, one after the other. */
static NamiStatus
add_row(NamiOp *op, AggregateState *state, const NamiValue *key, uint64_t hash,
		const NamiValue *args, NamiError *err)
{
	size_t		group = put_group(op, state, key, hash);

	for (uint32_t i = 0; i < op->plan->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &op->plan->aggregates[i];

		if (item->star)
			++*(uint64_t *) state_of(state, group, i);
		else
			NAMI_TRY(add_value(op, state, i, group, args, err));
		args += item->arg_count;
	}
	return NAMI_OK;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
begin_record(NamiBuf *record, RecordKind kind)
{
	nami_buf_clear(record);
	nami_buf_put_u8(record, kind);
}

/* A record that begins with a key. */
static void
begin_keyed(NamiOp *op, NamiBuf *record, RecordKind kind, uint64_t hash, const NamiValue *key)
{
	begin_record(record, kind);
	nami_buf_put(record, &hash, sizeof(hash));
	nami_spill_put_values(record, key, op->plan->item_count);
}

static NamiStatus
write_row(NamiOp *op, AggregateState *state, const NamiValue *key, uint64_t hash,
		  const NamiValue *args, NamiError *err)
{
	NamiBuf		record;

	nami_buf_init(&record, op->arena);
	begin_keyed(op, &record, RECORD_ROW, hash, key);
	nami_spill_put_values(&record, args, state->arg_count);
	return nami_partitions_write(op, &state->partitions, hash, &record, err);
}

static NamiStatus
write_group(NamiOp *op, AggregateState *state, size_t group, NamiBuf *record, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	uint64_t	hash = state->groups.hashes[group];

	begin_keyed(op, record, RECORD_GROUP, hash, state->groups.tuples[group]);
	nami_buf_put(record, state->states[group], state->block_bytes);
	NAMI_TRY(nami_partitions_write(op, &state->partitions, hash, record, err));
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &plan->aggregates[i];
		NamiValue	args[ARGS_MAX];

		if (item->star || implementation(item)->replay == NULL)
			continue;
		for (size_t n = 0; implementation(item)->replay(state_of(state, group, i), n, args); n++)
		{
			begin_record(record, RECORD_REPLAY);
			nami_buf_put(record, &i, sizeof(i));
			nami_spill_put_values(record, args, item->arg_count);
			NAMI_TRY(nami_partitions_write(op, &state->partitions, hash, record, err));
		}
	}
	return NAMI_OK;
}

static NamiStatus
write_set(NamiOp *op, AggregateState *state, uint32_t aggregate, NamiBuf *record, NamiError *err)
{
	const NamiTupleSet *set = &state->distinct[aggregate];

	for (size_t i = 0; i < set->count; i++)
	{
		size_t		group = (size_t) set->tuples[i][0].integer;
		uint64_t	hash = state->groups.hashes[group];

		begin_keyed(op, record, RECORD_SEEN, hash, state->groups.tuples[group]);
		nami_buf_put(record, &aggregate, sizeof(aggregate));
		nami_spill_put_values(record, set->tuples[i] + 1, set->width - 1);
		NAMI_TRY(nami_partitions_write(op, &state->partitions, hash, record, err));
		if (i % CHECK_EVERY == 0)
			NAMI_TRY(nami_op_check(op, err));
	}
	return NAMI_OK;
}

/* Writes all groups to the partitions of a level, where the rest of the input follows them. */
static NamiStatus
write_groups(NamiOp *op, AggregateState *state, uint32_t level, NamiError *err)
{
	NamiBuf		record;

	nami_buf_init(&record, op->arena);
	state->partitions.level = level;
	for (size_t group = 0; group < state->groups.count; group++)
	{
		NAMI_TRY(write_group(op, state, group, &record, err));
		if (group % CHECK_EVERY == 0)
			NAMI_TRY(nami_op_check(op, err));
	}
	for (uint32_t i = 0; i < op->plan->aggregate_count; i++)
		NAMI_TRY(write_set(op, state, i, &record, err));
	clear_groups(op, state);
	state->is_spilling = true;
	return NAMI_OK;
}

static bool
has_large_set(NamiOp *op, const AggregateState *state)
{
	size_t		set_bytes = nami_arena_size_bytes(op->scratch_arena);

	return set_bytes > nami_arena_size_bytes(op->aux_arena) &&
		nami_spill_is_due(op, set_bytes);
}

/* Makes room if that is due and possible. level: of the partitions that would be written. */
static NamiStatus
make_room(NamiOp *op, AggregateState *state, uint32_t level, NamiError *err)
{
	size_t		own_bytes = nami_arena_size_bytes(op->aux_arena) +
		nami_arena_size_bytes(op->scratch_arena);

	if (state->is_spilling || state->is_frozen || !nami_spill_is_due(op, own_bytes))
		return NAMI_OK;
	if (state->groups.count > FEW_GROUPS && level <= NAMI_SPILL_LEVEL_MAX)
		return write_groups(op, state, level, err);
	if (!has_large_set(op, state))
		return NAMI_OK;
	state->unseen = nami_arena_alloc0(op->state_arena, op->plan->aggregate_count *
									  sizeof(NamiPartitions));
	state->is_frozen = true;
	return NAMI_OK;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* What the frozen sets did not have, one partition: its own set may freeze as well. */
static NamiStatus
add_unseen(NamiOp *op, AggregateState *state, NamiPart part, NamiPartVec *parts, NamiError *err)
{
	uint32_t	width = op->plan->aggregates[part.tag].arg_count + 1;
	NamiPartitions unseen = {.level = part.level + 1};
	NamiTupleSet set;
	NamiSpillReader reader;
	NamiValue	tuple[ARGS_MAX + 1];
	bool		is_frozen = false;

	nami_tuple_set_init(&set, nami_op_scratch_arena(op), width);
	nami_spill_reader_init(&reader, part.spill, op->scratch_arena, 0, part.spill->end);
	for (uint64_t n = 0;; n++)
	{
		NamiCursor	record;
		uint64_t	hash;
		bool		found;
		bool		is_new = false;

		NAMI_TRY(nami_spill_read(&reader, &record, &found, err));
		if (!found)
			break;
		if (n % CHECK_EVERY == 0)
		{
			NAMI_TRY(nami_op_check(op, err));
			nami_arena_reset(op->arena);
			is_frozen |= part.level < NAMI_SPILL_LEVEL_MAX &&
				nami_spill_is_due(op, nami_arena_size_bytes(op->scratch_arena));
		}
		NAMI_TRY(nami_spill_take_values(&record, op->arena, tuple, width, err));
		hash = nami_tuple_hash(tuple, width);
		if (!is_frozen)
			nami_tuple_set_put(&set, tuple, hash, &is_new);
		else if (nami_tuple_set_find(&set, tuple, hash) == SIZE_MAX)
		{
			NamiBuf		copy;

			nami_buf_init(&copy, op->arena);
			nami_spill_put_values(&copy, tuple, width);
			NAMI_TRY(nami_partitions_write(op, &unseen, hash, &copy, err));
		}
		if (is_new)
			NAMI_TRY(add_args(op, state, part.tag, (size_t) tuple[0].integer, tuple + 1, err));
	}
	nami_spill_close(part.spill);
	nami_partitions_finish(op, &unseen, part.tag, parts);
	return NAMI_OK;
}

/* The input of the groups in memory has ended. */
static NamiStatus
finish_groups(NamiOp *op, AggregateState *state, NamiError *err)
{
	NamiPartVec parts = {0};

	nami_partitions_finish(op, &state->partitions, 0, &state->parts);
	state->is_spilling = false;
	if (!state->is_frozen)
		return NAMI_OK;
	for (uint32_t i = 0; i < op->plan->aggregate_count; i++)
		nami_partitions_finish(op, &state->unseen[i], i, &parts);
	while (parts.count > 0)
		NAMI_TRY(add_unseen(op, state, parts.items[--parts.count], &parts, err));
	return NAMI_OK;
}

/* A record with a key, for the groups in memory. */
static NamiStatus
take_keyed(NamiOp *op, AggregateState *state, RecordKind kind, NamiCursor *record, size_t *group,
		   NamiError *err)
{
	NamiValue  *key = NAMI_NEW_ARRAY(op->arena, NamiValue, op->plan->item_count + 1);
	NamiValue  *args = NAMI_NEW_ARRAY(op->arena, NamiValue, state->arg_count + ARGS_MAX);
	NamiValue	tuple[ARGS_MAX + 1];
	uint64_t	hash = 0;
	uint32_t	aggregate = 0;
	uint64_t	tuple_hash;
	bool		is_new;

	NAMI_TRY(nami_spill_take(record, &hash, sizeof(hash), err));
	NAMI_TRY(nami_spill_take_values(record, op->arena, key, op->plan->item_count, err));
	if (kind == RECORD_ROW)
	{
		NAMI_TRY(nami_spill_take_values(record, op->arena, args, state->arg_count, err));
		return add_row(op, state, key, hash, args, err);
	}
	*group = put_group(op, state, key, hash);
	if (kind == RECORD_GROUP)
	{
		NAMI_TRY(nami_spill_take(record, state->states[*group], state->block_bytes, err));
		for (uint32_t i = 0; i < op->plan->aggregate_count; i++)
		{
			const NamiAggregateItem *item = &op->plan->aggregates[i];

			if (!item->star && implementation(item)->replay != NULL)
				memset(state_of(state, *group, i), 0, implementation(item)->state_bytes);
		}
		return NAMI_OK;
	}
	NAMI_TRY(nami_spill_take(record, &aggregate, sizeof(aggregate), err));
	if (aggregate >= op->plan->aggregate_count)
		return nami_fail(err, NAMI_ERR_CORRUPT, "a temporary file is damaged");
	NAMI_TRY(nami_spill_take_values(record, op->arena, args,
									op->plan->aggregates[aggregate].arg_count, err));
	tuple_hash = distinct_tuple(tuple, *group, args, op->plan->aggregates[aggregate].arg_count);
	nami_tuple_set_put(&state->distinct[aggregate], tuple, tuple_hash, &is_new);
	return NAMI_OK;
}

static NamiStatus
take_replay(NamiOp *op, AggregateState *state, NamiCursor *record, size_t group, NamiError *err)
{
	NamiValue	args[ARGS_MAX];
	uint32_t	aggregate = 0;

	NAMI_TRY(nami_spill_take(record, &aggregate, sizeof(aggregate), err));
	if (aggregate >= op->plan->aggregate_count || group >= state->groups.count)
		return nami_fail(err, NAMI_ERR_CORRUPT, "a temporary file is damaged");
	NAMI_TRY(nami_spill_take_values(record, op->arena, args,
									op->plan->aggregates[aggregate].arg_count, err));
	return add_args(op, state, aggregate, group, args, err);
}

/* Hands a record on to the partitions of the next level; last_hash: of the group before it. */
static NamiStatus
pass_on(NamiOp *op, AggregateState *state, NamiCursor record, uint64_t *last_hash, NamiError *err)
{
	NamiBuf		copy;

	if (record.len > sizeof(*last_hash) && record.ptr[0] != RECORD_REPLAY)
		memcpy(last_hash, record.ptr + 1, sizeof(*last_hash));
	nami_buf_init(&copy, op->arena);
	nami_buf_put(&copy, record.ptr, record.len);
	return nami_partitions_write(op, &state->partitions, *last_hash, &copy, err);
}

/* Aggregates one partition. */
static NamiStatus
load_part(NamiOp *op, AggregateState *state, NamiPart part, NamiError *err)
{
	uint64_t	last_hash = 0;
	size_t		group = SIZE_MAX;

	clear_groups(op, state);
	nami_spill_reader_reuse(&state->reader, part.spill, op->state_arena);
	for (uint64_t n = 0;; n++)
	{
		NamiCursor	record;
		NamiCursor	whole;
		uint8_t		kind = RECORD_ROW;
		bool		found;

		NAMI_TRY(nami_spill_read(&state->reader, &record, &found, err));
		if (!found)
			break;
		if (n % CHECK_EVERY == 0)
		{
			NAMI_TRY(nami_op_check(op, err));
			nami_arena_reset(op->arena);
		}
		whole = record;
		NAMI_TRY(nami_spill_take(&record, &kind, sizeof(kind), err));
		/* A group and what is replayed into it stay together. */
		if (n % CHECK_EVERY == 0 && kind != RECORD_REPLAY)
			NAMI_TRY(make_room(op, state, part.level + 1, err));
		if (state->is_spilling)
			NAMI_TRY(pass_on(op, state, whole, &last_hash, err));
		else if (kind == RECORD_REPLAY)
			NAMI_TRY(take_replay(op, state, &record, group, err));
		else
			NAMI_TRY(take_keyed(op, state, kind, &record, &group, err));
	}
	nami_spill_close(part.spill);
	return finish_groups(op, state, err);
}

/* ---- operator ------------------------------------------------------------------------------ */

/* The keys and arguments of a batch, as columns. */
typedef struct Columns
{
	const NamiBatch *batch;
	NamiValue **keys;
	NamiValue **args;			/* of all aggregates, one after the other */
} Columns;

static NamiStatus
eval_columns(NamiOp *op, const AggregateState *state, Columns *columns, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	const NamiBatch *input = columns->batch;
	uint32_t	column = 0;

	columns->keys = NAMI_NEW_ARRAY(op->arena, NamiValue *, plan->item_count + 1);
	columns->args = NAMI_NEW_ARRAY(op->arena, NamiValue *, state->arg_count + 1);
	for (uint32_t i = 0; i < plan->item_count; i++)
	{
		columns->keys[i] = nami_op_values(op, input);
		NAMI_TRY(nami_op_eval(op, plan->items[i].expr, input, columns->keys[i], err));
	}
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		for (uint32_t j = 0; j < plan->aggregates[i].arg_count; j++, column++)
		{
			columns->args[column] = nami_op_values(op, input);
			NAMI_TRY(nami_op_eval(op, plan->aggregates[i].args[j], input, columns->args[column],
								  err));
		}
	}
	return NAMI_OK;
}

static void
take_row(NamiValue *out, NamiValue *const *columns, uint32_t count, uint32_t row)
{
	for (uint32_t j = 0; j < count; j++)
		out[j] = columns[j][row];
}

/* While groups are in files, rows follow them there. */
static NamiStatus
write_batch(NamiOp *op, AggregateState *state, const Columns *columns, NamiError *err)
{
	uint32_t	width = op->plan->item_count;
	NamiValue  *key = NAMI_NEW_ARRAY(op->arena, NamiValue, width + 1);
	NamiValue  *args = NAMI_NEW_ARRAY(op->arena, NamiValue, state->arg_count + 1);

	for (uint32_t i = 0; i < columns->batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(columns->batch, i);

		take_row(key, columns->keys, width, row);
		take_row(args, columns->args, state->arg_count, row);
		NAMI_TRY(nami_op_check_long(op, key, width, err));
		NAMI_TRY(nami_op_check_long(op, args, state->arg_count, err));
		NAMI_TRY(write_row(op, state, key, nami_tuple_hash(key, width), args, err));
	}
	return NAMI_OK;
}

/* The same as put_group for a key that is one integer: most of these come again soon. */
static size_t
put_int_group(NamiOp *op, AggregateState *state, const NamiValue *key)
{
	uint64_t	hash = (uint64_t) key->integer * UINT64_C(0x9E3779B97F4A7C15);
	Memo	   *memo = &state->memo[hash >> (64 - MEMO_BITS)];
	size_t		group;

	if (memo->group != 0 && memo->key == key->integer)
		return memo->group - (size_t) 1;
	group = put_group(op, state, key, nami_tuple_hash(key, 1));
	*memo = (Memo) {key->integer, (uint32_t) group + 1};
	return group;
}

/* groups[i]: of the i-th selected row. */
static NamiStatus
find_groups(NamiOp *op, AggregateState *state, const Columns *columns, uint32_t *groups,
			NamiError *err)
{
	uint32_t	width = op->plan->item_count;
	NamiValue  *key = NAMI_NEW_ARRAY(op->arena, NamiValue, width + 1);

	for (uint32_t i = 0; i < columns->batch->selected_count; i++)
	{
		take_row(key, columns->keys, width, nami_batch_row(columns->batch, i));
		if (width == 1 && key->kind == NAMI_INT)
		{
			groups[i] = (uint32_t) put_int_group(op, state, key);
			continue;
		}
		NAMI_TRY(nami_op_check_long(op, key, width, err));
		groups[i] = (uint32_t) put_group(op, state, key, nami_tuple_hash(key, width));
	}
	return NAMI_OK;
}

/* Adds a batch to one aggregate. args: its columns. */
static NamiStatus
add_column(NamiOp *op, AggregateState *state, uint32_t aggregate, const NamiBatch *batch,
		   NamiValue *const *args, const uint32_t *groups, NamiError *err)
{
	const NamiAggregateItem *item = &op->plan->aggregates[aggregate];
	NamiValue	row_args[ARGS_MAX];

	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		if (item->star)
		{
			++*(uint64_t *) state_of(state, groups[i], aggregate);
			continue;
		}
		take_row(row_args, args, item->arg_count, nami_batch_row(batch, i));
		NAMI_TRY(nami_op_check_long(op, row_args, item->arg_count, err));
		NAMI_TRY(add_value(op, state, aggregate, groups[i], row_args, err));
	}
	return NAMI_OK;
}

static NamiStatus
aggregate_batch(NamiOp *op, AggregateState *state, const NamiBatch *input, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	Columns		columns = {.batch = input};
	NamiValue *const *args;
	uint32_t   *groups;

	NAMI_TRY(eval_columns(op, state, &columns, err));
	if (state->is_spilling)
		return write_batch(op, state, &columns, err);
	if (input->selected_count == 0)
		return NAMI_OK;
	groups = nami_arena_alloc0(op->arena, input->selected_count * sizeof(uint32_t));
	if (plan->item_count > 0)
		NAMI_TRY(find_groups(op, state, &columns, groups, err));
	else
		put_group(op, state, NULL, nami_tuple_hash(NULL, 0));
	args = columns.args;
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		if (plan->aggregates[i].star && plan->item_count == 0)
			*(uint64_t *) state_of(state, 0, i) += input->selected_count;
		else
			NAMI_TRY(add_column(op, state, i, input, args, groups, err));
		args += plan->aggregates[i].arg_count;
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
		NAMI_TRY(make_room(op, state, 0, err));
		NAMI_TRY(nami_op_check(op, err));
	}
	NAMI_TRY(finish_groups(op, state, err));
	/* Without grouping keys there is always exactly one row. */
	if (op->plan->item_count == 0 && state->groups.count == 0)
		put_group(op, state, NULL, nami_tuple_hash(NULL, 0));
	state->is_loaded = true;
	return NAMI_OK;
}

/* count groups from state->next on. */
static NamiStatus
emit_groups(NamiOp *op, AggregateState *state, uint32_t count, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;

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
			void	   *block = state_of(state, state->next + g, i);

			NAMI_TRY(nami_op_check(op, err));
			if (item->star)
				values[g] = nami_value_int(*(int64_t *) block);
			else
				NAMI_TRY(implementation(item)->finish(block, op->arena, &values[g], err));
		}
		nami_batch_set_values(&op->batch, item->slot, values);
	}
	state->next += count;
	return NAMI_OK;
}

static NamiStatus
aggregate_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	AggregateState *state = op->state;
	uint64_t	left;

	*out = NULL;
	if (!state->is_loaded)
		NAMI_TRY(aggregate_load(op, state, err));
	while (state->next >= state->groups.count)
	{
		if (state->parts.count == 0)
			return NAMI_OK;
		NAMI_TRY(load_part(op, state, state->parts.items[--state->parts.count], err));
	}
	left = state->groups.count - state->next;
	NAMI_TRY(emit_groups(op, state, left > NAMI_BATCH_ROWS ? NAMI_BATCH_ROWS : (uint32_t) left,
						 err));
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_aggregate(NamiOp *op)
{
	op->open = aggregate_open;
	op->next = aggregate_next;
}
