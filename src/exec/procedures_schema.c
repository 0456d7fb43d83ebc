/*
 * procedures_schema.c - db.labels(), db.relationshipTypes(), db.propertyKeys(),
 * db.schema.visualization(): what the graph holds (spec/cypher.md 8).
 *
 * Answers are exact for the snapshot: a name that only deleted data had is not given.
 */
#include <stdlib.h>

#include "exec/procedures.h"

#define SCAN_ROWS	1024

typedef NAMI_VEC(NamiStr) Names;

static int
compare_names(const void *a, const void *b)
{
	return nami_str_cmp(*(const NamiStr *) a, *(const NamiStr *) b);
}

static void
sort_names(Names *names)
{
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(NamiStr), compare_names);
}

static NamiStr
name_of(const NamiProcedureCall *call, NamiNameKind kind, uint32_t number)
{
	return nami_catalog_name(nami_snapshot_catalog(call->ctx->snapshot), kind, number);
}

static void
emit_names(NamiProcedureCall *call, Names *names)
{
	sort_names(names);
	for (size_t i = 0; i < names->count; i++)
	{
		NamiValue	name = nami_value_string(names->items[i]);

		nami_procedure_emit(call, &name);
	}
}

static NamiStatus
check_interrupt(const NamiProcedureCall *call, NamiError *err)
{
	const NamiHost *host = call->ctx->host;

	if (host->interrupted(host->ctx))
		return nami_fail(err, NAMI_ERR_CANCELLED, "canceling statement due to user request");
	return NAMI_OK;
}

/* ---- labels, types ------------------------------------------------------------------------- */

static void
live_labels(const NamiProcedureCall *call, Names *names)
{
	const NamiSnapshot *snapshot = call->ctx->snapshot;
	uint32_t	count = nami_catalog_count(nami_snapshot_catalog(snapshot), NAMI_NAME_LABEL);

	for (NamiLabelId label = 0; label < count; label++)
	{
		if (nami_snapshot_count_nodes(snapshot, &label, 1) > 0)
			nami_vec_push(names, call->arena, name_of(call, NAMI_NAME_LABEL, label));
	}
}

static NamiStatus
labels(NamiProcedureCall *call, NamiError *err)
{
	Names		names = {0};

	live_labels(call, &names);
	emit_names(call, &names);
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_labels = labels;

static NamiStatus
relationship_types(NamiProcedureCall *call, NamiError *err)
{
	Names		names = {0};
	const NamiTypeId *types;
	uint32_t	count = nami_snapshot_edge_types(call->ctx->snapshot, call->arena, &types);

	for (uint32_t i = 0; i < count; i++)
	{
		NAMI_TRY(check_interrupt(call, err));
		if (nami_snapshot_count_edges(call->ctx->snapshot, types[i]) > 0)
			nami_vec_push(&names, call->arena, name_of(call, NAMI_NAME_TYPE, types[i]));
	}
	emit_names(call, &names);
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_relationship_types = relationship_types;

/* ---- property keys ------------------------------------------------------------------------- */

/* The keys not yet seen, and a flag per key. */
typedef struct KeySearch
{
	NamiProcedureCall *call;
	bool	   *is_found;		/* by number */
	uint32_t	key_count;
	NamiKeyId  *missing;
	uint32_t	missing_count;
	NamiArena  *scratch;
} KeySearch;

static bool
any_present(const NamiValue *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		if (values[i].kind != NAMI_NULL)
			return true;
	}
	return false;
}

/* Does a node of the batch have the key? Whole columns without a value are passed over. */
static NamiStatus
batch_has_key(KeySearch *search, NamiKeyId key, const NamiOrd *ords, uint32_t n, bool is_range,
			  bool *has, NamiError *err)
{
	const NamiSnapshot *snapshot = search->call->ctx->snapshot;
	NamiColumn	column;
	NamiValue  *values;

	*has = false;
	if (is_range && nami_snapshot_node_column(snapshot, ords[0], key, &column))
	{
		*has = column.kind != NAMI_COLUMN_ABSENT && column.kind != NAMI_COLUMN_OTHER &&
			column.presence == NULL;
		if (column.kind == NAMI_COLUMN_ABSENT || *has)
			return NAMI_OK;
	}
	nami_arena_reset(search->scratch);
	values = NAMI_NEW_ARRAY(search->scratch, NamiValue, n);
	NAMI_TRY(nami_snapshot_node_property(snapshot, key, ords, n, search->scratch, values, err));
	*has = any_present(values, n);
	return NAMI_OK;
}

static NamiStatus
search_batch(KeySearch *search, const NamiOrd *ords, uint32_t n, bool is_range, NamiError *err)
{
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < search->missing_count; i++)
	{
		NamiKeyId	key = search->missing[i];
		bool		has;

		NAMI_TRY(batch_has_key(search, key, ords, n, is_range, &has, err));
		search->is_found[key] = has;
		if (!has)
			search->missing[kept++] = key;
	}
	search->missing_count = kept;
	return NAMI_OK;
}

static void
mark_declared(KeySearch *search, const NamiKeyId *keys, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (keys[i] < search->key_count)
			search->is_found[keys[i]] = true;
	}
}

/* Keys of range indexes and constraints count as the product counts them: also without data. */
static void
add_declared(KeySearch *search)
{
	const NamiSchema *schema = nami_snapshot_schema(search->call->ctx->snapshot);

	for (uint32_t i = 0; i < schema->constraint_count; i++)
		mark_declared(search, schema->constraints[i].keys, schema->constraints[i].key_count);
	for (uint32_t i = 0; i < schema->index_count; i++)
		mark_declared(search, schema->indexes[i].keys, schema->indexes[i].key_count);
}

static NamiStatus
search_nodes(KeySearch *search, NamiError *err)
{
	NamiOrd    *ords = NAMI_NEW_ARRAY(search->call->arena, NamiOrd, SCAN_ROWS);
	NamiNodeScan scan;
	bool		is_range;
	uint32_t	n;

	nami_node_scan_init(&scan, search->call->ctx->snapshot, NULL, 0, search->call->arena);
	while (search->missing_count > 0 &&
		   (n = nami_node_scan_next(&scan, ords, SCAN_ROWS, &is_range)) > 0)
	{
		NAMI_TRY(check_interrupt(search->call, err));
		NAMI_TRY(search_batch(search, ords, n, is_range, err));
	}
	return NAMI_OK;
}

static NamiStatus
property_keys(NamiProcedureCall *call, NamiError *err)
{
	NamiCatalog *catalog = nami_snapshot_catalog(call->ctx->snapshot);
	uint32_t	count = nami_catalog_count(catalog, NAMI_NAME_KEY);
	KeySearch	search = {.call = call, .key_count = count};
	Names		names = {0};
	NamiStatus	status;

	search.is_found = nami_arena_alloc0(call->arena, (count + (size_t) 1) * sizeof(bool));
	search.missing = NAMI_NEW_ARRAY(call->arena, NamiKeyId, count + (size_t) 1);
	add_declared(&search);
	for (NamiKeyId key = 0; key < count; key++)
	{
		if (!search.is_found[key])
			search.missing[search.missing_count++] = key;
	}
	search.scratch = nami_arena_create(nami_arena_allocator(call->arena),
									   nami_arena_account(call->arena));
	status = search_nodes(&search, err);
	nami_arena_destroy(search.scratch);
	NAMI_TRY(status);
	for (NamiKeyId key = 0; key < count; key++)
	{
		if (search.is_found[key])
			nami_vec_push(&names, call->arena, nami_catalog_name(catalog, NAMI_NAME_KEY, key));
	}
	emit_names(call, &names);
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_property_keys = property_keys;

/* ---- visualization ------------------------------------------------------------------------- */

/*
 * The graph of the schema: a node for each label, a relationship for each (label, type, label) that
 * occurs. Virtual nodes are maps of the shape that nodes have in jsonb, with the label as id.
 */
typedef struct Picture
{
	NamiProcedureCall *call;
	uint32_t	label_count;	/* of the catalog */
	uint64_t   *pairs;			/* bitmap of source label * label_count + target label */
	NAMI_VEC(NamiValue) nodes;
	NAMI_VEC(NamiValue) rels;
} Picture;

static NamiValue
name_list(Picture *picture, Names *names)
{
	NamiValue  *items = NAMI_NEW_ARRAY(picture->call->arena, NamiValue, names->count + 1);

	sort_names(names);
	for (size_t i = 0; i < names->count; i++)
		items[i] = nami_value_string(names->items[i]);
	return nami_value_list(items, (uint32_t) names->count);
}

static NamiValue
map_of(Picture *picture, const NamiMapEntry *entries, uint32_t count)
{
	NamiMapEntry *copy = NAMI_NEW_ARRAY(picture->call->arena, NamiMapEntry, count + (size_t) 1);

	for (uint32_t i = 0; i < count; i++)
		copy[i] = entries[i];
	return nami_value_map(copy, count);
}

/* Keys of the label's single-property indexes, names of its constraints: as the product. */
static NamiValue
node_properties(Picture *picture, NamiStr label)
{
	const NamiProcedureCall *call = picture->call;
	const NamiSchema *schema = nami_snapshot_schema(call->ctx->snapshot);
	Names		constraints = {0};
	Names		indexes = {0};

	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		if (nami_str_eq(name_of(call, NAMI_NAME_LABEL, schema->constraints[i].label), label))
			nami_vec_push(&constraints, call->arena, schema->constraints[i].name);
	}
	for (uint32_t i = 0; i < schema->index_count; i++)
	{
		const NamiRangeIndex *index = &schema->indexes[i];

		if (index->key_count == 1 &&
			nami_str_eq(name_of(call, NAMI_NAME_LABEL, index->label), label))
			nami_vec_push(&indexes, call->arena, name_of(call, NAMI_NAME_KEY, index->keys[0]));
	}
	return map_of(picture, (NamiMapEntry[]) {
		{NAMI_STR("constraints"), name_list(picture, &constraints)},
		{NAMI_STR("indexes"), name_list(picture, &indexes)},
		{NAMI_STR("name"), nami_value_string(label)},
	}, 3);
}

static void
add_node(Picture *picture, NamiStr label)
{
	Names		one = {0};

	nami_vec_push(&one, picture->call->arena, label);
	nami_vec_push(&picture->nodes, picture->call->arena, map_of(picture, (NamiMapEntry[]) {
		{NAMI_STR("id"), nami_value_string(label)},
		{NAMI_STR("labels"), name_list(picture, &one)},
		{NAMI_STR("properties"), node_properties(picture, label)},
	}, 3));
}

static void
add_rel(Picture *picture, NamiStr type, uint64_t pair)
{
	const NamiProcedureCall *call = picture->call;
	NamiStr		start = name_of(call, NAMI_NAME_LABEL, (uint32_t) (pair / picture->label_count));
	NamiStr		end = name_of(call, NAMI_NAME_LABEL, (uint32_t) (pair % picture->label_count));

	nami_vec_push(&picture->rels, call->arena, map_of(picture, (NamiMapEntry[]) {
		{NAMI_STR("end"), nami_value_string(end)},
		{NAMI_STR("properties"), nami_value_map(NULL, 0)},
		{NAMI_STR("start"), nami_value_string(start)},
		{NAMI_STR("type"), nami_value_string(type)},
	}, 4));
}

static void
mark_pair(Picture *picture, NamiOrd src, NamiOrd dst, NamiArena *scratch)
{
	const NamiSnapshot *snapshot = picture->call->ctx->snapshot;
	const NamiLabelId *from;
	const NamiLabelId *to;
	uint32_t	from_count = nami_snapshot_labels(snapshot, src, scratch, &from);
	uint32_t	to_count = nami_snapshot_labels(snapshot, dst, scratch, &to);

	for (uint32_t i = 0; i < from_count; i++)
	{
		for (uint32_t j = 0; j < to_count; j++)
		{
			uint64_t	pair = (uint64_t) from[i] * picture->label_count + to[j];

			picture->pairs[pair / 64] |= UINT64_C(1) << (pair % 64);
		}
	}
}

/* The ends of all relationships of one type. */
static NamiStatus
scan_type(Picture *picture, NamiTypeId type, NamiArena *scratch, NamiError *err)
{
	NamiProcedureCall *call = picture->call;
	NamiOrd    *src = NAMI_NEW_ARRAY(call->arena, NamiOrd, SCAN_ROWS);
	NamiOrd    *dst = NAMI_NEW_ARRAY(call->arena, NamiOrd, SCAN_ROWS);
	NamiEdgePos *pos = NAMI_NEW_ARRAY(call->arena, NamiEdgePos, SCAN_ROWS);
	NamiEdgeScan scan;
	uint32_t	n;

	nami_edge_scan_init(&scan, call->ctx->snapshot, type, call->arena);
	while ((n = nami_edge_scan_next(&scan, src, dst, pos, SCAN_ROWS)) > 0)
	{
		NAMI_TRY(check_interrupt(call, err));
		nami_arena_reset(scratch);
		for (uint32_t i = 0; i < n; i++)
			mark_pair(picture, src[i], dst[i], scratch);
	}
	return NAMI_OK;
}

static NamiStatus
add_types(Picture *picture, NamiArena *scratch, NamiError *err)
{
	NamiProcedureCall *call = picture->call;
	NamiCatalog *catalog = nami_snapshot_catalog(call->ctx->snapshot);
	uint64_t	bits = (uint64_t) picture->label_count * picture->label_count;
	Names		names = {0};
	const NamiTypeId *types;
	uint32_t	count = nami_snapshot_edge_types(call->ctx->snapshot, call->arena, &types);

	for (uint32_t i = 0; i < count; i++)
		nami_vec_push(&names, call->arena, name_of(call, NAMI_NAME_TYPE, types[i]));
	sort_names(&names);
	picture->pairs = nami_arena_alloc0(call->arena, (size_t) (bits / 64 + 1) * sizeof(uint64_t));
	for (size_t i = 0; i < names.count; i++)
	{
		NAMI_TRY(scan_type(picture, nami_catalog_find(catalog, NAMI_NAME_TYPE, names.items[i]),
						   scratch, err));
		for (uint64_t word = 0; word <= bits / 64; word++)
		{
			for (uint64_t left = picture->pairs[word]; left != 0; left &= left - 1)
				add_rel(picture, names.items[i], word * 64 + (uint64_t) __builtin_ctzll(left));
			picture->pairs[word] = 0;
		}
	}
	return NAMI_OK;
}

/* Labels with data or with a range index or constraint. */
static void
add_labels(Picture *picture)
{
	const NamiProcedureCall *call = picture->call;
	const NamiSchema *schema = nami_snapshot_schema(call->ctx->snapshot);
	Names		names = {0};

	live_labels(call, &names);
	for (uint32_t i = 0; i < schema->constraint_count; i++)
		nami_vec_push(&names, call->arena,
					  name_of(call, NAMI_NAME_LABEL, schema->constraints[i].label));
	for (uint32_t i = 0; i < schema->index_count; i++)
		nami_vec_push(&names, call->arena,
					  name_of(call, NAMI_NAME_LABEL, schema->indexes[i].label));
	sort_names(&names);
	for (size_t i = 0; i < names.count; i++)
	{
		if (i == 0 || !nami_str_eq(names.items[i], names.items[i - 1]))
			add_node(picture, names.items[i]);
	}
}

static NamiStatus
visualization(NamiProcedureCall *call, NamiError *err)
{
	Picture		picture = {.call = call};
	NamiArena  *scratch = nami_arena_create(nami_arena_allocator(call->arena),
											nami_arena_account(call->arena));
	NamiStatus	status;

	picture.label_count = nami_catalog_count(nami_snapshot_catalog(call->ctx->snapshot),
											 NAMI_NAME_LABEL);
	add_labels(&picture);
	status = add_types(&picture, scratch, err);
	nami_arena_destroy(scratch);
	NAMI_TRY(status);
	nami_procedure_emit(call, (NamiValue[]) {
		nami_value_list(picture.nodes.items, (uint32_t) picture.nodes.count),
		nami_value_list(picture.rels.items, (uint32_t) picture.rels.count),
	});
	return NAMI_OK;
}

const NamiProcedureRun nami_proc_visualization = visualization;
