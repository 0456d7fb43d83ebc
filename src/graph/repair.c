/*
 * repair.c - a body without its pointer: some writer stopped in the middle of a commit, and nobody
 * can commit until that is resolved (spec/storage.md 4.5).
 */
#include "format/wal.h"
#include "graph/commit_internal.h"

#define GRACE_MS		2000	/* for a writer that is merely slow */
#define OCCUPY_TRIES	4

typedef enum Judgement
{
	JUDGED_ADOPT,
	JUDGED_DELETE,
	JUDGED_AGAIN				/* a missing segment has appeared meanwhile */
} Judgement;

typedef struct Repair
{
	NamiNamespace *ns;
	NamiArena  *arena;
	const NamiManifest *base;
	uint64_t	version;		/* of the body in the way */
	NamiStr		body_key;
	NamiStr		pointer_key;
	NamiStr		body;
	uint64_t	epoch;			/* of the body, when it is a manifest */
} Repair;

/* ---- judging -------------------------------------------------------------------------------- */

static bool
is_listed_segment(const NamiManifest *base, uint64_t seq)
{
	for (uint32_t i = 0; i < base->wal_segment_count; i++)
	{
		if (base->wal_segments[i].seq == seq)
			return true;
	}
	return false;
}

static bool
is_listed_sst(const NamiManifest *base, NamiUuid id)
{
	for (uint32_t i = 0; i < base->sst_count; i++)
	{
		if (nami_uuid_eq(base->ssts[i].id, id))
			return true;
	}
	return false;
}

/*
 * The slot of a segment that never came is taken by an empty one, so that it cannot come any more:
 * only then is the body certainly void.
 */
static NamiStatus
occupy_slot(Repair *repair, NamiStr key, Judgement *judgement, NamiError *err)
{
	NamiWalBuilder builder;
	NamiWalSegment empty;
	NamiStoreOutcome outcome;

	nami_wal_builder_init(&builder, repair->arena);
	NAMI_TRY(nami_wal_finish(&builder, &empty, err));
	NAMI_TRY(nami_store_create(repair->ns->store, repair->arena, key, empty.bytes, &outcome, err));
	*judgement = outcome == NAMI_OUTCOME_DONE ? JUDGED_DELETE : JUDGED_AGAIN;
	return NAMI_OK;
}

static NamiStatus
judge_segment(Repair *repair, const NamiWalDescriptor *descriptor, Judgement *judgement,
			  NamiError *err)
{
	NamiStr		key = nami_key_wal(repair->arena, repair->ns->prefix, descriptor->seq);
	NamiStr		bytes;
	NamiWalSummary summary;
	NamiError	ignored = NAMI_ERROR_INIT;
	bool		is_found;

	NAMI_TRY(nami_store_get(repair->ns->store, repair->arena, key, &bytes, &is_found, err));
	if (!is_found)
		return occupy_slot(repair, key, judgement, err);
	if (nami_wal_check(bytes, &summary, &ignored) != NAMI_OK || summary.record_count == 0 ||
		summary.last_lsn != descriptor->last_lsn || !descriptor->has_xxh3 ||
		summary.xxh3 != descriptor->xxh3 || !nami_str_eq(descriptor->path, key))
		*judgement = JUDGED_DELETE;
	return NAMI_OK;
}

static NamiStatus
judge_sst(Repair *repair, const NamiSst *sst, Judgement *judgement, NamiError *err)
{
	bool		is_found;

	NAMI_TRY(nami_store_head(repair->ns->store, repair->arena,
							 nami_key_of_path(repair->arena, repair->ns->prefix, sst->path),
							 &is_found, NULL, err));
	if (!is_found)
		*judgement = JUDGED_DELETE;
	return NAMI_OK;
}

static NamiStatus
judge(Repair *repair, Judgement *judgement, NamiError *err)
{
	NamiManifest manifest;
	NamiError	parse_error = NAMI_ERROR_INIT;

	*judgement = JUDGED_ADOPT;
	if (nami_manifest_parse(repair->arena, repair->body, &manifest, &parse_error) != NAMI_OK)
	{
		/* Written by a release that we do not understand: not ours to delete. */
		if (parse_error.cls == NAMI_ERR_UNSUPPORTED)
		{
			*err = parse_error;
			nami_error_context(err, "%.*s", NAMI_STR_ARG(repair->body_key));
			return NAMI_FAILED;
		}
		*judgement = JUDGED_DELETE;
		return NAMI_OK;
	}
	repair->epoch = manifest.epoch;
	if (manifest.version != repair->version || manifest.epoch < repair->base->epoch)
		*judgement = JUDGED_DELETE;
	for (uint32_t i = 0; i < manifest.wal_segment_count && *judgement == JUDGED_ADOPT; i++)
	{
		if (!is_listed_segment(repair->base, manifest.wal_segments[i].seq))
			NAMI_TRY(judge_segment(repair, &manifest.wal_segments[i], judgement, err));
	}
	for (uint32_t i = 0; i < manifest.sst_count && *judgement == JUDGED_ADOPT; i++)
	{
		if (!is_listed_sst(repair->base, manifest.ssts[i].id))
			NAMI_TRY(judge_sst(repair, &manifest.ssts[i], judgement, err));
	}
	return NAMI_OK;
}

/* ---- acting --------------------------------------------------------------------------------- */

static NamiStatus
adopt(Repair *repair, NamiError *err)
{
	NamiNamespace *ns = repair->ns;
	NamiStoreOutcome outcome;
	NamiBuf		pointer;

	nami_buf_init(&pointer, repair->arena);
	nami_pointer_write(&pointer, ns->prefix, repair->version, repair->epoch);
	/* Any outcome will do: the caller loads and sees. */
	NAMI_TRY(nami_store_create(ns->store, repair->arena, repair->pointer_key,
							   nami_buf_str(&pointer), &outcome, err));
	if (outcome == NAMI_OUTCOME_DONE)
		nami_store_put_background(ns->store, nami_key_current(repair->arena, ns->prefix),
								  nami_buf_str(&pointer));
	ns->host->log(ns->host->ctx, NAMI_LOG_INFO, "repair",
				  "completed a commit that another writer had left unfinished");
	return NAMI_OK;
}

static NamiStatus
remove_body(Repair *repair, NamiError *err)
{
	NamiNamespace *ns = repair->ns;
	bool		is_found;

	NAMI_TRY(nami_store_head(ns->store, repair->arena, repair->pointer_key, &is_found, NULL, err));
	if (is_found)
		return NAMI_OK;			/* somebody has judged otherwise, and published */
	if (nami_store_delete(ns->store, repair->arena, repair->body_key, err) == NAMI_OK)
	{
		ns->host->log(ns->host->ctx, NAMI_LOG_WARNING, "repair",
					  "removed the manifest of a commit that can no longer be completed");
		return NAMI_OK;
	}
	nami_error_context(err, "a commit that another writer left unfinished cannot be removed");
	nami_error_hint(err, "Allow deleting of \"%.*s\", or delete that object.",
					NAMI_STR_ARG(repair->body_key));
	return NAMI_FAILED;
}

/* True: the pointer is there, or the body is gone or has changed: nothing to repair. */
static NamiStatus
is_resolved(Repair *repair, bool *resolved, NamiError *err)
{
	NamiStoreRequest reqs[2] = {
		{.op = NAMI_OP_HEAD, .key = repair->pointer_key},
		{.op = NAMI_OP_GET, .key = repair->body_key},
	};

	NAMI_TRY(nami_store_run(repair->ns->store, repair->arena, reqs, 2, err));
	for (int i = 0; i < 2; i++)
	{
		if (reqs[i].outcome == NAMI_OUTCOME_FAILED)
		{
			*err = reqs[i].error;
			return NAMI_FAILED;
		}
	}
	*resolved = reqs[0].outcome == NAMI_OUTCOME_DONE ||
		reqs[1].outcome == NAMI_OUTCOME_NOT_FOUND ||
		(repair->body.ptr != NULL && !nami_str_eq(repair->body, reqs[1].bytes));
	repair->body = reqs[1].bytes;
	return NAMI_OK;
}

static NamiStatus
wait_and_repair(Repair *repair, int64_t deadline_ms, NamiError *err)
{
	NamiNamespace *ns = repair->ns;
	int64_t		grace_end = ns->host->monotonic_ms(ns->host->ctx) + GRACE_MS;
	Judgement	judgement = JUDGED_AGAIN;
	bool		resolved;

	for (int64_t pause_ms = 2;; pause_ms = pause_ms < 100 ? pause_ms * 2 : 100)
	{
		NAMI_TRY(is_resolved(repair, &resolved, err));
		if (resolved)
			return NAMI_OK;
		if (ns->host->monotonic_ms(ns->host->ctx) >= grace_end)
			break;
		NAMI_TRY(nami_commit_pause(ns, pause_ms, deadline_ms, true, err));
	}
	for (int i = 0; i < OCCUPY_TRIES && judgement == JUDGED_AGAIN; i++)
		NAMI_TRY(judge(repair, &judgement, err));
	switch (judgement)
	{
		case JUDGED_ADOPT:
			return adopt(repair, err);
		case JUDGED_DELETE:
			return remove_body(repair, err);
		case JUDGED_AGAIN:
			break;
	}
	return NAMI_OK;
}

NamiStatus
nami_repair_stalled(NamiNamespace *ns, NamiOwner *owner, int64_t deadline_ms, NamiError *err)
{
	NamiScratch *scratch = nami_scratch_begin(ns, owner);
	Repair		repair = {.ns = ns, .arena = scratch->arena, .base = &ns->loaded->manifest,
	.version = ns->loaded->version + 1};
	NamiStatus	status;

	repair.body_key = nami_key_manifest(repair.arena, ns->prefix, repair.version);
	repair.pointer_key = nami_key_pointer(repair.arena, ns->prefix, repair.version);
	status = wait_and_repair(&repair, deadline_ms, err);
	nami_scratch_end(scratch);
	return status;
}
