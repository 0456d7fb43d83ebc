/*
 * foreign_direct.c - see foreign_direct.h.
 */
#include "postgres.h"

#include "pg/foreign_direct.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"
#include "pg/compat.h"
#include "pg/foreign_deparse.h"
#include "pg/foreign_kinds.h"
#include "pg/foreign_literal.h"
#include "pg/host.h"
#include "pg/query.h"
#include "pg/settings.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* ---- planning ------------------------------------------------------------------------------ */

/*
 * Constraints and bounds of the table itself are looked at row by row (foreign_modify.c). A NOT NULL on
 * what tells the rows apart, as IMPORT declares it, always holds.
 */
static bool
has_rules(const NamiForeignTable *table)
{
	Relation	relation = table_open(table->relid, NoLock);
	TupleDesc	desc = RelationGetDescr(relation);
	bool		result = relation->rd_rel->relispartition ||
		(desc->constr != NULL && (desc->constr->num_check > 0 || desc->constr->has_generated_stored));

	for (int i = 0; i < table->column_count; i++)
	{
		switch (table->columns[i].role)
		{
			case NAMI_COLUMN_DROPPED:
			case NAMI_COLUMN_ID:
			case NAMI_COLUMN_SRC:
			case NAMI_COLUMN_DST:
				break;
			default:
				result |= TupleDescAttr(desc, i)->attnotnull;
		}
	}
	table_close(relation, NoLock);
	return result;
}

/* Types whose values are stored as Cypher computes them. */
static bool
is_plain(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case TEXTOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT8OID:
			return true;
		default:
			return false;
	}
}

/* The properties to set and their values; false when some cannot be said in Cypher. */
static bool
set_items(PlannerInfo *root, RelOptInfo *rel, List **properties, List **exprs)
{
	const NamiForeignTable *table = nami_foreign_rel(rel)->table;
	NamiExprContext ctx;
	List	   *targets;
	List	   *columns;
	ListCell   *target;
	ListCell   *attnum;

	get_translated_update_targetlist(root, rel->relid, &targets, &columns);
	nami_foreign_context(&ctx, root, nami_foreign_rel(rel)->rels);
	forboth(target, targets, attnum, columns)
	{
		const NamiForeignColumn *column = &table->columns[lfirst_int(attnum) - 1];
		Expr	   *expr = lfirst_node(TargetEntry, target)->expr;

		if (column->role != NAMI_COLUMN_PROPERTY || !is_plain(column->type) ||
			exprType((Node *) expr) != column->type || !nami_expr_is_exact(&ctx, expr))
			return false;
		/* Two columns of one property: row by row it is refused. */
		for (int i = 0; i < table->column_count; i++)
		{
			if (i != column->attnum - 1 && table->columns[i].role == NAMI_COLUMN_PROPERTY &&
				strcmp(table->columns[i].property, column->property) == 0)
				return false;
		}
		*properties = lappend(*properties, (char *) column->property);
		*exprs = lappend(*exprs, expr);
	}
	return *exprs != NIL;
}

/* The scan of the target, when nothing else stands between it and the modification. */
static ForeignScan *
target_scan(PlannerInfo *root, ModifyTable *plan, Index rti)
{
	ForeignScan *scan = (ForeignScan *) outerPlan(plan);

	if (!nami_settings.enable_pushdown || root->parent_root != NULL ||
		root->parse->hasModifyingCTE || list_length(plan->resultRelations) != 1 ||
		plan->returningLists != NIL || !IsA(scan, ForeignScan) ||
		scan->scan.scanrelid != rti || scan->scan.plan.qual != NIL)
		return NULL;
	return scan;
}

/* fdw_private: text, OidList(server), assumptions, IntList(counts the rows) */
static bool
plan_direct(PlannerInfo *root, ModifyTable *plan, Index rti, int subplan_index)
{
	ForeignScan *scan = target_scan(root, plan, rti);
	const char *verb = NULL;
	List	   *properties = NIL;
	List	   *exprs = NIL;
	RelOptInfo *rel;
	const NamiForeignTable *table;
	NamiForeignStatement statement;

	if (scan == NULL)
		return false;
	rel = find_base_rel(root, (int) rti);
	table = nami_foreign_rel(rel)->table;
	if (table->kind == NAMI_FOREIGN_QUERY || nami_foreign_rel(rel)->local_conds != NIL ||
		list_length(scan->fdw_recheck_quals) != list_length(nami_foreign_rel(rel)->remote_conds))
		return false;
	if (plan->operation == CMD_DELETE)
		verb = table->kind == NAMI_FOREIGN_NODES && table->on_delete_detach ?
			"DETACH DELETE" : "DELETE";
	else if (has_rules(table) || !set_items(root, rel, &properties, &exprs))
		return false;
	nami_foreign_deparse_modify(root, rel, verb, properties, exprs, &statement);
	scan->operation = plan->operation;
	scan->resultRelation = rti;
	scan->fdw_exprs = statement.params;
	scan->fdw_private = list_make4(makeString(statement.text), list_make1_oid(table->server),
								   statement.assumptions, list_make1_int(plan->canSetTag));
	return true;
}

/* ---- running ------------------------------------------------------------------------------- */

typedef struct DirectModify
{
	Oid			user;
	List	   *params;			/* ExprState */
	bool		is_done;
} DirectModify;

static void
begin_direct(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	DirectModify *self;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	self = palloc0(sizeof(DirectModify));
	self->user = nami_result_user(node->resultRelInfo, node->ss.ps.state);
	self->params = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
	node->fdw_state = self;
}

static int
compare_entries(const void *a, const void *b)
{
	return nami_str_cmp(((const NamiMapEntry *) a)->key, ((const NamiMapEntry *) b)->key);
}

/* MAP p1, p2, ... of this call's memory, or null. */
static NamiValue
evaluate(ForeignScanState *node, const DirectModify *self, List *exprs, NamiArena *arena)
{
	int			count = list_length(exprs);
	NamiMapEntry *entries = NAMI_NEW_ARRAY(arena, NamiMapEntry, (size_t) count + 1);

	for (int i = 0; i < count; i++)
	{
		bool		is_null;
		Datum		datum = ExecEvalExprSwitchContext(list_nth(self->params, i),
													  node->ss.ps.ps_ExprContext, &is_null);

		entries[i].key = nami_str(psprintf("p%d", i + 1));
		entries[i].value = nami_foreign_parameter(datum, is_null,
												  exprType(list_nth(exprs, i)), arena);
	}
	qsort(entries, count, sizeof(NamiMapEntry), compare_entries);
	return count == 0 ? nami_value_null() : nami_value_map(entries, (uint32_t) count);
}

static uint64
run(ForeignScanState *node, const DirectModify *self)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	NamiArena  *arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	NamiQueryRequest request = {
		.query = cstring_to_text(strVal(linitial(plan->fdw_private))),
		.values = evaluate(node, self, plan->fdw_exprs, arena),
		.server = GetForeignServer(linitial_oid(lsecond(plan->fdw_private)))->servername,
		.user = self->user,
		.estate = node->ss.ps.state,
	};
	NamiQuery  *query = nami_query_begin(&request);
	List	   *assumptions = lthird(plan->fdw_private);
	uint64		rows = 0;

	nami_foreign_check_assumptions(assumptions, nami_execution_snapshot(query->execution));
	if (nami_query_next(query))
		rows = (uint64) nami_vector_value(&query->batch->columns[query->plan->columns[0].slot],
										  nami_batch_row(query->batch, 0)).integer;
	/* It may have run again on a newer state. */
	nami_foreign_check_assumptions(assumptions, nami_execution_snapshot(query->execution));
	nami_query_end(query);
	return rows;
}

static TupleTableSlot *
iterate_direct(ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	DirectModify *self = node->fdw_state;
	MemoryContext context;
	MemoryContext old;
	uint64		rows;

	if (!self->is_done)
	{
		self->is_done = true;
		context = AllocSetContextCreate(CurrentMemoryContext, "namidb direct modify",
										ALLOCSET_DEFAULT_SIZES);
		old = MemoryContextSwitchTo(context);
		rows = run(node, self);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
		if (linitial_int(lfourth(plan->fdw_private)) != 0)
			node->ss.ps.state->es_processed += rows;
		if (node->ss.ps.instrument != NULL)
			node->ss.ps.instrument->tuplecount += (double) rows;
	}
	return ExecClearTuple(node->ss.ss_ScanTupleSlot);
}

static void
end_direct(ForeignScanState *node)
{
}

static void
explain_direct(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;

	if (es->verbose)
		ExplainPropertyText("Cypher", strVal(linitial(plan->fdw_private)), es);
}

void
nami_foreign_direct_routine(FdwRoutine *routine)
{
	routine->PlanDirectModify = plan_direct;
	routine->BeginDirectModify = begin_direct;
	routine->IterateDirectModify = iterate_direct;
	routine->EndDirectModify = end_direct;
	routine->ExplainDirectModify = explain_direct;
}
