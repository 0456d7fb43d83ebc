/*
 * expr.h - bound expressions: what the binder makes of the syntax tree.
 *
 * Names are resolved: variables to slots, functions to entries of the function table. Labels, types
 * and property keys stay names; the executor looks their catalog numbers up when the plan is opened
 * (NamiName.number), so a plan can be cached and used for any snapshot of the namespace.
 *
 * Expressions live in the plan's arena and are immutable but for NamiName.number.
 */
#ifndef NAMI_PLAN_EXPR_H
#define NAMI_PLAN_EXPR_H

#include "base/arena.h"
#include "base/value.h"

/* A slot is a column of the row: one for each variable, alias or hidden result of the query. */
typedef uint32_t NamiSlot;

#define NAMI_SLOT_NONE	UINT32_MAX

/* What is known at compile time about a slot's or an expression's values (null is always possible). */
typedef enum NamiStaticType
{
	NAMI_STATIC_ANY = 0,
	NAMI_STATIC_NODE,
	NAMI_STATIC_REL,
	NAMI_STATIC_REL_LIST,		/* of a variable-length relationship */
	NAMI_STATIC_PATH,
	NAMI_STATIC_BOOL,
	NAMI_STATIC_INT,
	NAMI_STATIC_FLOAT,
	NAMI_STATIC_NUMBER,			/* INT or FLOAT */
	NAMI_STATIC_STRING,
	NAMI_STATIC_LIST,
	NAMI_STATIC_MAP,
	NAMI_STATIC_BYTES,
	NAMI_STATIC_VECTOR,
	NAMI_STATIC_DATE,			/* the temporal types are neighbours: DATE to DURATION */
	NAMI_STATIC_LOCALTIME,
	NAMI_STATIC_TIME,
	NAMI_STATIC_LOCALDATETIME,
	NAMI_STATIC_DATETIME,
	NAMI_STATIC_DURATION,
	NAMI_STATIC_VALUE			/* something that is no node, relationship or path */
} NamiStaticType;

/* A label, type or property key in a plan. */
typedef struct NamiName
{
	NamiStr		text;
	uint32_t	number;			/* catalog number, refreshed when the plan is opened */
} NamiName;

typedef enum NamiExprOp
{
	NAMI_EX_CONST,				/* value */
	NAMI_EX_PARAM,				/* name */
	NAMI_EX_SLOT,				/* slot */
	NAMI_EX_PROPERTY,			/* args[0].name: node, relationship, map, temporal component */
	NAMI_EX_INDEX,				/* args[0][args[1]] */
	NAMI_EX_SLICE,				/* args[0][args[1]..args[2]]; flags: bound present */
	NAMI_EX_LIST,				/* args */
	NAMI_EX_MAP,				/* keys[i]: args[i] (source order; the last duplicate wins) */
	NAMI_EX_NOT,
	NAMI_EX_AND,				/* n-ary */
	NAMI_EX_OR,
	NAMI_EX_XOR,
	NAMI_EX_EQ,					/* binary comparisons; chains are ANDs of these over shared
								 * operands (the binder evaluates a shared operand once if it is
								 * not a slot, parameter or constant) */
	NAMI_EX_NE,
	NAMI_EX_LT,
	NAMI_EX_LE,
	NAMI_EX_GT,
	NAMI_EX_GE,
	NAMI_EX_IN,
	NAMI_EX_IS_NULL,
	NAMI_EX_IS_NOT_NULL,
	NAMI_EX_STARTS_WITH,
	NAMI_EX_ENDS_WITH,
	NAMI_EX_CONTAINS,
	NAMI_EX_REGEX,
	NAMI_EX_ADD,
	NAMI_EX_SUB,
	NAMI_EX_MUL,
	NAMI_EX_DIV,
	NAMI_EX_MOD,
	NAMI_EX_POW,
	NAMI_EX_NEG,
	NAMI_EX_POS,
	NAMI_EX_CONCAT,				/* || */
	NAMI_EX_CASE,				/* args: [operand] when1 then1 ... [else]; flags */
	NAMI_EX_CALL,				/* function(args) */
	NAMI_EX_HAS_LABELS,			/* args[0] has label expression labels */
	NAMI_EX_LIST_COMP,			/* local: args[0] list, args[1] where or NULL, args[2] map or NULL */
	NAMI_EX_ALL,				/* local: args[0] list, args[1] predicate */
	NAMI_EX_ANY,
	NAMI_EX_NONE,
	NAMI_EX_SINGLE,
	NAMI_EX_REDUCE,				/* local accumulator, local2 element: args[0] init, args[1] list,
								 * args[2] body */
	NAMI_EX_MAP_PROJECTION,		/* args[0] entity or map; keys/args of the items; flags: .* */
	NAMI_EX_PATH,				/* slots: node, rel | rel list, node, ... */
	NAMI_EX_SUBPLAN				/* subplan: result per outer row, see NamiSubplan in plan.h */
} NamiExprOp;

#define NAMI_EXF_HAS_OPERAND	0x01	/* CASE x WHEN ... */
#define NAMI_EXF_HAS_ELSE		0x02
#define NAMI_EXF_SLICE_FROM		0x04
#define NAMI_EXF_SLICE_TO		0x08
#define NAMI_EXF_ALL_PROPERTIES	0x10	/* map projection .* */
#define NAMI_EXF_OR_NULL		0x20	/* PROPERTY of a plain value: null, no error */

/* Label expression: a tree of and, or, not over labels; "any" is % (at least one label). */
typedef enum NamiLabelOp
{
	NAMI_LABEL_NAME,
	NAMI_LABEL_AND,
	NAMI_LABEL_OR,
	NAMI_LABEL_NOT,
	NAMI_LABEL_ANY
} NamiLabelOp;

typedef struct NamiLabelExpr
{
	NamiLabelOp op;
	NamiName	name;			/* NAME */
	struct NamiLabelExpr **args;	/* AND, OR: arg_count; NOT: 1 */
	uint32_t	arg_count;
} NamiLabelExpr;

struct NamiFunction;			/* exec/functions.h */
struct NamiSubplan;				/* plan/plan.h */

typedef struct NamiExpr NamiExpr;

struct NamiExpr
{
	NamiExprOp	op;
	NamiStaticType type;
	uint32_t	flags;
	int64_t		position;		/* byte offset in the query text, for run-time errors */
	NamiExpr  **args;
	uint32_t	arg_count;
	/* by op */
	NamiValue	value;			/* CONST */
	NamiName	name;			/* PARAM, PROPERTY */
	NamiSlot	slot;			/* SLOT */
	NamiSlot	local;			/* comprehension variable, accumulator */
	NamiSlot	local2;			/* REDUCE: element */
	NamiStr    *keys;			/* MAP, MAP_PROJECTION: arg_count (projection: args[1..]) */
	const struct NamiFunction *function;
	bool		distinct;		/* aggregate call */
	NamiLabelExpr *labels;
	const NamiSlot *slots;		/* PATH */
	uint32_t	slot_count;
	struct NamiSubplan *subplan;
};

#endif							/* NAMI_PLAN_EXPR_H */
