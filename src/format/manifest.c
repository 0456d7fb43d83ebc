/*
 * manifest.c - reading a manifest: the top level; see manifest.h.
 */
#include "format/manifest_internal.h"

#include "base/civil.h"

/* What the product nests is far below; spec/storage.md 7.4 names the same limit for records. */
#define DEPTH_MAX	127

NamiStatus
nami_manifest_fault(NamiManifestParser *parser, const char *where, const char *member,
					const char *must_be)
{
	return nami_fail(parser->err, NAMI_ERR_CORRUPT, "malformed manifest: %s%s must be %s", where,
					 member, must_be);
}

NamiStatus
nami_manifest_need_u64(NamiManifestParser *parser, NamiJson *object, const char *where,
					   const char *member, uint64_t *out)
{
	if (!nami_json_u64(nami_json_get(object, nami_str(member)), out))
		return nami_manifest_fault(parser, where, member, "an unsigned 64-bit integer");
	return NAMI_OK;
}

NamiStatus
nami_manifest_need_u32(NamiManifestParser *parser, NamiJson *object, const char *where,
					   const char *member, uint32_t *out)
{
	uint64_t	value;

	if (!nami_json_u64(nami_json_get(object, nami_str(member)), &value) || value > UINT32_MAX)
		return nami_manifest_fault(parser, where, member, "an unsigned 32-bit integer");
	*out = (uint32_t) value;
	return NAMI_OK;
}

NamiStatus
nami_manifest_need_string(NamiManifestParser *parser, NamiJson *object, const char *where,
						  const char *member, NamiStr *out)
{
	if (!nami_json_string(nami_json_get(object, nami_str(member)), out))
		return nami_manifest_fault(parser, where, member, "a string");
	return NAMI_OK;
}

NamiStatus
nami_manifest_need_uuid(NamiManifestParser *parser, NamiJson *object, const char *where,
						const char *member, NamiUuid *out)
{
	NamiStr		text;

	if (!nami_json_string(nami_json_get(object, nami_str(member)), &text) ||
		!nami_uuid_parse(text, out))
		return nami_manifest_fault(parser, where, member, "a UUID");
	return NAMI_OK;
}

NamiStatus
nami_manifest_need_time(NamiManifestParser *parser, NamiJson *object, const char *where,
						const char *member, NamiStr *out)
{
	int64_t		seconds;
	int32_t		nanoseconds;

	if (!nami_json_string(nami_json_get(object, nami_str(member)), out) ||
		!nami_civil_parse_rfc3339(*out, &seconds, &nanoseconds))
		return nami_manifest_fault(parser, where, member, "an RFC 3339 time");
	return NAMI_OK;
}

NamiStatus
nami_manifest_need_object(NamiManifestParser *parser, NamiJson *object, const char *where,
						  const char *member, NamiJson **out)
{
	*out = nami_json_get(object, nami_str(member));
	if (*out == NULL || (*out)->kind != NAMI_JSON_OBJECT)
		return nami_manifest_fault(parser, where, member, "an object");
	return NAMI_OK;
}

NamiStatus
nami_manifest_may_array(NamiManifestParser *parser, NamiJson *object, const char *where,
						const char *member, NamiJson **out)
{
	*out = nami_json_get(object, nami_str(member));
	if (*out != NULL && (*out)->kind != NAMI_JSON_ARRAY)
		return nami_manifest_fault(parser, where, member, "an array");
	return NAMI_OK;
}

NamiStatus
nami_manifest_need_strings(NamiManifestParser *parser, NamiJson *object, const char *where,
						   const char *member, const NamiStr **out, uint32_t *count)
{
	NamiJson   *array = nami_json_get(object, nami_str(member));
	NamiStr    *texts;

	if (array == NULL || array->kind != NAMI_JSON_ARRAY)
		return nami_manifest_fault(parser, where, member, "an array of strings");
	*count = nami_json_count(array);
	texts = NAMI_NEW_ARRAY(parser->arena, NamiStr, *count);
	for (uint32_t i = 0; i < *count; i++)
	{
		if (!nami_json_string(nami_json_at(array, i), &texts[i]))
			return nami_manifest_fault(parser, where, member, "an array of strings");
	}
	*out = texts;
	return NAMI_OK;
}

NamiStatus
nami_manifest_check_unique(NamiManifestParser *parser, NamiJson *object, const char *what)
{
	NamiStrMap	names;
	bool		is_new;

	nami_strmap_init(&names, parser->arena);
	for (uint32_t i = 0; i < nami_json_count(object); i++)
	{
		NamiStr		key = nami_json_at(object, i)->key;

		nami_strmap_put(&names, key, &is_new);
		if (!is_new)
		{
			key = nami_str_slice(key, 0, 100);
			return nami_fail(parser->err, NAMI_ERR_CORRUPT,
							 "malformed manifest: member \"%.*s\" comes twice in %s",
							 NAMI_STR_ARG(key), what);
		}
	}
	return NAMI_OK;
}

static NamiStatus
parse_label_dict(NamiManifestParser *parser)
{
	NamiManifest *manifest = parser->manifest;
	NamiJson   *array;

	nami_strmap_init(&manifest->label_ids, parser->arena);
	NAMI_TRY(nami_manifest_may_array(parser, &manifest->root, "", "label_dict", &array));
	if (array == NULL)
		return NAMI_OK;
	NAMI_TRY(nami_manifest_need_strings(parser, &manifest->root, "", "label_dict",
										&manifest->labels, &manifest->label_count));
	for (uint32_t i = 0; i < manifest->label_count; i++)
	{
		bool		is_new;
		uint64_t   *id = nami_strmap_put(&manifest->label_ids, manifest->labels[i], &is_new);

		if (is_new)
			*id = i;
	}
	return NAMI_OK;
}

/* Segments are replayed in ascending seq; they are listed so, but nothing promises it. */
static void
sort_segments(NamiWalDescriptor *segments, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
	{
		NamiWalDescriptor moved = segments[i];
		uint32_t	low = 0;
		uint32_t	high = i;

		if (segments[i - 1].seq <= moved.seq)
			continue;
		while (low < high)
		{
			uint32_t	mid = low + (high - low) / 2;

			if (segments[mid].seq <= moved.seq)
				low = mid + 1;
			else
				high = mid;
		}
		memmove(&segments[low + 1], &segments[low], (i - low) * sizeof(*segments));
		segments[low] = moved;
	}
}

static NamiStatus
parse_wal_segments(NamiManifestParser *parser)
{
	static const char where[] = "wal_segments[].";
	NamiManifest *manifest = parser->manifest;
	NamiJson   *array;
	NamiWalDescriptor *segments;
	uint32_t	count;

	NAMI_TRY(nami_manifest_may_array(parser, &manifest->root, "", "wal_segments", &array));
	count = nami_json_count(array);
	segments = NAMI_NEW_ARRAY(parser->arena, NamiWalDescriptor, count);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiJson   *item = nami_json_at(array, i);
		NamiJson   *xxh3;

		if (item->kind != NAMI_JSON_OBJECT)
			return nami_manifest_fault(parser, "", "wal_segments[]", "an object");
		memset(&segments[i], 0, sizeof(segments[i]));
		NAMI_TRY(nami_manifest_need_u64(parser, item, where, "seq", &segments[i].seq));
		NAMI_TRY(nami_manifest_need_string(parser, item, where, "path", &segments[i].path));
		NAMI_TRY(nami_manifest_need_u64(parser, item, where, "last_lsn", &segments[i].last_lsn));
		xxh3 = nami_json_get(item, NAMI_STR("xxh3"));
		if (xxh3 == NULL || xxh3->kind == NAMI_JSON_NULL)
			continue;
		NAMI_TRY(nami_manifest_need_u64(parser, item, where, "xxh3", &segments[i].xxh3));
		segments[i].has_xxh3 = true;
	}
	sort_segments(segments, count);
	manifest->wal_segments = segments;
	manifest->wal_segment_count = count;
	return NAMI_OK;
}

static NamiStatus
parse_members(NamiManifestParser *parser)
{
	NamiManifest *manifest = parser->manifest;
	NamiJson   *root = &manifest->root;
	NamiJson   *array;

	if (root->kind != NAMI_JSON_OBJECT)
		return nami_fail(parser->err, NAMI_ERR_CORRUPT, "malformed manifest: it is not an object");
	NAMI_TRY(nami_manifest_check_unique(parser, root, "the manifest"));
	NAMI_TRY(nami_manifest_need_u64(parser, root, "", "version", &manifest->version));
	NAMI_TRY(nami_manifest_need_u64(parser, root, "", "epoch", &manifest->epoch));
	NAMI_TRY(nami_manifest_need_uuid(parser, root, "", "writer_id", &manifest->writer_id));
	NAMI_TRY(nami_manifest_need_time(parser, root, "", "created_at", &manifest->created_at));
	NAMI_TRY(parse_label_dict(parser));
	NAMI_TRY(parse_wal_segments(parser));
	NAMI_TRY(nami_manifest_parse_schema(parser));
	NAMI_TRY(nami_manifest_parse_ssts(parser));
	NAMI_TRY(nami_manifest_may_array(parser, root, "", "search_index_builds", &array));
	NAMI_TRY(nami_manifest_may_array(parser, root, "", "search_lsm", &array));
	manifest->has_search_lsm = nami_json_count(array) > 0;
	return NAMI_OK;
}

NamiStatus
nami_manifest_parse(NamiArena *arena, NamiStr body, NamiManifest *manifest, NamiError *err)
{
	NamiManifestParser parser = {arena, err, manifest};

	memset(manifest, 0, sizeof(*manifest));
	manifest->body = body;
	if (nami_json_parse(arena, body, DEPTH_MAX, &manifest->root, err) != NAMI_OK)
	{
		nami_error_context(err, "reading a manifest");
		return NAMI_FAILED;
	}
	return parse_members(&parser);
}

uint32_t
nami_manifest_label_id(const NamiManifest *manifest, NamiStr name)
{
	const uint64_t *id = nami_strmap_find(&manifest->label_ids, name);

	return id == NULL ? NAMI_ID_NONE : (uint32_t) *id;
}

NamiStatus
nami_manifest_next_lsn(const NamiManifest *manifest, uint64_t *lsn, NamiError *err)
{
	uint64_t	greatest = 0;

	for (uint32_t i = 0; i < manifest->wal_segment_count; i++)
	{
		if (manifest->wal_segments[i].last_lsn > greatest)
			greatest = manifest->wal_segments[i].last_lsn;
	}
	for (uint32_t i = 0; i < manifest->sst_count; i++)
	{
		if (manifest->ssts[i].max_lsn > greatest)
			greatest = manifest->ssts[i].max_lsn;
	}
	if (greatest == UINT64_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "the namespace has used up its sequence numbers");
	*lsn = greatest + 1;
	return NAMI_OK;
}
