/*
 * commit_internal.h - one attempt to publish version base + 1 (spec/storage.md 4.4).
 */
#ifndef NAMI_GRAPH_COMMIT_INTERNAL_H
#define NAMI_GRAPH_COMMIT_INTERNAL_H

#include "format/wal.h"
#include "graph/namespace_internal.h"
#include "graph/transaction_internal.h"

typedef struct NamiAttempt
{
	NamiNamespace *ns;
	NamiTransaction *txn;
	NamiArena  *arena;			/* of this attempt */
	NamiLoaded *base;			/* the namespace's loaded version */
	bool		probe_too;		/* look for p<base + 1> while the segment is sent */
	int64_t		deadline_ms;	/* 0: none */
	NamiManifestNext next;
	bool		has_schema;		/* schema statements change something */
	bool		has_segment;	/* false: a schema-only commit writes no segment */
	NamiUuid	writer_id;
	NamiWalSegment segment;
	uint64_t	seq;
	NamiStr		segment_key;
	NamiStr		body_key;
	NamiStr		body;
	NamiStr		pointer_key;
	NamiStr		pointer;
	NamiLoaded *prepared;		/* base + 1 in memory, to be installed on success */
} NamiAttempt;

typedef enum NamiAttemptResult
{
	NAMI_ATTEMPT_COMMITTED,
	NAMI_ATTEMPT_MOVED,			/* base is no longer the newest version */
	NAMI_ATTEMPT_OCCUPIED		/* somebody else's body is in the way; its pointer may follow */
} NamiAttemptResult;

/* ---- commit_encode.c ------------------------------------------------------------------------ */

/*
 * The next manifest with the schema changes, and the segment's bytes: labels interned in
 * attempt->next, LSNs above the base's. Nothing to publish: neither has_schema nor has_segment.
 */
extern NamiStatus nami_commit_encode(NamiAttempt *attempt, const NamiOwnRecord *records,
									 uint32_t count, NamiError *err) NAMI_MUST_CHECK;

/* The manifest's bytes, once the segment's number is certain. */
extern void nami_commit_write_body(NamiAttempt *attempt);

/* ---- commit_publish.c ----------------------------------------------------------------------- */

/* Segment, body, pointer. What was sent without an answer is settled by reading back. */
extern NamiStatus nami_commit_publish(NamiAttempt *attempt, NamiAttemptResult *result,
									  NamiError *err) NAMI_MUST_CHECK;

/* Sleeps, but not beyond deadline_ms (0: none); NAMI_ERR_CANCELLED when interrupted. */
extern NamiStatus nami_commit_pause(NamiNamespace *ns, int64_t ms, int64_t deadline_ms,
									bool interruptible, NamiError *err) NAMI_MUST_CHECK;

/* A random time up to base_ms * 2^attempt, at most limit_ms. */
extern int64_t nami_commit_jitter(NamiNamespace *ns, int attempt, int64_t base_ms,
								  int64_t limit_ms);

/* Creates version 0 of a namespace that does not exist (4.6) and loads what is there then. */
extern NamiStatus nami_commit_bootstrap(NamiNamespace *ns, NamiOwner *owner,
										NamiError *err) NAMI_MUST_CHECK;

/* Learns the numbers below wal/ (5.1); a name that is no number fails. */
extern NamiStatus nami_commit_list_segments(NamiNamespace *ns, NamiArena *arena,
											NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_GRAPH_COMMIT_INTERNAL_H */
