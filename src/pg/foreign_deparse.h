/*
 * foreign_deparse.h - the Cypher statement that reads a relation of foreign tables (the functions that
 * write it are declared in foreign_rel.h).
 */
#ifndef NAMI_PG_FOREIGN_DEPARSE_H
#define NAMI_PG_FOREIGN_DEPARSE_H

#include "postgres.h"

#include "pg/foreign_expr.h"
#include "pg/foreign_rel.h"

/*
 * A context for nami_expr_is_exact() while planning: expressions over rels, all foreign tables of one
 * server. What it makes is no text to be run.
 */
extern void nami_foreign_context(NamiExprContext *ctx, PlannerInfo *root, Relids rels);

/*
 * The statement that deletes the rows of a table (verb: DELETE or DETACH DELETE), or sets properties of
 * them (verb NULL; properties: char *, UTF-8; exprs: Expr *, each exact). It checks the relation's
 * conditions and returns the number of rows.
 */
extern void nami_foreign_deparse_modify(PlannerInfo *root, RelOptInfo *rel, const char *verb,
										const List *properties, const List *exprs,
										NamiForeignStatement *out);

#endif							/* NAMI_PG_FOREIGN_DEPARSE_H */
