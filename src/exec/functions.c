/*
 * functions.c - the table of built-in functions and its lookup. See functions.h.
 */
#include "exec/functions_internal.h"

#include "base/similar.h"

#include <stdio.h>

/* ---- errors of functions ---- */

NamiStatus
nami_wrong_type(const NamiExpr *call, const char *expected, NamiValue got, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentValue", call->position,
						"%.*s() expects %s, got %s", NAMI_STR_ARG(call->function->name), expected,
						nami_kind_name(got.kind));
}

NamiStatus
nami_bad_argument(const NamiExpr *call, const char *name, NamiError *err, const char *format,...)
{
	char		message[256];
	va_list		args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return nami_fail_at(err, NAMI_ERR_ARGUMENT, name, call->position, "%.*s(): %s",
						NAMI_STR_ARG(call->function->name), message);
}

/* ---- the table ---- */

#define STRICT	NAMI_FN_NULL_IN_NULL_OUT
#define CONTEXT (NAMI_FN_CONTEXT | STRICT)
#define CLOCK	(NAMI_FN_STATEMENT | STRICT)

#define ANY		NAMI_STATIC_ANY
#define BOOL	NAMI_STATIC_BOOL
#define INT		NAMI_STATIC_INT
#define FLOAT	NAMI_STATIC_FLOAT
#define NUMBER	NAMI_STATIC_NUMBER
#define STRING	NAMI_STATIC_STRING
#define LIST	NAMI_STATIC_LIST
#define MAP		NAMI_STATIC_MAP
#define DATE	NAMI_STATIC_DATE
#define LOCALTIME	NAMI_STATIC_LOCALTIME
#define TIME	NAMI_STATIC_TIME
#define LOCALDATETIME	NAMI_STATIC_LOCALDATETIME
#define DATETIME	NAMI_STATIC_DATETIME
#define DURATION	NAMI_STATIC_DURATION

#define SCALAR_OF(name, min, max, flags, type, types, function) \
	{NAMI_STR_INIT(name), min, max, flags, type, types, &(const NamiScalarFunction) {function}}
#define SCALAR(name, min, max, flags, type, function) \
	SCALAR_OF(name, min, max, flags, type, NULL, function)
#define AGGREGATE(name, args, type, implementation) \
	{NAMI_STR_INIT(name), args, args, NAMI_FN_AGGREGATE, type, NULL, &(implementation)}

/* The clock functions of a temporal type. */
#define CLOCKS(name, type) \
	SCALAR(name ".transaction", 0, 1, CLOCK, type, nami_fn_temporal_clock), \
	SCALAR(name ".statement", 0, 1, CLOCK, type, nami_fn_temporal_clock), \
	SCALAR(name ".realtime", 0, 1, NAMI_FN_VOLATILE | STRICT, type, nami_fn_temporal_clock), \
	SCALAR(name ".truncate", 1, 3, CLOCK, type, nami_fn_temporal_truncate)

static const NamiStaticType a_node[] = {NAMI_STATIC_NODE};
static const NamiStaticType a_rel[] = {NAMI_STATIC_REL};
static const NamiStaticType a_path[] = {NAMI_STATIC_PATH};

static const NamiFunction functions[] = {
	/* strings */
	SCALAR("toLower", 1, 1, STRICT, STRING, nami_fn_to_lower),
	SCALAR("toUpper", 1, 1, STRICT, STRING, nami_fn_to_upper),
	SCALAR("lower", 1, 1, STRICT, STRING, nami_fn_to_lower),
	SCALAR("upper", 1, 1, STRICT, STRING, nami_fn_to_upper),
	SCALAR("trim", 1, 1, STRICT, STRING, nami_fn_trim),
	SCALAR("btrim", 1, 1, STRICT, STRING, nami_fn_trim),
	SCALAR("ltrim", 1, 1, STRICT, STRING, nami_fn_ltrim),
	SCALAR("rtrim", 1, 1, STRICT, STRING, nami_fn_rtrim),
	SCALAR("left", 2, 2, 0, STRING, nami_fn_left),
	SCALAR("right", 2, 2, 0, STRING, nami_fn_right),
	SCALAR("substring", 2, 3, STRICT, STRING, nami_fn_substring),
	SCALAR("replace", 3, 3, STRICT, STRING, nami_fn_replace),
	SCALAR("split", 2, 2, STRICT, LIST, nami_fn_split),
	SCALAR("reverse", 1, 1, STRICT, ANY, nami_fn_reverse),
	SCALAR("char_length", 1, 1, STRICT, INT, nami_fn_char_length),
	SCALAR("character_length", 1, 1, STRICT, INT, nami_fn_char_length),

	/* lists and anything */
	SCALAR("size", 1, 1, STRICT, INT, nami_fn_size),
	SCALAR_OF("length", 1, 1, STRICT, INT, a_path, nami_fn_length),
	SCALAR("head", 1, 1, STRICT, ANY, nami_fn_head),
	SCALAR("last", 1, 1, STRICT, ANY, nami_fn_last),
	SCALAR("tail", 1, 1, STRICT, LIST, nami_fn_tail),
	SCALAR("range", 2, 3, STRICT, LIST, nami_fn_range),
	SCALAR("isEmpty", 1, 1, STRICT, BOOL, nami_fn_is_empty),
	SCALAR("coalesce", 1, UINT8_MAX, 0, ANY, nami_fn_coalesce),
	SCALAR("exists", 1, 1, 0, BOOL, nami_fn_exists),

	/* the graph */
	SCALAR("id", 1, 1, CONTEXT, STRING, nami_fn_id),
	SCALAR("elementId", 1, 1, CONTEXT, STRING, nami_fn_element_id),
	SCALAR_OF("labels", 1, 1, CONTEXT, LIST, a_node, nami_fn_labels),
	SCALAR_OF("type", 1, 1, CONTEXT, STRING, a_rel, nami_fn_type),
	SCALAR("keys", 1, 1, CONTEXT, LIST, nami_fn_keys),
	SCALAR("properties", 1, 1, CONTEXT, MAP, nami_fn_properties),
	SCALAR_OF("nodes", 1, 1, STRICT, LIST, a_path, nami_fn_nodes),
	SCALAR_OF("relationships", 1, 1, STRICT, LIST, a_path, nami_fn_relationships),
	SCALAR_OF("startNode", 1, 1, STRICT, NAMI_STATIC_NODE, a_rel, nami_fn_start_node),
	SCALAR_OF("endNode", 1, 1, STRICT, NAMI_STATIC_NODE, a_rel, nami_fn_end_node),

	/* conversion */
	SCALAR("toString", 1, 1, STRICT, STRING, nami_fn_to_string),
	SCALAR("toStringOrNull", 1, 1, STRICT, STRING, nami_fn_to_string_or_null),
	SCALAR("toInteger", 1, 1, STRICT, INT, nami_fn_to_integer),
	SCALAR("toInt", 1, 1, STRICT, INT, nami_fn_to_integer),
	SCALAR("toIntegerOrNull", 1, 1, STRICT, INT, nami_fn_to_integer_or_null),
	SCALAR("toFloat", 1, 1, STRICT, FLOAT, nami_fn_to_float),
	SCALAR("toFloatOrNull", 1, 1, STRICT, FLOAT, nami_fn_to_float_or_null),
	SCALAR("toBoolean", 1, 1, STRICT, BOOL, nami_fn_to_boolean),
	SCALAR("toBooleanOrNull", 1, 1, STRICT, BOOL, nami_fn_to_boolean_or_null),

	/* numbers */
	SCALAR("abs", 1, 1, STRICT, NUMBER, nami_fn_abs),
	SCALAR("sign", 1, 1, STRICT, INT, nami_fn_sign),
	SCALAR("round", 1, 2, STRICT, FLOAT, nami_fn_round),
	SCALAR("floor", 1, 1, STRICT, FLOAT, nami_fn_floor),
	SCALAR("ceil", 1, 1, STRICT, FLOAT, nami_fn_ceil),
	SCALAR("sqrt", 1, 1, STRICT, FLOAT, nami_fn_sqrt),
	SCALAR("exp", 1, 1, STRICT, FLOAT, nami_fn_exp),
	SCALAR("log", 1, 1, STRICT, FLOAT, nami_fn_log),
	SCALAR("log10", 1, 1, STRICT, FLOAT, nami_fn_log10),
	SCALAR("sin", 1, 1, STRICT, FLOAT, nami_fn_sin),
	SCALAR("cos", 1, 1, STRICT, FLOAT, nami_fn_cos),
	SCALAR("tan", 1, 1, STRICT, FLOAT, nami_fn_tan),
	SCALAR("cot", 1, 1, STRICT, FLOAT, nami_fn_cot),
	SCALAR("asin", 1, 1, STRICT, FLOAT, nami_fn_asin),
	SCALAR("acos", 1, 1, STRICT, FLOAT, nami_fn_acos),
	SCALAR("atan", 1, 1, STRICT, FLOAT, nami_fn_atan),
	SCALAR("atan2", 2, 2, STRICT, FLOAT, nami_fn_atan2),
	SCALAR("degrees", 1, 1, STRICT, FLOAT, nami_fn_degrees),
	SCALAR("radians", 1, 1, STRICT, FLOAT, nami_fn_radians),
	SCALAR("haversin", 1, 1, STRICT, FLOAT, nami_fn_haversin),
	SCALAR("isNaN", 1, 1, STRICT, BOOL, nami_fn_is_nan),
	SCALAR("pi", 0, 0, 0, FLOAT, nami_fn_pi),
	SCALAR("e", 0, 0, 0, FLOAT, nami_fn_e),
	SCALAR("rand", 0, 0, NAMI_FN_VOLATILE, FLOAT, nami_fn_rand),
	SCALAR("randomUUID", 0, 0, NAMI_FN_VOLATILE, STRING, nami_fn_random_uuid),
	SCALAR("timestamp", 0, 0, NAMI_FN_STATEMENT, INT, nami_fn_timestamp),

	/* search */
	SCALAR("vector", 1, 1, STRICT, NAMI_STATIC_VECTOR, nami_fn_vector),
	SCALAR("cosine_similarity", 2, 2, STRICT, FLOAT, nami_fn_cosine_similarity),
	SCALAR("dot_product", 2, 2, STRICT, FLOAT, nami_fn_dot_product),
	SCALAR("euclidean_distance", 2, 2, STRICT, FLOAT, nami_fn_euclidean_distance),
	SCALAR("bm25", 2, 2, STRICT, FLOAT, nami_fn_bm25),

	/* temporal */
	SCALAR("date", 0, 1, CLOCK, DATE, nami_fn_temporal),
	SCALAR("time", 0, 1, CLOCK, TIME, nami_fn_temporal),
	SCALAR("localtime", 0, 1, CLOCK, LOCALTIME, nami_fn_temporal),
	SCALAR("datetime", 0, 1, CLOCK, DATETIME, nami_fn_temporal),
	SCALAR("localdatetime", 0, 1, CLOCK, LOCALDATETIME, nami_fn_temporal),
	CLOCKS("date", DATE),
	CLOCKS("time", TIME),
	CLOCKS("localtime", LOCALTIME),
	CLOCKS("datetime", DATETIME),
	CLOCKS("localdatetime", LOCALDATETIME),
	SCALAR("datetime.fromepoch", 2, 2, STRICT, DATETIME, nami_fn_from_epoch),
	SCALAR("datetime.fromepochmillis", 1, 1, STRICT, DATETIME, nami_fn_from_epoch_millis),
	SCALAR("duration", 1, 1, STRICT, DURATION, nami_fn_duration),
	SCALAR("duration.between", 2, 2, STRICT, DURATION, nami_fn_duration_between),
	SCALAR("duration.inMonths", 2, 2, STRICT, DURATION, nami_fn_duration_between),
	SCALAR("duration.inDays", 2, 2, STRICT, DURATION, nami_fn_duration_between),
	SCALAR("duration.inSeconds", 2, 2, STRICT, DURATION, nami_fn_duration_between),

	/* aggregates */
	AGGREGATE("count", 1, INT, nami_aggregate_count),
	AGGREGATE("sum", 1, ANY, nami_aggregate_sum),
	AGGREGATE("avg", 1, ANY, nami_aggregate_avg),
	AGGREGATE("min", 1, ANY, nami_aggregate_min),
	AGGREGATE("max", 1, ANY, nami_aggregate_max),
	AGGREGATE("collect", 1, LIST, nami_aggregate_collect),
	AGGREGATE("stDev", 1, FLOAT, nami_aggregate_stdev),
	AGGREGATE("stDevP", 1, FLOAT, nami_aggregate_stdevp),
	AGGREGATE("percentileCont", 2, FLOAT, nami_aggregate_percentile_cont),
	AGGREGATE("percentileDisc", 2, NUMBER, nami_aggregate_percentile_disc),
	{NAMI_STR_INIT("")}
};

const NamiFunction *
nami_function_table(void)
{
	return functions;
}

/* ---- lookup ---- */

const NamiFunction *
nami_find_function(NamiStr name, NamiStr *nearest)
{
	for (const NamiFunction *f = functions; f->name.len > 0; f++)
		if (nami_str_eq_nocase(f->name, name))
			return f;
	if (nearest != NULL)
	{
		NamiSimilar similar;

		nami_similar_init(&similar, name);
		for (const NamiFunction *f = functions; f->name.len > 0; f++)
			nami_similar_offer(&similar, f->name);
		*nearest = similar.best;
	}
	return NULL;
}
