/*
 * transaction_schema.c - schema statements: what they mean for the schema at hand and what they change
 * in the manifest (spec/cypher.md 7, storage.md 3.2, search.md 3.5).
 */
#include <stdlib.h>

#include "base/hash.h"
#include "format/propjson.h"
#include "graph/namespace_internal.h"
#include "graph/transaction_internal.h"

/* ---- texts for messages --------------------------------------------------------------------- */

/* Person(email, born) */
static const char *
target_text(NamiTransaction *txn, const NamiSchemaCommand *command)
{
	NamiBuf		buf;

	nami_buf_init(&buf, txn->scratch);
	nami_buf_printf(&buf, "%.*s(", NAMI_STR_ARG(nami_str_slice(command->label, 0, 100)));
	for (uint32_t i = 0; i < command->property_count && i < 16; i++)
		nami_buf_printf(&buf, "%s%.*s", i == 0 ? "" : ", ",
						NAMI_STR_ARG(nami_str_slice(command->properties[i], 0, 100)));
	nami_buf_printf(&buf, ")");
	return nami_arena_printf(txn->scratch, "%.*s", (int) buf.len, (const char *) buf.ptr);
}

static NamiStatus
fail_exists(const char *what, NamiStr name, NamiError *err)
{
	name = nami_str_slice(name, 0, 200);
	return nami_fail(err, NAMI_ERR_DUPLICATE_OBJECT, "%s named \"%.*s\" already exists", what,
					 NAMI_STR_ARG(name));
}

static NamiStatus
fail_missing(const char *what, NamiStr name, NamiError *err)
{
	name = nami_str_slice(name, 0, 200);
	return nami_fail(err, NAMI_ERR_UNDEFINED_OBJECT, "no %s named \"%.*s\" exists", what,
					 NAMI_STR_ARG(name));
}

/* ---- definitions ---------------------------------------------------------------------------- */

static NamiStatus
check_new_constraint(NamiTransaction *txn, const NamiSchema *schema, const NamiSchemaChange *change,
					 bool *is_noop, NamiError *err)
{
	const NamiSchemaCommand *command = &change->command;

	if (nami_schema_match_constraint(schema, change->label, change->keys,
									 command->property_count) >= 0)
	{
		*is_noop = command->is_tolerant;
		return *is_noop ? NAMI_OK : nami_fail(err, NAMI_ERR_DUPLICATE_OBJECT,
											  "a uniqueness constraint on %s already exists",
											  target_text(txn, command));
	}
	/* IF NOT EXISTS does not help here: it would silently leave the statement undone. */
	if (nami_schema_find_constraint(schema, command->name) < 0)
		return NAMI_OK;
	return nami_fail(err, NAMI_ERR_DUPLICATE_OBJECT,
					 "a constraint named \"%.*s\" already exists with a different definition",
					 NAMI_STR_ARG(nami_str_slice(command->name, 0, 200)));
}

static NamiStatus
check_new_index(NamiTransaction *txn, const NamiSchema *schema, const NamiSchemaChange *change,
				bool *is_noop, NamiError *err)
{
	const NamiSchemaCommand *command = &change->command;

	if (nami_schema_match_index(schema, change->label, change->keys,
								command->property_count) >= 0)
	{
		*is_noop = command->is_tolerant;
		return *is_noop ? NAMI_OK : nami_fail(err, NAMI_ERR_DUPLICATE_OBJECT,
											  "an index on %s already exists",
											  target_text(txn, command));
	}
	if (command->property_count > 1 && nami_schema_find_index(schema, command->name) >= 0)
		return fail_exists("an index", command->name, err);
	return NAMI_OK;
}

static NamiStatus
check_new_text_index(NamiTransaction *txn, const NamiSchema *schema, const NamiSchemaChange *change,
					 bool *is_noop, NamiError *err)
{
	const NamiSchemaCommand *command = &change->command;
	bool		is_named = nami_schema_find_text_index(schema, command->name) >= 0;
	int			match = nami_schema_match_text_index(schema, change->label, change->keys,
													 command->property_count);

	if (!is_named && match < 0)
		return NAMI_OK;
	*is_noop = command->is_tolerant;
	if (*is_noop)
		return NAMI_OK;
	if (is_named)
		return fail_exists("a full-text index", command->name, err);
	return nami_fail(err, NAMI_ERR_DUPLICATE_OBJECT,
					 "a full-text index on %s already exists: \"%.*s\"",
					 target_text(txn, command),
					 NAMI_STR_ARG(nami_str_slice(schema->text_indexes[match].name, 0, 200)));
}

static NamiStatus
check_new_vector_index(NamiTransaction *txn, const NamiSchema *schema,
					   const NamiSchemaChange *change, bool *is_noop, NamiError *err)
{
	const NamiSchemaCommand *command = &change->command;
	bool		is_named = nami_schema_find_vector_index(schema, command->name) >= 0;
	int			match = nami_schema_match_vector_index(schema, change->label, change->keys[0],
													   command->vector.metric);

	if (!is_named && match < 0)
		return NAMI_OK;
	*is_noop = command->is_tolerant;
	if (*is_noop)
		return NAMI_OK;
	if (is_named)
		return fail_exists("a vector index", command->name, err);
	return nami_fail(err, NAMI_ERR_DUPLICATE_OBJECT,
					 "a vector index on %s with metric %.*s already exists: \"%.*s\"",
					 target_text(txn, command), NAMI_STR_ARG(command->vector.metric),
					 NAMI_STR_ARG(nami_str_slice(schema->vector_indexes[match].name, 0, 200)));
}

/* What the change would do to schema: nothing (is_noop), something, or it is an error. */
static NamiStatus
check_definition(NamiTransaction *txn, const NamiSchema *schema, const NamiSchemaChange *change,
				 bool *is_noop, NamiError *err)
{
	const NamiSchemaCommand *command = &change->command;
	const char *what = "index";
	int			at = -1;

	*is_noop = false;
	switch (command->action)
	{
		case NAMI_SCHEMA_ADD_CONSTRAINT:
			return check_new_constraint(txn, schema, change, is_noop, err);
		case NAMI_SCHEMA_ADD_INDEX:
			return check_new_index(txn, schema, change, is_noop, err);
		case NAMI_SCHEMA_ADD_TEXT_INDEX:
			return check_new_text_index(txn, schema, change, is_noop, err);
		case NAMI_SCHEMA_ADD_VECTOR_INDEX:
			return check_new_vector_index(txn, schema, change, is_noop, err);
		case NAMI_SCHEMA_DROP_CONSTRAINT:
			what = "constraint";
			at = nami_schema_find_constraint(schema, command->name);
			break;
		case NAMI_SCHEMA_DROP_INDEX:
			at = nami_schema_match_index(schema, change->label, change->keys,
										 command->property_count);
			break;
		case NAMI_SCHEMA_DROP_TEXT_INDEX:
			what = "full-text index";
			at = nami_schema_find_text_index(schema, command->name);
			break;
		case NAMI_SCHEMA_DROP_VECTOR_INDEX:
			what = "vector index";
			at = nami_schema_find_vector_index(schema, command->name);
			break;
	}
	*is_noop = at < 0;
	return at >= 0 || command->is_tolerant ? NAMI_OK : fail_missing(what, command->name, err);
}

/* ---- resolving ------------------------------------------------------------------------------ */

static int
cmp_names(const void *a, const void *b)
{
	return nami_str_cmp(*(const NamiStr *) a, *(const NamiStr *) b);
}

/* Text indexes keep their properties sorted, each once. */
static void
sort_properties(NamiTransaction *txn, NamiSchemaCommand *command)
{
	NamiStr    *names = nami_arena_memdup(txn->scratch, command->properties,
										  command->property_count * sizeof(NamiStr));
	uint32_t	count = 0;

	qsort(names, command->property_count, sizeof(NamiStr), cmp_names);
	for (uint32_t i = 0; i < command->property_count; i++)
	{
		if (count == 0 || !nami_str_eq(names[count - 1], names[i]))
			names[count++] = names[i];
	}
	command->properties = names;
	command->property_count = count;
}

/* uniq_Person_email, idx_Person_a_b */
static NamiStr
default_name(NamiTransaction *txn, const char *prefix, const NamiSchemaCommand *command)
{
	NamiBuf		buf;

	nami_buf_init(&buf, txn->scratch);
	nami_buf_put_cstr(&buf, prefix);
	nami_buf_put(&buf, command->label.ptr, command->label.len);
	for (uint32_t i = 0; i < command->property_count; i++)
	{
		nami_buf_put_cstr(&buf, "_");
		nami_buf_put(&buf, command->properties[i].ptr, command->properties[i].len);
	}
	return nami_buf_str(&buf);
}

static NamiStatus
resolve_add(NamiTransaction *txn, NamiSchemaChange *change, NamiError *err)
{
	NamiSchemaCommand *command = &change->command;
	bool		is_declared = command->action == NAMI_SCHEMA_ADD_CONSTRAINT ||
		command->action == NAMI_SCHEMA_ADD_INDEX;

	if (command->action == NAMI_SCHEMA_ADD_TEXT_INDEX)
		sort_properties(txn, command);
	if (command->name.len == 0)
		command->name = default_name(txn, command->action == NAMI_SCHEMA_ADD_CONSTRAINT ?
									 "uniq_" : "idx_", command);
	change->label = nami_catalog_intern(txn->catalog, NAMI_NAME_LABEL, command->label);
	change->keys = NAMI_NEW_ARRAY(txn->scratch, NamiKeyId, command->property_count);
	for (uint32_t i = 0; i < command->property_count; i++)
	{
		/* The product does not load a manifest that declares such a property. */
		if (is_declared)
			NAMI_TRY(nami_prop_check_name(command->properties[i], err));
		change->keys[i] = nami_catalog_intern(txn->catalog, NAMI_NAME_KEY, command->properties[i]);
		for (uint32_t j = 0; j < i; j++)
		{
			if (change->keys[j] == change->keys[i])
				return nami_fail(err, NAMI_ERR_DUPLICATE_NAME,
								 "property \"%.*s\" is listed twice",
								 NAMI_STR_ARG(nami_str_slice(command->properties[i], 0, 200)));
		}
	}
	return NAMI_OK;
}

/* What a found element covers, so that the change says what is gone. */
static void
set_target(NamiTransaction *txn, NamiSchemaChange *change, NamiLabelId label,
		   const NamiKeyId *keys, uint32_t count)
{
	NamiStr    *names = NAMI_NEW_ARRAY(txn->scratch, NamiStr, count + 1);

	for (uint32_t i = 0; i < count; i++)
		names[i] = nami_catalog_name(txn->catalog, NAMI_NAME_KEY, keys[i]);
	change->label = label;
	change->keys = nami_arena_memdup(txn->scratch, keys, count * sizeof(NamiKeyId));
	change->command.label = nami_catalog_name(txn->catalog, NAMI_NAME_LABEL, label);
	change->command.properties = names;
	change->command.property_count = count;
}

/* An index on one property goes by the name that SHOW INDEXES makes up for it. */
static bool
is_shown_as(NamiTransaction *txn, const NamiRangeIndex *index, NamiStr name)
{
	NamiStr		label = nami_catalog_name(txn->catalog, NAMI_NAME_LABEL, index->label);
	NamiStr		key;

	if (index->name.len > 0)
		return nami_str_eq(index->name, name);
	key = nami_catalog_name(txn->catalog, NAMI_NAME_KEY, index->keys[0]);
	return nami_str_eq(nami_str(nami_arena_printf(txn->scratch, "index_%.*s_%.*s",
												  NAMI_STR_ARG(label), NAMI_STR_ARG(key))), name);
}

static NamiStatus
resolve_range_index(NamiTransaction *txn, const NamiSchema *schema, NamiSchemaChange *change,
					NamiError *err)
{
	NamiStr		name = change->command.name;
	int			at = nami_schema_find_index(schema, name);
	uint32_t	matches = 0;

	for (uint32_t i = 0; i < schema->index_count && at < 0; i++)
		matches += is_shown_as(txn, &schema->indexes[i], name);
	if (matches > 1)
		return nami_fail(err, NAMI_ERR_UNDEFINED_OBJECT,
						 "several indexes are shown as \"%.*s\"",
						 NAMI_STR_ARG(nami_str_slice(name, 0, 200)));
	for (uint32_t i = 0; i < schema->index_count && at < 0; i++)
	{
		if (is_shown_as(txn, &schema->indexes[i], name))
			at = (int) i;
	}
	if (at >= 0)
		set_target(txn, change, schema->indexes[at].label, schema->indexes[at].keys,
				   schema->indexes[at].key_count);
	return NAMI_OK;
}

static void
hint_other_kind(const NamiSchema *schema, NamiStr name, NamiError *err)
{
	if (nami_schema_find_vector_index(schema, name) >= 0)
		nami_error_hint(err, "A vector index of that name exists: use DROP VECTOR INDEX.");
	else if (nami_schema_find_constraint(schema, name) >= 0)
		nami_error_hint(err, "A constraint of that name exists: use DROP CONSTRAINT.");
}

static NamiStatus
resolve_drop(NamiTransaction *txn, const NamiSchema *schema, NamiSchemaChange *change,
			 NamiError *err)
{
	NamiSchemaCommand *command = &change->command;
	int			at;

	change->label = NAMI_NAME_UNKNOWN;
	command->properties = NULL;
	command->property_count = 0;
	if (command->action == NAMI_SCHEMA_DROP_INDEX)
	{
		if (nami_schema_find_text_index(schema, command->name) >= 0)
			command->action = NAMI_SCHEMA_DROP_TEXT_INDEX;
		else
			return resolve_range_index(txn, schema, change, err);
	}
	if (command->action == NAMI_SCHEMA_DROP_CONSTRAINT)
	{
		at = nami_schema_find_constraint(schema, command->name);
		if (at >= 0)
			set_target(txn, change, schema->constraints[at].label, schema->constraints[at].keys,
					   schema->constraints[at].key_count);
	}
	else if (command->action == NAMI_SCHEMA_DROP_TEXT_INDEX)
	{
		at = nami_schema_find_text_index(schema, command->name);
		if (at >= 0)
			set_target(txn, change, schema->text_indexes[at].label, schema->text_indexes[at].keys,
					   schema->text_indexes[at].key_count);
	}
	else
	{
		at = nami_schema_find_vector_index(schema, command->name);
		if (at >= 0)
			set_target(txn, change, schema->vector_indexes[at].label,
					   &schema->vector_indexes[at].key, 1);
	}
	return NAMI_OK;
}

/* ---- staging -------------------------------------------------------------------------------- */

/* One schema statement at a time, so that two sessions of this cluster do not meet at the commit. */
static NamiStatus
lock_schema(NamiTransaction *txn, NamiError *err)
{
	static const char name[] = "schema statements";
	const NamiChanges *changes = nami_namespace_changes(txn->ns);
	uint64_t	key = nami_xxh3(name, sizeof(name) - 1);
	uint64_t	from;
	uint64_t	to;

	NAMI_TRY(nami_transaction_lock_keys(txn, &key, 1, false, err));
	from = nami_view_version(txn->statement_view);
	to = nami_view_version(txn->newest_view);
	if (from >= to ||
		(nami_changes_known(changes, from, to) && !nami_changes_touch_schema(changes, from, to)))
		return NAMI_OK;
	return nami_transaction_conflict(txn, "the schema", err);
}

NamiStatus
nami_transaction_schema(NamiTransaction *txn, const NamiSchemaCommand *command, NamiError *err)
{
	NamiSchemaChange change = {.command = *command};
	const NamiDataType *types = NULL;
	NamiSnapshot now;
	const NamiSchema *schema;
	bool		is_noop;

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	NAMI_TRY(lock_schema(txn, err));
	now = nami_transaction_now(txn, txn->statement_view);
	schema = nami_snapshot_schema(&now);
	if (command->action < NAMI_SCHEMA_DROP_CONSTRAINT)
		NAMI_TRY(resolve_add(txn, &change, err));
	else
		NAMI_TRY(resolve_drop(txn, schema, &change, err));
	if (check_definition(txn, schema, &change, &is_noop, err) != NAMI_OK)
	{
		if (command->action == NAMI_SCHEMA_DROP_INDEX)
			hint_other_kind(schema, command->name, err);
		return NAMI_FAILED;
	}
	if (is_noop)
		return NAMI_OK;
	NAMI_TRY(nami_schema_check_rows(txn, txn->statement_view, &change, err));
	if (command->action == NAMI_SCHEMA_ADD_CONSTRAINT || command->action == NAMI_SCHEMA_ADD_INDEX)
	{
		types = nami_schema_find_types(txn, txn->statement_view, &change, err);
		if (err->cls == NAMI_ERR_CANCELLED)
			return NAMI_FAILED;
		nami_error_reset(err);
	}
	nami_own_add_schema(txn->own, &change.command, types, nami_view_version(txn->statement_view));
	return NAMI_OK;
}

/* ---- commit --------------------------------------------------------------------------------- */

static bool
still_stands(const NamiSchema *schema, const NamiSchemaChange *change)
{
	if (change->command.action == NAMI_SCHEMA_ADD_CONSTRAINT)
		return nami_schema_find_constraint(schema, change->command.name) >= 0;
	return nami_schema_find_vector_index(schema, change->command.name) >= 0;
}

NamiStatus
nami_transaction_recheck_schema(NamiTransaction *txn, const NamiView *view, NamiError *err)
{
	const NamiChanges *log = nami_namespace_changes(txn->ns);
	uint64_t	version = nami_view_version(view);
	NamiSchemaChange *changes;
	uint32_t	count = nami_own_schema_changes(txn->own, &changes);

	for (uint32_t i = 0; i < count; i++)
	{
		NamiSchemaChange *change = &changes[i];
		const NamiId *ids;

		if (!nami_schema_concerns_rows(change) || change->checked_version == version ||
			!still_stands(nami_own_schema(txn->own, view, NAMI_MARK_NOW), change))
			continue;
		if (!nami_changes_known(log, change->checked_version, version) ||
			nami_changes_nodes(log, change->checked_version, version, txn->scratch, &ids) > 0)
			NAMI_TRY(nami_schema_check_rows(txn, view, change, err));
		change->checked_version = version;
	}
	return NAMI_OK;
}

static NamiKeyDef
key_def(const NamiSchemaCommand *command)
{
	return (NamiKeyDef) {command->name, command->label, command->properties,
		command->property_count};
}

static void
declare(NamiManifestNext *next, const NamiSchemaChange *change, bool unique, bool indexed)
{
	const NamiSchemaCommand *command = &change->command;

	for (uint32_t i = 0; i < command->property_count; i++)
		nami_manifest_next_declare_property(next, command->label, command->properties[i],
											change->types[i], 0, unique, indexed);
}

static bool
apply_add(NamiManifestNext *next, const NamiSchemaChange *change)
{
	const NamiSchemaCommand *command = &change->command;
	NamiKeyDef	def = key_def(command);
	NamiVectorIndexDef vector;

	switch (command->action)
	{
		case NAMI_SCHEMA_ADD_CONSTRAINT:
			/* Of a composite constraint only the entry is kept. */
			if (command->property_count == 1)
				declare(next, change, true, false);
			return nami_manifest_next_add_constraint(next, &def);
		case NAMI_SCHEMA_ADD_INDEX:
			declare(next, change, false, command->property_count == 1);
			return command->property_count == 1 || nami_manifest_next_add_index(next, &def);
		case NAMI_SCHEMA_ADD_TEXT_INDEX:
			return nami_manifest_next_add_text_index(next, &def);
		default:
			vector = (NamiVectorIndexDef) {
				command->name, command->label, command->properties[0], command->vector.dimension,
				command->vector.metric, command->vector.r, command->vector.l_build,
				command->vector.alpha, command->vector.quantization
			};
			return nami_manifest_next_add_vector_index(next, &vector);
	}
}

static bool
apply_drop(NamiManifestNext *next, const NamiSchemaChange *change)
{
	const NamiSchemaCommand *command = &change->command;
	bool		is_single = command->property_count == 1;

	switch (command->action)
	{
		case NAMI_SCHEMA_DROP_CONSTRAINT:
			if (is_single)
				(void) nami_manifest_next_clear_property(next, command->label,
														 command->properties[0], true, false);
			return nami_manifest_next_drop_constraint(next, command->name);
		case NAMI_SCHEMA_DROP_INDEX:
			if (is_single)
				return nami_manifest_next_clear_property(next, command->label,
														 command->properties[0], false, true);
			return nami_manifest_next_drop_index(next, command->name);
		case NAMI_SCHEMA_DROP_TEXT_INDEX:
			return nami_manifest_next_drop_text_index(next, command->name);
		default:
			return nami_manifest_next_drop_vector_index(next, command->name);
	}
}

/*
 * A flag of a property may change what the search indexes of its label have been built for: their
 * state goes, and searches scan until the product builds it anew (spec/search.md 3.5).
 */
static bool
outdates_search(const NamiSchema *schema, const NamiSchemaChange *change)
{
	const NamiSchemaCommand *command = &change->command;
	bool		sets_flag = command->action == NAMI_SCHEMA_ADD_CONSTRAINT ||
		command->action == NAMI_SCHEMA_DROP_CONSTRAINT ||
		command->action == NAMI_SCHEMA_ADD_INDEX || command->action == NAMI_SCHEMA_DROP_INDEX;

	if (!sets_flag || command->property_count != 1)
		return false;
	for (uint32_t i = 0; i < schema->vector_index_count; i++)
	{
		if (schema->vector_indexes[i].label == change->label)
			return true;
	}
	for (uint32_t i = 0; i < schema->text_index_count; i++)
	{
		if (schema->text_indexes[i].label == change->label)
			return true;
	}
	return false;
}

NamiStatus
nami_transaction_apply_schema(NamiTransaction *txn, const NamiView *view, NamiManifestNext *next,
							  bool *is_changed, NamiError *err)
{
	NamiSchemaChange *changes;
	uint32_t	count = nami_own_schema_changes(txn->own, &changes);

	*is_changed = false;
	for (uint32_t i = 0; i < count; i++)
	{
		const NamiSchemaChange *change = &changes[i];
		const NamiSchema *before = nami_own_schema(txn->own, view, change->sequence - 1);
		bool		is_noop;

		if (check_definition(txn, before, change, &is_noop, err) != NAMI_OK)
		{
			nami_error_detail(err, "Another writer has changed the schema meanwhile.");
			return NAMI_FAILED;
		}
		if (is_noop)
			continue;
		if (next->base->has_search_lsm && outdates_search(before, change))
			nami_manifest_next_retire_search(next);
		if (!(change->command.action < NAMI_SCHEMA_DROP_CONSTRAINT ? apply_add(next, change) :
			  apply_drop(next, change)))
			return nami_fail(err, NAMI_ERR_INTERNAL, "the manifest contradicts its own schema");
		*is_changed = true;
	}
	return NAMI_OK;
}
