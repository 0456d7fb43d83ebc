/*
 * query.c - running one Cypher statement inside an SQL statement.
 */
#include "postgres.h"

#include "pg/query.h"

#include "access/xact.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/host.h"
#include "pg/jsonb_in.h"
#include "pg/settings.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Attempts of a statement that meets other sessions' commits under READ COMMITTED. */
#define MAX_RESTARTS	100

/* ---- compiling ----------------------------------------------------------------------------- */

static const char *
query_text(text *query, size_t *len)
{
	char	   *native = text_to_cstring(query);
	char	   *utf8 = pg_server_to_any(native, (int) strlen(native), PG_UTF8);

	*len = strlen(utf8);
	return utf8;
}

/*
 * Statistics come from the view that the statement reads anyway. Whether it writes is only known
 * after compiling, so a text seen for the first time is planned on the view for reading.
 */
typedef struct StatisticsRequest
{
	NamiPgTransaction *txn;
	EState	   *estate;
} StatisticsRequest;

static NamiSnapshot
statement_statistics(void *arg)
{
	StatisticsRequest *request = arg;
	NamiStatementView *view = nami_pg_statement_view(request->txn, request->estate, false);

	return nami_transaction_snapshot(nami_pg_transaction_engine(request->txn), view->view,
									 NAMI_MARK_NOW);
}

static NamiCachedPlan *
compile(const NamiQueryRequest *request, NamiServer *server)
{
	StatisticsRequest statistics = {
		nami_pg_transaction_get(server->connection), request->estate
	};
	size_t		len;
	const char *text = query_text(request->query, &len);

	return nami_plan_cache_get(server->connection, text, len, request->read_only,
							   statement_statistics, &statistics);
}

NamiCachedPlan *
nami_query_compile(const NamiQueryRequest *request, NamiServer *server)
{
	nami_server_get(request->server, GetUserId(), server);
	return compile(request, server);
}

void
nami_query_check_parameters(const NamiCachedPlan *cached, NamiValue params)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_check_parameters(cached->plan, params, &err) != NAMI_OK)
		nami_pg_raise(&err, cached->text);
}

static NamiStr *
column_names(const NamiPlan *plan)
{
	NamiStr    *names = palloc((plan->column_count + 1) * sizeof(NamiStr));

	for (uint32_t i = 0; i < plan->column_count; i++)
		names[i] = nami_text_to_server(plan->columns[i].name);
	return names;
}

/* ---- running ------------------------------------------------------------------------------- */

static void
raise_for(NamiQuery *query, const NamiError *err)
{
	nami_pg_raise(err, query->cached->text);
}

static void
open_execution(NamiQuery *query)
{
	NamiTransaction *engine = nami_pg_transaction_engine(query->txn);
	NamiExecutionOptions options = {0};
	NamiError	err = NAMI_ERROR_INIT;

	query->run_context = AllocSetContextCreate(query->context, "namidb execution",
											   ALLOCSET_DEFAULT_SIZES);
	nami_pg_account_init(&query->account, NULL);
	options.host = nami_pg_host();
	options.allocator = nami_pg_allocator(query->run_context);
	options.account = &query->account;
	options.owner = nami_pg_owner(query->run_context);
	options.params = query->params;
	options.statement_us = GetCurrentStatementStartTimestamp() +
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	options.profile = query->profile;
	if (query->plan->writes)
	{
		query->mark = nami_transaction_mark(engine);
		nami_transaction_begin_statement(engine, query->view->view);
		options.transaction = engine;
	}
	if (query->view != NULL)
		options.snapshot = nami_transaction_snapshot(engine, query->view->view,
													 query->plan->writes ? NAMI_MARK_NOW :
													 query->mark);
	if (nami_execution_open(query->plan, &options, &query->execution, &err) != NAMI_OK)
		raise_for(query, &err);
}

/*
 * A conflict that a newer view may cure: drop what this statement staged and run it again. All locks
 * are kept, so the same keys cannot be lost a second time.
 */
static bool
can_restart(NamiQuery *query, const NamiError *err)
{
	return query->plan->writes && err->cls == NAMI_ERR_CONFLICT && err->retryable &&
		!nami_pg_transaction_is_repeatable() && !query->view->rows_given;
}

static void
restart(NamiQuery *query)
{
	nami_transaction_rollback_to(nami_pg_transaction_engine(query->txn), query->mark);
	nami_execution_close(query->execution);
	query->execution = NULL;
	MemoryContextDelete(query->run_context);
	nami_pg_statement_view_refresh(query->txn, query->view);
	open_execution(query);
}

static void
finish_write(NamiQuery *query)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_transaction_end_statement(nami_pg_transaction_engine(query->txn), &err) != NAMI_OK)
		raise_for(query, &err);
	CommandCounterIncrement();
}

/* The first batch of a writing statement comes after all its writes. */
static void
run_first(NamiQuery *query)
{
	NamiError	err = NAMI_ERROR_INIT;

	for (int attempt = 0;; attempt++)
	{
		if (nami_execution_next(query->execution, &query->batch, &err) == NAMI_OK)
			break;
		if (!can_restart(query, &err) || attempt >= MAX_RESTARTS)
			raise_for(query, &err);
		CHECK_FOR_INTERRUPTS();
		restart(query);
	}
	if (query->plan->writes)
		finish_write(query);
}

NamiQuery *
nami_query_begin(const NamiQueryRequest *request)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "namidb query",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	NamiQuery  *query = palloc0(sizeof(NamiQuery));

	query->context = context;
	query->estate = request->estate;
	query->profile = request->profile;
	query->is_first = true;
	nami_server_get(request->server, GetUserId(), &query->server);
	query->txn = nami_pg_transaction_get(query->server.connection);
	query->cached = compile(request, &query->server);
	query->plan = query->cached->plan;
	if (request->params != NULL)
		query->params = nami_params_from_jsonb(request->params, nami_settings.json_format,
											   nami_arena_create(nami_pg_allocator(context), NULL));
	nami_query_check_parameters(query->cached, query->params);
	if (query->plan->writes)
		nami_pg_begin_write(query->txn);
	if (query->plan->reads_graph || query->plan->writes)
		query->view = nami_pg_statement_view(query->txn, request->estate, query->plan->writes);
	query->mark = request->read_only ? nami_pg_statement_mark(query->txn, request->estate) :
		nami_transaction_mark(nami_pg_transaction_engine(query->txn));
	query->column_names = column_names(query->plan);
	open_execution(query);
	MemoryContextSwitchTo(old);
	return query;
}

bool
nami_query_next(NamiQuery *query)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (query->is_first)
	{
		run_first(query);
		query->is_first = false;
	}
	else if (nami_execution_next(query->execution, &query->batch, &err) != NAMI_OK)
		raise_for(query, &err);
	if (query->batch->selected_count == 0)
		return false;
	if (query->view != NULL)
		query->view->rows_given = true;
	return true;
}

void
nami_query_end(NamiQuery *query)
{
	nami_execution_close(query->execution);
	MemoryContextDelete(query->context);
}

NamiJsonbWriter
nami_query_writer(const NamiQuery *query, NamiArena *scratch)
{
	return (NamiJsonbWriter) {
		nami_execution_snapshot(query->execution), scratch, nami_settings.json_format
	};
}
