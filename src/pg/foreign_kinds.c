/*
 * foreign_kinds.c - kinds of stored values for the planner, see foreign_kinds.h.
 */
#include "postgres.h"

#include "pg/foreign_kinds.h"

#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "pg/host.h"
#include "pg/transaction.h"
#include "storage/sinval.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

static void
ask(const NamiSnapshot *snapshot, bool is_edge, const char *name, const char *property,
	NamiKinds *out)
{
	NamiCatalog *catalog = nami_snapshot_catalog(snapshot);
	NamiKeyId	key = nami_catalog_find(catalog, NAMI_NAME_KEY, nami_str(property));
	NamiError	err = NAMI_ERROR_INIT;
	NamiArena  *scratch = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	NamiLabelId label = nami_catalog_find(catalog, is_edge ? NAMI_NAME_TYPE : NAMI_NAME_LABEL,
										  nami_str(name));

	memset(out, 0, sizeof(NamiKinds));
	out->is_exact = true;
	/* An unknown label would mean all nodes. */
	if (label == NAMI_NAME_UNKNOWN || key == NAMI_NAME_UNKNOWN)
		return;
	if (is_edge)
		NAMI_PG_CHECK(nami_snapshot_edge_kinds(snapshot, label, key, scratch, out, &err), &err);
	else
		NAMI_PG_CHECK(nami_snapshot_node_kinds(snapshot, label, key, scratch, out, &err), &err);
}

bool
nami_foreign_kinds(const NamiForeignTable *table, Oid user, const char *property, NamiKinds *out)
{
	MemoryContext context;
	MemoryContext old;
	NamiServer	server;
	NamiSnapshot snapshot;

	if (table->kind == NAMI_FOREIGN_QUERY)
		return false;
	nami_server_get(GetForeignServer(table->server)->servername,
					OidIsValid(user) ? user : GetUserId(), &server);
	snapshot = nami_pg_planning_snapshot(nami_pg_transaction_get(server.connection));
	context = AllocSetContextCreate(CurrentMemoryContext, "namidb kinds", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	ask(&snapshot, table->kind == NAMI_FOREIGN_EDGES, table->label, property, out);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return true;
}

Node *
nami_foreign_kinds_source(const NamiForeignTable *table, const char *property)
{
	return (Node *) list_make4(makeInteger((int) table->relid),
							   makeBoolean(table->kind == NAMI_FOREIGN_EDGES),
							   makeString(pstrdup(table->label)), makeString(pstrdup(property)));
}

/*
 * The plans of this backend that use the table. At once: what an aborted transaction has merely
 * registered is forgotten.
 */
static void
drop_plans(Oid relid)
{
	SharedInvalidationMessage message;

	memset(&message, 0, sizeof(message));
	message.rc.id = SHAREDINVALRELCACHE_ID;
	message.rc.dbId = MyDatabaseId;
	message.rc.relId = relid;
	LocalExecuteInvalidationMessage(&message);
}

static void
broken(Oid relid, const char *property)
{
	char	   *name = get_rel_name(relid);

	drop_plans(relid);
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("the values of property \"%s\" are no longer of the kinds that the plan relies on",
					property),
			 name != NULL ? errdetail("Foreign table \"%s\".", name) : 0,
			 errhint("Run the statement again.")));
}

void
nami_foreign_check_assumptions(List *assumptions, const NamiSnapshot *snapshot)
{
	MemoryContext context;
	MemoryContext old;
	ListCell   *cell;

	if (assumptions == NIL)
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "namidb kinds", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	foreach(cell, assumptions)
	{
		List	   *assumption = lfirst(cell);
		List	   *source = linitial(assumption);
		uint32		allowed = (uint32) intVal(lsecond(assumption));
		uint32		unwanted = (uint32) intVal(lthird(assumption));
		NamiKinds	kinds;

		ask(snapshot, boolVal(lsecond(source)), strVal(lthird(source)), strVal(lfourth(source)),
			&kinds);
		if ((kinds.kinds & ~allowed) != 0 || (kinds.traits & unwanted) != 0)
			broken((Oid) intVal(linitial(source)), strVal(lfourth(source)));
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
