/*
 * image.h - reading an image: immutable flat parts (docs/engine.md 1).
 *
 * A part is one buffer without pointers: a header, a directory of sections, and the sections,
 * 64-byte aligned with at least 64 readable bytes behind each. One part holds the nodes, one part
 * each relationship type. Names inside a part are the part's own numbers; opening it translates
 * them into catalog numbers. Parts are made by image_build.h.
 *
 *	0		NamiPartHeader, 4096 bytes
 *	4096	NamiPartSection, 64 bytes each
 *	...		sections
 */
#ifndef NAMI_GRAPH_IMAGE_H
#define NAMI_GRAPH_IMAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/owner.h"
#include "graph/catalog.h"
#include "graph/maps.h"
#include "graph/snapshot.h"

#define NAMI_PART_FORMAT		1
#define NAMI_PART_HEADER_BYTES	4096
#define NAMI_PART_TAIL_BYTES	64

typedef enum NamiPartKind
{
	NAMI_PART_NODES = 1,
	NAMI_PART_EDGES = 2
} NamiPartKind;

typedef struct NamiPartHeader
{
	char		magic[8];		/* "NAMIPART" */
	uint32_t	format;			/* NAMI_PART_FORMAT */
	uint32_t	byte_order;		/* 0x01020304 as the machine stores it */
	uint32_t	kind;			/* NamiPartKind */
	uint32_t	section_count;
	uint64_t	size_bytes;
	uint64_t	counts[4];		/* nodes: all, live, groups | edges: edges, live ends, sources, targets */
	uint64_t	directory_xxh3;
	uint32_t	flags;			/* NamiPartFlag */
} NamiPartHeader;

typedef enum NamiPartFlag
{
	NAMI_PART_HAS_DANGLING = 1, /* edges: some end is no live node of the image */
	NAMI_PART_HAS_SELF_LOOPS = 2
} NamiPartFlag;

typedef enum NamiSectionKind
{
	NAMI_SECTION_NAME_OFFSETS = 1,	/* u64[count + 1]; flags: NamiNameKind */
	NAMI_SECTION_NAME_TEXT,
	/* nodes */
	NAMI_SECTION_IDS,			/* NamiId[count] */
	NAMI_SECTION_ID_SLOTS,		/* u32[count], a power of two */
	NAMI_SECTION_GROUPS,		/* NamiPartGroup[count]; the last one are the ghosts */
	NAMI_SECTION_GROUP_LABELS,	/* u32[count], label numbers of the part */
	/* properties: SEGMENT begins one, those after it with the same key and group belong to it */
	NAMI_SECTION_SEGMENT,		/* encoding, width, base; see NamiSegment */
	NAMI_SECTION_PRESENCE,		/* bitmap over the rows */
	NAMI_SECTION_ROWS,			/* u32[count] ascending: a sparse segment's rows */
	NAMI_SECTION_OFFSETS,		/* u64[count + 1] */
	NAMI_SECTION_HEAP,
	NAMI_SECTION_TAGS,			/* u8[count] */
	NAMI_SECTION_SEGMENT_STATS, /* NamiSegmentStats */
	NAMI_SECTION_POISON_ROWS,	/* u32[count] ascending: rows whose properties cannot be read */
	NAMI_SECTION_POISON_OFFSETS,	/* u64[count + 1] */
	NAMI_SECTION_POISON_TEXT,
	/* edges, forward then inverse */
	NAMI_SECTION_OUT_KEYS,		/* u32[count] ascending: sources, when few; else absent */
	NAMI_SECTION_OUT_OFFSETS,	/* u32[count + 1]; base: ordinal of the first */
	NAMI_SECTION_OUT_DST,		/* u32[count] */
	NAMI_SECTION_IN_KEYS,
	NAMI_SECTION_IN_OFFSETS,
	NAMI_SECTION_IN_SRC,
	NAMI_SECTION_IN_POS,		/* u32[count]: forward positions */
	NAMI_SECTION_PAIRS			/* NamiGroupPair[count] */
} NamiSectionKind;

typedef struct NamiPartSection
{
	uint16_t	kind;			/* NamiSectionKind */
	uint8_t		encoding;		/* NamiEncoding */
	uint8_t		width_bytes;
	uint32_t	flags;
	uint32_t	key;			/* number in the part's names */
	uint32_t	group;
	uint64_t	offset;
	uint64_t	size_bytes;
	uint64_t	count;
	int64_t		base;
	uint64_t	xxh3;			/* of the section */
	uint64_t	reserved;
} NamiPartSection;

_Static_assert(sizeof(NamiPartSection) == 64, "directory entries are 64 bytes");

typedef struct NamiPartGroup
{
	uint32_t	lo;				/* ordinals lo .. hi - 1 */
	uint32_t	hi;
	uint32_t	first_label;	/* into GROUP_LABELS */
	uint32_t	label_count;
} NamiPartGroup;

/* Edges whose ends lie in these groups. */
typedef struct NamiGroupPair
{
	uint32_t	src_group;
	uint32_t	dst_group;
	uint64_t	edges;
} NamiGroupPair;

typedef enum NamiEncoding
{
	NAMI_ENC_INT = 1,			/* base + unsigned data of width 1, 2, 4; or int64: INT, DATE, DATETIME in us */
	NAMI_ENC_FLOAT,				/* double */
	NAMI_ENC_BOOL,				/* bitmap */
	NAMI_ENC_STRING_DICT,		/* codes of width 1, 2, 4; OFFSETS and HEAP: dictionary, ascending */
	NAMI_ENC_STRING_RAW,		/* OFFSETS and HEAP per value */
	NAMI_ENC_VECTOR,			/* width 4; base: dimension */
	NAMI_ENC_FLAT,				/* OFFSETS and HEAP: value_flat.h */
	NAMI_ENC_MIXED				/* TAGS: kind; data: 8-byte slots, integer, float bits, boolean, or place in HEAP of a flat value */
} NamiEncoding;

typedef struct NamiSegmentStats
{
	uint64_t	present;
	double		distinct;
	double		min;			/* of numeric segments */
	double		max;
	uint32_t	has_range;
	uint32_t	is_exact;		/* distinct was counted */
} NamiSegmentStats;

/* One property of one group of nodes, or of one relationship type. */
typedef struct NamiSegment
{
	NamiKeyId	key;
	uint8_t		encoding;		/* NamiEncoding */
	uint8_t		logical;		/* NamiKind of ENC_INT */
	uint8_t		width_bytes;
	uint32_t	first;			/* ordinal (or position) of row 0 */
	uint32_t	row_count;
	uint32_t	value_count;	/* stored values: row_count, or fewer when sparse */
	int64_t		base;
	const void *data;
	const uint64_t *presence;	/* NULL: all rows, or sparse */
	const uint32_t *rows;		/* sparse: value i belongs to row rows[i] */
	const uint64_t *offsets;
	const char *heap;
	uint64_t	heap_bytes;
	uint32_t	dict_count;
	const uint8_t *tags;
	const NamiSegmentStats *stats;
} NamiSegment;

/* Rows whose properties cannot be read; any touch of one fails. */
typedef struct NamiPoison
{
	const uint32_t *rows;		/* ascending: ordinals or positions */
	uint32_t	count;
	const uint64_t *offsets;
	const char *text;
	uint64_t	text_bytes;
} NamiPoison;

typedef struct NamiPart
{
	const uint8_t *bytes;		/* borrowed, 64-byte aligned */
	size_t		size_bytes;
	const NamiPartHeader *header;
	const NamiPartSection *sections;
	uint32_t	section_count;
} NamiPart;

typedef struct NamiImageGroup
{
	NamiOrd		lo;
	NamiOrd		hi;
	const NamiLabelId *labels;	/* ascending by name */
	uint32_t	label_count;
	const NamiSegment *segments;	/* ascending by key */
	uint32_t	segment_count;
} NamiImageGroup;

typedef struct NamiNodeImage
{
	NamiPart	part;
	uint32_t	count;			/* ordinals, ghosts included */
	uint32_t	live_count;		/* ordinals below are live; the others are ghosts */
	const NamiId *ids;
	const uint32_t *id_slots;
	uint32_t	id_mask;
	const NamiImageGroup *groups;	/* ghosts not included */
	uint32_t	group_count;
	NamiPoison	poison;
} NamiNodeImage;

/* One direction of a type as compressed rows. */
typedef struct NamiCsr
{
	const uint32_t *keys;		/* NULL: row i is ordinal lo + i; else sorted ordinals */
	const uint32_t *offsets;	/* row_count + 1 */
	const NamiOrd *other;
	uint32_t	row_count;
	NamiOrd		lo;
} NamiCsr;

typedef struct NamiEdgeImage
{
	NamiPart	part;
	NamiTypeId	type;
	uint32_t	count;
	uint32_t	live_count;		/* both ends live in the image */
	NamiCsr		out;
	NamiCsr		in;
	const NamiEdgePos *in_pos;
	const NamiSegment *segments;	/* ascending by key */
	uint32_t	segment_count;
	const NamiGroupPair *pairs;
	uint32_t	pair_count;
	uint32_t	source_count;
	uint32_t	target_count;
	bool		has_dangling;
	bool		has_self_loops;
	NamiPoison	poison;
} NamiEdgeImage;

/*
 * Checks header, directory and the structure that readers rely on. bytes must be 64-byte aligned.
 * NAMI_ERR_CORRUPT when they do not fit.
 */
extern NamiStatus nami_part_open(const void *bytes, size_t size_bytes, NamiPartKind kind,
								 NamiPart *part, NamiError *err) NAMI_MUST_CHECK;

/* Adds the hashes of the sections to what nami_part_open checked. */
extern NamiStatus nami_part_verify(const NamiPart *part, NamiError *err) NAMI_MUST_CHECK;

/* What is made lies in the arena and points into the bytes; names are interned. */
extern NamiStatus nami_node_image_open(const void *bytes, size_t size_bytes, NamiCatalog *catalog,
									   NamiArena *arena, NamiNodeImage *out,
									   NamiError *err) NAMI_MUST_CHECK;
extern NamiStatus nami_edge_image_open(const void *bytes, size_t size_bytes, uint32_t node_count,
									   NamiCatalog *catalog, NamiArena *arena,
									   NamiEdgeImage *out, NamiError *err) NAMI_MUST_CHECK;

/* The group of a live ordinal. O(log groups). */
extern const NamiImageGroup *nami_node_image_group(const NamiNodeImage *image, NamiOrd ord);

extern const NamiSegment *nami_segments_find(const NamiSegment *segments, uint32_t count,
											 NamiKeyId key);

/* The value of a row (0-based in the segment), null when absent. Strings point into the segment. */
extern NamiValue nami_segment_get(const NamiSegment *segment, uint32_t row, NamiArena *arena);

/* The same, for loops: what most columns hold is read here. */
static inline NamiValue
nami_segment_read(const NamiSegment *segment, uint32_t row, NamiArena *arena)
{
	int64_t		base = segment->base;

	if (segment->encoding != NAMI_ENC_INT || segment->logical != NAMI_INT ||
		segment->rows != NULL || segment->presence != NULL)
		return nami_segment_get(segment, row, arena);
	switch (segment->width_bytes)
	{
		case 1:
			return nami_value_int(base + ((const uint8_t *) segment->data)[row]);
		case 2:
			return nami_value_int(base + ((const uint16_t *) segment->data)[row]);
		default:
			return nami_segment_get(segment, row, arena);
	}
}

/* The segment as a typed column; kind OTHER when it is none. */
extern void nami_segment_column(const NamiSegment *segment, NamiColumn *out);

/* Why the row cannot be read, or an empty text. */
extern NamiStr nami_poison_find(const NamiPoison *poison, uint32_t row);
extern bool nami_poison_intersects(const NamiPoison *poison, uint32_t first, uint32_t count);

/* The slice begin .. end of an ordinal's entries. */
extern void nami_csr_find_sparse(const NamiCsr *csr, NamiOrd ord, uint32_t *begin, uint32_t *end);

static inline void
nami_csr_slice(const NamiCsr *csr, NamiOrd ord, uint32_t *begin, uint32_t *end)
{
	uint32_t	row = ord - csr->lo;

	if (csr->keys != NULL)
	{
		nami_csr_find_sparse(csr, ord, begin, end);
		return;
	}
	if (row >= csr->row_count)
	{
		*begin = *end = 0;
		return;
	}
	*begin = csr->offsets[row];
	*end = csr->offsets[row + 1];
	if (*end < *begin)
		*end = *begin;			/* a page that got lost under a mapping reads as zeros */
}

/* The ordinal whose entries hold index i (below the count). */
extern NamiOrd nami_csr_owner(const NamiCsr *csr, uint32_t i);

/* The index of (ord, other) among the entries, or UINT32_MAX. */
extern uint32_t nami_csr_find(const NamiCsr *csr, NamiOrd ord, NamiOrd other);

#endif							/* NAMI_GRAPH_IMAGE_H */
