/*
 * call.c - the SQL functions that run Cypher.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/host.h"
#include "pg/jsonb_in.h"
#include "pg/query.h"
#include "pg/row_out.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(namidb_cypher);
PG_FUNCTION_INFO_V1(namidb_cypher_record);
PG_FUNCTION_INFO_V1(namidb_cypher_as);
PG_FUNCTION_INFO_V1(namidb_query);
PG_FUNCTION_INFO_V1(namidb_explain);
PG_FUNCTION_INFO_V1(namidb_describe);

/* Where the rows of a call go. */
typedef struct Rows
{
	ReturnSetInfo *rsinfo;
	Tuplestorestate *store;
	TupleDesc	desc;
} Rows;

static EState *
calling_statement(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) || rsinfo->econtext == NULL)
		return NULL;
	return rsinfo->econtext->ecxt_estate;
}

/* A tuplestore in the caller's per-query memory, with the given row type (NULL: expectedDesc). */
static void
begin_rows(FunctionCallInfo fcinfo, TupleDesc desc, Rows *rows)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rows->rsinfo = rsinfo;
	rows->desc = CreateTupleDescCopy(desc);
	rows->store = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
										false, work_mem);
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = rows->store;
	rsinfo->setDesc = rows->desc;
	MemoryContextSwitchTo(old);
}

static void
request_from_args(FunctionCallInfo fcinfo, int first, bool read_only, NamiQueryRequest *request)
{
	memset(request, 0, sizeof(*request));
	request->query = PG_GETARG_TEXT_PP(first);
	request->params = PG_ARGISNULL(first + 1) ? NULL : PG_GETARG_JSONB_P(first + 1);
	request->server = PG_ARGISNULL(first + 2) ? NULL : NameStr(*PG_GETARG_NAME(first + 2));
	request->read_only = read_only;
	request->estate = calling_statement(fcinfo);
}

/* One-column row type: jsonb or text. */
static TupleDesc
scalar_desc(Oid type, const char *name)
{
	TupleDesc	desc = CreateTemplateTupleDesc(1);

	TupleDescInitEntry(desc, 1, name, type, -1, 0);
	return desc;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void
put_batch(const NamiQuery *query, NamiRowWriter *writer, MemoryContext row_context, Rows *rows,
		  Datum *datums, bool *nulls)
{
	for (uint32_t i = 0; i < query->batch->selected_count; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(row_context);

		nami_row_write(writer, nami_batch_row(query->batch, i), datums, nulls);
		tuplestore_putvalues(rows->store, rows->desc, datums, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
}

static void
put_rows(const NamiQueryRequest *request, NamiRowForm form, Oid row_type, Rows *rows)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "namidb call",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext row_context = AllocSetContextCreate(context, "namidb row",
													  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	NamiQuery  *query = nami_query_begin(request);
	NamiRowWriter *writer = nami_row_writer_create(form, rows->desc, row_type);
	Datum	   *datums = palloc((rows->desc->natts + 1) * sizeof(Datum));
	bool	   *nulls = palloc((rows->desc->natts + 1) * sizeof(bool));

	nami_row_writer_use(writer, query);
	while (nami_query_next(query))
	{
		/* A statement without RETURN has no columns and gives no rows. */
		if (query->plan->column_count > 0)
			put_batch(query, writer, row_context, rows, datums, nulls);
		CHECK_FOR_INTERRUPTS();
	}
	nami_query_end(query);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

static Datum
call_jsonb(FunctionCallInfo fcinfo, bool read_only)
{
	NamiQueryRequest request;
	Rows		rows;

	begin_rows(fcinfo, scalar_desc(JSONBOID, "r"), &rows);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	request_from_args(fcinfo, 0, read_only, &request);
	put_rows(&request, NAMI_ROW_JSONB, InvalidOid, &rows);
	return (Datum) 0;
}

Datum
namidb_cypher(PG_FUNCTION_ARGS)
{
	return call_jsonb(fcinfo, false);
}

Datum
namidb_query(PG_FUNCTION_ARGS)
{
	return call_jsonb(fcinfo, true);
}

Datum
namidb_cypher_record(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	NamiQueryRequest request;
	Rows		rows;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) || rsinfo->expectedDesc == NULL ||
		rsinfo->expectedDesc->tdtypeid != RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("a column definition list is required for namidb_cypher_record"),
				 errhint("For example: … AS t(name text, born date).")));
	begin_rows(fcinfo, rsinfo->expectedDesc, &rows);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	request_from_args(fcinfo, 0, false, &request);
	put_rows(&request, NAMI_ROW_BY_POSITION, InvalidOid, &rows);
	return (Datum) 0;
}

Datum
namidb_cypher_as(PG_FUNCTION_ARGS)
{
	Oid			row_type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	NamiQueryRequest request;
	TupleDesc	desc;
	Rows		rows;

	nami_check_row_type(row_type);
	desc = lookup_rowtype_tupdesc_domain(row_type, -1, false);
	begin_rows(fcinfo, desc, &rows);
	ReleaseTupleDesc(desc);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	request_from_args(fcinfo, 1, false, &request);
	put_rows(&request, NAMI_ROW_BY_NAME, row_type, &rows);
	return (Datum) 0;
}

/* ---- explain, describe --------------------------------------------------------------------- */

static void
put_lines(Rows *rows, NamiStr text)
{
	while (text.len > 0)
	{
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t		len = end != NULL ? (size_t) (end - text.ptr) : text.len;
		NamiStr		line = nami_text_to_server((NamiStr) {text.ptr, len});
		Datum		datum = PointerGetDatum(cstring_to_text_with_len(line.ptr, (int) line.len));
		bool		is_null = false;

		tuplestore_putvalues(rows->store, rows->desc, &datum, &is_null);
		len += end != NULL;
		text = nami_str_slice(text, len, text.len);
	}
}

static void
explain_analyze(const NamiQueryRequest *request, Rows *rows)
{
	NamiQuery  *query = nami_query_begin(request);
	NamiArena  *arena = nami_arena_create(nami_pg_allocator(query->context), NULL);
	const uint64_t *actual_rows;
	const double *actual_us;

	while (nami_query_next(query))
		CHECK_FOR_INTERRUPTS();
	nami_execution_profile(query->execution, &actual_rows, &actual_us);
	put_lines(rows, nami_plan_explain(query->plan, true, actual_rows, actual_us, arena));
	nami_query_end(query);
}

Datum
namidb_explain(PG_FUNCTION_ARGS)
{
	NamiQueryRequest request;
	NamiCachedPlan *cached;
	NamiArena  *arena;
	NamiServer	server;
	Rows		rows;

	begin_rows(fcinfo, scalar_desc(TEXTOID, "namidb_explain"), &rows);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	request_from_args(fcinfo, 0, false, &request);
	if (!PG_ARGISNULL(3) && PG_GETARG_BOOL(3))
	{
		request.profile = true;
		explain_analyze(&request, &rows);
		return (Datum) 0;
	}
	arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	cached = nami_query_compile(&request, &server);
	if (request.params != NULL)
		nami_query_check_parameters(cached, nami_params_from_jsonb(request.params,
																   nami_settings.json_format,
																   arena));
	put_lines(&rows, nami_plan_explain(cached->plan, true, NULL, NULL, arena));
	return (Datum) 0;
}

static const char *
static_type_name(NamiStaticType type)
{
	switch (type)
	{
		case NAMI_STATIC_NODE:
			return "NODE";
		case NAMI_STATIC_REL:
			return "RELATIONSHIP";
		case NAMI_STATIC_REL_LIST:
		case NAMI_STATIC_LIST:
			return "LIST";
		case NAMI_STATIC_PATH:
			return "PATH";
		case NAMI_STATIC_BOOL:
			return "BOOLEAN";
		case NAMI_STATIC_INT:
			return "INTEGER";
		case NAMI_STATIC_FLOAT:
			return "FLOAT";
		case NAMI_STATIC_NUMBER:
			return "NUMBER";
		case NAMI_STATIC_STRING:
			return "STRING";
		case NAMI_STATIC_MAP:
			return "MAP";
		case NAMI_STATIC_BYTES:
			return "BYTES";
		case NAMI_STATIC_VECTOR:
			return "VECTOR";
		case NAMI_STATIC_DATE:
			return "DATE";
		case NAMI_STATIC_LOCALTIME:
			return "LOCALTIME";
		case NAMI_STATIC_TIME:
			return "TIME";
		case NAMI_STATIC_LOCALDATETIME:
			return "LOCALDATETIME";
		case NAMI_STATIC_DATETIME:
			return "DATETIME";
		case NAMI_STATIC_DURATION:
			return "DURATION";
		case NAMI_STATIC_ANY:
		case NAMI_STATIC_VALUE:
			break;
	}
	return "ANY";
}

Datum
namidb_describe(PG_FUNCTION_ARGS)
{
	NamiQueryRequest request = {0};
	NamiCachedPlan *cached;
	NamiServer	server;
	TupleDesc	desc;
	Rows		rows;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	begin_rows(fcinfo, desc, &rows);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	request.query = PG_GETARG_TEXT_PP(0);
	request.server = PG_ARGISNULL(1) ? NULL : NameStr(*PG_GETARG_NAME(1));
	cached = nami_query_compile(&request, &server);
	for (uint32_t i = 0; i < cached->plan->column_count; i++)
	{
		const NamiPlanColumn *column = &cached->plan->columns[i];
		NamiStr		name = nami_text_to_server(column->name);
		Datum		datums[3] = {
			Int32GetDatum((int32) i + 1),
			PointerGetDatum(cstring_to_text_with_len(name.ptr, (int) name.len)),
			CStringGetTextDatum(static_type_name(column->type)),
		};
		bool		nulls[3] = {false, false, false};

		tuplestore_putvalues(rows.store, rows.desc, datums, nulls);
	}
	return (Datum) 0;
}
