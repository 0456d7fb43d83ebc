/*
 * spill.h - rows in temporary files: what an operator does when it may not use more memory
 * (internal to the executor).
 *
 * A spill is a sequence of records, each a few values; it is written from front to back and then
 * read, also in parts. The files are the host's (NamiTempFiles): they are closed when the operator is
 * reopened or the execution closed, and by the host itself when it unwinds.
 */
#ifndef NAMI_EXEC_SPILL_H
#define NAMI_EXEC_SPILL_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/vec.h"
#include "exec/operator.h"

struct NamiSpill
{
	NamiOp	   *op;
	NamiSpill  *next;			/* of the operator */
	void	   *file;			/* the host's; NULL: not made, or closed */
	uint64_t	end;			/* bytes written */
	uint64_t	record_count;
};

/*
 * True when the operator should give up memory: the statement has used half of its limit, and what the
 * operator could write out (own_bytes) is worth it. False where the host has no files.
 */
extern bool nami_spill_is_due(const NamiOp *op, size_t own_bytes);

/* A new, empty spill; the struct lives in op->state_arena, the file is made with the first record. */
extern NamiSpill *nami_spill_create(NamiOp *op);

/* Closes the file; the struct stays. */
extern void nami_spill_close(NamiSpill *spill);

/* Closes all spills of the operator. */
extern void nami_spill_close_all(NamiOp *op);

/* ---- writing ------------------------------------------------------------------------------- */

extern void nami_spill_put_value(NamiBuf *record, NamiValue value);
extern void nami_spill_put_values(NamiBuf *record, const NamiValue *values, uint32_t count);

/* Appends the record. */
extern NamiStatus nami_spill_write(NamiSpill *spill, const NamiBuf *record,
								   NamiError *err) NAMI_MUST_CHECK;

/* ---- partitions ---------------------------------------------------------------------------- */

#define NAMI_SPILL_PARTITIONS	32

/* How often what was written by hash may be written by hash again: the bits of a hash are used up. */
#define NAMI_SPILL_LEVEL_MAX	8

/* Records by hash; a level is one choice of the hash's bits. */
typedef struct NamiPartitions
{
	NamiSpill  *spills[NAMI_SPILL_PARTITIONS];	/* NULL: nothing there */
	uint32_t	level;
} NamiPartitions;

/* A partition still to be read. */
typedef struct NamiPart
{
	NamiSpill  *spill;
	uint32_t	level;			/* that it was written with */
	uint32_t	tag;			/* the operator's own */
} NamiPart;

typedef NAMI_VEC(NamiPart) NamiPartVec;

extern NamiStatus nami_partitions_write(NamiOp *op, NamiPartitions *partitions, uint64_t hash,
										const NamiBuf *record, NamiError *err) NAMI_MUST_CHECK;

/* Moves all that were written to parts, the first on top; partitions is empty again. */
extern void nami_partitions_finish(NamiOp *op, NamiPartitions *partitions, uint32_t tag,
								   NamiPartVec *parts);

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct NamiSpillReader
{
	NamiSpill  *spill;
	NamiArena  *arena;			/* for the buffer */
	uint64_t	next;			/* offset of what is not in the buffer yet */
	uint64_t	end;
	uint8_t    *buffer;
	size_t		capacity;
	size_t		at;				/* next byte of the buffer */
	size_t		filled;
} NamiSpillReader;

/* Reads the records in [first, end), which begin and end at records. The buffer lives in arena. */
extern void nami_spill_reader_init(NamiSpillReader *reader, NamiSpill *spill, NamiArena *arena,
								   uint64_t first, uint64_t end);

/* A reader of a whole spill in place of one that was used with the same arena, or is zeroed. */
extern void nami_spill_reader_reuse(NamiSpillReader *reader, NamiSpill *spill, NamiArena *arena);

/* The next record, borrowed until the next call; *found false at the end. */
extern NamiStatus nami_spill_read(NamiSpillReader *reader, NamiCursor *record, bool *found,
								  NamiError *err) NAMI_MUST_CHECK;

/* Takes values, whose memory comes from arena. Fails when the file was damaged meanwhile. */
extern NamiStatus nami_spill_take_values(NamiCursor *record, NamiArena *arena, NamiValue *out,
										 uint32_t count, NamiError *err) NAMI_MUST_CHECK;

/* Takes size_bytes plain bytes. */
extern NamiStatus nami_spill_take(NamiCursor *record, void *out, size_t size_bytes,
								  NamiError *err) NAMI_MUST_CHECK;

#endif							/* NAMI_EXEC_SPILL_H */
