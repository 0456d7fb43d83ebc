/*
 * transaction.h - SQL transactions, savepoints and snapshots, and what they are to the engine.
 *
 * One NamiPgTransaction per connection and SQL transaction, made at the first use. Its writes are
 * published at PRE_COMMIT. One graph view serves all scans of one SQL statement: a statement is
 * recognised by its registered Snapshot (docs/postgres.md 3.3); REPEATABLE READ and above keep one
 * view for the transaction.
 */
#ifndef NAMI_PG_TRANSACTION_H
#define NAMI_PG_TRANSACTION_H

#include "postgres.h"

#include "graph/transaction.h"
#include "nodes/execnodes.h"
#include "pg/connection.h"
#include "utils/snapshot.h"

typedef struct NamiPgTransaction NamiPgTransaction;

/* The view that an SQL statement reads. */
typedef struct NamiStatementView
{
	Snapshot	snapshot;		/* registered; NULL under REPEATABLE READ */
	NamiView   *view;			/* a reference is held */
	bool		rows_given;		/* a scan on this view has handed out rows: no silent restart */
	bool		is_newest;		/* was looked for without regard to max_staleness */
	struct NamiStatementView *next;
} NamiStatementView;

/* Begins the engine's transaction at first use. */
extern NamiPgTransaction *nami_pg_transaction_get(NamiConnection *connection);
extern NamiTransaction *nami_pg_transaction_engine(NamiPgTransaction *txn);

/*
 * The view of the SQL statement that estate belongs to (NULL: the active snapshot's). writes: the
 * statement may write, so it looks for the newest version whatever max_staleness says.
 */
extern NamiStatementView *nami_pg_statement_view(NamiPgTransaction *txn, EState *estate,
												 bool writes);

/* After a conflict: a newer view for the same statement. */
extern void nami_pg_statement_view_refresh(NamiPgTransaction *txn, NamiStatementView *view);

/*
 * For planning only: the newest state that is at hand, with all that the transaction has staged. The
 * store is asked only when this session has not seen the namespace yet.
 */
extern NamiSnapshot nami_pg_planning_snapshot(NamiPgTransaction *txn);

/* The mark up to which a STABLE reader of this statement sees the transaction's own writes. */
extern uint64_t nami_pg_statement_mark(NamiPgTransaction *txn, EState *estate);

/*
 * Before staging: refuses read-only transactions and servers, parallel mode and a second namespace,
 * notes the savepoint level and the command. user: whose right to write files counts.
 */
extern void nami_pg_begin_write(NamiPgTransaction *txn, Oid user);

/*
 * Around an SQL function that a Cypher statement calls: while the statement writes, the function may
 * not write to the graph itself (nami_pg_begin_write() refuses). Calls are paired, also on errors.
 */
extern void nami_pg_enter_function(bool caller_writes);
extern void nami_pg_leave_function(bool caller_writes);

extern bool nami_pg_transaction_is_repeatable(void);

#endif							/* NAMI_PG_TRANSACTION_H */
