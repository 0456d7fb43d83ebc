/*
 * ord_set.h - a set of node ordinals (internal to the executor).
 *
 * Bits in pages that are made where something is added: the image's nodes and those that the
 * transaction created lie far apart. Zero-initialise but for the arena.
 */
#ifndef NAMI_EXEC_ORD_SET_H
#define NAMI_EXEC_ORD_SET_H

#include "base/arena.h"
#include "graph/types.h"

#define NAMI_ORD_PAGE_BITS	15

typedef struct NamiOrdSet
{
	NamiArena  *arena;
	uint64_t  **pages[2];		/* below NAMI_ORD_OWN_FIRST, and from there on */
	uint32_t	page_counts[2];
} NamiOrdSet;

extern void nami_ord_set_grow(NamiOrdSet *set, unsigned half, uint32_t page);

static inline bool
nami_ord_set_has(const NamiOrdSet *set, NamiOrd ord)
{
	unsigned	half = ord >= NAMI_ORD_OWN_FIRST;
	uint32_t	bit = ord & (NAMI_ORD_OWN_FIRST - 1);
	uint32_t	page = bit >> NAMI_ORD_PAGE_BITS;

	if (page >= set->page_counts[half] || set->pages[half][page] == NULL)
		return false;
	bit &= (UINT32_C(1) << NAMI_ORD_PAGE_BITS) - 1;
	return (set->pages[half][page][bit / 64] >> (bit % 64)) & 1;
}

/* True when it was not in the set before. */
static inline bool
nami_ord_set_add(NamiOrdSet *set, NamiOrd ord)
{
	unsigned	half = ord >= NAMI_ORD_OWN_FIRST;
	uint32_t	bit = ord & (NAMI_ORD_OWN_FIRST - 1);
	uint32_t	page = bit >> NAMI_ORD_PAGE_BITS;
	uint64_t   *word;
	bool		is_new;

	if (page >= set->page_counts[half] || set->pages[half][page] == NULL)
		nami_ord_set_grow(set, half, page);
	bit &= (UINT32_C(1) << NAMI_ORD_PAGE_BITS) - 1;
	word = &set->pages[half][page][bit / 64];
	is_new = !((*word >> (bit % 64)) & 1);
	*word |= UINT64_C(1) << (bit % 64);
	return is_new;
}

/* Takes out what was added. */
static inline void
nami_ord_set_remove(NamiOrdSet *set, NamiOrd ord)
{
	unsigned	half = ord >= NAMI_ORD_OWN_FIRST;
	uint32_t	bit = ord & (NAMI_ORD_OWN_FIRST - 1);
	uint32_t	page = bit >> NAMI_ORD_PAGE_BITS;

	bit &= (UINT32_C(1) << NAMI_ORD_PAGE_BITS) - 1;
	set->pages[half][page][bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

#endif							/* NAMI_EXEC_ORD_SET_H */
