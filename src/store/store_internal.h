/*
 * store_internal.h - what the kinds of stores share. For src/store and its tests only.
 *
 * A store is a struct that begins with a NamiStore and has a driver. The common part (store.c) checks
 * read-only mode, counts and wraps; the driver does the work.
 */
#ifndef NAMI_STORE_INTERNAL_H
#define NAMI_STORE_INTERNAL_H

#include "store/store.h"

#define NAMI_STORE_DEFAULT_MAX_BYTES	((size_t) 1 << 30)
#define NAMI_STORE_MAX_KEY_BYTES		1024

typedef struct NamiStoreDriver
{
	/*
	 * As nami_store_run. Requests that already have an outcome are left alone. May unwind in
	 * allocations of the arena.
	 */
	NamiStatus	(*run) (NamiStore *store, NamiArena *arena, NamiStoreRequest *reqs, size_t count,
						NamiError *err);

	void		(*put_background) (NamiStore *store, NamiStr key, NamiStr body);

	/* Releases what is not memory of the store's arena. Must not allocate or unwind. */
	void		(*close) (NamiStore *store);
} NamiStoreDriver;

struct NamiStore
{
	NamiResource resource;
	const NamiStoreDriver *driver;
	NamiArena  *arena;			/* owned; holds this struct too */
	const NamiHost *host;		/* borrowed */
	NamiStoreUri uri;
	bool		is_read_only;
	bool		is_uninterruptible;
	int64_t		deadline_ms;	/* host->monotonic_ms; 0 = none */
	int			request_timeout_ms; /* S3: of one attempt */
	NamiStoreCounters counters;
};

/*
 * Fills the common part of a store that the caller allocated (zeroed) in arena, and registers it with
 * the owner. The arena belongs to the store from here on.
 */
extern void nami_store_init(NamiStore *store, const NamiStoreDriver *driver, NamiArena *arena,
							const NamiStoreUri *uri, const NamiHost *host, bool is_read_only,
							NamiOwner *owner);

extern bool nami_store_interrupted(const NamiStore *store);
extern bool nami_store_deadline_passed(const NamiStore *store);
extern NamiStatus nami_store_cancelled(NamiError *err);
extern void nami_store_log(const NamiStore *store, NamiLogLevel level, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* Gives up a request: outcome FAILED with this error; returns its error for details. */
extern NamiError *nami_store_request_fail(NamiStoreRequest *req, NamiErrorClass cls,
										  const char *format,...)
			__attribute__((format(printf, 3, 4)));

/*
 * The bytes of an object of size_bytes that a GET asks for. False: the range begins behind the end,
 * or is larger than max_bytes; the request has failed then.
 */
extern bool nami_store_clip_range(NamiStoreRequest *req, uint64_t size_bytes, size_t *length);

/* The folder of a LIST as prefix: without slashes at its end, then one; "" for everything. */
extern NamiStr nami_store_list_prefix(NamiArena *arena, NamiStr folder);

/* Sorts by key. */
extern void nami_store_sort_entries(NamiStoreEntry *entries, size_t count);

/* Is name "...#<digits>": an upload that crashed or is under way (spec/storage.md 2.1). */
extern bool nami_store_is_upload_name(NamiStr name);

/* Constructors of the drivers; arguments as nami_store_open. */
extern NamiStatus nami_store_open_memory(const NamiStoreUri *uri, const NamiStoreOptions *options,
										 const NamiHost *host, const NamiAllocator *allocator,
										 NamiOwner *owner, NamiStore **store, NamiError *err);
extern NamiStatus nami_store_open_file(const NamiStoreUri *uri, const NamiStoreOptions *options,
									   const NamiHost *host, const NamiAllocator *allocator,
									   NamiOwner *owner, NamiStore **store, NamiError *err);
extern NamiStatus nami_store_open_s3(const NamiStoreUri *uri, const NamiStoreOptions *options,
									 const NamiHost *host, const NamiAllocator *allocator,
									 NamiOwner *owner, NamiStore **store, NamiError *err);

#endif							/* NAMI_STORE_INTERNAL_H */
