/*
 * image_values.c - single values and columns of an image; see image.h.
 */
#include "graph/image.h"

#include "graph/value_flat.h"

const NamiSegment *
nami_segments_find(const NamiSegment *segments, uint32_t count, NamiKeyId key)
{
	uint32_t	low = 0;
	uint32_t	high = count;

	while (low < high)
	{
		uint32_t	mid = (low + high) / 2;

		if (segments[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low < count && segments[low].key == key ? &segments[low] : NULL;
}

/* The place of a row among the stored values; false when it has none. */
static bool
find_value(const NamiSegment *segment, uint32_t row, uint32_t *index)
{
	uint32_t	low = 0;
	uint32_t	high = segment->value_count;

	if (segment->rows == NULL)
	{
		*index = row;
		return segment->presence == NULL || nami_bit(segment->presence, row);
	}
	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;

		if (segment->rows[mid] < row)
			low = mid + 1;
		else
			high = mid;
	}
	*index = low;
	return low < segment->value_count && segment->rows[low] == row;
}

static uint64_t
load_unsigned(const void *data, unsigned width_bytes, uint32_t index)
{
	switch (width_bytes)
	{
		case 1:
			return ((const uint8_t *) data)[index];
		case 2:
			return ((const uint16_t *) data)[index];
		case 4:
			return ((const uint32_t *) data)[index];
		default:
			return ((const uint64_t *) data)[index];
	}
}

static NamiValue
datetime_value(int64_t microseconds, NamiArena *arena)
{
	NamiDateTime *point = NAMI_NEW(arena, NamiDateTime);
	int64_t		rest = microseconds % 1000000;

	point->seconds = microseconds / 1000000;
	if (rest < 0)
	{
		rest += 1000000;
		point->seconds--;
	}
	point->nanoseconds = (int32_t) rest * 1000;
	return (NamiValue) {.kind = NAMI_DATETIME, .datetime = point};
}

static NamiValue
int_value(const NamiSegment *segment, uint32_t index, NamiArena *arena)
{
	int64_t		value = (int64_t) ((uint64_t) segment->base +
								   load_unsigned(segment->data, segment->width_bytes, index));

	if (segment->logical == NAMI_DATETIME)
		return datetime_value(value, arena);
	return (NamiValue) {.kind = segment->logical, .integer = value};
}

/* Heap bytes of entry i; an entry that does not fit (a lost page) is empty. */
static NamiStr
heap_entry(const NamiSegment *segment, uint32_t i)
{
	uint64_t	begin = segment->offsets[i];
	uint64_t	end = segment->offsets[i + 1];

	if (begin > end || end > segment->heap_bytes)
		return (NamiStr) {"", 0};
	return (NamiStr) {segment->heap + begin, end - begin};
}

static NamiValue
mixed_value(const NamiSegment *segment, uint32_t index, NamiArena *arena)
{
	uint64_t	slot = ((const uint64_t *) segment->data)[index];
	NamiValue	value = {.kind = segment->tags[index]};

	switch (value.kind)
	{
		case NAMI_NULL:
			return value;
		case NAMI_BOOL:
			value.boolean = slot != 0;
			return value;
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_DATE:
			value.integer = (int64_t) slot;
			return value;
		default:
			if (slot > segment->heap_bytes)
				return nami_value_null();
			return nami_value_unflatten(arena, segment->heap + slot, segment->heap_bytes - slot);
	}
}

NamiValue
nami_segment_get(const NamiSegment *segment, uint32_t row, NamiArena *arena)
{
	uint32_t	index;

	if (!find_value(segment, row, &index))
		return nami_value_null();
	switch ((NamiEncoding) segment->encoding)
	{
		case NAMI_ENC_INT:
			return int_value(segment, index, arena);
		case NAMI_ENC_FLOAT:
			return nami_value_float(((const double *) segment->data)[index]);
		case NAMI_ENC_BOOL:
			return nami_value_bool(nami_bit(segment->data, index));
		case NAMI_ENC_STRING_DICT:
		{
			uint64_t	code = load_unsigned(segment->data, segment->width_bytes, index);

			if (code >= segment->dict_count)
				return nami_value_null();
			return nami_value_string(heap_entry(segment, (uint32_t) code));
		}
		case NAMI_ENC_STRING_RAW:
			return nami_value_string(heap_entry(segment, index));
		case NAMI_ENC_VECTOR:
			return nami_value_vector((const float *) segment->data + (size_t) segment->base * index,
									 (uint32_t) segment->base);
		case NAMI_ENC_FLAT:
		{
			NamiStr		bytes = heap_entry(segment, index);

			return nami_value_unflatten(arena, bytes.ptr, bytes.len);
		}
		case NAMI_ENC_MIXED:
			return mixed_value(segment, index, arena);
	}
	return nami_value_null();
}

void
nami_segment_column(const NamiSegment *segment, NamiColumn *out)
{
	*out = (NamiColumn) {
		.kind = NAMI_COLUMN_OTHER,
		.width_bytes = segment->width_bytes,
		.base = segment->base,
		.data = segment->data,
		.presence = segment->presence,
		.first = segment->first,
		.count = segment->row_count
	};
	if (segment->rows != NULL)
		return;					/* sparse: only by nami_segment_get */
	switch ((NamiEncoding) segment->encoding)
	{
		case NAMI_ENC_INT:
			out->kind = NAMI_COLUMN_INT;
			out->logical = segment->logical;
			break;
		case NAMI_ENC_FLOAT:
			out->kind = NAMI_COLUMN_FLOAT;
			out->logical = NAMI_FLOAT;
			break;
		case NAMI_ENC_BOOL:
			out->kind = NAMI_COLUMN_BOOL;
			out->logical = NAMI_BOOL;
			break;
		case NAMI_ENC_STRING_DICT:
			out->kind = NAMI_COLUMN_STRING_DICT;
			out->logical = NAMI_STRING;
			out->dict_offsets = segment->offsets;
			out->dict_text = segment->heap;
			out->dict_count = segment->dict_count;
			break;
		case NAMI_ENC_STRING_RAW:
		case NAMI_ENC_VECTOR:
		case NAMI_ENC_FLAT:
		case NAMI_ENC_MIXED:
			break;
	}
}

/* ---- unreadable rows ----------------------------------------------------------------------- */

static uint32_t
poison_lower_bound(const NamiPoison *poison, uint32_t row)
{
	uint32_t	low = 0;
	uint32_t	high = poison->count;

	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;

		if (poison->rows[mid] < row)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

NamiStr
nami_poison_find(const NamiPoison *poison, uint32_t row)
{
	uint32_t	i;

	if (poison->count == 0)
		return (NamiStr) {NULL, 0};
	i = poison_lower_bound(poison, row);
	if (i == poison->count || poison->rows[i] != row || poison->offsets[i + 1] > poison->text_bytes)
		return (NamiStr) {NULL, 0};
	return (NamiStr) {poison->text + poison->offsets[i],
					  poison->offsets[i + 1] - poison->offsets[i]};
}

bool
nami_poison_intersects(const NamiPoison *poison, uint32_t first, uint32_t count)
{
	uint32_t	i;

	if (poison->count == 0)
		return false;
	i = poison_lower_bound(poison, first);
	return i < poison->count && poison->rows[i] - first < count;
}
