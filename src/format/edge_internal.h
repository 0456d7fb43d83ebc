/*
 * edge_internal.h - between edge_props.c and edge_arrow.c.
 */
#ifndef NAMI_FORMAT_EDGE_INTERNAL_H
#define NAMI_FORMAT_EDGE_INTERNAL_H

#include "base/vec.h"
#include "format/edge_sst.h"

/* One record batch of a single Utf8 column; everything points into the stream's bytes. */
typedef struct NamiArrowBatch
{
	uint64_t	first_row;
	uint32_t	row_count;		/* at least 1 */
	const uint8_t *validity;	/* bitmap, LSB first; NULL: no nulls */
	const uint8_t *offsets;		/* row_count + 1 unaligned i32, ascending, checked */
	const char *data;
} NamiArrowBatch;

typedef NAMI_VEC(NamiArrowBatch) NamiArrowBatchList;

/*
 * Parses an Arrow IPC stream whose schema is one Utf8 column, as older edge SSTs hold their
 * properties (spec/edge-sst.md 8, codecs 0 and 1). Batches without rows are left out.
 */
extern NamiStatus nami_arrow_read_strings(NamiStr stream, NamiArena *arena,
										  NamiArrowBatchList *batches, uint64_t *row_count,
										  NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_FORMAT_EDGE_INTERNAL_H */
