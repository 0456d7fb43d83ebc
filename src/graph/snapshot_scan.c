/*
 * snapshot_scan.c - scanning and counting nodes; see snapshot.h.
 *
 * A scan goes through the image's groups, block by block: clean blocks are ranges, in the others
 * the overridden ordinals are left out. Then come the delta's nodes, then the staged ones.
 */
#include "graph/snapshot_internal.h"

enum
{
	STAGE_IMAGE = 0,
	STAGE_DELTA,
	STAGE_OWN,
	STAGE_END
};

void
nami_node_scan_init(NamiNodeScan *scan, const NamiSnapshot *snapshot, const NamiLabelId *labels,
					uint32_t label_count, NamiArena *arena)
{
	*scan = (NamiNodeScan) {
		.snapshot = snapshot,
		.labels = labels,
		.label_count = label_count,
		.arena = arena
	};
}

/* Steps to the next group that has the labels; false at the end. */
static bool
next_group(NamiNodeScan *scan)
{
	const NamiNodeImage *nodes = &scan->snapshot->view->image->nodes;

	for (; scan->group < nodes->group_count; scan->group++)
	{
		const NamiImageGroup *group = &nodes->groups[scan->group];

		if (!nami_group_has_labels(group, scan->labels, scan->label_count))
			continue;
		scan->pos = group->lo;
		scan->end = group->hi;
		scan->group++;
		return true;
	}
	return false;
}

/* The end of the stretch of blocks from pos that are as clean as the first. */
static uint64_t
stretch_end(const NamiNodeScan *scan, const NamiOwnBinding *binding, uint32_t max, bool *is_clean)
{
	uint64_t	limit = scan->pos + max < scan->end ? scan->pos + max : scan->end;
	uint64_t	end = (scan->pos / NAMI_BLOCK_ROWS + 1) * NAMI_BLOCK_ROWS;

	*is_clean = nami_block_is_clean(scan->snapshot, binding,
									(uint32_t) (scan->pos / NAMI_BLOCK_ROWS));
	while (end < limit && *is_clean &&
		   nami_block_is_clean(scan->snapshot, binding, (uint32_t) (end / NAMI_BLOCK_ROWS)))
		end += NAMI_BLOCK_ROWS;
	return end < limit ? end : limit;
}

static uint32_t
scan_image(NamiNodeScan *scan, const NamiOwnBinding *binding, NamiOrd *ords, uint32_t max,
		   bool *is_range)
{
	for (;;)
	{
		uint32_t	n = 0;
		uint64_t	end;

		if (scan->pos == scan->end && !next_group(scan))
			return 0;
		end = stretch_end(scan, binding, max, is_range);
		for (; scan->pos < end; scan->pos++)
		{
			NamiOrd		ord = (NamiOrd) scan->pos;
			NamiNodeState state;

			if (*is_range)
			{
				ords[n++] = ord;
				continue;
			}
			state = nami_node_state(scan->snapshot, binding, ord);
			if (state.is_live && state.element == NULL)
				ords[n++] = ord;
		}
		if (n > 0)
			return n;
	}
}

static uint32_t
scan_delta(NamiNodeScan *scan, const NamiOwnBinding *binding, NamiOrd *ords, uint32_t max)
{
	const NamiDelta *delta = &scan->snapshot->view->delta;
	uint32_t	n = 0;

	for (; scan->pos < delta->nodes.count && n < max; scan->pos++)
	{
		const NamiDeltaNode *node = &delta->nodes.items[scan->pos];

		if (node->state != NAMI_DELTA_LIVE ||
			!nami_element_has_labels(node->element, scan->labels, scan->label_count))
			continue;
		if (binding != NULL && nami_own_node_version(scan->snapshot->own, binding,
													 scan->snapshot->mark, node->ord) != NULL)
			continue;
		ords[n++] = node->ord;
	}
	return n;
}

static uint32_t
scan_own(NamiNodeScan *scan, const NamiOwnBinding *binding, NamiOrd *ords, uint32_t max)
{
	const NamiOwnWrites *own = scan->snapshot->own;
	uint32_t	n = 0;

	for (; binding != NULL && scan->pos < scan->end && n < max; scan->pos++)
	{
		const NamiOwnVersion *version = nami_own_visible(own->nodes.items[scan->pos].newest,
														 scan->snapshot->mark);

		if (version != NULL && !version->is_tombstone &&
			nami_element_has_labels(&version->element, scan->labels, scan->label_count))
			ords[n++] = binding->ords.items[scan->pos];
	}
	return n;
}

uint32_t
nami_node_scan_next(NamiNodeScan *scan, NamiOrd *ords, uint32_t max, bool *is_range)
{
	const NamiOwnBinding *binding = nami_snapshot_binding(scan->snapshot);
	uint32_t	n = 0;

	*is_range = false;
	while (scan->stage < STAGE_END)
	{
		switch (scan->stage)
		{
			case STAGE_IMAGE:
				n = scan_image(scan, binding, ords, max, is_range);
				break;
			case STAGE_DELTA:
				n = scan_delta(scan, binding, ords, max);
				break;
			case STAGE_OWN:
				/* Nodes that are staged from here on, by the same statement, are not scanned. */
				if (scan->pos == 0)
					scan->end = scan->snapshot->own == NULL ? 0 : scan->snapshot->own->nodes.count;
				n = scan_own(scan, binding, ords, max);
				break;
		}
		if (n > 0)
			return n;
		*is_range = false;
		scan->stage++;
		scan->pos = 0;
	}
	return 0;
}

/* ---- counting ------------------------------------------------------------------------------ */

/* What the view alone says about a node. */
static bool
view_counts(const NamiSnapshot *snapshot, NamiOrd ord, const NamiLabelId *labels, uint32_t count)
{
	NamiSnapshot alone = {.view = snapshot->view};
	NamiNodeState state = nami_node_state(&alone, NULL, ord);

	return state.is_live && nami_node_has_labels(&alone, state, ord, labels, count);
}

static bool
image_counts(const NamiNodeImage *nodes, NamiOrd ord, const NamiLabelId *labels, uint32_t count)
{
	return ord < nodes->live_count &&
		nami_group_has_labels(nami_node_image_group(nodes, ord), labels, count);
}

uint64_t
nami_snapshot_count_nodes(const NamiSnapshot *snapshot, const NamiLabelId *labels,
						  uint32_t label_count)
{
	const NamiNodeImage *nodes = &snapshot->view->image->nodes;
	const NamiDelta *delta = &snapshot->view->delta;
	const NamiOwnBinding *binding = nami_snapshot_binding(snapshot);
	uint64_t	count = 0;

	for (uint32_t g = 0; g < nodes->group_count; g++)
	{
		if (nami_group_has_labels(&nodes->groups[g], labels, label_count))
			count += nodes->groups[g].hi - nodes->groups[g].lo;
	}
	for (size_t i = 0; i < delta->nodes.count; i++)
	{
		const NamiDeltaNode *node = &delta->nodes.items[i];

		count -= image_counts(nodes, node->ord, labels, label_count);
		count += node->state == NAMI_DELTA_LIVE &&
			nami_element_has_labels(node->element, labels, label_count);
	}
	for (size_t i = 0; binding != NULL && i < snapshot->own->nodes.count; i++)
	{
		const NamiOwnVersion *version = nami_own_visible(snapshot->own->nodes.items[i].newest,
														 snapshot->mark);

		if (version == NULL)
			continue;
		count -= view_counts(snapshot, binding->ords.items[i], labels, label_count);
		count += !version->is_tombstone &&
			nami_element_has_labels(&version->element, labels, label_count);
	}
	return count;
}
