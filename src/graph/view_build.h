/*
 * view_build.h - what the two ways of making an image share: from objects (view_build.c), and from
 * an older view (view_rebuild.c).
 */
#ifndef NAMI_GRAPH_VIEW_BUILD_H
#define NAMI_GRAPH_VIEW_BUILD_H

#include "format/propjson.h"
#include "graph/image_build.h"
#include "graph/view_internal.h"

/* Memory of a build, given back at its end or when the host unwinds. */
typedef struct NamiBuildScratch
{
	NamiResource resource;
	NamiArena  *arena;			/* holds this struct */
	NamiArena  *row_arena;		/* values of a page; reset again and again */
	NamiOwner	owner;			/* for what readers of SSTs hold */
} NamiBuildScratch;

typedef struct NamiBuild
{
	NamiBuildScratch *scratch;
	NamiArena  *arena;			/* the scratch's */
	const NamiHost *host;
	const NamiAllocator *allocator;
	NamiView   *view;			/* being made: catalog, labels */
	NamiNodeBuilder *nodes;
	NAMI_VEC(NamiEdgeBuilder *) types;
	NamiPropKeys prop_keys;
	NAMI_VEC(NamiKeyId) key_numbers;	/* by id in prop_keys */
	NamiPropReader reader;
} NamiBuild;

extern void nami_build_begin(NamiBuild *build, NamiView *view, const NamiHost *host,
							 const NamiAllocator *allocator, NamiOwner *owner);
extern void nami_build_end(NamiBuild *build);

/* Writes the parts and opens them: view->image. */
extern NamiStatus nami_build_image(NamiBuild *build, NamiError *err) NAMI_MUST_CHECK;

/* NAMI_ERR_CANCELLED when the host wants to stop. */
extern NamiStatus nami_build_check(const NamiBuild *build, NamiError *err) NAMI_MUST_CHECK;

/* Reads one JSON object into a row of the set; ord_or_pos is noted when it cannot be read. */
extern void nami_build_props(NamiBuild *build, NamiSegmentSet *set, uint32_t group, uint32_t row,
							 uint32_t ord_or_pos, NamiStr json);

#endif							/* NAMI_GRAPH_VIEW_BUILD_H */
