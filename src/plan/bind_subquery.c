/*
 * bind_subquery.c - expressions that run a plan of their own: EXISTS, COUNT, COLLECT, patterns as
 * conditions, pattern comprehensions, shortestPath() (spec/cypher.md 5.1).
 */
#include "plan/bind_internal.h"

/* An inner scope: everything of the outer one is visible, new names stay inside. */
typedef struct Inner
{
	NamiScope  *scope;
	NamiExprContext ctx;
} Inner;

static Inner
open_inner(NamiBinder *b)
{
	Inner		saved = {b->scope, b->ctx};

	b->scope = nami_scope_copy(b, b->scope);
	b->ctx = (NamiExprContext) {0};
	return saved;
}

static void
close_inner(NamiBinder *b, Inner saved)
{
	b->scope = saved.scope;
	b->ctx = saved.ctx;
}

static NamiExpr *
make_subplan(NamiBinder *b, NamiSubplanKind kind, NamiPlanOp *root, NamiSlot result,
			 int64_t position)
{
	static const NamiStaticType types[] = {
		[NAMI_SUBPLAN_EXISTS] = NAMI_STATIC_BOOL,
		[NAMI_SUBPLAN_COUNT] = NAMI_STATIC_INT,
		[NAMI_SUBPLAN_COLLECT] = NAMI_STATIC_LIST,
		[NAMI_SUBPLAN_FIRST] = NAMI_STATIC_PATH,
	};
	NamiExpr   *expr = nami_ex_new(b, NAMI_EX_SUBPLAN, types[kind], position, 0);
	NamiSubplan *subplan = NAMI_NEW(b->arena, NamiSubplan);
	NamiSlotVec arguments = {0};

	subplan->kind = kind;
	subplan->root = root;
	subplan->result = result;
	subplan->number = b->subplan_count++;
	nami_live_arguments(b, root, &result, result == NAMI_SLOT_NONE ? 0 : 1, &arguments);
	subplan->arguments = arguments.items;
	subplan->argument_count = (uint32_t) arguments.count;
	expr->subplan = subplan;
	subplan->is_constant = arguments.count == 0 && !nami_op_is_volatile(root) &&
		!nami_plan_varies(b, NAMI_PLAN_NO_REWRITE);
	b->uses_context = true;
	return expr;
}

/* Operators of a pattern with its condition, on the rows of the outer query. */
static NamiStatus
plan_inner_pattern(NamiBinder *b, const NamiCyPatternPart *parts, uint32_t count,
				   NamiPatternMode mode, const NamiCyExpr *where, NamiPlanOp **out)
{
	NamiPatternGraph graph = {0};
	NamiPlanOp *argument = nami_op_make(b, NAMI_PLAN_ARGUMENT, NULL, parts[0].span.start);

	argument->estimated_rows = NAMI_COST_BATCH_ROWS;
	NAMI_TRY(nami_bind_pattern(b, parts, count, mode, &graph));
	if (where != NULL)
	{
		NamiExpr   *predicate;

		NAMI_TRY(nami_bind_predicate(b, where, &predicate));
		nami_pattern_add_predicate(b, &graph, predicate);
	}
	return nami_plan_pattern(b, &graph, argument, out);
}

/* ---- EXISTS { }, COUNT { }, COLLECT { } ----------------------------------------------------- */

static NamiStatus
bind_body(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	const NamiCySubquery *subquery = source->subquery;
	NamiSubplanKind kind = source->op == NAMI_CY_EXISTS ? NAMI_SUBPLAN_EXISTS :
		source->op == NAMI_CY_COUNT ? NAMI_SUBPLAN_COUNT : NAMI_SUBPLAN_COLLECT;
	NamiSlot	slot = NAMI_SLOT_NONE;
	NamiResult	result = {0};
	NamiPlanOp *root;

	if (subquery->query == NULL)
		NAMI_TRY(plan_inner_pattern(b, subquery->pattern.parts, subquery->pattern.part_count,
									NAMI_PATTERN_MATCH, subquery->where, &root));
	else
		NAMI_TRY(nami_plan_body(b, subquery->query, NAMI_PLAN_ARGUMENT, &root, &result));
	if (kind == NAMI_SUBPLAN_COLLECT)
	{
		if (!result.has_return || result.columns.count != 1)
			return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: UnexpectedSyntax",
								source->span.start, "COLLECT { } must return exactly one column");
		slot = result.columns.items[0].slot;
	}
	*out = make_subplan(b, kind, root, slot, source->span.start);
	return NAMI_OK;
}

NamiStatus
nami_bind_subquery(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	Inner		saved;
	NamiStatus	status;

	if (b->ctx.constant_only)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: NonConstantExpression",
							source->span.start, "a row count must not depend on the graph");
	saved = open_inner(b);
	status = bind_body(b, source, out);
	close_inner(b, saved);
	return status;
}

/* ---- patterns as expressions --------------------------------------------------------------- */

NamiStatus
nami_bind_exists_pattern(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	Inner		saved = open_inner(b);
	NamiPlanOp *root;
	NamiStatus	status;

	status = plan_inner_pattern(b, source->pattern->part, 1, NAMI_PATTERN_MATCH, NULL, &root);
	close_inner(b, saved);
	NAMI_TRY(status);
	*out = make_subplan(b, NAMI_SUBPLAN_EXISTS, root, NAMI_SLOT_NONE, source->span.start);
	return NAMI_OK;
}

static NamiStatus
bind_shortest(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	NamiCyPatternPart part = *source->pattern->part;
	bool		is_all = part.shortest == NAMI_CY_SHORTEST_ALL;
	NamiPlanOp *root;

	/* A name that no query can write. */
	part.variable = (NamiCyName) {NAMI_STR(" path"), source->span};
	NAMI_TRY(plan_inner_pattern(b, &part, 1, NAMI_PATTERN_MATCH, NULL, &root));
	*out = make_subplan(b, is_all ? NAMI_SUBPLAN_COLLECT : NAMI_SUBPLAN_FIRST, root,
						nami_scope_find(b->scope, part.variable.text)->slot, source->span.start);
	return NAMI_OK;
}

NamiStatus
nami_bind_pattern_expr(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	bool		is_shortest = source->pattern->part->shortest != NAMI_CY_SHORTEST_NONE;
	Inner		saved;
	NamiPlanOp *root;
	NamiStatus	status;

	if (b->ctx.constant_only)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: NonConstantExpression",
							source->span.start, "a row count must not depend on the graph");
	if (!is_shortest && !b->ctx.allow_pattern)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: UnexpectedSyntax",
							source->span.start,
							"a pattern is a condition: it can stand in WHERE and in exists() only");
	saved = open_inner(b);
	if (is_shortest)
		status = bind_shortest(b, source, out);
	else
		status = plan_inner_pattern(b, source->pattern->part, 1, NAMI_PATTERN_PREDICATE, NULL,
									&root);
	close_inner(b, saved);
	NAMI_TRY(status);
	if (!is_shortest)
		*out = make_subplan(b, NAMI_SUBPLAN_EXISTS, root, NAMI_SLOT_NONE, source->span.start);
	return NAMI_OK;
}

static NamiStatus
bind_comprehension(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	const NamiCyPatternExpr *pattern = source->pattern;
	NamiExpr   *body;
	NamiPlanOp *root;
	NamiSlot	slot;

	NAMI_TRY(plan_inner_pattern(b, pattern->part, 1, NAMI_PATTERN_MATCH, pattern->where, &root));
	NAMI_TRY(nami_bind_expr(b, pattern->body, &body));
	slot = nami_slot_new(b, NAMI_STR(""), body->type);
	root = nami_op_project(b, root, slot, body);
	*out = make_subplan(b, NAMI_SUBPLAN_COLLECT, root, slot, source->span.start);
	return NAMI_OK;
}

NamiStatus
nami_bind_pattern_comprehension(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	Inner		saved;
	NamiStatus	status;

	if (b->ctx.constant_only)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: NonConstantExpression",
							source->span.start, "a row count must not depend on the graph");
	saved = open_inner(b);
	status = bind_comprehension(b, source, out);
	close_inner(b, saved);
	return status;
}
