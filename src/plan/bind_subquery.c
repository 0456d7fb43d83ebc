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

/* ---- patterns that hang on the outer row by equal values ------------------------------------- */

/* The pattern by itself, and what must be equal of it and of the outer row. */
typedef struct JoinForm
{
	NamiPlanOp *root;			/* NULL: there is no such form */
	NAMI_VEC(NamiProjectItem) outer;
	NAMI_VEC(NamiExpr *) inner;
} JoinForm;

/* Slots that the pattern binds; false when it holds a variable of the outer row. */
static bool
pattern_slots(NamiBinder *b, const NamiPatternGraph *graph, NamiSlotVec *out)
{
	for (size_t i = 0; i < graph->nodes.count; i++)
	{
		if (graph->nodes.items[i].is_bound)
			return false;
		nami_slots_add(b, out, graph->nodes.items[i].slot);
	}
	for (size_t i = 0; i < graph->rels.count; i++)
	{
		const NamiPatternRel *rel = &graph->rels.items[i];

		/* Conditions of each step and searches for the shortest are rare: left to the plain form. */
		if (rel->bound_slot != NAMI_SLOT_NONE || rel->step_filter != NULL ||
			rel->shortest != NAMI_CY_SHORTEST_NONE)
			return false;
		nami_slots_add(b, out, rel->slot);
	}
	return graph->paths.count == 0;
}

/* Of the slots that the condition reads: how many the pattern binds. */
static size_t
count_inside(const NamiSlotVec *deps, const NamiSlotVec *inside)
{
	size_t		count = 0;

	for (size_t i = 0; i < deps->count; i++)
		count += nami_slots_contain(inside, deps->items[i]);
	return count;
}

static bool
is_key(const NamiExpr *expr)
{
	return (expr->op == NAMI_EX_SLOT || expr->op == NAMI_EX_PROPERTY) && nami_ex_is_safe(expr);
}

/* A condition on the outer row and the pattern becomes a key; false when it is none. */
static bool
add_key(NamiBinder *b, const NamiPredicate *predicate, const NamiSlotVec *inside, JoinForm *form)
{
	NamiExpr   *expr = predicate->expr;
	NamiSlotVec left = {0};
	bool		is_left_inside;

	/* Both sides may be of the outer row: then the pattern does not hang on it. */
	if (expr->op != NAMI_EX_EQ || predicate->deps.count != 2 ||
		count_inside(&predicate->deps, inside) != 1 || !is_key(expr->args[0]) ||
		!is_key(expr->args[1]))
		return false;
	nami_ex_slots(b, expr->args[0], &left);
	is_left_inside = count_inside(&left, inside) == 1;
	nami_vec_push(&form->outer, b->arena,
				  (NamiProjectItem) {NAMI_SLOT_NONE, expr->args[is_left_inside ? 1 : 0]});
	nami_vec_push(&form->inner, b->arena, expr->args[is_left_inside ? 0 : 1]);
	return true;
}

/* The graph is copied: planning changes it. */
static NamiStatus
plan_join_form(NamiBinder *b, const NamiPatternGraph *graph, JoinForm *form)
{
	NamiPatternGraph copy = *graph;
	NamiSlotVec inside = {0};
	NamiPlanOp *once;

	if (nami_plan_varies(b, NAMI_PLAN_NO_REWRITE) || !pattern_slots(b, graph, &inside))
		return NAMI_OK;
	copy.predicates.items = NULL;
	copy.predicates.count = copy.predicates.capacity = 0;
	for (size_t i = 0; i < graph->predicates.count; i++)
	{
		const NamiPredicate *predicate = &graph->predicates.items[i];

		if (predicate->may_fail || predicate->is_late || predicate->is_costly)
			return NAMI_OK;
		if (count_inside(&predicate->deps, &inside) == predicate->deps.count)
			nami_vec_push(&copy.predicates, b->arena, *predicate);
		else if (!add_key(b, predicate, &inside, form))
			return NAMI_OK;
	}
	if (form->inner.count == 0)
		return NAMI_OK;
	copy.nodes.items = nami_arena_memdup(b->arena, graph->nodes.items,
										 graph->nodes.count * sizeof(NamiPatternNode));
	copy.rels.items = nami_arena_memdup(b->arena, graph->rels.items,
										graph->rels.count * sizeof(NamiPatternRel));
	once = nami_op_make(b, NAMI_PLAN_ONCE, NULL, 0);
	once->estimated_rows = 1;
	return nami_plan_pattern(b, &copy, once, &form->root);
}

static void
set_join_form(NamiExpr *expr, const JoinForm *form)
{
	expr->subplan->join_root = form->root;
	expr->subplan->outer_keys = form->outer.items;
	expr->subplan->inner_keys = form->inner.items;
	expr->subplan->key_count = (uint32_t) form->inner.count;
}

/* ---- patterns ------------------------------------------------------------------------------ */

/* Operators of a pattern with its condition, on the rows of the outer query. form: also without
 * them; or NULL. */
static NamiStatus
plan_inner_pattern(NamiBinder *b, const NamiCyPatternPart *parts, uint32_t count,
				   NamiPatternMode mode, const NamiCyExpr *where, JoinForm *form,
				   NamiPlanOp **out)
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
	if (form != NULL)
		NAMI_TRY(plan_join_form(b, &graph, form));
	return nami_plan_pattern(b, &graph, argument, out);
}

/* ---- EXISTS { }, COUNT { }, COLLECT { } ----------------------------------------------------- */

/* EXISTS { MATCH ... }: the same as the pattern alone. */
static const NamiCyMatch *
single_match(const NamiCyQuery *query)
{
	const NamiCyClause *clause;

	if (query->single_count != 1 || query->singles[0].clause_count != 1)
		return NULL;
	clause = query->singles[0].clauses[0];
	return clause->kind == NAMI_CY_MATCH && !clause->match.is_optional ? &clause->match : NULL;
}

static NamiStatus
bind_body(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	const NamiCySubquery *subquery = source->subquery;
	NamiSubplanKind kind = source->op == NAMI_CY_EXISTS ? NAMI_SUBPLAN_EXISTS :
		source->op == NAMI_CY_COUNT ? NAMI_SUBPLAN_COUNT : NAMI_SUBPLAN_COLLECT;
	NamiSlot	slot = NAMI_SLOT_NONE;
	const NamiCyMatch *match = subquery->query != NULL && kind == NAMI_SUBPLAN_EXISTS ?
		single_match(subquery->query) : NULL;
	NamiResult	result = {0};
	JoinForm	form = {0};
	NamiPlanOp *root;

	if (match != NULL)
		NAMI_TRY(plan_inner_pattern(b, match->pattern.parts, match->pattern.part_count,
									NAMI_PATTERN_MATCH, match->where, &form, &root));
	else if (subquery->query == NULL)
		NAMI_TRY(plan_inner_pattern(b, subquery->pattern.parts, subquery->pattern.part_count,
									NAMI_PATTERN_MATCH, subquery->where,
									kind == NAMI_SUBPLAN_EXISTS ? &form : NULL, &root));
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
	set_join_form(*out, &form);
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

	status = plan_inner_pattern(b, source->pattern->part, 1, NAMI_PATTERN_MATCH, NULL, NULL, &root);
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
	NAMI_TRY(plan_inner_pattern(b, &part, 1, NAMI_PATTERN_MATCH, NULL, NULL, &root));
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
									NULL, &root);
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

	NAMI_TRY(plan_inner_pattern(b, pattern->part, 1, NAMI_PATTERN_MATCH, pattern->where, NULL, &root));
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
