/*
 * sigv4.c - see sigv4.h.
 *
 *	canonical request	method \n path \n query \n name:value \n ... \n signed names \n payload hash
 *	string to sign		AWS4-HMAC-SHA256 \n date \n scope \n hex(SHA-256(canonical request))
 *	scope				<day>/<region>/s3/aws4_request
 *	signing key			HMAC chain over "AWS4" + secret, day, region, "s3", "aws4_request"
 */
#include "store/sigv4.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <time.h>

#define MAX_SECRET_BYTES	1024
#define MAX_SCOPE_BYTES		160

static void
to_hex(const uint8_t digest[NAMI_SHA256_BYTES], char out[NAMI_SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < NAMI_SHA256_BYTES; i++)
	{
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * NAMI_SHA256_BYTES] = '\0';
}

bool
nami_sha256_hex(NamiStr bytes, char out[NAMI_SHA256_HEX_SIZE])
{
	uint8_t		digest[NAMI_SHA256_BYTES];

	if (EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	to_hex(digest, out);
	return true;
}

static bool
hmac_sha256(const uint8_t *key, size_t key_len, NamiStr text, uint8_t out[NAMI_SHA256_BYTES])
{
	size_t		len = 0;

	return EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_len,
					 (const unsigned char *) text.ptr, text.len, out, NAMI_SHA256_BYTES,
					 &len) != NULL && len == NAMI_SHA256_BYTES;
}

void
nami_sigv4_date(int64_t unix_us, char out[NAMI_SIGV4_DATE_SIZE])
{
	time_t		seconds = (time_t) (unix_us / 1000000);
	struct tm	tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
		strftime(out, NAMI_SIGV4_DATE_SIZE, "%Y%m%dT%H%M%SZ", &tm) != NAMI_SIGV4_DATE_SIZE - 1)
		strcpy(out, "19700101T000000Z");
}

/* The key of the day, derived once. */
static bool
derive_key(NamiSigV4 *signer, const char *date)
{
	uint8_t		secret[4 + MAX_SECRET_BYTES];
	uint8_t    *key = signer->signing_key;
	NamiStr		day = {date, 8};
	bool		is_ok;

	if (memcmp(signer->key_date, date, 8) == 0)
		return true;
	if (signer->secret_access_key.len > MAX_SECRET_BYTES)
		return false;
	signer->key_date[0] = '\0';
	memcpy(secret, "AWS4", 4);
	if (signer->secret_access_key.len > 0)
		memcpy(secret + 4, signer->secret_access_key.ptr, signer->secret_access_key.len);
	is_ok = hmac_sha256(secret, 4 + signer->secret_access_key.len, day, key) &&
		hmac_sha256(key, NAMI_SHA256_BYTES, signer->region, key) &&
		hmac_sha256(key, NAMI_SHA256_BYTES, NAMI_STR("s3"), key) &&
		hmac_sha256(key, NAMI_SHA256_BYTES, NAMI_STR("aws4_request"), key);
	explicit_bzero(secret, sizeof(secret));
	if (is_ok)
		memcpy(signer->key_date, date, 8);
	return is_ok;
}

static bool
add(EVP_MD_CTX *ctx, NamiStr text)
{
	return text.len == 0 || EVP_DigestUpdate(ctx, text.ptr, text.len) == 1;
}

static bool
add_signed_names(EVP_MD_CTX *ctx, const NamiSigV4Request *request)
{
	for (size_t i = 0; i < request->header_count; i++)
	{
		if ((i > 0 && !add(ctx, NAMI_STR(";"))) || !add(ctx, request->headers[i].name))
			return false;
	}
	return true;
}

static bool
add_canonical_request(EVP_MD_CTX *ctx, const NamiSigV4Request *request)
{
	if (!add(ctx, nami_str(request->method)) || !add(ctx, NAMI_STR("\n")) ||
		!add(ctx, request->path) || !add(ctx, NAMI_STR("\n")) ||
		!add(ctx, request->query) || !add(ctx, NAMI_STR("\n")))
		return false;
	for (size_t i = 0; i < request->header_count; i++)
	{
		if (!add(ctx, request->headers[i].name) || !add(ctx, NAMI_STR(":")) ||
			!add(ctx, request->headers[i].value) || !add(ctx, NAMI_STR("\n")))
			return false;
	}
	return add(ctx, NAMI_STR("\n")) && add_signed_names(ctx, request) &&
		add(ctx, NAMI_STR("\n")) && add(ctx, nami_str(request->payload_hash));
}

static bool
hash_canonical_request(const NamiSigV4Request *request, char out[NAMI_SHA256_HEX_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t		digest[NAMI_SHA256_BYTES];
	bool		is_ok;

	is_ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
		add_canonical_request(ctx, request) && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	if (is_ok)
		to_hex(digest, out);
	return is_ok;
}

bool
nami_sigv4_authorization(NamiSigV4 *signer, const NamiSigV4Request *request, char *out,
						 size_t size_bytes)
{
	char		hash[NAMI_SHA256_HEX_SIZE];
	char		scope[MAX_SCOPE_BYTES];
	char		to_sign[MAX_SCOPE_BYTES + 128];
	uint8_t		digest[NAMI_SHA256_BYTES];
	char		signature[NAMI_SHA256_HEX_SIZE];
	char		names[256];
	size_t		names_len = 0;
	int			len;

	len = snprintf(scope, sizeof(scope), "%.8s/%.*s/s3/aws4_request", request->date,
				   NAMI_STR_ARG(signer->region));
	if (len < 0 || (size_t) len >= sizeof(scope) || !hash_canonical_request(request, hash) ||
		!derive_key(signer, request->date))
		return false;
	snprintf(to_sign, sizeof(to_sign), "AWS4-HMAC-SHA256\n%s\n%s\n%s", request->date, scope, hash);
	if (!hmac_sha256(signer->signing_key, NAMI_SHA256_BYTES, nami_str(to_sign), digest))
		return false;
	to_hex(digest, signature);
	for (size_t i = 0; i < request->header_count; i++)
	{
		NamiStr		name = request->headers[i].name;

		if (names_len + name.len + 2 > sizeof(names))
			return false;
		if (i > 0)
			names[names_len++] = ';';
		memcpy(names + names_len, name.ptr, name.len);
		names_len += name.len;
	}
	len = snprintf(out, size_bytes,
				   "AWS4-HMAC-SHA256 Credential=%.*s/%s,SignedHeaders=%.*s,Signature=%s",
				   NAMI_STR_ARG(signer->access_key_id), scope, (int) names_len, names, signature);
	return len > 0 && (size_t) len < size_bytes;
}

void
nami_sigv4_wipe(NamiSigV4 *signer)
{
	explicit_bzero(signer->signing_key, sizeof(signer->signing_key));
	signer->key_date[0] = '\0';
}

bool
nami_uri_encode(NamiHeapBuf *out, NamiStr text, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++)
	{
		unsigned char c = (unsigned char) text.ptr[i];
		char		escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
		bool		is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' ||
			(c == '/' && keep_slash);

		if (!nami_heap_buf_put(out, is_plain ? (const char *) &c : escaped, is_plain ? 1 : 3))
			return false;
	}
	return true;
}
