/*
 * vec.h - a typed growable array in an arena.
 *
 *	typedef NAMI_VEC(NamiStr) NameList;
 *	NameList names = {0};
 *	nami_vec_push(&names, arena, name);
 *	for (size_t i = 0; i < names.count; i++) use(names.items[i]);
 */
#ifndef NAMI_BASE_VEC_H
#define NAMI_BASE_VEC_H

#include "base/arena.h"

#define NAMI_VEC(type) \
	struct { type *items; size_t count; size_t capacity; }

/* Room for n elements in all. */
#define nami_vec_reserve(vec, arena, n) \
	((n) <= (vec)->capacity ? (void) 0 : \
	 (void) ((vec)->items = nami_vec_grow_((arena), (vec)->items, &(vec)->capacity, (n), \
										   sizeof(*(vec)->items))))

#define nami_vec_push(vec, arena, ...) \
	(nami_vec_reserve((vec), (arena), (vec)->count + 1), \
	 (void) ((vec)->items[(vec)->count++] = (__VA_ARGS__)))

/* Adds a zeroed element and yields its address (valid until the next growth). */
#define nami_vec_add(vec, arena) \
	(nami_vec_reserve((vec), (arena), (vec)->count + 1), \
	 memset(&(vec)->items[(vec)->count], 0, sizeof(*(vec)->items)), \
	 &(vec)->items[(vec)->count++])

extern void *nami_vec_grow_(NamiArena *arena, void *items, size_t *capacity, size_t need,
							size_t item_bytes);

#endif							/* NAMI_BASE_VEC_H */
