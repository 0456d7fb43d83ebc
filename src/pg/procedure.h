/*
 * procedure.h - SQL functions as procedures and functions of Cypher (docs/architecture.md, SQL
 * surface).
 *
 * CALL a.b.c(x) YIELD y and a.b.c(x) in an expression call function c of schema "a.b": the schema
 * is all before the last dot, both names in exact case. IN arguments go by position, columns are
 * the OUT columns by name; a function without them has one column of its own name, one that returns
 * void has none. The caller needs USAGE of the schema and EXECUTE of the function.
 *
 * Functions run inside the snapshot of the calling SQL statement, once for each row and call. When
 * a writing statement starts anew after a conflict, so do the functions that it calls.
 */
#ifndef NAMI_PG_PROCEDURE_H
#define NAMI_PG_PROCEDURE_H

#include "postgres.h"

#include "plan/procedure.h"

/* For a plan that is made in context: what the resolver answers lives there. */
extern const NamiRoutineResolver *nami_pg_resolver(MemoryContext context);

#endif							/* NAMI_PG_PROCEDURE_H */
