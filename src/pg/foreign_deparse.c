/*
 * foreign_deparse.c - relations of foreign tables as Cypher statements, see foreign_deparse.h.
 *
 * The text is made twice: the first time tells which names it needs.
 */
#include "postgres.h"

#include "pg/foreign_deparse.h"

#include "access/sysattr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "pg/foreign_kinds.h"
#include "pg/foreign_literal.h"
#include "pg/foreign_pattern.h"
#include "utils/rel.h"

typedef struct Deparse
{
	PlannerInfo *root;
	RelOptInfo *rel;			/* scan or join */
	NamiForeignRel *foreign;
	NamiPattern *pattern;		/* NULL while only planning */
	NamiExprContext ctx;
	StringInfoData text;
	bool		takes_where;	/* the last clause may get (more) conditions */
	bool		has_where;		/* ... and has some already */
	int			match_count;	/* MATCHes that the last step was written as */
} Deparse;

static char *
to_server(const char *utf8)
{
	return pstrdup(pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8));
}

/* ---- columns ------------------------------------------------------------------------------- */

static const char *
vertex_name(Deparse *d, int vertex)
{
	NamiVertex *v;

	if (d->pattern == NULL)
		return "n";
	v = nami_pattern_vertex(d->pattern, vertex);
	v->is_used = true;
	return v->name;
}

static const char *
entity_name(Deparse *d, NamiEntity *entity)
{
	if (d->pattern == NULL)
		return "n";
	if (entity->table->kind == NAMI_FOREIGN_NODES)
		return vertex_name(d, entity->src);
	entity->is_used = true;
	return entity->name;
}

static const char *
end_text(Deparse *d, NamiEntity *entity, bool is_src)
{
	if (d->pattern == NULL)
		return "n._id";
	if (entity->is_optional)
		return psprintf("%s(%s)._id", is_src ? "startNode" : "endNode", entity_name(d, entity));
	return psprintf("%s._id", vertex_name(d, is_src ? entity->src : entity->dst));
}

typedef struct KnownKinds
{
	const char *key;
	NamiKinds	kinds;
} KnownKinds;

/* Asked once for each property and planned statement. */
static const NamiKinds *
kinds_of(Deparse *d, Index rti, const char *key)
{
	NamiForeignRel *base = nami_foreign_rel(find_base_rel(d->root, (int) rti));
	MemoryContext old;
	KnownKinds *known;
	ListCell   *cell;

	foreach(cell, base->known_kinds)
	{
		known = lfirst(cell);
		if (strcmp(known->key, key) == 0)
			return &known->kinds;
	}
	/* The genetic optimizer has contexts of its own, shorter than the tables' life. */
	old = MemoryContextSwitchTo(d->root->planner_cxt);
	known = palloc(sizeof(KnownKinds));
	known->key = pstrdup(key);
	if (nami_foreign_kinds(base->table, base->user, key, &known->kinds))
		base->known_kinds = lappend(base->known_kinds, known);
	else
		known = NULL;
	MemoryContextSwitchTo(old);
	return known != NULL ? &known->kinds : NULL;
}

static bool
describe_property(Deparse *d, NamiEntity *entity, const char *key, NamiExprColumn *out)
{
	StringInfoData text;
	const NamiKinds *kinds;

	if (strcmp(key, "_id") == 0 || key[0] == '\0')
		return false;
	kinds = kinds_of(d, entity->rti, key);
	if (kinds == NULL)
		return false;
	initStringInfo(&text);
	appendStringInfo(&text, "%s.", out->entity);
	nami_append_name(&text, to_server(key));
	out->text = text.data;
	out->kinds_known = true;
	out->kinds = kinds->kinds;
	out->traits = kinds->traits;
	out->source = nami_foreign_kinds_source(entity->table, key);
	return true;
}

static bool
describe_column(NamiExprContext *ctx, const Var *var, const char *key, NamiExprColumn *out)
{
	Deparse    *d = ctx->arg;
	NamiEntity	planning = {0};
	NamiEntity *entity = &planning;
	const NamiForeignColumn *column;

	if (d->pattern != NULL)
		entity = nami_pattern_entity(d->pattern, var->varno);
	else
	{
		planning.rti = var->varno;
		planning.table = nami_foreign_rel(find_base_rel(ctx->root, var->varno))->table;
	}
	if (entity == NULL || entity->table->kind == NAMI_FOREIGN_QUERY)
		return false;
	column = &entity->table->columns[var->varattno - 1];
	out->role = column->role;
	out->entity = entity_name(d, entity);
	switch (column->role)
	{
		case NAMI_COLUMN_ID:
			out->text = psprintf("%s._id", out->entity);
			return true;
		case NAMI_COLUMN_SRC:
		case NAMI_COLUMN_DST:
			out->text = end_text(d, entity, column->role == NAMI_COLUMN_SRC);
			return true;
		case NAMI_COLUMN_LABELS:
			return true;
		case NAMI_COLUMN_PROPERTY:
			return describe_property(d, entity, column->property, out);
		case NAMI_COLUMN_REST:
			{
				char	   *utf8;

				if (key == NULL)
					return true;
				utf8 = pg_server_to_any(key, (int) strlen(key), PG_UTF8);
				return nami_foreign_table_property(entity->table, utf8, strlen(utf8)) == NULL &&
					describe_property(d, entity, utf8, out);
			}
		default:
			return false;
	}
}

static void
init_context(Deparse *d, Relids rels)
{
	memset(&d->ctx, 0, sizeof(NamiExprContext));
	d->ctx.root = d->root;
	d->ctx.relids = rels;
	d->ctx.column = describe_column;
	d->ctx.arg = d;
}

void
nami_foreign_context(NamiExprContext *ctx, PlannerInfo *root, Relids rels)
{
	Deparse    *d = palloc0(sizeof(Deparse));

	d->root = root;
	d->foreign = nami_foreign_rel(find_base_rel(root, bms_next_member(rels, -1)));
	init_context(d, rels);
	*ctx = d->ctx;
}

/* ---- steps --------------------------------------------------------------------------------- */

static const char *
condition_text(Deparse *d, Expr *condition)
{
	char	   *text = nami_expr_condition(&d->ctx, condition);

	if (text == NULL)
		elog(ERROR, "a condition on foreign tables is no longer exact");
	return text;
}

static void
append_clause(Deparse *d, const char *clause)
{
	if (d->text.len > 0 && d->text.data[d->text.len - 1] != ' ')
		appendStringInfoChar(&d->text, ' ');
	appendStringInfoString(&d->text, clause);
}

static void
append_condition(Deparse *d, const char *text)
{
	appendStringInfo(&d->text, "%s%s", d->has_where ? " AND " : " WHERE ", text);
	d->has_where = true;
}

/* Those of the conditions whose tables are known; they are taken from the list. */
static void
append_conditions(Deparse *d, List **conditions)
{
	List	   *left = NIL;
	ListCell   *cell;

	foreach(cell, *conditions)
	{
		if (nami_pattern_knows(d->pattern, lfirst(cell), d->foreign->rels))
			append_condition(d, condition_text(d, lfirst(cell)));
		else
			left = lappend(left, lfirst(cell));
	}
	*conditions = left;
}

/* The conditions that are no part of the pattern itself; needed: relationships that must be there. */
static List *
unify_step(Deparse *d, const NamiForeignStep *step, int step_number, List *conditions,
		   List **needed)
{
	List	   *left = NIL;
	ListCell   *cell;

	foreach(cell, conditions)
	{
		NamiEntity *entity;

		if (!nami_pattern_unify(d->pattern, step, step_number, lfirst(cell), &entity))
			left = lappend(left, lfirst(cell));
		else if (entity != NULL)
			*needed = list_append_unique_ptr(*needed, entity);
	}
	return left;
}

/*
 * One MATCH or more: two relationships of one type, which may be one and the same for SQL, must not
 * stand in one MATCH.
 */
static void
append_matches(Deparse *d, const NamiForeignStep *step, int step_number, List *conditions)
{
	const char *clause = step->kind == NAMI_STEP_OPTIONAL ? "OPTIONAL MATCH " : "MATCH ";
	List	   *needed = NIL;
	List	   *left = unify_step(d, step, step_number, conditions, &needed);
	ListCell   *cell;
	List	   *types = NIL;
	bool		is_first = true;
	StringInfoData path;

	d->match_count = 0;
	for (;;)
	{
		initStringInfo(&path);
		if (nami_pattern_write(d->pattern, step->rels, &types, &path))
		{
			if (is_first)
			{
				append_clause(d, clause);
				d->has_where = false;
				d->match_count++;
			}
			else
				appendStringInfoString(&d->text, ", ");
			appendStringInfoString(&d->text, path.data);
			is_first = false;
			continue;
		}
		if (is_first)
			break;
		foreach(cell, needed)
			append_condition(d, psprintf("%s IS NOT NULL", entity_name(d, lfirst(cell))));
		needed = NIL;
		append_conditions(d, &left);
		types = NIL;
		is_first = true;
	}
	if (left != NIL)
		elog(ERROR, "a condition on foreign tables has no place");
}

static void
append_exists(Deparse *d, const NamiForeignStep *step, int step_number)
{
	append_condition(d, step->kind == NAMI_STEP_EXISTS ? "EXISTS { " : "NOT EXISTS { ");
	append_matches(d, step, step_number, step->conditions);
	appendStringInfoString(&d->text, d->match_count > 1 ? " RETURN 1 }" : " }");
	d->has_where = true;
}

/* extra: of a parameterised path, for the first step. */
static void
append_steps(Deparse *d, List *extra)
{
	int			number = 0;
	ListCell   *cell;

	foreach(cell, d->foreign->steps)
	{
		NamiForeignStep *step = lfirst(cell);
		List	   *conditions = list_concat_copy(step->conditions, number == 0 ? extra : NIL);

		if (step->kind == NAMI_STEP_MATCH || step->kind == NAMI_STEP_OPTIONAL)
		{
			append_matches(d, step, number, conditions);
			/* The conditions of an OPTIONAL MATCH choose what it finds, not the rows. */
			d->takes_where = step->kind == NAMI_STEP_MATCH;
		}
		else
		{
			if (!d->takes_where)
			{
				append_clause(d, "WITH *");
				d->has_where = false;
			}
			d->takes_where = true;
			if (step->kind == NAMI_STEP_FILTER)
				append_conditions(d, &conditions);
			else
				append_exists(d, step, number);
		}
		number++;
	}
}

/* ---- what is returned ---------------------------------------------------------------------- */

/* The place of a name among the result's columns. */
static int
returned(List **names, const char *name)
{
	int			i = 0;
	ListCell   *cell;

	foreach(cell, *names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return i;
		i++;
	}
	*names = lappend(*names, pstrdup(name));
	return i;
}

static void
add_output(NamiForeignStatement *out, AttrNumber attnum, int item, NamiColumnRole role, Oid table,
		   AttrNumber column)
{
	NamiForeignOutput *output = palloc(sizeof(NamiForeignOutput));

	*output = (NamiForeignOutput) {attnum, item, role, table, column};
	out->outputs = lappend(out->outputs, output);
}

static const char *
end_item(Deparse *d, NamiEntity *entity, bool is_src)
{
	if (entity->is_optional)
		return psprintf("%s(%s)", is_src ? "startNode" : "endNode", entity_name(d, entity));
	return vertex_name(d, is_src ? entity->src : entity->dst);
}

static const char *
column_item(Deparse *d, NamiEntity *entity, const NamiForeignColumn *column)
{
	StringInfoData text;

	switch (column->role)
	{
		case NAMI_COLUMN_ID:
			return entity_name(d, entity);
		case NAMI_COLUMN_SRC:
		case NAMI_COLUMN_DST:
			return end_item(d, entity, column->role == NAMI_COLUMN_SRC);
		case NAMI_COLUMN_LABELS:
			return psprintf("labels(%s)", entity_name(d, entity));
		case NAMI_COLUMN_REST:
			return psprintf("properties(%s)", entity_name(d, entity));
		case NAMI_COLUMN_PROPERTY:
			initStringInfo(&text);
			appendStringInfo(&text, "%s.", entity_name(d, entity));
			nami_append_name(&text, to_server(column->property));
			return text.data;
		default:
			elog(ERROR, "column \"%s\" has no Cypher item", column->name);
	}
}

static bool
is_used(const NamiForeignRel *rel, AttrNumber attnum)
{
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, rel->attrs_used) ||
		bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, rel->attrs_used);
}

/* The columns of one table. The entity comes first: messages about a value name it. */
static void
return_table(Deparse *d, List **names, NamiForeignStatement *out)
{
	NamiEntity *entity = nami_pattern_entity(d->pattern, d->rel->relid);

	out->entity_item = returned(names, vertex_name(d, entity->src));
	for (int i = 0; i < entity->table->column_count; i++)
	{
		const NamiForeignColumn *column = &entity->table->columns[i];

		if (column->role != NAMI_COLUMN_DROPPED && is_used(d->foreign, column->attnum))
			add_output(out, column->attnum, returned(names, column_item(d, entity, column)),
					   column->role, entity->table->relid, column->attnum);
	}
}

/* Columns of a join, or of what is sorted or cut off. */
static void
return_columns(Deparse *d, List *tlist, List **names, NamiForeignStatement *out)
{
	ListCell   *cell;

	foreach(cell, tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		Var		   *var = (Var *) entry->expr;
		NamiEntity *entity = nami_pattern_entity(d->pattern, var->varno);
		const NamiForeignColumn *column = &entity->table->columns[var->varattno - 1];

		add_output(out, entry->resno, returned(names, column_item(d, entity, column)),
				   column->role, entity->table->relid, var->varattno);
	}
}

static const char *
value_text(Deparse *d, Expr *expr)
{
	char	   *text = nami_expr_text(&d->ctx, expr);

	if (text == NULL)
		elog(ERROR, "an expression on foreign tables is no longer exact");
	return text;
}

/* Values of their own: groups and aggregates, or DISTINCT. They get the names c1, c2, ... */
static void
return_values(Deparse *d, NamiForeignRel *upper, List *tlist, NamiForeignStatement *out)
{
	List	   *names = NIL;
	List	   *exprs = NIL;
	ListCell   *cell;

	append_clause(d, upper->having != NIL ? "WITH " : "RETURN ");
	if (upper->is_distinct)
		appendStringInfoString(&d->text, "DISTINCT ");
	d->ctx.takes_aggregates = true;
	foreach(cell, tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		char	   *name = psprintf("c%d", entry->resno);

		appendStringInfo(&d->text, "%s%s AS %s", names != NIL ? ", " : "",
						 value_text(d, entry->expr), name);
		add_output(out, entry->resno, list_length(names), NAMI_COLUMN_PROPERTY, InvalidOid, 0);
		names = lappend(names, name);
		exprs = lappend(exprs, entry->expr);
	}
	d->ctx.alias_exprs = exprs;
	d->ctx.alias_names = names;
	if (upper->having == NIL)
		return;
	foreach(cell, upper->having)
		appendStringInfo(&d->text, "%s%s", cell == list_head(upper->having) ? " WHERE " : " AND ",
						 condition_text(d, lfirst(cell)));
	append_clause(d, "RETURN ");
	foreach(cell, names)
		appendStringInfo(&d->text, "%s%s", cell == list_head(names) ? "" : ", ",
						 (char *) lfirst(cell));
}

static void
append_names(Deparse *d, List *names)
{
	ListCell   *cell;

	append_clause(d, "RETURN ");
	if (names == NIL)
		appendStringInfoString(&d->text, "1 AS one");
	foreach(cell, names)
		appendStringInfo(&d->text, "%s%s", cell == list_head(names) ? "" : ", ",
						 (char *) lfirst(cell));
}

/*
 * Cypher's order is SQL's default: nulls last ascending, first descending. Otherwise a key before says
 * where they go.
 */
static void
append_sort(Deparse *d, List *sort)
{
	ListCell   *cell;

	foreach(cell, sort)
	{
		NamiForeignSort *key = lfirst(cell);
		const char *text = value_text(d, key->expr);

		appendStringInfoString(&d->text, cell == list_head(sort) ? " ORDER BY " : ", ");
		if (key->nulls_first != key->is_descending)
			appendStringInfo(&d->text, "(%s) IS NULL%s, ", text, key->nulls_first ? " DESC" : "");
		appendStringInfo(&d->text, "%s%s", text, key->is_descending ? " DESC" : "");
	}
}

/* A count that SQL may leave NULL: none. */
static void
append_count(Deparse *d, const char *clause, Expr *count, const char *none)
{
	Const	   *constant = (Const *) count;

	if (count == NULL || (IsA(constant, Const) && constant->constisnull))
		return;
	if (IsA(constant, Const))
		appendStringInfo(&d->text, " %s " INT64_FORMAT, clause,
						 DatumGetInt64(constant->constvalue));
	else
		appendStringInfo(&d->text, " %s coalesce(%s, %s)", clause, value_text(d, count), none);
}

/* ---- statements ---------------------------------------------------------------------------- */

static void
append_tail(Deparse *d, const NamiForeignRel *upper)
{
	if (upper == NULL)
		return;
	append_sort(d, upper->sort);
	append_count(d, "SKIP", upper->limit_offset, "0");
	append_count(d, "LIMIT", upper->limit_count, "9223372036854775807");
}

static void
make_text(Deparse *d, NamiForeignRel *upper, List *conditions, List *tlist,
		  NamiForeignStatement *out)
{
	List	   *names = NIL;

	*out = (NamiForeignStatement) {.entity_item = -1};
	init_context(d, d->foreign->rels);
	initStringInfo(&d->text);
	append_steps(d, conditions);
	if (upper != NULL && (upper->is_grouped || upper->is_distinct))
		return_values(d, upper, tlist, out);
	else
	{
		if (upper != NULL || IS_JOIN_REL(d->rel))
			return_columns(d, tlist, &names, out);
		else
			return_table(d, &names, out);
		append_names(d, names);
	}
	append_tail(d, upper);
	out->text = d->text.data;
	out->params = d->ctx.params;
	out->assumptions = d->ctx.assumptions;
}

/* Items of a query table are found by their names. */
static void
make_query_table(Deparse *d, NamiForeignStatement *out)
{
	const NamiForeignTable *table = d->foreign->table;

	for (int i = 0; i < table->column_count; i++)
	{
		const NamiForeignColumn *column = &table->columns[i];

		if (column->role != NAMI_COLUMN_DROPPED && is_used(d->foreign, column->attnum))
			add_output(out, column->attnum, -1, column->role, table->relid, column->attnum);
	}
	out->text = to_server(table->cypher);
}

static void
copy_names(const NamiPattern *from, NamiPattern *to)
{
	for (int i = 0; i < from->entity_count; i++)
	{
		to->entities[i].is_used = from->entities[i].is_used;
		to->vertices[2 * i].is_used = from->vertices[2 * i].is_used;
		to->vertices[2 * i + 1].is_used = from->vertices[2 * i + 1].is_used;
	}
}

void
nami_foreign_deparse(PlannerInfo *root, RelOptInfo *rel, List *scan_tlist, List *conditions,
					 NamiForeignStatement *out)
{
	NamiForeignRel *upper = nami_foreign_rel(rel)->input != NULL ? nami_foreign_rel(rel) : NULL;
	NamiPattern *first;
	Deparse		d = {0};

	*out = (NamiForeignStatement) {.entity_item = -1};
	d.root = root;
	d.rel = upper != NULL ? upper->input : rel;
	d.foreign = nami_foreign_rel(d.rel);
	if (d.foreign->table != NULL && d.foreign->table->kind == NAMI_FOREIGN_QUERY)
	{
		make_query_table(&d, out);
		return;
	}
	first = d.pattern = nami_pattern_create(root, d.foreign);
	make_text(&d, upper, conditions, scan_tlist, out);
	d.pattern = nami_pattern_create(root, d.foreign);
	copy_names(first, d.pattern);
	make_text(&d, upper, conditions, scan_tlist, out);
}

/* ---- statements that write ----------------------------------------------------------------- */

/* Several values are computed before the first is set: each sees the row as it was. */
static void
append_set(Deparse *d, const char *name, const List *properties, const List *exprs)
{
	bool		is_single = list_length(exprs) == 1;
	StringInfoData set;
	ListCell   *property;
	ListCell   *expr;
	int			i = 0;

	initStringInfo(&set);
	if (!is_single)
	{
		append_clause(d, "WITH ");
		appendStringInfoString(&d->text, name);
	}
	forboth(property, properties, expr, exprs)
	{
		appendStringInfo(&set, "%s%s.", i++ == 0 ? "SET " : ", ", name);
		nami_append_name(&set, to_server(lfirst(property)));
		if (is_single)
			appendStringInfo(&set, " = %s", value_text(d, lfirst(expr)));
		else
		{
			appendStringInfo(&d->text, ", %s AS v%d", value_text(d, lfirst(expr)), i);
			appendStringInfo(&set, " = v%d", i);
		}
	}
	append_clause(d, set.data);
}

static void
make_modify(Deparse *d, const char *verb, const List *properties, const List *exprs,
			NamiForeignStatement *out)
{
	const char *name;

	*out = (NamiForeignStatement) {.entity_item = -1};
	init_context(d, d->foreign->rels);
	initStringInfo(&d->text);
	append_steps(d, NIL);
	name = entity_name(d, nami_pattern_entity(d->pattern, d->rel->relid));
	if (verb == NULL)
		append_set(d, name, properties, exprs);
	else
	{
		append_clause(d, verb);
		append_clause(d, name);
	}
	append_clause(d, "RETURN count(*) AS rows");
	out->text = d->text.data;
	out->params = d->ctx.params;
	out->assumptions = d->ctx.assumptions;
}

void
nami_foreign_deparse_modify(PlannerInfo *root, RelOptInfo *rel, const char *verb,
							const List *properties, const List *exprs, NamiForeignStatement *out)
{
	NamiPattern *first;
	Deparse		d = {0};

	d.root = root;
	d.rel = rel;
	d.foreign = nami_foreign_rel(rel);
	first = d.pattern = nami_pattern_create(root, d.foreign);
	make_modify(&d, verb, properties, exprs, out);
	d.pattern = nami_pattern_create(root, d.foreign);
	copy_names(first, d.pattern);
	make_modify(&d, verb, properties, exprs, out);
}

List *
nami_foreign_scan_tlist(PlannerInfo *root, RelOptInfo *rel)
{
	NamiForeignRel *self = nami_foreign_rel(rel);
	List	   *tlist = NIL;
	ListCell   *cell;

	if (self->input != NULL && (self->is_grouped || self->is_distinct))
		return add_to_flat_tlist(NIL, self->outputs);
	foreach(cell, pull_var_clause(self->input != NULL ? (Node *) self->outputs :
								  (Node *) rel->reltarget->exprs, PVC_RECURSE_PLACEHOLDERS))
		tlist = add_to_flat_tlist(tlist, list_make1(lfirst(cell)));
	return tlist;
}
