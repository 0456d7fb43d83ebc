/*
 * transaction.h - changing a namespace inside an SQL transaction.
 *
 * A NamiTransaction belongs to one SQL transaction and one namespace. Writing operators stage
 * records through it; every record is checked when it is staged (storable values, constraints,
 * dimension of indexed vectors, ends of relationships) and its key is locked against the other
 * sessions of this cluster. nami_transaction_commit() publishes all of them as one WAL segment and
 * one manifest version (spec/storage.md 4.4), rebasing over other writers' commits where nothing
 * that this transaction relied on has changed, else NAMI_ERR_CONFLICT.
 */
#ifndef NAMI_GRAPH_TRANSACTION_H
#define NAMI_GRAPH_TRANSACTION_H

#include "graph/namespace.h"
#include "graph/own.h"
#include "graph/schema_command.h"

typedef struct NamiTransaction NamiTransaction;

/* What the host offers to a writing transaction. Any member may be NULL. */
typedef struct NamiTransactionHooks
{
	void	   *ctx;

	/*
	 * Locks keys (64-bit hashes, ascending, of this namespace) until the end of the SQL transaction;
	 * *waited is set when another session held one. May unwind (deadlock, lock_timeout, cancel).
	 */
	NamiStatus	(*lock) (void *ctx, const uint64_t *keys, uint32_t count, bool shared,
						 bool *waited, NamiError *err);

	/* Around the time between the pointer PUT and the local commit: cancel and SIGTERM wait. */
	void		(*hold_interrupts) (void *ctx);

	/* Monotonic time at which the commit must give up; 0: none. Asked when the commit begins. */
	int64_t		(*commit_deadline_ms) (void *ctx);

	/*
	 * Waits, at most until that deadline, for the other sessions of this cluster that are publishing to
	 * the namespace, and keeps them waiting until the end of the SQL transaction; true when one was
	 * waited for. Only spares lost races, so it may give up; NULL: none. May unwind.
	 */
	bool		(*take_turn) (void *ctx, int64_t deadline_ms);
} NamiTransactionHooks;

typedef struct NamiTransactionOptions
{
	bool		repeatable_read;	/* REPEATABLE READ and above: one view for all statements */
	bool		read_only;		/* staging answers NAMI_ERR_READ_ONLY */
	bool		bump_epoch;
	int64_t		max_staleness_ms;
	int64_t		resolve_timeout_ms; /* to settle the outcome of a PUT */
} NamiTransactionOptions;

/* arena and owner: transaction lifetime. Contacts nobody. */
extern NamiTransaction *nami_transaction_begin(NamiNamespace *ns, NamiArena *arena,
											   NamiOwner *owner,
											   const NamiTransactionHooks *hooks,
											   const NamiTransactionOptions *options);

/* Releases what the transaction holds (views); without a commit before, its records are dropped. */
extern void nami_transaction_end(NamiTransaction *txn);

/* ---- statements and savepoints ------------------------------------------------------------- */

/*
 * The view for a new statement (READ COMMITTED: the newest; else the pinned one), with a reference
 * for the caller. writes: the statement may write, so max_staleness does not apply.
 */
extern NamiStatus nami_transaction_view(NamiTransaction *txn, bool writes, NamiView **out,
										NamiError *err) NAMI_MUST_CHECK;

/*
 * Begins staging for a statement that reads the given view (from nami_transaction_view). Its writes
 * rely on that view; an error, or a restart, is followed by nami_transaction_rollback_to(mark).
 */
extern void nami_transaction_begin_statement(NamiTransaction *txn, const NamiView *view);

/*
 * The same for a statement that goes on after others have staged in between (triggers): what it has
 * left to check stays. Cheap when nothing has come in between; frees scratch memory.
 */
extern void nami_transaction_resume_statement(NamiTransaction *txn, const NamiView *view);

/*
 * Checks what holds only at the end of a statement, for the records above mark (the one at the
 * statement's begin): nodes deleted without DETACH have no relationships left (NAMI_ERR_DANGLING).
 */
extern NamiStatus nami_transaction_end_statement(NamiTransaction *txn, uint64_t mark,
												 NamiError *err) NAMI_MUST_CHECK;

/* True when a record above mark has been staged for it. */
extern bool nami_transaction_node_is_staged(const NamiTransaction *txn, NamiOrd ord,
											uint64_t mark);
extern bool nami_transaction_edge_is_staged(const NamiTransaction *txn, NamiTypeId type,
											NamiEdgePos pos, uint64_t mark);

/* The present mark; staged records so far are <= it. */
extern uint64_t nami_transaction_mark(const NamiTransaction *txn);
extern void nami_transaction_rollback_to(NamiTransaction *txn, uint64_t mark);
extern bool nami_transaction_has_writes(const NamiTransaction *txn);

/*
 * The state a reader of this transaction sees: view as given, own records up to mark. With
 * NAMI_MARK_NOW, taken after nami_transaction_begin_statement(), also what is staged later.
 */
extern NamiSnapshot nami_transaction_snapshot(const NamiTransaction *txn, const NamiView *view,
											  uint64_t mark);

/* ---- staging ------------------------------------------------------------------------------- */

/*
 * All of these need nami_transaction_begin_statement() before. Ordinals are those of its view and of
 * own records. props is a MAP; null entries are dropped; the record replaces the whole node or
 * relationship. When another session's commit has changed the key since the statement's view, they
 * fail with NAMI_ERR_CONFLICT and err->retryable set: running the statement again on a newer view
 * may succeed (READ COMMITTED does that as long as no row was handed out).
 */

/* id NULL: a new UUIDv7. An id that is live already: NAMI_ERR_UNIQUE. */
extern NamiStatus nami_transaction_create_node(NamiTransaction *txn, const NamiId *id,
											   const NamiLabelId *labels, uint32_t label_count,
											   NamiValue props, NamiOrd *ord,
											   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_transaction_set_node(NamiTransaction *txn, NamiOrd ord,
											const NamiLabelId *labels, uint32_t label_count,
											NamiValue props, NamiError *err) NAMI_MUST_CHECK;

/* detach: tombstones for every incident relationship first. Deleting twice is a no-op. */
extern NamiStatus nami_transaction_delete_node(NamiTransaction *txn, NamiOrd ord, bool detach,
											   NamiError *err) NAMI_MUST_CHECK;

/* Creates or replaces (there are no parallel relationships). Ends must be live. */
extern NamiStatus nami_transaction_put_edge(NamiTransaction *txn, NamiTypeId type, NamiOrd src,
											NamiOrd dst, NamiValue props, NamiEdgePos *pos,
											NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_transaction_delete_edge(NamiTransaction *txn, NamiTypeId type, NamiOrd src,
											   NamiOrd dst, NamiError *err) NAMI_MUST_CHECK;

/*
 * Locks nodes for writing in one go and checks that they are unchanged: saves a freshness probe per
 * row when a batch is updated. Staging does it singly otherwise.
 */
extern NamiStatus nami_transaction_lock_nodes(NamiTransaction *txn, const NamiOrd *ords,
											  uint32_t count, NamiError *err) NAMI_MUST_CHECK;

/*
 * Before MERGE decides: locks the probe (label, keys, values), makes sure that no newer commit
 * answers it differently, and remembers it for the commit. labels may be empty.
 */
extern NamiStatus nami_transaction_lock_probe(NamiTransaction *txn, const NamiLabelId *labels,
											  uint32_t label_count, const NamiKeyId *keys,
											  const NamiValue *values, uint32_t key_count,
											  NamiError *err) NAMI_MUST_CHECK;

/*
 * Stages a schema statement, checked like data: what it adds must not be there (NAMI_ERR_DUPLICATE_
 * OBJECT), what it drops must be (NAMI_ERR_UNDEFINED_OBJECT), and the rows must satisfy a constraint
 * that it adds (NAMI_ERR_UNIQUE; of a vector index NAMI_ERR_CHECK). A tolerant command that finds
 * nothing to do stages nothing. Later statements of the transaction are bound by it. The commit asks
 * again when other writers have come between, and fails with the same classes.
 */
extern NamiStatus nami_transaction_schema(NamiTransaction *txn, const NamiSchemaCommand *command,
										  NamiError *err) NAMI_MUST_CHECK;

/* ---- commit -------------------------------------------------------------------------------- */

/*
 * Publishes. NAMI_OK: durable (or nothing was staged). NAMI_ERR_CONFLICT: nothing was published.
 * NAMI_ERR_IN_DOUBT: the outcome could not be settled within resolve_timeout_ms; the message names
 * version and writer id. After NAMI_OK the namespace's newest view includes the change.
 */
extern NamiStatus nami_transaction_commit(NamiTransaction *txn, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_GRAPH_TRANSACTION_H */
