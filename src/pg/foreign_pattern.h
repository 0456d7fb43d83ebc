/*
 * foreign_pattern.h - the tables of a statement as a graph pattern: which tables' rows are one node,
 * and what everything is called. For foreign_deparse alone.
 */
#ifndef NAMI_PG_FOREIGN_PATTERN_H
#define NAMI_PG_FOREIGN_PATTERN_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "pg/foreign_rel.h"

/* A place of the pattern: what stands between parentheses. */
typedef struct NamiVertex
{
	int			same_as;		/* another vertex that this one was found to be; -1: itself */
	char	   *name;
	bool		is_used;		/* the name is needed */
	bool		is_bound;		/* has been written already */
	List	   *labels;			/* char *, not written yet */
} NamiVertex;

/* A table of the statement. */
typedef struct NamiEntity
{
	Index		rti;
	const NamiForeignTable *table;
	char	   *name;			/* EDGES: of the relationship; NODES: that of the vertex */
	bool		is_used;
	bool		is_optional;	/* may be null: its ends are asked for, not the vertices */
	bool		is_written;
	int			step;
	int			src;			/* vertices; NODES: src alone */
	int			dst;
	double		rows;			/* estimate, for where to begin */
} NamiEntity;

typedef struct NamiPattern
{
	PlannerInfo *root;
	int			entity_count;
	NamiEntity *entities;
	NamiVertex *vertices;		/* two of each entity */
} NamiPattern;

extern NamiPattern *nami_pattern_create(PlannerInfo *root, const NamiForeignRel *rel);
extern NamiEntity *nami_pattern_entity(NamiPattern *pattern, Index rti);
extern NamiVertex *nami_pattern_vertex(NamiPattern *pattern, int vertex);

/*
 * If the condition says that two places of the pattern are one node, makes them so and returns true:
 * then it needs no text. *needed: a
 * relationship that must not be null besides, or NULL.
 */
extern bool nami_pattern_unify(NamiPattern *pattern, const NamiForeignStep *step, int step_number,
							   Expr *condition, NamiEntity **needed);

/*
 * The next path of tables of rels that have not been written: a chain of relationships, or one node.
 * types: names of relationship types that this MATCH has already; those may not occur again. False when
 * there is none.
 */
extern bool nami_pattern_write(NamiPattern *pattern, Relids rels, List **types, StringInfo out);

/* All tables of rels that occur in the expression have been written. */
extern bool nami_pattern_knows(NamiPattern *pattern, Expr *condition, Relids rels);

#endif							/* NAMI_PG_FOREIGN_PATTERN_H */
