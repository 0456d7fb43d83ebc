/*
 * plan_planner_fuzz.c - any text, planned with the statistics and the schema of a small graph, as it
 * should be and in every variant: all of them plan it or none does, for the same reason. The first
 * byte is the number of the last variant.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../unit/support/plan_functions.h"
#include "graph/transaction.h"
#include "plan/planner.h"

#define PERSONS		40

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For ever. */
static NamiOwner owner;
static NamiStore *store;
static NamiNamespace *ns;
static NamiTransaction *reader;
static NamiSnapshot snapshot;

static void
check(NamiStatus status)
{
	if (status != NAMI_OK)
		abort();
}

/* ---- the graph ----------------------------------------------------------------------------- */

static NamiOrd
create(NamiTransaction *txn, NamiCatalog *catalog, const char *label, int number)
{
	NamiLabelId id = nami_catalog_intern(catalog, NAMI_NAME_LABEL, nami_str(label));
	NamiMapEntry entries[] = {
		{NAMI_STR("n"), nami_value_int(number)},
		{NAMI_STR("k"), nami_value_string(number % 2 == 0 ? NAMI_STR("even") : NAMI_STR("odd"))},
		{NAMI_STR("v"), nami_value_float(number / 3.0)},
	};
	NamiError	err = NAMI_ERROR_INIT;
	NamiOrd		ord;

	check(nami_transaction_create_node(txn, NULL, &id, 1, nami_value_map(entries, 3), &ord, &err));
	return ord;
}

static void
link_nodes(NamiTransaction *txn, NamiCatalog *catalog, const char *type, NamiOrd from, NamiOrd to)
{
	NamiTypeId	id = nami_catalog_intern(catalog, NAMI_NAME_TYPE, nami_str(type));
	NamiMapEntry entry = {NAMI_STR("w"), nami_value_int((int64_t) to)};
	NamiError	err = NAMI_ERROR_INIT;
	NamiEdgePos pos;

	check(nami_transaction_put_edge(txn, id, from, to, nami_value_map(&entry, 1), &pos, &err));
}

static void
fill(NamiTransaction *txn, NamiCatalog *catalog)
{
	NamiOrd		persons[PERSONS];
	NamiOrd		cities[3];

	for (int i = 0; i < PERSONS; i++)
		persons[i] = create(txn, catalog, "P", i);
	for (int i = 0; i < 3; i++)
		cities[i] = create(txn, catalog, "Q", i);
	for (int i = 0; i < PERSONS; i++)
	{
		for (int j = 1; j < 5; j++)
			link_nodes(txn, catalog, "K", persons[i], persons[(i + j * j) % PERSONS]);
		link_nodes(txn, catalog, "L", persons[i], cities[i % 3]);
	}
}

static void
declare(NamiTransaction *txn, NamiSchemaAction action, const char *label, const char *key)
{
	NamiStr		property = nami_str(key);
	NamiSchemaCommand command = {.action = action, .label = nami_str(label),
		.properties = &property, .property_count = 1};
	NamiError	err = NAMI_ERROR_INIT;

	check(nami_transaction_schema(txn, &command, &err));
}

static NamiTransaction *
begin(NamiArena *arena, NamiView **view)
{
	static const NamiTransactionHooks hooks = {0};
	static const NamiTransactionOptions options = {.resolve_timeout_ms = 1000};
	NamiTransaction *txn = nami_transaction_begin(ns, arena, &owner, &hooks, &options);
	NamiError	err = NAMI_ERROR_INIT;

	check(nami_transaction_view(txn, true, view, &err));
	nami_transaction_begin_statement(txn, *view);
	return txn;
}

static void
commit(NamiTransaction *txn, NamiView *view)
{
	NamiError	err = NAMI_ERROR_INIT;

	check(nami_transaction_end_statement(txn, 0, &err));
	check(nami_transaction_commit(txn, &err));
	nami_view_release(view);
	nami_transaction_end(txn);
}

static void
open_graph(void)
{
	static NamiArena *arena;
	NamiStoreOptions options = {0};
	NamiError	err = NAMI_ERROR_INIT;
	NamiTransaction *txn;
	NamiStoreUri uri;
	NamiView   *view;

	arena = nami_arena_create(nami_allocator_malloc(), NULL);
	nami_owner_init(&owner);
	check(nami_store_uri_parse(arena, NAMI_STR("memory://t"), &uri, &err));
	check(nami_store_open(&uri, &options, nami_host_default(), nami_allocator_malloc(), &owner, &store,
						  &err));
	ns = nami_namespace_create(nami_host_default(), nami_allocator_malloc(), store,
							   nami_store_uri(store)->key_prefix);
	txn = begin(arena, &view);
	fill(txn, nami_view_catalog(view));
	commit(txn, view);
	txn = begin(arena, &view);
	declare(txn, NAMI_SCHEMA_ADD_CONSTRAINT, "P", "n");
	declare(txn, NAMI_SCHEMA_ADD_INDEX, "P", "k");
	commit(txn, view);
	reader = begin(arena, &view);
	snapshot = nami_transaction_snapshot(reader, view, NAMI_MARK_NOW);
}

/* ---- plans --------------------------------------------------------------------------------- */

typedef struct Outcome
{
	NamiErrorClass cls;
	int64_t		position;
	uint32_t	columns;
} Outcome;

static Outcome
plan(NamiStr text, const char *variant)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiPlanOptions options = {.find_function = test_find_function,
		.find_procedure = test_find_procedure, .statistics = &snapshot};
	NamiError	err = NAMI_ERROR_INIT;
	Outcome		outcome = {0};
	NamiPlan   *made;

	if (!nami_plan_variant_parse(nami_str(variant), &options.variant, &err))
		abort();
	if (nami_plan_query(arena, text, &options, &made, &err) == NAMI_OK)
	{
		NamiStr		shown = nami_plan_explain(made, true, NULL, NULL, arena);

		if (made->root != NULL && shown.len == 0)
			abort();
		outcome.columns = made->column_count;
	}
	else
	{
		if (err.cls == NAMI_ERR_NONE || err.cls == NAMI_ERR_INTERNAL || err.message[0] == '\0' ||
			err.position > (int64_t) text.len)
			abort();
		outcome.cls = err.cls;
		outcome.position = err.position;
	}
	nami_arena_destroy(arena);
	return outcome;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const variants[] = {"no_pushdown", "no_index", "no_rewrite", "worst_order",
		"seed=1", "no_pushdown,no_index,no_rewrite,worst_order"};
	NamiStr		text;
	Outcome		expected;
	char		number[16];

	if (snapshot.view == NULL)
		open_graph();
	if (size == 0)
		return 0;
	text = (NamiStr) {(const char *) data + 1, size - 1};
	expected = plan(text, "");
	snprintf(number, sizeof(number), "%u", data[0]);
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]) + 1; i++)
	{
		const char *variant = i < sizeof(variants) / sizeof(variants[0]) ? variants[i] : number;
		Outcome		outcome = plan(text, variant);

		if (outcome.cls != expected.cls || outcome.position != expected.position ||
			outcome.columns != expected.columns)
			abort();
	}
	return 0;
}
