/*
 * store_local_test.c - the memory store and the folder store: the same behaviour where they must
 * agree, and the protocol of spec/storage.md 2.1 for the folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

typedef struct Fixture
{
	NamiOwner	owner;
	NamiArena  *arena;
	NamiHost	host;
	bool		is_interrupted;
	int64_t		fake_ms;
	char		last_log[512];
	char		directory[64];	/* "" for memory */
	NamiStore  *store;
} Fixture;

static bool
test_interrupted(void *ctx)
{
	return ((Fixture *) ctx)->is_interrupted;
}

static int64_t
test_monotonic_ms(void *ctx)
{
	return ((Fixture *) ctx)->fake_ms;
}

static void
test_log(void *ctx, NamiLogLevel level, const char *subsystem, const char *message)
{
	Fixture    *fixture = ctx;

	snprintf(fixture->last_log, sizeof(fixture->last_log), "%s: %s", subsystem, message);
}

static NamiStore *
open_store(Fixture *fixture, const char *text, bool is_read_only)
{
	NamiStoreUri uri;
	NamiStoreOptions options = {.is_read_only = is_read_only};
	NamiError	err = NAMI_ERROR_INIT;
	NamiStore  *store;

	if (nami_store_uri_parse(fixture->arena, nami_str(text), &uri, &err) != NAMI_OK ||
		nami_store_open(&uri, &options, &fixture->host, nami_allocator_malloc(), &fixture->owner,
						&store, &err) != NAMI_OK)
		fail_msg("%s: %s", text, err.message);
	return store;
}

static Fixture *
create_fixture(void)
{
	Fixture    *fixture = calloc(1, sizeof(Fixture));

	nami_owner_init(&fixture->owner);
	fixture->arena = nami_arena_create(nami_allocator_malloc(), NULL);
	fixture->host = *nami_host_default();
	fixture->host.ctx = fixture;
	fixture->host.interrupted = test_interrupted;
	fixture->host.monotonic_ms = test_monotonic_ms;
	fixture->host.log = test_log;
	fixture->fake_ms = 1000;
	return fixture;
}

static int
setup_memory(void **state)
{
	Fixture    *fixture = create_fixture();

	fixture->store = open_store(fixture, "memory://demo", false);
	*state = fixture;
	return 0;
}

static const char *
folder_uri(Fixture *fixture)
{
	return nami_arena_printf(fixture->arena, "file://%s/deep/store?ns=demo", fixture->directory);
}

static int
setup_folder(void **state)
{
	Fixture    *fixture = create_fixture();

	strcpy(fixture->directory, "/tmp/namidb-store-XXXXXX");
	if (mkdtemp(fixture->directory) == NULL)
		return -1;
	fixture->store = open_store(fixture, folder_uri(fixture), false);
	*state = fixture;
	return 0;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int
teardown(void **state)
{
	Fixture    *fixture = *state;

	nami_owner_release(&fixture->owner);
	nami_arena_destroy(fixture->arena);
	if (fixture->directory[0] != '\0')
		nftw(fixture->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

/* --------------------------------------------------------------------------------------------- */

static NamiStoreOutcome
create(Fixture *fixture, const char *key, const char *body)
{
	NamiStoreOutcome outcome;
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_create(fixture->store, fixture->arena, nami_str(key), nami_str(body), &outcome,
						  &err) != NAMI_OK)
		fail_msg("create %s: %s", key, err.message);
	return outcome;
}

static void
put(Fixture *fixture, const char *key, const char *body)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_put(fixture->store, fixture->arena, nami_str(key), nami_str(body), &err) != NAMI_OK)
		fail_msg("put %s: %s", key, err.message);
}

/* "" stands for an empty object, NULL for none. */
static void
expect_content(Fixture *fixture, const char *key, const char *expected)
{
	NamiStr		bytes;
	bool		is_found;
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_get(fixture->store, fixture->arena, nami_str(key), &bytes, &is_found, &err) != NAMI_OK)
		fail_msg("get %s: %s", key, err.message);
	assert_int_equal(is_found, expected != NULL);
	if (expected != NULL && !nami_str_eq(bytes, nami_str(expected)))
		fail_msg("%s holds \"%.*s\"", key, NAMI_STR_ARG(bytes));
}

/* expected: keys joined with blanks. */
static void
expect_listing(Fixture *fixture, const char *folder, const char *start_after, const char *expected)
{
	NamiStoreRequest req = {.op = NAMI_OP_LIST, .key = nami_str(folder),
	.start_after = nami_str(start_after)};
	NamiError	err = NAMI_ERROR_INIT;
	char		actual[4096] = "";

	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
	if (req.outcome != NAMI_OUTCOME_DONE)
		fail_msg("list %s: %s", folder, req.error.message);
	for (size_t i = 0; i < req.entry_count; i++)
		snprintf(actual + strlen(actual), sizeof(actual) - strlen(actual), "%s%.*s:%d",
				 i == 0 ? "" : " ", NAMI_STR_ARG(req.entries[i].key), (int) req.entries[i].size_bytes);
	assert_string_equal(actual, expected);
}

static void
create_only_once(void **state)
{
	expect_content(*state, "demo/wal/1.wal", NULL);
	assert_int_equal(create(*state, "demo/wal/1.wal", "first"), NAMI_OUTCOME_DONE);
	assert_int_equal(create(*state, "demo/wal/1.wal", "second"), NAMI_OUTCOME_EXISTS);
	expect_content(*state, "demo/wal/1.wal", "first");
	assert_int_equal(create(*state, "demo/empty", ""), NAMI_OUTCOME_DONE);
	expect_content(*state, "demo/empty", "");
	assert_int_equal(create(*state, "demo/empty", "x"), NAMI_OUTCOME_EXISTS);
}

static void
put_replaces(void **state)
{
	Fixture    *fixture = *state;

	put(fixture, "demo/current.json", "{1}");
	put(fixture, "demo/current.json", "{22}");
	expect_content(fixture, "demo/current.json", "{22}");
	nami_store_put_background(fixture->store, NAMI_STR("demo/current.json"), NAMI_STR("{333}"));
	expect_content(fixture, "demo/current.json", "{333}");
	assert_string_equal(fixture->last_log, "");
}

static void
delete_removes_and_ignores_missing(void **state)
{
	Fixture    *fixture = *state;
	NamiError	err = NAMI_ERROR_INIT;

	assert_int_equal(nami_store_delete(fixture->store, fixture->arena, NAMI_STR("demo/x"), &err),
					 NAMI_OK);
	put(fixture, "demo/x", "1");
	assert_int_equal(nami_store_delete(fixture->store, fixture->arena, NAMI_STR("demo/x"), &err),
					 NAMI_OK);
	expect_content(fixture, "demo/x", NULL);
	assert_int_equal(nami_store_delete(fixture->store, fixture->arena, NAMI_STR("demo/x"), &err),
					 NAMI_OK);
	assert_int_equal(create(fixture, "demo/x", "2"), NAMI_OUTCOME_DONE);
}

static void
ranges_are_cut_at_the_end(void **state)
{
	static const struct
	{
		uint64_t	offset;
		uint64_t	length;
		size_t		max_bytes;
		NamiStoreOutcome outcome;
		const char *bytes;		/* or the class of the failure */
		NamiErrorClass cls;
	}			cases[] = {
		{0, 0, 0, NAMI_OUTCOME_DONE, "0123456789", 0},
		{0, 3, 0, NAMI_OUTCOME_DONE, "012", 0},
		{4, 3, 0, NAMI_OUTCOME_DONE, "456", 0},
		{4, 0, 0, NAMI_OUTCOME_DONE, "456789", 0},
		{8, 100, 0, NAMI_OUTCOME_DONE, "89", 0},
		{9, UINT64_MAX, 0, NAMI_OUTCOME_DONE, "9", 0},
		{10, 1, 0, NAMI_OUTCOME_FAILED, NULL, NAMI_ERR_CORRUPT},
		{UINT64_MAX, 1, 0, NAMI_OUTCOME_FAILED, NULL, NAMI_ERR_CORRUPT},
		{0, 0, 10, NAMI_OUTCOME_DONE, "0123456789", 0},
		{0, 0, 9, NAMI_OUTCOME_FAILED, NULL, NAMI_ERR_LIMIT},
		{0, 9, 9, NAMI_OUTCOME_DONE, "012345678", 0},
	};
	Fixture    *fixture = *state;

	put(fixture, "demo/x", "0123456789");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiStoreRequest req = {.op = NAMI_OP_GET, .key = NAMI_STR("demo/x"),
			.offset = cases[i].offset, .length = cases[i].length, .max_bytes = cases[i].max_bytes};
		NamiError	err = NAMI_ERROR_INIT;

		assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
		assert_int_equal(req.outcome, cases[i].outcome);
		if (req.outcome == NAMI_OUTCOME_DONE)
		{
			assert_true(nami_str_eq(req.bytes, nami_str(cases[i].bytes)));
			assert_int_equal(req.size_bytes, 10);
		}
		else
			assert_int_equal(req.error.cls, cases[i].cls);
	}
}

static void
listings_are_sorted_and_recursive(void **state)
{
	Fixture    *fixture = *state;

	expect_listing(fixture, "demo/manifest", "", "");
	put(fixture, "demo/manifest/pointer/p2.json", "22");
	put(fixture, "demo/manifest/pointer/p1.json", "1");
	put(fixture, "demo/manifest/v1.json", "");
	put(fixture, "demo/manifest-other", "x");
	put(fixture, "demo2/x", "x");
	put(fixture, "demo/manifest/a b+%25\xC3\xA9/x#y", "4444");
	expect_listing(fixture, "demo/manifest", "",
				   "demo/manifest/a b+%25\xC3\xA9/x#y:4 demo/manifest/pointer/p1.json:1 "
				   "demo/manifest/pointer/p2.json:2 demo/manifest/v1.json:0");
	expect_listing(fixture, "demo/manifest/pointer/", "", "demo/manifest/pointer/p1.json:1 "
				   "demo/manifest/pointer/p2.json:2");
	expect_listing(fixture, "demo/manifest/pointer", "demo/manifest/pointer/p1.json",
				   "demo/manifest/pointer/p2.json:2");
	expect_listing(fixture, "demo/manifest/pointer", "demo/manifest/pointer/p2.json", "");
	expect_listing(fixture, "", "demo/manifest/pointer/p9", "demo/manifest/v1.json:0 demo2/x:1");
}

static void
one_bad_request_does_not_stop_the_others(void **state)
{
	Fixture    *fixture = *state;
	char		long_key[2000];
	NamiError	err = NAMI_ERROR_INIT;
	NamiStoreRequest reqs[] = {
		{.op = NAMI_OP_CREATE, .key = NAMI_STR("demo/a"), .body = NAMI_STR("A")},
		{.op = NAMI_OP_GET, .key = {long_key, sizeof(long_key)}},
		{.op = NAMI_OP_PUT, .key = NAMI_STR("")},
		{.op = NAMI_OP_PUT, .key = NAMI_STR("demo/a\0b")},
		{.op = NAMI_OP_HEAD, .key = NAMI_STR("demo/a")},
		{.op = NAMI_OP_HEAD, .key = NAMI_STR("demo/b")},
	};

	memset(long_key, 'k', sizeof(long_key));
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, reqs, 6, &err), NAMI_OK);
	assert_int_equal(reqs[0].outcome, NAMI_OUTCOME_DONE);
	for (int i = 1; i <= 3; i++)
	{
		assert_int_equal(reqs[i].outcome, NAMI_OUTCOME_FAILED);
		assert_int_equal(reqs[i].error.cls, NAMI_ERR_ARGUMENT);
	}
	assert_int_equal(reqs[4].outcome, NAMI_OUTCOME_DONE);
	assert_int_equal(reqs[4].size_bytes, 1);
	assert_int_equal(reqs[5].outcome, NAMI_OUTCOME_NOT_FOUND);
	assert_int_equal(nami_store_counters(fixture->store)->requests[NAMI_OP_HEAD], 2);
	assert_int_equal(nami_store_counters(fixture->store)->bytes[NAMI_OP_CREATE], 1);
	assert_int_equal(nami_store_counters(fixture->store)->failures, 3);
}

static void
interruption_ends_the_batch(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = NAMI_STR("demo/a"), .body = NAMI_STR("A")};
	NamiError	err = NAMI_ERROR_INIT;

	fixture->is_interrupted = true;
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_FAILED);
	assert_int_equal(err.cls, NAMI_ERR_CANCELLED);
	assert_int_equal(req.outcome, NAMI_OUTCOME_FAILED);
	assert_int_equal(req.error.cls, NAMI_ERR_CANCELLED);
	nami_store_set_uninterruptible(fixture->store, true);
	expect_content(fixture, "demo/a", NULL);
	put(fixture, "demo/a", "A");
	nami_store_set_uninterruptible(fixture->store, false);
	fixture->is_interrupted = false;
	expect_content(fixture, "demo/a", "A");
}

static void
read_only_stores_refuse_writes(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreOp ops[] = {NAMI_OP_CREATE, NAMI_OP_PUT, NAMI_OP_DELETE};
	NamiError	err = NAMI_ERROR_INIT;

	put(fixture, "demo/a", "A");
	fixture->store = open_store(fixture, fixture->directory[0] == '\0' ? "memory://demo" :
								folder_uri(fixture), true);
	assert_true(nami_store_is_read_only(fixture->store));
	for (size_t i = 0; i < 3; i++)
	{
		NamiStoreRequest req = {.op = ops[i], .key = NAMI_STR("demo/a"), .body = NAMI_STR("B")};

		assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
		assert_int_equal(req.outcome, NAMI_OUTCOME_FAILED);
		assert_int_equal(req.error.cls, NAMI_ERR_READ_ONLY);
	}
	nami_store_put_background(fixture->store, NAMI_STR("demo/a"), NAMI_STR("B"));
	assert_non_null(strstr(fixture->last_log, "read-only"));
	if (fixture->directory[0] != '\0')
		expect_content(fixture, "demo/a", "A");
}

/* --------------------------------------------------------------------------------------------- */
/* Folder only */

static const char *
path_in(Fixture *fixture, const char *name)
{
	return nami_arena_printf(fixture->arena, "%s/deep/store/%s", fixture->directory, name);
}

static bool
file_exists(Fixture *fixture, const char *name)
{
	struct stat st;

	return lstat(path_in(fixture, name), &st) == 0;
}

static void
write_file(Fixture *fixture, const char *name, const char *text)
{
	FILE	   *file = fopen(path_in(fixture, name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
reading_creates_nothing(void **state)
{
	Fixture    *fixture = *state;

	expect_content(fixture, "demo/x", NULL);
	expect_listing(fixture, "demo", "", "");
	assert_false(file_exists(fixture, ""));
	put(fixture, "demo/x", "1");
	assert_true(file_exists(fixture, ".namidb"));
	assert_true(file_exists(fixture, "demo/x"));
	assert_false(file_exists(fixture, "demo/x#1"));
}

static void
unfinished_uploads_are_invisible(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = NAMI_STR("demo/y#1")};
	NamiError	err = NAMI_ERROR_INIT;

	put(fixture, "demo/a", "1");
	write_file(fixture, "demo/x#1", "half");
	write_file(fixture, "demo/x#2", "half");
	write_file(fixture, "demo/x#z", "whole");
	expect_listing(fixture, "demo", "", "demo/a:1 demo/x#z:5");
	assert_int_equal(create(fixture, "demo/x", "1"), NAMI_OUTCOME_DONE);
	expect_content(fixture, "demo/x", "1");

	/* Uploads of others are not ours to remove. */
	assert_true(file_exists(fixture, "demo/x#1"));
	assert_true(file_exists(fixture, "demo/x#2"));
	assert_false(file_exists(fixture, "demo/x#3"));
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
	assert_int_equal(req.error.cls, NAMI_ERR_ARGUMENT);
}

static void
keys_cannot_leave_the_folder(void **state)
{
	static const char *const keys[] = {
		"../x", "demo/../../x", "/etc/passwd", "demo//x", "demo/./x", "..", ".", "demo/..",
		"demo/x/",
	};
	Fixture    *fixture = *state;

	put(fixture, "demo/x", "1");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
	{
		for (int op = NAMI_OP_GET; op <= NAMI_OP_DELETE; op++)
		{
			NamiStoreRequest req = {.op = (NamiStoreOp) op, .key = nami_str(keys[i])};
			NamiError	err = NAMI_ERROR_INIT;

			assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
			if (req.outcome != NAMI_OUTCOME_FAILED || req.error.cls != NAMI_ERR_ARGUMENT)
				fail_msg("%s %s: %s", nami_store_op_name(req.op), keys[i],
						 nami_store_outcome_name(req.outcome));
		}
	}
}

static void
symbolic_links_are_not_followed(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = NAMI_STR("demo/link")};
	NamiError	err = NAMI_ERROR_INIT;

	put(fixture, "demo/x", "1");
	assert_int_equal(symlink("/etc/passwd", path_in(fixture, "demo/link")), 0);
	assert_int_equal(symlink("/etc", path_in(fixture, "demo/dir")), 0);
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
	assert_int_equal(req.outcome, NAMI_OUTCOME_FAILED);
	assert_int_equal(req.error.cls, NAMI_ERR_PERMISSION);
	expect_listing(fixture, "demo", "", "demo/x:1");
	assert_int_equal(create(fixture, "demo/link", "2"), NAMI_OUTCOME_EXISTS);

	/* The folder itself. */
	assert_int_equal(symlink(path_in(fixture, ""), nami_arena_printf(fixture->arena, "%s/alias",
																	 fixture->directory)), 0);
	fixture->store = open_store(fixture, nami_arena_printf(fixture->arena, "file://%s/alias/?ns=demo",
														   fixture->directory), false);
	req.key = NAMI_STR("demo/x");
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
	assert_int_equal(req.outcome, NAMI_OUTCOME_FAILED);
}

static void
directories_are_no_objects(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_HEAD, .key = NAMI_STR("demo")};
	NamiError	err = NAMI_ERROR_INIT;

	put(fixture, "demo/x", "1");
	expect_content(fixture, "demo", NULL);
	expect_content(fixture, "demo/x/y", NULL);
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
	assert_int_equal(req.outcome, NAMI_OUTCOME_NOT_FOUND);
}

/* In a child without root's rights; yields the class of the failure, 0 when there was none. */
static int
class_as_nobody(Fixture *fixture, NamiStoreOp op, const char *key)
{
	pid_t		pid = fork();
	int			status;

	if (pid == 0)
	{
		NamiStoreRequest req = {.op = op, .key = nami_str(key)};
		NamiError	err = NAMI_ERROR_INIT;

		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(255);
		(void) !nami_store_run(fixture->store, fixture->arena, &req, 1, &err);
		_exit(req.outcome == NAMI_OUTCOME_FAILED ? (int) req.error.cls : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
system_errors_have_classes(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = NAMI_STR("demo/y"), .body = NAMI_STR("x")};
	NamiError	err = NAMI_ERROR_INIT;

	put(fixture, "demo/x", "1");
	assert_int_equal(chmod(fixture->directory, 0755), 0);
	assert_int_equal(chmod(path_in(fixture, "demo"), 0), 0);
	for (int op = NAMI_OP_GET; op <= NAMI_OP_DELETE; op++)
		assert_int_equal(class_as_nobody(fixture, (NamiStoreOp) op, "demo/x"), NAMI_ERR_PERMISSION);
	assert_int_equal(class_as_nobody(fixture, NAMI_OP_LIST, "demo"), NAMI_ERR_PERMISSION);
	assert_int_equal(chmod(path_in(fixture, "demo"), 0755), 0);
	assert_int_equal(class_as_nobody(fixture, NAMI_OP_LIST, "demo"), 0);

	/* A folder that may not be searched is an error, not an empty namespace. */
	assert_int_equal(chmod(fixture->directory, 0), 0);
	assert_int_equal(class_as_nobody(fixture, NAMI_OP_GET, "demo/x"), NAMI_ERR_PERMISSION);
	assert_int_equal(chmod(fixture->directory, 0700), 0);

	/* A folder that is a file. */
	fixture->store = open_store(fixture, nami_arena_printf(fixture->arena, "file://%s?ns=demo",
														   path_in(fixture, "demo/x")), false);
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
	assert_int_equal(req.outcome, NAMI_OUTCOME_FAILED);
	assert_int_equal(req.error.cls, NAMI_ERR_IO);
}

static void
deadline_ends_the_wait(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = NAMI_STR("demo/x")};
	NamiError	err = NAMI_ERROR_INIT;

	put(fixture, "demo/x", "1");
	nami_store_set_deadline(fixture->store, 2000);
	expect_content(fixture, "demo/x", "1");
	fixture->fake_ms = 2000;
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, &req, 1, &err), NAMI_OK);
	assert_int_equal(req.outcome, NAMI_OUTCOME_FAILED);
	assert_int_equal(req.error.cls, NAMI_ERR_CONNECTION_LOST);
	nami_store_set_deadline(fixture->store, 0);
	expect_content(fixture, "demo/x", "1");
}

#define RACERS	4
#define ROUNDS	200

/* Processes that create the same names: each name has one winner, and its content is the winner's. */
static void
creators_race(void **state)
{
	Fixture    *fixture = *state;
	int			pipes[RACERS][2];
	pid_t		pids[RACERS];
	uint8_t		wins[RACERS][ROUNDS];

	for (int racer = 0; racer < RACERS; racer++)
	{
		assert_int_equal(pipe(pipes[racer]), 0);
		pids[racer] = fork();
		assert_true(pids[racer] >= 0);
		if (pids[racer] == 0)
		{
			uint8_t		mine[ROUNDS];

			for (int i = 0; i < ROUNDS; i++)
			{
				char		key[64];
				char		body[64];

				snprintf(key, sizeof(key), "demo/race/%d/%d", i / 8, i);
				snprintf(body, sizeof(body), "round %d racer %d", i, racer);
				mine[i] = (uint8_t) create(fixture, key, body);
			}
			_exit(write(pipes[racer][1], mine, ROUNDS) == ROUNDS ? 0 : 1);
		}
	}
	for (int racer = 0; racer < RACERS; racer++)
	{
		int			status;

		assert_int_equal(waitpid(pids[racer], &status, 0), pids[racer]);
		assert_int_equal(status, 0);
		assert_int_equal(read(pipes[racer][0], wins[racer], ROUNDS), ROUNDS);
		close(pipes[racer][0]);
		close(pipes[racer][1]);
	}
	for (int i = 0; i < ROUNDS; i++)
	{
		int			winners = 0;

		for (int racer = 0; racer < RACERS; racer++)
		{
			char		key[64];
			char		body[64];

			if (wins[racer][i] != NAMI_OUTCOME_DONE)
			{
				assert_int_equal(wins[racer][i], NAMI_OUTCOME_EXISTS);
				continue;
			}
			winners++;
			snprintf(key, sizeof(key), "demo/race/%d/%d", i / 8, i);
			snprintf(body, sizeof(body), "round %d racer %d", i, racer);
			expect_content(fixture, key, body);
		}
		assert_int_equal(winners, 1);
	}
}

/* --------------------------------------------------------------------------------------------- */
/* A host whose allocation unwinds */

static jmp_buf unwound;
static int	allocations_left;

static void *
unwinding_alloc(void *ctx, size_t size_bytes)
{
	if (allocations_left-- <= 0)
		longjmp(unwound, 1);
	return malloc(size_bytes);
}

static void
plain_free(void *ctx, void *block)
{
	free(block);
}

static int
open_descriptors(void)
{
	int			count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void
unwinding_leaks_no_descriptor(void **state)
{
	static const NamiAllocator allocator = {NULL, unwinding_alloc, plain_free};
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = NAMI_STR("demo/big")};
	NamiError	err = NAMI_ERROR_INIT;
	NamiArena  *arena;
	char	   *body = calloc(1, 100000);
	int			before = open_descriptors();
	volatile bool has_unwound = false;

	assert_int_equal(nami_store_put(fixture->store, fixture->arena, NAMI_STR("demo/big"),
									(NamiStr) {body, 100000}, &err), NAMI_OK);
	free(body);
	allocations_left = 1;
	arena = nami_arena_create(&allocator, NULL);
	if (setjmp(unwound) == 0)
		(void) !nami_store_run(fixture->store, arena, &req, 1, &err);
	else
		has_unwound = true;
	assert_true(has_unwound);
	nami_arena_destroy(arena);
	assert_true(open_descriptors() > before);	/* the case is the one that was meant */
	expect_content(fixture, "demo/none", NULL);
	assert_int_equal(open_descriptors(), before);
}

#define BOTH(test) \
	cmocka_unit_test_setup_teardown(test, setup_memory, teardown), \
	cmocka_unit_test_setup_teardown(test, setup_folder, teardown)
#define FOLDER(test)	cmocka_unit_test_setup_teardown(test, setup_folder, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(create_only_once),
		BOTH(put_replaces),
		BOTH(delete_removes_and_ignores_missing),
		BOTH(ranges_are_cut_at_the_end),
		BOTH(listings_are_sorted_and_recursive),
		BOTH(one_bad_request_does_not_stop_the_others),
		BOTH(interruption_ends_the_batch),
		BOTH(read_only_stores_refuse_writes),
		FOLDER(reading_creates_nothing),
		FOLDER(unfinished_uploads_are_invisible),
		FOLDER(keys_cannot_leave_the_folder),
		FOLDER(symbolic_links_are_not_followed),
		FOLDER(directories_are_no_objects),
		FOLDER(system_errors_have_classes),
		FOLDER(deadline_ends_the_wait),
		FOLDER(creators_race),
		FOLDER(unwinding_leaks_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
