/*
 * foreign_direct.h - UPDATE and DELETE that are one Cypher statement, without rows travelling: callbacks.
 *
 * For one table whose conditions, and new values, Cypher computes exactly; without RETURNING, triggers
 * and constraints of the table. Such a statement runs itself again when it meets another session's
 * commit under READ COMMITTED.
 */
#ifndef NAMI_PG_FOREIGN_DIRECT_H
#define NAMI_PG_FOREIGN_DIRECT_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* Sets the callbacks. */
extern void nami_foreign_direct_routine(FdwRoutine *routine);

#endif							/* NAMI_PG_FOREIGN_DIRECT_H */
