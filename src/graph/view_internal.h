/*
 * view_internal.h - the inside of a view: image, delta, caches. For view.c, delta.c, snapshot*.c,
 * own.c and the builder.
 */
#ifndef NAMI_GRAPH_VIEW_INTERNAL_H
#define NAMI_GRAPH_VIEW_INTERNAL_H

#include "base/vec.h"
#include "graph/element.h"
#include "graph/image.h"
#include "graph/snapshot_kinds.h"
#include "graph/view.h"

/* Overrides are noted per block of so many ordinals: a scan of a clean block tests one bit. */
#define NAMI_BLOCK_ROWS		1024

/* ---- lookup indexes (snapshot_lookup.c) ---- */

/*
 * Nodes of a part of the snapshot by the hash of some property values. Buckets are slices of one
 * array, ascending within a bucket, so that many equal values cost nothing.
 */
typedef struct NamiLookupIndex NamiLookupIndex;
struct NamiLookupIndex
{
	NamiLookupIndex *next;
	NamiLabelId label;			/* NAMI_NAME_UNKNOWN: all nodes */
	uint32_t	key_count;
	const NamiKeyId *keys;
	uint64_t	spent_rows;		/* rows scanned for lookups so far, before it is built */
	bool		is_built;
	uint32_t	bucket_mask;
	const uint32_t *bucket_offsets;
	const uint32_t *items;		/* image: ordinals; delta: entry numbers */
	bool		has_poison;
	NamiOrd		poison_ord;
};

/* ---- samples of properties (snapshot_sample.c) ---- */

typedef struct NamiSampleEntry NamiSampleEntry;
struct NamiSampleEntry
{
	NamiSampleEntry *next;
	bool		of_edges;
	uint32_t	name;			/* label or type */
	NamiKeyId	key;
	NamiKeySample sample;
};

/* ---- kinds of properties (snapshot_kinds.c) ---- */

typedef struct NamiKindCounts
{
	uint64_t	of_kind[NAMI_KIND_COUNT];
	uint64_t	of_trait[NAMI_TRAIT_COUNT];	/* by bit number of NamiTrait */
} NamiKindCounts;

typedef struct NamiKindCache
{
	NamiWordMap index[2];		/* of nodes, of relationships: label or type << 32 | key -> counts */
	NAMI_VEC(NamiKindCounts *) counts;
} NamiKindCache;

/* ---- image ---- */

typedef struct NamiImage
{
	uint32_t	reference_count;
	uint64_t	space;
	NamiArena  *arena;			/* holds this struct and everything it points to */
	NamiNodeImage nodes;
	NamiEdgeImage *types;
	uint32_t	type_count;
	NamiWordMap type_index;		/* type number -> index into types */
	uint64_t	edge_count;
	uint64_t   *poison_blocks;	/* bitmap of blocks with poisoned nodes; NULL: none */
	NamiLookupIndex *indexes;	/* cache */
	NamiSampleEntry *samples;	/* cache */
	NamiKindCache kinds;
} NamiImage;

/* ---- delta ---- */

/* Memory of decoded records, shared by the views that still need some of them. */
typedef struct NamiRun
{
	uint32_t	reference_count;
	NamiArena  *arena;
} NamiRun;

typedef enum NamiDeltaState
{
	NAMI_DELTA_GHOST = 0,		/* only relationships name it */
	NAMI_DELTA_LIVE,
	NAMI_DELTA_DELETED
} NamiDeltaState;

typedef struct NamiDeltaNode
{
	NamiOrd		ord;
	NamiDeltaState state;
	const NamiElement *element; /* LIVE: in a run */
} NamiDeltaNode;

typedef struct NamiDeltaEdge
{
	NamiOrd		src;
	NamiOrd		dst;
	NamiEdgePos pos;			/* of the image, or added ones counted from its count */
	uint32_t	next_out;		/* entries of the same source; NAMI_MAP_NONE ends */
	uint32_t	next_in;
	bool		is_live;
	bool		in_image;
	const NamiElement *element; /* live: in a run */
} NamiDeltaEdge;

typedef struct NamiDeltaType
{
	NamiTypeId	type;
	uint32_t	image_count;	/* edges of the image's type: positions of added ones begin here */
	NAMI_VEC(NamiDeltaEdge) edges;
	NAMI_VEC(uint32_t) added;	/* position - image_count -> entry */
	NamiWordMap by_ends;		/* src << 32 | dst -> entry */
	NamiWordMap by_pos;			/* image positions -> entry */
	NamiWordMap heads_out;		/* ordinal -> first entry */
	NamiWordMap heads_in;
	uint8_t		dangling;		/* cache for a type without image, as NamiView.dangling */
} NamiDeltaType;

typedef struct NamiDelta
{
	NAMI_VEC(NamiId) ids;		/* of ordinals image count + i */
	NamiIdMap	id_map;
	NAMI_VEC(NamiDeltaNode) nodes;
	NamiWordMap by_ord;			/* ordinal -> entry */
	uint64_t   *blocks;			/* bitmap over the blocks of the image; NULL: no override */
	uint32_t	deleted_count;	/* image nodes that are deleted */
	NAMI_VEC(NamiDeltaType) types;
	NamiWordMap type_index;
	NAMI_VEC(NamiRun *) runs;
	uint64_t	row_count;		/* records applied since the image */
	uint64_t	size_bytes;
	NamiLookupIndex *indexes;	/* cache, over entries of nodes */
} NamiDelta;

/* ---- view ---- */

/* Tri-state caches. */
#define NAMI_NOT_KNOWN	0
#define NAMI_KNOWN_NO	1
#define NAMI_KNOWN_YES	2

struct NamiView
{
	NamiResource resource;		/* while it is being built */
	uint32_t	reference_count;
	NamiImage  *image;
	NamiArena  *arena;			/* holds this struct, delta and schema */
	const NamiHost *host;
	NamiCatalog *catalog;
	uint64_t	version;
	uint64_t	max_lsn;
	NamiDelta	delta;
	NamiSchema	schema;
	const NamiLabelId *label_numbers;	/* manifest label id -> catalog number */
	uint32_t	label_count;
	uint8_t    *dangling;		/* per type of the image, tri-state cache */
	NamiKindCache kinds;		/* of image and delta, where the delta has something to say */
};

/* ---- questions to a view alone ---- */

/* The ordinal of an id, live or not. */
extern NamiOrd nami_view_find_id(const NamiView *view, const NamiId *id);
extern NamiId nami_view_id(const NamiView *view, NamiOrd ord);
extern bool nami_view_is_live(const NamiView *view, NamiOrd ord);

/* The delta's entry of an ordinal, or NULL: then the image says. */
static inline const NamiDeltaNode *
nami_view_delta_node(const NamiView *view, NamiOrd ord)
{
	uint32_t	entry;

	if (ord < view->image->nodes.count)
	{
		if (view->delta.blocks == NULL || !nami_bit(view->delta.blocks, ord / NAMI_BLOCK_ROWS))
			return NULL;
	}
	entry = nami_wordmap_find(&view->delta.by_ord, ord);
	return entry == NAMI_MAP_NONE ? NULL : &view->delta.nodes.items[entry];
}

static inline const NamiEdgeImage *
nami_view_edge_image(const NamiView *view, NamiTypeId type)
{
	uint32_t	index = nami_wordmap_find(&view->image->type_index, type);

	return index == NAMI_MAP_NONE ? NULL : &view->image->types[index];
}

static inline const NamiDeltaType *
nami_view_delta_type(const NamiView *view, NamiTypeId type)
{
	uint32_t	index = nami_wordmap_find(&view->delta.type_index, type);

	return index == NAMI_MAP_NONE ? NULL : &view->delta.types.items[index];
}

/* The record (type, src, dst), whatever its ends; NAMI_POS_NONE when there is none or it is deleted. */
extern NamiEdgePos nami_view_find_edge(const NamiView *view, NamiTypeId type, NamiOrd src,
									   NamiOrd dst);

/* The delta's entry of a position, or NULL: then the image says. */
extern const NamiDeltaEdge *nami_view_delta_edge(const NamiView *view, NamiTypeId type,
												 NamiEdgePos pos);

/* Some relationship of the type may have an end that is not live. */
extern bool nami_view_may_dangle(const NamiView *view, NamiTypeId type);

/* ---- making views ---- */

extern NamiArena *nami_view_begin(const NamiAllocator *allocator, NamiOwner *owner,
								  NamiView **view);
extern void nami_view_finish(NamiView *view);

/* Copies the declarations into the view and interns their names. */
extern void nami_view_set_schema(NamiView *view, const NamiViewSchema *schema);
extern void nami_view_set_labels(NamiView *view, const NamiStr *label_dict, uint32_t count);

extern void nami_image_release(NamiImage *image);

/* Reads a record's JSON into an element; text that cannot be read makes a poisoned one. */
extern const NamiElement *nami_element_parse(NamiArena *arena, NamiCatalog *catalog,
											 const NamiLabelId *label_numbers,
											 uint32_t label_count, bool is_edge, NamiStr json);

#endif							/* NAMI_GRAPH_VIEW_INTERNAL_H */
