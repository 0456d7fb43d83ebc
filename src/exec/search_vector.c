/*
 * search_vector.c - nearest neighbours by a scan (spec/search.md 1.3). See search.h.
 */
#include "exec/search.h"

#include <math.h>

#define SCAN_ROWS	1024

bool
nami_metric_parse(NamiStr name, NamiMetric *out)
{
	static const struct
	{
		const char *name;
		NamiMetric	metric;
	}			metrics[] = {
		{"cosine", NAMI_METRIC_COSINE}, {"dot", NAMI_METRIC_DOT},
		{"dot_product", NAMI_METRIC_DOT}, {"euclidean", NAMI_METRIC_EUCLIDEAN},
		{"l2", NAMI_METRIC_EUCLIDEAN},
	};

	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
	{
		if (nami_str_eq_nocase(name, nami_str(metrics[i].name)))
		{
			*out = metrics[i].metric;
			return true;
		}
	}
	return false;
}

/* Every component as float32; false when one is no number. */
static bool
to_floats(NamiValue list, float *floats)
{
	for (uint32_t i = 0; i < list.len; i++)
	{
		if (list.items[i].kind == NAMI_INT)
			floats[i] = (float) list.items[i].integer;
		else if (list.items[i].kind == NAMI_FLOAT)
			floats[i] = (float) list.items[i].number;
		else
			return false;
	}
	return true;
}

NamiStatus
nami_search_query_vector(const NamiProcedureCall *call, NamiValue value, const float **floats,
						 uint32_t *dimension, NamiError *err)
{
	*floats = NULL;
	if (value.kind == NAMI_VECTOR)
		*floats = value.floats;
	else if (value.kind == NAMI_LIST)
	{
		float	   *copy = NAMI_NEW_ARRAY(call->arena, float, value.len + (size_t) 1);

		if (to_floats(value, copy))
			*floats = copy;
	}
	if (*floats == NULL)
		return NAMI_OK;
	*dimension = value.len;
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (!isfinite((*floats)[i]))
			return nami_procedure_fail(call, err, "the query vector of %.*s() has a component that "
									   "is not finite", NAMI_STR_ARG(call->procedure->name));
	}
	return NAMI_OK;
}

/* False when the pair has no score: an angle with a zero vector. */
static bool
score_of(const NamiVectorSearch *search, const float *a, double *out)
{
	double		dot = 0;
	double		square_a = 0;
	double		square_b = 0;
	double		distance = 0;

	for (uint32_t i = 0; i < search->dimension; i++)
	{
		double		x = a[i];
		double		y = search->query[i];

		dot += x * y;
		square_a += x * x;
		square_b += y * y;
		distance += (x - y) * (x - y);
	}
	if (search->metric == NAMI_METRIC_DOT)
		*out = dot;
	else if (search->metric == NAMI_METRIC_EUCLIDEAN)
		*out = sqrt(distance);
	else if (square_a > 0 && square_b > 0)
		*out = dot / (sqrt(square_a) * sqrt(square_b));
	else
		return false;
	return true;
}

static NamiStatus
add_candidate(const NamiVectorSearch *search, NamiHits *hits, NamiOrd ord, NamiValue value,
			  NamiArena *scratch, NamiError *err)
{
	const float *floats = value.floats;
	double		score;

	if (value.kind == NAMI_NULL)
		return NAMI_OK;
	if (value.kind == NAMI_LIST)
	{
		float	   *copy = NAMI_NEW_ARRAY(scratch, float, value.len + (size_t) 1);

		floats = to_floats(value, copy) ? copy : NULL;
	}
	if ((value.kind != NAMI_LIST && value.kind != NAMI_VECTOR) || floats == NULL)
		return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidPropertyType",
							hits->call->position, "a property searched by %.*s() holds a %s that is "
							"no vector", NAMI_STR_ARG(hits->call->procedure->name),
							nami_kind_name(value.kind));
	if (value.len != search->dimension)
		return nami_procedure_fail(hits->call, err, "dimensions of vectors differ: %u and %u",
								   value.len, search->dimension);
	if (!score_of(search, floats, &score))
		return NAMI_OK;
	return nami_hits_add(hits, ord, score, err);
}

static NamiStatus
scan(const NamiVectorSearch *search, NamiHits *hits, NamiArena *scratch, NamiError *err)
{
	const NamiProcedureCall *call = hits->call;
	NamiOrd    *ords = NAMI_NEW_ARRAY(call->arena, NamiOrd, SCAN_ROWS);
	NamiNodeScan nodes;
	bool		is_range;
	uint32_t	n;

	nami_node_scan_init(&nodes, call->ctx->snapshot, &search->label, 1, call->arena);
	while ((n = nami_node_scan_next(&nodes, ords, SCAN_ROWS, &is_range)) > 0)
	{
		NamiValue  *values;

		NAMI_TRY(nami_procedure_check(call, err));
		nami_arena_reset(scratch);
		NAMI_TRY(nami_search_filter_apply(search->filter, call, ords, &n, scratch, err));
		values = NAMI_NEW_ARRAY(scratch, NamiValue, n + (size_t) 1);
		NAMI_TRY(nami_snapshot_node_property(call->ctx->snapshot, search->key, ords, n, scratch,
											 values, err));
		for (uint32_t i = 0; i < n; i++)
			NAMI_TRY(add_candidate(search, hits, ords[i], values[i], scratch, err));
	}
	return NAMI_OK;
}

NamiStatus
nami_search_vectors(const NamiVectorSearch *search, NamiHits *hits, NamiError *err)
{
	NamiArena  *scratch;
	NamiStatus	status;

	hits->ascending = search->metric == NAMI_METRIC_EUCLIDEAN;
	if (search->label == NAMI_NAME_UNKNOWN || hits->limit == 0)
		return NAMI_OK;
	scratch = nami_arena_create(nami_arena_allocator(hits->call->arena),
								nami_arena_account(hits->call->arena));
	status = scan(search, hits, scratch, err);
	nami_arena_destroy(scratch);
	NAMI_TRY(status);
	return nami_hits_finish(hits, err);
}
