/*
 * planner_write.c - CREATE, MERGE, SET, REMOVE, DELETE, FOREACH (spec/cypher.md 5.3 to 5.5, 5.8).
 */
#include "plan/bind_internal.h"

#include "graph/catalog.h"

typedef NAMI_VEC(NamiCreateItem) CreateVec;

/* ---- what may be written -------------------------------------------------------------------- */

static NamiStatus
fail_pattern(NamiBinder *b, const char *name, NamiCySpan span, const char *message)
{
	return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, name, span.start, "%s", message);
}

static NamiStatus
check_rel(NamiBinder *b, const NamiCyRelPattern *rel, bool is_merge)
{
	const NamiVariable *variable = nami_cy_name_present(&rel->variable) ?
		nami_scope_find(b->scope, rel->variable.text) : NULL;

	if (variable != NULL && nami_type_can_be(b->slots.items[variable->slot].type, NAMI_STATIC_REL))
		return nami_fail_already_bound(b, &rel->variable);
	if (rel->is_variable_length)
		return fail_pattern(b, "SyntaxError: CreatingVarLength", rel->span,
							"a variable-length relationship cannot be created");
	if (rel->types == NULL || rel->types->kind != NAMI_CY_LABEL_NAME)
		return fail_pattern(b, "SyntaxError: NoSingleRelationshipType", rel->span,
							"a relationship is created with exactly one type");
	if (rel->direction == NAMI_CY_BOTH && !is_merge)
		return fail_pattern(b, "SyntaxError: RequiresDirectedRelationship", rel->span,
							"a relationship is created with a direction");
	if (rel->where != NULL)
		return fail_pattern(b, "SyntaxError: UnexpectedSyntax", rel->span,
							"a pattern that is created has no WHERE");
	return NAMI_OK;
}

typedef NAMI_VEC(NamiStr) StrVec;

static NamiStatus
add_labels(NamiBinder *b, const NamiCyLabelExpr *labels, StrVec *out)
{
	if (labels->kind == NAMI_CY_LABEL_NAME)
	{
		nami_vec_push(out, b->arena, labels->name.text);
		return NAMI_OK;
	}
	if (labels->kind != NAMI_CY_LABEL_AND)
		return fail_pattern(b, "SyntaxError: UnexpectedSyntax", labels->span,
							"a node is created with plain labels");
	for (uint32_t i = 0; i < labels->arg_count; i++)
		NAMI_TRY(add_labels(b, labels->args[i], out));
	return NAMI_OK;
}

/* A map literal or a parameter. */
static NamiStatus
bind_properties(NamiBinder *b, const NamiCyExpr *source, NamiExpr **out)
{
	*out = NULL;
	return source == NULL ? NAMI_OK : nami_bind_expr(b, source, out);
}

/* ---- CREATE -------------------------------------------------------------------------------- */

/* A node that exists already stands for itself: nothing may be said about it again. */
static NamiStatus
create_node(NamiBinder *b, const NamiCyNode *node, bool is_alone, CreateVec *creates,
			NamiSlot *slot)
{
	bool		is_named = nami_cy_name_present(&node->variable);
	const NamiVariable *variable =
		is_named ? nami_scope_find(b->scope, node->variable.text) : NULL;
	NamiCreateItem item = {
		.from = NAMI_SLOT_NONE, .to = NAMI_SLOT_NONE, .position = node->span.start
	};
	StrVec		labels = {0};

	if (node->where != NULL)
		return fail_pattern(b, "SyntaxError: UnexpectedSyntax", node->span,
							"a pattern that is created has no WHERE");
	if (variable != NULL)
	{
		if (is_alone || node->labels != NULL || node->properties != NULL)
			return nami_fail_already_bound(b, &node->variable);
		if (!nami_type_can_be(b->slots.items[variable->slot].type, NAMI_STATIC_NODE))
			return nami_fail_conflict(b, &node->variable, variable->slot, "a node");
		*slot = variable->slot;
		return NAMI_OK;
	}
	NAMI_TRY(bind_properties(b, node->properties, &item.props));
	if (node->labels != NULL)
		NAMI_TRY(add_labels(b, node->labels, &labels));
	item.labels = nami_names_of(b, labels.items, (uint32_t) labels.count, NAMI_NAME_LABEL);
	item.label_count = (uint32_t) labels.count;
	item.slot = nami_slot_new(b, is_named ? nami_arena_str(b->arena, node->variable.text) :
							  NAMI_STR(""), NAMI_STATIC_NODE);
	if (is_named)
		nami_scope_add(b, b->slots.items[item.slot].name, item.slot);
	nami_vec_push(creates, b->arena, item);
	*slot = item.slot;
	return NAMI_OK;
}

static NamiStatus
create_rel(NamiBinder *b, const NamiCyRelPattern *rel, NamiSlot left, NamiSlot right,
		   CreateVec *creates, NamiSlot *slot)
{
	bool		is_named = nami_cy_name_present(&rel->variable);
	NamiCreateItem item = {
		.is_rel = true,
		.from = rel->direction == NAMI_CY_LEFT ? right : left,
		.to = rel->direction == NAMI_CY_LEFT ? left : right,
		.position = rel->span.start
	};

	if (is_named && nami_scope_find(b->scope, rel->variable.text) != NULL)
		return nami_fail_already_bound(b, &rel->variable);
	NAMI_TRY(bind_properties(b, rel->properties, &item.props));
	item.type.text = nami_arena_str(b->arena, rel->types->name.text);
	item.slot = nami_slot_new(b, is_named ? nami_arena_str(b->arena, rel->variable.text) :
							  NAMI_STR(""), NAMI_STATIC_REL);
	if (is_named)
		nami_scope_add(b, b->slots.items[item.slot].name, item.slot);
	nami_vec_push(creates, b->arena, item);
	*slot = item.slot;
	return NAMI_OK;
}

/* The relationship comes after both of its ends. slots: node, rel, node, ... */
static NamiStatus
create_part(NamiBinder *b, const NamiCyPatternPart *part, bool is_merge, CreateVec *creates,
			NamiSlot *slots)
{
	if (part->shortest != NAMI_CY_SHORTEST_NONE)
		return fail_pattern(b, "SyntaxError: UnexpectedSyntax", part->span,
							"a shortest path cannot be created");
	if (nami_cy_name_present(&part->variable) &&
		nami_scope_find(b->scope, part->variable.text) != NULL)
		return nami_fail_already_bound(b, &part->variable);
	for (uint32_t i = 0; i < part->rel_count; i++)
		NAMI_TRY(check_rel(b, &part->rels[i], is_merge));
	NAMI_TRY(create_node(b, &part->nodes[0], part->rel_count == 0, creates, &slots[0]));
	for (uint32_t i = 0; i < part->rel_count; i++)
	{
		NAMI_TRY(create_node(b, &part->nodes[i + 1], false, creates, &slots[2 * i + 2]));
		NAMI_TRY(create_rel(b, &part->rels[i], slots[2 * i], slots[2 * i + 2], creates,
							&slots[2 * i + 1]));
	}
	return NAMI_OK;
}

/* The types get their numbers' places when the items have theirs. */
static void
finish_creates(NamiBinder *b, NamiPlanOp *op, CreateVec *creates)
{
	op->creates = creates->items;
	op->create_count = (uint32_t) creates->count;
	for (uint32_t i = 0; i < op->create_count; i++)
	{
		if (op->creates[i].is_rel)
			nami_name_register(b, &op->creates[i].type, NAMI_NAME_TYPE);
	}
}

static NamiPlanOp *
project_path(NamiBinder *b, NamiPlanOp *input, const NamiCyPatternPart *part,
			 const NamiSlot *slots)
{
	NamiExpr   *path = nami_ex_new(b, NAMI_EX_PATH, NAMI_STATIC_PATH, part->span.start, 0);
	NamiSlot	slot = nami_slot_new(b, nami_arena_str(b->arena, part->variable.text),
									 NAMI_STATIC_PATH);

	path->slots = slots;
	path->slot_count = 2 * part->rel_count + 1;
	nami_scope_add(b, b->slots.items[slot].name, slot);
	return nami_op_project(b, input, slot, path);
}

static NamiStatus
plan_create(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	const NamiCyPattern *pattern = &clause->create;
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_CREATE, input, clause->span.start);
	CreateVec	creates = {0};
	NamiSlot  **slots = NAMI_NEW_ARRAY(b->arena, NamiSlot *, pattern->part_count + (size_t) 1);

	for (uint32_t i = 0; i < pattern->part_count; i++)
	{
		slots[i] = NAMI_NEW_ARRAY(b->arena, NamiSlot, 2 * (size_t) pattern->parts[i].rel_count + 1);
		NAMI_TRY(create_part(b, &pattern->parts[i], false, &creates, slots[i]));
	}
	finish_creates(b, op, &creates);
	nami_cost_estimate(b, op);
	*out = op;
	for (uint32_t i = 0; i < pattern->part_count; i++)
	{
		if (!nami_cy_name_present(&pattern->parts[i].variable))
			continue;
		if (nami_scope_find(b->scope, pattern->parts[i].variable.text) != NULL)
			return nami_fail_already_bound(b, &pattern->parts[i].variable);
		*out = project_path(b, *out, &pattern->parts[i], slots[i]);
	}
	return NAMI_OK;
}

/* ---- SET, REMOVE --------------------------------------------------------------------------- */

static NamiStatus
check_target(NamiBinder *b, const NamiCySetItem *source, const NamiExpr *target)
{
	bool		is_entity = nami_type_can_be(target->type, NAMI_STATIC_NODE) ||
		(nami_type_can_be(target->type, NAMI_STATIC_REL) &&
		 source->kind != NAMI_CY_SET_LABELS);

	if (is_entity || target->type == NAMI_STATIC_VALUE)
		return NAMI_OK;
	return nami_fail_at(b->err, NAMI_ERR_TYPE, "SyntaxError: InvalidArgumentType",
						source->span.start, "%s cannot be changed", nami_type_text(target->type));
}

static NamiStatus
bind_set_item(NamiBinder *b, const NamiCySetItem *source, bool is_remove, NamiSetItem *item)
{
	static const NamiSetKind kinds[] = {
		[NAMI_CY_SET_PROPERTY] = NAMI_SET_PROPERTY,
		[NAMI_CY_SET_DYNAMIC] = NAMI_SET_DYNAMIC,
		[NAMI_CY_SET_REPLACE] = NAMI_SET_REPLACE,
		[NAMI_CY_SET_MERGE] = NAMI_SET_MERGE,
		[NAMI_CY_SET_LABELS] = NAMI_SET_LABELS,
	};
	NamiStr    *labels = NAMI_NEW_ARRAY(b->arena, NamiStr, source->label_count + (size_t) 1);

	item->kind = kinds[source->kind];
	item->position = source->span.start;
	if (is_remove && source->kind != NAMI_CY_SET_DYNAMIC)
		item->kind = source->kind == NAMI_CY_SET_LABELS ? NAMI_REMOVE_LABELS : NAMI_REMOVE_PROPERTY;
	NAMI_TRY(nami_bind_expr(b, source->target, &item->target));
	NAMI_TRY(check_target(b, source, item->target));
	if (nami_cy_name_present(&source->property))
	{
		item->name.text = nami_arena_str(b->arena, source->property.text);
		nami_name_register(b, &item->name, NAMI_NAME_KEY);
	}
	if (source->key != NULL)
		NAMI_TRY(nami_bind_expr(b, source->key, &item->key));
	if (source->value != NULL)
		NAMI_TRY(nami_bind_expr(b, source->value, &item->value));
	else if (item->kind == NAMI_SET_DYNAMIC)
		item->value = nami_ex_const(b, nami_value_null(), source->span.start);
	for (uint32_t i = 0; i < source->label_count; i++)
		labels[i] = source->labels[i].text;
	item->labels = nami_names_of(b, labels, source->label_count, NAMI_NAME_LABEL);
	item->label_count = source->label_count;
	return NAMI_OK;
}

static NamiStatus
bind_sets(NamiBinder *b, const NamiCySet *source, bool is_remove, NamiSetItem *items)
{
	for (uint32_t i = 0; i < source->item_count; i++)
		NAMI_TRY(bind_set_item(b, &source->items[i], is_remove, &items[i]));
	return NAMI_OK;
}

static NamiStatus
plan_set(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	bool		is_remove = clause->kind == NAMI_CY_REMOVE;
	NamiPlanOp *op = nami_op_make(b, is_remove ? NAMI_PLAN_REMOVE : NAMI_PLAN_SET, input,
								  clause->span.start);

	op->set_count = clause->set.item_count;
	op->sets = nami_arena_alloc0(b->arena, (op->set_count + 1) * sizeof(NamiSetItem));
	NAMI_TRY(bind_sets(b, &clause->set, is_remove, op->sets));
	nami_cost_estimate(b, op);
	*out = op;
	return NAMI_OK;
}

/* ---- MERGE --------------------------------------------------------------------------------- */

static uint32_t
count_actions(const NamiCyMerge *merge, bool on_create)
{
	uint32_t	count = 0;

	for (uint32_t i = 0; i < merge->action_count; i++)
		count += merge->actions[i].on_create == on_create ? merge->actions[i].set.item_count : 0;
	return count;
}

static NamiStatus
bind_actions(NamiBinder *b, const NamiCyMerge *merge, bool on_create, NamiSetItem **items,
			 uint32_t *count)
{
	uint32_t	done = 0;

	*count = count_actions(merge, on_create);
	*items = nami_arena_alloc0(b->arena, (*count + 1) * sizeof(NamiSetItem));
	for (uint32_t i = 0; i < merge->action_count; i++)
	{
		if (merge->actions[i].on_create != on_create)
			continue;
		NAMI_TRY(bind_sets(b, &merge->actions[i].set, false, *items + done));
		done += merge->actions[i].set.item_count;
	}
	return NAMI_OK;
}

/* Operators that look for the pattern; they fill the slots of what would be created. */
static NamiStatus
plan_search(NamiBinder *b, const NamiCyPatternPart *part, const NamiSlot *slots,
			NamiPlanOp **out)
{
	NamiPatternGraph graph = {0};
	NamiPlanOp *argument = nami_op_make(b, NAMI_PLAN_ARGUMENT, NULL, part->span.start);
	NamiCyPatternPart plain = *part;
	uint32_t	count = 2 * part->rel_count + 1;

	plain.variable = (NamiCyName) {0};
	argument->estimated_rows = 1;
	NAMI_TRY(nami_bind_pattern(b, &plain, 1, NAMI_PATTERN_MERGE, &graph));
	NAMI_TRY(nami_plan_pattern(b, &graph, argument, out));
	for (uint32_t i = 0; i < count; i++)
	{
		NamiSlot	found = i % 2 == 0 ? graph.nodes.items[graph.part_nodes[0][i / 2]].slot :
			graph.rels.items[i / 2].slot;

		if (found != slots[i])
			*out = nami_op_project(b, *out, slots[i],
								   nami_ex_slot(b, found, part->span.start));
	}
	return NAMI_OK;
}

/*
 * The pattern is bound twice: as what is created, with names for the clauses that follow, and, in a
 * scope of its own, as what is looked for.
 */
static NamiStatus
plan_merge(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	const NamiCyMerge *merge = &clause->merge;
	const NamiCyPatternPart *part = merge->part;
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_MERGE, input, clause->span.start);
	NamiScope  *before = nami_scope_copy(b, b->scope);
	NamiScope  *scope = b->scope;
	NamiSlot   *slots = NAMI_NEW_ARRAY(b->arena, NamiSlot, 2 * (size_t) part->rel_count + 1);
	CreateVec	creates = {0};
	NamiStatus	status;

	NAMI_TRY(create_part(b, part, true, &creates, slots));
	finish_creates(b, op, &creates);
	b->scope = before;
	status = plan_search(b, part, slots, &op->inner);
	b->scope = scope;
	NAMI_TRY(status);
	op->estimated_rows = input->estimated_rows;
	nami_cost_of(op);
	*out = op;
	if (nami_cy_name_present(&part->variable))
		*out = project_path(b, op, part, slots);
	NAMI_TRY(bind_actions(b, merge, true, &op->sets, &op->set_count));
	return bind_actions(b, merge, false, &op->on_match, &op->on_match_count);
}

/* ---- DELETE, FOREACH ------------------------------------------------------------------------ */

static NamiStatus
check_deletable(NamiBinder *b, const NamiCyExpr *source, const NamiExpr *expr)
{
	if (source->kind == NAMI_CY_LABELS)
		return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: InvalidDelete",
							source->span.start, "labels are removed with REMOVE, not with DELETE");
	if (nami_type_can_be(expr->type, NAMI_STATIC_NODE) ||
		nami_type_can_be(expr->type, NAMI_STATIC_REL) ||
		nami_type_can_be(expr->type, NAMI_STATIC_PATH))
		return NAMI_OK;
	return nami_fail_at(b->err, NAMI_ERR_TYPE, "SyntaxError: InvalidArgumentType",
						source->span.start,
						"DELETE takes nodes, relationships and paths, not %s",
						nami_type_text(expr->type));
}

static NamiStatus
plan_delete(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	const NamiCyDelete *source = &clause->delete_;
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_DELETE, input, clause->span.start);

	op->detach = source->is_detach;
	op->expr_count = source->arg_count;
	op->exprs = NAMI_NEW_ARRAY(b->arena, NamiExpr *, source->arg_count + (size_t) 1);
	for (uint32_t i = 0; i < source->arg_count; i++)
	{
		NAMI_TRY(nami_bind_expr(b, source->args[i], &op->exprs[i]));
		NAMI_TRY(check_deletable(b, source->args[i], op->exprs[i]));
	}
	nami_cost_estimate(b, op);
	*out = op;
	return NAMI_OK;
}

static NamiStatus
plan_foreach(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	const NamiCyForeach *source = &clause->foreach;
	NamiPlanOp *op = nami_op_make(b, NAMI_PLAN_FOREACH, input, clause->span.start);
	NamiScope  *scope = b->scope;
	NamiResult	result = {0};
	NamiPlanOp *argument;
	NamiStatus	status;

	NAMI_TRY(nami_bind_expr(b, source->list, &op->list));
	if (nami_scope_find(scope, source->variable.text) != NULL)
		return nami_fail_already_bound(b, &source->variable);
	op->slot = nami_slot_new(b, nami_arena_str(b->arena, source->variable.text),
							 nami_ex_element_type(b, op->list));
	b->scope = nami_scope_copy(b, scope);
	nami_scope_add(b, b->slots.items[op->slot].name, op->slot);
	argument = nami_op_make(b, NAMI_PLAN_ARGUMENT, NULL, clause->span.start);
	argument->estimated_rows = 1;
	status = nami_plan_clauses(b, source->clauses, source->clause_count, argument, &op->inner,
							   &result);
	b->scope = scope;
	nami_cost_estimate(b, op);
	*out = op;
	return status;
}

NamiStatus
nami_plan_write(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input, NamiPlanOp **out)
{
	if (b->options->read_only)
		return nami_fail_at(b->err, NAMI_ERR_READ_ONLY, "", clause->span.start,
							"the query may only read, but this clause writes");
	b->plan->writes = true;
	switch (clause->kind)
	{
		case NAMI_CY_CREATE:
			return plan_create(b, clause, input, out);
		case NAMI_CY_MERGE:
			return plan_merge(b, clause, input, out);
		case NAMI_CY_SET:
		case NAMI_CY_REMOVE:
			return plan_set(b, clause, input, out);
		case NAMI_CY_DELETE:
			return plan_delete(b, clause, input, out);
		default:
			return plan_foreach(b, clause, input, out);
	}
}
