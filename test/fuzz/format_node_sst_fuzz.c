/*
 * format_node_sst_fuzz.c - a node SST of arbitrary bytes, read to its end as far as it is accepted.
 */
#include "format/node_sst.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sink;

static NamiStatus
read_all(NamiStr object, NamiArena *arena, NamiOwner *owner, NamiError *err)
{
	NamiNodeSst *sst;
	NamiNodeSstKeys keys;
	NamiNodePropBatch batch;
	uint64_t   *versions;
	uint32_t	rows = 0;
	bool		found;

	NAMI_TRY(nami_node_sst_open(object, arena, owner, &sst, err));
	/* properties first: this column must stand on its own when others are damaged */
	nami_node_sst_props_begin(sst);
	for (;;)
	{
		NAMI_TRY(nami_node_sst_props_next(sst, &batch, &found, err));
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
	NAMI_TRY(nami_node_sst_read_keys(sst, arena, &keys, err));
	if (keys.row_count != rows || keys.label_offsets[0] != 0)
		__builtin_trap();
	for (uint32_t i = 0; i < rows; i++)
	{
		if (keys.label_offsets[i] > keys.label_offsets[i + 1])
			__builtin_trap();
		sink += keys.lsns[i] + keys.ids[16 * (size_t) i + 15] + keys.tombstones[i >> 3];
	}
	for (uint32_t i = 0; i < keys.label_offsets[rows]; i++)
		sink += keys.label_ids[i];
	return nami_node_sst_read_schema_versions(sst, arena, &versions, err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiError	err = NAMI_ERROR_INIT;
	NamiOwner	owner;

	nami_owner_init(&owner);
	if (read_all((NamiStr) {(const char *) data, size}, arena, &owner, &err) != NAMI_OK &&
		(err.cls == NAMI_ERR_NONE || err.cls == NAMI_ERR_INTERNAL))
		__builtin_trap();
	nami_owner_release(&owner);
	nami_arena_destroy(arena);
	return 0;
}
