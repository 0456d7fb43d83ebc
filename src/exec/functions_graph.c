/*
 * functions_graph.c - functions on nodes, relationships and paths (spec/cypher.md 4).
 *
 * id(), elementId() and type() also work for what this statement deleted; what reads labels or
 * properties does not (spec/cypher.md 5.5).
 */
#include "exec/functions_internal.h"

#include <stdio.h>

#include "base/uuid.h"

static void
node_uuid_text(NamiEvalContext *ctx, NamiOrd ord, char out[NAMI_UUID_TEXT_LEN])
{
	NamiId		id = nami_snapshot_node_id(ctx->snapshot, ord);
	NamiUuid	uuid;

	memcpy(uuid.bytes, id.bytes, sizeof(uuid.bytes));
	nami_uuid_format(uuid, out);
}

NamiValue
nami_entity_id(NamiEvalContext *ctx, NamiValue entity)
{
	char	   *text;

	if (entity.kind == NAMI_NODE)
	{
		text = nami_arena_alloc(ctx->arena, NAMI_UUID_TEXT_LEN);
		node_uuid_text(ctx, (NamiOrd) entity.integer, text);
		return nami_value_string((NamiStr) {text, NAMI_UUID_TEXT_LEN});
	}
	text = nami_arena_alloc(ctx->arena, 2 * NAMI_UUID_TEXT_LEN + 1);
	node_uuid_text(ctx, entity.rel->src, text);
	text[NAMI_UUID_TEXT_LEN] = ':';
	node_uuid_text(ctx, entity.rel->dst, text + NAMI_UUID_TEXT_LEN + 1);
	return nami_value_string((NamiStr) {text, 2 * NAMI_UUID_TEXT_LEN + 1});
}

NamiStr
nami_rel_type_name(NamiEvalContext *ctx, uint32_t type)
{
	return nami_catalog_name(nami_snapshot_catalog(ctx->snapshot), NAMI_NAME_TYPE, type);
}

NamiStatus
nami_fn_id(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
		   NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_NODE && args[0].kind != NAMI_REL)
		return nami_wrong_type(call, "NODE or RELATIONSHIP", args[0], err);
	*out = nami_entity_id(ctx, args[0]);
	return NAMI_OK;
}

NamiStatus
nami_fn_element_id(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	char		src[NAMI_UUID_TEXT_LEN];
	char		dst[NAMI_UUID_TEXT_LEN];
	NamiStr		type;

	if (args[0].kind != NAMI_REL)
		return nami_fn_id(ctx, call, args, arg_count, out, err);
	type = nami_rel_type_name(ctx, args[0].rel->type);
	node_uuid_text(ctx, args[0].rel->src, src);
	node_uuid_text(ctx, args[0].rel->dst, dst);
	*out = nami_value_string(nami_str(nami_arena_printf(ctx->arena, "%.*s-%.*s->%.*s",
														NAMI_STR_ARG(type),
														NAMI_UUID_TEXT_LEN, src,
														NAMI_UUID_TEXT_LEN, dst)));
	return NAMI_OK;
}

NamiStatus
nami_fn_labels(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
			   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	const NamiCatalog *catalog;
	const NamiLabelId *labels;
	uint32_t	count;
	NamiValue  *items;

	if (args[0].kind != NAMI_NODE)
		return nami_wrong_type(call, "NODE", args[0], err);
	NAMI_TRY(nami_eval_check_live(ctx, call, args[0], err));
	catalog = nami_snapshot_catalog(ctx->snapshot);
	count = nami_snapshot_labels(ctx->snapshot, (NamiOrd) args[0].integer, ctx->arena, &labels);
	items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, count);
	for (uint32_t i = 0; i < count; i++)
		items[i] = nami_value_string(nami_catalog_name(catalog, NAMI_NAME_LABEL, labels[i]));
	return nami_make_list(items, count, out, err);
}

NamiStatus
nami_fn_type(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_REL)
		return nami_wrong_type(call, "RELATIONSHIP", args[0], err);
	*out = nami_value_string(nami_rel_type_name(ctx, args[0].rel->type));
	return NAMI_OK;
}

/* Of entities nulls are left out (spec/cypher.md 6.4); a map keeps its null entries. */
NamiStatus
nami_fn_keys(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			 NamiValue *out, NamiError *err)
{
	NamiValue	map;
	NamiValue  *items;
	uint32_t	count = 0;

	if (args[0].kind != NAMI_NODE && args[0].kind != NAMI_REL && args[0].kind != NAMI_MAP)
		return nami_wrong_type(call, "NODE, RELATIONSHIP or MAP", args[0], err);
	NAMI_TRY(nami_eval_properties(ctx, call, args[0], &map, err));
	items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, map.len);
	for (uint32_t i = 0; i < map.len; i++)
		if (args[0].kind == NAMI_MAP || map.entries[i].value.kind != NAMI_NULL)
			items[count++] = nami_value_string(map.entries[i].key);
	return nami_make_list(items, count, out, err);
}

NamiStatus
nami_fn_properties(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_NODE && args[0].kind != NAMI_REL && args[0].kind != NAMI_MAP)
		return nami_wrong_type(call, "NODE, RELATIONSHIP or MAP", args[0], err);
	return nami_eval_properties(ctx, call, args[0], out, err);
}

/* ---- paths and ends ---- */

NamiStatus
nami_fn_nodes(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, uint32_t arg_count,
			  NamiValue *out, NamiError *err)
{
	const NamiPath *path = args[0].path;
	NamiValue  *items;

	if (args[0].kind != NAMI_PATH)
		return nami_wrong_type(call, "PATH", args[0], err);
	items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, (size_t) path->rel_count + 1);
	for (uint32_t i = 0; i <= path->rel_count; i++)
		items[i] = nami_value_node(path->nodes[i]);
	return nami_make_list(items, (size_t) path->rel_count + 1, out, err);
}

NamiStatus
nami_fn_relationships(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
					  uint32_t arg_count, NamiValue *out, NamiError *err)
{
	const NamiPath *path = args[0].path;
	NamiValue  *items;

	if (args[0].kind != NAMI_PATH)
		return nami_wrong_type(call, "PATH", args[0], err);
	items = NAMI_NEW_ARRAY(ctx->arena, NamiValue, path->rel_count);
	for (uint32_t i = 0; i < path->rel_count; i++)
		items[i] = nami_value_rel(&path->rels[i]);
	return nami_make_list(items, path->rel_count, out, err);
}

NamiStatus
nami_fn_start_node(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				   uint32_t arg_count, NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_REL)
		return nami_wrong_type(call, "RELATIONSHIP", args[0], err);
	*out = nami_value_node(args[0].rel->src);
	return NAMI_OK;
}

NamiStatus
nami_fn_end_node(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args,
				 uint32_t arg_count, NamiValue *out, NamiError *err)
{
	if (args[0].kind != NAMI_REL)
		return nami_wrong_type(call, "RELATIONSHIP", args[0], err);
	*out = nami_value_node(args[0].rel->dst);
	return NAMI_OK;
}
