/*
 * edge_props.c - property streams of edge SSTs (spec/edge-sst.md 8).
 *
 *	0   header: magic, version, flags, page count, row count, entry length
 *	32  directory: 44 bytes for each page
 *	... pages, back to back to the end of the section
 */
#include "base/hash.h"
#include "format/edge_internal.h"

#define HEADER_BYTES		32
#define ENTRY_BYTES			44
#define ARROW_BYTES_MAX		((size_t) 1 << 30)

enum
{
	CODEC_ARROW = 0,
	CODEC_ARROW_ZSTD = 1,
	CODEC_PAGES = 2,
	CODEC_PAGES_ZSTD = 3
};

typedef struct Page
{
	uint64_t	first_row;
	uint32_t	row_count;
	uint64_t	offset;			/* from the start of the section */
	uint64_t	encoded_bytes;
	uint64_t	decoded_bytes;
	uint64_t	digest;
} Page;

struct NamiEdgeProps
{
	NamiArena  *arena;			/* borrowed */
	NamiInflater *inflater;		/* borrowed */
	NamiStr		bytes;			/* of the section */
	uint8_t		codec;
	uint32_t	page_count;		/* or record batches */
	uint32_t	next_page;
	NamiArrowBatchList arrow;
	NamiScratch decoded;
	NamiScratch values;
};

static NamiStatus
damaged(NamiError *err, const char *what)
{
	return nami_fail(err, NAMI_ERR_CORRUPT, "damaged property stream of an edge SST: %s", what);
}

/* An entry of the directory, whose extent was checked at open. */
static Page
directory_entry(const NamiEdgeProps *props, uint32_t index)
{
	const uint8_t *src = (const uint8_t *) props->bytes.ptr + HEADER_BYTES +
		(size_t) ENTRY_BYTES * index;

	return (Page) {nami_load_u64le(src), nami_load_u32le(src + 8), nami_load_u64le(src + 12),
		nami_load_u64le(src + 20), nami_load_u64le(src + 28), nami_load_u64le(src + 36)};
}

/* A page is at most 64 MiB, but for one with a single value, which may be larger. */
static bool
page_size_is_sane(const Page *page)
{
	if (page->decoded_bytes < 4 + (uint64_t) page->row_count)
		return false;
	if (page->decoded_bytes <= NAMI_INFLATE_PAGE_BYTES_MAX)
		return true;
	return page->row_count == 1 &&
		nami_inflate_size_is_sane(page->encoded_bytes, page->decoded_bytes);
}

static NamiStatus
check_directory(NamiEdgeProps *props, uint64_t row_count, NamiError *err)
{
	uint64_t	row = 0;
	uint64_t	offset = HEADER_BYTES + (uint64_t) ENTRY_BYTES * props->page_count;

	for (uint32_t i = 0; i < props->page_count; i++)
	{
		Page		page = directory_entry(props, i);

		if (page.row_count == 0 || page.first_row != row || page.row_count > row_count - row)
			return damaged(err, "rows of a page");
		if (page.offset != offset || page.encoded_bytes > props->bytes.len - offset)
			return damaged(err, "extent of a page");
		if (!page_size_is_sane(&page) ||
			(props->codec == CODEC_PAGES && page.decoded_bytes != page.encoded_bytes))
			return damaged(err, "size of a page");
		row += page.row_count;
		offset += page.encoded_bytes;
	}
	if (row != row_count || offset != props->bytes.len)
		return damaged(err, "pages do not cover it");
	return NAMI_OK;
}

static NamiStatus
open_pages(NamiEdgeProps *props, uint64_t edge_count, NamiError *err)
{
	NamiCursor	cur = nami_cursor_of(props->bytes);
	const uint8_t *magic;
	uint16_t	version,
				flags;
	uint64_t	row_count;
	uint32_t	entry_bytes,
				reserved;

	if (!nami_cursor_take(&cur, 8, &magic) || memcmp(magic, "TGEPRP02", 8) != 0 ||
		!nami_cursor_read_u16le(&cur, &version) || !nami_cursor_read_u16le(&cur, &flags) ||
		!nami_cursor_read_u32le(&cur, &props->page_count) ||
		!nami_cursor_read_u64le(&cur, &row_count) ||
		!nami_cursor_read_u32le(&cur, &entry_bytes) || !nami_cursor_read_u32le(&cur, &reserved))
		return damaged(err, "header");
	if (version != 1 || flags != 0)
		return nami_fail(err, NAMI_ERR_UNSUPPORTED,
						 "property stream of version %u with flags %#x", version, flags);
	if (entry_bytes != ENTRY_BYTES || reserved != 0 || row_count != edge_count ||
		props->page_count > cur.len / ENTRY_BYTES)
		return damaged(err, "header");
	return check_directory(props, row_count, err);
}

static NamiStatus
open_arrow(NamiEdgeProps *props, uint64_t edge_count, NamiError *err)
{
	NamiStr		stream = props->bytes;
	uint64_t	row_count;

	if (props->codec == CODEC_ARROW_ZSTD)
		NAMI_TRY(nami_inflate_unsized(props->inflater, props->bytes, ARROW_BYTES_MAX,
									  props->arena, &stream, err));
	NAMI_TRY(nami_arrow_read_strings(stream, props->arena, &props->arrow, &row_count, err));
	if (row_count != edge_count)
		return damaged(err, "row count");
	props->page_count = (uint32_t) props->arrow.count;
	return NAMI_OK;
}

NamiStatus
nami_edge_props_open(const NamiEdgeSst *sst, const NamiEdgeStream *stream, NamiArena *arena,
					 NamiInflater *inflater, NamiEdgeProps **out, NamiError *err)
{
	NamiEdgeProps *props = NAMI_NEW(arena, NamiEdgeProps);

	props->arena = arena;
	props->inflater = inflater;
	props->bytes = stream->bytes;
	props->codec = stream->codec;
	*out = props;
	switch (stream->codec)
	{
		case CODEC_PAGES:
		case CODEC_PAGES_ZSTD:
			return open_pages(props, sst->row_count, err);
		case CODEC_ARROW:
		case CODEC_ARROW_ZSTD:
			return open_arrow(props, sst->row_count, err);
		default:
			return nami_fail(err, NAMI_ERR_UNSUPPORTED, "property stream of codec %u",
							 stream->codec);
	}
}

/* row_count, then for each row 0, or 1 with a length and a text. */
static NamiStatus
split_page(NamiEdgeProps *props, NamiCursor cur, const Page *page, NamiEdgePropBatch *batch,
		   NamiError *err)
{
	NamiStr    *values = nami_scratch_reserve(&props->values, props->arena,
											  page->row_count * sizeof(NamiStr));
	uint32_t	row_count;

	if (!nami_cursor_read_u32le(&cur, &row_count) || row_count != page->row_count)
		return damaged(err, "row count of a page");
	for (uint32_t i = 0; i < row_count; i++)
	{
		uint8_t		tag;
		uint32_t	len;
		const uint8_t *text;

		if (!nami_cursor_read_u8(&cur, &tag) || tag > 1)
			return damaged(err, "row");
		values[i] = (NamiStr) {NULL, 0};
		if (tag == 0)
			continue;
		if (!nami_cursor_read_u32le(&cur, &len) || !nami_cursor_take(&cur, len, &text))
			return damaged(err, "row");
		values[i] = (NamiStr) {(const char *) text, len};
	}
	if (cur.len != 0)
		return damaged(err, "surplus bytes in a page");
	*batch = (NamiEdgePropBatch) {page->first_row, row_count, values};
	return NAMI_OK;
}

static NamiStatus
next_page(NamiEdgeProps *props, NamiEdgePropBatch *batch, NamiError *err)
{
	Page		page = directory_entry(props, props->next_page);
	NamiStr		encoded = nami_str_slice(props->bytes, (size_t) page.offset,
										 (size_t) page.encoded_bytes);
	uint8_t    *decoded;

	if (nami_xxh3(encoded.ptr, encoded.len) != page.digest)
		return damaged(err, "digest of a page");
	if (props->codec == CODEC_PAGES)
		return split_page(props, nami_cursor_of(encoded), &page, batch, err);
	decoded = nami_scratch_reserve(&props->decoded, props->arena, (size_t) page.decoded_bytes);
	NAMI_TRY(nami_inflate(props->inflater, NAMI_CODEC_ZSTD, encoded, decoded,
						  (size_t) page.decoded_bytes, err));
	return split_page(props, nami_cursor(decoded, (size_t) page.decoded_bytes), &page, batch, err);
}

static void
next_arrow_batch(NamiEdgeProps *props, NamiEdgePropBatch *batch)
{
	const NamiArrowBatch *arrow = &props->arrow.items[props->next_page];
	NamiStr    *values = nami_scratch_reserve(&props->values, props->arena,
											  arrow->row_count * sizeof(NamiStr));

	for (uint32_t i = 0; i < arrow->row_count; i++)
	{
		uint32_t	start = nami_load_u32le(arrow->offsets + 4 * (size_t) i);
		uint32_t	end = nami_load_u32le(arrow->offsets + 4 * (size_t) i + 4);

		if (arrow->validity != NULL && ((arrow->validity[i >> 3] >> (i & 7)) & 1) == 0)
			values[i] = (NamiStr) {NULL, 0};
		else
			values[i] = (NamiStr) {arrow->data + start, end - start};
	}
	*batch = (NamiEdgePropBatch) {arrow->first_row, arrow->row_count, values};
}

NamiStatus
nami_edge_props_next(NamiEdgeProps *props, NamiEdgePropBatch *batch, bool *found, NamiError *err)
{
	*found = props->next_page < props->page_count;
	if (!*found)
		return NAMI_OK;
	if (props->codec == CODEC_ARROW || props->codec == CODEC_ARROW_ZSTD)
		next_arrow_batch(props, batch);
	else
		NAMI_TRY(next_page(props, batch, err));
	props->next_page++;
	return NAMI_OK;
}

static uint64_t
page_first_row(const NamiEdgeProps *props, uint32_t page)
{
	if (props->codec == CODEC_ARROW || props->codec == CODEC_ARROW_ZSTD)
		return props->arrow.items[page].first_row;
	return directory_entry(props, page).first_row;
}

void
nami_edge_props_seek(NamiEdgeProps *props, uint64_t row)
{
	uint32_t	low = 0,
				high = props->page_count;

	/* the last page whose first row is not behind the row */
	while (high - low > 1)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (page_first_row(props, middle) <= row)
			low = middle;
		else
			high = middle;
	}
	props->next_page = low;
}
