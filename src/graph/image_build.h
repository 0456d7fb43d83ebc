/*
 * image_build.h - making the parts of an image (docs/engine.md 2).
 *
 * Two passes. First the keys, which fix the ordinals and positions:
 *
 *	nami_node_builder_create; nami_node_builder_add for every live node; nami_node_builder_number
 *	nami_node_builder_resolve for the ends of relationships, which may find ghosts
 *	per type: nami_edge_builder_create; nami_edge_builder_add; nami_edge_builder_number
 *
 * then the properties, streamed in any order:
 *
 *	nami_segment_set_add / nami_segment_set_poison
 *	nami_node_builder_finish, nami_edge_builder_finish: the part, one buffer in the arena given
 *
 * Everything else lies in the builder's scratch arena.
 */
#ifndef NAMI_GRAPH_IMAGE_BUILD_H
#define NAMI_GRAPH_IMAGE_BUILD_H

#include "base/buf.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "graph/image.h"

/* ---- writing a part ------------------------------------------------------------------------ */

typedef struct NamiPartPiece
{
	NamiPartSection section;
	const void *data;			/* borrowed until the part is written */
} NamiPartPiece;

typedef struct NamiPartWriter
{
	NamiArena  *scratch;
	NAMI_VEC(NamiPartPiece) pieces;
} NamiPartWriter;

extern NamiPartSection *nami_part_writer_add(NamiPartWriter *writer, NamiSectionKind kind,
											 const void *data, size_t size_bytes, uint64_t count);
extern void nami_part_writer_add_names(NamiPartWriter *writer, const NamiCatalog *catalog,
									   NamiNameKind kind, const uint32_t *numbers,
									   uint32_t count);

/* Lays out header, directory and sections in the arena, 64-byte aligned. */
extern const void *nami_part_writer_finish(NamiPartWriter *writer, NamiPartHeader *header,
										   NamiArena *arena, size_t *size_bytes);

/* ---- properties ---------------------------------------------------------------------------- */

typedef struct NamiSegmentBuilder
{
	uint32_t	group;
	NamiKeyId	key;
	uint32_t	kinds;			/* bit per NamiKind seen */
	bool		is_ascending;	/* rows so far */
	NAMI_VEC(uint32_t) rows;
	NAMI_VEC(uint8_t) tags;		/* NamiKind */
	NAMI_VEC(uint64_t) slots;	/* integer, float bits, boolean, or place in heap */
	NamiBuf		heap;			/* strings: u32 length, bytes; vectors: u32 count, floats; else flat */
} NamiSegmentBuilder;

/* The properties of one part. */
typedef struct NamiSegmentSet
{
	NamiArena  *scratch;
	NamiCatalog *catalog;
	NAMI_VEC(NamiSegmentBuilder) builders;
	NamiWordMap by_key;			/* group << 32 | key -> builder */
	NAMI_VEC(uint32_t) poison_rows;
	NAMI_VEC(NamiStr) poison_texts;
} NamiSegmentSet;

extern void nami_segment_set_init(NamiSegmentSet *set, NamiArena *scratch, NamiCatalog *catalog);

/*
 * row counts from the begin of the group. A null takes back what the same row said before (a later
 * duplicate in one JSON object counts). The value is copied.
 */
extern void nami_segment_set_add(NamiSegmentSet *set, uint32_t group, uint32_t row, NamiKeyId key,
								 NamiValue value);

/* The properties of an ordinal or position cannot be read, and why (copied). */
extern void nami_segment_set_poison(NamiSegmentSet *set, uint32_t ord_or_pos, NamiStr cause);

/* Writes the segments in the order of groups, the names of their keys and the unreadable rows. */
extern void nami_segment_set_finish(NamiSegmentSet *set, const uint32_t *group_rows,
									uint32_t group_count, NamiPartWriter *writer);

/* ---- nodes --------------------------------------------------------------------------------- */

typedef struct NamiBuildGroup
{
	const NamiLabelId *labels;	/* ascending by name */
	uint32_t	label_count;
	uint32_t	lo;
	uint32_t	hi;
} NamiBuildGroup;

typedef struct NamiNodeBuilder
{
	NamiArena  *scratch;
	NamiCatalog *catalog;
	NAMI_VEC(NamiId) added;		/* in order of addition, until they are numbered */
	NAMI_VEC(uint32_t) added_groups;
	NAMI_VEC(NamiBuildGroup) groups;
	NamiStrMap	group_index;	/* label numbers -> group */
	NAMI_VEC(NamiId) ids;		/* by ordinal, ghosts behind */
	NamiIdMap	id_map;
	uint32_t	live_count;
	uint32_t   *ord_of;			/* by number of addition */
	NamiSegmentSet segments;
} NamiNodeBuilder;

extern NamiNodeBuilder *nami_node_builder_create(NamiArena *scratch, NamiCatalog *catalog);

/* labels: ascending by name, unique. Ids are given once each; fastest in ascending order. */
extern void nami_node_builder_add(NamiNodeBuilder *builder, const NamiId *id,
								  const NamiLabelId *labels, uint32_t label_count);

/* Gives the ordinals: ord_of[i] belongs to the i-th node added. NAMI_ERR_LIMIT beyond 2^31. */
extern NamiStatus nami_node_builder_number(NamiNodeBuilder *builder, NamiError *err)
			NAMI_MUST_CHECK;

/* The ordinal of an id; a ghost is added for an unknown one. */
extern NamiOrd nami_node_builder_resolve(NamiNodeBuilder *builder, const NamiId *id);

extern uint32_t nami_node_builder_group(const NamiNodeBuilder *builder, NamiOrd ord);

static inline void
nami_node_builder_set(NamiNodeBuilder *builder, NamiOrd ord, NamiKeyId key, NamiValue value)
{
	uint32_t	group = nami_node_builder_group(builder, ord);

	nami_segment_set_add(&builder->segments, group, ord - builder->groups.items[group].lo, key,
						 value);
}

extern const void *nami_node_builder_finish(NamiNodeBuilder *builder, NamiArena *arena,
											size_t *size_bytes);

/* ---- relationships of one type ------------------------------------------------------------- */

typedef struct NamiEdgeBuilder
{
	NamiArena  *scratch;
	NamiCatalog *catalog;
	NamiTypeId	type;
	NAMI_VEC(uint32_t) src;		/* by number of addition */
	NAMI_VEC(uint32_t) dst;
	NAMI_VEC(uint64_t) lsns;
	NAMI_VEC(uint8_t) flags;
	uint32_t	count;			/* of positions */
	uint32_t   *pos_of;			/* by number of addition; NAMI_POS_NONE: shadowed or deleted */
	uint32_t   *sorted;			/* by position: number of addition */
	NamiSegmentSet segments;
} NamiEdgeBuilder;

typedef enum NamiEdgeBuildFlag
{
	NAMI_EDGE_BUILD_TOMBSTONE = 1,
	NAMI_EDGE_BUILD_WAL = 2		/* beats a row of an SST with the same LSN */
} NamiEdgeBuildFlag;

extern NamiEdgeBuilder *nami_edge_builder_create(NamiArena *scratch, NamiCatalog *catalog,
												 NamiTypeId type);

/* Of several records with the same ends the greatest LSN wins; on equal ones the WAL, then the first. */
extern void nami_edge_builder_add(NamiEdgeBuilder *builder, NamiOrd src, NamiOrd dst, uint64_t lsn,
								  unsigned flags);
extern NamiStatus nami_edge_builder_number(NamiEdgeBuilder *builder, uint32_t node_count,
										   NamiError *err) NAMI_MUST_CHECK;

static inline void
nami_edge_builder_set(NamiEdgeBuilder *builder, NamiEdgePos pos, NamiKeyId key, NamiValue value)
{
	nami_segment_set_add(&builder->segments, 0, pos, key, value);
}

/* nodes: numbered, with all ghosts. */
extern const void *nami_edge_builder_finish(NamiEdgeBuilder *builder,
											const NamiNodeBuilder *nodes, NamiArena *arena,
											size_t *size_bytes);

#endif							/* NAMI_GRAPH_IMAGE_BUILD_H */
