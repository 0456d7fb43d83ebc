/*
 * base_arena_test.c - arenas: alignment, growth, accounting, large requests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/arena.h"
#include "base/vec.h"

static void
allocations_are_aligned_and_disjoint(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	uint8_t    *previous = NULL;

	for (size_t size = 1; size < 5000; size += 7)
	{
		uint8_t    *ptr = nami_arena_alloc(arena, size);

		assert_int_equal((uintptr_t) ptr % 16, 0);
		memset(ptr, (int) (size & 0xFF), size);
		if (previous != NULL)
			assert_int_equal(previous[0], (size - 7) & 0xFF);
		previous = ptr;
	}
	nami_arena_destroy(arena);
}

static void
account_follows_blocks(void **state)
{
	NamiMemoryAccount account = {0, 0, 100000};
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), &account);

	assert_true(account.used_bytes > 0);
	assert_false(nami_memory_account_exceeded(&account));
	nami_arena_alloc(arena, 200000);
	assert_true(nami_memory_account_exceeded(&account));
	assert_int_equal(account.used_bytes, nami_arena_size_bytes(arena));
	nami_arena_reset(arena);
	assert_false(nami_memory_account_exceeded(&account));
	nami_arena_destroy(arena);
	assert_int_equal(account.used_bytes, 0);
	assert_true(account.peak_bytes >= 200000);
}

static void
last_allocation_grows_in_place(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	char	   *ptr = nami_arena_alloc(arena, 10);

	memcpy(ptr, "123456789", 10);
	assert_ptr_equal(nami_arena_realloc(arena, ptr, 10, 100), ptr);
	nami_arena_alloc(arena, 1);
	assert_ptr_not_equal(nami_arena_realloc(arena, ptr, 100, 200), ptr);
	nami_arena_destroy(arena);
}

static void
vec_keeps_its_content(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NAMI_VEC(int) vec = {0};

	for (int i = 0; i < 10000; i++)
		nami_vec_push(&vec, arena, i);
	assert_int_equal(vec.count, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(vec.items[i], i);
	nami_arena_destroy(arena);
}

/* A host whose blocks are aligned to 8 bytes only, as a MemoryContext's are. */
static void *
alloc_off_by_8(void *ctx, size_t size_bytes)
{
	return (uint8_t *) malloc(size_bytes + 16) + 8;
}

static void
free_off_by_8(void *ctx, void *block)
{
	free((uint8_t *) block - 8);
}

static void
alignment_does_not_rely_on_the_host(void **state)
{
	const NamiAllocator allocator = {NULL, alloc_off_by_8, free_off_by_8};
	NamiArena  *arena = nami_arena_create(&allocator, NULL);

	for (size_t size = 1; size < 400000; size = size * 3 + 1)
		assert_int_equal((uintptr_t) nami_arena_alloc(arena, size) % 16, 0);
	nami_arena_reset(arena);
	assert_int_equal((uintptr_t) nami_arena_alloc(arena, 1) % 16, 0);
	nami_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_aligned_and_disjoint),
		cmocka_unit_test(account_follows_blocks),
		cmocka_unit_test(last_allocation_grows_in_place),
		cmocka_unit_test(vec_keeps_its_content),
		cmocka_unit_test(alignment_does_not_rely_on_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
