/*
 * compat.h - the one place for differences between server versions.
 *
 * Code is written for the newest interface; older servers get a wrapper of the same look.
 */
#ifndef NAMI_PG_COMPAT_H
#define NAMI_PG_COMPAT_H

#include "postgres.h"

#include "catalog/pg_foreign_server.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"

#if PG_VERSION_NUM < 150000
#error "namidb needs PostgreSQL 15 or newer"
#endif

#if PG_VERSION_NUM < 160000
/* 16: object_aclcheck() in place of one function per catalog. */
static inline AclResult
nami_server_aclcheck(Oid server, Oid user, AclMode mode)
{
	return pg_foreign_server_aclcheck(server, user, mode);
}
#else
static inline AclResult
nami_server_aclcheck(Oid server, Oid user, AclMode mode)
{
	return object_aclcheck(ForeignServerRelationId, server, user, mode);
}
#endif

#if PG_VERSION_NUM < 160000
/* 16: object_ownercheck(). */
static inline bool
nami_server_ownercheck(Oid server, Oid user)
{
	return pg_foreign_server_ownercheck(server, user);
}
#else
static inline bool
nami_server_ownercheck(Oid server, Oid user)
{
	return object_ownercheck(ForeignServerRelationId, server, user);
}
#endif

#if PG_VERSION_NUM < 160000
static inline AclResult
nami_function_aclcheck(Oid function, Oid user, AclMode mode)
{
	return pg_proc_aclcheck(function, user, mode);
}
#else
static inline AclResult
nami_function_aclcheck(Oid function, Oid user, AclMode mode)
{
	return object_aclcheck(ProcedureRelationId, function, user, mode);
}
#endif

#if PG_VERSION_NUM < 170000
/* 17: the virtual transaction id moved into a struct of its own. */
#include "storage/proc.h"
static inline LocalTransactionId
nami_current_lxid(void)
{
	return MyProc->lxid;
}
#else
#include "storage/proc.h"
static inline LocalTransactionId
nami_current_lxid(void)
{
	return MyProc->vxid.lxid;
}
#endif

#include "storage/buffile.h"

/* 16: reading less than wanted is an error of BufFileReadExact(); writing takes const. */
static inline void
nami_buffile_read(BufFile *file, void *out, size_t n)
{
#if PG_VERSION_NUM < 160000
	if (BufFileRead(file, out, n) != n)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file: %m")));
#else
	BufFileReadExact(file, out, n);
#endif
}

static inline void
nami_buffile_write(BufFile *file, const void *data, size_t n)
{
#if PG_VERSION_NUM < 160000
	BufFileWrite(file, (void *) data, n);
#else
	BufFileWrite(file, data, n);
#endif
}

#include "nodes/parsenodes.h"
#include "parser/parse_relation.h"

/* 18: whether OLD or NEW is meant. Dropped columns are included. */
static inline void
nami_expand_rte(RangeTblEntry *rte, int relid, List **names, List **vars)
{
#if PG_VERSION_NUM < 180000
	expandRTE(rte, relid, 0, -1, true, names, vars);
#else
	expandRTE(rte, relid, 0, VAR_RETURNING_DEFAULT, -1, true, names, vars);
#endif
}

/* 18: EXPLAIN's pieces in headers of their own. */
#if PG_VERSION_NUM < 180000
#include "commands/explain.h"
#else
#include "commands/explain.h"
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"

/* Whose rights count on a relation; InvalidOid: the current user's. 16: in the relation itself. */
static inline Oid
nami_rel_user(PlannerInfo *root, RelOptInfo *rel)
{
#if PG_VERSION_NUM < 160000
	return planner_rt_fetch(rel->relid, root)->checkAsUser;
#else
	return rel->userid;
#endif
}

/* The same when the scan runs; 16: in the plan node, of a join too. */
static inline Oid
nami_scan_user(const ForeignScan *plan, EState *estate)
{
#if PG_VERSION_NUM < 160000
	Index		relid = plan->scan.scanrelid > 0 ? plan->scan.scanrelid :
		(Index) bms_next_member(plan->fs_relids, -1);
	Oid			user = rt_fetch(relid, estate->es_range_table)->checkAsUser;
#else
	Oid			user = plan->checkAsUser;
#endif
	return OidIsValid(user) ? user : GetUserId();
}

/* Whose rights count for the table that a statement writes. 16: a function of the executor. */
static inline Oid
nami_result_user(ResultRelInfo *rri, EState *estate)
{
#if PG_VERSION_NUM < 160000
	ResultRelInfo *root = rri->ri_RootResultRelInfo != NULL ? rri->ri_RootResultRelInfo : rri;
	Oid			user = InvalidOid;

	if (root->ri_RangeTableIndex > 0)
		user = exec_rt_fetch(root->ri_RangeTableIndex, estate)->checkAsUser;
	return OidIsValid(user) ? user : GetUserId();
#else
	Oid			user = rri->ri_RangeTableIndex == 0 && rri->ri_RootResultRelInfo == NULL ?
		InvalidOid : ExecGetResultRelCheckAsUser(rri, estate);

	return OidIsValid(user) ? user : GetUserId();
#endif
}

/* 17: conditions of the path; 18: the number of disabled nodes. */
static inline ForeignPath *
nami_create_foreignscan_path(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, double rows,
							 Cost startup_cost, Cost total_cost, List *pathkeys,
							 Relids required_outer, Path *outer_path, List *fdw_private)
{
#if PG_VERSION_NUM < 170000
	return create_foreignscan_path(root, rel, target, rows, startup_cost, total_cost, pathkeys,
								   required_outer, outer_path, fdw_private);
#elif PG_VERSION_NUM < 180000
	return create_foreignscan_path(root, rel, target, rows, startup_cost, total_cost, pathkeys,
								   required_outer, outer_path, NIL, fdw_private);
#else
	return create_foreignscan_path(root, rel, target, rows, 0, startup_cost, total_cost, pathkeys,
								   required_outer, outer_path, NIL, fdw_private);
#endif
}

static inline ForeignPath *
nami_create_foreign_join_path(PlannerInfo *root, RelOptInfo *rel, double rows, Cost startup_cost,
							  Cost total_cost, List *pathkeys, Relids required_outer,
							  Path *outer_path, List *fdw_private)
{
#if PG_VERSION_NUM < 170000
	return create_foreign_join_path(root, rel, NULL, rows, startup_cost, total_cost, pathkeys,
									required_outer, outer_path, fdw_private);
#elif PG_VERSION_NUM < 180000
	return create_foreign_join_path(root, rel, NULL, rows, startup_cost, total_cost, pathkeys,
									required_outer, outer_path, NIL, fdw_private);
#else
	return create_foreign_join_path(root, rel, NULL, rows, 0, startup_cost, total_cost, pathkeys,
									required_outer, outer_path, NIL, fdw_private);
#endif
}

static inline ForeignPath *
nami_create_foreign_upper_path(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, double rows,
							   Cost startup_cost, Cost total_cost, List *pathkeys)
{
#if PG_VERSION_NUM < 170000
	return create_foreign_upper_path(root, rel, target, rows, startup_cost, total_cost, pathkeys,
									 NULL, NIL);
#elif PG_VERSION_NUM < 180000
	return create_foreign_upper_path(root, rel, target, rows, startup_cost, total_cost, pathkeys,
									 NULL, NIL, NIL);
#else
	return create_foreign_upper_path(root, rel, target, rows, 0, startup_cost, total_cost,
									 pathkeys, NULL, NIL, NIL);
#endif
}

#include "utils/pg_locale.h"

/* Are texts of the collation ordered by their bytes? 18: lc_collate_is_c() became a field. */
static inline bool
nami_collation_is_c(Oid collation)
{
#if PG_VERSION_NUM < 180000
	return lc_collate_is_c(collation);
#else
	return pg_newlocale_from_collation(collation)->collate_is_c;
#endif
}

#include "utils/fmgroids.h"

/* 18: reverse() of bytea came, and names tell them apart. */
#ifndef F_REVERSE
#define F_REVERSE F_REVERSE_TEXT
#endif

#endif							/* NAMI_PG_COMPAT_H */
