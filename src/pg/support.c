/*
 * support.c - the planner support function, and what it is made of.
 *
 * Every set-returning function names it in its SUPPORT clause. The planner calls it before it builds
 * paths, and that loads this library: so the custom scan is there in a backend's first statement.
 */
#include "postgres.h"

#include "pg/support.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "pg/host.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* What the planner charges for one operator, cpu_operator_cost, takes about this long. */
#define NS_PER_OPERATOR		10.0

/* In operators: a call, and building a row. */
#define CALL_OPERATORS		100
#define JSONB_ROW_OPERATORS	50
#define TYPED_ROW_OPERATORS	20

/* A call of which nothing is known costs that many operators; the planner expects 1,000 rows. */
#define UNKNOWN_OPERATORS	1000

PG_FUNCTION_INFO_V1(namidb_support);

extern Datum namidb_cypher(PG_FUNCTION_ARGS);
extern Datum namidb_cypher_record(PG_FUNCTION_ARGS);
extern Datum namidb_cypher_as(PG_FUNCTION_ARGS);
extern Datum namidb_query(PG_FUNCTION_ARGS);

/* ---- which function ------------------------------------------------------------------------ */

static const NamiCallKind kinds[] = {
	{"namidb_cypher", NAMI_ROW_JSONB, 0, false},
	{"namidb_cypher_record", NAMI_ROW_BY_POSITION, 0, false},
	{"namidb_cypher_as", NAMI_ROW_BY_NAME, 1, false},
	{"namidb_query", NAMI_ROW_JSONB, 0, true},
};
static const PGFunction addresses[] = {
	namidb_cypher, namidb_cypher_record, namidb_cypher_as, namidb_query
};

typedef struct KnownFunction
{
	Oid			oid;			/* key */
	const NamiCallKind *kind;
} KnownFunction;

static HTAB *known_functions = NULL;

static void
forget_functions(Datum arg, int cache_id, uint32 hash_value)
{
	HTAB	   *known = known_functions;

	known_functions = NULL;
	if (known != NULL)
		hash_destroy(known);
}

static HTAB *
functions_table(void)
{
	static bool has_callback = false;
	HASHCTL		ctl = {.keysize = sizeof(Oid), .entrysize = sizeof(KnownFunction)};

	if (known_functions != NULL)
		return known_functions;
	if (!has_callback)
		CacheRegisterSyscacheCallback(PROCOID, forget_functions, (Datum) 0);
	has_callback = true;
	ctl.hcxt = nami_pg_process_context();
	known_functions = hash_create("namidb functions", 64, &ctl,
								  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return known_functions;
}

/* The number of the C function that a pg_proc row names as its source, or -1. */
static int
named_kind(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	int			found = -1;
	bool		is_null;
	Datum		source;

	if (!HeapTupleIsValid(tuple))
		return -1;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null);
	if (form->prolang == ClanguageId && form->proretset && !is_null)
	{
		char	   *name = TextDatumGetCString(source);

		for (int i = 0; i < (int) lengthof(kinds); i++)
		{
			if (strcmp(name, kinds[i].name) == 0 && form->pronargs == kinds[i].first + 3)
				found = i;
		}
		pfree(name);
	}
	ReleaseSysCache(tuple);
	return found;
}

/*
 * The address decides: another library may have a function of that name, and a function with SECURITY
 * DEFINER or settings of its own is called through a wrapper, which only the plain call knows.
 */
static const NamiCallKind *
look_up_kind(Oid function)
{
	int			number = named_kind(function);
	FmgrInfo	info;

	if (number < 0)
		return NULL;
	fmgr_info(function, &info);
	return info.fn_addr == addresses[number] ? &kinds[number] : NULL;
}

const NamiCallKind *
nami_call_kind(Oid function)
{
	KnownFunction *known = hash_search(functions_table(), &function, HASH_FIND, NULL);
	const NamiCallKind *kind;

	if (known != NULL)
		return known->kind;
	kind = look_up_kind(function);
	/* Looking it up may have emptied the table. */
	known = hash_search(functions_table(), &function, HASH_ENTER, NULL);
	known->kind = kind;
	return kind;
}

/* ---- constant arguments -------------------------------------------------------------------- */

bool
nami_call_request(const NamiCallKind *kind, List *args, NamiQueryRequest *request)
{
	Const	   *query;
	Const	   *server;

	if (list_length(args) != kind->first + 3)
		return false;
	query = list_nth(args, kind->first);
	server = list_nth(args, kind->first + 2);
	if (!IsA(query, Const) || !IsA(server, Const))
		return false;
	*request = (NamiQueryRequest) {.read_only = kind->read_only, .is_planning = true};
	if (!query->constisnull)
		request->query = DatumGetTextPP(query->constvalue);
	if (!server->constisnull)
		request->server = NameStr(*DatumGetName(server->constvalue));
	return true;
}

/* The arguments as far as they can be known now: values of a custom plan's parameters, too. */
static List *
present_values(PlannerInfo *root, List *args)
{
	List	   *values = NIL;
	ListCell   *lc;

	if (root == NULL)
		return args;
	foreach(lc, args)
		values = lappend(values, estimate_expression_value(root, lfirst(lc)));
	return values;
}

/* ---- estimates ----------------------------------------------------------------------------- */

Cost
nami_cost_from_ns(double ns)
{
	return ns / NS_PER_OPERATOR * cpu_operator_cost;
}

static void
estimate_plan(const NamiCallKind *kind, const NamiPlan *plan, NamiCallEstimate *out)
{
	double		row_operators = kind->form == NAMI_ROW_JSONB ? JSONB_ROW_OPERATORS :
		TYPED_ROW_OPERATORS;
	Cost		call = CALL_OPERATORS * cpu_operator_cost;

	*out = (NamiCallEstimate) {.rows = 1, .startup = call, .total = call};
	if (plan->root == NULL)
		return;
	out->rows = plan->column_count == 0 ? 1 : clamp_row_est(plan->root->estimated_rows);
	out->startup += nami_cost_from_ns(nami_plan_startup_cost(plan));
	out->total += nami_cost_from_ns(plan->root->estimated_cost) +
		out->rows * row_operators * cpu_operator_cost;
	out->streams = !plan->writes;
}

bool
nami_call_estimate(PlannerInfo *root, FuncExpr *call, NamiCallEstimate *out)
{
	const NamiCallKind *kind = nami_call_kind(call->funcid);
	NamiQueryRequest request;
	NamiCachedPlan *cached;
	MemoryContext context;
	MemoryContext old;

	if (kind == NULL)
		return false;
	context = AllocSetContextCreate(CurrentMemoryContext, "namidb estimate", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	cached = NULL;
	if (nami_call_request(kind, present_values(root, call->args), &request) &&
		request.query != NULL)
		cached = nami_query_try_compile(&request);
	if (cached != NULL)
		estimate_plan(kind, cached->plan, out);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return cached != NULL;
}

static bool
answer_rows(SupportRequestRows *request)
{
	NamiCallEstimate estimate;

	if (request->node == NULL || !IsA(request->node, FuncExpr) ||
		!nami_call_estimate(request->root, (FuncExpr *) request->node, &estimate))
		return false;
	request->rows = estimate.rows;
	return true;
}

static void
answer_cost(SupportRequestCost *request)
{
	NamiCallEstimate estimate;

	request->startup = 0;
	request->per_tuple = UNKNOWN_OPERATORS * cpu_operator_cost;
	if (request->node != NULL && IsA(request->node, FuncExpr) &&
		nami_call_estimate(request->root, (FuncExpr *) request->node, &estimate))
		request->per_tuple = estimate.total;
}

Datum
namidb_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestRows) && answer_rows((SupportRequestRows *) request))
		PG_RETURN_POINTER(request);
	if (IsA(request, SupportRequestCost))
	{
		answer_cost((SupportRequestCost *) request);
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}
