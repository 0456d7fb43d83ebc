/*
 * arena.h - bump allocation with one lifetime.
 *
 * Everything the engine allocates lives in an arena: of the process, a transaction, a statement, a
 * batch. Nothing is freed singly; an arena is reset or destroyed whole. When the host unwinds the
 * stack it frees the blocks itself (they belong to its own memory context), so an arena needs no
 * clean-up on error paths.
 *
 * Allocation never returns NULL (see NamiAllocator). Memory is aligned to 16 bytes.
 */
#ifndef NAMI_BASE_ARENA_H
#define NAMI_BASE_ARENA_H

#include "base/error.h"
#include "base/host.h"
#include "base/str.h"

typedef struct NamiMemoryAccount NamiMemoryAccount;

/*
 * Running total of what some arenas hold, against a limit (statement_memory_limit). Operators ask
 * nami_memory_account_exceeded() as they grow, and spill or fail. What grows between two questions
 * (one list, one text) is stopped by before_block.
 */
struct NamiMemoryAccount
{
	size_t		used_bytes;		/* sum of the blocks of all arenas on this account */
	size_t		peak_bytes;
	size_t		limit_bytes;	/* 0: none */
	const char *user;			/* who is at work, for the message: "Sort"; NULL: unknown */

	/*
	 * Called before an arena takes a block; NULL: not. The host asks for interrupts here, and refuses
	 * a block beyond the limit (nami_memory_account_refuses). MAY UNWIND, as allocation may.
	 */
	void		(*before_block) (NamiMemoryAccount *account, size_t size_bytes);
};

typedef struct NamiArena NamiArena;

/*
 * Creates an arena on blocks of the allocator (borrowed, must outlive the arena). account may be
 * NULL. The first block is taken at once.
 */
extern NamiArena *nami_arena_create(const NamiAllocator *allocator, NamiMemoryAccount *account);

/* The same with a first block of 1 KiB: for arenas that there may be thousands of. */
extern NamiArena *nami_arena_create_small(const NamiAllocator *allocator,
										  NamiMemoryAccount *account);

/* Frees all blocks, the arena itself included. */
extern void nami_arena_destroy(NamiArena *arena);

/* Forgets all allocations; keeps the first block for reuse, frees the others. */
extern void nami_arena_reset(NamiArena *arena);

/* The allocator the arena was made with: for child arenas of the same lifetime. */
extern const NamiAllocator *nami_arena_allocator(const NamiArena *arena);
extern NamiMemoryAccount *nami_arena_account(const NamiArena *arena);

/* Bytes taken from the host. */
extern size_t nami_arena_size_bytes(const NamiArena *arena);

extern void *nami_arena_alloc(NamiArena *arena, size_t size_bytes)
			__attribute__((returns_nonnull, malloc, alloc_size(2)));

/* The same, zero-filled. */
extern void *nami_arena_alloc0(NamiArena *arena, size_t size_bytes)
			__attribute__((returns_nonnull, malloc, alloc_size(2)));

/* count * size_bytes with overflow check (an overflow is a programmer's error and aborts). */
extern void *nami_arena_alloc_array(NamiArena *arena, size_t count, size_t size_bytes)
			__attribute__((returns_nonnull, malloc, alloc_size(2, 3)));

/*
 * Grows an allocation of old_bytes to new_bytes; in place when it was the last one. ptr may be NULL
 * (then old_bytes is 0). The old memory stays allocated when the content moved.
 */
extern void *nami_arena_realloc(NamiArena *arena, void *ptr, size_t old_bytes, size_t new_bytes)
			__attribute__((returns_nonnull));

/* Copies; the text form is NUL-terminated in addition. */
extern void *nami_arena_memdup(NamiArena *arena, const void *src, size_t size_bytes)
			__attribute__((returns_nonnull));
extern char *nami_arena_strdup(NamiArena *arena, const char *cstr)
			__attribute__((returns_nonnull));
extern NamiStr nami_arena_str(NamiArena *arena, NamiStr str);
extern char *nami_arena_printf(NamiArena *arena, const char *format,...)
			__attribute__((format(printf, 2, 3), returns_nonnull));

#define NAMI_NEW(arena, type)			((type *) nami_arena_alloc0((arena), sizeof(type)))
#define NAMI_NEW_ARRAY(arena, type, n)	((type *) nami_arena_alloc_array((arena), (n), sizeof(type)))

static inline bool
nami_memory_account_exceeded(const NamiMemoryAccount *account)
{
	return account != NULL && account->limit_bytes != 0 &&
		account->used_bytes > account->limit_bytes;
}

/* Would a block of that size go beyond the limit? */
static inline bool
nami_memory_account_refuses(const NamiMemoryAccount *account, size_t size_bytes)
{
	return account->limit_bytes != 0 &&
		(account->used_bytes > account->limit_bytes ||
		 size_bytes > account->limit_bytes - account->used_bytes);
}

/* NAMI_ERR_MEMORY_LIMIT: names the user of the account and the setting. */
extern NamiStatus nami_fail_memory_limit(NamiError *err, const NamiMemoryAccount *account);

#endif							/* NAMI_BASE_ARENA_H */
