/*
 * foreign_expr.h - SQL expressions that are exactly equal to a Cypher expression, and their text
 * (docs/postgres.md 2.2).
 *
 * "Exactly" means: the same value and the same NULL for every row that there can be, an error only
 * where SQL has one. An operator or function is known by the OID of a built-in function; everything
 * that is not in the lists of foreign_expr.c stays in PostgreSQL. So does a column whose stored values
 * are not all of the kinds that its type takes over unchanged: its conversion would show another value
 * than the one that Cypher compares. What a text relies on is given back as assumptions, which the scan
 * checks again when it begins.
 *
 * Subexpressions without columns of the relations in question become parameters: $p1 is the first
 * expression of params.
 */
#ifndef NAMI_PG_FOREIGN_EXPR_H
#define NAMI_PG_FOREIGN_EXPR_H

#include "postgres.h"

#include "graph/snapshot_kinds.h"
#include "nodes/pathnodes.h"
#include "pg/foreign_table.h"

/* What Cypher has for a column, or for one key of a _properties column. */
typedef struct NamiExprColumn
{
	NamiColumnRole role;
	const char *text;			/* binds as tightly as n.key; in the server's encoding */
	const char *entity;			/* the node or relationship that the column belongs to */
	bool		kinds_known;
	uint32		kinds;			/* PROPERTY, ITEM and keys of REST: bits of NamiKinds */
	uint32		traits;
	Node	   *source;			/* whose kinds these are, for assumptions: a copyable node */
} NamiExprColumn;

typedef struct NamiExprContext
{
	PlannerInfo *root;
	Relids		relids;			/* Vars of these are columns, all others parameters */

	/*
	 * Describes a column; key is not NULL for one entry of a REST column, in the server's encoding.
	 * False: it cannot be said in Cypher.
	 */
	bool		(*column) (struct NamiExprContext *ctx, const Var *var, const char *key,
						   NamiExprColumn *out);
	void	   *arg;
	bool		takes_aggregates;	/* Aggref may occur */
	List	   *alias_exprs;	/* expressions that have a name already ... */
	List	   *alias_names;	/* ... char * each */

	List	   *params;			/* out: Expr *, appended */
	List	   *assumptions;	/* out, appended: (source, allowed kinds, unwanted traits) */

	int			guarded;		/* private: inside CASE or COALESCE */
	const char *case_value;		/* private: what CaseTestExpr stands for */
} NamiExprContext;

/* The text of an expression, palloc'd in the server's encoding; NULL when it is not exact. */
extern char *nami_expr_text(NamiExprContext *ctx, const Expr *expr);

/* The same as a condition that stands beside others under AND. */
extern char *nami_expr_condition(NamiExprContext *ctx, const Expr *expr);

/* Only the question; leaves params and assumptions as they are. */
extern bool nami_expr_is_exact(NamiExprContext *ctx, const Expr *expr);

/* May rows be grouped, or made distinct, by such values in Cypher? (The text is asked for apart.) */
extern bool nami_expr_is_groupable(const Expr *expr);

/* Is the order of the sort operator that of Cypher (ascending or descending, NULLs aside)? */
extern bool nami_expr_is_sortable(const Expr *expr, Oid sort_operator, bool *is_descending);

#endif							/* NAMI_PG_FOREIGN_EXPR_H */
