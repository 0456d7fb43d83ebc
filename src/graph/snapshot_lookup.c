/*
 * snapshot_lookup.c - nodes by label and property values; see snapshot.h and docs/engine.md 1.6.
 *
 * Each layer is asked on its own: the image (by an index once it pays, else by scanning the groups),
 * the delta's nodes (likewise), the staged ones (own_index.c). What a newer layer overrides does not
 * count in an older one.
 */
#include "graph/snapshot_internal.h"
#include "base/value_ops.h"

/* A declared index is built at once; any other when lookups have scanned so many times its rows. */
#define SCANS_BEFORE_INDEX	6

/* Below this an index is not worth its memory. */
#define INDEX_ROWS_MIN		64

typedef struct Lookup
{
	const NamiSnapshot *snapshot;
	const NamiOwnBinding *binding;
	NamiLabelId label;			/* NAMI_NAME_UNKNOWN: any */
	uint32_t	label_count;	/* 0 or 1 */
	const NamiKeyId *keys;
	const NamiValue *values;
	uint32_t	key_count;
	NamiArena  *arena;
	NAMI_VEC(NamiOrd) found;
	NamiError  *err;
} Lookup;

static uint64_t
hash_values(const NamiValue *values, uint32_t count)
{
	uint64_t	hash = count;

	for (uint32_t i = 0; i < count; i++)
		hash = nami_hash_mix(hash, nami_value_hash(values[i]));
	return hash;
}

static uint32_t
bucket_of(uint64_t hash, uint32_t mask)
{
	return (uint32_t) (hash >> 32) & mask;
}

/* ---- indexes ------------------------------------------------------------------------------- */

static NamiLookupIndex *
find_index(NamiLookupIndex **list, NamiArena *memory, const Lookup *lookup)
{
	NamiLookupIndex *index;

	for (index = *list; index != NULL; index = index->next)
	{
		if (index->label == lookup->label && index->key_count == lookup->key_count &&
			memcmp(index->keys, lookup->keys, lookup->key_count * sizeof(NamiKeyId)) == 0)
			return index;
	}
	index = NAMI_NEW(memory, NamiLookupIndex);
	index->label = lookup->label;
	index->key_count = lookup->key_count;
	index->keys = nami_arena_memdup(memory, lookup->keys, lookup->key_count * sizeof(NamiKeyId));
	index->next = *list;
	*list = index;
	return index;
}

typedef struct IndexItem
{
	uint64_t	hash;
	uint32_t	item;
} IndexItem;

typedef NAMI_VEC(IndexItem) IndexItems;

/* Distributes the items into buckets, in their order. */
static void
fill_index(NamiLookupIndex *index, NamiArena *memory, const IndexItems *from)
{
	uint32_t	count = (uint32_t) from->count;
	uint32_t	bucket_count = nami_map_slot_count(count);
	uint32_t   *offsets = nami_arena_alloc0(memory, ((size_t) bucket_count + 1) *
											sizeof(uint32_t));
	uint32_t   *items = NAMI_NEW_ARRAY(memory, uint32_t, count);

	for (uint32_t i = 0; i < count; i++)
		offsets[bucket_of(from->items[i].hash, bucket_count - 1) + 1]++;
	for (uint32_t b = 0; b < bucket_count; b++)
		offsets[b + 1] += offsets[b];
	for (uint32_t i = 0; i < count; i++)
		items[offsets[bucket_of(from->items[i].hash, bucket_count - 1)]++] = from->items[i].item;

	/* Each offset has moved to the end of its bucket, which is the begin of the next. */
	memmove(offsets + 1, offsets, (size_t) bucket_count * sizeof(uint32_t));
	offsets[0] = 0;
	index->bucket_mask = bucket_count - 1;
	index->bucket_offsets = offsets;
	index->items = items;
	index->is_built = true;
}

/* The values of an image row; false when one of them is missing. */
static bool
row_values(const NamiSegment *const *segments, uint32_t count, uint32_t row, NamiArena *arena,
		   NamiValue *values)
{
	for (uint32_t i = 0; i < count; i++)
	{
		values[i] = segments[i] == NULL ? nami_value_null() :
			nami_segment_get(segments[i], row, arena);
		if (nami_value_is_null(values[i]))
			return false;
	}
	return true;
}

/* The group's segments of the keys; false when one is missing: no node of it has all of them. */
static bool
group_segments(const Lookup *lookup, const NamiImageGroup *group, const NamiSegment **segments)
{
	for (uint32_t i = 0; i < lookup->key_count; i++)
	{
		segments[i] = nami_segments_find(group->segments, group->segment_count, lookup->keys[i]);
		if (segments[i] == NULL)
			return false;
	}
	return nami_group_has_labels(group, &lookup->label, lookup->label_count);
}

static void
build_image_index(const Lookup *lookup, NamiLookupIndex *index)
{
	NamiImage  *image = lookup->snapshot->view->image;
	const NamiSegment **segments = NAMI_NEW_ARRAY(lookup->arena, const NamiSegment *,
												  lookup->key_count);
	NamiValue  *values = NAMI_NEW_ARRAY(lookup->arena, NamiValue, lookup->key_count);
	NamiArena  *rows = nami_arena_create(nami_arena_allocator(lookup->arena),
										 nami_arena_account(lookup->arena));
	IndexItems	items = {0};

	for (uint32_t g = 0; g < image->nodes.group_count; g++)
	{
		const NamiImageGroup *group = &image->nodes.groups[g];

		if (!group_segments(lookup, group, segments))
			continue;
		for (NamiOrd ord = group->lo; ord < group->hi; ord++)
		{
			if (row_values(segments, lookup->key_count, ord - group->lo, rows, values) &&
				nami_poison_find(&image->nodes.poison, ord).ptr == NULL)
				nami_vec_push(&items, lookup->arena,
							  (IndexItem) {hash_values(values, lookup->key_count), ord});
			if (ord % 4096 == 0)
				nami_arena_reset(rows);
		}
	}
	nami_arena_destroy(rows);
	fill_index(index, image->arena, &items);
}

static bool
is_declared(const Lookup *lookup)
{
	const NamiSchema *schema = nami_snapshot_schema(lookup->snapshot);
	size_t		key_bytes = lookup->key_count * sizeof(NamiKeyId);

	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		if (schema->constraints[i].label == lookup->label &&
			schema->constraints[i].key_count == lookup->key_count &&
			memcmp(schema->constraints[i].keys, lookup->keys, key_bytes) == 0)
			return true;
	}
	for (uint32_t i = 0; i < schema->index_count; i++)
	{
		if (schema->indexes[i].label == lookup->label &&
			schema->indexes[i].key_count == lookup->key_count &&
			memcmp(schema->indexes[i].keys, lookup->keys, key_bytes) == 0)
			return true;
	}
	return false;
}

/* ---- the image ----------------------------------------------------------------------------- */

/* Nothing newer overrides the image's row. */
static bool
image_row_counts(const Lookup *lookup, NamiOrd ord)
{
	NamiNodeState state = nami_node_state(lookup->snapshot, lookup->binding, ord);

	return state.is_live && state.element == NULL;
}

static bool
values_match(const Lookup *lookup, const NamiSegment *const *segments, uint32_t row)
{
	for (uint32_t i = 0; i < lookup->key_count; i++)
	{
		NamiValue	value = nami_segment_get(segments[i], row, lookup->arena);

		if (nami_value_equal(value, lookup->values[i]) != NAMI_TRUE)
			return false;
	}
	return true;
}

static void
lookup_by_index(Lookup *lookup, const NamiLookupIndex *index, const NamiSegment **segments)
{
	const NamiNodeImage *nodes = &lookup->snapshot->view->image->nodes;
	uint32_t	bucket = bucket_of(hash_values(lookup->values, lookup->key_count),
								   index->bucket_mask);
	const NamiImageGroup *group = NULL;

	for (uint32_t i = index->bucket_offsets[bucket]; i < index->bucket_offsets[bucket + 1]; i++)
	{
		NamiOrd		ord = index->items[i];

		if (group == NULL || ord - group->lo >= group->hi - group->lo)
		{
			group = nami_node_image_group(nodes, ord);
			if (!group_segments(lookup, group, segments))
				continue;
		}
		if (values_match(lookup, segments, ord - group->lo) && image_row_counts(lookup, ord))
			nami_vec_push(&lookup->found, lookup->arena, ord);
	}
}

static uint64_t
lookup_by_scan(Lookup *lookup, const NamiSegment **segments)
{
	const NamiNodeImage *nodes = &lookup->snapshot->view->image->nodes;
	uint64_t	rows = 0;

	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		const NamiImageGroup *group = &nodes->groups[g];

		if (!group_segments(lookup, group, segments))
			continue;
		rows += group->hi - group->lo;
		for (NamiOrd ord = group->lo; ord < group->hi; ord++)
		{
			if (values_match(lookup, segments, ord - group->lo) && image_row_counts(lookup, ord))
				nami_vec_push(&lookup->found, lookup->arena, ord);
		}
	}
	return rows;
}

/* A row that cannot be read might be the one that is looked for. */
static NamiStatus
check_image_poison(const Lookup *lookup)
{
	const NamiNodeImage *nodes = &lookup->snapshot->view->image->nodes;

	for (uint32_t i = 0; i < nodes->poison.count; i++)
	{
		NamiOrd		ord = nodes->poison.rows[i];

		if (nami_group_has_labels(nami_node_image_group(nodes, ord), &lookup->label,
								  lookup->label_count) && image_row_counts(lookup, ord))
			return nami_fail_poison(lookup->err, lookup->snapshot, ord,
									nami_poison_find(&nodes->poison, ord));
	}
	return NAMI_OK;
}

static uint64_t
label_rows(const Lookup *lookup)
{
	const NamiNodeImage *nodes = &lookup->snapshot->view->image->nodes;
	uint64_t	rows = 0;

	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		if (nami_group_has_labels(&nodes->groups[g], &lookup->label, lookup->label_count))
			rows += nodes->groups[g].hi - nodes->groups[g].lo;
	}
	return rows;
}

static NamiStatus
lookup_image(Lookup *lookup)
{
	NamiImage  *image = lookup->snapshot->view->image;
	const NamiSegment **segments = NAMI_NEW_ARRAY(lookup->arena, const NamiSegment *,
												  lookup->key_count);
	NamiLookupIndex *index;

	if (image->nodes.live_count == 0)
		return NAMI_OK;
	NAMI_TRY(check_image_poison(lookup));
	index = find_index(&image->indexes, image->arena, lookup);
	if (!index->is_built)
	{
		uint64_t	rows = label_rows(lookup);

		if (rows >= INDEX_ROWS_MIN &&
			(index->spent_rows >= rows * SCANS_BEFORE_INDEX || is_declared(lookup)))
			build_image_index(lookup, index);
	}
	if (index->is_built)
		lookup_by_index(lookup, index, segments);
	else
		index->spent_rows += lookup_by_scan(lookup, segments);
	return NAMI_OK;
}

/* ---- the delta ----------------------------------------------------------------------------- */

static bool
element_matches(const Lookup *lookup, const NamiElement *element)
{
	for (uint32_t i = 0; i < lookup->key_count; i++)
	{
		const NamiValue *value = nami_element_get(element, lookup->keys[i]);

		if (value == NULL || nami_value_equal(*value, lookup->values[i]) != NAMI_TRUE)
			return false;
	}
	return nami_element_has_labels(element, &lookup->label, lookup->label_count);
}

static bool
own_overrides(const Lookup *lookup, NamiOrd ord)
{
	return lookup->binding != NULL &&
		nami_own_node_version(lookup->snapshot->own, lookup->binding, lookup->snapshot->mark,
							  ord) != NULL;
}

static NamiStatus
lookup_delta_node(Lookup *lookup, const NamiDeltaNode *node)
{
	if (node->state != NAMI_DELTA_LIVE || own_overrides(lookup, node->ord))
		return NAMI_OK;
	if (node->element->poison != NULL && (node->element->label_count == 0 ||
										  nami_element_has_labels(node->element, &lookup->label,
																  lookup->label_count)))
		return nami_fail_poison(lookup->err, lookup->snapshot, node->ord,
								nami_str(node->element->poison));
	if (node->element->poison == NULL && element_matches(lookup, node->element))
		nami_vec_push(&lookup->found, lookup->arena, node->ord);
	return NAMI_OK;
}

/* False when some record cannot be read: then every lookup has to look at all of them. */
static bool
build_delta_index(const Lookup *lookup, NamiLookupIndex *index)
{
	NamiView   *view = (NamiView *) lookup->snapshot->view; /* a cache */
	IndexItems	items = {0};

	for (uint32_t i = 0; i < view->delta.nodes.count; i++)
	{
		const NamiDeltaNode *node = &view->delta.nodes.items[i];
		uint64_t	hash = lookup->key_count;
		bool		has_all = true;

		if (node->state != NAMI_DELTA_LIVE)
			continue;
		if (node->element->poison != NULL)
			return false;
		for (uint32_t k = 0; k < lookup->key_count && has_all; k++)
		{
			const NamiValue *value = nami_element_get(node->element, lookup->keys[k]);

			has_all = value != NULL;
			if (has_all)
				hash = nami_hash_mix(hash, nami_value_hash(*value));
		}
		if (has_all && nami_element_has_labels(node->element, &lookup->label, lookup->label_count))
			nami_vec_push(&items, lookup->arena, (IndexItem) {hash, i});
	}
	fill_index(index, view->arena, &items);
	return true;
}

static NamiStatus
lookup_delta(Lookup *lookup)
{
	NamiView   *view = (NamiView *) lookup->snapshot->view; /* a cache */
	uint32_t	count = (uint32_t) view->delta.nodes.count;
	NamiLookupIndex *index;

	if (count >= INDEX_ROWS_MIN)
	{
		index = find_index(&view->delta.indexes, view->arena, lookup);
		if (index->is_built ||
			(index->spent_rows > count && build_delta_index(lookup, index)))
		{
			uint32_t	bucket = bucket_of(hash_values(lookup->values, lookup->key_count),
										   index->bucket_mask);

			for (uint32_t i = index->bucket_offsets[bucket];
				 i < index->bucket_offsets[bucket + 1]; i++)
				NAMI_TRY(lookup_delta_node(lookup, &view->delta.nodes.items[index->items[i]]));
			return NAMI_OK;
		}
		index->spent_rows += count;
	}
	for (uint32_t i = 0; i < count; i++)
		NAMI_TRY(lookup_delta_node(lookup, &view->delta.nodes.items[i]));
	return NAMI_OK;
}

/* ---- all layers ---------------------------------------------------------------------------- */

static void
add_own(void *ctx, uint32_t node)
{
	Lookup	   *lookup = ctx;

	nami_vec_push(&lookup->found, lookup->arena, lookup->binding->ords.items[node]);
}

/* Without keys: all nodes with the label. */
static void
lookup_all(Lookup *lookup)
{
	NamiNodeScan scan;
	NamiOrd		ords[256];
	uint32_t	n;
	bool		is_range;

	nami_node_scan_init(&scan, lookup->snapshot, &lookup->label, lookup->label_count,
						lookup->arena);
	while ((n = nami_node_scan_next(&scan, ords, 256, &is_range)) > 0)
	{
		for (uint32_t i = 0; i < n; i++)
			nami_vec_push(&lookup->found, lookup->arena, ords[i]);
	}
}

static bool
can_match(const Lookup *lookup)
{
	for (uint32_t i = 0; i < lookup->key_count; i++)
	{
		NamiValue	value = lookup->values[i];

		if (lookup->keys[i] == NAMI_NAME_UNKNOWN || value.kind == NAMI_NULL ||
			(value.kind == NAMI_FLOAT && !(value.number == value.number)))
			return false;
	}
	return true;
}

NamiStatus
nami_snapshot_lookup(const NamiSnapshot *snapshot, NamiLabelId label, const NamiKeyId *keys,
					 const NamiValue *values, uint32_t key_count, NamiArena *arena,
					 const NamiOrd **ords, uint32_t *count, NamiError *err)
{
	Lookup		lookup = {
		.snapshot = snapshot,
		.binding = nami_snapshot_binding(snapshot),
		.label = label,
		.label_count = label == NAMI_NAME_UNKNOWN ? 0 : 1,
		.keys = keys,
		.values = values,
		.key_count = key_count,
		.arena = arena,
		.err = err
	};

	if (key_count == 0)
		lookup_all(&lookup);
	else if (can_match(&lookup))
	{
		NAMI_TRY(lookup_image(&lookup));
		NAMI_TRY(lookup_delta(&lookup));
		if (lookup.binding != NULL)
			nami_own_lookup(snapshot->own, snapshot->mark, label, keys, values, key_count, add_own,
							&lookup);
	}
	*ords = lookup.found.items;
	*count = (uint32_t) lookup.found.count;
	return NAMI_OK;
}
