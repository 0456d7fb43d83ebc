/*
 * jsonb_in.c - parameters from jsonb.
 *
 * plain: a number that prints without a fraction and fits int64 is INTEGER, every other FLOAT;
 * arrays are LISTs, objects MAPs. typed: objects with one "$" member tell their type.
 */
#include "postgres.h"

#include "pg/jsonb_in.h"

#include <errno.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/vec.h"
#include "exec/temporal.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/host.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

typedef struct Input
{
	NamiJsonFormat format;
	NamiArena  *arena;
} Input;

static NamiValue read_container(Input *in, JsonbContainer *container);

static NamiStr
to_utf8(Input *in, const char *text, int len)
{
	char	   *converted;

	if (GetDatabaseEncoding() == PG_UTF8)
		return nami_arena_str(in->arena, (NamiStr) {text, (size_t) len});
	converted = pg_server_to_any(text, len, PG_UTF8);
	if (converted == text)
		return nami_arena_str(in->arena, (NamiStr) {text, (size_t) len});
	return nami_arena_str(in->arena, nami_str(converted));
}

static NamiValue
read_number(Numeric numeric)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(numeric)));
	char	   *end;
	long long	integer;

	if (strpbrk(text, ".eENI") == NULL)
	{
		errno = 0;
		integer = strtoll(text, &end, 10);
		if (errno == 0 && *end == '\0')
			return nami_value_int(integer);
	}
	return nami_value_float(DatumGetFloat8(DirectFunctionCall1(float8in, CStringGetDatum(text))));
}

static NamiValue
read_scalar(Input *in, const JsonbValue *v)
{
	switch (v->type)
	{
		case jbvNull:
			return nami_value_null();
		case jbvBool:
			return nami_value_bool(v->val.boolean);
		case jbvNumeric:
			return read_number(v->val.numeric);
		case jbvString:
			return nami_value_string(to_utf8(in, v->val.string.val, v->val.string.len));
		case jbvBinary:
			return read_container(in, v->val.binary.data);
		default:
			elog(ERROR, "unexpected jsonb value of type %d", (int) v->type);
	}
	return nami_value_null();
}

/* ---- typed objects ------------------------------------------------------------------------- */

static void
refuse_tagged(NamiStr tag)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value of type \"%.*s\" in the parameters", NAMI_STR_ARG(tag))));
}

static NamiValue
read_float_text(NamiStr tag, NamiValue text)
{
	NamiStr		s = nami_value_str(text);
	char	   *copy;
	char	   *end;
	double		number;

	if (text.kind != NAMI_STRING || s.len == 0)
		refuse_tagged(tag);
	copy = pnstrdup(s.ptr, s.len);
	number = strtod(copy, &end);
	if (*end != '\0')
		refuse_tagged(tag);
	return nami_value_float(number);
}

static NamiValue
read_bytes_text(Input *in, NamiStr tag, NamiValue text)
{
	char	   *bytes;

	if (text.kind != NAMI_STRING || text.len % 2 != 0)
		refuse_tagged(tag);
	bytes = nami_arena_alloc(in->arena, text.len / 2 + 1);
	hex_decode(text.text, text.len, bytes);
	return nami_value_bytes((NamiStr) {bytes, text.len / 2});
}

static NamiValue
read_vector(Input *in, NamiStr tag, NamiValue list)
{
	float	   *floats;

	if (list.kind != NAMI_LIST)
		refuse_tagged(tag);
	floats = NAMI_NEW_ARRAY(in->arena, float, list.len + 1);
	for (uint32_t i = 0; i < list.len; i++)
	{
		NamiValue	item = list.items[i];

		if (item.kind == NAMI_INT)
			floats[i] = (float) item.integer;
		else if (item.kind == NAMI_FLOAT)
			floats[i] = (float) item.number;
		else
			refuse_tagged(tag);
	}
	return nami_value_vector(floats, list.len);
}

static bool
temporal_kind(NamiStr tag, NamiKind *kind)
{
	static const struct
	{
		NamiStr		tag;
		NamiKind	kind;
	}			kinds[] = {
		{NAMI_STR_INIT("$date"), NAMI_DATE},
		{NAMI_STR_INIT("$localtime"), NAMI_LOCALTIME},
		{NAMI_STR_INIT("$time"), NAMI_TIME},
		{NAMI_STR_INIT("$localdatetime"), NAMI_LOCALDATETIME},
		{NAMI_STR_INIT("$datetime"), NAMI_DATETIME},
		{NAMI_STR_INIT("$duration"), NAMI_DURATION},
	};

	for (size_t i = 0; i < lengthof(kinds); i++)
	{
		if (nami_str_eq(tag, kinds[i].tag))
		{
			*kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

static NamiValue
read_tagged(Input *in, NamiStr tag, NamiValue content)
{
	NamiKind	kind;
	NamiValue	value;

	if (nami_str_eq(tag, NAMI_STR("$map")) && content.kind == NAMI_MAP)
		return content;
	if (nami_str_eq(tag, NAMI_STR("$float")))
		return read_float_text(tag, content);
	if (nami_str_eq(tag, NAMI_STR("$bytes")))
		return read_bytes_text(in, tag, content);
	if (nami_str_eq(tag, NAMI_STR("$vector")))
		return read_vector(in, tag, content);
	if (!temporal_kind(tag, &kind) || content.kind != NAMI_STRING)
		refuse_tagged(tag);
	if (!nami_temporal_read(in->arena, nami_pg_host(), kind, nami_value_str(content), &value))
		refuse_tagged(tag);
	return value;
}

/* ---- containers ---------------------------------------------------------------------------- */

static int
compare_entries(const void *a, const void *b)
{
	return nami_str_cmp(((const NamiMapEntry *) a)->key, ((const NamiMapEntry *) b)->key);
}

/* The content of {"$map": {...}} is never a tagged value itself. */
static NamiValue
read_object(Input *in, JsonbContainer *container, bool is_plain)
{
	NAMI_VEC(NamiMapEntry) entries = {0};
	JsonbIterator *it = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	v;

	JsonbIteratorNext(&it, &v, true);	/* WJB_BEGIN_OBJECT */
	while ((token = JsonbIteratorNext(&it, &v, true)) == WJB_KEY)
	{
		NamiMapEntry entry;

		entry.key = to_utf8(in, v.val.string.val, v.val.string.len);
		JsonbIteratorNext(&it, &v, true);
		if (nami_str_eq(entry.key, NAMI_STR("$map")) && v.type == jbvBinary && !is_plain &&
			JsonContainerIsObject(v.val.binary.data))
			entry.value = read_object(in, v.val.binary.data, true);
		else
			entry.value = read_scalar(in, &v);
		nami_vec_push(&entries, in->arena, entry);
	}
	if (!is_plain && entries.count == 1 && entries.items[0].key.len > 0 &&
		entries.items[0].key.ptr[0] == '$')
		return read_tagged(in, entries.items[0].key, entries.items[0].value);
	if (entries.count > 1)
		qsort(entries.items, entries.count, sizeof(NamiMapEntry), compare_entries);
	return nami_value_map(entries.items, (uint32_t) entries.count);
}

static NamiValue
read_array(Input *in, JsonbContainer *container)
{
	uint32		count = JsonContainerSize(container);
	NamiValue  *items = NAMI_NEW_ARRAY(in->arena, NamiValue, count + 1);
	JsonbIterator *it = JsonbIteratorInit(container);
	JsonbValue	v;
	uint32		i = 0;

	JsonbIteratorNext(&it, &v, true);	/* WJB_BEGIN_ARRAY */
	while (JsonbIteratorNext(&it, &v, true) == WJB_ELEM)
		items[i++] = read_scalar(in, &v);
	return nami_value_list(items, i);
}

static NamiValue
read_container(Input *in, JsonbContainer *container)
{
	check_stack_depth();
	if (JsonContainerIsObject(container))
		return read_object(in, container, in->format == NAMI_JSON_PLAIN);
	return read_array(in, container);
}

NamiValue
nami_params_from_jsonb(Jsonb *params, NamiJsonFormat format, NamiArena *arena)
{
	Input		in = {format, arena};

	if (!JB_ROOT_IS_OBJECT(params))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the parameters of a Cypher statement must be a JSON object")));
	return read_object(&in, &params->root, true);
}

NamiValue
nami_value_from_jsonb(Jsonb *jsonb, NamiJsonFormat format, NamiArena *arena)
{
	Input		in = {format, arena};
	NamiValue	value = read_container(&in, &jsonb->root);

	return JB_ROOT_IS_SCALAR(jsonb) ? value.items[0] : value;
}
