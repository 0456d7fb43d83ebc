/*
 * namespace_internal.h - the inside of a namespace, shared by namespace*.c, transaction*.c,
 * commit*.c and repair.c.
 */
#ifndef NAMI_GRAPH_NAMESPACE_INTERNAL_H
#define NAMI_GRAPH_NAMESPACE_INTERNAL_H

#include "base/uuid.h"
#include "base/vec.h"
#include "format/keys.h"
#include "format/manifest.h"
#include "format/pointer.h"
#include "graph/changes.h"
#include "graph/namespace.h"

/*
 * A base that was not confirmed for so long may have been collected together with its successor:
 * "p<N+1> does not exist" then proves nothing (spec/storage.md 5.5).
 */
#define NAMI_CONFIRM_MAX_MS		60000

/* Versions that are followed one by one; a namespace that is further ahead is loaded anew. */
#define NAMI_STEPS_MAX			16

/* One version in memory. Never changed once it is installed, but for the view (maintain). */
typedef struct NamiLoaded
{
	NamiResource resource;		/* while it is being made */
	NamiArena  *arena;			/* holds this struct, body and manifest */
	bool		exists;
	bool		is_legacy;		/* no pointer object: current.json is the pointer (4.2) */
	uint64_t	version;
	uint64_t	max_lsn;
	NamiManifest manifest;		/* when it exists */
	NamiStr		body_key;
	NamiStr		pointer_key;	/* p<version> */
	NamiStr		next_pointer_key;	/* p<version + 1> */
	const NamiView *view;		/* a reference */
} NamiLoaded;

struct NamiNamespace
{
	const NamiHost *host;
	const NamiAllocator *allocator;
	NamiArena  *arena;			/* holds this struct */
	NamiArena  *probe_arena;	/* forgotten at each probe */
	NamiStore  *store;
	NamiStr		prefix;
	uint64_t	hash;			/* of the prefix */
	NamiCatalog *catalog;
	NamiUuidGenerator ids;
	NamiLoaded *loaded;			/* NULL before the first load */
	NamiChanges *changes;
	int64_t		confirmed_ms;	/* when loaded was last known to be current */
	bool		knows_seq;		/* wal/ was listed */
	uint64_t	greatest_seq;	/* of the objects below wal/, orphans included */
};

/* Memory of one operation that is given back also when the host unwinds. */
typedef struct NamiScratch
{
	NamiResource resource;
	NamiArena  *arena;
} NamiScratch;

extern NamiScratch *nami_scratch_begin(NamiNamespace *ns, NamiOwner *owner);
extern void nami_scratch_end(NamiScratch *scratch);

extern const NamiHost *nami_namespace_host(const NamiNamespace *ns);
extern const NamiChanges *nami_namespace_changes(const NamiNamespace *ns);
extern uint64_t nami_namespace_hash(const NamiNamespace *ns);
extern NamiId nami_namespace_new_id(NamiNamespace *ns);

/* ---- a version in the making ---------------------------------------------------------------- */

/* Belongs to owner until it is installed or discarded. */
extern NamiLoaded *nami_loaded_create(NamiNamespace *ns, NamiOwner *owner);

/* Copies the body and reads it. */
extern NamiStatus nami_loaded_set_manifest(NamiNamespace *ns, NamiLoaded *loaded, NamiStr body_key,
										   NamiStr body, NamiError *err) NAMI_MUST_CHECK;
extern void nami_loaded_discard(NamiLoaded *loaded);

/* Makes it the namespace's newest version. Allocates nothing. */
extern void nami_namespace_install(NamiNamespace *ns, NamiLoaded *loaded);

/* Forgets what is loaded; the next use lists. */
extern void nami_namespace_forget(NamiNamespace *ns);

/* What the manifest says to a view; segments and SSTs are left empty. */
extern void nami_view_inputs_init(NamiViewInputs *inputs, NamiArena *arena,
								  const NamiLoaded *loaded);

/* ---- finding and following ------------------------------------------------------------------ */

/* Loads the current version whole (spec/storage.md 4.2) and installs it. */
extern NamiStatus nami_namespace_load(NamiNamespace *ns, NamiOwner *owner,
									  NamiError *err) NAMI_MUST_CHECK;

/* Looks for a newer version than the loaded one, and moves there. */
extern NamiStatus nami_namespace_follow(NamiNamespace *ns, NamiOwner *owner,
										NamiError *err) NAMI_MUST_CHECK;

/*
 * Runs GETs in portions. *missing is the index of a request whose object does not exist, or -1; any
 * other failure fails.
 */
extern NamiStatus nami_namespace_fetch(NamiNamespace *ns, NamiArena *arena,
									   NamiStoreRequest *reqs, size_t count, int64_t *missing,
									   NamiError *err) NAMI_MUST_CHECK;

/* Checks a fetched segment against its descriptor; builder may be NULL. */
extern NamiStatus nami_namespace_check_segment(const NamiWalDescriptor *descriptor, NamiStr bytes,
											   NamiChangeBuilder *builder,
											   NamiError *err) NAMI_MUST_CHECK;

/* How the data of one manifest relates to the one of an older manifest (docs/engine.md 1.9). */
typedef enum NamiStepKind
{
	NAMI_STEP_UNPROVEN,
	NAMI_STEP_APPEND,			/* the same SSTs, the same segments and perhaps newer ones */
	NAMI_STEP_FLUSH,			/* the segments became SSTs. Only between neighbours */
	NAMI_STEP_COMPACTION		/* SSTs were merged. Only between neighbours */
} NamiStepKind;

/* *first_new: number of the first segment of newer that older does not list (APPEND). */
extern NamiStepKind nami_step_classify(const NamiManifest *older, const NamiManifest *newer,
									   uint32_t *first_new);
extern bool nami_step_schema_changed(NamiManifest *older, NamiManifest *newer);

/* ---- repair (repair.c) ---------------------------------------------------------------------- */

/*
 * The body of the version behind the loaded one may exist without its pointer. Waits up to the grace
 * time for the pointer and then judges the body (spec/storage.md 4.5). NAMI_OK: the slot is free
 * again, or the version was completed, or it is worth another look: load and go on.
 */
extern NamiStatus nami_repair_stalled(NamiNamespace *ns, NamiOwner *owner, int64_t deadline_ms,
									  NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_GRAPH_NAMESPACE_INTERNAL_H */
