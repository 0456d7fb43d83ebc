/*
 * snapshot_edges.c - relationships of a snapshot: neighbours, scans, counts; see snapshot.h.
 *
 * The image's slice of a node is the whole answer when neither the delta nor the own writes name the
 * node in that type and direction, and when all ends are known to be live. Else the three layers are
 * walked one after the other.
 */
#include "graph/snapshot_internal.h"

#include <stdlib.h>

/* ---- may ends be missing? ------------------------------------------------------------------ */

static bool
slice_has_live(const NamiView *view, NamiTypeId type, const NamiCsr *csr, const NamiEdgePos *pos,
			   NamiOrd ord)
{
	uint32_t	begin;
	uint32_t	end;

	nami_csr_slice(csr, ord, &begin, &end);
	for (uint32_t i = begin; i < end; i++)
	{
		const NamiDeltaEdge *edge = nami_view_delta_edge(view, type, pos == NULL ? i : pos[i]);

		if (edge == NULL || edge->is_live)
			return true;
	}
	return false;
}

static bool
find_dangling(const NamiView *view, NamiTypeId type, const NamiEdgeImage *image)
{
	const NamiDeltaType *delta = nami_view_delta_type(view, type);

	if (image != NULL && image->has_dangling)
		return true;
	for (size_t i = 0; delta != NULL && i < delta->edges.count; i++)
	{
		const NamiDeltaEdge *edge = &delta->edges.items[i];

		if (edge->is_live &&
			!(nami_view_is_live(view, edge->src) && nami_view_is_live(view, edge->dst)))
			return true;
	}
	for (size_t i = 0; image != NULL && view->delta.deleted_count > 0 &&
		 i < view->delta.nodes.count; i++)
	{
		const NamiDeltaNode *node = &view->delta.nodes.items[i];

		if (node->state == NAMI_DELTA_DELETED &&
			(slice_has_live(view, type, &image->out, NULL, node->ord) ||
			 slice_has_live(view, type, &image->in, image->in_pos, node->ord)))
			return true;
	}
	return false;
}

bool
nami_view_may_dangle(const NamiView *view, NamiTypeId type)
{
	uint32_t	index = nami_wordmap_find(&view->image->type_index, type);
	const NamiDeltaType *delta;
	uint8_t    *cache;

	if (index != NAMI_MAP_NONE)
		cache = &view->dangling[index];
	else
	{
		delta = nami_view_delta_type(view, type);
		if (delta == NULL)
			return false;
		cache = &((NamiDeltaType *) delta)->dangling;
	}
	if (*cache == NAMI_NOT_KNOWN)
		*cache = find_dangling(view, type, index == NAMI_MAP_NONE ? NULL :
							   &view->image->types[index]) ? NAMI_KNOWN_YES : NAMI_KNOWN_NO;
	return *cache == NAMI_KNOWN_YES;
}

/* ---- walking one node's relationships ------------------------------------------------------ */

typedef struct Walk
{
	const NamiSnapshot *snapshot;
	const NamiOwnBinding *binding;	/* NULL: nothing staged */
	const NamiEdgeImage *image; /* NULL: none of the type */
	const NamiDeltaType *delta; /* NULL: no changes of the type at this node */
	uint32_t	delta_head;
	uint32_t	own_head;		/* NAMI_MAP_NONE: nothing staged at this node */
	NamiTypeId	type;
	NamiDirection direction;
	NamiOrd		ord;
	bool		check_ends;
} Walk;

typedef void (*Emit) (void *ctx, NamiOrd other, NamiEdgePos pos);

static void
walk_init(Walk *walk, const NamiSnapshot *snapshot, NamiTypeId type, NamiDirection direction,
		  NamiOrd ord)
{
	const NamiDeltaType *delta = nami_view_delta_type(snapshot->view, type);

	*walk = (Walk) {
		.snapshot = snapshot,
		.binding = nami_snapshot_binding(snapshot),
		.image = nami_view_edge_image(snapshot->view, type),
		.delta_head = NAMI_MAP_NONE,
		.own_head = NAMI_MAP_NONE,
		.type = type,
		.direction = direction,
		.ord = ord,
		.check_ends = nami_snapshot_may_dangle(snapshot, type)
	};
	if (delta != NULL)
	{
		walk->delta_head = nami_wordmap_find(direction == NAMI_OUT ? &delta->heads_out :
											 &delta->heads_in, ord);
		if (walk->delta_head != NAMI_MAP_NONE)
			walk->delta = delta;
	}
	if (walk->binding != NULL)
	{
		uint32_t	number = nami_own_node_number(snapshot->own, walk->binding, ord);

		if (number != NAMI_MAP_NONE)
			walk->own_head = nami_own_edge_head(snapshot->own, direction, number, type);
	}
}

static bool
end_is_live(const Walk *walk, NamiOrd other)
{
	return !walk->check_ends || nami_node_state(walk->snapshot, walk->binding, other).is_live;
}

/* Has the transaction deleted that relationship of the view? */
static bool
own_deletes(const Walk *walk, NamiEdgePos pos)
{
	const NamiOwnVersion *version;

	if (walk->own_head == NAMI_MAP_NONE)
		return false;
	version = nami_own_edge_version(walk->snapshot->own, walk->binding, walk->snapshot->mark,
									walk->type, pos);
	return version != NULL && version->is_tombstone;
}

static void
walk_image(const Walk *walk, Emit emit, void *ctx)
{
	const NamiCsr *csr;
	uint32_t	begin;
	uint32_t	end;

	if (walk->image == NULL)
		return;
	csr = walk->direction == NAMI_OUT ? &walk->image->out : &walk->image->in;
	nami_csr_slice(csr, walk->ord, &begin, &end);
	for (uint32_t i = begin; i < end; i++)
	{
		NamiEdgePos pos = walk->direction == NAMI_OUT ? i : walk->image->in_pos[i];

		if (walk->delta != NULL)
		{
			uint32_t	entry = nami_wordmap_find(&walk->delta->by_pos, pos);

			if (entry != NAMI_MAP_NONE && !walk->delta->edges.items[entry].is_live)
				continue;
		}
		if (!own_deletes(walk, pos) && end_is_live(walk, csr->other[i]))
			emit(ctx, csr->other[i], pos);
	}
}

/* Relationships that the image does not have. */
static void
walk_delta(const Walk *walk, Emit emit, void *ctx)
{
	uint32_t	entry = walk->delta_head;

	while (entry != NAMI_MAP_NONE)
	{
		const NamiDeltaEdge *edge = &walk->delta->edges.items[entry];
		NamiOrd		other = walk->direction == NAMI_OUT ? edge->dst : edge->src;

		if (edge->is_live && !edge->in_image && !own_deletes(walk, edge->pos) &&
			end_is_live(walk, other))
			emit(ctx, other, edge->pos);
		entry = walk->direction == NAMI_OUT ? edge->next_out : edge->next_in;
	}
}

/* True when the view has the relationship of that number: then the view's layers give it. */
static bool
view_has_own_edge(const NamiSnapshot *snapshot, const NamiOwnBinding *binding, NamiTypeId type,
				  uint32_t number)
{
	NamiEdgePos pos = binding->positions.items[number];
	const NamiDeltaEdge *edge;

	if (pos == NAMI_POS_NONE)
		return false;
	edge = nami_view_delta_edge(snapshot->view, type, pos);
	return edge == NULL || edge->is_live;
}

static void
walk_own(const Walk *walk, Emit emit, void *ctx)
{
	const NamiOwnWrites *own = walk->snapshot->own;

	for (uint32_t number = walk->own_head; number != NAMI_MAP_NONE;)
	{
		const NamiOwnEdge *edge = &own->edges.items[number];
		const NamiOwnVersion *version = nami_own_visible(edge->newest, walk->snapshot->mark);
		NamiOrd		other = walk->binding->ords.items[walk->direction == NAMI_OUT ? edge->dst :
													  edge->src];

		if (version != NULL && !version->is_tombstone &&
			!view_has_own_edge(walk->snapshot, walk->binding, walk->type, number) &&
			end_is_live(walk, other))
			emit(ctx, other, nami_own_edge_pos(walk->binding, number));
		number = walk->direction == NAMI_OUT ? edge->next_out : edge->next_in;
	}
}

static void
count_one(void *ctx, NamiOrd other, NamiEdgePos pos)
{
	(*(uint32_t *) ctx)++;
}

/* ---- neighbours ---------------------------------------------------------------------------- */

static void
reserve_scratch(NamiAdjacencyScratch *scratch, uint32_t need)
{
	uint32_t	capacity;

	if (need <= scratch->capacity)
		return;
	capacity = need < 64 ? 64 : need * 2 < need ? need : need * 2;
	capacity = (capacity + 15) & ~UINT32_C(15);
	scratch->other = NAMI_NEW_ARRAY(scratch->arena, NamiOrd, capacity);

	/* Behind the positions lies room for as many words: the added ones are sorted there. */
	scratch->pos = NAMI_NEW_ARRAY(scratch->arena, NamiEdgePos, (size_t) capacity * 3);
	scratch->capacity = capacity;
}

typedef struct Fill
{
	NamiAdjacencyScratch *scratch;
	uint32_t	count;
	uint64_t   *added;
	uint32_t	added_count;
} Fill;

static void
fill_list(void *ctx, NamiOrd other, NamiEdgePos pos)
{
	Fill	   *fill = ctx;

	fill->scratch->other[fill->count] = other;
	fill->scratch->pos[fill->count++] = pos;
}

static void
fill_added(void *ctx, NamiOrd other, NamiEdgePos pos)
{
	Fill	   *fill = ctx;

	fill->added[fill->added_count++] = (uint64_t) other << 32 | pos;
}

static int
compare_words(const void *a, const void *b)
{
	uint64_t	left = *(const uint64_t *) a;
	uint64_t	right = *(const uint64_t *) b;

	return left < right ? -1 : left > right;
}

/* Merges the added ones, sorted, into the list from behind. */
static void
merge_added(Fill *fill)
{
	uint32_t	i = fill->count;
	uint32_t	k = fill->added_count;
	uint32_t	to = i + k;

	if (k == 0)
		return;
	qsort(fill->added, k, sizeof(uint64_t), compare_words);
	while (k > 0)
	{
		uint64_t	word = fill->added[k - 1];

		to--;
		if (i > 0 && fill->scratch->other[i - 1] > (uint32_t) (word >> 32))
		{
			i--;
			fill->scratch->other[to] = fill->scratch->other[i];
			fill->scratch->pos[to] = fill->scratch->pos[i];
		}
		else
		{
			k--;
			fill->scratch->other[to] = (NamiOrd) (word >> 32);
			fill->scratch->pos[to] = (NamiEdgePos) word;
		}
	}
	fill->count += fill->added_count;
}

static void
merged_adjacency(Walk *walk, NamiAdjacencyScratch *scratch, NamiAdjacency *out)
{
	uint32_t	bound = 0;
	bool		check_ends = walk->check_ends;
	Fill		fill = {.scratch = scratch};

	walk->check_ends = false;	/* an upper bound will do */
	walk_image(walk, count_one, &bound);
	walk_delta(walk, count_one, &bound);
	walk_own(walk, count_one, &bound);
	walk->check_ends = check_ends;
	reserve_scratch(scratch, bound);
	fill.added = (uint64_t *) (scratch->pos + scratch->capacity);
	walk_image(walk, fill_list, &fill);
	walk_delta(walk, fill_added, &fill);
	merge_added(&fill);
	walk_own(walk, fill_list, &fill);
	*out = (NamiAdjacency) {.other = scratch->other, .pos = scratch->pos, .count = fill.count};
}

void
nami_snapshot_adjacency(const NamiSnapshot *snapshot, NamiTypeId type, NamiDirection direction,
						NamiOrd ord, NamiAdjacencyScratch *scratch, NamiAdjacency *out)
{
	Walk		walk;
	const NamiCsr *csr;
	uint32_t	begin;
	uint32_t	end;

	walk_init(&walk, snapshot, type, direction, ord);
	if (walk.delta_head != NAMI_MAP_NONE || walk.own_head != NAMI_MAP_NONE || walk.check_ends)
	{
		merged_adjacency(&walk, scratch, out);
		return;
	}
	*out = (NamiAdjacency) {0};
	if (walk.image == NULL)
		return;
	csr = direction == NAMI_OUT ? &walk.image->out : &walk.image->in;
	nami_csr_slice(csr, ord, &begin, &end);
	out->other = csr->other + begin;
	out->pos = direction == NAMI_OUT ? NULL : walk.image->in_pos + begin;
	out->first_pos = begin;
	out->count = end - begin;
}

uint32_t
nami_snapshot_degree(const NamiSnapshot *snapshot, NamiTypeId type, NamiDirection direction,
					 NamiOrd ord)
{
	uint32_t	count = 0;
	Walk		walk;
	uint32_t	begin;
	uint32_t	end;

	walk_init(&walk, snapshot, type, direction, ord);
	if (walk.delta_head == NAMI_MAP_NONE && walk.own_head == NAMI_MAP_NONE && !walk.check_ends)
	{
		if (walk.image == NULL)
			return 0;
		nami_csr_slice(direction == NAMI_OUT ? &walk.image->out : &walk.image->in, ord, &begin,
					   &end);
		return end - begin;
	}
	walk_image(&walk, count_one, &count);
	walk_delta(&walk, count_one, &count);
	walk_own(&walk, count_one, &count);
	return count;
}

static bool
has_edges_of(const NamiSnapshot *snapshot, NamiTypeId type, NamiOrd ord)
{
	uint32_t	count = 0;

	for (int direction = NAMI_OUT; direction <= NAMI_IN; direction++)
	{
		Walk		walk;

		walk_init(&walk, snapshot, type, (NamiDirection) direction, ord);
		walk.check_ends = false;
		walk_image(&walk, count_one, &count);
		walk_delta(&walk, count_one, &count);
		walk_own(&walk, count_one, &count);
		if (count > 0)
			return true;
	}
	return false;
}

bool
nami_snapshot_has_edges(const NamiSnapshot *snapshot, NamiOrd ord)
{
	const NamiView *view = snapshot->view;
	uint32_t	type_count = nami_catalog_count(view->catalog, NAMI_NAME_TYPE);

	for (NamiTypeId type = 0; type < type_count; type++)
	{
		if (has_edges_of(snapshot, type, ord))
			return true;
	}
	return false;
}

/* ---- single relationships ------------------------------------------------------------------ */

NamiEdgePos
nami_snapshot_find_edge(const NamiSnapshot *snapshot, NamiTypeId type, NamiOrd src, NamiOrd dst)
{
	const NamiOwnBinding *binding = nami_snapshot_binding(snapshot);

	if (binding != NULL)
	{
		uint32_t	src_number = nami_own_node_number(snapshot->own, binding, src);
		uint32_t	dst_number = nami_own_node_number(snapshot->own, binding, dst);
		uint32_t	number = src_number == NAMI_MAP_NONE || dst_number == NAMI_MAP_NONE ?
			NAMI_MAP_NONE : nami_own_find_edge(snapshot->own, type, src_number, dst_number);

		if (number != NAMI_MAP_NONE)
		{
			const NamiOwnVersion *version =
				nami_own_visible(snapshot->own->edges.items[number].newest, snapshot->mark);

			if (version != NULL)
				return version->is_tombstone ? NAMI_POS_NONE : nami_own_edge_pos(binding, number);
		}
	}
	if (src >= NAMI_ORD_OWN_FIRST || dst >= NAMI_ORD_OWN_FIRST)
		return NAMI_POS_NONE;
	return nami_view_find_edge(snapshot->view, type, src, dst);
}

void
nami_snapshot_edge_ends(const NamiSnapshot *snapshot, NamiTypeId type, NamiEdgePos pos,
						NamiOrd *src, NamiOrd *dst)
{
	const NamiEdgeImage *image;

	if (pos >= NAMI_POS_OWN_FIRST)
	{
		const NamiOwnBinding *binding = nami_own_binding(snapshot->own, snapshot->view);
		const NamiOwnEdge *edge = &snapshot->own->edges.items[pos - NAMI_POS_OWN_FIRST];

		*src = binding->ords.items[edge->src];
		*dst = binding->ords.items[edge->dst];
		return;
	}
	image = nami_view_edge_image(snapshot->view, type);
	if (image != NULL && pos < image->count)
	{
		*src = nami_csr_owner(&image->out, pos);
		*dst = image->out.other[pos];
	}
	else
	{
		const NamiDeltaEdge *edge = nami_view_delta_edge(snapshot->view, type, pos);

		NAMI_ASSERT(edge != NULL);
		*src = edge->src;
		*dst = edge->dst;
	}
}

/* ---- scanning ------------------------------------------------------------------------------ */

enum
{
	STAGE_IMAGE = 0,
	STAGE_DELTA,
	STAGE_OWN,
	STAGE_END
};

void
nami_edge_scan_init(NamiEdgeScan *scan, const NamiSnapshot *snapshot, NamiTypeId type,
					NamiArena *arena)
{
	*scan = (NamiEdgeScan) {.snapshot = snapshot, .type = type, .arena = arena};
}

/* What the three stages need to know about the snapshot, found anew for each batch. */
typedef struct EdgeFilter
{
	const NamiSnapshot *snapshot;
	const NamiOwnBinding *binding;
	NamiTypeId	type;
	bool		check_state;
	bool		check_ends;
} EdgeFilter;

static bool
edge_counts(const EdgeFilter *filter, NamiOrd src, NamiOrd dst, NamiEdgePos pos)
{
	if (filter->check_state &&
		!nami_edge_state(filter->snapshot, filter->binding, filter->type, pos).is_live)
		return false;
	return !filter->check_ends ||
		(nami_node_state(filter->snapshot, filter->binding, src).is_live &&
		 nami_node_state(filter->snapshot, filter->binding, dst).is_live);
}

static uint32_t
scan_image(NamiEdgeScan *scan, const EdgeFilter *filter, NamiOrd *src, NamiOrd *dst,
		   NamiEdgePos *pos, uint32_t max)
{
	const NamiEdgeImage *image = nami_view_edge_image(scan->snapshot->view, scan->type);
	uint32_t	n = 0;

	if (image == NULL)
		return 0;
	while (scan->pos < image->count && n < max)
	{
		NamiEdgePos at = (NamiEdgePos) scan->pos++;
		NamiOrd		from;

		while (image->out.offsets[scan->src + 1] <= at)
			scan->src++;		/* a row, not an ordinal */
		from = image->out.keys != NULL ? image->out.keys[scan->src] : image->out.lo + scan->src;
		if (!edge_counts(filter, from, image->out.other[at], at))
			continue;
		src[n] = from;
		dst[n] = image->out.other[at];
		pos[n++] = at;
	}
	return n;
}

static uint32_t
scan_delta(NamiEdgeScan *scan, const EdgeFilter *filter, NamiOrd *src, NamiOrd *dst,
		   NamiEdgePos *pos, uint32_t max)
{
	const NamiDeltaType *delta = nami_view_delta_type(scan->snapshot->view, scan->type);
	uint32_t	n = 0;

	for (; delta != NULL && scan->pos < delta->added.count && n < max; scan->pos++)
	{
		const NamiDeltaEdge *edge = &delta->edges.items[delta->added.items[scan->pos]];

		if (!edge_counts(filter, edge->src, edge->dst, edge->pos))
			continue;
		src[n] = edge->src;
		dst[n] = edge->dst;
		pos[n++] = edge->pos;
	}
	return n;
}

static uint32_t
scan_own(NamiEdgeScan *scan, const EdgeFilter *filter, NamiOrd *src, NamiOrd *dst,
		 NamiEdgePos *pos, uint32_t max)
{
	const NamiOwnWrites *own = scan->snapshot->own;
	uint32_t	n = 0;

	for (; filter->binding != NULL && scan->pos < own->edges.count && n < max; scan->pos++)
	{
		const NamiOwnEdge *edge = &own->edges.items[scan->pos];
		uint32_t	number = (uint32_t) scan->pos;
		NamiOrd		from = filter->binding->ords.items[edge->src];
		NamiOrd		to = filter->binding->ords.items[edge->dst];
		NamiEdgePos at = nami_own_edge_pos(filter->binding, number);

		if (edge->type != scan->type ||
			nami_own_visible(edge->newest, scan->snapshot->mark) == NULL ||
			view_has_own_edge(scan->snapshot, filter->binding, scan->type, number) ||
			!edge_counts(filter, from, to, at))
			continue;
		src[n] = from;
		dst[n] = to;
		pos[n++] = at;
	}
	return n;
}

static void
edge_filter_init(EdgeFilter *filter, const NamiSnapshot *snapshot, NamiTypeId type)
{
	*filter = (EdgeFilter) {
		.snapshot = snapshot,
		.binding = nami_snapshot_binding(snapshot),
		.type = type,
		.check_ends = nami_snapshot_may_dangle(snapshot, type)
	};
	filter->check_state = filter->binding != NULL ||
		nami_view_delta_type(snapshot->view, type) != NULL;
}

uint32_t
nami_edge_scan_next(NamiEdgeScan *scan, NamiOrd *src, NamiOrd *dst, NamiEdgePos *pos,
					uint32_t max)
{
	EdgeFilter	filter;
	uint32_t	n = 0;

	edge_filter_init(&filter, scan->snapshot, scan->type);
	while (scan->stage < STAGE_END)
	{
		switch (scan->stage)
		{
			case STAGE_IMAGE:
				n = scan_image(scan, &filter, src, dst, pos, max);
				break;
			case STAGE_DELTA:
				n = scan_delta(scan, &filter, src, dst, pos, max);
				break;
			case STAGE_OWN:
				n = scan_own(scan, &filter, src, dst, pos, max);
				break;
		}
		if (n > 0)
			return n;
		scan->stage++;
		scan->pos = 0;
	}
	return 0;
}

/* ---- counting ------------------------------------------------------------------------------ */

static uint64_t
count_by_scan(const NamiSnapshot *snapshot, NamiTypeId type)
{
	NamiEdgeScan scan;
	NamiOrd		src[256];
	NamiOrd		dst[256];
	NamiEdgePos pos[256];
	uint64_t	count = 0;
	uint32_t	n;

	nami_edge_scan_init(&scan, snapshot, type, NULL);
	while ((n = nami_edge_scan_next(&scan, src, dst, pos, 256)) > 0)
		count += n;
	return count;
}

uint64_t
nami_snapshot_count_edges(const NamiSnapshot *snapshot, NamiTypeId type)
{
	const NamiEdgeImage *image = nami_view_edge_image(snapshot->view, type);
	const NamiDeltaType *delta = nami_view_delta_type(snapshot->view, type);
	const NamiOwnBinding *binding = nami_snapshot_binding(snapshot);
	uint64_t	count = image == NULL ? 0 : image->count;

	if (nami_snapshot_may_dangle(snapshot, type))
	{
		if (image != NULL && delta == NULL && binding == NULL &&
			snapshot->view->delta.nodes.count == 0)
			return image->live_count;
		return count_by_scan(snapshot, type);
	}
	for (size_t i = 0; delta != NULL && i < delta->edges.count; i++)
	{
		count -= delta->edges.items[i].in_image;
		count += delta->edges.items[i].is_live;
	}
	for (uint32_t i = 0; binding != NULL && i < snapshot->own->edges.count; i++)
	{
		const NamiOwnEdge *edge = &snapshot->own->edges.items[i];
		const NamiOwnVersion *version = nami_own_visible(edge->newest, snapshot->mark);

		if (edge->type != type || version == NULL)
			continue;
		count -= view_has_own_edge(snapshot, binding, type, i);
		count += !version->is_tombstone;
	}
	return count;
}

uint32_t
nami_snapshot_edge_types(const NamiSnapshot *snapshot, NamiArena *arena, const NamiTypeId **types)
{
	const NamiView *view = snapshot->view;
	uint32_t	limit = nami_catalog_count(view->catalog, NAMI_NAME_TYPE);
	uint8_t    *seen = nami_arena_alloc0(arena, limit);
	NamiTypeId *list = NAMI_NEW_ARRAY(arena, NamiTypeId, limit);
	uint32_t	count = 0;

	for (uint32_t i = 0; i < view->image->type_count; i++)
		seen[view->image->types[i].type] = 1;
	for (size_t i = 0; i < view->delta.types.count; i++)
		seen[view->delta.types.items[i].type] |= view->delta.types.items[i].edges.count > 0;
	for (size_t i = 0; snapshot->own != NULL && i < snapshot->own->edges.count; i++)
	{
		const NamiOwnEdge *edge = &snapshot->own->edges.items[i];

		if (nami_own_visible(edge->newest, snapshot->mark) != NULL)
			seen[edge->type] = 1;
	}
	for (NamiTypeId type = 0; type < limit; type++)
	{
		if (seen[type])
			list[count++] = type;
	}
	*types = list;
	return count;
}
