/*
 * foreign_modify.c - writing rows of foreign tables, see foreign_modify.h.
 */
#include "postgres.h"

#include "pg/foreign_modify.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/appendinfo.h"
#include "pg/compat.h"
#include "pg/foreign_row.h"
#include "pg/foreign_truncate.h"
#include "pg/host.h"
#include "pg/jsonb_out.h"
#include "pg/query.h"
#include "pg/transaction.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#define BATCH_ROWS		1000
#define CHECK_EVERY		64		/* rows between two questions for interrupts */

/* Names of the junk columns that carry a row's identity from the scan to the update. */
static const char *const junk_id = "namidb_id";
static const char *const junk_src = "namidb_src";
static const char *const junk_dst = "namidb_dst";
static const char *const junk_row = "wholerow"; /* the core's name for it */

/* A statement's writes to one table (ri_FdwState). */
typedef struct ForeignModify
{
	NamiRowReader *reader;
	NamiPgTransaction *txn;
	NamiTransaction *engine;
	NamiStatementView *view;
	uint64		mark;			/* before the statement */
	Bitmapset  *changed;		/* UPDATE: columns that may change; NULL: all */
	AttrNumber	junk[2];		/* _id, or _src and _dst, in the plan's slot */
	AttrNumber	junk_row;		/* the old row, for DELETE … RETURNING */
	MemoryContext context;
	MemoryContext row_context;
	NamiArena  *arena;			/* of one row */
	uint64		rows;
} ForeignModify;

/* ---- planning ------------------------------------------------------------------------------ */

static void
add_identity(PlannerInfo *root, Index rti, const NamiForeignTable *table, NamiColumnRole role,
			 const char *column_name, const char *junk)
{
	const NamiForeignColumn *column = nami_foreign_table_column(table, role);

	if (column == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows of foreign table \"%s\" cannot be updated or deleted", table->name),
				 errdetail("The table has no column \"%s\" that tells which rows they are.",
						   column_name)));
	add_row_identity_var(root, makeVar(rti, column->attnum, UUIDOID, -1, InvalidOid, 0), rti, junk);
}

static void
add_update_targets(PlannerInfo *root, Index rti, RangeTblEntry *target, Relation relation)
{
	const NamiForeignTable *table = nami_foreign_table_get(RelationGetRelid(relation));

	switch (table->kind)
	{
		case NAMI_FOREIGN_NODES:
			add_identity(root, rti, table, NAMI_COLUMN_ID, "_id", junk_id);
			break;
		case NAMI_FOREIGN_EDGES:
			add_identity(root, rti, table, NAMI_COLUMN_SRC, "_src", junk_src);
			add_identity(root, rti, table, NAMI_COLUMN_DST, "_dst", junk_dst);
			break;
		case NAMI_FOREIGN_QUERY:
			break;
	}
	/* The core asks for the row itself where triggers want it, and for UPDATE. */
	if (root->parse->commandType == CMD_DELETE && root->parse->returningList != NIL)
		add_row_identity_var(root, makeWholeRowVar(target, (int) rti, 0, false), rti, junk_row);
}

static List *
plan_modify(PlannerInfo *root, ModifyTable *plan, Index rti, int subplan_index)
{
	if (plan->onConflictAction != ONCONFLICT_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("INSERT with ON CONFLICT is not supported on foreign tables of namidb"),
				 errhint("MERGE in a Cypher statement creates or updates.")));
	return NIL;
}

static int
is_updatable(Relation relation)
{
	const NamiForeignTable *table = nami_foreign_table_get(RelationGetRelid(relation));

	/* A server's read_only is refused when the statement runs: 25006. */
	if (table->kind == NAMI_FOREIGN_QUERY)
		return 0;
	return (1 << CMD_INSERT) | (1 << CMD_UPDATE) | (1 << CMD_DELETE);
}

/* ---- begin --------------------------------------------------------------------------------- */

static void
refuse_query_table(const NamiForeignTable *table)
{
	if (table->kind == NAMI_FOREIGN_QUERY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("foreign table \"%s\" cannot be written: it shows the rows of a query",
						table->name)));
}

static ForeignModify *
begin(EState *estate, ResultRelInfo *rri)
{
	MemoryContext context = AllocSetContextCreate(estate->es_query_cxt, "namidb modify",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ForeignModify *self = palloc0(sizeof(ForeignModify));
	NamiForeignTable *table = nami_foreign_table_get(RelationGetRelid(rri->ri_RelationDesc));
	Oid			user = nami_result_user(rri, estate);
	NamiServer	server;

	refuse_query_table(table);
	nami_server_get(GetForeignServer(table->server)->servername, user, &server);
	self->context = context;
	self->row_context = AllocSetContextCreate(context, "namidb row", ALLOCSET_DEFAULT_SIZES);
	self->arena = nami_arena_create(nami_pg_allocator(context), NULL);
	self->txn = nami_pg_transaction_get(server.connection);
	self->engine = nami_pg_transaction_engine(self->txn);
	nami_pg_begin_write(self->txn, user);
	self->view = nami_pg_statement_view(self->txn, estate, true);
	self->mark = nami_transaction_mark(self->engine);
	nami_transaction_begin_statement(self->engine, self->view->view);
	self->reader = nami_row_reader_create(table,
										  nami_snapshot_catalog(&(NamiSnapshot) {self->view->view}));
	rri->ri_FdwState = self;
	MemoryContextSwitchTo(old);
	return self;
}

/* Columns whose new values count: those that the statement or a trigger may have set. */
static Bitmapset *
changed_columns(EState *estate, ResultRelInfo *rri)
{
	Bitmapset  *updated = ExecGetAllUpdatedCols(rri, estate);
	Bitmapset  *changed = bms_make_singleton(0);
	int			member = -1;

	if (rri->ri_TrigDesc != NULL && rri->ri_TrigDesc->trig_update_before_row)
		return NULL;
	while ((member = bms_next_member(updated, member)) >= 0)
	{
		AttrNumber	attnum = (AttrNumber) (member + FirstLowInvalidHeapAttributeNumber);

		if (attnum > 0)
			changed = bms_add_member(changed, attnum);
	}
	return changed;
}

static void
begin_modify(ModifyTableState *node, ResultRelInfo *rri, List *fdw_private, int subplan_index,
			 int eflags)
{
	EState	   *estate = node->ps.state;
	List	   *targets;
	ForeignModify *self;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	self = begin(estate, rri);
	if (node->operation == CMD_INSERT)
		return;
	targets = outerPlanState(node)->plan->targetlist;
	if (self->reader->table->kind == NAMI_FOREIGN_NODES)
		self->junk[0] = ExecFindJunkAttributeInTlist(targets, junk_id);
	else
	{
		self->junk[0] = ExecFindJunkAttributeInTlist(targets, junk_src);
		self->junk[1] = ExecFindJunkAttributeInTlist(targets, junk_dst);
	}
	self->junk_row = ExecFindJunkAttributeInTlist(targets, junk_row);
	if (node->operation == CMD_UPDATE)
	{
		MemoryContext old = MemoryContextSwitchTo(self->context);

		self->changed = changed_columns(estate, rri);
		MemoryContextSwitchTo(old);
	}
}

/* COPY, and rows that come to a partition. */
static void
begin_insert(ModifyTableState *node, ResultRelInfo *rri)
{
	if (node->ps.plan != NULL && IsA(node->ps.plan, ModifyTable) &&
		((ModifyTable *) node->ps.plan)->onConflictAction != ONCONFLICT_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("INSERT with ON CONFLICT is not supported on foreign tables of namidb")));
	/* An UPDATE that moves rows may also update this table itself, with a state of its own. */
	if (rri->ri_FdwState == NULL)
		(void) begin(node->ps.state, rri);
}

/* ---- one row ------------------------------------------------------------------------------- */

/* Begins a row: triggers may have staged something else meanwhile. */
static NamiSnapshot
begin_row(ForeignModify *self)
{
	MemoryContextReset(self->row_context);
	nami_arena_reset(self->arena);
	if (++self->rows % CHECK_EVERY == 0)
		CHECK_FOR_INTERRUPTS();
	nami_transaction_resume_statement(self->engine, self->view->view);
	return nami_transaction_snapshot(self->engine, self->view->view, NAMI_MARK_NOW);
}

static NamiOrd
end_of(const NamiRowReader *reader, const NamiForeignColumn *column, const NamiSnapshot *now,
	   TupleTableSlot *slot, const char *name)
{
	NamiId		id;
	NamiOrd		ord;
	char		text[NAMI_UUID_TEXT_LEN];

	if (!nami_row_uuid(column, slot, &id))
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("a row of foreign table \"%s\" needs a value for \"%s\"",
						reader->table->name, name)));
	ord = nami_snapshot_find_node(now, &id);
	nami_uuid_format(id, text);
	if (ord == NAMI_ORD_NONE)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("insert or update on foreign table \"%s\" names a node that does not exist",
						reader->table->name),
				 errdetail("There is no node with %s=(%.36s).", name, text)));
	return ord;
}

static void
check_new_edge(const NamiRowReader *reader, const NamiSnapshot *now, NamiOrd src, NamiOrd dst)
{
	NamiEdgePos pos = nami_snapshot_find_edge(now, reader->type, src, dst);
	NamiId		ids[2];
	char		text[2][NAMI_UUID_TEXT_LEN];

	if (pos == NAMI_POS_NONE || !nami_snapshot_edge_is_live(now, reader->type, pos))
		return;
	ids[0] = nami_snapshot_node_id(now, src);
	ids[1] = nami_snapshot_node_id(now, dst);
	nami_uuid_format(ids[0], text[0]);
	nami_uuid_format(ids[1], text[1]);
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("foreign table \"%s\" has a row with these ends already", reader->table->name),
			 errdetail("Key (_src, _dst)=(%.36s, %.36s) already exists.", text[0], text[1])));
}

/* ---- what is shown of a written row -------------------------------------------------------- */

static void
fill_column(TupleTableSlot *slot, const NamiForeignColumn *column, Datum datum)
{
	slot->tts_values[column->attnum - 1] = datum;
	slot->tts_isnull[column->attnum - 1] = false;
}

static Datum
labels_datum(const NamiRowReader *reader, const NamiLabelId *labels, uint32_t count)
{
	Datum	   *texts = palloc((count + 1) * sizeof(Datum));

	for (uint32_t i = 0; i < count; i++)
	{
		NamiStr		native = nami_text_to_server(nami_catalog_name(reader->catalog,
																   NAMI_NAME_LABEL, labels[i]));

		texts[i] = PointerGetDatum(cstring_to_text_with_len(native.ptr, (int) native.len));
	}
	return PointerGetDatum(construct_array(texts, (int) count, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

/* Somebody looks at the row when it has been written. */
static bool
shows_row(const ResultRelInfo *rri)
{
	return rri->ri_projectReturning != NULL || rri->ri_WithCheckOptions != NIL ||
		rri->ri_TrigDesc != NULL;
}

static bool
has_constraints(const ResultRelInfo *rri)
{
	const TupleConstr *constr = RelationGetDescr(rri->ri_RelationDesc)->constr;

	return constr != NULL && (constr->has_not_null || constr->num_check > 0);
}

/*
 * The core leaves constraints of foreign tables to the wrapper, also the bounds of a partition where
 * it has not chosen the partition itself.
 */
static void
check_constraints(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot, bool is_update)
{
	if (has_constraints(rri))
		ExecConstraints(rri, slot, estate);
	if (rri->ri_RelationDesc->rd_rel->relispartition &&
		(is_update || rri->ri_RootResultRelInfo == NULL))
		(void) ExecPartitionCheck(rri, slot, estate, true);
}

/*
 * The slot's columns get the values that are stored: labels (NULL: they stay as they are), an empty
 * _properties, id of a new node. With keep the row outlives this call, as a tuple of its own: a slot that
 * holds a tuple would show the old one to triggers.
 */
static void
show_stored(const NamiRowReader *reader, TupleTableSlot *slot, const NamiId *id,
			const NamiLabelId *labels, uint32_t label_count, bool keep)
{
	MemoryContext old = MemoryContextSwitchTo(keep ? slot->tts_mcxt : CurrentMemoryContext);

	if (id != NULL && reader->id != NULL)
	{
		pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

		memcpy(uuid->data, id->bytes, UUID_LEN);
		fill_column(slot, reader->id, UUIDPGetDatum(uuid));
	}
	if (labels != NULL && reader->labels != NULL)
		fill_column(slot, reader->labels, labels_datum(reader, labels, label_count));
	if (reader->rest != NULL && slot->tts_isnull[reader->rest->attnum - 1])
		fill_column(slot, reader->rest, DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
	if (keep)
		ExecForceStoreHeapTuple(heap_form_tuple(slot->tts_tupleDescriptor, slot->tts_values,
												slot->tts_isnull), slot, true);
	MemoryContextSwitchTo(old);
}

/* An error of staging, with the column whose value is to blame. */
static void
check_staged(ForeignModify *self, NamiStatus status, NamiValue props, const NamiError *err)
{
	if (status == NAMI_OK)
		return;
	if (err->cls == NAMI_ERR_DANGLING && self->reader->table->kind == NAMI_FOREIGN_NODES)
		nami_error_hint((NamiError *) err, "Delete the relationships first, or give the foreign "
						"table the option on_delete 'detach'.");
	nami_row_raise(self->reader, props, self->arena, err);
}

/* ---- inserting ----------------------------------------------------------------------------- */

/* Constraints are asked when the row has got its id: an error takes the whole statement back. */
static NamiStatus
insert_node(ForeignModify *self, EState *estate, ResultRelInfo *rri, TupleTableSlot *slot,
			NamiValue props, NamiError *err)
{
	const NamiRowReader *reader = self->reader;
	bool		is_shown = shows_row(rri);
	NamiId		id;
	bool		is_given = nami_row_uuid(reader->id, slot, &id);
	const NamiLabelId *labels;
	uint32_t	count = nami_row_labels(reader, slot, self->arena, &labels);
	NamiSnapshot now;
	NamiOrd		ord;

	NAMI_TRY(nami_transaction_create_node(self->engine, is_given ? &id : NULL, labels, count,
										  props, &ord, err));
	if (is_shown || has_constraints(rri))
	{
		now = nami_transaction_snapshot(self->engine, self->view->view, NAMI_MARK_NOW);
		id = nami_snapshot_node_id(&now, ord);
		show_stored(reader, slot, is_given ? NULL : &id, labels, count, is_shown);
	}
	check_constraints(estate, rri, slot, false);
	return NAMI_OK;
}

static NamiStatus
insert_edge(ForeignModify *self, EState *estate, ResultRelInfo *rri, const NamiSnapshot *now,
			TupleTableSlot *slot, NamiValue props, NamiError *err)
{
	const NamiRowReader *reader = self->reader;
	NamiOrd		src = end_of(reader, reader->src, now, slot, "_src");
	NamiOrd		dst = end_of(reader, reader->dst, now, slot, "_dst");
	NamiEdgePos pos;

	check_new_edge(reader, now, src, dst);
	NAMI_TRY(nami_transaction_put_edge(self->engine, reader->type, src, dst, props, &pos, err));
	if (shows_row(rri))
		show_stored(reader, slot, NULL, NULL, 0, true);
	check_constraints(estate, rri, slot, false);
	return NAMI_OK;
}

static void
insert_row(ForeignModify *self, EState *estate, ResultRelInfo *rri, TupleTableSlot *slot)
{
	NamiSnapshot now = begin_row(self);
	MemoryContext old = MemoryContextSwitchTo(self->row_context);
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	props;

	slot_getallattrs(slot);
	props = nami_row_properties(self->reader, slot, nami_value_null(), NULL, self->arena);
	check_staged(self, self->reader->table->kind == NAMI_FOREIGN_NODES ?
				 insert_node(self, estate, rri, slot, props, &err) :
				 insert_edge(self, estate, rri, &now, slot, props, &err), props, &err);
	MemoryContextSwitchTo(old);
}

/* ---- updating and deleting ----------------------------------------------------------------- */

/*
 * The row's identity as the scan gave it; false when it is not there any more, or when this statement has
 * changed it already: then the first change counts, as for local tables.
 */
static bool
find_row(ForeignModify *self, const NamiSnapshot *now, TupleTableSlot *plan_slot, NamiOrd ords[2])
{
	int			count = self->reader->table->kind == NAMI_FOREIGN_NODES ? 1 : 2;
	NamiSnapshot before = *now;

	before.mark = self->mark;
	for (int i = 0; i < count; i++)
	{
		bool		is_null;
		Datum		datum = ExecGetJunkAttribute(plan_slot, self->junk[i], &is_null);
		NamiId		id;

		if (is_null)
			elog(ERROR, "the identity of a row is null");
		memcpy(id.bytes, DatumGetUUIDP(datum)->data, UUID_LEN);
		/* A relationship can be deleted behind its ends, so these are looked up as they were. */
		ords[i] = nami_snapshot_find_node(&before, &id);
		if (ords[i] == NAMI_ORD_NONE)
			return false;
	}
	if (count == 2)
	{
		NamiEdgePos pos = nami_snapshot_find_edge(now, self->reader->type, ords[0], ords[1]);

		return pos != NAMI_POS_NONE && nami_snapshot_edge_is_live(now, self->reader->type, pos) &&
			!nami_transaction_edge_is_staged(self->engine, self->reader->type, pos, self->mark);
	}
	return nami_snapshot_node_is_live(now, ords[0]) &&
		!nami_transaction_node_is_staged(self->engine, ords[0], self->mark);
}

static bool
column_changed(const ForeignModify *self, const NamiForeignColumn *column)
{
	return column != NULL &&
		(self->changed == NULL || bms_is_member(column->attnum, self->changed));
}

static void
refuse_new_id(ForeignModify *self, const NamiSnapshot *now, TupleTableSlot *slot, NamiOrd ord)
{
	NamiId		id;

	if (!column_changed(self, self->reader->id))
		return;
	if (!nami_row_uuid(self->reader->id, slot, &id) ||
		memcmp(nami_snapshot_node_id(now, ord).bytes, id.bytes, UUID_LEN) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the id of a node cannot be changed"),
				 errhint("Insert a node with the new id and delete the old one.")));
}

static NamiStatus
update_node(ForeignModify *self, const NamiSnapshot *now, TupleTableSlot *slot, NamiOrd ord,
			bool is_shown, NamiValue *props, NamiError *err)
{
	const NamiRowReader *reader = self->reader;
	bool		has_new_labels = column_changed(self, reader->labels);
	const NamiLabelId *labels;
	uint32_t	count;
	NamiValue	before;

	refuse_new_id(self, now, slot, ord);
	NAMI_TRY(nami_snapshot_node_map(now, ord, self->arena, &before, err));
	*props = nami_row_properties(reader, slot, before, self->changed, self->arena);
	count = has_new_labels ? nami_row_labels(reader, slot, self->arena, &labels) :
		nami_snapshot_labels(now, ord, self->arena, &labels);
	if (is_shown)
		show_stored(reader, slot, NULL, has_new_labels ? labels : NULL, count, true);
	return nami_transaction_set_node(self->engine, ord, labels, count, *props, err);
}

static NamiStatus
update_edge(ForeignModify *self, const NamiSnapshot *now, TupleTableSlot *slot,
			const NamiOrd ends[2], bool is_shown, NamiValue *props, NamiError *err)
{
	const NamiRowReader *reader = self->reader;
	NamiEdgePos pos = nami_snapshot_find_edge(now, reader->type, ends[0], ends[1]);
	NamiOrd		src = ends[0];
	NamiOrd		dst = ends[1];
	NamiValue	before;

	NAMI_TRY(nami_snapshot_edge_map(now, reader->type, pos, self->arena, &before, err));
	*props = nami_row_properties(reader, slot, before, self->changed, self->arena);
	if (column_changed(self, reader->src))
		src = end_of(reader, reader->src, now, slot, "_src");
	if (column_changed(self, reader->dst))
		dst = end_of(reader, reader->dst, now, slot, "_dst");
	if (is_shown)
		show_stored(reader, slot, NULL, NULL, 0, true);
	if (src != ends[0] || dst != ends[1])
	{
		check_new_edge(reader, now, src, dst);
		NAMI_TRY(nami_transaction_delete_edge(self->engine, reader->type, ends[0], ends[1], err));
	}
	return nami_transaction_put_edge(self->engine, reader->type, src, dst, *props, &pos, err);
}

/* ---- callbacks of the executor ------------------------------------------------------------- */

static TupleTableSlot *
exec_insert(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	insert_row(rri->ri_FdwState, estate, rri, slot);
	return slot;
}

static TupleTableSlot **
exec_batch_insert(EState *estate, ResultRelInfo *rri, TupleTableSlot **slots,
				  TupleTableSlot **plan_slots, int *count)
{
	for (int i = 0; i < *count; i++)
		insert_row(rri->ri_FdwState, estate, rri, slots[i]);
	return slots;
}

/* In batches the executor hands out no rows: then everything that wants them would lose them. */
static int
batch_size(ResultRelInfo *rri)
{
	if (rri->ri_projectReturning != NULL || rri->ri_WithCheckOptions != NIL ||
		(rri->ri_TrigDesc != NULL &&
		 (rri->ri_TrigDesc->trig_insert_before_row || rri->ri_TrigDesc->trig_insert_after_row)))
		return 1;
	return BATCH_ROWS;
}

static TupleTableSlot *
exec_update(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	ForeignModify *self = rri->ri_FdwState;
	NamiSnapshot now = begin_row(self);
	MemoryContext old = MemoryContextSwitchTo(self->row_context);
	NamiError	err = NAMI_ERROR_INIT;
	NamiOrd		ords[2];
	bool		is_there = find_row(self, &now, plan_slot, ords);

	if (is_there)
	{
		NamiValue	props = nami_value_null();
		bool		is_shown = shows_row(rri);

		slot_getallattrs(slot);
		check_constraints(estate, rri, slot, true);
		check_staged(self, self->reader->table->kind == NAMI_FOREIGN_NODES ?
					 update_node(self, &now, slot, ords[0], is_shown, &props, &err) :
					 update_edge(self, &now, slot, ords, is_shown, &props, &err), props, &err);
	}
	MemoryContextSwitchTo(old);
	return is_there ? slot : NULL;
}

/* For RETURNING: the row as the scan gave it. */
static void
store_old_row(const ForeignModify *self, TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	bool		is_null;
	Datum		row = ExecGetJunkAttribute(plan_slot, self->junk_row, &is_null);

	ExecStoreHeapTupleDatum(row, slot);
	ExecMaterializeSlot(slot);
}

static TupleTableSlot *
exec_delete(EState *estate, ResultRelInfo *rri, TupleTableSlot *slot, TupleTableSlot *plan_slot)
{
	ForeignModify *self = rri->ri_FdwState;
	NamiSnapshot now = begin_row(self);
	MemoryContext old = MemoryContextSwitchTo(self->row_context);
	const NamiForeignTable *table = self->reader->table;
	NamiError	err = NAMI_ERROR_INIT;
	NamiOrd		ords[2];
	bool		is_there = find_row(self, &now, plan_slot, ords);

	if (is_there)
		NAMI_PG_CHECK(table->kind == NAMI_FOREIGN_NODES ?
					  nami_transaction_delete_node(self->engine, ords[0], table->on_delete_detach,
												   &err) :
					  nami_transaction_delete_edge(self->engine, self->reader->type, ords[0],
												   ords[1], &err), &err);
	MemoryContextSwitchTo(old);
	if (!is_there)
		return NULL;
	if (rri->ri_projectReturning != NULL)
		store_old_row(self, slot, plan_slot);
	return slot;
}

static void
end_writes(ResultRelInfo *rri)
{
	ForeignModify *self = rri->ri_FdwState;
	NamiError	err = NAMI_ERROR_INIT;

	if (self == NULL)
		return;
	rri->ri_FdwState = NULL;
	nami_transaction_resume_statement(self->engine, self->view->view);
	check_staged(self, nami_transaction_end_statement(self->engine, self->mark, &err),
				 nami_value_null(), &err);
	nami_arena_destroy(self->arena);
}

static void
end_modify(EState *estate, ResultRelInfo *rri)
{
	end_writes(rri);
}

void
nami_foreign_modify_routine(FdwRoutine *routine)
{
	routine->AddForeignUpdateTargets = add_update_targets;
	routine->PlanForeignModify = plan_modify;
	routine->BeginForeignModify = begin_modify;
	routine->ExecForeignInsert = exec_insert;
	routine->ExecForeignBatchInsert = exec_batch_insert;
	routine->GetForeignModifyBatchSize = batch_size;
	routine->ExecForeignUpdate = exec_update;
	routine->ExecForeignDelete = exec_delete;
	routine->EndForeignModify = end_modify;
	routine->BeginForeignInsert = begin_insert;
	routine->EndForeignInsert = end_modify;
	routine->IsForeignRelUpdatable = is_updatable;
	routine->ExecForeignTruncate = nami_foreign_truncate;
}
