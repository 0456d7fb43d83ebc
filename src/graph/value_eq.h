/*
 * value_eq.h - "is a = b true?" for property values, and a hash that agrees (spec/cypher.md 3.4).
 */
#ifndef NAMI_GRAPH_VALUE_EQ_H
#define NAMI_GRAPH_VALUE_EQ_H

#include "base/value.h"

/*
 * True only when Cypher's "=" is true: null and NaN equal nothing, numbers by exact value, lists,
 * maps and vectors element by element (a null inside makes the whole comparison unknown: false).
 */
extern bool nami_property_equal(NamiValue a, NamiValue b);

/* Equal for values that are equal. */
extern uint64_t nami_property_hash(NamiValue value);

#endif							/* NAMI_GRAPH_VALUE_EQ_H */
