/*
 * catalog.c - see catalog.h. Per kind a map from name to number and the list of names.
 */
#include "graph/catalog.h"

#include "base/error.h"
#include "base/strmap.h"
#include "base/vec.h"

typedef struct NameList
{
	NamiStrMap	map;			/* name -> number */
	NAMI_VEC(NamiStr) names;
} NameList;

struct NamiCatalog
{
	NamiArena  *arena;			/* borrowed */
	NameList	kinds[NAMI_NAME_KIND_COUNT];
};

NamiCatalog *
nami_catalog_create(NamiArena *arena)
{
	NamiCatalog *catalog = NAMI_NEW(arena, NamiCatalog);

	catalog->arena = arena;
	for (int kind = 0; kind < NAMI_NAME_KIND_COUNT; kind++)
		nami_strmap_init(&catalog->kinds[kind].map, arena);
	return catalog;
}

uint32_t
nami_catalog_find(const NamiCatalog *catalog, NamiNameKind kind, NamiStr name)
{
	const uint64_t *number = nami_strmap_find(&catalog->kinds[kind].map, name);

	return number == NULL ? NAMI_NAME_UNKNOWN : (uint32_t) *number;
}

uint32_t
nami_catalog_intern(NamiCatalog *catalog, NamiNameKind kind, NamiStr name)
{
	NameList   *list = &catalog->kinds[kind];
	const uint64_t *found = nami_strmap_find(&list->map, name);
	NamiStr		copy;

	if (found != NULL)
		return (uint32_t) *found;

	/* Whatever may unwind comes first: a name is in the map only when it has its number. */
	copy = nami_arena_str(catalog->arena, name);
	nami_vec_reserve(&list->names, catalog->arena, list->names.count + 1);
	*nami_strmap_put(&list->map, copy, NULL) = list->names.count;
	list->names.items[list->names.count++] = copy;
	return (uint32_t) (list->names.count - 1);
}

NamiStr
nami_catalog_name(const NamiCatalog *catalog, NamiNameKind kind, uint32_t number)
{
	NAMI_ASSERT(number < catalog->kinds[kind].names.count);
	return catalog->kinds[kind].names.items[number];
}

uint32_t
nami_catalog_count(const NamiCatalog *catalog, NamiNameKind kind)
{
	return (uint32_t) catalog->kinds[kind].names.count;
}
