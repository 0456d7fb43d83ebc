/*
 * edge_sst.c - see edge_sst.h. Property streams are in edge_props.c.
 *
 *	0    header, 64 bytes
 *	64   sections
 *	...  footer: section table, fixed tail (85 bytes), trailer (20 bytes)
 */
#include "format/edge_sst.h"

#include <endian.h>

#include "base/hash.h"
#include "base/vec.h"

#define HEADER_BYTES		64
#define ENTRY_BYTES			29	/* of the section table, without the name */
#define TAIL_BYTES			85
#define TRAILER_BYTES		20
#define ID_BYTES			16
#define BINDING_BYTES		40
#define SECTIONS_MAX		8192	/* a type with that many declared properties is a mistake */
#define PAGE_DIGESTS_BYTES_MAX	((uint64_t) 64 << 20)
#define KNOWN_FLAGS			15u
#define DENSE				0x10
#define SPLIT				0x01
#define SPLIT_ENTRY_BYTES_MIN	9

enum
{
	SECTION_KEYS = 1,
	SECTION_OFFSETS,
	SECTION_PARTNERS,
	SECTION_LSNS,
	SECTION_TOMBSTONES,
	SECTION_FENCE,
	SECTION_ORDINALS,
	SECTION_PAGE_DIGESTS,
	SECTION_BINDING,
	SECTION_NUMBERED,			/* one more than the last that occurs once */
	SECTION_PROPS = 0x100
};

typedef struct Section
{
	uint16_t	kind;
	uint8_t		codec;
	uint64_t	offset;
	uint64_t	digest;
	NamiStr		entry;			/* in the table */
	NamiStr		name;
	NamiCursor	bytes;
} Section;

typedef struct Opener
{
	NamiStr		object;
	NamiError  *err;
	NamiArena  *arena;
	NamiEdgeSst *sst;
	NAMI_VEC(Section) sections;
	const Section *numbered[SECTION_NUMBERED];
	uint8_t		min_key[ID_BYTES];
	uint8_t		max_key[ID_BYTES];
} Opener;

static NamiStatus
damaged(Opener *opener, const char *what)
{
	return nami_fail(opener->err, NAMI_ERR_CORRUPT, "damaged edge SST: %s", what);
}

static NamiStatus
read_header(Opener *opener)
{
	NamiCursor	cur = nami_cursor_of(opener->object);
	NamiEdgeSst *sst = opener->sst;
	uint8_t		magic[8];
	uint8_t		major;
	uint16_t	header_bytes;

	if (opener->object.len < HEADER_BYTES + TAIL_BYTES + TRAILER_BYTES)
		return damaged(opener, "too short");
	if (!nami_cursor_copy(&cur, magic, sizeof(magic)) || memcmp(magic, "TGEDGE\0\0", 8) != 0)
		return damaged(opener, "magic");
	if (!nami_cursor_read_u8(&cur, &major) || !nami_cursor_read_u8(&cur, &sst->minor) ||
		!nami_cursor_read_u16le(&cur, &header_bytes) || !nami_cursor_read_u32le(&cur, &sst->flags))
		return damaged(opener, "header");
	if (major != 1 || sst->minor > 2)
		return nami_fail(opener->err, NAMI_ERR_UNSUPPORTED, "edge SST of format version %u.%u",
						 major, sst->minor);
	if (header_bytes != HEADER_BYTES)
		return damaged(opener, "header size");
	if ((sst->flags & ~KNOWN_FLAGS) != 0)
		return nami_fail(opener->err, NAMI_ERR_UNSUPPORTED, "edge SST with unknown flags %#x",
						 sst->flags);
	return NAMI_OK;
}

/* The section table of count entries, which must fill the cursor exactly. */
static NamiStatus
read_table(Opener *opener, NamiCursor cur, uint32_t count, uint64_t sections_end)
{
	uint64_t	previous_end = HEADER_BYTES;

	if (count > cur.len / ENTRY_BYTES)
		return damaged(opener, "section count");
	if (count > SECTIONS_MAX)
		return nami_fail(opener->err, NAMI_ERR_LIMIT, "edge SST with %u sections", count);
	nami_vec_reserve(&opener->sections, opener->arena, count);
	for (uint32_t i = 0; i < count; i++)
	{
		Section    *section = nami_vec_add(&opener->sections, opener->arena);
		const uint8_t *start = cur.ptr;
		const uint8_t *name;
		uint64_t	len;
		uint8_t		reserved,
					name_len;

		if (!nami_cursor_read_u16le(&cur, &section->kind) ||
			!nami_cursor_read_u64le(&cur, &section->offset) ||
			!nami_cursor_read_u64le(&cur, &len) ||
			!nami_cursor_read_u8(&cur, &section->codec) ||
			!nami_cursor_read_u8(&cur, &reserved) ||
			!nami_cursor_read_u64le(&cur, &section->digest) ||
			!nami_cursor_read_u8(&cur, &name_len) ||
			!nami_cursor_take(&cur, name_len, &name))
			return damaged(opener, "section table");
		if (section->offset < previous_end || section->offset > sections_end ||
			len > sections_end - section->offset)
			return damaged(opener, "section out of place");
		previous_end = section->offset + len;
		section->entry = (NamiStr) {(const char *) start, (size_t) (cur.ptr - start)};
		section->name = (NamiStr) {(const char *) name, name_len};
		section->bytes = nami_cursor(opener->object.ptr + section->offset, (size_t) len);
		if (nami_xxh3(section->bytes.ptr, section->bytes.len) != section->digest)
			return nami_fail(opener->err, NAMI_ERR_CORRUPT,
							 "damaged edge SST: digest of section %#x", section->kind);
	}
	if (cur.len != 0)
		return damaged(opener, "section table size");
	return NAMI_OK;
}

static NamiStatus
read_footer(Opener *opener)
{
	const uint8_t *object = (const uint8_t *) opener->object.ptr;
	NamiEdgeSst *sst = opener->sst;
	NamiCursor	trailer = nami_cursor(object + opener->object.len - TRAILER_BYTES, TRAILER_BYTES);
	NamiCursor	footer,
				table,
				tail;
	uint64_t	digest;
	uint32_t	footer_bytes,
				section_count;
	uint8_t		offset_bits;

	if (!nami_cursor_read_u64le(&trailer, &digest) ||
		!nami_cursor_read_u32le(&trailer, &footer_bytes) ||
		memcmp(trailer.ptr, "TGEDGE\xFE\xEF", 8) != 0)
		return damaged(opener, "end magic");
	if (footer_bytes < TAIL_BYTES + TRAILER_BYTES ||
		footer_bytes > opener->object.len - HEADER_BYTES)
		return damaged(opener, "footer size");
	footer = nami_cursor(object + opener->object.len - footer_bytes,
						 footer_bytes - TRAILER_BYTES);
	if (nami_xxh3(footer.ptr, footer.len) != digest)
		return damaged(opener, "footer digest");
	tail = footer;
	if (!nami_cursor_sub(&tail, footer.len - TAIL_BYTES, &table) ||
		!nami_cursor_read_u32le(&tail, &section_count) ||
		!nami_cursor_read_u64le(&tail, &sst->key_count) ||
		!nami_cursor_read_u64le(&tail, &sst->row_count) ||
		!nami_cursor_read_u8(&tail, &offset_bits) ||
		!nami_cursor_copy(&tail, opener->min_key, ID_BYTES) ||
		!nami_cursor_copy(&tail, opener->max_key, ID_BYTES) ||
		!nami_cursor_read_u64le(&tail, &sst->min_lsn) ||
		!nami_cursor_read_u64le(&tail, &sst->max_lsn))
		return damaged(opener, "footer");
	if (offset_bits != 24 && offset_bits != 32 && offset_bits != 40 && offset_bits != 48)
		return damaged(opener, "offset width");
	sst->offset_bytes = offset_bits / 8;
	return read_table(opener, table, section_count, opener->object.len - footer_bytes);
}

/* Tells the numbered sections from property streams and from kinds that we do not know. */
static NamiStatus
sort_sections(Opener *opener)
{
	NamiEdgeSst *sst = opener->sst;

	sst->streams = NAMI_NEW_ARRAY(opener->arena, NamiEdgeStream, opener->sections.count);
	for (size_t i = 0; i < opener->sections.count; i++)
	{
		const Section *section = &opener->sections.items[i];

		if (section->kind == SECTION_PROPS)
		{
			/* a second stream of one name is ignored */
			if (nami_edge_sst_find_stream(sst, section->name) == NULL)
				sst->streams[sst->stream_count++] = (NamiEdgeStream) {section->name,
				{(const char *) section->bytes.ptr, section->bytes.len}, section->codec};
		}
		else if (section->kind >= SECTION_KEYS && section->kind < SECTION_NUMBERED)
		{
			if (opener->numbered[section->kind] != NULL)
				return damaged(opener, "section given twice");
			if (section->codec != 0)
				return nami_fail(opener->err, NAMI_ERR_UNSUPPORTED,
								 "edge SST section %u with codec %u", section->kind,
								 section->codec);
			opener->numbered[section->kind] = section;
		}
	}
	return NAMI_OK;
}

/* The section's bytes if it has exactly the length that count elements of width bytes take. */
static const uint8_t *
sized_section(Opener *opener, unsigned kind, uint64_t count, uint64_t extra, unsigned width)
{
	const Section *section = opener->numbered[kind];
	uint64_t	len;

	if (section == NULL || __builtin_add_overflow(count, extra, &count) ||
		__builtin_mul_overflow(count, (uint64_t) width, &len) || section->bytes.len != len)
		return NULL;
	return section->bytes.ptr;
}

/* Byte order of two ids, as memcmp has it, without a call for each pair. */
static inline bool
id_is_less(const uint8_t *a, const uint8_t *b)
{
	uint64_t	x,
				y;

	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	if (x == y)
	{
		memcpy(&x, a + 8, 8);
		memcpy(&y, b + 8, 8);
	}
	return be64toh(x) < be64toh(y);
}

static bool
is_ascending(const uint8_t *ids, uint64_t count)
{
	for (uint64_t i = 1; i < count; i++)
	{
		if (!id_is_less(ids + ID_BYTES * (i - 1), ids + ID_BYTES * i))
			return false;
	}
	return true;
}

static NamiStatus
check_keys(Opener *opener)
{
	const NamiEdgeSst *sst = opener->sst;
	const uint8_t *last;

	if (sst->key_count == 0)
		return NAMI_OK;
	if (!is_ascending(sst->keys, sst->key_count))
		return damaged(opener, "keys not ascending");
	last = sst->keys + ID_BYTES * (sst->key_count - 1);
	if (memcmp(sst->keys, opener->min_key, ID_BYTES) != 0 ||
		memcmp(last, opener->max_key, ID_BYTES) != 0)
		return damaged(opener, "key bounds");
	return NAMI_OK;
}

/*
 * Reads eight bytes and keeps the 3 to 6 that count: the footer lies behind every section, so the
 * others are still in the object.
 */
static inline uint64_t
block_offset(const NamiEdgeSst *sst, uint64_t key)
{
	_Static_assert(TAIL_BYTES + TRAILER_BYTES >= 8, "a footer long enough to read into");
	return nami_load_u64le(sst->offsets + sst->offset_bytes * key) &
		((UINT64_C(1) << (8 * sst->offset_bytes)) - 1);
}

/* Offsets are strictly ascending: each block takes at least a degree and a tag. */
static NamiStatus
check_offsets(Opener *opener)
{
	const NamiEdgeSst *sst = opener->sst;
	uint64_t	previous = block_offset(sst, 0);

	if (previous != 0 || block_offset(sst, sst->key_count) != sst->partners.len)
		return damaged(opener, "partner offsets");
	for (uint64_t i = 1; i <= sst->key_count; i++)
	{
		uint64_t	offset = block_offset(sst, i);

		if (offset <= previous || offset > sst->partners.len)
			return damaged(opener, "partner offsets");
		previous = offset;
	}
	return NAMI_OK;
}

/* Files of minor 0 have no ordinals: adds up the degrees at the starts of the blocks. */
static NamiStatus
build_ordinals(Opener *opener)
{
	NamiEdgeSst *sst = opener->sst;
	uint64_t   *ordinals;
	uint64_t	row = 0;

	ordinals = NAMI_NEW_ARRAY(opener->arena, uint64_t, (size_t) sst->key_count + 1);
	for (uint64_t i = 0; i < sst->key_count; i++)
	{
		NamiCursor	block = sst->partners;
		uint64_t	degree;

		ordinals[i] = row;
		if (!nami_cursor_skip(&block, (size_t) block_offset(sst, i)) ||
			!nami_cursor_read_varint(&block, &degree) || degree > sst->row_count - row)
			return damaged(opener, "degree");
		row += degree;
	}
	ordinals[sst->key_count] = row;
	sst->built_ordinals = ordinals;
	return NAMI_OK;
}

static NamiStatus
check_ordinals(Opener *opener)
{
	const NamiEdgeSst *sst = opener->sst;
	uint64_t	previous = 0;

	if (nami_edge_sst_first_row(sst, 0) != 0 ||
		nami_edge_sst_first_row(sst, sst->key_count) != sst->row_count)
		return damaged(opener, "ordinals");
	for (uint64_t i = 1; i <= sst->key_count; i++)
	{
		uint64_t	row = nami_edge_sst_first_row(sst, i);

		if (row <= previous || row > sst->row_count)
			return damaged(opener, "ordinals");
		previous = row;
	}
	return NAMI_OK;
}

static NamiStatus
check_geometry(Opener *opener)
{
	NamiEdgeSst *sst = opener->sst;
	bool		has_tombstones = (sst->flags & NAMI_EDGE_HAS_TOMBSTONES) != 0;

	if (sst->key_count > sst->row_count)
		return damaged(opener, "more keys than edges");
	sst->keys = sized_section(opener, SECTION_KEYS, sst->key_count, 0, ID_BYTES);
	sst->offsets = sized_section(opener, SECTION_OFFSETS, sst->key_count, 1, sst->offset_bytes);
	sst->lsns = sized_section(opener, SECTION_LSNS, sst->row_count, 0, 8);
	if (sst->keys == NULL || sst->offsets == NULL || sst->lsns == NULL ||
		opener->numbered[SECTION_PARTNERS] == NULL)
		return damaged(opener, "section missing or of wrong size");
	sst->partners = opener->numbered[SECTION_PARTNERS]->bytes;
	if (has_tombstones != (opener->numbered[SECTION_TOMBSTONES] != NULL))
		return damaged(opener, "tombstone flag");
	if (has_tombstones)
	{
		sst->tombstones = sized_section(opener, SECTION_TOMBSTONES,
										sst->row_count / 8 + (sst->row_count % 8 != 0), 0, 1);
		if (sst->tombstones == NULL)
			return damaged(opener, "tombstone section size");
	}
	NAMI_TRY(check_keys(opener));
	NAMI_TRY(check_offsets(opener));
	if (opener->numbered[SECTION_ORDINALS] != NULL)
	{
		sst->ordinals = sized_section(opener, SECTION_ORDINALS, sst->key_count, 1, 8);
		if (sst->ordinals == NULL)
			return damaged(opener, "ordinal section size");
	}
	else if (sst->minor >= 2)
		return damaged(opener, "no ordinals");
	else
		NAMI_TRY(build_ordinals(opener));
	return check_ordinals(opener);
}

/* Entry j of the fence repeats key j * stride; nothing of it is needed to read a whole object. */
static NamiStatus
check_fence(Opener *opener)
{
	const NamiEdgeSst *sst = opener->sst;
	NamiCursor	cur;
	uint32_t	stride,
				count;

	if (opener->numbered[SECTION_FENCE] == NULL)
		return NAMI_OK;
	cur = opener->numbered[SECTION_FENCE]->bytes;
	if (!nami_cursor_read_u32le(&cur, &stride) || !nami_cursor_read_u32le(&cur, &count) ||
		stride == 0 || count != sst->key_count / stride + (sst->key_count % stride != 0) ||
		cur.len != (uint64_t) count * (ID_BYTES + 8))
		return damaged(opener, "fence");
	for (uint64_t i = 0; i < count; i++)
	{
		uint64_t	offset = i * stride * ID_BYTES;
		const uint8_t *entry = cur.ptr + i * (ID_BYTES + 8);

		if (memcmp(entry, sst->keys + offset, ID_BYTES) != 0 ||
			nami_load_u64le(entry + ID_BYTES) != offset)
			return damaged(opener, "fence entry");
	}
	return NAMI_OK;
}

/* The directory's shape only: the digests of the pages say nothing that the sections' do not. */
static NamiStatus
check_page_digests(Opener *opener)
{
	NamiCursor	cur;
	const uint8_t *magic;
	uint32_t	page_bytes,
				count;

	if (opener->numbered[SECTION_PAGE_DIGESTS] == NULL)
		return opener->sst->minor >= 2 ? damaged(opener, "no page digests") : NAMI_OK;
	cur = opener->numbered[SECTION_PAGE_DIGESTS]->bytes;
	if (cur.len > PAGE_DIGESTS_BYTES_MAX || !nami_cursor_take(&cur, 8, &magic) ||
		memcmp(magic, "TGEPGC02", 8) != 0 ||
		!nami_cursor_read_u32le(&cur, &page_bytes) || !nami_cursor_read_u32le(&cur, &count) ||
		page_bytes < 4096 || page_bytes > 1u << 20 || (page_bytes & (page_bytes - 1)) != 0 ||
		count != opener->sections.count - 1)
		return damaged(opener, "page digests");
	for (size_t i = 0; i < opener->sections.count; i++)
	{
		const Section *section = &opener->sections.items[i];
		uint64_t	offset,
					len;
		uint32_t	pages;

		if (section->kind == SECTION_PAGE_DIGESTS)
			continue;
		if (!nami_cursor_read_u64le(&cur, &offset) || !nami_cursor_read_u64le(&cur, &len) ||
			!nami_cursor_read_u32le(&cur, &pages) ||
			offset != section->offset || len != section->bytes.len ||
			pages != len / page_bytes + (len % page_bytes != 0) ||
			!nami_cursor_skip(&cur, (size_t) pages * 8))
			return damaged(opener, "page digests");
	}
	return cur.len == 0 ? NAMI_OK : damaged(opener, "page digests");
}

/* The binding digests the header and the table entries of all sections but itself and kind 8. */
static NamiStatus
check_binding(Opener *opener)
{
	const uint8_t *binding;
	uint8_t    *entries;
	size_t		len = 0;

	if (opener->numbered[SECTION_BINDING] == NULL)
		return NAMI_OK;
	binding = sized_section(opener, SECTION_BINDING, BINDING_BYTES, 0, 1);
	if (binding == NULL || memcmp(binding, "TGEBND02", 8) != 0)
		return damaged(opener, "binding");
	for (size_t i = 0; i < opener->sections.count; i++)
		len += opener->sections.items[i].entry.len;
	entries = nami_arena_alloc(opener->arena, len);
	len = 0;
	for (size_t i = 0; i < opener->sections.count; i++)
	{
		const Section *section = &opener->sections.items[i];

		if (section->kind == SECTION_PAGE_DIGESTS || section->kind == SECTION_BINDING)
			continue;
		memcpy(entries + len, section->entry.ptr, section->entry.len);
		len += section->entry.len;
	}
	if (nami_load_u64le(binding + 24) != nami_xxh3(opener->object.ptr, HEADER_BYTES) ||
		nami_load_u64le(binding + 32) != nami_xxh3(entries, len))
		return damaged(opener, "binding digest");
	opener->sst->binding_id = binding + 8;
	return NAMI_OK;
}

NamiStatus
nami_edge_sst_open(NamiStr object, NamiArena *arena, NamiEdgeSst **out, NamiError *err)
{
	Opener		opener = {.object = object, .err = err, .arena = arena};

	opener.sst = NAMI_NEW(arena, NamiEdgeSst);
	NAMI_TRY(read_header(&opener));
	NAMI_TRY(read_footer(&opener));
	NAMI_TRY(sort_sections(&opener));
	NAMI_TRY(check_geometry(&opener));
	NAMI_TRY(check_fence(&opener));
	NAMI_TRY(check_page_digests(&opener));
	NAMI_TRY(check_binding(&opener));
	*out = opener.sst;
	return NAMI_OK;
}

const NamiEdgeStream *
nami_edge_sst_find_stream(const NamiEdgeSst *sst, NamiStr name)
{
	for (uint32_t i = 0; i < sst->stream_count; i++)
	{
		if (nami_str_eq(sst->streams[i].name, name))
			return &sst->streams[i];
	}
	return NULL;
}

bool
nami_edge_sst_find_key(const NamiEdgeSst *sst, const uint8_t id[16], uint64_t *key)
{
	uint64_t	low = 0,
				high = sst->key_count;

	while (low < high)
	{
		uint64_t	middle = low + (high - low) / 2;

		if (memcmp(sst->keys + ID_BYTES * middle, id, ID_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*key = low;
	return low < sst->key_count && memcmp(sst->keys + ID_BYTES * low, id, ID_BYTES) == 0;
}

void
nami_edge_iter_init(NamiEdgeIter *iter, const NamiEdgeSst *sst, NamiArena *arena)
{
	*iter = (NamiEdgeIter) {.sst = sst, .arena = arena};
}

/*
 * Split form: the first eight bytes of each id as a difference, modulo 2^64, to those of the one
 * before, both read as little-endian numbers; then the last eight bytes as they are.
 */
static bool
decode_split(NamiCursor *cur, uint64_t degree, uint8_t *out)
{
	uint64_t	top = 0;

	for (uint64_t i = 0; i < degree; i++)
	{
		uint64_t	delta,
					little;
		uint8_t    *id = out + ID_BYTES * i;

		if (!nami_cursor_read_varint(cur, &delta) || !nami_cursor_copy(cur, id + 8, 8))
			return false;
		top += delta;
		little = htole64(top);
		memcpy(id, &little, 8);
	}
	return true;
}

NamiStatus
nami_edge_iter_block(NamiEdgeIter *iter, uint64_t key, NamiEdgeBlock *block, NamiError *err)
{
	const NamiEdgeSst *sst = iter->sst;
	uint64_t	offset = block_offset(sst, key);
	NamiCursor	cur = nami_cursor(sst->partners.ptr + offset,
								  (size_t) (block_offset(sst, key + 1) - offset));
	uint64_t	first_row = nami_edge_sst_first_row(sst, key);
	uint64_t	degree;
	uint8_t		tag;
	bool		ok;

	NAMI_ASSERT(key < sst->key_count);
	if (!nami_cursor_read_varint(&cur, &degree) || !nami_cursor_read_u8(&cur, &tag) ||
		degree != nami_edge_sst_first_row(sst, key + 1) - first_row ||
		degree > cur.len / SPLIT_ENTRY_BYTES_MIN)
		return nami_fail(err, NAMI_ERR_CORRUPT, "damaged edge SST: partner block");
	if (tag == DENSE)
		ok = cur.len == degree * ID_BYTES && nami_cursor_take(&cur, cur.len, &block->partners);
	else if (tag == SPLIT)
	{
		uint8_t    *ids = nami_scratch_reserve(&iter->decoded, iter->arena,
											   (size_t) degree * ID_BYTES);

		block->partners = ids;
		ok = decode_split(&cur, degree, ids) && cur.len == 0;
	}
	else
		ok = false;
	if (!ok || !is_ascending(block->partners, degree))
		return nami_fail(err, NAMI_ERR_CORRUPT, "damaged edge SST: partner block");
	block->key_index = key;
	block->key = sst->keys + ID_BYTES * key;
	block->first_row = first_row;
	block->degree = degree;
	return NAMI_OK;
}

NamiStatus
nami_edge_iter_next(NamiEdgeIter *iter, NamiEdgeBlock *block, bool *found, NamiError *err)
{
	*found = iter->next_key < iter->sst->key_count;
	if (!*found)
		return NAMI_OK;
	NAMI_TRY(nami_edge_iter_block(iter, iter->next_key, block, err));
	iter->next_key++;
	return NAMI_OK;
}
