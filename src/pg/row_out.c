/*
 * row_out.c - rows of a Cypher statement as rows of an SQL function.
 */
#include "postgres.h"

#include "pg/row_out.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "pg/host.h"
#include "pg/typed_out.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

struct NamiRowWriter
{
	NamiRowForm form;
	TupleDesc	desc;
	MemoryContext context;		/* of the writer */
	const NamiQuery *query;
	NamiArena  *scratch;		/* for one row */
	NamiJsonbWriter values_writer;
	NamiColumnWriter *columns;	/* one per attribute */
	int		   *sources;		/* for each attribute the result column that fills it, -1 for none */
	NamiValue  *values;			/* JSONB: of one row */
	uint32_t	values_capacity;
	Oid			domain;			/* a domain over the row type, to be checked; else InvalidOid */
	void	   *domain_cache;
};

void
nami_check_row_type(Oid row_type)
{
	if (!OidIsValid(row_type) || !type_is_rowtype(row_type) || row_type == RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the first argument of namidb_cypher_as must be of a named row type"),
				 errhint("For example: namidb_cypher_as(NULL::person, 'MATCH …').")));
}

NamiRowWriter *
nami_row_writer_create(NamiRowForm form, TupleDesc desc, Oid row_type)
{
	NamiRowWriter *writer = palloc0(sizeof(NamiRowWriter));

	writer->form = form;
	writer->desc = desc;
	writer->context = CurrentMemoryContext;
	writer->scratch = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	if (form == NAMI_ROW_JSONB)
		return writer;
	writer->columns = nami_column_writers(desc);
	writer->sources = palloc((desc->natts + 1) * sizeof(int));
	if (OidIsValid(row_type) && get_typtype(row_type) == TYPTYPE_DOMAIN)
		writer->domain = row_type;
	return writer;
}

static void
bind_by_position(NamiRowWriter *writer, const NamiQuery *query)
{
	int			next = 0;

	for (int i = 0; i < writer->desc->natts; i++)
		writer->sources[i] = TupleDescAttr(writer->desc, i)->attisdropped ? -1 : next++;
	/* A statement without RETURN gives no rows, whatever is declared. */
	if (next != (int) query->plan->column_count && query->plan->column_count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the statement returns %u columns, but %d are declared",
						query->plan->column_count, next),
				 errhint("namidb_describe() tells the columns of a statement.")));
}

static void
bind_by_name(NamiRowWriter *writer, const NamiQuery *query)
{
	for (int i = 0; i < writer->desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(writer->desc, i);

		writer->sources[i] = -1;
		for (uint32_t j = 0; j < query->plan->column_count && !attribute->attisdropped; j++)
		{
			if (nami_str_eq(query->column_names[j], nami_str(NameStr(attribute->attname))))
				writer->sources[i] = (int) j;
		}
	}
}

void
nami_row_writer_use(NamiRowWriter *writer, const NamiQuery *query)
{
	writer->query = query;
	writer->values_writer = nami_query_writer(query, writer->scratch);
	switch (writer->form)
	{
		case NAMI_ROW_JSONB:
			if (query->plan->column_count < writer->values_capacity)
				break;
			writer->values_capacity = query->plan->column_count + 1;
			writer->values = MemoryContextAlloc(writer->context, writer->values_capacity *
												sizeof(NamiValue));
			break;
		case NAMI_ROW_BY_POSITION:
			bind_by_position(writer, query);
			break;
		case NAMI_ROW_BY_NAME:
			bind_by_name(writer, query);
			break;
	}
}

static NamiValue
column_value(const NamiQuery *query, uint32_t column, uint32_t row)
{
	return nami_vector_value(&query->batch->columns[query->plan->columns[column].slot], row);
}

static void
check_row_domain(NamiRowWriter *writer, Datum *datums, bool *nulls)
{
	HeapTuple	tuple = heap_form_tuple(writer->desc, datums, nulls);

	domain_check(HeapTupleGetDatum(tuple), false, writer->domain, &writer->domain_cache,
				 writer->context);
	heap_freetuple(tuple);
}

static void
write_columns(NamiRowWriter *writer, uint32_t row, Datum *datums, bool *nulls)
{
	for (int i = 0; i < writer->desc->natts; i++)
	{
		NamiValue	value = nami_value_null();

		datums[i] = (Datum) 0;
		nulls[i] = true;
		if (TupleDescAttr(writer->desc, i)->attisdropped)
			continue;
		if (writer->sources[i] >= 0)
			value = column_value(writer->query, (uint32_t) writer->sources[i], row);
		/* Also without a value: a domain may refuse null. */
		datums[i] = nami_column_datum(&writer->values_writer, &writer->columns[i], value, &nulls[i]);
	}
	if (OidIsValid(writer->domain))
		check_row_domain(writer, datums, nulls);
}

void
nami_row_write(NamiRowWriter *writer, uint32_t row, Datum *datums, bool *nulls)
{
	const NamiQuery *query = writer->query;

	nami_arena_reset(writer->scratch);
	if (writer->form != NAMI_ROW_JSONB)
	{
		write_columns(writer, row, datums, nulls);
		return;
	}
	for (uint32_t i = 0; i < query->plan->column_count; i++)
		writer->values[i] = column_value(query, i, row);
	datums[0] = JsonbPGetDatum(nami_jsonb_from_row(&writer->values_writer, query->column_names,
												   writer->values, query->plan->column_count));
	nulls[0] = false;
}
