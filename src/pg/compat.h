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

#endif							/* NAMI_PG_COMPAT_H */
