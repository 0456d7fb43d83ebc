/*
 * wal.c - see wal.h.
 */
#include "format/wal.h"

#include "base/hash.h"
#include "base/utf8.h"

#define HEADER_BYTES	20
#define FOOTER_BYTES	8
#define FRAME_BYTES		16
#define VERSION			1

static const uint8_t header_magic[4] = {'T', 'G', 'W', 'L'};
static const uint8_t footer_magic[4] = {'T', 'G', 'E', 'L'};

enum
{
	KEY_NODE = 0,
	KEY_EDGE = 1,
	OP_UPSERT = 0,
	OP_TOMBSTONE = 1
};

static NamiStatus
corrupt(NamiError *err, const char *cause)
{
	return nami_fail(err, NAMI_ERR_CORRUPT, "malformed WAL segment: %s", cause);
}

NamiStatus
nami_wal_open(NamiStr bytes, NamiWalReader *reader, NamiError *err)
{
	const uint8_t *ptr = (const uint8_t *) bytes.ptr;
	const uint8_t *footer;
	uint16_t	version;

	if (bytes.len < HEADER_BYTES + FOOTER_BYTES)
		return corrupt(err, "too short");
	footer = ptr + bytes.len - FOOTER_BYTES;
	if (memcmp(footer, footer_magic, sizeof(footer_magic)) != 0)
		return corrupt(err, "the footer is missing");
	if (nami_load_u32le(footer + 4) != nami_crc32(0, ptr, bytes.len - FOOTER_BYTES))
		return corrupt(err, "wrong checksum");
	if (memcmp(ptr, header_magic, sizeof(header_magic)) != 0)
		return corrupt(err, "the header is missing");
	version = nami_load_u16le(ptr + 4);
	if (version > VERSION)
		return nami_fail(err, NAMI_ERR_UNSUPPORTED, "WAL segment of version %u, newer than %d",
						 version, VERSION);
	reader->cur = nami_cursor(ptr + HEADER_BYTES, bytes.len - HEADER_BYTES - FOOTER_BYTES);
	reader->record_count = nami_load_u32le(ptr + 8);
	reader->records_left = reader->record_count;
	reader->size_bytes = bytes.len;
	return NAMI_OK;
}

static bool
read_uuid(NamiCursor *cur, NamiUuid *out)
{
	uint64_t	len;

	return nami_cursor_read_u64le(cur, &len) && len == sizeof(out->bytes) &&
		nami_cursor_copy(cur, out->bytes, sizeof(out->bytes));
}

static bool
read_bytes(NamiCursor *cur, NamiStr *out)
{
	uint64_t	len;
	const uint8_t *ptr;

	if (!nami_cursor_read_u64le(cur, &len) || len > cur->len ||
		!nami_cursor_take(cur, (size_t) len, &ptr))
		return false;
	*out = (NamiStr) {(const char *) ptr, (size_t) len};
	return true;
}

/* spec/storage.md 6.2. Bytes behind the inner LSN are ignored. NULL: fine, else the cause. */
static const char *
read_payload(NamiCursor payload, NamiWalRecord *record)
{
	uint32_t	key;
	uint32_t	op;
	uint64_t	inner_lsn;

	if (!nami_cursor_read_u32le(&payload, &key))
		return "a truncated record";
	if (key == KEY_NODE)
	{
		if (!read_uuid(&payload, &record->id))
			return "a malformed node key";
	}
	else if (key == KEY_EDGE)
	{
		record->is_edge = true;
		if (!read_bytes(&payload, &record->edge_type) || !nami_utf8_is_valid(record->edge_type) ||
			!read_uuid(&payload, &record->src) || !read_uuid(&payload, &record->dst))
			return "a malformed edge key";
	}
	else
		return "a record with an unknown kind of key";
	if (!nami_cursor_read_u32le(&payload, &op))
		return "a truncated record";
	if (op == OP_UPSERT)
	{
		if (!read_bytes(&payload, &record->value))
			return "a truncated value";
	}
	else if (op == OP_TOMBSTONE)
		record->is_tombstone = true;
	else
		return "a record with an unknown operation";
	if (!nami_cursor_read_u64le(&payload, &inner_lsn))
		return "a truncated record";
	if (inner_lsn != record->lsn)
		return "a record whose two LSNs differ";
	return NULL;
}

NamiStatus
nami_wal_next(NamiWalReader *reader, NamiWalRecord *record, bool *has_record, NamiError *err)
{
	const uint8_t *frame;
	uint32_t	len;
	NamiCursor	payload;
	const char *cause;

	*has_record = false;
	if (reader->records_left == 0)
	{
		if (reader->cur.len > 0)
			return corrupt(err, "bytes behind the last record");
		return NAMI_OK;
	}
	if (!nami_cursor_take(&reader->cur, FRAME_BYTES, &frame))
		return corrupt(err, "a truncated record");
	len = nami_load_u32le(frame);
	if (!nami_cursor_sub(&reader->cur, len, &payload))
		return corrupt(err, "a truncated record");
	/* The checksum covers the LSN and the payload, which lie side by side. */
	if (nami_load_u32le(frame + 4) != nami_crc32(0, frame + 8, 8 + (size_t) len))
		return corrupt(err, "a record with a wrong checksum");
	memset(record, 0, sizeof(*record));
	record->lsn = nami_load_u64le(frame + 8);
	cause = read_payload(payload, record);
	if (cause != NULL)
		return corrupt(err, cause);
	reader->records_left--;
	*has_record = true;
	return NAMI_OK;
}

NamiStatus
nami_wal_check(NamiStr bytes, NamiWalSummary *summary, NamiError *err)
{
	NamiWalReader reader;
	bool		has_record;

	memset(summary, 0, sizeof(*summary));
	NAMI_TRY(nami_wal_open(bytes, &reader, err));
	do
	{
		NamiWalRecord record;

		NAMI_TRY(nami_wal_next(&reader, &record, &has_record, err));
		if (!has_record)
			break;
		if (summary->record_count++ == 0)
			summary->first_lsn = record.lsn;
		summary->last_lsn = record.lsn;
	} while (has_record);
	summary->xxh3 = nami_xxh3(bytes.ptr, bytes.len);
	return NAMI_OK;
}

/* ---- writing ---- */

void
nami_wal_builder_init(NamiWalBuilder *builder, NamiArena *arena)
{
	memset(builder, 0, sizeof(*builder));
	nami_buf_init(&builder->buf, arena);
	/* Record count and first LSN are filled in at the end. */
	nami_buf_put(&builder->buf, header_magic, sizeof(header_magic));
	nami_buf_put_u16le(&builder->buf, VERSION);
	nami_buf_put_u16le(&builder->buf, 0);
	nami_buf_put_u32le(&builder->buf, 0);
	nami_buf_put_u64le(&builder->buf, 0);
}

static void
store_u32le(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t) (value >> (8 * i));
}

static void
put_uuid(NamiBuf *buf, NamiUuid uuid)
{
	nami_buf_put_u64le(buf, sizeof(uuid.bytes));
	nami_buf_put(buf, uuid.bytes, sizeof(uuid.bytes));
}

static void
put_bytes(NamiBuf *buf, NamiStr bytes)
{
	nami_buf_put_u64le(buf, bytes.len);
	nami_buf_put_str(buf, bytes);
}

/* Length and checksum of the frame that begins at start are filled in when its end is known. */
static size_t
begin_frame(NamiWalBuilder *builder, uint64_t lsn)
{
	size_t		start = builder->buf.len;

	NAMI_ASSERT(lsn > builder->last_lsn);
	if (builder->record_count++ == 0)
		builder->first_lsn = lsn;
	builder->last_lsn = lsn;
	nami_buf_put_u64le(&builder->buf, 0);
	nami_buf_put_u64le(&builder->buf, lsn);
	return start;
}

static void
end_frame(NamiWalBuilder *builder, size_t start, const NamiStr *value)
{
	NamiBuf    *buf = &builder->buf;
	size_t		len;

	nami_buf_put_u32le(buf, value == NULL ? OP_TOMBSTONE : OP_UPSERT);
	if (value != NULL)
		put_bytes(buf, *value);
	nami_buf_put_u64le(buf, builder->last_lsn);
	len = buf->len - start - FRAME_BYTES;
	if (len > UINT32_MAX)
	{
		builder->is_too_large = true;
		return;
	}
	store_u32le(buf->ptr + start, (uint32_t) len);
	store_u32le(buf->ptr + start + 4, nami_crc32(0, buf->ptr + start + 8, len + 8));
}

static void
put_node(NamiWalBuilder *builder, uint64_t lsn, NamiUuid id, const NamiStr *value)
{
	size_t		start = begin_frame(builder, lsn);

	nami_buf_put_u32le(&builder->buf, KEY_NODE);
	put_uuid(&builder->buf, id);
	end_frame(builder, start, value);
}

static void
put_edge(NamiWalBuilder *builder, uint64_t lsn, NamiStr edge_type, NamiUuid src, NamiUuid dst,
		 const NamiStr *value)
{
	size_t		start = begin_frame(builder, lsn);

	nami_buf_put_u32le(&builder->buf, KEY_EDGE);
	put_bytes(&builder->buf, edge_type);
	put_uuid(&builder->buf, src);
	put_uuid(&builder->buf, dst);
	end_frame(builder, start, value);
}

void
nami_wal_put_node(NamiWalBuilder *builder, uint64_t lsn, NamiUuid id, NamiStr value)
{
	put_node(builder, lsn, id, &value);
}

void
nami_wal_put_edge(NamiWalBuilder *builder, uint64_t lsn, NamiStr edge_type, NamiUuid src,
				  NamiUuid dst, NamiStr value)
{
	put_edge(builder, lsn, edge_type, src, dst, &value);
}

void
nami_wal_delete_node(NamiWalBuilder *builder, uint64_t lsn, NamiUuid id)
{
	put_node(builder, lsn, id, NULL);
}

void
nami_wal_delete_edge(NamiWalBuilder *builder, uint64_t lsn, NamiStr edge_type, NamiUuid src,
					 NamiUuid dst)
{
	put_edge(builder, lsn, edge_type, src, dst, NULL);
}

NamiStatus
nami_wal_finish(NamiWalBuilder *builder, NamiWalSegment *segment, NamiError *err)
{
	NamiBuf    *buf = &builder->buf;

	if (builder->is_too_large || builder->record_count > UINT32_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT,
						 "a WAL segment takes at most 2^32 records of less than 4 GiB each");
	store_u32le(buf->ptr + 8, (uint32_t) builder->record_count);
	store_u32le(buf->ptr + 12, (uint32_t) builder->first_lsn);
	store_u32le(buf->ptr + 16, (uint32_t) (builder->first_lsn >> 32));
	nami_buf_put(buf, footer_magic, sizeof(footer_magic));
	nami_buf_put_u32le(buf, nami_crc32(0, buf->ptr, buf->len - sizeof(footer_magic)));
	segment->bytes = nami_buf_str(buf);
	segment->summary.record_count = (uint32_t) builder->record_count;
	segment->summary.first_lsn = builder->first_lsn;
	segment->summary.last_lsn = builder->last_lsn;
	segment->summary.xxh3 = nami_xxh3(buf->ptr, buf->len);
	return NAMI_OK;
}
