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

	/* Folder with TZif files, e.g. "/usr/share/zoneinfo"; NULL when there is none. */
	const char *timezone_directory;
} NamiHost;

/* A host for tests, fuzzers and tools: real clocks, getrandom(2), no log, never interrupted. */
extern const NamiHost *nami_host_default(void);

/* malloc/free; aborts the process when memory is exhausted. */
extern const NamiAllocator *nami_allocator_malloc(void);

#endif							/* NAMI_BASE_HOST_H */
