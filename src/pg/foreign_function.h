/*
 * foreign_function.h - the built-in functions and operators that Cypher has exactly, by the OID of the
 * function behind them.
 */
#ifndef NAMI_PG_FOREIGN_FUNCTION_H
#define NAMI_PG_FOREIGN_FUNCTION_H

#include "postgres.h"

typedef enum NamiComparison
{
	NAMI_CMP_EQ,
	NAMI_CMP_NE,
	NAMI_CMP_LT,
	NAMI_CMP_LE,
	NAMI_CMP_GT,
	NAMI_CMP_GE
} NamiComparison;

typedef struct NamiComparisonFunction
{
	Oid			function;
	NamiComparison op;
	bool		is_float;		/* NaN needs care */
	bool		is_text;		/* the collation decides */
} NamiComparisonFunction;

typedef enum NamiShape
{
	NAMI_SHAPE_CALL,			/* name(a) */
	NAMI_SHAPE_INFIX,			/* a name b */
	NAMI_SHAPE_PREFIX,			/* name a */
	NAMI_SHAPE_SAME				/* a: both types have one form in Cypher */
} NamiShape;

typedef struct NamiPlainFunction
{
	Oid			function;
	NamiShape	shape;
	const char *name;
	int			arg_count;
	bool		gives_number;	/* a FLOAT that is never NaN */
	bool		needs_utf8;		/* counts characters of the database's encoding */
	bool		divides;		/* by its second argument */
} NamiPlainFunction;

typedef struct NamiAggregateFunction
{
	Oid			function;
	const char *name;
	bool		by_order;		/* min and max: the order of the type must be Cypher's */
	bool		null_if_empty;	/* SQL: NULL without rows, Cypher: 0 */
} NamiAggregateFunction;

/* Functions that are exact for certain arguments only. */
typedef enum NamiSpecial
{
	NAMI_SPECIAL_LIKE,
	NAMI_SPECIAL_STARTS_WITH,
	NAMI_SPECIAL_LEFT_RIGHT,
	NAMI_SPECIAL_SUBSTRING,
	NAMI_SPECIAL_KEY_EXISTS
} NamiSpecial;

/* NULL, false: not in the list. */
extern const NamiComparisonFunction *nami_comparison_function(Oid function);
extern const NamiPlainFunction *nami_plain_function(Oid function);
extern const NamiAggregateFunction *nami_aggregate_function(Oid function);
extern bool nami_special_function(Oid function, NamiSpecial *out);

#endif							/* NAMI_PG_FOREIGN_FUNCTION_H */
