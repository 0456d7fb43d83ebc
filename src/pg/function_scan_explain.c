/*
 * function_scan_explain.c - a call in FROM, shown by EXPLAIN.
 *
 * Text has the lines of namidb_explain(); the other formats have a tree: each operator an object, what
 * it reads in its member "Inputs".
 */
#include "postgres.h"

#include "pg/function_scan.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/params.h"
#include "parser/parsetree.h"
#include "pg/compat.h"
#include "pg/host.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

/* What is shown: a plan, and what was counted (NULL: it was not run). */
typedef struct Shown
{
	ExplainState *es;
	const NamiPlan *plan;
	const NamiPlanLine *lines;
	uint32_t	line_count;
	const uint64_t *rows;
	const double *microseconds;
	NamiArena  *arena;
} Shown;

/* ---- the function -------------------------------------------------------------------------- */

static void
explain_function(const NamiFunctionScan *scan, ExplainState *es)
{
	const CustomScan *plan = (const CustomScan *) scan->css.ss.ps.plan;
	int			rti = bms_singleton_member(plan->custom_relids);
	const char *name = get_func_name(scan->call->funcid);
	const char *alias = list_nth(es->rtable_names, rti - 1);
	const char *schema = es->verbose ? get_namespace_name(get_func_namespace(scan->call->funcid)) :
		NULL;
	StringInfoData text;

	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyText("Function Name", name, es);
		if (schema != NULL)
			ExplainPropertyText("Schema", schema, es);
		if (alias != NULL)
			ExplainPropertyText("Alias", alias, es);
		return;
	}
	initStringInfo(&text);
	appendStringInfoString(&text, quote_qualified_identifier(schema, name));
	if (alias != NULL && strcmp(alias, name) != 0)
		appendStringInfo(&text, " %s", quote_identifier(alias));
	ExplainPropertyText("Function", text.data, es);
}

static void
explain_call(const NamiFunctionScan *scan, List *ancestors, ExplainState *es)
{
	List	   *context = set_deparse_context_plan(es->deparse_cxt, scan->css.ss.ps.plan, ancestors);

	ExplainPropertyText("Function Call",
						deparse_expression((Node *) scan->call, context,
										   list_length(es->rtable) > 1 || es->verbose, false), es);
}

/* ---- the plan ------------------------------------------------------------------------------ */

static char *
server_text(NamiStr utf8)
{
	NamiStr		text = nami_text_to_server(utf8);

	return pnstrdup(text.ptr, text.len);
}

static void
explain_lines(const Shown *shown)
{
	StringInfo	out = shown->es->str;

	appendStringInfoSpaces(out, shown->es->indent * 2);
	appendStringInfoString(out, "Cypher Plan:\n");
	for (uint32_t i = 0; i < shown->line_count; i++)
	{
		NamiBuf		line;

		nami_buf_init(&line, shown->arena);
		nami_plan_line_print(&line, &shown->lines[i], shown->es->costs, shown->rows,
							 shown->microseconds);
		appendStringInfoSpaces(out, (shown->es->indent + 1 + (int) shown->lines[i].depth) * 2);
		appendStringInfo(out, "%s\n", server_text(nami_buf_str(&line)));
	}
}

static void
explain_operator(const Shown *shown, const NamiPlanLine *line)
{
	ExplainState *es = shown->es;

	ExplainPropertyText("Operator", server_text(line->name), es);
	if (line->details.len > 0)
		ExplainPropertyText("Details", server_text(line->details), es);
	if (line->op == NULL)
		return;
	if (es->costs)
	{
		ExplainPropertyFloat("Estimated Rows", NULL, line->op->estimated_rows, 0, es);
		ExplainPropertyFloat("Estimated Cost", NULL, line->op->estimated_cost, 0, es);
	}
	if (shown->rows != NULL)
		ExplainPropertyUInteger("Actual Rows", NULL, shown->rows[line->op->number], es);
	if (shown->microseconds != NULL)
		ExplainPropertyFloat("Actual Time", "ms",
							 shown->microseconds[line->op->number] / 1000, 3, es);
}

/* The lines from *next on that are of this depth, each with those that belong to it. */
static void
explain_tree(const Shown *shown, uint32_t depth, uint32_t *next)
{
	ExplainState *es = shown->es;

	check_stack_depth();
	ExplainOpenGroup(depth == 0 ? "Cypher Plan" : "Inputs", depth == 0 ? "Cypher Plan" : "Inputs",
					 false, es);
	while (*next < shown->line_count && shown->lines[*next].depth == depth)
	{
		ExplainOpenGroup("Step", NULL, true, es);
		explain_operator(shown, &shown->lines[(*next)++]);
		if (*next < shown->line_count && shown->lines[*next].depth > depth)
			explain_tree(shown, depth + 1, next);
		ExplainCloseGroup("Step", NULL, true, es);
	}
	ExplainCloseGroup(depth == 0 ? "Cypher Plan" : "Inputs", depth == 0 ? "Cypher Plan" : "Inputs",
					  false, es);
}

static void
explain_plan(Shown *shown)
{
	uint32_t	next = 0;

	shown->line_count = nami_plan_lines(shown->plan, shown->arena, &shown->lines);
	if (shown->es->format == EXPLAIN_FORMAT_TEXT)
		explain_lines(shown);
	else
		explain_tree(shown, 0, &next);
}

void
nami_explain_plan(const NamiPlan *plan, const uint64 *rows, const double *microseconds,
				  ExplainState *es)
{
	Shown		shown = {
		.es = es, .plan = plan, .rows = (const uint64_t *) rows,
		.microseconds = es->timing ? microseconds : NULL,
		.arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL)
	};

	explain_plan(&shown);
}

/* ---- without an execution ------------------------------------------------------------------ */

/* A parameter of a prepared statement has its value in the execution that is explained. */
static Node *
present_value(Node *node, EState *estate)
{
	ParamListInfo params = estate->es_param_list_info;
	Param	   *param = (Param *) node;
	ParamExternData *value;
	ParamExternData workspace;
	int16		len;
	bool		by_value;

	if (!IsA(node, Param) || param->paramkind != PARAM_EXTERN || params == NULL ||
		param->paramid <= 0 || param->paramid > params->numParams)
		return node;
	value = params->paramFetch != NULL ?
		params->paramFetch(params, param->paramid, true, &workspace) :
		&params->params[param->paramid - 1];
	if (value->ptype != param->paramtype)
		return node;
	get_typlenbyval(param->paramtype, &len, &by_value);
	return (Node *) makeConst(param->paramtype, param->paramtypmod, param->paramcollid, len,
							  value->value, value->isnull, by_value);
}

static void
explain_unexecuted(const NamiFunctionScan *scan, Shown *shown)
{
	List	   *args = NIL;
	NamiQueryRequest request;
	NamiServer	server;
	ListCell   *lc;

	foreach(lc, scan->call->args)
		args = lappend(args, present_value(lfirst(lc), scan->css.ss.ps.state));
	if (!nami_call_request(scan->kind, args, &request))
	{
		ExplainPropertyText("Cypher", "not known before execution", shown->es);
		return;
	}
	if (request.query == NULL)
	{
		ExplainPropertyText("Cypher", "null", shown->es);
		return;
	}
	shown->plan = nami_query_compile(&request, &server)->plan;
	if (shown->es->verbose)
		ExplainPropertyText("Server", server.name, shown->es);
	explain_plan(shown);
}

/* ---- after an execution -------------------------------------------------------------------- */

static void
explain_executed(const NamiFunctionScan *scan, Shown *shown)
{
	NamiScanProfile total = scan->profile;

	total.rows = palloc0((total.op_count + 1) * sizeof(uint64));
	total.microseconds = palloc0((total.op_count + 1) * sizeof(double));
	memcpy(total.rows, scan->profile.rows, total.op_count * sizeof(uint64));
	memcpy(total.microseconds, scan->profile.microseconds, total.op_count * sizeof(double));
	if (total.is_running)
		nami_function_scan_add_profile(scan, &total);
	if (shown->es->verbose)
		ExplainPropertyText("Server", scan->query->server.name, shown->es);
	if (total.executions > 1)
		ExplainPropertyUInteger("Cypher Executions", NULL, total.executions, shown->es);
	if (total.has_others)
		ExplainPropertyText("Cypher", "of several texts the last one is shown", shown->es);
	shown->plan = total.plan;
	shown->rows = (const uint64_t *) total.rows;
	shown->microseconds = shown->es->timing ? total.microseconds : NULL;
	explain_plan(shown);
}

void
nami_function_scan_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	const NamiFunctionScan *scan = (const NamiFunctionScan *) node;
	Shown		shown = {.es = es};

	shown.arena = nami_arena_create(nami_pg_allocator(CurrentMemoryContext), NULL);
	explain_function(scan, es);
	if (es->verbose)
		explain_call(scan, ancestors, es);
	if (es->analyze && scan->profile.plan != NULL)
		explain_executed(scan, &shown);
	else
		explain_unexecuted(scan, &shown);
}
