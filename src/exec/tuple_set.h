/*
 * tuple_set.h - set of tuples of fixed width, numbered in order of arrival (internal to the
 * executor).
 *
 * Tuples are compared by equivalence: null equals null, 1 equals 1.0.
 */
#ifndef NAMI_EXEC_TUPLE_SET_H
#define NAMI_EXEC_TUPLE_SET_H

#include "base/arena.h"
#include "base/value_ops.h"

typedef struct NamiTupleSet
{
	NamiArena  *arena;
	uint32_t	width;
	NamiValue **tuples;
	uint64_t   *hashes;
	size_t		count;
	size_t		capacity;
	uint32_t   *slots;			/* tuple number + 1; 0: free */
	size_t		mask;
} NamiTupleSet;

extern void nami_tuple_set_init(NamiTupleSet *set, NamiArena *arena, uint32_t width);

extern uint64_t nami_tuple_hash(const NamiValue *tuple, uint32_t width);

/* The number of the tuple, or SIZE_MAX. hash: of the tuple. */
extern size_t nami_tuple_set_find(const NamiTupleSet *set, const NamiValue *tuple, uint64_t hash);

/* The tuple's number; a new tuple is copied. */
extern size_t nami_tuple_set_put(NamiTupleSet *set, const NamiValue *tuple, uint64_t hash,
								 bool *is_new);

#endif							/* NAMI_EXEC_TUPLE_SET_H */
