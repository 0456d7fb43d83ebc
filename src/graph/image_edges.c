/*
 * image_edges.c - building the part of one relationship type: forward CSR by sorting, inverse CSR by
 * a counting sort of the forward one (docs/engine.md 1.5).
 */
#include "graph/image_build.h"

#include <stdlib.h>

/* More pairs of groups than this are not counted. */
#define PAIRS_MAX	4096

NamiEdgeBuilder *
nami_edge_builder_create(NamiArena *scratch, NamiCatalog *catalog, NamiTypeId type)
{
	NamiEdgeBuilder *builder = NAMI_NEW(scratch, NamiEdgeBuilder);

	builder->scratch = scratch;
	builder->catalog = catalog;
	builder->type = type;
	nami_segment_set_init(&builder->segments, scratch, catalog);
	return builder;
}

void
nami_edge_builder_add(NamiEdgeBuilder *builder, NamiOrd src, NamiOrd dst, uint64_t lsn,
					  unsigned flags)
{
	NamiArena  *scratch = builder->scratch;

	nami_vec_push(&builder->src, scratch, src);
	nami_vec_push(&builder->dst, scratch, dst);
	nami_vec_push(&builder->lsns, scratch, lsn);
	nami_vec_push(&builder->flags, scratch, (uint8_t) flags);
}

/* ---- sorting ------------------------------------------------------------------------------- */

static int
compare_keys(const void *a, const void *b, void *keys)
{
	uint32_t	i = *(const uint32_t *) a;
	uint32_t	j = *(const uint32_t *) b;
	uint32_t	key_i = ((const uint32_t *) keys)[i];
	uint32_t	key_j = ((const uint32_t *) keys)[j];

	if (key_i != key_j)
		return key_i < key_j ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* One stable counting pass over (key >> shift) & mask. */
static void
counting_pass(const uint32_t *keys, const uint32_t *from, uint32_t *to, uint32_t count,
			  uint32_t *counters, unsigned shift, uint32_t mask)
{
	uint32_t	next = 0;

	memset(counters, 0, ((size_t) mask + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < count; i++)
		counters[(keys[from[i]] >> shift) & mask]++;
	for (uint32_t b = 0; b <= mask; b++)
	{
		uint32_t	bucket = counters[b];

		counters[b] = next;
		next += bucket;
	}
	for (uint32_t i = 0; i < count; i++)
		to[counters[(keys[from[i]] >> shift) & mask]++] = from[i];
}

/*
 * Sorts order (of count numbers) by keys, stable. to is as large and may receive the result: the one
 * that holds it is returned.
 */
static uint32_t *
sort_by(NamiArena *scratch, const uint32_t *keys, uint32_t *order, uint32_t *to, uint32_t count)
{
	uint32_t   *counters = NAMI_NEW_ARRAY(scratch, uint32_t, 65536);

	counting_pass(keys, order, to, count, counters, 0, 0xFFFF);
	counting_pass(keys, to, order, count, counters, 16, 0xFFFF);
	return order;
}

static bool
is_sorted(const NamiEdgeBuilder *builder, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
	{
		uint32_t	src = builder->src.items[i];
		uint32_t	before = builder->src.items[i - 1];

		if (src < before ||
			(src == before && builder->dst.items[i] < builder->dst.items[i - 1]))
			return false;
	}
	return true;
}

static int
compare_ends(const void *a, const void *b, void *ctx)
{
	const NamiEdgeBuilder *builder = ctx;
	uint32_t	i = *(const uint32_t *) a;
	uint32_t	j = *(const uint32_t *) b;

	if (builder->src.items[i] != builder->src.items[j])
		return builder->src.items[i] < builder->src.items[j] ? -1 : 1;
	if (builder->dst.items[i] != builder->dst.items[j])
		return builder->dst.items[i] < builder->dst.items[j] ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* Numbers of addition by (src, dst), equal ends in order of addition. */
static uint32_t *
sort_by_ends(NamiEdgeBuilder *builder, uint32_t count)
{
	uint32_t   *order = NAMI_NEW_ARRAY(builder->scratch, uint32_t, count);
	uint32_t   *to;

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	if (is_sorted(builder, count))
		return order;
	if (count < 16384)
	{
		qsort_r(order, count, sizeof(uint32_t), compare_ends, builder);
		return order;
	}
	to = NAMI_NEW_ARRAY(builder->scratch, uint32_t, count);
	order = sort_by(builder->scratch, builder->dst.items, order, to, count);
	return sort_by(builder->scratch, builder->src.items, order, to, count);
}

/* Does record i, which was added later, replace j with the same ends? */
static bool
replaces(const NamiEdgeBuilder *builder, uint32_t i, uint32_t j)
{
	if (builder->lsns.items[i] != builder->lsns.items[j])
		return builder->lsns.items[i] > builder->lsns.items[j];
	return (builder->flags.items[i] & NAMI_EDGE_BUILD_WAL) != 0;
}

NamiStatus
nami_edge_builder_number(NamiEdgeBuilder *builder, uint32_t node_count, NamiError *err)
{
	uint32_t	count = (uint32_t) builder->src.count;
	uint32_t   *order;
	uint32_t	i = 0;

	if (builder->src.count >= NAMI_POS_OWN_FIRST / 2)
		return nami_fail(err, NAMI_ERR_LIMIT, "a type of %zu relationships is too large",
						 builder->src.count);
	order = sort_by_ends(builder, count);
	builder->pos_of = NAMI_NEW_ARRAY(builder->scratch, uint32_t, count);
	memset(builder->pos_of, 0xFF, (size_t) count * sizeof(uint32_t));
	builder->sorted = order;
	while (i < count)
	{
		uint32_t	best = order[i];
		uint32_t	src = builder->src.items[best];
		uint32_t	dst = builder->dst.items[best];

		for (i++; i < count && builder->src.items[order[i]] == src &&
			 builder->dst.items[order[i]] == dst; i++)
		{
			if (replaces(builder, order[i], best))
				best = order[i];
		}
		if ((builder->flags.items[best] & NAMI_EDGE_BUILD_TOMBSTONE) != 0)
			continue;
		builder->pos_of[best] = builder->count;
		builder->sorted[builder->count++] = best;
	}
	return NAMI_OK;
}

/* ---- writing ------------------------------------------------------------------------------- */

/*
 * Offsets of ascending keys: dense over lo .. hi, or with a list of keys when fewer than a quarter of
 * them occur. Returns the number of distinct keys.
 */
static uint32_t
add_offsets(NamiArena *scratch, NamiPartWriter *writer, NamiSectionKind keys_kind,
			const uint32_t *keys, uint32_t count)
{
	uint32_t	lo = count == 0 ? 0 : keys[0];
	uint32_t	span = count == 0 ? 0 : keys[count - 1] - lo + 1;
	uint32_t	distinct = count == 0 ? 0 : 1;
	uint32_t	rows;
	uint32_t   *offsets;

	for (uint32_t i = 1; i < count; i++)
		distinct += keys[i] != keys[i - 1];
	if ((uint64_t) distinct * 4 < span)
	{
		uint32_t   *list = NAMI_NEW_ARRAY(scratch, uint32_t, distinct);

		rows = 0;
		offsets = NAMI_NEW_ARRAY(scratch, uint32_t, (size_t) distinct + 1);
		for (uint32_t i = 0; i < count; i++)
		{
			if (i > 0 && keys[i] == keys[i - 1])
				continue;
			list[rows] = keys[i];
			offsets[rows++] = i;
		}
		nami_part_writer_add(writer, keys_kind, list, (size_t) distinct * sizeof(uint32_t),
							 distinct);
	}
	else
	{
		uint32_t	i = 0;

		rows = span;
		offsets = NAMI_NEW_ARRAY(scratch, uint32_t, (size_t) span + 1);
		for (uint32_t row = 0; row < span; row++)
		{
			offsets[row] = i;
			while (i < count && keys[i] == lo + row)
				i++;
		}
	}
	offsets[rows] = count;
	nami_part_writer_add(writer, keys_kind + 1, offsets, ((size_t) rows + 1) * sizeof(uint32_t),
						 rows)->base = lo;
	return distinct;
}

static void
add_inverse(NamiEdgeBuilder *builder, NamiPartWriter *writer, const uint32_t *src,
			const uint32_t *dst, uint32_t *target_count)
{
	NamiArena  *scratch = builder->scratch;
	uint32_t	count = builder->count;
	size_t		size_bytes = (size_t) count * sizeof(uint32_t);
	uint32_t   *order = nami_arena_alloc(scratch, size_bytes);
	uint32_t   *keys = nami_arena_alloc(scratch, size_bytes);
	uint32_t   *in_src = nami_arena_alloc(scratch, size_bytes);

	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	if (count < 16384)
		qsort_r(order, count, sizeof(uint32_t), compare_keys, (void *) dst);
	else
		order = sort_by(scratch, dst, order, nami_arena_alloc(scratch, size_bytes), count);
	for (uint32_t i = 0; i < count; i++)
	{
		keys[i] = dst[order[i]];
		in_src[i] = src[order[i]];
	}
	*target_count = add_offsets(scratch, writer, NAMI_SECTION_IN_KEYS, keys, count);
	nami_part_writer_add(writer, NAMI_SECTION_IN_SRC, in_src, size_bytes, count);
	nami_part_writer_add(writer, NAMI_SECTION_IN_POS, order, size_bytes, count);
}

/* Edges per pair of groups, and what holds for all of them. */
static void
add_pairs(NamiEdgeBuilder *builder, const NamiNodeBuilder *nodes, NamiPartWriter *writer,
		  const uint32_t *src, const uint32_t *dst, NamiPartHeader *header)
{
	NamiWordMap map = {0};
	NAMI_VEC(NamiGroupPair) pairs = {0};
	uint64_t	last_word = UINT64_MAX;
	uint32_t	last_pair = 0;
	bool		is_complete = true;
	uint32_t	src_group = 0;
	uint32_t	last_src = NAMI_ORD_NONE;

	for (uint32_t i = 0; i < builder->count; i++)
	{
		uint64_t	word;

		if (src[i] == dst[i])
			header->flags |= NAMI_PART_HAS_SELF_LOOPS;
		if (src[i] >= nodes->live_count || dst[i] >= nodes->live_count)
		{
			header->flags |= NAMI_PART_HAS_DANGLING;
			continue;
		}
		header->counts[1]++;
		if (src[i] != last_src)
			src_group = nami_node_builder_group(nodes, src[i]);
		last_src = src[i];
		word = (uint64_t) src_group << 32 | nami_node_builder_group(nodes, dst[i]);
		if (word != last_word)
		{
			last_word = word;
			last_pair = nami_wordmap_find(&map, word);
			if (last_pair == NAMI_MAP_NONE && pairs.count < PAIRS_MAX)
			{
				last_pair = (uint32_t) pairs.count;
				nami_wordmap_put(&map, builder->scratch, word, last_pair);
				nami_vec_push(&pairs, builder->scratch,
							  (NamiGroupPair) {src_group, (uint32_t) word, 0});
			}
		}
		if (last_pair == NAMI_MAP_NONE)
			is_complete = false;
		else
			pairs.items[last_pair].edges++;
	}
	if (is_complete)
		nami_part_writer_add(writer, NAMI_SECTION_PAIRS, pairs.items,
							 pairs.count * sizeof(NamiGroupPair), pairs.count);
}

const void *
nami_edge_builder_finish(NamiEdgeBuilder *builder, const NamiNodeBuilder *nodes, NamiArena *arena,
						 size_t *size_bytes)
{
	uint32_t	count = builder->count;
	uint32_t   *src = NAMI_NEW_ARRAY(builder->scratch, uint32_t, count);
	uint32_t   *dst = NAMI_NEW_ARRAY(builder->scratch, uint32_t, count);
	uint32_t	target_count;
	NamiPartWriter writer = {.scratch = builder->scratch};
	NamiPartHeader header = {.kind = NAMI_PART_EDGES, .counts = {count}};

	for (uint32_t pos = 0; pos < count; pos++)
	{
		src[pos] = builder->src.items[builder->sorted[pos]];
		dst[pos] = builder->dst.items[builder->sorted[pos]];
	}
	nami_part_writer_add_names(&writer, builder->catalog, NAMI_NAME_TYPE, &builder->type, 1);
	header.counts[2] = add_offsets(builder->scratch, &writer, NAMI_SECTION_OUT_KEYS, src, count);
	nami_part_writer_add(&writer, NAMI_SECTION_OUT_DST, dst, (size_t) count * sizeof(uint32_t),
						 count);
	add_inverse(builder, &writer, src, dst, &target_count);
	header.counts[3] = target_count;
	add_pairs(builder, nodes, &writer, src, dst, &header);
	nami_segment_set_finish(&builder->segments, &count, 1, &writer);
	return nami_part_writer_finish(&writer, &header, arena, size_bytes);
}
