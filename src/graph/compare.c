/*
 * compare.c - see compare.h.
 */
#include "graph/compare.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/vec.h"

/* ---- values --------------------------------------------------------------------------------- */

uint64_t
nami_probe_hash(const NamiCatalog *catalog, const NamiLabelId *labels, uint32_t label_count,
				const NamiKeyId *keys, const NamiValue *values, uint32_t key_count)
{
	uint64_t	label_sum = 0;
	uint64_t	key_sum = 0;

	/* Sums, so that the order does not matter. */
	for (uint32_t i = 0; i < label_count; i++)
	{
		NamiStr		name = nami_catalog_name(catalog, NAMI_NAME_LABEL, labels[i]);

		label_sum += nami_hash_mix(nami_xxh3(name.ptr, name.len), 3);
	}
	for (uint32_t i = 0; i < key_count; i++)
	{
		NamiStr		name = nami_catalog_name(catalog, NAMI_NAME_KEY, keys[i]);

		key_sum += nami_hash_mix(nami_xxh3(name.ptr, name.len), nami_value_hash(values[i]));
	}
	return nami_hash_mix(label_sum, key_sum);
}

bool
nami_same_unique(NamiValue a, NamiValue b)
{
	if (a.kind != b.kind)
		return false;
	if (a.kind == NAMI_LIST)
	{
		for (uint32_t i = 0; i < a.len && a.len == b.len; i++)
		{
			if (!nami_same_unique(a.items[i], b.items[i]))
				return false;
		}
		return a.len == b.len;
	}
	if (a.kind == NAMI_MAP)
	{
		for (uint32_t i = 0; i < a.len && a.len == b.len; i++)
		{
			const NamiValue *other = nami_value_map_get(b, a.entries[i].key);

			if (other == NULL || !nami_same_unique(a.entries[i].value, *other))
				return false;
		}
		return a.len == b.len;
	}
	return nami_value_equal(a, b) == NAMI_TRUE;
}

/* ---- views ---------------------------------------------------------------------------------- */

bool
nami_same_node(const NamiSnapshot *a, const NamiSnapshot *b, const NamiId *id, NamiArena *scratch)
{
	NamiOrd		ord_a = nami_snapshot_find_node(a, id);
	NamiOrd		ord_b = nami_snapshot_find_node(b, id);
	const NamiLabelId *labels_a;
	const NamiLabelId *labels_b;
	uint32_t	count;
	NamiValue	map_a;
	NamiValue	map_b;
	NamiError	ignored = NAMI_ERROR_INIT;

	if (ord_a == NAMI_ORD_NONE || ord_b == NAMI_ORD_NONE)
		return ord_a == ord_b;
	count = nami_snapshot_labels(a, ord_a, scratch, &labels_a);
	if (nami_snapshot_labels(b, ord_b, scratch, &labels_b) != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
	{
		if (labels_a[i] != labels_b[i])
			return false;
	}
	return nami_snapshot_node_map(a, ord_a, scratch, &map_a, &ignored) == NAMI_OK &&
		nami_snapshot_node_map(b, ord_b, scratch, &map_b, &ignored) == NAMI_OK &&
		nami_value_identical(map_a, map_b);
}

static NamiEdgePos
find_edge(const NamiSnapshot *snapshot, NamiTypeId type, const NamiId *src, const NamiId *dst)
{
	NamiOrd		src_ord = nami_snapshot_find_node(snapshot, src);
	NamiOrd		dst_ord = nami_snapshot_find_node(snapshot, dst);

	if (src_ord == NAMI_ORD_NONE || dst_ord == NAMI_ORD_NONE)
		return NAMI_POS_NONE;
	return nami_snapshot_find_edge(snapshot, type, src_ord, dst_ord);
}

bool
nami_same_edge(const NamiSnapshot *a, const NamiSnapshot *b, NamiTypeId type, const NamiId *src,
			   const NamiId *dst, NamiArena *scratch)
{
	NamiEdgePos pos_a = find_edge(a, type, src, dst);
	NamiEdgePos pos_b = find_edge(b, type, src, dst);
	NamiValue	map_a;
	NamiValue	map_b;
	NamiError	ignored = NAMI_ERROR_INIT;

	if (pos_a == NAMI_POS_NONE || pos_b == NAMI_POS_NONE)
		return pos_a == pos_b;
	return nami_snapshot_edge_map(a, type, pos_a, scratch, &map_a, &ignored) == NAMI_OK &&
		nami_snapshot_edge_map(b, type, pos_b, scratch, &map_b, &ignored) == NAMI_OK &&
		nami_value_identical(map_a, map_b);
}

typedef struct Incident
{
	NamiTypeId	type;
	uint32_t	direction;
	NamiId		other;
} Incident;

typedef NAMI_VEC(Incident) IncidentList;

static int
cmp_incidents(const void *a, const void *b)
{
	const Incident *x = a;
	const Incident *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->direction != y->direction)
		return x->direction < y->direction ? -1 : 1;
	return nami_id_cmp(&x->other, &y->other);
}

static void
collect_incidents(const NamiSnapshot *snapshot, const NamiId *id, NamiArena *scratch,
				  IncidentList *out)
{
	NamiOrd		ord = nami_snapshot_find_node(snapshot, id);
	NamiAdjacencyScratch lists = {.arena = scratch};
	const NamiTypeId *types;
	uint32_t	type_count;

	if (ord == NAMI_ORD_NONE)
		return;
	type_count = nami_snapshot_edge_types(snapshot, scratch, &types);
	for (uint32_t t = 0; t < type_count; t++)
	{
		for (uint32_t direction = NAMI_OUT; direction <= NAMI_IN; direction++)
		{
			NamiAdjacency adjacency;

			nami_snapshot_adjacency(snapshot, types[t], (NamiDirection) direction, ord, &lists,
									&adjacency);
			for (uint32_t i = 0; i < adjacency.count; i++)
			{
				Incident	incident = {types[t], direction,
				nami_snapshot_node_id(snapshot, adjacency.other[i])};

				nami_vec_push(out, scratch, incident);
			}
		}
	}
}

bool
nami_no_new_edges(const NamiSnapshot *a, const NamiSnapshot *b, const NamiId *id,
				  NamiArena *scratch)
{
	IncidentList before = {0};
	IncidentList after = {0};

	collect_incidents(a, id, scratch, &before);
	collect_incidents(b, id, scratch, &after);
	if (before.count > 1)
		qsort(before.items, before.count, sizeof(Incident), cmp_incidents);
	for (size_t i = 0; i < after.count; i++)
	{
		if (before.count == 0 ||
			bsearch(&after.items[i], before.items, before.count, sizeof(Incident),
					cmp_incidents) == NULL)
			return false;
	}
	return true;
}
