/*
 * s3_xml.c - see s3_xml.h.
 */
#include "store/s3_xml.h"

#include <expat.h>

#define MAX_DEPTH			16
#define MAX_TEXT_BYTES		((size_t) 16 * 1024)	/* of one element; keys have 1024, encoded thrice that */
#define MAX_OBJECT_BYTES	((size_t) 64 << 20)

typedef enum Element
{
	ELEMENT_OTHER,
	/* listing */
	ELEMENT_LISTING,
	ELEMENT_CONTENTS,
	ELEMENT_KEY,
	ELEMENT_SIZE,
	ELEMENT_IS_TRUNCATED,
	ELEMENT_TOKEN,
	ELEMENT_ENCODING,
	/* error */
	ELEMENT_ERROR,
	ELEMENT_CODE,
	ELEMENT_REQUEST_ID,
	ELEMENT_REGION
} Element;

typedef struct Known
{
	Element		parent;			/* ELEMENT_OTHER: the document's root */
	const char *name;
	Element		element;
} Known;

static const Known known_elements[] = {
	{ELEMENT_OTHER, "ListBucketResult", ELEMENT_LISTING},
	{ELEMENT_LISTING, "Contents", ELEMENT_CONTENTS},
	{ELEMENT_CONTENTS, "Key", ELEMENT_KEY},
	{ELEMENT_CONTENTS, "Size", ELEMENT_SIZE},
	{ELEMENT_LISTING, "IsTruncated", ELEMENT_IS_TRUNCATED},
	{ELEMENT_LISTING, "NextContinuationToken", ELEMENT_TOKEN},
	{ELEMENT_LISTING, "EncodingType", ELEMENT_ENCODING},
	{ELEMENT_OTHER, "Error", ELEMENT_ERROR},
	{ELEMENT_ERROR, "Code", ELEMENT_CODE},
	{ELEMENT_ERROR, "RequestId", ELEMENT_REQUEST_ID},
	{ELEMENT_ERROR, "Region", ELEMENT_REGION},
};

typedef struct Reader
{
	XML_Parser	parser;
	NamiS3Page *page;			/* or NULL */
	NamiS3Error *error;			/* or NULL */
	Element		path[MAX_DEPTH];
	int			depth;
	NamiHeapBuf text;			/* of the element that is open */
	NamiHeapBuf key;			/* of the object that is open */
	bool		has_key;
	bool		has_listing;
	bool		has_size;
	uint64_t	size_bytes;
	bool		has_failed;
} Reader;

static void
give_up(Reader *reader)
{
	reader->has_failed = true;
	XML_StopParser(reader->parser, XML_FALSE);
}

static void
on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id,
		   int has_internal_subset)
{
	give_up(ctx);
}

static void
on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	Reader	   *reader = ctx;
	Element		parent = reader->depth == 0 ? ELEMENT_OTHER : reader->path[reader->depth - 1];
	Element		element = ELEMENT_OTHER;

	if (reader->depth == MAX_DEPTH)
	{
		give_up(reader);
		return;
	}
	for (size_t i = 0; i < sizeof(known_elements) / sizeof(known_elements[0]); i++)
	{
		const Known *known = &known_elements[i];

		if (known->parent == parent && (parent != ELEMENT_OTHER || reader->depth == 0) &&
			strcmp(known->name, name) == 0)
			element = known->element;
	}
	reader->path[reader->depth++] = element;
	reader->text.len = 0;
	if (element == ELEMENT_LISTING)
		reader->has_listing = true;
	else if (element == ELEMENT_CONTENTS)
	{
		reader->has_key = false;
		reader->has_size = false;
	}
}

static void
on_text(void *ctx, const XML_Char *text, int len)
{
	Reader	   *reader = ctx;

	if (reader->depth > 0 && reader->path[reader->depth - 1] != ELEMENT_OTHER &&
		!nami_heap_buf_put(&reader->text, text, (size_t) len))
		give_up(reader);
}

static bool
parse_size(NamiStr text, uint64_t *out)
{
	uint64_t	value = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.ptr[i] < '0' || text.ptr[i] > '9' ||
			__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t) (text.ptr[i] - '0'), &value))
			return false;
	}
	*out = value;
	return true;
}

/* Error texts go into messages: nothing that could confuse a log. */
static void
copy_printable(char *out, size_t size_bytes, NamiStr text)
{
	size_t		len = 0;

	for (size_t i = 0; i < text.len && len + 1 < size_bytes; i++)
	{
		if (text.ptr[i] > 0x20 && text.ptr[i] < 0x7F)
			out[len++] = text.ptr[i];
	}
	out[len] = '\0';
}

static bool
put_object(NamiS3Page *page, NamiStr key, uint64_t size_bytes)
{
	uint32_t	key_len = (uint32_t) key.len;

	page->object_count++;
	return nami_heap_buf_put(&page->objects, &key_len, sizeof(key_len)) &&
		nami_heap_buf_put(&page->objects, &size_bytes, sizeof(size_bytes)) &&
		nami_heap_buf_put(&page->objects, key.ptr, key.len);
}

static bool
end_of_page_element(Reader *reader, Element element, NamiStr text)
{
	NamiS3Page *page = reader->page;

	switch (element)
	{
		case ELEMENT_CONTENTS:
			return reader->has_key && reader->has_size &&
				put_object(page, (NamiStr) {(const char *) reader->key.ptr, reader->key.len},
						   reader->size_bytes);
		case ELEMENT_KEY:
			reader->has_key = true;
			reader->key.len = 0;
			return text.len > 0 && nami_heap_buf_put(&reader->key, text.ptr, text.len);
		case ELEMENT_SIZE:
			reader->has_size = true;
			return parse_size(text, &reader->size_bytes);
		case ELEMENT_IS_TRUNCATED:
			page->is_truncated = nami_str_eq(text, NAMI_STR("true"));
			return true;
		case ELEMENT_TOKEN:
			page->token.len = 0;
			return nami_heap_buf_put(&page->token, text.ptr, text.len);
		case ELEMENT_ENCODING:
			page->is_url_encoded = nami_str_eq(text, NAMI_STR("url"));
			return true;
		default:
			return true;
	}
}

static void
end_of_error_element(NamiS3Error *error, Element element, NamiStr text)
{
	if (element == ELEMENT_CODE)
		copy_printable(error->code, sizeof(error->code), text);
	else if (element == ELEMENT_REQUEST_ID)
		copy_printable(error->request_id, sizeof(error->request_id), text);
	else if (element == ELEMENT_REGION)
		copy_printable(error->region, sizeof(error->region), text);
}

static void
on_end(void *ctx, const XML_Char *name)
{
	Reader	   *reader = ctx;
	NamiStr		text = {(const char *) reader->text.ptr, reader->text.len};
	Element		element = reader->path[--reader->depth];

	if (reader->page != NULL && !end_of_page_element(reader, element, text))
		give_up(reader);
	if (reader->error != NULL)
		end_of_error_element(reader->error, element, text);
	reader->text.len = 0;
}

/* Runs expat over the document. */
static bool
read_document(Reader *reader, NamiStr xml)
{
	bool		is_ok;

	if (xml.len > NAMI_S3_MAX_PAGE_BYTES)
		return false;
	reader->parser = XML_ParserCreate(NULL);
	if (reader->parser == NULL)
		return false;
	nami_heap_buf_init(&reader->text, MAX_TEXT_BYTES);
	nami_heap_buf_init(&reader->key, MAX_TEXT_BYTES);
	XML_SetUserData(reader->parser, reader);
	XML_SetElementHandler(reader->parser, on_start, on_end);
	XML_SetCharacterDataHandler(reader->parser, on_text);
	XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
	is_ok = XML_Parse(reader->parser, xml.ptr == NULL ? "" : xml.ptr, (int) xml.len,
					  XML_TRUE) == XML_STATUS_OK && !reader->has_failed;
	XML_ParserFree(reader->parser);
	nami_heap_buf_free(&reader->text);
	nami_heap_buf_free(&reader->key);
	return is_ok;
}

/* --------------------------------------------------------------------------------------------- */

void
nami_s3_page_init(NamiS3Page *page)
{
	*page = (NamiS3Page) {0};
	nami_heap_buf_init(&page->objects, MAX_OBJECT_BYTES);
	nami_heap_buf_init(&page->token, MAX_TEXT_BYTES);
}

void
nami_s3_page_free(NamiS3Page *page)
{
	nami_heap_buf_free(&page->objects);
	nami_heap_buf_free(&page->token);
	nami_s3_page_init(page);
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Form decoding in place; yields the new length. */
static size_t
decode_key(uint8_t *key, size_t len)
{
	size_t		out = 0;

	for (size_t i = 0; i < len; i++)
	{
		if (key[i] == '%' && len - i > 2 && hex_digit(key[i + 1]) >= 0 && hex_digit(key[i + 2]) >= 0)
		{
			key[out++] = (uint8_t) (hex_digit(key[i + 1]) * 16 + hex_digit(key[i + 2]));
			i += 2;
		}
		else
			key[out++] = key[i] == '+' ? ' ' : key[i];
	}
	return out;
}

/* EncodingType may stand behind the keys, so they are decoded at the end. */
static void
decode_keys(NamiS3Page *page)
{
	uint8_t    *in = page->objects.ptr;
	uint8_t    *end = in + page->objects.len;
	uint8_t    *out = in;

	while (in < end)
	{
		uint32_t	old_len;
		uint32_t	new_len;

		memcpy(&old_len, in, sizeof(old_len));
		new_len = (uint32_t) decode_key(in + 12, old_len);
		memmove(out, in, 12 + new_len);
		memcpy(out, &new_len, sizeof(new_len));
		in += 12 + old_len;
		out += 12 + new_len;
	}
	page->objects.len = (size_t) (out - page->objects.ptr);
}

bool
nami_s3_page_parse(NamiS3Page *page, NamiStr xml)
{
	Reader		reader = {.page = page};

	if (!read_document(&reader, xml) || !reader.has_listing)
		return false;
	if (page->is_url_encoded && page->objects.len > 0)
		decode_keys(page);
	return true;
}

bool
nami_s3_page_next(NamiCursor *cur, NamiStr *key, uint64_t *size_bytes)
{
	uint32_t	key_len;
	const uint8_t *bytes;

	if (!nami_cursor_copy(cur, &key_len, sizeof(key_len)) ||
		!nami_cursor_copy(cur, size_bytes, sizeof(*size_bytes)) ||
		!nami_cursor_take(cur, key_len, &bytes))
		return false;
	*key = (NamiStr) {(const char *) bytes, key_len};
	return true;
}

void
nami_s3_error_parse(NamiS3Error *error, NamiStr xml)
{
	Reader		reader = {.error = error};

	*error = (NamiS3Error) {0};
	if (!read_document(&reader, xml))
	{
		/* Keep what came before the fault: a cut document still has its code. */
		if (reader.has_failed)
			*error = (NamiS3Error) {0};
	}
}
