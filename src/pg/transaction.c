/*
 * transaction.c - transaction callbacks, views of statements, locks.
 */
#include "postgres.h"

#include "pg/transaction.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/host.h"
#include "pg/settings.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

/* Field 4 of our advisory lock tags; the server's own functions use 1 and 2. */
#define LOCK_TAG_CLASS		77
#define TURN_TAG_CLASS		78

/* What was fetched for planning serves the execution that follows within that time. */
#define JUST_LOADED_MS		1000

/* The mark at which a subtransaction began. */
typedef struct Level
{
	int			nest_level;
	uint64		mark;
} Level;

/* Where the records of a command begin. */
typedef struct CommandMark
{
	CommandId	command;
	uint64		mark;
} CommandMark;

struct NamiPgTransaction
{
	NamiConnection *connection;
	MemoryContext context;		/* below TopTransactionContext */
	NamiOwner	owner;
	NamiTransaction *engine;
	NamiStatementView *views;
	NamiView   *planning_view;	/* NULL, or a reference is held */
	TimestampTz planning_loaded;	/* when it was fetched; 0: it was at hand */
	Level	   *levels;			/* ascending nest levels */
	int			level_count;
	int			level_capacity;
	CommandMark *commands;		/* ascending */
	int			command_count;
	int			command_capacity;
	bool		escalated;		/* the whole namespace is locked: no more key locks */
	bool		namespace_locked;
	uint32		key_locks;
};

static bool callbacks_registered = false;

/* SQL functions that run on behalf of a writing Cypher statement, one inside the other. */
static int	writing_callers = 0;

/* ---- views --------------------------------------------------------------------------------- */

bool
nami_pg_transaction_is_repeatable(void)
{
	return IsolationUsesXactSnapshot();
}

static void
drop_view(NamiPgTransaction *txn, NamiStatementView *view, bool unregister)
{
	NamiStatementView **link = &txn->views;

	while (*link != view)
		link = &(*link)->next;
	*link = view->next;
	nami_view_release(view->view);
	if (unregister && view->snapshot != NULL)
		UnregisterSnapshotFromOwner(view->snapshot, TopTransactionResourceOwner);
	pfree(view);
}

/*
 * Drops the views that nobody but us needs any more. A registered snapshot in use by a QueryDesc has
 * a count of its own beside ours; that of the ending statement is about to go.
 */
static void
drop_unused_views(NamiPgTransaction *txn, Snapshot ending)
{
	NamiStatementView *view = txn->views;

	while (view != NULL)
	{
		NamiStatementView *next = view->next;

		if (view->snapshot != NULL && view->snapshot->active_count == 0 &&
			view->snapshot->regd_count <= (view->snapshot == ending ? 2 : 1))
			drop_view(txn, view, true);
		view = next;
	}
}

typedef struct StatementEnd
{
	MemoryContextCallback callback;
	NamiConnection *connection;
	Snapshot	snapshot;
	LocalTransactionId lxid;	/* the transaction in which it was set up */
} StatementEnd;

static void
statement_ended(void *arg)
{
	StatementEnd *end = arg;

	/* After the transaction its views are gone already. */
	if (end->connection->transaction != NULL && IsTransactionState() &&
		end->lxid == nami_current_lxid())
		drop_unused_views(end->connection->transaction, end->snapshot);
}

static void
watch_statement_end(NamiPgTransaction *txn, EState *estate, Snapshot snapshot)
{
	StatementEnd *end;

	if (estate == NULL)
		return;
	end = MemoryContextAllocZero(estate->es_query_cxt, sizeof(StatementEnd));
	end->connection = txn->connection;
	end->snapshot = snapshot;
	end->lxid = nami_current_lxid();
	end->callback.func = statement_ended;
	end->callback.arg = end;
	MemoryContextRegisterResetCallback(estate->es_query_cxt, &end->callback);
}

/*
 * The statement that is now run was just planned, and for that the namespace was fetched for the first
 * time: after the statement came in, so this is as new as it must be.
 */
static bool
is_just_loaded(const NamiPgTransaction *txn)
{
	return txn->planning_view != NULL && ActivePortal != NULL &&
		txn->planning_loaded >= ActivePortal->creation_time &&
		!TimestampDifferenceExceeds(txn->planning_loaded, GetCurrentTimestamp(), JUST_LOADED_MS);
}

NamiStatementView *
nami_pg_statement_view(NamiPgTransaction *txn, EState *estate, bool writes)
{
	bool		repeatable = nami_pg_transaction_is_repeatable();
	Snapshot	snapshot = NULL;
	NamiStatementView *view;
	NamiView   *engine_view;
	NamiError	err = NAMI_ERROR_INIT;

	if (!repeatable)
	{
		snapshot = estate != NULL && estate->es_snapshot != NULL ? estate->es_snapshot :
			GetActiveSnapshot();
		drop_unused_views(txn, NULL);
	}
	for (view = txn->views; view != NULL; view = view->next)
	{
		if (view->snapshot != snapshot)
			continue;
		if (writes && !repeatable && !view->is_newest && !view->rows_given)
			nami_pg_statement_view_refresh(txn, view);
		return view;
	}
	if (!writes && !repeatable && is_just_loaded(txn))
	{
		engine_view = txn->planning_view;
		nami_view_acquire(engine_view);
		txn->planning_loaded = 0;
	}
	else
		NAMI_PG_CHECK(nami_transaction_view(txn->engine, writes, &engine_view, &err), &err);
	view = MemoryContextAllocZero(txn->context, sizeof(NamiStatementView));
	view->view = engine_view;
	view->is_newest = writes || nami_settings.max_staleness_ms == 0;	/* or just loaded */
	view->next = txn->views;
	txn->views = view;
	if (snapshot != NULL)
	{
		view->snapshot = RegisterSnapshotOnOwner(snapshot, TopTransactionResourceOwner);
		watch_statement_end(txn, estate, view->snapshot);
	}
	return view;
}

void
nami_pg_statement_view_refresh(NamiPgTransaction *txn, NamiStatementView *view)
{
	NamiView   *newer;
	NamiError	err = NAMI_ERROR_INIT;

	NAMI_PG_CHECK(nami_transaction_view(txn->engine, true, &newer, &err), &err);
	nami_view_release(view->view);
	view->view = newer;
	view->is_newest = true;
}

NamiSnapshot
nami_pg_planning_snapshot(NamiPgTransaction *txn)
{
	NamiView   *view;
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_pg_transaction_is_repeatable())
		view = nami_pg_statement_view(txn, NULL, false)->view;
	else if (txn->views != NULL)
		view = txn->views->view;
	else
	{
		TimestampTz loaded = nami_namespace_is_loaded(txn->connection->ns) ?
			txn->planning_loaded : GetCurrentTimestamp();

		NAMI_PG_CHECK(nami_namespace_current(txn->connection->ns, PG_INT64_MAX, &txn->owner, &view,
											 &err), &err);
		if (txn->planning_view != NULL)
			nami_view_release(txn->planning_view);
		txn->planning_view = view;
		txn->planning_loaded = loaded;
	}
	return nami_transaction_snapshot(txn->engine, view, NAMI_MARK_NOW);
}

uint64_t
nami_pg_statement_mark(NamiPgTransaction *txn, EState *estate)
{
	Snapshot	snapshot = estate != NULL && estate->es_snapshot != NULL ? estate->es_snapshot :
		GetActiveSnapshot();

	for (int i = 0; i < txn->command_count; i++)
	{
		if (txn->commands[i].command >= snapshot->curcid)
			return txn->commands[i].mark;
	}
	return nami_transaction_mark(txn->engine);
}

/* ---- locks --------------------------------------------------------------------------------- */

static bool
take_lock(uint64 hash, uint16 tag_class, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, 0, (uint32) (hash >> 32), (uint32) hash, tag_class);
	if (LockAcquire(&tag, mode, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return false;
	(void) LockAcquire(&tag, mode, false, false);
	return true;
}

/* More keys than the shared lock table should carry for one transaction. */
static uint32
escalation_limit(void)
{
	return (uint32) max_locks_per_xact * 4;
}

static NamiStatus
lock_keys(void *ctx, const uint64_t *keys, uint32_t count, bool shared, bool *waited,
		  NamiError *err)
{
	NamiPgTransaction *txn = ctx;

	*waited = false;
	if (!txn->namespace_locked)
	{
		*waited |= take_lock(txn->connection->lock_hash, LOCK_TAG_CLASS, RowExclusiveLock);
		txn->namespace_locked = true;
	}
	if (!txn->escalated && txn->key_locks + count > escalation_limit())
	{
		*waited |= take_lock(txn->connection->lock_hash, LOCK_TAG_CLASS, ShareRowExclusiveLock);
		txn->escalated = true;
	}
	if (txn->escalated)
		return NAMI_OK;
	for (uint32_t i = 0; i < count; i++)
		*waited |= take_lock(txn->connection->lock_hash ^ keys[i], LOCK_TAG_CLASS,
							 shared ? ShareLock : ExclusiveLock);
	txn->key_locks += count;
	return NAMI_OK;
}

/* ---- begin and end ------------------------------------------------------------------------- */

static void
hold_interrupts(void *ctx)
{
	nami_pg_hold_interrupts();
}

/*
 * The server disarms statement_timeout before it commits, so the commit looks at the clock itself
 * (docs/postgres.md 3.2).
 */
static int64_t
commit_deadline_ms(void *ctx)
{
	const NamiHost *host = nami_pg_host();
	int64		now_ms = host->monotonic_ms(host->ctx);
	int64		deadline = 0;

	if (StatementTimeout > 0)
	{
		int64		spent_ms = (GetCurrentTimestamp() - GetCurrentStatementStartTimestamp()) / 1000;

		deadline = now_ms + Max(StatementTimeout - spent_ms, 0) + 1;
	}
	if (nami_settings.commit_timeout_ms > 0)
	{
		int64		own = now_ms + nami_settings.commit_timeout_ms;

		deadline = deadline == 0 ? own : Min(deadline, own);
	}
	return deadline;
}

/*
 * The sessions of this cluster publish one after the other: all at once, most would lose the race for
 * the next version, and some would lose it again and again. The holder waits for no other lock, so
 * there is no deadlock; one that publishes several namespaces would, and races instead.
 * statement_timeout is armed again for the wait, see above.
 */
static bool
take_turn(void *ctx, int64_t deadline_ms)
{
	NamiPgTransaction *txn = ctx;
	const NamiHost *host = nami_pg_host();
	bool		arm = deadline_ms > 0 && !get_timeout_active(STATEMENT_TIMEOUT);
	bool		has_waited;

	if (nami_settings.multi_namespace_commit)
		return false;
	if (arm)
		enable_timeout_after(STATEMENT_TIMEOUT,
							 (int) Max(deadline_ms - host->monotonic_ms(host->ctx), 1));
	has_waited = take_lock(txn->connection->lock_hash, TURN_TAG_CLASS, ExclusiveLock);
	if (arm)
		disable_timeout(STATEMENT_TIMEOUT, false);
	return has_waited;
}

static void
end_transaction(NamiPgTransaction *txn, bool unregister)
{
	NamiConnection *connection = txn->connection;

	while (txn->views != NULL)
		drop_view(txn, txn->views, unregister);
	if (txn->planning_view != NULL)
		nami_view_release(txn->planning_view);
	nami_transaction_end(txn->engine);
	nami_owner_release(&txn->owner);
	connection->transaction = NULL;
}

static void
refuse_two_namespaces(NamiPgTransaction *writer)
{
	if (nami_settings.multi_namespace_commit)
		return;
	for (NamiConnection *c = nami_connection_first(); c != NULL; c = c->next)
	{
		if (c->transaction != NULL && c->transaction != writer &&
			nami_transaction_has_writes(c->transaction->engine))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("a transaction can write only one namespace"),
					 errdetail("Publishing is atomic for each namespace, not for several together."),
					 errhint("Set namidb.multi_namespace_commit to accept that.")));
	}
}

/* Releases statement views, then publishes; an error here rolls the SQL transaction back. */
static void
publish(NamiConnection *connection)
{
	NamiPgTransaction *txn = connection->transaction;
	NamiError	err = NAMI_ERROR_INIT;

	while (txn->views != NULL)
		drop_view(txn, txn->views, true);
	NAMI_PG_CHECK(nami_transaction_commit(txn->engine, &err), &err);
}

static void
xact_callback(XactEvent event, void *arg)
{
	for (NamiConnection *c = nami_connection_first(); c != NULL; c = c->next)
	{
		if (c->transaction == NULL)
			continue;
		switch (event)
		{
			case XACT_EVENT_PRE_COMMIT:
			case XACT_EVENT_PARALLEL_PRE_COMMIT:
				publish(c);
				break;
			case XACT_EVENT_PRE_PREPARE:
				if (nami_transaction_has_writes(c->transaction->engine))
					ereport(ERROR,
							(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
							 errmsg("cannot PREPARE a transaction that has changed a namespace")));
				while (c->transaction->views != NULL)
					drop_view(c->transaction, c->transaction->views, true);
				break;
			case XACT_EVENT_COMMIT:
			case XACT_EVENT_PARALLEL_COMMIT:
			case XACT_EVENT_PREPARE:
			case XACT_EVENT_ABORT:
			case XACT_EVENT_PARALLEL_ABORT:
				end_transaction(c->transaction, false);
				break;
		}
	}
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PARALLEL_COMMIT)
		nami_pg_resume_interrupts(false);
	else if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT)
		nami_pg_resume_interrupts(true);
}

static void
rollback_level(NamiPgTransaction *txn, int nest_level)
{
	while (txn->level_count > 0 && txn->levels[txn->level_count - 1].nest_level >= nest_level)
	{
		txn->level_count--;
		nami_transaction_rollback_to(txn->engine, txn->levels[txn->level_count].mark);
	}
	/* Locks taken since went with the level; those that were taken before are taken again. */
	txn->namespace_locked = false;
	txn->escalated = false;
}

static void
merge_level(NamiPgTransaction *txn, int nest_level)
{
	Level	   *top;

	if (txn->level_count == 0)
		return;
	top = &txn->levels[txn->level_count - 1];
	if (top->nest_level < nest_level)
		return;
	if (txn->level_count > 1 && top[-1].nest_level == nest_level - 1)
		txn->level_count--;
	else
		top->nest_level = nest_level - 1;
}

static void
subxact_callback(SubXactEvent event, SubTransactionId my_subid, SubTransactionId parent_subid,
				 void *arg)
{
	int			nest_level = GetCurrentTransactionNestLevel();

	for (NamiConnection *c = nami_connection_first(); c != NULL; c = c->next)
	{
		if (c->transaction == NULL)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			rollback_level(c->transaction, nest_level);
		else if (event == SUBXACT_EVENT_COMMIT_SUB)
			merge_level(c->transaction, nest_level);
	}
}

NamiPgTransaction *
nami_pg_transaction_get(NamiConnection *connection)
{
	MemoryContext context;
	NamiPgTransaction *txn;
	NamiTransactionHooks hooks;
	NamiTransactionOptions options;
	NamiError	err = NAMI_ERROR_INIT;

	if (connection->transaction != NULL)
		return connection->transaction;
	if (!callbacks_registered)
	{
		RegisterXactCallback(xact_callback, NULL);
		RegisterSubXactCallback(subxact_callback, NULL);
		callbacks_registered = true;
	}
	context = AllocSetContextCreate(TopTransactionContext, "namidb transaction",
									ALLOCSET_DEFAULT_SIZES);
	txn = MemoryContextAllocZero(context, sizeof(NamiPgTransaction));
	txn->connection = connection;
	txn->context = context;
	nami_owner_init(&txn->owner);
	hooks = (NamiTransactionHooks) {
		.ctx = txn,
		.lock = lock_keys,
		.hold_interrupts = hold_interrupts,
		.commit_deadline_ms = commit_deadline_ms,
		.take_turn = take_turn,
	};
	options = (NamiTransactionOptions) {
		.repeatable_read = nami_pg_transaction_is_repeatable(),
		.read_only = connection->is_read_only,
		.bump_epoch = connection->bump_epoch,
		.max_staleness_ms = nami_settings.max_staleness_ms,
		.resolve_timeout_ms = nami_settings.resolve_timeout_ms,
	};
	txn->engine = nami_transaction_begin(connection->ns,
										 nami_arena_create(nami_pg_allocator(context), NULL),
										 &txn->owner, &hooks, &options);
	connection->transaction = txn;
	/* Nothing is staged and no view is in use: the time to fold what has come in since. */
	NAMI_PG_CHECK(nami_namespace_maintain(connection->ns, &txn->owner, &err), &err);
	return txn;
}

NamiTransaction *
nami_pg_transaction_engine(NamiPgTransaction *txn)
{
	return txn->engine;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
note_level(NamiPgTransaction *txn)
{
	int			nest_level = GetCurrentTransactionNestLevel();

	if (txn->level_count > 0 && txn->levels[txn->level_count - 1].nest_level >= nest_level)
		return;
	if (txn->level_count == txn->level_capacity)
	{
		int			capacity = Max(8, txn->level_capacity * 2);
		Level	   *levels = MemoryContextAlloc(txn->context, capacity * sizeof(Level));

		if (txn->level_count > 0)
			memcpy(levels, txn->levels, txn->level_count * sizeof(Level));
		txn->levels = levels;
		txn->level_capacity = capacity;
	}
	txn->levels[txn->level_count++] = (Level) {nest_level, nami_transaction_mark(txn->engine)};
}

static void
note_command(NamiPgTransaction *txn)
{
	CommandId	command = GetCurrentCommandId(true);

	if (txn->command_count > 0 && txn->commands[txn->command_count - 1].command >= command)
		return;
	if (txn->command_count == txn->command_capacity)
	{
		int			capacity = Max(8, txn->command_capacity * 2);
		CommandMark *commands = MemoryContextAlloc(txn->context, capacity * sizeof(CommandMark));

		if (txn->command_count > 0)
			memcpy(commands, txn->commands, txn->command_count * sizeof(CommandMark));
		txn->commands = commands;
		txn->command_capacity = capacity;
	}
	txn->commands[txn->command_count++] =
		(CommandMark) {command, nami_transaction_mark(txn->engine)};
}

void
nami_pg_enter_function(bool caller_writes)
{
	writing_callers += caller_writes;
}

void
nami_pg_leave_function(bool caller_writes)
{
	writing_callers -= caller_writes;
}

void
nami_pg_begin_write(NamiPgTransaction *txn, Oid user)
{
	if (writing_callers > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an SQL function that a writing Cypher statement calls cannot write to a graph")));
	PreventCommandIfReadOnly("a Cypher statement that writes");
	PreventCommandIfParallelMode("a Cypher statement that writes");
	if (txn->connection->is_read_only)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("the server is read-only (option \"read_only\")")));
	nami_connection_check_write(txn->connection, user);
	refuse_two_namespaces(txn);
	note_level(txn);
	note_command(txn);
}
