/*
 * hops.h - the relationships of one node by pattern: what the multi-hop operators walk on
 * (internal to the executor).
 */
#ifndef NAMI_EXEC_HOPS_H
#define NAMI_EXEC_HOPS_H

#include "exec/operator.h"

/* One relationship seen from a node. */
typedef struct NamiHop
{
	NamiOrd		other;
	NamiRel		rel;
} NamiHop;

/* A list that is filled again and again. Zero-initialise. */
typedef struct NamiHopList
{
	NamiHop    *items;
	uint32_t	count;
	uint32_t	capacity;
} NamiHopList;

typedef struct NamiHopPass
{
	NamiTypeId	type;
	NamiDirection direction;
	bool		skip_loops;		/* second direction of an undirected pattern */
} NamiHopPass;

typedef struct NamiHops
{
	NamiOp	   *op;				/* its plan gives types, direction and step filter */
	NamiHopPass *passes;
	uint32_t	pass_count;
	NamiAdjacencyScratch scratch;
	/* for the step filter: one batch */
	NamiVector *columns;
	NamiRel    *rels;
	NamiOrd    *others;
	NamiOrd    *froms;
	uint16_t   *selection;
} NamiHops;

/* Memory in arena; types are looked up now. */
extern void nami_hops_init(NamiHops *hops, NamiOp *op, NamiArena *arena);

/*
 * The relationships at from that pass the step filter (evaluated with the columns of the given row
 * of input) replace the list's content; its memory grows in arena. backwards: walk against the
 * pattern's direction.
 */
extern NamiStatus nami_hops_list(NamiHops *hops, const NamiBatch *input, uint32_t row,
								 NamiOrd from, bool backwards, NamiArena *arena,
								 NamiHopList *list, NamiError *err) NAMI_MUST_CHECK;

static inline bool
nami_rel_same(const NamiRel *a, const NamiRel *b)
{
	return a->type == b->type && a->src == b->src && a->dst == b->dst;
}

/* Does the relationship occur in one of the slots it must differ from? */
extern bool nami_rel_is_used(const NamiPlanOp *plan, const NamiBatch *input, uint32_t row,
							 const NamiRel *rel);

extern bool nami_rel_is_in(const NamiSlot *slots, uint32_t count, const NamiBatch *input,
						   uint32_t row, const NamiRel *rel);

/* How many of those relationships a list of the pass at the node holds. */
extern uint32_t nami_rels_used_at(const NamiPlanOp *plan, const NamiBatch *input, uint32_t row,
								  const NamiHopPass *pass, NamiOrd from);

/* The bounds of a variable-length pattern, parameters evaluated. */
extern NamiStatus nami_hops_bounds(NamiOp *op, int64_t *min, int64_t *max,
								   NamiError *err) NAMI_MUST_CHECK;

/* A LIST of relationships, copied into arena. */
extern NamiValue nami_rel_list(NamiArena *arena, const NamiRel *rels, uint32_t count);

/* The node in a slot, or an error naming the pattern. */
extern NamiStatus nami_hops_node(NamiOp *op, const NamiBatch *input, NamiSlot slot, uint32_t row,
								 NamiOrd *out, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_HOPS_H */
