/*
 * commit_publish.c - segment (none for a commit of schema statements alone), body, pointer: the
 * Creates of a commit, each settled for certain before the next (spec/storage.md 4.3, 4.4).
 *
 * From the moment that the body is sent, another writer may complete the commit for us (4.5). So an
 * interruption after that does not mean "not committed": either the version is taken away from our
 * body by putting an empty one in its place, or the commit goes on, or the outcome is in doubt.
 */
#include <stdio.h>
#include <time.h>

#include "graph/commit_internal.h"
#include "graph/view_internal.h"

#define DEFAULT_RESOLVE_MS	30000
#define WITHDRAW_MS			1000	/* how long a cancelled commit may work on its withdrawal */
#define RESOLVE_SHARE		4		/* of the time to resolve, what one step may take */
#define RESOLVE_STEP_MIN_MS	500
#define UNANSWERED_MAX		8		/* repetitions while nothing is at stake */
#define REFUSALS_MAX		3
#define CONFLICTS_BEFORE_LIST	3
#define PREPARE_BYTES_MAX	((size_t) 32 * 1024 * 1024)	/* segments up to here become a view at once */

/* ---- waiting -------------------------------------------------------------------------------- */

static int64_t
now_ms(const NamiNamespace *ns)
{
	return ns->host->monotonic_ms(ns->host->ctx);
}

static NamiStatus
fail_deadline(NamiError *err)
{
	return nami_fail(err, NAMI_ERR_CANCELLED, "canceling commit due to timeout");
}

NamiStatus
nami_commit_pause(NamiNamespace *ns, int64_t ms, int64_t deadline_ms, bool interruptible,
				  NamiError *err)
{
	int64_t		end = now_ms(ns) + ms;

	for (;;)
	{
		int64_t		now = now_ms(ns);
		int64_t		slice = end - now < 10 ? end - now : 10;
		struct timespec time = {.tv_nsec = slice * 1000000};

		if (interruptible && ns->host->interrupted(ns->host->ctx))
			return nami_fail(err, NAMI_ERR_CANCELLED, "canceling commit due to user request");
		if (deadline_ms != 0 && now >= deadline_ms)
			return fail_deadline(err);
		if (slice <= 0)
			return NAMI_OK;
		nanosleep(&time, NULL);
	}
}

int64_t
nami_commit_jitter(NamiNamespace *ns, int attempt, int64_t base_ms, int64_t limit_ms)
{
	uint32_t	random;
	int64_t		range = limit_ms;

	if (attempt < 8 && (base_ms << attempt) < limit_ms)
		range = base_ms << attempt;
	ns->host->random(ns->host->ctx, &random, sizeof(random));
	return (int64_t) (random % (uint64_t) (range + 1));
}

/* ---- segment numbers ------------------------------------------------------------------------ */

NamiStatus
nami_commit_list_segments(NamiNamespace *ns, NamiArena *arena, NamiError *err)
{
	const NamiStoreEntry *entries;
	size_t		count;

	NAMI_TRY(nami_store_list(ns->store, arena, nami_key_wal_folder(arena, ns->prefix), &entries,
							 &count, err));
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	seq;

		switch (nami_key_parse_wal(entries[i].key, &seq))
		{
			case NAMI_KEY_MATCH:
				if (seq > ns->greatest_seq)
					ns->greatest_seq = seq;
				break;
			case NAMI_KEY_BAD_NUMBER:
				return nami_fail(err, NAMI_ERR_CORRUPT, "object \"%.*s\" has no segment number",
								 NAMI_STR_ARG(entries[i].key));
			case NAMI_KEY_OTHER:
				break;
		}
	}
	ns->knows_seq = true;
	return NAMI_OK;
}

/* ---- one Create ----------------------------------------------------------------------------- */

typedef enum Claim
{
	CLAIM_OURS,
	CLAIM_FOREIGN,				/* the key holds something else */
	CLAIM_UNKNOWN,				/* sent, not settled: the error says why */
	CLAIM_NOT_SENT				/* nothing was sent, or it was refused: the error says why */
} Claim;

/* Reads the key: whose is it? *is_absent when nobody's (yet). */
static NamiStatus
read_back(NamiNamespace *ns, NamiArena *arena, NamiStr key, NamiStr ours, bool *is_absent,
		  bool *is_ours, NamiError *err)
{
	NamiStr		bytes;
	bool		is_found;

	NAMI_TRY(nami_store_get(ns->store, arena, key, &bytes, &is_found, err));
	*is_absent = !is_found;
	*is_ours = is_found && nami_str_eq(bytes, ours);
	return NAMI_OK;
}

/*
 * Create, and reading back until it is certain whose the key is. was_sent: an earlier Create of the
 * same bytes may still take effect. Batch errors (interrupted, deadline) end it as UNKNOWN or
 * NOT_SENT.
 */
static Claim
claim(NamiNamespace *ns, NamiArena *arena, NamiStr key, NamiStr bytes, bool was_sent,
	  int64_t deadline_ms, NamiError *err)
{
	for (int i = 0;; i++)
	{
		NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = key, .body = bytes};
		NamiStatus	status = nami_store_run(ns->store, arena, &req, 1, err);
		NamiError	read_error = NAMI_ERROR_INIT;
		bool		is_absent = false;
		bool		is_ours = false;

		if (req.outcome == NAMI_OUTCOME_DONE)
			return CLAIM_OURS;
		if (req.outcome == NAMI_OUTCOME_EXISTS && !was_sent)
			return CLAIM_FOREIGN;
		if (req.outcome == NAMI_OUTCOME_FAILED || req.outcome == NAMI_OUTCOME_NONE)
		{
			if (status == NAMI_OK)
				*err = req.error;
			return was_sent ? CLAIM_UNKNOWN : CLAIM_NOT_SENT;
		}
		was_sent = true;
		if (status != NAMI_OK)
			return CLAIM_UNKNOWN;
		if (req.outcome == NAMI_OUTCOME_UNKNOWN)
			*err = req.error;
		if (read_back(ns, arena, key, bytes, &is_absent, &is_ours, &read_error) != NAMI_OK)
		{
			*err = read_error;
			return CLAIM_UNKNOWN;
		}
		if (!is_absent)
			return is_ours ? CLAIM_OURS : CLAIM_FOREIGN;
		if (i >= UNANSWERED_MAX)
		{
			if (err->cls == NAMI_ERR_NONE)
				nami_fail(err, NAMI_ERR_CONNECTION_LOST,
						  "the object store does not accept \"%.*s\"", NAMI_STR_ARG(key));
			return CLAIM_UNKNOWN;
		}
		if (nami_commit_pause(ns, nami_commit_jitter(ns, i, 10, 500), deadline_ms, false,
							  &read_error) != NAMI_OK)
			return CLAIM_UNKNOWN;
	}
}

/* ---- segment -------------------------------------------------------------------------------- */

/*
 * The first try, together with the probe for a newer version when that is due: on the usual path it
 * costs no time.
 */
static NamiStatus
first_segment_try(NamiAttempt *attempt, bool *is_moved, bool *is_done, bool *was_sent,
				  NamiError *err)
{
	NamiStoreRequest reqs[2] = {
		{.op = NAMI_OP_CREATE, .key = attempt->segment_key, .body = attempt->segment.bytes},
		{.op = NAMI_OP_HEAD, .key = attempt->base->next_pointer_key},
	};

	NAMI_TRY(nami_store_run(attempt->ns->store, attempt->arena, reqs, 2, err));
	if (reqs[1].outcome == NAMI_OUTCOME_FAILED)
	{
		*err = reqs[1].error;
		return NAMI_FAILED;
	}
	*is_moved = reqs[1].outcome == NAMI_OUTCOME_DONE;
	*is_done = reqs[0].outcome == NAMI_OUTCOME_DONE;
	*was_sent = reqs[0].outcome == NAMI_OUTCOME_UNKNOWN ||
		reqs[0].outcome == NAMI_OUTCOME_CONFLICT_CHECK;
	return NAMI_OK;
}

/* Without a segment to send, the probe for a newer version stands alone. */
static NamiStatus
probe(NamiAttempt *attempt, bool *is_moved, NamiError *err)
{
	NamiStoreRequest req = {.op = NAMI_OP_HEAD, .key = attempt->base->next_pointer_key};

	*is_moved = false;
	if (!attempt->probe_too)
		return NAMI_OK;
	NAMI_TRY(nami_store_run(attempt->ns->store, attempt->arena, &req, 1, err));
	if (req.outcome == NAMI_OUTCOME_FAILED)
	{
		*err = req.error;
		return NAMI_FAILED;
	}
	*is_moved = req.outcome == NAMI_OUTCOME_DONE;
	return NAMI_OK;
}

static void
take_number(NamiAttempt *attempt)
{
	attempt->seq = ++attempt->ns->greatest_seq;
	attempt->segment_key = nami_key_wal(attempt->arena, attempt->ns->prefix, attempt->seq);
}

static NamiStatus
put_segment(NamiAttempt *attempt, bool *is_moved, NamiError *err)
{
	NamiNamespace *ns = attempt->ns;
	bool		is_done = false;
	bool		was_sent = false;

	*is_moved = false;
	take_number(attempt);
	if (attempt->probe_too)
		NAMI_TRY(first_segment_try(attempt, is_moved, &is_done, &was_sent, err));
	if (*is_moved || is_done)
		return NAMI_OK;
	for (int conflicts = 0;;)
	{
		switch (claim(ns, attempt->arena, attempt->segment_key, attempt->segment.bytes, was_sent,
					  attempt->deadline_ms, err))
		{
			case CLAIM_OURS:
				return NAMI_OK;
			case CLAIM_FOREIGN:
				if (++conflicts % CONFLICTS_BEFORE_LIST == 0)
					NAMI_TRY(nami_commit_list_segments(ns, attempt->arena, err));
				take_number(attempt);
				was_sent = false;
				break;
			case CLAIM_UNKNOWN:
			case CLAIM_NOT_SENT:
				/* An orphan at worst: nobody lists it. */
				if (attempt->deadline_ms != 0 && now_ms(ns) >= attempt->deadline_ms)
					return fail_deadline(err);
				return NAMI_FAILED;
		}
	}
}

/* ---- the version in memory ------------------------------------------------------------------ */

/*
 * The version that a large commit makes is left to the next statement: now it would need memory beside
 * all that is staged.
 */
static bool
is_prepared_later(const NamiAttempt *attempt)
{
	return attempt->has_segment && attempt->segment.bytes.len > PREPARE_BYTES_MAX;
}

/* Before the pointer is sent: nothing may fail once the commit has happened. */
static NamiStatus
prepare_loaded(NamiAttempt *attempt, NamiError *err)
{
	NamiNamespace *ns = attempt->ns;
	NamiOwner  *owner = attempt->txn->owner;
	NamiLoaded *loaded;
	NamiViewSegment segment = {attempt->seq, attempt->segment.bytes};
	NamiViewInputs inputs;
	NamiView   *view;

	attempt->prepared = NULL;
	if (is_prepared_later(attempt))
		return NAMI_OK;
	loaded = nami_loaded_create(ns, owner);
	NAMI_TRY(nami_loaded_set_manifest(ns, loaded, attempt->body_key, attempt->body, err));
	nami_view_inputs_init(&inputs, attempt->arena, loaded);
	inputs.segments = &segment;
	inputs.segment_count = attempt->has_segment ? 1 : 0;
	NAMI_TRY(nami_view_append(attempt->base->view, ns->host, ns->allocator, owner, &inputs, &view,
							  err));
	loaded->view = view;
	attempt->prepared = loaded;
	return NAMI_OK;
}

static void
discard_prepared(NamiAttempt *attempt)
{
	if (attempt->prepared != NULL)
		nami_loaded_discard(attempt->prepared);
	attempt->prepared = NULL;
}

/* Reading everything anew is less work than appending more than there was. */
static void
leave_behind(NamiAttempt *attempt)
{
	NamiNamespace *ns = attempt->ns;
	const NamiView *view = ns->loaded->view;

	if ((uint64_t) view->image->nodes.count + view->image->edge_count + view->delta.row_count <
		attempt->segment.summary.record_count)
		nami_namespace_forget(ns);
	else
		ns->confirmed_ms = INT64_MIN / 2;	/* older than any staleness */
}

static void
install_prepared(NamiAttempt *attempt)
{
	NamiNamespace *ns = attempt->ns;

	if (attempt->prepared == NULL)
	{
		leave_behind(attempt);
		return;
	}
	nami_namespace_install(ns, attempt->prepared);
	nami_changes_reset(ns->changes, ns->loaded->version);
	ns->confirmed_ms = now_ms(ns);
}

static NamiStatus
fail_in_doubt(const NamiAttempt *attempt, const NamiError *cause, NamiError *err)
{
	char		writer[NAMI_UUID_TEXT_LEN];
	NamiError	copy = *cause;

	nami_uuid_format(attempt->writer_id, writer);
	nami_fail(err, NAMI_ERR_IN_DOUBT,
			  "the outcome of the commit is unknown: version %llu, writer %.36s",
			  (unsigned long long) attempt->base->version + 1, writer);
	nami_error_detail(err, "The last answer of the store was: %s.",
					  copy.cls == NAMI_ERR_NONE ? "none" : copy.message);
	nami_error_hint(err, "The change is in the graph if the manifest of that version has that "
					"writer_id.");
	err->http_status = copy.http_status;
	return NAMI_FAILED;
}

/* ---- body ----------------------------------------------------------------------------------- */

/*
 * The body was sent and the user wants to stop. An empty commit in its place makes sure that it never
 * counts: base with nothing but a new version number. CLAIM_FOREIGN: the slot is not ours, and the
 * transaction is not committed. CLAIM_OURS: the body is there; go on.
 */
static Claim
withdraw(NamiAttempt *attempt, NamiError *err)
{
	NamiNamespace *ns = attempt->ns;
	int64_t		deadline_ms = now_ms(ns) + WITHDRAW_MS;
	int64_t		now_us = ns->host->now_us(ns->host->ctx);
	NamiManifestNext next;
	NamiBuf		body;
	bool		is_absent;
	bool		is_ours;
	Claim		verdict;

	nami_store_set_uninterruptible(ns->store, true);
	nami_store_set_deadline(ns->store, deadline_ms);
	if (nami_manifest_next_init(&next, attempt->arena, &attempt->base->manifest, err) != NAMI_OK)
		return CLAIM_UNKNOWN;
	nami_manifest_next_set_writer(&next, attempt->base->manifest.epoch, nami_uuid_v4(ns->host),
								  now_us / 1000000, (int32_t) (now_us % 1000000) * 1000);
	nami_buf_init(&body, attempt->arena);
	nami_manifest_next_write(&next, &body);
	verdict = claim(ns, attempt->arena, attempt->body_key, nami_buf_str(&body), false,
					deadline_ms, err);
	if (verdict == CLAIM_OURS)
	{
		NamiBuf		pointer;
		NamiError	ignored = NAMI_ERROR_INIT;

		/* If this fails, whoever comes next adopts the empty version. */
		nami_buf_init(&pointer, attempt->arena);
		nami_pointer_write(&pointer, ns->prefix, next.version, next.epoch);
		(void) claim(ns, attempt->arena, attempt->pointer_key, nami_buf_str(&pointer), false,
					 deadline_ms, &ignored);
		return CLAIM_FOREIGN;
	}
	if (verdict != CLAIM_FOREIGN)
		return CLAIM_UNKNOWN;
	if (read_back(ns, attempt->arena, attempt->body_key, attempt->body, &is_absent, &is_ours,
				  err) != NAMI_OK || is_absent)
		return CLAIM_UNKNOWN;
	return is_ours ? CLAIM_OURS : CLAIM_FOREIGN;
}

static NamiStatus
put_body(NamiAttempt *attempt, bool *is_foreign, NamiError *err)
{
	NamiError	cause;

	*is_foreign = false;
	switch (claim(attempt->ns, attempt->arena, attempt->body_key, attempt->body, false,
				  attempt->deadline_ms, err))
	{
		case CLAIM_OURS:
			return NAMI_OK;
		case CLAIM_FOREIGN:
			*is_foreign = true;
			return NAMI_OK;
		case CLAIM_NOT_SENT:
			if (attempt->deadline_ms != 0 && now_ms(attempt->ns) >= attempt->deadline_ms)
				return fail_deadline(err);
			return NAMI_FAILED;
		case CLAIM_UNKNOWN:
			break;
	}
	cause = *err;
	switch (withdraw(attempt, err))
	{
		case CLAIM_OURS:
			return NAMI_OK;
		case CLAIM_FOREIGN:
			*err = cause;
			if (attempt->deadline_ms != 0 && now_ms(attempt->ns) >= attempt->deadline_ms)
				return fail_deadline(err);
			return NAMI_FAILED;
		default:
			return fail_in_doubt(attempt, &cause, err);
	}
}

/* ---- pointer -------------------------------------------------------------------------------- */

/* The pointer is there. Does it name our body? */
static NamiStatus
judge_pointer(NamiAttempt *attempt, NamiStr bytes, bool *is_ours, NamiError *err)
{
	NamiPointer pointer;
	NamiStr		body;
	bool		is_found;

	NAMI_TRY(nami_pointer_parse(attempt->arena, bytes, &pointer, err));
	NAMI_TRY(nami_store_get(attempt->ns->store, attempt->arena, pointer.manifest_path, &body,
							&is_found, err));
	*is_ours = is_found && nami_str_eq(body, attempt->body);
	return NAMI_OK;
}

/* CLAIM_UNKNOWN: ask again. */
static Claim
look_at_pointer(NamiAttempt *attempt, NamiError *err)
{
	NamiStr		bytes;
	bool		is_found;
	bool		is_ours;

	if (nami_store_get(attempt->ns->store, attempt->arena, attempt->pointer_key, &bytes,
					   &is_found, err) != NAMI_OK ||
		!is_found || judge_pointer(attempt, bytes, &is_ours, err) != NAMI_OK)
		return CLAIM_UNKNOWN;
	return is_ours ? CLAIM_OURS : CLAIM_FOREIGN;
}

/* An answer that repeating will not change. */
static bool
is_refusal(const NamiError *error)
{
	return error->cls == NAMI_ERR_PERMISSION || error->cls == NAMI_ERR_AUTHENTICATION ||
		error->cls == NAMI_ERR_UNSUPPORTED || error->cls == NAMI_ERR_UNDEFINED_OBJECT ||
		error->cls == NAMI_ERR_READ_ONLY || error->cls == NAMI_ERR_DISK_FULL;
}

/*
 * The next step must end in time for others: a request whose answer is lost would otherwise use up the
 * whole time, and nobody would have read back.
 */
static void
begin_resolve_step(NamiNamespace *ns, int64_t resolve_ms, int64_t deadline_ms)
{
	int64_t		share_ms = resolve_ms / RESOLVE_SHARE;
	int64_t		end_ms;

	if (share_ms < RESOLVE_STEP_MIN_MS)
		share_ms = RESOLVE_STEP_MIN_MS;
	end_ms = now_ms(ns) + share_ms;
	nami_store_set_deadline(ns->store, end_ms < deadline_ms ? end_ms : deadline_ms);
}

/*
 * Until the outcome is known, or for the time that resolve_timeout grants. Errors of single requests
 * only mean to try again: the body is there, and anybody may complete the commit.
 */
static NamiStatus
put_pointer(NamiAttempt *attempt, bool *is_ours, NamiError *err)
{
	NamiNamespace *ns = attempt->ns;
	int64_t		resolve_ms = attempt->txn->options.resolve_timeout_ms;
	int64_t		deadline_ms;
	NamiError	cause = NAMI_ERROR_INIT;
	NamiError	ignored = NAMI_ERROR_INIT;

	if (resolve_ms <= 0)
		resolve_ms = DEFAULT_RESOLVE_MS;
	deadline_ms = now_ms(ns) + resolve_ms;
	nami_store_set_uninterruptible(ns->store, true);
	for (int i = 0;; i++)
	{
		NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = attempt->pointer_key,
		.body = attempt->pointer};
		Claim		verdict = CLAIM_UNKNOWN;

		begin_resolve_step(ns, resolve_ms, deadline_ms);
		if (nami_store_run(ns->store, attempt->arena, &req, 1, &cause) == NAMI_OK &&
			req.error.cls != NAMI_ERR_NONE)
			cause = req.error;
		if (req.outcome == NAMI_OUTCOME_DONE)
			verdict = CLAIM_OURS;
		else
		{
			begin_resolve_step(ns, resolve_ms, deadline_ms);
			verdict = look_at_pointer(attempt, &ignored);
		}
		if (verdict != CLAIM_UNKNOWN)
		{
			*is_ours = verdict == CLAIM_OURS;
			return NAMI_OK;
		}
		if ((req.outcome == NAMI_OUTCOME_FAILED && is_refusal(&cause) && i >= REFUSALS_MAX) ||
			nami_commit_pause(ns, nami_commit_jitter(ns, i, 10, 1000), deadline_ms, false,
							  &ignored) != NAMI_OK)
			return fail_in_doubt(attempt, &cause, err);
	}
}

static void
hold_interrupts(NamiTransaction *txn)
{
	if (!txn->is_holding_interrupts && txn->hooks.hold_interrupts != NULL)
		txn->hooks.hold_interrupts(txn->hooks.ctx);
	txn->is_holding_interrupts = true;
}

NamiStatus
nami_commit_publish(NamiAttempt *attempt, NamiAttemptResult *result, NamiError *err)
{
	NamiNamespace *ns = attempt->ns;
	bool		is_moved;
	bool		is_foreign;
	bool		is_ours = false;

	*result = NAMI_ATTEMPT_MOVED;
	if (attempt->has_segment)
		NAMI_TRY(put_segment(attempt, &is_moved, err));
	else
		NAMI_TRY(probe(attempt, &is_moved, err));
	if (is_moved)
		return NAMI_OK;
	nami_commit_write_body(attempt);
	NAMI_TRY(prepare_loaded(attempt, err));
	if (put_body(attempt, &is_foreign, err) != NAMI_OK)
	{
		discard_prepared(attempt);
		return NAMI_FAILED;
	}
	if (is_foreign)
	{
		discard_prepared(attempt);
		*result = NAMI_ATTEMPT_OCCUPIED;
		return NAMI_OK;
	}
	hold_interrupts(attempt->txn);
	if (put_pointer(attempt, &is_ours, err) != NAMI_OK)
	{
		discard_prepared(attempt);
		nami_namespace_forget(ns);
		return NAMI_FAILED;
	}
	nami_store_set_uninterruptible(ns->store, false);
	nami_store_set_deadline(ns->store, attempt->deadline_ms);
	if (!is_ours)
	{
		discard_prepared(attempt);
		return NAMI_OK;
	}
	install_prepared(attempt);
	*result = NAMI_ATTEMPT_COMMITTED;
	nami_store_put_background(ns->store, nami_key_current(attempt->arena, ns->prefix),
							  attempt->pointer);
	return NAMI_OK;
}

/* ---- bootstrap ------------------------------------------------------------------------------ */

static NamiStatus
claim_or_fail(NamiNamespace *ns, NamiArena *arena, NamiStr key, NamiStr bytes, NamiError *err)
{
	switch (claim(ns, arena, key, bytes, false, 0, err))
	{
		case CLAIM_OURS:
		case CLAIM_FOREIGN:
			return NAMI_OK;
		default:
			return NAMI_FAILED;
	}
}

NamiStatus
nami_commit_bootstrap(NamiNamespace *ns, NamiOwner *owner, NamiError *err)
{
	NamiScratch *scratch = nami_scratch_begin(ns, owner);
	NamiArena  *arena = scratch->arena;
	int64_t		now_us = ns->host->now_us(ns->host->ctx);
	NamiBuf		body;
	NamiBuf		pointer;
	NamiStatus	status;

	nami_buf_init(&body, arena);
	nami_manifest_write_initial(&body, nami_uuid_v4(ns->host), now_us / 1000000,
								(int32_t) (now_us % 1000000) * 1000);
	nami_buf_init(&pointer, arena);
	nami_pointer_write(&pointer, ns->prefix, 0, 0);
	/* Whoever was first with either: what is there counts. */
	status = claim_or_fail(ns, arena, nami_key_manifest(arena, ns->prefix, 0),
						   nami_buf_str(&body), err);
	if (status == NAMI_OK)
		status = claim_or_fail(ns, arena, nami_key_pointer(arena, ns->prefix, 0),
							   nami_buf_str(&pointer), err);
	if (status == NAMI_OK)
		nami_store_put_background(ns->store, nami_key_current(arena, ns->prefix),
								  nami_buf_str(&pointer));
	nami_scratch_end(scratch);
	if (status != NAMI_OK)
		return NAMI_FAILED;
	NAMI_TRY(nami_namespace_load(ns, owner, err));
	if (!nami_namespace_exists(ns))
		return nami_fail(err, NAMI_ERR_IO, "the namespace that was just created is not there");
	return NAMI_OK;
}
