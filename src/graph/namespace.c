/*
 * namespace.c - see namespace.h: life of a namespace and of the versions that it holds.
 */
#include "graph/namespace_internal.h"

#include "base/hash.h"

/* ---- scratch -------------------------------------------------------------------------------- */

static void
release_scratch(NamiResource *resource)
{
	nami_arena_destroy(((NamiScratch *) resource)->arena);
}

NamiScratch *
nami_scratch_begin(NamiNamespace *ns, NamiOwner *owner)
{
	NamiArena  *arena = nami_arena_create(ns->allocator, NULL);

	/* The struct comes from the arena's first block, which is there: nothing can unwind here. */
	NamiScratch *scratch = NAMI_NEW(arena, NamiScratch);

	scratch->arena = arena;
	nami_owner_add(owner, &scratch->resource, release_scratch);
	return scratch;
}

void
nami_scratch_end(NamiScratch *scratch)
{
	nami_owner_remove(&scratch->resource);
	nami_arena_destroy(scratch->arena);
}

/* ---- versions ------------------------------------------------------------------------------- */

static void
free_loaded(NamiLoaded *loaded)
{
	if (loaded->view != NULL)
		nami_view_release(loaded->view);
	nami_arena_destroy(loaded->arena);
}

static void
release_loaded(NamiResource *resource)
{
	free_loaded((NamiLoaded *) resource);
}

NamiLoaded *
nami_loaded_create(NamiNamespace *ns, NamiOwner *owner)
{
	NamiArena  *arena = nami_arena_create(ns->allocator, NULL);
	NamiLoaded *loaded = NAMI_NEW(arena, NamiLoaded);

	loaded->arena = arena;
	nami_owner_add(owner, &loaded->resource, release_loaded);
	return loaded;
}

NamiStatus
nami_loaded_set_manifest(NamiNamespace *ns, NamiLoaded *loaded, NamiStr body_key, NamiStr body,
						 NamiError *err)
{
	uint64_t	next_lsn;

	if (nami_manifest_parse(loaded->arena, nami_arena_str(loaded->arena, body), &loaded->manifest,
							err) != NAMI_OK)
	{
		nami_error_context(err, "%.*s", NAMI_STR_ARG(body_key));
		return NAMI_FAILED;
	}
	NAMI_TRY(nami_manifest_next_lsn(&loaded->manifest, &next_lsn, err));
	loaded->exists = true;
	loaded->version = loaded->manifest.version;
	loaded->max_lsn = next_lsn - 1;
	loaded->body_key = nami_arena_str(loaded->arena, body_key);
	loaded->pointer_key = nami_key_pointer(loaded->arena, ns->prefix, loaded->version);
	loaded->next_pointer_key = nami_key_pointer(loaded->arena, ns->prefix, loaded->version + 1);
	return NAMI_OK;
}

void
nami_loaded_discard(NamiLoaded *loaded)
{
	nami_owner_remove(&loaded->resource);
	free_loaded(loaded);
}

void
nami_namespace_install(NamiNamespace *ns, NamiLoaded *loaded)
{
	NamiLoaded *old = ns->loaded;

	nami_owner_remove(&loaded->resource);
	ns->loaded = loaded;
	for (uint32_t i = 0; i < loaded->manifest.wal_segment_count; i++)
	{
		if (loaded->manifest.wal_segments[i].seq > ns->greatest_seq)
			ns->greatest_seq = loaded->manifest.wal_segments[i].seq;
	}
	if (old != NULL)
		free_loaded(old);
}

void
nami_namespace_forget(NamiNamespace *ns)
{
	NamiLoaded *old = ns->loaded;

	ns->loaded = NULL;
	ns->knows_seq = false;
	ns->greatest_seq = 0;
	nami_changes_reset(ns->changes, 0);
	if (old != NULL)
		free_loaded(old);
}

/* ---- life ----------------------------------------------------------------------------------- */

NamiNamespace *
nami_namespace_create(const NamiHost *host, const NamiAllocator *allocator, NamiStore *store,
					  NamiStr prefix)
{
	NamiArena  *arena = nami_arena_create(allocator, NULL);
	NamiNamespace *ns = NAMI_NEW(arena, NamiNamespace);

	ns->host = host;
	ns->allocator = allocator;
	ns->arena = arena;
	ns->store = store;
	ns->prefix = nami_arena_str(arena, prefix);
	ns->hash = nami_xxh3(prefix.ptr, prefix.len);
	ns->catalog = nami_catalog_create(arena);
	nami_uuid_generator_init(&ns->ids, host);
	ns->probe_arena = nami_arena_create(allocator, NULL);
	ns->changes = nami_changes_create(allocator);
	return ns;
}

void
nami_namespace_destroy(NamiNamespace *ns)
{
	nami_namespace_forget(ns);
	nami_changes_destroy(ns->changes);
	nami_arena_destroy(ns->probe_arena);
	nami_arena_destroy(ns->arena);
}

NamiCatalog *
nami_namespace_catalog(NamiNamespace *ns)
{
	return ns->catalog;
}

NamiStore *
nami_namespace_store(NamiNamespace *ns)
{
	return ns->store;
}

const NamiHost *
nami_namespace_host(const NamiNamespace *ns)
{
	return ns->host;
}

const NamiChanges *
nami_namespace_changes(const NamiNamespace *ns)
{
	return ns->changes;
}

uint64_t
nami_namespace_hash(const NamiNamespace *ns)
{
	return ns->hash;
}

NamiId
nami_namespace_new_id(NamiNamespace *ns)
{
	return nami_uuid_v7(&ns->ids);
}

bool
nami_namespace_is_loaded(const NamiNamespace *ns)
{
	return ns->loaded != NULL;
}

bool
nami_namespace_exists(const NamiNamespace *ns)
{
	return ns->loaded != NULL && ns->loaded->exists;
}

const NamiManifest *
nami_namespace_manifest(const NamiNamespace *ns)
{
	return nami_namespace_exists(ns) ? &ns->loaded->manifest : NULL;
}

NamiStatus
nami_namespace_current(NamiNamespace *ns, int64_t max_staleness_ms, NamiOwner *owner,
					   NamiView **out, NamiError *err)
{
	if (ns->loaded == NULL)
		NAMI_TRY(nami_namespace_load(ns, owner, err));
	else if (max_staleness_ms <= 0 ||
			 ns->host->monotonic_ms(ns->host->ctx) - ns->confirmed_ms >= max_staleness_ms)
		NAMI_TRY(nami_namespace_follow(ns, owner, err));
	nami_view_acquire(ns->loaded->view);
	*out = (NamiView *) ns->loaded->view;
	return NAMI_OK;
}

NamiStatus
nami_namespace_maintain(NamiNamespace *ns, NamiOwner *owner, NamiError *err)
{
	NamiView   *rebuilt;
	const NamiView *old;

	if (ns->loaded == NULL || !nami_view_wants_rebuild(ns->loaded->view))
		return NAMI_OK;
	NAMI_TRY(nami_view_rebuild(ns->loaded->view, ns->host, ns->allocator, owner, &rebuilt, err));
	old = ns->loaded->view;
	ns->loaded->view = rebuilt;
	nami_view_release(old);
	return NAMI_OK;
}
