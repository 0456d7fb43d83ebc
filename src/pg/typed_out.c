/*
 * typed_out.c - values as columns of a record.
 *
 * Each type takes the kinds that it can hold exactly; texts go through the type's input function, so
 * that uuid, enums and types of other extensions work.
 */
#include "postgres.h"

#include "pg/typed_out.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "exec/temporal.h"
#include "miscadmin.h"
#include "pg/host.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
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
		case NAMI_NODE:
			{
				NamiId		id = nami_snapshot_node_id(writer->snapshot, (NamiOrd) value.integer);
				char	   *text = palloc0(NAMI_UUID_TEXT_LEN + 1);

				nami_uuid_format(id, text);
				return text;
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
	if (days < -(int64) POSTGRES_EPOCH_JDATE || days > INT32_MAX || !IS_VALID_DATE(days))
		out_of_range(column);
	return DateADTGetDatum((DateADT) days);
}

static Datum
through_input(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	char	   *text = value_text(writer, value);

	if (text == NULL)
		mismatch(column, value);
	return OidInputFunctionCall(column->input, text, column->ioparam, column->typmod);
}

static Datum
text_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	if (value.kind == NAMI_STRING && column->type == TEXTOID)
	{
		NamiStr		text = nami_text_to_server(nami_value_str(value));

		return PointerGetDatum(cstring_to_text_with_len(text.ptr, (int) text.len));
	}
	if (value.kind == NAMI_LIST || value.kind == NAMI_MAP || value.kind == NAMI_REL ||
		value.kind == NAMI_PATH || value.kind == NAMI_BYTES)
		mismatch(column, value);
	return through_input(writer, column, value);
}

static Datum
array_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column, NamiValue value)
{
	NamiColumnWriter element = *column;
	Datum	   *items;
	bool	   *nulls;
	int			dims[1];
	int			lower[1] = {1};
	int16		typlen;
	bool		typbyval;
	char		typalign;

	if (value.kind != NAMI_LIST && value.kind != NAMI_VECTOR)
		mismatch(column, value);
	element.type = getBaseType(column->element);
	element.declared = column->element;
	element.element = InvalidOid;
	element.domain = NULL;
	element.context = CurrentMemoryContext;
	getTypeInputInfo(element.type, &element.input, &element.ioparam);
	items = palloc((value.len + 1) * sizeof(Datum));
	nulls = palloc((value.len + 1) * sizeof(bool));
	for (uint32_t i = 0; i < value.len; i++)
	{
		NamiValue	item = value.kind == NAMI_LIST ? value.items[i] :
			nami_value_float((double) value.floats[i]);

		items[i] = nami_column_datum(writer, &element, item, &nulls[i]);
	}
	if (value.len == 0)
		return PointerGetDatum(construct_empty_array(column->element));
	dims[0] = (int) value.len;
	get_typlenbyvalalign(column->element, &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_md_array(items, nulls, 1, dims, lower, column->element,
											  typlen, typbyval, typalign));
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
			if (value.kind != NAMI_NODE && value.kind != NAMI_STRING)
				mismatch(column, value);
			return through_input(writer, column, value);
		case TIMEOID:
		case TIMETZOID:
		case INTERVALOID:
			if (value.kind != NAMI_LOCALTIME && value.kind != NAMI_TIME &&
				value.kind != NAMI_DURATION && value.kind != NAMI_STRING)
				mismatch(column, value);
			return through_input(writer, column, value);
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
			return text_datum(writer, column, value);
		default:
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
		column->declared = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		if (attribute->attisdropped)
			continue;
		column->type = getBaseTypeAndTypmod(attribute->atttypid, &column->typmod);
		column->element = get_element_type(column->type);
		getTypeInputInfo(column->type, &column->input, &column->ioparam);
	}
	return columns;
}
