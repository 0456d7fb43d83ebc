/*
 * format_manifest_fuzz.c - a manifest that is accepted must give a next version that is accepted.
 */
#include <stdlib.h>

#include "format/manifest.h"
#include "format/pointer.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiStr		text = {(const char *) data, size};
	NamiError	err = NAMI_ERROR_INIT;
	NamiManifest manifest;
	NamiManifest again;
	NamiManifestNext next;
	NamiPointer pointer;
	NamiUuid	writer = {{1}};
	NamiBuf		out;

	(void) !nami_pointer_parse(arena, text, &pointer, &err);
	if (nami_manifest_parse(arena, text, &manifest, &err) == NAMI_OK &&
		nami_manifest_next_init(&next, arena, &manifest, &err) == NAMI_OK)
	{
		nami_manifest_next_set_writer(&next, manifest.epoch, writer, 0, 0);
		nami_manifest_next_add_wal(&next, 1, NAMI_STR("x"), 2, 3);
		nami_manifest_next_intern_label(&next, NAMI_STR("L"));
		nami_manifest_next_declare_property(&next, NAMI_STR("L"), NAMI_STR("p"), NAMI_DATA_UTF8, 0,
											true, true);
		nami_manifest_next_retire_search(&next);
		nami_buf_init(&out, arena);
		nami_manifest_next_write(&next, &out);
		if (nami_manifest_parse(arena, nami_buf_str(&out), &again, &err) != NAMI_OK ||
			again.version != manifest.version + 1 || again.has_search_lsm ||
			again.wal_segment_count != manifest.wal_segment_count + 1)
			abort();
	}
	nami_arena_destroy(arena);
	return 0;
}
