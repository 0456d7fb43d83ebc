/*
 * maps.c - see maps.h.
 */
#include "graph/maps.h"

#include <stdlib.h>

uint32_t
nami_map_slot_count(uint32_t count)
{
	uint64_t	slots = 16;

	while (slots * 2 < (uint64_t) count * 3)
		slots *= 2;
	if (slots > UINT64_C(1) << 31)
		abort();				/* ordinals end far below */
	return (uint32_t) slots;
}

static void
wordmap_insert(NamiWordMap *map, uint64_t key, uint32_t payload)
{
	uint32_t	i = (uint32_t) nami_hash_mix(key, 1) & map->mask;

	while (map->slots[i].payload != NAMI_MAP_NONE && map->slots[i].key != key)
		i = (i + 1) & map->mask;
	if (map->slots[i].payload == NAMI_MAP_NONE)
		map->count++;
	map->slots[i].key = key;
	map->slots[i].payload = payload;
}

void
nami_wordmap_put(NamiWordMap *map, NamiArena *arena, uint64_t key, uint32_t payload)
{
	if (map->slots == NULL || ((uint64_t) map->count + 1) * 3 > ((uint64_t) map->mask + 1) * 2)
	{
		uint32_t	new_count = map->slots == NULL ? 16 : (map->mask + 1) * 2;
		NamiWordMap grown = {NAMI_NEW_ARRAY(arena, NamiWordSlot, new_count), new_count - 1, 0};

		memset(grown.slots, 0xFF, new_count * sizeof(NamiWordSlot));
		for (uint32_t i = 0; map->slots != NULL && i <= map->mask; i++)
		{
			if (map->slots[i].payload != NAMI_MAP_NONE)
				wordmap_insert(&grown, map->slots[i].key, map->slots[i].payload);
		}
		*map = grown;
	}
	wordmap_insert(map, key, payload);
}

NamiWordMap
nami_wordmap_clone(const NamiWordMap *map, NamiArena *arena)
{
	NamiWordMap copy = *map;

	if (map->slots != NULL)
		copy.slots = nami_arena_memdup(arena, map->slots,
									   ((size_t) map->mask + 1) * sizeof(NamiWordSlot));
	return copy;
}

void
nami_idmap_reserve(NamiIdMap *map, NamiArena *arena, const NamiId *ids, uint32_t count)
{
	NamiIdMap	grown;
	uint32_t	slot_count;

	if (map->slots != NULL && (uint64_t) count * 3 <= ((uint64_t) map->mask + 1) * 2)
		return;
	slot_count = nami_map_slot_count(count < 8 ? 8 : count);
	grown = (NamiIdMap) {NAMI_NEW_ARRAY(arena, uint32_t, slot_count), slot_count - 1, map->count};
	memset(grown.slots, 0xFF, (size_t) slot_count * sizeof(uint32_t));
	for (uint32_t i = 0; map->slots != NULL && i <= map->mask; i++)
	{
		uint32_t	at;

		if (map->slots[i] == NAMI_MAP_NONE)
			continue;
		at = (uint32_t) nami_id_hash(&ids[map->slots[i]]) & grown.mask;
		while (grown.slots[at] != NAMI_MAP_NONE)
			at = (at + 1) & grown.mask;
		grown.slots[at] = map->slots[i];
	}
	*map = grown;
}

void
nami_idmap_add(NamiIdMap *map, NamiArena *arena, const NamiId *ids, uint32_t index)
{
	uint32_t	at;

	if (map->slots == NULL || ((uint64_t) map->count + 1) * 3 > ((uint64_t) map->mask + 1) * 2)
		nami_idmap_reserve(map, arena, ids, (map->count + 1) * 2);
	at = (uint32_t) nami_id_hash(&ids[index]) & map->mask;
	while (map->slots[at] != NAMI_MAP_NONE)
		at = (at + 1) & map->mask;
	map->slots[at] = index;
	map->count++;
}

NamiIdMap
nami_idmap_clone(const NamiIdMap *map, NamiArena *arena)
{
	NamiIdMap	copy = *map;

	if (map->slots != NULL)
		copy.slots = nami_arena_memdup(arena, map->slots,
									   ((size_t) map->mask + 1) * sizeof(uint32_t));
	return copy;
}
