/*
 * format_edge_sst_test.c - edge SSTs. Each file of both releases is compared with what the product
 * itself says about it: the manifest's descriptor, the sidecar (which repeats every row of a
 * forward file), the inverse file and the recorded number of edges. Then files of other writers,
 * and damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glob.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/vec.h"
#include "edge_reseal.h"
#include "fixture_file.h"
#include "format/edge_sst.h"

#define VARIANTS	"test/fixtures/sst-variants/"

typedef struct Row
{
	uint8_t		key[16];
	uint8_t		partner[16];
	uint64_t	lsn;
	bool		is_tombstone;
	NamiJson	props;			/* an object, or NULL for none */
	bool		has_props;
	NamiStr		text;			/* of the overflow stream */
} Row;

typedef NAMI_VEC(Row) RowList;

typedef struct Fixture
{
	NamiArena  *arena;
	NamiOwner	owner;
	NamiError	err;
	NamiInflater *inflater;
	char		folder[256];	/* where the namespace's objects are */
	NamiJson	manifest;
	NamiJson	expected;
	char		unpacked[64];	/* temporary folder, or empty */
} Fixture;

#define NO_ERROR(fx, call) \
	do { \
		if ((call) != NAMI_OK) \
			fail_msg("%s: %s", (fx)->folder, (fx)->err.message); \
	} while (0)

static NamiJson
load_json(Fixture *fx, const char *path)
{
	NamiStr		bytes = fixture_read(path);
	NamiStr		text = nami_arena_str(fx->arena, bytes);
	NamiJson	root;

	fixture_free(bytes);
	NO_ERROR(fx, nami_json_parse(fx->arena, text, 64, &root, &fx->err));
	return root;
}

static void
run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static void
fixture_open(Fixture *fx, const char *name)
{
	char		path[512];
	glob_t		pointers;
	NamiJson	pointer;
	uint64_t	version;

	memset(fx, 0, sizeof(*fx));
	fx->arena = nami_arena_create(nami_allocator_malloc(), NULL);
	nami_owner_init(&fx->owner);
	fx->inflater = nami_inflater_create(fx->arena, &fx->owner);
	snprintf(path, sizeof(path), "test/fixtures/edge-sst/%s/expected.json", name);
	fx->expected = load_json(fx, path);
	snprintf(fx->folder, sizeof(fx->folder), "test/fixtures/edge-sst/%s/store/demo", name);
	if (access(fx->folder, F_OK) != 0)
	{
		strcpy(fx->unpacked, "/tmp/namidb-edge-XXXXXX");
		assert_non_null(mkdtemp(fx->unpacked));
		snprintf(path, sizeof(path), "tar -xJf test/fixtures/edge-sst/%s/store.tar.xz -C %s", name,
				 fx->unpacked);
		run(path);
		snprintf(fx->folder, sizeof(fx->folder), "%s/store/demo", fx->unpacked);
	}
	snprintf(path, sizeof(path), "%s/manifest/pointer/p*.json", fx->folder);
	assert_int_equal(glob(path, 0, NULL, &pointers), 0);
	pointer = load_json(fx, pointers.gl_pathv[pointers.gl_pathc - 1]);
	globfree(&pointers);
	assert_true(nami_json_u64(nami_json_get(&pointer, NAMI_STR("version")), &version));
	snprintf(path, sizeof(path), "%s/manifest/v%016llx.json", fx->folder,
			 (unsigned long long) version);
	fx->manifest = load_json(fx, path);
}

static void
fixture_close(Fixture *fx)
{
	char		command[128];

	nami_owner_release(&fx->owner);
	nami_arena_destroy(fx->arena);
	if (fx->unpacked[0] == '\0')
		return;
	snprintf(command, sizeof(command), "rm -r %s", fx->unpacked);
	run(command);
}

/* The object of a descriptor's path (spec/edge-sst.md 2). */
static NamiStr
read_object(Fixture *fx, NamiStr path)
{
	NamiBuf		name;
	size_t		start = 0;

	nami_buf_init(&name, fx->arena);
	nami_buf_put_cstr(&name, fx->folder);
	for (size_t i = 0; i <= path.len; i++)
	{
		NamiStr		segment = nami_str_slice(path, start, i - start);

		if (i < path.len && path.ptr[i] != '/')
			continue;
		start = i + 1;
		if (segment.len == 0)
			continue;
		nami_buf_put_u8(&name, '/');
		for (size_t j = 0; j < segment.len; j++)
		{
			uint8_t		c = (uint8_t) segment.ptr[j];

			if (c < 0x20 || c >= 0x7F || strchr("\\{}^%`][\"><~#|*?", c) != NULL)
				nami_buf_printf(&name, "%%%02X", c);
			else
				nami_buf_put_u8(&name, c);
		}
	}
	nami_buf_put_u8(&name, 0);
	return fixture_read((const char *) name.ptr);
}

static NamiStr
text_of(NamiJson *object, const char *key)
{
	NamiStr		text;

	assert_true(nami_json_string(nami_json_get(object, nami_str(key)), &text));
	return text;
}

static uint64_t
number_of(NamiJson *object, const char *key)
{
	uint64_t	number;

	assert_true(nami_json_u64(nami_json_get(object, nami_str(key)), &number));
	return number;
}

/* Sets the texts of one stream into the rows: an object of properties, or a property's values. */
static NamiStatus
read_stream(const NamiEdgeSst *sst, NamiStr name, NamiArena *arena, NamiInflater *inflater,
			RowList *rows, NamiError *err)
{
	const NamiEdgeStream *stream = nami_edge_sst_find_stream(sst, name);
	bool		is_overflow = nami_str_eq(name, NAMI_EDGE_OVERFLOW);
	NamiEdgeProps *props;
	NamiEdgePropBatch batch;
	uint64_t	next = 0;
	bool		found;

	if (stream == NULL)
		return NAMI_OK;
	NAMI_TRY(nami_edge_props_open(sst, stream, arena, inflater, &props, err));
	for (;;)
	{
		NAMI_TRY(nami_edge_props_next(props, &batch, &found, err));
		if (!found)
			break;
		assert_int_equal(batch.first_row, next);
		next += batch.row_count;
		for (uint32_t i = 0; i < batch.row_count; i++)
		{
			Row		   *row = &rows->items[batch.first_row + i];
			NamiStr		text = nami_arena_str(arena, batch.values[i]);
			NamiJson	value;

			if (batch.values[i].ptr == NULL)
				continue;
			NAMI_TRY(nami_json_parse(arena, text, 64, &value, err));
			if (is_overflow)
			{
				row->text = text;
				row->props = value;
			}
			else
			{
				if (!row->has_props)
					row->props = nami_json_new_object(arena);
				nami_json_set(&row->props, name, value);
			}
			row->has_props = true;
		}
	}
	assert_int_equal(next, sst->row_count);
	return NAMI_OK;
}

/* Every row of an object, by the iterator, and again block by block in reverse. */
static NamiStatus
read_rows(NamiStr object, NamiArena *arena, NamiInflater *inflater, NamiEdgeSst **out,
		  RowList *rows, NamiError *err)
{
	NamiEdgeIter iter;
	NamiEdgeBlock block;
	NamiEdgeSst *sst;
	bool		found;

	NAMI_TRY(nami_edge_sst_open(object, arena, &sst, err));
	*out = sst;
	nami_edge_iter_init(&iter, sst, arena);
	for (;;)
	{
		uint64_t	key;

		NAMI_TRY(nami_edge_iter_next(&iter, &block, &found, err));
		if (!found)
			break;
		assert_int_equal(block.first_row, rows->count);
		assert_true(nami_edge_sst_find_key(sst, block.key, &key));
		assert_int_equal(key, block.key_index);
		for (uint64_t j = 0; j < block.degree; j++)
		{
			Row		   *row = nami_vec_add(rows, arena);

			memcpy(row->key, block.key, 16);
			memcpy(row->partner, block.partners + 16 * j, 16);
			row->lsn = nami_edge_sst_lsn(sst, block.first_row + j);
			row->is_tombstone = nami_edge_sst_is_tombstone(sst, block.first_row + j);
		}
	}
	assert_int_equal(rows->count, sst->row_count);
	for (uint64_t key = sst->key_count; key-- > 0;)
	{
		NAMI_TRY(nami_edge_iter_block(&iter, key, &block, err));
		assert_memory_equal(block.partners, rows->items[block.first_row].partner, 16);
	}
	return read_stream(sst, NAMI_EDGE_OVERFLOW, arena, inflater, rows, err);
}

/*
 * The sidecar's rows: a B+tree whose leaves are chained (spec/edge-sst.md 9). Leaves are written
 * first, in order, so page 0 begins the chain.
 */
static void
compare_with_sidecar(Fixture *fx, NamiStr sidecar, const RowList *rows)
{
	const uint8_t *base = (const uint8_t *) sidecar.ptr;
	const uint8_t *values = base + nami_load_u64le(base + 36);
	uint32_t	page = 0;
	size_t		row = 0;

	assert_memory_equal(base, "NAMIPG02\x04", 9);
	while (page != UINT32_MAX)
	{
		const uint8_t *src = base + 64 + 4096 * (size_t) page;
		uint32_t	count = nami_load_u32le(src + 4);

		assert_int_equal(src[0], 0);
		page = nami_load_u32le(src + 8);
		src += 16;
		for (uint32_t i = 0; i < count; i++, row++)
		{
			const uint8_t *value = values + nami_load_u64le(src + 34);
			uint32_t	len = nami_load_u32le(value + 13);

			assert_true(row < rows->count);
			assert_memory_equal(src + 2, rows->items[row].key, 16);
			assert_memory_equal(src + 18, rows->items[row].partner, 16);
			assert_memory_equal(value, "NEP1", 4);
			assert_int_equal(nami_load_u64le(value + 4), rows->items[row].lsn);
			assert_int_equal(value[12] & 1, rows->items[row].is_tombstone);
			if (rows->items[row].has_props)
			{
				NamiJson	payload;

				NO_ERROR(fx, nami_json_parse(fx->arena, (NamiStr) {(const char *) value + 21, len},
											 64, &payload, &fx->err));
				assert_true(nami_json_equal(&payload, &rows->items[row].props));
			}
			else
				assert_true(len == 0 || (len == 2 && memcmp(value + 21, "{}", 2) == 0));
			src += 50;
		}
	}
	assert_int_equal(row, rows->count);
}

static void
compare_with_descriptor(NamiJson *descriptor, NamiStr object, const NamiEdgeSst *sst,
						const RowList *rows)
{
	NamiJson   *edges = nami_json_get(descriptor, NAMI_STR("kind_specific"));
	NamiJson   *histogram = nami_json_get(edges, NAMI_STR("degree_histogram"));
	uint64_t	tombstones = 0,
				min_lsn = UINT64_MAX,
				max_lsn = 0;

	for (size_t i = 0; i < rows->count; i++)
	{
		tombstones += rows->items[i].is_tombstone;
		min_lsn = rows->items[i].lsn < min_lsn ? rows->items[i].lsn : min_lsn;
		max_lsn = rows->items[i].lsn > max_lsn ? rows->items[i].lsn : max_lsn;
	}
	assert_int_equal(object.len, number_of(descriptor, "size_bytes"));
	assert_int_equal(rows->count, number_of(descriptor, "row_count"));
	assert_int_equal(min_lsn, number_of(descriptor, "min_lsn"));
	assert_int_equal(max_lsn, number_of(descriptor, "max_lsn"));
	assert_int_equal(sst->min_lsn, min_lsn);
	assert_int_equal(sst->max_lsn, max_lsn);
	assert_int_equal(sst->key_count, number_of(edges, "key_count"));
	assert_int_equal(tombstones, number_of(edges, "tombstone_count"));
	assert_int_equal(rows->count, number_of(histogram, "sum_degree"));
	assert_int_equal((sst->flags & NAMI_EDGE_IS_INVERSE) != 0,
					 nami_str_eq(text_of(descriptor, "kind"), NAMI_STR("EdgesInv")));
	assert_int_equal((sst->flags & NAMI_EDGE_HAS_PROPS) != 0, sst->stream_count > 0);
	assert_non_null(sst->binding_id);
}

/* A number that is the same for the same set of rows in any order, seen from either end. */
static uint64_t
set_digest(const RowList *rows, bool is_inverse)
{
	uint64_t	sum = 0;

	for (size_t i = 0; i < rows->count; i++)
	{
		const Row  *row = &rows->items[i];
		uint8_t		ids[32];
		uint64_t	hash;

		memcpy(ids, is_inverse ? row->partner : row->key, 16);
		memcpy(ids + 16, is_inverse ? row->key : row->partner, 16);
		hash = nami_hash_mix(nami_xxh3(ids, 32), row->lsn);
		hash = nami_hash_mix(hash, row->is_tombstone);
		sum += nami_hash_mix(hash, nami_xxh3(row->text.ptr, row->text.len));
	}
	return sum;
}

/* Per type over all files: what forward and inverse hold, and all forward rows. */
typedef struct TypeRows
{
	NamiStr		name;
	uint64_t	digest[2];
	RowList		forward;
} TypeRows;

typedef NAMI_VEC(TypeRows) TypeList;

static void
check_object(Fixture *fx, NamiJson *descriptor, TypeList *types)
{
	bool		is_inverse = nami_str_eq(text_of(descriptor, "kind"), NAMI_STR("EdgesInv"));
	NamiStr		path = text_of(descriptor, "path");
	NamiStr		scope = text_of(descriptor, "scope");
	NamiStr		object = read_object(fx, path);
	NamiEdgeSst *sst;
	RowList		rows = {0};
	NamiJson   *type;
	NamiJson   *declared;
	size_t		t;

	NO_ERROR(fx, read_rows(object, fx->arena, fx->inflater, &sst, &rows, &fx->err));
	type = nami_json_get(nami_json_get(nami_json_get(&fx->manifest, NAMI_STR("schema")),
									   NAMI_STR("edge_types")), scope);
	declared = type == NULL ? NULL : nami_json_get(type, NAMI_STR("properties"));
	for (uint32_t i = 0; declared != NULL && i < nami_json_count(declared); i++)
		NO_ERROR(fx, read_stream(sst, text_of(nami_json_at(declared, i), "name"), fx->arena,
								 fx->inflater, &rows, &fx->err));
	compare_with_descriptor(descriptor, object, sst, &rows);
	/* an inverse file of a type called "x.ep" ends in .ep.csr too */
	if (!is_inverse && nami_str_ends_with(path, NAMI_STR(".ep.csr")))
	{
		NamiStr		sidecar = read_object(fx, nami_str(nami_arena_printf(fx->arena, "%.*s.epidx",
															   (int) path.len - 7, path.ptr)));

		compare_with_sidecar(fx, sidecar, &rows);
		fixture_free(sidecar);
	}
	for (t = 0; t < types->count && !nami_str_eq(types->items[t].name, scope); t++)
		;
	if (t == types->count)
		nami_vec_add(types, fx->arena)->name = scope;
	types->items[t].digest[is_inverse] += set_digest(&rows, is_inverse);
	for (size_t i = 0; !is_inverse && i < rows.count; i++)
		nami_vec_push(&types->items[t].forward, fx->arena, rows.items[i]);
	fixture_free(object);
}

static int
by_edge_newest_first(const void *a, const void *b)
{
	const Row  *x = a;
	const Row  *y = b;
	int			diff = memcmp(x->key, y->key, 16);

	if (diff == 0)
		diff = memcmp(x->partner, y->partner, 16);
	return diff != 0 ? diff : x->lsn > y->lsn ? -1 : x->lsn < y->lsn;
}

/* How many edges the newest rows leave alive. */
static uint64_t
live_edges(RowList *rows)
{
	uint64_t	live = 0;

	qsort(rows->items, rows->count, sizeof(*rows->items), by_edge_newest_first);
	for (size_t i = 0; i < rows->count; i++)
	{
		const Row  *row = &rows->items[i];

		if (i > 0 && memcmp(row->key, row[-1].key, 16) == 0 &&
			memcmp(row->partner, row[-1].partner, 16) == 0)
			continue;
		live += !row->is_tombstone;
	}
	return live;
}

static void
check_fixture(const char *name, uint32_t *files)
{
	Fixture		fx;
	NamiJson   *ssts;
	TypeList	types = {0};
	bool		has_wal;

	fixture_open(&fx, name);
	ssts = nami_json_get(&fx.manifest, NAMI_STR("ssts"));
	has_wal = nami_json_count(nami_json_get(&fx.manifest, NAMI_STR("wal_segments"))) > 0;
	for (uint32_t i = 0; i < nami_json_count(ssts); i++)
	{
		NamiJson   *descriptor = nami_json_at(ssts, i);

		if (!nami_str_starts_with(text_of(descriptor, "kind"), NAMI_STR("Edges")))
			continue;
		check_object(&fx, descriptor, &types);
		(*files)++;
	}
	assert_true(types.count > 0);
	for (size_t i = 0; i < types.count; i++)
	{
		NamiJson   *type = nami_json_get(nami_json_get(&fx.expected, NAMI_STR("edge_types")),
										 types.items[i].name);

		assert_int_equal(types.items[i].digest[0], types.items[i].digest[1]);
		if (!has_wal)
			assert_int_equal(live_edges(&types.items[i].forward), number_of(type, "count"));
	}
	fixture_close(&fx);
}

static void
files_of_both_releases_read_exactly(void **state)
{
	static const char *const names[] = {"bigprops-2.6.19", "compacted-2.1.4", "compacted-2.6.19",
		"declared-2.6.19", "fence70k-2.1.4", "hub8000-2.6.19", "layers-2.1.4", "layers-2.6.19",
	"small-2.1.4", "small-2.6.19", "types-2.1.4", "types-2.6.19"};
	uint32_t	files = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_fixture(names[i], &files);
	assert_true(files > 150);
}

/* Reads all there is of an object. */
static NamiStatus
read_all(const void *bytes, size_t len, NamiErrorClass *cls, NamiBuf *text)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiError	err = NAMI_ERROR_INIT;
	NamiOwner	owner;
	NamiEdgeSst *sst;
	RowList		rows = {0};
	NamiStatus	status;

	nami_owner_init(&owner);
	status = read_rows((NamiStr) {bytes, len}, arena, nami_inflater_create(arena, &owner), &sst,
					   &rows, &err);
	for (size_t i = 0; status == NAMI_OK && text != NULL && i < rows.count; i++)
	{
		for (unsigned b = 0; b < 16; b++)
			nami_buf_printf(text, "%02x", rows.items[i].key[b]);
		nami_buf_put_u8(text, '|');
		for (unsigned b = 0; b < 16; b++)
			nami_buf_printf(text, "%02x", rows.items[i].partner[b]);
		nami_buf_printf(text, "|%llu|%d|", (unsigned long long) rows.items[i].lsn,
						rows.items[i].is_tombstone);
		nami_buf_put_str(text, rows.items[i].has_props ? rows.items[i].text : NAMI_STR("-"));
		nami_buf_put_u8(text, '\n');
	}
	*cls = status == NAMI_OK ? NAMI_ERR_NONE : err.cls;
	nami_owner_release(&owner);
	nami_arena_destroy(arena);
	return status;
}

/* Minors 0 and 1, Arrow streams, gaps, a fence on few keys, unknown sections. */
static void
files_of_other_writers_are_read(void **state)
{
	static const char *const names[] = {"minor0-arrow", "minor1-arrow-zstd", "minor2-raw-pages",
	"minor2-fence", "minor2-arrow"};
	NamiStr		expected = fixture_read(VARIANTS "edge-rows.txt");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		NamiStr		object = fixture_read(nami_arena_printf(arena, VARIANTS "edge-%s.csr",
															   names[i]));
		NamiErrorClass cls;
		NamiBuf		text;

		nami_buf_init(&text, arena);
		assert_int_equal(read_all(object.ptr, object.len, &cls, &text), NAMI_OK);
		assert_int_equal(text.len, expected.len);
		assert_memory_equal(text.ptr, expected.ptr, expected.len);
		fixture_free(object);
		nami_arena_destroy(arena);
	}
	fixture_free(expected);
}

static NamiStr
declared_file(void)
{
	return fixture_read("test/fixtures/edge-sst/declared-2.6.19/store/demo/sst/level0/"
						"01a2050b6dab70129bca0e7ddb7c14b6-edges-fwd-KNOWS.ep.csr");
}

static void
every_truncation_is_refused(void **state)
{
	NamiStr		whole = declared_file();
	NamiErrorClass cls;

	assert_int_equal(read_all(whole.ptr, whole.len, &cls, NULL), NAMI_OK);
	for (size_t len = 0; len < whole.len; len++)
	{
		char	   *copy = fixture_copy(whole.ptr, len);

		assert_int_equal(read_all(copy, len, &cls, NULL), NAMI_FAILED);
		assert_int_equal(cls, NAMI_ERR_CORRUPT);
		free(copy);
	}
	fixture_free(whole);
}

/* Digests, the binding and the magics cover every byte of a file of minor 2. */
static void
every_changed_bit_is_noticed(void **state)
{
	NamiStr		whole = declared_file();
	char	   *copy = fixture_copy(whole.ptr, whole.len);
	NamiErrorClass cls;

	for (size_t at = 0; at < whole.len; at++)
	{
		for (unsigned bit = 0; bit < 8; bit++)
		{
			copy[at] ^= (char) (1 << bit);
			assert_int_equal(read_all(copy, whole.len, &cls, NULL), NAMI_FAILED);
			assert_true(cls == NAMI_ERR_CORRUPT || cls == NAMI_ERR_UNSUPPORTED);
			copy[at] ^= (char) (1 << bit);
		}
	}
	free(copy);
	fixture_free(whole);
}

/* Where a section lies in the object, found in the table by kind. */
static uint8_t *
section_of(uint8_t *object, size_t len, unsigned kind)
{
	uint8_t    *entry = object + len - nami_load_u32le(object + len - 12);

	while (nami_load_u16le(entry) != kind)
	{
		entry += 29 + entry[28];
		assert_true(entry + 29 <= object + len - 105);
	}
	return object + nami_load_u64le(entry + 2);
}

static uint8_t *
entry_of(uint8_t *object, size_t len, unsigned kind)
{
	uint8_t    *entry = object + len - nami_load_u32le(object + len - 12);

	while (nami_load_u16le(entry) != kind)
		entry += 29 + entry[28];
	return entry;
}

/*
 * Contradictions inside a file whose digests are right. The file has two keys, three split partners
 * each, tombstones, and three property streams of one page.
 */
static void
contradictions_are_refused(void **state)
{
	enum
	{
		HEADER,					/* relative to the object */
		SECTION,				/* to the section of that kind */
		ENTRY,					/* to its entry in the table */
		TAIL					/* to the fixed tail of the footer */
	};
	static const struct
	{
		const char *what;
		int			base;
		unsigned	kind;
		size_t		at;
		uint8_t		value;
		NamiErrorClass cls;
	}			cases[] = {
		{"major", HEADER, 0, 8, 2, NAMI_ERR_UNSUPPORTED},
		{"minor", HEADER, 0, 9, 3, NAMI_ERR_UNSUPPORTED},
		{"header size", HEADER, 0, 10, 65, NAMI_ERR_CORRUPT},
		{"unknown flag", HEADER, 0, 12, 0x13, NAMI_ERR_UNSUPPORTED},
		{"unknown high flag", HEADER, 0, 15, 0x80, NAMI_ERR_UNSUPPORTED},
		{"flag without tombstones", HEADER, 0, 12, 1, NAMI_ERR_CORRUPT},
		{"keys exchanged", SECTION, 1, 15, 0xFF, NAMI_ERR_CORRUPT},
		{"last key not max_key", SECTION, 1, 31, 0xFF, NAMI_ERR_CORRUPT},
		{"first offset", SECTION, 2, 0, 1, NAMI_ERR_CORRUPT},
		{"offset behind the next", SECTION, 2, 3, 200, NAMI_ERR_CORRUPT},
		{"empty block", SECTION, 2, 3, 0, NAMI_ERR_CORRUPT},
		{"last offset", SECTION, 2, 6, 71, NAMI_ERR_CORRUPT},
		{"degree", SECTION, 3, 0, 2, NAMI_ERR_CORRUPT},
		{"block tag", SECTION, 3, 1, 2, NAMI_ERR_CORRUPT},
		{"split taken for dense", SECTION, 3, 1, 0x10, NAMI_ERR_CORRUPT},
		{"partners not ascending", SECTION, 3, 10, 0xFF, NAMI_ERR_CORRUPT},
		{"first ordinal", SECTION, 7, 0, 1, NAMI_ERR_CORRUPT},
		{"ordinal", SECTION, 7, 8, 2, NAMI_ERR_CORRUPT},
		{"ordinal beyond the rows", SECTION, 7, 15, 0x80, NAMI_ERR_CORRUPT},
		{"last ordinal", SECTION, 7, 16, 5, NAMI_ERR_CORRUPT},
		{"digest page size", SECTION, 8, 9, 1, NAMI_ERR_CORRUPT},
		{"digest section count", SECTION, 8, 12, 9, NAMI_ERR_CORRUPT},
		{"digest of a longer section", SECTION, 8, 24, 0xFF, NAMI_ERR_CORRUPT},
		{"binding magic", SECTION, 9, 0, 'X', NAMI_ERR_CORRUPT},
		{"stream magic", SECTION, 0x100, 0, 'X', NAMI_ERR_CORRUPT},
		{"stream version", SECTION, 0x100, 8, 2, NAMI_ERR_UNSUPPORTED},
		{"stream flags", SECTION, 0x100, 10, 1, NAMI_ERR_UNSUPPORTED},
		{"no pages", SECTION, 0x100, 12, 0, NAMI_ERR_CORRUPT},
		{"very many pages", SECTION, 0x100, 15, 0xFF, NAMI_ERR_CORRUPT},
		{"stream rows", SECTION, 0x100, 16, 7, NAMI_ERR_CORRUPT},
		{"entry length", SECTION, 0x100, 24, 45, NAMI_ERR_CORRUPT},
		{"first row of the page", SECTION, 0x100, 32, 1, NAMI_ERR_CORRUPT},
		{"rows of the page", SECTION, 0x100, 40, 5, NAMI_ERR_CORRUPT},
		{"page offset", SECTION, 0x100, 44, 77, NAMI_ERR_CORRUPT},
		{"page too long", SECTION, 0x100, 59, 0x7F, NAMI_ERR_CORRUPT},
		{"page decodes to exabytes", SECTION, 0x100, 67, 0x7F, NAMI_ERR_CORRUPT},
		{"page decodes to less", SECTION, 0x100, 60, 20, NAMI_ERR_CORRUPT},
		{"zstd frame", SECTION, 0x100, 76, 0, NAMI_ERR_CORRUPT},
		{"stream codec unknown", ENTRY, 0x100, 18, 4, NAMI_ERR_UNSUPPORTED},
		{"pages taken for arrow", ENTRY, 0x100, 18, 0, NAMI_ERR_CORRUPT},
		{"pages taken for zstd of arrow", ENTRY, 0x100, 18, 1, NAMI_ERR_CORRUPT},
		{"zstd pages taken for raw", ENTRY, 0x100, 18, 2, NAMI_ERR_CORRUPT},
		{"section twice", ENTRY, 2, 0, 1, NAMI_ERR_CORRUPT},
		{"section missing", ENTRY, 4, 0, 0x77, NAMI_ERR_CORRUPT},
		{"ordinals missing", ENTRY, 7, 0, 0x77, NAMI_ERR_CORRUPT},
		{"page digests missing", ENTRY, 8, 0, 0x77, NAMI_ERR_CORRUPT},
		{"tombstones missing", ENTRY, 5, 0, 0x77, NAMI_ERR_CORRUPT},
		{"compressed keys", ENTRY, 1, 18, 3, NAMI_ERR_UNSUPPORTED},
		{"section overlaps", ENTRY, 2, 2, 95, NAMI_ERR_CORRUPT},
		{"section behind the end", ENTRY, 8, 9, 0x10, NAMI_ERR_CORRUPT},
		{"section length", ENTRY, 8, 17, 0x80, NAMI_ERR_CORRUPT},
		{"section count", TAIL, 0, 0, 9, NAMI_ERR_CORRUPT},
		{"key count", TAIL, 0, 4, 3, NAMI_ERR_CORRUPT},
		{"huge key count", TAIL, 0, 11, 0x10, NAMI_ERR_CORRUPT},
		{"row count", TAIL, 0, 12, 7, NAMI_ERR_CORRUPT},
		{"huge row count", TAIL, 0, 19, 0x20, NAMI_ERR_CORRUPT},
		{"offset width", TAIL, 0, 20, 16, NAMI_ERR_CORRUPT},
		{"min_key", TAIL, 0, 21, 0, NAMI_ERR_CORRUPT},
	};
	NamiStr		whole = declared_file();
	NamiErrorClass cls;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		uint8_t    *copy = (uint8_t *) fixture_copy(whole.ptr, whole.len);
		uint8_t    *base = copy;

		edge_reseal(copy, whole.len);
		assert_memory_equal(copy, whole.ptr, whole.len);
		if (cases[i].base == SECTION)
			base = section_of(copy, whole.len, cases[i].kind);
		else if (cases[i].base == ENTRY)
			base = entry_of(copy, whole.len, cases[i].kind);
		else if (cases[i].base == TAIL)
			base = copy + whole.len - 105;
		if (base[cases[i].at] == cases[i].value)
			fail_msg("already so: %s", cases[i].what);
		base[cases[i].at] = cases[i].value;
		edge_reseal(copy, whole.len);
		if (read_all(copy, whole.len, &cls, NULL) == NAMI_OK)
			fail_msg("accepted: %s", cases[i].what);
		if (cls != cases[i].cls)
			fail_msg("%s: error class %d", cases[i].what, (int) cls);
		free(copy);
	}
	fixture_free(whole);
}

/* What the product ignores must not stop us: hashes of names, and flags other than tombstones. */
static void
unchecked_header_fields_are_ignored(void **state)
{
	NamiStr		whole = declared_file();
	uint8_t    *copy = (uint8_t *) fixture_copy(whole.ptr, whole.len);
	NamiErrorClass cls;

	memset(copy + 16, 0, 48);
	copy[12] = NAMI_EDGE_HAS_TOMBSTONES | NAMI_EDGE_IS_SKEWED | NAMI_EDGE_IS_INVERSE;
	edge_reseal(copy, whole.len);
	assert_int_equal(read_all(copy, whole.len, &cls, NULL), NAMI_OK);
	free(copy);
	fixture_free(whole);
}

static void
seek_finds_the_page_of_a_row(void **state)
{
	static const char *const names[] = {VARIANTS "edge-minor2-fence.csr",
	VARIANTS "edge-minor0-arrow.csr"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
		NamiError	err = NAMI_ERROR_INIT;
		NamiStr		object = fixture_read(names[i]);
		NamiOwner	owner;
		NamiEdgeSst *sst;
		NamiEdgeProps *props;
		NamiEdgePropBatch batch;
		bool		found;

		nami_owner_init(&owner);
		assert_int_equal(nami_edge_sst_open(object, arena, &sst, &err), NAMI_OK);
		assert_int_equal(nami_edge_props_open(sst,
											  nami_edge_sst_find_stream(sst, NAMI_EDGE_OVERFLOW),
											  arena, nami_inflater_create(arena, &owner), &props,
											  &err), NAMI_OK);
		for (uint64_t row = sst->row_count; row-- > 0;)
		{
			nami_edge_props_seek(props, row);
			assert_int_equal(nami_edge_props_next(props, &batch, &found, &err), NAMI_OK);
			assert_true(found && batch.first_row <= row && row - batch.first_row < batch.row_count);
		}
		nami_owner_release(&owner);
		fixture_free(object);
		nami_arena_destroy(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_both_releases_read_exactly),
		cmocka_unit_test(files_of_other_writers_are_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_changed_bit_is_noticed),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(unchecked_header_fields_are_ignored),
		cmocka_unit_test(seek_finds_the_page_of_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
