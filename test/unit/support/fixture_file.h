/*
 * fixture_file.h - for tests: files below test/fixtures as byte strings. Tests run from the root.
 */
#ifndef NAMI_TEST_FIXTURE_FILE_H
#define NAMI_TEST_FIXTURE_FILE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

/* The file's bytes in a block of exactly their size, so that ASAN sees a read past the end. */
static inline NamiStr
fixture_read(const char *path)
{
	FILE	   *file = fopen(path, "rb");
	long		len;
	char	   *bytes;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0)
	{
		fprintf(stderr, "cannot read %s\n", path);
		abort();
	}
	rewind(file);
	bytes = malloc((size_t) len + (len == 0));
	if (bytes == NULL || fread(bytes, 1, (size_t) len, file) != (size_t) len)
		abort();
	fclose(file);
	return (NamiStr) {bytes, (size_t) len};
}

/* A private copy in a block of exactly its size; free() it. */
static inline char *
fixture_copy(const char *bytes, size_t len)
{
	char	   *copy = malloc(len + (len == 0));

	if (copy == NULL)
		abort();
	memcpy(copy, bytes, len);
	return copy;
}

static inline void
fixture_free(NamiStr bytes)
{
	free((void *) bytes.ptr);
}

#endif							/* NAMI_TEST_FIXTURE_FILE_H */
