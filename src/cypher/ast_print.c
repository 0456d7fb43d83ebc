/*
 * ast_print.c - expressions and patterns as canonical text, see ast.h.
 */
#include "cypher/ast_internal.h"

#include "base/number.h"
#include "cypher/lexer.h"

/* Loose to tight, as in parser_expr.c; an operand looser than its place asks for gets parentheses. */
enum
{
	LEVEL_ANY = 0,
	LEVEL_OR,
	LEVEL_XOR,
	LEVEL_AND,
	LEVEL_NOT,					/* also patterns: what follows could be read as a relationship */
	LEVEL_COMPARISON,
	LEVEL_PREDICATE,
	LEVEL_ADD,
	LEVEL_MUL,
	LEVEL_POW,
	LEVEL_SIGN,
	LEVEL_LABELS,
	LEVEL_POSTFIX,
	LEVEL_ATOM
};

static const char *const op_texts[] = {
	[NAMI_CY_NOT] = "NOT ", [NAMI_CY_PLUS] = "+", [NAMI_CY_MINUS] = "-",
	[NAMI_CY_IS_NULL] = " IS NULL", [NAMI_CY_IS_NOT_NULL] = " IS NOT NULL",
	[NAMI_CY_IN] = " IN ", [NAMI_CY_STARTS_WITH] = " STARTS WITH ",
	[NAMI_CY_ENDS_WITH] = " ENDS WITH ", [NAMI_CY_CONTAINS] = " CONTAINS ",
	[NAMI_CY_REGEX] = " =~ ",
	[NAMI_CY_AND] = " AND ", [NAMI_CY_OR] = " OR ", [NAMI_CY_XOR] = " XOR ",
	[NAMI_CY_ADD] = " + ", [NAMI_CY_SUB] = " - ", [NAMI_CY_CONCAT] = " || ",
	[NAMI_CY_MUL] = " * ", [NAMI_CY_DIV] = " / ", [NAMI_CY_MOD] = " % ", [NAMI_CY_POW] = " ^ ",
	[NAMI_CY_EQ] = " = ", [NAMI_CY_NE] = " <> ", [NAMI_CY_LT] = " < ", [NAMI_CY_LE] = " <= ",
	[NAMI_CY_GT] = " > ", [NAMI_CY_GE] = " >= ",
	[NAMI_CY_ALL] = "all(", [NAMI_CY_ANY] = "any(", [NAMI_CY_NONE] = "none(",
	[NAMI_CY_SINGLE] = "single(",
	[NAMI_CY_EXISTS] = "EXISTS", [NAMI_CY_COUNT] = "COUNT", [NAMI_CY_COLLECT] = "COLLECT"
};

static void print_at(NamiBuf *out, const NamiCyExpr *expr, int level_min);

/* ---- names and literals ---- */

static void
print_quoted_name(NamiBuf *out, NamiStr name)
{
	nami_buf_put_u8(out, '`');
	for (size_t i = 0; i < name.len; i++)
	{
		nami_buf_put_u8(out, (uint8_t) name.ptr[i]);
		if (name.ptr[i] == '`')
			nami_buf_put_u8(out, '`');
	}
	nami_buf_put_u8(out, '`');
}

void
nami_cy_print_key(NamiBuf *out, NamiStr name)
{
	if (nami_cy_is_plain_name(name))
		nami_buf_put_str(out, name);
	else
		print_quoted_name(out, name);
}

/* Words that begin something else where a variable may stand. */
void
nami_cy_print_name(NamiBuf *out, NamiStr name)
{
	NamiCyKeyword keyword = nami_cy_keyword(name);

	if (nami_cy_keyword_is_reserved(keyword) || keyword == NAMI_KW_EXISTS ||
		keyword == NAMI_KW_COUNT || keyword == NAMI_KW_COLLECT)
		print_quoted_name(out, name);
	else
		nami_cy_print_key(out, name);
}

/* Function names: words that stand for a form of their own with "(" are quoted. */
static void
print_function_name(NamiBuf *out, const NamiCyCall *call)
{
	NamiCyKeyword keyword = nami_cy_keyword(call->parts[0].text);
	bool		is_form = nami_cy_keyword_is_reserved(keyword) || keyword == NAMI_KW_ANY ||
		keyword == NAMI_KW_NONE || keyword == NAMI_KW_SINGLE || keyword == NAMI_KW_REDUCE ||
		keyword == NAMI_KW_SHORTESTPATH || keyword == NAMI_KW_ALLSHORTESTPATHS;

	for (uint32_t i = 0; i < call->part_count; i++)
	{
		if (i > 0)
			nami_buf_put_u8(out, '.');
		if (i == 0 && is_form)
			print_quoted_name(out, call->parts[i].text);
		else
			nami_cy_print_key(out, call->parts[i].text);
	}
}

static void
print_string(NamiBuf *out, NamiStr text)
{
	static const char special[] = "\\'\n\r\t\b\f";
	static const char letters[] = "\\'nrtbf";

	nami_buf_put_u8(out, '\'');
	for (size_t i = 0; i < text.len; i++)
	{
		char		c = text.ptr[i];
		const char *found = c == '\0' ? NULL : strchr(special, c);

		if (found != NULL)
			nami_buf_printf(out, "\\%c", letters[found - special]);
		else if (c == '\0')
			nami_buf_put_cstr(out, "\\0");
		else
			nami_buf_put_u8(out, (uint8_t) c);
	}
	nami_buf_put_u8(out, '\'');
}

static void
print_literal(NamiBuf *out, NamiValue value)
{
	char		text[NAMI_NUMBER_TEXT_MAX];

	switch ((NamiKind) value.kind)
	{
		case NAMI_BOOL:
			nami_buf_put_cstr(out, value.boolean ? "true" : "false");
			break;
		case NAMI_INT:
			nami_buf_put(out, text, nami_number_format_i64(value.integer, text));
			break;
		case NAMI_FLOAT:
			nami_buf_put(out, text, nami_number_format_double(value.number, text));
			break;
		case NAMI_STRING:
			print_string(out, nami_value_str(value));
			break;
		default:
			nami_buf_put_cstr(out, "null");
			break;
	}
}

/* ---- patterns ---- */

static void
print_label_at(NamiBuf *out, const NamiCyLabelExpr *labels, bool is_operand)
{
	bool		has_operator = labels->kind == NAMI_CY_LABEL_AND || labels->kind == NAMI_CY_LABEL_OR;

	if (is_operand && has_operator)
		nami_buf_put_u8(out, '(');
	switch (labels->kind)
	{
		case NAMI_CY_LABEL_NAME:
			nami_cy_print_key(out, labels->name.text);
			break;
		case NAMI_CY_LABEL_NOT:
			nami_buf_put_u8(out, '!');
			print_label_at(out, labels->args[0], true);
			break;
		case NAMI_CY_LABEL_ANY:
			nami_buf_put_u8(out, '%');
			break;
		case NAMI_CY_LABEL_AND:
		case NAMI_CY_LABEL_OR:
			for (uint32_t i = 0; i < labels->arg_count; i++)
			{
				if (i > 0)
					nami_buf_put_u8(out, labels->kind == NAMI_CY_LABEL_AND ? ':' : '|');
				print_label_at(out, labels->args[i], true);
			}
			break;
	}
	if (is_operand && has_operator)
		nami_buf_put_u8(out, ')');
}

void
nami_cy_print_labels(NamiBuf *out, const NamiCyLabelExpr *labels)
{
	print_label_at(out, labels, false);
}

/* properties and WHERE; has_text: something stands before them. */
static void
print_filter(NamiBuf *out, bool has_text, const NamiCyExpr *properties, const NamiCyExpr *where)
{
	if (properties != NULL)
	{
		if (has_text)
			nami_buf_put_u8(out, ' ');
		print_at(out, properties, LEVEL_ANY);
	}
	if (where != NULL)
	{
		nami_buf_put_cstr(out, has_text || properties != NULL ? " WHERE " : "WHERE ");
		print_at(out, where, LEVEL_ANY);
	}
}

static void
print_node(NamiBuf *out, const NamiCyNode *node)
{
	bool		has_variable = nami_cy_name_present(&node->variable);

	nami_buf_put_u8(out, '(');
	if (has_variable)
		nami_cy_print_name(out, node->variable.text);
	if (node->labels != NULL)
	{
		nami_buf_put_u8(out, ':');
		nami_cy_print_labels(out, node->labels);
	}
	print_filter(out, has_variable || node->labels != NULL, node->properties, node->where);
	nami_buf_put_u8(out, ')');
}

static void
print_range(NamiBuf *out, const NamiCyRelPattern *rel)
{
	nami_buf_put_u8(out, '*');
	if (rel->min != NULL)
		print_at(out, rel->min, LEVEL_ANY);
	if (rel->min != NULL && rel->min == rel->max)
		return;
	if (rel->min != NULL || rel->max != NULL)
		nami_buf_put_cstr(out, "..");
	if (rel->max != NULL)
		print_at(out, rel->max, LEVEL_ANY);
}

static void
print_rel(NamiBuf *out, const NamiCyRelPattern *rel)
{
	bool		has_variable = nami_cy_name_present(&rel->variable);
	bool		has_text = has_variable || rel->types != NULL || rel->is_variable_length;

	nami_buf_put_cstr(out, rel->direction == NAMI_CY_LEFT ? "<-" : "-");
	if (has_text || rel->properties != NULL || rel->where != NULL)
	{
		nami_buf_put_u8(out, '[');
		if (has_variable)
			nami_cy_print_name(out, rel->variable.text);
		if (rel->types != NULL)
		{
			nami_buf_put_u8(out, ':');
			nami_cy_print_labels(out, rel->types);
		}
		if (rel->is_variable_length)
			print_range(out, rel);
		print_filter(out, has_text, rel->properties, rel->where);
		nami_buf_put_u8(out, ']');
	}
	nami_buf_put_cstr(out, rel->direction == NAMI_CY_RIGHT ? "->" : "-");
}

void
nami_cy_print_part(NamiBuf *out, const NamiCyPatternPart *part)
{
	if (nami_cy_name_present(&part->variable))
	{
		nami_cy_print_name(out, part->variable.text);
		nami_buf_put_cstr(out, " = ");
	}
	if (part->shortest != NAMI_CY_SHORTEST_NONE)
		nami_buf_put_cstr(out, part->shortest == NAMI_CY_SHORTEST_ONE ? "shortestPath(" :
						  "allShortestPaths(");
	print_node(out, &part->nodes[0]);
	for (uint32_t i = 0; i < part->rel_count; i++)
	{
		print_rel(out, &part->rels[i]);
		print_node(out, &part->nodes[i + 1]);
	}
	if (part->shortest != NAMI_CY_SHORTEST_NONE)
		nami_buf_put_u8(out, ')');
}

void
nami_cy_print_pattern(NamiBuf *out, const NamiCyPattern *pattern)
{
	for (uint32_t i = 0; i < pattern->part_count; i++)
	{
		if (i > 0)
			nami_buf_put_cstr(out, ", ");
		nami_cy_print_part(out, &pattern->parts[i]);
	}
}

/* ---- expressions ---- */

void
nami_cy_print_exprs(NamiBuf *out, NamiCyExpr *const *args, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (i > 0)
			nami_buf_put_cstr(out, ", ");
		print_at(out, args[i], LEVEL_ANY);
	}
}

static int
expr_level(const NamiCyExpr *expr)
{
	switch ((NamiCyExprKind) expr->kind)
	{
		case NAMI_CY_LOGICAL:
			return expr->op == NAMI_CY_OR ? LEVEL_OR :
				expr->op == NAMI_CY_XOR ? LEVEL_XOR : LEVEL_AND;
		case NAMI_CY_UNARY:
			return expr->op == NAMI_CY_NOT ? LEVEL_NOT :
				expr->op == NAMI_CY_PLUS || expr->op == NAMI_CY_MINUS ? LEVEL_SIGN :
				LEVEL_PREDICATE;
		case NAMI_CY_BINARY:
			return LEVEL_PREDICATE;
		case NAMI_CY_COMPARISON:
			return LEVEL_COMPARISON;
		case NAMI_CY_ARITHMETIC:
			return expr->ops[0] == NAMI_CY_POW ? LEVEL_POW :
				expr->ops[0] >= NAMI_CY_MUL ? LEVEL_MUL : LEVEL_ADD;
		case NAMI_CY_PATTERN:
			return expr->pattern->part->shortest == NAMI_CY_SHORTEST_NONE ? LEVEL_NOT : LEVEL_ATOM;
		case NAMI_CY_LABELS:
			return LEVEL_LABELS;
		case NAMI_CY_PROPERTY:
		case NAMI_CY_INDEX:
		case NAMI_CY_SLICE:
			return LEVEL_POSTFIX;
		default:
			return LEVEL_ATOM;
	}
}

static void
print_unary(NamiBuf *out, const NamiCyExpr *expr)
{
	bool		is_behind = expr->op == NAMI_CY_IS_NULL || expr->op == NAMI_CY_IS_NOT_NULL;

	if (!is_behind)
		nami_buf_put_cstr(out, op_texts[expr->op]);
	print_at(out, expr->args[0], expr_level(expr));
	if (is_behind)
		nami_buf_put_cstr(out, op_texts[expr->op]);
}

/* LOGICAL, ARITHMETIC, COMPARISON */
static void
print_chain(NamiBuf *out, const NamiCyExpr *expr)
{
	int			level = expr_level(expr);

	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		if (i > 0)
			nami_buf_put_cstr(out, op_texts[expr->kind == NAMI_CY_LOGICAL ? expr->op :
											expr->ops[i - 1]]);
		print_at(out, expr->args[i], level + 1);
	}
}

/*
 * A list of one element that is a condition could be read as a comprehension ("[x IN xs]"): such an
 * element is put in parentheses.
 */
static void
print_list(NamiBuf *out, const NamiCyExpr *expr)
{
	nami_buf_put_u8(out, '[');
	if (expr->arg_count == 1)
		print_at(out, expr->args[0], LEVEL_ADD);
	else
		nami_cy_print_exprs(out, expr->args, expr->arg_count);
	nami_buf_put_u8(out, ']');
}

static void
print_map(NamiBuf *out, const NamiCyExpr *expr)
{
	nami_buf_put_u8(out, '{');
	for (uint32_t i = 0; i < expr->entry_count; i++)
	{
		if (i > 0)
			nami_buf_put_cstr(out, ", ");
		nami_cy_print_key(out, expr->entries[i].key.text);
		nami_buf_put_cstr(out, ": ");
		print_at(out, expr->entries[i].value, LEVEL_ANY);
	}
	nami_buf_put_u8(out, '}');
}

static void
print_case(NamiBuf *out, const NamiCyCase *switch_)
{
	nami_buf_put_cstr(out, "CASE");
	if (switch_->operand != NULL)
	{
		nami_buf_put_u8(out, ' ');
		print_at(out, switch_->operand, LEVEL_ANY);
	}
	for (uint32_t i = 0; i < switch_->count; i++)
	{
		nami_buf_put_cstr(out, " WHEN ");
		print_at(out, switch_->whens[i], LEVEL_ANY);
		nami_buf_put_cstr(out, " THEN ");
		print_at(out, switch_->thens[i], LEVEL_ANY);
	}
	if (switch_->otherwise != NULL)
	{
		nami_buf_put_cstr(out, " ELSE ");
		print_at(out, switch_->otherwise, LEVEL_ANY);
	}
	nami_buf_put_cstr(out, " END");
}

static void
print_call(NamiBuf *out, const NamiCyExpr *expr)
{
	print_function_name(out, expr->call);
	nami_buf_put_u8(out, '(');
	if (expr->call->is_distinct)
		nami_buf_put_cstr(out, "DISTINCT ");
	if (expr->call->is_star)
		nami_buf_put_u8(out, '*');
	nami_cy_print_exprs(out, expr->args, expr->arg_count);
	nami_buf_put_u8(out, ')');
}

/* LIST_COMP, QUANTIFIER, REDUCE */
static void
print_local(NamiBuf *out, const NamiCyExpr *expr)
{
	const NamiCyLocal *local = expr->local;

	if (expr->kind == NAMI_CY_REDUCE)
	{
		nami_buf_put_cstr(out, "reduce(");
		nami_cy_print_name(out, local->accumulator.text);
		nami_buf_put_cstr(out, " = ");
		print_at(out, local->init, LEVEL_ANY);
		nami_buf_put_cstr(out, ", ");
	}
	else
		nami_buf_put_cstr(out, expr->kind == NAMI_CY_LIST_COMP ? "[" : op_texts[expr->op]);
	nami_cy_print_name(out, local->variable.text);
	nami_buf_put_cstr(out, " IN ");
	print_at(out, local->list, LEVEL_ANY);
	if (local->where != NULL)
	{
		nami_buf_put_cstr(out, " WHERE ");
		print_at(out, local->where, LEVEL_ANY);
	}
	if (local->body != NULL)
	{
		nami_buf_put_cstr(out, " | ");
		print_at(out, local->body, LEVEL_ANY);
	}
	nami_buf_put_u8(out, expr->kind == NAMI_CY_LIST_COMP ? ']' : ')');
}

static void
print_pattern_comprehension(NamiBuf *out, const NamiCyPatternExpr *pattern)
{
	nami_buf_put_u8(out, '[');
	nami_cy_print_part(out, pattern->part);
	if (pattern->where != NULL)
	{
		nami_buf_put_cstr(out, " WHERE ");
		print_at(out, pattern->where, LEVEL_ANY);
	}
	nami_buf_put_cstr(out, " | ");
	print_at(out, pattern->body, LEVEL_ANY);
	nami_buf_put_u8(out, ']');
}

static void
print_subquery(NamiBuf *out, const NamiCyExpr *expr)
{
	const NamiCySubquery *subquery = expr->subquery;

	nami_buf_put_cstr(out, op_texts[expr->op]);
	nami_buf_put_cstr(out, " { ");
	if (subquery->query != NULL)
		nami_cy_print_query(out, subquery->query);
	else
	{
		nami_cy_print_pattern(out, &subquery->pattern);
		if (subquery->where != NULL)
		{
			nami_buf_put_cstr(out, " WHERE ");
			print_at(out, subquery->where, LEVEL_ANY);
		}
	}
	nami_buf_put_cstr(out, " }");
}

static void
print_map_projection(NamiBuf *out, const NamiCyMapProjection *projection)
{
	nami_cy_print_name(out, projection->variable.text);
	nami_buf_put_cstr(out, " {");
	for (uint32_t i = 0; i < projection->item_count; i++)
	{
		const NamiCyMapItem *item = &projection->items[i];

		if (i > 0)
			nami_buf_put_cstr(out, ", ");
		if (item->kind == NAMI_CY_MAP_ALL)
			nami_buf_put_cstr(out, ".*");
		if (item->kind == NAMI_CY_MAP_PROPERTY)
			nami_buf_put_u8(out, '.');
		if (item->kind != NAMI_CY_MAP_ALL)
			nami_cy_print_key(out, item->name.text);
		if (item->kind == NAMI_CY_MAP_ENTRY)
		{
			nami_buf_put_cstr(out, ": ");
			print_at(out, item->value, LEVEL_ANY);
		}
	}
	nami_buf_put_u8(out, '}');
}

static void
print_postfix(NamiBuf *out, const NamiCyExpr *expr)
{
	print_at(out, expr->args[0], LEVEL_POSTFIX);
	switch ((NamiCyExprKind) expr->kind)
	{
		case NAMI_CY_PROPERTY:
			nami_buf_put_u8(out, '.');
			nami_cy_print_key(out, expr->name.text);
			break;
		case NAMI_CY_LABELS:
			/* alternatives always in parentheses: a bare '|' may end a comprehension's condition */
			nami_buf_put_u8(out, ':');
			print_label_at(out, expr->labels, expr->labels->kind == NAMI_CY_LABEL_OR);
			break;
		default:
			nami_buf_put_u8(out, '[');
			if (expr->args[1] != NULL)
				print_at(out, expr->args[1], LEVEL_ANY);
			if (expr->kind == NAMI_CY_SLICE)
				nami_buf_put_cstr(out, "..");
			if (expr->kind == NAMI_CY_SLICE && expr->args[2] != NULL)
				print_at(out, expr->args[2], LEVEL_ANY);
			nami_buf_put_u8(out, ']');
			break;
	}
}

static void
print_bare(NamiBuf *out, const NamiCyExpr *expr)
{
	switch ((NamiCyExprKind) expr->kind)
	{
		case NAMI_CY_LITERAL:
			print_literal(out, expr->literal);
			break;
		case NAMI_CY_PARAMETER:
			nami_buf_put_u8(out, '$');
			nami_cy_print_key(out, expr->name.text);
			break;
		case NAMI_CY_VARIABLE:
			nami_cy_print_name(out, expr->name.text);
			break;
		case NAMI_CY_PROPERTY:
		case NAMI_CY_INDEX:
		case NAMI_CY_SLICE:
		case NAMI_CY_LABELS:
			print_postfix(out, expr);
			break;
		case NAMI_CY_LIST:
			print_list(out, expr);
			break;
		case NAMI_CY_MAP:
			print_map(out, expr);
			break;
		case NAMI_CY_CASE:
			print_case(out, expr->switch_);
			break;
		case NAMI_CY_CALL:
			print_call(out, expr);
			break;
		case NAMI_CY_LIST_COMP:
		case NAMI_CY_QUANTIFIER:
		case NAMI_CY_REDUCE:
			print_local(out, expr);
			break;
		case NAMI_CY_PATTERN_COMP:
			print_pattern_comprehension(out, expr->pattern);
			break;
		case NAMI_CY_PATTERN:
			nami_cy_print_part(out, expr->pattern->part);
			break;
		case NAMI_CY_SUBQUERY:
			print_subquery(out, expr);
			break;
		case NAMI_CY_MAP_PROJECTION:
			print_map_projection(out, expr->projection);
			break;
		case NAMI_CY_UNARY:
			print_unary(out, expr);
			break;
		case NAMI_CY_BINARY:
			print_at(out, expr->args[0], LEVEL_PREDICATE);
			nami_buf_put_cstr(out, op_texts[expr->op]);
			print_at(out, expr->args[1], LEVEL_ADD);
			break;
		case NAMI_CY_LOGICAL:
		case NAMI_CY_ARITHMETIC:
		case NAMI_CY_COMPARISON:
			print_chain(out, expr);
			break;
	}
}

static void
print_at(NamiBuf *out, const NamiCyExpr *expr, int level_min)
{
	bool		has_parens = expr_level(expr) < level_min;

	if (has_parens)
		nami_buf_put_u8(out, '(');
	print_bare(out, expr);
	if (has_parens)
		nami_buf_put_u8(out, ')');
}

void
nami_cy_print_expr(NamiBuf *out, const NamiCyExpr *expr)
{
	print_at(out, expr, LEVEL_ANY);
}

/* A difference that is seen without printing; only so deep. */
static bool
surely_differ(const NamiCyExpr *a, const NamiCyExpr *b, int depth)
{
	if (a->kind != b->kind || a->op != b->op || a->arg_count != b->arg_count)
		return true;
	if (a->kind == NAMI_CY_LITERAL)
		return a->literal.kind != b->literal.kind ||
			(a->literal.kind == NAMI_INT && a->literal.integer != b->literal.integer);
	if ((a->kind == NAMI_CY_VARIABLE || a->kind == NAMI_CY_PROPERTY ||
		 a->kind == NAMI_CY_PARAMETER) && !nami_str_eq(a->name.text, b->name.text))
		return true;
	for (uint32_t i = 0; i < a->arg_count && i < 8 && depth < 8; i++)
	{
		if (a->args[i] != NULL && b->args[i] != NULL &&
			surely_differ(a->args[i], b->args[i], depth + 1))
			return true;
	}
	return false;
}

bool
nami_cy_expr_equal(const NamiCyExpr *a, const NamiCyExpr *b, NamiArena *scratch)
{
	NamiBuf		text_a;
	NamiBuf		text_b;

	if (a == b)
		return true;
	if (surely_differ(a, b, 0))
		return false;
	nami_buf_init(&text_a, scratch);
	nami_buf_init(&text_b, scratch);
	nami_cy_print_expr(&text_a, a);
	nami_cy_print_expr(&text_b, b);
	return nami_str_eq(nami_buf_str(&text_a), nami_buf_str(&text_b));
}
