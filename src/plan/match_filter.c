/*
 * match_filter.c - conditions of a pattern: labels, predicates, paths, relationships that must
 * differ. A condition runs as soon as its slots are bound.
 */
#include "plan/match_internal.h"

#include "graph/catalog.h"

/* ---- what is bound ------------------------------------------------------------------------- */

bool
nami_match_are_ready(const NamiMatch *m, const NamiSlotVec *deps)
{
	for (size_t i = 0; i < deps->count; i++)
	{
		if (nami_match_is_pending(m, deps->items[i]))
			return false;
	}
	return true;
}

/* ---- filters ------------------------------------------------------------------------------- */

void
nami_match_filter(NamiMatch *m, NamiExpr *predicate)
{
	m->op = nami_op_filter(m->b, m->op, predicate);
}

NamiExpr *
nami_match_labels_test(NamiBinder *b, NamiSlot slot, const NamiName *names, uint32_t count, int kind,
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
void
nami_match_check_labels(NamiMatch *m, uint32_t index, uint32_t known)
{
	NamiPatternNode *node = &m->graph->nodes.items[index];

	if (node->label_count > known)
		nami_match_filter(m, nami_match_labels_test(m->b, node->slot, node->labels + known,
													node->label_count - known, NAMI_NAME_LABEL,
													node->position));
}

/* Conditions and paths whose slots are all bound: cheap ones first. */
void
nami_match_apply_ready(NamiMatch *m, bool is_complete)
{
	NamiPatternGraph *graph = m->graph;
	bool		no_pushdown = nami_plan_varies(m->b, NAMI_PLAN_NO_PUSHDOWN);

	for (size_t i = 0; i < graph->paths.count; i++)
	{
		NamiPatternPath *path = &graph->paths.items[i];

		if (path->is_done || !nami_match_are_ready(m, &path->deps))
			continue;
		m->op = nami_op_project(m->b, m->op, path->slot, path->expr);
		path->is_done = true;
		nami_match_bind(m, path->slot);
	}
	for (int costly = 0; costly < 2; costly++)
	{
		for (size_t i = 0; i < graph->predicates.count; i++)
		{
			NamiPredicate *predicate = &graph->predicates.items[i];

			if (predicate->is_done || predicate->is_costly != (costly == 1) ||
				((predicate->is_late || predicate->may_fail || no_pushdown) && !is_complete) ||
				 !nami_match_are_ready(m, &predicate->deps))
				continue;
			predicate->is_done = true;
			nami_match_filter(m, predicate->expr);
		}
	}
}

/* ---- relationship uniqueness --------------------------------------------------------------- */

bool
nami_match_types_overlap(const NamiPatternRel *a, const NamiPatternRel *b)
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
unique_slots(NamiMatch *m, const NamiPatternRel *rel, NamiSlotVec *out)
{
	if (m->large != NULL)
	{
		nami_match_used_slots(m, rel, out);
		return;
	}
	for (size_t i = 0; i < m->graph->rels.count; i++)
	{
		const NamiPatternRel *other = &m->graph->rels.items[i];

		if (other != rel && other->is_done && other->bush == m->bush && rel->shortest == NAMI_CY_SHORTEST_NONE &&
			other->shortest == NAMI_CY_SHORTEST_NONE && nami_match_types_overlap(rel, other))
			nami_vec_push(out, m->b->arena, other->slot);
	}
}

void
nami_match_set_unique(NamiMatch *m, const NamiPatternRel *rel, NamiPlanOp *op)
{
	NamiSlotVec slots = {0};

	unique_slots(m, rel, &slots);
	op->unique_with = slots.items;
	op->unique_count = (uint32_t) slots.count;
}

/* Whether two slots, each a relationship or a list of such, have one in common. */
static NamiExpr *
share_relationship(NamiBinder *b, NamiSlot left, NamiSlot right, int64_t position)
{
	bool		left_is_list = b->slots.items[left].type == NAMI_STATIC_REL_LIST;
	bool		right_is_list = b->slots.items[right].type == NAMI_STATIC_REL_LIST;
	NamiExpr   *any;

	if (!left_is_list)
		return nami_ex_binary(b, right_is_list ? NAMI_EX_IN : NAMI_EX_EQ,
							  nami_ex_slot(b, left, position), nami_ex_slot(b, right, position),
							  position);
	if (!right_is_list)
		return nami_ex_binary(b, NAMI_EX_IN, nami_ex_slot(b, right, position),
							  nami_ex_slot(b, left, position), position);
	any = nami_ex_new(b, NAMI_EX_ANY, NAMI_STATIC_BOOL, position, 2);
	any->local = nami_slot_new(b, NAMI_STR(""), NAMI_STATIC_REL);
	any->args[0] = nami_ex_slot(b, left, position);
	any->args[1] = nami_ex_binary(b, NAMI_EX_IN, nami_ex_slot(b, any->local, position),
								  nami_ex_slot(b, right, position), position);
	return any;
}

/* The same as conditions, for relationships that no walk finds. */
void
nami_match_filter_unique(NamiMatch *m, const NamiPatternRel *rel)
{
	NamiBinder *b = m->b;
	NamiSlotVec slots = {0};

	unique_slots(m, rel, &slots);
	for (size_t i = 0; i < slots.count; i++)
	{
		NamiExpr   *not = nami_ex_new(b, NAMI_EX_NOT, NAMI_STATIC_BOOL, rel->position, 1);

		not->args[0] = share_relationship(b, rel->slot, slots.items[i], rel->position);
		nami_match_filter(m, not);
	}
}
