/*
 * jsonb_in.h - parameters: jsonb to values (docs/architecture.md "Values in jsonb").
 */
#ifndef NAMI_PG_JSONB_IN_H
#define NAMI_PG_JSONB_IN_H

#include "postgres.h"

#include "base/arena.h"
#include "base/value.h"
#include "pg/settings.h"
#include "utils/jsonb.h"

/*
 * The parameters as a MAP; params must be a JSON object (22023 otherwise). Strings may point into
 * params, everything else lies in arena: both must outlive the value.
 */
extern NamiValue nami_params_from_jsonb(Jsonb *params, NamiJsonFormat format, NamiArena *arena);

/* Any jsonb as a value, by kind; memory as above. */
extern NamiValue nami_value_from_jsonb(Jsonb *jsonb, NamiJsonFormat format, NamiArena *arena);

#endif							/* NAMI_PG_JSONB_IN_H */
