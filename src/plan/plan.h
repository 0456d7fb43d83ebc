/*
 * plan.h - the physical plan: a tree of operators over slots (docs/engine.md 4 and 5).
 *
 * A row is an array of slots; all operators of a query share one slot space, inner plans of
 * subqueries included. An operator produces the slots in "live" and nothing else: the planner lists
 * there what some operator above still needs. In a long query the same slot is one variable here and
 * another one there (slots.c).
 *
 * Operators pull batches from their input. An operator whose input is NULL is a leaf. Inner plans
 * (Apply, Merge, SUBPLAN expressions) begin with an ARGUMENT leaf, which yields the rows of the
 * outer batch together with their row number; the result is folded back by that number.
 */
#ifndef NAMI_PLAN_PLAN_H
#define NAMI_PLAN_PLAN_H

#include "graph/types.h"
#include "plan/expr.h"
#include "plan/function.h"
#include "plan/procedure.h"

typedef struct NamiPlanOp NamiPlanOp;

typedef enum NamiPlanOpKind
{
	NAMI_PLAN_ONCE,				/* one row without columns */
	NAMI_PLAN_ARGUMENT,			/* rows of the outer batch */
	NAMI_PLAN_NODE_SCAN,			/* node: label all of "labels" (may be none) */
	NAMI_PLAN_ID_SEEK,			/* node whose id equals expr (a string, or list with IN) */
	NAMI_PLAN_INDEX_SEEK,			/* node: label, keys[i] = exprs[i] */
	NAMI_PLAN_TYPE_SCAN,			/* all relationships of types: rel, from (src), to (dst) */
	NAMI_PLAN_EXPAND,				/* from -> rel, to */
	NAMI_PLAN_EXPAND_INTO,		/* from, to bound -> rel */
	NAMI_PLAN_VAR_EXPAND,			/* from -> rel (list), to; to may be bound (into) */
	NAMI_PLAN_SHORTEST_PATH,		/* from, to bound -> rel (list) */
	NAMI_PLAN_INTERSECT,			/* from -> rel, to; to -> near_rel, near: both of them bound */
	NAMI_PLAN_DEGREE,				/* slot = how many (from)-[]-(to:labels) there are; rows with 0 go.
								 * apply_kind SEMI: no slot; ANTI: only rows with 0 stay */
	NAMI_PLAN_COUNT_NODES,			/* one row: slot = nodes with all labels */
	NAMI_PLAN_COUNT_EDGES,			/* one row: slot = relationships of the types */
	NAMI_PLAN_FILTER,
	NAMI_PLAN_PROJECT,			/* items: slot = expr; other live slots pass through */
	NAMI_PLAN_AGGREGATE,
	NAMI_PLAN_DISTINCT,			/* by the slots in keys */
	NAMI_PLAN_SORT,
	NAMI_PLAN_TOP,				/* SORT with limit (and skip) known when opened */
	NAMI_PLAN_SKIP,
	NAMI_PLAN_LIMIT,
	NAMI_PLAN_UNWIND,
	NAMI_PLAN_CROSS,				/* input x inner; inner does not depend on input */
	NAMI_PLAN_HASH_JOIN,			/* input, inner on join_keys = inner_keys; apply_kind SEMI, ANTI: rows
								 * of input that some, that no row of inner joins */
	NAMI_PLAN_APPLY,				/* inner per row of input, by apply_kind */
	NAMI_PLAN_UNION,				/* inputs after each other; with DISTINCT above if needed */
	NAMI_PLAN_CALL,				/* procedure */
	NAMI_PLAN_EAGER,				/* reads its whole input first */
	NAMI_PLAN_CREATE,
	NAMI_PLAN_MERGE,
	NAMI_PLAN_SET,
	NAMI_PLAN_REMOVE,
	NAMI_PLAN_DELETE,
	NAMI_PLAN_FOREACH,
	NAMI_PLAN_EMPTY_RESULT		/* runs its input to the end, yields nothing */
} NamiPlanOpKind;

typedef enum NamiApplyKind
{
	NAMI_APPLY_INNER,			/* CALL { } : rows of inner with the outer row's slots */
	NAMI_APPLY_OPTIONAL,		/* the same; a row without result once, inner slots null */
	NAMI_APPLY_SEMI,			/* keep rows with at least one result */
	NAMI_APPLY_ANTI,			/* keep rows without result */
	NAMI_APPLY_UNIT				/* CALL { } without RETURN: effects only, rows unchanged */
} NamiApplyKind;

typedef enum NamiPatternDirection
{
	NAMI_DIR_OUT,				/* from -> to */
	NAMI_DIR_IN,
	NAMI_DIR_BOTH				/* each relationship once per end; a self-loop once */
} NamiPatternDirection;

typedef struct NamiProjectItem
{
	NamiSlot	slot;
	NamiExpr   *expr;
} NamiProjectItem;

typedef struct NamiAggregateItem
{
	NamiSlot	slot;
	const NamiFunction *function;
	bool		distinct;
	bool		star;			/* count(*) */
	NamiExpr  **args;
	uint32_t	arg_count;
	int64_t		position;
} NamiAggregateItem;

typedef struct NamiSortItem
{
	NamiExpr   *expr;
	bool		descending;
} NamiSortItem;

/* One variable of CREATE or MERGE, in pattern order. */
typedef struct NamiCreateItem
{
	bool		is_rel;
	NamiSlot	slot;			/* always set, hidden for anonymous elements */
	NamiName   *labels;			/* node */
	uint32_t	label_count;
	NamiName	type;			/* relationship */
	NamiSlot	from;
	NamiSlot	to;
	NamiExpr   *props;			/* MAP, or NULL */
	int64_t		position;
} NamiCreateItem;

typedef enum NamiSetKind
{
	NAMI_SET_PROPERTY,			/* target.name = value */
	NAMI_SET_DYNAMIC,			/* target[key] = value */
	NAMI_SET_REPLACE,			/* target = map | node | relationship */
	NAMI_SET_MERGE,				/* target += map */
	NAMI_SET_LABELS,
	NAMI_REMOVE_PROPERTY,
	NAMI_REMOVE_LABELS
} NamiSetKind;

typedef struct NamiSetItem
{
	NamiSetKind kind;
	NamiExpr   *target;
	NamiName	name;
	NamiExpr   *key;			/* DYNAMIC */
	NamiExpr   *value;
	NamiName   *labels;
	uint32_t	label_count;
	int64_t		position;
} NamiSetItem;

struct NamiPlanOp
{
	NamiPlanOpKind kind;
	uint32_t	number;			/* 0 .. op_count - 1 of the plan: index of the run-time state */
	NamiPlanOp *input;
	NamiPlanOp *inner;			/* CROSS, HASH_JOIN, APPLY, MERGE (match part), FOREACH (body) */
	NamiPlanOp **inputs;		/* UNION */
	uint32_t	input_count;
	const NamiSlot *live;		/* slots this operator must produce */
	uint32_t	live_count;
	double		estimated_rows;
	double		estimated_cost; /* nanoseconds */

	/* patterns */
	NamiSlot	from;
	NamiSlot	to;
	NamiSlot	rel;			/* may be NONE when nobody needs it */
	NamiName   *types;			/* none: any */
	uint32_t	type_count;
	NamiPatternDirection direction;
	NamiName   *labels;			/* NODE_SCAN: all of; INDEX_SEEK: labels[0] or none */
	uint32_t	label_count;
	NamiName   *keys;			/* INDEX_SEEK */
	NamiExpr  **exprs;			/* INDEX_SEEK: one per key; ID_SEEK: exprs[0] */
	uint32_t	expr_count;
	bool		seek_in;		/* ID_SEEK, INDEX_SEEK on one key: exprs[0] is a list (IN) */
	const NamiSlot *unique_with;	/* relationship (list) slots of the same MATCH that the new
									 * relationship must differ from */
	uint32_t	unique_count;
	bool		first_only;		/* VAR_EXPAND: one row for each row of the input is enough */
	bool		distinct_ends;	/* EXPAND, VAR_EXPAND: each node of to once is enough; only to is live */

	/* INTERSECT: the second relationship, seen from near; of one type, not undirected */
	NamiSlot	near;
	NamiSlot	near_rel;
	NamiName   *near_type;
	NamiPatternDirection near_direction;
	const NamiSlot *near_unique;	/* as unique_with, for near_rel */
	uint32_t	near_unique_count;
	bool		near_differs;	/* rel and near_rel must not be the same */

	/* VAR_EXPAND, SHORTEST_PATH */
	int64_t		min_hops;
	int64_t		max_hops;		/* INT64_MAX: none */
	NamiExpr   *min_expr;		/* bounds given as parameters, else NULL */
	NamiExpr   *max_expr;
	bool		into;			/* to is bound */
	bool		all_shortest;
	NamiExpr   *step_filter;	/* over step_rel (and step_from, step_to) */
	NamiSlot	step_rel;
	NamiSlot	step_from;
	NamiSlot	step_to;

	/* FILTER; APPLY: none */
	NamiExpr   *predicate;

	/* PROJECT, AGGREGATE keys, DISTINCT (expr NULL: the slot itself), HASH_JOIN keys */
	NamiProjectItem *items;
	uint32_t	item_count;
	NamiAggregateItem *aggregates;
	uint32_t	aggregate_count;
	NamiSortItem *sort_items;
	uint32_t	sort_count;
	NamiExpr  **inner_keys;		/* HASH_JOIN: items[i].expr = inner_keys[i] */

	/* SKIP, LIMIT, TOP */
	NamiExpr   *skip;
	NamiExpr   *limit;

	/* UNWIND, FOREACH: list into slot */
	NamiExpr   *list;
	NamiSlot	slot;

	NamiApplyKind apply_kind;
	bool		stops_early;	/* APPLY SEMI, ANTI: an outer row needs no result after its first */

	/* CALL: procedure with arguments in exprs; its column columns[i] goes into items[i].slot */
	const NamiProcedure *procedure;
	uint32_t   *columns;		/* item_count numbers of procedure columns */

	/* writes */
	NamiCreateItem *creates;
	uint32_t	create_count;
	NamiSetItem *sets;			/* SET, REMOVE; MERGE: ON CREATE */
	uint32_t	set_count;
	NamiSetItem *on_match;		/* MERGE */
	uint32_t	on_match_count;
	bool		detach;			/* DELETE: exprs */
	bool		streaming;		/* write operator that may emit before its input has ended */
	int64_t		position;

	/* APPLY, CROSS, HASH_JOIN: slots that come from inner; all others come from input */
	const NamiSlot *inner_slots;
	uint32_t	inner_slot_count;
};

/* What a SUBPLAN expression makes of the inner rows of one outer row. */
typedef enum NamiSubplanKind
{
	NAMI_SUBPLAN_EXISTS,		/* BOOL */
	NAMI_SUBPLAN_COUNT,			/* INT */
	NAMI_SUBPLAN_COLLECT,		/* LIST of slot result, in order */
	NAMI_SUBPLAN_FIRST			/* slot result of the first row, or null (shortestPath()) */
} NamiSubplanKind;

typedef struct NamiSubplan
{
	NamiSubplanKind kind;
	NamiPlanOp *root;
	NamiSlot	result;
	const NamiSlot *arguments;	/* outer slots that the inner plan reads */
	uint32_t	argument_count;
	uint32_t	number;			/* index of the run-time state */
	bool		is_constant;	/* the same for all rows of a statement that only reads */
	bool		stops_early;	/* EXISTS: an outer row needs no result after its first */

	/*
	 * EXISTS while planning: the same rows as of root, but for conditions outer_keys[i] = inner_keys[i]
	 * that are left out, made without the outer rows. NULL: there is no such plan.
	 */
	NamiPlanOp *join_root;
	NamiProjectItem *outer_keys;
	NamiExpr  **inner_keys;
	uint32_t	key_count;
} NamiSubplan;

typedef struct NamiPlanColumn
{
	NamiStr		name;
	NamiSlot	slot;
	NamiStaticType type;
} NamiPlanColumn;

/* A variable that a slot stands for, from an operator on: the next entry of the slot may change it. */
typedef struct NamiSlotName
{
	NamiSlot	slot;
	uint32_t	op;				/* its number */
	NamiStr		name;			/* empty for hidden slots */
} NamiSlotName;

typedef enum NamiStatementKind
{
	NAMI_STATEMENT_QUERY,
	NAMI_STATEMENT_EXPLAIN,		/* the plan as rows of one column "plan"; nothing is executed */
	NAMI_STATEMENT_PROFILE,		/* runs like QUERY, with the query's own rows */
	NAMI_STATEMENT_SCHEMA		/* schema command or SHOW: schema points to the syntax tree */
} NamiStatementKind;

typedef struct NamiPlan
{
	NamiStatementKind kind;
	NamiStr		text;			/* the query, in the plan's arena */
	NamiPlanOp *root;
	NamiPlanColumn *columns;	/* none for a statement without RETURN */
	uint32_t	column_count;
	uint32_t	slot_count;
	uint32_t	op_count;
	uint32_t	subplan_count;
	bool		writes;
	bool		reads_graph;	/* false: RETURN 1 needs no snapshot */
	bool		uses_host;		/* calls procedures or functions of the host */
	bool		is_volatile;	/* may give other rows on the same state: rand(), procedures, writes */
	bool		is_plain;		/* variant no_rewrite: the executor takes no short ways either */
	NamiStr    *parameters;		/* names used, each once */
	int64_t    *parameter_positions;	/* of the first use, byte offsets */
	uint32_t	parameter_count;
	NamiName  **names;			/* every NamiName of the plan, with its kind: to be resolved */
	uint8_t    *name_kinds;		/* NamiNameKind */
	uint32_t	name_count;
	const uint64_t *sizes;		/* of what the plan is about, when it was made (sizes.c); or NULL */
	uint32_t	size_count;
	uint64_t	seen_rows;		/* when the sizes were looked at last */
	uint64_t	seen_own_rows;
	const void *schema;			/* NAMI_STATEMENT_SCHEMA: const NamiCySchemaCommand * */
	const NamiSlotName *slot_names; /* by slot and operator: for explain */
	uint32_t	slot_name_count;
} NamiPlan;

/* "NodeScan", "OptionalApply": the name of an operator in explain and in messages. */
extern const char *nami_plan_op_name(const NamiPlanOp *op);

#endif							/* NAMI_PLAN_PLAN_H */
