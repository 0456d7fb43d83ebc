/*
 * arena.c - bump allocation, see arena.h.
 *
 *	block:	| up to 15 bytes | header 32 bytes | payload ..... pos ..... end |
 *
 * Hosts need not align their blocks to more than 8 bytes (a MemoryContext does not), so the header is
 * put at the first address that is a multiple of 16.
 *
 * The arena struct lives at the start of the first block, so creating an arena is one allocation.
 * Blocks double from 8 KiB to 1 MiB; a request larger than a quarter of the next block gets one of
 * its own, linked behind the current block so that the rest of that one stays usable.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_BLOCK_BYTES	((size_t) 1024)
#define FIRST_BLOCK_BYTES	((size_t) 8 * 1024)
#define MAX_BLOCK_BYTES		((size_t) 1024 * 1024)
#define ALIGNMENT			((size_t) 16)

typedef struct Block
{
	struct Block *next;
	size_t		size_bytes;		/* taken from the host */
	void	   *start;			/* what the host gave */
	size_t		pad;
} Block;

_Static_assert(sizeof(Block) % ALIGNMENT == 0, "payload must stay aligned");

struct NamiArena
{
	const NamiAllocator *allocator; /* borrowed */
	NamiMemoryAccount *account; /* borrowed, may be NULL */
	Block	   *first;			/* holds this struct */
	Block	   *current;		/* pos and end point into it */
	uint8_t    *pos;
	uint8_t    *end;
	size_t		next_block_bytes;
	size_t		size_bytes;
};

static size_t
align_up(size_t n)
{
	if (n > SIZE_MAX - ALIGNMENT)
		abort();				/* a length this absurd was never checked by its caller */
	return (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

static Block *
block_create(const NamiAllocator *allocator, NamiMemoryAccount *account, size_t size_bytes)
{
	void	   *start;
	Block	   *block;

	if (account != NULL && account->before_block != NULL)
		account->before_block(account, size_bytes);
	start = allocator->alloc(allocator->ctx, size_bytes);
	block = (Block *) (((uintptr_t) start + ALIGNMENT - 1) & ~(uintptr_t) (ALIGNMENT - 1));
	block->next = NULL;
	block->size_bytes = size_bytes;
	block->start = start;
	if (account != NULL)
	{
		account->used_bytes += size_bytes;
		if (account->used_bytes > account->peak_bytes)
			account->peak_bytes = account->used_bytes;
	}
	return block;
}

static void
block_destroy(NamiArena *arena, Block *block)
{
	if (arena->account != NULL)
		arena->account->used_bytes -= block->size_bytes;
	arena->size_bytes -= block->size_bytes;
	arena->allocator->free(arena->allocator->ctx, block->start);
}

static void
use_block(NamiArena *arena, Block *block, size_t skip_bytes)
{
	arena->current = block;
	arena->pos = (uint8_t *) block + sizeof(Block) + skip_bytes;
	arena->end = (uint8_t *) block->start + block->size_bytes;
}

static NamiArena *
create(const NamiAllocator *allocator, NamiMemoryAccount *account, size_t first_bytes)
{
	Block	   *block = block_create(allocator, account, first_bytes);
	NamiArena  *arena = (NamiArena *) ((uint8_t *) block + sizeof(Block));

	arena->allocator = allocator;
	arena->account = account;
	arena->first = block;
	arena->next_block_bytes = 2 * FIRST_BLOCK_BYTES;
	arena->size_bytes = first_bytes;
	use_block(arena, block, align_up(sizeof(NamiArena)));
	return arena;
}

NamiArena *
nami_arena_create(const NamiAllocator *allocator, NamiMemoryAccount *account)
{
	return create(allocator, account, FIRST_BLOCK_BYTES);
}

NamiArena *
nami_arena_create_small(const NamiAllocator *allocator, NamiMemoryAccount *account)
{
	return create(allocator, account, SMALL_BLOCK_BYTES);
}

static void
free_later_blocks(NamiArena *arena)
{
	Block	   *block = arena->first->next;

	while (block != NULL)
	{
		Block	   *next = block->next;

		block_destroy(arena, block);
		block = next;
	}
	arena->first->next = NULL;
}

void
nami_arena_reset(NamiArena *arena)
{
	free_later_blocks(arena);
	arena->next_block_bytes = 2 * FIRST_BLOCK_BYTES;
	use_block(arena, arena->first, align_up(sizeof(NamiArena)));
}

void
nami_arena_destroy(NamiArena *arena)
{
	free_later_blocks(arena);
	block_destroy(arena, arena->first);
}

const NamiAllocator *
nami_arena_allocator(const NamiArena *arena)
{
	return arena->allocator;
}

NamiMemoryAccount *
nami_arena_account(const NamiArena *arena)
{
	return arena->account;
}

size_t
nami_arena_size_bytes(const NamiArena *arena)
{
	return arena->size_bytes;
}

static void *
alloc_slow(NamiArena *arena, size_t need_bytes)
{
	bool		own_block = need_bytes > arena->next_block_bytes / 4;
	size_t		block_bytes = own_block ? ALIGNMENT + sizeof(Block) + need_bytes :
		arena->next_block_bytes;
	Block	   *block = block_create(arena->allocator, arena->account, block_bytes);
	uint8_t    *payload = (uint8_t *) block + sizeof(Block);

	arena->size_bytes += block_bytes;
	block->next = arena->current->next;
	arena->current->next = block;
	if (own_block)
		return payload;

	use_block(arena, block, need_bytes);
	if (arena->next_block_bytes < MAX_BLOCK_BYTES)
		arena->next_block_bytes *= 2;
	return payload;
}

void *
nami_arena_alloc(NamiArena *arena, size_t size_bytes)
{
	size_t		need_bytes = align_up(size_bytes);
	void	   *result = arena->pos;

	if (need_bytes > (size_t) (arena->end - arena->pos))
		return alloc_slow(arena, need_bytes);
	arena->pos += need_bytes;
	return result;
}

void *
nami_arena_alloc0(NamiArena *arena, size_t size_bytes)
{
	void	   *result = nami_arena_alloc(arena, size_bytes);

	memset(result, 0, size_bytes);
	return result;
}

void *
nami_arena_alloc_array(NamiArena *arena, size_t count, size_t size_bytes)
{
	size_t		total_bytes;

	if (__builtin_mul_overflow(count, size_bytes, &total_bytes))
		abort();
	return nami_arena_alloc(arena, total_bytes);
}

void *
nami_arena_realloc(NamiArena *arena, void *ptr, size_t old_bytes, size_t new_bytes)
{
	void	   *result;

	if (new_bytes <= old_bytes && ptr != NULL)
		return ptr;
	if (ptr != NULL && (uint8_t *) ptr + align_up(old_bytes) == arena->pos &&
		align_up(new_bytes) <= (size_t) (arena->end - (uint8_t *) ptr))
	{
		arena->pos = (uint8_t *) ptr + align_up(new_bytes);
		return ptr;
	}
	result = nami_arena_alloc(arena, new_bytes);
	if (old_bytes > 0)
		memcpy(result, ptr, old_bytes);
	return result;
}

void *
nami_arena_memdup(NamiArena *arena, const void *src, size_t size_bytes)
{
	void	   *result = nami_arena_alloc(arena, size_bytes);

	if (size_bytes > 0)
		memcpy(result, src, size_bytes);
	return result;
}

char *
nami_arena_strdup(NamiArena *arena, const char *cstr)
{
	return nami_arena_memdup(arena, cstr, strlen(cstr) + 1);
}

NamiStr
nami_arena_str(NamiArena *arena, NamiStr str)
{
	char	   *copy = nami_arena_alloc(arena, str.len + 1);

	if (str.len > 0)
		memcpy(copy, str.ptr, str.len);
	copy[str.len] = '\0';
	return (NamiStr) {copy, str.len};
}

char *
nami_arena_printf(NamiArena *arena, const char *format,...)
{
	va_list		args;
	char	   *text;
	int			len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		abort();
	text = nami_arena_alloc(arena, (size_t) len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t) len + 1, format, args);
	va_end(args);
	return text;
}

NamiStatus
nami_fail_memory_limit(NamiError *err, const NamiMemoryAccount *account)
{
	nami_fail(err, NAMI_ERR_MEMORY_LIMIT,
			  "%s needs more memory than namidb.statement_memory_limit allows",
			  account->user != NULL ? account->user : "the statement");
	nami_error_detail(err, "The limit is %zu kB.", account->limit_bytes / 1024);
	return NAMI_FAILED;
}
