/*
 * store_uri_test.c - every form of spec/storage.md 1.1, and what must be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "store/uri.h"

typedef struct GoodCase
{
	const char *text;
	NamiStoreScheme scheme;
	const char *bucket;
	const char *directory;
	const char *key_prefix;
	const char *region;
	const char *endpoint;		/* resolved */
	bool		allow_http;
} GoodCase;

static const GoodCase good_cases[] = {
	{"memory://demo", NAMI_SCHEME_MEMORY, "", "", "demo", "", "", false},
	{"memory://0-", NAMI_SCHEME_MEMORY, "", "", "0-", "", "", false},
	{"file:///tmp/x?ns=demo", NAMI_SCHEME_FILE, "", "/tmp/x", "demo", "", "", false},
	{"file://rel/dir?ns=demo", NAMI_SCHEME_FILE, "", "rel/dir", "demo", "", "", false},
	{"file:///a%20b#c?namespace=n1", NAMI_SCHEME_FILE, "", "/a%20b#c", "n1", "", "", false},
	{"file:///x?ns=a&ns=b", NAMI_SCHEME_FILE, "", "/x", "b", "", "", false},
	{"file:///x?ns=a&namespace=b", NAMI_SCHEME_FILE, "", "/x", "b", "", "", false},
	{"file:///x?other=1&&ns=my%2Dns&=&k", NAMI_SCHEME_FILE, "", "/x", "my-ns", "", "", false},
	{"s3://b?ns=demo", NAMI_SCHEME_S3, "b", "", "tenants/demo", "us-east-1",
	"https://s3.us-east-1.amazonaws.com", false},
	{"s3://b/?ns=demo", NAMI_SCHEME_S3, "b", "", "tenants/demo", "us-east-1",
	"https://s3.us-east-1.amazonaws.com", false},
	{"s3://b//p//q/?ns=demo&region=eu-north-1", NAMI_SCHEME_S3, "b", "", "p/q/demo", "eu-north-1",
	"https://s3.eu-north-1.amazonaws.com", false},
	{"s3://my.bucket-1:9000/p?ns=demo", NAMI_SCHEME_S3, "my.bucket-1", "", "p/demo", "us-east-1",
	"https://s3.us-east-1.amazonaws.com", false},
	{"s3://b?ns=demo&endpoint=http://LocalHost:9000/&allow_http=true", NAMI_SCHEME_S3, "b", "",
	"tenants/demo", "us-east-1", "http://localhost:9000", true},
	{"s3://b?ns=demo&endpoint=http%3A%2F%2Flocalhost%3A9000&allow_http=yes", NAMI_SCHEME_S3, "b", "",
	"tenants/demo", "us-east-1", "http://localhost:9000", true},
	{"s3://b?ns=demo&endpoint=https://[::1]:9000/sub&allow_http=1", NAMI_SCHEME_S3, "b", "",
	"tenants/demo", "us-east-1", "https://[::1]:9000/sub", true},
	{"s3://b?ns=demo&allow_http=TRUE", NAMI_SCHEME_S3, "b", "", "tenants/demo", "us-east-1",
	"https://s3.us-east-1.amazonaws.com", false},
	{"s3://b?ns=demo&region=auto#ns=zzz", NAMI_SCHEME_S3, "b", "", "tenants/demo", "auto",
	"https://s3.auto.amazonaws.com", false},
	{"s3://b/Az09-_.=+,()!'?ns=demo", NAMI_SCHEME_S3, "b", "", "Az09-_.=+,()!'/demo", "us-east-1",
	"https://s3.us-east-1.amazonaws.com", false},
};

typedef struct BadCase
{
	const char *text;
	NamiErrorClass cls;
	const char *message_part;
} BadCase;

static const BadCase bad_cases[] = {
	{"", NAMI_ERR_UNSUPPORTED, "scheme"},
	{"demo", NAMI_ERR_UNSUPPORTED, "scheme"},
	{"S3://b?ns=demo", NAMI_ERR_UNSUPPORTED, "scheme"},
	{"s3:b?ns=demo", NAMI_ERR_UNSUPPORTED, "scheme"},
	{"http://b?ns=demo", NAMI_ERR_UNSUPPORTED, "scheme"},
	{"gs://b?ns=demo", NAMI_ERR_UNSUPPORTED, "\"gs\" are not supported"},
	{"az://a/c?ns=demo", NAMI_ERR_UNSUPPORTED, "\"az\" are not supported"},
	{"memory://", NAMI_ERR_OPTION_VALUE, "namespace"},
	{"memory://a?ns=b", NAMI_ERR_OPTION_VALUE, "namespace"},
	{"file:///x", NAMI_ERR_OPTION_VALUE, "no namespace"},
	{"file:///x?ns=", NAMI_ERR_OPTION_VALUE, "no namespace"},
	{"file://?ns=demo", NAMI_ERR_OPTION_VALUE, "no directory"},
	{"file:///x?ns=Demo", NAMI_ERR_OPTION_VALUE, "invalid namespace"},
	{"file:///x?ns=-demo", NAMI_ERR_OPTION_VALUE, "invalid namespace"},
	{"file:///x?ns=a_b", NAMI_ERR_OPTION_VALUE, "invalid namespace"},
	{"file:///x?ns=demo#f", NAMI_ERR_OPTION_VALUE, "invalid namespace"},
	{"file:///x?ns=%00", NAMI_ERR_OPTION_VALUE, "invalid namespace"},
	{"file:///x?ns=0123456789012345678901234567890123456789012345678901234567890123",
	NAMI_ERR_OPTION_VALUE, "invalid namespace"},
	{"file:///x\ny?ns=demo", NAMI_ERR_OPTION_VALUE, "control character"},
	{"s3://?ns=demo", NAMI_ERR_OPTION_VALUE, "bucket"},
	{"s3:///p?ns=demo", NAMI_ERR_OPTION_VALUE, "bucket"},
	{"s3://..?ns=demo", NAMI_ERR_OPTION_VALUE, "bucket"},
	{"s3://b b?ns=demo", NAMI_ERR_OPTION_VALUE, "bucket"},
	{"s3://b:x?ns=demo", NAMI_ERR_OPTION_VALUE, "malformed"},
	{"s3://key:secret@b?ns=demo", NAMI_ERR_OPTION_VALUE, "credentials"},
	{"s3://b?ns=demo&secret_access_key=hunter2", NAMI_ERR_OPTION_VALUE, "credentials"},
	{"s3://b?ns=demo&AWS_ACCESS_KEY_ID=hunter2", NAMI_ERR_OPTION_VALUE, "credentials"},
	{"s3://b", NAMI_ERR_OPTION_VALUE, "no namespace"},
	{"s3://b/sp ace?ns=demo", NAMI_ERR_OPTION_VALUE, "unsafe"},
	{"s3://b/sp%20ace?ns=demo", NAMI_ERR_OPTION_VALUE, "unsafe"},
	{"s3://b/~a?ns=demo", NAMI_ERR_OPTION_VALUE, "unsafe"},
	{"s3://b/\xC3\xA9?ns=demo", NAMI_ERR_OPTION_VALUE, "unsafe"},
	{"s3://b/a/../c?ns=demo", NAMI_ERR_OPTION_VALUE, "\"..\""},
	{"s3://b/./c?ns=demo", NAMI_ERR_OPTION_VALUE, "\"..\""},
	{"s3://b?ns=demo&region=", NAMI_ERR_OPTION_VALUE, "region"},
	{"s3://b?ns=demo&region=a/b", NAMI_ERR_OPTION_VALUE, "region"},
	{"s3://b?ns=demo&endpoint=", NAMI_ERR_OPTION_VALUE, "endpoint"},
	{"s3://b?ns=demo&endpoint=ftp://h", NAMI_ERR_OPTION_VALUE, "endpoint"},
	{"s3://b?ns=demo&endpoint=http://u:p@h", NAMI_ERR_OPTION_VALUE, "endpoint"},
	{"s3://b?ns=demo&endpoint=http://h:99999", NAMI_ERR_OPTION_VALUE, "endpoint"},
	{"s3://b?ns=demo&endpoint=http://h:", NAMI_ERR_OPTION_VALUE, "endpoint"},
	{"s3://b?ns=demo&endpoint=http://h/a?b", NAMI_ERR_OPTION_VALUE, "endpoint"},
	{"s3://b?ns=demo&endpoint=http://h%0d%0aX:1", NAMI_ERR_OPTION_VALUE, "endpoint"},
	{"s3://b?ns=demo&endpoint=http://[::1", NAMI_ERR_OPTION_VALUE, "endpoint"},
};

static void
assert_str(NamiStr actual, const char *expected)
{
	if (!nami_str_eq(actual, nami_str(expected)))
		fail_msg("\"%.*s\" is not \"%s\"", NAMI_STR_ARG(actual), expected);
}

static void
good_uris_are_taken_apart(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);

	for (size_t i = 0; i < sizeof(good_cases) / sizeof(good_cases[0]); i++)
	{
		const GoodCase *c = &good_cases[i];
		NamiStoreUri uri;
		NamiError	err = NAMI_ERROR_INIT;

		if (nami_store_uri_parse(arena, nami_str(c->text), &uri, &err) != NAMI_OK)
			fail_msg("%s: %s", c->text, err.message);
		assert_int_equal(uri.scheme, c->scheme);
		assert_str(uri.bucket, c->bucket);
		assert_str(uri.directory, c->directory);
		assert_str(uri.key_prefix, c->key_prefix);
		assert_str(uri.region, c->region);
		assert_str(nami_store_uri_endpoint(arena, &uri), c->endpoint);
		assert_int_equal(uri.allow_http, c->allow_http);
	}
	nami_arena_destroy(arena);
}

static void
bad_uris_are_refused(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);

	for (size_t i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++)
	{
		const BadCase *c = &bad_cases[i];
		NamiStoreUri uri;
		NamiError	err = NAMI_ERROR_INIT;

		if (nami_store_uri_parse(arena, nami_str(c->text), &uri, &err) == NAMI_OK)
			fail_msg("%s was taken", c->text);
		if (err.cls != c->cls || strstr(err.message, c->message_part) == NULL)
			fail_msg("%s: class %d, \"%s\"", c->text, (int) err.cls, err.message);
		assert_null(strstr(err.message, "hunter2"));
		assert_null(strstr(err.detail, "hunter2"));
	}
	nami_arena_destroy(arena);
}

static NamiStr
identity_of(NamiArena *arena, NamiStr text)
{
	NamiStoreUri uri;
	NamiError	err = NAMI_ERROR_INIT;

	if (nami_store_uri_parse(arena, text, &uri, &err) != NAMI_OK)
		fail_msg("%.*s: %s", NAMI_STR_ARG(text), err.message);
	return nami_store_uri_identity(arena, &uri);
}

static NamiStr
identity(NamiArena *arena, const char *text)
{
	return identity_of(arena, nami_str(text));
}

static void
identity_is_equal_for_the_same_objects_only(void **state)
{
	static const char *const same[][2] = {
		{"s3://b?ns=a", "s3://b/tenants/?namespace=a&region=us-east-1"},
		{"s3://b?ns=a&endpoint=http://H:80", "s3://b?ns=a&endpoint=http://h/&allow_http=1"},
		{"s3://b?ns=a&endpoint=https://h:443", "s3://b?ns=a&endpoint=https://h"},
		{"s3://b?ns=a", "s3://b?ns=a&endpoint=https://s3.us-east-1.amazonaws.com"},
		{"file:///x/?ns=a", "file:///x?ns=a&other=1"},
	};
	static const char *const different[][2] = {
		{"s3://b?ns=a", "s3://b?ns=b"},
		{"s3://b?ns=a", "s3://c?ns=a"},
		{"s3://b/p?ns=a", "s3://b/q?ns=a"},
		{"s3://b?ns=a&endpoint=http://h", "s3://b?ns=a&endpoint=http://h:9000"},
		{"s3://b?ns=a&endpoint=http://h:443", "s3://b?ns=a&endpoint=http://h"},
		{"file:///x?ns=a", "memory://a"},
		{"file:///x?ns=a", "file:///y?ns=a"},
	};
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(nami_str_eq(identity(arena, same[i][0]), identity(arena, same[i][1])));
	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++)
		assert_false(nami_str_eq(identity(arena, different[i][0]),
								 identity(arena, different[i][1])));
	nami_arena_destroy(arena);
}

/* What is shown can be parsed again and names the same place. */
static void
display_round_trips(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);

	for (size_t i = 0; i < sizeof(good_cases) / sizeof(good_cases[0]); i++)
	{
		NamiStoreUri uri;
		NamiError	err = NAMI_ERROR_INIT;
		NamiStr		shown;

		assert_int_equal(nami_store_uri_parse(arena, nami_str(good_cases[i].text), &uri, &err),
						 NAMI_OK);
		shown = nami_store_uri_display(arena, &uri);
		assert_true(nami_str_eq(identity_of(arena, shown),
								nami_store_uri_identity(arena, &uri)));
	}
	nami_arena_destroy(arena);
}

static void
overrides_are_checked_alike(void **state)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiStoreUri uri;
	NamiError	err = NAMI_ERROR_INIT;

	assert_int_equal(nami_store_uri_parse(arena, NAMI_STR("s3://b?ns=a"), &uri, &err), NAMI_OK);
	assert_false(uri.has_region);
	assert_int_equal(nami_store_uri_set_region(arena, &uri, NAMI_STR("eu-west-1"), &err), NAMI_OK);
	assert_true(uri.has_region);
	assert_str(nami_store_uri_endpoint(arena, &uri), "https://s3.eu-west-1.amazonaws.com");
	assert_int_equal(nami_store_uri_set_endpoint(arena, &uri, NAMI_STR("https://x:1"), &err), NAMI_OK);
	assert_str(nami_store_uri_endpoint(arena, &uri), "https://x:1");
	assert_int_equal(nami_store_uri_set_endpoint(arena, &uri, NAMI_STR("x:1"), &err), NAMI_FAILED);
	assert_int_equal(nami_store_uri_parse(arena, NAMI_STR("memory://a"), &uri, &err), NAMI_OK);
	assert_int_equal(nami_store_uri_set_region(arena, &uri, NAMI_STR("r"), &err), NAMI_FAILED);
	nami_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_uris_are_taken_apart),
		cmocka_unit_test(bad_uris_are_refused),
		cmocka_unit_test(identity_is_equal_for_the_same_objects_only),
		cmocka_unit_test(display_round_trips),
		cmocka_unit_test(overrides_are_checked_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
