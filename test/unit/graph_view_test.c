/*
 * graph_view_test.c - views of namespaces that the product wrote (test/fixtures/node-sst, edge-sst),
 * against what it answered; and inputs that cannot be read.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/json.h"
#include "fixture_file.h"
#include "graph_kinds.h"
#include "format/propjson.h"
#include "format/wal.h"
#include "graph/compare.h"
#include "graph/namespace.h"
#include "base/value_ops.h"
#include "graph/view_internal.h"
#include "store/store.h"

typedef struct Opened
{
	NamiArena  *arena;
	NamiOwner	owner;
	NamiStore  *store;
	NamiNamespace *ns;
	NamiView   *view;
	NamiSnapshot snapshot;
	NamiJson	expected;
	char		temporary[64];	/* empty: the store lies in the fixture's folder */
} Opened;

static NamiStr
read_file(NamiArena *arena, const char *path)
{
	NamiStr		text = fixture_read(path);
	NamiStr		copy = nami_arena_str(arena, text);

	free((void *) text.ptr);
	return copy;
}

static void
must(NamiStatus status, const NamiError *err)
{
	if (status != NAMI_OK)
		fail_msg("%s", err->message);
}

/* Large stores are packed: into a folder of their own, removed by close_fixture. */
static void
unpack(Opened *opened, char *root, const char **sub)
{
	char	   *packed = nami_arena_printf(opened->arena, "%s/store.tar.xz", root);

	opened->temporary[0] = '\0';
	if (access(packed, R_OK) != 0)
		return;
	strcpy(opened->temporary, "/tmp/namidb-test-XXXXXX");
	assert_non_null(mkdtemp(opened->temporary));
	assert_int_equal(system(nami_arena_printf(opened->arena, "tar -xJf '%s' -C '%s'", packed,
											  opened->temporary)), 0);
	strcpy(root, opened->temporary);
	*sub = "/store";
}

/* The fixture's folder holds expected.json; its store root is the folder, or "store" in it. */
static void
open_fixture(Opened *opened, const char *folder, const char *sub)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStoreOptions options = {0};
	NamiStoreUri uri;
	char		root[PATH_MAX];
	NamiStr		name;
	char	   *text;

	opened->arena = nami_arena_create(nami_allocator_malloc(), NULL);
	nami_owner_init(&opened->owner);
	must(nami_json_parse(opened->arena,
						 read_file(opened->arena, nami_arena_printf(opened->arena,
																	"%s/expected.json", folder)),
						 64, &opened->expected, &err), &err);
	assert_true(nami_json_string(nami_json_get(&opened->expected, NAMI_STR("namespace")), &name));
	assert_non_null(realpath(folder, root));
	unpack(opened, root, &sub);
	text = nami_arena_printf(opened->arena, "file://%s%s?ns=%.*s", root, sub, NAMI_STR_ARG(name));
	must(nami_store_uri_parse(opened->arena, nami_str(text), &uri, &err), &err);
	must(nami_store_open(&uri, &options, nami_host_default(), nami_allocator_malloc(),
						 &opened->owner, &opened->store, &err), &err);
	opened->ns = nami_namespace_create(nami_host_default(), nami_allocator_malloc(), opened->store,
									   name);
	must(nami_namespace_current(opened->ns, 0, &opened->owner, &opened->view, &err), &err);
	opened->snapshot = (NamiSnapshot) {.view = opened->view, .mark = NAMI_MARK_NOW};
}

static void
close_fixture(Opened *opened)
{
	nami_view_release(opened->view);
	nami_namespace_destroy(opened->ns);
	nami_store_close(opened->store);
	nami_owner_release(&opened->owner);
	if (opened->temporary[0] != '\0')
		assert_int_equal(system(nami_arena_printf(opened->arena, "rm -rf '%s'",
												  opened->temporary)), 0);
	nami_arena_destroy(opened->arena);
}

static NamiId
parse_id(NamiStr text)
{
	NamiUuid	uuid;
	NamiId		id;

	assert_true(nami_uuid_parse(text, &uuid));
	memcpy(id.bytes, uuid.bytes, 16);
	return id;
}

static NamiId
id_member(NamiJson *object, const char *name)
{
	NamiStr		text;

	assert_true(nami_json_string(nami_json_get(object, nami_str(name)), &text));
	return parse_id(text);
}

/* ---- nodes --------------------------------------------------------------------------------- */

/* "MATCH (n) RETURN count(*) AS c" or "MATCH (n:Label) RETURN count(*) AS c ...", rows [{c, ...}]. */
static bool
check_count(Opened *opened, NamiStr cypher, NamiJson *rows)
{
	NamiStr		begin = NAMI_STR("MATCH (n");
	NamiStr		end = NAMI_STR(" RETURN count(*) AS c");
	NamiCatalog *catalog = nami_snapshot_catalog(&opened->snapshot);
	NamiLabelId label;
	const char *close;
	uint64_t	expected;

	if (!nami_str_starts_with(cypher, begin))
		return false;
	cypher = nami_str_slice(cypher, begin.len, cypher.len);
	close = memchr(cypher.ptr, ')', cypher.len);
	if (close == NULL || !nami_str_starts_with((NamiStr) {close + 1, cypher.len -
											   (size_t) (close + 1 - cypher.ptr)}, end) ||
		memchr(cypher.ptr, '{', (size_t) (close - cypher.ptr)) != NULL ||
		!nami_json_u64(nami_json_get(nami_json_at(rows, 0), NAMI_STR("c")), &expected))
		return false;
	if (close == cypher.ptr)
	{
		assert_int_equal(nami_snapshot_count_nodes(&opened->snapshot, NULL, 0), expected);
		return true;
	}
	label = nami_catalog_find(catalog, NAMI_NAME_LABEL,
							  (NamiStr) {cypher.ptr + 1, (size_t) (close - cypher.ptr - 1)});
	assert_int_equal(nami_snapshot_count_nodes(&opened->snapshot, &label, 1), expected);
	return true;
}

/* A number, or {"$float":"1.75"}. */
static bool
json_number(NamiJson *json, double *out)
{
	NamiStr		text;

	if (nami_json_double(json, out))
		return true;
	if (!nami_json_string(nami_json_get(json, NAMI_STR("$float")), &text))
		return false;
	*out = strtod(text.ptr, NULL);
	return true;
}

/* The JSON of the answers against a value: kinds that JSON has, and lists of them. */
static void
check_value(NamiJson *json, NamiValue value)
{
	int64_t		integer;
	double		number;
	NamiStr		text;
	bool		boolean;

	switch (json->kind)
	{
		case NAMI_JSON_BOOL:
			assert_true(nami_json_bool(json, &boolean));
			assert_int_equal(value.kind, NAMI_BOOL);
			assert_int_equal(value.boolean, boolean);
			break;
		case NAMI_JSON_STRING:
			assert_true(nami_json_string(json, &text));
			assert_int_equal(value.kind, NAMI_STRING);
			assert_true(nami_str_eq(nami_value_str(value), text));
			break;
		case NAMI_JSON_NUMBER:
			if (value.kind == NAMI_INT)
			{
				assert_true(nami_json_i64(json, &integer));
				assert_int_equal(value.integer, integer);
			}
			else
			{
				assert_int_equal(value.kind, NAMI_FLOAT);
				assert_true(json_number(json, &number));
				assert_true(value.number == number);
			}
			break;
		case NAMI_JSON_ARRAY:
			assert_true(value.kind == NAMI_LIST || value.kind == NAMI_VECTOR);
			assert_int_equal(value.len, nami_json_count(json));
			for (uint32_t i = 0; i < value.len && value.kind == NAMI_VECTOR; i++)
			{
				assert_true(json_number(nami_json_at(json, i), &number));
				assert_true(value.floats[i] == (float) number);
			}
			break;
		default:
			if (json_number(json, &number))
			{
				assert_int_equal(value.kind, NAMI_FLOAT);
				assert_true(value.number == number);
			}
			break;				/* dates and the like: compared by the tests of the format */
	}
}

static uint32_t
count_members(NamiJson *object)
{
	uint32_t	count = 0;

	for (uint32_t i = 0; i < nami_json_count(object); i++)
		count += nami_json_at(object, i)->kind != NAMI_JSON_NULL;
	return count;
}

static void
check_properties(Opened *opened, NamiJson *properties, NamiValue map)
{
	assert_int_equal(map.kind, NAMI_MAP);
	assert_int_equal(map.len, count_members(properties));
	for (uint32_t i = 0; i < nami_json_count(properties); i++)
	{
		NamiJson   *member = nami_json_at(properties, i);
		const NamiValue *value = nami_value_map_get(map, member->key);

		if (member->kind == NAMI_JSON_NULL)
			continue;
		assert_non_null(value);
		check_value(member, *value);
	}
}

static void
check_node_lookup(Opened *opened, NamiJson *lookup, NamiJson *result)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		text;
	NamiId		id;
	NamiOrd		ord;
	NamiValue	map;
	NamiJson   *labels;
	const NamiLabelId *numbers;
	uint32_t	count;

	assert_true(nami_json_string(nami_json_at(lookup, 1), &text));
	id = parse_id(text);
	ord = nami_snapshot_find_node(&opened->snapshot, &id);
	if (result->kind == NAMI_JSON_NULL)
	{
		NamiLabelId label;

		assert_true(nami_json_string(nami_json_at(lookup, 0), &text));
		label = nami_catalog_find(nami_snapshot_catalog(&opened->snapshot), NAMI_NAME_LABEL, text);
		assert_true(ord == NAMI_ORD_NONE || !nami_snapshot_has_label(&opened->snapshot, ord, label));
		return;
	}
	assert_int_not_equal(ord, NAMI_ORD_NONE);
	labels = nami_json_get(result, NAMI_STR("labels"));
	count = nami_snapshot_labels(&opened->snapshot, ord, opened->arena, &numbers);
	assert_int_equal(count, nami_json_count(labels));
	for (uint32_t i = 0; i < count; i++)
	{
		assert_true(nami_json_string(nami_json_at(labels, i), &text));
		assert_true(nami_snapshot_has_label(&opened->snapshot, ord,
											nami_catalog_find(nami_snapshot_catalog(&opened->snapshot),
															  NAMI_NAME_LABEL, text)));
	}
	must(nami_snapshot_node_map(&opened->snapshot, ord, opened->arena, &map, &err), &err);
	check_properties(opened, nami_json_get(result, NAMI_STR("properties")), map);
}

static void
test_node_fixtures(void **state)
{
	static const char *const names[] = {
		"fallback-v2619", "flushed-v214", "flushed-v2619", "foreign-v1-plain", "foreign-v2-zstd",
		"indexed-v214", "indexed-v2619", "levels-v2619", "rowgroups-v2619", "tombstones-v214"
	};
	unsigned	counts = 0;
	unsigned	lookups = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		char		folder[256];
		Opened		opened;
		NamiJson   *answers;

		snprintf(folder, sizeof(folder), "test/fixtures/node-sst/%s", names[i]);
		open_fixture(&opened, folder, "");
		check_kinds(&opened.snapshot, opened.arena);
		answers = nami_json_get(&opened.expected, NAMI_STR("answers"));
		for (uint32_t a = 0; a < nami_json_count(answers); a++)
		{
			NamiJson   *answer = nami_json_at(answers, a);
			NamiJson   *result = nami_json_get(answer, NAMI_STR("result"));
			NamiJson   *lookup = nami_json_get(answer, NAMI_STR("lookup"));
			NamiStr		text;

			if (nami_json_string(nami_json_get(answer, NAMI_STR("cypher")), &text))
				counts += check_count(&opened, text, nami_json_get(answer, NAMI_STR("rows")));
			if (lookup != NULL)
			{
				check_node_lookup(&opened, lookup, result);
				lookups++;
			}
			if (nami_json_string(nami_json_get(answer, NAMI_STR("scan")), &text))
			{
				NamiLabelId label = nami_catalog_find(nami_snapshot_catalog(&opened.snapshot),
													  NAMI_NAME_LABEL, text);
				uint64_t	expected;

				assert_true(nami_json_u64(result, &expected));
				assert_int_equal(nami_snapshot_count_nodes(&opened.snapshot, &label, 1), expected);
			}
		}
		close_fixture(&opened);
	}
	assert_true(counts >= 20);
	assert_true(lookups >= 10);
}

/* ---- relationships ------------------------------------------------------------------------- */

static void
check_edges(Opened *opened, NamiTypeId type, NamiJson *edges)
{
	NamiError	err = NAMI_ERROR_INIT;

	for (uint32_t i = 0; i < nami_json_count(edges); i++)
	{
		NamiJson   *edge = nami_json_at(edges, i);
		NamiId		src_id = id_member(edge, "src");
		NamiId		dst_id = id_member(edge, "dst");
		NamiOrd		src = nami_view_find_id(opened->view, &src_id);
		NamiOrd		dst = nami_view_find_id(opened->view, &dst_id);
		NamiEdgePos pos = nami_snapshot_find_edge(&opened->snapshot, type, src, dst);
		NamiValue	map;

		assert_int_not_equal(pos, NAMI_POS_NONE);
		must(nami_snapshot_edge_map(&opened->snapshot, type, pos, opened->arena, &map, &err), &err);
		assert_int_equal(map.len, count_members(nami_json_get(edge, NAMI_STR("properties"))));
		for (uint32_t k = 0; k < map.len; k++)
		{
			NamiJson   *member = nami_json_get(nami_json_get(edge, NAMI_STR("properties")),
											   map.entries[k].key);

			assert_non_null(member);
			check_value(member, map.entries[k].value);
		}
	}
}

/* Every end that the image has, live or not: the product's adjacency is of records. */
static void
check_adjacency(Opened *opened, NamiJson *item)
{
	NamiId		id = id_member(item, "node");
	NamiOrd		ord = nami_view_find_id(opened->view, &id);
	NamiStr		type_name;
	NamiStr		direction;
	NamiTypeId	type;
	const NamiEdgeImage *image;
	NamiJson   *partners = nami_json_get(item, NAMI_STR("partners"));
	uint64_t	degree;
	uint32_t	begin = 0;
	uint32_t	end = 0;
	const NamiCsr *csr;

	assert_true(nami_json_string(nami_json_get(item, NAMI_STR("type")), &type_name));
	assert_true(nami_json_string(nami_json_get(item, NAMI_STR("dir")), &direction));
	assert_true(nami_json_u64(nami_json_get(item, NAMI_STR("degree")), &degree));
	type = nami_catalog_find(nami_snapshot_catalog(&opened->snapshot), NAMI_NAME_TYPE, type_name);
	image = nami_view_edge_image(opened->view, type);
	if (image == NULL)
	{
		assert_int_equal(degree, 0);	/* all of the type's relationships were deleted */
		return;
	}
	csr = nami_str_eq(direction, NAMI_STR("out")) ? &image->out : &image->in;
	if (ord != NAMI_ORD_NONE)
		nami_csr_slice(csr, ord, &begin, &end);
	assert_int_equal(end - begin, degree);
	for (uint32_t i = 0; i < nami_json_count(partners); i++)
	{
		NamiStr		text;
		NamiId		partner;
		NamiOrd		other;
		bool		found = false;

		assert_true(nami_json_string(nami_json_at(partners, i), &text));
		partner = parse_id(text);
		other = nami_view_find_id(opened->view, &partner);
		for (uint32_t k = begin; k < end; k++)
			found = found || csr->other[k] == other;
		assert_true(found);
	}
}

static void
test_edge_fixtures(void **state)
{
	static const char *const names[] = {
		"bigprops-2.6.19", "compacted-2.1.4", "compacted-2.6.19", "declared-2.6.19",
		"fence70k-2.1.4", "hub8000-2.6.19", "layers-2.1.4", "layers-2.6.19", "small-2.1.4", "small-2.6.19",
		"types-2.1.4", "types-2.6.19"
	};
	unsigned	checked = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		char		folder[256];
		Opened		opened;
		NamiJson   *types;
		NamiJson   *adjacency;

		snprintf(folder, sizeof(folder), "test/fixtures/edge-sst/%s", names[i]);
		open_fixture(&opened, folder, "/store");
		check_kinds(&opened.snapshot, opened.arena);
		types = nami_json_get(&opened.expected, NAMI_STR("edge_types"));
		for (uint32_t t = 0; t < nami_json_count(types); t++)
		{
			NamiJson   *item = nami_json_at(types, t);
			NamiTypeId	type = nami_catalog_find(nami_snapshot_catalog(&opened.snapshot),
												 NAMI_NAME_TYPE, item->key);
			const NamiEdgeImage *image = nami_view_edge_image(opened.view, type);
			uint64_t	count;

			if (image == NULL)
				fail_msg("%s: no type %.*s", names[i], NAMI_STR_ARG(item->key));
			assert_true(nami_json_u64(nami_json_get(item, NAMI_STR("count")), &count));
			assert_int_equal(image->count, count);
			check_edges(&opened, type, nami_json_get(item, NAMI_STR("edges")));
			check_edges(&opened, type, nami_json_get(item, NAMI_STR("sample")));
			checked++;
		}
		adjacency = nami_json_get(&opened.expected, NAMI_STR("adjacency"));
		for (uint32_t a = 0; a < nami_json_count(adjacency); a++)
			check_adjacency(&opened, nami_json_at(adjacency, a));
		close_fixture(&opened);
	}
	assert_true(checked >= 40);
}

/* ---- rows that cannot be read, inputs that are damaged ------------------------------------- */

typedef struct Built
{
	NamiArena  *arena;
	NamiOwner	owner;
	NamiCatalog *catalog;
	NamiView   *view;
	NamiSnapshot snapshot;
} Built;

static const NamiStr labels[] = {NAMI_STR_INIT("P"), NAMI_STR_INIT("Q")};

static NamiUuid
uuid_of(uint8_t n)
{
	return (NamiUuid) {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, n}};
}

static NamiId
id_of(uint8_t n)
{
	NamiUuid	uuid = uuid_of(n);
	NamiId		id;

	memcpy(id.bytes, uuid.bytes, 16);
	return id;
}

static void
built_init(Built *built)
{
	memset(built, 0, sizeof(*built));
	built->arena = nami_arena_create(nami_allocator_malloc(), NULL);
	nami_owner_init(&built->owner);
	built->catalog = nami_catalog_create(built->arena);
}

static void
built_end(Built *built)
{
	if (built->view != NULL)
		nami_view_release(built->view);
	nami_arena_destroy(built->arena);
}

static NamiViewSegment
poison_segment(Built *built)
{
	NamiWalBuilder wal;
	NamiWalSegment segment;
	NamiError	err = NAMI_ERROR_INIT;

	nami_wal_builder_init(&wal, built->arena);
	nami_wal_put_node(&wal, 1, uuid_of(1), NAMI_STR("{\"properties\":{\"k\":1},\"labels\":[0]}"));
	nami_wal_put_node(&wal, 2, uuid_of(2),
					  NAMI_STR("{\"properties\":{\"k\":2,\"z\":{\"foo\":1}},\"labels\":[0]}"));
	nami_wal_put_node(&wal, 3, uuid_of(3), NAMI_STR("{\"properties\":"));
	nami_wal_put_node(&wal, 4, uuid_of(4),
					  NAMI_STR("{\"properties\":{\"k\":4},\"labels\":[1,77,1]}"));
	nami_wal_put_edge(&wal, 5, NAMI_STR("R"), uuid_of(1), uuid_of(2),
					  NAMI_STR("{\"properties\":{\"w\":[null]}}"));
	nami_wal_put_edge(&wal, 6, NAMI_STR("R"), uuid_of(1), uuid_of(4),
					  NAMI_STR("{\"properties\":{\"w\":7}}"));
	must(nami_wal_finish(&wal, &segment, &err), &err);
	return (NamiViewSegment) {1, segment.bytes};
}

/* The four nodes and two relationships of poison_segment, wherever they lie. */
static void
check_poison(Built *built)
{
	const NamiSnapshot *snapshot = &built->snapshot;
	NamiKeyId	key = nami_catalog_find(built->catalog, NAMI_NAME_KEY, NAMI_STR("k"));
	NamiKeyId	weight = nami_catalog_find(built->catalog, NAMI_NAME_KEY, NAMI_STR("w"));
	NamiTypeId	type = nami_catalog_find(built->catalog, NAMI_NAME_TYPE, NAMI_STR("R"));
	NamiLabelId label = nami_catalog_find(built->catalog, NAMI_NAME_LABEL, NAMI_STR("P"));
	NamiLabelId other = nami_catalog_find(built->catalog, NAMI_NAME_LABEL, NAMI_STR("Q"));
	static const bool readable[] = {false, true, false, false, true};
	NamiOrd		ords[5];
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	value;
	NamiValue	two = nami_value_int(2);
	NamiValue	four = nami_value_int(4);
	const NamiOrd *found;
	uint32_t	count;
	NamiEdgePos pos;

	assert_int_equal(nami_snapshot_count_nodes(snapshot, NULL, 0), 4);
	for (uint8_t n = 1; n <= 4; n++)
	{
		NamiId		id = id_of(n);
		NamiStatus	status;

		ords[n] = nami_snapshot_find_node(snapshot, &id);
		assert_int_not_equal(ords[n], NAMI_ORD_NONE);
		status = nami_snapshot_node_property(snapshot, key, &ords[n], 1, built->arena, &value, &err);
		assert_int_equal(status == NAMI_OK, readable[n]);
		assert_int_equal(nami_snapshot_node_map(snapshot, ords[n], built->arena, &value,
												&err) == NAMI_OK, readable[n]);
		if (!readable[n])
		{
			char		id_text[64];

			assert_int_equal(err.cls, NAMI_ERR_CORRUPT);
			snprintf(id_text, sizeof(id_text), "01020304-0506-7008-800a-0b0c0d0e0f%02x", n);
			assert_non_null(strstr(err.message, id_text));
		}
	}
	/* The lookup that would have to read the bad row fails; the others do not. */
	assert_int_equal(nami_snapshot_lookup(snapshot, label, &key, &two, 1, built->arena, &found,
										  &count, &err), NAMI_FAILED);
	if (built->snapshot.view->delta.nodes.count == 0)
	{
		must(nami_snapshot_lookup(snapshot, other, &key, &four, 1, built->arena, &found, &count,
								  &err), &err);
		assert_int_equal(count, 1);
		assert_int_equal(found[0], ords[4]);
	}
	pos = nami_snapshot_find_edge(snapshot, type, ords[1], ords[2]);
	assert_int_equal(nami_snapshot_edge_property(snapshot, type, weight, &pos, 1, built->arena,
												 &value, &err), NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_CORRUPT);
	pos = nami_snapshot_find_edge(snapshot, type, ords[1], ords[4]);
	must(nami_snapshot_edge_property(snapshot, type, weight, &pos, 1, built->arena, &value, &err),
		 &err);
	assert_int_equal(value.integer, 7);
}

static NamiStatus
build_view(Built *built, const NamiViewInputs *inputs, NamiError *err)
{
	NamiStatus	status = nami_view_build(built->catalog, nami_host_default(),
										 nami_allocator_malloc(), &built->owner, inputs,
										 &built->view, err);

	built->snapshot = (NamiSnapshot) {.view = built->view, .mark = NAMI_MARK_NOW};
	return status;
}

static void
test_poison(void **state)
{
	Built		built;
	NamiViewSegment segment;
	NamiViewInputs inputs = {.version = 1, .label_dict = labels, .label_count = 2,
							 .segments = &segment, .segment_count = 1};
	NamiError	err = NAMI_ERROR_INIT;
	NamiView   *next;

	built_init(&built);
	segment = poison_segment(&built);
	must(build_view(&built, &inputs, &err), &err);
	check_poison(&built);
	must(nami_view_rebuild(built.view, nami_host_default(), nami_allocator_malloc(), &built.owner,
						   &next, &err), &err);
	nami_view_release(built.view);
	built.snapshot.view = built.view = next;
	check_poison(&built);
	built_end(&built);

	/* The same as a delta over nothing. */
	built_init(&built);
	segment = poison_segment(&built);
	inputs.segment_count = 0;
	must(build_view(&built, &inputs, &err), &err);
	inputs.segment_count = 1;
	must(nami_view_append(built.view, nami_host_default(), nami_allocator_malloc(), &built.owner,
						  &inputs, &next, &err), &err);
	nami_view_release(built.view);
	built.snapshot.view = built.view = next;
	check_poison(&built);
	built_end(&built);
}

/* A record that is not newer than the base may lose against an SST row: it is not appended. */
static void
test_order_of_lsns(void **state)
{
	static const struct
	{
		uint64_t	base_lsn;
		bool		is_appended;
	}			cases[] = {{0, true}, {1, false}, {5, false}, {6, false}, {100, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Built		built;
		NamiViewSegment segment;
		NamiViewInputs inputs = {.version = 1, .label_dict = labels, .label_count = 2,
								 .max_lsn = cases[i].base_lsn};
		NamiError	err = NAMI_ERROR_INIT;
		NamiView   *next;

		built_init(&built);
		segment = poison_segment(&built);
		must(build_view(&built, &inputs, &err), &err);
		inputs.segments = &segment;
		inputs.segment_count = 1;
		must(nami_view_append(built.view, nami_host_default(), nami_allocator_malloc(),
							  &built.owner, &inputs, &next, &err), &err);
		assert_int_equal(next != NULL, cases[i].is_appended);
		if (next != NULL)
			nami_view_release(next);
		built_end(&built);
	}
}

static void
test_damaged(void **state)
{
	Built		built;
	NamiViewSegment segment;
	NamiViewInputs inputs = {.version = 1, .label_dict = labels, .label_count = 2,
							 .segments = &segment, .segment_count = 1};
	NamiViewNodeSst node_sst = {.bytes = NAMI_STR_INIT("PAR1 this is no parquet file PAR1")};
	NamiViewEdgeSst edge_sst = {.type = NAMI_STR_INIT("R"), .bytes = NAMI_STR_INIT("nothing")};
	NamiViewInputs ssts = {.version = 1, .node_ssts = &node_sst, .node_sst_count = 1};
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		whole;
	char	   *copy;

	built_init(&built);
	segment = poison_segment(&built);
	whole = segment.bytes;
	copy = nami_arena_memdup(built.arena, whole.ptr, whole.len);
	for (size_t i = 0; i < whole.len; i++)
	{
		copy[i] ^= 0x10;
		segment.bytes = (NamiStr) {copy, whole.len};
		assert_int_equal(build_view(&built, &inputs, &err), NAMI_FAILED);
		assert_non_null(strstr(err.message, "WAL segment 1"));
		copy[i] ^= 0x10;
		segment.bytes = (NamiStr) {whole.ptr, i};
		assert_int_equal(build_view(&built, &inputs, &err), NAMI_FAILED);
	}
	assert_int_equal(build_view(&built, &ssts, &err), NAMI_FAILED);
	assert_non_null(strstr(err.message, "node SST"));
	ssts = (NamiViewInputs) {.version = 1, .edge_ssts = &edge_sst, .edge_sst_count = 1};
	assert_int_equal(build_view(&built, &ssts, &err), NAMI_FAILED);
	assert_non_null(strstr(err.message, "edge SST"));
	built_end(&built);
}

/* ---- a host that unwinds ------------------------------------------------------------------- */

typedef struct Failing
{
	NamiAllocator allocator;
	jmp_buf		target;
	long		left;			/* allocations until it unwinds */
	long		held;
} Failing;

static void *
failing_alloc(void *ctx, size_t size_bytes)
{
	Failing    *failing = ctx;
	void	   *block;

	if (failing->left-- == 0)
		longjmp(failing->target, 1);
	block = malloc(size_bytes);
	failing->held++;
	return block;
}

static void
failing_free(void *ctx, void *block)
{
	((Failing *) ctx)->held--;
	free(block);
}

/* Wherever the n-th allocation unwinds, the owner gives everything back. */
static void
test_unwinding(void **state)
{
	static Failing failing;
	static Built built;
	NamiError	err = NAMI_ERROR_INIT;
	volatile long n = 0;
	volatile bool done = false;

	failing.allocator = (NamiAllocator) {&failing, failing_alloc, failing_free};
	while (!done)
	{
		NamiViewSegment segment;
		NamiViewInputs inputs = {.version = 1, .label_dict = labels, .label_count = 2,
								 .segments = &segment, .segment_count = 1};

		built_init(&built);
		segment = poison_segment(&built);
		failing.left = n;
		if (setjmp(failing.target) == 0)
		{
			NamiView   *first = NULL;
			NamiView   *second = NULL;
			NamiView   *third = NULL;

			must(nami_view_build(built.catalog, nami_host_default(), &failing.allocator,
								 &built.owner, &inputs, &first, &err), &err);
			failing.left = -1;	/* a view in hand is held by nobody's owner */
			must(nami_view_append(first, nami_host_default(), &failing.allocator, &built.owner,
								  &inputs, &second, &err), &err);
			must(nami_view_rebuild(second, nami_host_default(), &failing.allocator, &built.owner,
								   &third, &err), &err);
			nami_view_release(first);
			nami_view_release(second);
			nami_view_release(third);
			done = true;
		}
		nami_owner_release(&built.owner);
		assert_int_equal(failing.held, 0);
		built_end(&built);
		n++;
	}
	assert_true(n > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node_fixtures),
		cmocka_unit_test(test_edge_fixtures),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_order_of_lsns),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_unwinding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
