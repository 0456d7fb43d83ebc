/*
 * format_wal_fuzz.c - WAL segments. The checksums are made right first, else no input would get
 * behind them.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "format/record.h"
#include "format/wal.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
store_u32le(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t) (value >> (8 * i));
}

static void
seal(uint8_t *bytes, size_t size)
{
	size_t		pos = 20;

	while (size >= 28 && size - 8 - pos >= 16)
	{
		size_t		len = nami_load_u32le(bytes + pos);

		if (len > size - 8 - pos - 16)
			break;
		store_u32le(bytes + pos + 4, nami_crc32(0, bytes + pos + 8, len + 8));
		pos += 16 + len;
	}
	store_u32le(bytes + size - 4, nami_crc32(0, bytes, size - 8));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	uint8_t    *bytes = nami_arena_memdup(arena, data, size);
	NamiError	err = NAMI_ERROR_INIT;
	NamiWalSummary summary;
	NamiWalReader reader;
	NamiWalRecord record;
	bool		has_record = true;

	if (size >= 28)
		seal(bytes, size);
	(void) !nami_wal_check((NamiStr) {(const char *) bytes, size}, &summary, &err);
	if (nami_wal_open((NamiStr) {(const char *) bytes, size}, &reader, &err) == NAMI_OK)
	{
		while (nami_wal_next(&reader, &record, &has_record, &err) == NAMI_OK && has_record)
		{
			NamiRecord	parsed;

			(void) !nami_record_parse_node(arena, record.value, &parsed, &err);
			(void) !nami_record_parse_edge(arena, record.value, &parsed, &err);
		}
	}
	nami_arena_destroy(arena);
	return 0;
}
