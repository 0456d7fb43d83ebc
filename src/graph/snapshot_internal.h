/*
 * snapshot_internal.h - what the files of the snapshot share: which of the three layers (image,
 * delta, own writes) answers for a node or a relationship.
 */
#ifndef NAMI_GRAPH_SNAPSHOT_INTERNAL_H
#define NAMI_GRAPH_SNAPSHOT_INTERNAL_H

#include "graph/own_internal.h"
#include "graph/view_internal.h"

/* NULL when nothing is staged. */
static inline const NamiOwnBinding *
nami_snapshot_binding(const NamiSnapshot *snapshot)
{
	if (snapshot->own == NULL || snapshot->own->log.count == 0)
		return NULL;
	return nami_own_binding(snapshot->own, snapshot->view);
}

typedef struct NamiNodeState
{
	bool		is_live;
	const NamiElement *element; /* NULL for a live node: the image's row */
} NamiNodeState;

/* binding: of the snapshot. Any ordinal, also NAMI_ORD_NONE. */
static inline NamiNodeState
nami_node_state(const NamiSnapshot *snapshot, const NamiOwnBinding *binding, NamiOrd ord)
{
	const NamiView *view = snapshot->view;
	const NamiDeltaNode *node;

	if (binding != NULL)
	{
		const NamiOwnVersion *version = nami_own_node_version(snapshot->own, binding,
															  snapshot->mark, ord);

		if (version != NULL)
			return (NamiNodeState) {!version->is_tombstone, &version->element};
	}
	if (ord >= NAMI_ORD_OWN_FIRST)
		return (NamiNodeState) {false, NULL};
	node = nami_view_delta_node(view, ord);
	if (node != NULL)
		return (NamiNodeState) {node->state == NAMI_DELTA_LIVE, node->element};
	return (NamiNodeState) {ord < view->image->nodes.live_count, NULL};
}

/* The image group has all the labels. */
static inline bool
nami_group_has_labels(const NamiImageGroup *group, const NamiLabelId *labels, uint32_t count)
{
	NamiElement element = {.labels = group->labels, .label_count = group->label_count};

	return nami_element_has_labels(&element, labels, count);
}

/* Labels of a node whose state is live. */
extern bool nami_node_has_labels(const NamiSnapshot *snapshot, NamiNodeState state, NamiOrd ord,
								 const NamiLabelId *labels, uint32_t count);

/* No override and no unreadable row among the block's ordinals. */
static inline bool
nami_block_is_clean(const NamiSnapshot *snapshot, const NamiOwnBinding *binding, uint32_t block)
{
	const NamiView *view = snapshot->view;

	return !(view->delta.blocks != NULL && nami_bit(view->delta.blocks, block)) &&
		!(view->image->poison_blocks != NULL && nami_bit(view->image->poison_blocks, block)) &&
		!(binding != NULL && block < binding->block_count && nami_bit(binding->blocks, block));
}

extern NamiStatus nami_fail_poison(NamiError *err, const NamiSnapshot *snapshot, NamiOrd ord,
								   NamiStr cause);

/* How the ends of a type's relationships have to be checked. */
static inline bool
nami_snapshot_may_dangle(const NamiSnapshot *snapshot, NamiTypeId type)
{
	return (snapshot->own != NULL && snapshot->own->deleted_count > 0) ||
		nami_view_may_dangle(snapshot->view, type);
}

/* A relationship's layer: own or delta element, or NULL for a live image row. */
typedef struct NamiEdgeState
{
	bool		is_live;		/* the record; ends are not looked at */
	const NamiElement *element;
} NamiEdgeState;

extern NamiEdgeState nami_edge_state(const NamiSnapshot *snapshot, const NamiOwnBinding *binding,
									 NamiTypeId type, NamiEdgePos pos);

#endif							/* NAMI_GRAPH_SNAPSHOT_INTERNAL_H */
