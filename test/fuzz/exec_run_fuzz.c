/*
 * exec_run_fuzz.c - any text, planned with the statistics of a small graph and run on it: an answer or an
 * error with a class, within limits of memory and time. What it writes is not committed.
 */
#include <stdlib.h>

#include "exec/engine.h"
#include "exec/functions.h"
#include "exec/procedures.h"

#define MEMORY_BYTES	((size_t) 8 * 1024 * 1024)
#define QUESTIONS_MAX	20000	/* to the host: then the statement is cancelled */

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static NamiOwner owner;
static NamiStore *store;
static NamiNamespace *ns;
static NamiHost host;
static uint32_t questions;

static bool
interrupted(void *ctx)
{
	return ++questions > QUESTIONS_MAX;
}

static NamiStatus
execute(NamiTransaction *txn, NamiView *view, const NamiPlan *plan, NamiError *err)
{
	NamiMemoryAccount account = {.limit_bytes = MEMORY_BYTES};
	NamiExecutionOptions options = {
		.host = &host,
		.allocator = nami_allocator_malloc(),
		.account = &account,
		.transaction = plan->writes ? txn : NULL,
		.params = nami_value_map(NULL, 0),
		.statement_us = 1700000000000000,
	};
	NamiExecution *execution = NULL;
	const NamiBatch *batch;
	NamiStatus	status;

	if (plan->writes)
		nami_transaction_begin_statement(txn, view);
	options.snapshot = nami_transaction_snapshot(txn, view, NAMI_MARK_NOW);
	questions = 0;
	status = nami_execution_open(plan, &options, &execution, err);
	while (status == NAMI_OK)
	{
		status = nami_execution_next(execution, &batch, err);
		if (status != NAMI_OK || batch->selected_count == 0)
			break;
	}
	nami_execution_close(execution);
	return status;
}

/* commit: for the graph that all inputs see. */
static void
run(NamiStr text, bool commit)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiTransactionOptions txn_options = {.resolve_timeout_ms = 1000};
	NamiTransactionHooks hooks = {0};
	NamiTransaction *txn = nami_transaction_begin(ns, arena, &owner, &hooks, &txn_options);
	NamiError	err = NAMI_ERROR_INIT;
	NamiView   *view = NULL;
	NamiPlan   *plan = NULL;
	NamiStatus	status;

	questions = 0;
	if (nami_transaction_view(txn, true, &view, &err) != NAMI_OK)
		abort();
	{
		NamiSnapshot snapshot = nami_transaction_snapshot(txn, view, NAMI_MARK_NOW);
		NamiPlanOptions options = {
			.find_function = nami_find_function, .find_procedure = nami_find_procedure,
			.statistics = &snapshot, .host = &host
		};

		status = nami_plan_query(arena, text, &options, &plan, &err);
	}
	if (status == NAMI_OK)
		status = execute(txn, view, plan, &err);
	if (status != NAMI_OK &&
		(commit || err.cls == NAMI_ERR_NONE || err.cls == NAMI_ERR_INTERNAL || err.position > (int64_t) text.len))
		abort();
	nami_view_release(view);
	if (commit && nami_transaction_commit(txn, &err) != NAMI_OK)
		abort();
	nami_transaction_end(txn);
	nami_arena_destroy(arena);
}

static void
open_graph(void)
{
	static bool is_open = false;
	NamiStoreOptions options = {0};
	NamiError	err = NAMI_ERROR_INIT;
	NamiStoreUri uri;
	static NamiArena *arena;	/* for ever */

	if (is_open)
		return;
	is_open = true;
	host = *nami_host_default();
	host.interrupted = interrupted;
	arena = nami_arena_create(nami_allocator_malloc(), NULL);
	nami_owner_init(&owner);
	if (nami_store_uri_parse(arena, NAMI_STR("memory://t"), &uri, &err) != NAMI_OK ||
		nami_store_open(&uri, &options, nami_host_default(), nami_allocator_malloc(), &owner, &store,
						&err) != NAMI_OK)
		abort();
	ns = nami_namespace_create(nami_host_default(), nami_allocator_malloc(), store,
							   nami_store_uri(store)->key_prefix);
	run(NAMI_STR("CREATE (a:P {n: 'a', v: 1})-[:K {w: 1}]->(b:P:Q {n: 'b', v: 2.5})-[:K {w: 2}]->(c:P {n: 'c', l: [1, 2]}), "
				 "(a)-[:L]->(c), (c)-[:L {d: date('2020-02-29')}]->(c), (:R), ({x: null})"), true);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_graph();
	run((NamiStr) {(const char *) data, size}, false);
	return 0;
}
