/*
 * graph_model.h - the naive model that views, deltas and own writes are compared with: plain arrays,
 * and a check that asks a snapshot everything it can be asked.
 */
#ifndef GRAPH_MODEL_H
#define GRAPH_MODEL_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/value.h"
#include "base/vec.h"
#include "format/propjson.h"
#include "format/record.h"
#include "format/wal.h"
#include "graph/compare.h"
#include "graph/own.h"
#include "base/value_ops.h"
#include "graph/view.h"
#include "graph_kinds.h"

#define MODEL_LABELS	4
#define MODEL_TYPES		2
#define MODEL_KEYS		6

static const char *const model_label_names[MODEL_LABELS] = {"Person", "Post", "City", "Admin"};
static const char *const model_type_names[MODEL_TYPES] = {"KNOWS", "LIKES"};
static const char *const model_key_names[MODEL_KEYS] = {"a", "b", "c", "d", "e", "f"};

typedef struct ModelNode
{
	bool		live;
	unsigned	labels;
	NamiValue	props;
} ModelNode;

typedef struct ModelEdge
{
	unsigned	type;
	uint32_t	src;
	uint32_t	dst;
	bool		live;
	NamiValue	props;
} ModelEdge;

typedef struct Model
{
	uint32_t	node_count;
	ModelNode  *nodes;
	NAMI_VEC(ModelEdge) edges;
	NamiArena  *arena;
} Model;

static inline uint64_t
model_random(uint64_t *state)
{
	uint64_t	z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static inline NamiId
model_id(uint32_t i)
{
	NamiId		id = {{0x01, 0x8f}};
	uint32_t	mixed = i * UINT32_C(2654435761);	/* not in the order of creation */

	memcpy(id.bytes + 4, &mixed, 4);
	memcpy(id.bytes + 12, &i, 4);
	return id;
}

static inline NamiUuid
model_uuid(uint32_t i)
{
	NamiId		id = model_id(i);
	NamiUuid	uuid;

	memcpy(uuid.bytes, id.bytes, 16);
	return uuid;
}

static inline uint32_t
model_of_id(NamiId id)
{
	uint32_t	i;

	memcpy(&i, id.bytes + 12, 4);
	return i;
}

static inline Model
model_create(NamiArena *arena, uint32_t node_count)
{
	Model		model = {.node_count = node_count, .arena = arena};

	model.nodes = nami_arena_alloc0(arena, node_count * sizeof(ModelNode));
	return model;
}

static inline Model
model_copy(const Model *from)
{
	Model		copy = *from;

	copy.nodes = nami_arena_memdup(from->arena, from->nodes, from->node_count * sizeof(ModelNode));
	copy.edges.items = nami_arena_memdup(from->arena, from->edges.items,
										 from->edges.count * sizeof(ModelEdge));
	copy.edges.capacity = copy.edges.count;
	return copy;
}

static inline ModelEdge *
model_edge(Model *model, unsigned type, uint32_t src, uint32_t dst, bool add)
{
	for (size_t i = 0; i < model->edges.count; i++)
	{
		ModelEdge  *edge = &model->edges.items[i];

		if (edge->type == type && edge->src == src && edge->dst == dst)
			return edge;
	}
	if (!add)
		return NULL;
	nami_vec_push(&model->edges, model->arena,
				  (ModelEdge) {.type = type, .src = src, .dst = dst});
	return &model->edges.items[model->edges.count - 1];
}

/* ---- random values ---- */

static inline NamiValue
model_value(NamiArena *arena, uint64_t *random, unsigned key)
{
	uint64_t	r = model_random(random);
	unsigned	pick = (unsigned) (r >> 8) % 16;
	static const int64_t ints[] = {0, 1, 2, 255, 256, -1, 70000, INT64_MAX, INT64_MIN,
								   INT64_C(9007199254740993)};

	switch (key)
	{
		case 0:					/* integers of one width or another */
			return nami_value_int(ints[(r >> 20) % (r % 3 == 0 ? 10 : 4)]);
		case 1:					/* few strings, many strings */
			return nami_value_string(nami_str(nami_arena_printf(arena, "s%u",
											  (unsigned) (r >> 20) % (r % 2 ? 3 : 5000))));
		case 2:					/* numbers of both kinds */
			return r & 1 ? nami_value_float((double) (int) ((r >> 20) % 5) / 2) :
				nami_value_int((int64_t) (r >> 20) % 3);
		case 3:
			return pick < 8 ? nami_value_bool(r & 1) : nami_value_date((int64_t) (r >> 20) % 20000);
		case 4:
		{
			NamiDateTime *point = NAMI_NEW(arena, NamiDateTime);

			point->seconds = (int64_t) ((r >> 20) % 2000000000) - 1000000000;
			point->nanoseconds = (int32_t) (r % 1000000) * 1000;
			return (NamiValue) {.kind = NAMI_DATETIME, .datetime = point};
		}
		default:
			break;
	}
	if (pick < 5)
	{
		NamiValue  *items = NAMI_NEW_ARRAY(arena, NamiValue, 2);

		items[0] = nami_value_int((int64_t) pick);
		items[1] = pick == 0 ? nami_value_null() : nami_value_string(NAMI_STR("x\"y"));
		return nami_value_list(items, 2);
	}
	if (pick < 9)
	{
		float	   *floats = NAMI_NEW_ARRAY(arena, float, 3);

		floats[0] = (float) pick;
		floats[1] = 0.5f;
		floats[2] = -1;
		return nami_value_vector(floats, 3);
	}
	if (pick < 11)
		return nami_value_bytes(NAMI_STR("\x01\x00\xff"));
	if (pick < 13)
	{
		NamiDuration *duration = NAMI_NEW(arena, NamiDuration);

		duration->months = pick;
		duration->nanoseconds = 5;
		return (NamiValue) {.kind = NAMI_DURATION, .duration = duration};
	}
	return nami_value_string(NAMI_STR("long enough not to be inline, and the same everywhere"));
}

static inline NamiValue
model_props(NamiArena *arena, uint64_t *random)
{
	NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, MODEL_KEYS);
	uint32_t	count = 0;

	for (unsigned k = 0; k < MODEL_KEYS; k++)
	{
		/* d is rare: a sparse column */
		if (model_random(random) % (k == 3 ? 40 : 4) != 0 || k == 0)
		{
			if (k == 3 && model_random(random) % 4 != 0)
				continue;
			entries[count].key = nami_str(model_key_names[k]);
			entries[count++].value = model_value(arena, random, k);
		}
	}
	return nami_value_map(entries, count);
}

/* ---- records ---- */

static inline NamiStr
model_node_json(NamiArena *arena, const ModelNode *node)
{
	NamiBuf		buf;
	NamiError	err = NAMI_ERROR_INIT;
	uint32_t	labels[MODEL_LABELS];
	uint32_t	count = 0;

	for (uint32_t i = 0; i < MODEL_LABELS; i++)
	{
		if (node->labels >> i & 1)
			labels[count++] = i;
	}
	nami_buf_init(&buf, arena);
	nami_record_begin(&buf);
	assert_int_equal(nami_prop_encode(&buf, node->props.entries, node->props.len, 0, &err),
					 NAMI_OK);
	nami_record_end_node(&buf, 1, labels, count);
	return nami_buf_str(&buf);
}

static inline NamiStr
model_edge_json(NamiArena *arena, NamiValue props)
{
	NamiBuf		buf;
	NamiError	err = NAMI_ERROR_INIT;

	nami_buf_init(&buf, arena);
	nami_record_begin(&buf);
	assert_int_equal(nami_prop_encode(&buf, props.entries, props.len, 0, &err), NAMI_OK);
	nami_record_end_edge(&buf, 1);
	return nami_buf_str(&buf);
}

/* ---- the check ---- */

typedef struct ModelNames
{
	NamiLabelId labels[MODEL_LABELS];
	NamiTypeId	types[MODEL_TYPES];
	NamiKeyId	keys[MODEL_KEYS];
} ModelNames;

static inline ModelNames
model_names(const NamiSnapshot *snapshot)
{
	NamiCatalog *catalog = nami_snapshot_catalog(snapshot);
	ModelNames	names;

	for (int i = 0; i < MODEL_LABELS; i++)
		names.labels[i] = nami_catalog_find(catalog, NAMI_NAME_LABEL, nami_str(model_label_names[i]));
	for (int i = 0; i < MODEL_TYPES; i++)
		names.types[i] = nami_catalog_find(catalog, NAMI_NAME_TYPE, nami_str(model_type_names[i]));
	for (int i = 0; i < MODEL_KEYS; i++)
		names.keys[i] = nami_catalog_find(catalog, NAMI_NAME_KEY, nami_str(model_key_names[i]));
	return names;
}

static inline void
check_node(const Model *model, const NamiSnapshot *snapshot, const ModelNames *names, uint32_t i,
		   NamiArena *arena)
{
	const ModelNode *node = &model->nodes[i];
	NamiCatalog *catalog = nami_snapshot_catalog(snapshot);
	NamiId		id = model_id(i);
	NamiOrd		ord = nami_snapshot_find_node(snapshot, &id);
	const NamiLabelId *labels;
	uint32_t	count;
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	map;

	assert_int_equal(ord != NAMI_ORD_NONE, node->live);
	if (!node->live)
		return;
	assert_true(nami_snapshot_node_is_live(snapshot, ord));
	assert_int_equal(model_of_id(nami_snapshot_node_id(snapshot, ord)), i);
	count = nami_snapshot_labels(snapshot, ord, arena, &labels);
	assert_int_equal(count, (unsigned) __builtin_popcount(node->labels));
	for (uint32_t l = 1; l < count; l++)
		assert_true(nami_str_cmp(nami_catalog_name(catalog, NAMI_NAME_LABEL, labels[l - 1]),
								 nami_catalog_name(catalog, NAMI_NAME_LABEL, labels[l])) < 0);
	for (unsigned l = 0; l < MODEL_LABELS; l++)
		assert_int_equal(nami_snapshot_has_label(snapshot, ord, names->labels[l]),
						 node->labels >> l & 1);
	assert_int_equal(nami_snapshot_node_map(snapshot, ord, arena, &map, &err), NAMI_OK);
	assert_true(nami_value_identical(map, node->props));
	for (unsigned k = 0; k < MODEL_KEYS; k++)
	{
		const NamiValue *expected = nami_value_map_get(node->props, nami_str(model_key_names[k]));
		NamiValue	value;

		assert_int_equal(nami_snapshot_node_property(snapshot, names->keys[k], &ord, 1, arena,
													 &value, &err), NAMI_OK);
		assert_true(expected == NULL ? value.kind == NAMI_NULL :
					nami_value_identical(value, *expected));
	}
}

static inline void
check_range(const NamiSnapshot *snapshot, const ModelNames *names, const NamiOrd *ords, uint32_t n,
			NamiArena *arena)
{
	for (unsigned k = 0; k < MODEL_KEYS; k++)
	{
		NamiColumn	column;
		NamiError	err = NAMI_ERROR_INIT;

		assert_true(nami_snapshot_node_column(snapshot, ords[0], names->keys[k], &column));
		for (uint32_t i = 0; i < n; i++)
		{
			uint32_t	at = ords[i] - column.first;
			NamiValue	value;
			bool		present;

			assert_int_equal(ords[i], ords[0] + i);
			assert_true(at < column.count);
			assert_true(nami_snapshot_node_is_clean(snapshot, ords[i]));
			assert_int_equal(nami_snapshot_node_property(snapshot, names->keys[k], &ords[i], 1,
														 arena, &value, &err), NAMI_OK);
			present = column.kind != NAMI_COLUMN_ABSENT &&
				(column.presence == NULL || (column.presence[at >> 6] >> (at & 63) & 1));
			if (column.kind != NAMI_COLUMN_OTHER)
				assert_int_equal(value.kind != NAMI_NULL, present);
			if (!present)
				continue;
			if (column.kind == NAMI_COLUMN_INT && column.logical == NAMI_INT)
			{
				int64_t		v = column.width_bytes == 1 ? ((const uint8_t *) column.data)[at] :
					column.width_bytes == 2 ? ((const uint16_t *) column.data)[at] :
					column.width_bytes == 4 ? ((const uint32_t *) column.data)[at] :
					((const int64_t *) column.data)[at];

				assert_int_equal((int64_t) ((uint64_t) v + (uint64_t) column.base), value.integer);
			}
			if (column.kind == NAMI_COLUMN_STRING_DICT)
			{
				uint32_t	code = column.width_bytes == 1 ? ((const uint8_t *) column.data)[at] :
					column.width_bytes == 2 ? ((const uint16_t *) column.data)[at] :
					((const uint32_t *) column.data)[at];
				NamiStr		text = {column.dict_text + column.dict_offsets[code],
									column.dict_offsets[code + 1] - column.dict_offsets[code]};

				assert_true(nami_str_eq(text, nami_value_str(value)));
			}
		}
	}
}

static inline void
check_scans(const Model *model, const NamiSnapshot *snapshot, const ModelNames *names,
			NamiArena *arena)
{
	uint8_t    *seen = nami_arena_alloc(arena, model->node_count);

	for (unsigned mask = 0; mask < 1u << MODEL_LABELS; mask++)
	{
		NamiLabelId labels[MODEL_LABELS];
		uint32_t	label_count = 0;
		uint32_t	expected = 0;
		uint32_t	found = 0;
		NamiNodeScan scan;
		NamiOrd		ords[700];
		uint32_t	n;
		bool		is_range;

		if (__builtin_popcount(mask) > 2)
			continue;
		for (unsigned l = 0; l < MODEL_LABELS; l++)
		{
			if (mask >> l & 1)
				labels[label_count++] = names->labels[l];
		}
		for (uint32_t i = 0; i < model->node_count; i++)
			expected += model->nodes[i].live && (model->nodes[i].labels & mask) == mask;
		assert_int_equal(nami_snapshot_count_nodes(snapshot, labels, label_count), expected);
		memset(seen, 0, model->node_count);
		nami_node_scan_init(&scan, snapshot, labels, label_count, arena);
		while ((n = nami_node_scan_next(&scan, ords, 700, &is_range)) > 0)
		{
			for (uint32_t i = 0; i < n; i++)
			{
				uint32_t	at = model_of_id(nami_snapshot_node_id(snapshot, ords[i]));

				assert_true(model->nodes[at].live);
				assert_int_equal(model->nodes[at].labels & mask, mask);
				assert_false(seen[at]);
				seen[at] = 1;
			}
			found += n;
			if (is_range && mask == 0)
				check_range(snapshot, names, ords, n, arena);
		}
		assert_int_equal(found, expected);
	}
}

static inline bool
model_edge_counts(const Model *model, const ModelEdge *edge)
{
	return edge->live && model->nodes[edge->src].live && model->nodes[edge->dst].live;
}

static inline void
check_edge_at(Model *model, const NamiSnapshot *snapshot, const ModelNames *names, unsigned type,
			  NamiOrd src, NamiOrd dst, NamiEdgePos pos, NamiArena *arena)
{
	ModelEdge  *edge = model_edge(model, type, model_of_id(nami_snapshot_node_id(snapshot, src)),
								  model_of_id(nami_snapshot_node_id(snapshot, dst)), false);
	NamiError	err = NAMI_ERROR_INIT;
	NamiOrd		from;
	NamiOrd		to;
	NamiValue	map;

	assert_non_null(edge);
	assert_true(edge->live);
	assert_true(nami_snapshot_edge_is_live(snapshot, names->types[type], pos));
	nami_snapshot_edge_ends(snapshot, names->types[type], pos, &from, &to);
	assert_int_equal(from, src);
	assert_int_equal(to, dst);
	assert_int_equal(nami_snapshot_find_edge(snapshot, names->types[type], src, dst), pos);
	assert_int_equal(nami_snapshot_edge_map(snapshot, names->types[type], pos, arena, &map, &err),
					 NAMI_OK);
	assert_true(nami_value_identical(map, edge->props));
	for (unsigned k = 0; k < MODEL_KEYS; k++)
	{
		const NamiValue *expected = nami_value_map_get(edge->props, nami_str(model_key_names[k]));
		NamiValue	value;

		assert_int_equal(nami_snapshot_edge_property(snapshot, names->types[type], names->keys[k],
													 &pos, 1, arena, &value, &err), NAMI_OK);
		assert_true(expected == NULL ? value.kind == NAMI_NULL :
					nami_value_identical(value, *expected));
	}
}

static inline void
check_edges(Model *model, const NamiSnapshot *snapshot, const ModelNames *names, NamiArena *arena)
{
	uint32_t   *degrees = NAMI_NEW_ARRAY(arena, uint32_t, (size_t) model->node_count * 2);
	NamiAdjacencyScratch scratch = {.arena = arena};

	for (unsigned type = 0; type < MODEL_TYPES; type++)
	{
		uint32_t	expected = 0;
		uint32_t	found = 0;
		NamiEdgeScan scan;
		NamiOrd		src[100];
		NamiOrd		dst[100];
		NamiEdgePos pos[100];
		uint32_t	n;

		if (names->types[type] == NAMI_NAME_UNKNOWN)
			continue;
		memset(degrees, 0, (size_t) model->node_count * 2 * sizeof(uint32_t));
		for (size_t i = 0; i < model->edges.count; i++)
		{
			const ModelEdge *edge = &model->edges.items[i];

			if (edge->type != type || !edge->live)
				continue;
			expected += model_edge_counts(model, edge);
			degrees[edge->src * 2] += model->nodes[edge->dst].live;
			degrees[edge->dst * 2 + 1] += model->nodes[edge->src].live;
		}
		assert_int_equal(nami_snapshot_count_edges(snapshot, names->types[type]), expected);
		nami_edge_scan_init(&scan, snapshot, names->types[type], arena);
		while ((n = nami_edge_scan_next(&scan, src, dst, pos, 100)) > 0)
		{
			for (uint32_t i = 0; i < n; i++)
				check_edge_at(model, snapshot, names, type, src[i], dst[i], pos[i], arena);
			found += n;
		}
		assert_int_equal(found, expected);
		for (uint32_t i = 0; i < model->node_count; i++)
		{
			NamiId		id = model_id(i);
			NamiOrd		ord = nami_snapshot_find_node(snapshot, &id);

			if (ord == NAMI_ORD_NONE)
				continue;
			for (int d = NAMI_OUT; d <= NAMI_IN; d++)
			{
				NamiAdjacency list;

				nami_snapshot_adjacency(snapshot, names->types[type], (NamiDirection) d, ord,
										&scratch, &list);
				assert_int_equal(list.count, degrees[i * 2 + (uint32_t) d]);
				assert_int_equal(nami_snapshot_degree(snapshot, names->types[type],
													  (NamiDirection) d, ord), list.count);
				for (uint32_t e = 0; e < list.count; e++)
				{
					NamiEdgePos at = nami_adjacency_pos(&list, e);

					check_edge_at(model, snapshot, names, type, d == NAMI_OUT ? ord :
								  list.other[e], d == NAMI_OUT ? list.other[e] : ord, at, arena);
					if (e > 0 && at < NAMI_POS_OWN_FIRST)
						assert_true(list.other[e - 1] < list.other[e]);
				}
			}
		}
	}
}

static inline void
check_lookup(const Model *model, const NamiSnapshot *snapshot, const ModelNames *names,
			 uint64_t *random, NamiArena *arena)
{
	for (int round = 0; round < 24; round++)
	{
		unsigned	key = (unsigned) (model_random(random) % MODEL_KEYS);
		unsigned	label = (unsigned) (model_random(random) % (MODEL_LABELS + 1));
		unsigned	key_count = 1 + (unsigned) (model_random(random) % 2);
		NamiKeyId	keys[2] = {names->keys[key], names->keys[(key + 1) % MODEL_KEYS]};
		NamiValue	values[2] = {model_value(arena, random, key),
								 model_value(arena, random, (key + 1) % MODEL_KEYS)};
		NamiError	err = NAMI_ERROR_INIT;
		const NamiOrd *ords;
		uint32_t	count;
		uint32_t	expected = 0;

		if (keys[0] == NAMI_NAME_UNKNOWN || keys[1] == NAMI_NAME_UNKNOWN)
			continue;
		for (uint32_t i = 0; i < model->node_count; i++)
		{
			const ModelNode *node = &model->nodes[i];
			bool		matches = node->live &&
				(label == MODEL_LABELS || (node->labels >> label & 1));

			for (unsigned k = 0; k < key_count && matches; k++)
			{
				const NamiValue *value = nami_value_map_get(node->props,
											nami_str(model_key_names[(key + k) % MODEL_KEYS]));

				matches = value != NULL && (nami_value_equal(*value, values[k]) == NAMI_TRUE);
			}
			expected += matches;
		}
		assert_int_equal(nami_snapshot_lookup(snapshot, label == MODEL_LABELS ?
											  NAMI_NAME_UNKNOWN : names->labels[label], keys,
											  values, key_count, arena, &ords, &count, &err),
						 NAMI_OK);
		assert_int_equal(count, expected);
		for (uint32_t i = 0; i < count; i++)
		{
			uint32_t	at = model_of_id(nami_snapshot_node_id(snapshot, ords[i]));
			const NamiValue *value = nami_value_map_get(model->nodes[at].props,
														nami_str(model_key_names[key]));

			assert_true(model->nodes[at].live);
			assert_non_null(value);
			assert_true((nami_value_equal(*value, values[0]) == NAMI_TRUE));
			for (uint32_t k = 0; k < i; k++)
				assert_int_not_equal(ords[k], ords[i]);
		}
	}
}

/* Everything that a snapshot can be asked. */
static inline void
check_model(Model *model, const NamiSnapshot *snapshot, uint64_t *random)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	ModelNames	names = model_names(snapshot);

	for (uint32_t i = 0; i < model->node_count; i++)
		check_node(model, snapshot, &names, i, arena);
	check_scans(model, snapshot, &names, arena);
	check_edges(model, snapshot, &names, arena);
	check_lookup(model, snapshot, &names, random, arena);
	check_kinds(snapshot, arena);
	nami_arena_destroy(arena);
}

#endif							/* GRAPH_MODEL_H */
