/*
 * bind_pattern.c - the patterns of MATCH, MERGE and pattern expressions as a graph of nodes,
 * relationships and conditions (spec/cypher.md 5.1).
 */
#include "plan/bind_internal.h"

#include "graph/catalog.h"

/* ---- conditions ---------------------------------------------------------------------------- */

static bool
is_volatile(const NamiExpr *expr)
{
	while (expr != NULL)
	{
		if (expr->op == NAMI_EX_CALL && (expr->function->flags & NAMI_FN_VOLATILE))
			return true;
		for (uint32_t i = 1; i < expr->arg_count; i++)
		{
			if (is_volatile(expr->args[i]))
				return true;
		}
		expr = expr->arg_count > 0 ? expr->args[0] : NULL;
	}
	return false;
}

static void
mark_costly(void *ctx, NamiSubplan *subplan)
{
	*(bool *) ctx = true;
}

void
nami_pattern_add_predicate(NamiBinder *b, NamiPatternGraph *graph, NamiExpr *expr)
{
	NamiPredicate *predicate;

	if (expr->op == NAMI_EX_AND)
	{
		for (uint32_t i = 0; i < expr->arg_count; i++)
			nami_pattern_add_predicate(b, graph, expr->args[i]);
		return;
	}
	nami_fold(b, expr);
	predicate = nami_vec_add(&graph->predicates, b->arena);
	predicate->expr = expr;
	predicate->is_late = is_volatile(expr);
	predicate->may_fail = nami_ex_may_fail(expr);
	nami_ex_visit_subplans(expr, mark_costly, &predicate->is_costly);
	nami_ex_slots(b, expr, &predicate->deps);
}

/* slot = what the properties of the pattern say, one condition each. */
static NamiStatus
add_properties(NamiBinder *b, const NamiCyExpr *properties, NamiPatternMode mode, NamiSlot slot,
			   NamiPatternGraph *graph, NamiExpr **all)
{
	*all = NULL;
	if (properties->kind != NAMI_CY_MAP)
	{
		NamiExpr   *map;
		NamiExpr   *test;

		if (mode != NAMI_PATTERN_MERGE)
			return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: InvalidParameterUse",
								properties->span.start,
								"a parameter cannot be the property map of a pattern in MATCH");
		/* all(k IN keys($map) WHERE n[k] = $map[k]) */
		NAMI_TRY(nami_bind_expr(b, properties, &map));
		test = nami_ex_new(b, NAMI_EX_ALL, NAMI_STATIC_BOOL, properties->span.start, 2);
		test->local = nami_slot_new(b, NAMI_STR(""), NAMI_STATIC_STRING);
		test->args[0] = nami_ex_function(b, "keys", map, properties->span.start);
		test->args[1] = nami_ex_binary(b, NAMI_EX_EQ,
									   nami_ex_binary(b, NAMI_EX_INDEX,
													  nami_ex_slot(b, slot, map->position),
													  nami_ex_slot(b, test->local, map->position),
													  map->position),
									   nami_ex_binary(b, NAMI_EX_INDEX, map,
													  nami_ex_slot(b, test->local, map->position),
													  map->position), map->position);
		*all = test;
	}
	for (uint32_t i = 0; properties->kind == NAMI_CY_MAP && i < properties->entry_count; i++)
	{
		const NamiCyMapEntry *entry = &properties->entries[i];
		NamiExpr   *value;
		NamiExpr   *base = nami_ex_slot(b, slot, entry->key.span.start);

		NAMI_TRY(nami_bind_expr(b, entry->value, &value));
		base = nami_ex_property(b, base, entry->key.text, entry->key.span.start);
		*all = nami_ex_and(b, *all, nami_ex_binary(b, NAMI_EX_EQ, base, value,
												   entry->key.span.start));
	}
	if (graph != NULL && *all != NULL)
		nami_pattern_add_predicate(b, graph, *all);
	return NAMI_OK;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static bool
is_path_name(const NamiCyPatternPart *parts, uint32_t count, NamiStr name)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (nami_cy_name_present(&parts[i].variable) && nami_str_eq(parts[i].variable.text, name))
			return true;
	}
	return false;
}

static void
declare(NamiBinder *b, NamiPatternGraph *graph, NamiStr name, NamiSlot slot)
{
	nami_scope_add(b, name, slot);
	nami_vec_push(&graph->new_slots, b->arena, slot);
}

static NamiStatus
find_or_add_node(NamiBinder *b, const NamiCyNode *source, NamiPatternMode mode,
				 NamiPatternGraph *graph, uint32_t *index)
{
	bool		is_named = nami_cy_name_present(&source->variable);
	const NamiVariable *variable = NULL;
	NamiPatternNode *node;

	if (is_named)
	{
		for (size_t i = 0; i < graph->nodes.count; i++)
		{
			if (nami_str_eq(graph->nodes.items[i].name, source->variable.text))
			{
				*index = (uint32_t) i;
				return NAMI_OK;
			}
		}
		variable = nami_scope_find(b->scope, source->variable.text);
		if (variable != NULL &&
			!nami_type_can_be(b->slots.items[variable->slot].type, NAMI_STATIC_NODE))
			return nami_fail_conflict(b, &source->variable, variable->slot, "a node");
		if (variable == NULL && mode == NAMI_PATTERN_PREDICATE)
			return nami_fail_undefined(b, &source->variable);
	}
	*index = (uint32_t) graph->nodes.count;
	node = nami_vec_add(&graph->nodes, b->arena);
	node->position = source->span.start;
	if (is_named)
		node->name = nami_arena_str(b->arena, source->variable.text);
	node->is_bound = variable != NULL;
	node->slot = node->is_bound ? variable->slot :
		nami_slot_new(b, node->name, NAMI_STATIC_NODE);
	if (is_named && !node->is_bound)
		declare(b, graph, node->name, node->slot);
	return NAMI_OK;
}

static void
add_label(NamiBinder *b, NamiPatternNode *node, NamiStr label)
{
	for (uint32_t i = 0; i < node->label_count; i++)
	{
		if (nami_str_eq(node->labels[i].text, label))
			return;
	}
	if (node->label_count == node->label_capacity)
	{
		uint32_t	capacity = node->label_capacity == 0 ? 4 : node->label_capacity * 2;

		node->labels = nami_arena_realloc(b->arena, node->labels,
										  node->label_capacity * sizeof(NamiName),
										  capacity * sizeof(NamiName));
		node->label_capacity = capacity;
	}
	node->labels[node->label_count++].text = nami_arena_str(b->arena, label);
}

/* Labels that must all be there go to the node, other expressions become conditions. */
static NamiStatus
add_labels(NamiBinder *b, NamiPatternGraph *graph, uint32_t index, const NamiCyLabelExpr *labels)
{
	NamiPatternNode *node = &graph->nodes.items[index];
	NamiExpr   *test;

	if (labels->kind == NAMI_CY_LABEL_NAME)
	{
		add_label(b, node, labels->name.text);
		return NAMI_OK;
	}
	if (labels->kind == NAMI_CY_LABEL_AND)
	{
		for (uint32_t i = 0; i < labels->arg_count; i++)
			NAMI_TRY(add_labels(b, graph, index, labels->args[i]));
		return NAMI_OK;
	}
	test = nami_ex_new(b, NAMI_EX_HAS_LABELS, NAMI_STATIC_BOOL, labels->span.start, 1);
	test->args[0] = nami_ex_slot(b, node->slot, labels->span.start);
	NAMI_TRY(nami_bind_labels(b, labels, NAMI_NAME_LABEL, &test->labels));
	nami_pattern_add_predicate(b, graph, test);
	return NAMI_OK;
}

static NamiStatus
constrain_node(NamiBinder *b, const NamiCyNode *source, NamiPatternMode mode,
			   NamiPatternGraph *graph, uint32_t index)
{
	NamiExpr   *expr;

	if (source->labels != NULL)
		NAMI_TRY(add_labels(b, graph, index, source->labels));
	if (source->properties != NULL)
		NAMI_TRY(add_properties(b, source->properties, mode, graph->nodes.items[index].slot, graph,
								&expr));
	if (source->where != NULL)
	{
		NAMI_TRY(nami_bind_predicate(b, source->where, &expr));
		nami_pattern_add_predicate(b, graph, expr);
	}
	return NAMI_OK;
}

/* ---- relationships ------------------------------------------------------------------------- */

static NamiStatus
bound_of(NamiBinder *b, const NamiCyExpr *source, int64_t *hops, NamiExpr **expr)
{
	if (source == NULL)
		return NAMI_OK;
	if (source->kind == NAMI_CY_LITERAL && source->literal.kind == NAMI_INT)
	{
		*hops = source->literal.integer;
		return NAMI_OK;
	}
	return nami_bind_row_count(b, source, "a bound of a variable-length pattern", expr);
}

static NamiStatus
rel_variable(NamiBinder *b, const NamiCyRelPattern *source, NamiPatternMode mode,
			 NamiPatternGraph *graph, NamiPatternRel *rel)
{
	NamiStaticType type = rel->is_variable_length ? NAMI_STATIC_REL_LIST : NAMI_STATIC_REL;
	const NamiVariable *variable;

	if (!nami_cy_name_present(&source->variable))
	{
		rel->slot = nami_slot_new(b, NAMI_STR(""), type);
		return NAMI_OK;
	}
	for (size_t i = 0; i < graph->rels.count; i++)
	{
		if (nami_str_eq(graph->rels.items[i].name, source->variable.text))
			return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC,
								"SyntaxError: RelationshipUniquenessViolation",
								source->variable.span.start,
								"relationship \"%.*s\" is used twice in one pattern",
								NAMI_STR_ARG(source->variable.text));
	}
	rel->name = nami_arena_str(b->arena, source->variable.text);
	variable = nami_scope_find(b->scope, rel->name);
	if (variable != NULL && !nami_type_can_be(b->slots.items[variable->slot].type, type))
		return nami_fail_conflict(b, &source->variable, variable->slot, nami_type_text(type));
	if (variable != NULL && mode == NAMI_PATTERN_MERGE)
		return nami_fail_already_bound(b, &source->variable);
	if (variable != NULL)
	{
		rel->bound_slot = variable->slot;
		rel->slot = nami_slot_new(b, NAMI_STR(""), type);
		return NAMI_OK;
	}
	if (mode == NAMI_PATTERN_PREDICATE)
		return nami_fail_undefined(b, &source->variable);
	rel->slot = nami_slot_new(b, rel->name, type);
	declare(b, graph, rel->name, rel->slot);
	return NAMI_OK;
}

static NamiStatus
add_rel(NamiBinder *b, const NamiCyPatternPart *part, uint32_t number, NamiPatternMode mode,
		uint32_t from, uint32_t to, NamiPatternGraph *graph)
{
	const NamiCyRelPattern *source = &part->rels[number];
	NamiPatternRel rel = {
		.slot = NAMI_SLOT_NONE,
		.bound_slot = NAMI_SLOT_NONE,
		.from = from,
		.to = to,
		.direction = source->direction == NAMI_CY_RIGHT ? NAMI_DIR_OUT :
		source->direction == NAMI_CY_LEFT ? NAMI_DIR_IN : NAMI_DIR_BOTH,
		.is_variable_length = source->is_variable_length || part->shortest != NAMI_CY_SHORTEST_NONE,
		.shortest = part->shortest,
		.min_hops = 1,
		.max_hops = source->is_variable_length ? INT64_MAX : 1,
		.step_rel = NAMI_SLOT_NONE,
		.position = source->span.start,
	};

	NAMI_TRY(rel_variable(b, source, mode, graph, &rel));
	NAMI_TRY(bound_of(b, source->min, &rel.min_hops, &rel.min_expr));
	NAMI_TRY(bound_of(b, source->max, &rel.max_hops, &rel.max_expr));
	nami_vec_push(&graph->rels, b->arena, rel);
	return NAMI_OK;
}

/* A|B: the names; anything else is no plain list of types. */
static bool
plain_types(const NamiCyLabelExpr *types)
{
	if (types->kind == NAMI_CY_LABEL_NAME)
		return true;
	if (types->kind != NAMI_CY_LABEL_OR)
		return false;
	for (uint32_t i = 0; i < types->arg_count; i++)
	{
		if (types->args[i]->kind != NAMI_CY_LABEL_NAME)
			return false;
	}
	return true;
}

static void
take_types(NamiBinder *b, const NamiCyLabelExpr *types, NamiPatternRel *rel)
{
	uint32_t	count = types->kind == NAMI_CY_LABEL_NAME ? 1 : types->arg_count;

	/* Operators take copies, which are registered. */
	rel->types = NAMI_NEW_ARRAY(b->arena, NamiName, count);
	for (uint32_t i = 0; i < count; i++)
		rel->types[i].text = nami_arena_str(b->arena, types->kind == NAMI_CY_LABEL_NAME ?
											types->name.text : types->args[i]->name.text);
	rel->type_count = count;
}

/* What is said of the relationship, as a condition on slot. */
static NamiStatus
rel_conditions(NamiBinder *b, const NamiCyRelPattern *source, NamiPatternMode mode, NamiSlot slot,
			   NamiExpr **out)
{
	NamiExpr   *expr = NULL;

	*out = NULL;
	if (source->types != NULL && !plain_types(source->types))
	{
		*out = nami_ex_new(b, NAMI_EX_HAS_LABELS, NAMI_STATIC_BOOL, source->types->span.start, 1);
		(*out)->args[0] = nami_ex_slot(b, slot, source->types->span.start);
		NAMI_TRY(nami_bind_labels(b, source->types, NAMI_NAME_TYPE, &(*out)->labels));
	}
	if (source->properties != NULL)
	{
		NAMI_TRY(add_properties(b, source->properties, mode, slot, NULL, &expr));
		*out = nami_ex_and(b, *out, expr);
	}
	if (source->where != NULL)
	{
		NAMI_TRY(nami_bind_predicate(b, source->where, &expr));
		*out = nami_ex_and(b, *out, expr);
	}
	return NAMI_OK;
}

static NamiStatus
constrain_rel(NamiBinder *b, const NamiCyRelPattern *source, NamiPatternMode mode,
			  NamiPatternGraph *graph, uint32_t index)
{
	NamiPatternRel *rel = &graph->rels.items[index];
	size_t		scope_count = b->scope->count;
	NamiExpr   *conditions;
	NamiStatus	status;

	if (source->types != NULL && plain_types(source->types))
		take_types(b, source->types, rel);
	if (!rel->is_variable_length)
	{
		NAMI_TRY(rel_conditions(b, source, mode, rel->slot, &conditions));
		if (conditions != NULL)
			nami_pattern_add_predicate(b, graph, conditions);
		return NAMI_OK;
	}
	/* Inside the pattern the variable is one relationship, not the list. */
	rel->step_rel = nami_slot_new(b, NAMI_STR("step"), NAMI_STATIC_REL);
	if (rel->name.len > 0)
		nami_scope_add(b, rel->name, rel->step_rel);
	status = rel_conditions(b, source, mode, rel->step_rel, &rel->step_filter);
	b->scope->count = scope_count;
	NAMI_TRY(status);
	if (rel->step_filter != NULL)
	{
		NamiSlotVec deps = {0};

		nami_ex_slots(b, rel->step_filter, &deps);
		for (size_t i = 0; i < deps.count; i++)
		{
			if (deps.items[i] != rel->step_rel)
				nami_slots_add(b, &rel->deps, deps.items[i]);
		}
	}
	return NAMI_OK;
}

/* ---- paths and parts ----------------------------------------------------------------------- */

static void
add_path(NamiBinder *b, const NamiCyPatternPart *part, const uint32_t *nodes, uint32_t first_rel,
		 NamiPatternGraph *graph)
{
	NamiPatternPath path = {0};
	NamiStr		name = nami_arena_str(b->arena, part->variable.text);
	uint32_t	count = 2 * part->rel_count + 1;
	NamiSlot   *slots = NAMI_NEW_ARRAY(b->arena, NamiSlot, count);

	for (uint32_t i = 0; i < count; i++)
		slots[i] = i % 2 == 0 ? graph->nodes.items[nodes[i / 2]].slot :
			graph->rels.items[first_rel + i / 2].slot;
	path.expr = nami_ex_new(b, NAMI_EX_PATH, NAMI_STATIC_PATH, part->span.start, 0);
	path.expr->slots = slots;
	path.expr->slot_count = count;
	for (uint32_t i = 0; i < count; i++)
		nami_slots_add(b, &path.deps, slots[i]);
	path.slot = nami_slot_new(b, name, NAMI_STATIC_PATH);
	nami_vec_push(&graph->paths, b->arena, path);
	declare(b, graph, name, path.slot);
}

/* A variable of part "at" that is a path's name: the earlier one decides what the name is. */
static NamiStatus
check_path_name(NamiBinder *b, const NamiCyPatternPart *parts, uint32_t count, uint32_t at,
				const NamiCyName *name)
{
	if (!nami_cy_name_present(name) || !is_path_name(parts, count, name->text))
		return NAMI_OK;
	if (!is_path_name(parts, at, name->text))
		return nami_fail_already_bound(b, name);
	return nami_fail_at(b->err, NAMI_ERR_TYPE_CONFLICT, "SyntaxError: VariableTypeConflict",
						name->span.start, "variable \"%.*s\" is a path and nothing else",
						NAMI_STR_ARG(name->text));
}

static NamiStatus
check_path_names(NamiBinder *b, const NamiCyPatternPart *parts, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		const NamiCyPatternPart *part = &parts[i];

		if (nami_cy_name_present(&part->variable) &&
			(nami_scope_find(b->scope, part->variable.text) != NULL ||
			 is_path_name(parts, i, part->variable.text)))
			return nami_fail_already_bound(b, &part->variable);
		for (uint32_t j = 0; j <= part->rel_count; j++)
		{
			NAMI_TRY(check_path_name(b, parts, count, i, &part->nodes[j].variable));
			if (j < part->rel_count)
				NAMI_TRY(check_path_name(b, parts, count, i, &part->rels[j].variable));
		}
	}
	return NAMI_OK;
}

static NamiStatus
check_shortest(NamiBinder *b, const NamiCyPatternPart *part)
{
	if (part->shortest == NAMI_CY_SHORTEST_NONE || part->rel_count == 1)
		return NAMI_OK;
	return nami_fail_at(b->err, NAMI_BIND_ERR_SEMANTIC, "SyntaxError: InvalidRelationshipPattern",
						part->span.start,
						"shortestPath() takes a pattern with exactly one relationship");
}

/* Names first, conditions afterwards: a condition may use any variable of the pattern. */
NamiStatus
nami_bind_pattern(NamiBinder *b, const NamiCyPatternPart *parts, uint32_t count,
				  NamiPatternMode mode, NamiPatternGraph *graph)
{
	uint32_t  **nodes = NAMI_NEW_ARRAY(b->arena, uint32_t *, count + (size_t) 1);
	uint32_t	rel = 0;

	graph->part_nodes = nodes;
	NAMI_TRY(check_path_names(b, parts, count));
	for (uint32_t i = 0; i < count; i++)
	{
		const NamiCyPatternPart *part = &parts[i];
		uint32_t	first_rel = (uint32_t) graph->rels.count;

		NAMI_TRY(nami_bind_tick(b));
		NAMI_TRY(check_shortest(b, part));
		nodes[i] = NAMI_NEW_ARRAY(b->arena, uint32_t, part->rel_count + (size_t) 1);
		NAMI_TRY(find_or_add_node(b, &part->nodes[0], mode, graph, &nodes[i][0]));
		for (uint32_t j = 0; j < part->rel_count; j++)
		{
			NAMI_TRY(nami_bind_tick(b));
			NAMI_TRY(find_or_add_node(b, &part->nodes[j + 1], mode, graph, &nodes[i][j + 1]));
			NAMI_TRY(add_rel(b, part, j, mode, nodes[i][j], nodes[i][j + 1], graph));
		}
		if (nami_cy_name_present(&part->variable))
			add_path(b, part, nodes[i], first_rel, graph);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		for (uint32_t j = 0; j <= parts[i].rel_count; j++)
			NAMI_TRY(constrain_node(b, &parts[i].nodes[j], mode, graph, nodes[i][j]));
		NAMI_TRY(nami_bind_tick(b));
		for (uint32_t j = 0; j < parts[i].rel_count; j++)
			NAMI_TRY(constrain_rel(b, &parts[i].rels[j], mode, graph, rel++));
	}
	return NAMI_OK;
}
