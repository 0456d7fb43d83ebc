/*
 * plan_cache.c - compiled queries of this backend, see plan_cache.h.
 */
#include "postgres.h"

#include "pg/plan_cache.h"

#include "base/hash.h"
#include "exec/functions.h"
#include "exec/procedures.h"
#include "pg/host.h"
#include "pg/procedure.h"
#include "pg/settings.h"
#include "utils/memutils.h"

#define MAX_PLANS		256
#define MAX_BYTES		((size_t) 4 * 1024 * 1024)	/* of all plans together */
#define MAX_PLAN_BYTES	(MAX_BYTES / 4)		/* a huge text hardly comes again */

static NamiCachedPlan *plans[MAX_PLANS];
static int	plan_count = 0;
static size_t plan_bytes = 0;
static uint64 use_counter = 0;

static void
drop_at(int i)
{
	NamiCachedPlan *entry = plans[i];

	plans[i] = plans[--plan_count];
	plan_bytes -= entry->size_bytes;
	entry->is_dropped = true;
	if (entry->pins == 0)
		MemoryContextDelete(entry->context);
}

static void
make_room(size_t size_bytes)
{
	while (plan_count > 0 && (plan_count == MAX_PLANS || plan_bytes + size_bytes > MAX_BYTES))
	{
		int			oldest = 0;

		for (int i = 1; i < plan_count; i++)
		{
			if (plans[i]->last_use < plans[oldest]->last_use)
				oldest = i;
		}
		drop_at(oldest);
	}
}

static void
unpin(void *arg)
{
	NamiCachedPlan *entry = arg;

	if (--entry->pins == 0 && entry->is_dropped)
		MemoryContextDelete(entry->context);
}

/* Until the current memory context goes: an error needs no clean-up. */
static NamiCachedPlan *
pin(NamiCachedPlan *entry)
{
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));

	callback->func = unpin;
	callback->arg = entry;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	entry->pins++;
	entry->last_use = ++use_counter;
	return entry;
}

/* The setting was checked when it was set. */
static NamiPlanVariant
current_variant(void)
{
	NamiStr		text = {nami_settings.plan_variant, strlen(nami_settings.plan_variant)};
	NamiError	err = NAMI_ERROR_INIT;
	NamiPlanVariant variant;

	(void) nami_plan_variant_parse(text, &variant, &err);
	return variant;
}

static NamiCachedPlan *
find(NamiConnection *connection, const char *text, size_t text_len, bool read_only,
	 NamiPlanVariant variant)
{
	uint64		hash = nami_xxh3(text, text_len);

	for (int i = 0; i < plan_count; i++)
	{
		NamiCachedPlan *entry = plans[i];

		if (entry->hash == hash && entry->connection == connection &&
			entry->read_only == read_only && entry->variant.flags == variant.flags &&
			entry->variant.seed == variant.seed && entry->text_len == text_len &&
			memcmp(entry->text, text, text_len) == 0)
			return entry;
	}
	return NULL;
}

/*
 * An entry of its own context below the caller's: an error frees it. NULL when the text is wrong; what
 * has nothing to do with the text is raised here.
 */
static NamiCachedPlan *
compile(const char *text, size_t text_len, bool read_only, NamiPlanVariant variant,
		const NamiSnapshot *statistics, NamiError *err)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "namidb plan",
												  ALLOCSET_SMALL_SIZES);
	NamiMemoryAccount *account = MemoryContextAlloc(context, sizeof(NamiMemoryAccount));
	NamiArena  *arena;
	NamiStr		copy;
	NamiCachedPlan *entry;
	NamiPlanOptions options = {
		.host = nami_pg_host(),
		.find_function = nami_find_function,
		.find_procedure = nami_find_procedure,
		.resolver = nami_pg_resolver(context),
		.read_only = read_only,
		.statistics = statistics,
		.variant = variant,
		.fold = nami_eval_fold,
	};

	nami_pg_account_init(account, "compiling the query");
	arena = nami_arena_create(nami_pg_allocator(context), account);
	copy = nami_arena_str(arena, (NamiStr) {text, text_len});
	entry = NAMI_NEW(arena, NamiCachedPlan);
	if (nami_plan_query(arena, copy, &options, &entry->plan, err) != NAMI_OK)
	{
		if (err->cls == NAMI_ERR_CANCELLED)
			nami_pg_raise(err, copy.ptr);
		MemoryContextDelete(context);
		return NULL;
	}
	entry->context = context;
	entry->text = copy.ptr;
	entry->text_len = text_len;
	entry->size_bytes = account->used_bytes;
	return entry;
}

static uint64
mix_keys(uint64 hash, NamiLabelId label, const NamiKeyId *keys, uint32_t count)
{
	hash = nami_hash_mix(hash, label + ((uint64) count << 32));
	for (uint32_t i = 0; i < count; i++)
		hash = nami_hash_mix(hash, keys[i] + UINT64CONST(1));
	return hash;
}

/* Of the constraints and indexes that a plan may use. */
static uint64
schema_hash(const NamiSnapshot *snapshot)
{
	const NamiSchema *schema = nami_snapshot_schema(snapshot);
	uint64		hash = 0;

	for (uint32_t i = 0; i < schema->constraint_count; i++)
		hash = mix_keys(hash, schema->constraints[i].label, schema->constraints[i].keys,
						schema->constraints[i].key_count);
	hash = nami_hash_mix(hash, schema->constraint_count);
	for (uint32_t i = 0; i < schema->index_count; i++)
		hash = mix_keys(hash, schema->indexes[i].label, schema->indexes[i].keys,
						schema->indexes[i].key_count);
	return hash;
}

/*
 * Constraints and indexes may have come or gone, here or elsewhere, since the plan was made, and the
 * graph may have become another one.
 */
static bool
is_current(NamiCachedPlan *entry, NamiStatisticsSource statistics, void *arg)
{
	NamiSnapshot snapshot;

	if (!entry->plan->reads_graph || statistics == NULL)
		return true;
	snapshot = statistics(arg);
	return schema_hash(&snapshot) == entry->schema_hash &&
		!nami_plan_is_outgrown(entry->plan, &snapshot);
}

static void
drop(const NamiCachedPlan *entry)
{
	for (int i = 0; i < plan_count; i++)
	{
		if (plans[i] == entry)
		{
			drop_at(i);
			return;
		}
	}
}

static NamiCachedPlan *
get(NamiConnection *connection, const char *text, size_t text_len, bool read_only,
	NamiStatisticsSource statistics, void *arg, NamiError *err)
{
	NamiPlanVariant variant = current_variant();
	NamiCachedPlan *entry = find(connection, text, text_len, read_only, variant);
	uint64		hash = 0;

	if (entry != NULL)
	{
		if (is_current(entry, statistics, arg))
			return pin(entry);
		drop(entry);
	}
	entry = compile(text, text_len, read_only, variant, NULL, err);
	if (entry != NULL && entry->plan->reads_graph && statistics != NULL)
	{
		NamiSnapshot snapshot = statistics(arg);

		MemoryContextDelete(entry->context);
		entry = compile(text, text_len, read_only, variant, &snapshot, err);
		hash = schema_hash(&snapshot);
	}
	if (entry == NULL)
		return NULL;
	entry->schema_hash = hash;
	entry->hash = nami_xxh3(text, text_len);
	entry->connection = connection;
	entry->read_only = read_only;
	entry->variant = variant;
	/* SQL functions may be replaced at any time. */
	if (entry->plan->uses_host || entry->size_bytes > MAX_PLAN_BYTES)
		return entry;
	make_room(entry->size_bytes);
	plan_bytes += entry->size_bytes;
	MemoryContextSetParent(entry->context, nami_pg_process_context());
	plans[plan_count++] = entry;
	return pin(entry);
}

NamiCachedPlan *
nami_plan_cache_get(NamiConnection *connection, const char *text, size_t text_len, bool read_only,
					NamiStatisticsSource statistics, void *arg)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiCachedPlan *entry = get(connection, text, text_len, read_only, statistics, arg, &err);

	if (entry == NULL)
		nami_pg_raise(&err, text);
	return entry;
}

NamiCachedPlan *
nami_plan_cache_try(NamiConnection *connection, const char *text, size_t text_len, bool read_only,
					NamiStatisticsSource statistics, void *arg)
{
	NamiError	err = NAMI_ERROR_INIT;

	return get(connection, text, text_len, read_only, statistics, arg, &err);
}
