/*
 * query.h - one Cypher statement from compile to last row.
 *
 *	NamiQuery *q = nami_query_begin(...);
 *	while (nami_query_next(q)) { ... q->batch ... }
 *	nami_query_end(q);
 *
 * A statement that writes is run to its end by nami_query_begin()'s first batch; when it meets
 * another session's commit under READ COMMITTED it is run again on a newer view, as long as no scan
 * of the SQL statement has given rows.
 */
#ifndef NAMI_PG_QUERY_H
#define NAMI_PG_QUERY_H

#include "postgres.h"

#include "exec/engine.h"
#include "pg/connection.h"
#include "pg/jsonb_out.h"
#include "pg/plan_cache.h"
#include "pg/transaction.h"
#include "utils/jsonb.h"

typedef struct NamiQueryRequest
{
	text	   *query;
	Jsonb	   *params;			/* NULL: none */
	NamiValue	values;			/* parameters in place of params: MAP, copied; or null */
	const char *server;			/* NULL: default */
	Oid			user;			/* whose rights count; InvalidOid: the current user's */
	bool		read_only;		/* writing clauses are 25006 */
	bool		profile;
	bool		is_planning;	/* only compiled, with the statistics that are at hand */
	EState	   *estate;			/* of the calling SQL statement, or NULL */
} NamiQueryRequest;

typedef struct NamiQuery
{
	NamiServer	server;
	NamiCachedPlan *cached;
	const NamiPlan *plan;
	NamiPgTransaction *txn;
	NamiStatementView *view;	/* NULL when the statement reads no graph */
	MemoryContext context;		/* of the whole query */
	MemoryContext params_context;
	MemoryContext run_context;	/* of one attempt */
	NamiMemoryAccount account;
	NamiOwner  *owner;
	NamiValue	params;
	NamiExecution *execution;
	const NamiBatch *batch;
	uint64		mark;			/* of the transaction, before the statement */
	bool		read_only;
	Oid			caller;
	EState	   *estate;
	bool		profile;
	bool		is_first;
	NamiStr    *column_names;	/* in the database encoding */
} NamiQuery;

/* Compiles and opens, in the current context's child. Raises everything that goes wrong. */
extern NamiQuery *nami_query_begin(const NamiQueryRequest *request);

/* The next batch of rows into q->batch; false at the end. */
extern bool nami_query_next(NamiQuery *query);

/*
 * Runs a statement that only reads once more from its beginning, without looking at its text again.
 * nami_query_repeat(): the same parameters on the same state. nami_query_again(): other parameters, on
 * what a new call would see; false when that needs a new nami_query_begin(), and nothing was done.
 */
extern void nami_query_repeat(NamiQuery *query);
extern bool nami_query_again(NamiQuery *query, Jsonb *params);
extern bool nami_query_again_values(NamiQuery *query, NamiValue values);

/* Ends the statement (checks that hold only now have been made by the last nami_query_next). */
extern void nami_query_end(NamiQuery *query);

/* A writer of values for the rows of q->batch; scratch is the caller's. */
extern NamiJsonbWriter nami_query_writer(const NamiQuery *query, NamiArena *scratch);

/* Raises when a parameter of the plan is missing in params (MAP, or null). */
extern void nami_query_check_parameters(const NamiCachedPlan *cached, NamiValue params);

/* Compiles only, with the rights checked. */
extern NamiCachedPlan *nami_query_compile(const NamiQueryRequest *request, NamiServer *server);

/* The same for an estimate: NULL when the statement would fail for its text, server or rights. */
extern NamiCachedPlan *nami_query_try_compile(const NamiQueryRequest *request);

#endif							/* NAMI_PG_QUERY_H */
