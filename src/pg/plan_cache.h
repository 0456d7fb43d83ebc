/*
 * plan_cache.h - compiled queries of this backend.
 *
 * Key: query text, connection, and whether writing is refused. A plan in use is pinned; at most 256
 * plans are kept, the least recently used goes first.
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
	int			pins;
	uint64		last_use;
	bool		is_dropped;		/* free with the last pin */
} NamiCachedPlan;

/* Gives the snapshot whose statistics the planner uses; may contact the store. */
typedef NamiSnapshot (*NamiStatisticsSource) (void *arg);

/*
 * Compiles or finds. text is UTF-8. Compile-time errors are raised before statistics (may be NULL)
 * is asked, and it is asked only for queries that read the graph. The caller unpins; an error in
 * between may leave a pin, which costs one plan's memory for the session.
 */
extern NamiCachedPlan *nami_plan_cache_get(NamiConnection *connection, const char *text,
										   size_t text_len, bool read_only,
										   NamiStatisticsSource statistics, void *arg);

/* The plan if it is cached: to know before the snapshot is taken whether it writes. */
extern NamiCachedPlan *nami_plan_cache_find(NamiConnection *connection, const char *text,
											size_t text_len, bool read_only);
extern void nami_plan_cache_unpin(NamiCachedPlan *entry);

#endif							/* NAMI_PG_PLAN_CACHE_H */
