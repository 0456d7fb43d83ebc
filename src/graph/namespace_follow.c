/*
 * namespace_follow.c - from the loaded version to the newest one, step by step.
 *
 * One probe tells that nothing is new. Else the bodies between are fetched; as long as every step
 * only appended WAL, flushed or compacted, the view keeps its data and takes just the new segments
 * (docs/engine.md 1.9). Anything else is loaded anew.
 */
#include "format/wal.h"
#include "graph/namespace_internal.h"

#define POINTER_BYTES_MAX	65536

/* The versions between the loaded one and the newest. */
typedef struct Steps
{
	uint32_t	count;
	bool		must_reload;
	NamiStr		pointers[NAMI_STEPS_MAX];
	NamiStr		body_keys[NAMI_STEPS_MAX];
	NamiStr		bodies[NAMI_STEPS_MAX];
	NamiManifest manifests[NAMI_STEPS_MAX];
	NamiChangeBuilder *changes[NAMI_STEPS_MAX];

	/* New segments of all steps, ascending. */
	NamiStoreRequest *reqs;
	NamiWalDescriptor *descriptors;
	uint32_t   *step_of;
	uint32_t	segment_count;
} Steps;

static int64_t
now_ms(const NamiNamespace *ns)
{
	return ns->host->monotonic_ms(ns->host->ctx);
}

static NamiStatus
get_outcome(const NamiStoreRequest *req, NamiError *err)
{
	if (req->outcome == NAMI_OUTCOME_DONE || req->outcome == NAMI_OUTCOME_NOT_FOUND)
		return NAMI_OK;
	*err = req->error;
	return NAMI_FAILED;
}

/* ---- the probe ------------------------------------------------------------------------------ */

typedef enum ProbeAnswer
{
	PROBE_CURRENT,
	PROBE_NEWER,				/* pointers[0] is there */
	PROBE_RELOAD
} ProbeAnswer;

/* The body under our version is still the one that we know. */
static bool
is_same_body(NamiArena *arena, const NamiLoaded *loaded, NamiStr body)
{
	return nami_str_eq(body, loaded->manifest.body);
}

/*
 * An old base: its successor may have come and been collected, or a backup may have been restored
 * over it. The pointer must still be there and name the body that we know.
 */
static NamiStatus
probe_old(NamiNamespace *ns, NamiArena *arena, NamiStr *next_pointer, ProbeAnswer *answer,
		  NamiError *err)
{
	const NamiLoaded *loaded = ns->loaded;
	NamiStoreRequest reqs[3] = {
		{.op = NAMI_OP_GET, .key = loaded->next_pointer_key, .max_bytes = POINTER_BYTES_MAX},
		{.op = NAMI_OP_GET, .key = loaded->body_key},
		{.op = NAMI_OP_HEAD, .key = loaded->pointer_key},
	};

	NAMI_TRY(nami_store_run(ns->store, arena, reqs, 3, err));
	for (int r = 0; r < 3; r++)
		NAMI_TRY(get_outcome(&reqs[r], err));
	if (reqs[1].outcome == NAMI_OUTCOME_NOT_FOUND || reqs[2].outcome == NAMI_OUTCOME_NOT_FOUND)
		*answer = PROBE_RELOAD;
	else if (!is_same_body(arena, loaded, reqs[1].bytes))
	{
		nami_namespace_forget(ns);
		*answer = PROBE_RELOAD;
	}
	else
	{
		*answer = reqs[0].outcome == NAMI_OUTCOME_DONE ? PROBE_NEWER : PROBE_CURRENT;
		*next_pointer = reqs[0].bytes;
	}
	return NAMI_OK;
}

/* Without a pointer family current.json is all there is (4.2). */
static NamiStatus
probe_legacy(NamiNamespace *ns, NamiArena *arena, ProbeAnswer *answer, NamiError *err)
{
	NamiStoreRequest reqs[2] = {
		{.op = NAMI_OP_GET, .key = nami_key_current(arena, ns->prefix),
		.max_bytes = POINTER_BYTES_MAX},
		{.op = NAMI_OP_HEAD, .key = ns->loaded->next_pointer_key},
	};
	NamiPointer pointer;

	NAMI_TRY(nami_store_run(ns->store, arena, reqs, 2, err));
	NAMI_TRY(get_outcome(&reqs[0], err));
	NAMI_TRY(get_outcome(&reqs[1], err));
	*answer = PROBE_RELOAD;
	if (reqs[0].outcome == NAMI_OUTCOME_DONE && reqs[1].outcome == NAMI_OUTCOME_NOT_FOUND)
	{
		NAMI_TRY(nami_pointer_parse(arena, reqs[0].bytes, &pointer, err));
		if (pointer.version == ns->loaded->version)
			*answer = PROBE_CURRENT;
	}
	return NAMI_OK;
}

static NamiStatus
probe(NamiNamespace *ns, NamiArena *arena, NamiStr *next_pointer, ProbeAnswer *answer,
	  NamiError *err)
{
	bool		is_found;

	if (!ns->loaded->exists)
	{
		*answer = PROBE_RELOAD;
		return NAMI_OK;
	}
	if (ns->loaded->is_legacy)
		return probe_legacy(ns, arena, answer, err);
	if (now_ms(ns) - ns->confirmed_ms > NAMI_CONFIRM_MAX_MS)
		return probe_old(ns, arena, next_pointer, answer, err);
	NAMI_TRY(nami_store_get(ns->store, arena, ns->loaded->next_pointer_key, next_pointer,
							&is_found, err));
	*answer = is_found ? PROBE_NEWER : PROBE_CURRENT;
	return NAMI_OK;
}

/* ---- bodies --------------------------------------------------------------------------------- */

static NamiStatus
take_pointer(NamiNamespace *ns, NamiArena *arena, Steps *steps, NamiStr bytes, NamiError *err)
{
	NamiPointer pointer;
	uint64_t	version = ns->loaded->version + 1 + steps->count;

	if (nami_pointer_parse(arena, bytes, &pointer, err) != NAMI_OK || pointer.version != version)
	{
		nami_fail(err, NAMI_ERR_CORRUPT, "the pointer of version %llu cannot be read",
				  (unsigned long long) version);
		return NAMI_FAILED;
	}
	steps->body_keys[steps->count++] = pointer.manifest_path;
	return NAMI_OK;
}

/*
 * Finds the pointers behind the first new one, in each round trip as many as are known already, and
 * in the same rounds the bodies of those that are known.
 */
static NamiStatus
fetch_steps(NamiNamespace *ns, NamiArena *arena, NamiStr first_pointer, Steps *steps,
			NamiError *err)
{
	uint32_t	bodies = 0;
	bool		at_end = false;

	NAMI_TRY(take_pointer(ns, arena, steps, first_pointer, err));
	while (bodies < steps->count)
	{
		NamiStoreRequest reqs[2 * NAMI_STEPS_MAX + 1] = {0};
		uint32_t	body_count = steps->count - bodies;
		uint32_t	room = NAMI_STEPS_MAX + 1 - steps->count;
		uint32_t	probe_count = at_end ? 0 : steps->count < room ? steps->count : room;
		uint64_t	next = ns->loaded->version + 1 + steps->count;

		for (uint32_t i = 0; i < body_count; i++)
			reqs[i] = (NamiStoreRequest) {.op = NAMI_OP_GET,
			.key = steps->body_keys[bodies + i]};
		for (uint32_t i = 0; i < probe_count; i++)
			reqs[body_count + i] = (NamiStoreRequest) {.op = NAMI_OP_GET,
			.key = nami_key_pointer(arena, ns->prefix, next + i),
			.max_bytes = POINTER_BYTES_MAX};
		NAMI_TRY(nami_store_run(ns->store, arena, reqs, body_count + probe_count, err));
		for (uint32_t i = 0; i < body_count; i++)
		{
			NAMI_TRY(get_outcome(&reqs[i], err));
			if (reqs[i].outcome == NAMI_OUTCOME_NOT_FOUND)
			{
				steps->must_reload = true;
				return NAMI_OK;
			}
			steps->bodies[bodies++] = reqs[i].bytes;
		}
		for (uint32_t i = 0; i < probe_count && !at_end; i++)
		{
			NAMI_TRY(get_outcome(&reqs[body_count + i], err));
			at_end = reqs[body_count + i].outcome == NAMI_OUTCOME_NOT_FOUND;
			if (!at_end && steps->count == NAMI_STEPS_MAX)
			{
				steps->must_reload = true;
				return NAMI_OK;
			}
			if (!at_end)
				NAMI_TRY(take_pointer(ns, arena, steps, reqs[body_count + i].bytes, err));
		}
	}
	return NAMI_OK;
}

static void
add_segments(NamiNamespace *ns, NamiArena *arena, Steps *steps, uint32_t step, uint32_t first_new)
{
	const NamiManifest *manifest = &steps->manifests[step];
	uint32_t	need = steps->segment_count + manifest->wal_segment_count - first_new;
	NamiStoreRequest *reqs = nami_arena_alloc0(arena, (need + 1) * sizeof(NamiStoreRequest));
	NamiWalDescriptor *descriptors = NAMI_NEW_ARRAY(arena, NamiWalDescriptor, need + 1);
	uint32_t   *step_of = NAMI_NEW_ARRAY(arena, uint32_t, need + 1);

	for (uint32_t i = 0; i < steps->segment_count; i++)
	{
		reqs[i] = steps->reqs[i];
		descriptors[i] = steps->descriptors[i];
		step_of[i] = steps->step_of[i];
	}
	for (uint32_t i = first_new; i < manifest->wal_segment_count; i++)
	{
		uint32_t	n = steps->segment_count++;

		descriptors[n] = manifest->wal_segments[i];
		reqs[n].op = NAMI_OP_GET;
		reqs[n].key = nami_key_wal(arena, ns->prefix, descriptors[n].seq);
		step_of[n] = step;
	}
	steps->reqs = reqs;
	steps->descriptors = descriptors;
	steps->step_of = step_of;
}

/* False: some step does not prove that our data is still the namespace's. */
static NamiStatus
judge_steps(NamiNamespace *ns, NamiArena *arena, Steps *steps, NamiError *err)
{
	NamiManifest *older = &ns->loaded->manifest;

	for (uint32_t i = 0; i < steps->count; i++)
	{
		NamiManifest *manifest = &steps->manifests[i];
		uint32_t	first_new;

		NAMI_TRY(nami_manifest_parse(arena, steps->bodies[i], manifest, err));
		if (manifest->version != older->version + 1)
			return nami_fail(err, NAMI_ERR_CORRUPT, "%.*s holds version %llu, not %llu",
							 NAMI_STR_ARG(steps->body_keys[i]),
							 (unsigned long long) manifest->version,
							 (unsigned long long) older->version + 1);
		if (nami_step_classify(older, manifest, &first_new) == NAMI_STEP_UNPROVEN)
		{
			steps->must_reload = true;
			return NAMI_OK;
		}
		add_segments(ns, arena, steps, i, first_new);
		steps->changes[i] = nami_change_builder_create(arena);
		if (nami_step_schema_changed(older, manifest))
			nami_change_builder_set_schema_changed(steps->changes[i]);
		older = manifest;
	}
	return NAMI_OK;
}

/* ---- moving --------------------------------------------------------------------------------- */

static NamiStatus
fetch_segments(NamiNamespace *ns, NamiArena *arena, Steps *steps, NamiViewInputs *inputs,
			   NamiError *err)
{
	NamiViewSegment *segments = NAMI_NEW_ARRAY(arena, NamiViewSegment, steps->segment_count + 1);
	uint64_t	last_lsn = ns->loaded->max_lsn;
	int64_t		missing;

	NAMI_TRY(nami_namespace_fetch(ns, arena, steps->reqs, steps->segment_count, &missing, err));
	if (missing >= 0)
	{
		steps->must_reload = true;
		return NAMI_OK;
	}
	for (uint32_t i = 0; i < steps->segment_count; i++)
	{
		NamiStr		bytes = steps->reqs[i].bytes;
		NamiWalSummary summary;

		NAMI_TRY(nami_namespace_check_segment(&steps->descriptors[i], bytes,
											  steps->changes[steps->step_of[i]], err));
		NAMI_TRY(nami_wal_check(bytes, &summary, err));
		if (summary.record_count > 0 && summary.first_lsn <= last_lsn)
			steps->must_reload = true;	/* not ascending: only a whole build sorts that out */
		if (summary.last_lsn > last_lsn)
			last_lsn = summary.last_lsn;
		segments[i].seq = steps->descriptors[i].seq;
		segments[i].bytes = bytes;
	}
	inputs->segments = segments;
	inputs->segment_count = steps->segment_count;
	return NAMI_OK;
}

static NamiStatus
move(NamiNamespace *ns, NamiOwner *owner, NamiArena *arena, Steps *steps, NamiError *err)
{
	uint32_t	last = steps->count - 1;
	NamiLoaded *loaded = nami_loaded_create(ns, owner);
	NamiViewInputs inputs;
	NamiView   *view;

	NAMI_TRY(nami_loaded_set_manifest(ns, loaded, steps->body_keys[last], steps->bodies[last],
									  err));
	nami_view_inputs_init(&inputs, arena, loaded);
	NAMI_TRY(fetch_segments(ns, arena, steps, &inputs, err));
	if (steps->must_reload)
	{
		nami_loaded_discard(loaded);
		return NAMI_OK;
	}
	NAMI_TRY(nami_view_append(ns->loaded->view, ns->host, ns->allocator, owner, &inputs, &view,
							  err));
	if (view == NULL)
	{
		steps->must_reload = true;
		nami_loaded_discard(loaded);
		return NAMI_OK;
	}
	loaded->view = view;
	nami_namespace_install(ns, loaded);
	for (uint32_t i = 0; i < steps->count; i++)
		nami_changes_append(ns->changes, steps->manifests[i].version, steps->changes[i]);
	return NAMI_OK;
}

static NamiStatus
follow(NamiNamespace *ns, NamiOwner *owner, NamiArena *arena, NamiStr first_pointer,
	   bool *must_reload, NamiError *err)
{
	Steps	   *steps = NAMI_NEW(arena, Steps);

	NAMI_TRY(fetch_steps(ns, arena, first_pointer, steps, err));
	if (!steps->must_reload)
		NAMI_TRY(judge_steps(ns, arena, steps, err));
	if (!steps->must_reload)
		NAMI_TRY(move(ns, owner, arena, steps, err));
	*must_reload = steps->must_reload;
	return NAMI_OK;
}

NamiStatus
nami_namespace_follow(NamiNamespace *ns, NamiOwner *owner, NamiError *err)
{
	int64_t		started_ms = now_ms(ns);
	NamiStr		next_pointer = {NULL, 0};
	ProbeAnswer answer = PROBE_RELOAD;
	NamiScratch *scratch;
	bool		must_reload = false;
	NamiStatus	status;

	nami_arena_reset(ns->probe_arena);
	NAMI_TRY(probe(ns, ns->probe_arena, &next_pointer, &answer, err));
	if (answer == PROBE_CURRENT)
	{
		ns->confirmed_ms = started_ms;
		return NAMI_OK;
	}
	if (answer == PROBE_RELOAD)
		return nami_namespace_load(ns, owner, err);
	scratch = nami_scratch_begin(ns, owner);
	status = follow(ns, owner, scratch->arena, next_pointer, &must_reload, err);
	nami_scratch_end(scratch);
	if (status != NAMI_OK && err->cls != NAMI_ERR_CORRUPT)
		return NAMI_FAILED;
	if (status != NAMI_OK)
		nami_error_reset(err);	/* loading looks at everything anew */
	if (must_reload || status != NAMI_OK)
		return nami_namespace_load(ns, owner, err);
	ns->confirmed_ms = started_ms;
	return NAMI_OK;
}
