/*
 * functions_internal.h - the implementations behind the function table.
 *
 * Arguments of functions with NAMI_FN_NULL_IN_NULL_OUT are never null. *out is null on entry.
 */
#ifndef NAMI_EXEC_FUNCTIONS_INTERNAL_H
#define NAMI_EXEC_FUNCTIONS_INTERNAL_H

#include "exec/eval_internal.h"

/* Text of "id()": a node's UUID, "<src>:<dst>" of a relationship. */
extern NamiValue nami_entity_id(NamiEvalContext *ctx, NamiValue entity);

extern NamiStr nami_rel_type_name(NamiEvalContext *ctx, uint32_t type);

/* "TypeError: InvalidArgumentValue": wrong type of an argument at run time. */
extern NamiStatus nami_wrong_type(const NamiExpr *call, const char *expected, NamiValue got,
								  NamiError *err);

/* "ArgumentError: ...": right type, bad value. */
extern NamiStatus nami_bad_argument(const NamiExpr *call, const char *name, NamiError *err,
									const char *format,...)
			__attribute__((format(printf, 4, 5)));

#define NAMI_SCALAR(name) \
	extern NamiStatus name(NamiEvalContext *ctx, const NamiExpr *call, const NamiValue *args, \
						   uint32_t arg_count, NamiValue *out, NamiError *err)

/* functions_string.c */
NAMI_SCALAR(nami_fn_to_lower);
NAMI_SCALAR(nami_fn_to_upper);
NAMI_SCALAR(nami_fn_trim);
NAMI_SCALAR(nami_fn_ltrim);
NAMI_SCALAR(nami_fn_rtrim);
NAMI_SCALAR(nami_fn_left);
NAMI_SCALAR(nami_fn_right);
NAMI_SCALAR(nami_fn_substring);
NAMI_SCALAR(nami_fn_replace);
NAMI_SCALAR(nami_fn_split);
NAMI_SCALAR(nami_fn_reverse);
NAMI_SCALAR(nami_fn_char_length);

/* functions_list.c */
NAMI_SCALAR(nami_fn_size);
NAMI_SCALAR(nami_fn_length);
NAMI_SCALAR(nami_fn_head);
NAMI_SCALAR(nami_fn_last);
NAMI_SCALAR(nami_fn_tail);
NAMI_SCALAR(nami_fn_range);
NAMI_SCALAR(nami_fn_is_empty);
NAMI_SCALAR(nami_fn_coalesce);
NAMI_SCALAR(nami_fn_exists);

/* range() of these arguments as elements; none may be null. */
extern NamiStatus nami_range_elements(const NamiExpr *call, const NamiValue *args,
									  uint32_t arg_count, NamiElements *out,
									  NamiError *err) NAMI_MUST_CHECK;

/* functions_graph.c */
NAMI_SCALAR(nami_fn_id);
NAMI_SCALAR(nami_fn_element_id);
NAMI_SCALAR(nami_fn_labels);
NAMI_SCALAR(nami_fn_type);
NAMI_SCALAR(nami_fn_keys);
NAMI_SCALAR(nami_fn_properties);
NAMI_SCALAR(nami_fn_nodes);
NAMI_SCALAR(nami_fn_relationships);
NAMI_SCALAR(nami_fn_start_node);
NAMI_SCALAR(nami_fn_end_node);

/* functions_convert.c */
NAMI_SCALAR(nami_fn_to_string);
NAMI_SCALAR(nami_fn_to_string_or_null);
NAMI_SCALAR(nami_fn_to_integer);
NAMI_SCALAR(nami_fn_to_integer_or_null);
NAMI_SCALAR(nami_fn_to_float);
NAMI_SCALAR(nami_fn_to_float_or_null);
NAMI_SCALAR(nami_fn_to_boolean);
NAMI_SCALAR(nami_fn_to_boolean_or_null);

/* functions_math.c */
NAMI_SCALAR(nami_fn_abs);
NAMI_SCALAR(nami_fn_sign);
NAMI_SCALAR(nami_fn_round);
NAMI_SCALAR(nami_fn_floor);
NAMI_SCALAR(nami_fn_ceil);
NAMI_SCALAR(nami_fn_sqrt);
NAMI_SCALAR(nami_fn_exp);
NAMI_SCALAR(nami_fn_log);
NAMI_SCALAR(nami_fn_log10);
NAMI_SCALAR(nami_fn_sin);
NAMI_SCALAR(nami_fn_cos);
NAMI_SCALAR(nami_fn_tan);
NAMI_SCALAR(nami_fn_cot);
NAMI_SCALAR(nami_fn_asin);
NAMI_SCALAR(nami_fn_acos);
NAMI_SCALAR(nami_fn_atan);
NAMI_SCALAR(nami_fn_degrees);
NAMI_SCALAR(nami_fn_radians);
NAMI_SCALAR(nami_fn_haversin);
NAMI_SCALAR(nami_fn_atan2);
NAMI_SCALAR(nami_fn_pi);
NAMI_SCALAR(nami_fn_e);
NAMI_SCALAR(nami_fn_rand);
NAMI_SCALAR(nami_fn_random_uuid);
NAMI_SCALAR(nami_fn_timestamp);
NAMI_SCALAR(nami_fn_is_nan);

/* functions_search.c */
NAMI_SCALAR(nami_fn_vector);
NAMI_SCALAR(nami_fn_cosine_similarity);
NAMI_SCALAR(nami_fn_dot_product);
NAMI_SCALAR(nami_fn_euclidean_distance);
NAMI_SCALAR(nami_fn_bm25);

/* temporal_build.c, temporal_function.c */
NAMI_SCALAR(nami_fn_temporal);
NAMI_SCALAR(nami_fn_temporal_clock);
NAMI_SCALAR(nami_fn_temporal_truncate);
NAMI_SCALAR(nami_fn_from_epoch);
NAMI_SCALAR(nami_fn_from_epoch_millis);
NAMI_SCALAR(nami_fn_duration);
NAMI_SCALAR(nami_fn_duration_between);

/* functions_aggregate.c */
extern const NamiAggregate nami_aggregate_count;
extern const NamiAggregate nami_aggregate_sum;
extern const NamiAggregate nami_aggregate_avg;
extern const NamiAggregate nami_aggregate_min;
extern const NamiAggregate nami_aggregate_max;
extern const NamiAggregate nami_aggregate_collect;
extern const NamiAggregate nami_aggregate_stdev;
extern const NamiAggregate nami_aggregate_stdevp;
extern const NamiAggregate nami_aggregate_percentile_cont;
extern const NamiAggregate nami_aggregate_percentile_disc;

#endif							/* NAMI_EXEC_FUNCTIONS_INTERNAL_H */
