/*
 * store_s3_test.c - the S3 store against test/tools/mock_s3.py (which checks signatures with an
 * implementation of its own and misbehaves on request), and the plain operations against a real
 * service when NAMIDB_TEST_S3_ENDPOINT, _ACCESS_KEY, _SECRET and _BUCKET are set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

#define SECRET	"test/secret+key"

static struct
{
	pid_t		pid;
	int			stdin_fd;
	int			port;
}			mock;

typedef struct Fixture
{
	NamiOwner	owner;
	NamiArena  *arena;
	NamiHost	host;
	int64_t		interrupt_at_ms;	/* 0 = never */
	char		last_log[1024];		/* above DEBUG */
	bool		has_logged_secret;
	const char *uri;			/* that store was first opened with */
	const char *prefix;			/* of the keys of this run */
	NamiStoreOptions options;
	NamiStore  *store;
} Fixture;

/* --------------------------------------------------------------------------------------------- */

static int
start_mock(void **state)
{
	int			in[2];
	int			out[2];
	char		line[32] = "";

	if (pipe(in) != 0 || pipe(out) != 0)
		return -1;
	mock.pid = fork();
	if (mock.pid == 0)
	{
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execlp("python3", "python3", "test/tools/mock_s3.py", (char *) NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	mock.stdin_fd = in[1];
	for (size_t len = 0; strchr(line, '\n') == NULL; len++)
	{
		if (len + 1 == sizeof(line) || read(out[0], line + len, 1) != 1)
			return -1;
	}
	close(out[0]);
	mock.port = atoi(line);
	return mock.port > 0 ? 0 : -1;
}

static int
stop_mock(void **state)
{
	int			status;

	close(mock.stdin_fd);
	kill(mock.pid, SIGTERM);
	return waitpid(mock.pid, &status, 0) == mock.pid ? 0 : -1;
}

static int64_t
now_ms(void)
{
	return nami_host_default()->monotonic_ms(NULL);
}

static bool
test_interrupted(void *ctx)
{
	Fixture    *fixture = ctx;

	return fixture->interrupt_at_ms != 0 && now_ms() >= fixture->interrupt_at_ms;
}

static void
test_log(void *ctx, NamiLogLevel level, const char *subsystem, const char *message)
{
	Fixture    *fixture = ctx;

	if (level != NAMI_LOG_DEBUG)
		snprintf(fixture->last_log, sizeof(fixture->last_log), "%s", message);
	if (strstr(message, SECRET) != NULL || strstr(message, "Signature=") != NULL)
		fixture->has_logged_secret = true;
}

/* Pauses between attempts become short: jitter draws 0. */
static void
no_jitter(void *ctx, void *out, size_t n)
{
	memset(out, 0, n);
}

static NamiStore *
open_uri(Fixture *fixture, const char *text)
{
	NamiStoreUri uri;
	NamiError	err = NAMI_ERROR_INIT;
	NamiStore  *store;

	if (nami_store_uri_parse(fixture->arena, nami_str(text), &uri, &err) != NAMI_OK ||
		nami_store_open(&uri, &fixture->options, &fixture->host, nami_allocator_malloc(),
						&fixture->owner, &store, &err) != NAMI_OK)
		fail_msg("%s: %s", text, err.message);
	return store;
}

static NamiStore *
open_mock(Fixture *fixture)
{
	fixture->uri = nami_arena_printf(fixture->arena, "s3://bucket?ns=demo&endpoint="
									 "http://127.0.0.1:%d&allow_http=true", mock.port);
	return open_uri(fixture, fixture->uri);
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
	fixture->host.random = no_jitter;
	fixture->host.log = test_log;
	return fixture;
}

static int
setup_mock(void **state)
{
	static int	run;
	Fixture    *fixture = create_fixture();

	fixture->options.access_key_id = NAMI_STR("TESTKEY");
	fixture->options.secret_access_key = NAMI_STR(SECRET);
	fixture->prefix = nami_arena_printf(fixture->arena, "run%d", ++run);
	fixture->store = open_mock(fixture);
	*state = fixture;
	return 0;
}

/* A real service, when there is one. */
static int
setup_real(void **state)
{
	Fixture    *fixture;
	const char *endpoint = getenv("NAMIDB_TEST_S3_ENDPOINT");
	uint64_t	random;

	*state = NULL;
	if (endpoint == NULL)
		return 0;
	fixture = create_fixture();
	fixture->options.access_key_id = nami_str(getenv("NAMIDB_TEST_S3_ACCESS_KEY"));
	fixture->options.secret_access_key = nami_str(getenv("NAMIDB_TEST_S3_SECRET"));
	nami_host_default()->random(NULL, &random, sizeof(random));
	fixture->prefix = nami_arena_printf(fixture->arena, "store-test-%016llx",
										(unsigned long long) random);
	fixture->uri = nami_arena_printf(fixture->arena, "s3://%s?ns=demo&endpoint=%s&allow_http=true",
									 getenv("NAMIDB_TEST_S3_BUCKET"), endpoint);
	fixture->store = open_uri(fixture, fixture->uri);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	Fixture    *fixture = *state;
	bool		has_logged_secret;

	if (fixture == NULL)
		return 0;
	nami_owner_release(&fixture->owner);
	has_logged_secret = fixture->has_logged_secret;
	nami_arena_destroy(fixture->arena);
	free(fixture);
	return has_logged_secret ? -1 : 0;
}

static NamiStr
key_of(Fixture *fixture, const char *name)
{
	return nami_str(nami_arena_printf(fixture->arena, "%s/%s", fixture->prefix, name));
}

static void
run_one(Fixture *fixture, NamiStoreRequest *req)
{
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_run(fixture->store, fixture->arena, req, 1, &err) != NAMI_OK)
		fail_msg("%s", err.message);
	assert_null(strstr(req->error.message, SECRET));
	assert_null(strstr(req->error.detail, SECRET));
	assert_null(strstr(req->error.detail, "Signature="));
}

static void
expect(Fixture *fixture, NamiStoreRequest *req, NamiStoreOutcome outcome)
{
	run_one(fixture, req);
	if (req->outcome != outcome)
		fail_msg("%s %.*s: %s instead of %s: %s %s", nami_store_op_name(req->op),
				 NAMI_STR_ARG(req->key), nami_store_outcome_name(req->outcome),
				 nami_store_outcome_name(outcome), req->error.message, req->error.detail);
}

static void
put(Fixture *fixture, NamiStr key, NamiStr body)
{
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = key, .body = body};

	expect(fixture, &req, NAMI_OUTCOME_DONE);
}

static void
expect_content(Fixture *fixture, NamiStr key, NamiStr expected)
{
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = key};

	expect(fixture, &req, NAMI_OUTCOME_DONE);
	assert_true(nami_str_eq(req.bytes, expected));
	assert_int_equal(req.size_bytes, expected.len);
}

/* --------------------------------------------------------------------------------------------- */
/* Plain operations: mock and real service */

static void
plain_operations(void **state)
{
	Fixture    *fixture = *state;
	NamiStr		key;
	NamiStoreRequest req;

	if (fixture == NULL)
		skip();
	key = key_of(fixture, "wal/1.wal");
	req = (NamiStoreRequest) {.op = NAMI_OP_GET, .key = key};
	expect(fixture, &req, NAMI_OUTCOME_NOT_FOUND);
	req = (NamiStoreRequest) {.op = NAMI_OP_HEAD, .key = key};
	expect(fixture, &req, NAMI_OUTCOME_NOT_FOUND);
	req = (NamiStoreRequest) {.op = NAMI_OP_CREATE, .key = key, .body = NAMI_STR("0123456789")};
	expect(fixture, &req, NAMI_OUTCOME_DONE);
	assert_true(req.etag.len > 0);
	req.body = NAMI_STR("other");
	expect(fixture, &req, NAMI_OUTCOME_EXISTS);
	expect_content(fixture, key, NAMI_STR("0123456789"));
	req = (NamiStoreRequest) {.op = NAMI_OP_HEAD, .key = key};
	expect(fixture, &req, NAMI_OUTCOME_DONE);
	assert_int_equal(req.size_bytes, 10);
	put(fixture, key, NAMI_STR("abc"));
	expect_content(fixture, key, NAMI_STR("abc"));
	put(fixture, key, NAMI_STR(""));
	expect_content(fixture, key, NAMI_STR(""));
	req = (NamiStoreRequest) {.op = NAMI_OP_CREATE, .key = key};
	expect(fixture, &req, NAMI_OUTCOME_EXISTS);
	for (int i = 0; i < 2; i++)
	{
		req = (NamiStoreRequest) {.op = NAMI_OP_DELETE, .key = key};
		expect(fixture, &req, NAMI_OUTCOME_DONE);
	}
	req = (NamiStoreRequest) {.op = NAMI_OP_GET, .key = key};
	expect(fixture, &req, NAMI_OUTCOME_NOT_FOUND);
}

static void
ranges(void **state)
{
	static const struct
	{
		uint64_t	offset;
		uint64_t	length;
		size_t		max_bytes;
		NamiStoreOutcome outcome;
		const char *bytes;
		NamiErrorClass cls;
	}			cases[] = {
		{0, 0, 0, NAMI_OUTCOME_DONE, "0123456789", 0},
		{0, 3, 0, NAMI_OUTCOME_DONE, "012", 0},
		{4, 3, 0, NAMI_OUTCOME_DONE, "456", 0},
		{4, 0, 0, NAMI_OUTCOME_DONE, "456789", 0},
		{8, 100, 0, NAMI_OUTCOME_DONE, "89", 0},
		{10, 1, 0, NAMI_OUTCOME_FAILED, NULL, NAMI_ERR_CORRUPT},
		{100, 0, 0, NAMI_OUTCOME_FAILED, NULL, NAMI_ERR_CORRUPT},
		{0, 0, 10, NAMI_OUTCOME_DONE, "0123456789", 0},
		{0, 0, 9, NAMI_OUTCOME_FAILED, NULL, NAMI_ERR_LIMIT},
		{0, 9, 9, NAMI_OUTCOME_DONE, "012345678", 0},
	};
	Fixture    *fixture = *state;
	NamiStr		keys[2];
	NamiStr		empty;
	NamiStoreRequest req;

	if (fixture == NULL)
		skip();
	keys[0] = key_of(fixture, "object");
	keys[1] = key_of(fixture, "script/wholebody/object");	/* a service may ignore ranges */
	put(fixture, keys[0], NAMI_STR("0123456789"));
	put(fixture, keys[1], NAMI_STR("0123456789"));
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++)
	{
		req = (NamiStoreRequest) {.op = NAMI_OP_GET, .key = keys[i % 2], .offset = cases[i / 2].offset,
			.length = cases[i / 2].length, .max_bytes = cases[i / 2].max_bytes};
		expect(fixture, &req, cases[i / 2].outcome);
		if (cases[i / 2].bytes != NULL)
		{
			assert_true(nami_str_eq(req.bytes, nami_str(cases[i / 2].bytes)));
			assert_int_equal(req.size_bytes, 10);
		}
		else
			assert_int_equal(req.error.cls, cases[i / 2].cls);
	}
	empty = key_of(fixture, "empty");
	put(fixture, empty, NAMI_STR(""));
	req = (NamiStoreRequest) {.op = NAMI_OP_GET, .key = empty, .length = 8};
	expect(fixture, &req, NAMI_OUTCOME_DONE);
	assert_int_equal(req.bytes.len, 0);
}

/* Names that break naive encodings. MinIO refuses the last ones; then the refusal must be plain. */
static void
ugly_keys(void **state)
{
	static const char *const names[] = {
		"a b", "a+b", "a%b", "a%25b", "a=b&c", "\xC3\x89t\xC3\xA9", "a?b", "a#b", "a'b\"c", "a<b>&",
		"a:b,c;d@e$f!", "~x_-.", "(1)*[2]{3}|^`", "p.json#1",
		"a//b", "x/../y", "x/./y",
	};
	Fixture    *fixture = *state;
	NamiStoreRequest list;
	size_t		count = sizeof(names) / sizeof(names[0]);
	size_t		stored = 0;

	if (fixture == NULL)
		skip();
	for (size_t i = 0; i < count; i++)
	{
		NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = key_of(fixture, names[i]),
		.body = nami_str(names[i])};

		run_one(fixture, &req);
		if (req.outcome == NAMI_OUTCOME_FAILED && i >= 14)
		{
			if (req.error.cls != NAMI_ERR_ARGUMENT)
				fail_msg("%s: %s | %s", names[i], req.error.message, req.error.detail);
			continue;
		}
		assert_int_equal(req.outcome, NAMI_OUTCOME_DONE);
		stored++;
		expect_content(fixture, req.key, nami_str(names[i]));
	}
	list = (NamiStoreRequest) {.op = NAMI_OP_LIST, .key = key_of(fixture, "")};
	expect(fixture, &list, NAMI_OUTCOME_DONE);
	assert_int_equal(list.entry_count, stored);
	for (size_t i = 0; i < list.entry_count; i++)
	{
		expect_content(fixture, list.entries[i].key,
					   nami_str_slice(list.entries[i].key, strlen(fixture->prefix) + 1, SIZE_MAX));
		assert_true(i == 0 || nami_str_cmp(list.entries[i - 1].key, list.entries[i].key) < 0);
	}
}

#define MANY	1100			/* more than one page of any service */

static void
many_at_once_and_paged_listing(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest *reqs;
	NamiStoreRequest list;
	NamiError	err = NAMI_ERROR_INIT;
	const NamiStoreCounters *counters;

	if (fixture == NULL)
		skip();
	reqs = NAMI_NEW_ARRAY(fixture->arena, NamiStoreRequest, MANY);
	memset(reqs, 0, MANY * sizeof(*reqs));
	for (int i = 0; i < MANY; i++)
	{
		reqs[i].op = NAMI_OP_CREATE;
		reqs[i].key = key_of(fixture, nami_arena_printf(fixture->arena, "many/%04d", i));
		reqs[i].body = reqs[i].key;
	}
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, reqs, MANY, &err), NAMI_OK);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(reqs[i].outcome, NAMI_OUTCOME_DONE);
	counters = nami_store_counters(fixture->store);
	assert_int_equal(counters->requests[NAMI_OP_CREATE], MANY);
	assert_int_equal(counters->connects, 16);	/* kept alive */
	put(fixture, key_of(fixture, "many-other"), NAMI_STR("x"));
	list = (NamiStoreRequest) {.op = NAMI_OP_LIST, .key = key_of(fixture, "many")};
	expect(fixture, &list, NAMI_OUTCOME_DONE);
	assert_int_equal(list.entry_count, MANY);
	for (int i = 0; i < MANY; i++)
	{
		assert_true(nami_str_eq(list.entries[i].key, reqs[i].key));
		assert_int_equal(list.entries[i].size_bytes, reqs[i].key.len);
	}
	list.start_after = reqs[MANY - 3].key;
	expect(fixture, &list, NAMI_OUTCOME_DONE);
	assert_int_equal(list.entry_count, 2);
	assert_true(nami_str_eq(list.entries[0].key, reqs[MANY - 2].key));
	list = (NamiStoreRequest) {.op = NAMI_OP_LIST, .key = key_of(fixture, "nothing")};
	expect(fixture, &list, NAMI_OUTCOME_DONE);
	assert_int_equal(list.entry_count, 0);
	for (int i = 0; i < MANY; i++)
		reqs[i].op = NAMI_OP_DELETE;
	assert_int_equal(nami_store_run(fixture->store, fixture->arena, reqs, MANY, &err), NAMI_OK);
}

static void
big_object(void **state)
{
	Fixture    *fixture = *state;
	size_t		size_bytes = (size_t) 9 << 20;
	char	   *body;
	NamiStr		key;

	if (fixture == NULL)
		skip();
	body = nami_arena_alloc(fixture->arena, size_bytes);
	for (size_t i = 0; i < size_bytes; i++)
		body[i] = (char) (i * 2654435761u >> 13);
	key = key_of(fixture, "big");
	put(fixture, key, (NamiStr) {body, size_bytes});
	expect_content(fixture, key, (NamiStr) {body, size_bytes});
	assert_int_equal(nami_store_counters(fixture->store)->bytes[NAMI_OP_GET], size_bytes);
	assert_int_equal(nami_store_counters(fixture->store)->bytes[NAMI_OP_PUT], size_bytes);
}

static void
background_put(void **state)
{
	Fixture    *fixture = *state;
	NamiStr		key;

	if (fixture == NULL)
		skip();
	key = key_of(fixture, "current.json");
	put(fixture, key, NAMI_STR("0"));
	nami_store_put_background(fixture->store, key, NAMI_STR("1"));
	nami_store_put_background(fixture->store, key, NAMI_STR("2"));
	nami_store_close(fixture->store);
	fixture->store = open_uri(fixture, fixture->uri);
	expect_content(fixture, key, NAMI_STR("2"));
	assert_string_equal(fixture->last_log, "");
}

/* --------------------------------------------------------------------------------------------- */
/* Misbehaviour */

typedef struct ScriptCase
{
	NamiStoreOp op;
	const char *script;
	NamiStoreOutcome outcome;
	NamiErrorClass cls;			/* of FAILED and UNKNOWN */
	int			http_status;
	int			retries;		/* -1: libcurl may have repeated by itself on a kept connection */
	const char *text;			/* in message or detail, or NULL */
} ScriptCase;

#define DONE	NAMI_OUTCOME_DONE
#define FAILED	NAMI_OUTCOME_FAILED
#define UNKNOWN NAMI_OUTCOME_UNKNOWN
#define LOST	NAMI_ERR_CONNECTION_LOST

static const ScriptCase script_cases[] = {
	/* reads, plain PUT and DELETE are repeated */
	{NAMI_OP_GET, "500,ok", DONE, 0, 0, 1, NULL},
	{NAMI_OP_GET, "503:SlowDown,429,408,ok", DONE, 0, 0, 3, NULL},
	{NAMI_OP_GET, "400:RequestTimeout,ok", DONE, 0, 0, 1, NULL},
	{NAMI_OP_GET, "cut,reset,ok", DONE, 0, 0, -1, NULL},
	{NAMI_OP_GET, "slow", DONE, 0, 0, 0, NULL},
	{NAMI_OP_HEAD, "504,502,ok", DONE, 0, 0, 2, NULL},
	{NAMI_OP_PUT, "done-reset,503,ok", DONE, 0, 0, -1, NULL},
	{NAMI_OP_DELETE, "done-reset,504,ok", DONE, 0, 0, -1, NULL},
	{NAMI_OP_LIST, "500,cut,ok", DONE, 0, 0, 2, NULL},
	/* ... but not for ever */
	{NAMI_OP_GET, "503:SlowDown", FAILED, LOST, 503, 7, "code SlowDown, request id REQ1"},
	{NAMI_OP_GET, "reset", FAILED, LOST, 0, -1, "was lost"},
	{NAMI_OP_GET, "cut", FAILED, LOST, 200, 7, NULL},
	{NAMI_OP_PUT, "500", FAILED, LOST, 500, 7, NULL},
	/* a create-only PUT is not */
	{NAMI_OP_CREATE, "500,ok", UNKNOWN, LOST, 500, 0, "HTTP status 500"},
	{NAMI_OP_CREATE, "503:SlowDown,ok", UNKNOWN, LOST, 503, 0, NULL},
	{NAMI_OP_CREATE, "429,ok", UNKNOWN, LOST, 429, 0, NULL},
	{NAMI_OP_CREATE, "408,ok", UNKNOWN, LOST, 408, 0, NULL},
	{NAMI_OP_CREATE, "reset,ok", UNKNOWN, LOST, 0, 0, NULL},
	{NAMI_OP_CREATE, "done-reset,ok", UNKNOWN, LOST, 0, 0, NULL},
	{NAMI_OP_CREATE, "kept-reset,ok", UNKNOWN, LOST, 0, 0, NULL},
	{NAMI_OP_CREATE, "412:PreconditionFailed", NAMI_OUTCOME_EXISTS, 0, 0, 0, NULL},
	{NAMI_OP_CREATE, "304", NAMI_OUTCOME_EXISTS, 0, 0, 0, NULL},
	{NAMI_OP_CREATE, "409:ConditionalRequestConflict", NAMI_OUTCOME_CONFLICT_CHECK, 0, 0, 0, NULL},
	{NAMI_OP_CREATE, "409:OperationAborted", NAMI_OUTCOME_CONFLICT_CHECK, 0, 0, 0, NULL},
	{NAMI_OP_CREATE, "501:NotImplemented", FAILED, NAMI_ERR_UNSUPPORTED, 501, 0, "conditional"},
	{NAMI_OP_CREATE, "400:InvalidArgument", FAILED, NAMI_ERR_UNSUPPORTED, 400, 0, "conditional"},
	{NAMI_OP_CREATE, "early", FAILED, NAMI_ERR_PERMISSION, 403, 0, NULL},
	/* refusals */
	{NAMI_OP_GET, "403:SignatureDoesNotMatch", FAILED, NAMI_ERR_AUTHENTICATION, 403, 0,
	"code SignatureDoesNotMatch"},
	{NAMI_OP_GET, "403:InvalidAccessKeyId", FAILED, NAMI_ERR_AUTHENTICATION, 403, 0, NULL},
	{NAMI_OP_GET, "400:ExpiredToken", FAILED, NAMI_ERR_AUTHENTICATION, 400, 0, NULL},
	{NAMI_OP_CREATE, "400:ExpiredToken", FAILED, NAMI_ERR_AUTHENTICATION, 400, 0, NULL},
	{NAMI_OP_GET, "403:InvalidToken", FAILED, NAMI_ERR_AUTHENTICATION, 403, 0, NULL},
	{NAMI_OP_GET, "403:InvalidTokenId", FAILED, NAMI_ERR_AUTHENTICATION, 403, 0, NULL},
	{NAMI_OP_GET, "403:RequestTimeTooSkewed", FAILED, NAMI_ERR_AUTHENTICATION, 403, 0, NULL},
	{NAMI_OP_GET, "403:RequestTimeTooSkewed,ok", DONE, 0, 0, 0, NULL},
	{NAMI_OP_CREATE, "403:RequestTimeTooSkewed,ok", NAMI_OUTCOME_EXISTS, 0, 0, 0, NULL},
	{NAMI_OP_GET, "403:AccessDenied", FAILED, NAMI_ERR_PERMISSION, 403, 0, NULL},
	{NAMI_OP_GET, "403", FAILED, NAMI_ERR_PERMISSION, 403, 0, NULL},
	{NAMI_OP_HEAD, "403:SignatureDoesNotMatch", FAILED, NAMI_ERR_AUTHENTICATION, 403, 0, NULL},
	{NAMI_OP_HEAD, "403:AccessDenied,ok", DONE, 0, 0, 0, NULL},
	{NAMI_OP_GET, "404:NoSuchKey", NAMI_OUTCOME_NOT_FOUND, 0, 0, 0, NULL},
	{NAMI_OP_GET, "404:NoSuchBucket", FAILED, NAMI_ERR_UNDEFINED_OBJECT, 404, 0, "\"bucket\""},
	{NAMI_OP_LIST, "404:NoSuchBucket", FAILED, NAMI_ERR_UNDEFINED_OBJECT, 404, 0, NULL},
	{NAMI_OP_CREATE, "404:NoSuchBucket", FAILED, NAMI_ERR_UNDEFINED_OBJECT, 404, 0, NULL},
	{NAMI_OP_PUT, "507:XMinioStorageFull", FAILED, NAMI_ERR_DISK_FULL, 507, 0, NULL},
	{NAMI_OP_GET, "301:PermanentRedirect", FAILED, NAMI_ERR_CONNECT, 301, 0, "\"eu-test-1\""},
	{NAMI_OP_GET, "307:TemporaryRedirect", FAILED, NAMI_ERR_CONNECT, 307, 0, "\"eu-test-1\""},
	{NAMI_OP_HEAD, "301:PermanentRedirect", FAILED, NAMI_ERR_CONNECT, 301, 0, "\"eu-test-1\""},
	{NAMI_OP_GET, "400:AuthorizationHeaderMalformed", FAILED, NAMI_ERR_CONNECT, 400, 0, "\"eu-test-1\""},
	{NAMI_OP_GET, "418:Teapot", FAILED, NAMI_ERR_IO, 418, 0, "code Teapot"},
	/* nonsense */
	{NAMI_OP_LIST, "garbage", FAILED, NAMI_ERR_CORRUPT, 200, 0, NULL},
	{NAMI_OP_LIST, "doctype", FAILED, NAMI_ERR_CORRUPT, 200, 0, NULL},
	{NAMI_OP_LIST, "endless", FAILED, NAMI_ERR_CORRUPT, 200, 0, NULL},
	{NAMI_OP_LIST, "foreign", FAILED, NAMI_ERR_CORRUPT, 200, 0, NULL},
	{NAMI_OP_GET, "huge", FAILED, NAMI_ERR_LIMIT, 200, 0, NULL},
	{NAMI_OP_LIST, "huge", FAILED, NAMI_ERR_LIMIT, 200, 0, NULL},
	{NAMI_OP_PUT, "huge", FAILED, NAMI_ERR_LIMIT, 200, 0, NULL},
};

/* Each case has an object of its own with the content "old"; scripts begin after that. */
static void
run_script(Fixture *fixture, const ScriptCase *c, int number)
{
	char	   *folder = nami_arena_printf(fixture->arena, "%s/%d/script/ok,%s", fixture->prefix, number,
										   c->script);
	NamiStr		key = nami_str(nami_arena_printf(fixture->arena, "%s/object", folder));
	NamiStoreRequest req = {.op = c->op, .key = c->op == NAMI_OP_LIST ? nami_str(folder) : key,
	.body = NAMI_STR("a new body"), .max_bytes = 1 << 20};
	uint64_t	retries;

	put(fixture, key, NAMI_STR("old"));
	if (c->op == NAMI_OP_LIST)
	{
		NamiStoreRequest first = req;

		expect(fixture, &first, NAMI_OUTCOME_DONE);
		assert_int_equal(first.entry_count, 1);
	}
	retries = nami_store_counters(fixture->store)->retries;
	run_one(fixture, &req);
	retries = nami_store_counters(fixture->store)->retries - retries;
	if (req.outcome != c->outcome || req.error.cls != c->cls ||
		req.error.http_status != c->http_status || (c->retries >= 0 && retries != (uint64_t) c->retries))
		fail_msg("%s %s: %s, class %d, HTTP %d, %d retries: %s | %s", nami_store_op_name(c->op),
				 c->script, nami_store_outcome_name(req.outcome), (int) req.error.cls,
				 req.error.http_status, (int) retries, req.error.message, req.error.detail);
	if (c->text != NULL && strstr(req.error.message, c->text) == NULL &&
		strstr(req.error.detail, c->text) == NULL)
		fail_msg("%s: %s | %s", c->script, req.error.message, req.error.detail);
	if (req.outcome == DONE && c->op == NAMI_OP_GET)
		assert_true(nami_str_eq(req.bytes, NAMI_STR("old")));
	if (req.outcome == DONE && c->op == NAMI_OP_HEAD)
		assert_int_equal(req.size_bytes, 3);
	if (req.outcome == DONE && c->op == NAMI_OP_LIST)
		assert_int_equal(req.entry_count, 1);
}

static void
scripted_misbehaviour(void **state)
{
	for (size_t i = 0; i < sizeof(script_cases) / sizeof(script_cases[0]); i++)
		run_script(*state, &script_cases[i], (int) i);
}

/*
 * A kept connection that breaks after the request arrived: libcurl would silently send it again, and
 * the repetition would meet the object that the first one made.
 */
static void
create_is_never_repeated_silently(void **state)
{
	Fixture    *fixture = *state;
	const char *bodies[] = {"body", ""};

	for (int i = 0; i < 2; i++)
	{
		NamiStr		key = key_of(fixture, nami_arena_printf(fixture->arena,
															"script/done-reset,ok/%d", i));
		NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = key, .body = nami_str(bodies[i])};

		put(fixture, key_of(fixture, "warm"), NAMI_STR("x"));
		expect(fixture, &req, NAMI_OUTCOME_UNKNOWN);
		expect_content(fixture, key, nami_str(bodies[i]));
	}
}

static void
interruption_within_100_ms(void **state)
{
	static const NamiStoreOp ops[] = {NAMI_OP_GET, NAMI_OP_CREATE, NAMI_OP_LIST};
	Fixture    *fixture = *state;

	for (int i = 0; i < 3; i++)
	{
		NamiStoreRequest reqs[20];
		NamiError	err = NAMI_ERROR_INIT;
		int64_t		begin = now_ms();

		for (int j = 0; j < 20; j++)
			reqs[j] = (NamiStoreRequest) {.op = ops[i], .key = key_of(fixture, nami_arena_printf(
				fixture->arena, "script/hang/%d-%d", i, j)), .body = NAMI_STR("x")};
		fixture->interrupt_at_ms = begin + 200;
		assert_int_equal(nami_store_run(fixture->store, fixture->arena, reqs, 20, &err), NAMI_FAILED);
		assert_int_equal(err.cls, NAMI_ERR_CANCELLED);
		assert_in_range(now_ms() - begin, 200, 300);
		for (int j = 0; j < 20; j++)
		{
			assert_int_equal(reqs[j].outcome, ops[i] == NAMI_OP_CREATE && j < 16 ? UNKNOWN : FAILED);
			assert_int_equal(reqs[j].error.cls, NAMI_ERR_CANCELLED);
		}
		fixture->interrupt_at_ms = 0;
		put(fixture, key_of(fixture, "after"), NAMI_STR("still usable"));
	}
}

static void
time_outs(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = key_of(fixture, "script/hang/1")};
	int64_t		begin = now_ms();

	/* The deadline of the caller. */
	nami_store_set_deadline(fixture->store, begin + 300);
	expect(fixture, &req, FAILED);
	assert_int_equal(req.error.cls, LOST);
	assert_in_range(now_ms() - begin, 300, 450);
	req = (NamiStoreRequest) {.op = NAMI_OP_CREATE, .key = key_of(fixture, "script/done-hang/2"),
	.body = NAMI_STR("x")};
	nami_store_set_deadline(fixture->store, now_ms() + 200);
	expect(fixture, &req, UNKNOWN);
	nami_store_set_deadline(fixture->store, 0);

	/* The time limit of an attempt. */
	fixture->options.request_timeout_ms = 200;
	fixture->options.max_attempts = 2;
	fixture->store = open_mock(fixture);
	begin = now_ms();
	req = (NamiStoreRequest) {.op = NAMI_OP_GET, .key = key_of(fixture, "script/hang/3")};
	expect(fixture, &req, FAILED);
	assert_int_equal(req.error.cls, LOST);
	assert_true(req.error.retryable);
	assert_in_range(now_ms() - begin, 400, 700);
	assert_int_equal(nami_store_counters(fixture->store)->retries, 1);
	req = (NamiStoreRequest) {.op = NAMI_OP_CREATE, .key = key_of(fixture, "script/done-hang/4"),
	.body = NAMI_STR("x")};
	expect(fixture, &req, UNKNOWN);
	assert_int_equal(nami_store_counters(fixture->store)->retries, 1);
	req = (NamiStoreRequest) {.op = NAMI_OP_PUT, .key = key_of(fixture, "script/hang,ok/5"),
	.body = NAMI_STR("x")};
	expect(fixture, &req, DONE);

	/* Changed while the store is open. */
	nami_store_set_request_timeout(fixture->store, 1000);
	begin = now_ms();
	req = (NamiStoreRequest) {.op = NAMI_OP_CREATE, .key = key_of(fixture, "script/done-hang/6"),
	.body = NAMI_STR("x")};
	expect(fixture, &req, UNKNOWN);
	assert_in_range(now_ms() - begin, 1000, 1300);
}

static void
nobody_listens(void **state)
{
	static const char *const endpoints[] = {"http://127.0.0.1:1", "http://no-such-host.invalid:9000"};
	Fixture    *fixture = *state;

	for (int i = 0; i < 2; i++)
	{
		NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = NAMI_STR("x"), .body = NAMI_STR("x")};

		fixture->store = open_uri(fixture, nami_arena_printf(
			fixture->arena, "s3://bucket?ns=demo&endpoint=%s&allow_http=true", endpoints[i]));
		expect(fixture, &req, FAILED);		/* nothing was sent, so nothing is in doubt */
		if (req.error.cls != NAMI_ERR_CONNECT)
			fail_msg("%s | %s", req.error.message, req.error.detail);
		assert_int_equal(nami_store_counters(fixture->store)->retries, 3);
	}
}

static void
tls_to_a_plain_server(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = NAMI_STR("x")};

	fixture->store = open_uri(fixture, nami_arena_printf(
		fixture->arena, "s3://bucket?ns=demo&endpoint=https://127.0.0.1:%d", mock.port));
	expect(fixture, &req, FAILED);
	assert_int_equal(req.error.cls, NAMI_ERR_CONNECT);
}

static void
addresses_are_checked(void **state)
{
	static const struct
	{
		const char *endpoint;
		bool		refuse_loopback;
		const char *allowed;
		bool		is_refused;
	}			cases[] = {
		{"http://169.254.169.254", false, NULL, true},
		{"http://[fe80::1]", false, NULL, true},
		{"http://[::ffff:169.254.1.1]", false, NULL, true},
		{"http://127.0.0.1:1", true, NULL, true},
		{"http://127.8.9.10:1", true, NULL, true},
		{"http://localhost:1", true, NULL, true},
		{"http://0.0.0.0:1", true, NULL, true},
		{"http://[::1]:1", true, NULL, true},
		{"http://[::]:1", true, NULL, true},
		{"http://[::ffff:127.0.0.1]:1", true, NULL, true},
		{"http://2130706433:1", true, NULL, true},
		{"http://127.0.0.1:1", true, "other", true},
		{"http://127.0.0.1:1", true, "127.0.0.1", false},
		{"http://LocalHost:1", true, "LOCALHOST", false},
		{"http://127.0.0.1:1", false, NULL, false},
	};
	Fixture    *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiStr		allowed = cases[i].allowed == NULL ? NAMI_STR("") : nami_str(cases[i].allowed);
		NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = NAMI_STR("x")};

		fixture->options.refuse_loopback = cases[i].refuse_loopback;
		fixture->options.allowed_hosts = &allowed;
		fixture->options.allowed_host_count = cases[i].allowed != NULL;
		fixture->store = open_uri(fixture, nami_arena_printf(
			fixture->arena, "s3://bucket?ns=demo&allow_http=1&endpoint=%s", cases[i].endpoint));
		expect(fixture, &req, FAILED);
		if (req.error.cls != (cases[i].is_refused ? NAMI_ERR_PERMISSION : NAMI_ERR_CONNECT))
			fail_msg("%s: %s", cases[i].endpoint, req.error.message);
	}
}

static void
options_are_checked(void **state)
{
	static const struct
	{
		const char *uri;
		const char *key;
		const char *secret;
		const char *token;
		const char *ca_file;
		NamiErrorClass cls;
	}			cases[] = {
		{"s3://b?ns=a&endpoint=http://h", "k", "s", "", "", NAMI_ERR_OPTION_VALUE},
		{"s3://b?ns=a", "k", "", "", "", NAMI_ERR_OPTION_VALUE},
		{"s3://b?ns=a", "", "s", "", "", NAMI_ERR_OPTION_VALUE},
		{"s3://b?ns=a", "", "", "", "", NAMI_ERR_AUTHENTICATION},
		{"s3://b?ns=a", "k", "s\r\nX: y", "", "", NAMI_ERR_OPTION_VALUE},
		{"s3://b?ns=a", "k", "s", "t\n", "", NAMI_ERR_OPTION_VALUE},
		{"s3://b?ns=a", "k", "s", "", "/no/such/file", NAMI_ERR_OPTION_VALUE},
	};
	Fixture    *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NamiStoreOptions options = {.access_key_id = nami_str(cases[i].key),
			.secret_access_key = nami_str(cases[i].secret), .session_token = nami_str(cases[i].token),
			.ca_file = nami_str(cases[i].ca_file)};
		NamiStoreUri uri;
		NamiStore  *store;
		NamiError	err = NAMI_ERROR_INIT;

		assert_int_equal(nami_store_uri_parse(fixture->arena, nami_str(cases[i].uri), &uri, &err), NAMI_OK);
		assert_int_equal(nami_store_open(&uri, &options, &fixture->host, nami_allocator_malloc(),
										 &fixture->owner, &store, &err), NAMI_FAILED);
		assert_int_equal(err.cls, cases[i].cls);
	}
}

static void
session_tokens_are_sent(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = NAMI_STR("x")};

	fixture->options.session_token = NAMI_STR("TOKEN123");
	fixture->store = open_mock(fixture);
	expect(fixture, &req, NAMI_OUTCOME_NOT_FOUND);
	fixture->options.session_token = NAMI_STR("expired");
	fixture->store = open_mock(fixture);
	expect(fixture, &req, FAILED);
	assert_int_equal(req.error.cls, NAMI_ERR_AUTHENTICATION);
	fixture->options.session_token = NAMI_STR("");
	fixture->options.secret_access_key = NAMI_STR("wrong");
	fixture->store = open_mock(fixture);
	expect(fixture, &req, FAILED);
	assert_int_equal(req.error.cls, NAMI_ERR_AUTHENTICATION);
}

/* The clock of this machine is two hours off, as seen from the server. */
static int64_t
wrong_clock(void *ctx)
{
	return nami_host_default()->now_us(NULL) - INT64_C(7200) * 1000000;
}

static void
clock_skew_is_corrected_once(void **state)
{
	Fixture    *fixture = *state;
	NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = key_of(fixture, "x"), .body = NAMI_STR("x")};
	const NamiStoreCounters *counters;

	fixture->host.now_us = wrong_clock;
	fixture->store = open_mock(fixture);
	counters = nami_store_counters(fixture->store);
	expect(fixture, &req, DONE);
	assert_int_equal(counters->requests[NAMI_OP_CREATE], 2);
	assert_non_null(strstr(fixture->last_log, "clock"));
	expect_content(fixture, req.key, NAMI_STR("x"));
	assert_int_equal(counters->requests[NAMI_OP_GET], 1);
}

static void
failing_background_put_is_one_log_line(void **state)
{
	Fixture    *fixture = *state;
	int64_t		begin;

	nami_store_put_background(fixture->store, key_of(fixture, "script/403:AccessDenied/c"), NAMI_STR("1"));
	put(fixture, key_of(fixture, "x"), NAMI_STR("x"));
	nami_store_put_background(fixture->store, key_of(fixture, "script/hang/c"), NAMI_STR("1"));
	assert_non_null(strstr(fixture->last_log, "denied"));
	fixture->last_log[0] = '\0';
	begin = now_ms();
	nami_store_close(fixture->store);
	assert_in_range(now_ms() - begin, 900, 1200);
	assert_non_null(strstr(fixture->last_log, "in time"));
}

static void
a_child_does_not_use_the_parents_connections(void **state)
{
	Fixture    *fixture = *state;
	NamiStr		key = key_of(fixture, "x");
	pid_t		pid;
	int			status;

	put(fixture, key, NAMI_STR("parent"));
	pid = fork();
	if (pid == 0)
	{
		expect_content(fixture, key, NAMI_STR("parent"));
		put(fixture, key, NAMI_STR("child"));
		_exit(nami_store_counters(fixture->store)->connects == 2 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect_content(fixture, key, NAMI_STR("child"));
	assert_int_equal(nami_store_counters(fixture->store)->connects, 1);
}

/* --------------------------------------------------------------------------------------------- */
/* A host whose allocation unwinds in the middle of a batch */

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

static void
unwinding_leaves_the_store_usable(void **state)
{
	static const NamiAllocator allocator = {NULL, unwinding_alloc, plain_free};
	Fixture    *fixture = *state;
	size_t		size_bytes = 300000;
	NamiStr		body = {memset(nami_arena_alloc(fixture->arena, size_bytes), 'x', size_bytes), size_bytes};
	int			unwinds = 0;

	put(fixture, key_of(fixture, "big"), body);
	for (volatile int budget = 1; budget < 30; budget++)
	{
		NamiStoreRequest *reqs = calloc(20, sizeof(NamiStoreRequest));
		NamiError	err = NAMI_ERROR_INIT;
		NamiArena  *arena;

		for (int i = 0; i < 20; i++)
		{
			reqs[i].op = i % 7 == 3 ? NAMI_OP_LIST : NAMI_OP_GET;
			reqs[i].key = i % 7 == 3 ? key_of(fixture, "") : key_of(fixture, "big");
		}
		allocations_left = budget;
		arena = nami_arena_create(&allocator, NULL);
		if (setjmp(unwound) == 0)
			(void) !nami_store_run(fixture->store, arena, reqs, 20, &err);
		else
			unwinds++;
		nami_arena_destroy(arena);
		free(reqs);				/* the store must not look at them again */
		if (budget % 5 == 0)
			expect_content(fixture, key_of(fixture, "big"), body);
	}
	assert_true(unwinds > 10);
}

#define MOCK(test)	cmocka_unit_test_setup_teardown(test, setup_mock, teardown)
#define REAL(test)	{"real_" #test, test, setup_real, teardown, NULL}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MOCK(plain_operations),
		MOCK(ranges),
		MOCK(ugly_keys),
		MOCK(many_at_once_and_paged_listing),
		MOCK(big_object),
		MOCK(background_put),
		MOCK(scripted_misbehaviour),
		MOCK(create_is_never_repeated_silently),
		MOCK(interruption_within_100_ms),
		MOCK(time_outs),
		MOCK(nobody_listens),
		MOCK(tls_to_a_plain_server),
		MOCK(addresses_are_checked),
		MOCK(options_are_checked),
		MOCK(session_tokens_are_sent),
		MOCK(clock_skew_is_corrected_once),
		MOCK(failing_background_put_is_one_log_line),
		MOCK(a_child_does_not_use_the_parents_connections),
		MOCK(unwinding_leaves_the_store_usable),
		REAL(plain_operations),
		REAL(ranges),
		REAL(ugly_keys),
		REAL(many_at_once_and_paged_listing),
		REAL(big_object),
		REAL(background_put),
	};

	return cmocka_run_group_tests(tests, start_mock, stop_mock);
}
