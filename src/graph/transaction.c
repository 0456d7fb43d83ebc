/*
 * transaction.c - life of a transaction: statements, savepoints, views. See transaction.h.
 */
#include "graph/namespace_internal.h"
#include "graph/transaction_internal.h"

void
nami_transaction_hold_view(const NamiView **slot, const NamiView *view)
{
	const NamiView *old = *slot;

	if (view != NULL)
		nami_view_acquire(view);
	*slot = view;
	if (old != NULL)
		nami_view_release(old);
}

static void
release_views(NamiResource *resource)
{
	NamiTransaction *txn = (NamiTransaction *) resource;

	nami_transaction_hold_view(&txn->pinned_view, NULL);
	nami_transaction_hold_view(&txn->statement_view, NULL);
	nami_transaction_hold_view(&txn->base_view, NULL);
	nami_transaction_hold_view(&txn->newest_view, NULL);
	nami_transaction_hold_view(&txn->first_view, NULL);
	if (txn->is_committing)
		nami_commit_restore_store(txn);
}

NamiTransaction *
nami_transaction_begin(NamiNamespace *ns, NamiArena *arena, NamiOwner *owner,
					   const NamiTransactionHooks *hooks, const NamiTransactionOptions *options)
{
	NamiTransaction *txn = NAMI_NEW(arena, NamiTransaction);

	txn->ns = ns;
	txn->arena = arena;
	txn->scratch = nami_arena_create(nami_arena_allocator(arena), NULL);
	txn->owner = owner;
	txn->host = nami_namespace_host(ns);
	txn->catalog = nami_namespace_catalog(ns);
	if (hooks != NULL)
		txn->hooks = *hooks;
	if (options != NULL)
		txn->options = *options;
	txn->relied = nami_relied_create(arena, txn->catalog);
	nami_owner_add(owner, &txn->resource, release_views);
	return txn;
}

void
nami_transaction_end(NamiTransaction *txn)
{
	release_views(&txn->resource);
	nami_owner_remove(&txn->resource);
	nami_arena_destroy(txn->scratch);
	txn->scratch = NULL;
	txn->own = NULL;
}

NamiStatus
nami_transaction_view(NamiTransaction *txn, bool writes, NamiView **out, NamiError *err)
{
	NamiView   *view;

	if (txn->pinned_view != NULL)
	{
		nami_view_acquire(txn->pinned_view);
		*out = (NamiView *) txn->pinned_view;
		return NAMI_OK;
	}
	NAMI_TRY(nami_namespace_current(txn->ns, writes ? 0 : txn->options.max_staleness_ms,
									txn->owner, &view, err));
	if (txn->options.repeatable_read)
		nami_transaction_hold_view(&txn->pinned_view, view);
	*out = view;
	return NAMI_OK;
}

/*
 * Moves the view at which everything relied on is known to be unchanged. When something has changed
 * the view stays, so that a rollback of what relied on it makes the transaction whole again.
 */
static void
advance_base(NamiTransaction *txn, const NamiView *view)
{
	bool		holds = true;
	char		what[160];

	if (nami_relied_check(txn->relied, 0, txn->base_view, view,
						  nami_namespace_changes(txn->ns), txn->scratch, &holds, what,
						  &txn->doom) != NAMI_OK)
	{
		txn->is_doomed = true;
		return;
	}
	if (!holds)
	{
		nami_transaction_conflict(txn, what, &txn->doom);
		txn->doom.retryable = false;
		txn->is_doomed = true;
		return;
	}
	nami_transaction_hold_view(&txn->base_view, view);
}

void
nami_transaction_begin_statement(NamiTransaction *txn, const NamiView *view)
{
	nami_arena_reset(txn->scratch);
	nami_transaction_hold_view(&txn->statement_view, view);
	nami_transaction_hold_view(&txn->newest_view, view);
	txn->has_probed = false;
	if (txn->own == NULL)
		txn->own = nami_own_create(txn->arena, txn->catalog);
	if (!nami_transaction_has_writes(txn) ||
		nami_view_version(view) < nami_view_version(txn->first_view))
		nami_transaction_hold_view(&txn->first_view, view);
	if (txn->base_view == NULL || nami_relied_count(txn->relied) == 0)
		nami_transaction_hold_view(&txn->base_view, view);
	else if (nami_view_version(view) > nami_view_version(txn->base_view))
		advance_base(txn, view);
}

void
nami_transaction_resume_statement(NamiTransaction *txn, const NamiView *view)
{
	if (txn->statement_view == view && txn->own != NULL)
		nami_arena_reset(txn->scratch);
	else
		nami_transaction_begin_statement(txn, view);
}

NamiStatus
nami_transaction_end_statement(NamiTransaction *txn, uint64_t mark, NamiError *err)
{
	size_t		first = txn->leftovers.count;
	NamiSnapshot now;

	while (first > 0 && txn->leftovers.items[first - 1].mark >= mark)
		first--;
	if (first == txn->leftovers.count)
		return NAMI_OK;
	now = nami_transaction_now(txn, txn->statement_view);
	for (size_t i = first; i < txn->leftovers.count; i++)
	{
		const NamiLeftover *left = &txn->leftovers.items[i];
		NamiEdgePos pos = nami_snapshot_find_edge(&now, left->type, left->src, left->dst);

		if (pos != NAMI_POS_NONE && nami_snapshot_edge_is_live(&now, left->type, pos))
			return nami_fail_at(err, NAMI_ERR_DANGLING,
								"ConstraintVerificationFailed: DeleteConnectedNode", -1,
								"cannot delete a node that still has relationships; "
								"use DETACH DELETE");
	}
	txn->leftovers.count = first;
	return NAMI_OK;
}

uint64_t
nami_transaction_mark(const NamiTransaction *txn)
{
	return txn->own == NULL ? 0 : nami_own_mark(txn->own);
}

bool
nami_transaction_node_is_staged(const NamiTransaction *txn, NamiOrd ord, uint64_t mark)
{
	return nami_own_node_is_newer(txn->own, txn->statement_view, ord, mark);
}

bool
nami_transaction_edge_is_staged(const NamiTransaction *txn, NamiTypeId type, NamiEdgePos pos,
								uint64_t mark)
{
	return nami_own_edge_is_newer(txn->own, txn->statement_view, type, pos, mark);
}

void
nami_transaction_rollback_to(NamiTransaction *txn, uint64_t mark)
{
	if (txn->own != NULL)
		nami_own_rollback(txn->own, mark);
	nami_relied_rollback(txn->relied, mark);
	nami_transaction_forget_locks(txn, mark);
	while (txn->leftovers.count > 0 &&
		   txn->leftovers.items[txn->leftovers.count - 1].mark >= mark)
		txn->leftovers.count--;
	txn->is_doomed = false;
}

bool
nami_transaction_has_writes(const NamiTransaction *txn)
{
	return txn->own != NULL && !nami_own_is_empty(txn->own);
}

NamiSnapshot
nami_transaction_snapshot(const NamiTransaction *txn, const NamiView *view, uint64_t mark)
{
	NamiSnapshot snapshot = {.view = view, .own = txn->own, .mark = mark};

	/* A reader of "now" sees what is staged later, too. */
	if (mark != NAMI_MARK_NOW && !nami_transaction_has_writes(txn))
		snapshot.own = NULL;
	return snapshot;
}

NamiSnapshot
nami_transaction_now(const NamiTransaction *txn, const NamiView *view)
{
	return nami_transaction_snapshot(txn, view, NAMI_MARK_NOW);
}

NamiStatus
nami_transaction_may_stage(NamiTransaction *txn, NamiError *err)
{
	NAMI_ASSERT(txn->statement_view != NULL);
	nami_arena_reset(txn->scratch);
	if (txn->options.read_only)
		return nami_fail(err, NAMI_ERR_READ_ONLY, "cannot write to a read-only namespace");
	if (txn->is_doomed)
	{
		*err = txn->doom;
		return NAMI_FAILED;
	}
	if (nami_own_size_bytes(txn->own) > NAMI_TRANSACTION_BYTES_MAX)
	{
		nami_fail(err, NAMI_ERR_MEMORY_LIMIT, "the transaction has staged more than 1 GiB");
		nami_error_hint(err, "Commit in smaller portions.");
		return NAMI_FAILED;
	}
	return NAMI_OK;
}
