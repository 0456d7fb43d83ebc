/*
 * fault_store.c - see fault_store.h.
 *
 * It is compiled into the tests of every layer, also of those that are not linked with src/store:
 * it calls nothing of that layer but the drivers themselves, through their tables.
 */
#include "fault_store.h"

#include <stdlib.h>

#include "store/store_internal.h"

#define MAX_FAULTS	64

typedef struct Fault
{
	NamiStoreOp op;
	const char *key_part;
	int			left;			/* requests until it happens */
	bool		is_lasting;
	FaultKind	kind;
	NamiErrorClass cls;
} Fault;

typedef struct FaultStore
{
	NamiStore	base;
	NamiStore  *inner;
	Fault		faults[MAX_FAULTS];
	int			fault_count;
	int			fired;
	int			seen[NAMI_OP_COUNT];
	FaultHook	hook;
	void	   *hook_ctx;
} FaultStore;

static bool
contains(NamiStr key, const char *part)
{
	return part[0] == '\0' ||
		(key.len > 0 && memmem(key.ptr, key.len, part, strlen(part)) != NULL);
}

/* The fault of this request, or NULL; counts. */
static const Fault *
take_fault(FaultStore *store, const NamiStoreRequest *req)
{
	const Fault *found = NULL;

	for (int i = 0; i < store->fault_count; i++)
	{
		Fault	   *fault = &store->faults[i];

		if (fault->op != req->op || fault->left == 0 || !contains(req->key, fault->key_part))
			continue;
		fault->left--;
		if (fault->left == 0)
		{
			if (fault->is_lasting)
				fault->left = 1;
			if (found == NULL)
				found = fault;
		}
	}
	return found;
}

static void
set_error(NamiStoreRequest *req, NamiErrorClass cls)
{
	(void) nami_fail(&req->error, cls, "injected fault");
	req->error.retryable = cls == NAMI_ERR_CONNECTION_LOST || cls == NAMI_ERR_CONNECT;
}

static NamiStatus
run_inner(FaultStore *store, NamiArena *arena, NamiStoreRequest *req, NamiError *err)
{
	store->inner->deadline_ms = store->base.deadline_ms;
	store->inner->is_uninterruptible = store->base.is_uninterruptible;
	return store->inner->driver->run(store->inner, arena, req, 1, err);
}

static NamiStatus
apply(FaultStore *store, NamiArena *arena, NamiStoreRequest *req, const Fault *fault, NamiError *err)
{
	store->fired++;
	if (fault->kind == FAULT_CANCEL)
		return nami_fail(err, NAMI_ERR_CANCELLED, "injected cancel");
	if (fault->kind == FAULT_DONE_UNKNOWN || fault->kind == FAULT_DONE_FAIL ||
		fault->kind == FAULT_DONE_CONFLICT)
		NAMI_TRY(run_inner(store, arena, req, err));
	switch (fault->kind)
	{
		case FAULT_FAIL:
		case FAULT_DONE_FAIL:
			req->outcome = NAMI_OUTCOME_FAILED;
			set_error(req, fault->cls);
			break;
		case FAULT_UNKNOWN:
		case FAULT_DONE_UNKNOWN:
			req->outcome = NAMI_OUTCOME_UNKNOWN;
			set_error(req, fault->cls);
			break;
		case FAULT_CONFLICT:
		case FAULT_DONE_CONFLICT:
			req->outcome = NAMI_OUTCOME_CONFLICT_CHECK;
			break;
		case FAULT_NOT_FOUND:
			req->outcome = NAMI_OUTCOME_NOT_FOUND;
			break;
		case FAULT_EXISTS:
			req->outcome = NAMI_OUTCOME_EXISTS;
			break;
		case FAULT_CANCEL:
			break;
	}
	return NAMI_OK;
}

static NamiStatus
fault_run(NamiStore *base, NamiArena *arena, NamiStoreRequest *reqs, size_t count, NamiError *err)
{
	FaultStore *store = (FaultStore *) base;

	for (size_t i = 0; i < count; i++)
	{
		NamiStoreRequest *req = &reqs[i];
		const Fault *fault;

		if (req->outcome != NAMI_OUTCOME_NONE)
			continue;
		store->seen[req->op]++;
		base->counters.requests[req->op]++;
		if (store->hook != NULL)
			store->hook(store->hook_ctx, req->op, req->key);
		fault = take_fault(store, req);
		if (fault == NULL)
			NAMI_TRY(run_inner(store, arena, req, err));
		else
			NAMI_TRY(apply(store, arena, req, fault, err));
	}
	return NAMI_OK;
}

static void
fault_put_background(NamiStore *base, NamiStr key, NamiStr body)
{
	FaultStore *store = (FaultStore *) base;
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = key, .body = body};

	store->seen[NAMI_OP_PUT]++;
	base->counters.requests[NAMI_OP_PUT]++;
	if (store->hook != NULL)
		store->hook(store->hook_ctx, req.op, req.key);
	if (take_fault(store, &req) != NULL)
		store->fired++;			/* nobody is told that it did not happen */
	else
		store->inner->driver->put_background(store->inner, key, body);
}

static void
fault_close(NamiStore *base)
{
	(void) base;
}

static const NamiStoreDriver fault_driver = {fault_run, fault_put_background, fault_close};

static void
release(NamiResource *resource)
{
	nami_arena_destroy(((NamiStore *) resource)->arena);
}

NamiStore *
fault_store_open(NamiStore *inner, NamiArena *arena, NamiOwner *owner)
{
	NamiArena  *own = nami_arena_create(nami_arena_allocator(arena), NULL);
	FaultStore *store = NAMI_NEW(own, FaultStore);

	store->base.driver = &fault_driver;
	store->base.arena = own;
	store->base.host = inner->host;
	store->base.uri = inner->uri;
	store->base.is_read_only = inner->is_read_only;
	store->inner = inner;
	nami_owner_add(owner, &store->base.resource, release);
	return &store->base;
}

static void
add(NamiStore *base, Fault fault)
{
	FaultStore *store = (FaultStore *) base;

	if (store->fault_count == MAX_FAULTS || fault.left < 1)
		abort();
	store->faults[store->fault_count++] = fault;
}

void
fault_store_add(NamiStore *store, NamiStoreOp op, const char *key_part, int nth, FaultKind kind,
				NamiErrorClass cls)
{
	add(store, (Fault) {op, key_part, nth, false, kind, cls});
}

void
fault_store_add_always(NamiStore *store, NamiStoreOp op, const char *key_part, int nth,
					   FaultKind kind, NamiErrorClass cls)
{
	add(store, (Fault) {op, key_part, nth, true, kind, cls});
}

void
fault_store_clear(NamiStore *store)
{
	((FaultStore *) store)->fault_count = 0;
}

void
fault_store_set_hook(NamiStore *store, FaultHook hook, void *ctx)
{
	((FaultStore *) store)->hook = hook;
	((FaultStore *) store)->hook_ctx = ctx;
}

int
fault_store_fired(const NamiStore *store)
{
	return ((const FaultStore *) store)->fired;
}

int
fault_store_seen(const NamiStore *store, NamiStoreOp op)
{
	return ((const FaultStore *) store)->seen[op];
}
