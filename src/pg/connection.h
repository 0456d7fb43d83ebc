/*
 * connection.h - from the name of a server to an open namespace.
 */
#ifndef NAMI_PG_CONNECTION_H
#define NAMI_PG_CONNECTION_H

#include "postgres.h"

#include "graph/namespace.h"

struct NamiPgTransaction;

/*
 * One per store, credentials and options and process; shared by all servers that agree in these.
 * Lives until the backend ends (a memory:// store must), so pointers may be kept.
 */
typedef struct NamiConnection
{
	char	   *key;			/* identity of all that matters; credentials as a digest */
	NamiStore  *store;
	NamiNamespace *ns;
	NamiOwner	owner;			/* what the store holds */
	bool		is_read_only;
	bool		bump_epoch;
	bool		is_file;
	uint64		lock_hash;		/* of the namespace's identity, for lock tags */
	struct NamiPgTransaction *transaction;	/* of the current SQL transaction, or NULL */
	struct NamiConnection *next;
} NamiConnection;

/* A server as the calling user may use it. */
typedef struct NamiServer
{
	Oid			oid;
	const char *name;			/* palloc'd or catalog cache of the call */
	NamiConnection *connection;
} NamiServer;

/*
 * Resolves the server (NULL: namidb.default_server, else the only server of this wrapper), checks
 * USAGE and the rights on file:// for user, and opens the connection if there is none yet. Contacts
 * nobody. Raises 42704, 42501, HV00N and option errors.
 */
extern void nami_server_get(const char *name, Oid user, NamiServer *out);

/*
 * True when nami_server_get() would find the server and the user's right to use it; raises nothing
 * for these two.
 */
extern bool nami_server_may_use(const char *name, Oid user);

/* file:// stores: may user write there? Raises 42501. */
extern void nami_connection_check_write(const NamiConnection *connection, Oid user);

/* All connections of this backend. */
extern NamiConnection *nami_connection_first(void);

#endif							/* NAMI_PG_CONNECTION_H */
