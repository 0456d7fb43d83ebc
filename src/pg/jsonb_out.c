/*
 * jsonb_out.c - values as jsonb, plain and typed.
 *
 * plain is what people read; typed is the encoding of test/conformance/README.md, which loses
 * nothing: objects with one member whose name begins with "$" tell the type.
 */
#include "postgres.h"

#include "pg/jsonb_out.h"

#include <math.h>

#include "base/number.h"
#include "base/uuid.h"
#include "exec/temporal.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/host.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

typedef struct Output
{
	const NamiJsonbWriter *writer;
	JsonbParseState *state;
	JsonbValue *result;
	NamiStr		key;			/* the last one, for the context of errors */
} Output;

static void put_value(Output *out, NamiValue value, JsonbIteratorToken token);

/* ---- scalars ------------------------------------------------------------------------------- */

NamiStr
nami_text_to_server(NamiStr utf8)
{
	char	   *converted;

	if (utf8.len > 0 && memchr(utf8.ptr, '\0', utf8.len) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("a string with the character U+0000 cannot be represented")));
	if (GetDatabaseEncoding() == PG_UTF8)
		return utf8;
	converted = pg_any_to_server(utf8.ptr, (int) utf8.len, PG_UTF8);
	if (converted == utf8.ptr)
		return utf8;
	return nami_str(converted);
}

static JsonbValue
json_text(NamiStr utf8)
{
	NamiStr		text = nami_text_to_server(utf8);
	JsonbValue	v = {.type = jbvString};

	if (text.len > JENTRY_OFFLENMASK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("string too long to represent as jsonb")));
	v.val.string.val = (char *) text.ptr;
	v.val.string.len = (int) text.len;
	return v;
}

Datum
nami_numeric_from_double(double number)
{
	char		text[NAMI_NUMBER_TEXT_MAX + 1];
	size_t		len = nami_number_format_double(number, text);
	Datum		value;
	Datum		zero;

	text[len] = '\0';
	value = DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
								Int32GetDatum(-1));
	/* Adding 0.0 gives whole numbers their fraction: the scale of a sum is the greater one. */
	zero = DirectFunctionCall3(numeric_in, CStringGetDatum("0.0"), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
	return DirectFunctionCall2(numeric_add, value, zero);
}

static NamiStr
non_finite_name(double number)
{
	if (isnan(number))
		return NAMI_STR("NaN");
	return number > 0 ? NAMI_STR("Infinity") : NAMI_STR("-Infinity");
}

static JsonbValue
json_float(double number)
{
	JsonbValue	v = {.type = jbvNumeric};

	if (!isfinite(number))
		return json_text(non_finite_name(number));
	v.val.numeric = DatumGetNumeric(nami_numeric_from_double(number));
	return v;
}

static JsonbValue
json_int(int64_t integer)
{
	JsonbValue	v = {.type = jbvNumeric};

	v.val.numeric = int64_to_numeric(integer);
	return v;
}

static NamiStr
hex(NamiArena *arena, NamiStr bytes, const char *prefix)
{
	size_t		prefix_len = strlen(prefix);
	char	   *text = nami_arena_alloc(arena, prefix_len + 2 * bytes.len);

	memcpy(text, prefix, prefix_len);
	hex_encode(bytes.ptr, bytes.len, text + prefix_len);
	return (NamiStr) {text, prefix_len + 2 * bytes.len};
}

/* ---- structure ----------------------------------------------------------------------------- */

static void
push(Output *out, JsonbIteratorToken token, JsonbValue *value)
{
	out->result = pushJsonbValue(&out->state, token, value);
}

static void
put_key(Output *out, NamiStr utf8)
{
	JsonbValue	key = json_text(utf8);

	out->key = (NamiStr) {key.val.string.val, (size_t) key.val.string.len};
	push(out, WJB_KEY, &key);
}

/* An error names the column or property whose value is at fault. */
static void
name_key(void *arg)
{
	const Output *out = arg;

	if (out->key.len > 0)
		errcontext("value of \"%.*s\"", NAMI_STR_ARG(out->key));
}

static void
put_scalar(Output *out, JsonbValue value, JsonbIteratorToken token)
{
	push(out, token, &value);
}

static void
begin_tag(Output *out, NamiStr tag)
{
	push(out, WJB_BEGIN_OBJECT, NULL);
	put_key(out, tag);
}

static void
put_tagged_text(Output *out, NamiStr tag, NamiStr text)
{
	begin_tag(out, tag);
	put_scalar(out, json_text(text), WJB_VALUE);
	push(out, WJB_END_OBJECT, NULL);
}

static void
put_entries(Output *out, NamiValue map)
{
	push(out, WJB_BEGIN_OBJECT, NULL);
	for (uint32_t i = 0; i < map.len; i++)
	{
		put_key(out, map.entries[i].key);
		put_value(out, map.entries[i].value, WJB_VALUE);
	}
	push(out, WJB_END_OBJECT, NULL);
}

static void
put_list(Output *out, NamiValue list)
{
	push(out, WJB_BEGIN_ARRAY, NULL);
	for (uint32_t i = 0; i < list.len; i++)
		put_value(out, list.items[i], WJB_ELEM);
	push(out, WJB_END_ARRAY, NULL);
}

static void
put_vector(Output *out, NamiValue vector)
{
	push(out, WJB_BEGIN_ARRAY, NULL);
	for (uint32_t i = 0; i < vector.len; i++)
		put_scalar(out, json_float((double) vector.floats[i]), WJB_ELEM);
	push(out, WJB_END_ARRAY, NULL);
}

/* A plain map that would read as a tagged value is wrapped in the typed form. */
static bool
looks_tagged(NamiValue map)
{
	for (uint32_t i = 0; i < map.len; i++)
	{
		if (map.entries[i].key.len > 0 && map.entries[i].key.ptr[0] == '$')
			return true;
	}
	return false;
}

/* ---- graph --------------------------------------------------------------------------------- */

static void
put_id(Output *out, NamiStr key, NamiOrd ord)
{
	NamiId		id = nami_snapshot_node_id(out->writer->snapshot, ord);
	char		text[NAMI_UUID_TEXT_LEN];

	nami_uuid_format(id, text);
	put_key(out, key);
	put_scalar(out, json_text((NamiStr) {pnstrdup(text, sizeof(text)), sizeof(text)}), WJB_VALUE);
}

static void
put_properties(Output *out, NamiStr key, NamiStatus status, NamiValue props, const NamiError *err)
{
	NAMI_PG_CHECK(status, err);
	put_key(out, key);
	put_entries(out, props);
}

static void
put_node_members(Output *out, NamiOrd ord, NamiStr props_key)
{
	const NamiJsonbWriter *w = out->writer;
	NamiCatalog *catalog = nami_snapshot_catalog(w->snapshot);
	const NamiLabelId *labels;
	uint32_t	count = nami_snapshot_labels(w->snapshot, ord, w->arena, &labels);
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	props;
	NamiStatus	status;

	put_id(out, NAMI_STR("id"), ord);
	put_key(out, NAMI_STR("labels"));
	push(out, WJB_BEGIN_ARRAY, NULL);
	for (uint32_t i = 0; i < count; i++)
		put_scalar(out, json_text(nami_catalog_name(catalog, NAMI_NAME_LABEL, labels[i])), WJB_ELEM);
	push(out, WJB_END_ARRAY, NULL);
	status = nami_snapshot_node_map(w->snapshot, ord, w->arena, &props, &err);
	put_properties(out, props_key, status, props, &err);
}

static void
put_node(Output *out, NamiOrd ord)
{
	if (out->writer->format == NAMI_JSON_TYPED)
		begin_tag(out, NAMI_STR("$node"));
	push(out, WJB_BEGIN_OBJECT, NULL);
	put_node_members(out, ord, out->writer->format == NAMI_JSON_TYPED ?
					 NAMI_STR("props") : NAMI_STR("properties"));
	push(out, WJB_END_OBJECT, NULL);
	if (out->writer->format == NAMI_JSON_TYPED)
		push(out, WJB_END_OBJECT, NULL);
}

/* direction: "->" or "<-" inside a typed path, empty elsewhere. */
static void
put_rel(Output *out, const NamiRel *rel, NamiStr direction)
{
	const NamiJsonbWriter *w = out->writer;
	bool		typed = w->format == NAMI_JSON_TYPED;
	NamiCatalog *catalog = nami_snapshot_catalog(w->snapshot);
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	props;
	NamiStatus	status;

	if (typed)
		begin_tag(out, NAMI_STR("$rel"));
	push(out, WJB_BEGIN_OBJECT, NULL);
	put_key(out, NAMI_STR("type"));
	put_scalar(out, json_text(nami_catalog_name(catalog, NAMI_NAME_TYPE, rel->type)), WJB_VALUE);
	put_id(out, NAMI_STR("start"), rel->src);
	put_id(out, NAMI_STR("end"), rel->dst);
	status = nami_snapshot_edge_map(w->snapshot, rel->type, rel->pos, w->arena, &props, &err);
	put_properties(out, typed ? NAMI_STR("props") : NAMI_STR("properties"), status, props, &err);
	if (direction.len > 0)
	{
		put_key(out, NAMI_STR("dir"));
		put_scalar(out, json_text(direction), WJB_VALUE);
	}
	push(out, WJB_END_OBJECT, NULL);
	if (typed)
		push(out, WJB_END_OBJECT, NULL);
}

static void
put_path_plain(Output *out, const NamiPath *path)
{
	push(out, WJB_BEGIN_OBJECT, NULL);
	put_key(out, NAMI_STR("nodes"));
	push(out, WJB_BEGIN_ARRAY, NULL);
	for (uint32_t i = 0; i <= path->rel_count; i++)
		put_node(out, path->nodes[i]);
	push(out, WJB_END_ARRAY, NULL);
	put_key(out, NAMI_STR("relationships"));
	push(out, WJB_BEGIN_ARRAY, NULL);
	for (uint32_t i = 0; i < path->rel_count; i++)
		put_rel(out, &path->rels[i], NAMI_STR(""));
	push(out, WJB_END_ARRAY, NULL);
	push(out, WJB_END_OBJECT, NULL);
}

static void
put_path_typed(Output *out, const NamiPath *path)
{
	begin_tag(out, NAMI_STR("$path"));
	push(out, WJB_BEGIN_ARRAY, NULL);
	put_node(out, path->nodes[0]);
	for (uint32_t i = 0; i < path->rel_count; i++)
	{
		bool		forward = path->rels[i].src == path->nodes[i];

		put_rel(out, &path->rels[i], forward ? NAMI_STR("->") : NAMI_STR("<-"));
		put_node(out, path->nodes[i + 1]);
	}
	push(out, WJB_END_ARRAY, NULL);
	push(out, WJB_END_OBJECT, NULL);
}

/* ---- dispatch ------------------------------------------------------------------------------ */

static NamiStr
temporal_tag(NamiKind kind)
{
	switch (kind)
	{
		case NAMI_DATE:
			return NAMI_STR("$date");
		case NAMI_LOCALTIME:
			return NAMI_STR("$localtime");
		case NAMI_TIME:
			return NAMI_STR("$time");
		case NAMI_LOCALDATETIME:
			return NAMI_STR("$localdatetime");
		case NAMI_DATETIME:
			return NAMI_STR("$datetime");
		default:
			return NAMI_STR("$duration");
	}
}

static void
put_typed(Output *out, NamiValue value, JsonbIteratorToken token)
{
	NamiArena  *arena = out->writer->arena;

	switch ((NamiKind) value.kind)
	{
		case NAMI_FLOAT:
			if (isfinite(value.number))
			{
				char		text[NAMI_NUMBER_TEXT_MAX];
				size_t		len = nami_number_format_double(value.number, text);

				put_tagged_text(out, NAMI_STR("$float"), (NamiStr) {pnstrdup(text, len), len});
			}
			else
				put_tagged_text(out, NAMI_STR("$float"), non_finite_name(value.number));
			break;
		case NAMI_BYTES:
			put_tagged_text(out, NAMI_STR("$bytes"), hex(arena, nami_value_str(value), ""));
			break;
		case NAMI_VECTOR:
			begin_tag(out, NAMI_STR("$vector"));
			put_vector(out, value);
			push(out, WJB_END_OBJECT, NULL);
			break;
		case NAMI_MAP:
			if (looks_tagged(value))
			{
				begin_tag(out, NAMI_STR("$map"));
				put_entries(out, value);
				push(out, WJB_END_OBJECT, NULL);
			}
			else
				put_entries(out, value);
			break;
		case NAMI_PATH:
			put_path_typed(out, value.path);
			break;
		default:
			put_tagged_text(out, temporal_tag(value.kind), nami_temporal_text(arena, value));
			break;
	}
}

static void
put_plain(Output *out, NamiValue value, JsonbIteratorToken token)
{
	NamiArena  *arena = out->writer->arena;

	switch ((NamiKind) value.kind)
	{
		case NAMI_FLOAT:
			put_scalar(out, json_float(value.number), token);
			break;
		case NAMI_BYTES:
			put_scalar(out, json_text(hex(arena, nami_value_str(value), "\\x")), token);
			break;
		case NAMI_VECTOR:
			put_vector(out, value);
			break;
		case NAMI_MAP:
			put_entries(out, value);
			break;
		case NAMI_PATH:
			put_path_plain(out, value.path);
			break;
		default:
			put_scalar(out, json_text(nami_temporal_text(arena, value)), token);
			break;
	}
}

static void
put_value(Output *out, NamiValue value, JsonbIteratorToken token)
{
	check_stack_depth();
	switch ((NamiKind) value.kind)
	{
		case NAMI_NULL:
			put_scalar(out, (JsonbValue) {.type = jbvNull}, token);
			break;
		case NAMI_BOOL:
			put_scalar(out, (JsonbValue) {.type = jbvBool, .val.boolean = value.boolean}, token);
			break;
		case NAMI_INT:
			put_scalar(out, json_int(value.integer), token);
			break;
		case NAMI_STRING:
			put_scalar(out, json_text(nami_value_str(value)), token);
			break;
		case NAMI_LIST:
			put_list(out, value);
			break;
		case NAMI_NODE:
			put_node(out, (NamiOrd) value.integer);
			break;
		case NAMI_REL:
			put_rel(out, value.rel, NAMI_STR(""));
			break;
		default:
			if (out->writer->format == NAMI_JSON_TYPED)
				put_typed(out, value, token);
			else
				put_plain(out, value, token);
			break;
	}
}

Jsonb *
nami_jsonb_from_value(const NamiJsonbWriter *writer, NamiValue value)
{
	Output		out = {writer, NULL, NULL};
	ErrorContextCallback context = {error_context_stack, name_key, &out};
	JsonbValue *array;

	error_context_stack = &context;
	/* A scalar becomes a document by standing in a raw-scalar array. */
	push(&out, WJB_BEGIN_ARRAY, NULL);
	put_value(&out, value, WJB_ELEM);
	push(&out, WJB_END_ARRAY, NULL);
	array = out.result;
	error_context_stack = context.previous;
	if (array->val.array.elems[0].type == jbvArray || array->val.array.elems[0].type == jbvObject)
		return JsonbValueToJsonb(&array->val.array.elems[0]);
	array->val.array.rawScalar = true;
	return JsonbValueToJsonb(array);
}

Jsonb *
nami_jsonb_from_row(const NamiJsonbWriter *writer, const NamiStr *names, const NamiValue *values,
					uint32_t count)
{
	Output		out = {writer, NULL, NULL};
	ErrorContextCallback context = {error_context_stack, name_key, &out};

	error_context_stack = &context;
	push(&out, WJB_BEGIN_OBJECT, NULL);
	for (uint32_t i = 0; i < count; i++)
	{
		JsonbValue	key = {.type = jbvString};

		out.key = names[i];
		key.val.string.val = (char *) names[i].ptr;
		key.val.string.len = (int) names[i].len;
		push(&out, WJB_KEY, &key);
		put_value(&out, values[i], WJB_VALUE);
	}
	push(&out, WJB_END_OBJECT, NULL);
	error_context_stack = context.previous;
	return JsonbValueToJsonb(out.result);
}
