/*
 * value_ops.h - comparing, ordering and hashing values (spec/cypher.md 3.4, 3.5).
 */
#ifndef NAMI_BASE_VALUE_OPS_H
#define NAMI_BASE_VALUE_OPS_H

#include "base/arena.h"
#include "base/value.h"

typedef enum NamiTruth
{
	NAMI_FALSE = 0,
	NAMI_TRUE = 1,
	NAMI_UNKNOWN = 2
} NamiTruth;

/* "=": three-valued; numbers by exact value; lists and maps element by element. */
extern NamiTruth nami_value_equal(NamiValue a, NamiValue b);

/*
 * "<", ...: *comparable is false when the pair has no order (result null); NaN with a number is
 * comparable but neither less, equal nor greater: *ordering is 2 then.
 */
extern void nami_value_compare(NamiValue a, NamiValue b, bool *comparable, int *ordering);

/* The total order of ORDER BY, ascending, null last: negative, 0, positive. */
extern int	nami_value_order(NamiValue a, NamiValue b);

/* Equivalence of DISTINCT and grouping: null equals null, NaN equals NaN, 1 equals 1.0. */
extern bool nami_value_equivalent(NamiValue a, NamiValue b);
extern uint64_t nami_value_hash(NamiValue value);	/* agrees with equivalence */

/* A value over which one does not go in no time: comparing, hashing and copying take their while. */
static inline bool
nami_value_is_long(NamiValue value)
{
	return value.len > 1024 && value.kind >= NAMI_STRING && value.kind <= NAMI_VECTOR;
}

/* Same kind and same content; a float is itself by its bits. Not for NODE, REL and PATH. */
extern bool nami_value_identical(NamiValue a, NamiValue b);

/* Deep copy: for values that must outlive a batch. Nodes stay ordinals. */
extern NamiValue nami_value_copy(NamiArena *arena, NamiValue value);

#endif							/* NAMI_BASE_VALUE_OPS_H */
