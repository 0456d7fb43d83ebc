/*
 * node_sst.h - reading node SSTs: one Parquet file of nodes, tombstones included
 * (spec/node-sst.md 2, 3 and 5).
 *
 * Made for two passes over an object that lies in memory as a whole:
 *
 *	nami_node_sst_open(object, arena, owner, &sst, err)
 *	nami_node_sst_read_keys(sst, arena, &keys, err)		-- ids, tombstones, LSNs, labels
 *	nami_node_sst_props_begin(sst)
 *	while nami_node_sst_props_next(sst, &batch, &found, err) == NAMI_OK && found
 *		batch.values[i] is the JSON text of row batch.first_row + i
 *	nami_node_sst_close(sst)
 *
 * Columns may have any row groups, pages and encodings that the product's reader takes. Sidecars
 * are not needed and not looked at. Writing is elsewhere.
 */
#ifndef NAMI_FORMAT_NODE_SST_H
#define NAMI_FORMAT_NODE_SST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/owner.h"

typedef struct NamiNodeSst NamiNodeSst;

/*
 * Parses the footer and compares the schema with spec/node-sst.md 2: column names, order and types.
 * NAMI_ERR_UNSUPPORTED for label-scoped files with typed columns (spec/node-sst.md 9) and
 * encryption; NAMI_ERR_CORRUPT for every other difference. object is borrowed and must stay as long
 * as the reader. Decompression contexts belong to owner until nami_node_sst_close.
 */
extern NamiStatus nami_node_sst_open(NamiStr object, NamiArena *arena, NamiOwner *owner,
									 NamiNodeSst **out, NamiError *err) NAMI_MUST_CHECK;

/* Gives back the contexts early; the reader is then unusable. Arena memory stays. */
extern void nami_node_sst_close(NamiNodeSst *sst);

/* What the footer claims; proven by nami_node_sst_read_keys. */
extern uint32_t nami_node_sst_row_count(const NamiNodeSst *sst);

/* Arrays over all rows, in id order. Rows of one node appear once per SST. */
typedef struct NamiNodeSstKeys
{
	uint32_t	row_count;
	uint8_t    *ids;			/* 16 bytes per row, strictly ascending */
	uint8_t    *tombstones;		/* bit (row & 7) of byte (row >> 3) */
	uint64_t   *lsns;
	uint32_t   *label_offsets;	/* row_count + 1; labels of row i are [i] .. [i + 1] of label_ids */
	uint32_t   *label_ids;		/* indexes into the manifest's label_dict, as stored: not checked
								 * against it, and in foreign files perhaps unordered */
	uint32_t	tombstone_count;
} NamiNodeSstKeys;

/*
 * Reads the key columns into the arena. NAMI_ERR_CORRUPT when ids are not strictly ascending, a
 * required value is null or columns differ in length.
 */
extern NamiStatus nami_node_sst_read_keys(NamiNodeSst *sst, NamiArena *arena,
										  NamiNodeSstKeys *out, NamiError *err) NAMI_MUST_CHECK;

/*
 * The __schema_version column, row_count values: only for writers that carry rows over. Call after
 * nami_node_sst_read_keys, which proves the row count.
 */
extern NamiStatus nami_node_sst_read_schema_versions(NamiNodeSst *sst, NamiArena *arena,
													 uint64_t **out, NamiError *err)
			NAMI_MUST_CHECK;

/*
 * The rows of one page: JSON texts as stored (UTF-8 and JSON syntax unchecked). ptr NULL: the row
 * has no properties. Valid until the next call on this reader.
 */
typedef struct NamiNodePropBatch
{
	uint32_t	first_row;
	uint32_t	row_count;
	const NamiStr *values;
} NamiNodePropBatch;

/* Starts (again) at row 0. */
extern void nami_node_sst_props_begin(NamiNodeSst *sst);

/*
 * The next page of __overflow_json; *found is false after the last row. Batches follow one another
 * without gaps and cover all rows.
 */
extern NamiStatus nami_node_sst_props_next(NamiNodeSst *sst, NamiNodePropBatch *batch, bool *found,
										   NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_FORMAT_NODE_SST_H */
