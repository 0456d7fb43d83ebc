/*
 * manifest_schema.c - reading the schema of a manifest and its index catalogues (spec/storage.md
 * 3.2, search.md 2).
 */
#include "format/manifest_internal.h"

static const struct
{
	NamiDataType type;
	NamiStr		name;
	bool		is_vector;
}			data_types[] = {
	{NAMI_DATA_BOOL, NAMI_STR_INIT("Bool"), false},
	{NAMI_DATA_INT32, NAMI_STR_INIT("Int32"), false},
	{NAMI_DATA_INT64, NAMI_STR_INIT("Int64"), false},
	{NAMI_DATA_FLOAT32, NAMI_STR_INIT("Float32"), false},
	{NAMI_DATA_FLOAT64, NAMI_STR_INIT("Float64"), false},
	{NAMI_DATA_UTF8, NAMI_STR_INIT("Utf8"), false},
	{NAMI_DATA_LARGE_UTF8, NAMI_STR_INIT("LargeUtf8"), false},
	{NAMI_DATA_BINARY, NAMI_STR_INIT("Binary"), false},
	{NAMI_DATA_DATE32, NAMI_STR_INIT("Date32"), false},
	{NAMI_DATA_TIMESTAMP_MICROS_UTC, NAMI_STR_INIT("TimestampMicrosUtc"), false},
	{NAMI_DATA_JSON, NAMI_STR_INIT("Json"), false},
	{NAMI_DATA_FLOAT_VECTOR, NAMI_STR_INIT("FloatVector"), true},
	{NAMI_DATA_INT8_VECTOR, NAMI_STR_INIT("Int8Vector"), true},
};

NamiStr
nami_data_type_name(NamiDataType type)
{
	return data_types[type].name;
}

static NamiStatus
parse_data_type(NamiManifestParser *parser, NamiJson *property, NamiPropertyDef *def)
{
	static const char where[] = "schema property ";
	NamiJson   *node = nami_json_get(property, NAMI_STR("data_type"));
	NamiJson   *vector = NULL;
	NamiStr		name;

	if (node != NULL && node->kind == NAMI_JSON_OBJECT && nami_json_count(node) == 1)
	{
		vector = nami_json_at(node, 0);
		name = vector->key;
	}
	else if (!nami_json_string(node, &name))
		return nami_manifest_fault(parser, where, "data_type", "a string or a vector type");
	for (size_t i = 0; i < sizeof(data_types) / sizeof(data_types[0]); i++)
	{
		if (data_types[i].is_vector != (vector != NULL) || !nami_str_eq(data_types[i].name, name))
			continue;
		def->data_type = data_types[i].type;
		if (vector != NULL)
			return nami_manifest_need_u32(parser, vector, where, "dim", &def->dimension);
		return NAMI_OK;
	}
	name = nami_str_slice(name, 0, 100);
	return nami_fail(parser->err, NAMI_ERR_UNSUPPORTED,
					 "the manifest declares a property of unknown type \"%.*s\"",
					 NAMI_STR_ARG(name));
}

static NamiStatus
may_flag(NamiManifestParser *parser, NamiJson *property, const char *member, bool *out)
{
	NamiJson   *node = nami_json_get(property, nami_str(member));

	*out = false;
	if (node != NULL && !nami_json_bool(node, out))
		return nami_manifest_fault(parser, "schema property ", member, "true or false");
	return NAMI_OK;
}

static NamiStatus
parse_properties(NamiManifestParser *parser, NamiJson *owner, const char *where,
				 const NamiPropertyDef **out, uint32_t *count)
{
	NamiJson   *array;
	NamiPropertyDef *defs;

	NAMI_TRY(nami_manifest_may_array(parser, owner, where, "properties", &array));
	if (array == NULL)
		return nami_manifest_fault(parser, where, "properties", "an array");
	*count = nami_json_count(array);
	defs = NAMI_NEW_ARRAY(parser->arena, NamiPropertyDef, *count);
	for (uint32_t i = 0; i < *count; i++)
	{
		NamiJson   *item = nami_json_at(array, i);

		memset(&defs[i], 0, sizeof(defs[i]));
		if (item->kind != NAMI_JSON_OBJECT)
			return nami_manifest_fault(parser, where, "properties[]", "an object");
		NAMI_TRY(nami_manifest_need_string(parser, item, "schema property ", "name",
										   &defs[i].name));
		NAMI_TRY(parse_data_type(parser, item, &defs[i]));
		NAMI_TRY(may_flag(parser, item, "nullable", &defs[i].nullable));
		NAMI_TRY(may_flag(parser, item, "unique", &defs[i].unique));
		NAMI_TRY(may_flag(parser, item, "indexed", &defs[i].indexed));
	}
	*out = defs;
	return NAMI_OK;
}

static NamiStatus
parse_labels(NamiManifestParser *parser, NamiJson *schema)
{
	static const char where[] = "schema.labels.";
	NamiManifest *manifest = parser->manifest;
	NamiJson   *labels;
	NamiLabelDef *defs;
	uint32_t	count;

	NAMI_TRY(nami_manifest_need_object(parser, schema, "schema.", "labels", &labels));
	NAMI_TRY(nami_manifest_check_unique(parser, labels, "schema.labels"));
	count = nami_json_count(labels);
	defs = NAMI_NEW_ARRAY(parser->arena, NamiLabelDef, count);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiJson   *item = nami_json_at(labels, i);

		if (item->kind != NAMI_JSON_OBJECT)
			return nami_manifest_fault(parser, where, "*", "an object");
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "name", &defs[i].name));
		NAMI_TRY(parse_properties(parser, item, where, &defs[i].properties,
								  &defs[i].property_count));
	}
	manifest->label_defs = defs;
	manifest->label_def_count = count;
	return NAMI_OK;
}

static NamiStatus
parse_edge_types(NamiManifestParser *parser, NamiJson *schema)
{
	static const char where[] = "schema.edge_types.";
	NamiManifest *manifest = parser->manifest;
	NamiJson   *types;
	NamiEdgeTypeDef *defs;
	uint32_t	count;

	NAMI_TRY(nami_manifest_need_object(parser, schema, "schema.", "edge_types", &types));
	NAMI_TRY(nami_manifest_check_unique(parser, types, "schema.edge_types"));
	count = nami_json_count(types);
	defs = NAMI_NEW_ARRAY(parser->arena, NamiEdgeTypeDef, count);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiJson   *item = nami_json_at(types, i);

		if (item->kind != NAMI_JSON_OBJECT)
			return nami_manifest_fault(parser, where, "*", "an object");
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "name", &defs[i].name));
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "src_label", &defs[i].src_label));
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "dst_label", &defs[i].dst_label));
		NAMI_TRY(parse_properties(parser, item, where, &defs[i].properties,
								  &defs[i].property_count));
	}
	manifest->edge_type_defs = defs;
	manifest->edge_type_def_count = count;
	return NAMI_OK;
}

/* Arrays of {name,label,properties}: constraints, composite indexes, text indexes. */
static NamiStatus
parse_key_defs(NamiManifestParser *parser, NamiJson *object, const char *prefix,
			   const char *member, const NamiKeyDef **out, uint32_t *count)
{
	const char *where = nami_arena_printf(parser->arena, "%s%s[].", prefix, member);
	NamiJson   *array;
	NamiKeyDef *defs;

	NAMI_TRY(nami_manifest_may_array(parser, object, prefix, member, &array));
	*count = nami_json_count(array);
	defs = NAMI_NEW_ARRAY(parser->arena, NamiKeyDef, *count);
	for (uint32_t i = 0; i < *count; i++)
	{
		NamiJson   *item = nami_json_at(array, i);

		if (item->kind != NAMI_JSON_OBJECT)
			return nami_manifest_fault(parser, prefix, member, "an array of objects");
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "name", &defs[i].name));
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "label", &defs[i].label));
		NAMI_TRY(nami_manifest_need_strings(parser, item, where, "properties",
											&defs[i].properties, &defs[i].property_count));
	}
	*out = defs;
	return NAMI_OK;
}

static NamiStatus
check_constraint_kinds(NamiManifestParser *parser, NamiJson *schema)
{
	NamiJson   *array = nami_json_get(schema, NAMI_STR("constraints"));

	for (uint32_t i = 0; i < nami_json_count(array); i++)
	{
		NamiStr		kind;

		NAMI_TRY(nami_manifest_need_string(parser, nami_json_at(array, i), "schema.constraints[].",
										   "kind", &kind));
		if (nami_str_eq(kind, NAMI_STR("Unique")))
			continue;
		kind = nami_str_slice(kind, 0, 100);
		return nami_fail(parser->err, NAMI_ERR_UNSUPPORTED,
						 "the manifest declares a constraint of unknown kind \"%.*s\"",
						 NAMI_STR_ARG(kind));
	}
	return NAMI_OK;
}

static NamiStatus
parse_vector_indexes(NamiManifestParser *parser)
{
	static const char where[] = "vector_indexes[].";
	NamiManifest *manifest = parser->manifest;
	NamiJson   *array;
	NamiVectorIndexDef *defs;
	uint32_t	count;

	NAMI_TRY(nami_manifest_may_array(parser, &manifest->root, "", "vector_indexes", &array));
	count = nami_json_count(array);
	defs = NAMI_NEW_ARRAY(parser->arena, NamiVectorIndexDef, count);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiJson   *item = nami_json_at(array, i);
		NamiVectorIndexDef *def = &defs[i];

		memset(def, 0, sizeof(*def));
		if (item->kind != NAMI_JSON_OBJECT)
			return nami_manifest_fault(parser, "", "vector_indexes[]", "an object");
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "name", &def->name));
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "label", &def->label));
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "property", &def->property));
		NAMI_TRY(nami_manifest_need_u32(parser, item, where, "dim", &def->dimension));
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "metric", &def->metric));
		NAMI_TRY(nami_manifest_need_u64(parser, item, where, "r", &def->r));
		NAMI_TRY(nami_manifest_need_u64(parser, item, where, "l_build", &def->l_build));
		if (!nami_json_double(nami_json_get(item, NAMI_STR("alpha")), &def->alpha))
			return nami_manifest_fault(parser, where, "alpha", "a number");
		if (!nami_json_string(nami_json_get(item, NAMI_STR("quantization")), &def->quantization))
			def->quantization = NAMI_STR("none");
	}
	manifest->vector_indexes = defs;
	manifest->vector_index_count = count;
	return NAMI_OK;
}

NamiStatus
nami_manifest_parse_schema(NamiManifestParser *parser)
{
	NamiManifest *manifest = parser->manifest;
	NamiJson   *schema;

	NAMI_TRY(nami_manifest_need_object(parser, &manifest->root, "", "schema", &schema));
	NAMI_TRY(nami_manifest_check_unique(parser, schema, "schema"));
	NAMI_TRY(nami_manifest_need_u64(parser, schema, "schema.", "version",
									&manifest->schema_version));
	NAMI_TRY(parse_labels(parser, schema));
	NAMI_TRY(parse_edge_types(parser, schema));
	NAMI_TRY(parse_key_defs(parser, schema, "schema.", "constraints", &manifest->constraints,
							&manifest->constraint_count));
	NAMI_TRY(check_constraint_kinds(parser, schema));
	NAMI_TRY(parse_key_defs(parser, schema, "schema.", "indexes", &manifest->indexes,
							&manifest->index_count));
	NAMI_TRY(parse_key_defs(parser, &manifest->root, "", "text_indexes", &manifest->text_indexes,
							&manifest->text_index_count));
	return parse_vector_indexes(parser);
}

const NamiLabelDef *
nami_manifest_label_def(const NamiManifest *manifest, NamiStr label)
{
	for (uint32_t i = 0; i < manifest->label_def_count; i++)
	{
		if (nami_str_eq(manifest->label_defs[i].name, label))
			return &manifest->label_defs[i];
	}
	return NULL;
}

const NamiPropertyDef *
nami_label_def_property(const NamiLabelDef *label, NamiStr property)
{
	for (uint32_t i = 0; i < label->property_count; i++)
	{
		if (nami_str_eq(label->properties[i].name, property))
			return &label->properties[i];
	}
	return NULL;
}
