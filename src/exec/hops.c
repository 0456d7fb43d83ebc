/*
 * hops.c - the relationships of one node by pattern, see hops.h.
 */
#include "exec/hops.h"

/* ---- passes -------------------------------------------------------------------------------- */

static void
add_passes(NamiHops *hops, NamiPatternDirection direction, NamiTypeId type)
{
	if (type == NAMI_NAME_UNKNOWN)
		return;
	for (uint32_t i = 0; i < hops->pass_count; i++)
	{
		if (hops->passes[i].type == type)
			return;
	}
	if (direction != NAMI_DIR_IN)
		hops->passes[hops->pass_count++] = (NamiHopPass) {type, NAMI_OUT, false};
	if (direction != NAMI_DIR_OUT)
		hops->passes[hops->pass_count++] =
			(NamiHopPass) {type, NAMI_IN, direction == NAMI_DIR_BOTH};
}

void
nami_hops_init(NamiHops *hops, NamiOp *op, NamiArena *arena)
{
	const NamiPlanOp *plan = op->plan;
	const NamiTypeId *types = NULL;
	uint32_t	count = plan->type_count;

	*hops = (NamiHops) {.op = op, .scratch = {.arena = arena}};
	if (count == 0)
		count = nami_snapshot_edge_types(&op->execution->snapshot, arena, &types);
	hops->passes = NAMI_NEW_ARRAY(arena, NamiHopPass, 2 * (size_t) count + 1);
	for (uint32_t i = 0; i < count; i++)
		add_passes(hops, plan->direction, types != NULL ? types[i] : plan->types[i].number);
	if (plan->step_filter == NULL)
		return;
	hops->columns = NAMI_NEW_ARRAY(arena, NamiVector, op->batch.slot_count + 1);
	hops->rels = NAMI_NEW_ARRAY(arena, NamiRel, NAMI_BATCH_ROWS);
	hops->others = NAMI_NEW_ARRAY(arena, NamiOrd, NAMI_BATCH_ROWS);
	hops->froms = NAMI_NEW_ARRAY(arena, NamiOrd, NAMI_BATCH_ROWS);
	hops->selection = NAMI_NEW_ARRAY(arena, uint16_t, NAMI_BATCH_ROWS);
}

/* ---- lists --------------------------------------------------------------------------------- */

static void
add_hops(NamiHopList *list, NamiArena *arena, const NamiHopPass *pass, NamiDirection direction,
		 NamiOrd from, const NamiAdjacency *adjacency)
{
	uint64_t	need = (uint64_t) list->count + adjacency->count;

	if (need > list->capacity)
	{
		uint32_t	capacity = need < 16 ? 16 : (uint32_t) need + (uint32_t) need / 2;

		list->items = nami_arena_realloc(arena, list->items, list->capacity * sizeof(NamiHop),
										 capacity * sizeof(NamiHop));
		list->capacity = capacity;
	}
	for (uint32_t i = 0; i < adjacency->count; i++)
	{
		NamiOrd		other = adjacency->other[i];
		NamiEdgePos pos = nami_adjacency_pos(adjacency, i);
		NamiHop    *hop = &list->items[list->count];

		if (pass->skip_loops && other == from)
			continue;
		hop->other = other;
		hop->rel = direction == NAMI_OUT ? (NamiRel) {pass->type, from, other, pos} :
			(NamiRel) {pass->type, other, from, pos};
		list->count++;
	}
}

/* Keeps the hops that pass the step filter, in batches. */
static NamiStatus
filter_hops(NamiHops *hops, const NamiBatch *input, uint32_t row, NamiOrd from, NamiHopList *list,
			NamiError *err)
{
	const NamiPlanOp *plan = hops->op->plan;
	NamiEvalContext *ctx = &hops->op->execution->eval;
	uint32_t	kept = 0;

	for (uint32_t start = 0; start < list->count; start += NAMI_BATCH_ROWS)
	{
		uint32_t	n = list->count - start;
		NamiArena  *saved = ctx->arena;
		NamiBatch	batch;
		NamiStatus	status;
		uint32_t	selected;

		if (n > NAMI_BATCH_ROWS)
			n = NAMI_BATCH_ROWS;
		for (uint32_t i = 0; i < n; i++)
		{
			hops->rels[i] = list->items[start + i].rel;
			hops->others[i] = list->items[start + i].other;
			hops->froms[i] = from;
		}
		ctx->arena = nami_op_scratch_arena(hops->op);
		nami_batch_single_row(input, row, hops->columns, &batch, ctx->arena);
		batch.row_count = n;
		batch.selected_count = n;
		batch.outer_rows = NULL;
		nami_batch_set_rels(&batch, plan->step_rel, hops->rels);
		nami_batch_set_ords(&batch, plan->step_from, hops->froms);
		nami_batch_set_ords(&batch, plan->step_to, hops->others);
		status = nami_eval_filter(ctx, plan->step_filter, &batch, hops->selection, &selected, err);
		ctx->arena = saved;
		NAMI_TRY(status);
		for (uint32_t i = 0; i < selected; i++)
			list->items[kept++] = list->items[start + hops->selection[i]];
	}
	list->count = kept;
	return NAMI_OK;
}

NamiStatus
nami_hops_list(NamiHops *hops, const NamiBatch *input, uint32_t row, NamiOrd from, bool backwards,
			   NamiArena *arena, NamiHopList *list, NamiError *err)
{
	list->count = 0;
	for (uint32_t i = 0; i < hops->pass_count; i++)
	{
		const NamiHopPass *pass = &hops->passes[i];
		NamiDirection direction = backwards ? 1 - pass->direction : pass->direction;
		NamiAdjacency adjacency;

		nami_snapshot_adjacency(&hops->op->execution->snapshot, pass->type, direction, from,
								&hops->scratch, &adjacency);
		add_hops(list, arena, pass, direction, from, &adjacency);
	}
	if (hops->op->plan->step_filter != NULL && list->count > 0)
		return filter_hops(hops, input, row, from, list, err);
	return NAMI_OK;
}

/* ---- shared checks ------------------------------------------------------------------------- */

static bool
is_in_value(NamiValue value, const NamiRel *rel)
{
	if (value.kind == NAMI_REL)
		return nami_rel_same(value.rel, rel);
	if (value.kind != NAMI_LIST)
		return false;
	for (uint32_t i = 0; i < value.len; i++)
	{
		if (value.items[i].kind == NAMI_REL && nami_rel_same(value.items[i].rel, rel))
			return true;
	}
	return false;
}

bool
nami_rel_is_in(const NamiSlot *slots, uint32_t count, const NamiBatch *input, uint32_t row,
			   const NamiRel *rel)
{
	for (uint32_t i = 0; i < count; i++)
	{
		const NamiVector *vector = &input->columns[slots[i]];

		if (vector->kind == NAMI_VEC_REL)
		{
			if (nami_rel_same(&vector->rels[vector->is_constant ? 0 : row], rel))
				return true;
		}
		else if (is_in_value(nami_vector_value(vector, row), rel))
			return true;
	}
	return false;
}

bool
nami_rel_is_used(const NamiPlanOp *plan, const NamiBatch *input, uint32_t row, const NamiRel *rel)
{
	return nami_rel_is_in(plan->unique_with, plan->unique_count, input, row, rel);
}

static uint32_t
count_at(NamiValue value, const NamiHopPass *pass, NamiOrd from)
{
	uint32_t	count = 0;

	if (value.kind == NAMI_REL)
		return value.rel->type == pass->type &&
			(pass->direction == NAMI_OUT ? value.rel->src : value.rel->dst) == from;
	for (uint32_t i = 0; value.kind == NAMI_LIST && i < value.len; i++)
		count += count_at(value.items[i], pass, from);
	return count;
}

/* They differ among each other: the pattern that made them saw to it. */
uint32_t
nami_rels_used_at(const NamiPlanOp *plan, const NamiBatch *input, uint32_t row,
				  const NamiHopPass *pass, NamiOrd from)
{
	uint32_t	count = 0;

	for (uint32_t i = 0; i < plan->unique_count; i++)
		count += count_at(nami_vector_value(&input->columns[plan->unique_with[i]], row), pass, from);
	return count;
}

static NamiStatus
bound(NamiOp *op, const NamiExpr *expr, int64_t *out, NamiError *err)
{
	uint64_t	value;

	if (expr == NULL)
		return NAMI_OK;
	if (nami_op_row_count(op, expr, "a bound of a variable-length pattern", &value, err) != NAMI_OK)
	{
		/* A bound of another type is a type error, unlike such a SKIP or LIMIT. */
		if (strcmp(err->name, "SyntaxError: InvalidArgumentType") == 0)
			err->cls = NAMI_ERR_TYPE;
		return NAMI_FAILED;
	}
	*out = (int64_t) value;
	return NAMI_OK;
}

NamiStatus
nami_hops_bounds(NamiOp *op, int64_t *min, int64_t *max, NamiError *err)
{
	*min = op->plan->min_hops;
	*max = op->plan->max_hops;
	NAMI_TRY(bound(op, op->plan->min_expr, min, err));
	return bound(op, op->plan->max_expr, max, err);
}

NamiValue
nami_rel_list(NamiArena *arena, const NamiRel *rels, uint32_t count)
{
	NamiRel    *copy = nami_arena_memdup(arena, rels, count * sizeof(NamiRel));
	NamiValue  *items = NAMI_NEW_ARRAY(arena, NamiValue, count + 1);

	for (uint32_t i = 0; i < count; i++)
		items[i] = nami_value_rel(&copy[i]);
	return nami_value_list(items, count);
}

NamiStatus
nami_hops_node(NamiOp *op, const NamiBatch *input, NamiSlot slot, uint32_t row, NamiOrd *out,
			   NamiError *err)
{
	if (nami_batch_node(input, slot, row, out))
		return NAMI_OK;
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", op->plan->position,
						"expected a NODE in the pattern, got %s",
						nami_kind_name(nami_vector_value(&input->columns[slot], row).kind));
}
