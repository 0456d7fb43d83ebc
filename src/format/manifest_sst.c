/*
 * manifest_sst.c - reading the SST descriptors of a manifest (spec/storage.md 3.4, node-sst.md 1.1,
 * edge-sst.md 11).
 */
#include "format/manifest_internal.h"

static const char where[] = "ssts[].";

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* 16 bytes are 22 characters, of which the last carries 2 bits, and two of padding. */
static bool
decode_key(NamiStr text, NamiUuid *out)
{
	uint32_t	bits = 0;
	unsigned	bit_count = 0;
	size_t		len = 0;

	if (text.len != 24 || text.ptr[22] != '=' || text.ptr[23] != '=')
		return false;
	for (size_t i = 0; i < 22; i++)
	{
		int			value = base64_value(text.ptr[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t) value;
		bit_count += 6;
		if (bit_count >= 8 && len < sizeof(out->bytes))
		{
			bit_count -= 8;
			out->bytes[len++] = (uint8_t) (bits >> bit_count);
		}
	}
	return true;
}

static NamiStatus
need_key(NamiManifestParser *parser, NamiJson *item, const char *member, NamiUuid *out)
{
	NamiStr		text;

	if (!nami_json_string(nami_json_get(item, nami_str(member)), &text) || !decode_key(text, out))
		return nami_manifest_fault(parser, where, member, "16 bytes in base64");
	return NAMI_OK;
}

static NamiStatus
need_kind(NamiManifestParser *parser, NamiJson *item, NamiSstKind *out)
{
	static const NamiStr names[] = {
		[NAMI_SST_NODES] = NAMI_STR_INIT("Nodes"),
		[NAMI_SST_EDGES_FWD] = NAMI_STR_INIT("EdgesFwd"),
		[NAMI_SST_EDGES_INV] = NAMI_STR_INIT("EdgesInv"),
		[NAMI_SST_VECTOR_GRAPH] = NAMI_STR_INIT("VectorGraph"),
		[NAMI_SST_TEXT_INDEX] = NAMI_STR_INIT("TextIndex"),
	};
	NamiStr		text;

	NAMI_TRY(nami_manifest_need_string(parser, item, where, "kind", &text));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (nami_str_eq(names[i], text))
		{
			*out = (NamiSstKind) i;
			return NAMI_OK;
		}
	}
	text = nami_str_slice(text, 0, 100);
	return nami_fail(parser->err, NAMI_ERR_UNSUPPORTED,
					 "the manifest lists an SST of unknown kind \"%.*s\"", NAMI_STR_ARG(text));
}

/* A sidecar member is absent, null or an object. */
static NamiStatus
may_object(NamiManifestParser *parser, NamiJson *item, const char *member, bool *out)
{
	NamiJson   *node = nami_json_get(item, nami_str(member));

	*out = node != NULL && node->kind != NAMI_JSON_NULL;
	if (*out && node->kind != NAMI_JSON_OBJECT)
		return nami_manifest_fault(parser, where, member, "an object or null");
	return NAMI_OK;
}

static NamiStatus
may_list(NamiManifestParser *parser, NamiJson *item, const char *member, bool *out)
{
	NamiJson   *node;

	NAMI_TRY(nami_manifest_may_array(parser, item, where, member, &node));
	*out = nami_json_count(node) > 0;
	return NAMI_OK;
}

static NamiStatus
parse_sidecars(NamiManifestParser *parser, NamiJson *item, NamiSst *sst)
{
	NamiJson   *locator;
	NamiJson   *pages;
	bool		ignored;

	NAMI_TRY(may_object(parser, item, "bloom", &sst->has_bloom));
	NAMI_TRY(may_object(parser, item, "label_index", &sst->has_label_index));
	NAMI_TRY(may_object(parser, item, "node_locator", &sst->has_node_locator));
	NAMI_TRY(may_list(parser, item, "property_stats", &ignored));
	NAMI_TRY(may_list(parser, item, "unique_property_indices", &sst->has_unique_indices));
	NAMI_TRY(may_list(parser, item, "equality_property_indices", &sst->has_equality_indices));
	NAMI_TRY(may_list(parser, item, "composite_equality_indices", &sst->has_composite_indices));
	NAMI_TRY(may_list(parser, item, "per_label_property_stats", &sst->has_label_stats));
	if (sst->has_node_locator)
	{
		locator = nami_json_get(item, NAMI_STR("node_locator"));
		pages = nami_json_get(locator, NAMI_STR("property_pages"));
		sst->has_property_pages = pages != NULL && pages->kind == NAMI_JSON_OBJECT;
	}
	return NAMI_OK;
}

static NamiStatus
parse_kind_specific(NamiManifestParser *parser, NamiJson *item, NamiSst *sst)
{
	NamiJson   *specific;

	NAMI_TRY(nami_manifest_need_object(parser, item, where, "kind_specific", &specific));
	if (sst->kind == NAMI_SST_VECTOR_GRAPH || sst->kind == NAMI_SST_TEXT_INDEX)
		return NAMI_OK;
	NAMI_TRY(nami_manifest_need_u64(parser, specific, "ssts[].kind_specific.", "tombstone_count",
									&sst->tombstone_count));
	if (sst->kind != NAMI_SST_NODES)
		NAMI_TRY(nami_manifest_need_u64(parser, specific, "ssts[].kind_specific.", "key_count",
										&sst->key_count));
	return NAMI_OK;
}

static NamiStatus
parse_sst(NamiManifestParser *parser, NamiJson *item, NamiSst *sst)
{
	NamiStr		created_at;
	uint64_t	ignored;

	memset(sst, 0, sizeof(*sst));
	if (item->kind != NAMI_JSON_OBJECT)
		return nami_manifest_fault(parser, "", "ssts[]", "an object");
	NAMI_TRY(nami_manifest_check_unique(parser, item, "an SST descriptor"));
	sst->json = item;
	NAMI_TRY(nami_manifest_need_uuid(parser, item, where, "id", &sst->id));
	NAMI_TRY(need_kind(parser, item, &sst->kind));
	NAMI_TRY(nami_manifest_need_string(parser, item, where, "scope", &sst->scope));
	NAMI_TRY(nami_manifest_need_u32(parser, item, where, "level", &sst->level));
	NAMI_TRY(nami_manifest_need_string(parser, item, where, "path", &sst->path));
	NAMI_TRY(nami_manifest_need_u64(parser, item, where, "size_bytes", &sst->size_bytes));
	NAMI_TRY(nami_manifest_need_u64(parser, item, where, "row_count", &sst->row_count));
	NAMI_TRY(nami_manifest_need_time(parser, item, where, "created_at", &created_at));
	NAMI_TRY(need_key(parser, item, "min_key", &sst->min_key));
	NAMI_TRY(need_key(parser, item, "max_key", &sst->max_key));
	NAMI_TRY(nami_manifest_need_u64(parser, item, where, "min_lsn", &sst->min_lsn));
	NAMI_TRY(nami_manifest_need_u64(parser, item, where, "max_lsn", &sst->max_lsn));
	NAMI_TRY(nami_manifest_need_u64(parser, item, where, "schema_version_min", &ignored));
	NAMI_TRY(nami_manifest_need_u64(parser, item, where, "schema_version_max", &ignored));
	NAMI_TRY(parse_kind_specific(parser, item, sst));
	return parse_sidecars(parser, item, sst);
}

NamiStatus
nami_manifest_parse_ssts(NamiManifestParser *parser)
{
	NamiManifest *manifest = parser->manifest;
	NamiJson   *array;
	NamiSst    *ssts;
	uint32_t	count;

	NAMI_TRY(nami_manifest_may_array(parser, &manifest->root, "", "ssts", &array));
	count = nami_json_count(array);
	ssts = NAMI_NEW_ARRAY(parser->arena, NamiSst, count);
	for (uint32_t i = 0; i < count; i++)
		NAMI_TRY(parse_sst(parser, nami_json_at(array, i), &ssts[i]));
	manifest->ssts = ssts;
	manifest->sst_count = count;
	return NAMI_OK;
}
