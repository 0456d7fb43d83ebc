/*
 * namespace_facts.c - see namespace_facts.h.
 */
#include "graph/namespace_facts.h"

#include <stdlib.h>

#include "base/vec.h"
#include "graph/namespace_internal.h"

const char *
nami_sst_kind_name(NamiSstKind kind)
{
	switch (kind)
	{
		case NAMI_SST_NODES:
			return "Nodes";
		case NAMI_SST_EDGES_FWD:
			return "EdgesFwd";
		case NAMI_SST_EDGES_INV:
			return "EdgesInv";
		case NAMI_SST_VECTOR_GRAPH:
			return "VectorGraph";
		case NAMI_SST_TEXT_INDEX:
			return "TextIndex";
	}
	return "unknown";
}

typedef NAMI_VEC(NamiSstFacts) SstFactsList;

static int
cmp_facts(const void *a, const void *b)
{
	const NamiSstFacts *x = a;
	const NamiSstFacts *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->level < y->level ? -1 : x->level > y->level;
}

static void
add_sst(SstFactsList *list, NamiArena *arena, const NamiSst *sst)
{
	NamiSstFacts *facts = NULL;

	for (size_t i = 0; i < list->count && facts == NULL; i++)
	{
		if (list->items[i].kind == sst->kind && list->items[i].level == sst->level)
			facts = &list->items[i];
	}
	if (facts == NULL)
	{
		facts = nami_vec_add(list, arena);
		facts->kind = sst->kind;
		facts->level = sst->level;
	}
	facts->count++;
	facts->size_bytes += sst->size_bytes;
	facts->row_count += sst->row_count;
}

static void
set_ssts(const NamiManifest *manifest, NamiArena *arena, NamiNamespaceFacts *facts)
{
	SstFactsList list = {0};

	for (uint32_t i = 0; i < manifest->sst_count; i++)
		add_sst(&list, arena, &manifest->ssts[i]);
	if (list.count > 1)
		qsort(list.items, list.count, sizeof(NamiSstFacts), cmp_facts);
	facts->ssts = list.items;
	facts->sst_count = (uint32_t) list.count;
}

void
nami_namespace_facts(NamiNamespace *ns, const NamiView *view, NamiArena *arena,
					 NamiNamespaceFacts *facts)
{
	NamiSnapshot snapshot = {.view = view};
	const NamiManifest *manifest = nami_namespace_manifest(ns);
	const NamiTypeId *types;
	uint32_t	type_count;

	memset(facts, 0, sizeof(*facts));
	nami_view_size(view, &facts->view);
	facts->node_count = nami_snapshot_count_nodes(&snapshot, NULL, 0);
	type_count = nami_snapshot_edge_types(&snapshot, arena, &types);
	for (uint32_t i = 0; i < type_count; i++)
		facts->relationship_count += nami_snapshot_count_edges(&snapshot, types[i]);
	if (manifest == NULL)
		return;
	facts->exists = true;
	facts->version = manifest->version;
	facts->epoch = manifest->epoch;
	facts->last_lsn = ns->loaded->max_lsn;
	facts->wal_segment_count = manifest->wal_segment_count;
	facts->label_count = manifest->label_count;
	facts->constraint_count = manifest->constraint_count;
	set_ssts(manifest, arena, facts);
}
