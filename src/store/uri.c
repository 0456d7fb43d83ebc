/*
 * uri.c - see uri.h.
 */
#include "store/uri.h"

#include "base/buf.h"

#define MAX_NAMESPACE_BYTES	63
#define MAX_BUCKET_BYTES	255		/* Amazon says 63; old buckets and other services take more */
#define MAX_REGION_BYTES	64
#define MAX_URI_BYTES		4096

static bool
is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_alnum(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/* Index of the first c, or the length. */
static size_t
index_of(NamiStr str, char c)
{
	const char *found = str.len == 0 ? NULL : memchr(str.ptr, c, str.len);

	return found == NULL ? str.len : (size_t) (found - str.ptr);
}

static NamiStr
from(NamiStr str, size_t start)
{
	return nami_str_slice(str, start, SIZE_MAX);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* application/x-www-form-urlencoded: '+' is a blank, %XX a byte; a '%' that is no escape stays. */
static NamiStr
form_decode(NamiArena *arena, NamiStr text)
{
	char	   *out = nami_arena_alloc(arena, text.len + 1);
	size_t		len = 0;

	for (size_t i = 0; i < text.len; i++)
	{
		char		c = text.ptr[i];

		if (c == '+')
			c = ' ';
		else if (c == '%' && text.len - i > 2 && hex_digit(text.ptr[i + 1]) >= 0 &&
				 hex_digit(text.ptr[i + 2]) >= 0)
		{
			c = (char) (hex_digit(text.ptr[i + 1]) * 16 + hex_digit(text.ptr[i + 2]));
			i += 2;
		}
		out[len++] = c;
	}
	return (NamiStr) {out, len};
}

static bool
is_namespace_name(NamiStr name)
{
	if (name.len == 0 || name.len > MAX_NAMESPACE_BYTES || !is_lower_or_digit(name.ptr[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
	{
		if (!is_lower_or_digit(name.ptr[i]) && name.ptr[i] != '-')
			return false;
	}
	return true;
}

static NamiStatus
bad_namespace(NamiError *err)
{
	nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI has an invalid namespace name");
	nami_error_hint(err, "A namespace name has 1 to 63 characters of a-z, 0-9 and \"-\", and does not "
					"begin with \"-\".");
	return NAMI_FAILED;
}

/* A parameter that would carry a secret: keys belong into a user mapping. */
static bool
is_credential_parameter(NamiStr key)
{
	static const NamiStr names[] = {
		NAMI_STR_INIT("access_key_id"), NAMI_STR_INIT("aws_access_key_id"),
		NAMI_STR_INIT("secret_access_key"), NAMI_STR_INIT("aws_secret_access_key"),
		NAMI_STR_INIT("session_token"), NAMI_STR_INIT("aws_session_token"),
		NAMI_STR_INIT("token"), NAMI_STR_INIT("aws_token"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (nami_str_eq_nocase(key, names[i]))
			return true;
	}
	return false;
}

static bool
is_true(NamiStr value)
{
	return nami_str_eq(value, NAMI_STR("true")) || nami_str_eq(value, NAMI_STR("1")) ||
		nami_str_eq(value, NAMI_STR("yes"));
}

static NamiStatus
parse_parameter(NamiArena *arena, NamiStr key, NamiStr value, NamiStoreUri *uri, NamiError *err)
{
	if (is_credential_parameter(key))
	{
		nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI must not contain credentials");
		nami_error_hint(err, "Give keys as options of a user mapping.");
		return NAMI_FAILED;
	}
	if (nami_str_eq(key, NAMI_STR("ns")) || nami_str_eq(key, NAMI_STR("namespace")))
	{
		uri->namespace_name = value;
		return NAMI_OK;
	}
	if (uri->scheme != NAMI_SCHEME_S3)
		return NAMI_OK;
	if (nami_str_eq(key, NAMI_STR("allow_http")))
		uri->allow_http = is_true(value);
	else if (nami_str_eq(key, NAMI_STR("region")))
		return nami_store_uri_set_region(arena, uri, value, err);
	else if (nami_str_eq(key, NAMI_STR("endpoint")))
		return nami_store_uri_set_endpoint(arena, uri, value, err);
	return NAMI_OK;
}

/* Unknown parameters are ignored; of several values the last counts. */
static NamiStatus
parse_query(NamiArena *arena, NamiStr query, NamiStoreUri *uri, NamiError *err)
{
	while (query.len > 0)
	{
		size_t		end = index_of(query, '&');
		NamiStr		pair = nami_str_slice(query, 0, end);
		size_t		equals = index_of(pair, '=');
		NamiStr		key = form_decode(arena, nami_str_slice(pair, 0, equals));
		NamiStr		value = form_decode(arena, from(pair, equals + 1));

		NAMI_TRY(parse_parameter(arena, key, value, uri, err));
		query = from(query, end + 1);
	}
	if (uri->namespace_name.len == 0)
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI has no namespace (parameter \"ns\")");
	if (!is_namespace_name(uri->namespace_name))
		return bad_namespace(err);
	return NAMI_OK;
}

/* spec/storage.md 1.1, "Prefix characters". */
static bool
is_safe_prefix_char(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("-_.=+,()!'", c) != NULL);
}

/* The path of an s3 URI to the root: empty segments vanish, "tenants" when nothing is left. */
static NamiStatus
parse_root(NamiArena *arena, NamiStr path, NamiStr *root, NamiError *err)
{
	NamiBuf		out;

	nami_buf_init(&out, arena);
	while (path.len > 0)
	{
		size_t		end = index_of(path, '/');
		NamiStr		segment = nami_str_slice(path, 0, end);

		path = from(path, end + 1);
		if (segment.len == 0)
			continue;
		for (size_t i = 0; i < segment.len; i++)
		{
			if (is_safe_prefix_char(segment.ptr[i]))
				continue;
			nami_fail(err, NAMI_ERR_OPTION_VALUE, "prefix in store URI has an unsafe character");
			nami_error_detail(err, "NamiDB cannot open a namespace again whose prefix has other "
							  "characters than A-Z a-z 0-9 - _ . = + , ( ) ! ' and /.");
			return NAMI_FAILED;
		}
		if (nami_str_eq(segment, NAMI_STR(".")) || nami_str_eq(segment, NAMI_STR("..")))
			return nami_fail(err, NAMI_ERR_OPTION_VALUE,
							 "prefix in store URI must not contain \".\" or \"..\"");
		if (out.len > 0)
			nami_buf_put_u8(&out, '/');
		nami_buf_put_str(&out, segment);
	}
	*root = out.len == 0 ? NAMI_STR("tenants") : nami_buf_str(&out);
	return NAMI_OK;
}

static bool
is_bucket_name(NamiStr name)
{
	if (name.len == 0 || name.len > MAX_BUCKET_BYTES || !is_alnum(name.ptr[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
	{
		if (!is_alnum(name.ptr[i]) && strchr("-_.", name.ptr[i]) == NULL)
			return false;
	}
	return true;
}

static NamiStatus
parse_s3(NamiArena *arena, NamiStr rest, NamiStoreUri *uri, NamiError *err)
{
	size_t		query_start = index_of(rest, '?');
	NamiStr		location = nami_str_slice(rest, 0, query_start);
	NamiStr		query = from(rest, query_start + 1);
	size_t		host_end = index_of(location, '/');
	NamiStr		host = nami_str_slice(location, 0, host_end);
	size_t		colon;

	if (index_of(host, '@') < host.len)
	{
		nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI must not contain credentials");
		nami_error_hint(err, "Give keys as options of a user mapping.");
		return NAMI_FAILED;
	}
	colon = index_of(host, ':');
	for (size_t i = colon + 1; i < host.len; i++)
	{
		if (host.ptr[i] < '0' || host.ptr[i] > '9')
			return nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI is malformed");
	}
	uri->bucket = nami_arena_str(arena, nami_str_slice(host, 0, colon));
	if (!is_bucket_name(uri->bucket))
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI has an invalid bucket name");
	NAMI_TRY(parse_root(arena, from(location, host_end), &uri->root, err));

	/* The form is a URL: a fragment ends the query. */
	return parse_query(arena, nami_str_slice(query, 0, index_of(query, '#')), uri, err);
}

static NamiStatus
parse_file(NamiArena *arena, NamiStr rest, NamiStoreUri *uri, NamiError *err)
{
	size_t		query_start = index_of(rest, '?');

	uri->directory = nami_arena_str(arena, nami_str_slice(rest, 0, query_start));
	if (uri->directory.len == 0)
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI has no directory");
	return parse_query(arena, from(rest, query_start + 1), uri, err);
}

static NamiStatus
parse_memory(NamiArena *arena, NamiStr rest, NamiStoreUri *uri, NamiError *err)
{
	uri->namespace_name = nami_arena_str(arena, rest);
	return is_namespace_name(rest) ? NAMI_OK : bad_namespace(err);
}

static bool
take_prefix(NamiStr *text, NamiStr prefix)
{
	if (!nami_str_starts_with(*text, prefix))
		return false;
	*text = from(*text, prefix.len);
	return true;
}

static NamiStatus
parse_scheme(NamiStr *text, NamiStoreScheme *scheme, NamiError *err)
{
	if (take_prefix(text, NAMI_STR("memory://")))
		*scheme = NAMI_SCHEME_MEMORY;
	else if (take_prefix(text, NAMI_STR("file://")))
		*scheme = NAMI_SCHEME_FILE;
	else if (take_prefix(text, NAMI_STR("s3://")))
		*scheme = NAMI_SCHEME_S3;
	else if (nami_str_starts_with(*text, NAMI_STR("gs://")) ||
			 nami_str_starts_with(*text, NAMI_STR("az://")))
	{
		nami_fail(err, NAMI_ERR_UNSUPPORTED, "store URIs of the scheme \"%.2s\" are not supported",
				  text->ptr);
		nami_error_hint(err, "Use s3://, file:// or memory://.");
		return NAMI_FAILED;
	}
	else
	{
		nami_fail(err, NAMI_ERR_UNSUPPORTED, "unsupported scheme of store URI");
		nami_error_hint(err, "Use s3://, file:// or memory:// in lower case.");
		return NAMI_FAILED;
	}
	return NAMI_OK;
}

NamiStatus
nami_store_uri_parse(NamiArena *arena, NamiStr text, NamiStoreUri *out, NamiError *err)
{
	NamiBuf		prefix;

	*out = (NamiStoreUri) {0};
	if (text.len > MAX_URI_BYTES)
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI is longer than %d bytes",
						 MAX_URI_BYTES);
	for (size_t i = 0; i < text.len; i++)
	{
		if ((unsigned char) text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
			return nami_fail(err, NAMI_ERR_OPTION_VALUE, "store URI has a control character");
	}
	NAMI_TRY(parse_scheme(&text, &out->scheme, err));
	switch (out->scheme)
	{
		case NAMI_SCHEME_MEMORY:
			NAMI_TRY(parse_memory(arena, text, out, err));
			break;
		case NAMI_SCHEME_FILE:
			NAMI_TRY(parse_file(arena, text, out, err));
			break;
		case NAMI_SCHEME_S3:
			out->region = NAMI_STR("us-east-1");
			NAMI_TRY(parse_s3(arena, text, out, err));
			break;
	}
	nami_buf_init(&prefix, arena);
	if (out->root.len > 0)
	{
		nami_buf_put_str(&prefix, out->root);
		nami_buf_put_u8(&prefix, '/');
	}
	nami_buf_put_str(&prefix, out->namespace_name);
	out->key_prefix = nami_buf_str(&prefix);
	return NAMI_OK;
}

NamiStatus
nami_store_uri_set_region(NamiArena *arena, NamiStoreUri *uri, NamiStr region, NamiError *err)
{
	if (uri->scheme != NAMI_SCHEME_S3)
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "only an s3:// store has a region");
	if (region.len == 0 || region.len > MAX_REGION_BYTES)
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "region of the store is empty or too long");

	/* It becomes part of a host name and of the signature's scope. */
	for (size_t i = 0; i < region.len; i++)
	{
		if (!is_alnum(region.ptr[i]) && region.ptr[i] != '-' && region.ptr[i] != '_')
			return nami_fail(err, NAMI_ERR_OPTION_VALUE, "region of the store has an invalid character");
	}
	uri->region = nami_arena_str(arena, region);
	uri->has_region = true;
	return NAMI_OK;
}

/* host[:port] of an endpoint; an IPv6 address in brackets. */
static bool
is_authority(NamiStr authority)
{
	NamiStr		host = authority;
	NamiStr		port;
	unsigned	number = 0;

	if (authority.len > 0 && authority.ptr[0] == '[')
	{
		size_t		close = index_of(authority, ']');

		if (close == authority.len || close < 3)
			return false;
		for (size_t i = 1; i < close; i++)
		{
			if (hex_digit(authority.ptr[i]) < 0 && strchr(":.", authority.ptr[i]) == NULL)
				return false;
		}
		host.len = close + 1;
	}
	else
	{
		host.len = index_of(authority, ':');
		if (host.len == 0 || host.len > 253)
			return false;
		for (size_t i = 0; i < host.len; i++)
		{
			if (!is_alnum(host.ptr[i]) && strchr("-_.", host.ptr[i]) == NULL)
				return false;
		}
	}
	port = from(authority, host.len);
	if (port.len == 0)
		return true;
	if (port.ptr[0] != ':' || port.len < 2 || port.len > 6)
		return false;
	for (size_t i = 1; i < port.len; i++)
	{
		if (port.ptr[i] < '0' || port.ptr[i] > '9')
			return false;
		number = number * 10 + (unsigned) (port.ptr[i] - '0');
	}
	return number >= 1 && number <= 65535;
}

NamiStatus
nami_store_uri_set_endpoint(NamiArena *arena, NamiStoreUri *uri, NamiStr endpoint, NamiError *err)
{
	NamiStr		rest = endpoint;
	NamiStr		authority;
	NamiStr		path;
	NamiBuf		out;
	bool		is_http;

	if (uri->scheme != NAMI_SCHEME_S3)
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "only an s3:// store has an endpoint");
	is_http = take_prefix(&rest, NAMI_STR("http://"));
	if (!is_http && !take_prefix(&rest, NAMI_STR("https://")))
		return nami_fail(err, NAMI_ERR_OPTION_VALUE,
						 "endpoint of the store must begin with http:// or https://");
	authority = nami_str_slice(rest, 0, index_of(rest, '/'));
	path = from(rest, authority.len);
	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	if (!is_authority(authority))
		return nami_fail(err, NAMI_ERR_OPTION_VALUE, "endpoint of the store has an invalid host or port");

	/* The path goes into request lines and signatures as it is. */
	for (size_t i = 0; i < path.len; i++)
	{
		if (!is_alnum(path.ptr[i]) && strchr("-_.~/", path.ptr[i]) == NULL)
			return nami_fail(err, NAMI_ERR_OPTION_VALUE,
							 "endpoint of the store has an invalid character in its path");
	}
	nami_buf_init(&out, arena);
	nami_buf_put_cstr(&out, is_http ? "http://" : "https://");
	for (size_t i = 0; i < authority.len; i++)
		nami_buf_put_u8(&out, (uint8_t) to_lower(authority.ptr[i]));
	nami_buf_put_str(&out, path);
	uri->endpoint = nami_buf_str(&out);
	return NAMI_OK;
}

NamiStr
nami_store_uri_endpoint(NamiArena *arena, const NamiStoreUri *uri)
{
	if (uri->scheme != NAMI_SCHEME_S3 || uri->endpoint.len > 0)
		return uri->endpoint;
	return nami_str(nami_arena_printf(arena, "https://s3.%.*s.amazonaws.com",
									  NAMI_STR_ARG(uri->region)));
}

NamiStr
nami_store_uri_identity(NamiArena *arena, const NamiStoreUri *uri)
{
	NamiStr		endpoint = nami_store_uri_endpoint(arena, uri);
	NamiStr		directory = uri->directory;

	switch (uri->scheme)
	{
		case NAMI_SCHEME_MEMORY:
			return nami_str(nami_arena_printf(arena, "memory\n%.*s",
											  NAMI_STR_ARG(uri->namespace_name)));
		case NAMI_SCHEME_FILE:
			while (directory.len > 1 && directory.ptr[directory.len - 1] == '/')
				directory.len--;
			return nami_str(nami_arena_printf(arena, "file\n%.*s\n%.*s", NAMI_STR_ARG(directory),
											  NAMI_STR_ARG(uri->namespace_name)));
		case NAMI_SCHEME_S3:
			break;
	}

	/* A default port that is spelled out names the same place. */
	if (nami_str_starts_with(endpoint, NAMI_STR("http://")) &&
		nami_str_ends_with(endpoint, NAMI_STR(":80")))
		endpoint.len -= 3;
	else if (nami_str_starts_with(endpoint, NAMI_STR("https://")) &&
			 nami_str_ends_with(endpoint, NAMI_STR(":443")))
		endpoint.len -= 4;
	return nami_str(nami_arena_printf(arena, "s3\n%.*s\n%.*s\n%.*s\n%.*s", NAMI_STR_ARG(endpoint),
									  NAMI_STR_ARG(uri->bucket), NAMI_STR_ARG(uri->root),
									  NAMI_STR_ARG(uri->namespace_name)));
}

NamiStr
nami_store_uri_display(NamiArena *arena, const NamiStoreUri *uri)
{
	NamiBuf		out;

	nami_buf_init(&out, arena);
	switch (uri->scheme)
	{
		case NAMI_SCHEME_MEMORY:
			nami_buf_printf(&out, "memory://%.*s", NAMI_STR_ARG(uri->namespace_name));
			break;
		case NAMI_SCHEME_FILE:
			nami_buf_printf(&out, "file://%.*s?ns=%.*s", NAMI_STR_ARG(uri->directory),
							NAMI_STR_ARG(uri->namespace_name));
			break;
		case NAMI_SCHEME_S3:
			nami_buf_printf(&out, "s3://%.*s/%.*s?ns=%.*s&region=%.*s", NAMI_STR_ARG(uri->bucket),
							NAMI_STR_ARG(uri->root), NAMI_STR_ARG(uri->namespace_name),
							NAMI_STR_ARG(uri->region));
			if (uri->endpoint.len > 0)
				nami_buf_printf(&out, "&endpoint=%.*s", NAMI_STR_ARG(uri->endpoint));
			if (uri->allow_http)
				nami_buf_put_cstr(&out, "&allow_http=true");
			break;
	}
	return nami_buf_str(&out);
}
