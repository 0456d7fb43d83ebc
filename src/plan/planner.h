/*
 * planner.h - from query text to a physical plan.
 */
#ifndef NAMI_PLAN_PLANNER_H
#define NAMI_PLAN_PLANNER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/host.h"
#include "graph/snapshot.h"
#include "plan/plan.h"

/*
 * Ways to plan differently, for tests that prove plans against each other: every variant gives the
 * same rows, in an order of its own where the query leaves it open. As text: a list of names,
 * separated by commas or spaces, of
 *
 *	no_pushdown		conditions of a MATCH run when its pattern is complete
 *	no_index		nodes are found by scans of labels alone
 *	no_rewrite		no operator that replaces a plainer form of itself
 *	share_slots		slots that are not needed at the same time are one, as in plans of many slots
 *	worst_order		the start and the walks with the highest estimates
 *	seed=N			any start, walks in any order, as the number says
 *
 * A number alone chooses among all of them. Empty: the plan as it should be.
 */
typedef enum NamiPlanVariantFlag
{
	NAMI_PLAN_NO_PUSHDOWN = 0x01,
	NAMI_PLAN_NO_INDEX = 0x02,
	NAMI_PLAN_NO_REWRITE = 0x04,
	NAMI_PLAN_WORST_ORDER = 0x08,
	NAMI_PLAN_RANDOM_ORDER = 0x10,
	NAMI_PLAN_SHARE_SLOTS = 0x20
} NamiPlanVariantFlag;

typedef struct NamiPlanVariant
{
	uint32_t	flags;			/* NamiPlanVariantFlag */
	uint64_t	seed;
} NamiPlanVariant;

/* False, with a message, when the text is no such list. */
extern bool nami_plan_variant_parse(NamiStr text, NamiPlanVariant *out, NamiError *err);

typedef struct NamiPlanOptions
{
	NamiFindFunction find_function;
	NamiFindProcedure find_procedure;	/* NULL: none are built in */
	const NamiRoutineResolver *resolver;	/* NULL: the host has none */
	bool		read_only;		/* writing clauses are NAMI_ERR_READ_ONLY (namidb_query) */
	const NamiSnapshot *statistics; /* NULL: plan without statistics */
	NamiPlanVariant variant;	/* zero: none */

	/* The value of an expression without variables and parameters; false when it fails. NULL:
	 * constants are not computed while planning. */
	bool		(*fold) (NamiArena *arena, const NamiExpr *expr, NamiValue *out);
	const NamiHost *host;		/* asked for the stack; NULL: nobody is */
} NamiPlanOptions;

/*
 * Parses, binds, checks and plans. Everything lives in arena (of the plan). All compile-time errors
 * of spec/cypher.md 14 come from here, with position. A construct that the executor cannot run yet
 * is NAMI_ERR_UNSUPPORTED with position.
 */
extern NamiStatus nami_plan_query(NamiArena *arena, NamiStr text, const NamiPlanOptions *options,
								  NamiPlan **out, NamiError *err) NAMI_MUST_CHECK;

/*
 * Have the labels and types that the plan names, or the whole graph, grown or shrunk about tenfold since
 * it was planned with statistics? Cheap enough for every use of a kept plan.
 */
extern bool nami_plan_is_outgrown(NamiPlan *plan, const NamiSnapshot *snapshot);

/* One line of a plan shown to people; the lines of what an operator reads follow it, deeper by 1. */
typedef struct NamiPlanLine
{
	uint32_t	depth;			/* of the root: 0 */
	NamiStr		name;			/* "NodeScan"; "subplan" heads an inner plan, "..." stands for more */
	NamiStr		details;		/* "(p:Person)"; may be empty */
	const NamiPlanOp *op;		/* NULL when the line is none of an operator */
} NamiPlanLine;

/* All lines, in order; lives in arena. */
extern uint32_t nami_plan_lines(const NamiPlan *plan, NamiArena *arena,
								const NamiPlanLine **lines);

/*
 * A line as text, without indentation. costs adds estimates. actual_rows and actual_us (per operator
 * number, may be NULL) add what an execution counted.
 */
extern void nami_plan_line_print(NamiBuf *out, const NamiPlanLine *line, bool costs,
								 const uint64_t *actual_rows, const double *actual_us);

/* All lines as text, indented by two spaces for each level. */
extern NamiStr nami_plan_explain(const NamiPlan *plan, bool costs, const uint64_t *actual_rows,
								 const double *actual_us, NamiArena *arena);

/*
 * The part of the root's estimated_cost that is spent before its first row: what reads its whole
 * input has ended by then. Nanoseconds.
 */
extern double nami_plan_startup_cost(const NamiPlan *plan);

#endif							/* NAMI_PLAN_PLANNER_H */
