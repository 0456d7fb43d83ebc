/*
 * procedures_algo_path.c - algo.betweenness, shortest_path, fastRP (spec/search.md 7).
 */
#include "exec/procedures_algo.h"

#include <math.h>

/* ---- betweenness --------------------------------------------------------------------------- */

/* Brandes' algorithm: one breadth-first search per source, then back in reverse order. */
typedef struct Brandes
{
	const NamiCsrView *view;
	NamiWork	work;
	double	   *scores;
	double	   *paths;			/* number of shortest paths from the source */
	double	   *shares;
	int64_t    *distances;
	uint32_t   *queue;
	uint64_t   *before_starts;	/* predecessors of node u: [before_starts[u], before_ends[u]) */
	uint64_t   *before_ends;
	uint32_t   *before;
} Brandes;

static NamiStatus
search_from(Brandes *b, uint32_t source, uint32_t *queue_count, NamiError *err)
{
	const NamiCsrView *view = b->view;
	uint32_t	count = 1;

	for (uint32_t u = 0; u < view->count; u++)
	{
		b->paths[u] = b->shares[u] = 0;
		b->distances[u] = -1;
		b->before_ends[u] = b->before_starts[u];
	}
	b->paths[source] = 1;
	b->distances[source] = 0;
	b->queue[0] = source;
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	u = b->queue[i];

		NAMI_TRY(nami_work(&b->work, view->offsets[u + 1] - view->offsets[u] + 1, err));
		for (uint64_t j = view->offsets[u]; j < view->offsets[u + 1]; j++)
		{
			uint32_t	v = view->targets[j];

			if (b->distances[v] < 0)
			{
				b->distances[v] = b->distances[u] + 1;
				b->queue[count++] = v;
			}
			if (b->distances[v] == b->distances[u] + 1)
			{
				b->paths[v] += b->paths[u];
				b->before[b->before_ends[v]++] = u;
			}
		}
	}
	*queue_count = count;
	return nami_work(&b->work, view->count, err);
}

static void
add_shares(Brandes *b, uint32_t source, uint32_t queue_count)
{
	for (uint32_t i = queue_count; i-- > 0;)
	{
		uint32_t	w = b->queue[i];

		for (uint64_t j = b->before_starts[w]; j < b->before_ends[w]; j++)
		{
			uint32_t	v = b->before[j];

			b->shares[v] += b->paths[v] / b->paths[w] * (1.0 + b->shares[w]);
		}
		if (w != source)
			b->scores[w] += b->shares[w];
	}
}

static NamiStatus
betweenness(NamiProcedureCall *call, NamiError *err)
{
	NamiOptions options;
	NamiCsrView view;
	Brandes		b = {.view = &view, .work = {.call = call}};
	uint64_t	edges;

	NAMI_TRY(nami_algo_open(call, &options, false, false, &view, err));
	edges = view.offsets[view.count];
	NAMI_TRY(nami_procedure_may_take(call, edges, sizeof(uint32_t), err));
	b.scores = NAMI_PER_NODE(call, &view, double);
	b.paths = NAMI_PER_NODE(call, &view, double);
	b.shares = NAMI_PER_NODE(call, &view, double);
	b.distances = NAMI_PER_NODE(call, &view, int64_t);
	b.queue = NAMI_PER_NODE(call, &view, uint32_t);
	b.before_starts = NAMI_PER_NODE(call, &view, uint64_t);
	b.before_ends = NAMI_PER_NODE(call, &view, uint64_t);
	b.before = NAMI_NEW_ARRAY(call->arena, uint32_t, edges + 1);
	for (uint64_t i = 0; i < edges; i++)
		b.before_starts[view.targets[i] + 1]++;
	for (uint32_t u = 0; u < view.count; u++)
		b.before_starts[u + 1] += b.before_starts[u];
	for (uint32_t u = 0; u < view.count; u++)
	{
		uint32_t	count;

		NAMI_TRY(search_from(&b, u, &count, err));
		add_shares(&b, u, count);
	}
	for (uint32_t u = 0; u < view.count && view.is_undirected; u++)
		b.scores[u] *= 0.5;
	return nami_algo_emit_scores(call, &view, b.scores, err);
}

const NamiProcedureRun nami_proc_betweenness = betweenness;

/* ---- shortest paths from one node ---------------------------------------------------------- */

typedef struct Reached
{
	double		distance;
	uint32_t	node;
} Reached;

/* Dijkstra's algorithm with a binary heap; old entries stay in it and are passed over. */
typedef struct Dijkstra
{
	const NamiProcedureCall *call;
	const NamiCsrView *view;
	NamiWork	work;
	double	   *distances;
	uint32_t   *hops;
	NAMI_VEC(Reached) heap;
} Dijkstra;

static bool
is_nearer(const Dijkstra *d, const Reached *a, const Reached *b)
{
	if (a->distance < b->distance || a->distance > b->distance)
		return a->distance < b->distance;
	return d->view->rank[a->node] < d->view->rank[b->node];
}

static void
heap_push(Dijkstra *d, double distance, uint32_t node)
{
	size_t		i = d->heap.count;

	nami_vec_push(&d->heap, d->call->arena, (Reached) {distance, node});
	while (i > 0 && is_nearer(d, &d->heap.items[i], &d->heap.items[(i - 1) / 2]))
	{
		Reached		swap = d->heap.items[i];

		d->heap.items[i] = d->heap.items[(i - 1) / 2];
		d->heap.items[(i - 1) / 2] = swap;
		i = (i - 1) / 2;
	}
}

static Reached
heap_pop(Dijkstra *d)
{
	Reached    *items = d->heap.items;
	Reached		top = items[0];
	size_t		i = 0;

	items[0] = items[--d->heap.count];
	while (2 * i + 1 < d->heap.count)
	{
		size_t		child = 2 * i + 1;
		Reached		swap = items[i];

		if (child + 1 < d->heap.count && is_nearer(d, &items[child + 1], &items[child]))
			child++;
		if (!is_nearer(d, &items[child], &items[i]))
			break;
		items[i] = items[child];
		items[child] = swap;
		i = child;
	}
	return top;
}

/* Without weights every relationship counts 1. */
static NamiStatus
dijkstra(Dijkstra *d, uint32_t source, NamiError *err)
{
	const NamiCsrView *view = d->view;

	for (uint32_t u = 0; u < view->count; u++)
		d->distances[u] = INFINITY;
	d->distances[source] = 0;
	heap_push(d, 0, source);
	while (d->heap.count > 0)
	{
		Reached		reached = heap_pop(d);
		uint32_t	u = reached.node;

		NAMI_TRY(nami_work(&d->work, view->offsets[u + 1] - view->offsets[u] + 1, err));
		if (reached.distance > d->distances[u])
			continue;
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			uint32_t	v = view->targets[i];
			double		distance = reached.distance +
				(view->weights != NULL ? view->weights[i] : 1.0);

			if (distance < d->distances[v])
			{
				d->distances[v] = distance;
				d->hops[v] = d->hops[u] + 1;
				heap_push(d, distance, v);
			}
		}
	}
	return NAMI_OK;
}

/* The node that the option "source" names; NAMI_CSR_NONE when the projection has no such node. */
static NamiStatus
find_source(const NamiOptions *options, const NamiCsrView *view, uint32_t *out, NamiError *err)
{
	const NamiValue *value = nami_option(options, "source");
	NamiId		id;

	if (value == NULL || (value->kind != NAMI_STRING && value->kind != NAMI_NODE))
		return nami_option_fail(options, "source", "the id of a node or a node", err);
	if (value->kind == NAMI_NODE)
	{
		*out = nami_csr_view_number(view, (NamiOrd) value->integer);
		return NAMI_OK;
	}
	if (!nami_uuid_parse(nami_value_str(*value), &id))
		return nami_procedure_fail(options->call, err, "option \"source\" of %.*s() is no id of a "
								   "node: \"%.*s\"",
								   NAMI_STR_ARG(options->call->procedure->name),
								   NAMI_STR_ARG(nami_value_str(*value)));
	*out = nami_csr_view_number(view, nami_snapshot_find_node(options->call->ctx->snapshot, &id));
	return NAMI_OK;
}

static NamiStatus
shortest_path(NamiProcedureCall *call, NamiError *err)
{
	NamiOptions options;
	NamiCsrView view;
	Dijkstra	d = {.call = call, .view = &view, .work = {.call = call}};
	bool		is_weighted = false;
	uint32_t	source = NAMI_CSR_NONE;
	uint32_t   *order;

	NAMI_TRY(nami_options_init(&options, call, 0, err));
	NAMI_TRY(nami_option_bool(&options, "weighted", &is_weighted, err));
	if (nami_option(&options, "source") == NULL)
		return nami_option_fail(&options, "source", "the id of a node or a node", err);
	NAMI_TRY(nami_algo_open(call, &options, true, is_weighted, &view, err));
	NAMI_TRY(find_source(&options, &view, &source, err));
	for (uint64_t i = 0; is_weighted && i < view.offsets[view.count]; i++)
	{
		if (view.weights[i] < 0)
			return nami_procedure_fail(call, err, "%.*s() with weights needs weights that are not "
									   "negative", NAMI_STR_ARG(call->procedure->name));
	}
	if (source == NAMI_CSR_NONE)
		return NAMI_OK;
	d.distances = NAMI_PER_NODE(call, &view, double);
	d.hops = NAMI_PER_NODE(call, &view, uint32_t);
	NAMI_TRY(dijkstra(&d, source, err));
	NAMI_TRY(nami_algo_order(call, &view, d.distances, false, &order, err));
	for (uint32_t i = 0; i < view.count; i++)
	{
		uint32_t	u = order[i];

		if (u != source && d.hops[u] == 0)
			continue;			/* not reached */
		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_node(view.nodes[u]), nami_value_float(d.distances[u]),
			nami_value_int(d.hops[u])
		});
	}
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_shortest_path = shortest_path;

/* ---- fast random projection ---------------------------------------------------------------- */

typedef struct Projection
{
	NamiProcedureCall *call;
	const NamiCsrView *view;
	NamiWork	work;
	uint64_t	dimension;
	double		strength;		/* exponent of the neighbour's degree */
	uint64_t	seed;
	const double *weights;		/* of the hops 0, 1, ... */
	uint32_t	weight_count;
	uint64_t   *offsets;		/* both directions, in the order of the relationships */
	uint32_t   *targets;
} Projection;

/* SplitMix64. */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static void
normalize(float *row, uint64_t dimension)
{
	float		sum = 0;
	float		norm;

	for (uint64_t i = 0; i < dimension; i++)
		sum += row[i] * row[i];
	norm = sqrtf(sum);
	for (uint64_t i = 0; i < dimension && norm > 0; i++)
		row[i] /= norm;
}

/* A very sparse random row, the same for the same seed and number. */
static void
random_row(const Projection *p, uint32_t u, float *row)
{
	uint64_t	state = mix(p->seed ^ (u * UINT64_C(0x9E3779B97F4A7C15)));
	float		value = (float) sqrt(3.0);

	for (uint64_t i = 0; i < p->dimension; i++)
	{
		double		x = (double) (mix(state + i) >> 11) / 9007199254740992.0;

		row[i] = x < 1.0 / 6 ? value : x < 1.0 / 3 ? -value : 0.0f;
	}
	normalize(row, p->dimension);
}

static NamiStatus
make_lists(Projection *p, NamiError *err)
{
	const NamiCsrView *view = p->view;
	uint64_t	edges = view->offsets[view->count];

	NAMI_TRY(nami_procedure_may_take(p->call, edges, 2 * sizeof(uint32_t), err));
	p->offsets = nami_arena_alloc0(p->call->arena, (view->count + (size_t) 2) * sizeof(uint64_t));
	p->targets = NAMI_NEW_ARRAY(p->call->arena, uint32_t, 2 * edges + 1);
	for (uint32_t u = 0; u < view->count; u++)
	{
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			p->offsets[u + 2]++;
			p->offsets[view->targets[i] + 2]++;
		}
	}
	for (uint32_t u = 0; u < view->count; u++)
		p->offsets[u + 2] += p->offsets[u + 1];
	for (uint32_t u = 0; u < view->count; u++)
	{
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			p->targets[p->offsets[u + 1]++] = view->targets[i];
			p->targets[p->offsets[view->targets[i] + 1]++] = u;
		}
	}
	return NAMI_OK;
}

static double
degree_of(const Projection *p, uint32_t u)
{
	uint64_t	degree = p->offsets[u + 1] - p->offsets[u];

	return degree > 0 ? (double) degree : 1.0;
}

/* One hop further: each row becomes the weighted sum of its neighbours'. */
static NamiStatus
spread(Projection *p, const float *from, float *to, NamiError *err)
{
	for (uint32_t u = 0; u < p->view->count; u++)
	{
		float	   *row = to + u * p->dimension;

		memset(row, 0, p->dimension * sizeof(float));
		for (uint64_t i = p->offsets[u]; i < p->offsets[u + 1]; i++)
		{
			uint32_t	v = p->targets[i];
			const float *other = from + v * p->dimension;
			float		factor = (float) (pow(degree_of(p, v), p->strength) / degree_of(p, u));

			NAMI_TRY(nami_work(&p->work, p->dimension, err));
			for (uint64_t j = 0; j < p->dimension; j++)
				row[j] += factor * other[j];
		}
		normalize(row, p->dimension);
		NAMI_TRY(nami_work(&p->work, p->dimension, err));
	}
	return NAMI_OK;
}

static void
add_hop(const Projection *p, double weight, const float *rows, float *sums)
{
	for (uint64_t i = 0; i < p->view->count * p->dimension && weight != 0; i++)
		sums[i] += (float) (weight * rows[i]);
}

static NamiStatus
embed(Projection *p, float **out, NamiError *err)
{
	uint64_t	cells = p->view->count * p->dimension;
	float	   *rows;
	float	   *next;
	float	   *sums;

	NAMI_TRY(nami_procedure_may_take(p->call, cells + 1, 3 * sizeof(float), err));
	NAMI_TRY(make_lists(p, err));
	rows = NAMI_NEW_ARRAY(p->call->arena, float, cells + 1);
	next = NAMI_NEW_ARRAY(p->call->arena, float, cells + 1);
	sums = nami_arena_alloc0(p->call->arena, (cells + 1) * sizeof(float));
	for (uint32_t u = 0; u < p->view->count; u++)
	{
		NAMI_TRY(nami_work(&p->work, p->dimension, err));
		random_row(p, u, rows + u * p->dimension);
	}
	add_hop(p, p->weights[0], rows, sums);
	for (uint32_t hop = 1; hop < p->weight_count; hop++)
	{
		float	   *swap = rows;

		NAMI_TRY(spread(p, rows, next, err));
		add_hop(p, p->weights[hop], next, sums);
		rows = next;
		next = swap;
	}
	*out = sums;
	return NAMI_OK;
}

/* iteration_weights, or those that iterations stands for: [0, 1, ..., 1]. */
static NamiStatus
read_weights(Projection *p, const NamiOptions *options, NamiError *err)
{
	const NamiValue *list = nami_option(options, "iteration_weights");
	uint64_t	iterations = 3;
	double	   *weights;

	NAMI_TRY(nami_option_count(options, "iterations", &iterations, err));
	if (list != NULL && (list->kind != NAMI_LIST || list->len == 0))
		return nami_option_fail(options, "iteration_weights", "a non-empty list of numbers", err);
	if (iterations > 1000000)
		return nami_option_fail(options, "iterations", "1000000 at most", err);
	p->weight_count = list != NULL ? list->len : (uint32_t) iterations + 1;
	p->weights = weights = NAMI_NEW_ARRAY(p->call->arena, double, p->weight_count);
	for (uint32_t i = 0; i < p->weight_count; i++)
	{
		if (list == NULL)
			weights[i] = i > 0;
		else if (list->items[i].kind == NAMI_INT)
			weights[i] = (double) list->items[i].integer;
		else if (list->items[i].kind == NAMI_FLOAT)
			weights[i] = list->items[i].number;
		else
			return nami_option_fail(options, "iteration_weights", "a list of nothing but numbers",
									err);
	}
	return NAMI_OK;
}

static NamiStatus
fast_rp(NamiProcedureCall *call, NamiError *err)
{
	NamiOptions options;
	NamiCsrView view;
	Projection	p = {
		.call = call, .view = &view, .work = {.call = call}, .dimension = 256, .seed = 42,
	};
	float	   *sums;
	double	   *keys;
	uint32_t   *order;

	NAMI_TRY(nami_options_init(&options, call, 0, err));
	NAMI_TRY(nami_option_count(&options, "dimension", &p.dimension, err));
	NAMI_TRY(nami_option_count(&options, "seed", &p.seed, err));
	NAMI_TRY(nami_option_float(&options, "normalization_strength", &p.strength, err));
	NAMI_TRY(read_weights(&p, &options, err));
	if (p.dimension == 0 || p.dimension > UINT32_MAX)
		return nami_procedure_fail(call, err, "option \"dimension\" of %.*s() must be between 1 "
								   "and %u", NAMI_STR_ARG(call->procedure->name), UINT32_MAX);
	NAMI_TRY(nami_algo_open(call, &options, true, false, &view, err));
	NAMI_TRY(embed(&p, &sums, err));
	keys = NAMI_PER_NODE(call, &view, double);
	NAMI_TRY(nami_algo_order(call, &view, keys, false, &order, err));
	for (uint32_t i = 0; i < view.count; i++)
	{
		uint32_t	u = order[i];

		nami_procedure_emit(call, (NamiValue[]) {
			nami_value_node(view.nodes[u]),
			nami_value_vector(sums + u * p.dimension, (uint32_t) p.dimension)
		});
	}
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_fast_rp = fast_rp;
