/*
 * spill.c - see spill.h.
 *
 *	record:	| length u64 | value ... |
 *	value:	| NamiValue, 16 bytes | payload that the pointer in it stood for |
 *
 * Byte order and layout are the machine's: nobody else reads the file. It is checked all the same, for
 * a disk may fail.
 */
#include "exec/spill.h"

#include <errno.h>

#include "base/hash.h"

#define BUFFER_BYTES	((size_t) 16 * 1024)
_Static_assert(NAMI_SPILL_PARTITIONS == 1 << (64 - 59), "a partition is the top bits of a hash");

#define MIN_OWN_BYTES	((size_t) 32 * 1024)

bool
nami_spill_is_due(const NamiOp *op, size_t own_bytes)
{
	const NamiMemoryAccount *account = op->execution->options.account;
	size_t		worth;

	if (account == NULL || account->limit_bytes == 0 ||
		op->execution->options.host->temp_files == NULL)
		return false;
	worth = account->limit_bytes / 16;
	return account->used_bytes > account->limit_bytes / 2 &&
		own_bytes > (worth > MIN_OWN_BYTES ? worth : MIN_OWN_BYTES);
}

NamiSpill *
nami_spill_create(NamiOp *op)
{
	NamiSpill  *spill = NAMI_NEW(op->state_arena, NamiSpill);

	spill->op = op;
	spill->next = op->spills;
	op->spills = spill;
	return spill;
}

void
nami_spill_close(NamiSpill *spill)
{
	const NamiHost *host = spill->op->execution->options.host;
	void	   *file = spill->file;

	spill->file = NULL;
	if (file != NULL)
		host->temp_files->close(host->ctx, file);
}

void
nami_spill_close_all(NamiOp *op)
{
	while (op->spills != NULL)
	{
		NamiSpill  *spill = op->spills;

		op->spills = spill->next;
		nami_spill_close(spill);
	}
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
put_text(NamiBuf *record, NamiStr text)
{
	nami_buf_put_u64le(record, text.len);
	nami_buf_put_str(record, text);
}

static void
put_path(NamiBuf *record, const NamiPath *path)
{
	nami_buf_put_u32le(record, path->rel_count);
	nami_buf_put(record, path->nodes, ((size_t) path->rel_count + 1) * sizeof(uint32_t));
	nami_buf_put(record, path->rels, (size_t) path->rel_count * sizeof(NamiRel));
}

void
nami_spill_put_value(NamiBuf *record, NamiValue value)
{
	nami_buf_put(record, &value, sizeof(value));
	switch ((NamiKind) value.kind)
	{
		case NAMI_STRING:
		case NAMI_BYTES:
			nami_buf_put(record, value.text, value.len);
			break;
		case NAMI_LIST:
			nami_spill_put_values(record, value.items, value.len);
			break;
		case NAMI_MAP:
			for (uint32_t i = 0; i < value.len; i++)
			{
				put_text(record, value.entries[i].key);
				nami_spill_put_value(record, value.entries[i].value);
			}
			break;
		case NAMI_VECTOR:
			nami_buf_put(record, value.floats, (size_t) value.len * sizeof(float));
			break;
		case NAMI_REL:
			nami_buf_put(record, value.rel, sizeof(NamiRel));
			break;
		case NAMI_PATH:
			put_path(record, value.path);
			break;
		case NAMI_DATETIME:
			nami_buf_put(record, value.datetime, sizeof(NamiDateTime));
			put_text(record, value.datetime->zone);
			break;
		case NAMI_DURATION:
			nami_buf_put(record, value.duration, sizeof(NamiDuration));
			break;
		case NAMI_NULL:
		case NAMI_BOOL:
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_NODE:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			break;
	}
}

void
nami_spill_put_values(NamiBuf *record, const NamiValue *values, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		nami_spill_put_value(record, values[i]);
}

static NamiStatus
file_failed(const char *what, NamiError *err)
{
	return nami_fail(err, errno == ENOSPC ? NAMI_ERR_DISK_FULL : NAMI_ERR_IO,
					 "could not %s a temporary file: %s", what, strerror(errno));
}

NamiStatus
nami_spill_write(NamiSpill *spill, const NamiBuf *record, NamiError *err)
{
	const NamiHost *host = spill->op->execution->options.host;
	uint64_t	length = record->len;

	if (spill->file == NULL)
	{
		spill->file = host->temp_files->create(host->ctx,
											   nami_arena_allocator(spill->op->execution->arena));
		if (spill->file == NULL)
			return file_failed("make", err);
	}
	if (!host->temp_files->write(host->ctx, spill->file, spill->end, &length, sizeof(length)) ||
		!host->temp_files->write(host->ctx, spill->file, spill->end + sizeof(length), record->ptr,
								 record->len))
		return file_failed("write", err);
	spill->end += sizeof(length) + record->len;
	spill->record_count++;
	return NAMI_OK;
}

/* ---- partitions ---------------------------------------------------------------------------- */

NamiStatus
nami_partitions_write(NamiOp *op, NamiPartitions *partitions, uint64_t hash, const NamiBuf *record,
					  NamiError *err)
{
	NamiSpill **spill = &partitions->spills[nami_hash_mix(hash, partitions->level) >> 59];

	if (*spill == NULL)
		*spill = nami_spill_create(op);
	return nami_spill_write(*spill, record, err);
}

void
nami_partitions_finish(NamiOp *op, NamiPartitions *partitions, uint32_t tag, NamiPartVec *parts)
{
	for (int i = NAMI_SPILL_PARTITIONS; i-- > 0;)
	{
		NamiPart	part = {partitions->spills[i], partitions->level, tag};

		if (part.spill != NULL)
			nami_vec_push(parts, op->state_arena, part);
		partitions->spills[i] = NULL;
	}
}

/* ---- reading ------------------------------------------------------------------------------- */

void
nami_spill_reader_init(NamiSpillReader *reader, NamiSpill *spill, NamiArena *arena, uint64_t first,
					   uint64_t end)
{
	*reader = (NamiSpillReader) {.spill = spill, .arena = arena, .next = first, .end = end};
}

void
nami_spill_reader_reuse(NamiSpillReader *reader, NamiSpill *spill, NamiArena *arena)
{
	uint8_t    *buffer = reader->buffer;
	size_t		capacity = reader->capacity;

	nami_spill_reader_init(reader, spill, arena, 0, spill->end);
	reader->buffer = buffer;
	reader->capacity = capacity;
}

static NamiStatus
damaged(NamiError *err)
{
	return nami_fail(err, NAMI_ERR_CORRUPT, "a temporary file is damaged");
}

/* Makes the buffer hold at least n bytes from reader->at on. */
static NamiStatus
fill(NamiSpillReader *reader, size_t n, NamiError *err)
{
	NamiSpill  *spill = reader->spill;
	const NamiHost *host = spill->op->execution->options.host;
	size_t		left = reader->filled - reader->at;
	size_t		want;

	if (left >= n)
		return NAMI_OK;
	if (n - left > reader->end - reader->next)
		return damaged(err);
	if (n > reader->capacity)
	{
		size_t		capacity = n > BUFFER_BYTES ? n + n / 2 : BUFFER_BYTES;
		uint8_t    *buffer = nami_arena_alloc(reader->arena, capacity);

		if (left > 0)
			memcpy(buffer, reader->buffer + reader->at, left);
		reader->buffer = buffer;
		reader->capacity = capacity;
	}
	else if (left > 0)
		memmove(reader->buffer, reader->buffer + reader->at, left);
	reader->at = 0;
	reader->filled = left;
	want = reader->capacity - left;
	if (want > reader->end - reader->next)
		want = (size_t) (reader->end - reader->next);
	if (spill->file == NULL ||
		!host->temp_files->read(host->ctx, spill->file, reader->next, reader->buffer + left, want))
		return file_failed("read", err);
	reader->next += want;
	reader->filled += want;
	return NAMI_OK;
}

NamiStatus
nami_spill_read(NamiSpillReader *reader, NamiCursor *record, bool *found, NamiError *err)
{
	uint64_t	length;

	*found = false;
	if (reader->at == reader->filled && reader->next >= reader->end)
		return NAMI_OK;
	NAMI_TRY(fill(reader, sizeof(length), err));
	memcpy(&length, reader->buffer + reader->at, sizeof(length));
	reader->at += sizeof(length);
	NAMI_TRY(fill(reader, length, err));
	*record = nami_cursor(reader->buffer + reader->at, length);
	reader->at += length;
	*found = true;
	return NAMI_OK;
}

NamiStatus
nami_spill_take(NamiCursor *record, void *out, size_t size_bytes, NamiError *err)
{
	return nami_cursor_copy(record, out, size_bytes) ? NAMI_OK : damaged(err);
}

static NamiStatus
take_copy(NamiCursor *record, NamiArena *arena, size_t size_bytes, const void **out, NamiError *err)
{
	const uint8_t *bytes;

	if (!nami_cursor_take(record, size_bytes, &bytes))
		return damaged(err);
	*out = nami_arena_memdup(arena, bytes, size_bytes);
	return NAMI_OK;
}

static NamiStatus
take_text(NamiCursor *record, NamiArena *arena, NamiStr *out, NamiError *err)
{
	uint64_t	length = 0;
	const void *bytes = NULL;

	NAMI_TRY(nami_spill_take(record, &length, sizeof(length), err));
	NAMI_TRY(take_copy(record, arena, length, &bytes, err));
	*out = (NamiStr) {bytes, length};
	return NAMI_OK;
}

static NamiStatus
take_path(NamiCursor *record, NamiArena *arena, NamiValue *value, NamiError *err)
{
	NamiPath   *path = NAMI_NEW(arena, NamiPath);
	const void *nodes = NULL;
	const void *rels = NULL;

	NAMI_TRY(nami_spill_take(record, &path->rel_count, sizeof(path->rel_count), err));
	NAMI_TRY(take_copy(record, arena, ((size_t) path->rel_count + 1) * sizeof(uint32_t), &nodes,
					   err));
	NAMI_TRY(take_copy(record, arena, (size_t) path->rel_count * sizeof(NamiRel), &rels, err));
	path->nodes = nodes;
	path->rels = rels;
	value->path = path;
	return NAMI_OK;
}

static NamiStatus
take_map(NamiCursor *record, NamiArena *arena, NamiValue *value, NamiError *err)
{
	NamiMapEntry *entries;

	if (value->len > record->len)
		return damaged(err);
	entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, value->len);
	for (uint32_t i = 0; i < value->len; i++)
	{
		NAMI_TRY(take_text(record, arena, &entries[i].key, err));
		NAMI_TRY(nami_spill_take_values(record, arena, &entries[i].value, 1, err));
	}
	value->entries = entries;
	return NAMI_OK;
}

static NamiStatus
take_list(NamiCursor *record, NamiArena *arena, NamiValue *value, NamiError *err)
{
	NamiValue  *items;

	if (value->len > record->len)
		return damaged(err);
	items = NAMI_NEW_ARRAY(arena, NamiValue, value->len);
	value->items = items;
	return nami_spill_take_values(record, arena, items, value->len, err);
}

static NamiStatus
take_datetime(NamiCursor *record, NamiArena *arena, NamiValue *value, NamiError *err)
{
	NamiDateTime *datetime = NAMI_NEW(arena, NamiDateTime);

	NAMI_TRY(nami_spill_take(record, datetime, sizeof(*datetime), err));
	value->datetime = datetime;
	return take_text(record, arena, &datetime->zone, err);
}

static NamiStatus
take_value(NamiCursor *record, NamiArena *arena, NamiValue *value, NamiError *err)
{
	const void *bytes = NULL;

	NAMI_TRY(nami_spill_take(record, value, sizeof(*value), err));
	switch ((NamiKind) value->kind)
	{
		case NAMI_STRING:
		case NAMI_BYTES:
			NAMI_TRY(take_copy(record, arena, value->len, &bytes, err));
			value->text = bytes;
			return NAMI_OK;
		case NAMI_VECTOR:
			NAMI_TRY(take_copy(record, arena, (size_t) value->len * sizeof(float), &bytes, err));
			value->floats = bytes;
			return NAMI_OK;
		case NAMI_REL:
			NAMI_TRY(take_copy(record, arena, sizeof(NamiRel), &bytes, err));
			value->rel = bytes;
			return NAMI_OK;
		case NAMI_DURATION:
			NAMI_TRY(take_copy(record, arena, sizeof(NamiDuration), &bytes, err));
			value->duration = bytes;
			return NAMI_OK;
		case NAMI_LIST:
			return take_list(record, arena, value, err);
		case NAMI_MAP:
			return take_map(record, arena, value, err);
		case NAMI_PATH:
			return take_path(record, arena, value, err);
		case NAMI_DATETIME:
			return take_datetime(record, arena, value, err);
		case NAMI_NULL:
		case NAMI_BOOL:
		case NAMI_INT:
		case NAMI_FLOAT:
		case NAMI_NODE:
		case NAMI_DATE:
		case NAMI_LOCALTIME:
		case NAMI_TIME:
		case NAMI_LOCALDATETIME:
			return NAMI_OK;
	}
	return damaged(err);
}

NamiStatus
nami_spill_take_values(NamiCursor *record, NamiArena *arena, NamiValue *out, uint32_t count,
					   NamiError *err)
{
	for (uint32_t i = 0; i < count; i++)
		NAMI_TRY(take_value(record, arena, &out[i], err));
	return NAMI_OK;
}
