/*
 * ast.h - the syntax tree of a Cypher statement (spec/cypher.md 2).
 *
 * Plain structs in one arena, immutable once parsed. Every node knows the bytes of the source it was
 * made from, so that errors can point at it and unaliased columns are named by their text (2.2).
 * Names are not resolved and nothing about meaning is checked here beyond what cypher/parser.h says.
 *
 * Depth. Chains are flat: AND, OR, XOR, the arithmetic operators of one level and comparisons hold
 * any number of operands in an array, however long the chain is in the source. Everything that nests
 * - parentheses, lists, NOT, signs, subqueries, but also steps of a postfix chain (a.b.c, a[0][1],
 * a IS NULL IN b) - is at most NAMI_CY_DEPTH_LIMIT levels high, so walkers may simply recurse.
 *
 * Order of arrays is source order everywhere.
 */
#ifndef NAMI_CYPHER_AST_H
#define NAMI_CYPHER_AST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/value.h"

#define NAMI_CY_DEPTH_LIMIT	500

/* Bytes start .. end - 1 of the source. */
typedef struct NamiCySpan
{
	uint32_t	start;
	uint32_t	end;
} NamiCySpan;

/* An identifier, unescaped. Absent: text.ptr is NULL (a name is never empty). */
typedef struct NamiCyName
{
	NamiStr		text;			/* in the source or the arena */
	NamiCySpan	span;
} NamiCyName;

static inline bool
nami_cy_name_present(const NamiCyName *name)
{
	return name->text.ptr != NULL;
}

typedef struct NamiCyExpr NamiCyExpr;
typedef struct NamiCyClause NamiCyClause;
typedef struct NamiCyQuery NamiCyQuery;
typedef struct NamiCyLabelExpr NamiCyLabelExpr;

/* ---- patterns ---- */

typedef enum NamiCyLabelKind
{
	NAMI_CY_LABEL_NAME,			/* name */
	NAMI_CY_LABEL_AND,			/* args, 2 or more: :A:B and A&B */
	NAMI_CY_LABEL_OR,			/* args, 2 or more: A|B */
	NAMI_CY_LABEL_NOT,			/* args[0]: !A */
	NAMI_CY_LABEL_ANY			/* %: at least one label */
} NamiCyLabelKind;

/* Of labels, or of relationship types. */
struct NamiCyLabelExpr
{
	NamiCyLabelKind kind;
	NamiCySpan	span;			/* without the leading ':' */
	NamiCyName	name;
	NamiCyLabelExpr **args;
	uint32_t	arg_count;
};

/* (variable labels properties WHERE where), each part optional. */
typedef struct NamiCyNode
{
	NamiCySpan	span;
	NamiCyName	variable;
	NamiCyLabelExpr *labels;	/* or NULL */
	NamiCyExpr *properties;		/* a MAP or PARAMETER, or NULL */
	NamiCyExpr *where;			/* or NULL */
} NamiCyNode;

typedef enum NamiCyDirection
{
	NAMI_CY_BOTH,				/* -- and <--> */
	NAMI_CY_RIGHT,				/* --> */
	NAMI_CY_LEFT				/* <-- */
} NamiCyDirection;

typedef struct NamiCyRelPattern
{
	NamiCySpan	span;
	NamiCyName	variable;
	NamiCyLabelExpr *types;		/* or NULL: any type */
	NamiCyDirection direction;
	bool		is_variable_length; /* has a '*' */
	NamiCyExpr *min;			/* integer LITERAL >= 0 or PARAMETER; NULL: 1 */
	NamiCyExpr *max;			/* the same; NULL: no bound. "*2" has min == max, the same node */
	NamiCyExpr *properties;		/* a MAP or PARAMETER, or NULL */
	NamiCyExpr *where;			/* or NULL */
} NamiCyRelPattern;

typedef enum NamiCyShortest
{
	NAMI_CY_SHORTEST_NONE,
	NAMI_CY_SHORTEST_ONE,		/* shortestPath(...) */
	NAMI_CY_SHORTEST_ALL		/* allShortestPaths(...) */
} NamiCyShortest;

/* variable = nodes[0] rels[0] nodes[1] ... nodes[rel_count] */
typedef struct NamiCyPatternPart
{
	NamiCySpan	span;
	NamiCyName	variable;		/* path variable */
	NamiCyShortest shortest;
	NamiCyNode *nodes;			/* rel_count + 1 */
	NamiCyRelPattern *rels;
	uint32_t	rel_count;
} NamiCyPatternPart;

typedef struct NamiCyPattern
{
	NamiCyPatternPart *parts;
	uint32_t	part_count;
} NamiCyPattern;

/* ---- expressions ---- */

typedef enum NamiCyExprKind
{
	NAMI_CY_LITERAL,			/* literal: null, BOOL, INT, FLOAT or STRING */
	NAMI_CY_PARAMETER,			/* name, without the $ */
	NAMI_CY_VARIABLE,			/* name */
	NAMI_CY_PROPERTY,			/* args[0] . name */
	NAMI_CY_INDEX,				/* args[0] [ args[1] ] */
	NAMI_CY_SLICE,				/* args[0] [ args[1] .. args[2] ]; a missing bound is NULL */
	NAMI_CY_LABELS,				/* args[0] : labels */
	NAMI_CY_LIST,				/* args */
	NAMI_CY_MAP,				/* entries; keys may repeat */
	NAMI_CY_CASE,				/* switch_ */
	NAMI_CY_CALL,				/* call: function, aggregate; also exists(x.y) */
	NAMI_CY_LIST_COMP,			/* local: [x IN list WHERE where | body] */
	NAMI_CY_QUANTIFIER,			/* op is ALL .. SINGLE; local: all(x IN list WHERE where) */
	NAMI_CY_REDUCE,				/* local: reduce(accumulator = init, x IN list | body) */
	NAMI_CY_PATTERN_COMP,		/* pattern: [variable = element WHERE where | body] */
	NAMI_CY_PATTERN,			/* pattern: a pattern used as an expression: (a)-->(b) as predicate
								 * (shortest is NONE, no variable), or shortestPath(...) */
	NAMI_CY_SUBQUERY,			/* op is EXISTS, COUNT or COLLECT; subquery */
	NAMI_CY_MAP_PROJECTION,		/* projection: name { items } */
	NAMI_CY_UNARY,				/* op args[0]: NOT, PLUS, MINUS, IS_NULL, IS_NOT_NULL */
	NAMI_CY_BINARY,				/* args[0] op args[1]: IN, STARTS_WITH, ENDS_WITH, CONTAINS, REGEX */
	NAMI_CY_LOGICAL,			/* args, 2 or more, all joined by op: AND, OR or XOR */
	NAMI_CY_ARITHMETIC,			/* args[0] ops[0] args[1] ops[1] ... from left to right, 2 or more; ops
								 * of one level: ADD SUB CONCAT, or MUL DIV MOD, or POW */
	NAMI_CY_COMPARISON			/* args[0] ops[0] args[1] ops[1] ..., 2 or more: EQ .. GE; with more
								 * than 2 it means args[0] ops[0] args[1] AND args[1] ops[1] ... */
} NamiCyExprKind;

typedef enum NamiCyOp
{
	NAMI_CY_OP_NONE,
	/* UNARY */
	NAMI_CY_NOT,
	NAMI_CY_PLUS,
	NAMI_CY_MINUS,
	NAMI_CY_IS_NULL,
	NAMI_CY_IS_NOT_NULL,
	/* BINARY */
	NAMI_CY_IN,
	NAMI_CY_STARTS_WITH,
	NAMI_CY_ENDS_WITH,
	NAMI_CY_CONTAINS,
	NAMI_CY_REGEX,
	/* LOGICAL */
	NAMI_CY_AND,
	NAMI_CY_OR,
	NAMI_CY_XOR,
	/* ARITHMETIC */
	NAMI_CY_ADD,
	NAMI_CY_SUB,
	NAMI_CY_CONCAT,				/* || */
	NAMI_CY_MUL,
	NAMI_CY_DIV,
	NAMI_CY_MOD,
	NAMI_CY_POW,
	/* COMPARISON */
	NAMI_CY_EQ,
	NAMI_CY_NE,
	NAMI_CY_LT,
	NAMI_CY_LE,
	NAMI_CY_GT,
	NAMI_CY_GE,
	/* QUANTIFIER */
	NAMI_CY_ALL,
	NAMI_CY_ANY,
	NAMI_CY_NONE,
	NAMI_CY_SINGLE,
	/* SUBQUERY */
	NAMI_CY_EXISTS,
	NAMI_CY_COUNT,
	NAMI_CY_COLLECT
} NamiCyOp;

typedef struct NamiCyMapEntry
{
	NamiCyName	key;
	NamiCyExpr *value;
} NamiCyMapEntry;

typedef struct NamiCyCase
{
	NamiCyExpr *operand;		/* CASE operand WHEN ...; NULL: each when is a condition */
	NamiCyExpr **whens;
	NamiCyExpr **thens;
	uint32_t	count;			/* 1 or more */
	NamiCyExpr *otherwise;		/* ELSE, or NULL */
} NamiCyCase;

/* name(args), name(DISTINCT args), name(*). The arguments are in the expression's args. */
typedef struct NamiCyCall
{
	NamiCyName	name;			/* as written, parts joined by '.' */
	NamiCyName *parts;			/* the dotted name's parts, 1 or more */
	uint32_t	part_count;
	bool		is_distinct;
	bool		is_star;		/* then without arguments */
} NamiCyCall;

/* Expressions with variables of their own over a list. */
typedef struct NamiCyLocal
{
	NamiCyName	variable;		/* x */
	NamiCyExpr *list;
	NamiCyExpr *where;			/* LIST_COMP: or NULL; QUANTIFIER: always */
	NamiCyExpr *body;			/* LIST_COMP: or NULL (x itself); REDUCE: always */
	NamiCyName	accumulator;	/* REDUCE */
	NamiCyExpr *init;			/* REDUCE */
} NamiCyLocal;

typedef struct NamiCyPatternExpr
{
	NamiCyPatternPart *part;	/* one path */
	NamiCyExpr *where;			/* PATTERN_COMP: or NULL */
	NamiCyExpr *body;			/* PATTERN_COMP */
} NamiCyPatternExpr;

/* Either query, or a pattern with an optional condition: EXISTS { (a)-->(b) WHERE ... }. */
typedef struct NamiCySubquery
{
	NamiCyQuery *query;			/* or NULL */
	NamiCyPattern pattern;		/* when query is NULL: 1 part or more */
	NamiCyExpr *where;			/* or NULL */
} NamiCySubquery;

typedef enum NamiCyMapItemKind
{
	NAMI_CY_MAP_ALL,			/* .* */
	NAMI_CY_MAP_PROPERTY,		/* .name */
	NAMI_CY_MAP_ENTRY,			/* name: value */
	NAMI_CY_MAP_VARIABLE		/* name */
} NamiCyMapItemKind;

typedef struct NamiCyMapItem
{
	NamiCyMapItemKind kind;
	NamiCySpan	span;
	NamiCyName	name;
	NamiCyExpr *value;			/* MAP_ENTRY */
} NamiCyMapItem;

typedef struct NamiCyMapProjection
{
	NamiCyName	variable;
	NamiCyMapItem *items;
	uint32_t	item_count;
} NamiCyMapProjection;

struct NamiCyExpr
{
	uint8_t		kind;			/* NamiCyExprKind */
	uint8_t		op;				/* NamiCyOp */
	NamiCySpan	span;			/* without enclosing parentheses */
	uint32_t	arg_count;
	uint32_t	entry_count;	/* MAP */
	NamiCyExpr **args;			/* which kinds have them: NamiCyExprKind */
	union
	{
		NamiValue	literal;
		NamiCyName	name;
		const uint8_t *ops;		/* ARITHMETIC, COMPARISON: arg_count - 1 of NamiCyOp */
		NamiCyLabelExpr *labels;
		NamiCyMapEntry *entries;
		NamiCyCase *switch_;
		NamiCyCall *call;
		NamiCyLocal *local;
		NamiCyPatternExpr *pattern;
		NamiCySubquery *subquery;
		NamiCyMapProjection *projection;
	};
};

/* ---- clauses ---- */

typedef enum NamiCyClauseKind
{
	NAMI_CY_MATCH,
	NAMI_CY_UNWIND,
	NAMI_CY_WITH,				/* projection */
	NAMI_CY_RETURN,				/* projection */
	NAMI_CY_CALL_PROCEDURE,
	NAMI_CY_CALL_SUBQUERY,
	NAMI_CY_CREATE,				/* pattern */
	NAMI_CY_MERGE,
	NAMI_CY_SET,
	NAMI_CY_REMOVE,				/* set: items of kind PROPERTY, DYNAMIC and LABELS, without value */
	NAMI_CY_DELETE,
	NAMI_CY_FOREACH
} NamiCyClauseKind;

typedef struct NamiCyMatch
{
	bool		is_optional;
	NamiCyPattern pattern;
	NamiCyExpr *where;			/* or NULL */
} NamiCyMatch;

typedef struct NamiCyUnwind
{
	NamiCyExpr *list;
	NamiCyName	variable;
} NamiCyUnwind;

typedef struct NamiCyItem
{
	NamiCyExpr *expr;
	NamiStr		text;			/* the expression's source, trimmed, parentheses included */
	NamiCySpan	span;			/* of text */
	NamiCyName	alias;			/* AS; absent: the column's name is text, but for a variable its name */
} NamiCyItem;

typedef struct NamiCySort
{
	NamiCyExpr *expr;
	NamiStr		text;			/* as in NamiCyItem */
	NamiCySpan	span;
	bool		is_descending;
} NamiCySort;

typedef struct NamiCyProjection
{
	bool		is_distinct;
	bool		has_star;		/* '*' always comes first; items may follow it */
	NamiCySpan	star_span;
	NamiCyItem *items;
	uint32_t	item_count;		/* 1 or more unless has_star */
	NamiCySort *sorts;
	uint32_t	sort_count;
	NamiCyExpr *skip;			/* or NULL */
	NamiCyExpr *limit;			/* or NULL */
	NamiCyExpr *where;			/* WITH: or NULL */
} NamiCyProjection;

typedef struct NamiCyYield
{
	NamiCyName	column;			/* output of the procedure */
	NamiCyName	alias;			/* or absent: the same name */
} NamiCyYield;

typedef struct NamiCyCallProcedure
{
	NamiCyName	name;			/* as written, parts joined by '.' */
	NamiCyName *parts;
	uint32_t	part_count;
	bool		has_arguments;	/* false: CALL name without parentheses (arguments from parameters) */
	NamiCyExpr **args;
	uint32_t	arg_count;
	bool		has_yield;		/* false: all columns */
	bool		yields_all;		/* YIELD * */
	NamiCySpan	yield_span;		/* from YIELD to the last item */
	NamiCyYield *yields;
	uint32_t	yield_count;
	NamiCyExpr *where;			/* or NULL */
} NamiCyCallProcedure;

typedef struct NamiCyCallSubquery
{
	NamiCyQuery *query;
	bool		has_imports;	/* CALL (...) { }; false: CALL { }, whose leading WITH imports */
	bool		imports_all;	/* CALL (*) { } */
	NamiCyName *imports;
	uint32_t	import_count;
} NamiCyCallSubquery;

typedef enum NamiCySetKind
{
	NAMI_CY_SET_PROPERTY,		/* target.name = value */
	NAMI_CY_SET_DYNAMIC,		/* target[key] = value */
	NAMI_CY_SET_REPLACE,		/* target = value; target is a VARIABLE */
	NAMI_CY_SET_MERGE,			/* target += value; target is a VARIABLE */
	NAMI_CY_SET_LABELS			/* target:A:B; target is a VARIABLE */
} NamiCySetKind;

typedef struct NamiCySetItem
{
	NamiCySetKind kind;
	NamiCySpan	span;
	NamiCyExpr *target;
	NamiCyName	property;		/* PROPERTY */
	NamiCyExpr *key;			/* DYNAMIC */
	NamiCyExpr *value;			/* not for LABELS and REMOVE */
	NamiCyName *labels;			/* LABELS, 1 or more */
	uint32_t	label_count;
} NamiCySetItem;

typedef struct NamiCySet
{
	NamiCySetItem *items;
	uint32_t	item_count;
} NamiCySet;

typedef struct NamiCyMergeAction
{
	bool		on_create;		/* false: ON MATCH */
	NamiCySpan	span;
	NamiCySet	set;
} NamiCyMergeAction;

typedef struct NamiCyMerge
{
	NamiCyPatternPart *part;
	NamiCyMergeAction *actions;
	uint32_t	action_count;
} NamiCyMerge;

typedef struct NamiCyDelete
{
	bool		is_detach;
	NamiCyExpr **args;
	uint32_t	arg_count;
} NamiCyDelete;

typedef struct NamiCyForeach
{
	NamiCyName	variable;
	NamiCyExpr *list;
	NamiCyClause **clauses;		/* updating clauses only, 1 or more */
	uint32_t	clause_count;
} NamiCyForeach;

struct NamiCyClause
{
	NamiCyClauseKind kind;
	NamiCySpan	span;
	union
	{
		NamiCyMatch match;
		NamiCyUnwind unwind;
		NamiCyProjection projection;
		NamiCyCallProcedure call;
		NamiCyCallSubquery subquery;
		NamiCyPattern create;
		NamiCyMerge merge;
		NamiCySet	set;
		NamiCyDelete delete_;
		NamiCyForeach foreach;
	};
};

/* CREATE, MERGE, SET, REMOVE, DELETE, FOREACH. */
static inline bool
nami_cy_clause_is_updating(const NamiCyClause *clause)
{
	return clause->kind >= NAMI_CY_CREATE;
}

typedef struct NamiCySingle
{
	NamiCySpan	span;
	NamiCyClause **clauses;
	uint32_t	clause_count;	/* 1 or more */
} NamiCySingle;

struct NamiCyQuery
{
	NamiCySpan	span;
	NamiCySingle *singles;		/* joined by UNION */
	uint32_t	single_count;	/* 1 or more */
	bool		union_all;
};

/* ---- schema commands (spec/cypher.md 7) ---- */

typedef enum NamiCySchemaKind
{
	NAMI_CY_CREATE_CONSTRAINT,	/* of uniqueness */
	NAMI_CY_CREATE_INDEX,		/* equality index */
	NAMI_CY_CREATE_FULLTEXT_INDEX,
	NAMI_CY_CREATE_VECTOR_INDEX,
	NAMI_CY_DROP_CONSTRAINT,
	NAMI_CY_DROP_INDEX,
	NAMI_CY_DROP_FULLTEXT_INDEX,
	NAMI_CY_DROP_VECTOR_INDEX,
	NAMI_CY_SHOW_CONSTRAINTS,
	NAMI_CY_SHOW_INDEXES
} NamiCySchemaKind;

typedef enum NamiCyMetric
{
	NAMI_CY_METRIC_COSINE,
	NAMI_CY_METRIC_DOT,
	NAMI_CY_METRIC_EUCLIDEAN
} NamiCyMetric;

typedef struct NamiCyVectorOptions
{
	NamiCyMetric metric;
	int64_t		dimension;
	bool		has_r;
	bool		has_l_build;
	bool		has_alpha;
	bool		has_quantization;
	bool		is_int8;		/* quantization: int8, else none */
	int64_t		r;
	int64_t		l_build;
	double		alpha;
	NamiCySpan	dimension_span;
} NamiCyVectorOptions;

typedef struct NamiCySchemaCommand
{
	NamiCySchemaKind kind;
	NamiCySpan	span;
	NamiCyName	name;			/* of the constraint or index; may be absent in CREATE CONSTRAINT/INDEX */
	bool		if_exists;		/* DROP ... IF EXISTS, CREATE ... IF NOT EXISTS */
	NamiCyName	label;			/* CREATE */
	NamiCyName *properties;		/* CREATE, 1 or more; duplicates are possible */
	uint32_t	property_count;
	NamiCyVectorOptions vector; /* CREATE_VECTOR_INDEX */
} NamiCySchemaCommand;

/* ---- statement ---- */

typedef enum NamiCyExplain
{
	NAMI_CY_EXECUTE,
	NAMI_CY_EXPLAIN,
	NAMI_CY_PROFILE
} NamiCyExplain;

typedef struct NamiCyStatement
{
	NamiStr		text;			/* the source, borrowed */
	NamiCyExplain explain;
	bool		explain_raw;	/* EXPLAIN RAW */
	bool		explain_verbose;
	NamiCyQuery *query;			/* exactly one of these two */
	NamiCySchemaCommand *schema;
} NamiCyStatement;

/* ---- printing (ast_print.c) ---- */

/*
 * Canonical Cypher text: keywords in capitals, one blank where needed, parentheses only where the
 * tree needs them, names quoted only when they must be. Parsing the text gives the same tree again.
 */
extern void nami_cy_print_expr(NamiBuf *out, const NamiCyExpr *expr);
extern void nami_cy_print_labels(NamiBuf *out, const NamiCyLabelExpr *labels);
extern void nami_cy_print_part(NamiBuf *out, const NamiCyPatternPart *part);
extern void nami_cy_print_query(NamiBuf *out, const NamiCyQuery *query);
extern void nami_cy_print_statement(NamiBuf *out, const NamiCyStatement *statement);

/* A name as an identifier, in backticks when it must be. */
extern void nami_cy_print_name(NamiBuf *out, NamiStr name);

/* The same expression but for spacing, redundant parentheses and spelling of literals. */
extern bool nami_cy_expr_equal(const NamiCyExpr *a, const NamiCyExpr *b, NamiArena *scratch);

#endif							/* NAMI_CYPHER_AST_H */
