/*
 * procedures.c - the table of built-in procedures and its lookup. See procedures.h.
 */
#include "exec/procedures.h"

#include "base/similar.h"

#define FIELDS(array)	(array), sizeof(array) / sizeof(*(array))
#define NONE			NULL, 0

#define ANY		NAMI_STATIC_ANY
#define NODE	NAMI_STATIC_NODE
#define INT		NAMI_STATIC_INT
#define FLOAT	NAMI_STATIC_FLOAT
#define STRING	NAMI_STATIC_STRING
#define LIST	NAMI_STATIC_LIST

/* Maps of options are checked when the procedure runs: their errors are of class "argument". */
static const NamiProcedureField options[] = {{NAMI_STR_INIT("options"), ANY}};
static const NamiProcedureField query_nodes[] = {
	{NAMI_STR_INIT("index"), ANY}, {NAMI_STR_INIT("k"), ANY}, {NAMI_STR_INIT("vector"), ANY},
	{NAMI_STR_INIT("options"), ANY},
};

static const NamiProcedureField label[] = {{NAMI_STR_INIT("label"), STRING}};
static const NamiProcedureField type[] = {{NAMI_STR_INIT("relationshipType"), STRING}};
static const NamiProcedureField key[] = {{NAMI_STR_INIT("propertyKey"), STRING}};
static const NamiProcedureField visualization[] = {
	{NAMI_STR_INIT("nodes"), LIST}, {NAMI_STR_INIT("relationships"), LIST},
};
static const NamiProcedureField hit[] = {
	{NAMI_STR_INIT("node"), NODE}, {NAMI_STR_INIT("score"), FLOAT},
};
static const NamiProcedureField component[] = {
	{NAMI_STR_INIT("node_id"), NODE}, {NAMI_STR_INIT("component"), INT},
};
static const NamiProcedureField score[] = {
	{NAMI_STR_INIT("node_id"), NODE}, {NAMI_STR_INIT("score"), FLOAT},
};
static const NamiProcedureField degree[] = {
	{NAMI_STR_INIT("node_id"), NODE}, {NAMI_STR_INIT("in_degree"), INT},
	{NAMI_STR_INIT("out_degree"), INT}, {NAMI_STR_INIT("degree"), INT},
};
static const NamiProcedureField triangles[] = {
	{NAMI_STR_INIT("node_id"), NODE}, {NAMI_STR_INIT("triangles"), INT},
	{NAMI_STR_INIT("coefficient"), FLOAT},
};
static const NamiProcedureField community[] = {
	{NAMI_STR_INIT("node_id"), NODE}, {NAMI_STR_INIT("community"), INT},
};
static const NamiProcedureField distance[] = {
	{NAMI_STR_INIT("node_id"), NODE}, {NAMI_STR_INIT("distance"), FLOAT},
	{NAMI_STR_INIT("hops"), INT},
};
static const NamiProcedureField embedding[] = {
	{NAMI_STR_INIT("node_id"), NODE}, {NAMI_STR_INIT("embedding"), ANY},
};

#define SCHEMA(text, columns, run) \
	{NAMI_STR_INIT(text), NULL, 0, 0, FIELDS(columns), NAMI_PROC_CONTEXT, &(run)}
#define SEARCH(text, arguments, min, max, run) \
	{NAMI_STR_INIT(text), arguments, min, max, FIELDS(hit), NAMI_PROC_CONTEXT, &(run)}
#define ALGO(text, min, columns, run) \
	{NAMI_STR_INIT(text), options, min, 1, FIELDS(columns), NAMI_PROC_CONTEXT, &(run)}

static const NamiProcedure procedures[] = {
	SCHEMA("db.labels", label, nami_proc_labels),
	SCHEMA("db.relationshipTypes", type, nami_proc_relationship_types),
	SCHEMA("db.propertyKeys", key, nami_proc_property_keys),
	SCHEMA("db.schema.visualization", visualization, nami_proc_visualization),
	SEARCH("db.index.vector.queryNodes", query_nodes, 3, 4, nami_proc_query_nodes),
	SEARCH("search.vector", options, 1, 1, nami_proc_search_vector),
	SEARCH("search.bm25", options, 1, 1, nami_proc_search_bm25),
	SEARCH("search.hybrid", options, 1, 1, nami_proc_search_hybrid),
	ALGO("algo.wcc", 0, component, nami_proc_wcc),
	ALGO("algo.scc", 0, component, nami_proc_scc),
	ALGO("algo.pagerank", 0, score, nami_proc_pagerank),
	ALGO("algo.degree", 0, degree, nami_proc_degree),
	ALGO("algo.triangle_count", 0, triangles, nami_proc_triangle_count),
	ALGO("algo.label_propagation", 0, community, nami_proc_label_propagation),
	ALGO("algo.louvain", 0, community, nami_proc_louvain),
	ALGO("algo.betweenness", 0, score, nami_proc_betweenness),
	ALGO("algo.shortest_path", 1, distance, nami_proc_shortest_path),
	ALGO("algo.fastRP", 0, embedding, nami_proc_fast_rp),
	{NAMI_STR_INIT("")},
};

const NamiProcedure *
nami_procedure_table(void)
{
	return procedures;
}

static bool
is_qualified(NamiStr name)
{
	return name.len > 0 && memchr(name.ptr, '.', name.len) != NULL;
}

/* fast_rp and fastrp are fastRP (spec/cypher.md 1). */
static NamiStr
canonical_algorithm(NamiStr name)
{
	if (nami_str_eq(name, NAMI_STR("fast_rp")) || nami_str_eq(name, NAMI_STR("fastrp")))
		return NAMI_STR("fastRP");
	return name;
}

/* The name without "algo." may be meant too. */
static NamiStr
nearest_name(NamiStr name)
{
	NamiSimilar similar;

	nami_similar_init(&similar, name);
	for (const NamiProcedure *p = procedures; p->name.len > 0; p++)
	{
		nami_similar_offer(&similar, p->name);
		if (!is_qualified(name) && nami_str_starts_with(p->name, NAMI_STR("algo.")))
			nami_similar_offer(&similar, nami_str_slice(p->name, 5, p->name.len));
	}
	return similar.best;
}

const NamiProcedure *
nami_find_procedure(NamiStr name, NamiStr *nearest)
{
	static const NamiStr algo = NAMI_STR_INIT("algo.");
	bool		is_algorithm = !is_qualified(name) || nami_str_starts_with(name, algo);
	NamiStr		bare = name;

	if (is_algorithm && is_qualified(name))
		bare = nami_str_slice(name, algo.len, name.len);
	bare = is_algorithm ? canonical_algorithm(bare) : bare;
	for (const NamiProcedure *p = procedures; p->name.len > 0; p++)
	{
		NamiStr		candidate = p->name;

		if (nami_str_starts_with(candidate, algo) != is_algorithm)
			continue;
		if (is_algorithm)
			candidate = nami_str_slice(candidate, algo.len, candidate.len);
		if (nami_str_eq(candidate, bare))
			return p;
	}
	if (nearest != NULL)
		*nearest = nearest_name(name);
	return NULL;
}

void
nami_procedure_emit(NamiProcedureCall *call, const NamiValue *row)
{
	for (uint32_t i = 0; i < call->procedure->column_count; i++)
		nami_vec_push(&call->cells, call->arena, row[i]);
}

NamiStatus
nami_procedure_bad_argument(const NamiProcedureCall *call, NamiErrorClass cls, uint32_t i,
							const char *expected, NamiError *err)
{
	return nami_fail_at(err, cls, cls == NAMI_ERR_TYPE ? "TypeError: InvalidArgumentType" :
						"ArgumentError: InvalidArgumentValue", call->position,
						"argument \"%.*s\" of %.*s() must be %s, got %s",
						NAMI_STR_ARG(call->procedure->arguments[i].name),
						NAMI_STR_ARG(call->procedure->name), expected,
						nami_kind_name(call->args[i].kind));
}
