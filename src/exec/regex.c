/*
 * regex.c - "=~" by PCRE2 (spec/cypher.md 3.4).
 *
 * The dialect is that of RE2 and Rust: what needs more than linear matching by its nature (back
 * references, look-around, recursion, conditions) is refused before PCRE2 sees it, by allowing only
 * the known group openers and escapes. Matching is bounded by PCRE2's match, depth and heap limits.
 *
 * Compiled patterns are resources: they live in a cache made by malloc that the owner releases.
 * Nothing here allocates from an arena while it holds something.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "exec/eval_internal.h"

#include <pcre2.h>
#include <stdlib.h>

#define CACHE_ENTRIES	32
#define PATTERN_MAX		((size_t) 32 * 1024)

#define FIRST_LIMIT		200000	/* steps without asking whether to go on: some 20 ms */
#define MATCH_LIMIT		5000000
#define DEPTH_LIMIT		100000
#define HEAP_LIMIT_KIB	(20 * 1024)

typedef struct CacheEntry
{
	char	   *pattern;		/* malloc; NULL: free entry */
	size_t		len;
	pcre2_code *code;
	pcre2_code *asking;			/* the same with a callout before each item; NULL: not needed yet */
	uint64_t	used;			/* clock of last use */
} CacheEntry;

typedef struct RegexCache
{
	NamiResource resource;
	CacheEntry	entries[CACHE_ENTRIES];
	pcre2_match_context *match_context;
	pcre2_match_data *match_data;	/* one pair: only whether it matches is asked */
	uint64_t	clock;
	const NamiHost *host;		/* asked by callouts; may be NULL */
	uint32_t	ticks;
} RegexCache;

static void
clear_entry(CacheEntry *entry)
{
	pcre2_code_free(entry->code);
	pcre2_code_free(entry->asking);
	free(entry->pattern);
	*entry = (CacheEntry) {0};
}

static void
free_cache(NamiResource *resource)
{
	RegexCache *cache = (RegexCache *) resource;

	for (int i = 0; i < CACHE_ENTRIES; i++)
		clear_entry(&cache->entries[i]);
	pcre2_match_context_free(cache->match_context);
	pcre2_match_data_free(cache->match_data);
	free(cache);
}

/* Negative: the match fails with this code. */
static int
callout(pcre2_callout_block *block, void *data)
{
	RegexCache *cache = data;
	NamiError	err = NAMI_ERROR_INIT;

	return nami_tick(cache->host, &cache->ticks, &err) == NAMI_OK ? 0 : PCRE2_ERROR_CALLOUT;
}

/* NULL when memory is short. */
static RegexCache *
make_cache(const NamiHost *host)
{
	RegexCache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->match_context = pcre2_match_context_create(NULL);
	cache->match_data = pcre2_match_data_create(1, NULL);
	if (cache->match_context == NULL || cache->match_data == NULL)
	{
		free_cache(&cache->resource);
		return NULL;
	}
	cache->host = host;
	pcre2_set_callout(cache->match_context, callout, cache);
	pcre2_set_depth_limit(cache->match_context, DEPTH_LIMIT);
	pcre2_set_heap_limit(cache->match_context, HEAP_LIMIT_KIB);
	return cache;
}

/* ---- what is refused ---- */

static bool
is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/*
 * Length of the group opener behind "(" when it is allowed: nothing, "?:", "?P<name>", "?<name>",
 * "?flags)" or "?flags:". -1 when not.
 */
static int
allowed_opener(NamiStr rest)
{
	size_t		i = 1;

	if (rest.len == 0 || (rest.ptr[0] != '?' && rest.ptr[0] != '*'))
		return 0;
	if (rest.ptr[0] == '*' || rest.len < 3)
		return -1;
	if (rest.ptr[1] == ':')
		return 2;
	if (rest.ptr[1] == 'P')
		i = 2;
	if (rest.ptr[i] == '<')
		return i + 1 < rest.len && !is_in(rest.ptr[i + 1], "=!") ? (int) i + 1 : -1;
	if (rest.ptr[1] == 'P')
		return -1;
	while (i < rest.len && is_in(rest.ptr[i], "imsxU-"))
		i++;
	return i > 1 && i < rest.len && is_in(rest.ptr[i], "):") ? (int) i : -1;
}

/* The construct that makes the pattern unacceptable, or NULL. */
static const char *
refused_construct(NamiStr pattern)
{
	bool		in_class = false;
	size_t		class_start = 0;

	for (size_t i = 0; i < pattern.len; i++)
	{
		char		c = pattern.ptr[i];

		if (c == '\\')
		{
			char		next;

			if (++i == pattern.len)
				break;
			next = pattern.ptr[i];
			if (next == 'Q')
			{
				/* Literal text up to \E. */
				const char *end = memmem(pattern.ptr + i, pattern.len - i, "\\E", 2);

				if (end == NULL)
					return NULL;
				i = (size_t) (end - pattern.ptr) + 1;
			}
			else if (!in_class && (is_in(next, "123456789")))
				return "back references";
			else if (is_in(next, "kgCKXRG"))
				return "this escape sequence";
		}
		else if (in_class)
		{
			/* "]" that comes first is a member of the class. */
			if (c == ']' && i > class_start)
				in_class = false;
		}
		else if (c == '[')
		{
			in_class = true;
			class_start = i + 1;
			if (class_start < pattern.len && pattern.ptr[class_start] == '^')
				class_start++;
			i = class_start - 1;
		}
		else if (c == '(' &&
				 allowed_opener((NamiStr) {pattern.ptr + i + 1, pattern.len - i - 1}) < 0)
			return "look-around and other extended groups";
	}
	return NULL;
}

/* ---- compiling ---- */

static NamiStatus
out_of_memory(NamiError *err)
{
	return nami_fail(err, NAMI_ERR_MEMORY_LIMIT, "out of memory for a regular expression");
}

static NamiStatus
compile(const NamiExpr *expr, NamiStr pattern, uint32_t more_options, pcre2_code **out,
		NamiError *err)
{
	uint32_t	options = more_options | PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ENDANCHORED |
		PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE;
	pcre2_compile_context *context;
	const char *refused = refused_construct(pattern);
	int			code;
	PCRE2_SIZE	offset;

	if (pattern.len > PATTERN_MAX)
		return nami_fail_at(err, NAMI_ERR_LIMIT, "", expr->position,
							"regular expression is longer than %zu bytes", PATTERN_MAX);
	if (refused != NULL)
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidRegularExpression",
							expr->position, "%s are not allowed in a regular expression", refused);
	context = pcre2_compile_context_create(NULL);
	if (context == NULL)
		return out_of_memory(err);
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(context, 250);
	*out = pcre2_compile((PCRE2_SPTR) (pattern.len > 0 ? pattern.ptr : ""), pattern.len, options,
						 &code, &offset, context);
	pcre2_compile_context_free(context);
	if (*out == NULL)
	{
		PCRE2_UCHAR message[160];

		pcre2_get_error_message(code, message, sizeof(message));
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "ArgumentError: InvalidRegularExpression",
							expr->position, "invalid regular expression at byte %zu: %s",
							(size_t) offset, (const char *) message);
	}
	return NAMI_OK;
}

static NamiStatus
cached_code(RegexCache *cache, const NamiExpr *expr, NamiStr pattern, CacheEntry **out,
			NamiError *err)
{
	CacheEntry *victim = &cache->entries[0];
	char	   *copy;
	pcre2_code *code;

	cache->clock++;
	for (int i = 0; i < CACHE_ENTRIES; i++)
	{
		CacheEntry *entry = &cache->entries[i];

		if (entry->pattern != NULL &&
			nami_str_eq((NamiStr) {entry->pattern, entry->len}, pattern))
		{
			entry->used = cache->clock;
			*out = entry;
			return NAMI_OK;
		}
		if (entry->used < victim->used)
			victim = entry;
	}
	NAMI_TRY(compile(expr, pattern, 0, &code, err));
	copy = malloc(pattern.len + 1);
	if (copy == NULL)
	{
		pcre2_code_free(code);
		return out_of_memory(err);
	}
	if (pattern.len > 0)
		memcpy(copy, pattern.ptr, pattern.len);
	clear_entry(victim);
	*victim = (CacheEntry) {copy, pattern.len, code, NULL, cache->clock};
	*out = victim;
	return NAMI_OK;
}

static int
run(RegexCache *cache, const pcre2_code *code, NamiStr text, uint32_t limit)
{
	pcre2_set_match_limit(cache->match_context, limit);
	return pcre2_match(code, (PCRE2_SPTR) (text.len > 0 ? text.ptr : ""), text.len, 0, 0,
					   cache->match_data, cache->match_context);
}

/*
 * Most matches need few steps. One that needs many is begun again in a slower way that can be
 * cancelled.
 */
static NamiStatus
match(RegexCache *cache, const NamiExpr *expr, NamiStr pattern, NamiStr text, bool *matches,
	  NamiError *err)
{
	CacheEntry *entry = NULL;
	int			result;

	NAMI_TRY(cached_code(cache, expr, pattern, &entry, err));
	result = run(cache, entry->code, text, FIRST_LIMIT);
	if (result == PCRE2_ERROR_MATCHLIMIT)
	{
		if (entry->asking == NULL)
			NAMI_TRY(compile(expr, pattern, PCRE2_AUTO_CALLOUT, &entry->asking, err));
		result = run(cache, entry->asking, text, MATCH_LIMIT);
	}
	if (result == PCRE2_ERROR_CALLOUT)
		return nami_fail(err, NAMI_ERR_CANCELLED, "query was cancelled");
	*matches = result >= 0;
	if (result >= 0 || result == PCRE2_ERROR_NOMATCH)
		return NAMI_OK;
	if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
		result == PCRE2_ERROR_HEAPLIMIT)
		return nami_fail_at(err, NAMI_ERR_LIMIT, "", expr->position,
							"regular expression needs too many steps");
	if (result == PCRE2_ERROR_NOMEMORY)
		return out_of_memory(err);
	return nami_fail_at(err, NAMI_ERR_ARGUMENT, "", expr->position,
						"text cannot be matched by a regular expression (code %d)", result);
}

NamiStatus
nami_regex_match(NamiEvalContext *ctx, const NamiExpr *expr, NamiStr pattern, NamiStr text,
				 bool *matches, NamiError *err)
{
	RegexCache *cache = ctx->regex_cache;
	NamiStatus	status;

	if (cache != NULL)
		return match(cache, expr, pattern, text, matches, err);
	cache = make_cache(ctx->host);
	if (cache == NULL)
		return out_of_memory(err);
	if (ctx->owner != NULL)
	{
		nami_owner_add(ctx->owner, &cache->resource, free_cache);
		ctx->regex_cache = cache;
		return match(cache, expr, pattern, text, matches, err);
	}
	status = match(cache, expr, pattern, text, matches, err);
	free_cache(&cache->resource);
	return status;
}
