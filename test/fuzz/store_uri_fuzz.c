/*
 * store_uri_fuzz.c - any text as a store URI: no crash, and what is taken keeps its promises.
 */
#include <stdlib.h>

#include "store/uri.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiStoreUri uri;
	NamiStoreUri again;
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_uri_parse(arena, (NamiStr) {(const char *) data, size}, &uri, &err) == NAMI_OK)
	{
		NamiStr		identity = nami_store_uri_identity(arena, &uri);

		require(uri.namespace_name.len >= 1 && uri.namespace_name.len <= 63);
		require(nami_str_ends_with(uri.key_prefix, uri.namespace_name));
		require(uri.key_prefix.ptr[0] != '/');
		for (size_t i = 0; i < uri.key_prefix.len; i++)
			require(uri.key_prefix.ptr[i] > ' ' && uri.key_prefix.ptr[i] != '%' &&
					uri.key_prefix.ptr[i] < 0x7F);

		/* What is shown names the same place. */
		require(nami_store_uri_parse(arena, nami_store_uri_display(arena, &uri), &again, &err) == NAMI_OK);
		require(nami_str_eq(identity, nami_store_uri_identity(arena, &again)));
	}
	else
		require(err.cls == NAMI_ERR_OPTION_VALUE || err.cls == NAMI_ERR_UNSUPPORTED);
	nami_arena_destroy(arena);
	return 0;
}
