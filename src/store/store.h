/*
 * store.h - the object store under a namespace: S3, a folder, or memory.
 *
 * Keys are literal keys below the bucket or folder, <P> included ("tenants/demo/wal/....wal"); the
 * encoding of spec/storage.md 3.5 was applied by the caller. Objects are bytes. The operations are
 * those that the protocol needs (spec/storage.md 1.3, 2): ranged GET, HEAD, create-only PUT, plain
 * PUT, DELETE and LIST. They run in batches; on S3 up to 16 requests of a batch are under way at
 * once.
 *
 *	NamiStoreRequest reqs[] = {
 *		{.op = NAMI_OP_CREATE, .key = segment_key, .body = segment},
 *		{.op = NAMI_OP_CREATE, .key = body_key, .body = manifest},
 *	};
 *	NAMI_TRY(nami_store_run(store, arena, reqs, 2, err));
 *	if (reqs[0].outcome == NAMI_OUTCOME_UNKNOWN) ... settle it by reading back
 *
 * A store lives as long as its process wants it and is used by one thread. What it holds beside
 * memory (descriptors, curl handles) belongs to the NamiOwner given at creation. After a fork the
 * child's first use starts anew without touching the parent's connections. An allocation that
 * unwinds in the middle of a batch leaves the store usable: the next call drops what was under way.
 *
 * The store retries reads, plain PUTs and DELETEs after 5xx, 429, 408, broken connections and
 * time-outs (full jitter). A create-only PUT is repeated only when nothing of it was sent.
 *
 * Neither credentials nor signatures appear in errors or log lines.
 */
#ifndef NAMI_STORE_STORE_H
#define NAMI_STORE_STORE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/host.h"
#include "base/owner.h"
#include "base/str.h"
#include "store/uri.h"

typedef struct NamiStore NamiStore;

typedef enum NamiStoreOp
{
	NAMI_OP_GET,
	NAMI_OP_HEAD,
	NAMI_OP_CREATE,				/* PUT if absent */
	NAMI_OP_PUT,
	NAMI_OP_DELETE,				/* of a missing object: DONE, as S3 has it */
	NAMI_OP_LIST
} NamiStoreOp;

#define NAMI_OP_COUNT	(NAMI_OP_LIST + 1)

typedef enum NamiStoreOutcome
{
	NAMI_OUTCOME_NONE = 0,		/* not run yet */
	NAMI_OUTCOME_DONE,
	NAMI_OUTCOME_NOT_FOUND,		/* GET, HEAD */
	NAMI_OUTCOME_EXISTS,		/* CREATE: there is an object of that name */
	NAMI_OUTCOME_CONFLICT_CHECK,	/* CREATE: 409; GET the key: absent -> retry, present -> decide by
									 * content (spec/storage.md 4.3) */
	NAMI_OUTCOME_UNKNOWN,		/* CREATE: it was sent, and nobody said whether it was done; read back.
								 * error tells what happened */
	NAMI_OUTCOME_FAILED			/* error is filled */
} NamiStoreOutcome;

/* One object of a listing. */
typedef struct NamiStoreEntry
{
	NamiStr		key;			/* whole literal key, in the result arena */
	uint64_t	size_bytes;
} NamiStoreEntry;

typedef struct NamiStoreRequest
{
	/* In. */
	NamiStoreOp op;
	NamiStr		key;			/* LIST: the "folder", with or without a slash at its end */
	NamiStr		start_after;	/* LIST: only keys greater than this one; empty = all */
	uint64_t	offset;			/* GET: first byte */
	uint64_t	length;			/* GET: bytes; 0 = up to the end. Cut at the end of the object */
	NamiStr		body;			/* CREATE, PUT: borrowed until the call returns */
	size_t		max_bytes;		/* GET: larger answers fail (NAMI_ERR_LIMIT); 0 = 1 GiB */

	/* Out; memory of the result arena. */
	NamiStoreOutcome outcome;
	NamiStr		bytes;			/* GET */
	uint64_t	size_bytes;		/* GET, HEAD: of the whole object */
	NamiStr		etag;			/* GET, HEAD, CREATE, PUT on S3; else empty */
	const NamiStoreEntry *entries;	/* LIST: ascending by bytes of the key, all pages */
	size_t		entry_count;
	NamiError	error;			/* FAILED, UNKNOWN */
} NamiStoreRequest;

/*
 * Runs all requests, in any order. NAMI_OK: every request has an outcome; single failures sit in the
 * requests. NAMI_FAILED: the batch was given up as a whole (NAMI_ERR_CANCELLED when the host was
 * interrupted); requests that were not finished then have the outcome FAILED, or UNKNOWN when a
 * CREATE was already sent.
 *
 * Failure classes of single requests: CONNECT (host not reached, TLS), CONNECTION_LOST (broken or no
 * answer in time, deadline passed), AUTHENTICATION, PERMISSION, UNDEFINED_OBJECT (no such bucket),
 * UNSUPPORTED (the service has no conditional PUT), READ_ONLY, DISK_FULL, IO, LIMIT, CORRUPT (a range
 * behind the end of the object; answers that make no sense). error.http_status and error.retryable are set where known; detail
 * holds the HTTP status, the code of S3 and the request id.
 */
extern NamiStatus nami_store_run(NamiStore *store, NamiArena *result_arena, NamiStoreRequest *reqs,
								 size_t count, NamiError *err) NAMI_MUST_CHECK;

/*
 * Single requests. They return NAMI_FAILED when the outcome is FAILED (the request's error is then in
 * *err), so that only the outcomes that mean something to the caller are left.
 */

/* *is_found false: no such object. */
extern NamiStatus nami_store_get(NamiStore *store, NamiArena *arena, NamiStr key, NamiStr *bytes,
								 bool *is_found, NamiError *err) NAMI_MUST_CHECK;

/* length 0: to the end. A missing object is an outcome as above. */
extern NamiStatus nami_store_get_range(NamiStore *store, NamiArena *arena, NamiStr key,
									   uint64_t offset, uint64_t length, NamiStr *bytes,
									   bool *is_found, NamiError *err) NAMI_MUST_CHECK;

/* size_bytes may be NULL. */
extern NamiStatus nami_store_head(NamiStore *store, NamiArena *arena, NamiStr key, bool *is_found,
								  uint64_t *size_bytes, NamiError *err) NAMI_MUST_CHECK;

/* *outcome: DONE, EXISTS, CONFLICT_CHECK or UNKNOWN (then *err tells the reason, for in-doubt messages). */
extern NamiStatus nami_store_create(NamiStore *store, NamiArena *arena, NamiStr key, NamiStr body,
									NamiStoreOutcome *outcome, NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_store_put(NamiStore *store, NamiArena *arena, NamiStr key, NamiStr body,
								 NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_store_delete(NamiStore *store, NamiArena *arena, NamiStr key,
									NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_store_list(NamiStore *store, NamiArena *arena, NamiStr folder,
								  const NamiStoreEntry **entries, size_t *count,
								  NamiError *err) NAMI_MUST_CHECK;

/*
 * Plain PUT that nobody waits for: current.json after the pointer (spec/storage.md 4.2). On S3 it is
 * sent while later calls run and collected by the next use or at close (at most 1 s); in a folder
 * it is written at once, without fsync. Failure is one log line of the host. key and body are copied.
 */
extern void nami_store_put_background(NamiStore *store, NamiStr key, NamiStr body);

/*
 * How the following calls wait. They stay in force until they are set again: after an error unwound
 * the stack, the owner of the store sets them back.
 */

/* No call goes on after this point of host->monotonic_ms (0 = none): CONNECTION_LOST or UNKNOWN. */
extern void nami_store_set_deadline(NamiStore *store, int64_t deadline_monotonic_ms);

/* True: host->interrupted is not asked (after the pointer PUT was sent). */
extern void nami_store_set_uninterruptible(NamiStore *store, bool uninterruptible);

/* S3: how long one attempt may make no progress, for the attempts that follow; 0 = 30 s. */
extern void nami_store_set_request_timeout(NamiStore *store, int request_timeout_ms);

typedef struct NamiStoreCounters
{
	uint64_t	requests[NAMI_OP_COUNT];	/* sent, repetitions included */
	uint64_t	bytes[NAMI_OP_COUNT];	/* of bodies that arrived: sent by CREATE and PUT, else received */
	uint64_t	retries;
	uint64_t	failures;		/* requests that ended FAILED or UNKNOWN */
	uint64_t	connects;		/* S3: new connections */
} NamiStoreCounters;

extern const NamiStoreCounters *nami_store_counters(const NamiStore *store);

/* The URI as opened (endpoint resolved); lives as long as the store. */
extern const NamiStoreUri *nami_store_uri(const NamiStore *store);
extern bool nami_store_is_read_only(const NamiStore *store);

typedef struct NamiStoreOptions
{
	bool		is_read_only;	/* refuse CREATE, PUT, DELETE with NAMI_ERR_READ_ONLY */

	/* S3 only. Strings are copied at open. */
	NamiStr		access_key_id;	/* with secret_access_key: both or none */
	NamiStr		secret_access_key;
	NamiStr		session_token;	/* optional */
	bool		is_anonymous;	/* no keys: send unsigned requests (else missing keys are an error) */
	NamiStr		ca_file;		/* PEM file instead of the system's certificates */
	const NamiStr *allowed_hosts;	/* host names or addresses that may be link-local or loopback */
	size_t		allowed_host_count;
	bool		refuse_loopback;	/* the server's owner is no superuser */
	int			request_timeout_ms; /* of one attempt until it makes progress; 0 = 30 s */
	int			max_attempts;	/* of one request; 0 = 8 */

	/* Memory only: an open memory store whose objects this one is to read and write; NULL: its own. */
	NamiStore  *memory;			/* borrowed, outlives the new store */
} NamiStoreOptions;

/*
 * Opens a store. Nothing is contacted or created yet. host, allocator and owner are borrowed and
 * must outlive the store. The memory of the store comes from the allocator.
 *
 * Errors: NAMI_ERR_OPTION_VALUE (http without allow_http, half a key pair, unreadable ca_file),
 * NAMI_ERR_AUTHENTICATION (no keys), NAMI_ERR_INTERNAL.
 */
extern NamiStatus nami_store_open(const NamiStoreUri *uri, const NamiStoreOptions *options,
								  const NamiHost *host, const NamiAllocator *allocator,
								  NamiOwner *owner, NamiStore **store,
								  NamiError *err) NAMI_MUST_CHECK;

/* Waits up to 1 s for background PUTs, closes and frees everything. The owner's release does the same. */
extern void nami_store_close(NamiStore *store);

/*
 * The server's own identity (use_server_credentials): fills what is still empty from AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (AWS_TOKEN), and in the URI AWS_REGION
 * (AWS_DEFAULT_REGION), AWS_ENDPOINT_URL (AWS_ENDPOINT), AWS_ALLOW_HTTP (spec/storage.md 1.2).
 */
extern NamiStatus nami_store_options_from_environment(NamiArena *arena, NamiStoreUri *uri,
													  NamiStoreOptions *options,
													  NamiError *err) NAMI_MUST_CHECK;

/* "GET", "CREATE", ... and "done", "not found", ...: for messages and tests. */
extern const char *nami_store_op_name(NamiStoreOp op);
extern const char *nami_store_outcome_name(NamiStoreOutcome outcome);

#endif							/* NAMI_STORE_STORE_H */
