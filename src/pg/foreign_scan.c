/*
 * foreign_scan.c - running the Cypher statement of a foreign scan.
 *
 * The statement is opened at the first fetch and streams; a rescan runs it again with other
 * parameters, without planning. Rows live until the next fetch.
 */
#include "postgres.h"

#include "pg/foreign_scan.h"

#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "pg/compat.h"
#include "pg/foreign_kinds.h"
#include "pg/foreign_literal.h"
#include "pg/foreign_rel.h"
#include "pg/function_scan.h"
#include "pg/host.h"
#include "pg/query.h"
#include "pg/typed_out.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* How one column of the scan's tuple is filled. */
typedef struct Output
{
	int			attnum;
	int			item;			/* RETURN item; -1: by name, until the query is open */
	uint32_t	slot;			/* of the plan, once the query is open */
	NamiColumnRole role;
	NamiColumnWriter *writer;
	const NamiForeignTable *table;	/* NULL: computed */
	const NamiForeignColumn *column;	/* of table */
} Output;

typedef struct ForeignRun
{
	NamiForeignPrivate info;
	Output	   *outputs;
	int			output_count;
	TupleDesc	desc;
	NamiColumnWriter *writers;
	List	   *params;			/* ExprState */
	Oid		   *param_types;
	NamiStr    *param_names;
	Oid			user;

	MemoryContext context;		/* as long as the scan */
	MemoryContext params_context;
	MemoryContext row_context;	/* the row handed out last */
	NamiArena  *scratch;
	NamiQuery  *query;
	NamiJsonbWriter writer;
	uint32_t	next_row;		/* of the query's batch */
	NamiSnapshot checked;		/* state whose kinds of values have been looked at */
	bool		is_checked;
	bool		is_begun;
	bool		is_ended;
	const Output *converting;	/* for messages */
	uint32_t	row;

	/* EXPLAIN ANALYZE: what ended executions of the statement counted, by operator. */
	uint64	   *profile_rows;
	double	   *profile_us;
	uint64		executions;
} ForeignRun;

/* ---- begin --------------------------------------------------------------------------------- */

static const NamiForeignTable *
table_of(List **tables, Oid relid)
{
	ListCell   *cell;
	NamiForeignTable *table;

	if (!OidIsValid(relid))
		return NULL;
	foreach(cell, *tables)
	{
		table = lfirst(cell);
		if (table->relid == relid)
			return table;
	}
	table = nami_foreign_table_get(relid);
	*tables = lappend(*tables, table);
	return table;
}

static void
init_outputs(ForeignRun *run)
{
	List	   *tables = NIL;
	ListCell   *cell;

	run->output_count = list_length(run->info.outputs);
	run->outputs = palloc0((run->output_count + 1) * sizeof(Output));
	run->writers = nami_column_writers(run->desc);
	foreach(cell, run->info.outputs)
	{
		const NamiForeignOutput *from = lfirst(cell);
		Output	   *to = &run->outputs[foreach_current_index(cell)];

		to->attnum = from->attnum;
		to->item = from->item;
		to->role = from->role;
		to->writer = &run->writers[from->attnum - 1];
		to->table = table_of(&tables, from->table);
		to->column = to->table != NULL ? &to->table->columns[from->column - 1] : NULL;
	}
}

static void
init_params(ForeignRun *run, ForeignScanState *node, List *exprs)
{
	ListCell   *cell;
	int			count = list_length(exprs);

	run->params = ExecInitExprList(exprs, &node->ss.ps);
	run->param_types = palloc((count + 1) * sizeof(Oid));
	run->param_names = palloc((count + 1) * sizeof(NamiStr));
	foreach(cell, exprs)
	{
		int			i = foreach_current_index(cell);

		run->param_types[i] = exprType(lfirst(cell));
		run->param_names[i] = nami_str(psprintf("p%d", i + 1));
	}
}

void
nami_foreign_begin_scan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	ForeignRun *run = palloc0(sizeof(ForeignRun));

	node->fdw_state = run;
	run->info = nami_foreign_private_read(plan->fdw_private);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	run->user = nami_scan_user(plan, estate);
	run->desc = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	init_outputs(run);
	init_params(run, node, plan->fdw_exprs);
	run->context = AllocSetContextCreate(estate->es_query_cxt, "namidb foreign scan",
										 ALLOCSET_DEFAULT_SIZES);
	run->params_context = AllocSetContextCreate(run->context, "namidb parameters",
												ALLOCSET_SMALL_SIZES);
	run->row_context = AllocSetContextCreate(run->context, "namidb row", ALLOCSET_DEFAULT_SIZES);
	run->scratch = nami_arena_create(nami_pg_allocator(run->context), NULL);
}

/* ---- the statement ------------------------------------------------------------------------- */

static int
compare_entries(const void *a, const void *b)
{
	return nami_str_cmp(((const NamiMapEntry *) a)->key, ((const NamiMapEntry *) b)->key);
}

/* MAP p1, p2, ... in params_context, or null when the statement has none. */
static NamiValue
evaluate_params(ForeignScanState *node, ForeignRun *run)
{
	int			count = list_length(run->params);
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	NamiArena  *arena;
	NamiMapEntry *entries;
	ListCell   *cell;

	if (count == 0)
		return nami_value_null();
	MemoryContextReset(run->params_context);
	arena = nami_arena_create(nami_pg_allocator(run->params_context), NULL);
	entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, count);
	foreach(cell, run->params)
	{
		int			i = foreach_current_index(cell);
		bool		is_null;
		Datum		datum = ExecEvalExprSwitchContext(lfirst(cell), econtext, &is_null);

		entries[i].key = run->param_names[i];
		entries[i].value = nami_foreign_parameter(datum, is_null, run->param_types[i], arena);
	}
	qsort(entries, count, sizeof(NamiMapEntry), compare_entries);
	return nami_value_map(entries, (uint32_t) count);
}

/* Finds the plan's column of each output; a query table's by its name. */
static void
bind_outputs(ForeignRun *run)
{
	const NamiPlan *plan = run->query->plan;

	for (int i = 0; i < run->output_count; i++)
	{
		Output	   *output = &run->outputs[i];

		if (run->info.by_name)
		{
			const NamiForeignColumn *column = output->column;

			output->item = -1;
			for (uint32_t j = 0; j < plan->column_count; j++)
			{
				if (nami_str_eq(plan->columns[j].name, nami_str(column->property)))
					output->item = (int) j;
			}
			if (output->item < 0)
				ereport(ERROR,
						(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
						 errmsg("the query of foreign table \"%s\" returns no column for \"%s\"",
								output->table->name, column->name),
						 errhint("The column option \"property\" tells the name of a column of the result.")));
		}
		output->slot = plan->columns[output->item].slot;
	}
}

static void
begin_query(ForeignScanState *node, ForeignRun *run, NamiValue values)
{
	NamiQueryRequest request = {
		.query = cstring_to_text(run->info.text),
		.values = values,
		.server = GetForeignServer(run->info.server)->servername,
		.user = run->user,
		.read_only = true,
		.profile = node->ss.ps.state->es_instrument != 0,
		.estate = node->ss.ps.state,
	};
	MemoryContext old = MemoryContextSwitchTo(run->context);

	run->query = nami_query_begin(&request);
	bind_outputs(run);
	MemoryContextSwitchTo(old);
}

/* Takes over the counters of the execution that is about to be replaced, or shown. */
static void
add_profile(ForeignRun *run)
{
	uint32_t	count = run->query->plan->op_count;
	const uint64_t *rows;
	const double *microseconds;

	nami_execution_profile(run->query->execution, &rows, &microseconds);
	if (rows == NULL)
		return;
	if (run->profile_rows == NULL)
	{
		run->profile_rows = MemoryContextAllocZero(run->context, (count + 1) * sizeof(uint64));
		run->profile_us = MemoryContextAllocZero(run->context, (count + 1) * sizeof(double));
	}
	for (uint32_t i = 0; i < count; i++)
	{
		run->profile_rows[i] += rows[i];
		run->profile_us[i] += microseconds[i];
	}
}

/* Once for each state: a nested loop may run the statement for every row of its outer side. */
static void
check_assumptions(ForeignRun *run)
{
	const NamiSnapshot *now = nami_execution_snapshot(run->query->execution);

	if (run->info.assumptions == NIL ||
		(run->is_checked && run->checked.view == now->view && run->checked.own == now->own &&
		 run->checked.mark == now->mark))
		return;
	nami_foreign_check_assumptions(run->info.assumptions, now);
	run->checked = *now;
	run->is_checked = true;
}

static void
begin_rows(ForeignScanState *node, ForeignRun *run)
{
	NamiValue	values = evaluate_params(node, run);

	if (run->query != NULL && run->query->profile)
		add_profile(run);
	run->executions++;
	if (run->query != NULL && !nami_query_again_values(run->query, values))
	{
		nami_query_end(run->query);
		run->query = NULL;
		run->profile_rows = NULL;	/* the plan may be another one */
	}
	if (run->query == NULL)
		begin_query(node, run, values);
	check_assumptions(run);
	run->writer = nami_query_writer(run->query, run->scratch);
	run->next_row = 0;
	run->is_ended = false;
	run->is_begun = true;
}

/* ---- rows ---------------------------------------------------------------------------------- */

NamiValue
nami_foreign_rest(const NamiForeignTable *table, NamiValue properties, NamiArena *arena)
{
	NamiMapEntry *rest;
	uint32_t	count = 0;

	if (properties.kind != NAMI_MAP)
		return properties;
	rest = NAMI_NEW_ARRAY(arena, NamiMapEntry, properties.len + 1);
	for (uint32_t i = 0; i < properties.len; i++)
	{
		const NamiMapEntry *entry = &properties.entries[i];

		if (nami_foreign_table_property(table, entry->key.ptr, entry->key.len) == NULL)
			rest[count++] = *entry;
	}
	return nami_value_map(rest, count);
}

/* What is wrong with a value is known only here: which row it belongs to. */
static void
describe_value(void *arg)
{
	const ForeignRun *run = arg;
	const Output *output = run->converting;
	const NamiForeignColumn *column;

	if (output == NULL || output->table == NULL)
		return;
	column = output->column;
	if (run->info.entity_item >= 0)
	{
		const NamiPlanColumn *entity = &run->query->plan->columns[run->info.entity_item];
		NamiValue	value = nami_vector_value(&run->query->batch->columns[entity->slot], run->row);

		if (value.kind == NAMI_NODE)
		{
			NamiId		id = nami_snapshot_node_id(nami_execution_snapshot(run->query->execution),
												   (NamiOrd) value.integer);
			char		text[NAMI_UUID_TEXT_LEN + 1];

			nami_uuid_format(id, text);
			text[NAMI_UUID_TEXT_LEN] = '\0';
			errcontext("column \"%s\" of foreign table \"%s\", %s %s", column->name,
					   output->table->name,
					   output->table->kind == NAMI_FOREIGN_EDGES ? "relationship from" : "node",
					   text);
			return;
		}
	}
	errcontext("column \"%s\" of foreign table \"%s\"", column->name, output->table->name);
}

static Datum
convert(ForeignRun *run, const Output *output, uint32_t row, bool *is_null)
{
	NamiValue	value = nami_vector_value(&run->query->batch->columns[output->slot], row);

	if (output->role == NAMI_COLUMN_REST)
		value = nami_foreign_rest(output->table, value, run->scratch);
	return nami_column_datum(&run->writer, output->writer, value, is_null);
}

/* on_type_mismatch 'null': nothing but the conversion runs inside, so no savepoint is needed. */
static Datum
convert_or_null(ForeignRun *run, const Output *output, uint32_t row, bool *is_null)
{
	MemoryContext context = CurrentMemoryContext;
	volatile Datum datum = (Datum) 0;

	PG_TRY();
	{
		datum = convert(run, output, row, is_null);
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		if (code != ERRCODE_DATATYPE_MISMATCH && ERRCODE_TO_CATEGORY(code) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		*is_null = true;
	}
	PG_END_TRY();
	return datum;
}

static void
fill_slot(ForeignRun *run, uint32_t row, TupleTableSlot *slot)
{
	ErrorContextCallback callback = {error_context_stack, describe_value, run};

	error_context_stack = &callback;
	memset(slot->tts_isnull, true, run->desc->natts * sizeof(bool));
	run->row = row;
	for (int i = 0; i < run->output_count; i++)
	{
		const Output *output = &run->outputs[i];
		int			column = output->attnum - 1;

		run->converting = output;
		slot->tts_values[column] = output->table != NULL && output->table->mismatch_is_null ?
			convert_or_null(run, output, row, &slot->tts_isnull[column]) :
			convert(run, output, row, &slot->tts_isnull[column]);
	}
	error_context_stack = callback.previous;
}

TupleTableSlot *
nami_foreign_iterate(ForeignScanState *node)
{
	ForeignRun *run = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	MemoryContext old;

	ExecClearTuple(slot);
	if (!run->is_begun)
		begin_rows(node, run);
	while (!run->is_ended &&
		   (run->query->batch == NULL || run->next_row >= run->query->batch->selected_count))
	{
		CHECK_FOR_INTERRUPTS();
		run->is_ended = !nami_query_next(run->query);
		run->next_row = 0;
	}
	if (run->is_ended)
		return slot;
	MemoryContextReset(run->row_context);
	nami_arena_reset(run->scratch);
	old = MemoryContextSwitchTo(run->row_context);
	fill_slot(run, nami_batch_row(run->query->batch, run->next_row++), slot);
	MemoryContextSwitchTo(old);
	return ExecStoreVirtualTuple(slot);
}

void
nami_foreign_rescan(ForeignScanState *node)
{
	ForeignRun *run = node->fdw_state;

	run->is_begun = false;
}

void
nami_foreign_end_scan(ForeignScanState *node)
{
	ForeignRun *run = node->fdw_state;

	if (run->query != NULL)
		nami_query_end(run->query);
	run->query = NULL;
}

/* ---- EXPLAIN ------------------------------------------------------------------------------- */

void
nami_foreign_explain_scan(ForeignScanState *node, ExplainState *es)
{
	ForeignRun *run = node->fdw_state;

	if (es->verbose)
		ExplainPropertyText("Cypher", run->info.text, es);
	if (!es->analyze || run->query == NULL || !run->query->profile)
		return;
	add_profile(run);
	if (es->verbose && run->executions > 1)
		ExplainPropertyUInteger("Cypher Executions", NULL, run->executions, es);
	nami_explain_plan(run->query->plan, run->profile_rows, run->profile_us, es);
}
