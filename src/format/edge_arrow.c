/*
 * edge_arrow.c - the Arrow IPC stream format, as far as one Utf8 column needs it.
 *
 * A stream is a sequence of messages: u32 0xFFFFFFFF (left out by old writers), u32 length of the
 * metadata, metadata (a flatbuffer), body. The first is the schema, the others record batches;
 * length 0 or the end of the bytes ends it.
 *
 * Flatbuffers: a table begins with an i32 that leads back to its vtable {u16 bytes of the vtable,
 * u16 bytes of the table, u16 position of each field in the table or 0}. References are u32,
 * forward from where they stand. Every access is checked against the metadata's bounds.
 */
#include "format/edge_internal.h"

#define CONTINUATION	UINT32_MAX
#define TYPE_UTF8		5
#define HEADER_SCHEMA	1
#define HEADER_BATCH	3

typedef struct Table
{
	NamiStr		buf;			/* the whole flatbuffer */
	size_t		pos;			/* of the table */
	size_t		vtable;
	size_t		vtable_bytes;
} Table;

static bool
load(NamiStr buf, size_t pos, unsigned width, uint64_t *out)
{
	if (pos > buf.len || buf.len - pos < width)
		return false;
	*out = nami_load_le((const uint8_t *) buf.ptr + pos, width);
	return true;
}

static bool
table_at(NamiStr buf, size_t pos, Table *out)
{
	uint64_t	back,
				len;
	int64_t		vtable;

	if (!load(buf, pos, 4, &back))
		return false;
	vtable = (int64_t) pos - (int32_t) (uint32_t) back;
	if (vtable < 0 || !load(buf, (size_t) vtable, 2, &len) || len < 4 ||
		len > buf.len - (size_t) vtable)
		return false;
	*out = (Table) {buf, pos, (size_t) vtable, (size_t) len};
	return true;
}

/* Where a field's value lies; false when the table does not have it. */
static bool
field_pos(const Table *table, unsigned index, size_t *out)
{
	uint64_t	offset;

	if (4 + 2 * (size_t) index + 2 > table->vtable_bytes ||
		!load(table->buf, table->vtable + 4 + 2 * (size_t) index, 2, &offset) || offset == 0)
		return false;
	*out = table->pos + (size_t) offset;
	return true;
}

/* A scalar field; absent ones have their default, which is 0 for all that we ask for. */
static bool
scalar_field(const Table *table, unsigned index, unsigned width, uint64_t *out)
{
	size_t		pos;

	*out = 0;
	return !field_pos(table, index, &pos) || load(table->buf, pos, width, out);
}

/* Follows a reference; false when the field is absent. */
static bool
reference_field(const Table *table, unsigned index, size_t *out)
{
	size_t		pos;
	uint64_t	offset;

	if (!field_pos(table, index, &pos) || !load(table->buf, pos, 4, &offset))
		return false;
	*out = pos + (size_t) offset;
	return true;
}

static bool
table_field(const Table *table, unsigned index, Table *out)
{
	size_t		pos;

	return reference_field(table, index, &pos) && table_at(table->buf, pos, out);
}

/* A vector of count elements of element_bytes; *first is the position of element 0. */
static bool
vector_field(const Table *table, unsigned index, size_t element_bytes, size_t *first,
			 uint64_t *count)
{
	size_t		pos;

	if (!reference_field(table, index, &pos) || !load(table->buf, pos, 4, count) ||
		*count > (table->buf.len - pos - 4) / element_bytes)
		return false;
	*first = pos + 4;
	return true;
}

typedef struct Message
{
	Table		header;
	uint64_t	kind;
	NamiStr		body;
} Message;

/* The next message; *found is false at the end of the stream. */
static bool
next_message(NamiCursor *cur, Message *message, bool *found)
{
	uint32_t	len;
	const uint8_t *metadata;
	const uint8_t *body;
	uint64_t	root,
				body_bytes;
	Table		table;

	*found = false;
	if (cur->len == 0)
		return true;
	if (!nami_cursor_read_u32le(cur, &len) ||
		(len == CONTINUATION && !nami_cursor_read_u32le(cur, &len)))
		return false;
	if (len == 0)
		return true;
	if (!nami_cursor_take(cur, len, &metadata))
		return false;
	*found = true;
	if (!load((NamiStr) {(const char *) metadata, len}, 0, 4, &root) ||
		!table_at((NamiStr) {(const char *) metadata, len}, (size_t) root, &table) ||
		!scalar_field(&table, 1, 1, &message->kind) ||
		!table_field(&table, 2, &message->header) ||
		!scalar_field(&table, 3, 8, &body_bytes) || body_bytes > cur->len ||
		!nami_cursor_take(cur, (size_t) body_bytes, &body))
		return false;
	message->body = (NamiStr) {(const char *) body, (size_t) body_bytes};
	return true;
}

/* One field of type Utf8, little-endian, without a dictionary. */
static bool
schema_is_one_utf8(const Table *schema)
{
	uint64_t	big_endian,
				count,
				type,
				offset;
	size_t		fields,
				dictionary;
	Table		field;

	return scalar_field(schema, 0, 2, &big_endian) && big_endian == 0 &&
		vector_field(schema, 1, 4, &fields, &count) && count == 1 &&
		load(schema->buf, fields, 4, &offset) &&
		table_at(schema->buf, fields + (size_t) offset, &field) &&
		scalar_field(&field, 2, 1, &type) && type == TYPE_UTF8 &&
		!field_pos(&field, 4, &dictionary);
}

/* A buffer of the body: struct {i64 offset, i64 length} number index of the vector at first. */
static bool
body_buffer(const Message *message, size_t first, unsigned index, NamiStr *out)
{
	uint64_t	offset,
				len;

	if (!load(message->header.buf, first + 16 * (size_t) index, 8, &offset) ||
		!load(message->header.buf, first + 16 * (size_t) index + 8, 8, &len) ||
		offset > message->body.len || len > message->body.len - offset)
		return false;
	*out = nami_str_slice(message->body, (size_t) offset, (size_t) len);
	return true;
}

static bool
offsets_are_sound(NamiStr offsets, uint64_t row_count, uint64_t data_bytes)
{
	const uint8_t *src = (const uint8_t *) offsets.ptr;
	uint32_t	previous;

	if (offsets.len / 4 <= row_count)
		return false;
	previous = nami_load_u32le(src);
	for (uint64_t i = 1; i <= row_count; i++)
	{
		uint32_t	offset = nami_load_u32le(src + 4 * i);

		if (offset < previous)
			return false;
		previous = offset;
	}
	return previous <= data_bytes && previous <= INT32_MAX;
}

static bool
parse_batch(const Message *message, NamiArrowBatch *batch)
{
	size_t		nodes,
				buffers;
	uint64_t	row_count,
				node_count,
				buffer_count,
				node_rows,
				null_count;
	NamiStr		validity,
				offsets,
				data;

	if (!scalar_field(&message->header, 0, 8, &row_count) || row_count > UINT32_MAX - 1 ||
		!vector_field(&message->header, 1, 16, &nodes, &node_count) || node_count != 1 ||
		!load(message->header.buf, nodes, 8, &node_rows) || node_rows != row_count ||
		!load(message->header.buf, nodes + 8, 8, &null_count) || null_count > row_count ||
		!vector_field(&message->header, 2, 16, &buffers, &buffer_count) || buffer_count != 3 ||
		!body_buffer(message, buffers, 0, &validity) ||
		!body_buffer(message, buffers, 1, &offsets) ||
		!body_buffer(message, buffers, 2, &data))
		return false;
	batch->row_count = (uint32_t) row_count;
	if (row_count == 0)
		return true;
	if (!offsets_are_sound(offsets, row_count, data.len) ||
		(null_count > 0 && validity.len < (row_count + 7) / 8))
		return false;
	batch->validity = null_count > 0 ? (const uint8_t *) validity.ptr : NULL;
	batch->offsets = (const uint8_t *) offsets.ptr;
	batch->data = data.ptr;
	return true;
}

NamiStatus
nami_arrow_read_strings(NamiStr stream, NamiArena *arena, NamiArrowBatchList *batches,
						uint64_t *row_count, NamiError *err)
{
	NamiCursor	cur = nami_cursor_of(stream);
	Message		message;
	Table		compression;
	bool		found;

	*row_count = 0;
	if (!next_message(&cur, &message, &found) || !found || message.kind != HEADER_SCHEMA)
		return nami_fail(err, NAMI_ERR_CORRUPT, "damaged arrow stream: no schema");
	if (!schema_is_one_utf8(&message.header))
		return nami_fail(err, NAMI_ERR_UNSUPPORTED, "arrow stream that is not one Utf8 column");
	for (;;)
	{
		NamiArrowBatch batch = {*row_count};

		if (!next_message(&cur, &message, &found))
			return nami_fail(err, NAMI_ERR_CORRUPT, "damaged arrow stream: message");
		if (!found)
			return NAMI_OK;
		if (message.kind != HEADER_BATCH || table_field(&message.header, 3, &compression))
			return nami_fail(err, NAMI_ERR_UNSUPPORTED,
							 "arrow stream with dictionaries or compressed buffers");
		if (!parse_batch(&message, &batch) || batches->count == UINT32_MAX)
			return nami_fail(err, NAMI_ERR_CORRUPT, "damaged arrow stream: record batch");
		*row_count += batch.row_count;
		if (batch.row_count > 0)
			nami_vec_push(batches, arena, batch);
	}
}
