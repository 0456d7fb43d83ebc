/*
 * format_edge_sst_fuzz.c - an edge SST of arbitrary bytes, as it is and with its digests put right
 * (which no mutation would hit by chance), read to its end as far as it is accepted.
 */
#include <stdlib.h>

#include "../unit/support/edge_reseal.h"
#include "format/edge_sst.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sink;

static NamiStatus
read_stream(const NamiEdgeSst *sst, const NamiEdgeStream *stream, NamiArena *arena,
			NamiInflater *inflater, NamiError *err)
{
	NamiEdgeProps *props;
	NamiEdgePropBatch batch;
	uint64_t	rows = 0;
	bool		found;

	NAMI_TRY(nami_edge_props_open(sst, stream, arena, inflater, &props, err));
	for (;;)
	{
		NAMI_TRY(nami_edge_props_next(props, &batch, &found, err));
		if (!found)
			break;
		if (batch.first_row != rows || batch.row_count == 0)
			__builtin_trap();
		rows += batch.row_count;
		for (uint32_t i = 0; i < batch.row_count; i++)
		{
			if (batch.values[i].len > 0)
				sink += (uint8_t) batch.values[i].ptr[0] +
					(uint8_t) batch.values[i].ptr[batch.values[i].len - 1];
		}
	}
	if (rows != sst->row_count)
		__builtin_trap();
	if (rows > 0)
		nami_edge_props_seek(props, rows - 1);
	return rows == 0 ? NAMI_OK : nami_edge_props_next(props, &batch, &found, err);
}

static NamiStatus
read_all(NamiStr object, NamiArena *arena, NamiInflater *inflater, NamiError *err)
{
	NamiEdgeSst *sst;
	NamiEdgeIter iter;
	NamiEdgeBlock block;
	uint64_t	rows = 0;
	bool		found;

	NAMI_TRY(nami_edge_sst_open(object, arena, &sst, err));
	for (uint32_t i = 0; i < sst->stream_count; i++)
	{
		/* one bad stream does not keep the others from being read */
		if (read_stream(sst, &sst->streams[i], arena, inflater, err) != NAMI_OK &&
			err->cls == NAMI_ERR_INTERNAL)
			__builtin_trap();
	}
	nami_edge_iter_init(&iter, sst, arena);
	for (;;)
	{
		NAMI_TRY(nami_edge_iter_next(&iter, &block, &found, err));
		if (!found)
			break;
		if (block.first_row != rows || block.degree == 0)
			__builtin_trap();
		rows += block.degree;
		for (uint64_t i = 0; i < block.degree; i++)
			sink += block.partners[16 * i] + block.partners[16 * i + 15] +
				nami_edge_sst_lsn(sst, block.first_row + i) +
				nami_edge_sst_is_tombstone(sst, block.first_row + i);
	}
	if (rows != sst->row_count)
		__builtin_trap();
	return NAMI_OK;
}

static void
read_one(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiError	err = NAMI_ERROR_INIT;
	NamiOwner	owner;

	nami_owner_init(&owner);
	if (read_all((NamiStr) {(const char *) data, size}, arena,
				 nami_inflater_create(arena, &owner), &err) != NAMI_OK &&
		(err.cls == NAMI_ERR_NONE || err.cls == NAMI_ERR_INTERNAL))
		__builtin_trap();
	nami_owner_release(&owner);
	nami_arena_destroy(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t    *copy = malloc(size + (size == 0));

	if (copy == NULL)
		abort();
	read_one(data, size);
	if (size > 0)
		memcpy(copy, data, size);
	edge_reseal(copy, size);
	read_one(copy, size);
	free(copy);
	return 0;
}
