/*
 * namespace_facts.h - what namidb_status shows of a namespace.
 */
#ifndef NAMI_GRAPH_NAMESPACE_FACTS_H
#define NAMI_GRAPH_NAMESPACE_FACTS_H

#include "graph/namespace.h"

/* SSTs of one kind on one level. */
typedef struct NamiSstFacts
{
	NamiSstKind kind;
	uint32_t	level;
	uint32_t	count;
	uint64_t	size_bytes;
	uint64_t	row_count;		/* rows as stored: older versions of a key and tombstones included */
} NamiSstFacts;

typedef struct NamiNamespaceFacts
{
	bool		exists;
	uint64_t	version;
	uint64_t	epoch;
	uint64_t	last_lsn;
	uint32_t	wal_segment_count;
	const NamiSstFacts *ssts;	/* ascending by kind, then level; in the arena */
	uint32_t	sst_count;
	uint64_t	node_count;		/* live */
	uint64_t	relationship_count; /* live, dangling ones left out */
	uint32_t	label_count;	/* of the dictionary */
	uint32_t	constraint_count;
	NamiViewSize view;
} NamiNamespaceFacts;

/* "Nodes", "EdgesFwd", ... as the manifest spells it. */
extern const char *nami_sst_kind_name(NamiSstKind kind);

/* As of the last nami_namespace_current(), of which view is the answer. */
extern void nami_namespace_facts(NamiNamespace *ns, const NamiView *view, NamiArena *arena,
								 NamiNamespaceFacts *facts);

#endif							/* NAMI_GRAPH_NAMESPACE_FACTS_H */
