/*
 * ast_print_query.c - clauses, queries and schema commands as canonical text, see ast.h.
 */
#include "cypher/ast_internal.h"

#include "base/number.h"

static void
print_where(NamiBuf *out, const NamiCyExpr *where)
{
	if (where == NULL)
		return;
	nami_buf_put_cstr(out, " WHERE ");
	nami_cy_print_expr(out, where);
}

static void
print_projection(NamiBuf *out, const NamiCyProjection *projection)
{
	nami_buf_put_cstr(out, projection->is_distinct ? " DISTINCT " : " ");
	if (projection->has_star)
		nami_buf_put_u8(out, '*');
	for (uint32_t i = 0; i < projection->item_count; i++)
	{
		const NamiCyItem *item = &projection->items[i];

		if (i > 0 || projection->has_star)
			nami_buf_put_cstr(out, ", ");
		nami_cy_print_expr(out, item->expr);
		if (nami_cy_name_present(&item->alias))
		{
			nami_buf_put_cstr(out, " AS ");
			nami_cy_print_name(out, item->alias.text);
		}
	}
	for (uint32_t i = 0; i < projection->sort_count; i++)
	{
		nami_buf_put_cstr(out, i == 0 ? " ORDER BY " : ", ");
		nami_cy_print_expr(out, projection->sorts[i].expr);
		if (projection->sorts[i].is_descending)
			nami_buf_put_cstr(out, " DESC");
	}
	if (projection->skip != NULL)
	{
		nami_buf_put_cstr(out, " SKIP ");
		nami_cy_print_expr(out, projection->skip);
	}
	if (projection->limit != NULL)
	{
		nami_buf_put_cstr(out, " LIMIT ");
		nami_cy_print_expr(out, projection->limit);
	}
	print_where(out, projection->where);
}

static void
print_names(NamiBuf *out, const NamiCyName *names, uint32_t count, const char *separator)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (i > 0)
			nami_buf_put_cstr(out, separator);
		nami_cy_print_key(out, names[i].text);
	}
}

static void
print_call_procedure(NamiBuf *out, const NamiCyCallProcedure *call)
{
	nami_buf_put_cstr(out, "CALL ");
	print_names(out, call->parts, call->part_count, ".");
	if (call->has_arguments)
	{
		nami_buf_put_u8(out, '(');
		nami_cy_print_exprs(out, call->args, call->arg_count);
		nami_buf_put_u8(out, ')');
	}
	if (call->has_yield)
		nami_buf_put_cstr(out, call->yields_all ? " YIELD *" : " YIELD ");
	for (uint32_t i = 0; i < call->yield_count; i++)
	{
		if (i > 0)
			nami_buf_put_cstr(out, ", ");
		nami_cy_print_name(out, call->yields[i].column.text);
		if (nami_cy_name_present(&call->yields[i].alias))
		{
			nami_buf_put_cstr(out, " AS ");
			nami_cy_print_name(out, call->yields[i].alias.text);
		}
	}
	print_where(out, call->where);
}

static void
print_call_subquery(NamiBuf *out, const NamiCyCallSubquery *subquery)
{
	nami_buf_put_cstr(out, "CALL ");
	if (subquery->has_imports)
	{
		nami_buf_put_u8(out, '(');
		if (subquery->imports_all)
			nami_buf_put_u8(out, '*');
		for (uint32_t i = 0; i < subquery->import_count; i++)
		{
			if (i > 0)
				nami_buf_put_cstr(out, ", ");
			nami_cy_print_name(out, subquery->imports[i].text);
		}
		nami_buf_put_cstr(out, ") ");
	}
	nami_buf_put_cstr(out, "{ ");
	nami_cy_print_query(out, subquery->query);
	nami_buf_put_cstr(out, " }");
}

/* A target that is no plain variable or postfix chain needs parentheses. */
static void
print_target(NamiBuf *out, const NamiCyExpr *target)
{
	bool		is_plain = target->kind != NAMI_CY_UNARY && target->kind != NAMI_CY_BINARY &&
		target->kind != NAMI_CY_LOGICAL && target->kind != NAMI_CY_ARITHMETIC &&
		target->kind != NAMI_CY_COMPARISON && target->kind != NAMI_CY_LABELS &&
		target->kind != NAMI_CY_PATTERN;

	if (!is_plain)
		nami_buf_put_u8(out, '(');
	nami_cy_print_expr(out, target);
	if (!is_plain)
		nami_buf_put_u8(out, ')');
}

static void
print_set(NamiBuf *out, const NamiCySet *set)
{
	for (uint32_t i = 0; i < set->item_count; i++)
	{
		const NamiCySetItem *item = &set->items[i];

		if (i > 0)
			nami_buf_put_cstr(out, ", ");
		print_target(out, item->target);
		switch (item->kind)
		{
			case NAMI_CY_SET_PROPERTY:
				nami_buf_put_u8(out, '.');
				nami_cy_print_key(out, item->property.text);
				break;
			case NAMI_CY_SET_DYNAMIC:
				nami_buf_put_u8(out, '[');
				nami_cy_print_expr(out, item->key);
				nami_buf_put_u8(out, ']');
				break;
			case NAMI_CY_SET_LABELS:
				nami_buf_put_u8(out, ':');
				print_names(out, item->labels, item->label_count, ":");
				break;
			case NAMI_CY_SET_REPLACE:
			case NAMI_CY_SET_MERGE:
				break;
		}
		if (item->value == NULL)
			continue;
		nami_buf_put_cstr(out, item->kind == NAMI_CY_SET_MERGE ? " += " : " = ");
		nami_cy_print_expr(out, item->value);
	}
}

static void print_clause(NamiBuf *out, const NamiCyClause *clause);

static void
print_merge(NamiBuf *out, const NamiCyMerge *merge)
{
	nami_buf_put_cstr(out, "MERGE ");
	nami_cy_print_part(out, merge->part);
	for (uint32_t i = 0; i < merge->action_count; i++)
	{
		nami_buf_put_cstr(out, merge->actions[i].on_create ? " ON CREATE SET " : " ON MATCH SET ");
		print_set(out, &merge->actions[i].set);
	}
}

static void
print_foreach(NamiBuf *out, const NamiCyForeach *foreach)
{
	nami_buf_put_cstr(out, "FOREACH (");
	nami_cy_print_name(out, foreach->variable.text);
	nami_buf_put_cstr(out, " IN ");
	nami_cy_print_expr(out, foreach->list);
	nami_buf_put_cstr(out, " |");
	for (uint32_t i = 0; i < foreach->clause_count; i++)
	{
		nami_buf_put_u8(out, ' ');
		print_clause(out, foreach->clauses[i]);
	}
	nami_buf_put_u8(out, ')');
}

static void
print_clause(NamiBuf *out, const NamiCyClause *clause)
{
	switch (clause->kind)
	{
		case NAMI_CY_MATCH:
			nami_buf_put_cstr(out, clause->match.is_optional ? "OPTIONAL MATCH " : "MATCH ");
			nami_cy_print_pattern(out, &clause->match.pattern);
			print_where(out, clause->match.where);
			break;
		case NAMI_CY_UNWIND:
			nami_buf_put_cstr(out, "UNWIND ");
			nami_cy_print_expr(out, clause->unwind.list);
			nami_buf_put_cstr(out, " AS ");
			nami_cy_print_name(out, clause->unwind.variable.text);
			break;
		case NAMI_CY_WITH:
		case NAMI_CY_RETURN:
			nami_buf_put_cstr(out, clause->kind == NAMI_CY_WITH ? "WITH" : "RETURN");
			print_projection(out, &clause->projection);
			break;
		case NAMI_CY_CALL_PROCEDURE:
			print_call_procedure(out, &clause->call);
			break;
		case NAMI_CY_CALL_SUBQUERY:
			print_call_subquery(out, &clause->subquery);
			break;
		case NAMI_CY_CREATE:
			nami_buf_put_cstr(out, "CREATE ");
			nami_cy_print_pattern(out, &clause->create);
			break;
		case NAMI_CY_MERGE:
			print_merge(out, &clause->merge);
			break;
		case NAMI_CY_SET:
		case NAMI_CY_REMOVE:
			nami_buf_put_cstr(out, clause->kind == NAMI_CY_SET ? "SET " : "REMOVE ");
			print_set(out, &clause->set);
			break;
		case NAMI_CY_DELETE:
			nami_buf_put_cstr(out, clause->delete_.is_detach ? "DETACH DELETE " : "DELETE ");
			nami_cy_print_exprs(out, clause->delete_.args, clause->delete_.arg_count);
			break;
		case NAMI_CY_FOREACH:
			print_foreach(out, &clause->foreach);
			break;
	}
}

void
nami_cy_print_query(NamiBuf *out, const NamiCyQuery *query)
{
	for (uint32_t i = 0; i < query->single_count; i++)
	{
		if (i > 0)
			nami_buf_put_cstr(out, query->union_all ? " UNION ALL " : " UNION ");
		for (uint32_t j = 0; j < query->singles[i].clause_count; j++)
		{
			if (j > 0)
				nami_buf_put_u8(out, ' ');
			print_clause(out, query->singles[i].clauses[j]);
		}
	}
}

/* ---- schema commands ---- */

/* (n:Label), or n.a, n.b */
static void
print_for(NamiBuf *out, const NamiCySchemaCommand *command)
{
	nami_buf_put_cstr(out, " FOR (n:");
	nami_cy_print_key(out, command->label.text);
	nami_buf_put_u8(out, ')');
}

static void
print_refs(NamiBuf *out, const NamiCySchemaCommand *command)
{
	for (uint32_t i = 0; i < command->property_count; i++)
	{
		nami_buf_put_cstr(out, i == 0 ? "n." : ", n.");
		nami_cy_print_key(out, command->properties[i].text);
	}
}

static void
print_vector(NamiBuf *out, const NamiCySchemaCommand *command)
{
	static const char *const metrics[] = {"cosine", "dot", "euclidean"};
	const NamiCyVectorOptions *vector = &command->vector;
	char		text[NAMI_NUMBER_TEXT_MAX];
	const char *separator = " WITH {";

	nami_buf_put_cstr(out, " ON :");
	nami_cy_print_key(out, command->label.text);
	nami_buf_put_u8(out, '(');
	nami_cy_print_key(out, command->properties[0].text);
	nami_buf_printf(out, ") METRIC %s DIMENSION %lld", metrics[vector->metric],
					(long long) vector->dimension);
	if (vector->has_r)
	{
		nami_buf_printf(out, "%sr: %lld", separator, (long long) vector->r);
		separator = ", ";
	}
	if (vector->has_l_build)
	{
		nami_buf_printf(out, "%sl_build: %lld", separator, (long long) vector->l_build);
		separator = ", ";
	}
	if (vector->has_alpha)
	{
		nami_buf_printf(out, "%salpha: ", separator);
		nami_buf_put(out, text, nami_number_format_double(vector->alpha, text));
		separator = ", ";
	}
	if (vector->has_quantization)
	{
		nami_buf_printf(out, "%squantization: %s", separator, vector->is_int8 ? "int8" : "none");
		separator = ", ";
	}
	if (separator[0] == ',')
		nami_buf_put_u8(out, '}');
}

static const char *const schema_texts[] = {
	[NAMI_CY_CREATE_CONSTRAINT] = "CREATE CONSTRAINT",
	[NAMI_CY_CREATE_INDEX] = "CREATE INDEX",
	[NAMI_CY_CREATE_FULLTEXT_INDEX] = "CREATE FULLTEXT INDEX",
	[NAMI_CY_CREATE_VECTOR_INDEX] = "CREATE VECTOR INDEX",
	[NAMI_CY_DROP_CONSTRAINT] = "DROP CONSTRAINT",
	[NAMI_CY_DROP_INDEX] = "DROP INDEX",
	[NAMI_CY_DROP_FULLTEXT_INDEX] = "DROP FULLTEXT INDEX",
	[NAMI_CY_DROP_VECTOR_INDEX] = "DROP VECTOR INDEX",
	[NAMI_CY_SHOW_CONSTRAINTS] = "SHOW CONSTRAINTS",
	[NAMI_CY_SHOW_INDEXES] = "SHOW INDEXES"
};

static void
print_schema(NamiBuf *out, const NamiCySchemaCommand *command)
{
	bool		is_create = command->kind <= NAMI_CY_CREATE_VECTOR_INDEX;

	nami_buf_put_cstr(out, schema_texts[command->kind]);
	if (nami_cy_name_present(&command->name))
	{
		nami_buf_put_u8(out, ' ');
		nami_cy_print_name(out, command->name.text);
	}
	if (command->if_exists)
		nami_buf_put_cstr(out, is_create ? " IF NOT EXISTS" : " IF EXISTS");
	if (!is_create)
		return;
	if (command->kind == NAMI_CY_CREATE_VECTOR_INDEX)
	{
		print_vector(out, command);
		return;
	}
	print_for(out, command);
	nami_buf_put_cstr(out, command->kind == NAMI_CY_CREATE_CONSTRAINT ? " REQUIRE (" :
					  command->kind == NAMI_CY_CREATE_INDEX ? " ON (" : " ON EACH [");
	print_refs(out, command);
	nami_buf_put_cstr(out, command->kind == NAMI_CY_CREATE_CONSTRAINT ? ") IS UNIQUE" :
					  command->kind == NAMI_CY_CREATE_INDEX ? ")" : "]");
}

void
nami_cy_print_statement(NamiBuf *out, const NamiCyStatement *statement)
{
	if (statement->explain == NAMI_CY_EXPLAIN)
		nami_buf_put_cstr(out, "EXPLAIN ");
	if (statement->explain == NAMI_CY_PROFILE)
		nami_buf_put_cstr(out, "PROFILE ");
	if (statement->explain_raw)
		nami_buf_put_cstr(out, "RAW ");
	if (statement->explain_verbose)
		nami_buf_put_cstr(out, "VERBOSE ");
	if (statement->schema != NULL)
		print_schema(out, statement->schema);
	else
		nami_cy_print_query(out, statement->query);
}
