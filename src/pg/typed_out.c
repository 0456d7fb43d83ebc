/*
 * typed_out.c - values as columns of a record.
 *
 * Each type takes the kinds that it can hold exactly; texts go through the type's input function, so
 * that uuid, enums and types of other extensions work.
 */
#include "postgres.h"

#include "pg/typed_out.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "exec/temporal.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pg/host.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

static void
mismatch(const NamiColumnWriter *column, NamiValue value)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s cannot hold a value of type %s", column->name,
					format_type_be(column->declared), nami_kind_name(value.kind))));
}

static void
out_of_range(const NamiColumnWriter *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value of column \"%s\" is out of range for type %s", column->name,
					format_type_be(column->declared))));
}

static int64
integer_in(const NamiColumnWriter *column, NamiValue value, int64 min, int64 max)
{
	if (value.kind != NAMI_INT)
		mismatch(column, value);
	if (value.integer < min || value.integer > max)
		out_of_range(column);
	return value.integer;
}

static double
float_in(const NamiColumnWriter *column, NamiValue value)
{
	if (value.kind == NAMI_INT)
		return (double) value.integer;
	if (value.kind != NAMI_FLOAT)
		mismatch(column, value);
	return value.number;
}

static Datum
numeric_datum(const NamiColumnWriter *column, NamiValue value)
{
	Datum		number;

	if (value.kind == NAMI_INT)
		number = NumericGetDatum(int64_to_numeric(value.integer));
	else if (value.kind == NAMI_FLOAT && isfinite(value.number))
		number = nami_numeric_from_double(value.number);
	else if (value.kind == NAMI_FLOAT)
		number = DirectFunctionCall1(float8_numeric, Float8GetDatum(value.number));
	else
	{
		mismatch(column, value);
		return (Datum) 0;
	}
	return DirectFunctionCall2(numeric, number, Int32GetDatum(column->typmod));
}

/* The value as the text that a type's input function reads; NULL when it has none. */
static char *
value_text(const NamiJsonbWriter *writer, NamiValue value)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_BOOL:
			return pstrdup(value.boolean ? "true" : "false");
		case NAMI_INT:
			return psprintf(INT64_FORMAT, (int64) value.integer);
		case NAMI_FLOAT:
			return DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(value.number)));
		case NAMI_STRING:
			{
				NamiStr		text = nami_text_to_server(nami_value_str(value));

				return pnstrdup(text.ptr, text.len);
			}
		case NAMI_VECTOR:
			{
				StringInfoData text;

				initStringInfo(&text);
				for (uint32_t i = 0; i < value.len; i++)
					appendStringInfo(&text, "%c%s", i == 0 ? '[' : ',',
									 DatumGetCString(DirectFunctionCall1(float4out, Float4GetDatum(value.floats[i]))));
				appendStringInfoString(&text, value.len == 0 ? "[]" : "]");
				return text.data;
			}
		case NAMI_DATE:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
		case NAMI_DATETIME:
		case NAMI_DURATION:
			{
				NamiStr		text = nami_temporal_text(writer->arena, value);

				return pnstrdup(text.ptr, text.len);
			}
		default:
			return NULL;
	}
}

static Datum
timestamp_from_us(const NamiColumnWriter *column, NamiValue value, int64 seconds, int64 nanoseconds)
{
	int64		us;
	int64		epoch_shift = (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	int64		infinity = NAMI_INFINITE_DAYS * SECS_PER_DAY;

	if (seconds == infinity || seconds == -infinity)
		return TimestampGetDatum(seconds < 0 ? DT_NOBEGIN : DT_NOEND);
	if (__builtin_mul_overflow(seconds, USECS_PER_SEC, &us) ||
		__builtin_add_overflow(us, nanoseconds / 1000, &us) ||
		__builtin_sub_overflow(us, epoch_shift, &us) || !IS_VALID_TIMESTAMP(us))
		out_of_range(column);
	return TimestampGetDatum(us);
}

static Datum
date_datum(const NamiColumnWriter *column, NamiValue value)
{
	int64		days = value.integer - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE);

	if (value.kind != NAMI_DATE)
		mismatch(column, value);
	if (value.integer == NAMI_INFINITE_DAYS || value.integer == -NAMI_INFINITE_DAYS)
		return DateADTGetDatum(value.integer < 0 ? DATEVAL_NOBEGIN : DATEVAL_NOEND);
	if (days < -(int64) POSTGRES_EPOCH_JDATE || days > INT32_MAX || !IS_VALID_DATE(days))
		out_of_range(column);
	return DateADTGetDatum((DateADT) days);
}

static void
name_column(void *arg)
{
	errcontext("column \"%s\" of the result", ((const NamiColumnWriter *) arg)->name);
}

static Datum
through_input(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	ErrorContextCallback context = {error_context_stack, name_column, column};
	char	   *text;
	Datum		datum;

	error_context_stack = &context;
	text = value_text(writer, value);
	if (text == NULL)
	{
		error_context_stack = context.previous;
		mismatch(column, value);
	}
	datum = OidInputFunctionCall(column->input, text, column->ioparam, column->typmod);
	error_context_stack = context.previous;
	return datum;
}

/* The id of a node, or a text. */
static Datum
uuid_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	pg_uuid_t  *uuid;
	NamiId		id;

	if (value.kind == NAMI_STRING)
		return through_input(writer, column, value);
	if (value.kind != NAMI_NODE)
		mismatch(column, value);
	id = nami_snapshot_node_id(writer->snapshot, (NamiOrd) value.integer);
	uuid = palloc(sizeof(pg_uuid_t));
	StaticAssertStmt(sizeof(id) == sizeof(pg_uuid_t), "ids are UUIDs");
	memcpy(uuid, &id, sizeof(pg_uuid_t));
	return UUIDPGetDatum(uuid);
}

static Datum
text_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	if (value.kind == NAMI_STRING && column->type == TEXTOID)
	{
		ErrorContextCallback context = {error_context_stack, name_column, column};
		NamiStr		text;

		error_context_stack = &context;
		text = nami_text_to_server(nami_value_str(value));
		error_context_stack = context.previous;
		return PointerGetDatum(cstring_to_text_with_len(text.ptr, (int) text.len));
	}
	return through_input(writer, column, value);
}

/* ---- arrays -------------------------------------------------------------------------------- */

static void
init_writer(NamiColumnWriter *column, Oid declared)
{
	column->declared = declared;
	column->type = getBaseTypeAndTypmod(declared, &column->typmod);
	column->element = get_element_type(column->type);
	column->domain = NULL;
	column->fields = NULL;
	column->fields_desc = NULL;
	getTypeInputInfo(column->type, &column->input, &column->ioparam);
}

/* An array that is being filled; its shape is that of the first elements, which all others must have. */
typedef struct ArrayFill
{
	const NamiJsonbWriter *writer;
	NamiColumnWriter *column;	/* of the array */
	NamiColumnWriter element;
	int			dims[MAXDIM];
	int			ndims;
	Datum	   *items;
	bool	   *nulls;
	int			count;
} ArrayFill;

static int
shape_of(ArrayFill *fill, NamiValue value)
{
	bool		is_nested = fill->element.type != JSONBOID && fill->element.type != JSONOID;
	size_t		total = 1;

	while (fill->ndims < MAXDIM && (value.kind == NAMI_LIST || value.kind == NAMI_VECTOR))
	{
		fill->dims[fill->ndims++] = (int) value.len;
		if (__builtin_mul_overflow(total, (size_t) value.len, &total) ||
			total > MaxArraySize)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("list too long for column \"%s\"", fill->column->name)));
		if (value.kind != NAMI_LIST || value.len == 0 || !is_nested)
			break;
		value = value.items[0];
	}
	return (int) total;
}

static void
fill_array(ArrayFill *fill, NamiValue value, int depth)
{
	if (value.kind != NAMI_LIST && value.kind != NAMI_VECTOR)
		mismatch(fill->column, value);
	if (value.len != (uint32_t) fill->dims[depth])
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("the lists of column \"%s\" have different lengths", fill->column->name)));
	for (uint32_t i = 0; i < value.len; i++)
	{
		NamiValue	item = value.kind == NAMI_LIST ? value.items[i] :
			nami_value_float((double) value.floats[i]);

		if (depth + 1 < fill->ndims)
			fill_array(fill, item, depth + 1);
		else
		{
			fill->items[fill->count] = nami_column_datum(fill->writer, &fill->element, item,
														 &fill->nulls[fill->count]);
			fill->count++;
		}
	}
}

static Datum
array_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	ArrayFill	fill = {.writer = writer, .column = column, .element = *column};
	int			lower[MAXDIM] = {1, 1, 1, 1, 1, 1};
	int			total;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	if (value.kind != NAMI_LIST && value.kind != NAMI_VECTOR)
		mismatch(column, value);
	init_writer(&fill.element, column->element);
	fill.element.context = CurrentMemoryContext;
	total = shape_of(&fill, value);
	if (total == 0)
		return PointerGetDatum(construct_empty_array(column->element));
	fill.items = palloc(total * sizeof(Datum));
	fill.nulls = palloc(total * sizeof(bool));
	fill_array(&fill, value, 0);
	get_typlenbyvalalign(column->element, &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_md_array(fill.items, fill.nulls, fill.ndims, fill.dims, lower,
											  column->element, typlen, typbyval, typalign));
}

/* ---- composite types ----------------------------------------------------------------------- */

/* A map, by the names of the attributes; other keys are left out, missing ones are NULL. */
static Datum
composite_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	TupleDesc	desc = column->fields_desc;
	Datum	   *datums;
	bool	   *nulls;

	if (value.kind != NAMI_MAP)
		mismatch(column, value);
	if (desc == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(column->context);

		desc = column->fields_desc = lookup_rowtype_tupdesc_copy(column->type, -1);
		column->fields = nami_column_writers(desc);
		MemoryContextSwitchTo(old);
	}
	datums = palloc0((desc->natts + 1) * sizeof(Datum));
	nulls = palloc((desc->natts + 1) * sizeof(bool));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		NamiStr		name = nami_str(NameStr(attribute->attname));
		NamiValue	item = nami_value_null();

		nulls[i] = true;
		if (attribute->attisdropped)
			continue;
		for (uint32_t j = 0; j < value.len; j++)
		{
			if (nami_str_eq(nami_text_to_server(value.entries[j].key), name))
				item = value.entries[j].value;
		}
		datums[i] = nami_column_datum(writer, &column->fields[i], item, &nulls[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(desc, datums, nulls));
}

static Datum
base_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	switch (column->type)
	{
		case BOOLOID:
			if (value.kind != NAMI_BOOL)
				mismatch(column, value);
			return BoolGetDatum(value.boolean);
		case INT2OID:
			return Int16GetDatum((int16) integer_in(column, value, INT16_MIN, INT16_MAX));
		case INT4OID:
			return Int32GetDatum((int32) integer_in(column, value, INT32_MIN, INT32_MAX));
		case INT8OID:
			return Int64GetDatum(integer_in(column, value, INT64_MIN, INT64_MAX));
		case FLOAT4OID:
			{
				double		number = float_in(column, value);

				if (isfinite(number) && !isfinite((float) number))
					out_of_range(column);
				return Float4GetDatum((float4) number);
			}
		case FLOAT8OID:
			return Float8GetDatum(float_in(column, value));
		case NUMERICOID:
			return numeric_datum(column, value);
		case JSONBOID:
			return JsonbPGetDatum(nami_jsonb_from_value(writer, value));
		case JSONOID:
			{
				Jsonb	   *jsonb = nami_jsonb_from_value(writer, value);

				return PointerGetDatum(cstring_to_text(JsonbToCString(NULL, &jsonb->root,
																	  VARSIZE(jsonb))));
			}
		case BYTEAOID:
			if (value.kind != NAMI_BYTES)
				mismatch(column, value);
			return PointerGetDatum(cstring_to_text_with_len(value.text, (int) value.len));
		case DATEOID:
			return date_datum(column, value);
		case TIMESTAMPTZOID:
			if (value.kind != NAMI_DATETIME)
				mismatch(column, value);
			return timestamp_from_us(column, value, value.datetime->seconds,
									 value.datetime->nanoseconds);
		case TIMESTAMPOID:
			if (value.kind == NAMI_DATETIME)
				return timestamp_from_us(column, value,
										 value.datetime->seconds + value.datetime->offset_seconds,
										 value.datetime->nanoseconds);
			if (value.kind != NAMI_LOCALDATETIME)
				mismatch(column, value);
			return timestamp_from_us(column, value, value.integer, value.len);
		case UUIDOID:
			return uuid_datum(writer, column, value);
		case TIMEOID:
		case TIMETZOID:
			if (value.kind != NAMI_LOCALTIME && value.kind != NAMI_TIME && value.kind != NAMI_STRING)
				mismatch(column, value);
			return through_input(writer, column, value);
		case INTERVALOID:
			if (value.kind != NAMI_DURATION && value.kind != NAMI_STRING)
				mismatch(column, value);
			return through_input(writer, column, value);
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
			return text_datum(writer, column, value);
		default:
			if (type_is_rowtype(column->type) && value.kind != NAMI_STRING)
				return composite_datum(writer, column, value);
			return through_input(writer, column, value);
	}
}

Datum
nami_column_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value,
				  bool *is_null)
{
	Datum		datum = (Datum) 0;

	*is_null = value.kind == NAMI_NULL;
	if (!*is_null)
		datum = column->element != InvalidOid ? array_datum(writer, column, value) :
			base_datum(writer, column, value);
	if (column->declared != column->type)
		domain_check(datum, *is_null, column->declared, &column->domain, column->context);
	return datum;
}

NamiColumnWriter *
nami_column_writers(TupleDesc desc)
{
	NamiColumnWriter *columns = palloc0((desc->natts + 1) * sizeof(NamiColumnWriter));

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		NamiColumnWriter *column = &columns[i];

		column->context = CurrentMemoryContext;
		column->name = NameStr(attribute->attname);
		column->typmod = attribute->atttypmod;
		if (!attribute->attisdropped)
			init_writer(column, attribute->atttypid);
	}
	return columns;
}
