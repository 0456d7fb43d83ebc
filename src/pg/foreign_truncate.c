/*
 * foreign_truncate.c - see foreign_truncate.h. Each table is emptied by a Cypher statement.
 */
#include "postgres.h"

#include "pg/foreign_truncate.h"

#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "pg/foreign_literal.h"
#include "pg/foreign_table.h"
#include "pg/query.h"
#include "utils/builtins.h"
#include "utils/rel.h"

static void
run(const NamiForeignTable *table, const char *text)
{
	NamiQueryRequest request = {
		.query = cstring_to_text(text),
		.server = GetForeignServer(table->server)->servername,
	};
	NamiQuery  *query = nami_query_begin(&request);

	while (nami_query_next(query))
		;
	nami_query_end(query);
}

static void
empty_table(const NamiForeignTable *table, bool cascade)
{
	StringInfoData name;

	initStringInfo(&name);
	nami_append_name(&name, pg_any_to_server(table->label, (int) strlen(table->label), PG_UTF8));
	if (table->kind == NAMI_FOREIGN_EDGES)
		run(table, psprintf("MATCH ()-[r:%s]->() DELETE r", name.data));
	else
		run(table, psprintf("MATCH (n:%s) %sDELETE n", name.data,
							cascade || table->on_delete_detach ? "DETACH " : ""));
}

void
nami_foreign_truncate(List *relations, DropBehavior behavior, bool restart_sequences)
{
	List	   *nodes = NIL;
	ListCell   *cell;

	foreach(cell, relations)
	{
		NamiForeignTable *table = nami_foreign_table_get(RelationGetRelid((Relation) lfirst(cell)));

		if (table->kind == NAMI_FOREIGN_QUERY)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("foreign table \"%s\" cannot be written: it shows the rows of a query",
							table->name)));
		if (table->kind == NAMI_FOREIGN_EDGES)
			empty_table(table, false);
		else
			nodes = lappend(nodes, table);
	}
	foreach(cell, nodes)
		empty_table(lfirst(cell), behavior == DROP_CASCADE);
}
