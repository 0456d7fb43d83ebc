/*
 * cost.c - estimates of row counts, from the snapshot's statistics when they are given.
 *
 * Without statistics fixed guesses rank the ways of finding a node: id, property, label, all. The
 * guesses matter only relative to each other.
 */
#include "plan/bind_internal.h"

#include <math.h>

#include "graph/catalog.h"

#define GUESS_NODES			100000.0
#define GUESS_LABEL			10000.0
#define GUESS_EDGES			500000.0
#define GUESS_FAN_OUT		8.0
#define GUESS_EQUAL			0.01
#define SEL_EQUAL			0.1
#define SEL_OTHER			0.3
#define SEL_LABEL			0.5
#define GUESS_LIST			10.0

static uint32_t
number_of(NamiBinder *b, NamiNameKind kind, NamiStr text)
{
	return nami_catalog_find(nami_snapshot_catalog(b->options->statistics), kind, text);
}

static bool
has_statistics(const NamiBinder *b)
{
	return b->options->statistics != NULL && b->options->statistics->view != NULL;
}

double
nami_cost_label_rows(NamiBinder *b, const NamiName *labels, uint32_t count)
{
	double		rows;

	if (!has_statistics(b))
	{
		rows = count == 0 ? GUESS_NODES : GUESS_LABEL;
		for (uint32_t i = 1; i < count; i++)
			rows *= SEL_LABEL;
		return rows;
	}
	rows = (double) nami_snapshot_count_nodes(b->options->statistics, NULL, 0);
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t	number = number_of(b, NAMI_NAME_LABEL, labels[i].text);
		double		with_label = number == NAMI_NAME_UNKNOWN ? 0 :
			(double) nami_snapshot_count_nodes(b->options->statistics, &number, 1);

		rows = fmin(rows, with_label);
	}
	return fmax(rows, 1);
}

/* Relationships of the types, and the number of nodes at their near end. */
static double
edges_of(NamiBinder *b, const NamiName *types, uint32_t count, double *sources, double *targets)
{
	const NamiSnapshot *snapshot = b->options->statistics;
	const NamiTypeId *all = NULL;
	double		edges = 0;
	uint32_t	n = count;

	*sources = 0;
	*targets = 0;
	if (count == 0)
		n = nami_snapshot_edge_types(snapshot, b->arena, &all);
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	type = all != NULL ? all[i] : number_of(b, NAMI_NAME_TYPE, types[i].text);
		NamiTypeStats stats;

		if (type == NAMI_NAME_UNKNOWN)
			continue;
		nami_snapshot_type_stats(snapshot, type, &stats);
		edges += stats.edges;
		*sources = fmax(*sources, stats.sources);
		*targets = fmax(*targets, stats.targets);
	}
	return edges;
}

double
nami_cost_edges(NamiBinder *b, const NamiName *types, uint32_t count)
{
	double		sources;
	double		targets;

	if (!has_statistics(b))
		return count == 0 ? GUESS_EDGES * 2 : GUESS_EDGES * count;
	return edges_of(b, types, count, &sources, &targets);
}

double
nami_cost_fan_out(NamiBinder *b, const NamiName *types, uint32_t count,
				  NamiPatternDirection direction)
{
	double		sources;
	double		targets;
	double		edges;
	double		out;
	double		in;

	if (!has_statistics(b))
		return GUESS_FAN_OUT * (count == 0 ? 2 : count) * (direction == NAMI_DIR_BOTH ? 2 : 1);
	edges = edges_of(b, types, count, &sources, &targets);
	out = edges / fmax(sources, 1);
	in = edges / fmax(targets, 1);
	return direction == NAMI_DIR_OUT ? out : direction == NAMI_DIR_IN ? in : out + in;
}

double
nami_cost_equal_fraction(NamiBinder *b, const NamiName *label, NamiStr key)
{
	uint32_t	label_number;
	uint32_t	key_number;
	NamiKeyStats stats;

	if (!has_statistics(b) || label == NULL)
		return GUESS_EQUAL;
	label_number = number_of(b, NAMI_NAME_LABEL, label->text);
	key_number = number_of(b, NAMI_NAME_KEY, key);
	if (label_number == NAMI_NAME_UNKNOWN || key_number == NAMI_NAME_UNKNOWN)
		return 0;
	nami_snapshot_key_stats(b->options->statistics, label_number, key_number, &stats);
	return stats.present_fraction / fmax(stats.distinct, 1);
}

double
nami_cost_selectivity(NamiBinder *b, const NamiExpr *predicate)
{
	double		selectivity = 1;
	double		weight = 1;

	switch (predicate->op)
	{
		case NAMI_EX_EQ:
			return SEL_EQUAL;
		case NAMI_EX_HAS_LABELS:
			return SEL_LABEL;
		case NAMI_EX_IS_NOT_NULL:
		case NAMI_EX_NE:
			return 0.9;
		case NAMI_EX_AND:
			for (uint32_t i = 0; i < predicate->arg_count; i++)
			{
				selectivity *= pow(nami_cost_selectivity(b, predicate->args[i]), weight);
				weight /= 2;
			}
			return selectivity;
		case NAMI_EX_OR:
			for (uint32_t i = 0; i < predicate->arg_count; i++)
				selectivity *= 1 - nami_cost_selectivity(b, predicate->args[i]);
			return 1 - selectivity;
		default:
			return SEL_OTHER;
	}
}

static double
constant_rows(const NamiExpr *expr, double otherwise)
{
	if (expr != NULL && expr->op == NAMI_EX_CONST && expr->value.kind == NAMI_INT)
		return (double) expr->value.integer;
	return otherwise;
}

static double
walk_rows(NamiBinder *b, const NamiPlanOp *op, double rows)
{
	double		fan_out = nami_cost_fan_out(b, op->types, op->type_count, op->direction);
	double		factor = 0;
	double		level = 1;

	if (op->kind == NAMI_PLAN_SHORTEST_PATH)
		return rows;
	if (op->kind == NAMI_PLAN_EXPAND_INTO)
		return rows * fmin(1, fan_out * fan_out / fmax(nami_cost_label_rows(b, NULL, 0), 1));
	if (op->kind == NAMI_PLAN_EXPAND)
		return rows * fan_out;
	for (int64_t hops = 0; hops <= 4 && hops <= op->max_hops; hops++)
	{
		factor += hops >= op->min_hops ? level : 0;
		level *= fan_out;
	}
	return rows * fmax(factor, 1) * (op->into ? 0.01 : 1);
}

void
nami_cost_estimate(NamiBinder *b, NamiPlanOp *op)
{
	double		rows = op->input != NULL ? op->input->estimated_rows : 1;

	switch (op->kind)
	{
		case NAMI_PLAN_FILTER:
			rows *= nami_cost_selectivity(b, op->predicate);
			break;
		case NAMI_PLAN_EXPAND:
		case NAMI_PLAN_EXPAND_INTO:
		case NAMI_PLAN_VAR_EXPAND:
		case NAMI_PLAN_SHORTEST_PATH:
			rows = walk_rows(b, op, rows);
			break;
		case NAMI_PLAN_UNWIND:
			rows *= op->list->op == NAMI_EX_LIST ? op->list->arg_count : GUESS_LIST;
			break;
		case NAMI_PLAN_CALL:
			rows *= op->procedure->column_count > 0 ? GUESS_LIST : 1;
			break;
		case NAMI_PLAN_AGGREGATE:
			rows = op->item_count == 0 ? 1 : fmax(sqrt(rows), 1);
			break;
		case NAMI_PLAN_DISTINCT:
			rows = fmax(rows / 2, 1);
			break;
		case NAMI_PLAN_SKIP:
			rows = fmax(rows - constant_rows(op->skip, rows / 2), 0);
			break;
		case NAMI_PLAN_LIMIT:
		case NAMI_PLAN_TOP:
			rows = fmin(rows, constant_rows(op->limit, 100));
			break;
		case NAMI_PLAN_APPLY:
			if (op->apply_kind == NAMI_APPLY_INNER || op->apply_kind == NAMI_APPLY_OPTIONAL)
				rows *= fmax(op->inner->estimated_rows, 1);
			break;
		case NAMI_PLAN_UNION:
			rows = 0;
			for (uint32_t i = 0; i < op->input_count; i++)
				rows += op->inputs[i]->estimated_rows;
			break;
		case NAMI_PLAN_EMPTY_RESULT:
			rows = 0;
			break;
		default:
			break;
	}
	op->estimated_rows = rows;
}
