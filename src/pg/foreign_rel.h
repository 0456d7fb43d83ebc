/*
 * foreign_rel.h - what the planner knows of a relation that a foreign scan can give
 * (RelOptInfo->fdw_private): one foreign table, a join of several, or what is computed above them.
 *
 * foreign_plan.c makes those of tables and turns paths into plans, foreign_join.c and foreign_upper.c
 * make the others; foreign_deparse.c writes the Cypher statement. A relation may be a part of a larger
 * one as long as PostgreSQL has nothing left to check of it (local_conds is empty).
 */
#ifndef NAMI_PG_FOREIGN_REL_H
#define NAMI_PG_FOREIGN_REL_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"
#include "pg/foreign_table.h"

/*
 * A relation is read in steps, each of which goes on from the rows of those before it. A table is one
 * MATCH; inner joins make it larger, the others add steps.
 */
typedef enum NamiForeignStepKind
{
	NAMI_STEP_MATCH,			/* MATCH rels WHERE conditions */
	NAMI_STEP_OPTIONAL,			/* OPTIONAL MATCH rels WHERE conditions */
	NAMI_STEP_EXISTS,			/* WHERE EXISTS { MATCH rels WHERE conditions } */
	NAMI_STEP_NOT_EXISTS,
	NAMI_STEP_FILTER			/* WITH * WHERE conditions */
} NamiForeignStepKind;

typedef struct NamiForeignStep
{
	NamiForeignStepKind kind;
	Relids		rels;			/* base relations that the step adds; FILTER: none */
	List	   *conditions;		/* Expr, all exact */
} NamiForeignStep;

typedef struct NamiForeignSort
{
	Expr	   *expr;
	bool		is_descending;
	bool		nulls_first;
} NamiForeignSort;

typedef struct NamiForeignRel
{
	Oid			server;
	Oid			user;			/* whose rights count: the table's view owner; InvalidOid: the caller */
	bool		is_safe;		/* may be a part of a join or an upper relation */
	NamiForeignTable *table;	/* of a base relation; NULL of others */

	List	   *remote_conds;	/* RestrictInfo that the statement checks */
	List	   *local_conds;	/* RestrictInfo left to PostgreSQL */
	Bitmapset  *attrs_used;		/* base: columns to fetch, as pull_varattnos() numbers them */
	List	   *known_kinds;	/* base: what foreign_kinds has answered already */

	Relids		rels;			/* base relations, those that only EXISTS looks at too */
	List	   *steps;			/* NamiForeignStep *: how the rows are found */

	/* Upper relations: what stands below, and what is computed. */
	RelOptInfo *input;			/* the scan or join; NULL of these */
	bool		is_grouped;		/* the statement aggregates */
	bool		is_distinct;
	List	   *outputs;		/* Expr: groups and aggregates, or what is DISTINCT, or what is sorted */
	List	   *having;			/* Expr that the statement checks behind the grouping */
	List	   *sort;			/* NamiForeignSort * */
	Expr	   *limit_count;	/* expressions of parse->limitCount, limitOffset; NULL: none */
	Expr	   *limit_offset;
	Cost		unsorted_cost;	/* total, without the sort */

	/* Estimates: what the statement gives, before local_conds. */
	double		rows;
	int			width;
	Cost		startup_cost;
	Cost		total_cost;
} NamiForeignRel;

static inline NamiForeignRel *
nami_foreign_rel(const RelOptInfo *rel)
{
	return (NamiForeignRel *) rel->fdw_private;
}

/*
 * Where a RETURN item goes, in the plan of a scan. A row of the statement fills columns of the scan's
 * tuple: those of the table for a base relation, those of fdw_scan_tlist else.
 */
typedef struct NamiForeignOutput
{
	AttrNumber	attnum;			/* column of the scan's tuple, from 1 */
	int			item;			/* RETURN item, from 0 */
	NamiColumnRole role;		/* how the item becomes the column; PROPERTY for computed ones */
	Oid			table;			/* foreign table that the column belongs to; InvalidOid: computed */
	AttrNumber	column;			/* of that table */
} NamiForeignOutput;

/* The statement of a scan, as foreign_deparse.c gives it. Texts in the server's encoding. */
typedef struct NamiForeignStatement
{
	char	   *text;
	List	   *params;			/* Expr, in the order of $p1, $p2 ...: fdw_exprs */
	List	   *outputs;		/* NamiForeignOutput * */
	List	   *assumptions;	/* Node *, copyable; nami_foreign_check_assumptions() looks at them */
	int			entity_item;	/* item that names the row in messages; -1: none */
} NamiForeignStatement;

/* ---- plans (foreign_plan.c) ------------------------------------------------------------------ */

/* fdw_private of the ForeignScan node: copyable, and how it is read. */
extern List *nami_foreign_private_make(const NamiForeignRel *rel,
									   const NamiForeignStatement *statement);

typedef struct NamiForeignPrivate
{
	const char *text;
	Oid			server;
	List	   *outputs;		/* NamiForeignOutput * */
	List	   *assumptions;
	int			entity_item;
	bool		mismatch_is_null;
	bool		by_name;		/* a query table: items are found by their names */
} NamiForeignPrivate;

extern NamiForeignPrivate nami_foreign_private_read(List *fdw_private);

extern void nami_foreign_get_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid table);
extern void nami_foreign_get_paths(PlannerInfo *root, RelOptInfo *rel, Oid table);
extern ForeignScan *nami_foreign_get_plan(PlannerInfo *root, RelOptInfo *rel, Oid table,
										  ForeignPath *path, List *tlist, List *clauses,
										  Plan *outer_plan);

/* ---- statements (foreign_deparse.c) ------------------------------------------------------------ */

/*
 * The statement that gives the relation's rows. scan_tlist: what the scan's tuple consists of
 * (TargetEntry); NIL for a base relation, whose columns in attrs_used are given. conds: further
 * conditions for the statement (of a parameterised path), each known to be exact.
 */
extern void nami_foreign_deparse(PlannerInfo *root, RelOptInfo *rel, List *scan_tlist, List *conds,
								 NamiForeignStatement *out);

/*
 * What the tuples of a join or an upper relation consist of: TargetEntry. Larger expressions of its
 * target list are computed from these.
 */
extern List *nami_foreign_scan_tlist(PlannerInfo *root, RelOptInfo *rel);

#endif							/* NAMI_PG_FOREIGN_REL_H */
