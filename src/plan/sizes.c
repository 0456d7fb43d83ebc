/*
 * sizes.c - how large the parts of the graph were that a plan is about, and whether they still are.
 *
 * A plan for an empty graph is a bad one for a million nodes. What is compared are the counts of the
 * labels and types that the plan names and of all nodes and relationships; they are counted only when
 * about as many rows have changed as counting looks at.
 */
#include "plan/bind_internal.h"

#include "graph/catalog.h"

#define NAMES_MAX		64		/* of a plan; the others are not looked at */
#define MOVED_FACTOR	10
#define SMALL_ROWS		10		/* fewer make no difference */

/* Changed rows after which it is worth counting again. */
#define CHANGED_MIN		64
#define CHANGED_MAX		4096

static uint64_t
size_of(const NamiSnapshot *snapshot, int kind, const NamiName *name)
{
	uint32_t	number = nami_catalog_find(nami_snapshot_catalog(snapshot), (NamiNameKind) kind,
										   name->text);

	if (number == NAMI_NAME_UNKNOWN)
		return 0;
	return kind == NAMI_NAME_LABEL ? nami_snapshot_count_nodes(snapshot, &number, 1) :
		nami_snapshot_size_of_type(snapshot, number);
}

/* Fills up to NAMES_MAX + 2 sizes. */
static uint32_t
measure(const NamiPlan *plan, const NamiSnapshot *snapshot, uint64_t *sizes)
{
	uint64_t	own;
	uint32_t	count = 2;

	sizes[0] = nami_snapshot_count_nodes(snapshot, NULL, 0);
	sizes[1] = nami_snapshot_rows(snapshot, &own);
	for (uint32_t i = 0; i < plan->name_count && count < NAMES_MAX + 2; i++)
	{
		if (plan->name_kinds[i] == NAMI_NAME_LABEL || plan->name_kinds[i] == NAMI_NAME_TYPE)
			sizes[count++] = size_of(snapshot, plan->name_kinds[i], plan->names[i]);
	}
	return count;
}

void
nami_plan_note_sizes(NamiPlan *plan, const NamiSnapshot *snapshot, NamiArena *arena)
{
	uint64_t	sizes[NAMES_MAX + 2];
	uint32_t	count;

	if (snapshot == NULL || snapshot->view == NULL || !plan->reads_graph)
		return;
	count = measure(plan, snapshot, sizes);
	plan->sizes = nami_arena_memdup(arena, sizes, count * sizeof(uint64_t));
	plan->size_count = count;
	plan->seen_rows = nami_snapshot_rows(snapshot, &plan->seen_own_rows);
}

static bool
has_moved(uint64_t before, uint64_t now)
{
	before += SMALL_ROWS;
	now += SMALL_ROWS;
	return now / MOVED_FACTOR >= before || before / MOVED_FACTOR >= now;
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

bool
nami_plan_is_outgrown(NamiPlan *plan, const NamiSnapshot *snapshot)
{
	uint64_t	own;
	uint64_t	rows;
	uint64_t	limit;
	uint64_t	sizes[NAMES_MAX + 2];

	if (plan->sizes == NULL || snapshot->view == NULL)
		return false;
	rows = nami_snapshot_rows(snapshot, &own);
	limit = rows / 8 < CHANGED_MIN ? CHANGED_MIN : rows / 8 > CHANGED_MAX ? CHANGED_MAX : rows / 8;
	if (limit < own / 8)
		limit = own / 8;
	if (distance(rows, plan->seen_rows) + distance(own, plan->seen_own_rows) < limit)
		return false;
	plan->seen_rows = rows;
	plan->seen_own_rows = own;
	measure(plan, snapshot, sizes);
	for (uint32_t i = 0; i < plan->size_count; i++)
	{
		if (has_moved(plan->sizes[i], sizes[i]))
			return true;
	}
	return false;
}
