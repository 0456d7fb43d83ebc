/*
 * functions_aggregate.c - the aggregates (spec/cypher.md 4).
 *
 * A state starts as zeroed memory. Values that outlive the batch are copied into the operator's
 * arena. Errors carry no position: the operator knows it.
 */
#include "exec/functions_internal.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "exec/temporal.h"

static NamiStatus
wrong_input(const char *name, NamiValue got, NamiError *err)
{
	return nami_fail_at(err, NAMI_ERR_TYPE, "TypeError: InvalidArgumentType", -1,
						"%s() expects numbers, got %s", name, nami_kind_name(got.kind));
}

static bool
number_of(NamiValue value, double *out)
{
	if (value.kind == NAMI_INT)
		*out = (double) value.integer;
	else if (value.kind == NAMI_FLOAT)
		*out = value.number;
	else
		return false;
	return true;
}

/* ---- count ---- */

static NamiStatus
count_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count, NamiError *err)
{
	++*(int64_t *) state;
	return NAMI_OK;
}

static NamiStatus
count_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	*out = nami_value_int(*(int64_t *) state);
	return NAMI_OK;
}

const NamiAggregate nami_aggregate_count = {sizeof(int64_t), count_add, count_finish};

/* ---- sum and avg ---- */

/*
 * Integers are summed apart in 128 bits, so that their order cannot make an overflow; floats with
 * the error of each addition carried along (Neumaier), so that the order hardly matters either.
 */
typedef struct Sum
{
	__int128	integers;
	double		floats;
	double		correction;
	uint64_t	count;
	bool		has_float;
	bool		has_duration;
	__int128	months;
	__int128	days;
	__int128	nanos;
} Sum;

static void
add_float(Sum *sum, double x)
{
	double		total = sum->floats + x;

	if (isfinite(total))
	{
		if (fabs(sum->floats) >= fabs(x))
			sum->correction += (sum->floats - total) + x;
		else
			sum->correction += (x - total) + sum->floats;
	}
	else
		sum->correction = 0;
	sum->floats = total;
	sum->has_float = true;
}

static NamiStatus
sum_value(const char *name, void *state, NamiValue value, NamiError *err)
{
	Sum		   *sum = state;

	if (sum->count > 0 && sum->has_duration != (value.kind == NAMI_DURATION))
		return wrong_input(name, value, err);
	if (value.kind == NAMI_INT)
		sum->integers += value.integer;
	else if (value.kind == NAMI_FLOAT)
		add_float(sum, value.number);
	else if (value.kind == NAMI_DURATION)
	{
		sum->has_duration = true;
		sum->months += value.duration->months;
		sum->days += value.duration->days;
		sum->nanos += (__int128) value.duration->seconds * NAMI_NANOS_PER_SECOND +
			value.duration->nanoseconds;
	}
	else
		return wrong_input(name, value, err);
	sum->count++;
	return NAMI_OK;
}

static NamiStatus
sum_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count, NamiError *err)
{
	return sum_value("sum", state, args[0], err);
}

static NamiStatus
avg_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count, NamiError *err)
{
	return sum_value("avg", state, args[0], err);
}

static NamiStatus
sum_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	const Sum  *sum = state;

	if (sum->has_duration)
		return nami_duration_from_parts(arena, (long double) sum->months, (long double) sum->days,
										0, sum->nanos, out, err);
	if (sum->has_float)
		*out = nami_value_float((double) sum->integers + (sum->floats + sum->correction));
	else if (sum->integers > INT64_MAX || sum->integers < INT64_MIN)
		return nami_fail_at(err, NAMI_ERR_OUT_OF_RANGE, "ArithmeticError: IntegerOverflow", -1,
							"sum() is out of the range of INTEGER");
	else
		*out = nami_value_int((int64_t) sum->integers);
	return NAMI_OK;
}

static NamiStatus
avg_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	const Sum  *sum = state;
	long double n = (long double) sum->count;

	*out = nami_value_null();
	if (sum->count == 0)
		return NAMI_OK;
	if (sum->has_duration)
		return nami_duration_from_parts(arena, (long double) sum->months / n,
										(long double) sum->days / n, 0,
										sum->nanos / (__int128) sum->count, out, err);
	if (!sum->has_float)
		*out = nami_value_float((double) ((long double) sum->integers / n));
	else
		*out = nami_value_float(((double) sum->integers + (sum->floats + sum->correction)) /
								(double) sum->count);
	return NAMI_OK;
}

const NamiAggregate nami_aggregate_sum = {sizeof(Sum), sum_add, sum_finish};
const NamiAggregate nami_aggregate_avg = {sizeof(Sum), avg_add, avg_finish};

/* ---- min and max ---- */

typedef struct Extreme
{
	bool		has_value;
	NamiValue	value;
	char	   *text;			/* memory of a text, used again by the next one */
	size_t		text_bytes;
} Extreme;

/* A better one comes often: its text takes the place of the last one's. */
static void
keep_value(Extreme *extreme, NamiArena *arena, NamiValue value)
{
	if (value.kind != NAMI_STRING && value.kind != NAMI_BYTES)
	{
		extreme->value = nami_value_copy(arena, value);
		return;
	}
	if (value.len > extreme->text_bytes)
	{
		extreme->text_bytes = value.len < 16 ? 16 : value.len * (size_t) 2;
		extreme->text = nami_arena_alloc(arena, extreme->text_bytes);
	}
	if (value.len > 0)
		memcpy(extreme->text, value.text, value.len);
	extreme->value = value;
	extreme->value.text = extreme->text;
}

/* wanted: the sign of order(new, old) that makes the new value the better one. */
static NamiStatus
extreme_add(void *state, NamiArena *arena, NamiValue value, int wanted)
{
	Extreme    *extreme = state;

	if (extreme->has_value && nami_value_order(value, extreme->value) * wanted <= 0)
		return NAMI_OK;
	keep_value(extreme, arena, value);
	extreme->has_value = true;
	return NAMI_OK;
}

static NamiStatus
min_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count, NamiError *err)
{
	return extreme_add(state, arena, args[0], -1);
}

static NamiStatus
max_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count, NamiError *err)
{
	return extreme_add(state, arena, args[0], 1);
}

static NamiStatus
extreme_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	const Extreme *extreme = state;

	*out = extreme->has_value ? extreme->value : nami_value_null();
	return NAMI_OK;
}

static bool
extreme_replay(const void *state, size_t i, NamiValue *args)
{
	const Extreme *extreme = state;

	args[0] = extreme->value;
	return i == 0 && extreme->has_value;
}

const NamiAggregate nami_aggregate_min = {sizeof(Extreme), min_add, extreme_finish, extreme_replay};
const NamiAggregate nami_aggregate_max = {sizeof(Extreme), max_add, extreme_finish, extreme_replay};

/* ---- collect ---- */

typedef NAMI_VEC(NamiValue) Collected;

static NamiStatus
collect_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count,
			NamiError *err)
{
	Collected  *list = state;

	if (list->count >= NAMI_LIST_MAX)
		return nami_fail(err, NAMI_ERR_LIMIT, "list of more than %u elements", NAMI_LIST_MAX);
	nami_vec_push(list, arena, nami_value_copy(arena, args[0]));
	return NAMI_OK;
}

static NamiStatus
collect_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	const Collected *list = state;

	return nami_make_list(list->items, list->count, out, err);
}

static bool
collect_replay(const void *state, size_t i, NamiValue *args)
{
	const Collected *list = state;

	if (i >= list->count)
		return false;
	args[0] = list->items[i];
	return true;
}

const NamiAggregate nami_aggregate_collect = {sizeof(Collected), collect_add, collect_finish,
	collect_replay};

/* ---- standard deviation ---- */

/* Welford's running mean and sum of squared distances. */
typedef struct Deviation
{
	uint64_t	count;
	double		mean;
	double		squares;
} Deviation;

static NamiStatus
deviation_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count,
			  NamiError *err)
{
	Deviation  *deviation = state;
	double		x;
	double		delta;

	if (!number_of(args[0], &x))
		return wrong_input("stDev", args[0], err);
	delta = x - deviation->mean;
	deviation->mean += delta / (double) ++deviation->count;
	deviation->squares += delta * (x - deviation->mean);
	return NAMI_OK;
}

/* No rows give null, one value 0.0 (spec/cypher.md 4). */
static NamiStatus
deviation_finish(const Deviation *deviation, uint64_t divisor, NamiValue *out)
{
	if (deviation->count == 0)
		*out = nami_value_null();
	else if (deviation->count == 1)
		*out = nami_value_float(0.0);
	else
		*out = nami_value_float(sqrt(deviation->squares / (double) divisor));
	return NAMI_OK;
}

static NamiStatus
stdev_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	const Deviation *deviation = state;

	return deviation_finish(deviation, deviation->count - 1, out);
}

static NamiStatus
stdevp_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	const Deviation *deviation = state;

	return deviation_finish(deviation, deviation->count, out);
}

const NamiAggregate nami_aggregate_stdev = {sizeof(Deviation), deviation_add, stdev_finish};
const NamiAggregate nami_aggregate_stdevp = {sizeof(Deviation), deviation_add, stdevp_finish};

/* ---- percentiles ---- */

typedef struct Percentile
{
	NAMI_VEC(NamiValue) values;
	double		fraction;
} Percentile;

/* The percentile of the first row counts; each is checked. */
static NamiStatus
percentile_add(void *state, NamiArena *arena, const NamiValue *args, uint32_t arg_count,
			   NamiError *err)
{
	Percentile *percentile = state;
	double		fraction;
	double		x;

	if (!number_of(args[0], &x))
		return wrong_input("percentile", args[0], err);
	if (!number_of(args[1], &fraction))
		return wrong_input("percentile", args[1], err);
	if (!(fraction >= 0.0 && fraction <= 1.0))
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: NumberOutOfRange", -1,
							"percentile must be between 0.0 and 1.0, got %g", fraction);
	if (percentile->values.count == 0)
		percentile->fraction = fraction;
	nami_vec_push(&percentile->values, arena, args[0]);
	return NAMI_OK;
}

static int
compare_values(const void *a, const void *b)
{
	return nami_value_order(*(const NamiValue *) a, *(const NamiValue *) b);
}

static void
swap_values(NamiValue *a, NamiValue *b)
{
	NamiValue	swap = *a;

	*a = *b;
	*b = swap;
}

/*
 * Puts the value of rank k in its place, none greater before it and none less behind it: linear, where
 * sorting millions would take too long to be cancelled. Bad luck with the pivots ends in a sort.
 */
static void
select_rank(NamiValue *values, size_t count, size_t k)
{
	size_t		low = 0;
	size_t		high = count;	/* exclusive */

	for (int round = 0; high - low > 1; round++)
	{
		size_t		middle = low + (high - low) / 2;
		NamiValue	pivot;
		size_t		less = low;
		size_t		at = low;
		size_t		greater = high;

		if (round > 64)
		{
			qsort(values + low, high - low, sizeof(NamiValue), compare_values);
			return;
		}
		if (nami_value_order(values[low], values[middle]) > 0)
			swap_values(&values[low], &values[middle]);
		if (nami_value_order(values[middle], values[high - 1]) > 0)
			swap_values(&values[middle], &values[high - 1]);
		if (nami_value_order(values[low], values[middle]) > 0)
			swap_values(&values[low], &values[middle]);
		pivot = values[middle];
		while (at < greater)
		{
			int			diff = nami_value_order(values[at], pivot);

			if (diff < 0)
				swap_values(&values[less++], &values[at++]);
			else if (diff > 0)
				swap_values(&values[at], &values[--greater]);
			else
				at++;
		}
		if (k < less)
			high = less;
		else if (k >= greater)
			low = greater;
		else
			return;
	}
}

static double
percentile_number(const Percentile *percentile, size_t i)
{
	double		x = 0;

	(void) number_of(percentile->values.items[i], &x);
	return x;
}

/* Linear interpolation between the two values around fraction * (n - 1). */
static NamiStatus
percentile_cont_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	Percentile *percentile = state;
	size_t		count = percentile->values.count;
	double		position;
	size_t		below;
	double		low;
	double		high;

	*out = nami_value_null();
	if (count == 0)
		return NAMI_OK;
	position = percentile->fraction * (double) (count - 1);
	below = (size_t) floor(position);
	select_rank(percentile->values.items, count, below);
	if (below + 1 < count)
		select_rank(percentile->values.items + below + 1, count - below - 1, 0);
	low = percentile_number(percentile, below);
	high = percentile_number(percentile, below + 1 < count ? below + 1 : below);
	position -= (double) below;
	*out = nami_value_float(position == 0.0 ? low : low * (1.0 - position) + high * position);
	return NAMI_OK;
}

/* The smallest value whose rank is at least fraction * n. */
static NamiStatus
percentile_disc_finish(void *state, NamiArena *arena, NamiValue *out, NamiError *err)
{
	Percentile *percentile = state;
	size_t		count = percentile->values.count;
	double		rank;
	size_t		index;

	*out = nami_value_null();
	if (count == 0)
		return NAMI_OK;
	rank = ceil(percentile->fraction * (double) count);
	index = rank < 1 ? 0 : (size_t) rank - 1;
	if (index >= count)
		index = count - 1;
	select_rank(percentile->values.items, count, index);
	*out = percentile->values.items[index];
	return NAMI_OK;
}

/* The fraction of the first row counts, so every row may have it. */
static bool
percentile_replay(const void *state, size_t i, NamiValue *args)
{
	const Percentile *percentile = state;

	if (i >= percentile->values.count)
		return false;
	args[0] = percentile->values.items[i];
	args[1] = nami_value_float(percentile->fraction);
	return true;
}

const NamiAggregate nami_aggregate_percentile_cont = {sizeof(Percentile), percentile_add,
	percentile_cont_finish, percentile_replay};
const NamiAggregate nami_aggregate_percentile_disc = {sizeof(Percentile), percentile_add,
	percentile_disc_finish, percentile_replay};
