/*
 * s3_internal.h - the parts of the S3 store: s3_store.c (life and the loop), s3_transfer.c (one HTTP
 * request with libcurl), s3_answer.c (what an answer means).
 *
 * A transfer is a slot that carries one request of a batch through its attempts. Slots live as long
 * as the store and keep their curl handle and buffers; everything in them that is not arena memory
 * belongs to the store, and so to the owner of the store. When an allocation unwinds in the middle of
 * a batch, the next call finds slots that are not FREE and drops them without looking at the
 * request they point to, which is gone by then.
 */
#ifndef NAMI_STORE_S3_INTERNAL_H
#define NAMI_STORE_S3_INTERNAL_H

#include <curl/curl.h>
#include <sys/types.h>

#include "base/vec.h"
#include "store/s3_xml.h"
#include "store/sigv4.h"
#include "store/store_internal.h"

#define NAMI_S3_PARALLEL		16
#define NAMI_S3_ERROR_BYTES		((size_t) 64 * 1024)	/* of a body that is no object */

typedef struct NamiS3Store NamiS3Store;

typedef enum NamiS3SlotState
{
	NAMI_SLOT_FREE,
	NAMI_SLOT_RUNNING,			/* its curl handle is in the multi handle */
	NAMI_SLOT_WAITING			/* for retry_at_ms */
} NamiS3SlotState;

typedef struct NamiS3Transfer
{
	NamiS3Store *store;
	NamiS3SlotState state;
	NamiStoreRequest *req;		/* borrowed from the caller of the batch, or &own_request */
	NamiArena  *arena;			/* for results; NULL: background */
	CURL	   *easy;			/* owned */
	struct curl_slist *headers; /* owned; borrowed by easy while running */
	NamiHeapBuf url;			/* NUL-terminated */
	char		error_text[CURL_ERROR_SIZE];

	/* Over all attempts. */
	int			attempt;		/* 1 = first */
	int64_t		first_started_ms;
	int64_t		retry_at_ms;
	bool		has_corrected_clock;
	bool		is_head_by_get; /* a HEAD failed without a reason; ask for the text */

	/* Of this attempt. */
	int64_t		started_ms;
	size_t		sent_bytes;		/* of the body */
	bool		is_address_refused;
	bool		is_too_large;
	NamiHeapBuf response;
	int			status;			/* 0 until the status line came */
	char		etag[160];
	char		request_id[64];
	char		bucket_region[64];
	char		date[48];
	bool		has_content_range;
	bool		has_total;
	uint64_t	range_start;
	uint64_t	total_bytes;	/* Content-Range's, or Content-Length of HEAD */

	/* LIST. */
	NamiStr		prefix;			/* in arena */
	NamiS3Page	page;
	NamiHeapBuf token;			/* of the page that is asked for */
	NAMI_VEC(NamiStoreEntry) entries;	/* in arena */

	/* Background PUT. */
	NamiStoreRequest own_request;
	NamiHeapBuf own_bytes;		/* key, then body */
} NamiS3Transfer;

struct NamiS3Store
{
	NamiStore	base;
	NamiSigV4	signer;
	NamiStr		session_token;
	bool		is_anonymous;
	const char *ca_file;		/* or NULL */
	NamiStr		authority;		/* value of the Host header */
	NamiStr		host_name;		/* without port and brackets */
	NamiStr		base_path;		/* path of the endpoint, "" or "/..." */
	bool		is_host_allowed;	/* named by allowed_hosts: any address */
	bool		refuse_loopback;
	int			max_attempts;
	int64_t		clock_skew_us;	/* server's clock - ours */

	pid_t		pid;			/* that made what follows */
	CURLM	   *multi;			/* owned; NULL until first use */
	NamiS3Transfer slots[NAMI_S3_PARALLEL];
	NamiS3Transfer background;
};

/* s3_transfer.c */

/* Starts an attempt. False: the request has got its outcome. */
extern bool nami_s3_transfer_send(NamiS3Transfer *transfer);

/* Takes the handle out of the multi handle and forgets what the attempt held. */
extern void nami_s3_transfer_stop(NamiS3Transfer *transfer);

/* Stops and makes the slot FREE. Does not touch the request. */
extern void nami_s3_transfer_release(NamiS3Transfer *transfer);

/* Releases what the slot owns for good; is_foreign: made by another process, do not use the handles. */
extern void nami_s3_transfer_destroy(NamiS3Transfer *transfer, bool is_foreign);

/* Did anything of this attempt go out? */
extern bool nami_s3_transfer_was_sent(const NamiS3Transfer *transfer);

/* s3_answer.c */

typedef enum NamiS3Next
{
	NAMI_S3_FINISHED,			/* the request has its outcome */
	NAMI_S3_SEND_AGAIN,			/* at once: next page, corrected clock */
	NAMI_S3_RETRY				/* after a pause, if attempts are left; else the outcome stands that is set */
} NamiS3Next;

/* Judges a finished attempt. May unwind (results go to the arena). */
extern NamiS3Next nami_s3_answer(NamiS3Transfer *transfer, CURLcode result);

/* The attempt was given up by us: sets FAILED, or UNKNOWN for a CREATE that was sent. */
extern void nami_s3_give_up(NamiS3Transfer *transfer, NamiErrorClass cls, const char *reason);

#endif							/* NAMI_STORE_S3_INTERNAL_H */
