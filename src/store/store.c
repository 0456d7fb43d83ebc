/*
 * store.c - the part that all stores share; see store.h and store_internal.h.
 */
#include "store/store_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUEST_TIMEOUT_DEFAULT_MS	30000

const char *
nami_store_op_name(NamiStoreOp op)
{
	switch (op)
	{
		case NAMI_OP_GET:
			return "GET";
		case NAMI_OP_HEAD:
			return "HEAD";
		case NAMI_OP_CREATE:
			return "CREATE";
		case NAMI_OP_PUT:
			return "PUT";
		case NAMI_OP_DELETE:
			return "DELETE";
		case NAMI_OP_LIST:
			return "LIST";
	}
	return "?";
}

const char *
nami_store_outcome_name(NamiStoreOutcome outcome)
{
	switch (outcome)
	{
		case NAMI_OUTCOME_NONE:
			return "none";
		case NAMI_OUTCOME_DONE:
			return "done";
		case NAMI_OUTCOME_NOT_FOUND:
			return "not found";
		case NAMI_OUTCOME_EXISTS:
			return "exists";
		case NAMI_OUTCOME_CONFLICT_CHECK:
			return "conflict";
		case NAMI_OUTCOME_UNKNOWN:
			return "unknown";
		case NAMI_OUTCOME_FAILED:
			return "failed";
	}
	return "?";
}

/* --------------------------------------------------------------------------------------------- */
/* For the drivers */

static void
release_store(NamiResource *resource)
{
	NamiStore  *store = (NamiStore *) resource;	/* the first member */

	store->driver->close(store);
	nami_arena_destroy(store->arena);
}

_Static_assert(offsetof(NamiStore, resource) == 0, "release_store casts");

void
nami_store_init(NamiStore *store, const NamiStoreDriver *driver, NamiArena *arena,
				const NamiStoreUri *uri, const NamiHost *host, bool is_read_only, NamiOwner *owner)
{
	store->driver = driver;
	store->arena = arena;
	store->host = host;
	store->is_read_only = is_read_only;
	store->uri = *uri;
	store->uri.bucket = nami_arena_str(arena, uri->bucket);
	store->uri.root = nami_arena_str(arena, uri->root);
	store->uri.directory = nami_arena_str(arena, uri->directory);
	store->uri.namespace_name = nami_arena_str(arena, uri->namespace_name);
	store->uri.region = nami_arena_str(arena, uri->region);
	store->uri.endpoint = nami_arena_str(arena, nami_store_uri_endpoint(arena, uri));
	store->uri.key_prefix = nami_arena_str(arena, uri->key_prefix);
	nami_owner_add(owner, &store->resource, release_store);
}

bool
nami_store_interrupted(const NamiStore *store)
{
	return !store->is_uninterruptible && store->host->interrupted(store->host->ctx);
}

bool
nami_store_deadline_passed(const NamiStore *store)
{
	return store->deadline_ms != 0 &&
		store->host->monotonic_ms(store->host->ctx) >= store->deadline_ms;
}

NamiStatus
nami_store_cancelled(NamiError *err)
{
	return nami_fail(err, NAMI_ERR_CANCELLED, "canceled while using the object store");
}

void
nami_store_log(const NamiStore *store, NamiLogLevel level, const char *format,...)
{
	char		message[1024];
	va_list		args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	store->host->log(store->host->ctx, level, "store", message);
}

NamiError *
nami_store_request_fail(NamiStoreRequest *req, NamiErrorClass cls, const char *format,...)
{
	char		message[2 * sizeof(req->error.message)];	/* nami_fail cuts it at a whole character */
	va_list		args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	(void) nami_fail(&req->error, cls, "%s", message);
	req->outcome = NAMI_OUTCOME_FAILED;
	return &req->error;
}

bool
nami_store_clip_range(NamiStoreRequest *req, uint64_t size_bytes, size_t *length)
{
	size_t		max_bytes = req->max_bytes == 0 ? NAMI_STORE_DEFAULT_MAX_BYTES : req->max_bytes;
	uint64_t	wanted;

	if (req->offset > 0 && req->offset >= size_bytes)
	{
		nami_store_request_fail(req, NAMI_ERR_CORRUPT, "object \"%.*s\" has no byte %llu",
								NAMI_STR_ARG(req->key), (unsigned long long) req->offset);
		nami_error_detail(&req->error, "It has %llu bytes.", (unsigned long long) size_bytes);
		return false;
	}
	wanted = size_bytes - req->offset;
	if (req->length != 0 && req->length < wanted)
		wanted = req->length;
	if (wanted > max_bytes)
	{
		nami_store_request_fail(req, NAMI_ERR_LIMIT, "object \"%.*s\" is larger than %zu bytes",
								NAMI_STR_ARG(req->key), max_bytes);
		return false;
	}
	*length = (size_t) wanted;
	return true;
}

NamiStr
nami_store_list_prefix(NamiArena *arena, NamiStr folder)
{
	while (folder.len > 0 && folder.ptr[folder.len - 1] == '/')
		folder.len--;
	if (folder.len == 0)
		return folder;
	return nami_str(nami_arena_printf(arena, "%.*s/", NAMI_STR_ARG(folder)));
}

static int
compare_entries(const void *a, const void *b)
{
	return nami_str_cmp(((const NamiStoreEntry *) a)->key, ((const NamiStoreEntry *) b)->key);
}

void
nami_store_sort_entries(NamiStoreEntry *entries, size_t count)
{
	if (count > 1)
		qsort(entries, count, sizeof(*entries), compare_entries);
}

bool
nami_store_is_upload_name(NamiStr name)
{
	size_t		digits = 0;

	while (digits < name.len && name.ptr[name.len - 1 - digits] >= '0' &&
		   name.ptr[name.len - 1 - digits] <= '9')
		digits++;
	return digits > 0 && digits < name.len && name.ptr[name.len - 1 - digits] == '#';
}

/* --------------------------------------------------------------------------------------------- */
/* For everybody */

NamiStatus
nami_store_open(const NamiStoreUri *uri, const NamiStoreOptions *options, const NamiHost *host,
				const NamiAllocator *allocator, NamiOwner *owner, NamiStore **store, NamiError *err)
{
	switch (uri->scheme)
	{
		case NAMI_SCHEME_MEMORY:
			return nami_store_open_memory(uri, options, host, allocator, owner, store, err);
		case NAMI_SCHEME_FILE:
			return nami_store_open_file(uri, options, host, allocator, owner, store, err);
		case NAMI_SCHEME_S3:
			return nami_store_open_s3(uri, options, host, allocator, owner, store, err);
	}
	return nami_fail(err, NAMI_ERR_INTERNAL, "unknown kind of store");
}

void
nami_store_close(NamiStore *store)
{
	if (store == NULL)
		return;
	nami_owner_remove(&store->resource);
	release_store(&store->resource);
}

void
nami_store_set_deadline(NamiStore *store, int64_t deadline_monotonic_ms)
{
	store->deadline_ms = deadline_monotonic_ms;
}

void
nami_store_set_request_timeout(NamiStore *store, int request_timeout_ms)
{
	store->request_timeout_ms = request_timeout_ms > 0 ? request_timeout_ms :
		REQUEST_TIMEOUT_DEFAULT_MS;
}

void
nami_store_set_uninterruptible(NamiStore *store, bool uninterruptible)
{
	store->is_uninterruptible = uninterruptible;
}

const NamiStoreCounters *
nami_store_counters(const NamiStore *store)
{
	return &store->counters;
}

const NamiStoreUri *
nami_store_uri(const NamiStore *store)
{
	return &store->uri;
}

bool
nami_store_is_read_only(const NamiStore *store)
{
	return store->is_read_only;
}

static bool
is_write(NamiStoreOp op)
{
	return op == NAMI_OP_CREATE || op == NAMI_OP_PUT || op == NAMI_OP_DELETE;
}

/* False: the request has failed before it began. */
static bool
check_request(const NamiStore *store, NamiStoreRequest *req)
{
	if (is_write(req->op) && store->is_read_only)
	{
		nami_store_request_fail(req, NAMI_ERR_READ_ONLY, "the object store is opened read-only");
		return false;
	}
	if ((req->key.len == 0 && req->op != NAMI_OP_LIST) ||
		req->key.len > NAMI_STORE_MAX_KEY_BYTES ||
		(req->key.len > 0 && memchr(req->key.ptr, '\0', req->key.len) != NULL))
	{
		nami_store_request_fail(req, NAMI_ERR_ARGUMENT, "invalid object key of %zu bytes",
								req->key.len);
		return false;
	}
	return true;
}

NamiStatus
nami_store_run(NamiStore *store, NamiArena *result_arena, NamiStoreRequest *reqs, size_t count,
			   NamiError *err)
{
	NamiStatus	status;

	for (size_t i = 0; i < count; i++)
	{
		NamiStoreRequest *req = &reqs[i];

		req->outcome = NAMI_OUTCOME_NONE;
		req->bytes = (NamiStr) {NULL, 0};
		req->etag = (NamiStr) {NULL, 0};
		req->size_bytes = 0;
		req->entries = NULL;
		req->entry_count = 0;
		nami_error_reset(&req->error);
		(void) check_request(store, req);
	}
	status = store->driver->run(store, result_arena, reqs, count, err);
	for (size_t i = 0; i < count; i++)
	{
		/* A batch that was given up leaves nothing without an outcome. */
		if (reqs[i].outcome == NAMI_OUTCOME_NONE)
		{
			reqs[i].outcome = NAMI_OUTCOME_FAILED;
			if (status != NAMI_OK)
				reqs[i].error = *err;
			else
				(void) nami_fail(&reqs[i].error, NAMI_ERR_INTERNAL, "request was not run");
		}
		if (reqs[i].outcome == NAMI_OUTCOME_FAILED || reqs[i].outcome == NAMI_OUTCOME_UNKNOWN)
			store->counters.failures++;
	}
	return status;
}

/* Runs one request; FAILED becomes the status. */
static NamiStatus
run_single(NamiStore *store, NamiArena *arena, NamiStoreRequest *req, NamiError *err)
{
	NAMI_TRY(nami_store_run(store, arena, req, 1, err));
	if (req->outcome == NAMI_OUTCOME_FAILED)
	{
		*err = req->error;
		return NAMI_FAILED;
	}
	return NAMI_OK;
}

NamiStatus
nami_store_get(NamiStore *store, NamiArena *arena, NamiStr key, NamiStr *bytes, bool *is_found,
			   NamiError *err)
{
	return nami_store_get_range(store, arena, key, 0, 0, bytes, is_found, err);
}

NamiStatus
nami_store_get_range(NamiStore *store, NamiArena *arena, NamiStr key, uint64_t offset,
					 uint64_t length, NamiStr *bytes, bool *is_found, NamiError *err)
{
	NamiStoreRequest req = {.op = NAMI_OP_GET, .key = key, .offset = offset, .length = length};

	NAMI_TRY(run_single(store, arena, &req, err));
	*is_found = req.outcome == NAMI_OUTCOME_DONE;
	*bytes = req.bytes;
	return NAMI_OK;
}

NamiStatus
nami_store_head(NamiStore *store, NamiArena *arena, NamiStr key, bool *is_found,
				uint64_t *size_bytes, NamiError *err)
{
	NamiStoreRequest req = {.op = NAMI_OP_HEAD, .key = key};

	NAMI_TRY(run_single(store, arena, &req, err));
	*is_found = req.outcome == NAMI_OUTCOME_DONE;
	if (size_bytes != NULL)
		*size_bytes = req.size_bytes;
	return NAMI_OK;
}

NamiStatus
nami_store_create(NamiStore *store, NamiArena *arena, NamiStr key, NamiStr body,
				  NamiStoreOutcome *outcome, NamiError *err)
{
	NamiStoreRequest req = {.op = NAMI_OP_CREATE, .key = key, .body = body};
	NamiStatus	status = run_single(store, arena, &req, err);

	*outcome = req.outcome;
	if (status == NAMI_OK && req.outcome == NAMI_OUTCOME_UNKNOWN)
		*err = req.error;
	return status;
}

NamiStatus
nami_store_put(NamiStore *store, NamiArena *arena, NamiStr key, NamiStr body, NamiError *err)
{
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = key, .body = body};

	return run_single(store, arena, &req, err);
}

NamiStatus
nami_store_delete(NamiStore *store, NamiArena *arena, NamiStr key, NamiError *err)
{
	NamiStoreRequest req = {.op = NAMI_OP_DELETE, .key = key};

	return run_single(store, arena, &req, err);
}

NamiStatus
nami_store_list(NamiStore *store, NamiArena *arena, NamiStr folder, const NamiStoreEntry **entries,
				size_t *count, NamiError *err)
{
	NamiStoreRequest req = {.op = NAMI_OP_LIST, .key = folder};

	NAMI_TRY(run_single(store, arena, &req, err));
	*entries = req.entries;
	*count = req.entry_count;
	return NAMI_OK;
}

void
nami_store_put_background(NamiStore *store, NamiStr key, NamiStr body)
{
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = key};

	if (!check_request(store, &req))
		nami_store_log(store, NAMI_LOG_INFO, "writing %.*s was refused: %s", NAMI_STR_ARG(key),
					   req.error.message);
	else
		store->driver->put_background(store, key, body);
}

/* --------------------------------------------------------------------------------------------- */

/* The first of two variables that is set and not empty; never NULL. */
static NamiStr
from_environment(const char *first, const char *second)
{
	const char *value = getenv(first);

	if ((value == NULL || value[0] == '\0') && second != NULL)
		value = getenv(second);
	return value == NULL ? (NamiStr) {"", 0} : nami_str(value);
}

NamiStatus
nami_store_options_from_environment(NamiArena *arena, NamiStoreUri *uri, NamiStoreOptions *options,
									NamiError *err)
{
	NamiStr		value;

	if (uri->scheme != NAMI_SCHEME_S3)
		return NAMI_OK;
	if (options->access_key_id.len == 0 && options->secret_access_key.len == 0)
	{
		/* All three of one source: a token fits only the keys that it was given with. */
		options->access_key_id = nami_arena_str(arena, from_environment("AWS_ACCESS_KEY_ID", NULL));
		options->secret_access_key =
			nami_arena_str(arena, from_environment("AWS_SECRET_ACCESS_KEY", NULL));
		options->session_token =
			nami_arena_str(arena, from_environment("AWS_SESSION_TOKEN", "AWS_TOKEN"));
	}
	value = from_environment("AWS_REGION", "AWS_DEFAULT_REGION");
	if (!uri->has_region && value.len > 0)
		NAMI_TRY(nami_store_uri_set_region(arena, uri, value, err));
	value = from_environment("AWS_ENDPOINT_URL", "AWS_ENDPOINT");
	if (uri->endpoint.len == 0 && value.len > 0)
		NAMI_TRY(nami_store_uri_set_endpoint(arena, uri, value, err));
	value = from_environment("AWS_ALLOW_HTTP", NULL);
	if (nami_str_eq(value, NAMI_STR("true")) || nami_str_eq(value, NAMI_STR("1")) ||
		nami_str_eq(value, NAMI_STR("yes")))
		uri->allow_http = true;
	return NAMI_OK;
}
