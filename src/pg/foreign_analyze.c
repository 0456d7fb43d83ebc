/*
 * foreign_analyze.c - ANALYZE of foreign tables.
 *
 * The number of rows is exact. Of tables of labels and types only the places of rows are drawn while
 * the snapshot is walked, and the drawn rows alone are read; a query table's statement runs to its end.
 */
#include "postgres.h"

#include "pg/foreign_analyze.h"

#include "access/htup_details.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/foreign_estimate.h"
#include "pg/foreign_scan.h"
#include "pg/host.h"
#include "pg/query.h"
#include "pg/transaction.h"
#include "pg/typed_out.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"

#define BATCH			1024

/* A reservoir: which row of those seen goes where. */
typedef struct Draw
{
	ReservoirStateData state;
	int			target;
	int			count;
	double		seen;
	double		to_skip;		/* < 0: not drawn yet */
} Draw;

static void
draw_init(Draw *draw, int target)
{
	*draw = (Draw) {.target = target, .to_skip = -1};
	reservoir_init_selection_state(&draw->state, target);
}

/* The place for the next row; -1: it is left out. */
static int
draw_next(Draw *draw)
{
	double		seen = draw->seen++;

	if (draw->count < draw->target)
		return draw->count++;
	if (draw->to_skip < 0)
		draw->to_skip = reservoir_get_next_S(&draw->state, seen, draw->target);
	if (draw->to_skip-- > 0)
		return -1;
	draw->to_skip = -1;
	return (int) (draw->target * sampler_random_fract(&draw->state.randstate));
}

/* ---- rows ---------------------------------------------------------------------------------- */

typedef struct Analysis
{
	NamiForeignTable *table;
	TupleDesc	desc;
	NamiColumnWriter *writers;
	NamiArena  *scratch;		/* of a row */
	MemoryContext row_context;
	MemoryContext result_context;
	NamiSnapshot snapshot;
	NamiJsonbWriter writer;
	Datum	   *datums;
	bool	   *nulls;
} Analysis;

/* A value that the column cannot hold is none: ANALYZE does not fail for it. */
static void
set_column(Analysis *analysis, int column, NamiValue value)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		analysis->datums[column] = nami_column_datum(&analysis->writer, &analysis->writers[column],
													 value, &analysis->nulls[column]);
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		if (code != ERRCODE_DATATYPE_MISMATCH && ERRCODE_TO_CATEGORY(code) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		analysis->nulls[column] = true;
	}
	PG_END_TRY();
}

static HeapTuple
form_tuple(Analysis *analysis)
{
	MemoryContext old = MemoryContextSwitchTo(analysis->result_context);
	HeapTuple	tuple = heap_form_tuple(analysis->desc, analysis->datums, analysis->nulls);

	MemoryContextSwitchTo(old);
	return tuple;
}

static void
begin_row(Analysis *analysis)
{
	MemoryContextReset(analysis->row_context);
	nami_arena_reset(analysis->scratch);
	memset(analysis->nulls, true, analysis->desc->natts * sizeof(bool));
}

/* ---- labels and types ---------------------------------------------------------------------- */

/* Where a row is: nodes have no end, relationships two. */
typedef struct Place
{
	NamiOrd		src;
	NamiOrd		dst;
	NamiEdgePos pos;
} Place;

static void
draw_nodes(Analysis *analysis, NamiLabelId label, Draw *draw, Place *places, NamiArena *arena)
{
	NamiOrd    *ords = NAMI_NEW_ARRAY(arena, NamiOrd, BATCH);
	NamiNodeScan scan;
	bool		is_range;
	uint32_t	count;

	nami_node_scan_init(&scan, &analysis->snapshot, &label, 1, arena);
	while ((count = nami_node_scan_next(&scan, ords, BATCH, &is_range)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32_t i = 0; i < count; i++)
		{
			int			at = draw_next(draw);

			if (at >= 0)
				places[at].src = ords[i];
		}
	}
}

static void
draw_edges(Analysis *analysis, NamiTypeId type, Draw *draw, Place *places, NamiArena *arena)
{
	NamiOrd    *ends = NAMI_NEW_ARRAY(arena, NamiOrd, 2 * BATCH);
	NamiEdgePos *pos = NAMI_NEW_ARRAY(arena, NamiEdgePos, BATCH);
	NamiEdgeScan scan;
	uint32_t	count;

	nami_edge_scan_init(&scan, &analysis->snapshot, type, arena);
	while ((count = nami_edge_scan_next(&scan, ends, ends + BATCH, pos, BATCH)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32_t i = 0; i < count; i++)
		{
			int			at = draw_next(draw);

			if (at >= 0)
				places[at] = (Place) {ends[i], ends[BATCH + i], pos[i]};
		}
	}
}

/* All properties as a map. */
static NamiValue
properties_of(Analysis *analysis, uint32_t name, const Place *place)
{
	NamiValue	map;
	NamiError	err = NAMI_ERROR_INIT;

	if (analysis->table->kind == NAMI_FOREIGN_NODES)
		NAMI_PG_CHECK(nami_snapshot_node_map(&analysis->snapshot, place->src, analysis->scratch,
											 &map, &err), &err);
	else
		NAMI_PG_CHECK(nami_snapshot_edge_map(&analysis->snapshot, name, place->pos,
											 analysis->scratch, &map, &err), &err);
	return map;
}

static NamiValue
map_entry(NamiValue map, const char *property)
{
	NamiStr		name = nami_str(property);

	for (uint32_t i = 0; i < map.len; i++)
	{
		if (nami_str_eq(map.entries[i].key, name))
			return map.entries[i].value;
	}
	return nami_value_null();
}

static NamiValue
labels_value(Analysis *analysis, NamiOrd ord)
{
	const NamiLabelId *labels;
	uint32_t	count = nami_snapshot_labels(&analysis->snapshot, ord, analysis->scratch, &labels);
	NamiValue  *items = NAMI_NEW_ARRAY(analysis->scratch, NamiValue, count + 1);

	for (uint32_t i = 0; i < count; i++)
		items[i] = nami_value_string(nami_catalog_name(nami_snapshot_catalog(&analysis->snapshot),
													   NAMI_NAME_LABEL, labels[i]));
	return nami_value_list(items, count);
}

static HeapTuple
read_place(Analysis *analysis, uint32_t name, const Place *place)
{
	NamiValue	map;

	begin_row(analysis);
	map = properties_of(analysis, name, place);
	for (int i = 0; i < analysis->table->column_count; i++)
	{
		const NamiForeignColumn *column = &analysis->table->columns[i];
		NamiValue	value = nami_value_null();

		switch (column->role)
		{
			case NAMI_COLUMN_ID:
			case NAMI_COLUMN_SRC:
				value = nami_value_node(place->src);
				break;
			case NAMI_COLUMN_DST:
				value = nami_value_node(place->dst);
				break;
			case NAMI_COLUMN_LABELS:
				value = labels_value(analysis, place->src);
				break;
			case NAMI_COLUMN_REST:
				value = nami_foreign_rest(analysis->table, map, analysis->scratch);
				break;
			case NAMI_COLUMN_PROPERTY:
				value = map_entry(map, column->property);
				break;
			case NAMI_COLUMN_ITEM:
			case NAMI_COLUMN_DROPPED:
				continue;
		}
		set_column(analysis, i, value);
	}
	return form_tuple(analysis);
}

static int
sample_entities(Analysis *analysis, HeapTuple *rows, Draw *draw)
{
	uint32_t	name = nami_foreign_name(analysis->table, &analysis->snapshot);
	NamiArena  *arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	Place	   *places = palloc0(draw->target * sizeof(Place));
	MemoryContext old;

	if (name == NAMI_NAME_UNKNOWN)
		return 0;
	if (analysis->table->kind == NAMI_FOREIGN_NODES)
		draw_nodes(analysis, name, draw, places, arena);
	else
		draw_edges(analysis, name, draw, places, arena);
	old = MemoryContextSwitchTo(analysis->row_context);
	for (int i = 0; i < draw->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rows[i] = read_place(analysis, name, &places[i]);
	}
	MemoryContextSwitchTo(old);
	return draw->count;
}

/* ---- query tables -------------------------------------------------------------------------- */

static HeapTuple
read_row(Analysis *analysis, const NamiQuery *query, uint32_t row)
{
	begin_row(analysis);
	for (int i = 0; i < analysis->table->column_count; i++)
	{
		const NamiForeignColumn *column = &analysis->table->columns[i];

		for (uint32_t j = 0; column->role == NAMI_COLUMN_ITEM && j < query->plan->column_count; j++)
		{
			const NamiPlanColumn *item = &query->plan->columns[j];

			if (nami_str_eq(item->name, nami_str(column->property)))
				set_column(analysis, i, nami_vector_value(&query->batch->columns[item->slot], row));
		}
	}
	return form_tuple(analysis);
}

static int
sample_query(Analysis *analysis, HeapTuple *rows, Draw *draw)
{
	const char *text = analysis->table->cypher;
	NamiQueryRequest request = {
		.query = cstring_to_text(pg_any_to_server(text, (int) strlen(text), PG_UTF8)),
		.server = GetForeignServer(analysis->table->server)->servername,
		.read_only = true,
	};
	NamiQuery  *query = nami_query_begin(&request);
	MemoryContext old = MemoryContextSwitchTo(analysis->row_context);

	analysis->writer = nami_query_writer(query, analysis->scratch);
	while (nami_query_next(query))
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32_t i = 0; i < query->batch->selected_count; i++)
		{
			int			at = draw_next(draw);
			HeapTuple	tuple;

			if (at < 0)
				continue;
			tuple = read_row(analysis, query, nami_batch_row(query->batch, i));
			if (rows[at] != NULL)
				heap_freetuple(rows[at]);
			rows[at] = tuple;
		}
	}
	MemoryContextSwitchTo(old);
	nami_query_end(query);
	return draw->count;
}

/* ---- callbacks ----------------------------------------------------------------------------- */

static void
init_analysis(Analysis *analysis, Relation relation)
{
	NamiConnection *connection;
	NamiPgTransaction *txn;

	analysis->table = nami_foreign_table_get(RelationGetRelid(relation));
	analysis->desc = RelationGetDescr(relation);
	analysis->writers = nami_column_writers(analysis->desc);
	analysis->scratch = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	analysis->row_context = AllocSetContextCreate(CurrentMemoryContext, "namidb analyze row",
												  ALLOCSET_DEFAULT_SIZES);
	analysis->result_context = CurrentMemoryContext;
	analysis->datums = palloc0((analysis->desc->natts + 1) * sizeof(Datum));
	analysis->nulls = palloc0((analysis->desc->natts + 1) * sizeof(bool));
	if (analysis->table->kind == NAMI_FOREIGN_QUERY)
		return;
	connection = nami_foreign_connection(analysis->table, InvalidOid);
	txn = nami_pg_transaction_get(connection);
	analysis->snapshot = nami_transaction_snapshot(nami_pg_transaction_engine(txn),
												   nami_pg_statement_view(txn, NULL, false)->view,
												   NAMI_MARK_NOW);
	analysis->writer = (NamiJsonbWriter) {
		&analysis->snapshot, analysis->scratch, nami_settings.json_format
	};
}

static int
acquire_rows(Relation relation, int elevel, HeapTuple *rows, int target, double *total,
			 double *dead)
{
	Analysis	analysis = {0};
	Draw		draw;
	int			count;

	draw_init(&draw, target);
	memset(rows, 0, target * sizeof(HeapTuple));
	init_analysis(&analysis, relation);
	count = analysis.table->kind == NAMI_FOREIGN_QUERY ? sample_query(&analysis, rows, &draw) :
		sample_entities(&analysis, rows, &draw);
	*total = draw.seen;
	*dead = 0;
	ereport(elevel,
			(errmsg("\"%s\": %.0f rows, %d rows in sample", RelationGetRelationName(relation),
					draw.seen, count)));
	return count;
}

bool
nami_foreign_analyze(Relation relation, AcquireSampleRowsFunc *function, BlockNumber *pages)
{
	NamiForeignTable *table = nami_foreign_table_get(RelationGetRelid(relation));
	NamiForeignSize size;

	/* There are no pages here; the planner only wants to know whether the table is large. */
	nami_foreign_size(table, InvalidOid, &size);
	*function = acquire_rows;
	*pages = (BlockNumber) Min(1 + size.rows * 8 * (RelationGetNumberOfAttributes(relation) + 2) /
							   BLCKSZ, (double) MaxBlockNumber);
	return true;
}
