/*
 * manifest_internal.h - shared by the files that read manifests.
 *
 * Every getter names the member in its error: "malformed manifest: ssts[].min_lsn must be ...".
 */
#ifndef NAMI_FORMAT_MANIFEST_INTERNAL_H
#define NAMI_FORMAT_MANIFEST_INTERNAL_H

#include "format/manifest.h"

typedef struct NamiManifestParser
{
	NamiArena  *arena;
	NamiError  *err;
	NamiManifest *manifest;
} NamiManifestParser;

/* where: "ssts[].", or "" at the top. */
extern NamiStatus nami_manifest_fault(NamiManifestParser *parser, const char *where,
									  const char *member, const char *must_be);

extern NamiStatus nami_manifest_need_u64(NamiManifestParser *parser, NamiJson *object,
										 const char *where, const char *member, uint64_t *out)
			NAMI_MUST_CHECK;
extern NamiStatus nami_manifest_need_u32(NamiManifestParser *parser, NamiJson *object,
										 const char *where, const char *member, uint32_t *out)
			NAMI_MUST_CHECK;
extern NamiStatus nami_manifest_need_string(NamiManifestParser *parser, NamiJson *object,
											const char *where, const char *member, NamiStr *out)
			NAMI_MUST_CHECK;
extern NamiStatus nami_manifest_need_uuid(NamiManifestParser *parser, NamiJson *object,
										  const char *where, const char *member, NamiUuid *out)
			NAMI_MUST_CHECK;
extern NamiStatus nami_manifest_need_time(NamiManifestParser *parser, NamiJson *object,
										  const char *where, const char *member, NamiStr *out)
			NAMI_MUST_CHECK;
extern NamiStatus nami_manifest_need_object(NamiManifestParser *parser, NamiJson *object,
											const char *where, const char *member, NamiJson **out)
			NAMI_MUST_CHECK;

/* Absent: *out is NULL. Anything but an array, null included, is an error. */
extern NamiStatus nami_manifest_may_array(NamiManifestParser *parser, NamiJson *object,
										  const char *where, const char *member, NamiJson **out)
			NAMI_MUST_CHECK;

/* An array of strings; needed. */
extern NamiStatus nami_manifest_need_strings(NamiManifestParser *parser, NamiJson *object,
											 const char *where, const char *member,
											 const NamiStr **out, uint32_t *count) NAMI_MUST_CHECK;

/* No member may come twice. */
extern NamiStatus nami_manifest_check_unique(NamiManifestParser *parser, NamiJson *object,
											 const char *what) NAMI_MUST_CHECK;

/* manifest_schema.c: schema, vector_indexes, text_indexes. manifest_sst.c: ssts. */
extern NamiStatus nami_manifest_parse_schema(NamiManifestParser *parser) NAMI_MUST_CHECK;
extern NamiStatus nami_manifest_parse_ssts(NamiManifestParser *parser) NAMI_MUST_CHECK;

#endif							/* NAMI_FORMAT_MANIFEST_INTERNAL_H */
