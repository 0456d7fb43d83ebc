/*
 * foreign_row.c - rows of foreign tables as records of the graph, see foreign_row.h.
 */
#include "postgres.h"

#include "pg/foreign_row.h"

#include "base/buf.h"
#include "base/vec.h"
#include "catalog/pg_type.h"
#include "format/propjson.h"
#include "mb/pg_wchar.h"
#include "pg/datum_in.h"
#include "pg/host.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

/* ---- types --------------------------------------------------------------------------------- */

static bool
is_pgvector(Oid type)
{
	char	   *name = get_typtype(type) == TYPTYPE_BASE ? format_type_be(type) : NULL;
	size_t		len;

	if (name == NULL)
		return false;
	len = strlen(name);
	return strcmp(name, "vector") == 0 || (len > 7 && strcmp(name + len - 7, ".vector") == 0);
}

static bool
is_storable(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	if (OidIsValid(element))
		return is_storable(element);
	switch (base)
	{
		case BOOLOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case JSONOID:
		case JSONBOID:
		case BYTEAOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TIMEOID:
		case TIMETZOID:
		case INTERVALOID:
			return true;
		default:
			return type_is_enum(base) || is_pgvector(base);
	}
}

static int
compare_columns(const void *a, const void *b)
{
	return strcmp((*(const NamiForeignColumn *const *) a)->property,
				  (*(const NamiForeignColumn *const *) b)->property);
}

NamiRowReader *
nami_row_reader_create(const NamiForeignTable *table, NamiCatalog *catalog)
{
	NamiRowReader *reader = palloc0(sizeof(NamiRowReader));

	reader->table = table;
	reader->catalog = catalog;
	reader->by_name = palloc((table->column_count + 1) * sizeof(NamiForeignColumn *));
	for (int i = 0; i < table->column_count; i++)
	{
		const NamiForeignColumn *column = &table->columns[i];

		if (column->role != NAMI_COLUMN_PROPERTY)
			continue;
		if (!is_storable(column->type))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("values of type %s cannot be stored in a graph",
							format_type_be(column->type)),
					 errdetail("Column \"%s\" of foreign table \"%s\" has this type.",
							   column->name, table->name)));
		reader->by_name[reader->property_count++] = column;
	}
	qsort(reader->by_name, reader->property_count, sizeof(NamiForeignColumn *), compare_columns);
	for (int i = 1; i < reader->property_count; i++)
	{
		if (strcmp(reader->by_name[i - 1]->property, reader->by_name[i]->property) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("foreign table \"%s\" cannot be written: the columns \"%s\" and \"%s\" stand for one property",
							table->name, reader->by_name[i - 1]->name,
							reader->by_name[i]->name)));
	}
	reader->id = nami_foreign_table_column(table, NAMI_COLUMN_ID);
	reader->labels = nami_foreign_table_column(table, NAMI_COLUMN_LABELS);
	reader->src = nami_foreign_table_column(table, NAMI_COLUMN_SRC);
	reader->dst = nami_foreign_table_column(table, NAMI_COLUMN_DST);
	reader->rest = nami_foreign_table_column(table, NAMI_COLUMN_REST);
	if (table->kind == NAMI_FOREIGN_NODES)
		reader->label = nami_catalog_intern(catalog, NAMI_NAME_LABEL, nami_str(table->label));
	else
		reader->type = nami_catalog_intern(catalog, NAMI_NAME_TYPE, nami_str(table->label));
	return reader;
}

/* ---- values -------------------------------------------------------------------------------- */

static void
describe_column(void *arg)
{
	const NamiForeignColumn *column = *(const NamiForeignColumn **) arg;

	if (column != NULL)
		errcontext("column \"%s\" of the foreign table", column->name);
}

static NamiValue
vector_from_floats(Datum datum, NamiArena *arena)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	float	   *floats;

	if (ARR_NDIM(array) != 1 || ARR_HASNULL(array))
		return nami_value_from_datum(datum, false, FLOAT4ARRAYOID, arena);
	floats = NAMI_NEW_ARRAY(arena, float, (size_t) count + 1);
	memcpy(floats, ARR_DATA_PTR(array), count * sizeof(float));
	return nami_value_vector(floats, (uint32_t) count);
}

/* pgvector's type, by the text that it prints: [1,2.5,3]. */
static NamiValue
vector_from_text(Datum datum, Oid type, NamiArena *arena)
{
	Oid			output;
	bool		is_varlena;
	char	   *p;
	NAMI_VEC(float) floats = {0};

	getTypeOutputInfo(type, &output, &is_varlena);
	p = OidOutputFunctionCall(output, datum);
	while (*p != '\0' && *p != ']')
	{
		char	   *end;
		float		number;

		p++;
		number = strtof(p, &end);
		if (end == p)
			break;
		nami_vec_push(&floats, arena, number);
		p = end;
	}
	return nami_value_vector(floats.items, (uint32_t) floats.count);
}

static NamiValue
column_value(const NamiForeignColumn *column, TupleTableSlot *slot, NamiArena *arena)
{
	bool		is_null;
	Datum		datum = slot_getattr(slot, column->attnum, &is_null);
	Oid			base;

	if (is_null)
		return nami_value_null();
	base = getBaseType(column->type);
	if (base == FLOAT4ARRAYOID)
		return vector_from_floats(datum, arena);
	if (base >= FirstNormalObjectId && is_pgvector(base))
		return vector_from_text(datum, base, arena);
	return nami_value_from_datum(datum, false, base, arena);
}

/* ---- properties ---------------------------------------------------------------------------- */

static bool
is_changed(const Bitmapset *changed, const NamiForeignColumn *column, bool is_update)
{
	return !is_update || changed == NULL || bms_is_member(column->attnum, changed);
}

static void
refuse_key(const NamiRowReader *reader, NamiStr key)
{
	const NamiForeignColumn *column = nami_foreign_table_property(reader->table, key.ptr, key.len);

	if (column != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("_properties cannot hold \"%s\": the table has the column \"%s\" for it",
						column->property, column->name)));
}

/* What stands beside the columns: from _properties, or as it was. */
static NamiValue
rest_value(const NamiRowReader *reader, TupleTableSlot *slot, NamiValue old,
		   const Bitmapset *changed, NamiArena *arena)
{
	bool		is_update = old.kind == NAMI_MAP;
	NamiValue	rest;

	if (reader->rest == NULL || !is_changed(changed, reader->rest, is_update))
		return is_update ? old : nami_value_null();
	rest = column_value(reader->rest, slot, arena);
	if (rest.kind != NAMI_MAP && rest.kind != NAMI_NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("_properties must be a JSON object")));
	for (uint32_t i = 0; rest.kind == NAMI_MAP && i < rest.len; i++)
		refuse_key(reader, rest.entries[i].key);
	return rest;
}

/* A column's new value, or the old one where the update leaves it. */
static NamiValue
property_value(const NamiForeignColumn *column, TupleTableSlot *slot, NamiValue old,
			   const Bitmapset *changed, NamiArena *arena)
{
	const NamiValue *before;

	if (is_changed(changed, column, old.kind == NAMI_MAP))
		return column_value(column, slot, arena);
	before = nami_value_map_get(old, nami_str(column->property));
	return before != NULL ? *before : nami_value_null();
}

NamiValue
nami_row_properties(const NamiRowReader *reader, TupleTableSlot *slot, NamiValue old,
					const Bitmapset *changed, NamiArena *arena)
{
	const NamiForeignColumn *column = reader->rest;
	ErrorContextCallback callback = {error_context_stack, describe_column, &column};
	NamiValue	rest;
	NamiMapEntry *entries;
	uint32_t	count = 0;
	uint32_t	r = 0;
	int			p = 0;

	error_context_stack = &callback;
	rest = rest_value(reader, slot, old, changed, arena);
	if (rest.kind != NAMI_MAP)
		rest = nami_value_map(NULL, 0);
	entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, (size_t) rest.len + reader->property_count + 1);
	/* Both are in order; where both have a key, the column's counts. */
	while (r < rest.len || p < reader->property_count)
	{
		NamiMapEntry entry;
		int			diff = r == rest.len ? 1 : p == reader->property_count ? -1 :
			nami_str_cmp(rest.entries[r].key, nami_str(reader->by_name[p]->property));

		if (diff < 0)
			entry = rest.entries[r++];
		else
		{
			column = reader->by_name[p++];
			entry.key = nami_str(column->property);
			entry.value = property_value(column, slot, old, changed, arena);
			r += diff == 0;
		}
		if (entry.value.kind != NAMI_NULL)
			entries[count++] = entry;
	}
	error_context_stack = callback.previous;
	return nami_value_map(entries, count);
}

/* ---- reserved columns ---------------------------------------------------------------------- */

static int
compare_labels(const void *a, const void *b, void *catalog)
{
	return nami_str_cmp(nami_catalog_name(catalog, NAMI_NAME_LABEL, *(const NamiLabelId *) a),
						nami_catalog_name(catalog, NAMI_NAME_LABEL, *(const NamiLabelId *) b));
}

static NamiLabelId
intern_label(const NamiRowReader *reader, Datum datum)
{
	char	   *native = TextDatumGetCString(datum);
	char	   *utf8 = pg_server_to_any(native, (int) strlen(native), PG_UTF8);

	if (utf8[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a label cannot be empty")));
	return nami_catalog_intern(reader->catalog, NAMI_NAME_LABEL, nami_str(utf8));
}

uint32_t
nami_row_labels(const NamiRowReader *reader, TupleTableSlot *slot, NamiArena *arena,
				const NamiLabelId **labels)
{
	NamiLabelId *out;
	Datum	   *datums = NULL;
	bool	   *nulls = NULL;
	int			count = 0;
	uint32_t	kept = 1;
	bool		is_null = true;
	Datum		datum = (Datum) 0;

	if (reader->labels != NULL)
		datum = slot_getattr(slot, reader->labels->attnum, &is_null);
	if (!is_null)
		deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &datums,
						  &nulls, &count);
	out = NAMI_NEW_ARRAY(arena, NamiLabelId, (size_t) count + 1);
	out[0] = reader->label;
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a label cannot be NULL")));
		out[i + 1] = intern_label(reader, datums[i]);
	}
	qsort_arg(out, (size_t) count + 1, sizeof(NamiLabelId), compare_labels, reader->catalog);
	for (int i = 1; i <= count; i++)
	{
		if (out[i] != out[kept - 1])
			out[kept++] = out[i];
	}
	*labels = out;
	return kept;
}

bool
nami_row_uuid(const NamiForeignColumn *column, TupleTableSlot *slot, NamiId *out)
{
	bool		is_null;
	Datum		datum;

	if (column == NULL)
		return false;
	datum = slot_getattr(slot, column->attnum, &is_null);
	if (!is_null)
		memcpy(out->bytes, DatumGetUUIDP(datum)->data, UUID_LEN);
	return !is_null;
}

void
nami_row_raise(const NamiRowReader *reader, NamiValue props, NamiArena *scratch,
			   const NamiError *err)
{
	const NamiForeignColumn *column = NULL;
	ErrorContextCallback callback = {error_context_stack, describe_column, &column};

	for (uint32_t i = 0; props.kind == NAMI_MAP && i < props.len && column == NULL; i++)
	{
		const NamiMapEntry *entry = &props.entries[i];
		NamiError	ignored = NAMI_ERROR_INIT;
		NamiBuf		buf;

		nami_buf_init(&buf, scratch);
		if (nami_prop_encode(&buf, entry, 1, 0, &ignored) == NAMI_OK)
			continue;
		column = nami_foreign_table_property(reader->table, entry->key.ptr, entry->key.len);
		if (column == NULL)
			column = reader->rest;
	}
	error_context_stack = &callback;
	nami_pg_raise(err, NULL);
}
