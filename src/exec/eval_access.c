/*
 * eval_access.c - properties, indexing, labels, map projections, paths (spec/cypher.md 3.6).
 */
#include "exec/eval_internal.h"

#include "base/uuid.h"
#include "base/vec.h"
#include "exec/functions_internal.h"
#include "exec/temporal.h"

static NamiStatus
deleted(const NamiExpr *expr, const char *what, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_ENTITY_DELETED, "EntityNotFound: DeletedEntityAccess",
						expr->position, "%s was deleted in this statement", what);
}

NamiStatus
nami_eval_check_live(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue entity, NamiError *err)
{
	if (!ctx->check_deleted)
		return NAMI_OK;
	if (entity.kind == NAMI_NODE &&
		!nami_snapshot_node_is_live(ctx->snapshot, (NamiOrd) entity.integer))
		return deleted(expr, "node", err);
	if (entity.kind == NAMI_REL &&
		!nami_snapshot_edge_is_live(ctx->snapshot, entity.rel->type, entity.rel->pos))
		return deleted(expr, "relationship", err);
	return NAMI_OK;
}

/* ---- properties ---- */

/* Rows whose base is a node: fetched with one call. rows: where they belong; NULL: in this order. */
static NamiStatus
fetch_nodes(NamiEvalContext *ctx, const NamiExpr *expr, NamiKeyId key, const uint16_t *rows,
			const NamiOrd *ords, uint32_t count, NamiValue *out, NamiError *err)
{
	NamiValue  *values = rows == NULL ? out : NAMI_NEW_ARRAY(ctx->arena, NamiValue, count);

	if (ctx->check_deleted)
		for (uint32_t i = 0; i < count; i++)
			if (ords[i] != NAMI_ORD_NONE && !nami_snapshot_node_is_live(ctx->snapshot, ords[i]))
				return deleted(expr, "node", err);
	NAMI_TRY(nami_snapshot_node_property(ctx->snapshot, key, ords, count, ctx->arena, values, err));
	for (uint32_t i = 0; i < count; i++)
		out[rows == NULL ? i : rows[i]] = nami_temporal_revive(ctx->arena, values[i]);
	return NAMI_OK;
}

/* Rows whose base is a relationship: one call per type. */
static NamiStatus
fetch_rels(NamiEvalContext *ctx, const NamiExpr *expr, NamiKeyId key, uint16_t *rows,
		   NamiRel *rels, uint32_t count, NamiValue *out, NamiError *err)
{
	NamiValue  *values = NAMI_NEW_ARRAY(ctx->arena, NamiValue, count);
	NamiEdgePos *pos = NAMI_NEW_ARRAY(ctx->arena, NamiEdgePos, count);
	uint16_t   *pos_rows = NAMI_NEW_ARRAY(ctx->arena, uint16_t, count);

	while (count > 0)
	{
		NamiTypeId	type = rels[0].type;
		uint32_t	taken = 0;
		uint32_t	left = 0;

		for (uint32_t i = 0; i < count; i++)
		{
			if (rels[i].type != type)
			{
				rels[left] = rels[i];
				rows[left++] = rows[i];
				continue;
			}
			if (ctx->check_deleted && type != NAMI_NAME_UNKNOWN &&
				!nami_snapshot_edge_is_live(ctx->snapshot, type, rels[i].pos))
				return deleted(expr, "relationship", err);
			pos[taken] = rels[i].pos;
			pos_rows[taken++] = rows[i];
		}
		if (type != NAMI_NAME_UNKNOWN)
			NAMI_TRY(nami_snapshot_edge_property(ctx->snapshot, type, key, pos, taken, ctx->arena,
												 values, err));
		for (uint32_t i = 0; i < taken; i++)
			out[pos_rows[i]] = type == NAMI_NAME_UNKNOWN ?
				nami_value_null() : nami_temporal_revive(ctx->arena, values[i]);
		count = left;
	}
	return NAMI_OK;
}

static NamiStatus
property_of_plain(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue base, NamiStr name,
				  NamiValue *out, NamiError *err)
{
	const NamiValue *entry;

	*out = nami_value_null();
	if (base.kind == NAMI_NULL)
		return NAMI_OK;
	if (base.kind == NAMI_MAP)
	{
		entry = nami_value_map_get(base, name);
		if (entry != NULL)
			*out = *entry;
		return NAMI_OK;
	}
	if (nami_kind_is_temporal(base.kind))
	{
		if (!nami_temporal_component(ctx->arena, base, name, out))
			return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidArgumentValue",
								expr->position, "%s has no component \"%.*s\"",
								nami_kind_name(base.kind), NAMI_STR_ARG(name));
		return NAMI_OK;
	}
	if (expr->flags & NAMI_EXF_OR_NULL)
		return NAMI_OK;
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", expr->position,
						"cannot access property \"%.*s\" of %s", NAMI_STR_ARG(name),
						nami_kind_name(base.kind));
}

/* The property of evaluated bases; out and bases may be the same array. */
static NamiStatus
property_of_values(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				   const NamiValue *bases, NamiValue *out, NamiError *err)
{
	uint16_t   *node_rows = nami_eval_selection(ctx, batch);
	uint16_t   *rel_rows = nami_eval_selection(ctx, batch);
	NamiOrd    *ords = NULL;
	NamiRel    *rels = NULL;
	uint32_t	node_count = 0;
	uint32_t	rel_count = 0;

	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiValue	base = bases[row];

		if (base.kind == NAMI_NODE)
		{
			if (ords == NULL)
				ords = NAMI_NEW_ARRAY(ctx->arena, NamiOrd, batch->row_count);
			ords[node_count] = (NamiOrd) base.integer;
			node_rows[node_count++] = (uint16_t) row;
		}
		else if (base.kind == NAMI_REL)
		{
			if (rels == NULL)
				rels = NAMI_NEW_ARRAY(ctx->arena, NamiRel, batch->row_count);
			rels[rel_count] = *base.rel;
			rel_rows[rel_count++] = (uint16_t) row;
		}
		else
			NAMI_TRY(property_of_plain(ctx, expr, base, expr->name.text, &out[row], err));
	}
	if (node_count > 0)
		NAMI_TRY(fetch_nodes(ctx, expr, expr->name.number, node_rows, ords, node_count, out, err));
	if (rel_count > 0)
		NAMI_TRY(fetch_rels(ctx, expr, expr->name.number, rel_rows, rels, rel_count, out, err));
	return NAMI_OK;
}

/* The usual case: a property of a node or relationship variable. */
static NamiStatus
property_of_vector(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				   const NamiVector *vector, NamiValue *out, NamiError *err)
{
	uint32_t	count = batch->selected_count;
	uint16_t   *rows;

	if (vector->kind == NAMI_VEC_ORD && batch->selection == NULL && !vector->is_constant)
		return fetch_nodes(ctx, expr, expr->name.number, NULL, vector->ords, count, out, err);
	rows = nami_eval_selection(ctx, batch);
	for (uint32_t i = 0; i < count; i++)
		rows[i] = (uint16_t) nami_batch_row(batch, i);
	if (vector->kind == NAMI_VEC_ORD)
	{
		NamiOrd    *ords = NAMI_NEW_ARRAY(ctx->arena, NamiOrd, count);

		for (uint32_t i = 0; i < count; i++)
			ords[i] = vector->ords[vector->is_constant ? 0 : rows[i]];
		return fetch_nodes(ctx, expr, expr->name.number, rows, ords, count, out, err);
	}
	else
	{
		NamiRel    *rels = NAMI_NEW_ARRAY(ctx->arena, NamiRel, count);

		for (uint32_t i = 0; i < count; i++)
			rels[i] = vector->rels[vector->is_constant ? 0 : rows[i]];
		return fetch_rels(ctx, expr, expr->name.number, rows, rels, count, out, err);
	}
}

/* "x._id" is id(x) (spec/cypher.md 3.6); of a map it is an entry like any other. */
static NamiStatus
internal_ids(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			 NamiError *err)
{
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		NamiValue  *value = &out[nami_batch_row(batch, i)];

		if (value->kind == NAMI_NODE || value->kind == NAMI_REL)
			*value = nami_entity_id(ctx, *value);
		else
			NAMI_TRY(property_of_plain(ctx, expr, *value, expr->name.text, value, err));
	}
	return NAMI_OK;
}

NamiStatus
nami_eval_property(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				   NamiValue *out, NamiError *err)
{
	const NamiExpr *base = expr->args[0];

	if (nami_str_eq(expr->name.text, NAMI_STR("_id")))
	{
		NAMI_TRY(nami_eval(ctx, base, batch, out, err));
		return internal_ids(ctx, expr, batch, out, err);
	}
	if (base->op == NAMI_EX_SLOT && base->slot < batch->slot_count)
	{
		const NamiVector *vector = &batch->columns[base->slot];

		if (vector->kind == NAMI_VEC_ORD || vector->kind == NAMI_VEC_REL)
			return property_of_vector(ctx, expr, batch, vector, out, err);
	}
	NAMI_TRY(nami_eval(ctx, base, batch, out, err));
	return property_of_values(ctx, expr, batch, out, out, err);
}

NamiStatus
nami_eval_properties(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue entity, NamiValue *out,
					 NamiError *err)
{
	NAMI_TRY(nami_eval_check_live(ctx, expr, entity, err));
	if (entity.kind == NAMI_NODE)
		NAMI_TRY(nami_snapshot_node_map(ctx->snapshot, (NamiOrd) entity.integer, ctx->arena, out,
										err));
	else if (entity.kind == NAMI_REL)
		NAMI_TRY(nami_snapshot_edge_map(ctx->snapshot, entity.rel->type, entity.rel->pos,
										ctx->arena, out, err));
	else
	{
		*out = entity;
		return NAMI_OK;
	}
	for (uint32_t i = 0; i < out->len; i++)
		if (out->entries[i].value.kind == NAMI_MAP || out->entries[i].value.kind == NAMI_LIST)
		{
			NamiMapEntry *entries = nami_arena_memdup(ctx->arena, out->entries,
													  out->len * sizeof(*entries));

			for (uint32_t k = 0; k < out->len; k++)
				entries[k].value = nami_temporal_revive(ctx->arena, entries[k].value);
			out->entries = entries;
			break;
		}
	return NAMI_OK;
}

/* ---- x[i], x[a..b] ---- */

static NamiStatus
element_access(const NamiExpr *expr, const char *name, NamiValue base, NamiValue index,
			   NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_TYPE, name, expr->position, "cannot access %s by %s",
						nami_kind_name(base.kind), nami_kind_name(index.kind));
}

static NamiStatus
dynamic_property(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue entity, NamiStr name,
				 NamiValue *out, NamiError *err)
{
	NamiKeyId	key;

	if (nami_str_eq(name, NAMI_STR("_id")))
	{
		*out = nami_entity_id(ctx, entity);
		return NAMI_OK;
	}
	NAMI_TRY(nami_eval_check_live(ctx, expr, entity, err));
	key = nami_catalog_find(nami_snapshot_catalog(ctx->snapshot), NAMI_NAME_KEY, name);
	if (entity.kind == NAMI_NODE)
	{
		NamiOrd		ord = (NamiOrd) entity.integer;

		NAMI_TRY(nami_snapshot_node_property(ctx->snapshot, key, &ord, 1, ctx->arena, out, err));
	}
	else
		NAMI_TRY(nami_snapshot_edge_property(ctx->snapshot, entity.rel->type, key,
											 &entity.rel->pos, 1, ctx->arena, out, err));
	*out = nami_temporal_revive(ctx->arena, *out);
	return NAMI_OK;
}

static NamiStatus
index_value(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue base, NamiValue index,
			NamiValue *out, NamiError *err)
{
	int64_t		at;

	*out = nami_value_null();
	if (base.kind == NAMI_NULL)
		return NAMI_OK;
	if (base.kind == NAMI_LIST || base.kind == NAMI_VECTOR)
	{
		if (index.kind == NAMI_NULL)
			return NAMI_OK;
		if (index.kind != NAMI_INT)
			return element_access(expr, "TypeError: ListElementAccessByNonInteger", base, index,
								  err);
		at = index.integer < 0 ? index.integer + base.len : index.integer;
		if (at < 0 || at >= base.len)
			return NAMI_OK;
		*out = base.kind == NAMI_LIST ? base.items[at] : nami_value_float((double) base.floats[at]);
		return NAMI_OK;
	}
	if (base.kind == NAMI_MAP || base.kind == NAMI_NODE || base.kind == NAMI_REL)
	{
		if (index.kind == NAMI_NULL)
			return NAMI_OK;
		if (index.kind != NAMI_STRING)
			return element_access(expr, "TypeError: MapElementAccessByNonString", base, index, err);
		if (base.kind == NAMI_MAP)
			return property_of_plain(ctx, expr, base, nami_value_str(index), out, err);
		return dynamic_property(ctx, expr, base, nami_value_str(index), out, err);
	}
	if (nami_kind_is_temporal(base.kind) && index.kind == NAMI_STRING)
		return property_of_plain(ctx, expr, base, nami_value_str(index), out, err);
	return element_access(expr, "TypeError: InvalidArgumentType", base, index, err);
}

NamiStatus
nami_eval_index(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
				NamiError *err)
{
	NamiValue  *index = nami_eval_scratch(ctx, batch);

	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	NAMI_TRY(nami_eval(ctx, expr->args[1], batch, index, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		NAMI_TRY(index_value(ctx, expr, out[row], index[row], &out[row], err));
	}
	return NAMI_OK;
}

/* A bound as a position in 0 .. len. */
static int64_t
clip_bound(int64_t bound, uint32_t len)
{
	if (bound < 0)
		bound += len;
	if (bound < 0)
		return 0;
	return bound > len ? len : bound;
}

static NamiStatus
slice_value(const NamiExpr *expr, NamiValue list, const NamiValue *from, const NamiValue *to,
			NamiValue *out, NamiError *err)
{
	int64_t		start = 0;
	int64_t		end;

	*out = nami_value_null();
	if (list.kind == NAMI_NULL || (from != NULL && from->kind == NAMI_NULL) ||
		(to != NULL && to->kind == NAMI_NULL))
		return NAMI_OK;
	if (list.kind != NAMI_LIST)
		return nami_eval_type_error(err, expr, "cannot take a slice of %s",
									nami_kind_name(list.kind));
	if ((from != NULL && from->kind != NAMI_INT) || (to != NULL && to->kind != NAMI_INT))
		return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: ListElementAccessByNonInteger",
							expr->position, "the bounds of a slice must be INTEGER");
	end = list.len;
	if (from != NULL)
		start = clip_bound(from->integer, list.len);
	if (to != NULL)
		end = clip_bound(to->integer, list.len);
	if (start >= end)
		return nami_make_list(NULL, 0, out, err);
	return nami_make_list(list.items + start, (size_t) (end - start), out, err);
}

NamiStatus
nami_eval_slice(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
				NamiError *err)
{
	NamiValue  *from = NULL;
	NamiValue  *to = NULL;

	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	if (expr->flags & NAMI_EXF_SLICE_FROM)
	{
		from = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[1], batch, from, err));
	}
	if (expr->flags & NAMI_EXF_SLICE_TO)
	{
		/* args[2], or the last one when the lower bound takes no place */
		to = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[expr->arg_count - 1], batch, to, err));
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		NAMI_TRY(slice_value(expr, out[row], from != NULL ? &from[row] : NULL,
							 to != NULL ? &to[row] : NULL, &out[row], err));
	}
	return NAMI_OK;
}

/* ---- labels ---- */

bool
nami_eval_labels(const NamiSnapshot *snapshot, const NamiLabelExpr *labels, NamiOrd ord)
{
	switch (labels->op)
	{
		case NAMI_LABEL_NAME:
			return labels->name.number != NAMI_NAME_UNKNOWN &&
				nami_snapshot_has_label(snapshot, ord, labels->name.number);
		case NAMI_LABEL_AND:
		case NAMI_LABEL_OR:
			for (uint32_t i = 0; i < labels->arg_count; i++)
				if (nami_eval_labels(snapshot, labels->args[i], ord) ==
					(labels->op == NAMI_LABEL_OR))
					return labels->op == NAMI_LABEL_OR;
			return labels->op == NAMI_LABEL_AND;
		case NAMI_LABEL_NOT:
			return !nami_eval_labels(snapshot, labels->args[0], ord);
		case NAMI_LABEL_ANY:
			for (uint32_t i = 0; i < nami_catalog_count(nami_snapshot_catalog(snapshot),
														NAMI_NAME_LABEL); i++)
				if (nami_snapshot_has_label(snapshot, ord, i))
					return true;
			return false;
	}
	return false;
}

/* For a relationship the names of the expression are types. */
static bool
type_matches(const NamiLabelExpr *labels, NamiStr type)
{
	switch (labels->op)
	{
		case NAMI_LABEL_NAME:
			return nami_str_eq(labels->name.text, type);
		case NAMI_LABEL_AND:
		case NAMI_LABEL_OR:
			for (uint32_t i = 0; i < labels->arg_count; i++)
				if (type_matches(labels->args[i], type) == (labels->op == NAMI_LABEL_OR))
					return labels->op == NAMI_LABEL_OR;
			return labels->op == NAMI_LABEL_AND;
		case NAMI_LABEL_NOT:
			return !type_matches(labels->args[0], type);
		case NAMI_LABEL_ANY:
			return true;
	}
	return false;
}

NamiStatus
nami_eval_has_labels(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
					 NamiValue *out, NamiError *err)
{
	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, out, err));
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		NamiValue  *value = &out[nami_batch_row(batch, i)];

		if (value->kind == NAMI_NULL)
			continue;
		NAMI_TRY(nami_eval_check_live(ctx, expr, *value, err));
		if (value->kind == NAMI_NODE)
			*value = nami_value_bool(nami_eval_labels(ctx->snapshot, expr->labels,
													  (NamiOrd) value->integer));
		else if (value->kind == NAMI_REL)
			*value = nami_value_bool(type_matches(expr->labels,
												  nami_rel_type_name(ctx, value->rel->type)));
		else
			return nami_eval_type_error(err, expr, "%s has no labels",
										nami_kind_name(value->kind));
	}
	return NAMI_OK;
}

/* ---- map projection ---- */

/*
 * The values of the items are args[1 ..]; keys[i] belongs to args[i + 1]. An item wins over the
 * property of the same name that ".*" brought, a later item over an earlier one.
 */
static NamiStatus
project(NamiEvalContext *ctx, const NamiExpr *expr, NamiValue base, NamiValue **items, uint32_t row,
		NamiValue *out, NamiError *err)
{
	uint32_t	item_count = expr->arg_count - 1;
	NamiValue	all = nami_value_null();
	NamiMapEntry *entries;
	size_t		count = 0;

	if (expr->flags & NAMI_EXF_ALL_PROPERTIES)
		NAMI_TRY(nami_eval_properties(ctx, expr, base, &all, err));
	entries = NAMI_NEW_ARRAY(ctx->arena, NamiMapEntry, (size_t) all.len + item_count);
	for (; count < all.len; count++)
		entries[count] = all.entries[count];
	for (uint32_t i = 0; i < item_count; i++)
		entries[count++] = (NamiMapEntry) {expr->keys[i], items[i][row]};
	count = nami_sort_entries(ctx->arena, entries, count);
	return nami_make_map(entries, count, out, err);
}

NamiStatus
nami_eval_map_projection(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
						 NamiValue *out, NamiError *err)
{
	uint32_t	item_count = expr->arg_count - 1;
	NamiValue  *bases = nami_eval_scratch(ctx, batch);
	NamiValue **items = NAMI_NEW_ARRAY(ctx->arena, NamiValue *, item_count);

	NAMI_TRY(nami_eval(ctx, expr->args[0], batch, bases, err));
	for (uint32_t i = 0; i < item_count; i++)
	{
		items[i] = nami_eval_scratch(ctx, batch);
		NAMI_TRY(nami_eval(ctx, expr->args[i + 1], batch, items[i], err));
	}
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);
		NamiValue	base = bases[row];

		out[row] = nami_value_null();
		if (base.kind == NAMI_NULL)
			continue;
		if (base.kind != NAMI_NODE && base.kind != NAMI_REL && base.kind != NAMI_MAP)
			return nami_eval_type_error(err, expr, "cannot project %s as a map",
										nami_kind_name(base.kind));
		NAMI_TRY(project(ctx, expr, base, items, row, &out[row], err));
	}
	return NAMI_OK;
}

/* ---- paths ---- */

typedef struct PathBuilder
{
	NamiArena  *arena;
	NAMI_VEC(uint32_t) nodes;
	NAMI_VEC(NamiRel) rels;
} PathBuilder;

/* Walks one relationship from the last node; false when it does not touch it. */
static bool
walk(PathBuilder *builder, const NamiRel *rel)
{
	uint32_t	at = builder->nodes.items[builder->nodes.count - 1];

	if (rel->src != at && rel->dst != at)
		return false;
	nami_vec_push(&builder->rels, builder->arena, *rel);
	nami_vec_push(&builder->nodes, builder->arena, rel->src == at ? rel->dst : rel->src);
	return true;
}

/* One relationship slot: a REL or a LIST of them. *is_null when the path has to be null. */
static bool
walk_value(PathBuilder *builder, NamiValue value, bool *is_null)
{
	if (value.kind == NAMI_REL)
		return walk(builder, value.rel);
	if (value.kind != NAMI_LIST)
	{
		*is_null = true;
		return value.kind == NAMI_NULL;
	}
	for (uint32_t i = 0; i < value.len; i++)
		if (value.items[i].kind != NAMI_REL || !walk(builder, value.items[i].rel))
			return false;
	return true;
}

static NamiStatus
build_path(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, uint32_t row,
		   NamiValue *out, NamiError *err)
{
	PathBuilder builder = {.arena = ctx->arena};
	NamiPath   *path;
	bool		is_null = false;

	*out = nami_value_null();
	for (uint32_t i = 0; i < expr->slot_count; i++)
	{
		NamiValue	part = nami_vector_value(&batch->columns[expr->slots[i]], row);

		if (part.kind == NAMI_NULL)
			return NAMI_OK;
		if (i == 0 && part.kind == NAMI_NODE)
			nami_vec_push(&builder.nodes, ctx->arena, (uint32_t) part.integer);
		else if (i % 2 == 1 && !walk_value(&builder, part, &is_null))
			return nami_fail_at(err, NAMI_ERR_INTERNAL, "", expr->position,
								"the relationships of a path do not meet");
		else if (i % 2 == 0 && (part.kind != NAMI_NODE ||
								builder.nodes.items[builder.nodes.count - 1] !=
								(uint32_t) part.integer))
			return nami_fail_at(err, NAMI_ERR_INTERNAL, "", expr->position,
								"the nodes of a path do not meet");
		if (is_null)
			return NAMI_OK;
	}
	path = NAMI_NEW(ctx->arena, NamiPath);
	path->rel_count = (uint32_t) builder.rels.count;
	path->nodes = builder.nodes.items;
	path->rels = builder.rels.items;
	*out = nami_value_path(path);
	return NAMI_OK;
}

NamiStatus
nami_eval_path(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			   NamiError *err)
{
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		NAMI_TRY(build_path(ctx, expr, batch, row, &out[row], err));
	}
	return NAMI_OK;
}
