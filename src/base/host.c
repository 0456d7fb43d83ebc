/*
 * host.c - the default host and allocator, for programs outside a server.
 */
#include "base/host.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static bool
never_interrupted(void *ctx)
{
	(void) ctx;
	return false;
}

static int64_t
real_now_us(void *ctx)
{
	(void) ctx;
	return clock_ns(CLOCK_REALTIME) / 1000;
}

static int64_t
real_monotonic_ms(void *ctx)
{
	(void) ctx;
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static void
system_random(void *ctx, void *out, size_t n)
{
	uint8_t    *pos = out;

	(void) ctx;
	while (n > 0)
	{
		ssize_t		got = getrandom(pos, n, 0);

		if (got > 0)
		{
			pos += got;
			n -= (size_t) got;
		}
	}
}

static void
no_log(void *ctx, NamiLogLevel level, const char *subsystem, const char *message)
{
	(void) ctx;
	(void) level;
	(void) subsystem;
	(void) message;
}

const NamiHost *
nami_host_default(void)
{
	static const NamiHost host = {
		.ctx = NULL,
		.interrupted = never_interrupted,
		.now_us = real_now_us,
		.monotonic_ms = real_monotonic_ms,
		.random = system_random,
		.log = no_log,
		.timezone_directory = "/usr/share/zoneinfo",
	};

	return &host;
}

static void *
malloc_or_abort(void *ctx, size_t size_bytes)
{
	void	   *block = malloc(size_bytes);

	(void) ctx;
	if (block == NULL)
		abort();
	return block;
}

static void
plain_free(void *ctx, void *block)
{
	(void) ctx;
	free(block);
}

const NamiAllocator *
nami_allocator_malloc(void)
{
	static const NamiAllocator allocator = {NULL, malloc_or_abort, plain_free};

	return &allocator;
}
