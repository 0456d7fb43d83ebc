/*
 * similar.h - the name that somebody may have meant, for hints.
 */
#ifndef NAMI_BASE_SIMILAR_H
#define NAMI_BASE_SIMILAR_H

#include "base/error.h"
#include "base/str.h"

typedef struct NamiSimilar
{
	NamiStr		wanted;			/* as it was written */
	NamiStr		best;			/* most similar of those offered; empty: none is similar */
	unsigned	limit;			/* a better one differs in fewer characters */
} NamiSimilar;

/*
 * About a third of the characters may differ; upper and lower case are the same. Names of one
 * character or of more than 64 bytes are similar to none.
 */
extern void nami_similar_init(NamiSimilar *similar, NamiStr wanted);

/* The candidate is borrowed. */
extern void nami_similar_offer(NamiSimilar *similar, NamiStr candidate);

/* Adds the hint to an error, when there is something to say. */
extern void nami_similar_hint(const NamiSimilar *similar, NamiError *err);

#endif							/* NAMI_BASE_SIMILAR_H */
