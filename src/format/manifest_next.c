/*
 * manifest_next.c - making the next version of a manifest; see manifest.h.
 *
 * The copy of the base is its text, taken apart only along the paths that change. The members that
 * nobody touches are written out again byte for byte.
 */
#include "format/manifest.h"

#include "base/civil.h"

static NamiJson
uuid_node(NamiArena *arena, NamiUuid uuid)
{
	char		text[NAMI_UUID_TEXT_LEN];

	nami_uuid_format(uuid, text);
	return nami_json_new_string(arena, (NamiStr) {text, sizeof(text)});
}

static NamiJson
time_node(NamiArena *arena, int64_t seconds, int32_t nanoseconds)
{
	char		text[NAMI_CIVIL_TEXT_MAX];
	size_t		len = nami_civil_format_rfc3339(seconds, nanoseconds, text);

	return nami_json_new_string(arena, (NamiStr) {text, len});
}

void
nami_manifest_write_initial(NamiBuf *out, NamiUuid writer_id, int64_t created_seconds,
							int32_t created_nanoseconds)
{
	static const char *const empty_arrays[] = {
		"ssts", "wal_segments", "label_dict", "vector_indexes", "text_indexes",
		"search_index_builds", "search_lsm"
	};
	NamiArena  *arena = out->arena;
	NamiJson	root = nami_json_new_object(arena);

	nami_json_set(&root, NAMI_STR("version"), nami_json_new_u64(arena, 0));
	nami_json_set(&root, NAMI_STR("epoch"), nami_json_new_u64(arena, 0));
	nami_json_set(&root, NAMI_STR("writer_id"), uuid_node(arena, writer_id));
	nami_json_set(&root, NAMI_STR("created_at"),
				  time_node(arena, created_seconds, created_nanoseconds));
	nami_json_set(&root, NAMI_STR("schema"),
				  nami_json_reparse(arena, NAMI_STR("{\"version\":0,\"labels\":{},"
													"\"edge_types\":{},\"constraints\":[]}")));
	for (size_t i = 0; i < sizeof(empty_arrays) / sizeof(empty_arrays[0]); i++)
		nami_json_set(&root, nami_str(empty_arrays[i]), nami_json_new_array(arena));
	nami_json_write(&root, out);
}

NamiStatus
nami_manifest_next_init(NamiManifestNext *next, NamiArena *arena, const NamiManifest *base,
						NamiError *err)
{
	if (base->version == UINT64_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "the namespace has used up its version numbers");
	memset(next, 0, sizeof(*next));
	next->arena = arena;
	next->base = base;
	next->root = nami_json_reparse(arena, base->body);
	next->version = base->version + 1;
	next->epoch = base->epoch;
	next->label_count = base->label_count;
	nami_json_set(&next->root, NAMI_STR("version"), nami_json_new_u64(arena, next->version));
	return NAMI_OK;
}

void
nami_manifest_next_set_writer(NamiManifestNext *next, uint64_t epoch, NamiUuid writer_id,
							  int64_t created_seconds, int32_t created_nanoseconds)
{
	NAMI_ASSERT(epoch >= next->base->epoch);
	next->epoch = epoch;
	nami_json_set(&next->root, NAMI_STR("epoch"), nami_json_new_u64(next->arena, epoch));
	nami_json_set(&next->root, NAMI_STR("writer_id"), uuid_node(next->arena, writer_id));
	nami_json_set(&next->root, NAMI_STR("created_at"),
				  time_node(next->arena, created_seconds, created_nanoseconds));
}

/* The array member, made when it is absent. */
static NamiJson *
array_of(NamiManifestNext *next, NamiJson *object, const char *member)
{
	NamiJson   *array = nami_json_get(object, nami_str(member));

	if (array != NULL)
		return array;
	return nami_json_set(object, nami_str(member), nami_json_new_array(next->arena));
}

static bool
string_is(NamiJson *object, const char *member, NamiStr value)
{
	NamiStr		text;

	return nami_json_string(nami_json_get(object, nami_str(member)), &text) &&
		nami_str_eq(text, value);
}

void
nami_manifest_next_add_wal(NamiManifestNext *next, uint64_t seq, NamiStr path, uint64_t last_lsn,
						   uint64_t xxh3)
{
	NamiArena  *arena = next->arena;
	NamiJson	item = nami_json_new_object(arena);

	nami_json_set(&item, NAMI_STR("seq"), nami_json_new_u64(arena, seq));
	nami_json_set(&item, NAMI_STR("path"), nami_json_new_string(arena, path));
	nami_json_set(&item, NAMI_STR("last_lsn"), nami_json_new_u64(arena, last_lsn));
	nami_json_set(&item, NAMI_STR("xxh3"), nami_json_new_u64(arena, xxh3));
	nami_json_append(array_of(next, &next->root, "wal_segments"), item);
}

void
nami_manifest_next_drop_wal(NamiManifestNext *next, uint64_t up_to)
{
	NamiJson   *array = array_of(next, &next->root, "wal_segments");

	for (uint32_t i = nami_json_count(array); i-- > 0;)
	{
		uint64_t	seq;

		if (nami_json_u64(nami_json_get(nami_json_at(array, i), NAMI_STR("seq")), &seq) &&
			seq <= up_to)
			nami_json_remove_at(array, i);
	}
}

uint32_t
nami_manifest_next_intern_label(NamiManifestNext *next, NamiStr name)
{
	uint32_t	id = nami_manifest_label_id(next->base, name);
	NamiJson   *array;

	if (id != NAMI_ID_NONE)
		return id;
	array = array_of(next, &next->root, "label_dict");
	for (id = next->base->label_count; id < next->label_count; id++)
	{
		NamiStr		text;

		if (nami_json_string(nami_json_at(array, id), &text) && nami_str_eq(text, name))
			return id;
	}
	nami_json_append(array, nami_json_new_string(next->arena, name));
	return next->label_count++;
}

void
nami_manifest_next_add_sst(NamiManifestNext *next, NamiStr json)
{
	nami_json_append(array_of(next, &next->root, "ssts"),
					 nami_json_reparse(next->arena, nami_arena_str(next->arena, json)));
}

bool
nami_manifest_next_remove_sst(NamiManifestNext *next, NamiUuid id)
{
	NamiJson   *array = array_of(next, &next->root, "ssts");

	for (uint32_t i = 0; i < nami_json_count(array); i++)
	{
		NamiStr		text;
		NamiUuid	other;

		if (nami_json_string(nami_json_get(nami_json_at(array, i), NAMI_STR("id")), &text) &&
			nami_uuid_parse(text, &other) && nami_uuid_eq(other, id))
		{
			nami_json_remove_at(array, i);
			return true;
		}
	}
	return false;
}

/* Removes the elements whose two members have these values; an empty name stands for any. */
static bool
remove_matching(NamiManifestNext *next, NamiJson *object, const char *array_member,
				const char *kind_member, NamiStr kind, const char *name_member, NamiStr name)
{
	NamiJson   *array = nami_json_get(object, nami_str(array_member));
	bool		found = false;

	for (uint32_t i = nami_json_count(array); i-- > 0;)
	{
		NamiJson   *item = nami_json_at(array, i);

		if ((kind.len > 0 && !string_is(item, kind_member, kind)) ||
			(name_member != NULL && !string_is(item, name_member, name)))
			continue;
		nami_json_remove_at(array, i);
		found = true;
	}
	return found;
}

void
nami_manifest_next_retire_search(NamiManifestNext *next)
{
	nami_json_clear(array_of(next, &next->root, "search_lsm"));
	nami_json_clear(array_of(next, &next->root, "search_index_builds"));
	remove_matching(next, &next->root, "ssts", "kind", NAMI_STR("VectorGraph"), NULL,
					NAMI_STR(""));
	remove_matching(next, &next->root, "ssts", "kind", NAMI_STR("TextIndex"), NULL, NAMI_STR(""));
}

/* ---- schema ---- */

static NamiJson *
schema_of(NamiManifestNext *next)
{
	return nami_json_get(&next->root, NAMI_STR("schema"));
}

static NamiJson *
find_named(NamiJson *array, NamiStr name)
{
	for (uint32_t i = 0; i < nami_json_count(array); i++)
	{
		NamiJson   *item = nami_json_at(array, i);

		if (string_is(item, "name", name))
			return item;
	}
	return NULL;
}

/* The declared property of a label, or NULL. */
static NamiJson *
find_property(NamiManifestNext *next, NamiStr label, NamiStr property)
{
	NamiJson   *labels = nami_json_get(schema_of(next), NAMI_STR("labels"));

	return find_named(nami_json_get(nami_json_get(labels, label), NAMI_STR("properties")), property);
}

static NamiJson
data_type_node(NamiArena *arena, NamiDataType type, uint32_t dimension)
{
	NamiJson	vector;
	NamiJson	tag;

	if (type != NAMI_DATA_FLOAT_VECTOR && type != NAMI_DATA_INT8_VECTOR)
		return nami_json_new_string(arena, nami_data_type_name(type));
	vector = nami_json_new_object(arena);
	nami_json_set(&vector, NAMI_STR("dim"), nami_json_new_u64(arena, dimension));
	tag = nami_json_new_object(arena);
	nami_json_set(&tag, nami_data_type_name(type), vector);
	return tag;
}

static NamiJson *
add_property(NamiManifestNext *next, NamiStr label, NamiStr property, NamiDataType type,
			 uint32_t dimension)
{
	NamiArena  *arena = next->arena;
	NamiJson   *labels = nami_json_get(schema_of(next), NAMI_STR("labels"));
	NamiJson   *entry = nami_json_get(labels, label);
	NamiJson	item = nami_json_new_object(arena);

	if (entry == NULL)
	{
		NamiJson	fresh = nami_json_new_object(arena);

		nami_json_set(&fresh, NAMI_STR("name"), nami_json_new_string(arena, label));
		nami_json_set(&fresh, NAMI_STR("properties"), nami_json_new_array(arena));
		entry = nami_json_set(labels, label, fresh);
	}
	nami_json_set(&item, NAMI_STR("name"), nami_json_new_string(arena, property));
	nami_json_set(&item, NAMI_STR("data_type"), data_type_node(arena, type, dimension));
	nami_json_set(&item, NAMI_STR("nullable"), nami_json_new_bool(arena, true));
	nami_json_set(&item, NAMI_STR("unique"), nami_json_new_bool(arena, false));
	nami_json_set(&item, NAMI_STR("indexed"), nami_json_new_bool(arena, false));
	return nami_json_append(array_of(next, entry, "properties"), item);
}

void
nami_manifest_next_declare_property(NamiManifestNext *next, NamiStr label, NamiStr property,
									NamiDataType type, uint32_t dimension, bool unique,
									bool indexed)
{
	NamiJson   *item = find_property(next, label, property);

	if (item == NULL)
		item = add_property(next, label, property, type, dimension);
	if (unique)
		nami_json_set(item, NAMI_STR("unique"), nami_json_new_bool(next->arena, true));
	if (indexed)
		nami_json_set(item, NAMI_STR("indexed"), nami_json_new_bool(next->arena, true));
}

bool
nami_manifest_next_clear_property(NamiManifestNext *next, NamiStr label, NamiStr property,
								  bool unique, bool indexed)
{
	NamiJson   *item = find_property(next, label, property);

	if (item == NULL)
		return false;
	if (unique)
		nami_json_set(item, NAMI_STR("unique"), nami_json_new_bool(next->arena, false));
	if (indexed)
		nami_json_set(item, NAMI_STR("indexed"), nami_json_new_bool(next->arena, false));
	return true;
}

static NamiJson
key_def_node(NamiArena *arena, const NamiKeyDef *def)
{
	NamiJson	item = nami_json_new_object(arena);
	NamiJson	names = nami_json_new_array(arena);

	for (uint32_t i = 0; i < def->property_count; i++)
		nami_json_append(&names, nami_json_new_string(arena, def->properties[i]));
	nami_json_set(&item, NAMI_STR("name"), nami_json_new_string(arena, def->name));
	nami_json_set(&item, NAMI_STR("label"), nami_json_new_string(arena, def->label));
	nami_json_set(&item, NAMI_STR("properties"), names);
	return item;
}

/* Adds an entry unless its name is taken. kind may be NULL. */
static bool
add_key_def(NamiManifestNext *next, NamiJson *object, const char *member, const NamiKeyDef *def,
			const char *kind)
{
	NamiJson   *array = nami_json_get(object, nami_str(member));
	NamiJson	item;

	if (find_named(array, def->name) != NULL)
		return false;
	item = key_def_node(next->arena, def);
	if (kind != NULL)
		nami_json_set(&item, NAMI_STR("kind"), nami_json_new_string(next->arena, nami_str(kind)));
	nami_json_append(array_of(next, object, member), item);
	return true;
}

bool
nami_manifest_next_add_constraint(NamiManifestNext *next, const NamiKeyDef *def)
{
	return add_key_def(next, schema_of(next), "constraints", def, "Unique");
}

bool
nami_manifest_next_drop_constraint(NamiManifestNext *next, NamiStr name)
{
	return remove_matching(next, schema_of(next), "constraints", NULL, NAMI_STR(""), "name", name);
}

bool
nami_manifest_next_add_index(NamiManifestNext *next, const NamiKeyDef *def)
{
	return add_key_def(next, schema_of(next), "indexes", def, NULL);
}

bool
nami_manifest_next_drop_index(NamiManifestNext *next, NamiStr name)
{
	return remove_matching(next, schema_of(next), "indexes", NULL, NAMI_STR(""), "name", name);
}

/* ---- search indexes ---- */

static bool
drop_search_index(NamiManifestNext *next, const char *catalog, NamiStr sst_kind,
				  NamiStr state_kind, NamiStr name)
{
	NamiJson   *root = &next->root;

	if (!remove_matching(next, root, catalog, NULL, NAMI_STR(""), "name", name))
		return false;
	remove_matching(next, root, "search_lsm", "kind", state_kind, "index_name", name);
	remove_matching(next, root, "search_index_builds", "kind", sst_kind, "name", name);
	remove_matching(next, root, "ssts", "kind", sst_kind, "scope", name);
	return true;
}

bool
nami_manifest_next_add_vector_index(NamiManifestNext *next, const NamiVectorIndexDef *def)
{
	NamiArena  *arena = next->arena;
	NamiJson   *array = nami_json_get(&next->root, NAMI_STR("vector_indexes"));
	NamiJson	item;

	if (find_named(array, def->name) != NULL)
		return false;
	item = nami_json_new_object(arena);
	nami_json_set(&item, NAMI_STR("name"), nami_json_new_string(arena, def->name));
	nami_json_set(&item, NAMI_STR("label"), nami_json_new_string(arena, def->label));
	nami_json_set(&item, NAMI_STR("property"), nami_json_new_string(arena, def->property));
	nami_json_set(&item, NAMI_STR("dim"), nami_json_new_u64(arena, def->dimension));
	nami_json_set(&item, NAMI_STR("metric"), nami_json_new_string(arena, def->metric));
	nami_json_set(&item, NAMI_STR("r"), nami_json_new_u64(arena, def->r));
	nami_json_set(&item, NAMI_STR("l_build"), nami_json_new_u64(arena, def->l_build));
	nami_json_set(&item, NAMI_STR("alpha"), nami_json_new_double(arena, def->alpha));
	nami_json_set(&item, NAMI_STR("quantization"), nami_json_new_string(arena, def->quantization));
	nami_json_append(array_of(next, &next->root, "vector_indexes"), item);
	remove_matching(next, &next->root, "search_index_builds", "kind", NAMI_STR("VectorGraph"),
					"name", def->name);
	return true;
}

bool
nami_manifest_next_drop_vector_index(NamiManifestNext *next, NamiStr name)
{
	return drop_search_index(next, "vector_indexes", NAMI_STR("VectorGraph"), NAMI_STR("vector"),
							 name);
}

bool
nami_manifest_next_add_text_index(NamiManifestNext *next, const NamiKeyDef *def)
{
	if (!add_key_def(next, &next->root, "text_indexes", def, NULL))
		return false;
	remove_matching(next, &next->root, "search_index_builds", "kind", NAMI_STR("TextIndex"),
					"name", def->name);
	return true;
}

bool
nami_manifest_next_drop_text_index(NamiManifestNext *next, NamiStr name)
{
	return drop_search_index(next, "text_indexes", NAMI_STR("TextIndex"), NAMI_STR("text"), name);
}

void
nami_manifest_next_write(NamiManifestNext *next, NamiBuf *out)
{
	nami_json_write(&next->root, out);
}
