/*
 * function_scan.c - running a call in FROM.
 */
#include "postgres.h"

#include "pg/function_scan.h"

#include "access/htup_details.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "pg/compat.h"
#include "pg/host.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

static void begin_scan(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *exec_scan(CustomScanState *node);
static void end_scan(CustomScanState *node);
static void rescan(CustomScanState *node);

static const CustomExecMethods exec_methods = {
	.CustomName = "namidb",
	.BeginCustomScan = begin_scan,
	.ExecCustomScan = exec_scan,
	.EndCustomScan = end_scan,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = nami_function_scan_explain,
};

Node *
nami_function_scan_create_state(CustomScan *plan)
{
	NamiFunctionScan *scan = (NamiFunctionScan *) newNode(sizeof(NamiFunctionScan),
														  T_CustomScanState);

	scan->css.methods = &exec_methods;
	return (Node *) scan;
}

/* ---- begin --------------------------------------------------------------------------------- */

static void
check_permission(Oid function)
{
	AclResult	acl = nami_function_aclcheck(function, GetUserId(), ACL_EXECUTE);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

/*
 * Rows are kept when something above may ask for them again although the arguments stay. What is not
 * foreseen here is helped by running the query again (rescan()).
 */
static bool
expects_rescans(const NamiFunctionScan *scan, int eflags)
{
	const Plan *plan = scan->css.ss.ps.plan;

	return (eflags & EXEC_FLAG_REWIND) != 0 ||
		!bms_is_subset(plan->allParam, scan->arguments_params);
}

static void
begin_scan(CustomScanState *node, EState *estate, int eflags)
{
	NamiFunctionScan *scan = (NamiFunctionScan *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	scan->call = linitial_node(FuncExpr, plan->custom_exprs);
	scan->kind = nami_call_kind(scan->call->funcid);
	if (scan->kind == NULL)
		elog(ERROR, "function %u is not one of namidb's any more", scan->call->funcid);
	check_permission(scan->call->funcid);
	scan->has_whole_row = intVal(linitial(plan->custom_private)) != 0;
	scan->column_count = list_length(plan->custom_scan_tlist) - scan->has_whole_row;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	scan->arguments = ExecInitExprList(scan->call->args, &node->ss.ps);
	nami_function_scan_describe(scan, plan, estate);
	scan->context = AllocSetContextCreate(estate->es_query_cxt, "namidb scan",
										  ALLOCSET_DEFAULT_SIZES);
	scan->args_context = AllocSetContextCreate(scan->context, "namidb arguments",
											   ALLOCSET_SMALL_SIZES);
	scan->row_context = AllocSetContextCreate(scan->context, "namidb row",
											  ALLOCSET_DEFAULT_SIZES);
	scan->keep_rows = expects_rescans(scan, eflags);
	scan->is_profiling = estate->es_instrument != 0;
	if (estate->es_epq_active != NULL)
		scan->recheck = MakeSingleTupleTableSlot(scan->columns_desc, &TTSOpsVirtual);
}

/* ---- arguments ----------------------------------------------------------------------------- */

static Datum
argument(NamiFunctionScan *scan, int number, bool *is_null)
{
	ExprState  *state = list_nth(scan->arguments, number);

	return ExecEvalExprSwitchContext(state, scan->css.ss.ps.ps_ExprContext, is_null);
}

/* Also the row type's argument is evaluated, as for the plain function. */
static NamiCallArguments
evaluate_arguments(NamiFunctionScan *scan)
{
	NamiCallArguments args = {0};
	int			first = scan->kind->first;
	bool		is_null;
	Datum		datum;

	if (first > 0)
		(void) argument(scan, 0, &is_null);
	datum = argument(scan, first, &is_null);
	if (!is_null)
		args.query = DatumGetTextPP(datum);
	datum = argument(scan, first + 1, &is_null);
	if (!is_null)
		args.params = DatumGetJsonbP(datum);
	datum = argument(scan, first + 2, &is_null);
	if (!is_null)
		args.server = NameStr(*DatumGetName(datum));
	return args;
}

static void
keep_arguments(NamiFunctionScan *scan, const NamiCallArguments *args)
{
	MemoryContext old;

	MemoryContextReset(scan->args_context);
	old = MemoryContextSwitchTo(scan->args_context);
	scan->args = (NamiCallArguments) {0};
	if (args->query != NULL)
		scan->args.query = DatumGetTextPCopy(PointerGetDatum(args->query));
	if (args->params != NULL)
		scan->args.params = DatumGetJsonbPCopy(JsonbPGetDatum(args->params));
	if (args->server != NULL)
		scan->args.server = pstrdup(args->server);
	MemoryContextSwitchTo(old);
}

static bool
is_same_statement(const NamiCallArguments *a, const NamiCallArguments *b)
{
	if (a->query == NULL || b->query == NULL || (a->server == NULL) != (b->server == NULL))
		return false;
	return VARSIZE_ANY_EXHDR(a->query) == VARSIZE_ANY_EXHDR(b->query) &&
		memcmp(VARDATA_ANY(a->query), VARDATA_ANY(b->query), VARSIZE_ANY_EXHDR(a->query)) == 0 &&
		(a->server == NULL || strcmp(a->server, b->server) == 0);
}

/* ---- the query ----------------------------------------------------------------------------- */

void
nami_function_scan_add_profile(const NamiFunctionScan *scan, NamiScanProfile *total)
{
	const uint64_t *rows;
	const double *microseconds;

	nami_execution_profile(scan->query->execution, &rows, &microseconds);
	if (rows == NULL)
		return;
	for (uint32_t i = 0; i < total->plan->op_count; i++)
	{
		total->rows[i] += rows[i];
		total->microseconds[i] += microseconds[i];
	}
}

/* Before an execution is closed. */
static void
save_profile(NamiFunctionScan *scan)
{
	if (scan->profile.is_running)
		nami_function_scan_add_profile(scan, &scan->profile);
	scan->profile.is_running = false;
}

/* After an execution was opened. The plan before may be gone: it is known by its text. */
static void
begin_profile(NamiFunctionScan *scan)
{
	NamiScanProfile *profile = &scan->profile;
	const NamiPlan *plan = scan->query->plan;

	if (!scan->is_profiling)
		return;
	if (profile->plan == NULL || profile->hash != scan->query->cached->hash ||
		profile->op_count != plan->op_count)
	{
		MemoryContext old = MemoryContextSwitchTo(scan->context);

		profile->has_others = profile->executions > 0;
		profile->executions = 0;
		profile->hash = scan->query->cached->hash;
		profile->op_count = plan->op_count;
		profile->rows = palloc0((plan->op_count + 1) * sizeof(uint64));
		profile->microseconds = palloc0((plan->op_count + 1) * sizeof(double));
		MemoryContextSwitchTo(old);
	}
	profile->plan = plan;
	profile->executions++;
	profile->is_running = true;
}

static void
end_query(NamiFunctionScan *scan)
{
	if (scan->query != NULL)
		nami_query_end(scan->query);
	scan->query = NULL;
}

static NamiRowWriter *
create_writer(const NamiFunctionScan *scan)
{
	Oid			row_type = InvalidOid;

	if (scan->kind->form == NAMI_ROW_BY_NAME)
		row_type = exprType(linitial(scan->call->args));
	return nami_row_writer_create(scan->kind->form, scan->columns_desc, row_type);
}

static void
check_call(const NamiFunctionScan *scan)
{
	if (scan->kind->form == NAMI_ROW_BY_NAME)
		nami_check_row_type(exprType(linitial(scan->call->args)));
}

static void
begin_query(NamiFunctionScan *scan)
{
	NamiQueryRequest request = {
		.query = scan->args.query,
		.params = scan->args.params,
		.server = scan->args.server,
		.read_only = scan->kind->read_only,
		.profile = scan->is_profiling,
		.estate = scan->css.ss.ps.state,
	};
	MemoryContext old = MemoryContextSwitchTo(scan->context);

	scan->query = nami_query_begin(&request);
	if (scan->writer == NULL)
		scan->writer = create_writer(scan);
	nami_row_writer_use(scan->writer, scan->query);
	MemoryContextSwitchTo(old);
}

/* A new call: other arguments, or the first ones. */
static void
begin_call(NamiFunctionScan *scan)
{
	NamiCallArguments args = evaluate_arguments(scan);
	bool		same = scan->query != NULL && is_same_statement(&args, &scan->args);

	check_call(scan);
	save_profile(scan);
	keep_arguments(scan, &args);
	ResetExprContext(scan->css.ss.ps.ps_ExprContext);
	scan->next_row = 0;
	scan->is_ended = scan->args.query == NULL;
	if (scan->is_ended)
		return;
	if (same && nami_query_again(scan->query, scan->args.params))
		nami_row_writer_use(scan->writer, scan->query);
	else
	{
		end_query(scan);
		begin_query(scan);
	}
	begin_profile(scan);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* The slot's row out of the columns' values. */
static void
store_row(NamiFunctionScan *scan, TupleTableSlot *slot, const Datum *values, const bool *nulls)
{
	int			count = scan->column_count;

	memcpy(slot->tts_values, values, count * sizeof(Datum));
	memcpy(slot->tts_isnull, nulls, count * sizeof(bool));
	if (scan->has_whole_row)
	{
		HeapTuple	tuple = heap_form_tuple(scan->row_desc, (Datum *) values, (bool *) nulls);

		slot->tts_values[count] = HeapTupleGetDatum(tuple);
		slot->tts_isnull[count] = false;
	}
	ExecStoreVirtualTuple(slot);
}

/* The query's next row into the slot; false at its end. */
static bool
next_row(NamiFunctionScan *scan, TupleTableSlot *slot)
{
	NamiQuery  *query = scan->query;
	MemoryContext old;

	ExecClearTuple(slot);
	/* A statement without RETURN has no columns and gives no rows. */
	while (!scan->is_ended &&
		   (query->batch == NULL || query->plan->column_count == 0 ||
			scan->next_row >= query->batch->selected_count))
	{
		CHECK_FOR_INTERRUPTS();
		scan->is_ended = !nami_query_next(query);
		scan->next_row = 0;
	}
	if (scan->is_ended)
		return false;
	MemoryContextReset(scan->row_context);
	old = MemoryContextSwitchTo(scan->row_context);
	nami_row_write(scan->writer, nami_batch_row(query->batch, scan->next_row++), scan->values,
				   scan->nulls);
	store_row(scan, slot, scan->values, scan->nulls);
	MemoryContextSwitchTo(old);
	return true;
}

/* ---- rows that are kept -------------------------------------------------------------------- */

static void
begin_store(NamiFunctionScan *scan)
{
	EState	   *estate = scan->css.ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);

	scan->store = tuplestore_begin_heap(false, false, work_mem);
	if (scan->stored == NULL)
		scan->stored = MakeSingleTupleTableSlot(scan->css.ss.ss_ScanTupleSlot->tts_tupleDescriptor,
												&TTSOpsMinimalTuple);
	MemoryContextSwitchTo(old);
}

static void
drop_store(NamiFunctionScan *scan)
{
	if (scan->store == NULL)
		return;
	ExecClearTuple(scan->stored);
	tuplestore_end(scan->store);
	scan->store = NULL;
}

/* A row out of the store, which keeps its memory until the next one is read. */
static bool
stored_row(NamiFunctionScan *scan, TupleTableSlot *slot)
{
	int			natts = slot->tts_tupleDescriptor->natts;

	if (!tuplestore_gettupleslot(scan->store, true, false, scan->stored))
		return false;
	ExecClearTuple(slot);
	slot_getallattrs(scan->stored);
	memcpy(slot->tts_values, scan->stored->tts_values, natts * sizeof(Datum));
	memcpy(slot->tts_isnull, scan->stored->tts_isnull, natts * sizeof(bool));
	ExecStoreVirtualTuple(slot);
	return true;
}

/* At the end of the store the query goes on; the store's reading position follows what is added. */
static bool
kept_row(NamiFunctionScan *scan, TupleTableSlot *slot)
{
	if (!tuplestore_ateof(scan->store) && stored_row(scan, slot))
		return true;
	if (!next_row(scan, slot))
		return false;
	tuplestore_puttupleslot(scan->store, slot);
	return true;
}

/* A statement that writes: all of it, whoever wants how many rows. */
static void
run_to_end(NamiFunctionScan *scan, TupleTableSlot *slot)
{
	while (next_row(scan, slot))
		tuplestore_puttupleslot(scan->store, slot);
	tuplestore_rescan(scan->store);
	/* What was counted is shown at the end. */
	if (!scan->is_profiling)
		end_query(scan);
}

/* ---- the executor's calls ------------------------------------------------------------------ */

static void
begin_rows(NamiFunctionScan *scan, TupleTableSlot *slot)
{
	begin_call(scan);
	scan->is_begun = true;
	if (scan->is_ended)
		return;
	if (scan->keep_rows || scan->query->plan->writes || scan->query->plan->is_volatile)
		begin_store(scan);
	if (scan->query->plan->writes)
		run_to_end(scan, slot);
}

static TupleTableSlot *
access_row(ScanState *node)
{
	NamiFunctionScan *scan = (NamiFunctionScan *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;

	if (!scan->is_begun)
		begin_rows(scan, slot);
	if (!(scan->store != NULL ? kept_row(scan, slot) : next_row(scan, slot)))
		ExecClearTuple(slot);
	return slot;
}

/* The row that EvalPlanQual has for this scan: the server's own scans have the same order of cases. */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	NamiFunctionScan *scan = (NamiFunctionScan *) node;
	EPQState   *epq = node->ps.state->es_epq_active;
	int			rti = bms_singleton_member(((CustomScan *) node->ps.plan)->custom_relids);
	TupleTableSlot *row;
	MemoryContext old;

	if (epq->relsubs_done[rti - 1])
		return false;
	if (epq->relsubs_slot[rti - 1] == NULL && epq->relsubs_rowmark[rti - 1] == NULL)
	{
		access_row(node);
		return !TupIsNull(slot);
	}
	epq->relsubs_done[rti - 1] = true;
	row = epq->relsubs_slot[rti - 1];
	if (row == NULL)
	{
		row = scan->recheck;
		if (!EvalPlanQualFetchRowMark(epq, rti, row))
			return false;
	}
	if (TupIsNull(row))
		return false;
	slot_getallattrs(row);
	ExecClearTuple(slot);
	MemoryContextReset(scan->row_context);
	old = MemoryContextSwitchTo(scan->row_context);
	store_row(scan, slot, row->tts_values, row->tts_isnull);
	MemoryContextSwitchTo(old);
	return true;
}

static TupleTableSlot *
exec_scan(CustomScanState *node)
{
	return ExecScan(&node->ss, access_row, recheck_row);
}

/*
 * With other arguments a new call follows, at the next fetch. With the same ones the same rows: from
 * the store, else by running the query again on the same state; then a store is worth its price.
 */
static void
rescan(CustomScanState *node)
{
	NamiFunctionScan *scan = (NamiFunctionScan *) node;
	bool		is_new = bms_overlap(node->ss.ps.chgParam, scan->arguments_params);

	ExecScanReScan(&node->ss);
	if (!scan->is_begun)
		return;
	if (is_new)
	{
		drop_store(scan);
		scan->is_begun = false;
	}
	else if (scan->store != NULL)
		tuplestore_rescan(scan->store);
	else if (scan->query != NULL)
	{
		save_profile(scan);
		nami_query_repeat(scan->query);
		nami_row_writer_use(scan->writer, scan->query);
		begin_profile(scan);
		scan->next_row = 0;
		scan->is_ended = false;
		scan->keep_rows = true;
		begin_store(scan);
	}
}

static void
end_scan(CustomScanState *node)
{
	NamiFunctionScan *scan = (NamiFunctionScan *) node;

	if (scan->context == NULL)
		return;
	drop_store(scan);
	if (scan->stored != NULL)
		ExecDropSingleTupleTableSlot(scan->stored);
	if (scan->recheck != NULL)
		ExecDropSingleTupleTableSlot(scan->recheck);
	scan->stored = NULL;
	scan->recheck = NULL;
	end_query(scan);
	MemoryContextDelete(scan->context);
	scan->context = NULL;
}
