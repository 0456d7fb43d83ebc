/*
 * parquet_reader.c - the pages of a column: headers, decompression, levels, dictionary. How values
 * are encoded inside a page is in parquet_values.c.
 */
#include "base/hash.h"
#include "format/parquet_internal.h"
#include "format/rle.h"
#include "format/thrift.h"

/* Numbers as in parquet.thrift. */
enum
{
	PAGE_DATA_V1 = 0,
	PAGE_INDEX = 1,
	PAGE_DICTIONARY = 2,
	PAGE_DATA_V2 = 3
};

typedef struct PageHeader
{
	int32_t		type;
	int32_t		size_bytes;		/* decompressed */
	int32_t		stored_bytes;
	bool		has_crc;
	uint32_t	crc;
	bool		has_detail;		/* the struct that belongs to the type was there */
	int32_t		entry_count;
	int32_t		encoding;
	int32_t		definition_encoding;	/* V1 */
	int32_t		repetition_encoding;	/* V1 */
	int32_t		definition_bytes;	/* V2 */
	int32_t		repetition_bytes;	/* V2 */
	bool		is_compressed;	/* V2 */
} PageHeader;

struct NamiParquetReader
{
	const NamiParquetFile *file;	/* borrowed */
	NamiArena  *arena;			/* borrowed */
	NamiInflater *inflater;		/* borrowed */

	uint32_t	leaf;
	const NamiParquetElement *element;
	uint32_t	row_group;		/* the one being read; row_group_count at the end */
	bool		is_chunk_open;
	NamiCodec	codec;
	NamiCursor	pages;			/* the rest of the chunk */
	uint64_t	entries_left;	/* of the chunk's claim */

	NamiParquetValues values;	/* dictionary and buffers for values */
	NamiScratch page_bytes;
	NamiScratch dictionary_bytes;
	NamiScratch definition_levels;
	NamiScratch repetition_levels;
};

NamiParquetReader *
nami_parquet_reader_create(const NamiParquetFile *file, NamiArena *arena, NamiInflater *inflater)
{
	NamiParquetReader *reader = NAMI_NEW(arena, NamiParquetReader);

	reader->file = file;
	reader->arena = arena;
	reader->inflater = inflater;
	reader->values.arena = arena;
	reader->row_group = file->row_group_count;
	return reader;
}

void
nami_parquet_reader_select(NamiParquetReader *reader, uint32_t leaf)
{
	NAMI_ASSERT(leaf < reader->file->leaf_count);
	reader->leaf = leaf;
	reader->element = &reader->file->elements[reader->file->leaves[leaf]];
	reader->row_group = 0;
	reader->is_chunk_open = false;
}

/* Definition and repetition levels take the bits of their maximum. */
static unsigned
level_width(uint8_t level_max)
{
	return level_max == 0 ? 0 : 32 - (unsigned) __builtin_clz(level_max);
}

static bool
parse_detail(NamiCursor *cur, int32_t page_type, PageHeader *header)
{
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
	bool		is_v2 = page_type == PAGE_DATA_V2;
	bool		ok = true;

	while (ok && nami_thrift_next_field(cur, &field))
	{
		if (field.id == 1)
			ok = nami_thrift_read_i32(cur, &field, &header->entry_count);
		else if (field.id == (is_v2 ? 4 : 2))
			ok = nami_thrift_read_i32(cur, &field, &header->encoding);
		else if (page_type == PAGE_DATA_V1 && field.id == 3)
			ok = nami_thrift_read_i32(cur, &field, &header->definition_encoding);
		else if (page_type == PAGE_DATA_V1 && field.id == 4)
			ok = nami_thrift_read_i32(cur, &field, &header->repetition_encoding);
		else if (is_v2 && field.id == 5)
			ok = nami_thrift_read_i32(cur, &field, &header->definition_bytes);
		else if (is_v2 && field.id == 6)
			ok = nami_thrift_read_i32(cur, &field, &header->repetition_bytes);
		else if (is_v2 && field.id == 7)
			ok = nami_thrift_read_bool(&field, &header->is_compressed);
		else
			ok = nami_thrift_skip(cur, &field);
	}
	header->has_detail = true;
	return ok && field.type == NAMI_THRIFT_STOP;
}

/* The type of the page whose details a field of the header holds, or -1. */
static int32_t
detail_of(const PageHeader *header, const NamiThriftField *field)
{
	int32_t		type = field->id == 5 ? PAGE_DATA_V1 : field->id == 7 ? PAGE_DICTIONARY :
		field->id == 8 ? PAGE_DATA_V2 : -1;

	return nami_thrift_is_struct(field) && type == header->type ? type : -1;
}

static bool
parse_header(NamiCursor *cur, PageHeader *header)
{
	NamiThriftField field = NAMI_THRIFT_STRUCT_BEGIN;
	int32_t		crc;
	bool		ok = true;

	*header = (PageHeader) {.type = -1, .size_bytes = -1, .stored_bytes = -1, .entry_count = -1,
		.encoding = -1, .definition_encoding = NAMI_PARQUET_ENC_RLE,
		.repetition_encoding = NAMI_PARQUET_ENC_RLE, .is_compressed = true};
	while (ok && nami_thrift_next_field(cur, &field))
	{
		if (field.id == 1)
			ok = nami_thrift_read_i32(cur, &field, &header->type);
		else if (field.id == 2)
			ok = nami_thrift_read_i32(cur, &field, &header->size_bytes);
		else if (field.id == 3)
			ok = nami_thrift_read_i32(cur, &field, &header->stored_bytes);
		else if (field.id == 4)
		{
			ok = nami_thrift_read_i32(cur, &field, &crc);
			header->has_crc = ok;
			header->crc = ok ? (uint32_t) crc : 0;
		}
		else if (detail_of(header, &field) >= 0)
			ok = parse_detail(cur, header->type, header);
		else
			ok = nami_thrift_skip(cur, &field);
	}
	return ok && field.type == NAMI_THRIFT_STOP && header->size_bytes >= 0 &&
		header->stored_bytes >= 0;
}

static NamiStatus
damaged_page(const NamiParquetReader *reader, NamiError *err, const char *what)
{
	return nami_fail(err, NAMI_ERR_CORRUPT, "damaged parquet page of column %.*s: %s",
					 NAMI_STR_ARG(nami_str_slice(reader->element->name, 0, 64)), what);
}

/* stored as decompressed bytes of exactly size: in place when nothing was compressed. */
static NamiStatus
unpack_bytes(NamiParquetReader *reader, NamiCodec codec, NamiCursor stored, size_t size,
			 NamiScratch *scratch, NamiCursor *out, NamiError *err)
{
	uint8_t    *dst;

	if (codec == NAMI_CODEC_NONE || (stored.len == 0 && size == 0))
	{
		if (stored.len != size)
			return damaged_page(reader, err, "size");
		*out = stored;
		return NAMI_OK;
	}
	if (!nami_inflate_size_is_sane(stored.len, size))
		return damaged_page(reader, err, "implausible size");
	dst = nami_scratch_reserve(scratch, reader->arena, size);
	NAMI_TRY(nami_inflate(reader->inflater, codec,
						  (NamiStr) {(const char *) stored.ptr, stored.len}, dst, size, err));
	*out = nami_cursor(dst, size);
	return NAMI_OK;
}

static NamiStatus
read_dictionary(NamiParquetReader *reader, const PageHeader *header, NamiCursor body,
				NamiError *err)
{
	NamiCursor	bytes;

	if (reader->values.has_dictionary)
		return damaged_page(reader, err, "second dictionary");
	if (!header->has_detail || header->entry_count < 0)
		return damaged_page(reader, err, "dictionary header");
	if (header->encoding != NAMI_PARQUET_ENC_PLAIN &&
		header->encoding != NAMI_PARQUET_ENC_PLAIN_DICTIONARY)
		return nami_fail(err, NAMI_ERR_UNSUPPORTED, "parquet dictionary encoding %d",
						 (int) header->encoding);
	NAMI_TRY(unpack_bytes(reader, reader->codec, body, (size_t) header->size_bytes,
						  &reader->dictionary_bytes, &bytes, err));
	if (!nami_parquet_values_dictionary(&reader->values, reader->element, bytes,
										(uint32_t) header->entry_count))
		return damaged_page(reader, err, "dictionary");
	return NAMI_OK;
}

static bool
read_levels(NamiParquetReader *reader, NamiCursor bytes, uint8_t level_max, uint32_t count,
			NamiScratch *scratch, const uint8_t **out)
{
	uint8_t    *levels = nami_scratch_reserve(scratch, reader->arena, count);

	*out = levels;
	return nami_rle_read_u8(bytes, level_width(level_max), level_max, levels, count);
}

/* V1: levels have a length prefix and are compressed with the values. V2: neither. */
static NamiStatus
split_page(NamiParquetReader *reader, const PageHeader *header, NamiCursor body,
		   NamiCursor *repetition, NamiCursor *definition, NamiCursor *values, NamiError *err)
{
	uint32_t	len;
	uint64_t	level_bytes;

	if (header->type == PAGE_DATA_V2)
	{
		if (header->repetition_bytes < 0 || header->definition_bytes < 0 ||
			!nami_cursor_sub(&body, (size_t) header->repetition_bytes, repetition) ||
			!nami_cursor_sub(&body, (size_t) header->definition_bytes, definition))
			return damaged_page(reader, err, "level sizes");
		level_bytes = (uint64_t) header->repetition_bytes + (uint64_t) header->definition_bytes;
		if (level_bytes > (uint64_t) header->size_bytes)
			return damaged_page(reader, err, "level sizes");
		return unpack_bytes(reader, header->is_compressed ? reader->codec : NAMI_CODEC_NONE, body,
							(size_t) ((uint64_t) header->size_bytes - level_bytes),
							&reader->page_bytes, values, err);
	}
	NAMI_TRY(unpack_bytes(reader, reader->codec, body, (size_t) header->size_bytes,
						  &reader->page_bytes, values, err));
	if ((reader->element->max_repetition > 0 &&
		 header->repetition_encoding != NAMI_PARQUET_ENC_RLE) ||
		(reader->element->max_definition > 0 &&
		 header->definition_encoding != NAMI_PARQUET_ENC_RLE))
		return nami_fail(err, NAMI_ERR_UNSUPPORTED, "parquet levels that are not RLE encoded");
	*repetition = *definition = nami_cursor(NULL, 0);
	if ((reader->element->max_repetition > 0 &&
		 (!nami_cursor_read_u32le(values, &len) || !nami_cursor_sub(values, len, repetition))) ||
		(reader->element->max_definition > 0 &&
		 (!nami_cursor_read_u32le(values, &len) || !nami_cursor_sub(values, len, definition))))
		return damaged_page(reader, err, "levels");
	return NAMI_OK;
}

static NamiStatus
read_data(NamiParquetReader *reader, const PageHeader *header, NamiCursor body,
		  NamiParquetPage *page, NamiError *err)
{
	const NamiParquetElement *element = reader->element;
	NamiCursor	repetition,
				definition,
				values;
	uint32_t	count;

	if (!header->has_detail || header->entry_count < 0)
		return damaged_page(reader, err, "header");
	count = (uint32_t) header->entry_count;
	if (count > NAMI_PARQUET_PAGE_ENTRIES_MAX || count > reader->entries_left)
		return damaged_page(reader, err, "too many values");
	NAMI_TRY(split_page(reader, header, body, &repetition, &definition, &values, err));
	*page = (NamiParquetPage) {.row_group = reader->row_group, .entry_count = count,
		.value_count = count};
	if (element->max_repetition > 0 &&
		!read_levels(reader, repetition, element->max_repetition, count,
					 &reader->repetition_levels, &page->repetition_levels))
		return damaged_page(reader, err, "repetition levels");
	if (element->max_definition > 0)
	{
		if (!read_levels(reader, definition, element->max_definition, count,
						 &reader->definition_levels, &page->definition_levels))
			return damaged_page(reader, err, "definition levels");
		page->value_count = 0;
		for (uint32_t i = 0; i < count; i++)
			page->value_count += page->definition_levels[i] == element->max_definition;
	}
	reader->entries_left -= count;
	if (!nami_parquet_values_read(&reader->values, element, header->encoding, values, page, err))
	{
		if (err->cls != NAMI_ERR_NONE)
			return NAMI_FAILED;
		return damaged_page(reader, err, "values");
	}
	return NAMI_OK;
}

static NamiStatus
open_chunk(NamiParquetReader *reader, NamiError *err)
{
	const NamiParquetChunk *chunk;

	chunk = &reader->file->row_groups[reader->row_group].chunks[reader->leaf];
	switch (chunk->codec)
	{
		case 0:
			reader->codec = NAMI_CODEC_NONE;
			break;
		case 2:
			reader->codec = NAMI_CODEC_GZIP;
			break;
		case 6:
			reader->codec = NAMI_CODEC_ZSTD;
			break;
		default:
			{
				static const char *const names[] = {"SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4",
				"ZSTD", "LZ4_RAW"};

				return nami_fail(err, NAMI_ERR_UNSUPPORTED, "parquet compression %s",
								 chunk->codec <= 7 ? names[chunk->codec - 1] : "of unknown kind");
			}
	}
	reader->pages = nami_cursor_of(chunk->pages);
	reader->entries_left = chunk->entry_count;
	reader->values.has_dictionary = false;
	reader->is_chunk_open = true;
	return NAMI_OK;
}

/* One page of the open chunk; *is_data is false for dictionaries, indexes and empty pages. */
static NamiStatus
read_page(NamiParquetReader *reader, NamiParquetPage *page, bool *is_data, NamiError *err)
{
	PageHeader	header;
	NamiCursor	body;

	*is_data = false;
	if (!parse_header(&reader->pages, &header) ||
		!nami_cursor_sub(&reader->pages, (size_t) header.stored_bytes, &body))
		return damaged_page(reader, err, "header");
	if (header.has_crc && nami_crc32(0, body.ptr, body.len) != header.crc)
		return damaged_page(reader, err, "checksum");
	switch (header.type)
	{
		case PAGE_DATA_V1:
		case PAGE_DATA_V2:
			NAMI_TRY(read_data(reader, &header, body, page, err));
			*is_data = page->entry_count > 0;
			return NAMI_OK;
		case PAGE_DICTIONARY:
			return read_dictionary(reader, &header, body, err);
		case PAGE_INDEX:
			return NAMI_OK;
		default:
			return damaged_page(reader, err, "unknown page type");
	}
}

NamiStatus
nami_parquet_reader_next(NamiParquetReader *reader, NamiParquetPage *page, bool *found,
						 NamiError *err)
{
	*found = false;
	while (reader->row_group < reader->file->row_group_count)
	{
		if (!reader->is_chunk_open)
			NAMI_TRY(open_chunk(reader, err));
		while (!*found && reader->pages.len > 0)
			NAMI_TRY(read_page(reader, page, found, err));
		if (*found)
			return NAMI_OK;
		if (reader->entries_left > 0)
			return damaged_page(reader, err, "values missing");
		reader->row_group++;
		reader->is_chunk_open = false;
	}
	return NAMI_OK;
}
