/*
 * similar.c - see similar.h.
 */
#include "base/similar.h"

#define NAME_MAX_BYTES	64

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
}

/* Levenshtein distance of two names of at most NAME_MAX_BYTES. */
static unsigned
edit_distance(NamiStr a, NamiStr b)
{
	unsigned	row[NAME_MAX_BYTES + 1];

	for (size_t j = 0; j <= b.len; j++)
		row[j] = (unsigned) j;
	for (size_t i = 1; i <= a.len; i++)
	{
		unsigned	diagonal = row[0];

		row[0] = (unsigned) i;
		for (size_t j = 1; j <= b.len; j++)
		{
			unsigned	best = diagonal + (lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]));

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.len];
}

void
nami_similar_init(NamiSimilar *similar, NamiStr wanted)
{
	similar->wanted = wanted;
	similar->best = (NamiStr) {"", 0};
	similar->limit = (unsigned) wanted.len / 3 + 2;
}

void
nami_similar_offer(NamiSimilar *similar, NamiStr candidate)
{
	unsigned	distance;

	if (similar->wanted.len < 2 || similar->wanted.len > NAME_MAX_BYTES || candidate.len < 2 ||
		candidate.len > NAME_MAX_BYTES)
		return;
	distance = edit_distance(similar->wanted, candidate);
	/* two short names have little in common when as much differs as is there */
	if (distance < similar->limit && distance < similar->wanted.len &&
		distance < candidate.len)
	{
		similar->limit = distance;
		similar->best = candidate;
	}
}

void
nami_similar_hint(const NamiSimilar *similar, NamiError *err)
{
	if (similar->best.len > 0)
		nami_error_hint(err, "Did you mean \"%.*s\"?", NAMI_STR_ARG(similar->best));
}
