/*
 * procedures_algo.c - algo.wcc, scc, degree, pagerank, triangle_count (spec/search.md 7), and what
 * all algorithms share.
 *
 * Node order, order of summation and numbering are the product's, so that answers agree to the last
 * digits.
 */
#include "exec/procedures_algo.h"

#include <math.h>

NamiStatus
nami_algo_open(NamiProcedureCall *call, NamiOptions *options, bool with_others, bool with_weights,
			   NamiCsrView *view, NamiError *err)
{
	static const char *const projection[] = {NAMI_PROJECTION_OPTIONS, NULL};

	NAMI_TRY(nami_options_init(options, call, 0, err));
	if (!with_others)
		NAMI_TRY(nami_options_only(options, projection, err));
	return nami_csr_view_make(view, options, with_weights, err);
}

uint32_t
nami_algo_renumber(uint32_t *numbers, uint32_t count, uint32_t *scratch)
{
	uint32_t	next = 0;

	memset(scratch, 0xFF, count * sizeof(uint32_t));
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t   *slot = &scratch[numbers[i]];

		if (*slot == UINT32_MAX)
			*slot = next++;
		numbers[i] = *slot;
	}
	return next;
}

/* ---- order of the rows --------------------------------------------------------------------- */

typedef struct Order
{
	const double *keys;
	const uint32_t *rank;
	int			sign;
} Order;

static int
compare_nodes(const void *ctx, uint32_t a, uint32_t b)
{
	const Order *order = ctx;
	double		x = order->keys[a];
	double		y = order->keys[b];

	if (x < y || x > y)
		return x < y ? -order->sign : order->sign;
	return order->rank[a] < order->rank[b] ? -1 : order->rank[a] > order->rank[b];
}

NamiStatus
nami_algo_order(NamiProcedureCall *call, const NamiCsrView *view, const double *keys,
				bool descending, uint32_t **out, NamiError *err)
{
	Order		order = {keys, view->rank, descending ? -1 : 1};
	uint32_t   *items = NAMI_PER_NODE(call, view, uint32_t);

	for (uint32_t i = 0; i < view->count; i++)
		items[i] = i;
	*out = items;
	return nami_procedure_sort(call, items, view->count, compare_nodes, &order, err);
}

NamiStatus
nami_algo_emit_numbers(NamiProcedureCall *call, const NamiCsrView *view, const uint32_t *numbers,
					   NamiError *err)
{
	double	   *keys = NAMI_PER_NODE(call, view, double);
	uint32_t   *order;

	for (uint32_t i = 0; i < view->count; i++)
		keys[i] = numbers[i];
	NAMI_TRY(nami_algo_order(call, view, keys, false, &order, err));
	for (uint32_t i = 0; i < view->count; i++)
		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_node(view->nodes[order[i]]), nami_value_int(numbers[order[i]])
		});
	return NAMI_OK;
}

NamiStatus
nami_algo_emit_scores(NamiProcedureCall *call, const NamiCsrView *view, const double *scores,
					  NamiError *err)
{
	uint32_t   *order;

	NAMI_TRY(nami_algo_order(call, view, scores, true, &order, err));
	for (uint32_t i = 0; i < view->count; i++)
		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_node(view->nodes[order[i]]), nami_value_float(scores[order[i]])
		});
	return NAMI_OK;
}

/* ---- weakly connected components ----------------------------------------------------------- */

static uint32_t
find_root(uint32_t *parents, uint32_t u)
{
	while (parents[u] != u)
	{
		parents[u] = parents[parents[u]];
		u = parents[u];
	}
	return u;
}

static NamiStatus
wcc(NamiProcedureCall *call, NamiError *err)
{
	NamiWork	work = {.call = call};
	NamiOptions options;
	NamiCsrView view;
	uint32_t   *parents;

	NAMI_TRY(nami_algo_open(call, &options, false, false, &view, err));
	parents = NAMI_PER_NODE(call, &view, uint32_t);
	for (uint32_t u = 0; u < view.count; u++)
		parents[u] = u;
	for (uint32_t u = 0; u < view.count; u++)
	{
		NAMI_TRY(nami_work(&work, view.offsets[u + 1] - view.offsets[u] + 1, err));
		for (uint64_t i = view.offsets[u]; i < view.offsets[u + 1]; i++)
			parents[find_root(parents, view.targets[i])] = find_root(parents, u);
	}
	for (uint32_t u = 0; u < view.count; u++)
		parents[u] = find_root(parents, u);
	(void) nami_algo_renumber(parents, view.count, NAMI_PER_NODE(call, &view, uint32_t));
	return nami_algo_emit_numbers(call, &view, parents, err);
}

const NamiProcedureRun nami_proc_wcc = wcc;

/* ---- strongly connected components --------------------------------------------------------- */

/* Tarjan's algorithm with a stack of its own. */
typedef struct Tarjan
{
	const NamiCsrView *view;
	NamiWork	work;
	uint32_t   *found;			/* time of discovery, from 1; 0: not yet */
	uint32_t   *low;
	uint64_t   *next;			/* next relationship to look at */
	uint32_t   *path;			/* nodes under way */
	uint32_t   *open;			/* found, but in no component yet */
	uint32_t   *components;
	bool	   *is_open;
	uint32_t	path_count;
	uint32_t	open_count;
	uint32_t	time;
	uint32_t	component_count;
} Tarjan;

static void
discover(Tarjan *t, uint32_t u)
{
	t->found[u] = t->low[u] = ++t->time;
	t->next[u] = t->view->offsets[u];
	t->path[t->path_count++] = u;
	t->open[t->open_count++] = u;
	t->is_open[u] = true;
}

/* All of u's relationships are seen. */
static void
leave(Tarjan *t, uint32_t u)
{
	if (t->low[u] == t->found[u])
	{
		uint32_t	v;

		do
		{
			v = t->open[--t->open_count];
			t->is_open[v] = false;
			t->components[v] = t->component_count;
		} while (v != u);
		t->component_count++;
	}
	t->path_count--;
	if (t->path_count > 0)
	{
		uint32_t	parent = t->path[t->path_count - 1];

		t->low[parent] = t->low[u] < t->low[parent] ? t->low[u] : t->low[parent];
	}
}

static NamiStatus
visit(Tarjan *t, uint32_t start, NamiError *err)
{
	discover(t, start);
	while (t->path_count > 0)
	{
		uint32_t	u = t->path[t->path_count - 1];
		uint32_t	v;

		NAMI_TRY(nami_work(&t->work, 1, err));
		if (t->next[u] == t->view->offsets[u + 1])
		{
			leave(t, u);
			continue;
		}
		v = t->view->targets[t->next[u]++];
		if (t->found[v] == 0)
			discover(t, v);
		else if (t->is_open[v] && t->found[v] < t->low[u])
			t->low[u] = t->found[v];
	}
	return NAMI_OK;
}

static NamiStatus
scc(NamiProcedureCall *call, NamiError *err)
{
	NamiOptions options;
	NamiCsrView view;
	Tarjan		t = {.view = &view, .work = {.call = call}};

	NAMI_TRY(nami_algo_open(call, &options, false, false, &view, err));
	t.found = NAMI_PER_NODE(call, &view, uint32_t);
	t.low = NAMI_PER_NODE(call, &view, uint32_t);
	t.next = NAMI_PER_NODE(call, &view, uint64_t);
	t.path = NAMI_PER_NODE(call, &view, uint32_t);
	t.open = NAMI_PER_NODE(call, &view, uint32_t);
	t.components = NAMI_PER_NODE(call, &view, uint32_t);
	t.is_open = NAMI_PER_NODE(call, &view, bool);
	for (uint32_t u = 0; u < view.count; u++)
	{
		if (t.found[u] == 0)
			NAMI_TRY(visit(&t, u, err));
	}
	return nami_algo_emit_numbers(call, &view, t.components, err);
}

const NamiProcedureRun nami_proc_scc = scc;

/* ---- degree -------------------------------------------------------------------------------- */

static NamiStatus
degree(NamiProcedureCall *call, NamiError *err)
{
	NamiOptions options;
	NamiCsrView view;
	uint64_t   *in;
	double	   *degrees;
	uint32_t   *order;

	NAMI_TRY(nami_algo_open(call, &options, false, false, &view, err));
	in = NAMI_PER_NODE(call, &view, uint64_t);
	degrees = NAMI_PER_NODE(call, &view, double);
	for (uint64_t i = 0; i < view.offsets[view.count]; i++)
		in[view.targets[i]]++;
	for (uint32_t u = 0; u < view.count; u++)
		degrees[u] = (double) (in[u] + view.offsets[u + 1] - view.offsets[u]);
	NAMI_TRY(nami_algo_order(call, &view, degrees, true, &order, err));
	for (uint32_t i = 0; i < view.count; i++)
	{
		uint32_t	u = order[i];
		int64_t		out = (int64_t) (view.offsets[u + 1] - view.offsets[u]);

		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_node(view.nodes[u]), nami_value_int((int64_t) in[u]),
			nami_value_int(out), nami_value_int((int64_t) in[u] + out)
		});
	}
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_degree = degree;

/* ---- PageRank ------------------------------------------------------------------------------ */

/* One round: scores to next; returns how much they moved. */
static NamiStatus
rank_round(NamiWork *work, const NamiCsrView *view, const double *sums, double damping,
		   const double *scores, double *next, double *moved, NamiError *err)
{
	double		dangling = 0;
	double		base;

	for (uint32_t u = 0; u < view->count; u++)
	{
		if (sums[u] <= 0)
			dangling += scores[u];
	}
	base = (1.0 - damping) / view->count + damping * dangling / view->count;
	for (uint32_t u = 0; u < view->count; u++)
		next[u] = base;
	for (uint32_t u = 0; u < view->count; u++)
	{
		double		share;

		NAMI_TRY(nami_work(work, view->offsets[u + 1] - view->offsets[u] + 1, err));
		if (sums[u] <= 0)
			continue;
		share = damping * scores[u] / sums[u];
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			if (view->weights[i] > 0)
				next[view->targets[i]] += share * view->weights[i];
		}
	}
	*moved = 0;
	for (uint32_t u = 0; u < view->count; u++)
		*moved += fabs(next[u] - scores[u]);
	return NAMI_OK;
}

static NamiStatus
pagerank(NamiProcedureCall *call, NamiError *err)
{
	NamiWork	work = {.call = call};
	double		damping = 0.85;
	double		tolerance = 1e-6;
	double		moved = INFINITY;
	uint64_t	rounds = 100;
	NamiOptions options;
	NamiCsrView view;
	double	   *sums;
	double	   *scores;
	double	   *next;

	NAMI_TRY(nami_options_init(&options, call, 0, err));
	NAMI_TRY(nami_option_float(&options, "damping", &damping, err));
	NAMI_TRY(nami_option_float(&options, "tolerance", &tolerance, err));
	NAMI_TRY(nami_option_count(&options, "max_iterations", &rounds, err));
	NAMI_TRY(nami_algo_open(call, &options, true, true, &view, err));
	sums = NAMI_PER_NODE(call, &view, double);
	scores = NAMI_PER_NODE(call, &view, double);
	next = NAMI_PER_NODE(call, &view, double);
	for (uint32_t u = 0; u < view.count; u++)
	{
		scores[u] = 1.0 / view.count;
		for (uint64_t i = view.offsets[u]; i < view.offsets[u + 1]; i++)
			sums[u] += view.weights[i] > 0 ? view.weights[i] : 0.0;
	}
	for (uint64_t round = 0; round < rounds && view.count > 0 && !(moved < tolerance); round++)
	{
		double	   *swap = scores;

		NAMI_TRY(rank_round(&work, &view, sums, damping, scores, next, &moved, err));
		scores = next;
		next = swap;
	}
	return nami_algo_emit_scores(call, &view, scores, err);
}

const NamiProcedureRun nami_proc_pagerank = pagerank;

/* ---- triangles ----------------------------------------------------------------------------- */

static bool
is_before(const NamiCsrView *view, uint32_t u, uint32_t v)
{
	uint64_t	du = view->offsets[u + 1] - view->offsets[u];
	uint64_t	dv = view->offsets[v + 1] - view->offsets[v];

	return du < dv || (du == dv && u < v);
}

/*
 * Each triangle is found from its corner of least degree, through neighbours that come after it:
 * O(edges ^ 1.5) whatever hubs there are.
 */
static NamiStatus
count_triangles(NamiProcedureCall *call, const NamiCsrView *view, uint64_t *triangles,
				NamiError *err)
{
	NamiWork	work = {.call = call};
	uint32_t   *mark = NAMI_PER_NODE(call, view, uint32_t);

	for (uint32_t u = 0; u < view->count; u++)
	{
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
			mark[view->targets[i]] = u + 1;
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			uint32_t	v = view->targets[i];

			if (!is_before(view, u, v))
				continue;
			NAMI_TRY(nami_work(&work, view->offsets[v + 1] - view->offsets[v] + 1, err));
			for (uint64_t j = view->offsets[v]; j < view->offsets[v + 1]; j++)
			{
				uint32_t	w = view->targets[j];

				if (mark[w] != u + 1 || !is_before(view, v, w))
					continue;
				triangles[u]++;
				triangles[v]++;
				triangles[w]++;
			}
		}
		NAMI_TRY(nami_work(&work, view->offsets[u + 1] - view->offsets[u] + 1, err));
	}
	return NAMI_OK;
}

static NamiStatus
triangle_count(NamiProcedureCall *call, NamiError *err)
{
	NamiOptions options;
	NamiCsrView view;
	NamiCsrView simple;
	uint64_t   *triangles;
	double	   *keys;
	uint32_t   *order;

	NAMI_TRY(nami_algo_open(call, &options, false, false, &view, err));
	NAMI_TRY(nami_csr_view_simple(call, &view, &simple, err));
	triangles = NAMI_PER_NODE(call, &view, uint64_t);
	keys = NAMI_PER_NODE(call, &view, double);
	NAMI_TRY(count_triangles(call, &simple, triangles, err));
	for (uint32_t u = 0; u < view.count; u++)
		keys[u] = (double) triangles[u];
	NAMI_TRY(nami_algo_order(call, &view, keys, true, &order, err));
	for (uint32_t i = 0; i < view.count; i++)
	{
		uint32_t	u = order[i];
		double		neighbours = (double) (simple.offsets[u + 1] - simple.offsets[u]);

		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_node(view.nodes[u]), nami_value_int((int64_t) triangles[u]),
			nami_value_float(neighbours < 2 ? 0.0 :
							 2.0 * (double) triangles[u] / (neighbours * (neighbours - 1.0)))
		});
	}
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_triangle_count = triangle_count;
