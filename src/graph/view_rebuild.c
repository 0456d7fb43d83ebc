/*
 * view_rebuild.c - folding a delta into a new image, from the older view alone: nothing is fetched
 * and no JSON parsed (docs/engine.md 2, "Merge build").
 */
#include "graph/view_build.h"

#include "graph/snapshot_internal.h"

#define CHECK_ROWS	4096

/* ---- nodes --------------------------------------------------------------------------------- */

typedef struct Fold
{
	NamiBuild  *build;
	const NamiView *base;
	uint32_t   *image_added;	/* by ordinal of the base's image: number of addition, or NONE */
	uint32_t   *delta_added;	/* by entry of the base's delta */
} Fold;

static NamiStatus
fold_nodes(Fold *fold, NamiError *err)
{
	const NamiView *base = fold->base;
	const NamiNodeImage *nodes = &base->image->nodes;
	NamiNodeBuilder *to = fold->build->nodes;

	fold->image_added = NAMI_NEW_ARRAY(fold->build->arena, uint32_t, nodes->count);
	fold->delta_added = NAMI_NEW_ARRAY(fold->build->arena, uint32_t, base->delta.nodes.count);
	memset(fold->image_added, 0xFF, (size_t) nodes->count * sizeof(uint32_t));
	memset(fold->delta_added, 0xFF, base->delta.nodes.count * sizeof(uint32_t));
	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		const NamiImageGroup *group = &nodes->groups[g];

		NAMI_TRY(nami_build_check(fold->build, err));
		for (NamiOrd ord = group->lo; ord < group->hi; ord++)
		{
			if (nami_view_delta_node(base, ord) != NULL)
				continue;
			fold->image_added[ord] = (uint32_t) to->added.count;
			nami_node_builder_add(to, &nodes->ids[ord], group->labels, group->label_count);
		}
	}
	for (size_t i = 0; i < base->delta.nodes.count; i++)
	{
		const NamiDeltaNode *node = &base->delta.nodes.items[i];
		NamiId		id;

		if (node->state != NAMI_DELTA_LIVE)
			continue;
		id = nami_view_id(base, node->ord);
		fold->delta_added[i] = (uint32_t) to->added.count;
		nami_node_builder_add(to, &id, node->element->labels, node->element->label_count);
	}
	return nami_node_builder_number(to, err);
}

static void
set_element(NamiSegmentSet *set, uint32_t group, uint32_t row, uint32_t ord_or_pos,
			const NamiElement *element)
{
	if (element->poison != NULL)
		nami_segment_set_poison(set, ord_or_pos, nami_str(element->poison));
	for (uint32_t i = 0; i < element->prop_count; i++)
		nami_segment_set_add(set, group, row, element->keys[i], element->entries[i].value);
}

static NamiStatus
fold_segment(Fold *fold, const NamiImageGroup *group, const NamiSegment *segment, NamiError *err)
{
	NamiArena  *rows = fold->build->scratch->row_arena;
	NamiNodeBuilder *to = fold->build->nodes;

	for (uint32_t row = 0; row < segment->row_count; row++)
	{
		uint32_t	added = fold->image_added[group->lo + row];

		if (row % CHECK_ROWS == 0)
		{
			nami_arena_reset(rows);
			NAMI_TRY(nami_build_check(fold->build, err));
		}
		if (added != UINT32_MAX)
		{
			NamiValue	value = nami_segment_get(segment, row, rows);

			if (!nami_value_is_null(value))
				nami_node_builder_set(to, to->ord_of[added], segment->key, value);
		}
	}
	return NAMI_OK;
}

static NamiStatus
fold_node_props(Fold *fold, NamiError *err)
{
	const NamiView *base = fold->base;
	const NamiNodeImage *nodes = &base->image->nodes;
	NamiNodeBuilder *to = fold->build->nodes;

	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		const NamiImageGroup *group = &nodes->groups[g];

		for (uint32_t i = 0; i < group->segment_count; i++)
			NAMI_TRY(fold_segment(fold, group, &group->segments[i], err));
	}
	for (uint32_t i = 0; i < nodes->poison.count; i++)
	{
		NamiOrd		ord = nodes->poison.rows[i];

		if (fold->image_added[ord] != UINT32_MAX)
			nami_segment_set_poison(&to->segments, to->ord_of[fold->image_added[ord]],
									nami_poison_find(&nodes->poison, ord));
	}
	for (size_t i = 0; i < base->delta.nodes.count; i++)
	{
		NamiOrd		ord;
		uint32_t	group;

		if (fold->delta_added[i] == UINT32_MAX)
			continue;
		ord = to->ord_of[fold->delta_added[i]];
		group = nami_node_builder_group(to, ord);
		set_element(&to->segments, group, ord - to->groups.items[group].lo, ord,
					base->delta.nodes.items[i].element);
	}
	return NAMI_OK;
}

/* ---- relationships ------------------------------------------------------------------------- */

static NamiOrd
new_ord(Fold *fold, NamiOrd ord)
{
	NamiId		id;

	if (ord < fold->base->image->nodes.count && fold->image_added[ord] != UINT32_MAX)
		return fold->build->nodes->ord_of[fold->image_added[ord]];
	id = nami_view_id(fold->base, ord);
	return nami_node_builder_resolve(fold->build->nodes, &id);
}

/* Calls for every live record of the type, its ends live or not, in a fixed order. */
typedef void (*EdgeVisit) (Fold *fold, NamiEdgeBuilder *to, uint32_t number, NamiOrd src,
						   NamiOrd dst, NamiEdgePos pos, const NamiDeltaEdge *edge);

static NamiStatus
visit_edges(Fold *fold, NamiEdgeBuilder *to, EdgeVisit visit, NamiError *err)
{
	const NamiEdgeImage *image = nami_view_edge_image(fold->base, to->type);
	const NamiDeltaType *delta = nami_view_delta_type(fold->base, to->type);
	uint32_t	number = 0;

	for (uint32_t row = 0; image != NULL && row < image->out.row_count; row++)
	{
		NamiOrd		src = image->out.keys != NULL ? image->out.keys[row] : image->out.lo + row;

		if (row % CHECK_ROWS == 0)
			NAMI_TRY(nami_build_check(fold->build, err));
		for (uint32_t pos = image->out.offsets[row]; pos < image->out.offsets[row + 1]; pos++)
		{
			const NamiDeltaEdge *edge = delta == NULL ? NULL :
				nami_view_delta_edge(fold->base, to->type, pos);

			if (edge == NULL || edge->is_live)
				visit(fold, to, number++, src, image->out.other[pos], pos, edge);
		}
	}
	for (size_t i = 0; delta != NULL && i < delta->added.count; i++)
	{
		const NamiDeltaEdge *edge = &delta->edges.items[delta->added.items[i]];

		if (edge->is_live)
			visit(fold, to, number++, edge->src, edge->dst, edge->pos, edge);
	}
	return NAMI_OK;
}

static void
visit_key(Fold *fold, NamiEdgeBuilder *to, uint32_t number, NamiOrd src, NamiOrd dst,
		  NamiEdgePos pos, const NamiDeltaEdge *edge)
{
	nami_edge_builder_add(to, new_ord(fold, src), new_ord(fold, dst), 0, 0);
}

static void
visit_props(Fold *fold, NamiEdgeBuilder *to, uint32_t number, NamiOrd src, NamiOrd dst,
			NamiEdgePos pos, const NamiDeltaEdge *edge)
{
	const NamiEdgeImage *image;
	NamiEdgePos new_pos = to->pos_of[number];
	NamiStr		cause;

	if (number % CHECK_ROWS == 0)
		nami_arena_reset(fold->build->scratch->row_arena);
	if (edge != NULL)
	{
		set_element(&to->segments, 0, new_pos, new_pos, edge->element);
		return;
	}
	image = nami_view_edge_image(fold->base, to->type);
	cause = nami_poison_find(&image->poison, pos);
	if (cause.ptr != NULL)
		nami_segment_set_poison(&to->segments, new_pos, cause);
	for (uint32_t i = 0; i < image->segment_count; i++)
	{
		NamiValue	value = nami_segment_get(&image->segments[i], pos,
											 fold->build->scratch->row_arena);

		if (!nami_value_is_null(value))
			nami_edge_builder_set(to, new_pos, image->segments[i].key, value);
	}
}

static NamiStatus
fold_type(Fold *fold, NamiTypeId type, NamiError *err)
{
	NamiBuild  *build = fold->build;
	NamiEdgeBuilder *to = nami_edge_builder_create(build->arena, build->view->catalog, type);

	nami_vec_push(&build->types, build->arena, to);
	NAMI_TRY(visit_edges(fold, to, visit_key, err));
	NAMI_TRY(nami_edge_builder_number(to, (uint32_t) build->nodes->ids.count, err));
	return visit_edges(fold, to, visit_props, err);
}

static NamiStatus
fold_all(Fold *fold, NamiError *err)
{
	const NamiView *base = fold->base;

	NAMI_TRY(fold_nodes(fold, err));
	NAMI_TRY(fold_node_props(fold, err));
	for (uint32_t i = 0; i < base->image->type_count; i++)
		NAMI_TRY(fold_type(fold, base->image->types[i].type, err));
	for (size_t i = 0; i < base->delta.types.count; i++)
	{
		NamiTypeId	type = base->delta.types.items[i].type;

		if (nami_view_edge_image(base, type) == NULL)
			NAMI_TRY(fold_type(fold, type, err));
	}
	return nami_build_image(fold->build, err);
}

/* ---- the view ------------------------------------------------------------------------------ */

static void
copy_metadata(NamiView *view, const NamiView *base)
{
	const NamiSchema *from = &base->schema;
	NamiSchema *to = &view->schema;
	NamiArena  *arena = view->arena;

	view->label_numbers = nami_arena_memdup(arena, base->label_numbers,
											base->label_count * sizeof(NamiLabelId));
	view->label_count = base->label_count;
	*to = *from;
#define COPY_LIST(list, n) (to->list = nami_arena_memdup(arena, from->list, (n) * sizeof(*from->list)))
	COPY_LIST(constraints, from->constraint_count);
	COPY_LIST(indexes, from->index_count);
	COPY_LIST(vector_indexes, from->vector_index_count);
	COPY_LIST(text_indexes, from->text_index_count);
#undef COPY_LIST
	for (uint32_t i = 0; i < to->constraint_count; i++)
	{
		NamiUniqueConstraint *item = (NamiUniqueConstraint *) &to->constraints[i];

		item->name = nami_arena_str(arena, item->name);
		item->keys = nami_arena_memdup(arena, item->keys, item->key_count * sizeof(NamiKeyId));
	}
	for (uint32_t i = 0; i < to->index_count; i++)
	{
		NamiRangeIndex *item = (NamiRangeIndex *) &to->indexes[i];

		item->name = nami_arena_str(arena, item->name);
		item->keys = nami_arena_memdup(arena, item->keys, item->key_count * sizeof(NamiKeyId));
	}
	for (uint32_t i = 0; i < to->vector_index_count; i++)
	{
		NamiVectorIndex *item = (NamiVectorIndex *) &to->vector_indexes[i];

		item->name = nami_arena_str(arena, item->name);
		item->metric = nami_arena_str(arena, item->metric);
	}
	for (uint32_t i = 0; i < to->text_index_count; i++)
	{
		NamiTextIndex *item = (NamiTextIndex *) &to->text_indexes[i];

		item->name = nami_arena_str(arena, item->name);
		item->keys = nami_arena_memdup(arena, item->keys, item->key_count * sizeof(NamiKeyId));
	}
}

NamiStatus
nami_view_rebuild(const NamiView *base, const NamiHost *host, const NamiAllocator *allocator,
				  NamiOwner *owner, NamiView **out, NamiError *err)
{
	NamiView   *view;
	NamiBuild	build;
	Fold		fold = {.build = &build, .base = base};
	NamiStatus	status;

	nami_view_begin(allocator, owner, &view);
	view->host = host;
	view->catalog = base->catalog;
	view->version = base->version;
	view->max_lsn = base->max_lsn;
	copy_metadata(view, base);
	nami_build_begin(&build, view, host, allocator, owner);
	status = fold_all(&fold, err);
	nami_build_end(&build);
	nami_view_finish(view);
	if (status != NAMI_OK)
	{
		nami_view_release(view);
		return status;
	}
	*out = view;
	return NAMI_OK;
}
