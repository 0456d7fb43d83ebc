/*
 * match_internal.h - what the files share that make operators for a pattern (internal to src/plan).
 *
 * A NamiMatch is a pattern on its way: op gives the rows so far, pending tells which slots of the
 * pattern they do not hold yet. Each step (a scan or seek, a walk) puts operators on top and marks
 * what it bound; conditions follow by themselves.
 */
#ifndef NAMI_PLAN_MATCH_INTERNAL_H
#define NAMI_PLAN_MATCH_INTERNAL_H

#include "plan/bind_internal.h"

/* A relationship that may be the next one (match_order.c). */
typedef struct NamiWalk
{
	NamiPatternRel *rel;
	bool		backwards;
	bool		into;
	double		cost;
} NamiWalk;

typedef NAMI_VEC(NamiWalk) NamiWalkVec;

typedef struct NamiMatchLarge NamiMatchLarge;	/* match_large.c */

typedef struct NamiMatch
{
	NamiBinder *b;
	NamiPatternGraph *graph;
	NamiPlanOp *op;
	uint8_t    *pending;		/* per slot: belongs to the pattern and is not bound yet */
	size_t		slot_count;
	struct NamiAccess *accesses;	/* per node, where they do not change; NULL: not made */
	NamiWalkVec walks;			/* of the step at hand */
	NamiMatchLarge *large;		/* NULL: the pattern is not large, or it is being searched */
	bool		is_pure;		/* no rows come in from before the pattern */
	uint32_t	bush;			/* number of the side of a join that is being planned */
} NamiMatch;

/* How a node can be found without walking to it. */
typedef struct NamiAccess
{
	uint32_t	node;
	NamiPlanOpKind kind;		/* NODE_SCAN, ID_SEEK, INDEX_SEEK */
	double		rows;
	bool		is_correlated;	/* a seek for a value of the rows that come in */
	bool		is_indexed;		/* the schema declares an index or constraint for it, or it is by id */
} NamiAccess;

/* ---- what is bound ------------------------------------------------------------------------- */

static inline bool
nami_match_is_pending(const NamiMatch *m, NamiSlot slot)
{
	return slot < m->slot_count && m->pending[slot];
}

/* A node of a large pattern is known. */
extern void nami_match_note_bound(NamiMatch *m, NamiSlot slot);

static inline void
nami_match_bind(NamiMatch *m, NamiSlot slot)
{
	if (slot < m->slot_count)
		m->pending[slot] = 0;
	if (m->large != NULL)
		nami_match_note_bound(m, slot);
}

static inline bool
nami_match_is_node_bound(const NamiMatch *m, uint32_t node)
{
	return !nami_match_is_pending(m, m->graph->nodes.items[node].slot);
}

extern bool nami_match_are_ready(const NamiMatch *m, const NamiSlotVec *deps);

/* ---- conditions (match_filter.c) ------------------------------------------------------------- */

extern void nami_match_filter(NamiMatch *m, NamiExpr *predicate);

/* A test that the node has all labels, or that the relationship has one of the types. */
extern NamiExpr *nami_match_labels_test(NamiBinder *b, NamiSlot slot, const NamiName *names,
										uint32_t count, int kind, int64_t position);

/* The labels of a node that was not found by them, but for the first "known" of them. */
extern void nami_match_check_labels(NamiMatch *m, uint32_t index, uint32_t known);

/* Conditions and paths whose slots are all bound; those that must wait for the whole pattern only
 * if it is complete. */
extern void nami_match_apply_ready(NamiMatch *m, bool is_complete);

/* The relationships walked so far that this one could be: for the walk, or as conditions. */
extern void nami_match_set_unique(NamiMatch *m, const NamiPatternRel *rel, NamiPlanOp *op);
extern void nami_match_filter_unique(NamiMatch *m, const NamiPatternRel *rel);

/* Have their lists of types one in common? */
extern bool nami_match_types_overlap(const NamiPatternRel *a, const NamiPatternRel *b);

/* ---- large patterns (match_large.c) ------------------------------------------------------------ */

/* Before the steps of a pattern that is not searched; does nothing when it is not large. */
extern void nami_match_init_large(NamiMatch *m);

/* A relationship has been walked. */
extern void nami_match_note_done(NamiMatch *m, const NamiPatternRel *rel);

/* The slots that a relationship must differ from: a list that grows at its end. */
extern void nami_match_used_slots(const NamiMatch *m, const NamiPatternRel *rel, NamiSlotVec *out);

/* The relationships left that have a known end, in pattern order. */
extern uint32_t nami_match_frontier(NamiMatch *m, const uint32_t **rels);

/* Where the cost of a walk is kept; NULL: it changes. Negative: not known yet. */
extern double *nami_match_walk_cost(NamiMatch *m, const NamiPatternRel *rel, bool backwards);

/* ---- steps ----------------------------------------------------------------------------------- */

extern NamiPatternDirection nami_direction_turned(NamiPatternDirection direction);
extern void nami_match_set_types(NamiMatch *m, const NamiPatternRel *rel, NamiPlanOp *op);

/* Follows a relationship from its from node, or backwards from its to node (match_walk.c). */
extern void nami_match_walk(NamiMatch *m, NamiPatternRel *rel, bool backwards);

/* The cheapest way to find a node by itself, and its operator (match_access.c). */
extern NamiAccess nami_match_best_access(NamiMatch *m, uint32_t index);
extern void nami_match_make_access(NamiMatch *m, const NamiAccess *access);

/* A relationship may be found by a scan of its type; how many there are; the operator. */
extern bool nami_match_can_scan_type(const NamiMatch *m, const NamiPatternRel *rel);
extern double nami_match_type_rows(NamiMatch *m, const NamiPatternRel *rel);
extern void nami_match_type_scan(NamiMatch *m, NamiPatternRel *rel);

/* Relationships and nodes that are variables of earlier clauses (match_bound.c). */
extern bool nami_match_next_bound_rel(NamiMatch *m);
extern void nami_match_check_bound_nodes(NamiMatch *m);

/* The next step by its own cost; false when nothing is left to do (match_order.c). */
extern bool nami_match_next(NamiMatch *m);

/*
 * The steps for the nodes and relationships that the set names, in the cheapest order of all; false
 * when the pattern is too large to look at them all (match_search.c).
 */
typedef struct NamiMatchPart
{
	NAMI_VEC(uint32_t) nodes;
	NAMI_VEC(uint32_t) rels;
	bool		is_bound;		/* some node is known before */
} NamiMatchPart;

extern bool nami_match_search(NamiMatch *m, const NamiMatchPart *part);

/* Part by part, as far as the search can (match_join.c). */
extern void nami_match_all_parts(NamiMatch *m);

#endif							/* NAMI_PLAN_MATCH_INTERNAL_H */
