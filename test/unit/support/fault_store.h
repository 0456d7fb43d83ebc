/*
 * fault_store.h - a store around another one that fails on demand. For tests of the layers above.
 *
 *	NamiStore *store = fault_store_open(inner, arena, &owner);
 *	fault_store_add(store, NAMI_OP_CREATE, "manifest/pointer/", 2, FAULT_DONE_UNKNOWN, NAMI_ERR_CONNECTION_LOST);
 *
 * makes the second CREATE of a key that contains "manifest/pointer/" be carried out and reported as
 * UNKNOWN. Requests of a batch run one after another in their order, so counting is deterministic.
 *
 * A hook sees each request before it runs: there a test lets another writer step in between.
 */
#ifndef NAMI_TEST_FAULT_STORE_H
#define NAMI_TEST_FAULT_STORE_H

#include "store/store.h"

typedef enum FaultKind
{
	FAULT_FAIL,					/* not carried out, FAILED with the class */
	FAULT_UNKNOWN,				/* not carried out, UNKNOWN */
	FAULT_DONE_UNKNOWN,			/* carried out, UNKNOWN (the answer was lost) */
	FAULT_DONE_FAIL,			/* carried out, FAILED with the class */
	FAULT_CONFLICT,				/* not carried out, CONFLICT_CHECK */
	FAULT_DONE_CONFLICT,		/* carried out, CONFLICT_CHECK */
	FAULT_NOT_FOUND,			/* as if the object were not there */
	FAULT_EXISTS,				/* not carried out, EXISTS */
	FAULT_CANCEL				/* ends the whole batch with NAMI_ERR_CANCELLED */
} FaultKind;

/* Called before a request runs; may use other stores and the inner one, not this one. */
typedef void (*FaultHook) (void *ctx, NamiStoreOp op, NamiStr key);

/*
 * Wraps inner (borrowed, must live longer). The memory comes from an arena of the same allocator as
 * the given one.
 */
extern NamiStore *fault_store_open(NamiStore *inner, NamiArena *arena, NamiOwner *owner);

/*
 * From the nth (1 = next) request of this operation whose key contains key_part on: one fault.
 * key_part is borrowed. cls is the error class of FAILED and UNKNOWN.
 */
extern void fault_store_add(NamiStore *store, NamiStoreOp op, const char *key_part, int nth,
							FaultKind kind, NamiErrorClass cls);

/* The same for every such request from the nth on. */
extern void fault_store_add_always(NamiStore *store, NamiStoreOp op, const char *key_part, int nth,
								   FaultKind kind, NamiErrorClass cls);

/* Forgets all faults. */
extern void fault_store_clear(NamiStore *store);

extern void fault_store_set_hook(NamiStore *store, FaultHook hook, void *ctx);

/* How many faults have happened. */
extern int fault_store_fired(const NamiStore *store);

/* Requests seen, by operation (nami_store_counters works too). */
extern int fault_store_seen(const NamiStore *store, NamiStoreOp op);

#endif							/* NAMI_TEST_FAULT_STORE_H */
