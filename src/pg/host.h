/*
 * host.h - the engine's host inside a backend.
 */
#ifndef NAMI_PG_HOST_H
#define NAMI_PG_HOST_H

#include "postgres.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/host.h"
#include "base/owner.h"

/* The one host of this backend; never in the postmaster. */
extern const NamiHost *nami_pg_host(void);

/* Blocks in TopMemoryContext's child "namidb": process lifetime. */
extern const NamiAllocator *nami_pg_process_allocator(void);
extern MemoryContext nami_pg_process_context(void);

/* An allocator on a memory context, made in that context. */
extern const NamiAllocator *nami_pg_allocator(MemoryContext context);

/*
 * An account with the limit of namidb.statement_memory_limit, which a block beyond it does not get past
 * (53200). user: as in NamiMemoryAccount.
 */
extern void nami_pg_account_init(NamiMemoryAccount *account, const char *user);

/* An owner in the context, released when the context is reset or deleted. */
extern NamiOwner *nami_pg_owner(MemoryContext context);

/*
 * Raises the engine's error as a server error. query (may be NULL) is the Cypher text that
 * err->position points into. A cancelled engine call raises the pending interrupt.
 */
extern void nami_pg_raise(const NamiError *err, const char *query)
			__attribute__((noreturn));

/* For engine calls that have no query text. */
#define NAMI_PG_CHECK(status, err) \
	do { \
		if ((status) != NAMI_OK) \
			nami_pg_raise((err), NULL); \
	} while (0)

/* SQLSTATE of a class, encoded as by MAKE_SQLSTATE. */
extern int	nami_pg_sqlstate(NamiErrorClass cls);

/* True while the interrupts are held between the pointer PUT and the local commit. */
extern void nami_pg_hold_interrupts(void);
extern void nami_pg_resume_interrupts(bool after_error);

#endif							/* NAMI_PG_HOST_H */
