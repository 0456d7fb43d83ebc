/*
 * foreign_literal.c - SQL constants as Cypher writes them, see foreign_literal.h.
 *
 * Constants stand in the text, so that the engine's planner sees them and EXPLAIN shows them; long
 * ones are parameters.
 */
#include "postgres.h"

#include "pg/foreign_literal.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "cypher/lexer.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/datum_in.h"
#include "pg/typed_out.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define TEXT_MAX_BYTES	200
#define ARRAY_MAX_ITEMS	50

/* Years that have four digits. */
#define FIRST_DAY	(date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE)
#define LAST_DAY	(date2j(9999, 12, 31) - POSTGRES_EPOCH_JDATE)

/* ---- names and strings --------------------------------------------------------------------- */

static bool
is_plain_name(const char *name)
{
	if (*name >= '0' && *name <= '9')
		return false;
	for (const char *p = name; *p != '\0'; p++)
	{
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
			  *p == '_'))
			return false;
	}
	return *name != '\0' && nami_cy_keyword(nami_str(name)) == NAMI_KW_NONE_;
}

void
nami_append_name(StringInfo out, const char *name)
{
	if (is_plain_name(name))
	{
		appendStringInfoString(out, name);
		return;
	}
	appendStringInfoChar(out, '`');
	for (const char *p = name; *p != '\0'; p += pg_mblen(p))
	{
		if (*p == '`')
			appendStringInfoChar(out, '`');
		appendBinaryStringInfo(out, p, pg_mblen(p));
	}
	appendStringInfoChar(out, '`');
}

void
nami_append_string(StringInfo out, const char *text, int len)
{
	appendStringInfoChar(out, '\'');
	for (int i = 0; i < len; i += pg_mblen(text + i))
	{
		switch (text[i])
		{
			case '\'':
				appendStringInfoString(out, "\\'");
				break;
			case '\\':
				appendStringInfoString(out, "\\\\");
				break;
			case '\n':
				appendStringInfoString(out, "\\n");
				break;
			case '\r':
				appendStringInfoString(out, "\\r");
				break;
			case '\t':
				appendStringInfoString(out, "\\t");
				break;
			default:
				appendBinaryStringInfo(out, text + i, pg_mblen(text + i));
		}
	}
	appendStringInfoChar(out, '\'');
}

/* ---- literals ------------------------------------------------------------------------------ */

static char *
string_literal(const char *text, int len)
{
	StringInfoData out;

	if (len > TEXT_MAX_BYTES)
		return NULL;
	initStringInfo(&out);
	nami_append_string(&out, text, len);
	return out.data;
}

/* Digits that give the same double again, always with a fraction or an exponent. */
static char *
float_literal(double number)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (!isfinite(number))
		return NULL;
	digits[double_to_shortest_decimal_bufn(number, digits)] = '\0';
	if (strchr(digits, 'e') != NULL)
		return NULL;
	return psprintf("%s%s", digits, strchr(digits, '.') != NULL ? "" : ".0");
}

static char *
date_literal(DateADT date)
{
	int			year;
	int			month;
	int			day;

	if (date < FIRST_DAY || date > LAST_DAY)
		return NULL;
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return psprintf("date('%04d-%02d-%02d')", year, month, day);
}

static char *
instant_literal(TimestampTz instant)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (TIMESTAMP_NOT_FINITE(instant) || instant / USECS_PER_DAY <= FIRST_DAY ||
		instant / USECS_PER_DAY >= LAST_DAY ||
		timestamp2tm(instant, NULL, &tm, &fraction, NULL, NULL) != 0)
		return NULL;
	if (fraction == 0)
		return psprintf("datetime('%04d-%02d-%02dT%02d:%02d:%02dZ')", tm.tm_year, tm.tm_mon,
						tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return psprintf("datetime('%04d-%02d-%02dT%02d:%02d:%02d.%06dZ')", tm.tm_year, tm.tm_mon,
					tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fraction);
}

static char *
scalar_literal(Oid type, Datum value)
{
	switch (type)
	{
		case BOOLOID:
			return pstrdup(DatumGetBool(value) ? "true" : "false");
		case INT2OID:
			return psprintf("%d", DatumGetInt16(value));
		case INT4OID:
			return psprintf("%d", DatumGetInt32(value));
		case INT8OID:
			return psprintf(INT64_FORMAT, DatumGetInt64(value));
		case FLOAT4OID:
			return float_literal((double) DatumGetFloat4(value));
		case FLOAT8OID:
			return float_literal(DatumGetFloat8(value));
		case TEXTOID:
		case VARCHAROID:
			{
				text	   *string = DatumGetTextPP(value);

				return string_literal(VARDATA_ANY(string), (int) VARSIZE_ANY_EXHDR(string));
			}
		case UUIDOID:
			{
				char	   *string = DatumGetCString(DirectFunctionCall1(uuid_out, value));

				return string_literal(string, (int) strlen(string));
			}
		case DATEOID:
			return date_literal(DatumGetDateADT(value));
		case TIMESTAMPTZOID:
			return instant_literal(DatumGetTimestampTz(value));
		default:
			return NULL;
	}
}

static char *
array_literal(Oid element, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	StringInfoData out;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > ARRAY_MAX_ITEMS)
		return NULL;
	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	deconstruct_array(array, element, typlen, typbyval, typalign, &items, &nulls, &count);
	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	for (int i = 0; i < count; i++)
	{
		char	   *text = nulls[i] ? "null" : scalar_literal(element, items[i]);

		if (text == NULL)
			return NULL;
		appendStringInfo(&out, "%s%s", i > 0 ? ", " : "", text);
	}
	appendStringInfoChar(&out, ']');
	return out.data;
}

char *
nami_literal_text(const Const *constant)
{
	Oid			element;

	if (constant->constisnull)
		return pstrdup("null");
	element = get_element_type(constant->consttype);
	if (element != InvalidOid)
		return array_literal(element, constant->constvalue);
	return scalar_literal(constant->consttype, constant->constvalue);
}

bool
nami_literal_is_number(const Const *constant)
{
	if (constant->constisnull)
		return false;
	if (constant->consttype == FLOAT8OID)
		return !isnan(DatumGetFloat8(constant->constvalue));
	return constant->consttype == FLOAT4OID && !isnan(DatumGetFloat4(constant->constvalue));
}

/* ---- parameters ---------------------------------------------------------------------------- */

bool
nami_type_is_parameter(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case TEXTOID:
		case VARCHAROID:
		case UUIDOID:
		case BYTEAOID:
		case DATEOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			type = get_element_type(type);
			return type != InvalidOid && nami_type_is_parameter(type);
	}
}

static NamiValue
scalar_parameter(Datum datum, bool is_null, Oid type, NamiArena *arena)
{
	int			sign = 0;

	if (is_null)
		return nami_value_null();
	if (type == DATEOID && DATE_NOT_FINITE(DatumGetDateADT(datum)))
		sign = DATE_IS_NOBEGIN(DatumGetDateADT(datum)) ? -1 : 1;
	else if (type == TIMESTAMPTZOID && TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(datum)))
		sign = TIMESTAMP_IS_NOBEGIN(DatumGetTimestampTz(datum)) ? -1 : 1;
	if (sign != 0 && type == DATEOID)
		return nami_value_date(sign * NAMI_INFINITE_DAYS);
	if (sign != 0)
	{
		NamiDateTime *instant = nami_arena_alloc0(arena, sizeof(NamiDateTime));

		instant->seconds = sign * NAMI_INFINITE_DAYS * SECS_PER_DAY;
		return (NamiValue) {.kind = NAMI_DATETIME, .datetime = instant};
	}
	return nami_value_from_datum(datum, false, type, arena);
}

NamiValue
nami_foreign_parameter(Datum datum, bool is_null, Oid type, NamiArena *arena)
{
	Oid			element = is_null ? InvalidOid : get_element_type(type);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *items;
	bool	   *nulls;
	int			count;
	NamiValue  *values;

	if (element == InvalidOid)
		return scalar_parameter(datum, is_null, type, arena);
	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(datum), element, typlen, typbyval, typalign, &items,
					  &nulls, &count);
	values = nami_arena_alloc0(arena, (count + 1) * sizeof(NamiValue));
	for (int i = 0; i < count; i++)
		values[i] = scalar_parameter(items[i], nulls[i], element, arena);
	return nami_value_list(values, (uint32_t) count);
}
