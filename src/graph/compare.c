/*
 * compare.c - see compare.h.
 */
#include "graph/compare.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/vec.h"

/* ---- values --------------------------------------------------------------------------------- */

static NamiValue
copy_items(NamiArena *arena, NamiValue value)
{
	NamiValue  *items = NAMI_NEW_ARRAY(arena, NamiValue, value.len + 1);

	for (uint32_t i = 0; i < value.len; i++)
		items[i] = nami_stored_value_copy(arena, value.items[i]);
	value.items = items;
	return value;
}

static NamiValue
copy_entries(NamiArena *arena, NamiValue value)
{
	NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, value.len + 1);

	for (uint32_t i = 0; i < value.len; i++)
	{
		entries[i].key = nami_arena_str(arena, value.entries[i].key);
		entries[i].value = nami_stored_value_copy(arena, value.entries[i].value);
	}
	value.entries = entries;
	return value;
}

static NamiValue
copy_datetime(NamiArena *arena, NamiValue value)
{
	NamiDateTime *copy = nami_arena_memdup(arena, value.datetime, sizeof(NamiDateTime));

	copy->zone = nami_arena_str(arena, copy->zone);
	value.datetime = copy;
	return value;
}

NamiValue
nami_stored_value_copy(NamiArena *arena, NamiValue value)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_STRING:
		case NAMI_BYTES:
			value.text = nami_arena_memdup(arena, value.text, value.len);
			break;
		case NAMI_LIST:
			return copy_items(arena, value);
		case NAMI_MAP:
			return copy_entries(arena, value);
		case NAMI_VECTOR:
			value.floats = nami_arena_memdup(arena, value.floats, value.len * sizeof(float));
			break;
		case NAMI_DATETIME:
			return copy_datetime(arena, value);
		case NAMI_DURATION:
			value.duration = nami_arena_memdup(arena, value.duration, sizeof(NamiDuration));
			break;
		default:
			break;
	}
	return value;
}

static bool
identical_children(NamiValue a, NamiValue b)
{
	for (uint32_t i = 0; i < a.len; i++)
	{
		if (a.kind == NAMI_LIST)
		{
			if (!nami_values_identical(a.items[i], b.items[i]))
				return false;
		}
		else if (!nami_str_eq(a.entries[i].key, b.entries[i].key) ||
				 !nami_values_identical(a.entries[i].value, b.entries[i].value))
			return false;
	}
	return true;
}

static bool
identical_datetimes(const NamiDateTime *a, const NamiDateTime *b)
{
	return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds &&
		a->offset_seconds == b->offset_seconds && nami_str_eq(a->zone, b->zone);
}

static bool
identical_durations(const NamiDuration *a, const NamiDuration *b)
{
	return a->months == b->months && a->days == b->days && a->seconds == b->seconds &&
		a->nanoseconds == b->nanoseconds;
}

bool
nami_values_identical(NamiValue a, NamiValue b)
{
	if (a.kind != b.kind)
		return false;
	switch ((NamiKind) a.kind)
	{
		case NAMI_NULL:
			return true;
		case NAMI_BOOL:
			return a.boolean == b.boolean;
		case NAMI_FLOAT:
			return memcmp(&a.number, &b.number, sizeof(double)) == 0;
		case NAMI_STRING:
		case NAMI_BYTES:
			return nami_str_eq(nami_value_str(a), nami_value_str(b));
		case NAMI_LIST:
		case NAMI_MAP:
			return a.len == b.len && identical_children(a, b);
		case NAMI_VECTOR:
			return a.len == b.len &&
				(a.len == 0 || memcmp(a.floats, b.floats, a.len * sizeof(float)) == 0);
		case NAMI_DATETIME:
			return identical_datetimes(a.datetime, b.datetime);
		case NAMI_DURATION:
			return identical_durations(a.duration, b.duration);
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			return a.len == b.len && a.integer == b.integer;
		case NAMI_INT:
		case NAMI_NODE:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			return a.integer == b.integer;
		case NAMI_REL:
		case NAMI_PATH:
			break;
	}
	return false;
}

/* Numbers by their value as a float; two integers that share one also share a hash. What is neither
 * number nor text is hashed by its kind and size only: enough for a lock. */
static uint64_t
hash_value(NamiValue value)
{
	double		number;
	uint64_t	bits;

	switch ((NamiKind) value.kind)
	{
		case NAMI_INT:
		case NAMI_FLOAT:
			number = value.kind == NAMI_INT ? (double) value.integer : value.number;
			if (number == 0)
				number = 0;		/* -0.0 too */
			memcpy(&bits, &number, sizeof(bits));
			return nami_hash_mix(bits, NAMI_FLOAT);
		case NAMI_STRING:
		case NAMI_BYTES:
			return nami_hash_mix(nami_xxh3(value.text, value.len), value.kind);
		case NAMI_BOOL:
			return nami_hash_mix(value.boolean, value.kind);
		case NAMI_DATE:
		case NAMI_LOCALTIME:
			return nami_hash_mix((uint64_t) value.integer, value.kind);
		default:
			return nami_hash_mix(value.len, NAMI_LIST);
	}
}

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

		key_sum += nami_hash_mix(nami_xxh3(name.ptr, name.len), hash_value(values[i]));
	}
	return nami_hash_mix(label_sum, key_sum);
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
		nami_values_identical(map_a, map_b);
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
		nami_values_identical(map_a, map_b);
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
