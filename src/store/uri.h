/*
 * uri.h - store URIs (spec/storage.md 1.1).
 *
 *	memory://<ns>
 *	file://<directory>?ns=<ns>
 *	s3://<bucket>[/<prefix>]?ns=<ns>[&region=R][&endpoint=URL][&allow_http=B]
 *
 * gs:// and az:// are recognised and refused as not supported. Parsing touches neither network nor
 * file system. Credentials are never part of a URI: a user part or a parameter that looks like a key
 * is refused, so everything in a NamiStoreUri may be shown.
 *
 * All strings lie in the arena that the URI was parsed into.
 */
#ifndef NAMI_STORE_URI_H
#define NAMI_STORE_URI_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

typedef enum NamiStoreScheme
{
	NAMI_SCHEME_MEMORY,
	NAMI_SCHEME_FILE,
	NAMI_SCHEME_S3
} NamiStoreScheme;

typedef struct NamiStoreUri
{
	NamiStoreScheme scheme;
	NamiStr		bucket;			/* s3 only */
	NamiStr		root;			/* s3: prefix without outer slashes, "tenants" when none was given;
								 * else empty */
	NamiStr		directory;		/* file only: literal text, may be relative */
	NamiStr		namespace_name; /* [a-z0-9][a-z0-9-]{0,62} */
	NamiStr		region;			/* s3 only; "us-east-1" when none was given */
	NamiStr		endpoint;		/* s3 only; "http[s]://host[:port][/path]", host in lower case, no
								 * slash at the end; empty: Amazon's of the region */
	bool		allow_http;
	bool		has_region;		/* region was given (an environment may fill it otherwise) */
	NamiStr		key_prefix;		/* <P> = [root/]ns: every key of the namespace begins with it + "/" */
} NamiStoreUri;

/*
 * Errors: NAMI_ERR_OPTION_VALUE (malformed, missing or bad namespace, unsafe prefix, credentials
 * inside), NAMI_ERR_UNSUPPORTED (gs, az, unknown scheme). *out is undefined after a failure.
 */
extern NamiStatus nami_store_uri_parse(NamiArena *arena, NamiStr text, NamiStoreUri *out,
									   NamiError *err) NAMI_MUST_CHECK;

/* Override endpoint or region (server options). For s3 only; the values are checked alike. */
extern NamiStatus nami_store_uri_set_endpoint(NamiArena *arena, NamiStoreUri *uri, NamiStr endpoint,
											  NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_store_uri_set_region(NamiArena *arena, NamiStoreUri *uri, NamiStr region,
											NamiError *err) NAMI_MUST_CHECK;

/* The endpoint that requests go to: the given one or https://s3.<region>.amazonaws.com. */
extern NamiStr nami_store_uri_endpoint(NamiArena *arena, const NamiStoreUri *uri);

/*
 * One line of text that is equal exactly for URIs that name the same objects: what cache folders
 * and lock keys hash. Endpoint (or directory), bucket, prefix and namespace; no credentials.
 */
extern NamiStr nami_store_uri_identity(NamiArena *arena, const NamiStoreUri *uri);

/* The URI in canonical spelling, for messages and namidb_status. */
extern NamiStr nami_store_uri_display(NamiArena *arena, const NamiStoreUri *uri);

#endif							/* NAMI_STORE_URI_H */
