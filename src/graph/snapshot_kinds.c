/*
 * snapshot_kinds.c - see snapshot_kinds.h.
 *
 * Counts, not only bits, so that a changed or deleted row can be taken out again: the image is
 * counted whole, and what the newer segments override is subtracted.
 */
#include "graph/snapshot_kinds.h"

#include <math.h>
#include <stdlib.h>

#include "base/host.h"
#include "graph/snapshot_internal.h"

#define EXACT_DOUBLE	(INT64_C(1) << 53)
#define SCAN_ROWS		1024

/* ---- one value ----------------------------------------------------------------------------- */

static uint32_t
datetime_traits(const NamiDateTime *point)
{
	return (point->nanoseconds % 1000 != 0 ? NAMI_TRAIT_NANOSECONDS : 0) |
		(point->offset_seconds != 0 || point->zone.len > 0 ? NAMI_TRAIT_OFFSET : 0);
}

static uint32_t
value_traits(NamiValue value)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_INT:
			return value.integer > EXACT_DOUBLE || value.integer < -EXACT_DOUBLE ?
				NAMI_TRAIT_BIG_INT : 0;
		case NAMI_FLOAT:
			return isnan(value.number) ? NAMI_TRAIT_NAN : 0;
		case NAMI_STRING:
			return memchr(value.text, 0, value.len) != NULL ? NAMI_TRAIT_NUL : 0;
		case NAMI_LOCALTIME:
		case NAMI_TIME:
			return value.integer % 1000 != 0 ? NAMI_TRAIT_NANOSECONDS : 0;
		case NAMI_LOCALDATETIME:
			return value.len % 1000 != 0 ? NAMI_TRAIT_NANOSECONDS : 0;
		case NAMI_DATETIME:
			return datetime_traits(value.datetime);
		case NAMI_DURATION:
			return value.duration->nanoseconds % 1000 != 0 ? NAMI_TRAIT_NANOSECONDS : 0;
		default:
			return 0;
	}
}

static void
count_traits(NamiKindCounts *counts, uint32_t traits, uint64_t n)
{
	for (uint32_t i = 0; traits != 0; i++, traits >>= 1)
	{
		if (traits & 1)
			counts->of_trait[i] += n;
	}
}

/* n is 1, or UINT64_MAX to take the value out again. */
static void
count_value(NamiKindCounts *counts, NamiValue value, uint64_t n)
{
	if (value.kind == NAMI_NULL || value.kind >= NAMI_KIND_COUNT)
		return;
	counts->of_kind[value.kind] += n;
	count_traits(counts, value.kind == NAMI_STRING && value.len == 0 ? 0 : value_traits(value), n);
}

static void
count_element(NamiKindCounts *counts, const NamiElement *element, NamiKeyId key)
{
	const NamiValue *value = nami_element_get(element, key);

	if (value != NULL)
		count_value(counts, *value, 1);
}

static void
bits_of_counts(const NamiKindCounts *counts, NamiKinds *out)
{
	for (uint32_t i = 1; i < NAMI_KIND_COUNT; i++)
	{
		out->count += counts->of_kind[i];
		out->kinds |= counts->of_kind[i] > 0 ? NAMI_KIND_BIT(i) : 0;
	}
	for (uint32_t i = 0; i < NAMI_TRAIT_COUNT; i++)
		out->traits |= counts->of_trait[i] > 0 ? UINT32_C(1) << i : 0;
}

/* ---- caches -------------------------------------------------------------------------------- */

static uint64_t
cache_key(uint32_t name, NamiKeyId key)
{
	return (uint64_t) name << 32 | key;
}

static const NamiKindCounts *
cache_find(const NamiKindCache *cache, bool of_edges, uint32_t name, NamiKeyId key)
{
	uint32_t	index = nami_wordmap_find(&cache->index[of_edges], cache_key(name, key));

	return index == NAMI_MAP_NONE ? NULL : cache->counts.items[index];
}

/* Known from here on: counts are complete, so an error on the way has left nothing half made. */
static const NamiKindCounts *
cache_add(NamiKindCache *cache, NamiArena *arena, bool of_edges, uint32_t name, NamiKeyId key,
		  const NamiKindCounts *counts)
{
	nami_vec_push(&cache->counts, arena, nami_arena_memdup(arena, counts, sizeof(*counts)));
	nami_wordmap_put(&cache->index[of_edges], arena, cache_key(name, key),
					 (uint32_t) cache->counts.count - 1);
	return cache->counts.items[cache->counts.count - 1];
}

/* ---- segments of the image ----------------------------------------------------------------- */

typedef struct Counting
{
	const NamiSnapshot *snapshot;
	NamiArena  *scratch;		/* reset every so many rows */
	NamiKindCounts counts;
	uint32_t	ticks;
} Counting;

/* Every value by itself. */
static NamiStatus
count_rows(Counting *counting, const NamiSegment *segment, NamiError *err)
{
	uint32_t	n = segment->rows != NULL ? segment->value_count : segment->row_count;

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	row = segment->rows != NULL ? segment->rows[i] : i;

		NAMI_TRY(nami_tick(counting->snapshot->view->host, &counting->ticks, err));
		if (i % SCAN_ROWS == 0)
			nami_arena_reset(counting->scratch);
		count_value(&counting->counts, nami_segment_get(segment, row, counting->scratch), 1);
	}
	return NAMI_OK;
}

static bool
ints_are_small(const NamiSegment *segment)
{
	return segment->logical != NAMI_INT ||
		(segment->stats->has_range && segment->stats->min > (double) -EXACT_DOUBLE &&
		 segment->stats->max < (double) EXACT_DOUBLE);
}

/* Most encodings tell the kind of all their values, and that none is special. */
static NamiStatus
count_segment(Counting *counting, const NamiSegment *segment, NamiError *err)
{
	NamiKind	kind;

	switch ((NamiEncoding) segment->encoding)
	{
		case NAMI_ENC_INT:
			if (!ints_are_small(segment))
				return count_rows(counting, segment, err);
			kind = (NamiKind) segment->logical;
			break;
		case NAMI_ENC_BOOL:
			kind = NAMI_BOOL;
			break;
		case NAMI_ENC_VECTOR:
			kind = NAMI_VECTOR;
			break;
		case NAMI_ENC_STRING_DICT:
		case NAMI_ENC_STRING_RAW:
			if (segment->heap_bytes > 0 && memchr(segment->heap, 0, segment->heap_bytes) != NULL)
				return count_rows(counting, segment, err);
			kind = NAMI_STRING;
			break;
		default:
			return count_rows(counting, segment, err);
	}
	if (kind < NAMI_KIND_COUNT)
		counting->counts.of_kind[kind] += segment->stats->present;
	return NAMI_OK;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static NamiStatus
count_image_nodes(Counting *counting, NamiLabelId label, NamiKeyId key, NamiError *err)
{
	const NamiNodeImage *nodes = &counting->snapshot->view->image->nodes;
	uint32_t	label_count = label == NAMI_NAME_UNKNOWN ? 0 : 1;

	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		const NamiImageGroup *group = &nodes->groups[g];
		const NamiSegment *segment;

		if (!nami_group_has_labels(group, &label, label_count))
			continue;
		segment = nami_segments_find(group->segments, group->segment_count, key);
		if (segment != NULL)
			NAMI_TRY(count_segment(counting, segment, err));
	}
	return NAMI_OK;
}

/* The image's row does not count any more. */
static void
uncount_image_node(Counting *counting, NamiOrd ord, NamiLabelId label, NamiKeyId key)
{
	const NamiNodeImage *nodes = &counting->snapshot->view->image->nodes;
	const NamiImageGroup *group;
	const NamiSegment *segment;

	if (ord >= nodes->live_count)
		return;
	group = nami_node_image_group(nodes, ord);
	if (!nami_group_has_labels(group, &label, label == NAMI_NAME_UNKNOWN ? 0 : 1))
		return;
	segment = nami_segments_find(group->segments, group->segment_count, key);
	if (segment != NULL)
		count_value(&counting->counts,
					nami_segment_get(segment, ord - segment->first, counting->scratch), UINT64_MAX);
}

static NamiStatus
count_newer_nodes(Counting *counting, NamiLabelId label, NamiKeyId key, NamiError *err)
{
	const NamiView *view = counting->snapshot->view;

	for (size_t i = 0; i < view->delta.nodes.count; i++)
	{
		const NamiDeltaNode *node = &view->delta.nodes.items[i];

		NAMI_TRY(nami_tick(view->host, &counting->ticks, err));
		if (i % SCAN_ROWS == 0)
			nami_arena_reset(counting->scratch);
		uncount_image_node(counting, node->ord, label, key);
		if (node->state == NAMI_DELTA_LIVE &&
			(label == NAMI_NAME_UNKNOWN || nami_element_has_label(node->element, label)))
			count_element(&counting->counts, node->element, key);
	}
	return NAMI_OK;
}

/* ---- relationships ------------------------------------------------------------------------- */

static NamiStatus
count_image_edges(Counting *counting, NamiTypeId type, NamiKeyId key, NamiError *err)
{
	const NamiEdgeImage *image = nami_view_edge_image(counting->snapshot->view, type);
	const NamiSegment *segment = image == NULL ? NULL :
		nami_segments_find(image->segments, image->segment_count, key);

	return segment == NULL ? NAMI_OK : count_segment(counting, segment, err);
}

static NamiStatus
count_newer_edges(Counting *counting, NamiTypeId type, NamiKeyId key, NamiError *err)
{
	const NamiView *view = counting->snapshot->view;
	const NamiEdgeImage *image = nami_view_edge_image(view, type);
	const NamiDeltaType *delta = nami_view_delta_type(view, type);
	const NamiSegment *segment = image == NULL ? NULL :
		nami_segments_find(image->segments, image->segment_count, key);

	for (size_t i = 0; delta != NULL && i < delta->edges.count; i++)
	{
		const NamiDeltaEdge *edge = &delta->edges.items[i];

		NAMI_TRY(nami_tick(view->host, &counting->ticks, err));
		if (i % SCAN_ROWS == 0)
			nami_arena_reset(counting->scratch);
		if (edge->in_image && segment != NULL)
			count_value(&counting->counts, nami_segment_get(segment, edge->pos - segment->first,
															counting->scratch), UINT64_MAX);
		if (edge->is_live)
			count_element(&counting->counts, edge->element, key);
	}
	return NAMI_OK;
}

/* ---- image and newer segments -------------------------------------------------------------- */

static NamiStatus
image_counts(Counting *counting, bool of_edges, uint32_t name, NamiKeyId key, NamiError *err)
{
	NamiImage  *image = counting->snapshot->view->image;
	const NamiKindCounts *known = cache_find(&image->kinds, of_edges, name, key);

	if (known == NULL)
	{
		if (of_edges)
			NAMI_TRY(count_image_edges(counting, name, key, err));
		else
			NAMI_TRY(count_image_nodes(counting, name, key, err));
		known = cache_add(&image->kinds, image->arena, of_edges, name, key, &counting->counts);
	}
	counting->counts = *known;
	return NAMI_OK;
}

static bool
has_newer(const NamiView *view, bool of_edges, uint32_t name)
{
	return of_edges ? nami_view_delta_type(view, name) != NULL : view->delta.nodes.count > 0;
}

static NamiStatus
count_view(Counting *counting, bool of_edges, uint32_t name, NamiKeyId key, NamiError *err)
{
	NamiView   *view = (NamiView *) counting->snapshot->view;	/* its cache */
	const NamiKindCounts *known;

	if (!has_newer(view, of_edges, name))
		return image_counts(counting, of_edges, name, key, err);
	known = cache_find(&view->kinds, of_edges, name, key);
	if (known != NULL)
	{
		counting->counts = *known;
		return NAMI_OK;
	}
	NAMI_TRY(image_counts(counting, of_edges, name, key, err));
	if (of_edges)
		NAMI_TRY(count_newer_edges(counting, name, key, err));
	else
		NAMI_TRY(count_newer_nodes(counting, name, key, err));
	cache_add(&view->kinds, view->arena, of_edges, name, key, &counting->counts);
	return NAMI_OK;
}

/* ---- staged records ------------------------------------------------------------------------ */

static NamiOwnKinds *
own_entry(NamiOwnWrites *own, bool of_edges, uint32_t name, NamiKeyId key)
{
	NamiOwnKinds *entry;

	for (entry = own->kinds; entry != NULL; entry = entry->next)
	{
		if (entry->of_edges == of_edges && entry->name == name && entry->key == key)
			return entry;
	}
	entry = NAMI_NEW(own->arena, NamiOwnKinds);
	entry->of_edges = of_edges;
	entry->name = name;
	entry->key = key;
	entry->next = own->kinds;
	own->kinds = entry;
	return entry;
}

static void
own_versions(NamiOwnKinds *entry, const NamiOwnVersion *version)
{
	for (; version != NULL && version->sequence > entry->sequence; version = version->older)
	{
		const NamiValue *value = version->is_tombstone ? NULL :
			nami_element_get(&version->element, entry->key);

		if (value == NULL || (!entry->of_edges && entry->name != NAMI_NAME_UNKNOWN &&
							  !nami_element_has_label(&version->element, entry->name)))
			continue;
		entry->kinds |= NAMI_KIND_BIT(value->kind);
		entry->traits |= value->kind == NAMI_STRING && value->len == 0 ? 0 : value_traits(*value);
	}
}

/*
 * Adds the kinds of all versions ever staged. Only those above the last number seen are new; a
 * rolled back one stays counted. Each chain of versions is walked from its newest, once.
 */
static void
add_staged(const NamiSnapshot *snapshot, bool of_edges, uint32_t name, NamiKeyId key,
		   NamiKinds *out)
{
	NamiOwnWrites *own = (NamiOwnWrites *) snapshot->own;	/* its cache */
	NamiOwnKinds *entry = own_entry(own, of_edges, name, key);

	for (size_t i = own->log.count; i-- > 0;)
	{
		const NamiOwnLogEntry *log = &own->log.items[i];
		const NamiOwnVersion *newest;

		if (log->sequence <= entry->sequence)
			break;
		if (log->is_edge != of_edges ||
			(of_edges && own->edges.items[log->number].type != name))
			continue;
		newest = of_edges ? own->edges.items[log->number].newest :
			own->nodes.items[log->number].newest;
		if (newest != NULL && newest->sequence == log->sequence)
			own_versions(entry, newest);
	}
	entry->sequence = own->sequence;
	out->kinds |= entry->kinds;
	out->traits |= entry->traits;
}

/* ---- the quick answer ---------------------------------------------------------------------- */

static NamiArena *
scratch_in(NamiArena *arena)
{
	return nami_arena_create(nami_arena_allocator(arena), nami_arena_account(arena));
}

static NamiStatus
quick_kinds(const NamiSnapshot *snapshot, bool of_edges, uint32_t name, NamiKeyId key,
			NamiArena *scratch, NamiKinds *out, NamiError *err)
{
	Counting	counting = {.snapshot = snapshot, .scratch = scratch_in(scratch)};
	NamiStatus	status = count_view(&counting, of_edges, name, key, err);

	nami_arena_destroy(counting.scratch);
	NAMI_TRY(status);
	*out = (NamiKinds) {.is_exact = true};
	bits_of_counts(&counting.counts, out);
	if (snapshot->own != NULL && snapshot->own->log.count > 0)
	{
		out->is_exact = false;
		add_staged(snapshot, of_edges, name, key, out);
	}
	if (of_edges && nami_snapshot_may_dangle(snapshot, name))
		out->is_exact = false;
	return NAMI_OK;
}

NamiStatus
nami_snapshot_node_kinds(const NamiSnapshot *snapshot, NamiLabelId label, NamiKeyId key,
						 NamiArena *scratch, NamiKinds *out, NamiError *err)
{
	return quick_kinds(snapshot, false, label, key, scratch, out, err);
}

NamiStatus
nami_snapshot_edge_kinds(const NamiSnapshot *snapshot, NamiTypeId type, NamiKeyId key,
						 NamiArena *scratch, NamiKinds *out, NamiError *err)
{
	return quick_kinds(snapshot, true, type, key, scratch, out, err);
}

/* ---- keys ---------------------------------------------------------------------------------- */

typedef struct KeySet
{
	const NamiSnapshot *snapshot;
	bool		of_edges;
	uint32_t	name;
	NamiArena  *arena;
	uint64_t   *bits;			/* by key number */
	NamiKeyKinds *keys;
	uint32_t	count;
	bool		is_exact;		/* of all keys */
} KeySet;

static void
mark_segments(KeySet *set, const NamiSegment *segments, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		nami_bit_set(set->bits, segments[i].key);
}

static void
mark_element(KeySet *set, const NamiElement *element)
{
	for (uint32_t i = 0; element != NULL && i < element->prop_count; i++)
		nami_bit_set(set->bits, element->keys[i]);
}

/* More keys than there are may get marked; those without a value fall out later. */
static void
mark_nodes(KeySet *set)
{
	const NamiView *view = set->snapshot->view;
	const NamiNodeImage *nodes = &view->image->nodes;
	uint32_t	label_count = set->name == NAMI_NAME_UNKNOWN ? 0 : 1;

	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		if (nami_group_has_labels(&nodes->groups[g], &set->name, label_count))
			mark_segments(set, nodes->groups[g].segments, nodes->groups[g].segment_count);
	}
	for (size_t i = 0; i < view->delta.nodes.count; i++)
	{
		if (view->delta.nodes.items[i].state == NAMI_DELTA_LIVE)
			mark_element(set, view->delta.nodes.items[i].element);
	}
}

static void
mark_edges(KeySet *set)
{
	const NamiView *view = set->snapshot->view;
	const NamiEdgeImage *image = nami_view_edge_image(view, set->name);
	const NamiDeltaType *delta = nami_view_delta_type(view, set->name);

	if (image != NULL)
		mark_segments(set, image->segments, image->segment_count);
	for (size_t i = 0; delta != NULL && i < delta->edges.count; i++)
	{
		if (delta->edges.items[i].is_live)
			mark_element(set, delta->edges.items[i].element);
	}
}

static void
mark_staged(KeySet *set)
{
	const NamiOwnWrites *own = set->snapshot->own;

	for (size_t i = 0; own != NULL && !set->of_edges && i < own->nodes.count; i++)
	{
		for (const NamiOwnVersion *v = own->nodes.items[i].newest; v != NULL; v = v->older)
			mark_element(set, &v->element);
	}
	for (size_t i = 0; own != NULL && set->of_edges && i < own->edges.count; i++)
	{
		if (own->edges.items[i].type != set->name)
			continue;
		for (const NamiOwnVersion *v = own->edges.items[i].newest; v != NULL; v = v->older)
			mark_element(set, &v->element);
	}
}

static NamiStatus
quick_keys(KeySet *set, NamiError *err)
{
	NamiCatalog *catalog = nami_snapshot_catalog(set->snapshot);
	uint32_t	key_count = nami_catalog_count(catalog, NAMI_NAME_KEY);

	set->is_exact = true;
	set->keys = NAMI_NEW_ARRAY(set->arena, NamiKeyKinds, key_count + (size_t) 1);
	for (NamiKeyId key = 0; key < key_count; key++)
	{
		NamiKeyKinds *out = &set->keys[set->count];

		if (!nami_bit(set->bits, key))
			continue;
		*out = (NamiKeyKinds) {.key = key, .name = nami_catalog_name(catalog, NAMI_NAME_KEY, key)};
		NAMI_TRY(quick_kinds(set->snapshot, set->of_edges, set->name, key, set->arena, &out->kinds,
							 err));
		set->is_exact = set->is_exact && out->kinds.is_exact;
		if (out->kinds.kinds != 0)
			set->count++;
	}
	return NAMI_OK;
}

/* ---- reading all rows ---------------------------------------------------------------------- */

static void
add_batch(NamiKeyKinds *key, const NamiValue *values, uint32_t n)
{
	NamiKindCounts counts = {0};

	for (uint32_t i = 0; i < n; i++)
		count_value(&counts, values[i], 1);
	bits_of_counts(&counts, &key->kinds);
}

static NamiStatus
read_nodes(KeySet *set, NamiArena *scratch, NamiError *err)
{
	NamiOrd    *ords = NAMI_NEW_ARRAY(set->arena, NamiOrd, SCAN_ROWS);
	NamiValue  *values = NAMI_NEW_ARRAY(set->arena, NamiValue, SCAN_ROWS);
	uint32_t	ticks = 0;
	NamiNodeScan scan;
	bool		is_range;
	uint32_t	n;

	nami_node_scan_init(&scan, set->snapshot, &set->name, set->name == NAMI_NAME_UNKNOWN ? 0 : 1,
						set->arena);
	while ((n = nami_node_scan_next(&scan, ords, SCAN_ROWS, &is_range)) > 0)
	{
		for (uint32_t k = 0; k < set->count; k++)
		{
			NAMI_TRY(nami_tick(set->snapshot->view->host, &ticks, err));
			nami_arena_reset(scratch);
			NAMI_TRY(nami_snapshot_node_property(set->snapshot, set->keys[k].key, ords, n, scratch,
												 values, err));
			add_batch(&set->keys[k], values, n);
		}
	}
	return NAMI_OK;
}

static NamiStatus
read_edges(KeySet *set, NamiArena *scratch, NamiError *err)
{
	NamiOrd    *ends = NAMI_NEW_ARRAY(set->arena, NamiOrd, 2 * SCAN_ROWS);
	NamiEdgePos *pos = NAMI_NEW_ARRAY(set->arena, NamiEdgePos, SCAN_ROWS);
	NamiValue  *values = NAMI_NEW_ARRAY(set->arena, NamiValue, SCAN_ROWS);
	uint32_t	ticks = 0;
	NamiEdgeScan scan;
	uint32_t	n;

	nami_edge_scan_init(&scan, set->snapshot, set->name, set->arena);
	while ((n = nami_edge_scan_next(&scan, ends, ends + SCAN_ROWS, pos, SCAN_ROWS)) > 0)
	{
		for (uint32_t k = 0; k < set->count; k++)
		{
			NAMI_TRY(nami_tick(set->snapshot->view->host, &ticks, err));
			nami_arena_reset(scratch);
			NAMI_TRY(nami_snapshot_edge_property(set->snapshot, set->name, set->keys[k].key, pos, n,
												 scratch, values, err));
			add_batch(&set->keys[k], values, n);
		}
	}
	return NAMI_OK;
}

static NamiStatus
read_all(KeySet *set, NamiError *err)
{
	NamiArena  *scratch = scratch_in(set->arena);
	NamiStatus	status;
	uint32_t	kept = 0;

	for (uint32_t k = 0; k < set->count; k++)
		set->keys[k].kinds = (NamiKinds) {.is_exact = true};
	status = set->of_edges ? read_edges(set, scratch, err) : read_nodes(set, scratch, err);
	nami_arena_destroy(scratch);
	NAMI_TRY(status);
	for (uint32_t k = 0; k < set->count; k++)
	{
		if (set->keys[k].kinds.kinds != 0)
			set->keys[kept++] = set->keys[k];
	}
	set->count = kept;
	return NAMI_OK;
}

static int
compare_keys(const void *a, const void *b)
{
	return nami_str_cmp(((const NamiKeyKinds *) a)->name, ((const NamiKeyKinds *) b)->name);
}

static NamiStatus
find_keys(KeySet *set, const NamiKeyKinds **keys, uint32_t *count, NamiError *err)
{
	uint32_t	key_count = nami_catalog_count(nami_snapshot_catalog(set->snapshot), NAMI_NAME_KEY);

	set->bits = nami_arena_alloc0(set->arena, nami_bit_words(key_count + UINT64_C(1)) *
								  sizeof(uint64_t));
	if (set->of_edges)
		mark_edges(set);
	else
		mark_nodes(set);
	mark_staged(set);
	NAMI_TRY(quick_keys(set, err));
	if (!set->is_exact)
		NAMI_TRY(read_all(set, err));
	if (set->count > 1)
		qsort(set->keys, set->count, sizeof(NamiKeyKinds), compare_keys);
	*keys = set->keys;
	*count = set->count;
	return NAMI_OK;
}

NamiStatus
nami_snapshot_node_keys(const NamiSnapshot *snapshot, NamiLabelId label, NamiArena *arena,
						const NamiKeyKinds **keys, uint32_t *count, NamiError *err)
{
	KeySet		set = {.snapshot = snapshot, .name = label, .arena = arena};

	return find_keys(&set, keys, count, err);
}

NamiStatus
nami_snapshot_edge_keys(const NamiSnapshot *snapshot, NamiTypeId type, NamiArena *arena,
						const NamiKeyKinds **keys, uint32_t *count, NamiError *err)
{
	KeySet		set = {.snapshot = snapshot, .of_edges = true, .name = type, .arena = arena};

	return find_keys(&set, keys, count, err);
}
