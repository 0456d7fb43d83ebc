/*
 * relied.c - see relied.h. A stack of entries with a chained hash over their change keys: entries
 * leave in the reverse order of their coming, so each is the head of its chain when it goes.
 */
#include "graph/relied.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/uuid.h"
#include "base/vec.h"
#include "graph/compare.h"

#define NO_ENTRY	UINT32_MAX

typedef struct Probe
{
	const NamiLabelId *labels;
	uint32_t	label_count;
	const NamiKeyId *keys;
	const NamiValue *values;
	uint32_t	key_count;
} Probe;

typedef struct ReliedEntry
{
	uint64_t	key;			/* change key; of a probe: hash of the question */
	uint64_t	mark;
	NamiReliedKind kind;
	uint32_t	next;			/* older entry of the same bucket */
	NamiTypeId	type;
	NamiId		id;				/* node, or src */
	NamiId		dst;
	const Probe *probe;
} ReliedEntry;

struct NamiRelied
{
	NamiArena  *arena;
	NamiCatalog *catalog;
	NAMI_VEC(ReliedEntry) entries;
	uint32_t   *buckets;
	uint32_t	bucket_count;	/* power of two, or 0 */
	uint32_t	probe_count;
};

NamiRelied *
nami_relied_create(NamiArena *arena, NamiCatalog *catalog)
{
	NamiRelied *relied = NAMI_NEW(arena, NamiRelied);

	relied->arena = arena;
	relied->catalog = catalog;
	return relied;
}

uint32_t
nami_relied_count(const NamiRelied *relied)
{
	return (uint32_t) relied->entries.count;
}

static uint32_t
bucket_of(const NamiRelied *relied, uint64_t key)
{
	return (uint32_t) (key ^ (key >> 32)) & (relied->bucket_count - 1);
}

static void
rehash(NamiRelied *relied)
{
	uint32_t	bucket_count = relied->bucket_count == 0 ? 64 : relied->bucket_count * 2;

	relied->buckets = NAMI_NEW_ARRAY(relied->arena, uint32_t, bucket_count);
	relied->bucket_count = bucket_count;
	for (uint32_t i = 0; i < bucket_count; i++)
		relied->buckets[i] = NO_ENTRY;
	for (uint32_t i = 0; i < relied->entries.count; i++)
	{
		uint32_t	bucket = bucket_of(relied, relied->entries.items[i].key);

		relied->entries.items[i].next = relied->buckets[bucket];
		relied->buckets[bucket] = i;
	}
}

static bool
has_key(const NamiRelied *relied, uint64_t key)
{
	if (relied->bucket_count == 0)
		return false;
	for (uint32_t i = relied->buckets[bucket_of(relied, key)]; i != NO_ENTRY;
		 i = relied->entries.items[i].next)
	{
		if (relied->entries.items[i].key == key)
			return true;
	}
	return false;
}

static bool
same_probe(const Probe *a, const Probe *b)
{
	if (a->label_count != b->label_count || a->key_count != b->key_count)
		return false;
	for (uint32_t i = 0; i < a->label_count; i++)
	{
		if (a->labels[i] != b->labels[i])
			return false;
	}
	for (uint32_t i = 0; i < a->key_count; i++)
	{
		if (a->keys[i] != b->keys[i] || !nami_value_identical(a->values[i], b->values[i]))
			return false;
	}
	return true;
}

static bool
same_entry(const ReliedEntry *a, const ReliedEntry *b)
{
	if (a->key != b->key || a->kind != b->kind)
		return false;
	if (a->kind == NAMI_RELIED_PROBE)
		return same_probe(a->probe, b->probe);
	return nami_id_cmp(&a->id, &b->id) == 0 &&
		(a->kind != NAMI_RELIED_EDGE ||
		 (a->type == b->type && nami_id_cmp(&a->dst, &b->dst) == 0));
}

static bool
has_entry(const NamiRelied *relied, const ReliedEntry *entry)
{
	if (relied->bucket_count == 0)
		return false;
	for (uint32_t i = relied->buckets[bucket_of(relied, entry->key)]; i != NO_ENTRY;
		 i = relied->entries.items[i].next)
	{
		if (same_entry(&relied->entries.items[i], entry))
			return true;
	}
	return false;
}

static void
push_entry(NamiRelied *relied, const ReliedEntry *entry)
{
	uint32_t	bucket;

	if (relied->bucket_count <= relied->entries.count)
		rehash(relied);
	nami_vec_push(&relied->entries, relied->arena, *entry);
	bucket = bucket_of(relied, entry->key);
	relied->entries.items[relied->entries.count - 1].next = relied->buckets[bucket];
	relied->buckets[bucket] = (uint32_t) relied->entries.count - 1;
}

void
nami_relied_add_node(NamiRelied *relied, NamiReliedKind kind, const NamiId *id, uint64_t mark)
{
	ReliedEntry entry = {.kind = kind, .mark = mark, .id = *id};

	entry.key = kind == NAMI_RELIED_INCIDENT ? nami_change_key_incident(id) :
		nami_change_key_node(id);
	if (!has_entry(relied, &entry))
		push_entry(relied, &entry);
}

void
nami_relied_add_edge(NamiRelied *relied, NamiTypeId type, const NamiId *src, const NamiId *dst,
					 uint64_t mark)
{
	ReliedEntry entry = {.kind = NAMI_RELIED_EDGE, .mark = mark, .type = type, .id = *src,
	.dst = *dst};

	entry.key = nami_change_key_edge(nami_catalog_name(relied->catalog, NAMI_NAME_TYPE, type),
									 src, dst);
	if (!has_entry(relied, &entry))
		push_entry(relied, &entry);
}

void
nami_relied_add_probe(NamiRelied *relied, const NamiLabelId *labels, uint32_t label_count,
					  const NamiKeyId *keys, const NamiValue *values, uint32_t key_count,
					  uint64_t mark)
{
	Probe		question = {labels, label_count, keys, values, key_count};
	ReliedEntry entry = {.kind = NAMI_RELIED_PROBE, .mark = mark, .probe = &question};
	NamiValue  *copies;
	Probe	   *probe;

	entry.key = nami_probe_hash(relied->catalog, labels, label_count, keys, values, key_count);
	if (has_entry(relied, &entry))
		return;
	copies = NAMI_NEW_ARRAY(relied->arena, NamiValue, key_count + 1);
	for (uint32_t i = 0; i < key_count; i++)
		copies[i] = nami_value_copy(relied->arena, values[i]);
	probe = NAMI_NEW(relied->arena, Probe);
	probe->labels = nami_arena_memdup(relied->arena, labels, label_count * sizeof(NamiLabelId));
	probe->label_count = label_count;
	probe->keys = nami_arena_memdup(relied->arena, keys, key_count * sizeof(NamiKeyId));
	probe->values = copies;
	probe->key_count = key_count;
	entry.probe = probe;
	push_entry(relied, &entry);
	relied->probe_count++;
}

void
nami_relied_rollback(NamiRelied *relied, uint64_t mark)
{
	while (relied->entries.count > 0)
	{
		uint32_t	last = (uint32_t) relied->entries.count - 1;
		ReliedEntry *entry = &relied->entries.items[last];

		if (entry->mark < mark)
			break;
		relied->buckets[bucket_of(relied, entry->key)] = entry->next;
		if (entry->kind == NAMI_RELIED_PROBE)
			relied->probe_count--;
		relied->entries.count--;
	}
}

/* ---- comparing two views -------------------------------------------------------------------- */

static NamiSnapshot
committed(const NamiView *view)
{
	return (NamiSnapshot) {.view = view, .own = NULL, .mark = 0};
}

typedef NAMI_VEC(NamiId) IdList;

static int
cmp_ids(const void *a, const void *b)
{
	return nami_id_cmp(a, b);
}

static void
keep_labelled(const NamiSnapshot *snapshot, const Probe *probe, const NamiOrd *ords,
			  uint32_t count, NamiArena *scratch, IdList *out)
{
	for (uint32_t i = 0; i < count; i++)
	{
		bool		has_all = true;

		for (uint32_t l = 1; l < probe->label_count && has_all; l++)
			has_all = nami_snapshot_has_label(snapshot, ords[i], probe->labels[l]);
		if (has_all)
			nami_vec_push(out, scratch, nami_snapshot_node_id(snapshot, ords[i]));
	}
}

static NamiStatus
answer_probe(const NamiSnapshot *snapshot, const Probe *probe, NamiArena *scratch, IdList *out,
			 NamiError *err)
{
	if (probe->key_count == 0)
	{
		NamiNodeScan scan;
		NamiOrd		ords[256];
		uint32_t	n;
		bool		is_range;

		nami_node_scan_init(&scan, snapshot, probe->labels, probe->label_count, scratch);
		while ((n = nami_node_scan_next(&scan, ords, 256, &is_range)) > 0)
			keep_labelled(snapshot, probe, ords, n, scratch, out);
	}
	else
	{
		const NamiOrd *ords;
		uint32_t	n;
		NamiLabelId label = probe->label_count > 0 ? probe->labels[0] : NAMI_NAME_UNKNOWN;

		NAMI_TRY(nami_snapshot_lookup(snapshot, label, probe->keys, probe->values,
									  probe->key_count, scratch, &ords, &n, err));
		keep_labelled(snapshot, probe, ords, n, scratch, out);
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(NamiId), cmp_ids);
	return NAMI_OK;
}

static bool
can_answer(const NamiSnapshot *snapshot, const Probe *probe, const NamiId *id)
{
	NamiOrd		ord = nami_snapshot_find_node(snapshot, id);

	if (ord == NAMI_ORD_NONE)
		return false;
	for (uint32_t l = 0; l < probe->label_count; l++)
	{
		if (!nami_snapshot_has_label(snapshot, ord, probe->labels[l]))
			return false;
	}
	return true;
}

typedef struct Comparison
{
	const NamiRelied *relied;
	NamiSnapshot older;
	NamiSnapshot newer;
	const NamiChanges *changes; /* NULL when the steps between are not known */
	uint64_t	from;
	uint64_t	to;
	const NamiId *touched;		/* nodes */
	uint32_t	touched_count;
	NamiArena  *scratch;
} Comparison;

static NamiStatus
probe_holds(const Comparison *cmp, const Probe *probe, bool *holds, NamiError *err)
{
	IdList		before = {0};
	IdList		after = {0};
	bool		matters = cmp->changes == NULL;

	for (uint32_t i = 0; i < cmp->touched_count && !matters; i++)
		matters = can_answer(&cmp->older, probe, &cmp->touched[i]) ||
			can_answer(&cmp->newer, probe, &cmp->touched[i]);
	if (!matters)
		return NAMI_OK;
	NAMI_TRY(answer_probe(&cmp->older, probe, cmp->scratch, &before, err));
	NAMI_TRY(answer_probe(&cmp->newer, probe, cmp->scratch, &after, err));
	*holds = before.count == after.count &&
		(before.count == 0 ||
		 memcmp(before.items, after.items, before.count * sizeof(NamiId)) == 0);
	return NAMI_OK;
}

static NamiStatus
entry_holds(const Comparison *cmp, const ReliedEntry *entry, bool *holds, NamiError *err)
{
	if (entry->kind == NAMI_RELIED_PROBE)
		return probe_holds(cmp, entry->probe, holds, err);
	if (cmp->changes != NULL &&
		!nami_changes_touch(cmp->changes, cmp->from, cmp->to, entry->key))
		return NAMI_OK;
	switch (entry->kind)
	{
		case NAMI_RELIED_LIVE:
			*holds = (nami_snapshot_find_node(&cmp->older, &entry->id) == NAMI_ORD_NONE) ==
				(nami_snapshot_find_node(&cmp->newer, &entry->id) == NAMI_ORD_NONE);
			break;
		case NAMI_RELIED_NODE:
			*holds = nami_same_node(&cmp->older, &cmp->newer, &entry->id, cmp->scratch);
			break;
		case NAMI_RELIED_INCIDENT:
			*holds = nami_no_new_edges(&cmp->older, &cmp->newer, &entry->id, cmp->scratch);
			break;
		case NAMI_RELIED_EDGE:
			*holds = nami_same_edge(&cmp->older, &cmp->newer, entry->type, &entry->id,
									&entry->dst, cmp->scratch);
			break;
		case NAMI_RELIED_PROBE:
			break;
	}
	return NAMI_OK;
}

static void
describe_entry(const NamiRelied *relied, const ReliedEntry *entry, char what[160])
{
	char		id[NAMI_UUID_TEXT_LEN];
	char		dst[NAMI_UUID_TEXT_LEN];
	NamiUuid	uuid;
	NamiStr		type;

	memcpy(uuid.bytes, entry->id.bytes, 16);
	nami_uuid_format(uuid, id);
	memcpy(uuid.bytes, entry->dst.bytes, 16);
	nami_uuid_format(uuid, dst);
	switch (entry->kind)
	{
		case NAMI_RELIED_PROBE:
			snprintf(what, 160, "the answer to a MERGE");
			break;
		case NAMI_RELIED_EDGE:
			type = nami_catalog_name(relied->catalog, NAMI_NAME_TYPE, entry->type);
			snprintf(what, 160, "relationship %.*s from %.36s to %.36s",
					 type.len > 40 ? 40 : (int) type.len, type.ptr, id, dst);
			break;
		case NAMI_RELIED_INCIDENT:
			snprintf(what, 160, "the relationships of node %.36s", id);
			break;
		default:
			snprintf(what, 160, "node %.36s", id);
			break;
	}
}

static bool
is_relied_key(const void *ctx, uint64_t key)
{
	return has_key(ctx, key);
}

/* With few changes and many entries it is cheaper to look up the changes in the entries. */
static bool
untouched_at_once(const Comparison *cmp)
{
	const NamiRelied *relied = cmp->relied;

	return cmp->changes != NULL && relied->probe_count == 0 &&
		!nami_changes_any(cmp->changes, cmp->from, cmp->to, is_relied_key, relied);
}

NamiStatus
nami_relied_check(const NamiRelied *relied, uint32_t first, const NamiView *older,
				  const NamiView *newer, const NamiChanges *changes, NamiArena *scratch,
				  bool *holds, char what[160], NamiError *err)
{
	Comparison	cmp = {.relied = relied, .older = committed(older), .newer = committed(newer),
	.from = nami_view_version(older), .to = nami_view_version(newer), .scratch = scratch};

	*holds = true;
	if (older == newer || first >= relied->entries.count)
		return NAMI_OK;
	if (nami_changes_known(changes, cmp.from, cmp.to))
	{
		cmp.changes = changes;
		if (relied->probe_count > 0)
			cmp.touched_count = nami_changes_nodes(changes, cmp.from, cmp.to, scratch,
												   &cmp.touched);
		if (relied->entries.count - first > 16 && untouched_at_once(&cmp))
			return NAMI_OK;
	}
	for (uint32_t i = first; i < relied->entries.count; i++)
	{
		const ReliedEntry *entry = &relied->entries.items[i];

		NAMI_TRY(entry_holds(&cmp, entry, holds, err));
		if (!*holds)
		{
			describe_entry(relied, entry, what);
			return NAMI_OK;
		}
	}
	return NAMI_OK;
}
