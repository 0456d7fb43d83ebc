/*
 * foreign_expr_internal.h - what the parts of foreign_expr share.
 */
#ifndef NAMI_PG_FOREIGN_EXPR_INTERNAL_H
#define NAMI_PG_FOREIGN_EXPR_INTERNAL_H

#include "postgres.h"

#include "nodes/primnodes.h"
#include "pg/foreign_expr.h"
#include "pg/foreign_function.h"

/* How tightly a text binds. */
typedef enum NamiBinding
{
	NAMI_BINDS_OR,
	NAMI_BINDS_AND,
	NAMI_BINDS_NOT,
	NAMI_BINDS_COMPARISON,
	NAMI_BINDS_SUM,				/* arithmetic of any kind */
	NAMI_BINDS_ATOM
} NamiBinding;

typedef struct NamiPiece
{
	const char *text;
	NamiBinding binds;
	bool		is_number;		/* FLOAT that cannot be NaN */
} NamiPiece;

/* Each of these returns false when the expression is not exact. */
extern bool nami_emit(NamiExprContext *ctx, Node *node, NamiPiece *out);
extern bool nami_emit_any(NamiExprContext *ctx, ScalarArrayOpExpr *expr, NamiPiece *out);
extern bool nami_emit_array(NamiExprContext *ctx, ArrayExpr *expr, NamiPiece *out);
extern bool nami_emit_label_sets(NamiExprContext *ctx, OpExpr *expr, NamiPiece *out);
extern bool nami_emit_rest_text(NamiExprContext *ctx, Node *node, NamiPiece *out);
extern bool nami_emit_special(NamiExprContext *ctx, NamiSpecial special, Oid function, List *args,
							  Oid collation, NamiPiece *out);
extern bool nami_emit_io_cast(NamiExprContext *ctx, CoerceViaIO *expr, NamiPiece *out);
extern bool nami_emit_relabel(NamiExprContext *ctx, RelabelType *expr, NamiPiece *out);

/* Sets the piece; true. */
extern bool nami_give(NamiPiece *out, NamiBinding binds, const char *text);

/* The text as an operand of something that binds so tightly. */
extern const char *nami_operand(const NamiPiece *piece, NamiBinding binds);

extern const char *nami_comparison_text(const NamiPiece *a, const char *op, const NamiPiece *b);

/* Are all stored values of these kinds and without these traits? Then the text relies on it. */
extern bool nami_column_fits(NamiExprContext *ctx, const NamiExprColumn *column, uint32 kinds,
							 uint32 unwanted_traits);

/* node as a column of the relations with that role. */
extern bool nami_is_column(NamiExprContext *ctx, Node *node, NamiColumnRole role, const char *key,
						   NamiExprColumn *column);
extern bool nami_describe_column(NamiExprContext *ctx, const Var *var, const char *key,
								 NamiExprColumn *column);

/* A constant of type text, or NULL. */
extern char *nami_text_constant(Node *node);

/* May texts of the collation be compared for equality, or ordered, by their bytes? */
extern bool nami_collation_allows(Oid collation, bool is_order);

#endif							/* NAMI_PG_FOREIGN_EXPR_INTERNAL_H */
