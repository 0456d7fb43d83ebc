/*
 * row_out.h - rows of a Cypher statement as rows of an SQL function.
 *
 *	NamiRowWriter *w = nami_row_writer_create(form, desc, row_type);
 *	nami_row_writer_use(w, query);			once per execution
 *	nami_row_write(w, row, datums, nulls);	for each row of query->batch
 */
#ifndef NAMI_PG_ROW_OUT_H
#define NAMI_PG_ROW_OUT_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "pg/query.h"

typedef enum NamiRowForm
{
	NAMI_ROW_JSONB,				/* one column: an object of the result's columns */
	NAMI_ROW_BY_POSITION,		/* the declared columns, in order */
	NAMI_ROW_BY_NAME			/* the columns of a row type, by their names */
} NamiRowForm;

typedef struct NamiRowWriter NamiRowWriter;

/* Raises 42804 when row_type, the type of namidb_cypher_as()'s first argument, has no columns. */
extern void nami_check_row_type(Oid row_type);

/*
 * Lives in the current memory context, which must not be reset before; desc is borrowed. row_type: of
 * BY_NAME, checked when it is a domain; else InvalidOid.
 */
extern NamiRowWriter *nami_row_writer_create(NamiRowForm form, TupleDesc desc, Oid row_type);

/* Binds the columns to those of the query's plan; raises 42804 when they do not fit. */
extern void nami_row_writer_use(NamiRowWriter *writer, const NamiQuery *query);

/*
 * Row number "row" of the batch into desc->natts datums, which live in the current memory context or
 * until the next call.
 */
extern void nami_row_write(NamiRowWriter *writer, uint32_t row, Datum *datums, bool *nulls);

#endif							/* NAMI_PG_ROW_OUT_H */
