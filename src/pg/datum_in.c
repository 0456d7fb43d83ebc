/*
 * datum_in.c - SQL values as Cypher values, see datum_in.h.
 */
#include "postgres.h"

#include "pg/datum_in.h"

#include "access/htup_details.h"
#include "base/vec.h"
#include "catalog/pg_type.h"
#include "exec/temporal.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/jsonb_in.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#define EPOCH_SHIFT_DAYS	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE))

static NamiStr
utf8_copy(NamiArena *arena, const char *text, int len)
{
	char	   *converted = pg_server_to_any(text, len, PG_UTF8);

	return nami_arena_str(arena, (NamiStr) {converted, converted == text ? (size_t) len :
		strlen(converted)});
}

/* ---- temporal values ----------------------------------------------------------------------- */

static void
refuse_infinity(bool is_infinite, Oid type)
{
	if (is_infinite)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("an infinite value of type %s has no equal in Cypher",
						format_type_be(type))));
}

/* Seconds since 1970 and nanoseconds of a timestamp. */
static void
split_timestamp(Timestamp timestamp, int64 *seconds, int32 *nanoseconds)
{
	int64		us = timestamp % USECS_PER_SEC;

	*seconds = timestamp / USECS_PER_SEC + EPOCH_SHIFT_DAYS * SECS_PER_DAY;
	if (us < 0)
	{
		us += USECS_PER_SEC;
		(*seconds)--;
	}
	*nanoseconds = (int32) us * 1000;
}

static NamiValue
from_timestamp(Datum datum, Oid type, NamiArena *arena)
{
	Timestamp	timestamp = DatumGetTimestamp(datum);
	int64		seconds;
	int32		nanoseconds;
	NamiDateTime *datetime;

	refuse_infinity(TIMESTAMP_NOT_FINITE(timestamp), type);
	split_timestamp(timestamp, &seconds, &nanoseconds);
	if (type == TIMESTAMPOID)
		return (NamiValue) {
			.kind = NAMI_LOCALDATETIME, .len = (uint32_t) nanoseconds, .integer = seconds
		};
	datetime = NAMI_NEW(arena, NamiDateTime);
	datetime->seconds = seconds;
	datetime->nanoseconds = nanoseconds;
	return (NamiValue) {.kind = NAMI_DATETIME, .datetime = datetime};
}

static NamiValue
from_interval(const Interval *interval, NamiArena *arena)
{
	NamiDuration duration = {.months = interval->month, .days = interval->day};
	int64		us = interval->time % USECS_PER_SEC;

#ifdef INTERVAL_NOT_FINITE
	refuse_infinity(INTERVAL_NOT_FINITE(interval), INTERVALOID);
#endif
	duration.seconds = interval->time / USECS_PER_SEC;
	if (us < 0)
	{
		us += USECS_PER_SEC;
		duration.seconds--;
	}
	duration.nanoseconds = (int32) us * 1000;
	return nami_duration_value(arena, duration);
}

static NamiValue
from_temporal(Datum datum, Oid type, NamiArena *arena)
{
	TimeTzADT  *timetz;

	switch (type)
	{
		case DATEOID:
			refuse_infinity(DATE_NOT_FINITE(DatumGetDateADT(datum)), type);
			return nami_value_date((int64) DatumGetDateADT(datum) + EPOCH_SHIFT_DAYS);
		case TIMEOID:
			return (NamiValue) {.kind = NAMI_LOCALTIME, .integer = DatumGetTimeADT(datum) * 1000};
		case TIMETZOID:
			timetz = DatumGetTimeTzADTP(datum);
			return (NamiValue) {
				.kind = NAMI_TIME, .len = (uint32_t) -timetz->zone, .integer = timetz->time * 1000
			};
		case INTERVALOID:
			return from_interval(DatumGetIntervalP(datum), arena);
		default:
			return from_timestamp(datum, type, arena);
	}
}

/* ---- containers ---------------------------------------------------------------------------- */

/* One dimension of an array; *next: number of the next element. */
static NamiValue
array_level(const Datum *datums, const bool *nulls, Oid element, const int *dims, int ndim,
			int *next, NamiArena *arena)
{
	NamiValue  *items = NAMI_NEW_ARRAY(arena, NamiValue, (size_t) dims[0] + 1);

	for (int i = 0; i < dims[0]; i++)
	{
		if (ndim > 1)
			items[i] = array_level(datums, nulls, element, dims + 1, ndim - 1, next, arena);
		else
		{
			items[i] = nami_value_from_datum(datums[*next], nulls[*next], element, arena);
			(*next)++;
		}
	}
	return nami_value_list(items, (uint32_t) dims[0]);
}

static NamiValue
from_array(Datum datum, NamiArena *arena)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);
	Oid			element = ARR_ELEMTYPE(array);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *datums;
	bool	   *nulls;
	int			count;
	int			next = 0;

	if (ARR_NDIM(array) == 0)
		return nami_value_list(NULL, 0);
	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	deconstruct_array(array, element, typlen, typbyval, typalign, &datums, &nulls, &count);
	return array_level(datums, nulls, element, ARR_DIMS(array), ARR_NDIM(array), &next, arena);
}

static int
compare_entries(const void *a, const void *b)
{
	return nami_str_cmp(((const NamiMapEntry *) a)->key, ((const NamiMapEntry *) b)->key);
}

/* A row; of columns of one name the first counts. */
static NamiValue
from_row(Datum datum, NamiArena *arena)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(datum);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header));
	NAMI_VEC(NamiMapEntry) entries = {0};
	size_t		kept = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		bool		is_null;
		Datum		field;
		NamiMapEntry entry;

		if (attribute->attisdropped)
			continue;
		field = GetAttributeByNum(header, (AttrNumber) (i + 1), &is_null);
		entry.key = utf8_copy(arena, NameStr(attribute->attname),
							  (int) strlen(NameStr(attribute->attname)));
		entry.value = nami_value_from_datum(field, is_null, attribute->atttypid, arena);
		nami_vec_push(&entries, arena, entry);
	}
	ReleaseTupleDesc(desc);
	if (entries.count > 1)
		qsort(entries.items, entries.count, sizeof(NamiMapEntry), compare_entries);
	for (size_t i = 0; i < entries.count; i++)
	{
		if (kept == 0 || !nami_str_eq(entries.items[kept - 1].key, entries.items[i].key))
			entries.items[kept++] = entries.items[i];
	}
	return nami_value_map(entries.items, (uint32_t) kept);
}

static NamiValue
from_jsonb(Datum datum, NamiArena *arena)
{
	Jsonb	   *jsonb = DatumGetJsonbP(datum);
	Jsonb	   *copy = nami_arena_alloc(arena, VARSIZE(jsonb));

	memcpy(copy, jsonb, VARSIZE(jsonb));
	return nami_value_from_jsonb(copy, NAMI_JSON_PLAIN, arena);
}

/* ---- scalars ------------------------------------------------------------------------------- */

static NamiValue
through_output(Datum datum, Oid type, NamiArena *arena)
{
	Oid			output;
	bool		is_varlena;
	char	   *text;

	getTypeOutputInfo(type, &output, &is_varlena);
	text = OidOutputFunctionCall(output, datum);
	return nami_value_string(utf8_copy(arena, text, (int) strlen(text)));
}

static NamiValue
from_varlena(Datum datum, bool is_text, NamiArena *arena)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(datum);
	char	   *data = VARDATA_ANY(packed);
	int			len = (int) VARSIZE_ANY_EXHDR(packed);

	if (is_text)
		return nami_value_string(utf8_copy(arena, data, len));
	return nami_value_bytes(nami_arena_str(arena, (NamiStr) {data, (size_t) len}));
}

static NamiValue
from_base_type(Datum datum, Oid type, NamiArena *arena)
{
	switch (type)
	{
		case BOOLOID:
			return nami_value_bool(DatumGetBool(datum));
		case INT2OID:
			return nami_value_int(DatumGetInt16(datum));
		case INT4OID:
			return nami_value_int(DatumGetInt32(datum));
		case INT8OID:
			return nami_value_int(DatumGetInt64(datum));
		case FLOAT4OID:
			return nami_value_float((double) DatumGetFloat4(datum));
		case FLOAT8OID:
			return nami_value_float(DatumGetFloat8(datum));
		case NUMERICOID:
			return nami_value_float(DatumGetFloat8(DirectFunctionCall1(numeric_float8, datum)));
		case TEXTOID:
		case VARCHAROID:
			return from_varlena(datum, true, arena);
		case BYTEAOID:
			return from_varlena(datum, false, arena);
		case JSONBOID:
			return from_jsonb(datum, arena);
		case JSONOID:
			return from_jsonb(DirectFunctionCall1(jsonb_in,
												  CStringGetDatum(TextDatumGetCString(datum))),
							  arena);
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case INTERVALOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return from_temporal(datum, type, arena);
		case VOIDOID:
			return nami_value_null();
		default:
			return through_output(datum, type, arena);
	}
}

NamiValue
nami_value_from_datum(Datum datum, bool is_null, Oid type, NamiArena *arena)
{
	Oid			base = getBaseType(type);

	if (is_null)
		return nami_value_null();
	check_stack_depth();
	if (OidIsValid(get_element_type(base)))
		return from_array(datum, arena);
	if (type_is_rowtype(base))
		return from_row(datum, arena);
	return from_base_type(datum, base, arena);
}
