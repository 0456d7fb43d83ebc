/*
 * snapshot_kinds.h - which kinds of values a property has, over all nodes of a label or all
 * relationships of a type. SQL column types follow from it, and so does what a query on a foreign
 * table may hand to the engine (docs/architecture.md "Foreign tables", docs/postgres.md 2.2).
 *
 * Values are counted per kind: of an image once, then kept with it; of the newer segments once per
 * view; staged records as they are met. So asking again is a hash probe.
 */
#ifndef NAMI_GRAPH_SNAPSHOT_KINDS_H
#define NAMI_GRAPH_SNAPSHOT_KINDS_H

#include "graph/snapshot.h"

#define NAMI_KIND_COUNT		((uint32_t) NAMI_DURATION + 1)
#define NAMI_KIND_BIT(kind)	(UINT32_C(1) << (kind))

/* What matters about single values beside their kind; bits. */
typedef enum NamiTrait
{
	NAMI_TRAIT_BIG_INT = 1,		/* INTEGER beyond +-2^53: not every such number is a FLOAT */
	NAMI_TRAIT_NAN = 2,			/* FLOAT NaN */
	NAMI_TRAIT_NUL = 4,			/* STRING with U+0000, which no SQL text can hold */
	NAMI_TRAIT_NANOSECONDS = 8, /* temporal value finer than a microsecond */
	NAMI_TRAIT_OFFSET = 16		/* DATETIME with a zone, or an offset other than UTC */
} NamiTrait;

#define NAMI_TRAIT_COUNT	5

typedef struct NamiKinds
{
	uint32_t	kinds;			/* NAMI_KIND_BIT of each kind that occurs; 0: no value at all */
	uint32_t	traits;			/* NamiTrait bits */
	uint64_t	count;			/* rows that have the property, staged records not looked at */
	bool		is_exact;		/* else some of the bits may be too many, but none is missing */
} NamiKinds;

/*
 * Answers at once, as a planner needs it. What is not exact: a transaction has staged records (what
 * they replace still counts), or some relationship may have an end that is not live (it counts).
 * label NAMI_NAME_UNKNOWN: all nodes. Nodes that cannot be read have no properties here. scratch is
 * used during the call. Fails only when the host is interrupted. The answer is of this snapshot: a
 * plan that is kept must ask again when the graph has changed.
 */
extern NamiStatus nami_snapshot_node_kinds(const NamiSnapshot *snapshot, NamiLabelId label,
										   NamiKeyId key, NamiArena *scratch, NamiKinds *out,
										   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_snapshot_edge_kinds(const NamiSnapshot *snapshot, NamiTypeId type,
										   NamiKeyId key, NamiArena *scratch, NamiKinds *out,
										   NamiError *err) NAMI_MUST_CHECK;

typedef struct NamiKeyKinds
{
	NamiKeyId	key;
	NamiStr		name;			/* of the catalog */
	NamiKinds	kinds;			/* always exact */
} NamiKeyKinds;

/*
 * The properties that at least one live node of the label (relationship of the type) has, ascending
 * by name; *keys in the arena. Exact: where the answer above is not, all rows are read, and a row that
 * cannot be read is an error then.
 */
extern NamiStatus nami_snapshot_node_keys(const NamiSnapshot *snapshot, NamiLabelId label,
										  NamiArena *arena, const NamiKeyKinds **keys,
										  uint32_t *count, NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_snapshot_edge_keys(const NamiSnapshot *snapshot, NamiTypeId type,
										  NamiArena *arena, const NamiKeyKinds **keys,
										  uint32_t *count, NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_GRAPH_SNAPSHOT_KINDS_H */
