/*
 * foreign_table.h - what a foreign table of this wrapper stands for (docs/architecture.md "Foreign
 * tables"): a node label, a relationship type, or the rows of a Cypher query.
 */
#ifndef NAMI_PG_FOREIGN_TABLE_H
#define NAMI_PG_FOREIGN_TABLE_H

#include "postgres.h"

#include "access/attnum.h"
#include "access/tupdesc.h"

typedef enum NamiForeignKind
{
	NAMI_FOREIGN_NODES,			/* of one label; columns _id, _labels */
	NAMI_FOREIGN_EDGES,			/* of one type; columns _src, _dst */
	NAMI_FOREIGN_QUERY			/* columns are RETURN items; read only */
} NamiForeignKind;

typedef enum NamiColumnRole
{
	NAMI_COLUMN_DROPPED,
	NAMI_COLUMN_ID,				/* _id of nodes: uuid */
	NAMI_COLUMN_LABELS,			/* _labels of nodes: text[] */
	NAMI_COLUMN_SRC,			/* _src of relationships: uuid */
	NAMI_COLUMN_DST,			/* _dst of relationships: uuid */
	NAMI_COLUMN_REST,			/* _properties: jsonb, all properties that have no column here */
	NAMI_COLUMN_PROPERTY,		/* one property */
	NAMI_COLUMN_ITEM			/* one RETURN item of a query table */
} NamiColumnRole;

typedef struct NamiForeignColumn
{
	NamiColumnRole role;
	AttrNumber	attnum;
	const char *name;			/* of the column, for messages */
	const char *property;		/* PROPERTY, ITEM: its name, UTF-8; else NULL */
	Oid			type;
	int32		typmod;
	Oid			collation;
} NamiForeignColumn;

typedef struct NamiForeignTable
{
	Oid			relid;
	Oid			server;
	const char *name;			/* of the table, for messages */
	NamiForeignKind kind;
	const char *label;			/* NODES: label, EDGES: type; UTF-8 */
	const char *cypher;			/* QUERY: its text; UTF-8 */
	bool		on_delete_detach;	/* on_delete 'detach' */
	bool		mismatch_is_null;	/* on_type_mismatch 'null' */
	int			column_count;
	NamiForeignColumn *columns; /* [attnum - 1] */
} NamiForeignTable;

/*
 * Describes the table, in the current memory context. Raises HV00B-like errors for columns whose
 * reserved name (leading underscore as above) has a type that cannot be, and HV00J for options that
 * contradict each other. A table is of relationships when it has option type, or a column _src or _dst
 * and no option label; else of nodes unless it has option cypher.
 */
extern NamiForeignTable *nami_foreign_table_get(Oid relid);

/* The column with that role, or NULL. */
extern const NamiForeignColumn *nami_foreign_table_column(const NamiForeignTable *table,
														  NamiColumnRole role);

/* Which column stands for a property; NULL when only _properties carries it. property: UTF-8. */
extern const NamiForeignColumn *nami_foreign_table_property(const NamiForeignTable *table,
															const char *property, size_t len);

#endif							/* NAMI_PG_FOREIGN_TABLE_H */
