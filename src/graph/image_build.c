/*
 * image_build.c - writing parts, and the part of the nodes; see image_build.h.
 */
#include "graph/image_build.h"

#include <stdlib.h>

#include "base/hash.h"

/* ---- the part ------------------------------------------------------------------------------ */

NamiPartSection *
nami_part_writer_add(NamiPartWriter *writer, NamiSectionKind kind, const void *data,
					 size_t size_bytes, uint64_t count)
{
	NamiPartPiece *piece = nami_vec_add(&writer->pieces, writer->scratch);

	piece->section.kind = (uint16_t) kind;
	piece->section.size_bytes = size_bytes;
	piece->section.count = count;
	piece->data = data;
	return &piece->section;
}

void
nami_part_writer_add_names(NamiPartWriter *writer, const NamiCatalog *catalog, NamiNameKind kind,
						   const uint32_t *numbers, uint32_t count)
{
	uint64_t   *offsets = NAMI_NEW_ARRAY(writer->scratch, uint64_t, (size_t) count + 1);
	NamiBuf		text;

	nami_buf_init(&text, writer->scratch);
	for (uint32_t i = 0; i < count; i++)
	{
		offsets[i] = text.len;
		nami_buf_put_str(&text, nami_catalog_name(catalog, kind, numbers[i]));
	}
	offsets[count] = text.len;
	nami_part_writer_add(writer, NAMI_SECTION_NAME_OFFSETS, offsets,
						 ((size_t) count + 1) * sizeof(uint64_t), count)->flags = kind;
	nami_part_writer_add(writer, NAMI_SECTION_NAME_TEXT, text.ptr, text.len, text.len);
}

static uint64_t
align64(uint64_t n)
{
	return (n + 63) & ~UINT64_C(63);
}

const void *
nami_part_writer_finish(NamiPartWriter *writer, NamiPartHeader *header, NamiArena *arena,
						size_t *size_bytes)
{
	size_t		directory_bytes = writer->pieces.count * sizeof(NamiPartSection);
	uint64_t	offset = align64(NAMI_PART_HEADER_BYTES + directory_bytes);
	uint8_t    *bytes;
	NamiPartSection *directory;

	for (size_t i = 0; i < writer->pieces.count; i++)
	{
		NamiPartSection *section = &writer->pieces.items[i].section;

		section->offset = offset;
		offset = align64(offset + section->size_bytes + NAMI_PART_TAIL_BYTES);
	}
	bytes = nami_arena_alloc(arena, offset + 64);
	bytes += (64 - (uintptr_t) bytes % 64) % 64;
	memset(bytes, 0, NAMI_PART_HEADER_BYTES);
	directory = (NamiPartSection *) (bytes + NAMI_PART_HEADER_BYTES);
	for (size_t i = 0; i < writer->pieces.count; i++)
	{
		NamiPartPiece *piece = &writer->pieces.items[i];
		uint8_t    *to = bytes + piece->section.offset;
		uint64_t	end = i + 1 < writer->pieces.count ?
			writer->pieces.items[i + 1].section.offset : offset;

		if (piece->section.size_bytes > 0)
			memcpy(to, piece->data, piece->section.size_bytes);
		memset(to + piece->section.size_bytes, 0,
			   end - piece->section.offset - piece->section.size_bytes);
		piece->section.xxh3 = nami_xxh3(to, piece->section.size_bytes);
		directory[i] = piece->section;
	}
	memcpy(header->magic, "NAMIPART", sizeof(header->magic));
	header->format = NAMI_PART_FORMAT;
	header->byte_order = 0x01020304;
	header->section_count = (uint32_t) writer->pieces.count;
	header->size_bytes = offset;
	header->directory_xxh3 = nami_xxh3(directory, directory_bytes);
	memcpy(bytes, header, sizeof(*header));
	*size_bytes = offset;
	return bytes;
}

/* ---- nodes --------------------------------------------------------------------------------- */

NamiNodeBuilder *
nami_node_builder_create(NamiArena *scratch, NamiCatalog *catalog)
{
	NamiNodeBuilder *builder = NAMI_NEW(scratch, NamiNodeBuilder);

	builder->scratch = scratch;
	builder->catalog = catalog;
	nami_strmap_init(&builder->group_index, scratch);
	nami_segment_set_init(&builder->segments, scratch, catalog);
	return builder;
}

static uint32_t
group_of_labels(NamiNodeBuilder *builder, const NamiLabelId *labels, uint32_t label_count)
{
	NamiStr		key = {(const char *) labels, label_count * sizeof(NamiLabelId)};
	const uint64_t *found = nami_strmap_find(&builder->group_index, key);
	NamiBuildGroup group = {.label_count = label_count};

	if (found != NULL)
		return (uint32_t) *found;
	group.labels = nami_arena_memdup(builder->scratch, labels, key.len);
	key.ptr = (const char *) group.labels;
	nami_vec_push(&builder->groups, builder->scratch, group);
	*nami_strmap_put(&builder->group_index, key, NULL) = builder->groups.count - 1;
	return (uint32_t) builder->groups.count - 1;
}

void
nami_node_builder_add(NamiNodeBuilder *builder, const NamiId *id, const NamiLabelId *labels,
					  uint32_t label_count)
{
	uint32_t	group = group_of_labels(builder, labels, label_count);

	nami_vec_push(&builder->added, builder->scratch, *id);
	nami_vec_push(&builder->added_groups, builder->scratch, group);
	builder->groups.items[group].hi++;	/* a count until the nodes are numbered */
}

static int
compare_added(const void *a, const void *b, void *ids)
{
	return nami_id_cmp((const NamiId *) ids + *(const uint32_t *) a,
					   (const NamiId *) ids + *(const uint32_t *) b);
}

/* Within a group nodes stand in the order of their ids. */
static void
sort_group(const NamiNodeBuilder *builder, uint32_t *order, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
	{
		if (nami_id_cmp(&builder->added.items[order[i - 1]], &builder->added.items[order[i]]) > 0)
		{
			qsort_r(order, count, sizeof(uint32_t), compare_added, builder->added.items);
			return;
		}
	}
}

NamiStatus
nami_node_builder_number(NamiNodeBuilder *builder, NamiError *err)
{
	uint32_t	count = (uint32_t) builder->added.count;
	uint32_t	next = 0;
	uint32_t   *order;

	if (builder->added.count >= NAMI_ORD_OWN_FIRST / 2)
		return nami_fail(err, NAMI_ERR_LIMIT, "a namespace of %zu nodes is too large",
						 builder->added.count);
	for (size_t g = 0; g < builder->groups.count; g++)
	{
		NamiBuildGroup *group = &builder->groups.items[g];
		uint32_t	group_count = group->hi;

		group->lo = next;
		group->hi = next;		/* counts up again below */
		next += group_count;
	}
	order = NAMI_NEW_ARRAY(builder->scratch, uint32_t, count);
	for (uint32_t i = 0; i < count; i++)
		order[builder->groups.items[builder->added_groups.items[i]].hi++] = i;
	for (size_t g = 0; g < builder->groups.count; g++)
	{
		const NamiBuildGroup *group = &builder->groups.items[g];

		sort_group(builder, order + group->lo, group->hi - group->lo);
	}
	builder->ord_of = NAMI_NEW_ARRAY(builder->scratch, uint32_t, count);
	nami_vec_reserve(&builder->ids, builder->scratch, (size_t) count + 64);
	nami_idmap_reserve(&builder->id_map, builder->scratch, builder->ids.items, count);
	for (uint32_t ord = 0; ord < count; ord++)
	{
		builder->ord_of[order[ord]] = ord;
		builder->ids.items[builder->ids.count++] = builder->added.items[order[ord]];
		nami_idmap_add(&builder->id_map, builder->scratch, builder->ids.items, ord);
	}
	builder->live_count = count;
	return NAMI_OK;
}

NamiOrd
nami_node_builder_resolve(NamiNodeBuilder *builder, const NamiId *id)
{
	uint32_t	ord = nami_idmap_find(&builder->id_map, builder->ids.items, id);

	if (ord != NAMI_MAP_NONE)
		return ord;
	nami_vec_push(&builder->ids, builder->scratch, *id);
	ord = (uint32_t) builder->ids.count - 1;
	nami_idmap_add(&builder->id_map, builder->scratch, builder->ids.items, ord);
	return ord;
}

uint32_t
nami_node_builder_group(const NamiNodeBuilder *builder, NamiOrd ord)
{
	uint32_t	low = 0;
	uint32_t	high = (uint32_t) builder->groups.count - 1;

	while (low < high)
	{
		uint32_t	mid = (low + high) / 2;

		if (ord < builder->groups.items[mid].hi)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The groups and their labels, by the part's own label numbers. */
static void
add_groups(NamiNodeBuilder *builder, NamiPartWriter *writer)
{
	uint32_t	count = (uint32_t) builder->groups.count;
	NamiPartGroup *groups = NAMI_NEW_ARRAY(builder->scratch, NamiPartGroup, count);
	NamiWordMap local = {0};
	NAMI_VEC(uint32_t) names = {0};
	NAMI_VEC(uint32_t) labels = {0};

	for (uint32_t g = 0; g < count; g++)
	{
		const NamiBuildGroup *from = &builder->groups.items[g];

		groups[g] = (NamiPartGroup) {from->lo, from->hi, (uint32_t) labels.count,
									 from->label_count};
		for (uint32_t i = 0; i < from->label_count; i++)
		{
			uint32_t	number = nami_wordmap_find(&local, from->labels[i]);

			if (number == NAMI_MAP_NONE)
			{
				number = (uint32_t) names.count;
				nami_wordmap_put(&local, builder->scratch, from->labels[i], number);
				nami_vec_push(&names, builder->scratch, from->labels[i]);
			}
			nami_vec_push(&labels, builder->scratch, number);
		}
	}
	nami_part_writer_add_names(writer, builder->catalog, NAMI_NAME_LABEL, names.items,
							   (uint32_t) names.count);
	nami_part_writer_add(writer, NAMI_SECTION_GROUPS, groups, count * sizeof(NamiPartGroup), count);
	nami_part_writer_add(writer, NAMI_SECTION_GROUP_LABELS, labels.items,
						 labels.count * sizeof(uint32_t), labels.count);
}

const void *
nami_node_builder_finish(NamiNodeBuilder *builder, NamiArena *arena, size_t *size_bytes)
{
	uint32_t	group_count = (uint32_t) builder->groups.count;
	uint32_t   *group_rows = NAMI_NEW_ARRAY(builder->scratch, uint32_t, group_count);
	NamiPartWriter writer = {.scratch = builder->scratch};
	NamiPartHeader header = {.kind = NAMI_PART_NODES,
							 .counts = {builder->ids.count, builder->live_count, group_count}};

	for (uint32_t g = 0; g < group_count; g++)
		group_rows[g] = builder->groups.items[g].hi - builder->groups.items[g].lo;
	nami_idmap_reserve(&builder->id_map, builder->scratch, builder->ids.items, 1);
	nami_part_writer_add(&writer, NAMI_SECTION_IDS, builder->ids.items,
						 builder->ids.count * sizeof(NamiId), builder->ids.count);
	nami_part_writer_add(&writer, NAMI_SECTION_ID_SLOTS, builder->id_map.slots,
						 ((size_t) builder->id_map.mask + 1) * sizeof(uint32_t),
						 (uint64_t) builder->id_map.mask + 1);
	add_groups(builder, &writer);
	nami_segment_set_finish(&builder->segments, group_rows, group_count, &writer);
	return nami_part_writer_finish(&writer, &header, arena, size_bytes);
}
