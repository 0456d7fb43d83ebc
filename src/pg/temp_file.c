/*
 * temp_file.c - temporary files of the engine: BufFile of the server.
 *
 * They count against temp_file_limit and belong to the resource owner of the running query, which
 * removes them when it ends in an error. Then the engine does not close them.
 */
#include "postgres.h"

#include "pg/temp_file.h"

#include "pg/compat.h"
#include "commands/tablespace.h"
#include "storage/buffile.h"

static void *
create_file(void *ctx, const NamiAllocator *allocator)
{
	MemoryContext old = MemoryContextSwitchTo((MemoryContext) allocator->ctx);
	BufFile    *file;

	PrepareTempTablespaces();
	file = BufFileCreateTemp(false);
	MemoryContextSwitchTo(old);
	return file;
}

/* The server finds the segment of an offset itself. */
static void
seek(BufFile *file, uint64_t offset)
{
	if (BufFileSeek(file, 0, (off_t) offset, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file: %m")));
}

static bool
write_file(void *ctx, void *file, uint64_t offset, const void *data, size_t n)
{
	seek(file, offset);
	nami_buffile_write(file, data, n);
	return true;
}

static bool
read_file(void *ctx, void *file, uint64_t offset, void *out, size_t n)
{
	seek(file, offset);
	nami_buffile_read(file, out, n);
	return true;
}

static void
close_file(void *ctx, void *file)
{
	BufFileClose(file);
}

const NamiTempFiles *
nami_pg_temp_files(void)
{
	static const NamiTempFiles files = {create_file, write_file, read_file, close_file};

	return &files;
}
