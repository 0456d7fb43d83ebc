/*
 * view.c - life and metadata of views; see view.h. Images are made in view_build.c, the delta in
 * delta.c.
 */
#include "graph/view_internal.h"

#include "format/propjson.h"
#include "format/record.h"

/* A delta above this is worth a rebuild whatever the size of the image. */
#define REBUILD_ROWS_MIN	4096
#define REBUILD_BYTES		(8 * 1024 * 1024)

/* ---- life ---------------------------------------------------------------------------------- */

void
nami_image_release(NamiImage *image)
{
	if (image != NULL && --image->reference_count == 0)
		nami_arena_destroy(image->arena);
}

static void
run_release(NamiRun *run)
{
	if (--run->reference_count == 0)
		nami_arena_destroy(run->arena);
}

static void
free_view(NamiView *view)
{
	for (size_t i = 0; i < view->delta.runs.count; i++)
		run_release(view->delta.runs.items[i]);
	nami_image_release(view->image);
	nami_arena_destroy(view->arena);
}

static void
release_unfinished(NamiResource *resource)
{
	free_view((NamiView *) ((char *) resource - offsetof(NamiView, resource)));
}

NamiArena *
nami_view_begin(const NamiAllocator *allocator, NamiOwner *owner, NamiView **view)
{
	NamiArena  *arena = nami_arena_create(allocator, NULL);

	/* The first block has room for this: nothing unwinds before the owner knows the arena. */
	*view = NAMI_NEW(arena, NamiView);
	(*view)->arena = arena;
	(*view)->reference_count = 1;
	nami_owner_add(owner, &(*view)->resource, release_unfinished);
	return arena;
}

void
nami_view_finish(NamiView *view)
{
	nami_owner_remove(&view->resource);
}

void
nami_view_acquire(const NamiView *view)
{
	((NamiView *) view)->reference_count++;
}

void
nami_view_release(const NamiView *view)
{
	NamiView   *mine = (NamiView *) view;

	if (--mine->reference_count == 0)
		free_view(mine);
}

uint64_t
nami_view_version(const NamiView *view)
{
	return view->version;
}

uint64_t
nami_view_max_lsn(const NamiView *view)
{
	return view->max_lsn;
}

uint64_t
nami_view_space(const NamiView *view)
{
	return view->image->space;
}

NamiCatalog *
nami_view_catalog(const NamiView *view)
{
	return view->catalog;
}

void
nami_view_size(const NamiView *view, NamiViewSize *out)
{
	*out = (NamiViewSize) {
		.image_nodes = view->image->nodes.live_count,
		.image_edges = view->image->edge_count,
		.image_bytes = nami_arena_size_bytes(view->image->arena),
		.delta_rows = view->delta.row_count,
		.delta_bytes = view->delta.size_bytes
	};
}

bool
nami_view_wants_rebuild(const NamiView *view)
{
	uint64_t	rows = view->image->nodes.count + view->image->edge_count;
	uint64_t	limit = rows / 50 > REBUILD_ROWS_MIN ? rows / 50 : REBUILD_ROWS_MIN;

	return view->delta.row_count > limit || view->delta.size_bytes > REBUILD_BYTES;
}

/* ---- schema -------------------------------------------------------------------------------- */

static const NamiKeyId *
intern_keys(NamiView *view, const NamiStr *properties, uint32_t count)
{
	NamiKeyId  *keys = NAMI_NEW_ARRAY(view->arena, NamiKeyId, count);

	for (uint32_t i = 0; i < count; i++)
		keys[i] = nami_catalog_intern(view->catalog, NAMI_NAME_KEY, properties[i]);
	return keys;
}

static NamiLabelId
intern_label(NamiView *view, NamiStr label)
{
	return nami_catalog_intern(view->catalog, NAMI_NAME_LABEL, label);
}

static void
set_constraints(NamiView *view, const NamiViewSchema *schema)
{
	uint32_t	count = schema->constraint_count;
	NamiUniqueConstraint *list = NAMI_NEW_ARRAY(view->arena, NamiUniqueConstraint, count);

	for (uint32_t i = 0; i < count; i++)
	{
		const NamiViewConstraint *from = &schema->constraints[i];

		list[i] = (NamiUniqueConstraint) {
			.name = nami_arena_str(view->arena, from->name),
			.label = intern_label(view, from->label),
			.keys = intern_keys(view, from->properties, from->property_count),
			.key_count = from->property_count
		};
	}
	view->schema.constraints = list;
	view->schema.constraint_count = count;
}

static void
set_range_indexes(NamiView *view, const NamiViewSchema *schema)
{
	uint32_t	count = schema->range_index_count;
	NamiRangeIndex *list = NAMI_NEW_ARRAY(view->arena, NamiRangeIndex, count);

	for (uint32_t i = 0; i < count; i++)
	{
		const NamiViewIndex *from = &schema->range_indexes[i];

		list[i] = (NamiRangeIndex) {
			.name = nami_arena_str(view->arena, from->name),
			.label = intern_label(view, from->label),
			.keys = intern_keys(view, from->properties, from->property_count),
			.key_count = from->property_count
		};
	}
	view->schema.indexes = list;
	view->schema.index_count = count;
}

static void
set_vector_indexes(NamiView *view, const NamiViewSchema *schema)
{
	uint32_t	count = 0;
	NamiVectorIndex *list = NAMI_NEW_ARRAY(view->arena, NamiVectorIndex,
										   schema->vector_index_count);

	for (uint32_t i = 0; i < schema->vector_index_count; i++)
	{
		const NamiViewIndex *from = &schema->vector_indexes[i];

		if (from->property_count == 0)
			continue;
		list[count++] = (NamiVectorIndex) {
			.name = nami_arena_str(view->arena, from->name),
			.label = intern_label(view, from->label),
			.key = nami_catalog_intern(view->catalog, NAMI_NAME_KEY, from->properties[0]),
			.dimension = from->dimension,
			.metric = nami_arena_str(view->arena, from->metric)
		};
	}
	view->schema.vector_indexes = list;
	view->schema.vector_index_count = count;
}

static void
set_text_indexes(NamiView *view, const NamiViewSchema *schema)
{
	uint32_t	count = schema->text_index_count;
	NamiTextIndex *list = NAMI_NEW_ARRAY(view->arena, NamiTextIndex, count);

	for (uint32_t i = 0; i < count; i++)
	{
		const NamiViewIndex *from = &schema->text_indexes[i];

		list[i] = (NamiTextIndex) {
			.name = nami_arena_str(view->arena, from->name),
			.label = intern_label(view, from->label),
			.keys = intern_keys(view, from->properties, from->property_count),
			.key_count = from->property_count
		};
	}
	view->schema.text_indexes = list;
	view->schema.text_index_count = count;
}

void
nami_view_set_schema(NamiView *view, const NamiViewSchema *schema)
{
	set_constraints(view, schema);
	set_range_indexes(view, schema);
	set_vector_indexes(view, schema);
	set_text_indexes(view, schema);
}

void
nami_view_set_labels(NamiView *view, const NamiStr *label_dict, uint32_t count)
{
	NamiLabelId *numbers = NAMI_NEW_ARRAY(view->arena, NamiLabelId, count);

	for (uint32_t i = 0; i < count; i++)
		numbers[i] = intern_label(view, label_dict[i]);
	view->label_numbers = numbers;
	view->label_count = count;
}

/* ---- records ------------------------------------------------------------------------------- */

static void
set_poison(NamiElement *element, NamiArena *arena, const NamiError *err)
{
	element->poison = nami_arena_strdup(arena, err->message);
}

const NamiElement *
nami_element_parse(NamiArena *arena, NamiCatalog *catalog, const NamiLabelId *label_numbers,
				   uint32_t label_count, bool is_edge, NamiStr json)
{
	NamiElement *element = NAMI_NEW(arena, NamiElement);
	NamiError	err = NAMI_ERROR_INIT;
	NamiRecord	record;
	NamiLabelId *labels;
	uint32_t	count = 0;
	NamiValue	map;

	if ((is_edge ? nami_record_parse_edge(arena, json, &record, &err) :
		 nami_record_parse_node(arena, json, &record, &err)) != NAMI_OK)
	{
		set_poison(element, arena, &err);
		return element;
	}
	labels = NAMI_NEW_ARRAY(arena, NamiLabelId, record.label_count);
	for (uint32_t i = 0; i < record.label_count; i++)
	{
		if (record.labels[i] < label_count)
			labels[count++] = label_numbers[record.labels[i]];
	}
	element->labels = labels;
	element->label_count = nami_labels_sort(catalog, labels, count);
	if (nami_prop_decode(arena, record.properties, 0, &map, &err) != NAMI_OK)
		set_poison(element, arena, &err);
	else
		nami_element_set_props(element, arena, catalog, map);
	return element;
}

/* ---- questions ----------------------------------------------------------------------------- */

NamiOrd
nami_view_find_id(const NamiView *view, const NamiId *id)
{
	const NamiNodeImage *nodes = &view->image->nodes;
	uint32_t	ord = nami_idslots_find(nodes->id_slots, nodes->id_mask, nodes->ids, id);

	if (ord != NAMI_MAP_NONE)
		return ord;
	ord = nami_idmap_find(&view->delta.id_map, view->delta.ids.items, id);
	return ord == NAMI_MAP_NONE ? NAMI_ORD_NONE : nodes->count + ord;
}

NamiId
nami_view_id(const NamiView *view, NamiOrd ord)
{
	NAMI_ASSERT(ord - view->image->nodes.count < view->delta.ids.count ||
				ord < view->image->nodes.count);
	return ord < view->image->nodes.count ? view->image->nodes.ids[ord] :
		view->delta.ids.items[ord - view->image->nodes.count];
}

bool
nami_view_is_live(const NamiView *view, NamiOrd ord)
{
	const NamiDeltaNode *node = nami_view_delta_node(view, ord);

	if (node != NULL)
		return node->state == NAMI_DELTA_LIVE;
	return ord < view->image->nodes.live_count;
}

NamiEdgePos
nami_view_find_edge(const NamiView *view, NamiTypeId type, NamiOrd src, NamiOrd dst)
{
	const NamiDeltaType *delta = nami_view_delta_type(view, type);
	const NamiEdgeImage *image;

	if (delta != NULL)
	{
		uint32_t	entry = nami_wordmap_find(&delta->by_ends, (uint64_t) src << 32 | dst);

		if (entry != NAMI_MAP_NONE)
			return delta->edges.items[entry].is_live ? delta->edges.items[entry].pos :
				NAMI_POS_NONE;
	}
	image = nami_view_edge_image(view, type);
	return image == NULL ? NAMI_POS_NONE : nami_csr_find(&image->out, src, dst);
}

const NamiDeltaEdge *
nami_view_delta_edge(const NamiView *view, NamiTypeId type, NamiEdgePos pos)
{
	const NamiDeltaType *delta = nami_view_delta_type(view, type);
	uint32_t	entry;

	if (delta == NULL)
		return NULL;
	if (pos >= delta->image_count)
	{
		NAMI_ASSERT(pos - delta->image_count < delta->added.count);
		return &delta->edges.items[delta->added.items[pos - delta->image_count]];
	}
	entry = nami_wordmap_find(&delta->by_pos, pos);
	return entry == NAMI_MAP_NONE ? NULL : &delta->edges.items[entry];
}
