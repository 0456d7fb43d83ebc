/*
 * foreign_literal.h - SQL constants and names as Cypher writes them, and parameter values.
 */
#ifndef NAMI_PG_FOREIGN_LITERAL_H
#define NAMI_PG_FOREIGN_LITERAL_H

#include "postgres.h"

#include "base/arena.h"
#include "base/value.h"
#include "lib/stringinfo.h"
#include "nodes/primnodes.h"

/* Does Cypher have all values of the type, so that they can be parameters? Arrays of such too. */
extern bool nami_type_is_parameter(Oid type);

/*
 * The constant as a Cypher literal, palloc'd in the server's encoding; NULL when it must be a
 * parameter (long, or without a literal form).
 */
extern char *nami_literal_text(const Const *constant);

/* True when the constant is a float that is not NaN. */
extern bool nami_literal_is_number(const Const *constant);

/* A string literal. */
extern void nami_append_string(StringInfo out, const char *text, int len);

/* A name as Cypher reads it: with backticks unless it is plain. */
extern void nami_append_name(StringInfo out, const char *name);

/*
 * The value of a parameter. As nami_value_from_datum(), but arrays are flat (SQL's ANY does not see
 * dimensions), and infinite dates and timestamps become ones that lie beyond all others.
 */
extern NamiValue nami_foreign_parameter(Datum datum, bool is_null, Oid type, NamiArena *arena);

#endif							/* NAMI_PG_FOREIGN_LITERAL_H */
