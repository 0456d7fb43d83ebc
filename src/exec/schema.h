/*
 * schema.h - schema commands and EXPLAIN: statements that run without operators (spec/cypher.md 7).
 */
#ifndef NAMI_EXEC_SCHEMA_H
#define NAMI_EXEC_SCHEMA_H

#include "cypher/ast.h"
#include "graph/transaction.h"
#include "plan/planner.h"

/* Stages a CREATE or DROP command in a statement that the caller has begun. */
extern NamiStatus nami_schema_execute(NamiTransaction *txn, const NamiCySchemaCommand *command,
									  NamiArena *arena, NamiError *err) NAMI_MUST_CHECK;

/* Rows as columns of values, in the arena: columns[column][row]. */
typedef struct NamiSchemaRows
{
	NamiValue **columns;
	uint32_t	column_count;
	uint32_t	row_count;
} NamiSchemaRows;

/*
 * SHOW CONSTRAINTS or SHOW INDEXES as the snapshot sees it: name, type, entityType, labelsOrTypes,
 * properties, ascending by name. The constraint of a single property is shown as a RANGE index too.
 */
extern NamiSchemaRows nami_schema_show(const NamiSnapshot *snapshot, NamiCySchemaKind kind,
									   NamiArena *arena);

/* The lines of the plan. */
extern NamiSchemaRows nami_schema_explain(const NamiPlan *plan, NamiArena *arena);

#endif							/* NAMI_EXEC_SCHEMA_H */
