/*
 * host.c - the default host and allocator, for programs outside a server.
 */
#include "base/host.h"

#include <pthread.h>
#include <stdio.h>
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

/* The stack may be larger than it is now: what matters is its limit. */
static bool
real_stack_is_low(void *ctx)
{
	static _Thread_local uintptr_t lowest = 0;

	(void) ctx;
	if (lowest == 0)
	{
		pthread_attr_t attr;
		void	   *bottom = NULL;
		size_t		size = 0;

		if (pthread_getattr_np(pthread_self(), &attr) != 0)
			return false;
		pthread_attr_getstack(&attr, &bottom, &size);
		pthread_attr_destroy(&attr);
		lowest = (uintptr_t) bottom + size / 4;
	}
	return (uintptr_t) __builtin_frame_address(0) < lowest;
}

/* ---- temporary files ----------------------------------------------------------------------- */

static void *
file_create(void *ctx, const NamiAllocator *allocator)
{
	(void) ctx;
	(void) allocator;
	return tmpfile();
}

static bool
file_write(void *ctx, void *file, uint64_t offset, const void *data, size_t n)
{
	(void) ctx;
	return fseeko(file, (off_t) offset, SEEK_SET) == 0 && fwrite(data, 1, n, file) == n;
}

static bool
file_read(void *ctx, void *file, uint64_t offset, void *out, size_t n)
{
	(void) ctx;
	return fseeko(file, (off_t) offset, SEEK_SET) == 0 && fread(out, 1, n, file) == n;
}

static void
file_close(void *ctx, void *file)
{
	(void) ctx;
	fclose(file);
}

const NamiHost *
nami_host_default(void)
{
	static const NamiTempFiles temp_files = {file_create, file_write, file_read, file_close};
	static const NamiHost host = {
		.ctx = NULL,
		.interrupted = never_interrupted,
		.now_us = real_now_us,
		.monotonic_ms = real_monotonic_ms,
		.random = system_random,
		.log = no_log,
		.stack_is_low = real_stack_is_low,
		.temp_files = &temp_files,
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
