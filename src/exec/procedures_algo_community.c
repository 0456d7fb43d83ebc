/*
 * procedures_algo_community.c - algo.label_propagation, louvain (spec/search.md 7).
 */
#include "exec/procedures_algo.h"

#include <math.h>
#include <stdlib.h>

/* ---- label propagation --------------------------------------------------------------------- */

/* The label that u takes: its own when it is among the most frequent, else the smallest of these. */
static uint32_t
best_label(const NamiCsrView *simple, const uint32_t *labels, uint32_t *counts, uint32_t u)
{
	uint32_t	best = labels[u];
	uint32_t	most = 0;

	for (uint64_t i = simple->offsets[u]; i < simple->offsets[u + 1]; i++)
	{
		uint32_t	count = ++counts[labels[simple->targets[i]]];

		most = count > most ? count : most;
	}
	if (counts[labels[u]] != most)
	{
		best = UINT32_MAX;
		for (uint64_t i = simple->offsets[u]; i < simple->offsets[u + 1]; i++)
		{
			uint32_t	label = labels[simple->targets[i]];

			if (counts[label] == most && label < best)
				best = label;
		}
	}
	for (uint64_t i = simple->offsets[u]; i < simple->offsets[u + 1]; i++)
		counts[labels[simple->targets[i]]] = 0;
	return best;
}

static NamiStatus
label_propagation(NamiProcedureCall *call, NamiError *err)
{
	NamiWork	work = {.call = call};
	uint64_t	rounds = 10;
	bool		has_changed = true;
	NamiOptions options;
	NamiCsrView view;
	NamiCsrView simple;
	uint32_t   *labels;
	uint32_t   *counts;

	NAMI_TRY(nami_options_init(&options, call, 0, err));
	NAMI_TRY(nami_option_count(&options, "max_iterations", &rounds, err));
	NAMI_TRY(nami_algo_open(call, &options, true, false, &view, err));
	NAMI_TRY(nami_csr_view_simple(call, &view, &simple, err));
	labels = NAMI_PER_NODE(call, &view, uint32_t);
	counts = NAMI_PER_NODE(call, &view, uint32_t);
	for (uint32_t u = 0; u < view.count; u++)
		labels[u] = u;
	for (uint64_t round = 0; round < rounds && has_changed; round++)
	{
		has_changed = false;
		for (uint32_t u = 0; u < view.count; u++)
		{
			uint32_t	label = best_label(&simple, labels, counts, u);

			NAMI_TRY(nami_work(&work, simple.offsets[u + 1] - simple.offsets[u] + 1, err));
			has_changed = has_changed || label != labels[u];
			labels[u] = label;
		}
	}
	(void) nami_algo_renumber(labels, view.count, counts);
	return nami_algo_emit_numbers(call, &view, labels, err);
}

const NamiProcedureRun nami_proc_label_propagation = label_propagation;

/* ---- Louvain ------------------------------------------------------------------------------- */

/* A gain counts when it is greater than the best one by more than this. */
#define GAIN_EPSILON	2.220446049250313e-16

/* One level: a weighted undirected graph, loops apart, and where its nodes belong. */
typedef struct Level
{
	uint32_t	count;
	uint64_t   *offsets;
	uint32_t   *targets;
	double	   *weights;
	double	   *loops;
	uint32_t   *communities;
	double	   *incident;		/* k: weight of all relationships, loops twice */
	double	   *totals;			/* by community */
} Level;

typedef struct Louvain
{
	NamiProcedureCall *call;
	NamiWork	work;
	double		total;			/* m: weight of all relationships */
	double	   *sums;			/* by community: weight towards it; zero between two nodes */
	bool	   *is_candidate;
	uint32_t   *candidates;
} Louvain;

/* Every stored relationship counts once, in the list of both ends. */
static NamiStatus
first_level(Louvain *l, const NamiCsrView *view, Level *level, NamiError *err)
{
	uint64_t	edges = view->offsets[view->count];
	uint64_t   *places;

	NAMI_TRY(nami_procedure_may_take(l->call, edges, 2 * (sizeof(uint32_t) + sizeof(double)),
									 err));
	*level = (Level) {.count = view->count};
	level->offsets = nami_arena_alloc0(l->call->arena, (view->count + (size_t) 2) *
									   sizeof(uint64_t));
	level->loops = NAMI_PER_NODE(l->call, view, double);
	for (uint32_t u = 0; u < view->count; u++)
	{
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			l->total += view->weights[i];
			if (view->targets[i] == u)
				level->loops[u] += view->weights[i];
			else
			{
				level->offsets[u + 2]++;
				level->offsets[view->targets[i] + 2]++;
			}
		}
	}
	for (uint32_t i = 0; i < view->count; i++)
		level->offsets[i + 2] += level->offsets[i + 1];
	places = level->offsets + 1;
	level->targets = NAMI_NEW_ARRAY(l->call->arena, uint32_t, 2 * edges + 1);
	level->weights = NAMI_NEW_ARRAY(l->call->arena, double, 2 * edges + 1);
	for (uint32_t u = 0; u < view->count; u++)
	{
		NAMI_TRY(nami_work(&l->work, view->offsets[u + 1] - view->offsets[u] + 1, err));
		for (uint64_t i = view->offsets[u]; i < view->offsets[u + 1]; i++)
		{
			uint32_t	v = view->targets[i];

			if (v == u)
				continue;
			level->weights[places[u]] = level->weights[places[v]] = view->weights[i];
			level->targets[places[u]++] = v;
			level->targets[places[v]++] = u;
		}
	}
	return NAMI_OK;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *) a;
	uint32_t	y = *(const uint32_t *) b;

	return x < y ? -1 : x > y;
}

/* Adds up the weights from u to each community around it; returns how many there are. */
static uint32_t
gather(Louvain *l, const Level *level, uint32_t u)
{
	uint32_t	count = 0;

	for (uint64_t i = level->offsets[u]; i < level->offsets[u + 1]; i++)
	{
		uint32_t	community = level->communities[level->targets[i]];

		if (!l->is_candidate[community])
		{
			l->is_candidate[community] = true;
			l->candidates[count++] = community;
		}
		l->sums[community] += level->weights[i];
	}
	if (count > 1)
		qsort(l->candidates, count, sizeof(uint32_t), compare_numbers);
	return count;
}

/* Moves u to the community where it gains most; was it another one? */
static bool
move_node(Louvain *l, Level *level, uint32_t u)
{
	uint32_t	own = level->communities[u];
	uint32_t	best = own;
	uint32_t	count = gather(l, level, u);
	double		k = level->incident[u];
	double		best_gain;

	level->totals[own] -= k;
	best_gain = l->sums[own] - level->totals[own] * k / (2 * l->total);
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	community = l->candidates[i];
		double		gain = l->sums[community] - level->totals[community] * k / (2 * l->total);

		if (community != own && gain > best_gain + GAIN_EPSILON)
		{
			best = community;
			best_gain = gain;
		}
	}
	for (uint32_t i = 0; i < count; i++)
	{
		l->sums[l->candidates[i]] = 0;
		l->is_candidate[l->candidates[i]] = false;
	}
	level->totals[best] += k;
	level->communities[u] = best;
	return best != own;
}

static NamiStatus
sweep_level(Louvain *l, Level *level, uint64_t rounds, bool *has_moved, NamiError *err)
{
	bool		moves = true;

	*has_moved = false;
	level->communities = NAMI_NEW_ARRAY(l->call->arena, uint32_t, level->count + (size_t) 1);
	level->incident = NAMI_NEW_ARRAY(l->call->arena, double, level->count + (size_t) 1);
	level->totals = NAMI_NEW_ARRAY(l->call->arena, double, level->count + (size_t) 1);
	for (uint32_t u = 0; u < level->count; u++)
	{
		double		k = 0;

		for (uint64_t i = level->offsets[u]; i < level->offsets[u + 1]; i++)
			k += level->weights[i];
		level->communities[u] = u;
		level->incident[u] = level->totals[u] = k + 2 * level->loops[u];
	}
	for (uint64_t round = 0; (round < rounds || round == 0) && moves; round++)
	{
		moves = false;
		for (uint32_t u = 0; u < level->count; u++)
		{
			NAMI_TRY(nami_work(&l->work, level->offsets[u + 1] - level->offsets[u] + 1, err));
			moves = move_node(l, level, u) || moves;
		}
		*has_moved = *has_moved || moves;
	}
	return NAMI_OK;
}

/* How good the communities are: Newman's modularity. */
static double
modularity(Louvain *l, const Level *level, uint32_t community_count)
{
	double	   *inside = nami_arena_alloc0(l->call->arena, (community_count + (size_t) 1) *
										   sizeof(double));
	double	   *totals = nami_arena_alloc0(l->call->arena, (community_count + (size_t) 1) *
										   sizeof(double));
	double		quality = 0;

	for (uint32_t u = 0; u < level->count; u++)
	{
		uint32_t	community = level->communities[u];

		totals[community] += level->incident[u];
		inside[community] += level->loops[u];
		for (uint64_t i = level->offsets[u]; i < level->offsets[u + 1]; i++)
		{
			if (level->communities[level->targets[i]] == community)
				inside[community] += level->weights[i] / 2;
		}
	}
	for (uint32_t c = 0; c < community_count; c++)
		quality += inside[c] / l->total -
			(totals[c] / (2 * l->total)) * (totals[c] / (2 * l->total));
	return quality;
}

/* The nodes of each community, one community after the other, ascending. */
static void
group_members(const Level *level, uint32_t community_count, uint64_t *starts, uint32_t *members)
{
	for (uint32_t u = 0; u < level->count; u++)
		starts[level->communities[u] + 2]++;
	for (uint32_t c = 0; c < community_count; c++)
		starts[c + 2] += starts[c + 1];
	for (uint32_t u = 0; u < level->count; u++)
		members[starts[level->communities[u] + 1]++] = u;
}

/* Communities become the nodes of the next level. */
static NamiStatus
next_level(Louvain *l, const Level *level, uint32_t community_count, Level *out, NamiError *err)
{
	NamiArena  *arena = l->call->arena;
	uint64_t   *starts = nami_arena_alloc0(arena, (community_count + (size_t) 2) *
										   sizeof(uint64_t));
	uint32_t   *members = NAMI_NEW_ARRAY(arena, uint32_t, level->count + (size_t) 1);
	uint64_t	used = 0;

	NAMI_TRY(nami_procedure_may_take(l->call, level->offsets[level->count],
									 sizeof(uint32_t) + sizeof(double), err));
	*out = (Level) {.count = community_count};
	out->offsets = nami_arena_alloc0(arena, (community_count + (size_t) 2) * sizeof(uint64_t));
	out->loops = nami_arena_alloc0(arena, (community_count + (size_t) 1) * sizeof(double));
	out->targets = NAMI_NEW_ARRAY(arena, uint32_t, level->offsets[level->count] + 1);
	out->weights = NAMI_NEW_ARRAY(arena, double, level->offsets[level->count] + 1);
	group_members(level, community_count, starts, members);
	for (uint32_t c = 0; c < community_count; c++)
	{
		uint32_t	count = 0;

		for (uint64_t m = starts[c]; m < starts[c + 1]; m++)
		{
			uint32_t	u = members[m];

			NAMI_TRY(nami_work(&l->work, level->offsets[u + 1] - level->offsets[u] + 1, err));
			out->loops[c] += level->loops[u];
			for (uint64_t i = level->offsets[u]; i < level->offsets[u + 1]; i++)
			{
				uint32_t	other = level->communities[level->targets[i]];

				if (other == c)
				{
					out->loops[c] += level->weights[i] / 2;
					continue;
				}
				if (!l->is_candidate[other])
				{
					l->is_candidate[other] = true;
					l->candidates[count++] = other;
				}
				l->sums[other] += level->weights[i];
			}
		}
		if (count > 1)
			qsort(l->candidates, count, sizeof(uint32_t), compare_numbers);
		for (uint32_t i = 0; i < count; i++)
		{
			out->targets[used] = l->candidates[i];
			out->weights[used++] = l->sums[l->candidates[i]];
			l->sums[l->candidates[i]] = 0;
			l->is_candidate[l->candidates[i]] = false;
		}
		out->offsets[c + 1] = used;
	}
	return NAMI_OK;
}

static NamiStatus
find_communities(Louvain *l, const NamiCsrView *view, uint64_t levels, uint64_t rounds,
				 double tolerance, uint32_t *membership, NamiError *err)
{
	double		best = -INFINITY;
	uint32_t   *scratch = NAMI_PER_NODE(l->call, view, uint32_t);
	Level		level;

	l->sums = NAMI_PER_NODE(l->call, view, double);
	l->is_candidate = NAMI_PER_NODE(l->call, view, bool);
	l->candidates = NAMI_PER_NODE(l->call, view, uint32_t);
	NAMI_TRY(first_level(l, view, &level, err));
	if (!(l->total > 0))
		return NAMI_OK;
	for (uint64_t i = 0; i < levels || i == 0; i++)
	{
		bool		has_moved;
		uint32_t	communities;
		double		quality;
		Level		next;

		NAMI_TRY(sweep_level(l, &level, rounds, &has_moved, err));
		communities = nami_algo_renumber(level.communities, level.count, scratch);
		for (uint32_t u = 0; u < view->count; u++)
			membership[u] = level.communities[membership[u]];
		quality = modularity(l, &level, communities);
		if (!has_moved || communities == level.count || quality - best < tolerance)
			break;
		best = quality;
		NAMI_TRY(next_level(l, &level, communities, &next, err));
		level = next;
	}
	return NAMI_OK;
}

static NamiStatus
louvain(NamiProcedureCall *call, NamiError *err)
{
	Louvain		l = {.call = call, .work = {.call = call}};
	uint64_t	levels = 10;
	uint64_t	rounds = 10;
	double		tolerance = 1e-4;
	NamiOptions options;
	NamiCsrView view;
	uint32_t   *membership;

	NAMI_TRY(nami_options_init(&options, call, 0, err));
	NAMI_TRY(nami_option_count(&options, "max_levels", &levels, err));
	NAMI_TRY(nami_option_count(&options, "max_iterations", &rounds, err));
	NAMI_TRY(nami_option_float(&options, "tolerance", &tolerance, err));
	NAMI_TRY(nami_algo_open(call, &options, true, true, &view, err));
	membership = NAMI_PER_NODE(call, &view, uint32_t);
	for (uint32_t u = 0; u < view.count; u++)
		membership[u] = u;
	NAMI_TRY(find_communities(&l, &view, levels, rounds, tolerance, membership, err));
	(void) nami_algo_renumber(membership, view.count, NAMI_PER_NODE(call, &view, uint32_t));
	return nami_algo_emit_numbers(call, &view, membership, err);
}

const NamiProcedureRun nami_proc_louvain = louvain;
