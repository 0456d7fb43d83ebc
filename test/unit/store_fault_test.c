/*
 * store_fault_test.c - the fault-injecting store that other tests rely on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fault_store.h"

typedef struct Fixture
{
	NamiOwner	owner;
	NamiArena  *arena;
	NamiStore  *inner;
	NamiStore  *store;
} Fixture;

static Fixture fixture;

static int
setup(void **state)
{
	NamiStoreUri uri;
	NamiStoreOptions options = {0};
	NamiError	err = NAMI_ERROR_INIT;

	nami_owner_init(&fixture.owner);
	fixture.arena = nami_arena_create(nami_allocator_malloc(), NULL);
	if (nami_store_uri_parse(fixture.arena, NAMI_STR("memory://demo"), &uri, &err) != NAMI_OK ||
		nami_store_open(&uri, &options, nami_host_default(), nami_allocator_malloc(),
						&fixture.owner, &fixture.inner, &err) != NAMI_OK)
		return -1;
	fixture.store = fault_store_open(fixture.inner, fixture.arena, &fixture.owner);
	return 0;
}

static int
teardown(void **state)
{
	nami_owner_release(&fixture.owner);
	nami_arena_destroy(fixture.arena);
	return 0;
}

static NamiStoreOutcome
run(NamiStoreOp op, NamiStr key, NamiErrorClass *cls)
{
	NamiStoreRequest req = {.op = op, .key = key, .body = NAMI_STR("body")};
	NamiError	err = NAMI_ERROR_INIT;

	assert_int_equal(nami_store_run(fixture.store, fixture.arena, &req, 1, &err), NAMI_OK);
	*cls = req.error.cls;
	return req.outcome;
}

static bool
is_there(NamiStr key)
{
	NamiError	err = NAMI_ERROR_INIT;
	bool		is_found = false;

	assert_int_equal(nami_store_head(fixture.inner, fixture.arena, key, &is_found, NULL, &err), NAMI_OK);
	return is_found;
}

static void
kinds(void **state)
{
	static const struct
	{
		FaultKind	kind;
		NamiStoreOutcome outcome;
		bool		is_carried_out;
		NamiErrorClass cls;
	}			cases[] = {
		{FAULT_FAIL, NAMI_OUTCOME_FAILED, false, NAMI_ERR_DISK_FULL},
		{FAULT_DONE_FAIL, NAMI_OUTCOME_FAILED, true, NAMI_ERR_DISK_FULL},
		{FAULT_UNKNOWN, NAMI_OUTCOME_UNKNOWN, false, NAMI_ERR_DISK_FULL},
		{FAULT_DONE_UNKNOWN, NAMI_OUTCOME_UNKNOWN, true, NAMI_ERR_DISK_FULL},
		{FAULT_CONFLICT, NAMI_OUTCOME_CONFLICT_CHECK, false, NAMI_ERR_NONE},
		{FAULT_DONE_CONFLICT, NAMI_OUTCOME_CONFLICT_CHECK, true, NAMI_ERR_NONE},
		{FAULT_EXISTS, NAMI_OUTCOME_EXISTS, false, NAMI_ERR_NONE},
	};
	NamiErrorClass cls;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiStr		key = nami_str(nami_arena_printf(fixture.arena, "demo/wal/%zu", i));

		fault_store_add(fixture.store, NAMI_OP_CREATE, "wal/", 2, cases[i].kind, NAMI_ERR_DISK_FULL);
		assert_int_equal(run(NAMI_OP_CREATE, NAMI_STR("demo/v"), &cls), i == 0 ?
						 NAMI_OUTCOME_DONE : NAMI_OUTCOME_EXISTS);
		assert_int_equal(run(NAMI_OP_CREATE, nami_str(nami_arena_printf(
			fixture.arena, "demo/wal/first%zu", i)), &cls), NAMI_OUTCOME_DONE);
		assert_int_equal(run(NAMI_OP_CREATE, key, &cls), cases[i].outcome);
		assert_int_equal(cls, cases[i].cls);
		assert_int_equal(is_there(key), cases[i].is_carried_out);
		assert_int_equal(run(NAMI_OP_CREATE, key, &cls), cases[i].is_carried_out ?
						 NAMI_OUTCOME_EXISTS : NAMI_OUTCOME_DONE);
	}
	assert_int_equal(fault_store_fired(fixture.store), 7);
}

static void
lasting_faults_and_cancel(void **state)
{
	NamiStoreRequest reqs[2] = {
		{.op = NAMI_OP_PUT, .key = NAMI_STR("demo/a"), .body = NAMI_STR("x")},
		{.op = NAMI_OP_PUT, .key = NAMI_STR("demo/b"), .body = NAMI_STR("x")},
	};
	NamiError	err = NAMI_ERROR_INIT;
	NamiErrorClass cls;

	fault_store_add_always(fixture.store, NAMI_OP_HEAD, "", 2, FAULT_NOT_FOUND, NAMI_ERR_NONE);
	assert_int_equal(run(NAMI_OP_PUT, NAMI_STR("demo/x"), &cls), NAMI_OUTCOME_DONE);
	assert_int_equal(run(NAMI_OP_HEAD, NAMI_STR("demo/x"), &cls), NAMI_OUTCOME_DONE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(run(NAMI_OP_HEAD, NAMI_STR("demo/x"), &cls), NAMI_OUTCOME_NOT_FOUND);
	fault_store_clear(fixture.store);
	assert_int_equal(run(NAMI_OP_HEAD, NAMI_STR("demo/x"), &cls), NAMI_OUTCOME_DONE);
	fault_store_add(fixture.store, NAMI_OP_PUT, "demo/b", 1, FAULT_CANCEL, NAMI_ERR_NONE);
	assert_int_equal(nami_store_run(fixture.store, fixture.arena, reqs, 2, &err), NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_CANCELLED);
	assert_int_equal(reqs[0].outcome, NAMI_OUTCOME_DONE);
	assert_int_equal(reqs[1].outcome, NAMI_OUTCOME_FAILED);
	assert_int_equal(fault_store_seen(fixture.store, NAMI_OP_PUT), 3);
}

static void
other_writer(void *ctx, NamiStoreOp op, NamiStr key)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (op == NAMI_OP_CREATE)
		assert_int_equal(nami_store_put(fixture.inner, fixture.arena, key, NAMI_STR("theirs"), &err),
						 NAMI_OK);
}

static void
hook_runs_before_the_request(void **state)
{
	NamiErrorClass cls;

	fault_store_set_hook(fixture.store, other_writer, NULL);
	assert_int_equal(run(NAMI_OP_CREATE, NAMI_STR("demo/p1"), &cls), NAMI_OUTCOME_EXISTS);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kinds),
		TEST(lasting_faults_and_cancel),
		TEST(hook_runs_before_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
