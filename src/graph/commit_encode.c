/*
 * commit_encode.c - a transaction's records as one WAL segment and one manifest.
 */
#include <stdlib.h>

#include "format/propjson.h"
#include "format/record.h"
#include "graph/commit_internal.h"

/* From so many records on, the segment's memory is taken in one piece. */
#define RESERVE_RECORDS		10000

static int
cmp_u32(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *) a;
	uint32_t	y = *(const uint32_t *) b;

	return x < y ? -1 : x > y;
}

/* Ids in the dictionary of the next manifest, ascending and unique. */
static uint32_t
intern_labels(NamiAttempt *attempt, const NamiOwnRecord *record, uint32_t **out)
{
	uint32_t   *ids = NAMI_NEW_ARRAY(attempt->arena, uint32_t, record->label_count + 1);
	uint32_t	count = 0;

	for (uint32_t i = 0; i < record->label_count; i++)
		ids[i] = nami_manifest_next_intern_label(&attempt->next,
												 nami_catalog_name(attempt->txn->catalog,
																   NAMI_NAME_LABEL,
																   record->labels[i]));
	if (record->label_count > 1)
		qsort(ids, record->label_count, sizeof(uint32_t), cmp_u32);
	for (uint32_t i = 0; i < record->label_count; i++)
	{
		if (count == 0 || ids[count - 1] != ids[i])
			ids[count++] = ids[i];
	}
	*out = ids;
	return count;
}

static NamiStatus
put_record(NamiAttempt *attempt, NamiWalBuilder *builder, NamiBuf *value, uint64_t lsn,
		   const NamiOwnRecord *record, NamiError *err)
{
	NamiStr		type = {NULL, 0};

	if (record->is_edge)
		type = nami_catalog_name(attempt->txn->catalog, NAMI_NAME_TYPE, record->type);
	if (record->is_tombstone)
	{
		if (record->is_edge)
			nami_wal_delete_edge(builder, lsn, type, record->id, record->dst);
		else
			nami_wal_delete_node(builder, lsn, record->id);
		return NAMI_OK;
	}
	nami_buf_clear(value);
	nami_record_begin(value);
	/* Names were checked when the record was staged; some may stay that no new one could have. */
	NAMI_TRY(nami_prop_encode(value, record->props.entries, record->props.len,
							  NAMI_PROP_RESERVED_NAMES, err));
	if (record->is_edge)
	{
		nami_record_end_edge(value, NAMI_RECORD_SCHEMA_VERSION);
		nami_wal_put_edge(builder, lsn, type, record->id, record->dst, nami_buf_str(value));
	}
	else
	{
		uint32_t   *labels;
		uint32_t	label_count = intern_labels(attempt, record, &labels);

		nami_record_end_node(value, NAMI_RECORD_SCHEMA_VERSION, labels, label_count);
		nami_wal_put_node(builder, lsn, record->id, nami_buf_str(value));
	}
	return NAMI_OK;
}

NamiStatus
nami_commit_encode(NamiAttempt *attempt, const NamiOwnRecord *records, uint32_t count,
				   NamiError *err)
{
	NamiWalBuilder builder;
	NamiBuf		value;
	uint64_t	lsn;

	NAMI_TRY(nami_manifest_next_init(&attempt->next, attempt->arena, &attempt->base->manifest,
									 err));
	NAMI_TRY(nami_transaction_apply_schema(attempt->txn, attempt->base->view, &attempt->next,
										   &attempt->has_schema, err));
	attempt->has_segment = count > 0;
	if (count == 0)
		return NAMI_OK;
	NAMI_TRY(nami_manifest_next_lsn(&attempt->base->manifest, &lsn, err));
	nami_wal_builder_init(&builder, attempt->arena);
	/* Growing by doubling would leave as much again behind in the arena; what is not used costs nothing. */
	if (count >= RESERVE_RECORDS)
		(void) nami_buf_reserve(&builder.buf, (size_t) nami_own_size_bytes(attempt->txn->own));
	nami_buf_init(&value, attempt->arena);
	for (uint32_t i = 0; i < count; i++)
		NAMI_TRY(put_record(attempt, &builder, &value, lsn + i, &records[i], err));
	return nami_wal_finish(&builder, &attempt->segment, err);
}

void
nami_commit_write_body(NamiAttempt *attempt)
{
	const NamiHost *host = attempt->ns->host;
	int64_t		now_us = host->now_us(host->ctx);
	uint64_t	epoch = attempt->base->manifest.epoch;
	NamiBuf		body;
	NamiBuf		pointer;

	if (attempt->txn->options.bump_epoch)
		epoch++;
	attempt->writer_id = nami_uuid_v4(host);
	nami_manifest_next_set_writer(&attempt->next, epoch, attempt->writer_id, now_us / 1000000,
								  (int32_t) (now_us % 1000000) * 1000);
	if (attempt->has_segment)
		nami_manifest_next_add_wal(&attempt->next, attempt->seq, attempt->segment_key,
								   attempt->segment.summary.last_lsn,
								   attempt->segment.summary.xxh3);
	nami_buf_init(&body, attempt->arena);
	nami_manifest_next_write(&attempt->next, &body);
	attempt->body = nami_buf_str(&body);
	nami_buf_init(&pointer, attempt->arena);
	nami_pointer_write(&pointer, attempt->ns->prefix, attempt->base->version + 1, epoch);
	attempt->pointer = nami_buf_str(&pointer);
	attempt->body_key = nami_key_manifest(attempt->arena, attempt->ns->prefix,
										  attempt->base->version + 1);
	attempt->pointer_key = nami_key_pointer(attempt->arena, attempt->ns->prefix,
											attempt->base->version + 1);
}
