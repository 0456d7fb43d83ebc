/*
 * strmap.c - see strmap.h.
 */
#include "base/strmap.h"

#include <stdlib.h>

#include "base/hash.h"

struct NamiStrMapSlot
{
	NamiStr		key;
	uint64_t	payload;
	uint32_t	hash;
	bool		used;
};

void
nami_strmap_init(NamiStrMap *map, NamiArena *arena)
{
	*map = (NamiStrMap) {arena, NULL, 0, 0};
}

static NamiStrMapSlot *
probe(const NamiStrMap *map, NamiStr key, uint32_t hash)
{
	uint32_t	i = hash & map->mask;

	while (map->slots[i].used &&
		   !(map->slots[i].hash == hash && nami_str_eq(map->slots[i].key, key)))
		i = (i + 1) & map->mask;
	return &map->slots[i];
}

uint64_t *
nami_strmap_find(const NamiStrMap *map, NamiStr key)
{
	NamiStrMapSlot *slot;

	if (map->count == 0)
		return NULL;
	slot = probe(map, key, (uint32_t) nami_xxh3(key.ptr, key.len));
	return slot->used ? &slot->payload : NULL;
}

static void
grow(NamiStrMap *map)
{
	NamiStrMapSlot *old = map->slots;
	size_t		old_count = old == NULL ? 0 : (size_t) map->mask + 1;
	size_t		new_count = old_count == 0 ? 16 : old_count * 2;

	if (new_count > UINT32_MAX)
		abort();
	map->slots = nami_arena_alloc0(map->arena, new_count * sizeof(NamiStrMapSlot));
	map->mask = (uint32_t) (new_count - 1);
	for (size_t i = 0; i < old_count; i++)
	{
		if (old[i].used)
			*probe(map, old[i].key, old[i].hash) = old[i];
	}
}

uint64_t *
nami_strmap_put(NamiStrMap *map, NamiStr key, bool *is_new)
{
	uint32_t	hash = (uint32_t) nami_xxh3(key.ptr, key.len);
	NamiStrMapSlot *slot;

	if (map->slots == NULL || ((uint64_t) map->count + 1) * 3 > ((uint64_t) map->mask + 1) * 2)
		grow(map);
	slot = probe(map, key, hash);
	if (is_new != NULL)
		*is_new = !slot->used;
	if (!slot->used)
	{
		*slot = (NamiStrMapSlot) {key, 0, hash, true};
		map->count++;
	}
	return &slot->payload;
}
