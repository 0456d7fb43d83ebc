/*
 * store_sigv4_test.c - the worked examples of Amazon's "Authenticating Requests: Using the
 * Authorization Header (AWS Signature Version 4)" for S3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "store/sigv4.h"

#define H(name, value)	{NAMI_STR_INIT(name), NAMI_STR_INIT(value)}
#define HOST			H("host", "examplebucket.s3.amazonaws.com")
#define DATE			H("x-amz-date", "20130524T000000Z")

typedef struct Example
{
	const char *method;
	NamiStr		path;
	NamiStr		query;
	const char *body;
	NamiSigV4Header headers[8];
	size_t		header_count;
	const char *signed_headers;
	const char *signature;
} Example;

static const Example examples[] = {
	{"GET", NAMI_STR_INIT("/test.txt"), NAMI_STR_INIT(""), "",
		{HOST, H("range", "bytes=0-9"), H("x-amz-content-sha256", NAMI_SHA256_EMPTY), DATE}, 4,
		"host;range;x-amz-content-sha256;x-amz-date",
	"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
	{"PUT", NAMI_STR_INIT("/test%24file.text"), NAMI_STR_INIT(""), "Welcome to Amazon S3.",
		{H("date", "Fri, 24 May 2013 00:00:00 GMT"), HOST,
			H("x-amz-content-sha256",
			  "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
		DATE, H("x-amz-storage-class", "REDUCED_REDUNDANCY")}, 5,
		"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
	"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
	{"GET", NAMI_STR_INIT("/"), NAMI_STR_INIT("lifecycle="), "",
		{HOST, H("x-amz-content-sha256", NAMI_SHA256_EMPTY), DATE}, 3,
		"host;x-amz-content-sha256;x-amz-date",
	"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
	{"GET", NAMI_STR_INIT("/"), NAMI_STR_INIT("max-keys=2&prefix=J"), "",
		{HOST, H("x-amz-content-sha256", NAMI_SHA256_EMPTY), DATE}, 3,
		"host;x-amz-content-sha256;x-amz-date",
	"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
};

static void
amazons_examples(void **state)
{
	NamiSigV4	signer = {
		.access_key_id = NAMI_STR("AKIAIOSFODNN7EXAMPLE"),
		.secret_access_key = NAMI_STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
		.region = NAMI_STR("us-east-1")
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
	{
		const Example *e = &examples[i];
		char		hash[NAMI_SHA256_HEX_SIZE];
		char		out[1024];
		char		expected[1024];
		NamiSigV4Request request = {.method = e->method, .path = e->path, .query = e->query,
			.headers = e->headers, .header_count = e->header_count, .date = "20130524T000000Z",
			.payload_hash = hash};

		assert_true(nami_sha256_hex(nami_str(e->body), hash));
		assert_true(nami_sigv4_authorization(&signer, &request, out, sizeof(out)));
		snprintf(expected, sizeof(expected), "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"
				 "20130524/us-east-1/s3/aws4_request,SignedHeaders=%s,Signature=%s",
				 e->signed_headers, e->signature);
		assert_string_equal(out, expected);
	}
}

/* The derived key belongs to a day: another day must give another signature, and the first again. */
static void
key_follows_the_day(void **state)
{
	NamiSigV4	signer = {.access_key_id = NAMI_STR("A"), .secret_access_key = NAMI_STR("B"),
		.region = NAMI_STR("r")};
	NamiSigV4Request request = {.method = "GET", .path = NAMI_STR("/"), .query = NAMI_STR(""),
		.headers = examples[0].headers, .header_count = 1, .payload_hash = NAMI_SHA256_EMPTY};
	char		first[512];
	char		second[512];
	char		third[512];
	uint8_t		zeros[NAMI_SHA256_BYTES] = {0};

	request.date = "20260101T235959Z";
	assert_true(nami_sigv4_authorization(&signer, &request, first, sizeof(first)));
	request.date = "20260102T000000Z";
	assert_true(nami_sigv4_authorization(&signer, &request, second, sizeof(second)));
	assert_non_null(strstr(second, "/20260102/"));
	request.date = "20260101T235959Z";
	assert_true(nami_sigv4_authorization(&signer, &request, third, sizeof(third)));
	assert_string_equal(first, third);
	assert_string_not_equal(strstr(first, "Signature="), strstr(second, "Signature="));
	assert_false(nami_sigv4_authorization(&signer, &request, third, 20));
	nami_sigv4_wipe(&signer);
	assert_memory_equal(signer.signing_key, zeros, sizeof(zeros));
}

static void
dates(void **state)
{
	char		out[NAMI_SIGV4_DATE_SIZE];

	nami_sigv4_date(INT64_C(1369353600000000), out);
	assert_string_equal(out, "20130524T000000Z");
	nami_sigv4_date(INT64_C(951782399999999), out);
	assert_string_equal(out, "20000228T235959Z");
}

static void
encoding(void **state)
{
	NamiHeapBuf out;

	nami_heap_buf_init(&out, 1000);
	assert_true(nami_uri_encode(&out, NAMI_STR("a b+c%/\xC3\xA9=~-._Z9"), true));
	assert_true(nami_str_eq((NamiStr) {(const char *) out.ptr, out.len},
							NAMI_STR("a%20b%2Bc%25/%C3%A9%3D~-._Z9")));
	out.len = 0;
	assert_true(nami_uri_encode(&out, NAMI_STR("a/\0"), false));
	assert_true(nami_str_eq((NamiStr) {(const char *) out.ptr, out.len}, NAMI_STR("a%2F%00")));
	nami_heap_buf_free(&out);
	nami_heap_buf_init(&out, 4);
	assert_false(nami_uri_encode(&out, NAMI_STR("//"), false));
	nami_heap_buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amazons_examples),
		cmocka_unit_test(key_follows_the_day),
		cmocka_unit_test(dates),
		cmocka_unit_test(encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
