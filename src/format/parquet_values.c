/*
 * parquet_values.c - the values inside a page, by encoding.
 */
#include <endian.h>

#include "format/parquet_internal.h"
#include "format/rle.h"

/*
 * What a page may unfold to where values repeat bytes: DELTA_BYTE_ARRAY (each value can share
 * nearly all of the one before) and dictionaries of fixed-length values.
 */
#define UNFOLDED_BYTES_MAX	((uint64_t) 256 << 20)

/* Bytes of a value in PLAIN form, 0 when they vary. */
static size_t
value_width(const NamiParquetElement *element)
{
	switch (element->type)
	{
		case NAMI_PARQUET_INT32:
			return 4;
		case NAMI_PARQUET_INT64:
			return 8;
		case NAMI_PARQUET_FIXED:
			return (size_t) element->type_length;
		case NAMI_PARQUET_BOOLEAN:
		case NAMI_PARQUET_INT96:
		case NAMI_PARQUET_FLOAT:
		case NAMI_PARQUET_DOUBLE:
		case NAMI_PARQUET_BYTE_ARRAY:
		case NAMI_PARQUET_GROUP:
			break;
	}
	return 0;
}

static bool
read_words(NamiCursor *bytes, size_t width, size_t count, NamiArena *arena, NamiScratch *scratch,
		   const void **out)
{
	const uint8_t *src;
	void	   *dst;

	/* widths are 4 or 8, counts below 2^32 */
	if (!nami_cursor_take(bytes, count * width, &src))
		return false;
	dst = nami_scratch_reserve(scratch, arena, count * width);
	if (count > 0)
		memcpy(dst, src, count * width);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (size_t i = 0; i < count; i++)
	{
		if (width == 4)
			((uint32_t *) dst)[i] = le32toh(((uint32_t *) dst)[i]);
		else
			((uint64_t *) dst)[i] = le64toh(((uint64_t *) dst)[i]);
	}
#endif
	*out = dst;
	return true;
}

static bool
read_strs(NamiCursor *bytes, size_t count, NamiArena *arena, NamiScratch *scratch,
		  const NamiStr **out)
{
	NamiStr    *strs;

	/* before allocating: each value has at least its length */
	if (count > bytes->len / 4)
		return false;
	strs = nami_scratch_reserve(scratch, arena, count * sizeof(NamiStr));
	for (size_t i = 0; i < count; i++)
	{
		uint32_t	len;
		const uint8_t *ptr;

		if (!nami_cursor_read_u32le(bytes, &len) || !nami_cursor_take(bytes, len, &ptr))
			return false;
		strs[i] = (NamiStr) {(const char *) ptr, len};
	}
	*out = strs;
	return true;
}

bool
nami_parquet_values_dictionary(NamiParquetValues *values, const NamiParquetElement *element,
							   NamiCursor bytes, uint32_t count)
{
	const void *words;
	size_t		size;

	values->dictionary_count = count;
	values->has_dictionary = true;
	switch (element->type)
	{
		case NAMI_PARQUET_FIXED:
			return !__builtin_mul_overflow((size_t) count, value_width(element), &size) &&
				nami_cursor_take(&bytes, size, &values->dictionary.fixed);
		case NAMI_PARQUET_INT32:
			if (!read_words(&bytes, 4, count, values->arena, &values->dictionary_values, &words))
				return false;
			values->dictionary.u32 = words;
			return true;
		case NAMI_PARQUET_INT64:
			if (!read_words(&bytes, 8, count, values->arena, &values->dictionary_values, &words))
				return false;
			values->dictionary.u64 = words;
			return true;
		case NAMI_PARQUET_BYTE_ARRAY:
			return read_strs(&bytes, count, values->arena, &values->dictionary_values,
							 &values->dictionary.strs);
		case NAMI_PARQUET_BOOLEAN:
		case NAMI_PARQUET_INT96:
		case NAMI_PARQUET_FLOAT:
		case NAMI_PARQUET_DOUBLE:
		case NAMI_PARQUET_GROUP:
			break;
	}
	return false;
}

static bool
read_plain(NamiParquetValues *values, const NamiParquetElement *element, NamiCursor bytes,
		   NamiParquetPage *page)
{
	size_t		count = page->value_count;
	const void *words;
	uint8_t    *bools;
	size_t		size;

	switch (element->type)
	{
		case NAMI_PARQUET_BOOLEAN:
			if (bytes.len < (count + 7) / 8)
				return false;
			bools = nami_scratch_reserve(&values->values, values->arena, count);
			for (size_t i = 0; i < count; i++)
				bools[i] = (bytes.ptr[i >> 3] >> (i & 7)) & 1;
			page->values.bools = bools;
			return true;
		case NAMI_PARQUET_INT32:
			if (!read_words(&bytes, 4, count, values->arena, &values->values, &words))
				return false;
			page->values.u32 = words;
			return true;
		case NAMI_PARQUET_INT64:
			if (!read_words(&bytes, 8, count, values->arena, &values->values, &words))
				return false;
			page->values.u64 = words;
			return true;
		case NAMI_PARQUET_FIXED:
			return !__builtin_mul_overflow(count, value_width(element), &size) &&
				nami_cursor_take(&bytes, size, &page->values.fixed);
		case NAMI_PARQUET_BYTE_ARRAY:
			return read_strs(&bytes, count, values->arena, &values->values, &page->values.strs);
		case NAMI_PARQUET_INT96:
		case NAMI_PARQUET_FLOAT:
		case NAMI_PARQUET_DOUBLE:
		case NAMI_PARQUET_GROUP:
			break;
	}
	return false;
}

static bool
gather_fixed(NamiParquetValues *values, size_t width, const uint32_t *indexes, size_t count,
			 NamiParquetPage *page)
{
	const uint8_t *src = values->dictionary.fixed;
	uint8_t    *dst;
	size_t		size;

	if (__builtin_mul_overflow(count, width, &size) || size > UNFOLDED_BYTES_MAX)
		return false;
	dst = nami_scratch_reserve(&values->values, values->arena, size);
	page->values.fixed = dst;
	if (width == 16)
	{
		for (size_t i = 0; i < count; i++)
			memcpy(dst + 16 * i, src + 16 * (size_t) indexes[i], 16);
		return true;
	}
	for (size_t i = 0; i < count; i++)
		memcpy(dst + width * i, src + width * (size_t) indexes[i], width);
	return true;
}

/* The first byte is the width of the indexes; a page of nulls may leave it out. */
static bool
read_dictionary_indexes(NamiParquetValues *values, const NamiParquetElement *element,
						NamiCursor bytes, NamiParquetPage *page)
{
	size_t		count = page->value_count;
	uint32_t   *indexes;
	uint32_t	largest = 0;
	uint8_t		bit_width;
	void	   *dst;

	page->values.fixed = NULL;
	if (count == 0)
		return true;
	if (!values->has_dictionary || !nami_cursor_read_u8(&bytes, &bit_width))
		return false;
	indexes = nami_scratch_reserve(&values->indexes, values->arena, count * sizeof(*indexes));
	if (!nami_rle_read_u32(bytes, bit_width, indexes, count))
		return false;
	for (size_t i = 0; i < count; i++)
		largest = indexes[i] > largest ? indexes[i] : largest;
	if (largest >= values->dictionary_count)
		return false;
	if (element->type == NAMI_PARQUET_FIXED)
		return gather_fixed(values, value_width(element), indexes, count, page);
	dst = nami_scratch_reserve(&values->values, values->arena, count * sizeof(NamiStr));
	if (element->type == NAMI_PARQUET_INT32)
	{
		for (size_t i = 0; i < count; i++)
			((uint32_t *) dst)[i] = values->dictionary.u32[indexes[i]];
		page->values.u32 = dst;
	}
	else if (element->type == NAMI_PARQUET_INT64)
	{
		for (size_t i = 0; i < count; i++)
			((uint64_t *) dst)[i] = values->dictionary.u64[indexes[i]];
		page->values.u64 = dst;
	}
	else
	{
		for (size_t i = 0; i < count; i++)
			((NamiStr *) dst)[i] = values->dictionary.strs[indexes[i]];
		page->values.strs = dst;
	}
	return true;
}

static bool
read_rle_bools(NamiParquetValues *values, NamiCursor bytes, NamiParquetPage *page)
{
	uint8_t    *bools;
	uint32_t	len;
	NamiCursor	runs;

	if (!nami_cursor_read_u32le(&bytes, &len) || !nami_cursor_sub(&bytes, len, &runs))
		return false;
	bools = nami_scratch_reserve(&values->values, values->arena, page->value_count);
	page->values.bools = bools;
	return nami_rle_read_u8(runs, 1, 1, bools, page->value_count);
}

static bool
read_delta_ints(NamiParquetValues *values, const NamiParquetElement *element, NamiCursor bytes,
				NamiParquetPage *page)
{
	size_t		count = page->value_count;
	uint64_t   *words = nami_scratch_reserve(&values->indexes, values->arena, count * 8);
	uint32_t   *narrow;

	if (!nami_delta_read_u64(&bytes, words, count))
		return false;
	page->values.u64 = words;
	if (element->type == NAMI_PARQUET_INT32)
	{
		narrow = nami_scratch_reserve(&values->values, values->arena, count * 4);
		for (size_t i = 0; i < count; i++)
			narrow[i] = (uint32_t) words[i];
		page->values.u32 = narrow;
	}
	return true;
}

static bool
read_delta_length(NamiParquetValues *values, NamiCursor bytes, NamiParquetPage *page)
{
	size_t		count = page->value_count;
	uint64_t   *lens = nami_scratch_reserve(&values->indexes, values->arena, count * 8);
	NamiStr    *strs;

	if (!nami_delta_read_u64(&bytes, lens, count))
		return false;
	strs = nami_scratch_reserve(&values->values, values->arena, count * sizeof(NamiStr));
	for (size_t i = 0; i < count; i++)
	{
		const uint8_t *ptr;

		if (lens[i] > bytes.len || !nami_cursor_take(&bytes, (size_t) lens[i], &ptr))
			return false;
		strs[i] = (NamiStr) {(const char *) ptr, (size_t) lens[i]};
	}
	page->values.strs = strs;
	return true;
}

/* Sums what the values unfold to; false when a prefix is longer than the value before it. */
static bool
unfolded_size(const uint64_t *prefixes, const uint64_t *suffixes, size_t count,
			  uint64_t available, uint64_t *total)
{
	uint64_t	previous = 0;

	*total = 0;
	for (size_t i = 0; i < count; i++)
	{
		if (prefixes[i] > previous || suffixes[i] > available)
			return false;
		available -= suffixes[i];
		previous = prefixes[i] + suffixes[i];
		*total += previous;
		if (*total > UNFOLDED_BYTES_MAX)
			return false;
	}
	return true;
}

/* DELTA_BYTE_ARRAY: a prefix shared with the value before, and a suffix. */
static bool
read_delta_strings(NamiParquetValues *values, const NamiParquetElement *element,
				   NamiCursor bytes, NamiParquetPage *page)
{
	size_t		count = page->value_count;
	uint64_t   *prefixes = nami_scratch_reserve(&values->indexes, values->arena, count * 16);
	uint64_t   *suffixes = prefixes + count;
	uint64_t	total;
	NamiStr    *strs;
	uint8_t    *text;
	uint8_t    *previous;

	if (!nami_delta_read_u64(&bytes, prefixes, count) ||
		!nami_delta_read_u64(&bytes, suffixes, count) ||
		!unfolded_size(prefixes, suffixes, count, bytes.len, &total))
		return false;
	strs = nami_scratch_reserve(&values->values, values->arena, count * sizeof(NamiStr));
	text = previous = nami_scratch_reserve(&values->text, values->arena, (size_t) total);
	page->values.fixed = text;
	for (size_t i = 0; i < count; i++)
	{
		memcpy(text, previous, (size_t) prefixes[i]);
		if (!nami_cursor_copy(&bytes, text + prefixes[i], (size_t) suffixes[i]))
			return false;
		strs[i] = (NamiStr) {(const char *) text, (size_t) (prefixes[i] + suffixes[i])};
		if (element->type == NAMI_PARQUET_FIXED && strs[i].len != value_width(element))
			return false;
		previous = text;
		text += strs[i].len;
	}
	if (element->type == NAMI_PARQUET_BYTE_ARRAY)
		page->values.strs = strs;
	return true;
}

/* Byte j of all values lies together: stream j. */
static bool
read_stream_split(NamiParquetValues *values, const NamiParquetElement *element, NamiCursor bytes,
				  NamiParquetPage *page)
{
	size_t		count = page->value_count;
	size_t		width = value_width(element);
	size_t		size;
	const uint8_t *src;
	uint8_t    *dst;
	NamiCursor	joined;

	if (width == 0 || __builtin_mul_overflow(count, width, &size) ||
		!nami_cursor_take(&bytes, size, &src))
		return false;
	dst = nami_scratch_reserve(&values->text, values->arena, size);
	for (size_t j = 0; j < width; j++)
	{
		for (size_t i = 0; i < count; i++)
			dst[i * width + j] = src[j * count + i];
	}
	joined = nami_cursor(dst, size);
	return read_plain(values, element, joined, page);
}

static bool
unsupported(int32_t encoding, const NamiParquetElement *element, NamiError *err)
{
	NamiStatus	status;

	status = nami_fail(err, NAMI_ERR_UNSUPPORTED, "parquet encoding %d for physical type %d",
					   (int) encoding, (int) element->type);
	return status == NAMI_OK;
}

bool
nami_parquet_values_read(NamiParquetValues *values, const NamiParquetElement *element,
						 int32_t encoding, NamiCursor bytes, NamiParquetPage *page,
						 NamiError *err)
{
	bool		is_int = element->type == NAMI_PARQUET_INT32 || element->type == NAMI_PARQUET_INT64;

	nami_error_reset(err);
	switch (encoding)
	{
		case NAMI_PARQUET_ENC_PLAIN:
			if (element->type != NAMI_PARQUET_BOOLEAN && element->type != NAMI_PARQUET_BYTE_ARRAY &&
				value_width(element) == 0)
				break;
			return read_plain(values, element, bytes, page);
		case NAMI_PARQUET_ENC_PLAIN_DICTIONARY:
		case NAMI_PARQUET_ENC_RLE_DICTIONARY:
			return read_dictionary_indexes(values, element, bytes, page);
		case NAMI_PARQUET_ENC_RLE:
			if (element->type != NAMI_PARQUET_BOOLEAN)
				break;
			return read_rle_bools(values, bytes, page);
		case NAMI_PARQUET_ENC_DELTA_BINARY_PACKED:
			if (!is_int)
				break;
			return read_delta_ints(values, element, bytes, page);
		case NAMI_PARQUET_ENC_DELTA_LENGTH_BYTE_ARRAY:
			if (element->type != NAMI_PARQUET_BYTE_ARRAY)
				break;
			return read_delta_length(values, bytes, page);
		case NAMI_PARQUET_ENC_DELTA_BYTE_ARRAY:
			if (element->type != NAMI_PARQUET_BYTE_ARRAY && element->type != NAMI_PARQUET_FIXED)
				break;
			return read_delta_strings(values, element, bytes, page);
		case NAMI_PARQUET_ENC_BYTE_STREAM_SPLIT:
			if (value_width(element) == 0)
				break;
			return read_stream_split(values, element, bytes, page);
		default:
			break;
	}
	return unsupported(encoding, element, err);
}
