/*
 * json_tree.c - the document tree of json.h.
 */
#include "base/json.h"

#include "base/number.h"
#include "base/utf8.h"

static NamiJsonKind
kind_of(NamiStr text)
{
	switch (text.ptr[0])
	{
		case '{':
			return NAMI_JSON_OBJECT;
		case '[':
			return NAMI_JSON_ARRAY;
		case '"':
			return NAMI_JSON_STRING;
		case 't':
		case 'f':
			return NAMI_JSON_BOOL;
		case 'n':
			return NAMI_JSON_NULL;
		default:
			return NAMI_JSON_NUMBER;
	}
}

static NamiJson
closed_node(NamiArena *arena, NamiStr key, NamiStr text)
{
	return (NamiJson) {.key = key, .text = text, .arena = arena, .kind = (uint8_t) kind_of(text)};
}

NamiStatus
nami_json_parse(NamiArena *arena, NamiStr text, unsigned depth_max, NamiJson *root, NamiError *err)
{
	NamiCursor	cur = nami_cursor_of(text);
	NamiStr		raw = {0};
	NamiJsonFault fault = NAMI_JSON_BAD_UTF8;

	if (nami_utf8_is_valid(text))
		fault = nami_json_scan_value(&cur, depth_max, &raw);
	if (fault == NAMI_JSON_FINE)
	{
		nami_json_skip_space(&cur);
		if (cur.len > 0)
			fault = NAMI_JSON_TRAILING;
	}
	if (fault != NAMI_JSON_FINE)
		return nami_fail(err, NAMI_ERR_CORRUPT, "malformed JSON: %s at byte %zu",
						 nami_json_fault_text(fault), text.len - cur.len);
	*root = closed_node(arena, (NamiStr) {0}, raw);
	return NAMI_OK;
}

NamiJson
nami_json_reparse(NamiArena *arena, NamiStr text)
{
	NamiCursor	cur = nami_cursor_of(text);
	NamiStr		raw = NAMI_STR("null");

	if (nami_json_scan_value(&cur, NAMI_JSON_DEPTH_LIMIT, &raw) != NAMI_JSON_FINE)
		NAMI_ASSERT(!"nami_json_reparse of a malformed text");
	return closed_node(arena, (NamiStr) {0}, raw);
}

static NamiJson *
add_child(NamiJson *node)
{
	if (node->count == node->capacity)
	{
		uint32_t	capacity = node->capacity == 0 ? 8 : node->capacity * 2;

		node->children = nami_arena_realloc(node->arena, node->children,
											node->capacity * sizeof(NamiJson),
											capacity * sizeof(NamiJson));
		node->capacity = capacity;
	}
	return &node->children[node->count++];
}

static bool
is_container(const NamiJson *node)
{
	return node->kind == NAMI_JSON_OBJECT || node->kind == NAMI_JSON_ARRAY;
}

/* Takes a container apart, one level. Its text has been checked, so no scan here can fail. */
static void
open_node(NamiJson *node)
{
	NamiCursor	cur = nami_cursor_of(node->text);
	bool		is_object = node->kind == NAMI_JSON_OBJECT;
	uint8_t		close = is_object ? '}' : ']';
	bool		is_sound = nami_cursor_skip(&cur, 1);

	nami_json_skip_space(&cur);
	while (is_sound && cur.len > 0 && *cur.ptr != close)
	{
		NamiStr		key = {0};
		NamiStr		raw = {0};
		bool		has_escape = false;

		if (is_object)
		{
			is_sound = nami_json_scan_string(&cur, &key, &has_escape) == NAMI_JSON_FINE;
			if (has_escape)
				key = nami_json_unescape(node->arena, key);
			nami_json_skip_space(&cur);
			is_sound = is_sound && nami_cursor_skip(&cur, 1);
		}
		is_sound = is_sound &&
			nami_json_scan_value(&cur, NAMI_JSON_DEPTH_LIMIT, &raw) == NAMI_JSON_FINE;
		if (!is_sound)
			break;
		*add_child(node) = closed_node(node->arena, key, raw);
		nami_json_skip_space(&cur);
		if (cur.len > 0 && *cur.ptr == ',')
		{
			is_sound = nami_cursor_skip(&cur, 1);
			nami_json_skip_space(&cur);
		}
	}
	NAMI_ASSERT(is_sound);
	node->is_open = true;
}

static inline void
ensure_open(NamiJson *node)
{
	if (!node->is_open && is_container(node))
		open_node(node);
}

NamiJson *
nami_json_get(NamiJson *node, NamiStr key)
{
	if (node == NULL || node->kind != NAMI_JSON_OBJECT)
		return NULL;
	ensure_open(node);
	for (uint32_t i = node->count; i-- > 0;)
	{
		if (nami_str_eq(node->children[i].key, key))
			return &node->children[i];
	}
	return NULL;
}

uint32_t
nami_json_count(NamiJson *node)
{
	if (node == NULL || !is_container(node))
		return 0;
	ensure_open(node);
	return node->count;
}

NamiJson *
nami_json_at(NamiJson *node, uint32_t index)
{
	NAMI_ASSERT(index < nami_json_count(node));
	return &node->children[index];
}

bool
nami_json_string(const NamiJson *node, NamiStr *out)
{
	NamiCursor	cur;
	bool		has_escape;

	if (node == NULL || node->kind != NAMI_JSON_STRING)
		return false;
	cur = nami_cursor_of(node->text);
	if (nami_json_scan_string(&cur, out, &has_escape) != NAMI_JSON_FINE)
		return false;
	if (has_escape)
		*out = nami_json_unescape(node->arena, *out);
	return true;
}

bool
nami_json_bool(const NamiJson *node, bool *out)
{
	if (node == NULL || node->kind != NAMI_JSON_BOOL)
		return false;
	*out = node->text.ptr[0] == 't';
	return true;
}

bool
nami_json_u64(const NamiJson *node, uint64_t *out)
{
	return node != NULL && node->kind == NAMI_JSON_NUMBER && nami_number_parse_u64(node->text, out);
}

bool
nami_json_i64(const NamiJson *node, int64_t *out)
{
	NamiNumber	number;

	if (node == NULL || node->kind != NAMI_JSON_NUMBER)
		return false;
	number = nami_number_parse(node->text);
	if (number.kind != NAMI_NUMBER_INT)
		return false;
	*out = number.integer;
	return true;
}

bool
nami_json_double(const NamiJson *node, double *out)
{
	NamiNumber	number;

	if (node == NULL || node->kind != NAMI_JSON_NUMBER)
		return false;
	number = nami_number_parse(node->text);
	switch (number.kind)
	{
		case NAMI_NUMBER_INT:
			*out = (double) number.integer;
			return true;
		case NAMI_NUMBER_UINT:
			*out = (double) number.unsigned_integer;
			return true;
		case NAMI_NUMBER_FLOAT:
			*out = number.number;
			return true;
		case NAMI_NUMBER_INVALID:
		case NAMI_NUMBER_OVERFLOW:
			break;
	}
	return false;
}

/* ---- building ---- */

NamiJson
nami_json_new_object(NamiArena *arena)
{
	return (NamiJson) {.arena = arena, .kind = NAMI_JSON_OBJECT, .is_open = true};
}

NamiJson
nami_json_new_array(NamiArena *arena)
{
	return (NamiJson) {.arena = arena, .kind = NAMI_JSON_ARRAY, .is_open = true};
}

NamiJson
nami_json_new_string(NamiArena *arena, NamiStr text)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_json_put_string(&buf, text);
	return closed_node(arena, (NamiStr) {0}, nami_buf_str(&buf));
}

NamiJson
nami_json_new_u64(NamiArena *arena, uint64_t value)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_json_put_u64(&buf, value);
	return closed_node(arena, (NamiStr) {0}, nami_buf_str(&buf));
}

NamiJson
nami_json_new_double(NamiArena *arena, double value)
{
	NamiBuf		buf;

	nami_buf_init(&buf, arena);
	nami_json_put_double(&buf, value);
	return closed_node(arena, (NamiStr) {0}, nami_buf_str(&buf));
}

NamiJson
nami_json_new_bool(NamiArena *arena, bool value)
{
	return closed_node(arena, (NamiStr) {0}, value ? NAMI_STR("true") : NAMI_STR("false"));
}

NamiJson
nami_json_new_null(NamiArena *arena)
{
	return closed_node(arena, (NamiStr) {0}, NAMI_STR("null"));
}

NamiJson *
nami_json_set(NamiJson *object, NamiStr key, NamiJson value)
{
	NamiJson   *member = nami_json_get(object, key);

	NAMI_ASSERT(object->kind == NAMI_JSON_OBJECT);
	if (member != NULL)
		value.key = member->key;
	else
	{
		value.key = nami_arena_str(object->arena, key);
		member = add_child(object);
	}
	*member = value;
	return member;
}

NamiJson *
nami_json_append(NamiJson *array, NamiJson value)
{
	NamiJson   *element;

	NAMI_ASSERT(array->kind == NAMI_JSON_ARRAY);
	ensure_open(array);
	element = add_child(array);
	value.key = (NamiStr) {0};
	*element = value;
	return element;
}

void
nami_json_remove_at(NamiJson *container, uint32_t index)
{
	NAMI_ASSERT(index < nami_json_count(container));
	container->count--;
	memmove(&container->children[index], &container->children[index + 1],
			(container->count - index) * sizeof(NamiJson));
}

bool
nami_json_remove(NamiJson *object, NamiStr key)
{
	bool		found = false;
	NamiJson   *member;

	while ((member = nami_json_get(object, key)) != NULL)
	{
		nami_json_remove_at(object, (uint32_t) (member - object->children));
		found = true;
	}
	return found;
}

void
nami_json_clear(NamiJson *container)
{
	NAMI_ASSERT(is_container(container));
	container->is_open = true;
	container->count = 0;
}

/* Recursion is bounded by the depth limit of the parser. */
bool
nami_json_equal(NamiJson *a, NamiJson *b)
{
	NamiStr		left;
	NamiStr		right;

	if (a->kind != b->kind)
		return false;
	if (a->kind == NAMI_JSON_STRING)
		return nami_json_string(a, &left) && nami_json_string(b, &right) &&
			nami_str_eq(left, right);
	if (!is_container(a))
		return nami_str_eq(a->text, b->text);
	if (nami_json_count(a) != nami_json_count(b))
		return false;
	for (uint32_t i = 0; i < a->count; i++)
	{
		NamiJson   *other = a->kind == NAMI_JSON_OBJECT ?
			nami_json_get(b, a->children[i].key) : &b->children[i];

		if (other == NULL || !nami_json_equal(&a->children[i], other))
			return false;
	}
	return true;
}

void
nami_json_write(const NamiJson *node, NamiBuf *out)
{
	bool		is_object = node->kind == NAMI_JSON_OBJECT;

	if (!node->is_open)
	{
		nami_buf_put_str(out, node->text);
		return;
	}
	nami_buf_put_u8(out, is_object ? '{' : '[');
	for (uint32_t i = 0; i < node->count; i++)
	{
		if (i > 0)
			nami_buf_put_u8(out, ',');
		if (is_object)
		{
			nami_json_put_string(out, node->children[i].key);
			nami_buf_put_u8(out, ':');
		}
		nami_json_write(&node->children[i], out);
	}
	nami_buf_put_u8(out, is_object ? '}' : ']');
}
