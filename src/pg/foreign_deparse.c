/*
 * foreign_deparse.c - the Cypher statement of a foreign scan.
 *
 * A table of nodes is MATCH (n:Label), one of relationships MATCH (s)-[r:TYPE]->(d). The entities
 * themselves are RETURN items: _id, _src and _dst are read from them, and messages name them.
 */
#include "postgres.h"

#include "pg/foreign_rel.h"

#include "access/sysattr.h"
#include "cypher/lexer.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

char *
nami_cypher_name(const char *name)
{
	StringInfoData out;
	const char *p = name;

	if (*p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
	{
		while (*p == '_' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			   (*p >= '0' && *p <= '9'))
			p++;
		if (*p == '\0' && !nami_cy_keyword_is_reserved(nami_cy_keyword(nami_str(name))))
			return pstrdup(name);
	}
	initStringInfo(&out);
	appendStringInfoChar(&out, '`');
	for (p = name; *p != '\0'; p++)
	{
		if (*p == '`')
			appendStringInfoChar(&out, '`');
		appendStringInfoChar(&out, *p);
	}
	appendStringInfoChar(&out, '`');
	return out.data;
}

static char *
native(const char *utf8)
{
	return pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8);
}

/* ---- RETURN items -------------------------------------------------------------------------- */

/* Number of the item with that text; it is appended when there is none yet. */
static int
item_number(List **items, const char *text)
{
	ListCell   *cell;

	foreach(cell, *items)
	{
		if (strcmp(lfirst(cell), text) == 0)
			return foreach_current_index(cell);
	}
	*items = lappend(*items, pstrdup(text));
	return list_length(*items) - 1;
}

static const char *
column_item(const NamiForeignTable *table, const NamiForeignColumn *column)
{
	const char *entity = table->kind == NAMI_FOREIGN_NODES ? "n" : "r";

	switch (column->role)
	{
		case NAMI_COLUMN_ID:
			return "n";
		case NAMI_COLUMN_SRC:
			return "s";
		case NAMI_COLUMN_DST:
			return "d";
		case NAMI_COLUMN_LABELS:
			return "labels(n)";
		case NAMI_COLUMN_REST:
			return psprintf("properties(%s)", entity);
		case NAMI_COLUMN_PROPERTY:
			return psprintf("%s.%s", entity, nami_cypher_name(native(column->property)));
		case NAMI_COLUMN_ITEM:
		case NAMI_COLUMN_DROPPED:
			break;
	}
	elog(ERROR, "column \"%s\" has no Cypher item", column->name);
}

static bool
is_used(const NamiForeignRel *rel, AttrNumber attnum)
{
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, rel->attrs_used) ||
		bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, rel->attrs_used);
}

static void
add_output(NamiForeignStatement *out, AttrNumber attnum, int item, NamiColumnRole role, Oid table)
{
	NamiForeignOutput *output = palloc(sizeof(NamiForeignOutput));

	*output = (NamiForeignOutput) {attnum, item, role, table};
	out->outputs = lappend(out->outputs, output);
}

static void
base_outputs(const NamiForeignRel *rel, List **items, NamiForeignStatement *out)
{
	const NamiForeignTable *table = rel->table;

	for (int i = 0; i < table->column_count; i++)
	{
		const NamiForeignColumn *column = &table->columns[i];

		if (column->role == NAMI_COLUMN_DROPPED || !is_used(rel, column->attnum))
			continue;
		add_output(out, column->attnum,
				   column->role == NAMI_COLUMN_ITEM ? -1 :
				   item_number(items, column_item(table, column)),
				   column->role, table->relid);
	}
}

static char *
join_items(List *items)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, items)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", (char *) lfirst(cell));
	return text.data;
}

/* ---- statements ---------------------------------------------------------------------------- */

static void
deparse_base(const NamiForeignRel *rel, NamiForeignStatement *out)
{
	const NamiForeignTable *table = rel->table;
	bool		is_nodes = table->kind == NAMI_FOREIGN_NODES;
	List	   *items = NIL;

	if (table->kind == NAMI_FOREIGN_QUERY)
	{
		base_outputs(rel, &items, out);
		out->text = native(table->cypher);
		return;
	}
	if (is_nodes)
		out->entity_item = item_number(&items, "n");
	else
	{
		out->entity_item = item_number(&items, "s");
		(void) item_number(&items, "d");
	}
	base_outputs(rel, &items, out);
	out->text = psprintf(is_nodes ? "MATCH (n:%s) RETURN %s" : "MATCH (s)-[r:%s]->(d) RETURN %s",
						 nami_cypher_name(native(table->label)), join_items(items));
}

void
nami_foreign_deparse(PlannerInfo *root, RelOptInfo *rel, List *scan_tlist, List *conds,
					 NamiForeignStatement *out)
{
	*out = (NamiForeignStatement) {.entity_item = -1};
	deparse_base(nami_foreign_rel(rel), out);
}
