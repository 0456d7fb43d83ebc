/*
 * s3_store.c - a bucket as object store: opening, closing and the loop that drives the transfers.
 *
 *	perform -> collect finished transfers -> check time limits -> start what can start -> poll (50 ms)
 *
 * The host is asked for interruption in each round, so a cancel is answered while S3 is silent.
 */
#include "store/s3_internal.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define POLL_MS						50
#define MAX_ATTEMPTS_DEFAULT		8
#define MAX_CONNECT_ATTEMPTS		4	/* a wrong address should be reported soon */
#define BACKOFF_FIRST_MS			100
#define BACKOFF_LIMIT_MS			5000
#define RETRY_WINDOW_MS				60000	/* no further attempt begins later than this */
#define BACKGROUND_WAIT_MS			1000
#define MIN_BYTES_PER_MS			64	/* what a slow but living transfer must move */

static int64_t
now_ms(const NamiS3Store *store)
{
	return store->base.host->monotonic_ms(store->base.host->ctx);
}

/* --------------------------------------------------------------------------------------------- */
/* The multi handle */

static void
for_each_slot(NamiS3Store *store, void (*visit) (NamiS3Transfer *transfer, bool flag), bool flag)
{
	for (int i = 0; i < NAMI_S3_PARALLEL; i++)
		visit(&store->slots[i], flag);
	visit(&store->background, flag);
}

/* After a fork the handles belong to the parent. */
static void
forget_parent(NamiS3Store *store)
{
	if (store->multi == NULL || store->pid == getpid())
		return;
	for_each_slot(store, nami_s3_transfer_destroy, true);
	store->multi = NULL;
}

static NamiStatus
ensure_multi(NamiS3Store *store, NamiError *err)
{
	forget_parent(store);
	if (store->multi != NULL)
		return NAMI_OK;

	/* Counted by libcurl; nami_store_close gives it back. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return nami_fail(err, NAMI_ERR_INTERNAL, "could not initialise libcurl");
	store->multi = curl_multi_init();
	if (store->multi == NULL)
	{
		curl_global_cleanup();
		return nami_fail(err, NAMI_ERR_INTERNAL, "could not initialise libcurl");
	}
	store->pid = getpid();
	curl_multi_setopt(store->multi, CURLMOPT_MAXCONNECTS, (long) NAMI_S3_PARALLEL + 1);
	return NAMI_OK;
}

static bool
perform(NamiS3Store *store)
{
	sigset_t	all;
	sigset_t	old;
	int			running;
	CURLMcode	code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = curl_multi_perform(store->multi, &running);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return code == CURLM_OK;
}

/* --------------------------------------------------------------------------------------------- */
/* Attempts */

/* Full jitter: anything between 0 and the exponential bound. */
static int64_t
pause_ms(NamiS3Store *store, int attempt)
{
	int64_t		bound = BACKOFF_FIRST_MS;
	uint32_t	random;

	for (int i = 1; i < attempt && bound < BACKOFF_LIMIT_MS; i++)
		bound *= 2;
	if (bound > BACKOFF_LIMIT_MS)
		bound = BACKOFF_LIMIT_MS;
	store->base.host->random(store->base.host->ctx, &random, sizeof(random));
	return (int64_t) (random % (uint64_t) (bound + 1));
}

static bool
may_retry(const NamiS3Store *store, const NamiS3Transfer *transfer)
{
	int			limit = store->max_attempts;

	if (transfer->arena == NULL)
		return false;			/* nobody waits for a background PUT */
	if (transfer->req->error.cls == NAMI_ERR_CONNECT && limit > MAX_CONNECT_ATTEMPTS)
		limit = MAX_CONNECT_ATTEMPTS;
	return transfer->attempt < limit &&
		now_ms(store) - transfer->first_started_ms < RETRY_WINDOW_MS;
}

static void
log_request(NamiS3Store *store, const NamiS3Transfer *transfer)
{
	const NamiStoreRequest *req = transfer->req;

	nami_store_log(&store->base, NAMI_LOG_DEBUG, "%s %.*s: %s, HTTP %d, %lld ms, attempt %d",
				   nami_store_op_name(req->op), NAMI_STR_ARG(req->key),
				   nami_store_outcome_name(req->outcome), transfer->status,
				   (long long) (now_ms(store) - transfer->started_ms), transfer->attempt);
}

static void
finish(NamiS3Store *store, NamiS3Transfer *transfer)
{
	log_request(store, transfer);
	if (transfer == &store->background && transfer->req->outcome != NAMI_OUTCOME_DONE)
		nami_store_log(&store->base, NAMI_LOG_INFO, "writing %.*s failed: %s %s",
					   NAMI_STR_ARG(transfer->req->key), transfer->req->error.message,
					   transfer->req->error.detail);
	else if (transfer->attempt > 3 && transfer->req->outcome == NAMI_OUTCOME_DONE)
		nami_store_log(&store->base, NAMI_LOG_INFO, "%s %.*s needed %d attempts",
					   nami_store_op_name(transfer->req->op), NAMI_STR_ARG(transfer->req->key),
					   transfer->attempt);
	nami_s3_transfer_release(transfer);
}

/* After an attempt: what next? */
static void
go_on(NamiS3Store *store, NamiS3Transfer *transfer, NamiS3Next next)
{
	nami_s3_transfer_stop(transfer);
	if (next == NAMI_S3_RETRY && may_retry(store, transfer))
	{
		log_request(store, transfer);
		store->base.counters.retries++;
		transfer->req->outcome = NAMI_OUTCOME_NONE;
		nami_error_reset(&transfer->req->error);
		transfer->retry_at_ms = now_ms(store) + pause_ms(store, transfer->attempt);
		transfer->state = NAMI_SLOT_WAITING;
	}
	else if (next != NAMI_S3_SEND_AGAIN || !nami_s3_transfer_send(transfer))
		finish(store, transfer);
}

static void
collect(NamiS3Store *store)
{
	const CURLMsg *message;
	int			left;

	while ((message = curl_multi_info_read(store->multi, &left)) != NULL)
	{
		NamiS3Transfer *transfer = NULL;
		CURLcode	result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &transfer);
		go_on(store, transfer, nami_s3_answer(transfer, result));
	}
}

/*
 * The limit of one attempt grows with what it has moved: a big object over a slow line is no
 * failure, a silent server is.
 */
static bool
is_overdue(const NamiS3Store *store, const NamiS3Transfer *transfer)
{
	uint64_t	moved = transfer->sent_bytes + transfer->response.len;

	return transfer->state == NAMI_SLOT_RUNNING &&
		now_ms(store) - transfer->started_ms >
		store->base.request_timeout_ms + (int64_t) (moved / MIN_BYTES_PER_MS);
}

static void
check_time(NamiS3Store *store, NamiS3Transfer *transfer)
{
	NamiS3Next	next = NAMI_S3_RETRY;

	if (!is_overdue(store, transfer))
		return;
	nami_s3_give_up(transfer, NAMI_ERR_CONNECTION_LOST, "object store did not answer in time");
	if (transfer->req->outcome == NAMI_OUTCOME_UNKNOWN)
		next = NAMI_S3_FINISHED;
	go_on(store, transfer, next);
}

static void
begin(NamiS3Store *store, NamiS3Transfer *transfer, NamiStoreRequest *req, NamiArena *arena)
{
	if (req->op == NAMI_OP_LIST)
		transfer->prefix = nami_store_list_prefix(arena, req->key);
	transfer->req = req;
	transfer->arena = arena;
	if (!nami_s3_transfer_send(transfer))
		nami_s3_transfer_release(transfer);
}

/* --------------------------------------------------------------------------------------------- */
/* A batch */

typedef struct Batch
{
	NamiStoreRequest *reqs;
	size_t		count;
	size_t		next;			/* first that was not begun */
	int			active;			/* slots in use */
	int64_t		next_retry_ms;
	NamiArena  *arena;
} Batch;

static void
start_requests(NamiS3Store *store, Batch *batch)
{
	int64_t		now = now_ms(store);

	batch->active = 0;
	batch->next_retry_ms = now + POLL_MS;
	for (int i = 0; i < NAMI_S3_PARALLEL; i++)
	{
		NamiS3Transfer *slot = &store->slots[i];

		while (slot->state == NAMI_SLOT_FREE && batch->next < batch->count)
		{
			NamiStoreRequest *req = &batch->reqs[batch->next++];

			if (req->outcome == NAMI_OUTCOME_NONE)
				begin(store, slot, req, batch->arena);
		}
		if (slot->state == NAMI_SLOT_WAITING && slot->retry_at_ms <= now &&
			!nami_s3_transfer_send(slot))
			finish(store, slot);
		if (slot->state == NAMI_SLOT_WAITING && slot->retry_at_ms < batch->next_retry_ms)
			batch->next_retry_ms = slot->retry_at_ms;
		if (slot->state != NAMI_SLOT_FREE)
			batch->active++;
	}
}

static void
abandon(NamiS3Store *store, NamiErrorClass cls, const char *reason)
{
	for (int i = 0; i < NAMI_S3_PARALLEL; i++)
	{
		NamiS3Transfer *slot = &store->slots[i];

		if (slot->state == NAMI_SLOT_FREE)
			continue;
		nami_s3_give_up(slot, cls, reason);
		finish(store, slot);
	}
}

static void
drop_unwound(NamiS3Store *store)
{
	for (int i = 0; i < NAMI_S3_PARALLEL; i++)
	{
		if (store->slots[i].state != NAMI_SLOT_FREE)
			nami_s3_transfer_release(&store->slots[i]);
	}
	if (store->background.state == NAMI_SLOT_RUNNING)
		store->background.started_ms = now_ms(store);	/* it was not driven meanwhile */
}

static void
fail_rest(Batch *batch, NamiErrorClass cls, const char *reason)
{
	for (; batch->next < batch->count; batch->next++)
	{
		NamiStoreRequest *req = &batch->reqs[batch->next];

		if (req->outcome == NAMI_OUTCOME_NONE)
			nami_store_request_fail(req, cls, "%s", reason);
	}
}

static NamiStatus
s3_run(NamiStore *base, NamiArena *arena, NamiStoreRequest *reqs, size_t count, NamiError *err)
{
	NamiS3Store *store = (NamiS3Store *) base;
	Batch		batch = {.reqs = reqs, .count = count, .arena = arena};

	NAMI_TRY(ensure_multi(store, err));
	drop_unwound(store);
	for (;;)
	{
		int64_t		wait_ms;

		if (nami_store_interrupted(base))
		{
			abandon(store, NAMI_ERR_CANCELLED, "canceled while using the object store");
			return nami_store_cancelled(err);
		}
		if (nami_store_deadline_passed(base))
		{
			abandon(store, NAMI_ERR_CONNECTION_LOST, "object store did not answer before the deadline");
			fail_rest(&batch, NAMI_ERR_CONNECTION_LOST, "no time left to use the object store");
			return NAMI_OK;
		}
		start_requests(store, &batch);
		if (batch.active == 0)
			return NAMI_OK;
		if (!perform(store))
		{
			abandon(store, NAMI_ERR_INTERNAL, "libcurl failed");
			return nami_fail(err, NAMI_ERR_INTERNAL, "libcurl failed");
		}
		collect(store);
		for (int i = 0; i < NAMI_S3_PARALLEL; i++)
			check_time(store, &store->slots[i]);
		check_time(store, &store->background);
		start_requests(store, &batch);
		if (batch.active == 0)
			return NAMI_OK;
		wait_ms = batch.next_retry_ms - now_ms(store);
		if (wait_ms > POLL_MS)
			wait_ms = POLL_MS;
		if (wait_ms > 0)
			curl_multi_poll(store->multi, NULL, 0, (int) wait_ms, NULL);
	}
}

/* --------------------------------------------------------------------------------------------- */
/* Background PUT */

/* Drives the background PUT for at most this long. Does not unwind: it has no results. */
static void
settle_background(NamiS3Store *store, int64_t limit_ms)
{
	int64_t		end = now_ms(store) + limit_ms;

	while (store->background.state != NAMI_SLOT_FREE && perform(store))
	{
		collect(store);
		if (store->background.state == NAMI_SLOT_FREE || now_ms(store) >= end ||
			nami_store_interrupted(&store->base))
			break;
		curl_multi_poll(store->multi, NULL, 0, POLL_MS, NULL);
	}
	if (store->background.state != NAMI_SLOT_FREE)
	{
		nami_s3_give_up(&store->background, NAMI_ERR_CONNECTION_LOST,
						"object store did not answer in time");
		finish(store, &store->background);
	}
}

static void
s3_put_background(NamiStore *base, NamiStr key, NamiStr body)
{
	NamiS3Store *store = (NamiS3Store *) base;
	NamiS3Transfer *transfer = &store->background;
	NamiError	err = NAMI_ERROR_INIT;
	NamiHeapBuf *bytes = &transfer->own_bytes;

	if (ensure_multi(store, &err) != NAMI_OK)
	{
		nami_store_log(base, NAMI_LOG_INFO, "writing %.*s failed: %s", NAMI_STR_ARG(key), err.message);
		return;
	}
	drop_unwound(store);

	/* The older one first, so that the newer one is the last word. */
	settle_background(store, BACKGROUND_WAIT_MS);
	bytes->len = 0;
	if (!nami_heap_buf_put(bytes, key.ptr, key.len) || !nami_heap_buf_put(bytes, body.ptr, body.len))
	{
		nami_store_log(base, NAMI_LOG_INFO, "writing %.*s failed: it is too large", NAMI_STR_ARG(key));
		return;
	}
	transfer->own_request = (NamiStoreRequest) {
		.op = NAMI_OP_PUT,
		.key = {(const char *) bytes->ptr, key.len},
		.body = {(const char *) bytes->ptr + key.len, body.len}
	};
	begin(store, transfer, &transfer->own_request, NULL);

	/* On a kept connection this sends the whole request. */
	if (transfer->state == NAMI_SLOT_RUNNING && perform(store))
		collect(store);
}

/* --------------------------------------------------------------------------------------------- */
/* Open and close */

static void
s3_close(NamiStore *base)
{
	NamiS3Store *store = (NamiS3Store *) base;
	bool		is_mine;

	forget_parent(store);
	is_mine = store->multi != NULL;
	if (is_mine)
	{
		drop_unwound(store);
		settle_background(store, BACKGROUND_WAIT_MS);
	}
	for_each_slot(store, nami_s3_transfer_destroy, false);
	if (is_mine)
	{
		curl_multi_cleanup(store->multi);
		curl_global_cleanup();
		store->multi = NULL;
	}
	nami_sigv4_wipe(&store->signer);
	explicit_bzero((char *) store->signer.secret_access_key.ptr, store->signer.secret_access_key.len);
	explicit_bzero((char *) store->session_token.ptr, store->session_token.len);
}

static const NamiStoreDriver s3_driver = {s3_run, s3_put_background, s3_close};

/* Keys go into header lines. */
static bool
is_header_text(NamiStr text)
{
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7F)
			return false;
	}
	return true;
}

static NamiStatus
check_credentials(const NamiStoreOptions *options, NamiError *err)
{
	bool		has_key = options->access_key_id.len > 0;

	if (has_key != (options->secret_access_key.len > 0))
		return nami_fail(err, NAMI_ERR_OPTION_VALUE,
						 "access_key_id and secret_access_key must be given together");
	if (!has_key && !options->is_anonymous)
	{
		nami_fail(err, NAMI_ERR_AUTHENTICATION, "no credentials for the object store");
		nami_error_hint(err, "Give access_key_id and secret_access_key in a user mapping.");
		return NAMI_FAILED;
	}
	if (!is_header_text(options->access_key_id) || options->access_key_id.len > 256 ||
		!is_header_text(options->secret_access_key) || options->secret_access_key.len > 1024 ||
		!is_header_text(options->session_token))
		return nami_fail(err, NAMI_ERR_OPTION_VALUE,
						 "credentials for the object store have invalid characters or are too long");
	return NAMI_OK;
}

static NamiStatus
check_options(const NamiStoreUri *uri, const NamiStoreOptions *options, NamiError *err)
{
	if (nami_str_starts_with(uri->endpoint, NAMI_STR("http://")) && !uri->allow_http)
	{
		nami_fail(err, NAMI_ERR_OPTION_VALUE, "endpoint of the store is not encrypted");
		nami_error_hint(err, "Use https://, or add allow_http=true to the store URI.");
		return NAMI_FAILED;
	}
	if (options->ca_file.len > 0 && memchr(options->ca_file.ptr, '\0', options->ca_file.len) != NULL)
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "ca_file is not a file name");
	return check_credentials(options, err);
}

/* "http[s]://host[:port][/path]" to what requests need. */
static void
split_endpoint(NamiS3Store *store)
{
	NamiStr		rest = store->base.uri.endpoint;
	bool		is_http = nami_str_starts_with(rest, NAMI_STR("http://"));
	const char *slash;

	rest = nami_str_slice(rest, is_http ? 7 : 8, SIZE_MAX);
	slash = memchr(rest.ptr, '/', rest.len);
	store->authority = nami_str_slice(rest, 0, slash == NULL ? rest.len : (size_t) (slash - rest.ptr));
	store->base_path = nami_str_slice(rest, store->authority.len, SIZE_MAX);

	/* As libcurl would write it: without the default port. */
	if (nami_str_ends_with(store->authority, is_http ? NAMI_STR(":80") : NAMI_STR(":443")))
		store->authority.len -= is_http ? 3 : 4;
	store->host_name = store->authority;
	if (store->host_name.ptr[0] == '[')
	{
		const char *close = memchr(store->host_name.ptr, ']', store->host_name.len);

		store->host_name.len = (size_t) (close - store->host_name.ptr) - 1;
		store->host_name.ptr++;
	}
	else
	{
		const char *colon = memchr(store->host_name.ptr, ':', store->host_name.len);

		if (colon != NULL)
			store->host_name.len = (size_t) (colon - store->host_name.ptr);
	}
}

static void
init_slot(NamiS3Transfer *transfer, NamiS3Store *store)
{
	transfer->store = store;
	nami_s3_page_init(&transfer->page);
	transfer->own_bytes.limit_bytes = NAMI_S3_ERROR_BYTES;
}

NamiStatus
nami_store_open_s3(const NamiStoreUri *uri, const NamiStoreOptions *options, const NamiHost *host,
				   const NamiAllocator *allocator, NamiOwner *owner, NamiStore **out, NamiError *err)
{
	NamiArena  *arena;
	NamiS3Store *store;

	NAMI_TRY(check_options(uri, options, err));
	if (options->ca_file.len > 0)
	{
		char		path[4096];

		snprintf(path, sizeof(path), "%.*s", NAMI_STR_ARG(options->ca_file));
		if (access(path, R_OK) != 0)
			return nami_fail(err, NAMI_ERR_OPTION_VALUE, "could not read ca_file \"%s\"", path);
	}
	arena = nami_arena_create(allocator, NULL);
	store = NAMI_NEW(arena, NamiS3Store);
	store->is_anonymous = options->access_key_id.len == 0;
	store->signer.access_key_id = nami_arena_str(arena, options->access_key_id);
	store->signer.secret_access_key = nami_arena_str(arena, options->secret_access_key);
	store->session_token = nami_arena_str(arena, options->session_token);
	store->signer.region = nami_arena_str(arena, uri->region);
	if (options->ca_file.len > 0)
		store->ca_file = nami_arena_str(arena, options->ca_file).ptr;
	store->refuse_loopback = options->refuse_loopback;
	store->max_attempts = options->max_attempts > 0 ? options->max_attempts : MAX_ATTEMPTS_DEFAULT;
	for (int i = 0; i < NAMI_S3_PARALLEL; i++)
		init_slot(&store->slots[i], store);
	init_slot(&store->background, store);
	nami_store_init(&store->base, &s3_driver, arena, uri, host, options->is_read_only, owner);
	nami_store_set_request_timeout(&store->base, options->request_timeout_ms);
	split_endpoint(store);
	for (size_t i = 0; i < options->allowed_host_count; i++)
	{
		if (nami_str_eq_nocase(options->allowed_hosts[i], store->host_name))
			store->is_host_allowed = true;
	}
	*out = &store->base;
	return NAMI_OK;
}
