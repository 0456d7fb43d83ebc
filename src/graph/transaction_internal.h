/*
 * transaction_internal.h - the inside of a transaction, shared by transaction*.c and commit*.c.
 */
#ifndef NAMI_GRAPH_TRANSACTION_INTERNAL_H
#define NAMI_GRAPH_TRANSACTION_INTERNAL_H

#include "base/buf.h"
#include "base/vec.h"
#include "graph/own_schema.h"
#include "graph/relied.h"
#include "graph/transaction.h"

/* What one transaction may stage (docs/engine.md 3.3). */
#define NAMI_TRANSACTION_BYTES_MAX	(UINT64_C(1) << 30)

/* Lock keys that the host holds for us: a stack with a chained hash, as in relied.c. */
typedef struct NamiHeldLock
{
	uint64_t	key;
	uint64_t	mark;			/* of the transaction when it was taken */
	uint32_t	next;
	bool		shared;
} NamiHeldLock;

typedef struct NamiHeldLocks
{
	NAMI_VEC(NamiHeldLock) items;
	uint32_t   *buckets;
	uint32_t	bucket_count;
} NamiHeldLocks;

/* A relationship that a node deleted without DETACH had: it must be gone when the statement ends. */
typedef struct NamiLeftover
{
	NamiTypeId	type;
	NamiOrd		src;
	NamiOrd		dst;
	NamiId		node;			/* the deleted one */
	uint64_t	mark;
} NamiLeftover;

struct NamiTransaction
{
	NamiResource resource;		/* gives the views back */
	NamiNamespace *ns;
	NamiArena  *arena;
	NamiArena  *scratch;		/* forgotten at each call */
	NamiOwner  *owner;
	const NamiHost *host;
	NamiCatalog *catalog;
	NamiTransactionHooks hooks;
	NamiTransactionOptions options;

	NamiOwnWrites *own;			/* NULL until the first statement that stages */
	NamiRelied *relied;
	NamiHeldLocks held;
	NAMI_VEC(NamiLeftover) leftovers;

	/* References are held. */
	const NamiView *pinned_view;	/* REPEATABLE READ */
	const NamiView *statement_view;
	const NamiView *base_view;	/* everything relied on was as it is here */
	const NamiView *newest_view;	/* seen while locking, else the statement's */
	const NamiView *first_view; /* the oldest one under which something was staged: constraints
								 * were asked no earlier than here */

	bool		has_probed;		/* this statement has looked for a newer version after a lock */
	bool		is_doomed;		/* what earlier statements relied on has changed */
	bool		is_holding_interrupts;
	bool		is_committing;	/* the store's deadline and interruptibility are ours */
	NamiError	doom;
};

/* Replaces a held view; view NULL just gives the old one back. */
extern void nami_transaction_hold_view(const NamiView **slot, const NamiView *view);

/* The statement's state with everything that is staged. */
extern NamiSnapshot nami_transaction_now(const NamiTransaction *txn, const NamiView *view);

/* Refuses to stage: read-only, doomed, too much staged. */
extern NamiStatus nami_transaction_may_stage(NamiTransaction *txn, NamiError *err) NAMI_MUST_CHECK;

/* ---- transaction_lock.c --------------------------------------------------------------------- */

/*
 * Takes what is not held yet, and looks for a newer version when that is due. Keys are change keys
 * or probe hashes; the array is reordered.
 */
extern NamiStatus nami_transaction_lock_keys(NamiTransaction *txn, uint64_t *keys, uint32_t count,
											 bool shared, NamiError *err) NAMI_MUST_CHECK;

/* Forgets the locks that were taken at mark or later: a rolled-back savepoint gave them back. */
extern void nami_transaction_forget_locks(NamiTransaction *txn, uint64_t mark);

/* The entries of txn->relied from number first on still hold in the newest view. */
extern NamiStatus nami_transaction_check_fresh(NamiTransaction *txn, uint32_t first,
											   NamiError *err) NAMI_MUST_CHECK;

/* Fills err: running the statement again may help, unless the isolation level forbids it. */
extern NamiStatus nami_transaction_conflict(NamiTransaction *txn, const char *what, NamiError *err);

/* ---- transaction_check.c -------------------------------------------------------------------- */

/*
 * The properties as they will be stored: without nulls, storable, indexed vectors as vectors, times
 * as the store keeps them. old: what the record had before (NULL kind when it is new). In scratch.
 */
extern NamiStatus nami_transaction_prepare_node(NamiTransaction *txn, NamiOrd ord,
												const NamiLabelId *labels, uint32_t label_count,
												NamiValue *props, NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_transaction_prepare_edge(NamiTransaction *txn, NamiTypeId type,
												NamiEdgePos pos, NamiValue *props,
												NamiError *err) NAMI_MUST_CHECK;

/* Locks and asks the uniqueness constraints of the labels. ord NAMI_ORD_NONE: a new node. */
extern NamiStatus nami_transaction_check_unique(NamiTransaction *txn, NamiOrd ord,
												const NamiLabelId *labels, uint32_t label_count,
												NamiValue props, NamiError *err) NAMI_MUST_CHECK;

/*
 * Commit: asks the constraints and vector indexes that view declares again for every staged node.
 * A violation is NAMI_ERR_CONFLICT.
 */
extern NamiStatus nami_transaction_recheck_nodes(NamiTransaction *txn, const NamiView *view,
												 const NamiOwnRecord *records, uint32_t count,
												 NamiError *err) NAMI_MUST_CHECK;

/* "email" = 'a', "n" = 1: for messages. */
extern void nami_transaction_put_values(NamiBuf *buf, const NamiCatalog *catalog,
										const NamiKeyId *keys, const NamiValue *values,
										uint32_t count);

/* ---- transaction_schema.c ------------------------------------------------------------------- */

/* The staged schema changes still stand when they are added to view: definitions and rows. */
extern NamiStatus nami_transaction_recheck_schema(NamiTransaction *txn, const NamiView *view,
												  NamiError *err) NAMI_MUST_CHECK;

/* Enters the changes into the next manifest of view. *is_changed is false when there is nothing. */
extern NamiStatus nami_transaction_apply_schema(NamiTransaction *txn, const NamiView *view,
												NamiManifestNext *next, bool *is_changed,
												NamiError *err) NAMI_MUST_CHECK;

/* ---- transaction_rows.c --------------------------------------------------------------------- */

/* The rows of view and the staged ones satisfy what the change adds. */
extern NamiStatus nami_schema_check_rows(NamiTransaction *txn, const NamiView *view,
										 const NamiSchemaChange *change,
										 NamiError *err) NAMI_MUST_CHECK;

/* False: nami_schema_check_rows has nothing to ask. */
extern bool nami_schema_concerns_rows(const NamiSchemaChange *change);

/*
 * The type to declare for each property: that of the first value found, else Utf8. It binds nobody
 * (spec/storage.md 3.2), so a row that cannot be read only ends the search; err then says so, or that
 * the statement was interrupted. In scratch.
 */
extern NamiDataType *nami_schema_find_types(NamiTransaction *txn, const NamiView *view,
											const NamiSchemaChange *change, NamiError *err);

/* ---- commit.c ------------------------------------------------------------------------------- */

/* Gives the store back as it was: no deadline, interruptible. */
extern void nami_commit_restore_store(NamiTransaction *txn);

#endif							/* NAMI_GRAPH_TRANSACTION_INTERNAL_H */
