/*
 * graph_kinds.h - what snapshot_kinds.h answers, against a naive pass over all rows.
 */
#ifndef GRAPH_KINDS_H
#define GRAPH_KINDS_H

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/vec.h"
#include "graph/snapshot_kinds.h"

typedef struct NaiveKinds
{
	uint32_t	kinds;
	uint32_t	traits;
	uint64_t	count;
} NaiveKinds;

static inline uint32_t
naive_traits(NamiValue v)
{
	if (v.kind == NAMI_INT && (v.integer > INT64_C(9007199254740992) ||
							   v.integer < INT64_C(-9007199254740992)))
		return NAMI_TRAIT_BIG_INT;
	if (v.kind == NAMI_FLOAT && v.number != v.number)
		return NAMI_TRAIT_NAN;
	if (v.kind == NAMI_STRING)
	{
		for (uint32_t i = 0; i < v.len; i++)
		{
			if (v.text[i] == '\0')
				return NAMI_TRAIT_NUL;
		}
	}
	if (v.kind == NAMI_DATETIME)
		return (v.datetime->nanoseconds % 1000 ? NAMI_TRAIT_NANOSECONDS : 0) |
			(v.datetime->offset_seconds || v.datetime->zone.len ? NAMI_TRAIT_OFFSET : 0);
	if (v.kind == NAMI_DURATION && v.duration->nanoseconds % 1000)
		return NAMI_TRAIT_NANOSECONDS;
	if ((v.kind == NAMI_TIME || v.kind == NAMI_LOCALTIME) && v.integer % 1000)
		return NAMI_TRAIT_NANOSECONDS;
	if (v.kind == NAMI_LOCALDATETIME && v.len % 1000)
		return NAMI_TRAIT_NANOSECONDS;
	return 0;
}

static inline void
naive_add(NamiCatalog *catalog, NaiveKinds *naive, NamiValue map)
{
	for (uint32_t i = 0; i < map.len; i++)
	{
		NamiKeyId	key = nami_catalog_find(catalog, NAMI_NAME_KEY, map.entries[i].key);

		assert_int_not_equal(key, NAMI_NAME_UNKNOWN);
		naive[key].kinds |= UINT32_C(1) << map.entries[i].value.kind;
		naive[key].traits |= naive_traits(map.entries[i].value);
		naive[key].count++;
	}
}

static inline NaiveKinds *
naive_nodes(const NamiSnapshot *snapshot, NamiLabelId label, NamiArena *arena)
{
	NamiCatalog *catalog = nami_snapshot_catalog(snapshot);
	NaiveKinds *naive = nami_arena_alloc0(arena, (nami_catalog_count(catalog, NAMI_NAME_KEY) + 1) *
										  sizeof(NaiveKinds));
	NamiNodeScan scan;
	NamiOrd		ords[64];
	uint32_t	n;
	bool		is_range;

	nami_node_scan_init(&scan, snapshot, &label, label == NAMI_NAME_UNKNOWN ? 0 : 1, arena);
	while ((n = nami_node_scan_next(&scan, ords, 64, &is_range)) > 0)
	{
		for (uint32_t i = 0; i < n; i++)
		{
			NamiError	err = NAMI_ERROR_INIT;
			NamiValue	map;

			assert_int_equal(nami_snapshot_node_map(snapshot, ords[i], arena, &map, &err), NAMI_OK);
			naive_add(catalog, naive, map);
		}
	}
	return naive;
}

static inline NaiveKinds *
naive_edges(const NamiSnapshot *snapshot, NamiTypeId type, NamiArena *arena)
{
	NamiCatalog *catalog = nami_snapshot_catalog(snapshot);
	NaiveKinds *naive = nami_arena_alloc0(arena, (nami_catalog_count(catalog, NAMI_NAME_KEY) + 1) *
										  sizeof(NaiveKinds));
	NamiEdgeScan scan;
	NamiOrd		src[64];
	NamiOrd		dst[64];
	NamiEdgePos pos[64];
	uint32_t	n;

	nami_edge_scan_init(&scan, snapshot, type, arena);
	while ((n = nami_edge_scan_next(&scan, src, dst, pos, 64)) > 0)
	{
		for (uint32_t i = 0; i < n; i++)
		{
			NamiError	err = NAMI_ERROR_INIT;
			NamiValue	map;

			assert_int_equal(nami_snapshot_edge_map(snapshot, type, pos[i], arena, &map, &err),
							 NAMI_OK);
			naive_add(catalog, naive, map);
		}
	}
	return naive;
}

static inline void
check_kinds_of(const NamiSnapshot *snapshot, bool of_edges, uint32_t name, NamiArena *arena)
{
	NamiCatalog *catalog = nami_snapshot_catalog(snapshot);
	uint32_t	key_count = nami_catalog_count(catalog, NAMI_NAME_KEY);
	NaiveKinds *naive = of_edges ? naive_edges(snapshot, name, arena) :
		naive_nodes(snapshot, name, arena);
	const NamiKeyKinds *keys;
	uint32_t	count;
	uint32_t	expected = 0;
	NamiError	err = NAMI_ERROR_INIT;

	for (NamiKeyId key = 0; key < key_count; key++)
	{
		NamiKinds	kinds;

		expected += naive[key].kinds != 0;
		assert_int_equal(of_edges ?
						 nami_snapshot_edge_kinds(snapshot, name, key, arena, &kinds, &err) :
						 nami_snapshot_node_kinds(snapshot, name, key, arena, &kinds, &err),
						 NAMI_OK);
		assert_int_equal(naive[key].kinds & ~kinds.kinds, 0);
		assert_int_equal(naive[key].traits & ~kinds.traits, 0);
		if (!kinds.is_exact)
			continue;
		assert_int_equal(kinds.kinds, naive[key].kinds);
		assert_int_equal(kinds.traits, naive[key].traits);
		assert_int_equal(kinds.count, naive[key].count);
	}
	assert_int_equal(of_edges ? nami_snapshot_edge_keys(snapshot, name, arena, &keys, &count, &err) :
					 nami_snapshot_node_keys(snapshot, name, arena, &keys, &count, &err), NAMI_OK);
	assert_int_equal(count, expected);
	for (uint32_t i = 0; i < count; i++)
	{
		assert_true(keys[i].kinds.is_exact);
		assert_int_equal(keys[i].kinds.kinds, naive[keys[i].key].kinds);
		assert_int_equal(keys[i].kinds.traits, naive[keys[i].key].traits);
		assert_true(nami_str_eq(keys[i].name, nami_catalog_name(catalog, NAMI_NAME_KEY,
																keys[i].key)));
		assert_true(i == 0 || nami_str_cmp(keys[i - 1].name, keys[i].name) < 0);
	}
}

/* Every label, all nodes, every type. */
static inline void
check_kinds(const NamiSnapshot *snapshot, NamiArena *arena)
{
	NamiCatalog *catalog = nami_snapshot_catalog(snapshot);

	for (NamiLabelId label = 0; label < nami_catalog_count(catalog, NAMI_NAME_LABEL); label++)
		check_kinds_of(snapshot, false, label, arena);
	check_kinds_of(snapshot, false, NAMI_NAME_UNKNOWN, arena);
	for (NamiTypeId type = 0; type < nami_catalog_count(catalog, NAMI_NAME_TYPE); type++)
		check_kinds_of(snapshot, true, type, arena);
}

#endif							/* GRAPH_KINDS_H */
