/*
 * foreign_estimate.c - sizes of foreign tables and what reading them costs.
 */
#include "postgres.h"

#include "pg/foreign_estimate.h"

#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/query.h"
#include "pg/support.h"
#include "pg/transaction.h"
#include "utils/builtins.h"

/*
 * Measured on the benchmark graph: opening a statement that was compiled before, a look-up, a row of a
 * label scan, a row and a value given to PostgreSQL.
 */
#define NS_OPEN			3000.0
#define NS_SEEK			400.0
#define NS_ROW			15.0
#define NS_GIVEN		60.0
#define NS_VALUE		30.0

NamiConnection *
nami_foreign_connection(const NamiForeignTable *table, Oid user)
{
	NamiServer	server;

	nami_server_get(GetForeignServer(table->server)->servername,
					OidIsValid(user) ? user : GetUserId(), &server);
	return server.connection;
}

NamiSnapshot
nami_foreign_planning_snapshot(NamiConnection *connection)
{
	return nami_pg_planning_snapshot(nami_pg_transaction_get(connection));
}

uint32_t
nami_foreign_name(const NamiForeignTable *table, const NamiSnapshot *snapshot)
{
	return nami_catalog_find(nami_snapshot_catalog(snapshot),
							 table->kind == NAMI_FOREIGN_EDGES ? NAMI_NAME_TYPE : NAMI_NAME_LABEL,
							 nami_str(table->label));
}

static void
query_size(const NamiForeignTable *table, Oid user, NamiForeignSize *out)
{
	char	   *native = pg_any_to_server(table->cypher, (int) strlen(table->cypher), PG_UTF8);
	NamiQueryRequest request = {
		.query = cstring_to_text(native),
		.server = GetForeignServer(table->server)->servername,
		.user = user,
		.read_only = true,
		.is_planning = true,
	};
	NamiCachedPlan *cached = nami_query_try_compile(&request);

	if (cached == NULL)
		return;					/* it will fail when it is run, or not */
	out->rows = cached->plan->root->estimated_rows;
	out->query_cost_ns = cached->plan->root->estimated_cost;
}

void
nami_foreign_size(const NamiForeignTable *table, Oid user, NamiForeignSize *out)
{
	NamiSnapshot snapshot;
	uint32_t	name;

	*out = (NamiForeignSize) {.rows = 1};
	if (table->kind == NAMI_FOREIGN_QUERY)
	{
		query_size(table, user, out);
		return;
	}
	snapshot = nami_foreign_planning_snapshot(nami_foreign_connection(table, user));
	name = nami_foreign_name(table, &snapshot);
	out->rows = 0;
	if (name == NAMI_NAME_UNKNOWN)
		return;
	if (table->kind == NAMI_FOREIGN_NODES)
		out->rows = (double) nami_snapshot_count_nodes(&snapshot, &name, 1);
	else
	{
		NamiTypeStats stats;

		nami_snapshot_type_stats(&snapshot, name, &stats);
		out->rows = stats.edges;
	}
}

/* ---- look-ups ------------------------------------------------------------------------------ */

/* A constraint or an index on that property alone. */
static bool
is_indexed(const NamiSnapshot *snapshot, NamiLabelId label, NamiKeyId key, bool *is_unique)
{
	const NamiSchema *schema = nami_snapshot_schema(snapshot);

	for (uint32_t i = 0; i < schema->constraint_count; i++)
	{
		const NamiUniqueConstraint *constraint = &schema->constraints[i];

		if (constraint->label == label && constraint->key_count == 1 && constraint->keys[0] == key)
		{
			*is_unique = true;
			return true;
		}
	}
	*is_unique = false;
	for (uint32_t i = 0; i < schema->index_count; i++)
	{
		const NamiRangeIndex *index = &schema->indexes[i];

		if (index->label == label && index->key_count == 1 && index->keys[0] == key)
			return true;
	}
	return false;
}

static double
rows_per_value(const NamiSnapshot *snapshot, NamiLabelId label, NamiKeyId key)
{
	double		rows = (double) nami_snapshot_count_nodes(snapshot, &label, 1);
	NamiKeyStats stats;

	nami_snapshot_key_stats(snapshot, label, key, &stats);
	return Max(rows * stats.present_fraction / stats.distinct, 1);
}

double
nami_foreign_rows_per_key(const NamiForeignTable *table, Oid user, const NamiForeignColumn *column)
{
	NamiSnapshot snapshot;
	uint32_t	name;
	NamiTypeStats stats;
	NamiKeyId	key;
	bool		is_unique;

	if (column->role == NAMI_COLUMN_ID)
		return 1;
	if (table->kind == NAMI_FOREIGN_QUERY || column->role == NAMI_COLUMN_DROPPED ||
		column->role == NAMI_COLUMN_LABELS || column->role == NAMI_COLUMN_REST ||
		(table->kind == NAMI_FOREIGN_EDGES && column->role == NAMI_COLUMN_PROPERTY))
		return 0;
	snapshot = nami_foreign_planning_snapshot(nami_foreign_connection(table, user));
	name = nami_foreign_name(table, &snapshot);
	if (name == NAMI_NAME_UNKNOWN)
		return 0;
	if (table->kind == NAMI_FOREIGN_EDGES)
	{
		nami_snapshot_type_stats(&snapshot, name, &stats);
		return Max(stats.edges / Max(column->role == NAMI_COLUMN_SRC ? stats.sources :
									 stats.targets, 1), 1);
	}
	key = nami_catalog_find(nami_snapshot_catalog(&snapshot), NAMI_NAME_KEY,
							nami_str(column->property));
	if (key == NAMI_NAME_UNKNOWN || !is_indexed(&snapshot, name, key, &is_unique))
		return 0;
	return is_unique ? 1 : rows_per_value(&snapshot, name, key);
}

/* ---- costs --------------------------------------------------------------------------------- */

void
nami_foreign_cost(const NamiForeignWork *work, Cost *startup, Cost *total)
{
	double		open = NS_OPEN + work->seeks * NS_SEEK;

	*startup = nami_cost_from_ns(open);
	*total = nami_cost_from_ns(open + work->rows * NS_ROW +
						  work->given * (NS_GIVEN + work->columns * NS_VALUE));
}
