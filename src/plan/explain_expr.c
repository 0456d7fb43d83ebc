/*
 * explain_expr.c - bound expressions as Cypher-like text.
 */
#include "plan/bind_internal.h"

#define DEPTH_MAX	24			/* deeper parts are shown as "..." */

static void print(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth);

/* The last entry of the slot that does not begin behind the operator. */
static NamiStr
name_of(const NamiSlotNames *names, NamiSlot slot)
{
	const NamiPlan *plan = names->plan;
	uint32_t	low = 0;
	uint32_t	high = plan->slot_name_count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		const NamiSlotName *entry = &plan->slot_names[middle];

		if (entry->slot < slot || (entry->slot == slot && entry->op <= names->op))
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && plan->slot_names[low - 1].slot == slot ? plan->slot_names[low - 1].name :
		NAMI_STR("");
}

void
nami_explain_slot(NamiBuf *out, const NamiSlotNames *names, NamiSlot slot)
{
	NamiStr		name;

	if (slot == NAMI_SLOT_NONE)
		return;
	name = name_of(names, slot);
	if (name.len > 0)
		nami_buf_put_str(out, name);
	else
		nami_buf_printf(out, "#%u", slot);
}

static void
print_value(NamiBuf *out, NamiValue value)
{
	switch (value.kind)
	{
		case NAMI_NULL:
			nami_buf_put_cstr(out, "null");
			break;
		case NAMI_BOOL:
			nami_buf_put_cstr(out, value.boolean ? "true" : "false");
			break;
		case NAMI_INT:
			nami_buf_printf(out, "%lld", (long long) value.integer);
			break;
		case NAMI_FLOAT:
			nami_buf_printf(out, "%.15g", value.number);
			break;
		case NAMI_STRING:
			nami_buf_printf(out, "'%.*s'", NAMI_STR_ARG(nami_value_str(value)));
			break;
		default:
			nami_buf_put_cstr(out, nami_kind_name(value.kind));
			break;
	}
}

static void
print_label_list(NamiBuf *out, const NamiLabelExpr *labels, const char *separator, bool nested)
{
	nami_buf_put_cstr(out, nested ? "(" : "");
	for (uint32_t i = 0; i < labels->arg_count; i++)
	{
		nami_buf_put_cstr(out, i == 0 ? "" : separator);
		if (labels->args[i]->op == NAMI_LABEL_AND || labels->args[i]->op == NAMI_LABEL_OR)
			print_label_list(out, labels->args[i],
							 labels->args[i]->op == NAMI_LABEL_AND ? "&" : "|", true);
		else
			nami_explain_labels(out, labels->args[i]);
	}
	nami_buf_put_cstr(out, nested ? ")" : "");
}

void
nami_explain_labels(NamiBuf *out, const NamiLabelExpr *labels)
{
	switch (labels->op)
	{
		case NAMI_LABEL_NAME:
			nami_buf_put_str(out, labels->name.text);
			break;
		case NAMI_LABEL_AND:
			print_label_list(out, labels, "&", false);
			break;
		case NAMI_LABEL_OR:
			print_label_list(out, labels, "|", false);
			break;
		case NAMI_LABEL_NOT:
			nami_buf_put_cstr(out, "!");
			print_label_list(out, labels, "", labels->args[0]->op != NAMI_LABEL_NAME);
			break;
		case NAMI_LABEL_ANY:
			nami_buf_put_cstr(out, "%");
			break;
	}
}

static const char *
infix_text(NamiExprOp op)
{
	static const char *const texts[] = {
		[NAMI_EX_AND] = " AND ", [NAMI_EX_OR] = " OR ", [NAMI_EX_XOR] = " XOR ",
		[NAMI_EX_EQ] = " = ", [NAMI_EX_NE] = " <> ", [NAMI_EX_LT] = " < ", [NAMI_EX_LE] = " <= ",
		[NAMI_EX_GT] = " > ", [NAMI_EX_GE] = " >= ", [NAMI_EX_IN] = " IN ",
		[NAMI_EX_STARTS_WITH] = " STARTS WITH ", [NAMI_EX_ENDS_WITH] = " ENDS WITH ",
		[NAMI_EX_CONTAINS] = " CONTAINS ", [NAMI_EX_REGEX] = " =~ ", [NAMI_EX_ADD] = " + ",
		[NAMI_EX_SUB] = " - ", [NAMI_EX_MUL] = " * ", [NAMI_EX_DIV] = " / ", [NAMI_EX_MOD] = " % ",
		[NAMI_EX_POW] = " ^ ", [NAMI_EX_CONCAT] = " || ",
	};

	return (size_t) op < sizeof(texts) / sizeof(*texts) ? texts[op] : NULL;
}

static void
print_operand(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	bool		nested = infix_text(expr->op) != NULL;

	nami_buf_put_cstr(out, nested ? "(" : "");
	print(out, names, expr, depth);
	nami_buf_put_cstr(out, nested ? ")" : "");
}

static void
print_args(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		nami_buf_put_cstr(out, i == 0 ? "" : ", ");
		if (expr->keys != NULL)
			nami_buf_printf(out, "%.*s: ", NAMI_STR_ARG(expr->keys[i]));
		print(out, names, expr->args[i], depth);
	}
}

static void
print_local(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	static const char *const texts[] = {
		[NAMI_EX_ALL] = "all(", [NAMI_EX_ANY] = "any(", [NAMI_EX_NONE] = "none(",
		[NAMI_EX_SINGLE] = "single(", [NAMI_EX_LIST_COMP] = "[",
	};

	nami_buf_put_cstr(out, texts[expr->op]);
	nami_explain_slot(out, names, expr->local);
	nami_buf_put_cstr(out, " IN ");
	print(out, names, expr->args[0], depth);
	if (expr->args[1] != NULL)
	{
		nami_buf_put_cstr(out, " WHERE ");
		print(out, names, expr->args[1], depth);
	}
	if (expr->arg_count > 2 && expr->args[2] != NULL)
	{
		nami_buf_put_cstr(out, " | ");
		print(out, names, expr->args[2], depth);
	}
	nami_buf_put_cstr(out, expr->op == NAMI_EX_LIST_COMP ? "]" : ")");
}

static void
print_reduce(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	nami_buf_put_cstr(out, "reduce(");
	nami_explain_slot(out, names, expr->local);
	nami_buf_put_cstr(out, " = ");
	print(out, names, expr->args[0], depth);
	nami_buf_put_cstr(out, ", ");
	nami_explain_slot(out, names, expr->local2);
	nami_buf_put_cstr(out, " IN ");
	print(out, names, expr->args[1], depth);
	nami_buf_put_cstr(out, " | ");
	print(out, names, expr->args[2], depth);
	nami_buf_put_cstr(out, ")");
}

static void
print_case(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	uint32_t	n = 0;

	nami_buf_put_cstr(out, "CASE");
	if (expr->flags & NAMI_EXF_HAS_OPERAND)
	{
		nami_buf_put_cstr(out, " ");
		print(out, names, expr->args[n++], depth);
	}
	for (; n + 1 < expr->arg_count; n += 2)
	{
		nami_buf_put_cstr(out, " WHEN ");
		print(out, names, expr->args[n], depth);
		nami_buf_put_cstr(out, " THEN ");
		print(out, names, expr->args[n + 1], depth);
	}
	if (expr->flags & NAMI_EXF_HAS_ELSE)
	{
		nami_buf_put_cstr(out, " ELSE ");
		print(out, names, expr->args[n], depth);
	}
	nami_buf_put_cstr(out, " END");
}

static void
print_access(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	print_operand(out, names, expr->args[0], depth);
	if (expr->op == NAMI_EX_PROPERTY)
	{
		nami_buf_printf(out, ".%.*s", NAMI_STR_ARG(expr->name.text));
		return;
	}
	nami_buf_put_cstr(out, "[");
	if (expr->args[1] != NULL)
		print(out, names, expr->args[1], depth);
	if (expr->op == NAMI_EX_SLICE)
	{
		nami_buf_put_cstr(out, "..");
		if (expr->args[2] != NULL)
			print(out, names, expr->args[2], depth);
	}
	nami_buf_put_cstr(out, "]");
}

static void
print_subplan(NamiBuf *out, const NamiExpr *expr)
{
	static const char *const names[] = {
		[NAMI_SUBPLAN_EXISTS] = "exists", [NAMI_SUBPLAN_COUNT] = "count",
		[NAMI_SUBPLAN_COLLECT] = "collect", [NAMI_SUBPLAN_FIRST] = "first",
	};

	nami_buf_printf(out, "%s{subplan %u}", names[expr->subplan->kind], expr->subplan->number);
}

static void
print_infix(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	for (uint32_t i = 0; i < expr->arg_count; i++)
	{
		nami_buf_put_cstr(out, i == 0 ? "" : infix_text(expr->op));
		print_operand(out, names, expr->args[i], depth);
	}
}

static void
print_prefixed(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, const char *before,
			   const char *after, int depth)
{
	nami_buf_put_cstr(out, before);
	print_operand(out, names, expr->args[0], depth);
	nami_buf_put_cstr(out, after);
}

static void
print_wrapped(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, const char *before,
			  const char *after, int depth)
{
	nami_buf_put_cstr(out, before);
	print_args(out, names, expr, depth);
	nami_buf_put_cstr(out, after);
}

static void
print_call(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	nami_buf_put_str(out, expr->function->name);
	print_wrapped(out, names, expr, "(", ")", depth);
}

static void
print_map_projection(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	print(out, names, expr->args[0], depth);
	nami_buf_put_cstr(out, expr->flags & NAMI_EXF_ALL_PROPERTIES ? " {.*" : " {");
	for (uint32_t i = 1; i < expr->arg_count; i++)
	{
		if (i > 1 || (expr->flags & NAMI_EXF_ALL_PROPERTIES))
			nami_buf_put_cstr(out, ", ");
		nami_buf_printf(out, "%.*s: ", NAMI_STR_ARG(expr->keys[i - 1]));
		print(out, names, expr->args[i], depth);
	}
	nami_buf_put_cstr(out, "}");
}

static void
print_path(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr)
{
	nami_buf_put_cstr(out, "path(");
	for (uint32_t i = 0; i < expr->slot_count; i++)
	{
		nami_buf_put_cstr(out, i == 0 ? "" : ", ");
		nami_explain_slot(out, names, expr->slots[i]);
	}
	nami_buf_put_cstr(out, ")");
}

/* NOT x, x IS NULL, -x: false for other operators. */
static bool
print_unary(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	static const struct
	{
		NamiExprOp	op;
		const char *before;
		const char *after;
	}			forms[] = {
		{NAMI_EX_NOT, "NOT ", ""}, {NAMI_EX_IS_NULL, "", " IS NULL"},
		{NAMI_EX_IS_NOT_NULL, "", " IS NOT NULL"}, {NAMI_EX_NEG, "-", ""},
		{NAMI_EX_POS, "+", ""}, {NAMI_EX_HAS_LABELS, "", ":"},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
	{
		if (forms[i].op != expr->op)
			continue;
		print_prefixed(out, names, expr, forms[i].before, forms[i].after, depth);
		if (expr->op == NAMI_EX_HAS_LABELS)
			nami_explain_labels(out, expr->labels);
		return true;
	}
	return false;
}

/* Expressions that bind names of their own, or are more than an operator. */
static void
print_compound(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	switch (expr->op)
	{
		case NAMI_EX_CASE:
			print_case(out, names, expr, depth);
			break;
		case NAMI_EX_LIST_COMP:
		case NAMI_EX_ALL:
		case NAMI_EX_ANY:
		case NAMI_EX_NONE:
		case NAMI_EX_SINGLE:
			print_local(out, names, expr, depth);
			break;
		case NAMI_EX_REDUCE:
			print_reduce(out, names, expr, depth);
			break;
		case NAMI_EX_MAP_PROJECTION:
			print_map_projection(out, names, expr, depth);
			break;
		case NAMI_EX_PATH:
			print_path(out, names, expr);
			break;
		case NAMI_EX_SUBPLAN:
			print_subplan(out, expr);
			break;
		default:
			print_infix(out, names, expr, depth);
			break;
	}
}

static void
print(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr, int depth)
{
	if (depth > DEPTH_MAX)
	{
		nami_buf_put_cstr(out, "...");
		return;
	}
	depth++;
	switch (expr->op)
	{
		case NAMI_EX_CONST:
			print_value(out, expr->value);
			break;
		case NAMI_EX_PARAM:
			nami_buf_printf(out, "$%.*s", NAMI_STR_ARG(expr->name.text));
			break;
		case NAMI_EX_SLOT:
			nami_explain_slot(out, names, expr->slot);
			break;
		case NAMI_EX_PROPERTY:
		case NAMI_EX_INDEX:
		case NAMI_EX_SLICE:
			print_access(out, names, expr, depth);
			break;
		case NAMI_EX_LIST:
			print_wrapped(out, names, expr, "[", "]", depth);
			break;
		case NAMI_EX_MAP:
			print_wrapped(out, names, expr, "{", "}", depth);
			break;
		case NAMI_EX_CALL:
			print_call(out, names, expr, depth);
			break;
		default:
			if (!print_unary(out, names, expr, depth))
				print_compound(out, names, expr, depth);
			break;
	}
}

void
nami_explain_expr(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr)
{
	print(out, names, expr, 0);
}
