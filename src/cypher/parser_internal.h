/*
 * parser_internal.h - what the files of the parser share. Private to src/cypher.
 *
 * Every parse function starts at the current token and leaves the parser behind what it took. Which
 * form is meant is decided by looking ahead, never by trying and going back, so the time is linear.
 *
 * Depth has two sides. depth counts the recursion of the parser itself (nami_cyp_enter). height is
 * that of the tree built since it was last set to 0: a postfix chain a[0][0]... builds a high tree
 * without recursion, and walkers of the tree recurse over it.
 */
#ifndef NAMI_CYPHER_PARSER_INTERNAL_H
#define NAMI_CYPHER_PARSER_INTERNAL_H

#include "base/vec.h"
#include "cypher/lexer.h"
#include "cypher/parser.h"

#define NAMI_CY_INVALID_COMPOSITION		"SyntaxError: InvalidClauseComposition"
#define NAMI_CY_INVALID_RELATIONSHIP	"SyntaxError: InvalidRelationshipPattern"

typedef NAMI_VEC(NamiCyExpr *) NamiCyExprVec;
typedef NAMI_VEC(NamiCyName) NamiCyNameVec;
typedef NAMI_VEC(NamiCyClause *) NamiCyClauseVec;

typedef struct NamiCyParser
{
	NamiArena  *arena;
	NamiStr		text;
	NamiCyTokens tokens;
	uint32_t	at;				/* current token */
	uint32_t	depth;
	uint32_t	height;
	bool		pattern_allowed;	/* a condition: (a)-->(b) may stand as a predicate */
	bool		bar_ends;		/* inside [x IN ... | ...]: '|' does not continue a label */
	bool		is_reading;		/* inside EXISTS, COUNT, COLLECT: no updating clauses */
	const NamiHost *host;		/* may be NULL */
	uint32_t	ticks;			/* for nami_tick() */
	NamiError  *err;
} NamiCyParser;

/* ---- parser.c ---- */

/* The token n behind the current one; the last one when there are fewer. */
static inline const NamiCyToken *
nami_cyp_peek(const NamiCyParser *p, uint32_t n)
{
	uint32_t	last = p->tokens.count - 1;

	return &p->tokens.items[n > last - p->at ? last : p->at + n];
}

static inline bool
nami_cyp_is(const NamiCyParser *p, NamiCyTokenKind kind)
{
	return p->tokens.items[p->at].kind == kind;
}

static inline bool
nami_cyp_is_keyword(const NamiCyParser *p, NamiCyKeyword keyword)
{
	return p->tokens.items[p->at].keyword == keyword;
}

static inline bool
nami_cyp_peek_keyword(const NamiCyParser *p, uint32_t n, NamiCyKeyword keyword)
{
	return nami_cyp_peek(p, n)->keyword == keyword;
}

static inline bool
nami_cyp_peek_is(const NamiCyParser *p, uint32_t n, NamiCyTokenKind kind)
{
	return nami_cyp_peek(p, n)->kind == kind;
}

static inline uint32_t
nami_cyp_start(const NamiCyParser *p)
{
	return p->tokens.items[p->at].start;
}

/* Where the last token taken ends. */
static inline uint32_t
nami_cyp_end(const NamiCyParser *p)
{
	return p->at == 0 ? 0 : p->tokens.items[p->at - 1].end;
}

static inline NamiCySpan
nami_cyp_span(const NamiCyParser *p, uint32_t start)
{
	return (NamiCySpan) {start, nami_cyp_end(p)};
}

/* Takes the current token; the last one stays. */
static inline void
nami_cyp_next(NamiCyParser *p)
{
	if (p->at + 1 < p->tokens.count)
		p->at++;
}

static inline bool
nami_cyp_accept(NamiCyParser *p, NamiCyTokenKind kind)
{
	if (!nami_cyp_is(p, kind))
		return false;
	nami_cyp_next(p);
	return true;
}

static inline bool
nami_cyp_accept_keyword(NamiCyParser *p, NamiCyKeyword keyword)
{
	if (!nami_cyp_is_keyword(p, keyword))
		return false;
	nami_cyp_next(p);
	return true;
}

/* unexpected "TOKEN", expected WHAT; or the lexer's own error. Always NAMI_FAILED. */
extern NamiStatus nami_cyp_unexpected(NamiCyParser *p, const char *expected) NAMI_MUST_CHECK;

/* Takes that token or fails; what is how the message calls it. */
extern NamiStatus nami_cyp_expect(NamiCyParser *p, NamiCyTokenKind kind, const char *what)
			NAMI_MUST_CHECK;
extern NamiStatus nami_cyp_expect_keyword(NamiCyParser *p, NamiCyKeyword keyword, const char *what)
			NAMI_MUST_CHECK;

/* An identifier; every keyword will do. */
extern NamiStatus nami_cyp_name(NamiCyParser *p, NamiCyName *out, const char *what) NAMI_MUST_CHECK;

/* name { '.' name }: whole is the text with the parts joined by '.'. */
extern NamiStatus nami_cyp_dotted_name(NamiCyParser *p, NamiCyName *whole, NamiCyName **parts,
									   uint32_t *part_count, const char *what) NAMI_MUST_CHECK;

/* One more level of recursion; undone by p->depth--. */
extern NamiStatus nami_cyp_enter(NamiCyParser *p) NAMI_MUST_CHECK;

/* One more level of the tree, on top of everything since p->height was 0. */
extern NamiStatus nami_cyp_grow(NamiCyParser *p) NAMI_MUST_CHECK;

static inline void
nami_cyp_close_height(NamiCyParser *p, uint32_t saved)
{
	if (p->height < saved)
		p->height = saved;
}

extern NamiStatus nami_cyp_query(NamiCyParser *p, bool may_lack_return, NamiCyQuery **out)
			NAMI_MUST_CHECK;

/* ---- parser_clause.c ---- */

/* True when a clause begins here. */
extern bool nami_cyp_at_clause(const NamiCyParser *p);

extern NamiStatus nami_cyp_clause(NamiCyParser *p, NamiCyClause **out) NAMI_MUST_CHECK;

/* ---- parser_expr.c ---- */

/* An expression inside another one: what is allowed stays as it is. */
extern NamiStatus nami_cyp_expr(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;

/* The value of a clause, an argument: no pattern predicates. */
extern NamiStatus nami_cyp_value(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;

/* WHERE: pattern predicates allowed. */
extern NamiStatus nami_cyp_condition(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;

/* [ WHERE condition ]: *out is NULL without. */
extern NamiStatus nami_cyp_where(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;

/* expr { ',' expr }, each a value. */
extern NamiStatus nami_cyp_value_list(NamiCyParser *p, NamiCyExprVec *out) NAMI_MUST_CHECK;

/* Atom and postfix steps; with_labels: also a label predicate at the end. */
extern NamiStatus nami_cyp_postfix(NamiCyParser *p, bool with_labels, NamiCyExpr **out)
			NAMI_MUST_CHECK;

extern NamiCyExpr *nami_cyp_node(NamiCyParser *p, NamiCyExprKind kind, uint32_t start);
extern NamiCyExpr *nami_cyp_node_args(NamiCyParser *p, NamiCyExprKind kind, uint32_t start,
									  NamiCyExpr *const *args, uint32_t arg_count);

/* ---- parser_atom.c, parser_bracket.c ---- */

extern NamiStatus nami_cyp_atom(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_cyp_map(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_cyp_parameter(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_cyp_bracket(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;
extern NamiStatus nami_cyp_quantifier(NamiCyParser *p, NamiCyOp op, NamiCyExpr **out)
			NAMI_MUST_CHECK;
extern NamiStatus nami_cyp_reduce(NamiCyParser *p, NamiCyExpr **out) NAMI_MUST_CHECK;

/* ---- parser_pattern.c ---- */

extern NamiStatus nami_cyp_pattern(NamiCyParser *p, NamiCyPattern *out) NAMI_MUST_CHECK;
extern NamiStatus nami_cyp_part(NamiCyParser *p, NamiCyPatternPart *out) NAMI_MUST_CHECK;

/* A path without variable and shortestPath: from '(' on. */
extern NamiStatus nami_cyp_element(NamiCyParser *p, NamiCyPatternPart *out) NAMI_MUST_CHECK;

/* shortestPath(...) or allShortestPaths(...); nami_cyp_at_shortest says that it stands here. */
extern bool nami_cyp_at_shortest(const NamiCyParser *p);
extern NamiStatus nami_cyp_shortest(NamiCyParser *p, NamiCyPatternPart *out) NAMI_MUST_CHECK;

/* True when a path with at least one relationship starts at the token n behind the current one. */
extern bool nami_cyp_at_path(const NamiCyParser *p, uint32_t n);

/* What follows ':'. */
extern NamiStatus nami_cyp_labels(NamiCyParser *p, NamiCyLabelExpr **out) NAMI_MUST_CHECK;

/* ---- parser_schema.c ---- */

extern bool nami_cyp_at_schema(const NamiCyParser *p);
extern NamiStatus nami_cyp_schema(NamiCyParser *p, NamiCySchemaCommand **out) NAMI_MUST_CHECK;

#endif							/* NAMI_CYPHER_PARSER_INTERNAL_H */
