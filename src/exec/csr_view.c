/*
 * csr_view.c - see csr_view.h.
 */
#include "exec/csr_view.h"

#include <stdio.h>

#define SCAN_ROWS		1024
#define CHECK_STEPS		65536

typedef struct Edge
{
	uint32_t	src;			/* numbers */
	uint32_t	dst;
	double		weight;
} Edge;

typedef struct Builder
{
	const NamiProcedureCall *call;
	const NamiOptions *options;
	const NamiSnapshot *snapshot;
	NamiCsrView *view;
	NAMI_VEC(NamiOrd) nodes;
	NAMI_VEC(NamiId) ids;		/* beside nodes */
	NAMI_VEC(Edge) edges;
	bool		with_weights;
	bool		is_reverse;
} Builder;

/* ---- nodes --------------------------------------------------------------------------------- */

static uint32_t *
number_slot(const NamiCsrView *view, NamiOrd ord)
{
	unsigned	half = ord >= NAMI_ORD_OWN_FIRST;
	uint32_t	i = half ? ord - NAMI_ORD_OWN_FIRST : ord;

	return i < view->number_count[half] ? &view->numbers[half][i] : NULL;
}

uint32_t
nami_csr_view_number(const NamiCsrView *view, NamiOrd ord)
{
	const uint32_t *slot = number_slot(view, ord);

	return slot != NULL ? *slot : NAMI_CSR_NONE;
}

/* Room for the ordinal in the table of numbers. */
static NamiStatus
make_room(Builder *b, NamiOrd ord, NamiError *err)
{
	unsigned	half = ord >= NAMI_ORD_OWN_FIRST;
	uint32_t	i = half ? ord - NAMI_ORD_OWN_FIRST : ord;
	uint32_t	old = b->view->number_count[half];
	uint64_t	need = (uint64_t) i + 1;
	uint32_t   *table;

	if (need <= old)
		return NAMI_OK;
	need = need < (uint64_t) old * 2 ? (uint64_t) old * 2 : need;
	need = need < SCAN_ROWS ? SCAN_ROWS : need;
	NAMI_TRY(nami_procedure_may_take(b->call, need, sizeof(uint32_t), err));
	table = nami_arena_realloc(b->call->arena, b->view->numbers[half], old * sizeof(uint32_t),
							   need * sizeof(uint32_t));
	memset(table + old, 0xFF, (need - old) * sizeof(uint32_t));
	b->view->numbers[half] = table;
	b->view->number_count[half] = (uint32_t) need;
	return NAMI_OK;
}

static int
compare_ids(const void *ctx, uint32_t a, uint32_t b)
{
	const Builder *builder = ctx;

	return nami_id_cmp(&builder->ids.items[a], &builder->ids.items[b]);
}

/* Puts nodes[first ..] in the order of their ids. */
static NamiStatus
sort_nodes(Builder *b, size_t first, NamiError *err)
{
	NamiArena  *arena = b->call->arena;
	size_t		count = b->nodes.count - first;
	uint32_t   *order = NAMI_NEW_ARRAY(arena, uint32_t, count + 1);
	NamiOrd    *nodes = NAMI_NEW_ARRAY(arena, NamiOrd, count + 1);
	NamiId	   *ids = NAMI_NEW_ARRAY(arena, NamiId, count + 1);

	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t) (first + i);
	NAMI_TRY(nami_procedure_sort(b->call, order, count, compare_ids, b, err));
	for (size_t i = 0; i < count; i++)
	{
		nodes[i] = b->nodes.items[order[i]];
		ids[i] = b->ids.items[order[i]];
	}
	if (count > 0)
	{
		memcpy(b->nodes.items + first, nodes, count * sizeof(*nodes));
		memcpy(b->ids.items + first, ids, count * sizeof(*ids));
	}
	return NAMI_OK;
}

/* The live nodes of the label (NULL: all) that are not there yet, by ascending id. */
static NamiStatus
add_nodes(Builder *b, const NamiLabelId *label, NamiError *err)
{
	NamiArena  *arena = b->call->arena;
	NamiOrd    *ords = NAMI_NEW_ARRAY(arena, NamiOrd, SCAN_ROWS);
	size_t		first = b->nodes.count;
	NamiNodeScan scan;
	bool		is_range;
	uint32_t	n;

	nami_node_scan_init(&scan, b->snapshot, label, label != NULL, arena);
	while ((n = nami_node_scan_next(&scan, ords, SCAN_ROWS, &is_range)) > 0)
	{
		NAMI_TRY(nami_procedure_check(b->call, err));
		for (uint32_t i = 0; i < n; i++)
		{
			NAMI_TRY(make_room(b, ords[i], err));
			if (*number_slot(b->view, ords[i]) != NAMI_CSR_NONE)
				continue;
			*number_slot(b->view, ords[i]) = 0;	/* taken */
			nami_vec_push(&b->nodes, arena, ords[i]);
			nami_vec_push(&b->ids, arena, nami_snapshot_node_id(b->snapshot, ords[i]));
		}
	}
	return sort_nodes(b, first, err);
}

static bool
is_in_use(const Builder *b, NamiNameKind kind, uint32_t number)
{
	return kind == NAMI_NAME_LABEL ? nami_snapshot_count_nodes(b->snapshot, &number, 1) > 0 :
		nami_snapshot_count_edges(b->snapshot, number) > 0;
}

/* With the names that the graph has. */
static NamiStatus
fail_unknown(Builder *b, NamiNameKind kind, NamiStr name, NamiError *err)
{
	const NamiCatalog *catalog = nami_snapshot_catalog(b->snapshot);
	uint32_t	count = nami_catalog_count(catalog, kind);
	const char *what = kind == NAMI_NAME_LABEL ? "label" : "relationship type";
	char		known[300] = "";
	size_t		used = 0;

	for (uint32_t i = 0; i < count && used < sizeof(known); i++)
	{
		if (is_in_use(b, kind, i))
			used += (size_t) snprintf(known + used, sizeof(known) - used, "%s%.*s",
									  used > 0 ? ", " : "",
									  NAMI_STR_ARG(nami_catalog_name(catalog, kind, i)));
	}
	if (nami_procedure_fail(b->call, err, "the graph has no %s \"%.*s\"", what,
							NAMI_STR_ARG(name)) != NAMI_OK && used > 0)
		nami_error_hint(err, "It has %s.", known);
	return NAMI_FAILED;
}

static NamiStatus
choose_nodes(Builder *b, NamiError *err)
{
	const NamiCatalog *catalog = nami_snapshot_catalog(b->snapshot);
	const NamiStr *labels;
	uint32_t	count;

	NAMI_TRY(nami_option_strings(b->options, "labels", &labels, &count, err));
	if (count == 0)
		return add_nodes(b, NULL, err);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiLabelId label = nami_catalog_find(catalog, NAMI_NAME_LABEL, labels[i]);

		if (label == NAMI_NAME_UNKNOWN)
			return fail_unknown(b, NAMI_NAME_LABEL, labels[i], err);
		NAMI_TRY(add_nodes(b, &label, err));
	}
	return NAMI_OK;
}

static NamiStatus
number_nodes(Builder *b, NamiError *err)
{
	uint32_t	count = (uint32_t) b->nodes.count;
	uint32_t   *order = NAMI_NEW_ARRAY(b->call->arena, uint32_t, count + (size_t) 1);
	uint32_t   *rank = NAMI_NEW_ARRAY(b->call->arena, uint32_t, count + (size_t) 1);

	for (uint32_t i = 0; i < count; i++)
	{
		order[i] = i;
		*number_slot(b->view, b->nodes.items[i]) = i;
	}
	NAMI_TRY(nami_procedure_sort(b->call, order, count, compare_ids, b, err));
	for (uint32_t i = 0; i < count; i++)
		rank[order[i]] = i;
	b->view->count = count;
	b->view->nodes = b->nodes.items;
	b->view->rank = rank;
	return NAMI_OK;
}

/* ---- relationships ------------------------------------------------------------------------- */

/* Stable, by the rank of one end. */
static void
sort_edges_by(const Builder *b, const Edge *from, Edge *to, size_t count, bool by_src,
			  uint64_t *places)
{
	const uint32_t *rank = b->view->rank;

	memset(places, 0, (b->view->count + (size_t) 1) * sizeof(uint64_t));
	for (size_t i = 0; i < count; i++)
		places[rank[by_src ? from[i].src : from[i].dst] + 1]++;
	for (uint32_t i = 0; i < b->view->count; i++)
		places[i + 1] += places[i];
	for (size_t i = 0; i < count; i++)
		to[places[rank[by_src ? from[i].src : from[i].dst]]++] = from[i];
}

/* Where all nodes lie in one group, the image has them in this order. */
static bool
are_sorted(const Builder *b, const Edge *edges, size_t count)
{
	const uint32_t *rank = b->view->rank;

	for (size_t i = 1; i < count; i++)
	{
		uint32_t	a = rank[edges[i - 1].src];
		uint32_t	c = rank[edges[i].src];

		if (a > c || (a == c && rank[edges[i - 1].dst] > rank[edges[i].dst]))
			return false;
	}
	return true;
}

/* Puts edges[first ..] in the order of (src id, dst id). */
static NamiStatus
sort_edges(Builder *b, size_t first, NamiError *err)
{
	size_t		count = b->edges.count - first;
	uint64_t   *places;
	Edge	   *other;

	if (are_sorted(b, b->edges.items + first, count))
		return nami_procedure_check(b->call, err);
	NAMI_TRY(nami_procedure_may_take(b->call, count, sizeof(Edge), err));
	places = NAMI_NEW_ARRAY(b->call->arena, uint64_t, b->view->count + (size_t) 2);
	other = NAMI_NEW_ARRAY(b->call->arena, Edge, count + 1);
	sort_edges_by(b, b->edges.items + first, other, count, false, places);
	NAMI_TRY(nami_procedure_check(b->call, err));
	sort_edges_by(b, other, b->edges.items + first, count, true, places);
	return nami_procedure_check(b->call, err);
}

static double
weight_of(NamiValue value)
{
	if (value.kind == NAMI_INT)
		return (double) value.integer;
	return value.kind == NAMI_FLOAT ? value.number : 1.0;
}

static NamiStatus
add_type(Builder *b, NamiTypeId type, NamiArena *scratch, NamiError *err)
{
	NamiArena  *arena = b->call->arena;
	NamiKeyId	key = nami_catalog_find(nami_snapshot_catalog(b->snapshot), NAMI_NAME_KEY,
										NAMI_STR("weight"));
	NamiOrd    *src = NAMI_NEW_ARRAY(arena, NamiOrd, SCAN_ROWS);
	NamiOrd    *dst = NAMI_NEW_ARRAY(arena, NamiOrd, SCAN_ROWS);
	NamiEdgePos *pos = NAMI_NEW_ARRAY(arena, NamiEdgePos, SCAN_ROWS);
	NamiValue  *values = NAMI_NEW_ARRAY(arena, NamiValue, SCAN_ROWS);
	size_t		first = b->edges.count;
	NamiEdgeScan scan;
	uint32_t	n;

	memset(values, 0, SCAN_ROWS * sizeof(*values));
	nami_edge_scan_init(&scan, b->snapshot, type, arena);
	while ((n = nami_edge_scan_next(&scan, src, dst, pos, SCAN_ROWS)) > 0)
	{
		NAMI_TRY(nami_procedure_check(b->call, err));
		nami_arena_reset(scratch);
		if (b->with_weights)
			NAMI_TRY(nami_snapshot_edge_property(b->snapshot, type, key, pos, n, scratch, values,
												 err));
		for (uint32_t i = 0; i < n; i++)
		{
			uint32_t	from = nami_csr_view_number(b->view, src[i]);
			uint32_t	to = nami_csr_view_number(b->view, dst[i]);

			if (from != NAMI_CSR_NONE && to != NAMI_CSR_NONE)
				nami_vec_push(&b->edges, arena, (Edge) {from, to, weight_of(values[i])});
		}
	}
	return sort_edges(b, first, err);
}

/* Types in the order that is given, else by name. */
static NamiStatus
choose_edges(Builder *b, NamiArena *scratch, NamiError *err)
{
	const NamiCatalog *catalog = nami_snapshot_catalog(b->snapshot);
	const NamiStr *names;
	const NamiTypeId *all;
	uint32_t	count;

	NAMI_TRY(nami_option_strings(b->options, "edge_types", &names, &count, err));
	for (uint32_t i = 0; i < count; i++)
	{
		NamiTypeId	type = nami_catalog_find(catalog, NAMI_NAME_TYPE, names[i]);

		if (type == NAMI_NAME_UNKNOWN)
			return fail_unknown(b, NAMI_NAME_TYPE, names[i], err);
		NAMI_TRY(add_type(b, type, scratch, err));
	}
	if (count > 0)
		return NAMI_OK;
	count = nami_snapshot_edge_types(b->snapshot, b->call->arena, &all);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiTypeId	least = NAMI_NAME_UNKNOWN;

		/* the i-th by name: there are few types */
		for (uint32_t j = 0; j < count; j++)
		{
			NamiStr		name = nami_catalog_name(catalog, NAMI_NAME_TYPE, all[j]);
			uint32_t	smaller = 0;

			for (uint32_t k = 0; k < count; k++)
				smaller += nami_str_cmp(nami_catalog_name(catalog, NAMI_NAME_TYPE, all[k]),
										name) < 0;
			if (smaller == i)
				least = all[j];
		}
		NAMI_TRY(add_type(b, least, scratch, err));
	}
	return NAMI_OK;
}

/* ---- the arrays ---------------------------------------------------------------------------- */

typedef struct Filling
{
	uint64_t   *places;			/* next free place by node */
	uint32_t   *targets;
	double	   *weights;
} Filling;

static void
put(Filling *f, uint32_t from, uint32_t to, double weight)
{
	uint64_t	place = f->places[from]++;

	f->targets[place] = to;
	if (f->weights != NULL)
		f->weights[place] = weight;
}

static NamiStatus
fill(Builder *b, NamiError *err)
{
	NamiCsrView *view = b->view;
	NamiArena  *arena = b->call->arena;
	uint64_t   *offsets;
	Filling		f = {0};

	NAMI_TRY(nami_procedure_may_take(b->call, b->edges.count, 2 * (sizeof(uint32_t) +
																	sizeof(double)), err));
	offsets = NAMI_NEW_ARRAY(arena, uint64_t, view->count + (size_t) 2);
	memset(offsets, 0, (view->count + (size_t) 2) * sizeof(uint64_t));
	for (size_t i = 0; i < b->edges.count; i++)
	{
		const Edge *edge = &b->edges.items[i];

		offsets[(b->is_reverse ? edge->dst : edge->src) + 2]++;
		if (view->is_undirected && edge->src != edge->dst)
			offsets[edge->dst + 2]++;
	}
	for (uint32_t i = 0; i < view->count; i++)
		offsets[i + 2] += offsets[i + 1];
	/* offsets[i + 1] is where the list of node i begins, and where it ends when it is filled */
	f.places = offsets + 1;
	f.targets = NAMI_NEW_ARRAY(arena, uint32_t, offsets[view->count + 1] + 1);
	f.weights = b->with_weights ? NAMI_NEW_ARRAY(arena, double, offsets[view->count + 1] + 1) :
		NULL;
	for (size_t i = 0; i < b->edges.count; i++)
	{
		const Edge *edge = &b->edges.items[i];

		if (i % CHECK_STEPS == 0)
			NAMI_TRY(nami_procedure_check(b->call, err));
		put(&f, b->is_reverse ? edge->dst : edge->src, b->is_reverse ? edge->src : edge->dst,
			edge->weight);
		if (view->is_undirected && edge->src != edge->dst)
			put(&f, edge->dst, edge->src, edge->weight);
	}
	view->offsets = offsets;
	view->targets = f.targets;
	view->weights = f.weights;
	return NAMI_OK;
}

static NamiStatus
choose_direction(Builder *b, NamiError *err)
{
	NamiStr		direction = NAMI_STR("natural");

	NAMI_TRY(nami_option_string(b->options, "direction", &direction, err));
	b->is_reverse = nami_str_eq_nocase(direction, NAMI_STR("reverse"));
	b->view->is_undirected = nami_str_eq_nocase(direction, NAMI_STR("undirected"));
	if (b->is_reverse || b->view->is_undirected ||
		nami_str_eq_nocase(direction, NAMI_STR("natural")))
		return NAMI_OK;
	return nami_procedure_fail(b->call, err, "option \"direction\" of %.*s() must be 'natural', "
							   "'reverse' or 'undirected'",
							   NAMI_STR_ARG(b->call->procedure->name));
}

NamiStatus
nami_csr_view_make(NamiCsrView *view, const NamiOptions *options, bool with_weights, NamiError *err)
{
	const NamiProcedureCall *call = options->call;
	Builder		b = {
		.call = call, .options = options, .snapshot = call->ctx->snapshot, .view = view,
		.with_weights = with_weights,
	};
	NamiArena  *scratch;
	NamiStatus	status;

	*view = (NamiCsrView) {0};
	NAMI_TRY(choose_direction(&b, err));
	NAMI_TRY(choose_nodes(&b, err));
	NAMI_TRY(number_nodes(&b, err));
	scratch = nami_arena_create(nami_arena_allocator(call->arena), nami_arena_account(call->arena));
	status = choose_edges(&b, scratch, err);
	nami_arena_destroy(scratch);
	NAMI_TRY(status);
	return fill(&b, err);
}

/* ---- the simple graph ---------------------------------------------------------------------- */

/* Both directions of every relationship that is no loop. */
static void
fill_both(const NamiCsrView *view, uint64_t *offsets, uint32_t *targets)
{
	for (uint32_t u = 0; u < view->count; u++)
	{
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			uint32_t	v = view->targets[i];

			if (u == v)
				continue;
			if (targets == NULL)
			{
				offsets[u + 2]++;
				offsets[v + 2]++;
				continue;
			}
			targets[offsets[u + 1]++] = v;
			targets[offsets[v + 1]++] = u;
		}
	}
}

/*
 * Transposing a symmetric graph leaves it as it is, with each list in ascending order; duplicates
 * are dropped on the way.
 */
static void
transpose(uint32_t count, const uint64_t *offsets, const uint32_t *targets, uint64_t *ends,
		  uint32_t *out)
{
	for (uint32_t u = 0; u < count; u++)
		ends[u] = offsets[u];
	for (uint32_t u = 0; u < count; u++)
	{
		for (uint64_t i = offsets[u]; i < offsets[u + 1]; i++)
		{
			uint32_t	v = targets[i];

			if (ends[v] == offsets[v] || out[ends[v] - 1] != u)
				out[ends[v]++] = u;
		}
	}
}

NamiStatus
nami_csr_view_simple(const NamiProcedureCall *call, const NamiCsrView *view, NamiCsrView *out,
					 NamiError *err)
{
	uint64_t	edges = view->offsets[view->count];
	uint64_t   *offsets;
	uint64_t   *ends;
	uint32_t   *targets;
	uint32_t   *sorted;
	uint64_t	kept = 0;

	NAMI_TRY(nami_procedure_may_take(call, edges, 4 * sizeof(uint32_t), err));
	offsets = NAMI_NEW_ARRAY(call->arena, uint64_t, view->count + (size_t) 2);
	ends = NAMI_NEW_ARRAY(call->arena, uint64_t, view->count + (size_t) 2);
	targets = NAMI_NEW_ARRAY(call->arena, uint32_t, 2 * edges + 1);
	sorted = NAMI_NEW_ARRAY(call->arena, uint32_t, 2 * edges + 1);
	memset(offsets, 0, (view->count + (size_t) 2) * sizeof(uint64_t));
	fill_both(view, offsets, NULL);
	for (uint32_t i = 0; i < view->count; i++)
		offsets[i + 2] += offsets[i + 1];
	NAMI_TRY(nami_procedure_check(call, err));
	fill_both(view, offsets, targets);
	NAMI_TRY(nami_procedure_check(call, err));
	transpose(view->count, offsets, targets, ends, sorted);
	for (uint32_t u = 0; u < view->count; u++)
	{
		uint64_t	begin = offsets[u];
		uint64_t	length = ends[u] - begin;

		offsets[u] = kept;
		memmove(sorted + kept, sorted + begin, length * sizeof(uint32_t));
		kept += length;
	}
	offsets[view->count] = kept;
	*out = (NamiCsrView) {.count = view->count, .offsets = offsets, .targets = sorted};
	return NAMI_OK;
}
