/*
 * catalog.h - numbers for names: labels, relationship types, property keys of one namespace.
 *
 * Append-only, process lifetime. Data and staged writes intern names; compiling a query only looks
 * them up, so a stream of queries with invented names does not grow the catalog.
 */
#ifndef NAMI_GRAPH_CATALOG_H
#define NAMI_GRAPH_CATALOG_H

#include "base/arena.h"
#include "graph/types.h"

typedef enum NamiNameKind
{
	NAMI_NAME_LABEL = 0,
	NAMI_NAME_TYPE = 1,
	NAMI_NAME_KEY = 2
} NamiNameKind;

#define NAMI_NAME_KIND_COUNT	3

typedef struct NamiCatalog NamiCatalog;

/* The catalog lives in the arena (process lifetime) and copies the names into it. */
extern NamiCatalog *nami_catalog_create(NamiArena *arena);

/* NAMI_NAME_UNKNOWN when the name was never interned. */
extern uint32_t nami_catalog_find(const NamiCatalog *catalog, NamiNameKind kind, NamiStr name);
extern uint32_t nami_catalog_intern(NamiCatalog *catalog, NamiNameKind kind, NamiStr name);

/* Borrowed from the catalog; valid for ever. */
extern NamiStr nami_catalog_name(const NamiCatalog *catalog, NamiNameKind kind, uint32_t number);

/* Numbers in use are 0 .. count - 1. Grows monotonically: a plan that found a name unknown is stale
 * when the count has changed. */
extern uint32_t nami_catalog_count(const NamiCatalog *catalog, NamiNameKind kind);

#endif							/* NAMI_GRAPH_CATALOG_H */
