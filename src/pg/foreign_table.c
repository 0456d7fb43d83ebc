/*
 * foreign_table.c - from the catalog to the description of a foreign table.
 */
#include "postgres.h"

#include "pg/foreign_table.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "pg/options.h"
#include "utils/lsyscache.h"
#include "utils/builtins.h"
#include "utils/rel.h"

typedef struct ReservedColumn
{
	const char *name;
	NamiColumnRole role;
	Oid			type;
	NamiForeignKind kind;
} ReservedColumn;

static const ReservedColumn reserved[] = {
	{"_id", NAMI_COLUMN_ID, UUIDOID, NAMI_FOREIGN_NODES},
	{"_labels", NAMI_COLUMN_LABELS, TEXTARRAYOID, NAMI_FOREIGN_NODES},
	{"_properties", NAMI_COLUMN_REST, JSONBOID, NAMI_FOREIGN_NODES},
	{"_src", NAMI_COLUMN_SRC, UUIDOID, NAMI_FOREIGN_EDGES},
	{"_dst", NAMI_COLUMN_DST, UUIDOID, NAMI_FOREIGN_EDGES},
	{"_properties", NAMI_COLUMN_REST, JSONBOID, NAMI_FOREIGN_EDGES},
};

static const char *
utf8(const char *native)
{
	return pstrdup(pg_server_to_any(native, (int) strlen(native), PG_UTF8));
}

static bool
has_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (!attr->attisdropped && strcmp(NameStr(attr->attname), name) == 0)
			return true;
	}
	return false;
}

static void
read_options(NamiForeignTable *table, TupleDesc desc)
{
	ForeignTable *foreign = GetForeignTable(table->relid);
	const char *label = nami_option_get(foreign->options, "label");
	const char *type = nami_option_get(foreign->options, "type");
	const char *cypher = nami_option_get(foreign->options, "cypher");
	const char *mismatch = nami_option_get(foreign->options, "on_type_mismatch");
	const char *on_delete = nami_option_get(foreign->options, "on_delete");

	if ((label != NULL) + (type != NULL) + (cypher != NULL) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("foreign table \"%s\" has more than one of the options \"label\", \"type\" and \"cypher\"",
						table->name)));
	table->server = foreign->serverid;
	table->mismatch_is_null = mismatch != NULL && strcmp(mismatch, "null") == 0;
	table->on_delete_detach = on_delete != NULL && strcmp(on_delete, "detach") == 0;
	if (cypher != NULL)
	{
		table->kind = NAMI_FOREIGN_QUERY;
		table->cypher = utf8(cypher);
		return;
	}
	table->kind = type != NULL ||
		(label == NULL && (has_column(desc, "_src") || has_column(desc, "_dst"))) ?
		NAMI_FOREIGN_EDGES : NAMI_FOREIGN_NODES;
	table->label = utf8(label != NULL ? label : type != NULL ? type : table->name);
}

static NamiColumnRole
column_role(const NamiForeignTable *table, Form_pg_attribute attr)
{
	const char *name = NameStr(attr->attname);

	if (table->kind == NAMI_FOREIGN_QUERY)
		return NAMI_COLUMN_ITEM;
	for (size_t i = 0; i < lengthof(reserved); i++)
	{
		if (reserved[i].kind != table->kind || strcmp(reserved[i].name, name) != 0)
			continue;
		if (attr->atttypid != reserved[i].type)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
					 errmsg("column \"%s\" of foreign table \"%s\" must be of type %s",
							name, table->name, format_type_be(reserved[i].type))));
		return reserved[i].role;
	}
	return NAMI_COLUMN_PROPERTY;
}

static void
read_column(const NamiForeignTable *table, Form_pg_attribute attr, NamiForeignColumn *out)
{
	const char *property = nami_option_get(GetForeignColumnOptions(table->relid, attr->attnum),
										   "property");

	out->attnum = attr->attnum;
	out->role = NAMI_COLUMN_DROPPED;
	if (attr->attisdropped)
		return;
	out->name = pstrdup(NameStr(attr->attname));
	out->type = attr->atttypid;
	out->typmod = attr->atttypmod;
	out->collation = attr->attcollation;
	out->role = property != NULL && table->kind != NAMI_FOREIGN_QUERY ? NAMI_COLUMN_PROPERTY :
		column_role(table, attr);
	if (out->role == NAMI_COLUMN_PROPERTY || out->role == NAMI_COLUMN_ITEM)
		out->property = utf8(property != NULL ? property : out->name);
}

NamiForeignTable *
nami_foreign_table_get(Oid relid)
{
	NamiForeignTable *table = palloc0(sizeof(NamiForeignTable));
	Relation	relation = table_open(relid, NoLock);
	TupleDesc	desc = RelationGetDescr(relation);

	table->relid = relid;
	table->name = pstrdup(RelationGetRelationName(relation));
	read_options(table, desc);
	table->column_count = desc->natts;
	table->columns = palloc0((desc->natts + 1) * sizeof(NamiForeignColumn));
	for (int i = 0; i < desc->natts; i++)
		read_column(table, TupleDescAttr(desc, i), &table->columns[i]);
	table_close(relation, NoLock);
	return table;
}

const NamiForeignColumn *
nami_foreign_table_column(const NamiForeignTable *table, NamiColumnRole role)
{
	for (int i = 0; i < table->column_count; i++)
	{
		if (table->columns[i].role == role)
			return &table->columns[i];
	}
	return NULL;
}

const NamiForeignColumn *
nami_foreign_table_property(const NamiForeignTable *table, const char *property, size_t len)
{
	for (int i = 0; i < table->column_count; i++)
	{
		const NamiForeignColumn *column = &table->columns[i];

		if (column->role == NAMI_COLUMN_PROPERTY && strlen(column->property) == len &&
			memcmp(column->property, property, len) == 0)
			return column;
	}
	return NULL;
}
