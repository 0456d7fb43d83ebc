/*
 * format_manifest_test.c - manifests, pointers and keys; every file of test/fixtures/storage, which
 * the product has written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>

#include "format/keys.h"
#include "format/manifest.h"
#include "format/pointer.h"
#include "format/propjson.h"
#include "format/record.h"
#include "format/wal.h"

#define FIXTURES	"test/fixtures/storage"

static NamiArena *arena;

static int
setup(void **state)
{
	arena = nami_arena_create(nami_allocator_malloc(), NULL);
	return 0;
}

static int
teardown(void **state)
{
	nami_arena_destroy(arena);
	return 0;
}

static NamiStr
read_file(const char *path)
{
	FILE	   *file = fopen(path, "rb");
	NamiBuf		buf;
	size_t		got;

	if (file == NULL)
		fail_msg("cannot open %s", path);
	nami_buf_init(&buf, arena);
	while ((got = fread(nami_buf_reserve(&buf, 65536), 1, 65536, file)) > 0)
		buf.len += got;
	fclose(file);
	return nami_buf_str(&buf);
}

/* ---- fixtures ---- */

static unsigned manifests_seen;
static unsigned pointers_seen;
static unsigned segments_seen;
static unsigned records_seen;
static unsigned maps_equal;

static void
check_properties(NamiStr json, const char *path)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	map;
	NamiBuf		buf;

	if (nami_prop_decode(arena, json, NAMI_PROP_KEEP_NULLS, &map, &err) != NAMI_OK)
		fail_msg("%s: %s", path, err.message);
	nami_buf_init(&buf, arena);
	if (nami_prop_encode(&buf, map.entries, map.len, NAMI_PROP_WRITE_NULLS, &err) != NAMI_OK)
		fail_msg("%s: %s", path, err.message);
	if (!nami_str_eq(nami_buf_str(&buf), json))
		fail_msg("%s: %.*s became %.*s", path, NAMI_STR_ARG(json), (int) buf.len,
				 (char *) buf.ptr);
	maps_equal++;
}

/* Decodes every record and writes the whole segment anew: the same bytes must come out. */
static void
check_segment(NamiStr bytes, const char *path)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiWalReader reader;
	NamiWalBuilder builder;
	NamiWalSegment segment;
	NamiWalRecord record;
	bool		has_record;

	assert_int_equal(nami_wal_open(bytes, &reader, &err), NAMI_OK);
	nami_wal_builder_init(&builder, arena);
	for (;;)
	{
		NamiRecord	parsed;

		assert_int_equal(nami_wal_next(&reader, &record, &has_record, &err), NAMI_OK);
		if (!has_record)
			break;
		records_seen++;
		if (record.is_tombstone && record.is_edge)
			nami_wal_delete_edge(&builder, record.lsn, record.edge_type, record.src, record.dst);
		else if (record.is_tombstone)
			nami_wal_delete_node(&builder, record.lsn, record.id);
		else
		{
			NamiBuf		value;

			nami_buf_init(&value, arena);
			nami_record_begin(&value);
			if (record.is_edge)
				assert_int_equal(nami_record_parse_edge(arena, record.value, &parsed, &err),
								 NAMI_OK);
			else
				assert_int_equal(nami_record_parse_node(arena, record.value, &parsed, &err),
								 NAMI_OK);
			check_properties(parsed.properties, path);
			nami_buf_put_str(&value, parsed.properties);
			if (record.is_edge)
			{
				nami_record_end_edge(&value, parsed.schema_version);
				nami_wal_put_edge(&builder, record.lsn, record.edge_type, record.src, record.dst,
								  nami_buf_str(&value));
			}
			else
			{
				nami_record_end_node(&value, parsed.schema_version, parsed.labels,
									 parsed.label_count);
				nami_wal_put_node(&builder, record.lsn, record.id, nami_buf_str(&value));
			}
		}
	}
	assert_int_equal(nami_wal_finish(&builder, &segment, &err), NAMI_OK);
	if (!nami_str_eq(segment.bytes, bytes))
		fail_msg("%s is written otherwise", path);
	segments_seen++;
}

/* path: ".../store/fx/manifest/v....json" */
static void
check_manifest(const char *path)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		body = read_file(path);
	const char *store = strstr(path, "/fx/manifest/");
	NamiManifest manifest;
	NamiJson	again;
	NamiBuf		buf;
	uint64_t	version;
	uint64_t	next_lsn;
	uint64_t	last_lsn = 0;

	if (nami_manifest_parse(arena, body, &manifest, &err) != NAMI_OK)
		fail_msg("%s: %s", path, err.message);
	assert_int_equal(nami_key_parse_manifest(nami_str(path), &version), NAMI_KEY_MATCH);
	assert_true(version == manifest.version);
	for (uint32_t i = 0; i < manifest.wal_segment_count; i++)
	{
		const NamiWalDescriptor *descriptor = &manifest.wal_segments[i];
		NamiStr		key = nami_key_wal(arena, NAMI_STR("fx"), descriptor->seq);
		NamiWalSummary summary;
		NamiStr		bytes;

		assert_true(nami_str_eq(key, descriptor->path));
		bytes = read_file(nami_arena_printf(arena, "%.*s/%.*s", (int) (store - path), path,
											NAMI_STR_ARG(key)));
		assert_int_equal(nami_wal_check(bytes, &summary, &err), NAMI_OK);
		assert_true(descriptor->has_xxh3 && summary.xxh3 == descriptor->xxh3);
		assert_true(summary.last_lsn == descriptor->last_lsn);
		last_lsn = summary.last_lsn > last_lsn ? summary.last_lsn : last_lsn;
	}
	assert_int_equal(nami_manifest_next_lsn(&manifest, &next_lsn, &err), NAMI_OK);
	assert_true(next_lsn == last_lsn + 1);
	/* The parse has taken the tree apart, so this writes it anew. */
	nami_buf_init(&buf, arena);
	nami_json_write(&manifest.root, &buf);
	assert_int_equal(nami_json_parse(arena, nami_buf_str(&buf), 127, &again, &err), NAMI_OK);
	assert_true(nami_json_equal(&manifest.root, &again));
	assert_true(nami_str_eq(nami_buf_str(&buf), body));
	manifests_seen++;
}

static void
check_pointer(const char *path)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		json = read_file(path);
	NamiPointer pointer;
	uint64_t	version;
	NamiBuf		buf;

	assert_int_equal(nami_pointer_parse(arena, json, &pointer, &err), NAMI_OK);
	if (strstr(path, "current.json") == NULL)
	{
		assert_int_equal(nami_key_parse_pointer(nami_str(path), &version), NAMI_KEY_MATCH);
		assert_true(version == pointer.version);
	}
	nami_buf_init(&buf, arena);
	nami_pointer_write(&buf, NAMI_STR("fx"), pointer.version, pointer.epoch);
	assert_true(nami_str_eq(nami_buf_str(&buf), json));
	assert_true(nami_str_eq(nami_key_manifest(arena, NAMI_STR("fx"), pointer.version),
							pointer.manifest_path));
	pointers_seen++;
}

/* The state that expected.json names: version, epoch, labels, [seq, records, last_lsn]. */
static void
check_answers(const char *path)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiJson	expected;
	NamiManifest manifest;
	uint64_t	number;
	NamiJson   *list;
	NamiStr		body;

	assert_int_equal(nami_json_parse(arena, read_file(path), 127, &expected, &err), NAMI_OK);
	assert_true(nami_json_u64(nami_json_get(&expected, NAMI_STR("version")), &number));
	body = read_file(nami_arena_printf(arena, "%.*s/store/fx/manifest/v%016llx.json",
									   (int) (strrchr(path, '/') - path), path,
									   (unsigned long long) number));
	assert_int_equal(nami_manifest_parse(arena, body, &manifest, &err), NAMI_OK);
	assert_true(manifest.version == number);
	assert_true(nami_json_u64(nami_json_get(&expected, NAMI_STR("epoch")), &number));
	assert_true(manifest.epoch == number);
	list = nami_json_get(&expected, NAMI_STR("label_dict"));
	assert_int_equal(nami_json_count(list), manifest.label_count);
	for (uint32_t i = 0; i < manifest.label_count; i++)
	{
		NamiStr		name;

		assert_true(nami_json_string(nami_json_at(list, i), &name));
		assert_true(nami_str_eq(name, manifest.labels[i]));
		assert_int_equal(nami_manifest_label_id(&manifest, name), i);
	}
	list = nami_json_get(&expected, NAMI_STR("wal_segments"));
	assert_int_equal(nami_json_count(list), manifest.wal_segment_count);
	for (uint32_t i = 0; i < manifest.wal_segment_count; i++)
	{
		NamiJson   *triple = nami_json_at(list, i);

		assert_true(nami_json_u64(nami_json_at(triple, 0), &number));
		assert_true(number == manifest.wal_segments[i].seq);
		assert_true(nami_json_u64(nami_json_at(triple, 2), &number));
		assert_true(number == manifest.wal_segments[i].last_lsn);
	}
}

static int
visit(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;

	if (type != FTW_F)
		return 0;
	if (nami_str_ends_with(nami_str(name), NAMI_STR(".wal")))
		check_segment(read_file(path), path);
	else if (strcmp(name, "expected.json") == 0)
		check_answers(path);
	else if (name[0] == 'v')
		check_manifest(path);
	else if (name[0] == 'p' || strcmp(name, "current.json") == 0)
		check_pointer(path);
	nami_arena_reset(arena);
	return 0;
}

static void
every_fixture(void **state)
{
	assert_int_equal(nftw(FIXTURES, visit, 16, FTW_PHYS), 0);
	print_message("%u manifests, %u pointers, %u segments, %u records, %u property maps\n",
				  manifests_seen, pointers_seen, segments_seen, records_seen, maps_equal);
	assert_int_equal(segments_seen, 136);
	assert_true(manifests_seen > 50 && pointers_seen > 50 && maps_equal > 100);
}

/* ---- keys ---- */

static void
path_encoding(void **state)
{
	static const struct
	{
		const char *path;
		const char *key;
	}			cases[] = {
		{"sst/level0/x-edges-fwd-a b.ep.csr", "r/ns/sst/level0/x-edges-fwd-a b.ep.csr"},
		{"sst/x-a:b", "r/ns/sst/x-a:b"},
		{"sst/x-a&b=c+d", "r/ns/sst/x-a&b=c+d"},
		{"x-edges-fwd-a%b.ep.csr", "r/ns/x-edges-fwd-a%25b.ep.csr"},
		{"x-\xc3\x89t\xc3\xa9.csr", "r/ns/x-%C3%89t%C3%A9.csr"},
		{"x-a//b.csr", "r/ns/x-a/b.csr"},
		{"a/./b/../c", "r/ns/a/%2E/b/%2E%2E/c"},
		{"\\{}^%[]\"<>~#|*?`", "r/ns/%5C%7B%7D%5E%25%5B%5D%22%3C%3E%7E%23%7C%2A%3F%60"},
		{"\x01\x7f", "r/ns/%01%7F"},
		{"...", "r/ns/..."},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(nami_str_eq(nami_key_of_path(arena, NAMI_STR("r/ns"), nami_str(cases[i].path)),
								nami_str(cases[i].key)));
}

static void
names(void **state)
{
	uint64_t	number = 0;

	assert_true(nami_str_eq(nami_key_pointer(arena, NAMI_STR("t/a"), 0x1a),
							NAMI_STR("t/a/manifest/pointer/p000000000000001a.json")));
	assert_true(nami_str_eq(nami_key_current(arena, NAMI_STR("a")),
							NAMI_STR("a/manifest/current.json")));
	assert_int_equal(nami_key_parse_pointer(NAMI_STR("a/p00ff.json"), &number), NAMI_KEY_MATCH);
	assert_int_equal(number, 255);
	assert_int_equal(nami_key_parse_pointer(NAMI_STR("p.json"), &number), NAMI_KEY_OTHER);
	assert_int_equal(nami_key_parse_pointer(NAMI_STR("p1.json#1"), &number), NAMI_KEY_OTHER);
	assert_int_equal(nami_key_parse_pointer(NAMI_STR("p11111111111111111.json"), &number),
					 NAMI_KEY_OTHER);
	assert_int_equal(nami_key_parse_wal(NAMI_STR("a/wal/0000000000000010.wal"), &number),
					 NAMI_KEY_MATCH);
	assert_int_equal(number, 16);
	assert_int_equal(nami_key_parse_wal(NAMI_STR("a/wal/x.wal"), &number), NAMI_KEY_BAD_NUMBER);
	assert_int_equal(nami_key_parse_wal(NAMI_STR("a/wal/x.tmp"), &number), NAMI_KEY_OTHER);
}

/* ---- parsing ---- */

#define HEAD	"{\"version\":7,\"epoch\":2,\"writer_id\":\"01a20513-a933-7820-af79-dc8f36984603\"," \
				"\"created_at\":\"2026-11-22T21:05:04.3Z\""
#define SCHEMA	",\"schema\":{\"version\":0,\"labels\":{},\"edge_types\":{}}"
#define SST_HEAD ",\"ssts\":[{\"id\":\"01a2050b51857e00a13e72aa43959f39\",\"scope\":\"\",\"level\":0," \
	"\"path\":\"sst/x\",\"size_bytes\":1,\"row_count\":2,\"created_at\":\"2026-11-22T20:55:57+00:00\"," \
	"\"min_key\":\"AAAAAAAAAAAAAAAAAAAAKA==\",\"max_key\":\"//AAAAAAAAAAAAAAAAAAAw==\",\"min_lsn\":3," \
	"\"schema_version_min\":0,\"schema_version_max\":0," \
	"\"kind_specific\":{\"kind\":\"Nodes\",\"tombstone_count\":1}"

static void
parse_rules(void **state)
{
	static const struct
	{
		const char *json;
		NamiErrorClass cls;
		const char *part;
	}			cases[] = {
		{HEAD SCHEMA "}", NAMI_ERR_NONE, ""},
		{HEAD SCHEMA ",\"new\":{\"a\":[1]}}", NAMI_ERR_NONE, ""},
		{HEAD SCHEMA SST_HEAD ",\"kind\":\"Nodes\",\"max_lsn\":9,\"bloom\":null}]}", NAMI_ERR_NONE, ""},
		{HEAD SCHEMA SST_HEAD ",\"kind\":\"Nodes\"}]}", NAMI_ERR_CORRUPT, "ssts[].max_lsn"},
		{HEAD SCHEMA SST_HEAD ",\"kind\":\"Nodes\",\"max_lsn\":9,\"bloom\":1}]}", NAMI_ERR_CORRUPT,
		"ssts[].bloom"},
		{HEAD SCHEMA SST_HEAD ",\"kind\":\"Nodes\",\"max_lsn\":9,\"property_stats\":null}]}",
		NAMI_ERR_CORRUPT, "ssts[].property_stats"},
		{HEAD SCHEMA SST_HEAD ",\"kind\":\"Hologram\",\"max_lsn\":9}]}", NAMI_ERR_UNSUPPORTED,
		"Hologram"},
		{HEAD "}", NAMI_ERR_CORRUPT, "schema"},
		{HEAD SCHEMA ",\"version\":8}", NAMI_ERR_CORRUPT, "twice"},
		{HEAD SCHEMA ",\"ssts\":null}", NAMI_ERR_CORRUPT, "ssts"},
		{HEAD SCHEMA ",\"search_lsm\":null}", NAMI_ERR_CORRUPT, "search_lsm"},
		{HEAD SCHEMA ",\"label_dict\":[1]}", NAMI_ERR_CORRUPT, "label_dict"},
		{HEAD SCHEMA ",\"wal_segments\":[{\"seq\":1,\"path\":\"\"}]}", NAMI_ERR_CORRUPT,
		"wal_segments[].last_lsn"},
		{HEAD SCHEMA ",\"wal_segments\":[{\"seq\":-1,\"path\":\"\",\"last_lsn\":1}]}",
		NAMI_ERR_CORRUPT, "wal_segments[].seq"},
		{HEAD SCHEMA "} x", NAMI_ERR_CORRUPT, "malformed JSON"},
		{HEAD ",\"schema\":{\"version\":0,\"labels\":{},\"edge_types\":{},\"constraints\":[{\"name\":"
		"\"c\",\"label\":\"L\",\"properties\":[\"p\"],\"kind\":\"Exists\"}]}}", NAMI_ERR_UNSUPPORTED,
		"Exists"},
		{HEAD ",\"schema\":{\"version\":0,\"labels\":{\"L\":{\"name\":\"L\",\"properties\":[{\"name\":"
		"\"p\",\"data_type\":\"Quaternion\"}]}},\"edge_types\":{}}}", NAMI_ERR_UNSUPPORTED,
		"Quaternion"},
		{HEAD ",\"schema\":{\"version\":0,\"labels\":{\"L\":{\"name\":\"L\",\"properties\":[{\"name\":"
		"\"p\",\"data_type\":{\"FloatVector\":{\"dim\":3}}}]}},\"edge_types\":{}}}", NAMI_ERR_NONE, ""},
		{"[]", NAMI_ERR_CORRUPT, "not an object"},
		{"", NAMI_ERR_CORRUPT, "malformed JSON"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiError	err = NAMI_ERROR_INIT;
		NamiManifest manifest;
		NamiStatus	status = nami_manifest_parse(arena, nami_str(cases[i].json), &manifest, &err);

		if (err.cls != cases[i].cls || strstr(err.message, cases[i].part) == NULL)
			fail_msg("case %zu: %s", i, err.message);
		assert_int_equal(status, cases[i].cls == NAMI_ERR_NONE ? NAMI_OK : NAMI_FAILED);
		if (i == 2)
		{
			uint64_t	lsn;

			assert_int_equal(manifest.sst_count, 1);
			assert_int_equal(manifest.ssts[0].min_key.bytes[15], 40);
			assert_int_equal(manifest.ssts[0].max_key.bytes[0], 0xFF);
			assert_int_equal(manifest.ssts[0].tombstone_count, 1);
			assert_int_equal(nami_manifest_next_lsn(&manifest, &lsn, &err), NAMI_OK);
			assert_int_equal(lsn, 10);
		}
	}
}

/* ---- the next version ---- */

static void
unknown_members_survive(void **state)
{
	static const char base_json[] =
		HEAD ",\"future\":{\"x\":[1e2,18446744073709551615,\"\\u0041\"]},\"schema\":{\"version\":0,"
		"\"labels\":{\"P\":{\"name\":\"P\",\"properties\":[{\"name\":\"k\",\"data_type\":\"Int64\","
		"\"nullable\":true,\"zz\":9}],\"extra\":1}},\"edge_types\":{},\"more\":null},"
		"\"wal_segments\":[{\"seq\":1,\"path\":\"p\",\"last_lsn\":5,\"xxh3\":11899061228465647236,"
		"\"q\":1}],\"label_dict\":[\"P\"],\"search_lsm\":[{\"kind\":\"text\",\"index_name\":\"t\"}]}";
	static const char expected[] =
		"{\"version\":8,\"epoch\":3,\"writer_id\":\"00000000-0000-7000-8000-000000000001\","
		"\"created_at\":\"2001-02-03T04:05:06.000000007Z\","
		"\"future\":{\"x\":[1e2,18446744073709551615,\"\\u0041\"]},\"schema\":{\"version\":0,"
		"\"labels\":{\"P\":{\"name\":\"P\",\"properties\":[{\"name\":\"k\",\"data_type\":\"Int64\","
		"\"nullable\":true,\"zz\":9,\"unique\":true}],\"extra\":1}},\"edge_types\":{},\"more\":null,"
		"\"constraints\":[{\"name\":\"uniq_P_k\",\"label\":\"P\",\"properties\":[\"k\"],"
		"\"kind\":\"Unique\"}]},"
		"\"wal_segments\":[{\"seq\":1,\"path\":\"p\",\"last_lsn\":5,\"xxh3\":11899061228465647236,"
		"\"q\":1},{\"seq\":2,\"path\":\"fx/wal/0000000000000002.wal\",\"last_lsn\":9,"
		"\"xxh3\":18446744073709551615}],\"label_dict\":[\"P\",\"N\\\"w\"],"
		"\"search_lsm\":[{\"kind\":\"text\",\"index_name\":\"t\"}]}";
	NamiStr		property = NAMI_STR("k");
	NamiKeyDef	constraint = {NAMI_STR("uniq_P_k"), NAMI_STR("P"), &property, 1};
	NamiError	err = NAMI_ERROR_INIT;
	NamiManifest base;
	NamiManifest again;
	NamiManifestNext next;
	NamiUuid	writer;
	NamiBuf		out;

	assert_true(nami_uuid_parse(NAMI_STR("00000000-0000-7000-8000-000000000001"), &writer));
	assert_int_equal(nami_manifest_parse(arena, nami_str(base_json), &base, &err), NAMI_OK);
	assert_true(base.has_search_lsm);
	assert_int_equal(nami_manifest_next_init(&next, arena, &base, &err), NAMI_OK);
	nami_manifest_next_set_writer(&next, 3, writer, 981173106, 7);
	nami_manifest_next_add_wal(&next, 2, nami_key_wal(arena, NAMI_STR("fx"), 2), 9, UINT64_MAX);
	assert_int_equal(nami_manifest_next_intern_label(&next, NAMI_STR("P")), 0);
	assert_int_equal(nami_manifest_next_intern_label(&next, NAMI_STR("N\"w")), 1);
	assert_int_equal(nami_manifest_next_intern_label(&next, NAMI_STR("N\"w")), 1);
	nami_manifest_next_declare_property(&next, NAMI_STR("P"), property, NAMI_DATA_UTF8, 0, true,
										false);
	assert_true(nami_manifest_next_add_constraint(&next, &constraint));
	assert_false(nami_manifest_next_add_constraint(&next, &constraint));
	nami_buf_init(&out, arena);
	nami_manifest_next_write(&next, &out);
	assert_true(nami_str_eq(nami_buf_str(&out), nami_str(expected)));
	assert_int_equal(nami_manifest_parse(arena, nami_buf_str(&out), &again, &err), NAMI_OK);
	assert_true(again.constraint_count == 1 && again.label_defs[0].properties[0].unique);
	/* The base is as it was. */
	nami_buf_init(&out, arena);
	nami_json_write(&base.root, &out);
	assert_true(nami_str_eq(nami_buf_str(&out), nami_str(base_json)));
}

static void
schema_statements(void **state)
{
	NamiStr		pair[] = {NAMI_STR_INIT("a"), NAMI_STR_INIT("b")};
	NamiKeyDef	index = {NAMI_STR("two"), NAMI_STR("L"), pair, 2};
	NamiKeyDef	text = {NAMI_STR("t"), NAMI_STR("L"), pair, 2};
	NamiVectorIndexDef vector = {NAMI_STR("v"), NAMI_STR("L"), NAMI_STR("e"), 3, NAMI_STR("cosine"),
	64, 128, 1.2, NAMI_STR("none")};
	NamiError	err = NAMI_ERROR_INIT;
	NamiUuid	writer = {{0}};
	NamiManifest base;
	NamiManifest again;
	NamiManifestNext next;
	const NamiLabelDef *label;
	NamiBuf		out;

	nami_buf_init(&out, arena);
	nami_manifest_write_initial(&out, writer, 0, 0);
	assert_int_equal(nami_manifest_parse(arena, nami_buf_str(&out), &base, &err), NAMI_OK);
	assert_true(base.version == 0 && base.epoch == 0 && base.sst_count == 0);
	assert_int_equal(nami_manifest_next_init(&next, arena, &base, &err), NAMI_OK);
	nami_manifest_next_declare_property(&next, NAMI_STR("L"), pair[0], NAMI_DATA_INT64, 0, false, true);
	nami_manifest_next_declare_property(&next, NAMI_STR("L"), NAMI_STR("e"), NAMI_DATA_FLOAT_VECTOR,
										3, false, false);
	assert_true(nami_manifest_next_add_index(&next, &index));
	assert_true(nami_manifest_next_add_text_index(&next, &text));
	assert_true(nami_manifest_next_add_vector_index(&next, &vector));
	assert_false(nami_manifest_next_add_vector_index(&next, &vector));
	nami_buf_init(&out, arena);
	nami_manifest_next_write(&next, &out);
	assert_int_equal(nami_manifest_parse(arena, nami_buf_str(&out), &again, &err), NAMI_OK);
	assert_int_equal(again.version, 1);
	label = nami_manifest_label_def(&again, NAMI_STR("L"));
	assert_non_null(label);
	assert_true(nami_label_def_property(label, pair[0])->indexed);
	assert_int_equal(nami_label_def_property(label, NAMI_STR("e"))->dimension, 3);
	assert_null(nami_label_def_property(label, NAMI_STR("x")));
	assert_true(again.index_count == 1 && again.text_index_count == 1);
	assert_true(again.vector_index_count == 1 && again.vector_indexes[0].alpha == 1.2);
	assert_non_null(strstr(nami_arena_printf(arena, "%.*s", (int) out.len, (char *) out.ptr),
						   "\"alpha\":1.2,"));

	assert_int_equal(nami_manifest_next_init(&next, arena, &again, &err), NAMI_OK);
	assert_true(nami_manifest_next_drop_index(&next, NAMI_STR("two")));
	assert_false(nami_manifest_next_drop_index(&next, NAMI_STR("two")));
	assert_true(nami_manifest_next_drop_vector_index(&next, NAMI_STR("v")));
	assert_true(nami_manifest_next_drop_text_index(&next, NAMI_STR("t")));
	assert_false(nami_manifest_next_drop_constraint(&next, NAMI_STR("t")));
	assert_true(nami_manifest_next_clear_property(&next, NAMI_STR("L"), pair[0], false, true));
	assert_false(nami_manifest_next_clear_property(&next, NAMI_STR("M"), pair[0], false, true));
	nami_buf_init(&out, arena);
	nami_manifest_next_write(&next, &out);
	assert_int_equal(nami_manifest_parse(arena, nami_buf_str(&out), &again, &err), NAMI_OK);
	assert_true(again.index_count + again.text_index_count + again.vector_index_count == 0);
	assert_false(again.label_defs[0].properties[0].indexed);
}

static void
flushed_version(void **state)
{
	static const char sst[] = "{\"id\":\"01a2050b-5185-7e00-a13e-72aa43959f39\",\"kind\":\"X\"}";
	NamiError	err = NAMI_ERROR_INIT;
	NamiManifest base;
	NamiManifestNext next;
	NamiUuid	id;
	NamiBuf		out;
	const char *text;

	assert_int_equal(nami_manifest_parse(arena, NAMI_STR(HEAD SCHEMA
														 ",\"wal_segments\":[{\"seq\":1,\"path\":"
														 "\"\",\"last_lsn\":1},{\"seq\":2,\"path\":"
														 "\"\",\"last_lsn\":2}]}"), &base, &err),
					 NAMI_OK);
	assert_int_equal(nami_manifest_next_init(&next, arena, &base, &err), NAMI_OK);
	nami_manifest_next_drop_wal(&next, 1);
	nami_manifest_next_add_sst(&next, nami_str(sst));
	nami_buf_init(&out, arena);
	nami_manifest_next_write(&next, &out);
	nami_buf_put_u8(&out, 0);
	text = (const char *) out.ptr;
	assert_null(strstr(text, "\"seq\":1"));
	assert_non_null(strstr(text, "\"seq\":2"));
	assert_non_null(strstr(text, sst));
	assert_true(nami_uuid_parse(NAMI_STR("01a2050b51857e00a13e72aa43959f39"), &id));
	assert_true(nami_manifest_next_remove_sst(&next, id));
	assert_false(nami_manifest_next_remove_sst(&next, id));
	nami_manifest_next_drop_wal(&next, UINT64_MAX);
	nami_buf_init(&out, arena);
	nami_manifest_next_write(&next, &out);
	nami_buf_put_u8(&out, 0);
	assert_non_null(strstr((const char *) out.ptr, "\"wal_segments\":[],\"ssts\":[]"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_fixture, setup, teardown),
		cmocka_unit_test_setup_teardown(path_encoding, setup, teardown),
		cmocka_unit_test_setup_teardown(names, setup, teardown),
		cmocka_unit_test_setup_teardown(parse_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_members_survive, setup, teardown),
		cmocka_unit_test_setup_teardown(schema_statements, setup, teardown),
		cmocka_unit_test_setup_teardown(flushed_version, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
