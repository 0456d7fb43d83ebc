/*
 * s3_answer.c - from an HTTP answer (or the lack of one) to the outcome of a request
 * (spec/storage.md 4.3).
 */
#include "store/s3_internal.h"

#include <stdio.h>

#define MAX_CLOCK_SKEW_US	((int64_t) 10 * 365 * 86400 * 1000000)

static NamiStr
response_of(const NamiS3Transfer *transfer)
{
	return (NamiStr) {(const char *) transfer->response.ptr, transfer->response.len};
}

static bool
is_code(const NamiS3Error *error, const char *code)
{
	return strcmp(error->code, code) == 0;
}

static bool
is_one_of(const NamiS3Error *error, const char *const *codes)
{
	for (size_t i = 0; codes[i] != NULL; i++)
	{
		if (is_code(error, codes[i]))
			return true;
	}
	return false;
}

/* --------------------------------------------------------------------------------------------- */
/* Failures */

/* Status, code and request id: what an administrator of the store needs to find the request. */
static void
describe(NamiS3Transfer *transfer, const NamiS3Error *error)
{
	const char *id = transfer->request_id[0] != '\0' ? transfer->request_id : error->request_id;
	NamiError  *err = &transfer->req->error;

	err->http_status = transfer->status;
	nami_error_detail(err, "%s %.*s: HTTP status %d%s%s%s%s.",
					  nami_store_op_name(transfer->req->op),
					  (int) (transfer->req->key.len > 200 ? 200 : transfer->req->key.len),
					  transfer->req->key.ptr, transfer->status,
					  error->code[0] != '\0' ? ", code " : "", error->code,
					  id[0] != '\0' ? ", request id " : "", id);
}

static void
fail_with_status(NamiS3Transfer *transfer, const NamiS3Error *error, NamiErrorClass cls,
				 const char *message)
{
	nami_store_request_fail(transfer->req, cls, "%s", message);
	describe(transfer, error);
}

static void
fail_region(NamiS3Transfer *transfer, const NamiS3Error *error)
{
	const char *region = transfer->bucket_region[0] != '\0' ? transfer->bucket_region : error->region;
	NamiStr		bucket = transfer->store->base.uri.bucket;

	if (region[0] != '\0')
		nami_store_request_fail(transfer->req, NAMI_ERR_CONNECT,
								"bucket \"%.*s\" is in region \"%s\"", NAMI_STR_ARG(bucket), region);
	else
		nami_store_request_fail(transfer->req, NAMI_ERR_CONNECT,
								"object store answered with a redirection, which is not followed");
	describe(transfer, error);
	nami_error_hint(&transfer->req->error, "Check region and endpoint of the store.");
}

/* Refusals of the signature or the rights: 400, 401, 403. True: the outcome is set. */
static bool
fail_identity(NamiS3Transfer *transfer, const NamiS3Error *error)
{
	static const char *const identity_codes[] = {
		"SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken", "InvalidToken",
		"InvalidTokenId", "RequestTimeTooSkewed", "RequestExpired", "TokenRefreshRequired", "InvalidSecurity",
		"NotSignedUp", "AccessKeyDisabled", "XMinioInvalidAccessKeyId", NULL
	};

	if (is_code(error, "AuthorizationHeaderMalformed") && error->region[0] != '\0')
		fail_region(transfer, error);
	else if (is_one_of(error, identity_codes) || is_code(error, "AuthorizationHeaderMalformed"))
	{
		fail_with_status(transfer, error, NAMI_ERR_AUTHENTICATION,
						 "object store refused the credentials");
		if (is_code(error, "RequestTimeTooSkewed"))
			nami_error_hint(&transfer->req->error, "Check the clock of the server.");
	}
	else if (transfer->status == 401)
		fail_with_status(transfer, error, NAMI_ERR_AUTHENTICATION,
						 "object store refused the credentials");
	else if (transfer->status == 403)
		fail_with_status(transfer, error, NAMI_ERR_PERMISSION, "object store denied access");
	else
		return false;
	return true;
}

/* A status that is neither success nor a verdict of the operation nor worth another attempt. */
static void
fail_status(NamiS3Transfer *transfer, const NamiS3Error *error)
{
	static const char *const no_condition_codes[] = {
		"", "NotImplemented", "InvalidArgument", "InvalidRequest", "UnsupportedArgument",
		"UnsupportedHeader", "BadRequest", NULL
	};
	static const char *const key_codes[] = {
		"KeyTooLongError", "KeyTooLong", "InvalidObjectName", "XMinioInvalidObjectName",
		"XMinioInvalidResourceName", "XMinioParentIsObject", "XMinioObjectExistsAsDirectory", NULL
	};
	NamiStoreRequest *req = transfer->req;
	int			status = transfer->status;

	if (status >= 300 && status < 400)
		fail_region(transfer, error);
	else if (fail_identity(transfer, error))
		return;
	else if (status == 404 && is_code(error, "NoSuchBucket"))
	{
		nami_store_request_fail(req, NAMI_ERR_UNDEFINED_OBJECT, "bucket \"%.*s\" does not exist",
								NAMI_STR_ARG(transfer->store->base.uri.bucket));
		describe(transfer, error);
	}
	else if (req->op == NAMI_OP_CREATE &&
			 (status == 501 || (status == 400 && is_one_of(error, no_condition_codes))))
	{
		fail_with_status(transfer, error, NAMI_ERR_UNSUPPORTED,
						 "object store does not support conditional writes");
		nami_error_hint(&req->error, "Writing needs a store that honours If-None-Match on PUT.");
	}
	else if (status == 501)
		fail_with_status(transfer, error, NAMI_ERR_UNSUPPORTED,
						 "object store does not support a request");
	else if (is_code(error, "EntityTooLarge") || status == 413)
		fail_with_status(transfer, error, NAMI_ERR_LIMIT, "object is too large for the store");
	else if (is_one_of(error, key_codes))
		fail_with_status(transfer, error, NAMI_ERR_ARGUMENT,
						 "object store does not accept the key of an object");
	else if (is_code(error, "XMinioStorageFull") || is_code(error, "QuotaExceeded") || status == 507)
		fail_with_status(transfer, error, NAMI_ERR_DISK_FULL, "object store is full");
	else
		fail_with_status(transfer, error, NAMI_ERR_IO, "object store refused a request");
}

void
nami_s3_give_up(NamiS3Transfer *transfer, NamiErrorClass cls, const char *reason)
{
	bool		is_in_doubt = transfer->req->op == NAMI_OP_CREATE &&
		transfer->state == NAMI_SLOT_RUNNING && nami_s3_transfer_was_sent(transfer);

	nami_store_request_fail(transfer->req, cls, "%s", reason);
	transfer->req->error.retryable = cls == NAMI_ERR_CONNECTION_LOST;
	nami_error_detail(&transfer->req->error, "%s %.*s, attempt %d.",
					  nami_store_op_name(transfer->req->op),
					  (int) (transfer->req->key.len > 200 ? 200 : transfer->req->key.len),
					  transfer->req->key.ptr, transfer->attempt);
	if (is_in_doubt)
		transfer->req->outcome = NAMI_OUTCOME_UNKNOWN;
}

/* The answer says "not now": the outcome that stands when no attempt is left. */
static NamiS3Next
retry_status(NamiS3Transfer *transfer, const NamiS3Error *error)
{
	fail_with_status(transfer, error, NAMI_ERR_CONNECTION_LOST, "object store is not available");
	transfer->req->error.retryable = true;
	if (transfer->req->op != NAMI_OP_CREATE)
		return NAMI_S3_RETRY;
	transfer->req->outcome = NAMI_OUTCOME_UNKNOWN;
	return NAMI_S3_FINISHED;
}

/* --------------------------------------------------------------------------------------------- */
/* Success */

static void
take_etag(NamiS3Transfer *transfer)
{
	if (transfer->arena != NULL && transfer->etag[0] != '\0')
		transfer->req->etag = nami_arena_str(transfer->arena, nami_str(transfer->etag));
}

static NamiS3Next
done(NamiS3Transfer *transfer)
{
	take_etag(transfer);
	transfer->req->outcome = NAMI_OUTCOME_DONE;
	return NAMI_S3_FINISHED;
}

static NamiS3Next
nonsense(NamiS3Transfer *transfer, const char *what)
{
	static const NamiS3Error no_error;

	nami_store_request_fail(transfer->req, NAMI_ERR_CORRUPT, "object store answered with %s", what);
	describe(transfer, &no_error);
	return NAMI_S3_FINISHED;
}

/* 200 with the whole object, or 206 with a part of it. */
static NamiS3Next
take_object(NamiS3Transfer *transfer)
{
	NamiStoreRequest *req = transfer->req;
	NamiStr		body = response_of(transfer);
	size_t		length;

	if (transfer->status == 206)
	{
		if (!transfer->has_content_range || !transfer->has_total ||
			transfer->range_start != req->offset)
			return nonsense(transfer, "another range than was asked for");
		req->size_bytes = transfer->total_bytes;
	}
	else
		req->size_bytes = body.len;
	if (!nami_store_clip_range(req, req->size_bytes, &length))
		return NAMI_S3_FINISHED;
	if (transfer->status == 206)
	{
		if (body.len != length)
			return nonsense(transfer, "another range than was asked for");
	}
	else
		body = nami_str_slice(body, (size_t) req->offset, length);
	req->bytes = nami_arena_str(transfer->arena, body);
	transfer->store->base.counters.bytes[NAMI_OP_GET] += body.len;
	return done(transfer);
}

/* 416: the range begins at or behind the end. */
static NamiS3Next
take_no_range(NamiS3Transfer *transfer)
{
	NamiStoreRequest *req = transfer->req;
	size_t		length;

	if (req->offset == 0)
		return done(transfer);	/* the object is empty */
	req->size_bytes = transfer->has_total ? transfer->total_bytes : 0;
	if (nami_store_clip_range(req, req->size_bytes, &length))
		return nonsense(transfer, "a refusal of a range that exists");
	return NAMI_S3_FINISHED;
}

static NamiS3Next
take_page(NamiS3Transfer *transfer)
{
	NamiStoreRequest *req = transfer->req;
	NamiS3Page *page = &transfer->page;
	NamiCursor	cur;
	NamiStoreEntry entry;
	NamiStr		key;
	NamiStr		old_token = {(const char *) transfer->token.ptr, transfer->token.len};
	NamiStr		new_token;

	nami_s3_page_free(page);
	if (!nami_s3_page_parse(page, response_of(transfer)))
		return nonsense(transfer, "something that is no listing");
	transfer->store->base.counters.bytes[NAMI_OP_LIST] += transfer->response.len;
	cur = nami_cursor(page->objects.ptr, page->objects.len);
	while (nami_s3_page_next(&cur, &key, &entry.size_bytes))
	{
		if (!nami_str_starts_with(key, transfer->prefix) || key.len > NAMI_STORE_MAX_KEY_BYTES)
			return nonsense(transfer, "a listing of something else");
		if (req->start_after.len > 0 && nami_str_cmp(key, req->start_after) <= 0)
			continue;
		entry.key = nami_arena_str(transfer->arena, key);
		nami_vec_push(&transfer->entries, transfer->arena, entry);
	}
	if (page->is_truncated)
	{
		new_token = (NamiStr) {(const char *) page->token.ptr, page->token.len};
		if (new_token.len == 0 || nami_str_eq(new_token, old_token))
			return nonsense(transfer, "a listing without end");
		transfer->token.len = 0;
		transfer->token.limit_bytes = page->token.limit_bytes;
		if (!nami_heap_buf_put(&transfer->token, new_token.ptr, new_token.len))
			return nonsense(transfer, "a listing without end");
		transfer->attempt = 0;
		return NAMI_S3_SEND_AGAIN;
	}
	nami_store_sort_entries(transfer->entries.items, transfer->entries.count);
	req->entries = transfer->entries.items;
	req->entry_count = transfer->entries.count;
	return done(transfer);
}

static NamiS3Next
take_success(NamiS3Transfer *transfer)
{
	NamiStoreRequest *req = transfer->req;

	switch (req->op)
	{
		case NAMI_OP_GET:
			return take_object(transfer);
		case NAMI_OP_HEAD:
			req->size_bytes = transfer->has_total ? transfer->total_bytes : 0;
			return done(transfer);
		case NAMI_OP_CREATE:
		case NAMI_OP_PUT:
			transfer->store->base.counters.bytes[req->op] += req->body.len;
			return done(transfer);
		case NAMI_OP_DELETE:
			return done(transfer);
		case NAMI_OP_LIST:
			return take_page(transfer);
	}
	return done(transfer);
}

/* --------------------------------------------------------------------------------------------- */
/* Verdicts */

/* The server's clock, once; the refused request was not carried out. */
static bool
correct_clock(NamiS3Transfer *transfer)
{
	const NamiHost *host = transfer->store->base.host;
	time_t		server_seconds;
	int64_t		skew_us;

	if (transfer->has_corrected_clock || transfer->date[0] == '\0')
		return false;
	server_seconds = curl_getdate(transfer->date, NULL);
	if (server_seconds < 0)
		return false;
	skew_us = (int64_t) server_seconds * 1000000 - host->now_us(host->ctx);
	if (skew_us > MAX_CLOCK_SKEW_US || skew_us < -MAX_CLOCK_SKEW_US)
		return false;
	transfer->store->clock_skew_us = skew_us;
	transfer->has_corrected_clock = true;
	nami_store_log(&transfer->store->base, NAMI_LOG_WARNING,
				   "the object store's clock differs by %lld s", (long long) (skew_us / 1000000));
	return true;
}

/* Answers that mean something for one kind of operation. False: none of them. */
static bool
is_verdict(NamiS3Transfer *transfer, const NamiS3Error *error)
{
	NamiStoreRequest *req = transfer->req;
	int			status = transfer->status;

	if (req->op == NAMI_OP_CREATE && (status == 412 || status == 304))
		req->outcome = NAMI_OUTCOME_EXISTS;
	else if (req->op == NAMI_OP_CREATE && status == 409)
		req->outcome = NAMI_OUTCOME_CONFLICT_CHECK;
	else if (status == 404 && !is_code(error, "NoSuchBucket") &&
			 (req->op == NAMI_OP_GET || req->op == NAMI_OP_HEAD))
		req->outcome = NAMI_OUTCOME_NOT_FOUND;
	else if (status == 404 && req->op == NAMI_OP_DELETE && is_code(error, "NoSuchKey"))
		req->outcome = NAMI_OUTCOME_DONE;
	else
		return false;
	return true;
}

static bool
is_transient(int status, const NamiS3Error *error)
{
	return (status >= 500 && status != 501 && status != 505 && status != 507) || status == 429 ||
		status == 408 || is_code(error, "RequestTimeout") || is_code(error, "SlowDown") ||
		is_code(error, "XMinioServerNotInitialized");
}

static NamiS3Next
judge_status(NamiS3Transfer *transfer)
{
	NamiStoreRequest *req = transfer->req;
	NamiS3Error error = {.code = ""};
	int			status = transfer->status;

	if (req->op == NAMI_OP_HEAD && transfer->is_head_by_get &&
		(status == 200 || status == 206 || status == 416))
	{
		req->size_bytes = status == 416 ? 0 :
			transfer->has_total ? transfer->total_bytes : transfer->response.len;
		return done(transfer);
	}
	if (req->op == NAMI_OP_GET && status == 416)
		return take_no_range(transfer);
	if (status == 200 || status == 206 || (status == 204 && req->op != NAMI_OP_GET) || status == 201)
		return take_success(transfer);
	if (transfer->response.len > 0)
		nami_s3_error_parse(&error, response_of(transfer));
	if (is_verdict(transfer, &error))
		return NAMI_S3_FINISHED;
	if (is_transient(status, &error))
		return retry_status(transfer, &error);
	if (is_code(&error, "RequestTimeTooSkewed") && correct_clock(transfer))
		return NAMI_S3_SEND_AGAIN;

	/* The answer to a HEAD has no text: ask once more in a way that has one. */
	if (req->op == NAMI_OP_HEAD && !transfer->is_head_by_get &&
		(status == 400 || status == 403 || (status >= 300 && status < 400)))
	{
		transfer->is_head_by_get = true;
		return NAMI_S3_SEND_AGAIN;
	}
	fail_status(transfer, &error);
	return NAMI_S3_FINISHED;
}

/* libcurl could not bring an answer home. */
static NamiS3Next
judge_failure(NamiS3Transfer *transfer, CURLcode result)
{
	NamiStoreRequest *req = transfer->req;
	const char *text = transfer->error_text[0] != '\0' ? transfer->error_text :
		curl_easy_strerror(result);
	bool		was_sent = nami_s3_transfer_was_sent(transfer);
	NamiStr		host = transfer->store->host_name;

	if (transfer->is_address_refused && !was_sent)
	{
		nami_store_request_fail(req, NAMI_ERR_PERMISSION,
								"connecting to host \"%.*s\" is not allowed", NAMI_STR_ARG(host));
		nami_error_detail(&req->error, "Its address is a link-local or loopback address.");
		nami_error_hint(&req->error, "An administrator can name the host in namidb.allowed_hosts.");
		return NAMI_S3_FINISHED;
	}
	if (transfer->is_too_large)
	{
		nami_store_request_fail(req, NAMI_ERR_LIMIT,
								"object \"%.*s\" is larger than was allowed for, or memory is short",
								NAMI_STR_ARG(req->key));
		req->error.http_status = transfer->status;
		if (req->op == NAMI_OP_CREATE)
			req->outcome = NAMI_OUTCOME_UNKNOWN;
		return NAMI_S3_FINISHED;
	}
	nami_store_request_fail(req, was_sent ? NAMI_ERR_CONNECTION_LOST : NAMI_ERR_CONNECT,
							was_sent ? "connection to object store \"%.*s\" was lost" :
							"could not connect to object store \"%.*s\"", NAMI_STR_ARG(host));
	nami_error_detail(&req->error, "%s %.*s: %s.", nami_store_op_name(req->op),
					  (int) (req->key.len > 200 ? 200 : req->key.len), req->key.ptr, text);
	req->error.http_status = transfer->status;
	if (req->op == NAMI_OP_CREATE && was_sent)
	{
		req->outcome = NAMI_OUTCOME_UNKNOWN;
		req->error.retryable = true;
		return NAMI_S3_FINISHED;
	}
	switch (result)
	{
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_URL_MALFORMAT:
		case CURLE_UNSUPPORTED_PROTOCOL:
		case CURLE_OUT_OF_MEMORY:
			return NAMI_S3_FINISHED;	/* another attempt would end the same way */
		default:
			req->error.retryable = true;
			return NAMI_S3_RETRY;
	}
}

NamiS3Next
nami_s3_answer(NamiS3Transfer *transfer, CURLcode result)
{
	long		connects = 0;

	if (curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects) == CURLE_OK)
		transfer->store->base.counters.connects += (uint64_t) connects;

	/*
	 * A refusal that came before the whole body was read ends in a send error; its status counts. A
	 * success does not: its own body may be cut.
	 */
	if (result == CURLE_OK ||
		(result == CURLE_SEND_ERROR && transfer->status >= 300))
		return transfer->status == 0 ? nonsense(transfer, "no HTTP status") : judge_status(transfer);
	return judge_failure(transfer, result);
}
