/*
 * parser_clause.c - the clauses (spec/cypher.md 2).
 */
#include "cypher/parser_internal.h"

static NamiStatus
parse_match(NamiCyParser *p, NamiCyClause *clause)
{
	clause->match.is_optional = nami_cyp_accept_keyword(p, NAMI_KW_OPTIONAL);
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_MATCH, "MATCH"));
	NAMI_TRY(nami_cyp_pattern(p, &clause->match.pattern));
	return nami_cyp_where(p, &clause->match.where);
}

static NamiStatus
parse_unwind(NamiCyParser *p, NamiCyClause *clause)
{
	nami_cyp_next(p);
	NAMI_TRY(nami_cyp_value(p, &clause->unwind.list));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_AS, "AS"));
	return nami_cyp_name(p, &clause->unwind.variable, "a variable");
}

/* ---- WITH, RETURN ---- */

static NamiStr
source_between(const NamiCyParser *p, NamiCySpan span)
{
	return nami_str_slice(p->text, span.start, span.end - span.start);
}

static NamiStatus
parse_item(NamiCyParser *p, NamiCyItem *item)
{
	uint32_t	start = nami_cyp_start(p);

	NAMI_TRY(nami_cyp_value(p, &item->expr));
	item->span = nami_cyp_span(p, start);
	item->text = source_between(p, item->span);
	if (nami_cyp_accept_keyword(p, NAMI_KW_AS))
		NAMI_TRY(nami_cyp_name(p, &item->alias, "a name"));
	return NAMI_OK;
}

static NamiStatus
parse_items(NamiCyParser *p, NamiCyProjection *out)
{
	NAMI_VEC(NamiCyItem) items = {0};

	if (nami_cyp_is(p, NAMI_CYT_STAR))
	{
		uint32_t	start = nami_cyp_start(p);

		nami_cyp_next(p);
		out->has_star = true;
		out->star_span = nami_cyp_span(p, start);
		if (!nami_cyp_accept(p, NAMI_CYT_COMMA))
			return NAMI_OK;
	}
	do
		NAMI_TRY(parse_item(p, nami_vec_add(&items, p->arena)));
	while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	out->items = items.items;
	out->item_count = (uint32_t) items.count;
	return NAMI_OK;
}

static NamiStatus
parse_order(NamiCyParser *p, NamiCyProjection *out)
{
	NAMI_VEC(NamiCySort) sorts = {0};

	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_BY, "BY"));
	do
	{
		NamiCySort *sort = nami_vec_add(&sorts, p->arena);
		uint32_t	start = nami_cyp_start(p);

		NAMI_TRY(nami_cyp_value(p, &sort->expr));
		sort->span = nami_cyp_span(p, start);
		sort->text = source_between(p, sort->span);
		if (nami_cyp_accept_keyword(p, NAMI_KW_DESC) ||
			nami_cyp_accept_keyword(p, NAMI_KW_DESCENDING))
			sort->is_descending = true;
		else if (nami_cyp_is_keyword(p, NAMI_KW_ASC) || nami_cyp_is_keyword(p, NAMI_KW_ASCENDING))
			nami_cyp_next(p);
	} while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	out->sorts = sorts.items;
	out->sort_count = (uint32_t) sorts.count;
	return NAMI_OK;
}

static NamiStatus
parse_projection(NamiCyParser *p, NamiCyClause *clause)
{
	NamiCyProjection *out = &clause->projection;

	nami_cyp_next(p);
	out->is_distinct = nami_cyp_accept_keyword(p, NAMI_KW_DISTINCT);
	NAMI_TRY(parse_items(p, out));
	if (nami_cyp_accept_keyword(p, NAMI_KW_ORDER))
		NAMI_TRY(parse_order(p, out));
	if (nami_cyp_accept_keyword(p, NAMI_KW_SKIP))
		NAMI_TRY(nami_cyp_value(p, &out->skip));
	if (nami_cyp_accept_keyword(p, NAMI_KW_LIMIT))
		NAMI_TRY(nami_cyp_value(p, &out->limit));
	return clause->kind == NAMI_CY_WITH ? nami_cyp_where(p, &out->where) : NAMI_OK;
}

/* ---- CALL ---- */

static NamiStatus
parse_yield(NamiCyParser *p, NamiCyCallProcedure *call)
{
	NAMI_VEC(NamiCyYield) yields = {0};
	uint32_t	start = nami_cyp_start(p);

	if (!nami_cyp_accept_keyword(p, NAMI_KW_YIELD))
		return NAMI_OK;
	call->has_yield = true;
	if (nami_cyp_accept(p, NAMI_CYT_STAR))
		call->yields_all = true;
	else
	{
		do
		{
			NamiCyYield *yield = nami_vec_add(&yields, p->arena);

			NAMI_TRY(nami_cyp_name(p, &yield->column, "the name of a column"));
			if (nami_cyp_accept_keyword(p, NAMI_KW_AS))
				NAMI_TRY(nami_cyp_name(p, &yield->alias, "a name"));
		} while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	}
	call->yields = yields.items;
	call->yield_count = (uint32_t) yields.count;
	call->yield_span = nami_cyp_span(p, start);
	return nami_cyp_where(p, &call->where);
}

static NamiStatus
parse_call_procedure(NamiCyParser *p, NamiCyClause *clause)
{
	NamiCyCallProcedure *call = &clause->call;
	NamiCyExprVec args = {0};

	clause->kind = NAMI_CY_CALL_PROCEDURE;
	NAMI_TRY(nami_cyp_dotted_name(p, &call->name, &call->parts, &call->part_count,
								  "the name of a procedure, \"{\" or \"(\""));
	if (nami_cyp_accept(p, NAMI_CYT_LPAREN))
	{
		call->has_arguments = true;
		if (!nami_cyp_is(p, NAMI_CYT_RPAREN))
			NAMI_TRY(nami_cyp_value_list(p, &args));
		NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_RPAREN, "\",\" or \")\""));
	}
	call->args = args.items;
	call->arg_count = (uint32_t) args.count;
	return parse_yield(p, call);
}

static NamiStatus
parse_imports(NamiCyParser *p, NamiCyCallSubquery *subquery)
{
	NamiCyNameVec names = {0};

	subquery->has_imports = true;
	if (nami_cyp_accept(p, NAMI_CYT_STAR))
		subquery->imports_all = true;
	else if (!nami_cyp_is(p, NAMI_CYT_RPAREN))
	{
		do
			NAMI_TRY(nami_cyp_name(p, nami_vec_add(&names, p->arena), "a variable"));
		while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	}
	subquery->imports = names.items;
	subquery->import_count = (uint32_t) names.count;
	return nami_cyp_expect(p, NAMI_CYT_RPAREN, "\",\" or \")\"");
}

static NamiStatus
parse_call(NamiCyParser *p, NamiCyClause *clause)
{
	nami_cyp_next(p);
	if (!nami_cyp_is(p, NAMI_CYT_LBRACE) && !nami_cyp_is(p, NAMI_CYT_LPAREN))
		return parse_call_procedure(p, clause);
	clause->kind = NAMI_CY_CALL_SUBQUERY;
	if (nami_cyp_accept(p, NAMI_CYT_LPAREN))
		NAMI_TRY(parse_imports(p, &clause->subquery));
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LBRACE, "\"{\""));
	NAMI_TRY(nami_cyp_query(p, false, &clause->subquery.query));
	return nami_cyp_expect(p, NAMI_CYT_RBRACE, "\"}\"");
}

/* ---- updating clauses ---- */

static NamiStatus
parse_set_labels(NamiCyParser *p, NamiCySetItem *item)
{
	NamiCyNameVec labels = {0};

	item->kind = NAMI_CY_SET_LABELS;
	do
		NAMI_TRY(nami_cyp_name(p, nami_vec_add(&labels, p->arena), "a label"));
	while (nami_cyp_accept(p, NAMI_CYT_COLON));
	item->labels = labels.items;
	item->label_count = (uint32_t) labels.count;
	return NAMI_OK;
}

/* Takes the last step of "target.name" or "target[key]" off the target; false when there is none. */
static bool
split_target(NamiCySetItem *item)
{
	NamiCyExpr *target = item->target;

	if (target->kind == NAMI_CY_PROPERTY)
	{
		item->kind = NAMI_CY_SET_PROPERTY;
		item->property = target->name;
	}
	else if (target->kind == NAMI_CY_INDEX)
	{
		item->kind = NAMI_CY_SET_DYNAMIC;
		item->key = target->args[1];
	}
	else
		return false;
	item->target = target->args[0];
	return true;
}

static NamiStatus
parse_set_item(NamiCyParser *p, NamiCySetItem *item)
{
	bool		is_whole;

	NAMI_TRY(nami_cyp_postfix(p, false, &item->target));
	is_whole = item->target->kind == NAMI_CY_VARIABLE;
	if (is_whole && nami_cyp_accept(p, NAMI_CYT_COLON))
		return parse_set_labels(p, item);
	if (is_whole && nami_cyp_accept(p, NAMI_CYT_PLUS_EQ))
	{
		item->kind = NAMI_CY_SET_MERGE;
		return nami_cyp_value(p, &item->value);
	}
	if (!is_whole && !split_target(item))
		return nami_cyp_unexpected(p, "\".\" and the name of a property");
	if (is_whole)
		item->kind = NAMI_CY_SET_REPLACE;
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_EQ, is_whole ? "\".\", \":\", \"=\" or \"+=\"" : "\"=\""));
	return nami_cyp_value(p, &item->value);
}

static NamiStatus
parse_remove_item(NamiCyParser *p, NamiCySetItem *item)
{
	NAMI_TRY(nami_cyp_postfix(p, false, &item->target));
	if (item->target->kind == NAMI_CY_VARIABLE && nami_cyp_accept(p, NAMI_CYT_COLON))
		return parse_set_labels(p, item);
	if (!split_target(item))
		return nami_cyp_unexpected(p, "\".\" or \":\"");
	return NAMI_OK;
}

static NamiStatus
parse_set_items(NamiCyParser *p, bool is_remove, NamiCySet *out)
{
	NAMI_VEC(NamiCySetItem) items = {0};

	do
	{
		NamiCySetItem *item = nami_vec_add(&items, p->arena);
		uint32_t	start = nami_cyp_start(p);

		NAMI_TRY(is_remove ? parse_remove_item(p, item) : parse_set_item(p, item));
		item->span = nami_cyp_span(p, start);
	} while (nami_cyp_accept(p, NAMI_CYT_COMMA));
	out->items = items.items;
	out->item_count = (uint32_t) items.count;
	return NAMI_OK;
}

static NamiStatus
parse_merge(NamiCyParser *p, NamiCyClause *clause)
{
	NAMI_VEC(NamiCyMergeAction) actions = {0};

	nami_cyp_next(p);
	clause->merge.part = NAMI_NEW(p->arena, NamiCyPatternPart);
	NAMI_TRY(nami_cyp_part(p, clause->merge.part));
	while (nami_cyp_is_keyword(p, NAMI_KW_ON))
	{
		NamiCyMergeAction *action = nami_vec_add(&actions, p->arena);
		uint32_t	start = nami_cyp_start(p);

		nami_cyp_next(p);
		action->on_create = nami_cyp_accept_keyword(p, NAMI_KW_CREATE);
		if (!action->on_create)
			NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_MATCH, "CREATE or MATCH"));
		NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_SET, "SET"));
		NAMI_TRY(parse_set_items(p, false, &action->set));
		action->span = nami_cyp_span(p, start);
	}
	clause->merge.actions = actions.items;
	clause->merge.action_count = (uint32_t) actions.count;
	return NAMI_OK;
}

static NamiStatus
parse_delete(NamiCyParser *p, NamiCyClause *clause)
{
	NamiCyExprVec args = {0};

	clause->delete_.is_detach = nami_cyp_accept_keyword(p, NAMI_KW_DETACH);
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_DELETE, "DELETE"));
	NAMI_TRY(nami_cyp_value_list(p, &args));
	clause->delete_.args = args.items;
	clause->delete_.arg_count = (uint32_t) args.count;
	return NAMI_OK;
}

static bool
at_updating_clause(const NamiCyParser *p)
{
	switch (nami_cyp_peek(p, 0)->keyword)
	{
		case NAMI_KW_CREATE:
		case NAMI_KW_MERGE:
		case NAMI_KW_SET:
		case NAMI_KW_REMOVE:
		case NAMI_KW_DELETE:
		case NAMI_KW_DETACH:
		case NAMI_KW_FOREACH:
			return true;
		default:
			return false;
	}
}

static NamiStatus
parse_foreach(NamiCyParser *p, NamiCyClause *clause)
{
	NamiCyForeach *foreach = &clause->foreach;
	NamiCyClauseVec clauses = {0};
	bool		bar_ends = p->bar_ends;

	nami_cyp_next(p);
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_LPAREN, "\"(\""));
	NAMI_TRY(nami_cyp_name(p, &foreach->variable, "a variable"));
	NAMI_TRY(nami_cyp_expect_keyword(p, NAMI_KW_IN, "IN"));
	p->bar_ends = true;
	NAMI_TRY(nami_cyp_value(p, &foreach->list));
	p->bar_ends = bar_ends;
	NAMI_TRY(nami_cyp_expect(p, NAMI_CYT_BAR, "\"|\""));
	while (at_updating_clause(p))
	{
		NamiCyClause *inner;

		NAMI_TRY(nami_cyp_clause(p, &inner));
		nami_vec_push(&clauses, p->arena, inner);
	}
	if (nami_cyp_at_clause(p))
		return nami_fail_at(p->err, NAMI_ERR_TYPE_CONFLICT, NAMI_CY_INVALID_COMPOSITION,
							nami_cyp_start(p), "only updating clauses may stand inside FOREACH");
	if (clauses.count == 0)
		return nami_cyp_unexpected(p, "an updating clause");
	foreach->clauses = clauses.items;
	foreach->clause_count = (uint32_t) clauses.count;
	return nami_cyp_expect(p, NAMI_CYT_RPAREN, "an updating clause or \")\"");
}

/* ---- all of them ---- */

bool
nami_cyp_at_clause(const NamiCyParser *p)
{
	switch (nami_cyp_peek(p, 0)->keyword)
	{
		case NAMI_KW_OPTIONAL:
		case NAMI_KW_MATCH:
		case NAMI_KW_UNWIND:
		case NAMI_KW_WITH:
		case NAMI_KW_RETURN:
		case NAMI_KW_CALL:
			return true;
		default:
			return at_updating_clause(p);
	}
}

static NamiStatus
parse_clause_body(NamiCyParser *p, NamiCyClause *clause)
{
	switch (nami_cyp_peek(p, 0)->keyword)
	{
		case NAMI_KW_OPTIONAL:
		case NAMI_KW_MATCH:
			clause->kind = NAMI_CY_MATCH;
			return parse_match(p, clause);
		case NAMI_KW_UNWIND:
			clause->kind = NAMI_CY_UNWIND;
			return parse_unwind(p, clause);
		case NAMI_KW_WITH:
			clause->kind = NAMI_CY_WITH;
			return parse_projection(p, clause);
		case NAMI_KW_RETURN:
			clause->kind = NAMI_CY_RETURN;
			return parse_projection(p, clause);
		case NAMI_KW_CALL:
			return parse_call(p, clause);
		case NAMI_KW_CREATE:
			clause->kind = NAMI_CY_CREATE;
			nami_cyp_next(p);
			return nami_cyp_pattern(p, &clause->create);
		case NAMI_KW_MERGE:
			clause->kind = NAMI_CY_MERGE;
			return parse_merge(p, clause);
		case NAMI_KW_SET:
			clause->kind = NAMI_CY_SET;
			nami_cyp_next(p);
			return parse_set_items(p, false, &clause->set);
		case NAMI_KW_REMOVE:
			clause->kind = NAMI_CY_REMOVE;
			nami_cyp_next(p);
			return parse_set_items(p, true, &clause->set);
		case NAMI_KW_DELETE:
		case NAMI_KW_DETACH:
			clause->kind = NAMI_CY_DELETE;
			return parse_delete(p, clause);
		case NAMI_KW_FOREACH:
			clause->kind = NAMI_CY_FOREACH;
			return parse_foreach(p, clause);
		default:
			return nami_cyp_unexpected(p, "a clause");
	}
}

NamiStatus
nami_cyp_clause(NamiCyParser *p, NamiCyClause **out)
{
	NamiCyClause *clause = NAMI_NEW(p->arena, NamiCyClause);
	uint32_t	start = nami_cyp_start(p);

	if (p->is_reading && at_updating_clause(p))
		return nami_fail_at(p->err, NAMI_ERR_SYNTAX, NAMI_CY_INVALID_COMPOSITION, start,
							"an updating clause must not stand inside EXISTS, COUNT or COLLECT");
	NAMI_TRY(nami_cyp_enter(p));
	NAMI_TRY(parse_clause_body(p, clause));
	p->depth--;
	clause->span = nami_cyp_span(p, start);
	*out = clause;
	return NAMI_OK;
}
