/*
 * schema.c - see schema.h.
 */
#include "exec/schema.h"

#include <stdlib.h>

#include "base/vec.h"

/* ---- CREATE and DROP ----------------------------------------------------------------------- */

static NamiSchemaAction
action_of(NamiCySchemaKind kind)
{
	switch (kind)
	{
		case NAMI_CY_CREATE_CONSTRAINT:
			return NAMI_SCHEMA_ADD_CONSTRAINT;
		case NAMI_CY_CREATE_INDEX:
			return NAMI_SCHEMA_ADD_INDEX;
		case NAMI_CY_CREATE_FULLTEXT_INDEX:
			return NAMI_SCHEMA_ADD_TEXT_INDEX;
		case NAMI_CY_CREATE_VECTOR_INDEX:
			return NAMI_SCHEMA_ADD_VECTOR_INDEX;
		case NAMI_CY_DROP_CONSTRAINT:
			return NAMI_SCHEMA_DROP_CONSTRAINT;
		case NAMI_CY_DROP_FULLTEXT_INDEX:
			return NAMI_SCHEMA_DROP_TEXT_INDEX;
		case NAMI_CY_DROP_VECTOR_INDEX:
			return NAMI_SCHEMA_DROP_VECTOR_INDEX;
		case NAMI_CY_DROP_INDEX:
		case NAMI_CY_SHOW_CONSTRAINTS:
		case NAMI_CY_SHOW_INDEXES:
			break;
	}
	return NAMI_SCHEMA_DROP_INDEX;
}

static NamiVectorParameters
vector_parameters(const NamiCyVectorOptions *options)
{
	static const NamiStr metrics[] = {
		[NAMI_CY_METRIC_COSINE] = NAMI_STR_INIT("cosine"),
		[NAMI_CY_METRIC_DOT] = NAMI_STR_INIT("dot"),
		[NAMI_CY_METRIC_EUCLIDEAN] = NAMI_STR_INIT("euclidean"),
	};

	return (NamiVectorParameters) {
		.dimension = (uint32_t) options->dimension,
		.metric = metrics[options->metric],
		.r = options->has_r ? (uint64_t) options->r : NAMI_VECTOR_R_DEFAULT,
		.l_build = options->has_l_build ? (uint64_t) options->l_build :
			NAMI_VECTOR_L_BUILD_DEFAULT,
		.alpha = options->has_alpha ? options->alpha : NAMI_VECTOR_ALPHA_DEFAULT,
		.quantization = options->is_int8 ? NAMI_STR("int8") : NAMI_STR("none"),
	};
}

NamiStatus
nami_schema_execute(NamiTransaction *txn, const NamiCySchemaCommand *command, NamiArena *arena,
					NamiError *err)
{
	NamiStr    *properties = NAMI_NEW_ARRAY(arena, NamiStr, command->property_count + 1);
	NamiSchemaCommand staged = {
		.action = action_of(command->kind),
		.name = command->name.text,
		.is_tolerant = command->if_exists,
		.label = command->label.text,
		.properties = properties,
		.property_count = command->property_count,
		.vector = vector_parameters(&command->vector),
	};
	NamiStatus	status;

	for (uint32_t i = 0; i < command->property_count; i++)
		properties[i] = command->properties[i].text;
	status = nami_transaction_schema(txn, &staged, err);
	if (status != NAMI_OK && err->position < 0)
		err->position = command->span.start;
	return status;
}

/* ---- SHOW ---------------------------------------------------------------------------------- */

typedef struct Shown
{
	NamiStr		name;
	const char *type;
	NamiLabelId label;
	const NamiKeyId *keys;
	uint32_t	key_count;
} Shown;

typedef NAMI_VEC(Shown) ShownVec;

static int
cmp_shown(const void *a, const void *b)
{
	const Shown *x = a;
	const Shown *y = b;
	int			order = nami_str_cmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->type, y->type);
}

static bool
is_constrained(const NamiSchema *schema, const NamiRangeIndex *index)
{
	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		const NamiUniqueConstraint *it = &schema->constraints[i];

		if (it->label == index->label && it->key_count == 1 && it->keys[0] == index->keys[0])
			return true;
	}
	return false;
}

/* The name of an index on one property is not stored: spec/cypher.md 7. */
static NamiStr
index_name(const NamiCatalog *catalog, const NamiRangeIndex *index, NamiArena *arena)
{
	if (index->name.len > 0 || index->key_count == 0)
		return index->name;
	return nami_str(nami_arena_printf(arena, "index_%.*s_%.*s",
									  NAMI_STR_ARG(nami_catalog_name(catalog, NAMI_NAME_LABEL,
																	 index->label)),
									  NAMI_STR_ARG(nami_catalog_name(catalog, NAMI_NAME_KEY,
																	 index->keys[0]))));
}

static void
list_constraints(const NamiSchema *schema, NamiArena *arena, ShownVec *out)
{
	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		const NamiUniqueConstraint *it = &schema->constraints[i];

		nami_vec_push(out, arena, (Shown) {it->name, "UNIQUENESS", it->label, it->keys,
					  it->key_count});
	}
}

static void
list_indexes(const NamiSchema *schema, const NamiCatalog *catalog, NamiArena *arena, ShownVec *out)
{
	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		const NamiUniqueConstraint *it = &schema->constraints[i];

		if (it->key_count == 1)
			nami_vec_push(out, arena, (Shown) {it->name, "RANGE", it->label, it->keys, 1});
	}
	for (uint32_t i = 0; i < schema->index_count; i++)
	{
		const NamiRangeIndex *it = &schema->indexes[i];

		/* One line for a property that has both. */
		if (it->key_count != 1 || !is_constrained(schema, it))
			nami_vec_push(out, arena, (Shown) {index_name(catalog, it, arena), "RANGE", it->label,
						  it->keys, it->key_count});
	}
	for (uint32_t i = 0; i < schema->vector_index_count; i++)
	{
		const NamiVectorIndex *it = &schema->vector_indexes[i];

		nami_vec_push(out, arena, (Shown) {it->name, "VECTOR", it->label, &it->key, 1});
	}
	for (uint32_t i = 0; i < schema->text_index_count; i++)
	{
		const NamiTextIndex *it = &schema->text_indexes[i];

		nami_vec_push(out, arena, (Shown) {it->name, "FULLTEXT", it->label, it->keys,
					  it->key_count});
	}
}

static NamiSchemaRows
new_rows(NamiArena *arena, uint32_t column_count, uint32_t row_count)
{
	NamiSchemaRows rows = {NAMI_NEW_ARRAY(arena, NamiValue *, column_count), column_count,
		row_count};

	for (uint32_t c = 0; c < column_count; c++)
		rows.columns[c] = NAMI_NEW_ARRAY(arena, NamiValue, row_count + 1);
	return rows;
}

/* Texts of the schema may go with its view: they are copied. */
static NamiValue
text_value(NamiArena *arena, NamiStr text)
{
	return nami_value_string(nami_arena_str(arena, text));
}

NamiSchemaRows
nami_schema_show(const NamiSnapshot *snapshot, NamiCySchemaKind kind, NamiArena *arena)
{
	const NamiSchema *schema = nami_snapshot_schema(snapshot);
	const NamiCatalog *catalog = nami_snapshot_catalog(snapshot);
	ShownVec	shown = {0};
	NamiSchemaRows rows;

	if (kind == NAMI_CY_SHOW_CONSTRAINTS)
		list_constraints(schema, arena, &shown);
	else
		list_indexes(schema, catalog, arena, &shown);
	if (shown.count > 1)
		qsort(shown.items, shown.count, sizeof(Shown), cmp_shown);
	rows = new_rows(arena, 5, (uint32_t) shown.count);
	for (uint32_t i = 0; i < shown.count; i++)
	{
		const Shown *it = &shown.items[i];
		NamiValue  *label = NAMI_NEW_ARRAY(arena, NamiValue, 1);
		NamiValue  *keys = NAMI_NEW_ARRAY(arena, NamiValue, it->key_count + 1);

		label[0] = text_value(arena, nami_catalog_name(catalog, NAMI_NAME_LABEL, it->label));
		for (uint32_t k = 0; k < it->key_count; k++)
			keys[k] = text_value(arena, nami_catalog_name(catalog, NAMI_NAME_KEY, it->keys[k]));
		rows.columns[0][i] = text_value(arena, it->name);
		rows.columns[1][i] = nami_value_string(nami_str(it->type));
		rows.columns[2][i] = nami_value_string(NAMI_STR("NODE"));
		rows.columns[3][i] = nami_value_list(label, 1);
		rows.columns[4][i] = nami_value_list(keys, it->key_count);
	}
	return rows;
}

/* ---- EXPLAIN ------------------------------------------------------------------------------- */

NamiSchemaRows
nami_schema_explain(const NamiPlan *plan, NamiArena *arena)
{
	NamiStr		text = nami_plan_explain(plan, true, NULL, NULL, arena);
	NamiSchemaRows rows;
	uint32_t	line_count = 0;
	size_t		start = 0;

	for (size_t i = 0; i < text.len; i++)
		line_count += text.ptr[i] == '\n';
	rows = new_rows(arena, 1, line_count);
	line_count = 0;
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.ptr[i] != '\n')
			continue;
		rows.columns[0][line_count++] = nami_value_string(nami_str_slice(text, start, i - start));
		start = i + 1;
	}
	return rows;
}
