/*
 * manifest.h - the manifest: what a version of a namespace consists of (spec/storage.md 3).
 *
 * Reading checks everything that the product requires and gives the members that we use as structs;
 * the JSON itself stays at hand. Writing (NamiManifestNext) starts from the JSON of the base version
 * and changes only what a commit changes, so that every member that we do not know, at every level,
 * and every number survive as they are.
 */
#ifndef NAMI_FORMAT_MANIFEST_H
#define NAMI_FORMAT_MANIFEST_H

#include "base/json.h"
#include "base/strmap.h"
#include "base/uuid.h"

#define NAMI_ID_NONE	UINT32_MAX

typedef struct NamiWalDescriptor
{
	uint64_t	seq;			/* names the object */
	NamiStr		path;			/* informative */
	uint64_t	last_lsn;
	uint64_t	xxh3;			/* when has_xxh3 */
	bool		has_xxh3;
} NamiWalDescriptor;

typedef enum NamiSstKind
{
	NAMI_SST_NODES,
	NAMI_SST_EDGES_FWD,
	NAMI_SST_EDGES_INV,
	NAMI_SST_VECTOR_GRAPH,
	NAMI_SST_TEXT_INDEX
} NamiSstKind;

/* Texts are borrowed from the body or lie in the arena. */
typedef struct NamiSst
{
	NamiUuid	id;
	NamiSstKind kind;
	NamiStr		scope;			/* edge type, index name, "" for nodes */
	uint32_t	level;
	NamiStr		path;			/* relative to the namespace; nami_key_of_path makes the key */
	uint64_t	size_bytes;
	uint64_t	row_count;		/* tombstones included */
	uint64_t	tombstone_count;	/* nodes and edges; else 0 */
	uint64_t	key_count;		/* edges: distinct keys, an estimate; else 0 */
	NamiUuid	min_key;
	NamiUuid	max_key;
	uint64_t	min_lsn;
	uint64_t	max_lsn;
	bool		has_bloom;
	bool		has_label_index;
	bool		has_node_locator;
	bool		has_property_pages;	/* inside the node locator */
	bool		has_equality_indices;
	bool		has_composite_indices;
	bool		has_unique_indices;
	bool		has_label_stats;	/* per_label_property_stats */
	NamiJson   *json;			/* the descriptor, for the details of sidecars */
} NamiSst;

typedef enum NamiDataType
{
	NAMI_DATA_BOOL,
	NAMI_DATA_INT32,
	NAMI_DATA_INT64,
	NAMI_DATA_FLOAT32,
	NAMI_DATA_FLOAT64,
	NAMI_DATA_UTF8,
	NAMI_DATA_LARGE_UTF8,
	NAMI_DATA_BINARY,
	NAMI_DATA_DATE32,
	NAMI_DATA_TIMESTAMP_MICROS_UTC,
	NAMI_DATA_JSON,
	NAMI_DATA_FLOAT_VECTOR,
	NAMI_DATA_INT8_VECTOR
} NamiDataType;

typedef struct NamiPropertyDef
{
	NamiStr		name;
	NamiDataType data_type;
	uint32_t	dimension;		/* of the two vector types */
	bool		nullable;
	bool		unique;
	bool		indexed;
} NamiPropertyDef;

typedef struct NamiLabelDef
{
	NamiStr		name;
	const NamiPropertyDef *properties;
	uint32_t	property_count;
} NamiLabelDef;

typedef struct NamiEdgeTypeDef
{
	NamiStr		name;
	NamiStr		src_label;
	NamiStr		dst_label;
	const NamiPropertyDef *properties;
	uint32_t	property_count;
} NamiEdgeTypeDef;

/* A uniqueness constraint, a composite index or a text index. */
typedef struct NamiKeyDef
{
	NamiStr		name;
	NamiStr		label;
	const NamiStr *properties;
	uint32_t	property_count;
} NamiKeyDef;

typedef struct NamiVectorIndexDef
{
	NamiStr		name;
	NamiStr		label;
	NamiStr		property;
	uint32_t	dimension;
	NamiStr		metric;			/* cosine, dot, euclidean */
	uint64_t	r;
	uint64_t	l_build;
	double		alpha;
	NamiStr		quantization;	/* none, int8 */
} NamiVectorIndexDef;

typedef struct NamiManifest
{
	uint64_t	version;
	uint64_t	epoch;
	NamiUuid	writer_id;
	NamiStr		created_at;		/* as written; checked */
	uint64_t	schema_version;

	const NamiStr *labels;		/* label_dict: id = index */
	uint32_t	label_count;
	NamiStrMap	label_ids;		/* name -> id */

	const NamiWalDescriptor *wal_segments;	/* ascending by seq */
	uint32_t	wal_segment_count;
	const NamiSst *ssts;		/* in the manifest's order */
	uint32_t	sst_count;

	const NamiLabelDef *label_defs; /* only labels that a schema statement declared */
	uint32_t	label_def_count;
	const NamiEdgeTypeDef *edge_type_defs;
	uint32_t	edge_type_def_count;
	const NamiKeyDef *constraints;
	uint32_t	constraint_count;
	const NamiKeyDef *indexes;	/* composite ones */
	uint32_t	index_count;
	const NamiVectorIndexDef *vector_indexes;
	uint32_t	vector_index_count;
	const NamiKeyDef *text_indexes;
	uint32_t	text_index_count;
	bool		has_search_lsm; /* not empty: restricts who may flush (spec/search.md 3) */

	NamiStr		body;			/* the JSON it was read from; borrowed */
	NamiJson	root;
} NamiManifest;

/*
 * Reads a body, which must outlive the manifest. NAMI_ERR_CORRUPT names the member that is missing
 * or wrong; NAMI_ERR_UNSUPPORTED means that a newer release wrote something that we cannot read
 * safely (an unknown kind of SST, data type or constraint).
 */
extern NamiStatus nami_manifest_parse(NamiArena *arena, NamiStr body, NamiManifest *manifest,
									  NamiError *err) NAMI_MUST_CHECK;

/* NAMI_ID_NONE when the label is not in the dictionary. */
extern uint32_t nami_manifest_label_id(const NamiManifest *manifest, NamiStr name);

/* The declaration of a label, or NULL; and of a property in it. */
extern const NamiLabelDef *nami_manifest_label_def(const NamiManifest *manifest, NamiStr label);
extern const NamiPropertyDef *nami_label_def_property(const NamiLabelDef *label, NamiStr property);

/* 1 + the greatest LSN of the listed segments and SSTs. Fails when there is none left. */
extern NamiStatus nami_manifest_next_lsn(const NamiManifest *manifest, uint64_t *lsn,
										 NamiError *err) NAMI_MUST_CHECK;

/* The stored name: "Utf8", ...; the vector types are objects, for which it gives their tag. */
extern NamiStr nami_data_type_name(NamiDataType type);

/* ---- writing ---- */

/* The body of version 0 of a new namespace (4.6). */
extern void nami_manifest_write_initial(NamiBuf *out, NamiUuid writer_id, int64_t created_seconds,
										int32_t created_nanoseconds);

/*
 * The next version in the making. Changes apply to its own copy of the JSON; the base stays as it
 * is. Functions that name something missing or already there return false and change nothing.
 */
typedef struct NamiManifestNext
{
	NamiArena  *arena;
	const NamiManifest *base;	/* borrowed */
	NamiJson	root;
	uint64_t	version;		/* base + 1 */
	uint64_t	epoch;
	uint32_t	label_count;	/* new ones included */
} NamiManifestNext;

extern NamiStatus nami_manifest_next_init(NamiManifestNext *next, NamiArena *arena,
										  const NamiManifest *base, NamiError *err)
			NAMI_MUST_CHECK;

/* Every attempt needs a fresh writer_id; epoch must not be below the base's. */
extern void nami_manifest_next_set_writer(NamiManifestNext *next, uint64_t epoch, NamiUuid writer_id,
										  int64_t created_seconds, int32_t created_nanoseconds);

/* path: the segment's key (nami_key_wal). xxh3 is always written. */
extern void nami_manifest_next_add_wal(NamiManifestNext *next, uint64_t seq, NamiStr path,
									   uint64_t last_lsn, uint64_t xxh3);

/* After a flush: drops the segments with seq <= up_to (UINT64_MAX: all). */
extern void nami_manifest_next_drop_wal(NamiManifestNext *next, uint64_t up_to);

/* The id of a label name, which is added to the dictionary when it is new. */
extern uint32_t nami_manifest_next_intern_label(NamiManifestNext *next, NamiStr name);

/* json: a whole descriptor. */
extern void nami_manifest_next_add_sst(NamiManifestNext *next, NamiStr json);
extern bool nami_manifest_next_remove_sst(NamiManifestNext *next, NamiUuid id);

/* Policy B of spec/search.md 3: empties search_lsm and search_index_builds, removes index bodies. */
extern void nami_manifest_next_retire_search(NamiManifestNext *next);

/* ---- schema statements (3.2) ---- */

/*
 * Declares a property of a label if it is not, and sets the flags that are asked for (they are never
 * cleared here). An existing declaration keeps its type.
 */
extern void nami_manifest_next_declare_property(NamiManifestNext *next, NamiStr label,
												NamiStr property, NamiDataType type,
												uint32_t dimension, bool unique, bool indexed);

/* Clears flags of a declared property; false when it is not declared. */
extern bool nami_manifest_next_clear_property(NamiManifestNext *next, NamiStr label,
											  NamiStr property, bool unique, bool indexed);

/* Entries of schema.constraints and schema.indexes; the flags of properties are separate. */
extern bool nami_manifest_next_add_constraint(NamiManifestNext *next, const NamiKeyDef *def);
extern bool nami_manifest_next_drop_constraint(NamiManifestNext *next, NamiStr name);
extern bool nami_manifest_next_add_index(NamiManifestNext *next, const NamiKeyDef *def);
extern bool nami_manifest_next_drop_index(NamiManifestNext *next, NamiStr name);

/*
 * Search indexes (spec/search.md 3.5). Adding removes stale build markers of that name; dropping
 * removes the catalogue entry, its search_lsm state, build markers and SSTs.
 */
extern bool nami_manifest_next_add_vector_index(NamiManifestNext *next,
												const NamiVectorIndexDef *def);
extern bool nami_manifest_next_drop_vector_index(NamiManifestNext *next, NamiStr name);
extern bool nami_manifest_next_add_text_index(NamiManifestNext *next, const NamiKeyDef *def);
extern bool nami_manifest_next_drop_text_index(NamiManifestNext *next, NamiStr name);

extern void nami_manifest_next_write(NamiManifestNext *next, NamiBuf *out);

#endif							/* NAMI_FORMAT_MANIFEST_H */
