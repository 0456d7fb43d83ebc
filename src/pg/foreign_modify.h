/*
 * foreign_modify.h - INSERT, UPDATE, DELETE, COPY and TRUNCATE on foreign tables.
 *
 * Rows are staged in the transaction's write set one by one, without Cypher; what can only be checked
 * at the end of the statement is checked when the executor ends it.
 */
#ifndef NAMI_PG_FOREIGN_MODIFY_H
#define NAMI_PG_FOREIGN_MODIFY_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Sets the callbacks. */
extern void nami_foreign_modify_routine(FdwRoutine *routine);

#endif							/* NAMI_PG_FOREIGN_MODIFY_H */
