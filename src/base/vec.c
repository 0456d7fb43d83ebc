/*
 * vec.c - growth of NAMI_VEC, see vec.h.
 */
#include "base/vec.h"

#include <stdlib.h>

void *
nami_vec_grow_(NamiArena *arena, void *items, size_t *capacity, size_t need, size_t item_bytes)
{
	size_t		new_capacity = *capacity < 4 ? 8 : *capacity * 2;
	size_t		new_bytes;

	if (new_capacity < need)
		new_capacity = need;
	if (__builtin_mul_overflow(new_capacity, item_bytes, &new_bytes))
		abort();
	items = nami_arena_realloc(arena, items, *capacity * item_bytes, new_bytes);
	*capacity = new_capacity;
	return items;
}
