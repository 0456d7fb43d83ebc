/*
 * datum_in.h - SQL values as Cypher values: what SQL functions answer.
 *
 *	boolean BOOLEAN			smallint, integer, bigint INTEGER		real, double, numeric FLOAT
 *	bytea BYTES				date DATE		timestamptz DATETIME (UTC)		timestamp LOCALDATETIME
 *	time LOCALTIME			timetz TIME		interval DURATION
 *	json, jsonb by kind		arrays LIST		rows MAP		domains as their base type
 *	everything else, uuid and enums too, STRING: the text of its output function
 */
#ifndef NAMI_PG_DATUM_IN_H
#define NAMI_PG_DATUM_IN_H

#include "postgres.h"

#include "base/arena.h"
#include "base/value.h"

/* Everything the value points to is copied to arena. Raises 22008 for infinite dates and times. */
extern NamiValue nami_value_from_datum(Datum datum, bool is_null, Oid type, NamiArena *arena);

#endif							/* NAMI_PG_DATUM_IN_H */
