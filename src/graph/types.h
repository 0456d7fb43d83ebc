/*
 * types.h - the numbers by which the engine names things of a graph.
 *
 * All of them are dense and small. Names (labels, relationship types, property keys) are numbered by
 * the namespace's catalog (catalog.h): a number never changes its meaning while the process lives,
 * so plans may keep it. Ordinals and positions belong to one snapshot (snapshot.h).
 */
#ifndef NAMI_GRAPH_TYPES_H
#define NAMI_GRAPH_TYPES_H

#include <stdint.h>
#include <string.h>

#include "base/uuid.h"

/* A node of a snapshot. */
typedef uint32_t NamiOrd;

#define NAMI_ORD_NONE		UINT32_MAX

/*
 * Ordinals from here on are nodes that this transaction created; below are the image's nodes and,
 * after them, those of newer WAL segments. So staging never renumbers what a reader holds.
 */
#define NAMI_ORD_OWN_FIRST	UINT32_C(0x80000000)

/* A relationship of one type in a snapshot: row of its property columns. */
typedef uint32_t NamiEdgePos;

#define NAMI_POS_NONE		UINT32_MAX
#define NAMI_POS_OWN_FIRST	UINT32_C(0x80000000)

/* Catalog numbers. */
typedef uint32_t NamiLabelId;
typedef uint32_t NamiTypeId;
typedef uint32_t NamiKeyId;

#define NAMI_NAME_UNKNOWN	UINT32_MAX	/* no label, type or key of that name was ever seen */

/* Nodes are named by UUIDs. */
typedef NamiUuid NamiId;

static inline int
nami_id_cmp(const NamiId *a, const NamiId *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

typedef enum NamiDirection
{
	NAMI_OUT = 0,				/* along the relationship: src -> dst */
	NAMI_IN = 1
} NamiDirection;

#endif							/* NAMI_GRAPH_TYPES_H */
