/*
 * namespace_load.c - finding the current version of a namespace (spec/storage.md 4.2) and loading it
 * whole.
 */
#include "format/wal.h"
#include "graph/commit_internal.h"
#include "graph/namespace_internal.h"

#define LOAD_ATTEMPTS		8
#define DAMAGE_RETRIES		5		/* 20, 40, ... 320 ms: 0.6 s in all */
#define DAMAGE_PAUSE_MS		20
#define PROBES_MAX			8192	/* pointers followed behind the last one that was listed */
#define FETCH_PORTION		64
#define POINTER_BYTES_MAX	65536

typedef struct Found
{
	bool		exists;
	bool		is_legacy;
	bool		is_gone;		/* collected between two steps: start again */
	uint64_t	version;
	NamiStr		body_key;
	NamiStr		body;
} Found;

/* ---- fetching ------------------------------------------------------------------------------- */

NamiStatus
nami_namespace_fetch(NamiNamespace *ns, NamiArena *arena, NamiStoreRequest *reqs, size_t count,
					 int64_t *missing, NamiError *err)
{
	*missing = -1;
	for (size_t done = 0; done < count; done += FETCH_PORTION)
	{
		size_t		n = count - done < FETCH_PORTION ? count - done : FETCH_PORTION;

		NAMI_TRY(nami_store_run(ns->store, arena, reqs + done, n, err));
		for (size_t i = done; i < done + n; i++)
		{
			if (reqs[i].outcome == NAMI_OUTCOME_DONE)
				continue;
			if (reqs[i].outcome != NAMI_OUTCOME_NOT_FOUND)
			{
				*err = reqs[i].error;
				return NAMI_FAILED;
			}
			*missing = (int64_t) i;
			return NAMI_OK;
		}
	}
	return NAMI_OK;
}

static void
note_changes(NamiWalRecord *record, NamiChangeBuilder *builder)
{
	if (record->is_edge)
		nami_change_builder_add_edge(builder, record->edge_type, &record->src, &record->dst);
	else
		nami_change_builder_add_node(builder, &record->id);
}

NamiStatus
nami_namespace_check_segment(const NamiWalDescriptor *descriptor, NamiStr bytes,
							 NamiChangeBuilder *builder, NamiError *err)
{
	NamiWalReader reader;
	NamiWalRecord record;
	bool		has_record = true;
	uint64_t	last_lsn = 0;
	NamiStatus	status = nami_wal_open(bytes, &reader, err);

	while (status == NAMI_OK && has_record)
	{
		status = nami_wal_next(&reader, &record, &has_record, err);
		if (status != NAMI_OK || !has_record)
			break;
		last_lsn = record.lsn;
		if (builder != NULL)
			note_changes(&record, builder);
	}
	if (status == NAMI_OK && last_lsn != descriptor->last_lsn)
		status = nami_fail(err, NAMI_ERR_CORRUPT,
						   "its last LSN is %llu where the manifest says %llu",
						   (unsigned long long) last_lsn,
						   (unsigned long long) descriptor->last_lsn);
	if (status != NAMI_OK)
		nami_error_context(err, "WAL segment %llu", (unsigned long long) descriptor->seq);
	return status;
}

/* ---- finding -------------------------------------------------------------------------------- */

static NamiStatus
list_pointers(NamiNamespace *ns, NamiArena *arena, bool *any, uint64_t *version, NamiError *err)
{
	const NamiStoreEntry *entries;
	size_t		count;

	*any = false;
	*version = 0;
	NAMI_TRY(nami_store_list(ns->store, arena, nami_key_pointer_folder(arena, ns->prefix),
							 &entries, &count, err));
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	number;

		if (nami_key_parse_pointer(entries[i].key, &number) == NAMI_KEY_MATCH)
		{
			*any = true;
			if (number > *version)
				*version = number;
		}
	}
	return NAMI_OK;
}

static NamiStatus
get_outcome(const NamiStoreRequest *req, NamiError *err)
{
	if (req->outcome == NAMI_OUTCOME_DONE || req->outcome == NAMI_OUTCOME_NOT_FOUND)
		return NAMI_OK;
	*err = req->error;
	return NAMI_FAILED;
}

static NamiStatus
parse_pointer(NamiArena *arena, NamiStr key, NamiStr bytes, NamiPointer *pointer, NamiError *err)
{
	if (nami_pointer_parse(arena, bytes, pointer, err) == NAMI_OK)
		return NAMI_OK;
	nami_error_context(err, "%.*s", NAMI_STR_ARG(key));
	return NAMI_FAILED;
}

/*
 * No listed pointer: p0 may be missing in a LIST that lags behind, and so may all of them;
 * current.json then leads to one. A namespace older than the pointer family has nothing else.
 */
static NamiStatus
find_without_list(NamiNamespace *ns, NamiArena *arena, Found *found, NamiError *err)
{
	NamiStoreRequest reqs[2] = {
		{.op = NAMI_OP_HEAD, .key = nami_key_pointer(arena, ns->prefix, 0)},
		{.op = NAMI_OP_GET, .key = nami_key_current(arena, ns->prefix),
		.max_bytes = POINTER_BYTES_MAX},
	};
	NamiPointer pointer;
	bool		has_pointer;

	NAMI_TRY(nami_store_run(ns->store, arena, reqs, 2, err));
	NAMI_TRY(get_outcome(&reqs[0], err));
	NAMI_TRY(get_outcome(&reqs[1], err));
	if (reqs[0].outcome == NAMI_OUTCOME_DONE)
	{
		found->exists = true;
		return NAMI_OK;
	}
	if (reqs[1].outcome == NAMI_OUTCOME_NOT_FOUND)
		return NAMI_OK;
	NAMI_TRY(parse_pointer(arena, reqs[1].key, reqs[1].bytes, &pointer, err));
	found->exists = true;
	found->version = pointer.version;
	NAMI_TRY(nami_store_head(ns->store, arena, nami_key_pointer(arena, ns->prefix, pointer.version),
							 &has_pointer, NULL, err));
	if (!has_pointer)
	{
		found->is_legacy = true;
		found->body_key = pointer.manifest_path;
	}
	return NAMI_OK;
}

/* From a version whose pointer was seen to the newest, and its body if that has the usual name. */
static NamiStatus
probe_upwards(NamiNamespace *ns, NamiArena *arena, Found *found, NamiError *err)
{
	for (int i = 0; i < PROBES_MAX; i++)
	{
		NamiStr		body_key = nami_key_manifest(arena, ns->prefix, found->version);
		NamiStoreRequest reqs[3] = {
			{.op = NAMI_OP_GET, .key = nami_key_pointer(arena, ns->prefix, found->version),
			.max_bytes = POINTER_BYTES_MAX},
			{.op = NAMI_OP_HEAD, .key = nami_key_pointer(arena, ns->prefix, found->version + 1)},
			{.op = NAMI_OP_GET, .key = body_key},
		};
		NamiPointer pointer;

		NAMI_TRY(nami_store_run(ns->store, arena, reqs, 3, err));
		for (int r = 0; r < 3; r++)
			NAMI_TRY(get_outcome(&reqs[r], err));
		if (reqs[1].outcome == NAMI_OUTCOME_DONE)
		{
			found->version++;
			continue;
		}
		if (reqs[0].outcome == NAMI_OUTCOME_NOT_FOUND)
		{
			found->is_gone = true;
			found->body_key = reqs[0].key;
			return NAMI_OK;
		}
		NAMI_TRY(parse_pointer(arena, reqs[0].key, reqs[0].bytes, &pointer, err));
		if (pointer.version != found->version)
			return nami_fail(err, NAMI_ERR_CORRUPT, "%.*s names version %llu",
							 NAMI_STR_ARG(reqs[0].key), (unsigned long long) pointer.version);
		found->body_key = pointer.manifest_path;
		if (nami_str_eq(pointer.manifest_path, body_key) &&
			reqs[2].outcome == NAMI_OUTCOME_DONE)
			found->body = reqs[2].bytes;
		return NAMI_OK;
	}
	nami_fail(err, NAMI_ERR_CONFLICT, "the namespace moves on faster than it can be followed");
	err->retryable = true;
	return NAMI_FAILED;
}

static NamiStatus
find_current(NamiNamespace *ns, NamiArena *arena, Found *found, NamiError *err)
{
	bool		is_found;

	memset(found, 0, sizeof(*found));
	NAMI_TRY(list_pointers(ns, arena, &found->exists, &found->version, err));
	if (!found->exists)
		NAMI_TRY(find_without_list(ns, arena, found, err));
	if (!found->exists)
		return NAMI_OK;
	if (!found->is_legacy)
		NAMI_TRY(probe_upwards(ns, arena, found, err));
	if (found->is_gone || found->body.ptr != NULL)
		return NAMI_OK;
	NAMI_TRY(nami_store_get(ns->store, arena, found->body_key, &found->body, &is_found, err));
	found->is_gone = !is_found;
	return NAMI_OK;
}

/* ---- building ------------------------------------------------------------------------------- */

/* The objects of a version: first the segments from number first_segment on, then the SSTs. */
typedef struct Objects
{
	NamiStoreRequest *reqs;
	size_t		count;
	uint32_t	first_segment;
	uint32_t	segment_count;
	const NamiSst **ssts;		/* of the requests behind the segments */
	uint32_t	sst_count;
} Objects;

static void
plan_objects(NamiNamespace *ns, NamiArena *arena, const NamiManifest *manifest,
			 uint32_t first_segment, bool with_ssts, Objects *objects)
{
	memset(objects, 0, sizeof(*objects));
	objects->first_segment = first_segment;
	objects->segment_count = manifest->wal_segment_count - first_segment;
	objects->reqs = nami_arena_alloc0(arena, sizeof(NamiStoreRequest) *
									  (objects->segment_count + manifest->sst_count + 1));
	objects->ssts = NAMI_NEW_ARRAY(arena, const NamiSst *, manifest->sst_count + 1);
	for (uint32_t i = first_segment; i < manifest->wal_segment_count; i++)
	{
		NamiStoreRequest *req = &objects->reqs[objects->count++];

		req->op = NAMI_OP_GET;
		req->key = nami_key_wal(arena, ns->prefix, manifest->wal_segments[i].seq);
	}
	for (uint32_t i = 0; with_ssts && i < manifest->sst_count; i++)
	{
		const NamiSst *sst = &manifest->ssts[i];
		NamiStoreRequest *req;

		if (sst->kind != NAMI_SST_NODES && sst->kind != NAMI_SST_EDGES_FWD)
			continue;
		req = &objects->reqs[objects->count++];
		req->op = NAMI_OP_GET;
		req->key = nami_key_of_path(arena, ns->prefix, sst->path);
		objects->ssts[objects->sst_count++] = sst;
	}
}

static NamiStatus
give_segments(NamiArena *arena, const NamiManifest *manifest, const Objects *objects,
			  NamiViewInputs *inputs, NamiError *err)
{
	NamiViewSegment *segments = NAMI_NEW_ARRAY(arena, NamiViewSegment, objects->segment_count + 1);

	for (uint32_t i = 0; i < objects->segment_count; i++)
	{
		const NamiWalDescriptor *descriptor =
			&manifest->wal_segments[objects->first_segment + i];

		NAMI_TRY(nami_namespace_check_segment(descriptor, objects->reqs[i].bytes, NULL, err));
		segments[i].seq = descriptor->seq;
		segments[i].bytes = objects->reqs[i].bytes;
	}
	inputs->segments = segments;
	inputs->segment_count = objects->segment_count;
	return NAMI_OK;
}

static void
give_ssts(NamiArena *arena, const Objects *objects, NamiViewInputs *inputs)
{
	NamiViewNodeSst *nodes = NAMI_NEW_ARRAY(arena, NamiViewNodeSst, objects->sst_count + 1);
	NamiViewEdgeSst *edges = NAMI_NEW_ARRAY(arena, NamiViewEdgeSst, objects->sst_count + 1);

	for (uint32_t i = 0; i < objects->sst_count; i++)
	{
		const NamiSst *sst = objects->ssts[i];
		NamiStr		bytes = objects->reqs[objects->segment_count + i].bytes;

		if (sst->kind == NAMI_SST_NODES)
			nodes[inputs->node_sst_count++] = (NamiViewNodeSst) {sst->id, bytes};
		else
			edges[inputs->edge_sst_count++] = (NamiViewEdgeSst) {sst->id, sst->scope, bytes};
	}
	inputs->node_ssts = nodes;
	inputs->edge_ssts = edges;
}

/*
 * A manifest that lists the same SSTs as the loaded one and at least its segments holds the same
 * data and what the further segments say, whatever lay between: ids and checksums prove it.
 */
static bool
can_append(const NamiNamespace *ns, const NamiLoaded *loaded, uint32_t *first_new)
{
	const NamiLoaded *old = ns->loaded;

	if (old == NULL || !old->exists || loaded->version < old->version)
		return false;
	if (nami_step_classify(&old->manifest, &loaded->manifest, first_new) != NAMI_STEP_APPEND)
		return false;
	for (uint32_t i = 0; i < *first_new; i++)
	{
		if (!loaded->manifest.wal_segments[i].has_xxh3)
			return false;
	}
	return true;
}

/* loaded->view stays NULL when something that is listed is gone, or when nothing can be appended. */
static NamiStatus
make_view(NamiNamespace *ns, NamiOwner *owner, NamiArena *arena, NamiLoaded *loaded, bool append,
		  uint32_t first_new, bool *is_gone, NamiStr *missing_key, NamiError *err)
{
	const NamiManifest *manifest = &loaded->manifest;
	NamiViewInputs inputs;
	Objects		objects;
	int64_t		missing;
	NamiView   *view;

	plan_objects(ns, arena, manifest, append ? first_new : 0, !append, &objects);
	NAMI_TRY(nami_namespace_fetch(ns, arena, objects.reqs, objects.count, &missing, err));
	if (missing >= 0)
	{
		*is_gone = true;
		*missing_key = objects.reqs[missing].key;
		return NAMI_OK;
	}
	nami_view_inputs_init(&inputs, arena, loaded);
	NAMI_TRY(give_segments(arena, manifest, &objects, &inputs, err));
	give_ssts(arena, &objects, &inputs);
	if (append)
		NAMI_TRY(nami_view_append(ns->loaded->view, ns->host, ns->allocator, owner, &inputs,
								  &view, err));
	else
		NAMI_TRY(nami_view_build(ns->catalog, ns->host, ns->allocator, owner, &inputs, &view,
								 err));
	loaded->view = view;
	return NAMI_OK;
}

static NamiStatus
build_view(NamiNamespace *ns, NamiOwner *owner, NamiArena *arena, NamiLoaded *loaded,
		   bool *is_gone, NamiStr *missing_key, NamiError *err)
{
	uint32_t	first_new = 0;

	if (can_append(ns, loaded, &first_new))
	{
		NAMI_TRY(make_view(ns, owner, arena, loaded, true, first_new, is_gone, missing_key, err));
		if (loaded->view != NULL || *is_gone)
			return NAMI_OK;
	}
	return make_view(ns, owner, arena, loaded, false, 0, is_gone, missing_key, err);
}

static NamiStatus
build_empty(NamiNamespace *ns, NamiOwner *owner, NamiError *err)
{
	NamiViewInputs inputs = {0};
	NamiLoaded *loaded = nami_loaded_create(ns, owner);
	NamiView   *view;

	NAMI_TRY(nami_view_build(ns->catalog, ns->host, ns->allocator, owner, &inputs, &view, err));
	loaded->view = view;
	nami_namespace_install(ns, loaded);
	nami_changes_reset(ns->changes, 0);
	return NAMI_OK;
}

static NamiStatus
build_found(NamiNamespace *ns, NamiOwner *owner, NamiArena *arena, const Found *found,
			bool *is_gone, NamiStr *missing_key, NamiError *err)
{
	NamiLoaded *loaded = nami_loaded_create(ns, owner);
	const NamiLoaded *old = ns->loaded;

	NAMI_TRY(nami_loaded_set_manifest(ns, loaded, found->body_key, found->body, err));
	if (loaded->version != found->version)
		return nami_fail(err, NAMI_ERR_CORRUPT, "%.*s holds version %llu, not %llu",
						 NAMI_STR_ARG(found->body_key), (unsigned long long) loaded->version,
						 (unsigned long long) found->version);
	loaded->is_legacy = found->is_legacy;
	NAMI_TRY(build_view(ns, owner, arena, loaded, is_gone, missing_key, err));
	if (*is_gone)
	{
		nami_loaded_discard(loaded);
		return NAMI_OK;
	}
	if (old != NULL && old->exists && loaded->version <= old->version)
	{
		/* A restored backup counts anew and may use the numbers of segments again. */
		ns->knows_seq = false;
		ns->greatest_seq = 0;
	}
	nami_namespace_install(ns, loaded);
	nami_changes_reset(ns->changes, ns->loaded->version);
	return NAMI_OK;
}

static NamiStatus
load_once(NamiNamespace *ns, NamiOwner *owner, NamiError *err)
{
	int64_t		started_ms = ns->host->monotonic_ms(ns->host->ctx);
	uint64_t	gone_version = UINT64_MAX;

	for (int attempt = 0; attempt < LOAD_ATTEMPTS; attempt++)
	{
		NamiScratch *scratch = nami_scratch_begin(ns, owner);
		Found		found;
		NamiStr		missing_key = {NULL, 0};
		NamiStatus	status = find_current(ns, scratch->arena, &found, err);
		bool		is_gone = found.is_gone;

		if (status == NAMI_OK && !found.exists)
			status = ns->loaded != NULL && !ns->loaded->exists ? NAMI_OK :
				build_empty(ns, owner, err);
		else if (status == NAMI_OK && !is_gone)
			status = build_found(ns, owner, scratch->arena, &found, &is_gone, &missing_key, err);
		else if (status == NAMI_OK)
			missing_key = found.body_key;
		if (status == NAMI_OK && is_gone && gone_version == found.version)
			status = nami_fail(err, NAMI_ERR_CORRUPT,
							   "version %llu of the namespace lists %.*s, which does not exist",
							   (unsigned long long) found.version, NAMI_STR_ARG(missing_key));
		gone_version = found.version;
		nami_scratch_end(scratch);
		if (status != NAMI_OK)
			return NAMI_FAILED;
		if (!is_gone)
		{
			ns->confirmed_ms = started_ms;
			return NAMI_OK;
		}
	}
	nami_fail(err, NAMI_ERR_CONFLICT,
			  "versions of the namespace are being deleted faster than they can be loaded");
	err->retryable = true;
	return NAMI_FAILED;
}

/*
 * What looks damaged may be a repair by another writer that is under way: between its steps a pointer
 * can name a body that is just being replaced (4.5). Damage that stays is reported after a moment.
 */
NamiStatus
nami_namespace_load(NamiNamespace *ns, NamiOwner *owner, NamiError *err)
{
	for (int attempt = 0;; attempt++)
	{
		if (load_once(ns, owner, err) == NAMI_OK)
			return NAMI_OK;
		if (err->cls != NAMI_ERR_CORRUPT || attempt == DAMAGE_RETRIES)
			return NAMI_FAILED;
		nami_error_reset(err);
		NAMI_TRY(nami_commit_pause(ns, (int64_t) DAMAGE_PAUSE_MS << attempt, 0, true, err));
	}
}
