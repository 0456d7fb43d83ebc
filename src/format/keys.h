/*
 * keys.h - object keys of a namespace (spec/storage.md 2 and 3.5).
 *
 * prefix is the namespace prefix "[<root>/]<ns>", without a slash at the end. Built keys lie in the
 * arena.
 */
#ifndef NAMI_FORMAT_KEYS_H
#define NAMI_FORMAT_KEYS_H

#include "base/arena.h"
#include "base/uuid.h"

extern NamiStr nami_key_manifest(NamiArena *arena, NamiStr prefix, uint64_t version);
extern NamiStr nami_key_pointer(NamiArena *arena, NamiStr prefix, uint64_t version);
extern NamiStr nami_key_wal(NamiArena *arena, NamiStr prefix, uint64_t seq);
extern NamiStr nami_key_current(NamiArena *arena, NamiStr prefix);
extern NamiStr nami_key_pin(NamiArena *arena, NamiStr prefix, NamiUuid pin);

/* The folders to LIST, with a slash at the end. */
extern NamiStr nami_key_manifest_folder(NamiArena *arena, NamiStr prefix);
extern NamiStr nami_key_pointer_folder(NamiArena *arena, NamiStr prefix);
extern NamiStr nami_key_wal_folder(NamiArena *arena, NamiStr prefix);
extern NamiStr nami_key_pin_folder(NamiArena *arena, NamiStr prefix);
extern NamiStr nami_key_sst_folder(NamiArena *arena, NamiStr prefix);

/*
 * The key of a path that a descriptor in the manifest names (relative to the namespace): what is
 * unsafe in its segments is percent-encoded, empty segments vanish.
 */
extern NamiStr nami_key_of_path(NamiArena *arena, NamiStr prefix, NamiStr path);

typedef enum NamiKeyMatch
{
	NAMI_KEY_OTHER,				/* not a name of that kind: ignore the object */
	NAMI_KEY_MATCH,
	NAMI_KEY_BAD_NUMBER			/* "<not hex>.wal": the namespace cannot be opened (2) */
} NamiKeyMatch;

/*
 * Numbers from listed keys; only what stands behind the last slash counts. Any number of hex digits
 * that fits 64 bits is read. *.wal names that are no number are BAD_NUMBER, other names OTHER.
 */
extern NamiKeyMatch nami_key_parse_pointer(NamiStr key, uint64_t *version);	/* p<hex>.json */
extern NamiKeyMatch nami_key_parse_manifest(NamiStr key, uint64_t *version);	/* v<hex>.json */
extern NamiKeyMatch nami_key_parse_wal(NamiStr key, uint64_t *seq);	/* <hex>.wal */

#endif							/* NAMI_FORMAT_KEYS_H */
