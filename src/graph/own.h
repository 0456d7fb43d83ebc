/*
 * own.h - what a transaction has staged: versioned records over a view.
 *
 * A pure data structure: it neither locks nor checks (transaction.h does). Each staged record has a
 * sequence number, counted from 1 and never reused, and replaces the record before it of the same
 * key. A reader with mark m sees, per key, the newest record with a number <= m. Savepoints are
 * marks; rolling back pops the records above one.
 *
 * Records are kept by id, and found by ordinal through one binding per ordinal space, so that they
 * outlive a rebuild of the image. Nodes that only this transaction knows have ordinals from
 * NAMI_ORD_OWN_FIRST, equal in every space; new relationships positions from NAMI_POS_OWN_FIRST.
 */
#ifndef NAMI_GRAPH_OWN_H
#define NAMI_GRAPH_OWN_H

#include "graph/snapshot.h"

/* arena: transaction lifetime; values, labels and names are copied into it. */
extern NamiOwnWrites *nami_own_create(NamiArena *arena, NamiCatalog *catalog);

/* The newest sequence number given; 0 when nothing was staged yet. */
extern uint64_t nami_own_mark(const NamiOwnWrites *own);

/* Drops the records and schema changes with numbers above mark. */
extern void nami_own_rollback(NamiOwnWrites *own, uint64_t mark);

/* True when no record and no schema change (own_schema.h) is left. */
extern bool nami_own_is_empty(const NamiOwnWrites *own);

/* Bytes held by staged records (the transaction is bounded: docs/engine.md 3.3). */
extern uint64_t nami_own_size_bytes(const NamiOwnWrites *own);

/*
 * Full replacement of a node. view gives the meaning of ord; ord NAMI_ORD_NONE stages a node with
 * that id which the view does not know (or knows only as deleted or ghost: then its ordinal there is
 * taken). props is a MAP without nulls. Returns the node's ordinal.
 */
extern NamiOrd nami_own_put_node(NamiOwnWrites *own, const NamiView *view, NamiOrd ord,
								 const NamiId *id, const NamiLabelId *labels,
								 uint32_t label_count, NamiValue props);
extern void nami_own_delete_node(NamiOwnWrites *own, const NamiView *view, NamiOrd ord);

extern NamiEdgePos nami_own_put_edge(NamiOwnWrites *own, const NamiView *view, NamiTypeId type,
									 NamiOrd src, NamiOrd dst, NamiValue props);
extern void nami_own_delete_edge(NamiOwnWrites *own, const NamiView *view, NamiTypeId type,
								 NamiOrd src, NamiOrd dst);

/* True when the newest record of a node, or relationship, of the view is above mark. */
extern bool nami_own_node_is_newer(const NamiOwnWrites *own, const NamiView *view, NamiOrd ord,
								   uint64_t mark);
extern bool nami_own_edge_is_newer(const NamiOwnWrites *own, const NamiView *view,
								   NamiTypeId type, NamiEdgePos pos, uint64_t mark);


/* The final record of one key, for the commit. */
typedef struct NamiOwnRecord
{
	bool		is_edge;
	bool		is_tombstone;
	NamiId		id;				/* node, or src */
	NamiId		dst;			/* edge only */
	NamiTypeId	type;			/* edge only */
	const NamiLabelId *labels;	/* node upsert, ascending by label name */
	uint32_t	label_count;
	NamiValue	props;			/* upsert: MAP */
	uint64_t	sequence;
} NamiOwnRecord;

/*
 * One record per key, in order of the key's newest record; a key that was created and deleted within
 * the transaction, unknown to view, is left out. Lives in arena.
 */
extern uint32_t nami_own_records(const NamiOwnWrites *own, const NamiView *view, NamiArena *arena,
								 const NamiOwnRecord **records);

#endif							/* NAMI_GRAPH_OWN_H */
