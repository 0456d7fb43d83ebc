/*
 * engine.c - opening, pulling and closing an execution; what all operators share.
 */
#include "exec/engine.h"

#include <time.h>

#include "exec/operator.h"
#include "exec/spill.h"

#define MANY_OPERATORS	100
#define WHOLE_BATCHES	200		/* operators with batches of full size; of more, all together hold as much */
#define BATCH_ROWS_MIN	32

/* ---- names --------------------------------------------------------------------------------- */

void
nami_execution_resolve_names(NamiExecution *execution)
{
	const NamiPlan *plan = execution->plan;
	NamiCatalog *catalog;
	bool		has_grown = false;

	if (execution->snapshot.view == NULL)
		return;
	catalog = nami_snapshot_catalog(&execution->snapshot);
	for (int kind = 0; kind < NAMI_NAME_KIND_COUNT; kind++)
	{
		uint32_t	count = nami_catalog_count(catalog, kind);

		has_grown |= count != execution->known_names[kind];
		execution->known_names[kind] = count;
	}
	if (!has_grown)
		return;
	for (uint32_t i = 0; i < plan->name_count; i++)
		plan->names[i]->number = nami_catalog_find(catalog, plan->name_kinds[i],
												   plan->names[i]->text);
}

uint32_t
nami_name_intern(NamiExecution *execution, NamiNameKind kind, NamiStr name)
{
	return nami_catalog_intern(nami_snapshot_catalog(&execution->snapshot), kind, name);
}

/* ---- operators ----------------------------------------------------------------------------- */

static void
init_operator(NamiOp *op)
{
	switch (op->plan->kind)
	{
		case NAMI_PLAN_ONCE:
		case NAMI_PLAN_ARGUMENT:
		case NAMI_PLAN_NODE_SCAN:
		case NAMI_PLAN_ID_SEEK:
		case NAMI_PLAN_INDEX_SEEK:
		case NAMI_PLAN_TYPE_SCAN:
			nami_op_init_scan(op);
			break;
		case NAMI_PLAN_EXPAND:
		case NAMI_PLAN_EXPAND_INTO:
			nami_op_init_expand(op);
			break;
		case NAMI_PLAN_INTERSECT:
			nami_op_init_intersect(op);
			break;
		case NAMI_PLAN_DEGREE:
		case NAMI_PLAN_COUNT_NODES:
		case NAMI_PLAN_COUNT_EDGES:
			nami_op_init_count(op);
			break;
		case NAMI_PLAN_VAR_EXPAND:
			nami_op_init_var_expand(op);
			break;
		case NAMI_PLAN_SHORTEST_PATH:
			nami_op_init_shortest(op);
			break;
		case NAMI_PLAN_FILTER:
		case NAMI_PLAN_PROJECT:
		case NAMI_PLAN_UNWIND:
		case NAMI_PLAN_SKIP:
		case NAMI_PLAN_LIMIT:
		case NAMI_PLAN_UNION:
		case NAMI_PLAN_EMPTY_RESULT:
			nami_op_init_row(op);
			break;
		case NAMI_PLAN_CALL:
			nami_op_init_call(op);
			break;
		case NAMI_PLAN_SORT:
		case NAMI_PLAN_TOP:
		case NAMI_PLAN_EAGER:
			nami_op_init_sort(op);
			break;
		case NAMI_PLAN_AGGREGATE:
			nami_op_init_aggregate(op);
			break;
		case NAMI_PLAN_DISTINCT:
			nami_op_init_distinct(op);
			break;
		case NAMI_PLAN_APPLY:
			nami_op_init_apply(op);
			break;
		case NAMI_PLAN_CROSS:
		case NAMI_PLAN_HASH_JOIN:
			nami_op_init_join(op);
			break;
		case NAMI_PLAN_CREATE:
		case NAMI_PLAN_SET:
		case NAMI_PLAN_REMOVE:
		case NAMI_PLAN_DELETE:
			nami_op_init_write(op);
			break;
		case NAMI_PLAN_MERGE:
		case NAMI_PLAN_FOREACH:
			nami_op_init_merge(op);
			break;
	}
}

/* A query may have ten thousand operators; an ordinary one should not go to the host for each row. */
static NamiArena *
create_arena(NamiExecution *execution)
{
	const NamiAllocator *allocator = nami_arena_allocator(execution->arena);
	NamiMemoryAccount *account = nami_arena_account(execution->arena);

	return execution->plan->op_count <= MANY_OPERATORS ? nami_arena_create(allocator, account) :
		nami_arena_create_small(allocator, account);
}

static NamiStatus
create_inputs(NamiOp *op, NamiError *err)
{
	const NamiPlanOp *plan = op->plan;
	NamiExecution *execution = op->execution;

	if (plan->input != NULL)
		NAMI_TRY(nami_op_create(execution, plan->input, op->argument, &op->input, err));
	if (plan->inner != NULL)
	{
		/* The inner side of a join is no inner plan of its own: same argument. */
		bool		is_join = plan->kind == NAMI_PLAN_CROSS || plan->kind == NAMI_PLAN_HASH_JOIN;

		NAMI_TRY(nami_op_create(execution, plan->inner,
								is_join ? op->argument : &op->inner_argument, &op->inner, err));
	}
	op->inputs = nami_arena_alloc0(execution->arena, (plan->input_count + 1) * sizeof(NamiOp *));
	for (uint32_t i = 0; i < plan->input_count; i++)
		NAMI_TRY(nami_op_create(execution, plan->inputs[i], op->argument, &op->inputs[i], err));
	return NAMI_OK;
}

/* *out is set first: after an error the part that was made can be released. */
NamiStatus
nami_op_create(NamiExecution *execution, const NamiPlanOp *plan, NamiArgument *argument,
			   NamiOp **out, NamiError *err)
{
	NamiArena  *arena = execution->arena;
	NamiOp	   *op;

	NAMI_TRY(nami_check_stack(execution->options.host, err));
	if (execution->options.account != NULL)
		execution->options.account->user = nami_plan_op_name(plan);
	op = NAMI_NEW(arena, NamiOp);
	op->plan = plan;
	op->execution = execution;
	op->argument = argument;
	op->arena = create_arena(execution);
	op->state_arena = create_arena(execution);
	op->batch.columns = NAMI_NEW_ARRAY(arena, NamiVector, execution->plan->slot_count + 1);
	op->batch.slot_count = execution->plan->slot_count;
	op->inputs = NULL;
	*out = op;
	NAMI_TRY(create_inputs(op, err));
	init_operator(op);
	return NAMI_OK;
}

NamiStatus
nami_op_open(NamiOp *op, NamiError *err)
{
	NamiMemoryAccount *account = op->execution->options.account;

	NAMI_TRY(nami_check_stack(op->execution->options.host, err));
	nami_spill_close_all(op);
	nami_arena_reset(op->arena);
	nami_arena_reset(op->state_arena);
	op->state = NULL;
	if (op->input != NULL)
		NAMI_TRY(nami_op_open(op->input, err));
	for (uint32_t i = 0; i < op->plan->input_count; i++)
		NAMI_TRY(nami_op_open(op->inputs[i], err));
	if (account != NULL)
		account->user = nami_plan_op_name(op->plan);
	return op->open(op, err);
}

NamiStatus
nami_op_check(NamiOp *op, NamiError *err)
{
	const NamiHost *host = op->execution->options.host;
	const NamiMemoryAccount *account = op->execution->options.account;

	if (host->interrupted(host->ctx))
		return nami_fail(err, NAMI_ERR_CANCELLED, "canceling statement due to user request");
	if (nami_memory_account_exceeded(account))
		return nami_fail_memory_limit(err, account);
	return NAMI_OK;
}

static double
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double) ts.tv_sec * 1e6 + (double) ts.tv_nsec / 1e3;
}

NamiStatus
nami_op_next(NamiOp *op, NamiBatch **out, NamiError *err)
{
	NamiExecution *execution = op->execution;
	NamiMemoryAccount *account = execution->options.account;
	const char *caller = account != NULL ? account->user : NULL;
	double		start = execution->profile_us != NULL ? clock_us() : 0;

	NAMI_TRY(nami_check_stack(execution->options.host, err));
	if (account != NULL)
		account->user = nami_plan_op_name(op->plan);
	do
	{
		NAMI_TRY(nami_op_check(op, err));
		NAMI_TRY(op->next(op, out, err));
	} while (*out != NULL && (*out)->selected_count == 0);
	if (account != NULL)
		account->user = caller;
	if (execution->profile_us != NULL)
	{
		execution->profile_us[op->plan->number] += clock_us() - start;
		execution->profile_rows[op->plan->number] += *out != NULL ? (*out)->selected_count : 0;
	}
	return NAMI_OK;
}

static NamiArena *
emptied_arena(NamiOp *op, NamiArena **arena)
{
	if (*arena == NULL)
		*arena = nami_arena_create(nami_arena_allocator(op->arena), nami_arena_account(op->arena));
	else
		nami_arena_reset(*arena);
	return *arena;
}

NamiArena *
nami_op_aux_arena(NamiOp *op)
{
	return emptied_arena(op, &op->aux_arena);
}

NamiArena *
nami_op_scratch_arena(NamiOp *op)
{
	return emptied_arena(op, &op->scratch_arena);
}

static bool
needs_single_row(const NamiPlanOp *plan)
{
	switch (plan->kind)
	{
		case NAMI_PLAN_AGGREGATE:
		case NAMI_PLAN_DISTINCT:
		case NAMI_PLAN_SORT:
		case NAMI_PLAN_TOP:
		case NAMI_PLAN_SKIP:
		case NAMI_PLAN_LIMIT:
		case NAMI_PLAN_UNION:
		case NAMI_PLAN_EAGER:
		case NAMI_PLAN_CREATE:
		case NAMI_PLAN_MERGE:
		case NAMI_PLAN_SET:
		case NAMI_PLAN_REMOVE:
		case NAMI_PLAN_DELETE:
		case NAMI_PLAN_FOREACH:
		case NAMI_PLAN_EMPTY_RESULT:
		case NAMI_PLAN_CALL:
			return true;
		default:
			return plan->kind == NAMI_PLAN_APPLY && plan->apply_kind != NAMI_APPLY_SEMI &&
				plan->apply_kind != NAMI_APPLY_ANTI && nami_plan_is_row_by_row(plan->inner);
	}
}

bool
nami_plan_is_row_by_row(const NamiPlanOp *plan)
{
	for (; plan != NULL; plan = plan->input)
	{
		if (needs_single_row(plan))
			return true;
	}
	return false;
}

/* ---- expressions --------------------------------------------------------------------------- */

NamiStatus
nami_op_eval(NamiOp *op, const NamiExpr *expr, const NamiBatch *batch, NamiValue *out,
			 NamiError *err)
{
	NamiEvalContext *ctx = &op->execution->eval;
	NamiArena  *saved = ctx->arena;
	NamiStatus	status;

	ctx->arena = op->arena;
	status = nami_eval(ctx, expr, batch, out, err);
	ctx->arena = saved;
	return status;
}

NamiValue *
nami_op_values(NamiOp *op, const NamiBatch *batch)
{
	return NAMI_NEW_ARRAY(op->arena, NamiValue, batch->row_count + 1);
}

NamiStatus
nami_op_row_count(NamiOp *op, const NamiExpr *expr, const char *what, uint64_t *out,
				  NamiError *err)
{
	NamiEvalContext *ctx = &op->execution->eval;
	NamiArena  *saved = ctx->arena;
	NamiValue	value;
	NamiStatus	status;

	ctx->arena = op->state_arena;
	status = nami_eval_constant(ctx, expr, &value, err);
	ctx->arena = saved;
	NAMI_TRY(status);
	if (value.kind != NAMI_INT)
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "SyntaxError: InvalidArgumentType",
							expr->position, "%s must be an integer, got %s", what,
							nami_kind_name(value.kind));
	if (value.integer < 0)
		return nami_fail_at(err, NAMI_ERR_ARGUMENT, "SyntaxError: NegativeIntegerArgument",
							expr->position, "%s must not be negative", what);
	*out = (uint64_t) value.integer;
	return NAMI_OK;
}

/* ---- execution ----------------------------------------------------------------------------- */

NamiStatus
nami_check_parameters(const NamiPlan *plan, NamiValue params, NamiError *err)
{
	for (uint32_t i = 0; i < plan->parameter_count; i++)
	{
		NamiStr		name = plan->parameters[i];

		if (params.kind != NAMI_MAP || nami_value_map_get(params, name) == NULL)
			return nami_fail_at(err, NAMI_ERR_PARAMETER, "ParameterMissing: MissingParameter",
								plan->parameter_positions[i], "parameter \"$%.*s\" was not given",
								NAMI_STR_ARG(name));
	}
	return NAMI_OK;
}

static uint32_t
batch_rows(uint32_t op_count)
{
	uint32_t	rows = op_count <= WHOLE_BATCHES ? NAMI_BATCH_ROWS :
		NAMI_BATCH_ROWS * WHOLE_BATCHES / op_count;

	return rows < BATCH_ROWS_MIN ? BATCH_ROWS_MIN : rows;
}

static NamiStatus create_subplans(NamiExecution *execution, const NamiPlanOp *plan, NamiError *err);

/* Chains lean to the left: the first argument is followed in the loop. */
static NamiStatus
create_subplan(NamiExecution *execution, const NamiExpr *expr, NamiError *err)
{
	NAMI_TRY(nami_check_stack(execution->options.host, err));
	for (; expr != NULL; expr = expr->arg_count > 0 ? expr->args[0] : NULL)
	{
		if (expr->op == NAMI_EX_SUBPLAN)
		{
			NamiSubplanState *state = &execution->subplans[expr->subplan->number];

			state->row_by_row = nami_plan_is_row_by_row(expr->subplan->root);
			NAMI_TRY(create_subplans(execution, expr->subplan->root, err));
			NAMI_TRY(nami_op_create(execution, expr->subplan->root, &state->argument,
									&state->root, err));
		}
		for (uint32_t i = 1; i < expr->arg_count; i++)
			NAMI_TRY(create_subplan(execution, expr->args[i], err));
	}
	return NAMI_OK;
}

static NamiStatus
create_set_subplans(NamiExecution *execution, const NamiSetItem *items, uint32_t count,
					NamiError *err)
{
	for (uint32_t i = 0; i < count; i++)
	{
		NAMI_TRY(create_subplan(execution, items[i].target, err));
		NAMI_TRY(create_subplan(execution, items[i].key, err));
		NAMI_TRY(create_subplan(execution, items[i].value, err));
	}
	return NAMI_OK;
}

/* The SUBPLAN expressions of one operator. */
static NamiStatus
create_own_subplans(NamiExecution *execution, const NamiPlanOp *plan, NamiError *err)
{
	NAMI_TRY(create_subplan(execution, plan->predicate, err));
	NAMI_TRY(create_subplan(execution, plan->step_filter, err));
	NAMI_TRY(create_subplan(execution, plan->list, err));
	NAMI_TRY(create_subplan(execution, plan->skip, err));
	NAMI_TRY(create_subplan(execution, plan->limit, err));
	for (uint32_t i = 0; i < plan->expr_count; i++)
		NAMI_TRY(create_subplan(execution, plan->exprs[i], err));
	for (uint32_t i = 0; i < plan->item_count && plan->items != NULL; i++)
		NAMI_TRY(create_subplan(execution, plan->items[i].expr, err));
	for (uint32_t i = 0; i < plan->aggregate_count; i++)
	{
		for (uint32_t j = 0; j < plan->aggregates[i].arg_count; j++)
			NAMI_TRY(create_subplan(execution, plan->aggregates[i].args[j], err));
	}
	for (uint32_t i = 0; i < plan->sort_count; i++)
		NAMI_TRY(create_subplan(execution, plan->sort_items[i].expr, err));
	for (uint32_t i = 0; i < plan->create_count; i++)
		NAMI_TRY(create_subplan(execution, plan->creates[i].props, err));
	NAMI_TRY(create_set_subplans(execution, plan->sets, plan->set_count, err));
	return create_set_subplans(execution, plan->on_match, plan->on_match_count, err);
}

/* Finds the SUBPLAN expressions of all operators. */
static NamiStatus
create_subplans(NamiExecution *execution, const NamiPlanOp *plan, NamiError *err)
{
	NAMI_TRY(nami_check_stack(execution->options.host, err));
	for (; plan != NULL; plan = plan->input)
	{
		NAMI_TRY(create_own_subplans(execution, plan, err));
		if (plan->inner != NULL)
			NAMI_TRY(create_subplans(execution, plan->inner, err));
		for (uint32_t i = 0; i < plan->input_count; i++)
			NAMI_TRY(create_subplans(execution, plan->inputs[i], err));
	}
	return NAMI_OK;
}

/* Schema commands and EXPLAIN have none. */
static bool
has_operators(const NamiPlan *plan)
{
	return plan->kind == NAMI_STATEMENT_QUERY || plan->kind == NAMI_STATEMENT_PROFILE;
}

NamiStatus
nami_execution_open(const NamiPlan *plan, const NamiExecutionOptions *options,
					NamiExecution **out, NamiError *err)
{
	NamiArena  *arena = nami_arena_create(options->allocator, options->account);
	NamiExecution *execution = NAMI_NEW(arena, NamiExecution);

	*out = execution;
	execution->arena = arena;
	execution->plan = plan;
	execution->options = *options;
	execution->snapshot = options->snapshot;
	nami_owner_init(&execution->owner);
	NAMI_TRY(nami_check_parameters(plan, options->params, err));
	execution->eval = (NamiEvalContext) {
		.host = options->host,
		.arena = arena,
		.snapshot = &execution->snapshot,
		.params = options->params,
		.statement_us = options->statement_us,
		.run_subplan = nami_subplan_run,
		.executor = execution,
		.owner = options->owner != NULL ? options->owner : &execution->owner,
		.check_deleted = plan->writes,
	};
	for (int kind = 0; kind < NAMI_NAME_KIND_COUNT; kind++)
		execution->known_names[kind] = UINT32_MAX;
	nami_execution_resolve_names(execution);
	if (!has_operators(plan))
		return NAMI_OK;
	execution->batch_rows = batch_rows(plan->op_count);
	execution->subplans = nami_arena_alloc0(arena, (plan->subplan_count + (size_t) 1) *
											sizeof(NamiSubplanState));
	if (options->profile)
	{
		execution->profile_rows = nami_arena_alloc0(arena, (plan->op_count + 1) * sizeof(uint64_t));
		execution->profile_us = nami_arena_alloc0(arena, (plan->op_count + 1) * sizeof(double));
	}
	NAMI_TRY(create_subplans(execution, plan->root, err));
	NAMI_TRY(nami_op_create(execution, plan->root, NULL, &execution->root, err));
	return nami_op_open(execution->root, err);
}

static NamiStatus
run_schema(NamiExecution *execution, NamiError *err)
{
	const NamiPlan *plan = execution->plan;
	const NamiCySchemaCommand *command = plan->schema;

	execution->has_run = true;
	if (plan->kind == NAMI_STATEMENT_EXPLAIN)
		execution->schema_rows = nami_schema_explain(plan, execution->arena);
	else if (!plan->writes)
		execution->schema_rows = nami_schema_show(&execution->snapshot, command->kind,
												  execution->arena);
	else
		return nami_schema_execute(execution->options.transaction, command, execution->arena,
								   err);
	return NAMI_OK;
}

/* The rows of a statement without operators, or NULL at the end. */
static NamiStatus
next_schema_rows(NamiExecution *execution, NamiBatch **out, NamiError *err)
{
	const NamiSchemaRows *rows = &execution->schema_rows;
	NamiBatch  *batch;
	uint32_t	count;

	if (!execution->has_run)
		NAMI_TRY(run_schema(execution, err));
	count = rows->row_count - execution->schema_row;
	if (count > NAMI_BATCH_ROWS)
		count = NAMI_BATCH_ROWS;
	*out = NULL;
	if (count == 0)
		return NAMI_OK;
	batch = NAMI_NEW(execution->arena, NamiBatch);
	batch->columns = nami_arena_alloc0(execution->arena, rows->column_count * sizeof(NamiVector));
	batch->slot_count = rows->column_count;
	batch->row_count = count;
	batch->selected_count = count;
	for (uint32_t c = 0; c < rows->column_count; c++)
		batch->columns[c] = (NamiVector) {.kind = NAMI_VEC_VALUE,
			.values = rows->columns[c] + execution->schema_row};
	execution->schema_row += count;
	*out = batch;
	return NAMI_OK;
}

/*
 * Writing operators read their whole input before they give a row, and what is above them is pulled
 * only after that; so the first batch comes after all writes, but for those of a streaming writer.
 * A statement whose topmost write streams is drained here.
 */
NamiStatus
nami_execution_next(NamiExecution *execution, const NamiBatch **batch, NamiError *err)
{
	NamiBatch  *next = NULL;

	if (!has_operators(execution->plan))
		NAMI_TRY(next_schema_rows(execution, &next, err));
	else if (!execution->is_done)
		NAMI_TRY(nami_op_next(execution->root, &next, err));
	if (next == NULL)
	{
		execution->is_done = true;
		next = &execution->empty;
	}
	*batch = next;
	return NAMI_OK;
}

const NamiSnapshot *
nami_execution_snapshot(const NamiExecution *execution)
{
	return &execution->snapshot;
}

const NamiExecutionCounters *
nami_execution_counters(const NamiExecution *execution)
{
	return &execution->counters;
}

void
nami_execution_profile(const NamiExecution *execution, const uint64_t **rows,
					   const double **microseconds)
{
	*rows = execution->profile_rows;
	*microseconds = execution->profile_us;
}

static void
destroy_arenas(NamiOp *op)
{
	if (op == NULL)
		return;
	destroy_arenas(op->input);
	destroy_arenas(op->inner);
	for (uint32_t i = 0; i < op->plan->input_count && op->inputs != NULL; i++)
		destroy_arenas(op->inputs[i]);
	nami_spill_close_all(op);
	if (op->aux_arena != NULL)
		nami_arena_destroy(op->aux_arena);
	if (op->scratch_arena != NULL)
		nami_arena_destroy(op->scratch_arena);
	if (op->kept_arena != NULL)
		nami_arena_destroy(op->kept_arena);
	nami_arena_destroy(op->arena);
	nami_arena_destroy(op->state_arena);
}

void
nami_execution_close(NamiExecution *execution)
{
	if (execution == NULL)
		return;
	nami_owner_release(&execution->owner);
	destroy_arenas(execution->root);
	if (execution->subplans != NULL)
	{
		for (uint32_t i = 0; i < execution->plan->subplan_count; i++)
			destroy_arenas(execution->subplans[i].root);
	}
	nami_arena_destroy(execution->arena);
}
