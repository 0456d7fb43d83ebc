/*
 * snapshot_sample.c - samples of property values and counts of relationships between labels: what
 * the planner knows about a graph beside the counts of snapshot_stats.c (docs/engine.md 1.7).
 */
#include "graph/snapshot_internal.h"

#include <stdlib.h>

#include "base/value_ops.h"

#define TEXT_MAX_BYTES	64

/* ---- samples ------------------------------------------------------------------------------- */

/* Rows of one label or type that are looked at. */
typedef struct Picked
{
	NamiOrd    *ords;			/* of nodes */
	NamiEdgePos *pos;			/* of relationships */
	uint32_t	count;
	uint64_t	of_rows;
} Picked;

static int
compare_values(const void *a, const void *b)
{
	return nami_value_order(*(const NamiValue *) a, *(const NamiValue *) b);
}

static NamiValue
keep_value(NamiArena *arena, NamiValue value)
{
	if (value.kind == NAMI_STRING && value.len > TEXT_MAX_BYTES)
		value.len = TEXT_MAX_BYTES;
	return nami_value_copy(arena, value);
}

/*
 * Estimates the distinct values of all rows from those of the sample: values seen once stand for as
 * many as the sample is smaller than the whole.
 */
static double
estimate_distinct(const NamiKeySample *sample, uint64_t of_rows)
{
	double		distinct = 0;
	double		once = 0;
	double		present;

	for (uint32_t i = 0; i < sample->count;)
	{
		uint32_t	end = i + 1;

		while (end < sample->count &&
			   nami_value_order(sample->values[i], sample->values[end]) == 0)
			end++;
		distinct++;
		once += end == i + 1;
		i = end;
	}
	present = sample->rows > 0 ? (double) of_rows * sample->count / sample->rows : 0;
	if (sample->count > 0 && present > sample->count)
		distinct += once * (present / sample->count - 1) * (once / sample->count);
	return distinct < 1 ? 1 : distinct;
}

/* Sorts the values that are there into memory. */
static void
make_sample(const NamiValue *values, const Picked *picked, NamiArena *memory, NamiKeySample *out)
{
	NamiValue  *kept = NAMI_NEW_ARRAY(memory, NamiValue, picked->count + 1);

	out->rows = picked->count;
	out->count = 0;
	for (uint32_t i = 0; i < picked->count; i++)
	{
		if (values[i].kind != NAMI_NULL)
			kept[out->count++] = keep_value(memory, values[i]);
	}
	qsort(kept, out->count, sizeof(NamiValue), compare_values);
	out->values = kept;
	out->distinct = estimate_distinct(out, picked->of_rows);
}

static const NamiKeySample *
find_sample(const NamiImage *image, bool of_edges, uint32_t name, NamiKeyId key)
{
	for (const NamiSampleEntry *entry = image->samples; entry != NULL; entry = entry->next)
	{
		if (entry->of_edges == of_edges && entry->name == name && entry->key == key)
			return &entry->sample;
	}
	return NULL;
}

static NamiSampleEntry *
new_entry(NamiImage *image, bool of_edges, uint32_t name, NamiKeyId key)
{
	NamiSampleEntry *entry = NAMI_NEW(image->arena, NamiSampleEntry);

	entry->of_edges = of_edges;
	entry->name = name;
	entry->key = key;
	return entry;
}

/* Linked only when it is complete: an error on the way leaves nothing half made. */
static const NamiKeySample *
link_entry(NamiImage *image, NamiSampleEntry *entry)
{
	entry->next = image->samples;
	image->samples = entry;
	return &entry->sample;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static uint64_t
rows_of_label(const NamiNodeImage *nodes, const NamiLabelId *labels, uint32_t count)
{
	uint64_t	rows = 0;

	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		if (nami_group_has_labels(&nodes->groups[g], labels, count))
			rows += nodes->groups[g].hi - nodes->groups[g].lo;
	}
	return rows;
}

/* Ordinals of the image, spread evenly over the label's groups. */
static void
pick_image_nodes(const NamiNodeImage *nodes, const NamiLabelId *labels, uint32_t label_count,
				 NamiArena *arena, Picked *out)
{
	uint64_t	total = rows_of_label(nodes, labels, label_count);
	uint64_t	want = total < NAMI_SAMPLE_ROWS ? total : NAMI_SAMPLE_ROWS;
	uint64_t	before = 0;

	out->of_rows = total;
	out->ords = NAMI_NEW_ARRAY(arena, NamiOrd, NAMI_SAMPLE_ROWS);
	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		const NamiImageGroup *group = &nodes->groups[g];
		uint64_t	rows = group->hi - group->lo;

		if (!nami_group_has_labels(group, labels, label_count))
			continue;
		while (out->count < want && out->count * total / want < before + rows)
		{
			out->ords[out->count] = group->lo + (NamiOrd) (out->count * total / want - before);
			out->count++;
		}
		before += rows;
	}
}

/* The first nodes of a scan: of a label that the image does not know. */
static void
pick_newer_nodes(const NamiSnapshot *snapshot, const NamiLabelId *labels, uint32_t label_count,
				 NamiArena *arena, Picked *out)
{
	NamiNodeScan scan;
	bool		is_range;

	out->ords = NAMI_NEW_ARRAY(arena, NamiOrd, NAMI_SAMPLE_ROWS);
	nami_node_scan_init(&scan, snapshot, labels, label_count, arena);
	out->count = nami_node_scan_next(&scan, out->ords, NAMI_SAMPLE_ROWS, &is_range);
	out->of_rows = out->count;
	if (out->count > 0)
		out->of_rows = nami_snapshot_count_nodes(snapshot, labels, label_count);
}

static bool
read_nodes(const NamiSnapshot *snapshot, NamiKeyId key, const Picked *picked, NamiArena *arena,
		   NamiArena *memory, NamiKeySample *out)
{
	NamiValue  *values = NAMI_NEW_ARRAY(arena, NamiValue, picked->count + 1);
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_snapshot_node_property(snapshot, key, picked->ords, picked->count, arena, values,
									&err) != NAMI_OK)
		return false;			/* a node that cannot be read: the query itself will say so */
	make_sample(values, picked, memory, out);
	return true;
}

const NamiKeySample *
nami_snapshot_node_sample(const NamiSnapshot *snapshot, NamiLabelId label, NamiKeyId key,
						  NamiArena *arena)
{
	NamiImage  *image = snapshot->view->image;
	uint32_t	label_count = label == NAMI_NAME_UNKNOWN ? 0 : 1;
	const NamiKeySample *known = find_sample(image, false, label, key);
	Picked		picked = {0};
	NamiSnapshot bare = {.view = snapshot->view};
	NamiSampleEntry *entry;

	if (known != NULL)
		return known;
	pick_image_nodes(&image->nodes, &label, label_count, arena, &picked);
	if (picked.count == 0)
	{
		NamiKeySample *sample = NAMI_NEW(arena, NamiKeySample);

		pick_newer_nodes(snapshot, &label, label_count, arena, &picked);
		if (picked.count == 0 || !read_nodes(snapshot, key, &picked, arena, arena, sample))
			return NULL;
		return sample;
	}
	entry = new_entry(image, false, label, key);
	if (!read_nodes(&bare, key, &picked, arena, image->arena, &entry->sample))
		return NULL;
	return link_entry(image, entry);
}

/* ---- relationships ------------------------------------------------------------------------- */

static bool
read_edges(const NamiSnapshot *snapshot, NamiTypeId type, NamiKeyId key, const Picked *picked,
		   NamiArena *arena, NamiArena *memory, NamiKeySample *out)
{
	NamiValue  *values = NAMI_NEW_ARRAY(arena, NamiValue, picked->count + 1);
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_snapshot_edge_property(snapshot, type, key, picked->pos, picked->count, arena, values,
									&err) != NAMI_OK)
		return false;
	make_sample(values, picked, memory, out);
	return true;
}

static const NamiKeySample *
sample_newer_edges(const NamiSnapshot *snapshot, NamiTypeId type, NamiKeyId key, NamiArena *arena)
{
	NamiKeySample *sample = NAMI_NEW(arena, NamiKeySample);
	NamiOrd    *ends = NAMI_NEW_ARRAY(arena, NamiOrd, 2 * NAMI_SAMPLE_ROWS);
	Picked		picked = {0};
	NamiEdgeScan scan;

	picked.pos = NAMI_NEW_ARRAY(arena, NamiEdgePos, NAMI_SAMPLE_ROWS);
	nami_edge_scan_init(&scan, snapshot, type, arena);
	picked.count = nami_edge_scan_next(&scan, ends, ends + NAMI_SAMPLE_ROWS, picked.pos,
									   NAMI_SAMPLE_ROWS);
	picked.of_rows = picked.count;
	if (picked.count == 0 || !read_edges(snapshot, type, key, &picked, arena, arena, sample))
		return NULL;
	return sample;
}

const NamiKeySample *
nami_snapshot_edge_sample(const NamiSnapshot *snapshot, NamiTypeId type, NamiKeyId key,
						  NamiArena *arena)
{
	NamiImage  *image = snapshot->view->image;
	const NamiEdgeImage *edges = nami_view_edge_image(snapshot->view, type);
	const NamiKeySample *known = find_sample(image, true, type, key);
	NamiSnapshot bare = {.view = snapshot->view};
	Picked		picked = {0};
	NamiSampleEntry *entry;

	if (known != NULL)
		return known;
	if (edges == NULL || edges->count == 0)
		return sample_newer_edges(snapshot, type, key, arena);
	picked.of_rows = edges->count;
	picked.count = edges->count < NAMI_SAMPLE_ROWS ? edges->count : NAMI_SAMPLE_ROWS;
	picked.pos = NAMI_NEW_ARRAY(arena, NamiEdgePos, NAMI_SAMPLE_ROWS);
	for (uint32_t i = 0; i < picked.count; i++)
		picked.pos[i] = (NamiEdgePos) ((uint64_t) i * edges->count / picked.count);
	entry = new_entry(image, true, type, key);
	if (!read_edges(&bare, type, key, &picked, arena, image->arena, &entry->sample))
		return NULL;
	return link_entry(image, entry);
}

/* ---- relationships between labels ---------------------------------------------------------- */

static bool
has_labels(const NamiSnapshot *snapshot, NamiOrd ord, const NamiLabelId *labels, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (!nami_snapshot_has_label(snapshot, ord, labels[i]))
			return false;
	}
	return true;
}

typedef struct Ends
{
	const NamiLabelId *sources;
	uint32_t	source_count;
	const NamiLabelId *targets;
	uint32_t	target_count;
} Ends;

static double
image_edges_between(const NamiNodeImage *nodes, const NamiEdgeImage *image, const Ends *ends)
{
	double		edges = 0;

	if (image->pair_count == 0)
		return image->live_count;	/* too many pairs to be counted */
	for (uint32_t i = 0; i < image->pair_count; i++)
	{
		const NamiGroupPair *pair = &image->pairs[i];

		if (pair->src_group >= nodes->group_count || pair->dst_group >= nodes->group_count)
			continue;
		if (nami_group_has_labels(&nodes->groups[pair->src_group], ends->sources,
								  ends->source_count) &&
			nami_group_has_labels(&nodes->groups[pair->dst_group], ends->targets,
								  ends->target_count))
			edges += (double) pair->edges;
	}
	return edges;
}

/* Newer relationships: some of them are looked at, the rest is like them. */
static double
newer_edges_between(const NamiSnapshot *snapshot, const NamiDeltaType *delta, const Ends *ends)
{
	size_t		count = delta->edges.count;
	size_t		step = count / NAMI_SAMPLE_ROWS + 1;
	double		edges = 0;

	for (size_t i = 0; i < count; i += step)
	{
		const NamiDeltaEdge *edge = &delta->edges.items[i];

		if (edge->is_live && !edge->in_image &&
			has_labels(snapshot, edge->src, ends->sources, ends->source_count) &&
			has_labels(snapshot, edge->dst, ends->targets, ends->target_count))
			edges += (double) step;
	}
	return edges;
}

static double
staged_edges_between(const NamiSnapshot *snapshot, NamiTypeId type)
{
	const NamiOwnWrites *own = snapshot->own;
	size_t		count = own != NULL ? own->edges.count : 0;
	size_t		step = count / NAMI_SAMPLE_ROWS + 1;
	double		edges = 0;

	for (size_t i = 0; i < count; i += step)
		edges += own->edges.items[i].type == type ? (double) step : 0;
	return edges;
}

double
nami_snapshot_edges_between(const NamiSnapshot *snapshot, NamiTypeId type,
							const NamiLabelId *sources, uint32_t source_count,
							const NamiLabelId *targets, uint32_t target_count)
{
	const NamiView *view = snapshot->view;
	const NamiEdgeImage *image = nami_view_edge_image(view, type);
	const NamiDeltaType *delta = nami_view_delta_type(view, type);
	Ends		ends = {sources, source_count, targets, target_count};
	double		edges = staged_edges_between(snapshot, type);

	if (image != NULL)
		edges += image_edges_between(&view->image->nodes, image, &ends);
	if (delta != NULL)
		edges += newer_edges_between(snapshot, delta, &ends);
	return edges;
}
