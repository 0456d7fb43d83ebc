/*
 * cypher_run.h - whole Cypher statements on a namespace in memory, without a server.
 *
 *	CypherWorld w;
 *	cypher_open(&w);
 *	char *rows = cypher(&w, "MATCH (n) RETURN n.x");	-- "1|2|", or "error 42601: ..."
 *	cypher_close(&w);
 *
 * Each statement is one transaction. Rows are separated by newlines, cells by "|"; strings in single
 * quotes, nodes as (:Label {key: value}), relationships as [:TYPE {key: value}].
 */
#ifndef TEST_CYPHER_RUN_H
#define TEST_CYPHER_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "exec/engine.h"
#include "exec/functions.h"
#include "exec/procedures.h"
#include "exec/temporal.h"

typedef struct CypherWorld
{
	NamiArena  *arena;			/* everything of the test */
	NamiOwner	owner;
	NamiStore  *store;
	NamiNamespace *ns;
	NamiBuf		out;
	NamiStr		plan_text;		/* of the last statement */
	const NamiRoutineResolver *resolver;	/* procedures of the test; may be NULL */
	NamiPlanVariant variant;	/* of the plans */
	bool		from_image;		/* everything is folded into an image before a statement reads */
	const NamiHost *host;		/* of executions; NULL: the default one */
	NamiMemoryAccount *account; /* of executions; may be NULL */
} CypherWorld;

static inline void
cypher_open(CypherWorld *w)
{
	NamiStoreOptions options = {0};
	NamiError	err = NAMI_ERROR_INIT;
	NamiStoreUri uri;

	memset(w, 0, sizeof(*w));
	w->arena = nami_arena_create(nami_allocator_malloc(), NULL);
	nami_owner_init(&w->owner);
	assert_int_equal(nami_store_uri_parse(w->arena, NAMI_STR("memory://t"), &uri, &err), NAMI_OK);
	assert_int_equal(nami_store_open(&uri, &options, nami_host_default(), nami_allocator_malloc(),
									 &w->owner, &w->store, &err), NAMI_OK);
	w->ns = nami_namespace_create(nami_host_default(), nami_allocator_malloc(), w->store,
								  nami_store_uri(w->store)->key_prefix);
	nami_buf_init(&w->out, w->arena);
}

static inline void
cypher_close(CypherWorld *w)
{
	nami_namespace_destroy(w->ns);
	nami_store_close(w->store);
	nami_owner_release(&w->owner);
	nami_arena_destroy(w->arena);
}

/* ---- printing ------------------------------------------------------------------------------- */

static inline void cypher_print(NamiBuf *out, const NamiSnapshot *snapshot, NamiArena *arena,
								NamiValue value);

static inline void
cypher_print_entries(NamiBuf *out, const NamiSnapshot *snapshot, NamiArena *arena, NamiValue map)
{
	nami_buf_put_cstr(out, "{");
	for (uint32_t i = 0; i < map.len; i++)
	{
		nami_buf_printf(out, "%s%.*s: ", i > 0 ? ", " : "", NAMI_STR_ARG(map.entries[i].key));
		cypher_print(out, snapshot, arena, map.entries[i].value);
	}
	nami_buf_put_cstr(out, "}");
}

static inline void
cypher_print_node(NamiBuf *out, const NamiSnapshot *snapshot, NamiArena *arena, NamiOrd ord)
{
	const NamiLabelId *labels;
	uint32_t	count = nami_snapshot_labels(snapshot, ord, arena, &labels);
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	map;

	nami_buf_put_cstr(out, "(");
	for (uint32_t i = 0; i < count; i++)
		nami_buf_printf(out, ":%.*s",
						NAMI_STR_ARG(nami_catalog_name(nami_snapshot_catalog(snapshot),
													   NAMI_NAME_LABEL, labels[i])));
	assert_int_equal(nami_snapshot_node_map(snapshot, ord, arena, &map, &err), NAMI_OK);
	if (map.len > 0)
	{
		nami_buf_put_cstr(out, count > 0 ? " " : "");
		cypher_print_entries(out, snapshot, arena, map);
	}
	nami_buf_put_cstr(out, ")");
}

static inline void
cypher_print_rel(NamiBuf *out, const NamiSnapshot *snapshot, NamiArena *arena, const NamiRel *rel)
{
	NamiError	err = NAMI_ERROR_INIT;
	NamiValue	map;

	nami_buf_printf(out, "[:%.*s",
					NAMI_STR_ARG(nami_catalog_name(nami_snapshot_catalog(snapshot), NAMI_NAME_TYPE,
												   rel->type)));
	assert_int_equal(nami_snapshot_edge_map(snapshot, rel->type, rel->pos, arena, &map, &err),
					 NAMI_OK);
	if (map.len > 0)
	{
		nami_buf_put_cstr(out, " ");
		cypher_print_entries(out, snapshot, arena, map);
	}
	nami_buf_put_cstr(out, "]");
}

static inline void
cypher_print_path(NamiBuf *out, const NamiSnapshot *snapshot, NamiArena *arena,
				  const NamiPath *path)
{
	nami_buf_put_cstr(out, "<");
	cypher_print_node(out, snapshot, arena, path->nodes[0]);
	for (uint32_t i = 0; i < path->rel_count; i++)
	{
		bool		forward = path->rels[i].src == path->nodes[i];

		nami_buf_put_cstr(out, forward ? "-" : "<-");
		cypher_print_rel(out, snapshot, arena, &path->rels[i]);
		nami_buf_put_cstr(out, forward ? "->" : "-");
		cypher_print_node(out, snapshot, arena, path->nodes[i + 1]);
	}
	nami_buf_put_cstr(out, ">");
}

static inline void
cypher_print(NamiBuf *out, const NamiSnapshot *snapshot, NamiArena *arena, NamiValue value)
{
	char		number[NAMI_NUMBER_TEXT_MAX];

	switch ((NamiKind) value.kind)
	{
		case NAMI_NULL:
			nami_buf_put_cstr(out, "null");
			break;
		case NAMI_BOOL:
			nami_buf_put_cstr(out, value.boolean ? "true" : "false");
			break;
		case NAMI_INT:
			nami_buf_printf(out, "%lld", (long long) value.integer);
			break;
		case NAMI_FLOAT:
			if (value.number != value.number || value.number - value.number != 0)
				nami_buf_put_cstr(out, value.number != value.number ? "NaN" :
								  value.number > 0 ? "Inf" : "-Inf");
			else
				nami_buf_put(out, number, nami_number_format_double(value.number, number));
			break;
		case NAMI_STRING:
			nami_buf_printf(out, "'%.*s'", NAMI_STR_ARG(nami_value_str(value)));
			break;
		case NAMI_LIST:
			nami_buf_put_cstr(out, "[");
			for (uint32_t i = 0; i < value.len; i++)
			{
				nami_buf_put_cstr(out, i > 0 ? ", " : "");
				cypher_print(out, snapshot, arena, value.items[i]);
			}
			nami_buf_put_cstr(out, "]");
			break;
		case NAMI_MAP:
			cypher_print_entries(out, snapshot, arena, value);
			break;
		case NAMI_NODE:
			cypher_print_node(out, snapshot, arena, (NamiOrd) value.integer);
			break;
		case NAMI_REL:
			cypher_print_rel(out, snapshot, arena, value.rel);
			break;
		case NAMI_PATH:
			cypher_print_path(out, snapshot, arena, value.path);
			break;
		case NAMI_BYTES:
		case NAMI_VECTOR:
			nami_buf_printf(out, "%s(%u)", nami_kind_name(value.kind), value.len);
			break;
		default:
			nami_buf_put_str(out, nami_temporal_text(arena, value));
			break;
	}
}

/* ---- running -------------------------------------------------------------------------------- */

static inline void
cypher_rows(CypherWorld *w, NamiExecution *execution, const NamiPlan *plan, const NamiBatch *batch,
			NamiArena *arena)
{
	for (uint32_t i = 0; i < batch->selected_count; i++)
	{
		uint32_t	row = nami_batch_row(batch, i);

		for (uint32_t c = 0; c < plan->column_count; c++)
		{
			nami_buf_put_cstr(&w->out, c > 0 ? "|" : "");
			cypher_print(&w->out, nami_execution_snapshot(execution), arena,
						 nami_vector_value(&batch->columns[plan->columns[c].slot], row));
		}
		nami_buf_put_cstr(&w->out, "\n");
	}
}

static inline NamiStatus
cypher_execute(CypherWorld *w, NamiTransaction *txn, NamiView *view, const NamiPlan *plan,
			   NamiValue params, NamiArena *arena, NamiError *err)
{
	NamiExecutionOptions options = {
		.host = w->host != NULL ? w->host : nami_host_default(),
		.account = w->account,
		.allocator = nami_allocator_malloc(),
		.transaction = plan->writes ? txn : NULL,
		.params = params,
		.statement_us = 1700000000000000,
	};
	NamiExecution *execution = NULL;
	NamiStatus	status;
	const NamiBatch *batch;

	if (plan->writes)
		nami_transaction_begin_statement(txn, view);
	options.snapshot = nami_transaction_snapshot(txn, view, NAMI_MARK_NOW);
	status = nami_execution_open(plan, &options, &execution, err);
	while (status == NAMI_OK)
	{
		status = nami_execution_next(execution, &batch, err);
		if (status != NAMI_OK || batch->selected_count == 0)
			break;
		if (plan->column_count > 0)
			cypher_rows(w, execution, plan, batch, arena);
	}
	if (status == NAMI_OK && plan->writes)
		status = nami_transaction_end_statement(txn, 0, err);
	nami_execution_close(execution);
	return status;
}

/* The view that the statement reads; with everything in its image if the test wants that. */
static inline NamiStatus
cypher_view(CypherWorld *w, NamiTransaction *txn, NamiView **view, NamiError *err)
{
	NamiView   *base;

	NAMI_TRY(nami_transaction_view(txn, true, view, err));
	if (!w->from_image)
		return NAMI_OK;
	base = *view;
	*view = NULL;
	NAMI_TRY(nami_view_rebuild(base, nami_host_default(), nami_allocator_malloc(), &w->owner, view,
							   err));
	nami_view_release(base);
	return NAMI_OK;
}

/* The rows, or "error <name or class>: <message>". The text lives until cypher_close(). */
static inline const char *
cypher_with(CypherWorld *w, const char *text, NamiValue params)
{
	NamiArena  *arena = nami_arena_create(nami_allocator_malloc(), NULL);
	NamiTransactionOptions txn_options = {.resolve_timeout_ms = 1000};
	NamiTransactionHooks hooks = {0};
	NamiTransaction *txn = nami_transaction_begin(w->ns, arena, &w->owner, &hooks, &txn_options);
	NamiError	err = NAMI_ERROR_INIT;
	NamiView   *view = NULL;
	NamiPlan   *plan = NULL;
	NamiStatus	status;

	nami_buf_clear(&w->out);
	status = cypher_view(w, txn, &view, &err);
	if (status == NAMI_OK)
	{
		NamiSnapshot snapshot = nami_transaction_snapshot(txn, view, NAMI_MARK_NOW);
		NamiPlanOptions options = {
			.find_function = nami_find_function, .find_procedure = nami_find_procedure,
			.resolver = w->resolver, .statistics = &snapshot, .variant = w->variant,
			.fold = nami_eval_fold
		};

		status = nami_plan_query(arena, nami_str(text), &options, &plan, &err);
	}
	if (status == NAMI_OK)
	{
		w->plan_text = nami_arena_str(w->arena, nami_plan_explain(plan, false, NULL, NULL, arena));
		status = cypher_execute(w, txn, view, plan, params, arena, &err);
	}
	if (view != NULL)
		nami_view_release(view);
	if (status == NAMI_OK)
		status = nami_transaction_commit(txn, &err);
	nami_transaction_end(txn);
	nami_arena_destroy(arena);
	if (status != NAMI_OK)
	{
		nami_buf_clear(&w->out);
		nami_buf_printf(&w->out, "error %s: %s", err.name[0] != '\0' ? err.name : "?", err.message);
	}
	nami_buf_put_u8(&w->out, '\0');
	return nami_arena_strdup(w->arena, (const char *) w->out.ptr);
}

static inline const char *
cypher(CypherWorld *w, const char *text)
{
	return cypher_with(w, text, nami_value_null());
}

#endif							/* TEST_CYPHER_RUN_H */
