/*
 * transaction_lock.c - locks against the other sessions of this cluster, and what follows from having
 * taken one: somebody may have committed since the statement's view was made.
 *
 * Locks only spare errors; what makes a commit correct is the check against its base (commit.c).
 */
#include <stdlib.h>

#include "graph/namespace_internal.h"
#include "graph/transaction_internal.h"
#include "base/hash.h"

#define NO_LOCK		UINT32_MAX

static uint32_t
bucket_of(const NamiHeldLocks *held, uint64_t key)
{
	return (uint32_t) (key ^ (key >> 32)) & (held->bucket_count - 1);
}

static bool
is_held(const NamiHeldLocks *held, uint64_t key, bool shared)
{
	if (held->bucket_count == 0)
		return false;
	for (uint32_t i = held->buckets[bucket_of(held, key)]; i != NO_LOCK;
		 i = held->items.items[i].next)
	{
		if (held->items.items[i].key == key && (shared || !held->items.items[i].shared))
			return true;
	}
	return false;
}

static void
grow_buckets(NamiHeldLocks *held, NamiArena *arena)
{
	uint32_t	count = held->bucket_count == 0 ? 64 : held->bucket_count * 2;

	held->buckets = NAMI_NEW_ARRAY(arena, uint32_t, count);
	held->bucket_count = count;
	for (uint32_t i = 0; i < count; i++)
		held->buckets[i] = NO_LOCK;
	for (uint32_t i = 0; i < held->items.count; i++)
	{
		uint32_t	bucket = bucket_of(held, held->items.items[i].key);

		held->items.items[i].next = held->buckets[bucket];
		held->buckets[bucket] = i;
	}
}

static void
note_held(NamiHeldLocks *held, NamiArena *arena, uint64_t key, bool shared, uint64_t mark)
{
	uint32_t	bucket;

	if (held->bucket_count <= held->items.count)
		grow_buckets(held, arena);
	nami_vec_push(&held->items, arena, (NamiHeldLock) {.key = key, .mark = mark,.shared = shared});
	bucket = bucket_of(held, key);
	held->items.items[held->items.count - 1].next = held->buckets[bucket];
	held->buckets[bucket] = (uint32_t) held->items.count - 1;
}

void
nami_transaction_forget_locks(NamiTransaction *txn, uint64_t mark)
{
	NamiHeldLocks *held = &txn->held;

	while (held->items.count > 0)
	{
		NamiHeldLock *lock = &held->items.items[held->items.count - 1];

		if (lock->mark < mark)
			break;
		held->buckets[bucket_of(held, lock->key)] = lock->next;
		held->items.count--;
	}
}

static int
cmp_keys(const void *a, const void *b)
{
	uint64_t	x = *(const uint64_t *) a;
	uint64_t	y = *(const uint64_t *) b;

	return x < y ? -1 : x > y;
}

static NamiStatus
look_for_newer(NamiTransaction *txn, NamiError *err)
{
	NamiView   *view;

	NAMI_TRY(nami_namespace_current(txn->ns, 0, txn->owner, &view, err));
	nami_transaction_hold_view(&txn->newest_view, view);
	nami_view_release(view);
	txn->has_probed = true;
	return NAMI_OK;
}

NamiStatus
nami_transaction_lock_keys(NamiTransaction *txn, uint64_t *keys, uint32_t count, bool shared,
						   NamiError *err)
{
	uint64_t	salt = nami_namespace_hash(txn->ns);
	uint32_t	wanted = 0;
	bool		waited = false;

	if (txn->hooks.lock == NULL)
		return NAMI_OK;
	for (uint32_t i = 0; i < count; i++)
	{
		uint64_t	key = nami_hash_mix(salt, keys[i]);

		if (!is_held(&txn->held, key, shared))
			keys[wanted++] = key;
	}
	if (wanted == 0)
		return NAMI_OK;
	qsort(keys, wanted, sizeof(uint64_t), cmp_keys);
	count = wanted;
	wanted = 1;
	for (uint32_t i = 1; i < count; i++)
	{
		if (keys[i] != keys[i - 1])
			keys[wanted++] = keys[i];
	}
	NAMI_TRY(txn->hooks.lock(txn->hooks.ctx, keys, wanted, shared, &waited, err));
	for (uint32_t i = 0; i < wanted; i++)
		note_held(&txn->held, txn->arena, keys[i], shared, nami_transaction_mark(txn));
	/*
	 * Who held the lock may have committed; so may one who gave it back before we asked, since the
	 * statement's view was made: look once per statement also without having waited.
	 */
	if (waited || !txn->has_probed)
		return look_for_newer(txn, err);
	return NAMI_OK;
}

NamiStatus
nami_transaction_conflict(NamiTransaction *txn, const char *what, NamiError *err)
{
	nami_fail(err, NAMI_ERR_CONFLICT, "could not serialize access due to a concurrent change");
	nami_error_detail(err, "Another writer has changed %s.", what);
	err->retryable = !txn->options.repeatable_read;
	return NAMI_FAILED;
}

/*
 * What a statement with an older view than base_view (a cursor) relies on must also hold there,
 * because the commit compares with that.
 */
NamiStatus
nami_transaction_check_fresh(NamiTransaction *txn, uint32_t first, NamiError *err)
{
	const NamiChanges *changes = nami_namespace_changes(txn->ns);
	bool		holds = true;
	char		what[160];

	NAMI_TRY(nami_relied_check(txn->relied, first, txn->statement_view, txn->newest_view, changes,
							   txn->scratch, &holds, what, err));
	if (holds && txn->base_view != txn->newest_view)
		NAMI_TRY(nami_relied_check(txn->relied, first, txn->statement_view, txn->base_view,
								   changes, txn->scratch, &holds, what, err));
	return holds ? NAMI_OK : nami_transaction_conflict(txn, what, err);
}
