/*
 * foreign_function.c - the lists of foreign_function.h.
 *
 * What is missing is missing on purpose:
 *
 *	x / y, x % y			only for a constant y that cannot fail, see foreign_expr.c
 *	int2, int4 arithmetic	overflows at 16 and 32 bits, Cypher's at 64
 *	float8 + - * /, sqrt	SQL raises overflow, underflow and division by zero, Cypher has infinities
 *	round(float8)			SQL rounds halves to even, Cypher away from zero
 *	lower, upper			depend on the collation; Cypher maps by Unicode's full rules
 *	trim					SQL takes away spaces, Cypher all white space
 *	replace					an empty pattern means different things
 *	numeric					no such numbers in Cypher
 *	sum(int8), avg			numeric in SQL
 *	sum, avg of float8		depend on the order of addition
 */
#include "postgres.h"

#include "pg/foreign_function.h"

#include "pg/compat.h"

static const NamiComparisonFunction comparisons[] = {
	{F_BOOLEQ, NAMI_CMP_EQ, false, false},
	{F_BOOLNE, NAMI_CMP_NE, false, false},
	{F_BOOLLT, NAMI_CMP_LT, false, false},
	{F_BOOLLE, NAMI_CMP_LE, false, false},
	{F_BOOLGT, NAMI_CMP_GT, false, false},
	{F_BOOLGE, NAMI_CMP_GE, false, false},
	{F_INT2EQ, NAMI_CMP_EQ, false, false},
	{F_INT2NE, NAMI_CMP_NE, false, false},
	{F_INT2LT, NAMI_CMP_LT, false, false},
	{F_INT2LE, NAMI_CMP_LE, false, false},
	{F_INT2GT, NAMI_CMP_GT, false, false},
	{F_INT2GE, NAMI_CMP_GE, false, false},
	{F_INT4EQ, NAMI_CMP_EQ, false, false},
	{F_INT4NE, NAMI_CMP_NE, false, false},
	{F_INT4LT, NAMI_CMP_LT, false, false},
	{F_INT4LE, NAMI_CMP_LE, false, false},
	{F_INT4GT, NAMI_CMP_GT, false, false},
	{F_INT4GE, NAMI_CMP_GE, false, false},
	{F_INT8EQ, NAMI_CMP_EQ, false, false},
	{F_INT8NE, NAMI_CMP_NE, false, false},
	{F_INT8LT, NAMI_CMP_LT, false, false},
	{F_INT8LE, NAMI_CMP_LE, false, false},
	{F_INT8GT, NAMI_CMP_GT, false, false},
	{F_INT8GE, NAMI_CMP_GE, false, false},
	{F_INT24EQ, NAMI_CMP_EQ, false, false},
	{F_INT24NE, NAMI_CMP_NE, false, false},
	{F_INT24LT, NAMI_CMP_LT, false, false},
	{F_INT24LE, NAMI_CMP_LE, false, false},
	{F_INT24GT, NAMI_CMP_GT, false, false},
	{F_INT24GE, NAMI_CMP_GE, false, false},
	{F_INT42EQ, NAMI_CMP_EQ, false, false},
	{F_INT42NE, NAMI_CMP_NE, false, false},
	{F_INT42LT, NAMI_CMP_LT, false, false},
	{F_INT42LE, NAMI_CMP_LE, false, false},
	{F_INT42GT, NAMI_CMP_GT, false, false},
	{F_INT42GE, NAMI_CMP_GE, false, false},
	{F_INT28EQ, NAMI_CMP_EQ, false, false},
	{F_INT28NE, NAMI_CMP_NE, false, false},
	{F_INT28LT, NAMI_CMP_LT, false, false},
	{F_INT28LE, NAMI_CMP_LE, false, false},
	{F_INT28GT, NAMI_CMP_GT, false, false},
	{F_INT28GE, NAMI_CMP_GE, false, false},
	{F_INT82EQ, NAMI_CMP_EQ, false, false},
	{F_INT82NE, NAMI_CMP_NE, false, false},
	{F_INT82LT, NAMI_CMP_LT, false, false},
	{F_INT82LE, NAMI_CMP_LE, false, false},
	{F_INT82GT, NAMI_CMP_GT, false, false},
	{F_INT82GE, NAMI_CMP_GE, false, false},
	{F_INT48EQ, NAMI_CMP_EQ, false, false},
	{F_INT48NE, NAMI_CMP_NE, false, false},
	{F_INT48LT, NAMI_CMP_LT, false, false},
	{F_INT48LE, NAMI_CMP_LE, false, false},
	{F_INT48GT, NAMI_CMP_GT, false, false},
	{F_INT48GE, NAMI_CMP_GE, false, false},
	{F_INT84EQ, NAMI_CMP_EQ, false, false},
	{F_INT84NE, NAMI_CMP_NE, false, false},
	{F_INT84LT, NAMI_CMP_LT, false, false},
	{F_INT84LE, NAMI_CMP_LE, false, false},
	{F_INT84GT, NAMI_CMP_GT, false, false},
	{F_INT84GE, NAMI_CMP_GE, false, false},
	{F_FLOAT8EQ, NAMI_CMP_EQ, true, false},
	{F_FLOAT8NE, NAMI_CMP_NE, true, false},
	{F_FLOAT8LT, NAMI_CMP_LT, true, false},
	{F_FLOAT8LE, NAMI_CMP_LE, true, false},
	{F_FLOAT8GT, NAMI_CMP_GT, true, false},
	{F_FLOAT8GE, NAMI_CMP_GE, true, false},
	{F_FLOAT48EQ, NAMI_CMP_EQ, true, false},
	{F_FLOAT48NE, NAMI_CMP_NE, true, false},
	{F_FLOAT48LT, NAMI_CMP_LT, true, false},
	{F_FLOAT48LE, NAMI_CMP_LE, true, false},
	{F_FLOAT48GT, NAMI_CMP_GT, true, false},
	{F_FLOAT48GE, NAMI_CMP_GE, true, false},
	{F_FLOAT84EQ, NAMI_CMP_EQ, true, false},
	{F_FLOAT84NE, NAMI_CMP_NE, true, false},
	{F_FLOAT84LT, NAMI_CMP_LT, true, false},
	{F_FLOAT84LE, NAMI_CMP_LE, true, false},
	{F_FLOAT84GT, NAMI_CMP_GT, true, false},
	{F_FLOAT84GE, NAMI_CMP_GE, true, false},
	{F_TEXTEQ, NAMI_CMP_EQ, false, true},
	{F_TEXTNE, NAMI_CMP_NE, false, true},
	{F_TEXT_LT, NAMI_CMP_LT, false, true},
	{F_TEXT_LE, NAMI_CMP_LE, false, true},
	{F_TEXT_GT, NAMI_CMP_GT, false, true},
	{F_TEXT_GE, NAMI_CMP_GE, false, true},
	{F_UUID_EQ, NAMI_CMP_EQ, false, false},
	{F_UUID_NE, NAMI_CMP_NE, false, false},
	{F_UUID_LT, NAMI_CMP_LT, false, false},
	{F_UUID_LE, NAMI_CMP_LE, false, false},
	{F_UUID_GT, NAMI_CMP_GT, false, false},
	{F_UUID_GE, NAMI_CMP_GE, false, false},
	{F_DATE_EQ, NAMI_CMP_EQ, false, false},
	{F_DATE_NE, NAMI_CMP_NE, false, false},
	{F_DATE_LT, NAMI_CMP_LT, false, false},
	{F_DATE_LE, NAMI_CMP_LE, false, false},
	{F_DATE_GT, NAMI_CMP_GT, false, false},
	{F_DATE_GE, NAMI_CMP_GE, false, false},
	{F_TIMESTAMPTZ_EQ, NAMI_CMP_EQ, false, false},
	{F_TIMESTAMPTZ_NE, NAMI_CMP_NE, false, false},
	{F_TIMESTAMPTZ_LT, NAMI_CMP_LT, false, false},
	{F_TIMESTAMPTZ_LE, NAMI_CMP_LE, false, false},
	{F_TIMESTAMPTZ_GT, NAMI_CMP_GT, false, false},
	{F_TIMESTAMPTZ_GE, NAMI_CMP_GE, false, false},
	{F_BYTEAEQ, NAMI_CMP_EQ, false, false},
	{F_BYTEANE, NAMI_CMP_NE, false, false},
};

static const NamiPlainFunction plain_functions[] = {
	{F_INT8PL, NAMI_SHAPE_INFIX, "+", 2, false, false, false},
	{F_INT8MI, NAMI_SHAPE_INFIX, "-", 2, false, false, false},
	{F_INT8MUL, NAMI_SHAPE_INFIX, "*", 2, false, false, false},
	{F_INT8DIV, NAMI_SHAPE_INFIX, "/", 2, false, false, true},
	{F_INT84PL, NAMI_SHAPE_INFIX, "+", 2, false, false, false},
	{F_INT84MI, NAMI_SHAPE_INFIX, "-", 2, false, false, false},
	{F_INT84MUL, NAMI_SHAPE_INFIX, "*", 2, false, false, false},
	{F_INT84DIV, NAMI_SHAPE_INFIX, "/", 2, false, false, true},
	{F_INT48PL, NAMI_SHAPE_INFIX, "+", 2, false, false, false},
	{F_INT48MI, NAMI_SHAPE_INFIX, "-", 2, false, false, false},
	{F_INT48MUL, NAMI_SHAPE_INFIX, "*", 2, false, false, false},
	{F_INT48DIV, NAMI_SHAPE_INFIX, "/", 2, false, false, true},
	{F_INT82PL, NAMI_SHAPE_INFIX, "+", 2, false, false, false},
	{F_INT82MI, NAMI_SHAPE_INFIX, "-", 2, false, false, false},
	{F_INT82MUL, NAMI_SHAPE_INFIX, "*", 2, false, false, false},
	{F_INT82DIV, NAMI_SHAPE_INFIX, "/", 2, false, false, true},
	{F_INT28PL, NAMI_SHAPE_INFIX, "+", 2, false, false, false},
	{F_INT28MI, NAMI_SHAPE_INFIX, "-", 2, false, false, false},
	{F_INT28MUL, NAMI_SHAPE_INFIX, "*", 2, false, false, false},
	{F_INT28DIV, NAMI_SHAPE_INFIX, "/", 2, false, false, true},
	{F_INT8MOD, NAMI_SHAPE_INFIX, "%", 2, false, false, true},
	{F_MOD_INT8_INT8, NAMI_SHAPE_INFIX, "%", 2, false, false, true},
	{F_INT8UM, NAMI_SHAPE_PREFIX, "-", 1, false, false, false},
	{F_INT8UP, NAMI_SHAPE_SAME, "", 1, false, false, false},
	{F_FLOAT8UM, NAMI_SHAPE_PREFIX, "-", 1, false, false, false},
	{F_FLOAT8UP, NAMI_SHAPE_SAME, "", 1, false, false, false},
	{F_ABS_INT8, NAMI_SHAPE_CALL, "abs", 1, false, false, false},
	{F_INT8ABS, NAMI_SHAPE_CALL, "abs", 1, false, false, false},
	{F_ABS_FLOAT8, NAMI_SHAPE_CALL, "abs", 1, false, false, false},
	{F_FLOAT8ABS, NAMI_SHAPE_CALL, "abs", 1, false, false, false},
	{F_FLOOR_FLOAT8, NAMI_SHAPE_CALL, "floor", 1, false, false, false},
	{F_CEIL_FLOAT8, NAMI_SHAPE_CALL, "ceil", 1, false, false, false},
	{F_CEILING_FLOAT8, NAMI_SHAPE_CALL, "ceil", 1, false, false, false},
	{F_INT8_INT4, NAMI_SHAPE_SAME, "", 1, false, false, false},
	{F_INT8_INT2, NAMI_SHAPE_SAME, "", 1, false, false, false},
	{F_INT4_INT2, NAMI_SHAPE_SAME, "", 1, false, false, false},
	{F_FLOAT8_INT8, NAMI_SHAPE_CALL, "toFloat", 1, true, false, false},
	{F_FLOAT8_INT4, NAMI_SHAPE_CALL, "toFloat", 1, true, false, false},
	{F_FLOAT8_INT2, NAMI_SHAPE_CALL, "toFloat", 1, true, false, false},
	{F_TEXT_BOOL, NAMI_SHAPE_CALL, "toString", 1, false, false, false},
	{F_LENGTH_TEXT, NAMI_SHAPE_CALL, "size", 1, false, true, false},
	{F_CHAR_LENGTH_TEXT, NAMI_SHAPE_CALL, "size", 1, false, true, false},
	{F_CHARACTER_LENGTH_TEXT, NAMI_SHAPE_CALL, "size", 1, false, true, false},
	{F_REVERSE, NAMI_SHAPE_CALL, "reverse", 1, false, true, false},
	{F_TEXTCAT, NAMI_SHAPE_INFIX, "+", 2, false, false, false},
};

static const NamiAggregateFunction aggregates[] = {
	{F_COUNT_, "count", false, false},
	{F_COUNT_ANY, "count", false, false},
	{F_SUM_INT2, "sum", false, true},
	{F_SUM_INT4, "sum", false, true},
	{F_MIN_INT2, "min", true, false},
	{F_MAX_INT2, "max", true, false},
	{F_MIN_INT4, "min", true, false},
	{F_MAX_INT4, "max", true, false},
	{F_MIN_INT8, "min", true, false},
	{F_MAX_INT8, "max", true, false},
	{F_MIN_FLOAT8, "min", true, false},
	{F_MAX_FLOAT8, "max", true, false},
	{F_MIN_TEXT, "min", true, false},
	{F_MAX_TEXT, "max", true, false},
	{F_MIN_DATE, "min", true, false},
	{F_MAX_DATE, "max", true, false},
	{F_MIN_TIMESTAMPTZ, "min", true, false},
	{F_MAX_TIMESTAMPTZ, "max", true, false},
	{F_BOOL_AND, "min", true, false},
	{F_EVERY, "min", true, false},
	{F_BOOL_OR, "max", true, false},
};

static const struct
{
	Oid			function;
	NamiSpecial special;
}			special_functions[] =
{
	{F_TEXTLIKE, NAMI_SPECIAL_LIKE},
	{F_LIKE_TEXT_TEXT, NAMI_SPECIAL_LIKE},
	{F_STARTS_WITH, NAMI_SPECIAL_STARTS_WITH},
	{F_LEFT, NAMI_SPECIAL_LEFT_RIGHT},
	{F_RIGHT, NAMI_SPECIAL_LEFT_RIGHT},
	{F_SUBSTR_TEXT_INT4, NAMI_SPECIAL_SUBSTRING},
	{F_SUBSTR_TEXT_INT4_INT4, NAMI_SPECIAL_SUBSTRING},
	{F_SUBSTRING_TEXT_INT4, NAMI_SPECIAL_SUBSTRING},
	{F_SUBSTRING_TEXT_INT4_INT4, NAMI_SPECIAL_SUBSTRING},
	{F_JSONB_EXISTS, NAMI_SPECIAL_KEY_EXISTS},
};

const NamiComparisonFunction *
nami_comparison_function(Oid function)
{
	for (size_t i = 0; i < lengthof(comparisons); i++)
	{
		if (comparisons[i].function == function)
			return &comparisons[i];
	}
	return NULL;
}

const NamiPlainFunction *
nami_plain_function(Oid function)
{
	for (size_t i = 0; i < lengthof(plain_functions); i++)
	{
		if (plain_functions[i].function == function)
			return &plain_functions[i];
	}
	return NULL;
}

const NamiAggregateFunction *
nami_aggregate_function(Oid function)
{
	for (size_t i = 0; i < lengthof(aggregates); i++)
	{
		if (aggregates[i].function == function)
			return &aggregates[i];
	}
	return NULL;
}

bool
nami_special_function(Oid function, NamiSpecial *out)
{
	for (size_t i = 0; i < lengthof(special_functions); i++)
	{
		if (special_functions[i].function == function)
		{
			*out = special_functions[i].special;
			return true;
		}
	}
	return false;
}
