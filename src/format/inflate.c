/*
 * inflate.c - see inflate.h.
 */
#include "format/inflate.h"

#include "base/buf.h"

#include <zlib.h>
#include <zstd.h>

#define SCRATCH_BYTES_MIN	((size_t) 4096)
#define RATIO_MAX			4096
#define UNSIZED_STEP_BYTES	((size_t) 64 * 1024)
#define GZIP_OR_ZLIB		(15 + 32)	/* zlib's windowBits: largest window, header detected */

struct NamiInflater
{
	NamiResource resource;
	bool		is_registered;
	ZSTD_DCtx  *zstd;			/* owned */
	z_stream	zlib;			/* owned inner state while has_zlib */
	bool		has_zlib;
};

static void
free_contexts(NamiResource *resource)
{
	NamiInflater *inflater = (NamiInflater *) resource;

	ZSTD_freeDCtx(inflater->zstd);
	inflater->zstd = NULL;
	if (inflater->has_zlib)
		inflateEnd(&inflater->zlib);
	inflater->has_zlib = false;
	inflater->is_registered = false;
}

NamiInflater *
nami_inflater_create(NamiArena *arena, NamiOwner *owner)
{
	NamiInflater *inflater = NAMI_NEW(arena, NamiInflater);

	nami_owner_add(owner, &inflater->resource, free_contexts);
	inflater->is_registered = true;
	return inflater;
}

void
nami_inflater_release(NamiInflater *inflater)
{
	if (!inflater->is_registered)
		return;
	nami_owner_remove(&inflater->resource);
	free_contexts(&inflater->resource);
}

static NamiStatus
inflate_zstd(NamiInflater *inflater, NamiStr src, uint8_t *dst, size_t dst_len, NamiError *err)
{
	size_t		got;

	if (inflater->zstd == NULL)
		inflater->zstd = ZSTD_createDCtx();
	if (inflater->zstd == NULL)
		return nami_fail(err, NAMI_ERR_MEMORY_LIMIT, "out of memory for decompression");
	got = ZSTD_decompressDCtx(inflater->zstd, dst, dst_len, src.ptr, src.len);
	if (ZSTD_isError(got))
		return nami_fail(err, NAMI_ERR_CORRUPT, "damaged zstd frame: %s", ZSTD_getErrorName(got));
	if (got != dst_len)
		return nami_fail(err, NAMI_ERR_CORRUPT, "zstd frame holds %zu bytes, not %zu", got,
						 dst_len);
	return NAMI_OK;
}

static NamiStatus
inflate_gzip(NamiInflater *inflater, NamiStr src, uint8_t *dst, size_t dst_len, NamiError *err)
{
	z_stream   *zs = &inflater->zlib;
	uint8_t		none;
	int			rc;

	if (src.len > UINT32_MAX || dst_len > UINT32_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "gzip block of more than 4 GiB");
	if (!inflater->has_zlib)
	{
		if (inflateInit2(zs, GZIP_OR_ZLIB) != Z_OK)
			return nami_fail(err, NAMI_ERR_MEMORY_LIMIT, "out of memory for decompression");
		inflater->has_zlib = true;
	}
	zs->next_in = (Bytef *) src.ptr;
	zs->avail_in = (uInt) src.len;
	zs->next_out = dst_len == 0 ? &none : dst;
	zs->avail_out = (uInt) dst_len;
	do
	{
		/* a block may consist of several gzip members */
		if (inflateReset(zs) != Z_OK)
			return nami_fail(err, NAMI_ERR_INTERNAL, "zlib could not be reset");
		rc = inflate(zs, Z_FINISH);
	} while (rc == Z_STREAM_END && zs->avail_in > 0 && zs->avail_out > 0);
	if (rc != Z_STREAM_END || zs->avail_in != 0 || zs->avail_out != 0)
		return nami_fail(err, NAMI_ERR_CORRUPT, "damaged gzip block");
	return NAMI_OK;
}

NamiStatus
nami_inflate(NamiInflater *inflater, NamiCodec codec, NamiStr src,
			 uint8_t *dst, size_t dst_len, NamiError *err)
{
	NAMI_ASSERT(inflater->is_registered);
	switch (codec)
	{
		case NAMI_CODEC_NONE:
			if (src.len != dst_len)
				return nami_fail(err, NAMI_ERR_CORRUPT, "block of %zu bytes instead of %zu",
								 src.len, dst_len);
			if (dst_len > 0)
				memcpy(dst, src.ptr, dst_len);
			return NAMI_OK;
		case NAMI_CODEC_ZSTD:
			return inflate_zstd(inflater, src, dst, dst_len, err);
		case NAMI_CODEC_GZIP:
			return inflate_gzip(inflater, src, dst, dst_len, err);
	}
	return nami_fail(err, NAMI_ERR_INTERNAL, "unknown codec %d", (int) codec);
}

NamiStatus
nami_inflate_unsized(NamiInflater *inflater, NamiStr src, size_t limit_bytes, NamiArena *arena,
					 NamiStr *out, NamiError *err)
{
	ZSTD_inBuffer in = {src.ptr, src.len, 0};
	NamiBuf		buf;
	size_t		rc = 1;

	NAMI_ASSERT(inflater->is_registered);
	if (inflater->zstd == NULL)
		inflater->zstd = ZSTD_createDCtx();
	if (inflater->zstd == NULL)
		return nami_fail(err, NAMI_ERR_MEMORY_LIMIT, "out of memory for decompression");
	ZSTD_DCtx_reset(inflater->zstd, ZSTD_reset_session_only);
	nami_buf_init(&buf, arena);
	while (rc != 0 || in.pos < in.size)
	{
		ZSTD_outBuffer piece = {nami_buf_reserve(&buf, UNSIZED_STEP_BYTES), UNSIZED_STEP_BYTES, 0};
		size_t		before = in.pos;

		rc = ZSTD_decompressStream(inflater->zstd, &piece, &in);
		if (ZSTD_isError(rc))
			return nami_fail(err, NAMI_ERR_CORRUPT, "damaged zstd frame: %s",
							 ZSTD_getErrorName(rc));
		if (in.pos == before && piece.pos == 0)
			return nami_fail(err, NAMI_ERR_CORRUPT, "zstd frame ends early");
		buf.len += piece.pos;
		if (buf.len > limit_bytes)
			return nami_fail(err, NAMI_ERR_LIMIT, "zstd frame of more than %zu bytes",
							 limit_bytes);
	}
	*out = nami_buf_str(&buf);
	return NAMI_OK;
}

bool
nami_inflate_size_is_sane(uint64_t compressed_bytes, uint64_t decompressed_bytes)
{
	if (decompressed_bytes <= NAMI_INFLATE_PAGE_BYTES_MAX)
		return true;
	return decompressed_bytes <= INT32_MAX && decompressed_bytes / RATIO_MAX <= compressed_bytes;
}

void *
nami_scratch_reserve(NamiScratch *scratch, NamiArena *arena, size_t size_bytes)
{
	size_t		capacity = SCRATCH_BYTES_MIN;

	if (scratch->ptr == NULL || scratch->capacity_bytes < size_bytes)
	{
		while (capacity < size_bytes)
			capacity = capacity > SIZE_MAX / 2 ? size_bytes : capacity * 2;
		scratch->ptr = nami_arena_alloc(arena, capacity);
		scratch->capacity_bytes = capacity;
	}
	return scratch->ptr;
}
