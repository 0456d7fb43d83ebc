/*
 * foreign_statistics.c - statistics of the columns of foreign tables that were never analyzed.
 *
 * The engine's samples of property values (graph/snapshot.h) become rows of pg_statistic as ANALYZE
 * would have written them, so that all of PostgreSQL's estimates work with them. They are kept for
 * the state of the graph that they were made of.
 */
#include "postgres.h"

#include "pg/foreign_estimate.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "graph/view.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/foreign_rel.h"
#include "pg/host.h"
#include "pg/transaction.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* Numbers as ANALYZE's with default_statistics_target. */
#define MAX_FREQUENT	100
#define MAX_BOUNDS		101
#define CACHE_ENTRIES	256

static get_relation_stats_hook_type previous_hook = NULL;

/* ---- what is known ------------------------------------------------------------------------- */

/* What is known of one column, before PostgreSQL's form of it. */
typedef struct ColumnFacts
{
	double		rows;			/* of the table */
	double		null_fraction;
	double		distinct;		/* 0: not known */
	double		width_bytes;
	Oid			type;			/* base type under domains */
	Oid			collation;
	Datum	   *values;			/* a sample, ascending by the type's order */
	int			count;
	int			sampled;		/* rows that were looked at, those without a value included */
} ColumnFacts;

/* Types of fixed meaning: values go over without a function that might fail. False: leave it out. */
static bool
simple_datum(Oid type, NamiValue value, Datum *out)
{
	int64		us;

	switch (type)
	{
		case BOOLOID:
			*out = BoolGetDatum(value.boolean);
			return value.kind == NAMI_BOOL;
		case INT2OID:
			*out = Int16GetDatum((int16) value.integer);
			return value.kind == NAMI_INT && value.integer >= INT16_MIN && value.integer <= INT16_MAX;
		case INT4OID:
			*out = Int32GetDatum((int32) value.integer);
			return value.kind == NAMI_INT && value.integer >= INT32_MIN && value.integer <= INT32_MAX;
		case INT8OID:
			*out = Int64GetDatum(value.integer);
			return value.kind == NAMI_INT;
		case FLOAT4OID:
		case FLOAT8OID:
			if (value.kind != NAMI_INT && value.kind != NAMI_FLOAT)
				return false;
			{
				double		number = value.kind == NAMI_INT ? (double) value.integer : value.number;

				*out = type == FLOAT8OID ? Float8GetDatum(number) : Float4GetDatum((float4) number);
			}
			return true;
		case NUMERICOID:
			if (value.kind != NAMI_INT)
				return false;
			*out = NumericGetDatum(int64_to_numeric(value.integer));
			return true;
		case TEXTOID:
		case VARCHAROID:
			if (value.kind != NAMI_STRING || GetDatabaseEncoding() != PG_UTF8 ||
				memchr(value.text, 0, value.len) != NULL)
				return false;
			*out = PointerGetDatum(cstring_to_text_with_len(value.text,
															pg_mbcliplen(value.text, (int) value.len,
																		 (int) value.len)));
			return true;
		case DATEOID:
			*out = DateADTGetDatum((DateADT) (value.integer -
											  (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)));
			return value.kind == NAMI_DATE && value.integer > -1000000 && value.integer < 1000000;
		case TIMESTAMPTZOID:
			if (value.kind != NAMI_DATETIME)
				return false;
			us = value.datetime->seconds;
			break;
		case TIMESTAMPOID:
			if (value.kind != NAMI_LOCALDATETIME)
				return false;
			us = value.integer;
			break;
		default:
			return false;
	}
	*out = TimestampGetDatum((us - (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) *
							  SECS_PER_DAY) * USECS_PER_SEC);
	return us > -INT64CONST(60000000000) && us < INT64CONST(200000000000);
}

typedef struct SortInfo
{
	FmgrInfo   *compare;
	Oid			collation;
} SortInfo;

static int
compare_datums(const void *a, const void *b, void *arg)
{
	const SortInfo *info = arg;

	return DatumGetInt32(FunctionCall2Coll(info->compare, info->collation, *(const Datum *) a,
										   *(const Datum *) b));
}

static double
value_bytes(NamiValue value)
{
	if (value.kind == NAMI_STRING || value.kind == NAMI_BYTES)
		return VARHDRSZ + value.len;
	return value.kind == NAMI_LIST || value.kind == NAMI_VECTOR ? 32 + 8.0 * value.len : 8;
}

static void
use_sample(ColumnFacts *facts, const NamiKeySample *sample)
{
	TypeCacheEntry *cache = lookup_type_cache(facts->type,
											  TYPECACHE_CMP_PROC_FINFO | TYPECACHE_LT_OPR |
											  TYPECACHE_EQ_OPR);
	double		bytes = 0;

	facts->null_fraction = sample->rows == 0 ? 0 : 1 - (double) sample->count / sample->rows;
	facts->distinct = sample->distinct;
	facts->sampled = (int) sample->rows;
	for (uint32_t i = 0; i < sample->count; i++)
		bytes += value_bytes(sample->values[i]);
	facts->width_bytes = sample->count == 0 ? 0 : bytes / sample->count;
	if (!OidIsValid(cache->cmp_proc) || !OidIsValid(cache->lt_opr))
		return;
	facts->values = palloc((sample->count + 1) * sizeof(Datum));
	for (uint32_t i = 0; i < sample->count; i++)
	{
		if (simple_datum(facts->type, sample->values[i], &facts->values[facts->count]))
			facts->count++;
	}
	qsort_arg(facts->values, facts->count, sizeof(Datum), compare_datums,
			  &(SortInfo) {&cache->cmp_proc_finfo, facts->collation});
}

static double
table_rows(const NamiForeignTable *table, const NamiSnapshot *snapshot, uint32_t name)
{
	NamiTypeStats stats;

	if (table->kind == NAMI_FOREIGN_NODES)
		return (double) nami_snapshot_count_nodes(snapshot, &name, 1);
	nami_snapshot_type_stats(snapshot, name, &stats);
	return stats.edges;
}

static bool
property_facts(const NamiForeignTable *table, const NamiForeignColumn *column,
			   const NamiSnapshot *snapshot, uint32_t name, ColumnFacts *facts)
{
	NamiKeyId	key = nami_catalog_find(nami_snapshot_catalog(snapshot), NAMI_NAME_KEY,
										nami_str(column->property));
	NamiArena  *arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	const NamiKeySample *sample;

	facts->null_fraction = 1;
	facts->distinct = 1;
	facts->rows = table_rows(table, snapshot, name);
	if (key == NAMI_NAME_UNKNOWN)
		return true;			/* no row has it */
	sample = table->kind == NAMI_FOREIGN_NODES ?
		nami_snapshot_node_sample(snapshot, name, key, arena) :
		nami_snapshot_edge_sample(snapshot, name, key, arena);
	if (sample == NULL || sample->rows == 0)
		return false;
	use_sample(facts, sample);
	if (table->kind == NAMI_FOREIGN_NODES)
	{
		NamiKeyStats stats;

		/* Counted where there are few, so better than the sample. */
		nami_snapshot_key_stats(snapshot, name, key, &stats);
		if (stats.distinct > 1)
		{
			facts->distinct = stats.distinct;
			facts->null_fraction = 1 - stats.present_fraction;
		}
	}
	return true;
}

static bool
column_facts(const NamiForeignTable *table, const NamiForeignColumn *column,
			 const NamiSnapshot *snapshot, ColumnFacts *facts)
{
	uint32_t	name = nami_foreign_name(table, snapshot);
	NamiTypeStats stats;

	if (name == NAMI_NAME_UNKNOWN)
		return false;
	facts->type = getBaseType(column->type);
	facts->collation = column->collation;
	facts->width_bytes = 16;
	switch (column->role)
	{
		case NAMI_COLUMN_ID:
			facts->rows = facts->distinct = table_rows(table, snapshot, name);
			return facts->rows > 0;
		case NAMI_COLUMN_SRC:
		case NAMI_COLUMN_DST:
			nami_snapshot_type_stats(snapshot, name, &stats);
			facts->rows = stats.edges;
			facts->distinct = column->role == NAMI_COLUMN_SRC ? stats.sources : stats.targets;
			return facts->rows > 0;
		case NAMI_COLUMN_PROPERTY:
			return property_facts(table, column, snapshot, name, facts);
		default:
			return false;
	}
}

/* ---- PostgreSQL's form --------------------------------------------------------------------- */

/* Runs of equal values in the sample. */
typedef struct Run
{
	int			first;
	int			count;
} Run;

static int
compare_runs(const void *a, const void *b)
{
	return ((const Run *) b)->count - ((const Run *) a)->count;
}

static int
find_runs(const ColumnFacts *facts, const TypeCacheEntry *cache, Run *runs)
{
	SortInfo	info = {(FmgrInfo *) &cache->cmp_proc_finfo, facts->collation};
	int			count = 0;

	for (int i = 0; i < facts->count; i++)
	{
		if (i > 0 && compare_datums(&facts->values[i - 1], &facts->values[i], &info) == 0)
			runs[count - 1].count++;
		else
			runs[count++] = (Run) {i, 1};
	}
	return count;
}

/*
 * Which values are frequent: all when the sample has seen every value there is, else those that come
 * clearly more often than the average does.
 */
static int
count_frequent(const ColumnFacts *facts, const Run *runs, int run_count)
{
	double		average = facts->count / Max(facts->distinct, 1);
	int			count = 0;

	if (run_count <= MAX_FREQUENT && run_count >= facts->distinct)
		return run_count;
	while (count < run_count && count < MAX_FREQUENT && runs[count].count >= 4 &&
		   runs[count].count > 1.25 * average)
		count++;
	return count;
}

typedef struct StatisticBuild
{
	Datum		values[Natts_pg_statistic];
	bool		nulls[Natts_pg_statistic];
	int			slots;
	const TypeCacheEntry *cache;
	const ColumnFacts *facts;
} StatisticBuild;

static void
add_slot(StatisticBuild *build, int kind, Oid operator, const Datum *numbers, int number_count,
		 Datum *values, int value_count)
{
	int			slot = build->slots++;

	build->values[Anum_pg_statistic_stakind1 - 1 + slot] = Int16GetDatum(kind);
	build->values[Anum_pg_statistic_staop1 - 1 + slot] = ObjectIdGetDatum(operator);
	build->values[Anum_pg_statistic_stacoll1 - 1 + slot] =
		ObjectIdGetDatum(build->facts->collation);
	if (number_count > 0)
	{
		build->values[Anum_pg_statistic_stanumbers1 - 1 + slot] =
			PointerGetDatum(construct_array((Datum *) numbers, number_count, FLOAT4OID,
											sizeof(float4), true, TYPALIGN_INT));
		build->nulls[Anum_pg_statistic_stanumbers1 - 1 + slot] = false;
	}
	build->values[Anum_pg_statistic_stavalues1 - 1 + slot] =
		PointerGetDatum(construct_array(values, value_count, build->facts->type,
										build->cache->typlen, build->cache->typbyval,
										build->cache->typalign));
	build->nulls[Anum_pg_statistic_stavalues1 - 1 + slot] = false;
}

static void
add_frequent(StatisticBuild *build, const Run *runs, int count)
{
	const ColumnFacts *facts = build->facts;
	Datum	   *numbers = palloc(count * sizeof(Datum));
	Datum	   *values = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
	{
		numbers[i] = Float4GetDatum((float4) ((1 - facts->null_fraction) * runs[i].count /
											  facts->count));
		values[i] = facts->values[runs[i].first];
	}
	add_slot(build, STATISTIC_KIND_MCV, build->cache->eq_opr, numbers, count, values, count);
}

/* Of the values that are not frequent. */
static void
add_histogram(StatisticBuild *build, const Run *runs, int frequent)
{
	const ColumnFacts *facts = build->facts;
	bool	   *is_frequent = palloc0(facts->count + 1);
	Datum	   *rest = palloc((facts->count + 1) * sizeof(Datum));
	Datum		bounds[MAX_BOUNDS];
	int			rest_count = 0;
	int			bound_count;

	for (int i = 0; i < frequent; i++)
		memset(is_frequent + runs[i].first, true, runs[i].count);
	for (int i = 0; i < facts->count; i++)
	{
		if (!is_frequent[i])
			rest[rest_count++] = facts->values[i];
	}
	if (rest_count < 2)
		return;
	bound_count = Min(rest_count, MAX_BOUNDS);
	for (int i = 0; i < bound_count; i++)
		bounds[i] = rest[(int64) i * (rest_count - 1) / (bound_count - 1)];
	add_slot(build, STATISTIC_KIND_HISTOGRAM, build->cache->lt_opr, NULL, 0, bounds, bound_count);
}

static void
fill_slots(StatisticBuild *build)
{
	const ColumnFacts *facts = build->facts;
	Run		   *runs = palloc((facts->count + 1) * sizeof(Run));
	int			run_count = find_runs(facts, build->cache, runs);
	int			frequent;

	pg_qsort(runs, run_count, sizeof(Run), compare_runs);
	frequent = count_frequent(facts, runs, run_count);
	if (frequent > 0)
		add_frequent(build, runs, frequent);
	if (frequent < run_count)
		add_histogram(build, runs, frequent);
}

static HeapTuple
statistics_tuple(const NamiForeignTable *table, const NamiForeignColumn *column,
				 const ColumnFacts *facts)
{
	StatisticBuild build = {.facts = facts};
	Relation	catalog = table_open(StatisticRelationId, AccessShareLock);
	double		distinct = facts->distinct;
	HeapTuple	tuple;

	/* Nearly as many values as rows: it will be so when there are more. */
	if (facts->rows > 0 && distinct >= 0.9 * facts->rows)
		distinct = -Min(distinct / facts->rows, 1);
	for (int i = 0; i < STATISTIC_NUM_SLOTS; i++)
	{
		build.values[Anum_pg_statistic_stakind1 - 1 + i] = Int16GetDatum(0);
		build.values[Anum_pg_statistic_staop1 - 1 + i] = ObjectIdGetDatum(InvalidOid);
		build.values[Anum_pg_statistic_stacoll1 - 1 + i] = ObjectIdGetDatum(InvalidOid);
		build.nulls[Anum_pg_statistic_stanumbers1 - 1 + i] = true;
		build.nulls[Anum_pg_statistic_stavalues1 - 1 + i] = true;
	}
	build.values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(table->relid);
	build.values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(column->attnum);
	build.values[Anum_pg_statistic_stainherit - 1] = BoolGetDatum(false);
	build.values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum((float4) facts->null_fraction);
	build.values[Anum_pg_statistic_stawidth - 1] = Int32GetDatum((int32) facts->width_bytes);
	build.values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum((float4) distinct);
	if (facts->count > 0)
	{
		build.cache = lookup_type_cache(facts->type,
										TYPECACHE_CMP_PROC_FINFO | TYPECACHE_LT_OPR |
										TYPECACHE_EQ_OPR);
		fill_slots(&build);
	}
	tuple = heap_form_tuple(RelationGetDescr(catalog), build.values, build.nulls);
	table_close(catalog, AccessShareLock);
	return tuple;
}

/* ---- kept from one plan to the next -------------------------------------------------------- */

typedef struct CacheEntry
{
	Oid			relid;			/* InvalidOid: free */
	AttrNumber	attnum;
	const NamiConnection *connection;
	uint64		space;			/* of the snapshot */
	uint64		version;
	uint64		mark;			/* of the own writes; 0: none */
	HeapTuple	tuple;			/* NULL: nothing is known */
} CacheEntry;

static CacheEntry *cache = NULL;
static MemoryContext cache_context = NULL;
static int	next_victim = 0;

static void
forget_relation(Datum arg, Oid relid)
{
	for (int i = 0; i < CACHE_ENTRIES; i++)
	{
		if (relid == InvalidOid || cache[i].relid == relid)
			cache[i].relid = InvalidOid;
	}
}

static void
init_cache(void)
{
	MemoryContext context;

	if (cache != NULL)
		return;
	context = AllocSetContextCreate(nami_pg_process_context(), "namidb column statistics",
									ALLOCSET_DEFAULT_SIZES);
	cache = MemoryContextAllocZero(context, CACHE_ENTRIES * sizeof(CacheEntry));
	cache_context = context;
	CacheRegisterRelcacheCallback(forget_relation, (Datum) 0);
}

static CacheEntry *
find_entry(Oid relid, AttrNumber attnum)
{
	for (int i = 0; i < CACHE_ENTRIES; i++)
	{
		if (cache[i].relid == relid && cache[i].attnum == attnum)
			return &cache[i];
	}
	next_victim = (next_victim + 1) % CACHE_ENTRIES;
	cache[next_victim].relid = InvalidOid;
	return &cache[next_victim];
}

/* The entry's tuple is replaced only when the new one is complete. */
static HeapTuple
keep_tuple(CacheEntry *entry, HeapTuple tuple)
{
	MemoryContext old = MemoryContextSwitchTo(cache_context);
	HeapTuple	copy = tuple != NULL ? heap_copytuple(tuple) : NULL;

	MemoryContextSwitchTo(old);
	if (entry->tuple != NULL)
		heap_freetuple(entry->tuple);
	entry->tuple = copy;
	return copy;
}

static HeapTuple
make_tuple(const NamiForeignTable *table, const NamiForeignColumn *column,
		   const NamiSnapshot *snapshot)
{
	ColumnFacts facts = {0};

	if (!column_facts(table, column, snapshot, &facts))
		return NULL;
	return statistics_tuple(table, column, &facts);
}

static HeapTuple
column_statistics(const NamiForeignTable *table, const NamiForeignColumn *column, Oid user)
{
	NamiConnection *connection = nami_foreign_connection(table, user);
	NamiTransaction *engine = nami_pg_transaction_engine(nami_pg_transaction_get(connection));
	NamiSnapshot snapshot = nami_foreign_planning_snapshot(connection);
	CacheEntry	key = {
		table->relid, column->attnum, connection, nami_view_space(snapshot.view),
		nami_view_version(snapshot.view),
		snapshot.own != NULL ? nami_transaction_mark(engine) + 1 : 0
	};
	CacheEntry *entry;
	MemoryContext context;
	MemoryContext old;

	init_cache();
	entry = find_entry(table->relid, column->attnum);
	if (entry->relid == key.relid && entry->connection == connection &&
		entry->space == key.space && entry->version == key.version && entry->mark == key.mark)
		return entry->tuple;
	entry->relid = InvalidOid;
	context = AllocSetContextCreate(CurrentMemoryContext, "namidb statistics",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	key.tuple = keep_tuple(entry, make_tuple(table, column, &snapshot));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	*entry = key;
	return entry->tuple;
}

/* ---- the hook ------------------------------------------------------------------------------ */

/* The relation that the planner made for the range table entry, when it is one of our tables. */
static RelOptInfo *
foreign_rel_of(PlannerInfo *root, const RangeTblEntry *rte)
{
	if (rte->rtekind != RTE_RELATION || rte->relkind != RELKIND_FOREIGN_TABLE)
		return NULL;
	for (int i = 1; i < root->simple_rel_array_size; i++)
	{
		RelOptInfo *rel = root->simple_rel_array[i];

		if (root->simple_rte_array[i] != rte || rel == NULL)
			continue;
		return rel->fdwroutine != NULL && rel->fdw_private != NULL &&
			rel->fdwroutine->GetForeignRelSize == nami_foreign_get_rel_size ? rel : NULL;
	}
	return NULL;
}

static bool
may_read(const RangeTblEntry *rte, AttrNumber attnum, Oid user)
{
	return rte->securityQuals == NIL &&
		(pg_class_aclcheck(rte->relid, user, ACL_SELECT) == ACLCHECK_OK ||
		 pg_attribute_aclcheck(rte->relid, attnum, user, ACL_SELECT) == ACLCHECK_OK);
}

static bool
give_statistics(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum, VariableStatData *vardata)
{
	RelOptInfo *rel = foreign_rel_of(root, rte);
	const NamiForeignTable *table = rel != NULL ? nami_foreign_rel(rel)->table : NULL;
	Oid			user;
	HeapTuple	tuple;

	if (table == NULL || attnum <= 0 || attnum > table->column_count ||
		SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(rte->relid), Int16GetDatum(attnum),
							  BoolGetDatum(rte->inh)))
		return previous_hook != NULL && previous_hook(root, rte, attnum, vardata);
	user = nami_foreign_rel(rel)->user;
	tuple = table->kind == NAMI_FOREIGN_QUERY ? NULL :
		column_statistics(table, &table->columns[attnum - 1], user);
	if (tuple == NULL)
		return false;
	vardata->statsTuple = heap_copytuple(tuple);
	vardata->freefunc = heap_freetuple;
	vardata->acl_ok = may_read(rte, attnum, OidIsValid(user) ? user : GetUserId());
	return true;
}

void
nami_foreign_estimate_init(void)
{
	previous_hook = get_relation_stats_hook;
	get_relation_stats_hook = give_statistics;
}
