/*
 * commit.c - publishing a transaction: base, validation, attempts, rebase (spec/storage.md 5.4).
 */
#include "graph/commit_internal.h"

#define ATTEMPTS_MAX		1000

/* A base confirmed so recently is used without another probe: the Create of the next body decides. */
#define TRUST_BASE_MS		1000

void
nami_commit_restore_store(NamiTransaction *txn)
{
	NamiStore  *store = nami_namespace_store(txn->ns);

	nami_store_set_deadline(store, 0);
	nami_store_set_uninterruptible(store, false);
	txn->is_committing = false;
}

static int64_t
now_ms(const NamiTransaction *txn)
{
	return txn->host->monotonic_ms(txn->host->ctx);
}

/* ---- the base ------------------------------------------------------------------------------- */

static NamiStatus
take_base(NamiTransaction *txn, bool may_trust, bool *probe_too, NamiError *err)
{
	NamiNamespace *ns = txn->ns;
	int64_t		age_ms = now_ms(txn) - ns->confirmed_ms;

	*probe_too = false;
	if (may_trust && nami_namespace_exists(ns) && !ns->loaded->is_legacy &&
		ns->knows_seq && age_ms < NAMI_CONFIRM_MAX_MS)
	{
		*probe_too = age_ms >= TRUST_BASE_MS;
		return NAMI_OK;
	}
	if (ns->loaded == NULL)
		NAMI_TRY(nami_namespace_load(ns, txn->owner, err));
	else
		NAMI_TRY(nami_namespace_follow(ns, txn->owner, err));
	if (!nami_namespace_exists(ns))
		NAMI_TRY(nami_commit_bootstrap(ns, txn->owner, err));
	return NAMI_OK;
}

static bool
constraints_may_be_violated(const NamiTransaction *txn, const NamiView *view)
{
	const NamiChanges *changes = nami_namespace_changes(txn->ns);
	uint64_t	from = nami_view_version(txn->first_view);
	uint64_t	to = nami_view_version(view);
	const NamiId *ids;

	if (!nami_changes_known(changes, from, to))
		return true;
	return nami_changes_touch_schema(changes, from, to) ||
		nami_changes_nodes(changes, from, to, txn->scratch, &ids) > 0;
}

/* What the transaction has relied on, and the constraints, in the state that it will be added to. */
static NamiStatus
validate(NamiTransaction *txn, NamiArena *arena, NamiError *err)
{
	const NamiView *view = txn->ns->loaded->view;
	const NamiOwnRecord *records;
	uint32_t	count;
	bool		holds;
	char		what[160];

	if (view != txn->base_view)
	{
		NAMI_TRY(nami_relied_check(txn->relied, 0, txn->base_view, view,
								   nami_namespace_changes(txn->ns), arena, &holds, what, err));
		if (!holds)
		{
			nami_transaction_conflict(txn, what, err);
			err->retryable = false;
			return NAMI_FAILED;
		}
		nami_transaction_hold_view(&txn->base_view, view);
	}
	if (view != txn->first_view && constraints_may_be_violated(txn, view))
	{
		count = nami_own_records(txn->own, view, arena, &records);
		NAMI_TRY(nami_transaction_recheck_nodes(txn, view, records, count, err));
	}
	NAMI_TRY(nami_transaction_recheck_schema(txn, view, err));
	nami_transaction_hold_view(&txn->first_view, view);
	return NAMI_OK;
}

/* ---- attempts ------------------------------------------------------------------------------- */

static NamiStatus
attempt_once(NamiTransaction *txn, NamiArena *arena, bool probe_too, int64_t deadline_ms,
			 NamiAttemptResult *result, NamiError *err)
{
	NamiAttempt *attempt = NAMI_NEW(arena, NamiAttempt);
	const NamiOwnRecord *records;
	uint32_t	count;

	nami_arena_reset(txn->scratch);
	NAMI_TRY(validate(txn, arena, err));
	count = nami_own_records(txn->own, txn->ns->loaded->view, arena, &records);
	attempt->ns = txn->ns;
	attempt->txn = txn;
	attempt->arena = arena;
	attempt->base = txn->ns->loaded;
	attempt->probe_too = probe_too;
	attempt->deadline_ms = deadline_ms;
	NAMI_TRY(nami_commit_encode(attempt, records, count, err));
	if (!attempt->has_segment && !attempt->has_schema)
	{
		*result = NAMI_ATTEMPT_COMMITTED;
		return NAMI_OK;
	}
	if (attempt->has_segment && !txn->ns->knows_seq)
		NAMI_TRY(nami_commit_list_segments(txn->ns, arena, err));
	NAMI_TRY(nami_commit_publish(attempt, result, err));
	return NAMI_OK;
}

/* After somebody else's body was in the way: wait for its pointer, or finish or clear it away. */
static NamiStatus
make_way(NamiTransaction *txn, int64_t deadline_ms, NamiError *err)
{
	NamiNamespace *ns = txn->ns;
	uint64_t	base = ns->loaded->version;

	NAMI_TRY(nami_namespace_follow(ns, txn->owner, err));
	if (ns->loaded->version != base)
		return NAMI_OK;
	return nami_repair_stalled(ns, txn->owner, deadline_ms, err);
}

/* has_waited: for another session's commit, so the base that we know is old. */
static NamiStatus
commit(NamiTransaction *txn, bool has_waited, int64_t deadline_ms, NamiError *err)
{
	for (int i = 0; i < ATTEMPTS_MAX; i++)
	{
		NamiAttemptResult result = NAMI_ATTEMPT_MOVED;
		NamiScratch *scratch;
		NamiStatus	status;
		bool		probe_too;

		nami_store_set_deadline(txn->ns->store, deadline_ms);
		if (i > 0)
			NAMI_TRY(nami_commit_pause(txn->ns, nami_commit_jitter(txn->ns, i, 1, 16),
									   deadline_ms, true, err));
		NAMI_TRY(take_base(txn, i == 0 && !has_waited, &probe_too, err));
		scratch = nami_scratch_begin(txn->ns, txn->owner);
		status = attempt_once(txn, scratch->arena, probe_too, deadline_ms, &result, err);
		nami_scratch_end(scratch);
		if (status != NAMI_OK)
			return NAMI_FAILED;
		if (result == NAMI_ATTEMPT_COMMITTED)
			return NAMI_OK;
		if (result == NAMI_ATTEMPT_OCCUPIED)
			NAMI_TRY(make_way(txn, deadline_ms, err));
	}
	nami_fail(err, NAMI_ERR_CONFLICT, "could not serialize access: other writers were faster");
	return NAMI_FAILED;
}

NamiStatus
nami_transaction_commit(NamiTransaction *txn, NamiError *err)
{
	int64_t		deadline_ms = 0;
	bool		has_waited = false;
	NamiStatus	status;

	if (!nami_transaction_has_writes(txn))
		return NAMI_OK;
	if (txn->is_doomed)
	{
		*err = txn->doom;
		return NAMI_FAILED;
	}
	if (txn->hooks.commit_deadline_ms != NULL)
		deadline_ms = txn->hooks.commit_deadline_ms(txn->hooks.ctx);
	if (txn->hooks.take_turn != NULL)
		has_waited = txn->hooks.take_turn(txn->hooks.ctx, deadline_ms);
	txn->is_committing = true;
	status = commit(txn, has_waited, deadline_ms, err);
	nami_commit_restore_store(txn);
	if (status != NAMI_OK && err->cls == NAMI_ERR_CONNECTION_LOST && deadline_ms != 0 &&
		now_ms(txn) >= deadline_ms)
		nami_fail(err, NAMI_ERR_CANCELLED, "canceling commit due to timeout");
	/* Running the last statement again would not help: earlier ones have relied on the old state. */
	if (status != NAMI_OK)
		err->retryable = false;
	return status;
}
