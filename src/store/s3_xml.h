/*
 * s3_xml.h - the two XML documents that S3 answers with: listings and errors.
 *
 * The documents come from outside: their size is bounded by the caller, a DOCTYPE (and with it any
 * entity) is refused, nesting is limited. Results are packed in malloc memory because expat's
 * callbacks must not allocate from arenas.
 */
#ifndef NAMI_STORE_S3_XML_H
#define NAMI_STORE_S3_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/error.h"

#define NAMI_S3_MAX_PAGE_BYTES	((size_t) 32 << 20)

/* One page of ListObjectsV2. */
typedef struct NamiS3Page
{
	NamiHeapBuf objects;		/* packed: u32 key length, u64 size, key bytes; see nami_s3_page_next */
	size_t		object_count;
	NamiHeapBuf token;			/* NextContinuationToken */
	bool		is_truncated;	/* there are more pages */
	bool		is_url_encoded; /* keys are form-encoded; nami_s3_page_next has decoded them */
} NamiS3Page;

extern void nami_s3_page_init(NamiS3Page *page);
extern void nami_s3_page_free(NamiS3Page *page);

/* False when xml is no listing, breaks a limit, or memory is short; page is then undefined content
 * that must still be freed. */
extern bool nami_s3_page_parse(NamiS3Page *page, NamiStr xml) NAMI_MUST_CHECK;

/*
 * Walks the objects: start with a cursor over page->objects. False at the end. *key points into the
 * page.
 */
extern bool nami_s3_page_next(NamiCursor *cur, NamiStr *key, uint64_t *size_bytes);

/* <Error>: empty strings for what is missing. Texts are cut and have printable ASCII only. */
typedef struct NamiS3Error
{
	char		code[64];
	char		request_id[64];
	char		region[64];
} NamiS3Error;

/* Takes what it finds; a text that is no error document leaves all fields empty. */
extern void nami_s3_error_parse(NamiS3Error *error, NamiStr xml);

#endif							/* NAMI_STORE_S3_XML_H */
