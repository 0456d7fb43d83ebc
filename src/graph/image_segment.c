/*
 * image_segment.c - property segments: collecting values, and choosing the encoding by content
 * (docs/engine.md 1.4).
 */
#include "graph/image_build.h"

#include <stdlib.h>

#include "base/value_ops.h"
#include "graph/value_flat.h"

/* Fewer values than a row in so many: stored with their row numbers. */
#define SPARSE_FACTOR	8

#define HLL_BITS		10
#define HLL_REGISTERS	(1 << HLL_BITS)

void
nami_segment_set_init(NamiSegmentSet *set, NamiArena *scratch, NamiCatalog *catalog)
{
	memset(set, 0, sizeof(*set));
	set->scratch = scratch;
	set->catalog = catalog;
}

static NamiSegmentBuilder *
find_builder(NamiSegmentSet *set, uint32_t group, NamiKeyId key, bool add)
{
	uint64_t	word = (uint64_t) group << 32 | key;
	uint32_t	index = nami_wordmap_find(&set->by_key, word);
	NamiSegmentBuilder *builder;

	if (index != NAMI_MAP_NONE)
		return &set->builders.items[index];
	if (!add)
		return NULL;
	builder = nami_vec_add(&set->builders, set->scratch);
	builder->group = group;
	builder->key = key;
	builder->is_ascending = true;
	nami_buf_init(&builder->heap, set->scratch);
	nami_wordmap_put(&set->by_key, set->scratch, word, (uint32_t) set->builders.count - 1);
	return builder;
}

/* A DATETIME that microseconds in UTC hold whole. */
static bool
datetime_microseconds(NamiValue value, int64_t *out)
{
	const NamiDateTime *point = value.datetime;

	return point->offset_seconds == 0 && point->zone.len == 0 && point->nanoseconds % 1000 == 0 &&
		!__builtin_mul_overflow(point->seconds, (int64_t) 1000000, out) &&
		!__builtin_add_overflow(*out, (int64_t) point->nanoseconds / 1000, out);
}

static uint64_t
heap_put(NamiSegmentBuilder *builder, const void *ptr, uint32_t count, size_t size_bytes)
{
	uint64_t	at = builder->heap.len;

	nami_buf_put(&builder->heap, &count, sizeof(count));
	nami_buf_put(&builder->heap, ptr, size_bytes);
	return at;
}

/* The kind under which the value is kept, and its slot. */
static uint8_t
encode_slot(NamiSegmentBuilder *builder, NamiValue value, uint64_t *slot)
{
	int64_t		microseconds;

	switch ((NamiKind) value.kind)
	{
		case NAMI_BOOL:
			*slot = value.boolean;
			return NAMI_BOOL;
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_DATE:
			*slot = (uint64_t) value.integer;
			return value.kind;
		case NAMI_STRING:
			*slot = heap_put(builder, value.text, value.len, value.len);
			return NAMI_STRING;
		case NAMI_VECTOR:
			*slot = heap_put(builder, value.floats, value.len, (size_t) value.len * sizeof(float));
			return NAMI_VECTOR;
		case NAMI_DATETIME:
			if (datetime_microseconds(value, &microseconds))
			{
				*slot = (uint64_t) microseconds;
				return NAMI_DATETIME;
			}
			break;
		default:
			break;
	}
	*slot = builder->heap.len;
	nami_value_flatten(&builder->heap, value);
	return NAMI_LIST;			/* stands for everything that is kept flat */
}

void
nami_segment_set_add(NamiSegmentSet *set, uint32_t group, uint32_t row, NamiKeyId key,
					 NamiValue value)
{
	bool		is_null = nami_value_is_null(value);
	NamiSegmentBuilder *builder = find_builder(set, group, key, !is_null);
	uint64_t	slot = 0;
	uint8_t		tag;

	if (builder == NULL)
		return;
	if (builder->rows.count > 0)
	{
		uint32_t	last = builder->rows.items[builder->rows.count - 1];

		if (last == row)
		{
			/* The same key again in one object: the later one counts. */
			builder->rows.count--;
			builder->tags.count--;
			builder->slots.count--;
		}
		else if (row < last)
			builder->is_ascending = false;
	}
	if (is_null)
		return;
	tag = encode_slot(builder, value, &slot);
	builder->kinds |= UINT32_C(1) << tag;
	nami_vec_reserve(&builder->rows, set->scratch, builder->rows.count + 1);
	nami_vec_reserve(&builder->tags, set->scratch, builder->tags.count + 1);
	nami_vec_reserve(&builder->slots, set->scratch, builder->slots.count + 1);
	builder->rows.items[builder->rows.count++] = row;
	builder->tags.items[builder->tags.count++] = tag;
	builder->slots.items[builder->slots.count++] = slot;
}

void
nami_segment_set_poison(NamiSegmentSet *set, uint32_t ord_or_pos, NamiStr cause)
{
	nami_vec_push(&set->poison_rows, set->scratch, ord_or_pos);
	nami_vec_push(&set->poison_texts, set->scratch, nami_arena_str(set->scratch, cause));
}

/* ---- finishing one segment ----------------------------------------------------------------- */

typedef struct Finish
{
	NamiArena  *scratch;
	NamiSegmentBuilder *from;
	NamiPartWriter *writer;
	uint32_t	row_count;		/* of the group */
	uint32_t	count;			/* values */
	bool		is_sparse;
	const uint32_t *order;		/* sparse and not ascending: values by row; else NULL */
	uint32_t	stored;			/* count when sparse, else row_count */
	NamiSegmentStats stats;
	uint8_t		registers[HLL_REGISTERS];
} Finish;

static uint32_t
value_at(const Finish *finish, uint32_t i)
{
	return finish->order == NULL ? i : finish->order[i];
}

/* Where value i (in order of rows) is stored. */
static uint32_t
place_of(const Finish *finish, uint32_t i)
{
	return finish->is_sparse ? i : finish->from->rows.items[value_at(finish, i)];
}

static NamiPartSection *
add_piece(Finish *finish, NamiSectionKind kind, const void *data, size_t size_bytes, uint64_t count)
{
	NamiPartSection *section = nami_part_writer_add(finish->writer, kind, data, size_bytes, count);

	section->key = finish->from->key;	/* nami_segment_set_finish translates it */
	section->group = finish->from->group;
	return section;
}

static void
count_distinct(Finish *finish, uint64_t hash)
{
	uint32_t	index = (uint32_t) (hash >> (64 - HLL_BITS));
	uint8_t		rank;

	hash <<= HLL_BITS;
	rank = hash == 0 ? 64 - HLL_BITS + 1 : (uint8_t) (__builtin_clzll(hash) + 1);
	if (rank > finish->registers[index])
		finish->registers[index] = rank;
}

/* HyperLogLog, with linear counting while registers are empty. */
static double
estimate_distinct(const Finish *finish)
{
	double		sum = 0;
	uint32_t	zeros = 0;
	double		estimate;

	for (uint32_t i = 0; i < HLL_REGISTERS; i++)
	{
		sum += 1.0 / (double) (UINT64_C(1) << finish->registers[i]);
		zeros += finish->registers[i] == 0;
	}
	estimate = 0.7213 / (1 + 1.079 / HLL_REGISTERS) * HLL_REGISTERS * HLL_REGISTERS / sum;
	if (estimate <= 2.5 * HLL_REGISTERS && zeros > 0)
	{
		/* m * ln(m / zeros), by the series of ln: no need for libm's accuracy */
		estimate = HLL_REGISTERS * __builtin_log((double) HLL_REGISTERS / zeros);
	}
	if (estimate > finish->count)
		estimate = finish->count;
	return estimate < 1 ? 1 : estimate;
}

static void
note_number(Finish *finish, double number)
{
	NamiSegmentStats *stats = &finish->stats;

	if (!(number == number))
		return;
	if (!stats->has_range || number < stats->min)
		stats->min = number;
	if (!stats->has_range || number > stats->max)
		stats->max = number;
	stats->has_range = 1;
}

static void
finish_int(Finish *finish, NamiKind kind)
{
	const uint64_t *slots = finish->from->slots.items;
	int64_t		min = (int64_t) slots[0];
	int64_t		max = min;
	uint64_t	span;
	uint8_t		width;
	uint8_t    *data;
	NamiPartSection *section;

	for (uint32_t i = 0; i < finish->count; i++)
	{
		int64_t		value = (int64_t) slots[i];

		min = value < min ? value : min;
		max = value > max ? value : max;
		count_distinct(finish, nami_hash_mix(slots[i], NAMI_INT));
	}
	note_number(finish, (double) min);
	note_number(finish, (double) max);
	span = (uint64_t) max - (uint64_t) min;
	width = span <= UINT8_MAX ? 1 : span <= UINT16_MAX ? 2 : span <= UINT32_MAX ? 4 : 8;
	if (width == 8)
		min = 0;
	data = nami_arena_alloc0(finish->scratch, (size_t) finish->stored * width);
	for (uint32_t i = 0; i < finish->count; i++)
	{
		uint64_t	value = slots[value_at(finish, i)] - (uint64_t) min;
		uint32_t	place = place_of(finish, i);

		switch (width)
		{
			case 1:
				data[place] = (uint8_t) value;
				break;
			case 2:
				((uint16_t *) data)[place] = (uint16_t) value;
				break;
			case 4:
				((uint32_t *) data)[place] = (uint32_t) value;
				break;
			default:
				((uint64_t *) data)[place] = value;
				break;
		}
	}
	section = add_piece(finish, NAMI_SECTION_SEGMENT, data, (size_t) finish->stored * width,
						finish->stored);
	section->encoding = NAMI_ENC_INT;
	section->width_bytes = width;
	section->flags = kind;
	section->base = min;
}

static void
finish_float(Finish *finish)
{
	uint64_t   *data = nami_arena_alloc0(finish->scratch, (size_t) finish->stored * 8);
	NamiPartSection *section;

	for (uint32_t i = 0; i < finish->count; i++)
	{
		uint64_t	bits = finish->from->slots.items[value_at(finish, i)];
		double		number;

		memcpy(&number, &bits, sizeof(number));
		note_number(finish, number);
		count_distinct(finish, nami_value_hash(nami_value_float(number)));
		data[place_of(finish, i)] = bits;
	}
	section = add_piece(finish, NAMI_SECTION_SEGMENT, data, (size_t) finish->stored * 8,
						finish->stored);
	section->encoding = NAMI_ENC_FLOAT;
	section->width_bytes = 8;
}

static void
finish_bool(Finish *finish)
{
	size_t		size_bytes = nami_bit_words(finish->stored) * sizeof(uint64_t);
	uint64_t   *data = nami_arena_alloc0(finish->scratch, size_bytes);

	for (uint32_t i = 0; i < finish->count; i++)
	{
		bool		value = finish->from->slots.items[value_at(finish, i)] != 0;

		if (value)
			nami_bit_set(data, place_of(finish, i));
		count_distinct(finish, nami_hash_mix(value, NAMI_BOOL));
	}
	add_piece(finish, NAMI_SECTION_SEGMENT, data, size_bytes, finish->stored)->encoding =
		NAMI_ENC_BOOL;
}

/* ---- strings ---- */

static NamiStr
heap_string(const Finish *finish, uint32_t value)
{
	const uint8_t *at = finish->from->heap.ptr + finish->from->slots.items[value];
	uint32_t	len;

	memcpy(&len, at, sizeof(len));
	return (NamiStr) {(const char *) at + sizeof(len), len};
}

static int
compare_strings(const void *a, const void *b)
{
	return nami_str_cmp(*(const NamiStr *) a, *(const NamiStr *) b);
}

/*
 * The distinct strings, ascending, and the code of every value; false when there are more than half
 * as many as values.
 */
static bool
make_dictionary(Finish *finish, NamiStr **dict, uint32_t *dict_count, uint32_t **codes)
{
	NamiStrMap	map;
	NAMI_VEC(NamiStr) list = {0};
	uint32_t   *rank;

	nami_strmap_init(&map, finish->scratch);
	*codes = NAMI_NEW_ARRAY(finish->scratch, uint32_t, finish->count);
	for (uint32_t i = 0; i < finish->count; i++)
	{
		NamiStr		text = heap_string(finish, i);
		bool		is_new;
		uint64_t   *payload = nami_strmap_put(&map, text, &is_new);

		if (is_new)
		{
			*payload = list.count;
			(*codes)[i] = (uint32_t) list.count;
			nami_vec_push(&list, finish->scratch, text);
			if (list.count > 4096 && list.count * 2 > (size_t) i + 1 + 4096)
				return false;
		}
		else
			(*codes)[i] = (uint32_t) *payload;
	}
	if (list.count * 2 > finish->count && finish->count > 1)
		return false;
	*dict = nami_arena_memdup(finish->scratch, list.items, list.count * sizeof(NamiStr));
	*dict_count = (uint32_t) list.count;
	qsort(*dict, list.count, sizeof(NamiStr), compare_strings);
	rank = NAMI_NEW_ARRAY(finish->scratch, uint32_t, list.count);
	for (uint32_t i = 0; i < list.count; i++)
		rank[*nami_strmap_find(&map, (*dict)[i])] = i;
	for (uint32_t i = 0; i < finish->count; i++)
		(*codes)[i] = rank[(*codes)[i]];
	return true;
}

static void
add_strings(Finish *finish, const NamiStr *strings, uint32_t count)
{
	uint64_t   *offsets = NAMI_NEW_ARRAY(finish->scratch, uint64_t, (size_t) count + 1);
	uint64_t	total = 0;
	char	   *text;

	for (uint32_t i = 0; i < count; i++)
	{
		offsets[i] = total;
		total += strings[i].len;
	}
	offsets[count] = total;
	text = nami_arena_alloc(finish->scratch, total);
	for (uint32_t i = 0; i < count; i++)
	{
		if (strings[i].len > 0)
			memcpy(text + offsets[i], strings[i].ptr, strings[i].len);
	}
	add_piece(finish, NAMI_SECTION_OFFSETS, offsets, ((size_t) count + 1) * sizeof(uint64_t),
			  count);
	add_piece(finish, NAMI_SECTION_HEAP, text, total, total);
}

static void
finish_dictionary(Finish *finish, const NamiStr *dict, uint32_t dict_count, const uint32_t *codes)
{
	uint8_t		width = dict_count <= 256 ? 1 : dict_count <= 65536 ? 2 : 4;
	uint8_t    *data = nami_arena_alloc0(finish->scratch, (size_t) finish->stored * width);
	NamiPartSection *section;

	for (uint32_t i = 0; i < finish->count; i++)
	{
		uint32_t	code = codes[value_at(finish, i)];
		uint32_t	place = place_of(finish, i);

		if (width == 1)
			data[place] = (uint8_t) code;
		else if (width == 2)
			((uint16_t *) data)[place] = (uint16_t) code;
		else
			((uint32_t *) data)[place] = code;
	}
	section = add_piece(finish, NAMI_SECTION_SEGMENT, data, (size_t) finish->stored * width,
						finish->stored);
	section->encoding = NAMI_ENC_STRING_DICT;
	section->width_bytes = width;
	add_strings(finish, dict, dict_count);
	finish->stats.distinct = dict_count;
	finish->stats.is_exact = 1;
}

static void
finish_string(Finish *finish)
{
	NamiStr    *strings;
	uint32_t   *codes;
	uint32_t	dict_count;

	if (make_dictionary(finish, &strings, &dict_count, &codes))
	{
		finish_dictionary(finish, strings, dict_count, codes);
		return;
	}
	strings = nami_arena_alloc0(finish->scratch, (size_t) finish->stored * sizeof(NamiStr));
	for (uint32_t i = 0; i < finish->count; i++)
	{
		NamiStr		text = heap_string(finish, value_at(finish, i));

		strings[place_of(finish, i)] = text;
		count_distinct(finish, nami_hash_mix(nami_xxh3(text.ptr, text.len), NAMI_STRING));
	}
	add_piece(finish, NAMI_SECTION_SEGMENT, NULL, 0, finish->stored)->encoding =
		NAMI_ENC_STRING_RAW;
	add_strings(finish, strings, finish->stored);
}

/* ---- vectors, everything else ---- */

static uint32_t
heap_count(const Finish *finish, uint32_t value)
{
	uint32_t	count;

	memcpy(&count, finish->from->heap.ptr + finish->from->slots.items[value], sizeof(count));
	return count;
}

static bool
has_one_dimension(const Finish *finish)
{
	for (uint32_t i = 1; i < finish->count; i++)
	{
		if (heap_count(finish, i) != heap_count(finish, 0))
			return false;
	}
	return true;
}

static void
finish_vector(Finish *finish)
{
	uint32_t	dimension = heap_count(finish, 0);
	size_t		row_bytes = (size_t) dimension * sizeof(float);
	uint8_t    *data = nami_arena_alloc0(finish->scratch, row_bytes * finish->stored);
	NamiPartSection *section;

	for (uint32_t i = 0; i < finish->count; i++)
	{
		const uint8_t *from = finish->from->heap.ptr +
			finish->from->slots.items[value_at(finish, i)] + sizeof(uint32_t);

		if (row_bytes > 0)
			memcpy(data + row_bytes * place_of(finish, i), from, row_bytes);
		count_distinct(finish, nami_xxh3(from, row_bytes));
	}
	section = add_piece(finish, NAMI_SECTION_SEGMENT, data, row_bytes * finish->stored,
						finish->stored);
	section->encoding = NAMI_ENC_VECTOR;
	section->width_bytes = 4;
	section->base = dimension;
}

/* A value as it came in, but for what is flat already. */
static NamiValue
slot_value(const Finish *finish, uint32_t value)
{
	const NamiSegmentBuilder *from = finish->from;
	NamiValue	result = {.kind = from->tags.items[value]};

	switch (result.kind)
	{
		case NAMI_STRING:
			return nami_value_string(heap_string(finish, value));
		case NAMI_VECTOR:
		{
			uint32_t	count = heap_count(finish, value);
			const uint8_t *floats = from->heap.ptr + from->slots.items[value] + sizeof(uint32_t);

			return nami_value_vector(nami_arena_memdup(finish->scratch, floats,
													   (size_t) count * sizeof(float)), count);
		}
		case NAMI_DATETIME:
		{
			NamiDateTime *point = NAMI_NEW(finish->scratch, NamiDateTime);
			int64_t		microseconds = (int64_t) from->slots.items[value];
			int64_t		rest = microseconds % 1000000;

			point->seconds = microseconds / 1000000 - (rest < 0);
			point->nanoseconds = (int32_t) (rest + (rest < 0 ? 1000000 : 0)) * 1000;
			result.datetime = point;
			return result;
		}
		default:
			result.integer = (int64_t) from->slots.items[value];
			return result;
	}
}

/* Length of a flat value in the builder's heap: up to the next one that was put. */
static void
put_flat(Finish *finish, NamiBuf *heap, uint32_t value, uint64_t *flat_end)
{
	const NamiSegmentBuilder *from = finish->from;

	if (from->tags.items[value] == NAMI_LIST)
	{
		uint64_t	begin = from->slots.items[value];

		nami_buf_put(heap, from->heap.ptr + begin, flat_end[value] - begin);
	}
	else
		nami_value_flatten(heap, slot_value(finish, value));
}

/* Where each flat value ends: heaps are written in order of values. */
static uint64_t *
flat_ends(const Finish *finish)
{
	uint64_t   *ends = NAMI_NEW_ARRAY(finish->scratch, uint64_t, finish->count);
	uint64_t	next = finish->from->heap.len;

	for (uint32_t i = finish->count; i-- > 0;)
	{
		uint8_t		tag = finish->from->tags.items[i];

		ends[i] = next;
		if (tag == NAMI_LIST || tag == NAMI_STRING || tag == NAMI_VECTOR)
			next = finish->from->slots.items[i];
	}
	return ends;
}

static void
finish_flat(Finish *finish)
{
	uint64_t   *ends = flat_ends(finish);
	uint64_t   *offsets = NAMI_NEW_ARRAY(finish->scratch, uint64_t, (size_t) finish->stored + 1);
	uint32_t   *value_of = NAMI_NEW_ARRAY(finish->scratch, uint32_t, finish->stored);
	NamiBuf		heap;

	memset(value_of, 0xFF, (size_t) finish->stored * sizeof(uint32_t));
	for (uint32_t i = 0; i < finish->count; i++)
		value_of[place_of(finish, i)] = value_at(finish, i);
	nami_buf_init(&heap, finish->scratch);
	for (uint32_t i = 0; i < finish->stored; i++)
	{
		offsets[i] = heap.len;
		if (value_of[i] == UINT32_MAX)
			continue;
		put_flat(finish, &heap, value_of[i], ends);
		count_distinct(finish, nami_xxh3(heap.ptr + offsets[i], heap.len - offsets[i]));
	}
	offsets[finish->stored] = heap.len;
	add_piece(finish, NAMI_SECTION_SEGMENT, NULL, 0, finish->stored)->encoding = NAMI_ENC_FLAT;
	add_piece(finish, NAMI_SECTION_OFFSETS, offsets,
			  ((size_t) finish->stored + 1) * sizeof(uint64_t), finish->stored);
	add_piece(finish, NAMI_SECTION_HEAP, heap.ptr, heap.len, heap.len);
}

static void
finish_mixed(Finish *finish)
{
	uint64_t   *ends = flat_ends(finish);
	uint64_t   *data = nami_arena_alloc0(finish->scratch, (size_t) finish->stored * 8);
	uint8_t    *tags = nami_arena_alloc0(finish->scratch, finish->stored);
	NamiPartSection *section;
	NamiBuf		heap;

	nami_buf_init(&heap, finish->scratch);
	for (uint32_t i = 0; i < finish->count; i++)
	{
		uint32_t	value = value_at(finish, i);
		uint32_t	place = place_of(finish, i);
		uint8_t		tag = finish->from->tags.items[value];

		tags[place] = tag;
		switch (tag)
		{
			case NAMI_BOOL:
			case NAMI_DATE:
				data[place] = finish->from->slots.items[value];
				break;
			case NAMI_INT:
			case NAMI_FLOAT:
			{
				NamiValue	number = slot_value(finish, value);

				data[place] = finish->from->slots.items[value];
				note_number(finish, tag == NAMI_INT ? (double) number.integer : number.number);
				break;
			}
			default:
				data[place] = heap.len;
				put_flat(finish, &heap, value, ends);
				break;
		}
		count_distinct(finish, tag == NAMI_LIST ? nami_xxh3(heap.ptr + data[place],
															heap.len - data[place]) :
					   nami_value_hash(slot_value(finish, value)));
	}
	if ((finish->from->kinds & ~(UINT32_C(1) << NAMI_INT | UINT32_C(1) << NAMI_FLOAT)) != 0)
		finish->stats.has_range = 0;
	section = add_piece(finish, NAMI_SECTION_SEGMENT, data, (size_t) finish->stored * 8,
						finish->stored);
	section->encoding = NAMI_ENC_MIXED;
	section->width_bytes = 8;
	add_piece(finish, NAMI_SECTION_TAGS, tags, finish->stored, finish->stored);
	add_piece(finish, NAMI_SECTION_HEAP, heap.ptr, heap.len, heap.len);
}

/* ---- choosing ---- */

static int
compare_rows(const void *a, const void *b, void *rows)
{
	uint32_t	row_a = ((const uint32_t *) rows)[*(const uint32_t *) a];
	uint32_t	row_b = ((const uint32_t *) rows)[*(const uint32_t *) b];

	return row_a < row_b ? -1 : row_a > row_b;
}

static void
finish_values(Finish *finish)
{
	uint32_t	kinds = finish->from->kinds;

	if (kinds == UINT32_C(1) << NAMI_INT)
		finish_int(finish, NAMI_INT);
	else if (kinds == UINT32_C(1) << NAMI_DATE)
		finish_int(finish, NAMI_DATE);
	else if (kinds == UINT32_C(1) << NAMI_DATETIME)
		finish_int(finish, NAMI_DATETIME);
	else if (kinds == UINT32_C(1) << NAMI_FLOAT)
		finish_float(finish);
	else if (kinds == UINT32_C(1) << NAMI_BOOL)
		finish_bool(finish);
	else if (kinds == UINT32_C(1) << NAMI_STRING)
		finish_string(finish);
	else if (kinds == UINT32_C(1) << NAMI_VECTOR && has_one_dimension(finish))
		finish_vector(finish);
	else if ((kinds & (UINT32_C(1) << NAMI_INT | UINT32_C(1) << NAMI_FLOAT |
					   UINT32_C(1) << NAMI_BOOL | UINT32_C(1) << NAMI_DATE)) != 0)
		finish_mixed(finish);
	else
		finish_flat(finish);
	if (finish->from->kinds != UINT32_C(1) << NAMI_INT &&
		finish->from->kinds != UINT32_C(1) << NAMI_FLOAT &&
		(finish->from->kinds & ~(UINT32_C(1) << NAMI_INT | UINT32_C(1) << NAMI_FLOAT)) != 0)
		finish->stats.has_range = 0;
}

static void
finish_segment(NamiSegmentSet *set, NamiSegmentBuilder *builder, uint32_t row_count,
			   NamiPartWriter *writer)
{
	Finish	   *finish = NAMI_NEW(set->scratch, Finish);
	NamiSegmentStats *stats;

	finish->scratch = set->scratch;
	finish->from = builder;
	finish->writer = writer;
	finish->row_count = row_count;
	finish->count = (uint32_t) builder->rows.count;
	finish->is_sparse = (uint64_t) finish->count * SPARSE_FACTOR < row_count;
	finish->stored = finish->is_sparse ? finish->count : row_count;
	if (finish->is_sparse && !builder->is_ascending)
	{
		uint32_t   *order = NAMI_NEW_ARRAY(set->scratch, uint32_t, finish->count);

		for (uint32_t i = 0; i < finish->count; i++)
			order[i] = i;
		qsort_r(order, finish->count, sizeof(uint32_t), compare_rows, builder->rows.items);
		finish->order = order;
	}
	finish_values(finish);
	if (finish->is_sparse)
	{
		uint32_t   *rows = NAMI_NEW_ARRAY(set->scratch, uint32_t, finish->count);

		for (uint32_t i = 0; i < finish->count; i++)
			rows[i] = builder->rows.items[value_at(finish, i)];
		add_piece(finish, NAMI_SECTION_ROWS, rows, (size_t) finish->count * sizeof(uint32_t),
				  finish->count);
	}
	else if (finish->count < row_count)
	{
		size_t		size_bytes = nami_bit_words(row_count) * sizeof(uint64_t);
		uint64_t   *presence = nami_arena_alloc0(set->scratch, size_bytes);

		for (uint32_t i = 0; i < finish->count; i++)
			nami_bit_set(presence, builder->rows.items[i]);
		add_piece(finish, NAMI_SECTION_PRESENCE, presence, size_bytes, row_count);
	}
	finish->stats.present = finish->count;
	if (!finish->stats.is_exact)
		finish->stats.distinct = estimate_distinct(finish);
	stats = nami_arena_memdup(set->scratch, &finish->stats, sizeof(NamiSegmentStats));
	add_piece(finish, NAMI_SECTION_SEGMENT_STATS, stats, sizeof(NamiSegmentStats), 1);
}

/* ---- finishing the set --------------------------------------------------------------------- */

static int
compare_builders(const void *a, const void *b)
{
	const NamiSegmentBuilder *left = *(NamiSegmentBuilder *const *) a;
	const NamiSegmentBuilder *right = *(NamiSegmentBuilder *const *) b;

	if (left->group != right->group)
		return left->group < right->group ? -1 : 1;
	return left->key < right->key ? -1 : left->key > right->key;
}

static void
finish_poison(NamiSegmentSet *set, NamiPartWriter *writer)
{
	uint32_t	count = (uint32_t) set->poison_rows.count;
	uint32_t   *order = NAMI_NEW_ARRAY(set->scratch, uint32_t, count);
	uint32_t   *rows = NAMI_NEW_ARRAY(set->scratch, uint32_t, count);
	uint64_t   *offsets = NAMI_NEW_ARRAY(set->scratch, uint64_t, (size_t) count + 1);
	NamiBuf		text;

	if (count == 0)
		return;
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort_r(order, count, sizeof(uint32_t), compare_rows, set->poison_rows.items);
	nami_buf_init(&text, set->scratch);
	for (uint32_t i = 0; i < count; i++)
	{
		rows[i] = set->poison_rows.items[order[i]];
		offsets[i] = text.len;
		nami_buf_put_str(&text, set->poison_texts.items[order[i]]);
	}
	offsets[count] = text.len;
	nami_part_writer_add(writer, NAMI_SECTION_POISON_ROWS, rows, count * sizeof(uint32_t), count);
	nami_part_writer_add(writer, NAMI_SECTION_POISON_OFFSETS, offsets,
						 ((size_t) count + 1) * sizeof(uint64_t), count);
	nami_part_writer_add(writer, NAMI_SECTION_POISON_TEXT, text.ptr, text.len, text.len);
}

void
nami_segment_set_finish(NamiSegmentSet *set, const uint32_t *group_rows, uint32_t group_count,
						NamiPartWriter *writer)
{
	size_t		count = set->builders.count;
	NamiSegmentBuilder **order = NAMI_NEW_ARRAY(set->scratch, NamiSegmentBuilder *, count);
	size_t		first_piece = writer->pieces.count;
	NamiWordMap local = {0};
	NAMI_VEC(NamiKeyId) names = {0};

	for (size_t i = 0; i < count; i++)
		order[i] = &set->builders.items[i];
	qsort(order, count, sizeof(*order), compare_builders);
	for (size_t i = 0; i < count; i++)
	{
		NAMI_ASSERT(order[i]->group < group_count);
		if (order[i]->rows.count > 0)
			finish_segment(set, order[i], group_rows[order[i]->group], writer);
	}

	/* Catalog numbers mean nothing outside this process: the part has its own. */
	for (size_t i = first_piece; i < writer->pieces.count; i++)
	{
		NamiPartSection *section = &writer->pieces.items[i].section;
		uint32_t	number = nami_wordmap_find(&local, section->key);

		if (number == NAMI_MAP_NONE)
		{
			number = (uint32_t) names.count;
			nami_wordmap_put(&local, set->scratch, section->key, number);
			nami_vec_push(&names, set->scratch, section->key);
		}
		section->key = number;
	}
	nami_part_writer_add_names(writer, set->catalog, NAMI_NAME_KEY, names.items,
							   (uint32_t) names.count);
	finish_poison(set, writer);
}
