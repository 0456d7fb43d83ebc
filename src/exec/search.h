/*
 * search.h - searching a label's nodes by vector and by words, exactly (spec/search.md 1; internal to
 * the executor).
 *
 * Answers are computed from the node rows of the snapshot alone, own writes included: no index is
 * needed, and none changes an answer.
 */
#ifndef NAMI_EXEC_SEARCH_H
#define NAMI_EXEC_SEARCH_H

#include "exec/procedure_options.h"

/* One condition of a filter; all must be true. */
typedef enum NamiFilterOp
{
	NAMI_FILTER_EQ,
	NAMI_FILTER_NE,
	NAMI_FILTER_GT,
	NAMI_FILTER_GTE,
	NAMI_FILTER_LT,
	NAMI_FILTER_LTE,
	NAMI_FILTER_IN
} NamiFilterOp;

typedef struct NamiFilterTerm
{
	NamiKeyId	key;			/* NAMI_NAME_UNKNOWN: no node has it */
	NamiFilterOp op;
	NamiValue	value;
} NamiFilterTerm;

typedef struct NamiSearchFilter
{
	NAMI_VEC(NamiFilterTerm) terms;
} NamiSearchFilter;

/* The option "filter"; without it the filter is empty and lets everything pass. */
extern NamiStatus nami_search_filter_read(NamiSearchFilter *filter, const NamiOptions *options,
										  NamiError *err) NAMI_MUST_CHECK;

/* Keeps the nodes that pass; returns their number in *n. Property values are read into arena. */
extern NamiStatus nami_search_filter_apply(const NamiSearchFilter *filter,
										   const NamiProcedureCall *call, NamiOrd *ords,
										   uint32_t *n, NamiArena *arena,
										   NamiError *err) NAMI_MUST_CHECK;

/* A found node. */
typedef struct NamiHit
{
	NamiId		id;
	NamiOrd		ord;
	double		score;
} NamiHit;

/* The best so many hits; zero-initialise but for the first three members. */
typedef struct NamiHits
{
	const NamiProcedureCall *call;
	uint64_t	limit;			/* UINT64_MAX: all */
	bool		ascending;		/* a smaller score is better */
	NAMI_VEC(NamiHit) items;
} NamiHits;

extern NamiStatus nami_hits_add(NamiHits *hits, NamiOrd ord, double score,
								NamiError *err) NAMI_MUST_CHECK;

/* Best first, ties by ascending id, no more than the limit. To be called once at the end. */
extern NamiStatus nami_hits_finish(NamiHits *hits, NamiError *err) NAMI_MUST_CHECK;

/* ---- vectors (search_vector.c) ------------------------------------------------------------- */

typedef enum NamiMetric
{
	NAMI_METRIC_COSINE,
	NAMI_METRIC_DOT,
	NAMI_METRIC_EUCLIDEAN
} NamiMetric;

typedef struct NamiVectorSearch
{
	NamiLabelId label;
	NamiKeyId	key;
	NamiMetric	metric;
	const float *query;
	uint32_t	dimension;
	const NamiSearchFilter *filter;
} NamiVectorSearch;

/* "cosine", "dot", "dot_product", "euclidean", "l2", in any case. */
extern bool nami_metric_parse(NamiStr name, NamiMetric *out);

/* A VECTOR or LIST of numbers as finite float32s; *floats NULL when the value is something else. */
extern NamiStatus nami_search_query_vector(const NamiProcedureCall *call, NamiValue value,
										   const float **floats, uint32_t *dimension,
										   NamiError *err) NAMI_MUST_CHECK;

/* Fills hits, and finishes them. */
extern NamiStatus nami_search_vectors(const NamiVectorSearch *search, NamiHits *hits,
									  NamiError *err) NAMI_MUST_CHECK;

/* ---- words (search_text.c) ----------------------------------------------------------------- */

typedef struct NamiTextSearch
{
	NamiLabelId label;
	const NamiStr *properties;	/* in any order, also repeated */
	uint32_t	property_count;
	NamiStr		query;
	const NamiSearchFilter *filter;
} NamiTextSearch;

/* BM25 over all nodes of the label; fills hits, and finishes them. */
extern NamiStatus nami_search_text(const NamiTextSearch *search, NamiHits *hits,
								   NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_SEARCH_H */
