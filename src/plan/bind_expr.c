/*
 * bind_expr.c - from the syntax tree of an expression to a bound one: names become slots, chains
 * become binary nodes, what cannot work is refused (spec/cypher.md 3, 14).
 */
#include "plan/bind_internal.h"

#include "graph/catalog.h"

/* ---- making nodes -------------------------------------------------------------------------- */

NamiExpr *
nami_ex_new(NamiBinder *b, NamiExprOp op, NamiStaticType type, int64_t position,
			uint32_t arg_count)
{
	NamiExpr   *expr = NAMI_NEW(b->arena, NamiExpr);

	expr->op = op;
	expr->type = type;
	expr->position = position;
	expr->slot = NAMI_SLOT_NONE;
	expr->local = NAMI_SLOT_NONE;
	expr->local2 = NAMI_SLOT_NONE;
	expr->name.number = UINT32_MAX;
	expr->arg_count = arg_count;
	if (arg_count > 0)
		expr->args = nami_arena_alloc0(b->arena, arg_count * sizeof(NamiExpr *));
	return expr;
}

NamiExpr *
nami_ex_slot(NamiBinder *b, NamiSlot slot, int64_t position)
{
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_SLOT, b->slots.items[slot].type, position, 0);

	expr->slot = slot;
	return expr;
}

NamiExpr *
nami_ex_binary(NamiBinder *b, NamiExprOp op, NamiExpr *left, NamiExpr *right, int64_t position)
{
	NamiStaticType type = op <= NAMI_EX_REGEX && op >= NAMI_EX_NOT ? NAMI_STATIC_BOOL :
		NAMI_STATIC_ANY;
	NamiExpr   *expr = nami_ex_new(b, op, type, position, 2);

	expr->args[0] = left;
	expr->args[1] = right;
	return expr;
}

NamiExpr *
nami_ex_property(NamiBinder *b, NamiExpr *base, NamiStr key, int64_t position)
{
	bool		of_entity = base->type == NAMI_STATIC_NODE || base->type == NAMI_STATIC_REL;
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_PROPERTY,
								   of_entity ? NAMI_STATIC_VALUE : NAMI_STATIC_ANY, position, 1);

	expr->args[0] = base;
	expr->name.text = nami_arena_str(b->arena, key);
	nami_name_register(b, &expr->name, NAMI_NAME_KEY);
	return expr;
}

static NamiStaticType
type_of_value(NamiValue value)
{
	switch (value.kind)
	{
		case NAMI_BOOL:
			return NAMI_STATIC_BOOL;
		case NAMI_INT:
			return NAMI_STATIC_INT;
		case NAMI_FLOAT:
			return NAMI_STATIC_FLOAT;
		case NAMI_STRING:
			return NAMI_STATIC_STRING;
		case NAMI_LIST:
			return NAMI_STATIC_LIST;
		case NAMI_MAP:
			return NAMI_STATIC_MAP;
		default:
			return NAMI_STATIC_ANY;
	}
}

NamiExpr *
nami_ex_const(NamiBinder *b, NamiValue value, int64_t position)
{
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_CONST, type_of_value(value), position, 0);

	if (value.kind == NAMI_STRING)
		value = nami_value_string(nami_arena_str(b->arena, nami_value_str(value)));
	expr->value = value;
	return expr;
}

NamiExpr *
nami_ex_and(NamiBinder *b, NamiExpr *left, NamiExpr *right)
{
	if (left == NULL)
		return right;
	if (right == NULL)
		return left;
	return nami_ex_binary(b, NAMI_EX_AND, left, right, left->position);
}

NamiExpr *
nami_ex_function(NamiBinder *b, const char *name, NamiExpr *arg, int64_t position)
{
	const NamiFunction *function = b->options->find_function(nami_str(name), NULL);
	NamiExpr   *expr;

	NAMI_ASSERT(function != NULL);
	expr = nami_ex_new(b, NAMI_EX_CALL, function->result, position, 1);
	expr->function = function;
	expr->args[0] = arg;
	return expr;
}

bool
nami_ex_is_literal(const NamiExpr *expr)
{
	return expr->op == NAMI_EX_CONST || expr->op == NAMI_EX_LIST || expr->op == NAMI_EX_MAP;
}

NamiStaticType
nami_ex_element_type(NamiBinder *b, const NamiExpr *expr)
{
	NamiStaticType type;

	if (expr->type == NAMI_STATIC_REL_LIST)
		return NAMI_STATIC_REL;
	if (expr->op == NAMI_EX_SLOT)
		return b->slots.items[expr->slot].element;
	if (expr->op == NAMI_EX_CALL && nami_str_eq_nocase(expr->function->name, NAMI_STR("nodes")))
		return NAMI_STATIC_NODE;
	if (expr->op == NAMI_EX_CALL &&
		nami_str_eq_nocase(expr->function->name, NAMI_STR("relationships")))
		return NAMI_STATIC_REL;
	if (expr->op == NAMI_EX_CALL && (nami_str_eq_nocase(expr->function->name, NAMI_STR("keys")) ||
									 nami_str_eq_nocase(expr->function->name, NAMI_STR("labels"))))
		return NAMI_STATIC_STRING;
	if (expr->op == NAMI_EX_CALL && nami_str_eq_nocase(expr->function->name, NAMI_STR("range")))
		return NAMI_STATIC_INT;
	if (expr->op != NAMI_EX_LIST || expr->arg_count == 0)
		return NAMI_STATIC_ANY;
	type = expr->args[0]->type;
	for (uint32_t i = 1; i < expr->arg_count; i++)
	{
		/* null fits everywhere: it does not spoil what the others say */
		if (expr->args[i]->type != type && expr->args[i]->op != NAMI_EX_CONST)
			return NAMI_STATIC_ANY;
		if (expr->args[i]->type != type && expr->args[i]->value.kind != NAMI_NULL)
			return NAMI_STATIC_ANY;
	}
	return type;
}

/* ---- refusals ------------------------------------------------------------------------------ */

static NamiStatus
fail_argument(NamiBinder *b, NamiErrorClass cls, const NamiExpr *arg, const char *expected,
			  const char *what)
{
	return nami_fail_at(b->err, cls, "SyntaxError: InvalidArgumentType", arg->position,
						"%s expects %s, got %s", what, expected, nami_type_text(arg->type));
}

static NamiStatus
check_boolean(NamiBinder *b, NamiErrorClass cls, const NamiExpr *arg, const char *what)
{
	bool		entity = arg->type == NAMI_STATIC_NODE || arg->type == NAMI_STATIC_REL ||
		arg->type == NAMI_STATIC_PATH;

	if (nami_type_can_be(arg->type, NAMI_STATIC_BOOL) || (!nami_ex_is_literal(arg) && !entity))
		return NAMI_OK;
	return fail_argument(b, cls, arg, "a boolean", what);
}

/* Elements of a literal list have a type that is known for sure, too. */
static bool
is_sure(const NamiBinder *b, const NamiExpr *arg)
{
	return nami_ex_is_literal(arg) ||
		(arg->op == NAMI_EX_SLOT && b->slots.items[arg->slot].name.len > 0 &&
		 arg->type != NAMI_STATIC_VALUE);
}

static NamiStatus
check_arithmetic(NamiBinder *b, NamiExprOp op, const NamiExpr *arg)
{
	bool		bad = arg->type == NAMI_STATIC_BOOL || arg->type == NAMI_STATIC_STRING ||
		arg->type == NAMI_STATIC_LIST || arg->type == NAMI_STATIC_MAP;

	if (op == NAMI_EX_ADD || op == NAMI_EX_CONCAT || !bad || arg->op != NAMI_EX_SLOT ||
		!b->ctx.in_local || !is_sure(b, arg))
		return NAMI_OK;
	return fail_argument(b, NAMI_ERR_TYPE, arg, "a number", "arithmetic");
}

/* ---- operators ----------------------------------------------------------------------------- */

static NamiExprOp
binary_op(uint8_t op)
{
	static const uint8_t ops[] = {
		[NAMI_CY_IN] = NAMI_EX_IN,
		[NAMI_CY_STARTS_WITH] = NAMI_EX_STARTS_WITH,
		[NAMI_CY_ENDS_WITH] = NAMI_EX_ENDS_WITH,
		[NAMI_CY_CONTAINS] = NAMI_EX_CONTAINS,
		[NAMI_CY_REGEX] = NAMI_EX_REGEX,
		[NAMI_CY_AND] = NAMI_EX_AND,
		[NAMI_CY_OR] = NAMI_EX_OR,
		[NAMI_CY_XOR] = NAMI_EX_XOR,
		[NAMI_CY_ADD] = NAMI_EX_ADD,
		[NAMI_CY_SUB] = NAMI_EX_SUB,
		[NAMI_CY_CONCAT] = NAMI_EX_CONCAT,
		[NAMI_CY_MUL] = NAMI_EX_MUL,
		[NAMI_CY_DIV] = NAMI_EX_DIV,
		[NAMI_CY_MOD] = NAMI_EX_MOD,
		[NAMI_CY_POW] = NAMI_EX_POW,
		[NAMI_CY_EQ] = NAMI_EX_EQ,
		[NAMI_CY_NE] = NAMI_EX_NE,
		[NAMI_CY_LT] = NAMI_EX_LT,
		[NAMI_CY_LE] = NAMI_EX_LE,
		[NAMI_CY_GT] = NAMI_EX_GT,
		[NAMI_CY_GE] = NAMI_EX_GE,
	};

	return ops[op];
}

static NamiStatus
bind_args(NamiBinder *b, const NamiCyExpr *source, NamiExpr *expr)
{
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		if (source->args[i] != NULL)
			NAMI_TRY(nami_bind_expr(b, source->args[i], &expr->args[i]));
	}
	return NAMI_OK;
}

static NamiStatus
bind_logical(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *expr = nami_ex_new(b, binary_op(source->op), NAMI_STATIC_BOOL, source->span.start,
								   source->arg_count);

	NAMI_TRY(bind_args(b, source, expr));
	for (uint32_t i = 0; i < expr->arg_count; i++)
		NAMI_TRY(check_boolean(b, NAMI_BIND_ERR_SEMANTIC, expr->args[i],
							   source->op == NAMI_CY_AND ? "AND" :
							   source->op == NAMI_CY_OR ? "OR" : "XOR"));
	*out = expr;
	return NAMI_OK;
}

static bool
is_temporal_type(NamiStaticType type)
{
	return type >= NAMI_STATIC_DATE && type <= NAMI_STATIC_DURATION;
}

static NamiStaticType
arithmetic_type(NamiExprOp op, const NamiExpr *left, const NamiExpr *right)
{
	if ((op == NAMI_EX_ADD || op == NAMI_EX_SUB) && is_temporal_type(left->type) &&
		right->type == NAMI_STATIC_DURATION)
		return left->type;
	if (op == NAMI_EX_ADD && left->type == NAMI_STATIC_DURATION && is_temporal_type(right->type))
		return right->type;
	if (op == NAMI_EX_POW)
		return NAMI_STATIC_FLOAT;
	if (op != NAMI_EX_CONCAT && left->type == NAMI_STATIC_INT && right->type == NAMI_STATIC_INT)
		return NAMI_STATIC_INT;
	if (op == NAMI_EX_ADD && (left->type == NAMI_STATIC_LIST || right->type == NAMI_STATIC_LIST))
		return NAMI_STATIC_LIST;
	if (op == NAMI_EX_ADD && left->type == NAMI_STATIC_STRING &&
		right->type == NAMI_STATIC_STRING)
		return NAMI_STATIC_STRING;
	return op == NAMI_EX_ADD || op == NAMI_EX_CONCAT ? NAMI_STATIC_ANY : NAMI_STATIC_VALUE;
}

/* From left to right; the tree leans to the left, however long the chain. */
static NamiStatus
bind_arithmetic(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *left;

	NAMI_TRY(nami_bind_expr(b, source->args[0], &left));
	for (uint32_t i = 1; i < source->arg_count; i++)
	{
		NamiExprOp	op = binary_op(source->ops[i - 1]);
		NamiExpr   *right;

		NAMI_TRY(nami_bind_expr(b, source->args[i], &right));
		NAMI_TRY(check_arithmetic(b, op, left));
		NAMI_TRY(check_arithmetic(b, op, right));
		left = nami_ex_binary(b, op, left, right, source->span.start);
		left->type = arithmetic_type(op, left->args[0], right);
	}
	*out = left;
	return NAMI_OK;
}

/* May be evaluated twice: cheap, and twice the same. */
static bool
is_cheap(const NamiExpr *expr)
{
	if (expr->op == NAMI_EX_PROPERTY)
		expr = expr->args[0];
	return expr->op == NAMI_EX_CONST || expr->op == NAMI_EX_PARAM || expr->op == NAMI_EX_SLOT;
}

typedef NAMI_VEC(NamiExpr *) ExprVec;

/* Expressions of one chain that are computed once and named: each is a level of the tree. */
#define LETS_MAX	200

static NamiExpr *
all_of(NamiBinder *b, const ExprVec *parts, int64_t position)
{
	NamiExpr   *expr;

	if (parts->count == 1)
		return parts->items[0];
	expr = nami_ex_new(b, NAMI_EX_AND, NAMI_STATIC_BOOL, position, (uint32_t) parts->count);
	memcpy(expr->args, parts->items, parts->count * sizeof(NamiExpr *));
	return expr;
}

/* value AS local IN args[2]: reduce() over a list of one element. */
static NamiExpr *
bind_let(NamiBinder *b, NamiExpr *value)
{
	NamiExpr   *let = nami_ex_new(b, NAMI_EX_REDUCE, NAMI_STATIC_BOOL, value->position, 3);

	let->local = nami_slot_new(b, NAMI_STR(""), value->type);
	let->local2 = nami_slot_new(b, NAMI_STR(""), NAMI_STATIC_ANY);
	let->args[0] = value;
	let->args[1] = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, value->position, 1);
	let->args[1]->args[0] = nami_ex_const(b, nami_value_null(), value->position);
	return let;
}

/*
 * a < b < c is a < b AND b < c. When b is more than a name it is evaluated once, by means of
 * reduce(x = b, _ IN [null] | a < x AND x < c).
 */
static NamiStatus
bind_comparison_from(NamiBinder *b, const NamiCyExpr *source, NamiExpr *left, NamiExpr **out)
{
	ExprVec		parts = {0};
	NamiExpr  **end = out;
	uint32_t	let_count = 0;

	for (uint32_t i = 1; i < source->arg_count; i++)
	{
		NamiExprOp	op = binary_op(source->ops[i - 1]);
		NamiExpr   *right;
		NamiExpr   *shared;

		NAMI_TRY(nami_bind_expr(b, source->args[i], &right));
		shared = right;
		if (i + 1 < source->arg_count && !is_cheap(right))
		{
			NamiExpr   *let = bind_let(b, right);

			if (++let_count > LETS_MAX)
				return nami_fail_at(b->err, NAMI_ERR_LIMIT, "", right->position,
									"more than %d expressions are compared in one chain", LETS_MAX);
			shared = nami_ex_slot(b, let->local, right->position);
			nami_vec_push(&parts, b->arena, let);
			*end = all_of(b, &parts, source->span.start);
			end = &let->args[2];
			parts.count = 0;
		}
		nami_vec_push(&parts, b->arena, nami_ex_binary(b, op, left, shared, source->span.start));
		left = shared;
	}
	*end = all_of(b, &parts, source->span.start);
	return NAMI_OK;
}

static NamiStatus
bind_comparison(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *left;

	NAMI_TRY(nami_bind_expr(b, source->args[0], &left));
	return bind_comparison_from(b, source, left, out);
}

static NamiStatus
bind_binary(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *left;
	NamiExpr   *right;

	NAMI_TRY(nami_bind_expr(b, source->args[0], &left));
	NAMI_TRY(nami_bind_expr(b, source->args[1], &right));
	if (source->op == NAMI_CY_IN && nami_ex_is_literal(right) &&
		!nami_type_can_be(right->type, NAMI_STATIC_LIST))
		return fail_argument(b, NAMI_ERR_TYPE, right, "a list", "IN");
	*out = nami_ex_binary(b, binary_op(source->op), left, right, source->span.start);
	return NAMI_OK;
}

static NamiExpr *
negated_literal(NamiBinder *b, const NamiExpr *arg, int64_t position)
{
	if (arg->op != NAMI_EX_CONST)
		return NULL;
	if (arg->value.kind == NAMI_INT && arg->value.integer != INT64_MIN)
		return nami_ex_const(b, nami_value_int(-arg->value.integer), position);
	if (arg->value.kind == NAMI_FLOAT)
		return nami_ex_const(b, nami_value_float(-arg->value.number), position);
	return NULL;
}

static NamiStatus
bind_unary(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *arg;
	NamiExpr   *expr;

	NAMI_TRY(nami_bind_expr(b, source->args[0], &arg));
	switch (source->op)
	{
		case NAMI_CY_NOT:
			NAMI_TRY(check_boolean(b, NAMI_BIND_ERR_SEMANTIC, arg, "NOT"));
			expr = nami_ex_new(b, NAMI_EX_NOT, NAMI_STATIC_BOOL, source->span.start, 1);
			break;
		case NAMI_CY_IS_NULL:
			expr = nami_ex_new(b, NAMI_EX_IS_NULL, NAMI_STATIC_BOOL, source->span.start, 1);
			break;
		case NAMI_CY_IS_NOT_NULL:
			expr = nami_ex_new(b, NAMI_EX_IS_NOT_NULL, NAMI_STATIC_BOOL, source->span.start, 1);
			break;
		default:
			*out = source->op == NAMI_CY_MINUS ? negated_literal(b, arg, source->span.start) : NULL;
			if (*out != NULL)
				return NAMI_OK;
			expr = nami_ex_new(b, source->op == NAMI_CY_MINUS ? NAMI_EX_NEG : NAMI_EX_POS,
							   arg->type, source->span.start, 1);
			break;
	}
	expr->args[0] = arg;
	*out = expr;
	return NAMI_OK;
}

/* ---- access -------------------------------------------------------------------------------- */

static NamiStatus
bind_variable(NamiBinder *b, const NamiCyName *name, NamiExpr **out)
{
	const NamiVariable *variable = nami_scope_find(b->scope, name->text);

	if (b->ctx.constant_only)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: NonConstantExpression",
							name->span.start, "a row count must not depend on variables");
	if (variable != NULL)
	{
		*out = nami_ex_slot(b, variable->slot, name->span.start);
		return NAMI_OK;
	}
	if (b->ctx.ambiguous != NULL && nami_scope_find(b->ctx.ambiguous, name->text) != NULL)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC,
							"SyntaxError: AmbiguousAggregationExpression", name->span.start,
							"\"%.*s\" stands beside an aggregate but is no grouping key",
							NAMI_STR_ARG(name->text));
	return nami_fail_undefined(b, name);
}

NamiExpr *
nami_ex_parameter(NamiBinder *b, NamiStr name, int64_t position)
{
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_PARAM, NAMI_STATIC_ANY, position, 0);
	bool		is_new;

	expr->name.text = nami_arena_str(b->arena, name);
	nami_strmap_put(&b->parameter_set, expr->name.text, &is_new);
	if (is_new)
	{
		nami_vec_push(&b->parameters, b->arena, expr->name.text);
		nami_vec_push(&b->parameter_positions, b->arena, position);
	}
	return expr;
}

/*
 * In RETURN m.id AS m ORDER BY m.day the name that is sorted by hides the node of that name. NamiDB
 * sorts such rows by null, and so do we; anywhere else it is an error to ask a number for a property.
 */
static bool
hides_entity(const NamiBinder *b, const NamiExpr *base)
{
	const NamiVariable *hidden;
	NamiStaticType type;

	if (b->ctx.hidden == NULL || base->op != NAMI_EX_SLOT)
		return false;
	hidden = nami_scope_find(b->ctx.hidden, b->slots.items[base->slot].name);
	if (hidden == NULL || hidden->slot == base->slot)
		return false;
	type = b->slots.items[hidden->slot].type;
	return type == NAMI_STATIC_NODE || type == NAMI_STATIC_REL;
}

/* What is known to have no properties is an error at once, also for a query without rows. */
static NamiStatus
check_has_properties(NamiBinder *b, const NamiExpr *base, const NamiCyExpr *source)
{
	switch (base->type)
	{
		case NAMI_STATIC_BOOL:
		case NAMI_STATIC_INT:
		case NAMI_STATIC_FLOAT:
		case NAMI_STATIC_STRING:
		case NAMI_STATIC_LIST:
		case NAMI_STATIC_REL_LIST:
		case NAMI_STATIC_PATH:
			return nami_fail_at(b->err, NAMI_ERR_TYPE, base->type == NAMI_STATIC_PATH ?
								"SyntaxError: InvalidArgumentType" :
								"TypeError: InvalidArgumentType", source->span.start,
								"cannot access property \"%.*s\" of %s",
								NAMI_STR_ARG(source->name.text), nami_type_text(base->type));
		default:
			return NAMI_OK;
	}
}

static NamiStatus
bind_access(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *base;
	NamiExpr   *expr;

	if (source->kind == NAMI_CY_PROPERTY)
	{
		NAMI_TRY(nami_bind_expr(b, source->args[0], &base));
		if (!hides_entity(b, base))
			NAMI_TRY(check_has_properties(b, base, source));
		*out = nami_ex_property(b, base, source->name.text, source->span.start);
		if (hides_entity(b, base))
			(*out)->flags |= NAMI_EXF_OR_NULL;
		return NAMI_OK;
	}
	if (source->kind == NAMI_CY_INDEX)
	{
		expr = nami_ex_new(b, NAMI_EX_INDEX, NAMI_STATIC_ANY, source->span.start, 2);
		NAMI_TRY(bind_args(b, source, expr));
		base = expr->args[0];
		if (base->type == NAMI_STATIC_LIST || base->type == NAMI_STATIC_REL_LIST)
			expr->type = nami_ex_element_type(b, base);
		*out = expr;
		return NAMI_OK;
	}
	expr = nami_ex_new(b, NAMI_EX_SLICE, NAMI_STATIC_LIST, source->span.start, 3);
	NAMI_TRY(bind_args(b, source, expr));
	expr->flags |= expr->args[1] != NULL ? NAMI_EXF_SLICE_FROM : 0;
	expr->flags |= expr->args[2] != NULL ? NAMI_EXF_SLICE_TO : 0;
	*out = expr;
	return NAMI_OK;
}

NamiStatus
nami_bind_labels(NamiBinder *b, const NamiCyLabelExpr *source, int kind, NamiLabelExpr **out)
{
	NamiLabelExpr *labels = NAMI_NEW(b->arena, NamiLabelExpr);
	static const NamiLabelOp ops[] = {
		[NAMI_CY_LABEL_NAME] = NAMI_LABEL_NAME,
		[NAMI_CY_LABEL_AND] = NAMI_LABEL_AND,
		[NAMI_CY_LABEL_OR] = NAMI_LABEL_OR,
		[NAMI_CY_LABEL_NOT] = NAMI_LABEL_NOT,
		[NAMI_CY_LABEL_ANY] = NAMI_LABEL_ANY,
	};

	labels->op = ops[source->kind];
	if (source->kind == NAMI_CY_LABEL_NAME)
	{
		labels->name.text = nami_arena_str(b->arena, source->name.text);
		nami_name_register(b, &labels->name, kind);
	}
	labels->arg_count = source->arg_count;
	labels->args = NAMI_NEW_ARRAY(b->arena, NamiLabelExpr *, source->arg_count + (size_t) 1);
	for (uint32_t i = 0; i < source->arg_count; i++)
		NAMI_TRY(nami_bind_labels(b, source->args[i], kind, &labels->args[i]));
	*out = labels;
	return NAMI_OK;
}

static NamiStatus
bind_has_labels(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_HAS_LABELS, NAMI_STATIC_BOOL, source->span.start, 1);

	NAMI_TRY(nami_bind_expr(b, source->args[0], &expr->args[0]));
	if (!nami_type_can_be(expr->args[0]->type, NAMI_STATIC_NODE) &&
		!nami_type_can_be(expr->args[0]->type, NAMI_STATIC_REL))
		return fail_argument(b, NAMI_ERR_TYPE, expr->args[0], "a node or relationship",
							 "a label test");
	*out = expr;
	b->uses_context = true;
	return nami_bind_labels(b, source->labels, expr->args[0]->type == NAMI_STATIC_REL ?
							NAMI_NAME_TYPE : NAMI_NAME_LABEL, &expr->labels);
}

/* ---- constructors -------------------------------------------------------------------------- */

static NamiStatus
bind_map(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_MAP, NAMI_STATIC_MAP, source->span.start,
								   source->entry_count);

	expr->keys = NAMI_NEW_ARRAY(b->arena, NamiStr, source->entry_count + (size_t) 1);
	for (uint32_t i = 0; i < source->entry_count; i++)
	{
		expr->keys[i] = nami_arena_str(b->arena, source->entries[i].key.text);
		NAMI_TRY(nami_bind_expr(b, source->entries[i].value, &expr->args[i]));
	}
	*out = expr;
	return NAMI_OK;
}

static NamiStatus
bind_map_projection(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	const NamiCyMapProjection *projection = source->projection;
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_MAP_PROJECTION, NAMI_STATIC_MAP, source->span.start,
								   projection->item_count + 1);
	uint32_t	count = 0;

	expr->keys = NAMI_NEW_ARRAY(b->arena, NamiStr, projection->item_count + (size_t) 1);
	NAMI_TRY(bind_variable(b, &projection->variable, &expr->args[0]));
	for (uint32_t i = 0; i < projection->item_count; i++)
	{
		const NamiCyMapItem *item = &projection->items[i];
		NamiExpr  **value = &expr->args[count + 1];

		if (item->kind == NAMI_CY_MAP_ALL)
		{
			expr->flags |= NAMI_EXF_ALL_PROPERTIES;
			continue;
		}
		expr->keys[count++] = nami_arena_str(b->arena, item->name.text);
		if (item->kind == NAMI_CY_MAP_PROPERTY)
			*value = nami_ex_property(b, expr->args[0], item->name.text, item->span.start);
		else if (item->kind == NAMI_CY_MAP_ENTRY)
			NAMI_TRY(nami_bind_expr(b, item->value, value));
		else
			NAMI_TRY(bind_variable(b, &item->name, value));
	}
	expr->arg_count = count + 1;
	b->uses_context = true;
	*out = expr;
	return NAMI_OK;
}

static NamiStatus
bind_case(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	const NamiCyCase *cases = source->switch_;
	uint32_t	count = 2 * cases->count + (cases->operand != NULL) + (cases->otherwise != NULL);
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_CASE, NAMI_STATIC_ANY, source->span.start, count);
	uint32_t	n = 0;

	if (cases->operand != NULL)
	{
		expr->flags |= NAMI_EXF_HAS_OPERAND;
		NAMI_TRY(nami_bind_expr(b, cases->operand, &expr->args[n++]));
	}
	for (uint32_t i = 0; i < cases->count; i++)
	{
		NAMI_TRY(nami_bind_expr(b, cases->whens[i], &expr->args[n++]));
		if (cases->operand == NULL)
			NAMI_TRY(check_boolean(b, NAMI_ERR_TYPE, expr->args[n - 1], "WHEN"));
		NAMI_TRY(nami_bind_expr(b, cases->thens[i], &expr->args[n++]));
	}
	if (cases->otherwise != NULL)
	{
		expr->flags |= NAMI_EXF_HAS_ELSE;
		NAMI_TRY(nami_bind_expr(b, cases->otherwise, &expr->args[n++]));
	}
	*out = expr;
	return NAMI_OK;
}

/* ---- entry --------------------------------------------------------------------------------- */

static const NamiSubstitution *
find_substitution(NamiBinder *b, const NamiCyExpr *source)
{
	const NamiSubstitutionVec *known = b->ctx.substitutions;

	if (known == NULL || source->kind == NAMI_CY_LITERAL || source->kind == NAMI_CY_PARAMETER)
		return NULL;
	for (size_t i = 0; i < known->count; i++)
	{
		if (nami_cy_expr_equal(known->items[i].source, source, b->arena))
			return &known->items[i];
	}
	return NULL;
}

static NamiStatus
bind_by_kind(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExpr   *expr;

	switch ((NamiCyExprKind) source->kind)
	{
		case NAMI_CY_LITERAL:
			*out = nami_ex_const(b, source->literal, source->span.start);
			return NAMI_OK;
		case NAMI_CY_PARAMETER:
			*out = nami_ex_parameter(b, source->name.text, source->span.start);
			return NAMI_OK;
		case NAMI_CY_VARIABLE:
			return bind_variable(b, &source->name, out);
		case NAMI_CY_PROPERTY:
		case NAMI_CY_INDEX:
		case NAMI_CY_SLICE:
			return bind_access(b, source, out);
		case NAMI_CY_LABELS:
			return bind_has_labels(b, source, out);
		case NAMI_CY_LIST:
			expr = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, source->span.start,
							   source->arg_count);
			*out = expr;
			return bind_args(b, source, expr);
		case NAMI_CY_MAP:
			return bind_map(b, source, out);
		case NAMI_CY_CASE:
			return bind_case(b, source, out);
		case NAMI_CY_CALL:
			return nami_bind_call(b, source, out);
		case NAMI_CY_LIST_COMP:
		case NAMI_CY_QUANTIFIER:
		case NAMI_CY_REDUCE:
			return nami_bind_local(b, source, out);
		case NAMI_CY_PATTERN_COMP:
			return nami_bind_pattern_comprehension(b, source, out);
		case NAMI_CY_PATTERN:
			return nami_bind_pattern_expr(b, source, out);
		case NAMI_CY_SUBQUERY:
			return nami_bind_subquery(b, source, out);
		case NAMI_CY_MAP_PROJECTION:
			return bind_map_projection(b, source, out);
		case NAMI_CY_UNARY:
			return bind_unary(b, source, out);
		case NAMI_CY_BINARY:
			return bind_binary(b, source, out);
		case NAMI_CY_LOGICAL:
			return bind_logical(b, source, out);
		case NAMI_CY_ARITHMETIC:
			return bind_arithmetic(b, source, out);
		case NAMI_CY_COMPARISON:
			return bind_comparison(b, source, out);
	}
	return nami_fail(b->err, NAMI_ERR_INTERNAL, "expression of unknown kind");
}

NamiStatus
nami_bind_expr(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	const NamiSubstitution *known = find_substitution(b, source);
	bool		allow_pattern = b->ctx.allow_pattern;
	NamiStatus	status;

	NAMI_TRY(nami_bind_tick(b));
	NAMI_TRY(nami_check_stack(b->options->host, b->err));
	if (known != NULL)
	{
		*out = nami_ex_slot(b, known->slot, source->span.start);
		return NAMI_OK;
	}
	/* A pattern as a condition may stand under AND, OR, XOR and NOT only. */
	if (source->kind != NAMI_CY_LOGICAL && source->kind != NAMI_CY_PATTERN &&
		!(source->kind == NAMI_CY_UNARY && source->op == NAMI_CY_NOT))
		b->ctx.allow_pattern = false;
	status = bind_by_kind(b, source, out);
	b->ctx.allow_pattern = allow_pattern;
	return status;
}

NamiStatus
nami_bind_predicate(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	bool		allow_pattern = b->ctx.allow_pattern;
	NamiStatus	status;

	b->ctx.allow_pattern = true;
	status = nami_bind_expr(b, source, out);
	b->ctx.allow_pattern = allow_pattern;
	NAMI_TRY(status);
	return check_boolean(b, NAMI_BIND_ERR_SEMANTIC, *out, "a condition");
}

NamiStatus
nami_bind_row_count(NamiBinder *b, const NamiCyExpr *source, const char *what, NamiExpr **out)
{
	NamiExprContext saved = b->ctx;
	NamiStatus	status;

	b->ctx = (NamiExprContext) {.constant_only = true};
	status = nami_bind_expr(b, source, out);
	b->ctx = saved;
	NAMI_TRY(status);
	if (!nami_ex_is_literal(*out))
		return NAMI_OK;
	if ((*out)->type != NAMI_STATIC_INT)
		return fail_argument(b, NAMI_BIND_ERR_SEMANTIC, *out, "an integer", what);
	if ((*out)->value.integer < 0)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: NegativeIntegerArgument",
							source->span.start, "%s must not be negative", what);
	return NAMI_OK;
}
