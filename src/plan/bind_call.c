/*
 * bind_call.c - function calls, aggregates, and the expressions that have variables of their own:
 * list comprehensions, quantifiers, reduce().
 */
#include "plan/bind_internal.h"

/* ---- aggregates in the syntax tree --------------------------------------------------------- */

static bool
any_aggregate(NamiBinder *b, NamiCyExpr *const *args, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (args[i] != NULL && nami_has_aggregate(b, args[i]))
			return true;
	}
	return false;
}

static bool
local_has_aggregate(NamiBinder *b, const NamiCyLocal *local)
{
	NamiCyExpr *parts[] = {local->list, local->where, local->body, local->init};

	return any_aggregate(b, parts, 4);
}

static bool
case_has_aggregate(NamiBinder *b, const NamiCyCase *cases)
{
	NamiCyExpr *ends[] = {cases->operand, cases->otherwise};

	return any_aggregate(b, ends, 2) || any_aggregate(b, cases->whens, cases->count) ||
		any_aggregate(b, cases->thens, cases->count);
}

bool
nami_has_aggregate(NamiBinder *b, const NamiCyExpr *source)
{
	const NamiFunction *function;

	switch (source->kind)
	{
		case NAMI_CY_CALL:
			function = b->options->find_function(source->call->name.text, NULL);
			return (function != NULL && (function->flags & NAMI_FN_AGGREGATE)) ||
				any_aggregate(b, source->args, source->arg_count);
		case NAMI_CY_MAP:
			for (uint32_t i = 0; i < source->entry_count; i++)
			{
				if (nami_has_aggregate(b, source->entries[i].value))
					return true;
			}
			return false;
		case NAMI_CY_CASE:
			return case_has_aggregate(b, source->switch_);
		case NAMI_CY_LIST_COMP:
		case NAMI_CY_QUANTIFIER:
		case NAMI_CY_REDUCE:
			return local_has_aggregate(b, source->local);
		case NAMI_CY_MAP_PROJECTION:
			for (uint32_t i = 0; i < source->projection->item_count; i++)
			{
				NamiCyExpr *value = source->projection->items[i].value;

				if (value != NULL && nami_has_aggregate(b, value))
					return true;
			}
			return false;
		case NAMI_CY_LITERAL:
		case NAMI_CY_PARAMETER:
		case NAMI_CY_VARIABLE:
		case NAMI_CY_SUBQUERY:
		case NAMI_CY_PATTERN:
		case NAMI_CY_PATTERN_COMP:
			return false;
		default:
			return any_aggregate(b, source->args, source->arg_count);
	}
}

/* ---- aggregates ---------------------------------------------------------------------------- */

static NamiStatus
check_aggregate_place(NamiBinder *b, const NamiCyExpr *source)
{
	if (b->ctx.in_aggregate)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: NestedAggregation",
							source->span.start, "aggregates cannot be nested");
	if (b->ctx.aggregation == NULL || b->ctx.in_local)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: InvalidAggregation",
							source->span.start, "an aggregate cannot be used here");
	return NAMI_OK;
}

static NamiStatus
bind_aggregate_args(NamiBinder *b, const NamiCyExpr *source, NamiAggregateItem *item)
{
	NamiExprContext saved = b->ctx;
	NamiScope  *scope = b->scope;
	NamiStatus	status = NAMI_OK;

	b->scope = saved.aggregation->before;
	b->ctx = (NamiExprContext) {.in_aggregate = true};
	for (uint32_t i = 0; i < source->arg_count && status == NAMI_OK; i++)
		status = nami_bind_expr(b, source->args[i], &item->args[i]);
	b->ctx = saved;
	b->scope = scope;
	return status;
}

static NamiStatus
bind_closed_args(NamiBinder *b, const NamiCyExpr *source)
{
	NamiExprContext saved = b->ctx;
	NamiStatus	status = NAMI_OK;
	NamiExpr   *arg;

	b->ctx = (NamiExprContext) {.in_aggregate = true};
	for (uint32_t i = 0; i < source->arg_count && status == NAMI_OK; i++)
		status = nami_bind_expr(b, source->args[i], &arg);
	b->ctx = saved;
	return status;
}

static NamiStatus
bind_aggregate(NamiBinder *b, const NamiCyExpr *source, const NamiFunction *function,
			   NamiExpr **out)
{
	NamiAggregation *aggregation = b->ctx.aggregation;
	NamiAggregateItem item = {
		.function = function,
		.distinct = source->call->is_distinct,
		.star = source->call->is_star,
		.arg_count = source->arg_count,
		.position = source->span.start,
	};

	NAMI_TRY(check_aggregate_place(b, source));
	for (size_t i = 0; i < aggregation->sources.count; i++)
	{
		if (nami_cy_expr_equal(aggregation->sources.items[i], source, b->arena))
		{
			*out = nami_ex_slot(b, aggregation->items.items[i].slot, source->span.start);
			return NAMI_OK;
		}
	}
	if (aggregation->is_closed)
	{
		/* A name that the projection dropped is the better message. */
		NAMI_TRY(bind_closed_args(b, source));
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: InvalidAggregation",
							source->span.start,
							"ORDER BY can only use aggregates that are projected");
	}
	item.args = NAMI_NEW_ARRAY(b->arena, NamiExpr *, source->arg_count + (size_t) 1);
	NAMI_TRY(bind_aggregate_args(b, source, &item));
	item.slot = nami_slot_new(b, NAMI_STR(""), function->result);
	if (nami_str_eq_nocase(function->name, NAMI_STR("collect")))
		b->slots.items[item.slot].element = item.args[0]->type;
	nami_vec_push(&aggregation->items, b->arena, item);
	nami_vec_push(&aggregation->sources, b->arena, source);
	*out = nami_ex_slot(b, item.slot, source->span.start);
	return NAMI_OK;
}

/* ---- functions ----------------------------------------------------------------------------- */

static NamiStatus
fail_unknown_function(NamiBinder *b, const NamiCyExpr *source, NamiStr nearest)
{
	nami_fail_at(b->err, NAMI_ERR_UNDEFINED_FUNCTION, "SyntaxError: UnknownFunction",
				 source->span.start, "function \"%.*s\" does not exist",
				 NAMI_STR_ARG(source->call->name.text));
	if (b->options->find_procedure != NULL &&
		b->options->find_procedure(source->call->name.text, NULL) != NULL)
		nami_error_hint(b->err, "It is a procedure: CALL %.*s(...).",
						NAMI_STR_ARG(source->call->name.text));
	else if (nearest.len > 0)
		nami_error_hint(b->err, "Did you mean \"%.*s\"?", NAMI_STR_ARG(nearest));
	return NAMI_FAILED;
}

static NamiStatus
check_arity(NamiBinder *b, const NamiCyExpr *source, const NamiFunction *function)
{
	const NamiCyCall *call = source->call;
	bool		is_aggregate = function->flags & NAMI_FN_AGGREGATE;

	if (call->is_star && !nami_str_eq_nocase(function->name, NAMI_STR("count")))
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: UnexpectedSyntax",
							source->span.start, "\"*\" is an argument of count() only");
	if (call->is_distinct && !is_aggregate)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: UnexpectedSyntax",
							source->span.start, "DISTINCT needs an aggregate, %.*s() is none",
							NAMI_STR_ARG(function->name));
	if (call->is_star ||
		(source->arg_count >= function->min_args &&
		 (function->max_args == UINT8_MAX || source->arg_count <= function->max_args)))
		return NAMI_OK;
	nami_fail_at(b->err, is_aggregate ? NAMI_BIND_ERR_SEMANTIC : NAMI_ERR_ARGUMENT,
				 "SyntaxError: InvalidNumberOfArguments",
				 source->span.start, "%.*s() does not take %u arguments",
				 NAMI_STR_ARG(function->name), source->arg_count);
	if (function->min_args == function->max_args)
		nami_error_detail(b->err, "It takes %u.", function->min_args);
	else
		nami_error_detail(b->err, "It takes at least %u.", function->min_args);
	return NAMI_FAILED;
}

static bool
is_entity(NamiStaticType type)
{
	return type == NAMI_STATIC_NODE || type == NAMI_STATIC_REL || type == NAMI_STATIC_PATH ||
		type == NAMI_STATIC_REL_LIST;
}

/* Types that are sure: those of literals, and nodes, relationships and paths of any origin. */
static bool
is_refused(const NamiExpr *arg, NamiStaticType wanted)
{
	return !nami_type_can_be(arg->type, wanted) &&
		(nami_ex_is_literal(arg) || is_entity(arg->type));
}

static NamiStatus
check_argument_types(NamiBinder *b, const NamiFunction *function, const NamiExpr *call)
{
	for (uint32_t i = 0; i < call->arg_count; i++)
	{
		const NamiExpr *arg = call->args[i];
		NamiStaticType wanted = NAMI_STATIC_ANY;

		if (function->arg_types != NULL && i < function->max_args &&
			function->max_args != UINT8_MAX)
			wanted = function->arg_types[i];
		if (is_refused(arg, wanted) ||
			(nami_str_eq(function->name, NAMI_STR("size")) && arg->type == NAMI_STATIC_PATH) ||
			(nami_str_eq(function->name, NAMI_STR("properties")) && nami_ex_is_literal(arg) &&
			 !nami_type_can_be(arg->type, NAMI_STATIC_MAP)))
			return nami_fail_at(b->err, NAMI_ERR_TYPE, "SyntaxError: InvalidArgumentType",
								arg->position, "%.*s() does not take %s",
								NAMI_STR_ARG(function->name), nami_type_text(arg->type));
	}
	return NAMI_OK;
}

/* A function that is not built in: the host may have it. */
static NamiStatus
bind_host_call(NamiBinder *b, const NamiCyExpr *source, NamiStr nearest, NamiExpr **out)
{
	const NamiFunction *function;
	NamiExpr  **args = NULL;
	NamiExpr   *expr;

	NAMI_TRY(nami_bind_host_call(b, source, &function, &args));
	if (function == NULL)
		return fail_unknown_function(b, source, nearest);
	NAMI_TRY(check_arity(b, source, function));
	expr = nami_ex_new(b, NAMI_EX_CALL, function->result, source->span.start, source->arg_count);
	expr->function = function;
	expr->args = args;
	NAMI_TRY(check_argument_types(b, function, expr));
	*out = expr;
	return NAMI_OK;
}

NamiStatus
nami_bind_call(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiStr		nearest = {NULL, 0};
	const NamiFunction *function = b->options->find_function(source->call->name.text, &nearest);
	NamiExpr   *expr;

	if (function == NULL)
		return bind_host_call(b, source, nearest, out);
	NAMI_TRY(check_arity(b, source, function));
	if (function->flags & NAMI_FN_AGGREGATE)
		return bind_aggregate(b, source, function, out);
	if (nami_str_eq(function->name, NAMI_STR("exists")) &&
		source->args[0]->kind == NAMI_CY_PATTERN)
		return nami_bind_exists_pattern(b, source->args[0], out);
	if ((function->flags & NAMI_FN_VOLATILE) && b->ctx.in_aggregate)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: NonConstantExpression",
							source->span.start, "%.*s() cannot be used inside an aggregate",
							NAMI_STR_ARG(function->name));
	expr = nami_ex_new(b, NAMI_EX_CALL, function->result, source->span.start, source->arg_count);
	expr->function = function;
	for (uint32_t i = 0; i < source->arg_count; i++)
		NAMI_TRY(nami_bind_expr(b, source->args[i], &expr->args[i]));
	NAMI_TRY(check_argument_types(b, function, expr));
	if (function->flags & NAMI_FN_CONTEXT)
		b->uses_context = true;
	*out = expr;
	return NAMI_OK;
}

/* ---- expressions with variables of their own ----------------------------------------------- */

static NamiStatus
check_list(NamiBinder *b, const NamiExpr *list)
{
	if (nami_type_can_be(list->type, NAMI_STATIC_LIST) ||
		(!nami_ex_is_literal(list) && !is_entity(list->type)))
		return NAMI_OK;
	return nami_fail_at(b->err, NAMI_ERR_TYPE, "SyntaxError: InvalidArgumentType",
						list->position, "expected a list, got %s", nami_type_text(list->type));
}

/* A name of the expression's own hides what was called so outside. */
static NamiSlot
open_local(NamiBinder *b, const NamiCyName *name, NamiStaticType type)
{
	NamiSlot	slot = nami_slot_new(b, nami_arena_str(b->arena, name->text), type);

	if (nami_scope_find(b->scope, name->text) != NULL)
		b->ctx.substitutions = NULL;
	nami_scope_add(b, b->slots.items[slot].name, slot);
	return slot;
}

static NamiExprOp
quantifier_op(uint8_t op)
{
	return op == NAMI_CY_ALL ? NAMI_EX_ALL : op == NAMI_CY_ANY ? NAMI_EX_ANY :
		op == NAMI_CY_NONE ? NAMI_EX_NONE : NAMI_EX_SINGLE;
}

static NamiStatus
bind_reduce(NamiBinder *b, const NamiCyExpr *source, NamiExpr *expr)
{
	const NamiCyLocal *local = source->local;

	NAMI_TRY(nami_bind_expr(b, local->init, &expr->args[0]));
	NAMI_TRY(nami_bind_expr(b, local->list, &expr->args[1]));
	NAMI_TRY(check_list(b, expr->args[1]));
	b->ctx.in_local = true;
	expr->local = open_local(b, &local->accumulator, NAMI_STATIC_ANY);
	expr->local2 = open_local(b, &local->variable, nami_ex_element_type(b, expr->args[1]));
	return nami_bind_expr(b, local->body, &expr->args[2]);
}

static NamiStatus
bind_over_list(NamiBinder *b, const NamiCyExpr *source, NamiExpr *expr)
{
	const NamiCyLocal *local = source->local;

	NAMI_TRY(nami_bind_expr(b, local->list, &expr->args[0]));
	NAMI_TRY(check_list(b, expr->args[0]));
	b->ctx.in_local = true;
	expr->local = open_local(b, &local->variable, nami_ex_element_type(b, expr->args[0]));
	if (local->where != NULL)
		NAMI_TRY(nami_bind_predicate(b, local->where, &expr->args[1]));
	if (local->body != NULL && expr->op == NAMI_EX_LIST_COMP)
		NAMI_TRY(nami_bind_expr(b, local->body, &expr->args[2]));
	return NAMI_OK;
}

NamiStatus
nami_bind_local(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiExprContext saved = b->ctx;
	size_t		scope_count = b->scope->count;
	NamiExpr   *expr;
	NamiStatus	status;

	if (source->kind == NAMI_CY_REDUCE)
	{
		expr = nami_ex_new(b, NAMI_EX_REDUCE, NAMI_STATIC_ANY, source->span.start, 3);
		status = bind_reduce(b, source, expr);
	}
	else if (source->kind == NAMI_CY_LIST_COMP)
	{
		expr = nami_ex_new(b, NAMI_EX_LIST_COMP, NAMI_STATIC_LIST, source->span.start, 3);
		status = bind_over_list(b, source, expr);
	}
	else
	{
		expr = nami_ex_new(b, quantifier_op(source->op), NAMI_STATIC_BOOL, source->span.start, 2);
		status = bind_over_list(b, source, expr);
	}
	b->ctx = saved;
	b->scope->count = scope_count;
	*out = expr;
	return status;
}
