/*
 * view_inputs.c - a view from the objects that a manifest lists: SSTs and WAL segments
 * (docs/engine.md 2; spec/storage.md 6.3, 9.1; spec/node-sst.md 5.1; spec/edge-sst.md 12).
 */
#include "graph/view_build.h"

#include <stdlib.h>

#include "base/uuid.h"
#include "format/edge_sst.h"
#include "format/node_sst.h"
#include "format/record.h"
#include "format/wal.h"

#define NOT_ADDED	UINT32_MAX

/* Rows between two looks at the host. */
#define CHECK_ROWS	4096

/* ---- the replayed WAL ---------------------------------------------------------------------- */

typedef struct WalNode
{
	NamiId		id;
	uint64_t	lsn;
	bool		is_tombstone;
	NamiStr		value;
	uint32_t	added;			/* number of addition; NOT_ADDED: deleted or older than an SST's row */
	NamiRecord	record;
	const char *poison;			/* why the record cannot be read */
} WalNode;

typedef struct WalEdge
{
	uint32_t	src;			/* into ids */
	uint32_t	dst;
	uint64_t	lsn;
	bool		is_tombstone;
	NamiStr		value;
	uint32_t	added;			/* as in WalNode */
} WalEdge;

typedef struct WalType
{
	NamiTypeId	type;
	NAMI_VEC(WalEdge) edges;
	NamiWordMap by_ends;
} WalType;

typedef struct Replay
{
	NamiArena  *arena;
	NAMI_VEC(WalNode) nodes;
	NamiWordMap node_of_id;		/* index in ids -> node */
	NAMI_VEC(NamiId) ids;
	NamiIdMap	id_map;
	NAMI_VEC(WalType) types;
	NamiWordMap type_index;
} Replay;

static uint32_t
replay_id(Replay *replay, const NamiUuid *uuid)
{
	NamiId		id;
	uint32_t	index;

	memcpy(id.bytes, uuid->bytes, sizeof(id.bytes));
	index = nami_idmap_find(&replay->id_map, replay->ids.items, &id);
	if (index != NAMI_MAP_NONE)
		return index;
	nami_vec_push(&replay->ids, replay->arena, id);
	index = (uint32_t) replay->ids.count - 1;
	nami_idmap_add(&replay->id_map, replay->arena, replay->ids.items, index);
	return index;
}

static WalType *
replay_type(Replay *replay, NamiCatalog *catalog, NamiStr name)
{
	NamiTypeId	type = nami_catalog_intern(catalog, NAMI_NAME_TYPE, name);
	uint32_t	index = nami_wordmap_find(&replay->type_index, type);
	WalType    *added;

	if (index != NAMI_MAP_NONE)
		return &replay->types.items[index];
	nami_wordmap_put(&replay->type_index, replay->arena, type, (uint32_t) replay->types.count);
	added = nami_vec_add(&replay->types, replay->arena);
	added->type = type;
	return added;
}

static void
replay_edge(Replay *replay, NamiCatalog *catalog, const NamiWalRecord *record)
{
	WalType    *type = replay_type(replay, catalog, record->edge_type);
	WalEdge		edge = {.src = replay_id(replay, &record->src),
						.dst = replay_id(replay, &record->dst), .lsn = record->lsn,
						.is_tombstone = record->is_tombstone, .value = record->value,
						.added = NOT_ADDED};
	uint64_t	ends = (uint64_t) edge.src << 32 | edge.dst;
	uint32_t	index = nami_wordmap_find(&type->by_ends, ends);

	if (index != NAMI_MAP_NONE)
	{
		type->edges.items[index] = edge;	/* within the replay the later record wins */
		return;
	}
	nami_wordmap_put(&type->by_ends, replay->arena, ends, (uint32_t) type->edges.count);
	nami_vec_push(&type->edges, replay->arena, edge);
}

static void
replay_node(Replay *replay, const NamiWalRecord *record)
{
	uint32_t	id = replay_id(replay, &record->id);
	uint32_t	index = nami_wordmap_find(&replay->node_of_id, id);
	WalNode		node = {.id = replay->ids.items[id], .lsn = record->lsn,
						.is_tombstone = record->is_tombstone, .value = record->value,
						.added = NOT_ADDED};

	if (index != NAMI_MAP_NONE)
	{
		replay->nodes.items[index] = node;
		return;
	}
	nami_wordmap_put(&replay->node_of_id, replay->arena, id, (uint32_t) replay->nodes.count);
	nami_vec_push(&replay->nodes, replay->arena, node);
}

static NamiStatus
replay_segment(Replay *replay, NamiBuild *build, const NamiViewSegment *segment, NamiError *err)
{
	NamiWalReader reader;
	NamiWalRecord record;
	bool		has_record;
	uint32_t	count = 0;

	NAMI_TRY(nami_wal_open(segment->bytes, &reader, err));
	for (;;)
	{
		NAMI_TRY(nami_wal_next(&reader, &record, &has_record, err));
		if (!has_record)
			return NAMI_OK;
		if (record.is_edge)
			replay_edge(replay, build->view->catalog, &record);
		else
			replay_node(replay, &record);
		if (++count % CHECK_ROWS == 0)
			NAMI_TRY(nami_build_check(build, err));
	}
}

static int
compare_wal_nodes(const void *a, const void *b)
{
	return nami_id_cmp(&((const WalNode *) a)->id, &((const WalNode *) b)->id);
}

static NamiStatus
replay_all(Replay *replay, NamiBuild *build, const NamiViewInputs *inputs, NamiError *err)
{
	for (uint32_t i = 0; i < inputs->segment_count; i++)
	{
		if (replay_segment(replay, build, &inputs->segments[i], err) != NAMI_OK)
		{
			nami_error_context(err, "reading WAL segment %llu",
							   (unsigned long long) inputs->segments[i].seq);
			return NAMI_FAILED;
		}
	}
	if (replay->nodes.count > 0)
		qsort(replay->nodes.items, replay->nodes.count, sizeof(WalNode), compare_wal_nodes);
	return NAMI_OK;
}

/* ---- nodes, pass 1 ------------------------------------------------------------------------- */

typedef struct NodeSource
{
	NamiId		id;				/* of the SST */
	NamiNodeSst *sst;
	NamiNodeSstKeys keys;
	uint32_t	next;			/* row */
	uint32_t   *added;			/* by row: number of addition, or NOT_ADDED */
} NodeSource;

static void
sst_context(NamiError *err, const char *kind, const NamiId *id)
{
	NamiUuid	uuid;
	char		text[NAMI_UUID_TEXT_LEN];

	memcpy(uuid.bytes, id->bytes, sizeof(uuid.bytes));
	nami_uuid_format(uuid, text);
	nami_error_context(err, "reading %s SST %.*s", kind, NAMI_UUID_TEXT_LEN, text);
}

static NamiStatus
open_node_sources(NamiBuild *build, const NamiViewInputs *inputs, NodeSource **sources,
				  NamiError *err)
{
	*sources = nami_arena_alloc0(build->arena, inputs->node_sst_count * sizeof(NodeSource));
	for (uint32_t i = 0; i < inputs->node_sst_count; i++)
	{
		NodeSource *source = &(*sources)[i];
		size_t		row_bytes;

		source->id = inputs->node_ssts[i].id;
		if (nami_node_sst_open(inputs->node_ssts[i].bytes, build->arena, &build->scratch->owner,
							   &source->sst, err) != NAMI_OK ||
			nami_node_sst_read_keys(source->sst, build->arena, &source->keys, err) != NAMI_OK)
		{
			sst_context(err, "node", &source->id);
			return NAMI_FAILED;
		}
		row_bytes = (size_t) source->keys.row_count * sizeof(uint32_t);
		source->added = nami_arena_alloc(build->arena, row_bytes);
		memset(source->added, 0xFF, row_bytes);
		NAMI_TRY(nami_build_check(build, err));
	}
	return NAMI_OK;
}

static const NamiId *
row_id(const NodeSource *source, uint32_t row)
{
	return (const NamiId *) (source->keys.ids + (size_t) row * sizeof(NamiId));
}

/* Label ids of a record as catalog numbers, ascending by name. */
static uint32_t
translate_labels(NamiBuild *build, const uint32_t *labels, uint32_t count, NamiBuf *out)
{
	const NamiView *view = build->view;
	NamiLabelId *to;
	uint32_t	kept = 0;

	nami_buf_clear(out);
	to = (NamiLabelId *) nami_buf_reserve(out, ((size_t) count + 1) * sizeof(NamiLabelId));
	for (uint32_t i = 0; i < count; i++)
	{
		if (labels[i] < view->label_count)
			to[kept++] = view->label_numbers[labels[i]];
	}
	return nami_labels_sort(view->catalog, to, kept);
}

static void
add_row(NamiBuild *build, NodeSource *source, uint32_t row, NamiBuf *labels)
{
	uint32_t	first = source->keys.label_offsets[row];
	uint32_t	count = translate_labels(build, source->keys.label_ids + first,
										 source->keys.label_offsets[row + 1] - first, labels);

	source->added[row] = (uint32_t) build->nodes->added.count;
	nami_node_builder_add(build->nodes, row_id(source, row), (NamiLabelId *) labels->ptr, count);
}

static void
add_wal_node(NamiBuild *build, WalNode *node, NamiBuf *labels)
{
	NamiError	err = NAMI_ERROR_INIT;
	uint32_t	count = 0;

	if (nami_record_parse_node(build->arena, node->value, &node->record, &err) == NAMI_OK)
		count = translate_labels(build, node->record.labels, node->record.label_count, labels);
	else
		node->poison = nami_arena_strdup(build->arena, err.message);
	node->added = (uint32_t) build->nodes->added.count;
	nami_node_builder_add(build->nodes, &node->id, (NamiLabelId *) labels->ptr, count);
}

/* The least id that a source has next, or NULL at the end of all. */
static const NamiId *
least_id(const NodeSource *sources, uint32_t count, const Replay *replay, size_t wal_next)
{
	const NamiId *least = wal_next < replay->nodes.count ? &replay->nodes.items[wal_next].id : NULL;

	for (uint32_t i = 0; i < count; i++)
	{
		const NamiId *id;

		if (sources[i].next == sources[i].keys.row_count)
			continue;
		id = row_id(&sources[i], sources[i].next);
		if (least == NULL || nami_id_cmp(id, least) < 0)
			least = id;
	}
	return least;
}

/* Merges all sources by id: the greatest LSN wins, on equal ones the WAL, then the first SST. */
static NamiStatus
merge_nodes(NamiBuild *build, NodeSource *sources, uint32_t source_count, Replay *replay,
			NamiError *err)
{
	size_t		wal_next = 0;
	NamiBuf		labels;
	const NamiId *least;
	uint32_t	steps = 0;

	nami_buf_init(&labels, build->arena);
	nami_buf_reserve(&labels, 64);
	while ((least = least_id(sources, source_count, replay, wal_next)) != NULL)
	{
		NamiId		id = *least;
		NodeSource *best = NULL;
		uint32_t	best_row = 0;
		uint64_t	best_lsn = 0;

		if (++steps % CHECK_ROWS == 0)
			NAMI_TRY(nami_build_check(build, err));
		for (uint32_t i = 0; i < source_count; i++)
		{
			uint32_t	row = sources[i].next;

			if (row == sources[i].keys.row_count || nami_id_cmp(row_id(&sources[i], row), &id) != 0)
				continue;
			sources[i].next++;
			if (best == NULL || sources[i].keys.lsns[row] > best_lsn)
			{
				best = &sources[i];
				best_row = row;
				best_lsn = sources[i].keys.lsns[row];
			}
		}
		if (wal_next < replay->nodes.count &&
			nami_id_cmp(&replay->nodes.items[wal_next].id, &id) == 0)
		{
			WalNode    *node = &replay->nodes.items[wal_next++];

			if (best == NULL || node->lsn >= best_lsn)
			{
				if (!node->is_tombstone)
					add_wal_node(build, node, &labels);
				continue;
			}
		}
		if (((best->keys.tombstones[best_row >> 3] >> (best_row & 7)) & 1) == 0)
			add_row(build, best, best_row, &labels);
	}
	return NAMI_OK;
}

/* ---- nodes, pass 2 ------------------------------------------------------------------------- */

static void
node_props(NamiBuild *build, uint32_t added, NamiStr json)
{
	NamiNodeBuilder *nodes = build->nodes;
	NamiOrd		ord = nodes->ord_of[added];
	uint32_t	group = nami_node_builder_group(nodes, ord);

	nami_build_props(build, &nodes->segments, group, ord - nodes->groups.items[group].lo, ord,
					 json);
}

static NamiStatus
read_node_props(NamiBuild *build, NodeSource *source, NamiError *err)
{
	NamiNodePropBatch batch;
	bool		found;

	nami_node_sst_props_begin(source->sst);
	for (;;)
	{
		NAMI_TRY(nami_node_sst_props_next(source->sst, &batch, &found, err));
		if (!found)
			return NAMI_OK;
		NAMI_TRY(nami_build_check(build, err));
		for (uint32_t i = 0; i < batch.row_count; i++)
		{
			uint32_t	added = source->added[batch.first_row + i];

			if (added != NOT_ADDED && batch.values[i].ptr != NULL)
				node_props(build, added, batch.values[i]);
		}
		nami_arena_reset(build->scratch->row_arena);
	}
}

static NamiStatus
read_wal_node_props(NamiBuild *build, const Replay *replay, NamiError *err)
{
	for (size_t i = 0; i < replay->nodes.count; i++)
	{
		const WalNode *node = &replay->nodes.items[i];

		if (i % CHECK_ROWS == 0)
		{
			nami_arena_reset(build->scratch->row_arena);
			NAMI_TRY(nami_build_check(build, err));
		}
		if (node->added == NOT_ADDED)
			continue;
		if (node->poison != NULL)
			nami_segment_set_poison(&build->nodes->segments, build->nodes->ord_of[node->added],
									nami_str(node->poison));
		else
			node_props(build, node->added, node->record.properties);
	}
	return NAMI_OK;
}

static NamiStatus
build_nodes(NamiBuild *build, const NamiViewInputs *inputs, Replay *replay, NamiError *err)
{
	NodeSource *sources;

	NAMI_TRY(open_node_sources(build, inputs, &sources, err));
	NAMI_TRY(merge_nodes(build, sources, inputs->node_sst_count, replay, err));
	NAMI_TRY(nami_node_builder_number(build->nodes, err));
	for (uint32_t i = 0; i < inputs->node_sst_count; i++)
	{
		if (read_node_props(build, &sources[i], err) != NAMI_OK)
		{
			sst_context(err, "node", &sources[i].id);
			return NAMI_FAILED;
		}
		nami_node_sst_close(sources[i].sst);
	}
	return read_wal_node_props(build, replay, err);
}

/* ---- edges --------------------------------------------------------------------------------- */

typedef struct EdgeSource
{
	const NamiViewEdgeSst *input;
	NamiEdgeSst *sst;
	uint32_t	first_added;	/* number of addition of row 0 */
} EdgeSource;

static NamiStatus
add_edge_rows(NamiBuild *build, EdgeSource *source, NamiEdgeBuilder *edges, NamiError *err)
{
	NamiEdgeIter iter;
	NamiEdgeBlock block;
	bool		found;
	uint64_t	rows = 0;

	NAMI_TRY(nami_edge_sst_open(source->input->bytes, build->arena, &source->sst, err));
	source->first_added = (uint32_t) edges->src.count;
	if (source->sst->row_count > NAMI_POS_OWN_FIRST / 2 - edges->src.count)
		return nami_fail(err, NAMI_ERR_LIMIT, "the relationships of one type are too many");
	nami_edge_iter_init(&iter, source->sst, build->arena);
	for (;;)
	{
		NamiOrd		src;

		NAMI_TRY(nami_edge_iter_next(&iter, &block, &found, err));
		if (!found)
			break;
		if (block.first_row != rows || block.degree > source->sst->row_count - rows)
			return nami_fail(err, NAMI_ERR_CORRUPT, "its rows are not numbered in order");
		src = nami_node_builder_resolve(build->nodes, (const NamiId *) block.key);
		for (uint64_t i = 0; i < block.degree; i++)
		{
			NamiOrd		dst = nami_node_builder_resolve(build->nodes,
														(const NamiId *) (block.partners + 16 * i));

			nami_edge_builder_add(edges, src, dst, nami_edge_sst_lsn(source->sst, rows + i),
								  nami_edge_sst_is_tombstone(source->sst, rows + i) ?
								  NAMI_EDGE_BUILD_TOMBSTONE : 0);
		}
		if (rows / CHECK_ROWS != (rows + block.degree) / CHECK_ROWS)
			NAMI_TRY(nami_build_check(build, err));
		rows += block.degree;
	}
	if (rows != source->sst->row_count)
		return nami_fail(err, NAMI_ERR_CORRUPT, "it has fewer rows than it claims");
	return NAMI_OK;
}

/* Without SSTs a tombstone has nothing to hide, and its ends need no ordinals. */
static void
add_wal_edges(NamiBuild *build, const Replay *replay, const WalType *type, bool has_ssts,
			  NamiEdgeBuilder *edges)
{
	for (size_t i = 0; i < type->edges.count; i++)
	{
		WalEdge    *edge = &type->edges.items[i];
		NamiOrd		src;
		NamiOrd		dst;

		if (edge->is_tombstone && !has_ssts)
			continue;
		src = nami_node_builder_resolve(build->nodes, &replay->ids.items[edge->src]);
		dst = nami_node_builder_resolve(build->nodes, &replay->ids.items[edge->dst]);
		edge->added = (uint32_t) edges->src.count;
		nami_edge_builder_add(edges, src, dst, edge->lsn, NAMI_EDGE_BUILD_WAL |
							  (edge->is_tombstone ? NAMI_EDGE_BUILD_TOMBSTONE : 0));
	}
}

/* ---- properties of edges ---- */

/* The texts of a declared property by row; kept, since the overflow object of a row comes first. */
typedef struct DeclaredStream
{
	NamiKeyId	key;
	NamiStr    *texts;
} DeclaredStream;

static NamiStatus
read_declared(NamiBuild *build, const NamiEdgeSst *sst, const NamiEdgeStream *stream,
			  NamiInflater *inflater, DeclaredStream *out, NamiError *err)
{
	NamiEdgeProps *props;
	NamiEdgePropBatch batch;
	bool		found;

	out->key = nami_catalog_intern(build->view->catalog, NAMI_NAME_KEY, stream->name);
	out->texts = nami_arena_alloc0(build->arena, sst->row_count * sizeof(NamiStr));
	NAMI_TRY(nami_edge_props_open(sst, stream, build->arena, inflater, &props, err));
	for (;;)
	{
		NAMI_TRY(nami_edge_props_next(props, &batch, &found, err));
		if (!found)
			return NAMI_OK;
		for (uint32_t i = 0; i < batch.row_count; i++)
		{
			if (batch.values[i].ptr != NULL)
				out->texts[batch.first_row + i] = nami_arena_str(build->arena, batch.values[i]);
		}
	}
}

/* A declared stream holds bare values: read as an object of one property. */
static void
set_declared(NamiBuild *build, NamiEdgeBuilder *edges, NamiEdgePos pos,
			 const DeclaredStream *stream, NamiStr text)
{
	NamiArena  *arena = build->scratch->row_arena;
	NamiError	err = NAMI_ERROR_INIT;
	NamiBuf		object;
	NamiValue	map;

	nami_buf_init(&object, arena);
	nami_buf_put_cstr(&object, "{\"value\":");
	nami_buf_put_str(&object, text);
	nami_buf_put_cstr(&object, "}");
	if (nami_prop_decode(arena, nami_buf_str(&object), NAMI_PROP_KEEP_NULLS, &map,
						 &err) != NAMI_OK)
		nami_segment_set_poison(&edges->segments, pos, nami_str(err.message));
	else if (map.len != 1)
		nami_segment_set_poison(&edges->segments, pos, NAMI_STR("a declared property has no value"));
	else
		nami_edge_builder_set(edges, pos, stream->key, map.entries[0].value);
}

static const NamiViewEdgeType *
declared_type(const NamiViewInputs *inputs, NamiStr type)
{
	for (uint32_t i = 0; i < inputs->schema.edge_type_count; i++)
	{
		if (nami_str_eq(inputs->schema.edge_types[i].type, type))
			return &inputs->schema.edge_types[i];
	}
	return NULL;
}

static NamiStatus
read_all_declared(NamiBuild *build, const NamiViewInputs *inputs, const EdgeSource *source,
				  NamiInflater *inflater, DeclaredStream **streams, uint32_t *count,
				  NamiError *err)
{
	const NamiViewEdgeType *declared = declared_type(inputs, source->input->type);

	*count = 0;
	if (declared == NULL)
		return NAMI_OK;
	*streams = NAMI_NEW_ARRAY(build->arena, DeclaredStream, declared->property_count);
	for (uint32_t i = 0; i < declared->property_count; i++)
	{
		const NamiEdgeStream *stream = nami_edge_sst_find_stream(source->sst,
																 declared->properties[i]);

		if (stream != NULL && !nami_str_eq(stream->name, NAMI_EDGE_OVERFLOW))
			NAMI_TRY(read_declared(build, source->sst, stream, inflater, &(*streams)[(*count)++],
								   err));
	}
	return NAMI_OK;
}

static void
set_all_declared(NamiBuild *build, NamiEdgeBuilder *edges, NamiEdgePos pos, uint64_t row,
				 const DeclaredStream *streams, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (streams[i].texts[row].ptr != NULL)
			set_declared(build, edges, pos, &streams[i], streams[i].texts[row]);
	}
}

static NamiStatus
read_edge_props(NamiBuild *build, const NamiViewInputs *inputs, const EdgeSource *source,
				NamiEdgeBuilder *edges, NamiInflater *inflater, NamiError *err)
{
	const NamiEdgeStream *overflow = nami_edge_sst_find_stream(source->sst, NAMI_EDGE_OVERFLOW);
	const uint32_t *pos_of = edges->pos_of + source->first_added;
	DeclaredStream *declared = NULL;
	uint32_t	declared_count;
	NamiEdgeProps *props;
	NamiEdgePropBatch batch;
	bool		found;

	NAMI_TRY(read_all_declared(build, inputs, source, inflater, &declared, &declared_count, err));
	if (overflow == NULL)
	{
		for (uint64_t row = 0; row < source->sst->row_count && declared_count > 0; row++)
		{
			if (pos_of[row] != NAMI_POS_NONE)
				set_all_declared(build, edges, pos_of[row], row, declared, declared_count);
		}
		return NAMI_OK;
	}
	NAMI_TRY(nami_edge_props_open(source->sst, overflow, build->arena, inflater, &props, err));
	for (;;)
	{
		NAMI_TRY(nami_edge_props_next(props, &batch, &found, err));
		if (!found)
			return NAMI_OK;
		NAMI_TRY(nami_build_check(build, err));
		for (uint32_t i = 0; i < batch.row_count; i++)
		{
			NamiEdgePos pos = pos_of[batch.first_row + i];

			if (pos == NAMI_POS_NONE)
				continue;
			if (batch.values[i].ptr != NULL)
				nami_build_props(build, &edges->segments, 0, pos, pos, batch.values[i]);
			set_all_declared(build, edges, pos, batch.first_row + i, declared, declared_count);
		}
		nami_arena_reset(build->scratch->row_arena);
	}
}

static NamiStatus
read_wal_edge_props(NamiBuild *build, const WalType *type, NamiEdgeBuilder *edges,
					NamiError *err)
{
	for (size_t i = 0; i < type->edges.count; i++)
	{
		uint32_t	added = type->edges.items[i].added;
		NamiEdgePos pos = added == NOT_ADDED ? NAMI_POS_NONE : edges->pos_of[added];
		NamiError	ignored = NAMI_ERROR_INIT;
		NamiRecord	record;

		if (i % CHECK_ROWS == 0)
		{
			nami_arena_reset(build->scratch->row_arena);
			NAMI_TRY(nami_build_check(build, err));
		}
		if (pos == NAMI_POS_NONE)
			continue;
		if (nami_record_parse_edge(build->scratch->row_arena, type->edges.items[i].value, &record,
								   &ignored) != NAMI_OK)
			nami_segment_set_poison(&edges->segments, pos, nami_str(ignored.message));
		else
			nami_build_props(build, &edges->segments, 0, pos, pos, record.properties);
	}
	return NAMI_OK;
}

static NamiStatus
build_type(NamiBuild *build, const NamiViewInputs *inputs, const Replay *replay, NamiTypeId type,
		   NamiInflater *inflater, NamiError *err)
{
	NamiEdgeBuilder *edges = nami_edge_builder_create(build->arena, build->view->catalog, type);
	NamiStr		name = nami_catalog_name(build->view->catalog, NAMI_NAME_TYPE, type);
	uint32_t	wal_index = nami_wordmap_find(&replay->type_index, type);
	NAMI_VEC(EdgeSource) sources = {0};

	nami_vec_push(&build->types, build->arena, edges);
	for (uint32_t i = 0; i < inputs->edge_sst_count; i++)
	{
		EdgeSource	source = {.input = &inputs->edge_ssts[i]};

		if (!nami_str_eq(source.input->type, name))
			continue;
		if (add_edge_rows(build, &source, edges, err) != NAMI_OK)
		{
			sst_context(err, "edge", &source.input->id);
			return NAMI_FAILED;
		}
		nami_vec_push(&sources, build->arena, source);
	}
	if (wal_index != NAMI_MAP_NONE)
		add_wal_edges(build, replay, &replay->types.items[wal_index], sources.count > 0, edges);
	NAMI_TRY(nami_edge_builder_number(edges, (uint32_t) build->nodes->ids.count, err));
	for (size_t i = 0; i < sources.count; i++)
	{
		if (read_edge_props(build, inputs, &sources.items[i], edges, inflater, err) != NAMI_OK)
		{
			sst_context(err, "edge", &sources.items[i].input->id);
			return NAMI_FAILED;
		}
	}
	return wal_index == NAMI_MAP_NONE ? NAMI_OK :
		read_wal_edge_props(build, &replay->types.items[wal_index], edges, err);
}

static NamiStatus
build_edges(NamiBuild *build, const NamiViewInputs *inputs, const Replay *replay, NamiError *err)
{
	NamiInflater *inflater = nami_inflater_create(build->arena, &build->scratch->owner);
	NamiWordMap done = {0};

	for (uint32_t i = 0; i < inputs->edge_sst_count; i++)
	{
		NamiTypeId	type = nami_catalog_intern(build->view->catalog, NAMI_NAME_TYPE,
											   inputs->edge_ssts[i].type);

		if (nami_wordmap_find(&done, type) != NAMI_MAP_NONE)
			continue;
		nami_wordmap_put(&done, build->arena, type, 0);
		NAMI_TRY(build_type(build, inputs, replay, type, inflater, err));
	}
	for (size_t i = 0; i < replay->types.count; i++)
	{
		NamiTypeId	type = replay->types.items[i].type;

		if (nami_wordmap_find(&done, type) == NAMI_MAP_NONE)
			NAMI_TRY(build_type(build, inputs, replay, type, inflater, err));
	}
	nami_inflater_release(inflater);
	return NAMI_OK;
}

/* ---- the view ------------------------------------------------------------------------------ */

static NamiStatus
build_all(NamiBuild *build, const NamiViewInputs *inputs, NamiError *err)
{
	Replay	   *replay = NAMI_NEW(build->arena, Replay);

	replay->arena = build->arena;
	NAMI_TRY(replay_all(replay, build, inputs, err));
	NAMI_TRY(build_nodes(build, inputs, replay, err));
	NAMI_TRY(build_edges(build, inputs, replay, err));
	return nami_build_image(build, err);
}

NamiStatus
nami_view_build(NamiCatalog *catalog, const NamiHost *host, const NamiAllocator *allocator,
				NamiOwner *owner, const NamiViewInputs *inputs, NamiView **out, NamiError *err)
{
	NamiView   *view;
	NamiBuild	build;
	NamiStatus	status;

	nami_view_begin(allocator, owner, &view);
	view->host = host;
	view->catalog = catalog;
	view->version = inputs->version;
	view->max_lsn = inputs->max_lsn;
	nami_view_set_labels(view, inputs->label_dict, inputs->label_count);
	nami_view_set_schema(view, &inputs->schema);
	nami_build_begin(&build, view, host, allocator, owner);
	status = build_all(&build, inputs, err);
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
