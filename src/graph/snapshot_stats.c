/*
 * snapshot_stats.c - estimates for the planner, from what the image's parts counted
 * (docs/engine.md 1.7). Newer rows are not counted: they are few.
 */
#include "graph/snapshot_internal.h"

void
nami_snapshot_key_stats(const NamiSnapshot *snapshot, NamiLabelId label, NamiKeyId key,
						NamiKeyStats *out)
{
	const NamiNodeImage *nodes = &snapshot->view->image->nodes;
	uint32_t	label_count = label == NAMI_NAME_UNKNOWN ? 0 : 1;
	double		rows = 0;
	double		present = 0;
	bool		all_numeric = true;

	*out = (NamiKeyStats) {.distinct = 1};
	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		const NamiImageGroup *group = &nodes->groups[g];
		const NamiSegment *segment;

		if (!nami_group_has_labels(group, &label, label_count))
			continue;
		rows += group->hi - group->lo;
		segment = nami_segments_find(group->segments, group->segment_count, key);
		if (segment == NULL)
			continue;
		present += (double) segment->stats->present;

		/* Groups of one label mostly draw from the same values. */
		if (segment->stats->distinct > out->distinct)
			out->distinct = segment->stats->distinct;
		if (!segment->stats->has_range)
			all_numeric = false;
		else if (!out->has_range)
		{
			out->has_range = true;
			out->min = segment->stats->min;
			out->max = segment->stats->max;
		}
		else
		{
			out->min = segment->stats->min < out->min ? segment->stats->min : out->min;
			out->max = segment->stats->max > out->max ? segment->stats->max : out->max;
		}
	}
	out->has_range = out->has_range && all_numeric;
	if (rows > 0)
		out->present_fraction = present / rows;
	else if (snapshot->view->delta.nodes.count > 0 || snapshot->own != NULL)
		out->present_fraction = 1;	/* nothing is known: every node may have it */
}

/* A label that all source (or target) groups have; NAMI_NAME_UNKNOWN when there is none. */
static NamiLabelId
common_label(const NamiNodeImage *nodes, const NamiEdgeImage *image, bool of_sources)
{
	const NamiImageGroup *first;

	if (image->pair_count == 0)
		return NAMI_NAME_UNKNOWN;
	first = &nodes->groups[of_sources ? image->pairs[0].src_group : image->pairs[0].dst_group];
	for (uint32_t i = 0; i < first->label_count; i++)
	{
		bool		in_all = true;

		for (uint32_t p = 1; p < image->pair_count && in_all; p++)
		{
			uint32_t	group = of_sources ? image->pairs[p].src_group : image->pairs[p].dst_group;

			in_all = group < nodes->group_count &&
				nami_group_has_labels(&nodes->groups[group], &first->labels[i], 1);
		}
		if (in_all)
			return first->labels[i];
	}
	return NAMI_NAME_UNKNOWN;
}

void
nami_snapshot_type_stats(const NamiSnapshot *snapshot, NamiTypeId type, NamiTypeStats *out)
{
	const NamiView *view = snapshot->view;
	const NamiEdgeImage *image = nami_view_edge_image(view, type);
	const NamiDeltaType *delta = nami_view_delta_type(view, type);
	bool		is_pure = delta == NULL && view->delta.nodes.count == 0 && snapshot->own == NULL;

	*out = (NamiTypeStats) {.source_label = NAMI_NAME_UNKNOWN, .target_label = NAMI_NAME_UNKNOWN};
	if (image != NULL)
	{
		out->edges = image->count;
		out->sources = image->source_count;
		out->targets = image->target_count;
		out->has_self_loops = image->has_self_loops;
		out->source_label = common_label(&view->image->nodes, image, true);
		out->target_label = common_label(&view->image->nodes, image, false);
		out->source_label_proven = is_pure && out->source_label != NAMI_NAME_UNKNOWN;
		out->target_label_proven = is_pure && out->target_label != NAMI_NAME_UNKNOWN;
	}
	if (delta != NULL)
	{
		out->edges += (double) delta->added.count;
		out->sources += delta->heads_out.count;
		out->targets += delta->heads_in.count;
		for (size_t i = 0; i < delta->edges.count && !out->has_self_loops; i++)
			out->has_self_loops = delta->edges.items[i].src == delta->edges.items[i].dst;
	}
	if (snapshot->own != NULL)
	{
		for (size_t i = 0; i < snapshot->own->edges.count; i++)
		{
			const NamiOwnEdge *edge = &snapshot->own->edges.items[i];

			if (edge->type != type)
				continue;
			out->edges++;
			out->has_self_loops = out->has_self_loops || edge->src == edge->dst;
		}
		if (out->sources < 1 && out->edges > 0)
			out->sources = out->targets = out->edges;
	}
}

uint64_t
nami_snapshot_rows(const NamiSnapshot *snapshot, uint64_t *own)
{
	const NamiView *view = snapshot->view;

	*own = snapshot->own == NULL ? 0 : snapshot->own->nodes.count + snapshot->own->edges.count;
	return view->image->nodes.live_count + view->image->edge_count + view->delta.row_count;
}

uint64_t
nami_snapshot_size_of_type(const NamiSnapshot *snapshot, NamiTypeId type)
{
	const NamiEdgeImage *image = nami_view_edge_image(snapshot->view, type);
	const NamiDeltaType *delta = nami_view_delta_type(snapshot->view, type);
	uint64_t	count = (image == NULL ? 0 : image->count) + (delta == NULL ? 0 : delta->added.count);

	for (size_t i = 0; snapshot->own != NULL && i < snapshot->own->edges.count; i++)
		count += snapshot->own->edges.items[i].type == type;
	return count;
}
