/*
 * transaction_stage.c - what writing operators call: create, set, delete. Each first locks the keys
 * it touches, notes what it relies on, checks, and then stages.
 */
#include "graph/compare.h"
#include "graph/namespace_internal.h"
#include "graph/transaction_internal.h"

/* Nodes that only this transaction knows need neither locks nor checks. */
static bool
is_own_node(NamiOrd ord)
{
	return ord >= NAMI_ORD_OWN_FIRST && ord != NAMI_ORD_NONE;
}

static NamiStatus
lock_node(NamiTransaction *txn, const NamiId *id, NamiError *err)
{
	uint32_t	first = nami_relied_count(txn->relied);
	uint64_t	key = nami_change_key_node(id);

	NAMI_TRY(nami_transaction_lock_keys(txn, &key, 1, false, err));
	nami_relied_add_node(txn->relied, NAMI_RELIED_NODE, id, nami_transaction_mark(txn));
	return nami_transaction_check_fresh(txn, first, err);
}

static NamiStatus
check_live(NamiTransaction *txn, NamiOrd ord, NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, txn->statement_view);

	if (ord != NAMI_ORD_NONE && nami_snapshot_node_is_live(&now, ord))
		return NAMI_OK;
	return nami_fail_at(err, NAMI_ERR_ENTITY_DELETED, "EntityNotFound: DeletedEntityAccess", -1,
						"cannot change a node that was deleted");
}

static NamiStatus
check_new_id(NamiTransaction *txn, const NamiId *id, NamiError *err)
{
	NamiSnapshot now;
	char		text[NAMI_UUID_TEXT_LEN];

	NAMI_TRY(lock_node(txn, id, err));
	now = nami_transaction_now(txn, txn->statement_view);
	if (nami_snapshot_find_node(&now, id) == NAMI_ORD_NONE)
		return NAMI_OK;
	nami_uuid_format(*id, text);
	return nami_fail_at(err, NAMI_ERR_UNIQUE, "ConstraintValidationFailed: NodeExists", -1,
						"node with id %.36s already exists", text);
}

NamiStatus
nami_transaction_create_node(NamiTransaction *txn, const NamiId *id, const NamiLabelId *labels,
							 uint32_t label_count, NamiValue props, NamiOrd *ord, NamiError *err)
{
	NamiId		new_id;

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	if (id != NULL)
		NAMI_TRY(check_new_id(txn, id, err));
	NAMI_TRY(nami_transaction_prepare_node(txn, NAMI_ORD_NONE, labels, label_count, &props, err));
	NAMI_TRY(nami_transaction_check_unique(txn, NAMI_ORD_NONE, labels, label_count, props, err));
	new_id = id != NULL ? *id : nami_namespace_new_id(txn->ns);
	*ord = nami_own_put_node(txn->own, txn->statement_view, NAMI_ORD_NONE, &new_id, labels,
							 label_count, props);
	return NAMI_OK;
}

NamiStatus
nami_transaction_set_node(NamiTransaction *txn, NamiOrd ord, const NamiLabelId *labels,
						  uint32_t label_count, NamiValue props, NamiError *err)
{
	NamiSnapshot now;
	NamiId		id;

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	NAMI_TRY(check_live(txn, ord, err));
	now = nami_transaction_now(txn, txn->statement_view);
	id = nami_snapshot_node_id(&now, ord);
	if (!is_own_node(ord))
		NAMI_TRY(lock_node(txn, &id, err));
	NAMI_TRY(nami_transaction_prepare_node(txn, ord, labels, label_count, &props, err));
	NAMI_TRY(nami_transaction_check_unique(txn, ord, labels, label_count, props, err));
	(void) nami_own_put_node(txn->own, txn->statement_view, ord, &id, labels, label_count, props);
	return NAMI_OK;
}

/* ---- deleting ------------------------------------------------------------------------------- */

typedef NAMI_VEC(NamiLeftover) EdgeList;

static void
collect_edges(NamiTransaction *txn, NamiOrd ord, const NamiId *id, EdgeList *out)
{
	NamiSnapshot now = nami_transaction_now(txn, txn->statement_view);
	NamiAdjacencyScratch lists = {.arena = txn->scratch};
	const NamiTypeId *types;
	uint32_t	type_count = nami_snapshot_edge_types(&now, txn->scratch, &types);

	for (uint32_t t = 0; t < type_count; t++)
	{
		for (uint32_t direction = NAMI_OUT; direction <= NAMI_IN; direction++)
		{
			NamiAdjacency adjacency;

			nami_snapshot_adjacency(&now, types[t], (NamiDirection) direction, ord, &lists,
									&adjacency);
			for (uint32_t i = 0; i < adjacency.count; i++)
			{
				NamiOrd		other = adjacency.other[i];
				NamiLeftover edge = {.type = types[t], .src = ord, .dst = other, .node = *id,
				.mark = nami_transaction_mark(txn)};

				if (direction == NAMI_IN)
				{
					if (other == ord)
						continue;	/* a self-loop came with the outgoing ones */
					edge.src = other;
					edge.dst = ord;
				}
				nami_vec_push(out, txn->scratch, edge);
			}
		}
	}
}

static void
remove_or_remember(NamiTransaction *txn, const EdgeList *edges, bool detach)
{
	for (size_t i = 0; i < edges->count; i++)
	{
		const NamiLeftover *edge = &edges->items[i];

		if (detach)
			nami_own_delete_edge(txn->own, txn->statement_view, edge->type, edge->src, edge->dst);
		else
			nami_vec_push(&txn->leftovers, txn->arena, *edge);
	}
}

NamiStatus
nami_transaction_delete_node(NamiTransaction *txn, NamiOrd ord, bool detach, NamiError *err)
{
	NamiSnapshot now;
	NamiId		id;
	EdgeList	edges = {0};

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	now = nami_transaction_now(txn, txn->statement_view);
	if (ord == NAMI_ORD_NONE || !nami_snapshot_node_is_live(&now, ord))
		return NAMI_OK;
	id = nami_snapshot_node_id(&now, ord);
	if (!is_own_node(ord))
	{
		uint32_t	first = nami_relied_count(txn->relied);
		uint64_t	mark = nami_transaction_mark(txn);
		uint64_t	key = nami_change_key_node(&id);

		NAMI_TRY(nami_transaction_lock_keys(txn, &key, 1, false, err));
		nami_relied_add_node(txn->relied, NAMI_RELIED_NODE, &id, mark);
		nami_relied_add_node(txn->relied, NAMI_RELIED_INCIDENT, &id, mark);
		NAMI_TRY(nami_transaction_check_fresh(txn, first, err));
	}
	/* Now, while both ends of each are there: a relationship of a deleted node is not listed. */
	collect_edges(txn, ord, &id, &edges);
	remove_or_remember(txn, &edges, detach);
	nami_own_delete_node(txn->own, txn->statement_view, ord);
	return NAMI_OK;
}

/* ---- relationships -------------------------------------------------------------------------- */

/* The ends in shared mode, so that nobody deletes them meanwhile, then the relationship itself. */
static NamiStatus
lock_edge(NamiTransaction *txn, NamiTypeId type, NamiOrd src, NamiOrd dst, bool lock_ends,
		  NamiError *err)
{
	NamiSnapshot now = nami_transaction_now(txn, txn->statement_view);
	NamiId		ids[2] = {nami_snapshot_node_id(&now, src), nami_snapshot_node_id(&now, dst)};
	NamiOrd		ords[2] = {src, dst};
	uint32_t	first = nami_relied_count(txn->relied);
	uint64_t	mark = nami_transaction_mark(txn);
	uint64_t	keys[2];
	uint32_t	count = 0;

	for (int i = 0; i < 2 && lock_ends; i++)
	{
		if (is_own_node(ords[i]))
			continue;
		keys[count++] = nami_change_key_node(&ids[i]);
		nami_relied_add_node(txn->relied, NAMI_RELIED_LIVE, &ids[i], mark);
	}
	if (count > 0)
		NAMI_TRY(nami_transaction_lock_keys(txn, keys, count, true, err));
	if (!is_own_node(src) && !is_own_node(dst))
	{
		keys[0] = nami_change_key_edge(nami_catalog_name(txn->catalog, NAMI_NAME_TYPE, type),
									   &ids[0], &ids[1]);
		NAMI_TRY(nami_transaction_lock_keys(txn, keys, 1, false, err));
		nami_relied_add_edge(txn->relied, type, &ids[0], &ids[1], mark);
	}
	return nami_transaction_check_fresh(txn, first, err);
}

NamiStatus
nami_transaction_put_edge(NamiTransaction *txn, NamiTypeId type, NamiOrd src, NamiOrd dst,
						  NamiValue props, NamiEdgePos *pos, NamiError *err)
{
	NamiSnapshot now;

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	now = nami_transaction_now(txn, txn->statement_view);
	if (src == NAMI_ORD_NONE || dst == NAMI_ORD_NONE ||
		!nami_snapshot_node_is_live(&now, src) || !nami_snapshot_node_is_live(&now, dst))
		return nami_fail(err, NAMI_ERR_DANGLING,
						 "cannot create a relationship whose start or end node does not exist");
	NAMI_TRY(lock_edge(txn, type, src, dst, true, err));
	NAMI_TRY(nami_transaction_prepare_edge(txn, type,
										   nami_snapshot_find_edge(&now, type, src, dst), &props,
										   err));
	*pos = nami_own_put_edge(txn->own, txn->statement_view, type, src, dst, props);
	return NAMI_OK;
}

NamiStatus
nami_transaction_delete_edge(NamiTransaction *txn, NamiTypeId type, NamiOrd src, NamiOrd dst,
							 NamiError *err)
{
	NamiSnapshot now;
	NamiEdgePos pos;

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	if (src == NAMI_ORD_NONE || dst == NAMI_ORD_NONE)
		return NAMI_OK;
	now = nami_transaction_now(txn, txn->statement_view);
	pos = nami_snapshot_find_edge(&now, type, src, dst);
	if (pos == NAMI_POS_NONE || !nami_snapshot_edge_is_live(&now, type, pos))
		return NAMI_OK;
	NAMI_TRY(lock_edge(txn, type, src, dst, false, err));
	nami_own_delete_edge(txn->own, txn->statement_view, type, src, dst);
	return NAMI_OK;
}

/* ---- in advance ----------------------------------------------------------------------------- */

NamiStatus
nami_transaction_lock_nodes(NamiTransaction *txn, const NamiOrd *ords, uint32_t count,
							NamiError *err)
{
	NamiSnapshot now;
	uint32_t	first = nami_relied_count(txn->relied);
	uint64_t	mark = nami_transaction_mark(txn);
	uint64_t   *keys;
	NamiId	   *ids;
	uint32_t	key_count = 0;

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	now = nami_transaction_now(txn, txn->statement_view);
	keys = NAMI_NEW_ARRAY(txn->scratch, uint64_t, count + 1);
	ids = NAMI_NEW_ARRAY(txn->scratch, NamiId, count + 1);
	for (uint32_t i = 0; i < count; i++)
	{
		if (ords[i] == NAMI_ORD_NONE || is_own_node(ords[i]))
			continue;
		ids[key_count] = nami_snapshot_node_id(&now, ords[i]);
		keys[key_count] = nami_change_key_node(&ids[key_count]);
		key_count++;
	}
	NAMI_TRY(nami_transaction_lock_keys(txn, keys, key_count, false, err));
	for (uint32_t i = 0; i < key_count; i++)
		nami_relied_add_node(txn->relied, NAMI_RELIED_NODE, &ids[i], mark);
	return nami_transaction_check_fresh(txn, first, err);
}

NamiStatus
nami_transaction_lock_probe(NamiTransaction *txn, const NamiLabelId *labels, uint32_t label_count,
							const NamiKeyId *keys, const NamiValue *values, uint32_t key_count,
							NamiError *err)
{
	uint32_t	first = nami_relied_count(txn->relied);
	uint64_t	hash;

	NAMI_TRY(nami_transaction_may_stage(txn, err));
	hash = nami_probe_hash(txn->catalog, labels, label_count, keys, values, key_count);
	NAMI_TRY(nami_transaction_lock_keys(txn, &hash, 1, false, err));
	nami_relied_add_probe(txn->relied, labels, label_count, keys, values, key_count,
						  nami_transaction_mark(txn));
	return nami_transaction_check_fresh(txn, first, err);
}
