/*
 * procedures_search.c - search.vector, search.bm25, search.hybrid, db.index.vector.queryNodes
 * (spec/search.md 1.2, 1.7).
 */
#include "exec/search.h"

#include <stdlib.h>

#define K_DEFAULT		10
#define LEG_FACTOR		8		/* a leg of a hybrid search gives so many times k hits */

static NamiStatus
emit_hits(NamiProcedureCall *call, const NamiHits *hits)
{
	for (size_t i = 0; i < hits->items.count; i++)
		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_node(hits->items.items[i].ord), nami_value_float(hits->items.items[i].score)
		});
	return NAMI_OK;
}

static uint32_t
find_name(const NamiProcedureCall *call, NamiNameKind kind, NamiStr name)
{
	return nami_catalog_find(nami_snapshot_catalog(call->ctx->snapshot), kind, name);
}

/* ---- options ------------------------------------------------------------------------------- */

static NamiStatus
read_metric(const NamiOptions *options, NamiMetric *out, NamiError *err)
{
	NamiStr		name = NAMI_STR("cosine");

	NAMI_TRY(nami_option_string(options, "metric", &name, err));
	if (nami_metric_parse(name, out))
		return NAMI_OK;
	return nami_procedure_fail(options->call, err, "option \"metric\" of %.*s() must be 'cosine', "
							   "'dot' or 'euclidean'",
							   NAMI_STR_ARG(options->call->procedure->name));
}

/* Exact answers need no "ef"; it is checked all the same. */
static NamiStatus
read_ef(const NamiOptions *options, NamiError *err)
{
	uint64_t	ef;

	return nami_option_count(options, "ef", &ef, err);
}

/* The query vector in an option, and the property that it is compared with. */
static NamiStatus
read_vector(const NamiOptions *options, const char *vector, const char *property,
			NamiVectorSearch *search, NamiError *err)
{
	const NamiValue *value = nami_option(options, vector);
	NamiStr		name;

	NAMI_TRY(nami_option_required(options, property, &name, err));
	search->key = find_name(options->call, NAMI_NAME_KEY, name);
	if (value != NULL)
		NAMI_TRY(nami_search_query_vector(options->call, *value, &search->query,
										  &search->dimension, err));
	if (value == NULL || search->query == NULL)
		return nami_option_fail(options, vector, "a vector or a list of numbers", err);
	return NAMI_OK;
}

/* text_properties, which wins, or text_property. */
static NamiStatus
read_properties(const NamiOptions *options, NamiTextSearch *search, NamiError *err)
{
	NamiStr    *one = NAMI_NEW(options->call->arena, NamiStr);

	NAMI_TRY(nami_option_strings(options, "text_properties", &search->properties,
								 &search->property_count, err));
	if (search->property_count > 0)
		return NAMI_OK;
	if (nami_option(options, "text_property") == NULL)
		return nami_procedure_fail(options->call, err, "%.*s() requires the option "
								   "\"text_property\", a string, or \"text_properties\", a list",
								   NAMI_STR_ARG(options->call->procedure->name));
	NAMI_TRY(nami_option_string(options, "text_property", one, err));
	search->properties = one;
	search->property_count = 1;
	return NAMI_OK;
}

/* ---- procedures ---------------------------------------------------------------------------- */

static NamiStatus
search_vector(NamiProcedureCall *call, NamiError *err)
{
	static const char *const allowed[] = {
		"label", "property", "query", "k", "ef", "metric", "filter", NULL
	};
	NamiHits	hits = {.call = call, .limit = K_DEFAULT};
	NamiSearchFilter filter;
	NamiVectorSearch search = {.filter = &filter};
	NamiOptions options;
	NamiStr		label;

	NAMI_TRY(nami_options_init(&options, call, 0, err));
	NAMI_TRY(nami_options_only(&options, allowed, err));
	NAMI_TRY(nami_option_required(&options, "label", &label, err));
	NAMI_TRY(read_vector(&options, "query", "property", &search, err));
	NAMI_TRY(nami_option_count(&options, "k", &hits.limit, err));
	NAMI_TRY(read_ef(&options, err));
	NAMI_TRY(read_metric(&options, &search.metric, err));
	NAMI_TRY(nami_search_filter_read(&filter, &options, err));
	search.label = find_name(call, NAMI_NAME_LABEL, label);
	NAMI_TRY(nami_search_vectors(&search, &hits, err));
	return emit_hits(call, &hits);
}

const NamiProcedureRun nami_proc_search_vector = search_vector;

static NamiStatus
search_bm25(NamiProcedureCall *call, NamiError *err)
{
	NamiHits	hits = {.call = call, .limit = UINT64_MAX};
	NamiSearchFilter filter;
	NamiTextSearch search = {.filter = &filter};
	NamiOptions options;
	NamiStr		label;

	NAMI_TRY(nami_options_init(&options, call, 0, err));
	NAMI_TRY(nami_option_required(&options, "label", &label, err));
	NAMI_TRY(nami_option_required(&options, "query", &search.query, err));
	NAMI_TRY(read_properties(&options, &search, err));
	NAMI_TRY(nami_option_count(&options, "k", &hits.limit, err));
	NAMI_TRY(nami_search_filter_read(&filter, &options, err));
	search.label = find_name(call, NAMI_NAME_LABEL, label);
	NAMI_TRY(nami_search_text(&search, &hits, err));
	return emit_hits(call, &hits);
}

const NamiProcedureRun nami_proc_search_bm25 = search_bm25;

/* The declared index gives label, property and metric. */
static NamiStatus
query_nodes(NamiProcedureCall *call, NamiError *err)
{
	const NamiSchema *schema = nami_snapshot_schema(call->ctx->snapshot);
	const NamiVectorIndex *index = NULL;
	NamiHits	hits = {.call = call};
	NamiSearchFilter filter;
	NamiVectorSearch search = {.filter = &filter};
	NamiOptions options;

	if (call->args[0].kind != NAMI_STRING)
		return nami_procedure_bad_argument(call, NAMI_ERR_ARGUMENT, 0, "the name of a vector index",
										   err);
	for (uint32_t i = 0; i < schema->vector_index_count; i++)
	{
		if (nami_str_eq(schema->vector_indexes[i].name, nami_value_str(call->args[0])))
			index = &schema->vector_indexes[i];
	}
	if (index == NULL)
		return nami_procedure_fail(call, err, "there is no vector index \"%.*s\"",
								   NAMI_STR_ARG(nami_value_str(call->args[0])));
	if (call->args[1].kind != NAMI_INT || call->args[1].integer < 0)
		return nami_procedure_bad_argument(call, NAMI_ERR_ARGUMENT, 1, "a non-negative integer",
										   err);
	NAMI_TRY(nami_search_query_vector(call, call->args[2], &search.query, &search.dimension, err));
	if (search.query == NULL)
		return nami_procedure_bad_argument(call, NAMI_ERR_ARGUMENT, 2,
										   "a vector or a list of numbers", err);
	NAMI_TRY(nami_options_init(&options, call, 3, err));
	NAMI_TRY(read_ef(&options, err));
	NAMI_TRY(nami_search_filter_read(&filter, &options, err));
	hits.limit = (uint64_t) call->args[1].integer;
	search.label = index->label;
	search.key = index->key;
	if (!nami_metric_parse(index->metric, &search.metric))
		return nami_fail(err, NAMI_ERR_CORRUPT, "vector index \"%.*s\" has the unknown metric "
						 "\"%.*s\"", NAMI_STR_ARG(index->name), NAMI_STR_ARG(index->metric));
	NAMI_TRY(nami_search_vectors(&search, &hits, err));
	return emit_hits(call, &hits);
}

const NamiProcedureRun nami_proc_query_nodes = query_nodes;

/* ---- hybrid search ------------------------------------------------------------------------- */

typedef struct Hybrid
{
	NamiProcedureCall *call;
	NamiOptions options;
	uint64_t	k;
	bool		is_linear;
	double		rrf_k;
	double		alpha;
	bool		has_dense;
	bool		has_sparse;
	NamiVectorSearch vectors;
	NamiTextSearch text;
	NamiSearchFilter filter;
	NamiHits	dense;
	NamiHits	sparse;
} Hybrid;

static NamiStatus
read_fusion(Hybrid *h, NamiError *err)
{
	NamiStr		fusion = NAMI_STR("rrf");

	NAMI_TRY(nami_option_string(&h->options, "fusion", &fusion, err));
	NAMI_TRY(nami_option_float(&h->options, "rrf_k", &h->rrf_k, err));
	NAMI_TRY(nami_option_float(&h->options, "alpha", &h->alpha, err));
	h->is_linear = nami_str_eq_nocase(fusion, NAMI_STR("linear"));
	if (!h->is_linear && !nami_str_eq_nocase(fusion, NAMI_STR("rrf")))
		return nami_procedure_fail(h->call, err, "option \"fusion\" of search.hybrid() must be "
								   "'rrf' or 'linear'");
	if (!(h->rrf_k > 0))
		return nami_option_fail(&h->options, "rrf_k", "greater than 0", err);
	if (!(h->alpha >= 0 && h->alpha <= 1))
		return nami_option_fail(&h->options, "alpha", "between 0 and 1", err);
	return NAMI_OK;
}

static NamiStatus
read_legs(Hybrid *h, NamiError *err)
{
	h->has_dense = nami_option(&h->options, "query_vector") != NULL ||
		nami_option(&h->options, "vector_property") != NULL;
	h->has_sparse = nami_option(&h->options, "query_text") != NULL;
	if (!h->has_dense && !h->has_sparse)
		return nami_procedure_fail(h->call, err, "search.hybrid() requires the options "
								   "\"query_vector\" and \"vector_property\", or \"query_text\" "
								   "and \"text_property\", or both pairs");
	if (h->has_dense)
		NAMI_TRY(read_vector(&h->options, "query_vector", "vector_property", &h->vectors, err));
	if (!h->has_sparse)
		return NAMI_OK;
	NAMI_TRY(nami_option_string(&h->options, "query_text", &h->text.query, err));
	return read_properties(&h->options, &h->text, err);
}

static NamiStatus
read_limits(Hybrid *h, NamiError *err)
{
	NAMI_TRY(nami_option_count(&h->options, "k", &h->k, err));
	h->dense.limit = h->sparse.limit = h->k > UINT64_MAX / LEG_FACTOR ? UINT64_MAX :
		h->k * LEG_FACTOR;
	NAMI_TRY(nami_option_count(&h->options, "k_dense", &h->dense.limit, err));
	NAMI_TRY(nami_option_count(&h->options, "k_sparse", &h->sparse.limit, err));
	return read_ef(&h->options, err);
}

/* What the hit at a place of a leg adds to its node's score. */
static double
share_of(const Hybrid *h, const NamiHits *leg, size_t place, double weight)
{
	double		best = leg->items.items[0].score;
	double		worst = leg->items.items[leg->items.count - 1].score;

	if (!h->is_linear)
		return 1.0 / (h->rrf_k + ((double) place + 1.0));
	if (best == worst)
		return weight;
	return weight * ((leg->items.items[place].score - worst) / (best - worst));
}

static int
compare_by_id(const void *a, const void *b)
{
	return nami_id_cmp(&((const NamiHit *) a)->id, &((const NamiHit *) b)->id);
}

/* Adds a leg to the fused list, which is in the order of ids. */
static void
fuse(const Hybrid *h, const NamiHits *leg, double weight, NamiHit **fused, size_t *count)
{
	NamiHit    *sum = NAMI_NEW_ARRAY(h->call->arena, NamiHit, *count + leg->items.count + 1);
	NamiHit    *shares = NAMI_NEW_ARRAY(h->call->arena, NamiHit, leg->items.count + 1);
	size_t		used = 0;
	size_t		j = 0;

	for (size_t i = 0; i < leg->items.count; i++)
	{
		shares[i] = leg->items.items[i];
		shares[i].score = share_of(h, leg, i, weight);
	}
	if (leg->items.count > 1)
		qsort(shares, leg->items.count, sizeof(*shares), compare_by_id);
	for (size_t i = 0; i < *count || j < leg->items.count;)
	{
		int			order = i == *count ? 1 : j == leg->items.count ? -1 :
			nami_id_cmp(&(*fused)[i].id, &shares[j].id);

		sum[used] = order <= 0 ? (*fused)[i] : shares[j];
		if (order == 0)
			sum[used].score += shares[j].score;
		i += order <= 0;
		j += order >= 0;
		used++;
	}
	*fused = sum;
	*count = used;
}

static NamiStatus
search_hybrid(NamiProcedureCall *call, NamiError *err)
{
	static const char *const allowed[] = {
		"label", "query_text", "text_property", "text_properties", "query_vector",
		"vector_property", "k", "k_dense", "k_sparse", "ef", "fusion", "rrf_k", "alpha", "metric",
		"filter", NULL
	};
	Hybrid		h = {
		.call = call, .k = K_DEFAULT, .rrf_k = 60, .alpha = 0.5, .dense = {.call = call},
		.sparse = {.call = call},
	};
	NamiHits	best = {.call = call};
	NamiHit    *fused = NULL;
	size_t		count = 0;
	NamiStr		label;

	NAMI_TRY(nami_options_init(&h.options, call, 0, err));
	NAMI_TRY(nami_options_only(&h.options, allowed, err));
	NAMI_TRY(nami_option_required(&h.options, "label", &label, err));
	NAMI_TRY(read_legs(&h, err));
	NAMI_TRY(read_limits(&h, err));
	NAMI_TRY(read_fusion(&h, err));
	NAMI_TRY(read_metric(&h.options, &h.vectors.metric, err));
	NAMI_TRY(nami_search_filter_read(&h.filter, &h.options, err));
	h.vectors.filter = h.text.filter = &h.filter;
	h.vectors.label = h.text.label = find_name(call, NAMI_NAME_LABEL, label);
	if (h.has_dense)
		NAMI_TRY(nami_search_vectors(&h.vectors, &h.dense, err));
	if (h.has_sparse)
		NAMI_TRY(nami_search_text(&h.text, &h.sparse, err));
	fuse(&h, &h.dense, h.alpha, &fused, &count);
	fuse(&h, &h.sparse, 1.0 - h.alpha, &fused, &count);
	best.limit = h.k;
	for (size_t i = 0; i < count; i++)
		NAMI_TRY(nami_hits_add(&best, fused[i].ord, fused[i].score, err));
	NAMI_TRY(nami_hits_finish(&best, err));
	return emit_hits(call, &best);
}

const NamiProcedureRun nami_proc_search_hybrid = search_hybrid;
