/*
 * own_internal.h - the inside of staged writes, for own*.c and snapshot*.c.
 *
 * Every node that a staged record names, also only as an end, has a number: its index in nodes. A
 * node that the view of a space does not know has the ordinal NAMI_ORD_OWN_FIRST + index there.
 * Relationships have numbers of the same kind.
 */
#ifndef NAMI_GRAPH_OWN_INTERNAL_H
#define NAMI_GRAPH_OWN_INTERNAL_H

#include "base/vec.h"
#include "graph/element.h"
#include "graph/maps.h"
#include "graph/own.h"
#include "graph/own_schema.h"

typedef struct NamiOwnVersion NamiOwnVersion;
struct NamiOwnVersion
{
	NamiOwnVersion *older;
	uint64_t	sequence;
	bool		is_tombstone;
	NamiElement element;
};

typedef struct NamiOwnNode
{
	NamiOwnVersion *newest;		/* NULL: only an end, or all records were rolled back */
} NamiOwnNode;

typedef struct NamiOwnEdge
{
	NamiTypeId	type;
	uint32_t	src;			/* numbers of nodes */
	uint32_t	dst;
	uint32_t	next_out;		/* relationships of the same source and type; NAMI_MAP_NONE ends */
	uint32_t	next_in;
	uint32_t	next_same;		/* another type between the same ends */
	NamiOwnVersion *newest;
} NamiOwnEdge;

/* Which ordinals and positions of one space the numbers stand for. */
typedef struct NamiOwnBinding
{
	uint64_t	space;
	NAMI_VEC(NamiOrd) ords;		/* by node number; own ordinals for nodes unknown to the space */
	NAMI_VEC(NamiEdgePos) positions;	/* by relationship number; NAMI_POS_NONE when unknown */
	NamiWordMap by_ord;			/* ordinals of the space -> number */
	NamiWordMap by_pos;			/* type << 32 | position -> number */
	uint64_t   *blocks;			/* blocks of the image that hold a bound node */
	uint32_t	block_count;
} NamiOwnBinding;

typedef struct NamiOwnIndexEntry
{
	uint32_t	node;			/* some version of it, perhaps not the visible one, has these values */
	uint32_t	next;			/* same hash; NAMI_MAP_NONE ends */
	uint64_t	hash;
} NamiOwnIndexEntry;

/* Staged nodes by (label, values of keys); a node stands once under each hash it ever had. */
typedef struct NamiOwnIndex NamiOwnIndex;
struct NamiOwnIndex
{
	NamiOwnIndex *next;
	NamiLabelId label;			/* NAMI_NAME_UNKNOWN: any */
	uint32_t	key_count;
	NamiKeyId  *keys;
	NamiWordMap heads;			/* hash of the values -> newest entry */
	NamiWordMap members;		/* hash of values and node -> entry */
	NAMI_VEC(NamiOwnIndexEntry) entries;
};

typedef struct NamiOwnLogEntry
{
	uint64_t	sequence;
	bool		is_edge;
	uint32_t	number;
} NamiOwnLogEntry;

/* A schema with the first changes applied, made when it was first asked for. */
typedef struct NamiOwnSchema NamiOwnSchema;
struct NamiOwnSchema
{
	const NamiOwnSchema *older;
	uint64_t	version;		/* of the view */
	uint64_t	sequence;		/* of the last change applied */
	NamiSchema	schema;
};

/* Kinds of a property in the versions staged so far (snapshot_kinds.c). */
typedef struct NamiOwnKinds NamiOwnKinds;
struct NamiOwnKinds
{
	NamiOwnKinds *next;
	bool		of_edges;
	uint32_t	name;			/* label or type */
	NamiKeyId	key;
	uint64_t	sequence;		/* of the last version looked at */
	uint32_t	kinds;
	uint32_t	traits;
};

struct NamiOwnWrites
{
	NamiArena  *arena;
	NamiCatalog *catalog;
	uint64_t	sequence;		/* last one given */
	uint64_t	size_bytes;
	uint32_t	deleted_count;	/* tombstones of nodes ever staged: 0 means that no end is gone */
	NAMI_VEC(NamiId) ids;		/* by node number */
	NamiIdMap	id_map;
	NAMI_VEC(NamiOwnNode) nodes;
	NAMI_VEC(NamiOwnEdge) edges;
	NamiWordMap edges_by_ends;	/* src << 32 | dst -> first, then next_same */
	NamiWordMap heads[2];		/* by NamiDirection: node << 32 | type -> first */
	NAMI_VEC(NamiOwnLogEntry) log;
	NAMI_VEC(NamiOwnBinding *) bindings;
	NamiOwnIndex *indexes;
	NAMI_VEC(NamiSchemaChange) schema_changes;	/* ascending by sequence */
	const NamiOwnSchema *schemas;
	NamiOwnKinds *kinds;		/* cache */
};

static inline const NamiOwnVersion *
nami_own_visible(const NamiOwnVersion *version, uint64_t mark)
{
	while (version != NULL && version->sequence > mark)
		version = version->older;
	return version;
}

/* The binding of the view's space, made or completed as needed (a cache: own is const to readers). */
extern const NamiOwnBinding *nami_own_binding(const NamiOwnWrites *own, const NamiView *view);

/* The number of an ordinal, or NAMI_MAP_NONE when nothing staged names it. */
static inline uint32_t
nami_own_node_number(const NamiOwnWrites *own, const NamiOwnBinding *binding, NamiOrd ord)
{
	if (ord >= NAMI_ORD_OWN_FIRST)
		return ord - NAMI_ORD_OWN_FIRST < own->nodes.count ? ord - NAMI_ORD_OWN_FIRST :
			NAMI_MAP_NONE;
	return nami_wordmap_find(&binding->by_ord, ord);
}

/* The visible record of an ordinal, or NULL: then the view says. */
static inline const NamiOwnVersion *
nami_own_node_version(const NamiOwnWrites *own, const NamiOwnBinding *binding, uint64_t mark,
					  NamiOrd ord)
{
	uint32_t	number = nami_own_node_number(own, binding, ord);

	return number == NAMI_MAP_NONE ? NULL :
		nami_own_visible(own->nodes.items[number].newest, mark);
}

static inline uint64_t
nami_own_edge_key(NamiTypeId type, NamiEdgePos pos)
{
	return (uint64_t) type << 32 | pos;
}

static inline uint32_t
nami_own_edge_number(const NamiOwnWrites *own, const NamiOwnBinding *binding, NamiTypeId type,
					 NamiEdgePos pos)
{
	if (pos >= NAMI_POS_OWN_FIRST)
		return pos - NAMI_POS_OWN_FIRST < own->edges.count ? pos - NAMI_POS_OWN_FIRST :
			NAMI_MAP_NONE;
	return nami_wordmap_find(&binding->by_pos, nami_own_edge_key(type, pos));
}

static inline const NamiOwnVersion *
nami_own_edge_version(const NamiOwnWrites *own, const NamiOwnBinding *binding, uint64_t mark,
					  NamiTypeId type, NamiEdgePos pos)
{
	uint32_t	number = nami_own_edge_number(own, binding, type, pos);

	return number == NAMI_MAP_NONE ? NULL :
		nami_own_visible(own->edges.items[number].newest, mark);
}

/* The position by which the space knows a relationship, else the own one. */
static inline NamiEdgePos
nami_own_edge_pos(const NamiOwnBinding *binding, uint32_t number)
{
	return binding->positions.items[number] != NAMI_POS_NONE ?
		binding->positions.items[number] : NAMI_POS_OWN_FIRST + number;
}

/* The first relationship of a type at a node, then by next_out or next_in. */
static inline uint32_t
nami_own_edge_head(const NamiOwnWrites *own, NamiDirection direction, uint32_t node,
				   NamiTypeId type)
{
	return nami_wordmap_find(&own->heads[direction], (uint64_t) node << 32 | type);
}

/* The relationship with these ends, or NAMI_MAP_NONE. */
extern uint32_t nami_own_find_edge(const NamiOwnWrites *own, NamiTypeId type, uint32_t src,
								   uint32_t dst);

/*
 * Calls found for every node whose version visible at mark has the label and values equal to the
 * given ones. Each node once.
 */
typedef void (*NamiOwnFound) (void *ctx, uint32_t node);
extern void nami_own_lookup(const NamiOwnWrites *own, uint64_t mark, NamiLabelId label,
							const NamiKeyId *keys, const NamiValue *values, uint32_t key_count,
							NamiOwnFound found, void *ctx);

/* Adds a new version to the indexes that exist. */
extern void nami_own_index_add(NamiOwnWrites *own, uint32_t node, const NamiOwnVersion *version);

#endif							/* NAMI_GRAPH_OWN_INTERNAL_H */
