/*
 * cypher_parser_fuzz.c - any bytes as Cypher: no crash, positions inside the text, and what parses
 * prints to a text that parses to the same print.
 */
#include <stdlib.h>

#include "cypher/parser.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static NamiStr
print(NamiArena *arena, const NamiCyStatement *statement)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_cy_print_statement(&buf, statement);
	return nami_buf_str(&buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiCyStatement *statement;
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		text = {(const char *) data, size};

	if (nami_cypher_parse(arena, text, &statement, &err) == NAMI_OK)
	{
		NamiStr		printed = print(arena, statement);

		if (nami_cypher_parse(arena, printed, &statement, &err) == NAMI_OK)
		{
			if (!nami_str_eq(print(arena, statement), printed))
				abort();
		}
		else if (err.cls != NAMI_ERR_LIMIT)
			abort();
	}
	else if (err.cls == NAMI_ERR_NONE || err.position > (int64_t) size || err.message[0] == '\0')
		abort();
	nami_arena_destroy(arena);
	return 0;
}
