/*
 * tuple_set.c - see tuple_set.h. Open addressing over numbers; hashes are kept for growing.
 */
#include "exec/tuple_set.h"

void
nami_tuple_set_init(NamiTupleSet *set, NamiArena *arena, uint32_t width)
{
	*set = (NamiTupleSet) {.arena = arena, .width = width};
}

uint64_t
nami_tuple_hash(const NamiValue *tuple, uint32_t width)
{
	uint64_t	hash = width;

	for (uint32_t i = 0; i < width; i++)
		hash = hash * UINT64_C(0x9E3779B97F4A7C15) + nami_value_hash(tuple[i]);
	return hash ^ (hash >> 32);
}

static bool
tuple_equal(const NamiValue *a, const NamiValue *b, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++)
	{
		if (a[i].kind == NAMI_INT && b[i].kind == NAMI_INT)
		{
			if (a[i].integer != b[i].integer)
				return false;
		}
		else if (!nami_value_equivalent(a[i], b[i]))
			return false;
	}
	return true;
}

static void
grow(NamiTupleSet *set)
{
	size_t		capacity = set->capacity == 0 ? 64 : set->capacity * 2;

	set->tuples = nami_arena_realloc(set->arena, set->tuples, set->capacity * sizeof(NamiValue *),
									 capacity * sizeof(NamiValue *));
	set->hashes = nami_arena_realloc(set->arena, set->hashes, set->capacity * sizeof(uint64_t),
									 capacity * sizeof(uint64_t));
	set->capacity = capacity;
	set->mask = capacity * 2 - 1;
	set->slots = nami_arena_alloc0(set->arena, capacity * 2 * sizeof(uint32_t));
	for (size_t i = 0; i < set->count; i++)
	{
		size_t		slot = set->hashes[i] & set->mask;

		while (set->slots[slot] != 0)
			slot = (slot + 1) & set->mask;
		set->slots[slot] = (uint32_t) i + 1;
	}
}

/* The slot of the tuple, or the free one where it would go. The set has capacity. */
static size_t
find_slot(const NamiTupleSet *set, const NamiValue *tuple, uint64_t hash)
{
	size_t		slot = hash & set->mask;

	while (set->slots[slot] != 0)
	{
		size_t		number = set->slots[slot] - 1;

		if (set->hashes[number] == hash && tuple_equal(set->tuples[number], tuple, set->width))
			break;
		slot = (slot + 1) & set->mask;
	}
	return slot;
}

size_t
nami_tuple_set_find(const NamiTupleSet *set, const NamiValue *tuple, uint64_t hash)
{
	size_t		slot;

	if (set->count == 0)
		return SIZE_MAX;
	slot = find_slot(set, tuple, hash);
	return set->slots[slot] == 0 ? SIZE_MAX : set->slots[slot] - (size_t) 1;
}

size_t
nami_tuple_set_put(NamiTupleSet *set, const NamiValue *tuple, uint64_t hash, bool *is_new)
{
	size_t		slot;
	NamiValue  *copy;

	if (set->count == set->capacity)
		grow(set);
	slot = find_slot(set, tuple, hash);
	*is_new = set->slots[slot] == 0;
	if (!*is_new)
		return set->slots[slot] - (size_t) 1;
	copy = NAMI_NEW_ARRAY(set->arena, NamiValue, set->width + (size_t) 1);
	for (uint32_t i = 0; i < set->width; i++)
		copy[i] = nami_value_copy(set->arena, tuple[i]);
	set->tuples[set->count] = copy;
	set->hashes[set->count] = hash;
	set->slots[slot] = (uint32_t) set->count + 1;
	return set->count++;
}
