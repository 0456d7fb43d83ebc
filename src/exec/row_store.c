/*
 * row_store.c - batches: passing, gathering; rows that outlive their batch.
 */
#include "exec/operator.h"

#include "base/vec.h"

/* ---- batches ------------------------------------------------------------------------------- */

void
nami_op_clear_batch(NamiOp *op, uint32_t row_count)
{
	memset(op->batch.columns, 0, op->batch.slot_count * sizeof(NamiVector));
	op->batch.row_count = row_count;
	op->batch.selected_count = row_count;
	op->batch.selection = NULL;
	op->batch.outer_rows = NULL;
}

static size_t
element_bytes(NamiVectorKind kind)
{
	return kind == NAMI_VEC_ORD ? sizeof(NamiOrd) :
		kind == NAMI_VEC_REL ? sizeof(NamiRel) : sizeof(NamiValue);
}

static NamiVector
gather_vector(NamiArena *arena, const NamiVector *in, const uint16_t *parents, uint32_t count)
{
	NamiVector	out = *in;
	void	   *data;

	if (in->kind == NAMI_VEC_NONE || in->is_constant)
		return out;
	data = nami_arena_alloc_array(arena, count + 1, element_bytes(in->kind));
	out.data = data;
	switch (in->kind)
	{
		case NAMI_VEC_ORD:
			for (uint32_t i = 0; i < count; i++)
				((NamiOrd *) data)[i] = in->ords[parents[i]];
			break;
		case NAMI_VEC_REL:
			for (uint32_t i = 0; i < count; i++)
				((NamiRel *) data)[i] = in->rels[parents[i]];
			break;
		case NAMI_VEC_VALUE:
			for (uint32_t i = 0; i < count; i++)
				((NamiValue *) data)[i] = in->values[parents[i]];
			break;
		case NAMI_VEC_NONE:
			break;
	}
	return out;
}

void
nami_op_gather(NamiOp *op, const NamiBatch *input, const uint16_t *parents, uint32_t count)
{
	const NamiPlanOp *plan = op->plan;

	nami_op_clear_batch(op, count);
	for (uint32_t i = 0; i < plan->live_count; i++)
	{
		NamiSlot	slot = plan->live[i];

		op->batch.columns[slot] = gather_vector(op->arena, &input->columns[slot], parents, count);
	}
	if (input->outer_rows != NULL)
	{
		uint32_t   *outer = NAMI_NEW_ARRAY(op->arena, uint32_t, count + 1);

		for (uint32_t i = 0; i < count; i++)
			outer[i] = input->outer_rows[parents[i]];
		op->batch.outer_rows = outer;
	}
}

void
nami_op_pass(NamiOp *op, const NamiBatch *input)
{
	const NamiPlanOp *plan = op->plan;

	nami_op_clear_batch(op, input->row_count);
	for (uint32_t i = 0; i < plan->live_count; i++)
		op->batch.columns[plan->live[i]] = input->columns[plan->live[i]];
	op->batch.selection = input->selection;
	op->batch.selected_count = input->selected_count;
	op->batch.outer_rows = input->outer_rows;
}

void
nami_batch_set_ords(NamiBatch *batch, NamiSlot slot, const NamiOrd *ords)
{
	if (slot != NAMI_SLOT_NONE)
		batch->columns[slot] = (NamiVector) {.kind = NAMI_VEC_ORD, .ords = ords};
}

void
nami_batch_set_rels(NamiBatch *batch, NamiSlot slot, const NamiRel *rels)
{
	if (slot != NAMI_SLOT_NONE)
		batch->columns[slot] = (NamiVector) {.kind = NAMI_VEC_REL, .rels = rels};
}

void
nami_batch_set_values(NamiBatch *batch, NamiSlot slot, const NamiValue *values)
{
	if (slot != NAMI_SLOT_NONE)
		batch->columns[slot] = (NamiVector) {.kind = NAMI_VEC_VALUE, .values = values};
}

bool
nami_batch_node(const NamiBatch *batch, NamiSlot slot, uint32_t row, NamiOrd *out)
{
	const NamiVector *vector = &batch->columns[slot];
	NamiValue	value;

	if (vector->kind == NAMI_VEC_ORD)
	{
		*out = vector->ords[vector->is_constant ? 0 : row];
		return true;
	}
	value = nami_vector_value(vector, row);
	*out = value.kind == NAMI_NODE ? (NamiOrd) value.integer : NAMI_ORD_NONE;
	return value.kind == NAMI_NODE || value.kind == NAMI_NULL;
}

void
nami_batch_single_row(const NamiBatch *batch, uint32_t row, NamiVector *columns, NamiBatch *out,
					  NamiArena *arena)
{
	for (uint32_t slot = 0; slot < batch->slot_count; slot++)
	{
		columns[slot] = batch->columns[slot];
		if (columns[slot].kind != NAMI_VEC_NONE && !columns[slot].is_constant)
			columns[slot].data = (const uint8_t *) columns[slot].data +
				row * element_bytes(columns[slot].kind);
		columns[slot].is_constant = true;
	}
	*out = (NamiBatch) {
		.row_count = 1,
		.selected_count = 1,
		.columns = columns,
		.slot_count = batch->slot_count,
		.outer_rows = batch->outer_rows != NULL ? batch->outer_rows + row : NULL,
	};
}

/* ---- stored rows --------------------------------------------------------------------------- */

#define FIRST_ROWS		16		/* NAMI_BATCH_ROWS is this times a power of 4 */

void
nami_row_store_init(NamiRowStore *store, NamiArena *arena, const NamiSlot *slots,
					uint32_t slot_count)
{
	*store = (NamiRowStore) {.arena = arena, .slots = slots, .slot_count = slot_count};
}

static void
add_page(NamiRowStore *store)
{
	size_t		page = store->count / NAMI_BATCH_ROWS;

	if (page == store->page_capacity)
	{
		size_t		capacity = page == 0 ? 8 : page * 2;

		store->pages = nami_arena_realloc(store->arena, store->pages, page * sizeof(NamiValue *),
										  capacity * sizeof(NamiValue *));
		store->outer_pages = nami_arena_realloc(store->arena, store->outer_pages,
												page * sizeof(uint32_t *),
												capacity * sizeof(uint32_t *));
		store->page_capacity = capacity;
	}
	if (page > 0)
		store->pages[page] = NAMI_NEW_ARRAY(store->arena, NamiValue,
											(size_t) NAMI_BATCH_ROWS * store->slot_count + 1);
	else
		store->pages[page] = NULL;
	store->outer_pages[page] = NULL;
}

/* Many stores hold a few rows. */
static void
grow_first_page(NamiRowStore *store)
{
	size_t		rows = store->first_rows == 0 ? FIRST_ROWS : store->first_rows * (size_t) 4;

	store->pages[0] = nami_arena_realloc(store->arena, store->pages[0],
										 store->first_rows * store->slot_count * sizeof(NamiValue),
										 rows * store->slot_count * sizeof(NamiValue) + 1);
	store->first_rows = (uint32_t) rows;
}

/* Room for one more row; its cells are to be filled. */
static NamiValue *
new_row(NamiRowStore *store, bool has_outer, uint32_t outer)
{
	size_t		page = store->count / NAMI_BATCH_ROWS;
	size_t		in_page = store->count % NAMI_BATCH_ROWS;

	if (in_page == 0)
		add_page(store);
	if (page == 0 && in_page == store->first_rows)
		grow_first_page(store);
	if (has_outer)
	{
		if (store->outer_pages[page] == NULL)
			store->outer_pages[page] = NAMI_NEW_ARRAY(store->arena, uint32_t, NAMI_BATCH_ROWS);
		store->outer_pages[page][in_page] = outer;
	}
	store->count++;
	return store->pages[page] + in_page * store->slot_count;
}

void
nami_row_store_add_batch_row(NamiRowStore *store, const NamiBatch *batch, uint32_t row)
{
	bool		has_outer = batch->outer_rows != NULL;
	NamiValue  *cells = new_row(store, has_outer, has_outer ? batch->outer_rows[row] : 0);

	for (uint32_t j = 0; j < store->slot_count; j++)
		cells[j] = nami_value_copy(store->arena,
								   nami_vector_value(&batch->columns[store->slots[j]], row));
}

void
nami_row_store_add(NamiRowStore *store, const NamiBatch *batch)
{
	for (uint32_t i = 0; i < batch->selected_count; i++)
		nami_row_store_add_batch_row(store, batch, nami_batch_row(batch, i));
}

bool
nami_row_store_outer(const NamiRowStore *store, uint64_t row, uint32_t *outer)
{
	const uint32_t *page = store->outer_pages[row / NAMI_BATCH_ROWS];

	*outer = page != NULL ? page[row % NAMI_BATCH_ROWS] : 0;
	return page != NULL;
}

void
nami_row_store_add_row(NamiRowStore *store, const NamiRowStore *from, uint64_t row)
{
	const NamiValue *source = nami_row_store_row(from, row);
	uint32_t	outer;
	bool		has_outer = nami_row_store_outer(from, row, &outer);
	NamiValue  *cells = new_row(store, has_outer, outer);

	for (uint32_t i = 0; i < store->slot_count; i++)
		cells[i] = nami_value_copy(store->arena, source[i]);
}

void
nami_row_store_add_cells(NamiRowStore *store, const NamiValue *cells, bool has_outer,
						 uint32_t outer)
{
	NamiValue  *row = new_row(store, has_outer, outer);

	if (store->slot_count > 0)
		memcpy(row, cells, store->slot_count * sizeof(NamiValue));
}

/* Cells of one column as a vector: ordinals when all are nodes or null, else values. */
static void
emit_column(const NamiRowStore *store, NamiOp *op, uint32_t column, const uint32_t *order,
			uint64_t first, uint32_t count)
{
	NamiValue  *values = NAMI_NEW_ARRAY(op->arena, NamiValue, count + 1);
	NamiOrd    *ords;
	bool		all_nodes = true;

	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	row = order != NULL ? order[first + i] : first + i;

		values[i] = nami_row_store_row(store, row)[column];
		all_nodes &= values[i].kind == NAMI_NODE;
	}
	if (!all_nodes || count == 0)
	{
		nami_batch_set_values(&op->batch, store->slots[column], values);
		return;
	}
	ords = NAMI_NEW_ARRAY(op->arena, NamiOrd, count);
	for (uint32_t i = 0; i < count; i++)
		ords[i] = (NamiOrd) values[i].integer;
	nami_batch_set_ords(&op->batch, store->slots[column], ords);
}

void
nami_row_store_emit(const NamiRowStore *store, NamiOp *op, const uint32_t *order, uint64_t first,
					uint32_t count)
{
	nami_op_clear_batch(op, count);
	for (uint32_t j = 0; j < store->slot_count; j++)
		emit_column(store, op, j, order, first, count);
	if (store->count > 0 && store->outer_pages[0] != NULL)
	{
		uint32_t   *outer = NAMI_NEW_ARRAY(op->arena, uint32_t, count + 1);

		for (uint32_t i = 0; i < count; i++)
		{
			uint64_t	row = order != NULL ? order[first + i] : first + i;

			outer[i] = store->outer_pages[row / NAMI_BATCH_ROWS][row % NAMI_BATCH_ROWS];
		}
		op->batch.outer_rows = outer;
	}
}
