/*
 * node_sst.c - see node_sst.h.
 */
#include "format/node_sst.h"

#include "base/vec.h"
#include "format/parquet.h"

#define ID_BYTES			16
#define ROW_LABELS_MAX		65535	/* far above any real node; bounds damage that repeats */
#define ROWS_TRUSTED_BYTES	4	/* object bytes per row from which the footer's count is believed */
#define ROWS_STEP_MIN		65536

/* Leaf numbers; the schema check makes them true. */
enum
{
	LEAF_ID,
	LEAF_TOMBSTONE,
	LEAF_LSN,
	LEAF_LABEL,
	LEAF_JSON,
	LEAF_SCHEMA_VERSION,
	LEAF_COUNT
};

struct NamiNodeSst
{
	NamiStr		object;			/* borrowed */
	NamiArena  *arena;			/* borrowed */
	NamiParquetFile file;
	NamiInflater *inflater;
	NamiParquetReader *reader;
	bool		has_keys;		/* row_count was proven by the ids */
	bool		is_streaming;	/* the reader stands in the JSON column */
	uint32_t	next_row;		/* of the stream */
	NamiScratch texts;			/* the batch's values when some are null */
};

typedef struct ExpectedElement
{
	const char *name;			/* NULL: any */
	NamiParquetType type;
	NamiParquetAnnotation annotation;
	int			repetition;		/* -1: required or optional */
	int32_t		size;			/* FIXED: length; group: children */
} ExpectedElement;

static const ExpectedElement schema[] = {
	{NULL, NAMI_PARQUET_GROUP, NAMI_PARQUET_ANNOTATION_NONE, -1, 6},
	{"node_id", NAMI_PARQUET_FIXED, NAMI_PARQUET_ANNOTATION_NONE, -1, ID_BYTES},
	{"tombstone", NAMI_PARQUET_BOOLEAN, NAMI_PARQUET_ANNOTATION_NONE, -1, 0},
	{"lsn", NAMI_PARQUET_INT64, NAMI_PARQUET_ANNOTATION_UINT64, -1, 0},
	{"__labels", NAMI_PARQUET_GROUP, NAMI_PARQUET_ANNOTATION_LIST, -1, 1},
	{NULL, NAMI_PARQUET_GROUP, NAMI_PARQUET_ANNOTATION_NONE, NAMI_PARQUET_REPEATED, 1},
	{"item", NAMI_PARQUET_INT32, NAMI_PARQUET_ANNOTATION_UINT32, NAMI_PARQUET_OPTIONAL, 0},
	{"__overflow_json", NAMI_PARQUET_BYTE_ARRAY, NAMI_PARQUET_ANNOTATION_STRING, -1, 0},
	{"__schema_version", NAMI_PARQUET_INT64, NAMI_PARQUET_ANNOTATION_UINT64, -1, 0},
};

#define SCHEMA_COUNT	((uint32_t) (sizeof(schema) / sizeof(schema[0])))

static bool
element_matches(const NamiParquetElement *element, const ExpectedElement *expected)
{
	bool		is_root = expected == schema;

	if (expected->name != NULL && !nami_str_eq(element->name, nami_str(expected->name)))
		return false;
	if (element->type != expected->type)
		return false;
	if (!is_root && element->annotation != expected->annotation)
		return false;
	if (expected->repetition < 0 ?
		!is_root && element->repetition == NAMI_PARQUET_REPEATED :
		(int) element->repetition != expected->repetition)
		return false;
	if (expected->type == NAMI_PARQUET_FIXED && element->type_length != expected->size)
		return false;
	return expected->type != NAMI_PARQUET_GROUP || element->child_count == expected->size;
}

static NamiStatus
check_schema(const NamiParquetFile *file, NamiError *err)
{
	for (uint32_t i = 0; i < file->element_count; i++)
	{
		if (nami_str_starts_with(file->elements[i].name, NAMI_STR("prop_")))
			return nami_fail(err, NAMI_ERR_UNSUPPORTED,
							 "node SST of the old form with typed property columns");
	}
	for (uint32_t i = 0; i < SCHEMA_COUNT; i++)
	{
		if (i >= file->element_count)
			return nami_fail(err, NAMI_ERR_CORRUPT, "node SST without column %s",
							 schema[i].name != NULL ? schema[i].name : "__labels");
		if (!element_matches(&file->elements[i], &schema[i]))
			return nami_fail(err, NAMI_ERR_CORRUPT,
							 "column %u of a node SST is not %s as specified", i,
							 schema[i].name != NULL ? schema[i].name : "a group");
	}
	if (file->element_count != SCHEMA_COUNT || file->leaf_count != LEAF_COUNT)
		return nami_fail(err, NAMI_ERR_CORRUPT, "node SST with a surplus column");
	return NAMI_OK;
}

NamiStatus
nami_node_sst_open(NamiStr object, NamiArena *arena, NamiOwner *owner, NamiNodeSst **out,
				   NamiError *err)
{
	NamiNodeSst *sst = NAMI_NEW(arena, NamiNodeSst);

	sst->object = object;
	sst->arena = arena;
	NAMI_TRY(nami_parquet_open(object, arena, &sst->file, err));
	NAMI_TRY(check_schema(&sst->file, err));
	if (sst->file.row_count > UINT32_MAX - 1)
		return nami_fail(err, NAMI_ERR_LIMIT, "node SST of more than 2^32 rows");
	sst->inflater = nami_inflater_create(arena, owner);
	sst->reader = nami_parquet_reader_create(&sst->file, arena, sst->inflater);
	*out = sst;
	return NAMI_OK;
}

void
nami_node_sst_close(NamiNodeSst *sst)
{
	nami_inflater_release(sst->inflater);
}

uint32_t
nami_node_sst_row_count(const NamiNodeSst *sst)
{
	return (uint32_t) sst->file.row_count;
}

/*
 * A column of exactly one required value per row, read page by page. The row groups' counts were
 * claims so far: here a column must agree with them.
 */
typedef struct RowColumn
{
	NamiNodeSst *sst;
	uint32_t	leaf;
	uint32_t	row_group;		/* of the last page */
	uint64_t	row_group_rows;	/* seen in it */
	uint32_t	row;			/* first row of the next page */
} RowColumn;

static NamiStatus
column_fail(const NamiNodeSst *sst, uint32_t leaf, const char *what, NamiError *err)
{
	static const char *const names[LEAF_COUNT] = {"node_id", "tombstone", "lsn", "__labels",
	"__overflow_json", "__schema_version"};

	return nami_fail(err, NAMI_ERR_CORRUPT, "node SST column %s: %s", names[leaf], what);
}

static RowColumn
column_begin(NamiNodeSst *sst, uint32_t leaf)
{
	nami_parquet_reader_select(sst->reader, leaf);
	sst->is_streaming = false;
	return (RowColumn) {sst, leaf, 0, 0, 0};
}

/* Counts rows into their row group; at the end (rows 0) checks the last one. */
static NamiStatus
column_count(RowColumn *column, uint32_t row_group, uint32_t rows, bool at_end, NamiError *err)
{
	const NamiParquetFile *file = &column->sst->file;

	while (column->row_group < row_group || (at_end && column->row_group < file->row_group_count))
	{
		if (column->row_group_rows != file->row_groups[column->row_group].row_count)
			return column_fail(column->sst, column->leaf, "rows missing", err);
		column->row_group++;
		column->row_group_rows = 0;
	}
	column->row_group_rows += rows;
	if (!at_end && column->row_group_rows > file->row_groups[row_group].row_count)
		return column_fail(column->sst, column->leaf, "too many rows", err);
	column->row += rows;
	return NAMI_OK;
}

static NamiStatus
column_next(RowColumn *column, NamiParquetPage *page, bool *found, NamiError *err)
{
	NAMI_TRY(nami_parquet_reader_next(column->sst->reader, page, found, err));
	if (!*found)
		return column_count(column, 0, 0, true, err);
	if (page->value_count != page->entry_count)
		return column_fail(column->sst, column->leaf, "null value", err);
	return column_count(column, page->row_group, page->entry_count, false, err);
}

/* The largest array that needs no proof yet that the rows exist; see grow_ids. */
static uint32_t
trusted_rows(const NamiNodeSst *sst)
{
	uint64_t	limit = sst->object.len / ROWS_TRUSTED_BYTES;

	return sst->file.row_count <= limit ? (uint32_t) sst->file.row_count : 0;
}

static NamiStatus
read_ids(NamiNodeSst *sst, NamiArena *arena, NamiNodeSstKeys *keys, NamiError *err)
{
	RowColumn	column = column_begin(sst, LEAF_ID);
	size_t		capacity = trusted_rows(sst);
	NamiParquetPage page;
	bool		found;

	keys->ids = NAMI_NEW_ARRAY(arena, uint8_t, capacity * ID_BYTES);
	for (;;)
	{
		size_t		first = column.row;
		const uint8_t *previous;

		NAMI_TRY(column_next(&column, &page, &found, err));
		if (!found)
			break;
		if (column.row > capacity)
		{
			/* the footer's count was not believed: grow by what really came */
			size_t		grown = capacity * 2;

			grown = grown < ROWS_STEP_MIN ? ROWS_STEP_MIN : grown;
			grown = grown < column.row ? column.row : grown;
			keys->ids = nami_arena_realloc(arena, keys->ids, capacity * ID_BYTES,
										   grown * ID_BYTES);
			capacity = grown;
		}
		memcpy(keys->ids + first * ID_BYTES, page.values.fixed,
			   (size_t) page.value_count * ID_BYTES);
		previous = first == 0 ? NULL : keys->ids + (first - 1) * ID_BYTES;
		for (size_t row = first; row < column.row; row++)
		{
			const uint8_t *id = keys->ids + row * ID_BYTES;

			if (previous != NULL && memcmp(previous, id, ID_BYTES) >= 0)
				return column_fail(sst, LEAF_ID, "ids not strictly ascending", err);
			previous = id;
		}
	}
	keys->row_count = column.row;
	return NAMI_OK;
}

static NamiStatus
read_tombstones(NamiNodeSst *sst, NamiArena *arena, NamiNodeSstKeys *keys, NamiError *err)
{
	RowColumn	column = column_begin(sst, LEAF_TOMBSTONE);
	NamiParquetPage page;
	bool		found;

	keys->tombstones = nami_arena_alloc0(arena, ((size_t) keys->row_count + 7) / 8);
	for (;;)
	{
		size_t		first = column.row;

		NAMI_TRY(column_next(&column, &page, &found, err));
		if (!found)
			return NAMI_OK;
		for (size_t i = 0; i < page.value_count; i++)
		{
			size_t		row = first + i;

			keys->tombstones[row >> 3] |= (uint8_t) (page.values.bools[i] << (row & 7));
			keys->tombstone_count += page.values.bools[i];
		}
	}
}

static NamiStatus
read_u64_column(NamiNodeSst *sst, uint32_t leaf, uint32_t row_count, NamiArena *arena,
				uint64_t **out, NamiError *err)
{
	RowColumn	column = column_begin(sst, leaf);
	uint64_t   *words = NAMI_NEW_ARRAY(arena, uint64_t, row_count);
	NamiParquetPage page;
	bool		found;

	for (;;)
	{
		size_t		first = column.row;

		NAMI_TRY(column_next(&column, &page, &found, err));
		if (!found)
			break;
		memcpy(words + first, page.values.u64, (size_t) page.value_count * sizeof(*words));
	}
	*out = words;
	return NAMI_OK;
}

typedef NAMI_VEC(uint32_t) LabelList;

/*
 * Adds a page of label entries. Repetition 0 begins a row; an entry that is defined to the full is
 * a label, one step less a null label, anything less an empty list.
 */
static NamiStatus
add_labels(NamiNodeSst *sst, const NamiParquetPage *page, NamiArena *arena, uint64_t row_limit,
		   NamiNodeSstKeys *keys, LabelList *ids, uint32_t *rows, NamiError *err)
{
	uint8_t		full = sst->file.elements[sst->file.leaves[LEAF_LABEL]].max_definition;
	uint32_t	value = 0;

	if (ids->count + page->value_count > UINT32_MAX)
		return column_fail(sst, LEAF_LABEL, "too many labels", err);
	nami_vec_reserve(ids, arena, ids->count + page->value_count);
	for (uint32_t i = 0; i < page->entry_count; i++)
	{
		uint8_t		definition = page->definition_levels[i];

		if (page->repetition_levels[i] == 0)
		{
			if (*rows == row_limit)
				return column_fail(sst, LEAF_LABEL, "too many rows", err);
			keys->label_offsets[(*rows)++] = (uint32_t) ids->count;
		}
		else if (*rows == 0 || definition != full ||
				 ids->count - keys->label_offsets[*rows - 1] >= ROW_LABELS_MAX)
			return column_fail(sst, LEAF_LABEL, "misplaced list element", err);
		if (definition == full)
			ids->items[ids->count++] = page->values.u32[value++];
		else if (definition + 1 == full)
			return column_fail(sst, LEAF_LABEL, "null label", err);
	}
	return NAMI_OK;
}

static NamiStatus
read_labels(NamiNodeSst *sst, NamiArena *arena, NamiNodeSstKeys *keys, NamiError *err)
{
	const NamiParquetFile *file = &sst->file;
	LabelList	ids = {0};
	uint32_t	rows = 0;
	uint64_t	row_group_end = 0;	/* row after the row group */
	uint32_t	row_group = 0;	/* those before it are complete */
	NamiParquetPage page;
	bool		found;

	keys->label_offsets = NAMI_NEW_ARRAY(arena, uint32_t, (size_t) keys->row_count + 1);
	nami_vec_reserve(&ids, arena, keys->row_count);
	nami_parquet_reader_select(sst->reader, LEAF_LABEL);
	sst->is_streaming = false;
	for (;;)
	{
		NAMI_TRY(nami_parquet_reader_next(sst->reader, &page, &found, err));
		while (row_group < (found ? page.row_group + 1 : file->row_group_count))
		{
			if (rows != row_group_end)
				return column_fail(sst, LEAF_LABEL, "rows missing", err);
			row_group_end += file->row_groups[row_group++].row_count;
			if (found && row_group == page.row_group + 1 && page.repetition_levels[0] != 0)
				return column_fail(sst, LEAF_LABEL, "row group begins inside a list", err);
		}
		if (!found)
			break;
		NAMI_TRY(add_labels(sst, &page, arena, row_group_end, keys, &ids, &rows, err));
	}
	if (rows != row_group_end)
		return column_fail(sst, LEAF_LABEL, "rows missing", err);
	keys->label_offsets[rows] = (uint32_t) ids.count;
	keys->label_ids = ids.items;
	return NAMI_OK;
}

NamiStatus
nami_node_sst_read_keys(NamiNodeSst *sst, NamiArena *arena, NamiNodeSstKeys *out, NamiError *err)
{
	*out = (NamiNodeSstKeys) {0};
	/* ids first: being distinct they prove the row count, which bounds all other columns */
	NAMI_TRY(read_ids(sst, arena, out, err));
	NAMI_TRY(read_tombstones(sst, arena, out, err));
	NAMI_TRY(read_u64_column(sst, LEAF_LSN, out->row_count, arena, &out->lsns, err));
	NAMI_TRY(read_labels(sst, arena, out, err));
	sst->has_keys = true;
	return NAMI_OK;
}

NamiStatus
nami_node_sst_read_schema_versions(NamiNodeSst *sst, NamiArena *arena, uint64_t **out,
								   NamiError *err)
{
	NAMI_ASSERT(sst->has_keys);
	return read_u64_column(sst, LEAF_SCHEMA_VERSION, nami_node_sst_row_count(sst), arena, out,
						   err);
}

void
nami_node_sst_props_begin(NamiNodeSst *sst)
{
	nami_parquet_reader_select(sst->reader, LEAF_JSON);
	sst->is_streaming = true;
	sst->next_row = 0;
}

NamiStatus
nami_node_sst_props_next(NamiNodeSst *sst, NamiNodePropBatch *batch, bool *found, NamiError *err)
{
	NamiParquetPage page;
	uint8_t		full = sst->file.elements[sst->file.leaves[LEAF_JSON]].max_definition;

	/* another column was read meanwhile: a mistake of the caller */
	NAMI_ASSERT(sst->is_streaming);
	NAMI_TRY(nami_parquet_reader_next(sst->reader, &page, found, err));
	if (!*found)
	{
		if (sst->next_row != sst->file.row_count)
			return column_fail(sst, LEAF_JSON, "rows missing", err);
		return NAMI_OK;
	}
	if (page.entry_count > sst->file.row_count - sst->next_row)
		return column_fail(sst, LEAF_JSON, "too many rows", err);
	batch->first_row = sst->next_row;
	batch->row_count = page.entry_count;
	batch->values = page.values.strs;
	sst->next_row += page.entry_count;
	if (page.value_count < page.entry_count)
	{
		NamiStr    *texts = nami_scratch_reserve(&sst->texts, sst->arena,
												 page.entry_count * sizeof(NamiStr));
		uint32_t	value = 0;

		for (uint32_t i = 0; i < page.entry_count; i++)
			texts[i] = page.definition_levels[i] == full ? page.values.strs[value++] :
				(NamiStr) {NULL, 0};
		batch->values = texts;
	}
	return NAMI_OK;
}
