/*
 * snapshot.h - the graph as a reader sees it: one immutable state.
 *
 * A snapshot is a view (image of the namespace at some version plus the newer WAL segments) and,
 * inside a writing transaction, the transaction's own staged records up to a mark. The executor
 * works on this interface alone and sees neither files, nor the delta, nor the own writes
 * (docs/architecture.md "A snapshot").
 *
 * Ordinals and positions are those of this snapshot's view: they stay valid while the view is held
 * (nami_view_acquire / release), also when the transaction stages more records.
 *
 * Batch functions take arrays; "n" is their length. Values point into the image, the view or the
 * given arena, and live as long as both.
 */
#ifndef NAMI_GRAPH_SNAPSHOT_H
#define NAMI_GRAPH_SNAPSHOT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"
#include "graph/catalog.h"
#include "graph/types.h"

typedef struct NamiView NamiView;	/* view.h: image + delta of one manifest version */
typedef struct NamiOwnWrites NamiOwnWrites; /* own.h: staged records of the transaction */

typedef struct NamiSnapshot
{
	const NamiView *view;		/* held by whoever made the snapshot */
	const NamiOwnWrites *own;	/* NULL when the transaction has staged nothing */
	uint64_t	mark;			/* own records with a sequence number <= mark are visible */
} NamiSnapshot;

/* Sees everything that is staged, also while more is staged (MERGE, FOREACH). */
#define NAMI_MARK_NOW		UINT64_MAX

extern NamiCatalog *nami_snapshot_catalog(const NamiSnapshot *snapshot);

/* ---- nodes --------------------------------------------------------------------------------- */

/* The live node with that id, or NAMI_ORD_NONE. */
extern NamiOrd nami_snapshot_find_node(const NamiSnapshot *snapshot, const NamiId *id);

extern NamiId nami_snapshot_node_id(const NamiSnapshot *snapshot, NamiOrd ord);

/* False for deleted nodes and for ghosts (ids that only relationships name). */
extern bool nami_snapshot_node_is_live(const NamiSnapshot *snapshot, NamiOrd ord);

extern bool nami_snapshot_has_label(const NamiSnapshot *snapshot, NamiOrd ord, NamiLabelId label);

/* Catalog numbers, ascending by label name; *labels in the arena. Returns their count. */
extern uint32_t nami_snapshot_labels(const NamiSnapshot *snapshot, NamiOrd ord, NamiArena *arena,
									 const NamiLabelId **labels);

/*
 * Scan of all live nodes that have all given labels (label_count 0: all nodes), each once: first
 * those of the image in ascending ordinal order, then those that newer segments changed or created,
 * then staged ones.
 *
 *	NamiNodeScan scan;
 *	nami_node_scan_init(&scan, snapshot, labels, label_count, arena);
 *	while ((n = nami_node_scan_next(&scan, ords, 1024, &is_range)) > 0) ...
 */
typedef struct NamiNodeScan
{
	const NamiSnapshot *snapshot;
	const NamiLabelId *labels;	/* borrowed */
	uint32_t	label_count;
	NamiArena  *arena;
	uint32_t	stage;			/* private from here on */
	uint32_t	group;
	uint64_t	pos;
	uint64_t	end;
	void	   *private_state;
} NamiNodeScan;

extern void nami_node_scan_init(NamiNodeScan *scan, const NamiSnapshot *snapshot,
								const NamiLabelId *labels, uint32_t label_count,
								NamiArena *arena);

/*
 * Up to max ordinals into ords; 0 at the end. *is_range is set when they are consecutive and all in
 * one group of the image without any override, so that columns may be read as arrays.
 */
extern uint32_t nami_node_scan_next(NamiNodeScan *scan, NamiOrd *ords, uint32_t max,
									bool *is_range);

/* Exact number of live nodes having all the labels; O(groups + changes) for at most one label. */
extern uint64_t nami_snapshot_count_nodes(const NamiSnapshot *snapshot, const NamiLabelId *labels,
										  uint32_t label_count);

/* ---- properties ---------------------------------------------------------------------------- */

/*
 * out[i] = property key of node ords[i], null when absent (key may be NAMI_NAME_UNKNOWN).
 * ords[i] may be NAMI_ORD_NONE: null. Fails (NAMI_ERR_CORRUPT, naming the id) only for a node whose
 * stored record cannot be read.
 */
extern NamiStatus nami_snapshot_node_property(const NamiSnapshot *snapshot, NamiKeyId key,
											  const NamiOrd *ords, uint32_t n, NamiArena *arena,
											  NamiValue *out, NamiError *err) NAMI_MUST_CHECK;

/* All properties as a MAP. */
extern NamiStatus nami_snapshot_node_map(const NamiSnapshot *snapshot, NamiOrd ord,
										 NamiArena *arena, NamiValue *out,
										 NamiError *err) NAMI_MUST_CHECK;

/*
 * A typed column of the image for nodes of one group, for kernels that read arrays. Only valid for
 * ordinals that nami_snapshot_node_is_clean() accepts or that a scan gave as a range.
 */
typedef enum NamiColumnKind
{
	NAMI_COLUMN_ABSENT = 0,		/* every value is null */
	NAMI_COLUMN_INT,			/* base + data[i], width_bytes 1, 2, 4 (unsigned) or 8 (int64, base 0) */
	NAMI_COLUMN_FLOAT,			/* double data[i] */
	NAMI_COLUMN_BOOL,			/* bitmap */
	NAMI_COLUMN_STRING_DICT,	/* code data[i] into a dictionary ascending by bytes */
	NAMI_COLUMN_OTHER			/* only through nami_snapshot_node_property() */
} NamiColumnKind;

typedef struct NamiColumn
{
	NamiColumnKind kind;
	NamiKind	logical;		/* INT, DATE, DATETIME (microseconds) for NAMI_COLUMN_INT */
	uint8_t		width_bytes;
	int64_t		base;
	const void *data;			/* element i belongs to ordinal (or position) first + i */
	const uint64_t *presence;	/* bitmap of non-null elements, NULL when all are present */
	uint32_t	first;
	uint32_t	count;
	const uint64_t *dict_offsets;	/* STRING_DICT: dict_count + 1 offsets into dict_text */
	const char *dict_text;
	uint32_t	dict_count;
} NamiColumn;

/* A live node of the image that nothing newer overrides and whose record can be read. */
extern bool nami_snapshot_node_is_clean(const NamiSnapshot *snapshot, NamiOrd ord);

/*
 * The ordinals around ord (lo .. hi - 1) that are all clean and of one group, when there are such:
 * they all have the same labels and columns.
 */
extern bool nami_snapshot_clean_range(const NamiSnapshot *snapshot, NamiOrd ord, NamiOrd *lo,
									  NamiOrd *hi);

/* The column of the group that ord belongs to. False when there is none (own or delta node). */
extern bool nami_snapshot_node_column(const NamiSnapshot *snapshot, NamiOrd ord, NamiKeyId key,
									  NamiColumn *out);

/*
 * The same for a relationship type, element i belonging to position i. False when the type has no
 * image, or when some of its relationships may have been changed since.
 */
extern bool nami_snapshot_edge_column(const NamiSnapshot *snapshot, NamiTypeId type, NamiKeyId key,
									  NamiColumn *out);

/* ---- relationships ------------------------------------------------------------------------- */

/*
 * The live relationships of one type at one node, ascending by the other end's ordinal as far as the
 * view goes, then staged ones. Ends that are not live nodes are left out; the node itself need not be
 * live. pos is NULL when positions are consecutive: then pos[i] = first_pos + i.
 */
typedef struct NamiAdjacency
{
	const NamiOrd *other;
	const NamiEdgePos *pos;
	NamiEdgePos first_pos;
	uint32_t	count;
} NamiAdjacency;

/* Memory for merged lists, reused from call to call; a list is valid until the next call with the
 * same scratch. Zero-initialise but for the arena. */
typedef struct NamiAdjacencyScratch
{
	NamiArena  *arena;
	NamiOrd    *other;
	NamiEdgePos *pos;
	uint32_t	capacity;
} NamiAdjacencyScratch;

extern void nami_snapshot_adjacency(const NamiSnapshot *snapshot, NamiTypeId type,
									NamiDirection direction, NamiOrd ord,
									NamiAdjacencyScratch *scratch, NamiAdjacency *out);

static inline NamiEdgePos
nami_adjacency_pos(const NamiAdjacency *adjacency, uint32_t i)
{
	return adjacency->pos != NULL ? adjacency->pos[i] : adjacency->first_pos + i;
}

/* Number of relationships nami_snapshot_adjacency() would give. */
extern uint32_t nami_snapshot_degree(const NamiSnapshot *snapshot, NamiTypeId type,
									 NamiDirection direction, NamiOrd ord);

/*
 * True when some relationship of any type begins or ends at the node, whether the other end is live
 * or not.
 */
extern bool nami_snapshot_has_edges(const NamiSnapshot *snapshot, NamiOrd ord);

/* The relationship (type, src, dst), or NAMI_POS_NONE. Ends need not be live. */
extern NamiEdgePos nami_snapshot_find_edge(const NamiSnapshot *snapshot, NamiTypeId type,
										   NamiOrd src, NamiOrd dst);

/* Scan of all live relationships of a type (ends live), each once. */
typedef struct NamiEdgeScan
{
	const NamiSnapshot *snapshot;
	NamiTypeId	type;
	NamiArena  *arena;
	uint32_t	stage;			/* private from here on */
	uint64_t	pos;
	NamiOrd		src;
	void	   *private_state;
} NamiEdgeScan;

extern void nami_edge_scan_init(NamiEdgeScan *scan, const NamiSnapshot *snapshot, NamiTypeId type,
								NamiArena *arena);
extern uint32_t nami_edge_scan_next(NamiEdgeScan *scan, NamiOrd *src, NamiOrd *dst,
									NamiEdgePos *pos, uint32_t max);

/* Exact number of live relationships of the type, dangling ones left out. */
extern uint64_t nami_snapshot_count_edges(const NamiSnapshot *snapshot, NamiTypeId type);

/* As for nodes; pos[i] may be NAMI_POS_NONE: null. */
extern NamiStatus nami_snapshot_edge_property(const NamiSnapshot *snapshot, NamiTypeId type,
											  NamiKeyId key, const NamiEdgePos *pos, uint32_t n,
											  NamiArena *arena, NamiValue *out,
											  NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_snapshot_edge_map(const NamiSnapshot *snapshot, NamiTypeId type,
										 NamiEdgePos pos, NamiArena *arena, NamiValue *out,
										 NamiError *err) NAMI_MUST_CHECK;

/* False when the relationship was deleted by a staged record visible to the snapshot. */
extern bool nami_snapshot_edge_is_live(const NamiSnapshot *snapshot, NamiTypeId type,
									   NamiEdgePos pos);

/* Ends of a position. */
extern void nami_snapshot_edge_ends(const NamiSnapshot *snapshot, NamiTypeId type,
									NamiEdgePos pos, NamiOrd *src, NamiOrd *dst);

/* Catalog numbers of the types that have at least one record in the view or staged; in the arena. */
extern uint32_t nami_snapshot_edge_types(const NamiSnapshot *snapshot, NamiArena *arena,
										 const NamiTypeId **types);

/* ---- lookups ------------------------------------------------------------------------------- */

/*
 * The live nodes with the label (NAMI_NAME_UNKNOWN: any) whose properties equal all the values
 * (Cypher "=": 1 equals 1.0, null equals nothing). *ords in the arena, ascending in the view's part.
 * Uses a hash over (label, keys) where the schema declares one or where repeated scans have paid for
 * one, else scans. Staged nodes are found through a hash that staging maintains, so that a
 * transaction of 100,000 MERGEs stays linear.
 */
extern NamiStatus nami_snapshot_lookup(const NamiSnapshot *snapshot, NamiLabelId label,
									   const NamiKeyId *keys, const NamiValue *values,
									   uint32_t key_count, NamiArena *arena,
									   const NamiOrd **ords, uint32_t *count,
									   NamiError *err) NAMI_MUST_CHECK;

/* ---- schema and statistics ----------------------------------------------------------------- */

typedef struct NamiUniqueConstraint
{
	NamiStr		name;
	NamiLabelId label;
	const NamiKeyId *keys;		/* in declared order */
	uint32_t	key_count;
} NamiUniqueConstraint;

typedef struct NamiRangeIndex
{
	NamiStr		name;			/* empty for single-property indexes: the product stores none */
	NamiLabelId label;
	const NamiKeyId *keys;
	uint32_t	key_count;
} NamiRangeIndex;

typedef struct NamiVectorIndex
{
	NamiStr		name;
	NamiLabelId label;
	NamiKeyId	key;
	uint32_t	dimension;
	NamiStr		metric;
} NamiVectorIndex;

typedef struct NamiTextIndex
{
	NamiStr		name;
	NamiLabelId label;
	const NamiKeyId *keys;
	uint32_t	key_count;
} NamiTextIndex;

/* The declarations that bind the snapshot (staged schema statements included). */
typedef struct NamiSchema
{
	const NamiUniqueConstraint *constraints;
	uint32_t	constraint_count;
	const NamiRangeIndex *indexes;
	uint32_t	index_count;
	const NamiVectorIndex *vector_indexes;
	uint32_t	vector_index_count;
	const NamiTextIndex *text_indexes;
	uint32_t	text_index_count;
} NamiSchema;

extern const NamiSchema *nami_snapshot_schema(const NamiSnapshot *snapshot);

/* For the planner; estimates, cheap, never wrong by more than the staged and un-imaged rows. */
typedef struct NamiKeyStats
{
	double		present_fraction;	/* of the label's nodes */
	double		distinct;		/* distinct non-null values, at least 1 */
	bool		has_range;		/* min and max are numeric and comparable */
	double		min;
	double		max;
} NamiKeyStats;

extern void nami_snapshot_key_stats(const NamiSnapshot *snapshot, NamiLabelId label, NamiKeyId key,
									NamiKeyStats *out);

/*
 * What values a property has: those of up to NAMI_SAMPLE_ROWS nodes of a label (or relationships of
 * a type), spread evenly over the image, in the order of ORDER BY. Long texts are cut. Made at the
 * first question and kept with the image; an image without such rows is asked through the snapshot
 * instead and the answer lives in the arena. NULL: nothing to look at.
 */
#define NAMI_SAMPLE_ROWS	512

typedef struct NamiKeySample
{
	const NamiValue *values;	/* not null */
	uint32_t	count;
	uint32_t	rows;			/* looked at, those without the property included */
	double		distinct;		/* values of all rows, estimated; at least 1 */
} NamiKeySample;

extern const NamiKeySample *nami_snapshot_node_sample(const NamiSnapshot *snapshot,
													  NamiLabelId label, NamiKeyId key,
													  NamiArena *arena);
extern const NamiKeySample *nami_snapshot_edge_sample(const NamiSnapshot *snapshot,
													  NamiTypeId type, NamiKeyId key,
													  NamiArena *arena);

/*
 * Relationships of the type from a node that has all source labels to one that has all target
 * labels; 0 labels: any node.
 */
extern double nami_snapshot_edges_between(const NamiSnapshot *snapshot, NamiTypeId type,
										  const NamiLabelId *sources, uint32_t source_count,
										  const NamiLabelId *targets, uint32_t target_count);

/* Rows of the committed graph and of the own writes, roughly, from counters alone: for telling that
 * much has changed. */
extern uint64_t nami_snapshot_rows(const NamiSnapshot *snapshot, uint64_t *own);

/* Relationships of the type, dangling ones and repeated records of newer segments included. */
extern uint64_t nami_snapshot_size_of_type(const NamiSnapshot *snapshot, NamiTypeId type);

typedef struct NamiTypeStats
{
	double		edges;
	double		sources;		/* distinct */
	double		targets;
	bool		has_self_loops;
	bool		source_label_proven;	/* every source has source_label (one common label) */
	bool		target_label_proven;
	NamiLabelId source_label;	/* NAMI_NAME_UNKNOWN when there is no common label */
	NamiLabelId target_label;
} NamiTypeStats;

extern void nami_snapshot_type_stats(const NamiSnapshot *snapshot, NamiTypeId type,
									 NamiTypeStats *out);

#endif							/* NAMI_GRAPH_SNAPSHOT_H */
