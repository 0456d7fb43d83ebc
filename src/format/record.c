/*
 * record.c - see record.h.
 */
#include "format/record.h"

#include "base/json.h"
#include "base/vec.h"

/* Containers in a record that the product can read, the record's own braces included. */
#define RECORD_DEPTH_MAX	127

typedef enum Member
{
	MEMBER_PROPERTIES = 1,
	MEMBER_SCHEMA_VERSION = 2,
	MEMBER_LABELS = 4,
	MEMBER_UNKNOWN = 0
} Member;

typedef struct RecordParser
{
	NamiCursor	cur;
	NamiArena  *arena;
	NamiRecord *record;
	unsigned	seen;			/* Member bits */
	bool		is_node;
	NamiError  *err;
} RecordParser;

static NamiStatus
corrupt(RecordParser *parser, const char *cause)
{
	return nami_fail(parser->err, NAMI_ERR_CORRUPT, "malformed %s record: %s",
					 parser->is_node ? "node" : "edge", cause);
}

static bool
take_mark(RecordParser *parser, char mark)
{
	nami_json_skip_space(&parser->cur);
	if (parser->cur.len == 0 || *parser->cur.ptr != (uint8_t) mark)
		return false;
	return nami_cursor_skip(&parser->cur, 1);
}

/*
 * Finds the end of the properties by counting brackets outside strings. The content is not checked:
 * whoever decodes the slice finds every fault, wrongly paired brackets included, because the slice
 * must be one whole object.
 */
static NamiStatus
delimit_properties(RecordParser *parser)
{
	const uint8_t *start;
	size_t		depth = 0;
	NamiCursor *cur = &parser->cur;

	nami_json_skip_space(cur);
	if (cur->len == 0 || *cur->ptr != '{')
		return corrupt(parser, "the properties are not an object");
	start = cur->ptr;
	do
	{
		uint8_t		c;

		if (cur->len == 0)
			return corrupt(parser, "unexpected end");
		c = *cur->ptr;
		if (c == '"')
		{
			NamiStr		ignored;
			bool		has_escape;
			NamiJsonFault fault = nami_json_scan_string(cur, &ignored, &has_escape);

			if (fault != NAMI_JSON_FINE)
				return corrupt(parser, nami_json_fault_text(fault));
			continue;
		}
		cur->ptr++;
		cur->len--;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
	} while (depth > 0);
	parser->record->properties = (NamiStr) {(const char *) start, (size_t) (cur->ptr - start)};
	return NAMI_OK;
}

/* A plain unsigned integer token. */
static NamiStatus
read_u64(RecordParser *parser, uint64_t max, const char *cause, uint64_t *out)
{
	NamiStr		token;
	NamiJson	node = {.kind = NAMI_JSON_NUMBER};

	nami_json_skip_space(&parser->cur);
	if (nami_json_scan_number(&parser->cur, &token) != NAMI_JSON_FINE)
		return corrupt(parser, cause);
	node.text = token;
	if (!nami_json_u64(&node, out) || *out > max)
		return corrupt(parser, cause);
	return NAMI_OK;
}

static NamiStatus
read_labels(RecordParser *parser)
{
	static const char *const cause = "labels must be an array of 32-bit ids";
	NAMI_VEC(uint32_t) labels = {0};

	if (!take_mark(parser, '['))
		return corrupt(parser, cause);
	if (!take_mark(parser, ']'))
	{
		do
		{
			uint64_t	id;

			NAMI_TRY(read_u64(parser, UINT32_MAX, cause, &id));
			nami_vec_push(&labels, parser->arena, (uint32_t) id);
		} while (take_mark(parser, ','));
		if (!take_mark(parser, ']'))
			return corrupt(parser, cause);
	}
	if (labels.count > UINT32_MAX)
		return corrupt(parser, cause);
	parser->record->labels = labels.items;
	parser->record->label_count = (uint32_t) labels.count;
	return NAMI_OK;
}

static Member
member_of(RecordParser *parser, NamiStr name)
{
	if (nami_str_eq(name, NAMI_STR("properties")))
		return MEMBER_PROPERTIES;
	if (nami_str_eq(name, NAMI_STR("schema_version")))
		return MEMBER_SCHEMA_VERSION;
	if (parser->is_node && nami_str_eq(name, NAMI_STR("labels")))
		return MEMBER_LABELS;
	return MEMBER_UNKNOWN;
}

static NamiStatus
read_member(RecordParser *parser)
{
	NamiStr		name;
	bool		has_escape;
	Member		member;
	NamiJsonFault fault;

	nami_json_skip_space(&parser->cur);
	fault = nami_json_scan_string(&parser->cur, &name, &has_escape);
	if (fault != NAMI_JSON_FINE)
		return corrupt(parser, nami_json_fault_text(fault));
	if (has_escape)
		name = nami_json_unescape(parser->arena, name);
	if (!take_mark(parser, ':'))
		return corrupt(parser, "unexpected character");
	member = member_of(parser, name);
	if (parser->seen & member)
		return corrupt(parser, "a member comes twice");
	parser->seen |= member;
	switch (member)
	{
		case MEMBER_PROPERTIES:
			return delimit_properties(parser);
		case MEMBER_SCHEMA_VERSION:
			return read_u64(parser, UINT64_MAX, "schema_version must be an unsigned integer",
							&parser->record->schema_version);
		case MEMBER_LABELS:
			return read_labels(parser);
		case MEMBER_UNKNOWN:
			break;
	}
	fault = nami_json_scan_value(&parser->cur, RECORD_DEPTH_MAX - 1, &name);
	return fault == NAMI_JSON_FINE ? NAMI_OK : corrupt(parser, nami_json_fault_text(fault));
}

static NamiStatus
parse_record(RecordParser *parser)
{
	*parser->record = (NamiRecord) {.properties = NAMI_STR("{}")};
	if (!take_mark(parser, '{'))
		return corrupt(parser, "it is not an object");
	if (!take_mark(parser, '}'))
	{
		do
			NAMI_TRY(read_member(parser));
		while (take_mark(parser, ','));
		if (!take_mark(parser, '}'))
			return corrupt(parser, "unexpected end");
	}
	nami_json_skip_space(&parser->cur);
	if (parser->cur.len > 0)
		return corrupt(parser, "something follows the closing brace");
	return NAMI_OK;
}

NamiStatus
nami_record_parse_node(NamiArena *arena, NamiStr value, NamiRecord *record, NamiError *err)
{
	RecordParser parser = {nami_cursor_of(value), arena, record, 0, true, err};

	return parse_record(&parser);
}

NamiStatus
nami_record_parse_edge(NamiArena *arena, NamiStr value, NamiRecord *record, NamiError *err)
{
	RecordParser parser = {nami_cursor_of(value), arena, record, 0, false, err};

	return parse_record(&parser);
}

void
nami_record_begin(NamiBuf *out)
{
	nami_buf_put_cstr(out, "{\"properties\":");
}

void
nami_record_end_edge(NamiBuf *out, uint64_t schema_version)
{
	nami_buf_put_cstr(out, ",\"schema_version\":");
	nami_json_put_u64(out, schema_version);
	nami_buf_put_u8(out, '}');
}

void
nami_record_end_node(NamiBuf *out, uint64_t schema_version, const uint32_t *labels,
					 uint32_t label_count)
{
	nami_buf_put_cstr(out, ",\"schema_version\":");
	nami_json_put_u64(out, schema_version);
	nami_buf_put_cstr(out, ",\"labels\":[");
	for (uint32_t i = 0; i < label_count; i++)
	{
		if (i > 0)
			nami_buf_put_u8(out, ',');
		nami_json_put_u64(out, labels[i]);
	}
	nami_buf_put_cstr(out, "]}");
}
