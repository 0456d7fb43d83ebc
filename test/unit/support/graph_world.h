/*
 * graph_world.h - writers over one store in memory, for the tests of namespaces and transactions.
 *
 * A World holds the objects. Each Actor is a process of its own: a NamiNamespace on a store handle
 * that passes requests on to the world's store, and can lose answers, refuse, crash (unwind) or let
 * somebody else act at a chosen request. Time runs twenty times as fast as outside.
 */
#ifndef TEST_GRAPH_WORLD_H
#define TEST_GRAPH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format/keys.h"
#include "format/manifest.h"
#include "format/pointer.h"
#include "format/wal.h"
#include "graph/transaction.h"
#include "store/store_internal.h"

#define WORLD_UNUSED	__attribute__((unused))
#define PREFIX			NAMI_STR("t")

/* ---- memory that goes as a whole, as a MemoryContext does ----------------------------------- */

typedef struct Block
{
	struct Block *prev;
	struct Block *next;
} Block;

typedef struct Pool
{
	NamiAllocator allocator;
	Block		head;
} Pool;

static void *
pool_alloc(void *ctx, size_t size)
{
	Pool	   *pool = ctx;
	Block	   *block = malloc(sizeof(Block) + size);

	block->prev = &pool->head;
	block->next = pool->head.next;
	block->next->prev = block;
	pool->head.next = block;
	return block + 1;
}

static void
pool_free(void *ctx, void *ptr)
{
	Block	   *block = (Block *) ptr - 1;

	(void) ctx;
	block->prev->next = block->next;
	block->next->prev = block->prev;
	free(block);
}

static void
pool_init(Pool *pool)
{
	pool->allocator = (NamiAllocator) {pool, pool_alloc, pool_free};
	pool->head.prev = pool->head.next = &pool->head;
}

static void
pool_clear(Pool *pool)
{
	while (pool->head.next != &pool->head)
		pool_free(pool, pool->head.next + 1);
}

/* ---- world ---------------------------------------------------------------------------------- */

typedef struct World
{
	Pool		pool;
	NamiOwner	owner;
	NamiArena  *arena;
	NamiHost	host;
	NamiStore  *store;
	int64_t		skew_ms;		/* added to the clock */
	bool		is_interrupted;
	uint64_t	seed;
} World;

static bool
world_interrupted(void *ctx)
{
	return ((World *) ctx)->is_interrupted;
}

static int64_t
world_monotonic_ms(void *ctx)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000) * 20 +
		((World *) ctx)->skew_ms;
}

static uint64_t
world_next_random(World *world)
{
	world->seed ^= world->seed << 13;
	world->seed ^= world->seed >> 7;
	world->seed ^= world->seed << 17;
	return world->seed;
}

static void
world_random(void *ctx, void *out, size_t n)
{
	uint8_t    *bytes = out;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t) (world_next_random(ctx) >> 24);
}

static void
world_open(World *world, uint64_t seed)
{
	NamiStoreUri uri;
	NamiStoreOptions options = {0};
	NamiError	err = NAMI_ERROR_INIT;

	memset(world, 0, sizeof(*world));
	pool_init(&world->pool);
	nami_owner_init(&world->owner);
	world->arena = nami_arena_create(&world->pool.allocator, NULL);
	world->seed = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	world->host = *nami_host_default();
	world->host.ctx = world;
	world->host.interrupted = world_interrupted;
	world->host.monotonic_ms = world_monotonic_ms;
	world->host.random = world_random;
	if (nami_store_uri_parse(world->arena, NAMI_STR("memory://t"), &uri, &err) != NAMI_OK ||
		nami_store_open(&uri, &options, &world->host, &world->pool.allocator, &world->owner,
						&world->store, &err) != NAMI_OK)
		fail_msg("%s", err.message);
	nami_store_set_uninterruptible(world->store, true); /* the actors' handles ask */
}

static void
world_close(World *world)
{
	nami_owner_release(&world->owner);
	pool_clear(&world->pool);
}

/* ---- actors --------------------------------------------------------------------------------- */

typedef struct Actor Actor;

typedef enum Fault
{
	FAULT_NONE,
	FAULT_LOST_REQUEST,			/* no answer, not done */
	FAULT_LOST_ANSWER,			/* no answer, done */
	FAULT_REFUSED,				/* 403 */
	FAULT_CRASH_BEFORE,			/* the process ends: unwinds to actor->crash */
	FAULT_CRASH_AFTER
} Fault;

typedef struct ActorStore
{
	NamiStore	base;
	Actor	   *actor;
} ActorStore;

struct Actor
{
	World	   *world;
	Pool		process_pool;
	Pool		txn_pool;
	NamiOwner	process_owner;
	NamiOwner	txn_owner;
	ActorStore *store;
	NamiNamespace *ns;
	NamiArena  *arena;			/* of the transaction */
	NamiTransaction *txn;
	NamiView   *view;			/* of the statement */
	NamiTransactionOptions options;
	NamiTransactionHooks hooks;
	NamiError	err;
	jmp_buf		crash;

	/* The script. */
	uint64_t	request_count;
	NamiStoreOp fault_op;
	const char *fault_key;		/* part of the key; NULL: none */
	int			fault_after;	/* so many matching requests pass first */
	int			fault_times;	/* so many are hit */
	Fault		fault;
	int64_t		crash_at;		/* request number, or -1 */
	bool		crash_after;	/* the request itself is carried out */
	void		(*before) (Actor *actor, const NamiStoreRequest *req);	/* may be NULL */
	void	   *before_ctx;
	uint64_t	op_counts[NAMI_OP_COUNT];
};

static bool
key_contains(NamiStr key, const char *part)
{
	return memmem(key.ptr, key.len, part, strlen(part)) != NULL;
}

static Fault
next_fault(Actor *actor, const NamiStoreRequest *req)
{
	if (actor->crash_at >= 0 && (uint64_t) actor->crash_at == actor->request_count)
		return actor->crash_after ? FAULT_CRASH_AFTER : FAULT_CRASH_BEFORE;
	if (actor->fault_key == NULL || req->op != actor->fault_op ||
		!key_contains(req->key, actor->fault_key))
		return FAULT_NONE;
	if (actor->fault_after-- > 0 || actor->fault_times-- <= 0)
		return FAULT_NONE;
	return actor->fault;
}

static void
actor_store_one(Actor *actor, NamiArena *arena, NamiStoreRequest *req)
{
	NamiError	ignored = NAMI_ERROR_INIT;
	Fault		fault;

	if (actor->before != NULL)
		actor->before(actor, req);
	fault = next_fault(actor, req);
	actor->request_count++;
	actor->op_counts[req->op]++;
	if (fault == FAULT_CRASH_BEFORE)
		longjmp(actor->crash, 1);
	if (fault == FAULT_REFUSED)
	{
		nami_store_request_fail(req, NAMI_ERR_PERMISSION, "access denied");
		return;
	}
	if (fault != FAULT_LOST_REQUEST &&
		nami_store_run(actor->world->store, arena, req, 1, &ignored) != NAMI_OK)
		fail_msg("%s", ignored.message);
	if (fault == FAULT_CRASH_AFTER)
		longjmp(actor->crash, 1);
	if (fault == FAULT_LOST_REQUEST || fault == FAULT_LOST_ANSWER)
	{
		nami_store_request_fail(req, NAMI_ERR_CONNECTION_LOST, "connection lost");
		if (req->op == NAMI_OP_CREATE)
			req->outcome = NAMI_OUTCOME_UNKNOWN;
	}
}

static NamiStatus
actor_store_run(NamiStore *store, NamiArena *arena, NamiStoreRequest *reqs, size_t count,
				NamiError *err)
{
	Actor	   *actor = ((ActorStore *) store)->actor;

	for (size_t i = 0; i < count; i++)
	{
		if (reqs[i].outcome != NAMI_OUTCOME_NONE)
			continue;
		if (nami_store_interrupted(store))
		{
			nami_store_request_fail(&reqs[i], NAMI_ERR_CANCELLED, "canceled");
			return nami_store_cancelled(err);
		}
		if (nami_store_deadline_passed(store))
		{
			nami_store_request_fail(&reqs[i], NAMI_ERR_CONNECTION_LOST, "too late");
			continue;
		}
		actor_store_one(actor, arena, &reqs[i]);
		/* An interruption while the request was under way. */
		if (reqs[i].op == NAMI_OP_CREATE && nami_store_interrupted(store) &&
			reqs[i].outcome == NAMI_OUTCOME_UNKNOWN)
			return nami_store_cancelled(err);
	}
	return NAMI_OK;
}

static void
actor_store_put_background(NamiStore *store, NamiStr key, NamiStr body)
{
	Actor	   *actor = ((ActorStore *) store)->actor;
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = key, .body = body};

	actor_store_one(actor, actor->world->arena, &req);
}

static void
actor_store_close(NamiStore *store)
{
	(void) store;
}

static const NamiStoreDriver actor_driver = {actor_store_run, actor_store_put_background,
	actor_store_close};

static Actor *
actor_create(World *world)
{
	Actor	   *actor = calloc(1, sizeof(Actor));
	NamiArena  *arena;

	actor->world = world;
	actor->crash_at = -1;
	actor->fault_times = 1;
	actor->err = (NamiError) NAMI_ERROR_INIT;
	actor->options.resolve_timeout_ms = 60000;
	pool_init(&actor->process_pool);
	pool_init(&actor->txn_pool);
	nami_owner_init(&actor->process_owner);
	nami_owner_init(&actor->txn_owner);
	arena = nami_arena_create(&actor->process_pool.allocator, NULL);
	actor->store = NAMI_NEW(arena, ActorStore);
	actor->store->actor = actor;
	nami_store_init(&actor->store->base, &actor_driver, arena, nami_store_uri(world->store),
					&world->host, false, &actor->process_owner);
	actor->ns = nami_namespace_create(&world->host, &actor->process_pool.allocator,
									  &actor->store->base, PREFIX);
	return actor;
}

/* What the host does at the end of a transaction, also after it unwound. */
static void
actor_end(Actor *actor)
{
	if (actor->view != NULL)
		nami_view_release(actor->view);
	actor->view = NULL;
	nami_owner_release(&actor->txn_owner);
	pool_clear(&actor->txn_pool);
	actor->arena = NULL;
	actor->txn = NULL;
}

static void
actor_destroy(Actor *actor)
{
	actor_end(actor);
	nami_namespace_destroy(actor->ns);
	nami_owner_release(&actor->process_owner);
	/* Whatever was not given back by now is a leak. */
	if (actor->process_pool.head.next != &actor->process_pool.head)
	{
		pool_clear(&actor->process_pool);
		fail_msg("a namespace has left memory behind");
	}
	free(actor);
}

/* ---- what actors do ------------------------------------------------------------------------- */

static void
check_ok(Actor *actor, NamiStatus status)
{
	if (status != NAMI_OK)
		fail_msg("%s (%s)", actor->err.message, actor->err.detail);
}

static void
actor_statement(Actor *actor)
{
	if (actor->view != NULL)
		nami_view_release(actor->view);
	actor->view = NULL;
	check_ok(actor, nami_transaction_view(actor->txn, true, &actor->view, &actor->err));
	nami_transaction_begin_statement(actor->txn, actor->view);
}

static void
actor_begin(Actor *actor)
{
	actor_end(actor);
	nami_error_reset(&actor->err);
	actor->arena = nami_arena_create(&actor->txn_pool.allocator, NULL);
	actor->txn = nami_transaction_begin(actor->ns, actor->arena, &actor->txn_owner,
										&actor->hooks, &actor->options);
	actor_statement(actor);
}

static NamiStatus
actor_commit(Actor *actor)
{
	NamiStatus	status;

	status = nami_transaction_end_statement(actor->txn, 0, &actor->err);
	if (status == NAMI_OK)
		status = nami_transaction_commit(actor->txn, &actor->err);
	nami_transaction_end(actor->txn);
	actor_end(actor);
	return status;
}

static NamiSnapshot
actor_now(Actor *actor)
{
	return nami_transaction_snapshot(actor->txn, actor->view, NAMI_MARK_NOW);
}

WORLD_UNUSED static NamiLabelId
actor_label(Actor *actor, const char *name)
{
	return nami_catalog_intern(nami_namespace_catalog(actor->ns), NAMI_NAME_LABEL, nami_str(name));
}

WORLD_UNUSED static NamiKeyId
actor_key(Actor *actor, const char *name)
{
	return nami_catalog_intern(nami_namespace_catalog(actor->ns), NAMI_NAME_KEY, nami_str(name));
}

WORLD_UNUSED static NamiTypeId
actor_type(Actor *actor, const char *name)
{
	return nami_catalog_intern(nami_namespace_catalog(actor->ns), NAMI_NAME_TYPE, nami_str(name));
}

/* {k: text, n: number}, ascending keys; text NULL leaves k out. */
WORLD_UNUSED static NamiValue
props_kn(Actor *actor, const char *text, int64_t number)
{
	NamiMapEntry *entries = NAMI_NEW_ARRAY(actor->arena, NamiMapEntry, 2);
	uint32_t	count = 0;

	if (text != NULL)
		entries[count++] = (NamiMapEntry) {NAMI_STR("k"), nami_value_string(
			nami_str(nami_arena_strdup(actor->arena, text)))};
	entries[count++] = (NamiMapEntry) {NAMI_STR("n"), nami_value_int(number)};
	return nami_value_map(entries, count);
}

WORLD_UNUSED static NamiStatus
try_create(Actor *actor, const char *label, const char *text, int64_t number, NamiOrd *ord)
{
	NamiLabelId id = actor_label(actor, label);

	return nami_transaction_create_node(actor->txn, NULL, &id, 1, props_kn(actor, text, number),
										ord, &actor->err);
}

WORLD_UNUSED static NamiOrd
create(Actor *actor, const char *label, const char *text, int64_t number)
{
	NamiOrd		ord;

	check_ok(actor, try_create(actor, label, text, number, &ord));
	return ord;
}

/* The node of the label with k = text, or NAMI_ORD_NONE. */
WORLD_UNUSED static NamiOrd
find_node(Actor *actor, const char *label, const char *text)
{
	NamiSnapshot now = actor_now(actor);
	NamiKeyId	key = actor_key(actor, "k");
	NamiValue	value = nami_value_string(nami_str(text));
	const NamiOrd *ords;
	uint32_t	count;

	check_ok(actor, nami_snapshot_lookup(&now, actor_label(actor, label), &key, &value, 1,
										 actor->arena, &ords, &count, &actor->err));
	return count == 0 ? NAMI_ORD_NONE : ords[0];
}

WORLD_UNUSED static int64_t
number_of(Actor *actor, NamiOrd ord)
{
	NamiSnapshot now = actor_now(actor);
	NamiValue	value;

	check_ok(actor, nami_snapshot_node_property(&now, actor_key(actor, "n"), &ord, 1,
												actor->arena, &value, &actor->err));
	assert_int_equal(value.kind, NAMI_INT);
	return value.integer;
}

/* Replaces {k, n} of a node with one label. */
WORLD_UNUSED static NamiStatus
set_number(Actor *actor, NamiOrd ord, const char *label, const char *text, int64_t number)
{
	NamiLabelId id = actor_label(actor, label);

	return nami_transaction_set_node(actor->txn, ord, &id, 1, props_kn(actor, text, number),
									 &actor->err);
}

WORLD_UNUSED static NamiStatus
put_edge(Actor *actor, const char *type, NamiOrd src, NamiOrd dst)
{
	NamiEdgePos pos;

	return nami_transaction_put_edge(actor->txn, actor_type(actor, type), src, dst,
									 nami_value_map(NULL, 0), &pos, &actor->err);
}

/* A whole transaction: one node. */
WORLD_UNUSED static NamiStatus
write_one(Actor *actor, const char *label, const char *text, int64_t number)
{
	actor_begin(actor);
	(void) create(actor, label, text, number);
	return actor_commit(actor);
}

WORLD_UNUSED static void
write_ok(Actor *actor, const char *label, const char *text, int64_t number)
{
	check_ok(actor, write_one(actor, label, text, number));
}

WORLD_UNUSED static uint64_t
count_label(Actor *actor, const char *label)
{
	NamiSnapshot now = actor_now(actor);
	NamiLabelId id = actor_label(actor, label);

	return nami_snapshot_count_nodes(&now, &id, 1);
}

/* The same with a process that has seen nothing before. */
WORLD_UNUSED static uint64_t
fresh_count(World *world, const char *label)
{
	Actor	   *reader = actor_create(world);
	uint64_t	count;

	actor_begin(reader);
	count = count_label(reader, label);
	actor_destroy(reader);
	return count;
}

WORLD_UNUSED static uint64_t
fresh_count_key(World *world, const char *label, const char *text)
{
	Actor	   *reader = actor_create(world);
	NamiSnapshot now;
	NamiKeyId	key;
	NamiValue	value = nami_value_string(nami_str(text));
	const NamiOrd *ords;
	uint32_t	count;

	actor_begin(reader);
	now = actor_now(reader);
	key = actor_key(reader, "k");
	check_ok(reader, nami_snapshot_lookup(&now, actor_label(reader, label), &key, &value, 1,
										  reader->arena, &ords, &count, &reader->err));
	actor_destroy(reader);
	return count;
}

WORLD_UNUSED static void
lose(Actor *actor, NamiStoreOp op, const char *key, Fault fault, int times)
{
	actor->fault_op = op;
	actor->fault_key = key;
	actor->fault_after = 0;
	actor->fault_times = times;
	actor->fault = fault;
}

/* ---- looking at the objects ----------------------------------------------------------------- */

WORLD_UNUSED static NamiStr
object(World *world, NamiStr key)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiStr		bytes;
	bool		is_found;

	if (nami_store_get(world->store, world->arena, key, &bytes, &is_found, &err) != NAMI_OK)
		fail_msg("%s", err.message);
	return is_found ? bytes : (NamiStr) {NULL, 0};
}

WORLD_UNUSED static void
put_object(World *world, NamiStr key, NamiStr bytes)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_put(world->store, world->arena, key, bytes, &err) != NAMI_OK)
		fail_msg("%s", err.message);
}

WORLD_UNUSED static void
delete_object(World *world, NamiStr key)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_delete(world->store, world->arena, key, &err) != NAMI_OK)
		fail_msg("%s", err.message);
}

WORLD_UNUSED static NamiStr
body_key(World *world, uint64_t version)
{
	return nami_key_manifest(world->arena, PREFIX, version);
}

WORLD_UNUSED static NamiStr
pointer_key(World *world, uint64_t version)
{
	return nami_key_pointer(world->arena, PREFIX, version);
}

WORLD_UNUSED static NamiManifest *
manifest_of(World *world, uint64_t version)
{
	NamiManifest *manifest = NAMI_NEW(world->arena, NamiManifest);
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_manifest_parse(world->arena, object(world, body_key(world, version)), manifest,
							&err) != NAMI_OK)
		fail_msg("%s", err.message);
	return manifest;
}

/* Declares that k is unique among the nodes of P, in a body that is there already. */
WORLD_UNUSED static void
constrain(World *world, uint64_t version)
{
	static const char empty[] = "\"constraints\":[]";
	NamiStr		body = object(world, body_key(world, version));
	const char *at = memmem(body.ptr, body.len, empty, strlen(empty));
	const char *rest;

	assert_non_null(at);
	rest = at + strlen(empty);
	put_object(world, body_key(world, version),
			   nami_str(nami_arena_printf(world->arena, "%.*s\"constraints\":[{\"name\":\"u\","
										  "\"label\":\"P\",\"properties\":[\"k\"],"
										  "\"kind\":\"Unique\"}]%.*s", (int) (at - body.ptr),
										  body.ptr, (int) (body.ptr + body.len - rest), rest)));
}

/*
 * The rules that hold for every chain: pointers 0 .. N without a hole, each naming a body of its
 * version; bodies that only ever add segments (nobody flushes here), which are there, sound and
 * ascending; labels that are only appended. Returns N.
 */
WORLD_UNUSED static uint64_t
check_chain(World *world)
{
	NamiManifest *older = NULL;
	uint64_t	version = 0;

	for (;; version++)
	{
		NamiStr		pointer_bytes = object(world, pointer_key(world, version));
		NamiPointer pointer;
		NamiError	err = NAMI_ERROR_INIT;
		NamiManifest *manifest;
		uint64_t	last_lsn = 0;

		if (pointer_bytes.ptr == NULL)
			break;
		if (nami_pointer_parse(world->arena, pointer_bytes, &pointer, &err) != NAMI_OK)
			fail_msg("%s", err.message);
		assert_int_equal(pointer.version, version);
		assert_true(nami_str_eq(pointer.manifest_path, body_key(world, version)));
		manifest = manifest_of(world, version);
		assert_int_equal(manifest->version, version);
		for (uint32_t i = 0; i < manifest->wal_segment_count; i++)
		{
			const NamiWalDescriptor *segment = &manifest->wal_segments[i];
			NamiStr		key = nami_key_wal(world->arena, PREFIX, segment->seq);
			NamiWalSummary summary;

			assert_true(nami_str_eq(segment->path, key));
			if (nami_wal_check(object(world, key), &summary, &err) != NAMI_OK)
				fail_msg("%s", err.message);
			assert_int_equal(summary.last_lsn, segment->last_lsn);
			assert_true(segment->has_xxh3 && segment->xxh3 == summary.xxh3);
			assert_true(summary.record_count == 0 || summary.first_lsn > last_lsn);
			if (summary.last_lsn > last_lsn)
				last_lsn = summary.last_lsn;
		}
		if (older != NULL)
		{
			assert_true(manifest->epoch >= older->epoch);
			assert_true(manifest->wal_segment_count >= older->wal_segment_count);
			assert_true(manifest->label_count >= older->label_count);
			for (uint32_t i = 0; i < older->wal_segment_count; i++)
				assert_int_equal(manifest->wal_segments[i].seq, older->wal_segments[i].seq);
			for (uint32_t i = 0; i < older->label_count; i++)
				assert_true(nami_str_eq(manifest->labels[i], older->labels[i]));
			assert_false(nami_uuid_eq(manifest->writer_id, older->writer_id));
		}
		older = manifest;
	}
	assert_true(version > 0);
	return version - 1;
}

#endif							/* TEST_GRAPH_WORLD_H */
