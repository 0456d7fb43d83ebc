/*
 * query.c - running one Cypher statement inside an SQL statement.
 */
#include "postgres.h"

#include "pg/query.h"

#include "access/xact.h"
#include "base/value_ops.h"
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

static NamiSnapshot
planning_statistics(void *arg)
{
	StatisticsRequest *request = arg;

	return nami_pg_planning_snapshot(request->txn);
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
							   request->is_planning ? planning_statistics : statement_statistics,
							   &statistics);
}

NamiCachedPlan *
nami_query_compile(const NamiQueryRequest *request, NamiServer *server)
{
	nami_server_get(request->server, GetUserId(), server);
	return compile(request, server);
}

NamiCachedPlan *
nami_query_try_compile(const NamiQueryRequest *request)
{
	NamiServer	server;
	StatisticsRequest statistics = {NULL, request->estate};
	size_t		len;
	const char *text;
	Oid			user = OidIsValid(request->user) ? request->user : GetUserId();

	if (!nami_server_may_use(request->server, user))
		return NULL;
	nami_server_get(request->server, user, &server);
	statistics.txn = nami_pg_transaction_get(server.connection);
	text = query_text(request->query, &len);
	return nami_plan_cache_try(server.connection, text, len, request->read_only,
							   planning_statistics, &statistics);
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

	if (query->run_context == NULL)
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
close_execution(NamiQuery *query)
{
	nami_execution_close(query->execution);
	query->execution = NULL;
	MemoryContextReset(query->run_context);
}

static void
restart(NamiQuery *query)
{
	nami_transaction_rollback_to(nami_pg_transaction_engine(query->txn), query->mark);
	close_execution(query);
	nami_pg_statement_view_refresh(query->txn, query->view);
	open_execution(query);
}

static void
finish_write(NamiQuery *query)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_transaction_end_statement(nami_pg_transaction_engine(query->txn), query->mark,
									   &err) != NAMI_OK)
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

static void
read_parameters(NamiQuery *query, Jsonb *params, NamiValue values)
{
	MemoryContext old = MemoryContextSwitchTo(query->params_context);
	NamiArena  *arena = NULL;

	if (params != NULL || values.kind != NAMI_NULL)
		arena = nami_arena_create(nami_pg_allocator(query->params_context), NULL);
	query->params = params != NULL ?
		nami_params_from_jsonb(params, nami_settings.json_format, arena) :
		values.kind != NAMI_NULL ? nami_value_copy(arena, values) : nami_value_null();
	nami_query_check_parameters(query->cached, query->params);
	MemoryContextSwitchTo(old);
}

/* What the statement sees of its own transaction when it is called now. */
static uint64
present_mark(const NamiQuery *query)
{
	return query->read_only ? nami_pg_statement_mark(query->txn, query->estate) :
		nami_transaction_mark(nami_pg_transaction_engine(query->txn));
}

NamiQuery *
nami_query_begin(const NamiQueryRequest *request)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "namidb query",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	NamiQuery  *query = palloc0(sizeof(NamiQuery));
	Oid			user = OidIsValid(request->user) ? request->user : GetUserId();

	query->context = context;
	query->params_context = AllocSetContextCreate(context, "namidb parameters",
												  ALLOCSET_SMALL_SIZES);
	query->estate = request->estate;
	query->read_only = request->read_only;
	query->caller = GetUserId();
	query->profile = request->profile;
	query->is_first = true;
	nami_server_get(request->server, user, &query->server);
	query->txn = nami_pg_transaction_get(query->server.connection);
	query->cached = compile(request, &query->server);
	query->plan = query->cached->plan;
	read_parameters(query, request->params, request->values);
	if (query->plan->writes)
		nami_pg_begin_write(query->txn, user);
	if (query->plan->reads_graph || query->plan->writes)
		query->view = nami_pg_statement_view(query->txn, request->estate, query->plan->writes);
	query->mark = present_mark(query);
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

static void
run_again(NamiQuery *query)
{
	MemoryContext old = MemoryContextSwitchTo(query->context);

	if (query->view != NULL)
		query->view = nami_pg_statement_view(query->txn, query->estate, false);
	query->batch = NULL;
	query->is_first = true;
	open_execution(query);
	MemoryContextSwitchTo(old);
}

void
nami_query_repeat(NamiQuery *query)
{
	Assert(!query->plan->writes);
	close_execution(query);
	run_again(query);
}

/*
 * What was staged meanwhile may be a constraint or an index, and another user has other rights: such a
 * statement begins anew.
 */
static bool
again(NamiQuery *query, Jsonb *params, NamiValue values)
{
	if (query->plan->writes || query->plan->uses_host || query->caller != GetUserId() ||
		query->mark != present_mark(query))
		return false;
	close_execution(query);
	MemoryContextReset(query->params_context);
	read_parameters(query, params, values);
	run_again(query);
	return true;
}

bool
nami_query_again(NamiQuery *query, Jsonb *params)
{
	return again(query, params, nami_value_null());
}

bool
nami_query_again_values(NamiQuery *query, NamiValue values)
{
	return again(query, NULL, values);
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
