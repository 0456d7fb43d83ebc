/*
 * sigv4.h - AWS Signature Version 4 as S3 wants it: the path is encoded once, never normalised.
 *
 * Nothing here allocates from arenas; OpenSSL's own memory is freed before each return.
 */
#ifndef NAMI_STORE_SIGV4_H
#define NAMI_STORE_SIGV4_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#define NAMI_SHA256_BYTES		32
#define NAMI_SHA256_HEX_SIZE	65	/* with the terminator */
#define NAMI_SIGV4_DATE_SIZE	17	/* "20130524T000000Z" */

/* Of the empty body. */
#define NAMI_SHA256_EMPTY \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Keys and the derived key of one day. Borrowed strings; wiped by nami_sigv4_wipe. */
typedef struct NamiSigV4
{
	NamiStr		access_key_id;
	NamiStr		secret_access_key;
	NamiStr		region;
	char		key_date[9];	/* day of signing_key, "" = none */
	uint8_t		signing_key[NAMI_SHA256_BYTES];
} NamiSigV4;

typedef struct NamiSigV4Header
{
	NamiStr		name;			/* lower case */
	NamiStr		value;			/* without blanks at the ends */
} NamiSigV4Header;

typedef struct NamiSigV4Request
{
	const char *method;
	NamiStr		path;			/* encoded, begins with '/' */
	NamiStr		query;			/* encoded, sorted by name, "" = none */
	const NamiSigV4Header *headers; /* the signed ones, ascending by name */
	size_t		header_count;
	const char *date;			/* "20130524T000000Z", also the value of x-amz-date */
	const char *payload_hash;	/* hex, also the value of x-amz-content-sha256 */
} NamiSigV4Request;

extern bool nami_sha256_hex(NamiStr bytes, char out[NAMI_SHA256_HEX_SIZE]);

/* Writes "YYYYMMDDTHHMMSSZ" of a wall clock time. */
extern void nami_sigv4_date(int64_t unix_us, char out[NAMI_SIGV4_DATE_SIZE]);

/*
 * Writes the value of the Authorization header. False when OpenSSL fails or the value does not fit.
 */
extern bool nami_sigv4_authorization(NamiSigV4 *signer, const NamiSigV4Request *request, char *out,
									 size_t size_bytes) NAMI_MUST_CHECK;

/* Forgets the derived key. */
extern void nami_sigv4_wipe(NamiSigV4 *signer);

/*
 * Appends text with every byte but A-Z a-z 0-9 - . _ ~ as %XX; '/' stays when keep_slash. False when
 * the buffer's limit is reached.
 */
extern bool nami_uri_encode(NamiHeapBuf *out, NamiStr text, bool keep_slash) NAMI_MUST_CHECK;

#endif							/* NAMI_STORE_SIGV4_H */
