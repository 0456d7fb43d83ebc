/*
 * s3_transfer.c - one HTTP request: URL, signature, curl options, callbacks.
 *
 * The callbacks run inside libcurl: they write to malloc memory only and never unwind.
 */
#include "store/s3_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_URL_BYTES		((size_t) 64 * 1024)
#define CONNECT_TIMEOUT_MS	5000L
#define MAX_SIGNED_HEADERS	5

/* --------------------------------------------------------------------------------------------- */
/* Callbacks of libcurl */

/* Bytes of the object, or of an answer that is none: of those only the beginning is kept. */
static size_t
on_body(char *data, size_t size, size_t count, void *ctx)
{
	NamiS3Transfer *transfer = ctx;
	size_t		len = size * count;
	size_t		keep = len;

	if (transfer->status < 200 || transfer->status >= 300)
	{
		size_t		room = transfer->response.len < NAMI_S3_ERROR_BYTES ?
			NAMI_S3_ERROR_BYTES - transfer->response.len : 0;

		if (keep > room)
			keep = room;
	}
	if (!nami_heap_buf_put(&transfer->response, data, keep))
	{
		transfer->is_too_large = true;
		return 0;				/* ends the transfer with CURLE_WRITE_ERROR */
	}
	return len;
}

/* The value of header name (lower case) in a header line; false when it is another header. */
static bool
header_value(NamiStr line, NamiStr name, NamiStr *value)
{
	if (line.len <= name.len || line.ptr[name.len] != ':' ||
		strncasecmp(line.ptr, name.ptr, name.len) != 0)
		return false;
	*value = nami_str_slice(line, name.len + 1, SIZE_MAX);
	while (value->len > 0 && (value->ptr[0] == ' ' || value->ptr[0] == '\t'))
		*value = nami_str_slice(*value, 1, SIZE_MAX);
	while (value->len > 0 && (unsigned char) value->ptr[value->len - 1] <= ' ')
		value->len--;
	return true;
}

static void
copy_text(char *out, size_t size_bytes, NamiStr text)
{
	size_t		len = 0;

	for (size_t i = 0; i < text.len && len + 1 < size_bytes; i++)
	{
		if (text.ptr[i] >= 0x20 && text.ptr[i] < 0x7F)
			out[len++] = text.ptr[i];
	}
	out[len] = '\0';
}

static bool
take_number(NamiStr *text, uint64_t *out)
{
	size_t		i = 0;
	uint64_t	value = 0;

	while (i < text->len && text->ptr[i] >= '0' && text->ptr[i] <= '9')
	{
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t) (text->ptr[i] - '0'), &value))
			return false;
		i++;
	}
	*text = nami_str_slice(*text, i, SIZE_MAX);
	*out = value;
	return i > 0;
}

/* "bytes 0-9/100" or "bytes * /100" (without the blank). */
static void
parse_content_range(NamiS3Transfer *transfer, NamiStr value)
{
	uint64_t	last;

	if (!nami_str_starts_with(value, NAMI_STR("bytes ")))
		return;
	value = nami_str_slice(value, 6, SIZE_MAX);
	if (nami_str_starts_with(value, NAMI_STR("*/")))
		value = nami_str_slice(value, 1, SIZE_MAX);
	else
	{
		if (!take_number(&value, &transfer->range_start) || value.len == 0 || value.ptr[0] != '-')
			return;
		value = nami_str_slice(value, 1, SIZE_MAX);
		if (!take_number(&value, &last))
			return;
		transfer->has_content_range = true;
	}
	if (value.len == 0 || value.ptr[0] != '/')
		return;
	value = nami_str_slice(value, 1, SIZE_MAX);
	transfer->has_total = take_number(&value, &transfer->total_bytes) && value.len == 0;
}

/* A status line begins a new answer ("100 Continue" may come before the real one). */
static void
begin_answer(NamiS3Transfer *transfer, NamiStr line)
{
	const char *blank = memchr(line.ptr, ' ', line.len);
	NamiStr		rest = nami_str_slice(line, blank == NULL ? line.len : (size_t) (blank - line.ptr) + 1,
									  SIZE_MAX);
	uint64_t	status = 0;

	if (!take_number(&rest, &status) || status > 999)
		status = 0;
	transfer->status = (int) status;
	transfer->etag[0] = '\0';
	transfer->request_id[0] = '\0';
	transfer->bucket_region[0] = '\0';
	transfer->date[0] = '\0';
	transfer->has_content_range = false;
	transfer->has_total = false;
	transfer->response.len = 0;
}

static size_t
on_header(char *data, size_t size, size_t count, void *ctx)
{
	NamiS3Transfer *transfer = ctx;
	NamiStr		line = {data, size * count};
	NamiStr		value;

	if (nami_str_starts_with(line, NAMI_STR("HTTP/")))
		begin_answer(transfer, line);
	else if (header_value(line, NAMI_STR("etag"), &value))
		copy_text(transfer->etag, sizeof(transfer->etag), value);
	else if (header_value(line, NAMI_STR("x-amz-request-id"), &value))
		copy_text(transfer->request_id, sizeof(transfer->request_id), value);
	else if (header_value(line, NAMI_STR("x-amz-bucket-region"), &value))
		copy_text(transfer->bucket_region, sizeof(transfer->bucket_region), value);
	else if (header_value(line, NAMI_STR("date"), &value))
		copy_text(transfer->date, sizeof(transfer->date), value);
	else if (header_value(line, NAMI_STR("content-range"), &value))
		parse_content_range(transfer, value);
	else if (header_value(line, NAMI_STR("content-length"), &value) &&
			 transfer->req->op == NAMI_OP_HEAD && !transfer->is_head_by_get)
		transfer->has_total = take_number(&value, &transfer->total_bytes) && value.len == 0;
	return size * count;
}

static size_t
on_upload(char *out, size_t size, size_t count, void *ctx)
{
	NamiS3Transfer *transfer = ctx;
	NamiStr		piece = nami_str_slice(transfer->req->body, transfer->sent_bytes, size * count);

	if (piece.len > 0)
		memcpy(out, piece.ptr, piece.len);
	transfer->sent_bytes += piece.len;
	return piece.len;
}

/*
 * libcurl wants to send the body again because a kept connection broke before an answer came. The
 * first sending may have arrived: a CREATE must not be repeated behind our back, or the repetition
 * would find our own object and call it a lost race.
 */
static int
on_rewind(void *ctx, curl_off_t offset, int origin)
{
	NamiS3Transfer *transfer = ctx;

	if (transfer->req->op == NAMI_OP_CREATE && transfer->sent_bytes > 0)
		return CURL_SEEKFUNC_FAIL;
	if (origin != SEEK_SET || offset < 0 || (uint64_t) offset > transfer->req->body.len)
		return CURL_SEEKFUNC_FAIL;
	transfer->sent_bytes = (size_t) offset;
	return CURL_SEEKFUNC_OK;
}

typedef enum AddressKind
{
	ADDRESS_ORDINARY,
	ADDRESS_LOOPBACK,			/* and the unspecified address, which leads there */
	ADDRESS_LINK_LOCAL			/* metadata services of clouds live here */
} AddressKind;

static AddressKind
kind_of_ipv4(uint32_t address)
{
	if ((address >> 24) == 127 || (address >> 24) == 0)
		return ADDRESS_LOOPBACK;
	return (address >> 16) == 0xA9FE ? ADDRESS_LINK_LOCAL : ADDRESS_ORDINARY;
}

static AddressKind
kind_of_address(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
	{
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		return kind_of_ipv4(ntohl(in.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6)
	{
		struct sockaddr_in6 in6;
		const uint8_t *bytes = in6.sin6_addr.s6_addr;
		static const uint8_t nat64[12] = {0x00, 0x64, 0xFF, 0x9B};
		static const uint8_t zeros[12] = {0};

		memcpy(&in6, address, sizeof(in6));
		if (IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr))
			return ADDRESS_LOOPBACK;
		if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
			return ADDRESS_LINK_LOCAL;
		/* IPv4 in other clothes: mapped, compatible, translated. */
		if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) || memcmp(bytes, zeros, 12) == 0 ||
			memcmp(bytes, nat64, 12) == 0)
			return kind_of_ipv4((uint32_t) bytes[12] << 24 | (uint32_t) bytes[13] << 16 |
								(uint32_t) bytes[14] << 8 | bytes[15]);
	}
	return ADDRESS_ORDINARY;
}

/* Looks at the address that is really connected to, after name resolution. */
static curl_socket_t
on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	NamiS3Transfer *transfer = ctx;
	AddressKind kind = kind_of_address(&address->addr);

	if (!transfer->store->is_host_allowed &&
		(kind == ADDRESS_LINK_LOCAL ||
		 (kind == ADDRESS_LOOPBACK && transfer->store->refuse_loopback)))
	{
		transfer->is_address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --------------------------------------------------------------------------------------------- */
/* URL and signature */

static bool
put_text(NamiHeapBuf *out, NamiStr text)
{
	return nami_heap_buf_put(out, text.ptr, text.len);
}

static bool
put_parameter(NamiHeapBuf *out, const char *name, NamiStr value)
{
	return put_text(out, nami_str(name)) && nami_uri_encode(out, value, false);
}

/* The query of a LIST, its parameters in the order that the signature wants. */
static bool
put_list_query(NamiHeapBuf *out, const NamiS3Transfer *transfer)
{
	NamiStr		token = {(const char *) transfer->token.ptr, transfer->token.len};

	if (token.len > 0 && !(put_parameter(out, "continuation-token=", token) &&
						   put_text(out, NAMI_STR("&"))))
		return false;

	/* encoding-type: keys may have characters that XML cannot hold. */
	if (!put_text(out, NAMI_STR("encoding-type=url&list-type=2&")) ||
		!put_parameter(out, "prefix=", transfer->prefix))
		return false;
	return token.len > 0 || transfer->req->start_after.len == 0 ||
		put_parameter(out, "&start-after=", transfer->req->start_after);
}

/*
 * <endpoint>/<bucket>/<key>[?query]; path and query point into the URL.
 */
static bool
build_url(NamiS3Transfer *transfer, NamiStr *path, NamiStr *query)
{
	const NamiStoreUri *uri = &transfer->store->base.uri;
	NamiHeapBuf *url = &transfer->url;
	size_t		path_start = uri->endpoint.len - transfer->store->base_path.len;
	size_t		path_end;

	url->len = 0;
	if (!put_text(url, uri->endpoint) || !put_text(url, NAMI_STR("/")) || !put_text(url, uri->bucket))
		return false;
	if (transfer->req->op != NAMI_OP_LIST &&
		(!put_text(url, NAMI_STR("/")) || !nami_uri_encode(url, transfer->req->key, true)))
		return false;
	path_end = url->len;
	if (transfer->req->op == NAMI_OP_LIST &&
		(!put_text(url, NAMI_STR("?")) || !put_list_query(url, transfer)))
		return false;
	if (!nami_heap_buf_put(url, "", 1))
		return false;
	*path = (NamiStr) {(const char *) url->ptr + path_start, path_end - path_start};
	*query = transfer->req->op == NAMI_OP_LIST ?
		(NamiStr) {(const char *) url->ptr + path_end + 1, url->len - path_end - 2} : NAMI_STR("");
	return true;
}

static const char *
http_method(const NamiS3Transfer *transfer)
{
	switch (transfer->req->op)
	{
		case NAMI_OP_GET:
		case NAMI_OP_LIST:
			return "GET";
		case NAMI_OP_HEAD:
			return transfer->is_head_by_get ? "GET" : "HEAD";
		case NAMI_OP_CREATE:
		case NAMI_OP_PUT:
			return "PUT";
		case NAMI_OP_DELETE:
			return "DELETE";
	}
	return "GET";
}

static bool
is_upload(const NamiS3Transfer *transfer)
{
	return transfer->req->op == NAMI_OP_CREATE || transfer->req->op == NAMI_OP_PUT;
}

static bool
add_header(NamiS3Transfer *transfer, const char *name, NamiStr value)
{
	size_t		size_bytes = strlen(name) + value.len + 3;
	char	   *line = malloc(size_bytes);
	struct curl_slist *list = NULL;

	if (line != NULL)
	{
		snprintf(line, size_bytes, "%s: %.*s", name, NAMI_STR_ARG(value));
		list = curl_slist_append(transfer->headers, line);
		explicit_bzero(line, size_bytes);
		free(line);
	}
	if (list == NULL)
		return false;
	transfer->headers = list;
	return true;
}

/* The headers of the request, signed unless the store is anonymous. */
static bool
build_headers(NamiS3Transfer *transfer, NamiStr path, NamiStr query)
{
	NamiS3Store *store = transfer->store;
	NamiSigV4Header headers[MAX_SIGNED_HEADERS];
	size_t		count = 0;
	char		date[NAMI_SIGV4_DATE_SIZE];
	char		payload_hash[NAMI_SHA256_HEX_SIZE] = NAMI_SHA256_EMPTY;
	char		authorization[1024];
	NamiSigV4Request request = {.method = http_method(transfer), .path = path, .query = query,
		.headers = headers, .date = date, .payload_hash = payload_hash};
	bool		is_ok;

	nami_sigv4_date(store->base.host->now_us(store->base.host->ctx) + store->clock_skew_us, date);
	if (is_upload(transfer) && transfer->req->body.len > 0 &&
		!nami_sha256_hex(transfer->req->body, payload_hash))
		return false;
	headers[count++] = (NamiSigV4Header) {NAMI_STR("host"), store->authority};
	if (transfer->req->op == NAMI_OP_CREATE)
		headers[count++] = (NamiSigV4Header) {NAMI_STR("if-none-match"), NAMI_STR("*")};
	if (!store->is_anonymous)
	{
		headers[count++] = (NamiSigV4Header) {NAMI_STR("x-amz-content-sha256"), nami_str(payload_hash)};
		headers[count++] = (NamiSigV4Header) {NAMI_STR("x-amz-date"), nami_str(date)};
		if (store->session_token.len > 0)
			headers[count++] = (NamiSigV4Header) {NAMI_STR("x-amz-security-token"), store->session_token};
	}
	request.header_count = count;
	for (size_t i = 0; i < count; i++)
	{
		if (!add_header(transfer, headers[i].name.ptr, headers[i].value))
			return false;
	}

	/* No waiting for "100 Continue". */
	if (!add_header(transfer, "Expect", NAMI_STR("")))
		return false;
	if (store->is_anonymous)
		return true;
	is_ok = nami_sigv4_authorization(&store->signer, &request, authorization,
									 sizeof(authorization)) &&
		add_header(transfer, "Authorization", nami_str(authorization));
	explicit_bzero(authorization, sizeof(authorization));
	return is_ok;
}

/* --------------------------------------------------------------------------------------------- */
/* curl options */

#define SET(option, value) \
	(is_ok = curl_easy_setopt(easy, (option), (value)) == CURLE_OK && is_ok)

/* What is the same for all requests of a handle. */
static bool
set_constant_options(NamiS3Transfer *transfer, CURL *easy)
{
	bool		is_ok = true;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_USERAGENT, "namidb-postgresql");
	SET(CURLOPT_ERRORBUFFER, transfer->error_text);
	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, transfer);

	/* Refused when the handle still has a buffer from before; then that one serves. */
	(void) curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
	if (transfer->store->ca_file != NULL)
		SET(CURLOPT_CAINFO, transfer->store->ca_file);
	return is_ok;
}

static bool
set_range(NamiS3Transfer *transfer, CURL *easy)
{
	const NamiStoreRequest *req = transfer->req;
	char		range[64];
	uint64_t	last;

	if (transfer->is_head_by_get)
		return curl_easy_setopt(easy, CURLOPT_RANGE, "0-0") == CURLE_OK;
	if (req->op != NAMI_OP_GET || (req->offset == 0 && req->length == 0))
		return true;
	if (req->length == 0 || __builtin_add_overflow(req->offset, req->length - 1, &last))
		snprintf(range, sizeof(range), "%llu-", (unsigned long long) req->offset);
	else
		snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long) req->offset,
				 (unsigned long long) last);
	return curl_easy_setopt(easy, CURLOPT_RANGE, range) == CURLE_OK;
}

static bool
set_request_options(NamiS3Transfer *transfer, CURL *easy)
{
	bool		is_ok = true;

	SET(CURLOPT_URL, (const char *) transfer->url.ptr);
	SET(CURLOPT_HTTPHEADER, transfer->headers);
	if (is_upload(transfer))
	{
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t) transfer->req->body.len);
		SET(CURLOPT_READFUNCTION, on_upload);
		SET(CURLOPT_READDATA, transfer);
		SET(CURLOPT_SEEKFUNCTION, on_rewind);
		SET(CURLOPT_SEEKDATA, transfer);

		/* Nothing to rewind, so on_rewind could not stop libcurl's own repetition. */
		if (transfer->req->op == NAMI_OP_CREATE && transfer->req->body.len == 0)
			SET(CURLOPT_FRESH_CONNECT, 1L);
	}
	else if (strcmp(http_method(transfer), "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);
	else if (transfer->req->op == NAMI_OP_DELETE)
		SET(CURLOPT_CUSTOMREQUEST, "DELETE");
	return set_range(transfer, easy) && is_ok;
}

/* How much of an answer to a request we are willing to hold. */
static size_t
response_limit(const NamiS3Transfer *transfer)
{
	const NamiStoreRequest *req = transfer->req;
	size_t		limit = NAMI_S3_ERROR_BYTES;

	if (req->op == NAMI_OP_LIST)
		limit = NAMI_S3_MAX_PAGE_BYTES;
	else if (req->op == NAMI_OP_GET)
		limit = req->max_bytes == 0 ? NAMI_STORE_DEFAULT_MAX_BYTES : req->max_bytes;
	return limit < NAMI_S3_ERROR_BYTES ? NAMI_S3_ERROR_BYTES : limit;
}

static void
reset_attempt(NamiS3Transfer *transfer)
{
	transfer->response.len = 0;
	transfer->response.limit_bytes = response_limit(transfer);
	transfer->sent_bytes = 0;
	transfer->is_address_refused = false;
	transfer->is_too_large = false;
	transfer->status = 0;
	transfer->etag[0] = '\0';
	transfer->request_id[0] = '\0';
	transfer->bucket_region[0] = '\0';
	transfer->date[0] = '\0';
	transfer->has_content_range = false;
	transfer->has_total = false;
	transfer->error_text[0] = '\0';
	transfer->url.limit_bytes = MAX_URL_BYTES;
}

/* Threads that libcurl starts (name resolution) must not run the host's signal handlers. */
static CURLMcode
add_to_multi(NamiS3Transfer *transfer)
{
	sigset_t	all;
	sigset_t	old;
	CURLMcode	code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = curl_multi_add_handle(transfer->store->multi, transfer->easy);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return code;
}

static bool
prepare(NamiS3Transfer *transfer)
{
	NamiStr		path;
	NamiStr		query;

	if (transfer->easy == NULL)
		transfer->easy = curl_easy_init();
	else
		curl_easy_reset(transfer->easy);
	return transfer->easy != NULL && build_url(transfer, &path, &query) &&
		build_headers(transfer, path, query) &&
		set_constant_options(transfer, transfer->easy) &&
		set_request_options(transfer, transfer->easy) &&
		add_to_multi(transfer) == CURLM_OK;
}

bool
nami_s3_transfer_send(NamiS3Transfer *transfer)
{
	NamiStore  *store = &transfer->store->base;

	reset_attempt(transfer);
	transfer->started_ms = store->host->monotonic_ms(store->host->ctx);
	if (transfer->attempt == 0)
		transfer->first_started_ms = transfer->started_ms;
	transfer->attempt++;
	if (!prepare(transfer))
	{
		nami_s3_transfer_stop(transfer);
		nami_store_request_fail(transfer->req, NAMI_ERR_INTERNAL,
								"could not prepare a request to the object store");
		return false;
	}
	transfer->state = NAMI_SLOT_RUNNING;
	store->counters.requests[transfer->req->op]++;
	return true;
}

static void
free_headers(NamiS3Transfer *transfer)
{
	for (struct curl_slist *line = transfer->headers; line != NULL; line = line->next)
		explicit_bzero(line->data, strlen(line->data));
	curl_slist_free_all(transfer->headers);
	transfer->headers = NULL;
}

void
nami_s3_transfer_stop(NamiS3Transfer *transfer)
{
	if (transfer->state == NAMI_SLOT_RUNNING)
		curl_multi_remove_handle(transfer->store->multi, transfer->easy);
	if (transfer->easy != NULL)
		curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
	free_headers(transfer);
	transfer->state = NAMI_SLOT_WAITING;
}

void
nami_s3_transfer_release(NamiS3Transfer *transfer)
{
	nami_s3_transfer_stop(transfer);
	nami_s3_page_free(&transfer->page);
	transfer->token.len = 0;
	transfer->entries.items = NULL;
	transfer->entries.count = 0;
	transfer->entries.capacity = 0;
	transfer->attempt = 0;
	transfer->has_corrected_clock = false;
	transfer->is_head_by_get = false;
	transfer->req = NULL;
	transfer->arena = NULL;

	/* Big answers are rare; do not keep their memory for the life of the process. */
	if (transfer->response.capacity > NAMI_S3_ERROR_BYTES)
		nami_heap_buf_free(&transfer->response);
	transfer->state = NAMI_SLOT_FREE;
}

void
nami_s3_transfer_destroy(NamiS3Transfer *transfer, bool is_foreign)
{
	if (is_foreign)
	{
		/* A copy of the parent's handles: using them would talk on the parent's connections. */
		transfer->easy = NULL;
		transfer->headers = NULL;
		transfer->state = NAMI_SLOT_FREE;
	}
	nami_s3_transfer_release(transfer);
	if (transfer->easy != NULL)
		curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
	nami_heap_buf_free(&transfer->response);
	nami_heap_buf_free(&transfer->url);
	nami_heap_buf_free(&transfer->token);
	nami_heap_buf_free(&transfer->own_bytes);
}

bool
nami_s3_transfer_was_sent(const NamiS3Transfer *transfer)
{
	long		request_bytes = 0;

	return transfer->sent_bytes > 0 || transfer->status != 0 ||
		curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes) != CURLE_OK ||
		request_bytes > 0;
}
