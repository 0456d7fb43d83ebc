/*
 * match_access.c - how the nodes of a pattern are found when no walk leads to them: by id, by
 * property, by label, or with a relationship by its type.
 */
#include "plan/match_internal.h"

#include <math.h>

#include "graph/catalog.h"

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
as_lookup(NamiMatch *m, const NamiPredicate *predicate, NamiSlot slot, bool by_id, NamiExpr **key,
		  NamiExpr **value)
{
	NamiExpr   *expr = predicate->expr;
	NamiSlotVec deps = {0};
	bool		(*matches) (const NamiExpr *, NamiSlot) = by_id ? is_id_of : is_property_of;

	if (nami_plan_varies(m->b, NAMI_PLAN_NO_INDEX) || predicate->is_done ||
		predicate->is_late || predicate->is_costly ||
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
	return nami_match_are_ready(m, &deps);
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
lookup_by_key(NamiMatch *m, NamiSlot slot, NamiStr name, NamiExpr **value)
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
try_declared(NamiMatch *m, uint32_t index, NamiLabelId label, const Declared *candidate,
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
find_declared(NamiMatch *m, uint32_t index, Declared *best)
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

static bool
reads_rows(NamiMatch *m, const NamiExpr *value)
{
	NamiSlotVec slots = {0};

	nami_ex_slots(m->b, value, &slots);
	return slots.count > 0;
}

NamiAccess
nami_match_best_access(NamiMatch *m, uint32_t index)
{
	const NamiPatternNode *node = &m->graph->nodes.items[index];
	NamiAccess	access = {.node = index, .kind = NAMI_PLAN_NODE_SCAN};
	Declared	declared;

	access.rows = nami_cost_label_rows(m->b, node->labels, node->label_count);
	for (size_t i = 0; i < m->graph->predicates.count; i++)
	{
		const NamiPredicate *predicate = &m->graph->predicates.items[i];
		NamiExpr   *key;
		NamiExpr   *value;

		if (as_lookup(m, predicate, node->slot, true, &key, &value))
			return (NamiAccess) {index, NAMI_PLAN_ID_SEEK, 1, reads_rows(m, value), true};
		if (as_lookup(m, predicate, node->slot, false, &key, &value))
		{
			access.kind = NAMI_PLAN_INDEX_SEEK;
			access.is_correlated |= reads_rows(m, value);
			access.rows *= nami_cost_has_statistics(m->b) ?
				nami_cost_selectivity(m->b, predicate->expr) :
				nami_cost_equal_fraction(m->b, node->label_count > 0 ? &node->labels[0] : NULL,
										 key->name.text);
		}
	}
	access.is_indexed = find_declared(m, index, &declared);
	if (access.is_indexed && declared.is_unique)
		access.rows = 1;
	return access;
}

static void
make_id_seek(NamiMatch *m, NamiPlanOp *op)
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
make_declared_seek(NamiMatch *m, NamiPatternNode *node, const Declared *declared, NamiPlanOp *op)
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
make_index_seek(NamiMatch *m, const NamiPatternNode *node, NamiPlanOp *op)
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

void
nami_match_make_access(NamiMatch *m, const NamiAccess *access)
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
	nami_cost_of(op);
	m->op = op;
	nami_match_bind(m, node->slot);
	nami_match_check_labels(m, access->node, op->label_count);
	nami_match_apply_ready(m, false);
}

/* ---- relationships ------------------------------------------------------------------------- */

bool
nami_match_can_scan_type(const NamiMatch *m, const NamiPatternRel *rel)
{
	return !rel->is_done && !rel->is_variable_length && rel->from != rel->to &&
		rel->bound_slot == NAMI_SLOT_NONE && !nami_match_is_node_bound(m, rel->from) &&
		!nami_match_is_node_bound(m, rel->to);
}

double
nami_match_type_rows(NamiMatch *m, const NamiPatternRel *rel)
{
	NamiNameList none = {NULL, 0};

	return fmax(1, nami_cost_edges(m->b, (NamiNameList) {rel->types, rel->type_count},
								   rel->direction, none, none));
}

void
nami_match_type_scan(NamiMatch *m, NamiPatternRel *rel)
{
	NamiPlanOp *input = m->op->kind == NAMI_PLAN_ONCE ? NULL : m->op;
	NamiPlanOp *op = nami_op_make(m->b, NAMI_PLAN_TYPE_SCAN, input, rel->position);

	op->from = m->graph->nodes.items[rel->from].slot;
	op->to = m->graph->nodes.items[rel->to].slot;
	op->rel = rel->slot;
	op->direction = rel->direction;
	nami_match_set_types(m, rel, op);
	op->estimated_rows = (input != NULL ? input->estimated_rows : 1) *
		nami_match_type_rows(m, rel);
	nami_cost_of(op);
	m->op = op;
	nami_match_bind(m, op->from);
	nami_match_bind(m, op->to);
	nami_match_bind(m, op->rel);
	nami_match_filter_unique(m, rel);
	rel->is_done = true;
	rel->bush = m->bush;
	nami_match_note_done(m, rel);
	nami_match_check_labels(m, rel->from, 0);
	nami_match_check_labels(m, rel->to, 0);
	nami_match_apply_ready(m, false);
}
