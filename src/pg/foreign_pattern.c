/*
 * foreign_pattern.c - tables as a graph pattern, see foreign_pattern.h.
 */
#include "postgres.h"

#include "pg/foreign_pattern.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/pathnode.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "pg/foreign_literal.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* ---- names --------------------------------------------------------------------------------- */

static char *
to_server(const char *utf8)
{
	return pstrdup(pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8));
}

static bool
is_taken(const NamiPattern *pattern, int count, const char *name)
{
	for (int i = 0; i < count; i++)
	{
		const NamiEntity *entity = &pattern->entities[i];

		if (strcmp(entity->name, name) == 0)
			return true;
		if (entity->table->kind == NAMI_FOREIGN_EDGES &&
			(strcmp(pattern->vertices[2 * i].name, name) == 0 ||
			 strcmp(pattern->vertices[2 * i + 1].name, name) == 0))
			return true;
	}
	return false;
}

static char *
quoted(const char *name)
{
	StringInfoData out;

	initStringInfo(&out);
	nami_append_name(&out, name);
	return out.data;
}

/* The alias that the SQL query gives the table, made unique. */
static void
name_entity(NamiPattern *pattern, int i)
{
	NamiEntity *entity = &pattern->entities[i];
	const char *alias = rt_fetch(entity->rti, pattern->root->parse->rtable)->eref->aliasname;
	bool		is_edge = entity->table->kind == NAMI_FOREIGN_EDGES;

	for (int suffix = 1;; suffix++)
	{
		char	   *base = suffix == 1 ? pstrdup(alias) : psprintf("%s_%d", alias, suffix);
		char	   *src = quoted(psprintf("%s_src", base));
		char	   *dst = quoted(psprintf("%s_dst", base));

		entity->name = quoted(base);
		if (is_taken(pattern, i, entity->name) ||
			(is_edge && (is_taken(pattern, i, src) || is_taken(pattern, i, dst))))
			continue;
		pattern->vertices[2 * i].name = is_edge ? src : entity->name;
		pattern->vertices[2 * i + 1].name = dst;
		return;
	}
}

static void
init_entity(NamiPattern *pattern, int i, Index rti, int step, bool is_optional)
{
	NamiEntity *entity = &pattern->entities[i];
	RelOptInfo *base = find_base_rel(pattern->root, (int) rti);

	entity->rti = rti;
	entity->table = nami_foreign_rel(base)->table;
	entity->rows = base->rows;
	entity->step = step;
	entity->is_optional = is_optional;
	entity->src = 2 * i;
	entity->dst = entity->table->kind == NAMI_FOREIGN_EDGES ? 2 * i + 1 : 2 * i;
	pattern->vertices[2 * i].same_as = -1;
	pattern->vertices[2 * i + 1].same_as = -1;
	name_entity(pattern, i);
	if (entity->table->kind == NAMI_FOREIGN_NODES)
		pattern->vertices[2 * i].labels = list_make1(to_server(entity->table->label));
}

NamiPattern *
nami_pattern_create(PlannerInfo *root, const NamiForeignRel *rel)
{
	NamiPattern *pattern = palloc0(sizeof(NamiPattern));
	int			count = bms_num_members(rel->rels);
	int			step_number = 0;
	ListCell   *cell;

	pattern->root = root;
	pattern->entities = palloc0((count + 1) * sizeof(NamiEntity));
	pattern->vertices = palloc0((2 * count + 1) * sizeof(NamiVertex));
	foreach(cell, rel->steps)
	{
		NamiForeignStep *step = lfirst(cell);
		int			rti = -1;

		while ((rti = bms_next_member(step->rels, rti)) >= 0)
			init_entity(pattern, pattern->entity_count++, (Index) rti, step_number,
						step->kind == NAMI_STEP_OPTIONAL);
		step_number++;
	}
	return pattern;
}

NamiEntity *
nami_pattern_entity(NamiPattern *pattern, Index rti)
{
	for (int i = 0; i < pattern->entity_count; i++)
	{
		if (pattern->entities[i].rti == rti)
			return &pattern->entities[i];
	}
	return NULL;
}

static int
find_vertex(const NamiPattern *pattern, int vertex)
{
	while (pattern->vertices[vertex].same_as >= 0)
		vertex = pattern->vertices[vertex].same_as;
	return vertex;
}

NamiVertex *
nami_pattern_vertex(NamiPattern *pattern, int vertex)
{
	return &pattern->vertices[find_vertex(pattern, vertex)];
}

/* ---- one node ------------------------------------------------------------------------------ */

/* The vertex whose id the expression is, or -1. */
static int
vertex_of(NamiPattern *pattern, Node *node, NamiEntity **entity)
{
	Var		   *var = (Var *) node;

	if (!IsA(node, Var) || var->varlevelsup != 0 || var->varattno <= 0)
		return -1;
	*entity = nami_pattern_entity(pattern, var->varno);
	if (*entity == NULL)
		return -1;
	switch ((*entity)->table->columns[var->varattno - 1].role)
	{
		case NAMI_COLUMN_ID:
		case NAMI_COLUMN_SRC:
			return (*entity)->src;
		case NAMI_COLUMN_DST:
			return (*entity)->dst;
		default:
			return -1;
	}
}

/* A condition between tables of earlier steps is one like others. */
static bool
may_unify(const NamiForeignStep *step, int step_number, const NamiEntity *a, const NamiEntity *b)
{
	return step->kind != NAMI_STEP_FILTER && (a->step == step_number || b->step == step_number);
}

/* Does a table of nodes of the step stand for the vertex? */
static bool
has_new_node(const NamiPattern *pattern, int vertex, int step_number)
{
	for (int i = 0; i < pattern->entity_count; i++)
	{
		const NamiEntity *entity = &pattern->entities[i];

		if (entity->table->kind == NAMI_FOREIGN_NODES && entity->step == step_number &&
			find_vertex(pattern, entity->src) == vertex)
			return true;
	}
	return false;
}

/*
 * What an OPTIONAL MATCH finds may be null where the rows before it are not, so a table of nodes in
 * it keeps a name of its own.
 */
static bool
loses_a_null(const NamiPattern *pattern, const NamiForeignStep *step, int step_number, int a, int b)
{
	bool		a_is_new = pattern->entities[a / 2].step == step_number;
	bool		b_is_new = pattern->entities[b / 2].step == step_number;

	if (step->kind != NAMI_STEP_OPTIONAL || a_is_new == b_is_new)
		return false;
	return has_new_node(pattern, a_is_new ? a : b, step_number);
}

/* The vertex of a table of nodes gives the name; of an earlier step, because it is bound. */
static bool
is_better_name(const NamiEntity *a, const NamiEntity *b)
{
	if (a->step != b->step)
		return a->step < b->step;
	if (a->table->kind != b->table->kind)
		return a->table->kind == NAMI_FOREIGN_NODES;
	return a->rti < b->rti;
}

/*
 * An end of a relationship that an earlier OPTIONAL MATCH may not have found, at a node that is there
 * anyway: the node alone does not tell.
 */
static bool
hides_a_null(const NamiPattern *pattern, const NamiEntity *entity, int step_number, int vertex)
{
	return entity->is_optional && entity->step != step_number &&
		entity->table->kind == NAMI_FOREIGN_EDGES &&
		pattern->entities[vertex / 2].step < entity->step;
}

bool
nami_pattern_unify(NamiPattern *pattern, const NamiForeignStep *step, int step_number,
				   Expr *condition, NamiEntity **needed)
{
	OpExpr	   *op = (OpExpr *) condition;
	NamiEntity *a_entity;
	NamiEntity *b_entity;
	int			a;
	int			b;

	*needed = NULL;
	if (!IsA(op, OpExpr) || list_length(op->args) != 2 || get_opcode(op->opno) != F_UUID_EQ)
		return false;
	a = vertex_of(pattern, linitial(op->args), &a_entity);
	b = vertex_of(pattern, lsecond(op->args), &b_entity);
	if (a < 0 || b < 0 || !may_unify(step, step_number, a_entity, b_entity))
		return false;
	a = find_vertex(pattern, a);
	b = find_vertex(pattern, b);
	if (hides_a_null(pattern, a_entity, step_number, a))
		*needed = a_entity;
	else if (hides_a_null(pattern, b_entity, step_number, b))
		*needed = b_entity;
	if (a == b)
		return true;
	if (loses_a_null(pattern, step, step_number, a, b))
		return false;
	a_entity = &pattern->entities[a / 2];
	b_entity = &pattern->entities[b / 2];
	if (is_better_name(b_entity, a_entity))
	{
		int			swap = a;

		a = b;
		b = swap;
	}
	pattern->vertices[b].same_as = a;
	pattern->vertices[a].labels = list_concat(pattern->vertices[a].labels,
											  pattern->vertices[b].labels);
	/* The name stands where the two patterns meet. */
	pattern->vertices[a].is_used = true;
	return true;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void
write_vertex(NamiPattern *pattern, int number, StringInfo out)
{
	NamiVertex *vertex = nami_pattern_vertex(pattern, number);
	ListCell   *cell;

	appendStringInfoChar(out, '(');
	if (vertex->is_used)
		appendStringInfoString(out, vertex->name);
	foreach(cell, vertex->labels)
	{
		appendStringInfoChar(out, ':');
		nami_append_name(out, lfirst(cell));
	}
	vertex->labels = NIL;
	vertex->is_bound = true;
	appendStringInfoChar(out, ')');
}

static void
write_edge(NamiEntity *edge, bool forward, StringInfo out)
{
	appendStringInfoString(out, forward ? "-[" : "<-[");
	if (edge->is_used)
		appendStringInfoString(out, edge->name);
	appendStringInfoChar(out, ':');
	nami_append_name(out, to_server(edge->table->label));
	appendStringInfoString(out, forward ? "]->" : "]-");
	edge->is_written = true;
}

static bool
has_type(List *types, const char *type)
{
	ListCell   *cell;

	foreach(cell, types)
	{
		if (strcmp(lfirst(cell), type) == 0)
			return true;
	}
	return false;
}

/* Nodes that few rows have are where to begin. */
static double
vertex_rows(NamiPattern *pattern, int vertex, Relids rels)
{
	double		rows = 1e300;

	vertex = find_vertex(pattern, vertex);
	if (pattern->vertices[vertex].is_bound)
		return 0;
	for (int i = 0; i < pattern->entity_count; i++)
	{
		NamiEntity *entity = &pattern->entities[i];

		if (entity->table->kind == NAMI_FOREIGN_NODES &&
			find_vertex(pattern, entity->src) == vertex && bms_is_member((int) entity->rti, rels) &&
			entity->rows < rows)
			rows = entity->rows;
	}
	return rows;
}

/*
 * An unwritten relationship of rels that may stand in this MATCH and touches the vertex (-1: any, the
 * one with the fewest rows at an end).
 */
static NamiEntity *
next_edge(NamiPattern *pattern, Relids rels, List *types, int vertex)
{
	NamiEntity *best = NULL;
	double		best_rows = 0;

	for (int i = 0; i < pattern->entity_count; i++)
	{
		NamiEntity *edge = &pattern->entities[i];
		int			src = find_vertex(pattern, edge->src);
		int			dst = find_vertex(pattern, edge->dst);
		double		rows;

		if (edge->table->kind != NAMI_FOREIGN_EDGES || edge->is_written ||
			!bms_is_member((int) edge->rti, rels) || has_type(types, edge->table->label) ||
			(vertex >= 0 && src != vertex && dst != vertex))
			continue;
		rows = Min(vertex_rows(pattern, edge->src, rels), vertex_rows(pattern, edge->dst, rels));
		if (best == NULL || rows < best_rows)
		{
			best = edge;
			best_rows = rows;
		}
	}
	return best;
}

static bool
write_node(NamiPattern *pattern, Relids rels, StringInfo out)
{
	for (int i = 0; i < pattern->entity_count; i++)
	{
		NamiEntity *node = &pattern->entities[i];
		NamiVertex *vertex = nami_pattern_vertex(pattern, node->src);

		if (node->table->kind == NAMI_FOREIGN_NODES && bms_is_member((int) node->rti, rels) &&
			(!vertex->is_bound || vertex->labels != NIL))
		{
			write_vertex(pattern, node->src, out);
			return true;
		}
	}
	return false;
}

bool
nami_pattern_write(NamiPattern *pattern, Relids rels, List **types, StringInfo out)
{
	NamiEntity *edge = next_edge(pattern, rels, *types, -1);
	int			end;

	if (edge == NULL)
	{
		/* Nodes that hang on relationships come with these, in this MATCH or the next. */
		if (next_edge(pattern, rels, NIL, -1) != NULL)
			return false;
		return write_node(pattern, rels, out);
	}
	end = find_vertex(pattern, edge->src);
	write_vertex(pattern, end, out);
	while (edge != NULL)
	{
		bool		forward = find_vertex(pattern, edge->src) == end;

		end = find_vertex(pattern, forward ? edge->dst : edge->src);
		write_edge(edge, forward, out);
		write_vertex(pattern, end, out);
		*types = lappend(*types, (void *) edge->table->label);
		edge = next_edge(pattern, rels, *types, end);
	}
	return true;
}

bool
nami_pattern_knows(NamiPattern *pattern, Expr *condition, Relids rels)
{
	Relids		used = bms_intersect(pull_varnos(pattern->root, (Node *) condition), rels);
	int			rti = -1;

	while ((rti = bms_next_member(used, rti)) >= 0)
	{
		NamiEntity *entity = nami_pattern_entity(pattern, (Index) rti);
		NamiVertex *vertex = nami_pattern_vertex(pattern, entity->src);

		if (entity->table->kind == NAMI_FOREIGN_EDGES ? !entity->is_written :
			!vertex->is_bound || vertex->labels != NIL)
			return false;
	}
	return true;
}
