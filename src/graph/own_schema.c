/*
 * own_schema.c - see own_schema.h.
 */
#include "graph/own_schema.h"

#include "graph/own_internal.h"
#include "graph/view_internal.h"

/* ---- finding ------------------------------------------------------------------------------- */

bool
nami_same_keys(const NamiKeyId *a, uint32_t a_count, const NamiKeyId *b, uint32_t b_count)
{
	if (a_count != b_count)
		return false;
	for (uint32_t i = 0; i < a_count; i++)
	{
		bool		is_found = false;

		for (uint32_t j = 0; j < b_count && !is_found; j++)
			is_found = a[i] == b[j];
		if (!is_found)
			return false;
	}
	return true;
}

int
nami_schema_find_constraint(const NamiSchema *schema, NamiStr name)
{
	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		if (nami_str_eq(schema->constraints[i].name, name))
			return (int) i;
	}
	return -1;
}

int
nami_schema_match_constraint(const NamiSchema *schema, NamiLabelId label, const NamiKeyId *keys,
							 uint32_t key_count)
{
	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		const NamiUniqueConstraint *it = &schema->constraints[i];

		if (it->label == label && nami_same_keys(it->keys, it->key_count, keys, key_count))
			return (int) i;
	}
	return -1;
}

/* Indexes on one property have no name. */
int
nami_schema_find_index(const NamiSchema *schema, NamiStr name)
{
	for (uint32_t i = 0; i < schema->index_count; i++)
	{
		if (schema->indexes[i].name.len > 0 && nami_str_eq(schema->indexes[i].name, name))
			return (int) i;
	}
	return -1;
}

int
nami_schema_match_index(const NamiSchema *schema, NamiLabelId label, const NamiKeyId *keys,
						uint32_t key_count)
{
	for (uint32_t i = 0; i < schema->index_count; i++)
	{
		const NamiRangeIndex *it = &schema->indexes[i];

		if (it->label == label && nami_same_keys(it->keys, it->key_count, keys, key_count))
			return (int) i;
	}
	return -1;
}

int
nami_schema_find_text_index(const NamiSchema *schema, NamiStr name)
{
	for (uint32_t i = 0; i < schema->text_index_count; i++)
	{
		if (nami_str_eq(schema->text_indexes[i].name, name))
			return (int) i;
	}
	return -1;
}

int
nami_schema_match_text_index(const NamiSchema *schema, NamiLabelId label, const NamiKeyId *keys,
							 uint32_t key_count)
{
	for (uint32_t i = 0; i < schema->text_index_count; i++)
	{
		const NamiTextIndex *it = &schema->text_indexes[i];

		if (it->label == label && nami_same_keys(it->keys, it->key_count, keys, key_count))
			return (int) i;
	}
	return -1;
}

int
nami_schema_find_vector_index(const NamiSchema *schema, NamiStr name)
{
	for (uint32_t i = 0; i < schema->vector_index_count; i++)
	{
		if (nami_str_eq(schema->vector_indexes[i].name, name))
			return (int) i;
	}
	return -1;
}

int
nami_schema_match_vector_index(const NamiSchema *schema, NamiLabelId label, NamiKeyId key,
							   NamiStr metric)
{
	for (uint32_t i = 0; i < schema->vector_index_count; i++)
	{
		const NamiVectorIndex *it = &schema->vector_indexes[i];

		if (it->label == label && it->key == key && nami_str_eq(it->metric, metric))
			return (int) i;
	}
	return -1;
}

/* ---- staging ------------------------------------------------------------------------------- */

void
nami_own_add_schema(NamiOwnWrites *own, const NamiSchemaCommand *command,
					const NamiDataType *types, uint64_t view_version)
{
	uint32_t	count = command->property_count;
	NamiStr    *properties = NAMI_NEW_ARRAY(own->arena, NamiStr, count + 1);
	NamiSchemaChange change = {.command = *command,.checked_version = view_version};

	change.keys = NAMI_NEW_ARRAY(own->arena, NamiKeyId, count + 1);
	for (uint32_t i = 0; i < count; i++)
	{
		properties[i] = nami_arena_str(own->arena, command->properties[i]);
		change.keys[i] = nami_catalog_intern(own->catalog, NAMI_NAME_KEY, properties[i]);
		own->size_bytes += properties[i].len + 64;
	}
	change.command.properties = properties;
	change.command.name = nami_arena_str(own->arena, command->name);
	change.command.label = nami_arena_str(own->arena, command->label);
	change.command.vector.metric = nami_arena_str(own->arena, command->vector.metric);
	change.command.vector.quantization = nami_arena_str(own->arena, command->vector.quantization);
	change.label = nami_catalog_intern(own->catalog, NAMI_NAME_LABEL, change.command.label);
	if (types != NULL)
		change.types = nami_arena_memdup(own->arena, types, count * sizeof(NamiDataType));
	own->size_bytes += sizeof(change) + command->name.len + command->label.len;
	nami_vec_reserve(&own->schema_changes, own->arena, own->schema_changes.count + 1);
	change.sequence = ++own->sequence;
	own->schema_changes.items[own->schema_changes.count++] = change;
}

uint32_t
nami_own_schema_changes(const NamiOwnWrites *own, NamiSchemaChange **changes)
{
	*changes = own->schema_changes.items;
	return (uint32_t) own->schema_changes.count;
}

/* ---- the schema that a reader sees --------------------------------------------------------- */

/* The lists of a schema, with room for what the changes add. */
typedef struct Building
{
	NamiUniqueConstraint *constraints;
	NamiRangeIndex *indexes;
	NamiVectorIndex *vector_indexes;
	NamiTextIndex *text_indexes;
	NamiSchema	schema;
} Building;

#define REMOVE_AT(list, count, at) \
	memmove(&(list)[at], &(list)[(at) + 1], ((count) - 1 - (size_t) (at)) * sizeof((list)[0]))

static uint32_t
count_action(const NamiSchemaChange *changes, uint32_t count, NamiSchemaAction action)
{
	uint32_t	found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += changes[i].command.action == action;
	return found;
}

static void
begin_building(Building *b, NamiArena *arena, const NamiSchema *from,
			   const NamiSchemaChange *changes, uint32_t count)
{
	uint32_t	constraints = count_action(changes, count, NAMI_SCHEMA_ADD_CONSTRAINT);
	uint32_t	indexes = count_action(changes, count, NAMI_SCHEMA_ADD_INDEX);
	uint32_t	vectors = count_action(changes, count, NAMI_SCHEMA_ADD_VECTOR_INDEX);
	uint32_t	texts = count_action(changes, count, NAMI_SCHEMA_ADD_TEXT_INDEX);

	b->schema = *from;
	b->constraints = NAMI_NEW_ARRAY(arena, NamiUniqueConstraint,
									from->constraint_count + constraints);
	b->indexes = NAMI_NEW_ARRAY(arena, NamiRangeIndex, from->index_count + indexes);
	b->vector_indexes = NAMI_NEW_ARRAY(arena, NamiVectorIndex,
									   from->vector_index_count + vectors);
	b->text_indexes = NAMI_NEW_ARRAY(arena, NamiTextIndex, from->text_index_count + texts);
	/* The views' texts and keys must not be borrowed: a view may go before the transaction does. */
	for (uint32_t i = 0; i < from->constraint_count; i++)
	{
		b->constraints[i] = from->constraints[i];
		b->constraints[i].name = nami_arena_str(arena, from->constraints[i].name);
		b->constraints[i].keys = nami_arena_memdup(arena, from->constraints[i].keys,
												   from->constraints[i].key_count *
												   sizeof(NamiKeyId));
	}
	for (uint32_t i = 0; i < from->index_count; i++)
	{
		b->indexes[i] = from->indexes[i];
		b->indexes[i].name = nami_arena_str(arena, from->indexes[i].name);
		b->indexes[i].keys = nami_arena_memdup(arena, from->indexes[i].keys,
											   from->indexes[i].key_count * sizeof(NamiKeyId));
	}
	for (uint32_t i = 0; i < from->vector_index_count; i++)
	{
		b->vector_indexes[i] = from->vector_indexes[i];
		b->vector_indexes[i].name = nami_arena_str(arena, from->vector_indexes[i].name);
		b->vector_indexes[i].metric = nami_arena_str(arena, from->vector_indexes[i].metric);
	}
	for (uint32_t i = 0; i < from->text_index_count; i++)
	{
		b->text_indexes[i] = from->text_indexes[i];
		b->text_indexes[i].name = nami_arena_str(arena, from->text_indexes[i].name);
		b->text_indexes[i].keys = nami_arena_memdup(arena, from->text_indexes[i].keys,
													from->text_indexes[i].key_count *
													sizeof(NamiKeyId));
	}
	b->schema.constraints = b->constraints;
	b->schema.indexes = b->indexes;
	b->schema.vector_indexes = b->vector_indexes;
	b->schema.text_indexes = b->text_indexes;
}

static void
add(Building *b, const NamiSchemaChange *change)
{
	const NamiSchemaCommand *command = &change->command;
	uint32_t	count = command->property_count;
	NamiSchema *schema = &b->schema;

	switch (command->action)
	{
		case NAMI_SCHEMA_ADD_CONSTRAINT:
			if (nami_schema_match_constraint(schema, change->label, change->keys, count) < 0)
				b->constraints[schema->constraint_count++] = (NamiUniqueConstraint) {
					command->name, change->label, change->keys, count
				};
			break;
		case NAMI_SCHEMA_ADD_INDEX:
			if (nami_schema_match_index(schema, change->label, change->keys, count) < 0)
				b->indexes[schema->index_count++] = (NamiRangeIndex) {
					count == 1 ? NAMI_STR("") : command->name, change->label, change->keys, count
				};
			break;
		case NAMI_SCHEMA_ADD_TEXT_INDEX:
			if (nami_schema_match_text_index(schema, change->label, change->keys, count) < 0)
				b->text_indexes[schema->text_index_count++] = (NamiTextIndex) {
					command->name, change->label, change->keys, count
				};
			break;
		case NAMI_SCHEMA_ADD_VECTOR_INDEX:
			if (nami_schema_match_vector_index(schema, change->label, change->keys[0],
											   command->vector.metric) < 0)
				b->vector_indexes[schema->vector_index_count++] = (NamiVectorIndex) {
					command->name, change->label, change->keys[0], command->vector.dimension,
					command->vector.metric
				};
			break;
		default:
			break;
	}
}

static void
drop(Building *b, const NamiSchemaChange *change)
{
	const NamiSchemaCommand *command = &change->command;
	NamiSchema *schema = &b->schema;
	int			at;

	switch (command->action)
	{
		case NAMI_SCHEMA_DROP_CONSTRAINT:
			at = nami_schema_find_constraint(schema, command->name);
			if (at >= 0)
				REMOVE_AT(b->constraints, schema->constraint_count--, at);
			break;
		case NAMI_SCHEMA_DROP_INDEX:
			at = nami_schema_match_index(schema, change->label, change->keys,
										 command->property_count);
			if (at >= 0)
				REMOVE_AT(b->indexes, schema->index_count--, at);
			break;
		case NAMI_SCHEMA_DROP_TEXT_INDEX:
			at = nami_schema_find_text_index(schema, command->name);
			if (at >= 0)
				REMOVE_AT(b->text_indexes, schema->text_index_count--, at);
			break;
		case NAMI_SCHEMA_DROP_VECTOR_INDEX:
			at = nami_schema_find_vector_index(schema, command->name);
			if (at >= 0)
				REMOVE_AT(b->vector_indexes, schema->vector_index_count--, at);
			break;
		default:
			break;
	}
}

static const NamiOwnSchema *
build(NamiOwnWrites *own, const NamiView *view, uint32_t change_count, uint64_t sequence)
{
	NamiOwnSchema *built = NAMI_NEW(own->arena, NamiOwnSchema);
	Building	b;

	begin_building(&b, own->arena, &view->schema, own->schema_changes.items, change_count);
	for (uint32_t i = 0; i < change_count; i++)
	{
		add(&b, &own->schema_changes.items[i]);
		drop(&b, &own->schema_changes.items[i]);
	}
	built->version = view->version;
	built->sequence = sequence;
	built->schema = b.schema;
	built->older = own->schemas;
	own->schemas = built;
	/* Thousands of statements in one transaction are bounded like data. */
	own->size_bytes += sizeof(*built) + 64 * ((uint64_t) b.schema.constraint_count +
											  b.schema.index_count + b.schema.vector_index_count +
											  b.schema.text_index_count);
	return built;
}

const NamiSchema *
nami_own_schema(const NamiOwnWrites *own, const NamiView *view, uint64_t mark)
{
	uint32_t	count = (uint32_t) own->schema_changes.count;
	uint64_t	sequence;

	while (count > 0 && own->schema_changes.items[count - 1].sequence > mark)
		count--;
	if (count == 0)
		return &view->schema;
	sequence = own->schema_changes.items[count - 1].sequence;
	/* Sequence numbers are never given twice, so a schema that was rolled back is never found. */
	for (const NamiOwnSchema *it = own->schemas; it != NULL; it = it->older)
	{
		if (it->version == view->version && it->sequence == sequence)
			return &it->schema;
	}
	return &build((NamiOwnWrites *) own, view, count, sequence)->schema;	/* a cache */
}
