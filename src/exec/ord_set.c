/*
 * ord_set.c - sets of node ordinals, see ord_set.h.
 */
#include "exec/ord_set.h"

void
nami_ord_set_grow(NamiOrdSet *set, unsigned half, uint32_t page)
{
	if (page >= set->page_counts[half])
	{
		uint32_t	old = set->page_counts[half];
		uint32_t	count = page + 1 > old * 2 ? page + 1 : old * 2;

		set->pages[half] = nami_arena_realloc(set->arena, set->pages[half],
											  old * sizeof(uint64_t *), count * sizeof(uint64_t *));
		memset(set->pages[half] + old, 0, (count - old) * sizeof(uint64_t *));
		set->page_counts[half] = count;
	}
	if (set->pages[half][page] == NULL)
		set->pages[half][page] = nami_arena_alloc0(set->arena,
												   (UINT32_C(1) << NAMI_ORD_PAGE_BITS) / 8);
}
