/*
 * foreign_import.c - see foreign_import.h.
 *
 * What a label or type is called in SQL depends on all of them, never on which are asked for: so that
 * importing nodes and edges one after the other gives the names that importing both gives.
 */
#include "postgres.h"

#include "pg/foreign_import.h"

#include "access/htup_details.h"
#include "base/strmap.h"
#include "base/vec.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "graph/snapshot_kinds.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pg/connection.h"
#include "pg/host.h"
#include "pg/jsonb_out.h"
#include "pg/transaction.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define NAME_MAX_BYTES	(NAMEDATALEN - 1)

/* One label or type. */
typedef struct ImportTable
{
	bool		of_edges;
	NamiStr		graph_name;		/* UTF-8 */
	const char *native;			/* in the database encoding */
	const char *table_name;
} ImportTable;

typedef NAMI_VEC(ImportTable) ImportTables;

typedef struct Import
{
	ImportForeignSchemaStmt *stmt;
	const char *server;
	bool		nodes;
	bool		edges;
	bool		with_labels;	/* column _labels */
	bool		with_rest;		/* column _properties */
	NamiServer	connection;
	NamiSnapshot snapshot;
	NamiArena  *arena;
	ImportTables labels;		/* ascending by name */
	ImportTables types;
	NamiStrMap	found;			/* labels or types listed so far */
	NamiStrMap	taken;			/* names of tables given so far */
} Import;

/* ---- what is asked for --------------------------------------------------------------------- */

static void
read_schema_name(Import *import)
{
	const char *name = import->stmt->remote_schema;

	import->nodes = strcmp(name, "nodes") == 0 || strcmp(name, "all") == 0;
	import->edges = strcmp(name, "edges") == 0 || strcmp(name, "all") == 0;
	if (!import->nodes && !import->edges)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("there is no schema \"%s\" in a graph", name),
				 errhint("Import \"nodes\" (a table per label), \"edges\" (a table per relationship type) or \"all\".")));
}

static void
read_options(Import *import)
{
	ListCell   *lc;

	import->with_labels = true;
	import->with_rest = true;
	foreach(lc, import->stmt->options)
	{
		DefElem    *def = lfirst(lc);

		if (strcmp(def->defname, "import_labels") == 0)
			import->with_labels = defGetBoolean(def);
		else if (strcmp(def->defname, "import_properties") == 0)
			import->with_rest = defGetBoolean(def);
		else
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", def->defname),
					 errhint("Valid options here are: \"import_labels\", \"import_properties\".")));
	}
}

/* Named by LIMIT TO or EXCEPT. */
static bool
is_listed(const Import *import, const char *table_name)
{
	ListCell   *lc;

	foreach(lc, import->stmt->table_list)
	{
		if (strcmp(((RangeVar *) lfirst(lc))->relname, table_name) == 0)
			return true;
	}
	return false;
}

/* The server leaves out the others too: this only saves the work. */
static bool
is_wanted(const Import *import, const ImportTable *table)
{
	if (!(table->of_edges ? import->edges : import->nodes))
		return false;
	switch (import->stmt->list_type)
	{
		case FDW_IMPORT_SCHEMA_LIMIT_TO:
			return is_listed(import, table->table_name);
		case FDW_IMPORT_SCHEMA_EXCEPT:
			return !is_listed(import, table->table_name);
		default:
			return true;
	}
}

/* ---- labels and types ---------------------------------------------------------------------- */

static bool
sql_can_hold(NamiStr name)
{
	return name.len > 0 && memchr(name.ptr, 0, name.len) == NULL;
}

static const char *
to_native(NamiStr name)
{
	NamiStr		native = nami_text_to_server(name);

	return pnstrdup(native.ptr, native.len);
}

static void
add_table(Import *import, ImportTables *tables, bool of_edges, NamiStr name)
{
	ImportTable table = {.of_edges = of_edges, .graph_name = name};
	bool		is_new;

	(void) nami_strmap_put(&import->found, name, &is_new);
	if (!is_new)
		return;
	if (!sql_can_hold(name))
	{
		ereport(NOTICE,
				(errmsg("a %s whose name is empty or has a zero byte is left out",
						of_edges ? "relationship type" : "label")));
		return;
	}
	table.native = to_native(name);
	nami_vec_push(tables, import->arena, table);
}

static int
compare_tables(const void *a, const void *b)
{
	return nami_str_cmp(((const ImportTable *) a)->graph_name,
						((const ImportTable *) b)->graph_name);
}

static void
sort_tables(ImportTables *tables)
{
	if (tables->count > 1)
		qsort(tables->items, tables->count, sizeof(ImportTable), compare_tables);
}

static void
add_label(Import *import, NamiLabelId label)
{
	add_table(import, &import->labels, false,
			  nami_catalog_name(nami_snapshot_catalog(&import->snapshot), NAMI_NAME_LABEL, label));
}

static void
find_declared_labels(Import *import)
{
	const NamiSchema *schema = nami_snapshot_schema(&import->snapshot);
	const NamiManifest *manifest = nami_namespace_manifest(import->connection.connection->ns);

	for (uint32_t i = 0; i < schema->constraint_count; i++)
		add_label(import, schema->constraints[i].label);
	for (uint32_t i = 0; i < schema->index_count; i++)
		add_label(import, schema->indexes[i].label);
	for (uint32_t i = 0; i < schema->vector_index_count; i++)
		add_label(import, schema->vector_indexes[i].label);
	for (uint32_t i = 0; i < schema->text_index_count; i++)
		add_label(import, schema->text_indexes[i].label);
	for (uint32_t i = 0; manifest != NULL && i < manifest->label_def_count; i++)
		add_table(import, &import->labels, false,
				  nami_arena_str(import->arena, manifest->label_defs[i].name));
}

static void
find_labels(Import *import)
{
	uint32_t	count = nami_catalog_count(nami_snapshot_catalog(&import->snapshot),
										   NAMI_NAME_LABEL);

	nami_strmap_init(&import->found, import->arena);
	for (NamiLabelId label = 0; label < count; label++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nami_snapshot_count_nodes(&import->snapshot, &label, 1) > 0)
			add_label(import, label);
	}
	find_declared_labels(import);
	sort_tables(&import->labels);
}

static void
find_types(Import *import)
{
	const NamiManifest *manifest = nami_namespace_manifest(import->connection.connection->ns);
	NamiCatalog *catalog = nami_snapshot_catalog(&import->snapshot);
	const NamiTypeId *types;
	uint32_t	count = nami_snapshot_edge_types(&import->snapshot, import->arena, &types);

	nami_strmap_init(&import->found, import->arena);
	for (uint32_t i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nami_snapshot_count_edges(&import->snapshot, types[i]) > 0)
			add_table(import, &import->types, true,
					  nami_catalog_name(catalog, NAMI_NAME_TYPE, types[i]));
	}
	for (uint32_t i = 0; manifest != NULL && i < manifest->edge_type_def_count; i++)
		add_table(import, &import->types, true,
				  nami_arena_str(import->arena, manifest->edge_type_defs[i].name));
	sort_tables(&import->types);
}

/* ---- names --------------------------------------------------------------------------------- */

static bool
take_name(NamiStrMap *taken, const char *name)
{
	bool		is_new;

	(void) nami_strmap_put(taken, nami_str(name), &is_new);
	return is_new;
}

/*
 * The first of name<suffix>, name<suffix>_2, name<suffix>_3, … that is free, name shortened to whole
 * characters so that all of it fits into an identifier.
 */
static const char *
free_name(NamiStrMap *taken, const char *name, const char *suffix)
{
	for (int i = 1;; i++)
	{
		char		tail[32];
		int			keep;
		char	   *candidate;

		if (i == 1)
			strlcpy(tail, suffix, sizeof(tail));
		else
			snprintf(tail, sizeof(tail), "%s_%d", suffix, i);
		keep = pg_mbcliplen(name, (int) strlen(name), NAME_MAX_BYTES - (int) strlen(tail));
		candidate = psprintf("%.*s%s", keep, name, tail);
		if (take_name(taken, candidate))
			return candidate;
	}
}

static bool
is_short(const char *name)
{
	return strlen(name) <= NAME_MAX_BYTES;
}

static void
name_table(Import *import, ImportTable *table, const char *suffix)
{
	if (table->table_name == NULL)
		table->table_name = free_name(&import->taken, table->native, suffix);
}

static void
name_tables(Import *import)
{
	NamiStrMap	label_names;

	nami_strmap_init(&label_names, import->arena);
	nami_strmap_init(&import->taken, import->arena);
	for (size_t i = 0; i < import->labels.count; i++)
		(void) take_name(&label_names, import->labels.items[i].native);

	/* Those that can keep their names come first. */
	for (size_t i = 0; i < import->labels.count; i++)
	{
		if (is_short(import->labels.items[i].native))
			name_table(import, &import->labels.items[i], "");
	}
	for (size_t i = 0; i < import->types.count; i++)
	{
		const char *native = import->types.items[i].native;

		if (is_short(native) && nami_strmap_find(&label_names, nami_str(native)) == NULL)
			name_table(import, &import->types.items[i], "");
	}
	for (size_t i = 0; i < import->labels.count; i++)
		name_table(import, &import->labels.items[i], "");
	for (size_t i = 0; i < import->types.count; i++)
	{
		const char *native = import->types.items[i].native;

		name_table(import, &import->types.items[i],
				   nami_strmap_find(&label_names, nami_str(native)) == NULL ? "" : "_rel");
	}
}

static void
tell_name(const ImportTable *table)
{
	if (strcmp(table->native, table->table_name) == 0)
		return;
	if (is_short(table->native))
		ereport(NOTICE,
				(errmsg("relationship type \"%s\" becomes table \"%s\"", table->native,
						table->table_name),
				 errdetail("There is a label of that name.")));
	else
		ereport(NOTICE,
				(errmsg("the name of %s \"%s\" is too long: it becomes table \"%s\"",
						table->of_edges ? "relationship type" : "label", table->native,
						table->table_name)));
}

/* ---- columns ------------------------------------------------------------------------------- */

static const char *
number_type(const NamiKinds *kinds)
{
	if (kinds->kinds == NAMI_KIND_BIT(NAMI_INT))
		return "bigint";
	return (kinds->traits & NAMI_TRAIT_BIG_INT) != 0 && (kinds->kinds & NAMI_KIND_BIT(NAMI_INT)) ?
		"numeric" : "double precision";
}

/* docs/architecture.md "Import types". */
static const char *
column_type(const NamiKinds *kinds)
{
	static const char *const types[NAMI_KIND_COUNT] = {
		[NAMI_BOOL] = "boolean",
		[NAMI_STRING] = "text",
		[NAMI_BYTES] = "bytea",
		[NAMI_VECTOR] = "real[]",
		[NAMI_DATE] = "date",
		[NAMI_LOCALTIME] = "time without time zone",
		[NAMI_TIME] = "time with time zone",
		[NAMI_LOCALDATETIME] = "timestamp without time zone",
		[NAMI_DATETIME] = "timestamp with time zone",
		[NAMI_DURATION] = "interval",
	};
	uint32_t	numbers = NAMI_KIND_BIT(NAMI_INT) | NAMI_KIND_BIT(NAMI_FLOAT);

	if ((kinds->kinds & ~numbers) == 0)
		return number_type(kinds);
	for (uint32_t kind = 0; kind < NAMI_KIND_COUNT; kind++)
	{
		if (kinds->kinds == NAMI_KIND_BIT(kind) && types[kind] != NULL)
			return types[kind];
	}
	return "jsonb";				/* LIST, MAP, mixtures */
}

/* Names that mean something else, of this wrapper and of the server. */
static void
reserve_names(NamiStrMap *taken, NamiArena *arena)
{
	static const char *const names[] = {
		"_id", "_labels", "_src", "_dst", "_properties",
		"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"
	};

	nami_strmap_init(taken, arena);
	for (size_t i = 0; i < lengthof(names); i++)
		(void) take_name(taken, names[i]);
}

typedef struct ImportColumn
{
	const char *native;
	const char *name;
	const char *type;
} ImportColumn;

/* As for tables: short names are kept, the others find room between them. */
static void
name_columns(ImportColumn *columns, uint32_t count, NamiArena *arena)
{
	NamiStrMap	taken;

	reserve_names(&taken, arena);
	for (uint32_t i = 0; i < count; i++)
	{
		if (is_short(columns[i].native) && take_name(&taken, columns[i].native))
			columns[i].name = columns[i].native;
	}
	for (uint32_t i = 0; i < count; i++)
	{
		if (columns[i].name == NULL)
			columns[i].name = free_name(&taken, columns[i].native, "");
	}
}

static const NamiKeyKinds *
table_keys(const Import *import, const ImportTable *table, uint32_t *count)
{
	NamiCatalog *catalog = nami_snapshot_catalog(&import->snapshot);
	uint32_t	number = nami_catalog_find(catalog, table->of_edges ? NAMI_NAME_TYPE :
										   NAMI_NAME_LABEL, table->graph_name);
	NamiError	err = NAMI_ERROR_INIT;
	const NamiKeyKinds *keys = NULL;

	*count = 0;
	if (number == NAMI_NAME_UNKNOWN)
		return NULL;			/* declared, and nothing more */
	if (table->of_edges)
		NAMI_PG_CHECK(nami_snapshot_edge_keys(&import->snapshot, number, import->arena, &keys, count,
											  &err), &err);
	else
		NAMI_PG_CHECK(nami_snapshot_node_keys(&import->snapshot, number, import->arena, &keys, count,
											  &err), &err);
	return keys;
}

/* _id, _labels, _properties or _src, _dst, _properties leave so many for properties. */
#define COLUMNS_MAX		(MaxHeapAttributeNumber - 3)

static ImportColumn *
table_columns(const Import *import, const ImportTable *table, uint32_t *count)
{
	uint32_t	key_count;
	const NamiKeyKinds *keys = table_keys(import, table, &key_count);
	ImportColumn *columns = palloc0((key_count + 1) * sizeof(ImportColumn));

	*count = 0;
	for (uint32_t i = 0; i < key_count; i++)
	{
		if (!sql_can_hold(keys[i].name))
			continue;			/* _properties shows it */
		if (*count == COLUMNS_MAX)
		{
			ereport(NOTICE,
					(errmsg("table \"%s\" gets the first %d of %u properties as columns",
							table->table_name, COLUMNS_MAX, key_count)));
			break;
		}
		columns[*count].native = to_native(keys[i].name);
		columns[*count].type = column_type(&keys[i].kinds);
		(*count)++;
	}
	name_columns(columns, *count, import->arena);
	return columns;
}

/* ---- the statement ------------------------------------------------------------------------- */

static char *
table_statement(const Import *import, const ImportTable *table)
{
	StringInfoData sql;
	uint32_t	count;
	ImportColumn *columns = table_columns(import, table, &count);

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (\n", quote_identifier(table->table_name));
	appendStringInfoString(&sql, table->of_edges ?
						   "  _src uuid NOT NULL,\n  _dst uuid NOT NULL" : "  _id uuid NOT NULL");
	if (!table->of_edges && import->with_labels)
		appendStringInfoString(&sql, ",\n  _labels text[]");
	for (uint32_t i = 0; i < count; i++)
		appendStringInfo(&sql, ",\n  %s %s OPTIONS (property %s)",
						 quote_identifier(columns[i].name), columns[i].type,
						 quote_literal_cstr(columns[i].native));
	if (import->with_rest)
		appendStringInfoString(&sql, ",\n  _properties jsonb");
	appendStringInfo(&sql, "\n) SERVER %s OPTIONS (%s %s)", quote_identifier(import->server),
					 table->of_edges ? "type" : "label", quote_literal_cstr(table->native));
	return sql.data;
}

static List *
table_statements(const Import *import, const ImportTables *tables, List *statements)
{
	for (size_t i = 0; i < tables->count; i++)
	{
		const ImportTable *table = &tables->items[i];

		CHECK_FOR_INTERRUPTS();
		if (!is_wanted(import, table))
			continue;
		tell_name(table);
		statements = lappend(statements, table_statement(import, table));
	}
	return statements;
}

/* LIMIT TO with a name that is not there is no error, but surely not what was meant. */
static void
tell_missing(const Import *import)
{
	ListCell   *lc;

	if (import->stmt->list_type != FDW_IMPORT_SCHEMA_LIMIT_TO)
		return;
	foreach(lc, import->stmt->table_list)
	{
		const char *name = ((RangeVar *) lfirst(lc))->relname;
		bool		is_there = false;

		for (size_t i = 0; import->nodes && i < import->labels.count; i++)
			is_there = is_there || strcmp(import->labels.items[i].table_name, name) == 0;
		for (size_t i = 0; import->edges && i < import->types.count; i++)
			is_there = is_there || strcmp(import->types.items[i].table_name, name) == 0;
		if (!is_there)
			ereport(NOTICE,
					(errmsg("the graph has nothing for table \"%s\"", name)));
	}
}

static List *
import_schema(ImportForeignSchemaStmt *stmt, Oid server_oid)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "namidb import",
												  ALLOCSET_DEFAULT_SIZES);
	Import		import = {.stmt = stmt, .server = GetForeignServer(server_oid)->servername};
	NamiPgTransaction *txn;
	List	   *statements = NIL;

	read_schema_name(&import);
	read_options(&import);
	nami_server_get(import.server, GetUserId(), &import.connection);
	txn = nami_pg_transaction_get(import.connection.connection);
	import.snapshot = nami_transaction_snapshot(nami_pg_transaction_engine(txn),
												nami_pg_statement_view(txn, NULL, false)->view,
												NAMI_MARK_NOW);
	import.arena = nami_arena_create(nami_pg_allocator(scratch), NULL);
	find_labels(&import);
	find_types(&import);
	name_tables(&import);
	tell_missing(&import);
	statements = table_statements(&import, &import.labels, statements);
	statements = table_statements(&import, &import.types, statements);
	MemoryContextDelete(scratch);
	return statements;
}

void
nami_foreign_import_register(FdwRoutine *routine)
{
	routine->ImportForeignSchema = import_schema;
}
