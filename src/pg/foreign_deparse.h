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

#endif							/* NAMI_PG_FOREIGN_DEPARSE_H */
