/*
 * jsonb_out.h - values as jsonb (docs/architecture.md "Values in jsonb").
 */
#ifndef NAMI_PG_JSONB_OUT_H
#define NAMI_PG_JSONB_OUT_H

#include "postgres.h"

#include "graph/snapshot.h"
#include "pg/settings.h"
#include "utils/jsonb.h"

/* How values are written: what nodes are read from, scratch, form. */
typedef struct NamiJsonbWriter
{
	const NamiSnapshot *snapshot;
	NamiArena  *arena;			/* scratch, reset by the caller */
	NamiJsonFormat format;
} NamiJsonbWriter;

/* One value, palloc'd in the current context. */
extern Jsonb *nami_jsonb_from_value(const NamiJsonbWriter *writer, NamiValue value);

/* One row as an object; names in the database encoding. */
extern Jsonb *nami_jsonb_from_row(const NamiJsonbWriter *writer, const NamiStr *names,
								  const NamiValue *values, uint32_t count);

/* A float as numeric, always with a fraction; NaN and infinities must be handled before. */
extern Datum nami_numeric_from_double(double number);

/* Text of the database from UTF-8; raises 22P05 for U+0000. Borrowed when nothing was converted. */
extern NamiStr nami_text_to_server(NamiStr utf8);

#endif							/* NAMI_PG_JSONB_OUT_H */
