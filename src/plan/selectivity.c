/*
 * selectivity.c - for which part of the rows a condition holds.
 *
 * A comparison of a property with a constant is tried on a sample of the property's values; with a
 * parameter the sample tells how many values there are. Without statistics fixed guesses rank the
 * kinds of conditions.
 */
#include "plan/bind_internal.h"

#include <math.h>
#include <stdlib.h>

#include "base/value_ops.h"
#include "graph/catalog.h"

#define GUESS_EQUAL		0.1
#define GUESS_LABEL		0.5
#define GUESS_PRESENT	0.9
#define GUESS_RANGE		(1.0 / 3)
#define GUESS_OTHER		0.3
#define LIST_GUESS		10

/* ---- samples ------------------------------------------------------------------------------- */

/* What is known of the property that an expression reads, or NULL. */
static const NamiKeySample *
sample_of(NamiBinder *b, const NamiExpr *expr)
{
	NamiNameList names;
	uint32_t	key;
	uint32_t	name = NAMI_NAME_UNKNOWN;
	bool		of_edges;

	if (!nami_cost_has_statistics(b) || expr->op != NAMI_EX_PROPERTY ||
		expr->args[0]->op != NAMI_EX_SLOT || expr->args[0]->slot >= b->slots.count)
		return NULL;
	of_edges = expr->args[0]->type == NAMI_STATIC_REL;
	names = nami_cost_names(b, expr->args[0]->slot);
	key = nami_cost_number(b, NAMI_NAME_KEY, expr->name.text);
	if (names.count > 0)
		name = nami_cost_number(b, of_edges ? NAMI_NAME_TYPE : NAMI_NAME_LABEL, names.names[0].text);
	if (key == NAMI_NAME_UNKNOWN || (name == NAMI_NAME_UNKNOWN && (of_edges || names.count > 0)) ||
		(!of_edges && expr->args[0]->type != NAMI_STATIC_NODE))
		return NULL;
	return of_edges ? nami_snapshot_edge_sample(b->options->statistics, name, key, b->arena) :
		nami_snapshot_node_sample(b->options->statistics, name, key, b->arena);
}

double
nami_cost_distinct(NamiBinder *b, const NamiExpr *expr)
{
	const NamiKeySample *sample = sample_of(b, expr);

	return sample != NULL ? sample->distinct + (sample->count < sample->rows ? 1 : 0) : 0;
}

static double
present_fraction(const NamiKeySample *sample)
{
	return sample->rows > 0 ? (double) sample->count / sample->rows : 0;
}

/* One value of those that there are, none in particular. */
static double
any_value(const NamiKeySample *sample)
{
	return present_fraction(sample) / fmax(sample->distinct, 1);
}

static bool
has_prefix(NamiValue value, NamiValue prefix)
{
	return value.kind == NAMI_STRING && prefix.kind == NAMI_STRING && value.len >= prefix.len &&
		memcmp(nami_value_str(value).ptr, nami_value_str(prefix).ptr, prefix.len) == 0;
}

static bool
holds(NamiExprOp op, NamiValue value, NamiValue constant)
{
	bool		comparable;
	int			ordering;

	if (op == NAMI_EX_STARTS_WITH)
		return has_prefix(value, constant);
	if (op == NAMI_EX_EQ || op == NAMI_EX_NE)
		return nami_value_equal(value, constant) == (op == NAMI_EX_EQ ? NAMI_TRUE : NAMI_FALSE);
	nami_value_compare(value, constant, &comparable, &ordering);
	if (!comparable || ordering == 2)
		return false;
	return op == NAMI_EX_LT ? ordering < 0 : op == NAMI_EX_LE ? ordering <= 0 :
		op == NAMI_EX_GT ? ordering > 0 : ordering >= 0;
}

static double
constant_fraction(const NamiKeySample *sample, NamiExprOp op, NamiValue constant)
{
	uint32_t	hits = 0;

	for (uint32_t i = 0; i < sample->count; i++)
		hits += holds(op, sample->values[i], constant);
	if (hits > 1 || (hits == 1 && op != NAMI_EX_EQ))
		return (double) hits / sample->rows;
	/* A value that the sample shows once at most says nothing of itself. */
	if (hits == 1)
		return any_value(sample);
	return fmin(any_value(sample), 0.5 / fmax(sample->rows, 1));
}

/* ---- kinds of conditions ------------------------------------------------------------------- */

static NamiExprOp
mirrored(NamiExprOp op)
{
	return op == NAMI_EX_LT ? NAMI_EX_GT : op == NAMI_EX_LE ? NAMI_EX_GE :
		op == NAMI_EX_GT ? NAMI_EX_LT : op == NAMI_EX_GE ? NAMI_EX_LE : op;
}

static double
compared(const NamiKeySample *sample, NamiExprOp op, const NamiExpr *value)
{
	if (value->op == NAMI_EX_CONST)
		return constant_fraction(sample, op, value->value);
	if (op == NAMI_EX_EQ)
		return any_value(sample);
	if (op == NAMI_EX_NE)
		return present_fraction(sample) - any_value(sample);
	return present_fraction(sample) * GUESS_RANGE;
}

/* id(n), elementId(n), n._id: no two nodes share it. */
static bool
is_id(const NamiExpr *expr)
{
	const NamiExpr *arg = expr->arg_count > 0 ? expr->args[0] : NULL;

	if (arg == NULL || arg->op != NAMI_EX_SLOT || arg->type != NAMI_STATIC_NODE)
		return false;
	if (expr->op == NAMI_EX_PROPERTY)
		return nami_str_eq(expr->name.text, NAMI_STR("_id"));
	return expr->op == NAMI_EX_CALL && expr->function != NULL &&
		(nami_str_eq(expr->function->name, NAMI_STR("id")) ||
		 nami_str_eq(expr->function->name, NAMI_STR("elementId")));
}

static double
one_node(NamiBinder *b, const NamiExpr *expr)
{
	NamiNameList names = nami_cost_names(b, expr->args[0]->slot);

	return 1 / nami_cost_label_rows(b, names.names, names.count);
}

static double
comparison(NamiBinder *b, const NamiExpr *expr)
{
	const NamiKeySample *left = sample_of(b, expr->args[0]);
	const NamiKeySample *right = sample_of(b, expr->args[1]);
	NamiExprOp	op = expr->op;

	if (op == NAMI_EX_EQ && (is_id(expr->args[0]) || is_id(expr->args[1])))
		return one_node(b, expr->args[is_id(expr->args[0]) ? 0 : 1]);
	if (left != NULL && right != NULL && op == NAMI_EX_EQ)
		return fmin(present_fraction(left), present_fraction(right)) /
			fmax(left->distinct, right->distinct);
	if (left != NULL)
		return compared(left, op, expr->args[1]);
	if (right != NULL && op != NAMI_EX_STARTS_WITH)
		return compared(right, mirrored(op), expr->args[0]);
	return op == NAMI_EX_EQ ? GUESS_EQUAL : op == NAMI_EX_NE ? GUESS_PRESENT : GUESS_OTHER;
}

static double
membership(NamiBinder *b, const NamiExpr *expr)
{
	const NamiKeySample *sample = sample_of(b, expr->args[0]);
	const NamiExpr *list = expr->args[1];
	double		sum = 0;

	if (is_id(expr->args[0]))
		return fmin(1, one_node(b, expr->args[0]) * LIST_GUESS);
	if (sample == NULL)
		return GUESS_OTHER;
	if (list->op == NAMI_EX_LIST)
	{
		for (uint32_t i = 0; i < list->arg_count; i++)
			sum += compared(sample, NAMI_EX_EQ, list->args[i]);
	}
	else if (list->op == NAMI_EX_CONST && list->value.kind == NAMI_LIST)
	{
		for (uint32_t i = 0; i < list->value.len; i++)
			sum += constant_fraction(sample, NAMI_EX_EQ, list->value.items[i]);
	}
	else
		sum = any_value(sample) * LIST_GUESS;
	return fmin(sum, present_fraction(sample));
}

static double
presence(NamiBinder *b, const NamiExpr *expr)
{
	const NamiKeySample *sample = sample_of(b, expr->args[0]);
	double		present = sample != NULL ? present_fraction(sample) : GUESS_PRESENT;

	if (nami_cost_has_statistics(b) && expr->args[0]->op == NAMI_EX_PROPERTY &&
		nami_cost_number(b, NAMI_NAME_KEY, expr->args[0]->name.text) == NAMI_NAME_UNKNOWN)
		present = 0;
	return expr->op == NAMI_EX_IS_NULL ? 1 - present : present;
}

/* Of the nodes that are known to have some labels, those that also have these. */
static double
label_fraction(NamiBinder *b, const NamiExpr *expr)
{
	NamiNameList known;
	NamiName	both[2];

	if (!nami_cost_has_statistics(b) || expr->labels->op != NAMI_LABEL_NAME ||
		expr->args[0]->op != NAMI_EX_SLOT || expr->args[0]->type != NAMI_STATIC_NODE)
		return GUESS_LABEL;
	known = nami_cost_names(b, expr->args[0]->slot);
	both[0] = expr->labels->name;
	if (known.count == 0 || nami_str_eq(known.names[0].text, both[0].text))
		return fmin(nami_cost_label_rows(b, both, 1) / nami_cost_label_rows(b, NULL, 0), 1);
	both[1] = known.names[0];
	return fmin(nami_cost_label_rows(b, both, 2) / nami_cost_label_rows(b, known.names, 1), 1);
}

/* ---- combinations -------------------------------------------------------------------------- */

static int
ascending(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

double
nami_cost_conjunction(double *selectivities, size_t count)
{
	double		product = 1;
	double		weight = 1;

	if (count > 1)
		qsort(selectivities, count, sizeof(double), ascending);
	for (size_t i = 0; i < count; i++)
	{
		product *= pow(selectivities[i], weight);
		weight /= 2;
	}
	return product;
}

static double
conjunction_of(NamiBinder *b, const NamiExpr *expr)
{
	double	   *parts = NAMI_NEW_ARRAY(b->arena, double, expr->arg_count + (size_t) 1);

	for (uint32_t i = 0; i < expr->arg_count; i++)
		parts[i] = nami_cost_selectivity(b, expr->args[i]);
	return nami_cost_conjunction(parts, expr->arg_count);
}

double
nami_cost_selectivity(NamiBinder *b, const NamiExpr *predicate)
{
	double		none = 1;

	switch (predicate->op)
	{
		case NAMI_EX_EQ:
		case NAMI_EX_NE:
		case NAMI_EX_LT:
		case NAMI_EX_LE:
		case NAMI_EX_GT:
		case NAMI_EX_GE:
		case NAMI_EX_STARTS_WITH:
			return comparison(b, predicate);
		case NAMI_EX_IN:
			return membership(b, predicate);
		case NAMI_EX_IS_NULL:
		case NAMI_EX_IS_NOT_NULL:
			return presence(b, predicate);
		case NAMI_EX_HAS_LABELS:
			return label_fraction(b, predicate);
		case NAMI_EX_AND:
			return conjunction_of(b, predicate);
		case NAMI_EX_OR:
			for (uint32_t i = 0; i < predicate->arg_count; i++)
				none *= 1 - nami_cost_selectivity(b, predicate->args[i]);
			return 1 - none;
		case NAMI_EX_NOT:
			return fmax(1 - nami_cost_selectivity(b, predicate->args[0]), 0.01);
		case NAMI_EX_CONST:
			return predicate->value.kind == NAMI_BOOL && predicate->value.boolean ? 1 : 0;
		default:
			return GUESS_OTHER;
	}
}
