/*
 * status.c - namidb_status: one row per fact about a namespace and this session's use of it.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fmgr.h"
#include "format/keys.h"
#include "funcapi.h"
#include "graph/namespace_facts.h"
#include "miscadmin.h"
#include "pg/compat.h"
#include "pg/connection.h"
#include "pg/host.h"
#include "pg/jsonb_out.h"
#include "pg/transaction.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(namidb_status);

typedef struct Facts
{
	ReturnSetInfo *rsinfo;
	NamiArena  *arena;
	NamiJsonbWriter writer;
} Facts;

static void
put_fact(Facts *facts, const char *name, NamiValue value)
{
	Datum		datums[2] = {
		CStringGetTextDatum(name),
		JsonbPGetDatum(nami_jsonb_from_value(&facts->writer, value)),
	};
	bool		nulls[2] = {false, false};

	tuplestore_putvalues(facts->rsinfo->setResult, facts->rsinfo->setDesc, datums, nulls);
}

static void
put_count(Facts *facts, const char *name, uint64 count)
{
	put_fact(facts, name, nami_value_int((int64) count));
}

/* ---- the namespace ------------------------------------------------------------------------- */

/* [{"kind":…,"level":…,"count":…,"bytes":…,"rows":…}, …] */
static NamiValue
sst_levels(Facts *facts, const NamiNamespaceFacts *ns)
{
	NamiValue  *items = NAMI_NEW_ARRAY(facts->arena, NamiValue, ns->sst_count + 1);

	for (uint32_t i = 0; i < ns->sst_count; i++)
	{
		const NamiSstFacts *sst = &ns->ssts[i];
		NamiMapEntry *entries = NAMI_NEW_ARRAY(facts->arena, NamiMapEntry, 5);

		entries[0] = (NamiMapEntry) {NAMI_STR("bytes"), nami_value_int((int64) sst->size_bytes)};
		entries[1] = (NamiMapEntry) {NAMI_STR("count"), nami_value_int(sst->count)};
		entries[2] = (NamiMapEntry) {
			NAMI_STR("kind"), nami_value_string(nami_str(nami_sst_kind_name(sst->kind)))
		};
		entries[3] = (NamiMapEntry) {NAMI_STR("level"), nami_value_int(sst->level)};
		entries[4] = (NamiMapEntry) {NAMI_STR("rows"), nami_value_int((int64) sst->row_count)};
		items[i] = nami_value_map(entries, 5);
	}
	return nami_value_list(items, ns->sst_count);
}

/* Sizes of the listed WAL segments: one LIST request. */
static uint64
wal_bytes(Facts *facts, NamiConnection *connection, const NamiManifest *manifest)
{
	NamiStr		prefix = nami_store_uri(connection->store)->key_prefix;
	const NamiStoreEntry *entries;
	size_t		count;
	uint64		bytes = 0;
	NamiError	err = NAMI_ERROR_INIT;

	if (manifest->wal_segment_count == 0)
		return 0;
	NAMI_PG_CHECK(nami_store_list(connection->store, facts->arena,
								  nami_key_wal_folder(facts->arena, prefix), &entries, &count,
								  &err), &err);
	for (size_t i = 0; i < count; i++)
	{
		uint64_t	seq;

		if (nami_key_parse_wal(entries[i].key, &seq) != NAMI_KEY_MATCH)
			continue;
		for (uint32_t j = 0; j < manifest->wal_segment_count; j++)
		{
			if (manifest->wal_segments[j].seq == seq)
				bytes += entries[i].size_bytes;
		}
	}
	return bytes;
}

static void
put_namespace_facts(Facts *facts, NamiConnection *connection, const NamiView *view)
{
	const NamiManifest *manifest;
	NamiNamespaceFacts ns;

	nami_namespace_facts(connection->ns, view, facts->arena, &ns);
	manifest = nami_namespace_manifest(connection->ns);
	put_fact(facts, "exists", nami_value_bool(ns.exists));
	put_count(facts, "version", ns.version);
	put_count(facts, "epoch", ns.epoch);
	put_count(facts, "last_lsn", ns.last_lsn);
	put_count(facts, "wal_segments", ns.wal_segment_count);
	put_count(facts, "wal_bytes", manifest != NULL ? wal_bytes(facts, connection, manifest) : 0);
	put_fact(facts, "ssts", sst_levels(facts, &ns));
	put_count(facts, "nodes", ns.node_count);
	put_count(facts, "relationships", ns.relationship_count);
	put_count(facts, "cache_bytes", ns.view.image_bytes + ns.view.delta_bytes);
	put_count(facts, "uncached_rows", ns.view.delta_rows);
}

/* ---- this session -------------------------------------------------------------------------- */

/* {"CREATE": n, "DELETE": n, …} */
static NamiValue
by_kind(Facts *facts, const uint64_t *counts)
{
	NamiMapEntry *entries = NAMI_NEW_ARRAY(facts->arena, NamiMapEntry, NAMI_OP_COUNT);
	static const NamiStoreOp by_name[] = {
		NAMI_OP_CREATE, NAMI_OP_DELETE, NAMI_OP_GET, NAMI_OP_HEAD, NAMI_OP_LIST, NAMI_OP_PUT
	};

	StaticAssertStmt(lengthof(by_name) == NAMI_OP_COUNT, "every operation is told");
	for (size_t i = 0; i < lengthof(by_name); i++)
		entries[i] = (NamiMapEntry) {
			nami_str(nami_store_op_name(by_name[i])),
			nami_value_int((int64) counts[by_name[i]])
		};
	return nami_value_map(entries, NAMI_OP_COUNT);
}

static void
put_request_facts(Facts *facts, const NamiConnection *connection)
{
	const NamiStoreCounters *counters = nami_store_counters(connection->store);

	put_fact(facts, "requests", by_kind(facts, counters->requests));
	put_fact(facts, "bytes", by_kind(facts, counters->bytes));
	put_count(facts, "retries", counters->retries);
}

static void
check_owner(const NamiServer *server)
{
	if (!nami_server_ownercheck(server->oid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FOREIGN_SERVER, server->name);
}

Datum
namidb_status(PG_FUNCTION_ARGS)
{
	Facts		facts = {(ReturnSetInfo *) fcinfo->resultinfo};
	const char *name = PG_ARGISNULL(0) ? NULL : NameStr(*PG_GETARG_NAME(0));
	NamiServer	server;
	NamiPgTransaction *txn;
	NamiStatementView *view;
	NamiSnapshot snapshot;
	NamiStr		display;

	InitMaterializedSRF(fcinfo, 0);
	nami_server_get(name, GetUserId(), &server);
	check_owner(&server);
	txn = nami_pg_transaction_get(server.connection);
	view = nami_pg_statement_view(txn, facts.rsinfo->econtext->ecxt_estate, false);
	snapshot = nami_transaction_snapshot(nami_pg_transaction_engine(txn), view->view,
										 NAMI_MARK_NOW);
	facts.arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	facts.writer = (NamiJsonbWriter) {&snapshot, facts.arena, NAMI_JSON_PLAIN};
	display = nami_store_uri_display(facts.arena, nami_store_uri(server.connection->store));
	put_fact(&facts, "server", nami_value_string(nami_str(server.name)));
	put_fact(&facts, "store", nami_value_string(display));
	put_namespace_facts(&facts, server.connection, view->view);
	put_request_facts(&facts, server.connection);
	return (Datum) 0;
}
