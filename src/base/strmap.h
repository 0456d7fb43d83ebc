/*
 * strmap.h - hash table from strings to a 64-bit payload (an index or a pointer), in an arena.
 *
 * Open addressing, load at most 2/3. Keys are borrowed: they must outlive the map.
 */
#ifndef NAMI_BASE_STRMAP_H
#define NAMI_BASE_STRMAP_H

#include "base/arena.h"
#include "base/str.h"

typedef struct NamiStrMapSlot NamiStrMapSlot;

typedef struct NamiStrMap
{
	NamiArena  *arena;			/* borrowed */
	NamiStrMapSlot *slots;
	uint32_t	mask;			/* slot count - 1 */
	uint32_t	count;
} NamiStrMap;

extern void nami_strmap_init(NamiStrMap *map, NamiArena *arena);

/* The address of the key's payload, or NULL. Valid until the next put. */
extern uint64_t *nami_strmap_find(const NamiStrMap *map, NamiStr key);

/* Finds or adds the key (payload 0 when added); *is_new may be NULL. */
extern uint64_t *nami_strmap_put(NamiStrMap *map, NamiStr key, bool *is_new);

#endif							/* NAMI_BASE_STRMAP_H */
