/*
 * namespace.h - a namespace in a store: which version is current, and the views of it.
 *
 * One NamiNamespace per (store identity, namespace, credential identity) and process. It keeps the
 * newest manifest it has seen, the newest view, and fetched WAL segments as long as they are needed.
 * Implements spec/storage.md 4.2 (finding the current version) and 9.2.
 */
#ifndef NAMI_GRAPH_NAMESPACE_H
#define NAMI_GRAPH_NAMESPACE_H

#include "base/owner.h"
#include "format/manifest.h"
#include "graph/view.h"
#include "store/store.h"

typedef struct NamiNamespace NamiNamespace;

/*
 * store is borrowed and must outlive the namespace; prefix is "<root>/<ns>" or "<ns>"
 * (spec/storage.md "<P>"). Contacts nobody. allocator: process lifetime.
 */
extern NamiNamespace *nami_namespace_create(const NamiHost *host, const NamiAllocator *allocator,
											NamiStore *store, NamiStr prefix);
extern void nami_namespace_destroy(NamiNamespace *ns);

extern NamiCatalog *nami_namespace_catalog(NamiNamespace *ns);
extern NamiStore *nami_namespace_store(NamiNamespace *ns);

/*
 * The newest committed state. Looks for a newer pointer unless one was looked for less than
 * max_staleness_ms ago (0: always looks; one small request when nothing is new). *out carries a
 * reference for the caller. owner: of the statement, for what is held while fetching. A namespace
 * that does not exist is the empty graph at version 0 (nami_namespace_exists tells).
 */
extern NamiStatus nami_namespace_current(NamiNamespace *ns, int64_t max_staleness_ms,
										 NamiOwner *owner, NamiView **out,
										 NamiError *err) NAMI_MUST_CHECK;

/* False until the first nami_namespace_current(), which fetches the most. */
extern bool nami_namespace_is_loaded(const NamiNamespace *ns);

/* As of the last nami_namespace_current(). */
extern bool nami_namespace_exists(const NamiNamespace *ns);

/* The manifest that nami_namespace_current() used last; NULL when the namespace does not exist.
 * Borrowed until the next call of a function of this header. */
extern const NamiManifest *nami_namespace_manifest(const NamiNamespace *ns);

/*
 * Folds the delta of the newest view into a new image when that pays (nami_view_wants_rebuild);
 * called between statements, when no transaction has staged anything.
 */
extern NamiStatus nami_namespace_maintain(NamiNamespace *ns, NamiOwner *owner,
										  NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_GRAPH_NAMESPACE_H */
