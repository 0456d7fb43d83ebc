/*
 * explain.c - a plan as text: one operator a line, the root first, inputs indented below what
 * reads them: first the input, then the inner plan.
 */
#include "plan/bind_internal.h"

#define DEPTH_MAX	1000		/* deeper operators are shown as "..." */

typedef struct Explain
{
	NamiBuf		out;			/* what follows the name in the current line */
	NamiSlotNames names;		/* op: the operator at hand */
	NamiArena  *arena;
	NAMI_VEC(NamiPlanLine) lines;
	uint32_t	depth;
} Explain;

static void explain_op(Explain *e, const NamiPlanOp *op);

/* ---- parts of a line ----------------------------------------------------------------------- */

static void
put(Explain *e, const char *text)
{
	nami_buf_put_cstr(&e->out, text);
}

static void
put_slot(Explain *e, NamiSlot slot)
{
	nami_explain_slot(&e->out, &e->names, slot);
}

static void
put_expr(Explain *e, const NamiExpr *expr)
{
	nami_explain_expr(&e->out, &e->names, expr);
}

static void
put_labels(Explain *e, const NamiName *labels, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		nami_buf_printf(&e->out, ":%.*s", NAMI_STR_ARG(labels[i].text));
}

static void
put_node(Explain *e, NamiSlot slot)
{
	put(e, "(");
	put_slot(e, slot);
	put(e, ")");
}

static void
put_hops(Explain *e, const NamiPlanOp *op)
{
	put(e, "*");
	if (op->min_expr != NULL)
		put_expr(e, op->min_expr);
	else
		nami_buf_printf(&e->out, "%lld", (long long) op->min_hops);
	put(e, "..");
	if (op->max_expr != NULL)
		put_expr(e, op->max_expr);
	else if (op->max_hops != INT64_MAX)
		nami_buf_printf(&e->out, "%lld", (long long) op->max_hops);
}

static void
put_types(Explain *e, const NamiName *types, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		nami_buf_printf(&e->out, "%s%.*s", i == 0 ? ":" : "|", NAMI_STR_ARG(types[i].text));
}

static void
put_unique(Explain *e, const NamiSlot *slots, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		put(e, i == 0 ? " not in " : ", ");
		put_slot(e, slots[i]);
	}
}

/* (a)-[r:KNOWS]->(b) */
static void
put_pattern(Explain *e, const NamiPlanOp *op)
{
	put_node(e, op->from);
	put(e, op->direction == NAMI_DIR_IN ? "<-[" : "-[");
	put_slot(e, op->rel);
	put_types(e, op->types, op->type_count);
	if (op->kind == NAMI_PLAN_VAR_EXPAND || op->kind == NAMI_PLAN_SHORTEST_PATH)
		put_hops(e, op);
	put(e, op->direction == NAMI_DIR_OUT ? "]->" : "]-");
	put_node(e, op->to);
	if (op->into)
		put(e, " into");
	if (op->all_shortest)
		put(e, " all");
	put(e, op->distinct_ends ? " distinct" : op->first_only ? " first" : "");
	if (op->step_filter != NULL)
	{
		put(e, " each ");
		put_expr(e, op->step_filter);
	}
	put_unique(e, op->unique_with, op->unique_count);
}

/* , (near)-[near_rel:T]->(to) */
static void
put_near(Explain *e, const NamiPlanOp *op)
{
	put(e, ", ");
	put_node(e, op->near);
	put(e, op->near_direction == NAMI_DIR_IN ? "<-[" : "-[");
	put_slot(e, op->near_rel);
	put_types(e, op->near_type, 1);
	put(e, op->near_direction == NAMI_DIR_OUT ? "]->" : "]-");
	put_node(e, op->to);
	put_unique(e, op->near_unique, op->near_unique_count);
	put(e, op->near_differs ? " different" : "");
}

/* n = number of (from)-[:T]->(:L) */
static void
put_counted(Explain *e, const NamiPlanOp *op)
{
	put(e, " ");
	if (op->slot != NAMI_SLOT_NONE)
	{
		put_slot(e, op->slot);
		put(e, " = ");
	}
	if (op->kind == NAMI_PLAN_DEGREE)
		put_node(e, op->from);
	if (op->kind != NAMI_PLAN_COUNT_NODES)
	{
		put(e, op->direction == NAMI_DIR_IN ? "<-[" : "-[");
		put_types(e, op->types, op->type_count);
		put(e, op->direction == NAMI_DIR_OUT ? "]->" : "]-");
	}
	put(e, "(");
	put_labels(e, op->labels, op->label_count);
	put(e, ")");
	put_unique(e, op->unique_with, op->unique_count);
}

static void
put_seek(Explain *e, const NamiPlanOp *op)
{
	put(e, " (");
	put_slot(e, op->to);
	put_labels(e, op->labels, op->label_count);
	put(e, ")");
	for (uint32_t i = 0; i < op->expr_count; i++)
	{
		put(e, i == 0 ? " " : ", ");
		if (op->keys != NULL)
			nami_buf_put_str(&e->out, op->keys[i].text);
		else
			put(e, "id");
		put(e, op->seek_in ? " IN " : " = ");
		put_expr(e, op->exprs[i]);
	}
}

static void
put_items(Explain *e, const NamiPlanOp *op)
{
	for (uint32_t i = 0; i < op->item_count; i++)
	{
		put(e, i == 0 ? " " : ", ");
		put_slot(e, op->items[i].slot);
		if (op->items[i].expr == NULL ||
			(op->items[i].expr->op == NAMI_EX_SLOT &&
			 op->items[i].expr->slot == op->items[i].slot))
			continue;
		put(e, " = ");
		put_expr(e, op->items[i].expr);
	}
}

static void
put_aggregates(Explain *e, const NamiPlanOp *op)
{
	for (uint32_t i = 0; i < op->aggregate_count; i++)
	{
		const NamiAggregateItem *item = &op->aggregates[i];

		put(e, i == 0 && op->item_count == 0 ? " " : ", ");
		put_slot(e, item->slot);
		nami_buf_printf(&e->out, " = %.*s(%s%s", NAMI_STR_ARG(item->function->name),
						item->distinct ? "DISTINCT " : "", item->star ? "*" : "");
		for (uint32_t j = 0; j < item->arg_count; j++)
		{
			put(e, j == 0 ? "" : ", ");
			put_expr(e, item->args[j]);
		}
		put(e, ")");
	}
}

static void
put_sort(Explain *e, const NamiPlanOp *op)
{
	for (uint32_t i = 0; i < op->sort_count; i++)
	{
		put(e, i == 0 ? " " : ", ");
		put_expr(e, op->sort_items[i].expr);
		put(e, op->sort_items[i].descending ? " DESC" : "");
	}
}

static void
put_count(Explain *e, const char *what, const NamiExpr *expr)
{
	if (expr == NULL)
		return;
	put(e, what);
	put_expr(e, expr);
}

static void
put_creates(Explain *e, const NamiPlanOp *op)
{
	for (uint32_t i = 0; i < op->create_count; i++)
	{
		const NamiCreateItem *item = &op->creates[i];

		put(e, i == 0 ? " " : ", ");
		if (item->is_rel)
		{
			put_node(e, item->from);
			put(e, "-[");
			put_slot(e, item->slot);
			nami_buf_printf(&e->out, ":%.*s]->", NAMI_STR_ARG(item->type.text));
			put_node(e, item->to);
			continue;
		}
		put(e, "(");
		put_slot(e, item->slot);
		put_labels(e, item->labels, item->label_count);
		put(e, ")");
	}
}

static void
put_sets(Explain *e, const char *before, const NamiSetItem *items, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		const NamiSetItem *item = &items[i];

		put(e, i == 0 ? before : ", ");
		put_expr(e, item->target);
		if (item->name.text.len > 0)
			nami_buf_printf(&e->out, ".%.*s", NAMI_STR_ARG(item->name.text));
		if (item->key != NULL)
		{
			put(e, "[");
			put_expr(e, item->key);
			put(e, "]");
		}
		put_labels(e, item->labels, item->label_count);
		if (item->value != NULL)
		{
			put(e, item->kind == NAMI_SET_MERGE ? " += " : " = ");
			put_expr(e, item->value);
		}
	}
}

static void
put_exprs(Explain *e, const NamiPlanOp *op)
{
	for (uint32_t i = 0; i < op->expr_count; i++)
	{
		put(e, i == 0 ? " " : ", ");
		put_expr(e, op->exprs[i]);
	}
}

/* ---- operators ----------------------------------------------------------------------------- */

const char *
nami_plan_op_name(const NamiPlanOp *op)
{
	static const char *const names[] = {
		[NAMI_PLAN_ONCE] = "Once", [NAMI_PLAN_ARGUMENT] = "Argument",
		[NAMI_PLAN_NODE_SCAN] = "NodeScan", [NAMI_PLAN_ID_SEEK] = "IdSeek",
		[NAMI_PLAN_INDEX_SEEK] = "IndexSeek", [NAMI_PLAN_TYPE_SCAN] = "TypeScan",
		[NAMI_PLAN_EXPAND] = "Expand", [NAMI_PLAN_EXPAND_INTO] = "ExpandInto",
		[NAMI_PLAN_VAR_EXPAND] = "VarExpand", [NAMI_PLAN_INTERSECT] = "Intersect",
		[NAMI_PLAN_DEGREE] = "Degree", [NAMI_PLAN_COUNT_NODES] = "CountNodes",
		[NAMI_PLAN_COUNT_EDGES] = "CountEdges", [NAMI_PLAN_SHORTEST_PATH] = "ShortestPath",
		[NAMI_PLAN_FILTER] = "Filter", [NAMI_PLAN_PROJECT] = "Project",
		[NAMI_PLAN_AGGREGATE] = "Aggregate", [NAMI_PLAN_DISTINCT] = "Distinct",
		[NAMI_PLAN_SORT] = "Sort", [NAMI_PLAN_TOP] = "Top", [NAMI_PLAN_SKIP] = "Skip",
		[NAMI_PLAN_LIMIT] = "Limit", [NAMI_PLAN_UNWIND] = "Unwind", [NAMI_PLAN_CROSS] = "Cross",
		[NAMI_PLAN_HASH_JOIN] = "HashJoin", [NAMI_PLAN_APPLY] = "Apply",
		[NAMI_PLAN_UNION] = "Union", [NAMI_PLAN_CALL] = "Call", [NAMI_PLAN_EAGER] = "Eager",
		[NAMI_PLAN_CREATE] = "Create", [NAMI_PLAN_MERGE] = "Merge", [NAMI_PLAN_SET] = "Set",
		[NAMI_PLAN_REMOVE] = "Remove", [NAMI_PLAN_DELETE] = "Delete",
		[NAMI_PLAN_FOREACH] = "Foreach", [NAMI_PLAN_EMPTY_RESULT] = "EmptyResult",
	};
	static const char *const applies[] = {
		[NAMI_APPLY_INNER] = "Apply", [NAMI_APPLY_OPTIONAL] = "OptionalApply",
		[NAMI_APPLY_SEMI] = "SemiApply", [NAMI_APPLY_ANTI] = "AntiApply",
		[NAMI_APPLY_UNIT] = "UnitApply",
	};

	if (op->kind == NAMI_PLAN_APPLY)
		return applies[op->apply_kind];
	if (op->kind == NAMI_PLAN_DEGREE && op->apply_kind != NAMI_APPLY_INNER)
		return op->apply_kind == NAMI_APPLY_SEMI ? "SemiDegree" : "AntiDegree";
	if (op->kind == NAMI_PLAN_HASH_JOIN && op->apply_kind != NAMI_APPLY_INNER)
		return op->apply_kind == NAMI_APPLY_SEMI ? "HashSemiJoin" : "HashAntiJoin";
	return names[op->kind];
}

static void
put_call(Explain *e, const NamiPlanOp *op)
{
	nami_buf_printf(&e->out, " %.*s(", NAMI_STR_ARG(op->procedure->name));
	for (uint32_t i = 0; i < op->expr_count; i++)
	{
		put(e, i > 0 ? ", " : "");
		put_expr(e, op->exprs[i]);
	}
	put(e, ")");
	for (uint32_t i = 0; i < op->item_count; i++)
	{
		put(e, i > 0 ? ", " : " -> ");
		put_slot(e, op->items[i].slot);
	}
}

static void
put_join_keys(Explain *e, const NamiPlanOp *op)
{
	for (uint32_t i = 0; i < op->item_count; i++)
	{
		put(e, i == 0 ? " " : ", ");
		put_expr(e, op->items[i].expr);
		put(e, " = ");
		put_expr(e, op->inner_keys[i]);
	}
}

static void
put_details(Explain *e, const NamiPlanOp *op)
{
	switch (op->kind)
	{
		case NAMI_PLAN_NODE_SCAN:
		case NAMI_PLAN_ID_SEEK:
		case NAMI_PLAN_INDEX_SEEK:
			put_seek(e, op);
			break;
		case NAMI_PLAN_TYPE_SCAN:
		case NAMI_PLAN_EXPAND:
		case NAMI_PLAN_EXPAND_INTO:
		case NAMI_PLAN_VAR_EXPAND:
		case NAMI_PLAN_SHORTEST_PATH:
			put(e, " ");
			put_pattern(e, op);
			break;
		case NAMI_PLAN_INTERSECT:
			put(e, " ");
			put_pattern(e, op);
			put_near(e, op);
			break;
		case NAMI_PLAN_DEGREE:
		case NAMI_PLAN_COUNT_NODES:
		case NAMI_PLAN_COUNT_EDGES:
			put_counted(e, op);
			break;
		case NAMI_PLAN_FILTER:
			put_count(e, " ", op->predicate);
			break;
		case NAMI_PLAN_UNWIND:
		case NAMI_PLAN_FOREACH:
			put(e, " ");
			put_slot(e, op->slot);
			put_count(e, " IN ", op->list);
			break;
		case NAMI_PLAN_CALL:
			put_call(e, op);
			break;
		case NAMI_PLAN_HASH_JOIN:
			put_join_keys(e, op);
			break;
		case NAMI_PLAN_DELETE:
			put(e, op->detach ? " detach" : "");
			put_exprs(e, op);
			break;
		default:
			if (op->items != NULL)
				put_items(e, op);
			put_aggregates(e, op);
			put_sort(e, op);
			put_count(e, " skip ", op->skip);
			put_count(e, " limit ", op->limit);
			put_creates(e, op);
			put_sets(e, op->kind == NAMI_PLAN_MERGE ? " on create " : " ", op->sets, op->set_count);
			put_sets(e, " on match ", op->on_match, op->on_match_count);
			break;
	}
}

/* The text that was put since the last line, without the space it begins with. */
static void
end_line(Explain *e, NamiStr name, const NamiPlanOp *op)
{
	NamiStr		details = nami_buf_str(&e->out);
	NamiPlanLine line = {e->depth, name, details, op};

	if (details.len > 0)		/* behind the blank */
		line.details = nami_str_slice(details, 1, details.len);
	nami_vec_push(&e->lines, e->arena, line);
	nami_buf_init(&e->out, e->arena);
}

static void
explain_subplan(void *ctx, NamiSubplan *subplan)
{
	Explain    *e = ctx;

	nami_buf_printf(&e->out, " %u", subplan->number);
	end_line(e, NAMI_STR("subplan"), NULL);
	e->depth++;
	explain_op(e, subplan->root);
	e->depth--;
}

static void
explain_subplans(void *ctx, NamiExpr *expr)
{
	nami_ex_visit_subplans(expr, explain_subplan, ctx);
}

static void
explain_op(Explain *e, const NamiPlanOp *op)
{
	if (e->depth == DEPTH_MAX)
	{
		end_line(e, NAMI_STR("..."), NULL);
		return;
	}
	e->names.op = op->number;
	put_details(e, op);
	end_line(e, nami_str(nami_plan_op_name(op)), op);
	e->depth++;
	nami_op_visit_exprs(op, explain_subplans, e);
	for (uint32_t i = 0; i < op->input_count; i++)
		explain_op(e, op->inputs[i]);
	if (op->input != NULL)
		explain_op(e, op->input);
	if (op->inner != NULL)
		explain_op(e, op->inner);
	e->depth--;
}

/* A statement without operators: the command itself, in canonical form. */
static void
explain_schema(Explain *e)
{
	NamiCyStatement statement = {.schema = (NamiCySchemaCommand *) e->names.plan->schema};

	put(e, " ");
	nami_cy_print_statement(&e->out, &statement);
	end_line(e, NAMI_STR("SchemaCommand"), NULL);
}

uint32_t
nami_plan_lines(const NamiPlan *plan, NamiArena *arena, const NamiPlanLine **lines)
{
	Explain		e = {.names.plan = plan, .arena = arena};

	nami_buf_init(&e.out, arena);
	if (plan->root == NULL)
		explain_schema(&e);
	else
		explain_op(&e, plan->root);
	*lines = e.lines.items;
	return (uint32_t) e.lines.count;
}

void
nami_plan_line_print(NamiBuf *out, const NamiPlanLine *line, bool costs,
					 const uint64_t *actual_rows, const double *actual_us)
{
	nami_buf_put_str(out, line->name);
	if (line->details.len > 0)
		nami_buf_put_cstr(out, " ");
	nami_buf_put_str(out, line->details);
	if (line->op == NULL)
		return;
	if (costs)
		nami_buf_printf(out, "  rows=%.0f cost=%.0f", line->op->estimated_rows,
						line->op->estimated_cost);
	if (actual_rows != NULL)
		nami_buf_printf(out, "  actual=%llu", (unsigned long long) actual_rows[line->op->number]);
	if (actual_us != NULL)
		nami_buf_printf(out, "  ms=%.3f", actual_us[line->op->number] / 1000);
}

NamiStr
nami_plan_explain(const NamiPlan *plan, bool costs, const uint64_t *actual_rows,
				  const double *actual_us, NamiArena *arena)
{
	const NamiPlanLine *lines;
	uint32_t	count = nami_plan_lines(plan, arena, &lines);
	NamiBuf		out;

	nami_buf_init(&out, arena);
	for (uint32_t i = 0; i < count; i++)
	{
		for (uint32_t j = 0; j < lines[i].depth; j++)
			nami_buf_put_cstr(&out, "  ");
		nami_plan_line_print(&out, &lines[i], costs, actual_rows, actual_us);
		nami_buf_put_cstr(&out, "\n");
	}
	return nami_buf_str(&out);
}
