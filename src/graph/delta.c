/*
 * delta.c - a newer view: the delta of an older one, copied, and the records of newer WAL segments
 * applied to it (docs/engine.md 3.1).
 *
 * The copy is of arrays and tables only; decoded records lie in runs, which views share.
 */
#include "graph/view_internal.h"

#include "format/wal.h"

/* ---- copying ------------------------------------------------------------------------------- */

#define COPY_VEC(to, from, arena) \
	((to)->items = nami_arena_memdup((arena), (from)->items, \
									 (from)->count * sizeof(*(from)->items)), \
	 (to)->count = (to)->capacity = (from)->count)

static void
copy_type(NamiDeltaType *to, const NamiDeltaType *from, NamiArena *arena)
{
	to->type = from->type;
	to->image_count = from->image_count;
	COPY_VEC(&to->edges, &from->edges, arena);
	COPY_VEC(&to->added, &from->added, arena);
	to->by_ends = nami_wordmap_clone(&from->by_ends, arena);
	to->by_pos = nami_wordmap_clone(&from->by_pos, arena);
	to->heads_out = nami_wordmap_clone(&from->heads_out, arena);
	to->heads_in = nami_wordmap_clone(&from->heads_in, arena);
}

static void
copy_delta(NamiView *view, const NamiView *base)
{
	NamiDelta  *to = &view->delta;
	const NamiDelta *from = &base->delta;
	NamiArena  *arena = view->arena;

	nami_vec_reserve(&to->runs, arena, from->runs.count + 1);
	for (size_t i = 0; i < from->runs.count; i++)
	{
		to->runs.items[to->runs.count++] = from->runs.items[i];
		from->runs.items[i]->reference_count++;
	}
	COPY_VEC(&to->ids, &from->ids, arena);
	to->id_map = nami_idmap_clone(&from->id_map, arena);
	COPY_VEC(&to->nodes, &from->nodes, arena);
	to->by_ord = nami_wordmap_clone(&from->by_ord, arena);
	to->blocks = nami_arena_alloc0(arena, sizeof(uint64_t) *
								   nami_bit_words(view->image->nodes.count / NAMI_BLOCK_ROWS + 1));
	if (from->blocks != NULL)
		memcpy(to->blocks, from->blocks, sizeof(uint64_t) *
			   nami_bit_words(view->image->nodes.count / NAMI_BLOCK_ROWS + 1));
	to->type_index = nami_wordmap_clone(&from->type_index, arena);
	for (size_t i = 0; i < from->types.count; i++)
		copy_type(nami_vec_add(&to->types, arena), &from->types.items[i], arena);
	to->deleted_count = from->deleted_count;
	to->row_count = from->row_count;
	to->size_bytes = from->size_bytes;
}

/* ---- applying records ---------------------------------------------------------------------- */

static NamiOrd
ord_of_id(NamiView *view, const NamiUuid *uuid)
{
	NamiDelta  *delta = &view->delta;
	NamiOrd		ord;
	NamiId		id;

	memcpy(id.bytes, uuid->bytes, sizeof(id.bytes));
	ord = nami_view_find_id(view, &id);
	if (ord != NAMI_ORD_NONE)
		return ord;
	nami_vec_push(&delta->ids, view->arena, id);
	nami_idmap_add(&delta->id_map, view->arena, delta->ids.items, (uint32_t) delta->ids.count - 1);
	return view->image->nodes.count + (uint32_t) delta->ids.count - 1;
}

static void
apply_node(NamiView *view, NamiRun *run, const NamiWalRecord *record)
{
	NamiDelta  *delta = &view->delta;
	NamiOrd		ord = ord_of_id(view, &record->id);
	uint32_t	entry = nami_wordmap_find(&delta->by_ord, ord);
	NamiDeltaNode *node;

	if (entry == NAMI_MAP_NONE)
	{
		entry = (uint32_t) delta->nodes.count;
		nami_vec_push(&delta->nodes, view->arena, (NamiDeltaNode) {.ord = ord});
		nami_wordmap_put(&delta->by_ord, view->arena, ord, entry);
		if (ord < view->image->nodes.count)
			nami_bit_set(delta->blocks, ord / NAMI_BLOCK_ROWS);
	}
	node = &delta->nodes.items[entry];
	if (node->state == NAMI_DELTA_DELETED)
		delta->deleted_count--;
	node->element = NULL;
	node->state = record->is_tombstone ? NAMI_DELTA_DELETED : NAMI_DELTA_LIVE;
	if (record->is_tombstone)
		delta->deleted_count++;
	else
		node->element = nami_element_parse(run->arena, view->catalog, view->label_numbers,
										   view->label_count, false, record->value);
}

static NamiDeltaType *
delta_type(NamiView *view, NamiTypeId type)
{
	NamiDelta  *delta = &view->delta;
	uint32_t	index = nami_wordmap_find(&delta->type_index, type);
	const NamiEdgeImage *image;
	NamiDeltaType *added;

	if (index != NAMI_MAP_NONE)
		return &delta->types.items[index];
	image = nami_view_edge_image(view, type);
	nami_wordmap_put(&delta->type_index, view->arena, type, (uint32_t) delta->types.count);
	added = nami_vec_add(&delta->types, view->arena);
	added->type = type;
	added->image_count = image == NULL ? 0 : image->count;
	return added;
}

/* The entry of an edge; NULL for the tombstone of one that does not exist. */
static NamiDeltaEdge *
edge_entry(NamiView *view, NamiDeltaType *type, NamiOrd src, NamiOrd dst, bool is_tombstone)
{
	uint64_t	ends = (uint64_t) src << 32 | dst;
	uint32_t	entry = nami_wordmap_find(&type->by_ends, ends);
	const NamiEdgeImage *image;
	NamiDeltaEdge edge = {.src = src, .dst = dst, .pos = NAMI_POS_NONE};

	if (entry != NAMI_MAP_NONE)
		return &type->edges.items[entry];
	image = nami_view_edge_image(view, type->type);
	if (image != NULL)
		edge.pos = nami_csr_find(&image->out, src, dst);
	edge.in_image = edge.pos != NAMI_POS_NONE;
	if (!edge.in_image && is_tombstone)
		return NULL;
	entry = (uint32_t) type->edges.count;
	if (edge.in_image)
		nami_wordmap_put(&type->by_pos, view->arena, edge.pos, entry);
	else
	{
		edge.pos = type->image_count + (uint32_t) type->added.count;
		nami_vec_push(&type->added, view->arena, entry);
	}
	edge.next_out = nami_wordmap_find(&type->heads_out, src);
	edge.next_in = nami_wordmap_find(&type->heads_in, dst);
	nami_wordmap_put(&type->by_ends, view->arena, ends, entry);
	nami_wordmap_put(&type->heads_out, view->arena, src, entry);
	nami_wordmap_put(&type->heads_in, view->arena, dst, entry);
	nami_vec_push(&type->edges, view->arena, edge);
	return &type->edges.items[entry];
}

static void
apply_edge(NamiView *view, NamiRun *run, const NamiWalRecord *record)
{
	NamiTypeId	number = nami_catalog_intern(view->catalog, NAMI_NAME_TYPE, record->edge_type);
	NamiDeltaType *type = delta_type(view, number);
	NamiOrd		src = ord_of_id(view, &record->src);
	NamiOrd		dst = ord_of_id(view, &record->dst);
	NamiDeltaEdge *edge = edge_entry(view, type, src, dst, record->is_tombstone);

	if (edge == NULL)
		return;
	edge->is_live = !record->is_tombstone;
	edge->element = record->is_tombstone ? NULL :
		nami_element_parse(run->arena, view->catalog, view->label_numbers, view->label_count, true,
						   record->value);
}

static NamiRun *
new_run(NamiView *view, const NamiAllocator *allocator)
{
	NamiArena  *arena;
	NamiRun    *run;

	nami_vec_reserve(&view->delta.runs, view->arena, view->delta.runs.count + 1);
	arena = nami_arena_create(allocator, NULL);
	run = NAMI_NEW(arena, NamiRun);
	run->arena = arena;
	run->reference_count = 1;
	view->delta.runs.items[view->delta.runs.count++] = run;
	return run;
}

/* *is_ascending false: a record is not newer than what the base has. */
static NamiStatus
apply_segment(NamiView *view, NamiRun *run, const NamiViewSegment *segment, uint64_t base_lsn,
			  bool *is_ascending, NamiError *err)
{
	/* Strings of decoded records point into their text: it has to stay. */
	NamiStr		bytes = nami_arena_str(run->arena, segment->bytes);
	NamiWalReader reader;
	NamiWalRecord record;
	bool		has_record;

	NAMI_TRY(nami_wal_open(bytes, &reader, err));
	for (;;)
	{
		NAMI_TRY(nami_wal_next(&reader, &record, &has_record, err));
		*is_ascending = !has_record || record.lsn > base_lsn;
		if (!has_record || !*is_ascending)
			return NAMI_OK;
		if (record.is_edge)
			apply_edge(view, run, &record);
		else
			apply_node(view, run, &record);
		view->delta.row_count++;
		if (view->delta.row_count % 4096 == 0 && view->host->interrupted(view->host->ctx))
			return nami_fail(err, NAMI_ERR_CANCELLED, "cancelled while reading the namespace");
	}
}

static NamiStatus
apply_segments(NamiView *view, const NamiAllocator *allocator, const NamiViewInputs *inputs,
			   uint64_t base_lsn, bool *is_ascending, NamiError *err)
{
	NamiRun    *run;

	*is_ascending = true;
	if (inputs->segment_count == 0)
		return NAMI_OK;
	run = new_run(view, allocator);
	for (uint32_t i = 0; i < inputs->segment_count && *is_ascending; i++)
	{
		if (apply_segment(view, run, &inputs->segments[i], base_lsn, is_ascending, err) != NAMI_OK)
		{
			nami_error_context(err, "reading WAL segment %llu",
							   (unsigned long long) inputs->segments[i].seq);
			return NAMI_FAILED;
		}
	}
	view->delta.size_bytes += nami_arena_size_bytes(run->arena);
	if (view->image->nodes.count + view->delta.ids.count >= NAMI_ORD_OWN_FIRST)
		return nami_fail(err, NAMI_ERR_LIMIT, "the namespace has too many ids");
	return NAMI_OK;
}

NamiStatus
nami_view_append(const NamiView *base, const NamiHost *host, const NamiAllocator *allocator,
				 NamiOwner *owner, const NamiViewInputs *inputs, NamiView **out, NamiError *err)
{
	NamiView   *view;
	NamiStatus	status;
	bool		is_ascending;

	*out = NULL;
	nami_view_begin(allocator, owner, &view);
	view->host = host;
	view->catalog = base->catalog;
	view->version = inputs->version;
	view->max_lsn = inputs->max_lsn;
	base->image->reference_count++;
	view->image = base->image;
	view->dangling = nami_arena_alloc0(view->arena, view->image->type_count);
	nami_view_set_labels(view, inputs->label_dict, inputs->label_count);
	nami_view_set_schema(view, &inputs->schema);
	copy_delta(view, base);
	status = apply_segments(view, allocator, inputs, base->max_lsn, &is_ascending, err);
	nami_view_finish(view);
	if (status != NAMI_OK || !is_ascending)
	{
		nami_view_release(view);
		return status;
	}
	*out = view;
	return NAMI_OK;
}
