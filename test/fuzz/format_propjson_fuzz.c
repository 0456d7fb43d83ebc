/*
 * format_propjson_fuzz.c - property maps: whatever is read and can be written reads back as the
 * same text. Records are tried on the same input.
 */
#include <stdlib.h>

#include "format/propjson.h"
#include "format/record.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiStr		text = {(const char *) data, size};
	NamiError	err = NAMI_ERROR_INIT;
	unsigned	flags = NAMI_PROP_WRITE_NULLS | NAMI_PROP_RESERVED_NAMES;
	NamiRecord	record;
	NamiValue	map;
	NamiBuf		first;
	NamiBuf		second;

	if (nami_record_parse_node(arena, text, &record, &err) == NAMI_OK)
		text = record.properties;
	nami_buf_init(&first, arena);
	nami_buf_init(&second, arena);
	/* Dates out of range and infinite vector elements are read but not written. */
	if (nami_prop_decode(arena, text, NAMI_PROP_KEEP_NULLS, &map, &err) == NAMI_OK &&
		nami_prop_encode(&first, map.entries, map.len, flags, &err) == NAMI_OK)
	{
		if (nami_prop_decode(arena, nami_buf_str(&first), NAMI_PROP_KEEP_NULLS, &map,
							 &err) != NAMI_OK ||
			nami_prop_encode(&second, map.entries, map.len, flags, &err) != NAMI_OK ||
			!nami_str_eq(nami_buf_str(&first), nami_buf_str(&second)))
			abort();
	}
	nami_arena_destroy(arena);
	return 0;
}
