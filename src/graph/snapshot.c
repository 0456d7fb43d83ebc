/*
 * snapshot.c - nodes of a snapshot: identity, labels, properties; see snapshot.h.
 */
#include "graph/snapshot_internal.h"

NamiCatalog *
nami_snapshot_catalog(const NamiSnapshot *snapshot)
{
	return snapshot->view->catalog;
}

const NamiSchema *
nami_snapshot_schema(const NamiSnapshot *snapshot)
{
	if (snapshot->own == NULL)
		return &snapshot->view->schema;
	return nami_own_schema(snapshot->own, snapshot->view, snapshot->mark);
}

/* ---- identity ------------------------------------------------------------------------------ */

NamiOrd
nami_snapshot_find_node(const NamiSnapshot *snapshot, const NamiId *id)
{
	const NamiOwnBinding *binding = nami_snapshot_binding(snapshot);
	NamiOrd		ord = NAMI_ORD_NONE;

	if (binding != NULL)
	{
		uint32_t	number = nami_idmap_find(&snapshot->own->id_map, snapshot->own->ids.items, id);

		if (number != NAMI_MAP_NONE)
			ord = binding->ords.items[number];
	}
	if (ord == NAMI_ORD_NONE)
		ord = nami_view_find_id(snapshot->view, id);
	return nami_node_state(snapshot, binding, ord).is_live ? ord : NAMI_ORD_NONE;
}

NamiId
nami_snapshot_node_id(const NamiSnapshot *snapshot, NamiOrd ord)
{
	if (ord >= NAMI_ORD_OWN_FIRST)
	{
		NAMI_ASSERT(snapshot->own != NULL &&
					ord - NAMI_ORD_OWN_FIRST < snapshot->own->ids.count);
		return snapshot->own->ids.items[ord - NAMI_ORD_OWN_FIRST];
	}
	return nami_view_id(snapshot->view, ord);
}

bool
nami_snapshot_node_is_live(const NamiSnapshot *snapshot, NamiOrd ord)
{
	return nami_node_state(snapshot, nami_snapshot_binding(snapshot), ord).is_live;
}

bool
nami_snapshot_node_is_clean(const NamiSnapshot *snapshot, NamiOrd ord)
{
	const NamiNodeImage *nodes = &snapshot->view->image->nodes;
	NamiNodeState state;

	if (ord >= nodes->live_count)
		return false;
	state = nami_node_state(snapshot, nami_snapshot_binding(snapshot), ord);
	return state.is_live && state.element == NULL && nami_poison_find(&nodes->poison, ord).ptr == NULL;
}

bool
nami_snapshot_clean_range(const NamiSnapshot *snapshot, NamiOrd ord, NamiOrd *lo, NamiOrd *hi)
{
	const NamiNodeImage *nodes = &snapshot->view->image->nodes;
	const NamiOwnBinding *binding = nami_snapshot_binding(snapshot);
	const NamiImageGroup *group;
	uint32_t	block = ord / NAMI_BLOCK_ROWS;

	if (ord >= nodes->live_count || !nami_block_is_clean(snapshot, binding, block))
		return false;
	group = nami_node_image_group(nodes, ord);
	*lo = group->lo;
	*hi = group->hi;
	if (snapshot->view->delta.blocks == NULL && snapshot->view->image->poison_blocks == NULL &&
		binding == NULL)
		return true;
	if (*lo < block * NAMI_BLOCK_ROWS)
		*lo = block * NAMI_BLOCK_ROWS;
	if (*hi > (block + 1) * NAMI_BLOCK_ROWS)
		*hi = (block + 1) * NAMI_BLOCK_ROWS;
	return true;
}

/* ---- labels -------------------------------------------------------------------------------- */

bool
nami_node_has_labels(const NamiSnapshot *snapshot, NamiNodeState state, NamiOrd ord,
					 const NamiLabelId *labels, uint32_t count)
{
	if (state.element != NULL)
		return nami_element_has_labels(state.element, labels, count);
	return nami_group_has_labels(nami_node_image_group(&snapshot->view->image->nodes, ord), labels,
								 count);
}

bool
nami_snapshot_has_label(const NamiSnapshot *snapshot, NamiOrd ord, NamiLabelId label)
{
	NamiNodeState state = nami_node_state(snapshot, nami_snapshot_binding(snapshot), ord);

	return state.is_live && nami_node_has_labels(snapshot, state, ord, &label, 1);
}

uint32_t
nami_snapshot_labels(const NamiSnapshot *snapshot, NamiOrd ord, NamiArena *arena,
					 const NamiLabelId **labels)
{
	NamiNodeState state = nami_node_state(snapshot, nami_snapshot_binding(snapshot), ord);
	const NamiLabelId *from = NULL;
	uint32_t	count = 0;

	if (state.is_live && state.element != NULL)
	{
		from = state.element->labels;
		count = state.element->label_count;
	}
	else if (state.is_live)
	{
		const NamiImageGroup *group = nami_node_image_group(&snapshot->view->image->nodes, ord);

		from = group->labels;
		count = group->label_count;
	}
	*labels = nami_arena_memdup(arena, from, count * sizeof(NamiLabelId));
	return count;
}

/* ---- properties ---------------------------------------------------------------------------- */

NamiStatus
nami_fail_poison(NamiError *err, const NamiSnapshot *snapshot, NamiOrd ord, NamiStr cause)
{
	NamiId		id = nami_snapshot_node_id(snapshot, ord);
	char		text[37];
	char	   *at = text;

	for (int i = 0; i < 16; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = "0123456789abcdef"[id.bytes[i] >> 4];
		*at++ = "0123456789abcdef"[id.bytes[i] & 15];
	}
	*at = '\0';
	return nami_fail(err, NAMI_ERR_CORRUPT, "the stored record of node %s cannot be read: %.*s",
					 text, NAMI_STR_ARG(cause));
}

/* The segment that answers for a run of ordinals of one group. */
typedef struct SegmentCache
{
	NamiOrd		lo;
	NamiOrd		hi;
	const NamiSegment *segment;
} SegmentCache;

static const NamiSegment *
cached_segment(const NamiNodeImage *nodes, NamiKeyId key, NamiOrd ord, SegmentCache *cache)
{
	if (ord - cache->lo >= cache->hi - cache->lo)
	{
		const NamiImageGroup *group = nami_node_image_group(nodes, ord);

		cache->lo = group->lo;
		cache->hi = group->hi;
		cache->segment = nami_segments_find(group->segments, group->segment_count, key);
	}
	return cache->segment;
}

static NamiStatus
element_property(const NamiSnapshot *snapshot, const NamiElement *element, NamiOrd ord,
				 NamiKeyId key, NamiValue *out, NamiError *err)
{
	const NamiValue *value;

	if (element->poison != NULL)
		return nami_fail_poison(err, snapshot, ord, nami_str(element->poison));
	value = nami_element_get(element, key);
	*out = value == NULL ? nami_value_null() : *value;
	return NAMI_OK;
}

NamiStatus
nami_snapshot_node_property(const NamiSnapshot *snapshot, NamiKeyId key, const NamiOrd *ords,
							uint32_t n, NamiArena *arena, NamiValue *out, NamiError *err)
{
	const NamiOwnBinding *binding = nami_snapshot_binding(snapshot);
	const NamiNodeImage *nodes = &snapshot->view->image->nodes;
	bool		is_plain = binding == NULL && snapshot->view->delta.nodes.count == 0;
	SegmentCache cache = {0};

	for (uint32_t i = 0; i < n; i++)
	{
		NamiOrd		ord = ords[i];
		const NamiSegment *segment;

		if (!is_plain || ord >= nodes->live_count)
		{
			NamiNodeState state = nami_node_state(snapshot, binding, ord);

			if (!state.is_live)
			{
				out[i] = nami_value_null();
				continue;
			}
			if (state.element != NULL)
			{
				NAMI_TRY(element_property(snapshot, state.element, ord, key, &out[i], err));
				continue;
			}
		}
		if (nodes->poison.count > 0)
		{
			NamiStr		cause = nami_poison_find(&nodes->poison, ord);

			if (cause.ptr != NULL)
				return nami_fail_poison(err, snapshot, ord, cause);
		}
		segment = cached_segment(nodes, key, ord, &cache);
		out[i] = segment == NULL ? nami_value_null() :
			nami_segment_read(segment, ord - cache.lo, arena);
	}
	return NAMI_OK;
}

/* Entries come in the order of key numbers; a MAP has them in the order of names. */
static void
sort_entries(NamiMapEntry *entries, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
	{
		NamiMapEntry entry = entries[i];
		uint32_t	low = 0;
		uint32_t	high = i;

		while (low < high)
		{
			uint32_t	mid = (low + high) / 2;

			if (nami_str_cmp(entries[mid].key, entry.key) < 0)
				low = mid + 1;
			else
				high = mid;
		}
		memmove(&entries[low + 1], &entries[low], (i - low) * sizeof(NamiMapEntry));
		entries[low] = entry;
	}
}

static NamiValue
map_of_segments(const NamiSnapshot *snapshot, const NamiSegment *segments, uint32_t count,
				uint32_t row, NamiArena *arena)
{
	NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, count);
	uint32_t	used = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		NamiValue	value = nami_segment_get(&segments[i], row, arena);

		if (nami_value_is_null(value))
			continue;
		entries[used].key = nami_catalog_name(snapshot->view->catalog, NAMI_NAME_KEY,
											  segments[i].key);
		entries[used++].value = value;
	}
	sort_entries(entries, used);
	return nami_value_map(entries, used);
}

NamiStatus
nami_snapshot_node_map(const NamiSnapshot *snapshot, NamiOrd ord, NamiArena *arena, NamiValue *out,
					   NamiError *err)
{
	NamiNodeState state = nami_node_state(snapshot, nami_snapshot_binding(snapshot), ord);
	const NamiNodeImage *nodes = &snapshot->view->image->nodes;
	const NamiImageGroup *group;
	NamiStr		cause;

	*out = nami_value_map(NULL, 0);
	if (!state.is_live)
		return NAMI_OK;
	if (state.element != NULL)
	{
		if (state.element->poison != NULL)
			return nami_fail_poison(err, snapshot, ord, nami_str(state.element->poison));
		*out = nami_value_map(state.element->entries, state.element->prop_count);
		return NAMI_OK;
	}
	cause = nami_poison_find(&nodes->poison, ord);
	if (cause.ptr != NULL)
		return nami_fail_poison(err, snapshot, ord, cause);
	group = nami_node_image_group(nodes, ord);
	*out = map_of_segments(snapshot, group->segments, group->segment_count, ord - group->lo, arena);
	return NAMI_OK;
}

bool
nami_snapshot_node_column(const NamiSnapshot *snapshot, NamiOrd ord, NamiKeyId key,
						  NamiColumn *out)
{
	const NamiNodeImage *nodes = &snapshot->view->image->nodes;
	const NamiImageGroup *group;
	const NamiSegment *segment;

	if (ord >= nodes->live_count)
		return false;
	group = nami_node_image_group(nodes, ord);
	segment = nami_segments_find(group->segments, group->segment_count, key);
	if (segment == NULL)
		*out = (NamiColumn) {.kind = NAMI_COLUMN_ABSENT, .first = group->lo,
							 .count = group->hi - group->lo};
	else
		nami_segment_column(segment, out);
	return true;
}

/* ---- relationships: properties ------------------------------------------------------------- */

NamiEdgeState
nami_edge_state(const NamiSnapshot *snapshot, const NamiOwnBinding *binding, NamiTypeId type,
				NamiEdgePos pos)
{
	const NamiDeltaEdge *edge;

	if (binding != NULL)
	{
		const NamiOwnVersion *version = nami_own_edge_version(snapshot->own, binding,
															  snapshot->mark, type, pos);

		if (version != NULL)
			return (NamiEdgeState) {!version->is_tombstone, &version->element};
	}
	if (pos >= NAMI_POS_OWN_FIRST)
		return (NamiEdgeState) {false, NULL};
	edge = nami_view_delta_edge(snapshot->view, type, pos);
	if (edge != NULL)
		return (NamiEdgeState) {edge->is_live, edge->element};
	return (NamiEdgeState) {true, NULL};
}

bool
nami_snapshot_edge_is_live(const NamiSnapshot *snapshot, NamiTypeId type, NamiEdgePos pos)
{
	return nami_edge_state(snapshot, nami_snapshot_binding(snapshot), type, pos).is_live;
}

static NamiStatus
fail_edge_poison(NamiError *err, const NamiSnapshot *snapshot, NamiTypeId type, NamiEdgePos pos,
				 NamiStr cause)
{
	NamiStr		name = nami_catalog_name(snapshot->view->catalog, NAMI_NAME_TYPE, type);
	NamiError	from = NAMI_ERROR_INIT;
	NamiOrd		src;
	NamiOrd		dst;

	nami_snapshot_edge_ends(snapshot, type, pos, &src, &dst);
	(void) nami_fail_poison(&from, snapshot, src, cause);
	nami_fail(err, NAMI_ERR_CORRUPT, "the stored record of a %.*s relationship cannot be read: %.*s",
			  NAMI_STR_ARG(name), NAMI_STR_ARG(cause));
	nami_error_detail(err, "It begins at node %.36s.",
					  from.message + strlen("the stored record of node "));
	return NAMI_FAILED;
}

NamiStatus
nami_snapshot_edge_property(const NamiSnapshot *snapshot, NamiTypeId type, NamiKeyId key,
							const NamiEdgePos *pos, uint32_t n, NamiArena *arena, NamiValue *out,
							NamiError *err)
{
	const NamiOwnBinding *binding = nami_snapshot_binding(snapshot);
	const NamiEdgeImage *image = nami_view_edge_image(snapshot->view, type);
	bool		is_plain = binding == NULL && nami_view_delta_type(snapshot->view, type) == NULL;
	const NamiSegment *segment = image == NULL ? NULL :
		nami_segments_find(image->segments, image->segment_count, key);

	for (uint32_t i = 0; i < n; i++)
	{
		NamiEdgeState state = {true, NULL};

		if (!is_plain || pos[i] >= NAMI_POS_OWN_FIRST)
			state = nami_edge_state(snapshot, binding, type, pos[i]);
		out[i] = nami_value_null();
		if (!state.is_live)
			continue;
		if (state.element != NULL)
		{
			const NamiValue *value = nami_element_get(state.element, key);

			if (state.element->poison != NULL)
				return fail_edge_poison(err, snapshot, type, pos[i],
										nami_str(state.element->poison));
			if (value != NULL)
				out[i] = *value;
			continue;
		}
		if (image->poison.count > 0)
		{
			NamiStr		cause = nami_poison_find(&image->poison, pos[i]);

			if (cause.ptr != NULL)
				return fail_edge_poison(err, snapshot, type, pos[i], cause);
		}
		if (segment != NULL)
			out[i] = nami_segment_read(segment, pos[i], arena);
	}
	return NAMI_OK;
}

NamiStatus
nami_snapshot_edge_map(const NamiSnapshot *snapshot, NamiTypeId type, NamiEdgePos pos,
					   NamiArena *arena, NamiValue *out, NamiError *err)
{
	NamiEdgeState state = nami_edge_state(snapshot, nami_snapshot_binding(snapshot), type, pos);
	const NamiEdgeImage *image;
	NamiStr		cause;

	*out = nami_value_map(NULL, 0);
	if (!state.is_live)
		return NAMI_OK;
	if (state.element != NULL)
	{
		if (state.element->poison != NULL)
			return fail_edge_poison(err, snapshot, type, pos, nami_str(state.element->poison));
		*out = nami_value_map(state.element->entries, state.element->prop_count);
		return NAMI_OK;
	}
	image = nami_view_edge_image(snapshot->view, type);
	cause = nami_poison_find(&image->poison, pos);
	if (cause.ptr != NULL)
		return fail_edge_poison(err, snapshot, type, pos, cause);
	*out = map_of_segments(snapshot, image->segments, image->segment_count, pos, arena);
	return NAMI_OK;
}

bool
nami_snapshot_edge_column(const NamiSnapshot *snapshot, NamiTypeId type, NamiKeyId key,
						  NamiColumn *out)
{
	const NamiEdgeImage *image = nami_view_edge_image(snapshot->view, type);
	const NamiSegment *segment;

	if (image == NULL || nami_view_delta_type(snapshot->view, type) != NULL ||
		image->poison.count > 0 || nami_snapshot_binding(snapshot) != NULL)
		return false;
	segment = nami_segments_find(image->segments, image->segment_count, key);
	if (segment == NULL)
		*out = (NamiColumn) {.kind = NAMI_COLUMN_ABSENT, .count = image->count};
	else
		nami_segment_column(segment, out);
	return true;
}
