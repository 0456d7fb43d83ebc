/*
 * edge_sst.h - reading edge SSTs: the relationships of one type in one direction, as compressed
 * sparse rows (spec/edge-sst.md 3 to 8).
 *
 * An object holds K keys (node ids, ascending) and E rows. A key's block lists its partners in
 * ascending order; a row is one (key, partner) pair, numbered in that order, and the row number
 * indexes LSNs, tombstones and property streams. Forward files have the source as the key, inverse
 * files the destination; nothing else differs.
 *
 *	nami_edge_sst_open(object, arena, &sst, err)
 *	NamiEdgeIter iter;
 *	nami_edge_iter_init(&iter, sst, arena);
 *	while nami_edge_iter_next(&iter, &block, &found, err) == NAMI_OK && found
 *		partner j of block.key is row block.first_row + j
 *	nami_edge_props_open(sst, name, arena, inflater, &props, err); ...
 *
 * The whole object lies in memory and is borrowed. Format minors 0, 1 and 2 are read. Digests of
 * all sections are compared at open; the page digests repeat them for ranged reads and are not needed
 * here. The sidecar (.epidx) is never looked at.
 */
#ifndef NAMI_FORMAT_EDGE_SST_H
#define NAMI_FORMAT_EDGE_SST_H

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"
#include "format/inflate.h"

#define NAMI_EDGE_OVERFLOW	NAMI_STR("__overflow_json")

typedef enum NamiEdgeFlag
{
	NAMI_EDGE_HAS_PROPS = 1,
	NAMI_EDGE_HAS_TOMBSTONES = 2,
	NAMI_EDGE_IS_SKEWED = 4,
	NAMI_EDGE_IS_INVERSE = 8	/* the manifest's kind decides, not this */
} NamiEdgeFlag;

typedef struct NamiEdgeStream
{
	NamiStr		name;			/* borrowed from the object */
	NamiStr		bytes;			/* borrowed */
	uint8_t		codec;
} NamiEdgeStream;

/* Read the fields freely; all pointers are borrowed from the object unless noted. */
typedef struct NamiEdgeSst
{
	uint8_t		minor;
	uint32_t	flags;			/* NamiEdgeFlag */
	uint64_t	key_count;
	uint64_t	row_count;
	const uint8_t *keys;		/* 16 bytes each, strictly ascending */
	uint64_t	min_lsn;		/* as the footer says */
	uint64_t	max_lsn;
	const uint8_t *binding_id;	/* 16 bytes: the SST's UUID; NULL when there is no binding */
	NamiEdgeStream *streams;	/* arena; property streams, the first of each name */
	uint32_t	stream_count;

	/* for the functions below */
	const uint8_t *lsns;		/* unaligned u64 little-endian */
	const uint8_t *tombstones;	/* NULL: none */
	const uint8_t *ordinals;	/* unaligned; NULL in files of minor 0 */
	const uint64_t *built_ordinals;	/* arena; stands in for the former */
	const uint8_t *offsets;
	unsigned	offset_bytes;	/* 3 to 6 */
	NamiCursor	partners;
} NamiEdgeSst;

/*
 * Checks header, footer, all digests, the geometry of the sections, key order and the binding
 * (spec/edge-sst.md 3.2). Damage of any kind is NAMI_ERR_CORRUPT; a major, minor or flag that we do
 * not know NAMI_ERR_UNSUPPORTED. Partner blocks and property pages are checked as they are read.
 */
extern NamiStatus nami_edge_sst_open(NamiStr object, NamiArena *arena, NamiEdgeSst **out,
									 NamiError *err) NAMI_MUST_CHECK;

/* The first row of a key; key_count is allowed and gives row_count. */
static inline uint64_t
nami_edge_sst_first_row(const NamiEdgeSst *sst, uint64_t key)
{
	return sst->ordinals != NULL ? nami_load_u64le(sst->ordinals + 8 * key) :
		sst->built_ordinals[key];
}

static inline uint64_t
nami_edge_sst_lsn(const NamiEdgeSst *sst, uint64_t row)
{
	return nami_load_u64le(sst->lsns + 8 * row);
}

static inline bool
nami_edge_sst_is_tombstone(const NamiEdgeSst *sst, uint64_t row)
{
	return sst->tombstones != NULL && ((sst->tombstones[row >> 3] >> (row & 7)) & 1) != 0;
}

/* Finds a key by binary search; false when the SST has no rows for the id. */
extern bool nami_edge_sst_find_key(const NamiEdgeSst *sst, const uint8_t id[16], uint64_t *key);

/* The partners of one key. */
typedef struct NamiEdgeBlock
{
	uint64_t	key_index;
	const uint8_t *key;			/* 16 bytes */
	uint64_t	first_row;
	uint64_t	degree;			/* at least 1 */
	const uint8_t *partners;	/* 16 bytes each, strictly ascending: in the object when it stores
								 * them densely, else in the iterator's buffer until its next use */
} NamiEdgeBlock;

typedef struct NamiEdgeIter
{
	const NamiEdgeSst *sst;		/* borrowed */
	NamiArena  *arena;			/* borrowed */
	uint64_t	next_key;
	NamiScratch decoded;
} NamiEdgeIter;

extern void nami_edge_iter_init(NamiEdgeIter *iter, const NamiEdgeSst *sst, NamiArena *arena);

/*
 * The block of the next key; *found is false after the last. A block that does not keep to the
 * format is NAMI_ERR_CORRUPT.
 */
extern NamiStatus nami_edge_iter_next(NamiEdgeIter *iter, NamiEdgeBlock *block, bool *found,
									  NamiError *err) NAMI_MUST_CHECK;

/* The block of any key (index < key_count); does not move the iteration. */
extern NamiStatus nami_edge_iter_block(NamiEdgeIter *iter, uint64_t key, NamiEdgeBlock *block,
									   NamiError *err) NAMI_MUST_CHECK;

/*
 * A property stream. The names that count are NAMI_EDGE_OVERFLOW and the properties that the
 * manifest's schema declares for the type; other streams are to be ignored (spec/edge-sst.md 8). In
 * the overflow stream a row's text is a JSON object of properties, in a declared one a value. Texts
 * are as stored: UTF-8 and JSON syntax unchecked.
 */
typedef struct NamiEdgeProps NamiEdgeProps;

/* The stream's position in sst->streams, or NULL: then no row has such a property. */
extern const NamiEdgeStream *nami_edge_sst_find_stream(const NamiEdgeSst *sst, NamiStr name);

/*
 * Checks the stream's directory and starts at row 0. sst, stream and inflater are borrowed; several
 * streams may share an inflater. Arrow streams (codecs 0 and 1 of older files) are decompressed and
 * checked here as a whole.
 */
extern NamiStatus nami_edge_props_open(const NamiEdgeSst *sst, const NamiEdgeStream *stream,
									   NamiArena *arena, NamiInflater *inflater,
									   NamiEdgeProps **out, NamiError *err) NAMI_MUST_CHECK;

/* The rows of one page; ptr NULL: the row has nothing. Valid until the next call on this stream. */
typedef struct NamiEdgePropBatch
{
	uint64_t	first_row;
	uint32_t	row_count;		/* at least 1 */
	const NamiStr *values;
} NamiEdgePropBatch;

/*
 * The next page; *found is false after the last. Batches follow one another without gaps and cover
 * all rows.
 */
extern NamiStatus nami_edge_props_next(NamiEdgeProps *props, NamiEdgePropBatch *batch, bool *found,
									   NamiError *err) NAMI_MUST_CHECK;

/* Makes the page that holds the row (below row_count) the next one. */
extern void nami_edge_props_seek(NamiEdgeProps *props, uint64_t row);

#endif							/* NAMI_FORMAT_EDGE_SST_H */
