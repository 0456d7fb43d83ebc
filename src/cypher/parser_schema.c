/*
 * parser_schema.c - schema commands (spec/cypher.md 2 SchemaCommand, 7).
 */
#include "cypher/parser_internal.h"

bool
nami_cyp_at_schema(const NamiCyParser *p)
{
	if (nami_cyp_is_keyword(p, NAMI_KW_DROP) || nami_cyp_is_keyword(p, NAMI_KW_SHOW))
		return true;
	if (!nami_cyp_is_keyword(p, NAMI_KW_CREATE) || nami_cyp_peek_is(p, 2, NAMI_CYT_EQ))
		return false;
	return nami_cyp_peek_keyword(p, 1, NAMI_KW_CONSTRAINT) ||
		nami_cyp_peek_keyword(p, 1, NAMI_KW_INDEX) ||
		nami_cyp_peek_keyword(p, 1, NAMI_KW_FULLTEXT) ||
		nami_cyp_peek_keyword(p, 1, NAMI_KW_VECTOR);
}

/* Is a name here, or already the FOR, ON or IF behind it? */
static bool
at_schema_name(const NamiCyParser *p)
{
	NamiCyTokenKind next = (NamiCyTokenKind) nami_cyp_peek(p, 1)->kind;

	if (!nami_cyp_is(p, NAMI_CYT_NAME))
		return false;
	if (nami_cyp_is_keyword(p, NAMI_KW_IF))
		return !nami_cyp_peek_keyword(p, 1, NAMI_KW_NOT) &&
			!nami_cyp_peek_keyword(p, 1, NAMI_KW_EXISTS);
	if (nami_cyp_is_keyword(p, NAMI_KW_FOR) || nami_cyp_is_keyword(p, NAMI_KW_ON))
		return next != NAMI_CYT_LPAREN && next != NAMI_CYT_COLON && next != NAMI_CYT_END;
	return true;
}

/* [ name ] [ IF NOT EXISTS ] */
static NamiStatus
parse_created_name(NamiCyParser *p, bool is_mandatory, NamiCySchemaCommand *out)
{
	if (at_schema_name(p))
		NAMI_TRY(nami_cyp_name(p, &out->name, "a name"));
	else if (is_mandatory)
		return nami_cyp_unexpected(p, "the name of the index");
	if (!nami_cyp_accept_keyword(p, NAMI_KW_IF))
		return NAMI_OK;
	out->if_exists = true;
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_NOT, "NOT EXISTS"));
	return nami_cyp_expect_keyword(p, NAMI_KW_EXISTS, "EXISTS");
}

/* '(' variable ':' label ')' */
static NamiStatus
parse_target(NamiCyParser *p, NamiCyName *variable, NamiCyName *label)
{
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
	NAMI_TRY(nami_cyp_name(p, variable, "a variable"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_COLON, "\":\""));
	NAMI_TRY(nami_cyp_name(p, label, "a label"));
	return nami_cyp_expect(p, NAMI_CYT_RPAREN, "\")\"");
}

/* variable '.' key { ',' variable '.' key }; a NULL variable: keys alone. closing ends the list. */
static NamiStatus
parse_properties(NamiCyParser *p, const NamiCyName *variable, NamiCyTokenKind closing,
				 NamiCySchemaCommand *out)
{
	NamiCyNameVec names = {0};

	do
	{
		if (variable != NULL)
		{
			NamiCyName	name;

			NAMI_TRY(nami_cyp_name(p, &name, "a property"));
			if (!nami_str_eq(name.text, variable->text))
				return nami_fail_at(p->err, NAMI_ERR_SYNTAX, "SyntaxError: UndefinedVariable",
									name.span.start, "variable \"%.*s\" is not defined",
									(int) (name.text.len > 60 ? 60 : name.text.len),
									name.text.ptr);
			NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_DOT, "\".\""));
		}
		NAMI_TRY(nami_cyp_name(p, nami_vec_add(&names, p->arena), "the name of a property"));
	} while (closing != NAMI_CYT_END && nami_cyp_accept(p, NAMI_CYT_COMMA));
	out->properties = names.items;
	out->property_count = (uint32_t) names.count;
	if (closing == NAMI_CYT_END)
		return NAMI_OK;
	return nami_cyp_expect(p, closing,
						   closing == NAMI_CYT_RPAREN ? "\",\" or \")\"" : "\",\" or \"]\"");
}

/* ':' label '(' key { ',' key } ')' */
static NamiStatus
parse_short_target(NamiCyParser *p, NamiCySchemaCommand *out)
{
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_COLON, "\":\""));
	NAMI_TRY(nami_cyp_name(p, &out->label, "a label"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
	return parse_properties(p, NULL, NAMI_CYT_RPAREN, out);
}

static NamiStatus
fail_property_count(NamiCyParser *p, const NamiCySchemaCommand *out)
{
	return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX,
						out->properties[1].span.start, "this index has exactly one property");
}

static NamiStatus
parse_create_constraint(NamiCyParser *p, NamiCySchemaCommand *out)
{
	NamiCyName	variable;
	bool		is_old;

	out->kind = NAMI_CY_CREATE_CONSTRAINT;
	NAMI_TRY(parse_created_name(p, false, out));
	is_old = nami_cyp_accept_keyword(p, NAMI_KW_ON);
	if (!is_old)
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_FOR, "FOR or ON"));
	NAMI_TRY(parse_target(p, &variable, &out->label));
	if (is_old)
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_ASSERT, "ASSERT"));
	else
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_REQUIRE, "REQUIRE"));
	if (nami_cyp_accept(p, NAMI_CYT_LPAREN))
		NAMI_TRY(parse_properties(p, &variable, NAMI_CYT_RPAREN, out));
	else
		NAMI_TRY(parse_properties(p, &variable, NAMI_CYT_END, out));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_IS, "IS UNIQUE"));
	return nami_cyp_expect_keyword(p, NAMI_KW_UNIQUE, "UNIQUE");
}

static NamiStatus
parse_create_index(NamiCyParser *p, NamiCySchemaCommand *out)
{
	NamiCyName	variable;

	out->kind = NAMI_CY_CREATE_INDEX;
	NAMI_TRY(parse_created_name(p, false, out));
	if (nami_cyp_accept_keyword(p, NAMI_KW_ON))
	{
		NAMI_TRY(parse_short_target(p, out));
		return out->property_count > 1 ? fail_property_count(p, out) : NAMI_OK;
	}
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_FOR, "FOR or ON"));
	NAMI_TRY(parse_target(p, &variable, &out->label));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_ON, "ON"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
	return parse_properties(p, &variable, NAMI_CYT_RPAREN, out);
}

static NamiStatus
parse_create_fulltext(NamiCyParser *p, NamiCySchemaCommand *out)
{
	NamiCyName	variable;

	out->kind = NAMI_CY_CREATE_FULLTEXT_INDEX;
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_INDEX, "INDEX"));
	NAMI_TRY(parse_created_name(p, true, out));
	if (nami_cyp_accept_keyword(p, NAMI_KW_ON))
		return parse_short_target(p, out);
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_FOR, "FOR or ON"));
	NAMI_TRY(parse_target(p, &variable, &out->label));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_ON, "ON EACH"));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_EACH, "EACH"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LBRACKET, "\"[\""));
	return parse_properties(p, &variable, NAMI_CYT_RBRACKET, out);
}

/* ---- vector indexes ---- */

static bool
find_metric(NamiStr text, NamiCyMetric *out)
{
	static const NamiStr names[] = {
		NAMI_STR_INIT("cosine"), NAMI_STR_INIT("dot"), NAMI_STR_INIT("euclidean")
	};

	for (unsigned i = 0; i < 3; i++)
	{
		if (nami_str_eq_nocase(text, names[i]))
		{
			*out = (NamiCyMetric) i;
			return true;
		}
	}
	return false;
}

static NamiStatus
fail_vector_option(NamiCyParser *p, NamiCySpan span, const char *message)
{
	return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_UNEXPECTED_SYNTAX, span.start, "%s",
						message);
}

static NamiStatus
parse_dimension(NamiCyParser *p, NamiCyVectorOptions *out)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);

	if (token->kind != NAMI_CYT_INT)
		return nami_cyp_unexpected(p, "the number of dimensions");
	out->dimension_span = (NamiCySpan) {token->start, token->end};
	if (token->integer == 0 || token->integer > INT32_MAX)
		return fail_vector_option(p, out->dimension_span,
								  "the number of dimensions must be 1 or more");
	out->dimension = (int64_t) token->integer;
	nami_cyp_next(p);
	return NAMI_OK;
}

static NamiStatus
parse_option_integer(NamiCyParser *p, bool *has, int64_t *out)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);

	if (token->kind != NAMI_CYT_INT || token->integer > INT64_MAX)
		return nami_cyp_unexpected(p, "an integer");
	*has = true;
	*out = (int64_t) token->integer;
	nami_cyp_next(p);
	return NAMI_OK;
}

static NamiStatus
parse_option_quantization(NamiCyParser *p, NamiCyVectorOptions *out)
{
	const NamiCyToken *token = nami_cyp_peek(p, 0);
	NamiCyName	value;

	NAMI_TRY(nami_cyp_name(p, &value, "none or int8"));
	out->has_quantization = true;
	out->is_int8 = nami_str_eq_nocase(value.text, NAMI_STR("int8"));
	if (!out->is_int8 && token->keyword != NAMI_KW_NONE)
		return fail_vector_option(p, value.span, "quantization is none or int8");
	if (out->is_int8 && out->metric != NAMI_CY_METRIC_COSINE)
		return fail_vector_option(p, value.span, "quantization int8 needs METRIC cosine");
	return NAMI_OK;
}

/* name ':' value inside WITH { } */
static NamiStatus
parse_vector_option(NamiCyParser *p, NamiCyVectorOptions *out)
{
	NamiCyName	name;
	const NamiCyToken *value;

	NAMI_TRY(nami_cyp_name(p, &name, "r, l_build, alpha or quantization"));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_COLON, "\":\""));
	if (nami_str_eq(name.text, NAMI_STR("r")))
		return parse_option_integer(p, &out->has_r, &out->r);
	if (nami_str_eq(name.text, NAMI_STR("l_build")))
		return parse_option_integer(p, &out->has_l_build, &out->l_build);
	if (nami_str_eq(name.text, NAMI_STR("quantization")))
		return parse_option_quantization(p, out);
	if (!nami_str_eq(name.text, NAMI_STR("alpha")))
		return fail_vector_option(p, name.span, "options are r, l_build, alpha and quantization");
	value = nami_cyp_peek(p, 0);
	if (value->kind != NAMI_CYT_INT && value->kind != NAMI_CYT_FLOAT)
		return nami_cyp_unexpected(p, "a number");
	out->has_alpha = true;
	out->alpha = value->kind == NAMI_CYT_INT ? (double) value->integer : value->number;
	nami_cyp_next(p);
	return NAMI_OK;
}

/* ON ':' label '(' key ')' METRIC m DIMENSION n [ WITH { ... } ]; behind ON */
static NamiStatus
parse_vector_native(NamiCyParser *p, NamiCySchemaCommand *out)
{
	NamiCyName	metric;

	NAMI_TRY(parse_short_target(p, out));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_METRIC, "METRIC"));
	NAMI_TRY(nami_cyp_name(p, &metric, "cosine, dot or euclidean"));
	if (!find_metric(metric.text, &out->vector.metric))
		return fail_vector_option(p, metric.span, "the metric is cosine, dot or euclidean");
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_DIMENSION, "DIMENSION"));
	NAMI_TRY(parse_dimension(p, &out->vector));
	if (!nami_cyp_accept_keyword(p, NAMI_KW_WITH))
		return NAMI_OK;
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LBRACE, "\"{\""));
	do
		NAMI_TRY(parse_vector_option(p, &out->vector));
	while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	return nami_cyp_expect(p, NAMI_CYT_RBRACE, "\",\" or \"}\"");
}

/* One entry of indexConfig. */
static NamiStatus
read_config_entry(NamiCyParser *p, const NamiCyMapEntry *entry, NamiCyVectorOptions *out,
				  bool *has_metric)
{
	const NamiCyExpr *value = entry->value;
	bool		is_literal = value->kind == NAMI_CY_LITERAL;

	if (nami_str_eq(entry->key.text, NAMI_STR("vector.dimensions")))
	{
		if (!is_literal || value->literal.kind != NAMI_INT || value->literal.integer < 1 ||
			value->literal.integer > INT32_MAX)
			return fail_vector_option(p, value->span,
									  "the number of dimensions must be an integer of 1 or more");
		out->dimension = value->literal.integer;
		out->dimension_span = value->span;
		return NAMI_OK;
	}
	if (!nami_str_eq(entry->key.text, NAMI_STR("vector.similarity_function")))
		return fail_vector_option(p, entry->key.span,
								  "unknown key in indexConfig, expected `vector.dimensions` or "
								  "`vector.similarity_function`");
	if (!is_literal || value->literal.kind != NAMI_STRING ||
		!find_metric(nami_value_str(value->literal), &out->metric))
		return fail_vector_option(p, value->span,
								  "the similarity function is 'cosine', 'dot' or 'euclidean'");
	*has_metric = true;
	return NAMI_OK;
}

/* OPTIONS {indexConfig: {`vector.dimensions`: n, `vector.similarity_function`: 'cosine'}} */
static NamiStatus
parse_vector_config(NamiCyParser *p, NamiCyVectorOptions *out)
{
	NamiCyExpr *options;
	const NamiCyExpr *config;
	bool		has_metric = false;

	NAMI_TRY(nami_cyp_map(p, &options));
	if (options->entry_count != 1 ||
		!nami_str_eq(options->entries[0].key.text, NAMI_STR("indexConfig")) ||
		options->entries[0].value->kind != NAMI_CY_MAP)
		return fail_vector_option(p, options->span, "OPTIONS must be a map {indexConfig: {...}}");
	config = options->entries[0].value;
	for (uint32_t i = 0; i < config->entry_count; i++)
		NAMI_TRY(read_config_entry(p, &config->entries[i], out, &has_metric));
	if (out->dimension == 0 || !has_metric)
		return fail_vector_option(p, config->span,
								  "a vector index needs `vector.dimensions` and "
								  "`vector.similarity_function`");
	return NAMI_OK;
}

static NamiStatus
parse_create_vector(NamiCyParser *p, NamiCySchemaCommand *out)
{
	NamiCyName	variable;

	out->kind = NAMI_CY_CREATE_VECTOR_INDEX;
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_INDEX, "INDEX"));
	NAMI_TRY(parse_created_name(p, true, out));
	if (nami_cyp_accept_keyword(p, NAMI_KW_ON))
		NAMI_TRY(parse_vector_native(p, out));
	else
	{
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_FOR, "FOR or ON"));
		NAMI_TRY(parse_target(p, &variable, &out->label));
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_ON, "ON"));
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
		NAMI_TRY(parse_properties(p, &variable, NAMI_CYT_RPAREN, out));
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_OPTIONS,
										 "OPTIONS with dimension and similarity function"));
		NAMI_TRY(parse_vector_config(p, &out->vector));
	}
	return out->property_count > 1 ? fail_property_count(p, out) : NAMI_OK;
}

/* ---- CREATE, DROP, SHOW ---- */

static NamiStatus
parse_create(NamiCyParser *p, NamiCySchemaCommand *out)
{
	if (nami_cyp_accept_keyword(p, NAMI_KW_CONSTRAINT))
		return parse_create_constraint(p, out);
	if (nami_cyp_accept_keyword(p, NAMI_KW_FULLTEXT))
		return parse_create_fulltext(p, out);
	if (nami_cyp_accept_keyword(p, NAMI_KW_VECTOR))
		return parse_create_vector(p, out);
	nami_cyp_next(p);
	return parse_create_index(p, out);
}

static NamiStatus
parse_drop(NamiCyParser *p, NamiCySchemaCommand *out)
{
	bool		is_constraint = nami_cyp_accept_keyword(p, NAMI_KW_CONSTRAINT);

	out->kind = is_constraint ? NAMI_CY_DROP_CONSTRAINT : NAMI_CY_DROP_INDEX;
	if (!is_constraint)
	{
		if (nami_cyp_accept_keyword(p, NAMI_KW_VECTOR))
			out->kind = NAMI_CY_DROP_VECTOR_INDEX;
		else if (nami_cyp_accept_keyword(p, NAMI_KW_FULLTEXT))
			out->kind = NAMI_CY_DROP_FULLTEXT_INDEX;
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_INDEX,
										 out->kind == NAMI_CY_DROP_INDEX ?
										 "INDEX, FULLTEXT INDEX, VECTOR INDEX or CONSTRAINT" :
										 "INDEX"));
	}
	NAMI_TRY(nami_cyp_name(p, &out->name, "a name"));
	out->if_exists = nami_cyp_accept_keyword(p, NAMI_KW_IF);
	if (out->if_exists)
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_EXISTS, "EXISTS"));
	return NAMI_OK;
}

static NamiStatus
parse_show(NamiCyParser *p, NamiCySchemaCommand *out)
{
	out->kind = NAMI_CY_SHOW_CONSTRAINTS;
	if (nami_cyp_accept_keyword(p, NAMI_KW_CONSTRAINT) ||
		nami_cyp_accept_keyword(p, NAMI_KW_CONSTRAINTS))
		return NAMI_OK;
	out->kind = NAMI_CY_SHOW_INDEXES;
	if (nami_cyp_accept_keyword(p, NAMI_KW_INDEX) || nami_cyp_accept_keyword(p, NAMI_KW_INDEXES))
		return NAMI_OK;
	return nami_cyp_unexpected(p, "CONSTRAINTS or INDEXES");
}

NamiStatus
nami_cyp_schema(NamiCyParser *p, NamiCySchemaCommand **out)
{
	NamiCySchemaCommand *command = NAMI_NEW(p->arena, NamiCySchemaCommand);
	uint32_t	start = nami_cyp_start(p);

	if (nami_cyp_accept_keyword(p, NAMI_KW_DROP))
		NAMI_TRY(parse_drop(p, command));
	else if (nami_cyp_accept_keyword(p, NAMI_KW_SHOW))
		NAMI_TRY(parse_show(p, command));
	else
	{
		nami_cyp_next(p);
		NAMI_TRY(parse_create(p, command));
	}
	command->span = nami_cyp_span(p, start);
	*out = command;
	return NAMI_OK;
}
