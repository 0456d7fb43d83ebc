/*
 * plan_cache.h - compiled queries of this backend.
 *
 * Key: query text, connection, variant (namidb.plan_variant), and whether writing is refused. At most 256 plans are kept, the least
 * recently used goes first. A plan that was handed out stays until the memory context that was
 * current then is reset or deleted, also by an error.
 */
#ifndef NAMI_PG_PLAN_CACHE_H
#define NAMI_PG_PLAN_CACHE_H

#include "postgres.h"

#include "pg/connection.h"
#include "plan/planner.h"

typedef struct NamiCachedPlan
{
	NamiPlan   *plan;
	MemoryContext context;		/* holds plan and this struct */
	const char *text;			/* UTF-8, NUL-terminated */
	size_t		text_len;
	uint64		hash;
	NamiConnection *connection;
	bool		read_only;
	NamiPlanVariant variant;
	uint64		schema_hash;	/* of the constraints and indexes it was planned with */
	size_t		size_bytes;		/* memory of the plan */
	int			pins;
	uint64		last_use;
	bool		is_dropped;		/* no longer in the cache: free with the last pin */
} NamiCachedPlan;

/* Gives the snapshot whose statistics the planner uses; may contact the store. */
typedef NamiSnapshot (*NamiStatisticsSource) (void *arg);

/*
 * Compiles or finds; a plan that was made with other constraints or indexes is made anew. text is
 * UTF-8. Compile-time errors are raised before statistics (may be NULL) is asked, and it is asked only
 * for queries that read the graph. A plan that calls SQL functions, or is very large, is not kept: it
 * is made for this call, in a child of the current context.
 */
extern NamiCachedPlan *nami_plan_cache_get(NamiConnection *connection, const char *text,
										   size_t text_len, bool read_only,
										   NamiStatisticsSource statistics, void *arg);

/* The same; NULL in place of an error of the text. */
extern NamiCachedPlan *nami_plan_cache_try(NamiConnection *connection, const char *text,
										   size_t text_len, bool read_only,
										   NamiStatisticsSource statistics, void *arg);

#endif							/* NAMI_PG_PLAN_CACHE_H */
