/*
 * foreign_row.h - rows of foreign tables as records of the graph (docs/architecture.md "Foreign
 * tables", types written).
 */
#ifndef NAMI_PG_FOREIGN_ROW_H
#define NAMI_PG_FOREIGN_ROW_H

#include "postgres.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/uuid.h"
#include "base/value.h"
#include "executor/tuptable.h"
#include "graph/catalog.h"
#include "graph/types.h"
#include "nodes/bitmapset.h"
#include "pg/foreign_table.h"

/* How rows of one table are written; made once per statement. */
typedef struct NamiRowReader
{
	const NamiForeignTable *table;
	const NamiForeignColumn **by_name;	/* PROPERTY columns, ascending by property */
	int			property_count;
	const NamiForeignColumn *id;	/* the reserved columns; NULL where the table has none */
	const NamiForeignColumn *labels;
	const NamiForeignColumn *src;
	const NamiForeignColumn *dst;
	const NamiForeignColumn *rest;
	NamiCatalog *catalog;
	NamiLabelId label;			/* of tables of nodes */
	NamiTypeId	type;			/* of tables of relationships */
} NamiRowReader;

/* In the current memory context. Raises 0A000 for a column whose type cannot be stored. */
extern NamiRowReader *nami_row_reader_create(const NamiForeignTable *table, NamiCatalog *catalog);

/*
 * The properties of a new row: MAP in the arena, without nulls. A key of _properties that has a column
 * in the table is 22023. old (MAP or null): what the record has now, for an update; then only columns
 * in changed (attribute numbers) are taken from the slot, NULL: all.
 */
extern NamiValue nami_row_properties(const NamiRowReader *reader, TupleTableSlot *slot,
									 NamiValue old, const Bitmapset *changed, NamiArena *arena);

/* _labels with the table's own; without such a column, or NULL there, only that. In the arena. */
extern uint32_t nami_row_labels(const NamiRowReader *reader, TupleTableSlot *slot,
								NamiArena *arena, const NamiLabelId **labels);

/* The uuid in a column; false when the table has no such column or it is NULL. */
extern bool nami_row_uuid(const NamiForeignColumn *column, TupleTableSlot *slot, NamiId *out);

/* Raises err, which staging gave; when a value of props cannot be stored its column is named. */
extern void nami_row_raise(const NamiRowReader *reader, NamiValue props, NamiArena *scratch,
						   const NamiError *err) __attribute__((noreturn));

#endif							/* NAMI_PG_FOREIGN_ROW_H */
