/*
 * connection.c - servers, user mappings and rights to open namespaces.
 */
#include "postgres.h"

#include "pg/connection.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/hash.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/host.h"
#include "pg/options.h"
#include "pg/settings.h"
#include "storage/ipc.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/*
 * What (server, user) resolved to the last time; forgotten when a catalog changes, and of no use
 * under other allowed_hosts.
 */
typedef struct CachedServer
{
	Oid			oid;
	Oid			user;
	char	   *allowed_hosts;
	NamiConnection *connection;
	struct CachedServer *next;
} CachedServer;

static NamiConnection *connections = NULL;
static CachedServer *cached_servers = NULL;
static Oid	only_server = InvalidOid;	/* of this wrapper, when it is known to be the only one */
static uint64 forgotten_count = 0;	/* of invalidations, to see one that comes while we read */
static bool callbacks_registered = false;

/* ---- life of the caches -------------------------------------------------------------------- */

static void
forget_servers(Datum arg, int cache_id, uint32 hash_value)
{
	forgotten_count++;
	only_server = InvalidOid;
	while (cached_servers != NULL)
	{
		CachedServer *entry = cached_servers;

		cached_servers = entry->next;
		pfree(entry->allowed_hosts);
		pfree(entry);
	}
}

static void
close_connections(int code, Datum arg)
{
	for (NamiConnection *c = connections; c != NULL; c = c->next)
	{
		if (c->store != NULL)
			nami_store_close(c->store);
		c->store = NULL;
	}
	connections = NULL;
}

static void
register_callbacks(void)
{
	if (callbacks_registered)
		return;
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, forget_servers, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, forget_servers, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, forget_servers, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, forget_servers, (Datum) 0);
	before_shmem_exit(close_connections, (Datum) 0);
	callbacks_registered = true;
}

NamiConnection *
nami_connection_first(void)
{
	return connections;
}

/* ---- finding the server -------------------------------------------------------------------- */

/* Oids of all servers whose wrapper has our handler's validator name: "namidb" as installed. */
static List *
servers_of_wrapper(void)
{
	Oid			wrapper = get_foreign_data_wrapper_oid("namidb", true);
	Relation	rel = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *result = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_server form = (Form_pg_foreign_server) GETSTRUCT(tuple);

		if (form->srvfdw == wrapper)
			result = lappend_oid(result, form->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

static char *
server_names(List *oids)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, oids)
		appendStringInfo(&names, "%s\"%s\"", names.len > 0 ? ", " : "",
						 GetForeignServer(lfirst_oid(lc))->servername);
	return names.data;
}

/* InvalidOid when there is none or, with *oids, several. */
static Oid
find_only_server(List **oids)
{
	uint64		before = forgotten_count;

	if (OidIsValid(only_server))
		return only_server;
	*oids = servers_of_wrapper();
	if (list_length(*oids) != 1)
		return InvalidOid;
	if (forgotten_count == before)
		only_server = linitial_oid(*oids);
	return linitial_oid(*oids);
}

static Oid
default_server(void)
{
	List	   *oids = NIL;
	Oid			oid;

	if (nami_settings.default_server != NULL && nami_settings.default_server[0] != '\0')
		return get_foreign_server_oid(nami_settings.default_server, false);
	oid = find_only_server(&oids);
	if (OidIsValid(oid))
		return oid;
	if (oids == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no server of the foreign-data wrapper \"namidb\""),
				 errhint("Use CREATE SERVER … FOREIGN DATA WRAPPER namidb OPTIONS (store '…').")));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("no server was named and there are several"),
			 errhint("Pass one of %s, or set namidb.default_server.", server_names(oids))));
	return InvalidOid;
}

static Oid
resolve_server(const char *name)
{
	Oid			oid = name != NULL ? get_foreign_server_oid(name, false) : default_server();
	ForeignServer *server = GetForeignServer(oid);
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(server->fdwid);

	if (strcmp(wrapper->fdwname, "namidb") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" does not use the foreign-data wrapper \"namidb\"",
						server->servername)));
	return oid;
}

bool
nami_server_may_use(const char *name, Oid user)
{
	List	   *oids;
	Oid			oid;

	register_callbacks();
	if (name == NULL && nami_settings.default_server != NULL)
		name = nami_settings.default_server;
	oid = name != NULL && name[0] != '\0' ? get_foreign_server_oid(name, true) :
		find_only_server(&oids);
	return OidIsValid(oid) && nami_server_aclcheck(oid, user, ACL_USAGE) == ACLCHECK_OK &&
		strcmp(GetForeignDataWrapper(GetForeignServer(oid)->fdwid)->fdwname, "namidb") == 0;
}

/* ---- rights on files ----------------------------------------------------------------------- */

static bool
path_is_inside(const char *path, const char *folder)
{
	size_t		len = strlen(folder);

	while (len > 1 && folder[len - 1] == '/')
		len--;
	return strncmp(path, folder, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static void
check_path(const char *directory)
{
	char	   *path = pstrdup(directory);
	List	   *allowed = nami_settings_split(nami_settings.allowed_paths);
	ListCell   *lc;

	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("the folder of a file:// store must be an absolute path")));
	canonicalize_path(path);
	if (path_contains_parent_reference(path) || path_is_inside(path, DataDir))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the folder of a file:// store must lie outside the data directory and be free of \"..\"")));
	if (allowed == NIL)
		return;
	foreach(lc, allowed)
	{
		if (path_is_inside(path, lfirst(lc)))
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("folder \"%s\" is not below any of namidb.allowed_paths", path)));
}

static void
check_read(const NamiConnection *connection, Oid user)
{
	const NamiStoreUri *uri = nami_store_uri(connection->store);

	if (!connection->is_file)
		return;
	check_path(pnstrdup(uri->directory.ptr, uri->directory.len));
	if (!has_privs_of_role(user, ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read a file:// store"),
				 errdetail("Only members of the role \"pg_read_server_files\" may.")));
}

void
nami_connection_check_write(const NamiConnection *connection, Oid user)
{
	if (!connection->is_file || has_privs_of_role(user, ROLE_PG_WRITE_SERVER_FILES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to write a file:// store"),
			 errdetail("Only members of the role \"pg_write_server_files\" may.")));
}

/* ---- opening ------------------------------------------------------------------------------- */

/* The options of the user's mapping, or PUBLIC's; NIL when there is none. */
static List *
mapping_options(Oid server, Oid user)
{
	Oid			candidates[2] = {user, InvalidOid};

	for (int i = 0; i < 2; i++)
	{
		HeapTuple	tuple = SearchSysCache2(USERMAPPINGUSERSERVER,
											ObjectIdGetDatum(candidates[i]),
											ObjectIdGetDatum(server));

		if (HeapTupleIsValid(tuple))
		{
			ReleaseSysCache(tuple);
			return GetUserMapping(user, server)->options;
		}
	}
	return NIL;
}

static NamiStr
option_str(List *options, const char *name)
{
	const char *value = nami_option_get(options, name);

	return value != NULL ? nami_str(value) : (NamiStr) {NULL, 0};
}

/*
 * The password_required rule of conventions 7: ordinary users bring their own keys; the server's
 * environment serves superusers, and everybody where a superuser set use_server_credentials.
 */
static void
fill_credentials(NamiArena *arena, ForeignServer *server, Oid user, NamiStoreUri *uri,
				 NamiStoreOptions *options)
{
	List	   *mapping = mapping_options(server->serverid, user);
	bool		environment = superuser_arg(user) ||
		nami_option_get_bool(server->options, "use_server_credentials", false);
	NamiError	err = NAMI_ERROR_INIT;

	options->access_key_id = option_str(mapping, "access_key_id");
	options->secret_access_key = option_str(mapping, "secret_access_key");
	options->session_token = option_str(mapping, "session_token");
	if (options->access_key_id.len > 0 && options->secret_access_key.len > 0)
		return;
	if (environment)
		NAMI_PG_CHECK(nami_store_options_from_environment(arena, uri, options, &err), &err);
	if (options->access_key_id.len > 0 && options->secret_access_key.len > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
			 errmsg("no access key for server \"%s\" and user \"%s\"", server->servername,
					GetUserNameFromId(user, true)),
			 errhint("Use CREATE USER MAPPING FOR … SERVER … OPTIONS (access_key_id '…', secret_access_key '…').")));
}

static void
parse_store(NamiArena *arena, ForeignServer *server, NamiStoreUri *uri)
{
	const char *store = nami_option_get(server->options, "store");
	const char *endpoint = nami_option_get(server->options, "endpoint");
	const char *region = nami_option_get(server->options, "region");
	NamiError	err = NAMI_ERROR_INIT;

	if (store == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" has no option \"store\"", server->servername)));
	NAMI_PG_CHECK(nami_store_uri_parse(arena, nami_str(store), uri, &err), &err);
	if (endpoint != NULL)
		NAMI_PG_CHECK(nami_store_uri_set_endpoint(arena, uri, nami_str(endpoint), &err), &err);
	if (region != NULL)
		NAMI_PG_CHECK(nami_store_uri_set_region(arena, uri, nami_str(region), &err), &err);
}

static void
append_digest(StringInfo key, const NamiStoreOptions *options)
{
	const NamiStr parts[] = {options->access_key_id, options->secret_access_key,
	options->session_token};
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	if (ctx == NULL || pg_cryptohash_init(ctx) < 0)
		elog(ERROR, "could not compute a digest");
	for (size_t i = 0; i < lengthof(parts); i++)
	{
		uint64		len = parts[i].len;

		if (pg_cryptohash_update(ctx, (const uint8 *) &len, sizeof(len)) < 0 ||
			pg_cryptohash_update(ctx, (const uint8 *) parts[i].ptr, parts[i].len) < 0)
			elog(ERROR, "could not compute a digest");
	}
	if (pg_cryptohash_final(ctx, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute a digest");
	pg_cryptohash_free(ctx);
	for (size_t i = 0; i < sizeof(digest); i++)
		appendStringInfo(key, "%02x", digest[i]);
}

static const char *
epoch_policy(ForeignServer *server)
{
	const char *value = nami_option_get(server->options, "bump_epoch");

	return value != NULL ? value : "keep";
}

static NamiConnection *
open_connection(const char *key, NamiArena *arena, const NamiStoreUri *uri,
				const NamiStoreOptions *options, ForeignServer *server)
{
	MemoryContext context = nami_pg_process_context();
	NamiConnection *c = MemoryContextAllocZero(context, sizeof(NamiConnection));
	NamiStr		identity = nami_store_uri_identity(arena, uri);
	NamiError	err = NAMI_ERROR_INIT;

	c->key = MemoryContextStrdup(context, key);
	nami_owner_init(&c->owner);
	c->is_read_only = options->is_read_only;
	c->is_file = uri->scheme == NAMI_SCHEME_FILE;
	c->bump_epoch = strcmp(epoch_policy(server), "bump") == 0;
	c->lock_hash = nami_xxh3(identity.ptr, identity.len);
	if (nami_store_open(uri, options, nami_pg_host(), nami_pg_process_allocator(), &c->owner,
						&c->store, &err) != NAMI_OK)
	{
		pfree(c->key);
		pfree(c);
		nami_pg_raise(&err, NULL);
	}
	c->ns = nami_namespace_create(nami_pg_host(), nami_pg_process_allocator(), c->store,
								  nami_store_uri(c->store)->key_prefix);
	c->next = connections;
	connections = c;
	return c;
}

static NamiConnection *
connect_server(ForeignServer *server, Oid user)
{
	NamiArena  *arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	List	   *hosts = nami_settings_split(nami_settings.allowed_hosts);
	NamiStr    *host_names = palloc((list_length(hosts) + 1) * sizeof(NamiStr));
	NamiStoreOptions options = {0};
	NamiStoreUri uri;
	StringInfoData key;
	NamiStr		identity;

	parse_store(arena, server, &uri);
	options.is_read_only = nami_option_get_bool(server->options, "read_only", false);
	options.ca_file = option_str(server->options, "ca_file");
	options.refuse_loopback = !superuser_arg(server->owner);
	options.request_timeout_ms = nami_settings.request_timeout_ms;
	for (int i = 0; i < list_length(hosts); i++)
		host_names[i] = nami_str(list_nth(hosts, i));
	options.allowed_hosts = host_names;
	options.allowed_host_count = (size_t) list_length(hosts);
	if (uri.scheme == NAMI_SCHEME_S3)
		fill_credentials(arena, server, user, &uri, &options);

	initStringInfo(&key);
	identity = nami_store_uri_identity(arena, &uri);
	appendStringInfo(&key, "%.*s|%d|%s", NAMI_STR_ARG(identity), options.is_read_only,
					 epoch_policy(server));
	if (uri.scheme == NAMI_SCHEME_S3)
	{
		appendStringInfo(&key, "|%d|%d|%s|%.*s|%.*s|", options.refuse_loopback, uri.allow_http,
						 nami_settings.allowed_hosts, NAMI_STR_ARG(uri.region),
						 NAMI_STR_ARG(options.ca_file));
		append_digest(&key, &options);
	}
	for (NamiConnection *c = connections; c != NULL; c = c->next)
	{
		if (strcmp(c->key, key.data) == 0)
			return c;
		/* One graph, also through a server that reads only or bumps the epoch. */
		if (uri.scheme == NAMI_SCHEME_MEMORY && nami_store_uri(c->store)->scheme == NAMI_SCHEME_MEMORY &&
			nami_str_eq(nami_store_uri_identity(arena, nami_store_uri(c->store)), identity))
			options.memory = c->store;
	}
	return open_connection(key.data, arena, &uri, &options, server);
}

static NamiConnection *
find_cached(Oid server, Oid user)
{
	for (CachedServer *entry = cached_servers; entry != NULL; entry = entry->next)
	{
		if (entry->oid == server && entry->user == user &&
			strcmp(entry->allowed_hosts, nami_settings.allowed_hosts) == 0)
			return entry->connection;
	}
	return NULL;
}

static void
remember(Oid server, Oid user, NamiConnection *connection)
{
	MemoryContext context = nami_pg_process_context();
	char	   *hosts = MemoryContextStrdup(context, nami_settings.allowed_hosts);
	CachedServer *entry = MemoryContextAlloc(context, sizeof(CachedServer));

	*entry = (CachedServer) {server, user, hosts, connection, cached_servers};
	cached_servers = entry;
}

void
nami_server_get(const char *name, Oid user, NamiServer *out)
{
	Oid			oid;
	AclResult	acl;

	register_callbacks();
	oid = resolve_server(name);
	acl = nami_server_aclcheck(oid, user, ACL_USAGE);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FOREIGN_SERVER, GetForeignServer(oid)->servername);
	out->oid = oid;
	out->name = GetForeignServer(oid)->servername;
	out->connection = find_cached(oid, user);
	if (out->connection == NULL)
	{
		uint64		before = forgotten_count;

		out->connection = connect_server(GetForeignServer(oid), user);
		if (forgotten_count == before)
			remember(oid, user, out->connection);
	}
	nami_store_set_request_timeout(out->connection->store, nami_settings.request_timeout_ms);
	check_read(out->connection, user);
}
