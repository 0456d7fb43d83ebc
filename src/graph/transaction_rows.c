/*
 * transaction_rows.c - what a schema statement asks the rows of its label: are they unique, do their
 * vectors fit, of what type are their values (spec/storage.md 3.2, search.md 3.5).
 */
#include <stdlib.h>

#include "base/hash.h"
#include "graph/compare.h"
#include "graph/namespace_internal.h"
#include "graph/transaction_internal.h"

#define SCAN_ROWS	1024

/* ---- scanning ------------------------------------------------------------------------------- */

typedef struct RowScan
{
	NamiTransaction *txn;
	const NamiSnapshot *snapshot;
	const NamiSchemaChange *change;
	NamiArena  *arena;			/* of the scan */
	NamiArena  *batch_arena;
	NamiNodeScan nodes;
	NamiOrd		ords[SCAN_ROWS];
	uint32_t	count;
	NamiValue **values;			/* [key][row] */
} RowScan;

static RowScan *
begin_scan(NamiTransaction *txn, const NamiSnapshot *snapshot, const NamiSchemaChange *change)
{
	NamiArena  *arena = nami_arena_create(nami_arena_allocator(txn->scratch),
										  nami_arena_account(txn->scratch));
	RowScan    *scan = NAMI_NEW(arena, RowScan);
	uint32_t	key_count = change->command.property_count;

	scan->txn = txn;
	scan->snapshot = snapshot;
	scan->change = change;
	scan->arena = arena;
	scan->batch_arena = nami_arena_create(nami_arena_allocator(arena), nami_arena_account(arena));
	scan->values = NAMI_NEW_ARRAY(arena, NamiValue *, key_count);
	for (uint32_t k = 0; k < key_count; k++)
		scan->values[k] = NAMI_NEW_ARRAY(arena, NamiValue, SCAN_ROWS);
	nami_node_scan_init(&scan->nodes, snapshot, &change->label, 1, arena);
	return scan;
}

static void
end_scan(RowScan *scan)
{
	nami_arena_destroy(scan->batch_arena);
	nami_arena_destroy(scan->arena);
}

/* The next nodes of the label and their properties; scan->count 0 at the end. */
static NamiStatus
next_rows(RowScan *scan, NamiError *err)
{
	const NamiHost *host = scan->txn->host;
	bool		is_range;

	if (host->interrupted(host->ctx))
		return nami_fail(err, NAMI_ERR_CANCELLED, "canceling statement due to user request");
	nami_arena_reset(scan->batch_arena);
	scan->count = nami_node_scan_next(&scan->nodes, scan->ords, SCAN_ROWS, &is_range);
	for (uint32_t k = 0; k < scan->change->command.property_count; k++)
		NAMI_TRY(nami_snapshot_node_property(scan->snapshot, scan->change->keys[k], scan->ords,
											 scan->count, scan->batch_arena, scan->values[k],
											 err));
	return NAMI_OK;
}

static bool
type_of_value(NamiValue value, NamiDataType *type)
{
	switch ((NamiKind) value.kind)
	{
		case NAMI_NULL:
			return false;
		case NAMI_BOOL:
			*type = NAMI_DATA_BOOL;
			return true;
		case NAMI_INT:
			*type = NAMI_DATA_INT64;
			return true;
		case NAMI_FLOAT:
			*type = NAMI_DATA_FLOAT64;
			return true;
		case NAMI_DATE:
			*type = NAMI_DATA_DATE32;
			return true;
		case NAMI_DATETIME:
			*type = NAMI_DATA_TIMESTAMP_MICROS_UTC;
			return true;
		default:
			*type = NAMI_DATA_UTF8;
			return true;
	}
}

NamiDataType *
nami_schema_find_types(NamiTransaction *txn, const NamiView *view, const NamiSchemaChange *change,
					   NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, view);
	uint32_t	key_count = change->command.property_count;
	NamiDataType *types = NAMI_NEW_ARRAY(txn->scratch, NamiDataType, key_count);
	bool	   *has_type = nami_arena_alloc0(txn->scratch, key_count);
	uint32_t	missing = key_count;
	RowScan    *scan = begin_scan(txn, &now, change);

	for (uint32_t k = 0; k < key_count; k++)
		types[k] = NAMI_DATA_UTF8;
	while (missing > 0 && next_rows(scan, err) == NAMI_OK && scan->count > 0)
	{
		for (uint32_t k = 0; k < key_count; k++)
		{
			for (uint32_t i = 0; i < scan->count && !has_type[k]; i++)
			{
				has_type[k] = type_of_value(scan->values[k][i], &types[k]);
				missing -= has_type[k];
			}
		}
	}
	end_scan(scan);
	return types;
}

typedef struct HashedRow
{
	uint64_t	hash;
	NamiOrd		ord;
} HashedRow;

typedef NAMI_VEC(HashedRow) HashedRows;

static int
cmp_hashed(const void *a, const void *b)
{
	const HashedRow *x = a;
	const HashedRow *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->ord < y->ord ? -1 : x->ord > y->ord;
}

/* False when a value is missing (the node is exempt) or NaN (equal to nothing). */
static bool
hash_row(const RowScan *scan, uint32_t row, uint64_t *hash)
{
	*hash = 0;
	for (uint32_t k = 0; k < scan->change->command.property_count; k++)
	{
		NamiValue	value = scan->values[k][row];

		if (value.kind == NAMI_NULL ||
			(value.kind == NAMI_FLOAT && !(value.number == value.number)))
			return false;
		*hash = nami_hash_mix(*hash, nami_value_hash(value));
	}
	return true;
}

static NamiStatus
fetch_row(const RowScan *scan, NamiOrd ord, NamiValue *values, NamiError *err)
{
	for (uint32_t k = 0; k < scan->change->command.property_count; k++)
		NAMI_TRY(nami_snapshot_node_property(scan->snapshot, scan->change->keys[k], &ord, 1,
											 scan->batch_arena, &values[k], err));
	return NAMI_OK;
}

static NamiStatus
fail_duplicate(const RowScan *scan, const NamiValue *values, NamiError *err)
{
	NamiTransaction *txn = scan->txn;
	const NamiSchemaCommand *command = &scan->change->command;
	NamiBuf		buf;

	nami_buf_init(&buf, txn->scratch);
	nami_transaction_put_values(&buf, txn->catalog, scan->change->keys, values,
								command->property_count);
	nami_fail(err, NAMI_ERR_UNIQUE, "cannot create uniqueness constraint \"%.*s\": "
			  "several nodes with label \"%.*s\" have %.*s",
			  NAMI_STR_ARG(nami_str_slice(command->name, 0, 200)),
			  NAMI_STR_ARG(nami_str_slice(command->label, 0, 200)), (int) buf.len,
			  (const char *) buf.ptr);
	return NAMI_FAILED;
}

/* Rows with the same hash: usually the same values, at times 1 and 1.0. */
static NamiStatus
compare_run(const RowScan *scan, const HashedRow *rows, size_t count, NamiError *err)
{
	uint32_t	key_count = scan->change->command.property_count;
	NamiValue  *values;

	nami_arena_reset(scan->batch_arena);
	values = NAMI_NEW_ARRAY(scan->batch_arena, NamiValue, count * key_count);
	for (size_t i = 0; i < count; i++)
	{
		NAMI_TRY(fetch_row(scan, rows[i].ord, &values[i * key_count], err));
		for (size_t j = 0; j < i; j++)
		{
			bool		is_same = true;

			for (uint32_t k = 0; k < key_count && is_same; k++)
				is_same = nami_same_unique(values[i * key_count + k], values[j * key_count + k]);
			if (is_same)
				return fail_duplicate(scan, &values[i * key_count], err);
		}
	}
	return NAMI_OK;
}

static NamiStatus
check_unique_rows(RowScan *scan, NamiError *err)
{
	HashedRows	rows = {0};
	size_t		run = 0;

	do
	{
		NAMI_TRY(next_rows(scan, err));
		for (uint32_t i = 0; i < scan->count; i++)
		{
			HashedRow	row = {0, scan->ords[i]};

			if (hash_row(scan, i, &row.hash))
				nami_vec_push(&rows, scan->arena, row);
		}
	} while (scan->count > 0);
	if (rows.count > 1)
		qsort(rows.items, rows.count, sizeof(HashedRow), cmp_hashed);
	for (size_t i = 1; i <= rows.count; i++)
	{
		if (i < rows.count && rows.items[i].hash == rows.items[run].hash)
			continue;
		if (i - run > 1)
			NAMI_TRY(compare_run(scan, &rows.items[run], i - run, err));
		run = i;
	}
	return NAMI_OK;
}

/* The product's index builds fail on a vector of another length (spec/search.md 3.5). */
static NamiStatus
check_vector_rows(RowScan *scan, NamiError *err)
{
	const NamiSchemaCommand *command = &scan->change->command;

	do
	{
		NAMI_TRY(next_rows(scan, err));
		for (uint32_t i = 0; i < scan->count; i++)
		{
			NamiValue	value = scan->values[0][i];

			if (value.kind == NAMI_VECTOR && value.len != command->vector.dimension)
				return nami_fail(err, NAMI_ERR_CHECK,
								 "cannot create vector index \"%.*s\" of dimension %u: a node "
								 "with label \"%.*s\" has a vector of dimension %u",
								 NAMI_STR_ARG(nami_str_slice(command->name, 0, 200)),
								 command->vector.dimension,
								 NAMI_STR_ARG(nami_str_slice(command->label, 0, 200)), value.len);
		}
	} while (scan->count > 0);
	return NAMI_OK;
}

bool
nami_schema_concerns_rows(const NamiSchemaChange *change)
{
	return change->command.action == NAMI_SCHEMA_ADD_CONSTRAINT ||
		change->command.action == NAMI_SCHEMA_ADD_VECTOR_INDEX;
}

NamiStatus
nami_schema_check_rows(NamiTransaction *txn, const NamiView *view, const NamiSchemaChange *change,
					   NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, view);
	RowScan    *scan;
	NamiStatus	status;

	if (!nami_schema_concerns_rows(change))
		return NAMI_OK;
	scan = begin_scan(txn, &now, change);
	if (change->command.action == NAMI_SCHEMA_ADD_CONSTRAINT)
		status = check_unique_rows(scan, err);
	else
		status = check_vector_rows(scan, err);
	end_scan(scan);
	return status;
}
