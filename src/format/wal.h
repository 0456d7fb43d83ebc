/*
 * wal.h - WAL segments (spec/storage.md 6).
 *
 *	header  20 bytes: "TGWL" | u16 version | u16 0 | u32 record_count | u64 first_lsn
 *	record  16 + n  : u32 n | u32 crc | u64 lsn | payload[n]
 *	footer   8 bytes: "TGEL" | u32 crc of everything before
 *
 * Reading copies nothing: types and values point into the segment's bytes.
 */
#ifndef NAMI_FORMAT_WAL_H
#define NAMI_FORMAT_WAL_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/uuid.h"

typedef struct NamiWalRecord
{
	uint64_t	lsn;
	bool		is_edge;
	bool		is_tombstone;
	NamiUuid	id;				/* of a node */
	NamiUuid	src;			/* of an edge */
	NamiUuid	dst;
	NamiStr		edge_type;		/* of an edge: valid UTF-8, in the segment */
	NamiStr		value;			/* of an upsert: the record's JSON, not looked into; in the segment */
} NamiWalRecord;

typedef struct NamiWalReader
{
	NamiCursor	cur;			/* the frames not yet read */
	uint32_t	record_count;
	uint32_t	records_left;
	size_t		size_bytes;
} NamiWalReader;

/*
 * Checks length, magic, version and the checksum of the whole. NAMI_ERR_CORRUPT, or
 * NAMI_ERR_UNSUPPORTED for a version greater than ours. bytes is borrowed.
 */
extern NamiStatus nami_wal_open(NamiStr bytes, NamiWalReader *reader, NamiError *err)
			NAMI_MUST_CHECK;

/* The next record, its checksum and payload checked; *has_record is false behind the last one. */
extern NamiStatus nami_wal_next(NamiWalReader *reader, NamiWalRecord *record, bool *has_record,
								NamiError *err) NAMI_MUST_CHECK;

typedef struct NamiWalSummary
{
	uint32_t	record_count;
	uint64_t	first_lsn;		/* of the first record; 0 when there is none */
	uint64_t	last_lsn;		/* of the last record in the file; 0 when there is none */
	uint64_t	xxh3;			/* of all bytes */
} NamiWalSummary;

/* Goes through the whole segment with all checks. */
extern NamiStatus nami_wal_check(NamiStr bytes, NamiWalSummary *summary, NamiError *err)
			NAMI_MUST_CHECK;

/* ---- writing ---- */

/*
 *	NamiWalBuilder builder;
 *	nami_wal_builder_init(&builder, arena);
 *	nami_wal_put_node(&builder, lsn, id, value);
 *	NAMI_TRY(nami_wal_finish(&builder, &segment, err));
 */
typedef struct NamiWalBuilder
{
	NamiBuf		buf;
	uint64_t	first_lsn;
	uint64_t	last_lsn;
	uint64_t	record_count;
	bool		is_too_large;	/* a record of 4 GiB */
} NamiWalBuilder;

typedef struct NamiWalSegment
{
	NamiStr		bytes;			/* in the builder's arena */
	NamiWalSummary summary;
} NamiWalSegment;

extern void nami_wal_builder_init(NamiWalBuilder *builder, NamiArena *arena);

/* Upserts; value is the record's JSON (record.h). LSNs must ascend strictly and begin above 0. */
extern void nami_wal_put_node(NamiWalBuilder *builder, uint64_t lsn, NamiUuid id, NamiStr value);
extern void nami_wal_put_edge(NamiWalBuilder *builder, uint64_t lsn, NamiStr edge_type,
							  NamiUuid src, NamiUuid dst, NamiStr value);

/* Tombstones. */
extern void nami_wal_delete_node(NamiWalBuilder *builder, uint64_t lsn, NamiUuid id);
extern void nami_wal_delete_edge(NamiWalBuilder *builder, uint64_t lsn, NamiStr edge_type,
								 NamiUuid src, NamiUuid dst);

/* Without records this is the empty segment of 28 bytes. NAMI_ERR_LIMIT when something is too large. */
extern NamiStatus nami_wal_finish(NamiWalBuilder *builder, NamiWalSegment *segment, NamiError *err)
			NAMI_MUST_CHECK;

#endif							/* NAMI_FORMAT_WAL_H */
