/*
 * bind_procedure.c - CALL of procedures, and functions that the host brings (spec/cypher.md 2, 8,
 * 14).
 */
#include "plan/bind_internal.h"

#include "base/similar.h"

/* ---- arguments ----------------------------------------------------------------------------- */

static NamiStaticType *
static_types(NamiBinder *b, NamiExpr *const *args, uint32_t count)
{
	NamiStaticType *types = NAMI_NEW_ARRAY(b->arena, NamiStaticType, count + (size_t) 1);

	for (uint32_t i = 0; i < count; i++)
		types[i] = args[i]->type;
	return types;
}

static NamiStatus
with_position(NamiBinder *b, NamiStatus status, int64_t position)
{
	if (status != NAMI_OK && b->err->position < 0)
		b->err->position = position;
	return status;
}

static NamiStatus
bind_explicit(NamiBinder *b, const NamiCyCallProcedure *call, NamiPlanOp *op)
{
	op->exprs = NAMI_NEW_ARRAY(b->arena, NamiExpr *, call->arg_count + (size_t) 1);
	op->expr_count = call->arg_count;
	for (uint32_t i = 0; i < call->arg_count; i++)
		NAMI_TRY(nami_bind_expr(b, call->args[i], &op->exprs[i]));
	return NAMI_OK;
}

/* CALL name: the arguments are the parameters of their names; optional ones are left out. */
static NamiStatus
bind_implicit(NamiBinder *b, const NamiCyCallProcedure *call, bool is_alone, NamiPlanOp *op)
{
	const NamiProcedure *procedure = op->procedure;

	if (procedure->min_args == 0)
		return NAMI_OK;
	if (!is_alone)
		return nami_fail_at(b->err, NAMI_ERR_SYNTAX, "SyntaxError: InvalidArgumentPassingMode",
							call->name.span.start,
							"arguments of a procedure inside a query must be given in parentheses");
	op->exprs = NAMI_NEW_ARRAY(b->arena, NamiExpr *, procedure->min_args);
	op->expr_count = procedure->min_args;
	for (uint32_t i = 0; i < procedure->min_args; i++)
		op->exprs[i] = nami_ex_parameter(b, procedure->arguments[i].name, call->name.span.start);
	return NAMI_OK;
}

static NamiStatus
check_count(NamiBinder *b, const NamiCyCallProcedure *call, const NamiPlanOp *op)
{
	const NamiProcedure *procedure = op->procedure;

	if (op->expr_count >= procedure->min_args && op->expr_count <= procedure->max_args)
		return NAMI_OK;
	nami_fail_at(b->err, NAMI_ERR_ARGUMENT, "SyntaxError: InvalidNumberOfArguments",
				 call->name.span.start, "%.*s() does not take %u arguments",
				 NAMI_STR_ARG(procedure->name), op->expr_count);
	if (procedure->min_args == procedure->max_args)
		nami_error_detail(b->err, "It takes %u.", procedure->min_args);
	else
		nami_error_detail(b->err, "It takes %u to %u.", procedure->min_args, procedure->max_args);
	return NAMI_FAILED;
}

static bool
is_null_literal(const NamiExpr *arg)
{
	return arg->op == NAMI_EX_CONST && arg->value.kind == NAMI_NULL;
}

static NamiStatus
check_types(NamiBinder *b, const NamiPlanOp *op)
{
	for (uint32_t i = 0; i < op->expr_count; i++)
	{
		const NamiExpr *arg = op->exprs[i];
		bool		is_sure = nami_ex_is_literal(arg) || arg->type == NAMI_STATIC_NODE ||
			arg->type == NAMI_STATIC_REL || arg->type == NAMI_STATIC_PATH;

		if (is_sure && !is_null_literal(arg) &&
			!nami_type_can_be(arg->type, op->procedure->arguments[i].type))
			return nami_fail_at(b->err, NAMI_ERR_TYPE, "SyntaxError: InvalidArgumentType",
								arg->position, "argument \"%.*s\" of %.*s() cannot be %s",
								NAMI_STR_ARG(op->procedure->arguments[i].name),
								NAMI_STR_ARG(op->procedure->name), nami_type_text(arg->type));
	}
	return NAMI_OK;
}

/* ---- the procedure ------------------------------------------------------------------------- */

static NamiStatus
resolve_by_host(NamiBinder *b, const NamiCyCallProcedure *call, NamiStr nearest, NamiPlanOp *op)
{
	const NamiRoutineResolver *resolver = b->options->resolver;
	uint32_t	count = call->has_arguments ? op->expr_count : NAMI_ARGUMENTS_IMPLICIT;

	if (resolver != NULL)
		NAMI_TRY(with_position(b, resolver->procedure(resolver->ctx, b->arena, call->name.text,
													  static_types(b, op->exprs, op->expr_count),
													  count, &op->procedure, b->err),
							   call->name.span.start));
	if (op->procedure == NULL)
	{
		nami_fail_at(b->err, NAMI_ERR_UNDEFINED_FUNCTION, "ProcedureError: ProcedureNotFound",
					 call->name.span.start, "procedure \"%.*s\" does not exist",
					 NAMI_STR_ARG(call->name.text));
		if (b->options->find_function != NULL &&
			b->options->find_function(call->name.text, NULL) != NULL)
			nami_error_hint(b->err, "It is a function: RETURN %.*s(...).",
							NAMI_STR_ARG(call->name.text));
		else if (nearest.len > 0)
			nami_error_hint(b->err, "Did you mean \"%.*s\"?", NAMI_STR_ARG(nearest));
		return NAMI_FAILED;
	}
	b->plan->uses_host = true;
	return NAMI_OK;
}

static NamiStatus
resolve(NamiBinder *b, const NamiCyCallProcedure *call, bool is_alone, NamiPlanOp *op)
{
	NamiStr		nearest = NAMI_STR("");

	if (b->options->find_procedure != NULL)
		op->procedure = b->options->find_procedure(call->name.text, &nearest);
	NAMI_TRY(bind_explicit(b, call, op));
	if (op->procedure == NULL)
		NAMI_TRY(resolve_by_host(b, call, nearest, op));
	if (!call->has_arguments)
		NAMI_TRY(bind_implicit(b, call, is_alone, op));
	NAMI_TRY(check_count(b, call, op));
	if (op->procedure->flags & NAMI_PROC_CONTEXT)
		b->uses_context = true;
	return check_types(b, op);
}

/* ---- columns ------------------------------------------------------------------------------- */

static NamiStatus
find_column(NamiBinder *b, const NamiProcedure *procedure, const NamiCyName *name, uint32_t *out)
{
	NamiSimilar similar;

	nami_similar_init(&similar, name->text);
	for (uint32_t i = 0; i < procedure->column_count; i++)
	{
		if (nami_str_eq(procedure->columns[i].name, name->text))
		{
			*out = i;
			return NAMI_OK;
		}
		nami_similar_offer(&similar, procedure->columns[i].name);
	}
	nami_fail_at(b->err, NAMI_ERR_UNDEFINED_NAME, "SyntaxError: UndefinedVariable",
				 name->span.start, "procedure %.*s has no column \"%.*s\"",
				 NAMI_STR_ARG(procedure->name), NAMI_STR_ARG(name->text));
	nami_similar_hint(&similar, b->err);
	return NAMI_FAILED;
}

/* Binds output column number to a new variable. */
static NamiStatus
take_column(NamiBinder *b, NamiPlanOp *op, uint32_t column, const NamiCyName *name)
{
	const NamiProcedureField *field = &op->procedure->columns[column];
	NamiSlot	slot;

	if (nami_scope_find(b->scope, name->text) != NULL)
		return nami_fail_already_bound(b, name);
	slot = nami_slot_new(b, nami_arena_str(b->arena, name->text), field->type);
	nami_scope_add(b, b->slots.items[slot].name, slot);
	op->columns[op->item_count] = column;
	op->items[op->item_count++] = (NamiProjectItem) {slot, NULL};
	return NAMI_OK;
}

static NamiStatus
bind_columns(NamiBinder *b, const NamiCyCallProcedure *call, bool is_alone, NamiPlanOp *op)
{
	bool		takes_all = call->yields_all || (is_alone && !call->has_yield);
	uint32_t	count = takes_all ? op->procedure->column_count : call->yield_count;

	op->items = NAMI_NEW_ARRAY(b->arena, NamiProjectItem, count + (size_t) 1);
	op->columns = NAMI_NEW_ARRAY(b->arena, uint32_t, count + (size_t) 1);
	for (uint32_t i = 0; i < count; i++)
	{
		NamiCyName	name = call->name;
		uint32_t	column = i;

		if (takes_all)
			name.text = op->procedure->columns[i].name;
		else
		{
			NAMI_TRY(find_column(b, op->procedure, &call->yields[i].column, &column));
			name = nami_cy_name_present(&call->yields[i].alias) ? call->yields[i].alias :
				call->yields[i].column;
		}
		NAMI_TRY(take_column(b, op, column, &name));
	}
	return NAMI_OK;
}

/* A CALL that is the whole query returns its columns. */
static void
return_columns(NamiBinder *b, const NamiPlanOp *op, NamiResult *result)
{
	result->has_return = op->item_count > 0;
	for (uint32_t i = 0; i < op->item_count; i++)
	{
		const NamiSlotInfo *slot = &b->slots.items[op->items[i].slot];
		NamiPlanColumn column = {slot->name, op->items[i].slot, slot->type};

		nami_vec_push(&result->columns, b->arena, column);
	}
}

NamiStatus
nami_plan_call_procedure(NamiBinder *b, const NamiCyClause *clause, NamiCallPlace place,
						 NamiPlanOp *input, NamiPlanOp **out, NamiResult *result)
{
	const NamiCyCallProcedure *call = &clause->call;
	bool		is_alone = place == NAMI_CALL_ALONE;
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_CALL, input, call->name.span.start);

	NAMI_TRY(resolve(b, call, is_alone, op));
	NAMI_TRY(bind_columns(b, call, is_alone, op));
	if (op->procedure->implementation == NULL)
		return nami_fail_at(b->err, NAMI_ERR_UNSUPPORTED, NULL, call->name.span.start,
							"procedure %.*s is not supported", NAMI_STR_ARG(op->procedure->name));
	if (place == NAMI_CALL_LAST && call->has_yield)
		return nami_fail_at(b->err, NAMI_ERR_SYNTAX, "SyntaxError: InvalidClauseComposition",
							call->yield_span.start,
							"columns of a CALL that ends a query must be handed on by RETURN");
	nami_cost_estimate(b, op);
	*out = op;
	if (call->where != NULL)
	{
		NamiExpr   *predicate;

		NAMI_TRY(nami_bind_predicate(b, call->where, &predicate));
		*out = nami_op_filter(b, op, predicate);
	}
	if (is_alone)
		return_columns(b, op, result);
	return NAMI_OK;
}

/* ---- functions of the host ----------------------------------------------------------------- */

NamiStatus
nami_bind_host_call(NamiBinder *b, const NamiCyExpr *source, const NamiFunction **out,
					NamiExpr ***args)
{
	const NamiRoutineResolver *resolver = b->options->resolver;

	*out = NULL;
	if (resolver == NULL)
		return NAMI_OK;
	*args = NAMI_NEW_ARRAY(b->arena, NamiExpr *, source->arg_count + (size_t) 1);
	for (uint32_t i = 0; i < source->arg_count; i++)
		NAMI_TRY(nami_bind_expr(b, source->args[i], &(*args)[i]));
	NAMI_TRY(with_position(b, resolver->function(resolver->ctx, b->arena, source->call->name.text,
												 static_types(b, *args, source->arg_count),
												 source->arg_count, out, b->err),
						   source->span.start));
	if (*out != NULL)
		b->plan->uses_host = true;
	return NAMI_OK;
}
