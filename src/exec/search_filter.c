/*
 * search_filter.c - filters and hit lists of searches (spec/search.md 1.2). See search.h.
 */
#include "exec/search.h"

#include "base/value_ops.h"

/* ---- reading ------------------------------------------------------------------------------- */

static bool
is_scalar(NamiValue value)
{
	return value.kind == NAMI_BOOL || value.kind == NAMI_INT || value.kind == NAMI_FLOAT ||
		value.kind == NAMI_STRING;
}

static NamiStatus
check_value(const NamiProcedureCall *call, NamiValue value, NamiError *err)
{
	bool		is_good = is_scalar(value) || value.kind == NAMI_LIST;

	for (uint32_t i = 0; value.kind == NAMI_LIST && i < value.len; i++)
		is_good = is_good && is_scalar(value.items[i]);
	if (is_good)
		return NAMI_OK;
	return nami_procedure_fail(call, err, "values of option \"filter\" must be strings, numbers, "
							   "booleans or lists of them, and not null");
}

static const char *const operator_names[] = {"eq", "ne", "gt", "gte", "lt", "lte", "in"};

static NamiStatus
find_operator(const NamiProcedureCall *call, NamiStr name, NamiFilterOp *out, NamiError *err)
{
	for (unsigned op = NAMI_FILTER_EQ; op <= NAMI_FILTER_IN; op++)
	{
		if (nami_str_eq_nocase(name, nami_str(operator_names[op])))
		{
			*out = (NamiFilterOp) op;
			return NAMI_OK;
		}
	}
	if (nami_procedure_fail(call, err, "option \"filter\" has an unknown operator \"%.*s\"",
							NAMI_STR_ARG(name)) != NAMI_OK)
		nami_error_hint(err, "The operators are eq, ne, gt, gte, lt, lte, in.");
	return NAMI_FAILED;
}

static NamiStatus
add_term(NamiSearchFilter *filter, const NamiProcedureCall *call, NamiKeyId key, NamiFilterOp op,
		 NamiValue value, NamiError *err)
{
	NAMI_TRY(check_value(call, value, err));
	if (op == NAMI_FILTER_IN && value.kind != NAMI_LIST)
		return nami_procedure_fail(call, err, "operator \"in\" of option \"filter\" needs a list");
	nami_vec_push(&filter->terms, call->arena, (NamiFilterTerm) {key, op, value});
	return NAMI_OK;
}

/* key: value, key: [values] or key: {operator: value, ...} */
static NamiStatus
add_entry(NamiSearchFilter *filter, const NamiProcedureCall *call, const NamiMapEntry *entry,
		  NamiError *err)
{
	NamiKeyId	key = nami_catalog_find(nami_snapshot_catalog(call->ctx->snapshot), NAMI_NAME_KEY,
										entry->key);

	if (entry->value.kind != NAMI_MAP)
		return add_term(filter, call, key, entry->value.kind == NAMI_LIST ? NAMI_FILTER_IN :
						NAMI_FILTER_EQ, entry->value, err);
	if (entry->value.len == 0)
		return nami_procedure_fail(call, err, "option \"filter\" has no operator for \"%.*s\"",
								   NAMI_STR_ARG(entry->key));
	for (uint32_t i = 0; i < entry->value.len; i++)
	{
		NamiFilterOp op;

		NAMI_TRY(find_operator(call, entry->value.entries[i].key, &op, err));
		NAMI_TRY(add_term(filter, call, key, op, entry->value.entries[i].value, err));
	}
	return NAMI_OK;
}

NamiStatus
nami_search_filter_read(NamiSearchFilter *filter, const NamiOptions *options, NamiError *err)
{
	const NamiValue *map = nami_option(options, "filter");

	*filter = (NamiSearchFilter) {0};
	if (map == NULL)
		return NAMI_OK;
	if (map->kind != NAMI_MAP || map->len == 0)
		return nami_option_fail(options, "filter", "a map of conditions that is not empty", err);
	for (uint32_t i = 0; i < map->len; i++)
		NAMI_TRY(add_entry(filter, options->call, &map->entries[i], err));
	return NAMI_OK;
}

/* ---- applying ------------------------------------------------------------------------------ */

static bool
is_in(NamiValue list, NamiValue value)
{
	for (uint32_t i = 0; i < list.len; i++)
	{
		if (nami_value_equal(list.items[i], value) == NAMI_TRUE)
			return true;
	}
	return false;
}

static bool
passes(const NamiFilterTerm *term, NamiValue value)
{
	bool		comparable;
	int			ordering;

	switch (term->op)
	{
		case NAMI_FILTER_EQ:
			return nami_value_equal(value, term->value) == NAMI_TRUE;
		case NAMI_FILTER_NE:
			return nami_value_equal(value, term->value) == NAMI_FALSE;
		case NAMI_FILTER_IN:
			return is_in(term->value, value);
		default:
			break;
	}
	nami_value_compare(value, term->value, &comparable, &ordering);
	if (!comparable || ordering == 2)
		return false;
	if (term->op == NAMI_FILTER_GT || term->op == NAMI_FILTER_GTE)
		return ordering > 0 || (ordering == 0 && term->op == NAMI_FILTER_GTE);
	return ordering < 0 || (ordering == 0 && term->op == NAMI_FILTER_LTE);
}

NamiStatus
nami_search_filter_apply(const NamiSearchFilter *filter, const NamiProcedureCall *call,
						 NamiOrd *ords, uint32_t *n, NamiArena *arena, NamiError *err)
{
	for (size_t t = 0; t < filter->terms.count && *n > 0; t++)
	{
		const NamiFilterTerm *term = &filter->terms.items[t];
		NamiValue  *values = NAMI_NEW_ARRAY(arena, NamiValue, *n);
		uint32_t	kept = 0;

		NAMI_TRY(nami_snapshot_node_property(call->ctx->snapshot, term->key, ords, *n, arena,
											 values, err));
		for (uint32_t i = 0; i < *n; i++)
		{
			if (passes(term, values[i]))
				ords[kept++] = ords[i];
		}
		*n = kept;
	}
	return NAMI_OK;
}

/* ---- hits ---------------------------------------------------------------------------------- */

static int
compare_hits(const void *ctx, uint32_t a, uint32_t b)
{
	const NamiHits *hits = ctx;
	const NamiHit *x = &hits->items.items[a];
	const NamiHit *y = &hits->items.items[b];

	if (x->score < y->score || x->score > y->score)
		return (x->score < y->score) == hits->ascending ? -1 : 1;
	return nami_id_cmp(&x->id, &y->id);
}

/* Sorts, and drops what is beyond the limit. */
static NamiStatus
cut(NamiHits *hits, NamiError *err)
{
	size_t		count = hits->items.count;
	size_t		kept = count < hits->limit ? count : (size_t) hits->limit;
	NamiArena  *scratch = nami_arena_create(nami_arena_allocator(hits->call->arena),
											nami_arena_account(hits->call->arena));
	NamiProcedureCall call = *hits->call;
	uint32_t   *order = NAMI_NEW_ARRAY(scratch, uint32_t, count + 1);
	NamiHit	   *sorted = NAMI_NEW_ARRAY(scratch, NamiHit, kept + 1);
	NamiStatus	status;

	call.arena = scratch;
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t) i;
	status = nami_procedure_sort(&call, order, count, compare_hits, hits, err);
	for (size_t i = 0; i < kept && status == NAMI_OK; i++)
		sorted[i] = hits->items.items[order[i]];
	if (kept > 0 && status == NAMI_OK)
		memcpy(hits->items.items, sorted, kept * sizeof(*sorted));
	hits->items.count = kept;
	nami_arena_destroy(scratch);
	return status;
}

NamiStatus
nami_hits_add(NamiHits *hits, NamiOrd ord, double score, NamiError *err)
{
	if (hits->limit == 0)
		return NAMI_OK;
	if (hits->items.count >= UINT32_MAX / 2 ||
		(hits->items.count >= 4096 && hits->items.count / 4 >= hits->limit))
		NAMI_TRY(cut(hits, err));
	nami_vec_push(&hits->items, hits->call->arena, (NamiHit) {
		nami_snapshot_node_id(hits->call->ctx->snapshot, ord), ord, score
	});
	return NAMI_OK;
}

NamiStatus
nami_hits_finish(NamiHits *hits, NamiError *err)
{
	return cut(hits, err);
}
