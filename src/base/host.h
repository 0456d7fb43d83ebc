/*
 * host.h - the services that a host program gives to the engine.
 *
 * The engine knows neither PostgreSQL nor malloc. Whoever embeds it (the extension, a unit test, a
 * fuzzer, a benchmark) fills these structs. All callbacks run on the thread that called the engine.
 */
#ifndef NAMI_BASE_HOST_H
#define NAMI_BASE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Source of memory blocks with one lifetime (statement, transaction, process, ...). The extension
 * wraps a MemoryContext, tests wrap malloc.
 *
 * alloc never returns NULL: it reports out-of-memory in the host's own way and MAY UNWIND THE
 * STACK (longjmp). Hence nothing that is not memory may be held by a local variable only, and no
 * callback that a library calls may allocate through it (see owner.h).
 */
typedef struct NamiAllocator
{
	void	   *ctx;
	void	   *(*alloc) (void *ctx, size_t size_bytes);
	void		(*free) (void *ctx, void *block);
} NamiAllocator;

typedef enum NamiLogLevel
{
	NAMI_LOG_DEBUG,				/* one line per request and the like */
	NAMI_LOG_INFO,				/* retries that succeeded late, advisory failures */
	NAMI_LOG_WARNING			/* somebody has to act */
} NamiLogLevel;

/*
 * Temporary files for what does not fit the memory of a statement. A file lasts until it is closed,
 * or until the host unwinds: then the host removes it. All calls but close MAY UNWIND, or answer false
 * (create: NULL) with errno set. The file's buffers live as long as the allocator's memory.
 */
typedef struct NamiTempFiles
{
	void	   *(*create) (void *ctx, const NamiAllocator *allocator);
	bool		(*write) (void *ctx, void *file, uint64_t offset, const void *data, size_t n);
	bool		(*read) (void *ctx, void *file, uint64_t offset, void *out, size_t n);
	void		(*close) (void *ctx, void *file);
} NamiTempFiles;

typedef struct NamiHost
{
	void	   *ctx;

	/* True when the current work should stop (cancel, timeout, shutdown). Reads flags only. */
	bool		(*interrupted) (void *ctx);

	/* Wall clock, microseconds since 1970-01-01 00:00 UTC. */
	int64_t		(*now_us) (void *ctx);

	/* Monotonic clock in milliseconds; only differences mean something. */
	int64_t		(*monotonic_ms) (void *ctx);

	/* Fills out with n random bytes; injectable so that ids and jitter can be replayed. */
	void		(*random) (void *ctx, void *out, size_t n);

	/* message is a plain text without secrets; it may be dropped. */
	void		(*log) (void *ctx, NamiLogLevel level, const char *subsystem, const char *message);

	/*
	 * True when the stack is nearly used up: whoever recurses over something that a query can make deep
	 * asks, and fails with NAMI_ERR_TOO_DEEP.
	 */
	bool		(*stack_is_low) (void *ctx);

	/* Temporary files; NULL: there are none, and what does not fit in memory fails. */
	const NamiTempFiles *temp_files;

	/* Folder with TZif files, e.g. "/usr/share/zoneinfo"; NULL when there is none. */
	const char *timezone_directory;
} NamiHost;

/*
 * NAMI_ERR_TOO_DEEP when the stack is nearly used up. host may be NULL (whoever has none has no deep
 * input).
 */
static inline NamiStatus
nami_check_stack(const NamiHost *host, NamiError *err)
{
	if (host != NULL && host->stack_is_low != NULL && host->stack_is_low(host->ctx))
		return nami_fail(err, NAMI_ERR_TOO_DEEP, "stack depth limit exceeded");
	return NAMI_OK;
}

/*
 * Every so many calls (counted in *ticks) NAMI_ERR_CANCELLED when the host is interrupted: for loops of
 * small steps. host may be NULL.
 */
#define NAMI_TICKS	256

static inline NamiStatus
nami_tick(const NamiHost *host, uint32_t *ticks, NamiError *err)
{
	if (++*ticks % NAMI_TICKS == 0 && host != NULL && host->interrupted != NULL &&
		host->interrupted(host->ctx))
		return nami_fail(err, NAMI_ERR_CANCELLED, "query was cancelled");
	return NAMI_OK;
}

/* A host for tests, fuzzers and tools: real clocks, getrandom(2), no log, never interrupted. */
extern const NamiHost *nami_host_default(void);

/* malloc/free; aborts the process when memory is exhausted. */
extern const NamiAllocator *nami_allocator_malloc(void);

#endif							/* NAMI_BASE_HOST_H */
