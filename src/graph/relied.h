/*
 * relied.h - what a transaction has relied on: the keys that it read for writing and the questions
 * (MERGE's "is there one?") whose answers decided what it wrote.
 *
 * When the namespace has moved on, each of them must still be what it was, or the transaction has to
 * fail or run again (spec/storage.md 5.4). Nothing about the state is stored: it is compared between
 * the view in which it was read and the newer view, and only where the log of changes says that the
 * key was touched.
 *
 * Entries carry the transaction's mark at which they were added; rolling back to a mark drops those
 * that were added at it or later, as what relied on them is gone too.
 */
#ifndef NAMI_GRAPH_RELIED_H
#define NAMI_GRAPH_RELIED_H

#include "graph/changes.h"
#include "graph/view.h"

typedef struct NamiRelied NamiRelied;

typedef enum NamiReliedKind
{
	NAMI_RELIED_NODE,			/* its whole record, or that there is none */
	NAMI_RELIED_LIVE,			/* that it is there */
	NAMI_RELIED_INCIDENT,		/* that it has no more relationships than it had */
	NAMI_RELIED_EDGE,			/* the whole record of a relationship, or that there is none */
	NAMI_RELIED_PROBE			/* the nodes with some labels and property values */
} NamiReliedKind;

/* arena: transaction lifetime. */
extern NamiRelied *nami_relied_create(NamiArena *arena, NamiCatalog *catalog);

extern uint32_t nami_relied_count(const NamiRelied *relied);

/* kind: NODE, LIVE or INCIDENT. An entry that is there already is not added again. */
extern void nami_relied_add_node(NamiRelied *relied, NamiReliedKind kind, const NamiId *id,
								 uint64_t mark);
extern void nami_relied_add_edge(NamiRelied *relied, NamiTypeId type, const NamiId *src,
								 const NamiId *dst, uint64_t mark);

/* Copies labels, keys and values. */
extern void nami_relied_add_probe(NamiRelied *relied, const NamiLabelId *labels,
								  uint32_t label_count, const NamiKeyId *keys,
								  const NamiValue *values, uint32_t key_count, uint64_t mark);

/* Drops the entries that were added at mark or later. */
extern void nami_relied_rollback(NamiRelied *relied, uint64_t mark);

/*
 * Whether the entries from number first on (0: all) are in newer as they were in older. *holds is
 * false when one has changed; what[] then names it ("node 0189...", "relationship KNOWS ...") for
 * an error message.
 */
extern NamiStatus nami_relied_check(const NamiRelied *relied, uint32_t first,
									const NamiView *older, const NamiView *newer,
									const NamiChanges *changes, NamiArena *scratch, bool *holds,
									char what[160], NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_GRAPH_RELIED_H */
