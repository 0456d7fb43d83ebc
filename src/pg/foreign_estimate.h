/*
 * foreign_estimate.h - what the planner is told about foreign tables: rows, distinct values, frequent
 * values, what reading costs (docs/engine.md 1.7).
 *
 * Numbers come from the newest state that is at hand; nothing is read from the store but for the first
 * use of a namespace. PostgreSQL's own functions make selectivities and join sizes from them: they see
 * statistics as ANALYZE would have gathered (from a small sample), until it has.
 */
#ifndef NAMI_PG_FOREIGN_ESTIMATE_H
#define NAMI_PG_FOREIGN_ESTIMATE_H

#include "postgres.h"

#include "graph/snapshot.h"
#include "nodes/pathnodes.h"
#include "pg/connection.h"
#include "pg/foreign_table.h"

/* Installs the hook that gives statistics of columns; once per process. */
extern void nami_foreign_estimate_init(void);

/* The connection of the table as user (InvalidOid: the current one) may use it. */
extern NamiConnection *nami_foreign_connection(const NamiForeignTable *table, Oid user);

/* The state to plan with. */
extern NamiSnapshot nami_foreign_planning_snapshot(NamiConnection *connection);

/* Number of the table's label or type in the snapshot's catalog, or NAMI_NAME_UNKNOWN. */
extern uint32_t nami_foreign_name(const NamiForeignTable *table, const NamiSnapshot *snapshot);

typedef struct NamiForeignSize
{
	double		rows;			/* of the whole table; a query's as the engine estimates them */
	double		query_cost_ns;	/* query tables: what the engine thinks its statement takes */
} NamiForeignSize;

extern void nami_foreign_size(const NamiForeignTable *table, Oid user, NamiForeignSize *out);

/*
 * Rows that have one value in the column, on average; 0 when there is no short way to them (a scan of
 * the whole table would be needed). A short way are ids, the ends of relationships, and properties
 * with a constraint or an index.
 */
extern double nami_foreign_rows_per_key(const NamiForeignTable *table, Oid user,
										const NamiForeignColumn *column);

/* Cost of one run of a statement: rows are looked at, of these "given" are returned. */
typedef struct NamiForeignWork
{
	double		seeks;			/* look-ups that find where to begin; 0: a scan */
	double		rows;			/* looked at */
	double		given;
	double		columns;		/* returned, per row */
} NamiForeignWork;

extern void nami_foreign_cost(const NamiForeignWork *work, Cost *startup, Cost *total);

#endif							/* NAMI_PG_FOREIGN_ESTIMATE_H */
