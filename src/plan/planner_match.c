/*
 * planner_match.c - operators for a pattern: where to start, which way to walk, when to filter.
 *
 * Greedy. What is bound already comes first, then seeks by id and by property, then the smallest
 * scan; from there the pattern is walked by the smallest estimated fan-out. A relationship with both
 * ends known is tested as soon as possible, a condition runs as soon as its slots are bound.
 */
#include "plan/bind_internal.h"

#include "graph/catalog.h"

typedef struct Match
{
	NamiBinder *b;
	NamiPatternGraph *graph;
	NamiPlanOp *op;
	uint8_t    *pending;		/* per slot: belongs to the pattern and is not bound yet */
	size_t		slot_count;
} Match;

/* How a node can be found without walking to it. */
typedef struct Access
{
	uint32_t	node;
	NamiPlanOpKind kind;		/* NODE_SCAN, ID_SEEK, INDEX_SEEK */
	double		rows;
} Access;

/* ---- what is bound ------------------------------------------------------------------------- */

static bool
is_pending(const Match *m, NamiSlot slot)
{
	return slot < m->slot_count && m->pending[slot];
}

static bool
are_ready(const Match *m, const NamiSlotVec *deps)
{
	for (size_t i = 0; i < deps->count; i++)
	{
		if (is_pending(m, deps->items[i]))
			return false;
	}
	return true;
}

static void
set_bound(Match *m, NamiSlot slot)
{
	if (slot < m->slot_count)
		m->pending[slot] = 0;
}

static bool
is_node_bound(const Match *m, uint32_t node)
{
	return !is_pending(m, m->graph->nodes.items[node].slot);
}

/* ---- filters ------------------------------------------------------------------------------- */

static void
push_filter(Match *m, NamiExpr *predicate)
{
	m->op = nami_op_filter(m->b, m->op, predicate);
}

static NamiExpr *
labels_test(NamiBinder *b, NamiSlot slot, const NamiName *names, uint32_t count, int kind,
			int64_t position)
{
	NamiExpr   *test = nami_ex_new(b, NAMI_EX_HAS_LABELS, NAMI_STATIC_BOOL, position, 1);
	NamiLabelExpr *labels = NAMI_NEW(b->arena, NamiLabelExpr);

	labels->op = kind == NAMI_NAME_LABEL ? NAMI_LABEL_AND : NAMI_LABEL_OR;
	labels->args = NAMI_NEW_ARRAY(b->arena, NamiLabelExpr *, count);
	labels->arg_count = count;
	for (uint32_t i = 0; i < count; i++)
	{
		labels->args[i] = NAMI_NEW(b->arena, NamiLabelExpr);
		labels->args[i]->op = NAMI_LABEL_NAME;
		labels->args[i]->name.text = names[i].text;
		nami_name_register(b, &labels->args[i]->name, kind);
	}
	test->args[0] = nami_ex_slot(b, slot, position);
	test->labels = count == 1 ? labels->args[0] : labels;
	return test;
}

/* The labels of a node that was not found by them, but for the first "known" of them. */
static void
check_labels(Match *m, uint32_t index, uint32_t known)
{
	NamiPatternNode *node = &m->graph->nodes.items[index];

	if (node->label_count > known)
		push_filter(m, labels_test(m->b, node->slot, node->labels + known,
								   node->label_count - known, NAMI_NAME_LABEL, node->position));
}

/* Conditions and paths whose slots are all bound: cheap ones first. */
static void
apply_ready(Match *m, bool is_complete)
{
	NamiPatternGraph *graph = m->graph;

	for (size_t i = 0; i < graph->paths.count; i++)
	{
		NamiPatternPath *path = &graph->paths.items[i];

		if (path->is_done || !are_ready(m, &path->deps))
			continue;
		m->op = nami_op_project(m->b, m->op, path->slot, path->expr);
		path->is_done = true;
		set_bound(m, path->slot);
	}
	for (int costly = 0; costly < 2; costly++)
	{
		for (size_t i = 0; i < graph->predicates.count; i++)
		{
			NamiPredicate *predicate = &graph->predicates.items[i];

			if (predicate->is_done || predicate->is_costly != (costly == 1) ||
				(predicate->is_late && !is_complete) || !are_ready(m, &predicate->deps))
				continue;
			predicate->is_done = true;
			push_filter(m, predicate->expr);
		}
	}
}

/* ---- relationship uniqueness --------------------------------------------------------------- */

static bool
types_overlap(const NamiPatternRel *a, const NamiPatternRel *b)
{
	if (a->type_count == 0 || b->type_count == 0)
		return true;
	for (uint32_t i = 0; i < a->type_count; i++)
	{
		for (uint32_t j = 0; j < b->type_count; j++)
		{
			if (nami_str_eq(a->types[i].text, b->types[j].text))
				return true;
		}
	}
	return false;
}

/* The relationships walked so far that this one could be. Shortest paths do not count. */
static void
unique_slots(Match *m, const NamiPatternRel *rel, NamiSlotVec *out)
{
	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		const NamiPatternRel *other = &m->graph->rels.items[i];

		if (other != rel && other->is_done && rel->shortest == NAMI_CY_SHORTEST_NONE &&
			other->shortest == NAMI_CY_SHORTEST_NONE && types_overlap(rel, other))
			nami_vec_push(out, m->b->arena, other->slot);
	}
}

static void
set_unique(Match *m, const NamiPatternRel *rel, NamiPlanOp *op)
{
	NamiSlotVec slots = {0};

	unique_slots(m, rel, &slots);
	op->unique_with = slots.items;
	op->unique_count = (uint32_t) slots.count;
}

/* The same as conditions, for relationships that no walk finds. */
static void
filter_unique(Match *m, const NamiPatternRel *rel)
{
	NamiBinder *b = m->b;
	NamiSlotVec slots = {0};

	unique_slots(m, rel, &slots);
	for (size_t i = 0; i < slots.count; i++)
	{
		bool		is_list = b->slots.items[slots.items[i]].type == NAMI_STATIC_REL_LIST;
		NamiExpr   *not = nami_ex_new(b, NAMI_EX_NOT, NAMI_STATIC_BOOL, rel->position, 1);

		not->args[0] = nami_ex_binary(b, is_list ? NAMI_EX_IN : NAMI_EX_EQ,
									  nami_ex_slot(b, rel->slot, rel->position),
									  nami_ex_slot(b, slots.items[i], rel->position),
									  rel->position);
		push_filter(m, not);
	}
}

/* ---- walking ------------------------------------------------------------------------------- */

static NamiPatternDirection
turned(NamiPatternDirection direction)
{
	return direction == NAMI_DIR_OUT ? NAMI_DIR_IN :
		direction == NAMI_DIR_IN ? NAMI_DIR_OUT : NAMI_DIR_BOTH;
}

static void
set_types(Match *m, const NamiPatternRel *rel, NamiPlanOp *op)
{
	NamiStr    *texts = NAMI_NEW_ARRAY(m->b->arena, NamiStr, rel->type_count + (size_t) 1);

	for (uint32_t i = 0; i < rel->type_count; i++)
		texts[i] = rel->types[i].text;
	op->types = nami_names_of(m->b, texts, rel->type_count, NAMI_NAME_TYPE);
	op->type_count = rel->type_count;
}

/* Walks the relationship from the node at one end. */
static void
walk(Match *m, NamiPatternRel *rel, bool backwards)
{
	uint32_t	from = backwards ? rel->to : rel->from;
	uint32_t	to = backwards ? rel->from : rel->to;
	bool		into = is_node_bound(m, to);
	NamiPlanOpKind kind = rel->shortest != NAMI_CY_SHORTEST_NONE ? NAMI_PLAN_SHORTEST_PATH :
		rel->is_variable_length ? NAMI_PLAN_VAR_EXPAND :
		into ? NAMI_PLAN_EXPAND_INTO : NAMI_PLAN_EXPAND;
	NamiPlanOp *op = nami_op_make(m->b, kind, m->op, rel->position);

	op->from = m->graph->nodes.items[from].slot;
	op->to = m->graph->nodes.items[to].slot;
	op->rel = rel->slot;
	op->direction = backwards ? turned(rel->direction) : rel->direction;
	op->into = into && rel->is_variable_length;
	op->min_hops = rel->min_hops;
	op->max_hops = rel->max_hops;
	op->min_expr = rel->min_expr;
	op->max_expr = rel->max_expr;
	op->all_shortest = rel->shortest == NAMI_CY_SHORTEST_ALL;
	op->step_filter = rel->step_filter;
	op->step_rel = rel->step_filter != NULL ? rel->step_rel : NAMI_SLOT_NONE;
	set_types(m, rel, op);
	set_unique(m, rel, op);
	nami_cost_estimate(m->b, op);
	m->op = op;
	rel->is_done = true;
	set_bound(m, rel->slot);
	set_bound(m, m->graph->nodes.items[to].slot);
	if (!into)
		check_labels(m, to, 0);
	apply_ready(m, false);
}

static double
target_selectivity(Match *m, uint32_t node)
{
	const NamiPatternNode *n = &m->graph->nodes.items[node];
	double		selectivity = n->label_count > 0 ? 0.5 : 1;

	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		const NamiPredicate *predicate = &m->graph->predicates.items[i];

		if (!predicate->is_done && nami_slots_contain(&predicate->deps, n->slot))
			selectivity *= nami_cost_selectivity(m->b, predicate->expr);
	}
	return selectivity;
}

static double
walk_cost(Match *m, const NamiPatternRel *rel, bool backwards)
{
	double		fan_out = nami_cost_fan_out(m->b, rel->types, rel->type_count, backwards ?
											turned(rel->direction) : rel->direction);
	uint32_t	to = backwards ? rel->from : rel->to;

	if (rel->is_variable_length)
		fan_out = fan_out * fan_out + 10;
	return fan_out * target_selectivity(m, to);
}

/* The next relationship to walk: both ends bound, or the cheapest with one end bound. */
static bool
next_walk(Match *m)
{
	NamiPatternRel *best = NULL;
	bool		best_backwards = false;
	double		best_cost = 0;

	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		NamiPatternRel *rel = &m->graph->rels.items[i];
		bool		from = is_node_bound(m, rel->from);
		bool		to = is_node_bound(m, rel->to);
		bool		backwards = !from;
		double		cost;

		if (rel->is_done || (!from && !to) || !are_ready(m, &rel->deps))
			continue;
		if (from && to)
		{
			walk(m, rel, false);
			return true;
		}
		if (rel->shortest != NAMI_CY_SHORTEST_NONE)
			continue;
		cost = walk_cost(m, rel, backwards);
		if (best == NULL || cost < best_cost)
		{
			best = rel;
			best_backwards = backwards;
			best_cost = cost;
		}
	}
	if (best == NULL)
		return false;
	if (best_backwards && best->is_variable_length)
	{
		/* The walk against the pattern finds the same trails with their lists reversed. */
		NamiSlot	walked = nami_slot_new(m->b, NAMI_STR(""), NAMI_STATIC_REL_LIST);
		NamiSlot	slot = best->slot;
		NamiExpr   *reversed = nami_ex_function(m->b, "reverse",
												nami_ex_slot(m->b, walked, best->position),
												best->position);
		NamiPlanOp *op;

		best->slot = walked;
		best->is_done = true;
		walk(m, best, true);
		best->slot = slot;
		op = nami_op_project(m->b, m->op, slot, reversed);
		m->op = op;
		set_bound(m, slot);
		apply_ready(m, false);
		return true;
	}
	walk(m, best, best_backwards);
	return true;
}

/* ---- variables of earlier clauses as relationships ----------------------------------------- */

static NamiExpr *
end_of(Match *m, const NamiPatternRel *rel, bool start)
{
	return nami_ex_function(m->b, start ? "startNode" : "endNode",
							nami_ex_slot(m->b, rel->slot, rel->position), rel->position);
}

/* The node at one end must be, or becomes, the value of expr. */
static void
bind_end(Match *m, uint32_t index, NamiExpr *expr)
{
	NamiPatternNode *node = &m->graph->nodes.items[index];

	if (is_node_bound(m, index))
	{
		push_filter(m, nami_ex_binary(m->b, NAMI_EX_EQ, expr,
									  nami_ex_slot(m->b, node->slot, node->position),
									  node->position));
		return;
	}
	m->op = nami_op_project(m->b, m->op, node->slot, expr);
	set_bound(m, node->slot);
	check_labels(m, index, 0);
}

/* Undirected: the row once for each way round, but a loop once only. */
static void
bind_ends_both_ways(Match *m, const NamiPatternRel *rel)
{
	NamiBinder *b = m->b;
	NamiSlot	pair = nami_slot_new(b, NAMI_STR(""), NAMI_STATIC_LIST);
	NamiExpr   *lists[2];
	NamiExpr   *once = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, rel->position, 1);
	NamiExpr   *twice = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, rel->position, 2);
	NamiExpr   *choice = nami_ex_new(b, NAMI_EX_CASE, NAMI_STATIC_LIST, rel->position, 3);
	NamiPlanOp *unwind;

	for (int i = 0; i < 2; i++)
	{
		lists[i] = nami_ex_new(b, NAMI_EX_LIST, NAMI_STATIC_LIST, rel->position, 2);
		lists[i]->args[0] = end_of(m, rel, i == 0);
		lists[i]->args[1] = end_of(m, rel, i == 1);
		twice->args[i] = lists[i];
	}
	once->args[0] = lists[0];
	choice->flags = NAMI_EXF_HAS_ELSE;
	choice->args[0] = nami_ex_binary(b, NAMI_EX_EQ, end_of(m, rel, true), end_of(m, rel, false),
									 rel->position);
	choice->args[1] = once;
	choice->args[2] = twice;
	unwind = nami_op_make(b, NAMI_PLAN_UNWIND, m->op, rel->position);
	unwind->list = choice;
	unwind->slot = pair;
	nami_cost_estimate(b, unwind);
	m->op = unwind;
	for (int i = 0; i < 2; i++)
		bind_end(m, i == 0 ? rel->from : rel->to,
				 nami_ex_binary(b, NAMI_EX_INDEX, nami_ex_slot(b, pair, rel->position),
								nami_ex_const(b, nami_value_int(i), rel->position),
								rel->position));
}

/* The relationship is known: its ends are looked at, nothing is walked. */
static void
take_bound_rel(Match *m, NamiPatternRel *rel)
{
	NamiBinder *b = m->b;
	NamiExpr   *known = nami_ex_new(b, NAMI_EX_IS_NOT_NULL, NAMI_STATIC_BOOL, rel->position, 1);

	known->args[0] = nami_ex_slot(b, rel->bound_slot, rel->position);
	push_filter(m, known);
	m->op = nami_op_project(b, m->op, rel->slot, nami_ex_slot(b, rel->bound_slot, rel->position));
	set_bound(m, rel->slot);
	if (rel->type_count > 0)
		push_filter(m, labels_test(b, rel->slot, rel->types, rel->type_count, NAMI_NAME_TYPE,
								   rel->position));
	filter_unique(m, rel);
	if (rel->direction == NAMI_DIR_BOTH)
		bind_ends_both_ways(m, rel);
	else
	{
		bind_end(m, rel->from, end_of(m, rel, rel->direction == NAMI_DIR_OUT));
		bind_end(m, rel->to, end_of(m, rel, rel->direction == NAMI_DIR_IN));
	}
	rel->is_done = true;
	apply_ready(m, false);
}

static bool
next_bound_rel(Match *m)
{
	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		NamiPatternRel *rel = &m->graph->rels.items[i];

		if (!rel->is_done && rel->bound_slot != NAMI_SLOT_NONE && !rel->is_variable_length)
		{
			take_bound_rel(m, rel);
			return true;
		}
	}
	return false;
}

/* ---- seeks and scans ----------------------------------------------------------------------- */

static bool
is_id_of(const NamiExpr *expr, NamiSlot slot)
{
	const NamiExpr *arg = expr->arg_count > 0 ? expr->args[0] : NULL;

	if (arg == NULL || arg->op != NAMI_EX_SLOT || arg->slot != slot)
		return false;
	if (expr->op == NAMI_EX_PROPERTY)
		return nami_str_eq(expr->name.text, NAMI_STR("_id"));
	return expr->op == NAMI_EX_CALL &&
		(nami_str_eq(expr->function->name, NAMI_STR("id")) ||
		 nami_str_eq(expr->function->name, NAMI_STR("elementId")));
}

static bool
is_property_of(const NamiExpr *expr, NamiSlot slot)
{
	return expr->op == NAMI_EX_PROPERTY && expr->args[0]->op == NAMI_EX_SLOT &&
		expr->args[0]->slot == slot && !nami_str_eq(expr->name.text, NAMI_STR("_id"));
}

/*
 * The condition as: something of the node (its id or a property) equals, or is in, a value that is
 * known before the node is.
 */
static bool
as_lookup(Match *m, const NamiPredicate *predicate, NamiSlot slot, bool by_id, NamiExpr **key,
		  NamiExpr **value)
{
	NamiExpr   *expr = predicate->expr;
	NamiSlotVec deps = {0};
	bool		(*matches) (const NamiExpr *, NamiSlot) = by_id ? is_id_of : is_property_of;

	if (predicate->is_done || predicate->is_late || predicate->is_costly ||
		(expr->op != NAMI_EX_EQ && expr->op != NAMI_EX_IN))
		return false;
	if (matches(expr->args[0], slot))
	{
		*key = expr->args[0];
		*value = expr->args[1];
	}
	else if (expr->op == NAMI_EX_EQ && matches(expr->args[1], slot))
	{
		*key = expr->args[1];
		*value = expr->args[0];
	}
	else
		return false;
	nami_ex_slots(m->b, *value, &deps);
	return are_ready(m, &deps);
}

/* An index or constraint that the schema declares and that the pattern gives all keys for. */
typedef struct Declared
{
	uint32_t	label;			/* index into the node's labels */
	const NamiKeyId *keys;
	uint32_t	key_count;
	bool		is_unique;
} Declared;

static NamiPredicate *
lookup_by_key(Match *m, NamiSlot slot, NamiStr name, NamiExpr **value)
{
	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		NamiPredicate *predicate = &m->graph->predicates.items[i];
		NamiExpr   *key;

		if (predicate->expr->op == NAMI_EX_EQ &&
			as_lookup(m, predicate, slot, false, &key, value) &&
			nami_str_eq(key->name.text, name))
			return predicate;
	}
	return NULL;
}

static void
try_declared(Match *m, uint32_t index, NamiLabelId label, const Declared *candidate,
			 Declared *best)
{
	const NamiPatternNode *node = &m->graph->nodes.items[index];
	NamiCatalog *catalog = nami_snapshot_catalog(m->b->options->statistics);

	if (best->key_count > 0 && (best->is_unique || candidate->key_count <= best->key_count))
		return;
	for (uint32_t i = 0; i < candidate->key_count; i++)
	{
		NamiExpr   *value;

		if (lookup_by_key(m, node->slot, nami_catalog_name(catalog, NAMI_NAME_KEY,
														   candidate->keys[i]), &value) == NULL)
			return;
	}
	for (uint32_t i = 0; i < node->label_count; i++)
	{
		if (nami_str_eq(node->labels[i].text, nami_catalog_name(catalog, NAMI_NAME_LABEL, label)))
		{
			*best = *candidate;
			best->label = i;
			return;
		}
	}
}

static bool
find_declared(Match *m, uint32_t index, Declared *best)
{
	const NamiSnapshot *statistics = m->b->options->statistics;
	const NamiSchema *schema;

	*best = (Declared) {0};
	if (statistics == NULL || statistics->view == NULL)
		return false;
	schema = nami_snapshot_schema(statistics);
	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		const NamiUniqueConstraint *constraint = &schema->constraints[i];

		try_declared(m, index, constraint->label,
					 &(Declared) {0, constraint->keys, constraint->key_count, true}, best);
	}
	for (uint32_t i = 0; i < schema->index_count; i++)
	{
		const NamiRangeIndex *range = &schema->indexes[i];

		try_declared(m, index, range->label,
					 &(Declared) {0, range->keys, range->key_count, false}, best);
	}
	return best->key_count > 0;
}

static Access
best_access(Match *m, uint32_t index)
{
	const NamiPatternNode *node = &m->graph->nodes.items[index];
	Access		access = {index, NAMI_PLAN_NODE_SCAN, 0};
	Declared	declared;

	access.rows = nami_cost_label_rows(m->b, node->labels, node->label_count);
	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		const NamiPredicate *predicate = &m->graph->predicates.items[i];
		NamiExpr   *key;
		NamiExpr   *value;

		if (as_lookup(m, predicate, node->slot, true, &key, &value))
			return (Access) {index, NAMI_PLAN_ID_SEEK, 1};
		if (as_lookup(m, predicate, node->slot, false, &key, &value))
		{
			access.kind = NAMI_PLAN_INDEX_SEEK;
			access.rows *= nami_cost_equal_fraction(m->b, node->label_count > 0 ? &node->labels[0] :
													NULL, key->name.text);
		}
	}
	if (find_declared(m, index, &declared) && declared.is_unique)
		access.rows = 1;
	return access;
}

static void
make_id_seek(Match *m, NamiPlanOp *op)
{
	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		NamiPredicate *predicate = &m->graph->predicates.items[i];
		NamiExpr   *key;
		NamiExpr   *value;

		if (!as_lookup(m, predicate, op->to, true, &key, &value))
			continue;
		/* The condition stays: a seek takes every spelling of an id, "=" takes one. */
		op->exprs = NAMI_NEW_ARRAY(m->b->arena, NamiExpr *, 1);
		op->exprs[0] = value;
		op->expr_count = 1;
		op->seek_in = predicate->expr->op == NAMI_EX_IN;
		return;
	}
}

/* By the declared keys; what else is known of the node is tested afterwards. */
static void
make_declared_seek(Match *m, NamiPatternNode *node, const Declared *declared, NamiPlanOp *op)
{
	NamiCatalog *catalog = nami_snapshot_catalog(m->b->options->statistics);
	NamiStr    *keys = NAMI_NEW_ARRAY(m->b->arena, NamiStr, declared->key_count);
	NamiName	label = node->labels[declared->label];

	node->labels[declared->label] = node->labels[0];
	node->labels[0] = label;
	op->labels = nami_names_of(m->b, &label.text, 1, NAMI_NAME_LABEL);
	op->label_count = 1;
	op->exprs = NAMI_NEW_ARRAY(m->b->arena, NamiExpr *, declared->key_count);
	op->expr_count = declared->key_count;
	for (uint32_t i = 0; i < declared->key_count; i++)
	{
		keys[i] = nami_catalog_name(catalog, NAMI_NAME_KEY, declared->keys[i]);
		lookup_by_key(m, node->slot, keys[i], &op->exprs[i])->is_done = true;
	}
	op->keys = nami_names_of(m->b, keys, op->expr_count, NAMI_NAME_KEY);
}

static void
make_index_seek(Match *m, const NamiPatternNode *node, NamiPlanOp *op)
{
	size_t		count = m->graph->predicates.count;
	NamiStr    *keys = NAMI_NEW_ARRAY(m->b->arena, NamiStr, count);
	NamiPredicate *in = NULL;

	op->label_count = node->label_count > 0 ? 1 : 0;
	if (op->label_count > 0)
		op->labels = nami_names_of(m->b, &node->labels[0].text, 1, NAMI_NAME_LABEL);
	op->exprs = NAMI_NEW_ARRAY(m->b->arena, NamiExpr *, count);
	for (int pass = 0; pass < 2; pass++)
	{
		for (size_t i = 0; i < count; i++)
		{
			NamiPredicate *predicate = &m->graph->predicates.items[i];
			NamiExpr   *key;
			NamiExpr   *value;
			bool		repeated = false;

			if (!as_lookup(m, predicate, node->slot, false, &key, &value) ||
				(predicate->expr->op == NAMI_EX_IN) != (pass == 1) ||
				(pass == 1 && op->expr_count > 0))
				continue;
			for (uint32_t j = 0; j < op->expr_count; j++)
				repeated |= nami_str_eq(keys[j], key->name.text);
			if (repeated)
				continue;
			keys[op->expr_count] = key->name.text;
			op->exprs[op->expr_count++] = value;
			predicate->is_done = true;
			if (pass == 1)
				in = predicate;
		}
	}
	op->seek_in = in != NULL;
	op->keys = nami_names_of(m->b, keys, op->expr_count, NAMI_NAME_KEY);
}

static void
make_access(Match *m, const Access *access)
{
	NamiPatternNode *node = &m->graph->nodes.items[access->node];
	NamiPlanOp *input = m->op->kind == NAMI_PLAN_ONCE ? NULL : m->op;
	NamiPlanOp *op = nami_op_make(m->b, access->kind, input, node->position);
	double		outer = input != NULL ? input->estimated_rows : 1;
	Declared	declared;

	op->to = node->slot;
	if (access->kind == NAMI_PLAN_ID_SEEK)
		make_id_seek(m, op);
	else if (access->kind == NAMI_PLAN_INDEX_SEEK && find_declared(m, access->node, &declared))
		make_declared_seek(m, node, &declared, op);
	else if (access->kind == NAMI_PLAN_INDEX_SEEK)
		make_index_seek(m, node, op);
	else
	{
		NamiStr    *texts = NAMI_NEW_ARRAY(m->b->arena, NamiStr, node->label_count + (size_t) 1);

		for (uint32_t i = 0; i < node->label_count; i++)
			texts[i] = node->labels[i].text;
		op->labels = nami_names_of(m->b, texts, node->label_count, NAMI_NAME_LABEL);
		op->label_count = node->label_count;
	}
	op->estimated_rows = outer * access->rows;
	m->op = op;
	set_bound(m, node->slot);
	check_labels(m, access->node, op->label_count);
	apply_ready(m, false);
}

/* A relationship between two nodes of which nothing is known: its type is scanned. */
static bool
is_plain_node(Match *m, uint32_t index)
{
	const NamiPatternNode *node = &m->graph->nodes.items[index];

	if (!is_pending(m, node->slot) || node->label_count > 0)
		return false;
	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		const NamiPredicate *predicate = &m->graph->predicates.items[i];

		if (!predicate->is_done && predicate->deps.count == 1 &&
			predicate->deps.items[0] == node->slot)
			return false;
	}
	return true;
}

static bool
next_type_scan(Match *m, double rows)
{
	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		NamiPatternRel *rel = &m->graph->rels.items[i];
		NamiPlanOp *input = m->op->kind == NAMI_PLAN_ONCE ? NULL : m->op;
		NamiPlanOp *op;

		if (rel->is_done || rel->is_variable_length || rel->from == rel->to ||
			!is_plain_node(m, rel->from) || !is_plain_node(m, rel->to) ||
			rows * nami_cost_fan_out(m->b, rel->types, rel->type_count, rel->direction) <
			nami_cost_edges(m->b, rel->types, rel->type_count))
			continue;
		op = nami_op_make(m->b, NAMI_PLAN_TYPE_SCAN, input, rel->position);
		op->from = m->graph->nodes.items[rel->from].slot;
		op->to = m->graph->nodes.items[rel->to].slot;
		op->rel = rel->slot;
		op->direction = rel->direction;
		set_types(m, rel, op);
		op->estimated_rows = (input != NULL ? input->estimated_rows : 1) *
			nami_cost_edges(m->b, rel->types, rel->type_count);
		m->op = op;
		set_bound(m, op->from);
		set_bound(m, op->to);
		set_bound(m, op->rel);
		filter_unique(m, rel);
		rel->is_done = true;
		apply_ready(m, false);
		return true;
	}
	return false;
}

static bool
next_access(Match *m)
{
	Access		best = {UINT32_MAX, NAMI_PLAN_NODE_SCAN, 0};

	for (uint32_t i = 0; i < m->graph->nodes.count; i++)
	{
		Access		access;

		if (is_node_bound(m, i))
			continue;
		access = best_access(m, i);
		if (best.node == UINT32_MAX || access.rows < best.rows)
			best = access;
	}
	if (best.node == UINT32_MAX)
		return false;
	if (best.kind == NAMI_PLAN_NODE_SCAN && next_type_scan(m, best.rows))
		return true;
	make_access(m, &best);
	return true;
}

/* ---- the pattern --------------------------------------------------------------------------- */

/* What is said about nodes of earlier clauses. A null is no node: it matches nothing. */
static void
check_bound_nodes(Match *m)
{
	for (uint32_t i = 0; i < m->graph->nodes.count; i++)
	{
		const NamiPatternNode *node = &m->graph->nodes.items[i];
		bool		is_walked = node->label_count > 0;

		if (!node->is_bound)
			continue;
		for (size_t j = 0; j < m->graph->rels.count; j++)
			is_walked |= m->graph->rels.items[j].from == i || m->graph->rels.items[j].to == i;
		if (!is_walked)
		{
			NamiExpr   *test = nami_ex_new(m->b, NAMI_EX_IS_NOT_NULL, NAMI_STATIC_BOOL,
										   node->position, 1);

			test->args[0] = nami_ex_slot(m->b, node->slot, node->position);
			push_filter(m, test);
		}
		check_labels(m, i, 0);
	}
}

static void
init_pending(Match *m)
{
	NamiPatternGraph *graph = m->graph;

	m->slot_count = m->b->slots.count;
	m->pending = nami_arena_alloc0(m->b->arena, m->slot_count + 1);
	for (size_t i = 0; i < graph->nodes.count; i++)
		m->pending[graph->nodes.items[i].slot] = !graph->nodes.items[i].is_bound;
	for (size_t i = 0; i < graph->rels.count; i++)
		m->pending[graph->rels.items[i].slot] = 1;
	for (size_t i = 0; i < graph->paths.count; i++)
		m->pending[graph->paths.items[i].slot] = 1;
}

NamiStatus
nami_plan_pattern(NamiBinder *b, NamiPatternGraph *graph, NamiPlanOp *input, NamiPlanOp **out)
{
	Match		m = {.b = b, .graph = graph, .op = input};

	for (size_t i = 0; i < graph->rels.count; i++)
	{
		NamiPatternRel *rel = &graph->rels.items[i];

		/* A list of relationships of an earlier clause: walked, then compared. */
		if (rel->bound_slot != NAMI_SLOT_NONE && rel->is_variable_length)
			nami_pattern_add_predicate(b, graph, nami_ex_binary(b, NAMI_EX_EQ,
																nami_ex_slot(b, rel->slot,
																			 rel->position),
																nami_ex_slot(b, rel->bound_slot,
																			 rel->position),
																rel->position));
	}
	init_pending(&m);
	check_bound_nodes(&m);
	apply_ready(&m, false);
	while (next_bound_rel(&m) || next_walk(&m) || next_access(&m))
		;
	for (size_t i = 0; i < graph->rels.count; i++)
	{
		if (!graph->rels.items[i].is_done)
			return nami_fail_at(b->err, NAMI_ERR_UNSUPPORTED, "", graph->rels.items[i].position,
								"the condition of a variable-length relationship depends on its own "
								"pattern");
	}
	apply_ready(&m, true);
	*out = m.op;
	return NAMI_OK;
}
