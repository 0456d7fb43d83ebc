/*
 * cost.c - estimates of rows and costs, from the snapshot's statistics when they are given.
 *
 * Without statistics fixed guesses rank the ways of finding a node: id, property, label, all. The
 * guesses matter only relative to each other.
 */
#include "plan/bind_internal.h"

#include <math.h>

#include "graph/catalog.h"

#define GUESS_NODES			100000.0
#define GUESS_LABEL			10000.0
#define GUESS_FAN_OUT		8.0
#define GUESS_EQUAL			0.01
#define GUESS_LABEL_PART	0.5
#define GUESS_LIST			10.0
#define GUESS_INTO			0.01
#define WALK_HOPS			8
#define ROWS_MAX			1e15
#define LABELS_MAX			8

bool
nami_cost_has_statistics(const NamiBinder *b)
{
	return b->options->statistics != NULL && b->options->statistics->view != NULL;
}

uint32_t
nami_cost_number(NamiBinder *b, int kind, NamiStr text)
{
	return nami_catalog_find(nami_snapshot_catalog(b->options->statistics), (NamiNameKind) kind,
							 text);
}

NamiNameList
nami_cost_names(const NamiBinder *b, NamiSlot slot)
{
	if (slot == NAMI_SLOT_NONE || slot >= b->slots.count)
		return (NamiNameList) {NULL, 0};
	return (NamiNameList) {b->slots.items[slot].names, b->slots.items[slot].name_count};
}

/* ---- nodes --------------------------------------------------------------------------------- */

double
nami_cost_label_rows(NamiBinder *b, const NamiName *labels, uint32_t count)
{
	double		rows;

	if (!nami_cost_has_statistics(b))
	{
		rows = count == 0 ? GUESS_NODES : GUESS_LABEL;
		for (uint32_t i = 1; i < count; i++)
			rows *= GUESS_LABEL_PART;
		return rows;
	}
	rows = (double) nami_snapshot_count_nodes(b->options->statistics, NULL, 0);
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	number = nami_cost_number(b, NAMI_NAME_LABEL, labels[i].text);
		double		with_label = number == NAMI_NAME_UNKNOWN ? 0 :
			(double) nami_snapshot_count_nodes(b->options->statistics, &number, 1);

		rows = fmin(rows, with_label);
	}
	return fmax(rows, 1);
}

double
nami_cost_equal_fraction(NamiBinder *b, const NamiName *label, NamiStr key)
{
	uint32_t	label_number;
	uint32_t	key_number;
	NamiKeyStats stats;

	if (!nami_cost_has_statistics(b) || label == NULL)
		return GUESS_EQUAL;
	label_number = nami_cost_number(b, NAMI_NAME_LABEL, label->text);
	key_number = nami_cost_number(b, NAMI_NAME_KEY, key);
	if (label_number == NAMI_NAME_UNKNOWN || key_number == NAMI_NAME_UNKNOWN)
		return 0;
	nami_snapshot_key_stats(b->options->statistics, label_number, key_number, &stats);
	return stats.present_fraction / fmax(stats.distinct, 1);
}

/* ---- relationships ------------------------------------------------------------------------- */

/* The numbers of at most LABELS_MAX labels; false when one of them was never seen. */
static bool
label_numbers(NamiBinder *b, NamiNameList labels, NamiLabelId *out, uint32_t *count)
{
	*count = 0;
	for (uint32_t i = 0; i < labels.count && *count < LABELS_MAX; i++)
	{
		out[*count] = nami_cost_number(b, NAMI_NAME_LABEL, labels.names[i].text);
		if (out[(*count)++] == NAMI_NAME_UNKNOWN)
			return false;
	}
	return true;
}

static double
edges_along(NamiBinder *b, NamiNameList types, NamiNameList from, NamiNameList to)
{
	const NamiSnapshot *snapshot = b->options->statistics;
	const NamiTypeId *all = NULL;
	NamiLabelId sources[LABELS_MAX];
	NamiLabelId targets[LABELS_MAX];
	uint32_t	source_count;
	uint32_t	target_count;
	uint32_t	n = types.count;
	double		edges = 0;

	if (!label_numbers(b, from, sources, &source_count) ||
		!label_numbers(b, to, targets, &target_count))
		return 0;
	if (n == 0)
		n = nami_snapshot_edge_types(snapshot, b->arena, &all);
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	type = all != NULL ? all[i] :
			nami_cost_number(b, NAMI_NAME_TYPE, types.names[i].text);

		if (type != NAMI_NAME_UNKNOWN)
			edges += nami_snapshot_edges_between(snapshot, type, sources, source_count, targets,
												 target_count);
	}
	return edges;
}

double
nami_cost_edges(NamiBinder *b, NamiNameList types, NamiPatternDirection direction,
				NamiNameList from, NamiNameList to)
{
	double		edges = 0;

	if (!nami_cost_has_statistics(b))
		return nami_cost_label_rows(b, from.names, from.count) *
			nami_cost_fan_out(b, types, direction, from, to);
	if (direction != NAMI_DIR_IN)
		edges += edges_along(b, types, from, to);
	if (direction != NAMI_DIR_OUT)
		edges += edges_along(b, types, to, from);
	return edges;
}

double
nami_cost_fan_out(NamiBinder *b, NamiNameList types, NamiPatternDirection direction,
				  NamiNameList from, NamiNameList to)
{
	if (!nami_cost_has_statistics(b))
		return GUESS_FAN_OUT * (types.count == 0 ? 2 : types.count) *
			(direction == NAMI_DIR_BOTH ? 2 : 1) * (to.count > 0 ? GUESS_LABEL_PART : 1);
	return nami_cost_edges(b, types, direction, from, to) /
		nami_cost_label_rows(b, from.names, from.count);
}

double
nami_cost_walk(double fan_out, int64_t min_hops, int64_t max_hops)
{
	double		sum = 0;
	double		level = 1;

	for (int64_t hops = 0; hops <= max_hops && (hops <= min_hops || hops <= WALK_HOPS); hops++)
	{
		sum += hops >= min_hops ? level : 0;
		level *= fan_out;
		if (hops > 64)
			break;
	}
	return fmin(sum, ROWS_MAX);
}

/* ---- operators ----------------------------------------------------------------------------- */

static double
constant_rows(const NamiExpr *expr, double otherwise)
{
	if (expr != NULL && expr->op == NAMI_EX_CONST && expr->value.kind == NAMI_INT)
		return (double) expr->value.integer;
	return otherwise;
}

/* Every relationship of the type to one of the nodes; conditions on it are filters above. */
static double
walk_rows(NamiBinder *b, const NamiPlanOp *op, double rows)
{
	NamiNameList none = {NULL, 0};
	NamiNameList types = {op->types, op->type_count};
	NamiNameList from = nami_cost_names(b, op->from);
	double		fan_out = nami_cost_fan_out(b, types, op->direction, from, none);
	double		nodes = nami_cost_label_rows(b, NULL, 0);

	switch (op->kind)
	{
		case NAMI_PLAN_SHORTEST_PATH:
			return rows;
		case NAMI_PLAN_EXPAND_INTO:
			return rows * fmin(1, fan_out / nodes);
		case NAMI_PLAN_EXPAND:
			return rows * fan_out;
		default:
			return rows * nami_cost_walk(fan_out, op->min_hops, op->max_hops) *
				(op->into ? GUESS_INTO : 1);
	}
}

/* Keys that are properties have so many values together; of other keys nothing is known. */
static double
group_rows(NamiBinder *b, const NamiPlanOp *op, double rows)
{
	double		groups = 1;

	for (uint32_t i = 0; i < op->item_count; i++)
	{
		double		values = op->items[i].expr != NULL ?
			nami_cost_distinct(b, op->items[i].expr) : 0;

		groups *= values > 0 ? values : fmax(sqrt(rows), 1);
	}
	return fmin(groups, fmax(rows, 1));
}

static double
apply_rows(const NamiPlanOp *op, double rows)
{
	switch (op->apply_kind)
	{
		case NAMI_APPLY_INNER:
			return op->inner->estimated_rows;
		case NAMI_APPLY_OPTIONAL:
			return fmax(rows, op->inner->estimated_rows);
		case NAMI_APPLY_UNIT:
			return rows;
		default:
			return rows * GUESS_LABEL_PART;
	}
}

static double
row_estimate(NamiBinder *b, const NamiPlanOp *op, double rows)
{
	double		sum = 0;

	switch (op->kind)
	{
		case NAMI_PLAN_FILTER:
			return rows * nami_cost_selectivity(b, op->predicate);
		case NAMI_PLAN_EXPAND:
		case NAMI_PLAN_EXPAND_INTO:
		case NAMI_PLAN_VAR_EXPAND:
		case NAMI_PLAN_SHORTEST_PATH:
			return walk_rows(b, op, rows);
		case NAMI_PLAN_UNWIND:
			return rows * (op->list->op == NAMI_EX_LIST ? op->list->arg_count : GUESS_LIST);
		case NAMI_PLAN_CALL:
			return rows * (op->procedure->column_count > 0 ? GUESS_LIST : 1);
		case NAMI_PLAN_AGGREGATE:
			return group_rows(b, op, rows);
		case NAMI_PLAN_DISTINCT:
			return fmax(rows / 2, 1);
		case NAMI_PLAN_SKIP:
			return fmax(rows - constant_rows(op->skip, rows / 2), 0);
		case NAMI_PLAN_LIMIT:
		case NAMI_PLAN_TOP:
			return fmin(rows, constant_rows(op->limit, 100));
		case NAMI_PLAN_APPLY:
			return apply_rows(op, rows);
		case NAMI_PLAN_CROSS:
			return rows * op->inner->estimated_rows;
		case NAMI_PLAN_UNION:
			for (uint32_t i = 0; i < op->input_count; i++)
				sum += op->inputs[i]->estimated_rows;
			return sum;
		case NAMI_PLAN_EMPTY_RESULT:
			return 0;
		default:
			return rows;
	}
}

static double
own_cost(const NamiPlanOp *op, double in, double out)
{
	switch (op->kind)
	{
		case NAMI_PLAN_ONCE:
		case NAMI_PLAN_ARGUMENT:
			return 0;
		case NAMI_PLAN_NODE_SCAN:
		case NAMI_PLAN_TYPE_SCAN:
			return out * NAMI_COST_SCAN_ROW;
		case NAMI_PLAN_ID_SEEK:
		case NAMI_PLAN_INDEX_SEEK:
			return in * NAMI_COST_SEEK + out * NAMI_COST_SCAN_ROW;
		case NAMI_PLAN_EXPAND:
		case NAMI_PLAN_VAR_EXPAND:
			return in * NAMI_COST_EXPAND_ROW + out * NAMI_COST_EXPAND_EDGE;
		case NAMI_PLAN_EXPAND_INTO:
			return in * NAMI_COST_EDGE_TEST;
		case NAMI_PLAN_INTERSECT:
			return in * NAMI_COST_EDGE_TEST + out * NAMI_COST_EXPAND_EDGE;
		case NAMI_PLAN_DEGREE:
			return in * NAMI_COST_EXPAND_ROW;
		case NAMI_PLAN_COUNT_NODES:
		case NAMI_PLAN_COUNT_EDGES:
			return NAMI_COST_SEEK;
		case NAMI_PLAN_SHORTEST_PATH:
			return in * NAMI_COST_INNER;
		case NAMI_PLAN_FILTER:
			return in * NAMI_COST_FILTER_ROW;
		case NAMI_PLAN_AGGREGATE:
		case NAMI_PLAN_DISTINCT:
			return in * NAMI_COST_HASH_ROW;
		case NAMI_PLAN_SORT:
			return in * NAMI_COST_SORT_ROW * log2(in + 2);
		case NAMI_PLAN_TOP:
			return in * NAMI_COST_SORT_ROW * log2(out + 2);
		case NAMI_PLAN_CROSS:
			return op->inner->estimated_rows * NAMI_COST_HASH_ROW + out * NAMI_COST_ROW;
		case NAMI_PLAN_HASH_JOIN:
			return op->inner->estimated_rows * NAMI_COST_HASH_ROW + in * NAMI_COST_PROBE_ROW +
				out * NAMI_COST_ROW;
		case NAMI_PLAN_APPLY:
			return NAMI_COST_INNER + out * NAMI_COST_ROW;
		case NAMI_PLAN_CREATE:
		case NAMI_PLAN_MERGE:
		case NAMI_PLAN_SET:
		case NAMI_PLAN_REMOVE:
		case NAMI_PLAN_DELETE:
		case NAMI_PLAN_FOREACH:
			return in * NAMI_COST_WRITE_ROW;
		default:
			return fmax(in, out) * NAMI_COST_ROW;
	}
}

void
nami_cost_of(NamiPlanOp *op)
{
	double		in = op->input != NULL ? op->input->estimated_rows : 1;
	double		cost = op->input != NULL ? op->input->estimated_cost : 0;

	op->estimated_rows = fmin(op->estimated_rows, ROWS_MAX);
	if (op->inner != NULL)
		cost += op->inner->estimated_cost;
	for (uint32_t i = 0; i < op->input_count; i++)
		cost += op->inputs[i]->estimated_cost;
	op->estimated_cost = cost + own_cost(op, in, op->estimated_rows);
}

void
nami_cost_estimate(NamiBinder *b, NamiPlanOp *op)
{
	op->estimated_rows = row_estimate(b, op, op->input != NULL ? op->input->estimated_rows : 1);
	nami_cost_of(op);
}

/* An operator that gives no row before its input has ended. */
static bool
reads_all_first(const NamiPlanOp *op)
{
	switch (op->kind)
	{
		case NAMI_PLAN_AGGREGATE:
		case NAMI_PLAN_SORT:
		case NAMI_PLAN_TOP:
		case NAMI_PLAN_EAGER:
		case NAMI_PLAN_EMPTY_RESULT:
			return true;
		default:
			return false;
	}
}

double
nami_plan_startup_cost(const NamiPlan *plan)
{
	double		startup = 0;

	if (plan->root == NULL)
		return 0;
	if (plan->writes)
		return plan->root->estimated_cost;
	for (const NamiPlanOp *op = plan->root; op != NULL; op = op->input)
	{
		if (reads_all_first(op))
			return startup + op->estimated_cost;
		if (op->kind == NAMI_PLAN_CROSS || op->kind == NAMI_PLAN_HASH_JOIN)
			startup += op->inner->estimated_cost;
	}
	return startup;
}
