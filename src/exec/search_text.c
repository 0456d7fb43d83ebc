/*
 * search_text.c - BM25 by a scan (spec/search.md 1.4 - 1.6). See search.h.
 *
 * One pass over the label's nodes: each document is cut into words, statistics are added up, and for
 * documents that hold a word of the query its counts are kept. Scores follow when all is known.
 */
#include "exec/search.h"

#include <math.h>
#include <stdlib.h>

#include "base/strmap.h"
#include "base/utf8.h"
#include "exec/analyzer.h"

#define SCAN_ROWS			1024
#define PREFIX_TERMS_MAX	64
#define K1					1.5
#define B					0.75

/* A word of the query, or one of the documents that a prefix stands for. */
typedef struct Term
{
	NamiStr		text;
	uint64_t	documents;		/* that hold it */
	uint32_t	in_document;	/* occurrences in the current one */
	bool		is_scored;
	double		idf;
} Term;

/* One word in one document. */
typedef struct Posting
{
	uint32_t	term;
	uint32_t	count;
} Posting;

typedef struct Document
{
	NamiOrd		ord;
	uint32_t	length;			/* words */
	uint32_t	posting_count;
	size_t		first_posting;
} Document;

typedef struct TextIndex
{
	const NamiTextSearch *search;
	const NamiProcedureCall *call;
	NamiArena  *arena;			/* call->arena */
	NamiTokens	prefixes;
	NAMI_VEC(NamiTokens) phrases;
	NAMI_VEC(Term) terms;
	NamiStrMap	by_text;		/* number + 1 of a term */
	NAMI_VEC(Document) documents;
	NAMI_VEC(Posting) postings;
	NAMI_VEC(uint32_t) touched; /* terms of the current document */
	uint64_t	document_count;
	uint64_t	word_count;
} TextIndex;

/* ---- the query ----------------------------------------------------------------------------- */

static uint32_t
add_term(TextIndex *index, NamiStr text, bool is_scored)
{
	uint64_t   *number = nami_strmap_find(&index->by_text, text);

	if (number == NULL)
	{
		Term	   *term = nami_vec_add(&index->terms, index->arena);

		term->text = nami_arena_str(index->arena, text);
		number = nami_strmap_put(&index->by_text, term->text, NULL);
		*number = index->terms.count;
	}
	index->terms.items[*number - 1].is_scored |= is_scored;
	return (uint32_t) (*number - 1);
}

/* Words outside quotes: a star directly behind a run makes its last word a prefix. */
static void
add_words(TextIndex *index, NamiStr text)
{
	for (size_t pos = 0; pos < text.len;)
	{
		NamiTokens	tokens = {0};
		size_t		start = pos;
		size_t		end = pos;
		uint32_t	c = 0;

		while (pos < text.len)
		{
			end = pos;
			c = nami_utf8_next(text, &pos);
			if (!nami_is_alphanumeric(c))
				break;
			end = pos;
		}
		nami_analyze(index->arena, nami_str_slice(text, start, end - start), &tokens);
		if (end < pos && c == '*' && tokens.count > 0)
			nami_vec_push(&index->prefixes, index->arena, tokens.items[--tokens.count]);
		for (size_t i = 0; i < tokens.count; i++)
			(void) add_term(index, tokens.items[i], true);
	}
}

static void
add_phrase(TextIndex *index, NamiStr text)
{
	NamiTokens	tokens = {0};

	nami_analyze(index->arena, text, &tokens);
	if (tokens.count == 0)
		return;
	for (size_t i = 0; i < tokens.count; i++)
		(void) add_term(index, tokens.items[i], true);
	nami_vec_push(&index->phrases, index->arena, tokens);
}

/* Every second piece between quotes is a phrase; an unclosed quote runs to the end. */
static void
parse_query(TextIndex *index)
{
	NamiStr		query = index->search->query;
	size_t		start = 0;
	bool		in_quotes = false;

	for (size_t i = 0; i <= query.len; i++)
	{
		if (i < query.len && query.ptr[i] != '"')
			continue;
		if (in_quotes)
			add_phrase(index, nami_str_slice(query, start, i - start));
		else
			add_words(index, nami_str_slice(query, start, i - start));
		in_quotes = !in_quotes;
		start = i + 1;
	}
}

/* ---- documents ----------------------------------------------------------------------------- */

static bool
has_prefix(const TextIndex *index, NamiStr word)
{
	for (size_t i = 0; i < index->prefixes.count; i++)
	{
		if (nami_str_starts_with(word, index->prefixes.items[i]))
			return true;
	}
	return false;
}

static bool
holds_phrase(const NamiTokens *words, const NamiTokens *phrase)
{
	for (size_t i = 0; i + phrase->count <= words->count; i++)
	{
		size_t		j = 0;

		while (j < phrase->count && nami_str_eq(words->items[i + j], phrase->items[j]))
			j++;
		if (j == phrase->count)
			return true;
	}
	return false;
}

static bool
holds_phrases(const TextIndex *index, const NamiTokens *words)
{
	for (size_t i = 0; i < index->phrases.count; i++)
	{
		if (!holds_phrase(words, &index->phrases.items[i]))
			return false;
	}
	return true;
}

static void
count_words(TextIndex *index, const NamiTokens *words)
{
	index->touched.count = 0;
	for (size_t i = 0; i < words->count; i++)
	{
		uint64_t   *number = nami_strmap_find(&index->by_text, words->items[i]);
		uint32_t	term;

		if (number != NULL)
			term = (uint32_t) (*number - 1);
		else if (has_prefix(index, words->items[i]))
			term = add_term(index, words->items[i], false);
		else
			continue;
		if (index->terms.items[term].in_document++ == 0)
			nami_vec_push(&index->touched, index->arena, term);
	}
}

static void
add_document(TextIndex *index, NamiOrd ord, const NamiTokens *words)
{
	bool		is_candidate = holds_phrases(index, words);

	index->document_count++;
	index->word_count += words->count;
	count_words(index, words);
	if (index->touched.count == 0)
		return;
	if (is_candidate)
		nami_vec_push(&index->documents, index->arena, (Document) {
			ord, (uint32_t) words->count, (uint32_t) index->touched.count, index->postings.count
		});
	for (size_t i = 0; i < index->touched.count; i++)
	{
		uint32_t	number = index->touched.items[i];
		Term	   *term = &index->terms.items[number];

		term->documents++;
		if (is_candidate)
			nami_vec_push(&index->postings, index->arena, (Posting) {number, term->in_document});
		term->in_document = 0;
	}
}

static int
compare_texts(const void *a, const void *b)
{
	return nami_str_cmp(*(const NamiStr *) a, *(const NamiStr *) b);
}

/* Catalog numbers of the properties in the order of their names, each once. */
static uint32_t
property_keys(const TextIndex *index, NamiKeyId *keys)
{
	const NamiTextSearch *search = index->search;
	NamiStr    *names = NAMI_NEW_ARRAY(index->arena, NamiStr, search->property_count + (size_t) 1);
	uint32_t	count = 0;

	memcpy(names, search->properties, search->property_count * sizeof(*names));
	qsort(names, search->property_count, sizeof(*names), compare_texts);
	for (uint32_t i = 0; i < search->property_count; i++)
	{
		NamiKeyId	key = nami_catalog_find(nami_snapshot_catalog(index->call->ctx->snapshot),
											NAMI_NAME_KEY, names[i]);

		if (key != NAMI_NAME_UNKNOWN && (i == 0 || !nami_str_eq(names[i], names[i - 1])))
			keys[count++] = key;
	}
	return count;
}

static NamiStatus
add_batch(TextIndex *index, const NamiOrd *ords, uint32_t n, const NamiKeyId *keys,
		  uint32_t key_count, NamiArena *scratch, NamiError *err)
{
	NamiValue **columns = NAMI_NEW_ARRAY(scratch, NamiValue *, key_count + (size_t) 1);

	for (uint32_t k = 0; k < key_count; k++)
	{
		columns[k] = NAMI_NEW_ARRAY(scratch, NamiValue, n);
		NAMI_TRY(nami_snapshot_node_property(index->call->ctx->snapshot, keys[k], ords, n, scratch,
											 columns[k], err));
	}
	for (uint32_t i = 0; i < n; i++)
	{
		NamiTokens	words = {0};
		bool		is_document = false;

		for (uint32_t k = 0; k < key_count; k++)
		{
			if (columns[k][i].kind != NAMI_STRING)
				continue;
			is_document = true;
			nami_analyze(scratch, nami_value_str(columns[k][i]), &words);
		}
		if (is_document)
			add_document(index, ords[i], &words);
		if (i % 64 == 0)
			NAMI_TRY(nami_procedure_check(index->call, err));
	}
	return NAMI_OK;
}

static NamiStatus
scan(TextIndex *index, NamiArena *scratch, NamiError *err)
{
	NamiOrd    *ords = NAMI_NEW_ARRAY(index->arena, NamiOrd, SCAN_ROWS);
	NamiKeyId  *keys = NAMI_NEW_ARRAY(index->arena, NamiKeyId,
									  index->search->property_count + (size_t) 1);
	uint32_t	key_count = property_keys(index, keys);
	NamiNodeScan nodes;
	bool		is_range;
	uint32_t	n;

	nami_node_scan_init(&nodes, index->call->ctx->snapshot, &index->search->label, 1,
						index->arena);
	while ((n = nami_node_scan_next(&nodes, ords, SCAN_ROWS, &is_range)) > 0)
	{
		nami_arena_reset(scratch);
		NAMI_TRY(add_batch(index, ords, n, keys, key_count, scratch, err));
	}
	return NAMI_OK;
}

/* ---- scores -------------------------------------------------------------------------------- */

static int
compare_terms(const void *ctx, uint32_t a, uint32_t b)
{
	const TextIndex *index = ctx;

	return nami_str_cmp(index->terms.items[a].text, index->terms.items[b].text);
}

/* A prefix stands for the first terms of the documents that start with it. */
static void
expand_prefixes(TextIndex *index, const uint32_t *order)
{
	for (size_t p = 0; p < index->prefixes.count; p++)
	{
		uint32_t	taken = 0;

		for (size_t i = 0; i < index->terms.count && taken < PREFIX_TERMS_MAX; i++)
		{
			Term	   *term = &index->terms.items[order[i]];

			if (term->documents == 0 || !nami_str_starts_with(term->text,
															  index->prefixes.items[p]))
				continue;
			term->is_scored = true;
			taken++;
		}
	}
}

static int
compare_postings(const void *a, const void *b)
{
	uint32_t	x = ((const Posting *) a)->term;
	uint32_t	y = ((const Posting *) b)->term;

	return x < y ? -1 : x > y;
}

/* The sum over the terms in ascending order; places: rank of a term in that order. */
static double
score_document(TextIndex *index, const Document *document, const uint32_t *order, double average)
{
	Posting    *postings = index->postings.items + document->first_posting;
	double		norm = 1.0 - B + B * (document->length / average);
	double		score = 0;

	qsort(postings, document->posting_count, sizeof(*postings), compare_postings);
	for (uint32_t i = 0; i < document->posting_count; i++)
	{
		const Term *term = &index->terms.items[order[postings[i].term]];
		double		tf = postings[i].count;

		if (term->is_scored)
			score += term->idf * (tf * (K1 + 1.0)) / (tf + K1 * norm);
	}
	return score;
}

static NamiStatus
score_all(TextIndex *index, NamiHits *hits, NamiError *err)
{
	size_t		count = index->terms.count;
	uint32_t   *order = NAMI_NEW_ARRAY(index->arena, uint32_t, count + 1);
	uint32_t   *places = NAMI_NEW_ARRAY(index->arena, uint32_t, count + 1);
	double		average = index->document_count > 0 ?
		(double) index->word_count / (double) index->document_count : 1.0;

	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t) i;
	NAMI_TRY(nami_procedure_sort(index->call, order, count, compare_terms, index, err));
	expand_prefixes(index, order);
	for (size_t i = 0; i < count; i++)
	{
		Term	   *term = &index->terms.items[order[i]];

		places[order[i]] = (uint32_t) i;
		term->idf = log(1.0 + ((double) index->document_count - (double) term->documents + 0.5) /
						((double) term->documents + 0.5));
	}
	for (size_t i = 0; i < index->postings.count; i++)
		index->postings.items[i].term = places[index->postings.items[i].term];
	for (size_t i = 0; i < index->documents.count; i++)
	{
		const Document *document = &index->documents.items[i];
		double		score = score_document(index, document, order, average > 1.0 ? average : 1.0);
		NamiOrd		ord = document->ord;
		uint32_t	n = score > 0;

		if (i % SCAN_ROWS == 0)
			NAMI_TRY(nami_procedure_check(index->call, err));
		NAMI_TRY(nami_search_filter_apply(index->search->filter, index->call, &ord, &n,
										  index->arena, err));
		if (n > 0)
			NAMI_TRY(nami_hits_add(hits, ord, score, err));
	}
	return nami_hits_finish(hits, err);
}

NamiStatus
nami_search_text(const NamiTextSearch *search, NamiHits *hits, NamiError *err)
{
	TextIndex	index = {.search = search, .call = hits->call, .arena = hits->call->arena};
	NamiArena  *scratch;
	NamiStatus	status;

	nami_strmap_init(&index.by_text, index.arena);
	parse_query(&index);
	if (search->label == NAMI_NAME_UNKNOWN || hits->limit == 0 ||
		(index.terms.count == 0 && index.prefixes.count == 0))
		return NAMI_OK;
	scratch = nami_arena_create(nami_arena_allocator(index.arena), nami_arena_account(index.arena));
	status = scan(&index, scratch, err);
	nami_arena_destroy(scratch);
	NAMI_TRY(status);
	return score_all(&index, hits, err);
}
