/*
 * compare.h - is something the same in two views? And values by identity, not by Cypher's "=".
 */
#ifndef NAMI_GRAPH_COMPARE_H
#define NAMI_GRAPH_COMPARE_H

#include "base/value_ops.h"
#include "graph/snapshot.h"

/* Hash of "which nodes have these labels and these values?", equal for values that Cypher's "=" calls
 * equal and for any order of labels and keys. By names, so that all processes agree. */
extern uint64_t nami_probe_hash(const NamiCatalog *catalog, const NamiLabelId *labels,
								uint32_t label_count, const NamiKeyId *keys,
								const NamiValue *values, uint32_t key_count);

/*
 * What a uniqueness constraint takes for the same value: "=", but an integer and a float differ, at
 * every depth (spec/cypher.md 7; the product's own rule). NaN and null are never the
 * same.
 */
extern bool nami_same_unique(NamiValue a, NamiValue b);

/*
 * Both snapshots use one catalog. A record that cannot be read counts as changed. Nodes that are
 * not live count as absent, and so do relationships whose ends are not live.
 */
extern bool nami_same_node(const NamiSnapshot *a, const NamiSnapshot *b, const NamiId *id,
						   NamiArena *scratch);
extern bool nami_same_edge(const NamiSnapshot *a, const NamiSnapshot *b, NamiTypeId type,
						   const NamiId *src, const NamiId *dst, NamiArena *scratch);

/* Every relationship that the node has in b, it has in a. */
extern bool nami_no_new_edges(const NamiSnapshot *a, const NamiSnapshot *b, const NamiId *id,
							  NamiArena *scratch);

#endif							/* NAMI_GRAPH_COMPARE_H */
