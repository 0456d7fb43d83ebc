/*
 * changes.h - which keys the steps from one manifest version to the next have touched.
 *
 * A log of the versions that this process saw one after the other. A transaction that read at
 * version A asks, when the namespace has moved on to B, whether something it relied on may have
 * changed (spec/storage.md 5.4). An answer "not touched" is exact up to collisions of 64-bit
 * hashes, which err to the safe side; "touched" means that the two views have to be compared.
 *
 * Steps are appended in the order of their versions. A gap (a version that was loaded whole, without
 * knowing what lies between) empties the log: nothing is known across it. The log is bounded; the
 * oldest steps are forgotten first.
 */
#ifndef NAMI_GRAPH_CHANGES_H
#define NAMI_GRAPH_CHANGES_H

#include "base/arena.h"
#include "base/owner.h"
#include "graph/types.h"

typedef struct NamiChanges NamiChanges;
typedef struct NamiChangeBuilder NamiChangeBuilder;

/* Hashes by which keys are known here. */
extern uint64_t nami_change_key_node(const NamiId *id);
extern uint64_t nami_change_key_edge(NamiStr type, const NamiId *src, const NamiId *dst);

/* Some relationship that begins or ends at the node was touched. */
extern uint64_t nami_change_key_incident(const NamiId *id);

extern NamiChanges *nami_changes_create(const NamiAllocator *allocator);
extern void nami_changes_destroy(NamiChanges *changes);

/* Forgets everything; the next step appended must lead away from version. */
extern void nami_changes_reset(NamiChanges *changes, uint64_t version);

/*
 * One step under construction, in the arena. schema_changed: the step may have changed declarations
 * (constraints, indexes).
 */
extern NamiChangeBuilder *nami_change_builder_create(NamiArena *arena);
extern void nami_change_builder_add_node(NamiChangeBuilder *builder, const NamiId *id);
extern void nami_change_builder_add_edge(NamiChangeBuilder *builder, NamiStr type,
										 const NamiId *src, const NamiId *dst);
extern void nami_change_builder_set_schema_changed(NamiChangeBuilder *builder);

/*
 * Appends the step that leads to version from the one before. May unwind, and then has changed
 * nothing. A version that does not follow the last one starts the log anew at it.
 */
extern void nami_changes_append(NamiChanges *changes, uint64_t version,
								const NamiChangeBuilder *builder);

/* True when every step from version "from" to version "to" is known. */
extern bool nami_changes_known(const NamiChanges *changes, uint64_t from, uint64_t to);

/* The following need nami_changes_known(). */
extern bool nami_changes_touch(const NamiChanges *changes, uint64_t from, uint64_t to,
							   uint64_t key);

/* True when is_wanted() says so for a touched key; stops there. */
extern bool nami_changes_any(const NamiChanges *changes, uint64_t from, uint64_t to,
							 bool (*is_wanted) (const void *ctx, uint64_t key), const void *ctx);

/* How many keys the steps touched, an upper bound. */
extern uint64_t nami_changes_key_count(const NamiChanges *changes, uint64_t from, uint64_t to);
extern bool nami_changes_touch_schema(const NamiChanges *changes, uint64_t from, uint64_t to);

/* The touched nodes, each at least once; *ids in the arena. Returns their count. */
extern uint32_t nami_changes_nodes(const NamiChanges *changes, uint64_t from, uint64_t to,
								   NamiArena *arena, const NamiId **ids);

#endif							/* NAMI_GRAPH_CHANGES_H */
