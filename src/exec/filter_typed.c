/*
 * filter_typed.c - conditions that are tested on the image's columns (docs/engine.md 4.5).
 *
 * A comparison of a property with a constant, or a test for labels, of nodes or relationships of a
 * batch. Rows that something newer than the image may have changed are evaluated one by one by the
 * general comparison, which is the specification of all that is done here.
 */
#include "exec/filter_typed.h"

#include "exec/eval_internal.h"

/* ---- one column ---------------------------------------------------------------------------- */

/* How the values of a column compare with the constant, resolved once per column. */
typedef struct Test
{
	NamiExprOp	op;
	NamiValue	constant;
	NamiColumn	column;
	bool		has_column;		/* else every row is read by itself */
	/*
	 * A column of integers with an INTEGER, or of codes: the elements that fit are those from first
	 * on, span of them; or, when turned, all others that are present.
	 */
	bool		is_range;
	bool		is_turned;
	uint64_t	first;
	uint64_t	span;
} Test;

static inline uint64_t
element_of(const NamiColumn *column, unsigned width_bytes, uint32_t i)
{
	switch (width_bytes)
	{
		case 1:
			return ((const uint8_t *) column->data)[i];
		case 2:
			return ((const uint16_t *) column->data)[i];
		case 4:
			return ((const uint32_t *) column->data)[i];
		default:
			return ((const uint64_t *) column->data)[i];
	}
}

static inline bool
is_present(const NamiColumn *column, uint32_t i)
{
	return column->presence == NULL || ((column->presence[i / 64] >> (i % 64)) & 1);
}

static NamiStr
dict_text(const NamiColumn *column, uint32_t code)
{
	uint64_t	start = column->dict_offsets[code];
	uint64_t	end = column->dict_offsets[code + 1];

	return (NamiStr) {column->dict_text + start, end > start ? end - start : 0};
}

/* The first code whose text is not below (or, with above, is above) the constant. */
static uint32_t
dict_bound(const NamiColumn *column, NamiStr text, bool above)
{
	uint32_t	low = 0;
	uint32_t	high = column->dict_count;

	while (low < high)
	{
		uint32_t	mid = low + (high - low) / 2;
		int			order = nami_str_cmp(dict_text(column, mid), text);

		if (order < 0 || (above && order == 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Elements below low are less than the constant, from high on greater, between them equal. */
static void
set_range(Test *test, uint64_t low, uint64_t high)
{
	uint64_t	end = UINT64_MAX;

	test->is_range = true;
	test->is_turned = false;
	switch (test->op)
	{
		case NAMI_EX_NE:
			test->is_turned = true;
			/* FALLTHROUGH */
		case NAMI_EX_EQ:
			test->first = low;
			test->span = high - low;
			break;
		case NAMI_EX_LT:
			test->first = 0;
			test->span = low;
			break;
		case NAMI_EX_LE:
			test->first = 0;
			test->span = high;
			break;
		case NAMI_EX_GT:
			test->first = high;
			test->span = end - high;
			break;
		default:
			test->first = low;
			test->span = end - low;
			break;
	}
}

/*
 * An INTEGER against elements of 1, 2 or 4 bytes on top of a base. Wider ones have a sign, and no room
 * above the greatest: they are compared as values.
 */
static void
set_int_range(Test *test)
{
	__int128	place = (__int128) test->constant.integer - test->column.base;
	uint64_t	limit = UINT64_C(1) << 32;

	if (test->column.width_bytes > 4)
		return;
	if (place < 0)
		set_range(test, 0, 0);
	else if (place >= (__int128) limit)
		set_range(test, limit, limit);
	else
		set_range(test, (uint64_t) place, (uint64_t) place + 1);
}

/* Is the column one whose values can be compared with the constant here? */
static bool
is_fit(Test *test)
{
	const NamiColumn *column = &test->column;
	bool		is_number = test->constant.kind == NAMI_INT || test->constant.kind == NAMI_FLOAT;

	test->is_range = false;
	switch (column->kind)
	{
		case NAMI_COLUMN_ABSENT:
			return true;
		case NAMI_COLUMN_INT:
			if (column->logical != NAMI_INT || !is_number)
				return false;
			if (test->constant.kind == NAMI_INT)
				set_int_range(test);
			return true;
		case NAMI_COLUMN_FLOAT:
			return is_number;
		case NAMI_COLUMN_STRING_DICT:
			if (test->constant.kind != NAMI_STRING)
				return false;
			set_range(test, dict_bound(column, nami_value_str(test->constant), false),
					  dict_bound(column, nami_value_str(test->constant), true));
			return true;
		default:
			return false;
	}
}

static bool
ordering_fits(NamiExprOp op, int ordering)
{
	switch (op)
	{
		case NAMI_EX_EQ:
			return ordering == 0;
		case NAMI_EX_NE:
			return ordering != 0;
		case NAMI_EX_LT:
			return ordering < 0;
		case NAMI_EX_LE:
			return ordering <= 0;
		case NAMI_EX_GT:
			return ordering > 0;
		default:
			return ordering >= 0;
	}
}

static inline bool
test_value(const Test *test, uint32_t i)
{
	const NamiColumn *column = &test->column;
	uint64_t	raw;

	if (column->kind == NAMI_COLUMN_ABSENT || !is_present(column, i))
		return false;
	raw = element_of(column, column->width_bytes, i);
	if (test->is_range)
		return (raw - test->first < test->span) != test->is_turned;
	if (column->kind == NAMI_COLUMN_FLOAT)
		return nami_compare_truth(test->op, nami_value_float(((const double *) column->data)[i]),
								  test->constant) == NAMI_TRUE;
	else
	{
		int64_t		value = (int64_t) ((uint64_t) column->base + raw);

		if (test->constant.kind == NAMI_FLOAT)
			return nami_compare_truth(test->op, nami_value_int(value), test->constant) == NAMI_TRUE;
		return ordering_fits(test->op, value < test->constant.integer ? -1 :
							 value > test->constant.integer);
	}
}

/* ---- comparisons --------------------------------------------------------------------------- */

typedef struct Typed
{
	NamiEvalContext *ctx;
	const NamiBatch *batch;
	uint16_t   *selection;
	uint32_t	count;
	bool		is_unfit;		/* to be evaluated in the general way */
	NamiError  *err;
} Typed;

static NamiStatus
test_node(Typed *t, const Test *test, NamiKeyId key, NamiOrd ord, bool *holds)
{
	NamiValue	value;

	NAMI_TRY(nami_snapshot_node_property(t->ctx->snapshot, key, &ord, 1, t->ctx->arena, &value,
										 t->err));
	*holds = nami_compare_truth(test->op, value, test->constant) == NAMI_TRUE;
	return NAMI_OK;
}

static NamiStatus
compare_nodes(Typed *t, Test *test, NamiKeyId key, const NamiOrd *ords)
{
	NamiOrd		lo = 0;
	NamiOrd		hi = 0;

	for (uint32_t i = 0; i < t->batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(t->batch, i);
		NamiOrd		ord = ords[row];
		bool		holds = false;

		if (ord - lo >= hi - lo)
		{
			lo = hi = 0;
			test->has_column = nami_snapshot_clean_range(t->ctx->snapshot, ord, &lo, &hi) &&
				nami_snapshot_node_column(t->ctx->snapshot, ord, key, &test->column) &&
				is_fit(test);
			/* Where columns are of no use, whole batches are better than single rows. */
			if (!test->has_column && (i == 0 || lo < hi))
			{
				t->is_unfit = true;
				return NAMI_OK;
			}
		}
		if (ord - lo < hi - lo && test->has_column)
			holds = test_value(test, ord - test->column.first);
		else if (ord != NAMI_ORD_NONE)
			NAMI_TRY(test_node(t, test, key, ord, &holds));
		t->selection[t->count] = (uint16_t) row;
		t->count += holds;
	}
	return NAMI_OK;
}

/*
 * The rows whose relationships fit, for a test by range of elements of one width. False when some are
 * of another type or not in the column; then nothing is said.
 */
static inline __attribute__((always_inline)) bool
select_rels(Typed *t, const Test *test, unsigned width_bytes, NamiTypeId type, const NamiRel *rels)
{
	const NamiColumn column = test->column;
	const NamiBatch batch = *t->batch;
	uint16_t   *selection = t->selection;
	uint64_t	first = test->first;
	uint64_t	span = test->span;
	bool		is_turned = test->is_turned;
	uint32_t	count = 0;

	for (uint32_t i = 0; i < batch.selected_count; i++)
	{
		uint32_t	row = nami_batch_row(&batch, i);
		uint32_t	at = rels[row].pos - column.first;

		if (rels[row].type != type || at >= column.count)
			return false;
		selection[count] = (uint16_t) row;
		count += is_present(&column, at) &&
			(element_of(&column, width_bytes, at) - first < span) != is_turned;
	}
	t->count = count;
	return true;
}

/* The whole batch at once, when it is of one type whose column can be tested by range. */
static bool
select_rels_at_once(Typed *t, Test *test, NamiKeyId key, const NamiRel *rels)
{
	NamiTypeId	type;

	if (t->batch->selected_count == 0)
		return true;
	type = rels[nami_batch_row(t->batch, 0)].type;
	if (type == NAMI_NAME_UNKNOWN ||
		!nami_snapshot_edge_column(t->ctx->snapshot, type, key, &test->column) ||
		!is_fit(test) || !test->is_range)
		return false;
	switch (test->column.width_bytes)
	{
		case 1:
			return select_rels(t, test, 1, type, rels);
		case 2:
			return select_rels(t, test, 2, type, rels);
		default:
			return select_rels(t, test, 4, type, rels);
	}
}

static NamiStatus
compare_rels(Typed *t, Test *test, NamiKeyId key, const NamiRel *rels)
{
	NamiTypeId	type = NAMI_NAME_UNKNOWN;

	if (select_rels_at_once(t, test, key, rels))
		return NAMI_OK;

	for (uint32_t i = 0; i < t->batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(t->batch, i);
		const NamiRel *rel = &rels[row];
		bool		holds = false;
		NamiValue	value;

		if (rel->type == NAMI_NAME_UNKNOWN)
			continue;
		if (rel->type != type)
		{
			type = rel->type;
			test->has_column = nami_snapshot_edge_column(t->ctx->snapshot, type, key,
														 &test->column) && is_fit(test);
			if (!test->has_column)
			{
				t->is_unfit = true;
				return NAMI_OK;
			}
		}
		if (test->has_column && rel->pos - test->column.first < test->column.count)
			holds = test_value(test, rel->pos - test->column.first);
		else
		{
			NAMI_TRY(nami_snapshot_edge_property(t->ctx->snapshot, type, key, &rel->pos, 1,
												 t->ctx->arena, &value, t->err));
			holds = nami_compare_truth(test->op, value, test->constant) == NAMI_TRUE;
		}
		t->selection[t->count] = (uint16_t) row;
		t->count += holds;
	}
	return NAMI_OK;
}

/* ---- labels -------------------------------------------------------------------------------- */

static bool
has_labels(const NamiSnapshot *snapshot, const NamiLabelExpr *labels, NamiOrd ord)
{
	if (labels->op == NAMI_LABEL_NAME)
		return labels->name.number != NAMI_NAME_UNKNOWN &&
			nami_snapshot_has_label(snapshot, ord, labels->name.number);
	for (uint32_t i = 0; i < labels->arg_count; i++)
	{
		if (!has_labels(snapshot, labels->args[i], ord))
			return false;
	}
	return true;
}

static void
test_labels(Typed *t, const NamiLabelExpr *labels, const NamiOrd *ords)
{
	const NamiSnapshot *snapshot = t->ctx->snapshot;
	const NamiBatch batch = *t->batch;
	uint16_t   *selection = t->selection;
	uint32_t	count = 0;
	NamiOrd		lo = 0;
	NamiOrd		hi = 0;
	bool		answer = false;

	for (uint32_t i = 0; i < batch.selected_count; i++)
	{
		uint32_t	row = nami_batch_row(&batch, i);
		NamiOrd		ord = ords[row];
		bool		holds = answer;

		if (ord - lo >= hi - lo)
		{
			lo = hi = 0;
			holds = ord != NAMI_ORD_NONE && has_labels(snapshot, labels, ord);
			if (nami_snapshot_clean_range(snapshot, ord, &lo, &hi))
				answer = holds;
		}
		selection[count] = (uint16_t) row;
		count += holds;
	}
	t->count = count;
}

/* ---- which conditions ---------------------------------------------------------------------- */

static bool
are_names(const NamiLabelExpr *labels)
{
	if (labels->op == NAMI_LABEL_NAME)
		return true;
	if (labels->op != NAMI_LABEL_AND)
		return false;
	for (uint32_t i = 0; i < labels->arg_count; i++)
	{
		if (!are_names(labels->args[i]))
			return false;
	}
	return true;
}

/* A value that is the same for all rows and that compares by the rules of numbers or texts. */
static bool
constant_of(const NamiEvalContext *ctx, const NamiExpr *expr, NamiValue *out)
{
	const NamiValue *param;

	if (expr->op == NAMI_EX_CONST)
		*out = expr->value;
	else if (expr->op == NAMI_EX_PARAM && ctx->params.kind == NAMI_MAP)
	{
		param = nami_value_map_get(ctx->params, expr->name.text);
		if (param == NULL)
			return false;
		*out = *param;
	}
	else
		return false;
	return out->kind == NAMI_INT || out->kind == NAMI_FLOAT || out->kind == NAMI_STRING;
}

static const NamiVector *
vector_of(const NamiBatch *batch, const NamiExpr *expr, NamiVectorKind kind)
{
	const NamiVector *vector;

	if (expr->op != NAMI_EX_SLOT || expr->slot >= batch->slot_count)
		return NULL;
	vector = &batch->columns[expr->slot];
	return vector->kind == kind && !vector->is_constant ? vector : NULL;
}

static NamiExprOp
turned(NamiExprOp op)
{
	return op == NAMI_EX_LT ? NAMI_EX_GT : op == NAMI_EX_LE ? NAMI_EX_GE :
		op == NAMI_EX_GT ? NAMI_EX_LT : op == NAMI_EX_GE ? NAMI_EX_LE : op;
}

static NamiStatus
run_comparison(Typed *t, const NamiExpr *expr, bool *done)
{
	const NamiExpr *property = expr->args[0];
	const NamiExpr *value = expr->args[1];
	Test		test = {.op = expr->op};
	const NamiVector *nodes;
	const NamiVector *rels;

	if (property->op != NAMI_EX_PROPERTY)
	{
		property = expr->args[1];
		value = expr->args[0];
		test.op = turned(test.op);
	}
	if (property->op != NAMI_EX_PROPERTY || property->name.number == NAMI_NAME_UNKNOWN ||
		nami_str_eq(property->name.text, NAMI_STR("_id")) ||
		!constant_of(t->ctx, value, &test.constant))
		return NAMI_OK;
	nodes = vector_of(t->batch, property->args[0], NAMI_VEC_ORD);
	rels = vector_of(t->batch, property->args[0], NAMI_VEC_REL);
	*done = nodes != NULL || rels != NULL;
	if (nodes != NULL)
		return compare_nodes(t, &test, property->name.number, nodes->ords);
	if (rels != NULL)
		return compare_rels(t, &test, property->name.number, rels->rels);
	return NAMI_OK;
}

static NamiStatus
run_one(Typed *t, const NamiExpr *expr, bool *done)
{
	const NamiVector *nodes;

	*done = false;
	switch (expr->op)
	{
		case NAMI_EX_EQ:
		case NAMI_EX_NE:
		case NAMI_EX_LT:
		case NAMI_EX_LE:
		case NAMI_EX_GT:
		case NAMI_EX_GE:
			return run_comparison(t, expr, done);
		case NAMI_EX_HAS_LABELS:
			nodes = vector_of(t->batch, expr->args[0], NAMI_VEC_ORD);
			*done = nodes != NULL && are_names(expr->labels);
			if (*done)
				test_labels(t, expr->labels, nodes->ords);
			return NAMI_OK;
		default:
			return NAMI_OK;
	}
}

NamiStatus
nami_filter_typed(NamiEvalContext *ctx, const NamiExpr *expr, const NamiBatch *batch,
				  uint16_t *selection, uint32_t *count, bool *done, NamiError *err)
{
	Typed		t = {.ctx = ctx, .batch = batch, .selection = selection, .err = err};

	*done = false;
	/* Reading a property of what the statement has deleted is an error: left to the general way. */
	if (ctx->check_deleted || ctx->snapshot == NULL || ctx->snapshot->view == NULL)
		return NAMI_OK;
	NAMI_TRY(run_one(&t, expr, done));
	*done = *done && !t.is_unfit;
	*count = t.count;
	return NAMI_OK;
}
