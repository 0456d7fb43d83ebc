/*
 * parquet_footer.c - the footer of a Parquet file: schema, row groups, column chunks.
 */
#include "base/vec.h"
#include "format/parquet.h"
#include "format/thrift.h"

#define MAGIC				NAMI_STR("PAR1")
#define TAIL_BYTES			8	/* footer length, magic */
#define SCHEMA_DEPTH_MAX	16
#define SCHEMA_ELEMENTS_MAX	100000

typedef NAMI_VEC(NamiParquetElement) ElementList;
typedef NAMI_VEC(NamiParquetRowGroup) RowGroupList;

typedef struct FooterParser
{
	NamiCursor	cur;
	NamiStr		object;
	uint64_t	data_end;		/* where the footer begins */
	NamiArena  *arena;
	NamiError  *err;
	NamiParquetFile *file;
	ElementList elements;
	RowGroupList row_groups;
	bool		has_schema;
	int64_t		claimed_rows;
} FooterParser;

static NamiStatus
damaged(FooterParser *parser, const char *what)
{
	return nami_fail(parser->err, NAMI_ERR_CORRUPT, "damaged parquet footer: %s", what);
}

/* LogicalType is a union: a struct with exactly one field, whose id is the kind. */
static bool
parse_logical_type(NamiCursor *cur, NamiParquetAnnotation *out)
{
	NamiThriftField kind = NAMI_THRIFT_STRUCT_BEGIN;

	*out = NAMI_PARQUET_ANNOTATION_OTHER;
	while (nami_thrift_next_field(cur, &kind))
	{
		NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
		int64_t		bits = 0;
		bool		is_signed = true;

		if (kind.id == 1)
			*out = NAMI_PARQUET_ANNOTATION_STRING;
		else if (kind.id == 3)
			*out = NAMI_PARQUET_ANNOTATION_LIST;
		if (kind.id != 10 || !nami_thrift_is_struct(&kind))
		{
			if (!nami_thrift_skip(cur, &kind))
				return false;
			continue;
		}
		while (nami_thrift_next_field(cur, &field))
		{
			bool		ok = field.id == 1 ? nami_thrift_read_i64(cur, &field, &bits) :
				field.id == 2 ? nami_thrift_read_bool(&field, &is_signed) :
				nami_thrift_skip(cur, &field);

			if (!ok)
				return false;
		}
		if (field.type != NAMI_THRIFT_STOP)
			return false;
		if (!is_signed && bits == 32)
			*out = NAMI_PARQUET_ANNOTATION_UINT32;
		else if (!is_signed && bits == 64)
			*out = NAMI_PARQUET_ANNOTATION_UINT64;
	}
	return kind.type == NAMI_THRIFT_STOP;
}

static NamiParquetAnnotation
annotation_of_converted(int32_t converted)
{
	switch (converted)
	{
		case 0:
			return NAMI_PARQUET_ANNOTATION_STRING;
		case 3:
			return NAMI_PARQUET_ANNOTATION_LIST;
		case 13:
			return NAMI_PARQUET_ANNOTATION_UINT32;
		case 14:
			return NAMI_PARQUET_ANNOTATION_UINT64;
		default:
			return NAMI_PARQUET_ANNOTATION_OTHER;
	}
}

static bool
parse_element(NamiCursor *cur, NamiParquetElement *element)
{
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
	int32_t		type = -1,
				repetition = 0,
				converted = -1;
	bool		has_logical = false;
	bool		ok = true;

	*element = (NamiParquetElement) {{NULL, 0}};
	while (ok && nami_thrift_next_field(cur, &field))
	{
		switch (field.id)
		{
			case 1:
				ok = nami_thrift_read_i32(cur, &field, &type) && type >= 0 &&
					type <= NAMI_PARQUET_FIXED;
				break;
			case 2:
				ok = nami_thrift_read_i32(cur, &field, &element->type_length);
				break;
			case 3:
				ok = nami_thrift_read_i32(cur, &field, &repetition) && repetition >= 0 &&
					repetition <= NAMI_PARQUET_REPEATED;
				break;
			case 4:
				ok = nami_thrift_read_binary(cur, &field, &element->name);
				break;
			case 5:
				ok = nami_thrift_read_i32(cur, &field, &element->child_count) &&
					element->child_count >= 0;
				break;
			case 6:
				ok = nami_thrift_read_i32(cur, &field, &converted);
				break;
			case 10:
				ok = nami_thrift_is_struct(&field) &&
					parse_logical_type(cur, &element->annotation);
				has_logical = true;
				break;
			default:
				ok = nami_thrift_skip(cur, &field);
		}
	}
	if (!ok || field.type != NAMI_THRIFT_STOP)
		return false;
	element->type = type < 0 ? NAMI_PARQUET_GROUP : (NamiParquetType) type;
	element->repetition = (NamiParquetRepetition) repetition;
	if (!has_logical && converted >= 0)
		element->annotation = annotation_of_converted(converted);
	if (element->type != NAMI_PARQUET_GROUP)
		element->child_count = 0;
	return element->type != NAMI_PARQUET_FIXED || element->type_length > 0;
}

/* Walks the flat list as the tree it is; sets the levels and collects the leaves. */
static NamiStatus
shape_schema(FooterParser *parser)
{
	struct
	{
		int32_t		children_left;
		uint8_t		definition;
		uint8_t		repetition;
	}			stack[SCHEMA_DEPTH_MAX];
	unsigned	depth = 1;
	NamiParquetFile *file = parser->file;

	file->elements = parser->elements.items;
	file->element_count = (uint32_t) parser->elements.count;
	if (file->element_count == 0 || file->elements[0].type != NAMI_PARQUET_GROUP)
		return damaged(parser, "no root in the schema");
	file->leaves = NAMI_NEW_ARRAY(parser->arena, uint32_t, file->element_count);
	stack[0].children_left = file->elements[0].child_count;
	stack[0].definition = stack[0].repetition = 0;
	for (uint32_t i = 1; i < file->element_count; i++)
	{
		NamiParquetElement *element = &file->elements[i];

		while (depth > 0 && stack[depth - 1].children_left == 0)
			depth--;
		if (depth == 0)
			return damaged(parser, "schema elements outside the root");
		stack[depth - 1].children_left--;
		element->max_definition = (uint8_t) (stack[depth - 1].definition +
											 (element->repetition != NAMI_PARQUET_REQUIRED));
		element->max_repetition = (uint8_t) (stack[depth - 1].repetition +
											 (element->repetition == NAMI_PARQUET_REPEATED));
		if (element->type != NAMI_PARQUET_GROUP)
		{
			file->leaves[file->leaf_count++] = i;
			continue;
		}
		if (depth == SCHEMA_DEPTH_MAX)
			return damaged(parser, "schema nested too deeply");
		stack[depth].children_left = element->child_count;
		stack[depth].definition = element->max_definition;
		stack[depth].repetition = element->max_repetition;
		depth++;
	}
	while (depth > 0 && stack[depth - 1].children_left == 0)
		depth--;
	if (depth != 0)
		return damaged(parser, "schema elements missing");
	return NAMI_OK;
}

static NamiStatus
parse_schema(FooterParser *parser, const NamiThriftField *field)
{
	uint8_t		type;
	uint32_t	count;

	if (parser->has_schema || !nami_thrift_read_list(&parser->cur, field, &type, &count) ||
		type != NAMI_THRIFT_STRUCT || count > SCHEMA_ELEMENTS_MAX)
		return damaged(parser, "schema");
	for (uint32_t i = 0; i < count; i++)
	{
		if (!parse_element(&parser->cur, nami_vec_add(&parser->elements, parser->arena)))
			return damaged(parser, "schema element");
	}
	parser->has_schema = true;
	return shape_schema(parser);
}

typedef struct ChunkMeta
{
	int32_t		type;
	int32_t		codec;
	int64_t		entry_count;
	int64_t		size_bytes;
	int64_t		data_offset;
	int64_t		dictionary_offset;
} ChunkMeta;

static bool
parse_chunk_meta(NamiCursor *cur, ChunkMeta *meta)
{
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
	bool		ok = true;

	while (ok && nami_thrift_next_field(cur, &field))
	{
		switch (field.id)
		{
			case 1:
				ok = nami_thrift_read_i32(cur, &field, &meta->type);
				break;
			case 4:
				ok = nami_thrift_read_i32(cur, &field, &meta->codec);
				break;
			case 5:
				ok = nami_thrift_read_i64(cur, &field, &meta->entry_count);
				break;
			case 7:
				ok = nami_thrift_read_i64(cur, &field, &meta->size_bytes);
				break;
			case 9:
				ok = nami_thrift_read_i64(cur, &field, &meta->data_offset);
				break;
			case 11:
				ok = nami_thrift_read_i64(cur, &field, &meta->dictionary_offset);
				break;
			default:
				ok = nami_thrift_skip(cur, &field);
		}
	}
	return ok && field.type == NAMI_THRIFT_STOP;
}

static NamiStatus
parse_chunk(FooterParser *parser, const NamiParquetElement *leaf, NamiParquetChunk *chunk)
{
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
	ChunkMeta	meta = {-1, -1, -1, -1, -1, 0};
	int64_t		start;
	bool		ok = true;

	while (ok && nami_thrift_next_field(&parser->cur, &field))
	{
		if (field.id == 3)
			ok = nami_thrift_is_struct(&field) && parse_chunk_meta(&parser->cur, &meta);
		else if (field.id == 1)
			return nami_fail(parser->err, NAMI_ERR_UNSUPPORTED,
							 "parquet column chunk in another file");
		else if (field.id == 8 || field.id == 9)
			return nami_fail(parser->err, NAMI_ERR_UNSUPPORTED, "encrypted parquet column");
		else
			ok = nami_thrift_skip(&parser->cur, &field);
	}
	if (!ok || field.type != NAMI_THRIFT_STOP)
		return damaged(parser, "column chunk");
	/* a dictionary offset of 0 means "none" in some writers */
	start = meta.data_offset;
	if (meta.dictionary_offset > 0 && meta.dictionary_offset < start)
		start = meta.dictionary_offset;
	if (meta.type != (int32_t) leaf->type || meta.codec < 0 || meta.entry_count < 0 ||
		start < (int64_t) MAGIC.len || meta.size_bytes < 0 ||
		(uint64_t) start > parser->data_end ||
		(uint64_t) meta.size_bytes > parser->data_end - (uint64_t) start)
		return damaged(parser, "column chunk out of place");
	chunk->pages = nami_str_slice(parser->object, (size_t) start, (size_t) meta.size_bytes);
	chunk->entry_count = (uint64_t) meta.entry_count;
	chunk->codec = meta.codec;
	return NAMI_OK;
}

static NamiStatus
parse_row_group(FooterParser *parser)
{
	NamiParquetFile *file = parser->file;
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
	NamiParquetChunk *chunks = NULL;
	int64_t		row_count = -1;
	uint8_t		type;
	uint32_t	count;
	bool		ok = true;

	while (ok && nami_thrift_next_field(&parser->cur, &field))
	{
		if (field.id == 3)
			ok = nami_thrift_read_i64(&parser->cur, &field, &row_count) && row_count >= 0;
		else if (field.id == 1)
		{
			if (chunks != NULL || !nami_thrift_read_list(&parser->cur, &field, &type, &count) ||
				type != NAMI_THRIFT_STRUCT || count != file->leaf_count)
				return damaged(parser, "columns of a row group");
			chunks = NAMI_NEW_ARRAY(parser->arena, NamiParquetChunk, count);
			for (uint32_t i = 0; i < count; i++)
				NAMI_TRY(parse_chunk(parser, &file->elements[file->leaves[i]], &chunks[i]));
		}
		else
			ok = nami_thrift_skip(&parser->cur, &field);
	}
	if (!ok || field.type != NAMI_THRIFT_STOP || chunks == NULL || row_count < 0 ||
		__builtin_add_overflow(file->row_count, (uint64_t) row_count, &file->row_count))
		return damaged(parser, "row group");
	nami_vec_push(&parser->row_groups, parser->arena,
				  (NamiParquetRowGroup) {(uint64_t) row_count, chunks});
	return NAMI_OK;
}

static NamiStatus
parse_row_groups(FooterParser *parser, const NamiThriftField *field)
{
	uint8_t		type;
	uint32_t	count;

	/* writers store fields in order of their ids, so the schema is known by now */
	if (!parser->has_schema || parser->row_groups.count > 0 ||
		!nami_thrift_read_list(&parser->cur, field, &type, &count) ||
		(count > 0 && type != NAMI_THRIFT_STRUCT))
		return damaged(parser, "row groups");
	for (uint32_t i = 0; i < count; i++)
		NAMI_TRY(parse_row_group(parser));
	return NAMI_OK;
}

static NamiStatus
parse_file_meta(FooterParser *parser)
{
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
	bool		ok = true;

	while (ok && nami_thrift_next_field(&parser->cur, &field))
	{
		switch (field.id)
		{
			case 2:
				NAMI_TRY(parse_schema(parser, &field));
				break;
			case 3:
				ok = nami_thrift_read_i64(&parser->cur, &field, &parser->claimed_rows);
				break;
			case 4:
				NAMI_TRY(parse_row_groups(parser, &field));
				break;
			case 8:
				return nami_fail(parser->err, NAMI_ERR_UNSUPPORTED, "encrypted parquet file");
			default:
				ok = nami_thrift_skip(&parser->cur, &field);
		}
	}
	if (!ok || field.type != NAMI_THRIFT_STOP)
		return damaged(parser, "metadata");
	if (!parser->has_schema)
		return damaged(parser, "no schema");
	if (parser->claimed_rows < 0 || (uint64_t) parser->claimed_rows != parser->file->row_count)
		return damaged(parser, "row counts differ");
	return NAMI_OK;
}

NamiStatus
nami_parquet_open(NamiStr object, NamiArena *arena, NamiParquetFile *file, NamiError *err)
{
	FooterParser parser = {.object = object, .arena = arena, .err = err, .file = file,
		.claimed_rows = -1};
	uint32_t	footer_bytes;

	*file = (NamiParquetFile) {NULL};
	if (object.len < MAGIC.len + TAIL_BYTES || !nami_str_starts_with(object, MAGIC) ||
		!nami_str_ends_with(object, MAGIC))
	{
		if (nami_str_ends_with(object, NAMI_STR("PARE")))
			return nami_fail(err, NAMI_ERR_UNSUPPORTED, "encrypted parquet file");
		return nami_fail(err, NAMI_ERR_CORRUPT, "not a parquet file");
	}
	footer_bytes = nami_load_u32le((const uint8_t *) object.ptr + object.len - TAIL_BYTES);
	if (footer_bytes > object.len - TAIL_BYTES - MAGIC.len)
		return nami_fail(err, NAMI_ERR_CORRUPT, "damaged parquet footer: length");
	parser.data_end = object.len - TAIL_BYTES - footer_bytes;
	parser.cur = nami_cursor(object.ptr + parser.data_end, footer_bytes);
	NAMI_TRY(parse_file_meta(&parser));
	file->row_groups = parser.row_groups.items;
	file->row_group_count = (uint32_t) parser.row_groups.count;
	return NAMI_OK;
}
