/*
 * operator.h - what operators share (internal to the executor).
 *
 * An operator is opened, pulled by next() until it answers no batch, and may be reopened (inner plans
 * run once per outer batch or row). Output memory lives in op->arena, which next() resets; state that
 * must last until the operator is reopened lives in op->state_arena.
 */
#ifndef NAMI_EXEC_OPERATOR_H
#define NAMI_EXEC_OPERATOR_H

#include "exec/engine.h"
#include "exec/eval.h"
#include "exec/functions.h"
#include "exec/schema.h"
#include "base/value_ops.h"

typedef struct NamiOp NamiOp;
typedef struct NamiSpill NamiSpill; /* exec/spill.h */

/* What an inner plan's ARGUMENT leaf yields: set by the operator that runs the inner plan. */
typedef struct NamiArgument
{
	const NamiBatch *batch;		/* selected rows are handed in */
	const uint64_t *done;		/* by row: needs no more rows of the inner plan; NULL: all may */
} NamiArgument;

typedef NamiStatus (*NamiOpOpen) (NamiOp *op, NamiError *err);
typedef NamiStatus (*NamiOpNext) (NamiOp *op, NamiBatch **out, NamiError *err);

struct NamiOp
{
	const NamiPlanOp *plan;
	NamiExecution *execution;
	NamiOp	   *input;
	NamiOp	   *inner;
	NamiOp	  **inputs;
	NamiArgument *argument;		/* of the inner plan that this operator belongs to */
	NamiArgument inner_argument;	/* for op->inner */
	NamiOpOpen	open;
	NamiOpNext	next;			/* *out NULL: the end */
	NamiArena  *arena;
	NamiArena  *state_arena;
	NamiArena  *aux_arena;		/* for one input batch or row; made by nami_op_aux_arena() */
	NamiArena  *scratch_arena;	/* for one evaluation; made by nami_op_scratch_arena() */
	NamiSpill  *spills;			/* temporary files that are open */
	NamiArena  *kept_arena;		/* of kept; made by the operator that needs it */
	void	   *kept;			/* operator's own, stays when it is opened again */
	NamiBatch	batch;			/* the output */
	void	   *state;			/* operator's own; in state_arena */
};

/* Run-time state of a SUBPLAN expression. */
typedef struct NamiSubplanState
{
	NamiOp	   *root;
	NamiArgument argument;
	bool		row_by_row;
	bool		has_result;		/* of a plan that gives every row the same */
	NamiValue	result;
} NamiSubplanState;

struct NamiExecution
{
	const NamiPlan *plan;
	NamiExecutionOptions options;
	NamiArena  *arena;			/* statement lifetime */
	NamiOwner	owner;
	NamiSnapshot snapshot;
	NamiEvalContext eval;
	NamiOp	   *root;
	NamiSubplanState *subplans;
	NamiExecutionCounters counters;
	uint32_t	batch_rows;		/* an operator that makes rows gives so many at once */
	uint64_t   *profile_rows;
	double	   *profile_us;
	uint32_t	known_names[NAMI_NAME_KIND_COUNT];	/* catalog counts at the last resolution */
	NamiBatch	empty;			/* handed out at the end */
	NamiSchemaRows schema_rows; /* a statement without operators */
	uint32_t	schema_row;		/* of them, given so far */
	bool		has_run;		/* such a statement: what it does is done */
	bool		is_done;
};

/* ---- running ------------------------------------------------------------------------------- */

/* Makes the operator tree of a plan. argument: of the surrounding inner plan, or NULL. */
extern NamiStatus nami_op_create(NamiExecution *execution, const NamiPlanOp *plan,
								 NamiArgument *argument, NamiOp **out,
								 NamiError *err) NAMI_MUST_CHECK;

/* (Re)opens the operator and everything below it. */
extern NamiStatus nami_op_open(NamiOp *op, NamiError *err) NAMI_MUST_CHECK;

/* NAMI_BATCH_ROWS, or fewer where very many operators keep a batch each. */
static inline uint32_t
nami_op_batch_rows(const NamiOp *op)
{
	return op->execution->batch_rows;
}

/* In an inner plan: nothing more is wanted for the outer row that a row of the input belongs to. */
static inline bool
nami_op_is_row_done(const NamiOp *op, const NamiBatch *input, uint32_t row)
{
	uint32_t	outer;

	if (op->argument == NULL || op->argument->done == NULL || input->outer_rows == NULL)
		return false;
	outer = input->outer_rows[row];
	return (op->argument->done[outer / 64] >> (outer % 64)) & 1;
}

/* The next batch with at least one selected row, or NULL; interrupts and memory are checked. */
extern NamiStatus nami_op_next(NamiOp *op, NamiBatch **out, NamiError *err) NAMI_MUST_CHECK;

/* Cancel and statement_memory_limit; for kernels that run long inside one next(). */
extern NamiStatus nami_op_check(NamiOp *op, NamiError *err) NAMI_MUST_CHECK;

/* The same for a row, if one of its values is so long that working on it takes a while. */
static inline NamiStatus
nami_op_check_long(NamiOp *op, const NamiValue *values, uint32_t count, NamiError *err)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (nami_value_is_long(values[i]))
			return nami_op_check(op, err);
	}
	return NAMI_OK;
}

/* True when an inner plan must see one outer row at a time (it aggregates, limits, writes, ...). */
extern bool nami_plan_is_row_by_row(const NamiPlanOp *plan);

/* Looks the catalog numbers of the plan's names up again if the catalog has grown. */
extern void nami_execution_resolve_names(NamiExecution *execution);

/* The catalog number, interning the name: for writes. */
extern uint32_t nami_name_intern(NamiExecution *execution, NamiNameKind kind, NamiStr name);

/* op->aux_arena, emptied: for what must outlive several output batches of one input batch. */
extern NamiArena *nami_op_aux_arena(NamiOp *op);

/* op->scratch_arena, emptied: for results of an evaluation that are used at once. */
extern NamiArena *nami_op_scratch_arena(NamiOp *op);

/* ---- expressions --------------------------------------------------------------------------- */

/* Evaluates with results in op->arena. */
extern NamiStatus nami_op_eval(NamiOp *op, const NamiExpr *expr, const NamiBatch *batch,
							   NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/* Room for one value per row of the batch, in op->arena. */
extern NamiValue *nami_op_values(NamiOp *op, const NamiBatch *batch);

/* A non-negative integer for SKIP and LIMIT. */
extern NamiStatus nami_op_row_count(NamiOp *op, const NamiExpr *expr, const char *what,
									uint64_t *out, NamiError *err) NAMI_MUST_CHECK;

/* ---- batches ------------------------------------------------------------------------------- */

/* op->batch without columns and rows. */
extern void nami_op_clear_batch(NamiOp *op, uint32_t row_count);

/*
 * Output rows from input rows: row i of the output takes its live columns (and outer row number)
 * from row parents[i] of input. Columns that op itself makes are set afterwards.
 */
extern void nami_op_gather(NamiOp *op, const NamiBatch *input, const uint16_t *parents,
						   uint32_t count);

/* The live columns and the selection of input, shared, not copied. */
extern void nami_op_pass(NamiOp *op, const NamiBatch *input);

extern void nami_batch_set_ords(NamiBatch *batch, NamiSlot slot, const NamiOrd *ords);
extern void nami_batch_set_rels(NamiBatch *batch, NamiSlot slot, const NamiRel *rels);
extern void nami_batch_set_values(NamiBatch *batch, NamiSlot slot, const NamiValue *values);

/* The node in a cell; NAMI_ORD_NONE for null. False when the value is something else. */
extern bool nami_batch_node(const NamiBatch *batch, NamiSlot slot, uint32_t row, NamiOrd *out);

/* ---- stored rows (breakers) ---------------------------------------------------------------- */

/* Rows that outlive the batches they came in: deep copies, row after row. */
typedef struct NamiRowStore
{
	NamiArena  *arena;
	const NamiSlot *slots;		/* what is kept; borrowed */
	uint32_t	slot_count;
	NamiValue **pages;			/* NAMI_BATCH_ROWS rows of slot_count values each */
	uint32_t  **outer_pages;	/* outer row numbers, per page; NULL pages when there are none */
	size_t		page_capacity;
	uint32_t	first_rows;		/* rows that the first page has room for: it grows */
	uint64_t	count;
} NamiRowStore;

extern void nami_row_store_init(NamiRowStore *store, NamiArena *arena, const NamiSlot *slots,
								uint32_t slot_count);
extern void nami_row_store_add(NamiRowStore *store, const NamiBatch *batch);

/* Copies one row of the batch, selected or not. */
extern void nami_row_store_add_batch_row(NamiRowStore *store, const NamiBatch *batch, uint32_t row);

/* A copy of a row of another store with the same slots. */
extern void nami_row_store_add_row(NamiRowStore *store, const NamiRowStore *from, uint64_t row);

/* One row of cells, which are not copied: their memory must last as long as the store's. */
extern void nami_row_store_add_cells(NamiRowStore *store, const NamiValue *cells, bool has_outer,
									 uint32_t outer);

/* Has the row an outer row number? */
extern bool nami_row_store_outer(const NamiRowStore *store, uint64_t row, uint32_t *outer);

static inline NamiValue *
nami_row_store_row(const NamiRowStore *store, uint64_t row)
{
	return store->pages[row / NAMI_BATCH_ROWS] + (row % NAMI_BATCH_ROWS) * store->slot_count;
}

/* Rows order[first .. first + count) (order NULL: as stored) into op->batch. */
extern void nami_row_store_emit(const NamiRowStore *store, NamiOp *op, const uint32_t *order,
								uint64_t first, uint32_t count);

/* ---- operators ----------------------------------------------------------------------------- */

/* Each fills open and next of an operator of its kinds. */
extern void nami_op_init_scan(NamiOp *op);	/* op_scan.c: ONCE, ARGUMENT, scans, seeks */
extern void nami_op_init_expand(NamiOp *op);	/* op_expand.c */
extern void nami_op_init_intersect(NamiOp *op); /* op_intersect.c */
extern void nami_op_init_count(NamiOp *op); /* op_count.c: DEGREE, COUNT_NODES, COUNT_EDGES */
extern void nami_op_init_var_expand(NamiOp *op);	/* op_var_expand.c */
extern void nami_op_init_shortest(NamiOp *op);	/* op_shortest.c */
extern void nami_op_init_row(NamiOp *op);	/* op_row.c: FILTER, PROJECT, UNWIND, SKIP, LIMIT, ... */
extern void nami_op_init_call(NamiOp *op);	/* op_call.c: CALL */
extern void nami_op_init_sort(NamiOp *op);	/* op_sort.c: SORT, TOP, EAGER */
extern void nami_op_init_aggregate(NamiOp *op); /* op_aggregate.c: AGGREGATE */
extern void nami_op_init_distinct(NamiOp *op);	/* op_distinct.c: DISTINCT */
extern void nami_op_init_apply(NamiOp *op); /* op_apply.c: APPLY */
extern void nami_op_init_join(NamiOp *op);	/* op_join.c: CROSS, HASH_JOIN */
extern void nami_op_init_write(NamiOp *op); /* op_write.c: CREATE, SET, REMOVE, DELETE */
extern void nami_op_init_merge(NamiOp *op); /* op_merge.c: MERGE, FOREACH */

/* op_write.c, for MERGE: creates the items for one row of batch, filling cells[slot]. */
extern NamiStatus nami_write_create(NamiOp *op, const NamiCreateItem *items, uint32_t count,
									NamiBatch *row, NamiError *err) NAMI_MUST_CHECK;

/* Applies set items to one row (a batch of one row). */
extern NamiStatus nami_write_set(NamiOp *op, const NamiSetItem *items, uint32_t count,
								 const NamiBatch *row, NamiError *err) NAMI_MUST_CHECK;

/* A batch of the single row "row" of batch; columns are shared as constants. */
extern void nami_batch_single_row(const NamiBatch *batch, uint32_t row, NamiVector *columns,
								  NamiBatch *out, NamiArena *arena);

/* op_apply.c: runs a SUBPLAN expression. */
extern NamiStatus nami_subplan_run(NamiEvalContext *ctx, const NamiSubplan *subplan,
								   const NamiBatch *batch, NamiValue *out, NamiError *err);

#endif							/* NAMI_EXEC_OPERATOR_H */
