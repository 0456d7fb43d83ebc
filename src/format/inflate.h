/*
 * inflate.h - decompression of the blocks inside SSTs, and the buffers they are decompressed into.
 *
 * A block's decompressed size is always known beforehand (a page header or a directory says it);
 * a block that yields more or fewer bytes is corrupt.
 */
#ifndef NAMI_FORMAT_INFLATE_H
#define NAMI_FORMAT_INFLATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/owner.h"

typedef enum NamiCodec
{
	NAMI_CODEC_NONE,
	NAMI_CODEC_ZSTD,
	NAMI_CODEC_GZIP				/* gzip or zlib framing */
} NamiCodec;

/* Decompressed blocks up to this size are taken as they come; see nami_inflate_size_is_sane. */
#define NAMI_INFLATE_PAGE_BYTES_MAX		((uint64_t) 64 << 20)

/*
 * The library contexts, made at first use and kept for the next block. Lives in the arena; the
 * contexts belong to the owner until nami_inflater_release.
 */
typedef struct NamiInflater NamiInflater;

extern NamiInflater *nami_inflater_create(NamiArena *arena, NamiOwner *owner)
			__attribute__((returns_nonnull));

/* Frees the contexts before the owner does. May be called twice; the inflater is then unusable. */
extern void nami_inflater_release(NamiInflater *inflater);

/*
 * Decompresses src into exactly dst_len bytes at dst. NAMI_ERR_CORRUPT when the block is damaged or
 * has another size, NAMI_ERR_MEMORY_LIMIT when a context cannot be made.
 */
extern NamiStatus nami_inflate(NamiInflater *inflater, NamiCodec codec, NamiStr src,
							   uint8_t *dst, size_t dst_len, NamiError *err) NAMI_MUST_CHECK;

/*
 * Decompresses a zstd frame whose size nothing tells, into the arena; NAMI_ERR_LIMIT beyond
 * limit_bytes. For the rare old stream; pages go through nami_inflate.
 */
extern NamiStatus nami_inflate_unsized(NamiInflater *inflater, NamiStr src, size_t limit_bytes,
									   NamiArena *arena, NamiStr *out, NamiError *err)
			NAMI_MUST_CHECK;

/*
 * Whether a claimed decompressed size may be allocated before anything was decompressed: up to
 * 64 MiB always; beyond, only at a ratio that real data reaches and below 2 GiB.
 */
extern bool nami_inflate_size_is_sane(uint64_t compressed_bytes, uint64_t decompressed_bytes);

/*
 * Memory that is used again for each page. Grows by doubling in an arena (what it leaves behind is
 * less than what it holds); growing does not keep the content.
 */
typedef struct NamiScratch
{
	void	   *ptr;			/* arena; NULL at first */
	size_t		capacity_bytes;
} NamiScratch;

extern void *nami_scratch_reserve(NamiScratch *scratch, NamiArena *arena, size_t size_bytes)
			__attribute__((returns_nonnull));

#endif							/* NAMI_FORMAT_INFLATE_H */
