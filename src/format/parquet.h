/*
 * parquet.h - reading Parquet files: footer and column pages.
 *
 * Covers what node SSTs may contain (spec/node-sst.md 2 and 3) and nothing specific to them: flat
 * columns and one level of lists; BOOLEAN, INT32, INT64, BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY; data
 * pages V1 and V2; PLAIN, dictionary, RLE (booleans), the DELTA encodings and BYTE_STREAM_SPLIT;
 * codecs none, zstd and gzip. Anything else is NAMI_ERR_UNSUPPORTED, damage is NAMI_ERR_CORRUPT.
 *
 * The whole object lies in memory and is borrowed throughout. Statistics, indexes, bloom filters
 * and key/value metadata are skipped.
 */
#ifndef NAMI_FORMAT_PARQUET_H
#define NAMI_FORMAT_PARQUET_H

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"
#include "format/inflate.h"

/* Numbers as in parquet.thrift. */
typedef enum NamiParquetType
{
	NAMI_PARQUET_BOOLEAN = 0,
	NAMI_PARQUET_INT32 = 1,
	NAMI_PARQUET_INT64 = 2,
	NAMI_PARQUET_INT96 = 3,
	NAMI_PARQUET_FLOAT = 4,
	NAMI_PARQUET_DOUBLE = 5,
	NAMI_PARQUET_BYTE_ARRAY = 6,
	NAMI_PARQUET_FIXED = 7,
	NAMI_PARQUET_GROUP = 8		/* ours: an inner element of the schema */
} NamiParquetType;

typedef enum NamiParquetRepetition
{
	NAMI_PARQUET_REQUIRED = 0,
	NAMI_PARQUET_OPTIONAL = 1,
	NAMI_PARQUET_REPEATED = 2
} NamiParquetRepetition;

/* What converted_type or logicalType say; the latter wins when both are there. */
typedef enum NamiParquetAnnotation
{
	NAMI_PARQUET_ANNOTATION_NONE,
	NAMI_PARQUET_ANNOTATION_STRING,
	NAMI_PARQUET_ANNOTATION_LIST,
	NAMI_PARQUET_ANNOTATION_UINT32,
	NAMI_PARQUET_ANNOTATION_UINT64,
	NAMI_PARQUET_ANNOTATION_OTHER
} NamiParquetAnnotation;

typedef struct NamiParquetElement
{
	NamiStr		name;			/* borrowed from the object */
	NamiParquetType type;
	NamiParquetRepetition repetition;
	NamiParquetAnnotation annotation;
	int32_t		type_length;	/* FIXED: bytes, at least 1 */
	int32_t		child_count;	/* groups */
	uint8_t		max_definition;
	uint8_t		max_repetition;
} NamiParquetElement;

typedef struct NamiParquetChunk
{
	NamiStr		pages;			/* dictionary and data pages; borrowed from the object */
	uint64_t	entry_count;	/* values, nulls and empty lists */
	int32_t		codec;			/* as stored; checked when the chunk is read */
} NamiParquetChunk;

typedef struct NamiParquetRowGroup
{
	uint64_t	row_count;
	NamiParquetChunk *chunks;	/* one for each leaf */
} NamiParquetRowGroup;

typedef struct NamiParquetFile
{
	NamiParquetElement *elements;	/* the schema depth first; elements[0] is the root */
	uint32_t	element_count;
	uint32_t   *leaves;			/* element index of each leaf */
	uint32_t	leaf_count;
	NamiParquetRowGroup *row_groups;
	uint32_t	row_group_count;
	uint64_t	row_count;		/* sum over the row groups, as the footer says too */
} NamiParquetFile;

/*
 * Parses the footer of a whole object. Everything in *file is in the arena or borrowed from the
 * object. Counts are claims until the pages have been read; chunk ranges lie inside the object.
 */
extern NamiStatus nami_parquet_open(NamiStr object, NamiArena *arena, NamiParquetFile *file,
									NamiError *err) NAMI_MUST_CHECK;

/* The entries of one page never exceed this; bounds what a damaged header can make us allocate. */
#define NAMI_PARQUET_PAGE_ENTRIES_MAX	((uint32_t) 1 << 24)

/*
 * One data page, decoded. All pointers are valid until the next call for this reader.
 *
 * Entries carry levels; an entry has a value exactly if its definition level is the leaf's maximum.
 * values holds the present ones only, in order.
 */
typedef struct NamiParquetPage
{
	uint32_t	row_group;		/* index of the row group that the page belongs to */
	uint32_t	entry_count;	/* at least 1 */
	uint32_t	value_count;	/* present values */
	const uint8_t *definition_levels;	/* entry_count; NULL when the leaf's maximum is 0 */
	const uint8_t *repetition_levels;	/* entry_count; NULL when the leaf's maximum is 0 */
	union
	{
		const uint8_t *bools;	/* 0 or 1 each */
		const uint32_t *u32;
		const uint64_t *u64;
		const uint8_t *fixed;	/* type_length bytes each, back to back; any alignment */
		const NamiStr *strs;
	}			values;
} NamiParquetPage;

/*
 * Reads the leaves of a file, one at a time, page by page. All leaves share the buffers.
 */
typedef struct NamiParquetReader NamiParquetReader;

/* file and inflater are borrowed. */
extern NamiParquetReader *nami_parquet_reader_create(const NamiParquetFile *file, NamiArena *arena,
													 NamiInflater *inflater)
			__attribute__((returns_nonnull));

/* Starts at the first page of a leaf. */
extern void nami_parquet_reader_select(NamiParquetReader *reader, uint32_t leaf);

/*
 * The next page that has entries, over all row groups; *found is false at the end. Checked here:
 * page CRC when there is one, level ranges, and that each chunk holds the entries it claims.
 */
extern NamiStatus nami_parquet_reader_next(NamiParquetReader *reader, NamiParquetPage *page,
										   bool *found, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_FORMAT_PARQUET_H */
