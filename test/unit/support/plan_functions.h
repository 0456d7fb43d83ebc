/*
 * plan_functions.h - names and arities of the built-in functions (spec/cypher.md 4) for tests of
 * the planner, which lies below the layer that implements them.
 */
#ifndef NAMI_TEST_PLAN_FUNCTIONS_H
#define NAMI_TEST_PLAN_FUNCTIONS_H

#include <stddef.h>

#include "plan/function.h"
#include "plan/procedure.h"

#define TEST_FN(name, min, max, flags, type, args) \
	{NAMI_STR_INIT(name), min, max, flags, type, args, NULL}
#define TEST_ANY(name, min, max) TEST_FN(name, min, max, 0, NAMI_STATIC_ANY, NULL)
#define TEST_GRAPH(name, type, args) TEST_FN(name, 1, 1, NAMI_FN_CONTEXT, type, args)
#define TEST_AGGREGATE(name, count, type) TEST_FN(name, count, count, NAMI_FN_AGGREGATE, type, NULL)
#define TEST_TEMPORAL(name) \
	TEST_ANY(name, 0, 1), TEST_ANY(name ".transaction", 0, 1), TEST_ANY(name ".statement", 0, 1), \
	TEST_ANY(name ".realtime", 0, 1), TEST_ANY(name ".truncate", 1, 3)

static const NamiStaticType test_a_node[] = {NAMI_STATIC_NODE};
static const NamiStaticType test_a_rel[] = {NAMI_STATIC_REL};
static const NamiStaticType test_a_path[] = {NAMI_STATIC_PATH};

static const NamiFunction test_functions[] = {
	TEST_GRAPH("id", NAMI_STATIC_STRING, NULL), TEST_GRAPH("elementId", NAMI_STATIC_STRING, NULL),
	TEST_GRAPH("labels", NAMI_STATIC_LIST, test_a_node),
	TEST_GRAPH("type", NAMI_STATIC_STRING, test_a_rel),
	TEST_GRAPH("keys", NAMI_STATIC_LIST, NULL), TEST_GRAPH("properties", NAMI_STATIC_MAP, NULL),
	TEST_FN("nodes", 1, 1, 0, NAMI_STATIC_LIST, test_a_path),
	TEST_FN("relationships", 1, 1, 0, NAMI_STATIC_LIST, test_a_path),
	TEST_FN("startNode", 1, 1, 0, NAMI_STATIC_NODE, test_a_rel),
	TEST_FN("endNode", 1, 1, 0, NAMI_STATIC_NODE, test_a_rel),
	TEST_FN("length", 1, 1, 0, NAMI_STATIC_INT, test_a_path),
	TEST_FN("size", 1, 1, 0, NAMI_STATIC_INT, NULL),
	TEST_ANY("head", 1, 1), TEST_ANY("last", 1, 1), TEST_ANY("tail", 1, 1),
	TEST_ANY("reverse", 1, 1), TEST_FN("range", 2, 3, 0, NAMI_STATIC_LIST, NULL),
	TEST_ANY("coalesce", 1, UINT8_MAX), TEST_ANY("exists", 1, 1), TEST_ANY("isEmpty", 1, 1),
	TEST_ANY("toLower", 1, 1), TEST_ANY("toUpper", 1, 1), TEST_ANY("lower", 1, 1),
	TEST_ANY("upper", 1, 1), TEST_ANY("trim", 1, 1), TEST_ANY("ltrim", 1, 1),
	TEST_ANY("rtrim", 1, 1), TEST_ANY("left", 2, 2), TEST_ANY("right", 2, 2),
	TEST_ANY("substring", 2, 3), TEST_ANY("replace", 3, 3), TEST_ANY("split", 2, 2),
	TEST_ANY("toString", 1, 1), TEST_ANY("toInteger", 1, 1), TEST_ANY("toFloat", 1, 1),
	TEST_ANY("toBoolean", 1, 1), TEST_ANY("abs", 1, 1), TEST_ANY("sign", 1, 1),
	TEST_ANY("round", 1, 2), TEST_ANY("floor", 1, 1), TEST_ANY("ceil", 1, 1),
	TEST_ANY("sqrt", 1, 1), TEST_ANY("exp", 1, 1), TEST_ANY("log", 1, 1), TEST_ANY("log10", 1, 1),
	TEST_ANY("sin", 1, 1), TEST_ANY("cos", 1, 1), TEST_ANY("tan", 1, 1), TEST_ANY("cot", 1, 1),
	TEST_ANY("asin", 1, 1), TEST_ANY("acos", 1, 1), TEST_ANY("atan", 1, 1),
	TEST_ANY("atan2", 2, 2), TEST_ANY("degrees", 1, 1), TEST_ANY("radians", 1, 1),
	TEST_ANY("haversin", 1, 1), TEST_ANY("pi", 0, 0), TEST_ANY("e", 0, 0),
	TEST_FN("rand", 0, 0, NAMI_FN_VOLATILE, NAMI_STATIC_FLOAT, NULL),
	TEST_FN("randomUUID", 0, 0, NAMI_FN_VOLATILE, NAMI_STATIC_STRING, NULL),
	TEST_FN("timestamp", 0, 0, NAMI_FN_STATEMENT, NAMI_STATIC_INT, NULL),
	TEST_ANY("vector", 1, 1), TEST_ANY("cosine_similarity", 2, 2), TEST_ANY("dot_product", 2, 2),
	TEST_ANY("euclidean_distance", 2, 2), TEST_ANY("bm25", 2, 2),
	TEST_TEMPORAL("date"), TEST_TEMPORAL("time"), TEST_TEMPORAL("localtime"),
	TEST_TEMPORAL("datetime"), TEST_TEMPORAL("localdatetime"),
	TEST_ANY("datetime.fromepoch", 2, 2), TEST_ANY("datetime.fromepochmillis", 1, 1),
	TEST_ANY("duration", 1, 1), TEST_ANY("duration.between", 2, 2),
	TEST_ANY("duration.inMonths", 2, 2), TEST_ANY("duration.inDays", 2, 2),
	TEST_ANY("duration.inSeconds", 2, 2),
	TEST_AGGREGATE("count", 1, NAMI_STATIC_INT), TEST_AGGREGATE("sum", 1, NAMI_STATIC_ANY),
	TEST_AGGREGATE("avg", 1, NAMI_STATIC_ANY), TEST_AGGREGATE("min", 1, NAMI_STATIC_ANY),
	TEST_AGGREGATE("max", 1, NAMI_STATIC_ANY), TEST_AGGREGATE("collect", 1, NAMI_STATIC_LIST),
	TEST_AGGREGATE("stDev", 1, NAMI_STATIC_FLOAT), TEST_AGGREGATE("stDevP", 1, NAMI_STATIC_FLOAT),
	TEST_AGGREGATE("percentileCont", 2, NAMI_STATIC_FLOAT),
	TEST_AGGREGATE("percentileDisc", 2, NAMI_STATIC_NUMBER),
};

static inline const NamiFunction *
test_find_function(NamiStr name, NamiStr *nearest)
{
	for (size_t i = 0; i < sizeof(test_functions) / sizeof(*test_functions); i++)
	{
		if (nami_str_eq_nocase(test_functions[i].name, name))
			return &test_functions[i];
		if (nearest != NULL && nami_str_starts_with(test_functions[i].name, name))
			*nearest = test_functions[i].name;
	}
	return NULL;
}

/* ---- procedures ---------------------------------------------------------------------------- */

static const int test_runs = 0;	/* stands for an implementation */

static const NamiProcedureField test_name[] = {{NAMI_STR_INIT("label"), NAMI_STATIC_STRING}};
static const NamiProcedureField test_key[] = {{NAMI_STR_INIT("propertyKey"), NAMI_STATIC_STRING}};
static const NamiProcedureField test_type[] = {
	{NAMI_STR_INIT("relationshipType"), NAMI_STATIC_STRING}
};
static const NamiProcedureField test_in[] = {
	{NAMI_STR_INIT("name"), NAMI_STATIC_STRING}, {NAMI_STR_INIT("id"), NAMI_STATIC_INT},
};
static const NamiProcedureField test_out[] = {
	{NAMI_STR_INIT("city"), NAMI_STATIC_STRING}, {NAMI_STR_INIT("country_code"), NAMI_STATIC_INT},
};

/* All columns that the corpus asks of procedures that cannot run yet. */
static const NamiProcedureField test_later[] = {
	{NAMI_STR_INIT("node"), NAMI_STATIC_NODE}, {NAMI_STR_INIT("score"), NAMI_STATIC_FLOAT},
	{NAMI_STR_INIT("node_id"), NAMI_STATIC_NODE}, {NAMI_STR_INIT("component"), NAMI_STATIC_INT},
	{NAMI_STR_INIT("degree"), NAMI_STATIC_INT}, {NAMI_STR_INIT("triangles"), NAMI_STATIC_INT},
	{NAMI_STR_INIT("community"), NAMI_STATIC_INT}, {NAMI_STR_INIT("embedding"), NAMI_STATIC_ANY},
};
static const NamiProcedureField test_any[] = {
	{NAMI_STR_INIT("a"), NAMI_STATIC_ANY}, {NAMI_STR_INIT("b"), NAMI_STATIC_ANY},
	{NAMI_STR_INIT("c"), NAMI_STATIC_ANY}, {NAMI_STR_INIT("d"), NAMI_STATIC_ANY},
};

#define TEST_LATER(text) {NAMI_STR_INIT(text), test_any, 0, 4, test_later, 8, 0, NULL}

/* Those of openCypher's own tests, and those that the corpus names. */
static const NamiProcedure test_procedures[] = {
	{NAMI_STR_INIT("db.labels"), NULL, 0, 0, test_name, 1, NAMI_PROC_CONTEXT, &test_runs},
	{NAMI_STR_INIT("db.relationshipTypes"), NULL, 0, 0, test_type, 1, NAMI_PROC_CONTEXT, &test_runs},
	{NAMI_STR_INIT("db.propertyKeys"), NULL, 0, 0, test_key, 1, NAMI_PROC_CONTEXT, &test_runs},
	{NAMI_STR_INIT("test.my.proc"), test_in, 2, 2, test_out, 2, 0, &test_runs},
	{NAMI_STR_INIT("test.optional"), test_in, 1, 2, test_out, 2, 0, &test_runs},
	{NAMI_STR_INIT("test.doNothing"), NULL, 0, 0, NULL, 0, 0, &test_runs},
	TEST_LATER("search.vector"), TEST_LATER("search.bm25"), TEST_LATER("search.hybrid"),
	TEST_LATER("db.index.vector.queryNodes"), TEST_LATER("algo.wcc"), TEST_LATER("algo.scc"),
	TEST_LATER("algo.degree"), TEST_LATER("algo.pagerank"), TEST_LATER("algo.triangle_count"),
	TEST_LATER("algo.label_propagation"), TEST_LATER("algo.louvain"),
	TEST_LATER("algo.shortest_path"), TEST_LATER("algo.fastRP"),
};

static inline const NamiProcedure *
test_find_procedure(NamiStr name, NamiStr *nearest)
{
	for (size_t i = 0; i < sizeof(test_procedures) / sizeof(*test_procedures); i++)
	{
		if (nami_str_eq(test_procedures[i].name, name))
			return &test_procedures[i];
	}
	return NULL;
}

#endif							/* NAMI_TEST_PLAN_FUNCTIONS_H */
