/*
 * typed_out.h - values as columns of a record (docs/conventions.md 5.3).
 */
#ifndef NAMI_PG_TYPED_OUT_H
#define NAMI_PG_TYPED_OUT_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "pg/jsonb_out.h"

/* How one column is filled; made once per call. */
typedef struct NamiColumnWriter
{
	Oid			type;			/* base type under domains */
	Oid			declared;		/* as in the tuple descriptor */
	int32		typmod;
	Oid			element;		/* of arrays, else InvalidOid */
	Oid			input;			/* input function for types without a rule of their own */
	Oid			ioparam;
	const char *name;
	void	   *domain;			/* cache of domain_check, in context */
	struct NamiColumnWriter *fields;	/* of composite types, made at first use, in context */
	TupleDesc	fields_desc;
	MemoryContext context;		/* lives as long as the writer */
} NamiColumnWriter;

/*
 * In days since 1970: what an infinite date or timestamp becomes as a parameter of a statement that is
 * pushed down, and is again in its answer. One day beyond the last that Cypher can make (year
 * 999999999), and its opposite.
 */
#define NAMI_INFINITE_DAYS	INT64_C(365241780472)

extern NamiColumnWriter *nami_column_writers(TupleDesc desc);

/* The value as a Datum of the column's type, palloc'd. Raises 42804, 22003 naming the column. */
extern Datum nami_column_datum(const NamiJsonbWriter *writer, NamiColumnWriter *column,
							   NamiValue value, bool *is_null);

#endif							/* NAMI_PG_TYPED_OUT_H */
