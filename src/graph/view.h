/*
 * view.h - the committed graph at one manifest version: an image plus a delta.
 *
 * The image holds what the SSTs and the WAL segments of some version say, in flat parts (ordinals by
 * label set, typed columns, forward and inverse CSR: docs/engine.md 1). The delta holds what newer
 * WAL segments say (docs/engine.md 3). Views are immutable and counted: a cursor keeps the one it
 * began with while later statements use newer ones, which share the image.
 *
 * Two views with the same space number use the same ordinals and positions for the nodes and
 * relationships that both know.
 */
#ifndef NAMI_GRAPH_VIEW_H
#define NAMI_GRAPH_VIEW_H

#include "base/owner.h"
#include "graph/snapshot.h"

/* One listed WAL segment, whole object (format/wal.h checks it). */
typedef struct NamiViewSegment
{
	uint64_t	seq;
	NamiStr		bytes;			/* borrowed during the call */
} NamiViewSegment;

/* One listed SST, whole object. */
typedef struct NamiViewNodeSst
{
	NamiId		id;
	NamiStr		bytes;			/* borrowed during the call */
} NamiViewNodeSst;

typedef struct NamiViewEdgeSst
{
	NamiId		id;
	NamiStr		type;			/* scope of the descriptor */
	NamiStr		bytes;			/* borrowed during the call; a forward file */
} NamiViewEdgeSst;

/* schema.edge_types[type].properties: names whose streams an edge SST may hold (edge-sst.md 8). */
typedef struct NamiViewEdgeType
{
	NamiStr		type;
	const NamiStr *properties;
	uint32_t	property_count;
} NamiViewEdgeType;

/* Declarations of the manifest, by name. */
typedef struct NamiViewConstraint
{
	NamiStr		name;
	NamiStr		label;
	const NamiStr *properties;
	uint32_t	property_count;
} NamiViewConstraint;

typedef struct NamiViewIndex
{
	NamiStr		name;			/* empty for single-property range indexes */
	NamiStr		label;
	const NamiStr *properties;
	uint32_t	property_count;
	uint32_t	dimension;		/* vector indexes only */
	NamiStr		metric;			/* vector indexes only */
} NamiViewIndex;

typedef struct NamiViewSchema
{
	const NamiViewConstraint *constraints;
	uint32_t	constraint_count;
	const NamiViewIndex *range_indexes;
	uint32_t	range_index_count;
	const NamiViewIndex *vector_indexes;
	uint32_t	vector_index_count;
	const NamiViewIndex *text_indexes;
	uint32_t	text_index_count;
	const NamiViewEdgeType *edge_types;
	uint32_t	edge_type_count;
} NamiViewSchema;

typedef struct NamiViewInputs
{
	uint64_t	version;		/* of the manifest; 0 with nothing listed is the empty graph */
	uint64_t	max_lsn;		/* greatest LSN of the manifest */
	const NamiStr *label_dict;
	uint32_t	label_count;
	const NamiViewNodeSst *node_ssts;
	uint32_t	node_sst_count;
	const NamiViewEdgeSst *edge_ssts;
	uint32_t	edge_sst_count;
	const NamiViewSegment *segments;	/* ascending seq: replay order */
	uint32_t	segment_count;
	NamiViewSchema schema;
} NamiViewInputs;

/*
 * Builds image and empty delta from everything the inputs list. The view's memory comes from
 * allocator (process lifetime); scratch is given back before the return. When the host unwinds in
 * the middle, owner (of the statement) frees what was built. The view starts with one reference,
 * the caller's. Corrupt inputs: NAMI_ERR_CORRUPT naming SST or segment. A row whose property text
 * cannot be read does not fail the build: it fails the query that touches it (storage.md 7.4).
 */
extern NamiStatus nami_view_build(NamiCatalog *catalog, const NamiHost *host,
								  const NamiAllocator *allocator, NamiOwner *owner,
								  const NamiViewInputs *inputs, NamiView **out,
								  NamiError *err) NAMI_MUST_CHECK;

/*
 * The view of a newer version whose manifest lists the base's segments and SSTs (or whose SSTs are
 * proven to hold nothing else: docs/engine.md 1.9) plus inputs->segments, which are only the new
 * ones. inputs->node_ssts and edge_ssts are not read. Shares the image with base; base is unchanged
 * and keeps its references.
 *
 * *out is NULL when a record's LSN is not above the base's max_lsn: an SST row of its key may be newer
 * (spec/storage.md 6.3), and a view does not know the LSNs of its rows. nami_view_build() finds out.
 */
extern NamiStatus nami_view_append(const NamiView *base, const NamiHost *host,
								   const NamiAllocator *allocator, NamiOwner *owner,
								   const NamiViewInputs *inputs, NamiView **out,
								   NamiError *err) NAMI_MUST_CHECK;

extern void nami_view_acquire(const NamiView *view);

/* Frees the view with its last reference, and the image with its last view. */
extern void nami_view_release(const NamiView *view);

extern uint64_t nami_view_version(const NamiView *view);
extern uint64_t nami_view_max_lsn(const NamiView *view);
extern uint64_t nami_view_space(const NamiView *view);
extern NamiCatalog *nami_view_catalog(const NamiView *view);

/* For namidb_status and for the decision to rebuild. */
typedef struct NamiViewSize
{
	uint64_t	image_nodes;
	uint64_t	image_edges;
	uint64_t	image_bytes;
	uint64_t	delta_rows;
	uint64_t	delta_bytes;
} NamiViewSize;

extern void nami_view_size(const NamiView *view, NamiViewSize *out);

/* True when the delta has outgrown its worth: max(4096 rows, 2 % of the rows) or 8 MiB. */
extern bool nami_view_wants_rebuild(const NamiView *view);

/*
 * The same graph with everything folded into a new image (new space), made from base alone: nothing
 * is fetched.
 */
extern NamiStatus nami_view_rebuild(const NamiView *base, const NamiHost *host,
									const NamiAllocator *allocator, NamiOwner *owner,
									NamiView **out, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_GRAPH_VIEW_H */
