/*
 * pointer.c - see pointer.h.
 */
#include "format/pointer.h"

#include "base/json.h"
#include "format/keys.h"

#define DEPTH_MAX	64

NamiStatus
nami_pointer_parse(NamiArena *arena, NamiStr json, NamiPointer *pointer, NamiError *err)
{
	NamiJson	root;

	if (nami_json_parse(arena, json, DEPTH_MAX, &root, err) != NAMI_OK)
	{
		nami_error_context(err, "reading a manifest pointer");
		return NAMI_FAILED;
	}
	if (!nami_json_u64(nami_json_get(&root, NAMI_STR("version")), &pointer->version) ||
		!nami_json_u64(nami_json_get(&root, NAMI_STR("epoch")), &pointer->epoch) ||
		!nami_json_string(nami_json_get(&root, NAMI_STR("manifest_path")), &pointer->manifest_path))
		return nami_fail(err, NAMI_ERR_CORRUPT,
						 "malformed manifest pointer: it needs version, epoch and manifest_path");
	return NAMI_OK;
}

void
nami_pointer_write(NamiBuf *out, NamiStr prefix, uint64_t version, uint64_t epoch)
{
	NamiJsonWriter writer = nami_json_writer(out);

	nami_json_begin(&writer, '{');
	nami_json_key(&writer, NAMI_STR("version"));
	nami_json_write_u64(&writer, version);
	nami_json_key(&writer, NAMI_STR("epoch"));
	nami_json_write_u64(&writer, epoch);
	nami_json_key(&writer, NAMI_STR("manifest_path"));
	nami_json_write_string(&writer, nami_key_manifest(out->arena, prefix, version));
	nami_json_end(&writer, '}');
}

NamiStatus
nami_pin_parse(NamiArena *arena, NamiStr json, NamiPin *pin, NamiError *err)
{
	NamiJson	root;

	NAMI_TRY(nami_json_parse(arena, json, DEPTH_MAX, &root, err));
	if (!nami_json_u64(nami_json_get(&root, NAMI_STR("version")), &pin->version) ||
		!nami_json_u64(nami_json_get(&root, NAMI_STR("expires_at_unix")), &pin->expires_at_unix))
		return nami_fail(err, NAMI_ERR_CORRUPT,
						 "malformed pin: it needs version and expires_at_unix");
	return NAMI_OK;
}

void
nami_pin_write(NamiBuf *out, NamiPin pin)
{
	NamiJsonWriter writer = nami_json_writer(out);

	nami_json_begin(&writer, '{');
	nami_json_key(&writer, NAMI_STR("version"));
	nami_json_write_u64(&writer, pin.version);
	nami_json_key(&writer, NAMI_STR("expires_at_unix"));
	nami_json_write_u64(&writer, pin.expires_at_unix);
	nami_json_end(&writer, '}');
}
