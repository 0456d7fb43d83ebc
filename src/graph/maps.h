/*
 * maps.h - two small hash tables of the graph room: from a 64-bit word, and from an id, to a u32.
 *
 * Open addressing, load at most 2/3, nothing is ever removed. Tables are plain arrays, so that the
 * delta of a view can be copied by memcpy.
 */
#ifndef NAMI_GRAPH_MAPS_H
#define NAMI_GRAPH_MAPS_H

#include "base/arena.h"
#include "base/hash.h"
#include "graph/types.h"

#define NAMI_MAP_NONE	UINT32_MAX	/* never a payload */

typedef struct NamiWordSlot
{
	uint64_t	key;
	uint32_t	payload;		/* NAMI_MAP_NONE: empty slot */
} NamiWordSlot;

typedef struct NamiWordMap
{
	NamiWordSlot *slots;		/* in the arena of the calls that grew it; NULL while empty */
	uint32_t	mask;
	uint32_t	count;
} NamiWordMap;

static inline uint32_t
nami_wordmap_find(const NamiWordMap *map, uint64_t key)
{
	uint32_t	i;

	if (map->count == 0)
		return NAMI_MAP_NONE;
	i = (uint32_t) nami_hash_mix(key, 1) & map->mask;
	while (map->slots[i].payload != NAMI_MAP_NONE && map->slots[i].key != key)
		i = (i + 1) & map->mask;
	return map->slots[i].payload;
}

/* Adds or replaces. */
extern void nami_wordmap_put(NamiWordMap *map, NamiArena *arena, uint64_t key, uint32_t payload);
extern NamiWordMap nami_wordmap_clone(const NamiWordMap *map, NamiArena *arena);

/* Ids that lie in an array; the payload is the index into it. */
typedef struct NamiIdMap
{
	uint32_t   *slots;			/* index, or NAMI_MAP_NONE */
	uint32_t	mask;
	uint32_t	count;
} NamiIdMap;

static inline uint64_t
nami_id_hash(const NamiId *id)
{
	uint64_t	high;
	uint64_t	low;

	memcpy(&high, id->bytes, 8);
	memcpy(&low, id->bytes + 8, 8);
	return nami_hash_mix(high, low);
}

static inline uint32_t
nami_idslots_find(const uint32_t *slots, uint32_t mask, const NamiId *ids, const NamiId *id)
{
	uint32_t	i = (uint32_t) nami_id_hash(id) & mask;

	while (slots[i] != NAMI_MAP_NONE && memcmp(&ids[slots[i]], id, sizeof(NamiId)) != 0)
		i = (i + 1) & mask;
	return slots[i];
}

static inline uint32_t
nami_idmap_find(const NamiIdMap *map, const NamiId *ids, const NamiId *id)
{
	return map->count == 0 ? NAMI_MAP_NONE : nami_idslots_find(map->slots, map->mask, ids, id);
}

/* ids[index] must be set and not be in the map. */
extern void nami_idmap_add(NamiIdMap *map, NamiArena *arena, const NamiId *ids, uint32_t index);
extern void nami_idmap_reserve(NamiIdMap *map, NamiArena *arena, const NamiId *ids,
							   uint32_t count);
extern NamiIdMap nami_idmap_clone(const NamiIdMap *map, NamiArena *arena);

/* Slots of a table for count entries: a power of two at a load of at most 2/3. */
extern uint32_t nami_map_slot_count(uint32_t count);

/* ---- bitmaps ------------------------------------------------------------------------------- */

static inline bool
nami_bit(const uint64_t *bits, uint64_t i)
{
	return ((bits[i >> 6] >> (i & 63)) & 1) != 0;
}

static inline void
nami_bit_set(uint64_t *bits, uint64_t i)
{
	bits[i >> 6] |= UINT64_C(1) << (i & 63);
}

static inline size_t
nami_bit_words(uint64_t count)
{
	return (size_t) ((count + 63) / 64);
}

#endif							/* NAMI_GRAPH_MAPS_H */
