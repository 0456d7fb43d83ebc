/*
 * batch.h - up to 1,024 rows as columns (docs/engine.md 4.1).
 *
 * A batch has one vector per slot of the plan; vectors of slots that are not live are NAMI_VEC_NONE.
 * Node ordinals and relationships travel, their properties are fetched where an expression needs
 * them. Memory belongs to the operator that made the batch and is valid until its next call.
 */
#ifndef NAMI_EXEC_BATCH_H
#define NAMI_EXEC_BATCH_H

#include "base/arena.h"
#include "base/value.h"
#include "graph/types.h"
#include "plan/expr.h"

#define NAMI_BATCH_ROWS	1024

typedef enum NamiVectorKind
{
	NAMI_VEC_NONE = 0,
	NAMI_VEC_ORD,				/* NamiOrd; NAMI_ORD_NONE is null */
	NAMI_VEC_REL,				/* NamiRel; type NAMI_NAME_UNKNOWN is null */
	NAMI_VEC_VALUE				/* NamiValue */
} NamiVectorKind;

typedef struct NamiVector
{
	NamiVectorKind kind;
	bool		is_constant;	/* element 0 stands for all rows */
	union
	{
		const NamiOrd *ords;
		const NamiRel *rels;
		const NamiValue *values;
		const void *data;
	};
} NamiVector;

typedef struct NamiBatch
{
	uint32_t	row_count;		/* rows in the vectors */
	const uint16_t *selection;	/* selected rows, ascending; NULL: all */
	uint32_t	selected_count;
	const uint32_t *outer_rows; /* inside an inner plan: number of the outer row, per row */
	NamiVector *columns;		/* slot_count */
	uint32_t	slot_count;
} NamiBatch;

static inline uint32_t
nami_batch_row(const NamiBatch *batch, uint32_t i)
{
	return batch->selection != NULL ? batch->selection[i] : i;
}

/* One cell as a value; a relationship of a REL vector is borrowed from the vector. */
extern NamiValue nami_vector_value(const NamiVector *vector, uint32_t row);

#endif							/* NAMI_EXEC_BATCH_H */
