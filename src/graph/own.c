/*
 * own.c - see own.h and own_internal.h.
 */
#include "graph/own_internal.h"

#include "graph/compare.h"
#include "graph/view_internal.h"

NamiOwnWrites *
nami_own_create(NamiArena *arena, NamiCatalog *catalog)
{
	NamiOwnWrites *own = NAMI_NEW(arena, NamiOwnWrites);

	own->arena = arena;
	own->catalog = catalog;
	return own;
}

uint64_t
nami_own_mark(const NamiOwnWrites *own)
{
	return own->sequence;
}

bool
nami_own_is_empty(const NamiOwnWrites *own)
{
	return own->log.count == 0 && own->schema_changes.count == 0;
}

uint64_t
nami_own_size_bytes(const NamiOwnWrites *own)
{
	return own->size_bytes;
}

void
nami_own_rollback(NamiOwnWrites *own, uint64_t mark)
{
	while (own->log.count > 0 && own->log.items[own->log.count - 1].sequence > mark)
	{
		const NamiOwnLogEntry *entry = &own->log.items[own->log.count - 1];
		NamiOwnVersion **newest = entry->is_edge ? &own->edges.items[entry->number].newest :
			&own->nodes.items[entry->number].newest;

		NAMI_ASSERT((*newest)->sequence == entry->sequence);
		*newest = (*newest)->older;
		own->log.count--;
	}
	while (own->schema_changes.count > 0 &&
		   own->schema_changes.items[own->schema_changes.count - 1].sequence > mark)
		own->schema_changes.count--;
}

/* ---- bindings ------------------------------------------------------------------------------ */

static void
bind_node(NamiOwnWrites *own, NamiOwnBinding *binding, const NamiView *view, NamiOrd ord)
{
	uint32_t	number = (uint32_t) binding->ords.count;

	nami_vec_reserve(&binding->ords, own->arena, binding->ords.count + 1);
	if (ord == NAMI_ORD_NONE)
		ord = nami_view_find_id(view, &own->ids.items[number]);
	if (ord == NAMI_ORD_NONE)
		ord = NAMI_ORD_OWN_FIRST + number;
	else
	{
		nami_wordmap_put(&binding->by_ord, own->arena, ord, number);
		if (ord < view->image->nodes.count)
			nami_bit_set(binding->blocks, ord / NAMI_BLOCK_ROWS);
	}
	binding->ords.items[binding->ords.count++] = ord;
}

static void
bind_edge(NamiOwnWrites *own, NamiOwnBinding *binding, const NamiView *view)
{
	uint32_t	number = (uint32_t) binding->positions.count;
	const NamiOwnEdge *edge = &own->edges.items[number];
	NamiOrd		src = binding->ords.items[edge->src];
	NamiOrd		dst = binding->ords.items[edge->dst];
	NamiEdgePos pos = NAMI_POS_NONE;

	nami_vec_reserve(&binding->positions, own->arena, binding->positions.count + 1);
	if (src < NAMI_ORD_OWN_FIRST && dst < NAMI_ORD_OWN_FIRST)
		pos = nami_view_find_edge(view, edge->type, src, dst);
	if (pos != NAMI_POS_NONE)
		nami_wordmap_put(&binding->by_pos, own->arena, nami_own_edge_key(edge->type, pos), number);
	binding->positions.items[binding->positions.count++] = pos;
}

static NamiOwnBinding *
binding_of(NamiOwnWrites *own, const NamiView *view)
{
	NamiOwnBinding *binding = NULL;

	for (size_t i = own->bindings.count; i-- > 0 && binding == NULL;)
	{
		if (own->bindings.items[i]->space == view->image->space)
			binding = own->bindings.items[i];
	}
	if (binding == NULL)
	{
		binding = NAMI_NEW(own->arena, NamiOwnBinding);
		binding->space = view->image->space;
		binding->block_count = view->image->nodes.count / NAMI_BLOCK_ROWS + 1;
		binding->blocks = nami_arena_alloc0(own->arena, nami_bit_words(binding->block_count) *
											sizeof(uint64_t));
		nami_vec_push(&own->bindings, own->arena, binding);
	}
	return binding;
}

/* Numbers that were given while another space was in use get their ordinals now. */
static NamiOwnBinding *
complete_binding(NamiOwnWrites *own, const NamiView *view)
{
	NamiOwnBinding *binding = binding_of(own, view);

	while (binding->ords.count < own->nodes.count)
		bind_node(own, binding, view, NAMI_ORD_NONE);
	while (binding->positions.count < own->edges.count)
		bind_edge(own, binding, view);
	return binding;
}

const NamiOwnBinding *
nami_own_binding(const NamiOwnWrites *own, const NamiView *view)
{
	/* The usual case without any write: one space, everything bound. */
	if (own->bindings.count > 0)
	{
		const NamiOwnBinding *last = own->bindings.items[own->bindings.count - 1];

		if (last->space == view->image->space && last->ords.count == own->nodes.count &&
			last->positions.count == own->edges.count)
			return last;
	}
	return complete_binding((NamiOwnWrites *) own, view);
}

/* ---- staging ------------------------------------------------------------------------------- */

/* The number of a node that is given by its ordinal, or by its id when ord is NAMI_ORD_NONE. */
static uint32_t
node_number(NamiOwnWrites *own, const NamiView *view, NamiOrd ord, const NamiId *id)
{
	NamiOwnBinding *binding = complete_binding(own, view);
	uint32_t	number;
	NamiId		found;

	if (ord != NAMI_ORD_NONE)
	{
		number = nami_own_node_number(own, binding, ord);
		if (number != NAMI_MAP_NONE)
			return number;
		NAMI_ASSERT(ord < NAMI_ORD_OWN_FIRST);
		found = nami_view_id(view, ord);
		id = &found;
	}
	number = nami_idmap_find(&own->id_map, own->ids.items, id);
	if (number != NAMI_MAP_NONE)
		return number;

	number = (uint32_t) own->nodes.count;
	nami_vec_reserve(&own->nodes, own->arena, number + 1);
	nami_vec_reserve(&own->ids, own->arena, number + 1);
	own->ids.items[own->ids.count++] = *id;
	nami_idmap_add(&own->id_map, own->arena, own->ids.items, number);
	own->nodes.items[own->nodes.count++] = (NamiOwnNode) {NULL};
	own->size_bytes += 64;
	bind_node(own, binding, view, ord);
	return number;
}

static uint64_t
value_size_bytes(NamiValue value, int depth)
{
	uint64_t	size = sizeof(NamiValue);

	switch (value.kind)
	{
		case NAMI_STRING:
		case NAMI_BYTES:
			return size + value.len;
		case NAMI_VECTOR:
			return size + (uint64_t) value.len * sizeof(float);
		case NAMI_LIST:
			for (uint32_t i = 0; i < value.len && depth < 128; i++)
				size += value_size_bytes(value.items[i], depth + 1);
			return size;
		case NAMI_MAP:
			for (uint32_t i = 0; i < value.len && depth < 128; i++)
				size += value.entries[i].key.len + value_size_bytes(value.entries[i].value,
																	depth + 1);
			return size;
		default:
			return size + 16;
	}
}

/* Keys are the catalog's; only the values are copied. */
static void
copy_props(NamiOwnWrites *own, NamiElement *element, NamiValue props)
{
	NamiMapEntry *entries;

	nami_element_set_props(element, own->arena, own->catalog, props);
	entries = (NamiMapEntry *) element->entries;
	for (uint32_t i = 0; i < element->prop_count; i++)
		entries[i].value = nami_value_copy(own->arena, entries[i].value);
}

static NamiOwnVersion *
new_version(NamiOwnWrites *own, bool is_tombstone, NamiValue props)
{
	NamiOwnVersion *version = NAMI_NEW(own->arena, NamiOwnVersion);

	version->is_tombstone = is_tombstone;
	if (!is_tombstone && props.kind == NAMI_MAP)
		copy_props(own, &version->element, props);
	own->size_bytes += sizeof(NamiOwnVersion) + sizeof(NamiOwnLogEntry);
	if (!is_tombstone)
		own->size_bytes += value_size_bytes(props, 0);
	return version;
}

/* Links the version; from here on nothing may unwind. */
static void
stage(NamiOwnWrites *own, NamiOwnVersion **newest, NamiOwnVersion *version, bool is_edge,
	  uint32_t number)
{
	nami_vec_reserve(&own->log, own->arena, own->log.count + 1);
	version->older = *newest;
	version->sequence = ++own->sequence;
	*newest = version;
	own->log.items[own->log.count++] = (NamiOwnLogEntry) {version->sequence, is_edge, number};
}

NamiOrd
nami_own_put_node(NamiOwnWrites *own, const NamiView *view, NamiOrd ord, const NamiId *id,
				  const NamiLabelId *labels, uint32_t label_count, NamiValue props)
{
	uint32_t	number = node_number(own, view, ord, id);
	NamiOwnVersion *version = new_version(own, false, props);

	nami_element_set_labels(&version->element, own->arena, own->catalog, labels, label_count);
	own->size_bytes += label_count * sizeof(NamiLabelId);
	nami_own_index_add(own, number, version);
	stage(own, &own->nodes.items[number].newest, version, false, number);
	return complete_binding(own, view)->ords.items[number];
}

void
nami_own_delete_node(NamiOwnWrites *own, const NamiView *view, NamiOrd ord)
{
	uint32_t	number = node_number(own, view, ord, NULL);
	NamiOwnVersion *version = new_version(own, true, nami_value_null());

	own->deleted_count++;
	stage(own, &own->nodes.items[number].newest, version, false, number);
}

uint32_t
nami_own_find_edge(const NamiOwnWrites *own, NamiTypeId type, uint32_t src, uint32_t dst)
{
	uint32_t	number = nami_wordmap_find(&own->edges_by_ends, (uint64_t) src << 32 | dst);

	while (number != NAMI_MAP_NONE && own->edges.items[number].type != type)
		number = own->edges.items[number].next_same;
	return number;
}

static uint32_t
edge_number(NamiOwnWrites *own, const NamiView *view, NamiTypeId type, NamiOrd src, NamiOrd dst)
{
	uint32_t	src_number = node_number(own, view, src, NULL);
	uint32_t	dst_number = node_number(own, view, dst, NULL);
	uint32_t	number = nami_own_find_edge(own, type, src_number, dst_number);
	uint64_t	ends = (uint64_t) src_number << 32 | dst_number;
	uint64_t	out_key = (uint64_t) src_number << 32 | type;
	uint64_t	in_key = (uint64_t) dst_number << 32 | type;
	NamiOwnEdge edge = {type, src_number, dst_number};

	if (number != NAMI_MAP_NONE)
		return number;
	number = (uint32_t) own->edges.count;
	edge.next_out = nami_wordmap_find(&own->heads[NAMI_OUT], out_key);
	edge.next_in = nami_wordmap_find(&own->heads[NAMI_IN], in_key);
	edge.next_same = nami_wordmap_find(&own->edges_by_ends, ends);
	nami_vec_push(&own->edges, own->arena, edge);
	nami_wordmap_put(&own->edges_by_ends, own->arena, ends, number);
	nami_wordmap_put(&own->heads[NAMI_OUT], own->arena, out_key, number);
	nami_wordmap_put(&own->heads[NAMI_IN], own->arena, in_key, number);
	own->size_bytes += 128;
	complete_binding(own, view);
	return number;
}

NamiEdgePos
nami_own_put_edge(NamiOwnWrites *own, const NamiView *view, NamiTypeId type, NamiOrd src,
				  NamiOrd dst, NamiValue props)
{
	uint32_t	number = edge_number(own, view, type, src, dst);
	NamiOwnVersion *version = new_version(own, false, props);

	stage(own, &own->edges.items[number].newest, version, true, number);
	return nami_own_edge_pos(complete_binding(own, view), number);
}

void
nami_own_delete_edge(NamiOwnWrites *own, const NamiView *view, NamiTypeId type, NamiOrd src,
					 NamiOrd dst)
{
	uint32_t	number = edge_number(own, view, type, src, dst);
	NamiOwnVersion *version = new_version(own, true, nami_value_null());

	stage(own, &own->edges.items[number].newest, version, true, number);
}

bool
nami_own_node_is_newer(const NamiOwnWrites *own, const NamiView *view, NamiOrd ord, uint64_t mark)
{
	const NamiOwnVersion *version = nami_own_node_version(own, nami_own_binding(own, view),
														  NAMI_MARK_NOW, ord);

	return version != NULL && version->sequence > mark;
}

bool
nami_own_edge_is_newer(const NamiOwnWrites *own, const NamiView *view, NamiTypeId type,
					   NamiEdgePos pos, uint64_t mark)
{
	const NamiOwnVersion *version = nami_own_edge_version(own, nami_own_binding(own, view),
														  NAMI_MARK_NOW, type, pos);

	return version != NULL && version->sequence > mark;
}

/* ---- the final records --------------------------------------------------------------------- */

static bool
view_knows_node(const NamiView *view, const NamiId *id)
{
	NamiOrd		ord = nami_view_find_id(view, id);

	return ord != NAMI_ORD_NONE && nami_view_is_live(view, ord);
}

static bool
view_knows_edge(const NamiView *view, NamiTypeId type, const NamiId *src, const NamiId *dst)
{
	NamiOrd		src_ord = nami_view_find_id(view, src);
	NamiOrd		dst_ord = nami_view_find_id(view, dst);

	return src_ord != NAMI_ORD_NONE && dst_ord != NAMI_ORD_NONE &&
		nami_view_find_edge(view, type, src_ord, dst_ord) != NAMI_POS_NONE;
}

static bool
final_record(const NamiOwnWrites *own, const NamiView *view, const NamiOwnLogEntry *entry,
			 NamiOwnRecord *out)
{
	const NamiOwnVersion *version;

	*out = (NamiOwnRecord) {.is_edge = entry->is_edge, .sequence = entry->sequence};
	if (entry->is_edge)
	{
		const NamiOwnEdge *edge = &own->edges.items[entry->number];

		version = edge->newest;
		out->type = edge->type;
		out->id = own->ids.items[edge->src];
		out->dst = own->ids.items[edge->dst];
	}
	else
	{
		version = own->nodes.items[entry->number].newest;
		out->id = own->ids.items[entry->number];
	}
	if (version->sequence != entry->sequence)
		return false;			/* a later record of the same key follows */
	out->is_tombstone = version->is_tombstone;
	if (version->is_tombstone)
		return entry->is_edge ? view_knows_edge(view, out->type, &out->id, &out->dst) :
			view_knows_node(view, &out->id);
	out->labels = version->element.labels;
	out->label_count = version->element.label_count;
	out->props = nami_value_map(version->element.entries, version->element.prop_count);
	return true;
}

uint32_t
nami_own_records(const NamiOwnWrites *own, const NamiView *view, NamiArena *arena,
				 const NamiOwnRecord **records)
{
	NamiOwnRecord *list = NAMI_NEW_ARRAY(arena, NamiOwnRecord, own->log.count);
	uint32_t	count = 0;

	for (size_t i = 0; i < own->log.count; i++)
	{
		if (final_record(own, view, &own->log.items[i], &list[count]))
			count++;
	}
	*records = list;
	return count;
}
