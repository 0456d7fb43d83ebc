/*
 * op_write.c - CREATE, SET, REMOVE and DELETE.
 *
 * A writing operator reads all of its input before it changes anything, so that no clause sees its
 * own writes (spec/cypher.md 5.6); only a plan that the planner has proved harmless streams. Rows
 * are then written one after the other and handed on.
 */
#include "exec/operator.h"

#include "base/uuid.h"
#include "base/vec.h"

typedef struct WriteState
{
	NamiRowStore rows;			/* the whole input */
	uint64_t	next;
	bool		is_loaded;
} WriteState;

/* ---- values of entities -------------------------------------------------------------------- */

static NamiStatus
entity_map(NamiOp *op, NamiValue entity, NamiValue *map, NamiError *err)
{
	const NamiSnapshot *snapshot = &op->execution->snapshot;

	if (entity.kind == NAMI_NODE)
		return nami_snapshot_node_map(snapshot, (NamiOrd) entity.integer, op->arena, map, err);
	return nami_snapshot_edge_map(snapshot, entity.rel->type, entity.rel->pos, op->arena, map, err);
}

static NamiStatus
store_entity(NamiOp *op, NamiValue entity, NamiValue map, NamiError *err)
{
	NamiTransaction *txn = op->execution->options.transaction;
	const NamiLabelId *labels;
	NamiEdgePos pos;
	uint32_t	count;

	if (entity.kind == NAMI_REL)
		return nami_transaction_put_edge(txn, entity.rel->type, entity.rel->src, entity.rel->dst,
										 map, &pos, err);
	count = nami_snapshot_labels(&op->execution->snapshot, (NamiOrd) entity.integer, op->arena,
								 &labels);
	return nami_transaction_set_node(txn, (NamiOrd) entity.integer, labels, count, map, err);
}

/* map with key set to value; a null value removes it. */
static NamiValue
map_with(NamiArena *arena, NamiValue map, NamiStr key, NamiValue value)
{
	NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, (size_t) map.len + 1);
	uint32_t	count = 0;
	bool		placed = value.kind == NAMI_NULL;

	for (uint32_t i = 0; i < map.len; i++)
	{
		int			diff = nami_str_cmp(map.entries[i].key, key);

		if (diff == 0)
			continue;
		if (diff > 0 && !placed)
		{
			entries[count++] = (NamiMapEntry) {key, value};
			placed = true;
		}
		entries[count++] = map.entries[i];
	}
	if (!placed)
		entries[count++] = (NamiMapEntry) {key, value};
	return nami_value_map(entries, count);
}

static bool
is_live(NamiOp *op, NamiValue entity)
{
	const NamiSnapshot *snapshot = &op->execution->snapshot;

	if (entity.kind == NAMI_NODE)
		return nami_snapshot_node_is_live(snapshot, (NamiOrd) entity.integer);
	return nami_snapshot_edge_is_live(snapshot, entity.rel->type, entity.rel->pos);
}

static NamiStatus
check_entity(NamiOp *op, NamiValue entity, int64_t position, const char *what, NamiError *err)
{
	if (entity.kind != NAMI_NODE && entity.kind != NAMI_REL)
		return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", position,
							"%s needs a NODE or RELATIONSHIP, got %s", what,
							nami_kind_name(entity.kind));
	if (!is_live(op, entity))
		return nami_fail_at(err, NAMI_ERR_ENTITY_DELETED, "EntityNotFound: DeletedEntityAccess",
							position, "the %s was deleted earlier in this statement",
							entity.kind == NAMI_NODE ? "node" : "relationship");
	return NAMI_OK;
}

/* ---- SET and REMOVE ------------------------------------------------------------------------ */

static NamiStatus
set_property(NamiOp *op, NamiValue entity, NamiStr key, NamiValue value, NamiError *err)
{
	NamiValue	map;

	NAMI_TRY(entity_map(op, entity, &map, err));
	if (value.kind == NAMI_NULL && nami_value_map_get(map, key) == NULL)
		return NAMI_OK;
	op->execution->counters.properties_set++;
	return store_entity(op, entity, map_with(op->arena, map, key, value), err);
}

static NamiStatus
source_map(NamiOp *op, const NamiSetItem *item, NamiValue value, NamiValue *map, NamiError *err)
{
	if (value.kind == NAMI_MAP || value.kind == NAMI_NULL)
	{
		*map = value.kind == NAMI_MAP ? value : nami_value_map(NULL, 0);
		return NAMI_OK;
	}
	if (value.kind == NAMI_NODE || value.kind == NAMI_REL)
		return entity_map(op, value, map, err);
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", item->position,
						"properties can be taken from a MAP, NODE or RELATIONSHIP, not from %s",
						nami_kind_name(value.kind));
}

static NamiStatus
set_map(NamiOp *op, const NamiSetItem *item, NamiValue entity, NamiValue value, NamiError *err)
{
	NamiValue	result = nami_value_map(NULL, 0);
	NamiValue	map;

	NAMI_TRY(source_map(op, item, value, &map, err));
	if (item->kind == NAMI_SET_MERGE)
	{
		if (map.len == 0)
			return NAMI_OK;
		NAMI_TRY(entity_map(op, entity, &result, err));
	}
	for (uint32_t i = 0; i < map.len; i++)
		result = map_with(op->arena, result, map.entries[i].key, map.entries[i].value);
	op->execution->counters.properties_set += map.len;
	return store_entity(op, entity, result, err);
}

static bool
has_label(const NamiLabelId *labels, uint32_t count, NamiLabelId label)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (labels[i] == label)
			return true;
	}
	return false;
}

static NamiStatus
change_labels(NamiOp *op, const NamiSetItem *item, NamiValue entity, NamiError *err)
{
	NamiExecution *execution = op->execution;
	const NamiLabelId *old;
	uint32_t	old_count;
	NamiLabelId *labels;
	uint32_t	count = 0;
	NamiValue	map;

	if (entity.kind != NAMI_NODE)
		return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", item->position,
							"labels belong to a NODE, not to a %s", nami_kind_name(entity.kind));
	old_count = nami_snapshot_labels(&execution->snapshot, (NamiOrd) entity.integer, op->arena,
									 &old);
	labels = NAMI_NEW_ARRAY(op->arena, NamiLabelId, (size_t) old_count + item->label_count + 1);
	for (uint32_t i = 0; i < old_count; i++)
	{
		bool		is_removed = false;

		for (uint32_t j = 0; j < item->label_count && item->kind == NAMI_REMOVE_LABELS; j++)
			is_removed |= item->labels[j].number == old[i];
		if (!is_removed)
			labels[count++] = old[i];
	}
	execution->counters.labels_removed += old_count - count;
	for (uint32_t j = 0; j < item->label_count && item->kind == NAMI_SET_LABELS; j++)
	{
		NamiLabelId label = nami_name_intern(execution, NAMI_NAME_LABEL, item->labels[j].text);

		if (has_label(labels, count, label))
			continue;
		labels[count++] = label;
		execution->counters.labels_added++;
	}
	if (count == old_count && (count == 0 || memcmp(labels, old, count * sizeof(*old)) == 0))
		return NAMI_OK;
	NAMI_TRY(entity_map(op, entity, &map, err));
	return nami_transaction_set_node(execution->options.transaction, (NamiOrd) entity.integer,
									 labels, count, map, err);
}

static NamiStatus
set_item(NamiOp *op, const NamiSetItem *item, const NamiBatch *row, NamiError *err)
{
	NamiValue	entity;
	NamiValue	value = nami_value_null();
	NamiValue	key;

	NAMI_TRY(nami_op_eval(op, item->target, row, &entity, err));
	if (entity.kind == NAMI_NULL)
		return NAMI_OK;
	NAMI_TRY(check_entity(op, entity, item->position,
						  item->kind >= NAMI_REMOVE_PROPERTY ? "REMOVE" : "SET", err));
	if (item->value != NULL)
		NAMI_TRY(nami_op_eval(op, item->value, row, &value, err));
	switch (item->kind)
	{
		case NAMI_SET_PROPERTY:
			return set_property(op, entity, item->name.text, value, err);
		case NAMI_REMOVE_PROPERTY:
			if (item->key == NULL)
				return set_property(op, entity, item->name.text, nami_value_null(), err);
			/* FALLTHROUGH */
		case NAMI_SET_DYNAMIC:
			NAMI_TRY(nami_op_eval(op, item->key, row, &key, err));
			if (key.kind != NAMI_STRING)
				return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: MapElementAccessByNonString",
									item->position, "a property key must be a STRING, got %s",
									nami_kind_name(key.kind));
			return set_property(op, entity, nami_value_str(key), value, err);
		case NAMI_SET_REPLACE:
		case NAMI_SET_MERGE:
			return set_map(op, item, entity, value, err);
		case NAMI_SET_LABELS:
		case NAMI_REMOVE_LABELS:
			return change_labels(op, item, entity, err);
	}
	return NAMI_OK;
}

NamiStatus
nami_write_set(NamiOp *op, const NamiSetItem *items, uint32_t count, const NamiBatch *row,
			   NamiError *err)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (set_item(op, &items[i], row, err) == NAMI_OK)
		{
			nami_execution_resolve_names(op->execution);
			continue;
		}
		if (err->position < 0)
			err->position = items[i].position;
		return NAMI_FAILED;
	}
	return NAMI_OK;
}

/* ---- CREATE -------------------------------------------------------------------------------- */

/* "_id" among the properties gives a node its id and is no property. */
static NamiStatus
take_id(NamiOp *op, const NamiCreateItem *item, NamiValue *props, NamiId *id, bool *has_id,
		NamiError *err)
{
	const NamiValue *value = nami_value_map_get(*props, NAMI_STR("_id"));

	*has_id = false;
	if (value == NULL || value->kind == NAMI_NULL)
		return NAMI_OK;
	if (item->is_rel)
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue",
							item->position, "a relationship cannot be given an \"_id\"");
	if (value->kind != NAMI_STRING || !nami_uuid_parse(nami_value_str(*value), id))
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue",
							item->position, "\"_id\" must be the text of a UUID");
	*has_id = true;
	*props = map_with(op->arena, *props, NAMI_STR("_id"), nami_value_null());
	return NAMI_OK;
}

static NamiStatus
eval_props(NamiOp *op, const NamiCreateItem *item, const NamiBatch *row, NamiValue *props,
		   NamiError *err)
{
	*props = nami_value_map(NULL, 0);
	if (item->props == NULL)
		return NAMI_OK;
	NAMI_TRY(nami_op_eval(op, item->props, row, props, err));
	if (props->kind == NAMI_NULL)
		*props = nami_value_map(NULL, 0);
	if (props->kind != NAMI_MAP)
		return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", item->position,
							"properties must be a MAP, got %s", nami_kind_name(props->kind));
	return NAMI_OK;
}

static NamiStatus
create_node(NamiOp *op, const NamiCreateItem *item, NamiBatch *row, NamiError *err)
{
	NamiExecution *execution = op->execution;
	NamiLabelId *labels = NAMI_NEW_ARRAY(op->arena, NamiLabelId, item->label_count + 1);
	NamiOrd    *ord = NAMI_NEW_ARRAY(op->arena, NamiOrd, 1);
	uint32_t	count = 0;
	NamiValue	props;
	NamiId		id;
	bool		has_id;

	NAMI_TRY(eval_props(op, item, row, &props, err));
	NAMI_TRY(take_id(op, item, &props, &id, &has_id, err));
	for (uint32_t i = 0; i < item->label_count; i++)
	{
		NamiLabelId label = nami_name_intern(execution, NAMI_NAME_LABEL, item->labels[i].text);

		if (!has_label(labels, count, label))
			labels[count++] = label;
	}
	NAMI_TRY(nami_transaction_create_node(execution->options.transaction, has_id ? &id : NULL,
										  labels, count, props, ord, err));
	execution->counters.nodes_created++;
	execution->counters.labels_added += count;
	execution->counters.properties_set += props.len;
	row->columns[item->slot] = (NamiVector) {
		.kind = NAMI_VEC_ORD, .is_constant = true, .ords = ord
	};
	return NAMI_OK;
}

static NamiStatus
create_end(NamiOp *op, const NamiCreateItem *item, const NamiBatch *row, NamiSlot slot,
		   NamiOrd *out, NamiError *err)
{
	if (!nami_batch_node(row, slot, 0, out))
		return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", item->position,
							"an end of a relationship must be a NODE");
	if (*out == NAMI_ORD_NONE)
		return nami_fail_at(err, NAMI_ERR_TYPE, "SemanticError: MissingNode", item->position,
							"cannot create a relationship: one of its ends is null");
	if (!nami_snapshot_node_is_live(&op->execution->snapshot, *out))
		return nami_fail_at(err, NAMI_ERR_ENTITY_DELETED, "EntityNotFound: DeletedEntityAccess",
							item->position, "an end of the relationship was deleted earlier in this statement");
	return NAMI_OK;
}

static NamiStatus
create_rel(NamiOp *op, const NamiCreateItem *item, NamiBatch *row, NamiError *err)
{
	NamiExecution *execution = op->execution;
	NamiRel    *rel = NAMI_NEW(op->arena, NamiRel);
	NamiValue	props;
	NamiId		id;
	bool		has_id;

	NAMI_TRY(eval_props(op, item, row, &props, err));
	NAMI_TRY(take_id(op, item, &props, &id, &has_id, err));
	NAMI_TRY(create_end(op, item, row, item->from, &rel->src, err));
	NAMI_TRY(create_end(op, item, row, item->to, &rel->dst, err));
	rel->type = nami_name_intern(execution, NAMI_NAME_TYPE, item->type.text);
	NAMI_TRY(nami_transaction_put_edge(execution->options.transaction, rel->type, rel->src,
									   rel->dst, props, &rel->pos, err));
	execution->counters.relationships_created++;
	execution->counters.properties_set += props.len;
	row->columns[item->slot] = (NamiVector) {
		.kind = NAMI_VEC_REL, .is_constant = true, .rels = rel
	};
	return NAMI_OK;
}

NamiStatus
nami_write_create(NamiOp *op, const NamiCreateItem *items, uint32_t count, NamiBatch *row,
				  NamiError *err)
{
	for (uint32_t i = 0; i < count; i++)
	{
		NamiStatus	status = items[i].is_rel ? create_rel(op, &items[i], row, err) :
			create_node(op, &items[i], row, err);

		if (status == NAMI_OK)
		{
			/* The next element may read a property that this one was the first to have. */
			nami_execution_resolve_names(op->execution);
			continue;
		}
		if (err->position < 0)
			err->position = items[i].position;
		return NAMI_FAILED;
	}
	return NAMI_OK;
}

/* ---- DELETE -------------------------------------------------------------------------------- */

static NamiStatus
delete_rel(NamiOp *op, const NamiRel *rel, NamiError *err)
{
	NamiExecution *execution = op->execution;

	if (!nami_snapshot_edge_is_live(&execution->snapshot, rel->type, rel->pos))
		return NAMI_OK;
	execution->counters.relationships_deleted++;
	return nami_transaction_delete_edge(execution->options.transaction, rel->type, rel->src,
										rel->dst, err);
}

/* Incident relationships that DETACH DELETE is about to remove, for the counters. */
static uint64_t
count_incident(NamiOp *op, NamiOrd ord)
{
	const NamiSnapshot *snapshot = &op->execution->snapshot;
	const NamiTypeId *types;
	uint32_t	count = nami_snapshot_edge_types(snapshot, op->arena, &types);
	uint64_t	total = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		total += nami_snapshot_degree(snapshot, types[i], NAMI_OUT, ord);
		total += nami_snapshot_degree(snapshot, types[i], NAMI_IN, ord);
		total -= nami_snapshot_find_edge(snapshot, types[i], ord, ord) != NAMI_POS_NONE;
	}
	return total;
}

static NamiStatus
delete_node(NamiOp *op, NamiOrd ord, NamiError *err)
{
	NamiExecution *execution = op->execution;

	if (!nami_snapshot_node_is_live(&execution->snapshot, ord))
		return NAMI_OK;
	if (op->plan->detach)
		execution->counters.relationships_deleted += count_incident(op, ord);
	execution->counters.nodes_deleted++;
	return nami_transaction_delete_node(execution->options.transaction, ord, op->plan->detach, err);
}

static NamiStatus
delete_value(NamiOp *op, NamiValue value, int64_t position, NamiError *err)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_NULL:
			return NAMI_OK;
		case NAMI_NODE:
			return delete_node(op, (NamiOrd) value.integer, err);
		case NAMI_REL:
			return delete_rel(op, value.rel, err);
		case NAMI_PATH:
			for (uint32_t i = 0; i < value.path->rel_count; i++)
				NAMI_TRY(delete_rel(op, &value.path->rels[i], err));
			for (uint32_t i = 0; i <= value.path->rel_count; i++)
				NAMI_TRY(delete_node(op, value.path->nodes[i], err));
			return NAMI_OK;
		default:
			return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", position,
								"DELETE needs a NODE, RELATIONSHIP or PATH, got %s",
								nami_kind_name(value.kind));
	}
}

static NamiStatus
delete_row(NamiOp *op, const NamiBatch *row, NamiError *err)
{
	for (uint32_t i = 0; i < op->plan->expr_count; i++)
	{
		NamiValue	value;

		NAMI_TRY(nami_op_eval(op, op->plan->exprs[i], row, &value, err));
		NAMI_TRY(delete_value(op, value, op->plan->exprs[i]->position, err));
	}
	return NAMI_OK;
}

/* ---- the operator -------------------------------------------------------------------------- */

/*
 * What must be kept of the input: what is live above, and what the operator's own expressions read.
 * The input's live list is exactly that.
 */
static NamiStatus
write_open(NamiOp *op, NamiError *err)
{
	WriteState *state = NAMI_NEW(op->state_arena, WriteState);

	op->state = state;
	nami_row_store_init(&state->rows, op->state_arena, op->plan->input->live,
						op->plan->input->live_count);
	return NAMI_OK;
}

static NamiStatus
write_row(NamiOp *op, NamiBatch *row, NamiError *err)
{
	switch (op->plan->kind)
	{
		case NAMI_PLAN_CREATE:
			return nami_write_create(op, op->plan->creates, op->plan->create_count, row, err);
		case NAMI_PLAN_DELETE:
			return delete_row(op, row, err);
		default:
			return nami_write_set(op, op->plan->sets, op->plan->set_count, row, err);
	}
}

/* The slots that CREATE fills, as vectors over all rows. */
typedef struct Created
{
	NamiOrd   **ords;			/* per create item, NULL for relationships */
	NamiRel   **rels;
} Created;

static Created
created_vectors(NamiOp *op, uint32_t row_count)
{
	uint32_t	n = op->plan->create_count;
	Created		created = {
		NAMI_NEW_ARRAY(op->arena, NamiOrd *, n + 1), NAMI_NEW_ARRAY(op->arena, NamiRel *, n + 1)
	};

	for (uint32_t i = 0; i < n; i++)
	{
		created.ords[i] = NULL;
		created.rels[i] = NULL;
		if (op->plan->creates[i].is_rel)
			created.rels[i] = NAMI_NEW_ARRAY(op->arena, NamiRel, row_count + 1);
		else
			created.ords[i] = NAMI_NEW_ARRAY(op->arena, NamiOrd, row_count + 1);
	}
	return created;
}

static void
keep_created(NamiOp *op, Created *created, const NamiBatch *row, uint32_t number)
{
	for (uint32_t i = 0; i < op->plan->create_count; i++)
	{
		const NamiVector *vector = &row->columns[op->plan->creates[i].slot];

		if (created->ords[i] != NULL)
			created->ords[i][number] = vector->ords[0];
		else
			created->rels[i][number] = vector->rels[0];
	}
}

/* Writes all selected rows of input and makes the output batch of them. */
static NamiStatus
write_batch(NamiOp *op, const NamiBatch *input, NamiError *err)
{
	bool		is_create = op->plan->kind == NAMI_PLAN_CREATE;
	NamiVector *columns = NAMI_NEW_ARRAY(op->arena, NamiVector, op->batch.slot_count + 1);
	Created		created = {0};

	if (is_create)
		created = created_vectors(op, input->row_count);
	for (uint32_t i = 0; i < input->selected_count; i++)
	{
		uint32_t	number = nami_batch_row(input, i);
		NamiBatch	row;

		nami_batch_single_row(input, number, columns, &row, op->arena);
		NAMI_TRY(write_row(op, &row, err));
		/* The next row may read a property that this one was the first to have. */
		nami_execution_resolve_names(op->execution);
		if (is_create)
			keep_created(op, &created, &row, number);
	}
	nami_op_pass(op, input);
	for (uint32_t i = 0; is_create && i < op->plan->create_count; i++)
	{
		NamiSlot	slot = op->plan->creates[i].slot;

		if (created.ords[i] != NULL)
			nami_batch_set_ords(&op->batch, slot, created.ords[i]);
		else
			nami_batch_set_rels(&op->batch, slot, created.rels[i]);
	}
	return NAMI_OK;
}

static NamiStatus
write_load(NamiOp *op, WriteState *state, NamiError *err)
{
	for (;;)
	{
		NamiBatch  *input;

		NAMI_TRY(nami_op_next(op->input, &input, err));
		if (input == NULL)
			break;
		nami_row_store_add(&state->rows, input);
	}
	state->is_loaded = true;
	return NAMI_OK;
}

/*
 * All rows are written before the first one is handed on, so that a LIMIT above cannot cut the
 * writes and readers above see all of them. Rows with what CREATE made are stored again for that.
 */
static NamiStatus
write_all(NamiOp *op, WriteState *state, NamiRowStore *done, NamiError *err)
{
	while (state->next < state->rows.count)
	{
		uint64_t	left = state->rows.count - state->next;
		uint32_t	count = left > NAMI_BATCH_ROWS ? NAMI_BATCH_ROWS : (uint32_t) left;
		NamiVector *columns;
		NamiBatch	input;

		nami_arena_reset(op->arena);
		NAMI_TRY(nami_op_check(op, err));
		nami_row_store_emit(&state->rows, op, NULL, state->next, count);
		columns = nami_arena_memdup(op->arena, op->batch.columns,
									op->batch.slot_count * sizeof(NamiVector));
		input = op->batch;
		input.columns = columns;
		NAMI_TRY(write_batch(op, &input, err));
		nami_row_store_add(done, &op->batch);
		state->next += count;
	}
	return NAMI_OK;
}

static NamiStatus
write_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	WriteState *state = op->state;
	uint64_t	left;
	uint32_t	count;

	*out = NULL;
	if (!state->is_loaded)
	{
		NamiRowStore done;

		NAMI_TRY(write_load(op, state, err));
		nami_row_store_init(&done, op->state_arena, op->plan->live, op->plan->live_count);
		NAMI_TRY(write_all(op, state, &done, err));
		state->rows = done;
		state->next = 0;
	}
	left = state->rows.count - state->next;
	count = left > NAMI_BATCH_ROWS ? NAMI_BATCH_ROWS : (uint32_t) left;
	if (count == 0)
		return NAMI_OK;
	nami_arena_reset(op->arena);
	nami_row_store_emit(&state->rows, op, NULL, state->next, count);
	state->next += count;
	*out = &op->batch;
	return NAMI_OK;
}

static NamiStatus
write_streaming_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	NamiBatch  *input;

	*out = NULL;
	NAMI_TRY(nami_op_next(op->input, &input, err));
	if (input == NULL)
		return NAMI_OK;
	nami_arena_reset(op->arena);
	NAMI_TRY(write_batch(op, input, err));
	*out = &op->batch;
	return NAMI_OK;
}

void
nami_op_init_write(NamiOp *op)
{
	op->open = write_open;
	op->next = op->plan->streaming ? write_streaming_next : write_next;
}
