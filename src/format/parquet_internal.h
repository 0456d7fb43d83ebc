/*
 * parquet_internal.h - between parquet_reader.c (pages) and parquet_values.c (values in a page).
 */
#ifndef NAMI_FORMAT_PARQUET_INTERNAL_H
#define NAMI_FORMAT_PARQUET_INTERNAL_H

#include "format/parquet.h"

/* Numbers as in parquet.thrift. */
typedef enum NamiParquetEncoding
{
	NAMI_PARQUET_ENC_PLAIN = 0,
	NAMI_PARQUET_ENC_PLAIN_DICTIONARY = 2,
	NAMI_PARQUET_ENC_RLE = 3,
	NAMI_PARQUET_ENC_DELTA_BINARY_PACKED = 5,
	NAMI_PARQUET_ENC_DELTA_LENGTH_BYTE_ARRAY = 6,
	NAMI_PARQUET_ENC_DELTA_BYTE_ARRAY = 7,
	NAMI_PARQUET_ENC_RLE_DICTIONARY = 8,
	NAMI_PARQUET_ENC_BYTE_STREAM_SPLIT = 9
} NamiParquetEncoding;

/* The dictionary of a chunk and the buffers for decoded values. */
typedef struct NamiParquetValues
{
	NamiArena  *arena;			/* borrowed */
	bool		has_dictionary;
	uint32_t	dictionary_count;
	union
	{
		const uint8_t *fixed;	/* in the dictionary page's bytes */
		const uint32_t *u32;
		const uint64_t *u64;
		const NamiStr *strs;	/* pointing into the dictionary page's bytes */
	}			dictionary;
	NamiScratch dictionary_values;
	NamiScratch values;			/* decoded values of the page */
	NamiScratch indexes;		/* dictionary indexes, lengths */
	NamiScratch text;			/* bytes put together from pieces (DELTA_BYTE_ARRAY) */
} NamiParquetValues;

/* Decodes a dictionary page's PLAIN values. bytes must stay until the next dictionary. */
extern bool nami_parquet_values_dictionary(NamiParquetValues *values,
										   const NamiParquetElement *element,
										   NamiCursor bytes, uint32_t count)
			__attribute__((warn_unused_result));

/*
 * Decodes page->value_count values into page->values. False on damage; err is set only when there
 * is more to say than that.
 */
extern bool nami_parquet_values_read(NamiParquetValues *values, const NamiParquetElement *element,
									 int32_t encoding, NamiCursor bytes, NamiParquetPage *page,
									 NamiError *err)
			__attribute__((warn_unused_result));

#endif							/* NAMI_FORMAT_PARQUET_INTERNAL_H */
