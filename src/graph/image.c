/*
 * image.c - opening parts, and the lookups that do not concern single values; see image.h.
 */
#include "graph/image.h"

#include "base/hash.h"

static const char part_magic[8] = {'N', 'A', 'M', 'I', 'P', 'A', 'R', 'T'};

static NamiStatus
damaged(NamiError *err, const char *what)
{
	return nami_fail(err, NAMI_ERR_CORRUPT, "a part of the image is damaged: %s", what);
}

static NamiStatus
check_section(const NamiPart *part, const NamiPartSection *section, NamiError *err)
{
	uint64_t	end;

	if (section->offset % 64 != 0 ||
		__builtin_add_overflow(section->offset, section->size_bytes, &end) ||
		__builtin_add_overflow(end, NAMI_PART_TAIL_BYTES, &end) || end > part->size_bytes)
		return damaged(err, "a section lies outside");
	return NAMI_OK;
}

NamiStatus
nami_part_open(const void *bytes, size_t size_bytes, NamiPartKind kind, NamiPart *part,
			   NamiError *err)
{
	const NamiPartHeader *header = bytes;

	NAMI_ASSERT((uintptr_t) bytes % 64 == 0);
	if (size_bytes < NAMI_PART_HEADER_BYTES ||
		memcmp(header->magic, part_magic, sizeof(part_magic)) != 0 ||
		header->format != NAMI_PART_FORMAT || header->byte_order != 0x01020304)
		return damaged(err, "its header is not ours");
	if (header->kind != kind || header->size_bytes != size_bytes ||
		header->section_count > (size_bytes - NAMI_PART_HEADER_BYTES) / sizeof(NamiPartSection))
		return damaged(err, "its header does not fit");
	*part = (NamiPart) {
		.bytes = bytes,
		.size_bytes = size_bytes,
		.header = header,
		.sections = (const NamiPartSection *) ((const uint8_t *) bytes + NAMI_PART_HEADER_BYTES),
		.section_count = header->section_count
	};
	if (nami_xxh3(part->sections, part->section_count * sizeof(NamiPartSection)) !=
		header->directory_xxh3)
		return damaged(err, "its directory does not fit its hash");
	for (uint32_t i = 0; i < part->section_count; i++)
		NAMI_TRY(check_section(part, &part->sections[i], err));
	return NAMI_OK;
}

NamiStatus
nami_part_verify(const NamiPart *part, NamiError *err)
{
	for (uint32_t i = 0; i < part->section_count; i++)
	{
		const NamiPartSection *section = &part->sections[i];

		if (nami_xxh3(part->bytes + section->offset, section->size_bytes) != section->xxh3)
			return damaged(err, "a section does not fit its hash");
	}
	return NAMI_OK;
}

/* ---- sections ------------------------------------------------------------------------------ */

static const void *
section_data(const NamiPart *part, const NamiPartSection *section)
{
	return part->bytes + section->offset;
}

static const NamiPartSection *
find_section(const NamiPart *part, NamiSectionKind kind)
{
	for (uint32_t i = 0; i < part->section_count; i++)
	{
		if (part->sections[i].kind == kind)
			return &part->sections[i];
	}
	return NULL;
}

/* The section's array of elements of that size, or an error; absent sections are empty. */
static NamiStatus
section_array(const NamiPart *part, NamiSectionKind kind, size_t element_bytes, size_t extra,
			  const void **data, uint64_t *count, NamiError *err)
{
	const NamiPartSection *section = find_section(part, kind);
	uint64_t	need;

	*data = NULL;
	*count = 0;
	if (section == NULL)
		return NAMI_OK;
	if (section->count > UINT32_MAX ||
		__builtin_mul_overflow(section->count + extra, (uint64_t) element_bytes, &need) ||
		need > section->size_bytes)
		return damaged(err, "a section is too short");
	*data = section_data(part, section);
	*count = section->count;
	return NAMI_OK;
}

/* The part's names of one kind as catalog numbers. */
static NamiStatus
read_names(const NamiPart *part, NamiNameKind kind, NamiCatalog *catalog, NamiArena *arena,
		   uint32_t **numbers, uint32_t *number_count, NamiError *err)
{
	*numbers = NULL;
	*number_count = 0;
	for (uint32_t i = 0; i + 1 < part->section_count; i++)
	{
		const NamiPartSection *section = &part->sections[i];
		const NamiPartSection *text = &part->sections[i + 1];
		const uint64_t *offsets = section_data(part, section);

		if (section->kind != NAMI_SECTION_NAME_OFFSETS || section->flags != (uint32_t) kind)
			continue;
		if (text->kind != NAMI_SECTION_NAME_TEXT ||
			section->count >= section->size_bytes / sizeof(uint64_t))
			return damaged(err, "its names are too short");
		*numbers = NAMI_NEW_ARRAY(arena, uint32_t, section->count);
		*number_count = (uint32_t) section->count;
		for (uint32_t n = 0; n < *number_count; n++)
		{
			const char *ptr = section_data(part, text);

			if (offsets[n] > offsets[n + 1] || offsets[n + 1] > text->size_bytes)
				return damaged(err, "a name lies outside");
			(*numbers)[n] = nami_catalog_intern(catalog, kind,
												(NamiStr) {ptr + offsets[n],
														   offsets[n + 1] - offsets[n]});
		}
		return NAMI_OK;
	}
	return NAMI_OK;
}

static NamiStatus
read_poison(const NamiPart *part, NamiPoison *poison, NamiError *err)
{
	const NamiPartSection *text = find_section(part, NAMI_SECTION_POISON_TEXT);
	const void *rows;
	const void *offsets;
	uint64_t	row_count;
	uint64_t	offset_count;

	*poison = (NamiPoison) {0};
	NAMI_TRY(section_array(part, NAMI_SECTION_POISON_ROWS, 4, 0, &rows, &row_count, err));
	NAMI_TRY(section_array(part, NAMI_SECTION_POISON_OFFSETS, 8, 1, &offsets, &offset_count, err));
	if (row_count == 0)
		return NAMI_OK;
	if (offset_count != row_count || text == NULL)
		return damaged(err, "its list of unreadable rows is too short");
	*poison = (NamiPoison) {rows, (uint32_t) row_count, offsets, section_data(part, text),
							text->size_bytes};
	return NAMI_OK;
}

/* ---- segments ------------------------------------------------------------------------------ */

static size_t
data_bytes(const NamiPartSection *section)
{
	switch ((NamiEncoding) section->encoding)
	{
		case NAMI_ENC_BOOL:
			return nami_bit_words(section->count) * sizeof(uint64_t);
		case NAMI_ENC_VECTOR:
			return (size_t) section->count * (size_t) section->base * sizeof(float);
		case NAMI_ENC_STRING_RAW:
		case NAMI_ENC_FLAT:
			return 0;
		case NAMI_ENC_INT:
		case NAMI_ENC_FLOAT:
		case NAMI_ENC_STRING_DICT:
		case NAMI_ENC_MIXED:
			break;
	}
	return (size_t) section->count * section->width_bytes;
}

static bool
width_is_valid(const NamiPartSection *section)
{
	switch ((NamiEncoding) section->encoding)
	{
		case NAMI_ENC_INT:
			return section->width_bytes == 1 || section->width_bytes == 2 ||
				section->width_bytes == 4 || section->width_bytes == 8;
		case NAMI_ENC_STRING_DICT:
			return section->width_bytes == 1 || section->width_bytes == 2 ||
				section->width_bytes == 4;
		case NAMI_ENC_FLOAT:
		case NAMI_ENC_MIXED:
			return section->width_bytes == 8;
		case NAMI_ENC_VECTOR:
			return section->base >= 0 && section->base <= UINT32_MAX;
		case NAMI_ENC_BOOL:
		case NAMI_ENC_STRING_RAW:
		case NAMI_ENC_FLAT:
			return true;
	}
	return false;
}

/* Takes a section that belongs to the segment. */
static bool
attach_section(NamiSegment *segment, const NamiPart *part, const NamiPartSection *section)
{
	const void *data = section_data(part, section);

	switch ((NamiSectionKind) section->kind)
	{
		case NAMI_SECTION_PRESENCE:
			segment->presence = data;
			return section->size_bytes >= nami_bit_words(segment->row_count) * sizeof(uint64_t);
		case NAMI_SECTION_ROWS:
			segment->rows = data;
			return section->size_bytes >= (size_t) segment->value_count * sizeof(uint32_t);
		case NAMI_SECTION_OFFSETS:
			segment->offsets = data;
			segment->dict_count = (uint32_t) section->count;
			return section->count <= UINT32_MAX &&
				section->size_bytes >= (section->count + 1) * sizeof(uint64_t);
		case NAMI_SECTION_HEAP:
			segment->heap = data;
			segment->heap_bytes = section->size_bytes;
			return true;
		case NAMI_SECTION_TAGS:
			segment->tags = data;
			return section->size_bytes >= segment->value_count;
		case NAMI_SECTION_SEGMENT_STATS:
			segment->stats = data;
			return section->size_bytes >= sizeof(NamiSegmentStats);
		default:
			return false;
	}
}

/* What readers of each encoding rely on is there. */
static bool
segment_is_complete(const NamiSegment *segment)
{
	if (segment->stats == NULL)
		return false;
	if (segment->rows == NULL && segment->value_count != segment->row_count)
		return false;
	switch ((NamiEncoding) segment->encoding)
	{
		case NAMI_ENC_STRING_DICT:
			return segment->offsets != NULL && segment->heap != NULL && segment->dict_count > 0;
		case NAMI_ENC_STRING_RAW:
		case NAMI_ENC_FLAT:
			return segment->offsets != NULL && segment->heap != NULL &&
				segment->dict_count == segment->value_count;
		case NAMI_ENC_MIXED:
			return segment->tags != NULL && segment->heap != NULL;
		case NAMI_ENC_INT:
		case NAMI_ENC_FLOAT:
		case NAMI_ENC_BOOL:
		case NAMI_ENC_VECTOR:
			return true;
	}
	return false;
}

static NamiStatus
read_segment(const NamiPart *part, uint32_t *index, const uint32_t *keys, uint32_t key_count,
			 uint32_t first, uint32_t row_count, NamiSegment *segment, NamiError *err)
{
	const NamiPartSection *section = &part->sections[*index];

	if (section->key >= key_count || !width_is_valid(section) || section->count > row_count ||
		data_bytes(section) > section->size_bytes)
		return damaged(err, "a property is too short");
	*segment = (NamiSegment) {
		.key = keys[section->key],
		.encoding = section->encoding,
		.logical = (uint8_t) section->flags,
		.width_bytes = section->width_bytes,
		.first = first,
		.row_count = row_count,
		.value_count = (uint32_t) section->count,
		.base = section->base,
		.data = section_data(part, section)
	};
	for ((*index)++; *index < part->section_count; (*index)++)
	{
		const NamiPartSection *next = &part->sections[*index];

		if (next->key != section->key || next->group != section->group ||
			next->kind < NAMI_SECTION_PRESENCE || next->kind > NAMI_SECTION_SEGMENT_STATS)
			break;
		if (!attach_section(segment, part, next))
			return damaged(err, "a property lacks a piece");
	}
	return segment_is_complete(segment) ? NAMI_OK : damaged(err, "a property lacks a piece");
}

/* Few keys per group and nearly sorted by first appearance: insertion keeps them by number. */
static void
sort_segments(NamiSegment *segments, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
	{
		NamiSegment segment = segments[i];
		uint32_t	low = 0;
		uint32_t	high = i;

		while (low < high)
		{
			uint32_t	mid = (low + high) / 2;

			if (segments[mid].key < segment.key)
				low = mid + 1;
			else
				high = mid;
		}
		memmove(&segments[low + 1], &segments[low], (i - low) * sizeof(NamiSegment));
		segments[low] = segment;
	}
}

/* All segments of a group; sections of one group are neighbours. */
static NamiStatus
read_group_segments(const NamiPart *part, uint32_t *index, uint32_t group, const uint32_t *keys,
					uint32_t key_count, uint32_t first, uint32_t row_count, NamiArena *arena,
					const NamiSegment **out, uint32_t *out_count, NamiError *err)
{
	uint32_t	count = 0;
	NamiSegment *segments;

	for (uint32_t i = *index; i < part->section_count; i++)
	{
		if (part->sections[i].kind == NAMI_SECTION_SEGMENT && part->sections[i].group == group)
			count++;
		else if (part->sections[i].kind == NAMI_SECTION_SEGMENT)
			break;
	}
	segments = NAMI_NEW_ARRAY(arena, NamiSegment, count);
	*out = segments;
	*out_count = count;
	for (uint32_t i = 0; i < count; i++)
	{
		while (*index < part->section_count &&
			   part->sections[*index].kind != NAMI_SECTION_SEGMENT)
			(*index)++;
		NAMI_TRY(read_segment(part, index, keys, key_count, first, row_count, &segments[i], err));
	}
	sort_segments(segments, count);
	return NAMI_OK;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static NamiStatus
read_groups(NamiNodeImage *image, NamiCatalog *catalog, NamiArena *arena, NamiError *err)
{
	const NamiPartGroup *stored;
	const uint32_t *stored_labels;
	uint64_t	group_count;
	uint64_t	label_count;
	uint32_t   *labels;
	uint32_t   *keys;
	uint32_t	name_count;
	uint32_t	key_count;
	uint32_t	index = 0;
	NamiOrd		next = 0;
	NamiLabelId *translated;
	NamiImageGroup *groups;

	NAMI_TRY(section_array(&image->part, NAMI_SECTION_GROUPS, sizeof(NamiPartGroup), 0,
						   (const void **) &stored, &group_count, err));
	NAMI_TRY(section_array(&image->part, NAMI_SECTION_GROUP_LABELS, 4, 0,
						   (const void **) &stored_labels, &label_count, err));
	NAMI_TRY(read_names(&image->part, NAMI_NAME_LABEL, catalog, arena, &labels, &name_count, err));
	NAMI_TRY(read_names(&image->part, NAMI_NAME_KEY, catalog, arena, &keys, &key_count, err));
	translated = NAMI_NEW_ARRAY(arena, NamiLabelId, label_count);
	for (uint64_t i = 0; i < label_count; i++)
	{
		if (stored_labels[i] >= name_count)
			return damaged(err, "a label has no name");
		translated[i] = labels[stored_labels[i]];
	}
	groups = NAMI_NEW_ARRAY(arena, NamiImageGroup, group_count);
	for (uint32_t g = 0; g < group_count; g++)
	{
		const NamiPartGroup *from = &stored[g];

		if (from->lo != next || from->hi < from->lo || from->hi > image->live_count ||
			from->first_label > label_count || from->label_count > label_count - from->first_label)
			return damaged(err, "its groups do not fit");
		next = from->hi;
		groups[g] = (NamiImageGroup) {.lo = from->lo, .hi = from->hi,
									  .labels = translated + from->first_label,
									  .label_count = from->label_count};
		NAMI_TRY(read_group_segments(&image->part, &index, g, keys, key_count, from->lo,
									 from->hi - from->lo, arena, &groups[g].segments,
									 &groups[g].segment_count, err));
	}
	if (next != image->live_count)
		return damaged(err, "its groups do not cover the nodes");
	image->groups = groups;
	image->group_count = (uint32_t) group_count;
	return NAMI_OK;
}

NamiStatus
nami_node_image_open(const void *bytes, size_t size_bytes, NamiCatalog *catalog,
					 NamiArena *arena, NamiNodeImage *out, NamiError *err)
{
	uint64_t	id_count;
	uint64_t	slot_count;

	memset(out, 0, sizeof(*out));
	NAMI_TRY(nami_part_open(bytes, size_bytes, NAMI_PART_NODES, &out->part, err));
	NAMI_TRY(section_array(&out->part, NAMI_SECTION_IDS, sizeof(NamiId), 0,
						   (const void **) &out->ids, &id_count, err));
	NAMI_TRY(section_array(&out->part, NAMI_SECTION_ID_SLOTS, 4, 0,
						   (const void **) &out->id_slots, &slot_count, err));
	if (id_count != out->part.header->counts[0] || out->part.header->counts[1] > id_count ||
		slot_count <= id_count || (slot_count & (slot_count - 1)) != 0)
		return damaged(err, "its counts do not fit");
	out->count = (uint32_t) id_count;
	out->live_count = (uint32_t) out->part.header->counts[1];
	out->id_mask = (uint32_t) slot_count - 1;
	NAMI_TRY(read_poison(&out->part, &out->poison, err));
	return read_groups(out, catalog, arena, err);
}

const NamiImageGroup *
nami_node_image_group(const NamiNodeImage *image, NamiOrd ord)
{
	uint32_t	low = 0;
	uint32_t	high = image->group_count - 1;

	while (low < high)
	{
		uint32_t	mid = (low + high) / 2;

		if (ord < image->groups[mid].hi)
			high = mid;
		else
			low = mid + 1;
	}
	return &image->groups[low];
}

/* ---- edges --------------------------------------------------------------------------------- */

static NamiStatus
read_csr(const NamiPart *part, NamiSectionKind first_kind, uint32_t edge_count, NamiCsr *csr,
		 NamiError *err)
{
	const NamiPartSection *section = find_section(part, first_kind + 1);
	uint64_t	row_count;
	uint64_t	key_count;
	uint64_t	other_count;

	NAMI_TRY(section_array(part, first_kind, 4, 0, (const void **) &csr->keys, &key_count, err));
	NAMI_TRY(section_array(part, first_kind + 1, 4, 1, (const void **) &csr->offsets, &row_count,
						   err));
	NAMI_TRY(section_array(part, first_kind + 2, 4, 0, (const void **) &csr->other, &other_count,
						   err));
	if (section == NULL || other_count != edge_count ||
		(csr->keys != NULL && key_count != row_count) ||
		csr->offsets[0] != 0 || csr->offsets[row_count] != edge_count)
		return damaged(err, "its relationships do not fit");
	csr->row_count = (uint32_t) row_count;
	csr->lo = (NamiOrd) section->base;
	return NAMI_OK;
}

NamiStatus
nami_edge_image_open(const void *bytes, size_t size_bytes, uint32_t node_count,
					 NamiCatalog *catalog, NamiArena *arena, NamiEdgeImage *out, NamiError *err)
{
	const NamiPartHeader *header;
	uint32_t   *types;
	uint32_t   *keys;
	uint32_t	type_count;
	uint32_t	key_count;
	uint64_t	pos_count;
	uint64_t	pair_count;
	uint32_t	index = 0;

	memset(out, 0, sizeof(*out));
	NAMI_TRY(nami_part_open(bytes, size_bytes, NAMI_PART_EDGES, &out->part, err));
	header = out->part.header;
	NAMI_TRY(read_names(&out->part, NAMI_NAME_TYPE, catalog, arena, &types, &type_count, err));
	NAMI_TRY(read_names(&out->part, NAMI_NAME_KEY, catalog, arena, &keys, &key_count, err));
	if (type_count != 1 || header->counts[0] >= NAMI_POS_OWN_FIRST ||
		header->counts[1] > header->counts[0])
		return damaged(err, "its counts do not fit");
	out->type = types[0];
	out->count = (uint32_t) header->counts[0];
	out->live_count = (uint32_t) header->counts[1];
	out->source_count = (uint32_t) header->counts[2];
	out->target_count = (uint32_t) header->counts[3];
	out->has_dangling = (header->flags & NAMI_PART_HAS_DANGLING) != 0;
	out->has_self_loops = (header->flags & NAMI_PART_HAS_SELF_LOOPS) != 0;
	NAMI_TRY(read_csr(&out->part, NAMI_SECTION_OUT_KEYS, out->count, &out->out, err));
	NAMI_TRY(read_csr(&out->part, NAMI_SECTION_IN_KEYS, out->count, &out->in, err));
	NAMI_TRY(section_array(&out->part, NAMI_SECTION_IN_POS, 4, 0, (const void **) &out->in_pos,
						   &pos_count, err));
	NAMI_TRY(section_array(&out->part, NAMI_SECTION_PAIRS, sizeof(NamiGroupPair), 0,
						   (const void **) &out->pairs, &pair_count, err));
	if (pos_count != out->count)
		return damaged(err, "its relationships do not fit");
	out->pair_count = (uint32_t) pair_count;
	NAMI_TRY(read_poison(&out->part, &out->poison, err));
	return read_group_segments(&out->part, &index, 0, keys, key_count, 0, out->count, arena,
							   &out->segments, &out->segment_count, err);
}

void
nami_csr_find_sparse(const NamiCsr *csr, NamiOrd ord, uint32_t *begin, uint32_t *end)
{
	uint32_t	low = 0;
	uint32_t	high = csr->row_count;

	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;

		if (csr->keys[mid] < ord)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < csr->row_count && csr->keys[low] == ord)
	{
		*begin = csr->offsets[low];
		*end = csr->offsets[low + 1];
	}
	else
		*begin = *end = 0;
}

NamiOrd
nami_csr_owner(const NamiCsr *csr, uint32_t i)
{
	uint32_t	low = 0;
	uint32_t	high = csr->row_count;

	/* The last row that begins at or before i and is not empty. */
	while (high - low > 1)
	{
		uint32_t	mid = low + (high - low) / 2;

		if (csr->offsets[mid] <= i)
			low = mid;
		else
			high = mid;
	}
	return csr->keys != NULL ? csr->keys[low] : csr->lo + low;
}

uint32_t
nami_csr_find(const NamiCsr *csr, NamiOrd ord, NamiOrd other)
{
	uint32_t	low;
	uint32_t	high;
	uint32_t	end;

	nami_csr_slice(csr, ord, &low, &end);
	high = end;
	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;

		if (csr->other[mid] < other)
			low = mid + 1;
		else
			high = mid;
	}
	return low < end && csr->other[low] == other ? low : UINT32_MAX;
}
