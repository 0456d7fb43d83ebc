/*
 * base_json_fuzz.c - the pull reader and the document tree must agree on what is JSON, and what is
 * written from a tree that was taken apart must be equal to it.
 */
#include <stdlib.h>

#include "base/json.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_apart(NamiJson *node)
{
	for (uint32_t i = 0; i < nami_json_count(node); i++)
		take_apart(nami_json_at(node, i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiStr		text = {(const char *) data, size};
	NamiError	err = NAMI_ERROR_INIT;
	NamiJsonReader reader;
	NamiJsonToken token = NAMI_JSON_NULL_VALUE;
	NamiStatus	read = NAMI_OK;
	NamiJson	root;
	NamiJson	again;

	nami_json_reader_init(&reader, nami_cursor_of(text), arena, 40);
	while (read == NAMI_OK && token != NAMI_JSON_END)
		read = nami_json_next(&reader, &token, &err);
	if (nami_json_parse(arena, text, 40, &root, &err) != read)
		abort();
	if (read == NAMI_OK)
	{
		NamiBuf		out;

		take_apart(&root);
		nami_buf_init(&out, arena);
		nami_json_write(&root, &out);
		if (nami_json_parse(arena, nami_buf_str(&out), 40, &again, &err) != NAMI_OK)
			abort();
		take_apart(&again);
		if (nami_json_count(&root) != nami_json_count(&again))
			abort();
	}
	nami_arena_destroy(arena);
	return 0;
}
