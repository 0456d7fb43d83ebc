/*
 * format_node_sst_test.c - node SSTs: every file of both releases byte for byte against the digests
 * that expected.json lists, forms that only other writers produce, and damaged files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glob.h>
#include <openssl/evp.h>

#include "base/json.h"
#include "fixture_file.h"
#include "format/node_sst.h"

#define VARIANTS	"test/fixtures/sst-variants/"

/* Makes the canonical text of all rows (fixtures/node-sst/README.md). */
static NamiStatus
rows_text(NamiStr object, NamiArena *arena, NamiOwner *owner, NamiBuf *out, NamiError *err)
{
	NamiNodeSst *sst;
	NamiNodeSstKeys keys;
	NamiNodePropBatch batch;
	uint64_t   *versions;
	uint32_t	rows = 0;
	bool		found;

	nami_buf_init(out, arena);
	NAMI_TRY(nami_node_sst_open(object, arena, owner, &sst, err));
	NAMI_TRY(nami_node_sst_read_keys(sst, arena, &keys, err));
	NAMI_TRY(nami_node_sst_read_schema_versions(sst, arena, &versions, err));
	assert_int_equal(keys.row_count, nami_node_sst_row_count(sst));
	nami_node_sst_props_begin(sst);
	for (;;)
	{
		NAMI_TRY(nami_node_sst_props_next(sst, &batch, &found, err));
		if (!found)
			break;
		assert_int_equal(batch.first_row, rows);
		for (uint32_t i = 0; i < batch.row_count; i++)
		{
			uint32_t	row = rows++;

			for (unsigned b = 0; b < 16; b++)
				nami_buf_printf(out, "%02x", keys.ids[16 * (size_t) row + b]);
			nami_buf_printf(out, "|%d|%llu|", (keys.tombstones[row >> 3] >> (row & 7)) & 1,
							(unsigned long long) keys.lsns[row]);
			for (uint32_t l = keys.label_offsets[row]; l < keys.label_offsets[row + 1]; l++)
				nami_buf_printf(out, "%s%u", l > keys.label_offsets[row] ? "," : "",
								keys.label_ids[l]);
			nami_buf_put_u8(out, '|');
			nami_buf_put_str(out, batch.values[i].ptr == NULL ? NAMI_STR("-") : batch.values[i]);
			nami_buf_printf(out, "|%llu\n", (unsigned long long) versions[row]);
		}
	}
	assert_int_equal(rows, keys.row_count);
	nami_node_sst_close(sst);
	return NAMI_OK;
}

static void
hex_sha256(const NamiBuf *text, char out[65])
{
	unsigned char digest[32];
	unsigned	len;

	assert_int_equal(EVP_Digest(text->ptr, text->len, digest, &len, EVP_sha256(), NULL), 1);
	for (unsigned i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static uint32_t
check_fixture(const char *folder)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		text = fixture_read(nami_arena_printf(arena, "%s/expected.json", folder));
	NamiStr		ns;
	NamiJson	root;
	NamiJson   *ssts;
	uint32_t	count;

	assert_int_equal(nami_json_parse(arena, text, 64, &root, &err), NAMI_OK);
	assert_true(nami_json_string(nami_json_get(&root, NAMI_STR("namespace")), &ns));
	ssts = nami_json_get(&root, NAMI_STR("node_ssts"));
	count = nami_json_count(ssts);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiJson   *sst = nami_json_at(ssts, i);
		NamiOwner	owner;
		NamiStr		path,
					expected;
		NamiStr		object;
		NamiBuf		rows;
		char		sha[65];

		nami_owner_init(&owner);
		assert_true(nami_json_string(nami_json_get(sst, NAMI_STR("path")), &path));
		assert_true(nami_json_string(nami_json_get(sst, NAMI_STR("rows_sha256")), &expected));
		object = fixture_read(nami_arena_printf(arena, "%s/%.*s/%.*s", folder, NAMI_STR_ARG(ns),
												NAMI_STR_ARG(path)));
		if (rows_text(object, arena, &owner, &rows, &err) != NAMI_OK)
			fail_msg("%s: %s", folder, err.message);
		hex_sha256(&rows, sha);
		assert_memory_equal(sha, expected.ptr, 64);
		nami_owner_release(&owner);
		fixture_free(object);
	}
	fixture_free(text);
	nami_arena_destroy(arena);
	return count;
}

static void
files_of_both_releases_read_exactly(void **state)
{
	static const char *const folders[] = {"fallback-v2619", "flushed-v214", "flushed-v2619",
		"foreign-v1-plain", "foreign-v2-zstd", "indexed-v214", "indexed-v2619", "levels-v2619",
	"rowgroups-v2619", "tombstones-v214"};
	uint32_t	files = 0;
	char		path[256];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
	{
		snprintf(path, sizeof(path), "test/fixtures/node-sst/%s", folders[i]);
		files += check_fixture(path);
	}
	assert_int_equal(files, 23);
}

static void
other_encodings_and_codecs_are_read(void **state)
{
	static const char *const names[] = {"v1-gzip-dictionary", "v2-gzip-optional", "v1-none-crc",
	"v2-zstd-crc", "v1-delta", "v2-delta-optional", "v2-split", "arrow-schema"};
	NamiStr		expected = fixture_read(VARIANTS "rows.txt");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		NamiError	err = NAMI_ERROR_INIT;
		NamiOwner	owner;
		NamiStr		object;
		NamiBuf		rows;

		nami_owner_init(&owner);
		object = fixture_read(nami_arena_printf(arena, VARIANTS "node-%s.parquet", names[i]));
		if (rows_text(object, arena, &owner, &rows, &err) != NAMI_OK)
			fail_msg("%s: %s", names[i], err.message);
		assert_int_equal(rows.len, expected.len);
		assert_memory_equal(rows.ptr, expected.ptr, expected.len);
		nami_owner_release(&owner);
		fixture_free(object);
		nami_arena_destroy(arena);
	}
	fixture_free(expected);
}

/* spec/node-sst.md 2 and 9: what the product refuses, and what we say about it. */
static void
other_schemas_and_codecs_are_refused(void **state)
{
	static const struct
	{
		const char *name;
		NamiErrorClass cls;
		const char *message;
	}			cases[] = {
		{"snappy", NAMI_ERR_UNSUPPORTED, "SNAPPY"},
		{"element", NAMI_ERR_CORRUPT, "item"},
		{"typed-columns", NAMI_ERR_UNSUPPORTED, "typed property columns"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		NamiError	err = NAMI_ERROR_INIT;
		NamiOwner	owner;
		NamiStr		object;
		NamiBuf		rows;

		nami_owner_init(&owner);
		object = fixture_read(nami_arena_printf(arena, VARIANTS "node-%s.parquet",
												cases[i].name));
		assert_int_equal(rows_text(object, arena, &owner, &rows, &err), NAMI_FAILED);
		assert_int_equal(err.cls, cases[i].cls);
		assert_non_null(strstr(err.message, cases[i].message));
		nami_owner_release(&owner);
		fixture_free(object);
		nami_arena_destroy(arena);
	}
}

/* Reads a whole file of given bytes; true when it was accepted. */
static bool
accepts(const char *bytes, size_t len, NamiErrorClass *cls)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiError	err = NAMI_ERROR_INIT;
	NamiOwner	owner;
	NamiBuf		rows;
	bool		ok;

	nami_owner_init(&owner);
	ok = rows_text((NamiStr) {bytes, len}, arena, &owner, &rows, &err) == NAMI_OK;
	*cls = ok ? NAMI_ERR_NONE : err.cls;
	nami_owner_release(&owner);
	nami_arena_destroy(arena);
	return ok;
}

static NamiStr
small_file(void)
{
	glob_t		found;
	NamiStr		bytes;

	assert_int_equal(glob("test/fixtures/node-sst/indexed-v214/indexed/sst/level0/"
						  "01a20516694b7141ab13398d4f54cc94-nodes.parquet", 0, NULL, &found), 0);
	bytes = fixture_read(found.gl_pathv[0]);
	globfree(&found);
	return bytes;
}

static void
every_truncation_is_refused(void **state)
{
	NamiStr		whole = small_file();
	NamiErrorClass cls;

	assert_true(accepts(whole.ptr, whole.len, &cls));
	for (size_t len = 0; len < whole.len; len++)
	{
		char	   *copy = fixture_copy(whole.ptr, len);

		assert_false(accepts(copy, len, &cls));
		free(copy);
	}
	fixture_free(whole);
}

/*
 * Parquet as the product writes it has no checksums, so a changed bit may go unnoticed or change a
 * value; it must not do harm, and errors must be of the kinds that the header promises.
 */
static void
changed_bits_do_no_harm(void **state)
{
	NamiStr		whole = small_file();
	unsigned	refused = 0;

	for (size_t at = 0; at < whole.len; at++)
	{
		for (unsigned bit = 0; bit < 8; bit += 3)
		{
			char	   *copy = fixture_copy(whole.ptr, whole.len);
			NamiErrorClass cls;

			copy[at] ^= (char) (1 << bit);
			if (!accepts(copy, whole.len, &cls))
			{
				assert_true(cls == NAMI_ERR_CORRUPT || cls == NAMI_ERR_UNSUPPORTED ||
							cls == NAMI_ERR_LIMIT);
				refused++;
			}
			free(copy);
		}
	}
	assert_true(refused > whole.len / 4);
	fixture_free(whole);
}

/* With page checksums each bit of a page's body counts. */
static void
page_checksums_are_compared(void **state)
{
	NamiStr		whole = fixture_read(VARIANTS "node-v1-none-crc.parquet");
	NamiErrorClass cls;
	const char *text = memmem(whole.ptr, whole.len, "{\"i\":7,", 7);
	char	   *copy = fixture_copy(whole.ptr, whole.len);

	assert_non_null(text);
	assert_true(accepts(copy, whole.len, &cls));
	copy[text - whole.ptr + 5] = '8';
	assert_false(accepts(copy, whole.len, &cls));
	assert_int_equal(cls, NAMI_ERR_CORRUPT);
	free(copy);
	fixture_free(whole);
}

/* The plain, uncompressed file of a foreign writer: ids can be exchanged in place. */
static void
unordered_ids_are_refused(void **state)
{
	NamiStr		whole = fixture_read("test/fixtures/node-sst/foreign-v1-plain/foreign/sst/level0/"
									 "6c264f9058144ee582d4c8c53b9fd93a-nodes.parquet");
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiError	err = NAMI_ERROR_INIT;
	NamiOwner	owner;
	NamiNodeSst *sst;
	NamiNodeSstKeys keys;
	const char *ids;
	NamiErrorClass cls;
	char	   *copy;

	nami_owner_init(&owner);
	assert_int_equal(nami_node_sst_open(whole, arena, &owner, &sst, &err), NAMI_OK);
	assert_int_equal(nami_node_sst_read_keys(sst, arena, &keys, &err), NAMI_OK);
	assert_int_equal(keys.tombstone_count, 5);
	ids = memmem(whole.ptr, whole.len, keys.ids, 16 * (size_t) keys.row_count);
	assert_non_null(ids);

	copy = fixture_copy(whole.ptr, whole.len);
	memcpy(copy + (ids - whole.ptr) + 16, ids, 16);	/* the first id twice */
	assert_false(accepts(copy, whole.len, &cls));
	assert_int_equal(cls, NAMI_ERR_CORRUPT);
	memcpy(copy + (ids - whole.ptr), ids + 16, 16);	/* the first two exchanged */
	assert_false(accepts(copy, whole.len, &cls));
	assert_int_equal(cls, NAMI_ERR_CORRUPT);
	free(copy);
	nami_owner_release(&owner);
	fixture_free(whole);
	nami_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_both_releases_read_exactly),
		cmocka_unit_test(other_encodings_and_codecs_are_read),
		cmocka_unit_test(other_schemas_and_codecs_are_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(changed_bits_do_no_harm),
		cmocka_unit_test(page_checksums_are_compared),
		cmocka_unit_test(unordered_ids_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
