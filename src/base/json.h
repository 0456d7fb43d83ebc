/*
 * json.h - JSON (RFC 8259, strict): a pull reader, a document tree, a writer.
 *
 * Numbers are handed out as the text that was read: nothing is rounded and nothing is lost
 * (spec/storage.md 3.1 "Numbers"). Strings must be valid UTF-8 without lone surrogates.
 * Errors have class NAMI_ERR_CORRUPT and name the byte offset; nami_json_write and the put
 * functions cannot fail.
 */
#ifndef NAMI_BASE_JSON_H
#define NAMI_BASE_JSON_H

#include "base/buf.h"
#include "base/json_scan.h"

/* ---- pull reader ---- */

typedef enum NamiJsonToken
{
	NAMI_JSON_END,				/* behind the one value of the text */
	NAMI_JSON_OBJECT_START,
	NAMI_JSON_OBJECT_END,
	NAMI_JSON_ARRAY_START,
	NAMI_JSON_ARRAY_END,
	NAMI_JSON_KEY,				/* text: the unescaped name */
	NAMI_JSON_STRING_VALUE,		/* text: unescaped */
	NAMI_JSON_NUMBER_VALUE,		/* text: the token */
	NAMI_JSON_TRUE,
	NAMI_JSON_FALSE,
	NAMI_JSON_NULL_VALUE
} NamiJsonToken;

typedef struct NamiJsonReader
{
	NamiCursor	cur;
	const uint8_t *start;		/* of the whole text, borrowed */
	NamiArena  *arena;			/* unescaped strings go here */
	NamiStr		text;			/* of the last KEY, STRING or NUMBER: in the input or the arena */
	unsigned	depth;			/* containers open now */
	unsigned	depth_max;
	uint64_t	is_object[NAMI_JSON_DEPTH_LIMIT / 64];
	uint8_t		state;			/* private */
} NamiJsonReader;

/* The input is borrowed while the reader and the texts that it hands out are in use. */
extern void nami_json_reader_init(NamiJsonReader *reader, NamiCursor input, NamiArena *arena,
								  unsigned depth_max);
extern NamiStatus nami_json_next(NamiJsonReader *reader, NamiJsonToken *token, NamiError *err)
			NAMI_MUST_CHECK;

/* Takes one whole value where a value is due (behind a KEY, in an array, at the start). */
extern NamiStatus nami_json_skip(NamiJsonReader *reader, NamiStr *raw, NamiError *err)
			NAMI_MUST_CHECK;

/* ---- document tree ---- */

typedef enum NamiJsonKind
{
	NAMI_JSON_NULL,
	NAMI_JSON_BOOL,
	NAMI_JSON_NUMBER,
	NAMI_JSON_STRING,
	NAMI_JSON_ARRAY,
	NAMI_JSON_OBJECT
} NamiJsonKind;

/*
 * A node. The whole text is checked when it is parsed, but a container is taken apart only when
 * somebody looks inside ("opened"); until then, and for every scalar, text is the value's JSON as
 * it stands in the input and is written out again byte for byte. So a large document of which a
 * few members change costs little, and whatever is not understood survives unchanged.
 *
 * Nodes live by value in their parent: a pointer to a child is valid until a sibling is added to or
 * removed from the same container.
 */
typedef struct NamiJson NamiJson;
struct NamiJson
{
	NamiStr		key;			/* unescaped name when a member of an object */
	NamiStr		text;			/* the value's JSON unless is_open; borrowed from the input or arena */
	NamiArena  *arena;			/* children and unescaped texts; borrowed */
	NamiJson   *children;		/* when is_open */
	uint32_t	count;
	uint32_t	capacity;
	uint8_t		kind;			/* NamiJsonKind */
	bool		is_open;
};

/* Checks the text and makes its root. text must outlive the tree. */
extern NamiStatus nami_json_parse(NamiArena *arena, NamiStr text, unsigned depth_max, NamiJson *root,
								  NamiError *err) NAMI_MUST_CHECK;

/* The same for a text that nami_json_parse has accepted before, or that a writer here has made. */
extern NamiJson nami_json_reparse(NamiArena *arena, NamiStr text);

/* Member of an object; NULL when absent or when node is no object. The last one of duplicates. */
extern NamiJson *nami_json_get(NamiJson *node, NamiStr key);

/* Number of members or elements; 0 for scalars. Children in the order of the text. */
extern uint32_t nami_json_count(NamiJson *node);
extern NamiJson *nami_json_at(NamiJson *node, uint32_t index);

/* Scalars; false when node is NULL, of another kind, or (numbers) not an integer of that range. */
extern bool nami_json_string(const NamiJson *node, NamiStr *out) __attribute__((warn_unused_result));
extern bool nami_json_bool(const NamiJson *node, bool *out) __attribute__((warn_unused_result));
extern bool nami_json_u64(const NamiJson *node, uint64_t *out) __attribute__((warn_unused_result));
extern bool nami_json_i64(const NamiJson *node, int64_t *out) __attribute__((warn_unused_result));
extern bool nami_json_double(const NamiJson *node, double *out) __attribute__((warn_unused_result));

/* New nodes, to be put into a tree of the same arena. */
extern NamiJson nami_json_new_object(NamiArena *arena);
extern NamiJson nami_json_new_array(NamiArena *arena);
extern NamiJson nami_json_new_string(NamiArena *arena, NamiStr text);
extern NamiJson nami_json_new_u64(NamiArena *arena, uint64_t value);
extern NamiJson nami_json_new_double(NamiArena *arena, double value);	/* finite */
extern NamiJson nami_json_new_bool(NamiArena *arena, bool value);
extern NamiJson nami_json_new_null(NamiArena *arena);

/* Replaces the member in its place, or adds it at the end. Yields the member. */
extern NamiJson *nami_json_set(NamiJson *object, NamiStr key, NamiJson value);

/* Adds an element at the end. */
extern NamiJson *nami_json_append(NamiJson *array, NamiJson value);

/* Removes all members of that name; false when there was none. */
extern bool nami_json_remove(NamiJson *object, NamiStr key);
extern void nami_json_remove_at(NamiJson *container, uint32_t index);
extern void nami_json_clear(NamiJson *container);

/* Equal in value: numbers by their text, strings unescaped, objects whatever their order. */
extern bool nami_json_equal(NamiJson *a, NamiJson *b);

extern void nami_json_write(const NamiJson *node, NamiBuf *out);

/* ---- writer ---- */

/* A quoted string, escaped as spec/storage.md 7.1 says. text must be valid UTF-8. */
extern void nami_json_put_string(NamiBuf *out, NamiStr text);
extern void nami_json_put_u64(NamiBuf *out, uint64_t value);
extern void nami_json_put_i64(NamiBuf *out, int64_t value);
extern void nami_json_put_double(NamiBuf *out, double value);	/* finite */

/* Compact JSON; the writer only keeps track of commas. */
typedef struct NamiJsonWriter
{
	NamiBuf    *out;			/* borrowed */
	bool		needs_comma;
} NamiJsonWriter;

static inline NamiJsonWriter
nami_json_writer(NamiBuf *out)
{
	return (NamiJsonWriter) {out, false};
}

extern void nami_json_begin(NamiJsonWriter *writer, char bracket);	/* '{' or '[' */
extern void nami_json_end(NamiJsonWriter *writer, char bracket);	/* '}' or ']' */
extern void nami_json_key(NamiJsonWriter *writer, NamiStr key);
extern void nami_json_write_string(NamiJsonWriter *writer, NamiStr text);
extern void nami_json_write_u64(NamiJsonWriter *writer, uint64_t value);
extern void nami_json_write_i64(NamiJsonWriter *writer, int64_t value);
extern void nami_json_write_double(NamiJsonWriter *writer, double value);
extern void nami_json_write_bool(NamiJsonWriter *writer, bool value);
extern void nami_json_write_null(NamiJsonWriter *writer);
extern void nami_json_write_raw(NamiJsonWriter *writer, NamiStr json);

#endif							/* NAMI_BASE_JSON_H */
