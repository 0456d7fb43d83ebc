/*
 * bind_internal.h - what the files of the planner share (internal to src/plan).
 *
 * One pass: a clause is bound (names become slots, types and rules are checked) and planned at
 * once, on top of the operator that gives the rows of the clauses before it. When all clauses are done,
 * live.c goes over the tree and finds which slots each operator must give.
 *
 * Everything lives in the plan's arena.
 */
#ifndef NAMI_PLAN_BIND_INTERNAL_H
#define NAMI_PLAN_BIND_INTERNAL_H

#include "base/strmap.h"
#include "base/vec.h"
#include "cypher/ast.h"
#include "plan/planner.h"

/*
 * Class of the errors that spec/cypher.md 9 calls "semantic" and that have no class of their own:
 * the text is grammatical, but what it says does not fit together. Wrong operand types are
 * NAMI_ERR_TYPE where the same error may also come at run time.
 */
#define NAMI_BIND_ERR_SEMANTIC	NAMI_ERR_TYPE_CONFLICT

/* ---- names in scope ------------------------------------------------------------------------ */

typedef struct NamiVariable
{
	NamiStr		name;
	NamiSlot	slot;
	uint32_t	hash;			/* of the name */
} NamiVariable;

/* The later one of two variables of one name hides the other. */
typedef NAMI_VEC(NamiVariable) NamiScope;

typedef struct NamiSlotInfo
{
	NamiStr		name;			/* empty for hidden slots */
	NamiStaticType type;
	NamiStaticType element;		/* of a list: what its elements are known to be */
	const NamiName *names;		/* for estimates: labels of the node, types of the relationship */
	uint32_t	name_count;
} NamiSlotInfo;

typedef NAMI_VEC(NamiSlot) NamiSlotVec;

/* ---- aggregation --------------------------------------------------------------------------- */

/* Collects the aggregates of a projection; expressions over them see their slots. */
typedef struct NamiAggregation
{
	NAMI_VEC(NamiAggregateItem) items;
	NAMI_VEC(const NamiCyExpr *) sources;	/* of the items */
	NamiScope  *before;			/* names that arguments may use */
	bool		is_closed;		/* ORDER BY: only aggregates that the projection has */
} NamiAggregation;

/* An expression that stands for a slot wherever it occurs again. */
typedef struct NamiSubstitution
{
	const NamiCyExpr *source;
	NamiSlot	slot;
} NamiSubstitution;

typedef NAMI_VEC(NamiSubstitution) NamiSubstitutionVec;

/* What an expression may hold where it stands. */
typedef struct NamiExprContext
{
	NamiAggregation *aggregation;	/* NULL: no aggregates */
	const NamiSubstitutionVec *substitutions;
	const NamiScope *ambiguous; /* names that exist but are no grouping key */
	const NamiScope *hidden;	/* ORDER BY: what its names meant before the projection */
	bool		in_aggregate;	/* inside the arguments of one */
	bool		in_local;		/* inside a comprehension, quantifier or reduce() */
	bool		allow_pattern;	/* a pattern may stand here as a condition */
	bool		constant_only;	/* SKIP, LIMIT */
} NamiExprContext;

/* ---- the binder ---------------------------------------------------------------------------- */

typedef struct NamiBinder
{
	NamiArena  *arena;
	NamiStr		text;
	const NamiPlanOptions *options;
	NamiPlan   *plan;
	NamiError  *err;
	NamiScope  *scope;
	NamiExprContext ctx;
	NAMI_VEC(NamiSlotInfo) slots;
	NAMI_VEC(NamiName *) names;
	NAMI_VEC(uint8_t) name_kinds;
	NAMI_VEC(NamiStr) parameters;
	NAMI_VEC(int64_t) parameter_positions;
	NamiStrMap	parameter_set;	/* the same names */
	uint32_t	subplan_count;
	uint32_t	ticks;			/* for nami_tick() */
	bool		uses_context;	/* a function or subplan reads the graph */
	uint64_t	random_state;	/* of nami_plan_random() */
} NamiBinder;

/* The variant of the plan that is asked for (planner.h). */
static inline bool
nami_plan_varies(const NamiBinder *b, NamiPlanVariantFlag flag)
{
	return (b->options->variant.flags & flag) != 0;
}

/* The next number below limit of the variant's seed. */
extern uint32_t nami_plan_random(NamiBinder *b, uint32_t limit);

/* For loops that a query can make long. */
static inline NamiStatus
nami_bind_tick(NamiBinder *b)
{
	return nami_tick(b->options->host, &b->ticks, b->err);
}

extern NamiSlot nami_slot_new(NamiBinder *b, NamiStr name, NamiStaticType type);
extern void nami_name_register(NamiBinder *b, NamiName *name, int kind);

/* A registered name of its own. */
extern NamiName *nami_name_new(NamiBinder *b, NamiStr text, int kind);

/* Labels or types by the names of the syntax tree, registered. */
extern NamiName *nami_names_of(NamiBinder *b, const NamiStr *texts, uint32_t count, int kind);

extern const NamiVariable *nami_scope_find(const NamiScope *scope, NamiStr name);
extern void nami_scope_add(NamiBinder *b, NamiStr name, NamiSlot slot);
extern NamiVariable nami_variable(NamiStr name, NamiSlot slot);
extern NamiScope *nami_scope_copy(NamiBinder *b, const NamiScope *scope);

/* NAMI_ERR_UNDEFINED_NAME with a hint when a similar name exists. */
extern NamiStatus nami_fail_undefined(NamiBinder *b, const NamiCyName *name) NAMI_MUST_CHECK;
extern NamiStatus nami_fail_already_bound(NamiBinder *b, const NamiCyName *name) NAMI_MUST_CHECK;
extern NamiStatus nami_fail_conflict(NamiBinder *b, const NamiCyName *name, NamiSlot slot,
									 const char *wanted) NAMI_MUST_CHECK;

/* Can a value of static type have be one of type want? */
extern bool nami_type_can_be(NamiStaticType have, NamiStaticType want);
extern const char *nami_type_text(NamiStaticType type);

/* ---- expressions (bind_expr.c, bind_call.c, bind_procedure.c) ------------------------------------------------- */

extern NamiStatus nami_bind_expr(NamiBinder *b, const NamiCyExpr *source,
								 NamiExpr **out) NAMI_MUST_CHECK;

/* A condition: patterns may stand in it; a value that cannot be a boolean is an error. */
extern NamiStatus nami_bind_predicate(NamiBinder *b, const NamiCyExpr *source,
									  NamiExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_bind_call(NamiBinder *b, const NamiCyExpr *source,
								 NamiExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_bind_local(NamiBinder *b, const NamiCyExpr *source,
								  NamiExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_bind_labels(NamiBinder *b, const NamiCyLabelExpr *source, int kind,
								   NamiLabelExpr **out) NAMI_MUST_CHECK;

/* SKIP, LIMIT: no variables; what names the clause in messages. */
extern NamiStatus nami_bind_row_count(NamiBinder *b, const NamiCyExpr *source, const char *what,
									  NamiExpr **out) NAMI_MUST_CHECK;

extern NamiExpr *nami_ex_new(NamiBinder *b, NamiExprOp op, NamiStaticType type, int64_t position,
							 uint32_t arg_count);
extern NamiExpr *nami_ex_slot(NamiBinder *b, NamiSlot slot, int64_t position);
extern NamiExpr *nami_ex_binary(NamiBinder *b, NamiExprOp op, NamiExpr *left, NamiExpr *right,
								int64_t position);
extern NamiExpr *nami_ex_property(NamiBinder *b, NamiExpr *base, NamiStr key, int64_t position);
extern NamiExpr *nami_ex_parameter(NamiBinder *b, NamiStr name, int64_t position);
extern NamiExpr *nami_ex_const(NamiBinder *b, NamiValue value, int64_t position);
extern NamiExpr *nami_ex_and(NamiBinder *b, NamiExpr *left, NamiExpr *right);
extern NamiExpr *nami_ex_function(NamiBinder *b, const char *name, NamiExpr *arg,
								  int64_t position);

/* Does the syntax tree hold an aggregate outside subqueries? */
extern bool nami_has_aggregate(NamiBinder *b, const NamiCyExpr *source);

/* What the elements of a list expression are known to be. */
extern NamiStaticType nami_ex_element_type(NamiBinder *b, const NamiExpr *expr);

/* A literal, or list or map made in place: its type is known for sure. */
extern bool nami_ex_is_literal(const NamiExpr *expr);

extern NamiStatus nami_bind_subquery(NamiBinder *b, const NamiCyExpr *source,
									 NamiExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_bind_exists_pattern(NamiBinder *b, const NamiCyExpr *source,
										   NamiExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_bind_pattern_expr(NamiBinder *b, const NamiCyExpr *source,
										 NamiExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_bind_pattern_comprehension(NamiBinder *b, const NamiCyExpr *source,
												  NamiExpr **out) NAMI_MUST_CHECK;

/* ---- patterns (bind_pattern.c, planner_match.c) ---------------------------------------------- */

typedef struct NamiPatternNode
{
	NamiStr		name;			/* empty: anonymous */
	NamiSlot	slot;
	bool		is_bound;		/* before this pattern */
	NamiName   *labels;			/* all of them; other label expressions are predicates */
	uint32_t	label_count;
	uint32_t	label_capacity;
	bool		labels_checked; /* while planning */
	int64_t		position;
} NamiPatternNode;

typedef struct NamiPatternRel
{
	NamiStr		name;
	NamiSlot	slot;
	NamiSlot	bound_slot;		/* variable of an earlier clause that it must equal, or NONE */
	uint32_t	from;			/* index of the node */
	uint32_t	to;
	NamiPatternDirection direction;
	NamiName   *types;
	uint32_t	type_count;
	bool		is_variable_length;
	NamiCyShortest shortest;
	int64_t		min_hops;
	int64_t		max_hops;
	NamiExpr   *min_expr;
	NamiExpr   *max_expr;
	NamiExpr   *step_filter;
	NamiSlot	step_rel;
	NamiSlotVec deps;			/* slots that step_filter reads */
	bool		is_done;
	uint32_t	bush;			/* side of a join that it belongs to: see match_join.c */
	int64_t		position;
} NamiPatternRel;

typedef struct NamiPredicate
{
	NamiExpr   *expr;
	NamiSlotVec deps;
	bool		is_late;		/* volatile: only when the pattern is complete */
	bool		may_fail;		/* likewise, for an error is due only for rows that match */
	bool		is_costly;		/* runs a subplan */
	bool		is_done;
} NamiPredicate;

typedef struct NamiPatternPath
{
	NamiSlot	slot;
	NamiExpr   *expr;
	NamiSlotVec deps;
	bool		is_done;
} NamiPatternPath;

typedef struct NamiPatternGraph
{
	NAMI_VEC(NamiPatternNode) nodes;
	NAMI_VEC(NamiPatternRel) rels;
	NAMI_VEC(NamiPredicate) predicates;
	NAMI_VEC(NamiPatternPath) paths;
	NamiSlotVec new_slots;		/* variables that the pattern binds */
	uint32_t  **part_nodes;		/* per part: index of each of its nodes */
} NamiPatternGraph;

typedef enum NamiPatternMode
{
	NAMI_PATTERN_MATCH,			/* new names are declared */
	NAMI_PATTERN_PREDICATE,		/* names must exist */
	NAMI_PATTERN_MERGE			/* as MATCH; a parameter may be a property map */
} NamiPatternMode;

extern NamiStatus nami_bind_pattern(NamiBinder *b, const NamiCyPatternPart *parts, uint32_t count,
									NamiPatternMode mode, NamiPatternGraph *graph) NAMI_MUST_CHECK;

/* Splits an AND and adds its parts. */
extern void nami_pattern_add_predicate(NamiBinder *b, NamiPatternGraph *graph, NamiExpr *expr);

/* The operators for a pattern above input; bound: slots that input gives. */
extern NamiStatus nami_plan_pattern(NamiBinder *b, NamiPatternGraph *graph, NamiPlanOp *input,
									NamiPlanOp **out) NAMI_MUST_CHECK;

/* Slots an expression reads from the row (its own local variables left out). */
extern void nami_ex_slots(NamiBinder *b, const NamiExpr *expr, NamiSlotVec *out);
extern bool nami_slots_contain(const NamiSlotVec *slots, NamiSlot slot);
extern void nami_slots_add(NamiBinder *b, NamiSlotVec *slots, NamiSlot slot);

/* ---- clauses ------------------------------------------------------------------------------- */

typedef struct NamiResult
{
	NAMI_VEC(NamiPlanColumn) columns;
	bool		has_return;
} NamiResult;

extern NamiPlanOp *nami_op_make(NamiBinder *b, NamiPlanOpKind kind, NamiPlanOp *input,
								int64_t position);
extern NamiPlanOp *nami_op_filter(NamiBinder *b, NamiPlanOp *input, NamiExpr *predicate);
extern NamiPlanOp *nami_op_project(NamiBinder *b, NamiPlanOp *input, NamiSlot slot,
								   NamiExpr *expr);

/* A query; each branch starts with an operator of kind start. The scope is left as it was. */
extern NamiStatus nami_plan_body(NamiBinder *b, const NamiCyQuery *query, NamiPlanOpKind start,
								 NamiPlanOp **out, NamiResult *result) NAMI_MUST_CHECK;

/* count clauses of one single query; the scope is changed as the clauses do. */
extern NamiStatus nami_plan_clauses(NamiBinder *b, NamiCyClause *const *clauses, uint32_t count,
									NamiPlanOp *input, NamiPlanOp **out,
									NamiResult *result) NAMI_MUST_CHECK;
extern NamiStatus nami_plan_projection(NamiBinder *b, const NamiCyClause *clause,
									   NamiPlanOp *input, NamiPlanOp **out,
									   NamiResult *result) NAMI_MUST_CHECK;
extern NamiStatus nami_plan_write(NamiBinder *b, const NamiCyClause *clause, NamiPlanOp *input,
								  NamiPlanOp **out) NAMI_MUST_CHECK;
extern NamiStatus nami_plan_call_subquery(NamiBinder *b, const NamiCyClause *clause,
										  NamiPlanOp *input, NamiPlanOp **out) NAMI_MUST_CHECK;

/* Where a CALL of a procedure stands in its single query. */
typedef enum NamiCallPlace
{
	NAMI_CALL_ALONE,			/* it is the whole query: returns its columns */
	NAMI_CALL_LAST,
	NAMI_CALL_INSIDE
} NamiCallPlace;

extern NamiStatus nami_plan_call_procedure(NamiBinder *b, const NamiCyClause *clause,
										   NamiCallPlace place, NamiPlanOp *input,
										   NamiPlanOp **out, NamiResult *result) NAMI_MUST_CHECK;

/* Asks the host for a function that is not built in; *out NULL: unknown. *args: bound. */
extern NamiStatus nami_bind_host_call(NamiBinder *b, const NamiCyExpr *source,
									  const NamiFunction **out, NamiExpr ***args) NAMI_MUST_CHECK;

/* ---- live slots (live.c) ------------------------------------------------------------------- */

/* The slots that an inner plan reads from the rows of its ARGUMENT when result is wanted of it. */
extern void nami_live_arguments(NamiBinder *b, NamiPlanOp *root, const NamiSlot *results,
								uint32_t result_count, NamiSlotVec *out);

/* Fills live of the whole tree, subplans included. */
extern void nami_live_assign(NamiBinder *b, NamiPlanOp *root, const NamiSlot *results,
							 uint32_t result_count);

/* One number for slots that are never needed at the same time; sets slot_count and slot_names of the
 * plan (slots.c). Operators have their numbers. */
extern void nami_slots_share(NamiBinder *b, NamiPlanOp *root);

/* Calls visit for each expression of an operator (not of those below it). */
typedef void (*NamiExprVisit) (void *ctx, NamiExpr *expr);
extern void nami_op_visit_exprs(const NamiPlanOp *op, NamiExprVisit visit, void *ctx);

/* Calls visit for every SUBPLAN inside an expression. */
typedef void (*NamiSubplanVisit) (void *ctx, NamiSubplan *subplan);
extern void nami_ex_visit_subplans(NamiExpr *expr, NamiSubplanVisit visit, void *ctx);

/* Remembers how large the graph is that the plan was made for (sizes.c). */
extern void nami_plan_note_sizes(NamiPlan *plan, const NamiSnapshot *snapshot, NamiArena *arena);

/* ---- rewrites (rewrite.c) -------------------------------------------------------------------- */

/*
 * Replaces operators by ones that give the same with less work: counts that need no rows, cycles
 * that are found by intersection. Before the live slots are known.
 */
extern void nami_rewrite(NamiBinder *b, NamiPlanOp **root);

/* A walk below tests for labels of its end alone, whose names are collected; or NULL. */
extern NamiPlanOp *nami_counted_walk(NamiBinder *b, NamiPlanOp *op, NamiStr labels[8],
									 uint32_t *label_count);

/* A DEGREE, without slot, in the place of a walk. */
extern NamiPlanOp *nami_degree_of_walk(NamiBinder *b, const NamiPlanOp *walk,
									   const NamiStr *labels, uint32_t label_count);

/*
 * Rows that some, or no, row of a subplan belongs to (rewrite_semi.c): a FILTER on EXISTS becomes a
 * semi-join; an inner plan of which only the existence of rows matters loses what that does not need,
 * and *stops_early tells whether an outer row may be left after its first result; a semi-join that
 * only asks for a relationship becomes a test of the degree.
 */
extern void nami_rewrite_semi(NamiBinder *b, NamiPlanOp **link);
extern void nami_rewrite_exists(NamiBinder *b, NamiPlanOp **root, bool *stops_early);
extern void nami_rewrite_semi_apply(NamiBinder *b, NamiPlanOp **link);

/* APPLY, HASH_JOIN or DEGREE that lets rows of its input through or not. */
static inline bool
nami_op_is_semi(const NamiPlanOp *op)
{
	return (op->kind == NAMI_PLAN_APPLY || op->kind == NAMI_PLAN_HASH_JOIN ||
			op->kind == NAMI_PLAN_DEGREE) &&
		(op->apply_kind == NAMI_APPLY_SEMI || op->apply_kind == NAMI_APPLY_ANTI);
}

/* After that: marks walks whose repeated ends nobody would notice. */
extern void nami_rewrite_marks(NamiBinder *b, NamiPlanOp *root);

/* Computes the parts of an expression that are the same in every run, in place (fold.c). */
extern void nami_fold(NamiBinder *b, NamiExpr *expr);

/* A node, a relationship, one of their properties, or something that is known before. */
extern bool nami_ex_is_safe(const NamiExpr *expr);

/* Can the evaluation of a condition end in an error? */
extern bool nami_ex_may_fail(const NamiExpr *expr);

/* Does it give another value each time: random numbers, functions of the host? Subplans included. */
extern bool nami_ex_is_volatile(const NamiExpr *expr);
extern bool nami_op_is_volatile(const NamiPlanOp *op);

/* ---- estimates (cost.c, selectivity.c) -------------------------------------------------------- */

/*
 * What steps cost on the reference machine, in nanoseconds. Only their proportions matter.
 */
#define NAMI_COST_SCAN_ROW		10.0	/* a node or relationship of a scan */
#define NAMI_COST_SEEK			300.0	/* a lookup by id or by an index */
#define NAMI_COST_EXPAND_ROW	30.0	/* opening the list of a node */
#define NAMI_COST_EXPAND_EDGE	15.0
#define NAMI_COST_EDGE_TEST		80.0
#define NAMI_COST_FILTER_ROW	25.0
#define NAMI_COST_ROW			20.0	/* a row through a projection */
#define NAMI_COST_HASH_ROW		100.0	/* a row into a hash table */
#define NAMI_COST_PROBE_ROW		60.0
#define NAMI_COST_SORT_ROW		40.0	/* times the logarithm of the rows */
#define NAMI_COST_INNER			2000.0	/* opening an inner plan */
#define NAMI_COST_WRITE_ROW		1000.0

/* Outer rows that an inner plan is expected to run for at once. */
#define NAMI_COST_BATCH_ROWS	64.0

/* Nodes that have all the labels; at least 1. */
extern double nami_cost_label_rows(NamiBinder *b, const NamiName *labels, uint32_t count);

/* Labels or types of one end of a walk. */
typedef struct NamiNameList
{
	const NamiName *names;
	uint32_t	count;
} NamiNameList;

/* Relationships of the types (none: any) in the direction, between nodes with the labels. */
extern double nami_cost_edges(NamiBinder *b, NamiNameList types, NamiPatternDirection direction,
							  NamiNameList from, NamiNameList to);

/* Of them per node with the labels of from. */
extern double nami_cost_fan_out(NamiBinder *b, NamiNameList types, NamiPatternDirection direction,
								NamiNameList from, NamiNameList to);

/* Rows of a walk of min to max steps with such a fan-out. */
extern double nami_cost_walk(double fan_out, int64_t min_hops, int64_t max_hops);

/* The labels or types that are known of a slot. */
extern NamiNameList nami_cost_names(const NamiBinder *b, NamiSlot slot);

/* The fraction of the label's nodes with one certain value of the property. */
extern double nami_cost_equal_fraction(NamiBinder *b, const NamiName *label, NamiStr key);

/* How many values a property has, null being one; 0 when that is not known. */
extern double nami_cost_distinct(NamiBinder *b, const NamiExpr *expr);

/* The fraction of the rows for which a condition holds. */
extern double nami_cost_selectivity(NamiBinder *b, const NamiExpr *predicate);

/* Of several conditions at once: the product, weaker ones counting less and less. Sorts them. */
extern double nami_cost_conjunction(double *selectivities, size_t count);

/* Fills estimated_rows and estimated_cost (of the whole tree below, inner plans included). */
extern void nami_cost_estimate(NamiBinder *b, NamiPlanOp *op);

/* Fills estimated_cost for rows that were estimated otherwise. */
extern void nami_cost_of(NamiPlanOp *op);

extern bool nami_cost_has_statistics(const NamiBinder *b);
extern uint32_t nami_cost_number(NamiBinder *b, int kind, NamiStr text);

/* ---- text (explain_expr.c) ------------------------------------------------------------------ */

/* The names of the slots where an operator stands. */
typedef struct NamiSlotNames
{
	const NamiPlan *plan;
	uint32_t	op;				/* number of the operator */
} NamiSlotNames;

extern void nami_explain_expr(NamiBuf *out, const NamiSlotNames *names, const NamiExpr *expr);
extern void nami_explain_labels(NamiBuf *out, const NamiLabelExpr *labels);
extern void nami_explain_slot(NamiBuf *out, const NamiSlotNames *names, NamiSlot slot);

#endif							/* NAMI_PLAN_BIND_INTERNAL_H */
