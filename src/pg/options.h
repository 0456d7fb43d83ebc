/*
 * options.h - options of servers, user mappings and foreign tables: one table, from which the
 * validator, its hints and the redaction derive.
 */
#ifndef NAMI_PG_OPTIONS_H
#define NAMI_PG_OPTIONS_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* The value of an option in a DefElem list, or NULL. */
extern const char *nami_option_get(List *options, const char *name);

/* The same for booleans; absent: fallback. The validator has checked the spelling. */
extern bool nami_option_get_bool(List *options, const char *name, bool fallback);

#endif							/* NAMI_PG_OPTIONS_H */
